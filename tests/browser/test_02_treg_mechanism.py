"""Notebook 02 as a learner meets it: run once, its panels walked, clicked, guessed in and driven by keyboard."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
NOTEBOOK = "02_treg_mechanism.ipynb"
ROAD = "From IL-2 to a longer life: which links are known?"
RECEPTORS = "Who hears IL-2 at which dose?"
COURSE = "Why not every day?"
MARKER = "A marker moves. Does anyone live longer?"


def forward(panel, words):
    """Press Next until the finding holds these words; a guess on the way is skipped."""
    for _ in range(7):
        before = panel.picture()
        panel.press("Next")
        panel.wait_for_change(before)
        if panel.box.locator(".alsteach-answer").is_visible():
            panel.press("Skip")
            panel.box.locator(".alsteach-answer").wait_for(state="hidden")
        if words in panel.text():
            break
    panel.wait_for_text(words)
    assert panel.alt_is_caption()


def test_it_runs_without_a_traceback_and_asks_nobody_outside(page):
    assert page.errors() == []
    assert page.outside == []
    assert page.page.locator(".alsteach-panel").count() == 4


@pytest.mark.parametrize(
    ("title", "begins", "figure"),
    [
        (COURSE, "What the model was told", "+6.2 points (SD 2.2) (unverified)"),
        (MARKER, "A real case", "60 of them with faster-progressing disease"),
        (MARKER, "Does that p-value fit its interval?", "p near 0.6, not with 0.97"),
    ],
)
def test_figures_in_the_prose_are_filled_in(page, title, begins, figure):
    page.panel(title)  # cells far from the screen are not in the page
    prose = page.page.locator(f'.jp-RenderedMarkdown:has-text("{begins}")').first
    prose.scroll_into_view_if_needed()
    text = prose.text_content()
    assert figure in text
    assert "{" not in text


def test_the_road_is_walked_and_clicked(page):
    panel = page.panel(ROAD)
    panel.wait_for_text("Link 1 of 7, seen in patients")
    forward(panel, "Link 7 of 7, not shown")
    panel.box.locator("select").select_option(index=2)
    panel.wait_for_text("Link 2 of 7")


def test_a_tenth_of_the_dose_is_guessed_on_the_picture(page):
    panel = page.panel(RECEPTORS)
    panel.wait_for_text("For 5.8 of 24 hours Treg alone hear")
    panel.press("Next")
    panel.wait_for_text("A tenth of the trials' dose")
    assert "13 %" not in panel.alt()
    panel.box.locator(".alsteach-guess-hand").press("ArrowUp")
    panel.press("Lock my guess")
    panel.wait_for_text("at the peak 13 % of the receptors on Treg")
    forward(panel, "42 MIU: for 11.2 of 24 hours effector cells hear too")
    forward(panel, "No window")


def test_the_hatched_row_decides(page):
    panel = page.panel(COURSE)
    panel.wait_for_text("Treg reach 15.3 %")
    forward(panel, "The hatched row decides")
    forward(panel, "CCL2 rises to 117 %")
    forward(panel, "all this model sees")
    forward(panel, "12 people on one dose")


def test_the_worlds_differ_only_once_survival_is_seen(page):
    panel = page.panel(MARKER)
    for world in "BCA":
        panel.box.locator("select").first.select_option(label=world)
        panel.wait_for_text(f"World {world}: treatment moves the marker from 99 to 57 %")
    before = panel.picture()
    panel.box.locator('label:has-text("Wait for survival")').click()
    panel.wait_for_text("World A: 174 deaths on treatment against 174 on control")
    panel.wait_for_change(before)
    forward(panel, "in truth nobody lives longer")
    forward(panel, "the treated live longer")
    forward(panel, "harms by another road")
