"""Guess which column of a learner's trial is which; every guess can be corrected."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from . import cells, codes, covariates, layout
from .any_table import usable
from .notes import Notes
from .vocabulary import before_start, means, other_endpoint, plain, rest_of, unit_of

MAX_COVARIATES = 10
FEW_VALUES = 6  # so few are codes or visits, seldom times
_ENDPOINTS = ("death", "recurrence", "relapse", "progression")


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


def guess_with_reasons(df: pd.DataFrame, ask: bool = False) -> tuple[dict, list[str]]:
    """Return the guess of `guess_columns` and a sentence for each part of it.

    With ``ask``, no active arm is guessed where only the order of the codes would decide.
    """
    if not isinstance(df, pd.DataFrame):
        raise TrialDataError(
            f"The trial must be a pandas DataFrame, one row a patient; got {type(df).__name__}."
        )
    df = usable(df)
    df = df.loc[:, ~df.columns.duplicated()]
    df = df.drop(columns=list(layout.interval_columns(df) or ()))
    reasons = Notes()
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
    times = None if duration is None else follow_up(df[duration])
    if duration is None:
        reasons.say("no_time")
    else:
        guess["duration_unit"], why = guess_unit(duration, times)
        if (
            pd.api.types.is_timedelta64_dtype(df[duration])
            or layout.lengths_in_days(df[duration]) is not None
        ):
            guess["duration_unit"], why = "days", "as its cells are lengths of time"
        elif unit_of(duration) is None and len((beside := layout.units_beside(df))[0]) == 1:
            guess["duration_unit"], why = beside[0][0], f"as column {beside[1]!r} says"
        reasons.say("time", column=repr(duration), unit=guess["duration_unit"], why=why)
    if event is None:
        reasons.say("no_event")
    else:
        died, why = codes.died_value(cells.strip(df[event]), event, times)
        guess["event_value"] = None if not died else died[0] if len(died) == 1 else died
        values = " and ".join(map(repr, died))
        reasons.say("died" if died else "died_untold", column=repr(event), values=values, why=why)
    if treatment is None:
        reasons.say("no_treatment")
    else:
        active, why, told = codes.active_value(df[treatment], treatment)
        if told or not ask:
            guess["active_value"] = active
            fields = {"column": repr(treatment), "active": repr(active), "why": why}
            reasons.say("arms_not_two" if active is None else "arms", **fields)
    known = None not in (duration, event)  # else any column may yet be one of these
    taken = {duration, event, treatment, layout.identifier_column(df), *layout.date_columns(df)}
    taken.update(layout.start_stop_columns(df) or ())
    fit = [c for c in df.columns if known and c not in taken and _is_covariate(df, c, n_levels[c])]
    outcomes = [c for c in fit if times is not None and _is_another_time(df[c], times, n_levels[c])]
    if outcomes:
        fit = [c for c in fit if c not in outcomes]
        reasons.say("other_outcomes", columns=", ".join(map(repr, outcomes)))
    unread = [c for c in fit if cells.is_numeric(df[c]) and not _are_numbers(df, c)]
    if unread:
        fit = [c for c in fit if c not in unread]
        reasons.say("odd_cells", columns=", ".join(map(repr, unread)))
    markers = (c for c in fit if means(c, "biomarker") and n_levels[c] > 6 and cells.is_numeric(df[c]))
    guess["biomarker"] = next(markers, None)
    guess["covariates"] = _room_for(df, fit, guess, n_levels)
    if len(guess["covariates"]) < len(fit):
        reasons.say("too_few_events", n=len(guess["covariates"]), all=len(fit))
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
    unit = unit_of(name)
    if unit is not None:
        return unit, "from its name"
    if not np.isfinite(times).any():
        return "days", "as its cells are no numbers yet"
    longest = float(np.nanmax(times))
    unit = "days" if longest > 150 else "months" if longest > 15 else "years"
    return unit, f"from its size only, at most {longest:g}: check it"


def follow_up(values: pd.Series) -> np.ndarray:
    """Return a column of times as numbers, in days where it holds lengths of time; NaN where it holds none."""
    if pd.api.types.is_timedelta64_dtype(values):
        return (values.dt.total_seconds() / 86400).to_numpy()
    if (lengths := layout.lengths_in_days(values)) is not None:
        return lengths
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float).to_numpy()
    numbers = cells.plain_numbers(cells.strip(values))
    return np.full(len(values), np.nan) if numbers is None else numbers.to_numpy(float)


def _best(columns: list, score):
    scores = {column: score(column) for column in columns}
    best = max(scores, key=scores.get, default=None)
    return best if best is not None and scores[best] > 0 else None


def _event_score(values, column, n: int) -> float:
    if not 1 <= n <= 6 or means(column, "before", "not_event"):
        return 0
    if pd.api.types.is_datetime64_any_dtype(values):
        return 0
    found = codes.levels(values)
    coded = _codes_mean(column, found)
    if coded == "arms":
        return 0
    named = 3 if means(column, "dead_or_alive") else 2 if means(column, "event") else 0
    if named and not codes.codes_in_name(column, found) and _of_something_else(column):
        named -= 1.5
    numbers = codes.numbers_in(found)
    if numbers is None:
        words = sum(codes.means_event(v) is not None or means(v, "yes", "no") for v in found)
        if words == 0 or (not named and not any(means(v, "dead_or_alive") for v in found)):
            return 0.5 if named and n <= 3 and len(plain(column).split()) == 1 else 0
        return (named or 1) + 1
    usual = set(numbers) if coded == "events" else set(numbers) & {0, 1, 2, 3, 4}
    if not named or not usual:
        return 0
    if usual < set(numbers):
        return 0.5 if len(usual) > 1 else 0  # a code for missing, a total: whoever looks at it will see
    return named + (1 if n == 2 else 0)


def _of_something_else(column) -> bool:
    """Tell whether a name has a word or number more than an event needs: living alone, dead at 30 days."""
    return bool(rest_of(column, "with_event") or re.search(r"\d", plain(column)))


def _time_score(values, column, n: int, event) -> float:
    if n < 2 or before_start(column) or pd.api.types.is_bool_dtype(values) or means(column, "identifier"):
        return 0
    endpoint = means(column, "endpoint_time")
    strong = means(column, "time") or endpoint or _only_a_unit(column)
    if (not strong and (unit_of(column) is None or means(column, "rate"))) or means(column, "banded"):
        return 0
    shared = event is not None and (_stem_shared(column, event) or _same_endpoint(column, event))
    told = endpoint or shared or means(column, "dead_or_alive", "event", "follow_up", "survival_time")
    if not told and rest_of(column, "with_time"):
        return 0  # a clamp time, weeks of gestation: it is not known what lasted
    times = follow_up(values)
    known = times[~np.isnan(times)]
    if not len(known):
        # Such as "12 months": prepare_trial will say what to change.
        if strong and not layout.are_dates(values):
            told = values.dropna().astype(str).str.contains(r"\d").mean() > 0.8
            return 1 if cells.is_numeric(values) else 0.5 if told and n > 6 else 0
        return 0
    if ((known >= 1800) & (known <= 2100)).all():
        return 0  # calendar years
    score = (2.0 if strong else 1.0) + (known >= 0).mean() + min(n / len(known), 0.5)
    if means(column, "other_endpoint"):
        score -= 1
    elif means(column, "survival_time"):
        score += 1
    if means(column, "time_itself"):
        score += 0.5
    if n <= FEW_VALUES and n < len(known) / 4:
        if endpoint:
            return 0  # PFS with 0 and 1 is no time
        score -= 1.5  # OS2 with 0 and 1, or five visits: only where there is no better one
    if shared:
        score += 1.5 if _same_endpoint(column, event) else 0.5
    if event is not None and other_endpoint(column, event):
        score = max(score - 2, 0.1)
    return score


def _same_endpoint(time, event) -> bool:
    """Tell whether a time and an event belong together: dtime and death, ttr and relapse."""
    return any(means(event, f"{of}_event") and means(time, f"{of}_time") for of in _ENDPOINTS)


def _only_a_unit(column) -> bool:
    """Tell whether a column is called ``week`` or ``days`` and nothing else."""
    unit = unit_of(column)
    return (
        unit is not None and len(plain(column).split()) == 1 and not rest_of(column, unit)
    )  # 年龄 is an age


def _codes_mean(column, found) -> str | None:
    """Tell what the codes are that a column's name spells out: "Treatment (0=drug, 1=placebo)" holds arms."""
    said = [word for word in codes.codes_in_name(column, found).values() if not means(word, "yes", "no")]
    if any(codes.means_event(word) is not None and not means(word, "control") for word in said):
        return "events"
    return "arms" if any(means(word, "control", "active") for word in said) else None


def _stem_shared(a, b) -> bool:
    words = set(plain(a).split()) & set(plain(b).split())
    return bool(words - {"time", "status", "of", "to"})


def _treatment_score(values, column, n: int) -> float:
    if means(column, "before") or not 2 <= n <= 6 or _codes_mean(column, codes.levels(values)) == "events":
        return 0
    named = 2.0 if means(column, "treatment") else 1.0 if means(column, "perhaps_treatment") else 0
    if named:
        return named + (n == 2)
    alone = len(plain(column).split()) == 1
    if n == 2 and (means(column, "surely_control") or (alone and means(column, "control_name"))):
        return 1.0  # "placebo" with 0 and 1
    found = codes.levels(values)
    is_control = [isinstance(v, str) and means(v, "surely_control") for v in found]
    return 1.0 if n == 2 and is_control[0] != is_control[1] else 0


def _is_another_time(values, times: np.ndarray, n: int) -> bool:
    """Times of two outcomes are equal in all patients who had neither."""
    if n < 10 or not cells.is_numeric(values):
        return False
    other = follow_up(values)
    known = np.isfinite(other) & np.isfinite(times)
    equal = np.isclose(other[known], times[known], rtol=1e-9, atol=0) & (times[known] > 0)
    return known.sum() >= 10 and equal.mean() > 0.1 and equal.sum() >= 5


def _are_numbers(df, column) -> bool:
    try:
        covariates.numbers(df, column, "Covariates", Notes())
    except TrialDataError:
        return False
    return True


def _is_covariate(df, column, n: int) -> bool:
    values = df[column]
    if n < 2 or layout.looks_like_identifier(df, column) or values.isna().mean() > 0.4:
        return False
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        return False
    if covariates.sounds_later(column):
        return False
    if means(column, "treatment", "perhaps_treatment") and not means(column, "known_before", "not_event"):
        return False
    if (means(column, "time") or _only_a_unit(column)) and not before_start(column):
        return False
    if means(column, "response") and n <= FEW_VALUES:
        return False
    if means(column, "start", "stop"):
        return False
    if means(column, "place") and not means(column, "known_before"):
        return False
    if not cells.is_numeric(values):
        if n > min(layout.MAX_LEVELS, max(2, len(df) // 5)):
            return False
        return not layout.are_dates(values)
    return True
