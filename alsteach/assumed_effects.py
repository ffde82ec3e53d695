"""What treatment is assumed to do by CSF-pNFH, and what a trial in our synthetic world would then show.

The world is that of `TrialDesign`; effects are assumed, not known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .datasets import load_mirocals_like
from .frames import TrialDataError
from .published_figures import published
from .simulation import log_hazard
from .trial_design import TrialDesign
from .truths import crude_limit, population

STEPS = 120  # of follow-up
LOG_HAZARDS = -14.0, 6.0


@dataclass(frozen=True)
class AssumedEffect:
    """What treatment is assumed to do to the hazard of death, by the patient's CSF-pNFH.

    Parameters
    ----------
    hr : float
        Hazard ratio. Without ``hr_per_1000``: what a log-rank comparison over MIROCALS' 640 days would show in those in
        whom the treatment works. With it: that of a patient with no pNFH, beside others alike.
    within : (float, float), optional
        The pNFH (pg/mL) in which the treatment works; elsewhere it does nothing. By default it works in everybody.
    hr_per_1000 : float
        Multiplies the hazard ratio with every 1000 pg/mL; above 1 the effect fades as pNFH rises, and turns to harm.

    Raises
    ------
    TrialDataError
        If a ratio is not above 0 or ``within`` is not (low, high).

    Examples
    --------
    >>> import alsteach as al
    >>> fading = al.AssumedEffect(0.32, hr_per_1000=1.35)
    >>> fading.hazard_ratios([0, 2000, 5000]).round(2)
    array([0.32, 0.58, 1.43])
    """

    hr: float
    within: tuple[float, float] | None = None
    hr_per_1000: float = 1.0

    def __post_init__(self):
        if not (self.hr > 0 and self.hr_per_1000 > 0):
            raise TrialDataError("hr and hr_per_1000 must be above 0.")
        check_range("within", self.within)

    def hazard_ratios(self, pnfh):
        """Return the hazard ratio of patients with this CSF-pNFH, among patients alike in all else."""
        pnfh = np.asarray(pnfh, dtype=float)
        log_hr = math.log(self.hr) + math.log(self.hr_per_1000) * pnfh / 1000
        if self.hr_per_1000 == 1:
            log_hr = np.full(pnfh.shape, _conditional(self.hr, self.within))
        return np.exp(np.where(_inside(pnfh, self.within), log_hr, 0.0))


def check_range(name: str, limits) -> None:
    if limits is not None and not (len(limits) == 2 and 0 <= limits[0] < limits[1]):
        raise TrialDataError(f"{name} must be (low, high) in pg/mL with low below high; got {limits}.")


def _inside(pnfh, limits):
    return np.full(pnfh.shape, True) if limits is None else (pnfh >= limits[0]) & (pnfh <= limits[1])


def eligible_share(eligible=None, df=None) -> float:
    """Return the share of a cohort whose CSF-pNFH lies within limits, both included.

    Parameters
    ----------
    eligible : (float, float), optional
        Lowest and highest CSF-pNFH (pg/mL); everybody by default.
    df : DataFrame, optional
        Has the column ``csf_pnfh_pg_ml``; by default the synthetic cohort.

    Returns
    -------
    float

    Examples
    --------
    >>> import alsteach as al
    >>> [round(al.eligible_share(group), 2) for group in (None, (0, 3700), (750, 3700))]
    [1.0, 0.79, 0.7]
    """
    check_range("eligible", eligible)
    df = load_mirocals_like() if df is None else df
    return float(_inside(df["csf_pnfh_pg_ml"].to_numpy(dtype=float), eligible).mean())


@lru_cache(maxsize=8)
def eligible_group(eligible):
    """Return the log hazard untreated and the pNFH of the eligible in a large population, and their share of it."""
    patients = population(TrialDesign())
    inside = _inside(patients[:, -1], eligible)
    if inside.sum() < 50:
        raise TrialDataError("Fewer than 1 in 160 patients have such a CSF-pNFH; widen the group.")
    return log_hazard(TrialDesign(), patients[inside], 0.0), patients[inside, -1], float(inside.mean())


def _average(eligible, log_hr):
    """Return the average survival of the eligible as a function of the log of a typical patient's cumulative hazard."""
    from scipy.interpolate import CubicSpline

    relative = np.exp(eligible_group(eligible)[0] + log_hr)
    log_hazards = np.linspace(*LOG_HAZARDS, 160)
    return CubicSpline(log_hazards, np.exp(-np.outer(np.exp(log_hazards), relative)).mean(axis=1))


@lru_cache(maxsize=8)
def _untreated(eligible):
    return _average(eligible, 0.0)


def survival_of_arms(eligible, log_hr):
    """Return the average survival of the eligible, untreated and treated, each as `_average` has it."""
    return _untreated(eligible), _average(eligible, log_hr)


def survival_under(effect: AssumedEffect, eligible):
    """Return `survival_of_arms` if this effect is the true one."""
    return survival_of_arms(eligible, np.log(effect.hazard_ratios(eligible_group(eligible)[1])))


def expected_of_trial(arms, accrual_days, follow_up_days) -> tuple[float, float]:
    """Return the log hazard ratio on which the log-rank comparison settles, and the share who die under observation."""
    design = TrialDesign()
    days = (accrual_days + follow_up_days) * np.linspace(0, 1, STEPS + 1) ** 1.5
    log_hazard_at = math.log(math.log(2)) + design.weibull_shape * np.log(days[1:] / design.median_days)
    placebo, treated = (np.r_[1.0, arm(np.clip(log_hazard_at, *LOG_HAZARDS)).clip(0, 1)] for arm in arms)
    followed = (days <= follow_up_days).astype(float)
    if accrual_days > 0:
        followed = np.clip((follow_up_days + accrual_days - days) / accrual_days, 0, 1)
    followed = (followed[1:] + followed[:-1]) / 2
    deaths = float((followed * -np.diff(placebo) + followed * -np.diff(treated)).sum() / 2)
    return crude_limit(placebo, treated, followed), deaths


def root(function, low: float, high: float, tolerance: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=tolerance))


@lru_cache(maxsize=256)
def _conditional(hr: float, within) -> float:
    """Return the log hazard ratio among like patients that a 640-day log-rank comparison sees as ``hr``.

    The two differ because patients differ: hazard ratios do not average.
    """
    if hr == 1:
        return 0.0
    days = published("mirocals_endpoint_day").estimate

    def off(log_hr):
        return expected_of_trial(survival_of_arms(within, log_hr), 0.0, days)[0] - math.log(hr)

    return root(off, 2 * math.log(hr), 0.0, 1e-7)
