"""Function and survival in one analysis when death takes the measurement away: joint ranks, and what they replace."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from .cox import Z95, two_sided_p

MONTHS = 18
END_DAY = 548
VISIT_MONTHS = 3
LARGEST_ARM = 300
ROWS_AT_ONCE = 512  # of the table of pairs, so that thousands of patients do not fill the memory


@dataclass(frozen=True, repr=False)
class JointRank:
    """Patients ranked by survival first and function second; `joint_rank` makes it.

    Attributes
    ----------
    scores : Series
        By patient: others who did worse minus others who did better.
    ranks : Series
        Of the scores, 1 = worst outcome; equal scores share their mean rank.
    mean_rank : Series
        By arm (0, 1).
    z, p : float
        Rank-sum test of the scores, normal approximation with correction for ties.
    win_probability, ci_low, ci_high : float
        Chance that a patient of the active arm does better than one of the control arm (a tie counts half), 95 %.
    n, n_dropped : int
    """

    scores: pd.Series = field(compare=False)
    ranks: pd.Series = field(compare=False)
    mean_rank: pd.Series = field(compare=False)
    z: float
    p: float
    win_probability: float
    ci_low: float
    ci_high: float
    n: int
    n_dropped: int

    def __repr__(self) -> str:
        return (
            f"JointRank: {self.n} patients, win probability {self.win_probability:.2f} "
            f"({self.ci_low:.2f}-{self.ci_high:.2f}), p = {self.p:.3g}"
        )


@documented
def joint_rank(
    df: pd.DataFrame,
    function: str = "alsfrs_r_change",
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    missing: str = "warn",
) -> JointRank:
    """Compare every patient with every other by survival first, then by function, and test the arms by their ranks.

    Of two patients the one who is known to have lived longer did better. If both were alive when last seen, the one
    with the better function did; if one of the two has no measurement, the pair is a draw.

    Parameters
    ----------
    |df|
    function : str
        Function, or its change, at the same time in all; higher is better; blank in whoever died before (a value there
        is not used).
    |duration_col, event_col, treatment, missing|

    Returns
    -------
    JointRank

    Raises
    ------
    TrialDataError
        If a column is missing or coded otherwise, or one arm is empty.

    Notes
    -----
    A patient who left the study alive before another died makes that pair a draw, whatever the function of both.

    References
    ----------
    Berry JD, et al. The Combined Assessment of Function and Survival (CAFS). Amyotroph Lateral Scler Frontotemporal
    Degener 2013;14:162-168. Finkelstein DM, Schoenfeld DA. Stat Med 1999;18:1341-1354. Checked against R: pairs
    counted one by one, and ``wilcox.test`` without continuity correction.

    Examples
    --------
    >>> import pandas as pd, alsteach as al
    >>> four = pd.DataFrame({"treated": [0, 0, 1, 1], "time_days": [100, 548, 300, 548], "died": [1, 0, 1, 0],
    ...                      "alsfrs_r_change": [None, -12, None, -6]})
    >>> result = joint_rank(four)
    >>> result.scores.tolist(), result.win_probability
    ([-3.0, 1.0, -1.0, 3.0], 0.75)
    """
    columns = [duration_col, event_col, treatment]
    checks.check_columns(df, [*columns, function])
    checks.durations(df, duration_col), checks.events(df, event_col), checks.treatment(df, treatment)
    kept, n_dropped = checks.keep_complete(df, columns, missing)
    time, died = checks.durations(kept, duration_col), checks.events(kept, event_col) == 1
    arm = checks.treatment(kept, treatment) == 1
    value = checks.numeric(kept, function)
    if arm.all() or not arm.any():
        raise TrialDataError(
            f"All analysed patients are in one arm according to {treatment!r}; a comparison needs both arms."
        )
    scores, against_other_arm = _scores(time, died, value, arm)
    ranks = _mid_ranks(scores)
    wins, losses = 0.5 + against_other_arm[arm] / 2, 0.5 - against_other_arm[~arm] / 2
    win = float(wins.mean())
    spread = sum(v.var(ddof=1) / len(v) if len(v) > 1 else np.nan for v in (wins, losses))
    ends = np.clip(win + np.array([-1, 1]) * Z95 * np.sqrt(spread), 0, 1)
    z = _rank_sum_z(ranks, arm)
    return JointRank(
        scores=pd.Series(scores, index=kept.index, name="score"),
        ranks=pd.Series(ranks, index=kept.index, name="rank"),
        mean_rank=pd.Series({0: ranks[~arm].mean(), 1: ranks[arm].mean()}, name="mean_rank"),
        z=z,
        p=float(two_sided_p(np.array([z]))[0]),
        win_probability=win,
        ci_low=float(ends[0]),
        ci_high=float(ends[1]),
        n=len(kept),
        n_dropped=n_dropped,
    )


def _scores(time, died, value, arm) -> tuple[np.ndarray, np.ndarray]:
    """Return each patient's score against all others, and the mean score against the other arm."""
    scores, against = np.empty(len(time)), np.empty(len(time))
    for start in range(0, len(time), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        t, d, v = time[rows, None], died[rows, None], value[rows, None]
        # Alive when last seen on the day another died: known to have lived longer.
        outlived = died & ((t > time) | ((t == time) & ~d))
        outlived_by = d & ((time > t) | ((time == t) & ~died))
        with np.errstate(invalid="ignore"):
            function = np.where(~d & ~died, np.nan_to_num(np.sign(v - value)), 0.0)
        pairs = outlived.astype(float) - outlived_by + function
        scores[rows] = pairs.sum(axis=1)
        other = np.where(arm[rows], pairs[:, ~arm].mean(axis=1), pairs[:, arm].mean(axis=1))
        against[rows] = other
    return scores, against


def _mid_ranks(scores: np.ndarray) -> np.ndarray:
    _, which, counts = np.unique(scores, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[which]


def _rank_sum_z(ranks: np.ndarray, arm: np.ndarray) -> float:
    n, n1 = len(ranks), int(arm.sum())
    # The spread of the ranks themselves holds the correction for ties.
    variance = n1 * (n - n1) / (n * (n - 1)) * ((ranks - (n + 1) / 2) ** 2).sum()
    return float((ranks[arm].sum() - n1 * (n + 1) / 2) / np.sqrt(variance)) if variance > 0 else 0.0


def function_trial(
    hazard_ratio: float = 0.5, slowing_percent: float = 0.0, n_per_arm: int = 100, seed: int = 11
) -> pd.DataFrame:
    """Draw a trial in which fast decline and early death go together, and treatment may change either.

    Every patient of the active arm has a twin in the control arm with the same disease, so that the arms start equal
    and what differs between them is what the treatment does. Nobody is a patient, and nothing is calibrated to a trial.

    Parameters
    ----------
    hazard_ratio : float
        Of death, active arm against control.
    slowing_percent : float
        By how much treatment slows everyone's decline of the ALSFRS-R; negative if it hastens it.
    n_per_arm : int
        Up to 300; the first of the same 300.
    seed : int

    Returns
    -------
    DataFrame
        ``patient_id, twin, treated, alsfrs_r`` (at the start), ``time_days`` and ``died`` (followed for 548 days, 18
        months), ``alsfrs_r_change`` (at 18 months; blank in the dead) and ``alsfrs_r_last_change`` (at the last of the
        three-monthly visits that was reached).

    Raises
    ------
    TrialDataError
        If a size or effect is impossible.

    Examples
    --------
    >>> trial = function_trial()
    >>> trial.groupby("treated").died.sum().tolist(), len(trial)
    ([38, 20], 200)
    """
    if not 2 <= n_per_arm <= LARGEST_ARM:
        raise TrialDataError(
            f"n_per_arm={n_per_arm} is not possible; ask for 2 to {LARGEST_ARM} patients an arm."
        )
    if not hazard_ratio > 0:
        raise TrialDataError(f"hazard_ratio={hazard_ratio} is not possible; a hazard ratio is above 0.")
    if slowing_percent > 100:
        raise TrialDataError(f"slowing_percent={slowing_percent} is not possible; 100 stops the decline.")
    rng = np.random.default_rng(seed)
    severity, start, noise = rng.standard_normal((3, LARGEST_ARM))
    needed = rng.exponential(size=LARGEST_ARM)  # cumulative hazard at which each dies
    start = np.clip(np.round(38 + 4 * start), 24, 48)
    slope = 0.85 * np.exp(0.6 * severity)  # points a month
    months_lived = needed / (0.02 * np.exp(1.2 * severity))
    arms = []
    for treated in (0, 1):
        lived = months_lived / (hazard_ratio if treated else 1.0)
        died = lived <= MONTHS
        visit = np.where(died, np.floor(lived / VISIT_MONTHS) * VISIT_MONTHS, MONTHS)
        lost = slope * (1 - slowing_percent / 100 * treated) * visit
        wobble = 1.5 * noise * (visit > 0)
        change = np.round(np.clip(start - lost + wobble, 0, 48)) - start
        arm = {
            "patient_id": [f"F{treated}{i:03d}" for i in range(1, LARGEST_ARM + 1)],
            "twin": np.arange(1, LARGEST_ARM + 1),
            "treated": treated,
            "alsfrs_r": start.astype(int),
            "time_days": np.where(died, np.ceil(lived * END_DAY / MONTHS), END_DAY).astype(int),
            "died": died.astype(int),
            "alsfrs_r_change": np.where(died, np.nan, change),
            "alsfrs_r_last_change": change,
        }
        arms.append(pd.DataFrame(arm).iloc[:n_per_arm])
    return pd.concat(arms, ignore_index=True)


def changes_counted(trial: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the change in function that each patient counts with, in three ways of treating the dead.

    The names are those of `function_comparisons`; NaN is who is left out.

    Examples
    --------
    >>> counted = changes_counted(function_trial())
    >>> [int(np.isfinite(values).sum()) for values in counted.values()]
    [142, 200, 200]
    """
    change, dead = trial["alsfrs_r_change"].to_numpy(dtype=float), trial["died"].to_numpy() == 1
    return {
        "survivors_only": change,
        "carried_forward": trial["alsfrs_r_last_change"].to_numpy(dtype=float),
        "zero_for_dead": np.where(dead, -trial["alsfrs_r"].to_numpy(dtype=float), change),
    }


def function_comparisons(trial: pd.DataFrame) -> pd.DataFrame:
    """Compare the change in function between the arms in three ways that treat the dead differently.

    Parameters
    ----------
    trial : DataFrame
        As `function_trial` returns.

    Returns
    -------
    DataFrame
        Index ``survivors_only`` (the dead left out), ``carried_forward`` (the dead keep their last value) and
        ``zero_for_dead`` (the dead have an ALSFRS-R of 0); columns ``n, estimate`` (mean of the active arm minus the
        control arm, in points), ``ci_low, ci_high, p`` (Welch's t-test; blank where an arm has fewer than two).

    Examples
    --------
    >>> function_comparisons(function_trial()).estimate.round(1).to_dict()
    {'survivors_only': -2.2, 'carried_forward': -2.6, 'zero_for_dead': 2.7}
    """
    arm = trial["treated"].to_numpy() == 1
    rows = {name: _welch(values[arm], values[~arm]) for name, values in changes_counted(trial).items()}
    return pd.DataFrame(rows, index=["n", "estimate", "ci_low", "ci_high", "p"]).T.rename_axis("analysis")


def _welch(active: np.ndarray, control: np.ndarray) -> list[float]:
    from scipy.special import stdtr, stdtrit

    active, control = active[~np.isnan(active)], control[~np.isnan(control)]
    n = len(active) + len(control)
    if min(len(active), len(control)) < 2:
        return [n, np.nan, np.nan, np.nan, np.nan]
    parts = np.array([v.var(ddof=1) / len(v) for v in (active, control)])
    estimate = active.mean() - control.mean()
    se = np.sqrt(parts.sum())
    if se == 0:
        return [n, estimate, estimate, estimate, np.nan]
    df = parts.sum() ** 2 / (parts**2 / [len(active) - 1, len(control) - 1]).sum()
    half = stdtrit(df, 0.975) * se
    return [n, estimate, estimate - half, estimate + half, float(2 * stdtr(df, -abs(estimate) / se))]


@dataclass(frozen=True)
class FunctionTruth:
    """What only a simulation can show: who of the twins would have lived in the other arm too.

    Attributes
    ----------
    effect : float
        Mean effect on function, in points, in the pairs of whom both live; NaN without such a pair.
    n_both : int
        Pairs of whom both live.
    saved : int
        Patients who live in the active arm and whose twin died; negative if it is the other way round.
    change_both, change_one : float
        Mean change in function, in the arm with more survivors, of those who live in both arms and in that one alone.
    """

    effect: float
    n_both: int
    saved: int
    change_both: float
    change_one: float


def function_truth(trial: pd.DataFrame) -> FunctionTruth:
    """Compare the twins of a `function_trial`.

    Examples
    --------
    >>> truth = function_truth(function_trial(hazard_ratio=0.5))
    >>> truth.effect, truth.n_both, truth.saved, round(truth.change_both, 1), round(truth.change_one, 1)
    (0.0, 62, 18, -13.5, -23.4)
    """
    change = trial.pivot(index="twin", columns="treated", values="alsfrs_r_change")
    alive = change.notna()
    both = alive[0] & alive[1]
    saved = int(alive[1].sum() - alive[0].sum())
    arm = 1 if saved >= 0 else 0

    def mean(values):
        return float(values.mean()) if len(values) else float("nan")

    return FunctionTruth(
        effect=mean((change[1] - change[0])[both]),
        n_both=int(both.sum()),
        saved=saved,
        change_both=mean(change.loc[both, arm]),
        change_one=mean(change.loc[alive[arm] & ~both, arm]),
    )
