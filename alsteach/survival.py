"""Survival curves and their comparison as tidy tables: checked against R, and against lifelines as students use it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import frames
from .cox import Z95, two_sided_p
from .frames import TrialDataError


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
    df : DataFrame
        One row a patient.
    duration_col, event_col : str
        Follow-up time and event (1 = died, 0 = still alive when last seen).
    by : str, optional
        A column of groups (arms, strata): one curve each.
    missing : {"warn", "raise"}

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
    frames.check_columns(df, columns)
    frames.durations(df, duration_col), frames.events(df, event_col)
    df, _ = frames.keep_complete(df, columns, missing)
    durations, events = frames.durations(df, duration_col), frames.events(df, event_col)
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
    df : DataFrame
    duration_col, event_col, by : str
        Follow-up time, event (1 = died) and the groups to compare.
    missing : {"warn", "raise"}

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
    frames.check_columns(df, columns)
    frames.durations(df, duration_col), frames.events(df, event_col)
    df, _ = frames.keep_complete(df, columns, missing)
    durations, events = frames.durations(df, duration_col), frames.events(df, event_col)
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
