"""Pictures of numbers already computed: each ``plot_*(…, ax=None)`` draws on an Axes and returns it."""

from .adjustment import plot_balance, plot_log_log, plot_schoenfeld
from .background import plot_motor_neurons
from .curves import (
    group_looks,
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
from .many_trials import (
    TITLES,
    gap_budget_frame,
    gap_budget_rows,
    many_trials_frame,
    many_trials_points,
    plot_gap_budget,
    plot_many_trials,
)
from .mechanism import (
    COMPARED_LOOK,
    MEASURES,
    course_frame,
    course_lines,
    course_targets,
    occupancy_curves,
    occupancy_frame,
    occupancy_marks,
    plot_treg_course,
    treg_course_frame,
    treg_course_lines,
)
from .pathway import pathway_frame, pathway_step, plot_il2_pathway
from .surrogate import causal_strip, marker_dots, surrogate_frame, two_curves
from .timelines import (
    lines_axis,
    patient_legend,
    patient_lines,
    plot_patient_lines,
    plot_trial_design,
)

__all__ = [
    "TITLES",
    "gap_budget_frame",
    "gap_budget_rows",
    "many_trials_frame",
    "many_trials_points",
    "plot_gap_budget",
    "plot_many_trials",
    "COMPARED_LOOK",
    "MEASURES",
    "causal_strip",
    "course_frame",
    "course_lines",
    "course_targets",
    "forest_frame",
    "forest_rows",
    "group_looks",
    "hr_axis",
    "km_axis",
    "km_curves",
    "label_data",
    "lines_axis",
    "marker_dots",
    "occupancy_curves",
    "occupancy_frame",
    "occupancy_marks",
    "pathway_frame",
    "pathway_step",
    "patient_legend",
    "patient_lines",
    "plot_balance",
    "plot_crude_vs_adjusted",
    "plot_hr_by_biomarker",
    "plot_il2_pathway",
    "plot_km",
    "plot_log_log",
    "plot_motor_neurons",
    "plot_patient_lines",
    "plot_power",
    "plot_schoenfeld",
    "plot_treg_course",
    "plot_trial_design",
    "power_axis",
    "round_times",
    "surrogate_frame",
    "survival_steps",
    "treg_course_frame",
    "treg_course_lines",
    "two_curves",
]
