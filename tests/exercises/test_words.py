"""Every sentence of exercises.toml is said by something: everything is asked, answered, pressed and broken once."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

import alsteach as al
from alsteach.exercises import checking, compare, progress
from alsteach.exercises.downloads import download_links
from alsteach.exercises.loading import read_items
from alsteach.exercises.progress import LONGEST_ANSWER, SCHEMA, Progress
from alsteach.exercises.question import question
from alsteach.words import catalogue
from tests.exercises.conftest import SAMPLE


class NoNumber:
    """What promises to be a number and is none."""

    def __float__(self):
        raise ValueError


class Breaks:
    """What breaks when it is looked at."""

    @property
    def ndim(self):
        raise ValueError


LETTERS = ["", 2, 10**9999, "D", "A", "B"]
NUMBERS = [
    "", "x", "0,5", True, pd.NA, [1], {"a": 1}, [], object(), NoNumber(), Breaks(), np.nan, np.inf,
    41 / 49, 0.8, 0.83, -0.84, 84, 0.0084, 49 / 41, 1 / 0.84, -7, 0.5, 0.05,
]  # fmt: skip
CODES = [
    "answer = ...", "x = 1", "x = (", "1 / 0", "assert 0", "def f(): f()\nf()", "exit()", "raise KeyboardInterrupt",
    "import nowhere", "nowhere", "{}[0]", "{}.x", "input()", "answer = 2.5", "answer = 3", "\0",
]  # fmt: skip
PERCENTAGES = [101, 90, 3]
FRAME = pd.DataFrame({"a": [1, 2]})
DIFFERENCES = [
    ("number", 1, 2),
    ("number", 1, "1"),
    ("bool", True, 1),
    ("frame", FRAME, None),
    ("frame", FRAME, FRAME[[]]),
    ("frame", FRAME, FRAME[:1]),
    ("frame", FRAME, FRAME + 1),
    ("series", FRAME["a"], 1),
    ("series", FRAME["a"], FRAME["a"][:1]),
    ("series", FRAME["a"], FRAME["a"][[0, 0]]),
    ("dict", {"a": 1}, 1),
    ("dict", {"a": 1}, {"a": 1, "b": 1}),
    ("list", [1], 1),
    ("list", [1], [1, 2]),
    ("list", [1], [2]),
]


def check_all(choice, number, code_item, cards, essay):
    below = SAMPLE.replace("decimals = 2", 'decimals = 2\nunit = "%"').replace("item.above", "item.below")
    percentage = read_items(below, "05")[1]
    out_of_100 = read_items(SAMPLE.replace('answer = "ratio"', 'answer = "placebo"'), "05")[1]
    answers = {
        choice: LETTERS,
        number: NUMBERS,
        code_item: CODES,
        percentage: PERCENTAGES,
        out_of_100: [0.49],
    }
    answers |= {cards: ["", cards.solution, ["unknown"] * 3], essay: ["", "x"]}
    for item, given in answers.items():
        for answer in given:
            checking.check(item, answer)
    for wanted, expected, got in DIFFERENCES:
        assert compare.compare(expected, got, 0, wanted)


def answer(box, text):
    box.put(text)
    box.check()
    for _ in box.item.hints:
        box.hint()
    box.solve()


def press_all(choice, number, code_item, cards, essay, kept):
    for letter, beside in (("A", True), ("B", False)):
        answer(question(choice, kept, beside), letter)
        download_links((choice,), kept)
        question(choice, kept).compare()
        if letter == "A":
            kept.clear([choice])
    answer(question(number, kept), "1")
    for source in ("answer = 2", code_item.solution):
        answer(question(code_item, kept), source)
        question(code_item, kept).put("print('x' * 9999)")
    question(essay, kept).put("x" * (LONGEST_ANSWER + 1))
    box = question(essay, kept, again=True)
    box.put("y")
    box.compare()
    box = question(cards, kept)
    for word in ("unknown", "unknown", "printed"):
        box.choose(word)
        box.next()


def start_over():
    overview = al.progress()
    al.exercise("00-choice-1").questions[0].put("A")
    overview.download.prepare()
    progress.progress_file().record("00-choice-1", "A", False)
    overview.start_over.button.click()
    overview.start_over.sure.click()


def refuse(*_):
    raise OSError(28, "No space left on device")


def break_all(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    for content in ("a,b\n", f'"{SCHEMA}', json.dumps({"schema": SCHEMA, "version": 99})):
        path.write_text(content)
        Progress(path)
    Progress(tmp_path)
    kept = Progress(tmp_path / "kept.json")
    kept.record("00-choice-1", "A", False)
    with monkeypatch.context() as broken:
        broken.setattr(progress.shutil, "copyfile", refuse)
        broken.setattr(progress, "_replace", refuse)
        kept.clear([])


def test_every_sentence_is_used(choice, number, code_item, cards, essay, tmp_path, monkeypatch):
    items, kept = (choice, number, code_item, cards, essay), Progress(tmp_path / "answers.json")
    with catalogue.recording() as asked:
        download_links(items, kept, "Ana")
        check_all(*items)
        press_all(*items, kept)
        download_links(items, kept)
        start_over()
        break_all(tmp_path, monkeypatch)
        monkeypatch.setattr(checking, "_lacks_lifelines", lambda item: True)
        checking.check_value(code_item, "")
    tables = {"exercises": catalogue.tables("en")["exercises"]}
    found = catalogue.problems(tables, {"exercises": asked["exercises"]})
    assert not found, "\n".join(found)


def test_a_question_speaks_the_language_of_the_catalogue(choice, code_item, tmp_path, monkeypatch):
    monkeypatch.setenv("ALSTEACH_LANG", catalogue.PSEUDO)
    kept = Progress(tmp_path / "answers.json")
    box = question(choice, kept)
    assert box.check_button.description == "⟦Ñóté mý prédíçtíóñ⟧"
    box.check()
    assert not kept.entry(choice.id)["answers"], "an empty answer is none in any language"
    answer(box, "A")
    box.compare()
    assert box.reply.startswith("⟦Ñót áš ýóú prédíçtéd.⟧ The panel shows HR 0.77.")
    answer(question(code_item, kept), "answer = 2")
    assert kept.entry(code_item.id)["answers"]
    assert checking.check(code_item, "answer = 2").message == "⟦Ñót ýét.⟧ That is the median."
