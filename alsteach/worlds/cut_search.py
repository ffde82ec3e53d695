"""What the search for a cut finds in many trials: those where nothing is to be found, and those without a threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..data.checks import TrialDataError
from ..stats.cutpoints import (
    CUTS_SEARCHED,
    MarkerTrial,
    cuts_to_search,
    interaction_fits,
    interaction_p,
    interaction_p_unadjusted,
)
from .design import COVARIATES, TrialDesign
from .simulate import checked_count, checked_seed, simulate_chunk, trials_per_chunk

MARKER = COVARIATES.index("csf_pnfh_pg_ml")
AT_ONCE = 10  # trials fitted at once: their arrays stay in the processor's cache
SHUFFLES_AT_ONCE = 50  # and searched between two looks at the picture


@dataclass(frozen=True)
class SearchedTrials:
    """P-values of treatment × group at many cuts of many trials; `search_simulated_trials` makes it.

    Attributes
    ----------
    cuts, p : (B, K) arrays
        The cuts a search can try in each trial, and the interaction's p (Wald) at each; NaN without an estimate.
    named_p : (B,) array
        The same at the one cut named beforehand.
    """

    cuts: np.ndarray
    p: np.ndarray
    named_p: np.ndarray

    def __len__(self) -> int:
        return len(self.p)

    def best(self, tried: int):
        """Return the smallest p of each trial and its cut when so many cuts are tried (`cuts_in_order`)."""
        columns = cuts_in_order(self.p.shape[1])[:tried]
        p = np.where(np.isnan(self.p[:, columns]), 1.0, self.p[:, columns])
        chosen = p.argmin(axis=1)[:, None]
        return (
            np.take_along_axis(p, chosen, axis=1)[:, 0],
            np.take_along_axis(self.cuts[:, columns], chosen, axis=1)[:, 0],
        )

    def share_found(self, level: float = 0.05) -> np.ndarray:
        """Return the share of trials whose smallest p is below ``level`` when 1, 2, … all cuts are tried."""
        columns = cuts_in_order(self.p.shape[1])
        with np.errstate(invalid="ignore"):
            return np.logical_or.accumulate(self.p[:, columns] < level, axis=1).mean(axis=0)

    def share_found_named(self, level: float = 0.05) -> float:
        """Return the share of trials in which the cut named beforehand has p below ``level``."""
        with np.errstate(invalid="ignore"):
            return float((self.named_p < level).mean())


def cuts_in_order(n_cuts: int) -> list[int]:
    """Return the order in which a search adds cuts: the middle, then the quarters, then what lies between.

    Whoever tries more cuts tries those of the smaller search too.

    Examples
    --------
    >>> cuts_in_order(9)
    [4, 2, 6, 1, 3, 5, 7, 0, 8]
    """
    order, step = [], n_cuts - 1
    while step > 1:
        order += [k for k in range(step // 2, n_cuts, step) if k not in order]
        step //= 2
    return order + [k for k in range(n_cuts) if k not in order]


def _search(time, died, treated, marker, covariates, cut, cuts=None) -> SearchedTrials:
    """Search in trials given as arrays (B, n), ``covariates`` (B, n, p)."""
    cuts = (
        cuts_to_search(marker, CUTS_SEARCHED)
        if cuts is None
        else np.broadcast_to(cuts, (len(marker), len(cuts)))
    )
    tried = np.column_stack([np.full(len(cuts), cut), cuts])
    p = np.empty(tried.shape)
    for start in range(0, len(tried), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        high = marker[rows, None, :] > tried[rows, :, None]
        if covariates.shape[2] == 0:
            p[rows] = interaction_p_unadjusted(time[rows], died[rows], treated[rows], high)
            continue
        flat = (-1, time.shape[1])
        repeated = [
            np.broadcast_to(a[rows, None, :], high.shape).reshape(flat) for a in (time, died, treated)
        ]
        others = np.broadcast_to(covariates[rows, None], (*high.shape, covariates.shape[2]))
        groups = high.reshape(flat).astype(float)
        fits = interaction_fits(*repeated, groups, others.reshape(*groups.shape, -1))
        p[rows] = interaction_p(fits).reshape(high.shape[:2])
    return SearchedTrials(cuts, p[:, 1:], p[:, 0])


def joined(parts) -> SearchedTrials:
    """Put searches of several trials together."""
    return SearchedTrials(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("cuts", "p", "named_p"))
    )


def _all_of(parts, n_trials: int, progress) -> SearchedTrials:
    found, done = [], 0
    for part in parts:
        found.append(part)
        done += len(part)
        if progress is not None:
            progress(done / n_trials)
    return joined(found)


def search_simulated_trials(
    design: TrialDesign,
    cut: float,
    n_trials: int = 1000,
    adjusted: bool = False,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> SearchedTrials:
    """Search simulated trials for the CSF-pNFH cut at which the treatment effect seems to change most.

    Parameters
    ----------
    design : TrialDesign
        With ``treatment_log_hr_per_pg_ml=0`` the biomarker modifies nothing (it may still tell the prognosis), and all
        that is found is a false alarm.
    cut : float
        A cut named beforehand, to compare with (pg/mL).
    n_trials : int
    adjusted : bool
        Put the design's other covariates into every model.
    seed : int
    progress : function of a float, optional
        Called with the share done; the search ends if it raises.

    Returns
    -------
    SearchedTrials

    Raises
    ------
    TrialDataError
        If ``n_trials`` or ``seed`` is impossible.

    References
    ----------
    Altman DG, et al. J Natl Cancer Inst 1994;86:829-835, doi:10.1093/jnci/86.11.829 (searched cut-points).

    Examples
    --------
    >>> import alsteach as al
    >>> nothing = al.TrialDesign(treatment_log_hr_per_pg_ml=0)
    >>> found = search_simulated_trials(nothing, cut=3700, n_trials=100)
    >>> bool(found.share_found_named() < 0.15 < found.share_found()[-1])
    True
    """
    return _all_of(iterate_simulated(design, cut, n_trials, adjusted, seed), n_trials, progress)


def iterate_simulated(design, cut, n_trials=1000, adjusted=False, seed=0) -> Iterator[SearchedTrials]:
    """Yield `search_simulated_trials` a few trials at a time."""
    n_trials, seed = checked_count(n_trials), checked_seed(seed)
    size = trials_per_chunk(design)
    others = [k for k in range(len(COVARIATES)) if k != MARKER] if adjusted else []
    for number in range(-(-n_trials // size)):
        trials = simulate_chunk(design, seed, number).take(slice(n_trials - number * size))
        marker = trials.covariates[:, :, MARKER]
        if np.isnan(marker).any():
            raise TrialDataError("The search needs every patient's CSF-pNFH; set missing_pnfh_share=0.")
        outcome = trials.time_days, trials.died, trials.treated
        yield _search(*outcome, marker, trials.covariates[:, :, others], cut)


def search_shuffled(
    trial: MarkerTrial, cut: float, n_trials: int, seed: int = 0, progress=None
) -> SearchedTrials:
    """Search a trial for a cut again and again, each time with the biomarker dealt out anew among its patients.

    Shuffled, the biomarker has nothing to do with anything: what the search finds then, it finds by chance. Times,
    deaths, arms and covariates stay as they are, so this works for any trial. Where a biomarker has few values there
    are fewer cuts to try.

    Parameters
    ----------
    trial : MarkerTrial
        The trial, as `marker_trial` takes it from a table.
    cut, n_trials, seed, progress
        As in `search_simulated_trials`; ``n_trials`` is the number of shuffles.

    Returns
    -------
    SearchedTrials

    Examples
    --------
    >>> import alsteach as al
    >>> from alsteach.stats.cutpoints import marker_trial
    >>> found = search_shuffled(marker_trial(al.load_veteran(), "karno"), cut=70, n_trials=100)
    >>> len(found), found.p.shape[1]
    (100, 7)
    """
    return _all_of(iterate_shuffled(trial, cut, n_trials, seed), n_trials, progress)


def iterate_shuffled(trial: MarkerTrial, cut: float, n_trials=1000, seed=0) -> Iterator[SearchedTrials]:
    """Yield `search_shuffled` a few shuffles at a time."""
    n_trials, rng = checked_count(n_trials), np.random.default_rng(checked_seed(seed))
    cuts = np.unique(cuts_to_search(trial.marker))
    for start in range(0, n_trials, SHUFFLES_AT_ONCE):
        shape = (min(SHUFFLES_AT_ONCE, n_trials - start), len(trial))
        marker = rng.permuted(np.broadcast_to(trial.marker, shape), axis=1)
        outcome = (np.broadcast_to(a, shape) for a in (trial.time, trial.died, trial.treated))
        covariates = np.broadcast_to(trial.covariates, (*shape, trial.covariates.shape[1]))
        yield _search(*outcome, marker, covariates, cut, cuts)


def corrected_p(found: SearchedTrials, p: float, tried: int) -> float:
    """Return the share of trials whose search found as small a p: the p-value that a searched cut deserves."""
    return (1 + int((found.best(tried)[0] <= p * (1 + 1e-9)).sum())) / (1 + len(found))
