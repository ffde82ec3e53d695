"""The numbers of the items, computed from the tables: each function returns a dict of them, called once at most.

An item names its function (``numbers = "veteran_hazard_ratios"``) and uses the keys in its texts.
"""

from __future__ import annotations

import math

import numpy as np

from ..data.tables import load_gap_budget, load_pbc, load_veteran
from ..stats import prognosis
from ..stats.absolute import risk_difference
from ..stats.adjusting import MIROCALS_LIKE_MODEL, compare_models, mirocals_like_for_analysis
from ..stats.cox import Z95, fit_cox, two_sided_p
from ..stats.curves import kaplan_meier, survival_at, survival_difference
from ..stats.cutpoints import search_cutpoint, subgroup_effects
from ..stats.hazards import period_hazard_ratios, proportional_hazards_test
from ..stats.power import risk_under_hazard_ratio, schoenfeld_events, schoenfeld_power
from ..stats.prognosis import time_when
from ..words.published import eight_patients, published
from ..worlds.causes import kinds_apart, published_gap, two_kinds
from ..worlds.cut_search import search_simulated_trials
from ..worlds.design import TrialDesign
from ..worlds.limits import calibrated
from ..worlds.many import run_many_trials
from ..worlds.mechanism import day_after_injection, simulate_treg
from ..worlds.toys import (
    hazards_trial,
    marker_world,
    responder_comparisons,
    responder_trial,
    same_effect_trial,
    simulate_marker_trial,
)

SEARCHED_TRIALS = 1000  # as many as the panel draws, so that the answer tells its figures


def published_risks() -> dict:
    """Deaths and risks in the arms of MIROCALS, as published."""
    n = published("mirocals_n_randomised").estimate / 2
    active, placebo = published("mirocals_deaths_il2").estimate, published("mirocals_deaths_placebo").estimate
    return {
        "per_arm": n,
        "active_deaths": active,
        "placebo_deaths": placebo,
        "risk_active": active / n,
        "risk_placebo": placebo / n,
        "risk_ratio": active / placebo,
        "upside_down": placebo / active,
        "difference": (placebo - active) / n,
    }


def cohort_hazard_ratios() -> dict:
    """The synthetic cohort's hazard ratio read at zero and at the mean CSF-pNFH."""
    cohort = mirocals_like_for_analysis()
    table = compare_models(cohort, **MIROCALS_LIKE_MODEL)
    at_mean = table.loc["adjusted_interaction_mean"]
    return {
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
    for name, dose in (("lowest", 0.2), ("trial", 2.0), ("cancer", cancer)):
        peak = day_after_injection(dose).max()
        found[f"{name}_treg_hear"] = peak["trimeric_occupied_percent"]
        found[f"{name}_effector_hear"] = peak["dimeric_occupied_percent"]
        course = simulate_treg(dose)
        found[f"{name}_treg"] = course["treg_percent"].max()
        found[f"{name}_effector"] = course["teff_percent_of_baseline"].max()
        found[f"{name}_ccl2_high"] = course["ccl2_percent_of_baseline"].max()
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
    at_risk = {"at_risk_first": 10, "through_first": 9, "at_risk_second": 7, "through_second": 6}
    share = 9 / 10 * 6 / 7
    return at_risk | {
        "share": share,
        "alive": 100 * share,
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
        "fewer_deaths": counts[2] - counts[0],
        "difference": 100 * difference,
        "low": 100 * (difference - half),
        "fewer": 100 * (half - difference),
        "high": 100 * (difference + half),
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
    hr, control = 0.5, 0.64
    share = control**hr
    return {
        "hr": hr,
        "share_control": control,
        "share": share,
        "alive": 100 * share,
        "half_the_risk": 100 * (1 - (1 - control) / 2),
        "half_the_alive": 100 * control / 2,
        "everybody": 100,
    }


LUNG = ["karno", "celltype", "age_years", "prior", "diagtime_months"]


def adjusting_the_lung_trial() -> dict:
    """The lung cancer trial's standard error of the log hazard ratio, unadjusted and adjusted for five covariates."""
    trial = load_veteran()
    crude, adjusted = (fit_cox(trial, covariates=ticks).table.loc["treated"] for ticks in ([], LUNG))
    return {"se_crude": crude["se"], "se_adjusted": adjusted["se"]}


def karno_in_company() -> dict:
    """Hazard ratio per ten points of the Karnofsky score in the lung cancer trial, alone and beside four covariates."""
    trial = load_veteran().assign(karno=lambda df: df["karno"] / 10)
    crude, alone, all_five = (fit_cox(trial, covariates=ticks).table["hr"] for ticks in ([], ["karno"], LUNG))
    return {
        "alone": alone["karno"],
        "beside": all_five["karno"],
        "crude": crude["treated"],
        "adjusted": all_five["treated"],
    }


def crossing_trial() -> dict:
    """The synthetic trial that harms at first and helps later: what a test of its drift says of forty patients."""
    early, late = 2.5, 0.35
    few = fit_cox(hazards_trial("crossing", 40))
    return {
        "p_few": proportional_hazards_test(few).loc["treated", "p"],
        "early_true": early,
        "late_true": late,
    }


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
    """What two perfectly equal arms show when nobody knows who is frail: true hazard ratio 0.5, usual spread."""
    budget = load_gap_budget().set_index("cause").loc["non_collapsibility"]
    deaths = published("mirocals_deaths").estimate / published("mirocals_n_randomised").estimate
    frailer = kinds_apart(budget["log_hazard_sd_usual"])
    return {"true": 0.5, "usual": two_kinds(frailer, 0.5, deaths).mixed_hr}


def better_of_two() -> dict:
    """A thousand trials in which nothing works: false alarms of each analysis, and of the better one."""
    nothing = calibrated(TrialDesign(treatment_log_hr_per_pg_ml=0.0), 0.0, published_gap().deaths)
    trials = run_many_trials(nothing, n_trials=1000, seed=0)
    first, second = trials["crude_p"] < 0.05, trials["at_zero_p"] < 0.05
    return {
        "first": 100 * first.mean(),
        "second": 100 * second.mean(),
        "either": 100 * (first | second).mean(),
    }


def small_p_at_zero() -> dict:
    """A thousand trials with equal arms and the printed slope: how many of 100 have a small p, and where."""
    trials = run_many_trials(calibrated(TrialDesign(), 0.0, published_gap().deaths), n_trials=1000, seed=0)
    zero = 100 * (trials["at_zero_p"] < 0.05).mean()
    arms = 100 * (trials["crude_p"] < 0.05).mean()
    return {"arms": arms, "zero": zero, "rounded": round(zero, -1), "low": zero - 10, "high": zero + 10}


def false_alarms() -> dict:
    """Chance, in per cent, that at least one of three independent tests at 5 % raises a false alarm."""
    quiet = 0.95
    return {
        "quiet_one": quiet,
        "quiet_all": quiet**3,
        "alarm": 1 - quiet**3,
        "at_least_one": 100 * (1 - quiet**3),
        "one_test": 100 * (1 - quiet),
        "added": 3 * 100 * (1 - quiet),
        "all_three": 100 * (1 - quiet) ** 3,
        "all_programmes": 100,
    }


def searched_cuts() -> dict:
    """Of 100 trials whose treatment does the same for all: how many have p < 0.05 at a named, and at the best cut."""
    same = TrialDesign(
        treatment_log_hr_at_zero=math.log(published("mirocals_hr_unadjusted").estimate),
        treatment_log_hr_per_pg_ml=0.0,
    )
    cut = published("mirocals_low_pnfh_to_pg_ml").estimate
    found = search_simulated_trials(same, cut, n_trials=SEARCHED_TRIALS)
    share = 100 * found.share_found()[-1]
    return {
        "named": 100 * found.share_found_named(),
        "searched": share,
        "rounded": round(share, -1),
        "separate": 100 * (1 - 0.95 ** found.p.shape[1]),
        "low": share - 10,
        "high": share + 10,
    }


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


def rule_of_three() -> dict:
    """What 0 events among the treated of MIROCALS would leave open: 3 divided by their number."""
    n = published("mirocals_n_il2").estimate
    return {
        "n": n,
        "share": 3 / n,
        "of_a_thousand": 3000 / n,
        "nobody": 0.0,
        "of_a_hundred": 300 / n,
        "one_only": 1000 / n,
    }


def reports_checked() -> dict:
    """The published figures against which four reports are held, and what follows from them."""
    found = alive_at_the_endpoint()
    il2, placebo = (published(f"mirocals_alive_{arm}").estimate for arm in ("il2", "placebo"))
    low_il2, low_placebo = (
        published(f"mirocals_alive_low_pnfh_{arm}_percent").estimate for arm in ("il2", "placebo")
    )
    return {
        "alive_il2": il2,
        "alive_placebo": placebo,
        "overall": 100 * (il2 / placebo - 1),
        "points": found["points"],
        "fewer": found["relative"],
        "low_il2": low_il2,
        "low_placebo": low_placebo,
        "gap": low_il2 - low_placebo,
        "relative": 100 * (low_il2 / low_placebo - 1),
    }


def next_trial() -> dict:
    """A trial planned for the adjusted hazard ratio, and its power if the unadjusted one is true."""
    hoped, modest = (published(f"mirocals_hr_{kind}").estimate for kind in ("adjusted", "unadjusted"))
    deaths = math.ceil(schoenfeld_events(hoped))
    return {
        "deaths": deaths,
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
        "trial_effector_hear": found["trial_effector_hear"],
        "cancer_effector_hear": found["cancer_effector_hear"],
        "effector_points": found["cancer_effector_hear"] - found["trial_effector_hear"],
        "treg_points": found["cancer_treg_hear"] - found["trial_treg_hear"],
        "effector_times": found["cancer_effector_hear"] / found["trial_effector_hear"],
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


def veteran_median() -> dict:
    """The test arm of the veteran trial: its median, and who lived beyond twice the median."""
    arm = load_veteran().query("treated == 1")
    curve = kaplan_meier(arm)
    median = time_when(curve, 0.5)
    beyond, half = survival_at(curve, [2 * median, median / 2])["survival"]
    return {
        "median": median,
        "share_beyond": beyond,
        "died_by_then": 1 - beyond,
        "beyond_half": half,
        "uncounted": float((arm["time_days"] > 2 * median).mean()),
    }


def half_the_hazard() -> dict:
    """The veteran trial's control arm as it would be with half its hazard, on the day the panel reads."""
    curves = kaplan_meier(load_veteran(), by="treated")
    control = curves[curves["group"] == 0]
    day = 228
    alive = survival_at(control, [day])["survival"].iloc[0]
    dead, fewer = 100 * (1 - alive), 100 * risk_under_hazard_ratio(1 - alive, 0.5)
    return {
        "day": day,
        "dead": dead,
        "dead_at_half": fewer,
        "half_of_dead": dead / 2,
        "prevented": 100 * (1 - fewer / dead),
    }


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


def pbc_periods() -> dict:
    """Hazard ratio of D-penicillamine before and after four years, and over all the time."""
    pbc = load_pbc()
    early, late = period_hazard_ratios(pbc, [1461])["hr"]
    return {"early": early, "late": late, "overall": fit_cox(pbc).table.loc["treated", "hr"]}


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
    models = {"crude": [], "adjusted": ["log_bilirubin", "age_years"], "bilirubin_only": ["log_bilirubin"]}
    return {name: fit_cox(pbc, covariates=ticks).table.loc["treated", "hr"] for name, ticks in models.items()}


def fitness_groups() -> dict:
    """The veteran trial's treatment effect in fit and in weaker men (Karnofsky 70 or more), and its interaction."""
    veteran = load_veteran().assign(fit=lambda d: (d["karno"] >= 70).astype(int))
    strong, weak = (fit_cox(veteran[veteran["fit"] == group]).table.loc["treated"] for group in (1, 0))
    both = fit_cox(veteran, interaction="fit").table
    return {
        "p_fit": strong["p"],
        "p_weak": weak["p"],
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
    """The cirrhosis trial after five years: deaths prevented in 100."""
    share = survival_difference(kaplan_meier(load_pbc(), by="treated"), 1825).estimate
    return {"points": 100 * share, "share": share, "reversed": -100 * share}


def width_of_the_adjusted() -> dict:
    """How many deaths would make an interval as wide as the printed one of the adjusted hazard ratio."""
    figure = published("mirocals_hr_adjusted")
    error = math.log(figure.ci_high / figure.ci_low) / (2 * Z95)
    # With as many deaths in either arm, the log hazard ratio's standard error is 2 / √deaths.
    return {
        "adjusted": figure.estimate,
        "low": figure.ci_low,
        "high": figure.ci_high,
        "deaths": (2 / error) ** 2,
    }
