"""Guess which column of a learner's trial is which; every guess can be corrected."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..frames import TrialDataError
from . import cells, codes, layout, stems

MAX_COVARIATES = 10


def guess_columns(df: pd.DataFrame) -> dict:
    """Guess the columns of a trial table from their names and values, as arguments of `analyse_trial`.

    Parameters
    ----------
    df : DataFrame
        One row a patient, as `read_trial` returns.

    Returns
    -------
    dict
        ``duration_col, duration_unit, event_col, event_value, treatment, active_value, covariates, biomarker``. What
        cannot be told is None, and ``covariates`` may be empty. It is a guess: look at each before you go on.

    Raises
    ------
    TrialDataError
        If ``df`` is no table.

    Examples
    --------
    >>> import alsteach as al
    >>> guess = al.guess_columns(al.load_veteran())
    >>> guess["duration_col"], guess["duration_unit"], guess["event_col"], guess["treatment"]
    ('time_days', 'days', 'died', 'treated')
    """
    return guess_with_reasons(df)[0]


def guess_with_reasons(df: pd.DataFrame) -> tuple[dict, list[str]]:
    """Return the guess of `guess_columns` and a sentence for each part of it."""
    if not isinstance(df, pd.DataFrame):
        raise TrialDataError(
            f"The trial must be a pandas DataFrame, one row a patient; got {type(df).__name__}."
        )
    df = df.loc[:, ~df.columns.duplicated()]
    df = df.drop(columns=list(layout.interval_columns(df) or ()))
    reasons: list[str] = []
    n_levels = {column: df[column].nunique() for column in df.columns}
    left = list(df.columns)
    event = _best(left, lambda column: _event_score(df[column], column, n_levels[column]))
    left = [column for column in left if column != event]
    duration = _best(left, lambda column: _time_score(df[column], column, n_levels[column], event))
    left = [column for column in left if column != duration]
    treatment = _best(left, lambda column: _treatment_score(df[column], column, n_levels[column]))
    guess = dict.fromkeys(
        ("duration_col", "duration_unit", "event_col", "event_value", "treatment", "active_value")
    )
    guess["duration_col"], guess["event_col"], guess["treatment"] = duration, event, treatment
    times = None if duration is None else _numbers(df[duration]).to_numpy(float)
    if duration is None:
        reasons.append("No column looks like a follow-up time.")
    else:
        guess["duration_unit"], why = guess_unit(duration, times)
        reasons.append(f"Follow-up time: {duration!r}, in {guess['duration_unit']} ({why}).")
    if event is None:
        reasons.append("No column looks like the event.")
    else:
        died, why = codes.died_value(df[event], event, times)
        guess["event_value"] = None if not died else died[0] if len(died) == 1 else died
        which = (
            "what means the event cannot be told"
            if not died
            else f"{' and '.join(map(repr, died))} means the event"
        )
        reasons.append(f"Event: {event!r}, {which} ({why}).")
    if treatment is None:
        reasons.append("No column looks like a treatment with two arms.")
    else:
        guess["active_value"], why = codes.active_value(df[treatment])
        if guess["active_value"] is None:
            reasons.append(f"Treatment: {treatment!r}, which does not have two values.")
        else:
            reasons.append(f"Treatment: {treatment!r}, {guess['active_value']!r} is the active arm ({why}).")
    taken = (duration, event, treatment, layout.identifier_column(df), *(layout.start_stop_columns(df) or ()))
    fit = [c for c in df.columns if c not in taken and _is_covariate(df, c, n_levels[c])]
    markers = (
        c for c in fit if stems.find(c, stems.BIOMARKER) and n_levels[c] > 6 and cells.is_numeric(df[c])
    )
    guess["biomarker"] = next(markers, None)
    guess["covariates"] = _room_for(df, fit, guess, n_levels)
    if len(guess["covariates"]) < len(fit):
        reasons.append(
            f"Covariates: {len(guess['covariates'])} of {len(fit)} that could be, as there are too few events "
            "for all; choose by what is known to predict death."
        )
    return guess, reasons


def _room_for(df, fit: list, guess: dict, n_levels: dict) -> list:
    """Return the covariates there are enough events for: ten events a term of the model, and ten terms at most."""
    room = MAX_COVARIATES
    if guess["event_value"] is not None:
        wanted = guess["event_value"] if isinstance(guess["event_value"], list) else [guess["event_value"]]
        room = min(room, max(1, int(df[guess["event_col"]].isin(wanted).sum()) // 10))
    chosen = []
    for column in fit:
        terms = 1 if cells.is_numeric(df[column]) else n_levels[column] - 1
        if terms <= room:
            chosen.append(column)
            room -= terms
    return chosen


def guess_unit(name, times: np.ndarray) -> tuple[str, str]:
    """Return the unit of a follow-up time from its column's name, else from its size, and which of the two."""
    unit = stems.unit_of(name)
    if unit is not None:
        return unit, "from its name"
    if not np.isfinite(times).any():
        return "days", "as its cells are no numbers yet"
    longest = float(np.nanmax(times))
    unit = "days" if longest > 150 else "months" if longest > 15 else "years"
    return unit, f"from its size only, at most {longest:g}: check it"


def _numbers(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    numbers = cells.plain_numbers(cells.strip(values))
    return pd.Series(np.nan, index=values.index) if numbers is None else numbers.astype(float)


def _best(columns: list, score):
    scores = {column: score(column) for column in columns}
    best = max(scores, key=scores.get, default=None)
    return best if best is not None and scores[best] > 0 else None


def _event_score(values, column, n: int) -> float:
    if not 1 <= n <= 6 or stems.find(column, stems.BEFORE) or stems.find(column, stems.NOT_EVENT):
        return 0
    if pd.api.types.is_datetime64_any_dtype(values):
        return 0
    named = 3 if stems.find(column, stems.DEATH) else 2 if stems.find(column, stems.EVENT) else 0
    found = codes.levels(values)
    numbers = codes.numbers_in(found)
    if numbers is None:
        words = sum(bool(stems.find(v, stems.DIED) or stems.find(v, stems.ALIVE)) for v in found)
        if words == 0 or (not named and not any(stems.find(v, stems.DEATH) for v in found)):
            return 0
        return (named or 1) + 1
    if not named or not set(numbers) <= {0, 1, 2, 3, 4}:
        return 0
    return named + (1 if n == 2 else 0)


def _time_score(values, column, n: int, event) -> float:
    before = stems.find(column, stems.NO_FOLLOW_UP) and not stems.find(column, stems.UNTIL)
    if n < 2 or before or pd.api.types.is_bool_dtype(values) or stems.find(column, stems.IDENTIFIER):
        return 0
    strong = bool(stems.find(column, stems.TIME)) or _only_a_unit(column)
    if not strong and (stems.unit_of(column) is None or stems.find(column, stems.RATE)):
        return 0
    known = _numbers(values).dropna()
    if known.empty:
        # Such as "12 months": prepare_trial will say what to change.
        return 1 if cells.is_numeric(values) and strong else 0
    if known.between(1800, 2100).all():
        return 0  # calendar years
    score = (2.0 if strong else 1.0) + (known >= 0).mean() + min(n / len(known), 0.5)
    if stems.find(column, "surv death os$ uberleb survie 生存"):
        score += 1
    if stems.find(column, "time t$ futime zeit temps tiempo follow duration 时间"):
        score += 0.5
    if event is not None and _stem_shared(column, event):
        score += 0.5
    return score


def _only_a_unit(column) -> bool:
    """Tell whether a column is called ``week`` or ``days`` and nothing else."""
    words = stems.plain(column).split()
    return len(words) == 1 and stems.unit_of(column) is not None


def _stem_shared(a, b) -> bool:
    words = set(stems.plain(a).split()) & set(stems.plain(b).split())
    return bool(words - {"time", "status", "of", "to"})


def _treatment_score(values, column, n: int) -> float:
    if stems.find(column, stems.BEFORE) or not 2 <= n <= 6:
        return 0
    stem = stems.find(column, stems.TREATMENT)
    if stem:
        return (1.0 if stem in stems.WEAK_TREATMENT.split() else 2.0) + (1.0 if n == 2 else 0.0)
    found = codes.levels(values)
    is_control = [isinstance(v, str) and bool(stems.find(v, stems.SURELY_CONTROL)) for v in found]
    return 1.0 if n == 2 and is_control[0] != is_control[1] else 0


def _is_covariate(df, column, n: int) -> bool:
    values = df[column]
    if n < 2 or layout.looks_like_identifier(df, column) or values.isna().mean() > 0.4:
        return False
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        return False
    outcome = any(
        stems.find(column, table) for table in (stems.EVENT, stems.DEATH, stems.LATER, stems.TREATMENT)
    )
    if outcome and not stems.find(column, stems.KNOWN_BEFORE) and not stems.find(column, stems.NOT_EVENT):
        return False
    if (stems.find(column, stems.TIME) or _only_a_unit(column)) and not stems.find(
        column, stems.NO_FOLLOW_UP
    ):
        return False
    if stems.find(column, f"{stems.START} {stems.STOP}"):
        return False
    if stems.find(column, stems.PLACE) and not stems.find(column, stems.KNOWN_BEFORE):
        return False
    if not cells.is_numeric(values):
        if n > min(layout.MAX_LEVELS, max(2, len(df) // 5)):
            return False
        return not layout.are_dates(values)
    return True
