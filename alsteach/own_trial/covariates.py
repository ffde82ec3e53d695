"""The covariates of a learner's trial: numbers stay numbers, words become groups, and what is neither is refused."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from . import cells, codes, layout, letters
from .notes import Notes
from .vocabulary import ORDERS, means, plain

_LATER_VISIT = re.compile(
    r"\b((week|wk|month|day|year)s? [1-9]\d*|[1-9]\d* (w|wks?|weeks?|m|mo|mths?|months?|d|days?|y|yrs?|years?))\b"
)
_ADVICE = {
    "comma": "They mix decimal commas and points, or commas mean two things; write all with decimal points.",
    "percent": "Some are percentages and some are not; write all as numbers without the % sign (45, not 45 %).",
    "limit": "Values below or above a limit of detection are no numbers: replace each by a number "
    "(half the limit is usual) and say so in the report, or leave them blank.",
    "unit": "Write the number alone in each cell (find and replace the unit by nothing), all in one unit.",
    "date": "Those are dates; a date must be turned into a length of time or an age first.",
    "word": "Turn them into numbers, or leave those cells blank.",
}
_ADVICE_ON_TIME = {
    "limit": "A time that is only known to be longer, such as '>12', belongs to a patient who is censored: write 12.",
    "unit": "Write the number alone in each cell and choose its unit in 'Unit of time'.",
    "plus": "A + marks a censored time in R: write the number alone, and who died (1) or was censored (0) in "
    "its own column.",
    "word": "Turn them into lengths of time, all in one unit.",
}


def sounds_later(column) -> bool:
    """Tell whether a name is that of something known only once a trial has begun: an outcome, a later visit."""
    if means(column, "known_before"):
        return means(column, "endpoint_time")
    outcome = means(column, "event", "dead_or_alive") and not means(column, "not_event")
    return outcome or means(column, "later", "endpoint_time") or bool(_LATER_VISIT.search(plain(column)))


def numbers(df: pd.DataFrame, column, role: str, notes: Notes) -> np.ndarray:
    """Return a column as floats, blanks as NaN; decimal commas and percent signs in all its cells are read and said.

    Raises
    ------
    TrialDataError
        Naming cells that are no numbers or infinite, their rows, and what to change.
    """
    found = _numbers(df, column, role, notes)
    infinite = np.isinf(found)
    if infinite.any():
        raise TrialDataError(
            f"Column {column!r} is infinite in {checks.rows_text(df.index, infinite)}; correct those cells or "
            "leave them blank."
        )
    return found


def _numbers(df: pd.DataFrame, column, role: str, notes: Notes) -> np.ndarray:
    values = df[column]
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    stripped = cells.strip(values).set_axis(values.index)
    plain = cells.plain_numbers(stripped)
    if plain is not None:
        return plain.to_numpy(float)
    texts = [text for text in stripped.dropna().unique() if isinstance(text, str)]
    odd = [text for text in texts if not cells.is_plain(text)]
    kinds = {cells.kind_of(text) for text in odd}
    if kinds == {"percent"} and len(odd) == len(stripped.dropna().unique()):
        notes.say("percentages", column=repr(column))
        stripped = stripped.str.rstrip("% ")
        texts = odd = [text.rstrip("% ") for text in texts]
    mark = cells.decimal_mark([cells.comma_means(texts)], ";")
    parsed = cells.parse(texts, mark) if mark else None
    if parsed is not None:
        if any("," in text for text in texts):
            notes.say("commas_decimal" if mark == "," else "commas_thousands", column=repr(column))
        return stripped.map(lambda value: parsed.get(value, value)).astype(float).to_numpy()
    advice = _ADVICE | (_ADVICE_ON_TIME if role == "Follow-up time" else {})
    kind = next((k for k in ("limit", "percent", "unit", "date", "comma") if k in kinds), "word")
    if role == "Follow-up time" and all(re.fullmatch(r"\s*[\d.,]+\s*\+\s*", text) for text in odd):
        kind = "plus"
    bad = stripped.isin(odd).to_numpy()
    shown = ", ".join(repr(text) for text in odd[:4]) + (", …" if len(odd) > 4 else "")
    raise TrialDataError(
        f"Column {column!r}, chosen in {role!r}, must hold numbers, but has {shown} in "
        f"{checks.rows_text(df.index, bad)}. {advice[kind]}"
    )


def add(outcome, df, chosen, biomarker, roles, notes) -> tuple[pd.DataFrame, dict]:
    """Return the outcome table with the chosen columns beside it, and what each is called there.

    Raises
    ------
    TrialDataError
        For identifiers, dates, too many groups, and columns that repeat the outcome or the treatment.
    """
    columns, names = {}, {}
    for column in chosen:
        role = "Biomarker" if column == biomarker else "Covariates"
        values = _one(df, column, role, notes)
        present = values.dropna()
        if len(present) == 0:
            if column == biomarker:
                raise TrialDataError(
                    f"Column {column!r} is blank for every patient; choose another in 'Biomarker'."
                )
            notes.say("covariate_blank", column=repr(column))
            continue
        if present.nunique() == 1:
            if column == biomarker:
                raise TrialDataError(
                    f"Column {column!r} is {present.iloc[0]} for every patient; choose another in 'Biomarker'."
                )
            notes.say("covariate_constant", column=repr(column), value=present.iloc[0])
            continue
        _refuse_copies(outcome, values, column, role, roles)
        if sounds_later(column):
            notes.doubt("biomarker_later" if column == biomarker else "covariate_later", column=repr(column))
        name = letters.whole(column) if isinstance(column, str) else column
        while (
            name in outcome.columns or name in columns or name == "Intercept"
        ):  # lifelines leaves that one out
            name = f"{name} (covariate)"
        if name != column:
            notes.say("covariate_called", column=repr(column), name=repr(name))
        names[column], columns[name] = name, values
    table = pd.concat([outcome, pd.DataFrame(columns, index=outcome.index)], axis=1) if columns else outcome
    incomplete = table.isna().any(axis=1)
    if incomplete.any():
        where = ", ".join(
            f"{name!r} ({table[name].isna().sum()})" for name in columns if table[name].isna().any()
        )
        notes.say("covariates_blank", n=incomplete.sum(), patients=len(table), columns=where)
    return table, names


def _one(df, column, role, notes) -> pd.Series:
    values = df[column]
    if pd.api.types.is_datetime64_any_dtype(values) or layout.are_dates(values):
        raise TrialDataError(
            f"Column {column!r}, chosen in {role!r}, holds dates; turn it into a number such as an age or a "
            "delay, or take it out."
        )
    if layout.looks_like_identifier(df, column):
        raise TrialDataError(
            f"Column {column!r}, chosen in {role!r}, looks like an identifier ({values.nunique()} values in "
            f"{len(df)} patients), not a measurement; take it out."
        )
    if role == "Biomarker" or cells.is_numeric(values):
        array = numbers(df, column, role, notes)
        _note_codes(array, column, notes)
        return pd.Series(array, index=df.index)
    return _groups(df, column, role, notes)


def _note_codes(array, column, notes) -> None:
    known = array[~np.isnan(array)]
    for code in (-9, -99, -999, 99, 999, 9999):
        others = known[known != code]
        hits = int((known == code).sum())
        if (
            hits
            and len(others)
            and ((code < 0 <= others.min()) or (code > 0 and code > 4 * max(others.max(), 1)))
        ):
            notes.say("far_code", column=repr(column), code=code, n=hits)
    if means(column, "nominal") and 2 < len(np.unique(known)) <= layout.MAX_LEVELS:
        notes.say("numbers_of_groups", column=repr(column))


def _groups(df, column, role, notes) -> pd.Series:
    values = df[column].astype(object)
    values = (
        cells.strip(values).set_axis(df.index).map(lambda v: v if v is None or isinstance(v, str) else str(v))
    )
    counts = values.value_counts()
    found = sorted(counts.index, key=lambda level: (-counts[level], level))
    if len(found) > layout.MAX_LEVELS:
        raise TrialDataError(
            f"Column {column!r}, chosen in {role!r}, has {len(found)} different words ({found[0]!r}, "
            f"{found[1]!r}, …); at most {layout.MAX_LEVELS} groups can be used. Join groups in a new column, "
            "or take it out."
        )
    ordered = (
        list(df[column].cat.categories.astype(str))
        if isinstance(df[column].dtype, pd.CategoricalDtype)
        else order(found)
    )
    ordered = [level for level in ordered if level in found]
    if len(ordered) > 2 or (len(ordered) == 2 and ordered != sorted(ordered)):
        notes.say("first_group", column=repr(column), group=repr(ordered[0]))
    return pd.Series(pd.Categorical(values, categories=ordered), index=df.index)


def order(found: list[str]) -> list[str]:
    """Return groups, commonest first in ``found``, with the most sensible one to compare with first.

    >>> order(["high", "low", "moderate"])
    ['low', 'moderate', 'high']
    >>> order(["adeno", "squamous", "large"])
    ['adeno', 'large', 'squamous']
    """
    words = [plain(level) for level in found]
    for known in ORDERS:
        if set(words) <= set(known):
            return [found[words.index(word)] for word in known if word in words]
    if codes.numbers_in(found) is not None:
        return sorted(found, key=float)
    numbered = [word.split() for word in words]
    if all(len(word) == 2 and word[0] == numbered[0][0] and word[1].isdigit() for word in numbered):
        return sorted(found, key=lambda level: int(plain(level).split()[1]))
    first = next((level for level in found if means(level, "first_level")), found[0])
    return [first, *sorted(level for level in found if level != first)]


def _refuse_copies(outcome, values, column, role, roles) -> None:
    for known, role_column, what in (
        ("died", roles["event_col"], "who had the event"),
        ("treated", roles["treatment"], "who was in which arm"),
    ):
        pairs = pd.DataFrame({"a": values, "b": outcome[known]}).dropna().drop_duplicates()
        if len(pairs) == pairs["a"].nunique() == pairs["b"].nunique() == 2:
            raise TrialDataError(
                f"Column {column!r}, chosen in {role!r}, says the same as {role_column!r}: {what}. Take it out "
                f"of {role!r}."
            )
    if values.dtype.kind == "f":
        both = values.notna().to_numpy()
        x, t = values.to_numpy()[both], outcome["time_days"].to_numpy()[both]
        if len(x) > 2 and np.ptp(x) > 0 and np.ptp(t) > 0 and abs(np.corrcoef(x, t)[0, 1]) > 0.9999:
            raise TrialDataError(
                f"Column {column!r}, chosen in {role!r}, is the follow-up time {roles['duration_col']!r} once "
                f"more; take it out of {role!r}."
            )
