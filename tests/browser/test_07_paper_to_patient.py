"""Notebook 07 as a learner meets it: one result in five ways, function and death, blinding, the next trial."""

from __future__ import annotations

import re

import pytest

import alsteach as al
from tests.browser.lab import Page

pytestmark = pytest.mark.browser
NOTEBOOK = "07_paper_to_patient.ipynb"
FIVE_WAYS = "One result, told in five ways"
FUNCTION = "Function after 18 months, when some have died"
BLINDING = "Who guesses, and what does guessing do?"
NEXT = "The next trial: whom to enrol, and what if the belief is wrong?"


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


def choose(panel, label: str, option: str) -> None:
    """Choose an entry of a drop-down list."""
    box = panel.box.locator(".widget-dropdown", has=panel.page.locator(f'.widget-label:text-is("{label}")'))
    box.locator("select").select_option(label=option)


def reset(panel, words: str) -> None:
    panel.press("Reset")
    panel.wait_for_text(words)


@pytest.fixture
def ways(page):
    panel = page.panel(FIVE_WAYS)
    reset(panel, "45 of 100 on placebo, 37 of 100 on IL-2 have died. By day 640")
    return panel


class TestFiveWays:
    def test_it_opens_with_the_published_counts(self, ways):
        assert ways.text().startswith("MIROCALS as published, 220 people")
        assert "HR 0.81 (95 % CI 0.54–1.22), p = 0.33" in ways.text()
        assert ways.alt_is_caption()

    @pytest.mark.parametrize(
        ("preset", "words"),
        [
            ("HR 0.32: 68 % fewer deaths?", "16 % fewer deaths on IL-2 than on placebo"),
            ("An NNT through infinity", "95 % CI: benefit 5 to infinity to harm 18"),
            ("The same, as lives", "13 % more alive on IL-2 than on placebo"),
            ("Significant, so prescribe?", "A small p is no prescription"),
            ("Months gained", "1.7 months fewer lost on average"),
            ("Another day", "1.2 of 100 fewer dead on IL-2, by day 160"),
            ("The lowest pNFH", "So few people can tell next to nothing"),
        ],
    )
    def test_presets_lead_to_the_states_the_text_names(self, ways, preset, words):
        before = ways.picture()
        ways.press(preset)
        ways.wait_for_text(words)
        assert ways.picture() != before
        assert ways.alt_is_caption()

    def test_the_day_by_keyboard_and_by_number_box(self, ways):
        choose(ways, "Whose result", "synthetic, everybody")
        choose(ways, "Say it as", "difference: points of 100")
        ways.wait_for_text("7.3 of 100 fewer dead on IL-2, by day 640")
        handle = ways.handle("Up to day")
        handle.focus()
        handle.press("Home")
        ways.wait_for_text("by day 0. No interval")
        handle.press("End")
        ways.wait_for_text("7.3 of 100 fewer dead on IL-2, by day 640")
        handle.press("ArrowLeft")
        ways.wait_for_text("by day 639")
        box = ways.number_box("Up to day")
        box.fill("365")
        box.press("Enter")
        ways.wait_for_text("1.8 of 100 fewer dead on IL-2, by day 365")
        assert handle.get_attribute("aria-valuetext") in ("365", "365.0")

    def test_every_way_and_both_countings(self, ways):
        twin, said = al.absolute_effect_panel(), set()

        def chosen(label: str, **values) -> None:
            """Choose as a learner does, who sees the answer before the next choice; it is what the kernel says."""
            ((name, value),) = values.items()
            options = {key: words for words, key in twin.controls[name].view.options}
            choose(ways, label, options[value])
            twin.set(**values)
            ways.wait_for_text(twin.sentence)

        chosen("Whose result", who="CSF-pNFH over 3700")
        for way in twin.controls["way"].extremes:
            chosen("Say it as", way=way)
            for framing in ("gain", "loss"):
                chosen("Count", framing=framing)
                assert "HR 1.37" in ways.text()
                said.add(ways.text())
        assert len(said) == 10


def test_survivors_only_misleads(page):
    panel = page.panel(FUNCTION)
    reset(panel, "Put in: half the hazard of death, function untouched")
    assert "truth, in the 62 who live in either arm: 0.0 points" in panel.text()
    for preset, words in (
        ("Costs lives only", "49 of 100 die on treatment, 38 in the control arm"),
        ("Slows decline only", "decline 30 % slower; 38 of 100 die on treatment"),
        ("Saves lives, hastens decline", "half the hazard of death, decline 20 % faster"),
        ("Does nothing", "The treated patient does better in 50 of 100 pairs"),
    ):
        panel.press(preset)
        panel.wait_for_text(words)
    assert panel.alt_is_caption()


def test_guessing_moves_ratings_and_not_deaths(page):
    panel = page.panel(BLINDING)
    reset(panel, "Assumed: 50 % have a reaction on the drug, 15 % on placebo")
    for preset, words in (
        ("Nobody can tell", "both arms believe alike, so belief cancels"),
        ("Reactions mostly on the drug", "own ratings differ by +1.3 points"),
        ("As often on placebo", "Bang's index +0.56 on the drug, −0.56 on placebo"),
        ("Everybody hopes", "Bang's index +1.00 on the drug, −1.00 on placebo"),
    ):
        panel.press(preset)
        panel.wait_for_text(words)
        assert "Nobody rates death from any cause: belief leaves it at 0" in panel.text()
    assert panel.alt_is_caption()


def test_the_next_trial_and_the_price_of_a_wrong_belief(page):
    panel = page.panel(NEXT)
    reset(panel, "Belief: HR 0.52 in 750–3700 pg/mL only")
    for preset, words in (
        ("p = 0.007, so prescribe?", "A phase 2 p-value is not the chance that phase 3 succeeds"),
        ("Believe the 0.32", "worse as pNFH rises"),
        ("Believe the 0.81", "needs 858 deaths"),
        ("Wrong about the biomarker", "If instead the truth is HR 0.81 in everybody"),
    ):
        panel.press(preset)
        panel.wait_for_text(words)
    assert panel.alt_is_caption()


@pytest.mark.parametrize("end", ["Home", "End"])
@pytest.mark.parametrize(
    ("title", "start", "said"),
    [
        (FIVE_WAYS, "45 of 100 on placebo", r"MIROCALS as published, 220 people: 45 of 100 on placebo"),
        (FUNCTION, "Put in: half the hazard of death", r"Put in: .+ die on treatment"),
        (BLINDING, "Assumed: 50 %", r"Assumed: (0|100) % have a reaction on the drug, \1 % on placebo"),
        (NEXT, "A trial in", r"Belief: HR 0\.[29]0? in 750–3700 pg/mL only\. A trial in"),
    ],
)
def test_every_slider_to_its_end(page, title, start, said, end):
    panel = page.panel(title)
    reset(panel, start)
    handles = panel.box.locator(".noUi-handle")
    assert handles.count() >= 1
    for number in range(handles.count()):
        handle = handles.nth(number)
        handle.focus()
        handle.press(end)
        limit = handle.get_attribute("aria-valuemin" if end == "Home" else "aria-valuemax")
        panel.page.wait_for_function(
            "([handle, limit]) => handle.getAttribute('aria-valuenow') === limit",
            arg=[handle.element_handle(), limit],
        )
    panel.page.wait_for_function(
        "([box, said]) => new RegExp(said).test(box.querySelector('figcaption').textContent)",
        arg=[panel.box.element_handle(), said],
    )
    assert not re.search(r"\bnan\b|Traceback|fault of alsteach", panel.text())
    assert panel.alt_is_caption()


def test_the_text_quotes_the_published_figures(page):
    text = page.page.locator(".jp-NotebookPanel .jp-Notebook").first.text_content()
    for words in (
        "41 of 110 people on IL-2 and 49 of 110 on placebo had died by day 640",
        "7.3 of 100, 95 % interval −5.7 to 20.2",
        "benefit 5 to infinity to harm 18",
        "no treatment advice",
        "Workshop page: 90 minutes, 12 to 30 students",
        "Hand-out D",
        "25.4 % (95 % CI 19.5-32.4)",
    ):
        assert words in text


def test_narrow_window_keeps_controls_and_picture_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    panel = page.panel(FIVE_WAYS)
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for part in (panel.image, panel.number_box("Up to day"), panel.handle("Up to day")):
        box = part.bounding_box()
        assert box["x"] >= notebook["x"]
        assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    page.close()
