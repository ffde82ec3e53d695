"""A panel of notebook 07: one result of a trial, told in five ways."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .. import frames, plots, style
from ..absolute_effects import (
    EffectsAt,
    Ratio,
    RiskDifference,
    effects_of_curves,
    number_needed_to_treat,
    risk_difference,
    risk_ratio,
    whole,
)
from ..cox import fit_cox
from ..disagreement import mirocals_like_for_analysis
from ..published_figures import published
from ..survival import kaplan_meier
from .controls import choice, slider
from .core import Panel
from .survival_trial import grouped
from .telling import WAYS, Words

SYNTHETIC, PUBLISHED = "Synthetic cohort: not patients", "Published figures of MIROCALS"
EVERYBODY = "everybody"


class _Source:
    """One group of patients whose result can be told: a trial's (by day) or a publication's (one day)."""

    def __init__(self, who, note, hr, p, at, curves=None, day=None):
        self.who, self.note, self.hr, self.p, self.curves, self.day = who, note, hr, p, curves, day
        self.at = lru_cache(maxsize=256)(at)


def _of_trial(df, who, note, columns) -> _Source:
    curves = kaplan_meier(df, columns["duration_col"], columns["event_col"], by=columns["treatment"])
    effect = fit_cox(df, **columns).table.iloc[0]
    hr = style.hr_text(effect.hr, effect.ci_low, effect.ci_high)
    return _Source(
        f"{who}, {len(df)} people", note, hr, effect.p, lambda day: effects_of_curves(curves, day), curves
    )


def _of_counts() -> _Source:
    counts = [int(published(f"mirocals_{key}").estimate) for key in ("deaths_il2", "n_il2")]
    counts += [int(published(f"mirocals_{key}").estimate) for key in ("deaths_placebo", "n_placebo")]
    deaths_1, n_1, deaths_0, n_0 = counts
    difference, day = risk_difference(*counts), published("mirocals_endpoint_day").estimate
    found = EffectsAt(
        day=day,
        n_1=n_1,
        n_0=n_0,
        deaths_1=deaths_1,
        deaths_0=deaths_0,
        risk_1=difference.risk_1,
        risk_0=difference.risk_0,
        reduction=difference,
        risk_ratio=risk_ratio(*counts),
        survival_ratio=risk_ratio(n_1 - deaths_1, n_1, n_0 - deaths_0, n_0),
        nnt=number_needed_to_treat(difference),
        time_gained=None,
    )
    hr = published("mirocals_hr_unadjusted")
    text = style.hr_text(hr.estimate, hr.ci_low, hr.ci_high)
    return _Source(
        f"MIROCALS as published, {n_1 + n_0} people", PUBLISHED, text, hr.p_value, lambda _: found, day=day
    )


def _of_percentages() -> _Source:
    alive = [published(f"mirocals_alive_low_pnfh_{arm}_percent").estimate for arm in ("il2", "placebo")]
    risk_1, risk_0 = (1 - percent / 100 for percent in alive)
    nan, hr, day = math.nan, published("mirocals_hr_low_pnfh"), published("mirocals_endpoint_day").estimate
    difference = RiskDifference(risk_0 - risk_1, nan, nan, risk_1, risk_0, "none")
    found = EffectsAt(
        day=day,
        n_1=None,
        n_0=None,
        deaths_1=None,
        deaths_0=None,
        risk_1=risk_1,
        risk_0=risk_0,
        reduction=difference,
        risk_ratio=Ratio(risk_1 / risk_0, nan, nan),
        survival_ratio=Ratio((1 - risk_1) / (1 - risk_0), nan, nan),
        nnt=number_needed_to_treat(difference),
        time_gained=None,
    )
    text = style.hr_text(hr.estimate, hr.ci_low, hr.ci_high)
    low, high = (published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to"))
    who = f"MIROCALS as published, CSF-pNFH {low:g}-{high:g} pg/mL"
    return _Source(who, PUBLISHED, text, hr.p_value, lambda _: found, day=day)


def _strata_of_cohort(marker) -> dict:
    low, high = (published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to"))
    return {
        f"CSF-pNFH under {low:g}": marker < low,
        f"CSF-pNFH {low:g}-{high:g}": (marker >= low) & (marker <= high),
        f"CSF-pNFH up to {high:g}": marker <= high,
        f"CSF-pNFH over {high:g}": marker > high,
    }


def absolute_effect_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    strata=None,
    cuts=None,
    arms=None,
    data_note=None,
) -> Panel:
    """Tell one result of a trial in five ways, as deaths or as lives, with 100 people an arm and the curve.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; by default the published counts of MIROCALS and the synthetic cohort, overall and by CSF-pNFH.
    duration_col, event_col, treatment : str
        As in `fit_cox`.
    strata : str, optional
        A column that groups the patients; a number is cut at ``cuts``, by default into thirds.
    cuts : sequence of float, optional
    arms : (str, str), optional
        Words for treatment 0 and 1.
    data_note : str, optional
        Where the data come from, shown in the picture.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If the trial cannot be analysed as asked.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.absolute_effect_panel()
    >>> panel.set(way="nnt")
    >>> panel.sentence[35:81]
    'NNT 14: treated for one death fewer by day 640'
    """
    ours = df is None
    columns = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    if ours:
        df, arms = mirocals_like_for_analysis(), ("placebo", "IL-2")
    frames.check_columns(df, [*columns.values(), *([strata] if strata else [])])
    frames.durations(df, duration_col), frames.events(df, event_col)
    df = df.assign(**{treatment: frames.treatment(df, treatment)})
    df, _ = frames.keep_complete(df, list(columns.values()), "warn")
    arms = arms or ("control", "active arm")
    unit = style.unit(duration_col) or "time units"
    sources, options = {}, {}

    def add(key, words, make):
        sources[key], options[words] = lru_cache(maxsize=1)(make), key

    if ours:
        low, high = (published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to"))
        note, who = SYNTHETIC if data_note is None else data_note, "Synthetic cohort"
        add("published", "published, everybody", _of_counts)
        add("published_low", f"published, CSF-pNFH {low:g}-{high:g}", _of_percentages)
        groups = _strata_of_cohort(df["csf_pnfh_pg_ml"])
    else:
        note, who = data_note or df.attrs.get("note", ""), "This trial"
        groups = {}
        if strata is not None:
            levels = grouped(df[strata], cuts, style.unit(strata))
            groups = {f"{style.words(strata)} {level}": levels == level for level in levels.cat.categories}
    first = "synthetic, " if ours else ""
    add(EVERYBODY, f"{first}everybody", lambda: _of_trial(df, who, note, columns))
    for words, rows in groups.items():
        add(
            words,
            first + words,
            lambda words=words, rows=rows: _of_trial(df[rows], f"{who}, {words}", note, columns),
        )
    longest = df.groupby(treatment)[duration_col].max()
    end = int(longest.min())

    def draw_frame(picture, values, source):
        memory, figure = picture.memory, picture.figure
        memory.icons = figure.add_axes([0.005, 0.02, 0.555, 0.80])
        plots.icon_frame(memory.icons, values.framing)
        memory.curve = figure.add_axes([0.655, 0.155, 0.325, 0.60])
        plots.outcome_axis(memory.curve, source.day or end, values.framing, unit)
        memory.who = None
        plots.label_data(figure, source.note)

    def show(values, picture):
        source = sources[values.who]()
        found = source.at(source.day or values.day)
        if picture.turn_to((values.framing, source.day or end, source.note)):
            draw_frame(picture, values, source)
        memory, gain = picture.memory, values.framing == "gain"
        if memory.who != values.who:
            with picture.redrawing(memory.curve, seldom=True):
                if source.curves is not None:
                    plots.outcome_curves(memory.curve, source.curves, arms, values.framing)
            memory.who = values.who
        shares = [found.risk_0, found.risk_1]
        shares = [1 - share for share in shares] if gain else shares
        headline, interval = WAYS[values.way][1](found, Words(arms, unit, gain))
        with picture.redrawing(memory.icons, memory.curve):
            plots.icons(memory.icons, found.risk_0, found.risk_1, arms, values.framing)
            if source.curves is None:
                plots.outcome_points(memory.curve, source.day, shares, arms, values.framing)
            else:
                if values.way == "time":
                    plots.outcome_area(memory.curve, source.curves, values.day, values.framing)
                plots.outcome_reading(memory.curve, values.day, shares, values.framing)
            where = {"transform": picture.figure.transFigure, "va": "top"}
            memory.icons.text(0.02, 0.975, headline, fontsize=15, weight="bold", **where)
            memory.icons.text(0.02, 0.90, interval, fontsize=11, **where)
        return _sentence(values, source, found, headline, interval)

    controls = {
        "who": choice("Whose result", options),
        "way": choice("Say it as", {text: way for way, (text, _) in WAYS.items()}, value="frequencies"),
        "framing": choice("Count", {"the deaths (loss)": "loss", "the living (gain)": "gain"}),
        "day": slider(
            "Up to day" if unit == "days" else "Up to", 0, end, 1, end, "" if unit == "days" else unit
        ),
    }
    return Panel("One result, told in five ways", controls, show, _presets(ours, end), size=(760, 430))


def _presets(ours: bool, end: int) -> dict:
    if not ours:
        return {
            "Relative": {"way": "relative"},
            "Points of 100": {"way": "points"},
            "Count the living": {"framing": "gain"},
            "Half-way": {"day": end // 2},
        }
    overall, cut = published("mirocals_hr_adjusted").estimate, _strata_of_cohort(np.zeros(1))
    first, between = list(cut)[:2]
    here = {"framing": "loss", "day": end}
    return {
        f"HR {overall:g}: {100 * (1 - overall):.0f} % fewer deaths?": {
            "who": "published",
            "way": "relative",
            **here,
        },
        "An NNT through infinity": {"who": "published", "way": "nnt", **here},
        "The same, as lives": {"who": "published", "way": "relative", **here, "framing": "gain"},
        "Significant, so prescribe?": {"who": "published_low", "way": "points", **here},
        "Months gained": {"who": between, "way": "time", **here},
        "Another day": {"who": between, "way": "points", **here, "day": end // 4},
        "The lowest pNFH": {"who": first, "way": "frequencies", **here},
    }


def _sentence(values, source, found, headline, interval) -> str:
    parts = [f"{source.who}: {headline}. {interval.rstrip('.')}."]
    if values.way == "relative" and values.who == "published":
        adjusted = published("mirocals_hr_adjusted").estimate
        parts.append(
            f"{found.deaths_1} deaths against {found.deaths_0}. The adjusted HR {adjusted:g} does not mean "
            f"{100 * (1 - adjusted):.0f} % fewer deaths: a hazard ratio compares the pace of dying, not the dead."
        )
    elif values.way == "relative":
        parts.append("Per cent of what? This is per cent of the other arm's share, not of 100 patients.")
    elif values.way == "nnt" and found.nnt.through_infinity:
        (best, _), (worst, _) = found.nnt.best, found.nnt.worst
        parts.append(
            f"Not between {whole(min(best, worst))} and {whole(max(best, worst))}: the interval goes from "
            "benefit through no difference, where the number is infinite, to harm."
        )
    parts.append(f"{source.hr}, {style.p_text(source.p)}.")
    parts.append(_verdict(source, found))
    if source.day and values.day != source.day:
        parts.append("(Published for one day only; the day slider moves the cohort.)")
    return " ".join(parts)


def _verdict(source, found) -> str:
    low, high = found.reduction.ci_low, found.reduction.ci_high
    if source.p < 0.05:
        return "A small p is no prescription: how large, how sure, for whom, at what price, and will it be found again?"
    if math.isnan(low):
        return "These data cannot say how sure that is."
    if found.n_1 + found.n_0 < 40:
        return "So few people can tell next to nothing."
    if low < 0 < high:
        return "Both benefit and harm fit these data."
    return "The interval leaves out no difference, barely or clearly: look at its near end."
