"""Drawing for page 05: the line of an effect that changes with a biomarker, and the row a program prints of it."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from .. import style
from ..words import numbers
from .frame import (
    person_marker,
    plain_ratio_ticks,
    round_step,
    white_box,
    write_above,
    write_beside,
    write_inside,
)

SIDES = {"left": 52, "right": 24}  # pixels beside the line and its patients
HELD = {"color": style.HIGHLIGHT, "mec": "white", "mew": 1.5}  # marks that a hand can move, and what it reads


def marker_scale(marker) -> tuple[float, float]:
    """Return the end of an axis from 0 that holds nearly all patients, and the step of a slider along it."""
    most, highest = np.quantile(marker, 0.95), marker.max()
    most = (
        highest if highest < 1.25 * most else most
    )  # a few far out must not squeeze the others into a corner
    twentieth = 25 * round_step(most)
    top = float(np.ceil(most / twentieth) * twentieth)
    return top, round_step(top)


def ratio_scale(curve) -> tuple[float, float]:
    """Return ends of the hazard-ratio axis that hold the line and its interval at zero."""
    low = min(curve["ci_low"].iloc[0], curve["hr"].min())
    high = max(curve["ci_high"].iloc[0], curve["hr"].max())
    return float(max(0.9 * low, 0.02)), float(min(1.25 * high, 50))


def row_height(axes) -> int:
    return 40 if axes.narrow else 44


def row_place(axes) -> tuple[float, float]:
    """Return where the printed row begins and ends, in pixels from the left."""
    return (8 if axes.narrow else 126 if axes.width < 600 else 150), axes.width - 8


def column_places(axes) -> dict:
    """Return where the printed row's columns begin, as parts of its box."""
    if axes.narrow:
        return {"name": 0.025, "hr": 0.28, "interval": 0.44, "p": 0.785}
    return {"name": 0.03, "hr": 0.32, "interval": 0.55, "p": 0.84}


def plot_width(axes) -> int:
    return axes.width - SIDES["left"] - SIDES["right"]


def draw_row_frame(axes, synthetic: bool) -> None:
    """Draw the box of the row that our software prints, with the names of its columns and whose row it is."""
    left, right = row_place(axes)
    box = [left / axes.width, 1 - (row_height(axes) + 4) / axes.height]
    size = [(right - left) / axes.width, row_height(axes) / axes.height]
    axes.figure.add_artist(
        Rectangle(box, *size, facecolor="#fff5ef", edgecolor=style.HIGHLIGHT, linewidth=1.5)
    )
    if not axes.narrow:
        axes.write(8, 20, axes.words("row"), weight="bold", va="center", fontsize=9.5, linespacing=1.15)
        whose = axes.words("row_synthetic" if synthetic else "row_other")
        axes.write(8, 43, whose, va="center", fontsize=8.5, color=style.CONTROL)
    for column, text in (("name", "treatment"), ("hr", "hr"), ("interval", "interval"), ("p", "p")):
        _in_row(axes, column, axes.words(text), 9, column != "name")


def draw_row(axes, row, hidden: bool) -> None:
    """Draw the figures of the printed row; ``hidden``: question marks in their place."""
    texts = {
        "hr": numbers.ratio(row.hr),
        "interval": f"{numbers.ratio(row.ci_low)}–{numbers.ratio(row.ci_high)}",
        "p": numbers.p_cell(row.p),
    }
    size = 11 if axes.width < 520 else 12 if axes.width < 600 else 14
    for column, text in texts.items():
        color = style.HIGHLIGHT if column == "hr" else style.INK
        _in_row(axes, column, "?" if hidden else text, size, False, weight="bold", color=color)


def _in_row(axes, column: str, text: str, size: float, upper: bool, **options) -> None:
    left, right = row_place(axes)
    down = 14 if upper else 27 if column == "name" else 34
    x = left + column_places(axes)[column] * (right - left)
    axes.write(x, down, text, fontsize=size, va="center", **options)


def add_line_axes(axes, top: float, limits) -> None:
    """Add the line's axes, ``upper``, and the patients' under it, ``lower``, on one scale from 0 to ``top``."""
    patients, foot = (38, 53) if axes.narrow else (50, 54)
    above = row_height(axes) + (23 if axes.narrow else 26)
    upper = axes.add("upper", **SIDES, top=above, bottom=foot + patients + 4)
    upper.set(xlim=(0, top), ylim=limits, yscale="log")
    plain_ratio_ticks(upper.yaxis, *limits)
    upper.set_title(axes.words("ylabel"), fontsize=9.5, pad=4, x=(8 - SIDES["left"]) / plot_width(axes))
    upper.axhline(1, color=style.INK, linewidth=1)
    upper.tick_params(axis="x", bottom=False, labelbottom=False)
    upper.spines["bottom"].set_visible(False)
    upper.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    add_patients_axes(axes, top, axes.height - foot - patients, foot)


def add_patients_axes(axes, top: float, above: float, foot: float) -> None:
    """Add the patients' axes, ``lower``, with so many pixels above and under them."""
    lower = axes.add("lower", **SIDES, top=above, bottom=foot, xlim=(0, top), yticks=[])
    lower.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    lower.spines["left"].set_visible(False)
    lower.locator_params(axis="x", nbins=4 if axes.narrow else 8)
    lower.xaxis.set_major_formatter(lambda value, _: numbers.number(value))


def dot_size(axes, large: bool) -> float:
    return (3.4 if axes.narrow else 5) if large else 2.3 if axes.narrow else 3


def _stacked(axes, marker, top: float) -> tuple:
    """Return where the dots of the patients within the axis lie: along it, and upwards in rows."""
    rows = 8 if axes.narrow else 13
    edges = np.linspace(0, top, plot_width(axes) // 8 + 1)
    bins = np.sort(np.digitize(marker[marker <= top], edges[1:-1]))
    places = np.arange(len(bins)) - np.searchsorted(bins, bins)  # the first of its stack, the second, …
    abreast = int(np.ceil((places.max() + 1) / rows))
    # The lowest stack begins at its middle: nobody is at zero.
    left = np.where(bins > 0, (abreast - 1) / 2, 0)
    beside = (places % abreast - left) * (4 if abreast == 2 else 5) / plot_width(axes) * top
    return (edges[:-1] + edges[1:])[bins] / 2 + beside, places // abreast


def draw_patients(axes, marker, top: float, name: str, unit: str, large: bool = False) -> None:
    """Draw a dot a patient along the biomarker, stacked, and say how many lie beyond the axis.

    ``large``: they have the picture to themselves, and room for a mark above them.
    """
    lower = axes.lower
    lower.set_ylim(-0.9, (8 if axes.narrow else 13) + (2.5 if large else 0))
    lower.plot(
        *_stacked(axes, marker, top), "o", color=style.CONTROL, markersize=dot_size(axes, large), mew=0
    )
    label = (
        axes.words("xlabel", marker=name, unit=unit) if unit else axes.words("xlabel_no_unit", marker=name)
    )
    lower.set_xlabel(
        label, fontsize=8.5 if axes.narrow else 10, labelpad=1, loc="right" if axes.narrow else "center"
    )
    if axes.narrow:
        lower.xaxis.label.set_x(1 + 12 / plot_width(axes))  # a long name has no room else
    beyond = int((marker > top).sum())
    if beyond:
        lower.annotate(
            axes.fitting("beyond", n=beyond),
            (1, 0.6 if large else 1 if axes.narrow else 0.95),
            xycoords="axes fraction",
            xytext=(-5, 0),  # clear of a mark at the end of the axis
            textcoords="offset points",
            ha="right",
            va="bottom" if large and axes.narrow else "top",
            fontsize=8.5 if axes.narrow else 9,
            color=style.CONTROL,
            bbox=white_box(1),
        )


def draw_printed_tick(axes, ratio: float) -> None:
    """Mark a ratio that a paper prints beside the axis; it never moves."""
    upper = axes.upper
    far = [tick for tick in upper.get_yticks() if abs(np.log(tick / ratio)) > (0.4 if not axes.narrow else 1)]
    upper.set_yticks(far, [f"{tick:g}" for tick in far])
    _printed_mark(upper, ratio, (-0.012, 0.012, -0.018), axes.words("paper", hr=ratio))


def _printed_mark(ax, ratio: float, places: tuple, text: str) -> None:
    """Mark a printed ratio at the wall of the axes; in parts of their width: from where to where, and the words."""
    across = ax.get_yaxis_transform()
    grey = {"color": "#767676", "linewidth": 4, "solid_capstyle": "butt", "clip_on": False, "zorder": 5}
    ax.plot(places[:2], [ratio, ratio], transform=across, **grey)
    look = {"ha": "right", "va": "center", "fontsize": 8.5, "color": "#5c5c5c", "linespacing": 0.95}
    ax.text(places[2], ratio, text, transform=across, **look)


def draw_curve(axes, curve, band: bool) -> None:
    """Draw the line of the effect, with its interval or without, and say which side of 1 is good."""
    if band:
        axes.upper.fill_between(
            curve["value"], curve["ci_low"], curve["ci_high"], color=style.ACTIVE, alpha=0.14, linewidth=0
        )
    axes.upper.plot(curve["value"], curve["hr"], color=style.ACTIVE, linewidth=2.8)
    right = curve["hr"].iloc[-1] > 1
    place = 0.995 if right else 0.07 if axes.narrow else 0.27  # beside the name of a level line
    write_inside(axes.upper, place, 0.02, axes.fitting("below_one"), fontsize=9, color=style.CONTROL)


def draw_fan(axes, values, lines) -> None:
    """Draw many lines, a row of ``lines`` each: log hazard ratio at 0, and its slope."""
    intercepts, slopes = np.transpose(lines)
    ratios = np.exp(intercepts + np.outer(values, slopes))
    axes.upper.plot(values, ratios, color=style.ACTIVE, linewidth=0.6, alpha=0.5)


def draw_other_ratios(axes, unadjusted: float, adjusted: float) -> None:
    """Draw the ratios that do not depend on the biomarker as level lines, named at the left."""
    for name, ratio, above in (
        ("unadjusted", unadjusted, unadjusted > adjusted),
        ("adjusted", adjusted, unadjusted <= adjusted),
    ):
        axes.upper.axhline(ratio, color=style.SECOND, linewidth=1.6, linestyle=(0, (5, 2)))
        right = axes.narrow and not above  # at the left it would meet the diamond
        text = axes.words(name, hr=ratio)
        axes.upper.text(
            0.98 if right else 0.02,
            ratio * (1.08 if above else 0.93),
            "\n".join(text.rsplit(" ", 1)) if axes.narrow and above else text,
            transform=axes.upper.get_yaxis_transform(),
            ha="right" if right else "left",
            va="bottom" if above else "top",
            fontsize=9,
            color="#00664b",
            weight="bold",
        )


def draw_zero(axes, x: float, row, limits, nobody: bool, hidden: bool) -> None:
    """Draw where the row is read: a line through the patients and, unless it is hidden, its ratio and interval."""
    for part in (axes.upper, axes.lower):
        part.axvline(x, color=style.HIGHLIGHT, linewidth=1.8, linestyle=(0, (4, 2)), clip_on=False)
    right = x < 0.6 * axes.upper.get_xlim()[1]
    write_beside(
        axes.upper,
        axes.words("zero_nobody" if nobody else "zero"),
        (x, 0.985),
        (6 if right else -6, 0),
        xycoords=("data", "axes fraction"),
        va="top",
        weight="bold",
        fontsize=10.5,
        color=style.HIGHLIGHT,
        bbox=white_box(0.8, alpha=0.8),
    )
    if hidden:
        return
    axes.upper.plot(
        [x, x], np.clip([row.ci_low, row.ci_high], *limits), color=style.HIGHLIGHT, linewidth=4, clip_on=False
    )
    axes.upper.plot(x, np.clip(row.hr, *limits), "D", markersize=11, clip_on=False, zorder=6, **HELD)


MARK_COLOR = "#00664b"


def mark_height(axes) -> float:
    """Return where a mark lies in the patients' axes: above them all."""
    return axes.lower.get_ylim()[1] - 1.3


def add_strip(axes, top: float) -> None:
    """Add the patients' axes alone, on the scale that they have under the line."""
    add_patients_axes(axes, top, row_height(axes) + 22, 54)


def draw_ends(axes) -> None:
    """Say above the patients what lies at either end of the biomarker."""
    for side, x in (("left", SIDES["left"]), ("right", axes.width - SIDES["right"])):
        text, size = axes.fitting(side), 9 if axes.narrow else 11
        axes.write(x, 26, text, ha=side, va="center", fontsize=size, weight="bold")


def draw_marked(axes, marker, mark: float, near: float) -> None:
    """Colour the patients near a mark."""
    top = axes.lower.get_xlim()[1]
    inside = np.sort(marker[marker <= top])
    chosen = np.abs(inside - mark) <= near
    along, up = _stacked(axes, inside, top)
    size = dot_size(axes, large=True)
    axes.lower.plot(along[chosen], up[chosen], "o", color=MARK_COLOR, markersize=size, mew=0)


def draw_mark(axes, mark: float, top: float) -> None:
    """Draw where the learner marked the patients whom the printed ratio describes, and say that it is so."""
    lower, right = axes.lower, mark < 0.6 * top
    high = 1 if mark < 0.42 * top else 0.62  # below the words on those who lie further right
    lower.axvline(mark, 0, high, color=MARK_COLOR, linewidth=1.6)
    look = {
        "color": MARK_COLOR,
        "fontsize": 9,
        "weight": "bold",
        "va": "top",
        "ha": "left" if right else "right",
    }
    white = white_box(0.6, alpha=0.8)
    at = {
        "xycoords": ("data", "axes fraction"),
        "xytext": (5 if right else -5, 0),
        "textcoords": "offset points",
    }
    lower.plot(mark, 0, "o", color="white", mec=MARK_COLOR, mew=2, markersize=9, clip_on=False, zorder=5)
    lower.annotate(axes.words("mine"), (mark, high), **at, **look, bbox=white)


HUNDREDS = {"arms": style.ACTIVE, "zero": style.HIGHLIGHT}
UNFILLED = "#e0e0e0"


def add_hundreds(axes) -> None:
    """Add two squares of 10 × 10 trials side by side: ``arms`` and, with room for a guess at its right, ``zero``."""
    top, start, most = (118, 0.36, 0.31) if axes.narrow else (120, 0.42, 0.30)
    side = min(most * axes.width, axes.height - top - 24)
    for name, left in (("arms", 0.02 * axes.width), ("zero", start * axes.width)):
        right, bottom = axes.width - left - side, axes.height - top - side
        axes.add(name, left=left, right=right, top=top, bottom=bottom, xlim=(0, 10), ylim=(0, 10)).axis("off")
        test = axes.fitting(name)
        write_above(axes, name, 54 if axes.narrow else 60, test, 9.5 if axes.narrow else 11, weight="bold")
    key = axes.fitting("key")
    axes.figure.text(0.02, 4 / axes.height, key, va="bottom", fontsize=8.5, color=style.CONTROL)


def draw_world(axes, drug: str, slope: str) -> None:
    """Say above both squares what the drug of this world does."""
    look = {"fontsize": 8.5} if axes.narrow else {"fontsize": 11.5, "weight": "bold"}
    axes.figure.text(0.02, 1 - 14 / axes.height, drug, **look)
    size = 8.5 if axes.narrow else 10
    axes.figure.text(
        0.02, 1 - (28 if axes.narrow else 32) / axes.height, slope, fontsize=size, color=style.CONTROL
    )


def draw_hundred(axes, name: str, count: float | None, margin: float, ratio: float) -> None:
    """Fill a square with the trials whose p is small, from below, and write how many; ``None``: not to be seen yet."""
    color, part, small, across = HUNDREDS[name], axes[name], *((8.5, 37) if axes.narrow else (10, 52))
    places = np.arange(100)
    filled = places < (0 if count is None else round(count))
    size = 0.84 * part.get_window_extent().width / 10 * 72 / axes.figure.dpi
    for which, shade in ((filled, color), (~filled, UNFILLED)):
        part.plot(
            places[which] % 10 + 0.5, places[which] // 10 + 0.5, "s", color=shade, markersize=size, mew=0
        )
    write_above(axes, name, 40 if axes.narrow else 43, axes.words("true", hr=ratio), small)
    large = {"color": color, "weight": "bold"}
    write_above(
        axes, name, 9, "?" if count is None else numbers.integer(count), 19 if axes.narrow else 25, **large
    )
    if count is not None:
        text = axes.fitting("of_hundred", margin=margin)
        write_above(axes, name, 7, text, small, across, color=color, linespacing=1.05)


# ---- a beam with weights made of deaths

GROUP_COLORS = (style.ACTIVE, style.CONTROL)
LETTERS = "#a84a00"  # the highlight's colour for small letters
NAMED = {"va": "bottom", "weight": "bold"}
PIXEL = 0.72  # points


def cell(axes) -> float:
    """The side of a death's place in a weight, in pixels."""
    return 6 if axes.narrow else 9.5


def beam_height(axes) -> float:
    return 50 if axes.narrow else 70


def add_beam(axes, limits) -> None:
    """Add axes of hazard ratios from left to right and pixels upwards, and the beam."""
    bottom = 48 if axes.narrow else 56
    main = axes.add("main", left=16, right=16, top=4, bottom=bottom)
    main.set(xlim=(0.85 * limits[0], limits[1]), xscale="log", ylim=(0, axes.height - bottom - 4), yticks=[])
    ratio_axis(axes, limits)
    main.axhline(beam_height(axes), color=style.INK, linewidth=5, solid_capstyle="round")


def ratio_axis(axes, limits) -> None:
    """Give the axes plain numbers and a label along their foot, and nothing at their side."""
    main = axes.main
    plain_ratio_ticks(main.xaxis, *limits)
    if axes.narrow:
        ticks = [tick for tick in (0.01, 0.05, 0.2, 0.5, 1, 2) if limits[0] <= tick <= limits[1]]
        main.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    main.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    main.spines["left"].set_visible(False)
    label = axes.fitting("xlabel")
    main.set_xlabel(label, fontsize=9 if axes.narrow else 10, labelpad=1, loc="left")


def beside(axes, ratio: float, pixels) -> np.ndarray:
    """Return the ratios that lie so many pixels to the right of one."""
    low, high = axes.main.get_xlim()
    return ratio * (high / low) ** (np.asarray(pixels, dtype=float) / (axes.width - 32))


def weight_size(axes, deaths: int) -> tuple[int, int]:
    """Return how many deaths lie side by side in a weight, and in how many rows."""
    abreast = max(round(np.sqrt(0.6 * deaths)), 1)
    return abreast, int(np.ceil(deaths / abreast))


def weight_middle(axes, deaths: int) -> float:
    return beam_height(axes) + 4 + weight_size(axes, deaths)[1] * cell(axes) / 2


def draw_weight(axes, ratio: float, deaths: int, color, edge="none") -> float:
    """Draw a group as a weight of crosses, one a death; return its top."""
    (abreast, rows), side, foot = weight_size(axes, deaths), cell(axes), beam_height(axes) + 3
    left, right = beside(axes, ratio, [-abreast * side / 2 - 1, abreast * side / 2 + 1])
    top = foot + rows * side + 1
    axes.main.add_patch(
        Rectangle((left, foot), right - left, top - foot, facecolor=color, edgecolor=edge, linewidth=1.5)
    )
    places = np.arange(deaths)
    x = beside(axes, ratio, (places % abreast - (abreast - 1) / 2) * side)
    y = foot + 1 + (places // abreast + 0.5) * side
    axes.main.plot(x, y, "x", color="white", markersize=0.55 * side * PIXEL, mew=0.8 if axes.narrow else 1.1)
    return top


def label_weight(axes, ratio: float, deaths: int, top: float, lines, color, side: int) -> None:
    """Write above a weight, its last line in bold, from its left edge on (``side`` -1) or up to its right (1)."""
    pitch, size = (13, 8.5) if axes.narrow else (15, 9.5)
    edge = side * weight_size(axes, deaths)[0] * cell(axes) / 2
    for up, line in enumerate(reversed(lines)):
        axes.main.text(
            beside(axes, ratio, edge),
            top + 4 + up * pitch,
            line,
            ha="left" if side == -1 else "right",
            va="bottom",
            fontsize=size if up or axes.narrow else size + 1,
            weight="normal" if up else "bold",
            color=color,
        )


def draw_wanted(axes, ratio: float) -> None:
    """Mark the printed ratio under the beam."""
    axes.main.plot([ratio] * 2, [0, beam_height(axes) - 4], color=LETTERS, linewidth=2, linestyle=(0, (3, 2)))
    said, size = axes.words("wanted", hr=ratio), 9 if axes.narrow else 10.5
    axes.main.text(beside(axes, ratio, -6), 6, said, ha="right", fontsize=size, color=LETTERS, **NAMED)


def draw_last_weight(axes, ratio: float, deaths: int, text: str) -> None:
    """Draw the group whose ratio nobody printed, and its name in a lane above all others."""
    top = draw_weight(axes, ratio, deaths, style.HIGHLIGHT, "white")
    high = axes.main.get_ylim()[1]
    lane = high - (26 if axes.narrow else 34)
    axes.main.plot([ratio] * 2, [top + 2, lane], color=style.HIGHLIGHT, linewidth=1)
    half = 100 if axes.narrow else 120
    low, most = np.log(axes.main.get_xlim())
    here = (np.log(ratio) - low) / (most - low) * (axes.width - 32)
    shift = np.clip(here, half, axes.width - 32 - half) - here
    look = {"ha": "center", "fontsize": 8.5 if axes.narrow else 10, "linespacing": 1.15, "color": LETTERS}
    axes.main.text(beside(axes, ratio, shift), lane, text, **look, **NAMED)


def draw_support(axes, ratio: float, wanted: float, reached: bool) -> None:
    """Draw the triangle on which the beam balances, and at which ratio."""
    foot = beam_height(axes) - 4
    size = 10 if axes.narrow else 14
    color = style.SECOND if reached else style.INK
    corners = np.column_stack(
        [beside(axes, ratio, [-size, 0, size]), [foot - 1.7 * size, foot, foot - 1.7 * size]]
    )
    axes.main.add_patch(Polygon(corners, facecolor=color, edgecolor="none", zorder=4))
    right = axes.main.get_xlim()[1]
    text = axes.fitting("balance", hr=ratio)
    most = beside(axes, right, -44 if axes.narrow else -172)
    left = min(beside(axes, max(ratio, wanted), 8), most)
    look = {"fontsize": 12 if axes.narrow else 15, "color": "#00664b" if reached else style.INK}
    axes.main.text(left, 3, text, **look, **NAMED)


def draw_off_to_the_left(axes, text: str) -> None:
    """Point beyond the scale's left end."""
    left, y = axes.main.get_xlim()[0], beam_height(axes) / 2
    write_beside(
        axes.main,
        text,
        (left, y),
        (24, 0),
        fontsize=9 if axes.narrow else 11,
        weight="bold",
        color=LETTERS,
        arrowprops={"arrowstyle": "-|>", "color": LETTERS, "linewidth": 2},
    )


# ---- crosses and the interval they deserve

DEATH_ROWS = 3
PRINTED_COLORS = (style.ACTIVE, None, style.INK)


def crosses_room(axes) -> float:
    return 62 if axes.narrow else 104


def add_intervals(axes, limits) -> None:
    """Add axes for three intervals, one under the other; above them is room for the crosses."""
    left, bottom = (14, 46) if axes.narrow else (176, 56)
    main = axes.add("main", left=left, right=18, top=crosses_room(axes), bottom=bottom)
    main.set(xlim=limits, xscale="log", ylim=(0, 3), yticks=[])
    ratio_axis(axes, limits)
    main.axvline(1, ymax=0.96 if axes.narrow else 1, color=style.INK, linewidth=1, zorder=1)


def interval_height(axes, row: int) -> float:
    """Return the height of an interval: row 0 is the uppermost, 2 the lowest."""
    return 2.28 - row if axes.narrow else 2.5 - row


def draw_printed_interval(axes, row: int, figure, text: str) -> None:
    """Draw the interval of a published ratio with its ends, and name it."""
    y, color = interval_height(axes, row), PRINTED_COLORS[row]
    ends = [figure.ci_low, figure.ci_high]
    axes.main.plot(ends, [y, y], color=color, linewidth=3.5, solid_capstyle="butt")
    axes.main.plot(ends, [y, y], "|", color=color, markersize=13, mew=2.5)
    axes.main.plot(figure.estimate, y, "o", color=color, markersize=8)
    name_interval(axes, row, text, color)


def name_interval(axes, row: int, text: str, color) -> None:
    if axes.narrow:
        place = {"x": 0, "y": interval_height(axes, row) + 0.3, "ha": "left", "va": "center"}
    else:
        place = {"x": -0.02, "y": interval_height(axes, row), "ha": "right", "va": "center"}
    axes.main.text(
        s=" ".join(text.split("\n")) if axes.narrow else text,
        transform=axes.main.get_yaxis_transform(),
        fontsize=8.5 if axes.narrow else 10,
        weight="bold",
        color=color,
        linespacing=1.2,
        bbox=white_box(1.5) if axes.narrow else None,
        zorder=1.5,  # over the guides, under the intervals
        **place,
    )


def draw_guides(axes, row: int, ends) -> None:
    """Draw from the ends of a printed interval to the row between."""
    name = 0.46 if axes.narrow and row == 2 else 0  # a guide ends above the name of the lowest interval
    heights = [interval_height(axes, row) + name, interval_height(axes, 1)]
    for end in ends:
        axes.main.plot([end, end], heights, color="#8a8a8a", linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)


def draw_deserved_interval(axes, ratio: float, ends, widest, deaths: int, text: str) -> None:
    """Draw the interval that so many deaths deserve, over the one (``widest``) that all ``deaths`` do."""
    y = interval_height(axes, 1)
    if widest is not None:
        axes.main.plot(widest, [y, y], color="#d6d6d6", linewidth=13, solid_capstyle="butt")
        write_beside(
            axes.main,
            axes.words("ghost", trial=deaths),
            (widest[0], y),
            (1, -6 if axes.narrow else 7),
            fontsize=8.5,
            color="#5c5c5c",
        )
    axes.main.plot(ends, [y, y], color=style.HIGHLIGHT, linewidth=3.5, solid_capstyle="butt")
    axes.main.plot(ends[0], y, "|", color=style.HIGHLIGHT, markersize=13, mew=2.5)
    axes.main.plot(ratio, y, "o", color=style.HIGHLIGHT, markersize=8)
    axes.main.plot(ends[1], y, "D", markersize=11, zorder=6, **HELD)
    name_interval(axes, 1, text, LETTERS)


def cross_pitch(axes) -> float:
    """Return the pixels from one cross to the next, so that thirty of them leave room for the count."""
    return 6.3 if axes.narrow else min(14.5, (axes.width - 168) / 30)


def draw_crosses(axes, deaths: int, every: int) -> None:
    """Draw a cross a death, those in pale that an interval does without, and write how many are left."""
    pitch = cross_pitch(axes), 14 if axes.narrow else 27
    places = np.arange(every)
    columns = places // DEATH_ROWS
    x = (14 + (columns + 0.5) * pitch[0]) / axes.width
    y = 1 - (8 + (places % DEATH_ROWS + 0.5) * pitch[1]) / axes.height
    left = places < deaths
    for which, color, width in ((~left, "#c4c4c4", 1.2), (left, style.HIGHLIGHT, 2.2)):
        axes.figure.add_artist(
            Line2D(
                x[which],
                y[which],
                linestyle="none",
                marker="x",
                color=color,
                markersize=4 if axes.narrow else 7,
                mew=width,
                transform=axes.figure.transFigure,
            )
        )
    write_count(axes, deaths, every)


def write_count(axes, deaths: int, every: int) -> None:
    """Write large how many deaths are left of all."""
    edge, middle = 14 + 30 * cross_pitch(axes) + (6 if axes.narrow else 18), 29 if axes.narrow else 48
    large, small = (19, 8.5) if axes.narrow else (38, 11)
    number = numbers.integer(deaths)
    axes.write(edge, middle, number, fontsize=large, weight="bold", color=style.HIGHLIGHT, va="center")
    across = edge + large * (0.71 * 2) / PIXEL
    text = axes.fitting("of", trial=every)
    axes.write(across, middle, text, fontsize=small, linespacing=1.15, va="center")


def draw_rivals(axes, title: str, lines) -> None:
    """Write what else makes an interval wide, in the place of the crosses."""
    size, pitch = (8.5, 12) if axes.narrow else (10.5, 19)
    top = 8 if axes.narrow else 12
    axes.write(14, top, title, fontsize=size + 0.5, weight="bold", va="center")
    for row, line in enumerate(lines, start=1):
        down = top + row * pitch + 1
        dot = {"color": style.HIGHLIGHT, "transform": axes.figure.transFigure}
        place = [19 / axes.width], [1 - down / axes.height]
        axes.figure.add_artist(Line2D(*place, marker="D", markersize=4.5, **dot))
        axes.write(28, down, line, fontsize=size, va="center")


# ---- a ruler through two groups

RULER_RATIOS = (0.07, 3.0)


def add_ruler(axes, top: float, ends) -> None:
    """Add axes of the hazard ratio along pNFH from its zero, the left wall; ``ends`` are the low group's."""
    left, right, bottom = (52, 12, 54) if axes.narrow else (66, 20, 54)
    main = axes.add("main", left=left, right=right, top=24, bottom=bottom)
    main.set(xlim=(0, top), ylim=RULER_RATIOS, yscale="log")
    plain_ratio_ticks(main.yaxis, *RULER_RATIOS)
    main.spines["left"].set_linewidth(2.5)
    marks = [0, ends[1], 8000] if axes.narrow else [0, *ends, 6000, 8000]
    main.set_xticks(marks, [numbers.integer(mark) for mark in marks])
    main.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    size = 9 if axes.narrow else 10
    main.set_xlabel(axes.words("xlabel"), fontsize=size, labelpad=1, loc="left" if axes.narrow else "center")
    main.set_title(axes.words("ylabel"), fontsize=size, pad=5, x=(6 - left) / (axes.width - left - right))
    main.axhline(1, color=style.INK, linewidth=1)


def draw_printed_groups(axes, ends, low, high) -> None:
    """Draw the ratio printed for the low group, from ``ends`` to ``ends``, with its interval, and for the one above."""
    top = axes.main.get_xlim()[1]
    axes.main.fill_between(ends, low.ci_low, low.ci_high, color=style.ACTIVE, alpha=0.13, linewidth=0)
    axes.main.plot(ends, [low.estimate] * 2, color=style.ACTIVE, linewidth=6, solid_capstyle="butt")
    axes.main.plot(
        [ends[1], top * 0.985], [high.estimate] * 2, color=style.ACTIVE, linewidth=6, solid_capstyle="butt"
    )
    axes.main.plot(top * 0.985, high.estimate, ">", color=style.ACTIVE, markersize=10, mew=0)


def name_printed_groups(axes, ends, low, high, texts, notes) -> None:
    """Write what the bars are, over what lies under them: right of the low group's, below the other."""
    top = axes.main.get_xlim()[1]
    size, small = (8.5, 8.5) if axes.narrow else (10.5, 9)
    ground = white_box(0.5, alpha=0.6)
    beside, under, below = (-7, -18, -10) if axes.narrow else (-11, -24, -14)
    for x, ratio, side, down, text, note in (
        (ends[1], low.estimate, "left", beside, texts[0], notes[0]),
        (top * 0.985, high.estimate, "right", under, texts[1], notes[1]),
    ):
        look = {"ha": side, "va": "center", "textcoords": "offset points", "bbox": ground}
        right = 5 if side == "left" else 0
        bold = {"fontsize": size, "weight": "bold", "color": style.ACTIVE}
        axes.main.annotate(text, (x, ratio), xytext=(right, down), **bold, **look)
        axes.main.annotate(
            note, (x, ratio), xytext=(right, down + below), fontsize=small, color="#5c5c5c", **look
        )


def draw_rulers(axes, rulers, text: str) -> None:
    """Draw many rulers, and on the wall from where to where they end."""
    x = np.array([0, axes.main.get_xlim()[1]])
    lines = [np.column_stack([x, ruler.at(x)]) for ruler in rulers]
    axes.main.add_collection(
        LineCollection(lines, colors=style.HIGHLIGHT, linewidths=0.7, alpha=0.4), autolim=False
    )
    ends = [float(ruler.at(0)) for ruler in rulers]
    axes.main.plot(
        [0, 0], [min(ends), max(ends)], color=style.HIGHLIGHT, linewidth=11, alpha=0.55, solid_capstyle="butt"
    )
    write_meeting(axes, min(ends), text)


def draw_ruler(axes, ruler, holds, out: bool, size: float) -> None:
    """Draw a ruler from hold to hold, or ``out`` to the wall and as far as it goes; ``size`` of the holds."""
    x = np.array([0, axes.main.get_xlim()[1]] if out else holds, dtype=float)
    axes.main.plot(x, ruler.at(x), color=style.HIGHLIGHT, linewidth=3, solid_capstyle="butt")
    axes.main.plot(holds, ruler.at(holds), "D", markersize=size, linestyle="none", **HELD)


def draw_paper(axes, ratio: float, text: str) -> None:
    """Mark the paper's ratio outside the wall; it never moves."""
    pixel = 1 / (axes.main.get_position().width * axes.width)
    _printed_mark(axes.main, ratio, (-13 * pixel, -6 * pixel, -16 * pixel), text)


def draw_meeting(axes, ratio: float, text: str | None) -> None:
    """Mark where the ruler meets the wall."""
    axes.main.plot(0, ratio, "o", markersize=13, clip_on=False, zorder=6, **HELD)
    if text is not None:
        write_meeting(axes, ratio, text)


def write_meeting(axes, ratio: float, text: str) -> None:
    write_beside(
        axes.main,
        text,
        (0, min(0.9 * ratio, 0.2 if axes.narrow else 0.24)),
        (9, 0),
        va="top",
        fontsize=10 if axes.narrow else 14,
        weight="bold",
        color=LETTERS,
    )


def draw_three_people(axes, people, twice: str, equation: str) -> None:
    """Draw people on the ruler, the steps from one to the next, and the ruler's equation."""
    top = axes.main.get_xlim()[1]
    people = [person for person in people if person[0] < top]
    for place, (x, ratio, text) in enumerate(people):
        below = axes.narrow and place == 0  # beside the wall there is no room
        axes.main.plot(x, ratio, "o", color=style.INK, markersize=9, mec="white", mew=1.2, zorder=7)
        axes.main.annotate(
            text,
            (x, ratio),
            xytext=(6, -8) if below else (-6, 8),
            textcoords="offset points",
            ha="left" if below else "right",
            va="top" if below else "bottom",
            fontsize=8.5 if axes.narrow else 10,
            weight="bold",
            linespacing=1.15,
            zorder=8,
            bbox=white_box(0.8, alpha=0.8),
        )
    for (x, ratio, _), (next_x, next_ratio, _) in zip(people, people[1:], strict=False):
        axes.main.plot(
            [x, next_x, next_x],
            [ratio, ratio, next_ratio],
            color=style.INK,
            linewidth=1.2,
            linestyle=(0, (3, 2)),
        )
        write_beside(
            axes.main,
            twice,
            (next_x, np.sqrt(ratio * next_ratio)),
            (4, 0),
            fontsize=9,
            weight="bold",
            bbox=white_box(0.5),
        )
    write_inside(axes.main, 0.98, 0.03, equation, fontsize=9 if axes.narrow else 13, weight="bold")


KINDS = {"robust": style.ACTIVE, "frail": style.HIGHLIGHT}
KIND_ROWS = ("frail", "robust")  # from above
GONE = "#dcdcdc"


def kind_places(axes) -> dict:
    """Return, in pixels from the left and from above, where the two arms, their rows and the ratios stand."""
    if axes.narrow:
        left, width, gap, across, tops = 56, 80, 6, 9, (30, 100, 172)
    else:
        left, gap, across, tops = 108, 20, 13, (38, 130, 226)
        width = (axes.width - left - 2 * gap - 86) / 2
    arms = (left, left + width + gap)
    return {"arms": arms, "width": width, "across": across, "tops": tops, "ratio": arms[1] + width + gap}


def add_kinds(axes, people: int) -> None:
    """Add a sheet measured in pixels from above, ``kinds``, with a column an arm and one for the hazard ratio."""
    places = kind_places(axes)
    sheet = axes.add("kinds", left=0, right=0, top=0, bottom=20, xlim=(0, axes.width))
    sheet.set_ylim(axes.height - 20, 0)
    sheet.axis("off")
    sheet.axhline(places["tops"][2] - (6 if axes.narrow else 10), color=style.INK, linewidth=1)
    small = 8.5 if axes.narrow else 10.5
    for arm, left in zip(("placebo", "drug"), places["arms"], strict=True):
        text = axes.fitting(arm, n=people)
        sheet.text(left, 14, text, fontsize=small, weight="bold", va="center")
    axes.write(-8, 14, axes.fitting("ratio"), fontsize=small, weight="bold", va="center", ha="right")


def draw_kind_names(axes, frailer: float) -> None:
    """Name the rows, and say what the hazard of each kind is."""
    left, size, tall = (4, 8.5, 15) if axes.narrow else (8, 12, 27)
    tops, look = kind_places(axes)["tops"], {"weight": "bold", "va": "center", "fontsize": size}
    for kind, top, times in zip(KIND_ROWS, tops, (frailer, 1), strict=False):
        middle = top + 0.4 * tall
        axes.kinds.text(left, middle, axes.words(kind), color=KINDS[kind], **look)
        text = axes.fitting("hazard", times=times)
        down, small = (13, 8.5) if axes.narrow else (18, 9.5)
        axes.kinds.text(left, middle + down, text, fontsize=small, va="center")
    text = axes.fitting("together")
    axes.kinds.text(left, tops[2] + (24 if axes.narrow else 34), text, linespacing=1.15, **look)


def draw_people(axes, people: int, left) -> None:
    """Draw the people of each kind and arm, the dead greyed, and how many are left.

    ``left`` has a row for the robust and one for the frail, and a column an arm.
    """
    sheet, places, person = axes.kinds, kind_places(axes), person_marker()
    pitch = places["width"] / places["across"]
    tall, high, below = (15, 14, 8) if axes.narrow else (27, 25, 10)
    each = np.arange(people)
    rows = -(-people // places["across"])
    gone = []
    for top, kind, counts in zip(places["tops"], KIND_ROWS, np.flipud(left), strict=False):
        y, here = top + (each // places["across"] + 0.5) * tall - 2, []
        for start, count in zip(places["arms"], counts, strict=True):
            at = np.column_stack([start + (each % places["across"] + 0.5) * pitch, y])
            here.append(at[:count])
            gone.append(at[count:])
            _bold(axes, start, top + tall * rows + below, axes.words("left", n=int(count)), KINDS[kind])
        _stand(sheet, person, np.concatenate(here), KINDS[kind], high)
    _stand(sheet, person, np.concatenate(gone), GONE, high)


def _stand(sheet, person, places, color: str, high: float) -> None:
    sheet.plot(*places.T, linestyle="none", marker=person, markersize=0.72 * high, color=color, mew=0)


def _bold(axes, x: float, y: float, text: str, color: str) -> None:
    size = 8.5 if axes.narrow else 10
    axes.kinds.text(x, y, text, color=color, weight="bold", fontsize=size, va="center")


def draw_together(axes, people: int, left, mixed: float) -> None:
    """Draw as bars who is left of all together, how many of them are frail, and the ratio that comes of it."""
    sheet, places = axes.kinds, kind_places(axes)
    top = places["tops"][2]
    person = places["width"] / (2 * people)  # a person's part of the bar
    bar, height, under = (top + 16, 16, 9) if axes.narrow else (top + 18, 24, 11)
    for start, (robust, frail) in zip(places["arms"], np.transpose(left).tolist(), strict=True):
        _bold(axes, start, top + 6, axes.words("left", n=robust + frail), style.INK)
        sheet.add_patch(Rectangle((start, bar), places["width"], height, facecolor="white", edgecolor=GONE))
        sheet.add_patch(Rectangle((start, bar), frail * person, height, facecolor=KINDS["frail"]))
        after = start + frail * person
        sheet.add_patch(Rectangle((after, bar), robust * person, height, facecolor=KINDS["robust"]))
        if robust + frail:
            share = frail / (robust + frail)
            text = axes.fitting("share", share=share)
            _bold(axes, start, bar + height + under, text, KINDS["frail"])
    _ratio(axes, 2, mixed, style.INK)


def draw_ratios_within(axes, ratio: float) -> None:
    """Write the hazard ratio within each kind."""
    for row, kind in enumerate(KIND_ROWS):
        _ratio(axes, row, ratio, KINDS[kind])


def _ratio(axes, row: int, ratio: float, color: str) -> None:
    together = row == 2
    if axes.narrow:
        edge, down, size = 4, 26 if together else 20, 12.5 if together else 11
    else:
        edge, down, size = 8, 34 if together else 26, 25 if together else 19
    look = {"color": color, "weight": "bold", "fontsize": size, "ha": "right", "va": "center"}
    axes.kinds.text(axes.width - edge, kind_places(axes)["tops"][row] + down, numbers.ratio(ratio), **look)


BET_PLACE = 0.12  # on the race's axis: behind the finishing line
NAMED_TO = 0.03  # on a phone a name has its lane down to so far below the middle
BET_NARROW = 9  # pixels from the track's left end; names begin beside it
RACE_LEFT, RACE_RIGHT = 204, 86  # pixels for the names and the counts
RACE_LIMITS = (0.1, 1.7)
GIVEN, ORDINARY, WAITING = style.HIGHLIGHT, style.ACTIVE, "#6b6b6b"  # runners given a slope, and the others


def add_race(axes, runners, gap) -> None:
    """Add the ``race``: a lane a runner from above, start and goal, and room at the right for the counts."""
    left, right, top, bottom = (24, 58, 24, 50) if axes.narrow else (RACE_LEFT, RACE_RIGHT, 38, 56)
    track = axes.add("race", left=left, right=right, top=top, bottom=bottom, xscale="log", xlim=RACE_LIMITS)
    track.set_ylim(len(runners) - 0.5, -0.5)
    track.axvspan(RACE_LIMITS[0], gap.adjusted_hr, color="#fbefe7", linewidth=0)
    if axes.narrow:  # the names' half of each lane stays white
        for lane in range(len(runners)):
            track.axhspan(lane - 0.5, lane + NAMED_TO, color="white", linewidth=0)
    for edge in range(1, len(runners)):
        track.axhline(edge - 0.5, color="#e6e6e6", linewidth=0.8)
    track.axvline(gap.crude_hr, color=style.INK, linewidth=1.4)
    if axes.narrow:
        lanes = np.arange(len(runners))
        goal = {"color": style.HIGHLIGHT, "linewidth": 2.4}
        track.vlines([gap.adjusted_hr] * len(runners), lanes + NAMED_TO, lanes + 0.5, **goal)
    else:
        track.axvline(gap.adjusted_hr, color=style.HIGHLIGHT, linewidth=2.4)
    ticks = [0.2, gap.adjusted_hr, 0.5, gap.crude_hr, 1.2]
    track.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    track.minorticks_off()
    track.set_yticks([])
    track.spines["left"].set_visible(False)
    track.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    size = 8.5 if axes.narrow else 10
    track.set_xlabel(
        axes.fitting("xlabel", crude=gap.crude_hr),
        fontsize=size,
        labelpad=1,
        loc="left" if axes.narrow else "center",
    )
    across = track.get_xaxis_transform()
    for name, ratio, color in (
        ("goal", gap.adjusted_hr, style.HIGHLIGHT),
        ("start", gap.crude_hr, style.INK),
    ):
        track.text(
            ratio,
            1.015,
            axes.fitting(name, hr=ratio),
            transform=across,
            ha="center",
            va="bottom",
            color=color,
            weight="bold",
            fontsize=size,
        )
    write_inside(
        track,
        1.03,
        1.015,
        axes.fitting("arrive"),
        va="bottom",
        fontsize=8.5 if axes.narrow else 9.5,
        linespacing=1.1,
        ha="left",
    )


def lane_middle(axes) -> float:
    """Return how far below the middle of its lane a runner runs: on a phone its name stands above."""
    return 0.22 if axes.narrow else 0.0


def bet_place(axes) -> float:
    """Return where on the race's axis a bet lies: on a phone in a column of its own, left of the names."""
    if not axes.narrow:
        return BET_PLACE
    (low, high), width = RACE_LIMITS, axes.width - 82
    return low * (high / low) ** (BET_NARROW / width)


def draw_runner(axes, place: int, runner, given: bool, start: float) -> None:
    """Draw a hundred trials of a runner, their middle, and how many of 100 arrive."""
    track, color, ratios = axes.race, GIVEN if given else ORDINARY, runner.ratios
    if runner.on_its_way:
        draw_at_start(axes, place, color, start)
        return
    low, middle = 0.2 if axes.narrow else 0.31, lane_middle(axes)
    if len(ratios) > 1:
        # Golden steps: neighbours never lie at one height, and nothing jumps when a trial more comes in.
        up = middle + low * (2 * (np.arange(len(ratios)) * 0.618034 % 1) - 1)
        track.plot(
            np.clip(ratios, *RACE_LIMITS),
            place + up,
            "o",
            color=color,
            alpha=0.5,
            markersize=2.6 if axes.narrow else 3.6,
            mew=0,
        )
    median = runner.quantile(0.5)
    y = place + middle
    track.plot([start, median], [y, y], color=color, linewidth=2.4 if axes.narrow else 3.2)
    track.plot(
        median, y, "o", color=color, markersize=7 if axes.narrow else 10, mec="white", mew=1.3, zorder=4
    )
    _write_arrivals(
        axes, place, _arrivals(axes, runner), color if given else style.INK, 9.5 if axes.narrow else 12.5
    )


def draw_asked(axes, places) -> None:
    """Put a question mark where these runners' counts will stand."""
    for place in places:
        _write_arrivals(axes, place, "?", style.HIGHLIGHT, 12.5)


def _write_arrivals(axes, place: int, text: str, color: str, size: float) -> None:
    look = {"va": "center", "color": color, "weight": "bold", "fontsize": size}
    axes.race.text(1.03, place, text, transform=axes.race.get_yaxis_transform(), **look)


def _arrivals(axes, runner) -> str:
    if runner.trials == 0:
        return axes.words("never")
    if runner.reach <= 0.5:
        return numbers.of_hundred(runner.reach)
    return numbers.plus_minus(runner.reach, max(runner.margin, 1))  # "± 0" would be sure


def draw_names(axes, runners, gone: int, start: float) -> None:
    """Name the lanes; at the start of those whose runner has not gone stands a ring."""
    for place, name in enumerate(runners):
        given = name == runners[-1]
        color = (GIVEN if given else style.INK) if place < gone else WAITING
        _name(axes, place, axes.words(f"runner.{name}"), color)
        if place >= gone:
            draw_at_start(axes, place, WAITING, start)


def draw_given_note(axes) -> None:
    """Say, in the picture's corner, that a slope was given and that nobody has verified the printed one."""
    text = axes.fitting("given")
    axes.write(4, -4, text, va="bottom", fontsize=8.5, color=GIVEN)


def draw_last_name(axes, runners, gone: int, part: int, start: float) -> None:
    """Name the last lane, whose runner was given a part of the printed slope."""
    there = gone == len(runners)
    text = axes.words(f"runner.{runners[-1]}", part=part)
    _name(axes, len(runners) - 1, text, GIVEN if there else WAITING)
    if not there:
        draw_at_start(axes, len(runners) - 1, WAITING, start)


def draw_at_start(axes, place: int, color: str, start: float) -> None:
    """Draw a runner who has not gone yet, or none of whose trials is in."""
    size = 6 if axes.narrow else 8
    axes.race.plot(start, place + lane_middle(axes), "o", color="white", mec=color, mew=1.6, markersize=size)


def _name(axes, place: int, text: str, color: str) -> None:
    track = axes.race
    names = track.get_yaxis_transform()
    left, width = (24, axes.width - 82) if axes.narrow else (RACE_LEFT, axes.width - RACE_LEFT - RACE_RIGHT)
    look = {"transform": names, "color": color}
    track.text(
        (6 - left) / width,
        place,
        str(place + 1),
        weight="bold",
        fontsize=9 if axes.narrow else 11,
        va="center",
        **look,
    )
    if axes.narrow:
        track.text(
            2 * BET_NARROW / width + 0.01,
            place - 0.49,
            text,
            va="top",
            fontsize=8.5,
            bbox=white_box(0.3),
            **look,
        )
    else:
        track.text((26 - left) / width, place, text, va="center", fontsize=10, **look)


def draw_bet(axes, place: int) -> None:
    """Mark the runner on whom the learner has bet; on a phone the words stand above the track."""
    x, y, size = bet_place(axes), place + lane_middle(axes), 6.5 if axes.narrow else 8
    axes.race.plot(x, y, "o", color="white", mec=style.HIGHLIGHT, mew=2.5, markersize=size, zorder=5)
    if axes.narrow:
        write_above(axes, "race", 3, axes.words("bet"), 8.5, along=-18, color=style.HIGHLIGHT, va="bottom")
        return
    write_beside(
        axes.race,
        axes.words("bet"),
        (x, y),
        (7, 0),
        va="center",
        fontsize=9.5,
        color=style.HIGHLIGHT,
        bbox={"facecolor": "#fbefe7", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        zorder=5,
    )
