"""Make als_registry.csv: 600 synthetic people with ALS from diagnosis on, a row a visit, nobody on a trial drug.

Run ``python datasets/make_als_registry.py``; it writes the same bytes every time (seeded, a fixed order of work, no
clock) and prints each effect it was built from beside what a Cox model finds in the file.

1. Draw 600 people at diagnosis. Faster disease means an earlier diagnosis, a lower vital capacity and more pNFH.
2. Draw survival from diagnosis 4000 times from a Weibull model with the effects of ``EFFECTS``, and keep the draw whose
   own Cox model lies nearest to them: one draw of 600 people misses its model by as much as a study of 600 would.
   So the file gives the published effects back because it was chosen to, and is no evidence for them.
3. Let each person lose function at a pace near the one before diagnosis, and see them every three months.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsteach.stats.cox import fit_cox_many

HERE = Path(__file__).parent
SEED = 7
N = 600
N_DRAWS = 4000
DAYS_PER_MONTH = 365.25 / 12
PUBLISHED = pd.read_csv(HERE / "published_results.csv").set_index("key")


@dataclass(frozen=True)
class Effect:
    """A hazard ratio the registry is built from, per ``step`` of ``column``; ``key`` names the published figure."""

    column: str
    step: float
    contrast: str
    key: str
    hazard_ratio: float

    @property
    def log_hr(self) -> float:
        return float(np.log(self.hazard_ratio) / self.step)


def _published(column, step, contrast, key):
    return Effect(column, step, contrast, key, float(PUBLISHED.loc[key, "estimate"]))


# How strong pNFH is beside the rest is this course's choice: reports give its direction, or its effect alone.
EFFECTS = (
    _published("bulbar", 1, "bulbar against limb onset", "als_hr_bulbar_onset"),
    _published("alsfrs_r_slope_per_month", 1, "per point a month", "als_hr_alsfrs_r_slope"),
    _published("executive_dysfunction", 1, "present against absent", "als_hr_executive_dysfunction"),
    _published("age_years", 1, "per year older", "als_hr_age_per_year"),
    _published("diagnostic_delay_months", 12, "per year of delay", "als_hr_symptom_duration_per_year"),
    _published("svc_percent", 1, "per percentage point more", "als_hr_vital_capacity_per_percent"),
    Effect("log2_pnfh", 1, "per doubling", "", 1.25),
)

# Solved so that exactly half fall outside half to twice their own median: 1 − 2^(−2^−k) + 2^(−2^k) = 1/2.
WEIBULL_SHAPE = 1.1066
MEDIAN_MONTHS = (
    31.0  # of a typical person, from diagnosis; chosen so that half die within about 3 years of onset
)
PNFH_LOG_MEAN, PNFH_LOG_SD = 7.617, 0.743  # as in mirocals_like
FOLLOWED_YEARS = (3.0, 10.0)  # the registry closed 3 to 10 years after people entered it
LOST_PER_YEAR = 0.015
VISIT_MONTHS, LAST_VISIT_MONTHS = 3.0, 36.0
BREATH_PER_POINT = 3.0  # percentage points of vital capacity that go with a point of the ALSFRS-R


def draw_people(rng):
    """Draw people at diagnosis, and the pace (points a month) at which each goes on losing function."""
    score = rng.standard_normal(N)
    pace = np.exp(-0.35 + 0.6 * score)
    delay = np.clip(np.exp(2.4 + 0.5 * rng.standard_normal(N) - 0.3 * score), 2, 60).round(1)
    lost = np.clip((pace * delay * np.exp(0.15 * rng.standard_normal(N))).round(), 1, 34).astype(int)
    age = np.clip(62 + 11 * rng.standard_normal(N), 25, 88).round(1)
    bulbar = rng.random(N) < 1 / (1 + np.exp(0.85 - 0.03 * (age - 62)))
    svc = np.clip(92 + 17 * rng.standard_normal(N) - 6 * score - 5 * bulbar, 35, 135).round().astype(int)
    mixed = 0.45 * score + np.sqrt(1 - 0.45**2) * rng.standard_normal(N)
    people = pd.DataFrame(
        {
            "patient_id": [f"S{i:03d}" for i in range(1, N + 1)],
            "onset_site": np.where(bulbar, "bulbar", "limb"),
            "sex": np.where(rng.random(N) < 0.6, "male", "female"),
            "age_years": age,
            "diagnostic_delay_months": delay,
            "executive_dysfunction": (rng.random(N) < 0.25).astype(int),
            "alsfrs_r": 48 - lost,
            "alsfrs_r_slope_per_month": (lost / delay).round(3),
            "svc_percent": svc,
            "csf_pnfh_pg_ml": np.exp(PNFH_LOG_MEAN + PNFH_LOG_SD * mixed).round().astype(int),
        }
    )
    return people, pace


def model_columns(people):
    """Return the columns of ``EFFECTS`` as an array, in their order."""
    columns = people.assign(
        bulbar=people["onset_site"] == "bulbar", log2_pnfh=np.log2(people["csf_pnfh_pg_ml"])
    )
    return columns[[effect.column for effect in EFFECTS]].to_numpy(dtype=float)


def draw_survival(rng, x, n_draws):
    """Return days from diagnosis and died, (n_draws, N) each, under the effects of ``EFFECTS``."""
    log_hazard = (x - np.median(x, axis=0)) @ np.array([effect.log_hr for effect in EFFECTS])
    shape = (n_draws, len(x))
    scale = MEDIAN_MONTHS / np.log(2) ** (1 / WEIBULL_SHAPE)
    months = scale * (rng.exponential(size=shape) / np.exp(log_hazard)) ** (1 / WEIBULL_SHAPE)
    followed = 12 * rng.uniform(*FOLLOWED_YEARS, size=shape)
    lost = 12 * rng.exponential(size=shape) / -np.log(1 - LOST_PER_YEAR)
    seen = np.minimum(followed, lost)
    days = np.maximum(np.ceil(np.minimum(months, seen) * DAYS_PER_MONTH), 1)
    return days, (months <= seen).astype(float)


def nearest_draw(days, died, x):
    """Return the draw whose Cox model lies nearest to ``EFFECTS``, in standard errors."""
    fits = fit_cox_many(days, died, np.broadcast_to(x, (len(days), *x.shape)))
    misses = (fits.coef - np.array([effect.log_hr for effect in EFFECTS])) / fits.se
    return int(np.nanargmin(np.round((misses**2).sum(axis=1), 9)))


def declining(start, pace, months):
    """Fall from ``start``, at first by ``pace`` a month, then more slowly: nobody lives on with nothing left."""
    return start * np.exp(-pace * months / start)


def follow(rng, people, pace):
    """Return a row a visit: function and breath fall at each person's pace, measured with some noise."""
    own_pace = pace * np.exp(0.25 * rng.standard_normal(N))
    visits = []
    for number, person in enumerate(people.to_dict("records")):
        last = min(person["time_days"] / DAYS_PER_MONTH, LAST_VISIT_MONTHS)
        planned = np.arange(0, LAST_VISIT_MONTHS + 1, VISIT_MONTHS)
        months = np.maximum(planned + 0.4 * rng.standard_normal(len(planned)), 0)
        missed = rng.random(len(planned)) < 0.12
        noise, breath_noise = 1.0 * rng.standard_normal(len(planned)), 4.0 * rng.standard_normal(len(planned))
        months[0], missed[0], noise[0], breath_noise[0] = 0, False, 0, 0
        months = months.round(1)
        came = ~missed & (months < last)
        came[0] = True
        score = (declining(person["alsfrs_r"], own_pace[number], months) + noise).round()
        breath_pace = BREATH_PER_POINT * own_pace[number]
        breath = (declining(person["svc_percent"], breath_pace, months) + breath_noise).round()
        score, breath = np.clip(score, 0, 48), np.clip(breath, 5, 140)
        for visit, i in enumerate(np.flatnonzero(came)):
            measured = {"visit": visit, "visit_months": months[i], "alsfrs_r": int(score[i])}
            visits.append(person | measured | {"svc_percent": int(breath[i])})
    first = ["patient_id", "visit", "visit_months", "alsfrs_r", "svc_percent"]
    rest = [column for column in people if column not in first]
    return pd.DataFrame(visits)[first + rest]


def make(seed=SEED, n_draws=N_DRAWS):
    """Return the registry of this seed."""
    rng = np.random.default_rng(seed)
    people, pace = draw_people(rng)
    x = model_columns(people)
    days, died = draw_survival(rng, x, n_draws)
    nearest = nearest_draw(days, died, x)
    people = people.assign(time_days=days[nearest].astype(int), died=died[nearest].astype(int))
    return follow(rng, people, pace)


def targets(registry):
    """Put each effect beside what a Cox model finds in the registry."""
    first = registry[registry["visit"] == 0]
    x = model_columns(first)
    fits = fit_cox_many(first[["time_days"]].T.to_numpy(), first[["died"]].T.to_numpy(), x[None])
    steps = np.array([effect.step for effect in EFFECTS])
    low, high = (np.exp(steps * (fits.coef[0] + side * 1.96 * fits.se[0])) for side in (-1, 1))
    return pd.DataFrame(
        {
            "effect": [f"{effect.column}, {effect.contrast}" for effect in EFFECTS],
            "built_in": [effect.hazard_ratio for effect in EFFECTS],
            "found": np.exp(steps * fits.coef[0]).round(3),
            "ci_low": low.round(3),
            "ci_high": high.round(3),
        }
    )


def main():
    parser = argparse.ArgumentParser(description="Make the synthetic registry als_registry.csv.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    arguments = parser.parse_args()
    registry = make()
    registry.to_csv(arguments.out / "als_registry.csv", index=False, lineterminator="\n")
    print(targets(registry).to_string(index=False))
    people = registry[registry["visit"] == 0]
    print(f"{len(people)} people, {len(registry)} visits, {people['died'].sum()} deaths")


if __name__ == "__main__":
    main()
