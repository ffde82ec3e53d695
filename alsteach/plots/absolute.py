"""A hundred people an arm, and the survival curve beside them."""

from __future__ import annotations

import numpy as np

from .. import style
from .curves import round_times, survival_steps
from .frame import axes_or_new

GAP = 12  # from the first person of one arm to the first of the next, in people
ICONS = {
    "died": {"marker": "X", "color": style.HIGHLIGHT, "markersize": 7.5},
    "alive": {"marker": "o", "color": style.ACTIVE, "markersize": 7},
    "spared": {"marker": "D", "color": style.SECOND, "markersize": 6.5},
    "lost": {"marker": "v", "color": style.THIRD, "markersize": 8},
}


def plot_icon_arrays(risk_0, risk_1, labels=("control", "active arm"), framing="loss", ax=None):
    """Draw what becomes of 100 people in each arm, one icon a person, with the difference picked out.

    Parameters
    ----------
    risk_0, risk_1 : float
        Share who died in the control and the active arm.
    labels : (str, str)
    framing : {"loss", "gain"}
        Whether the dead or the living stand out.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_icon_arrays(0.45, 0.37, labels=("placebo", "IL-2"))
    >>> [text.get_text() for text in ax.texts[2:4]]
    ['placebo: 45 of 100 died', 'IL-2: 37 of 100 died']
    """
    ax = axes_or_new(ax, 5.0, 3.4)
    icon_frame(ax, framing)
    icons(ax, risk_0, risk_1, labels, framing)
    return ax


def icon_frame(ax, framing="loss") -> None:
    """Draw the still part: room for two squares of ten by ten people, and what a cross and a circle mean."""
    ax.set(xlim=(-0.8, GAP + 9.8), ylim=(-2.9, 10.6))
    ax.axis("off")
    for number, kind in enumerate(("died", "alive")):
        ax.plot(3.4 * number - 0.2, -1.6, linestyle="none", **_look(kind, framing))
        ax.text(3.4 * number + 0.4, -1.65, kind, va="center", fontsize=9.5)


def _look(kind: str, framing: str) -> dict:
    """Return how an icon looks: of the dead and the living, those that are not counted stand back."""
    quiet = kind == ("alive" if framing == "loss" else "died")
    return {
        **ICONS[kind],
        "markeredgewidth": 0,
        **({"color": style.PALE, "markersize": 5.5} if quiet else {}),
    }


def whole_people(risk_0: float, risk_1: float) -> tuple[int, int]:
    """Return how many icons of 100 are dead in the control and the active arm."""
    return int(np.floor(100 * risk_0 + 0.5)), int(np.floor(100 * risk_1 + 0.5))


def icons(ax, risk_0, risk_1, labels, framing="loss") -> None:
    """Draw the people, a line of words above each arm, and the legend below."""
    dead = whole_people(risk_0, risk_1)
    kinds = np.full((2, 100), "alive", dtype=object)
    for arm in (0, 1):
        kinds[arm, : dead[arm]] = "died"
    # The same people in the same places: those between the two counts are the difference.
    kinds[1, dead[1] : dead[0]] = "spared"
    kinds[1, dead[0] : dead[1]] = "lost"
    for kind in ICONS:
        arm, person = np.nonzero(kinds == kind)
        if len(arm):
            spot = person if framing == "loss" else 99 - person
            ax.plot(GAP * arm + spot % 10, 9 - spot // 10, linestyle="none", **_look(kind, framing))
    for arm, label in enumerate(labels):
        count = f"{dead[arm]} of 100 died" if framing == "loss" else f"{100 - dead[arm]} of 100 alive"
        ax.text(GAP * arm - 0.4, 10.3, f"{label}: {count}", va="bottom", fontsize=10.5, weight="bold")
    if dead[0] != dead[1]:
        kind, word = ("spared", "alive") if dead[0] > dead[1] else ("lost", "dead")
        ax.plot(6.6, -1.6, linestyle="none", **_look(kind, framing))
        words = f"{abs(dead[0] - dead[1])} more {word}; nobody can tell who"
        ax.text(7.2, -1.65, words, va="center", fontsize=9.5)


def outcome_axis(ax, until: float, framing: str, unit: str = "days") -> None:
    """Draw the still part of the curve: time, and the share alive or dead."""
    ax.set(xlim=(0, until), ylim=(0, 1.02), xlabel=f"Time ({unit})")
    ax.set_title("Share still alive" if framing == "gain" else "Share who have died", fontsize=10.5, pad=22)
    times = round_times(until, 4)
    ax.set_xticks(times, [f"{t:g}" for t in times])
    ax.set_yticks(np.linspace(0, 1, 6), [f"{share:.0f} %" for share in np.linspace(0, 100, 6)])


def outcome_curves(ax, curves, labels, framing: str) -> None:
    """Draw the two arms' curves on `outcome_axis`, with a legend above it."""
    from matplotlib.lines import Line2D

    for arm, curve in curves.groupby("group"):
        share = curve["survival"] if framing == "gain" else 1 - curve["survival"]
        look = style.ARM_STYLE[int(arm)]
        if framing == "gain":
            survival_steps(ax, curve["time"], share, **look)
        else:
            ax.step(curve["time"], share, where="post", **look)
    lines = [Line2D([], [], label=label, **style.ARM_STYLE[arm]) for arm, label in enumerate(labels)]
    place = {"loc": "lower left", "bbox_to_anchor": (-0.03, 0.99), "ncols": 2, "borderaxespad": 0.1}
    ax.legend(handles=lines, fontsize=9.5, handlelength=2.4, columnspacing=1.2, **place)


def outcome_points(ax, day: float, shares, labels, framing: str) -> None:
    """Draw two published shares at one day, where no curve is at hand."""
    for arm, share in enumerate(shares):
        colour, marker = style.ARM_STYLE[arm]["color"], "so"[arm]
        ax.plot(day, share, marker, color=colour, markersize=9, clip_on=False)
        nudge = 0.045 if share == max(shares) else -0.045
        ax.text(
            day * 0.95,
            share + nudge,
            f"{labels[arm]} {100 * share:.0f} %",
            ha="right",
            va="center",
            color=colour,
        )
    height = 0.22 if framing == "gain" else 0.8
    ax.text(
        day * 0.46,
        height,
        f"Published: day {day:g} only.\nThe curves are not at hand.",
        ha="center",
        fontsize=9.5,
    )


def outcome_reading(ax, day: float, shares, framing: str) -> None:
    """Mark the day at which the curves are read, and the difference there."""
    ax.axvline(day, color=style.INK, linewidth=1)
    worse = (shares[1] < shares[0]) == (framing == "gain")
    colour = ICONS["lost" if worse else "spared"]["color"]
    ax.plot([day, day], shares, color=colour, linewidth=5, solid_capstyle="butt", clip_on=False)
    for arm, share in enumerate(shares):
        ax.plot(day, share, "so"[arm], color=style.ARM_STYLE[arm]["color"], markersize=7, clip_on=False)


def outcome_area(ax, curves, day: float, framing: str) -> None:
    """Shade what lies between the curves up to a day: the difference of the average times alive."""
    arms = [curve for _, curve in curves.groupby("group")]
    times = np.unique(np.concatenate([curve["time"].to_numpy() for curve in arms] + [[day]]))
    times = times[times <= day]
    heights = []
    for curve in arms:
        place = np.searchsorted(curve["time"].to_numpy(), times, side="right") - 1
        share = curve["survival"].to_numpy()[place]
        heights.append(share if framing == "gain" else 1 - share)
    ax.fill_between(times, *heights, step="post", color=style.SECOND, alpha=0.35, linewidth=0)
