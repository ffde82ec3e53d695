"""Drawing for page 04: draws at deaths, groups, the path of a hazard ratio as covariates join, a ratio over time."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from .. import style
from ..words import numbers
from .frame import plain_ratio_ticks, white_box, write_beside, write_inside

# ---- one draw at each death

DRAWN = style.HIGHLIGHT
MOST_TICKETS = 3.0


def add_draw_axes(axes, names, ratios) -> None:
    """Add the patients' rows, their tickets beside them, and the axes of the likelihood."""
    narrow = axes.narrow
    top, bottom = (80, 54) if narrow else (74, 56)
    left = 22 if narrow else 30
    end = round((0.36 if narrow else 0.40) * axes.width)  # of the rows
    width, gap = (46 if narrow else 96), (8 if narrow else 16)
    start = end + gap + width + (24 if narrow else 46)  # of the likelihood
    rows = axes.add("rows", left=left, right=axes.width - end, top=top, bottom=bottom)
    tickets = axes.add(
        "tickets", left=end + gap, right=axes.width - end - gap - width, top=top, bottom=bottom
    )
    curve = axes.add("curve", left=start, right=10 if narrow else 18, top=top, bottom=bottom)
    for part in (rows, tickets):
        part.set(ylim=(len(names) - 0.4, -0.6))
        part.tick_params(left=False, labelsize=9 if narrow else 10.5, pad=2)
        part.spines["left"].set_visible(False)
    rows.set(xlim=(0, 660))
    rows.set_yticks(range(len(names)), names)
    rows.set_xticks([0, 300] if narrow else [0, 200, 400, 600])
    tickets.set(xlim=(0, MOST_TICKETS + 0.05), yticks=[])
    tickets.set_xticks([0, 1, 3] if narrow else [0, 1, 2, 3])
    curve.set_xscale("log")
    curve.set(xlim=ratios, ylim=(0, 1.3), yticks=[])
    shown = [0.1, 1] if narrow else [0.05, 0.2, 1, 3]
    curve.set_xticks(shown, [f"{tick:g}" for tick in shown])
    curve.set_xticks([], minor=True)
    curve.tick_params(labelsize=9 if narrow else 10, pad=2)
    size = 8.5 if narrow else 9.5
    for part, name in ((rows, "days"), (tickets, "tickets"), (curve, "ratio")):
        part.set_xlabel(axes.words(f"narrow.{name}" if narrow else name), fontsize=size, labelpad=1)
    curve.set_title(
        axes.words("narrow.chance" if axes.width < 600 else "chance"),
        fontsize=size,
        pad=5,
        loc="right" if axes.width < 600 else "left",
    )


def arm_color(treated) -> str:
    return style.ACTIVE if treated else style.CONTROL


def draw_patients(axes, patients, day: int) -> None:
    """Draw each patient's time under observation, pale once it is over, and the day of a death."""
    rows = axes.rows
    names = [label.get_text() for label in rows.get_yticklabels()]
    for patient in patients.itertuples():
        row, there = names.index(patient.patient), patient.time_days >= day
        look = style.ARM_STYLE[patient.treated] | {"linewidth": 2.2}
        color = look.pop("color") if there else style.PALE
        look.pop("color", None)
        rows.plot([0, patient.time_days], [row, row], color=color, **look)
        mark, size = ("X", 8) if patient.died else ("o", 6)
        face = color if patient.died else "white"
        rows.plot(
            patient.time_days, row, mark, markersize=size, mfc=face, mec=color, color=color, clip_on=False
        )
    rows.axvline(day, color=DRAWN, linewidth=1.4, zorder=0)
    write_beside(
        rows,
        axes.words("day", day=day),
        (day, 1),
        (0, 2),
        xycoords=("data", "axes fraction"),
        ha="left" if day < 150 else "center",
        fontsize=9,
        color=DRAWN,
        weight="bold",
    )


def draw_tickets(axes, patients, own, at_risk, dying: int) -> None:
    """Draw the tickets of those still there, as long as they are many; those of the one who died stand out."""
    tickets = axes.tickets
    names = [label.get_text() for label in axes.rows.get_yticklabels()]
    places = np.flatnonzero(at_risk)
    rows = [names.index(name) for name in patients["patient"].iloc[places]]
    treated = patients["treated"].to_numpy()[places]
    edges = [DRAWN if place == dying else arm_color(arm) for place, arm in zip(places, treated, strict=True)]
    faces = ["#cfe5f2" if arm else "white" for arm in treated]
    faces = [DRAWN if place == dying else face for place, face in zip(places, faces, strict=True)]
    tickets.barh(rows, own[places], height=0.66, color=faces, edgecolor=edges, linewidth=1.4)
    for row in np.array(rows)[places == dying]:
        said = axes.words("narrow.drawn" if axes.narrow else "drawn")
        look = {"va": "center", "fontsize": 9, "color": DRAWN, "weight": "bold"}
        tickets.text(own[dying] + 0.12, row, said, **look)


def draw_product(axes, factors, chance: str | None) -> None:
    """Write the chances of the deaths so far and, when all are there, their product."""
    text = " × ".join(factors)
    if chance is not None:
        text += f" = {chance}"
    size = 14
    if axes.narrow:
        size = 9.5 if len(text) < 36 else 8.5
        if len(text) > 36:
            text = text.replace(" = ", "\n= ")
    elif len(text) > 44:
        size = 12.5
    axes.write(8, 8, text, fontsize=size, weight="bold", color=DRAWN, va="top", linespacing=1.15)
    key = axes.words("narrow.key" if axes.narrow else "key")
    axes.write(8, 44, key, fontsize=8.5, color=style.CONTROL, va="center")


def draw_likelihood(axes, ratios, curve, best: float, interval) -> None:
    """Draw how likely the deaths are at every ratio, the ratio at the top, and its 95 % interval above."""
    part = axes.curve
    part.plot(ratios, curve, color=style.ACTIVE, linewidth=2.4)
    part.plot([best, best], [0, 1], color=style.ACTIVE, linewidth=1.2, linestyle=(0, (1, 2)))
    look = {"weight": "bold", "color": style.ACTIVE, "ha": "center", "va": "bottom"}
    part.text(best, 1.02, numbers.ratio(best), fontsize=10 if axes.narrow else 12, **look)
    low, high = np.clip(interval, *part.get_xlim())
    part.plot([low, high], [1.23, 1.23], color=style.INK, linewidth=3, solid_capstyle="butt")
    if not axes.narrow:
        box = white_box(1.5)
        part.text(high, 1.23, axes.words("interval"), fontsize=9, va="center", ha="left", bbox=box)


def draw_ratio_tried(axes, ratio: float, height: float, chance: str | None) -> None:
    """Mark the ratio tried at the height of its likelihood."""
    curve = axes.curve
    curve.plot([ratio, ratio], [0, height], color=DRAWN, linewidth=1.2, linestyle=(0, (4, 2)))
    curve.plot(ratio, height, "D", color=DRAWN, markersize=10, mec="white", mew=1.3, clip_on=False, zorder=6)
    if chance is None:
        return
    right = ratio < 0.12 or not axes.narrow and ratio < 0.5 and height > 0.7
    under = axes.narrow and 0.12 <= ratio < 0.6 and height > 0.3
    write_beside(
        curve,
        chance,
        (ratio, height),
        (0, -8) if under else (9 if right else -9, 0),
        fontsize=9.5 if axes.narrow else 11,
        weight="bold",
        color=DRAWN,
        bbox=white_box(0.8, alpha=0.85),
        zorder=7,
    )


# ---- grouping by what happened after randomisation

GROUP_LOOKS = {
    "control": {"color": style.CONTROL, "linestyle": (0, (5, 2))},
    "active": {"color": style.ACTIVE, "linestyle": "-"},
    "responders": {"color": style.ACTIVE, "linestyle": "-"},
    "others": {"color": style.HIGHLIGHT, "linestyle": (0, (1, 1))},
}
RESPONDER_RATIOS = (0.05, 3.0)
COMPARISON_LOOKS = (style.INK, style.HIGHLIGHT, "#00664b")


def add_group_axes(axes, longest: float) -> None:
    """Add the axes of the curves, and beside them those of the hazard ratios."""
    narrow = axes.narrow
    top, bottom = (62, 54) if narrow else (34, 56)
    split = round((0.58 if narrow else 0.56) * axes.width)
    left = 50 if narrow else 54
    curves = axes.add("curves", left=left, right=axes.width - split, top=top, bottom=bottom)
    ratios = axes.add(
        "ratios", left=split + (14 if narrow else 34), right=10 if narrow else 20, top=top, bottom=bottom
    )
    curves.set(xlim=(0, longest), ylim=(0, 1.03))
    ticks = [0, 300, 600] if narrow else [0, 160, 320, 480, 640]
    curves.set_xticks(ticks)
    shares = np.linspace(0, 1, 3 if narrow else 6)
    curves.set_yticks(shares, [numbers.percent(share) for share in shares])
    ratios.set_xscale("log")
    ratios.set(xlim=RESPONDER_RATIOS, ylim=(3, 0), yticks=[])
    shown = [0.1, 1] if narrow else [0.1, 0.2, 0.5, 1, 2]
    ratios.set_xticks(shown, [f"{tick:g}" for tick in shown])
    ratios.set_xticks([], minor=True)
    ratios.spines["left"].set_visible(False)
    ratios.axvline(1, color=style.INK, linewidth=1)
    size = 8.5 if narrow else 10
    curves.set_xlabel(axes.words("narrow.days" if narrow else "days"), fontsize=size, labelpad=1)
    ratios.set_xlabel(axes.words("narrow.ratio" if narrow else "ratio"), fontsize=size, labelpad=1)
    for part in (curves, ratios):
        part.tick_params(labelsize=9 if narrow else 10, pad=2)


def draw_no_death_before(axes, day: float, gone: bool) -> None:
    """Shade the time before the measurement, in which no responder can die, or which no longer counts."""
    curves = axes.curves
    if day == 0:
        return
    curves.axvspan(0, day, color="#f0e9d8", linewidth=0, zorder=0)
    curves.axvline(day, color=style.INK, linewidth=1.2)
    curves.plot(day, 0, "^", color=style.INK, markersize=9, clip_on=False, zorder=6)
    left = day < 330
    text = axes.words("not_counted", day=day) if gone else axes.fitting("no_death", day=day)
    curves.text(
        day + 8 if left else day - 8,
        0.03,
        text,
        ha="left" if left else "right",
        va="bottom",
        fontsize=8.5 if axes.narrow else 10,
        color=style.INK,
        linespacing=1.1,
        bbox=white_box(1, alpha=0.85),
        zorder=5,
    )


def draw_group_curves(axes, curves: dict) -> None:
    """Draw a survival curve a group, named above."""
    lines = []
    for name, curve in curves.items():
        look = GROUP_LOOKS[name] | {"linewidth": 2.4, "label": axes.words(name)}
        x, y = curve if curve is not None else ([], [])
        lines += axes.curves.step(x, y, where="post", **look)
    axes.curves.legend(
        handles=lines,
        loc="lower left",
        bbox_to_anchor=(-0.12 if axes.narrow else -0.04, 1.0),
        ncols=1 if axes.narrow else len(lines),
        fontsize=9 if axes.narrow else 10,
        borderaxespad=0.1,
        handlelength=1.7,
        handletextpad=0.4,
        columnspacing=1.0,
        labelspacing=0.1,
    )


def draw_comparisons(axes, rows: dict, texts: dict, day: float) -> None:
    """Draw hazard ratios with their intervals, one under another, each under its name."""
    ratios = axes.ratios
    for place, (name, row) in enumerate(rows.items()):
        color, y = COMPARISON_LOOKS[place], place + (0.8 if axes.narrow else 0.72)
        title = axes.words(f"narrow.{name}" if axes.narrow else name, day=day)
        up, sizes = ((0.58, 0.32), (9, 10)) if axes.narrow else ((0.44, 0.2), (10.5, 13))
        look = {"transform": ratios.get_yaxis_transform(), "va": "center", "color": color}
        box = white_box(1)
        ratios.text(0, y - up[0], title, fontsize=sizes[0], bbox=box, **look)
        look |= {"fontsize": sizes[1], "weight": "bold", "bbox": None if axes.narrow else box}
        ratios.text(0, y - up[1], texts[name], **look)
        if np.isnan(row.hr):
            continue
        low, high, at = np.clip([row.ci_low, row.ci_high, row.hr], *RESPONDER_RATIOS)
        ratios.plot([low, high], [y, y], color=color, linewidth=3, solid_capstyle="butt")
        ratios.plot(at, y, "D", color=color, markersize=9, mec="white", mew=1.2, zorder=5)


# ---- covariates: a path of arrows

GREY = "#767676"
LIT = "#e69f00"  # the orange of the palette that letters can stand on
FULLY_UNEQUAL, FULLY_STRONG = 0.3, 2.0  # standard deviations, and a hazard ratio: a lamp's full light


def lamp_places(axes) -> tuple[float, float]:
    """Return where the two columns of lamps stand, in pixels from the left."""
    return (115, 134) if axes.narrow else (150, 214)


def add_path_axes(axes, rows, limits) -> None:
    """Add the rows' axes, ``main``, and under them the heap's, on one scale of hazard ratios.

    The row of the unadjusted ratio stands above ``rows``.
    """
    sides = {"left": 148 if axes.narrow else 262, "right": 14}
    foot, heap, top = (38, 30, 36) if axes.narrow else (38, 50, 44)
    main = axes.add("main", **sides, top=top, bottom=foot + heap)
    below = axes.add("heap", **sides, top=axes.height - foot - heap, bottom=foot)
    for part in (main, below):
        part.set_xscale("log")
        part.set(xlim=limits, yticks=[])
        part.spines["left"].set_visible(False)
        part.axvline(1, color=style.INK, linewidth=1, zorder=0)
        part.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    fine_ratio_ticks(below.xaxis, *limits, 4 if axes.narrow else 6)
    main.set_ylim(len(rows) + 0.5, -0.5)
    main.set_xticks([], [])
    main.minorticks_off()
    main.spines["bottom"].set_visible(False)
    below.set_ylim(0, 1)
    main.set_title(axes.fitting("ratio"), fontsize=9.5, pad=4)
    if axes.narrow:
        axes.write(8, 10, axes.words("lamps"), fontsize=8.5, va="center")
    for place, name in zip(lamp_places(axes), ("unequal", "predicts"), strict=True):
        text = axes.fitting(name)
        down = 31 if axes.narrow else 4
        axes.write(
            place, down, text, fontsize=9, ha="center", va="center" if axes.narrow else "top", linespacing=1.1
        )
    write_name(axes, 0, axes.words("unadjusted"), style.INK)
    for row in range(len(rows) + 1):
        main.axhline(row, color=style.PALE, linewidth=0.5, zorder=0)


def row_up(axes, row: int) -> float:
    """Return the height of a row as a part of the figure."""
    place, rows = axes.main.get_position(), axes.main.get_ylim()[0] + 0.5
    return place.y1 - (row + 0.5) / rows * place.height


def row_of(rows, name: str) -> int:
    """Return the place of a row, that of the unadjusted ratio being 0."""
    return rows.index(name) + 1


def fine_ratio_ticks(axis, low: float, high: float, most: int) -> None:
    """Put plain numbers on a logarithmic axis that may span little."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    for step in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5):
        ticks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
        if len(ticks) <= most:
            break
    if high / low > 5:
        plain_ratio_ticks(axis, low, high)
        return
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks.round(2)]))
    axis.set_minor_locator(NullLocator())


def draw_true_ratio(axes, ratio: float) -> None:
    """Mark the ratio that an invented world was given."""
    for part in (axes.main, axes.heap):
        part.axvline(ratio, color=style.SECOND, linewidth=2, linestyle=(0, (1, 1)))
    said = axes.fitting("true", hr=ratio)
    # On a phone the unadjusted ratio stands too near in the first row, and the last one's under it.
    part, height = (axes.heap, 0.78) if axes.narrow else (axes.main, 0)
    look = {"fontsize": 9.5, "color": style.SECOND}
    write_beside(part, said, (ratio, height), (6, 0), bbox=white_box(1), **look)


def draw_names(axes, names: dict, color) -> None:
    """Write the rows' names at the left, none where it is empty."""
    for row, name in enumerate(names.values(), start=1):
        if name:
            write_name(axes, row, name, color)


def write_name(axes, row: int, name: str, color) -> None:
    """Write the name of a row at the left."""
    size = 8.5 if axes.narrow else 10
    axes.figure.text(8 / axes.width, row_up(axes, row), name, fontsize=size, va="center", color=color)


def draw_lamps(axes, rows, lamps: dict) -> None:
    """Draw two lamps a covariate: the more unequal the arms, and the better it predicts death, the brighter.

    ``lamps`` has the covariates: standard deviations and a hazard ratio per standard deviation, or None: not lit.
    """
    for row, lit in lamps.items():
        unequal, strong = lit or (0.0, 1.0)
        shades = unequal / FULLY_UNEQUAL, abs(np.log(strong)) / np.log(FULLY_STRONG)
        texts = numbers.fixed(unequal, 2), numbers.ratio(strong)
        for place, shade, text in zip(lamp_places(axes), shades, texts, strict=True):
            look = {"facecolor": tuple(1 - (1 - np.array(to_rgb(LIT))) * min(shade, 1.0))}
            look |= {"edgecolor": LIT if lit else style.PALE, "transform": axes.figure.transFigure}
            y, wide = row_up(axes, row_of(rows, row)), bool(lit) and not axes.narrow
            size = np.array([34, 17] if wide else [11, 11]) / (axes.width, axes.height)
            axes.figure.add_artist(Rectangle((place / axes.width, y) - size / 2, *size, **look))
            if wide:
                axes.figure.text(
                    place / axes.width,
                    y,
                    text,
                    fontsize=9.5,
                    ha="center",
                    va="center_baseline",
                    color=style.INK,
                )


def draw_path(axes, rows, start: float, moves, hidden: bool) -> None:
    """Draw the path from the unadjusted ratio through all arrows down to the axis; ``hidden``: without the last."""
    main, last = axes.main, len(moves) - 1
    at, ratio = 0, start
    main.plot(start, 0, "o", color=style.INK, markersize=6, markerfacecolor="white", mew=1.8)
    _write(axes, start, start, 0, not moves)
    for place, move in enumerate(moves):
        row = row_of(rows, move.row)
        main.plot([ratio, ratio], [at, row], color=style.ACTIVE, linewidth=1, linestyle=(0, (1, 1)))
        if hidden and place == last:
            main.text(
                ratio, row, "?", fontsize=15, weight="bold", color=style.HIGHLIGHT, ha="center", va="center"
            )
            return
        _draw_move(axes, move, row)
        _write(axes, move.before, move.after, row, place == last)
        at, ratio = row, move.after
    drop = {"color": style.HIGHLIGHT, "linewidth": 1.5, "linestyle": (0, (4, 2))}
    main.plot([ratio, ratio], [at, main.get_ylim()[0]], zorder=1, **drop)
    axes.heap.plot([ratio, ratio], [1, 0], zorder=1, **drop)
    axes.heap.plot(ratio, 0, "v", color=style.HIGHLIGHT, markersize=8, clip_on=False)


def _pixel(axes, ratio: float) -> float:
    return float(axes.main.transData.transform((ratio, 0))[0] / axes.figure.dpi * 100)


def _draw_move(axes, move, row: int) -> None:
    if abs(_pixel(axes, move.after) - _pixel(axes, move.before)) < 8:
        axes.main.plot(move.after, row, "o", color=style.ACTIVE, markersize=5)
        return
    head = ">" if move.after > move.before else "<"
    back = (move.before / move.after) ** (5 / abs(_pixel(axes, move.after) - _pixel(axes, move.before)))
    axes.main.plot([move.before, move.after * back], [row, row], color=style.ACTIVE, linewidth=2.2)
    axes.main.plot(move.after * back, row, head, color=style.ACTIVE, markersize=9, mew=0)


def _write(axes, before: float, after: float, row: int, last: bool) -> None:
    """Write a ratio beyond the head of its arrow, or before its tail where the axis ends."""
    box = axes.main.get_window_extent()
    left, right = box.x0 / axes.figure.dpi * 100, box.x1 / axes.figure.dpi * 100
    room = (30 if axes.narrow else 34) + (14 if last else 0)
    rightwards = after >= before
    if rightwards and _pixel(axes, after) + room > right + 10:
        rightwards = False
    elif not rightwards and _pixel(axes, after) - room < left:
        rightwards = True
    anchor = max(before, after) if rightwards else min(before, after)
    size = (11 if axes.narrow else 13) if last else (8.5 if axes.narrow else 9.5)
    write_beside(
        axes.main, numbers.ratio(after), (anchor, row), (7 if rightwards else -7, 0), fontsize=size,
        weight="bold" if last else "normal", color=style.HIGHLIGHT if last else style.INK,
        annotation_clip=False,
    )  # fmt: skip


def draw_heap(axes, ratios, now: float) -> None:
    """Draw a dot for every choice of ticks, stacked where they come out alike; the present one filled."""
    if not len(ratios):
        return
    heap = axes.heap
    left, right = (_pixel(axes, end) for end in heap.get_xlim())
    spots = max(int((right - left) / 8), 2)
    edges = np.geomspace(*heap.get_xlim(), spots + 1)
    bins = np.sort(np.digitize(ratios, edges[1:-1]))
    places = np.arange(len(bins)) - np.searchsorted(bins, bins)
    height = 8 / (30 if axes.narrow else 50)
    squeezed = min(height, 0.92 / (places.max() + 1))
    x = np.sqrt(edges[:-1] * edges[1:])[bins]
    heap.plot(x, (places + 0.55) * squeezed, "o", color=style.SECOND, markersize=4.6, mew=0, linestyle="none")
    here = np.digitize(now, edges[1:-1])
    heap.plot(
        np.sqrt(edges[here] * edges[here + 1]),
        0.55 * squeezed,
        "o",
        color=style.HIGHLIGHT,
        markersize=6.5,
        mew=0,
    )
    axes.write(
        8,
        -53 if axes.narrow else -63,
        axes.words("heap", count=len(ratios)),
        fontsize=8.5 if axes.narrow else 9.5,
        color=style.SECOND,
        va="center",
        linespacing=1.15,
    )


# ---- one hazard ratio over time

RATIO_LIMITS = (0.15, 6)
SIDES = {"left": 46, "right": 16}


def add_time_axes(axes, longest: float) -> None:
    """Add the curves' axes, ``curves``, and under them the hazard ratio's, ``ratios``, on one time axis."""
    foot, upper, between = (46, 60, 24) if axes.narrow else (50, 96, 30)
    top = 22 if axes.narrow else 28
    curves = axes.add("curves", **SIDES, top=top, bottom=axes.height - top - upper)
    ratios = axes.add("ratios", **SIDES, top=top + upper + between, bottom=foot)
    for part in (curves, ratios):
        part.set_xlim(0, longest)
        part.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    curves.set(ylim=(0, 1.02), yticks=[0, 0.5, 1])
    curves.set_yticklabels(["0", "50", "100"])
    curves.tick_params(labelbottom=False)
    ratios.set(yscale="log", ylim=RATIO_LIMITS)
    plain_ratio_ticks(ratios.yaxis, *RATIO_LIMITS)
    ratios.axhline(1, color=style.INK, linewidth=1)
    size, loc = (9.5, "left") if axes.narrow else (10, "center")
    ratios.set_xlabel(axes.words("days"), fontsize=size, labelpad=1, loc=loc)
    ratios.locator_params(axis="x", nbins=4 if axes.narrow else 8)
    curves.set_xticks(ratios.get_xticks(), [])
    curves.set_xlim(0, longest)
    for part, name in ((curves, "alive"), (ratios, "ratio")):
        part.set_title(axes.words(name), fontsize=9.5, pad=6, x=(8 - SIDES["left"]) / _across(axes))


def _across(axes) -> int:
    return axes.width - SIDES["left"] - SIDES["right"]


def draw_two_curves(axes, table) -> None:
    """Draw the survival curves of both arms, named above."""
    for arm, (_, curve) in enumerate(table.groupby("group", sort=True)):
        look = style.ARM_STYLE[arm]
        axes.curves.step(curve["time"], curve["survival"], where="post", **look)
        axes.write(
            -16 - (90 if axes.narrow else 104) * (1 - arm),
            4,
            axes.words(f"arm_{arm}"),
            color=look["color"],
            fontsize=9.5,
            ha="right",
            va="top",
        )


def draw_truth(axes, ratios, change: float | None) -> None:
    """Draw the hazard ratio that an invented world was given, which may change once."""
    end = axes.ratios.get_xlim()[1]
    days = [0, end] if change is None else [0, change, change, end]
    levels = ratios if change is None else np.repeat(ratios, 2)
    axes.ratios.plot(days, levels, color=style.SECOND, linestyle=(0, (1, 1)), linewidth=2.2, zorder=4)
    _over_ratios(axes, axes.words("truth"), 0, style.SECOND)


def _over_ratios(axes, text: str, from_right: float, color) -> None:
    up = axes.ratios.get_position().y1 + 4 / axes.height
    across = 1 - (SIDES["right"] + from_right) / axes.width
    axes.figure.text(across, up, text, color=color, fontsize=9.5, ha="right", va="bottom")


def draw_cut(axes, day: float, left: str) -> None:
    """Draw the day at which follow-up is split, and who is left then."""
    for part, top in (
        (axes.curves, 1),
        (axes.ratios, 0.84 if axes.narrow else 1),
    ):  # on a phone words are above
        part.axvline(day, ymax=top, color=style.HIGHLIGHT, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.ratios.plot(day, RATIO_LIMITS[0], "o", color=style.HIGHLIGHT, markersize=9, clip_on=False, zorder=5)
    if left:
        low = min(line.get_ydata()[-1] for line in axes.curves.lines[:2]) > 0.2  # room under the curves
        write_inside(
            axes.curves, 0.995, 0.03 if low else 0.97, left, fontsize=8.5 if axes.narrow else 10,
            bbox=white_box(1, alpha=0.8),
        )  # fmt: skip


def draw_one_ratio(axes, ratio: float, drift: str) -> None:
    """Draw the one hazard ratio for all the time, and how strong the evidence against it is."""
    end, at = axes.ratios.get_xlim()[1], np.clip(ratio, *RATIO_LIMITS)
    axes.ratios.plot(
        [0, end], [at, at], color=style.HIGHLIGHT, linestyle=(0, (5, 2)), linewidth=1.8, zorder=3
    )
    _over_ratios(axes, axes.words("one_ratio", hr=ratio), 54 if axes.narrow else 120, style.HIGHLIGHT)
    write_inside(
        axes.ratios, 0.995, 0.98, drift, fontsize=9 if axes.narrow else 10, color=style.INK, zorder=6,
        bbox=white_box(1, alpha=0.8),
    )  # fmt: skip


def draw_periods(axes, periods, one: float) -> None:
    """Draw each period's hazard ratio with its interval, its number away from the one ratio or from a near edge."""
    end = axes.ratios.get_xlim()[1]
    half = 22 / _across(axes) * end
    for row in periods.itertuples():
        middle = np.clip((row.start + row.end) / 2, half, end - half)
        if np.isnan(row.hr):
            axes.ratios.text(
                middle, 1.15, axes.words("none"), ha="center", va="bottom", fontsize=9, color=style.CONTROL,
                zorder=5, bbox=white_box(0.3, alpha=0.75),
            )  # fmt: skip
            continue
        low, level, high = np.clip([row.ci_low, row.hr, row.ci_high], *RATIO_LIMITS)
        period, look = [row.start, row.end], {"color": style.ACTIVE, "linewidth": 0, "zorder": 0}
        axes.ratios.fill_between(period, low, high, alpha=0.15, **look)
        look = {"color": style.ACTIVE, "linewidth": 5, "solid_capstyle": "butt"}
        axes.ratios.plot(period, [level, level], alpha=0.45, **look)
        above = level < 1.7 * RATIO_LIMITS[0] or one <= level < RATIO_LIMITS[1] / 2
        write_beside(
            axes.ratios, numbers.ratio(row.hr), (middle, level),
            (0, 4 if above else -4), fontsize=11 if axes.narrow else 13, weight="bold", color=style.ACTIVE,
            annotation_clip=False, zorder=5, bbox=white_box(0.3, alpha=0.75),
        )  # fmt: skip
