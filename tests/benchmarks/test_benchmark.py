"""The benchmark runs, its engines agree with R in the same run, and its exit code says so. How fast is no test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks import bench, peers

ROOT = Path(__file__).resolve().parents[2]
N_TRIALS = 20  # of the tiny run
COX_TASKS = [f"one fit, p = {p}, {times} times" for p in (1, 10) for times in ("continuous", "whole-day")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """The folder that a tiny run wrote."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "tests.benchmarks", "--tiny", "--out", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.mark.slow
def test_every_task_has_its_engines_and_budgets(tiny):
    rows = pd.read_csv(tiny / "benchmark.csv", keep_default_na=False, na_values={"ratio": ""})
    python_peers = {name for name in peers.COX if peers.installed(name)}
    assert {"lifelines", "statsmodels"} <= python_peers
    for task in COX_TASKS:
        engines = rows.loc[rows["task"] == task, "engine"]
        assert python_peers | {f"alsteach, in a batch of {N_TRIALS}", "alsteach, one table"} <= set(engines)
    assert set(rows["task"]) >= {bench.THOUSAND, bench.IMPORT, bench.MEMORY, "log-rank test, whole-day times"}
    assert (rows.loc[rows["task"] != bench.IMPORT, "value"] > 0).all()
    assert (rows["ratio"].dropna() > 0).all()
    budgets = rows.query("budget != ''").set_index(["task", "engine"])
    assert set(budgets["met"]) <= {"met", "missed"}
    expected = {key: f"≥ {least:g} ×" for key, least in bench.AT_LEAST.items() if not key[1].startswith("R ")}
    assert expected.items() <= budgets["budget"].to_dict().items()
    assert set(bench.AT_MOST) <= set(budgets.index)


@pytest.mark.slow
def test_the_page_names_the_machine_and_no_place_on_it(tiny):
    page = (tiny / "benchmark.md").read_text(encoding="utf-8")
    measured = re.search(
        r"^Measured on: (.+), one of \d+ cores, one thread; .*numpy \d.*lifelines \d.*$", page, re.M
    )
    assert measured
    assert measured[1]
    for name in ("benchmark.md", "benchmark.csv"):
        text = (tiny / name).read_text(encoding="utf-8")
        assert not [place for place in (str(ROOT), str(Path.home()), str(tiny), "/tmp") if place in text]
    assert (tiny / "benchmark.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.needs_r
def test_coefficients_standard_errors_curves_and_tests_are_rs_in_the_same_run(tiny):
    page = (tiny / "benchmark.md").read_text(encoding="utf-8").split("## Agreement with R")[1]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"
    ]
    table = pd.DataFrame(cells[2:], columns=["task", "quantity", "values", "skipped", "largest", "met"])
    values = table.groupby("task")["values"].apply(lambda counts: [int(count) for count in counts]).to_dict()
    assert values == {
        **{task: [N_TRIALS * (10 if "10" in task else 1)] * 2 for task in COX_TASKS},
        "1000 trials, crude fit": [N_TRIALS] * 2,
        "1000 trials, 9-covariate fit": [N_TRIALS * 9] * 2,
        "Kaplan-Meier curve, whole-day times": [N_TRIALS * 220] * 2,
        "log-rank test, whole-day times": [N_TRIALS],
    }
    assert (table["skipped"] == "0").all()
    assert (table["largest"].astype(float) <= 1e-6).all()


@pytest.mark.parametrize(
    ("ours", "theirs", "status"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 5e-7], 0),
        ([1.0, 2.0], [1.0, 2.0 + 5e-6], 1),
        ([1.0, np.nan], [1.0, 2.0], 1),  # we have no estimate where R has
        ([1.0, 2.0], [1.0, np.nan], 0),  # R has none: not compared
        ([1.0, 2.0], [np.nan, np.nan], 1),  # nothing was compared
    ],
)
def test_a_disagreement_with_r_fails_and_a_missed_budget_does_not(
    monkeypatch, tmp_path, ours, theirs, status
):
    def pretend(collected):
        collected.add(bench.CONTINUOUS, "lifelines", [1.0], "ms", [2.0])
        collected.agree("a task", "a quantity", np.array(ours), np.array(theirs))

    for part in ("bench_thousand", "bench_curves", "bench_imports", "bench_memory"):
        monkeypatch.setattr(bench, part, lambda collected: None)
    monkeypatch.setattr(bench, "bench_cox", pretend)
    monkeypatch.setattr(bench.shutil, "which", lambda name: None)
    assert bench.main(["--tiny", "--out", str(tmp_path)]) == status
    row = pd.read_csv(tmp_path / "benchmark.csv").iloc[0]
    assert (row["budget"], row["met"]) == ("≥ 150 ×", "missed")
