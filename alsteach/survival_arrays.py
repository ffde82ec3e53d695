"""Survival curves and log-rank tests of many trials at once, on plain arrays: a row a trial, a column a patient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .cox import two_sided_p
from .frames import TrialDataError

CHUNK_VALUES = 30_000  # patients worked on at once: small enough for the processor's cache


class ManyCurves(NamedTuple):
    """Kaplan-Meier curves of B trials; `kaplan_meier_many` makes it.

    Attributes
    ----------
    times : (B, n) or (T,) array
        Each trial's own follow-up times in order, or the times asked for.
    survival, se : (B, n) or (B, T) arrays
        Share still alive, and its standard error (Greenwood).
    at_risk : (B, n) or (B, T) array
        Patients followed up to just before each time.
    """

    times: np.ndarray
    survival: np.ndarray
    se: np.ndarray
    at_risk: np.ndarray


class ManyLogRanks(NamedTuple):
    """Log-rank tests of B trials: chi-square ``statistic`` on one degree of freedom, and ``p``."""

    statistic: np.ndarray
    p: np.ndarray


def _checked(durations, events, include):
    durations, events = np.asarray(durations, dtype=float), np.asarray(events, dtype=float)
    if durations.ndim != 2 or events.shape != durations.shape or durations.size == 0:
        raise TrialDataError(
            f"durations and events must both be (trials, patients); got {durations.shape} and {events.shape}."
        )
    include = np.ones(durations.shape, dtype=bool) if include is None else np.asarray(include, dtype=bool)
    if include.shape != durations.shape:
        raise TrialDataError(f"include must be {durations.shape} like durations; got {include.shape}.")
    if not (np.isfinite(durations) & (durations >= 0) & ((events == 0) | (events == 1)))[include].all():
        raise TrialDataError(
            "durations must be numbers from 0 up and events 0 or 1, without blanks, for everybody included."
        )
    return durations, np.where(include, events, 0.0), include


def kaplan_meier_many(durations, events, times=None, include=None) -> ManyCurves:
    """Estimate the survival curves of many trials (or arms) at once.

    Parameters
    ----------
    durations, events : (B, n) arrays
        Follow-up times, and 1 = died or 0 = censored, a row a trial.
    times : sequence of float, optional
        Where to read every curve; by default each trial's own follow-up times.
    include : (B, n) bool array, optional
        Who is analysed; values elsewhere are ignored.

    Returns
    -------
    ManyCurves
        ``times, survival, se, at_risk``. At given times a curve is NaN beyond its last follow-up, unless it has reached
        0; without ``times``, patients left out stand last, with NaN.

    Raises
    ------
    TrialDataError
        If the shapes do not fit together, or a time or event is not one.

    Notes
    -----
    Checked against lifelines, as `kaplan_meier` is against R's ``survfit``.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = al.kaplan_meier_many([[100, 200, 300, 400]], [[1, 0, 1, 0]], times=[0, 150, 350])
    >>> curves.survival.round(3)
    array([[1.   , 0.75 , 0.375]])
    """
    durations, events, include = _checked(durations, events, include)
    key = np.where(include, durations, np.inf)
    order = np.lexsort((1 - events, key), axis=-1)  # deaths first among equal times
    key, died = np.take_along_axis(key, order, axis=1), np.take_along_axis(events, order, axis=1)
    n_trials, n = key.shape
    analysed = include.sum(axis=1)
    left = np.clip(analysed[:, None] - np.arange(n), 1, None)
    # One death at a time: tied deaths multiply, and Greenwood's terms add, to what they give together.
    survival = np.cumprod(1 - died / left, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(np.where(died == 1, 1 / (left * (left - 1.0)), 0.0), axis=1)
        se = np.where(survival > 0, survival * np.sqrt(greenwood), 0.0)
    start = np.ones((n_trials, 1))
    survival, se = np.hstack([start, survival]), np.hstack([0 * start, se])
    if times is None:
        through = np.stack([np.searchsorted(row, row, side="right") for row in key])
        before = np.stack([np.searchsorted(row, row, side="left") for row in key])
        curve, error = (np.take_along_axis(a, through, axis=1) for a in (survival, se))
        nobody = np.isinf(key)
        at_risk = np.where(nobody, 0, analysed[:, None] - before)
        return ManyCurves(*(np.where(nobody, np.nan, a) for a in (key, curve, error)), at_risk)
    times = np.atleast_1d(np.asarray(times, dtype=float))
    through = np.stack([np.searchsorted(row, times, side="right") for row in key])
    before = np.stack([np.searchsorted(row, times, side="left") for row in key])
    curve, error = (np.take_along_axis(a, through, axis=1) for a in (survival, se))
    last = np.where(include, durations, -np.inf).max(axis=1, keepdims=True)
    beyond = (times > last) & (curve > 0)
    return ManyCurves(
        times, np.where(beyond, np.nan, curve), np.where(beyond, np.nan, error), analysed[:, None] - before
    )


def logrank_many(durations, events, group, include=None) -> ManyLogRanks:
    """Compare the two arms of many trials at once by the log-rank test.

    Parameters
    ----------
    durations, events, group : (B, n) arrays
        Follow-up times; 1 = died or 0 = censored; arm 0 or 1. A single row of ``group`` serves all trials.
    include : (B, n) bool array, optional
        Who is analysed; values elsewhere are ignored.

    Returns
    -------
    ManyLogRanks
        ``statistic, p``, each (B,); NaN where nobody died or only one arm is left. Tied deaths have the exact
        (hypergeometric) variance, as in R's ``survdiff``.

    Raises
    ------
    TrialDataError
        If the shapes do not fit together, or a time, event or arm is not one.

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163-170. Checked against R's ``survdiff``.

    Examples
    --------
    >>> import alsteach as al
    >>> veteran = al.load_veteran()
    >>> tests = al.logrank_many(*veteran[["time_days", "died", "treated"]].to_numpy().T[:, None, :])
    >>> tests.p.round(3)
    array([0.928])
    """
    durations, events, include = _checked(durations, events, include)
    group = np.broadcast_to(np.asarray(group, dtype=float), durations.shape)
    if not np.isin(group[include], (0, 1)).all():
        raise TrialDataError("group must be 0 or 1 for everybody included.")
    statistic = np.empty(len(durations))
    size = max(1, CHUNK_VALUES // durations.shape[1])
    for start in range(0, len(durations), size):
        rows = slice(start, start + size)
        statistic[rows] = _chi_square(durations[rows], events[rows], group[rows], include[rows])
    return ManyLogRanks(statistic, two_sided_p(np.sqrt(statistic)))


def _chi_square(durations, events, group, include):
    key = np.where(include, durations, -np.inf)
    order = np.argsort(-key, axis=1)  # longest followed first: everybody up to a row is at risk there
    key, died, one, here = (
        np.take_along_axis(a, order, axis=1) for a in (key, events, np.where(include, group, 0.0), include)
    )
    at_risk, at_risk_one = np.cumsum(here, axis=1, dtype=float), np.cumsum(one, axis=1)
    last = np.ones(key.shape, dtype=bool)  # of the patients with this time: there the risk set is complete
    last[:, :-1] = key[:, :-1] != key[:, 1:]
    deaths = np.where(last, np.cumsum(died, axis=1), 0.0)
    before = np.maximum.accumulate(deaths, axis=1)[:, :-1]
    deaths[:, 1:] -= np.where(last[:, 1:], before, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(at_risk > 0, at_risk_one / at_risk, 0.0)
        variance = (
            deaths * share * (1 - share) * np.where(at_risk > 1, (at_risk - deaths) / (at_risk - 1), 0.0)
        )
        excess = (died * one - deaths * share).sum(axis=1)
        variance = variance.sum(axis=1)
        return np.where(variance > 0, excess**2 / variance, np.nan)
