"""Survival curves."""

from __future__ import annotations

from .. import style
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
        Where the numbers at risk are written (default: six round times).
    interval : bool
        Draw the 95 % log-log confidence bands.
    ax : matplotlib Axes, optional
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
    from ..survival import survival_at

    need(curves, ["group", "time", "at_risk", "survival"], "al.kaplan_meier(df, by='treated')")
    ax = axes_or_new(ax)
    groups = list(dict.fromkeys(curves["group"]))
    if labels is None:
        labels = {0: "control", 1: "active"} if set(groups) <= {0, 1} else {}
    longest = curves["time"].max()
    if times is None:
        from matplotlib.ticker import MaxNLocator

        times = [t for t in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, longest) if 0 <= t <= longest]
    at_risk = survival_at(curves, times)
    for number, group in enumerate(groups):
        curve = curves[curves["group"] == group]
        look = style.ARM_STYLE.get(group, style.GROUP_STYLES[number % len(style.GROUP_STYLES)])
        name = str(labels.get(group, group))
        ax.step(curve["time"], curve["survival"], where="post", label=name, **look)
        if interval:
            band = curve.dropna(subset=["ci_low"])
            ax.fill_between(
                band["time"],
                band["ci_low"],
                band["ci_high"],
                step="post",
                color=look["color"],
                alpha=0.13,
                linewidth=0,
            )
        lost = curve[(curve["censored"] > 0) & (curve["time"] < longest)]
        ax.plot(lost["time"], lost["survival"], "|", color=look["color"], markersize=7)
        row = at_risk[at_risk["group"] == group]
        height = -0.27 - 0.085 * number
        transform = ax.get_xaxis_transform()
        ax.text(
            -0.015,
            height,
            name,
            transform=ax.transAxes,
            ha="right",
            va="center",
            color=look["color"],
            fontsize=9.5,
        )
        for t, count in zip(row["time"], row["at_risk"], strict=True):
            ax.text(t, height, str(count), transform=transform, ha="center", va="center", fontsize=9.5)
    ax.text(
        -0.015,
        -0.185,
        "At risk",
        transform=ax.transAxes,
        ha="right",
        va="center",
        fontsize=9.5,
        weight="bold",
    )
    ax.set(xlim=(0, longest), ylim=(0, 1.02), xlabel=f"Time ({time_unit})", ylabel="Share still alive")
    ax.set_xticks(list(times))
    ax.legend(loc="upper right")
    return ax
