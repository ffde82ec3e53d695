"""The Cox engine: Newton's method on many trials at once, on plain arrays.

Inside, patients are sorted by falling follow-up time (deaths last among equal times), so that the risk set of a
death is every row up to its own, and a covariate's rows lie side by side: arrays are (trial, covariate, patient).

The sums over risk sets of x xᵀ are never formed. With w = exp(xβ), S0 and S1 the sums of w and w·x over a risk set,
Z = S1/S0 at each death and A the sum of 1/S0 over all deaths whose risk set holds the patient, the information is
Xᵀ diag(w·A) X − Zᵀ Z. Efron's correction touches only the rows where deaths tie, and running sums start at the last
death: patients followed for longer are in every risk set alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_EVALUATIONS = 60
STEP_TOLERANCE = (
    3e-7  # largest change of any patient's log hazard; the step that is still made then squares it
)
PIVOT_TOLERANCE = 1e-10  # below this share of its variance a column adds nothing to the others
INFORMATION_FLOOR = 1e-9  # of the information at β = 0: less means that the likelihood has no maximum
CHUNK_VALUES = (
    250_000  # covariate values worked on at once: Python's own cost is shared, and the cache still holds them
)


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
    quiet: int  # rows before the first death row of any trial: in every risk set, they need no running sums

    @classmethod
    def from_times(cls, durations, events, include=None, ties="efron") -> RiskSets:
        usable = np.isfinite(durations) & ((events == 0) | (events == 1))
        if include is None:
            valid = usable.all(axis=1)
            analysed = usable
        else:
            valid = (usable | ~include).all(axis=1)
            analysed = usable & include
        falling = np.where(analysed, -durations, np.inf)
        died = np.where(analysed, events, 0.0)
        order = np.argsort(falling, axis=1)
        times = np.take_along_axis(falling, order, axis=1)
        sorted_died = np.take_along_axis(died, order, axis=1)
        if ((times[:, 1:] == times[:, :-1]) & (sorted_died[:, 1:] < sorted_died[:, :-1])).any():
            order = np.lexsort((died, falling), axis=-1)
            sorted_died = np.take_along_axis(died, order, axis=1)
        return cls(
            order, sorted_died, valid, ties, _tied_deaths(times, sorted_died, ties), _quiet_rows(sorted_died)
        )

    def take(self, kept: np.ndarray) -> RiskSets:
        tied = self.tied
        if tied is not None:
            position = np.full(len(self.order), -1)
            position[kept] = np.arange(len(kept))
            rows = position[tied.trial] >= 0
            tied = _tied(
                position[tied.trial[rows]], tied.row[rows], tied.first[rows], tied.last[rows], self.ties
            )
        died = self.died[kept]
        return RiskSets(self.order[kept], died, self.valid[kept], self.ties, tied, _quiet_rows(died))


def _quiet_rows(died: np.ndarray) -> int:
    happens = died.any(axis=0)
    return int(happens.argmax()) if happens.any() else died.shape[1] - 1


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


@dataclass(frozen=True)
class AtDeaths:
    """Sums over the risk set of every death, for the rows from the first death row on (``tail``)."""

    tail: slice
    w: np.ndarray  # exp(xβ), all rows
    s0: np.ndarray
    s1: np.ndarray
    per_death: np.ndarray  # 1/S0 at deaths, 0 elsewhere
    at_risk_for: np.ndarray  # A, all rows
    log_likelihood: np.ndarray


def sums_at_deaths(x: np.ndarray, coef: np.ndarray, risk: RiskSets) -> AtDeaths:
    """Compute the risk sets' sums at ``coef`` (B, p) for covariates ``x`` (B, p, n)."""
    quiet, tail = slice(risk.quiet), slice(risk.quiet, None)
    died = risk.died[:, tail]
    eta = np.matmul(coef[:, None, :], x)[:, 0, :]
    w = np.exp(eta)
    s0 = w[:, tail].copy()
    s1 = x[:, :, tail] * s0[:, None, :]
    tied = risk.tied
    if tied is not None:
        row, last = tied.row - risk.quiet, tied.last - risk.quiet
        tied_w = tied.share * tied.group_sum(s0[tied.trial, row])
        tied_wx = tied.share[:, None] * tied.group_sum(s1[tied.trial, :, row])
    s0[:, 0] += w[:, quiet].sum(axis=1)
    s1[:, :, 0] += np.matmul(x[:, :, quiet], w[:, quiet, None])[:, :, 0]
    np.cumsum(s0, axis=1, out=s0)
    np.cumsum(s1, axis=2, out=s1)
    if tied is not None:
        s0[tied.trial, row] = s0[tied.trial, last] - tied_w
        s1[tied.trial, :, row] = s1[tied.trial, :, last] - tied_wx
    log_likelihood = ((eta[:, tail] - np.log(s0)) * died).sum(axis=1)
    per_death = died / s0
    at_risk_for = np.empty_like(w)
    at_risk_for[:, tail] = np.cumsum(per_death[:, ::-1], axis=1)[:, ::-1]
    at_risk_for[:, quiet] = at_risk_for[:, risk.quiet, None]
    if tied is not None:
        taken_out = tied.group_sum(tied.share * per_death[tied.trial, row])
        at_risk_for[tied.trial, tied.row] = at_risk_for[tied.trial, tied.first] - taken_out
    return AtDeaths(tail, w, s0, s1, per_death, at_risk_for, log_likelihood)


def evaluate(x: np.ndarray, coef: np.ndarray, risk: RiskSets):
    """Return log partial likelihood (B,), its gradient (B, p) and information (B, p, p)."""
    sums = sums_at_deaths(x, coef, risk)
    expected = sums.w * sums.at_risk_for
    gradient = np.matmul(x, (risk.died - expected)[:, :, None])[:, :, 0]
    information = np.matmul(x * expected[:, None, :], x.transpose(0, 2, 1))
    z = sums.s1 * sums.per_death[:, None, :]
    information -= np.matmul(z, z.transpose(0, 2, 1))
    return sums.log_likelihood, gradient, information


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


def _inverse(information):
    """Invert each trial's information; NaN for those that are singular."""
    try:
        return np.linalg.inv(information)
    except np.linalg.LinAlgError:
        good = independent_columns(information).all(axis=1)
        inverse = np.full_like(information, np.nan)
        inverse[good] = np.linalg.inv(information[good])
        return inverse


def maximise(x: np.ndarray, risk: RiskSets):
    """Maximise the partial likelihood of each trial of a chunk.

    Returns coef (B, p), information (B, p, p), its diagonal at β = 0 (B, p), log likelihood (B,), converged (B,); rows
    of trials that did not converge hold whatever was reached.
    """
    b, p, _ = x.shape
    coef_out, info_out = np.zeros((b, p)), np.zeros((b, p, p))
    ll_out, converged = np.full(b, -np.inf), np.zeros(b, dtype=bool)
    trial = np.arange(b)
    coef, step, best = np.zeros((b, p)), np.zeros((b, p)), np.full(b, -np.inf)
    floor, open_ = None, np.ones(b, dtype=bool)
    for _ in range(MAX_EVALUATIONS):
        ll, gradient, information = evaluate(x, coef + step, risk)
        better = ll >= best - 1e-11 * (1 + np.abs(best)) if floor is not None else np.isfinite(ll)
        usable = better & np.isfinite(information).all(axis=(1, 2))
        diagonal = np.einsum("bjj->bj", information)
        if floor is None:
            start = diagonal.copy()
            floor = INFORMATION_FLOOR * start
            open_ &= usable & independent_columns(np.where(usable[:, None, None], information, 0.0)).all(
                axis=1
            )
        else:
            open_ &= ~usable | (diagonal > floor).all(axis=1)
        coef = np.where(usable[:, None], coef + step, coef)
        best = np.where(usable, ll, best)
        moving = usable & open_
        newton = _solve(
            np.where(moving[:, None, None], information, np.eye(p)), np.where(moving[:, None], gradient, 0)
        )
        step = np.where(moving[:, None], newton, step / 2)
        open_ &= np.isfinite(step).all(axis=1)
        change = np.abs(np.matmul(step[:, None, :], x)[:, 0, :]).max(axis=1)
        done = moving & open_ & (change < STEP_TOLERANCE)
        finished = trial[done]
        coef_out[finished], info_out[finished] = coef[done] + step[done], information[done]
        ll_out[finished], converged[finished] = best[done], True
        open_ &= ~done
        if not open_.any():
            break
        if open_.mean() < 0.7:  # closed trials are carried along until leaving them out pays for the copying
            kept = np.flatnonzero(open_)
            trial, coef, step, best, floor = trial[kept], coef[kept], step[kept], best[kept], floor[kept]
            x, risk, open_ = x[kept], risk.take(kept), open_[kept]
    return coef_out, info_out, start, ll_out, converged


def standardise(covariates: np.ndarray, risk: RiskSets, include: np.ndarray | None):
    """Sort, centre and scale (B, n, p) covariates to (B, p, n); also return means, scales and which trials are usable.

    Centring and scaling change no hazard ratio; they keep the arithmetic exact for covariates of any unit.
    """
    b, n, p = covariates.shape
    place = (np.arange(b)[:, None] * n + risk.order) * p
    x = np.ascontiguousarray(covariates).ravel().take(place[:, None, :] + np.arange(p)[:, None])
    if include is None:
        count = np.full(b, float(n))
    else:
        shown = np.take_along_axis(include, risk.order, axis=1)[:, None, :]
        x = np.where(shown, x, 0.0)
        count = np.maximum(shown.sum(axis=(1, 2)), 1).astype(float)
    mean = x.sum(axis=2) / count[:, None]
    x -= mean[:, :, None]
    if include is not None:
        x *= shown
    scale = np.sqrt(np.einsum("bpn,bpn->bp", x, x) / count[:, None])
    usable = (
        np.isfinite(scale).all(axis=1) & (scale > 1e-12 * np.abs(mean)).all(axis=1) & (scale > 0).all(axis=1)
    )
    scale = np.where(usable[:, None], scale, 1.0)
    x /= scale[:, :, None]
    x[~usable] = 0.0
    return x, mean, scale, usable


def fit_chunk(covariates, risk: RiskSets, include=None):
    """Fit each trial of a chunk: coef, covariance, log likelihood, converged; NaN where not converged."""
    with np.errstate(all="ignore"):
        x, _, scale, usable = standardise(covariates, risk, include)
        usable &= risk.valid
        coef, information, start, log_likelihood, converged = maximise(x, risk)
        converged &= usable
        information[~converged] = np.eye(x.shape[1])
        covariance = _inverse(information)
        variance = np.einsum("bjj->bj", covariance)
        # Separation along several columns together shows in the variances only: their information never runs out alone.
        converged &= (variance * start < 1 / INFORMATION_FLOOR).all(axis=1)
        inflation = variance * np.einsum("bjj->bj", information)
        converged &= ((inflation > 1 - 1e-6) & (inflation < 1 / PIVOT_TOLERANCE)).all(axis=1)
        covariance = covariance / (scale[:, :, None] * scale[:, None, :])
        coef = coef / scale
        converged &= np.isfinite(coef).all(axis=1) & np.isfinite(covariance).all(axis=(1, 2))
        for result in (coef, covariance, log_likelihood):
            result[~converged] = np.nan
    return coef, covariance, log_likelihood, converged


def chunk_size(n: int, p: int) -> int:
    """How many trials of ``n`` patients and ``p`` covariates to work on at once."""
    return max(1, CHUNK_VALUES // max(n * p, 1))


def score_residuals(x: np.ndarray, coef: np.ndarray, risk: RiskSets) -> np.ndarray:
    """Return each patient's part of the gradient at ``coef``, (B, p, n)."""
    sums = sums_at_deaths(x, coef, risk)
    z, z_per_s0 = np.zeros_like(x), np.zeros_like(x)
    z[:, :, sums.tail] = sums.s1 * sums.per_death[:, None, :]
    z_per_s0[:, :, sums.tail] = z[:, :, sums.tail] * sums.per_death[:, None, :]
    z_sum = np.cumsum(z_per_s0[:, :, ::-1], axis=2)[:, :, ::-1].copy()
    own = z.copy()
    tied = risk.tied
    if tied is not None:
        at = (tied.trial, slice(None), tied.row)
        size = (tied.last - tied.first + 1)[:, None]
        z_sum[at] = z_sum[tied.trial, :, tied.first] - tied.group_sum(tied.share[:, None] * z_per_s0[at])
        own[at] = tied.group_sum(z[at]) / size
    died = risk.died[:, None, :]
    return died * (x - own) - sums.w[:, None, :] * (x * sums.at_risk_for[:, None, :] - z_sum)
