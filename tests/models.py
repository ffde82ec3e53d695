"""The models that tests/reference/cox.R fits, as a learner would ask alsteach for them."""

from __future__ import annotations

import numpy as np

import alsteach as al
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis

VETERAN = ["karno", "celltype", "age_years", "prior", "diagtime_months"]
PBC = ["age_years", "edema", "log_bilirubin_mg_dl", "log_protime_s", "log_albumin_g_dl"]
MIROCALS = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]


def veteran_weeks():
    """The veteran trial with time in four-week steps: many deaths at the same time."""
    veteran = al.load_veteran()
    return veteran.assign(time_days=np.ceil(veteran["time_days"] / 28))


def pbc():
    table = al.load_pbc()
    logs = {f"log_{c}": np.log(table[c]) for c in ("bilirubin_mg_dl", "protime_s", "albumin_g_dl")}
    return table.assign(**logs)


MODELS = {
    "veteran_crude": (al.load_veteran, [], None),
    "veteran_adjusted": (al.load_veteran, VETERAN, None),
    "veteran_interaction": (al.load_veteran, VETERAN, "karno"),
    "veteran_weeks_interaction": (veteran_weeks, VETERAN, "karno"),
    "pbc_crude": (pbc, [], None),
    "pbc_adjusted": (pbc, PBC, None),
    "pbc_interaction": (pbc, PBC, "log_bilirubin_mg_dl"),
    "mirocals_crude": (mirocals_like_for_analysis, [], None),
    "mirocals_adjusted": (mirocals_like_for_analysis, MIROCALS, None),
    "mirocals_interaction": (mirocals_like_for_analysis, MIROCALS, "csf_pnfh_pg_ml"),
}


def fit(name: str, ties: str):
    load, covariates, interaction = MODELS[name]
    return al.fit_cox(load(), covariates=covariates, interaction=interaction, ties=ties)


def r_term(term: str) -> str:
    """Write a term as R does: celltype=adeno is celltypeadeno there."""
    return term.replace("=", "")
