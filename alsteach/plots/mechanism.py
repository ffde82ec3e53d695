"""Pictures of notebook 02: who hears IL-2, what a course of it does, and the synthetic courses."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import axes_or_new, need

TREG_LOOK = {"color": style.ACTIVE, "linestyle": "-", "linewidth": 2.4}
EFFECTOR_LOOK = {"color": style.HIGHLIGHT, "linestyle": (0, (5, 2)), "linewidth": 2.4}
COMPARED_LOOK = {"color": style.CONTROL, "linestyle": (0, (1, 1.2)), "linewidth": 1.6}
COURSE_ROWS = {
    "il2_pmol_l": ("IL-2 in blood, peak of each day (pmol/L)", (0.1, 2000)),
    "treg_percent": ("Treg (% of CD4+ cells)", (0, 45)),
    "teff_percent_of_baseline": ("Effector cells (% of baseline)", (80, 220)),
    "ccl2_percent_of_baseline": ("CCL2 in blood (% of baseline)", (60, 160)),
}
DOSE_LOOKS = {
    0: {"color": style.CONTROL, "tint": "#cfcfcf", "linestyle": (0, (5, 2)), "marker": "o"},
    1: {"color": style.SECOND, "tint": "#b3e2d5", "linestyle": (0, (5, 1, 1, 1)), "marker": "s"},
    2: {"color": style.ACTIVE, "tint": "#b3d4e8", "linestyle": "-", "marker": "^"},
}
MEASURES = {
    "treg_percent": "Treg (% of CD4+ cells)",
    "teff_percent_of_baseline": "Effector cells (% of baseline)",
    "ccl2_percent_of_baseline": "CCL2 in blood (% of baseline)",
}


def occupancy_frame(figure, limits):
    """Draw the axes of the receptor picture: occupancy above, the day after an injection below.

    Returns
    -------
    (Axes, Axes)
    """
    upper, lower = figure.subplots(2, 1, height_ratios=[2.6, 1], sharex=True)
    figure.subplots_adjust(left=0.105, right=0.965, top=0.925, bottom=0.135, hspace=0.1)
    upper.set_xscale("log")
    upper.set(xlim=limits, ylim=(0, 103), ylabel="Receptors occupied (%)")
    lower.set(ylim=(24, 0), yticks=[0, 12, 24], ylabel="Hours after\nthe injection")
    lower.set_xlabel("IL-2 in blood (pmol/L), each step tenfold")
    ticks = [
        10.0**k for k in range(int(np.ceil(np.log10(limits[0]))), int(np.floor(np.log10(limits[1]))) + 1)
    ]
    lower.set_xticks(ticks, [f"{tick:,g}" for tick in ticks])
    lower.xaxis.set_minor_locator(_no_ticks())
    return upper, lower


def occupancy_curves(upper, lower, table, window) -> None:
    """Draw both receptors' curves, and the window between them on both axes."""
    for column, name, look in (
        ("trimeric_occupied_percent", "trimeric: Treg", TREG_LOOK),
        ("dimeric_occupied_percent", "dimeric: effector T, most NK", EFFECTOR_LOOK),
    ):
        upper.plot(table["il2_pmol_l"], table[column], label=name, **look)
    if window is not None:
        for ax in (upper, lower):
            ax.axvspan(*window, color=style.PALE, alpha=0.45, linewidth=0)
        middle = float(np.sqrt(window[0] * window[1]))
        upper.text(middle, 97, "window", ha="center", va="top", fontsize=9.5)
    upper.legend(loc="upper left", fontsize=10, handlelength=3)


def occupancy_marks(upper, lower, day, peak) -> None:
    """Mark the peak after a dose on both curves, and how IL-2 rises and falls during the day."""
    shown = day["il2_pmol_l"].clip(lower=upper.get_xlim()[0])
    lower.plot(shown, 24 * day["time_days"], color=style.INK, linewidth=2)
    if peak["il2_pmol_l"] < upper.get_xlim()[0]:
        return
    for ax in (upper, lower):
        ax.axvline(peak["il2_pmol_l"], color=style.INK, linewidth=1.2, linestyle=(0, (2, 2)))
    upper.plot(peak["il2_pmol_l"], peak["trimeric_occupied_percent"], "o", color=style.ACTIVE, markersize=10)
    upper.plot(peak["il2_pmol_l"], peak["dimeric_occupied_percent"], "s", color=style.HIGHLIGHT, markersize=9)


def course_frame(figure, last_day: float) -> dict:
    """Draw the four axes of a course of IL-2; return them by column."""
    axes = dict(zip(COURSE_ROWS, figure.subplots(2, 2, sharex=True).ravel(), strict=True))
    figure.subplots_adjust(left=0.07, right=0.975, top=0.935, bottom=0.155, hspace=0.26, wspace=0.17)
    for column, ax in axes.items():
        title, limits = COURSE_ROWS[column]
        ax.set(xlim=(0, last_day), ylim=limits, title=title)
        if column == "il2_pmol_l":
            ax.set_yscale("log")
            ax.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
            ax.yaxis.set_minor_locator(_no_ticks())
        if "baseline" in column:
            ax.axhline(100, color=style.PALE, linewidth=1)
        if column in ("teff_percent_of_baseline", "ccl2_percent_of_baseline"):
            ax.set_xlabel("Days since the first injection")
    step = 28 * max(1, round(last_day / 28 / 6))
    ax.set_xticks(np.arange(0, last_day + 1, step))
    return axes


def course_lines(axes: dict, course, look=None) -> list:
    """Draw a course on the axes of `course_frame` and return what was drawn.

    Of IL-2, which comes and goes within a day, only each day's peak is drawn. Where a line leaves its axis, an arrow at
    the edge says so.
    """
    look = look or TREG_LOOK
    times, drawn = course["time_days"].to_numpy(), []
    thinned = slice(None, None, max(1, len(times) // 1500))
    for column, ax in axes.items():
        low, high = ax.get_ylim()
        values = course[column].to_numpy()
        if column == "il2_pmol_l":
            days = np.flatnonzero(np.diff(np.floor(times), prepend=-1) > 0)
            peaks = np.maximum.reduceat(values, days)
            days, peaks = times[days][peaks > low], peaks[peaks > low]
            stems = np.column_stack([np.full(len(peaks), low), peaks, np.full(len(peaks), np.nan)]).ravel()
            drawn += ax.plot(np.repeat(days, 3), stems, color=look["color"], linewidth=1.2)
            drawn += ax.plot(
                days, peaks, "." if look is TREG_LOOK else "_", color=look["color"], markersize=5
            )
            continue
        drawn += ax.plot(times[thinned], np.clip(values, low, high)[thinned], **look)
        if values.max() > high:
            drawn += ax.plot(times[values.argmax()], high, "^", color=style.INK, markersize=9, clip_on=False)
    return drawn


def course_target(ax, day: float, mean: float, sd: float) -> None:
    """Mark a published mean and its standard deviation."""
    look = {"color": style.INK, "markerfacecolor": "white", "markersize": 7, "capsize": 4, "zorder": 5}
    ax.errorbar(day, mean, yerr=sd, fmt="s", **look)


def plot_treg_course(df, value="treg_percent", people=True, ax=None):
    """Draw the synthetic courses of IL-2: each person thin, each arm's mean thick.

    Parameters
    ----------
    df : DataFrame
        From `load_treg_course`.
    value : {"treg_percent", "teff_percent_of_baseline", "ccl2_percent_of_baseline"}
    people : bool or str
        Draw the single people too: all, none, or those of one arm.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_treg_course(al.load_treg_course())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['placebo', 'IL-2 1 MIU', 'IL-2 2 MIU']
    """
    need(df, ["patient_id", "arm", "dose_miu", "time_days", value], "al.load_treg_course()")
    ax = axes_or_new(ax)
    treg_course_frame(ax, df, value)
    treg_course_lines(ax, df, value, people)
    return ax


def treg_course_frame(ax, df, value) -> None:
    """Draw the axes of `plot_treg_course`, and when injections were given."""
    last = df["time_days"].max()
    ax.set(xlim=(-2, last + 2), ylim=_limits(df[value]), ylabel=MEASURES.get(value, value))
    ax.set(xlabel="Days since the first injection", xticks=np.arange(0, last + 1, 7))
    for start in sorted(df.loc[df["visit"] == "before", "time_days"].unique()):
        ax.axvspan(start, start + 4, color=style.PALE, alpha=0.45, linewidth=0)
    if "baseline" in value:
        ax.axhline(100, color=style.PALE, linewidth=1)
    for dose, arm in df.groupby("dose_miu")["arm"].first().items():
        ax.plot([], [], label=arm, markersize=8, linewidth=2.6, **_thick(dose))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2, handlelength=3.4)


def treg_course_lines(ax, df, value, people=True) -> None:
    """Draw people and arm means on the axes of `treg_course_frame`."""
    from matplotlib.collections import LineCollection

    for dose, arm in df.groupby("dose_miu"):
        if people is True or people == arm["arm"].iloc[0]:
            lines = [one[["time_days", value]].to_numpy() for _, one in arm.groupby("patient_id")]
            tint = DOSE_LOOKS[int(dose)]["tint"]
            ax.add_collection(LineCollection(lines, color=tint, linewidth=0.6, antialiaseds=False))
        mean = arm.groupby("time_days")[value].mean()
        ax.plot(mean.index, mean, markersize=8, linewidth=2.6, zorder=4, **_thick(dose))


def _thick(dose):
    return {key: DOSE_LOOKS[int(dose)][key] for key in ("color", "linestyle", "marker")}


def _limits(values):
    low, high = values.min(), values.max()
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def _no_ticks():
    from matplotlib.ticker import NullLocator

    return NullLocator()
