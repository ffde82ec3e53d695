"""Tables that are laid out otherwise than one row a patient with one follow-up time: dates, intervals, several rows."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError, rows_text
from . import cells, codes
from .notes import Notes
from .vocabulary import DAYS_PER, means, plain, unit_of

MAX_LEVELS = 20


def are_dates(values: pd.Series) -> bool:
    """Tell whether most cells of a column of text are dates."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return True
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    texts = [text for text in values.dropna().unique()[:50] if isinstance(text, str) and text.strip()]
    return bool(texts) and sum(cells.kind_of(text) == "date" for text in texts) > len(texts) / 2


_LENGTH = re.compile(r"(-?\d+) days?(?:,? \+?(\d+):(\d\d):(\d\d(?:\.\d+)?))?")


def lengths_in_days(values: pd.Series) -> np.ndarray | None:
    """Return lengths written as "248 days, 0:00:00" in days, as Excel and pandas do; None for other cells.

    >>> lengths_in_days(pd.Series(["248 days, 0:00:00", None, "1 day, 12:00:00"], dtype=object)).tolist()
    [248.0, nan, 1.5]
    """
    if values.dtype != object or not values.notna().any():
        return None
    found = values.map(lambda cell: _LENGTH.fullmatch(cell.strip()) if isinstance(cell, str) else None)
    if (found.isna() & values.notna()).any() or not any(m[2] for m in found.dropna()):
        return None  # "12 days" in every cell: the unit goes, and is chosen
    return np.array(
        [
            np.nan
            if m is None
            else int(m[1]) + (int(m[2] or 0) + int(m[3] or 0) / 60 + float(m[4] or 0) / 3600) / 24
            for m in found
        ]
    )


def are_numbered_dates(values: pd.Series) -> bool:
    """Tell dates kept as days or seconds since 1900, 1960 or 1970 (Excel, SAS, SPSS): all late, and close together."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    known = values.dropna()
    return len(known) > 0 and known.min() > 9000 and known.max() < 1.7 * known.min()


_DATED = re.compile(r"(dtc?|dtm|dat|date|datum)$")  # RANDDT


def date_columns(df: pd.DataFrame) -> list:
    """Return the columns of dates; of numbers only those whose name speaks of a date or of its start or end."""
    return [
        column
        for column in df.columns
        if are_dates(df[column])
        or (
            (means(column, "date", "start_date", "stop") or _DATED.search(plain(column)))
            and are_numbered_dates(df[column])
        )
    ]


def advice_on_dates(df: pd.DataFrame, column) -> str:
    others = [c for c in date_columns(df) if c != column]
    start = next((c for c in others if means(c, "start_date")), None)
    start = start if start is not None else (others[0] if len(others) == 1 else None)
    said = (
        f"Column {column!r} holds dates; a follow-up time is a length, from randomisation to death or to the "
        "last news. "
    )
    if start is None:
        return (
            said
            + "Add a column with end date minus start date, in days (in a spreadsheet: =C2-B2), and choose that."
        )
    return said + (
        f"{start!r} seems to hold the start: add a column with {column!r} minus {start!r}, in days (in a "
        "spreadsheet: =C2-B2), and choose that."
    )


def two_times(df: pd.DataFrame) -> tuple | None:
    """Return the columns that hold a time of death for the dead and of last news for the others, or None."""
    timed = [c for c in _numeric_columns(df, "time", "to_follow_up") if unit_of(c) or means(c, "time")]
    for death in timed:
        if not means(death, "death"):
            continue
        for last in timed:
            if last == death or not means(last, "last_news"):
                continue
            known = df[death].notna()
            apart = (df[death] - df[last])[known].fillna(1).abs() > 1e-9
            filled = df[last][~known].notna()
            if known.any() and apart.any() and len(filled) and filled.mean() > 0.8:
                return death, last
    return None


def refuse_two_times(df: pd.DataFrame, duration_col, role: str) -> None:
    """Refuse a time that only the dead have, or only the others.

    Raises
    ------
    TrialDataError
        Saying how to join the two columns.
    """
    pair = two_times(df)
    if pair is None or duration_col not in (None, *pair):
        return
    raise TrialDataError(
        f"{pair[0]!r} holds the time of those who died and {pair[1]!r} that of the others; "
        f"{_join(df, pair)} and choose that in {role!r}."
    )


def refuse_time_of_some(df: pd.DataFrame, duration_col, event_col, role: str) -> None:
    """Refuse a time, whatever its name, that all with one outcome have and nobody else.

    Raises
    ------
    TrialDataError
        Saying with which column to join it.
    """
    blank = cells.strip(df[duration_col]).isna().to_numpy()
    event = cells.strip(df[event_col]).map(codes.spelled, na_action="ignore")
    without, timed = set(event[blank].dropna()), set(event[~blank].dropna())
    if not without or not timed or without & timed:
        return
    others = [
        c
        for c in _numeric_columns(df, "time", "to_follow_up", "last_news", *DAYS_PER)
        if c not in (duration_col, event_col) and df.loc[blank, c].notna().mean() > 0.8
    ]
    join = "Join it with the column that holds the others' time"
    if len(others) == 1:
        join = f"{others[0]!r} holds the others': " + _join(df, (duration_col, others[0]))
    raise TrialDataError(
        f"Column {duration_col!r} is blank for all who have {' or '.join(map(repr, sorted(without)))} in "
        f"{event_col!r}, and for nobody else. {join} and choose that in {role!r}."
    )


def _join(df: pd.DataFrame, pair: tuple) -> str:
    from openpyxl.utils import get_column_letter

    first, second = (get_column_letter(list(df.columns).index(column) + 1) + "2" for column in pair)
    return f'join them into one column (in a spreadsheet: =IF({first}<>"",{first},{second}))'


def advice_on_time(df: pd.DataFrame, role: str) -> str:
    dates = date_columns(df)
    bounds = interval_columns(df)
    if bounds:
        return _interval(bounds)
    if len(dates) >= 2:
        numbered = " kept as numbers" if any(are_numbered_dates(df[c]) for c in dates) else ""
        return (
            f"There is no column with a follow-up time, but there are dates{numbered} "
            f"({', '.join(map(repr, dates[:4]))}): add a column with the end date minus the start date, in "
            f"days (in a spreadsheet: =C2-B2), and choose it in {role!r}."
        )
    return f"No column is chosen in {role!r}; choose the one that says how long each patient was followed."


def _numeric_columns(df: pd.DataFrame, *meanings: str) -> list:
    return [
        column
        for column in df.columns
        if pd.api.types.is_numeric_dtype(df[column])
        and not pd.api.types.is_bool_dtype(df[column])
        and means(column, *meanings)
    ]


def interval_columns(df: pd.DataFrame) -> tuple | None:
    """Return two columns between which an event is known to lie, or None."""
    for low in _numeric_columns(df, "lower"):
        for high in _numeric_columns(df, "upper"):
            if low == high:
                continue
            known = df[[low, high]].dropna()
            if len(known) and (known[low] <= known[high]).all() and (known[low] < known[high]).any():
                return low, high
    return None


def start_stop_columns(df: pd.DataFrame) -> tuple | None:
    """Return the columns of a counting process, in which some rows start after 0, or None."""
    for start in _numeric_columns(df, "start"):
        for stop in _numeric_columns(df, "stop"):
            if start == stop:
                continue
            known = df[[start, stop]].dropna()
            if are_numbered_dates(known[start]):
                continue
            if len(known) and (known[start] <= known[stop]).all() and (known[start] > 0).any():
                return start, stop
    return None


def _interval(bounds: tuple) -> str:
    return (
        f"{bounds[0]!r} and {bounds[1]!r} look like the bounds of an interval in which the event happened "
        "(interval censoring); such data need other methods than this course's. Use a table in which each "
        "patient has one follow-up time."
    )


def refuse_other_layouts(df: pd.DataFrame, duration_col, treatment) -> None:
    """Refuse intervals, start/stop tables and several rows a patient.

    Raises
    ------
    TrialDataError
        Naming the columns that show it.
    """
    bounds = interval_columns(df)
    if bounds and duration_col in bounds:
        raise TrialDataError(_interval(bounds))
    identifier = identifier_column(df)
    units, column = units_beside(df)
    if len(units) > 1:
        raise TrialDataError(
            f"Column {column!r} names several units of time ({', '.join(units)}); bring all times to one unit, and "
            "change that column too."
        )
    stacked = next((c for c in df.columns if _holds_endpoints(df, c)), None)
    if stacked is not None and (identifier is None or not df[identifier].duplicated().any()):
        shown = ", ".join(map(repr, codes.levels(df[stacked])[:4]))
        raise TrialDataError(
            f"Column {stacked!r} names several endpoints ({shown}), each in rows of its own; this analysis needs one "
            "row a patient. Keep the rows of one endpoint."
        )
    pair = start_stop_columns(df)
    if pair and duration_col in pair:
        several = identifier is not None and df[identifier].duplicated().any()
        if several:
            raise TrialDataError(
                f"{pair[0]!r} and {pair[1]!r} cut each patient's time into several rows (start/stop layout, "
                f"{len(df)} rows for {df[identifier].nunique()} values of {identifier!r}); this analysis needs "
                "one row a patient with the whole follow-up time."
            )
        raise TrialDataError(
            f"In column {pair[0]!r} patients enter after time 0 (delayed entry), so {pair[1]!r} is not the "
            f"time they were followed; add a column with {pair[1]!r} minus {pair[0]!r} and choose that."
        )
    if identifier is None or treatment not in df.columns:
        return
    # Some trials number the patients of each arm or each centre from 1.
    key = [identifier, treatment, *(c for c in df.columns if means(c, "place") and c != treatment)]
    repeated = df.duplicated(key, keep=False).to_numpy() & df[identifier].notna().to_numpy()
    if repeated.mean() > 0.1:
        arms_differ = df.groupby(identifier)[treatment].nunique().gt(1).any()
        columns = [] if arms_differ else df.columns
        by = next((c for c in columns if _splits(df, identifier, c)), None)
        keep = "" if by is None else f", for instance those with one value of {by!r}"
        raise TrialDataError(
            f"Column {identifier!r} shows several rows a patient ({len(df)} rows, {df[identifier].nunique()} "
            f"patients; for instance {rows_text(df.index, repeated)}); this analysis needs one row a patient. "
            f"Keep one row each, with the whole follow-up time{keep}."
        )


def units_beside(df: pd.DataFrame) -> tuple:
    """Return the units of time that another column names, such as CDISC's AVALU, and that column; else none."""
    for column in df.columns:
        if means(column, "names_unit") and df[column].nunique() <= MAX_LEVELS:
            units = {unit_of(value) for value in df[column].dropna().unique() if isinstance(value, str)}
            if units and None not in units:
                return sorted(units), column
    return [], None


def _holds_endpoints(df: pd.DataFrame, column) -> bool:
    """Tell whether a column says of which endpoint a row is: CDISC's PARAMCD, or one with OS and PFS in its cells."""
    found = df[column].dropna().unique() if df[column].nunique() <= MAX_LEVELS else []
    named = all(isinstance(v, str) and means(v, "endpoint_time", "time") for v in found)
    return len(found) > 1 and (named or means(column, "parameter"))


def _splits(df: pd.DataFrame, identifier, column) -> bool:
    """Tell whether a few codes number each patient's rows: endpoints, visits."""
    values = df[column]
    few = 2 <= values.nunique() <= MAX_LEVELS and values.notna().all()
    return few and column != identifier and not df.duplicated([identifier, column]).any()


def identifier_column(df: pd.DataFrame):
    """Return the column that says which patient a row belongs to, or None."""
    for column in df.columns:
        values = df[column]
        if pd.api.types.is_float_dtype(values) or pd.api.types.is_bool_dtype(values):
            continue
        if means(column, "patient") and values.nunique() > 2:
            return column
    return None


def repeated_numbers(df: pd.DataFrame):
    """Return the identifier if many rows share theirs with another row, else None."""
    identifier = identifier_column(df)
    if identifier is None:
        return None
    shared = df[identifier].duplicated(keep=False) & df[identifier].notna()
    return identifier if shared.mean() > 0.1 else None


def shared_patients(df: pd.DataFrame, roles) -> object:
    """Return the identifier if several rows are one person's, as two eyes in two arms are; else None.

    Numbers that restart in each arm are told from persons by what stays the same in a person: age, sex.
    """
    identifier = repeated_numbers(df)
    if identifier is None:
        return None
    repeated = df[df[identifier].duplicated(keep=False) & df[identifier].notna()]
    for column in df.columns:
        if column == identifier or column in roles or repeated[column].nunique() < 5:
            continue
        same = repeated.groupby(identifier)[column].nunique(dropna=False) == 1
        if same.mean() > 0.9:
            return identifier
    return None


def note_repeats(df: pd.DataFrame, duration_col, notes: Notes) -> None:
    """Say how many rows are copies of others, and which patients stand in the table twice."""
    copies = df.duplicated().to_numpy()
    identifier = identifier_column(df)
    if identifier is not None:
        repeated = df[identifier].duplicated().to_numpy() & df[identifier].notna().to_numpy()
        if repeated.any() and not df.duplicated([identifier]).mean() > 0.1:
            notes.say("entered_twice", column=repr(identifier), rows=rows_text(df.index, repeated))
            return
    if copies.any() and df.shape[1] > 4:
        notes.say("copies", n=copies.sum(), rows=rows_text(df.index, copies))


def looks_like_identifier(df: pd.DataFrame, column) -> bool:
    """Tell whether a column names patients rather than describing them."""
    values = df[column].dropna()
    distinct = values.nunique() / max(len(values), 1)
    text = not cells.is_numeric(values)
    if text and values.nunique() > MAX_LEVELS and distinct > 0.5:
        return True
    if pd.api.types.is_integer_dtype(values) and len(values) > 20 and (np.diff(values) == 1).all():
        return True  # 1, 2, 3 …
    return means(column, "identifier") and (distinct > 0.5 or values.nunique() > MAX_LEVELS)
