"""What every picture shares: an Axes when none is given, the note on the data, a hazard-ratio axis."""

from __future__ import annotations

from .. import style
from ..frames import TrialDataError


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
        figure.text(
            0.995, 0.008, text, ha="right", va="bottom", fontsize=9, style="italic", color=style.HIGHLIGHT
        )


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
