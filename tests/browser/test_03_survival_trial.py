"""Notebook 03 as a learner meets it: run, sliders moved by keyboard, boxes typed into, lists and presets used."""

from __future__ import annotations

import re

import pytest

import alsteach as al
from tests.browser.lab import Page

pytestmark = pytest.mark.browser
NOTEBOOK = "03_survival_trial.ipynb"
COHORT = "Survival curves, read at any day (Synthetic cohort"
LUNG = "Survival curves, read at any day (Real trial: lung cancer"
LIVER = "Survival curves, read at any day (Real trial: primary biliary cirrhosis"
PATIENTS = "Eight patients: what censoring does to the curve"


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


@pytest.fixture
def panel(page):
    def open_panel(title: str, start: str):
        panel = page.panel(title)
        panel.press("Reset")
        panel.wait_for_text(start)
        return panel

    return open_panel


def pressed(panel, preset: str, words: str) -> str:
    """Press a preset; return what is said once these words are in it."""
    panel.press(preset)
    panel.wait_for_text(words)
    assert panel.alt_is_caption()
    return panel.text()


def typed(panel, label: str, value, said: str) -> str:
    box = panel.number_box(label)
    box.fill(str(value))
    box.press("Enter")
    panel.wait_for_text(said)
    assert panel.alt_is_caption()
    return panel.text()


def choose(panel, label: str, option: str, said: str) -> None:
    panel.box.locator(f'.widget-dropdown:has(.widget-label:text-is("{label}")) select').select_option(
        label=option
    )
    panel.wait_for_text(said)


def test_the_trial_day_by_day(panel):
    plan = panel("The plan of MIROCALS on a time line", "Day 0: 220 people are randomised.")
    before, handle = plan.picture(), plan.handle("Day (0 = randomisation)")
    handle.focus()
    handle.press("ArrowRight")
    plan.wait_for_change(before)
    plan.wait_for_text("Day 1: cycle 1, day 2 of 28. An injection a day")
    handle.press("Home")
    plan.wait_for_text("Day -126: run-in (12-18 weeks)")
    typed(plan, "Day (0 = randomisation)", 30, "Day 30: cycle 2, day 3 of 28")
    pressed(plan, "Endpoint", "Day 640: the primary endpoint.")


def test_a_patient_is_moved_and_dies_or_not(panel):
    patients = panel(PATIENTS, "Kaplan-Meier: 7/8 × 6/7 × 4/5 × 2/3 = 40 % alive at day 640.")
    before, handle = patients.picture(), patients.handle("Patient H")
    handle.focus()
    handle.press("ArrowLeft")
    patients.wait_for_change(before)
    patients.wait_for_text("alive at day 639, when the last patient was seen")
    typed(patients, "Patient H", 640, "= 40 % alive at day 640.")
    kind = patients.box.locator('.widget-hbox:has(.widget-label:text-is("Patient F")) select')
    kind.select_option(label="last seen alive")
    patients.wait_for_text("Kaplan-Meier: 7/8 × 6/7 × 4/5 = 60 % alive at day 640.")
    kind.select_option(label="died")
    patients.wait_for_text("= 40 % alive at day 640.")
    patients.box.get_by_label("counted as dead").check()
    patients.wait_for_text("Wrong ways: counted as dead, 12.5 %.")


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("Drop the censored", "Wrong ways: censored left out, 0 %."),
        ("Best and worst case", "counted as survivors, 50 %; counted as dead, 12.5 %"),
        ("The last one dies", "× 0/1 = 0 % alive at day 640."),
        ("Nobody is lost", "Kaplan-Meier: 7/8 × 6/7 × 5/6 × 4/5 = 50 % alive"),
        ("Everybody is lost", "Nobody died while being followed"),
    ],
)
def test_censoring_presets(panel, preset, words):
    patients = panel(PATIENTS, "= 40 % alive at day 640.")
    pressed(patients, preset, words)


def test_curves_by_keyboard_box_and_list(panel):
    curves = panel(COHORT, "Alive on day 640 (95 % CI): placebo 55 % (46-64), IL-2: 63 %")
    assert "p = 0.33. That is no proof of no effect" in curves.text()
    before, handle = curves.picture(), curves.handle("Read the curves at day")
    handle.focus()
    handle.press("Home")
    curves.wait_for_change(before)
    curves.wait_for_text(
        "Alive on day 0 (95 % CI): placebo 100 %, IL-2: 100 %; difference 0 of 100. Still followed: 110 and 110."
    )
    typed(curves, "Read the curves at day", 640, "Still followed: 61 and 69.")
    high = int((al.load_mirocals_like()["csf_pnfh_pg_ml"] > 3700).sum())
    choose(curves, "Among", "only CSF-pNFH over 3700 pg/mL", f"Among {high} patients with CSF-pNFH over")
    choose(curves, "Draw a curve for each", "group of CSF-pNFH", "There is one group only")
    choose(curves, "Among", "all patients", "These groups were not randomised")


def test_the_slider_of_the_hazard_ratio_comes_back_to_one(panel):
    """0.1 and ninety steps of 0.01 are not quite 1 in a browser."""
    curves = panel(COHORT, "Alive on day 640")
    label = "Draw a hazard ratio (1: none)"
    handle = curves.handle(label)
    handle.focus()
    handle.press("ArrowLeft")
    curves.wait_for_text("Dotted: with 0.99 times the hazard of placebo")
    drawn = curves.picture()
    handle.press("ArrowRight")
    curves.wait_for_change(drawn)
    assert "Dotted" not in curves.text()
    assert float(curves.number_box(label).input_value()) == 1


def test_hazard_is_not_risk(panel):
    curves = panel(COHORT, "Alive on day 640")
    said = "17 % instead of 45 % would have died: 61 % fewer deaths, at 68 % less hazard."
    pressed(curves, "HR 0.32: 68 % fewer deaths?", said)
    lung = panel(LUNG, "standard")
    early = next(
        name for name in lung.box.locator("button").all_inner_texts() if name.startswith("The same at day")
    )
    texts = [pressed(lung, "Half the hazard, half the deaths?", "at 50 % less hazard")]
    texts.append(pressed(lung, early, f"Alive on {early.removeprefix('The same at ')} "))
    fewer = [int(re.search(r"(\d+) % fewer deaths, at 50 % less hazard", text).group(1)) for text in texts]
    assert fewer[0] < 35 < 45 < fewer[1]


def test_transplants(panel):
    liver = panel(LIVER, "placebo")
    assert "19 transplanted are censored: the hazards compared are cause-specific." in liver.text()
    pressed(liver, "The far end", "not known (nobody was followed so long)")


def test_power(panel):
    power = panel("How many deaths find an effect?", "finds HR 0.5 with power 80 %")
    assert "A power of 80 % takes 66 deaths." in power.text()
    typed(power, "True hazard ratio", 0.7, "finds HR 0.7 with power")
    before, handle = power.picture(), power.handle("Patients, both arms")
    handle.focus()
    handle.press("End")
    power.wait_for_change(before)
    power.wait_for_text("among 1000 patients")
    pressed(power, "If the truth were HR 0.81", "with power 17 %")
    pressed(power, "No effect at all", "There is no effect (HR 1)")


def test_narrow_window_keeps_controls_and_picture_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    assert page.errors() == []
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for title, label in ((PATIENTS, "Patient A"), (COHORT, "Read the curves at day")):
        panel = page.panel(title)
        parts = [panel.image, panel.number_box(label), panel.handle(label)]
        if title == PATIENTS:
            parts.append(panel.box.locator('.widget-hbox:has(.widget-label:text-is("Patient A")) select'))
        for part in parts:
            box = part.bounding_box()
            assert box["x"] >= notebook["x"]
            assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    page.close()
