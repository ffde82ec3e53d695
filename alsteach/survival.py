"""Survival curves and their comparison, from lifelines where it agrees with R, made tidy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import frames
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
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481. Computed by lifelines, checked against R's ``survfit``.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = al.kaplan_meier(al.load_veteran(), by="treated")
    >>> curves.groupby("group").survival.min().round(3).to_dict()
    {0: 0.0, 1: 0.0}
    """
    from lifelines import KaplanMeierFitter

    columns = [duration_col, event_col] + ([by] if by is not None else [])
    frames.check_columns(df, columns)
    frames.durations(df, duration_col), frames.events(df, event_col)
    df, _ = frames.keep_complete(df, columns, missing)
    durations, events = frames.durations(df, duration_col), frames.events(df, event_col)
    tables = []
    for name, rows in _arms(df, by):
        fitter = KaplanMeierFitter().fit(durations[rows], events[rows])
        table = fitter.event_table
        survival = fitter.survival_function_.iloc[:, 0].to_numpy()
        low, high = fitter.confidence_interval_.to_numpy().T
        undefined = (survival <= 0) | (survival >= 1)
        tables.append(
            pd.DataFrame(
                {
                    "group": name,
                    "time": table.index.to_numpy(dtype=float),
                    "at_risk": table["at_risk"].to_numpy(dtype=int),
                    "deaths": table["observed"].to_numpy(dtype=int),
                    "censored": table["censored"].to_numpy(dtype=int),
                    "survival": survival,
                    "ci_low": np.where(undefined, np.nan, low),
                    "ci_high": np.where(undefined, np.nan, high),
                }
            )
        )
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
        ``statistic, df, p``.

    Raises
    ------
    TrialDataError
        If a column is wrongly coded, fewer than two groups are left, or nobody died.

    References
    ----------
    Mantel N. Cancer Chemother Rep 1966;50:163-170. Computed by lifelines, checked against R's ``survdiff``.

    Examples
    --------
    >>> import alsteach as al
    >>> al.logrank_test(al.load_veteran()).p.__round__(3)
    0.928
    """
    from lifelines.statistics import multivariate_logrank_test

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
    code = sum(i * rows for i, (_, rows) in enumerate(groups))
    result = multivariate_logrank_test(durations, code, events)
    return LogRank(float(result.test_statistic), len(groups) - 1, float(result.p_value))
