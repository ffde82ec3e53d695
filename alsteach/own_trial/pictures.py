"""The pictures of an analysis, for the panel and the report: drawn with the course's own plots."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import plots, style
from ..frames import TrialDataError

MOST_STEPS = 1000  # of a curve: more cannot be told apart on a screen
MOST_TICKS = 400  # marks of censored patients, or of patients along a biomarker
MOST_ROWS = 18  # terms in the balance picture

VIEWS = {
    "survival": "Survival curves",
    "balance": "Balance of the arms at the start",
    "effects": "Crude against adjusted",
    "reference_level": "At which value is the effect read?",
    "by_biomarker": "Hazard ratio by biomarker",
}
MODEL_WORDS = {
    "unadjusted": "unadjusted",
    "unadjusted_same_patients": "unadjusted, the same\npatients as below",
    "adjusted": "adjusted",
    "adjusted_interaction": "effect varies with\n{name}, read at 0",
    "adjusted_interaction_mean": "the same model,\nread at the mean",
}


def thinned(curves: pd.DataFrame, times) -> pd.DataFrame:
    """Return curves of at most about a thousand steps each, with the numbers at risk at ``times`` unchanged.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = al.kaplan_meier(al.load_veteran(), by="treated")
    >>> len(thinned(curves, [0, 200])) == len(curves)
    True
    """
    kept = []
    for _, curve in curves.groupby("group", sort=False, observed=True):
        if len(curve) > MOST_STEPS:
            at_times = np.searchsorted(curve["time"].to_numpy(), times, side="left")
            rows = np.concatenate([np.linspace(0, len(curve) - 1, MOST_STEPS).astype(int), at_times])
            curve = curve.iloc[np.unique(np.minimum(rows, len(curve) - 1))]
        if (curve["censored"] > 0).sum() > MOST_TICKS:
            curve = curve.assign(censored=0)
        kept.append(curve)
    return pd.concat(kept, ignore_index=True)


def draw(view: str, analysis, figure) -> None:
    """Draw one view of an analysis on an empty figure.

    Raises
    ------
    TrialDataError
        If that part of the analysis has no result; the sentence says why.
    """
    if analysis.tables[view].empty:
        raise TrialDataError(analysis.sentences[view])
    _DRAWINGS[view](analysis, figure)
    plots.label_data(figure, analysis.data_note)


def _pixels(figure) -> tuple[float, float]:
    width, height = figure.get_size_inches()
    return width * 100, height * 100


def _survival(analysis, figure) -> None:
    width, height = _pixels(figure)
    arms = {arm: _short(name) for arm, name in analysis.arms.items()}
    left = max(105, 34 + 7 * max(map(len, arms.values()))) / width
    axes = figure.add_axes([left, 132 / height, 0.97 - left, 0.885 - 132 / height])
    times = plots.round_times(analysis.curves["time"].max(), 5)
    plots.plot_km(thinned(analysis.curves, times), arms, times, ax=axes)


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _balance(analysis, figure) -> None:
    table = analysis.tables["balance"]
    order = table["smd"].abs().sort_values(ascending=False, na_position="last").index[:MOST_ROWS]
    shown = table.loc[[term for term in table.index if term in set(order)]]
    axes = figure.add_axes([0.36, 0.13, 0.60, 0.78])
    plots.plot_balance(shown, adjusted=shown["covariate"], ax=axes)
    axes.set_yticks(axes.get_yticks(), [_short(text.get_text(), 34) for text in axes.get_yticklabels()])
    axes.set_title("Are the arms alike at the start?")
    more = "" if len(shown) == len(table) else f"; the {len(shown)} largest of {len(table)}"
    axes.set_xlabel(f"Active arm − control, in standard deviations{more}")


def _effects(analysis, figure) -> None:
    table = analysis.tables["effects"]
    name = _short(style.words(analysis.biomarker or ""), 18)
    labels = {model: words.format(name=name) for model, words in MODEL_WORDS.items()}
    axes = figure.add_axes([0.30, 0.15, 0.46, 0.75])
    plots.plot_crude_vs_adjusted(table, labels, limits=_limits(table), ax=axes)
    axes.set_title("Treatment effect, analysis by analysis")


def _limits(*tables) -> tuple[float, float]:
    """Return ends of a hazard-ratio axis that hold these intervals, as far as an axis can."""
    ends = pd.concat([table[["ci_low", "ci_high"]] for table in tables]).replace([0, np.inf], np.nan)
    low, high = ends["ci_low"].min(), ends["ci_high"].max()
    low, high = np.clip([0.8 * np.nan_to_num(low, nan=0.5), 1.25 * np.nan_to_num(high, nan=2)], 0.05, 20)
    return min(float(low), 0.4), max(float(high), 2.5)


def _ticks(values) -> np.ndarray:
    """Return the patients' values, or of many patients a sample evenly through their order."""
    values = np.sort(values)
    if len(values) <= MOST_TICKS:
        return values
    return values[np.linspace(0, len(values) - 1, MOST_TICKS).astype(int)]


def _marker_axes(analysis, figure, title, values, start=None):
    """Return axes along the biomarker; a few extreme patients must not squeeze the others, so they are only counted."""
    axes = figure.add_axes([0.1, 0.15, 0.87, 0.75])
    axes.set_title(title)
    low, high, far = values.min(), values.max(), np.quantile(values, 0.975)
    low = low if start is None else min(low, start)
    high = high if start is None else max(high, start)
    end = far if high - low > 1.5 * (far - low) > 0 else high
    name, unit = style.words(analysis.biomarker), style.unit(analysis.biomarker)
    label = f"{_short(name, 40)} ({unit})" if unit else _short(name, 40)
    beyond = int((values > end).sum())
    if beyond:
        label += f"; {beyond} patient{'s lie' if beyond > 1 else ' lies'} beyond the right edge"
    axes.set(xlim=(low, end), xlabel=label)
    return axes, label, (low, end)


def _curve(analysis, axes, label, ends, values, *others):
    curve = analysis.varying.at(np.linspace(*ends, 241))
    plots.plot_hr_by_biomarker(curve, _ticks(values), unit=label, limits=_limits(curve, *others), ax=axes)


def _reference(analysis, figure) -> None:
    table = analysis.tables["reference_level"].set_index("read_at")
    values = analysis.varying.analysed[analysis.varying.interaction].to_numpy(dtype=float)
    axes, label, ends = _marker_axes(analysis, figure, "One model", values, start=0.0)
    _curve(analysis, axes, label, ends, values)
    limits = axes.get_ylim()
    for place, words, marker, color in (
        ("zero", "at 0", "D", style.HIGHLIGHT),
        ("mean", "at the mean", "o", style.INK),
    ):
        row = table.loc[place]
        text = f"read {words}: {style.number_text(row.hr)} ({style.p_text(row.p)})"
        at = np.clip([row.ci_low, row.hr, row.ci_high], *limits)
        axes.plot([row.value] * 2, at[[0, 2]], color=color, linewidth=2.5)
        axes.plot(row.value, at[1], marker, color=color, markersize=9, clip_on=False, label=text)
    handles, texts = axes.get_legend_handles_labels()
    axes.legend(
        handles, texts, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=9.5, borderaxespad=0.2,
        handletextpad=0.1, columnspacing=1.0,
    )  # fmt: skip


def _by_biomarker(analysis, figure) -> None:
    groups = analysis.tables["by_biomarker"]
    if analysis.varying is None and groups["hr"].isna().all():
        raise TrialDataError(analysis.sentences["by_biomarker"])
    values = np.array([groups["lowest"].min(), groups["highest"].max()])
    if analysis.varying is not None:
        values = analysis.varying.analysed[analysis.varying.interaction].to_numpy(dtype=float)
    title = "Hazard ratio along the biomarker, and in groups (squares)"
    axes, label, ends = _marker_axes(analysis, figure, title, values)
    if analysis.varying is not None:
        _curve(analysis, axes, label, ends, values, groups)
    else:
        plots.hr_axis(axes, _limits(groups))
        axes.axhline(1, color=style.INK, linewidth=1)
    limits = axes.get_ylim()
    for row in groups.itertuples():
        span = np.clip([row.lowest, row.highest], *ends)
        if np.isnan(row.hr):
            axes.text(span.mean(), 1.08, "no estimate", ha="center", fontsize=9, color=style.CONTROL)
            continue
        at = np.clip([row.ci_low, row.hr, row.ci_high], *limits)
        axes.plot(span, [at[1]] * 2, color=style.HIGHLIGHT, linewidth=1.5)
        axes.plot([span.mean()] * 2, [at[0], at[2]], color=style.HIGHLIGHT, linewidth=1.5)
        axes.plot(span.mean(), at[1], "s", color=style.HIGHLIGHT, markersize=8)


_DRAWINGS = {
    "survival": _survival,
    "balance": _balance,
    "effects": _effects,
    "reference_level": _reference,
    "by_biomarker": _by_biomarker,
}
