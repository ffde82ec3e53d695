"""Notebook 06 as a learner meets it: cuts moved by keyboard and number box, the search in the background, its Stop."""

from __future__ import annotations

import re

import pytest

from tests.browser.lab import Page, Panel

pytestmark = pytest.mark.browser
NOTEBOOK = "06_biomarker_subgroups.ipynb"
CUT = "Cut at CSF-pNFH ="
WORLDS, CURVE = "Prognostic or predictive?", "Does the treatment effect change with CSF-pNFH?"


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


def panel_with(page, button: str) -> Panel:
    """Three panels cut a biomarker; a preset of its own tells which is which."""
    box = page.page.locator(".alsteach-panel", has=page.page.locator(f'button:text-is("{button}")'))
    return Panel(page.page, box.first)


def pressed(panel, button: str, words: str) -> str:
    panel.press(button)
    panel.wait_for_text(words)
    assert panel.alt_is_caption()
    return panel.text()


@pytest.fixture
def cuts(page):
    panel = panel_with(page, "2022: up to 3,700")
    pressed(panel, "Reset", "Up to 3,700 pg/mL: 174 patients")
    return panel


def test_it_opens_with_the_group_of_2022(cuts):
    assert "61 deaths, HR 0.61 (0.36–1.02), p = 0.059" in cuts.text()
    assert "p = 0.055 between groups" in cuts.text()
    assert cuts.alt_is_caption()


def test_the_groups_of_the_paper(cuts):
    before = cuts.picture()
    said = pressed(cuts, "2025: 750 to 3,700", "750 to 3,700 pg/mL: 154 patients")
    assert "HR 0.52 (0.30–0.89), p = 0.016" in said
    assert "leaves out the lowest: here 20" in said
    assert cuts.picture() != before
    assert "HR 3.58 (0.37–34.5)" in pressed(cuts, "The lowest: up to 750", "Up to 750 pg/mL: 20 patients")


def test_the_cut_moves_by_keyboard_to_both_ends(cuts):
    handle = cuts.handle(CUT)
    handle.focus()
    handle.press("Home")
    cuts.wait_for_text("Up to 0 pg/mL: 0 patients. No patient is in this group.")
    handle.press("ArrowRight")
    cuts.wait_for_text("Up to 10 pg/mL: 0 patients.")
    top = int(float(handle.get_attribute("aria-valuemax")))
    assert top > 8000
    handle.press("End")
    cuts.wait_for_text(f"Up to {top:,} pg/mL: ")
    assert f"Over {top:,} pg/mL: " in cuts.text()
    assert "Traceback" not in cuts.text()


def test_the_number_box_and_the_slider_are_one(cuts):
    box = cuts.number_box(CUT)
    box.fill("2500")
    box.press("Enter")
    cuts.wait_for_text("Up to 2,500 pg/mL: 130 patients, 45 deaths, HR 0.55")
    assert cuts.handle(CUT).get_attribute("aria-valuetext").replace(",", "") in ("2500", "2500.0")


def test_boundaries_in_the_wrong_order_get_a_sentence(cuts):
    box = cuts.number_box("Set apart those under")
    box.fill("4000")
    box.press("Enter")
    cuts.wait_for_text(
        "The lower boundary, 4,000 pg/mL, must lie under the cut, 3,700 pg/mL; move one of the two."
    )


def test_the_search_in_our_patients(cuts):
    said = pressed(cuts, "Search the best cut", "33 cuts of CSF-pNFH tried")
    assert "p = 0.017, at 4,336 pg/mL" in said
    handle = cuts.handle("Search: cuts tried")
    handle.focus()
    handle.press("Home")
    cuts.wait_for_text("1 cut of CSF-pNFH tried")
    assert "there was no search" in cuts.text()


def test_the_search_where_nothing_is_to_be_found(cuts):
    said = pressed(cuts, "Nothing to find: search", "1,000 simulated trials in which treatment does the same")
    named, searched = (float(share) for share in re.findall(r"in (\d+\.\d) %", said)[:2])
    assert named < 8
    assert 25 < searched < 42
    said = pressed(cuts, "Nothing to find: best of 3", "for the best of 3 cuts in ")
    assert named < float(re.search(r"best of 3 cuts in (\d+\.\d) %", said).group(1)) < searched


def test_stop_stops_the_search_at_once_and_keeps_the_picture(cuts):
    before = cuts.picture()
    cuts.press("No threshold: search")
    cuts.press("Stop")
    cuts.box.locator("text=Stopped; the picture is the one from before.").wait_for()
    assert cuts.picture() == before
    said = pressed(cuts, "2025: 750 to 3,700", "750 to 3,700 pg/mL: 154 patients")
    assert "HR 0.52" in said


def test_adjusting_by_its_tick(cuts):
    cuts.box.locator('label:has-text("Adjust for 5 prognostic covariates") input').check()
    cuts.wait_for_text("Adjusted (95 % CI in brackets)")
    assert "HR 0.59 (0.34–1.00), p = 0.050" in cuts.text()


def test_significant_here_and_not_there(page):
    panel = panel_with(page, "Cut at 3,700 pg/mL")
    said = pressed(panel, "Cut at 3,700 pg/mL", "Significant here and not there, yet no difference is shown")
    assert "HR 0.61 (0.39–0.95), p = 0.029" in said
    assert "HR 0.58 (0.30–1.12), p = 0.11" in said


def test_the_veteran_trial(page):
    panel = panel_with(page, "Cut at 70 points")
    assert "HR 0.36 (0.15–0.87), p = 0.023" in pressed(panel, "Cut at 70 points", "p = 0.054 between groups")
    pressed(panel, "Nothing to find: search", "with their Karnofsky score shuffled")


def test_the_four_worlds(page):
    panel = page.panel(WORLDS)
    for button, name in (
        ("Predictive", "predictive"),
        ("Both", "prognostic and predictive"),
        ("Neither", "neither prognostic nor predictive"),
        ("Prognostic", "prognostic"),
    ):
        before = panel.picture()
        pressed(panel, button, f"This biomarker is {name}: ")
        assert panel.picture() != before
    one = pressed(panel, "Treated only, prognostic", "Treated patients only")
    picture = panel.picture()
    panel.press("Treated only, predictive")
    panel.page.wait_for_function(
        "box => box.querySelectorAll('input[type=checkbox]')[1].checked", arg=panel.box.element_handle()
    )
    assert panel.text() == one
    assert panel.picture() == picture
    pressed(panel, "Reset", "This biomarker is prognostic")


def test_the_worlds_by_keyboard_and_number_box(page):
    panel = page.panel(WORLDS)
    handle = panel.handle("High die faster (if they do)")
    handle.focus()
    handle.press("Home")
    panel.wait_for_text("This biomarker is neither")
    box = panel.number_box("Hazard ratio, low biomarker")
    box.fill("1.5")
    box.press("Enter")
    panel.wait_for_text("HR 1.50 in the low")
    assert "more die in the low group" in panel.text()
    pressed(panel, "Reset", "This biomarker is prognostic")


def test_the_slope_reads_at_zero_and_at_the_cut_off(page):
    panel = page.panel(CURVE)
    assert "HR 0.32 (95 % CI 0.14–0.73)" in pressed(panel, "The line at 0", "No patient has 0")
    pressed(panel, "At the published cut-off", "no curve jumps here")
    handle = panel.handle(CUT.replace("Cut at", "Read the effect at"))
    handle.focus()
    handle.press("End")
    panel.wait_for_text("Shaded: ")


def test_narrow_window_keeps_controls_and_picture_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    panel = panel_with(page, "2022: up to 3,700")
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for part in (panel.image, panel.number_box(CUT), panel.handle(CUT)):
        box = part.bounding_box()
        assert box["x"] >= notebook["x"]
        assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    assert page.errors() == []
    page.close()
