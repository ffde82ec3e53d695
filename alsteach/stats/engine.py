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
STEP_TOLERANCE = 3e-7
TOLERANCE_OF_MANY = 1e-6  # standard errors right to a few in ten million, one evaluation less for one in ten
PIVOT_TOLERANCE = 1e-10  # below this share of its variance a column adds nothing to the others
INFORMATION_FLOOR = 1e-9  # of the information at β = 0: less means that the likelihood has no maximum
# An information per death that none reaches at β = 0: stands for it where nobody looked there.
SUSPICIOUS = 1000
# A chunk is close to its maxima when most of its trials' steps are this small, in standard errors.
CLOSE = 3e-5
MOST = 0.8
APPROACHES = 8  # steps on the way there, at most
POOLED_AT = 2  # the one of them that looks at the information
ENOUGH_NEARBY = 8  # evaluations from near the maximum: a trial that needs more is no such trial
FEW = 3  # so few covariates cost no more with their information than without
ENOUGH = 10  # trials whose median is worth starting from
# Covariate values worked on at once: Python's own cost is shared, and the cache still holds them.
CHUNK_VALUES = 120_000


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
        return np.add.reduceat(values, self.starts, axis=0).take(self.group, axis=0)


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
        same = times[:, 1:] == times[:, :-1]
        if (same & (sorted_died[:, 1:] < sorted_died[:, :-1])).any():
            place = np.zeros(order.shape, dtype=np.int32)
            np.cumsum(~same, axis=1, out=place[:, 1:])
            deaths_last = np.argsort(2 * place + (sorted_died == 1), axis=1, kind="stable")
            order = np.take_along_axis(order, deaths_last, axis=1)
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
class Hazards:
    """What the hazards at some coefficients say: sums over the risk sets that need no covariate."""

    log_w: np.ndarray  # xβ, all rows
    w: np.ndarray
    s0: np.ndarray  # sums of w over the risk sets, for the rows from the first death row on
    per_death: np.ndarray  # 1/S0 at deaths, 0 elsewhere, for the same rows
    at_risk_for: np.ndarray  # A, all rows


def hazards_at(x: np.ndarray, coef: np.ndarray, risk: RiskSets) -> Hazards:
    """Compute everybody's hazard at ``coef`` (B, p) for covariates ``x`` (B, p, n), and the sums at deaths."""
    quiet, tail, tied = slice(risk.quiet), slice(risk.quiet, None), risk.tied
    died = risk.died[:, tail]
    if tied is not None:  # places in the flat arrays: far sooner found than by trial and row
        begins, begins_in_tail = tied.trial * x.shape[2], tied.trial * died.shape[1] - risk.quiet
        at, at_first = begins + tied.row, begins + tied.first
        in_tail, last_in_tail = begins_in_tail + tied.row, begins_in_tail + tied.last
    log_w = np.matmul(coef[:, None, :], x)[:, 0, :]
    w = np.exp(log_w)
    s0 = w[:, tail].copy()
    s0[:, 0] += w[:, quiet].sum(axis=1)
    np.cumsum(s0, axis=1, out=s0)
    if tied is not None:
        tied_w = tied.share * tied.group_sum(w.take(at))
        s0.put(in_tail, s0.take(last_in_tail) - tied_w)
    per_death = died / s0
    at_risk_for = np.empty_like(w)
    at_risk_for[:, tail] = np.cumsum(per_death[:, ::-1], axis=1)[:, ::-1]
    at_risk_for[:, quiet] = at_risk_for[:, risk.quiet, None]
    if tied is not None:
        taken_out = tied.group_sum(tied.share * per_death.take(in_tail))
        at_risk_for.put(at, at_risk_for.take(at_first) - taken_out)
    return Hazards(log_w, w, s0, per_death, at_risk_for)


def log_likelihood_of(hazards: Hazards, risk: RiskSets) -> np.ndarray:
    """Return the log partial likelihood (B,)."""
    tail = slice(risk.quiet, None)
    return ((hazards.log_w[:, tail] - np.log(hazards.s0)) * risk.died[:, tail]).sum(axis=1)


def means_at_deaths(x: np.ndarray, hazards: Hazards, risk: RiskSets) -> np.ndarray:
    """Return Z, the covariates' mean over the risk set of each death, from the first death row on; else 0."""
    quiet, tail, tied = slice(risk.quiet), slice(risk.quiet, None), risk.tied
    w = hazards.w
    s1 = x[:, :, tail] * w[:, None, tail]
    if tied is not None:
        _, p, columns = s1.shape
        begins = (tied.trial[:, None] * p + np.arange(p)) * columns - risk.quiet
        at, at_last = begins + tied.row[:, None], begins + tied.last[:, None]
        tied_wx = tied.share[:, None] * tied.group_sum(s1.take(at))
    s1[:, :, 0] += np.matmul(x[:, :, quiet], w[:, quiet, None])[:, :, 0]
    np.cumsum(s1, axis=2, out=s1)
    if tied is not None:
        s1.put(at, s1.take(at_last) - tied_wx)
    s1 *= hazards.per_death[:, None, :]
    return s1


def gradient_of(x: np.ndarray, hazards: Hazards, risk: RiskSets) -> np.ndarray:
    """Return the gradient (B, p): X(d − w·A), deaths less those the hazards let expect."""
    return np.matmul(x, (risk.died - hazards.w * hazards.at_risk_for)[:, :, None])[:, :, 0]


def information_of(x: np.ndarray, hazards: Hazards, risk: RiskSets) -> np.ndarray:
    """Return the information (B, p, p): Xᵀ diag(w·A) X − Zᵀ Z, four times the work of the gradient."""
    information = np.matmul(x * (hazards.w * hazards.at_risk_for)[:, None, :], x.transpose(0, 2, 1))
    z = means_at_deaths(x, hazards, risk)
    information -= np.matmul(z, z.transpose(0, 2, 1))
    return information


def pooled_information_of(x: np.ndarray, hazards: Hazards, risk: RiskSets) -> np.ndarray:
    """Return the information (B, p, p) there would be if the covariates had one mean over all risk sets."""
    weight = hazards.w * hazards.at_risk_for  # sums to the number of deaths
    weighted = x * weight[:, None, :]
    total = np.matmul(x, weight[:, :, None])
    information = np.matmul(weighted, x.transpose(0, 2, 1))
    information -= np.matmul(total, total.transpose(0, 2, 1)) / weight.sum(axis=1)[:, None, None]
    return information


def evaluate(x: np.ndarray, coef: np.ndarray, risk: RiskSets):
    """Return log partial likelihood (B,), its gradient (B, p) and information (B, p, p)."""
    hazards = hazards_at(x, coef, risk)
    return log_likelihood_of(hazards, risk), gradient_of(x, hazards, risk), information_of(x, hazards, risk)


def independent_columns(information: np.ndarray, tolerance=PIVOT_TOLERANCE) -> np.ndarray:
    """Return (B, p) bool: does each column add information to the columns before it (Cholesky pivots)?"""
    b, p, _ = information.shape
    scale = np.sqrt(np.maximum(np.einsum("bjj->bj", information), 0))
    positive = scale > 0
    scale = np.where(positive, scale, 1.0)
    correlation = information / scale[:, :, None] / scale[:, None, :]
    try:
        pivots = np.einsum("bjj->bj", np.linalg.cholesky(correlation)) ** 2
        if (pivots > tolerance).all():
            return positive
    except np.linalg.LinAlgError:
        pass
    root = np.zeros_like(information)
    adds = np.zeros((b, p), dtype=bool)
    for j in range(p):
        left = root[:, j, :j]
        pivot = correlation[:, j, j] - np.einsum("bk,bk->b", left, left)
        adds[:, j] = positive[:, j] & (pivot > tolerance)
        column = correlation[:, j:, j] - np.einsum("bik,bk->bi", root[:, j:, :j], left)
        root[:, j:, j] = np.where(
            adds[:, j, None], column / np.sqrt(np.where(adds[:, j], pivot, 1.0))[:, None], 0.0
        )
    return adds


def _inverse(information):
    """Invert each trial's information; NaN for those that are singular."""
    try:
        return np.linalg.inv(information)
    except np.linalg.LinAlgError:
        good = independent_columns(information).all(axis=1)
        inverse = np.full_like(information, np.nan)
        inverse[good] = np.linalg.inv(information[good])
        return inverse


def _learn(inverse, step, fall):
    """Correct each trial's inverse information by how far the gradient fell along its step (the BFGS update)."""
    along = np.einsum("bp,bp->b", step, fall)
    known = along > 0
    along = np.where(known, along, 1.0)[:, None]
    expected = np.matmul(inverse, fall[:, :, None])[:, :, 0]
    once = step / along
    twice = step + np.einsum("bp,bp->b", expected, fall)[:, None] * once - expected
    change = twice[:, :, None] * once[:, None, :] - once[:, :, None] * expected[:, None, :]
    return inverse + np.where(known[:, None, None], change, 0.0)


def approach(x: np.ndarray, risk: RiskSets, coef: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Come close to each trial's maximum from nearby, where `maximise` ends what is left; return coefficients (B, p).

    Steps need no more than the gradient: ``inverse`` (B, p, p), what to take for the inverse information, learns from
    how each gradient differs from the last, and once from an information pooled over the risk sets. Four such steps
    cost what one with the information itself does. A trial may get lost; `maximise` tells.
    """
    step, before = np.zeros_like(coef), np.zeros_like(coef)
    for number in range(APPROACHES):
        hazards = hazards_at(x, coef, risk)
        gradient = gradient_of(x, hazards, risk)
        if number == POOLED_AT:
            inverse = _inverse(pooled_information_of(x, hazards, risk))
        elif number:
            inverse = _learn(inverse, step, before - gradient)
        step = np.matmul(inverse, gradient[:, :, None])[:, :, 0]
        coef, before = coef + step, gradient
        if (np.einsum("bp,bp->b", step, gradient) < CLOSE**2).mean() > MOST:
            break
    return coef


def maximise(x: np.ndarray, risk: RiskSets, start: np.ndarray | None = None, tolerance=STEP_TOLERANCE):
    """Maximise the partial likelihood of each trial of a chunk.

    Newton's method from β = 0; or from ``start``, coefficients (B, p) near the maximum. It ends when no patient's log
    hazard changes by ``tolerance`` any more. The step is still made: the coefficients are right to its square, the
    covariance to itself.

    Returns coef (B, p), covariance (B, p, p), log likelihood (B,), converged (B,); rows of trials that did not converge
    hold whatever was reached.
    """
    b, p, _ = x.shape
    coef_out, covariance_out, information_out = np.zeros((b, p)), np.zeros((b, p, p)), np.zeros((b, p, p))
    ll_out, converged = np.full(b, -np.inf), np.zeros(b, dtype=bool)
    trial, open_, identity = np.arange(b), np.ones(b, dtype=bool), np.eye(p)
    coef, step, best, most = np.zeros((b, p)), np.zeros((b, p)), np.full(b, -np.inf), MAX_EVALUATIONS
    if start is not None:
        coef, most = start, ENOUGH_NEARBY
        typical = np.repeat(SUSPICIOUS * risk.died.sum(axis=1)[:, None], p, axis=1)
        floor = INFORMATION_FLOOR * typical
    for number in range(most):
        ll, gradient, information = evaluate(x, coef + step, risk)
        usable = np.isfinite(ll) & (ll >= best - 1e-11 * (1 + np.abs(best)))
        usable &= np.isfinite(information).all(axis=(1, 2))
        diagonal = np.einsum("bjj->bj", information)
        if number == 0 and start is None:
            typical = diagonal.copy()
            floor = INFORMATION_FLOOR * typical
            known = np.where(usable[:, None, None], information, 0.0)
            open_ &= usable & independent_columns(known).all(axis=1)
        else:
            open_ &= ~usable | (diagonal > floor).all(axis=1)
        coef = np.where(usable[:, None], coef + step, coef)
        best = np.where(usable, ll, best)
        moving = usable & open_
        inverse = _inverse(np.where(moving[:, None, None], information, identity))
        newton = np.matmul(inverse, gradient[:, :, None])[:, :, 0]
        step = np.where(moving[:, None], newton, step / 2)
        open_ &= np.isfinite(step).all(axis=1)
        change = np.abs(np.matmul(step[:, None, :], x)[:, 0, :]).max(axis=1)
        done = moving & open_ & (change < tolerance)
        if done.any():
            finished = trial[done]
            coef_out[finished], ll_out[finished] = coef[done] + step[done], best[done]
            covariance_out[finished], information_out[finished] = inverse[done], information[done]
            converged[finished] = True
            open_ &= ~done
        if not open_.any():
            break
        # Closed trials are carried along until leaving them out pays for the copying.
        if np.count_nonzero(open_) < 0.7 * len(open_):
            kept = np.flatnonzero(open_)
            trial, coef, step, best = trial[kept], coef[kept], step[kept], best[kept]
            floor, open_, x, risk = floor[kept], open_[kept], x[kept], risk.take(kept)
    # Separation along several columns together shows in the variances only: their information never runs out alone.
    variance = np.einsum("bjj->bj", covariance_out)
    converged &= (variance * typical < 1 / INFORMATION_FLOOR).all(axis=1)
    inflation = variance * np.einsum("bjj->bj", information_out)
    converged &= ((inflation > 1 - 1e-6) & (inflation < 1 / PIVOT_TOLERANCE)).all(axis=1)
    return coef_out, covariance_out, ll_out, converged


def standardise(covariates: np.ndarray, risk: RiskSets, include: np.ndarray | None):
    """Sort, centre and scale (B, n, p) covariates to (B, p, n); also return means, scales and which trials are usable.

    Centring and scaling change no hazard ratio; they keep the arithmetic exact for covariates of any unit.
    """
    b, n, p = covariates.shape
    rows = np.arange(b)[:, None] * n + risk.order
    x = np.ascontiguousarray(covariates).reshape(b * n, p).take(rows, axis=0).transpose(0, 2, 1).copy()
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
    x *= (1 / scale)[:, :, None]
    x[~usable] = 0.0
    return x, mean, scale, usable


def _maximise_from(x, risk: RiskSets, start, usable, tolerance=TOLERANCE_OF_MANY):
    """Maximise from ``start``; whatever does not converge from there, or looks suspicious, again from β = 0."""
    coef, inverse = start
    if x.shape[1] > FEW:
        coef = approach(x, risk, coef, inverse)
    found = maximise(x, risk, coef, tolerance)
    again = np.flatnonzero(usable & ~found[3])
    if len(again):
        for values, anew in zip(found, maximise(x[again], risk.take(again)), strict=True):
            values[again] = anew
    return found


def _in_units_of(scale, found, usable):
    """Undo the scaling of the covariates; NaN where a trial did not converge."""
    coef, covariance, log_likelihood, converged = found
    coef, covariance = coef / scale, covariance / (scale[:, :, None] * scale[:, None, :])
    converged = converged & usable & np.isfinite(coef).all(axis=1) & np.isfinite(covariance).all(axis=(1, 2))
    log_likelihood = np.where(converged, log_likelihood, np.nan)
    coef[~converged] = covariance[~converged] = np.nan
    return coef, covariance, log_likelihood, converged


def fit_chunk(covariates, risk: RiskSets, include=None, start=None):
    """Fit each trial of a chunk: coef, covariance, log likelihood, converged; NaN where not converged.

    ``start``, a `typical_fit` of trials like these, saves evaluations and changes no result.
    """
    with np.errstate(all="ignore"):
        x, _, scale, usable = standardise(covariates, risk, include)
        usable &= risk.valid
        if start is None:
            found = maximise(x, risk)
        else:
            near = start[0] * scale, start[1] * scale[:, :, None] * scale[:, None, :]
            found = _maximise_from(x, risk, near, usable)
        return _in_units_of(scale, found, usable)


def fit_sets(covariates, risk: RiskSets, sets, include=None, tolerance=TOLERANCE_OF_MANY) -> list[tuple]:
    """Fit each trial of a chunk with each of these sets of its columns; return a `fit_chunk` a set.

    All columns are fitted first, and each set starts from the smallest one fitted that holds it. With I the information
    at that one's maximum β, the parabola through it peaks at β_S + I_SS⁻¹ I_SD β_D where the columns D are left out.

    ``tolerance`` as in `maximise`.
    """
    with np.errstate(all="ignore"):
        x, _, scale, usable = standardise(covariates, risk, include)
        usable &= risk.valid
        every = maximise(x, risk)
        known = usable & every[3]
        if not known.all():
            return [fit_chunk(covariates[:, :, list(columns)], risk, include) for columns in sets]
        fitted = {tuple(range(x.shape[1])): every}
        for columns in sorted(map(tuple, sets), key=len, reverse=True):
            if columns in fitted:
                continue
            larger = min((other for other in fitted if set(columns) < set(other)), key=len)
            coef, covariance, *_ = fitted[larger]
            information = _inverse(covariance)
            inside = [k for k, column in enumerate(larger) if column in columns]
            outside = [k for k, column in enumerate(larger) if column not in columns]
            inverse = _inverse(information[:, inside][:, :, inside])
            missed = np.matmul(information[:, inside][:, :, outside], coef[:, outside, None])
            start = coef[:, inside] + np.matmul(inverse, missed)[:, :, 0]
            fitted[columns] = _maximise_from(x[:, list(columns)], risk, (start, inverse), known, tolerance)
        return [_in_units_of(scale[:, list(columns)], fitted[tuple(columns)], known) for columns in sets]


def typical_fit(coef, covariance, converged):
    """Return the median coefficients and covariances of the trials fitted so far, None if they are few."""
    if converged.sum() < ENOUGH:
        return None
    return np.median(coef[converged], axis=0), np.median(covariance[converged], axis=0)


def chunk_size(n: int, p: int) -> int:
    """How many trials of ``n`` patients and ``p`` covariates to work on at once."""
    return max(1, CHUNK_VALUES // max(n * p, 1))


def score_residuals(x: np.ndarray, coef: np.ndarray, risk: RiskSets) -> np.ndarray:
    """Return each patient's part of the gradient at ``coef``, (B, p, n)."""
    hazards, tail = hazards_at(x, coef, risk), slice(risk.quiet, None)
    z, z_per_s0 = np.zeros_like(x), np.zeros_like(x)
    z[:, :, tail] = means_at_deaths(x, hazards, risk)
    z_per_s0[:, :, tail] = z[:, :, tail] * hazards.per_death[:, None, :]
    z_sum = np.cumsum(z_per_s0[:, :, ::-1], axis=2)[:, :, ::-1].copy()
    own = z.copy()
    tied = risk.tied
    if tied is not None:
        at = (tied.trial, slice(None), tied.row)
        size = (tied.last - tied.first + 1)[:, None]
        z_sum[at] = z_sum[tied.trial, :, tied.first] - tied.group_sum(tied.share[:, None] * z_per_s0[at])
        own[at] = tied.group_sum(z[at]) / size
    died = risk.died[:, None, :]
    return died * (x - own) - hazards.w[:, None, :] * (x * hazards.at_risk_for[:, None, :] - z_sum)
