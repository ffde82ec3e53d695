"""Tables that are laid out otherwise than one row a patient with one follow-up time: dates, intervals, several rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..frames import TrialDataError, rows_text
from . import cells, stems

MAX_LEVELS = 20


def are_dates(values: pd.Series) -> bool:
    """Tell whether most cells of a column of text are dates."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return True
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    texts = [text for text in values.dropna().unique()[:50] if isinstance(text, str) and text.strip()]
    return bool(texts) and sum(cells.kind_of(text) == "date" for text in texts) > len(texts) / 2


def date_columns(df: pd.DataFrame) -> list:
    return [column for column in df.columns if are_dates(df[column])]


def advice_on_dates(df: pd.DataFrame, column) -> str:
    others = [c for c in date_columns(df) if c != column]
    start = next((c for c in others if stems.find(c, stems.START_DATE)), None)
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


def advice_on_time(df: pd.DataFrame, role: str) -> str:
    dates = date_columns(df)
    bounds = interval_columns(df)
    if bounds:
        return _interval(bounds)
    if len(dates) >= 2:
        return (
            "There is no column with a follow-up time, but there are dates "
            f"({', '.join(map(repr, dates[:4]))}): add a column with the end date minus the start date, in "
            f"days (in a spreadsheet: =C2-B2), and choose it in {role!r}."
        )
    return f"No column is chosen in {role!r}; choose the one that says how long each patient was followed."


def _numeric_columns(df: pd.DataFrame, table: str) -> list:
    return [
        column
        for column in df.columns
        if pd.api.types.is_numeric_dtype(df[column])
        and not pd.api.types.is_bool_dtype(df[column])
        and stems.find(column, table)
    ]


def interval_columns(df: pd.DataFrame) -> tuple | None:
    """Return two columns between which an event is known to lie, or None."""
    for low in _numeric_columns(df, stems.LOWER):
        for high in _numeric_columns(df, stems.UPPER):
            if low == high:
                continue
            known = df[[low, high]].dropna()
            if len(known) and (known[low] <= known[high]).all() and (known[low] < known[high]).any():
                return low, high
    return None


def start_stop_columns(df: pd.DataFrame) -> tuple | None:
    """Return the columns of a counting process, in which some rows start after 0, or None."""
    for start in _numeric_columns(df, stems.START):
        for stop in _numeric_columns(df, stems.STOP):
            if start == stop:
                continue
            known = df[[start, stop]].dropna()
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
    # Some trials number the patients of each arm from 1.
    repeated = (
        df.duplicated([identifier, treatment], keep=False).to_numpy() & df[identifier].notna().to_numpy()
    )
    if repeated.mean() > 0.1:
        raise TrialDataError(
            f"Column {identifier!r} shows several rows a patient ({len(df)} rows, {df[identifier].nunique()} "
            f"patients; for instance {rows_text(df.index, repeated)}); this analysis needs one row a patient. "
            "Keep one row each, with the whole follow-up time."
        )


def identifier_column(df: pd.DataFrame):
    """Return the column that says which patient a row belongs to, or None."""
    for column in df.columns:
        values = df[column]
        if pd.api.types.is_float_dtype(values) or pd.api.types.is_bool_dtype(values):
            continue
        if stems.find(column, stems.PATIENT) and values.nunique() > 2:
            return column
    return None


def note_repeats(df: pd.DataFrame, duration_col, notes: list[str]) -> None:
    """Say how many rows are copies of others, and which patients stand in the table twice."""
    copies = df.duplicated().to_numpy()
    identifier = identifier_column(df)
    if identifier is not None:
        repeated = df[identifier].duplicated().to_numpy() & df[identifier].notna().to_numpy()
        if repeated.any() and not df.duplicated([identifier]).mean() > 0.1:
            notes.append(
                f"{identifier!r} has the same value in several rows ({rows_text(df.index, repeated)}): a "
                "patient entered twice? All rows are used."
            )
            return
    if copies.any() and df.shape[1] > 4:
        notes.append(
            f"{copies.sum()} row{'s are copies' if copies.sum() > 1 else ' is a copy'} of another "
            f"({rows_text(df.index, copies)}): a patient entered twice? All are used."
        )


def looks_like_identifier(df: pd.DataFrame, column) -> bool:
    """Tell whether a column names patients rather than describing them."""
    values = df[column].dropna()
    distinct = values.nunique() / max(len(values), 1)
    text = not cells.is_numeric(values)
    if text and values.nunique() > MAX_LEVELS and distinct > 0.5:
        return True
    if pd.api.types.is_integer_dtype(values) and len(values) > 20 and (np.diff(values) == 1).all():
        return True  # 1, 2, 3 …
    return bool(stems.find(column, stems.IDENTIFIER)) and (distinct > 0.5 or values.nunique() > MAX_LEVELS)
