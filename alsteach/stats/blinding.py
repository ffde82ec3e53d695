"""Is the blind still whole? What patients guess, indices of it, and what belief alone does to a self-rated outcome."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from .cox import Z95


class BlindingIndex(NamedTuple):
    """An index of blinding with its standard error and 95 % interval; `bang_index` makes it."""

    index: float
    se: float
    ci_low: float
    ci_high: float


def _counts(**counts) -> list[float]:
    for name, value in counts.items():
        if not (np.isfinite(value) and value >= 0):
            raise TrialDataError(f"{name} must be a number of patients, 0 or more; got {value}.")
    if not sum(counts.values()) > 0:
        raise TrialDataError("Nobody was asked to guess: all counts are 0.")
    return [float(value) for value in counts.values()]


def _with_interval(index: float, se: float, lowest: float) -> BlindingIndex:
    return BlindingIndex(index, se, max(index - Z95 * se, lowest), min(index + Z95 * se, 1.0))


def bang_index(correct: float, wrong: float, dont_know: float = 0) -> BlindingIndex:
    """Return Bang's index of blinding for one arm: the share that guesses right minus the share that guesses wrong.

    0 is what blind guessing gives, 1 everybody knowing, and −1 everybody guessing the other arm. Each arm has its own.

    Parameters
    ----------
    correct, wrong, dont_know : float
        Patients of this arm by what they answered.

    Returns
    -------
    BlindingIndex
        ``index, se, ci_low, ci_high``; the interval is cut at −1 and 1.

    Raises
    ------
    TrialDataError
        If a count is negative or nobody was asked.

    Notes
    -----
    The form without a second, forced guess of those who do not know.

    References
    ----------
    Bang H, Ni L, Davis CE. Control Clin Trials 2004;25:143-156.

    Examples
    --------
    >>> arm = bang_index(correct=48, wrong=4, dont_know=330)
    >>> [round(value, 3) for value in arm]
    [0.115, 0.018, 0.08, 0.15]
    """
    correct, wrong, dont_know = _counts(correct=correct, wrong=wrong, dont_know=dont_know)
    n = correct + wrong + dont_know
    right, other = correct / n, wrong / n
    index = right - other
    return _with_interval(index, math.sqrt(max(right + other - index**2, 0.0) / n), -1.0)


def expected_guesses(
    reaction_active: float,
    reaction_placebo: float,
    convinced: float,
    unmasked: float = 0.0,
    unsure: float = 0.5,
) -> pd.DataFrame:
    """Return what patients of either arm guess when an injection reaction is what they go by.

    Parameters
    ----------
    reaction_active, reaction_placebo : float
        Share of either arm with an injection reaction.
    convinced : float
        Share of those with a reaction whom it convinces that they are on the drug.
    unmasked : float
        Share of those without a reaction whom its absence convinces that they are on placebo.
    unsure : float
        Share of all others who answer "don't know"; the rest of them toss a coin.

    Returns
    -------
    DataFrame
        Index ``active``, ``placebo`` (the arm); columns ``correct``, ``wrong``, ``dont_know``, shares that add up to 1.

    Raises
    ------
    TrialDataError
        If a share is not between 0 and 1.

    Examples
    --------
    >>> expected_guesses(0.6, 0.1, convinced=0.5, unsure=0.5).round(3)
             correct  wrong  dont_know
    active     0.475  0.175      0.350
    placebo    0.238  0.288      0.475
    """
    shares = {
        "reaction_active": reaction_active,
        "reaction_placebo": reaction_placebo,
        "convinced": convinced,
        "unmasked": unmasked,
        "unsure": unsure,
    }
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise TrialDataError(f"{name} must be a share between 0 and 1; got {share}.")
    rows = {}
    for arm, reacts in (("active", reaction_active), ("placebo", reaction_placebo)):
        on_drug, on_placebo = reacts * convinced, (1 - reacts) * unmasked
        others = 1 - on_drug - on_placebo
        coin = others * (1 - unsure) / 2
        right, wrong = (on_drug, on_placebo) if arm == "active" else (on_placebo, on_drug)
        rows[arm] = {"correct": right + coin, "wrong": wrong + coin, "dont_know": others * unsure}
    return pd.DataFrame(rows).T


def guessing_people(
    reaction: float,
    convinced: float,
    unmasked: float = 0.0,
    unsure: float = 0.5,
    people: int = 50,
) -> tuple[np.ndarray, np.ndarray]:
    """Return an arm of a few people, as nearly in the shares of `expected_guesses` as whole people allow.

    Returns
    -------
    tuple of ndarray
        Who has a reaction, and what each believes: ``drug``, ``placebo`` or ``unsure``; those with a reaction first.

    Examples
    --------
    >>> reacted, beliefs = guessing_people(0.6, convinced=0.5, unsure=0.5, people=10)
    >>> int(reacted.sum()), beliefs.tolist()
    (6, ['drug', 'drug', 'drug', 'drug', 'placebo', 'unsure', 'drug', 'placebo', 'unsure', 'unsure'])
    """
    with_one = round(people * reaction)
    beliefs = []
    for number, sure in ((with_one, (convinced, 0.0)), (people - with_one, (0.0, unmasked))):
        coin = (1 - sum(sure)) * (1 - unsure) / 2
        exact = number * np.array([sure[0] + coin, sure[1] + coin, (1 - sum(sure)) * unsure])
        whole = np.floor(exact + 1e-9).astype(int)
        for place in np.argsort(whole - exact, kind="stable")[: number - whole.sum()]:
            whole[place] += 1
        beliefs += [
            name for name, n in zip(("drug", "placebo", "unsure"), whole, strict=True) for _ in range(n)
        ]
    return np.arange(people) < with_one, np.array(beliefs)


class BeliefBias(NamedTuple):
    """What belief alone does to a self-rated outcome of a trial whose drug does nothing; `belief_bias` makes it.

    Attributes
    ----------
    difference : float
        Active minus placebo, in points.
    se : float
        Standard error of that difference in one trial.
    false_alarms : float
        Share of such trials with p < 0.05, in either direction, by a comparison of means.
    """

    difference: float
    se: float
    false_alarms: float


def belief_bias(guesses: pd.DataFrame, points: float, sd: float, per_arm: float) -> BeliefBias:
    """Return by how much two arms seem to differ in what patients rate themselves, if the drug does nothing.

    A patient who believes to be on the drug rates ``points`` / 2 higher than one who does not know, one who believes
    to be on placebo as much lower. So the arms differ by ``points`` times the mean of their two Bang indices; if both
    arms believe alike, by nothing.

    Parameters
    ----------
    guesses : DataFrame
        From `expected_guesses`.
    points : float
        Between believing to be on the drug and believing to be on placebo.
    sd : float
        Standard deviation of the ratings, belief aside.
    per_arm : float
        Patients an arm.

    Returns
    -------
    BeliefBias

    Raises
    ------
    TrialDataError
        If ``sd`` or ``per_arm`` is not above 0.

    Examples
    --------
    >>> bias = belief_bias(expected_guesses(1, 0, convinced=1, unmasked=1), points=4, sd=8, per_arm=110)
    >>> round(bias.difference, 2), round(bias.false_alarms, 2)
    (4.0, 0.96)
    """
    from scipy.special import ndtr

    if not (sd > 0 and per_arm > 0):
        raise TrialDataError("sd and per_arm must be above 0.")
    index = {arm: float(row.correct - row.wrong) for arm, row in guesses.iterrows()}
    difference = points * (index["active"] + index["placebo"]) / 2
    spread = [
        sd**2 + (points / 2) ** 2 * (row.correct + row.wrong - index[arm] ** 2)
        for arm, row in guesses.iterrows()
    ]
    se = math.sqrt(sum(spread) / per_arm)
    away = difference / se
    return BeliefBias(difference, se, float(ndtr(away - Z95) + ndtr(-away - Z95)))


def rating_spread(months: float = 18.0, df: pd.DataFrame | None = None) -> float:
    """Return the standard deviation of the change in ALSFRS-R between the first visit and one about ``months`` later.

    Of the synthetic registry by default, among those who still come.

    Examples
    --------
    >>> round(rating_spread(18), 1)
    4.6
    """
    if df is None:
        from ..data.tables import load_als_registry

        df = load_als_registry()
    near = df.assign(away=(df["visit_months"] - months).abs())
    near = near[near["away"] <= 1.5].sort_values("away").groupby("patient_id")["alsfrs_r"].first()
    first = df[df["visit"] == 0].set_index("patient_id")["alsfrs_r"]
    change = (near - first.reindex(near.index)).to_numpy(dtype=float)
    if len(change) < 2:
        raise TrialDataError(f"Fewer than two people have a visit about {months:g} months after the first.")
    return float(change.std(ddof=1))
