"""What a design's trials would show if they were endless: conditional and marginal hazard ratios, share of deaths.

The marginal hazard ratio here is the limit of the crude Cox estimate under the design's follow-up. It is no constant of
nature: followed longer, the same patients have another one.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from ..data.checks import TrialDataError
from ..stats.cox import CoxFit, effect_table, fit_cox_many
from .design import TrialDesign
from .simulate import DAYS_PER_YEAR, draw_patients, log_hazard

PATIENTS, LATTICE, TIMES = (
    8191,
    1814,
    160,
)  # a population, the lattice it is spread on, and the steps of follow-up


class _EvenlySpread:
    """Stands in for a random generator: its draws fill all distributions evenly, and jointly so.

    A rank-1 lattice; of 30 multipliers tried, the one whose answers moved least under random shifts. With as many
    independent draws the answers would be ten times less exact.
    """

    def __init__(self, seed):
        self._shift = np.random.default_rng(seed)
        self._step = 1

    def random(self, n):
        values = (self._shift.random() + np.arange(n) * self._step / n) % 1
        self._step = self._step * LATTICE % n
        return values

    def standard_normal(self, n):
        return np.array([NormalDist().inv_cdf(share) for share in self.random(n)])


@lru_cache(maxsize=16)
def _population(draws_from: TrialDesign, seed: int) -> np.ndarray:
    covariates, *_ = draw_patients(draws_from, PATIENTS, _EvenlySpread(seed))
    covariates.flags.writeable = False
    return covariates


WHO_THE_PATIENTS_ARE = (
    "age_median_years",
    "age_spread",
    "bulbar_share",
    "bulbar_log_odds_per_year",
    "slope_log_mean",
    "slope_log_sd",
    "duration_median_months",
    "svc_median_percent",
    "pnfh_log_mean",
    "pnfh_log_sd",
    "pnfh_slope_correlation",
)


def population(design: TrialDesign, seed: int = 0) -> np.ndarray:
    """Return the covariates (n, 6) of a large population of the design, in the order of ``COVARIATES``."""
    # Effects and follow-up do not change who the patients are, so designs that differ in them share a population.
    who = {name: getattr(design, name) for name in WHO_THE_PATIENTS_ARE}
    return _population(TrialDesign(**who), seed)


def still_followed(design: TrialDesign, days) -> np.ndarray:
    """Return the share of patients who would still be under observation at these days if nobody died."""
    days = np.asarray(days, dtype=float)
    if design.accrual_days > 0:
        share = np.clip((design.follow_up_days + design.accrual_days - days) / design.accrual_days, 0, 1)
    else:
        share = (days <= design.follow_up_days).astype(float)
    return share * (1 - design.dropout_per_year) ** (days / DAYS_PER_YEAR)


def survival_curves(design: TrialDesign, seed: int = 0):
    """Return days and the true survival of the whole population at them, on placebo and on treatment."""
    end = design.follow_up_days + design.accrual_days
    days = end * np.linspace(0, 1, TIMES + 1) ** 2
    hazard = math.log(2) * (days / design.median_days) ** design.weibull_shape
    covariates = population(design, seed=seed)
    curves = []
    for treated in (0, 1):
        with np.errstate(over="ignore"):
            relative = np.exp(np.clip(log_hazard(design, covariates, treated), -700, 700))
            # One time after the other: a patient's hazards then stay in the processor's cache.
            curves.append(np.array([np.exp(-risen * relative).mean() for risen in hazard]))
    return days, *curves


def crude_limit(placebo, treated, followed, ties: str = "efron") -> float:
    """Return the log hazard ratio on which the crude Cox estimate of endless 1:1 trials settles; NaN without deaths.

    Parameters
    ----------
    placebo, treated : arrays
        Survival of either arm, from 1 on, at increasing times.
    followed : array
        Share still followed in each step between them, so one shorter.
    ties : {"efron", "breslow"}
        Whether those who die within a step leave the risk set one by one or all at its end.
    """
    deaths = [followed * -np.diff(curve) for curve in (placebo, treated)]
    at_risk = [followed * curve[:-1] for curve in (placebo, treated)]
    if ties == "efron":
        at_risk = [n - d / 2 for n, d in zip(at_risk, deaths, strict=True)]
    if deaths[0].sum() == 0 or deaths[1].sum() == 0:
        return math.nan
    both = deaths[0] + deaths[1]
    counts = both > 0
    odds = at_risk[1][counts] / at_risk[0][counts]
    log_hr = 0.0
    for _ in range(100):
        share = 1 / (1 + np.exp(-log_hr) / odds)
        score = deaths[1].sum() - both[counts] @ share
        step = score / (both[counts] @ (share * (1 - share)))
        log_hr += float(np.clip(step, -1, 1))
        if abs(step) < 1e-10:
            break
    return log_hr


@lru_cache(maxsize=256)
def endless_trials(design: TrialDesign, seed: int = 0) -> tuple[float, float]:
    """Return the share of all patients who die under observation, and the crude log hazard ratio in the long run."""
    days, placebo, treated = survival_curves(design, seed)
    followed = (still_followed(design, days[:-1]) + still_followed(design, days[1:])) / 2
    deaths = float((followed * -np.diff(placebo) + followed * -np.diff(treated)).sum() / 2)
    return deaths, crude_limit(placebo, treated, followed)


def marginal_hazard_ratio(design: TrialDesign) -> float:
    """Return the hazard ratio on which the crude Cox estimate settles as trials of this design grow.

    Computed, not simulated: the survival of a large population, whose covariates are spread evenly over their
    distributions, is averaged in either arm, and the Cox score equation solved for the two average curves under the
    design's follow-up.

    Parameters
    ----------
    design : TrialDesign

    Returns
    -------
    float

    Raises
    ------
    TrialDataError
        If nobody dies in one arm.

    Notes
    -----
    Under one effect for all it lies nearer to 1 than the conditional hazard ratio, although nobody is confounded
    with anything: hazard ratios do not average.

    References
    ----------
    Daniel R, Zhang J, Farewell D. Biom J 2021;63:528-557, doi:10.1002/bimj.201900297 (non-collapsibility).

    Examples
    --------
    >>> import alsteach as al
    >>> same = al.TrialDesign(treatment_log_hr_at_zero=math.log(0.5), treatment_log_hr_per_pg_ml=0)
    >>> round(marginal_hazard_ratio(same), 2)
    0.54
    """
    log_hr = endless_trials(design)[1]
    if math.isnan(log_hr):
        raise TrialDataError("Nobody dies in one arm of this design, so it has no hazard ratio.")
    return math.exp(log_hr)


def calibrated(design: TrialDesign, marginal_log_hr: float, deaths: float) -> TrialDesign:
    """Return the design with survival and treatment effect shifted until it gives this crude limit and share of deaths.

    ``median_days`` and ``treatment_log_hr_at_zero`` change; all else stays.
    """
    return _calibrated(design, float(marginal_log_hr), float(deaths))


@lru_cache(maxsize=64)
def _calibrated(design, marginal_log_hr, deaths):
    def off(at):
        tried = design.replace(
            median_days=math.exp(min(max(at[0], math.log(10)), math.log(36_500))),
            treatment_log_hr_at_zero=min(max(at[1], -5.0), 5.0),
        )
        share, crude = endless_trials(tried)
        # On this scale the share of deaths answers to log time nearly linearly.
        share = min(max(share, 1e-6), 1 - 1e-6)
        return tried, np.array(
            [math.log(math.log(1 - share) / math.log(1 - deaths)), crude - marginal_log_hr]
        )

    at = np.array([math.log(design.median_days), design.treatment_log_hr_at_zero])
    tried, error = off(at)
    slope = np.array([[-design.weibull_shape / 2, 0.2], [0.0, 0.7]])
    for _ in range(60):  # Broyden's method
        if np.abs(error).max() < 1e-6:
            return tried
        step = np.clip(-np.linalg.solve(slope, error), -1, 1)
        tried, now = off(at + step)
        slope = slope + np.outer(now - error - slope @ step, step) / (step @ step)
        at, error = at + step, now
    raise TrialDataError(
        f"No median survival and treatment effect give this world {deaths:.0%} deaths and a crude hazard ratio of "
        f"{math.exp(marginal_log_hr):.2f}; lower its prognostic_strength."
    )


def marginalise(fit: CoxFit) -> float:
    """Turn a conditional hazard ratio into the marginal one it implies: what the unadjusted analysis aims at.

    The fitted model predicts every patient's survival under either treatment; the predictions are averaged over all
    patients, and the hazard ratio between the two average curves is the one on which a crude Cox estimate would
    settle, under the censoring of this trial. So an adjusted and an unadjusted hazard ratio become comparable.

    Parameters
    ----------
    fit : CoxFit
        Of a model with a treatment, with or without an interaction.

    Returns
    -------
    float
        The marginal hazard ratio. Its interval: ``alsteach.worlds.limits.marginal_effect``.

    Raises
    ------
    TrialDataError
        If the model has no treatment.

    Notes
    -----
    The article simulates patients from the average curves; here their number goes to infinity, so nothing is drawn.
    Censoring is taken to be the same in both arms.

    References
    ----------
    Daniel R, Zhang J, Farewell D. Biom J 2021;63:528-557, doi:10.1002/bimj.201900297.

    Examples
    --------
    >>> import alsteach as al
    >>> fit = al.fit_cox(al.load_veteran(), covariates=["karno", "celltype", "age_years", "prior", "diagtime_months"])
    >>> round(float(fit.table.loc["treated", "hr"]), 2), round(al.marginalise(fit), 2)
    (1.34, 1.23)
    """
    effects, x, marker, durations, events = _to_average(fit)
    return math.exp(marginal_log_hr(effects, x, marker, durations, events, fit.ties))


def marginal_effect(fit: CoxFit, resamples: int = 300, seed: int = 0):
    """Return `marginalise`'s hazard ratio as a row of a model's table: with standard error, interval and p-value.

    So adjusted and unadjusted analysis can be compared on one question. Of one question the adjusted answer is the
    more precise, if the covariates predict death; the standard error that the adjusted model itself prints belongs to
    another one.

    Parameters
    ----------
    fit : CoxFit
    resamples : int
        Bootstrap samples of the patients: in each the model is fitted and averaged anew.
    seed : int

    Returns
    -------
    Series
        ``log_hr, se, hr, ci_low, ci_high, p``.

    Raises
    ------
    TrialDataError
        If the model has no treatment, or can be fitted to fewer than half of the samples.

    References
    ----------
    As `marginalise`. Checked against the same bootstrap in R, and against how far the estimate scatters over trials.

    Examples
    --------
    >>> import alsteach as al
    >>> from alsteach.worlds.limits import marginal_effect
    >>> trial = al.load_veteran()
    >>> averaged = marginal_effect(al.fit_cox(trial, covariates=["karno", "celltype"]), resamples=100)
    >>> bool(averaged["se"] < al.fit_cox(trial).table.loc["treated", "se"])
    True
    """
    effects, x, marker, durations, events = _to_average(fit)
    log_hr = marginal_log_hr(effects, x, marker, durations, events, fit.ties)
    drawn = np.random.default_rng(seed).integers(len(x), size=(resamples, len(x)))
    fits = fit_cox_many(durations[drawn], events[drawn], x[drawn], fit.ties)
    found = [
        marginal_log_hr(
            coef, x[rows], None if marker is None else marker[rows], durations[rows], events[rows], fit.ties
        )
        for coef, rows in zip(fits.coef[fits.converged], drawn[fits.converged], strict=True)
    ]
    if len(found) < max(2, resamples / 2):
        raise TrialDataError(
            "Too few deaths to say how precise the averaged hazard ratio is; use fewer covariates."
        )
    return effect_table([log_hr], [np.std(found, ddof=1)], None).iloc[0]


def _to_average(fit: CoxFit):
    """Return a fit's effects, terms, centred biomarker (None without interaction), durations and events."""
    if fit.treatment is None:
        raise TrialDataError("This model has no treatment, so there is no hazard ratio to marginalise.")
    marker = None
    if fit.interaction is not None:
        marker = fit.analysed[fit.interaction].to_numpy(dtype=float)
        fit, marker = fit.read_at(float(marker.mean())), marker - marker.mean()
    x, durations, events = fit.arrays
    return fit.table["log_hr"].to_numpy(), x, marker, durations, events


def marginal_log_hr(effects, x, marker, durations, events, ties="efron") -> float:
    """Return what `marginalise` does, from arrays: ``marker`` is the interaction's, centred, or None."""
    days = np.unique(durations[events == 1])
    hazard = _baseline_hazard(np.exp(x @ effects), durations, events, days, ties)
    curves = []
    for arm in (0.0, 1.0):
        as_if = x.copy()
        as_if[:, 0] = arm
        if marker is not None:
            as_if[:, -1] = arm * marker
        survival = np.exp(-np.outer(np.cumsum(hazard), np.exp(as_if @ effects))).mean(axis=1)
        curves.append(np.r_[1.0, survival])
    return crude_limit(*curves, _still_in_trial(durations, events, days), ties)


def _baseline_hazard(relative, durations, events, days, ties):
    """Return the steps of the cumulative hazard of a patient with a log hazard of 0."""
    order = np.argsort(durations)
    later = np.cumsum(relative[order][::-1])[::-1]
    at_risk = later[np.searchsorted(durations[order], days, side="left")]
    day = np.searchsorted(days, durations[events == 1])
    leaving, count = np.bincount(day, relative[events == 1]), np.bincount(day)
    if ties != "efron":
        return count / at_risk
    steps = np.zeros(len(days))
    for gone in range(count.max()):
        tied = count > gone
        steps[tied] += 1 / (at_risk[tied] - gone / count[tied] * leaving[tied])
    return steps


def _still_in_trial(durations, events, days):
    """Return the Kaplan-Meier share not yet censored just before each day."""
    ends, censored = np.unique(durations[events == 0], return_counts=True)
    at_risk = len(durations) - np.searchsorted(np.sort(durations), ends, side="right") + censored
    share = np.r_[1.0, np.cumprod(1 - censored / at_risk)]
    return share[np.searchsorted(ends, days, side="left")]
