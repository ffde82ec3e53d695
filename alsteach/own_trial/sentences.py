"""What an analysis says, no more than its tables show: each section in full, and a view's figures in one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..stats.absolute import number_needed_to_treat
from ..words import catalogue, numbers
from ..words.columns import column_unit, column_words
from . import letters
from .tables import Trial, varying_fit


def said(*keys: str, **fields) -> str:
    """Return sentences of the words ``trial_report``, one after the other."""
    words = catalogue.panel("trial_report").table("finding")
    return " ".join(words(key, **fields) for key in keys)


def _effect(name: str, row) -> dict:
    """Return a hazard ratio with its interval and p as fields of a sentence."""
    return {name: (row.hr, row.ci_low, row.ci_high), f"{name}_p": row.p}


def _with_unit(value: float, column: str) -> str:
    return numbers.number(value, column_unit(column))


def term_words(term: str) -> str:
    covariate, _, level = str(term).partition("=")
    name = column_words(covariate)
    return said("term", covariate=name, level=level) if level else name


# ---- Each section in full


def survival_words(trial: Trial, medians: pd.DataFrame, p: float) -> str:
    """Say how many died, when half had died, and what the log-rank test can and cannot say."""
    arms = []
    for row in medians.itertuples():
        name = trial.arms[row.group]
        ends = [said("not_reached" if np.isnan(v) else "day", day=v) for v in (row.ci_low, row.ci_high)]
        arms.append(
            said(
                "fewer_than_half" if np.isnan(row.median_days) else "half",
                arm=name[0].upper() + name[1:],
                deaths=row.deaths,
                patients=row.patients,
                day=row.median_days,
                low=ends[0],
                high=ends[1],
            )
        )
    test = "no_test" if np.isnan(p) else "test_small" if p < 0.05 else "test_large"
    return " ".join([*arms, said(test, p=p)])


def absolute_words(trial: Trial, table: pd.DataFrame) -> str:
    """Say in patients of 100, in days and as a number needed to treat what happened up to the horizon."""
    difference, days = table.loc["difference_alive"], table.loc["difference_mean_days"]
    fields = {
        **{row: table.loc[row, "estimate"] for row in table.index if not row.startswith("difference")},
        "day": table["horizon_days"].iloc[0],
        "control": trial.arms[0],
        "active": trial.arms[1],
        "difference": 100 * difference.estimate,
        "low": 100 * difference.ci_low,
        "high": 100 * difference.ci_high,
        "days": days.estimate,
        "days_low": days.ci_low,
        "days_high": days.ci_high,
    }
    keys = ["alive"]
    if not np.isnan(difference.ci_low):
        needed = number_needed_to_treat(difference)
        fields["needed"] = needed.text
        keys = ["alive_ci", "needed_through_infinity" if needed.through_infinity else "needed"]
    return said(*keys, "mean" if np.isnan(days.ci_low) else "mean_ci", "later", **fields)


def balance_words(table: pd.DataFrame) -> str:
    """Name the largest difference at the start, and what chance alone does."""
    found = _largest_difference(table)
    if found is None:
        return said("balance_none")
    return said("balance_largest", "balance_outside", "balance_chance", **found)


def _largest_difference(table: pd.DataFrame) -> dict | None:
    known = table["smd"].dropna()
    if known.empty:
        return None
    largest = known.abs().idxmax()
    outside = int((table["smd"].abs() > table["chance"]).sum())
    return {"term": term_words(largest), "smd": known[largest], "outside": outside, "rows": len(table)}


def effects_words(trial: Trial, table: pd.DataFrame, refused: dict[str, str]) -> str:
    """Put crude and adjusted side by side without calling either the true one."""
    if "unadjusted" not in table.index:
        return refused["unadjusted"]
    crude = compared = table.loc["unadjusted"]
    keys, patients = ["crude"], int(crude.patients)
    fields = _effect("crude", crude) | {"patients": patients, "deaths": int(crude.deaths)}
    if not trial.chosen:
        return said(*keys, "nothing_chosen", **fields)
    if "unadjusted_same_patients" in table.index:
        compared = table.loc["unadjusted_same_patients"]
        keys.append("same_patients")
        fields |= {"left": patients - int(compared.patients), "same": compared.hr}
    if "adjusted" not in table.index:
        return said(*keys, "not_adjusted", why=refused["adjusted"], **fields)
    adjusted = table.loc["adjusted"]
    keys += ["adjusted" if len(trial.chosen) <= 6 else "adjusted_many", "errors"]
    fields |= _effect("adjusted", adjusted) | {"before": compared.se, "after": adjusted.se}
    fields |= {"covariates": [column_words(c) for c in trial.chosen], "n": len(trial.chosen)}
    if "adjusted_interaction" in table.index:
        keys.append("varying")
        fields |= _effect("zero", table.loc["adjusted_interaction"])
        fields |= _effect("mean", table.loc["adjusted_interaction_mean"])
    elif "adjusted_interaction" in refused:
        keys.append("not_varying")
        fields["why"] = refused["adjusted_interaction"]
    return said(*keys, "no_true_one", name=column_words(trial.biomarker or ""), **fields)


def reference_words(trial: Trial, fits, table: pd.DataFrame) -> str:
    """Say what the treatment's coefficient is at 0 and elsewhere, and who has such a value."""
    fit, rows = varying_fit(fits), table.set_index("read_at")
    value = rows["value"]
    low, high = value["lowest patient"], value["highest patient"]
    return said(
        "at_zero" if "adjusted_interaction" in fits else "at_zero_alone",
        "none_that_low" if low > 0 else "none_that_high" if high < 0 else "below",
        "at_mean",
        name=column_words(trial.biomarker),
        lowest=_with_unit(low, trial.biomarker),
        highest=_with_unit(high, trial.biomarker),
        below=int(rows.loc["zero", "patients_up_to"]),
        patients=fit.n,
        value=_with_unit(value["mean"], trial.biomarker),
        likelihood=fit.log_likelihood,
        **_effect("zero", rows.loc["zero"]),
        **_effect("mean", rows.loc["mean"]),
    )


def biomarker_words(trial: Trial, groups: pd.DataFrame, slope: pd.DataFrame) -> str:
    """Say each third's hazard ratio, and that only the interaction compares them."""
    name = column_words(trial.biomarker)
    each = [
        said(
            "group_without" if np.isnan(row.hr) else "group",
            group=row.group,
            patients=row.n,
            deaths=row.deaths,
            **_effect("found", row),
        )
        for row in groups.itertuples()
    ]
    fields = {"name": name[:1].upper() + name[1:], "groups": "; ".join(each)}
    keys, note = ["groups"], next(filter(None, groups["note"]), None)
    if note:
        keys.append("note")
        fields["note"] = note
    if slope.empty:
        return said(*keys, "no_slope", **fields)
    row = slope.set_index("change").loc["lower to upper quartile"]
    fields |= {"apart": _with_unit(row.units, trial.biomarker), "times": row.hr_ratio, "p": row.p}
    return said(*keys, "slope", low=row.ci_low, high=row.ci_high, **fields)


def hazards_words(table: pd.DataFrame) -> str:
    """Say whether one hazard ratio for all of follow-up is contradicted, which is not the same as confirmed."""
    others, p = table.drop(index=["treated", "GLOBAL"]), table["p"]
    tested, patients = (int(table[column].iloc[0]) for column in ("tested", "analysed"))
    drifting = others.index[others["p"] < 0.05]
    return said(
        *(["sampled"] if tested < patients else []),
        "hazards_drifting" if len(drifting) else "hazards_all" if len(others) else "hazards",
        "hazards_small" if p["treated"] < 0.05 else "hazards_large",
        tested=tested,
        patients=patients,
        p=p["treated"],
        all=p["GLOBAL"],
        terms=[term_words(term) for term in drifting[:4]],
    )


def no_slope_words(trial: Trial, refused: dict[str, str]) -> str:
    """Say why there is no effect that varies."""
    if trial.biomarker is None:
        return said("no_reference")
    models = ("adjusted_interaction", "unadjusted", "adjusted")
    why = next((refused[model] for model in models if model in refused), None)
    return said("no_varying" if why is None else "no_varying_why", name=repr(trial.biomarker), why=why)


def arm_words(labels: dict, arm: int) -> str:
    """Name an arm by its own word; a code says only which of the two it is."""
    value, usual = labels[("control_value", "active_value")[arm]], said(("control_arm", "active_arm")[arm])
    text = letters.whole(" ".join(str(value).split()))
    if text == str(arm) or isinstance(value, bool):
        return usual
    if text.replace(".", "").lstrip("-").isdigit():
        return said("arm_of_code", arm=usual, treatment=labels["treatment"], code=text)
    return text if {"arm", "group"} & set(text.lower().split()) else said("arm_of_word", word=text)


# ---- A view's figures: a key of the panel's words ``finding``, and its fields


def finding(view: str, analysis) -> tuple[str, dict]:
    """Return which sentence says a view's figures, and its fields.

    Raises
    ------
    TrialDataError
        If there are none; the sentence says why.
    """
    return _FINDINGS[view](analysis)


def _survival(analysis) -> tuple:
    days, absolute = analysis.tables["medians"].set_index("group")["median_days"], analysis.tables["absolute"]
    arms = {"control": analysis.arms[0], "active": analysis.arms[1]}
    if days.notna().all():
        return "half", arms | {"control_day": days[0], "active_day": days[1]}
    if absolute.empty:
        return "died", {"deaths": analysis.events, "patients": analysis.n}
    alive = {f"{arm}_alive": absolute.loc[f"alive_{arm}", "estimate"] for arm in arms}
    return "alive", arms | alive | {"day": analysis.horizon}


def _balance(analysis) -> tuple:
    found = _largest_difference(analysis.tables["balance"])
    if found is None:
        raise TrialDataError(analysis.sentences["balance"])
    return "balance", found


def _effects(analysis) -> tuple:
    table = analysis.tables["effects"]
    if "unadjusted" not in table.index:
        raise TrialDataError(analysis.sentences["effects"])
    ratios = {
        name: tuple(table.loc[model, ["hr", "ci_low", "ci_high"]])
        for name, model in (("crude", "unadjusted"), ("adjusted", "adjusted"))
        if model in table.index
    }
    return ("both" if "adjusted" in ratios else "crude"), ratios


def _reference_level(analysis) -> tuple:
    rows = analysis.tables["reference_level"].set_index("read_at")
    return "zero", {
        "name": column_words(analysis.biomarker),
        "hr": rows.loc["zero", "hr"],
        "mean_hr": rows.loc["mean", "hr"],
        "below": int(rows.loc["zero", "patients_up_to"]),
        "patients": analysis.varying.n,
    }


def _by_biomarker(analysis) -> tuple:
    name, slope = column_words(analysis.biomarker), analysis.tables["slope"]
    if slope.empty:
        return "no_slope", {"name": name}
    row = slope.set_index("change").loc["lower to upper quartile"]
    return "slope", {"name": name, "times": row.hr_ratio, "p": row.p}


_FINDINGS = {
    "survival": _survival,
    "balance": _balance,
    "effects": _effects,
    "reference_level": _reference_level,
    "by_biomarker": _by_biomarker,
}
