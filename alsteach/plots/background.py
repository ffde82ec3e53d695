"""Pictures of notebook 01: motor neurons, one person's predicted survival, two arms that differ by luck."""

from __future__ import annotations

import numpy as np

from .. import style
from .curves import survival_steps
from .frame import axes_or_new, plain_ratio_ticks

# Region of the motor system, the muscles it moves, height in the picture (0 to 60).
REGIONS = {
    "bulbar": ("tongue and throat", 40),
    "cervical": ("neck, arm, hand, diaphragm", 29),
    "thoracic": ("chest and belly", 18),
    "lumbosacral": ("leg and foot", 7),
}
SIGNS = {"upper": "stiffness, clumsiness", "lower": "weakness, wasting, twitching"}


def plot_motor_neurons(lost: str = "both", onset: str | None = None, ax=None):
    """Draw the two kinds of motor neuron and where ALS strikes.

    Told apart without colour: upper motor neurons have a triangle and a dashed line, lower ones a circle and a solid
    line; a cross marks what is lost.

    Parameters
    ----------
    lost : {"none", "upper", "lower", "both"}
        Which kind is lost; in ALS both.
    onset : {"bulbar", "cervical", "thoracic", "lumbosacral"}, optional
        The region of the first symptoms.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_motor_neurons("both", onset="bulbar")
    >>> any("tongue and throat" in text.get_text() for text in ax.texts)
    True
    """
    ax = axes_or_new(ax)
    motor_neuron_frame(ax)
    motor_neuron_state(ax, lost, onset)
    return ax


def motor_neuron_frame(ax) -> None:
    """Draw brain, brainstem, cord and muscles: what stays whatever is lost."""
    from matplotlib.patches import Ellipse, FancyBboxPatch

    ax.set(xlim=(0, 100), ylim=(0, 60))
    ax.set_axis_off()
    ax.add_patch(Ellipse((18, 50), 24, 16, facecolor="#f2f2f2", edgecolor=style.INK))
    ax.text(18, 53.4, "motor cortex", ha="center", va="center")
    for number, (region, (muscles, y)) in enumerate(REGIONS.items()):
        box = FancyBboxPatch(
            (31.5, y - 3.4), 18, 6.8, boxstyle="round,pad=0.6", facecolor="#f2f2f2", edgecolor=style.INK
        )
        ax.add_patch(box)
        place = "brainstem" if number == 0 else "spinal cord"
        ax.text(49.4, y + 1.9, region, ha="right", va="center", weight="bold", fontsize=9.5)
        ax.text(49.4, y - 2.0, place, ha="right", va="center", fontsize=9)
        ax.add_patch(
            Ellipse((66, y), 8, 5, facecolor="#e2e2e2", edgecolor=style.INK, hatch="////", linewidth=0.8)
        )
        ax.text(71.5, y, muscles, ha="left", va="center", fontsize=9.5)
    ax.text(66, 46.5, "muscles", ha="center", va="center", weight="bold")


def motor_neuron_state(ax, lost: str = "both", onset: str | None = None) -> None:
    """Draw the neurons themselves, a cross on each that is lost, and the region of the first symptoms."""
    upper, lower = lost in ("upper", "both"), lost in ("lower", "both")
    dashed = {"linestyle": (0, (4, 1.6)), "linewidth": 2}
    for number, (_, y) in enumerate(REGIONS.values()):
        start = 10.5 + 5 * number
        color = style.PALE if upper else style.CONTROL
        ax.plot([start, start, 32.5], [47, y, y], color=color, zorder=1, **dashed)
        ax.plot(start, 47, "^", color=style.CONTROL, markersize=9)
        ax.plot([33.5, 62], [y, y], color=style.PALE if lower else style.ACTIVE, linewidth=2.5, zorder=1)
        ax.plot(33.5, y, "o", color=style.ACTIVE, markersize=9)
        if upper:
            ax.plot(start, 47, "x", color=style.HIGHLIGHT, markersize=13, markeredgewidth=2.5)
        if lower:
            ax.plot(33.5, y, "x", color=style.HIGHLIGHT, markersize=13, markeredgewidth=2.5)
    for kind, gone, y, marker, color, line in (
        ("upper", upper, 57, "^", style.CONTROL, dashed),
        ("lower", lower, 52.5, "o", style.ACTIVE, {"linewidth": 2.5}),
    ):
        ax.plot([37, 42], [y, y], color=color, **line)
        ax.plot(37, y, marker, color=color, markersize=8)
        if gone:
            ax.plot(37, y, "x", color=style.HIGHLIGHT, markersize=11, markeredgewidth=2.2)
        text = f"{kind} motor neuron" + (f" lost: {SIGNS[kind]}" if gone else "")
        ax.text(44, y, text, va="center")
    if onset is not None:
        y = REGIONS[onset][1]
        ax.text(
            66, y - 4.7, "first symptoms here", ha="center", va="center", weight="bold", color=style.HIGHLIGHT
        )


LIVES = {
    "within": {"marker": "o", "color": style.ACTIVE, "label": "died within that range"},
    "outside": {"marker": "D", "color": style.HIGHLIGHT, "label": "died outside it"},
    "alive": {"marker": ">", "color": style.CONTROL, "label": "alive when last seen"},
}


def prognosis_frame(figure, times, survival, last_month: int):
    """Draw what stays while a person is being built: axes, legends and the survival of the whole registry.

    Returns
    -------
    (Axes, Axes)
        For the curve, and below it for the people most alike.
    """
    from matplotlib.patches import Patch

    upper, lower = figure.add_axes([0.125, 0.47, 0.85, 0.5]), figure.add_axes([0.125, 0.135, 0.85, 0.2])
    everybody = {"color": style.CONTROL, "linewidth": 1.5, "linestyle": (0, (5, 2))}
    survival_steps(upper, times, survival, label="the whole registry", **everybody)
    such = upper.plot([], [], color=style.ACTIVE, label="such people, predicted")
    shade = Patch(color=style.ACTIVE, alpha=0.12, label="half to twice their median")
    upper.legend(handles=[*such, shade, upper.lines[0]], loc="upper right")
    upper.set(xlim=(0, last_month), ylim=(0, 1.02), ylabel="Share still alive")
    upper.set_yticks(np.linspace(0, 1, 5), [f"{share} %" for share in (0, 25, 50, 75, 100)])
    lower.set(xlim=(0, last_month), ylim=(0, 1), yticks=[], xlabel="Months since diagnosis")
    lower.set_ylabel("The 40\nmost alike", rotation=0, ha="right", va="center")
    for ax in (upper, lower):
        ax.set_xticks(range(0, last_month + 1, 12))
    lower.spines["left"].set_visible(False)
    marks = [lower.plot([], [], linestyle="", markersize=6, **look)[0] for look in LIVES.values()]
    lower.legend(
        handles=marks,
        loc="lower right",
        bbox_to_anchor=(1, 0.98),
        ncols=3,
        handletextpad=0.1,
        borderaxespad=0,
    )
    return upper, lower


def prognosis_picture(upper, lower, curve, median: float, lives) -> None:
    """Draw one predicted curve, the range from half to twice its median, and how the most alike fared.

    Parameters
    ----------
    upper, lower : Axes
        From `prognosis_frame`.
    curve : DataFrame
        ``time`` in months and ``survival``.
    median : float
        Months; NaN where the curve never falls to a half.
    lives : DataFrame
        A row a person: ``months`` and ``fate`` (within, outside, alive).
    """
    last = upper.get_xlim()[1]
    survival_steps(upper, curve["time"], curve["survival"], color=style.ACTIVE)
    if not np.isnan(median):
        for ax in (upper, lower):
            ax.axvspan(median / 2, min(2 * median, last), color=style.ACTIVE, alpha=0.12, linewidth=0)
        upper.plot([median, median], [0, 0.5], color=style.INK, linewidth=1.3, linestyle=(0, (2, 2)))
        upper.plot([0, median], [0.5, 0.5], color=style.INK, linewidth=1.3, linestyle=(0, (2, 2)))
    # A golden-ratio sequence of heights keeps neighbours apart without drawing lots.
    height = 0.1 + 0.8 * ((np.arange(len(lives)) * 0.618) % 1)
    for fate, look in LIVES.items():
        rows = (lives["fate"] == fate).to_numpy()
        months = np.minimum(lives["months"][rows], last)
        lower.plot(months, height[rows], linestyle="", markersize=6, clip_on=False, **look)


def luck_frame(figure, names, arms, hr_limits, last_day: float, n_draws: int):
    """Draw the still part of two arms compared by luck: curves, differences by characteristic, hazard ratios.

    Returns
    -------
    (Axes, Axes, Axes)
    """
    left = figure.add_axes([0.115, 0.15, 0.33, 0.77])
    differences = figure.add_axes([0.675, 0.555, 0.305, 0.365])
    ratios = figure.add_axes([0.675, 0.19, 0.305, 0.14])
    left.set(
        xlim=(0, last_day),
        ylim=(0, 1.02),
        xlabel="Days since diagnosis",
        ylabel="Share still alive",
        title="Two arms, nobody treated",
    )
    left.set_yticks(np.linspace(0, 1, 5), [f"{share} %" for share in (0, 25, 50, 75, 100)])
    for arm, name in enumerate(arms):
        left.plot([], [], label=name, **style.ARM_STYLE[arm])
    left.legend(loc="lower left")
    differences.axvline(0, color=style.INK, linewidth=1)
    differences.set(xlim=(-1, 1), ylim=(len(names) - 0.4, -0.6), title="Arm B minus arm A")
    differences.set_yticks(range(len(names)), names, fontsize=9.5)
    differences.set_xlabel("standard deviations (grey: 95 of 100 draws)", fontsize=9.5, x=0.4)
    differences.tick_params(axis="y", length=0)
    ratios.set_xscale("log")
    ratios.set(xlim=hr_limits, ylim=(0, 1.05), yticks=[], xlabel="Hazard ratio, arm B against arm A")
    ratios.set_title(f"{n_draws} draws of this size", fontsize=10.5)
    plain_ratio_ticks(ratios.xaxis, *hr_limits)
    ratios.axvline(1, color=style.INK, linewidth=1)
    for ax in (differences, ratios):
        ax.spines["left"].set_visible(False)
    return left, differences, ratios


def luck_curves(ax, curves) -> None:
    """Draw the survival curves of two arms: ``curves`` holds (times, survival) of each."""
    for arm, (times, survival) in enumerate(curves):
        survival_steps(ax, times, survival, **style.ARM_STYLE[arm])


def luck_differences(ax, difference, spread) -> None:
    """Draw one draw's differences between the arms over the range in which 95 of 100 draws lie."""
    rows = np.arange(len(difference))
    ax.hlines(rows, -np.asarray(spread), spread, color=style.PALE, linewidth=7)
    ax.plot(np.clip(difference, -1, 1), rows, "o", color=style.HIGHLIGHT, markersize=7, clip_on=False)


def luck_ratios(ax, hazard_ratios, here: float) -> None:
    """Draw the hazard ratios of all draws as a histogram, and mark this one."""
    low, high = ax.get_xlim()
    kept = np.clip(np.asarray(hazard_ratios)[~np.isnan(hazard_ratios)], low, high)
    counts, edges = np.histogram(kept, np.geomspace(low, high, 42))
    ax.stairs(counts / max(counts.max(), 1), edges, fill=True, color=style.PALE)
    if not np.isnan(here):
        ax.plot(np.clip(here, low, high), 0.06, "D", color=style.HIGHLIGHT, markersize=9, clip_on=False)
