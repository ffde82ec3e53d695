"""Survival curves and their comparison as tidy tables: checked against R, and against lifelines as students use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from .cox import Z95, two_sided_p


def _arms(df: pd.DataFrame, by: str | None) -> list[tuple[object, np.ndarray]]:
    """Return (name, rows) of each group: a category's own order, otherwise sorted."""
    if by is None:
        return [("all", np.ones(len(df), dtype=bool))]
    values = df[by]
    levels = (
        values.cat.categories
        if isinstance(values.dtype, pd.CategoricalDtype)
        else sorted(values.dropna().unique())
    )
    groups = [(level, (values == level).to_numpy()) for level in levels]
    return [(level, rows) for level, rows in groups if rows.any()]


CURVE_COLUMNS = ("time", "at_risk", "deaths", "censored", "survival", "ci_low", "ci_high")


def _curve(durations: np.ndarray, events: np.ndarray) -> pd.DataFrame:
    time, place = np.unique(np.append(0.0, durations), return_inverse=True)
    deaths = np.bincount(place[1:], weights=events, minlength=len(time))
    left = np.bincount(place[1:], minlength=len(time))
    at_risk = len(durations) - np.append(0, np.cumsum(left)[:-1])
    survival = np.cumprod(1 - deaths / at_risk)
    curve = pd.DataFrame({"time": time, "at_risk": at_risk, "deaths": deaths.astype(int)})
    known = (survival > 0) & (survival < 1)
    log = np.log(np.where(known, survival, 0.5))
    with np.errstate(over="ignore"):
        spread = np.exp(Z95 * np.sqrt(np.cumsum(_greenwood(curve))) / -log)
        low, high = (np.where(known, np.exp(log * factor), np.nan) for factor in (spread, 1 / spread))
    return curve.assign(censored=left - curve["deaths"], survival=survival, ci_low=low, ci_high=high)


@documented
def kaplan_meier(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    by: str | None = None,
    missing: str = "warn",
) -> pd.DataFrame:
    """Estimate what share of patients is still alive at each time.

    Parameters
    ----------
    |df, duration_col, event_col, by|
        One curve each; one curve of all if left out.
    |missing|

    Returns
    -------
    DataFrame
        A row a group and time (0 included), columns ``group, time, at_risk, deaths, censored, survival, ci_low,
        ci_high``. ``at_risk`` counts patients still followed just before that time. The 95 % interval is the log-log
        one (R's ``conf.type="log-log"``), which stays between 0 and 1; it is blank where it does not exist, before the
        first death and once nobody is left.

    Raises
    ------
    TrialDataError
        If a column is missing or wrongly coded.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481. Checked against R's ``survfit`` and lifelines.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = al.kaplan_meier(al.load_veteran(), by="treated")
    >>> curves.groupby("group").survival.min().round(3).to_dict()
    {0: 0.0, 1: 0.0}
    """
    columns = [duration_col, event_col] + ([by] if by is not None else [])
    checks.check_columns(df, columns)
    checks.durations(df, duration_col), checks.events(df, event_col)
    df, _ = checks.keep_complete(df, columns, missing)
    durations, events = checks.durations(df, duration_col), checks.events(df, event_col)
    tables = []
    for name, rows in _arms(df, by):
        tables.append(_curve(durations[rows], events[rows]).assign(group=name)[["group", *CURVE_COLUMNS]])
    return pd.concat(tables, ignore_index=True)


def survival_at(curves: pd.DataFrame, times) -> pd.DataFrame:
    """Read Kaplan-Meier curves at given times.

    Parameters
    ----------
    curves : DataFrame
        From `kaplan_meier`.
    times : float or sequence of float

    Returns
    -------
    DataFrame
        A row a group and time, columns ``group, time, survival, ci_low, ci_high, at_risk``; at_risk counts patients
        followed at least that long. Blank after a group's last follow-up, unless its curve had reached 0.

    Examples
    --------
    >>> import alsteach as al
    >>> al.survival_at(al.kaplan_meier(al.load_veteran()), [0, 180]).round(2)[["time", "survival", "at_risk"]]
        time  survival  at_risk
    0    0.0      1.00      137
    1  180.0      0.22       27
    """
    times = np.atleast_1d(np.asarray(times, dtype=float))
    rows = []
    for name, curve in curves.groupby("group", sort=False, observed=True):
        at = curve["time"].to_numpy()
        here = np.clip(np.searchsorted(at, times, side="right") - 1, 0, None)
        value = curve[["survival", "ci_low", "ci_high"]].to_numpy()[here]
        value[(times > at[-1]) & (curve["survival"].iloc[-1] > 0)] = np.nan
        following = np.searchsorted(at, times, side="left")
        at_risk = np.append(curve["at_risk"].to_numpy(), 0)[following]
        table = pd.DataFrame(value, columns=["survival", "ci_low", "ci_high"])
        table.insert(0, "time", times)
        table.insert(0, "group", name)
        rows.append(table.assign(at_risk=at_risk))
    return pd.concat(rows, ignore_index=True)


@dataclass(frozen=True)
class LogRank:
    """The log-rank comparison of survival curves: chi-square ``statistic`` on ``df`` degrees of freedom, and ``p``."""

    statistic: float
    df: int
    p: float


@documented
def logrank_test(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    by: str = "treated",
    missing: str = "warn",
) -> LogRank:
    """Ask whether the groups' survival differs more than chance would make it.

    Parameters
    ----------
    |df, duration_col, event_col, by, missing|

    Returns
    -------
    LogRank
        ``statistic, df, p``; blank if the groups never share a risk set in which somebody dies and somebody does not.

    Raises
    ------
    TrialDataError
        If a column is wrongly coded, fewer than two groups are left, or nobody died.

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163-170. Checked against R's ``survdiff`` and lifelines.

    Examples
    --------
    >>> import alsteach as al
    >>> al.logrank_test(al.load_veteran()).p.__round__(3)
    0.928
    """
    from scipy.special import gammaincc

    columns = [duration_col, event_col, by]
    checks.check_columns(df, columns)
    checks.durations(df, duration_col), checks.events(df, event_col)
    df, _ = checks.keep_complete(df, columns, missing)
    durations, events = checks.durations(df, duration_col), checks.events(df, event_col)
    groups = _arms(df, by)
    if len(groups) < 2:
        raise TrialDataError(
            f"All analysed patients have {by!r} = {groups[0][0]!r}; a comparison needs two groups."
        )
    if events.sum() == 0:
        raise TrialDataError("Nobody died among the analysed patients, so there is nothing to compare.")
    statistic, degrees = _chi_square(durations, events, np.stack([rows for _, rows in groups]))
    return LogRank(statistic, degrees, float(gammaincc(degrees / 2, statistic / 2)))


def _chi_square(durations, events, members) -> tuple[float, int]:
    """Return the log-rank statistic and its degrees of freedom; ``members`` is (groups, patients), True or False."""
    times = np.unique(durations[events == 1])
    at_risk = (members[:, None, :] & (durations >= times[:, None])).sum(axis=2).astype(float)
    deaths = (members[:, None, :] & (events == 1) & (durations == times[:, None])).sum(axis=2)
    n, d = at_risk.sum(axis=0), deaths.sum(axis=0)
    share = at_risk / n
    scale = d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(share @ scale) - (share * scale) @ share.T
    excess = deaths.sum(axis=1) - share @ d
    # As in R, a group that nobody could have died in takes no part; one group more is redundant.
    kept = np.flatnonzero(share @ d > 0)[1:]
    if len(kept) == 0 or variance[np.ix_(kept, kept)].max() <= 0:
        return float("nan"), len(kept)
    return float(excess[kept] @ np.linalg.solve(variance[np.ix_(kept, kept)], excess[kept])), len(kept)


@dataclass(frozen=True)
class Difference:
    """A difference between two arms (second minus first) with its normal 95 % interval and p-value."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float


def _difference(estimates, errors) -> Difference:
    estimate, se = estimates[1] - estimates[0], np.hypot(*errors)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = two_sided_p(np.where(se > 0, estimate / se, np.nan))
    found = (estimate, se, estimate - Z95 * se, estimate + Z95 * se, p)
    return Difference(*(value if np.ndim(value) else float(value) for value in found))


def _two_groups(curves: pd.DataFrame) -> list[pd.DataFrame]:
    groups = [curve for _, curve in curves.groupby("group", sort=False, observed=True)]
    if len(groups) != 2:
        raise TrialDataError(f"A difference needs two groups; these curves have {len(groups)}.")
    return groups


def _greenwood(curve: pd.DataFrame) -> np.ndarray:
    """Return each time's term d / n(n − d) of Greenwood's variance; 0 where the curve falls to 0, as R has it."""
    at_risk, deaths = curve["at_risk"].to_numpy(dtype=float), curve["deaths"].to_numpy(dtype=float)
    left = at_risk - deaths
    return np.divide(deaths, at_risk * left, out=np.zeros_like(left), where=left > 0)


def survival_difference(curves: pd.DataFrame, time) -> Difference:
    """Compare two Kaplan-Meier curves at one time: how many more of 100 are alive, divided by 100.

    Parameters
    ----------
    curves : DataFrame
        From `kaplan_meier`, two groups.
    time : float or sequence of float
        With a sequence, the results are arrays.

    Returns
    -------
    Difference
        Share alive in the second group minus the first: ``estimate, se, ci_low, ci_high, p``. Blank after a group's
        last follow-up; the interval is blank too while a group's curve is at 1 or 0, where Greenwood's formula knows of
        no uncertainty.

    Raises
    ------
    TrialDataError
        If there are not two groups.

    References
    ----------
    Greenwood's variance, checked against R's ``survfit``.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = al.kaplan_meier(al.load_veteran(), by="treated")
    >>> difference = al.survival_difference(curves, 180)
    >>> round(difference.estimate, 3), round(difference.se, 3)
    (0.02, 0.074)
    """
    groups, times = _two_groups(curves), np.atleast_1d(np.asarray(time, dtype=float))
    alive = survival_at(curves, times)["survival"].to_numpy().reshape(2, -1)
    errors = []
    for curve, share in zip(groups, alive, strict=True):
        so_far = np.append(0.0, np.cumsum(_greenwood(curve)))
        variance = so_far[np.searchsorted(curve["time"].to_numpy(), times, side="right")]
        errors.append(np.where((share > 0) & (share < 1), share * np.sqrt(variance), np.nan))
    if np.ndim(time) == 0:
        alive, errors = [share[0] for share in alive], [error[0] for error in errors]
    return _difference(alive, errors)


def restricted_mean(curves: pd.DataFrame, until: float) -> pd.DataFrame:
    """Average the time alive up to a horizon: the area under each Kaplan-Meier curve (RMST).

    Parameters
    ----------
    curves : DataFrame
        From `kaplan_meier`.
    until : float
        The horizon, in the curves' unit of time.

    Returns
    -------
    DataFrame
        A row a group, columns ``group, until, rmst, se, ci_low, ci_high``.

    Raises
    ------
    TrialDataError
        If a group's follow-up ends before the horizon with patients alive: what lies beyond is not known. (R's
        ``survfit`` prolongs the curve instead.)

    References
    ----------
    Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152. The standard error is that of R's
    ``print(survfit(...), rmean=...)``.

    Examples
    --------
    >>> import alsteach as al
    >>> al.restricted_mean(al.kaplan_meier(al.load_veteran(), by="treated"), 640).round(1)[["group", "rmst", "se"]]
       group   rmst    se
    0      0  123.9  14.8
    1      1  129.1  20.4
    """
    rows = []
    for name, curve in curves.groupby("group", sort=False, observed=True):
        time, alive = curve["time"].to_numpy(), curve["survival"].to_numpy()
        if until > time[-1] and alive[-1] > 0:
            raise TrialDataError(
                f"Group {name!r} was followed to {time[-1]:g} only; ask for the mean up to that time or an earlier one."
            )
        edges = np.append(np.minimum(time, until), until)
        area = alive * np.diff(edges)  # under each step
        still_to_come = np.append(np.cumsum(area[::-1])[::-1], 0)[:-1]
        se = np.sqrt((still_to_come**2 * _greenwood(curve)).sum())
        mean = area.sum()
        rows.append((name, float(until), mean, se, mean - Z95 * se, mean + Z95 * se))
    return pd.DataFrame(rows, columns=["group", "until", "rmst", "se", "ci_low", "ci_high"])


def restricted_mean_difference(curves: pd.DataFrame, until: float) -> Difference:
    """Compare two groups' average time alive up to a horizon.

    Parameters
    ----------
    curves : DataFrame
        From `kaplan_meier`, two groups.
    until : float

    Returns
    -------
    Difference
        Restricted mean of the second group minus the first: ``estimate, se, ci_low, ci_high, p``.

    Raises
    ------
    TrialDataError
        As `restricted_mean`, or if there are not two groups.

    Examples
    --------
    >>> import alsteach as al
    >>> gain = al.restricted_mean_difference(al.kaplan_meier(al.load_veteran(), by="treated"), 640)
    >>> round(gain.estimate), round(gain.se)
    (5, 25)
    """
    _two_groups(curves)
    means = restricted_mean(curves, until)
    return _difference(means["rmst"].to_numpy(), means["se"].to_numpy())


@dataclass(frozen=True, eq=False)
class EveryDay:
    """The survival curves of a trial's groups, read on every day; `read_every_day` makes it.

    Attributes
    ----------
    table : DataFrame
        From `kaplan_meier`.
    n : int
        Patients analysed.
    longest : int
        The last day of follow-up, rounded up.
    test : LogRank or None
        None where there is nothing to compare.
    """

    table: pd.DataFrame
    n: int
    longest: int
    test: LogRank | None
    _days: dict
    _difference: Difference | None

    @property
    def groups(self) -> list:
        return list(self._days)

    def at(self, day: int) -> dict:
        """Return each group's row of `survival_at` on a day."""
        return {group: rows.iloc[day] for group, rows in self._days.items()}

    def difference(self, day: int) -> Difference | None:
        """Return the second group's share alive minus the first's; None unless there are two groups."""
        found = self._difference
        if found is None:
            return None
        parts = (found.estimate, found.se, found.ci_low, found.ci_high, found.p)
        return Difference(*(float(part[day]) for part in parts))

    @property
    def settled(self) -> int:
        """The last day on which every group still has ten patients at risk; with fewer, half-way."""
        enough = self.table[self.table["at_risk"] >= 10].groupby("group", observed=True)["time"].max()
        return int(enough.min() if len(enough) == len(self._days) else self.longest / 2)

    @property
    def early(self) -> int:
        """The first day by which a twentieth of the first group has died, or 0."""
        first = self.table[self.table["group"] == self.groups[0]]
        return (
            int(first.loc[first["survival"] <= 0.95, "time"].min()) if first["survival"].min() <= 0.95 else 0
        )


def read_every_day(
    df: pd.DataFrame, by: str, duration_col: str = "time_days", event_col: str = "died"
) -> EveryDay:
    """Estimate the survival curves of groups and read them on every day, so that moving along the days costs nothing.

    Parameters
    ----------
    df : DataFrame
    by, duration_col, event_col : str
        As in `kaplan_meier`.

    Returns
    -------
    EveryDay

    Raises
    ------
    TrialDataError
        If a column is missing or wrongly coded, or no patient is left.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = read_every_day(al.load_veteran(), by="treated")
    >>> curves.settled, round(curves.difference(180).estimate, 3)
    (228, 0.02)
    """
    outcome = {"duration_col": duration_col, "event_col": event_col}
    checks.check_columns(df, [by, *outcome.values()])
    df, _ = checks.keep_complete(df, [by, *outcome.values()], "warn")
    table = kaplan_meier(df, by=by, **outcome)
    longest = int(np.ceil(table["time"].max()))
    days = np.arange(longest + 1)
    read = dict(iter(survival_at(table, days).groupby("group", observed=True, sort=False)))
    tested = len(read) > 1 and table["deaths"].sum() > 0
    test = logrank_test(df, by=by, **outcome) if tested else None
    difference = survival_difference(table, days) if len(read) == 2 else None
    return EveryDay(table, len(df), longest, test, read, difference)


class Factor(NamedTuple):
    """One factor of the Kaplan-Meier estimate: of ``at_risk`` people ``came_through`` this ``day``."""

    day: float
    came_through: int
    at_risk: int


def kaplan_meier_factors(durations, events) -> list[Factor]:
    """Return what the Kaplan-Meier estimate is the product of: a factor for each day with deaths.

    Examples
    --------
    >>> from alsteach.words.published import eight_patients
    >>> eight = eight_patients()
    >>> [f"{day.came_through}/{day.at_risk}" for day in kaplan_meier_factors(eight.time_days, eight.died)]
    ['7/8', '6/7', '4/5', '2/3']
    """
    durations, events = np.asarray(durations, dtype=float), np.asarray(events)
    factors = []
    for day in np.unique(durations[events == 1]):
        at_risk, deaths = int((durations >= day).sum()), int(((durations == day) & (events == 1)).sum())
        factors.append(Factor(float(day), at_risk - deaths, at_risk))
    return factors


class Counted(NamedTuple):
    """A survival curve, and the share alive at the end of the study: NaN where it is not known."""

    times: np.ndarray
    survival: np.ndarray
    at_end: float


def count_the_lost(durations, events, end: float) -> dict[str, Counted]:
    """Estimate one survival curve in four ways that differ in what they make of those lost before the end.

    Parameters
    ----------
    durations, events : sequence
        Of a handful of patients: days followed, and 1 = died or 0 = last seen alive.
    end : float
        The last day of the study.

    Returns
    -------
    dict of str to Counted
        ``kaplan_meier``; ``dropped``: all who did not die are left out; ``survivors``: the lost live to the end;
        ``dead``: they die on the day they were last seen.

    Examples
    --------
    >>> from alsteach.words.published import eight_patients
    >>> eight = eight_patients()
    >>> {way: round(curve.at_end, 3) for way, curve in count_the_lost(eight.time_days, eight.died, 640).items()}
    {'kaplan_meier': 0.4, 'dropped': 0.0, 'survivors': 0.5, 'dead': 0.125}
    """
    days, died = np.asarray(durations, dtype=float), np.asarray(events, dtype=float)
    lost = (died == 0) & (days < end)
    everybody = np.ones(len(days), dtype=bool)
    ways = {
        "kaplan_meier": (days, died, everybody),
        "dropped": (days, died, died == 1),
        "survivors": (np.where(lost, end, days), died, everybody),
        "dead": (days, np.where(lost, 1.0, died), everybody),
    }
    trials = [np.array(part) for part in zip(*ways.values(), strict=True)]
    curves = kaplan_meier_many(trials[0], trials[1], include=trials[2])
    at_end = kaplan_meier_many(trials[0], trials[1], times=[end], include=trials[2]).survival[:, 0]
    found = {}
    for way, times, survival, alive in zip(ways, curves.times, curves.survival, at_end, strict=True):
        known = ~np.isnan(times)
        found[way] = Counted(times[known], survival[known], float(alive) if known.any() else float("nan"))
    return found


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


def _checked_trials(durations, events, include):
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
    >>> curves = kaplan_meier_many([[100, 200, 300, 400]], [[1, 0, 1, 0]], times=[0, 150, 350])
    >>> curves.survival.round(3)
    array([[1.   , 0.75 , 0.375]])
    """
    durations, events, include = _checked_trials(durations, events, include)
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
    >>> tests = logrank_many(*veteran[["time_days", "died", "treated"]].to_numpy().T[:, None, :])
    >>> tests.p.round(3)
    array([0.928])
    """
    durations, events, include = _checked_trials(durations, events, include)
    group = np.broadcast_to(np.asarray(group, dtype=float), durations.shape)
    if not np.isin(group[include], (0, 1)).all():
        raise TrialDataError("group must be 0 or 1 for everybody included.")
    statistic = np.empty(len(durations))
    size = max(1, CHUNK_VALUES // durations.shape[1])
    for start in range(0, len(durations), size):
        rows = slice(start, start + size)
        statistic[rows] = _logrank_chi_square(durations[rows], events[rows], group[rows], include[rows])
    return ManyLogRanks(statistic, two_sided_p(np.sqrt(statistic)))


def _logrank_chi_square(durations, events, group, include):
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
