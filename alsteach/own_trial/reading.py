"""Read a learner's trial from a file as people have it: CSV, TSV, semicolons and decimal commas, Excel."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import warnings
from collections import Counter
from functools import cache
from pathlib import Path

import charset_normalizer
import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from . import grid, kinds, vocabulary, workbooks
from .notes import Notes, note

MAX_MEGABYTES = 50
MAX_CELLS = 3_000_000  # 100,000 patients with 30 columns; more would fill a small machine's memory

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}


def read_trial(path_or_bytes, name: str | None = None, encoding: str | None = None) -> pd.DataFrame:
    """Read a trial table from a CSV, TSV or Excel file, one row a patient.

    Separator, encoding and decimal mark are recognised; nothing is changed on disk and nothing leaves the machine.

    Parameters
    ----------
    path_or_bytes : str, path or bytes
        The file, or its content.
    name : str, optional
        What to call the file in messages; for bytes.
    encoding : str, optional
        How the text is encoded, such as ``"shift_jis"``, where letters look wrong otherwise; found out if left out.

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
    notes = Notes()
    separator = None
    if kinds.recognise(content, name) == "excel":
        rows = workbooks.read(content, name, MAX_CELLS, notes)
    else:
        text = _without_comments(_decode(content, name, notes, encoding), notes)
        separator = _separator(text)
        rows = _split(text, separator, name)
    frame = grid.to_frame(rows, name, separator, notes)
    frame.attrs["name"] = name
    if encoding is not None:
        frame.attrs["encoding"] = encoding
    frame.attrs["pandas_alone"] = separator if _pandas_reads_the_same(content, separator, frame) else None
    frame.attrs["as_read"] = (len(frame), tuple(frame.columns))
    size = {"name": name, "rows": len(frame), "columns": frame.shape[1]}
    if separator is None:
        first = note("excel", **size)
    else:
        first = note("separated", **size, separator=note(f"separators.{_SEPARATORS[separator]}"))
    frame.attrs["reading"] = [first, *notes]
    return frame


def _pandas_reads_the_same(content: bytes, separator: str | None, frame: pd.DataFrame) -> bool:
    """Tell whether plain `pandas.read_csv` makes this table of the file too; of a large file, that is left open."""
    if separator is None or len(content) > 5e6:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            theirs = pd.read_csv(io.BytesIO(content), sep=separator)
    except Exception:  # whatever stops pandas, the report's code then uses read_trial
        return False
    rows = pd.RangeIndex(len(frame))
    if not isinstance(theirs.index, pd.RangeIndex) or not theirs.index.equals(rows):
        return False
    same = list(theirs.columns) == list(frame.columns)
    return same and all(_same_cells(frame[column].set_axis(rows), theirs[column]) for column in frame.columns)


def _same_cells(ours: pd.Series, theirs: pd.Series) -> bool:
    if ours.dtype.kind != theirs.dtype.kind or not ours.isna().equals(theirs.isna()):
        return False
    ours, theirs = ours.dropna(), theirs.dropna()
    if ours.dtype.kind == "f":
        return np.allclose(ours, theirs, rtol=1e-14, atol=0)
    return bool((ours == theirs).all())


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


def _decode(content: bytes, name: str, notes: Notes, asked: str | None = None) -> str:
    if asked is not None:
        try:
            text = content.decode(asked)
        except (LookupError, UnicodeDecodeError, TypeError) as error:
            raise TrialDataError(
                f"{name} cannot be read with encoding={asked!r}; leave encoding out, or give another such as 'utf-8', "
                "'cp1252', 'gb18030', 'shift_jis' or 'euc_kr'."
            ) from error
        notes.say("encoding_asked", encoding=asked)
        return text.removeprefix("\ufeff").replace("\0", "")
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
    text = text.removesuffix("\x1a")  # the end of a file in DOS
    if re.search("[\0-\x08\x0e-\x1a\x1c-\x1f]", text):
        raise TrialDataError(
            f"{name} is not a table of text (it holds control characters). Save the table as CSV or Excel "
            "(.xlsx)."
        )
    if encoding.startswith("utf-16"):
        notes.say("encoding_utf16")
    elif encoding not in ("utf-8", "utf-8-sig"):
        notes.say("encoding_guessed", encoding=encoding)
    return text.removeprefix("\ufeff")


def _utf16_without_mark(content: bytes) -> str | None:
    """Western text in UTF-16 has a zero in every other byte."""
    start = content[:1000]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) > 3 and zeros.count(0) > 0.7 * len(zeros) and start.count(0) < 0.6 * len(start):
            return encoding
    return None


def _decode_unmarked(content: bytes) -> tuple[str, str]:
    """Return the text and its encoding: of those that fit, the one whose words are a trial's, with fewest odd signs."""
    best, best_score = ("", ""), None
    for place, encoding in enumerate(_ENCODINGS):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        start = text[:200_000]
        # Odd: signs inside a word, letters that no table has, small and capital mixed as in "ÇéÓô"
        odd = len(_ODD.findall(start))
        score = (sum(word in start for word in _trial_words()), -odd, -place)
        if best_score is None or score > best_score:
            best, best_score = (text, encoding), score
    if best_score[0] or _is_western(content):
        return best
    guessed = charset_normalizer.from_bytes(content[:200_000], cp_isolation=list(_ENCODINGS)).best()
    if guessed is not None:
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(guessed.encoding), guessed.encoding
    return best


_ENCODINGS = (
    "cp1252",
    "cp1250",
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1251",
    "koi8_r",
    "latin-1",
)
_ODD = re.compile(
    "[^\\W\\d_][\xa1-\xbf×÷][^\\W\\d_]|[\xa1-\xbf][^\\W\\d_]|[a-z][À-Þ]|[\ue000-\uf8ff]|[ｦ-ﾟ]|[─-╿]"
)


def _is_western(content: bytes) -> bool:
    """Chinese text has its high bytes in pairs, European text one by one; "Größe" has two, inside a Latin word."""
    start = content[:200_000]
    runs = re.findall(rb"[\x80-\xff][\x40-\xff]", start)
    pairs, high = sum(pair[1] >= 0x80 for pair in runs), sum(byte >= 0x80 for byte in start)
    return pairs * 2 < 0.8 * high or bool(re.search(rb"[A-Za-z][\x80-\xff]{2}[A-Za-z]", start))


@cache
def _trial_words() -> tuple[str, ...]:
    """Words of trials in letters beyond Latin: two signs or more, as one alone proves nothing."""
    words = {stem.rstrip("$") for meaning in vocabulary.MEANINGS for stem in vocabulary.words_of(meaning)}
    return tuple(sorted(word for word in words if not word.isascii() and len(word) > 1))


def _without_comments(text: str, notes: Notes) -> str:
    """Blank the lines above the column names that begin with #, as cBioPortal's files have them."""
    lines = text.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith(("#", '"#'))), len(lines))
    if not 0 < count < len(lines):
        return text
    separator = _separator("\n".join(lines[count : count + 200]))
    names = next(_rows(lines[count : count + 1], separator), [])
    if len(names) < 2 or sum(grid.is_number(cell) for cell in names) >= len(names) / 2:
        return text.removeprefix("#") if count == 1 else text  # the names themselves stand behind a #
    notes.say("comments", n=count)
    return "\n".join([""] * count + lines[count:])


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
    if text.count("\n") + text.count("\r") > 2 * MAX_CELLS:
        raise TrialDataError(
            f"{name} has more than {MAX_CELLS:,} lines, most of them blank. Copy the table alone into a new file."
        )
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
