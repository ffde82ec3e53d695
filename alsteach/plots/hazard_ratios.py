"""Hazard ratios: several analyses under one another, or one along a biomarker."""

from __future__ import annotations

import numpy as np

from .. import style
from ..words import numbers
from .frame import axes_or_new, hr_axis, need, plain_ratio_ticks


def plot_crude_vs_adjusted(table, labels=None, published=None, limits=None, ax=None):
    """Draw the treatment's hazard ratio from several analyses of one trial, one under the other.

    Parameters
    ----------
    table : DataFrame
        From `compare_models`: an analysis a row with ``hr, ci_low, ci_high, p``.
    labels : dict, optional
        Row name to the words beside it.
    published : DataFrame, optional
        Same columns and row names: printed figures, drawn as open squares under ours.
    limits : (float, float), optional
        Range of the hazard-ratio axis.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_crude_vs_adjusted(al.compare_models(al.load_veteran(), covariates=["karno"]))
    >>> ax.get_xscale()
    'log'
    """
    need(table, ["hr", "ci_low", "ci_high", "p"], "al.compare_models(df, …)")
    ax = axes_or_new(ax)
    low, high = limits or (min(0.1, table["ci_low"].min() * 0.8), max(4, table["ci_high"].max() * 1.25))
    forest_frame(ax, list(table.index), labels, (low, high))
    forest_rows(ax, table, published)
    return ax


def forest_frame(ax, names, labels, limits) -> None:
    """Draw the still part of a forest plot: a line at 1, the hazard-ratio axis and a name a row."""
    labels = labels or {}
    ax.axvline(1, color=style.INK, linewidth=1)
    ax.set_xscale("log")
    ax.set(
        xlim=limits,
        ylim=(len(names) - 0.4, -0.6),
        xlabel="Hazard ratio (left of 1: fewer deaths on treatment)",
    )
    plain_ratio_ticks(ax.xaxis, *limits)
    ax.set_yticks(range(len(names)), [str(labels.get(name, str(name).replace("_", " "))) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def forest_rows(ax, table, published=None) -> None:
    """Draw the hazard ratios of a forest plot on the frame of `forest_frame`, a row of ``table`` a line."""
    low, high = ax.get_xlim()
    for position, (name, row) in enumerate(table.iterrows()):
        _interval(ax, row, position, style.ACTIVE, "o", style.ACTIVE, low, high)
        text = numbers.hr_cell(row.hr, row.ci_low, row.ci_high)
        ax.text(
            1.03,
            position,
            f"{text}\n{numbers.p_text(row.p)}",
            transform=ax.get_yaxis_transform(),
            va="center",
        )
        if published is not None and name in published.index:
            _interval(ax, published.loc[name], position + 0.3, style.CONTROL, "s", "white", low, high)


def _interval(ax, row, position, color, marker, face, low, high):
    ends = np.clip([row.ci_low, row.ci_high], low, high)
    ax.plot(ends, [position, position], color=color, linewidth=2, solid_capstyle="butt")
    if low <= row.hr <= high:
        ax.plot(row.hr, position, marker, color=color, markerfacecolor=face, markersize=8)
    for end, at, arrow in ((row.ci_low < low, low, "<"), (row.ci_high > high, high, ">")):
        if end:
            ax.plot(at, position, arrow, color=color, markersize=8, clip_on=False)


def plot_hr_by_biomarker(curve, values=None, reference=None, unit="", limits=None, ax=None):
    """Draw the treatment's hazard ratio along a biomarker, and where the patients are.

    Parameters
    ----------
    curve : DataFrame
        From ``fit.at(grid)``: ``value, hr, ci_low, ci_high``.
    values : sequence of float, optional
        The patients' biomarker values: a tick each along the bottom, and outside their range the curve is dotted
        because nobody is there.
    reference : float, optional
        A value to mark.
    unit : str
        Label of the biomarker axis.
    limits : (float, float), optional
        Range of the hazard-ratio axis.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> df = al.load_veteran()
    >>> fit = al.fit_cox(df, covariates=["age_years"], interaction="karno")
    >>> al.plot_hr_by_biomarker(fit.at(range(0, 101, 10)), df["karno"], unit="Karnofsky score").get_xlabel()
    'Karnofsky score'
    """
    need(curve, ["value", "hr", "ci_low", "ci_high"], "fit.at([...])")
    ax = axes_or_new(ax)
    low, high = limits or (max(0.02, curve["ci_low"].min() * 0.8), min(50, curve["ci_high"].max() * 1.25))
    ax.axhline(1, color=style.INK, linewidth=1)
    ax.fill_between(
        curve["value"], curve["ci_low"], curve["ci_high"], color=style.ACTIVE, alpha=0.15, linewidth=0
    )
    inside = np.ones(len(curve), dtype=bool)
    if values is not None:
        values = np.asarray(values, dtype=float)
        values = values[~np.isnan(values)]
        inside = ((curve["value"] >= values.min()) & (curve["value"] <= values.max())).to_numpy()
        ax.plot(
            values,
            np.full(len(values), 0.02),
            "|",
            transform=ax.get_xaxis_transform(),
            color=style.INK,
            alpha=0.5,
        )
    ax.plot(curve["value"], curve["hr"], color=style.ACTIVE, linestyle=":")
    ax.plot(curve["value"].where(inside), curve["hr"], color=style.ACTIVE)
    if reference is not None:
        at = np.interp(reference, curve["value"], np.log(curve["hr"]))
        ax.plot(reference, np.exp(at), "D", color=style.HIGHLIGHT, markersize=9)
    hr_axis(ax, (low, high))
    ax.set(xlim=(curve["value"].min(), curve["value"].max()), xlabel=unit)
    return ax
