"""Make gap_budget.csv and gap_budget_hundredths.csv: what each cause alone does to the hazard ratio of 1000 trials.

    python datasets/make_gap_budget.py [--folder FOLDER]

Kept as tables because page 05 shows them at once, and computing them takes a minute. The trials are simulated; the
tables say nothing about real patients. Deterministic.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from alsteach.worlds.causes import ALONE, carried, gap_budget, hundredths, prognosis_needed

TRIALS = 1000
SEED = 0


def budget():
    """Return the budget with the two figures of `prognosis_needed` in the row of non-collapsibility."""
    budget = gap_budget(n_trials=TRIALS, seed=SEED).reset_index()
    needed = prognosis_needed()
    only = budget["cause"] == "non_collapsibility"
    budget["log_hazard_sd_needed"] = budget["log_hazard_sd_usual"] = float("nan")
    budget.loc[only, "log_hazard_sd_needed"] = needed.log_hazard_sd
    budget.loc[only, "log_hazard_sd_usual"] = needed.usual_log_hazard_sd
    return budget


def each_hundredth():
    """Return 100 values for each cause, which stand for the differences of its trials."""
    rows = [
        {"cause": cause, "hundredth": place, "log_hr_difference": moved}
        for cause in ALONE
        for place, moved in enumerate(hundredths(np.concatenate(list(carried(cause, TRIALS, seed=SEED)))), 1)
    ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make gap_budget.csv and gap_budget_hundredths.csv")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent)
    folder = parser.parse_args().folder
    for name, table in (("gap_budget", budget()), ("gap_budget_hundredths", each_hundredth())):
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.4f", lineterminator="\n")
