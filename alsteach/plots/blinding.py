"""Pictures of a blind that leaks: guesses by arm, Bang's index, apparent differences of a drug that does nothing."""

from __future__ import annotations

from .. import style
from .frame import axes_or_new

ANSWERS = {
    "correct": {"color": style.ACTIVE},
    "dont_know": {"color": style.PALE},
    "wrong": {"color": "white", "hatch": "////", "edgecolor": style.HIGHLIGHT, "linewidth": 1.2},
}
ANSWER_WORDS = {"correct": "guess right", "dont_know": "don't know", "wrong": "guess wrong"}
ON_WHITE = {"correct": "white", "dont_know": style.INK, "wrong": style.INK}
ARMS = {"active": "on the drug", "placebo": "on placebo"}


def plot_guesses(guesses, ax=None):
    """Draw what the patients of either arm guess, as two bars of shares.

    Parameters
    ----------
    guesses : DataFrame
        From `expected_guesses`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_guesses(al.expected_guesses(0.6, 0.1, convinced=0.5))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['on the drug', 'on placebo']
    """
    ax = axes_or_new(ax)
    guess_axis(ax)
    guess_bars(ax, guesses)
    return ax


def guess_axis(ax) -> None:
    """Draw the still part of `plot_guesses`."""
    from matplotlib.patches import Patch

    ax.set(xlim=(0, 1), ylim=(1.5, -0.5), xlabel="Patients")
    ax.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    ax.set_yticks(range(2), ARMS.values())
    ax.tick_params(axis="y", length=0)
    handles = []
    for name, look in ANSWERS.items():
        box = {key: value for key, value in look.items() if key != "color"}
        handles.append(Patch(label=ANSWER_WORDS[name], facecolor=look["color"], **box))
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-0.36, 1.04),
        ncols=3,
        fontsize=9.5,
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=1.0,
        borderaxespad=0.2,
    )


def guess_bars(ax, guesses) -> None:
    """Draw the shares of `plot_guesses` on its frame."""
    from matplotlib.patches import Rectangle

    for row, arm in enumerate(ARMS):
        left = 0.0
        for name, look in ANSWERS.items():
            share = float(guesses.loc[arm, name])
            if share > 0:
                box = {"facecolor": look["color"], "linewidth": 0, **look}
                box.pop("color")
                ax.add_patch(Rectangle((left, row - 0.25), share, 0.5, **box))
            if share >= (0.2 if name == "wrong" else 0.13):
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1} if name == "wrong" else None
                ax.text(
                    left + share / 2,
                    row,
                    f"{100 * share:.0f} %",
                    ha="center",
                    va="center",
                    color=ON_WHITE[name],
                    bbox=box,
                )
            left += share


def blinding_frame(figure, points: float) -> dict:
    """Draw the axes of the blinding panel; return them by name."""
    guesses = figure.add_axes([0.135, 0.19, 0.295, 0.56])
    index = figure.add_axes([0.52, 0.19, 0.15, 0.56])
    rating = figure.add_axes([0.735, 0.58, 0.245, 0.16])
    alive = figure.add_axes([0.735, 0.19, 0.245, 0.16])
    guess_axis(guesses)
    figure.text(0.012, 0.975, "What they guess", va="top", weight="bold")
    figure.text(0.475, 0.975, "Bang's index\n(0: blind)", va="top", weight="bold")
    figure.text(0.715, 0.975, "Apparent difference,\nthough nothing works", va="top", weight="bold")
    index.set(xlim=(-1.08, 1.08), ylim=(1.5, -0.5), yticks=[])
    index.set_xticks([-1, 0, 1], ["−1\nall wrong", "0", "1\nall right"], fontsize=9.5)
    index.spines["left"].set_visible(False)
    index.axvline(0, color=style.INK, linewidth=1)
    for ax, title, limits in (
        (rating, "Own rating (points)", (-points, points)),
        (alive, "Alive at the end (% points)", (-30, 30)),
    ):
        ax.set(xlim=limits, ylim=(-1, 1), yticks=[])
        ax.set_title(title, fontsize=10, x=-0.06)
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color=style.INK, linewidth=1)
    figure.text(0.52, 0.008, "Lines: where 95 % of trials fall", va="bottom", ha="center", fontsize=9)
    return {"guesses": guesses, "index": index, "rating": rating, "alive": alive}


def interval_dot(ax, y: float, value: float, low: float, high: float, look) -> None:
    """Draw a value and its interval on a horizontal axis, cut at the axis's ends."""
    from matplotlib.lines import Line2D

    left, right = ax.get_xlim()
    ends = [min(max(end, left), right) for end in (low, high)]
    ax.add_line(Line2D(ends, [y, y], color=look["color"], linewidth=2.5, solid_capstyle="butt"))
    value, marker = min(max(value, left), right), look.get("marker", "o")
    ax.add_line(Line2D([value], [y], marker=marker, color=look["color"], markersize=8, clip_on=False))
