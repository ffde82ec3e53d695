"""Checks on a trial table: each either returns clean arrays or says in one sentence what to change.

Everything that reads a learner's table (Cox models, Kaplan-Meier, panels) passes through here, so that the
same mistake gets the same sentence everywhere.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd


class TrialDataError(ValueError):
    """A trial table cannot be analysed as asked; the message names the column and says what to change."""


class MissingValuesWarning(UserWarning):
    """Patients were left out because a value that the model needs is blank."""


def check_columns(df: pd.DataFrame, columns: list[str]) -> None:
    """Refuse a table that lacks one of ``columns``, holds it twice, or has no rows.

    Raises
    ------
    TrialDataError
        Naming the missing column and the columns there are.
    """
    if not isinstance(df, pd.DataFrame):
        raise TrialDataError(
            f"The trial must be a pandas DataFrame, one row a patient; got {type(df).__name__}."
        )
    for column in columns:
        if column not in df.columns:
            have = ", ".join(str(c) for c in df.columns)
            raise TrialDataError(f"There is no column {column!r}; the table has: {have}. Check the spelling.")
        if not df.columns.is_unique and (df.columns == column).sum() > 1:
            raise TrialDataError(
                f"The table has more than one column {column!r}; rename or drop all but one."
            )
    if len(df) == 0:
        raise TrialDataError("The table has no rows, so there is no patient to analyse.")


def rows_text(index: pd.Index, bad: np.ndarray, limit: int = 5) -> str:
    """Return the labels of the ``bad`` rows in words, the first ``limit`` of them: ``rows 3, 8 and 4 more``."""
    labels = [str(label) for label in index[bad][:limit]]
    more = int(bad.sum()) - len(labels)
    return (
        "row"
        + ("s " if bad.sum() > 1 else " ")
        + ", ".join(labels)
        + (f" and {more} more" if more > 0 else "")
    )


def _levels(values: pd.Series) -> list:
    return [v.item() if hasattr(v, "item") else v for v in values.dropna().unique()]


def _shown(values: pd.Series, limit: int = 6) -> str:
    found = [repr(v) for v in _levels(values)]
    return ", ".join(found[:limit]) + (", …" if len(found) > limit else "")


def numeric(df: pd.DataFrame, column: str) -> np.ndarray:
    """Return a numeric column as floats, blanks as NaN.

    Raises
    ------
    TrialDataError
        If it holds text or infinite values; a decimal comma is recognised and named.
    """
    return numbers_in(df[column], column)


def is_plain(values: pd.Series) -> bool:
    """Return whether a column holds NumPy's numbers or truth values: what needs no further question of pandas."""
    return isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf"


def numbers_in(values: pd.Series, column: str) -> np.ndarray:
    """Return what `numeric` does, of a column that has been taken out of its table already."""
    plain = is_plain(values)
    if not plain and not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
        number = pd.to_numeric(values.astype(object), errors="coerce")
        bad = (number.isna() & values.notna()).to_numpy()
        if bad.any():
            example = values[bad].iloc[0]
            hint = "Turn them into numbers or correct them."
            if isinstance(example, str) and "," in example:
                hint = f"They look like decimal commas: read the file with decimal=',' ({example!r} is not a number)."
            raise TrialDataError(
                f"Column {column!r} must hold numbers, but has {_shown(values[bad])} in "
                f"{rows_text(values.index, bad)}. {hint}"
            )
        values = number
    missing = {} if plain else {"na_value": np.nan}
    array = (values if plain else values.astype("Float64")).to_numpy(dtype=float, copy=True, **missing)
    infinite = np.isinf(array)
    if infinite.any():
        raise TrialDataError(
            f"Column {column!r} is infinite in {rows_text(values.index, infinite)}; correct or blank it."
        )
    return array


def durations(df: pd.DataFrame, column: str) -> np.ndarray:
    """Return follow-up times as floats; negative times are refused.

    Raises
    ------
    TrialDataError
        If a time is negative, a date or text.
    """
    if pd.api.types.is_datetime64_any_dtype(df[column]):
        raise TrialDataError(
            f"Column {column!r} holds dates; a survival time is a length. Subtract the date of randomisation: "
            "(end − start).dt.days."
        )
    if pd.api.types.is_timedelta64_dtype(df[column]):
        raise TrialDataError(
            f"Column {column!r} holds time differences; write them as numbers with .dt.days."
        )
    times = numeric(df, column)
    negative = times < 0
    if negative.any():
        raise TrialDataError(
            f"Column {column!r} has negative times in {rows_text(df.index, negative)}; "
            "a follow-up time starts at 0, so correct or leave out those patients."
        )
    return times


_EVENT_WORDS = {"dead", "died", "death", "deceased", "event", "yes", "true", "d"}


def _zeros_and_ones(df: pd.DataFrame, column: str) -> np.ndarray | None:
    try:
        array = numeric(df, column)
    except TrialDataError:
        return None
    return array if ((array == 0) | (array == 1) | np.isnan(array)).all() else None


def _wrong_code(df: pd.DataFrame, column: str, meaning: str, recipe: str) -> TrialDataError:
    return TrialDataError(f"Column {column!r} is coded {_shown(df[column])}; it must be {meaning}. {recipe}")


def events(df: pd.DataFrame, column: str) -> np.ndarray:
    """Return the event column as floats, 1 = died and 0 = censored, blanks as NaN.

    Raises
    ------
    TrialDataError
        If it is coded otherwise; the message shows the line of code that recodes it.
    """
    array = _zeros_and_ones(df, column)
    if array is not None:
        return array
    found = _levels(df[column])
    dead = next((v for v in found if str(v).strip().lower() in _EVENT_WORDS), None)
    if dead is None and len(found) == 2:
        dead = max(found, key=str)
    recipe = f"If {dead!r} means died, write: df[{column!r}] = (df[{column!r}] == {dead!r}).astype(int)"
    if dead is None:
        recipe = "Check that this is the right column."
    raise _wrong_code(df, column, "1 (died) or 0 (still alive when last seen)", recipe)


def treatment(df: pd.DataFrame, column: str) -> np.ndarray:
    """Return the treatment column as floats, 1 = active arm and 0 = control, blanks as NaN.

    Raises
    ------
    TrialDataError
        If it is coded otherwise, for instance 1 and 2, or in words.
    """
    array = _zeros_and_ones(df, column)
    if array is not None:
        return array
    found = _levels(df[column])
    active = found[-1] if found else 1
    control_words = ("placebo", "control", "standard", "usual care")
    words = [v for v in found if str(v).strip().lower() not in control_words]
    if words and all(isinstance(v, str) for v in found):
        active = words[0]
    elif found and all(not isinstance(v, str) for v in found):
        active = max(found)
    recipe = f"If {active!r} is the arm under test, write: df[{column!r}] = (df[{column!r}] == {active!r}).astype(int)"
    raise _wrong_code(df, column, "1 (active arm) or 0 (control)", recipe)


def _blank(values: pd.Series) -> np.ndarray:
    return np.isnan(values.to_numpy()) if is_plain(values) else np.asarray(values.array.isna())


def keep_complete(df: pd.DataFrame, columns: list[str], missing: str) -> tuple[pd.DataFrame, int]:
    """Leave out patients with a blank in ``columns``; never silently.

    Parameters
    ----------
    missing : {"warn", "raise"}
        Warn with the number left out and the columns to blame, or refuse.

    Returns
    -------
    (DataFrame, int)
        The complete rows, and how many were left out.
    """
    if missing not in ("warn", "raise"):
        raise TrialDataError(f"missing={missing!r} is not known; use missing='warn' or missing='raise'.")
    columns = list(dict.fromkeys(columns))
    blank = {column: _blank(df[column]) for column in columns}
    incomplete = np.logical_or.reduce(list(blank.values()))
    n_dropped = int(incomplete.sum())
    if n_dropped == 0:
        return df, 0
    blame = ", ".join(f"{c} ({int(blank[c].sum())})" for c in columns if blank[c].any())
    text = f"{n_dropped} of {len(df)} patients have a blank value in: {blame}."
    if missing == "raise":
        raise TrialDataError(f"{text} Fill the blanks, drop those patients yourself, or use missing='warn'.")
    if n_dropped == len(df):
        raise TrialDataError(f"{text} Nobody is left to analyse; leave that column out.")
    warnings.warn(f"{text} They are left out of this analysis.", MissingValuesWarning, stacklevel=3)
    return df.loc[~incomplete], n_dropped
