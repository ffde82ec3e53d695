"""alsteach: the package behind a course on ALS, low-dose interleukin-2 and why two hazard ratios disagree.

It teaches; it is no treatment advice.

A learner types ``import alsteach as al`` and uses the names below. Each is loaded on first use, so that
importing the package costs next to nothing.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "TrialDataError": "frames",
    "load_published_results": "datasets",
    "load_references": "datasets",
    "load_glossary": "datasets",
    "glossary": "glossary_terms",
    "load_mirocals_like": "datasets",
    "load_mirocals_like_targets": "datasets",
    "load_als_registry": "datasets",
    "load_veteran": "datasets",
    "load_pbc": "datasets",
    "load_gap_budget": "datasets",
    "load_treg_course": "datasets",
    "load_mechanism_parameters": "datasets",
    "published": "datasets",
    "say": "prose",
    "sources": "prose",
    "fit_cox": "cox",
    "fit_cox_many": "cox",
    "kaplan_meier": "survival",
    "logrank_test": "survival",
    "survival_at": "survival",
    "survival_difference": "survival",
    "restricted_mean": "survival",
    "restricted_mean_difference": "survival",
    "kaplan_meier_many": "survival_arrays",
    "logrank_many": "survival_arrays",
    "schoenfeld_power": "power",
    "schoenfeld_events": "power",
    "risk_under_hazard_ratio": "power",
    "hazard_ratio_of_risks": "power",
    "TwoArmPlan": "power",
    "plan_for_power": "power",
    "simulate_two_arms": "power",
    "simulate_power": "power",
    "AssumedEffect": "enrichment",
    "eligible_share": "enrichment",
    "enrichment_plan": "enrichment",
    "assurance": "enrichment",
    "simulate_next_trial": "enrichment",
    "plot_next_trial": "plots",
    "next_trial_panel": "panels.next_trial",
    "compare_models": "disagreement",
    "TrialDesign": "trial_design",
    "simulate_trials": "simulation",
    "run_many_trials": "many_trials",
    "gap_budget": "budget",
    "prognosis_needed": "budget",
    "event_share": "truths",
    "conditional_hazard_ratio": "truths",
    "marginal_hazard_ratio": "truths",
    "marginalise": "truths",
    "eight_patients": "examples",
    "mirocals_plan": "examples",
    "simulate_treg": "mechanism",
    "receptor_occupancy": "mechanism",
    "simulate_marker_trial": "surrogate",
    "plot_treg_course": "plots",
    "plot_il2_pathway": "plots",
    "plot_km": "plots",
    "plot_power": "plots",
    "plot_patient_lines": "plots",
    "plot_trial_design": "plots",
    "plot_crude_vs_adjusted": "plots",
    "plot_hr_by_biomarker": "plots",
    "il2_pathway_panel": "panels.mechanism",
    "receptor_panel": "panels.mechanism",
    "dosing_panel": "panels.mechanism",
    "treg_course_panel": "panels.mechanism",
    "surrogate_panel": "panels.surrogate",
    "plot_motor_neurons": "plots",
    "checkup_panel": "panels.start",
    "motor_neuron_panel": "panels.background_als",
    "prognosis_panel": "panels.background_als",
    "heterogeneity_panel": "panels.background_als",
    "trial_design_panel": "panels.survival_trial",
    "km_panel": "panels.survival_trial",
    "power_panel": "panels.power",
    "censoring_panel": "panels.censoring",
    "restricted_cubic_spline": "biomarker_shapes",
    "effect_along": "biomarker_shapes",
    "hr_curve_panel": "panels.hr_curve",
    "reference_level_panel": "panels.disagree",
    "disagreement_panel": "panels.disagree",
    "plot_many_trials": "plots",
    "plot_gap_budget": "plots",
    "noncollapsibility_panel": "panels.many_trials",
    "many_trials_panel": "panels.many_trials",
    "gap_budget_panel": "panels.many_trials",
    "proportional_hazards_test": "proportional_hazards",
    "schoenfeld_residuals": "proportional_hazards",
    "period_hazard_ratios": "proportional_hazards",
    "log_log_curves": "proportional_hazards",
    "standardised_differences": "balance",
    "explain_adjustment": "balance",
    "hazards_trial": "toy_trials",
    "responder_trial": "toy_trials",
    "responder_comparisons": "toy_trials",
    "plot_balance": "plots",
    "plot_schoenfeld": "plots",
    "plot_log_log": "plots",
    "covariate_panel": "panels.adjustment",
    "proportional_hazards_panel": "panels.hazards",
    "partial_likelihood_panel": "panels.race",
    "expandable": "panels.race",
    "responder_panel": "panels.responders",
    "subgroup_effects": "cutpoints",
    "search_cutpoint": "cutpoints",
    "search_simulated_trials": "cutpoint_trials",
    "search_shuffled_trials": "cutpoint_trials",
    "risk_difference": "absolute_effects",
    "risk_ratio": "absolute_effects",
    "number_needed_to_treat": "absolute_effects",
    "effects_at": "absolute_effects",
}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in (
        "cox",
        "datasets",
        "disagreement",
        "frames",
        "panels",
        "plots",
        "simulation",
        "style",
        "survival",
    ):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'alsteach' has no attribute {name!r}; al.__all__ lists what there is")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
