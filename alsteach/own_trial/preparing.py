"""From a learner's table and a choice of columns to the table that the course analyses."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from . import cells, codes, layout
from . import covariates as explanatory
from .any_table import usable
from .notes import Notes
from .vocabulary import DAYS_PER, before_start, other_endpoint

# What the controls are called, for panels and for the sentences below.
ROLES = {
    "duration_col": "Follow-up time",
    "duration_unit": "Unit of time",
    "event_col": "Event",
    "event_value": "Which entry means died",
    "treatment": "Treatment",
    "active_value": "Active arm",
    "covariates": "Covariates",
    "biomarker": "Biomarker",
}
MAX_YEARS = 150


def prepare_trial(
    df: pd.DataFrame,
    *,
    duration_col,
    event_col,
    treatment,
    duration_unit: str = "days",
    event_value=None,
    active_value=None,
    covariates=(),
    biomarker=None,
) -> pd.DataFrame:
    """Turn a learner's table into the course's: ``time_days``, ``died`` and ``treated`` (0/1), then the covariates.

    Parameters
    ----------
    df : DataFrame
        One row a patient.
    duration_col, event_col, treatment : column names
        Follow-up time, event and treatment.
    duration_unit : {"days", "weeks", "months", "years"}
        A month is 30.44 days, a year 365.25.
    event_value, active_value : value or list of values, optional
        What means the event, and which arm is the active one; found by the usual codes and words if None.
    covariates : sequence of column names
    biomarker : column name, optional
        A number that may change the treatment's effect.

    Returns
    -------
    DataFrame
        Blank covariates stay blank; patients whose time, event or treatment is blank are left out. ``attrs["notes"]``
        says in sentences what was done and assumed, ``attrs["labels"]`` what was chosen: ``duration_col, unit,
        event_col, event_value, treatment, active_value, control_value, covariates, biomarker`` (the last two as
        the returned table calls them).

    Raises
    ------
    TrialDataError
        Naming the column or the control, what is wrong with it and what to do.
    """
    covariates = columns_in(covariates)
    roles = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    df = usable(df)
    _check_choice(df, roles, covariates, biomarker)
    notes = Notes()
    df = _leave_out_blank(df, roles, notes)
    measured = _times(df, duration_col, duration_unit, notes)
    times = one_time(measured)
    apart = int((times != measured).sum())
    if apart:
        notes.say("one_time", n=apart, column=repr(duration_col))
    if duration_unit != "days":
        times = times.round(9)  # 402 days / 365.25 * 365.25 are 402 days
    died, died_values = _died(df, event_col, event_value, times, duration_col, notes)
    treated, arms = _treated(df, treatment, active_value, notes)
    outcome = pd.DataFrame({"time_days": times, "died": died, "treated": treated}, index=df.index)
    chosen = list(dict.fromkeys([*covariates, *([biomarker] if biomarker is not None else [])]))
    prepared, names = explanatory.add(outcome, df, chosen, biomarker, roles, notes)
    _notes_on_events(prepared, names, arms, notes)
    layout.note_repeats(df, duration_col, notes)
    person = layout.shared_patients(df, roles.values())
    if person is not None:
        notes.say("rows_of_a_patient", rows=len(df), patients=df[person].nunique(), column=repr(person))
    elif (repeated := layout.repeated_numbers(df)) is not None:
        notes.say("numbers_repeated", column=repr(repeated))
    prepared.attrs = {
        "notes": list(notes),
        "times_made_equal": apart > 0,
        "patient": person,
        "labels": {
            "duration_col": duration_col,
            "unit": duration_unit,
            "event_col": event_col,
            "event_value": died_values[0] if len(died_values) == 1 else died_values,
            "treatment": treatment,
            "active_value": arms[1],
            "control_value": arms[0],
            "covariates": [names[c] for c in covariates if c in names],
            "biomarker": names.get(biomarker),
        },
    }
    return prepared


def columns_in(chosen) -> list:
    """Return a choice of columns as a list without repeats: None, one name, or any sequence of names.

    >>> columns_in(None), columns_in("age"), columns_in(np.array(["age", "sex", "age"]))
    ([], ['age'], ['age', 'sex'])
    """
    if chosen is None:
        return []
    found = [chosen] if isinstance(chosen, str) or not isinstance(chosen, Iterable) else list(chosen)
    return [plain(c) for i, c in enumerate(found) if c not in found[:i]]


def plain_value(value):
    """Return a choice of entries as plain Python: a list for any sequence, 1 for numpy's 1."""
    if isinstance(value, np.ndarray | pd.Series | pd.Index | tuple | set | frozenset):
        return [plain(each) for each in value]
    return plain(value)


def plain(value):
    return value.item() if isinstance(value, np.number | np.bool_ | np.str_) else value


def one_time(times: np.ndarray) -> np.ndarray:
    """Return times among which those that differ by rounding only are one time, as R's `timefix` makes them.

    >>> one_time(np.array([0.3, 0.1 + 0.2, 0.4])).tolist()
    [0.3, 0.3, 0.4]
    """
    distinct = np.unique(times)
    apart = np.diff(distinct) > np.sqrt(np.finfo(float).eps) * np.abs(distinct).mean()
    first = distinct[np.append(True, apart)]
    return first[np.searchsorted(first, times, side="right") - 1]


def _check_choice(df, roles, covariates, biomarker) -> None:
    if not isinstance(df, pd.DataFrame):
        raise TrialDataError(
            f"The trial must be a pandas DataFrame, one row a patient; got {type(df).__name__}."
        )
    for column in (*roles.values(), *covariates, biomarker):
        if not isinstance(column, Hashable):
            raise TrialDataError(f"{column!r} is no name of a column; choose one column in each control.")
    layout.refuse_two_times(df, roles["duration_col"], ROLES["duration_col"])
    if roles["duration_col"] is None:
        raise TrialDataError(layout.advice_on_time(df, ROLES["duration_col"]))
    checks.check_columns(df, [roles["duration_col"]])
    layout.refuse_other_layouts(df, roles["duration_col"], roles["treatment"])
    for role, column in roles.items():
        if column is None:
            need = "who died" if role == "event_col" else "which arm each patient was in"
            raise TrialDataError(f"No column is chosen in {ROLES[role]!r}; choose the one that says {need}.")
    checks.check_columns(df, [*roles.values(), *covariates, *([biomarker] if biomarker is not None else [])])
    chosen: dict = {}
    for role, column in roles.items():
        if column in chosen:
            raise TrialDataError(
                f"Column {column!r} is chosen in {ROLES[chosen[column]]!r} and in {ROLES[role]!r}; each needs "
                "its own column."
            )
        chosen[column] = role
    for column in dict.fromkeys([*covariates, biomarker]):
        if column in chosen:
            where = ROLES["biomarker"] if column == biomarker else ROLES["covariates"]
            raise TrialDataError(
                f"Column {column!r} is chosen in {ROLES[chosen[column]]!r} and in {where!r}; take it out of "
                f"{where!r}."
            )


def _leave_out_blank(df, roles, notes) -> pd.DataFrame:
    event = cells.strip(df[roles["event_col"]])
    if event.nunique() == 1 and event.isna().any():
        raise TrialDataError(
            f"Column {roles['event_col']!r} has {codes.levels(event)[0]!r} in {event.notna().sum()} rows and is blank "
            f"in {event.isna().sum()}: if blank means alive, write 0 there (or another word); if it means unknown, "
            "delete those rows."
        )
    layout.refuse_time_of_some(df, roles["duration_col"], roles["event_col"], ROLES["duration_col"])
    blank = pd.DataFrame(
        {column: cells.strip(df[column]).isna().to_numpy() for column in roles.values()}, index=df.index
    )
    out = blank.any(axis=1).to_numpy()
    if out.all():
        columns = ", ".join(repr(c) for c in roles.values() if blank[c].any())
        raise TrialDataError(
            f"Every patient has a blank cell in {columns}; fill them in, or choose other columns."
        )
    few = {roles["treatment"]: 0.3}  # of arms hardly any is unknown in a trial
    merged = next((c for c in roles.values() if blank[c].mean() > few.get(c, 0.6) and len(df) > 10), None)
    if merged is not None:
        raise TrialDataError(
            f"Column {merged!r} is blank in {blank[merged].sum()} of {len(df)} rows: too few would be left. If "
            "cells were merged in the spreadsheet, unmerge them and fill each row; if several rows belong to one "
            "patient, make one row of them."
        )
    if out.any():
        where = ", ".join(
            f"{column!r} ({blank[column].sum()})" for column in roles.values() if blank[column].any()
        )
        rows = checks.rows_text(df.index, out)
        notes.say("left_out", n=out.sum(), patients=len(df), columns=where, rows=rows)
    return df.loc[~out]


def _times(df, column, unit, notes) -> np.ndarray:
    values = df[column]
    if layout.are_dates(values) or layout.are_numbered_dates(values):
        raise TrialDataError(layout.advice_on_dates(df, column))
    if unit not in list(DAYS_PER):
        raise TrialDataError(
            f"{ROLES['duration_unit']} {unit!r} is not known; choose one of {', '.join(DAYS_PER)}."
        )
    if pd.api.types.is_timedelta64_dtype(values):
        times = values.dt.total_seconds().to_numpy() / 86400
        notes.say("differences", column=repr(column))
        unit = "days"
    elif (lengths := layout.lengths_in_days(values)) is not None:
        times = lengths
        notes.say("lengths", column=repr(column), example=repr(values.dropna().iloc[0]))
        unit = "days"
    else:
        times = explanatory.numbers(df, column, ROLES["duration_col"], notes)
    negative = times < 0
    if negative.any():
        raise TrialDataError(
            f"Column {column!r} has negative times in {checks.rows_text(df.index, negative)}; follow-up starts "
            "at 0. Correct them, or delete those rows if the patients were never followed."
        )
    if len(np.unique(times)) == 1:
        raise TrialDataError(
            f"Column {column!r} is {times[0]:g} for every patient, so nobody was followed longer than another; "
            f"choose the column that holds each patient's own follow-up in {ROLES['duration_col']!r}."
        )
    days = times * DAYS_PER[unit]
    if days.max() > MAX_YEARS * 365.25:
        raise TrialDataError(
            f"Column {column!r} reaches {times.max():g}, which in {unit} is {days.max() / 365.25:,.0f} years; "
            f"choose another {ROLES['duration_unit']!r}, or another column."
        )
    if (
        (repeated := (times == times.max()).sum()) > 1
        and set(f"{times.max():.0f}") == {"9"}
        and times.max() > 998
    ):
        notes.doubt("nines", n=repeated, time=f"{times.max():g}", column=repr(column))
    if before_start(column):
        notes.doubt("before_start", column=repr(column), control=repr(ROLES["duration_col"]))
    if days.max() < 7:
        notes.doubt("short", days=f"{days.max():.2g}", control=repr(ROLES["duration_unit"]))
    if (days == 0).any():
        notes.say("day_zero", n=(days == 0).sum(), rows=checks.rows_text(df.index, days == 0))
    return days


def _matching(values: pd.Series, wanted, column, role) -> tuple[np.ndarray, list]:
    """Return which rows hold one of the ``wanted`` values, and those values as the column spells them."""
    wanted = plain_value(wanted)
    wanted = wanted if isinstance(wanted, list) else [wanted]
    found = codes.levels(values)
    absent = [value for value in wanted if not any(codes.same(value, level) for level in found)]
    if absent or not wanted:
        shown = ", ".join(repr(v) for v in found[:8])
        raise TrialDataError(
            f"{', '.join(map(repr, absent)) or 'Nothing'} chosen in {ROLES[role]!r} is no value of column "
            f"{column!r}; choose among {shown}."
        )
    chosen = [level for level in found if any(codes.same(value, level) for value in wanted)]
    return values.isin(chosen).to_numpy(), chosen


def _counts(values: pd.Series, limit: int = 6) -> str:
    found = codes.levels(values)
    shown = ", ".join(f"{level!r} ({(values == level).sum()})" for level in found[:limit])
    return shown + (", …" if len(found) > limit else "")


def _died(df, column, event_value, times, time_name, notes) -> tuple[np.ndarray, list]:
    values = _tidy_codes(df[column], notes)
    usual, why = codes.died_value(values, column, times)
    if event_value is None and not usual:
        raise TrialDataError(_advice_on_events(values, column, why))
    is_died, chosen = _matching(values, usual if event_value is None else event_value, column, "event_value")
    words = " or ".join(repr(v) for v in chosen)
    fields = {"event": words, "column": repr(column), "why": why, "control": repr(ROLES["event_value"])}
    if chosen == usual and why != codes.USUAL_EVENT:
        notes.say("event", **fields)
    elif usual and set(chosen) != set(usual):
        notes.doubt("event_unexpected", **fields, expected=" or ".join(map(repr, usual)))
    elif not usual:
        notes.say("event_untold", **fields)
    if other_endpoint(time_name, column):
        notes.doubt("other_endpoint", time=repr(time_name), event=repr(column))
    censored = codes.censored_by_length(values, times)
    if chosen == usual == [censored] and "followed longest" not in why and codes.stands_out(values, times):
        notes.doubt("event_longer", **fields)
    others = [v for v in codes.levels(values) if v not in chosen]
    if len(others) > 1:
        notes.say("other_values", column=repr(column), others=", ".join(map(repr, others)))
    if not is_died.any():
        raise TrialDataError(
            f"No patient has {words} in {column!r}, so there is no event to analyse; check the column."
        )
    if is_died.all():
        notes.say("nobody_censored", **fields)
    return is_died.astype(int), chosen


def _tidy_codes(values: pd.Series, notes: Notes) -> pd.Series:
    """Return codes without surrounding spaces, one spelling each: ``Drug`` and ``drug`` are one arm."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    values = cells.strip(values)
    if values.dtype != object:
        return values
    spellings: dict[str, list] = {}
    for value in values.value_counts().index:
        spellings.setdefault(codes.spelled(value), []).append(value)
    several = {key: found for key, found in spellings.items() if len(found) > 1}
    for found in several.values():
        notes.say("same_spelling", values=" and ".join(map(repr, found)), column=repr(values.name))
    one = {other: found[0] for found in several.values() for other in found[1:]}
    return values.map(lambda value: one.get(value, value)) if one else values


def _advice_on_events(values, column, why) -> str:
    found = codes.levels(values)
    change = f"choose another column in {ROLES['event_col']!r}"
    if layout.are_dates(values):
        return (
            f"Column {column!r} holds dates. The event must say who died, not when: add a column with 1 for "
            f"died and 0 for alive when last seen, or {change}."
        )
    if len(found) == 1 and codes.numbers_in(found) == [0.0]:
        return (
            f"Column {column!r} is 0 for every patient: no event at all, so there is nothing to compare; "
            f"{change}."
        )
    if len(found) == 1:
        return (
            f"Column {column!r} is {found[0]!r} for every patient; choose it in {ROLES['event_value']!r} if it "
            f"means died, or {change}."
        )
    if len(found) > 10:
        return (
            f"Column {column!r} has {len(found)} different values; the event needs two, such as died and "
            f"alive: {change}."
        )
    return (
        f"Column {column!r} holds {_counts(values)}, and it cannot be told which of them means died ({why}); "
        f"choose it in {ROLES['event_value']!r}."
    )


def _treated(df, column, active_value, notes) -> tuple[np.ndarray, tuple]:
    values = _tidy_codes(df[column], notes)
    found = codes.levels(values)
    if len(found) == 1:
        raise TrialDataError(
            f"Column {column!r} is {found[0]!r} for every patient; a comparison needs two arms, so choose "
            f"another column in {ROLES['treatment']!r}."
        )
    if len(found) != 2:
        many = len(found) > 12
        remedy = (
            f"choose another column in {ROLES['treatment']!r}"
            if many
            else "keep two of them, or join arms in a new column with two values, and choose that in "
            f"{ROLES['treatment']!r}"
        )
        shown = "" if many else f" ({_counts(values, 12)})"
        raise TrialDataError(
            f"Column {column!r} has {len(found)} different values{shown}; two arms can be compared here: "
            f"{remedy}."
        )
    usual, why, _ = codes.active_value(values, column)
    if active_value is None:
        active_value = usual
    is_active, chosen = _matching(values, active_value, column, "active_value")
    if len(chosen) != 1:
        raise TrialDataError(
            f"{ROLES['active_value']!r} must be one of the two values of {column!r}, not both."
        )
    control = next(v for v in found if v != chosen[0])
    fields = {"active": repr(chosen[0]), "column": repr(column), "why": why}
    if not codes.same(chosen[0], usual):
        notes.doubt("active_unexpected", **fields, expected=repr(usual))
    elif why != codes.USUAL_ARM:
        notes.say("active", **fields, other=repr(control), control=repr(ROLES["active_value"]))
    return is_active.astype(int), (control, chosen[0])


def _notes_on_events(prepared, names, arms, notes) -> None:
    deaths = prepared.groupby("treated")["died"].sum()
    for arm, value in enumerate(arms):
        if deaths[arm] == 0:
            notes.say("nobody_in_arm", arm=repr(value))
    n_terms = sum(
        prepared[name].cat.categories.size - 1 if isinstance(prepared[name].dtype, pd.CategoricalDtype) else 1
        for name in names.values()
    )
    events = int(prepared["died"].sum())
    if events < 10:
        notes.say("few_events", n=events)
    if n_terms and events < 10 * n_terms:
        notes.say("few_per_term", n=events, terms=n_terms)
