"""Groups of a biomarker: hazard ratio in each, the search for a cut, and curves by group and arm."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import hr_axis, plain_ratio_ticks

LOW_LOOK = {"color": style.ACTIVE, "linestyle": "-"}
YOURS_LOOK = {"color": style.CONTROL, "linewidth": 1.5, "linestyle": (0, (1, 1))}
HIGH_LOOK = {"color": style.HIGHLIGHT, "linestyle": (0, (4, 2))}


def groups_frame(forest, histogram, marker, arm, axis_text: str, limits, span) -> float:
    """Draw the still part: a hazard-ratio axis for up to four rows, and below it where patients are.

    Returns
    -------
    float
        Height of the tallest bar.
    """
    forest.axvline(1, color=style.INK, linewidth=1)
    forest.set_xscale("log")
    forest.set(
        xlim=limits, ylim=(3.6, -0.6), yticks=[], xlabel="Hazard ratio (left of 1: fewer deaths on treatment)"
    )
    plain_ratio_ticks(forest.xaxis, *limits)
    forest.spines["left"].set_visible(False)
    counts, _, _ = histogram.hist(
        [marker[arm == 0], marker[arm == 1]],
        bins=np.linspace(*span, 33),
        stacked=True,
        color=[style.PALE, style.ACTIVE],
        label=["control", "active arm"],
        alpha=0.8,
    )
    histogram.set(xlim=span, xlabel=axis_text, ylabel="Patients", ylim=(0, counts.max() * 1.4))
    histogram.legend(loc="upper right", ncols=2, fontsize=9, borderaxespad=0)
    return float(counts.max())


def groups_rows(forest, groups, first: int = 0, everybody: bool = False) -> None:
    """Draw rows of `subgroup_effects` on the frame of `groups_frame`, from row ``first`` on."""
    low, high = forest.get_xlim()
    across = forest.get_yaxis_transform()
    look = {"color": style.CONTROL if everybody else style.ACTIVE}
    for place, row in enumerate(groups.itertuples(), start=first):
        deaths = "death" if row.deaths == 1 else "deaths"
        name = f"{row.Index}\n{row.n} patients, {row.deaths} {deaths}"
        forest.text(-0.03, place, name, transform=across, ha="right", va="center")
        if np.isnan(row.hr):
            forest.text(1.03, place, "no hazard ratio:\nsee the sentence", transform=across, va="center")
            continue
        forest.plot(np.clip([row.ci_low, row.ci_high], low, high), [place, place], linewidth=2, **look)
        if low <= row.hr <= high:
            forest.plot(row.hr, place, "D" if everybody else "o", markersize=8, **look)
        for beyond, at, arrow in ((row.ci_low < low, low, "<"), (row.ci_high > high, high, ">")):
            if beyond:
                forest.plot(at, place, arrow, markersize=8, clip_on=False, **look)
        ratio, ends = (
            style.number_text(row.hr),
            (style.number_text(row.ci_low), style.number_text(row.ci_high)),
        )
        said = f"{ratio} ({ends[0]}–{ends[1]})\n{style.p_text(row.p)}"
        forest.text(1.03, place, said, transform=across, va="center")


def groups_slope(histogram, along: str) -> None:
    """Write above the histogram of `groups_frame` what does not depend on the cuts."""
    place = {"transform": histogram.transAxes, "weight": "bold", "va": "bottom", "fontsize": 10}
    histogram.text(-0.07, 1.08, "Do groups differ?", **place)
    histogram.text(0.345, 1.08, along, **place)


def groups_cuts(histogram, cuts, p: str) -> None:
    """Draw the cuts on the histogram of `groups_frame`, and after its question the p of the groups' difference."""
    for cut in cuts:
        histogram.axvline(cut, ymax=0.75, color=style.HIGHLIGHT, linewidth=2.5)
    histogram.text(0.142, 1.08, p, transform=histogram.transAxes, weight="bold", va="bottom", fontsize=10)


def search_frame(ratios, p_values, axis_text: str, limits, p_low: float) -> None:
    """Draw the still part of a search: hazard ratio on either side of a cut, and p of their difference below."""
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    hr_axis(ratios, (0.2, 5))
    ratios.axhline(1, color=style.INK, linewidth=1)
    ratios.set(xlim=limits, title="Treatment effect on either side of a cut")
    ratios.tick_params(labelbottom=False)
    ratios.legend(
        [Line2D([], [], **look) for look in (LOW_LOOK, HIGH_LOOK, YOURS_LOOK)],
        ["up to the cut", "over the cut", "your cut"],
        loc="upper left",
        ncols=3,
        fontsize=9.5,
        borderaxespad=0.2,
    )
    ticks = [t for t in (0.0001, 0.001, 0.01, 0.05, 0.2, 1) if t >= p_low]
    p_values.set_yscale("log")
    p_values.set(xlim=limits, ylim=(p_low, 1.3), xlabel=f"Cut at {axis_text}", ylabel="p of the\ninteraction")
    p_values.yaxis.set_major_locator(FixedLocator(ticks))
    p_values.yaxis.set_major_formatter(FixedFormatter([f"{t:g}" for t in ticks]))
    p_values.yaxis.set_minor_locator(NullLocator())
    p_values.axhline(0.05, color=style.PALE, linewidth=1, linestyle=(0, (4, 3)))


def search_lines(ratios, p_values, found, tried, cut: float) -> None:
    """Draw a search on `search_frame`: ``found`` from `search_cutpoint`, ``tried`` the rows that the search tries."""
    low, high = ratios.get_ylim()
    for name, look in (("hr_low", LOW_LOOK), ("hr_high", HIGH_LOOK)):
        ratios.plot(found["cut"], np.clip(found[name], low, high), **look)
    bottom = p_values.get_ylim()[0]
    rows = found.iloc[tried]
    p_values.plot(found["cut"], np.clip(found["p_interaction"], bottom, 1), color=style.PALE, linewidth=1)
    p_values.plot(rows["cut"], np.clip(rows["p_interaction"], bottom, 1), "o", color=style.INK, markersize=4)
    if rows["p_interaction"].notna().any():
        best = rows.loc[rows["p_interaction"].idxmin()]
        for ax in (ratios, p_values):
            ax.axvline(best["cut"], color=style.HIGHLIGHT, linewidth=1)
        p_values.plot(
            best["cut"], max(best["p_interaction"], bottom), "D", color=style.HIGHLIGHT, markersize=9
        )
    for ax in (ratios, p_values):
        ax.axvline(cut, **YOURS_LOOK)


def found_frame(shares, places, axis_text: str, limits, n_cuts: int, cut_text: str, what: str) -> None:
    """Draw the still part of many searches: how often something is found, and at which cut."""
    from matplotlib.lines import Line2D

    shares.set(xlim=(0, n_cuts + 1), ylim=(0, 1), xlabel="Cuts that the search tries", title=what)
    shares.set_yticks(np.linspace(0, 1, 6), [f"{share:.0f} %" for share in np.linspace(0, 100, 6)])
    shares.axhline(0.05, color=style.INK, linewidth=1, linestyle=(0, (4, 3)))
    shares.text(n_cuts + 0.8, 0.055, "5 %", ha="right", va="bottom", fontsize=9.5)
    shares.legend(
        [
            Line2D([], [], color=style.ACTIVE),
            Line2D([], [], color=style.INK, marker="s", linestyle="none", markersize=8),
        ],
        ["best of the cuts tried", cut_text],
        loc="upper left",
        fontsize=9.5,
        borderaxespad=0.2,
    )
    places.set(xlim=limits, ylim=(0, 1.15), yticks=[], xlabel=axis_text, ylabel="Trials with p < 0.05")
    places.set_title("Where their “best cut” lies")
    places.legend(
        [Line2D([], [], **YOURS_LOOK)], ["your cut"], loc="upper right", fontsize=9.5, borderaxespad=0.2
    )


def found_marks(shares, places, share_found, named: float, tried: int, best_cuts, cut: float) -> None:
    """Draw on `found_frame` what the searches found: shares for 1, 2, … cuts, and the cuts that were best."""
    shares.plot(np.arange(1, len(share_found) + 1), share_found, color=style.ACTIVE)
    shares.plot(tried, share_found[tried - 1], "D", color=style.HIGHLIGHT, markersize=10)
    shares.plot(1, named, "s", color=style.INK, markersize=8)
    low, high = places.get_xlim()
    if len(best_cuts):
        counts, edges = np.histogram(np.clip(best_cuts, low, high), np.linspace(low, high, 31))
        places.bar(
            edges[:-1], counts / counts.max(), np.diff(edges), align="edge", color=style.ACTIVE, alpha=0.8
        )
    places.axvline(cut, **YOURS_LOOK)


def world_frame(axes, longest: float) -> None:
    """Draw the still part of `world_curves`: time and share alive for a low and a high biomarker, side by side."""
    for ax, group in zip(axes, ("low", "high"), strict=True):
        ax.set(xlim=(0, longest), ylim=(0, 1.02), xlabel="Time (days)", title=f"Biomarker {group}")
        ax.set_xticks([0, 200, 400, 600])
        ax.set_yticks(np.linspace(0, 1, 6), [f"{share:.0f} %" for share in np.linspace(0, 100, 6)])
    axes[0].set_ylabel("Share still alive")
    axes[1].tick_params(labelleft=False)


def world_curves(axes, world, arms=(0, 1)) -> None:
    """Draw survival by group and arm; in the right picture a thin line repeats the first arm of the left one."""
    names = {0: "control", 1: "treated"}
    for ax, group in zip(axes, ("low", "high"), strict=True):
        for arm in arms:
            curve = world.survival[group, arm]
            ax.plot(world.days, curve, **style.ARM_STYLE[arm])
            ax.plot(
                world.days[-1],
                curve[-1],
                "o",
                color=style.ARM_STYLE[arm]["color"],
                markersize=6,
                clip_on=False,
            )
        text = "\n".join(f"{names[arm]}: {100 * world.survival[group, arm][-1]:.0f} % alive" for arm in arms)
        if len(arms) == 2:
            text += f"\nHR {style.number_text(world.hazard_ratio[group])}"
        ax.text(0.04, 0.04, text, transform=ax.transAxes, va="bottom", linespacing=1.4)
    first = world.survival["low", arms[0]]
    axes[1].plot(world.days, first, color=style.SECOND, linewidth=1.2, linestyle=(0, (1, 1)))


def world_legend(figure, arms=(0, 1)):
    """Say above the pictures which line is which; return the legend."""
    from matplotlib.lines import Line2D

    names = {0: "control", 1: "treated"}
    lines = [Line2D([], [], **style.ARM_STYLE[arm]) for arm in arms]
    lines.append(Line2D([], [], color=style.SECOND, linewidth=1.2, linestyle=(0, (1, 1))))
    texts = [*(names[arm] for arm in arms), f"{names[arms[0]]}, biomarker low (repeated on the right)"]
    return figure.legend(
        lines, texts, loc="upper left", bbox_to_anchor=(0.07, 1.0), ncols=3, handlelength=2.6
    )
