"""Three ways to run the next trial side by side: patients, deaths, months, and the chance of a significant result."""

from __future__ import annotations

from .. import style
from .frame import axes_or_new

COUNTS = {
    "screened": "Screened",
    "patients": "Enrolled",
    "events": "Deaths\nneeded",
    "months": "Months to\nreadout",
}
CHANCES = {
    "believed": {"marker": "o", "color": style.ACTIVE, "markersize": 9, "markerfacecolor": "white"},
    "uncertain": {"marker": "D", "color": style.INK, "markersize": 6},
    "truth": {"marker": "s", "color": style.HIGHLIGHT, "markersize": 7.5},
}
CHANCE_WORDS = {
    "believed": "if the belief is true",
    "uncertain": "… averaged over its interval",
    "truth": "if instead the truth set here",
}
HEIGHTS = {"believed": -0.24, "uncertain": 0.0, "truth": 0.24}


def plot_next_trial(plans, target: float = 0.8, ax=None):
    """Draw the chance that each of several planned trials is significant in favour of treatment.

    Parameters
    ----------
    plans : dict of str to dict
        Label to ``believed``, ``uncertain`` and ``truth``, each (chance, half the width of its interval) or None.
    target : float
        The power planned for.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_next_trial({"everybody": {"believed": (0.8, 0.03), "uncertain": (0.7, 0), "truth": (0.2, 0.03)}})
    >>> ax.get_xlabel()
    'Chance of p < 0.05 in favour'
    """
    ax = axes_or_new(ax)
    chance_axis(ax, list(plans), target)
    for row, chances in enumerate(plans.values()):
        chance_row(ax, row, chances)
    return ax


def chance_axis(ax, labels, target: float) -> None:
    """Draw the still part of `plot_next_trial`."""
    ax.set(xlim=(-0.02, 1.02), ylim=(len(labels) - 0.5, -0.5), xlabel="Chance of p < 0.05 in favour")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0)
    ax.axvline(target, color=style.PALE, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
    for edge in range(len(labels) - 1):
        ax.axhline(edge + 0.5, color=style.PALE, linewidth=0.6)


def chance_row(ax, row: int, chances) -> None:
    """Draw the chances of one trial; each is (chance, half the width of its interval) or None."""
    from matplotlib.lines import Line2D

    for name, chance in chances.items():
        if chance is None:
            continue
        share, error = chance
        y, look = row + HEIGHTS[name], CHANCES[name]
        if error:
            ends = [max(share - error, 0), min(share + error, 1)]
            ax.add_line(Line2D(ends, [y, y], color=look["color"], linewidth=2, clip_on=False))
        ax.add_line(Line2D([share], [y], linestyle="none", clip_on=False, **look))


def next_trial_frame(figure, labels) -> dict:
    """Draw the axes of the panel: a column of bars for each count, and the chances; return them by name."""
    from matplotlib.lines import Line2D

    axes, left = {}, 0.215
    for name, words in COUNTS.items():
        ax = axes[name] = figure.add_axes([left, 0.185, 0.095, 0.575])
        ax.set(xlim=(0, 1), ylim=(len(labels) - 0.5, -0.5), xticks=[], yticks=[])
        ax.spines[["bottom", "left"]].set_visible(False)
        ax.axvline(0, color=style.INK, linewidth=1)
        ax.text(0, 1.02, words, transform=ax.transAxes, va="bottom", linespacing=1.15)
        left += 0.113
    ax = axes["chance"] = figure.add_axes([0.69, 0.185, 0.28, 0.575])
    handles = [
        Line2D([], [], linestyle="none", label=CHANCE_WORDS[name], **look) for name, look in CHANCES.items()
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.675, 0.995),
        fontsize=9.5,
        borderaxespad=0,
        handletextpad=0.2,
        labelspacing=0.35,
    )
    return axes


def next_trial_bars(axes, row: int, numbers, largest, chosen: bool) -> None:
    """Draw one trial's counts as bars, each as long as its share of the largest in its column."""
    from matplotlib.patches import Rectangle

    color = style.ACTIVE if chosen else style.PALE
    for name in COUNTS:
        ax, value = axes[name], numbers[name]
        length = value / max(largest[name], 1e-9)
        ax.add_patch(Rectangle((0, row - 0.17), length, 0.34, facecolor=color, linewidth=0))
        ax.text(0.03, row - 0.2, f"{value:,.0f}", va="bottom", weight="bold" if chosen else "normal")
