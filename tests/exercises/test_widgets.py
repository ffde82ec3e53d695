"""Quizzes and exercises as a learner uses them, without a browser."""

from __future__ import annotations

import asyncio
import base64
import gc
import re
from urllib.parse import unquote

import ipywidgets as widgets
import pytest

import alsteach as al
from alsteach.data.checks import TrialDataError
from alsteach.exercises import load_items
from alsteach.exercises.progress import Progress, progress_file
from alsteach.exercises.question import question


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "alsteach_progress.json")


def press(button):
    assert not button.disabled, button.description
    button.click()


def shown(widget) -> str:
    """All text that a widget shows, without tags."""
    parts = []
    if isinstance(widget, widgets.HTML):
        parts.append(re.sub(r"<style>.*?</style>|<[^>]+>", " ", widget.value, flags=re.DOTALL))
    for child in getattr(widget, "children", ()):
        parts.append(shown(child))
    return " ".join(" ".join(parts).split())


def test_a_wrong_choice_is_explained_at_once_and_may_be_tried_again(progress, choice):
    box = question(_after(choice), progress)
    assert box.answer is None
    assert box.solution_button.disabled
    press(box.check_button)
    assert box.reply == "There is no answer yet. Choose one of A, B or C."
    assert box.solution_button.disabled, "no answer is no try"
    box.solve()
    assert "Solution" not in shown(box)
    assert progress.entry(choice.id)["answers"] == []
    box.answer_view.value = "A"
    press(box.check_button)
    assert "✗ Not yet. Beside an interaction the line speaks of zero." in shown(box)
    box.answer_view.value = "B"
    press(box.check_button)
    assert "✓ Right. The effect fades." in shown(box)
    assert "Not yet" not in shown(box)
    assert [a["answer"] for a in progress.entry(choice.id)["answers"]] == ["A", "B"]
    press(box.solution_button)
    assert "Solution B) A figure closer to 1." in shown(box)
    for explanation in choice.explanations.values():
        assert explanation in shown(box)
    assert progress.entry(choice.id)["solution"] is True


def _after(item):
    """The same item asked after its panel."""
    from dataclasses import replace

    return replace(item, when="after")


def test_options_are_lettered_and_plain(progress, choice):
    box = question(choice, progress)
    assert [label for label, _ in box.answer_view.options] == [
        "A)  The same 0.32.",
        "B)  A figure closer to 1.",
        "C)  A figure further below 1.",
    ]


def test_a_prediction_is_kept_and_compared_with_what_the_panel_showed(progress, choice):
    box = question(choice, progress)
    assert box.compare_button.disabled
    box.answer_view.value = "A"
    press(box.check_button)
    assert (
        "Noted : your first prediction, A, stands. Press Read at the mean . Then come back and press Compare ."
        in shown(box)
    )
    for secret in ("Right", "Not yet", "✓", "✗", *choice.explanations.values()):
        assert secret not in shown(box), "a prediction is not judged before the look"
    press(box.compare_button)
    text = shown(box)
    assert "≠ Not as you predicted." in text
    assert "You predicted The panel showed A) The same 0.32. The panel shows HR 0.77." in text
    assert choice.explanations["A"] in text
    assert "Right would have been B) A figure closer to 1. The effect fades." in text
    assert progress.entry(choice.id)["compared"] is True


def test_a_right_prediction(progress, choice):
    box = question(choice, progress)
    box.answer_view.value = "B"
    press(box.check_button)
    press(box.compare_button)
    assert "✓ As you predicted." in shown(box)
    assert "Right would have been" not in shown(box)


def test_a_prediction_that_is_noted_is_locked(progress, choice):
    box = question(choice, progress)
    assert not box.answer_view.disabled
    box.answer_view.value = "A"
    press(box.check_button)
    assert box.answer_view.disabled
    assert box.check_button.disabled
    box.put("B")  # what was on its way
    box.check()
    assert recorded(progress, choice) == ["A"]
    press(box.compare_button)
    assert "Not as you predicted." in shown(box)
    again = question(choice, Progress(progress.path))
    assert (again.answer, again.answer_view.disabled) == ("A", True)


def test_a_second_prediction_in_an_older_file_does_not_stand(progress, choice):
    for letter in "AB":
        progress.record(choice.id, letter, letter == "B")
    box = question(choice, progress)
    assert box.answer == "A"
    press(box.compare_button)
    assert "Not as you predicted." in shown(box)


class Guess:
    """What a panel of version 2 offers where a guess is made on its picture."""

    def __init__(self):
        self.value, self.skipped, self._observers = None, False, []

    @property
    def locked(self):
        return self.value is not None

    def observe(self, callback):
        self._observers.append(callback)

    def lock(self, value):
        self.value = value
        self.tell()

    def skip(self):
        self.skipped = True
        self.tell()

    def tell(self):
        for callback in self._observers:
            callback(self)


def a_panel(guess=None):
    panel = widgets.VBox([widgets.HTML("the picture")])
    if guess is not None:
        panel.guess = guess
    return panel


def test_compare_stands_beside_the_panel_if_the_panel_is_given():
    name = next(item.id for item in load_items() if item.kind == "choice" and item.when == "before")
    panel = a_panel()
    quiz = al.quiz(name, panel=panel)
    asked, shown_panel, comparison = quiz.children
    assert shown_panel is panel
    assert comparison is quiz.questions[0].comparison
    assert comparison not in quiz.questions[0].children
    box = quiz.questions[0]
    box.put(next(letter for letter in box.item.options if letter != box.item.solution))
    press(box.check_button)
    assert "Then press Compare under the panel." in shown(asked)
    press(box.compare_button)
    assert "Not as you predicted." in shown(comparison)
    assert "Not as you predicted." not in shown(asked)
    alone = al.quiz(name)
    assert alone.questions[0].comparison in alone.questions[0].children


def test_a_guess_on_the_picture_is_noted_as_the_prediction(progress, number, monkeypatch):
    from dataclasses import replace

    from alsteach.exercises import widgets as module

    prediction = replace(number, when="before")
    monkeypatch.setattr(module, "find_item", lambda name: prediction)
    guess = Guess()
    quiz = al.quiz(prediction.id, panel=a_panel(guess))
    compare = quiz.questions[0].compare_button
    assert compare.disabled
    guess.lock(0.7712)
    assert not compare.disabled
    assert recorded(progress_file(), prediction) == ["0.77"]
    assert "your first prediction, 0.77, stands." in shown(quiz)
    guess.lock(0.5)
    assert recorded(progress_file(), prediction) == ["0.77"]


def test_a_typed_prediction_stands_and_is_compared_only_after_the_step(progress, number, monkeypatch):
    from dataclasses import replace

    from alsteach.exercises import widgets as module

    prediction = replace(number, when="before")
    monkeypatch.setattr(module, "find_item", lambda name: prediction)
    guess = Guess()
    box = al.quiz(prediction.id, panel=a_panel(guess)).questions[0]
    box.put("0.5")
    press(box.check_button)
    assert box.compare_button.disabled, "the truth would be told before the step"
    guess.lock(0.7712)
    assert recorded(progress_file(), prediction) == ["0.5"]
    assert not box.compare_button.disabled
    skipping = Guess()
    box = al.quiz(prediction.id, panel=a_panel(skipping)).questions[0]
    skipping.skip()
    assert not box.compare_button.disabled


def test_questions_are_numbered_through_the_page_and_show_their_id():
    for notebook in ("03", "05"):
        of_page = [item for item in load_items(notebook) if item.kind != "code"]
        assert len(of_page) >= 7
        for place, item in enumerate(of_page, 1):
            assert shown(al.quiz(item.id)).startswith(f"{place} · {item.id}")


def test_answers_cleared_elsewhere_go_from_the_page():
    overview, over = al.progress(), al.progress().start_over
    item = next(item for item in load_items("05") if item.kind == "choice" and item.when == "after")
    other = next(item for item in load_items("06") if item.kind == "choice" and item.when == "after")
    box, kept = al.quiz(item.id).questions[0], al.quiz(other.id).questions[0]
    for asked in (box, kept):
        asked.put(asked.item.solution)
        press(asked.check_button)
        press(asked.hint_button)
    over.which.value = "05"
    assert (over.button.layout.display, over.sure.layout.display) == ("", "none")
    press(over.button)
    assert "Questions that will stand empty again: 1." in over.said.value
    assert recorded(progress_file(), item), "nothing goes at the first click"
    press(over.keep)
    assert recorded(progress_file(), item)
    press(over.button)
    press(over.sure)
    assert recorded(progress_file(), item) == []
    assert recorded(progress_file(), other) == [other.solution]
    assert (box.answer, box.reply) == (None, "")
    assert item.hints[0] not in shown(box)
    assert "✓ Right." in shown(kept)
    assert "All questions: 1 of" in shown(overview)
    copy = re.search(r"kept in (\S+\.json), beside", over.said.value)[1]
    assert progress_file().path.with_name(copy).read_text(encoding="utf-8").count('"answer":') == 2


def test_hints_come_one_at_a_time(progress, number):
    box = question(number, progress)
    assert box.hint_button.description == "Hint (2 left)"
    press(box.hint_button)
    assert number.hints[0] in shown(box)
    assert number.hints[1] not in shown(box)
    press(box.hint_button)
    assert number.hints[1] in shown(box)
    assert box.hint_button.disabled
    assert box.hint_button.description == "No more hints"
    assert progress.entry(number.id)["hints"] == 2


def test_a_number_in_words_a_learner_types(progress, number):
    box = question(number, progress)
    for typed, words in [("0,8", "too coarsely rounded"), ("a lot", "is not a number"), ("0,84", "✓ Right.")]:
        box.put(typed)
        press(box.check_button)
        assert words in shown(box)
    assert [a["answer"] for a in progress.entry(number.id)["answers"]] == ["0,8", "0,84"], "text is no try"
    assert "41 / 49 = 0.84." not in shown(box)
    press(box.solution_button)
    assert "Solution 0.84 41 / 49 = 0.84." in shown(box)


def recorded(progress, item):
    return [a["answer"] for a in progress.entry(item.id)["answers"]]


async def settled(box):
    while box._pending is not None:
        await asyncio.sleep(0.01)


def test_enter_checks_the_text_that_follows_it(progress, number):
    """JupyterLab says Enter before it sends the text, so the text of before must not be judged."""
    box = question(number, progress)
    box.put("0.5")

    async def enter(then):
        box._on_message(box._field, {"event": "submit"}, [])
        if then is not None:
            box.put(then)
        await settled(box)

    asyncio.run(enter("0.84"))
    assert recorded(progress, number) == ["0.84"]
    asyncio.run(enter(None))
    assert "✓ Right." in shown(box)
    box.put("0.7")
    assert recorded(progress, number) == ["0.84"], "leaving the field is not Enter"
    box._on_message(box._field, {"event": "submit"}, [])
    assert recorded(progress, number) == ["0.84", "0.7"], "without an event loop at once"


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["choice", "number", "code"])
def test_a_button_does_not_overtake_the_answer_it_belongs_to(progress, sample, kind):
    """With a busy kernel the press comes first, and what was typed last comes after it."""
    item = _after(sample[kind])
    early, late = [("A", "B"), ("0.5", "0.84"), ("answer = 1", item.solution)][kind]
    box = question(item, progress)

    async def type_and_press(then):
        box.put(early)
        press(box.check_button)
        if then is not None:
            box.put(then)
        await settled(box)

    asyncio.run(type_and_press(late))
    assert recorded(progress, item) == [late]
    asyncio.run(type_and_press(None))
    assert recorded(progress, item) == [late, early]


def test_an_answer_that_has_stood_a_while_is_checked_at_once(progress, number):
    box = question(number, progress)
    box.put("0.84")
    box._arrived_at -= 1

    async def press_only():
        press(box.check_button)
        assert box.reply.startswith("Right.")

    asyncio.run(press_only())


def test_code_is_run_checked_and_put_back(progress, code_item):
    box = question(code_item, progress)
    assert box.answer == code_item.starter
    press(box.check_button)
    assert "`answer` is still `...`" in box.reply
    assert progress.entry(code_item.id)["answers"] == [], "the starter is no try"
    box.put("print('<b>hello</b>')\n1 + 1")
    press(box.run_button)
    assert "<pre>&lt;b&gt;hello&lt;/b&gt;\n2</pre>" in box._output.value
    assert progress.entry(code_item.id)["answers"] == [], "running is not answering"
    box.put("answer = nothing")
    press(box.check_button)
    assert "✗ Not yet. Line 1 ( answer = nothing ) stopped with NameError" in shown(box)
    box.put(code_item.solution)
    press(box.check_button)
    assert "✓ Right. Checked: answer is the mean of the values, to 1 decimal." in shown(box)
    press(box.restart_button)
    assert box.answer == code_item.starter
    press(box.solution_button)
    assert "sum(values) / len(values)" in shown(box)


def test_everything_is_there_again(progress, sample):
    for item, answer in zip(sample, ("A", "0.5", "answer = 2"), strict=True):
        box = question(item, progress)
        box.put(answer)
        press(box.check_button)
        press(box.hint_button)
        press(box.compare_button if item.when == "before" else box.solution_button)
    again = [question(item, Progress(progress.path)) for item in sample]
    assert [box.answer for box in again] == ["A", "0.5", "answer = 2"]
    assert "Not as you predicted." in shown(again[0])
    assert "✗ Not yet. Too small. Checked: your number" in shown(again[1])
    assert "✗ Not right yet when checked on " in shown(again[2])
    for box, item in zip(again, sample, strict=True):
        assert item.hints[0] in shown(box)
        assert item.hints[1] not in shown(box)
    assert "Solution 0.84" in shown(again[1])
    assert "sum(values)" in shown(again[2])
    assert 'role="alert"' not in "".join(
        w.value for box in again for w in (box._told, box._hints, box._solved)
    )


def test_an_answer_of_an_older_course_does_no_harm(progress, choice, number):
    progress.record(choice.id, "Z", False)
    progress.record(number.id, "lots", False)
    assert question(choice, progress).answer is None
    assert question(number, progress).answer == "lots"


def test_every_control_has_a_visible_label(progress, sample):
    for item in sample:
        box = question(item, progress)
        for button in (box.check_button, box.hint_button, box.solution_button, box.compare_button):
            assert button.description
        assert "Your answer" in shown(box) or "Your code" in shown(box) or item.kind != "code"
        if item.kind == "number":
            assert box._field.description == "Your answer"


CHECKED = [item for item in load_items() if item.kind not in ("sort", "write")]


@pytest.mark.parametrize("item", CHECKED, ids=lambda item: item.id)
def test_every_item_of_the_course_works_as_a_widget(item, progress):
    box = question(item, progress)
    box.put(item.starter if item.kind == "code" else "")
    press(box.check_button)
    press(box.hint_button)
    press(box.hint_button)
    if item.kind != "code":
        box.put(str(item.solution))
        press(box.check_button)
        press(box.compare_button if item.when == "before" else box.solution_button)
        assert "✓" in shown(box)
        assert question(item, Progress(progress.path)).answer == str(item.solution)


def test_a_quiz_by_notebook_order_and_choice():
    quiz = al.quiz("05")
    ids = [item.id for item in load_items("05") if item.kind != "code"]
    assert [q.item.id for q in quiz.questions] == ids
    assert [q.item.id for q in al.quiz(5).questions] == ids
    assert [q.item.when for q in al.quiz("05", when="before").questions] == ["before"] * sum(
        item.when == "before" for item in load_items("05") if item.kind != "code"
    )
    first = ids[0]
    panel = al.quiz(first).questions[0].item.panel
    assert first in [q.item.id for q in al.quiz("05", panel=panel).questions]
    assert [q.item.id for q in al.quiz([ids[-1], first]).questions] == [ids[-1], first]
    assert [q.item.id for q in al.quiz(ids[-1], first).questions] == [ids[-1], first]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("99",), {}, "There are no questions for notebook '99'; there are some for "),
        (("05-choice-99",), {}, "There is no question '05-choice-99'; near it there are: 05-"),
        (("05",), {"when": "during"}, 'use when="before" or when="after"'),
        (("05",), {"panel": "no_panel"}, "Notebook 05 has no such questions; it has: 05-"),
        (("05-choice-1",), {"when": "before"}, "ids are chosen already"),
        ((None,), {}, "There are no questions for notebook 'None'"),
        ((["05", "03"],), {}, "There is no question '05'"),
    ],
)
def test_what_there_is_not_is_said(arguments, options, words):
    with pytest.raises(TrialDataError) as refusal:
        al.quiz(*arguments, **options)
    assert words in str(refusal.value)


def test_an_exercise_by_its_id():
    name = next(item.id for item in load_items() if item.kind == "code")
    box = al.exercise(name)
    assert [q.item.id for q in box.questions] == [name]
    with pytest.raises(TrialDataError, match="no question '04-code-99'; near it there are: 04-"):
        al.exercise("04-code-99")


def test_bars_follow_answers_in_any_quiz():
    item = next(item for item in load_items("05") if item.kind == "choice" and item.when == "after")
    quiz, overview, page = al.quiz(item.id), al.progress(), al.page("05")
    n, asked = len(load_items()), [other for other in load_items() if other.kind != "code"]
    here = sum(other.notebook == "05" for other in asked)
    assert "answered" not in shown(quiz)
    assert f"All questions: 0 of {n} answered, 0 right first time." in shown(overview)
    assert page.bar.said.startswith(
        f"This page: 0 of {here} questions answered · whole course: 0 of {len(asked)}"
    )
    question = quiz.questions[0]
    question.put(question.item.solution)
    press(question.check_button)
    assert f"All questions: 1 of {n} answered, 1 right first time." in shown(overview)
    assert (page.bar.done, page.bar.of) == (1, here)
    assert page.bar.said == f"This page: 1 of {here} questions answered · whole course: 1 of {len(asked)}"


def test_a_quiz_thrown_away_is_let_go():
    quiz = al.quiz("05")
    observers = progress_file()._observers
    assert len(observers) == 1
    quiz.close_all()
    del quiz
    gc.collect()
    name = next(item.id for item in load_items("05"))
    progress_file().record(name, "A", False)
    assert len(progress_file()._observers) <= 1


def test_what_is_amiss_is_shown(tmp_path):
    (tmp_path / "alsteach_progress.json").write_text("{")
    assert "! alsteach_progress.json was damaged. It is set aside as" in shown(al.quiz("05"))
    assert "was damaged" in shown(al.progress())


def links(overview) -> dict[str, str]:
    """File name to content of the downloads offered."""
    press(overview.download.button)
    found = re.findall(r'download="([^"]+)" href="data:[^,]+;base64,([^"]+)"', overview.download.links.value)
    return {unquote(name): base64.b64decode(data).decode("utf-8") for name, data in found}


def test_downloads_hold_the_work_and_the_name_if_typed():
    overview = al.progress()
    copy = progress_file().copy
    assert set(links(overview)) == {f"alsteach_work_{copy}.html", f"alsteach_work_{copy}.csv"}
    item = next(item for item in load_items() if item.kind == "choice" and item.when == "after")
    progress_file().record(item.id, item.solution, True)
    assert overview.download.links.value == "", "links to older work go away"
    overview.download.name.value = "Ana <López>"
    files = links(overview)
    page, table = files[f"alsteach_work_Ana_López_{copy}.html"], files[f"alsteach_work_Ana_López_{copy}.csv"]
    assert "My work in alsteach: Ana &lt;López&gt;" in page
    assert "(✓ right)" in page
    assert table.startswith("\ufeffname,copy,item,")
    assert f"\nAna <López>,{copy},{item.id}," in table
    assert len(overview.download.links.value) < 400_000
    assert "López" not in progress_file().path.read_text(encoding="utf-8"), (
        "the name goes into downloads only"
    )
