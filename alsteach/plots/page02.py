"""Drawing for page 02: the road of IL-2, who hears which dose, courses of it, and a marker in three worlds."""

from __future__ import annotations

import numpy as np

from .. import style
from ..words import numbers
from .curves import survival_steps
from .frame import white_box, write_beside

DARK = "#a84a00"  # the highlight's colour for letters
GREEN = "#00664b"
GREY = "#f2f2f2"
TREG = {"color": style.ACTIVE, "linewidth": 2.8}
EFFECTOR = {"color": style.HIGHLIGHT, "linewidth": 2.8, "linestyle": (0, (5, 2))}
USUAL = {"color": style.CONTROL, "linewidth": 1.6, "linestyle": (0, (1, 1.2))}


def _size(axes, wide: float, narrow: float = 8.5) -> float:
    return narrow if axes.narrow else wide


def compact(axes) -> bool:
    """Whether long words find no room: on a phone, and in a narrow window."""
    return axes.width < 640


# ---- the road, link by link

EVIDENCE_LOOKS = {
    "people": {"color": GREEN, "linestyle": "-"},
    "animals": {"color": style.HIGHLIGHT, "linestyle": (0, (4, 1.5))},
    "nobody": {"color": "#767676", "linestyle": (0, (1, 1))},
}
# Where each of those who take part stands (parts of the picture; on a phone), and how far off its edge is (pixels).
PLACES = {
    "il2": ((0.085, 0.56), (0.085, 0.55)),
    "treg": ((0.335, 0.7), (0.335, 0.74)),
    "effector": ((0.335, 0.31), (0.335, 0.38)),
    "microglia": ((0.65, 0.7), (0.655, 0.74)),
    "ccl2": ((0.65, 0.27), (0.655, 0.34)),
    "neuron": ((0.905, 0.7), (0.91, 0.74)),
    "life": ((0.905, 0.27), (0.895, 0.34)),
}
EDGES = {
    "il2": (36, 24), "treg": (43, 29), "effector": (43, 29), "microglia": (49, 37),
    "ccl2": (26, 22), "neuron": (30, 20), "life": (26, 22),
}  # fmt: skip
BELOW = {"microglia": (39, 24), "neuron": (49, 31)}  # how far the edge is straight below
WAYS = {  # from, to, whether its end is held back or harmed
    "1": ("il2", "treg", False),
    "2": ("il2", "effector", False),
    "3": ("treg", "microglia", True),
    "4": ("effector", "microglia", False),
    "5": ("microglia", "ccl2", False),
    "6": ("microglia", "neuron", True),
    "7": ("neuron", "life", False),
}


def add_road(axes, counts: dict) -> None:
    """Add the picture of the road: who takes part, and what the colours mean; ``counts`` of links by evidence."""
    main = axes.add("main", left=0, right=0, top=0, bottom=0)
    main.set(xlim=(0, axes.width), ylim=(0, axes.height))
    main.set_axis_off()
    for name in PLACES:
        _part(axes, name)
    size, x, y = _size(axes, 9.5), 6.0, 40.0 if axes.narrow else 28.0
    if not compact(axes):
        main.text(6, 10, axes.words("ends"), fontsize=9, va="center")
    for evidence, number in counts.items():
        look, told = EVIDENCE_LOOKS[evidence], axes.words(_by_width(axes, evidence), n=number)
        length, letters = (
            (14, 0.86) if axes.narrow else (24, 0.83)
        )  # a letter's width, for its size in points
        if x + length + 4 + letters * size * len(told) > axes.width:
            x, y = 6.0, y - 14
        main.plot([x, x + length], [y, y], linewidth=4, **look)
        color = DARK if evidence == "animals" else look["color"]
        main.text(x + length + 9, y, told, va="center", fontsize=size, weight="bold", color=color)
        x += length + 24 + letters * size * len(told)


def _by_width(axes, key: str) -> str:
    return f"{'narrow' if axes.narrow else 'wide'}.{key}"


def spot(axes, name: str) -> np.ndarray:
    return np.array(PLACES[name][axes.narrow]) * (axes.width, axes.height)


def edge(axes, name: str) -> float:
    return EDGES[name][axes.narrow]


def way(axes, link: str) -> tuple:
    """Return where a link begins, where it ends, and where its number stands, in pixels."""
    start, end, _ = WAYS[link]
    first, last = spot(axes, start), spot(axes, end)
    along = (last - first) / np.hypot(*(last - first))
    leaving = BELOW[start][axes.narrow] if first[1] > last[1] and start in BELOW else edge(axes, start)
    first, last = first + leaving * along, last - edge(axes, end) * along
    across = np.array([-along[1], along[0]])
    side = -1 if link in ("2", "4") or (link == "1" and axes.narrow) else 1
    return first, last, (first + last) / 2 + side * (15 if axes.narrow else 17) * across


def numbers_at(axes) -> np.ndarray:
    return np.array([way(axes, link)[2] for link in WAYS])


def draw_links(axes, evidence: dict, chosen: str) -> None:
    """Draw every link in the colour of its evidence, and bring one out."""
    main = axes.main
    for link, (_, _, held) in WAYS.items():
        first, last, place = way(axes, link)
        look, out = EVIDENCE_LOOKS[evidence[link]], link == chosen
        width = 6.5 if out else 3
        if out:
            main.plot(
                *np.array([first, last]).T, color="#ffe9a8", linewidth=17, solid_capstyle="round", zorder=1
            )
        _link(main, first, last, held, look, width)
        main.text(
            *place,
            link,
            ha="center",
            va="center",
            weight="bold",
            fontsize=11 if out else 9,
            color="white" if out else look["color"],
            bbox={
                "boxstyle": "circle,pad=0.2",
                "facecolor": look["color"] if out else "white",
                "edgecolor": look["color"],
            },
            zorder=6,
        )


def _link(main, first, last, held, look, width) -> None:
    along = (last - first) / np.hypot(*(last - first))
    across = np.array([-along[1], along[0]])
    end = last if held else last - 7 * along
    main.plot(*np.array([first, end]).T, linewidth=width, solid_capstyle="butt", zorder=2, **look)
    if held:
        bar = np.array([last + 11 * across, last - 11 * across])
        main.plot(*bar.T, color=look["color"], linewidth=width + 1, solid_capstyle="butt", zorder=2)
        return
    half = 5 + width / 2
    main.fill(
        *np.array([last, last - 11 * along + half * across, last - 11 * along - half * across]).T,
        color=look["color"],
        zorder=2,
    )


def _part(axes, name: str) -> None:
    from matplotlib.patches import Circle, Ellipse, Polygon

    main, (x, y), narrow = axes.main, spot(axes, name), axes.narrow
    look = {"facecolor": GREY, "edgecolor": style.INK, "linewidth": 1.4, "zorder": 3}
    said = {"ha": "center", "va": "center", "fontsize": _size(axes, 10), "zorder": 5, "linespacing": 1.1}
    r = 20 if narrow else 34
    if name == "il2":
        _box(axes, x, y, 17 if narrow else 26, 12 if narrow else 16)
        main.text(x, y, axes.words(name), **{**said, "fontsize": _size(axes, 13, 10)}, weight="bold")
        main.text(x, y + _size(axes, 24, 18), axes.words("under_skin"), **{**said, "va": "bottom"})
    elif name in ("treg", "effector"):
        prongs, down = (3, 0) if name == "treg" else (2, -35)
        for number in range(prongs):
            tilt = np.deg2rad(180 + 15 * (number - (prongs - 1) / 2) + down)
            ray = np.array([np.cos(tilt), np.sin(tilt)])
            prong = np.array([(x, y) + r * ray, (x, y) + (r + 8) * ray])
            main.plot(*prong.T, color=style.INK, linewidth=4, zorder=3)
        main.add_patch(Circle((x, y), r, **look))
        main.text(x, y, axes.words(name), **said, weight="normal" if narrow else "bold")
        above = not narrow or name == "treg"
        main.text(
            x,
            y + (r + 5 if above else -r - 5),
            axes.words(f"{name}_hears"),
            weight="bold",
            **{**said, "va": "bottom" if above else "top"},
            color=style.ACTIVE if name == "treg" else DARK,
        )
        if not narrow:
            main.text(x, y - r - 4, axes.words(f"{name}_chains"), **{**said, "va": "top", "fontsize": 8.5})
    elif name == "microglia":
        angles, tips = np.linspace(0, 2 * np.pi, 21), np.where(np.arange(21) % 2 == 0, 1.05, 0.8)
        wide = 1.6 if narrow else 1.3
        main.fill(x + wide * r * tips * np.cos(angles), y + r * tips * np.sin(angles), **look)
        main.text(x, y, axes.words(name), **said, weight="normal" if narrow else "bold")
        if not narrow:
            main.text(x, y + r * 1.1 + 4, axes.words("microglia_do"), **{**said, "va": "bottom"})
    elif name == "neuron":
        s = 0.6 if narrow else 1.0
        for angle in (40, 90, 140):
            ray = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
            main.plot(*np.array([(x, y), (x, y) + 34 * s * ray]).T, color=style.INK, linewidth=1.8, zorder=3)
        body = [(-19, 6), (0, 20), (19, 6), (13, -17), (-13, -17)]
        main.add_patch(Polygon([(x + s * dx, y + s * dy) for dx, dy in body], **look))
        main.plot([x, x], [y - 17 * s, y - 30 * s], color=style.INK, linewidth=2.5, zorder=3)
        main.add_patch(Ellipse((x, y - 38 * s), 34 * s, 17 * s, **look))
        main.text(x, y + 38 * s, axes.words(name), **{**said, "va": "bottom"}, weight="bold")
    else:
        _box(axes, x, y, 25 if narrow else 40, 15 if narrow else 18)
        main.text(x, y, axes.words(name), **said, weight="normal" if narrow else "bold")


def _box(axes, x, y, half_width, half_height) -> None:
    from matplotlib.patches import FancyBboxPatch

    axes.main.add_patch(
        FancyBboxPatch(
            (x - half_width, y - half_height),
            2 * half_width,
            2 * half_height,
            boxstyle="round,pad=2,rounding_size=7",
            facecolor=GREY,
            edgecolor=style.INK,
            linewidth=1.4,
            zorder=3,
        )
    )


# ---- who hears which dose

HEARD = {"nobody": "#e4e4e4", "treg": "#bcdcf0", "both": "#f6c9a5"}
LETTERS = {"nobody": style.CONTROL, "treg": "#00568a", "both": DARK}


def add_receptor_axes(axes, limits, doses: dict) -> None:
    """Add the receptors' axes and the day's bar; above, where IL-2 peaks after some doses, ``doses`` MIU to pmol/L."""
    left, right = (46, 24) if axes.narrow else (58, 28)
    below = 112 if axes.narrow else 122
    main = axes.add("main", left=left, right=right, top=38 if axes.narrow else 42, bottom=below)
    main.set_xscale("log")
    top = 136 if compact(axes) else 120  # above 100 stand the names of the zones
    main.set(xlim=limits, ylim=(0, top))
    main.spines["left"].set_bounds(0, 100)
    ticks = [1, 10, 100, 1000, 10_000]
    main.set_xticks(ticks, [numbers.integer(tick) for tick in ticks])
    main.minorticks_off()
    main.set_yticks([0, 50, 100], [numbers.integer(share) for share in (0, 50, 100)])
    main.tick_params(labelsize=_size(axes, 10), pad=2)
    main.set_ylabel(axes.fitting("occupied"), fontsize=_size(axes, 9.5), labelpad=1, y=50 / top)
    main.set_xlabel(axes.words("il2"), fontsize=_size(axes, 9.5), labelpad=1)
    for dose, peak in doses.items():
        main.plot([peak, peak], [top, 1.03 * top], color=style.INK, linewidth=1.2, clip_on=False)
        write_beside(
            main, numbers.reading(dose), (peak, 1.03 * top), (0, 1), fontsize=8.5, annotation_clip=False
        )
    write_beside(
        main, axes.words("doses"), (0, 1), (0, 17), xycoords="axes fraction", fontsize=8.5,
        annotation_clip=False, ha="left",
    )  # fmt: skip
    day = axes.add(
        "day",
        left=left,
        right=right,
        top=axes.height - (68 if axes.narrow else 76),
        bottom=38 if axes.narrow else 42,
    )
    day.set(xlim=(0, 24), ylim=(0, 1), yticks=[])
    hours = [0, 6, 12, 18, 24]
    day.set_xticks(hours, [numbers.integer(hour) for hour in hours])
    day.tick_params(labelsize=_size(axes, 9.5), pad=1, length=3)
    day.spines["left"].set_visible(False)
    day.set_xlabel(axes.fitting("hours"), fontsize=_size(axes, 9.5), labelpad=0, loc="left")


def draw_receptors(axes, curves, zones: dict) -> None:
    """Draw both receptors' curves over the zones: nobody hears, Treg alone, both; ``zones`` name to limits."""
    main, top = axes.main, axes.main.get_ylim()[1]
    for name, (low, high) in zones.items():
        main.axvspan(low, high, color=HEARD[name], linewidth=0, zorder=0)
        said = axes.words(f"{'narrow' if compact(axes) else 'wide'}.{name}")
        look = {"ha": "center", "va": "center", "weight": "bold", "linespacing": 1.0, "zorder": 4}
        size = _size(axes, 10)
        main.text(np.sqrt(low * high), (102 + top) / 2, said, fontsize=size, color=LETTERS[name], **look)
    main.plot(curves["il2_pmol_l"], curves["trimeric_occupied_percent"], zorder=2, **TREG)
    main.plot(curves["il2_pmol_l"], curves["dimeric_occupied_percent"], zorder=2, **EFFECTOR)


def draw_dose(axes, dose: float, peak, hidden: bool) -> None:
    """Mark the peak after a dose on both curves, with the shares occupied."""
    main, x = axes.main, peak["il2_pmol_l"]
    main.plot([x, x], [0, 100], color=style.INK, linewidth=1.4, linestyle=(0, (2, 2)), zorder=3)
    if hidden:
        return
    for column, color, marker, letters in (
        ("trimeric_occupied_percent", style.ACTIVE, "o", LETTERS["treg"]),
        ("dimeric_occupied_percent", style.HIGHLIGHT, "s", DARK),
    ):
        share = peak[column]
        main.plot(
            x, share, marker, color=color, markersize=9, markeredgecolor="white", zorder=5, clip_on=False
        )
        left, under = column.startswith("tri") and share > 30 or compact(axes) and x > 400, share > 85
        look = {
            "ha": "right" if left else "left",
            "va": "top" if under else "bottom",
            "weight": "bold",
            "zorder": 6,
        }
        look |= {
            "bbox": white_box(1, alpha=0.75),
            "color": letters,
        }
        write_beside(
            main,
            axes.words(column.split("_")[0] + ("_narrow" if axes.narrow else ""), share=share / 100),
            (x, share),
            (-8 if left else 8, -5 if under else 9 if 5 < share < 25 else 1),
            fontsize=_size(axes, 10.5, 9),
            **look,
        )


def draw_day(axes, spans, hidden: bool) -> None:
    """Draw the day after the injection as a bar, coloured by who hears; ``spans`` of (zone, from hour, to hour)."""
    day = axes.day
    for zone, start, end in spans:
        day.axvspan(start, end, color="#ffffff" if hidden else HEARD[zone], linewidth=0)
    for zone in () if hidden else dict.fromkeys(zone for zone, *_ in spans):
        start, end = max((span[1:] for span in spans if span[0] == zone), key=lambda span: span[1] - span[0])
        room = (end - start) / 24 * day.bbox.width / axes.figure.dpi * 100
        hours = sum(last - first for name, first, last in spans if name == zone)
        if room > 38:
            key = f"bar.{zone}" if room > 170 else "bar.hours"
            look = {"ha": "center", "va": "center", "weight": "bold", "fontsize": _size(axes, 9.5)}
            day.text((start + end) / 2, 0.5, axes.words(key, hours=hours), color=LETTERS[zone], **look)
    day.plot([0, 24, 24, 0, 0], [0, 0, 1, 1, 0], color=style.INK, linewidth=0.8, clip_on=False)
    if hidden:
        day.text(12, 0.5, "?", ha="center", va="center", fontsize=14, weight="bold")


def dose_places(axes, peaks) -> np.ndarray:
    return axes.points("main", list(peaks.values()), 0, list(peaks))


# ---- courses of injections

COURSE_DAYS = 84
ROWS = {"treg": (0, 42), "effector": (76, 156)}
TINTS = {"treg": "#a9cbe2", "effector": "#f3bd97"}


def add_course_axes(axes, unseen: bool) -> None:
    """Add Treg, effector cells and the hatched row of what is not in the model, days from left to right."""
    narrow = axes.narrow
    left, right, foot = (38, 16, 50) if narrow else (46, 144, 42)
    hatched = (82 if narrow else 92) if unseen else (24 if narrow else 34)
    gap, top = (15, 26) if narrow else (20, 34)
    free = axes.height - foot - hatched - top - 2 * gap
    heights = {"treg": 0.58 * free, "effector": 0.42 * free}
    from_top = top
    for name, height in heights.items():
        row = axes.add(name, left=left, right=right, top=from_top, bottom=axes.height - from_top - height)
        row.set(xlim=(0, COURSE_DAYS), ylim=ROWS[name])
        row.set_xticks(range(0, COURSE_DAYS + 1, 28), [])
        ticks = (0, 20, 40) if name == "treg" else (100, 150)
        row.set_yticks(ticks, [numbers.integer(tick) for tick in ticks])
        row.tick_params(labelsize=_size(axes, 9.5), pad=2)
        title = axes.words(_by_width(axes, name))
        row.set_title(title, fontsize=_size(axes, 9.5), pad=2, loc="left")
        if name == "effector":
            row.axhline(100, color=style.PALE, linewidth=1)
        from_top += height + gap
    row = axes.add("unseen", left=left, right=right, top=from_top, bottom=foot)
    row.set(xlim=(0, COURSE_DAYS), ylim=(0, 1), yticks=[])
    row.set_xticks(
        range(0, COURSE_DAYS + 1, 28), [numbers.integer(day) for day in range(0, COURSE_DAYS + 1, 28)]
    )
    row.tick_params(labelsize=_size(axes, 9.5), pad=2)
    row.axvspan(0, COURSE_DAYS, facecolor="#f4f4f4", edgecolor="#a6a6a6", hatch="////", linewidth=0)
    row.set_title(
        axes.words(_by_width(axes, "unseen")), fontsize=_size(axes, 9.5), pad=2, loc="left", weight="bold"
    )
    row.set_xlabel(axes.words("days"), fontsize=_size(axes, 9.5), labelpad=0, loc="left")
    said = (
        axes.words(_by_width(axes, "unseen_long"))
        if unseen
        else axes.words("narrow.unseen_short" if compact(axes) else "wide.unseen_short")
    )
    row.text(
        COURSE_DAYS / 2, 0.5, said, ha="center", va="center", fontsize=_size(axes, 9.5), linespacing=1.35,
        bbox=white_box(2), zorder=4,
    )  # fmt: skip


def draw_injections(axes, days) -> None:
    """Draw a tick for every day of injections above the rows, and how many there are."""
    row = axes.treg
    height = 7 / axes.height
    place = row.get_position()
    base = place.y1 + (18 if axes.narrow else 20) / axes.height
    x = place.x0 + place.width * np.asarray(days) / COURSE_DAYS
    from matplotlib.collections import LineCollection

    segments = [[(at, base), (at, base + height)] for at in x]
    axes.figure.add_artist(
        LineCollection(segments, color=style.INK, linewidth=1.5, transform=axes.figure.transFigure)
    )
    _beside(axes, place.x1, base + height / 2, axes.words("injections", n=len(days)), style.INK)


def _beside(axes, x, y, text, color, **look) -> None:
    if axes.narrow:
        return
    axes.figure.text(
        x + 7 / axes.width,
        y,
        text,
        ha="left",
        color=color,
        linespacing=1.1,
        **{"fontsize": 9, "va": "center", **look},
    )


def draw_course(axes, course, usual, cancer, said: dict, hidden: bool) -> None:
    """Draw a course on both rows, with the trials' own dotted and the cancer dose's effector cells as a ghost.

    ``said``: row to the two lines that stand beside it.
    """
    for name, column, look in (
        ("treg", "treg_percent", TREG),
        ("effector", "teff_percent_of_baseline", EFFECTOR),
    ):
        row = axes[name]
        if cancer is not None and name == "effector":
            row.plot(cancer["time_days"], cancer[column], color="#eeb287", linewidth=1.5, zorder=1)
            at = cancer.loc[cancer["time_days"] < 28, column].idxmax()
            if compact(axes):  # over the row's own title
                row.annotate(
                    axes.words("effector_ghost"), (0, 1), xytext=(0, 2), xycoords="axes fraction",
                    textcoords="offset points", fontsize=_size(axes, 9.5), bbox=white_box(1), annotation_clip=False,
                )  # fmt: skip
            else:
                write_beside(
                    row, axes.words("ghost", top=cancer[column].max()),
                    (cancer["time_days"][at], cancer[column][at]), (6, 0), fontsize=8.5, color=DARK,
                )  # fmt: skip
        if usual is not None:
            row.plot(usual["time_days"], usual[column], zorder=2, **USUAL)
        if hidden:
            row.text(
                COURSE_DAYS / 2,
                np.mean(row.get_ylim()),
                "?",
                ha="center",
                va="center",
                fontsize=16,
                weight="bold",
            )
            continue
        row.plot(course["time_days"], course[column], zorder=3, **{**look, "linestyle": "-"})
        _mark_row(axes, name, *said[name])


def _mark_row(axes, name, text, under="") -> None:
    """Write beside a row what it comes to; on a phone over its right end."""
    color = LETTERS["treg"] if name == "treg" else DARK
    if axes.narrow:
        write_beside(
            axes[name], text, (1, 1), (0, 2), xycoords="axes fraction", ha="right", fontsize=8.5,
            weight="bold", color=color, annotation_clip=False,
        )  # fmt: skip
        return
    place = axes[name].get_position()
    middle = (place.y0 + place.y1) / 2
    _beside(axes, place.x1, middle + 8 / axes.height, text, color, fontsize=11, weight="bold")
    _beside(axes, place.x1, middle - 3 / axes.height, under, style.INK, va="top")


def draw_people(axes, people, means, said: dict) -> None:
    """Draw people thin and their mean thick on both rows; ``people`` row to a table of person by day."""
    from matplotlib.collections import LineCollection

    for name, table in people.items():
        row, look = axes[name], TREG if name == "treg" else EFFECTOR
        days = table.columns.to_numpy(dtype=float)
        lines = [np.column_stack([days, values]) for values in table.to_numpy()]
        row.add_collection(LineCollection(lines, color=TINTS[name], linewidth=1.0))
        row.plot(
            means[name].index, means[name], marker="o", markersize=4, zorder=3, **{**look, "linestyle": "-"}
        )
        _mark_row(axes, name, *said[name])


def draw_reported(axes, day: float, mean: float, sd: float, text: str) -> None:
    """Mark a reported mean and its standard deviation on the row of Treg."""
    look = {"color": style.INK, "markerfacecolor": "white", "markersize": 7, "capsize": 4, "zorder": 5}
    axes.treg.errorbar(day, mean, yerr=sd, fmt="s", **look)
    write_beside(axes.treg, text, (day, mean + sd), (6, 2), fontsize=8.5, zorder=6)


# ---- a marker in three worlds

NODES = ("treatment", "marker", "survival", "activity")
KNOWN = [("treatment", "marker"), ("activity", "marker")]
OPEN = [("marker", "survival"), ("activity", "survival"), ("treatment", "survival")]
BEHIND = {
    "through": [("marker", "survival")],
    "bystander": [("activity", "survival")],
    "two_roads": [("marker", "survival"), ("treatment", "survival")],
}
MARKER_LIMITS = (15, 400)
MARKER_LOOKS = {"low": style.GROUP_STYLES[3], "high": style.GROUP_STYLES[2]}
ARM_LOOKS = {"control": style.ARM_STYLE[0], "treated": style.ARM_STYLE[1]}


def add_marker_axes(axes, last_day: float) -> None:
    """Add the diagram of causes and, in its columns, the marker by arm, survival by marker and survival by arm."""
    narrow = axes.narrow
    diagram = axes.add("diagram", left=0, right=0, top=0, bottom=axes.height - (90 if narrow else 122))
    diagram.set(xlim=(0, axes.width), ylim=(0, 90 if narrow else 122))
    diagram.set_axis_off()
    for name in NODES:
        diagram.text(
            *node_place(axes, name), axes.words(f"{_by_width(axes, name)}"), ha="center", va="center", weight="bold",
            fontsize=_size(axes, 10.5), zorder=3, linespacing=1.0,
            bbox={"boxstyle": "round,pad=0.3", "facecolor": GREY, "edgecolor": style.INK},
        )  # fmt: skip
    top, bottom = (108, 40) if narrow else (146, 46)
    for number, name in enumerate(("dots", "by_marker", "by_arm")):
        left, right = _column(axes, number)
        column = axes.add(name, left=left, right=axes.width - right, top=top, bottom=bottom)
        title = axes.words(f"{'narrow' if compact(axes) else 'wide'}.title_{name}")
        column.set_title(title, fontsize=_size(axes, 10), pad=3, linespacing=1.05)
        column.tick_params(labelsize=_size(axes, 9.5), pad=2)
        if name == "dots":
            continue
        column.set(xlim=(0, last_day), ylim=(0, 1.02))
        column.set_xticks([0, last_day / 2, last_day] if not narrow else [0, last_day][name == "by_arm" :])
        column.set_yticks([0, 0.5, 1], ["", "", ""] if narrow and name == "by_arm" else ["0", "50", "100 %"])
        if name == "by_marker":
            # On a phone the badge has the room at the right.
            side = "left" if narrow else "center"
            column.set_xlabel(axes.words("days"), fontsize=_size(axes, 9.5), labelpad=0, loc=side)
    axes.dots.set_yscale("log")
    axes.dots.set(xlim=(-0.6, 1.6), ylim=MARKER_LIMITS)
    axes.dots.set_yticks([25, 50, 100, 200], ["25", "50", "100" if narrow else "100 %", "200"])
    axes.dots.minorticks_off()
    axes.dots.set_xticks(
        [0, 1], ["", ""] if narrow else [axes.words("key_control"), axes.words("key_treated")]
    )


def _column(axes, number: int) -> tuple:
    first, last, gaps = (30, 16, (44, 14)) if axes.narrow else (52, 24, (52, 52))
    width = (axes.width - first - last - sum(gaps)) / 3
    left = first + number * width + sum(gaps[:number])
    return left, left + width


def node_place(axes, name: str) -> tuple:
    """Treatment, marker and survival stand over the middles of the three pictures."""
    number = {"treatment": 0, "marker": 1, "survival": 2, "activity": 1}[name]
    middle = sum(_column(axes, number)) / 2
    height = 90 if axes.narrow else 122
    return middle, height * (0.87 if name == "activity" else 0.5)


def draw_causes(axes, world: str | None) -> None:
    """Draw what causes what; with ``world`` None, a question mark on every road to survival that there may be."""
    for start, end in KNOWN:
        _cause(axes, start, end, style.INK)
    if world is None:
        for start, end in OPEN:
            _cause(axes, start, end, style.CONTROL, "?", (0, (1, 1.2)))
        return
    for start, end in BEHIND[world]:
        harm = (start, end) == ("treatment", "survival")
        _cause(axes, start, end, style.HIGHLIGHT, axes.words("harm") if harm else "")


HALVES = {"treatment": (50, 24), "marker": (38, 30), "survival": (44, 20), "activity": (74, 36)}


def _cause(axes, start, end, color, word="", line="-") -> None:
    """Draw an arrow: straight along the row and down to the marker, bent past the marker above and below."""
    (x0, y0), (x1, y1) = node_place(axes, start), node_place(axes, end)
    out, into = HALVES[start][axes.narrow], HALVES[end][axes.narrow]
    if start == "activity" and end == "marker":
        first, last, bend, place = (x0, y0 - 11), (x1, y1 + 12), 0, None
    elif start == "activity":
        first, last, bend = (x0 + out, y0), (x1, y1 + 12), -0.2
        place = ((first[0] + x1) / 2 + 8, (y0 + y1) / 2 + (16 if axes.narrow else 20))
    elif (start, end) == ("treatment", "survival"):
        first, last, bend = (x0, y0 - 12), (x1, y1 - 12), 0.16
        place = ((x0 + x1) / 2, y0 - 12 - 0.08 * (x1 - x0))
    else:
        first, last, bend, place = (x0 + out, y0), (x1 - into, y1), 0, ((x0 + out + x1 - into) / 2, y0)
    arrow = {
        "arrowstyle": "-|>,head_width=0.35,head_length=0.6",
        "color": color,
        "linestyle": line,
        "shrinkA": 0,
    }
    arrow |= {"linewidth": 2.4, "shrinkB": 0, "connectionstyle": f"arc3,rad={bend}"}
    axes.diagram.annotate("", xy=last, xytext=first, arrowprops=arrow, zorder=2)
    if word:
        axes.diagram.text(
            *place, word, ha="center", va="center", weight="bold", color=DARK if color == style.HIGHLIGHT else color,
            fontsize=_size(axes, 11, 9), bbox=white_box(0.5), zorder=4,
        )  # fmt: skip


def draw_marker(axes, marker, treated, by_marker, ratio: str) -> None:
    """Draw each person's marker by arm with the medians, and the treated's survival by their marker."""
    shown = np.clip(np.asarray(marker, dtype=float), *MARKER_LIMITS)
    for arm, look in style.ARM_STYLE.items():
        values = shown[np.asarray(treated) == arm]
        # The same scatter each time, so that nothing dances when a tick box is pressed.
        aside = arm + 0.28 * np.sin(np.arange(len(values)) * 2.399963)
        options = {"color": look["color"], "markersize": 1.6, "antialiased": False, "linestyle": "none"}
        axes.dots.plot(aside, values, "o" if arm else "s", **options)
        median = float(np.median(marker[np.asarray(treated) == arm]))
        axes.dots.plot([arm - 0.4, arm + 0.4], [median] * 2, color=style.INK, linewidth=3, zorder=4)
        told, place = (
            axes.words(_by_width(axes, "median"), median=median),
            MARKER_LIMITS[0] * (0.9 if axes.narrow else 1.1),
        )
        axes.dots.text(
            arm, place, told, ha="center", va="top" if axes.narrow else "bottom", fontsize=_size(axes, 10.5, 9),
            weight="bold", color=look["color"], bbox=white_box(0.5), zorder=5,
        )  # fmt: skip
    _two_curves(axes, "by_marker", by_marker, MARKER_LOOKS, ratio)


def draw_arms(axes, by_arm, ratio: str | None) -> None:
    """Draw survival by arm, or that nobody knows it yet."""
    if by_arm is None:
        axes.by_arm.text(
            np.mean(axes.by_arm.get_xlim()), 0.5, axes.words("unseen"), ha="center", va="center",
            fontsize=_size(axes, 10.5),
        )  # fmt: skip
        return
    _two_curves(axes, "by_arm", by_arm, ARM_LOOKS, ratio)


def _two_curves(axes, name, curves, looks, ratio) -> None:
    column = axes[name]
    for (times, survival), (key, look), place in zip(curves, looks.items(), (0.2, 0.07), strict=True):
        survival_steps(column, times, survival, column.get_xlim()[1], **look)
        end = 0.16 if axes.narrow else 0.2
        column.plot([0.03, end], [place, place], transform=column.transAxes, **look)
        said, size = axes.words(f"key_{key}"), _size(axes, 9.5)
        column.text(end + 0.04, place, said, transform=column.transAxes, va="center", fontsize=size)
    look = {"ha": "left", "va": "center", "weight": "bold", "fontsize": _size(axes, 12, 9)}
    column.text(0.04, 0.32 if axes.narrow else 0.37, ratio, transform=column.transAxes, **look)
