"""Is one hazard ratio enough? Schoenfeld residuals, the test of proportional hazards, hazard ratios by period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from . import frames
from .cox import CoxFit, fit_cox
from .frames import TrialDataError
from .risk_sets import chances_at_deaths, in_blocks
from .survival_arrays import kaplan_meier_many

TRANSFORMS = ("km", "rank", "identity", "log")


class _AtDeaths(NamedTuple):
    """What a fit holds at its deaths, in order of time: who died, x minus its mean among those at risk, and Σ c·V."""

    rows: np.ndarray
    residuals: np.ndarray
    informations: list[np.ndarray]


def _at_deaths(fit: CoxFit, weights=()) -> _AtDeaths:
    """Go through the deaths of a fit once; ``weights`` are (D,) arrays c, one information Σ c·V for each."""
    x, durations, events = fit._arrays
    x = x - x.mean(axis=0)
    hazards = np.exp(x @ fit.table["log_hr"].to_numpy())
    informations = [np.zeros((x.shape[1],) * 2) for _ in weights]
    rows, means = [], []
    for block in in_blocks(events, len(events)):
        died, chances = chances_at_deaths(durations, events, hazards, fit.ties, block)
        mean = chances @ x
        for information, weight in zip(informations, weights, strict=True):
            here = weight[block]
            information += (x * (here @ chances)[:, None]).T @ x - (mean * here[:, None]).T @ mean
        rows.append(died)
        means.append(mean)
    rows, means = np.concatenate(rows), np.concatenate(means)
    if fit.ties == "efron":  # deaths on one day share one mean, so that their order cannot matter
        _, group = np.unique(durations[rows], return_inverse=True)
        sums = np.zeros((group.max() + 1, x.shape[1]))
        np.add.at(sums, group, means)
        means = (sums / np.bincount(group)[:, None])[group]
    return _AtDeaths(rows, x[rows] - means, informations)


def schoenfeld_residuals(fit: CoxFit, scaled: bool = False) -> pd.DataFrame:
    """Compare each patient who died with the average of those who could have died in that moment.

    Parameters
    ----------
    fit : CoxFit
        From `fit_cox`.
    scaled : bool
        Divide by their variance and add the log hazard ratio: a smooth curve through the points then shows how the log
        hazard ratio goes with time.

    Returns
    -------
    DataFrame
        A row a death, in order of time; index of the patients' rows; columns ``time`` and one a term.

    References
    ----------
    Schoenfeld D. Biometrika 1982;69:239-241. Checked against R's ``residuals(fit, "schoenfeld")``, scaled ones against
    ``cox.zph(fit)$y``.

    Examples
    --------
    >>> import alsteach as al
    >>> residuals = al.schoenfeld_residuals(al.fit_cox(al.load_veteran(), covariates=["karno"]))
    >>> residuals.columns.tolist(), len(residuals), bool(abs(residuals["karno"].sum()) < 1e-6)
    (['time', 'treated', 'karno'], 128, True)
    """
    at = _at_deaths(fit)
    residuals = at.residuals
    if scaled:
        residuals = residuals @ fit.covariance.to_numpy() * len(at.rows) + fit.table["log_hr"].to_numpy()
    table = pd.DataFrame(residuals, index=fit.analysed.index[at.rows], columns=fit.table.index)
    table.columns.name = None
    table.insert(0, "time", fit._arrays[1][at.rows])
    return table


def _time_scale(durations, events, rows, transform):
    if transform == "identity":
        return durations[rows]
    if transform == "rank":
        return pd.Series(durations).rank().to_numpy()[rows]
    if transform == "log":
        if (durations[rows] <= 0).any():
            raise TrialDataError(
                "A death at time 0 has no logarithm of its time; use transform='km' or transform='rank'."
            )
        return np.log(durations[rows])
    if transform == "km":
        curve = kaplan_meier_many(durations[None], events[None])
        before = np.searchsorted(curve.times[0], durations[rows], side="left")
        return 1 - np.append(1.0, curve.survival[0])[before]
    raise TrialDataError(f"transform={transform!r} is not known; use one of: {', '.join(TRANSFORMS)}.")


def _covariate_of(term: str, columns) -> str:
    """Return the covariate a term belongs to: ``celltype=adeno`` is part of ``celltype``."""
    if term in columns:
        return term
    return next((c for c in columns if term.startswith(f"{c}=")), term)


def proportional_hazards_test(fit: CoxFit, transform: str = "km") -> pd.DataFrame:
    """Ask of each covariate whether its hazard ratio stays the same throughout.

    Parameters
    ----------
    fit : CoxFit
        From `fit_cox`.
    transform : {"km", "rank", "identity", "log"}
        The clock against which a drift of the log hazard ratio is sought: share of deaths so far, rank of the follow-up
        time, time itself, or its logarithm.

    Returns
    -------
    DataFrame
        Index the model's covariates and ``GLOBAL``; columns ``statistic, df, p``.

    Raises
    ------
    TrialDataError
        If the clock is not known or does not exist for these times, or if there are too few deaths to tell.

    Notes
    -----
    The score test of a term covariate × clock, as R's ``cox.zph`` since version 3 of the survival package. lifelines'
    ``proportional_hazard_test`` is an older approximation and gives other values. A large p does not prove that a
    hazard ratio is constant: with few deaths the test sees little.

    References
    ----------
    Grambsch P, Therneau T. Biometrika 1994;81:515-526. Checked against ``cox.zph``.

    Examples
    --------
    >>> import alsteach as al
    >>> fit = al.fit_cox(al.load_veteran(), covariates=["karno", "celltype"])
    >>> al.proportional_hazards_test(fit).round(3)
              statistic  df      p
    term
    treated       0.206   1  0.650
    karno        12.813   1  0.000
    celltype     14.532   3  0.002
    GLOBAL       22.860   5  0.000
    """
    _, durations, events = fit._arrays
    died = np.flatnonzero(events == 1)
    died = died[np.argsort(durations[died], kind="stable")]
    clock = _time_scale(durations, events, died, transform)
    clock = clock - clock.mean()
    at = _at_deaths(fit, [np.ones(len(clock)), clock, clock**2])
    score = clock @ at.residuals
    still, mixed, moving = at.informations
    left = moving - mixed @ np.linalg.solve(still, mixed)
    terms = list(fit.table.index)
    owners = [_covariate_of(term, fit.analysed.columns) for term in terms]
    parts = {name: np.flatnonzero([o == name for o in owners]) for name in dict.fromkeys(owners)}
    parts["GLOBAL"] = np.arange(len(terms))
    tests = {name: (_chi_square(score[j], left[np.ix_(j, j)]), len(j)) for name, j in parts.items()}
    from scipy.special import gammaincc

    table = pd.DataFrame(tests, index=["statistic", "df"]).T.rename_axis("term")
    return table.assign(df=table["df"].astype(int), p=gammaincc(table["df"] / 2, table["statistic"] / 2))


def _chi_square(score, information) -> float:
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    if (scale == 0).any() or np.linalg.matrix_rank(information / np.outer(scale, scale), tol=1e-9) < len(
        scale
    ):
        raise TrialDataError(
            "Too few deaths to tell whether a hazard ratio changes with time; use fewer covariates or see the curves."
        )
    return float(score @ np.linalg.solve(information, score))


def smooth_curve(x, y, grid, share: float = 0.6) -> np.ndarray:
    """Run a smooth curve through points: at each place a straight line through the nearest, the nearer the heavier.

    Parameters
    ----------
    x, y : (n,) arrays
    grid : (m,) array
        Where to read the curve.
    share : float
        Share of the points each place looks at.

    Returns
    -------
    (m,) array; NaN where fewer than two different x are near.
    """
    x, y, grid = (np.asarray(a, dtype=float) for a in (x, y, grid))
    near = min(len(x), max(3, int(np.ceil(share * len(x)))))
    away = np.abs(x - grid[:, None])
    reach = np.sort(away, axis=1)[:, near - 1 : near] * 1.0001 + 1e-12
    weight = np.clip(1 - (away / reach) ** 3, 0, None) ** 3
    total = weight.sum(axis=1)
    x_mean, y_mean = weight @ x / total, weight @ y / total
    spread = weight @ x**2 / total - x_mean**2
    slope = (weight @ (x * y) / total - x_mean * y_mean) / np.where(spread > 1e-12, spread, np.nan)
    return y_mean + slope * (grid - x_mean)


def log_log_curves(df, duration_col="time_days", event_col="died", by="treated") -> pd.DataFrame:
    """Return log(−log survival) of each arm at its deaths: with one hazard ratio throughout, curves a constant apart.

    Parameters
    ----------
    df : DataFrame
    duration_col, event_col, by : str

    Returns
    -------
    DataFrame
        Columns ``group, time, survival, log_minus_log``, from the first death to the last at which somebody is left.

    Examples
    --------
    >>> import alsteach as al
    >>> curves = al.log_log_curves(al.load_veteran())
    >>> curves.groupby("group").log_minus_log.max().round(2).to_dict()
    {0: 1.39, 1: 1.39}
    """
    frames.check_columns(df, [duration_col, event_col, by])
    durations, events = frames.durations(df, duration_col), frames.events(df, event_col)
    tables = []
    for group in sorted(df[by].dropna().unique()):
        rows = (df[by] == group).to_numpy() & ~np.isnan(durations) & ~np.isnan(events)
        curve = kaplan_meier_many(durations[None, rows], events[None, rows])
        table = pd.DataFrame({"group": group, "time": curve.times[0], "survival": curve.survival[0]})
        table = table.drop_duplicates("time", keep="last")
        dropped = (table["survival"].diff().fillna(-1.0) < 0) & table["survival"].between(0, 1, "neither")
        table = table[dropped]
        tables.append(table.assign(log_minus_log=np.log(-np.log(table["survival"]))))
    return pd.concat(tables, ignore_index=True)


def period_hazard_ratios(
    df: pd.DataFrame,
    cuts,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    ties: str = "efron",
    missing: str = "warn",
) -> pd.DataFrame:
    """Fit one Cox model to each period of follow-up, among those still alive at its start.

    Parameters
    ----------
    df, duration_col, event_col, treatment, covariates, ties, missing
        As in `fit_cox`.
    cuts : sequence of float
        Where periods meet, in the units of the follow-up time; a death on that day belongs to the earlier one.

    Returns
    -------
    DataFrame
        A row a period: ``start, end, n_control, n_active`` (still followed at its start), ``deaths_control,
        deaths_active``, then ``log_hr, se, hr, ci_low, ci_high, p``, blank where there is no hazard ratio, and
        ``note``, which then says why.

    Notes
    -----
    Only the first period compares the arms as randomised. Whoever enters a later one has survived the earlier ones, and
    if treatment mattered there, the two arms' survivors differ.

    References
    ----------
    Hernán MA. Epidemiology 2010;21:13-15. Checked against R's ``coxph`` on ``survSplit`` data.

    Examples
    --------
    >>> import alsteach as al
    >>> al.period_hazard_ratios(al.load_veteran(), [90])[["start", "end", "n_active", "deaths_active", "hr"]].round(2)
       start    end  n_active  deaths_active    hr
    0    0.0   90.0        68             42  1.49
    1   90.0  999.0        24             22  0.58
    """
    frames.check_columns(df, [duration_col, event_col, treatment, *covariates])
    kept, _ = frames.keep_complete(df, [duration_col, event_col, treatment, *covariates], missing)
    durations, events = frames.durations(kept, duration_col), frames.events(kept, event_col)
    arm = frames.treatment(kept, treatment)
    last = float(durations.max())
    edges = [0.0, *sorted({float(c) for c in np.atleast_1d(cuts) if 0 < c < last}), last]
    rows = []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        here = (durations > start) if start > 0 else np.ones(len(kept), dtype=bool)
        died = here & (events == 1) & (durations <= end)
        row = {"start": start, "end": end}
        row |= {f"n_{name}": int((here & (arm == a)).sum()) for a, name in ((0, "control"), (1, "active"))}
        row |= {
            f"deaths_{name}": int((died & (arm == a)).sum()) for a, name in ((0, "control"), (1, "active"))
        }
        period = kept[here].assign(
            **{duration_col: np.minimum(durations, end)[here], event_col: died[here].astype(int)}
        )
        try:
            fit = fit_cox(period, duration_col, event_col, treatment, covariates, ties=ties, missing="raise")
            row |= fit.table.loc[treatment].to_dict() | {"note": ""}
        except TrialDataError as refusal:
            row |= dict.fromkeys(["log_hr", "se", "hr", "ci_low", "ci_high", "p"], np.nan) | {
                "note": str(refusal)
            }
        rows.append(row)
    return pd.DataFrame(rows)


def survivors_mean(durations, arm, score, times) -> np.ndarray:
    """Return the mean of a baseline score among those still followed at each time, (2, T): control, active arm."""
    durations, arm, score = (np.asarray(a, dtype=float) for a in (durations, arm, score))
    left = durations >= np.asarray(times, dtype=float)[:, None]
    means = []
    for a in (0, 1):
        here = left & (arm == a)
        count = here.sum(axis=1)
        means.append(np.where(count > 0, here @ score / np.maximum(count, 1), np.nan))
    return np.array(means)
