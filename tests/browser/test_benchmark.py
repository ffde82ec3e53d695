"""The browser benchmark measures what it says: a tiny run gives a row a panel. How fast is no test."""

from __future__ import annotations

import pandas as pd
import pytest

import alsteach as al
from tests.benchmarks import browser
from tests.benchmarks.interact import steady_control

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_tiny_run_times_panel_and_interact_and_says_what_it_cannot_time(tmp_path, chromium_path):
    panels = ["beam_panel", "power_panel"]
    status = browser.main(
        ["--panels", *panels, "--changes", "6", "--notebooks", "00_start_here.ipynb", "--out", str(tmp_path)]
    )
    rows = pd.read_csv(tmp_path / "benchmark_browser.csv").set_index("panel")
    assert list(rows.index) == panels
    timed = rows.loc["beam_panel"]
    assert timed["changes"] == 6
    assert timed["p95_ms"] >= timed["median_ms"] > 0
    assert (timed[["interact_median_ms", "first_look_ms"]] > 0).all()
    assert "computation" in rows.loc["power_panel", "control"]
    page = (tmp_path / "benchmark_browser.md").read_text(encoding="utf-8")
    assert "00_start_here.ipynb" in page
    simulated = page.split("## Panels that simulate")[1].split("## ")[0]
    name, first, whole, pictures, met = (cell.strip() for cell in simulated.splitlines()[-2].split("|")[1:-1])
    assert name == "power_panel"
    assert 0 < float(first) <= 1000 * float(whole) + 50
    assert float(pictures) > 0
    opened = page.split("## Opening a page")[1].splitlines()
    first_page = next(line for line in opened if line.startswith("| 00_start_here.ipynb"))
    assert status == int("no" in {timed["met"], met, first_page.split("|")[-2].strip()})


def test_a_panel_that_opens_where_no_slider_moves_is_timed_from_a_step():
    start, name, control = steady_control(al.reference_level_panel())
    assert control.label.startswith("Zero")
    panel = al.reference_level_panel()
    panel.set(**start)
    assert name in panel.able
