"""The numbers of the items, computed from the tables: each function returns a dict of them, called once at most.

An item names its function (``numbers = "veteran_hazard_ratios"``) and uses the keys in its texts.
"""

from __future__ import annotations

import math

from ..cox import fit_cox
from ..datasets import load_veteran, published
from ..disagreement import MIROCALS_LIKE_MODEL, compare_models, mirocals_like_for_analysis


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
