"""Drawing for page 01: a body that a disease walks through, one person's outlook, and a heap of trials of nothing."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import plain_ratio_ticks, white_box, write_inside

WARM = "#b34700"  # the highlight, dark enough for letters

# ---- motor neurons: a body, its cord, and months

HEALTHY, LOST = np.array([0.70, 0.79, 0.86]), np.array([0.86, 0.42, 0.12])
# Limbs seen from the front: points from the trunk outwards, on a field of 100 × 200, and pixels across.
LIMBS = {
    "arm": ([(33, 150), (24, 118), (19, 84)], 15),
    "leg": ([(43, 92), (41, 52), (40, 14)], 20),
}
BEGINS_AT = {"bulbar": (50, 170), "arm": (19, 84), "trunk": (50, 122), "leg": (40, 14)}


def body_axes(axes, first: float, last: float) -> None:
    """Add the axes of the body, the cord beside it where there is room, and the months."""
    wide = not axes.narrow
    body = 168 if wide else 96
    top, bottom = (50, 30) if wide else (66, 30)
    axes.add(
        "body", left=4, right=axes.width - 4 - body, top=top, bottom=bottom, xlim=(0, 100), ylim=(0, 200)
    )
    axes.body.axis("off")
    if wide:
        axes.add("cord", left=186, right=axes.width - 270, top=top, bottom=58, xlim=(0, 1), ylim=(3.75, -0.6))
        axes.cord.axis("off")
    rows = axes.add("rows", left=372 if wide else 168, right=14, top=top, bottom=58)
    rows.set(xlim=(first - 1, last + 1), ylim=(3.75, -0.6))
    rows.set_xticks([0, 12, 24, 36])
    rows.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    # Longer than the axis in a narrow window.
    rows.set_xlabel(axes.fitting("months"), fontsize=9.5, labelpad=1, loc="right")
    rows.set_yticks(range(4), [axes.words(f"rows.{region}") for region in BEGINS_AT])
    rows.tick_params(axis="y", length=0, labelsize=9 if axes.narrow else 10)
    rows.spines["left"].set_visible(False)
    for row in range(4):
        rows.axhline(row, color="#e6e6e6", linewidth=9 if axes.narrow else 13, zorder=0)
    note = {"fontsize": 8.5, "va": "bottom", "color": style.CONTROL}
    invented = axes.fitting("invented")
    axes.write(4, -4, invented, **note)
    size = 8.5 if axes.narrow else 10
    for line, (mark, color, kind) in enumerate((("^", style.SECOND, "upper"), ("o", style.ACTIVE, "lower"))):
        x, y = (12, 12 + 17 * line) if axes.narrow else (12 + (270 if axes.width >= 640 else 220) * line, 14)
        axes.figure.add_artist(_mark(x / axes.width, 1 - y / axes.height, mark, color))
        words = axes.words(f"{kind}_narrow" if axes.width < 640 else kind)
        axes.write(x + 10, y, words, va="center", fontsize=size)


# Upper and lower neurons: above or below the middle of their region's row, mark, colour
NEURONS = ((-0.16, "^", style.SECOND), (0.16, "o", style.ACTIVE))


def _mark(x, y, marker, color):
    from matplotlib.lines import Line2D

    return Line2D([x], [y], marker=marker, color=color, markersize=7, linestyle="")


def shade(lost: float) -> tuple:
    """Return the colour of a part of the body of which so large a share is lost."""
    return tuple(HEALTHY + (LOST - HEALTHY) * min(lost, 1) ** 0.7)


def draw_body(axes, lost: dict) -> None:
    """Draw the body; ``lost`` says of each region and side which share of its lower neurons is gone."""
    from matplotlib.patches import Circle, Polygon

    part = axes.body
    pixel = part.bbox.width / axes.figure.dpi * 72 / 168  # of the wide picture, in points
    for region, (points, across) in LIMBS.items():
        for side in (0, 1):
            gone = lost[region][side]
            x, y = np.array(points, dtype=float).T
            x = 100 - x if side else x
            look = {"solid_capstyle": "round", "solid_joinstyle": "round", "zorder": 2}
            width = across * pixel * (1 - 0.6 * gone)
            part.plot(x, y, color="#5c6b75", linewidth=width + 2, **look)
            part.plot(x, y, color=shade(gone), linewidth=width, **look)
    gone = lost["trunk"][0]
    thin = 5 * gone
    trunk = [
        (31 + thin, 156),
        (69 - thin, 156),
        (63 - thin, 112),
        (65 - thin, 92),
        (35 + thin, 92),
        (37 + thin, 112),
    ]
    edge = {"edgecolor": "#5c6b75", "linewidth": 1}
    part.add_patch(Polygon(trunk, facecolor=shade(gone), joinstyle="round", zorder=3, **edge))
    gone = lost["bulbar"][0]
    part.add_patch(
        Polygon([(44, 166), (56, 166), (56, 155), (44, 155)], facecolor=shade(gone), zorder=4, **edge)
    )
    part.add_patch(Circle((50, 179), 14, facecolor=shade(0), zorder=5, **edge))
    part.add_patch(
        Polygon([(43, 175), (57, 175), (54, 168), (46, 168)], facecolor=shade(gone), zorder=6, **edge)
    )
    part.plot(
        [44.5, 55.5], [183, 183], linestyle="", marker="o", markersize=3 * pixel, color="#5c6b75", zorder=6
    )


def draw_onset(axes, region: str) -> None:
    """Mark on the body where it begins, or may be made to begin."""
    for place, (x, y) in BEGINS_AT.items():
        here = place == region
        axes.body.plot(
            x,
            y,
            "o",
            markersize=15 if here else 10,
            mfc="none",
            mec=style.HIGHLIGHT if here else "#8a8a8a",
            mew=2.5 if here else 1,
            zorder=8,
            clip_on=False,
        )
    if axes.narrow:
        return
    beside = {"bulbar": (14, -3), "arm": (-12, -24), "trunk": (12, -3), "leg": (14, -6)}
    axes.body.annotate(
        axes.words("begins"),
        BEGINS_AT[region],
        xytext=beside[region],
        textcoords="offset points",
        ha="left",
        fontsize=9.5,
        weight="bold",
        color=WARM,
        zorder=9,
        bbox=white_box(0.8, alpha=0.85),
        annotation_clip=False,
    )


def draw_neurons(axes, out: dict, each: int) -> None:
    """Draw the cord with its neurons, full or gone; ``out`` is region to (upper gone, lower gone)."""
    if axes.narrow:
        return
    part = axes.cord
    part.plot([0.5, 0.5], [-0.35, 3.35], color="#ece4d4", linewidth=46, solid_capstyle="round", zorder=0)
    x = np.linspace(0.32, 0.68, each)
    for kind, (up, mark, color) in enumerate(NEURONS):
        full = np.array([np.arange(each) >= out[region][kind] for region in BEGINS_AT])
        there = {"color": color, "markersize": 6.5, "mew": 0}
        gone = {"mfc": "none", "mec": "#b9a98a", "mew": 0.8, "markersize": 5}
        for shown, look in ((full, there), (~full, gone)):
            row, place = np.nonzero(shown)
            part.plot(x[place], row + up, mark, **look)
    part.text(0.5, 3.72, axes.words("cord"), ha="center", va="center", fontsize=9, clip_on=False)


def draw_months(axes, events: dict, month: float) -> None:
    """Draw each region's losses as the months pass; ``events`` is region to (upper months, lower months)."""
    rows = axes.rows
    rows.axvline(month, color=style.INK, linewidth=1.5, clip_on=False, zorder=1)
    rows.plot(month, 3.75, "^", color=style.INK, markersize=9, clip_on=False, zorder=6)
    size = 5 if axes.narrow else 7
    for kind, (up, mark, color) in enumerate(NEURONS):
        past = [events[region][kind][events[region][kind] <= month] for region in BEGINS_AT]
        y = np.repeat(np.arange(len(past)) + up, [len(months) for months in past])
        rows.plot(np.concatenate(past), y, mark, color=color, markersize=size, mew=0, zorder=4)


def draw_regions(axes, text: str) -> None:
    """Write how many regions show signs, large, over the rows."""
    place = (axes.width - 10) / axes.width
    look = {"ha": "right", "va": "center", "weight": "bold", "color": WARM}
    down = 51 if axes.narrow else 38
    axes.figure.text(place, 1 - down / axes.height, text, fontsize=9 if axes.narrow else 13, **look)


# ---- one person's outlook

SOONER, INSIDE = style.HIGHLIGHT, style.ACTIVE
LIVES = {
    "within": ("o", INSIDE),
    "outside": ("D", SOONER),
    "alive": (">", style.CONTROL),
}


def outlook_axes(axes, everybody, last_month: int) -> None:
    """Add the axes of the predicted curve and, under it, of the people most alike; draw the whole registry."""
    left, right = (40, 12) if axes.narrow else (50, 16)
    strip = 34 if axes.narrow else 46
    upper = axes.add("upper", left=left, right=right, top=34 if axes.narrow else 40, bottom=74 + strip)
    lower = axes.add("lower", left=left, right=right, top=axes.height - 54 - strip, bottom=54)
    upper.set(xlim=(0, last_month), ylim=(0, 100), yticks=[0, 25, 50, 75, 100])
    lower.set(xlim=(0, last_month), ylim=(0, 1), yticks=[])
    size = 9 if axes.narrow else 10
    for part in (upper, lower):
        part.set_xticks(range(0, last_month + 1, 24 if axes.narrow else 12))
        part.tick_params(labelsize=size, pad=2)
    upper.tick_params(axis="x", bottom=False, labelbottom=False)
    lower.spines["left"].set_visible(False)
    lower.set_xlabel(axes.words("months"), fontsize=9.5, labelpad=1)
    times, survival = everybody
    upper.step(times, 100 * survival, where="post", color=style.CONTROL, linewidth=1.5, linestyle=(0, (5, 2)))
    axes.write(6, 22 if axes.narrow else 27, axes.words("alive"), fontsize=9.5)
    note = {"ha": "right", "va": "bottom", "fontsize": 8.5, "color": style.CONTROL}
    upper.text(0.995 * last_month, 11, axes.fitting("registry"), **note)


def draw_outlook(axes, curve, median: float) -> None:
    """Draw a predicted curve and its median."""
    upper, last = axes.upper, axes.upper.get_xlim()[1]
    times, alive = curve["time"].to_numpy(), 100 * curve["survival"].to_numpy()
    upper.step(times, alive, where="post", color=INSIDE, linewidth=2.8)
    if np.isnan(median):
        return
    upper.plot([median, median], [0, 50], color=style.INK, linewidth=1.5, linestyle=(0, (2, 2)))
    upper.plot(median, 50, "o", color=style.INK, markersize=7)
    left = median < (0.5 if axes.narrow else 0.62) * last
    across, side = (1 if left else -1) * 0.012 * last, "left" if left else "right"
    upper.text(median + across, 57, axes.words("median", median=median), ha=side, **_note(axes))


def _note(axes) -> dict:
    """Return the look of words on the curves."""
    look = {"fontsize": 8.5 if axes.narrow else 10, "va": "center", "zorder": 6}
    return look | {"bbox": white_box(0.8, alpha=0.75)}


def draw_range(axes, median: float, shares, known: bool) -> None:
    """Draw from half to twice the median; ``shares``: die sooner, live longer, of 100."""
    upper, last = axes.upper, axes.upper.get_xlim()[1]
    half, twice = median / 2, 2 * median
    for part in (upper, axes.lower):
        part.axvspan(half, min(twice, last), color=INSIDE, alpha=0.13, linewidth=0)
    size = "_narrow" if axes.narrow else ""
    told = {"weight": "bold", "color": WARM, "ha": "left", "zorder": 7, "bbox": white_box(0.8, alpha=0.75)}
    told |= {"va": "center", "fontsize": 9 if axes.narrow else 11.5}
    sooner, later = shares
    bar = {"color": SOONER, "linewidth": 6, "solid_capstyle": "butt", "zorder": 5}
    upper.plot([half, half], [100 - sooner, 100], **bar)
    upper.text(half + 0.015 * last, 100 - sooner / 2, axes.words(f"sooner{size}", n=sooner), **told)
    if known and twice <= last:
        upper.plot([twice, twice], [0, later], **bar)
        at, told["ha"] = (0.985 * last, "right") if twice > 0.7 * last else (twice + 0.015 * last, "left")
        upper.text(at, later + 13, axes.words(f"later{size}", n=later), **told)
    if twice > last:
        arrow = {"arrowstyle": "-|>", "color": INSIDE, "linewidth": 2}
        upper.annotate("", (last, 24), xytext=(0.93 * last, 24), arrowprops=arrow)
        goes_on = axes.words("goes_on", twice=twice)
        upper.text(0.92 * last, 24, goes_on, ha="right", color=INSIDE, **_note(axes))


def draw_outside(axes, large: str, small: str) -> None:
    """Write the loudest thing of the picture: how many fall outside even this wide range."""
    place = 1 - 10 / axes.width
    axes.figure.text(
        place, 1 - (18 if axes.narrow else 26) / axes.height, large,
        ha="right", va="center", weight="bold", fontsize=14.5 if axes.narrow else 27, color=WARM,
    )  # fmt: skip
    if not axes.narrow:
        axes.figure.text(
            place, 1 - 54 / axes.height, small, ha="right", va="center", fontsize=10.5, color=WARM
        )


def draw_lives(axes, months, fates, legend: dict) -> None:
    """Draw how the people fared who were most alike at diagnosis, none upon another."""
    lower, last = axes.lower, axes.lower.get_xlim()[1]
    months, order = np.minimum(months, last), np.argsort(months, kind="stable")
    rows = 4
    heights = np.empty(len(months))
    heights[order] = (np.arange(len(months)) % rows + 0.6) / (rows + 0.2)
    size = 4.5 if axes.narrow else 6
    for fate, (marker, color) in LIVES.items():
        here = np.asarray(fates) == fate
        lower.plot(
            months[here],
            heights[here],
            marker,
            color=color,
            markersize=size,
            mew=0.6,
            mec="white",
            clip_on=False,
        )
    axes.figure.text(
        1 - 8 / axes.width, (lower.get_position().y1) + 2 / axes.height, legend["line"],
        ha="right", va="bottom", fontsize=8.5 if axes.narrow else 9.5, color=style.INK,
    )  # fmt: skip


# ---- a heap of trials in which nobody was treated

HEAP_LIMITS, TALLEST, BINS = (0.2, 5), 37, 67


def heap_axes(axes, last_day: float, published: float) -> None:
    """Add the axes of the heap of hazard ratios and, beside it or on a phone nowhere, of one draw's curves.

    A published ratio has its mirror image on the other side of 1: "as far" counts both sides.
    """
    if axes.narrow:
        heap = axes.add("heap", left=12, right=12, top=66, bottom=52)
    else:
        heap = axes.add("heap", left=236, right=14, top=72, bottom=54)
        curves = axes.add("curves", left=40, right=axes.width - 206, top=72, bottom=54)
        curves.set(
            xlim=(0, last_day), ylim=(0, 100), yticks=[0, 50, 100], xticks=[0, last_day // 2, last_day]
        )
        curves.tick_params(labelsize=9.5, pad=2)
        curves.set_xlabel(axes.words("days"), fontsize=9.5, labelpad=1)
        axes.write(6, 64, axes.words("alive"), fontsize=9, va="center")
    heap.set(xscale="log", xlim=HEAP_LIMITS, ylim=(0, TALLEST), yticks=[])
    plain_ratio_ticks(heap.xaxis, *HEAP_LIMITS)
    heap.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    heap.set_xlabel(axes.fitting("ratio"), fontsize=9.5, labelpad=1)
    heap.spines["left"].set_visible(False)
    heap.axvline(1, color=style.INK, linewidth=1, zorder=1)
    look = {"va": "center", "fontsize": 8.5 if axes.narrow else 9.5, "color": style.ACTIVE}
    sides = (("published", published, "right", "bold", 2), ("as_far", 1 / published, "left", "normal", 1.2))
    for name, ratio, side, weight, width in sides:
        heap.plot(
            [ratio] * 2, [0, 0.84 * TALLEST], color=style.ACTIVE, lw=width, linestyle=(0, (4, 2)), zorder=6
        )
        heap.text(ratio, 0.84 * TALLEST, axes.words(name, hr=ratio), ha=side, weight=weight, **look)


def draw_zone(axes, edge: float) -> None:
    """Shade where a trial of this size has p < 0.05: below ``edge`` and above its inverse."""
    heap = axes.heap
    for start, end in ((HEAP_LIMITS[0], edge), (1 / edge, HEAP_LIMITS[1])):
        if HEAP_LIMITS[0] < end and start < HEAP_LIMITS[1]:
            heap.axvspan(
                max(start, HEAP_LIMITS[0]),
                min(end, HEAP_LIMITS[1]),
                color=style.HIGHLIGHT,
                alpha=0.13,
                linewidth=0,
            )
    for x, side in ((0.01, "left"), (0.99, "right")):
        write_inside(
            heap, x, 0.97, axes.words("zone"), ha=side, fontsize=8.5 if axes.narrow else 9.5, color=WARM
        )


def heap_places(ratios) -> tuple[np.ndarray, np.ndarray]:
    """Return where each trial lies in the heap: its ratio's bin, and how many of its bin came before it."""
    edges = np.geomspace(*HEAP_LIMITS, BINS + 1)
    bins = np.clip(np.searchsorted(edges, ratios) - 1, 0, BINS - 1)
    before = np.array([(bins[:place] == bins[place]).sum() for place in range(len(bins))], dtype=int)
    return np.sqrt(edges[bins] * edges[bins + 1]), before + 0.6


def draw_heap(axes, ratios, small, here: int) -> None:
    """Draw the trials thrown so far, those with a small p in another colour, and mark one of them."""
    heap = axes.heap
    x, y = heap_places(ratios)
    points = 72 / axes.figure.dpi
    size = min(heap.bbox.height / TALLEST, heap.bbox.width / BINS) * points * 0.98
    for which, color, mark in ((~small, "#8d9aa3", "o"), (small, style.HIGHLIGHT, "D")):
        heap.plot(
            x[which], y[which], mark, color=color, markersize=size * (0.85 if mark == "D" else 1), mew=0
        )
    heap.plot(x[here], y[here], "o", mfc="none", mec=style.INK, mew=2, markersize=size + 5, zorder=7)


def draw_count(axes, text: str) -> None:
    """Write large how many trials of nothing have a small p."""
    axes.write(
        -10, 50 if axes.narrow else 46, text, ha="right", va="center",
        fontsize=9.5 if axes.narrow else 14, weight="bold", color=WARM,
    )  # fmt: skip


def button_place(axes) -> tuple[float, float]:
    """Return where the button stands that throws again, as parts of the picture."""
    return 22 / axes.width, 1 - 20 / axes.height


def draw_button(axes) -> None:
    """Draw the button that throws again."""
    x, y = button_place(axes)
    axes.figure.text(
        x, y, "↻", ha="center", va="center", fontsize=14, weight="bold", color="white",
        bbox={"boxstyle": "circle,pad=0.25", "facecolor": style.ACTIVE, "edgecolor": "none"},
    )  # fmt: skip
    axes.figure.text(
        x + 19 / axes.width,
        y,
        axes.words("throw"),
        va="center",
        fontsize=11,
        weight="bold",
        color=style.ACTIVE,
    )


def draw_pair(axes, curves, deaths, ratio: str) -> None:
    """Draw the two arms of one draw."""
    if axes.narrow:
        return
    for arm, (times, survival) in enumerate(curves):
        axes.curves.step(np.r_[0, times], 100 * np.r_[1, survival], where="post", **style.ARM_STYLE[arm])
    look = {"transform": axes.curves.transAxes, "fontsize": 9.5, "va": "bottom"}
    axes.curves.text(0.03, 0.03, axes.words("deaths", first=deaths[0], second=deaths[1]), **look)
    axes.write(206, 46, ratio, ha="right", va="center", fontsize=11, weight="bold")
