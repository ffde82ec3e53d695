"""What each table of an analysis says in words: plain, and no more than it shows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import style
from ..absolute_effects import number_needed_to_treat
from .tables import Trial, varying_fit

EXERCISE = (
    "This is an exercise in reading a trial, no advice on treatment. The arms can be compared fairly only if "
    "chance decided who was in which."
)


def number(value: float, decimals: int | None = None) -> str:
    """Write a number as a sentence would."""
    if decimals is None:
        decimals = 0 if abs(value) >= 100 or float(value).is_integer() else 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f}".replace("-", "−")


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def signed(value: float, decimals: int = 0) -> str:
    text = f"{value:+.{decimals}f}".replace("-", "−")
    return text.lstrip("+−") if float(f"{value:.{decimals}f}") == 0 else text


def and_list(parts) -> str:
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def effect(row) -> str:
    return f"{style.hr_text(row.hr, row.ci_low, row.ci_high)}, {style.p_text(row.p)}"


def with_unit(value: float, column: str) -> str:
    return f"{number(value)} {style.unit(column)}".strip()


def survival_words(trial: Trial, medians: pd.DataFrame, p: float) -> str:
    """Say how many died, when half had died, and what the log-rank test can and cannot say."""
    parts = []
    for row in medians.itertuples():
        text = f"{trial.arms[row.group]}: {row.deaths} of {row.patients} died"
        if np.isnan(row.median_days):
            text += ", and fewer than half of them at any time the curve reaches"
        else:
            ends = [
                f"day {number(v)}" if not np.isnan(v) else "not reached" for v in (row.ci_low, row.ci_high)
            ]
            text += f"; half had died by day {number(row.median_days)} (95 % CI {ends[0]} to {ends[1]})"
        parts.append(text)
    said = f"{'. '.join(part[0].upper() + part[1:] for part in parts)}."
    if np.isnan(p):
        return said + " A log-rank test is not defined here."
    said += f" Log-rank test over the whole follow-up: {style.p_text(p)}. "
    if p < 0.05:
        return said + "A small p does not say how large the difference is."
    return (
        said
        + "That is no proof that there is no difference: every value inside the intervals fits these data."
    )


def absolute_words(trial: Trial, table: pd.DataFrame) -> str:
    """Say in patients of 100, in days and as a number needed to treat what happened up to the horizon."""
    day = number(table["horizon_days"].iloc[0])
    difference, days = table.loc["difference_alive"], table.loc["difference_mean_days"]
    alive = [percent(table.loc[f"alive_{arm}", "estimate"]) for arm in ("control", "active")]
    said = (
        f"Alive on day {day}: {alive[0]} in the {trial.arms[0]}, {alive[1]} in the {trial.arms[1]}; difference "
        f"{signed(100 * difference.estimate)} of 100 patients"
    )
    if not np.isnan(difference.ci_low):
        said += f" (95 % CI {signed(100 * difference.ci_low)} to {signed(100 * difference.ci_high)})"
        needed = number_needed_to_treat(difference)
        said += f". {needed.text}"
        if needed.through_infinity:
            said += ": no difference at all is among the values that fit"
    said += "."
    mean = [number(table.loc[f"mean_days_{arm}", "estimate"], 0) for arm in ("control", "active")]
    said += (
        f" Counted up to day {day}, patients lived {mean[0]} and {mean[1]} days on average: difference "
        f"{signed(days.estimate)} days (95 % CI {signed(days.ci_low)} to {signed(days.ci_high)})."
    )
    return said + " Later days are not in these figures."


def _deaths(count: int) -> str:
    return f"{count:,} death{'' if count == 1 else 's'}"


def balance_words(table: pd.DataFrame) -> str:
    """Name the largest difference at the start, and what chance alone does."""
    known = table["smd"].dropna()
    if known.empty:
        return "No difference at the start can be measured: every covariate is constant in both arms."
    outside = int((table["smd"].abs() > table["chance"]).sum())
    largest = known.abs().idxmax()
    rows = f"{outside} of {len(table)} rows {'lies' if outside == 1 else 'lie'}"
    return (
        f"Largest difference at the start: {term_words(largest)}, {signed(known[largest], 2)} standard deviations "
        f"(active minus control). {rows} outside the band that holds 95 of 100 differences when chance assigns the "
        "arms. Chance leaves differences in every trial; one moves the hazard ratio only if its covariate also "
        "predicts death. No p-values here: if chance assigned the arms, chance is the cause of every difference."
    )


def term_words(term: str) -> str:
    covariate, _, level = str(term).partition("=")
    return f"{style.words(covariate)}: {level}" if level else style.words(covariate)


def effects_words(trial: Trial, table: pd.DataFrame, refused: dict[str, str]) -> str:
    """Put crude and adjusted side by side without calling either the true one."""
    if "unadjusted" not in table.index:
        return refused["unadjusted"]
    crude = table.loc["unadjusted"]
    said = f"Unadjusted: {effect(crude)} ({int(crude.patients)} patients, {_deaths(int(crude.deaths))}). "
    if not trial.chosen:
        return said + "No covariate was chosen, so there is nothing to adjust for."
    if "unadjusted_same_patients" in table.index:
        same = table.loc["unadjusted_same_patients"]
        said += (
            f"{int(crude.patients - same.patients)} patients lack a covariate; without them the unadjusted figure is "
            f"{style.number_text(same.hr)}. "
        )
    if "adjusted" not in table.index:
        return said + f"There is no adjusted figure: {refused['adjusted']}"
    row = table.loc["adjusted"]
    listed = (
        and_list([style.words(c) for c in trial.chosen])
        if len(trial.chosen) <= 6
        else f"{len(trial.chosen)} covariates"
    )
    said += f"Adjusted for {listed}: {effect(row)}. "
    before = table.loc[
        "unadjusted_same_patients" if "unadjusted_same_patients" in table.index else "unadjusted"
    ]
    said += f"The standard error of the log hazard ratio went from {before.se:.3f} to {row.se:.3f}. "
    if "adjusted_interaction" in table.index:
        zero, mean = table.loc["adjusted_interaction"], table.loc["adjusted_interaction_mean"]
        name = style.words(trial.biomarker)
        said += (
            f"With an effect that may change with {name}: {effect(zero)} read where {name} is 0, {effect(mean)} "
            "read at the patients' mean: one model, two places to read it. "
        )
    elif "adjusted_interaction" in refused:
        said += f"A model whose effect varies with {style.words(trial.biomarker)} has no estimate: "
        said += f"{refused['adjusted_interaction']} "
    return said + (
        "They answer different questions, and no one of them is the true one: a protocol must name one beforehand."
    )


def reference_words(trial: Trial, fits, table: pd.DataFrame) -> str:
    """Say what the treatment's coefficient is at 0 and elsewhere, and who has such a value."""
    fit = varying_fit(fits)
    rows = table.set_index("read_at")
    name, zero, mean = style.words(trial.biomarker), rows.loc["zero"], rows.loc["mean"]
    low, high = rows.loc["lowest patient", "value"], rows.loc["highest patient", "value"]
    if low > 0:
        who = f"No patient has a {name} that low: the lowest is {with_unit(low, trial.biomarker)}"
    elif high < 0:
        who = f"No patient has a {name} that high: the highest is {with_unit(high, trial.biomarker)}"
    else:
        who = f"{int(zero.patients_up_to)} of {fit.n} patients have 0 or less"
    others = "" if "adjusted_interaction" in fits else " (a model without the other covariates)"
    return (
        f"Read where {name} is 0{others}: {effect(zero)}. {who}. Read at the patients' mean, "
        f"{with_unit(mean.value, trial.biomarker)}: {effect(mean)}. Wherever it is read, it is one fitted model "
        f"with one log-likelihood ({number(fit.log_likelihood, 2)}); a treatment coefficient beside an interaction is "
        "the effect at 0, not an average."
    )


def biomarker_words(trial: Trial, groups: pd.DataFrame, slope: pd.DataFrame) -> str:
    """Say each third's hazard ratio, and that only the interaction compares them."""
    name, unit = style.words(trial.biomarker), style.unit(trial.biomarker)
    parts = []
    for row in groups.itertuples():
        found = effect(row) if not np.isnan(row.hr) else "no hazard ratio"
        parts.append(f"{row.group}: {found} ({row.n} patients, {_deaths(row.deaths)})")
    said = f"{name[0].upper() + name[1:]} in groups. {'; '.join(parts)}. "
    for note in groups["note"]:
        if note:
            said += f"{note} "
            break
    if slope.empty:
        return said + "No model tells whether the effect varies, so the groups must not be compared."
    step = slope.set_index("change").loc["lower to upper quartile"]
    said += (
        f"From the lower to the upper quartile ({number(step.units)} {unit}".rstrip()
        + f" apart) the hazard ratio is multiplied by {style.number_text(step.hr_ratio)} (95 % CI "
        f"{style.number_text(step.ci_low)}–{style.number_text(step.ci_high)}), interaction {style.p_text(step.p)}. "
    )
    return said + (
        "Only this test asks whether the effect differs; one group with a small p and another without is no answer. "
        "Groups cut from these very data mislead easily."
    )


def hazards_words(table: pd.DataFrame) -> str:
    """Say whether one hazard ratio for all of follow-up is contradicted, which is not the same as confirmed."""
    treated = table.loc["treated"]
    said = ""
    tested, patients = (int(table[column].iloc[0]) for column in ("tested", "analysed"))
    if tested < patients:
        said = f"Tested in {tested:,} patients drawn by lot, as all {patients:,} would take long. "
    said += f"Does the treatment's hazard ratio stay the same throughout? Test: {style.p_text(treated.p)}"
    others = table.drop(index=["treated", "GLOBAL"])
    if len(others):
        said += f"; all terms together: {style.p_text(table.loc['GLOBAL', 'p'])}"
        drifting = others[others["p"] < 0.05]
        if len(drifting):
            said += f" (drifting: {and_list([term_words(t) for t in drifting.index[:4]])})"
    said += ". "
    if treated.p < 0.05:
        return (
            said
            + "One hazard ratio does not describe these data well; it is an average over follow-up. See the curves."
        )
    return said + "A large p does not prove that it is constant: with few deaths the test sees little."
