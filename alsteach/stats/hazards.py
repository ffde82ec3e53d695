"""Is one hazard ratio enough? Schoenfeld residuals, the test of proportional hazards, hazard ratios by period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from . import engine
from .cox import CoxFit, check_design, design, effect_table, fit_cox, fit_cox_many
from .curves import kaplan_meier_many

ARMS = ("control", "active")
TRANSFORMS = ("km", "rank", "identity", "log")


class _AtDeaths(NamedTuple):
    """What a fit holds at its deaths, in order of time: who died, x minus its mean among those at risk, and Σ c·V."""

    rows: np.ndarray
    residuals: np.ndarray
    informations: list[np.ndarray]


def _at_deaths(fit: CoxFit, weights=()) -> _AtDeaths:
    """Go through the deaths of a fit once; ``weights`` are (D,) arrays c, one information Σ c·V for each."""
    x, durations, events = fit.arrays
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
    >>> residuals = schoenfeld_residuals(al.fit_cox(al.load_veteran(), covariates=["karno"]))
    >>> residuals.columns.tolist(), len(residuals), bool(abs(residuals["karno"].sum()) < 1e-6)
    (['time', 'treated', 'karno'], 128, True)
    """
    at = _at_deaths(fit)
    residuals = at.residuals
    if scaled:
        residuals = residuals @ fit.covariance.to_numpy() * len(at.rows) + fit.table["log_hr"].to_numpy()
    table = pd.DataFrame(residuals, index=fit.analysed.index[at.rows], columns=fit.table.index)
    table.columns.name = None
    table.insert(0, "time", fit.arrays[1][at.rows])
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
    _, durations, events = fit.arrays
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


@documented
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
    |df, duration_col, event_col, treatment, covariates, ties, missing|
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
    >>> period_hazard_ratios(al.load_veteran(), [90])[["start", "end", "n_active", "deaths_active", "hr"]].round(2)
       start    end  n_active  deaths_active    hr
    0    0.0   90.0        68             42  1.49
    1   90.0  999.0        24             22  0.58
    """
    checks.check_columns(df, [duration_col, event_col, treatment, *covariates])
    kept, _ = checks.keep_complete(df, [duration_col, event_col, treatment, *covariates], missing)
    durations, events = checks.durations(kept, duration_col), checks.events(kept, event_col)
    arm = checks.treatment(kept, treatment)
    last = float(durations.max())
    edges = [0.0, *sorted({float(c) for c in np.atleast_1d(cuts) if 0 < c < last}), last]
    rows = []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        here = (durations > start) if start > 0 else np.ones(len(kept), dtype=bool)
        died = here & (events == 1) & (durations <= end)
        row = {"start": start, "end": end}
        for what, which in (("n", here), ("deaths", died)):
            row |= {f"{what}_{name}": int((which & (arm == a)).sum()) for a, name in enumerate(ARMS)}
        period = kept[here].assign(
            **{duration_col: np.minimum(durations, end)[here], event_col: died[here].astype(int)}
        )
        try:
            fit = fit_cox(period, duration_col, event_col, treatment, covariates, ties=ties, missing="raise")
            row |= fit.table.loc[treatment].to_dict() | {"note": ""}
        except TrialDataError as refusal:
            row |= dict.fromkeys(["log_hr", "se", "hr", "ci_low", "ci_high", "p"], np.nan)
            row |= {"note": str(refusal)}
        rows.append(row)
    return pd.DataFrame(rows)


def split_at(fit: CoxFit, day: float) -> pd.DataFrame:
    """Return the treatment's hazard ratios up to a day and after it, of a trial that has been fitted.

    Parameters
    ----------
    fit : CoxFit
        With a treatment and without an interaction; its covariates are adjusted for in both periods.
    day : float

    Returns
    -------
    DataFrame
        The two rows of `period_hazard_ratios` in a tenth of its time: ``start, end, deaths``, then ``log_hr, se, hr,
        ci_low, ci_high, p``, blank where there is no hazard ratio.

    Examples
    --------
    >>> import alsteach as al
    >>> split_at(al.fit_cox(al.load_veteran()), 90)[["start", "end", "deaths", "hr"]].round(2)
       start    end  deaths    hr
    0    0.0   90.0      73  1.49
    1   90.0  999.0      55  0.58
    """
    x, durations, events = fit.arrays
    ends = np.array([day, durations.max()])
    followed = np.array([np.ones(len(durations), dtype=bool), durations > day])
    died = followed * events * (durations <= ends[:, None])
    found = fit_cox_many(
        np.minimum(durations, ends[:, None]), died, np.stack([x, x]), fit.ties, include=followed
    )
    table = effect_table(found.coef[:, 0], found.se[:, 0], None)
    table.insert(0, "deaths", died.sum(axis=1).astype(int))
    table.insert(0, "end", ends)
    table.insert(0, "start", [0.0, float(day)])
    return table


@documented
def fit_fading(
    df: pd.DataFrame,
    fading: str,
    cuts=(),
    clock=None,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    ties: str = "efron",
    missing: str = "warn",
) -> pd.DataFrame:
    """Fit a Cox model in which one covariate's effect may change during follow-up; the treatment's stays one ratio.

    Parameters
    ----------
    |df|
    fading : str
        The covariate, numeric, whose effect may change.
    cuts : sequence of float
        Days on which it may: a hazard ratio of its own in each period; a death on that day belongs to the earlier one.
    clock : callable, optional
        Instead of ``cuts``: its log hazard ratio is a straight line in ``clock(day)``.
    |duration_col, event_col, treatment, covariates, ties, missing|
        The covariates besides ``fading``.

    Returns
    -------
    DataFrame
        Index ``term``: the treatment, the covariates, then ``karno@0``, ``karno@90`` (from which day on) or ``karno``,
        ``karno:clock``; columns ``log_hr, se, hr, ci_low, ci_high, p``.

    Raises
    ------
    TrialDataError
        As `fit_cox`, or if there are too few deaths in a period.

    Notes
    -----
    The likelihood is that of the same patients at the same deaths. Only what the model takes the covariate to do on
    the day of each death differs, so nobody's follow-up need be cut into rows.

    References
    ----------
    Therneau T, Grambsch P. Modeling Survival Data. Springer 2000, chapter 6. Checked against R's ``coxph`` on
    ``survSplit`` data, and with ``tt()``.

    Examples
    --------
    >>> import alsteach as al
    >>> veteran = al.load_veteran()
    >>> constant = al.fit_cox(veteran, covariates=["karno"]).table.loc["treated", "hr"]
    >>> round(float(constant), 2), fit_fading(veteran, "karno", [90])["hr"].round(3).to_dict()
    (1.19, {'treated': 0.976, 'karno@0': 0.952, 'karno@90': 1.001})
    """
    others = [c for c in covariates if c != fading]
    columns = [duration_col, event_col, treatment, *others, fading]
    checks.check_columns(df, columns)
    checks.treatment(df, treatment)
    kept, _ = checks.keep_complete(df, columns, missing)
    durations, events = checks.durations(kept, duration_col), checks.events(kept, event_col)
    terms, x = design(kept, treatment, others, None)
    marker = checks.numeric(kept, fading)
    check_design([*terms, fading], np.column_stack([x, marker]), events, treatment)
    cuts = sorted({float(cut) for cut in np.atleast_1d(cuts)})
    days = np.unique(durations[events == 1])
    if clock is None:
        shapes = np.eye(len(cuts) + 1)[np.searchsorted(cuts, days, side="left")]
        names = [f"{fading}@{start:g}" for start in (0, *cuts)]
    else:
        on_clock = np.asarray(clock(days), dtype=float)
        shapes, names = np.column_stack([np.ones(len(days)), on_clock]), [fading, f"{fading}:clock"]
    # Deaths on whose days the covariate works alike go together: a likelihood each, with the same coefficients.
    shapes, group = np.unique(shapes, axis=0, return_inverse=True)
    here = group.ravel()[np.searchsorted(days, durations).clip(max=len(days) - 1)]
    died = np.where(np.arange(len(shapes))[:, None] == here, events, 0.0)
    centred = np.column_stack([x, marker]) - np.column_stack([x, marker]).mean(axis=0)
    moving = centred[:, -1, None] * shapes[:, None, :]  # (groups, patients, shapes)
    still = np.broadcast_to(centred[:, :-1], (len(shapes), len(kept), x.shape[1]))
    log_hr, covariance = _fit_together(np.concatenate([still, moving], axis=2), durations, died, ties)
    index = pd.Index([*terms, *names], name="term")
    return effect_table(log_hr, np.sqrt(np.diag(covariance)), index)


def _fit_together(x, durations, died, ties):
    """Maximise the sum of partial likelihoods, a row of ``died`` each, that share their coefficients."""
    risk = engine.RiskSets.from_times(np.broadcast_to(durations, died.shape), died, ties=ties)
    scale = np.sqrt((x**2).mean(axis=(0, 1)))
    scale[scale == 0] = 1.0  # a period in which nobody died: refused below
    x = np.take_along_axis(x / scale, risk.order[:, :, None], axis=1).transpose(0, 2, 1)
    at, step, best = np.zeros(len(scale)), np.zeros(len(scale)), -np.inf
    for _ in range(engine.MAX_EVALUATIONS):
        parts = engine.evaluate(x, np.broadcast_to(at + step, (len(x), len(scale))), risk)
        likelihood, gradient, information = (part.sum(axis=0) for part in parts)
        if likelihood < best - 1e-11 * abs(best):
            step = step / 2
            continue
        at, best = at + step, likelihood
        if not engine.independent_columns(information[None]).all():
            break
        step = np.linalg.solve(information, gradient)
        if np.abs(step).max() < 1e-8:
            return (at + step) / scale, np.linalg.inv(information) / np.outer(scale, scale)
    raise TrialDataError(
        "Too few deaths in one of the periods to let an effect change there; choose other days or fewer covariates."
    )


BLOCK_VALUES = 4_000_000  # chances held at once: 32 MB, whatever the size of the trial


def chances_at_deaths(durations, events, relative_hazards, ties="efron", only=slice(None)):
    """Return each patient's chance of being the one who died, at each death.

    A Cox model's partial likelihood is the product of the chances that those who did die had; see the course's panel on
    eight patients.

    Parameters
    ----------
    durations, events : (n,) arrays
        Follow-up times, and 1 = died or 0 = censored.
    relative_hazards : (n,) array
        exp(covariates × log hazard ratios) of each patient, in any unit.
    ties : {"efron", "breslow"}
        With "efron", each of several deaths on one day has part of the others taken out of its race.
    only : slice
        Which deaths, counted in order of time.

    Returns
    -------
    rows : (D,) int array
        Who died, in order of time.
    chances : (D, n) array
        A row a death; it adds up to 1, and is 0 for those no longer at risk.

    Examples
    --------
    Three patients with the same hazard: the first death is a race of three, the second of two.

    >>> rows, chances = chances_at_deaths([10, 20, 30], [1, 1, 0], [1, 1, 1])
    >>> chances.round(2)
    array([[0.33, 0.33, 0.33],
           [0.  , 0.5 , 0.5 ]])
    """
    durations, events, hazards = (np.asarray(a, dtype=float) for a in (durations, events, relative_hazards))
    rows = np.flatnonzero(events == 1)
    rows = rows[np.argsort(durations[rows], kind="stable")]
    times = durations[rows]
    first = np.searchsorted(times, times, side="left")
    share = (np.arange(len(times)) - first) / (np.searchsorted(times, times, side="right") - first)
    rows, times, share = rows[only], times[only], share[only]
    chances = np.where(durations >= times[:, None], hazards, 0.0)
    later = np.flatnonzero(share) if ties == "efron" else ()
    if len(later):
        tied = (durations == times[later, None]) & (events == 1)
        chances[later] *= 1 - share[later, None] * tied
    chances /= chances.sum(axis=1, keepdims=True)
    return rows, chances


def in_blocks(events, n):
    """Yield slices over the deaths, few enough at a time to keep ``chances_at_deaths`` small."""
    deaths, size = int(np.sum(events)), max(1, BLOCK_VALUES // n)
    for start in range(0, deaths, size):
        yield slice(start, min(start + size, deaths))
