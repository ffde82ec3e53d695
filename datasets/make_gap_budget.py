"""Make gap_budget.csv: what each cause alone does to the hazard ratio of 1000 simulated trials.

    python datasets/make_gap_budget.py [--output FILE]

Kept as a table because notebook 05 shows it at once, and a cell that computes it takes a minute. The trials are
simulated; the table says nothing about real patients. Deterministic.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from alsteach.budget import gap_budget, prognosis_needed

TRIALS = 1000
SEED = 0


def make():
    """Return the budget with the two figures of `prognosis_needed` in the row of non-collapsibility."""
    budget = gap_budget(n_trials=TRIALS, seed=SEED).reset_index()
    needed = prognosis_needed()
    only = budget["cause"] == "non_collapsibility"
    budget["log_hazard_sd_needed"] = budget["log_hazard_sd_usual"] = float("nan")
    budget.loc[only, "log_hazard_sd_needed"] = needed.log_hazard_sd
    budget.loc[only, "log_hazard_sd_usual"] = needed.usual_log_hazard_sd
    return budget


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make gap_budget.csv")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "gap_budget.csv")
    make().to_csv(parser.parse_args().output, index=False, float_format="%.4f", lineterminator="\n")
