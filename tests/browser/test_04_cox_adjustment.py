"""Notebook 04 as a learner meets it: folded panel opened, covariates ticked, extremes reached by keyboard and box."""

from __future__ import annotations

import re

import pytest

import alsteach as al
from tests.browser.lab import Page, Panel

pytestmark = pytest.mark.browser
NOTEBOOK = "04_cox_adjustment.ipynb"
TICK = "Tick a covariate: what does it do to the hazard ratio?"
HAZARDS = "Is one hazard ratio enough?"


def hazard_ratio(text: str) -> float:
    return float(re.search(r"HR (\d+\.\d\d)", text).group(1))


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


def reset(panel, words: str):
    panel.press("Reset")
    panel.wait_for_text(words)
    return panel


@pytest.fixture
def covariates(page):
    return reset(page.panel(TICK), "Unadjusted: HR 0.81")


@pytest.fixture
def hazards(page):
    return reset(page.panel(HAZARDS), "HR 0.93")


def tick(panel, word: str):
    panel.box.locator(f'.widget-checkbox:has-text("{word}") input').first.click()


def test_it_is_synthetic_and_says_the_unadjusted_figure(covariates):
    row = al.fit_cox(al.load_mirocals_like()).table.loc["treated"]
    assert covariates.text().startswith(
        f"Unadjusted: HR {row.hr:.2f} (95 % CI {row.ci_low:.2f}–{row.ci_high:.2f})"
    )
    assert covariates.alt_is_caption()


def test_one_tick_by_mouse_and_all_by_preset(covariates):
    before = covariates.picture()
    tick(covariates, "slow vital capacity")
    covariates.wait_for_change(before)
    fit = al.fit_cox(al.load_mirocals_like(), covariates=["svc_percent"])
    assert covariates.text().startswith("Adjusted for slow vital capacity: HR ")
    assert hazard_ratio(covariates.text()) == pytest.approx(fit.table.loc["treated", "hr"], abs=0.005)
    assert covariates.alt_is_caption()
    ticked = covariates.picture()
    covariates.press("Everything")
    covariates.wait_for_change(ticked)
    assert "Adjusted for all 6 covariates" in covariates.text()
    assert covariates.box.locator(".widget-checkbox input:checked").count() == 6


def test_one_patient_left_is_explained_and_comes_back(covariates):
    before = covariates.picture()
    handle = covariates.handle("Patients (a random part)")
    handle.focus()
    handle.press("Home")
    covariates.wait_for_change(before)
    assert covariates.text().startswith(
        ("All analysed patients are in the", "Nobody died among the analysed")
    )
    assert covariates.alt_is_caption()
    alone = covariates.picture()
    handle.press("End")
    covariates.wait_for_change(alone)
    covariates.wait_for_text("Unadjusted: HR 0.81")


def test_the_number_box_makes_a_small_trial(covariates):
    box = covariates.number_box("Patients (a random part)")
    box.fill("40")
    box.press("Enter")
    covariates.wait_for_text("Only 40 of the 220 patients")
    assert "is chance)" in covariates.text()


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("The most unequal", "Its own hazard ratio is no cause"),
        ("Equal arms, yet it moves", "the rest arises later"),
        ("Every choice of ticks", "none is the true one"),
        ("Is a covariate a cause?", "nobody was randomised to it"),
    ],
)
def test_presets_confront_misconceptions(covariates, preset, words):
    before = covariates.picture()
    covariates.press(preset)
    covariates.wait_for_change(before)
    covariates.wait_for_text(words)


def test_the_real_trials(page):
    boxes = page.page.locator(".alsteach-panel", has_text=TICK)
    assert boxes.count() == 3
    for number, plain, adjusted in ((1, "1.02", "1.34"), (2, "1.06", "0.87")):
        panel = Panel(page.page, boxes.nth(number))
        panel.wait_for_text(f"Unadjusted: HR {plain} (")
        before = panel.picture()
        panel.press("Everything")
        panel.wait_for_change(before)
        panel.wait_for_text(f"Adjusted for all 5 covariates: HR {adjusted} (")
        assert "wider, not narrower" in panel.text()


def test_the_folded_panel_opens_by_keyboard_and_follows_the_deaths(page):
    button = page.page.locator('button:has-text("one death at a time")').first
    box = page.page.locator(".alsteach-panel", has_text="Hazard ratio tried").first
    assert not box.is_visible()
    button.focus()
    button.press("Enter")
    box.wait_for(state="visible")
    panel = page.panel("Hazard ratio tried")
    assert panel.text().startswith("Death 1 of 4, day 60: patient A (control). 8 are still in the race")
    handle = panel.handle("Death number")
    before = panel.picture()
    handle.focus()
    handle.press("ArrowRight")
    panel.wait_for_change(before)
    panel.wait_for_text("Death 2 of 4, day 130: patient B (control). 7 are still in the race")
    panel.press("The most likely ratio")
    panel.wait_for_text("so what happened had a chance of 0.68")
    button.press("Enter")
    box.wait_for(state="hidden")


def test_one_ratio_misleads_and_selection_fades(hazards):
    assert "Up to day 120 HR 2.61" in hazards.text()
    before = hazards.picture()
    hazards.press("Selection alone")
    hazards.wait_for_change(before)
    hazards.wait_for_text("after day 240 HR 0.90")
    alone = hazards.picture()
    hazards.press("… frailty known")
    hazards.wait_for_change(alone)
    hazards.wait_for_text("after day 240 HR 0.52")


def test_the_ends_of_the_split_leave_one_period(hazards):
    handle = hazards.handle("Split the follow-up at day")
    for key in ("Home", "End"):
        before = hazards.picture()
        handle.focus()
        handle.press(key)
        hazards.wait_for_change(before)
        hazards.wait_for_text("In the one period there is HR 0.93")


def test_a_period_without_an_event_in_an_arm(hazards):
    hazards.press("The same, 40 patients")
    hazards.wait_for_text("with 22 deaths")
    box = hazards.number_box("Split the follow-up at day")
    box.fill("5")
    box.press("Enter")
    hazards.wait_for_text("Up to day 5 no ratio (")


def test_responders_of_a_treatment_that_does_nothing(page):
    panel = page.panel("Do Treg responders live longer?")
    panel.wait_for_text("as randomised HR 1.02")
    before = panel.picture()
    panel.press("Rise unrelated to health")
    panel.wait_for_change(before)
    panel.wait_for_text("non-responders: HR 0.67")
    unrelated = panel.picture()
    panel.handle("Treg measured on day").focus()
    panel.handle("Treg measured on day").press("End")
    panel.wait_for_change(unrelated)
    panel.wait_for_text("no ratio, too few deaths in a group")


def test_narrow_window_keeps_controls_and_picture_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    assert page.errors() == []
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for title, label in ((TICK, "Patients (a random part)"), (HAZARDS, "Split the follow-up at day")):
        panel = page.panel(title)
        for part in (panel.image, panel.number_box(label), panel.handle(label)):
            box = part.bounding_box()
            assert box["x"] >= notebook["x"]
            assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    page.close()
