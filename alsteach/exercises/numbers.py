"""The numbers of the items, computed from the tables: each function returns a dict of them, called once at most.

An item names its function (``numbers = "veteran_hazard_ratios"``) and uses the keys in its texts.
"""

from __future__ import annotations

import math

import numpy as np

from .. import prognosis
from ..absolute_effects import risk_difference
from ..collapsibility import leave_out
from ..cox import fit_cox, two_sided_p
from ..cutpoints import subgroup_effects
from ..datasets import load_gap_budget
from ..disagreement import MIROCALS_LIKE_MODEL, compare_models, mirocals_like_for_analysis
from ..examples import eight_patients
from ..many_trials import run_many_trials
from ..marker_worlds import marker_world, same_effect_trial
from ..mechanism import day_after_injection, simulate_treg
from ..power import schoenfeld_events, schoenfeld_power
from ..proportional_hazards import period_hazard_ratios
from ..published_figures import published
from ..surrogate import simulate_marker_trial
from ..survival import kaplan_meier
from ..toy_trials import hazards_trial, responder_comparisons, responder_trial
from ..trial_design import TrialDesign
from .trial_numbers import *  # noqa: F403 - an item's function is looked up here


def published_risks() -> dict:
    """Deaths and risks in the arms of MIROCALS, as published."""
    n = published("mirocals_n_randomised").estimate / 2
    active, placebo = published("mirocals_deaths_il2").estimate, published("mirocals_deaths_placebo").estimate
    return {
        "active_deaths": active,
        "placebo_deaths": placebo,
        "risk_active": active / n,
        "risk_placebo": placebo / n,
        "risk_ratio": active / placebo,
        "upside_down": placebo / active,
        "difference": (placebo - active) / n,
    }


def cohort_hazard_ratios() -> dict:
    """The synthetic cohort's hazard ratios: crude, adjusted, and read at zero and at the mean CSF-pNFH."""
    cohort = mirocals_like_for_analysis()
    table = compare_models(cohort, **MIROCALS_LIKE_MODEL)
    at_mean = table.loc["adjusted_interaction_mean"]
    return {
        "crude": table.loc["unadjusted", "hr"],
        "halfway": (table.loc["unadjusted", "hr"] + table.loc["adjusted_interaction", "hr"]) / 2,
        "adjusted": table.loc["adjusted", "hr"],
        "at_zero": table.loc["adjusted_interaction", "hr"],
        "at_mean": at_mean["hr"],
        "at_mean_low": at_mean["ci_low"],
        "at_mean_high": at_mean["ci_high"],
        "mean_pnfh": cohort["csf_pnfh_pg_ml"].mean(),
    }


def foretold() -> dict:
    """How far lives spread around the predicted median in the synthetic registry, in per cent."""
    people = prognosis.registry_at_diagnosis()
    fit = fit_cox(people, treatment=None, covariates=list(prognosis.PROGNOSTIC_COVARIATES))
    within = 100 * prognosis.share_within_half_and_twice(fit)
    return {"within": within, "outside": 100 - within}


def luckiest_draw() -> dict:
    """Two arms of MIROCALS's size drawn 200 times from the synthetic registry; nobody is treated."""
    people = prognosis.registry_at_diagnosis()
    values = people[["age_years"]].to_numpy(dtype=float)
    day = published("mirocals_endpoint_day").estimate
    per_arm = int(published("mirocals_n_il2").estimate)
    arms = prognosis.draw_arms(
        values, *prognosis.stopped_at(people["time_days"], people["died"], day), per_arm, 200
    )
    far = int(np.nanargmax(np.abs(arms.log_hr)))
    return {
        "per_arm": per_arm,
        "luckiest": math.exp(arms.log_hr[far]),
        "mild": 0.8,
        "tiny": 0.95,
        "luckiest_p": arms.p[far],
        "significant": int((arms.p < 0.05).sum()),
    }


def doses() -> dict:
    """What three doses of IL-2 do in the teaching model, on the first day and over three cycles."""
    cancer = published("il2_high_dose_miu_per_kg").estimate * 70
    found = {"cancer_miu": cancer}
    for name, dose in (("lowest", 0.25), ("trial", 2.0), ("cancer", cancer)):
        peak = day_after_injection(dose).max()
        found[f"{name}_treg_hear"] = peak["trimeric_occupied_percent"]
        found[f"{name}_effector_hear"] = peak["dimeric_occupied_percent"]
        course = simulate_treg(dose)
        found[f"{name}_treg"] = course["treg_percent"].max()
        found[f"{name}_effector"] = course["teff_percent_of_baseline"].max()
        found[f"{name}_ccl2_high"] = course["ccl2_percent_of_baseline"].max()
        found[f"{name}_ccl2_low"] = course["ccl2_percent_of_baseline"].min()
    return found


def marker_worlds() -> dict:
    """Hazard ratio of treatment in the three worlds of the surrogate panel, 400 people a side."""
    found = {}
    for letter, world in {"a": "bystander", "b": "through", "c": "two_roads"}.items():
        trial = simulate_marker_trial(world, n_per_arm=400, seed=2)
        found[f"world_{letter}"] = fit_cox(trial).table.loc["treated", "hr"]
    return found


def eight_patients_alive() -> dict:
    """Share of the eight patients alive at the end, counted rightly and in three wrong ways, in per cent."""
    eight = eight_patients()
    lost = ((eight["died"] == 0) & (eight["time_days"] < eight["time_days"].max())).mean()
    dead = eight["died"].mean()
    return {
        "kaplan_meier": 100 * kaplan_meier(eight)["survival"].iloc[-1],
        "as_survivors": 100 * (1 - dead),
        "as_dead": 100 * (1 - dead - lost),
    }


def ten_patients() -> dict:
    """Ten at risk, one death; two lost; one more death: the share alive in per cent, rightly and wrongly."""
    return {
        "alive": 100 * 9 / 10 * 6 / 7,
        "as_survivors": 100 * 8 / 10,
        "left_out": 100 * 6 / 8,
        "as_dead": 100 * 6 / 10,
    }


def alive_at_the_endpoint() -> dict:
    """Difference in the share alive, MIROCALS as published, in points of 100, with its 95 % interval."""
    counts = [published(f"mirocals_{key}").estimate for key in ("deaths_il2", "n_il2")]
    counts += [published(f"mirocals_{key}").estimate for key in ("deaths_placebo", "n_placebo")]
    found = risk_difference(*[int(count) for count in counts])
    difference = found.risk_0 - found.risk_1
    half = (
        1.96 * sum(p * (1 - p) / n for p, n in ((found.risk_1, counts[1]), (found.risk_0, counts[3]))) ** 0.5
    )
    return {
        "difference": 100 * difference,
        "low": 100 * (difference - half),
        "fewer": 100 * (half - difference),
        "high": 100 * (difference + half),
        "dead_il2": 100 * found.risk_1,
        "dead_placebo": 100 * found.risk_0,
        "nnt": 1 / difference,
        "nnt_of_share": 1 / found.risk_1,
        "points": 100 * difference,
        "relative": 100 * (1 - found.risk_1 / found.risk_0),
        "half_way": 50 * (1 - found.risk_1 / found.risk_0 + 1 - published("mirocals_hr_adjusted").estimate),
        "nnt_benefit": 1 / (difference + half),
        "nnt_harm": 1 / (half - difference),
        "double": 2 / difference,
    }


def square_root() -> dict:
    """36 of 100 die on control; the hazard is halved: how many are alive, in per cent?"""
    return {"alive": 100 * 0.64**0.5, "half_the_risk": 100 * (1 - 0.36 / 2), "half_the_alive": 100 * 0.64 / 2}


def adjusting_the_cohort() -> dict:
    """Standard error of the log hazard ratio in the synthetic cohort, unadjusted and adjusted for six covariates."""
    model = {**MIROCALS_LIKE_MODEL, "interaction": None}
    model["covariates"] = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
    table = compare_models(mirocals_like_for_analysis(), **model)
    return {
        "se_crude": table.loc["unadjusted", "se"],
        "se_adjusted": table.loc["adjusted", "se"],
        "crude": table.loc["unadjusted", "hr"],
        "adjusted": table.loc["adjusted", "hr"],
    }


def slope_in_company() -> dict:
    """Hazard ratio per SD of the log ALSFRS-R slope in the synthetic cohort, alone and beside five covariates."""
    cohort, name = mirocals_like_for_analysis(), "log_alsfrs_r_slope"
    cohort[name] = (cohort[name] - cohort[name].mean()) / cohort[name].std()
    others = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
    return {
        "alone": fit_cox(cohort, covariates=[name]).table.loc[name, "hr"],
        "beside": fit_cox(cohort, covariates=others).table.loc[name, "hr"],
    }


def crossing_trial() -> dict:
    """The synthetic trial that harms at first and helps later: its one hazard ratio, and the two periods'."""
    trial = hazards_trial("crossing")
    row = fit_cox(trial).table.loc["treated"]
    early, late = period_hazard_ratios(trial, [120])["hr"]
    return {"overall": row["hr"], "p": row["p"], "early": early, "late": late}


def selection_alone() -> dict:
    """The synthetic trial in which every hazard is halved on every day, split at day 240."""
    trial = hazards_trial("selection")
    early, late = period_hazard_ratios(trial, [240])["hr"]
    return {"early": early, "late": late}


def responders() -> dict:
    """A synthetic trial whose treatment does nothing for survival: arms, and responders against the others."""
    table = responder_comparisons(responder_trial(84), 84)["hr"]
    return {
        "as_randomised": table["randomised"],
        "responders": table["responders_vs_others"],
        "mild": 0.9,
    }


def left_out_covariate() -> dict:
    """What a trial with perfectly equal arms shows without a covariate: true hazard ratio 0.5, usual spread."""
    budget = load_gap_budget().set_index("cause").loc["non_collapsibility"]
    share = published("mirocals_deaths").estimate / published("mirocals_n_randomised").estimate
    usual = leave_out(0.5, float(budget["log_hazard_sd_usual"]), share).crude_hr
    return {"true": 0.5, "usual": usual, "nothing": leave_out(1.0, 2.0, share).crude_hr}


def better_of_two() -> dict:
    """Five hundred trials in which nothing works: false alarms of each analysis, and of the better one."""
    nothing = TrialDesign(treatment_log_hr_at_zero=0.0, treatment_log_hr_per_pg_ml=0.0)
    trials = run_many_trials(nothing, n_trials=500, seed=0)
    first, second = trials["crude_p"] < 0.05, trials["at_zero_p"] < 0.05
    return {
        "first": 100 * first.mean(),
        "second": 100 * second.mean(),
        "either": 100 * (first | second).mean(),
    }


def false_alarms() -> dict:
    """Chance, in per cent, that at least one of three independent tests at 5 % raises a false alarm."""
    return {"at_least_one": 100 * (1 - 0.95**3), "one_test": 5.0, "added": 15.0, "all_three": 100 * 0.05**3}


def cohort_strata() -> dict:
    """The synthetic cohort's group with the lowest CSF-pNFH: hazard ratio, patients and deaths."""
    cohort = mirocals_like_for_analysis()
    low, high = (published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to"))
    lowest = subgroup_effects(cohort, "csf_pnfh_pg_ml", cuts=[low, high]).groups.iloc[0]
    return {
        "lowest_n": int(lowest["n"]),
        "lowest_deaths": int(lowest["deaths"]),
        "lowest_hr": lowest["hr"],
        "lowest_ci_low": lowest["ci_low"],
        "lowest_ci_high": lowest["ci_high"],
    }


def same_effect_groups() -> dict:
    """Two groups of a synthetic trial whose treatment does the same for everyone."""
    high = published("mirocals_low_pnfh_to_pg_ml").estimate
    effects = subgroup_effects(same_effect_trial(), "csf_pnfh_pg_ml", cuts=[high])
    below, above = effects.groups.iloc[0], effects.groups.iloc[1]
    return {
        "p_low": below["p"],
        "p_high": above["p"],
        "hr_low": below["hr"],
        "hr_high": above["hr"],
        "deaths_low": int(below["deaths"]),
        "deaths_high": int(above["deaths"]),
        "p_groups": effects.interaction.loc["groups", "p"],
    }


def two_studies() -> dict:
    """Two log hazard ratios with one standard error: the z of each, and of their difference."""
    se, strong, weak = 0.2, math.log(0.65), math.log(0.75)
    p_strong, p_weak = two_sided_p(strong / se), two_sided_p(weak / se)
    return {
        "hr_strong": 0.65,
        "hr_weak": 0.75,
        "p_strong": p_strong,
        "p_weak": p_weak,
        "between": (p_strong + p_weak) / 2,
        "p_difference": two_sided_p((strong - weak) / (se * 2**0.5)),
    }


def low_group() -> dict:
    """The hazard ratio of the paper's "low" group, told as a reduction in per cent."""
    return {"reduction": 100 * (1 - published("mirocals_hr_low_pnfh").estimate)}


def next_trial() -> dict:
    """A trial planned for the adjusted hazard ratio, and its power if the unadjusted one is true."""
    hoped, modest = (published(f"mirocals_hr_{kind}").estimate for kind in ("adjusted", "unadjusted"))
    deaths = math.ceil(schoenfeld_events(hoped))
    return {
        "deaths": deaths,
        "deaths_needed": schoenfeld_events(modest),
        "power": 100 * float(schoenfeld_power(modest, deaths)),
    }


def treated_only() -> dict:
    """Alive at the end with a low and a high biomarker, all treated, when it is predictive only, in per cent."""
    survival = marker_world(hr_low=0.5, hr_high=1.0).survival
    return {"low": 100 * survival["low", 1][-1], "high": 100 * survival["high", 1][-1]}


def useless_drugs() -> dict:
    """Expected false alarms among 60 trials of useless drugs at the 5 % level."""
    return {"trials": 60, "alarms": 60 * 0.05, "none": 0, "percent": 5, "right_ones": 60 * 0.95}


def doses_compared() -> dict:
    """How much more of each receptor is occupied at the high dose than at 2 MIU."""
    found = doses()
    return {
        "effector_points": found["cancer_effector_hear"] - found["trial_effector_hear"],
        "treg_points": found["cancer_treg_hear"] - found["trial_treg_hear"],
        "effector_times": found["cancer_effector_hear"] / found["trial_effector_hear"],
    }
