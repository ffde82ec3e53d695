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
from ..cutpoints import search_cutpoint, subgroup_effects
from ..datasets import load_gap_budget, load_pbc, load_veteran, published
from ..disagreement import MIROCALS_LIKE_MODEL, compare_models, mirocals_like_for_analysis
from ..examples import eight_patients
from ..many_trials import run_many_trials
from ..mechanism import day_after_injection, simulate_treg
from ..power import risk_under_hazard_ratio
from ..proportional_hazards import period_hazard_ratios
from ..surrogate import simulate_marker_trial
from ..survival import kaplan_meier, survival_at, survival_difference
from ..toy_trials import hazards_trial, responder_comparisons, responder_trial
from ..trial_design import TrialDesign


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


def veteran_hazard_ratios() -> dict:
    """The veteran trial's treatment effect without and with performance status and age."""
    veteran = load_veteran()
    adjusted = fit_cox(veteran, treatment="treated", covariates=["karno", "age_years"])
    return {
        "crude": fit_cox(veteran, treatment="treated").table.loc["treated", "hr"],
        "adjusted": adjusted.table.loc["treated", "hr"],
        "log_adjusted": math.log(adjusted.table.loc["treated", "hr"]),
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


def veteran_median() -> dict:
    """The test arm of the veteran trial: its median, and who lived beyond twice the median."""
    arm = load_veteran().query("treated == 1")
    curve = kaplan_meier(arm)
    median = prognosis.time_when(curve, 0.5)
    beyond, half = survival_at(curve, [2 * median, median / 2])["survival"]
    return {
        "median": median,
        "share_beyond": beyond,
        "died_by_then": 1 - beyond,
        "beyond_half": half,
        "uncounted": float((arm["time_days"] > 2 * median).mean()),
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
    }


def half_the_hazard() -> dict:
    """The veteran trial's control arm as it would be with half its hazard, on the day the panel reads."""
    curves = kaplan_meier(load_veteran(), by="treated")
    control = curves[curves["group"] == 0]
    day = 228
    alive = survival_at(control, [day])["survival"].iloc[0]
    dead, fewer = 100 * (1 - alive), 100 * risk_under_hazard_ratio(1 - alive, 0.5)
    return {"day": day, "dead": dead, "dead_at_half": fewer, "half_of_dead": dead / 2, "prevented": 100 * (1 - fewer / dead)}


def square_root() -> dict:
    """36 of 100 die on control; the hazard is halved: how many are alive, in per cent?"""
    return {"alive": 100 * 0.64**0.5, "half_the_risk": 100 * (1 - 0.36 / 2), "half_the_alive": 100 * 0.64 / 2}


def pbc_five_years() -> dict:
    """Placebo arm of the cirrhosis trial: share alive after five years, rightly and wrongly."""
    arm = load_pbc().query("treated == 0")
    day = 1825
    followed = arm[(arm["died"] == 1) | (arm["time_days"] >= day)]
    return {
        "alive": survival_at(kaplan_meier(arm), [day])["survival"].iloc[0],
        "left_out": float((followed["time_days"] > day).mean()),
        "as_survivors": 1 - float(((arm["died"] == 1) & (arm["time_days"] <= day)).mean()),
        "as_dead": float((arm["time_days"] > day).mean()),
    }


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


def veteran_standard_errors() -> dict:
    """Standard errors of the log hazard ratio in the veteran trial, without covariates and with two."""
    veteran = load_veteran()
    crude = fit_cox(veteran).table.loc["treated"]
    adjusted = fit_cox(veteran, covariates=["karno", "celltype"]).table.loc["treated"]
    return {
        "crude": crude["se"],
        "adjusted": adjusted["se"],
        "ratio": adjusted["se"] / crude["se"],
        "upside_down": crude["se"] / adjusted["se"],
        "ratio_of_hr": adjusted["hr"] / crude["hr"],
        "percent": 100 * (adjusted["se"] / crude["se"] - 1),
    }


def company_of_a_covariate() -> dict:
    """Hazard ratio of serum albumin in the cirrhosis trial, alone and beside bilirubin and prothrombin time."""
    pbc = load_pbc()
    alone = fit_cox(pbc, covariates=["albumin_g_dl"]).table.loc["albumin_g_dl"]
    beside = fit_cox(pbc, covariates=["albumin_g_dl", "bilirubin_mg_dl", "protime_s"]).table
    return {"alone": alone["hr"], "beside": beside.loc["albumin_g_dl", "hr"]}


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


def pbc_periods() -> dict:
    """Hazard ratio of D-penicillamine before and after four years, and over all the time."""
    pbc = load_pbc()
    early, late = period_hazard_ratios(pbc, [1461])["hr"]
    return {"early": early, "late": late, "overall": fit_cox(pbc).table.loc["treated", "hr"]}


def responders() -> dict:
    """A synthetic trial whose treatment does nothing for survival: arms, and responders against the others."""
    table = responder_comparisons(responder_trial(84), 84)["hr"]
    return {
        "as_randomised": table["randomised"],
        "responders": table["responders_vs_others"],
        "mild": 0.9,
    }


def left_out_covariate() -> dict:
    """What a trial with perfectly equal arms shows without a covariate: true hazard ratio 0.5, spread as in the course."""
    budget = load_gap_budget().set_index("cause").loc["non_collapsibility"]
    share = published("mirocals_deaths").estimate / published("mirocals_n_randomised").estimate
    usual = leave_out(0.5, float(budget["log_hazard_sd_usual"]), share).crude_hr
    return {"true": 0.5, "usual": usual, "nothing": leave_out(1.0, 2.0, share).crude_hr}


def better_of_two() -> dict:
    """A thousand trials in which nothing works: false alarms of each analysis, and of the better one."""
    nothing = TrialDesign(treatment_log_hr_at_zero=0.0, treatment_log_hr_per_pg_ml=0.0)
    trials = run_many_trials(nothing, n_trials=1000, seed=0)
    first, second = trials["crude_p"] < 0.05, trials["at_zero_p"] < 0.05
    return {
        "first": 100 * first.mean(),
        "second": 100 * second.mean(),
        "either": 100 * (first | second).mean(),
    }


def false_alarms() -> dict:
    """Chance, in per cent, that at least one of three independent tests at 5 % raises a false alarm."""
    return {"at_least_one": 100 * (1 - 0.95**3), "one_test": 5.0, "added": 15.0, "all_three": 100 * 0.05**3}


def pbc_interaction() -> dict:
    """Treatment × prothrombin time in the cirrhosis trial, read at 0 seconds and at the patients' mean."""
    fit = fit_cox(load_pbc(), interaction="protime_s")
    mean = load_pbc()["protime_s"].mean()
    at_mean = fit.at([mean]).iloc[0]
    return {
        "at_zero": fit.table.loc["treated", "hr"],
        "at_zero_p": fit.table.loc["treated", "p"],
        "at_mean": at_mean["hr"],
        "log_at_mean": math.log(at_mean["hr"]),
        "mean": mean,
        "lowest": load_pbc()["protime_s"].min(),
        "without": fit_cox(load_pbc(), covariates=["protime_s"]).table.loc["treated", "hr"],
    }


def pbc_neither_alone() -> dict:
    """The cirrhosis trial's treatment effect, crude and beside log bilirubin."""
    pbc = load_pbc().assign(log_bilirubin=lambda d: np.log(d["bilirubin_mg_dl"]))
    crude = fit_cox(pbc).table.loc["treated"]
    adjusted = fit_cox(pbc, covariates=["log_bilirubin", "age_years"]).table.loc["treated"]
    return {
        "crude": crude["hr"],
        "adjusted": adjusted["hr"],
        "crude_low": crude["ci_low"],
        "crude_high": crude["ci_high"],
        "low": adjusted["ci_low"],
        "high": adjusted["ci_high"],
        "bilirubin_only": fit_cox(pbc, covariates=["log_bilirubin"]).table.loc["treated", "hr"],
        "not_logged": fit_cox(pbc, covariates=["bilirubin_mg_dl", "age_years"]).table.loc["treated", "hr"],
    }


def fitness_groups() -> dict:
    """The veteran trial's treatment effect in fit and in weaker men (Karnofsky 70 or more), and its interaction."""
    veteran = load_veteran().assign(fit=lambda d: (d["karno"] >= 70).astype(int))
    strong, weak = (fit_cox(veteran[veteran["fit"] == group]).table.loc["treated"] for group in (1, 0))
    both = fit_cox(veteran, interaction="fit").table
    return {
        "p_fit": strong["p"],
        "p_weak": weak["p"],
        "hr_fit": strong["hr"],
        "hr_weak": weak["hr"],
        "p_interaction": both["p"].iloc[-1],
        "p_treated": both.loc["treated", "p"],
    }


def searched_age_cut() -> dict:
    """Eleven age cuts in the cirrhosis trial: the smallest p of treatment × older, and the one at 50 years."""
    found = search_cutpoint(load_pbc(), "age_years", cuts=list(range(40, 61, 2)))
    p = found["p_interaction"]
    return {
        "smallest": p.min(),
        "at_50": float(p[found["cut"] == 50].iloc[0]),
        "largest": p.max(),
        "mean": p.mean(),
        "cut": found.attrs["best"],
    }


def bilirubin_prognosis() -> dict:
    """Bilirubin in the cirrhosis trial: how it goes with death, and with the treatment effect."""
    pbc = load_pbc().assign(log_bilirubin=lambda d: np.log(d["bilirubin_mg_dl"]))
    table = fit_cox(pbc, interaction="log_bilirubin").table
    return {
        "prognosis": fit_cox(pbc, covariates=["log_bilirubin"]).table.loc["log_bilirubin", "hr"],
        "p_interaction": table["p"].iloc[-1],
    }


def cohort_strata() -> dict:
    """The synthetic cohort in three groups of CSF-pNFH: hazard ratios, patients and deaths."""
    cohort = mirocals_like_for_analysis()
    low, high = (published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to"))
    groups = subgroup_effects(cohort, "csf_pnfh_pg_ml", cuts=[low, high]).groups
    both = subgroup_effects(cohort, "csf_pnfh_pg_ml", cuts=[high]).groups
    lowest = groups.iloc[0]
    return {
        "lowest_n": int(lowest["n"]),
        "lowest_deaths": int(lowest["deaths"]),
        "lowest_hr": lowest["hr"],
        "lowest_ci_low": lowest["ci_low"],
        "lowest_ci_high": lowest["ci_high"],
        "middle_hr": groups.iloc[1]["hr"],
        "middle_p": groups.iloc[1]["p"],
        "up_to_high_hr": both.iloc[0]["hr"],
        "up_to_high_low": both.iloc[0]["ci_low"],
        "up_to_high_high": both.iloc[0]["ci_high"],
    }


def two_studies() -> dict:
    """Two log hazard ratios with one standard error: the z of each, and of their difference."""
    se, strong, weak = 0.2, math.log(0.65), math.log(0.75)
    return {
        "hr_strong": 0.65,
        "hr_weak": 0.75,
        "p_strong": two_sided_p(strong / se),
        "p_weak": two_sided_p(weak / se),
        "p_difference": two_sided_p((strong - weak) / (se * 2**0.5)),
    }


def veteran_risks() -> dict:
    """Dead by day 100 in the veteran trial, men with small-cell cancer against squamous: risks and hazards."""
    veteran = load_veteran().query("celltype in ['smallcell', 'squamous']")
    veteran = veteran.assign(small=(veteran["celltype"] == "smallcell").astype(int))
    curves = kaplan_meier(veteran, by="small")
    dead = [1 - survival_at(curves[curves["group"] == g], [100])["survival"].iloc[0] for g in (0, 1)]
    return {
        "risk_ratio": dead[1] / dead[0],
        "upside_down": dead[0] / dead[1],
        "alive_ratio": (1 - dead[1]) / (1 - dead[0]),
        "hr": fit_cox(veteran, treatment="small").table.loc["small", "hr"],
    }


def pbc_needed() -> dict:
    """The cirrhosis trial after five years: deaths prevented in 100, with the interval."""
    difference = survival_difference(kaplan_meier(load_pbc(), by="treated"), 1825)
    return {
        "points": 100 * difference.estimate,
        "share": difference.estimate,
        "reversed": -100 * difference.estimate,
        "low": 100 * difference.ci_low,
        "high": 100 * difference.ci_high,
    }


def topline() -> dict:
    """What the 2022 announcement and the 2025 paper say in per cent, and what a hazard ratio of 0.32 leaves."""
    early = published("mirocals_topline_2022_reduction_adjusted_percent").estimate
    late = published("mirocals_reduction_adjusted_percent").estimate
    return {"early": early, "late": late, "points": early - late, "as_ratio": early / late}


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
