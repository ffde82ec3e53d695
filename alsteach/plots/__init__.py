"""Pictures of numbers already computed: each ``plot_*(…, ax=None)`` draws on an Axes and returns it."""

from .curves import plot_km
from .frame import hr_axis, label_data
from .hazard_ratios import forest_frame, forest_rows, plot_crude_vs_adjusted, plot_hr_by_biomarker

__all__ = [
    "forest_frame",
    "forest_rows",
    "hr_axis",
    "label_data",
    "plot_crude_vs_adjusted",
    "plot_hr_by_biomarker",
    "plot_km",
]
