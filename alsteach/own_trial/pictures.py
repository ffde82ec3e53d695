"""The pictures of an analysis, for the panel and the report: drawn with the course's own plots."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import plots, style
from ..data.checks import TrialDataError
from ..panels.picture import Axes
from ..stats.curves import survival_at
from ..words import catalogue, numbers
from ..words.columns import column_unit, column_words
from . import letters
from .sentences import term_words

MOST_STEPS = 1000  # of a curve: more cannot be told apart on a screen
MOST_TICKS = 400  # marks of censored patients, or of patients along a biomarker
ROW = 15  # pixels that a term takes in the balance picture
LETTER = 7.4  # pixels that a letter of 9.5 points takes, rather more than less
VIEWS = ("survival", "balance", "effects", "reference_level", "by_biomarker")


def sheet(figure, width: int, height: int) -> Axes:
    """Return a figure of this size as what `draw` draws on."""
    return Axes(figure, catalogue.panel("own_trial").table("picture"), width, height)


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


def draw(view: str, analysis, axes: Axes) -> None:
    """Draw one view of an analysis on an empty sheet.

    Raises
    ------
    TrialDataError
        If that part of the analysis has no result; the sentence says why.
    """
    if not has(view, analysis):
        raise TrialDataError(analysis.sentences[view])
    import matplotlib

    named = " ".join([*map(str, analysis.arms.values()), analysis.data_note, *map(str, _names(analysis))])
    # Dollar signs in names are dollar signs, not mathematics.
    look = {"text.parse_math": False, "font.family": letters.fonts_for(named)[0]}
    with matplotlib.rc_context(look):
        _DRAWINGS[view](analysis, axes)


def has(view: str, analysis) -> bool:
    """Whether there is something to draw."""
    groups = analysis.tables["by_biomarker"]
    if view == "by_biomarker" and analysis.varying is None and len(groups):
        return bool(groups["hr"].notna().any())
    return not analysis.tables[view].empty


def _names(analysis) -> list:
    """Return what of the learner's own words stands in pictures, beside the arms."""
    return [*analysis.tables["balance"].index, analysis.biomarker or "", *analysis.mapping["covariates"]]


def _short(name: str, most: int = 24) -> str:
    return letters.shortened(letters.drawn(str(name)), most)


def _beside(texts, most: float) -> float:
    """Return the pixels that texts beside an axis take."""
    longest = max(letters.width(line) for text in texts for line in text.split("\n"))
    return min(14 + LETTER * longest, most)


def _survival(analysis, axes) -> None:
    arms = {arm: axes.words("name", name=_short(name)) for arm, name in analysis.arms.items()}
    days = analysis.tables["medians"].set_index("group")["median_days"]
    told = [
        axes.words("half", name=name, day=days[arm]) if pd.notna(days.get(arm)) else name
        for arm, name in arms.items()
    ]
    one_line = sum(map(letters.width, told)) * LETTER + 130 < axes.width
    left = 68 if axes.narrow else max(105, _beside(arms.values(), 240) + 26)
    top, bottom = 28 if one_line else 48, 86 if axes.narrow else 122
    ax = axes.add("main", left=left, right=16, top=top, bottom=bottom)
    longest = analysis.curves["time"].max()
    times = plots.round_times(longest, 3 if axes.narrow else 5)
    plots.km_axis(ax, longest, times, heading=False)
    ax.set_xlabel(axes.words("days"))
    ax.set_ylabel(axes.words("alive"), fontsize=9 if axes.narrow else None, labelpad=2)
    plots.km_curves(ax, thinned(analysis.curves, times), arms, () if axes.narrow else times)
    if axes.narrow:
        _at_risk_on_a_phone(ax, survival_at(analysis.curves, times), axes)
    else:
        place = -26 / (axes.width - left - 16), -61 / (axes.height - top - bottom)
        look = {"ha": "right", "va": "center", "weight": "bold", "fontsize": 9.5}
        ax.text(*place, axes.words("at_risk"), transform=ax.transAxes, **look)
    _mark_medians(ax, days, arms)
    ax.legend(
        ax.get_legend_handles_labels()[0][:2], told, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2,
        handlelength=1.6 if axes.narrow else 2.6, columnspacing=1.6, ncols=2 if one_line else 1,
        fontsize=8.5 if axes.narrow else 10.5 if one_line else 9.5,
    )  # fmt: skip


def _at_risk_on_a_phone(ax, rows, axes) -> None:
    """Write the numbers at risk small, a line for each arm in its colour and in the order of the names above."""
    ax.tick_params(labelsize=9, pad=2)
    ax.xaxis.labelpad = 0
    ax.xaxis.label.set_size(9)
    look = {"textcoords": "offset points", "va": "center", "fontsize": 8.5, "annotation_clip": False}
    where = {"xycoords": ax.get_xaxis_transform()}
    ax.annotate(axes.words("at_risk"), (0, 0), (-13, -34), ha="right", **where, **look)
    for line, (arm, arm_look) in enumerate(plots.group_looks(rows["group"].unique()).items()):
        for row in rows[rows["group"] == arm].itertuples():
            ax.annotate(
                str(row.at_risk), (row.time, 0), (0, -34 - 11 * line), ha="center", color=arm_look["color"],
                **where, **look,
            )  # fmt: skip


def _mark_medians(ax, days, arms) -> None:
    """Mark on the curves where half had died."""
    if days.notna().any():
        ax.plot([0, days.max()], [0.5, 0.5], color=style.INK, linewidth=0.8, linestyle=":")
    handles = ax.get_legend_handles_labels()[0]
    for handle, arm in zip(handles, arms, strict=False):
        if pd.notna(days.get(arm)):
            ax.plot(days[arm], 0.5, "o", color=handle.get_color(), markersize=6)


def _balance(analysis, axes) -> None:
    table = analysis.tables["balance"]
    most = max((axes.height - 72) // ROW, 3)
    order = table["smd"].abs().sort_values(ascending=False, na_position="last").index[:most]
    shown = table.loc[[term for term in table.index if term in set(order)]]
    letters_kept = 16 if axes.narrow else 34
    names = [axes.words("name", name=_short(term_words(term), letters_kept)) for term in shown.index]
    ax = axes.add("main", left=_beside(names, 0.45 * axes.width), right=26, top=8, bottom=62)
    plots.plot_balance(shown, adjusted=shown["covariate"], ax=ax)
    ax.set_yticks(ax.get_yticks(), names)
    label = axes.words("difference_short" if axes.narrow else "difference")
    if len(shown) < len(table):
        label = axes.words("some", label=label, shown=len(shown), all=len(table))
    ax.set_xlabel(label)
    known = shown["smd"].abs().dropna()
    if len(known):
        row = list(shown.index).index(known.idxmax())
        value = shown["smd"].iloc[row]
        ax.annotate(  # on the empty side of the line
            numbers.signed(value, 2),
            (0, row),
            xytext=(-8 if value > 0 else 8, 0),
            textcoords="offset points",
            ha="right" if value > 0 else "left",
            va="center",
            weight="bold",
            fontsize=10,
            color=style.ACTIVE,
        )


def _effects(analysis, axes) -> None:
    table = analysis.tables["effects"]
    if axes.narrow:
        _effects_on_a_phone(table, axes)
        return
    name = _short(column_words(analysis.biomarker or ""), 18)
    labels = {model: axes.words(model, name=name) for model in table.index}
    ax = axes.add("main", left=_beside(labels.values(), 0.38 * axes.width), right=140, top=8, bottom=62)
    plots.plot_crude_vs_adjusted(table, labels, limits=_limits(table), ax=ax)
    ax.set_xlabel(axes.words("ratio"))
    ax.tick_params(axis="y", labelsize=9.5)
    for text in ax.texts:
        text.set_fontsize(9.5)


def _effects_on_a_phone(table, axes) -> None:
    """Write name and figures over each line: beside it there is no room."""
    ax = axes.add("main", left=12, right=12, top=8, bottom=62)
    plots.forest_frame(ax, list(table.index), {}, _limits(table))
    plots.forest_rows(ax, table)
    ax.set(ylim=(len(table) - 0.6, -0.75), xlabel=axes.words("hazard_ratio"))
    ax.set_yticks([])
    for text in list(ax.texts):
        text.remove()
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for row, (model, found) in enumerate(table.iterrows()):
        said = axes.words(
            "row",
            name=axes.words(f"short.{model}"),
            figures=numbers.hr_cell(found.hr, found.ci_low, found.ci_high),
        )
        ax.text(
            0, row - 0.28, said, transform=ax.get_yaxis_transform(), va="bottom", fontsize=8.5, bbox=paper
        )


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


def _marker_axes(analysis, axes, values, start=None, top=12):
    """Return axes along the biomarker; a few extreme patients must not squeeze the others, so they are only counted."""
    ax = axes.add("main", left=62, right=20, top=top, bottom=64)
    low, high, far = values.min(), values.max(), np.quantile(values, 0.975)
    low = low if start is None else min(low, start)
    high = high if start is None else max(high, start)
    end = far if high - low > 1.5 * (far - low) > 0 else high
    name, unit = (
        _short(column_words(analysis.biomarker), 24 if axes.narrow else 40),
        column_unit(analysis.biomarker),
    )
    label = axes.words("with_unit", name=name, unit=unit) if unit else axes.words("name", name=name)
    beyond = int((values > end).sum())
    if beyond and not axes.narrow:
        label = axes.words("beyond", label=label, n=beyond)
    ax.set(xlim=(low, end), xlabel=label)
    return ax, label, (low, end)


def _curve(analysis, ax, label, ends, values, *others):
    curve = analysis.varying.at(np.linspace(*ends, 241))
    plots.plot_hr_by_biomarker(curve, _ticks(values), unit=label, limits=_limits(curve, *others), ax=ax)


def _reference(analysis, axes) -> None:
    table = analysis.tables["reference_level"].set_index("read_at")
    values = analysis.varying.analysed[analysis.varying.interaction].to_numpy(dtype=float)
    ax, label, ends = _marker_axes(analysis, axes, values, start=0.0, top=44 if axes.narrow else 28)
    _curve(analysis, ax, label, ends, values)
    ax.set_ylabel(axes.words("hazard_ratio"))
    limits = ax.get_ylim()
    for place, said, marker, color in (
        ("zero", "at_zero", "D", style.HIGHLIGHT),
        ("mean", "at_mean", "o", style.INK),
    ):
        row = table.loc[place]
        at = np.clip([row.ci_low, row.hr, row.ci_high], *limits)
        ax.plot([row.value] * 2, at[[0, 2]], color=color, linewidth=2.5)
        text = axes.words(said, hr=row.hr, p=row.p)
        ax.plot(row.value, at[1], marker, color=color, markersize=9, clip_on=False, label=text)
    handles, texts = ax.get_legend_handles_labels()
    ax.legend(
        handles, texts, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=1 if axes.narrow else 2,
        fontsize=9 if axes.narrow else 10, borderaxespad=0.2, handletextpad=0.1, columnspacing=1.0,
    )  # fmt: skip


def _by_biomarker(analysis, axes) -> None:
    groups = analysis.tables["by_biomarker"]
    values = np.array([groups["lowest"].min(), groups["highest"].max()])
    if analysis.varying is not None:
        values = analysis.varying.analysed[analysis.varying.interaction].to_numpy(dtype=float)
    ax, label, ends = _marker_axes(analysis, axes, values, top=22)
    if analysis.varying is not None:
        _curve(analysis, ax, label, ends, values, groups)
    else:
        plots.hr_axis(ax, _limits(groups))
        ax.axhline(1, color=style.INK, linewidth=1)
    ax.set_ylabel(axes.words("hazard_ratio"))
    limits = ax.get_ylim()
    for row in groups.itertuples():
        span = np.clip([row.lowest, row.highest], *ends)
        text = axes.words("no_estimate") if np.isnan(row.hr) else numbers.ratio(row.hr)
        look = {"ha": "center", "weight": "bold", "fontsize": 10, "color": style.HIGHLIGHT}
        ax.text(span.mean(), 1.015, text, transform=ax.get_xaxis_transform(), **look)
        if np.isnan(row.hr):
            continue
        at = np.clip([row.ci_low, row.hr, row.ci_high], *limits)
        ax.plot(span, [at[1]] * 2, color=style.HIGHLIGHT, linewidth=1.5)
        ax.plot([span.mean()] * 2, [at[0], at[2]], color=style.HIGHLIGHT, linewidth=1.5)
        ax.plot(span.mean(), at[1], "s", color=style.HIGHLIGHT, markersize=8)


_DRAWINGS = {
    "survival": _survival,
    "balance": _balance,
    "effects": _effects,
    "reference_level": _reference,
    "by_biomarker": _by_biomarker,
}
