"""Patients in the order of their outcome, death below and function above, beside the analyses that compare the arms."""

from __future__ import annotations

import numpy as np

from .. import style

DOTS = {
    0: {
        "color": style.CONTROL,
        "marker": "s",
        "markerfacecolor": "white",
        "markersize": 3.8,
        "markeredgewidth": 0.9,
    },
    1: {"color": style.ACTIVE, "marker": "o", "markersize": 4},
}
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}
ROWS = {
    "survivors_only": "1  survivors only",
    "carried_forward": "2  last value carried forward",
    "zero_for_dead": "3  ALSFRS-R of 0 for the dead",
}
POINTS = (-15.0, 15.0)
APART = 3.2  # typographic points by which the arms' dots are moved off each other


def joint_rank_frame(figure, months: float):
    """Draw the still part: function above, death below, and on the right the two scales of the analyses.

    Returns
    -------
    tuple of matplotlib Axes
        For change in function, month of death, differences in points, and pairs won.
    """
    change = figure.add_axes([0.085, 0.445, 0.5, 0.445])
    death = figure.add_axes([0.085, 0.125, 0.5, 0.275], sharex=change)
    points = figure.add_axes([0.635, 0.415, 0.345, 0.475])
    pairs = figure.add_axes([0.635, 0.125, 0.345, 0.115])
    change.set(xlim=(-1, 101), ylim=(-48, 3), ylabel="Change in ALSFRS-R")
    change.set_title("Every patient: worst outcome left, best right")
    change.tick_params(labelbottom=False)
    death.set(ylim=(0, months + 0.5), ylabel="Month of death", yticks=np.arange(0, months + 1, 6))
    death.set_xlabel("Place in the ranking of all patients (%)")
    for arm, text in ((1, "active arm"), (0, "control arm")):
        change.plot([], [], linestyle="", label=text, **DOTS[arm])
    change.plot([], [], color=style.INK, linewidth=2, label="mean place")
    change.legend(loc="lower right", fontsize=9, borderaxespad=0, labelspacing=0.25, handletextpad=0.5)
    for ax, middle in ((points, 0), (pairs, 50)):
        ax.axvline(middle, color=style.INK, linewidth=1)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    points.set(xlim=POINTS, ylim=(2.75, -0.55), xlabel="Points (right: treatment better)")
    points.set_title("What each analysis says", x=0)
    for row, text in enumerate(ROWS.values()):
        points.text(POINTS[0], row - 0.2, text, va="bottom", fontsize=9.5, bbox=WHITE)
    pairs.set(xlim=(0, 100), ylim=(0.6, -0.6), xlabel="Treated patient better, of 100 pairs")
    pairs.text(0, -0.95, "4  joint rank: all patients", va="bottom", fontsize=9.5)
    for ax in (points, pairs):
        ax.xaxis.label.set_size(9.5)
        ax.xaxis.set_label_coords(0.5, -0.12 if ax is points else -0.5)
    return change, death, points, pairs


def ranked_patients(change_ax, death_ax, ranks, arms, died, change, months) -> None:
    """Draw each patient at its place: the dead at their month of death, the others at their change in function.

    Patients with one rank stand side by side; the arms' mean places come from the ranks.
    """
    from matplotlib.transforms import ScaledTranslation

    n = len(ranks)
    places = np.empty(n)
    places[np.lexsort((arms, np.arange(n) % max(1, n // 2), ranks))] = 100 * (np.arange(n) + 0.5) / n
    for arm, side in ((0, -1), (1, 1)):
        for ax, heights, here in ((death_ax, months, died), (change_ax, change, ~died)):
            rows = (arms == arm) & here
            moved = ScaledTranslation(0, side * APART / 72, ax.figure.dpi_scale_trans)
            look = {"linestyle": "", "clip_on": False, "transform": ax.transData + moved, **DOTS[arm]}
            ax.plot(places[rows], heights[rows], **look)
            ax.axvline(100 * (ranks[arms == arm].mean() - 0.5) / n, **style.ARM_STYLE[arm], zorder=0)


def compared_ways(ax, table, truth: float) -> None:
    """Draw the differences in points, a row an analysis, and the truth in those who live in either arm."""
    low, high = POINTS
    for row, name in enumerate(ROWS):
        found = table.loc[name]
        if np.isnan(found.estimate):
            ax.text(0.3, row, "too few", va="center", fontsize=9)
            continue
        _interval(ax, found.estimate, found.ci_low, found.ci_high, row + 0.08, low, high)
    if not np.isnan(truth):
        at = np.clip(truth, low, high)
        ax.plot(at, 0.33, "^", color=style.HIGHLIGHT, markersize=8, clip_on=False)
        side = "left" if at < 3 else "right"
        gap = 0.6 if side == "left" else -0.6
        ax.text(at + gap, 0.36, "truth", ha=side, va="center", fontsize=9, color=style.HIGHLIGHT, bbox=WHITE)


def pairs_won(ax, result) -> None:
    """Draw the share of pairs that the active arm wins, with its interval."""
    _interval(ax, *(100 * v for v in (result.win_probability, result.ci_low, result.ci_high)), 0.0, 0, 100)


def _interval(ax, estimate, ci_low, ci_high, row, low, high) -> None:
    ends = np.clip([ci_low, ci_high], low, high)
    if not np.isnan(ends).any():
        ax.plot(ends, [row, row], color=style.ACTIVE, linewidth=2.5, solid_capstyle="butt")
    if low <= estimate <= high:
        ax.plot(estimate, row, "o", color=style.ACTIVE, markersize=8, clip_on=False)
    for beyond, at, arrow in ((ci_low < low, low, "<"), (ci_high > high, high, ">")):
        if beyond:
            ax.plot(at, row, arrow, color=style.ACTIVE, markersize=8, clip_on=False)
