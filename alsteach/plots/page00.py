"""Drawing for page 00: two published survival curves, a guess, and what a printed ratio would make of them."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import write_beside

WARM = "#b34700"  # the highlight, dark enough for letters
GUESSED = "#7a3e9d"


def paradox_axes(axes, last_day: float) -> None:
    """Add the axes of the survival curves, with room above for a headline and at the right for their ends."""
    right, top = (104, 66) if axes.narrow else (200, 68)
    main = axes.add("main", left=36 if axes.narrow else 46, right=right, top=top, bottom=56)
    main.set(xlim=(0, last_day), ylim=(0, 100), yticks=range(0, 101, 25))
    main.set_xticks(np.linspace(0, last_day, 3 if axes.narrow else 5))
    main.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    main.set_xlabel(axes.fitting("days"), fontsize=9 if axes.narrow else 9.5, labelpad=1)
    axes.write(6, top - 12, axes.words("alive"), fontsize=9.5, va="center")
    if not axes.narrow:
        look = {"fontsize": 8.5, "style": "italic", "va": "bottom", "color": style.CONTROL}
        axes.write(4, -4, axes.words("note"), **look)


def draw_headline(axes, lines) -> None:
    """Write lines over the picture, each a (bold part, rest, colour)."""
    alone = len(lines) == 1
    size = 9.5 if axes.narrow else 13.5 if alone else 12
    for number, (bold, rest, color) in enumerate(lines):
        place = 1 - ((26 if alone else 13) + (21 if axes.narrow else 23) * number) / axes.height
        box = {"facecolor": "white", "edgecolor": color, "linewidth": 1.6, "pad": 1.2}
        first = axes.main.annotate(
            bold,
            (10 / axes.width, place),
            xycoords="figure fraction",
            va="center",
            weight="bold",
            fontsize=size,
            color=color,
            bbox=None if alone else box,
            annotation_clip=False,
        )
        gap = 5 if alone else 7
        write_beside(
            axes.main,
            rest,
            (1, 0.5),
            (gap, 0),
            xycoords=first,
            fontsize=size,
            annotation_clip=False,
            ha="left",
        )


def draw_arm(axes, days, alive, treated: bool) -> None:
    """Draw one arm's curve; ``alive`` of 100."""
    look = style.ARM_STYLE[int(treated)]
    _steps(axes, days, alive, linewidth=3 if treated else 2.5, **look)


def _steps(axes, days, alive, **look) -> None:
    axes.main.step(np.r_[0, days], np.r_[100, alive], where="post", clip_on=False, **look)


def draw_if(axes, days, alive) -> None:
    """Draw the dotted curve of a ratio that was printed."""
    _steps(axes, days, alive, color=style.HIGHLIGHT, linestyle=(0, (1, 1)), linewidth=3)
    axes.main.plot(days[-1], alive[-1], "o", color=style.HIGHLIGHT, markersize=9, mec="white", clip_on=False)


def draw_question(axes) -> None:
    """Show where a guess may end: anywhere on the last day."""
    last = axes.main.get_xlim()[1]
    axes.main.plot(
        [last, last], [0, 100], color=style.PALE, linewidth=7, solid_capstyle="round", clip_on=False
    )
    look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
    axes.main.annotate(
        axes.words("question"),
        (1, 90),
        xytext=(16, 0),
        va="center",
        fontsize=9 if axes.narrow else 11.5,
        weight="bold",
        color=style.ACTIVE,
        **look,
    )


def draw_guess(axes, days, alive) -> None:
    """Draw the curve that was guessed."""
    _steps(axes, days, alive, color=GUESSED, linestyle=(0, (3, 2)), linewidth=1.8)
    axes.main.plot(days[-1], alive[-1], "D", color="white", mec=GUESSED, mew=2, markersize=8, clip_on=False)


def draw_ends(axes, ends) -> None:
    """Write at the right what each curve ends at: ``ends`` holds (alive, large text, words, colour)."""
    tall = axes.main.get_window_extent().height * 100 / axes.figure.dpi
    gap = 100 * (27 if axes.narrow else 33) / tall
    places = spread([end[0] for end in ends], gap, 100 - gap / 4)
    look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
    large, small, across = (14, 8.5, 21) if axes.narrow else (21, 9.5, 33)
    for place, (alive, number, words, color) in zip(places, ends, strict=True):
        if not words:  # room for what stands there already
            continue
        axes.main.annotate(
            "",
            (1, alive),
            xytext=(12, (place - alive) * tall / 100 * 0.72),
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 1.2, "shrinkB": 4, "shrinkA": 0},
            **look,
        )
        axes.main.annotate(
            number,
            (1, place),
            xytext=(13, 0),
            va="center",
            weight="bold",
            fontsize=large,
            color=color,
            **look,
        )
        axes.main.annotate(
            words,
            (1, place),
            xytext=(14 + across, 0),
            va="center",
            fontsize=small,
            color=color,
            linespacing=1.05,
            **look,
        )


def draw_bracket(axes, low: float, high: float, text: str) -> None:
    """Draw a bracket between two ends of curves, and write under the curves what it spans."""
    last = axes.main.get_xlim()[1]
    day = 0.95 * last
    if abs(high - low) > 4:
        arrow = {"arrowstyle": "<|-|>", "color": style.HIGHLIGHT, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
        axes.main.annotate("", (day, low), xytext=(day, high), arrowprops=arrow)
    axes.main.plot(
        [day, day], [34, min(low, high)], color=style.HIGHLIGHT, linewidth=1, linestyle=(0, (2, 2))
    )
    axes.main.text(
        0.97 * last,
        32,
        text,
        ha="right",
        va="top",
        weight="bold",
        fontsize=9.5 if axes.narrow else 13,
        color=WARM,
        linespacing=1.1,
    )


def spread(values, gap: float, top: float) -> list[float]:
    """Return places near these values, no two nearer than ``gap`` and none above ``top``.

    Examples
    --------
    >>> spread([55.0, 63.0, 97.0], 12, 96)
    [53.0, 65.0, 96.0]
    """
    order, places = np.argsort(values, kind="stable"), np.array(values, dtype=float)
    groups: list[list] = []
    for index in order:
        groups.append([index])
        while True:
            centres = [np.mean(places[group]) for group in groups]
            centres[-1] = min(centres[-1], top - gap * (len(groups[-1]) - 1) / 2)
            if len(groups) < 2:
                break
            room = gap * (len(groups[-1]) + len(groups[-2])) / 2
            if centres[-1] - centres[-2] >= room:
                break
            groups[-2:] = [groups[-2] + groups[-1]]
    spaced = np.empty(len(places))
    for group in groups:
        half = gap * (len(group) - 1) / 2
        centre = min(np.mean(places[group]), top - half)
        spaced[group] = centre + np.linspace(-half, half, len(group))
    return [float(place) for place in spaced]


def draw_checks(axes, checks) -> None:
    """Write a line a check: a tick or a cross, its name, and what was found."""
    for line, (name, fine, text) in enumerate(checks):
        mark, color = ("✓", "#00664b") if fine else ("✗", WARM)
        place, size = 1 - (16 + 24 * line) / axes.height, 9 if axes.narrow else 10.5
        most = 26 if axes.narrow else 66
        said = text if len(text) <= most else f"{text[: most - 1]}…"
        for left, words, look in (
            (8, mark, {"color": color, "weight": "bold", "fontsize": size + 4}),
            (28, name, {"weight": "bold", "fontsize": size}),
            (110 if axes.narrow else 130, said, {"fontsize": size}),
        ):
            axes.figure.text(left / axes.width, place, words, va="center", **look)


def dot_axes(axes) -> None:
    """Add the axes on which a dot follows a slider."""
    main = axes.add("main", left=26, right=26, top=86, bottom=44, xlim=(0, 100), ylim=(-1, 1), yticks=[])
    main.spines["left"].set_visible(False)
    main.tick_params(labelsize=9)


def draw_dot(axes, place: float) -> None:
    axes.main.plot(place, 0, "o", color=style.ACTIVE, markersize=15, clip_on=False, zorder=5)
