"""Many trials with one strong covariate, unadjusted and adjusted: what becomes of the precision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..stats.cox import Z95, fit_cox_many
from ..words.published import published
from .limits import marginal_log_hr

DAILY_HAZARD = 0.0012
LOG_HR_OF_PROGNOSIS = 1.5  # per standard deviation of the covariate


@dataclass(frozen=True, eq=False)
class Estimates:
    """One way of estimating the treatment's effect, a log hazard ratio a trial."""

    log_hr: np.ndarray
    se: np.ndarray | None = None

    @property
    def hr(self) -> float:
        return math.exp(self.log_hr.mean())

    @property
    def scatter(self) -> float:
        """Return how far the trials' log hazard ratios scatter: their standard deviation."""
        return float(self.log_hr.std(ddof=1))

    @property
    def mean_se(self) -> float:
        return float(self.se.mean())

    @property
    def small_p(self) -> float:
        """Return the share of trials with p < 0.05."""
        return float((np.abs(self.log_hr / self.se) > Z95).mean())


@dataclass(frozen=True, eq=False)
class AdjustedTrials:
    """Trials of one world, each analysed in three ways.

    ``unadjusted`` and ``adjusted`` answer two questions; ``averaged`` is the adjusted model brought to the question of
    the unadjusted one, as `alsteach.marginalise` does.
    """

    trials: int
    patients: int
    deaths: float
    unadjusted: Estimates
    adjusted: Estimates
    averaged: Estimates


@lru_cache(maxsize=8)
def adjust_many_trials(hazard_ratio: float = 0.6, trials: int = 300, seed: int = 7) -> AdjustedTrials:
    """Simulate trials whose treatment multiplies everybody's hazard, with one strong covariate; analyse each thrice.

    As large and as long as MIROCALS. None of them is calibrated to it.

    Parameters
    ----------
    hazard_ratio : float
        Of treatment, in each patient.
    trials : int
    seed : int

    Returns
    -------
    AdjustedTrials

    Examples
    --------
    >>> found = adjust_many_trials()
    >>> round(found.unadjusted.scatter, 3), round(found.averaged.scatter, 3)
    (0.182, 0.117)
    """
    patients, last = (
        int(published(f"mirocals_{name}").estimate) for name in ("n_randomised", "endpoint_day")
    )
    rng = np.random.default_rng(seed)
    treated = np.tile([0.0, 1.0], (trials, patients // 2))
    prognosis = rng.standard_normal((trials, patients))
    log_hazard = math.log(hazard_ratio) * treated + LOG_HR_OF_PROGNOSIS * prognosis
    times = rng.exponential(1 / (DAILY_HAZARD * np.exp(log_hazard)))
    died, days = (times <= last).astype(float), np.minimum(times, last)
    x = np.stack([treated, prognosis], axis=2)
    unadjusted, adjusted = fit_cox_many(days, died, x[:, :, :1]), fit_cox_many(days, died, x)
    averaged = np.empty(trials)
    for trial in range(trials):
        averaged[trial] = marginal_log_hr(adjusted.coef[trial], x[trial], None, days[trial], died[trial])
    ways = (Estimates(fits.coef[:, 0], fits.se[:, 0]) for fits in (unadjusted, adjusted))
    return AdjustedTrials(trials, patients, float(died.sum(axis=1).mean()), *ways, Estimates(averaged))
