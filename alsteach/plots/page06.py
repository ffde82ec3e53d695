"""Drawing for page 06: worlds of a biomarker, groups at a cut, the search for one, and an effect along one."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from .. import style
from ..words import numbers
from .frame import plain_ratio_ticks, round_step, white_box, write_above, write_beside, write_inside
from .page05 import marker_scale

__all__ = ["marker_scale"]

# ---- groups at a cut

RATIO_LIMITS = (0.2, 5.0)
P_LIMITS = (0.001, 1.0)
DIFFERENCE_ROW = 3
GROUP_COLORS = {2: (style.ACTIVE, "#8a5a00"), 3: ("#6b6b6b", style.ACTIVE, "#8a5a00")}
ON_WHITE = white_box(0.8, alpha=0.85)


def add_cut_axes(axes, top: float, marker, name: str, unit: str) -> None:
    """Add three parts: hazard ratios over the biomarker, the patients under them, and a row a p-value below."""
    narrow = axes.narrow
    left, right = (34, 22) if narrow else (46, 26)
    upper, people, ratios_top = (74, 26, 20) if narrow else (112, 34, 22)
    rows = (56, 38) if narrow else (76, 42)  # of p-values: their height, and where they end from below
    ratios = axes.add(
        "ratios", left=left, right=right, top=ratios_top, bottom=axes.height - ratios_top - upper
    )
    foot = ratios_top + upper + people
    below = axes.add("people", left=left, right=right, top=ratios_top + upper, bottom=axes.height - foot)
    p_left = 112 if narrow else 190
    p_values = axes.add(
        "p_values",
        left=p_left,
        right=42 if narrow else 90,
        top=axes.height - rows[0] - rows[1],
        bottom=rows[1],
    )
    size = 9 if narrow else 10
    ratios.set(xlim=(0, top), yscale="log", ylim=RATIO_LIMITS)
    plain_ratio_ticks(ratios.yaxis, *RATIO_LIMITS)
    if narrow:
        ratios.set_yticks([0.2, 1, 5], ["0.2", "1", "5"])
    ratios.tick_params(labelbottom=False, bottom=False, labelsize=size, pad=2)
    ratios.spines["bottom"].set_visible(False)
    ratios.axhline(1, color=style.INK, linewidth=1)
    title = axes.fitting("ratio")
    ratios.set_title(title, fontsize=9 if narrow else 9.5, pad=5, x=(8 - left) / (axes.width - left - right))
    counts, edges = np.histogram(marker, np.linspace(0, top, 41))
    below.stairs(counts, edges, fill=True, color=style.PALE)
    below.set(xlim=(0, top), ylim=(0, 1.9 * counts.max()), yticks=[])
    beyond = int((marker > top).sum())
    if beyond:
        write_inside(
            below, 1, 0.05, axes.fitting("beyond", n=beyond), fontsize=8.5 if narrow else 9,
            color=style.CONTROL, va="baseline",
        )  # fmt: skip
    below.spines["left"].set_visible(False)
    below.tick_params(labelsize=size, pad=2)
    below.locator_params(axis="x", nbins=4 if narrow else 9)
    below.xaxis.set_major_formatter(lambda value, _: numbers.number(value))
    label = axes.words("xlabel", marker=name, unit=unit) if unit else name
    below.set_xlabel(label, fontsize=8.5 if narrow else 9.5, labelpad=0)
    p_values.set(xscale="log", xlim=P_LIMITS, ylim=(DIFFERENCE_ROW + 0.6, -0.6), yticks=[])
    ticks = (0.001, 0.05, 1) if narrow else (0.001, 0.01, 0.05, 0.2, 1)
    p_values.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    p_values.set_xticks([], minor=True)
    p_values.tick_params(labelsize=size, pad=2)
    p_values.spines["left"].set_visible(False)
    p_values.axvline(0.05, color=style.PALE, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    beside = (1.1 if axes.width < 440 else 1.05) if narrow else 1.03
    p_values.text(
        beside, DIFFERENCE_ROW + 0.6, axes.words("p_axis"), transform=p_values.get_yaxis_transform(),
        fontsize=8.5 if narrow else 9.5, va="top",
    )  # fmt: skip


def draw_true_ratio(axes, ratio: float | None) -> None:
    """Draw the hazard ratio that an invented trial was given, the same for everybody."""
    if ratio is None:
        return
    ratios = axes.ratios
    ratios.axhline(ratio, color=style.SECOND, linestyle=(0, (1, 1)), linewidth=2.2, zorder=4)
    said = axes.fitting("truth", hr=ratio)
    ratios.set_title(said, loc="right", fontsize=9 if axes.narrow else 9.5, pad=5, color="#00664b")


def draw_group_bands(axes, cuts, groups) -> None:
    """Draw each group's hazard ratio with its interval as wide as the group is along the biomarker."""
    ratios, people = axes.ratios, axes.people
    low, high = RATIO_LIMITS
    top = ratios.get_xlim()[1]
    a_pixel = top / (axes.width - (56 if axes.narrow else 72))
    edges = np.clip([0.0, *cuts, top], 0, top)
    for row, start, end, color in zip(
        groups.itertuples(), edges, edges[1:], GROUP_COLORS[len(groups)], strict=False
    ):
        room = (end - start) / a_pixel
        if np.isnan(row.hr):
            continue
        at, bottom, ceiling = np.clip([row.hr, row.ci_low, row.ci_high], low, high)
        ratios.add_patch(
            Rectangle((start, bottom), end - start, ceiling - bottom, color=color, alpha=0.16, linewidth=0)
        )
        ratios.plot([start, end], [at, at], color=color, linewidth=4, alpha=0.75, solid_capstyle="butt")
        middle = (start + end) / 2
        for beyond, place, arrow in ((row.ci_low < low, 1.2 * low, "v"), (row.ci_high > high, high, "^")):
            if beyond:
                ratios.plot(middle, place, arrow, color=color, markersize=7, clip_on=False, zorder=6)
        half = (15 if axes.narrow else 20) * a_pixel
        middle = float(np.clip(middle, half, top - half))
        above = 1 <= row.hr < 2.5 or row.hr < 0.42
        look = {
            "textcoords": "offset points",
            "ha": "center",
            "color": color,
            "annotation_clip": False,
            "zorder": 7,
        }
        ratios.annotate(
            numbers.ratio(row.hr), (middle, at), (0, 3 if above else -3), va="bottom" if above else "top",
            fontsize=10 if axes.narrow else 13, weight="bold", bbox=ON_WHITE, **look,
        )  # fmt: skip
        said = axes.words("deaths_narrow" if axes.narrow or room < 90 else "deaths", deaths=row.deaths)
        if room > (46 if axes.narrow else 50):
            people.annotate(
                said, (middle, people.get_ylim()[1]), (0, 0), va="top", fontsize=8.5 if axes.narrow else 10,
                bbox=ON_WHITE, **look,
            )  # fmt: skip
    for cut in np.clip(cuts, 0, top):
        for part in (ratios, people):
            part.axvline(cut, color=style.HIGHLIGHT, linewidth=1.6, zorder=5)
    people.plot(min(cuts[-1], top), 0, "o", color=style.HIGHLIGHT, markersize=9, clip_on=False, zorder=8)


def draw_p_values(axes, names, p_values, difference: float | None, asked: bool) -> None:
    """Draw a row for each group's p, and in the last row the p of their difference, if it is asked for and known."""
    part, n = axes.p_values, len(names)
    rows = [*range(DIFFERENCE_ROW - n, DIFFERENCE_ROW)]
    for row, name, p, color in zip(rows, names, p_values, GROUP_COLORS[n], strict=True):
        _p_row(axes, row, name, p, color, "o", False)
    part.axhline(DIFFERENCE_ROW - 0.5, color=style.PALE, linewidth=0.8)
    color = style.HIGHLIGHT if asked else style.CONTROL
    _p_row(axes, DIFFERENCE_ROW, axes.fitting("difference"), difference, color, "D", asked)


def _p_row(axes, row: int, name: str, p: float | None, color, marker: str, bold: bool) -> None:
    part, size = axes.p_values, 9 if axes.narrow else 10
    weight = "bold" if bold else "normal"
    write_beside(
        part, name, (0, row), (-6, 0), xycoords=("axes fraction", "data"),
        fontsize=8.5 if axes.narrow else 10, color=color, weight=weight, annotation_clip=False,
    )  # fmt: skip
    if p is None or np.isnan(p):
        return
    at = float(np.clip(p, *P_LIMITS))
    part.plot(at, row, marker, color=color, markersize=9 if bold else 8, clip_on=False, zorder=5)
    write_beside(
        part, numbers.p_cell(p), (at, row), (8, 0), fontsize=size, color=color, weight="bold",
        annotation_clip=False, zorder=6,
    )  # fmt: skip


# ---- the search for a cut

MOST_OF_A_BIN = 0.12  # of all trials: the height of the right picture
BINS = 32


def add_search_axes(axes, most_cuts: int, top: float, name: str, unit: str) -> None:
    """Add two parts: how often something is found by how many cuts are tried, and at which cut."""
    narrow = axes.narrow
    top_room, bottom = (48, 52) if narrow else (62, 56)
    split = round(0.5 * axes.width)
    ends = {"top": top_room, "bottom": bottom}
    left, gaps, right = (34, (14, 12), 22) if narrow else (46, (56, 30), 26)
    shares = axes.add("shares", left=left, right=axes.width - split + gaps[0], **ends)
    places = axes.add("places", left=split + gaps[1], right=right, **ends)
    shares.set(xlim=(0, most_cuts + 1.5), ylim=(0, 100))
    shares.set_xticks([1, 10, 20, 33] if narrow else [1, 5, 10, 15, 20, 25, 33])
    shares.set_yticks([0, 50, 100] if narrow else [0, 20, 40, 60, 80, 100])
    places.set(xlim=(0, top), ylim=(0, MOST_OF_A_BIN), yticks=[])
    places.locator_params(axis="x", nbins=3 if narrow else 5)
    places.xaxis.set_major_formatter(lambda value, _: numbers.number(value))
    size = 8.5 if narrow else 10
    shares.set_xlabel(axes.fitting("tried"), fontsize=size, labelpad=1)
    label = axes.fitting("best_at", marker=name, unit=unit)
    places.set_xlabel(label, fontsize=size, labelpad=1)
    for part in (shares, places):
        part.tick_params(labelsize=9 if narrow else 10, pad=2)


def draw_share_found(axes, shares, named: float, hidden: bool, found: bool, as_small: float | None) -> None:
    """Draw in how many of 100 trials the best of 1, 2, … cuts has p < 0.05, and the large number of the last.

    ``as_small``: in how many a search of shuffled patients finds as small a p as the search in the patients themselves.
    """
    part, narrow = axes.shares, axes.narrow
    color, tried, number = style.ACTIVE if found else style.HIGHLIGHT, len(shares), shares[-1]
    part.axhline(named, color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    part.plot(1, named, "s", color=style.INK, markersize=8, zorder=6)
    small = 8.5 if narrow else 9.5
    if as_small is None:
        name = axes.fitting("named")
        write_beside(part, name, (20, named), (0, 2), fontsize=small)
    if not hidden and tried > 1:
        part.plot(np.arange(1, tried + 1), shares, color=color, linewidth=2.4)
        part.plot(tried, number, "D", color=color, markersize=10, mec="white", mew=1.2, zorder=7)
    if as_small is not None:
        part.plot(tried, as_small, "D", mfc="white", mec="#00664b", mew=2, markersize=8, zorder=7)
        right = tried < 17
        text = axes.fitting("as_small", count=as_small)
        write_beside(
            part, text, (tried, as_small), (9 if right else -9, 0), fontsize=small, color="#00664b",
            weight="bold", bbox=white_box(0.5, alpha=0.8),
        )  # fmt: skip
    large = {"color": color if tried > 1 else style.INK, "weight": "bold"}
    text = "?" if hidden else numbers.integer(number if tried > 1 else named)
    write_above(axes, "shares", 8, text, 20 if narrow else 27, **large)
    what = "found" if found else "alarms"
    small, along = (8.5, 38) if narrow else (10, 56)
    write_above(axes, "shares", 10, axes.fitting(what), small, along, linespacing=1.1, va="bottom")


def draw_best_cuts(axes, best, trials: int, named: float, hidden: bool) -> None:
    """Draw where the best cuts of the trials lie in which something was found."""
    part, narrow = axes.places, axes.narrow
    top = part.get_xlim()[1]
    if len(best):
        counts, edges = np.histogram(np.clip(best, 0, top), np.linspace(0, top, BINS + 1))
        heights = np.minimum(counts / trials, MOST_OF_A_BIN)
        part.stairs(heights, edges, fill=True, color="#d9843f")
    part.axvline(named, color=style.INK, linewidth=1.4, linestyle=(0, (1, 1)))
    name = axes.fitting("named_cut", cut=numbers.integer(named))
    size = 8.5 if narrow else 9.5
    part.text(named + top / 60, 0.985 * MOST_OF_A_BIN, name, fontsize=size, va="top", bbox=ON_WHITE)
    said = axes.words("hidden" if hidden else "where_narrow" if narrow else "where")
    write_above(axes, "places", 10, said, 8.5 if narrow else 10, linespacing=1.1, va="bottom")


# ---- prognostic or predictive

GROUPS = ("low", "high")
# The untreated are a broad band: a line that coincides with it lies on it and hides nothing.
UNTREATED = {"color": style.PALE, "linewidth": 7, "solid_capstyle": "butt"}
TREATED = {"color": style.ACTIVE, "linewidth": 2.2}
GREY = "#5c5c5c"  # of figures: the band's own grey is too pale to read
LABEL_GAP = 0.1  # of the axis: figures beside the ends of two lines keep apart


def add_marker_world(axes, longest: float) -> None:
    """Add the axes of the patients with a low and with a high value, ``low`` and ``high``, side by side."""
    left, end, gap = (34, 24, 34) if axes.narrow else (52, 40, 60)
    each = (axes.width - left - end - gap) / 2
    top, foot = (50, 54) if axes.narrow else (56, 56)
    axes.add("low", left=left, right=axes.width - left - each, top=top, bottom=foot)
    axes.add("high", left=left + each + gap, right=end, top=top, bottom=foot)
    for group in GROUPS:
        part = axes[group]
        part.set(xlim=(0, longest), ylim=(0, 1.02))
        part.set_xticks([0, 300, 600] if axes.narrow else [0, 200, 400, 600])
        part.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
        part.set_xlabel(axes.words("xlabel"), fontsize=9 if axes.narrow else 10, labelpad=1)
        part.set_yticks([0, 0.5, 1], ["0", "50", "100"])
    axes.high.tick_params(labelleft=False)
    if not axes.narrow:
        axes.low.set_ylabel(axes.words("ylabel"), labelpad=0)


def draw_marker_group(axes, world, group: str, untreated: bool) -> None:
    """Draw a group's survival by arm with the share alive at the end; without the untreated, a question mark."""
    part, days = axes[group], world.days
    control, treated = world.survival[group, 0], world.survival[group, 1]
    if untreated:
        part.plot(days, control, **UNTREATED)
        part.fill_between(days, control, treated, color=style.ACTIVE, alpha=0.12, linewidth=0)
    else:
        write_inside(part, 0.05, 0.06, axes.words("hidden"), fontsize=9 if axes.narrow else 11, va="baseline")
    part.plot(days, treated, **TREATED)
    _label_ends(axes, part, treated[-1], control[-1] if untreated else None)
    ratio = numbers.ratio(world.hazard_ratio[group]) if untreated else axes.words("unknown")
    write_inside(
        part,
        0,
        1.03,
        axes.fitting(group, hr=ratio),
        fontsize=9 if axes.narrow else 11.5,
        weight="bold",
        va="bottom",
    )


def draw_marker_lines(axes, world, untreated: bool) -> None:
    """Name the lines, and carry the end of the first one on the left over to the right."""
    _draw_level(axes, world.survival["low", 0 if untreated else 1][-1], untreated)
    rows = ([("untreated", UNTREATED)] if untreated else []) + [("treated", TREATED)]
    for (key, look), x in zip(rows, (8, 104) if axes.narrow else (52, 160), strict=False):
        _swatch(axes, x, 14, axes.words(key), look, 9 if axes.narrow else 10)


def _draw_level(axes, share: float, untreated: bool) -> None:
    """Draw a level to compare with: unlike a curve it cannot coincide with another."""
    color = GREY if untreated else style.ACTIVE
    axes.high.axhline(share, color=color, linewidth=1.3, linestyle=(0, (1, 1.6)))
    key = "low_untreated" if untreated else "low_treated"
    axes.high.text(
        0.02,
        share - 0.015,
        axes.fitting(key, alive=100 * share),
        transform=axes.high.get_yaxis_transform(),
        fontsize=8.5 if axes.narrow else 9,
        color=color,
        va="top",
    )


def _label_ends(axes, part, treated: float, control: float | None) -> None:
    places = [(treated, style.ACTIVE)]
    if control is not None:
        middle, apart = (treated + control) / 2, max(abs(treated - control), LABEL_GAP) / 2
        up = 1 if treated >= control else -1
        middle = max(middle, apart + 0.02)
        places = [(middle + up * apart, style.ACTIVE), (middle - up * apart, GREY)]
    for (place, color), share in zip(places, (treated, control), strict=False):
        write_beside(
            part,
            f"{100 * share:.0f}",
            (1, place),
            (4, 0),
            xycoords=("axes fraction", "data"),
            fontsize=9.5 if axes.narrow else 12,
            weight="bold",
            color=color,
            annotation_clip=False,
        )


def _swatch(axes, x: float, down: float, text: str, look: dict, size: float, **options) -> float:
    """Draw a piece of a line and its name, in pixels from the left and from above; return where it ends."""
    y, length = 1 - down / axes.height, 12 if axes.narrow else 22
    line = Line2D([x / axes.width, (x + length) / axes.width], [y, y], **look)
    line.set_transform(axes.figure.transFigure)
    axes.figure.add_artist(line)
    return _write(axes, x + length + 5, down, text, size, **options)


def _write(axes, x: float, down: float, text: str, size: float, **options) -> float:
    drawn = axes.write(x, down, text, fontsize=size, va="center", **options)
    box = drawn.get_window_extent(axes.figure.canvas.get_renderer())
    return x + box.width / axes.figure.bbox.width * axes.width


# ---- the hazard ratio along a biomarker

SHAPE_COLORS = {"linear": style.ACTIVE, "log": "#00785a", "spline": "#a8447f"}
SIDES = {"left": 44, "right": 26}  # pixels beside the curves and their patients
SHADE = "#ececec"
RED = "#b00020"


def effect_scale(marker, inside, at_zero, shapes) -> tuple[float, float, float, tuple]:
    """Return bottom, top and step of a biomarker's axis, and the ends of the hazard-ratio axis over it.

    Parameters
    ----------
    marker : array
    inside : (float, float)
        Where patients are.
    at_zero : DataFrame
        The line's row at the lower end of the axis.
    shapes : DataFrame
        Rows of all shapes where patients are.
    """
    step = round_step(max(abs(inside[0]), abs(inside[1])))
    tick = 20 * step
    top = np.ceil(1.1 * inside[1] / tick) * tick
    if marker.max() < 1.15 * top:
        top = np.ceil(marker.max() / tick) * tick
    low = np.clip(0.85 * min(at_zero["ci_low"].min(), shapes["hr"].min()), 0.05, 0.5)
    high = np.clip(1.3 * max(at_zero["hr"].max(), shapes["hr"].max()), 2, 40)
    return min(0.0, np.floor(marker.min() / tick) * tick), float(top), step, (float(low), float(high))


def add_effect_axes(axes, span, limits, logarithmic: bool, name: str, unit: str) -> None:
    """Add the curves' axes, ``upper``, and the patients' under them, ``lower``, on one scale."""
    heap, foot, above = 34 if axes.narrow else 48, 54, 64 if _two_rows(axes) else 50
    upper = axes.add("upper", **SIDES, top=above, bottom=foot + heap + 3)
    lower = axes.add("lower", **SIDES, top=axes.height - foot - heap, bottom=foot)
    for part in (upper, lower):
        if logarithmic:
            part.set_xscale("log")
        part.set_xlim(*span)
        part.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    upper.set(ylim=limits, yscale="log")
    _ratio_ticks(upper.yaxis, *limits)
    upper.set_title(
        axes.words("ylabel"), fontsize=9 if axes.narrow else 9.5, pad=3, x=(8 - SIDES["left"]) / _inner(axes)
    )
    upper.tick_params(axis="x", which="both", bottom=False, labelbottom=False)
    upper.spines["bottom"].set_visible(False)
    lower.set(yticks=[], ylim=(-0.04, 1.04))
    lower.spines["left"].set_visible(False)
    if logarithmic:
        from matplotlib.ticker import NullLocator

        lower.xaxis.set_minor_locator(NullLocator())
    else:
        lower.locator_params(axis="x", nbins=4 if axes.narrow else 8)
    lower.xaxis.set_major_formatter(lambda value, _: numbers.number(value))
    text = axes.words("xlabel", marker=name, unit=unit) if unit else axes.words("xlabel_no_unit", marker=name)
    lower.set_xlabel(
        text, fontsize=8.5 if axes.narrow else 10, labelpad=1, loc="right" if axes.narrow else "center"
    )


def _two_rows(axes) -> bool:
    """Whether what is read stands under where it is read, for want of width."""
    return axes.width < 620


def _ratio_ticks(axis, low: float, high: float) -> None:
    plain_ratio_ticks(axis, low, 0.85 * high)  # the axis' name stands over its end
    if high > 300 * low:
        decades = [tick for tick in (0.001, 0.01, 0.1, 1, 10) if low <= tick <= 0.85 * high]
        axis.set_ticks(decades, [f"{tick:g}" for tick in decades])


def _inner(axes) -> int:
    return axes.width - SIDES["left"] - SIDES["right"]


def _parts(axes, values) -> np.ndarray:
    """Return places along the biomarker as parts of the axis."""
    on_screen = axes.lower.transData.transform(np.column_stack([values, np.zeros(len(values))]))
    return axes.lower.transAxes.inverted().transform(on_screen)[:, 0]


def draw_heap(axes, marker, out) -> None:
    """Draw a dot a patient, red for those left out, and say how many lie beyond the axis."""
    lower, order = axes.lower, np.argsort(marker, kind="stable")
    marker, out = marker[order], out[order]
    low, high = lower.get_xlim()
    seen = (marker >= low) & (marker <= high)
    dots = 6 if axes.narrow else 7  # pixels
    columns = max(_inner(axes) // dots, 1)
    bins = np.minimum((_parts(axes, marker[seen]) * columns).astype(int), columns - 1)
    places = np.arange(len(bins)) - np.searchsorted(bins, bins)
    rows = max(places.max() + 1, 5 if axes.narrow else 8)
    x, y, left_out = (bins + 0.5) / columns, (places + 0.5) / rows, out[seen]
    look = {"transform": lower.transAxes, "linestyle": "", "marker": "o", "clip_on": False}
    size = 0.72 * lower.bbox.height / rows * 72 / axes.figure.dpi
    size = np.clip(size, 1.6, 2.4 if axes.narrow else 3.2)
    lower.plot(x[~left_out], y[~left_out], markersize=size, color=style.CONTROL, mew=0, **look)
    lower.plot(x[left_out], y[left_out], markersize=size + 1.2, color=RED, mew=0, **look)
    beyond = int((marker > high).sum())
    if beyond:
        write_inside(
            lower,
            1,
            1,
            axes.fitting("beyond", n=beyond),
            fontsize=8.5 if axes.narrow else 9,
            color=RED if out.any() else style.CONTROL,
        )


def draw_guessed(axes, inside) -> None:
    """Shade where hardly any patient is, and say so in the widest such place."""
    low, high = axes.upper.get_xlim()
    ends = [(low, min(inside[0], high)), (max(inside[1], low), high)]
    widths = [np.ptp(_parts(axes, pair)) for pair in ends]
    for pair in ends:
        if pair[0] < pair[1]:
            for part in (axes.upper, axes.lower):
                part.axvspan(*pair, facecolor=SHADE, linewidth=0, zorder=0)
    axes.upper.axhline(1, color=style.INK, linewidth=1)
    left = widths[0] > widths[1]
    write_inside(
        axes.upper,
        0.015 if left else 0.99,
        0.98 if left else 0.03,
        axes.fitting("guessed"),
        fontsize=8.5,
        color=style.CONTROL,
        linespacing=1.1,
    )


def draw_shape(axes, shape: str, curve, inside, band: bool, ghost: bool = False) -> None:
    """Draw a curve: full where patients are, dotted where it is the model's guess; ``ghost``: pale, for comparison."""
    low, high = axes.upper.get_ylim()
    color = style.PALE if ghost else SHAPE_COLORS[shape]
    value, ratio = curve["value"].to_numpy(), np.clip(curve["hr"].to_numpy(), low / 2, high * 2)
    if band:
        ends = np.clip([curve["ci_low"], curve["ci_high"]], low / 2, high * 2)
        axes.upper.fill_between(value, *ends, color=color, alpha=0.13, linewidth=0)
    if ghost:
        axes.upper.plot(value, ratio, color=color, linewidth=5, solid_capstyle="butt")
        return
    within = (value >= inside[0]) & (value <= inside[1])
    first, last = np.flatnonzero(within)[[0, -1]] if within.any() else (0, -1)
    axes.upper.plot(value[first : last + 1], ratio[first : last + 1], color=color, linewidth=2.6)
    for part in (slice(0, first + 1), slice(last, None)):
        axes.upper.plot(value[part], ratio[part], color=color, linewidth=1.8, linestyle=(0, (1, 1.4)))


def draw_groups(axes, groups) -> None:
    """Draw a paper's hazard ratios of groups, ``(from, to or None, hr, ci_low, ci_high)``, as bars over their range."""
    right = axes.upper.get_xlim()[1]
    for start, end, ratio, ci_low, ci_high in groups:
        end = right if end is None else min(end, right)
        if np.isfinite(ci_low):
            box = Rectangle((start, ci_low), end - start, ci_high - ci_low, facecolor="none", zorder=1.5)
            box.set(edgecolor=style.CONTROL, linewidth=1.1)
            axes.upper.add_patch(box)
        axes.upper.plot([start, end], [ratio, ratio], color=style.INK, linewidth=4, solid_capstyle="butt")
        write_beside(
            axes.upper,
            axes.fitting("group", hr=ratio),
            (end, ratio),
            (-0.5 if end == right else -3, -4),  # at the edge no stub of the line at 1 is left over
            fontsize=9 if axes.narrow else 10,
            weight="bold",
            bbox=white_box(0.4, alpha=0.8),
        )


def draw_reading(axes, at: float, unit: str, rows, interval: bool) -> None:
    """Draw where the curves are read, and what is read in a line over the picture.

    ``rows`` is a list of (shape, key of the words, row or None, their fields): without a row nothing is marked.
    """
    low, high = axes.upper.get_ylim()
    left = axes.upper.get_xlim()[0]
    for part in (axes.upper, axes.lower):
        part.axvline(
            max(at, left), color=style.HIGHLIGHT, linewidth=1.6, linestyle=(0, (4, 2)), clip_on=False
        )
    for shape, _, row, _ in rows:
        if row is None:
            continue
        color = SHAPE_COLORS[shape]
        if interval:
            ends = np.clip([row.ci_low, row.ci_high], low, high)
            axes.upper.plot([at, at], ends, color=color, linewidth=4, clip_on=False)
        off = "v" if row.hr < low else "^" if row.hr > high else "D"
        axes.upper.plot(
            at,
            np.clip(row.hr, low, high),
            off,
            color=color,
            markersize=9,
            mec="white",
            mew=1.2,
            clip_on=False,
            zorder=6,
        )
    _tell(axes, at, unit, rows)


def _tell(axes, at: float, unit: str, rows) -> None:
    size = 8.5 if axes.narrow else 9.5
    text = axes.words("read", x=at, unit=unit)
    x, down = _write(axes, 8, 14, text, size + 0.5, weight="bold", color=style.HIGHLIGHT) + 16, 14
    for place, (shape, key, _, fields) in enumerate(rows):
        if _two_rows(axes) and place == len(rows) // 3:  # the first of three stands in the upper row
            x, down = 8, 32
        ghost = key == "all"
        look = {"color": style.PALE if ghost else SHAPE_COLORS[shape], "linewidth": 5 if ghost else 2.6}
        text = axes.fitting(key, **fields)
        color = style.CONTROL if ghost else SHAPE_COLORS[shape]
        x = _swatch(axes, x, down, text, look, size, color=color, weight="bold") + (8 if axes.narrow else 16)
