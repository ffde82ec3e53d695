"""Hazard ratio along a biomarker under several shapes, with published subgroup figures and the patients below."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import hr_axis

SHAPE_LOOKS = {
    "linear": {"color": style.ACTIVE, "linestyle": "-"},
    "log": {"color": style.SECOND, "linestyle": (0, (5, 1, 1, 1))},
    "spline": {"color": style.THIRD, "linestyle": (0, (7, 2))},
}
SHADE = "#e6e6e6"
BAR_LOOKS = ("-", "-", (0, (1, 1)))
RIGHT = 0.655  # where the column of words beside the curves begins


def hr_curve_frame(figure, values, arms, axis_text, span, limits, inside, logarithmic=False):
    """Draw the still part: axes, the line at 1, the patients' histogram, and shade where hardly any patient is.

    Parameters
    ----------
    figure : matplotlib Figure
    values, arms : array
        Biomarker and treatment (0/1) of the patients.
    axis_text : str
    span, limits : (float, float)
        Ends of the biomarker axis and of the hazard-ratio axis.
    inside : (float, float)
        Outside these the axes are shaded as extrapolation.
    logarithmic : bool
        Of the biomarker axis.

    Returns
    -------
    (matplotlib Axes, matplotlib Axes)
        For the curve, and for the patients.
    """
    upper, lower = figure.subplots(2, 1, height_ratios=[3.6, 1], sharex=True)
    figure.subplots_adjust(left=0.085, right=RIGHT - 0.025, top=0.925, bottom=0.125, hspace=0.1)
    if logarithmic:
        upper.set_xscale("log")
    hr_axis(upper, limits)
    upper.set_title(f"Treatment effect along {axis_text}")
    upper.axhline(1, color=style.INK, linewidth=1)
    bins = np.geomspace(*span, 33) if logarithmic else np.linspace(*span, 33)
    counts, _, _ = lower.hist(
        [values[arms == 0], values[arms == 1]],
        bins=bins,
        stacked=True,
        color=[style.PALE, style.ACTIVE],
        label=["control", "active arm"],
        alpha=0.8,
    )
    lower.set(xlim=span, xlabel=axis_text, ylabel="Patients", ylim=(0, counts.max() * 1.35))
    lower.legend(loc="upper right", ncols=1, fontsize=9, borderaxespad=0, labelspacing=0.2)
    lower.label_outer()
    _plain_ticks(lower.xaxis, span, logarithmic)
    for ends in ((span[0], inside[0]), (inside[1], span[1])):
        if ends[0] < ends[1]:
            for ax in (upper, lower):
                ax.axvspan(*ends, facecolor=SHADE, linewidth=0, zorder=0)
    return upper, lower


def _plain_ticks(axis, span, logarithmic) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    if logarithmic:
        ticks = np.outer(10.0 ** np.arange(-6, 10), [1, 2, 5]).ravel()
        axis.set_major_locator(FixedLocator(ticks[(ticks >= span[0]) & (ticks <= span[1])]))
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def shape_curves(ax, curves, band=True) -> None:
    """Draw curves ``{shape: table of value, hr, ci_low, ci_high}``, with the 95 % band if it is one alone."""
    low, high = ax.get_ylim()
    for shape, curve in curves.items():
        if band:
            ends = np.clip([curve["ci_low"], curve["ci_high"]], low / 2, high * 2)
            ax.fill_between(curve["value"], *ends, color=SHAPE_LOOKS[shape]["color"], alpha=0.15, linewidth=0)
        ax.plot(curve["value"], np.clip(curve["hr"], low / 2, high * 2), **SHAPE_LOOKS[shape])


def subgroup_bars(ax, bars) -> None:
    """Draw published hazard ratios of subgroups: a bar over each group's range, a box where an interval is published.

    ``bars`` is a list of dicts with ``from, to`` (either may be None: open), ``hr, ci_low, ci_high``.
    """
    from matplotlib.patches import Rectangle

    left, right = ax.get_xlim()
    for bar, dashes in zip(bars, BAR_LOOKS, strict=False):
        ends = [left if bar["from"] is None else bar["from"], right if bar["to"] is None else bar["to"]]
        if not np.isnan(bar["ci_low"]):
            box = Rectangle(
                (ends[0], bar["ci_low"]), ends[1] - ends[0], bar["ci_high"] - bar["ci_low"], zorder=1.5
            )
            box.set(facecolor="none", edgecolor=style.CONTROL, linewidth=1.2)
            ax.add_patch(box)
        ax.plot(ends, [bar["hr"]] * 2, color=style.INK, linewidth=3, linestyle=dashes, solid_capstyle="butt")


def bar_legend(ax, bars, shaded: str) -> None:
    """Say in the column beside the curves what the shade and, if shown, the published bars are."""
    place = {"transform": ax.figure.transFigure, "clip_on": False}
    rows = [
        (bar["label"], {"color": style.INK, "linewidth": 3, "linestyle": dashes})
        for bar, dashes in zip(bars, BAR_LOOKS, strict=False)
    ]
    for j, (label, look) in enumerate(
        [(shaded, {"color": SHADE, "linewidth": 12, "solid_capstyle": "butt"}), *rows]
    ):
        y = 0.34 - 0.083 * j
        ax.plot([RIGHT, RIGHT + 0.036], [y, y], **place, **look)
        ax.text(RIGHT + 0.045, y, label, va="center", fontsize=9, **place)


def shape_table(ax, rows, chosen, top=0.88) -> None:
    """Write AIC and p-values of each shape beside the curves.

    ``rows`` is a list of ``(shape, name, aic, p of the interaction)`` as texts; the chosen shapes are in bold.
    """
    figure = ax.figure
    place = {"transform": figure.transFigure, "fontsize": 9.5, "va": "center"}
    columns = (RIGHT + 0.045, RIGHT + 0.245, RIGHT + 0.335)
    for x, text, ha in zip(columns, ("model", "AIC", "p*"), ("left", "right", "right"), strict=True):
        ax.text(x, top, text, ha=ha, color=style.CONTROL, **place)
    for j, (shape, name, aic, p) in enumerate(rows, start=1):
        y = top - 0.052 * j
        weight = "bold" if shape in chosen else "normal"
        ax.plot(
            [RIGHT, RIGHT + 0.036], [y, y], transform=figure.transFigure, clip_on=False, **SHAPE_LOOKS[shape]
        )
        for x, text, ha in zip(columns, (name, aic, p), ("left", "right", "right"), strict=True):
            ax.text(x, y, text, ha=ha, fontweight=weight, **place)
    place["fontsize"] = 9
    ax.text(
        columns[-1],
        top - 0.052 * (len(rows) + 1),
        "* for interaction;  ▲ knots of the spline" if "spline" in chosen else "* for interaction",
        ha="right",
        color=style.CONTROL,
        **place,
    )


def reading(upper, lower, reference, said, effects, left=None) -> None:
    """Mark where the effect is read, and write what is read beside the curves.

    ``said`` is the reference in words, ``effects`` is ``{shape: row of hr, ci_low, ci_high}``; ``left`` is the end of a
    logarithmic axis: a reading further down is drawn there as an arrow.
    """
    low, high = upper.get_ylim()
    beyond = left is not None and reference < left
    at = left if beyond else reference
    for ax in (upper, lower):
        ax.axvline(at, color=style.HIGHLIGHT, linewidth=1.5, linestyle=(0, (1, 1)) if beyond else "-")
    text = [f"read at {said}:"]
    for shape, row in effects.items():
        if len(effects) == 1:
            ends = np.clip([row.ci_low, row.ci_high], low, high)
            upper.plot([at, at], ends, color=style.HIGHLIGHT, linewidth=3)
        marker = "<" if beyond else "D"
        upper.plot(at, np.clip(row.hr, low, high), marker, color=style.HIGHLIGHT, markersize=8, clip_on=False)
        text.append(f"{WORDS[shape]} {style.number_text(row.hr)} ({_interval(row)})")
    upper.text(
        RIGHT,
        0.6,
        "\n".join(text),
        transform=upper.figure.transFigure,
        va="top",
        fontsize=10,
        linespacing=1.5,
        bbox={"facecolor": "white", "edgecolor": style.HIGHLIGHT, "pad": 4},
    )


WORDS = {"linear": "line", "log": "log", "spline": "spline"}


def _interval(row) -> str:
    return f"{style.number_text(row.ci_low)}–{style.number_text(row.ci_high)}"
