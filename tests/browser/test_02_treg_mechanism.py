"""Notebook 02 as a learner meets it: opened, run, and every panel driven to its ends."""

from __future__ import annotations

import re

import pytest

from tests.browser.lab import Page

pytestmark = pytest.mark.browser
NOTEBOOK = "02_treg_mechanism.ipynb"
ROAD = "From IL-2 to the motor neuron: which links are known?"
RECEPTORS = "Who hears IL-2 at which dose?"
COURSE = "A course of IL-2"
PEOPLE = "Thirty-six synthetic people"
MARKER = "A marker moves. Does anyone live longer?"


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


def fresh(page, title, start):
    """Return a panel as it opens, whatever the test before did to it."""
    panel = page.panel(title)
    panel.press("Reset")
    panel.wait_for_text(start)
    return panel


def number(pattern: str, text: str) -> float:
    return float(re.search(pattern, text).group(1).replace(",", ""))


def press_and_read(panel, button, words):
    before = panel.picture()
    panel.press(button)
    panel.wait_for_text(words)
    panel.wait_for_change(before)
    assert panel.alt_is_caption()
    return panel.text()


def test_it_runs_without_a_traceback_and_asks_nobody_outside(page):
    assert page.errors() == []
    assert page.outside == []
    assert page.page.locator(".alsteach-panel").count() == 5


@pytest.mark.parametrize(
    ("title", "begins", "figure"),
    [
        (COURSE, "What the model was told", "+6.2 points (SD 2.2) (unverified)"),
        (COURSE, "Check yourself. In the model", "CCL2 falls by up to 11 % at 2 MIU"),
        (MARKER, "A real case", "p = 0.97"),
    ],
)
def test_figures_in_the_prose_are_filled_in(page, title, begins, figure):
    page.panel(title)  # cells far from the screen are not in the page
    prose = page.page.locator(f'.jp-RenderedMarkdown:has-text("{begins}")').first
    prose.scroll_into_view_if_needed()
    text = prose.text_content()
    assert figure in text
    assert "{" not in text


def test_the_road(page):
    panel = fresh(page, ROAD, "From an injection of IL-2")
    shown = panel.box.locator("select").evaluate("list => list.selectedOptions[0].text")
    assert shown.replace("\N{NO-BREAK SPACE}", " ") == "all of it"
    assert "CD56-bright" in press_and_read(panel, "The side road", "Link 2")
    assert "such as MIROCALS" in press_and_read(panel, "The link that matters", "Link 7")
    before = panel.picture()
    panel.box.locator("select").select_option(label="5  CCL2 in blood")
    panel.wait_for_change(before)
    panel.wait_for_text("Link 5, not shown")


class TestReceptors:
    @pytest.fixture
    def panel(self, page):
        return fresh(page, RECEPTORS, "After 2 MIU")

    def test_by_keyboard(self, panel):
        before = panel.picture()
        handle = panel.handle("IL-2 under the skin")
        handle.focus()
        handle.press("ArrowRight")
        panel.wait_for_text("After 2.25 MIU")
        panel.wait_for_change(before)
        handle.press("End")
        panel.wait_for_text("After 42 MIU")
        assert number(r"near (\d+) pmol", panel.text()) == pytest.approx(799, abs=2)
        assert panel.text().endswith("More is not better aimed.")
        handle.press("Home")
        panel.wait_for_text("Without an injection")
        assert panel.alt_is_caption()

    def test_by_number_box(self, panel):
        before = panel.picture()
        box = panel.number_box("IL-2 under the skin")
        box.fill("10")
        box.press("Enter")
        panel.wait_for_text("After 10 MIU")
        panel.wait_for_change(before)
        assert number(r"and ([\d.]+) % of the dimeric", panel.text()) == pytest.approx(9.1, abs=0.1)
        box.fill("1000")
        box.press("Enter")
        panel.wait_for_text("After 42 MIU")

    def test_presets(self, panel):
        assert "0.0 of 24 hours" in press_and_read(panel, "The lowest", "After 0.25 MIU")
        assert "Two laboratories, two pictures" in press_and_read(
            panel, "Another laboratory", "there is no window"
        )


class TestCourse:
    @pytest.fixture
    def panel(self, page):
        return fresh(page, COURSE, "2 MIU on 5 days of every 28, 3 cycles")

    def test_presets(self, panel):
        low = press_and_read(panel, "IMODALS 1 MIU", "1 MIU on 5 days of every 28")
        daily = press_and_read(panel, "Every day", "2 MIU every day")
        high = press_and_read(panel, "As much as for cancer", "42 MIU on 5 days of every 28")
        tops = [number(r"rise from 6\.4 to ([\d.]+) %", text) for text in (low, daily, high)]
        assert tops == sorted(tops)
        assert "yet inflammation rises" in high
        long = press_and_read(panel, "MIROCALS", "20 cycles: 100 injections")
        assert "none of it is a longer life" in long

    def test_every_slider_to_its_ends_by_keyboard(self, panel):
        for label, at_end, at_home in (
            ("IL-2, each injection", "42 MIU on", "0 MIU on"),
            ("Injections: first days of a cycle", "2 MIU every day", "2 MIU on 1 day of every 28"),
            ("Length of a cycle", "5 days of every 56", "5 days of every 7"),
            ("Cycles", "20 cycles: 100 injections", "1 cycle: 5 injections"),
        ):
            handle = panel.handle(label)
            handle.focus()
            handle.press("End")
            panel.wait_for_text(at_end)
            handle.press("Home")
            panel.wait_for_text(at_home)
            assert panel.alt_is_caption()
            panel.press("Reset")
            panel.wait_for_text("2 MIU on 5 days of every 28, 3 cycles")

    def test_what_does_not_fit_is_explained(self, panel):
        for label, value in (("Injections: first days of a cycle", "28"), ("Length of a cycle", "7")):
            box = panel.number_box(label)
            box.fill(value)
            box.press("Enter")
        panel.wait_for_text("28 days of injections do not fit into a cycle of 7 days")
        panel.press("Reset")
        panel.wait_for_text("2 MIU on 5 days of every 28, 3 cycles")

    def test_reported_rise_is_called_unverified(self, panel):
        before = panel.picture()
        panel.box.locator('label:has-text("Show the rise IMODALS reported")').click()
        panel.wait_for_text("+6.2 points (SD 2.2) (unverified)")
        panel.wait_for_change(before)


def test_people(page):
    panel = fresh(page, PEOPLE, "Treg, 3 days after")
    assert "12 people an arm are few" in press_and_read(
        panel, "Effector cells", "Effector cells, 3 days after"
    )
    text = press_and_read(panel, "CCL2 in blood", "CCL2 in blood, 3 days after")
    assert number(r"IL-2 2 MIU −([\d.]+) \(SD", text) > number(r"IL-2 1 MIU −([\d.]+) \(SD", text)


class TestMarker:
    @pytest.fixture
    def panel(self, page):
        return fresh(page, MARKER, "World A, 400 people a side.")

    def test_worlds_look_alike_until_survival_is_seen(self, panel):
        said = set()
        for world in "BCA":
            panel.box.locator("select").select_option(label=world)
            panel.wait_for_text(f"World {world}, 400 people")
            assert "nobody can tell which it is" in panel.text()
            said.add(re.search(r"median is .*? %\.", panel.text()).group())
        assert len(said) == 1

    def test_presets(self, panel):
        verdicts = {
            "World A, told": "no longer life that this trial could see",
            "World B, told": "The treated live longer.",
            "World C, told": "The treated die sooner",
            "Too small to tell": "too few deaths to tell",
        }
        for button, verdict in verdicts.items():
            press_and_read(panel, button, verdict)

    def test_by_keyboard_and_tick(self, panel):
        handle = panel.handle("People a side")
        handle.focus()
        handle.press("Home")
        panel.wait_for_text("25 people a side")
        handle.press("End")
        panel.wait_for_text("2000 people a side")
        before = panel.picture()
        panel.box.locator('label:has-text("Wait for survival")').click()
        panel.wait_for_text("Survival by arm, as randomised")
        panel.wait_for_change(before)
        assert panel.alt_is_caption()
