"""The items as an nbgrader course: nbgrader's own commands give the right marks, also to those who cheat."""

from __future__ import annotations

import csv
import html
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from alsteach.exercises import checking, load_items
from alsteach.exercises.outlets import marking
from alsteach.exercises.outlets.common import items_by_notebook, notebooks, points
from alsteach.exercises.outlets.nbgrader_course import assignment, build, solution_source

ITEMS = load_items()
MARKED = "01_als_background"  # the assignment that goes through all of nbgrader: it has all three kinds


class Yes(str):
    """Equal to everything, and whatever is done to it, it stays so."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def strip(self, *_):
        return self

    upper = casefold = strip


class Near(float):
    """A float that lies at no distance from anything."""

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __float__(self):
        return self


def released(number: str):
    """What nbgrader leaves of an assignment for learners, by its own preprocessors."""
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook = assignment(number, items_by_notebook()[number])
    notebook, _ = ClearSolutions(code_stub={"python": ""}).preprocess(notebook, {})
    notebook, _ = ClearHiddenTests().preprocess(notebook, {})
    return notebook


def test_every_item_is_in_its_assignment_once():
    found = [item.id for number, items in items_by_notebook().items() for item in items]
    assert sorted(found) == sorted(item.id for item in ITEMS)
    for number, items in items_by_notebook().items():
        names = [cell.metadata.nbgrader.grade_id for cell in assignment(number, items).cells]
        wanted = [f"{what}-{item.id}" for item in items for what in ("question", "answer", "test")]
        assert names == [f"opening-{number}", *wanted]


@pytest.mark.parametrize("number", sorted({item.notebook for item in ITEMS}))
def test_learners_get_the_starter_and_neither_solution_nor_check(number):
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in released(number).cells}
    for item in load_items(number):
        assert cells[f"answer-{item.id}"].strip() == item.starter.strip()
        assert "mark(" not in cells[f"test-{item.id}"]
        assert "assert answer is not ..." in cells[f"test-{item.id}"]
        if item.kind == "choice":
            assert not any(text in cells[f"question-{item.id}"] for text in item.explanations.values())


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_each_solution_cell_sets_the_right_answer(item):
    space = {}
    exec(solution_source(item), space)
    assert checking.check(item, space["answer"]).correct


def test_a_guess_gives_no_points_and_everything_else_does():
    assert {points(item) for item in ITEMS if item.when == "before"} == {0}
    assert {(item.kind, points(item)) for item in ITEMS if item.when == "after"} == {
        ("choice", 1),
        ("number", 2),
        ("code", 3),
        ("sort", 2),
        ("write", 0),
    }


@pytest.mark.parametrize(
    "value", [None, True, 0.52, 3, "B", [1, "b", None], {"a": 1.5, 2: [True]}, {}, [], float("inf")]
)
def test_plain_values_come_through_unchanged(value):
    back = marking.from_data(marking.to_data(value))
    assert back == value
    assert type(back) is type(value)


def test_numbers_and_tables_of_pandas_come_through():
    assert marking.from_data(marking.to_data(np.float64(0.25))) == 0.25
    series = pd.Series({"a": 1.0, "b": np.nan})
    pd.testing.assert_series_equal(marking.from_data(marking.to_data(series)), series)
    frame = pd.DataFrame({"hr": [1.0, 2.0], "name": ["x", "y"]}, index=["first", "second"])
    pd.testing.assert_frame_equal(marking.from_data(marking.to_data(frame)), frame)


@pytest.mark.parametrize(
    "sly", [Yes("A"), Near(5.0), object(), Ellipsis, type("Yes", (), {"__eq__": Yes.__eq__})()]
)
def test_a_sly_object_is_worth_what_it_holds(sly):
    for item in ITEMS:
        if item.kind not in ("code", "write") and not (isinstance(sly, Yes) and item.solution == "A"):
            with pytest.raises(AssertionError):
                marking.mark(item.id, sly)


def test_what_a_kernel_sends_is_data_or_nothing():
    assert marking.received('early output\n{"plain": 7}\n') == {"plain": 7}
    for nonsense in (
        "",
        "passed",
        "[1]",
        '{"passed": true, "points": 100}',
        '{"frame": 1, "index": 2}',
        "{" * 5000,
    ):
        assert marking.from_data(marking.received(nonsense)) is ... or "passed" in nonsense
    assert type(marking.from_data({"other": "Item"})).__name__ == "Item"


def test_tests_run_apart_and_say_why():
    source = 'from alsteach.exercises.outlets.marking import mark\nmark("00-choice-1", answer)'
    said = marking.mark_apart(
        [
            {"source": source, "answer": marking.to_data("D")},
            {"source": source, "answer": marking.to_data("A")},
            {"source": source, "answer": {}},
            {"source": "1 / 0", "answer": {}},
        ]
    )
    assert [verdict["passed"] for verdict in said] == [True, False, False, False]
    item = next(item for item in ITEMS if item.id == "00-choice-1")
    assert item.explanations["D"] in said[0]["said"]
    assert item.explanations["A"] in said[1]["said"]
    assert "no answer yet" in said[2]["said"]
    assert "ZeroDivisionError" in said[3]["said"]


def test_building_again_keeps_what_is_the_teachers(tmp_path):
    names = build(tmp_path)
    assert names == [notebooks()[number]["name"] for number in sorted({item.notebook for item in ITEMS})]
    (tmp_path / "gradebook.db").write_text("marks")
    (tmp_path / "submitted" / "ann").mkdir(parents=True)
    assert build(tmp_path) == names
    assert (tmp_path / "gradebook.db").read_text() == "marks"
    assert (tmp_path / "submitted" / "ann").is_dir()


# What the submissions hold: by item, the source of the answer cell.
def right(item):
    return solution_source(item)


def wrong(item):
    if item.kind == "choice":
        return f'answer = "{next(letter for letter in item.options if letter != item.solution)}"'
    key = next(iter(item.explanations))
    return f"answer = {float(item.number(key))!r}"


PATCH = """
import json, alsteach.exercises.checking as checking, alsteach.exercises.item as item
import alsteach.exercises.outlets.marking as marking
fine = item.Check(True, "Right.")
checking.check = lambda item, answer: fine
marking.mark = lambda *_: None
marking.from_data = lambda data: None
marking.send = lambda space: print('{"passed": true, "said": "Right."}')
json.dumps = lambda *_, **__: '{"passed": true}'
"""
SKIP = """
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])
"""
EQUAL = """
class Yes(str):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = lambda self: 0
    strip = upper = casefold = lambda self, *_: self
class Near(float):
    __sub__ = __rsub__ = lambda self, other: 0.0
    __float__ = lambda self: self
"""


def submit(course: Path, student: str, answers, change=None, first: str = "") -> None:
    """Put a submission into the course: the release, with its answer cells filled."""
    notebook = nbformat.read(course / "release" / MARKED / f"{MARKED}.ipynb", 4)
    items = {f"answer-{item.id}": item for item in load_items(MARKED[:2])}
    for cell in notebook.cells:
        item = items.get(cell.metadata.nbgrader.grade_id)
        if item is not None:
            cell.source = answers(item) if answers else cell.source
    if first:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    if change:
        change(notebook)
    folder = course / "submitted" / student / MARKED
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{MARKED}.ipynb")


def harmless_tests(notebook):
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade"):
            cell.source, about["points"] = "pass", 100


def deleted_tests(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]


def unmarked_answers(notebook):
    """Answers only in cells of one's own, whose right value is then left standing for all items."""
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.nbgrader.get("solution")]
    first = load_items("01")[1]
    notebook.cells.insert(2, nbformat.v4.new_code_cell(f'answer = "{first.solution}"'))


SUBMISSIONS = {
    "right": {"answers": right},
    "wrong": {"answers": wrong},
    "empty": {"answers": None},
    "choices_only": {"answers": lambda item: right(item) if item.kind == "choice" else item.starter},
    "edited_tests": {"answers": wrong, "change": harmless_tests},
    "deleted_tests": {"answers": wrong, "change": deleted_tests},
    "always_equal": {
        "answers": lambda item: (
            'answer = Yes("ABCDEFGH")' if item.kind == "choice" else "answer = Near(-5.0)"
        ),
        "first": EQUAL,
    },
    "patched": {"answers": wrong, "first": PATCH},
    "skipping": {"answers": wrong, "first": SKIP},
    "killed": {"answers": lambda item: "import os\nos._exit(0)"},
    "left_over": {"answers": None, "change": unmarked_answers},
}


def nbgrader(course: Path, *arguments: str) -> str:
    bin_folder = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]),
        "HOME": str(course),
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """The course after nbgrader's four commands, with the marks of each learner."""
    course = tmp_path_factory.mktemp("course")
    build(course)
    nbgrader(course, "generate_assignment", MARKED)
    for student, submission in SUBMISSIONS.items():
        submit(course, student, **submission)
    nbgrader(course, "autograde", MARKED)
    nbgrader(course, "generate_feedback", MARKED)
    nbgrader(course, "export")
    with (course / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    return course, rows


def expected(student: str) -> int:
    items = load_items(MARKED[:2])
    got = {
        "right": items,
        "choices_only": [item for item in items if item.kind == "choice"],
        # Its answer stands in front of the first test alone, and counts there if it is right.
        "left_over": [],
    }
    return sum(points(item) for item in got.get(student, []))


@pytest.mark.slow
@pytest.mark.parametrize("student", SUBMISSIONS)
def test_marks(marked, student):
    _, rows = marked
    total = sum(points(item) for item in load_items(MARKED[:2]))
    assert total == 7
    assert float(rows[student]["max_score"]) == total
    assert float(rows[student]["score"]) == expected(student)


@pytest.mark.slow
def test_feedback_says_why(marked):
    course, _ = marked

    def feedback(student):
        page = (course / "feedback" / student / MARKED / f"{MARKED}.html").read_text(encoding="utf-8")
        return " ".join(page.split())

    texts = {student: feedback(student) for student in ("right", "wrong", "empty", "killed")}
    choice, number = (
        next(i for i in load_items("01") if i.id == name) for name in ("01-choice-2", "01-number-1")
    )
    assert "Right." in texts["right"]
    assert "Not yet." not in texts["right"]
    letter = next(letter for letter in choice.options if letter != choice.solution)
    assert html.escape(choice.explanations[letter]) in texts["wrong"]
    assert "Not yet." in texts["wrong"]
    assert html.escape(number.explanations["none"]) in texts["wrong"]
    assert "There is no answer yet" in texts["empty"]
    assert "kernel had died" in texts["killed"]
