"""Pictures of numbers already computed: each ``plot_*(…, ax=None)`` draws on an Axes and returns it."""

from .adjustment import plot_balance, plot_log_log, plot_schoenfeld
from .background import plot_motor_neurons
from .curves import (
    arm_look,
    km_axis,
    km_curves,
    plot_km,
    plot_power,
    power_axis,
    round_times,
    survival_steps,
)
from .frame import hr_axis, label_data
from .hazard_ratios import forest_frame, forest_rows, plot_crude_vs_adjusted, plot_hr_by_biomarker
from .timelines import (
    lines_axis,
    patient_legend,
    patient_lines,
    plot_patient_lines,
    plot_trial_design,
)

__all__ = [
    "arm_look",
    "forest_frame",
    "forest_rows",
    "hr_axis",
    "km_axis",
    "km_curves",
    "label_data",
    "lines_axis",
    "patient_legend",
    "patient_lines",
    "plot_balance",
    "plot_crude_vs_adjusted",
    "plot_hr_by_biomarker",
    "plot_km",
    "plot_log_log",
    "plot_motor_neurons",
    "plot_patient_lines",
    "plot_power",
    "plot_schoenfeld",
    "plot_trial_design",
    "power_axis",
    "round_times",
    "survival_steps",
]
