"""Notebook 04 as a learner meets it: one load; steps walked, a guess locked, ratios dragged, ticks set by mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import alsteach as al

pytestmark = pytest.mark.browser
NOTEBOOK = "04_cox_adjustment.ipynb"
LONG = 60_000  # milliseconds that a busy machine may take
DRAWS = "One draw at each death"
TICKS = "Tick a covariate: what happens to the hazard ratio?"
HAZARDS = "Is one hazard ratio enough?"
RESPONDERS = "Do Treg responders live longer?"


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
    """Take the next step; skip a guess that it asks."""
    walked(box, box.get_by_role("button", name="Next", exact=True))
    skip = box.get_by_role("button", name="Skip", exact=True)
    if skip.is_visible():
        skip.click()


def says(box, words: str) -> None:
    expect(box.locator(".alsteach-said-2")).to_contain_text(words, timeout=LONG)


def middle(hand) -> tuple[float, float]:
    box = hand.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def dragged(page, hand, across: float) -> None:
    hand.scroll_into_view_if_needed()
    mouse, (x, y) = page.page.mouse, middle(hand)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + across, y, steps=8)
    mouse.up()


def test_draws_a_guess_and_what_stands_after_it(page):
    box = opened(page, DRAWS)
    says(box, "A dies on day 60: 1 of 8 tickets.")
    for words in ("1 of 6 tickets", "1/8 × 1/7 × 1/5 × 1/3 = 0.0012"):
        walked(box, box.get_by_role("button", name="Next", exact=True))
        says(box, words)
    walked(box, box.get_by_role("button", name="Next", exact=True))
    says(box, "Which hazard ratio makes these four deaths likeliest?")
    box.locator(".alsteach-guess-hand").press("ArrowLeft")
    box.get_by_role("button", name="Lock my guess", exact=True).click()
    says(box, "No ratio makes these deaths likelier than HR 0.23")
    expect(box).to_contain_text("Your first guess", timeout=LONG)
    on(box)
    says(box, "0.11 to 0.48 instead of 0.02 to 2.26")
    on(box)
    says(box, "the likeliest ratio is 0.26 instead of 0.23")


def test_the_ratio_tried_is_dragged(page):
    box = opened(page, DRAWS)
    hand = box.locator(".alsteach-hand").first
    dragged(page, hand, -500)  # beyond its end
    says(box, "All four deaths at HR 0.05")
    expect(box.locator("input[type=number]:visible").nth(1)).to_have_value("0.05", timeout=LONG)


def test_covariates_are_ticked_by_mouse_as_the_model_says(page):
    box = opened(page, TICKS)
    says(box, "1.02 (0.71–1.45)")
    box.locator('.widget-checkbox:has-text("Age"):visible input').first.click()
    row = al.fit_cox(al.load_veteran(), covariates=["age_years"]).table.loc["treated"]
    says(box, f"{row.hr:.2f} ({row.ci_low:.2f}–{row.ci_high:.2f})")
    opened(page, TICKS)
    for words in (
        "1.02 becomes 1.19",
        "1.19 becomes 0.98",
        "1.02 becomes 1.34",
        "1.06 becomes 0.93",
        "Arms exactly alike",
    ):
        on(box)
        says(box, words)


def test_one_ratio_and_the_responders(page):
    box = opened(page, HAZARDS)
    for words in ("strong evidence of drift", "little evidence of drift", "of those left", "Frailty known"):
        on(box)
        says(box, words)
    box = opened(page, RESPONDERS)
    says(box, "HR 1.02 (0.79–1.33)")
    for words in ("HR 0.35", "HR 0.67", "HR 0.40", "HR 1.01", "HR 0.29"):
        on(box)
        says(box, words)


def test_narrow_window_keeps_controls_and_pictures_inside(page):
    """The same page, made narrow: what a file list leaves of a small window."""
    page.page.set_viewport_size({"width": 900, "height": 768})
    try:
        notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
        for title in (DRAWS, TICKS, HAZARDS, RESPONDERS):
            panel = opened(page, title)
            edge = notebook.bounding_box()
            inputs = panel.locator("select:visible, input[type=number]:visible").all()
            assert inputs
            for part in (panel.locator("figure img"), *inputs):
                box = part.bounding_box()
                assert box["x"] >= edge["x"]
                assert box["x"] + box["width"] <= edge["x"] + edge["width"]
    finally:
        page.page.set_viewport_size({"width": 1280, "height": 900})
