"""From rows of cells to a table: finds what stands in the way of one header and one row a patient, and says it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pandas as pd

from ..data.checks import TrialDataError
from . import cells
from .notes import Notes
from .vocabulary import EXACTLY, means, plain

MAX_COLUMNS = 2000
Row = tuple[int, list]  # the row's number in the file, its cells


def is_blank(cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_number(cell) -> bool:
    if isinstance(cell, str):
        text = cell.strip()
        return bool(text) and (
            cells.plain_numbers(pd.Series([text], dtype=object)) is not None or cells.kind_of(text) == "comma"
        )
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def to_frame(rows: list[Row], name: str, separator: str | None, notes: Notes) -> pd.DataFrame:
    """Return the table in ``rows``; its index is the row's number in the file. What was done is said in ``notes``.

    Raises
    ------
    TrialDataError
        If the rows are not one table with one row of column names, telling which row to change.
    """
    full = [row for row in rows if any(not is_blank(cell) for cell in row[1])]
    if not full:
        raise TrialDataError(
            f"{name} is empty. Choose a table with column names in the first row and one row a patient."
        )
    _refuse_titles(full, name)
    header, body = full[0], full[1:]
    if _last_filled(header[1]) > MAX_COLUMNS:
        raise TrialDataError(
            f"{name} has {_last_filled(header[1]):,} columns; the limit is {MAX_COLUMNS:,}. Keep only the columns "
            "you need."
        )
    if not body:
        names = ", ".join(str(cell) for cell in header[1] if not is_blank(cell))
        raise TrialDataError(
            f"{name} has column names ({_short(names)}) but no patients below them; add one row a patient."
        )
    header = _name_row_names(header, body, separator)
    _refuse_no_header(header, body, name)
    _refuse_second_table(header, body, name)
    width = _last_filled(header[1])
    _refuse_totals(body, width)
    _refuse_footnotes(body, width)
    body = _even(header, body, separator)
    _refuse_second_header(header, body)
    inner_blank = body[-1][0] - header[0] - len(body)
    if inner_blank:
        notes.say("blank_rows", n=inner_blank)
    columns = _columns(header[1], list(zip(*(cells_ for _, cells_ in body), strict=True)), notes)
    frame = _convert(columns, separator, notes)
    frame.index = pd.Index([number for number, _ in body], name="row of the file")
    frame = _take_index(frame, notes)
    if frame.shape[1] < 2:
        raise TrialDataError(
            f"{name} has only one column ({_short(', '.join(map(str, columns)))}). Columns must be separated "
            "by commas, semicolons or tabs; save the table again as CSV, with at least time, event and "
            "treatment as columns."
        )
    return frame


def _short(text: str, limit: int = 90) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _last_filled(row: list) -> int:
    return max((i + 1 for i, cell in enumerate(row) if not is_blank(cell)), default=0)


def _filled(row: list) -> int:
    return sum(not is_blank(cell) for cell in row)


def _refuse_titles(full: list[Row], name: str) -> None:
    """A row of one or two cells above the row of names is a title."""
    usual = Counter(_last_filled(row) for _, row in full[:500]).most_common(1)[0][0]
    names = next((row for row in full[:20] if _filled(row[1]) > max(1, usual // 2)), full[0])
    if names is not full[0] and usual > 1:
        title = _short(next(str(cell) for cell in full[0][1] if not is_blank(cell)), 50)
        raise TrialDataError(
            f"Row {full[0][0]} of {name} is a title ({title!r}), not column names. Delete the rows above row "
            f"{names[0]}, so that the column names stand in the first row."
        )


def _name_row_names(header: Row, body: list[Row], separator: str | None) -> Row:
    """R's write.table gives the column of row names no name, so the header is one cell short.

    Between commas, such rows may as well come from a decimal comma.
    """
    if separator in (None, ","):
        return header
    if all(len(row) == len(header[1]) + 1 for _, row in body) and not is_blank(body[0][1][-1]):
        return header[0], ["", *header[1]]
    return header


def _refuse_no_header(header: Row, body: list[Row], name: str) -> None:
    names = [cell for cell in header[1] if not is_blank(cell)]
    numbers = [
        cell for cell in names if is_number(cell) or (isinstance(cell, str) and cell.strip() in cells.MISSING)
    ]
    if len(names) >= 2 and len(numbers) >= max(2, len(names) / 2):
        shown = ", ".join(str(cell) for cell in names[:4])
        raise TrialDataError(
            f"{name} has no column names: its first row is {shown}… Add a first row that names each column, "
            "such as time_days, died, treated."
        )


def _refuse_second_table(header: Row, body: list[Row], name: str) -> None:
    names = [str(cell).strip() for cell in header[1]]
    previous = header[0]
    numeric = {i for i, cell in enumerate(body[0][1]) if is_number(cell)}
    for number, row in body:
        if row and row[0] == header[1][0] and [str(cell).strip() for cell in row] == names:
            raise TrialDataError(
                f"Row {number} of {name} repeats the column names; it seems to hold two tables. Delete that "
                "row if both are the same trial, or keep only one table in the file."
            )
        if number > previous + 1 and previous > header[0]:
            starts = [i for i, cell in enumerate(row) if not is_blank(cell)]
            words = len(starts) > 1 and not any(is_number(row[i]) for i in starts)
            if words and len(numeric & set(starts)) >= len(numeric) / 2 > 0:
                raise TrialDataError(
                    f"{name} seems to hold two tables: after a blank row, row {number} reads like column names "
                    f"({_short(', '.join(str(row[i]) for i in starts), 60)}). Keep only one table in the file."
                )
        previous = number


def _refuse_totals(body: list[Row], width: int) -> None:
    """Refuse rows that begin with a word for totals, and a last row without a name that sums the rows above it."""
    firsts = [(number, next(cell for cell in row if not is_blank(cell))) for number, row in body]
    found = [
        (n, cell)
        for n, cell in firsts
        if isinstance(cell, str) and means(next(iter(plain(cell).split()), ""), "totals")
    ]
    number, row = body[-1]
    if not found and (
        re.fullmatch(r"\s*(n|∑)\s*(=\s*\d*)?\s*", str(firsts[-1][1]), re.IGNORECASE) or _sums(body, row)
    ):
        found = [firsts[-1]]
    if width > 2 and 0 < len(found) <= max(1, len(body) // 20):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        where = "below" if found == firsts[-1:] else "in"
        raise TrialDataError(
            f"Row {found[0][0]}{more} looks like totals {where} the table ({str(found[0][1])!r}); delete "
            f"{'them' if more else 'it'}, so that every row is a patient."
        )


def _sums(body: list[Row], row: list) -> bool:
    """Tell whether two numbers of a row without a name are the sums or the means of their columns."""
    if len(body) < 6 or not is_blank(row[0]):
        return False
    sums = 0
    for i, cell in enumerate(row):
        try:
            above = [float(r[i]) for _, r in body[:-1] if i < len(r) and not is_blank(r[i])]
            made = (sum(above), sum(above) / max(len(above), 1))
            sums += len(set(above)) > 1 and any(abs(x - float(cell)) <= 1e-6 * abs(float(cell)) for x in made)
        except (TypeError, ValueError, OverflowError):
            continue
    return sums > 1


def _refuse_footnotes(body: list[Row], width: int) -> None:
    """Refuse a remark below the table: words in one cell, or a row below a gap that fills less than half the cells."""
    if width < 3:
        return
    gap = False
    for (before, _), (number, row) in [*pairwise([body[0], *body])][-10:]:
        gap |= number > before + 1
        words = [str(cell) for cell in row if not is_blank(cell)]
        alone = len(words) == 1 and not is_number(words[0])
        if alone or (gap and len(words) < width / 2):
            raise TrialDataError(
                f"Row {number} is a remark below the table ({_short(' '.join(words), 50)!r}); delete it, so that every "
                "row is a patient."
            )


def _even(header: Row, body: list[Row], separator: str | None) -> list[Row]:
    """Return the rows with as many cells as the header; refuse rows that have more or fewer."""
    width, surplus, short = len(header[1]), [], []
    if separator is None:
        width = max(_last_filled(row) for _, row in [header, *body])
    else:
        named = _last_filled(header[1])
        surplus = [number for number, row in body if len(row) > width and _last_filled(row) > width]
        short = [number for number, row in body if len(row) < named or _swallowed_rows(row, separator, named)]
    if surplus or short:
        number = min(surplus + short)
        row = next(row for n, row in body if n == number)
        others = len(surplus) + len(short) - 1
        more = f" ({others} other row{'s' if others > 1 else ''} too)" if others else ""
        hint = "Correct that row."
        if surplus and separator == "," and others > len(body) / 2 - 1:
            hint = "If numbers have decimal commas, save with semicolons as separators, or write decimal points. "
            hint += "If the first column holds row names, give it a name."
        elif any("\n" in cell for cell in row):
            hint = "A quotation mark may have been opened and not closed; correct that row."
        raise TrialDataError(
            f"Row {number} has {len(row)} cells where there are {_last_filled(header[1])} column names{more}. {hint}"
        )
    header[1][:] = list(header[1][:width]) + [None] * (width - len(header[1]))
    if all(len(row) == width for _, row in body):
        return body
    return [(number, list(row[:width]) + [None] * (width - len(row))) for number, row in body]


def _swallowed_rows(row: list[str], separator: str, width: int) -> bool:
    """Tell whether a quotation mark left open has made one cell of several rows."""
    return any("\n" in cell and _holds_row(cell, separator, width) for cell in row)


def _holds_row(cell: str, separator: str, width: int) -> bool:
    return any(line.count(separator) == width - 1 > 0 for line in cell.splitlines()[1:])


def _refuse_second_header(header: Row, body: list[Row]) -> None:
    """A row of units or codes below the names: words where all rows below hold numbers."""
    if len(body) < 3:
        return
    number, first = body[0]
    rest = body[2:30] if len(body) > 6 else body[1:]  # below may stand another such row
    odd = [
        i
        for i, cell in enumerate(first)
        if isinstance(cell, str)
        and not is_blank(cell)
        and cell.strip() not in cells.MISSING
        and cells.kind_of(cell) in ("word", "unit")
        and not is_number(cell)
        and sum(is_number(row[i]) for _, row in rest) >= 2
        and all(is_number(row[i]) or is_blank(row[i]) for _, row in rest)
    ]
    alone = len(odd) == _filled(first) < len(header[1]) - 1  # a unit or two and nothing else
    if (len(odd) >= 2 or alone) and odd and not any(is_number(cell) for cell in first):
        shown = _short(", ".join(str(first[i]) for i in odd[:4]), 60)
        raise TrialDataError(
            f"Row {number} looks like a second row of column names or units ({shown}); keep one row of names, "
            "with the unit in the name (such as time_days), and delete the other."
        )


def _columns(names: list, columns: list[tuple], notes: Notes) -> dict[str, tuple]:
    """Name each column once; drop blank ones and copies."""
    found: dict[str, tuple] = {}
    for position, (raw, values) in enumerate(zip(names, columns, strict=True), start=1):
        label = "" if is_blank(raw) else " ".join(cells.visible(str(raw)).split())
        if all(is_blank(value) for value in values):
            if label:
                notes.say("blank_column", column=repr(label))
            continue
        if not label and position > 1:
            label = f"column {position}"
            notes.say("nameless_column", place=position, column=repr(label))
        if label in found:
            if found[label] != values:
                raise TrialDataError(
                    f"Two columns are called {label!r} and differ (the second is column {position}); give each "
                    "its own name."
                )
            notes.say("column_twice", column=repr(label))
            continue
        found[label] = values
    return found


def _convert(columns: dict[str, tuple], separator: str | None, notes: Notes) -> pd.DataFrame:
    table, words = {}, {}
    _say_missing(columns, notes)
    for label, values in columns.items():
        raw = pd.Series(values, dtype=object)
        types = {str} if separator else {type(value) for value in values} - {type(None)}
        table[label] = _of_one_kind(raw, types)
        if table[label] is None:
            words[label] = cells.strip(raw)
            table[label] = None if words[label] is raw else _of_one_kind(words[label], types)
            if table[label] is not None:
                del words[label]
    texts = {
        label: [t for t in values.dropna().unique() if isinstance(t, str)] for label, values in words.items()
    }
    mark = cells.decimal_mark((cells.comma_means(found) for found in texts.values()), separator)
    turned = {"decimal": [], "thousands": []}
    if mark == "," and any("," in text for found in texts.values() for text in found):
        for label in [
            label for label, values in table.items() if values is not None and values.dtype.kind == "f"
        ]:
            points = {cell.strip() for cell in columns[label] if isinstance(cell, str) and "." in cell}
            if points and all(cells.separates_thousands(text) for text in points):
                words[label] = cells.strip(pd.Series(columns[label], dtype=object))
                texts[label] = [text for text in words[label].dropna().unique() if isinstance(text, str)]
    for label, values in words.items():
        table[label] = _words_or_numbers(label, values, texts[label], mark, turned, notes)
    if turned["decimal"]:
        notes.say("decimal_commas", columns=", ".join(turned["decimal"]))
    if turned["thousands"]:
        notes.say("thousands", columns=", ".join(turned["thousands"]))
    return pd.DataFrame(table)


def _say_missing(columns: dict[str, tuple], notes: Notes) -> None:
    for label, values in columns.items():
        codes = {cell.strip() for cell in values if isinstance(cell, str)} & cells.MISSING_SAID
        if codes:
            notes.say("taken_as_blank", cells=", ".join(map(repr, sorted(codes))), column=repr(label))


_EXCEL_BEGINS = datetime(1899, 12, 30)


def _lengths(values: pd.Series, types: set) -> pd.Series | None:
    """Return lengths of time: cells of lengths that Excel's format shows as hours or as dates around 1900."""
    if types <= {timedelta, time} and timedelta in types:
        day = datetime(2000, 1, 1)
        turned = [datetime.combine(day, v) - day if isinstance(v, time) else v for v in values]
        return pd.to_timedelta(pd.Series(turned, dtype=object))
    if types <= {datetime, time, timedelta} and datetime in types:
        days = [v for v in values if isinstance(v, datetime)]
        if max(days) < datetime(1920, 1, 1):
            turned = [
                v - _EXCEL_BEGINS
                if isinstance(v, datetime)
                else datetime.combine(_EXCEL_BEGINS, v) - _EXCEL_BEGINS
                if isinstance(v, time)
                else v
                for v in values
            ]
            return pd.to_timedelta(pd.Series(turned, dtype=object))
    return None


def _of_one_kind(values: pd.Series, types: set) -> pd.Series | None:
    """Return numbers, dates or truth values if the cells are of one such kind; else None."""
    if (lengths := _lengths(values, types)) is not None:
        return lengths
    if types == {bool}:
        return values.astype(bool) if values.notna().all() else None
    if types and types <= {datetime, date, pd.Timestamp}:
        return pd.to_datetime(values, errors="coerce")
    if types & {datetime, date, time, timedelta, pd.Timestamp, bool}:
        return values.map(lambda value: value if value is None or isinstance(value, str) else str(value))
    if types == {str} and values.notna().all() and str(values.iloc[0]).lower() in ("true", "false"):
        truths = values.str.lower().map({"true": True, "false": False})
        if truths.notna().all():
            return truths.astype(bool)
    return cells.plain_numbers(values)


def _words_or_numbers(label, values, texts, mark, turned, notes) -> pd.Series:
    unknown = [text for text in texts if text.lower() in cells.MISSING_AMONG_NUMBERS]
    known = [text for text in texts if text not in unknown]
    parsed = cells.parse(known, mark) if mark is not None and known else None
    if parsed is None and unknown and cells.plain_numbers(pd.Series(known, dtype=object)) is not None:
        parsed = {text: float(text) for text in known}
    if parsed is not None and (known or len(values.dropna()) > len(unknown)):
        if unknown:
            notes.say("taken_as_blank", cells=", ".join(map(repr, unknown)), column=repr(label))
        marked = next((t for t in known if not cells.is_plain(t) or parsed[t] != float(t)), None)
        if marked is not None:
            turned["decimal" if mark == "," and "," in marked else "thousands"].append(label)
        table = {**parsed, **dict.fromkeys(unknown)}
        return pd.to_numeric(
            pd.Series([table.get(v, v) if isinstance(v, str) else v for v in values], dtype=object)
        )
    kinds = Counter(cells.kind_of(text) for text in texts[:1000])
    odd = next((kind for kind in ("comma", "percent", "limit", "unit") if kinds[kind]), None)
    if odd and kinds["word"] <= kinds.total() / 2 and kinds["date"] == 0:
        example = next(text for text in texts if cells.kind_of(text) == odd)
        notes.say("no_numbers", column=repr(label), example=repr(example))
    return values.map(lambda value: value if value is None or isinstance(value, str) else _text(value))


def _text(value) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _take_index(frame: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Leave out a first column that only counts the rows; give row names without a name one."""
    first = frame.columns[0]
    values = frame.iloc[:, 0]
    if str(first).lower() in EXACTLY["row_numbers"] and values.is_unique and values.notna().all():
        if (
            pd.api.types.is_integer_dtype(values)
            and values.diff().dropna().eq(1).all()
            and values.iloc[0] in (0, 1)
        ):
            notes.say("row_numbers")
            return frame.drop(columns=first)
        if first == "":
            notes.say("row_names")
            return frame.rename(columns={"": "row_name"})
    return frame.rename(columns={"": "column 1"})
