"""The next trial: enrich by CSF-pNFH or not, what that costs, and what a wrong belief about the biomarker costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ..data.checks import TrialDataError
from ..stats.cox import Z95
from ..stats.power import (
    schoenfeld_events,
    schoenfeld_power,
)
from ..words.published import published
from .design import TrialDesign
from .limits import crude_limit, population
from .simulate import DAYS_PER_YEAR, log_hazard

DAYS_PER_MONTH = DAYS_PER_YEAR / 12
LONGEST_MONTHS = 600.0
NO_EFFECT = 0.97  # a believed hazard ratio nearer to 1, or above, is not planned for


@dataclass(frozen=True)
class EnrichmentPlan:
    """A planned trial; `enrichment_plan` makes it.

    Attributes
    ----------
    effect : AssumedEffect
        What was believed.
    eligible : (float, float) or None
        CSF-pNFH of those enrolled; None: everybody.
    power, screened_per_month, follow_up_months
        As asked for.
    share : float
        Eligible among those screened.
    hr : float
        What the log-rank comparison of this trial is expected to show if the belief is true.
    events, patients, screened : int
        Deaths needed (Schoenfeld), patients to enrol (an even number) and to screen.
    accrual_months, months : float
        Until the last patient enters, and until the last has been followed up.
    dilution : float
        How much the log of ``hr`` moves when that of the believed ratio moves by 1.
    """

    effect: AssumedEffect
    eligible: tuple[float, float] | None
    power: float
    screened_per_month: float
    follow_up_months: float
    share: float
    hr: float
    events: int
    patients: int
    screened: int
    accrual_months: float
    months: float
    dilution: float

    def assurance(self, factor: float) -> float:
        """Return `assurance` of this trial, if the believed hazard ratio is known to within ``factor`` either way."""
        return assurance(self.hr, self.events, factor**self.dilution)


def enrichment_plan(
    effect: AssumedEffect,
    eligible: tuple[float, float] | None = None,
    power: float = 0.8,
    screened_per_month: float = 20.0,
    follow_up_months: float = 21.0,
) -> EnrichmentPlan:
    """Plan a two-arm trial, 1:1, analysed by the log-rank test, in everybody or in those with some CSF-pNFH.

    Patients come at an even rate; the last to enter is followed for ``follow_up_months``, the others longer. Nobody is
    lost but those whose pNFH makes them ineligible.

    Parameters
    ----------
    effect : AssumedEffect
        What is believed.
    eligible : (float, float), optional
        Lowest and highest CSF-pNFH (pg/mL); everybody by default.
    power : float
    screened_per_month, follow_up_months : float

    Returns
    -------
    EnrichmentPlan

    Raises
    ------
    TrialDataError
        If the belief leaves nothing to find in this group, or the trial would last more than 50 years.

    Examples
    --------
    >>> belief = AssumedEffect(0.52, within=(750, 3700))
    >>> for group in (None, (750, 3700)):
    ...     plan = enrichment_plan(belief, eligible=group)
    ...     print(round(plan.hr, 2), plan.events, plan.patients, plan.screened, round(plan.months))
    0.67 191 362 362 39
    0.53 78 180 258 34
    """
    check_range("eligible", eligible)
    if not (screened_per_month > 0 and follow_up_months > 0):
        raise TrialDataError("screened_per_month and follow_up_months must be above 0.")
    share = eligible_group(eligible)[2]
    follow_up = follow_up_months * DAYS_PER_MONTH
    arms = survival_under(effect, eligible)

    def at(accrual_months):
        expected, deaths = expected_of_trial(arms, accrual_months * DAYS_PER_MONTH, follow_up)
        if not expected < math.log(NO_EFFECT):
            what = "more harm than good" if expected > 0.03 else "next to no benefit to find"
            raise TrialDataError(
                f"Under this belief a trial here would see a hazard ratio of {math.exp(expected):.2f}: {what}, so "
                "there is nothing to plan."
            )
        return math.exp(expected), float(schoenfeld_events(math.exp(expected), power)), deaths

    def surplus(accrual_months):
        _, needed, deaths = at(accrual_months)
        return accrual_months * screened_per_month * share * deaths - needed

    if surplus(LONGEST_MONTHS - follow_up_months) < 0:
        raise TrialDataError(
            f"This trial would last more than {LONGEST_MONTHS / 12:g} years; screen more patients a month."
        )
    accrual = root(surplus, 0.0, LONGEST_MONTHS - follow_up_months, 1e-3)
    hr, needed, deaths = at(accrual)
    patients = 2 * math.ceil(needed / deaths / 2)
    screened = math.ceil(patients / share)
    accrual = screened / screened_per_month
    return EnrichmentPlan(
        effect,
        eligible,
        power,
        screened_per_month,
        follow_up_months,
        share,
        hr,
        math.ceil(needed),
        patients,
        screened,
        accrual,
        accrual + follow_up_months,
        _dilution(effect, eligible, accrual * DAYS_PER_MONTH, follow_up),
    )


def _dilution(effect, eligible, accrual, follow_up) -> float:
    def at(step):
        moved = replace(effect, hr=effect.hr * math.exp(step))
        return expected_of_trial(
            survival_under(moved, eligible),
            accrual,
            follow_up,
        )[0]

    return (at(0.02) - at(-0.02)) / 0.04


def assurance(hr: float, events: float, factor: float, alpha: float = 0.05) -> float:
    """Return the chance that a trial succeeds when its hazard ratio is an estimate, not a known figure.

    Power, averaged over log-normal hazard ratios around ``hr``, 95 % of them from ``hr / factor`` to ``hr * factor``.
    The estimate is taken at face value; if it was looked at because it was striking, the chance is smaller.

    Parameters
    ----------
    hr : float
        The estimate.
    events : float
        Deaths of the planned trial.
    factor : float
        From 1 (nothing uncertain: the power itself) up; (0.14, 0.73) around 0.32 is a factor of 2.28.
    alpha : float
        Two-sided level; success is significance in favour of treatment.

    Returns
    -------
    float

    Raises
    ------
    TrialDataError
        If ``factor`` is below 1.

    References
    ----------
    O'Hagan A, Stevens JW, Campbell MJ. Assurance in clinical trial design. Pharm Stat 2005;4:187-201 (not verified).

    Examples
    --------
    >>> [round(assurance(0.5, events=66, factor=f), 2) for f in (1, 1.5, 2.5)]
    [0.8, 0.74, 0.65]
    """
    from scipy.special import ndtr, ndtri

    if not factor >= 1:
        raise TrialDataError(f"factor must be 1 or more; got {factor:g}.")
    schoenfeld_power(hr, events, alpha=alpha)  # refuses what cannot be
    spread = math.log(factor) / Z95
    distance = -math.log(hr) * math.sqrt(events) / 2 - ndtri(1 - alpha / 2)
    return float(ndtr(distance / math.sqrt(1 + spread**2 * events / 4)))


def chance_of_success(plan: EnrichmentPlan, truth: AssumedEffect | None = None) -> float:
    """Return the chance that a planned trial is significant in favour of treatment if ``truth`` is the effect.

    Schoenfeld's formula with the hazard ratio on which this trial's log-rank comparison then settles and the deaths
    that it then sees; patients, entry and follow-up are the plan's. Two-sided level of 5 %.

    Parameters
    ----------
    plan : EnrichmentPlan
    truth : AssumedEffect, optional
        By default what the plan believes.

    Returns
    -------
    float

    Examples
    --------
    >>> round(100 * chance_of_success(enrichment_plan(AssumedEffect(0.32)), AssumedEffect(0.81)))
    9
    """
    arms = survival_under(plan.effect if truth is None else truth, plan.eligible)
    months = plan.accrual_months, plan.follow_up_months
    log_hr, deaths = expected_of_trial(arms, *(DAYS_PER_MONTH * number for number in months))
    return assurance(math.exp(log_hr), plan.patients * deaths, 1.0)


@dataclass(frozen=True)
class WhoLearns:
    """Of all patients: the shares never studied, helped but never studied, and studied without being helped."""

    never_studied: float
    never_told: float
    in_vain: float


def who_learns(eligible: tuple[float, float] | None, truth: AssumedEffect) -> WhoLearns:
    """Say how many patients a trial in these leaves out, and how many of those it takes in gain nothing.

    Parameters
    ----------
    eligible : (float, float), optional
        Lowest and highest CSF-pNFH (pg/mL); everybody by default.
    truth : AssumedEffect
        What the treatment does.

    Returns
    -------
    WhoLearns

    Examples
    --------
    >>> found = who_learns((750, 3700), AssumedEffect(0.81))
    >>> round(found.never_studied, 2), round(found.never_told, 2), found.in_vain
    (0.3, 0.3, 0.0)
    """
    _, pnfh, _ = eligible_group(None)
    studied = _inside(pnfh, eligible)
    helped = truth.hazard_ratios(pnfh) < NO_EFFECT
    return WhoLearns(*(float(part.mean()) for part in (~studied, helped & ~studied, studied & ~helped)))


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
    >>> fading = AssumedEffect(0.32, hr_per_1000=1.35)
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
    untreated = _untreated(eligible)
    if np.ptp(log_hr) == 0:  # alike for all: the same curve at another hazard
        shift = float(np.ravel(log_hr)[0])
        return untreated, lambda log_hazard: untreated(np.clip(log_hazard + shift, *LOG_HAZARDS))
    return untreated, _average(eligible, log_hr)


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
