"""What every picture shares: an Axes when none is given, the note on the data, a hazard-ratio axis."""

from __future__ import annotations

import numpy as np

from .. import style
from ..data.checks import TrialDataError


def axes_or_new(ax, width: float = 7.6, height: float = 4.3):
    if ax is not None:
        return ax
    with style.drawing():
        return style.new_figure(width, height).add_subplot()


def need(table, columns, maker: str) -> None:
    missing = [c for c in columns if c not in getattr(table, "columns", ())]
    if missing:
        raise TrialDataError(f"This picture needs the column {missing[0]!r}: pass what {maker} returns.")


def label_data(figure, text: str) -> None:
    """Write where the data come from into the corner of a figure; synthetic data are never shown without it."""
    if text:
        look = {"ha": "right", "va": "bottom", "fontsize": 9, "style": "italic", "color": style.HIGHLIGHT}
        figure.text(0.995, 0.008, text, parse_math=False, **look)


def white_box(pad: float, alpha: float | None = None) -> dict:
    """Return the ground on which letters stand out from what lies under them."""
    return {"facecolor": "white", "edgecolor": "none", "pad": pad, "alpha": alpha}


def write_beside(ax, text: str, place, shift, **look):
    """Write so many points to the right of a place and above it, beginning or ending on the side towards it."""
    sideways, upwards = np.sign(shift)
    sides = {"ha": {1: "left", -1: "right", 0: "center"}[sideways]}
    sides |= {"va": {1: "bottom", -1: "top", 0: "center"}[upwards]}
    return ax.annotate(text, place, shift, textcoords="offset points", **(sides | look))


def write_inside(ax, x: float, y: float, text: str, **look):
    """Write at a place given in parts of the axes, away from the edges that are near."""
    sides = {"ha": "left" if x < 0.5 else "right" if x > 0.5 else "center"}
    sides |= {"va": "bottom" if y < 0.5 else "top" if y > 0.5 else "center"}
    return ax.text(x, y, text, transform=ax.transAxes, **(sides | look))


def write_above(axes, name: str, up: float, text: str, size: float, along: float = 0, **look) -> None:
    """Write so many pixels above the upper left corner of axes, and ``along`` to its right."""
    box = axes[name].get_position()
    axes.figure.text(box.x0 + along / axes.width, box.y1 + up / axes.height, text, fontsize=size, **look)


def plain_ratio_ticks(axis, low: float, high: float) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([f"{t:g}" for t in ticks]))
    axis.set_minor_locator(NullLocator())


def hr_axis(ax, limits) -> None:
    """Make the vertical axis one of hazard ratios: logarithmic, with plain numbers at its ticks."""
    ax.set_yscale("log")
    ax.set(ylim=limits, ylabel="Hazard ratio")
    plain_ratio_ticks(ax.yaxis, *limits)


def round_step(largest: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, a few hundred to the range.

    Examples
    --------
    >>> round_step(9000), round_step(90)
    (20, 0.2)
    """
    raw = largest / 500
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    return int(step) if step >= 1 else float(step)


def person_marker():
    """Return a person as a marker: a head over a body, 2 units high."""
    from matplotlib.path import Path

    head = Path.unit_circle()
    head = Path(0.36 * head.vertices + [0, 0.64], head.codes)
    body = Path(
        [[-0.5, -1], [-0.5, 0], [-0.3, 0.2], [0.3, 0.2], [0.5, 0], [0.5, -1], [-0.5, -1]], closed=True
    )
    return Path.make_compound_path(head, body)
