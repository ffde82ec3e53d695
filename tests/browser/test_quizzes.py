"""A learner answers by keyboard, the kernel is restarted, and the answers are there again and can be taken away."""

from __future__ import annotations

import csv
import json

import nbformat
import pytest
from playwright.sync_api import expect

from alsteach.exercises import load_items
from alsteach.exercises.markup import plain
from alsteach.words.numbers import fixed
from tests.browser.lab import Page, serve

pytestmark = pytest.mark.browser
NOTEBOOK = "quizzes.ipynb"


def first(kind: str, when: str):
    return next(item for item in load_items() if item.kind == kind and item.when == when)


PREDICTION, NUMBER, CODE = first("choice", "before"), first("number", "after"), first("code", "after")
SORT, WRITE = first("sort", "after"), first("write", "after")
WRONG = next(letter for letter in PREDICTION.options if letter != PREDICTION.solution)
RIGHT_NUMBER = fixed(NUMBER.solution, NUMBER.decimals).replace(",", "").replace("−", "-")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("quizzes")


@pytest.fixture(scope="module")
def address(folder):
    with serve(folder) as address:
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        )
        sources = ["import alsteach as al", "al.progress()"]
        sources += [f"al.quiz({PREDICTION.id!r}, {NUMBER.id!r})", f"al.exercise({CODE.id!r})"]
        sources += [f"al.quiz({SORT.id!r}, {WRITE.id!r})", f"al.quiz({WRITE.id!r}, again=True)"]
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(notebook, folder / "notebooks" / NOTEBOOK)
        yield address


@pytest.fixture(scope="module")
def page(browser, address):
    page = Page(browser, address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == []
    page.close()


class Box:
    """One question on the page."""

    def __init__(self, page: Page, item, again: bool = False):
        self.keyboard = page.page.keyboard
        order = [PREDICTION.id, NUMBER.id, CODE.id, SORT.id, WRITE.id].index(item.id) + again
        self.box = page.page.locator(".alsteach-question").nth(order)
        self.box.scroll_into_view_if_needed()

    def press(self, words: str) -> None:
        """Focus a button as Tab does, and press Enter."""
        button = self.box.locator(f'button:not([disabled]):has-text("{words}")')
        button.wait_for()
        button.focus()
        self.keyboard.press("Enter")

    def wait(self, words: str) -> None:
        self.box.get_by_text(words).first.wait_for()


def focused(page) -> str:
    return page.page.evaluate(
        "() => `${document.activeElement.type || ''} ${document.activeElement.textContent}`"
    )


def test_a_prediction_by_keyboard_alone(page):
    box = Box(page, PREDICTION)
    letters = list(PREDICTION.options)
    box.box.locator("input[type=radio]").first.focus()
    for _ in range(letters.index(WRONG)):
        box.keyboard.press("Tab")
    box.keyboard.press("Space")
    for _ in range(letters.index(WRONG), len(letters)):
        box.keyboard.press("Tab")
    assert focused(page) == "submit Note my prediction" or focused(page).endswith("Note my prediction")
    box.keyboard.press("Enter")
    box.wait("Noted")
    expect(box.box).to_contain_text(f"your first prediction, {WRONG}, stands.")
    expect(box.box.locator("input[type=radio]").first).to_be_disabled()
    expect(box.box).not_to_contain_text("Not as you predicted")
    box.press("Compare")
    box.wait("Not as you predicted.")
    expect(box.box).to_contain_text("The panel showed")
    expect(box.box.locator("[role=alert]")).to_have_count(1)


def test_a_number_with_enter(page):
    box = Box(page, NUMBER)
    expect(box.box.locator('button:has-text("Show the solution")')).to_be_disabled()
    box.box.get_by_label("Your answer").focus()
    box.keyboard.type("1e9")
    box.keyboard.press("Enter")
    box.wait("Not yet.")
    box.press("Hint")
    box.wait("Hint 1:")
    box.box.get_by_label("Your answer").focus()
    box.keyboard.press("Control+a")
    box.keyboard.type(RIGHT_NUMBER)
    box.keyboard.press("Enter")
    box.wait("Right.")
    expect(box.box).not_to_contain_text("Not yet.")


def test_code_by_keyboard(page):
    box = Box(page, CODE)
    area = box.box.locator("textarea")
    area.focus()
    box.keyboard.press("Control+a")
    box.keyboard.type("print('six times seven is', 6 * 7)")
    box.keyboard.press("Tab")
    assert focused(page).endswith("Run")
    box.keyboard.press("Enter")
    box.wait("six times seven is 42")
    area.focus()
    box.keyboard.press("Control+a")
    box.keyboard.insert_text(CODE.solution)
    box.press("Check my answer")
    box.wait("Right. Checked:")


def test_the_bars_have_followed(page):
    total = len(load_items())
    page.page.locator(".alsteach-my-progress").scroll_into_view_if_needed()
    page.page.get_by_text(f"All questions: 3 of {total} answered, 1 right first time.").wait_for()


def has_focus(page, words: str) -> None:
    page.page.wait_for_function("words => document.activeElement.textContent.includes(words)", arg=words)


def test_cards_by_keyboard_alone(page):
    """Enter puts a card into a box, Enter again shows the next: the focus goes along."""
    box, labels = Box(page, SORT), list(SORT.boxes.values())
    card = SORT.cards[0]
    wrong = next(word for word in SORT.boxes if word != card.box)
    box.wait(plain(card.text))
    expect(box.box).not_to_contain_text(plain(SORT.cards[1].text))
    box.press(SORT.boxes[wrong])
    has_focus(page, "Next card")
    box.wait(plain(card.reason(wrong)))
    expect(box.box).to_contain_text(f"✗ It belongs to {SORT.boxes[card.box]}.")
    expect(box.box.locator("[role=alert]")).to_have_count(1)
    box.keyboard.press("Enter")
    has_focus(page, labels[0])
    box.wait(plain(SORT.cards[1].text))
    expect(box.box).to_contain_text(f"Card 2 of {len(SORT.cards)} · right so far: 0")
    expect(box.box.locator("[role=alert]")).to_have_count(0)


def test_a_text_is_kept_as_typed_and_compared_further_down(page):
    draft, again = Box(page, WRITE), Box(page, WRITE, again=True)
    expect(again.box.locator('button:text-is("Compare")')).to_be_disabled()
    field = draft.box.get_by_label("Your text")
    field.focus()
    draft.keyboard.insert_text("Two questions 🧠.")
    draft.wait("Kept as you type: 3 words.")
    # Half an emoji reaches the kernel, as a cut or a strange keyboard may send it.
    field.evaluate(
        "field => { field.value += ' \\ud83e end'; field.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    draft.wait("Kept as you type: 5 words.")
    page.page.wait_for_function(
        "field => field.value.endsWith('end')", arg=again.box.locator("textarea").element_handle()
    )
    expect(again.box.get_by_label("Your text")).to_have_value("Two questions 🧠. \ufffd end")
    again.press("Compare")
    again.wait("One way to say it")
    tick = again.box.get_by_label(plain(WRITE.checklist[1]))
    tick.focus()
    again.keyboard.press("Space")
    overview = page.page.locator(".alsteach-my-progress")
    overview.locator('button:text-is("Download my work")').press("Enter")
    overview.locator("a[download]").first.wait_for()  # so the kernel has heard of the tick


def test_the_kernel_restarts_and_the_answers_are_there_again(page):
    page.page.locator('.lm-MenuBar-itemLabel:text-is("Kernel")').click()
    page.page.locator('.lm-Menu-itemLabel:text-is("Restart Kernel and Run All Cells…")').click()
    old = page.page.locator(".alsteach-my-progress").element_handle()
    page.page.locator(".jp-Dialog .jp-mod-accept").click()
    page.page.wait_for_function("old => !old.isConnected", arg=old)
    page.page.locator(".alsteach-my-progress").wait_for()
    page.page.locator(".alsteach-question").nth(2).wait_for()
    box = Box(page, PREDICTION)
    box.wait("Not as you predicted.")
    expect(box.box.locator("input[type=radio]").nth(list(PREDICTION.options).index(WRONG))).to_be_checked()
    box = Box(page, NUMBER)
    box.wait("Right.")
    expect(box.box.get_by_label("Your answer")).to_have_value(RIGHT_NUMBER)
    expect(box.box).to_contain_text("Hint 1:")
    box = Box(page, CODE)
    box.wait("Right when checked on")
    assert box.box.locator("textarea").input_value().strip() == CODE.solution.strip()
    Box(page, SORT).wait(f"Card 2 of {len(SORT.cards)} · right so far: 0")
    for again in (False, True):
        text = Box(page, WRITE, again).box.get_by_label("Your text").input_value()
        assert text == "Two questions 🧠. \ufffd end"
    ticks = Box(page, WRITE, again=True).box.get_by_role("checkbox")
    expect(ticks).to_have_count(len(WRITE.checklist))
    for place, tick in enumerate(ticks.all()):
        expect(tick).to_be_checked(checked=place == 1)


def test_the_work_is_downloaded(page, tmp_path):
    overview = page.page.locator(".alsteach-my-progress")
    overview.scroll_into_view_if_needed()
    overview.get_by_label("Your name").fill("Ana")
    overview.locator('button:text-is("Download my work")').press("Enter")
    overview.locator('a[download*="_Ana_"]').first.wait_for()
    saved = {}
    for ending in ("html", "csv"):
        with page.page.expect_download() as download:
            overview.locator(f'a[download$=".{ending}"]').click()
        assert download.value.suggested_filename.startswith("alsteach_work_Ana_")
        download.value.save_as(tmp_path / f"work.{ending}")
        saved[ending] = (tmp_path / f"work.{ending}").read_text(encoding="utf-8-sig")
    rows = {row["item"]: row for row in csv.DictReader(saved["csv"].splitlines()) if row["item"]}
    assert rows[PREDICTION.id]["first_answer"] == WRONG
    assert (rows[NUMBER.id]["tries"], rows[NUMBER.id]["last_right"]) == ("2", "1")
    assert rows[NUMBER.id]["name"] == "Ana"
    assert rows[WRITE.id]["last_answer"] == "Two questions 🧠. \ufffd end"
    assert (rows[WRITE.id]["last_right"], rows[SORT.id]["tries"]) == ("", "0")
    reader = page.context.new_page()
    reader.goto((tmp_path / "work.html").as_uri())
    assert reader.title() == "My work in alsteach: Ana"
    assert "4 of" in reader.inner_text("body")
    reader.close()


def test_a_busy_kernel_judges_what_was_typed_last(page, folder):
    """While an exercise runs, other presses wait; what was typed before a press must still be what it judges."""
    go = folder / "notebooks" / "go"
    box = Box(page, CODE)
    box.box.locator("textarea").fill(
        f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.05)"
    )
    box.press("Run")
    box.wait("Running …")
    box = Box(page, NUMBER)
    field = box.box.get_by_label("Your answer")
    field.fill("1e8")
    field.blur()
    field.fill("1e7")
    box.press("Check my answer")
    go.write_text("")
    box.wait("Not yet.")
    kept = json.loads((folder / "notebooks" / "alsteach_progress.json").read_text(encoding="utf-8"))
    answers = [answer["answer"] for answer in kept["items"][NUMBER.id]["answers"]]
    assert answers[-1] == "1e7"
    assert "1e8" not in answers


def test_a_narrow_window_cuts_nothing_off(page):
    page.page.set_viewport_size({"width": 900, "height": 900})
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for item in (PREDICTION, NUMBER, CODE, SORT, WRITE):
        box = Box(page, item)
        for part in box.box.locator("button:visible, label:visible, textarea, input").all():
            where = part.bounding_box()
            assert where["x"] >= notebook["x"]
            assert where["x"] + where["width"] <= notebook["x"] + notebook["width"]
    labels = Box(page, PREDICTION).box.locator(".widget-radio-box label").all()
    assert len(labels) == len(PREDICTION.options)
    for upper, lower in zip(labels, labels[1:], strict=False):
        assert upper.bounding_box()["y"] + upper.bounding_box()["height"] <= lower.bounding_box()["y"] + 1
    page.page.set_viewport_size({"width": 1280, "height": 900})
