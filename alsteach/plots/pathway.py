"""The road from an injection of IL-2 to a motor neuron, drawn by code; told apart by shape and line, not by colour."""

from __future__ import annotations

import numpy as np

from .. import style
from .frame import axes_or_new

# How well a link is known, and its line.
EVIDENCE = {
    "people": ("seen in patients", "-"),
    "animals": ("seen in mice or cell culture", (0, (5, 2))),
    "open": ("not shown in patients", (0, (1, 1.3))),
}
GREY = "#f2f2f2"


def plot_il2_pathway(step: int | None = None, ax=None):
    """Draw the road from low-dose IL-2 to the motor neuron, with how well each link is known.

    An arrow says "makes more active", a bar at the end "holds back". Solid: seen in patients; dashed: seen in mice or
    cell culture; dotted: not shown in patients.

    Parameters
    ----------
    step : int, optional
        The link to bring out, 1 to 7.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> ax = al.plot_il2_pathway(step=3)
    >>> any(text.get_text() == "microglia" for text in ax.texts)
    True
    """
    ax = axes_or_new(ax)
    pathway_frame(ax)
    pathway_step(ax, step)
    return ax


# Number of the link: from, to, where its number stands, evidence, what its end does ("->" more active, "-|" held back).
LINKS = {
    1: ((15, 40), (21.6, 42.3), (17.4, 45.6), "people", "-|>"),
    2: ((15, 33.5), (22, 19.4), (15.6, 24.5), "people", "-|>"),
    3: ((42.5, 44), (56, 44), (48.7, 48.2), "animals", "|-|"),
    4: ((42.5, 17), (57, 34.5), (46.3, 27), "animals", "-|>"),
    5: ((66, 33.5), (66, 20.5), (62, 27), "open", "-|>"),
    6: ((75.5, 44), (85, 44), (80, 48.2), "animals", "|-|"),
    7: ((91, 22.5), (91, 16.4), (87, 20.3), "open", "-|>"),
}


def pathway_frame(ax) -> None:
    """Draw what takes part: the injection, two kinds of cell with their receptors, microglia, neuron, blood."""
    ax.set(xlim=(0, 100), ylim=(0, 60))
    ax.set_axis_off()
    _injection(ax, 8.5, 38)
    _cell(ax, 33.5, 44, "Treg", prongs=("CD25", "CD122", "CD132"))
    _cell(ax, 33.5, 15, "effector T,\nmost NK", prongs=("CD122", "CD132"))
    _microglia(ax, 66, 44)
    _motor_neuron(ax, 91, 44)
    _box(ax, 66, 15, "CCL2", "measured in blood")
    _box(ax, 91, 11, "a longer life?", "what matters")
    for x, (text, line) in zip((2, 27, 62), EVIDENCE.values(), strict=True):
        ax.plot([x, x + 6], [1.5, 1.5], color=style.INK, linestyle=line, linewidth=2.2)
        ax.text(x + 7.2, 1.5, text, va="center", fontsize=10)


def pathway_step(ax, step: int | None = None) -> None:
    """Draw the links, one of them brought out."""
    for number, (start, end, place, evidence, kind) in LINKS.items():
        chosen = number == step
        color = style.HIGHLIGHT if chosen else style.INK
        _link(ax, start, end, EVIDENCE[evidence][1], kind, color, 3.6 if chosen else 2.2)
        ax.text(
            *place,
            str(number),
            ha="center",
            va="center",
            weight="bold",
            color="white" if chosen else style.INK,
            bbox={
                "boxstyle": "circle,pad=0.25",
                "facecolor": color if chosen else "white",
                "edgecolor": color,
            },
        )


def _link(ax, start, end, line, kind, color, width):
    (x0, y0), (x1, y1) = start, end
    ax.plot([x0, x1], [y0, y1], color=color, linestyle=line, linewidth=width, solid_capstyle="butt")
    along = np.array([x1 - x0, y1 - y0]) / np.hypot(x1 - x0, y1 - y0)
    across = np.array([-along[1], along[0]])
    if kind == "|-|":
        bar = np.array([end + 2.6 * across, end - 2.6 * across])
        ax.plot(*bar.T, color=color, linewidth=width + 1, solid_capstyle="butt")
    else:
        head = np.array(
            [end + 1.6 * along, end - 1.2 * along + 1.5 * across, end - 1.2 * along - 1.5 * across]
        )
        ax.fill(*head.T, color=color)


def _injection(ax, x, y):
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (x - 5.5, y - 3), 11, 6, boxstyle="round,pad=0.8", facecolor="white", edgecolor=style.INK
        )
    )
    ax.text(x, y, "IL-2", ha="center", va="center", weight="bold", fontsize=13)
    ax.text(x, y - 6.4, "under the skin", ha="center", va="center", fontsize=9.5)


def _cell(ax, x, y, name, prongs):
    from matplotlib.patches import Circle

    ax.add_patch(Circle((x, y), 7, facecolor=GREY, edgecolor=style.INK, linewidth=1.6))
    ax.text(x, y, name, ha="center", va="center", weight="bold", fontsize=11 if "\n" not in name else 9.5)
    words = {3: "trimeric receptor:\nhears little IL-2", 2: "dimeric receptor:\nhears only much IL-2"}[
        len(prongs)
    ]
    for number, _ in enumerate(prongs):
        tilt = np.deg2rad(180 + 13 * (number - (len(prongs) - 1) / 2))
        inner = np.array([x + 7 * np.cos(tilt), y + 7 * np.sin(tilt)])
        outer = np.array([x + 9.6 * np.cos(tilt), y + 9.6 * np.sin(tilt)])
        ax.plot(*np.array([inner, outer]).T, color=style.INK, linewidth=4, solid_capstyle="butt")
    ax.text(x, y + 9.6, words, ha="center", va="bottom", fontsize=9.5, linespacing=1.15)
    ax.text(x, y - 8.6, "/".join(prongs), ha="center", va="top", fontsize=9)


def _microglia(ax, x, y):
    angles = np.linspace(0, 2 * np.pi, 17)
    radius = np.where(np.arange(17) % 2 == 0, 8.6, 4.2)
    ax.fill(
        x + radius * np.cos(angles),
        y + radius * np.sin(angles),
        facecolor=GREY,
        edgecolor=style.INK,
        linewidth=1.6,
    )
    ax.text(x, y, "microglia", ha="center", va="center", weight="bold", fontsize=9.5)
    ax.text(x, y + 9.6, "activated:\nthey harm", ha="center", va="bottom", fontsize=9.5, linespacing=1.15)


def _motor_neuron(ax, x, y):
    from matplotlib.patches import Ellipse, Polygon

    for angle in (40, 90, 140):
        end = (x + 7.6 * np.cos(np.deg2rad(angle)), y + 7.6 * np.sin(np.deg2rad(angle)))
        ax.plot([x, end[0]], [y, end[1]], color=style.INK, linewidth=1.8)
    ax.plot([x, x], [y, 29], color=style.INK, linewidth=3)
    body = [(x - 4.4, y + 1.5), (x, y + 4.6), (x + 4.4, y + 1.5), (x + 3, y - 4), (x - 3, y - 4)]
    ax.add_patch(Polygon(body, facecolor=GREY, edgecolor=style.INK, linewidth=1.6, zorder=3))
    ax.add_patch(
        Ellipse((x, 27), 9, 5, facecolor="#e2e2e2", edgecolor=style.INK, hatch="////", linewidth=0.8)
    )
    ax.text(
        x, y + 9.6, "motor\nneuron", ha="center", va="bottom", weight="bold", fontsize=9.5, linespacing=1.15
    )
    ax.text(x - 5.2, 27, "muscle", ha="right", va="center", fontsize=9.5)


def _box(ax, x, y, name, under):
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (x - 7, y - 2.4), 14, 4.8, boxstyle="round,pad=0.8", facecolor=GREY, edgecolor=style.INK
        )
    )
    ax.text(x, y, name, ha="center", va="center", weight="bold", fontsize=10)
    ax.text(x, y - 5.4, under, ha="center", va="center", fontsize=9.5)
