"""The pandas and lifelines code that a working analyst would write for the main figures of an analysis."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from ..design_matrix import is_category
from .stems import DAYS_PER

OUTCOME = ["time_days", "died", "treated"]


def written(value) -> str:
    """Write a value as Python code, texts in double quotes.

    Examples
    --------
    >>> print(written(["a", 'say "b"', 2, None]))
    ["a", "say \\"b\\"", 2, None]
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value.item() if hasattr(value, "item") else value)


def code_for(df, prepared, mapping, trial, tables, horizon, name) -> str:
    """Return code that reads the file, makes the three columns of the outcome and fits what was fitted here.

    Where plain pandas makes the same columns as `prepare_trial`, the code is plain pandas.
    """
    reading, needs_alsteach = _reading(df, name)
    preparing, imports = _plain_preparing(df, prepared, mapping, trial.chosen), []
    if preparing is None:
        imports = ["from alsteach.own_trial.preparing import prepare_trial"]
        preparing = ["# turns the columns into time_days, died and treated, as the notes in the report say"]
        preparing += [
            "trial = prepare_trial(",
            "    df,",
            *(f"    {k}={written(v)}," for k, v in mapping.items()),
            ")",
        ]
    if needs_alsteach:
        imports.insert(0, "import alsteach as al")
    covariates = trial.chosen
    lines = [
        "# The main figures once more, with pandas and lifelines. Put the file beside your notebook.",
        "import pandas as pd",
        "from lifelines import CoxPHFitter, KaplanMeierFitter",
        "from lifelines.utils import restricted_mean_survival_time",
        *(["", *imports] if imports else []),
        "",
        reading,
        *preparing,
        "",
        f"# Each arm on its own; the horizon is day {horizon:g}",
        f"horizon = {horizon!r}",
        "rows = {}",
        'for arm, patients in trial.groupby("treated"):',
        '    km = KaplanMeierFitter().fit(patients["time_days"], patients["died"])',
        "    rows[arm] = {",
        '        "median_days": km.median_survival_time_,',
        '        "alive_at_horizon": km.predict(horizon),',
        '        "mean_days_up_to_horizon": restricted_mean_survival_time(km, t=horizon),',
        "    }",
        'arms = pd.DataFrame(rows).T.rename_axis("treated")',
        "print(arms)",
        "",
        "",
        "def treatment_effect(table):",
        '    """Fit a Cox model to all columns of the table and return the row of the treatment."""',
        '    fitter = CoxPHFitter().fit(table, "time_days", "died", fit_options={"precision": 1e-9})',
        '    row = fitter.summary.loc["treated"]',
        '    names = ["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "p"]',
        '    return row[names].set_axis(["hr", "ci_low", "ci_high", "p"])',
        "",
        "",
        "effects = {}",
    ]
    fitted = set(tables["effects"].index)
    if "unadjusted" in fitted:
        lines.append(f'effects["unadjusted"] = treatment_effect(trial[{written(OUTCOME)}])')
    if "adjusted" in fitted:
        words = [c for c in covariates if is_category(prepared[c])]
        lines += [
            "",
            "# Adjusted: patients without a blank; a column of words becomes 0/1 columns",
            f"covariates = {written(covariates)}",
            f"complete = trial[{written(OUTCOME)} + covariates].dropna()",
        ]
        if words:
            lines += [
                f"complete = complete.astype({{{', '.join(f'{written(c)}: str' for c in words)}}})",
                f"complete = pd.get_dummies(complete, columns={written(words)}, drop_first=True, dtype=float)",
            ]
        if "unadjusted_same_patients" in fitted:
            lines.append(
                f'effects["unadjusted_same_patients"] = treatment_effect(complete[{written(OUTCOME)}])'
            )
        lines.append('effects["adjusted"] = treatment_effect(complete)')
    if "adjusted_interaction" in fitted:
        lines += [
            "",
            "# An effect that varies with the biomarker: one model, read at 0 and at the patients' mean",
            f"biomarker = {written(trial.biomarker)}",
            'places = {"adjusted_interaction": 0.0, "adjusted_interaction_mean": complete[biomarker].mean()}',
            "for model, place in places.items():",
            '    varying = complete.assign(treated_by_biomarker=complete["treated"] * (complete[biomarker] - place))',
            "    effects[model] = treatment_effect(varying)",
        ]
    lines += ["", 'effects = pd.DataFrame(effects).T.rename_axis("model")', "print(effects)"]
    return "\n".join(lines) + "\n"


def _reading(df, name: str) -> tuple[str, bool]:
    """Return the line that reads the file, and whether it needs alsteach."""
    if "load" in df.attrs:
        return f"df = {df.attrs['load']}", True
    if "name" not in df.attrs:
        return 'df = pd.read_csv("trial.csv")  # your file', False
    said = df.attrs.get("reading", [])
    marks = {"commas": ",", "semicolons": ";", "tabs": "\t"}
    mark = next(
        (mark for words, mark in marks.items() if said and said[0].endswith(f"separated by {words}.")), None
    )
    if len(said) == 1 and mark:
        separator = "" if mark == "," else f", sep={written(mark)}"
        return f"df = pd.read_csv({written(name)}{separator})", False
    return (
        f"df = al.read_trial({written(name)})  # reads what pandas alone would not: see the notes in the report",
        True,
    )


def _plain_preparing(df, prepared, mapping, chosen) -> list[str] | None:
    """Return pandas lines if they make the prepared columns exactly, else None."""
    raw = {k: mapping[k] for k in ("duration_col", "event_col", "treatment")}
    if not all(c in df.columns for c in raw.values()) or not pd.api.types.is_numeric_dtype(
        df[raw["duration_col"]]
    ):
        return None
    known = df[list(raw.values())].notna().all(axis=1)
    kept = df[known]
    if len(kept) != len(prepared) or not kept.index.equals(prepared.index):
        return None
    ratio = _factor(
        kept[raw["duration_col"]].to_numpy(dtype=float), prepared["time_days"].to_numpy(dtype=float)
    )
    if ratio is None:
        return None
    texts = {}
    for column, source, value in (
        ("died", raw["event_col"], mapping["event_value"]),
        ("treated", raw["treatment"], mapping["active_value"]),
    ):
        text = _zero_one(kept[source], prepared[column], source, value)
        if text is None:
            return None
        texts[column] = text
    if any(c not in kept or not _same(kept[c], prepared[c]) for c in chosen):
        return None
    time = f"df[{written(raw['duration_col'])}]" + ("" if ratio == 1 else f" * {ratio!r}")
    lines = [] if known.all() else [f"df = df.dropna(subset={written(list(raw.values()))})"]
    return [
        *lines,
        "trial = df.assign(",
        f"    time_days={time},",
        f"    died={texts['died']},",
        f"    treated={texts['treated']},",
        ")",
    ]


def _factor(before: np.ndarray, after: np.ndarray) -> float | None:
    positive = before > 0
    if not positive.any():
        return None
    ratio = float(np.median(after[positive] / before[positive]))
    for candidate in DAYS_PER.values():
        if np.isclose(ratio, candidate, rtol=1e-9) and np.allclose(before * candidate, after, rtol=1e-12):
            return float(candidate)
    return None


def _zero_one(before: pd.Series, after: pd.Series, name: str, value) -> str | None:
    after = after.to_numpy(dtype=float)
    if value is not None:
        if isinstance(value, list | tuple):
            if np.array_equal(before.isin(value).to_numpy(dtype=float), after):
                return f"df[{written(name)}].isin({written(value)}).astype(int)"
        elif np.array_equal((before == value).to_numpy(dtype=float), after):
            # A text "1" comes back from a CSV file as a number.
            as_text = ".astype(str)" if isinstance(value, str) and value.strip().isdigit() else ""
            return f"(df[{written(name)}]{as_text} == {written(value)}).astype(int)"
    if pd.api.types.is_numeric_dtype(before) and np.array_equal(before.to_numpy(dtype=float), after):
        return f"df[{written(name)}]"
    return None


def _same(before: pd.Series, after: pd.Series) -> bool:
    if is_category(before) != is_category(after):
        return False
    blank = before.isna().to_numpy()
    if not np.array_equal(blank, after.isna().to_numpy()):
        return False
    if is_category(before):
        return (before.astype(str).to_numpy() == after.astype(str).to_numpy())[~blank].all()
    if not pd.api.types.is_numeric_dtype(before):
        return False
    return np.array_equal(before.to_numpy(dtype=float)[~blank], after.to_numpy(dtype=float)[~blank])
