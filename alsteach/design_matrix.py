"""From a trial table to the columns of a Cox model, and a sentence for every table that has no estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import _engine, frames
from .frames import TrialDataError


def is_category(values: pd.Series) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return True
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    text = values.dropna().astype(str).str.strip().str.replace(",", ".", regex=False)
    looks_numeric = pd.to_numeric(text, errors="coerce").notna().mean() > 0.5
    return not looks_numeric


def columns_of(df: pd.DataFrame, covariate: str) -> list[tuple[str, np.ndarray]]:
    """Turn a covariate into (term, values): itself if numeric, one indicator a level after the first if not."""
    values = df[covariate]
    if pd.api.types.is_datetime64_any_dtype(values):
        raise TrialDataError(
            f"Column {covariate!r} holds dates; turn it into a number, such as an age or a delay."
        )
    if not is_category(values):
        return [(covariate, frames.numeric(df, covariate))]
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = [level for level in values.cat.categories if (values == level).any()]
    else:
        values = values.astype(str)
        levels = sorted(values.unique())
    if len(levels) > max(12, len(df) // 5):
        raise TrialDataError(
            f"Column {covariate!r} has {len(levels)} different words for {len(df)} patients; it looks like a name "
            "or an identifier. Leave it out, or group its values."
        )
    return [(f"{covariate}={level}", (values == level).to_numpy(dtype=float)) for level in levels[1:]] or [
        (covariate, np.zeros(len(df)))
    ]


def design(df, treatment, covariates, interaction) -> tuple[list[str], np.ndarray]:
    terms, columns = [], []
    if treatment is not None:
        terms.append(treatment)
        columns.append(frames.treatment(df, treatment))
    main = list(dict.fromkeys(covariates))
    if interaction is not None and interaction not in main:
        main.append(interaction)
    for covariate in main:
        for term, values in columns_of(df, covariate):
            terms.append(term)
            columns.append(values)
    if interaction is not None:
        marker = frames.numeric(df, interaction)
        terms.append(f"{treatment}:{interaction}")
        columns.append(columns[0] * (marker - marker.mean()))
    return terms, np.column_stack(columns) if columns else np.empty((len(df), 0))


def check_design(terms, x, events, treatment) -> None:
    """Refuse what has no estimate, and say which column is to blame."""
    if events.sum() == 0:
        raise TrialDataError(
            "Nobody died among the analysed patients; without an event there is no hazard ratio."
        )
    if treatment is not None and len(np.unique(x[:, 0])) == 1:
        arm = "active arm (1)" if x[0, 0] == 1 else "control arm (0)"
        raise TrialDataError(
            f"All analysed patients are in the {arm} according to {treatment!r}; a comparison needs both arms."
        )
    spread = x - x.mean(axis=0)
    largest = np.abs(x).max(axis=0)
    for j, term in enumerate(terms):
        if np.sqrt((spread[:, j] ** 2).mean()) <= 1e-12 * max(largest[j], 1e-300):
            raise TrialDataError(
                f"Column {term.split('=')[0]!r} is the same for every analysed patient, so its effect cannot be "
                "estimated; leave it out."
            )
    spread = spread / np.sqrt((spread**2).sum(axis=0))
    adds = _engine.independent_columns((spread.T @ spread)[None])[0]
    if not adds.all():
        j = int(np.flatnonzero(~adds)[0])
        others = np.linalg.lstsq(spread[:, :j], spread[:, j], rcond=None)[0]
        partners = [terms[k] for k in np.flatnonzero(np.abs(others) > 1e-6)]
        raise TrialDataError(
            f"Column {terms[j]!r} says nothing that {', '.join(map(repr, partners))} "
            f"{'does' if len(partners) == 1 else 'do'} not say already (they are collinear); leave one of them out."
        )


def explain_no_maximum(terms, x, events, treatment) -> TrialDataError:
    if treatment is not None and len({events[x[:, 0] == arm].sum() == 0 for arm in (0, 1)}) == 2:
        arm = "active" if events[x[:, 0] == 1].sum() == 0 else "control"
        return TrialDataError(
            f"Nobody died in the {arm} arm ({treatment!r}), so the hazard ratio runs to 0 or infinity; report the "
            "Kaplan-Meier curves instead."
        )
    for j, term in enumerate(terms):
        if set(np.unique(x[:, j])) <= {0.0, 1.0} and min(events[x[:, j] == v].sum() for v in (0, 1)) == 0:
            return TrialDataError(
                f"Nobody died in one group of {term!r}, so its hazard ratio runs to 0 or infinity; leave it out or "
                "merge the group with another."
            )
    which = (
        f"{terms[0]!r} orders" if len(terms) == 1 else f"The {len(terms)} terms ({', '.join(terms)}) order"
    )
    return TrialDataError(
        f"{which} the {int(events.sum())} deaths perfectly, so a hazard ratio runs to 0 or infinity; "
        "use fewer covariates or more deaths."
    )
