"""How one trial comes to report several hazard ratios: the steps from crude to adjusted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import frames
from .budget import gap_budget as gap_budget
from .cox import CoxFit, fit_cox
from .datasets import load_mirocals_like

STEPS = ("unadjusted", "adjusted", "adjusted_interaction", "adjusted_interaction_mean")


def fit_steps(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    interaction: str | None = None,
    reference: float = 0.0,
    ties: str = "efron",
    missing: str = "warn",
) -> dict[str, CoxFit]:
    """Fit the models of `compare_models` and return them by the names in ``STEPS``.

    The biomarker's main effect belongs to every adjusted model, so that the interaction's step adds the interaction
    alone.
    """
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    outcome |= {"ties": ties, "missing": missing}
    covariates = list(dict.fromkeys([*covariates, *([interaction] if interaction is not None else [])]))
    fits = {"unadjusted": fit_cox(df, **outcome)}
    if not covariates:
        return fits | {"adjusted": fits["unadjusted"]}
    fits["adjusted"] = fit_cox(df, covariates=covariates, **outcome)
    if interaction is None:
        return fits
    varying = fit_cox(df, covariates=covariates, interaction=interaction, reference=reference, **outcome)
    mean = float(frames.numeric(varying.analysed, interaction).mean())
    fits["adjusted_interaction"] = varying
    fits["adjusted_interaction_mean"] = varying.read_at(mean)
    return fits


def compare_models(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    interaction: str | None = None,
    reference: float = 0.0,
    ties: str = "efron",
    missing: str = "warn",
) -> pd.DataFrame:
    """Put the treatment's hazard ratio from each analysis of one trial side by side.

    Parameters
    ----------
    df, duration_col, event_col, treatment, covariates, interaction, reference, ties, missing
        As in `fit_cox`. ``covariates`` and the biomarker belong to all adjusted models.

    Returns
    -------
    DataFrame
        The treatment's row of each model: index ``unadjusted``, ``adjusted``, ``adjusted_interaction`` (the biomarker
        at ``reference``) and ``adjusted_interaction_mean`` (at the mean of the analysed patients); columns ``log_hr,
        se, hr, ci_low, ci_high, p``. Without ``interaction``, the first two.

    Raises
    ------
    TrialDataError
        As `fit_cox`.

    Notes
    -----
    The last two rows are one model with one likelihood, read at two places.

    Examples
    --------
    >>> import alsteach as al
    >>> others = ["celltype", "age_years", "prior", "diagtime_months"]
    >>> al.compare_models(al.load_veteran(), covariates=others, interaction="karno").hr.round(2).to_dict()
    {'unadjusted': 1.02, 'adjusted': 1.34, 'adjusted_interaction': 2.69, 'adjusted_interaction_mean': 1.35}
    """
    fits = fit_steps(
        df, duration_col, event_col, treatment, covariates, interaction, reference, ties, missing
    )
    rows = {step: fit.table.loc[treatment] for step, fit in fits.items()}
    return pd.DataFrame(rows).T.rename_axis("model").astype(float)


MIROCALS_LIKE_MODEL = {
    "covariates": ["age_years", "onset_site", "log_alsfrs_r_slope", "svc_percent", "symptom_duration_months"],
    "interaction": "csf_pnfh_pg_ml",
}


def mirocals_like_for_analysis() -> pd.DataFrame:
    """Load the synthetic cohort with the one derived covariate of its adjusted model, the log of the ALSFRS-R slope."""
    cohort = load_mirocals_like()
    return cohort.assign(log_alsfrs_r_slope=np.log(cohort["alsfrs_r_slope_per_month"]))
