"""The Cox engine: Newton's method on many trials at once, on plain arrays.

Inside, patients are sorted by falling follow-up time (deaths last among equal times), so that the risk set of a
death is every row up to its own, and a covariate's rows lie side by side: arrays are (trial, covariate, patient).

The sums over risk sets of x xᵀ are never formed. With w = exp(xβ), S0 and S1 the sums of w and w·x over a risk set,
Z = S1/S0 at each death and A the sum of 1/S0 over all deaths whose risk set holds the patient, the information is
Xᵀ diag(w·A) X − Zᵀ Z. Efron's correction touches only the rows where deaths tie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_EVALUATIONS = 60
STEP_TOLERANCE = 1e-8  # in units of a covariate's standard deviation; one more Newton step then squares it
PIVOT_TOLERANCE = 1e-10  # below this share of its variance a column adds nothing to the others
INFORMATION_FLOOR = 1e-9  # of the information at β = 0: less means that the likelihood has no maximum
CHUNK_VALUES = 110_000  # covariate values worked on at once: small enough for the processor's cache


@dataclass(frozen=True)
class TiedDeaths:
    """The rows at which deaths tie, over all trials of a chunk, in order of trial and row."""

    trial: np.ndarray
    row: np.ndarray
    first: np.ndarray  # first and last row of deaths at the same time
    last: np.ndarray
    group: np.ndarray
    starts: np.ndarray  # where each group begins in the arrays above
    share: np.ndarray  # share of the tied deaths taken out of the risk set: 0 for Breslow, l/m for Efron

    def group_sum(self, values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, self.starts, axis=0)[self.group]


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk when: the order of patients, who died, and which deaths tie."""

    order: np.ndarray
    died: np.ndarray
    valid: np.ndarray
    ties: str
    tied: TiedDeaths | None

    @classmethod
    def from_times(cls, durations, events, include=None, ties="efron") -> RiskSets:
        usable = np.isfinite(durations) & ((events == 0) | (events == 1))
        if include is None:
            valid = usable.all(axis=1)
            analysed = usable
        else:
            valid = (usable | ~include).all(axis=1)
            analysed = usable & include
        times = np.where(analysed, durations, -np.inf)
        died = np.where(analysed, events, 0.0)
        order = np.lexsort((died, -times), axis=-1)
        died = np.take_along_axis(died, order, axis=1)
        tied = _tied_deaths(np.take_along_axis(times, order, axis=1), died, ties)
        return cls(order, died, valid, ties, tied)

    def take(self, kept: np.ndarray) -> RiskSets:
        tied = self.tied
        if tied is not None:
            position = np.full(len(self.order), -1)
            position[kept] = np.arange(len(kept))
            rows = position[tied.trial] >= 0
            tied = _tied(
                position[tied.trial[rows]], tied.row[rows], tied.first[rows], tied.last[rows], self.ties
            )
        return RiskSets(self.order[kept], self.died[kept], self.valid[kept], self.ties, tied)


def _tied(trial, row, first, last, ties) -> TiedDeaths | None:
    if len(row) == 0:
        return None
    new = np.r_[True, (trial[1:] != trial[:-1]) | (first[1:] != first[:-1])]
    share = (row - first) / (last - first + 1) if ties == "efron" else np.zeros(len(row))
    return TiedDeaths(trial, row, first, last, np.cumsum(new) - 1, np.flatnonzero(new), share)


def _tied_deaths(times, died, ties) -> TiedDeaths | None:
    same = (times[:, 1:] == times[:, :-1]) & (died[:, 1:] == 1) & (died[:, :-1] == 1)
    if not same.any():
        return None
    zero = np.zeros((len(times), 1), dtype=bool)
    after, before = np.hstack([zero, same]), np.hstack([same, zero])
    trial, row = np.nonzero(after | before)
    starts = ~after[trial, row]
    ends = ~before[trial, row]
    group = np.cumsum(starts) - 1
    return _tied(trial, row, row[starts][group], row[ends][group], ties)


def _last_to_first(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]


def risk_set_means(x: np.ndarray, coef: np.ndarray, risk: RiskSets):
    """Return w, 1/S0 at deaths, Z at deaths (0 elsewhere), w·A, w·x and the log partial likelihood."""
    eta = np.matmul(coef[:, None, :], x)[:, 0, :]
    w = np.exp(eta)
    s0 = np.cumsum(w, axis=1)
    wx = x * w[:, None, :]
    s1 = np.cumsum(wx, axis=2)
    tied = risk.tied
    if tied is not None:
        s0_tied = s0[tied.trial, tied.last] - tied.share * tied.group_sum(w[tied.trial, tied.row])
        s1_tied = s1[tied.trial, :, tied.last]
        s1_tied -= tied.share[:, None] * tied.group_sum(wx[tied.trial, :, tied.row])
        s0[tied.trial, tied.row] = s0_tied
        s1[tied.trial, :, tied.row] = s1_tied
    log_likelihood = ((eta - np.log(s0)) * risk.died).sum(axis=1)
    per_death = risk.died / s0
    s1 *= per_death[:, None, :]
    at_risk_for = _last_to_first(per_death)
    if tied is not None:
        taken_out = tied.group_sum(tied.share * per_death[tied.trial, tied.row])
        at_risk_for[tied.trial, tied.row] = at_risk_for[tied.trial, tied.first] - taken_out
    return w, per_death, s1, w * at_risk_for, wx, at_risk_for, log_likelihood


def evaluate(x: np.ndarray, coef: np.ndarray, risk: RiskSets):
    """Return log partial likelihood (B,), its gradient (B, p) and information (B, p, p)."""
    _, _, z, expected, wx, at_risk_for, log_likelihood = risk_set_means(x, coef, risk)
    gradient = np.matmul(x, (risk.died - expected)[:, :, None])[:, :, 0]
    wx *= at_risk_for[:, None, :]
    information = np.matmul(wx, x.transpose(0, 2, 1))
    information -= np.matmul(z, z.transpose(0, 2, 1))
    return log_likelihood, gradient, information


def independent_columns(information: np.ndarray) -> np.ndarray:
    """Return (B, p) bool: does each column add information to the columns before it (Cholesky pivots)?"""
    b, p, _ = information.shape
    scale = np.sqrt(np.maximum(np.einsum("bjj->bj", information), 0))
    positive = scale > 0
    scale = np.where(positive, scale, 1.0)
    correlation = information / scale[:, :, None] / scale[:, None, :]
    root = np.zeros_like(information)
    adds = np.zeros((b, p), dtype=bool)
    for j in range(p):
        left = root[:, j, :j]
        pivot = correlation[:, j, j] - np.einsum("bk,bk->b", left, left)
        adds[:, j] = positive[:, j] & (pivot > PIVOT_TOLERANCE)
        column = correlation[:, j:, j] - np.einsum("bik,bk->bi", root[:, j:, :j], left)
        root[:, j:, j] = np.where(
            adds[:, j, None], column / np.sqrt(np.where(adds[:, j], pivot, 1.0))[:, None], 0.0
        )
    return adds


def _solve(information, gradient):
    """Newton steps, NaN for the trials whose information is singular."""
    try:
        return np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        good = independent_columns(information).all(axis=1)
        step = np.full_like(gradient, np.nan)
        step[good] = np.linalg.solve(information[good], gradient[good, :, None])[:, :, 0]
        return step


def maximise(x: np.ndarray, risk: RiskSets):
    """Maximise the partial likelihood of each trial of a chunk.

    Returns coef (B, p), information (B, p, p), log likelihood (B,), converged (B,); rows of trials that did not
    converge hold whatever was reached.
    """
    b, p, _ = x.shape
    coef_out, info_out = np.zeros((b, p)), np.zeros((b, p, p))
    ll_out, converged = np.full(b, -np.inf), np.zeros(b, dtype=bool)
    trial = np.arange(b)
    coef, step, best = np.zeros((b, p)), np.zeros((b, p)), np.full(b, -np.inf)
    floor = None
    for _ in range(MAX_EVALUATIONS):
        ll, gradient, information = evaluate(x, coef + step, risk)
        better = ll >= best - 1e-11 * (1 + np.abs(best)) if floor is not None else np.isfinite(ll)
        usable = better & np.isfinite(information).all(axis=(1, 2))
        diagonal = np.einsum("bjj->bj", information)
        if floor is None:
            floor = INFORMATION_FLOOR * diagonal
            alive = usable & independent_columns(np.where(usable[:, None, None], information, 0.0)).all(
                axis=1
            )
        else:
            alive = ~usable | (diagonal > floor).all(axis=1)
        coef = np.where(usable[:, None], coef + step, coef)
        best = np.where(usable, ll, best)
        moving = usable & alive
        newton = _solve(
            np.where(moving[:, None, None], information, np.eye(p)), np.where(moving[:, None], gradient, 0)
        )
        step = np.where(moving[:, None], newton, step / 2)
        alive &= np.isfinite(step).all(axis=1)
        done = moving & alive & (np.abs(step).max(axis=1) < STEP_TOLERANCE)
        if done.any() or not alive.all():
            finished = trial[done]
            coef_out[finished], info_out[finished] = coef[done] + step[done], information[done]
            ll_out[finished], converged[finished] = best[done], True
            kept = np.flatnonzero(alive & ~done)
            if len(kept) == 0:
                break
            trial, coef, step, best, floor = trial[kept], coef[kept], step[kept], best[kept], floor[kept]
            x, risk = x[kept], risk.take(kept)
    return coef_out, info_out, ll_out, converged


def standardise(covariates: np.ndarray, risk: RiskSets, include: np.ndarray | None):
    """Sort, centre and scale (B, n, p) covariates to (B, p, n); also return means, scales and which trials are usable.

    Centring and scaling change no hazard ratio; they keep the arithmetic exact for covariates of any unit.
    """
    x = np.take_along_axis(covariates, risk.order[:, :, None], axis=1).transpose(0, 2, 1)
    if include is None:
        x = np.ascontiguousarray(x)
        n = np.full(len(x), float(x.shape[2]))
        shown = None
    else:
        shown = np.take_along_axis(include, risk.order, axis=1)[:, None, :]
        x = np.where(shown, x, 0.0)
        n = np.maximum(shown.sum(axis=(1, 2)), 1).astype(float)
    largest = np.abs(x).max(axis=2, initial=0.0)
    mean = x.sum(axis=2) / n[:, None]
    x = x - mean[:, :, None]
    if shown is not None:
        x *= shown
    scale = np.sqrt(np.einsum("bpn,bpn->bp", x, x) / n[:, None])
    usable = np.isfinite(scale).all(axis=1) & (scale > 1e-12 * largest).all(axis=1)
    scale = np.where(usable[:, None], scale, 1.0)
    x /= scale[:, :, None]
    x[~usable] = 0.0
    return x, mean, scale, usable


def fit_chunk(covariates, risk: RiskSets, include=None):
    """Fit each trial of a chunk: coef, covariance, log likelihood, converged; NaN where not converged."""
    with np.errstate(all="ignore"):
        x, _, scale, usable = standardise(covariates, risk, include)
        usable &= risk.valid
        coef, information, log_likelihood, converged = maximise(x, risk)
        converged &= usable
        converged &= independent_columns(information).all(axis=1)
        information[~converged] = np.eye(x.shape[1])
        covariance = np.linalg.inv(information) / (scale[:, :, None] * scale[:, None, :])
        coef = coef / scale
        converged &= np.isfinite(coef).all(axis=1) & (np.einsum("bjj->bj", covariance) > 0).all(axis=1)
        converged &= np.isfinite(covariance).all(axis=(1, 2))
        for result in (coef, covariance, log_likelihood):
            result[~converged] = np.nan
    return coef, covariance, log_likelihood, converged


def chunk_size(n: int, p: int) -> int:
    """How many trials of ``n`` patients and ``p`` covariates to work on at once."""
    return max(1, CHUNK_VALUES // max(n * p, 1))


def score_residuals(x: np.ndarray, coef: np.ndarray, risk: RiskSets) -> np.ndarray:
    """Return each patient's part of the gradient at ``coef``, (B, p, n); needs Z and 1/S0 of every death."""
    w, per_death, z, _, _, at_risk_for, _ = risk_set_means(x, coef, risk)
    z_per_s0 = z * per_death[:, None, :]
    z_sum = np.cumsum(z_per_s0[:, :, ::-1], axis=2)[:, :, ::-1].copy()
    own = z.copy()
    tied = risk.tied
    if tied is not None:
        at = (tied.trial, slice(None), tied.row)
        size = (tied.last - tied.first + 1)[:, None]
        z_sum[at] = z_sum[tied.trial, :, tied.first] - tied.group_sum(tied.share[:, None] * z_per_s0[at])
        own[at] = tied.group_sum(z[at]) / size
    died = risk.died[:, None, :]
    return died * (x - own) - w[:, None, :] * (x * at_risk_for[:, None, :] - z_sum)
