"""A small class on a real hub: everyone is answered, with their own picture, and keeps their own work.

`make load-test` is the same with ten, and writes down what it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest

from tests.browser.lab import ROOT
from tests.deploy import report
from tests.deploy.load import NOTEBOOK, Twin, lost, missed_in_reading, panels, quizzes

STUDENTS, MOVES = 3, 6
slow, browser, needs_proxy = pytest.mark.slow, pytest.mark.browser, pytest.mark.needs_proxy


class TestWhatCountsAsLost:
    """The test of the test: each way of losing a student's work is noticed."""

    @pytest.fixture
    def twin(self):
        return Twin()

    @pytest.fixture
    def student(self, tmp_path, twin):
        """A student for whom all went well, and whose home is in ``tmp_path``."""
        answers = [{"value": value, "shown": twin.at(value)} for value in (100, 2000)]
        folder = tmp_path / "anna" / "notebooks"
        folder.mkdir(parents=True)
        items = {item: {"answers": [{"answer": "B"}]} for item in quizzes()}
        (folder / "alsteach_progress.json").write_text(json.dumps({"items": items}))
        output = nbformat.v4.new_output("display_data", data={"text/plain": "Panel()"})
        cells = [
            nbformat.v4.new_markdown_cell("Notes of anna"),
            nbformat.v4.new_code_cell("", outputs=[output]),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / NOTEBOOK)
        return SimpleNamespace(name="anna", errors=[], answers=answers, outputs={"1": ["Panel()"]})

    @pytest.fixture
    def check(self, student, twin, tmp_path):
        return lambda: lost(student, [100, 2000], ["B"] * len(quizzes()), twin, tmp_path)

    def test_nothing_when_all_went_well(self, check):
        assert len(quizzes()) == 8
        assert check() == []

    def test_a_move_without_an_answer(self, student, check):
        student.answers.pop()
        assert check() == ["anna: 2 moves, 1 answers"]

    def test_a_neighbours_picture(self, student, check):
        student.answers[0]["shown"], other = student.answers[1]["shown"], student.answers[0]["shown"]
        assert len(check()) == 1
        assert check()[0].startswith("anna: at 100: 'Straight line at 2,000 pg/mL: HR")
        student.answers[1]["shown"] = other
        assert len(check()) == 2

    def test_the_right_sentence_under_the_wrong_picture(self, student, check):
        student.answers[0]["shown"]["png"] = student.answers[1]["shown"]["png"]
        assert check() == ["anna: at 100: another picture than its sentence's"]

    def test_a_lost_answer_a_lost_output_and_an_error(self, student, check, tmp_path):
        file = tmp_path / "anna" / "notebooks" / "alsteach_progress.json"
        file.write_text(file.read_text().replace('"B"', '"C"', 1))
        student.outputs["1"].append("Quiz()")
        student.errors.append("MemoryError: none left")
        assert [what.split()[1] for what in check()] == ["MemoryError:", "answered", "the"]


def test_what_a_page_to_read_lacks_is_noticed():
    whole = {"panels": len(panels(NOTEBOOK)), "code": [], "errors": [], "outside": []}
    assert whole["panels"] >= 4
    assert missed_in_reading(whole, NOTEBOOK) == []
    wrong = whole | {"panels": 0, "code": ["import"], "errors": ["KeyError"], "outside": ["https://cdn"]}
    assert [what.split()[4:6] for what in missed_in_reading(wrong, NOTEBOOK)] == [
        ["0", "panels,"],
        ["shows", "code:"],
        ["shows", "an"],
        ["asks", "for"],
    ]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    results = tmp_path_factory.mktemp("class") / "load.json"
    # In a process of its own: two event loops, and the browser fixture's is a third.
    options = ["--students", str(STUDENTS), "--moves", str(MOVES), "--every", "1", "--json", str(results)]
    run = subprocess.run(
        [sys.executable, "-m", "tests.deploy", *options], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr[-4000:]
    return json.loads(results.read_text())


@slow
@browser
@needs_proxy
def test_nothing_is_lost_or_mixed_up(found):
    assert found["lost"] == []
    assert found["read"]["first_s"] > 0, "one has read a page, and what it lacks would be lost"
    assert [len(person["move_s"]) for person in found["people"]] == [MOVES] * (STUDENTS + 1)


@slow
@browser
@needs_proxy
def test_each_student_has_a_server_and_a_kernel_of_their_own(found):
    rows = report.table(found).set_index("who")
    assert list(rows.index) == ["student-1", "student-2", "student-3", "student-at-browser", "proxy", "hub"]
    students = rows.iloc[: STUDENTS + 1]
    # A kernel with lifelines and matplotlib loaded, and a JupyterLab server, cannot be smaller; the budget is 350 MB.
    assert students["kernel_mb"].between(150, 350).all()
    assert students["server_mb"].between(80, 350).all()
    assert (students["unshared_mb"] < students["kernel_mb"] + students["server_mb"]).all()
    assert (rows.loc[["proxy", "hub"], "kernel_mb"] == 0).all()


@slow
@browser
@needs_proxy
def test_costs_are_noted_where_they_arise(found):
    rows = report.table(found).set_index("who")
    students = rows.iloc[: STUDENTS + 1]
    assert (students[["cpu_start_s", "cpu_run_all_s", "cpu_moving_s"]] > 0).all(axis=None)
    assert (students["cpu_run_all_s"] > rows.loc["hub", "cpu_run_all_s"]).all()
    assert students["cpu_run_all_kernel_s"].between(0, students["cpu_run_all_s"], inclusive="neither").all()
    section = report.section(found)
    assert f"each running notebook {NOTEBOOK[:2]} " in section
    assert "Nothing was lost or mixed up." in section
    assert section.count("\n| ") >= 17
