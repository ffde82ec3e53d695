"""Read a learner's trial from a file as people have it: CSV, TSV, semicolons and decimal commas, Excel."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

import pandas as pd

from ..frames import TrialDataError
from . import grid, kinds, workbooks

MAX_MEGABYTES = 50
MAX_CELLS = 3_000_000  # 100,000 patients with 30 columns; more would fill a small machine's memory

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "spaces"}


def read_trial(path_or_bytes, name: str | None = None) -> pd.DataFrame:
    """Read a trial table from a CSV, TSV or Excel file, one row a patient.

    Separator, encoding and decimal mark are recognised; nothing is changed on disk and nothing leaves the machine.

    Parameters
    ----------
    path_or_bytes : str, path or bytes
        The file, or its content.
    name : str, optional
        What to call the file in messages; for bytes.

    Returns
    -------
    DataFrame
        Its index is the row in the file (the column names stand in row 1), so that messages name rows as a spreadsheet
        does. ``attrs["reading"]`` is a list of sentences: what was recognised, and what was left out.

    Raises
    ------
    TrialDataError
        If the file is no such table; the message says what to change.

    Examples
    --------
    >>> import alsteach as al
    >>> trial = al.read_trial(b"time_days;died;arm\\n12,5;1;drug\\n30;0;placebo\\n", name="trial.csv")
    >>> trial.time_days.tolist()
    [12.5, 30.0]
    >>> for sentence in trial.attrs["reading"]:
    ...     print(sentence)
    trial.csv: 2 rows, 3 columns, separated by semicolons.
    Decimal commas read as decimal points in: time_days.
    """
    content, name = _content(path_or_bytes, name)
    said: list[str] = []
    separator = None
    if kinds.recognise(content, name) == "excel":
        rows = workbooks.read(content, name, MAX_CELLS, said)
        how = "from Excel"
    else:
        text = _decode(content, name, said)
        separator = _separator(text)
        rows = _split(text, separator, name)
        how = f"separated by {_SEPARATORS[separator]}"
    frame = grid.to_frame(rows, name, separator, said)
    size = f"{len(frame):,} row{'s' if len(frame) > 1 else ''}, {frame.shape[1]} columns"
    frame.attrs["name"] = name
    frame.attrs["reading"] = [f"{name}: {size}, {how}.", *said]
    return frame


def _content(source, name: str | None) -> tuple[bytes, str]:
    if isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
        name = name or "The file"
    elif isinstance(source, str | Path):
        path = Path(source).expanduser() if str(source).strip() else Path("(no name)")
        if re.match(r"\w+://", str(source)):
            raise TrialDataError(
                f"{source} is an address on the web. Download the file first and choose it from your disk."
            )
        if "\n" in str(source):
            raise TrialDataError(
                "A path to a file is needed, not the table's text; for text write read_trial(text.encode())."
            )
        name = name or path.name
        try:
            if path.is_dir():
                raise TrialDataError(f"{path} is a folder. Choose the file inside it.")
            if not path.exists():
                raise TrialDataError(f"There is no file {path}. Check the name and the folder.")
            _refuse_large(path.stat().st_size, name)
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            if isinstance(error, TrialDataError):
                raise
            raise TrialDataError(
                f"{path} cannot be read ({error}). Close it elsewhere, or copy it and try again."
            ) from error
    else:
        raise TrialDataError(f"A path or the bytes of a file are needed; got {type(source).__name__}.")
    _refuse_large(len(content), name)
    return content, name


def _refuse_large(n_bytes: int, name: str) -> None:
    if n_bytes > MAX_MEGABYTES * 1e6:
        raise TrialDataError(
            f"{name} has {n_bytes / 1e6:.0f} MB; the limit is {MAX_MEGABYTES} MB. Keep only the columns you "
            "need."
        )


def _decode(content: bytes, name: str, said: list[str]) -> str:
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((encoding for mark, encoding in marks if content.startswith(mark)), None)
    encoding = marked or _utf16_without_mark(content) or "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.startswith(("utf-16", "utf-32")):
            raise TrialDataError(f"{name} is damaged or is no text. Save it again as CSV.") from error
        text, encoding = _decode_unmarked(content)
    if re.search("[\0-\x08\x0e-\x1a\x1c-\x1f]", text):
        raise TrialDataError(
            f"{name} is not a table of text (it holds control characters). Save the table as CSV or Excel "
            "(.xlsx)."
        )
    if encoding.startswith("utf-16"):
        said.append("Encoding: UTF-16.")
    elif encoding not in ("utf-8", "utf-8-sig"):
        said.append(
            f"Encoding: not UTF-8, read as {encoding}; if letters look wrong, save the file as CSV UTF-8."
        )
    return text.removeprefix("\ufeff")


def _utf16_without_mark(content: bytes) -> str | None:
    """Western text in UTF-16 has a zero in every other byte."""
    start = content[:1000]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) > 3 and zeros.count(0) > 0.7 * len(zeros) and start.count(0) < 0.6 * len(start):
            return encoding
    return None


def _decode_unmarked(content: bytes) -> tuple[str, str]:
    """Chinese text has its high bytes in pairs, European text one by one; guessers need more text than a table has."""
    runs = re.findall(rb"[\x80-\xff][\x40-\xff]", content[:200_000])
    high = sum(byte >= 0x80 for byte in content[:200_000])
    pairs = sum(pair[1] >= 0x80 for pair in runs)
    # "Größe" has two accents side by side, but inside a word of Latin letters.
    within_word = re.search(rb"[A-Za-z][\x80-\xff]{2}[A-Za-z]", content[:200_000])
    encodings = ["cp1252", "latin-1"]
    if pairs * 2 >= 0.8 * high and not within_word:
        encodings.insert(0, "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes everything")


def _separator(text: str) -> str:
    """Return the separator that gives most rows as many cells as the first of them.

    `csv.Sniffer` raises on tables it is unsure of, and takes letters or decimal commas for separators.
    """
    hint = re.match(r"sep=(.)\r?\n", text)
    if hint and hint[1] in _SEPARATORS:
        return hint[1]
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:200]
    if len(text) > 200_000 and len(lines) < 200:
        lines = lines[:-1]
    best, best_score = ",", (0.0, 0)
    for separator in _SEPARATORS:
        try:
            widths = [len(row) for row in _rows(lines, separator)]
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width > 1 and separator == " ":
            count *= 0.7 if count == len(widths) else 0
        if width > 1 and (score := (round(count / len(widths), 1), width)) > best_score:
            best, best_score = separator, score
    return best


def _rows(lines, separator: str, strict: bool = False):
    return csv.reader(lines, delimiter=separator, skipinitialspace=separator == " ", strict=strict)


def _split(text: str, separator: str, name: str) -> list[grid.Row]:
    if text.startswith("sep="):
        text = re.sub(r"\Asep=.\r?\n", "\n", text)
    lines = (
        io.StringIO(text, newline="") if separator != " " else (line.strip() for line in io.StringIO(text))
    )
    rows, n_cells = [], 0
    try:
        for number, row in enumerate(_rows(lines, separator, strict=True), start=1):
            if row:
                rows.append((number, row))
                n_cells += len(row)
                if n_cells > MAX_CELLS:
                    raise TrialDataError(
                        f"{name} has more than {MAX_CELLS:,} cells, the limit here. Keep only the columns you "
                        "need."
                    )
    except csv.Error as error:
        raise TrialDataError(
            f"{name} cannot be split into rows near row {len(rows) + 1}: a quotation mark may have been opened "
            "and not closed. Correct that row or save the table again as CSV."
        ) from error
    return rows
