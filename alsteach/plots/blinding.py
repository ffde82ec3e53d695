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
        look = {**look, "facecolor": look["color"]}
        look.pop("color")
        handles.append(Patch(label=ANSWER_WORDS[name], **look))
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-0.03, 1.0),
        ncols=3,
        fontsize=9.5,
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=0.8,
        borderaxespad=0.2,
    )


def guess_bars(ax, guesses) -> None:
    """Draw the shares of `plot_guesses` on its frame."""
    for row, arm in enumerate(ARMS):
        left = 0.0
        for name, look in ANSWERS.items():
            share = float(guesses.loc[arm, name])
            ax.barh(row, share, left=left, height=0.5, **look)
            if share >= 0.1:
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
    guesses = figure.add_axes([0.115, 0.20, 0.345, 0.55])
    index = figure.add_axes([0.495, 0.20, 0.17, 0.55])
    rating = figure.add_axes([0.72, 0.585, 0.255, 0.165])
    alive = figure.add_axes([0.72, 0.20, 0.255, 0.165])
    guess_axis(guesses)
    index.set(xlim=(-1.05, 1.05), ylim=(1.5, -0.5), xlabel="−1 to 1; 0: blind", yticks=[])
    index.set_xticks([-1, 0, 1], ["−1", "0", "1"])
    index.set_title("Bang's index")
    index.axvline(0, color=style.INK, linewidth=1)
    for ax, title, limits in (
        (rating, "Own rating: points", (-points, points)),
        (alive, "Alive at the end: % points", (-30, 30)),
    ):
        ax.set(xlim=limits, ylim=(-1, 1), yticks=[])
        ax.set_title(title, fontsize=10.5)
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color=style.INK, linewidth=1)
    figure.text(
        0.72, 0.955, "The drug does nothing, and\nyet the arms seem to differ by", va="top", weight="bold"
    )
    return {"guesses": guesses, "index": index, "rating": rating, "alive": alive}


def interval_dot(ax, y: float, value: float, low: float, high: float, look) -> None:
    """Draw a value and its interval on a horizontal axis, cut at the axis's ends."""
    left, right = ax.get_xlim()
    ends = [min(max(end, left), right) for end in (low, high)]
    ax.plot(ends, [y, y], color=look["color"], linewidth=2.5, solid_capstyle="butt")
    ax.plot(
        min(max(value, left), right),
        y,
        look.get("marker", "o"),
        color=look["color"],
        markersize=8,
        clip_on=False,
    )
