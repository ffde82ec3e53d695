"""A teacher's folder of downloaded tables as one class table, and what the class missed most."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ..data.checks import TrialDataError
from .downloads import COLUMNS, original_cell, printable, safe_cell
from .loading import find_item

LARGEST_FILE = 5_000_000  # bytes; a download has some ten thousand
CLASS_COLUMNS = ("name", "copy", "answered", "right_first_time", "right_in_the_end")


@dataclass(frozen=True)
class Work:
    """One learner's table: name, course copy, and a row for each item."""

    file: str
    name: str
    copy: str
    rows: dict[str, dict[str, str]] = field(repr=False)

    @property
    def last_at(self) -> str:
        return max((row["last_at"] for row in self.rows.values()), default="")

    @property
    def answered(self) -> list[dict[str, str]]:
        return [row for row in self.rows.values() if row["tries"] != "0"]


def read_work(path: Path) -> Work:
    """Return what one downloaded table holds.

    Raises
    ------
    TrialDataError
        Saying what is wrong with the file and what to do.
    """
    again = "Ask the learner to download it again"
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TrialDataError(
                f"it is too large ({path.stat().st_size / 1e6:.0f} MB) to be a learner's table."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise TrialDataError(f"it cannot be read ({problem.strerror}).") from None
    except UnicodeDecodeError:
        raise TrialDataError(f"it is not UTF-8 text; some program has saved it anew. {again}.") from None
    if "\0" in text:
        raise TrialDataError(f"it holds characters that no table has. {again}.")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)  # a spreadsheet in some countries saves semicolons
    try:
        table = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as problem:
        raise TrialDataError(f"it cannot be read as a table ({problem}). {again}.") from None
    found = [column.strip() for column in first.split(separator)]
    lacking = [column for column in COLUMNS if column not in found]
    if lacking:
        raise TrialDataError(
            f"it has no column {lacking[0]!r}: it is not “My work as a table”, or was changed."
        )
    if not table:
        raise TrialDataError(f"it has no rows. {again}.")
    return _checked(path, table, again)


def _checked(path: Path, table: list[dict], again: str) -> Work:
    rows: dict[str, dict[str, str]] = {}
    for number, row in enumerate(table, 2):
        if any(row[column] is None for column in COLUMNS):
            raise TrialDataError(f"its row {number} is cut off. {again}.")
        row = {column: printable(original_cell(row[column])) for column in COLUMNS}
        marks = {row["first_right"], row["last_right"]}
        blank = row["tries"] == "0" or "-write-" in row["item"]
        if not row["tries"].isdigit() or not marks <= {"0", "1", ""} or ("" in marks) != blank:
            raise TrialDataError(f"its row {number} ({row['item'][:40]}) has marks that are neither 0 nor 1.")
        if row["item"] in rows:
            raise TrialDataError(f"it has {row['item'][:40]} twice. {again}.")
        rows[row["item"]] = row
    owners = {(row["name"].strip(), row["copy"]) for row in rows.values()}
    if len(owners) > 1:
        raise TrialDataError("it holds more than one learner's work; give each learner's file by itself.")
    name, copy = owners.pop()
    return Work(path.name, name, copy, rows)


def collect(folder: Path) -> tuple[list[Work], list[str]]:
    """Return the latest work of each learner in a folder (and its subfolders), and a sentence on every file left out.

    Raises
    ------
    TrialDataError
        If there is no such folder, or no table in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise TrialDataError(
            f"There is no folder {str(folder)!r}; give the one with the downloaded CSV files."
        )
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() == ".csv" and p.is_file())
    if not paths:
        raise TrialDataError(
            f"There is no CSV file in {str(folder)!r}; learners download them with al.progress()."
        )
    latest: dict[tuple[str, str], Work] = {}
    remarks = []
    for path in paths:
        try:
            work = read_work(path)
        except TrialDataError as problem:
            if not _is_class_table(path):
                remarks.append(f"{path.relative_to(folder)} is left out: {problem}")
            continue
        earlier = latest.get((work.name, work.copy))
        if earlier:
            older, work = sorted((earlier, work), key=lambda w: (w.last_at, len(w.answered)))
            remarks.append(f"{older.file} is left out: {work.file} is a later download of the same work.")
        latest[(work.name, work.copy)] = work
    works = sorted(latest.values(), key=lambda work: (work.name.casefold(), work.copy))
    names = [work.name for work in works if work.name]
    for name in sorted({n for n in names if names.count(n) > 1}):
        remarks.append(
            f"{name} comes from {names.count(name)} course copies: two computers, or two learners of one name?"
        )
    return works, remarks


def _is_class_table(path: Path) -> bool:
    """Whether the file is one that `write_class` wrote."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.readline(200).startswith(",".join(CLASS_COLUMNS))


def class_rows(works: list[Work]) -> tuple[list[str], list[list]]:
    """Return header and rows of the class table: a row a learner, a column an item (1 = right first time)."""
    items = sorted({item for work in works for item in work.rows})
    rows = []
    for work in works:
        answered = work.answered
        sums = [sum(row[mark] == "1" for row in answered) for mark in ("first_right", "last_right")]
        marks = [work.rows[item]["first_right"] if item in work.rows else "" for item in items]
        rows.append([work.name, work.copy, len(answered), *sums, *marks])
    return [*CLASS_COLUMNS, *items], rows


def most_missed(works: list[Work]) -> list[dict]:
    """Return the items, the one most often missed at first try first.

    Each has ``item``, ``misconceptions``, ``answered``, ``missed``, and ``common_wrong``: the wrong first answer given
    most often, and by how many.
    """
    found = []
    for item in sorted({item for work in works for item in work.rows}):
        rows = [work.rows[item] for work in works if item in work.rows and work.rows[item]["tries"] != "0"]
        rows = [row for row in rows if row["first_right"]]  # a text to write is never missed
        if not rows:
            continue
        missed = [" ".join(row["first_answer"].split()) for row in rows if row["first_right"] == "0"]
        wrong = [part for answer in missed for part in _wrong_parts(item, answer)]
        common = max(sorted(set(wrong)), key=wrong.count, default="")
        found.append(
            {
                "item": item,
                "misconceptions": rows[0]["misconceptions"],
                "answered": len(rows),
                "missed": len(missed),
                "common_wrong": f"{common[:30]} ({wrong.count(common)}×)" if wrong else "",
            }
        )
    return sorted(found, key=lambda row: (-row["missed"] / row["answered"], -row["answered"], row["item"]))


def _wrong_parts(name: str, answer: str) -> list[str]:
    """Return what of a wrong answer may be counted: of a sort each card in a wrong box, of code nothing.

    Examples
    --------
    >>> _wrong_parts("05-choice-1", "A"), _wrong_parts("05-sort-1", "1 unknown, 2 inferred")
    (['A'], ['card 1 unknown'])
    """
    if "-code-" in name:
        return []
    if "-sort-" not in name:
        return [answer]
    try:
        right = find_item(name).solution.split(", ")
    except TrialDataError:  # of another version of the course
        return []
    return [f"card {part}" for part in answer.split(", ") if part not in right]


def write_class(works: list[Work], path: Path) -> None:
    """Write the class table as CSV, whole or not at all; no cell is a formula.

    Raises
    ------
    TrialDataError
        If it cannot be written there.
    """
    header, rows = class_rows(works)
    try:
        handle, temporary = tempfile.mkstemp(suffix=".tmp", dir=Path(path).absolute().parent)
        with open(handle, "w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(map(safe_cell, header))
            table.writerows([[safe_cell(cell) for cell in row] for row in rows])
        os.replace(temporary, path)
    except OSError as problem:
        raise TrialDataError(f"{str(path)!r} cannot be written ({problem.strerror}).") from None


def _columns(header: list[str], rows: list[list]) -> str:
    table = [header, *[[" ".join(str(cell).split())[:40] for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def report(works: list[Work], remarks: list[str], longest: int = 15) -> str:
    """Return what a teacher reads: who did how much, what was missed most, and which files were left out."""
    if not works:
        return printable("\n".join(["No learner's table could be read.", *remarks]))
    _, rows = class_rows(works)
    learners = [[name or "(no name)", copy, *sums] for name, copy, *sums in (row[:5] for row in rows)]
    missed = most_missed(works)
    parts = [
        f"{len(works)} learner{'s' if len(works) > 1 else ''}",
        _columns(["name", "copy", "answered", "right first time", "right in the end"], learners),
        "",
        "Most often missed at the first try",
    ]
    shown = [
        [r["item"], r["misconceptions"], f"{r['missed']} of {r['answered']}", r["common_wrong"]]
        for r in missed[:longest]
    ]
    parts.append(_columns(["item", "misconception", "missed", "commonest wrong answer"], shown))
    if len(missed) > longest:
        parts.append(f"… and {len(missed) - longest} more items, missed less often")
    return printable("\n".join([*parts, *(["", *remarks] if remarks else [])]))
