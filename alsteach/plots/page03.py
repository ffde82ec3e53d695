"""Drawing for page 03: a trial's plan lived by twenty people, eight patients over their curve, curves read on a day,
and what many trials find."""

from __future__ import annotations

from textwrap import fill

import numpy as np
from matplotlib.patches import Patch, StepPatch

from .. import style
from ..words import numbers
from .curves import confidence_band, group_looks, round_times, survival_steps
from .frame import plain_ratio_ticks, white_box, write_beside

POINT = 0.72  # points a pixel
DARK = "#a84a00"  # the highlight's colour for letters
DEATH = {"marker": "X", "color": style.HIGHLIGHT, "markeredgecolor": "white", "mew": 0.8}
LAST_SEEN = {"marker": "o", "color": style.ACTIVE, "markerfacecolor": "white", "mew": 2}
WAY_LOOKS = {
    "kaplan_meier": {"color": style.ACTIVE, "linewidth": 3},
    "dropped": {"color": DARK, "linewidth": 2.5, "linestyle": (0, (1, 1))},
    "survivors": {"color": "#00664b", "linewidth": 2, "linestyle": (0, (5, 1, 1, 1))},
    "dead": {"color": "#9c3d72", "linewidth": 2, "linestyle": (0, (8, 2))},
}


def fraction(came_through: int, at_risk: int) -> str:
    return f"{came_through}/{at_risk}"


# ---- eight patients


def row_pitch(axes) -> float:
    return 12.5 if axes.narrow else 16.5


def row_places(axes, number: int) -> np.ndarray:
    """Return the rows' places above the curve, in units of the curve's height."""
    places = (number - np.arange(number) - 0.5) * row_pitch(axes)
    return 1 + (places + 8) / curve_height(axes, number)


def curve_height(axes, number: int) -> float:
    return axes.height - (40 if axes.narrow else 44) - 4 - 8 - number * row_pitch(axes)


def add_patients_axes(axes, names, end: float) -> None:
    """Add the one axes of rows and curve, days from left to right."""
    left, right = (50, 84) if axes.narrow else (54, 166)
    main = axes.add("main", left=left, right=right, top=4, bottom=40 if axes.narrow else 44)
    top = row_places(axes, len(names))[0] + row_pitch(axes) / 2 / curve_height(axes, len(names))
    main.set(xlim=(0, end), ylim=(0, top))
    main.set_xticks(np.linspace(0, end, 5), [numbers.integer(day) for day in np.linspace(0, end, 5)])
    main.set_yticks([0, 0.5, 1], [numbers.percent(share) for share in (0, 0.5, 1)])
    main.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    main.spines["left"].set_bounds(0, 1)
    main.set_xlabel(axes.fitting("days"), fontsize=9 if axes.narrow else 10, labelpad=1, loc="left")
    for name, place in zip(names, row_places(axes, len(names)), strict=True):
        main.text(
            -0.012, place, name, transform=main.get_yaxis_transform(), ha="right", va="center", fontsize=9.5
        )


def draw_chosen(axes, place: float, number: int) -> None:
    """Shade the row of the patient whom the controls move."""
    half = row_pitch(axes) / curve_height(axes, number) / 2
    axes.main.axhspan(place - half, place + half, color="#ffeee0", linewidth=0, zorder=0)


def draw_patients(axes, days, died, left_out) -> None:
    """Draw each patient's line with a cross or a circle at its end; pale who is left out."""
    main, look = (
        axes.main,
        {"linestyle": "none", "markersize": 7 if axes.narrow else 9, "clip_on": False, "zorder": 5},
    )
    places = row_places(axes, len(days))
    for day, dead, place, out in zip(days, died, places, left_out, strict=True):
        color = style.PALE if out else style.CONTROL if dead else style.ACTIVE
        main.plot([0, day], [place, place], color=color, linewidth=2.2, solid_capstyle="butt")
        main.plot(day, place, **look, **(DEATH if dead else {**LAST_SEEN, "color": color}))
    first = int(np.argmin(days))
    if days[first] < 0.3 * main.get_xlim()[1]:
        write_beside(
            main,
            axes.fitting("hint"),
            (days[first], places[first]),
            (11, 0),
            fontsize=9,
            color=DARK,
            style="italic",
            zorder=3,
        )


def draw_threads(axes, days, died, factors, levels, below: bool) -> None:
    """Let each death fall from its row onto its step, and write above or below it who came through.

    ``levels``: the curve before and after each death.
    """
    places, color = row_places(axes, len(days)), WAY_LOOKS["dropped"]["color"]
    for factor, (before, after) in zip(factors, levels, strict=True):
        rows = places[(days == factor.day) & died]
        axes.main.plot(
            [factor.day] * 2, [before, rows.max()], color=color, linewidth=1, linestyle=(0, (3, 2))
        )
        late, under = factor.day > 0.9 * axes.main.get_xlim()[1], below and after > 0
        write_beside(
            axes.main,
            fraction(factor.came_through, factor.at_risk),
            (factor.day, after),
            ((-3 if late else 2) if axes.narrow else -4 if late else 4, -3 if under else 2.5),
            weight="bold",
            color=color,
            fontsize=8.5 if axes.narrow else 11,
            bbox=white_box(0) if axes.narrow else None,
        )


def draw_way(axes, way: str, curve, until: float | None = None) -> None:
    """Draw one way of counting as a curve, up to a day if one is given."""
    times, survival = curve.times, curve.survival
    if until is not None:
        seen = times < until
        times, survival = times[seen], survival[seen]
        times, survival = np.append(times, until), np.append(survival, survival[-1] if seen.any() else 1.0)
    survival_steps(axes.main, times, survival, axes.main.get_xlim()[1], clip_on=False, **WAY_LOOKS[way])


def draw_last_seen(axes, days, levels) -> None:
    """Tick the curve where somebody is last seen alive."""
    axes.main.plot(days, levels, "|", color=style.ACTIVE, markersize=11, mew=2, clip_on=False)


def draw_unknown(axes, best, worst) -> None:
    """Shade what lies between the best and the worst that may have become of the lost."""
    end = axes.main.get_xlim()[1]
    days = np.linspace(0, end, 500)
    low, high = (
        np.append(1.0, curve.survival)[np.searchsorted(curve.times, days, side="right")]
        for curve in (worst, best)
    )
    axes.main.fill_between(days, low, high, color=style.PALE, alpha=0.45, linewidth=0)


def draw_large_share(axes, level: float, share: str, told: str) -> None:
    """Write what the curve ends at beside its end, large."""
    look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "weight": "bold"}
    look |= {"color": style.ACTIVE, "annotation_clip": False}
    level = max(level, 0.16)
    if axes.narrow and axes.guess.locked and axes.guess.value > level - 0.05:
        level = max(level - 0.2, 0.16)  # beside it stands "your guess"
    axes.main.annotate(
        share, (1, level), xytext=(9, -2), va="bottom", fontsize=12 if axes.narrow else 22, **look
    )
    axes.main.annotate(told, (1, level), xytext=(9, -3), va="top", fontsize=9 if axes.narrow else 11, **look)


def draw_shares(axes, shares: dict) -> None:
    """Write what each way of counting ends at beside its curve; ``shares`` is way to (level, words)."""
    least = 13.5 / axes.main.bbox.height * axes.figure.dpi / 100 * axes.main.get_ylim()[1]
    place = -1.0
    for way, (level, text) in sorted(shares.items(), key=lambda item: item[1][0]):
        place = max(level, place + least)
        write_beside(
            axes.main,
            text,
            (1, place),
            (4 if axes.narrow else 7, 0),
            xycoords=("axes fraction", "data"),
            weight="normal" if axes.narrow else "bold",
            color=WAY_LOOKS[way]["color"],
            fontsize=8.5 if axes.narrow else 9,
            annotation_clip=False,
        )


def draw_product(axes, text: str) -> None:
    """Write the product under the curve, smaller and in more lines the longer it is."""
    room = axes.width - (165 if axes.narrow else 250)
    size = min(10 if axes.narrow else 14, max(room / len(text), 8.5))
    write_beside(
        axes.main,
        fill(text.replace("= ", "=\u00a0").replace(" %", "\u00a0%"), int(room / size)),
        (0, 0),
        (5, 5),
        xycoords="axes fraction",
        weight="bold",
        fontsize=size,
        color=style.ACTIVE,
        zorder=4,
        va="baseline",
    )


# ---- a trial's curves


def add_curves_axes(axes, longest: float, rows: int, heading: str, about: str) -> None:
    """Add the axes of survival curves with room for the numbers at risk under them, and what trial it is."""
    above = 40 if axes.narrow else 24
    below = 56 if axes.narrow else 58 + 14 * rows
    main = axes.add("main", left=68 if axes.narrow else 134, right=20, top=above, bottom=below)
    times, shares = round_times(longest, 4 if axes.narrow else 5), np.linspace(0, 1, 5 if axes.narrow else 6)
    main.set(xlim=(0, longest or 1), ylim=(0, 1.02))
    main.set_xticks(times, [numbers.integer(time) for time in times])
    main.set_yticks(shares, [numbers.percent(share) for share in shares])
    main.tick_params(labelsize=9 if axes.narrow else 10, pad=2)
    main.set_ylabel(axes.words("alive"), fontsize=9.5, labelpad=2)
    if not axes.narrow:
        _under(axes, main.get_xlim()[1], 0, axes.words("days"), at_time=True, ha="right")
        _under(axes, -20, 0, heading, ha="right", weight="bold")
    axes.write(4, -4, about, fontsize=8.5, color=style.CONTROL, va="bottom")


def _under(axes, x, line: float, text: str, at_time: bool = False, **look) -> None:
    """Write in a line under the axis: at a time, or so many pixels beside the axis."""
    write_beside(
        axes.main,
        text,
        (x if at_time else 0, 0),
        (0 if at_time else x * POINT, -(27 + 14 * line) * POINT),
        xycoords=("data", "axes fraction"),
        va="center",
        fontsize=9,
        annotation_clip=False,
        **look,
    )


def draw_curves(axes, table, names: dict, at_risk: dict, bands: bool) -> None:
    """Draw the curves with their names above and, where there is room, the numbers at risk under them."""
    lines = []
    for row, (group, look) in enumerate(group_looks(names).items(), start=1):
        curve = table[table["group"] == group]
        lines += survival_steps(axes.main, curve["time"], curve["survival"], label=names[group], **look)
        if bands:
            confidence_band(axes.main, curve, look["color"])
        left = curve[curve["censored"] > 0]
        axes.main.plot(left["time"], left["survival"], "|", color=look["color"], markersize=6, mew=1)
        if not axes.narrow:
            _under(axes, -20, row, names[group], ha="right", color=look["color"])
            for time, count in at_risk[group].items():
                _under(axes, time, row, numbers.integer(count), at_time=True, ha="center")
    narrow = axes.narrow and len(lines) > 2
    left = -62 * pixel(axes) / axes.main.get_xlim()[1] if narrow else -0.1 if axes.narrow else -0.02
    axes.main.legend(
        handles=lines,
        loc="lower left",
        bbox_to_anchor=(left, 0.995),
        ncols=2 if narrow else len(lines),
        fontsize=8.5 if narrow else 9 if axes.narrow else 9.5,
        borderaxespad=0.1,
        handlelength=1.6 if axes.narrow else 2.4,
        columnspacing=0.9 if axes.narrow else 1.4,
        handletextpad=0.5,
        labelspacing=0.2,
    )


def draw_what_if(axes, times, shares, text: str) -> None:
    """Draw the first arm as it would be with another hazard: dotted, and named above."""
    survival_steps(axes.main, times, shares, color=style.HIGHLIGHT, linestyle=(0, (1, 1)), linewidth=2.5)
    write_beside(
        axes.main,
        text,
        (1, 1),
        (0, 16 if axes.narrow else 2),
        xycoords="axes fraction",
        ha="right",
        fontsize=9 if axes.narrow else 9.5,
        weight="bold",
        color=DARK,
    )


def draw_day(axes, day: float, shares: dict, followed: str) -> None:
    """Draw the line at the day of reading with a dot on each curve."""
    main = axes.main
    main.axvline(day, color=style.INK, linewidth=1.2, clip_on=False)
    main.plot(day, 0, "^", color=style.INK, markersize=9, clip_on=False, zorder=6)
    look = {"markersize": 9, "markeredgecolor": "white", "mew": 1, "clip_on": False, "zorder": 7}
    for group, colors in group_looks(shares).items():
        main.plot(day, shares[group], "o", color=colors["color"], **look)
    if axes.narrow:
        _under(axes, -60, 0.3, followed, ha="left")


def draw_dot(axes, day: float, share: float) -> None:
    """Mark the dotted curve on a day."""
    look = {"markersize": 9, "markeredgecolor": style.HIGHLIGHT, "mew": 3, "clip_on": False, "zorder": 7}
    axes.main.plot(day, share, "o", color="white", **look)


def draw_bracket(axes, day: float, ends) -> None:
    """Draw a bracket between two shares on a day."""
    (low, high), step = sorted(ends), side_of(axes, day) * pixel(axes)
    look = {"color": style.INK, "linewidth": 2.5, "clip_on": False, "zorder": 6, "solid_capstyle": "butt"}
    x = day + 11 * step
    axes.main.plot([x - 4 * step, x, x, x - 4 * step], [low, low, high, high], **look)


def draw_told(axes, day: float, share: float, text: str) -> None:
    """Write beside a day what there is to see, as near to a share as no curve is in the way."""
    side, size = side_of(axes, day), 9.5 if axes.narrow else 12.5
    lines = text.split("\n")
    width = max(map(len, lines)) * size * 1.02 * pixel(axes)
    height = len(lines) * size * 1.65 / (axes.main.bbox.height / axes.figure.dpi * 100) * 1.02
    start = day + 16 * side * pixel(axes)
    if side == 1:  # within the picture, if need be over the line
        start = min(start, axes.main.get_xlim()[1] + 18 * pixel(axes) - width)
    axes.main.text(
        start,
        clear_place(axes, sorted([start, start + side * width]), share, height),
        text,
        ha="left" if side == 1 else "right",
        va="center",
        weight="bold",
        fontsize=size,
        linespacing=1.1,
        color=style.INK,
        zorder=6,
        bbox=white_box(1, alpha=0.75),  # where curves are everywhere
    )


def side_of(axes, day: float) -> int:
    """Return 1 if there is more room to the right of a day, -1 to its left."""
    return 1 if day < 0.55 * axes.main.get_xlim()[1] else -1


def pixel(axes) -> float:
    """Return how many days a pixel is."""
    return axes.main.get_xlim()[1] / (axes.main.bbox.width / axes.figure.dpi * 100)


def clear_place(axes, span, near: float, height: float) -> float:
    """Return the height nearest to ``near`` at which a text of this height meets no curve between two days."""
    days = np.linspace(*span, 60)
    curves = [line.get_data() for line in axes.main.get_lines() if line.get_drawstyle() == "steps-post"]
    levels = [y[np.clip(np.searchsorted(x, days, side="right") - 1, 0, None)] for x, y in curves]
    here = [level[days <= x[-1]] for level, (x, _) in zip(levels, curves, strict=True)]
    met = np.concatenate(here) if here else np.empty(0)
    places = np.linspace(height / 2, 1.02 - height / 2, 80)
    clear = [place for place in places if not (np.abs(met - place) < height / 2 + 0.015).any()]
    return min(clear or places, key=lambda place: abs(place - near))


# ---- twenty people


RUN_IN, NOBODY, DARK_GREEN = style.SECOND, "#757575", "#00664b"
SHOWN_ARMS = (1, 0, -1)


def person_rows(arms) -> np.ndarray:
    """Return the height of each person's row, with a gap between the arms."""
    gaps = np.array([SHOWN_ARMS.index(arm) for arm in arms])
    return np.arange(len(arms)) + 1.1 * gaps


def add_plan_axes(axes, plan, people) -> None:
    """Add the axes of twenty people, days since randomisation from left to right."""
    start, end = -float(plan["run_in_max_days"]), float(plan["endpoint_day"])
    left = 68 if axes.narrow else 84
    main = axes.add("main", left=left, right=14, top=22 if axes.narrow else 26, bottom=44)
    rows = person_rows(people["arm"])
    main.set(xlim=(start - 8, end + 8), ylim=(rows.max() + 0.8, -1.6))
    days = [0, 320, end] if axes.narrow else [-100, 0, 100, 200, 300, 400, 500, end]
    main.set_xticks(days, [numbers.integer(day) for day in days])
    main.set_yticks([])
    main.spines["left"].set_visible(False)
    main.tick_params(labelsize=9.5, pad=2)
    if not axes.narrow:  # on a phone the badge needs the room
        main.set_xlabel(axes.words("days"), fontsize=9.5, labelpad=1, loc="left")
    for day, name, side in ((0, "randomised", "left"), (end, "endpoint", "right")):
        main.axvline(day, color=style.INK, linewidth=1, linestyle=(0, (3, 2)), zorder=1)
        place = {
            "xycoords": ("data", "axes fraction"),
            "textcoords": "offset points",
            "annotation_clip": False,
        }
        main.annotate(axes.words(name), (day, 1), xytext=(0, 3), ha=side, fontsize=9.5, **place)


def draw_people(axes, day: float, people) -> None:
    """Draw each person's days so far: pale before randomisation, in the arm's colour after it, and how they ended."""
    main, size = axes.main, 5.5 if axes.narrow else 7
    in_view = (people["enters"] <= np.minimum(day, people["ends"])).to_numpy()
    row, shown = person_rows(people["arm"])[in_view], people[in_view]
    enters, ends, ending = (shown[name].to_numpy() for name in ("enters", "ends", "ending"))
    now, ended = np.minimum(day, ends), day >= ends
    main.hlines(row, enters, np.minimum(now, 0), color=RUN_IN, linewidth=2, alpha=0.65)
    look = {"linestyle": "none", "markersize": size, "clip_on": False, "zorder": 5}
    died, left = ended & (ending == "died"), ended & (ending == "left")
    main.plot(now[died], row[died], **look, **DEATH)
    main.plot(now[left], row[left], ">", color=NOBODY, **look)
    for arm, after in ((1, style.ACTIVE), (0, style.CONTROL), (-1, NOBODY)):
        color, in_arm = after if day >= 0 else RUN_IN, (shown["arm"] == arm).to_numpy()
        randomised, going = in_arm & (now > 0), in_arm & ~ended
        main.hlines(row[randomised], 0, now[randomised], color=color, linewidth=2.2)
        main.plot(now[going], row[going], "o", color=color, **look)
        last = in_arm & ended & ~died & ~left
        main.plot(now[last], row[last], **look, **{**LAST_SEEN, "color": color, "mew": 1.7})


def draw_arm_names(axes, day: float, people, counts: dict) -> None:
    """Write beside the rows what they are on this day; ``counts`` is arm to words."""
    rows = person_rows(people["arm"])
    colors = {1: style.ACTIVE, 0: style.CONTROL, -1: NOBODY}
    if day < 0:
        groups = [(rows.mean(), axes.words("all"), DARK_GREEN)]
    else:
        groups = [(rows[people["arm"] == arm].mean(), text, colors[arm]) for arm, text in counts.items()]
    for row, text, color in groups:
        write_beside(
            axes.main,
            text,
            (0, row),
            (-4, 0),
            xycoords=("axes fraction", "data"),
            fontsize=9 if axes.narrow else 10.5,
            weight="bold",
            linespacing=1.15,
            color=color,
            annotation_clip=False,
        )


def draw_injections(axes, day: float, plan) -> None:
    """Tick the injections given so far above the rows."""
    starts = np.arange(0, plan["treatment_days"], plan["cycle_days"])
    given = [(start, min(plan["days_on"], day - start)) for start in starts if start < day]
    axes.main.broken_barh(given, (-1.35, 0.75), color=style.THIRD)
    write_beside(
        axes.main,
        axes.words("injections"),
        (0, -1),
        (-4, 0),
        xycoords=("axes fraction", "data"),
        fontsize=8.5 if axes.narrow else 9.5,
        color="#8f3a6d",
        annotation_clip=False,
    )


def draw_today(axes, day: float) -> None:
    """Draw the line of the day, with the triangle that is dragged."""
    main = axes.main
    main.axvline(day, color=style.INK, linewidth=1.4, zorder=4)
    main.plot(
        day,
        0,
        "^",
        color=style.INK,
        markersize=9,
        clip_on=False,
        zorder=6,
        transform=main.get_xaxis_transform(),
    )


# ---- how many trials find an effect


DEATHS_SHOWN = (10, 1000)
RATIOS_SHOWN = (0.2, 5.0)
KIND_LOOKS = {"in_favour": style.ACTIVE, "against": style.HIGHLIGHT, "neither": "#c9c9c9"}


def add_power_axes(axes, target: float) -> None:
    """Add the axes of power against deaths, and of the hazard ratios that trials find."""
    narrow = axes.narrow
    top, bottom, size = (58, 52, 9) if narrow else (52, 54, 9.5)
    split = axes.width * (0.42 if narrow else 0.46)
    curve = axes.add("curve", left=34 if narrow else 46, right=axes.width - split, top=top, bottom=bottom)
    curve.set_xscale("log")
    curve.set(xlim=DEATHS_SHOWN, ylim=(0, 100))
    shown = (10, 100) if narrow else (10, 20, 50, 100, 200, 500, 1000)
    curve.set_xticks(shown, [numbers.integer(deaths) for deaths in shown])
    curve.minorticks_off()
    curve.set_yticks([0, 20, 40, 60, 80, 100])
    curve.axhline(100 * target, color=style.PALE, linewidth=1, linestyle=(0, (4, 3)))
    curve.set_xlabel(axes.fitting("deaths"), fontsize=size, labelpad=1, loc="left")
    trials = axes.add("trials", left=split + (22 if narrow else 36), right=14, top=top, bottom=bottom)
    trials.set_xscale("log")
    trials.set(xlim=RATIOS_SHOWN, ylim=(0, 1.05))
    trials.set_yticks([])
    trials.spines["left"].set_visible(False)
    plain_ratio_ticks(trials.xaxis, *RATIOS_SHOWN)
    trials.set_xlabel(axes.fitting("ratios"), fontsize=size, labelpad=1, loc="left")
    for each in (curve, trials):
        each.tick_params(labelsize=9 if narrow else 9.5, pad=2)


def draw_power_curve(axes, deaths, chances, met) -> None:
    """Draw the formula's curve, and what the simulation met: (deaths, of 100, margin)."""
    curve, (x, share, margin) = axes.curve, met
    curve.plot(deaths, chances, color=style.ACTIVE, linewidth=2.2)
    x = np.clip(x, *DEATHS_SHOWN)
    curve.plot([x, x], [max(share - margin, 0), min(share + margin, 100)], color=style.INK, linewidth=2)
    curve.plot(
        x, share, "o", color="white", markeredgecolor=style.INK, mew=2, markersize=9, clip_on=False, zorder=5
    )


def ratio_as_set(ratio: float) -> str:
    """Write a hazard ratio that a slider was set to, in its steps of 0.005."""
    return numbers.fixed(ratio, 2 if abs(round(ratio, 2) - ratio) < 0.001 else 3)


def draw_found_ratios(axes, ratios: dict, truth: float, hidden: bool) -> None:
    """Heap up the trials' hazard ratios, coloured by what their test said; the truth is a line."""
    edges = np.geomspace(*RATIOS_SHOWN, 31)
    counts = {kind: np.histogram(found, edges)[0] for kind, found in ratios.items()}
    tallest, below = max(sum(counts.values()).max(), 1), np.zeros(len(edges) - 1)
    for kind, count in counts.items():
        color = KIND_LOOKS["neither" if hidden else kind]
        above = below + count / tallest
        # `Axes.stairs` looks for the limits, which the frame has set: half of the drawing.
        heap = StepPatch(above, edges, baseline=below, facecolor=color, linewidth=0)
        axes.trials.add_artist(heap)
        below = above
    axes.trials.axvline(np.clip(truth, *RATIOS_SHOWN), color=style.INK, linewidth=2)
    right = truth < 0.7
    write_beside(
        axes.trials,
        axes.words("truth", hr=ratio_as_set(truth)),
        (np.clip(truth, *RATIOS_SHOWN), 1),
        (4 if right else -4, 2),
        xycoords=("data", "axes fraction"),
        fontsize=8.5 if axes.narrow else 9.5,
    )


def draw_counts(axes, small_p: float) -> None:
    """Write above the curve in how many of 100 trials p is small."""
    size = 11 if axes.narrow else 14
    look = {"va": "top", "weight": "bold", "fontsize": size, "color": style.ACTIVE}
    axes.write(8, 5, axes.words("small_p", found=small_p), linespacing=1.05, **look)


def draw_kinds(axes) -> None:
    """Write above the heap what its colours mean."""
    shown = [kind for kind in KIND_LOOKS if not (axes.narrow and kind == "neither")]
    axes.trials.legend(
        handles=[Patch(color=KIND_LOOKS[kind], label=axes.words(kind)) for kind in shown],
        loc="upper right",
        bbox_to_anchor=(1 - 6 / axes.width, 1 - 4 / axes.height),
        bbox_transform=axes.figure.transFigure,
        ncols=1 if axes.narrow else 3,
        fontsize=8.5 if axes.narrow else 9,
        handlelength=1,
        handletextpad=0.5,
        columnspacing=1,
        labelspacing=0.15,
        borderaxespad=0,
    )
