"""Drawing for page 07: from a paper to a patient, and to the next trial."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from .. import style
from ..words import numbers
from .curves import round_times
from .frame import axes_or_new, person_marker, white_box, write_beside, write_inside

# ---- the next trial

HIGH, WIDE, PATIENTS = 4, 36, 10  # squares in a column, columns there is room for, patients a square
PLAN_COLOR = {"all_032": style.HIGHLIGHT, "low_052": style.ACTIVE, "all_081": style.CONTROL}
COMING = "#8a8a8a"
FOOT = 36  # pixels that are the badge's and the note's, and clear of the ring of a guess


def add_trials_axes(axes, labels) -> None:
    """Add one field for everything, in screen pixels from its upper left corner, with the plans' names on it."""
    main = axes.add("main", left=0, right=0, top=0, bottom=0)
    main.set(xlim=(0, axes.width), ylim=(axes.height, 0))
    main.axis("off")
    words = axes.words("narrow.square" if axes.narrow else "square", patients=PATIENTS)
    main.text(8, axes.height - 5, words, va="bottom", fontsize=8.5 if axes.narrow else 9.5)
    for row, label in enumerate(labels):
        _write_label(axes, row, label, COMING)


def _write_label(axes, row: int, label: str, color: str) -> None:
    left, pitch, _, top = _block(axes, row)
    if axes.narrow:
        axes.main.text(left, top - 3, label.replace("\n", " "), va="bottom", fontsize=8.5, color=color)
    else:
        middle = top + HIGH * pitch / 2
        axes.main.text(8, middle, label, va="center", fontsize=10, linespacing=1.15, color=color)


def _block(axes, row: int) -> tuple[float, float, float, float]:
    """Return where a plan's squares begin, how far apart they are, where its chance ends, and its upper edge."""
    left = 10 if axes.narrow else 152
    pitch = (axes.width - (82 if axes.narrow else 148) - left) / WIDE
    label, top, foot = (16, 22, FOOT + 14) if axes.narrow else (0, 48, FOOT)
    high = (axes.height - foot - top) / 4
    if axes.narrow:  # in half a window no plan grows into the next one's words
        pitch = min(pitch, (high - label - 3) / HIGH)
    return left, pitch, axes.width - 10, top + label + high * row


def patients_path(axes, row: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Return where a plan with so many patients ends: x, y (under the squares) and the number of patients."""
    left, pitch, _, top = _block(axes, row)
    patients = np.arange(0, PATIENTS * HIGH * WIDE + 1, PATIENTS)
    return left + pitch * patients / (PATIENTS * HIGH), top + HIGH * pitch + 7, patients


def draw_trials_header(axes, words: str) -> None:
    right = axes.width - 10
    axes.main.text(
        right, 6, words, ha="right", va="top", fontsize=8.5 if axes.narrow else 9.5, linespacing=1.2
    )


def draw_plan(
    axes, row: int, label: str, patients: int | None, chance: float, said: str, belief: str
) -> None:
    """Draw one plan: a square for every ten patients, their number, and its chance; without patients a "?"."""
    main, color = axes.main, PLAN_COLOR[belief]
    left, pitch, right, top = _block(axes, row)
    middle = top + HIGH * pitch / 2
    _write_label(axes, row, label, style.INK)
    look = {"va": "center", "color": color, "weight": "bold", "fontsize": 10.5 if axes.narrow else 14}
    if patients is None:
        main.text(right, middle, "?", ha="right", **look)
        return
    squares = []
    for start in range(0, patients, PATIENTS):
        column, place = divmod(start // PATIENTS, HIGH)
        part = min(patients - start, PATIENTS) / PATIENTS
        corner = left + pitch * column, top + pitch * place
        squares.append(Rectangle(corner, 0.86 * pitch * part, 0.86 * pitch))
    main.add_collection(PatchCollection(squares, facecolor=color, linewidth=0))
    columns = -(-patients // (PATIENTS * HIGH))
    where = left + pitch * columns + (4 if axes.narrow else 8), middle
    main.text(*where, numbers.integer(patients), **look)
    main.text(right, middle - (0 if axes.narrow else 5), said, ha="right", **look)
    if not axes.narrow:
        width, below = 100, middle + 9
        main.add_patch(Rectangle((right - width, below), width, 4, facecolor="#e6e6e6", linewidth=0))
        main.add_patch(
            Rectangle((right - width, below), width * chance / 100, 4, facecolor=color, linewidth=0)
        )


# ---- one result in five ways

ICONS = {
    "died": {"marker": "X", "color": style.HIGHLIGHT, "size": 0.62},
    "alive": {"marker": "o", "color": style.ACTIVE, "size": 0.56},
    "spared": {"marker": "D", "color": style.SECOND, "size": 0.5},
    "lost": {"marker": "v", "color": style.THIRD, "size": 0.62},
}
PEOPLE, ROW = 100, 10
POINTS = 40  # of 100: the ends of the line of differences
WHOLE_NUMBERS = (3, 5, 10)  # needed to treat, marked on the line


def add_people_axes(axes) -> None:
    """Add the field of the people, in screen pixels from its upper left corner."""
    people = axes.add("people", left=0, right=0, top=0, bottom=0)
    people.set(xlim=(0, axes.width), ylim=(axes.height, 0))
    people.axis("off")


def _grid(axes, arm: int, large: bool) -> tuple[float, float, float]:
    """Return the left and upper edge of an arm's hundred people, and how far apart they stand."""
    if axes.narrow:
        pitch = min(axes.width / 2 - 20, axes.height - 136) / ROW  # two lines of words stay under the people
        return 8 + arm * (axes.width - 8) / 2, 80, pitch
    pitch = min(20.0, (axes.width - 230) / (2 * ROW + 2)) if large else 12.5
    return 12 + arm * (ROW * pitch + (34 if large else 22)), 96, pitch


def people_width(axes) -> float:
    """Return where the small grids end."""
    left, _, pitch = _grid(axes, 1, large=False)
    return left + ROW * pitch


def spans(dead, gain: bool) -> list[list[tuple[float, float, str]]]:
    """Return for each arm from which to which person of 100 an icon goes, those counted first.

    The same people stand in the same places; those between the two counts are the difference.
    """
    both, either = min(dead), max(dead)
    kind = "spared" if dead[1] < dead[0] else "lost"
    arms = []
    for arm in (0, 1):
        middle = kind if arm == 1 else {"spared": "died", "lost": "alive"}[kind]
        arms.append([(0, both, "died"), (both, either, middle), (either, PEOPLE, "alive")])
    if gain:
        arms = [[(PEOPLE - end, PEOPLE - start, kind) for start, end, kind in reversed(arm)] for arm in arms]
    return arms


def draw_people(axes, dead, names, gain: bool, large: bool) -> None:
    """Draw a hundred people an arm with what became of them in words above."""
    arms = spans(dead, gain)
    for arm, name in enumerate(names):
        left, top, pitch = _grid(axes, arm, large)
        size = 8.5 if axes.narrow else 10.5 if large else 9.5
        axes.people.text(left, top - 6, name, va="bottom", fontsize=size, weight="bold", linespacing=1.15)
        for start, end, kind in arms[arm]:
            _draw_icons(axes.people, (left, top, pitch), start, end, _look(kind, gain, pitch))


def draw_legend(axes, legend: dict, gain: bool, large: bool) -> None:
    """Draw what icons mean: the dead and the living in one line, the difference in the next; or all in a column."""
    left, top, pitch = _grid(axes, 1, large)
    beside, size = large and not axes.narrow, 8.5 if axes.narrow else 9.5
    for kind, words in legend.items():
        row = ("died", "alive").index(kind) if kind in ("died", "alive") else 2
        if beside:
            x, y = left + ROW * pitch + 24, top + 30 + 34 * row
        else:
            x, y = 12 + 70 * (row == 1), top + ROW * pitch + (10 if axes.narrow else 16) + 17 * (row == 2)
        axes.people.plot(x + 5, y, linestyle="none", **_look(kind, gain, 15))
        words = words if beside else words.replace("\n", " ")
        axes.people.text(x + 16, y, words, va="center", fontsize=size, linespacing=1.2)


def _look(kind: str, gain: bool, pitch: float) -> dict:
    """Return how an icon looks: of the dead and the living, those that are not counted stand back."""
    icon, quiet = ICONS[kind], kind == ("died" if gain else "alive")
    size = pitch * (0.4 if quiet else icon["size"]) * 72 / 100
    color = style.PALE if quiet else icon["color"]
    return {"marker": icon["marker"], "markersize": size, "color": color, "markeredgewidth": 0}


def _draw_icons(field, grid, start: float, end: float, look: dict) -> None:
    """Draw the people from one to another; of the first and the last only the part that belongs to them."""
    left, top, pitch = grid
    whole = np.arange(np.ceil(start - 1e-6), np.floor(end + 1e-6))
    field.plot(
        left + pitch * (whole % ROW + 0.5), top + pitch * (whole // ROW + 0.5), linestyle="none", **look
    )
    for person in {int(np.floor(start)), int(np.floor(end))} - set(whole.astype(int)):
        first, last = max(start, person) - person, min(end, person + 1) - person
        if last - first < 1e-6:
            continue
        x, y = left + pitch * (person % ROW), top + pitch * (person // ROW)
        (icon,) = field.plot(x + pitch / 2, y + pitch / 2, linestyle="none", **look)
        part = (x + pitch * first, y), pitch * (last - first), pitch
        icon.set_clip_path(Rectangle(*part, transform=field.transData))


def plot_icon_arrays(risk_0, risk_1, labels=("control", "active arm"), framing="loss", ax=None):
    """Draw what becomes of 100 people in each arm, one icon a person, with the difference picked out.

    Nothing is rounded: a piece of an icon is a part of a person.

    Parameters
    ----------
    risk_0, risk_1 : float
        Share who died in the control and the active arm.
    labels : (str, str)
    framing : {"loss", "gain"}
        Whether the dead or the living stand out.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from alsteach.plots import plot_icon_arrays
    >>> ax = plot_icon_arrays(49 / 110, 41 / 110, labels=("placebo", "IL-2"))
    >>> [text.get_text() for text in ax.texts[:3]]
    ['placebo: 44.5 of 100 died', 'IL-2: 37.3 of 100 died', '7.3 of 100 more alive; nobody can tell who']
    """
    ax, gain, pitch = axes_or_new(ax, 5.0, 3.2), framing == "gain", 15.0
    ax.set(xlim=(-0.3, 2 * ROW + 2.3), ylim=(ROW + 1.6, -1.2))
    ax.axis("off")
    dead = PEOPLE * risk_0, PEOPLE * risk_1
    for arm, name in enumerate(labels):
        left = arm * (ROW + 2)
        count = PEOPLE - dead[arm] if gain else dead[arm]
        said = f"{name}: {numbers.fixed(count, 1)} of 100 {'alive' if gain else 'died'}"
        ax.text(left, -0.3, said, fontsize=9, weight="bold")
        for start, end, kind in spans(dead, gain)[arm]:
            _draw_icons(ax, (left, 0, 1.0), start, end, _look(kind, gain, pitch))
    kind, word = ("spared", "alive") if dead[1] < dead[0] else ("lost", "dead")
    if dead[0] != dead[1]:
        ax.plot(0.4, ROW + 1, linestyle="none", **_look(kind, gain, pitch))
        size = numbers.fixed(abs(dead[0] - dead[1]), 1)
        ax.text(1, ROW + 1, f"{size} of 100 more {word}; nobody can tell who", va="center", fontsize=9.5)
    return ax


def draw_telling(axes, headline: str, under: str) -> None:
    """Write what the picture says, large, and how sure it is."""
    narrow = axes.narrow
    axes.people.text(8, 6, headline, va="top", fontsize=11.5 if narrow else 15, weight="bold")
    axes.people.text(
        8, 30 if narrow else 34, under, va="top", fontsize=8.5 if narrow else 10, linespacing=1.15
    )


def _beside_people(axes, top: float, bottom: float, room: float = 0):
    left = 10 if axes.narrow else people_width(axes) + 36
    side = axes.add("side", left=left + room, right=16, top=top, bottom=bottom)
    side.spines["left"].set_visible(False)
    side.set_yticks([])
    side.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    return side


# … per cent of the other arm's share

MOST_PERCENT = 200


def add_percent_axis(axes, xlabel: str) -> None:
    side = _beside_people(axes, top=76, bottom=62)
    side.set(xlim=(0, MOST_PERCENT), ylim=(-0.9, 1.75))
    side.set_xticks([0, 50, 100, 150, 200], ["0", "50", "100", "150", "200"])
    side.set_xlabel(xlabel, fontsize=8.5 if axes.narrow else 9.5, labelpad=2)


def draw_percent(axes, percent: float, names, told: tuple[float, str] | None) -> None:
    """Draw the active arm's share in per cent of the control arm's; ``told`` is a place that is none of theirs."""
    side = axes.side
    for arm, value in ((0, 100.0), (1, percent)):
        y, color = 1 - arm, style.ARM_STYLE[arm]["color"]
        side.barh(y, min(value, MOST_PERCENT), height=0.42, color=color)
        beyond = " ▸" if value > MOST_PERCENT else ""
        look = {"fontsize": 9.5, "color": color, "va": "bottom", "weight": "bold"}
        side.text(0, y + 0.25, names[arm] + beyond, **look)
    if percent < 100:
        side.plot([percent, percent, 100, 100], [-0.32, -0.42, -0.42, -0.32], color=style.INK, linewidth=1.2)
        side.axvline(100, ymin=0.3, ymax=0.7, color=style.CONTROL, linewidth=1, linestyle=":")
    if told is not None:
        place, words = told
        side.plot([place, place], [-0.28, 0.21], color=style.HIGHLIGHT, linewidth=2, linestyle=(0, (2, 1.5)))
        side.text(0, -0.66, words, fontsize=9, color=style.HIGHLIGHT, va="center")


# … points of 100, and the number needed to treat: one line, two ways to number it


def add_difference_axis(axes, needed: bool, words) -> None:
    """Add the line from harm through no difference to benefit, in points of 100 or in people to treat."""
    side = _beside_people(axes, top=84, bottom=74)
    side.set(xlim=(-POINTS, POINTS), ylim=(0, 1))
    points = [-40, -20, 0, 20, 40]
    places = [sign * 100 / n for sign in (-1, 1) for n in WHOLE_NUMBERS] + [0.0] if needed else points
    names = ["∞" if not place else f"{100 / abs(place):.0f}" for place in places] if needed else None
    side.set_xticks(places, names or [numbers.fixed(abs(point)) for point in points])
    side.set_xlabel(
        words("needed_axis" if needed else "points_axis"), fontsize=8.5 if axes.narrow else 9.5, labelpad=3
    )
    if needed:
        side.get_xticklabels()[-1].set_fontsize(15)
    side.axvline(0, color=style.CONTROL, linewidth=1.2)
    for x, name, ha in ((-POINTS, "harm", "left"), (POINTS, "benefit", "right")):
        side.text(x, 1.0, words(name), ha=ha, va="bottom", fontsize=9.5, weight="bold", color=style.CONTROL)
    side.text(0, 1.0, words("no_difference"), ha="center", va="bottom", fontsize=9, color=style.CONTROL)


def draw_difference(axes, points: float, ends, said, without: str) -> None:
    """Draw a difference with its interval; ``said`` are the words at the lower end, the middle and the upper end."""
    side, color = axes.side, style.SECOND if points > 0 else style.THIRD if points < 0 else style.CONTROL
    y, box = 0.5, white_box(1)
    if ends is None:
        side.text(points, y - 0.1, without, ha="center", va="top", fontsize=9, linespacing=1.15, bbox=box)
    else:
        low, high = (min(max(end, -POINTS), POINTS) for end in ends)
        side.plot([low, high], [y, y], color=color, linewidth=5, solid_capstyle="butt", alpha=0.55)
        for end, place, words in ((ends[0], low, said[0]), (ends[1], high, said[2])):
            marker = "|" if end == place else "<>"[place > 0]
            # What lies off the axis is written within the picture.
            towards = "center" if end == place else ("left", "right")[place > 0]
            side.plot(
                place, y, marker, color=color, markersize=13 if marker == "|" else 8, mew=2, clip_on=False
            )
            side.text(
                place,
                y - 0.13,
                words,
                bbox=box,
                ha=towards,
                va="top",
                fontsize=10,
                color=color,
                weight="bold",
            )
    side.plot(points, y, "o", color=color, markersize=11, markeredgecolor="white", clip_on=False)
    side.text(
        points, y + 0.12, said[1], bbox=box, ha="center", va="bottom", fontsize=15, color=color, weight="bold"
    )


# … time gained


def add_outcome_axis(axes, until: float, gain: bool, words, unit: str) -> None:
    side = _beside_people(axes, top=82, bottom=62, room=44 if axes.narrow else 34)
    side.set(xlim=(0, until), ylim=(0, 1.02))
    times = round_times(until, 4)
    side.set_xticks(times, [numbers.number(time) for time in times])
    side.set_yticks([0, 0.5, 1], [numbers.percent(share) for share in (0, 0.5, 1)])
    side.spines["left"].set_visible(True)
    side.set_xlabel(unit, fontsize=8.5 if axes.narrow else 9.5, labelpad=2)
    side.set_title(words("alive" if gain else "dead"), fontsize=9.5, loc="left", pad=5)


def draw_curves(axes, curves, names, gain: bool) -> None:
    """Draw the arms' curves with their names."""
    for arm, curve in curves.groupby("group"):
        shares = curve["survival"] if gain else 1 - curve["survival"]
        axes.side.step(curve["time"], shares, where="post", **style.ARM_STYLE[int(arm)])
    for arm, name in enumerate(names):
        place = 0.02 + 0.36 * arm, 0.06 if gain else 0.93
        look = {"fontsize": 9.5, "color": style.ARM_STYLE[arm]["color"], "weight": "bold"}
        axes.side.text(*place, name, transform=axes.side.transAxes, **look)


def draw_gain(axes, curves, day: float, gain: bool) -> None:
    """Draw what lies between the curves up to a day, and the day."""
    arms = [curve for _, curve in curves.groupby("group")]
    times = np.unique(np.concatenate([curve["time"].to_numpy() for curve in arms] + [[0.0, day]]))
    times, heights = times[times <= day], []
    for curve in arms:
        share = curve["survival"].to_numpy()[np.searchsorted(curve["time"], times, side="right") - 1]
        heights.append(share if gain else 1 - share)
    axes.side.fill_between(times, *heights, step="post", color=style.SECOND, alpha=0.35, linewidth=0)
    axes.side.axvline(day, color=style.INK, linewidth=1.2)
    axes.side.plot(day, 0, "^", color=style.INK, markersize=9, clip_on=False)


def draw_not_published(axes, words: str) -> None:
    side = axes.side
    write_inside(side, 0.5, 0.5, words, fontsize=10, linespacing=1.3)


# ---- function, when some have died

LEAST, MOST = -49.0, 3.0  # points: from the loss of everything to a little gain
ORDERED = 26  # places from the worst to the best outcome
ARM_COLORS = {1: style.ACTIVE, 0: style.CONTROL}
ABOVE = {1: 1, 0: -1}  # which way an arm's people stand from the line
TALL = 1.16  # of the highest heap: names stand over it
HEAP = 0.105  # part of an arm that fits in one heap without touching


def _room(axes) -> dict:
    """Return the pixels around the people, and those of the field of the dead."""
    if axes.narrow:
        return {"left": 8, "right": 8, "top": 50, "bottom": 54, "gone": 66}
    return {"left": 14, "right": 14, "top": 46, "bottom": 56, "gone": 122}


def add_function_axes(axes, ordered: bool) -> None:
    """Add the line on which people stand, the drug's above and placebo's below it, and a field for the dead."""
    room = _room(axes)
    start = room["left"] if ordered else room["left"] + room["gone"]
    people = axes.add("people", left=start, right=room["right"], top=room["top"], bottom=room["bottom"])
    people.set(ylim=(-TALL, TALL), yticks=[], xlim=(0, ORDERED) if ordered else (LEAST, MOST))
    people.spines["left"].set_visible(False)
    people.axhline(0, color=style.PALE, linewidth=1)
    size = 8.5 if axes.narrow else 9.5
    if ordered:
        people.set_xticks([])
    else:
        people.set_xticks([-40, -20, 0] if axes.narrow else [-40, -30, -20, -10, 0])
        people.tick_params(labelsize=size, pad=2)
        gone = axes.add(
            "gone", left=room["left"], right=axes.width - start + 6, top=room["top"], bottom=room["bottom"]
        )
        gone.set(xlim=(0, 1), ylim=(-TALL, TALL), xticks=[], yticks=[], facecolor="#f3f3f3")
        for side in gone.spines.values():
            side.set_visible(False)
        gone.set_xlabel(axes.fitting("gone"), fontsize=size, labelpad=6)
    name = "order" if ordered else "change"
    people.set_xlabel(axes.fitting(name), fontsize=size, labelpad=3)


def _heap(places, counts_fit: int) -> np.ndarray:
    """Return how high each stands on those at the same place, from 0 to 1; a heap too high for it is pressed."""
    height = np.zeros(len(places))
    for place in np.unique(places):
        here = np.flatnonzero(places == place)
        height[here] = (np.arange(len(here)) + 0.6) / max(counts_fit, len(here) + 0.2)
    return height


def _dot(axes, width: float, fit: int) -> float:
    """Return the size of a person in points, for a column of this many pixels and this many on each other."""
    box = axes.people.get_window_extent()
    high = box.height * axes.height / axes.figure.bbox.height / 2 / TALL / fit
    return 72 / 100 * max(min(width, high) * 0.9, 3.2)


def draw_scores(axes, arm: int, scores, died, spared, counted, per_arm: int) -> None:
    """Draw an arm's people at their change of function, and the dead who have none in their field.

    ``spared`` live only thanks to the arm; those not ``counted`` are pale.
    """
    step = 2 if axes.narrow else 1
    fit = max(round(HEAP * step * per_arm), 4)
    placed = np.floor(scores / step) * step
    there = ~np.isnan(scores)
    box = axes.people.get_window_extent()
    pixels = box.width * axes.height / axes.figure.bbox.height
    size = _dot(axes, pixels * step / (MOST - LEAST), fit)
    # The pale ones on top of the others' heaps: what is averaged stands on the line.
    order = np.lexsort((~counted, placed))
    order = order[there[order]]
    height = _heap(placed[order], fit)
    x, y = placed[order] + (step - 1) / 2, ABOVE[arm] * height
    looks = (
        (counted & ~died & ~spared, "o", ARM_COLORS[arm]),
        (spared & ~died, "o", style.HIGHLIGHT),
        (~counted & ~died & ~spared, "o", style.PALE),
        (died & counted, "X", style.HIGHLIGHT),
    )
    for who, marker, color in looks:
        these = who[order]
        faint = color == style.HIGHLIGHT and marker == "o" and not counted[who].any()
        axes.people.plot(
            x[these],
            y[these],
            linestyle="none",
            marker=marker,
            markersize=size,
            color=color,
            mfc="white" if faint else color,
            mew=1.2 if faint else 0,
        )


def draw_gone(axes, arm: int, dead: int, per_arm: int, out: bool) -> None:
    """Draw an arm's dead in their field, as crosses and as a number; empty if they are counted elsewhere."""
    across = 8 if axes.narrow else 10
    rows = -(-(per_arm * 3 // 5) // across)
    color, up = ARM_COLORS[arm], ABOVE[arm]
    if out:
        places = np.arange(dead)
        x = (places % across + 0.5) / across
        y = up * (0.3 + (places // across + 0.5) / rows * 0.8)
        room = _room(axes)
        high = 0.8 * (axes.height - room["top"] - room["bottom"]) / 2 / TALL / rows
        size = 72 / 100 * min(room["gone"] / across * 0.55, high * 0.75)
        axes.gone.plot(x, y, linestyle="none", marker="x", markersize=size, color=color, mew=1.3)
    text = axes.words("died" if out else "moved", n=dead)
    size = 8.5 if axes.narrow else 10
    axes.gone.text(0.03, up * 0.14, text, color=color, fontsize=size, weight="bold", va="center")


def draw_mean(axes, arm: int, mean: float) -> None:
    """Draw an arm's mean through its people, with its value."""
    people, up, color = axes.people, ABOVE[arm], ARM_COLORS[arm]
    people.plot([mean, mean], [0, up * 1.0], color=color, linewidth=2.6, zorder=4)
    write_beside(
        people,
        axes.words("mean_narrow" if axes.narrow else f"mean_{arm}", mean=mean),
        (mean, up * 1.0),
        (-5, 0),
        fontsize=9 if axes.narrow else 10,
        color=color,
        weight="bold",
        bbox=white_box(0.8, alpha=0.85),
    )


def draw_order(axes, arm: int, ranks, died, per_arm: int) -> None:
    """Draw an arm's people at their places among all, the dead as crosses."""
    column = np.minimum(((ranks - 0.5) * ORDERED / (2 * per_arm)).astype(int), ORDERED - 1)
    fit = max(round(2.1 * per_arm / ORDERED), 4)
    pixels = axes.people.get_window_extent().width * axes.height / axes.figure.bbox.height
    size = _dot(axes, pixels / ORDERED, fit)
    order = np.lexsort((~died, column))
    x, y = column[order] + 0.5, ABOVE[arm] * _heap(column[order], fit)
    for who, marker in ((died, "X"), (~died, "o")):
        these = who[order]
        axes.people.plot(
            x[these],
            y[these],
            linestyle="none",
            marker=marker,
            markersize=size,
            mfc=ARM_COLORS[arm] if marker == "o" else "white",
            mec=ARM_COLORS[arm],
            mew=0 if marker == "o" else 1.1,
        )


def draw_last_death(axes, dead: int, per_arm: int) -> None:
    """Draw where the dead end and the living begin."""
    place = dead * ORDERED / (2 * per_arm)
    axes.people.axvline(place, color=style.INK, linewidth=1, linestyle=(0, (2, 2)))
    size = 8.5 if axes.narrow else 9.5
    for name, side, ha in (("dead", -4, "right"), ("living", 4, "left")):
        write_beside(
            axes.people,
            axes.words(name),
            (place, TALL),
            (side, 0),
            ha=ha,
            va="top",
            fontsize=size,
            bbox=white_box(0.6, alpha=0.85),
        )


def draw_arm_names(axes) -> None:
    """Name the arms at the right end of the line."""
    size = 8.5 if axes.narrow else 10.5
    for arm, up in ABOVE.items():
        write_inside(
            axes.people,
            0.995,
            0.5 + up * 0.5,
            axes.words(f"arm_{arm}"),
            va="top" if up > 0 else "bottom",
            color=ARM_COLORS[arm],
            weight="bold",
            fontsize=size,
        )


def draw_headline(axes, text: str, small: str) -> None:
    """Write a picture's number over it, and what it stands beside."""
    figure, down = axes.figure, 6
    size = 16 if not axes.narrow else 12.5 if len(text) < 27 else 10
    figure.text(10 / axes.width, 1 - down / axes.height, text, fontsize=size, weight="bold", va="top")
    beside = {"x": 10 / axes.width, "y": 1 - 27 / axes.height, "ha": "left"}
    if not axes.narrow:
        beside = {"x": 1 - 14 / axes.width, "y": 1 - (down + 5) / axes.height, "ha": "right"}
    figure.text(**beside, s=small, fontsize=8.5 if axes.narrow else 10, va="top", color="#404040")


# ---- who guesses

EACH, ACROSS = 50, 25  # people drawn of an arm, and how many in a row
BELIEFS = {"drug": style.ACTIVE, "placebo": style.CONTROL, "unsure": "white"}
REACTION = "#f6c9ab"
LARGEST, APART = 6.0, 36.0  # points of the rating's axis, and points of 100 alive


def _guess_room(axes) -> dict:
    """Return pixels: from the left and the top to the arms' people, between people, and where the results begin."""
    if axes.narrow:
        pitch = min((axes.width - 16) / ACROSS, 15.6)
        return {"left": 8, "tops": (58, 122), "pitch": pitch, "tall": 16, "results": 0}
    return {"left": 14, "tops": (68, 184), "pitch": 15.6, "tall": 28, "results": 438}


def add_guess_axes(axes) -> None:
    """Add a sheet in pixels for the people, and axes of what is rated and of what is counted."""
    room = _guess_room(axes)
    sheet = axes.add("sheet", left=0, right=0, top=0, bottom=20, xlim=(0, axes.width))
    sheet.set_ylim(axes.height - 20, 0)
    sheet.axis("off")
    if axes.narrow:
        half = axes.width / 2
        places = {"rating": (12, half + 8, 172, 68), "alive": (half + 8, 12, 172, 68)}
    else:
        places = {"rating": (room["results"], 14, 100, 196), "alive": (room["results"], 14, 212, 84)}
    limits = {"rating": 1.5 * LARGEST, "alive": APART}
    for name, (left, right, top, bottom) in places.items():
        part = axes.add(name, left=left, right=right, top=top, bottom=bottom)
        part.set(xlim=(-limits[name], limits[name]), ylim=(-1, 1), yticks=[])
        part.spines["left"].set_visible(False)
        part.set_xticks(limits[name] * np.array([-2, 0, 2]) / 3)
        part.tick_params(labelsize=8.5 if axes.narrow else 9.5, pad=2)
        part.axvline(0, color=style.PALE, linewidth=1)
        if not axes.narrow:
            part.set_title(axes.words(name), fontsize=10, pad=6, weight="bold")
        label = axes.words(f"{name}_narrow" if axes.narrow else f"{name}_unit")
        part.set_xlabel(label, fontsize=8.5 if axes.narrow else 9.5, labelpad=1)
    if not axes.narrow:
        _add_belief_key(axes)


def draw_believers(axes, row: int, reacted, beliefs, shares, text: str) -> None:
    """Draw the people of an arm by what they believe, a ring under whom a reaction reddens, and the shares.

    On a phone words and shares have the looks that they speak of before them: it has no room for a key.
    """
    room, sheet = _guess_room(axes), axes.sheet
    top, size = room["tops"][row], 8.5 if axes.narrow else 10
    look = {"fontsize": size, "weight": "bold", "color": (style.ACTIVE, style.CONTROL)[row], "va": "bottom"}
    high = 0.72 * (room["tall"] - 4)
    ring = min(1.05 * high, 0.72 * (room["pitch"] + 1)) if axes.narrow else 1.05 * high
    if axes.narrow:
        _draw_look(axes, "reaction", room["left"] + 6, top - 9, ring)
    sheet.text(room["left"] + (16 if axes.narrow else 0), top - (4 if axes.narrow else 8), text, **look)
    each = np.arange(len(beliefs))
    x = room["left"] + (each % ACROSS + 0.5) * room["pitch"]
    y = top + (each // ACROSS + 0.4) * room["tall"]
    if reacted.any():
        _draw_look(axes, "reaction", x[reacted], y[reacted], ring)
    for belief in BELIEFS:
        these = beliefs == belief
        _draw_look(axes, belief, x[these], y[these], high)
    down = top + 2 * room["tall"] + 6
    x = room["left"]
    for belief, share in shares.items():
        if axes.narrow:
            _draw_look(axes, belief, x + 4, down, high)
            x += 11
        words = axes.words(f"think_narrow.{belief}" if axes.narrow else f"think.{belief}", share=share)
        color = style.ACTIVE if belief == "drug" else style.CONTROL if belief == "placebo" else "#6b6b6b"
        look = {"fontsize": min(size, 9.5), "va": "center_baseline", "color": color}
        look |= {} if axes.narrow else {"va": "center", "weight": "bold"}
        x += _wide(axes, sheet.text(x, down, words, **look)) + (6 if axes.narrow else 14)


def _draw_look(axes, name: str, x, y, size: float) -> None:
    """Draw people of a belief, or what lies under those with a reaction."""
    if name == "reaction":
        look = {"marker": "o", "color": REACTION, "mew": 0}
    else:
        edge = {"mec": "#8c8c8c", "mew": 0.9} if name == "unsure" else {"mew": 0}
        look = {"marker": person_marker(), "color": BELIEFS[name], **edge}
    axes.sheet.plot(x, y, linestyle="none", markersize=size, **look)


def _wide(axes, text) -> float:
    return text.get_window_extent().width * axes.width / axes.figure.bbox.width


def _add_belief_key(axes) -> None:
    """Say what the people's colours mean."""
    x, y = 22, _guess_room(axes)["tops"][1] + 104
    for name in (*BELIEFS, "reaction"):
        _draw_look(axes, name, x, y, 13 if name == "reaction" else 12)
        text = axes.sheet.text(x + 12, y, axes.words(f"key.{name}"), fontsize=9, va="center")
        x += 32 + _wide(axes, text)


def draw_result(axes, name: str, value: float, half: float, text: str) -> None:
    """Draw an estimate with its interval on one of the results' axes."""
    part = axes[name]
    part.plot([value - half, value + half], [-0.15, -0.15], color=style.HIGHLIGHT, linewidth=2.2)
    part.plot(value, -0.15, "D", color=style.HIGHLIGHT, markersize=9)
    if not axes.narrow:
        clear = 0.995 if value < LARGEST / 2 else 0.005  # of a diamond far right
        write_inside(part, clear, 0.98, text, weight="bold", fontsize=12)
