"""Survival curves."""

from __future__ import annotations

import numpy as np

from .. import style
from ..stats.curves import survival_at
from .frame import axes_or_new, need


def plot_km(curves, labels=None, times=None, interval=True, ax=None, time_unit="days"):
    """Draw Kaplan-Meier curves with the numbers at risk under the axis.

    Parameters
    ----------
    curves : DataFrame
        From `kaplan_meier`.
    labels : dict, optional
        Group to the words in the legend; by default 0 is "control" and 1 is "active" where those are the groups.
    times : sequence of float, optional
        Where the numbers at risk are written (default: round times).
    interval : bool
        Draw the 95 % log-log confidence bands.
    ax : matplotlib Axes, optional
        Leave room under it: a line of text for the axis, one for the heading and one a group.
    time_unit : str

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_km(al.kaplan_meier(al.load_veteran(), by="treated"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['control', 'active']
    """
    need(curves, ["group", "time", "at_risk", "survival"], "al.kaplan_meier(df, by='treated')")
    groups = list(dict.fromkeys(curves["group"]))
    if ax is None:
        ax = axes_or_new(None)
        ax.figure.subplots_adjust(left=0.16, right=0.96, top=0.9, bottom=0.26 + 0.05 * len(groups))
    longest = curves["time"].max()
    times = round_times(longest) if times is None else times
    km_axis(ax, longest, times, time_unit)
    km_curves(ax, curves, labels, times, interval)
    return ax


def round_times(longest: float, about: int = 8) -> list[float]:
    """Return about so many round times from 0 to the longest follow-up."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(about, steps=[1, 2, 5, 10]).tick_values(0, longest)
    return [float(t) for t in ticks if 0 <= t <= longest]


def km_axis(ax, longest: float, times, time_unit: str = "days", heading: bool = True) -> None:
    """Draw the still part of a Kaplan-Meier picture: time, share alive, the heading of the numbers at risk."""
    # A group followed for no time at all still needs an axis of some width.
    ax.set(xlim=(0, longest or 1), ylim=(0, 1.02), xlabel=f"Time ({time_unit})", ylabel="Share still alive")
    ax.set_xticks(list(times), [f"{t:g}" for t in times])
    ax.set_yticks(np.linspace(0, 1, 6), [f"{share:.0f} %" for share in np.linspace(0, 100, 6)])
    if heading:
        _under(ax, 0, 1, "At risk", ha="right", weight="bold")


def _under(ax, x, line, text, across=None, **look):
    """Write under the axis, so many lines of text below its label; names of rows stand left of the numbers."""
    from matplotlib.transforms import ScaledTranslation

    shift = (-18 / 72 if look["ha"] == "right" else 0, -(30 + 14 * line) / 72)
    place = (across or ax.transAxes) + ScaledTranslation(*shift, ax.figure.dpi_scale_trans)
    return ax.text(x, 0, text, transform=place, va="center", fontsize=9.5, **look)


def group_looks(groups) -> dict:
    """Return colour and line of each group: the arms' own for 0 and 1, otherwise colours that no arm has."""
    groups = list(groups)
    if set(groups) <= {0, 1}:
        return {group: style.ARM_STYLE[group] for group in groups}
    others = style.GROUP_STYLES[2:] + style.GROUP_STYLES[:2]
    return {group: others[number % len(others)] for number, group in enumerate(groups)}


def km_curves(ax, curves, labels=None, times=(), interval=True) -> None:
    """Draw the curves, their legend above the axis and the numbers at risk at ``times``."""
    lines = []
    groups = list(dict.fromkeys(curves["group"]))
    if labels is None:
        labels = {0: "control", 1: "active"} if set(groups) <= {0, 1} else {}
    at_risk = survival_at(curves, times) if len(times) else None
    for number, (group, look) in enumerate(group_looks(groups).items()):
        curve = curves[curves["group"] == group]
        name = str(labels.get(group, group))
        lines += ax.step(curve["time"], curve["survival"], where="post", label=name, **look)
        if interval:
            confidence_band(ax, curve, look["color"])
        left = curve[curve["censored"] > 0]
        ax.plot(left["time"], left["survival"], "|", color=look["color"], markersize=7)
        if at_risk is not None:
            row = at_risk[at_risk["group"] == group]
            _under(ax, 0, 2 + number, name, ha="right", color=look["color"])
            for t, count in zip(row["time"], row["at_risk"], strict=True):
                _under(ax, t, 2 + number, str(count), ax.get_xaxis_transform(), ha="center")
    ax.legend(
        handles=lines,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=len(lines) if sum(len(line.get_label()) + 7 for line in lines) < 95 else -(-len(lines) // 2),
        borderaxespad=0.2,
        handlelength=2.6,
        columnspacing=1.6,
    )


def confidence_band(ax, curve, color) -> None:
    """Shade where the interval of one curve lies; nothing where it has none."""
    known = curve.dropna(subset=["ci_low"])
    if len(known) > 1:
        low, high = known["ci_low"], known["ci_high"]
        ax.fill_between(known["time"], low, high, step="post", color=color, alpha=0.13, linewidth=0)


def survival_steps(ax, times, survival, until: float | None = None, **look):
    """Draw one survival curve from its own ordered times, starting at 1 and ending with the last follow-up."""
    known = ~np.isnan(np.asarray(survival, dtype=float))
    x = np.concatenate([[0.0], np.asarray(times, dtype=float)[known]])
    y = np.concatenate([[1.0], np.asarray(survival, dtype=float)[known]])
    if until is not None and y[-1] == 0:
        x, y = np.append(x, until), np.append(y, 0.0)
    return ax.step(x, y, where="post", **look)
