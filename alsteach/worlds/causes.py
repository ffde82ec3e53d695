"""How far each cause alone moves an adjusted log hazard ratio away from the crude one: the budget of the gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..stats import engine
from ..words.published import published
from .design import COVARIATES, TrialDesign
from .limits import calibrated, crude_limit, population
from .many import analyse_trials, iterate_trials
from .simulate import SimulatedTrials, log_hazard

# Of pNFH, where the design has none missing: not known for MIROCALS.
MISSING_SHARE, MISSING_LOG_ODDS = 0.25, 1.0
CLOSE_ENOUGH = 1e-3  # the engine's tolerance: log hazard ratios are then right to a millionth
CRUDE_WINDOW = 0.05  # a crude log hazard ratio this near to the published one counts as near it


@dataclass(frozen=True)
class PublishedGap:
    """The pair of published hazard ratios and the deaths behind them."""

    crude_hr: float
    adjusted_hr: float
    deaths: float

    @property
    def log_crude(self) -> float:
        return math.log(self.crude_hr)

    @property
    def target(self) -> float:
        """How far the adjusted log hazard ratio lies from the crude one."""
        return math.log(self.adjusted_hr / self.crude_hr)


@lru_cache(maxsize=1)
def published_gap() -> PublishedGap:
    """Return the published pair, read from the table of published results."""
    keys = ("hr_unadjusted", "hr_adjusted", "deaths", "n_randomised")
    crude, adjusted, deaths, patients = (float(published(f"mirocals_{key}").estimate) for key in keys)
    return PublishedGap(crude, adjusted, deaths / patients)


def world(design: TrialDesign, interaction: bool, prognosis: bool, missing: bool) -> TrialDesign:
    """Return the design with only these causes at work, and the published crude limit and share of deaths.

    Patients, follow-up and everything else stay. Where there is no interaction the effect is the same for all.
    """
    gap = published_gap()
    changes = {}
    if not interaction:
        changes["treatment_log_hr_per_pg_ml"] = 0.0
    if not prognosis:
        changes["prognostic_strength"] = 0.0
    if not missing:
        changes["missing_pnfh_share"] = 0.0
    elif design.missing_pnfh_share == 0:
        changes |= {"missing_pnfh_share": MISSING_SHARE, "missing_pnfh_log_odds": MISSING_LOG_ODDS}
    return calibrated(design.replace(**changes), gap.log_crude, gap.deaths)


def _with_product(trials) -> np.ndarray:
    """Return treatment, covariates and treatment × pNFH, uncentred: the treatment's coefficient is the effect at 0."""
    treated = trials.treated[:, :, None]
    return np.concatenate([treated, trials.covariates, treated * trials.covariates[:, :, -1:]], axis=2)


def _crude(trials, analysed=None) -> np.ndarray:
    risk = engine.RiskSets.from_times(trials.time_days, trials.died, analysed)
    return engine.fit_chunk(trials.treated[:, :, None], risk, analysed)[0][:, 0]


def _lowest(fits) -> np.ndarray:
    return np.fmin.reduce(np.stack([coef[:, 0] for coef, *_ in fits]))


def _same_effect_for_all(trials: SimulatedTrials) -> dict[str, np.ndarray]:
    rows = analyse_trials(trials)
    risk = engine.RiskSets.from_times(trials.time_days, trials.died)
    columns = range(1, 1 + len(COVARIATES))
    sets = [(0, *chosen) for size in range(1 + len(COVARIATES)) for chosen in combinations(columns, size)]
    x = np.concatenate([trials.treated[:, :, None], trials.covariates], axis=2)
    names = ("crude_log_hr", "adjusted_log_hr", "at_zero_log_hr")
    lowest = _lowest(engine.fit_sets(x, risk, sets, tolerance=CLOSE_ENOUGH))
    return {name: rows[name] for name in names} | {"lowest_log_hr": lowest}


def _effect_varies(trials: SimulatedTrials) -> dict[str, np.ndarray]:
    """With no prognosis in the world, the model holds the treatment, pNFH and their product, and nothing else."""
    risk = engine.RiskSets.from_times(trials.time_days, trials.died)
    at_zero = engine.fit_chunk(_with_product(trials)[:, :, [0, -2, -1]], risk)[0][:, 0]
    return {"crude_log_hr": _crude(trials), "at_zero_log_hr": at_zero}


def _fewer_analysed(trials: SimulatedTrials) -> dict[str, np.ndarray]:
    known = ~np.isnan(trials.covariates[:, :, -1])
    return {"crude_log_hr": _crude(trials), "complete_log_hr": _crude(trials, known)}


def _all_at_once(trials: SimulatedTrials) -> dict[str, np.ndarray]:
    known = ~np.isnan(trials.covariates[:, :, -1])
    some = engine.RiskSets.from_times(trials.time_days, trials.died, known)
    marker = len(COVARIATES)
    others = [chosen for size in range(marker) for chosen in combinations(range(1, marker), size)]
    sets = [(0, *chosen, marker, marker + 1) for chosen in others]
    return {
        "crude_log_hr": _crude(trials),
        "lowest_log_hr": _lowest(
            engine.fit_sets(_with_product(trials), some, sets, known, tolerance=CLOSE_ENOUGH)
        ),
    }


def gap_budget(
    design: TrialDesign | None = None,
    n_trials: int = 1000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Ask of each cause: could this alone turn the published crude hazard ratio into the adjusted one, and how often?

    Each cause gets a world of its own in which the others are switched off or taken out: the same patients, follow-up
    and share of deaths, and the same crude hazard ratio in the long run, the published one. In each, trials are
    simulated and analysed twice, and the table says how far the adjusted log hazard ratio lies from the crude one.

    The causes do not add up: they work on each other, some of them are one thing seen from two sides, and the
    percentiles of a sum are not the sum of percentiles. Nor is a cause that could do it the one that did.

    Parameters
    ----------
    design : TrialDesign, optional
        The patients, their prognosis, the interaction and the missing pNFH; the calibrated world if left out.
    n_trials : int
        Simulated for each cause.
    seed : int
    progress : function of a float, optional
        Called with the share done; the computation ends if it raises.
    executor : concurrent.futures.Executor, optional
        As in `run_many_trials`.

    Returns
    -------
    DataFrame
        Index ``cause``; ``question``; ``p05, p50, p95``, percentiles over trials of adjusted − crude log hazard
        ratio; ``share_reaching``, the share of trials in which the difference is at least as far down as the published
        one; ``share_reaching_given_crude``, the same among trials whose crude log hazard ratio is within 0.05 of the
        published one; ``trials`` and ``trials_near_crude``, the numbers these shares are of (0: computed, not
        simulated); ``note``. ``attrs`` holds ``target``, ``crude_hr``, ``adjusted_hr`` and ``crude_window``.

    Raises
    ------
    TrialDataError
        If the design cannot be given the published crude hazard ratio and share of deaths.

    Notes
    -----
    The rows: averaging over patients of different prognosis (non-collapsibility: the conditional effect minus the
    limit of the crude one, computed); chance imbalance of prognostic covariates (the trials' deviation from that); a
    treatment effect that varies with pNFH, read at 0 pg/mL; the same reading where the effect does not vary;
    adjustment for one set of covariates named beforehand; the lowest hazard ratio among all sets of covariates, none
    included; leaving out patients whose pNFH is missing, without adjustment; and everything at once, the lowest of
    all sets included.

    Examples
    --------
    >>> import alsteach as al
    >>> budget = al.gap_budget(n_trials=50)
    >>> round(float(budget.attrs["target"]), 3)
    -0.929
    >>> bool(budget.loc["chance_imbalance", "p05"] > budget.attrs["target"])
    True
    """
    design = TrialDesign() if design is None else design
    gap = published_gap()
    same = world(design, interaction=False, prognosis=True, missing=False)
    varies = world(design, interaction=True, prognosis=False, missing=False)
    fewer = world(design, interaction=False, prognosis=True, missing=True)
    together = world(design, interaction=True, prognosis=True, missing=True)
    tasks = [(same, _same_effect_for_all, 64), (varies, _effect_varies, 3), (fewer, _fewer_analysed, 2)]
    tasks.append((together, _all_at_once, 40))
    total, done, results = sum(cost for *_, cost in tasks), 0, []
    for where, analyse, cost in tasks:

        def report(share, done=done, cost=cost):
            if progress is not None:
                progress((done + share * cost) / total)

        results.append(pd.concat(iterate_trials(where, n_trials, seed, report, executor, analyse)))
        done += cost
    in_same, in_varies, in_fewer, in_together = results

    averaging = same.treatment_log_hr_at_zero - gap.log_crude
    pair = f"{gap.crude_hr:.2f} into {gap.adjusted_hr:.2f}"
    missing = (
        f"{fewer.missing_pnfh_share:.0%} of pNFH values missing, log odds {fewer.missing_pnfh_log_odds:+.1f} per "
        "standard deviation of decline before entry"
    )
    slope = varies.treatment_log_hr_per_pg_ml
    varying = f"the log hazard ratio rises by {slope:g} per pg/mL (published size: unverified)"
    rows = {
        "non_collapsibility": _row(
            f"Could averaging over patients of different prognosis alone turn {pair}?",
            np.array([averaging]),
            None,
            f"computed, not simulated: conditional hazard ratio {math.exp(same.treatment_log_hr_at_zero):.2f} for all",
        ),
        "chance_imbalance": _row(
            f"Could arms that differ by chance alone turn {pair}?",
            in_same["adjusted_log_hr"] - in_same["crude_log_hr"] - averaging,
            in_same,
            "same effect for all; deviation of adjusted − crude from what averaging does",
        ),
        "read_at_zero": _row(
            f"Could reading an interaction at 0 pg/mL alone turn {pair}?",
            in_varies["at_zero_log_hr"] - in_varies["crude_log_hr"],
            in_varies,
            f"{varying}; no prognosis, so that nothing else is adjusted for",
        ),
        "read_at_zero_without_interaction": _row(
            f"Could reading at 0 pg/mL turn {pair} if the effect were the same for all?",
            in_same["at_zero_log_hr"] - in_same["crude_log_hr"],
            in_same,
            "same effect for all; an interaction is fitted nevertheless",
        ),
        "prespecified_set": _row(
            f"Could adjusting for one set of covariates, named beforehand, alone turn {pair}?",
            in_same["adjusted_log_hr"] - in_same["crude_log_hr"],
            in_same,
            f"same effect for all; {len(COVARIATES)} covariates; averaging and chance imbalance together",
        ),
        "best_of_all_sets": _row(
            f"Could choosing among all sets of covariates alone turn {pair}?",
            in_same["lowest_log_hr"] - in_same["crude_log_hr"],
            in_same,
            f"same effect for all; the lowest of {2 ** len(COVARIATES)} sets; averaging and imbalance included",
        ),
        "complete_cases": _row(
            f"Could leaving out patients without a pNFH value alone turn {pair}?",
            in_fewer["complete_log_hr"] - in_fewer["crude_log_hr"],
            in_fewer,
            f"same effect for all; unadjusted in both; {missing}",
        ),
        "all_together": _row(
            f"Could all of them together turn {pair}?",
            in_together["lowest_log_hr"] - in_together["crude_log_hr"],
            in_together,
            f"{varying}; {missing}; the lowest of {2 ** (len(COVARIATES) - 1)} sets, read at 0 pg/mL",
        ),
    }
    table = pd.DataFrame(rows).T.rename_axis("cause")
    types = dict.fromkeys(("p05", "p50", "p95", "share_reaching", "share_reaching_given_crude"), float)
    table = table.astype(types | {"trials": int, "trials_near_crude": int})
    table.attrs |= {"target": gap.target, "crude_hr": gap.crude_hr, "adjusted_hr": gap.adjusted_hr}
    table.attrs["crude_window"] = CRUDE_WINDOW
    return table


def _row(question, difference, trials, note) -> dict:
    gap = published_gap()
    difference = np.asarray(difference, dtype=float)
    estimated = np.isfinite(difference)
    reaches = difference <= gap.target
    p05, p50, p95 = np.quantile(difference[estimated], [0.05, 0.5, 0.95])
    if trials is None:
        near, count = np.array([True]), 0
    else:
        near = (np.abs(trials["crude_log_hr"].to_numpy() - gap.log_crude) <= CRUDE_WINDOW) & estimated
        count = int(estimated.sum())
    return {
        "question": question,
        "p05": p05,
        "p50": p50,
        "p95": p95,
        "share_reaching": reaches[estimated].mean(),
        "share_reaching_given_crude": reaches[near].mean() if near.any() else math.nan,
        "trials": count,
        "trials_near_crude": int(near.sum()) if count else 0,
        "note": note,
    }


@dataclass(frozen=True)
class PrognosisNeeded:
    """How strong prognosis must be for averaging over it alone to move one hazard ratio to another.

    Attributes
    ----------
    crude_hr, conditional_hr : float
        The hazard ratio the crude analysis settles on, and the one of patients alike in every covariate.
    strength : float
        The prognostic effects of the design times this.
    log_hazard_sd, usual_log_hazard_sd : float
        Standard deviation of patients' log hazard in that world, and in the design's own.
    hr_90th_to_10th, usual_hr_90th_to_10th : float
        Hazard of the patient at the 90th percentile of prognosis against the one at the 10th.
    """

    crude_hr: float
    conditional_hr: float
    strength: float
    log_hazard_sd: float
    hr_90th_to_10th: float
    usual_log_hazard_sd: float
    usual_hr_90th_to_10th: float


def prognosis_needed(
    design: TrialDesign | None = None, conditional_hr: float | None = None, crude_hr: float | None = None
) -> PrognosisNeeded:
    """Return how strong prognosis would have to be for non-collapsibility alone to explain a pair of hazard ratios.

    Parameters
    ----------
    design : TrialDesign, optional
        Patients and follow-up; the effect is made the same for all, deaths are kept at the published share.
    conditional_hr, crude_hr : float, optional
        The published pair if left out. Both on the same side of 1, ``conditional_hr`` further away from it.

    Returns
    -------
    PrognosisNeeded

    Raises
    ------
    TrialDataError
        If no prognosis, however strong, moves one to the other.

    Examples
    --------
    >>> needed = prognosis_needed()
    >>> round(needed.strength), round(needed.log_hazard_sd, 1), round(needed.usual_log_hazard_sd, 1)
    (9, 6.9, 0.7)
    """
    gap = published_gap()
    conditional_hr = gap.adjusted_hr if conditional_hr is None else float(conditional_hr)
    crude_hr = gap.crude_hr if crude_hr is None else float(crude_hr)
    if min(conditional_hr, crude_hr) <= 0 or 1.0 in (conditional_hr, crude_hr):
        raise TrialDataError("Both hazard ratios must be above 0 and other than 1.")
    return _prognosis_needed(
        TrialDesign() if design is None else design, conditional_hr, crude_hr, gap.deaths
    )


@lru_cache(maxsize=16)
def _prognosis_needed(design, conditional_hr, crude_hr, deaths):
    wanted = math.log(conditional_hr) / math.log(crude_hr)
    found = design.replace(treatment_log_hr_per_pg_ml=0.0)

    def excess(strength, start):
        """The conditional log hazard ratio over the crude one, beyond what is wanted; it grows with strength."""
        where = calibrated(start.replace(prognostic_strength=strength), math.log(crude_hr), deaths)
        return where.treatment_log_hr_at_zero / math.log(crude_hr) - wanted, where

    low, high = 0.0, 20.0
    below, found = excess(low, found)
    above, _ = excess(high, found)
    if below > 1e-4 or above < 0:
        raise TrialDataError(
            f"No prognosis up to {high:g} times the design's moves a conditional hazard ratio of "
            f"{conditional_hr:.2f} to a crude one of {crude_hr:.2f}."
        )
    for _ in range(60):  # nearly a straight line: a few false positions reach it
        strength = max(low + (high - low) * -below / (above - below), 0.0)
        now, found = excess(strength, found)
        if abs(now) < 1e-4:
            break
        low, below, high, above = (strength, now, high, above) if now < 0 else (low, below, strength, now)

    def spread(where):
        prognosis = log_hazard(where, population(where), 0.0)
        tenth, ninetieth = np.quantile(prognosis, [0.1, 0.9])
        return float(prognosis.std()), math.exp(ninetieth - tenth)

    (sd, ratio), (usual_sd, usual_ratio) = spread(found), spread(design)
    return PrognosisNeeded(crude_hr, conditional_hr, strength, sd, ratio, usual_sd, usual_ratio)


TIMES = 100  # steps of the follow-up


def kinds_apart(spread: float) -> float:
    """Return how many times the hazard of one kind is the other's, if half and half spread log hazards so far.

    Examples
    --------
    >>> round(kinds_apart(0.735), 2)
    4.35
    """
    return math.exp(2 * spread)


@dataclass(frozen=True, eq=False)
class TwoKinds:
    """What a trial of endless patients shows who are frail or robust by halves, and alike in both arms.

    Attributes
    ----------
    alive : (2, 2) array
        Share still alive: robust and frail patients, each on control and on treatment.
    mixed_hr : float
        Where the estimate settles that does not know who is frail.
    """

    alive: np.ndarray
    mixed_hr: float


@lru_cache(maxsize=1024)
def two_kinds(frailer: float, hazard_ratio: float, deaths: float, passed: float = 1.0) -> TwoKinds:
    """Return what is seen after a part of the follow-up.

    Parameters
    ----------
    frailer : float
        A frail patient's hazard, times a robust one's; both are constant.
    hazard_ratio : float
        Of treatment, within either kind.
    deaths : float
        Share of all patients who die by the end of the follow-up, between 0 and 1.
    passed : float
        Part of the follow-up that has passed, 0 to 1.

    Examples
    --------
    >>> seen = two_kinds(4.35, 0.5, 0.41)
    >>> round(seen.mixed_hr, 2), (25 * seen.alive).round().astype(int).tolist()
    (0.54, [[18, 21], [6, 13]])
    """
    hazards = np.outer([1.0, frailer], [1.0, hazard_ratio])
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        dead = 1 - np.exp(-math.exp(middle) * hazards).mean()
        low, high = (middle, high) if dead < deaths else (low, middle)
    days = passed * np.linspace(0, 1, TIMES)
    alive = np.exp(-math.exp(high) * hazards[:, :, None] * days)
    # Before anybody has died the survivors are alike: the ratio of the first day is the one within each kind.
    mixed = math.exp(crude_limit(*alive.mean(axis=0), np.ones(TIMES - 1))) if passed > 0 else hazard_ratio
    return TwoKinds(alive[:, :, -1], mixed)


# Each cause by itself: whether its world has an interaction, prognosis and blanks; what analyses a chunk of trials; and
# the second of the two analyses compared.
ALONE = {
    "chance_imbalance": ((False, True, False), analyse_trials, "adjusted_log_hr"),
    "complete_cases": ((False, True, True), _fewer_analysed, "complete_log_hr"),
    "best_of_all_sets": ((False, True, False), _same_effect_for_all, "lowest_log_hr"),
    "read_at_zero_without_interaction": ((False, True, False), analyse_trials, "at_zero_log_hr"),
    "read_at_zero": ((True, False, False), _effect_varies, "at_zero_log_hr"),
}


def carried(
    cause: str, n_trials: int, design: TrialDesign | None = None, seed: int = 0
) -> Iterator[np.ndarray]:
    """Yield, a chunk of trials at a time, how far one cause carries the hazard ratio: what `gap_budget` sums up.

    Parameters
    ----------
    cause : str
        A key of ``ALONE``, named as in `gap_budget`.
    n_trials : int
    design : TrialDesign, optional
        As in `gap_budget`.
    seed : int

    Yields
    ------
    array
        Adjusted − crude log hazard ratio of each trial.

    Examples
    --------
    >>> import numpy as np
    >>> moved = np.concatenate(list(carried("chance_imbalance", 60)))
    >>> len(moved), bool(abs(np.median(moved)) < 0.1)
    (60, True)
    """
    causes, analyse, second = ALONE[cause]
    where = world(TrialDesign() if design is None else design, *causes)
    # Averaging over people is a cause of its own: luck is what comes on top of it.
    averaging = where.treatment_log_hr_at_zero - published_gap().log_crude
    for rows in iterate_trials(where, n_trials, seed, analyse=analyse):
        moved = (rows[second] - rows["crude_log_hr"]).to_numpy()
        yield moved - averaging if cause == "chance_imbalance" else moved


def hundredths(moved) -> np.ndarray:
    """Return 100 values that stand for these, as if every hundredth of them were one: from the lowest to the highest.

    Examples
    --------
    >>> hundredths(range(1000))[:2].tolist()
    [4.995, 14.985]
    """
    moved = np.asarray(moved, dtype=float)
    return np.quantile(moved[np.isfinite(moved)], (np.arange(100) + 0.5) / 100)
