"""Balance of the arms, what a tick moves, and whether hazards stay proportional."""

from __future__ import annotations

import numpy as np

from .. import style
from ..proportional_hazards import smooth_curve
from .frame import axes_or_new, need, plain_ratio_ticks

SMALL = 9.5


def term_words(term: str) -> str:
    """Write a term of a model in words: ``onset_site=bulbar`` is "site of onset: bulbar"."""
    covariate, _, level = str(term).partition("=")
    return f"{style.words(covariate)}: {level}" if level else style.words(covariate)


def rows_axis(ax, names, labels=True) -> None:
    """Make the vertical axis a list of terms, the first on top."""
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), [term_words(name) for name in names] if labels else [])
    ax.tick_params(axis="both", length=0, labelsize=SMALL)
    ax.spines["left"].set_visible(False)
    for row in range(len(names)):
        ax.axhline(row, color=style.PALE, linewidth=0.5, zorder=0)


def plot_balance(table, adjusted=(), limit=None, ax=None):
    """Draw how far the arms differ at the start, a covariate a row.

    Parameters
    ----------
    table : DataFrame
        From `standardised_differences`.
    adjusted : sequence of str
        Covariates in the model: filled dots; the others are open.
    limit : float, optional
        Ends of the axis, in standard deviations.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_balance(al.standardised_differences(al.load_veteran(), ["karno", "age_years", "celltype"]))
    >>> [label.get_text() for label in ax.get_yticklabels()][:3]
    ['Karnofsky score', 'age', 'cell type: squamous']
    """
    need(table, ["covariate", "smd", "chance"], "al.standardised_differences(df, covariates)")
    if ax is None:
        ax = axes_or_new(None)
        ax.figure.subplots_adjust(left=0.28, right=0.96)
    largest = max(table["smd"].abs().max(), table["chance"].max())
    limit = limit or max(0.5, 1.15 * largest)
    balance_frame(ax, table.index, limit)
    balance_marks(ax, table, adjusted)
    return ax


def balance_frame(ax, names, limit) -> None:
    """Draw the still part of a balance plot."""
    rows_axis(ax, names)
    ax.axvline(0, color=style.INK, linewidth=1)
    ax.set(xlim=(-limit, limit), xlabel="Active arm − control (SD)")
    ax.xaxis.label.set_fontsize(SMALL)
    ax.set_xticks([-0.5, 0, 0.5] if limit < 1 else [-1, 0, 1])


def balance_marks(ax, table, adjusted=(), marked=None) -> None:
    """Draw the dots of a balance plot, and the band in which chance leaves 95 of 100 of them."""
    chance = table["chance"].max()
    ax.axvspan(-chance, chance, color=style.PALE, alpha=0.35, linewidth=0, zorder=0)
    at = np.clip(table["smd"].to_numpy(), *ax.get_xlim())
    rows = np.arange(len(table))
    colors = np.array([style.HIGHLIGHT if c == marked else style.ACTIVE for c in table["covariate"]])
    faces = np.where(table["covariate"].isin(list(adjusted)), colors, "white")
    segments(ax, 0 * at, at, rows, colors, 1.2)
    marks(ax, at, rows, "o", 46, faces, colors)


def segments(ax, start, end, rows, colors, width, dashes="-") -> None:
    """Draw a horizontal line a row; matplotlib's ``hlines``, several times faster."""
    from matplotlib.collections import LineCollection

    lines = np.stack([np.column_stack([start, rows]), np.column_stack([end, rows])], axis=1)
    ax.add_collection(
        LineCollection(lines, colors=list(colors), linewidths=width, linestyles=[dashes]), autolim=False
    )


def marks(ax, x, rows, marker, size, faces, edges, zorder=3) -> None:
    """Draw a marker a row, also at the edge of the axes; matplotlib's ``scatter``, several times faster."""
    from matplotlib.collections import PathCollection
    from matplotlib.markers import MarkerStyle
    from matplotlib.transforms import IdentityTransform

    known = ~np.isnan(x)
    shape = MarkerStyle(marker)
    artist = PathCollection(
        (shape.get_path().transformed(shape.get_transform()),),
        (size,),
        offsets=np.column_stack([x[known], rows[known]]),
        offset_transform=ax.transData,
        facecolors=list(np.asarray(faces)[known]),
        edgecolors=list(np.asarray(edges)[known]),
        linewidths=1.3,
        clip_on=False,
        zorder=zorder,
    )
    artist.set_transform(IdentityTransform())
    ax.add_collection(artist, autolim=False)


def ratio_frame(ax, names, limits, label) -> None:
    """Draw the still part of a column of hazard ratios, a term a row."""
    rows_axis(ax, names, labels=False)
    ax.set_xscale("log")
    ax.set(xlim=limits, xlabel=label)
    fine_ratio_ticks(ax.xaxis, *limits)
    ax.axvline(1, color=style.INK, linewidth=1)
    ax.xaxis.label.set_fontsize(SMALL)


def reference_words(ax, names, estimated) -> None:
    """Write "reference" where a level of a category has no hazard ratio of its own."""
    for row, name in enumerate(names):
        if name not in estimated:
            ax.text(1, row, "reference", fontsize=9, ha="center", va="center", backgroundcolor="white")


def fine_ratio_ticks(axis, low, high) -> None:
    """Put plain numbers on a logarithmic axis, enough of them even if it spans little."""
    from matplotlib.ticker import FixedFormatter, FixedLocator

    plain_ratio_ticks(axis, low, high)
    if len(axis.get_major_locator().locs) < 3:
        choices = ([0.5, 1, 2], [0.6, 0.8, 1, 1.25, 1.6], [0.8, 0.9, 1, 1.1, 1.2])
        ticks = next((c for c in choices if sum(low <= t <= high for t in c) >= 3), choices[-1])
        ticks = [t for t in ticks if low <= t <= high]
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(FixedFormatter([f"{t:g}" for t in ticks]))


def prognosis_marks(ax, prognosis, names, marked=None) -> None:
    """Draw each term's own hazard ratio per standard deviation."""
    at = np.clip(prognosis.reindex(names).to_numpy(), *ax.get_xlim())
    rows = np.arange(len(names))
    colors = np.array(
        [style.HIGHLIGHT if name.partition("=")[0] == marked else style.SECOND for name in names]
    )
    segments(ax, np.ones(len(at)), at, rows, colors, 1.2)
    marks(ax, at, rows, "s", 34, colors, colors)


def move_marks(ax, table, rows, marked=None) -> None:
    """Draw what each tick does to the treatment's hazard ratio: from an open dot to an arrowhead.

    ``table`` comes from `explain_adjustment`; ``rows`` is the height of each of its covariates. A bar stands where the
    arms' difference at the start alone would have brought the hazard ratio.
    """
    table = table.dropna(subset=["hr_without", "hr_with"])
    height = np.array([rows[covariate] for covariate in table.index], dtype=float)
    color = np.where(table["adjusted"], style.ACTIVE, style.CONTROL)
    color = np.where(table.index == marked, style.HIGHLIGHT, color)
    guess = table["hr_without"] * np.exp(table["from_imbalance"])
    limits = ax.get_xlim()
    start, end, guess = (
        np.clip(v.to_numpy(), *limits) for v in (table["hr_without"], table["hr_with"], guess)
    )
    segments(ax, start, end, height, color, 1.6)
    marks(ax, start, height, "o", 28, ["white"] * len(start), color)
    ink = [style.INK] * len(guess)
    marks(ax, guess, height, "|", 110, ink, ink)
    up = (table["hr_with"] >= table["hr_without"]).to_numpy()
    for head, those in ((">", up), ("<", ~up)):
        if those.any():
            marks(ax, end[those], height[those], head, 50, color[those], color[those], zorder=4)


def plot_schoenfeld(residuals, term, log_hr=None, ax=None):
    """Draw scaled Schoenfeld residuals against time, with a smooth curve: how the log hazard ratio goes.

    Parameters
    ----------
    residuals : DataFrame
        From ``schoenfeld_residuals(fit, scaled=True)``.
    term : str
        Which column.
    log_hr : float, optional
        The model's single log hazard ratio: a dashed line.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> fit = al.fit_cox(al.load_veteran(), covariates=["karno"])
    >>> residuals = al.schoenfeld_residuals(fit, scaled=True)
    >>> al.plot_schoenfeld(residuals, "karno", fit.table.log_hr["karno"]).get_xlabel()
    'Day of death'
    """
    need(residuals, ["time", term], "al.schoenfeld_residuals(fit, scaled=True)")
    ax = axes_or_new(ax)
    ax.axhline(0, color=style.INK, linewidth=1)
    ax.set(xlabel="Day of death", ylabel=f"Log hazard ratio: {term_words(term)}")
    schoenfeld_marks(ax, residuals["time"].to_numpy(), residuals[term].to_numpy(), log_hr)
    return ax


def schoenfeld_marks(ax, times, values, log_hr=None) -> None:
    """Draw the points, their smooth curve and the model's one value."""
    ax.plot(times, values, ".", color=style.PALE, markersize=4)
    if log_hr is not None:
        ax.axhline(log_hr, color=style.HIGHLIGHT, linewidth=1.8, linestyle=(0, (5, 2)))
    if len(np.unique(times)) > 3:
        grid = np.quantile(times, np.linspace(0, 1, 40))
        ax.plot(grid, smooth_curve(times, values, grid), color=style.ACTIVE)


def plot_log_log(curves, labels=None, ax=None):
    """Draw log(−log survival) of each arm against time on a log axis; one hazard ratio makes them parallel.

    Parameters
    ----------
    curves : DataFrame
        From `log_log_curves`.
    labels : dict, optional
        Group to words; by default 0 is "control" and 1 "active".
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> al.plot_log_log(al.log_log_curves(al.load_veteran())).get_xscale()
    'log'
    """
    need(curves, ["group", "time", "log_minus_log"], "al.log_log_curves(df)")
    ax = axes_or_new(ax)
    ax.set_xscale("log")
    ax.set(xlabel="Day (log scale)", ylabel="log(−log share alive)")
    log_log_lines(ax, curves, labels)
    ax.legend(loc="upper left")
    return ax


def log_log_lines(ax, curves, labels=None) -> None:
    labels = {0: "control", 1: "active"} if labels is None else labels
    for number, (group, curve) in enumerate(curves.groupby("group", sort=True)):
        look = style.ARM_STYLE.get(group, style.GROUP_STYLES[number % len(style.GROUP_STYLES)])
        ax.step(
            curve["time"], curve["log_minus_log"], where="post", label=str(labels.get(group, group)), **look
        )


def period_marks(ax, table, overall) -> None:
    """Draw the hazard ratio of each period with its 95 % interval, and the one for all of follow-up (dashed)."""
    from matplotlib.patches import Rectangle

    low, high = ax.get_ylim()
    ax.plot(
        [table["start"].iloc[0], table["end"].iloc[-1]],
        [np.clip(overall, low, high)] * 2,
        color=style.HIGHLIGHT,
        linestyle=(0, (5, 2)),
        linewidth=1.8,
    )
    for line in table.itertuples():
        middle = (line.start + line.end) / 2
        if np.isnan(line.hr):
            ax.text(
                middle,
                1.15,
                "no\nestimate",
                ha="center",
                va="bottom",
                fontsize=9,
                color=style.CONTROL,
                clip_on=True,
            )
            continue
        ends = np.clip([line.ci_low, line.ci_high], low, high)
        band = Rectangle(
            (line.start, ends[0]), line.end - line.start, ends[1] - ends[0], color="#d9e8f2", linewidth=0
        )
        ax.add_patch(band).set_zorder(0)
        ax.plot([line.start, line.end], [np.clip(line.hr, low, high)] * 2, color=style.ACTIVE)


def race_frame(lines, bars, patients, longest) -> None:
    """Draw the still part of a race at a death: a row a patient for the time lines, and for the chances."""
    for ax in (lines, bars):
        ax.set_ylim(len(patients) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    lines.set(xlim=(0, longest * 1.03), xlabel="Day", title="Who is still in the race?")
    lines.set_yticks(range(len(patients)), patients)
    bars.set(xlim=(0, 1.18), xlabel="Chance", title="Who will it be?")
    bars.set_yticks([])
    bars.set_xticks([0, 0.5, 1], ["0", "½", "1"])


def race_marks(lines, bars, durations, events, arm, day, chances, who) -> None:
    """Draw the race at one death: who is still in it, and each one's chance of being the one who dies."""
    from matplotlib.colors import to_rgba

    rows = np.arange(len(durations))
    racing = durations >= day
    looks = [
        to_rgba(style.ARM_STYLE[int(a)]["color"], 1.0 if r else 0.25)
        for a, r in zip(arm, racing, strict=True)
    ]
    colors = np.array(looks)
    for a, dashes in ((0, (0, (5, 2))), (1, "-")):
        those = arm == a
        segments(lines, 0 * durations[those], durations[those], rows[those], colors[those], 2.0, dashes)
        here = those & racing
        face = style.ARM_STYLE[a]["color"] if a else "white"
        bars.barh(
            rows[here], chances[here], 0.58, color=face, edgecolor=style.ARM_STYLE[a]["color"], linewidth=1.5
        )
    for ended, marker in ((1, "X"), (0, "|")):
        those = events == ended
        marks(lines, durations[those], rows[those], marker, 64, colors[those], colors[those])
    lines.axvline(day, color=style.HIGHLIGHT, linewidth=1.5)
    lines.plot(day, who, "o", markersize=15, markerfacecolor="none", color=style.HIGHLIGHT)
    for row in rows[racing]:
        bars.text(
            chances[row] + 0.03,
            row,
            f"{chances[row]:.2f}",
            va="center",
            fontsize=SMALL,
            color=style.HIGHLIGHT if row == who else style.INK,
            weight="bold" if row == who else "normal",
        )
