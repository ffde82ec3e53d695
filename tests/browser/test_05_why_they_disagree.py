"""Notebook 05 as a learner meets it: opened by `make lab`, run, and its sliders moved by keyboard and mouse."""

from __future__ import annotations

import re

import pytest

from tests.browser.lab import Page, serve

pytestmark = pytest.mark.browser
NOTEBOOK = "05_why_they_disagree.ipynb"
READ_AT = "Read the effect at CSF-pNFH ="


def hazard_ratio(text: str) -> float:
    return float(re.search(r"HR (\d+\.\d\d)", text).group(1))


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    with serve(tmp_path_factory.mktemp("make_lab"), ["make", "lab"]) as address:
        page = Page(browser, address, NOTEBOOK)
        page.run_all()
        yield page
        assert page.errors() == []
        assert page.outside == [], "the notebook asked for something outside this machine"
        page.close()


@pytest.fixture
def panel(page):
    panel = page.panel("At which CSF-pNFH is the treatment effect read?")
    before = panel.picture()
    panel.press("Reset")
    if panel.text().startswith("Read at a CSF-pNFH of 0 pg/mL") is False:
        panel.wait_for_change(before)
    panel.wait_for_text("Read at a CSF-pNFH of 0 pg/mL")
    return panel


def test_it_opens_with_the_published_figure(panel):
    assert "HR 0.32 (95 % CI 0.14–0.73), p = 0.007" in panel.text()
    assert "No patient is that low" in panel.text()
    assert panel.alt_is_caption()


def test_no_news_pop_up(page):
    assert page.page.locator("text=official Jupyter news").count() == 0


def test_the_slider_moves_by_keyboard(panel):
    before = panel.picture()
    handle = panel.handle(READ_AT)
    handle.focus()
    handle.press("End")
    panel.wait_for_change(before)
    assert panel.text().startswith("Read at a CSF-pNFH of ")
    assert hazard_ratio(panel.text()) > 3
    assert panel.alt_is_caption()
    highest = panel.picture()
    handle.press("ArrowLeft")
    panel.wait_for_change(highest)


def test_the_slider_moves_by_mouse_and_ends_on_the_last_value(panel):
    before = panel.picture()
    box = panel.handle(READ_AT).bounding_box()
    mouse = panel.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    for step in range(1, 11):
        mouse.move(box["x"] + 8 * step, box["y"] + box["height"] / 2)
    mouse.up()
    panel.wait_for_change(before)
    value = panel.handle(READ_AT).get_attribute("aria-valuenow")
    panel.wait_for_text(f"Read at a CSF-pNFH of {float(value):,.0f} pg/mL")
    assert float(panel.number_box(READ_AT).input_value()) == float(value)
    assert 0.32 < hazard_ratio(panel.text()) < 6


def test_the_number_box_and_the_slider_are_one(panel):
    box = panel.number_box(READ_AT)
    box.fill("3000")
    box.press("Enter")
    panel.wait_for_text("Read at a CSF-pNFH of 3,000 pg/mL")
    assert panel.handle(READ_AT).get_attribute("aria-valuetext").replace(",", "") in ("3000", "3000.0")
    assert 0.7 < hazard_ratio(panel.text()) < 0.95


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("Read at the patients' mean", "p = 0.2"),
        ("Where it crosses 1", "HR 1.00"),
        ("Log scale, read at 1", "whose zero is 1 pg/mL"),
        ("Who carries the slope?", "Triangles: the 5 patients"),
    ],
)
def test_presets_lead_somewhere(panel, preset, words):
    before = panel.picture()
    panel.press(preset)
    panel.wait_for_change(before)
    assert words in panel.text()


def test_four_steps_of_the_disagreement(page):
    panel = page.panel("One trial, four hazard ratios")
    assert "HR 0.81" in panel.text()
    figures = []
    for step in (2, 3, 4):
        before = panel.picture()
        panel.handle("Show steps up to").press("ArrowRight")
        panel.wait_for_change(before)
        panel.wait_for_text(f"Step {step} (")
        figures.append(hazard_ratio(panel.text()))
    assert figures[1] == 0.32
    assert 0.85 < figures[0] < 1.05
    assert 0.6 < figures[2] < 0.85


def test_the_same_on_the_veteran_trial(page):
    panel = page.panel("At which Karnofsky score is the treatment effect read?")
    assert "HR 2.69" in panel.text()
    before = panel.picture()
    panel.press("Read at the patients' mean")
    panel.wait_for_change(before)
    assert hazard_ratio(panel.text()) == 1.35


def test_a_hazard_ratio_does_not_average(page):
    panel = page.panel("A hazard ratio does not average")
    assert "gives 0.50 in the long run: the same" in panel.text()
    before = panel.picture()
    panel.press("What 0.81 from 0.32 would need")
    panel.wait_for_change(before)
    panel.wait_for_text("gives 0.81 in the long run: closer to 1")
    assert panel.alt_is_caption()


def test_many_trials_run_in_the_background_and_are_drawn(page):
    panel = page.panel("A thousand trials instead of one")
    panel.wait_for_text("500 trials of 220 patients")
    panel.press("Nothing works: pick the better p")
    panel.wait_for_text("so these are false alarms")
    assert panel.alt_is_caption()


def test_the_gap_budget_stops_at_once_and_keeps_its_picture(page):
    panel = page.panel("What can each cause do alone?")
    panel.wait_for_text("The causes do not add")
    before = panel.picture()
    panel.press("1000 trials a cause")
    panel.press("Stop")
    panel.box.locator("text=Stopped; the picture is the one from before.").wait_for()
    assert panel.picture() == before


def test_narrow_window_keeps_controls_and_picture_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    panel = page.panel("At which CSF-pNFH is the treatment effect read?")
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for part in (panel.image, panel.number_box(READ_AT), panel.handle(READ_AT)):
        box = part.bounding_box()
        assert box["x"] >= notebook["x"]
        assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    slider, number = panel.handle(READ_AT).bounding_box(), panel.number_box(READ_AT).bounding_box()
    assert abs((slider["y"] + slider["height"] / 2) - (number["y"] + number["height"] / 2)) < 12
    page.close()
