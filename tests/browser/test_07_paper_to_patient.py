"""Page 07 as a learner meets it: one result in five ways, function and death, belief, the next trial, four reports."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
NOTEBOOK = "07_paper_to_patient.ipynb"
FIVE_WAYS = "One result, told in five ways"
FUNCTION = "Function, when some have died"
BLINDING = "Who guesses, and what does guessing do?"
NEXT = "How large must the next trial be?"


def step_to(panel, number: int, words: str) -> None:
    """Press Next until this step is reached, and wait for what it says; a guess on the way is skipped."""
    place = panel.box.locator(".alsteach-place")
    while int(place.text_content().split()[0]) != number:
        there = int(place.text_content().split()[0]) + 1
        panel.press("Next")
        place.filter(has_text=f"{there} of").wait_for()
        if panel.box.locator(".alsteach-answer").is_visible():
            panel.press("Skip")
            panel.box.locator(".alsteach-answer").wait_for(state="hidden")
    panel.wait_for_text(words)


def test_one_result_in_five_ways(page):
    panel = page.panel(FIVE_WAYS)
    step_to(panel, 2, "16 % fewer deaths")
    before = panel.picture()
    step_to(panel, 5, "through infinity")
    assert panel.picture() != before
    assert panel.alt_is_caption()


def test_the_living_alone_mislead(page):
    panel = page.panel(FUNCTION)
    panel.wait_for_text("averages −2.2 points against placebo")
    step_to(panel, 2, "18 live only thanks to the drug")
    step_to(panel, 5, "in 55 of 100 pairs")
    assert panel.alt_is_caption()
    before = panel.picture()
    panel.handle("Hazard ratio of death").press("End")
    panel.wait_for_change(before)
    panel.wait_for_text("in 43 of 100 pairs")


def test_belief_moves_ratings_and_not_deaths(page):
    panel = page.panel(BLINDING)
    panel.wait_for_text("Both arms believe alike")
    step_to(panel, 2, "belief moves the own ratings by +1.3 points")
    before = panel.picture()
    panel.handle("Belief moves own rating by").press("Home")
    panel.wait_for_change(before)
    panel.wait_for_text("the ratings differ by 0.0 points")
    assert panel.alt_is_caption()


def test_the_next_trial_and_the_price_of_a_wrong_belief(page):
    panel = page.panel(NEXT)
    panel.wait_for_text("74 patients")
    step_to(panel, 4, "1,152 patients")
    step_to(panel, 6, "If the drug does nothing")
    assert panel.alt_is_caption()


def test_the_reports_are_sorted(page):
    question = page.page.locator(".alsteach-question", has_text="07-sort-1").first
    question.scroll_into_view_if_needed()
    question.get_by_role("button", name="Too much").click()
    question.filter(has_text="survival did not improve overall").wait_for()


def test_the_text_quotes_the_published_figures(page):
    text = page.page.locator(".jp-NotebookPanel .jp-Notebook").first.text_content()
    for words in (
        "41 of 110 people on IL-2 and 49 of 110 on placebo had died by day 640",
        "7.3 of 100, 95 % interval −5.7 to 20.2",
        "1 death more for every 5 treated (from 1 death fewer for every 8 treated through no difference to",
        "exclusive licence to the trial's data",
        "no treatment advice",
        "25.4 % (95 % CI 19.5-32.4)",
    ):
        assert words in text
    assert "Hand-out" not in text


def test_a_narrow_window_keeps_picture_and_controls_inside(page):
    panel = page.panel(FUNCTION)
    page.page.set_viewport_size({"width": 900, "height": 900})
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    page.page.wait_for_function(
        "([part, all]) => part.getBoundingClientRect().right <= all.getBoundingClientRect().right",
        arg=[panel.image.element_handle(), notebook.element_handle()],
    )
    assert panel.box.evaluate("box => box.scrollWidth <= box.clientWidth")
    page.page.set_viewport_size({"width": 1280, "height": 900})
