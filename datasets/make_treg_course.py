"""Make treg_course.csv: 36 synthetic people on placebo, 1 or 2 MIU of IL-2, with the doses and courses of IMODALS.

Run ``python datasets/make_treg_course.py``; it writes the same bytes every time (seeded, a fixed order of work, no
clock) and prints the rise of Treg after the first course beside its (unverified) targets.

Each person is the teaching model of ``alsteach.simulate_treg`` with a baseline and a growth of their own; each
measurement gets noise. How much people differ was chosen so that the rises spread as the targets do. The people are
drawn once: no draw was picked for being near the targets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from alsteach.words.published import published
from alsteach.worlds.mechanism import parameter_values, simulate_treg

HERE = Path(__file__).parent
SEED = 2015
N_PER_ARM = 12
ARMS = {"placebo": "placebo", "IL-2 1 MIU": "1miu", "IL-2 2 MIU": "2miu"}
DAYS_ON, CYCLE_DAYS, N_CYCLES, DAYS_AFTER = 5, 28, 3, 3

# Coefficients of variation between people, and of a measurement on the same person.
BASELINE_CV, GROWTH_CV = 0.12, 0.20
TREG_NOISE_POINTS, TEFF_NOISE_CV, CCL2_NOISE_CV = 0.6, 0.05, 0.03


def visits() -> pd.DataFrame:
    rows = []
    for cycle in range(1, N_CYCLES + 1):
        start = (cycle - 1) * CYCLE_DAYS
        rows += [(cycle, "before", start), (cycle, "after", start + DAYS_ON - 1 + DAYS_AFTER)]
    rows.append((N_CYCLES, "end", N_CYCLES * CYCLE_DAYS))
    return pd.DataFrame(rows, columns=["cycle", "visit", "time_days"])


def person(dose_miu: float, rng: np.random.Generator) -> pd.DataFrame:
    """Draw one person and return what is measured at each visit."""
    typical = parameter_values()
    own = {
        "treg_baseline_percent": typical["treg_baseline_percent"] * _lognormal(BASELINE_CV, rng),
        "growth_per_day": typical["growth_per_day"] * _lognormal(GROWTH_CV, rng),
    }
    schedule = visits()
    course = simulate_treg(dose_miu, DAYS_ON, CYCLE_DAYS, N_CYCLES, own).set_index("time_days")
    seen = course.loc[schedule["time_days"]].reset_index(drop=True)
    n = len(schedule)
    teff = seen["teff_percent_of_baseline"] * np.exp(rng.normal(0, TEFF_NOISE_CV, n))
    ccl2 = seen["ccl2_percent_of_baseline"] * np.exp(rng.normal(0, CCL2_NOISE_CV, n))
    schedule["treg_percent"] = (seen["treg_percent"] + rng.normal(0, TREG_NOISE_POINTS, n)).clip(0.1).round(2)
    schedule["teff_percent_of_baseline"] = (100 * teff / teff[0]).round(1)
    schedule["ccl2_percent_of_baseline"] = (100 * ccl2 / ccl2[0]).round(1)
    return schedule


def _lognormal(cv: float, rng) -> float:
    sigma = np.sqrt(np.log(1 + cv**2))
    return float(np.exp(rng.normal(-(sigma**2) / 2, sigma)))


def course() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    people = []
    for arm in ARMS:
        dose = 0 if arm == "placebo" else int(arm.split()[1])
        for _ in range(N_PER_ARM):
            seen = person(dose, rng)
            seen.insert(0, "dose_miu", dose)
            seen.insert(0, "treated", int(dose > 0))
            seen.insert(0, "arm", arm)
            seen.insert(0, "patient_id", f"S{len(people) + 1:03d}")
            people.append(seen)
    return pd.concat(people, ignore_index=True)


def rises(table: pd.DataFrame) -> pd.DataFrame:
    """Return the change of Treg after the first course by arm, beside its target."""
    first = table[table["cycle"] == 1].pivot(
        index=["arm", "patient_id"], columns="visit", values="treg_percent"
    )
    change = (first["after"] - first["before"]).groupby("arm", sort=False)
    found = pd.DataFrame({"mean": change.mean(), "sd": change.std()})
    targets = {arm: published(f"imodals_treg_change_{key}_points") for arm, key in ARMS.items()}
    found["target"] = [targets[arm].text for arm in found.index]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    table = course()
    table.to_csv(parser.parse_args().out / "treg_course.csv", index=False, lineterminator="\n")
    print(rises(table).round(2).to_string())


if __name__ == "__main__":
    main()
