"""Answers survive: two kernels at once, a kill, a damaged file, a folder that cannot be written."""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsteach.exercises import progress_file as module
from alsteach.exercises.my_work import COLUMNS, csv_text, file_stem, html_text, original_cell, safe_cell
from alsteach.exercises.progress_file import MOST_ANSWERS, Progress, merge, progress_file

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "alsteach_progress.json"


def answers(progress, item="05-choice-1"):
    return [a["answer"] for a in progress.entry(item)["answers"]]


def test_answers_survive_a_restart(path):
    progress = Progress(path)
    progress.record("05-choice-1", "A", False)
    progress.record("05-choice-1", "B", True)
    progress.note("05-choice-1", hints=2, compared=True)
    again = Progress(path)
    assert answers(again) == ["A", "B"]
    assert [a["correct"] for a in again.entry("05-choice-1")["answers"]] == [False, True]
    assert again.entry("05-choice-1")["hints"] == 2
    assert again.entry("05-choice-1")["compared"] is True
    assert again.entry("05-choice-1")["solution"] is False
    assert again.copy == progress.copy
    assert again.notice == ""


def test_nothing_is_written_before_the_first_answer(path):
    progress = Progress(path)
    assert progress.entry("05-choice-1")["answers"] == []
    assert len(progress.copy) == 8
    assert list(path.parent.iterdir()) == []


def test_the_file_is_plain_and_holds_no_personal_data(path):
    Progress(path).record("05-choice-1", "B", True)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert set(found) == {"schema", "version", "copy", "items"}
    assert (found["schema"], found["version"]) == ("alsteach-progress", 1)
    text = path.read_text(encoding="utf-8")
    assert os.path.expanduser("~") not in text
    assert str(path.parent) not in text
    assert not list(path.parent.glob("*.tmp"))


def test_the_same_answer_again_is_the_same_try(path):
    progress = Progress(path)
    for _ in range(3):
        progress.record("05-choice-1", "A", False)
    progress.record("05-choice-1", "B", True)
    progress.record("05-choice-1", "A", False)
    assert answers(progress) == ["A", "B", "A"]


def test_an_entry_handed_out_is_a_copy(path):
    progress = Progress(path)
    progress.record("05-choice-1", "A", False)
    progress.entry("05-choice-1")["answers"].clear()
    assert answers(progress) == ["A"]


def test_the_first_and_the_latest_answers_are_kept(path):
    progress = Progress(path)
    for i in range(MOST_ANSWERS + 20):
        progress.record("05-number-1", str(i), False)
    kept = answers(Progress(path), "05-number-1")
    assert len(kept) == MOST_ANSWERS
    assert kept[0] == "0"
    assert kept[-1] == str(MOST_ANSWERS + 19)


def test_two_kernels_in_turn_lose_nothing(path):
    one, other = Progress(path), Progress(path)
    one.record("05-choice-1", "A", False)
    other.record("05-choice-2", "C", True)
    one.record("05-choice-1", "B", True)
    other.note("05-choice-1", hints=1)
    for progress in (Progress(path), other):
        assert answers(progress, "05-choice-1") == ["A", "B"]
        assert answers(progress, "05-choice-2") == ["C"]
        assert progress.entry("05-choice-1")["hints"] == 1
    one.refresh()
    assert answers(one, "05-choice-2") == ["C"]
    assert one.copy == other.copy


WRITER = """
import sys
from pathlib import Path
from alsteach.exercises.progress_file import Progress
progress = Progress(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for i in range(40):
    progress.record(f"05-number-{i % 4}", f"{sys.argv[2]}{i}", i % 2 == 0)
    assert not progress.notice, progress.notice
"""


def test_kernels_at_once_lose_nothing(path):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    progress = Progress(path)
    found = {a for i in range(4) for a in answers(progress, f"05-number-{i}")}
    assert found == {f"{name}{i}" for name in "abc" for i in range(40)}
    assert progress.notice == ""
    assert [p.name for p in path.parent.glob("*.json")] == [path.name], "none was taken for damaged"


KILLED = """
import os, sys
from pathlib import Path
from alsteach.exercises import progress_file
progress = progress_file.Progress(Path(sys.argv[1]))
progress.record("05-choice-1", "A", False)
progress_file.os.replace = lambda *_: os._exit(9)   # power fails before the new file takes the old one's place
progress.record("05-choice-1", "B", True)
"""


def test_a_kernel_killed_while_writing_leaves_the_old_file_whole(path):
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT).returncode == 9
    progress = Progress(path)
    assert answers(progress) == ["A"]
    assert progress.notice == ""
    progress.record("05-choice-1", "C", False)
    assert answers(Progress(path)) == ["A", "C"], "the dead kernel's lock holds nobody up"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"schema": "alsteach-progress", "version": 1, "copy": "k", "items": {"05-ch',
        b"\xff\xfe\x00\xd8broken",
        b"[]",
        b"null",
        b'{"version": 1}',
        b'{"schema": "alsteach-progress", "version": "one", "copy": "k", "items": {}}',
        b'{"schema": "alsteach-progress", "version": 1, "copy": "k", "items": []}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_set_aside_and_said_so(path, content):
    path.write_bytes(content)
    progress = Progress(path)
    aside = list(path.parent.glob("alsteach_progress.damaged-*.json"))
    assert len(aside) == 1
    assert aside[0].read_bytes() == content, "nothing is thrown away"
    assert progress.notice.startswith("alsteach_progress.json was damaged. It is set aside as ")
    assert aside[0].name in progress.notice
    progress.record("05-choice-1", "B", True)
    assert answers(Progress(path)) == ["B"]
    assert Progress(path).notice == ""


def test_a_file_damaged_in_one_place_keeps_the_rest(path):
    progress = Progress(path)
    progress.record("05-choice-1", "A", False)
    progress.record("05-choice-2", "B", True)
    content = json.loads(path.read_text())
    content["items"]["05-choice-2"]["answers"] = "B"
    path.write_text(json.dumps(content))
    again = Progress(path)
    assert answers(again, "05-choice-1") == ["A"]
    assert answers(again, "05-choice-2") == []
    assert "what could be read of it is kept" in again.notice
    assert answers(Progress(path), "05-choice-1") == ["A"]


def test_damage_while_a_kernel_works_costs_nothing(path):
    progress = Progress(path)
    progress.record("05-choice-1", "A", False)
    path.write_text("{")
    progress.record("05-choice-1", "B", True)
    assert answers(Progress(path)) == ["A", "B"]
    assert "was damaged" in progress.notice


def test_a_file_of_a_later_version_is_left_alone(path):
    content = '{"schema": "alsteach-progress", "version": 2, "everything": "else"}'
    path.write_text(content)
    progress = Progress(path)
    progress.record("05-choice-1", "B", True)
    assert path.read_text() == content
    assert answers(progress) == ["B"]
    assert "written by a newer alsteach and is left untouched" in progress.notice
    assert "Download your work" in progress.notice


def test_a_folder_that_cannot_be_written_is_said_and_work_goes_on(path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    # Root may write anywhere, so the refusal is played.
    monkeypatch.setattr(module.tempfile, "mkstemp", refuse)
    monkeypatch.setattr(module.os, "open", refuse)
    progress = Progress(path)
    assert progress.notice == ""
    progress.record("05-choice-1", "B", True)
    assert answers(progress) == ["B"]
    assert progress.notice.startswith(
        "Your answers cannot be saved: alsteach_progress.json cannot be written (Permission denied). They are kept only"
    )
    monkeypatch.undo()
    progress.record("05-choice-1", "C", False)
    assert progress.notice == ""
    assert answers(Progress(path)) == ["B", "C"], "what was held in memory is written once that is possible"


def test_a_folder_that_does_not_exist_or_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nowhere" / "p.json", tmp_path / "file" / "p.json", tmp_path):
        progress = Progress(path)
        progress.record("05-choice-1", "B", True)
        assert answers(progress) == ["B"]
        assert progress.notice.startswith("Your answers cannot be saved")


def test_a_full_disk_leaves_the_old_file_and_no_litter(path, monkeypatch):
    progress = Progress(path)
    progress.record("05-choice-1", "A", False)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    progress.record("05-choice-1", "B", True)
    assert "No space left on device" in progress.notice
    assert answers(progress) == ["A", "B"]
    assert answers(Progress(path)) == ["A"]
    assert not list(path.parent.glob(".*.tmp"))


def test_a_lock_that_nobody_lets_go_is_waited_for_and_then_passed(path, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.05)
    with module._locked(path):
        progress = Progress(path)
        progress.record("05-choice-1", "A", False)
    assert answers(Progress(path)) == ["A"]


ENTRY = st.fixed_dictionaries(
    {
        "answers": st.lists(
            st.fixed_dictionaries(
                {"at": st.sampled_from("123456"), "answer": st.sampled_from("ABC"), "correct": st.booleans()}
            ),
            max_size=4,
        ),
        "hints": st.integers(0, 2),
        "solution": st.booleans(),
        "compared": st.booleans(),
    }
)
DATA = st.fixed_dictionaries(
    {
        "copy": st.sampled_from(["", "a", "b"]),
        "items": st.dictionaries(st.sampled_from(["x", "y", "z"]), ENTRY),
    }
)


@given(DATA, DATA, DATA)
def test_merging_does_not_depend_on_order_or_repetition(a, b, c):
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(merge(a, b), b) == merge(a, b)


def test_one_progress_for_all_quizzes_of_a_kernel(path, monkeypatch):
    assert progress_file() is progress_file()
    assert progress_file().path == path
    monkeypatch.delenv("ALSTEACH_PROGRESS")
    monkeypatch.chdir(path.parent)
    assert progress_file().path == path.parent.resolve() / "alsteach_progress.json"


def test_observers_are_called_and_let_go(path):
    class Bar:
        calls = 0

        def update(self):
            Bar.calls += 1

    progress, bar = Progress(path), Bar()
    progress.observe(bar.update)
    progress.record("05-choice-1", "A", False)
    assert Bar.calls == 1
    del bar
    gc.collect()
    progress.record("05-choice-1", "B", True)
    assert Bar.calls == 1


def test_the_sum_does_not_give_a_prediction_away(path, sample):
    progress = Progress(path)
    assert progress.summary(sample) == (3, 0, 0)
    progress.record("05-choice-1", "B", True)
    progress.record("05-number-1", "0.5", False)
    progress.record("05-number-1", "0.84", True)
    assert progress.summary(sample) == (3, 2, 0)
    progress.note("05-choice-1", compared=True)
    assert progress.summary(sample) == (3, 2, 1)


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_for_the_teacher(path, sample):
    progress = Progress(path)
    progress.record("05-choice-1", "A", False)
    progress.record("05-choice-1", "B", True)
    progress.record("05-code-1", "=cmd()\nanswer = 1", False)
    progress.note("05-code-1", hints=1, solution=True)
    rows = table(csv_text(sample, progress, " Ana "))
    assert list(rows[0]) == list(COLUMNS)
    choice, number, code = rows
    assert (choice["name"], choice["copy"], choice["item"]) == ("Ana", progress.copy, "05-choice-1")
    assert (choice["tries"], choice["first_answer"], choice["first_right"]) == ("2", "A", "0")
    assert (choice["last_answer"], choice["last_right"]) == ("B", "1")
    assert number["tries"] == "0"
    assert number["first_right"] == number["last_right"] == number["first_at"] == ""
    assert number["misconceptions"] == "M4 M14"
    assert (code["hints"], code["solution_shown"]) == ("1", "1")
    assert code["first_answer"] == "'=cmd()\nanswer = 1"
    assert original_cell(code["first_answer"]) == "=cmd()\nanswer = 1"


@given(st.text())
def test_no_cell_is_a_formula(text):
    cell = safe_cell(text)
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r")
    if not text.startswith("'"):
        assert original_cell(cell) == text


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "@x", "-1+1", "+1", '"quoted", comma', "Zoë\nNew line", "张伟"]
)
def test_names_cannot_break_the_table(path, sample, name):
    rows = table(csv_text(sample, Progress(path), name))
    assert len(rows) == 3
    assert {original_cell(row["name"]) for row in rows} == {name}
    assert rows[0]["name"][0] not in "=+-@"


def test_the_page_needs_no_other_file_and_escapes_what_was_typed(path, sample):
    progress = Progress(path)
    progress.record("05-code-1", "<script>alert(1)</script>", False)
    progress.record("05-choice-1", "A", False)
    page = html_text(sample, progress, "<b>Ana</b>")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<title>My work in alsteach: &lt;b&gt;Ana&lt;/b&gt;</title>" in page
    assert "2 of 3 answered, 0 right first time." in page
    assert "src=" not in page
    assert "href=" not in page
    assert "not compared yet" in page
    assert "speaks of zero" not in page, "a prediction not yet compared is not explained"
    progress.note("05-choice-1", compared=True)
    assert "speaks of zero" in html_text(sample, progress)
    assert "Not answered yet." in page


def test_file_names_are_plain():
    assert file_stem("../../etc/passwd", "k") == "alsteach_work_etc_passwd_k"
    assert file_stem("  ", "k") == "alsteach_work_k"
