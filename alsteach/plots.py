"""Pictures of numbers already computed: each ``plot_*(…, ax=None)`` draws on an Axes and returns it."""

from __future__ import annotations

import numpy as np

from . import style
from .frames import TrialDataError


def _axes(ax, width: float = 7.6, height: float = 4.3):
    if ax is not None:
        return ax
    import matplotlib

    with matplotlib.rc_context(style.FIGURE):
        return style.new_figure(width, height).add_subplot()


def _need(table, columns, maker: str) -> None:
    missing = [c for c in columns if c not in getattr(table, "columns", ())]
    if missing:
        raise TrialDataError(f"This picture needs the column {missing[0]!r}: pass what {maker} returns.")


def label_data(figure, text: str) -> None:
    """Write where the data come from into the corner of a figure; synthetic data are never shown without it."""
    if text:
        figure.text(
            0.995, 0.008, text, ha="right", va="bottom", fontsize=9, style="italic", color=style.HIGHLIGHT
        )


def plot_km(curves, labels=None, times=None, interval=True, ax=None, time_unit="days"):
    """Draw Kaplan-Meier curves with the numbers at risk under the axis.

    Parameters
    ----------
    curves : DataFrame
        From `kaplan_meier`.
    labels : dict, optional
        Group to the words in the legend; by default 0 is "control" and 1 is "active" where those are the groups.
    times : sequence of float, optional
        Where the numbers at risk are written (default: six round times).
    interval : bool
        Draw the 95 % log-log confidence bands.
    ax : matplotlib Axes, optional
    time_unit : str

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_km(al.kaplan_meier(al.load_veteran(), by="treated"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['control', 'active']
    """
    from .survival import survival_at

    _need(curves, ["group", "time", "at_risk", "survival"], "al.kaplan_meier(df, by='treated')")
    ax = _axes(ax)
    groups = list(dict.fromkeys(curves["group"]))
    if labels is None:
        labels = {0: "control", 1: "active"} if set(groups) <= {0, 1} else {}
    longest = curves["time"].max()
    if times is None:
        from matplotlib.ticker import MaxNLocator

        times = [t for t in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, longest) if 0 <= t <= longest]
    at_risk = survival_at(curves, times)
    for number, group in enumerate(groups):
        curve = curves[curves["group"] == group]
        look = style.ARM_STYLE.get(group, style.GROUP_STYLES[number % len(style.GROUP_STYLES)])
        name = str(labels.get(group, group))
        ax.step(curve["time"], curve["survival"], where="post", label=name, **look)
        if interval:
            band = curve.dropna(subset=["ci_low"])
            ax.fill_between(
                band["time"],
                band["ci_low"],
                band["ci_high"],
                step="post",
                color=look["color"],
                alpha=0.13,
                linewidth=0,
            )
        lost = curve[(curve["censored"] > 0) & (curve["time"] < longest)]
        ax.plot(lost["time"], lost["survival"], "|", color=look["color"], markersize=7)
        row = at_risk[at_risk["group"] == group]
        height = -0.27 - 0.085 * number
        transform = ax.get_xaxis_transform()
        ax.text(
            -0.015,
            height,
            name,
            transform=ax.transAxes,
            ha="right",
            va="center",
            color=look["color"],
            fontsize=9.5,
        )
        for t, count in zip(row["time"], row["at_risk"], strict=True):
            ax.text(t, height, str(count), transform=transform, ha="center", va="center", fontsize=9.5)
    ax.text(
        -0.015,
        -0.185,
        "At risk",
        transform=ax.transAxes,
        ha="right",
        va="center",
        fontsize=9.5,
        weight="bold",
    )
    ax.set(xlim=(0, longest), ylim=(0, 1.02), xlabel=f"Time ({time_unit})", ylabel="Share still alive")
    ax.set_xticks(list(times))
    ax.legend(loc="upper right")
    return ax


def plot_crude_vs_adjusted(table, labels=None, published=None, limits=None, ax=None):
    """Draw the treatment's hazard ratio from several analyses of one trial, one under the other.

    Parameters
    ----------
    table : DataFrame
        From `compare_models`: an analysis a row with ``hr, ci_low, ci_high, p``.
    labels : dict, optional
        Row name to the words beside it.
    published : DataFrame, optional
        Same columns and row names: printed figures, drawn as open squares under ours.
    limits : (float, float), optional
        Range of the hazard-ratio axis.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_crude_vs_adjusted(al.compare_models(al.load_veteran(), covariates=["karno"]))
    >>> ax.get_xscale()
    'log'
    """
    _need(table, ["hr", "ci_low", "ci_high", "p"], "al.compare_models(df, …)")
    ax = _axes(ax)
    low, high = limits or (min(0.1, table["ci_low"].min() * 0.8), max(4, table["ci_high"].max() * 1.25))
    forest_frame(ax, list(table.index), labels, (low, high))
    forest_rows(ax, table, published)
    return ax


def forest_frame(ax, names, labels, limits) -> None:
    """Draw the still part of a forest plot: a line at 1, the hazard-ratio axis and a name a row."""
    labels = labels or {}
    ax.axvline(1, color=style.INK, linewidth=1)
    ax.set_xscale("log")
    ax.set(
        xlim=limits,
        ylim=(len(names) - 0.4, -0.6),
        xlabel="Hazard ratio (left of 1: fewer deaths on treatment)",
    )
    _plain_ratio_ticks(ax.xaxis, *limits)
    ax.set_yticks(range(len(names)), [str(labels.get(name, str(name).replace("_", " "))) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def forest_rows(ax, table, published=None) -> None:
    """Draw the hazard ratios of a forest plot on the frame of `forest_frame`, a row of ``table`` a line."""
    low, high = ax.get_xlim()
    for position, (name, row) in enumerate(table.iterrows()):
        _interval(ax, row, position, style.ACTIVE, "o", style.ACTIVE, low, high)
        text = (
            f"{style.number_text(row.hr)} ({style.number_text(row.ci_low)}–{style.number_text(row.ci_high)})"
        )
        ax.text(
            1.03, position, f"{text}\n{style.p_text(row.p)}", transform=ax.get_yaxis_transform(), va="center"
        )
        if published is not None and name in published.index:
            _interval(ax, published.loc[name], position + 0.3, style.CONTROL, "s", "white", low, high)


def _interval(ax, row, position, color, marker, face, low, high):
    ends = np.clip([row.ci_low, row.ci_high], low, high)
    ax.plot(ends, [position, position], color=color, linewidth=2, solid_capstyle="butt")
    if low <= row.hr <= high:
        ax.plot(row.hr, position, marker, color=color, markerfacecolor=face, markersize=8)
    for end, at, arrow in ((row.ci_low < low, low, "<"), (row.ci_high > high, high, ">")):
        if end:
            ax.plot(at, position, arrow, color=color, markersize=8, clip_on=False)


def _plain_ratio_ticks(axis, low: float, high: float) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([f"{t:g}" for t in ticks]))
    axis.set_minor_locator(NullLocator())


def hr_axis(ax, limits) -> None:
    """Make the vertical axis one of hazard ratios: logarithmic, with plain numbers at its ticks."""
    ax.set_yscale("log")
    ax.set(ylim=limits, ylabel="Hazard ratio")
    _plain_ratio_ticks(ax.yaxis, *limits)


def plot_hr_by_biomarker(curve, values=None, reference=None, unit="", limits=None, ax=None):
    """Draw the treatment's hazard ratio along a biomarker, and where the patients are.

    Parameters
    ----------
    curve : DataFrame
        From ``fit.at(grid)``: ``value, hr, ci_low, ci_high``.
    values : sequence of float, optional
        The patients' biomarker values: a tick each along the bottom, and outside their range the curve is dotted
        because nobody is there.
    reference : float, optional
        A value to mark.
    unit : str
        Label of the biomarker axis.
    limits : (float, float), optional
        Range of the hazard-ratio axis.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> df = al.load_veteran()
    >>> fit = al.fit_cox(df, covariates=["age_years"], interaction="karno")
    >>> al.plot_hr_by_biomarker(fit.at(range(0, 101, 10)), df["karno"], unit="Karnofsky score").get_xlabel()
    'Karnofsky score'
    """
    _need(curve, ["value", "hr", "ci_low", "ci_high"], "fit.at([...])")
    ax = _axes(ax)
    low, high = limits or (max(0.02, curve["ci_low"].min() * 0.8), min(50, curve["ci_high"].max() * 1.25))
    ax.axhline(1, color=style.INK, linewidth=1)
    ax.fill_between(
        curve["value"], curve["ci_low"], curve["ci_high"], color=style.ACTIVE, alpha=0.15, linewidth=0
    )
    inside = np.ones(len(curve), dtype=bool)
    if values is not None:
        values = np.asarray(values, dtype=float)
        values = values[~np.isnan(values)]
        inside = ((curve["value"] >= values.min()) & (curve["value"] <= values.max())).to_numpy()
        ax.plot(
            values,
            np.full(len(values), 0.02),
            "|",
            transform=ax.get_xaxis_transform(),
            color=style.INK,
            alpha=0.5,
        )
    ax.plot(curve["value"], curve["hr"], color=style.ACTIVE, linestyle=":")
    ax.plot(curve["value"].where(inside), curve["hr"], color=style.ACTIVE)
    if reference is not None:
        at = np.interp(reference, curve["value"], np.log(curve["hr"]))
        ax.plot(reference, np.exp(at), "D", color=style.HIGHLIGHT, markersize=9)
    hr_axis(ax, (low, high))
    ax.set(xlim=(curve["value"].min(), curve["value"].max()), xlabel=unit)
    return ax
