"""The numbers of the items that come from real trials; as in ``numbers.py``, each function returns a dict of them."""

from __future__ import annotations

import math

import numpy as np

from ..cox import fit_cox
from ..cutpoints import search_cutpoint
from ..datasets import load_pbc, load_veteran
from ..power import risk_under_hazard_ratio
from ..prognosis import time_when
from ..proportional_hazards import period_hazard_ratios
from ..survival import kaplan_meier, survival_at, survival_difference


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
