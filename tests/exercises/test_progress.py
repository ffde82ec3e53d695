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

from alsteach.exercises import load_items
from alsteach.exercises import progress as module
from alsteach.exercises.downloads import COLUMNS, csv_text, file_stem, html_text, original_cell, safe_cell
from alsteach.exercises.progress import MOST_ANSWERS, VERSION, Progress, merge, progress_file

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
    assert (found["schema"], found["version"]) == ("alsteach-progress", VERSION)
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
from alsteach.exercises.progress import Progress
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
from alsteach.exercises import load_items
from alsteach.exercises import progress as module
progress = module.Progress(Path(sys.argv[1]))
progress.record("05-choice-1", "A", False)
module.os.replace = lambda *_: os._exit(9)   # power fails before the new file takes the old one's place
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
    content = '{"schema": "alsteach-progress", "version": 3, "everything": "else"}'
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


@pytest.mark.parametrize("where", ["notebooks", "notebooks/code", "notebooks/code/mine"])
def test_code_pages_share_the_progress_of_the_pages(tmp_path, monkeypatch, where):
    course = tmp_path.resolve() / "notebooks"
    (course / "code" / "mine").mkdir(parents=True)
    (course / "00_start_here.ipynb").write_text("{}")
    (tmp_path / "alsteach_progress.json").write_text("another course's")
    monkeypatch.delenv("ALSTEACH_PROGRESS")
    monkeypatch.chdir(tmp_path / where)
    assert progress_file().path == course / "alsteach_progress.json"
    progress_file().record("05-code-1", "answer = 1", False)
    monkeypatch.chdir(course)
    assert answers(progress_file(), "05-code-1") == ["answer = 1"]


def test_the_nearest_course_is_taken(tmp_path, monkeypatch):
    inner = tmp_path.resolve() / "outer" / "inner"
    (inner / "code").mkdir(parents=True)
    for folder in (inner.parent, inner):
        (folder / "00_start_here.ipynb").write_text("{}")
    monkeypatch.delenv("ALSTEACH_PROGRESS")
    monkeypatch.chdir(inner / "code")
    assert progress_file().path == inner / "alsteach_progress.json"
    monkeypatch.chdir(tmp_path)
    assert progress_file().path == tmp_path.resolve() / "alsteach_progress.json", "below is not upward"


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


VOILA = "http://{host}/voila/render/notebooks/05_why_they_disagree.ipynb?token=x"


@pytest.mark.parametrize(
    ("host", "user", "on_disk"),
    [
        (None, None, True),
        ("localhost:8866", None, True),
        ("127.0.0.1:8866", None, True),
        ("[::1]:8866", None, True),
        ("192.168.1.20:8866", None, False),
        ("course.example.org", None, False),
        ("localhost.example.org", None, False),
        ("hub.example.org", "ana", True),
    ],
)
def test_answers_are_on_disk_where_one_person_reads(monkeypatch, tmp_path, host, user, on_disk):
    monkeypatch.delenv("ALSTEACH_PROGRESS")
    monkeypatch.chdir(tmp_path)
    if host:
        monkeypatch.setenv("VOILA_REQUEST_URL", VOILA.format(host=host))
    if user:
        monkeypatch.setenv("JUPYTERHUB_USER", user)
    progress = progress_file()
    progress.record("05-choice-1", "A", False)
    assert answers(progress_file()) == ["A"]
    assert (tmp_path / "alsteach_progress.json").exists() == on_disk
    assert (progress.path is not None) == on_disk


def test_in_memory_nothing_is_written_and_it_can_be_taken_along(monkeypatch, tmp_path):
    import alsteach as al

    monkeypatch.setenv("ALSTEACH_PROGRESS", "memory")
    monkeypatch.chdir(tmp_path)
    page = al.page("05")
    item = next(item for item in load_items("05") if item.when == "after")
    progress_file().record(item.id, "A", False)
    assert progress_file().clear(load_items("06")) == ""
    assert page.bar.done == 1
    assert list(tmp_path.iterdir()) == []
    assert "your answers are not kept" in page.download.children[1].value
    page.download.button.click()
    assert page.download.links.value.count('class="alsteach-download"') == 2
    monkeypatch.setenv("ALSTEACH_PROGRESS", str(tmp_path / "own.json"))
    assert al.page("05").download is None


def test_cleared_answers_do_not_come_back_from_another_kernel(path):
    one, other = Progress(path), Progress(path)
    items = load_items("05")
    first, second = items[0].id, items[1].id
    for name in (first, second):
        one.record(name, "A", False)
        one.note(name, hints=2, solution=True, compared=True)
    other.refresh()
    kept = one.clear(items[:1])
    assert json.loads(path.with_name(kept).read_text(encoding="utf-8"))["items"][first]["hints"] == 2
    other.record(second, "B", True)  # writes all that it still holds
    for progress in (one, other, Progress(path)):
        progress.refresh()
        entry = progress.entry(first)
        assert (entry["answers"], entry["hints"], entry["solution"], entry["compared"]) == (
            [],
            0,
            False,
            False,
        )
        assert answers(progress, second) == ["A", "B"]
    other.record(first, "C", True)
    other.note(first, hints=1)
    one.refresh()
    assert answers(one, first) == ["C"]
    assert one.entry(first)["hints"] == 1
    assert merge(one._data, other._data) == merge(other._data, one._data)


@pytest.mark.parametrize("way", ["a link", "a path"])
def test_a_file_that_is_not_ours_is_left_alone(tmp_path, way):
    table = tmp_path / "trial_data.csv"
    table.write_text("time,died,arm\n1,1,drug\n")
    path = table
    if way == "a link":
        path = tmp_path / "alsteach_progress.json"
        path.symlink_to(table)
    progress = Progress(path)
    progress.record("05-choice-1", "B", True)
    progress.save()
    assert table.read_text() == "time,died,arm\n1,1,drug\n"
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) == sorted(
        {path.name, table.name}
    )
    assert progress.notice.startswith("trial_data.csv is no progress file of alsteach and is left alone")
    assert len(progress.entry("05-choice-1")["answers"]) == 1
