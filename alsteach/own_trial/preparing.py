"""From a learner's table and a choice of columns to the table that the course analyses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import frames
from ..frames import TrialDataError
from . import cells, codes, layout, stems
from . import covariates as explanatory

# What the controls are called, for panels and for the sentences below.
ROLES = {
    "duration_col": "Follow-up time",
    "duration_unit": "Unit of time",
    "event_col": "Event",
    "event_value": "What means the event",
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
    covariates = (
        [covariates]
        if isinstance(covariates, str)
        else list(dict.fromkeys(() if covariates is None else covariates))
    )
    roles = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    _check_choice(df, roles, covariates, biomarker)
    notes: list[str] = []
    df = _leave_out_blank(df, roles, notes)
    times = _times(df, duration_col, duration_unit, notes)
    died, died_values = _died(df, event_col, event_value, times, notes)
    treated, arms = _treated(df, treatment, active_value, notes)
    outcome = pd.DataFrame({"time_days": times, "died": died, "treated": treated}, index=df.index)
    chosen = list(dict.fromkeys([*covariates, *([biomarker] if biomarker is not None else [])]))
    prepared, names = explanatory.add(outcome, df, chosen, biomarker, roles, notes)
    _notes_on_events(prepared, names, arms, notes)
    layout.note_repeats(df, duration_col, notes)
    prepared.attrs = {
        "notes": notes,
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


def _check_choice(df, roles, covariates, biomarker) -> None:
    if not isinstance(df, pd.DataFrame):
        raise TrialDataError(
            f"The trial must be a pandas DataFrame, one row a patient; got {type(df).__name__}."
        )
    if roles["duration_col"] is None:
        raise TrialDataError(layout.advice_on_time(df, ROLES["duration_col"]))
    frames.check_columns(df, [roles["duration_col"]])
    layout.refuse_other_layouts(df, roles["duration_col"], roles["treatment"])
    for role, column in roles.items():
        if column is None:
            need = "who died" if role == "event_col" else "which arm each patient was in"
            raise TrialDataError(f"No column is chosen in {ROLES[role]!r}; choose the one that says {need}.")
    frames.check_columns(df, [*roles.values(), *covariates, *([biomarker] if biomarker is not None else [])])
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
    blank = pd.DataFrame(
        {column: cells.strip(df[column]).isna().to_numpy() for column in roles.values()}, index=df.index
    )
    out = blank.any(axis=1).to_numpy()
    if out.all():
        columns = ", ".join(repr(c) for c in roles.values() if blank[c].any())
        raise TrialDataError(
            f"Every patient has a blank cell in {columns}; fill them in, or choose other columns."
        )
    if out.any():
        where = ", ".join(
            f"{column!r} ({blank[column].sum()})" for column in roles.values() if blank[column].any()
        )
        notes.append(
            f"{out.sum()} of {len(df)} patients left out, as a cell is blank in {where}: "
            f"{frames.rows_text(df.index, out)}. If those cells are blank for a reason, leaving the patients "
            "out may mislead."
        )
    return df.loc[~out]


def _times(df, column, unit, notes) -> np.ndarray:
    if unit not in stems.DAYS_PER:
        raise TrialDataError(
            f"{ROLES['duration_unit']} {unit!r} is not known; choose one of {', '.join(stems.DAYS_PER)}."
        )
    values = df[column]
    if pd.api.types.is_datetime64_any_dtype(values) or layout.are_dates(values):
        raise TrialDataError(layout.advice_on_dates(df, column))
    if pd.api.types.is_timedelta64_dtype(values):
        times = values.dt.total_seconds().to_numpy() / 86400
        notes.append(f"The time differences in {column!r} are counted in days.")
        unit = "days"
    else:
        times = explanatory.numbers(df, column, ROLES["duration_col"], notes)
    _refuse_infinite(df, column, times)
    negative = times < 0
    if negative.any():
        raise TrialDataError(
            f"Column {column!r} has negative times in {frames.rows_text(df.index, negative)}; follow-up starts "
            "at 0. Correct them, or delete those rows if the patients were never followed."
        )
    if len(np.unique(times)) == 1:
        raise TrialDataError(
            f"Column {column!r} is {times[0]:g} for every patient, so nobody was followed longer than another; "
            f"choose the column that holds each patient's own follow-up in {ROLES['duration_col']!r}."
        )
    days = times * stems.DAYS_PER[unit]
    if days.max() > MAX_YEARS * 365.25:
        raise TrialDataError(
            f"Column {column!r} reaches {times.max():g}, which in {unit} is {days.max() / 365.25:,.0f} years; "
            f"choose another {ROLES['duration_unit']!r}, or another column."
        )
    if days.max() < 7:
        notes.append(f"The longest follow-up is {days.max():.2g} days: check {ROLES['duration_unit']!r}.")
    if (days == 0).any():
        notes.append(
            f"{(days == 0).sum()} patients have a follow-up of 0 (in {frames.rows_text(df.index, days == 0)}). "
            "They are kept, as randomised: who died on day 0 counts as a death, who was not followed at all "
            "tells nothing."
        )
    return days


def _refuse_infinite(df, column, values) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        raise TrialDataError(
            f"Column {column!r} is infinite in {frames.rows_text(df.index, infinite)}; correct those cells or "
            "leave them blank."
        )


def _matching(values: pd.Series, wanted, column, role) -> tuple[np.ndarray, list]:
    """Return which rows hold one of the ``wanted`` values, and those values as the column spells them."""
    wanted = (
        list(wanted)
        if isinstance(wanted, list | tuple | set | frozenset | np.ndarray | pd.Series)
        else [wanted]
    )
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


def _died(df, column, event_value, times, notes) -> tuple[np.ndarray, list]:
    values = _tidy_codes(df[column], notes)
    usual, why = codes.died_value(values, column, times)
    if event_value is None and not usual:
        raise TrialDataError(_advice_on_events(values, column, why))
    is_died, chosen = _matching(values, usual if event_value is None else event_value, column, "event_value")
    words = " or ".join(repr(v) for v in chosen)
    if chosen == usual and why != codes.USUAL_EVENT:
        notes.append(
            f"{words} in {column!r} is taken as the event ({why}); if not, change {ROLES['event_value']!r}."
        )
    elif usual and not set(chosen) & set(usual):
        notes.append(
            f"{words} in {column!r} is taken as the event, as chosen, though {' or '.join(map(repr, usual))} "
            f"would be expected ({why})."
        )
    others = [v for v in codes.levels(values) if v not in chosen]
    if len(others) > 1:
        notes.append(
            f"All other values of {column!r} ({', '.join(map(repr, others))}) count as censored. If one of "
            "them is another way to leave the trial that prevents the event, such as a transplant, this is "
            "one choice among several."
        )
    if not is_died.any():
        raise TrialDataError(
            f"No patient has {words} in {column!r}, so there is no event to analyse; check the column."
        )
    if is_died.all():
        notes.append(
            f"Every patient had the event ({words} in {column!r}): nobody is censored. Check that this is "
            "meant."
        )
    return is_died.astype(int), chosen


def _tidy_codes(values: pd.Series, notes: list[str]) -> pd.Series:
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
        notes.append(f"{' and '.join(map(repr, found))} in {values.name!r} are taken as the same.")
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
    usual, why = codes.active_value(values)
    if active_value is None:
        active_value = usual
    is_active, chosen = _matching(values, active_value, column, "active_value")
    if len(chosen) != 1:
        raise TrialDataError(
            f"{ROLES['active_value']!r} must be one of the two values of {column!r}, not both."
        )
    control = next(v for v in found if v != chosen[0])
    if codes.same(chosen[0], usual):
        if why != codes.USUAL_ARM:
            notes.append(
                f"{chosen[0]!r} in {column!r} is taken as the active arm and {control!r} as the control "
                f"({why}); if it is the other way round, change {ROLES['active_value']!r}."
            )
    else:
        notes.append(
            f"{chosen[0]!r} in {column!r} is the active arm, as chosen, though {usual!r} would be expected "
            f"({why})."
        )
    return is_active.astype(int), (control, chosen[0])


def _notes_on_events(prepared, names, arms, notes) -> None:
    deaths = prepared.groupby("treated")["died"].sum()
    for arm, value in enumerate(arms):
        if deaths[arm] == 0:
            notes.append(
                f"Nobody had the event in the arm {value!r}, so the hazard ratio cannot be estimated (it runs "
                "to 0 or infinity); read the survival curves instead."
            )
    n_terms = sum(
        prepared[name].cat.categories.size - 1 if isinstance(prepared[name].dtype, pd.CategoricalDtype) else 1
        for name in names.values()
    )
    events = int(prepared["died"].sum())
    if events < 10:
        notes.append(f"There are only {events} events; whatever is estimated from so few is very uncertain.")
    if n_terms and events < 10 * n_terms:
        notes.append(
            f"{events} events for {n_terms} covariate term{'s' if n_terms > 1 else ''} are fewer than 10 each: "
            "the adjusted estimate is shaky. Use fewer covariates, chosen before looking at the results."
        )
