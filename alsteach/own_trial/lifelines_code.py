"""The pandas and lifelines code that a working analyst would write for the main figures of an analysis."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..stats.cox import is_category
from .pages import listing, written
from .vocabulary import DAYS_PER

OUTCOME = ["time_days", "died", "treated"]
PERSON = "patient of the row"


def code_for(df, prepared, mapping, trial, tables, horizon, name) -> str:
    """Return code that reads the file, makes the three columns of the outcome and fits what was fitted here.

    Where plain pandas makes the same columns as `prepare_trial`, the code is plain pandas.
    """
    reading, needs_alsteach = _reading(df, name)
    person = prepared.attrs["patient"]
    words = [c for c in trial.chosen if is_category(prepared[c])]
    deaths = prepared.loc[prepared["died"] == 1, "time_days"]
    return listing(
        "code.jinja",
        halfway=not tables["medians"]["median_days"].dropna().isin(deaths).all(),
        reading=reading,
        needs_alsteach=needs_alsteach,
        plain=_plain_preparing(df, prepared, mapping, trial.chosen),
        mapping=mapping,
        person=person,
        cluster="" if person is None else f", cluster_col={written(PERSON)}",
        horizon=horizon,
        outcome=OUTCOME if person is None else [*OUTCOME, PERSON],
        fitted=set(tables["effects"].index),
        covariates=trial.chosen,
        words=words,
        texts=f"{{{', '.join(f'{written(c)}: str' for c in words)}}}",
        biomarker=trial.biomarker,
    )


def _reading(df, name: str) -> tuple[str, bool]:
    """Return the line that reads the file, and whether it needs alsteach."""
    if "load" in df.attrs:
        return f"df = {df.attrs['load']}", True
    if "name" not in df.attrs:
        labels = list(df.columns)
        named = all(isinstance(label, str) for label in labels)
        return 'df = pd.read_csv("trial.csv")' + (
            "  # your file" if named else f'.set_axis({written(labels)}, axis="columns")  # your file'
        ), False
    changed = df.attrs.get("as_read", (len(df), tuple(df.columns))) != (len(df), tuple(df.columns))
    if df.attrs.get("pandas_alone"):
        mark = df.attrs["pandas_alone"]
        reading = f"df = pd.read_csv({written(name)}" + (")" if mark == "," else f", sep={written(mark)})")
    else:
        asked = df.attrs.get("encoding")
        reading = f"df = al.read_trial({written(name)}" + (f", encoding={written(asked)})" if asked else ")")
        reading += "  # reads what pandas alone would not: see the notes in the report"
    if changed:
        reading += "\n# The table was changed after it was read: change it here too, in the same way."
    return reading, not df.attrs.get("pandas_alone")


def _plain_preparing(df, prepared, mapping, chosen) -> dict | None:
    """Return pandas expressions if they make the prepared columns exactly, else None."""
    raw = {k: mapping[k] for k in ("duration_col", "event_col", "treatment")}
    if prepared.attrs["times_made_equal"]:  # lifelines takes times for different that differ by rounding only
        return None
    if not all(c in df.columns for c in raw.values()) or not pd.api.types.is_numeric_dtype(
        df[raw["duration_col"]]
    ):
        return None
    known = df[list(raw.values())].notna().all(axis=1)
    kept = df[known]
    if len(kept) != len(prepared) or not kept.index.equals(prepared.index):
        return None
    unit = prepared.attrs["labels"]["unit"]
    days = kept[raw["duration_col"]].to_numpy(dtype=float)
    if unit != "days":
        days = (days * DAYS_PER[unit]).round(9)
    if not np.array_equal(days, prepared["time_days"].to_numpy(dtype=float)):
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
    time = f"df[{written(raw['duration_col'])}]"
    if unit != "days":
        time = f"({time} * {DAYS_PER[unit]!r}).round(9)"
    return {"blanks": [] if known.all() else list(raw.values()), "time_days": time, **texts}


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
