"""The next trial: enrich by CSF-pNFH or not, what that costs, and what a wrong belief about the biomarker costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .assumed_effects import (
    AssumedEffect,
    check_range,
    eligible_group,
    expected_of_trial,
    root,
    survival_under,
)
from .cox import Z95
from .frames import TrialDataError
from .power import CHUNK_PATIENTS, SimulatedPower, compare_arms, schoenfeld_events, schoenfeld_power
from .simulation import DAYS_PER_YEAR
from .trial_design import TrialDesign

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

    def chance_under(self, truth: AssumedEffect) -> float:
        """Return the chance of significance in favour, by Schoenfeld's formula, if this effect is the true one."""
        log_hr, deaths = expected_of_trial(
            survival_under(truth, self.eligible),
            self.accrual_months * DAYS_PER_MONTH,
            self.follow_up_months * DAYS_PER_MONTH,
        )
        return assurance(math.exp(log_hr), self.patients * deaths, 1.0)


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
    >>> import alsteach as al
    >>> belief = al.AssumedEffect(0.52, within=(750, 3700))
    >>> for group in (None, (750, 3700)):
    ...     plan = al.enrichment_plan(belief, eligible=group)
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
    >>> import alsteach as al
    >>> [round(al.assurance(0.5, events=66, factor=f), 2) for f in (1, 1.5, 2.5)]
    [0.8, 0.74, 0.65]
    """
    from scipy.special import ndtr, ndtri

    if not factor >= 1:
        raise TrialDataError(f"factor must be 1 or more; got {factor:g}.")
    schoenfeld_power(hr, events, alpha=alpha)  # refuses what cannot be
    spread = math.log(factor) / Z95
    distance = -math.log(hr) * math.sqrt(events) / 2 - ndtri(1 - alpha / 2)
    return float(ndtr(distance / math.sqrt(1 + spread**2 * events / 4)))


def simulate_next_trial(
    plan: EnrichmentPlan,
    truth: AssumedEffect | None = None,
    n_trials: int = 500,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> SimulatedPower:
    """Run a planned trial many times over, in a world where its belief is true or another effect is.

    Parameters
    ----------
    plan : EnrichmentPlan
        Its patients, entry and follow-up are kept, whatever the truth.
    truth : AssumedEffect, optional
        By default what the plan believes.
    n_trials, seed : int
    progress : callable, optional
        Called with the share done; the run ends if it raises.

    Returns
    -------
    SimulatedPower
        ``power`` is the share of trials that are significant in favour of treatment.

    Examples
    --------
    >>> import alsteach as al
    >>> plan = al.enrichment_plan(al.AssumedEffect(0.52), power=0.9)
    >>> found = al.simulate_next_trial(plan, n_trials=300)
    >>> bool(abs(found.power - 0.9) < 0.06)
    True
    """
    truth = plan.effect if truth is None else truth
    design, rng = TrialDesign(), np.random.default_rng(seed)
    prognosis, pnfh, _ = eligible_group(plan.eligible)
    effect = np.log(truth.hazard_ratios(pnfh))
    scale = design.median_days / math.log(2) ** (1 / design.weibull_shape)
    follow_up, accrual = plan.follow_up_months * DAYS_PER_MONTH, plan.accrual_months * DAYS_PER_MONTH
    arms = np.arange(plan.patients) % 2
    size, found = max(1, CHUNK_PATIENTS // plan.patients), []
    for start in range(0, n_trials, size):
        shape = (min(size, n_trials - start), plan.patients)
        who = rng.integers(len(pnfh), size=shape)
        log_time = np.log(rng.standard_exponential(shape)) - prognosis[who] - arms * effect[who]
        dies = scale * np.exp(log_time / design.weibull_shape)
        end = follow_up + accrual * rng.random(shape)
        group = np.broadcast_to(arms, shape).astype(float)
        found.append(compare_arms(np.minimum(dies, end), (dies <= end).astype(float), group))
        if progress is not None:
            progress(min(start + size, n_trials) / n_trials)
    return SimulatedPower(*(np.concatenate(c) for c in zip(*found, strict=True)), alpha=0.05, hr=plan.hr)
