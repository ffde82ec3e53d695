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
    event = _best(df, _event_score)
    duration = _best(
        df.drop(columns=event if event is not None else []), lambda d, c: _time_score(d, c, event)
    )
    treatment = _best(df.drop(columns=[c for c in (event, duration) if c is not None]), _treatment_score)
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
    fit = [c for c in df.columns if c not in taken and _is_covariate(df, c)]
    guess["biomarker"] = next((c for c in fit if _is_biomarker(df, c)), None)
    guess["covariates"] = _room_for(df, fit, guess)
    if len(guess["covariates"]) < len(fit):
        reasons.append(
            f"Covariates: {len(guess['covariates'])} of {len(fit)} that could be, as there are too few events "
            "for all; "
            "choose by what is known to predict death."
        )
    return guess, reasons


def _room_for(df, fit: list, guess: dict) -> list:
    """Return the covariates there are enough events for: ten events a term of the model, and ten terms at most."""
    room = MAX_COVARIATES
    if guess["event_value"] is not None:
        wanted = guess["event_value"] if isinstance(guess["event_value"], list) else [guess["event_value"]]
        room = min(room, max(1, int(df[guess["event_col"]].isin(wanted).sum()) // 10))
    chosen = []
    for column in fit:
        terms = 1 if cells.is_numeric(df[column]) else _n_levels(df, column) - 1
        if terms <= room:
            chosen.append(column)
            room -= terms
    return chosen


def guess_unit(name, times: np.ndarray) -> tuple[str, str]:
    """Return the unit of a follow-up time from its column's name, else from its size, and which of the two."""
    unit = stems.unit_of(name)
    if unit is not None:
        return unit, "from its name"
    longest = float(np.nanmax(times)) if np.isfinite(times).any() else 0.0
    unit = "days" if longest > 150 else "months" if longest > 15 else "years"
    return unit, f"from its size only, at most {longest:g}: check it"


def _numbers(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    numbers = cells.plain_numbers(cells.strip(values))
    return pd.Series(np.nan, index=values.index) if numbers is None else numbers.astype(float)


def _best(df: pd.DataFrame, score):
    scores = {column: score(df, column) for column in df.columns}
    best = max(scores, key=scores.get, default=None)
    return best if best is not None and scores[best] > 0 else None


def _n_levels(df, column) -> int:
    return df[column].nunique()


def _event_score(df, column) -> float:
    name, n = column, _n_levels(df, column)
    if not 1 <= n <= 6 or stems.find(name, stems.BEFORE) or pd.api.types.is_datetime64_any_dtype(df[column]):
        return 0
    named = 3 if stems.find(name, stems.DEATH) else 2 if stems.find(name, stems.EVENT) else 0
    found = codes.levels(df[column])
    numbers = codes.numbers_in(found)
    if numbers is None:
        words = sum(bool(stems.find(v, stems.DIED) or stems.find(v, stems.ALIVE)) for v in found)
        if words == 0 or (not named and not any(stems.find(v, stems.DEATH) for v in found)):
            return 0
        return (named or 1) + 1
    if not named or not set(numbers) <= {0, 1, 2, 3, 4}:
        return 0
    return named + (1 if n == 2 else 0)


def _time_score(df, column, event) -> float:
    values = df[column]
    if pd.api.types.is_bool_dtype(values):
        return 0
    numbers = _numbers(values)
    known = numbers.dropna()
    if known.nunique() < 2 or stems.find(column, stems.IDENTIFIER):
        return 0
    if stems.find(column, stems.NO_FOLLOW_UP) and not stems.find(column, stems.UNTIL):
        return 0
    strong = bool(stems.find(column, stems.TIME)) or _only_a_unit(column)
    if not strong and (stems.unit_of(column) is None or stems.find(column, stems.RATE)):
        return 0
    score = (2.0 if strong else 1.0) + (known >= 0).mean() + min(known.nunique() / len(known), 0.5)
    if stems.find(column, "surv death os$ uberleb survie 生存"):
        score += 1
    if stems.find(column, "time t$ futime zeit temps tiempo follow duration 时间"):
        score += 0.5
    if event is not None and _stem_shared(column, event):
        score += 0.5
    if known.mean() > 1800 and known.between(1800, 2100).all():
        return 0  # calendar years
    return score


def _only_a_unit(column) -> bool:
    """Tell whether a column is called ``week`` or ``days`` and nothing else."""
    words = stems.plain(column).split()
    return len(words) == 1 and stems.unit_of(column) is not None


def _stem_shared(a, b) -> bool:
    words = set(stems.plain(a).split()) & set(stems.plain(b).split())
    return bool(words - {"time", "status", "of", "to"})


def _treatment_score(df, column) -> float:
    n = _n_levels(df, column)
    stem = stems.find(column, stems.TREATMENT)
    if n < 2 or n > 6 or not stem or stems.find(column, stems.BEFORE):
        values = codes.levels(df[column]) if n == 2 and not stems.find(column, stems.BEFORE) else []
        if len(values) == 2 and codes.numbers_in(values) is None:
            both = [bool(stems.find(v, stems.SURELY_CONTROL)) for v in values]
            return 1.0 if both[0] != both[1] else 0
        return 0
    weak = stem in stems.WEAK_TREATMENT.split()
    return (1.0 if weak else 2.0) + (1.0 if n == 2 else 0.0)


def _is_covariate(df, column) -> bool:
    values = df[column]
    n = _n_levels(df, column)
    if n < 2 or layout.looks_like_identifier(df, column) or values.isna().mean() > 0.4:
        return False
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        return False
    for table in (stems.EVENT, stems.DEATH, stems.LATER, stems.TREATMENT):
        if stems.find(column, table) and not stems.find(column, stems.KNOWN_BEFORE):
            return False
    if (stems.find(column, stems.TIME) or _only_a_unit(column)) and not stems.find(
        column, stems.NO_FOLLOW_UP
    ):
        return False
    if stems.find(column, f"{stems.START} {stems.STOP}") or stems.find(column, stems.PLACE):
        return False
    if not cells.is_numeric(values):
        if n > min(layout.MAX_LEVELS, max(2, len(df) // 5)):
            return False
        return not layout.are_dates(values)
    return True


def _is_biomarker(df, column) -> bool:
    return bool(stems.find(column, stems.BIOMARKER)) and _numbers(df[column]).nunique() > 6
