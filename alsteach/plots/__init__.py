"""Pictures of numbers already computed: each ``plot_*(…, ax=None)`` draws on an Axes and returns it."""

from .balance import plot_balance
from .curves import (
    group_looks,
    km_axis,
    km_curves,
    plot_km,
    round_times,
    survival_steps,
)
from .frame import hr_axis, label_data
from .hazard_ratios import forest_frame, forest_rows, plot_crude_vs_adjusted, plot_hr_by_biomarker
from .page07 import plot_icon_arrays

__all__ = [
    "forest_frame",
    "forest_rows",
    "group_looks",
    "hr_axis",
    "plot_icon_arrays",
    "km_axis",
    "km_curves",
    "label_data",
    "plot_balance",
    "plot_crude_vs_adjusted",
    "plot_hr_by_biomarker",
    "plot_km",
    "round_times",
    "survival_steps",
]
