"""A marker and survival: the marker by arm, survival by marker among the treated, survival by arm."""

from __future__ import annotations

import numpy as np

from .. import style
from .curves import survival_steps

# Where the words stand in the strip of causes, and which arrows each world has.
PLACES = {
    "treatment": (0.08, 0.46),
    "marker": (0.42, 0.46),
    "disease activity": (0.42, 0.87),
    "survival": (0.80, 0.46),
}
KNOWN = [("treatment", "marker"), ("disease activity", "marker")]
BEHIND = {
    "through": [("marker", "survival", "")],
    "bystander": [("disease activity", "survival", "")],
    "two_roads": [("marker", "survival", ""), ("treatment", "survival", "harm")],
}
MARKER_LIMITS = (15, 400)
MARKER_LOOKS = {"lower marker": style.GROUP_STYLES[3], "higher marker": style.GROUP_STYLES[2]}
ARM_LOOKS = {"control": style.ARM_STYLE[0], "treated": style.ARM_STYLE[1]}


def surrogate_frame(figure, last_day: float) -> dict:
    """Draw the axes of the surrogate picture; return them by name."""
    strip = figure.add_axes([0.02, 0.745, 0.96, 0.25])
    strip.set(xlim=(0, 1), ylim=(0, 1))
    strip.set_axis_off()
    left = figure.add_axes([0.085, 0.145, 0.215, 0.46])
    middle = figure.add_axes([0.405, 0.145, 0.25, 0.46])
    right = figure.add_axes([0.72, 0.145, 0.25, 0.46])
    left.set_yscale("log")
    left.set(xlim=(-0.6, 1.6), ylim=MARKER_LIMITS, ylabel="Marker (% of the start)")
    left.set_yticks([25, 50, 100, 200], ["25", "50", "100", "200"])
    left.yaxis.set_minor_locator(_nothing())
    left.set_xticks([0, 1], ["control", "treated"])
    left.set_title("1  The marker\nby arm")
    for ax, title in ((middle, "2  Treated people,\nby their marker"), (right, "3  Survival\nby arm")):
        ax.set(xlim=(0, last_day), ylim=(0, 1.02), xlabel="Days", title=title, xticks=[0, 180, 360, 540])
    middle.set_ylabel("Share still alive")
    for ax, looks in ((middle, MARKER_LOOKS), (right, ARM_LOOKS)):
        for name, look in looks.items():
            ax.plot([], [], label=name, **look)
        ax.legend(loc="lower left", fontsize=9.5, borderaxespad=0.1, handlelength=2.6)
    right.set_yticklabels([])
    return {"strip": strip, "marker": left, "by_marker": middle, "by_arm": right}


def causal_strip(ax, world: str | None) -> None:
    """Draw what causes what; with ``world`` None, question marks stand for what nobody has seen."""
    for name, (x, y) in PLACES.items():
        ax.text(
            x,
            y,
            name,
            ha="center",
            va="center",
            weight="bold",
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "#f2f2f2", "edgecolor": style.INK},
            zorder=3,
        )
    for start, end in KNOWN:
        _arrow(ax, start, end, style.INK, "-")
    if world is None:
        for start, end in (("marker", "survival"), ("disease activity", "survival")):
            _arrow(ax, start, end, style.CONTROL, (0, (1, 1.3)), "?")
        return
    for start, end, word in BEHIND[world]:
        _arrow(ax, start, end, style.HIGHLIGHT, "-", word)


def marker_dots(ax, marker, treated) -> None:
    """Draw each person's marker by arm, and the medians."""
    shown = np.clip(np.asarray(marker, dtype=float), *MARKER_LIMITS)
    for arm, look in style.ARM_STYLE.items():
        values = shown[np.asarray(treated) == arm]
        # The same scatter each time, so that nothing dances when a tick box is pressed.
        aside = arm + 0.28 * np.sin(np.arange(len(values)) * 2.399963)
        ax.plot(
            aside,
            values,
            "o" if arm else "s",
            color=look["color"],
            markersize=1.7,
            antialiased=False,
            linestyle="none",
        )
        ax.plot([arm - 0.38, arm + 0.38], [np.median(values)] * 2, color=style.INK, linewidth=3, zorder=4)


def two_curves(ax, curves, looks) -> None:
    """Draw two survival curves, ``(times, survival)`` each, as the legend of `surrogate_frame` has them."""
    for (times, survival), look in zip(curves, looks.values(), strict=True):
        survival_steps(ax, times, survival, **look)


def _arrow(ax, start, end, color, line, word=""):
    (x0, y0), (x1, y1) = PLACES[start], PLACES[end]
    bend = -0.15 if (start, end) == ("treatment", "survival") else 0
    ax.annotate(
        "",
        xy=(x1, y1),
        xytext=(x0, y0),
        arrowprops={
            "arrowstyle": "-|>,head_width=0.35,head_length=0.6",
            "color": color,
            "linestyle": line,
            "linewidth": 2.2,
            "shrinkA": 30 if x0 != x1 else 9,
            "shrinkB": 28 if x0 != x1 else 9,
            "connectionstyle": f"arc3,rad={-bend}",
        },
        zorder=2,
    )
    if word:
        ax.text(
            (x0 + x1) / 2 + (0.0 if bend else 0.02),
            (y0 + y1) / 2 - (0.36 if bend else 0),
            word,
            ha="center",
            va="center",
            weight="bold",
            color=color,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            zorder=4,
        )


def _nothing():
    from matplotlib.ticker import NullLocator

    return NullLocator()
