"""The stored gap budget is what its script gives, and says what notebook 05 says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.data.tables import load_gap_budget_hundredths
from alsteach.worlds.causes import prognosis_needed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_script_gives_the_stored_tables_again(tmp_path):
    subprocess.run(
        [sys.executable, "datasets/make_gap_budget.py", "--folder", tmp_path], cwd=ROOT, check=True
    )
    for name in ("gap_budget.csv", "gap_budget_hundredths.csv"):
        stored = pd.read_csv(ROOT / "datasets" / name)
        pd.testing.assert_frame_equal(pd.read_csv(tmp_path / name), stored, atol=2e-3)


def test_the_hundredths_are_those_of_the_budgets_trials():
    budget, each = al.load_gap_budget().set_index("cause"), load_gap_budget_hundredths()
    target = np.log(0.32 / 0.81)
    assert each.groupby("cause").size().eq(100).all()
    for cause, rows in each.groupby("cause"):
        moved, row = rows.sort_values("hundredth")["log_hr_difference"], budget.loc[cause]
        assert moved.is_monotonic_increasing
        assert np.quantile(moved, [0.05, 0.5, 0.95]) == pytest.approx(
            row[["p05", "p50", "p95"]].astype(float).to_numpy(), abs=0.03
        )
        assert (moved <= target).mean() == pytest.approx(row["share_reaching"], abs=0.01)


def test_only_reading_at_zero_reaches_the_published_gap():
    budget = al.load_gap_budget().set_index("cause")
    ordinary = ["chance_imbalance", "prespecified_set", "best_of_all_sets", "complete_cases"]
    assert (budget.loc[ordinary, "share_reaching"] < 0.01).all()
    assert budget.loc["read_at_zero", "share_reaching"] > 0.3
    assert budget.loc["non_collapsibility", ["p05", "p95"]].nunique() == 1


def test_averaging_would_need_people_nobody_has_seen():
    row = al.load_gap_budget().iloc[0]
    needed = prognosis_needed()
    assert row.log_hazard_sd_needed == pytest.approx(needed.log_hazard_sd, abs=1e-3)
    assert row.log_hazard_sd_needed > 5 * row.log_hazard_sd_usual
    assert np.isnan(al.load_gap_budget()["log_hazard_sd_needed"].iloc[1:]).all()
