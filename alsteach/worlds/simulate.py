"""Simulated trials, in the world of the synthetic cohort unless the design says otherwise.

Every chunk of trials draws from a seed of its own, spawned from the run's seed by the chunk's number. So trial 7 of
seed 3 is the same trial whether it is drawn alone, in a run of a million, or on a cluster.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from .design import AGE_YEARS, DURATION_MONTHS, LOWEST_ALSFRS_R, SVC_PERCENT, TrialDesign

DAYS_PER_YEAR = 365.25
SLOWEST_SLOPE = 0.05  # points a month
BLOCK = 4  # patients of a randomisation block, half of them on each arm


@dataclass(frozen=True)
class SimulatedTrials:
    """Simulated trials as arrays, a row a trial and a column a patient; `simulate_trials` makes it.

    Attributes
    ----------
    design : TrialDesign
    treated, died, time_days : (B, n) arrays
    covariates : (B, n, 6) array
        In the order of ``COVARIATES``; CSF-pNFH is NaN where it is missing.
    uk : (B, n) bool array
    alsfrs_r : (B, n) array
    """

    design: TrialDesign
    treated: np.ndarray
    time_days: np.ndarray
    died: np.ndarray
    covariates: np.ndarray
    uk: np.ndarray
    alsfrs_r: np.ndarray

    def __len__(self) -> int:
        return len(self.treated)

    def take(self, rows) -> SimulatedTrials:
        """Return some of the trials."""
        arrays = {f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self) if f.name != "design"}
        return SimulatedTrials(self.design, **arrays)

    def frame(self, i: int) -> pd.DataFrame:
        """Return trial ``i`` as a table with the columns of `load_mirocals_like` that the analysis uses.

        And ``log_alsfrs_r_slope``, so that ``al.fit_cox(trials.frame(0), **…)`` needs no preparation. Synthetic:
        nobody in it is a patient.
        """
        if not -len(self) <= i < len(self):
            raise TrialDataError(f"There are {len(self)} trials, numbered from 0; there is no trial {i}.")
        age, bulbar, log_slope, svc, duration, pnfh = self.covariates[i].T
        treated = self.treated[i].astype(int)
        time = self.time_days[i].astype(int) if self.design.whole_days else self.time_days[i]
        return pd.DataFrame(
            {
                "patient_id": [f"S{k:03d}" for k in range(1, len(age) + 1)],
                "arm": pd.Categorical.from_codes(treated, ["placebo", "IL-2"]),
                "treated": treated,
                "country": pd.Categorical.from_codes(1 - self.uk[i].astype(int), ["UK", "France"]),
                "onset_site": pd.Categorical.from_codes(bulbar.astype(int), ["limb", "bulbar"]),
                "age_years": age,
                "symptom_duration_months": duration,
                "alsfrs_r": self.alsfrs_r[i].astype(int),
                "alsfrs_r_slope_per_month": np.exp(log_slope),
                "log_alsfrs_r_slope": log_slope,
                "svc_percent": svc,
                "csf_pnfh_pg_ml": pnfh,
                "time_days": time,
                "died": self.died[i].astype(int),
            }
        )


def _logit(share):
    return math.log(share / (1 - share))


def _between(limits, median, z):
    """Map a normal score to values between limits, smoothly, so that no value piles up at an eligibility limit."""
    low, high = limits
    return low + (high - low) / (1 + np.exp(-z - _logit((median - low) / (high - low))))


def draw_patients(design: TrialDesign, shape: tuple[int, ...], rng: np.random.Generator):
    """Draw patients as they enter: covariates ``(*shape, 6)`` in the order of ``COVARIATES``, UK, ALSFRS-R, pace.

    Pace is the patient's decline in standard deviations, before the rounding and flooring of the measured slope.
    """
    pnfh_score = rng.standard_normal(shape)
    rho = design.pnfh_slope_correlation
    pace = rho * pnfh_score + math.sqrt(1 - rho**2) * rng.standard_normal(shape)
    pnfh = np.round(np.exp(design.pnfh_log_mean + design.pnfh_log_sd * pnfh_score))
    age_score = design.age_spread * rng.standard_normal(shape)
    age = np.round(_between(AGE_YEARS, design.age_median_years, age_score), 1)
    older = design.bulbar_log_odds_per_year * (age - design.age_median_years)
    bulbar = rng.random(shape) < 1 / (1 + np.exp(-_logit(design.bulbar_share) - older))
    # Fast progressors reach the clinic sooner and breathe less well.
    duration_score = 0.9 * rng.standard_normal(shape) - 0.45 * pace
    duration = np.round(_between(DURATION_MONTHS, design.duration_median_months, duration_score), 1)
    svc_score = 0.9 * rng.standard_normal(shape) - 0.25 * pace - 0.25 * bulbar
    svc = np.round(_between(SVC_PERCENT, design.svc_median_percent, svc_score))
    lost_points = np.exp(design.slope_log_mean + design.slope_log_sd * pace) * duration
    alsfrs_r = np.clip(np.round(48 - lost_points), LOWEST_ALSFRS_R, 48)
    log_slope = np.log(np.maximum((48 - alsfrs_r) / duration, SLOWEST_SLOPE))
    uk = rng.random(shape) < design.uk_share
    covariates = np.stack([age, bulbar, log_slope, svc, duration, pnfh], axis=-1)
    return covariates, uk, alsfrs_r, pace


def _randomise(design: TrialDesign, strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Permuted blocks laid along the patients ordered by stratum: arms of equal size, each stratum within one block."""
    b, n = strata.shape
    blocks = -(-n // BLOCK)
    position = rng.random((b, blocks, BLOCK)).argsort(axis=2)
    in_blocks = (position < BLOCK // 2).reshape(b, -1)[:, :n].astype(float)
    if n % BLOCK:
        in_blocks[:, -1] = 1 - in_blocks[:, -2]
    order = np.argsort(strata if design.stratified else rng.random((b, n)), axis=1, kind="stable")
    treated = np.empty((b, n))
    np.put_along_axis(treated, order, in_blocks, axis=1)
    return treated


def log_hazard(design: TrialDesign, covariates: np.ndarray, treated) -> np.ndarray:
    """Return each patient's true log hazard relative to the typical patient on placebo."""
    prognosis = (covariates - design.typical_patient) @ design.prognostic_effects
    return prognosis + treated * design.log_hr_at(covariates[..., -1])


def missing_intercept(design: TrialDesign) -> float:
    """Return the log odds of a missing pNFH at median pace that give the design's share of missing values."""
    pace = np.linspace(-5, 5, 401)
    weight = np.exp(-(pace**2) / 2)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        share = (weight / (1 + np.exp(-middle - design.missing_pnfh_log_odds * pace))).sum() / weight.sum()
        low, high = (middle, high) if share < design.missing_pnfh_share else (low, middle)
    return (low + high) / 2


def _draw(design: TrialDesign, n_trials: int, rng: np.random.Generator) -> SimulatedTrials:
    shape = (n_trials, design.n)
    covariates, uk, alsfrs_r, pace = draw_patients(design, shape, rng)
    treated = _randomise(design, 2 * uk + covariates[..., 1], rng)
    scale = design.median_days / math.log(2) ** (1 / design.weibull_shape)
    with np.errstate(over="ignore"):
        log_time = np.log(rng.standard_exponential(shape)) - log_hazard(design, covariates, treated)
        time = scale * np.exp(log_time / design.weibull_shape)
    followed = np.full(shape, design.follow_up_days)
    if design.accrual_days > 0:
        followed += design.accrual_days * rng.random(shape)
    if design.dropout_per_year > 0:
        rate = -math.log(1 - design.dropout_per_year) / DAYS_PER_YEAR
        followed = np.minimum(followed, rng.standard_exponential(shape) / rate)
    died = (time <= followed).astype(float)
    time = np.minimum(time, followed)
    if design.whole_days:
        time = np.maximum(np.ceil(time), 1.0)
    if design.missing_pnfh_share > 0:
        odds = missing_intercept(design) + design.missing_pnfh_log_odds * pace
        covariates[..., -1][rng.random(shape) < 1 / (1 + np.exp(-odds))] = np.nan
    return SimulatedTrials(design, treated, time, died, covariates, uk, alsfrs_r)


def trials_per_chunk(design: TrialDesign) -> int:
    """How many trials share one spawned seed and are worked on at once."""
    return max(1, min(50, 25_000 // design.n))


def checked_count(n_trials) -> int:
    """Return the number of trials as an int, or refuse it."""
    if isinstance(n_trials, bool) or not isinstance(n_trials, (int, np.integer)) or n_trials < 1:
        raise TrialDataError(f"n_trials must be a whole number of at least 1; got {n_trials!r}.")
    return int(n_trials)


def checked_seed(seed) -> int:
    """Return the seed as an int, or refuse it."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise TrialDataError(f"The seed must be a whole number of at least 0; got {seed!r}.")
    return int(seed)


def simulate_chunk(design: TrialDesign, seed: int, number: int) -> SimulatedTrials:
    """Simulate the chunk of this number of a run with this seed."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,))))
    return _draw(design, trials_per_chunk(design), rng)


def simulate_trials(design: TrialDesign, n_trials: int, rng) -> SimulatedTrials:
    """Simulate trials of a design.

    Parameters
    ----------
    design : TrialDesign
    n_trials : int
    rng : numpy Generator or int
        A seed gives the trials that `run_many_trials` analyses under that seed, in the same order.

    Returns
    -------
    SimulatedTrials
        Arrays, and ``frame(i)``: one trial as a table for `fit_cox` and the panels.

    Raises
    ------
    TrialDataError
        If ``n_trials`` or the seed is impossible.

    Examples
    --------
    >>> import alsteach as al
    >>> trials = al.simulate_trials(al.TrialDesign(), n_trials=3, rng=0)
    >>> trials.time_days.shape
    (3, 220)
    >>> trials.frame(1)[["treated", "onset_site", "csf_pnfh_pg_ml", "time_days", "died"]].shape
    (220, 5)
    """
    size = trials_per_chunk(design)
    numbers = range(-(-checked_count(n_trials) // size))
    if isinstance(rng, np.random.Generator):
        chunks = [_draw(design, size, rng) for _ in numbers]
    else:
        chunks = [simulate_chunk(design, checked_seed(rng), number) for number in numbers]
    names = [f.name for f in dataclasses.fields(SimulatedTrials) if f.name != "design"]
    arrays = {name: np.concatenate([getattr(c, name) for c in chunks])[:n_trials] for name in names}
    return SimulatedTrials(design, **arrays)
