"""Time drawn from left to right: patients as lines, a trial's plan as lanes."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import axes_or_new, need


def plot_patient_lines(patients, end=None, ax=None):
    """Draw each patient as a line from entry to death (cross) or to when last seen alive (open circle).

    Parameters
    ----------
    patients : DataFrame
        Columns ``patient, time_days, died``.
    end : float, optional
        Last day of the study.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> [tick.get_text() for tick in al.plot_patient_lines(al.eight_patients()).get_yticklabels()]
    ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
    """
    need(patients, ["patient", "time_days", "died"], "al.eight_patients()")
    ax = axes_or_new(ax)
    lines_axis(ax, patients["patient"], float(patients["time_days"].max()) if end is None else end)
    patient_lines(ax, patients["time_days"], patients["died"])
    return ax


def lines_axis(ax, names, end: float) -> None:
    """Draw the still part: a row a patient, days from entry."""
    ax.set(xlim=(0, end * 1.03), ylim=(len(names) - 0.4, -0.6), xlabel="Days since entry")
    ax.set_yticks(range(len(names)), list(names))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.axvline(end, color=style.PALE, linewidth=1, linestyle=(0, (4, 3)))


def patient_lines(ax, days, died) -> None:
    """Draw the patients on the frame of `lines_axis`."""
    days, died = np.asarray(days, dtype=float), np.asarray(died, dtype=bool)
    rows = np.arange(len(days))
    ax.hlines(rows, 0, days, color=style.CONTROL, linewidth=2)
    look = {"linestyle": "none", "markersize": 8, "clip_on": False}
    ax.plot(days[died], rows[died], marker="X", color=style.HIGHLIGHT, **look)
    ax.plot(
        days[~died],
        rows[~died],
        marker="o",
        color=style.ACTIVE,
        markerfacecolor="white",
        markeredgewidth=2,
        **look,
    )


def patient_legend(ax) -> None:
    """Say what cross and circle mean, above the axis."""
    from matplotlib.lines import Line2D

    cross = Line2D([], [], linestyle="none", marker="X", color=style.HIGHLIGHT, markersize=8, label="died")
    circle = Line2D(
        [],
        [],
        linestyle="none",
        marker="o",
        color=style.ACTIVE,
        markerfacecolor="white",
        markeredgewidth=2,
        markersize=8,
        label="last seen alive (censored)",
    )
    ax.legend(
        handles=[cross, circle],
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        handletextpad=0.1,
        columnspacing=1.0,
        borderaxespad=0.2,
    )


def plot_trial_design(plan, ax=None):
    """Draw a trial's plan on a time line: run-in, randomisation, treatment cycles in each arm, endpoint.

    Parameters
    ----------
    plan : Series or dict
        From `mirocals_plan`: ``run_in_min_days, run_in_max_days, days_on, cycle_days, treatment_days, endpoint_day``,
        and ``active, control``, the words for the arms.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> al.plot_trial_design(al.mirocals_plan()).get_xlabel()
    'Days since randomisation'
    """
    ax = axes_or_new(ax)
    earliest, latest, end = -plan["run_in_max_days"], -plan["run_in_min_days"], plan["endpoint_day"]
    arms = {plan["active"]: (1, style.ACTIVE), plan["control"]: (2, style.CONTROL)}
    ax.broken_barh([(latest, end - latest)], (-0.25, 0.5), color=style.SECOND)
    ax.broken_barh(
        [(earliest, latest - earliest)], (-0.25, 0.5), facecolor="white", edgecolor=style.SECOND, hatch="///"
    )
    starts = np.arange(0, plan["treatment_days"], plan["cycle_days"])
    for row, colour in arms.values():
        ax.hlines(row, 0, end, color=style.PALE, linewidth=1.5)
        ax.broken_barh([(start, plan["days_on"]) for start in starts], (row - 0.25, 0.5), color=colour)
    ax.axvline(0, color=style.INK, linewidth=1.5)
    ax.axvline(end, color=style.HIGHLIGHT, linewidth=1.5, linestyle=(0, (4, 2)))
    label = {"va": "bottom", "fontsize": 10}
    ax.text(earliest, -0.66, "run-in", ha="left", **label)
    ax.text(0, -0.66, "randomisation", ha="left", **label)
    ax.text(end, -0.66, "endpoint", ha="right", color=style.HIGHLIGHT, **label)
    ax.set(xlim=(earliest - 6, end + 12), ylim=(2.6, -0.6), xlabel="Days since randomisation")
    ax.set_yticks([0, *(row for row, _ in arms.values())], ["riluzole", *arms])
    ax.set_xticks([*range(-100, int(end) - 59, 100), end])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return ax
