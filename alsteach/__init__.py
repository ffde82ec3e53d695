"""alsteach: the package behind a course on ALS, low-dose interleukin-2 and why two hazard ratios disagree.

It teaches; it is no treatment advice.

A learner types ``import alsteach as al`` and uses the names below. Each is loaded on first use, so that
importing the package costs next to nothing.
"""

from importlib import import_module

__version__ = "0.2.0"

_HOME = {
    "TrialDataError": "data.checks",
    "load_published_results": "data.tables",
    "load_references": "data.tables",
    "load_glossary": "data.tables",
    "glossary": "words.glossary",
    "load_mirocals_like": "data.tables",
    "load_mirocals_like_targets": "data.tables",
    "load_als_registry": "data.tables",
    "load_veteran": "data.tables",
    "load_pbc": "data.tables",
    "load_gap_budget": "data.tables",
    "load_treg_course": "data.tables",
    "load_mechanism_parameters": "data.tables",
    "published": "words.published",
    "say": "words.prose",
    "sources": "words.prose",
    "fit_cox": "stats.cox",
    "fit_cox_many": "stats.cox",
    "kaplan_meier": "stats.curves",
    "logrank_test": "stats.curves",
    "survival_at": "stats.curves",
    "survival_difference": "stats.curves",
    "restricted_mean": "stats.curves",
    "restricted_mean_difference": "stats.curves",
    "next_trial_panel": "panels.page07",
    "blinding_panel": "panels.page07",
    "analyse_trial": "own_trial.analysis",
    "own_trial_panel": "own_trial.panel",
    "read_trial": "own_trial.reading",
    "guess_columns": "own_trial.guessing",
    "compare_models": "stats.adjusting",
    "TrialDesign": "worlds.design",
    "simulate_trials": "worlds.simulate",
    "run_many_trials": "worlds.many",
    "gap_budget": "worlds.causes",
    "marginalise": "worlds.limits",
    "simulate_treg": "worlds.mechanism",
    "receptor_occupancy": "worlds.mechanism",
    "plot_km": "plots",
    "plot_crude_vs_adjusted": "plots",
    "plot_hr_by_biomarker": "plots",
    "il2_pathway_panel": "panels.page02",
    "receptor_panel": "panels.page02",
    "dosing_panel": "panels.page02",
    "surrogate_panel": "panels.page02",
    "paradox_panel": "panels.page00",
    "checkup_panel": "panels.page00",
    "motor_neuron_panel": "panels.page01",
    "prognosis_panel": "panels.page01",
    "heterogeneity_panel": "panels.page01",
    "trial_design_panel": "panels.page03",
    "km_panel": "panels.page03",
    "power_panel": "panels.page03",
    "censoring_panel": "panels.page03",
    "hr_curve_panel": "panels.page06",
    "joint_rank_panel": "panels.page07",
    "beam_panel": "panels.page05",
    "precision_panel": "panels.page05",
    "ruler_panel": "panels.page05",
    "reference_level_panel": "panels.page05",
    "better_test_panel": "panels.page05",
    "whose_panel": "panels.page05",
    "noncollapsibility_panel": "panels.page05",
    "gap_budget_panel": "panels.page05",
    "proportional_hazards_test": "stats.hazards",
    "plot_balance": "plots",
    "covariate_panel": "panels.page04",
    "proportional_hazards_panel": "panels.page04",
    "partial_likelihood_panel": "panels.page04",
    "quiz": "exercises.widgets",
    "exercise": "exercises.widgets",
    "progress": "exercises.widgets",
    "page": "exercises.page",
    "responder_panel": "panels.page04",
    "cut_search_panel": "panels.page06",
    "cutpoint_panel": "panels.page06",
    "prognostic_predictive_panel": "panels.page06",
    "risk_difference": "stats.absolute",
    "number_needed_to_treat": "stats.absolute",
    "absolute_effect_panel": "panels.page07",
}

# Where everything else is reached: al.stats.joint_rank, al.style …
ROOMS = ("data", "exercises", "own_trial", "panels", "plots", "stats", "style", "words", "worlds")

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'alsteach' has no attribute {name!r}; al.__all__ lists what there is")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
