"""Notebook 06 as a learner meets it: one load; steps walked, a cut dragged, guesses locked, a search stopped."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
NOTEBOOK = "06_biomarker_subgroups.ipynb"
LONG = 60_000  # milliseconds that a busy machine may take
CUT, SEARCH = "Does it work here and not there?", "What is a searched cut worth?"


def opened(page, title: str):
    """Return a panel at its first step."""
    box = page.page.locator(f'.alsteach-panel-2:has([role=heading]:text-is("{title}"))')
    box.scroll_into_view_if_needed()
    back = box.get_by_role("button", name="Back", exact=True)
    while back.get_attribute("aria-disabled") == "false":
        walked(box, back)
    return box


def walked(box, button) -> None:
    before = box.locator(".alsteach-caption").text_content()
    button.click()
    expect(box.locator(".alsteach-caption")).not_to_have_text(before, timeout=LONG)


def on(box) -> None:
    walked(box, box.get_by_role("button", name="Next", exact=True))


def says(box, words: str) -> None:
    expect(box.locator(".alsteach-said-2")).to_contain_text(words, timeout=LONG)


def test_a_search_out_of_sight_waits_after_its_first_picture_until_somebody_comes(page):
    box = page.page.locator(f'.alsteach-panel-2:has([role=heading]:text-is("{SEARCH}"))')
    # A browser lays out what is a few windows away; a panel is then as wide as its place and asks for its picture.
    box.evaluate(
        """it => { it.closest('.jp-WindowedPanel-outer').scrollTop +=
                     it.getBoundingClientRect().top - 2 * window.innerHeight; }"""
    )
    expect(box.locator(".alsteach-working")).to_contain_text("so far", timeout=LONG)
    opened(page, SEARCH)
    expect(box.locator(".alsteach-working")).to_be_hidden(timeout=LONG)


def test_two_p_values_a_guess_and_the_fair_comparison(page):
    box = opened(page, CUT)
    says(box, "Up to 3,700 pg/mL: HR 0.61, p = 0.029. Over it: HR 0.58, p = 0.11.")
    on(box)
    says(box, "How small is the p of the difference")
    box.locator(".alsteach-guess-hand").press("ArrowLeft")
    box.get_by_role("button", name="Lock my guess", exact=True).click()
    says(box, "Their difference: p = 0.86.")
    on(box)
    says(box, "Up to 2,500 pg/mL: HR 0.69, p = 0.18. Over it: HR 0.57, p = 0.029.")
    for words in (
        "Up to 70 points",
        "Up to 3,700 pg/mL: HR 0.61, p = 0.059",
        "750 to 3,700 pg/mL: HR 0.52, p = 0.016",
    ):
        on(box)
        says(box, words)
    on(box)
    says(box, "Up to 750 pg/mL: 20 people, 4 deaths, HR 3.58")


def test_the_cut_is_typed_and_another_trial_has_its_own(page):
    box = opened(page, CUT)
    number = box.locator("input[type=number]:visible").first
    number.fill("2500")
    number.press("Enter")
    says(box, "Up to 2,500 pg/mL: HR 0.69, p = 0.18.")
    box.get_by_role("combobox").select_option(label="Lung cancer, 1980 (real)")
    says(box, "Up to 70 points")


def test_a_search_is_guessed_and_told(page):
    box = opened(page, SEARCH)
    says(box, "5 of 100 trials, all of them false alarms")
    on(box)
    says(box, "does the best of 33 cuts have p < 0.05?")
    box.locator(".alsteach-guess-hand").press("ArrowDown")
    box.get_by_role("button", name="Lock my guess", exact=True).click()
    says(
        box,
        "Best of 33 cuts in each trial: p < 0.05 in 328 of 1,000 trials; with the cut named beforehand in 50.",
    )
    on(box)
    says(box, "Best of 3 cuts in each trial: p < 0.05 in 111 of 1,000 trials")


def test_another_world_refines_while_the_picture_stands(page):
    box = opened(page, SEARCH)
    box.get_by_role("combobox").select_option(label="lung trial, score shuffled")
    says(box, "chance does as well in 17 of 100")
    assert page.errors() == []
