"""What can be foretold from a diagnosis, and how unlike two groups of one disease are by luck alone."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.tables import load_als_registry
from .cox import CoxFit, fit_cox_many, two_sided_p
from .curves import kaplan_meier, survival_at

PROGNOSTIC_COVARIATES = (
    "onset_site",
    "age_years",
    "diagnostic_delay_months",
    "alsfrs_r_slope_per_month",
    "executive_dysfunction",
    "svc_percent",
    "log2_csf_pnfh",
)
FULL_FUNCTION = 48


def registry_at_diagnosis(registry: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the registry's people, a row each, as they were at diagnosis.

    Parameters
    ----------
    registry : DataFrame, optional
        From `load_als_registry`, which is the default.

    Returns
    -------
    DataFrame
        The rows of the first visit, with ``log2_csf_pnfh``: a step of 1 in it is a doubling of pNFH.

    Examples
    --------
    >>> people = registry_at_diagnosis()
    >>> len(people), int(people["died"].sum())
    (600, 496)
    """
    registry = load_als_registry() if registry is None else registry
    checks.check_columns(registry, ["visit", "csf_pnfh_pg_ml"])
    first = registry[registry["visit"] == 0].reset_index(drop=True)
    return first.assign(log2_csf_pnfh=np.log2(first["csf_pnfh_pg_ml"]))


def slope_before(alsfrs_r, months):
    """Return the points lost a month between the first symptom, when the score was 48, and now.

    Examples
    --------
    >>> slope_before(39, 12)
    0.75
    """
    return (FULL_FUNCTION - alsfrs_r) / months


def linear_predictor(fit: CoxFit, people: pd.DataFrame) -> np.ndarray:
    """Return each person's covariates times the model's log hazard ratios, summed.

    Parameters
    ----------
    fit : CoxFit
        From `fit_cox`, without a treatment.
    people : DataFrame
        With the model's covariates.

    Raises
    ------
    TrialDataError
        If a covariate is missing.
    """
    score = np.zeros(len(people))
    for term, coefficient in fit.table["log_hr"].items():
        name, is_category, level = term.partition("=")
        checks.check_columns(people, [name])
        values = people[name].astype(str) == level if is_category else people[name]
        score += coefficient * values.to_numpy(dtype=float)
    return score


def log_risk(fit: CoxFit, people: pd.DataFrame) -> np.ndarray:
    """Return each person's log hazard relative to the average of those the model was fitted to."""
    return linear_predictor(fit, people) - linear_predictor(fit, fit.analysed).mean()


def baseline_hazard(fit: CoxFit, duration_col: str = "time_days", event_col: str = "died") -> pd.DataFrame:
    """Return the cumulative hazard of the average person, at each time somebody died.

    Returns
    -------
    DataFrame
        Columns ``time, cumulative_hazard``; Efron's estimate, as R's ``survfit`` gives for a ``coxph`` model.
    """
    times = fit.analysed[duration_col].to_numpy(dtype=float)
    died = fit.analysed[event_col].to_numpy(dtype=float) == 1
    risk = np.exp(log_risk(fit, fit.analysed))
    at = np.unique(times[died])
    steps = []
    for time in at:
        at_risk, dying = risk[times >= time].sum(), risk[died & (times == time)]
        shares = np.arange(len(dying)) / len(dying)
        steps.append((1 / (at_risk - shares * dying.sum())).sum())
    return pd.DataFrame({"time": at, "cumulative_hazard": np.cumsum(steps)})


def predict_survival(baseline: pd.DataFrame, log_risk: float) -> pd.DataFrame:
    """Return the predicted survival curve of a person.

    Parameters
    ----------
    baseline : DataFrame
        From `baseline_hazard`.
    log_risk : float
        From `log_risk`.

    Returns
    -------
    DataFrame
        Columns ``time, survival``, starting with everybody alive at 0.

    Examples
    --------
    >>> baseline = pd.DataFrame({"time": [10.0, 20.0], "cumulative_hazard": [0.1, 0.3]})
    >>> predict_survival(baseline, 0.0)["survival"].round(3).tolist()
    [1.0, 0.905, 0.741]
    """
    with np.errstate(under="ignore", over="ignore"):
        survival = np.exp(-baseline["cumulative_hazard"].to_numpy() * np.exp(log_risk))
    times = np.concatenate([[0.0], baseline["time"].to_numpy()])
    return pd.DataFrame({"time": times, "survival": np.concatenate([[1.0], survival])})


def time_when(curve: pd.DataFrame, share_alive: float) -> float:
    """Return when a survival curve first reaches a share, or NaN if it never falls so far.

    Examples
    --------
    >>> curve = pd.DataFrame({"time": [0.0, 10.0, 20.0], "survival": [1.0, 0.6, 0.4]})
    >>> time_when(curve, 0.5), time_when(curve, 0.25)
    (20.0, nan)
    """
    reached = np.flatnonzero(curve["survival"].to_numpy() <= share_alive)
    return float(curve["time"].iloc[reached[0]]) if len(reached) else float("nan")


def alive_at(curve: pd.DataFrame, time: float) -> float:
    """Return the share alive at a time by a predicted curve.

    Examples
    --------
    >>> alive_at(pd.DataFrame({"time": [0.0, 10.0], "survival": [1.0, 0.6]}), 9.9)
    1.0
    """
    return float(curve["survival"].iloc[np.searchsorted(curve["time"], time, side="right") - 1])


def share_within_half_and_twice(fit: CoxFit) -> float:
    """Return what share of the people lived between half and twice their own predicted median.

    Each person's survival is divided by the median the model predicts for that person; a Kaplan-Meier curve of these
    ratios allows for those still alive. People without a predicted median (too few like them died) are left out.
    """
    baseline = baseline_hazard(fit)
    risks = log_risk(fit, fit.analysed)
    medians = np.array([time_when(predict_survival(baseline, risk), 0.5) for risk in risks])
    known = ~np.isnan(medians)
    ratios = fit.analysed.loc[known, ["died"]].assign(ratio=fit.analysed["time_days"][known] / medians[known])
    half, twice = survival_at(kaplan_meier(ratios, duration_col="ratio"), [0.5, 2])["survival"]
    return float(half - twice)


class ChanceArms(NamedTuple):
    """Pairs of arms drawn from one group of people; `draw_arms` makes it.

    Attributes
    ----------
    rows : (draws, 2 × per_arm) int array
        Who was drawn: row numbers, arm A first, arm B after it.
    difference : (draws, p) array
        Mean of arm B minus mean of arm A, in standard deviations of all people.
    log_hr, se, p : (draws,) arrays
        Cox model of arm B against arm A, without covariates; NaN where there is no estimate.
    """

    rows: np.ndarray
    difference: np.ndarray
    log_hr: np.ndarray
    se: np.ndarray
    p: np.ndarray


@lru_cache(maxsize=4)
def _random_orders(n: int, draws: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((draws, n)).argsort(axis=1)


def draw_arms(characteristics, time_days, died, per_arm: int, draws: int, seed: int = 0) -> ChanceArms:
    """Draw two arms from the same people again and again, treating nobody.

    Parameters
    ----------
    characteristics : (n, p) array
        What the people were like at the start.
    time_days, died : (n,) arrays
    per_arm : int
        People in each arm; nobody is in both.
    draws : int
    seed : int

    Returns
    -------
    ChanceArms

    Raises
    ------
    TrialDataError
        If there are not enough people for two arms of that size.

    Examples
    --------
    >>> people = registry_at_diagnosis()
    >>> arms = draw_arms(people[["age_years"]], people["time_days"], people["died"], per_arm=110, draws=3)
    >>> arms.rows.shape, arms.difference.shape
    ((3, 220), (3, 1))
    """
    values = np.asarray(characteristics, dtype=float)
    time_days, died = np.asarray(time_days, dtype=float), np.asarray(died, dtype=float)
    if not 1 <= per_arm <= len(values) // 2:
        raise TrialDataError(
            f"per_arm must be between 1 and {len(values) // 2}, half of the {len(values)} people; got {per_arm}."
        )
    # A larger pair of arms is the smaller one with people added.
    order = _random_orders(len(values), draws, seed)
    first, second = order[:, :per_arm], order[:, -per_arm:]
    rows = np.hstack([first, second])
    first, second = values[first].mean(axis=1), values[second].mean(axis=1)
    arm_b = np.repeat([0.0, 1.0], per_arm)
    fits = fit_cox_many(time_days[rows], died[rows], np.broadcast_to(arm_b[:, None], (*rows.shape, 1)))
    log_hr, se = fits.coef[:, 0], fits.se[:, 0]
    return ChanceArms(
        rows, (second - first) / values.std(axis=0, ddof=1), log_hr, se, two_sided_p(log_hr / se)
    )


def stopped_at(time_days, died, last_day: float) -> tuple[np.ndarray, np.ndarray]:
    """Return follow-up and deaths as a trial that ends on ``last_day`` would have seen them.

    Examples
    --------
    >>> stopped_at([100, 700], [1, 1], 640)
    (array([100., 640.]), array([1., 0.]))
    """
    time_days, died = np.asarray(time_days, dtype=float), np.asarray(died, dtype=float)
    return np.minimum(time_days, last_day), np.where(time_days <= last_day, died, 0.0)
