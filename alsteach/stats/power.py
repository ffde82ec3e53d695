"""How likely a trial is to find an effect that is there: Schoenfeld's formula, and the same by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..data.checks import TrialDataError
from .cox import Z95, fit_cox_many
from .curves import logrank_many

CHUNK_PATIENTS = 50_000  # simulated at once, between two reports of progress


def _check_share(name: str, value) -> None:
    if not ((np.asarray(value) > 0) & (np.asarray(value) < 1)).all():
        raise TrialDataError(f"{name} must lie between 0 and 1; got {value}.")


def schoenfeld_power(hr, events, allocation: float = 0.5, alpha: float = 0.05):
    """Return the power of the log-rank test: it depends on the deaths, not on the patients.

    Parameters
    ----------
    hr : float or array
        True hazard ratio.
    events : float or array
        Deaths in both arms together.
    allocation : float
        Share of patients on the active arm.
    alpha : float
        Two-sided level.

    Returns
    -------
    float or array
        Probability of p < alpha with the effect in its true direction; alpha / 2 where ``hr`` is 1.

    Raises
    ------
    TrialDataError
        If a hazard ratio is not above 0, deaths are negative, or a share is not between 0 and 1.

    References
    ----------
    Schoenfeld D. Biometrika 1981;68:316-319; Biometrics 1983;39:499-503.

    Examples
    --------
    >>> round(float(schoenfeld_power(0.5, events=66)), 3)
    0.804
    """
    from scipy.special import ndtr, ndtri

    _check_share("allocation", allocation), _check_share("alpha", alpha)
    hr, events = np.asarray(hr, dtype=float), np.asarray(events, dtype=float)
    if not (hr > 0).all() or not (events >= 0).all():
        raise TrialDataError("hr must be above 0 and events must not be negative.")
    distance = np.sqrt(events * allocation * (1 - allocation)) * np.abs(np.log(hr))
    return ndtr(distance - ndtri(1 - alpha / 2))


def schoenfeld_significant(hr, events, allocation: float = 0.5, alpha: float = 0.05):
    """Return the chance of p < alpha in either direction, by Schoenfeld's formula; alpha where ``hr`` is 1.

    Parameters
    ----------
    hr, events, allocation, alpha
        As in `schoenfeld_power`.

    Returns
    -------
    float or array

    Examples
    --------
    >>> round(float(schoenfeld_significant(1, events=90)), 3)
    0.05
    """
    from scipy.special import ndtr, ndtri

    right = schoenfeld_power(hr, events, allocation, alpha)
    return right + ndtr(2 * ndtri(alpha / 2) - ndtri(right))


def schoenfeld_events(hr, power=0.8, allocation: float = 0.5, alpha: float = 0.05):
    """Return the deaths that a trial needs: the inverse of `schoenfeld_power`.

    Parameters
    ----------
    hr : float or array
        True hazard ratio; not 1.
    power : float or array
        Above alpha / 2.
    allocation, alpha : float
        As in `schoenfeld_power`.

    Returns
    -------
    float or array
        Deaths in both arms together, not rounded.

    Raises
    ------
    TrialDataError
        If the hazard ratio is 1 (no number of deaths shows an effect that is not there) or a share is not between 0 and
        1.

    Examples
    --------
    >>> import math
    >>> math.ceil(schoenfeld_events(0.5)), math.ceil(schoenfeld_events(0.81))
    (66, 708)
    """
    from scipy.special import ndtri

    for name, value in (("power", power), ("allocation", allocation), ("alpha", alpha)):
        _check_share(name, value)
    hr = np.asarray(hr, dtype=float)
    if not (hr > 0).all() or (hr == 1).any():
        raise TrialDataError(
            "hr must be above 0 and not 1: no number of deaths can show an effect that is not there."
        )
    if not (np.asarray(power) > alpha / 2).all():
        raise TrialDataError(f"power must be above alpha / 2 = {alpha / 2:g}: chance alone gives that much.")
    distance = ndtri(1 - alpha / 2) + ndtri(power)
    return distance**2 / (allocation * (1 - allocation) * np.log(hr) ** 2)


def risk_under_hazard_ratio(control_risk, hr):
    """Return the share who die on treatment, if the hazard is ``hr`` times the control arm's throughout.

    Parameters
    ----------
    control_risk, hr : float or array
        Share of the control arm who die up to some day; hazard ratio.

    Examples
    --------
    >>> [round(float(risk_under_hazard_ratio(risk, 0.5)), 2) for risk in (0.02, 0.5, 0.98)]
    [0.01, 0.29, 0.86]
    """
    with np.errstate(divide="ignore"):
        return -np.expm1(np.asarray(hr, dtype=float) * np.log1p(-np.asarray(control_risk, dtype=float)))


def hazard_ratio_of_risks(control_risk, active_risk):
    """Return the constant hazard ratio that turns one share of deaths into another: `risk_under_hazard_ratio` undone.

    Examples
    --------
    >>> [round(float(hazard_ratio_of_risks(risk, risk / 2)), 2) for risk in (0.02, 0.5, 0.98)]
    [0.5, 0.42, 0.17]
    """
    return np.log1p(-np.asarray(active_risk, dtype=float)) / np.log1p(-np.asarray(control_risk, dtype=float))


@dataclass(frozen=True)
class TwoArmPlan:
    """A plain two-arm trial, patients split evenly, each followed for the same time.

    Parameters
    ----------
    hr : float
        True hazard ratio, constant in time.
    patients : int
        In both arms together, an even number.
    control_risk : float
        Share of the control arm who die within ``risk_days``, at a constant hazard. (The log-rank test sees only the
        order of deaths, so another shape of the hazard would change nothing.)
    risk_days, follow_up_days : float
        The day to which that share belongs; how long each patient is followed.
    stop_at_deaths : int
        End the trial for everybody at this death; 0: only follow-up ends it.

    Raises
    ------
    TrialDataError
        Naming the value that cannot be.
    """

    hr: float
    patients: int
    control_risk: float
    risk_days: float = 640.0
    follow_up_days: float = 640.0
    stop_at_deaths: int = 0

    def __post_init__(self):
        _check_share("control_risk", self.control_risk)
        if self.hr <= 0 or self.risk_days <= 0 or self.follow_up_days <= 0:
            raise TrialDataError("hr, risk_days and follow_up_days must be above 0.")
        if self.patients < 4 or self.patients % 2:
            raise TrialDataError(f"patients must be an even number from 4 up; got {self.patients}.")
        if self.stop_at_deaths < 0:
            raise TrialDataError(f"stop_at_deaths must not be negative; got {self.stop_at_deaths}.")

    @property
    def risks(self) -> tuple[float, float]:
        """Share who die within follow-up, control and active arm."""
        control = float(risk_under_hazard_ratio(self.control_risk, self.follow_up_days / self.risk_days))
        return control, float(risk_under_hazard_ratio(control, self.hr))

    @property
    def expected_deaths(self) -> float:
        """Deaths to expect in both arms together."""
        deaths = self.patients * sum(self.risks) / 2
        return min(deaths, self.stop_at_deaths) if self.stop_at_deaths else deaths

    @property
    def power(self) -> float:
        """Schoenfeld's power at the deaths to expect."""
        return float(schoenfeld_power(self.hr, self.expected_deaths))


def plan_for_power(
    power: float, patients: int, hr: float | None = None, risk_ratio: float | None = None, days: float = 640.0
) -> TwoArmPlan:
    """Return the plan in which so many patients give this power: its control arm's risk is what must be assumed.

    Parameters
    ----------
    power : float
    patients : int
        In both arms together.
    hr, risk_ratio : float
        What treatment does, one of the two: multiply the hazard, or the share who die within ``days``.
    days : float
        Follow-up.

    Returns
    -------
    TwoArmPlan

    Raises
    ------
    TrialDataError
        If not one of ``hr`` and ``risk_ratio`` is given, or no risk gives that power.

    Examples
    --------
    >>> hazard, risk = plan_for_power(0.8, 220, hr=0.5), plan_for_power(0.8, 220, risk_ratio=0.5)
    >>> round(hazard.control_risk, 3), round(risk.control_risk, 3), round(risk.hr, 3)
    (0.381, 0.306, 0.455)
    """
    from scipy.optimize import brentq

    if (hr is None) == (risk_ratio is None):
        raise TrialDataError("Say what treatment does by one of hr= and risk_ratio=.")

    def plan(risk):
        ratio = hr if risk_ratio is None else float(hazard_ratio_of_risks(risk, risk_ratio * risk))
        return TwoArmPlan(ratio, patients, risk, days, days)

    low, high = 1e-6, (1 if risk_ratio is None else min(1.0, 1 / risk_ratio)) - 1e-6
    if not plan(low).power < power < plan(high).power:
        raise TrialDataError(f"{patients} patients cannot have a power of {power:g} against such an effect.")
    return plan(float(brentq(lambda risk: plan(risk).power - power, low, high, xtol=1e-12)))


def margin_of_share(share: float, trials: int) -> float:
    """Return how far a share of simulated trials may lie off: half its 95 % interval (Wilson's), 0 without trials.

    Examples
    --------
    >>> round(margin_of_share(0.05, 1000), 3), round(margin_of_share(0.0, 100), 3)
    (0.014, 0.018)
    """
    if not trials:
        return 0.0
    room = Z95**2 / trials
    return Z95 / (1 + room) * math.sqrt((share * (1 - share) + room / 4) / trials)


def simulate_two_arms(plan: TwoArmPlan, n_trials: int, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw trials of a plan.

    Parameters
    ----------
    plan : TwoArmPlan
    n_trials : int
    rng : numpy Generator or int seed

    Returns
    -------
    durations, events, group : (n_trials, patients) arrays
    """
    rng = np.random.default_rng(rng)
    group = np.broadcast_to(np.arange(plan.patients) % 2, (n_trials, plan.patients)).astype(float)
    hazard = -math.log1p(-plan.control_risk) / plan.risk_days
    dies = rng.exponential(size=(n_trials, plan.patients)) / (hazard * np.where(group == 1, plan.hr, 1.0))
    end = np.full((n_trials, 1), float(plan.follow_up_days))
    if 0 < plan.stop_at_deaths <= plan.patients:
        last = np.partition(dies, plan.stop_at_deaths - 1, axis=1)[:, [plan.stop_at_deaths - 1]]
        end = np.minimum(end, last)
    return np.minimum(dies, end), (dies <= end).astype(float), group


@dataclass(frozen=True)
class SimulatedPower:
    """What the trials of a plan found; `simulate_power` makes it.

    Attributes
    ----------
    log_hr : (n_trials,) array
        Each trial's Cox estimate; infinite where nobody died in one arm, NaN where nobody died at all.
    p : (n_trials,) array
        Each trial's log-rank p-value; NaN where nobody died.
    deaths, end : (n_trials,) arrays
        Deaths in both arms, and the day on which the last patient's follow-up ended.
    alpha, hr : float
        The level, and the true hazard ratio.
    """

    log_hr: np.ndarray
    p: np.ndarray
    deaths: np.ndarray
    end: np.ndarray
    alpha: float
    hr: float

    @property
    def significant(self) -> np.ndarray:
        return self.p < self.alpha

    @property
    def in_favour(self) -> np.ndarray:
        """Significant, with a hazard ratio below 1."""
        return self.significant & (self.log_hr < 0)

    @property
    def against(self) -> np.ndarray:
        """Significant, with a hazard ratio above 1."""
        return self.significant & (self.log_hr > 0)

    @property
    def power(self) -> float:
        """Share of trials that are significant in the true direction (where ``hr`` is 1: in favour)."""
        return float((self.in_favour if self.hr <= 1 else self.against).mean())

    @property
    def error(self) -> float:
        """Half the width of the 95 % interval around ``power``, owed to the number of trials (Wilson's formula)."""
        n = len(self.p)
        return Z95 / (1 + Z95**2 / n) * math.sqrt(self.power * (1 - self.power) / n + Z95**2 / (4 * n**2))


def compare_arms(durations, events, group) -> tuple[np.ndarray, ...]:
    """Return the first four columns of `SimulatedPower` for trials given as arrays (B, n)."""
    active, deaths = (events * group).sum(axis=1), events.sum(axis=1)
    log_hr = fit_cox_many(durations, events, group[:, :, None]).coef[:, 0]
    log_hr[(active == 0) & (deaths > 0)] = -np.inf
    log_hr[(active == deaths) & (deaths > 0)] = np.inf
    return log_hr, logrank_many(durations, events, group).p, deaths, durations.max(axis=1)


def simulate_power(
    plan: TwoArmPlan,
    n_trials: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
    progress: Callable[[float], None] | None = None,
) -> SimulatedPower:
    """Run a trial many times over and see how often the log-rank test finds the effect.

    Parameters
    ----------
    plan : TwoArmPlan
    n_trials, seed : int
    alpha : float
        Two-sided level.
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    SimulatedPower

    Examples
    --------
    >>> found = simulate_power(TwoArmPlan(hr=1.0, patients=100, control_risk=0.5), n_trials=400)
    >>> bool(found.significant.mean() < 0.09)
    True
    """
    size = max(1, CHUNK_PATIENTS // plan.patients)
    for found in iterate_power(plan, n_trials, seed, alpha, size):
        if progress is not None:
            progress(len(found.p) / n_trials)
    return found


def iterate_power(
    plan: TwoArmPlan, n_trials: int = 1000, seed: int = 0, alpha: float = 0.05, at_once: int = 100
) -> Iterator[SimulatedPower]:
    """Run a trial many times over, and return every now and then what all so far have found.

    ``at_once`` trials are drawn together; where they are large they are compared in several parts.
    """
    rng, found = np.random.default_rng(seed), []
    for start in range(0, n_trials, at_once):
        trials = simulate_two_arms(plan, min(at_once, n_trials - start), rng)
        parts = max(1, round(trials[0].size / CHUNK_PATIENTS))
        for rows in np.array_split(np.arange(len(trials[0])), parts):
            found.append(compare_arms(*(values[rows] for values in trials)))
            columns = (np.concatenate(column) for column in zip(*found, strict=True))
            yield SimulatedPower(*columns, alpha, plan.hr)
