"""The stored gap budget is what its script gives, and says what notebook 05 says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_script_gives_the_stored_table_again(tmp_path):
    output = tmp_path / "gap_budget.csv"
    subprocess.run([sys.executable, "datasets/make_gap_budget.py", "--output", output], cwd=ROOT, check=True)
    pd.testing.assert_frame_equal(
        pd.read_csv(output), pd.read_csv(ROOT / "datasets/gap_budget.csv"), atol=2e-3
    )


def test_only_reading_at_zero_reaches_the_published_gap():
    budget = al.load_gap_budget().set_index("cause")
    ordinary = ["chance_imbalance", "prespecified_set", "best_of_all_sets", "complete_cases"]
    assert (budget.loc[ordinary, "share_reaching"] < 0.01).all()
    assert budget.loc["read_at_zero", "share_reaching"] > 0.3
    assert budget.loc["non_collapsibility", ["p05", "p95"]].nunique() == 1


def test_averaging_would_need_people_nobody_has_seen():
    row = al.load_gap_budget().iloc[0]
    needed = al.prognosis_needed()
    assert row.log_hazard_sd_needed == pytest.approx(needed.log_hazard_sd, abs=1e-3)
    assert row.log_hazard_sd_needed > 5 * row.log_hazard_sd_usual
    assert np.isnan(al.load_gap_budget()["log_hazard_sd_needed"].iloc[1:]).all()
