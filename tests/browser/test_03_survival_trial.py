"""Page 03 as a learner meets it: steps taken, ends and days dragged, sliders moved by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
NOTEBOOK = "03_survival_trial.ipynb"
CURVES, HAZARD = "Survival curves, read on any day", "Less hazard: how many deaths fewer?"
PLAN = "Twenty people walk through the plan"
POWER = "How many trials find the effect?"
PATIENTS = "Eight patients: what becomes of the lost?"


def second(page, title: str):
    """Return a panel at its first step; each has a title of its own, the curves too, which stand on the page twice."""
    box = page.page.locator(f'.alsteach-panel-2:has([role=heading]:text-is("{title}"))')
    box.scroll_into_view_if_needed()
    back = box.get_by_role("button", name="Back", exact=True)
    while back.get_attribute("aria-disabled") == "false":
        walked(box, back)
    return box


def walked(box, button) -> None:
    before = box.locator(".alsteach-caption").text_content()
    button.click()
    expect(box.locator(".alsteach-caption")).not_to_have_text(before)


def says(box, words: str) -> None:
    expect(box.locator(".alsteach-said-2")).to_contain_text(words)


def middle(hand) -> tuple[float, float]:
    box = hand.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_an_end_is_dragged_and_a_click_changes_it(page):
    box, mouse = second(page, PATIENTS), page.page.mouse
    walked(box, box.get_by_role("button", name="Next", exact=True))
    says(box, "7/8 × 6/7 × 4/5 × 2/3 = 40 % alive")
    hand = box.locator(".alsteach-hand").nth(2)
    x, y = middle(hand)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 70, y, steps=10)
    mouse.up()
    says(box, "7/8 × 6/7 × 5/6 × 2/3 = 41.7 % alive; 3 of 8")
    mouse.click(*middle(hand))
    says(box, "= 33.3 % alive; 2 of 8")
    mouse.click(*middle(hand))
    says(box, "= 41.7 % alive; 3 of 8")


def test_a_patients_end_by_keyboard(page):
    box = second(page, PATIENTS)
    walked(box, box.get_by_role("button", name="Next", exact=True))
    box.locator("select:visible").first.select_option(label="H")
    # Each patient has a slider, H the last.
    handle = box.locator(".widget-slider").last.locator(".noUi-handle")
    handle.wait_for()
    assert box.locator(".noUi-handle:visible").count() == 1
    handle.focus()
    handle.press("ArrowLeft")
    says(box, "alive on day 639, when the last one was seen")
    box.locator("select:visible").nth(1).select_option(index=0)
    says(box, "× 0/1 = 0 % alive")
    box.locator(".alsteach-mark").nth(5).focus()
    page.page.keyboard.press("Enter")
    says(box, "7/8 × 6/7 × 4/5 × 0/1 = 0 % alive; 4 of 8")


def steps_of(page, title: str, words_of_steps) -> list[int]:
    """Walk through the curves' steps; return the day that the box shows at each."""
    box = second(page, title)
    days = []
    for number, words in enumerate(words_of_steps):
        if number:
            walked(box, box.get_by_role("button", name="Next", exact=True))
        says(box, words)
        days.append(int(float(box.locator("input[type=number]:visible").first.input_value())))
    return days


def test_a_number_is_not_torn_from_its_per_cent(page):
    box = second(page, HAZARD)
    box.get_by_role("button", name="Next", exact=True).click()
    says(box, "29 % fewer deaths at 50 % less hazard.")
    assert box.locator(".alsteach-said-2 .alsteach-whole").all_text_contents() == ["29 %", "50 %"]


def test_the_steps_of_the_curves(page):
    said = [
        "On day 640, 7 more of 100 are alive on IL-2 than on placebo.",
        "picked out afterwards among invented",
    ]
    said += ["still followed are 0 and 1", "These groups were not randomised"]
    assert steps_of(page, CURVES, said) == [640, 640, 4556, 2644]  # what the box shows is what is drawn


def test_hazard_and_risk_have_their_own_steps(page):
    said = ["On day 228, 4 more of 100 are alive", "of 84 deaths per 100, 24 would be prevented"]
    said += ["49 % fewer deaths at 50 % less hazard", "61 % fewer deaths at 68 % less hazard"]
    assert steps_of(page, HAZARD, said) == [228, 228, 8, 640]


def test_the_day_is_dragged(page):
    box, mouse = second(page, CURVES), page.page.mouse
    says(box, "On day 640")
    x, y = middle(box.locator(".alsteach-hand").first)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 2000, y, steps=10)
    mouse.up()
    says(box, "On day 0, as many of 100 are alive on IL-2 as on placebo.")


def test_twenty_people_day_by_day(page):
    box, mouse = second(page, PLAN), page.page.mouse
    says(box, "30 days before randomisation: 20 of 20 have entered, 1 died or left.")
    for words in (
        "Day 0: 18 of 20 are randomised.",
        "cycle 2, day 3 of 28",
        "12 of 18 are alive",
        "7 of 18 have died",
    ):
        walked(box, box.get_by_role("button", name="Next", exact=True))
        says(box, words)
    x, y = middle(box.locator(".alsteach-hand").first)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 2000, y, steps=10)
    mouse.up()
    says(box, "126 days before randomisation: 1 of 20 have entered")


def test_power(page):
    box = second(page, POWER)
    says(box, "80 of 100 such trials have p < 0.05")
    forth = box.get_by_role("button", name="Next", exact=True)
    walked(box, forth)
    walked(box, forth)
    box.get_by_role("button", name="Skip", exact=True).click()
    says(box, "Only 18 of 100 such trials have p < 0.05")
    walked(box, forth)
    says(box, "No effect, and still 5 of 100 trials have p < 0.05")
    for _ in range(2):
        walked(box, forth)
    says(box, "with 880 patients")
    handle = box.locator(".noUi-handle:visible").nth(2)
    handle.focus()
    handle.press("End")
    says(box, "A stop at 400 deaths is hardly ever reached")


def test_narrow_window_keeps_controls_and_picture_inside(page):
    page.page.set_viewport_size({"width": 900, "height": 900})
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for title in (PLAN, PATIENTS, CURVES, HAZARD, POWER):
        panel = second(page, title)
        inputs = panel.locator("select:visible, input[type=number]:visible").all()
        assert len(inputs) >= 1
        for part in (panel.locator("figure img"), *inputs):
            box = part.bounding_box()
            assert box["x"] >= notebook["x"]
            assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    page.page.set_viewport_size({"width": 1280, "height": 900})
