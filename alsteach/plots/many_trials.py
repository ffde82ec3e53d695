"""Pictures of what many trials of one design would report."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import axes_or_new, need, plain_ratio_ticks

TITLES = {
    "crude": "unadjusted",
    "adjusted": "adjusted, no interaction",
    "at_zero": "adjusted, interaction read at 0 pg/mL",
    "at_mean": "adjusted, interaction read at the mean",
}


def plot_many_trials(trials, against="at_zero", published=None, limits=(0.05, 4.0), ax=None):
    """Draw each simulated trial as a point: its unadjusted hazard ratio across, another of its figures upwards.

    Parameters
    ----------
    trials : DataFrame
        From `run_many_trials`.
    against : {"adjusted", "at_zero", "at_mean"}
        The figure on the vertical axis.
    published : (float, float), optional
        The published pair of hazard ratios, drawn as a star.
    limits : (float, float)
        Ends of both axes; trials outside are drawn at the edge.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_many_trials(al.run_many_trials(al.TrialDesign(), n_trials=20))
    >>> ax.get_xlabel()
    'Hazard ratio: unadjusted'
    """
    ax = axes_or_new(ax)
    many_trials_frame(ax, limits)
    many_trials_points(ax, trials, against, published)
    return ax


def many_trials_frame(ax, limits) -> None:
    """Draw the still part of `plot_many_trials`."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlim=limits, ylim=limits)
    ax.set_xlabel(f"Hazard ratio: {TITLES['crude']}")
    for axis in (ax.xaxis, ax.yaxis):
        plain_ratio_ticks(axis, *limits)
    ax.plot(limits, limits, color=style.PALE, linewidth=1)
    ax.axhline(1, color=style.INK, linewidth=0.8)
    ax.axvline(1, color=style.INK, linewidth=0.8)
    ax.text(limits[1] * 0.93, limits[1] * 0.8, "both agree", rotation=0, ha="right", va="top", fontsize=9)


def many_trials_points(ax, trials, against, published=None) -> None:
    """Draw the trials of `plot_many_trials` on its frame, and say which figure goes upwards."""
    need(trials, ["crude_log_hr", f"{against}_log_hr", f"{against}_p"], "al.run_many_trials(design)")
    ax.annotate(
        f"Hazard ratio:\n{TITLES[against]}",
        (0, 0.5),
        (-36, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        rotation="vertical",
        ha="right",
        va="center",
        multialignment="center",
    )
    low, high = ax.get_xlim()
    x = np.clip(np.exp(trials["crude_log_hr"]), low, high)
    y = np.clip(np.exp(trials[f"{against}_log_hr"]), low, high)
    significant = (trials[f"{against}_p"] < 0.05).to_numpy()
    ax.plot(
        x[~significant],
        y[~significant],
        "o",
        color=style.PALE,
        markersize=3,
        label="second analysis p ≥ 0.05",
    )
    ax.plot(
        x[significant],
        y[significant],
        "^",
        color=style.ACTIVE,
        markersize=3.5,
        label="second analysis p < 0.05",
    )
    if published is not None:
        ax.plot(
            *published,
            "*",
            color=style.HIGHLIGHT,
            markersize=17,
            markeredgecolor="white",
            label="published pair",
        )
    ax.legend(loc="lower left", bbox_to_anchor=(1.01, 0.0), fontsize=9)


def plot_gap_budget(budget, labels=None, limits=None, ax=None):
    """Draw how far each cause alone moves a hazard ratio: the middle and the 5th to 95th percentile of trials.

    Parameters
    ----------
    budget : DataFrame
        From `gap_budget`.
    labels : dict, optional
        Cause to the words beside it.
    limits : (float, float), optional
        Range of adjusted − crude log hazard ratio.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = axes_or_new(ax)
    need(budget, ["p05", "p50", "p95", "share_reaching"], "al.gap_budget()")
    limits = limits or (min(-2.0, budget["p05"].min() * 1.1), max(0.6, budget["p95"].max() * 1.1))
    gap_budget_frame(ax, list(budget.index), labels or {}, limits, budget.attrs["target"])
    gap_budget_rows(ax, budget)
    return ax


def gap_budget_frame(ax, causes, labels, limits, target) -> None:
    """Draw the still part of `plot_gap_budget`."""
    ax.axvline(0, color=style.INK, linewidth=1)
    ax.axvline(target, color=style.HIGHLIGHT, linewidth=1.5, linestyle=(0, (4, 2)))
    ax.text(
        target, -0.75, "published\ndifference", color=style.HIGHLIGHT, ha="center", va="bottom", fontsize=9
    )
    ax.set(xlim=limits, ylim=(len(causes) - 0.4, -0.7), xlabel="Adjusted minus crude log hazard ratio")
    ax.set_yticks(range(len(causes)), [labels.get(cause, cause.replace("_", " ")) for cause in causes])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def gap_budget_rows(ax, budget) -> None:
    """Draw the causes of `plot_gap_budget` on its frame, with the share of trials that reach the published gap."""
    low, high = ax.get_xlim()
    for position, row in enumerate(budget.itertuples()):
        ends = np.clip([row.p05, row.p95], low, high)
        ax.plot(ends, [position, position], color=style.ACTIVE, linewidth=4, solid_capstyle="butt", alpha=0.5)
        ax.plot(np.clip(row.p50, low, high), position, "o", color=style.ACTIVE, markersize=7)
        ax.text(
            1.02,
            position,
            f"{100 * row.share_reaching:.1f} %" if row.trials else ("yes" if row.share_reaching else "no"),
            transform=ax.get_yaxis_transform(),
            va="center",
        )
