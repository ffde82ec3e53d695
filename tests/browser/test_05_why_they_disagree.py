"""Notebook 05 as a learner meets it: opened by `make lab`, run, and its sliders moved by keyboard and mouse."""

from __future__ import annotations

import re

import pytest

from tests.browser.lab import SAID, hazard_ratio, serve

pytestmark = pytest.mark.browser
NOTEBOOK = "05_why_they_disagree.ipynb"
TITLE, ZERO = "Where is the effect read?", "Zero (or drag the diamond)"


@pytest.fixture(scope="module")
def lab_address(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("make_lab"), ["make", "lab"]) as address:
        yield address


@pytest.fixture
def panel(page):
    """The panel at its first step, taken anew."""
    panel = page.panel(TITLE)
    to_step(panel, 2)
    to_step(panel, 1)
    panel.wait_for_text("Zero at 0 pg/mL")
    return panel


def to_step(panel, wanted: int) -> None:
    """Press Next or Back until a step is reached, skipping the guess on the way."""
    ordinal = panel.box.locator(".alsteach-place")
    while (place := int(ordinal.text_content().split()[0])) != wanted:
        panel.press("Next" if wanted > place else "Back")
        there = place + (1 if wanted > place else -1)
        ordinal.filter(has_text=f"{there} of").wait_for()
        if panel.box.locator(".alsteach-answer").is_visible():
            panel.press("Skip")
            panel.box.locator(".alsteach-answer").wait_for(state="hidden")


# The guess is made once in a panel's life: this test comes first.
def test_a_guess_is_dragged_on_the_picture_locked_and_stands(page):
    panel = page.panel(TITLE)
    panel.press("Next")
    panel.wait_for_text("Which ratio will the row print?")
    assert "0.77" not in panel.alt()
    ring = panel.box.locator(".alsteach-guess-hand")
    assert panel.box.locator('button:text-is("Next")').get_attribute("aria-disabled") == "true"
    assert panel.number_box(ZERO).is_disabled()
    ring.scroll_into_view_if_needed()
    box, mouse = ring.bounding_box(), panel.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 30, y + 25, steps=5)
    mouse.up()
    moved = ring.bounding_box()
    assert moved["x"] == pytest.approx(box["x"], abs=1)  # along its path only
    assert moved["y"] == pytest.approx(box["y"] + 25, abs=3)
    guessed = ring.get_attribute("aria-valuetext")
    ring.press("ArrowDown")
    assert hazard_ratio(ring.get_attribute("aria-valuetext")) < hazard_ratio(guessed)
    ring.press("ArrowUp")
    panel.press("Lock my guess")
    panel.wait_for_text(f"Your first guess, {hazard_ratio(guessed):.2f}, stands.")
    assert "the row reads 0.77 (0.49–1.21)" in panel.text()
    asked = page.page.locator(".alsteach-question", has_text="05-number-2").first
    asked.filter(has_text="your first prediction").wait_for()
    assert panel.box.locator('button:text-is("Next")').get_attribute("aria-disabled") == "false"


def test_it_opens_with_the_published_figure(panel):
    assert "the row reads 0.32 (0.14–0.73). Nobody is there" in panel.text()
    assert panel.alt_is_caption()
    assert "p = 0.007" in panel.alt()


def test_no_news_pop_up(page):
    assert page.page.locator("text=official Jupyter news").count() == 0


def test_the_slider_moves_by_keyboard(panel):
    before = panel.picture()
    handle = panel.handle(ZERO)
    handle.focus()
    handle.press("End")
    panel.wait_for_change(before)
    panel.wait_for_text("Zero at 8,000 pg/mL: the row reads 3.")
    assert panel.alt_is_caption()
    highest = panel.picture()
    handle.press("ArrowLeft")
    panel.wait_for_change(highest)


def test_the_diamond_is_dragged_and_slider_and_words_follow(panel):
    hand = panel.box.locator(".alsteach-hand")
    hand.scroll_into_view_if_needed()
    box, mouse = hand.bounding_box(), panel.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = panel.picture()
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 21):
        mouse.move(x + 10 * step, y)
    assert hand.bounding_box()["x"] > box["x"] + 100, "the ring follows at once"
    mouse.up()
    panel.wait_for_change(before)
    panel.page.wait_for_function(
        """([box, number, said]) => Number(number.value) > 1500 && box.querySelector(said).textContent
            .includes(`Zero at ${Number(number.value).toLocaleString('en')} pg/mL`)""",
        arg=[panel.box.element_handle(), panel.number_box(ZERO).element_handle(), SAID],
    )


def test_the_number_box_and_the_slider_are_one(panel):
    box = panel.number_box(ZERO)
    box.fill("3000")
    box.press("Enter")
    panel.wait_for_text("Zero at 3,000 pg/mL: the row reads 0.81")
    assert float(panel.handle(ZERO).get_attribute("aria-valuenow")) == 3000


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (2, "the row reads 0.77"),
        (3, "the row reads 1.00"),
        (4, "Standard error 0.22 at 3,679 pg/mL"),
        (5, "Unadjusted 0.81, adjusted 0.93"),
        (6, "Zero at 0 points: the row reads 2.69"),
    ],
)
def test_steps_lead_somewhere(panel, step, words):
    before = panel.picture()
    to_step(panel, step)
    panel.wait_for_text(words)
    assert panel.picture() != before
    assert panel.alt_is_caption()


@pytest.mark.parametrize(("width", "height"), [(1366, 640), (1280, 900)])
def test_all_is_seen_at_once(page, panel, width, height):
    page.page.set_viewport_size({"width": width, "height": height})
    panel.page.wait_for_function(
        "() => document.querySelector('.alsteach-panel-2 figure img').naturalWidth > 0"
    )
    top, bottom = (panel.box.locator(f".alsteach-{part}").bounding_box() for part in ("steps", "finding"))
    assert bottom["y"] + bottom["height"] - top["y"] <= 500
    assert panel.box.bounding_box()["height"] <= 600
    page.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_hazard_ratio_does_not_average(page):
    panel = page.panel("A hazard ratio does not average")
    panel.wait_for_text("Nobody has died yet")
    before = panel.picture()
    panel.press("Next")
    panel.wait_for_change(before)
    panel.wait_for_text("Within each kind 0.50, all together 0.54.")
    before = panel.picture()
    panel.handle("Months passed").press("PageDown")
    panel.wait_for_change(before)
    panel.wait_for_text("Frail among those left")
    assert panel.alt_is_caption()


def test_the_small_ps_at_zero_are_guessed_before_they_are_seen(page):
    box = page.page.locator(".alsteach-panel", has_text="Which question does a small p answer?").first
    box.scroll_into_view_if_needed()
    said = box.locator(".alsteach-said-2")
    said.filter(has_text="No effect in anybody").wait_for()
    box.get_by_role("button", name="Next").click()
    ring = box.get_by_role("slider", name="Your guess")
    ring.press("Home")
    assert ring.get_attribute("aria-valuetext") == "0"
    box.locator(".alsteach-working").wait_for(state="hidden")
    assert "64" not in box.locator("figure img").get_attribute("alt")
    box.get_by_role("button", name="Lock my guess").click()
    said.filter(has_text="64 at zero").filter(has_text="Your first guess, 0, stands.").wait_for()


def test_a_bet_is_laid_then_the_runners_start_and_one_is_given_a_slope(page):
    panel = page.panel("Who carries the first ratio to the second?")
    panel.wait_for_text("Averaging people carries 0.81 to 0.79")
    panel.press("Next")
    panel.wait_for_text("lock your guess")
    ring = panel.box.get_by_role("slider", name="Your guess")
    ring.press("ArrowUp")
    assert ring.get_attribute("aria-valuetext").startswith("runner ")
    panel.press("Lock my guess")
    panel.wait_for_text("stands.")
    to_step(panel, 7)
    panel.wait_for_text("At the printed slope 44 of 100 arrive, at half 4")
    before = panel.picture()
    panel.handle("Runner 7: part of the printed slope").press("End")
    panel.wait_for_change(before)
    panel.wait_for_text("at 133 % of it 82")


def test_whom_a_learner_marks_is_marked_beside_the_line(page, panel):
    strip = page.panel("Whom does the 0.32 describe?")
    strip.press("Next")
    strip.wait_for_text("Drag the ring to the patients whom it describes")
    strip.box.get_by_role("slider", name="Your guess").press("Home")
    strip.box.get_by_role("slider", name="Your guess").press("PageUp")
    strip.press("Lock my guess")
    strip.wait_for_text("stands.")
    mark = re.search(r"Your guess, ([\d,]+) pg/mL, stands", strip.text())[1]
    panel.wait_for_text(f"You guessed {mark}; nobody is at 0")


def test_the_first_draft_comes_back_at_the_end(page):
    first, again = page.page.locator(".alsteach-question", has_text="05-write-1").all()
    first.locator("textarea").first.fill("Two figures, two questions.")
    first.locator("textarea").first.press("Tab")
    page.page.wait_for_function(
        "box => box.value.startsWith('Two figures')", arg=again.locator("textarea").first.element_handle()
    )


def test_narrow_window_keeps_controls_and_picture_inside(page, panel):
    page.page.set_viewport_size({"width": 900, "height": 900})
    panel.box.scroll_into_view_if_needed()
    parts = (panel.image, panel.number_box(ZERO), panel.handle(ZERO))
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    page.page.wait_for_function(
        """([[image, number, handle], all]) => {
            const place = element => element.getBoundingClientRect(), edge = place(all);
            const boxes = [image, number, handle].map(place);
            const middle = box => (box.top + box.bottom) / 2;
            return boxes.every(box => box.width > 0 && box.left >= edge.left && box.right <= edge.right)
                && Math.abs(middle(boxes[1]) - middle(boxes[2])) < 12;
        }""",
        arg=[[part.element_handle() for part in parts], notebook.element_handle()],
    )
    page.page.set_viewport_size({"width": 1280, "height": 900})
