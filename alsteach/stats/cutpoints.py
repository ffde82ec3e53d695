"""A biomarker cut into groups: the treatment effect in each, whether the groups differ, and the search for a cut."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from ..words.columns import column_unit
from . import cox
from .cox import ManyFits, effect_table, fit_cox_many, two_sided_p

SEARCHED_SHARE = (0.1, 0.9)  # a searched cut leaves a tenth of the patients on either side
CUTS_SEARCHED = 33
MOST_STEPS = 30  # of Newton's method


class SubgroupEffects(NamedTuple):
    """Treatment effects in groups of a biomarker; `subgroup_effects` makes it.

    Attributes
    ----------
    groups : DataFrame
        A row a group, "all patients" last: ``n, deaths, deaths_control, deaths_treated, log_hr, se, hr, ci_low,
        ci_high, p`` and ``note``, the sentence that stands where there is no estimate.
    interaction : DataFrame
        Index ``groups`` (does the effect differ between the groups?) and ``continuous`` (does it change along the
        biomarker as measured?); columns ``df``, ``wald`` and ``p`` (Wald's test), ``likelihood_ratio`` and
        ``likelihood_ratio_p``.
    """

    groups: pd.DataFrame
    interaction: pd.DataFrame


def group_names(cuts, unit: str = "") -> list[str]:
    """Name the groups of some cuts: the lowest lies under the first cut if there are several, as in "750 to 3,700".

    Examples
    --------
    >>> group_names([3700]), group_names([750, 3700], "pg/mL")
    (['up to 3,700', 'over 3,700'], ['under 750 pg/mL', '750 to 3,700 pg/mL', 'over 3,700 pg/mL'])
    """
    texts = [value_text(cut) for cut in cuts]
    between = [f"{low} to {high}" for low, high in zip(texts, texts[1:], strict=False)]
    names = [("under " if len(texts) > 1 else "up to ") + texts[0], *between, "over " + texts[-1]]
    return [f"{name} {unit}".strip() for name in names]


def value_text(value: float) -> str:
    """Write a biomarker value without needless decimals."""
    return f"{value:,.0f}" if abs(value) >= 20 or float(value).is_integer() else f"{value:.3g}"


def group_of(marker, cuts) -> np.ndarray:
    """Return each patient's group, 0 for the lowest; a cut itself belongs to the group that "up to" or "to" names."""
    group = np.searchsorted(cuts, marker, side="left")
    if len(cuts) > 1:
        group[marker == cuts[0]] = 1
    return group


def _checked_cuts(cuts) -> np.ndarray:
    values = np.unique(np.atleast_1d(np.asarray(cuts, dtype=float)))
    if len(values) == 0 or not np.isfinite(values).all():
        raise TrialDataError(
            f"cuts={cuts!r} has no numbers to cut at; write cuts=[3700] or cuts=[750, 3700]."
        )
    return values


@documented
def subgroup_effects(
    df: pd.DataFrame,
    biomarker: str,
    cuts,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    missing: str = "warn",
) -> SubgroupEffects:
    """Estimate the treatment effect in each group of a biomarker, and test whether the groups differ.

    Parameters
    ----------
    |df|
    biomarker : str
        A numeric column, measured before treatment.
    cuts : float or sequence of float
        Where to cut: ``3700`` gives two groups, ``[750, 3700]`` three, of which the middle one includes both cuts.
    |duration_col, event_col, treatment, missing|
    covariates : sequence of str
        Without them, each group's hazard ratio comes from its own patients alone. With them, one model of all patients
        has the covariates, the groups, and a treatment effect in each group.

    Returns
    -------
    SubgroupEffects

    Raises
    ------
    TrialDataError
        As `fit_cox`. A group without an estimate is no error: its ``note`` says why.

    Notes
    -----
    The interaction is tested in one model of all patients: groups, treatment and their products, and the covariates.
    Groups without an estimate are left out of it. Comparing p-values of the groups is no test of their difference.
    Checked against R's ``coxph``.

    References
    ----------
    Altman DG, Bland JM. Interaction revisited: the difference between two estimates. BMJ 2003;326:219.

    Examples
    --------
    >>> import alsteach as al
    >>> effects = subgroup_effects(al.load_veteran(), "karno", cuts=70)
    >>> effects.groups[["n", "deaths", "hr", "p"]].round(2)
                       n  deaths    hr     p
    group
    up to 70 points  102      97  1.23  0.31
    over 70 points    35      31  0.36  0.02
    all patients     137     128  1.02  0.92
    >>> effects.interaction["p"].round(3).to_dict()
    {'groups': 0.054, 'continuous': 0.111}
    """
    trial = marker_trial(df, biomarker, duration_col, event_col, treatment, covariates, missing)
    return effects_in_groups(trial, _checked_cuts(cuts), column_unit(biomarker))


def effects_in_groups(trial: MarkerTrial, cuts, unit: str = "") -> SubgroupEffects:
    """Do what `subgroup_effects` does, on arrays."""
    group = group_of(trial.marker, cuts)
    number = np.arange(len(cuts) + 1)
    members = np.vstack([group == number[:, None], np.ones(len(trial), dtype=bool)])
    alone = trial.fit_many(
        np.broadcast_to(trial.treated[:, None], (len(members), len(trial), 1)), include=members
    )
    estimable = alone.converged[:-1]
    log_hr, se = alone.coef[:, 0].copy(), alone.se[:, 0].copy()
    if trial.covariates.shape[1]:
        log_hr[:-1], se[:-1] = _joint_effects(trial, group, np.flatnonzero(estimable), len(cuts) + 1)
    log_hr[-1], se[-1] = trial.overall
    table = effect_table(log_hr, se, pd.Index([*group_names(cuts, unit), "all patients"], name="group"))
    died, treated = members & (trial.died == 1), trial.treated == 1
    counts = {
        "n": members.sum(axis=1),
        "deaths": died.sum(axis=1),
        "deaths_control": (died & ~treated).sum(axis=1),
        "deaths_treated": (died & treated).sum(axis=1),
    }
    for place, (name, values) in enumerate(counts.items()):
        table.insert(place, name, values)
    arms = [(who & ~treated).any() and (who & treated).any() for who in members]
    table["note"] = [_note(row, both) for row, both in zip(table.itertuples(), arms, strict=True)]
    tests = {
        "groups": _group_test(trial, group, np.flatnonzero(estimable)),
        "continuous": trial.slope_test,
    }
    columns = ["df", "wald", "p", "likelihood_ratio", "likelihood_ratio_p"]
    interaction = pd.DataFrame(tests, index=columns).T.rename_axis("biomarker")
    return SubgroupEffects(table, interaction)


def _note(row, both_arms: bool) -> str:
    if row.n == 0:
        return "No patient is in this group."
    if not both_arms:
        return "All patients of this group are on one arm, so there is nothing to compare."
    if row.deaths == 0:
        return "Nobody died in this group, so there is no hazard ratio."
    if row.deaths_control == 0 or row.deaths_treated == 0:
        arm = "control" if row.deaths_control == 0 else "active"
        return f"Nobody died in the {arm} arm of this group, so its hazard ratio runs to 0 or infinity."
    if np.isnan(row.hr):
        return "Too few deaths for so many covariates, so there is no hazard ratio."
    return ""


def _indicators(group, numbers) -> list[np.ndarray]:
    return [(group == k).astype(float) for k in numbers]


def _joint_effects(trial: MarkerTrial, group, numbers, n_groups):
    """Return log hazard ratio and its error in every group, from one model with the covariates in common."""
    log_hr, se = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    if len(numbers):
        effects = [trial.treated * here for here in _indicators(group, numbers)]
        fit = trial.fit(*effects, *_indicators(group, numbers[1:]), include=np.isin(group, numbers))
        log_hr[numbers], se[numbers] = fit.coef[0, : len(numbers)], fit.se[0, : len(numbers)]
    return log_hr, se


def _group_test(trial: MarkerTrial, group, numbers) -> list[float]:
    df = len(numbers) - 1
    if df < 1:
        return [0, *[np.nan] * 4]
    who, others = np.isin(group, numbers), _indicators(group, numbers[1:])
    products = [trial.treated * here for here in others]
    with_products = trial.fit(*products, trial.treated, *others, include=who)
    without = trial.fit(trial.treated, *others, include=who)
    ratio = 2 * (with_products.log_likelihood[0] - without.log_likelihood[0])
    return chi_square_row(df, wald(with_products, slice(df)), ratio)


def interaction_fits(time, died, treated, high, covariates) -> ManyFits:
    """Fit treatment × group, treatment, group and covariates, in this order, to many trials or cuts: arrays (B, n)."""
    x = np.concatenate([np.stack([treated * high, treated, high], axis=2), covariates], axis=2)
    return fit_cox_many(time, died, x)


def interaction_p(fits: ManyFits) -> np.ndarray:
    """Return Wald's p of treatment × group from `interaction_fits`; NaN where a side has no estimate."""
    return two_sided_p(fits.coef[:, 0] / fits.se[:, 0])


def interaction_p_unadjusted(time, died, treated, high) -> np.ndarray:
    """Return Wald's p of treatment × group for many cuts of many trials at once, without covariates.

    With treatment, group and their product a Cox model has four cells of equal risk, and its likelihood needs no more
    than how many patients of each cell are there at each death: the same model as `interaction_fits`, ten times as
    fast.

    Parameters
    ----------
    time, died, treated : (B, n) arrays
    high : (B, K, n) array of bool
        Who lies over each cut.

    Returns
    -------
    (B, K) array
        NaN where one of the four cells has no death.

    Examples
    --------
    >>> import alsteach as al
    >>> trial = marker_trial(al.load_veteran(), "karno")
    >>> rows = (part[None] for part in (trial.time, trial.died, trial.treated))
    >>> interaction_p_unadjusted(*rows, (trial.marker > 70)[None, None]).round(3)
    array([[0.054]])
    """
    there, deaths, exposure = _cells_at_deaths(time, died, treated, high)
    shape = deaths.shape[1:]
    there, deaths, exposure = (part.reshape(4, -1, *part.shape[3:]) for part in (there, deaths, exposure))
    p = np.full(deaths.shape[1], np.nan)
    known = (deaths > 0).all(axis=0)
    if known.any():
        p[known] = _interaction_p_of_cells(there[:, known], deaths[:, known], exposure[:, known])
    return p.reshape(shape)


def _cells_at_deaths(time, died, treated, high):
    """Return of the four cells how many are there at each death, die in all, and their time: arrays (4, B, K, …)."""
    order = np.argsort(time, axis=1, kind="stable")
    time, died, treated = (np.take_along_axis(part, order, axis=1) for part in (time, died, treated))
    over = np.take_along_axis(np.swapaxes(high, 1, 2), order[:, :, None], axis=1)  # (B, n, K)
    n, place = time.shape[1], np.arange(time.shape[1])
    changes = time[:, 1:] != time[:, :-1]
    first = np.maximum.accumulate(np.where(np.pad(changes, ((0, 0), (1, 0))), place, 0), axis=1)
    after = np.where(np.pad(changes, ((0, 0), (0, 1)), constant_values=True), place + 1, n)
    after = np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1]
    rows = np.argsort(died != 1, axis=1, kind="stable")[:, : int((died == 1).sum(axis=1).max())]  # the deaths
    first, after = (np.take_along_axis(part, rows, axis=1) for part in (first, after))
    real = np.take_along_axis(died, rows, axis=1) == 1
    # Efron: of d deaths on one day, the l-th finds l/d of each of those dying that day gone.
    so_far = np.pad(np.cumsum(died == 1, axis=1), ((0, 0), (1, 0)))
    earlier = np.take_along_axis(so_far, rows, axis=1) - np.take_along_axis(so_far, first, axis=1)
    tied = np.take_along_axis(so_far, after, axis=1) - np.take_along_axis(so_far, first, axis=1)
    gone = (earlier / np.maximum(tied, 1))[:, :, None]

    def at(sums, index):
        return np.take_along_axis(sums, index[:, :, None], axis=1)

    def counted(members):
        """Return of members (B, n, k): how many are there at each death, die in all, and their time."""
        up_to = np.pad(np.cumsum(members, axis=1, dtype=float), ((0, 0), (1, 0), (0, 0)))
        deaths = members * (died == 1)[:, :, None]
        there = up_to[:, -1:] - at(up_to, first)
        if gone.any():
            up_to = np.pad(np.cumsum(deaths, axis=1, dtype=float), ((0, 0), (1, 0), (0, 0)))
            there -= gone * (at(up_to, after) - at(up_to, first))
        there *= real[:, :, None]
        return np.swapaxes(there, 1, 2), deaths.sum(axis=1), (members * time[:, :, None]).sum(axis=1)

    parts = []
    for arm in (treated == 0, treated == 1):
        above, everybody = counted(over & arm[:, :, None]), counted(arm[:, :, None])
        parts.append(([all_ - part for all_, part in zip(everybody, above, strict=True)], above))
    (control_low, control_high), (treated_low, treated_high) = parts
    return [
        np.stack(cells) for cells in zip(control_low, treated_low, control_high, treated_high, strict=True)
    ]


def _interaction_p_of_cells(there, deaths, exposure) -> np.ndarray:
    """Fit the log hazards of three cells against the first by Newton's method, and test their interaction."""
    log_hazard = np.log(deaths / np.maximum(exposure, 1e-9))
    log_hazard = log_hazard[1:] - log_hazard[0]
    contrast = np.array([-1.0, -1.0, 1.0])
    for _ in range(MOST_STEPS):
        weights = there[1:] * np.exp(log_hazard)[..., None]
        total = there[0] + weights.sum(axis=0)
        share = weights / np.where(total > 0, total, 1.0)
        information = np.empty((share.shape[1], 3, 3))
        for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)):
            information[:, i, j] = information[:, j, i] = -np.einsum("md,md->m", share[i], share[j])
        expected = share.sum(axis=2)
        information[:, range(3), range(3)] += expected.T
        with np.errstate(all="ignore"):
            covariance = _inverse_of_three(information)
            step = np.einsum("mij,jm->im", covariance, deaths[1:] - expected)
        log_hazard += np.clip(np.nan_to_num(step), -2, 2)
        if np.abs(np.nan_to_num(step)).max() < 1e-5:  # the next one would be its square
            break
    with np.errstate(all="ignore"):
        error = np.sqrt(np.einsum("i,mij,j->m", contrast, covariance, contrast))
        p = two_sided_p(contrast @ log_hazard / error)
    return np.where(np.abs(step).max(axis=0) < 1e-2, p, np.nan)


def _inverse_of_three(matrix) -> np.ndarray:
    """Invert many 3×3 matrices; a singular one gives no finite number."""
    rows = np.stack(
        [
            np.cross(matrix[:, 1], matrix[:, 2]),
            np.cross(matrix[:, 2], matrix[:, 0]),
            np.cross(matrix[:, 0], matrix[:, 1]),
        ],
        axis=2,
    )
    return rows / np.einsum("mi,mi->m", matrix[:, 0], rows[:, :, 0])[:, None, None]


def cuts_to_search(marker, n_cuts: int = CUTS_SEARCHED) -> np.ndarray:
    """Return evenly spaced quantiles of a biomarker, (…, n_cuts), that leave a tenth of the patients on either side."""
    shares = np.linspace(*SEARCHED_SHARE, n_cuts) if n_cuts > 1 else [0.5]
    return np.moveaxis(np.quantile(marker, shares, axis=-1, method="higher"), 0, -1)


@documented
def search_cutpoint(
    df: pd.DataFrame,
    biomarker: str,
    cuts=None,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    missing: str = "warn",
) -> pd.DataFrame:
    """Try many cuts of a biomarker and test at each whether the treatment effect differs between its two sides.

    This is what one should not do without saying so: the smallest of many p-values is no p-value. What the search finds
    where there is nothing, `search_simulated_trials` and `search_shuffled` tell.

    Parameters
    ----------
    |df|
    biomarker : str
        A numeric column, measured before treatment.
    |duration_col, event_col, treatment, covariates, missing|
    cuts : sequence of float, optional
        By default 33 quantiles, from the 10th to the 90th percentile.

    Returns
    -------
    DataFrame
        A row a cut: ``cut, n_low, n_high, deaths_low, deaths_high, hr_low, p_low, hr_high, p_high, p_interaction``
        (Wald); blank where a side has no estimate. ``attrs["best"]`` is the cut with the smallest ``p_interaction``.

    Raises
    ------
    TrialDataError
        As `fit_cox`.

    Examples
    --------
    >>> import alsteach as al
    >>> found = search_cutpoint(al.load_veteran(), "karno")
    >>> found.attrs["best"], round(float(found["p_interaction"].min()), 3)
    (40.0, 0.025)
    """
    trial = marker_trial(df, biomarker, duration_col, event_col, treatment, covariates, missing)
    return search_cuts(trial, None if cuts is None else _checked_cuts(cuts))


def search_cuts(trial: MarkerTrial, cuts=None) -> pd.DataFrame:
    """Do what `search_cutpoint` does, on arrays."""
    cuts = np.unique(cuts_to_search(trial.marker)) if cuts is None else cuts
    high = (trial.marker > cuts[:, None]).astype(float)
    everybody = (len(cuts), len(trial), trial.covariates.shape[1])
    time, died, treated = (np.broadcast_to(a, everybody[:2]) for a in (trial.time, trial.died, trial.treated))
    fits = interaction_fits(time, died, treated, high, np.broadcast_to(trial.covariates, everybody))
    p = interaction_p(fits)
    if np.isnan(p).all():
        raise TrialDataError(
            "No cut of this biomarker leaves deaths on both arms of both sides; there is nothing to search."
        )
    table = pd.DataFrame({"cut": cuts})
    sides = {"low": high == 0, "high": high == 1}
    for name, side in sides.items():
        table[f"n_{name}"], table[f"deaths_{name}"] = side.sum(axis=1), (side & (died == 1)).sum(axis=1)
    for name, side in sides.items():
        if trial.covariates.shape[1]:  # both effects are in the one model
            effects = slice(1, 2) if name == "low" else slice(0, 2)
            log_hr = fits.coef[:, effects].sum(axis=1)
            variance = fits.covariance[:, effects, effects].sum(axis=(1, 2))
        else:
            alone = trial.fit_many(treated[:, :, None], include=side)
            log_hr, variance = alone.coef[:, 0], alone.se[:, 0] ** 2
        effect = effect_table(log_hr, np.sqrt(variance), None)
        table[f"hr_{name}"], table[f"p_{name}"] = effect["hr"], effect["p"]
    table["p_interaction"] = p
    table.attrs["best"] = float(cuts[np.nanargmin(p)])
    return table


@dataclass(frozen=True)
class MarkerTrial:
    """A trial as arrays: time, death, treatment, biomarker, and the covariates' columns (n, p)."""

    time: np.ndarray
    died: np.ndarray
    treated: np.ndarray
    marker: np.ndarray
    covariates: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def fit(self, *columns, include=None) -> ManyFits:
        """Fit one Cox model of the given columns and the covariates."""
        x = np.column_stack([*columns, self.covariates])
        return self.fit_many(x[None], None if include is None else include[None])

    @cached_property
    def slope_test(self) -> list[float]:
        """Does the treatment effect change along the biomarker? It has nothing to do with any cut."""
        marker = _standardised(self.marker)
        if not marker:
            return [0, *[np.nan] * 4]
        with_product = self.fit(self.treated * marker[0], self.treated, *marker)
        without = self.fit(self.treated, *marker)
        ratio = 2 * (with_product.log_likelihood[0] - without.log_likelihood[0])
        return chi_square_row(1, wald(with_product, slice(1)), ratio)

    @cached_property
    def overall(self) -> tuple[float, float]:
        """Log hazard ratio of treatment in all patients, and its standard error."""
        adjusts = self.covariates.shape[1] > 0
        fit = self.fit(self.treated, *(_standardised(self.marker) if adjusts else []))
        return fit.coef[0, 0], fit.se[0, 0]

    def fit_many(self, x, include=None) -> ManyFits:
        """Fit a model for each row of ``x`` (B, n, p) to these patients."""
        shape = (len(x), len(self))
        return fit_cox_many(
            np.broadcast_to(self.time, shape), np.broadcast_to(self.died, shape), x, include=include
        )


def marker_trial(
    df,
    biomarker,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=(),
    missing="warn",
) -> MarkerTrial:
    """Check a trial table and return it as arrays.

    Raises
    ------
    TrialDataError
        As `fit_cox`.
    """
    if isinstance(covariates, str):
        raise TrialDataError(f"covariates must be a list: write covariates=[{covariates!r}].")
    columns = [duration_col, event_col, treatment, biomarker, *covariates]
    checks.check_columns(df, columns)
    if cox.is_category(df[biomarker]):
        raise TrialDataError(f"Column {biomarker!r} holds words; a cut needs a numeric biomarker.")
    checks.durations(df, duration_col), checks.events(df, event_col), checks.treatment(df, treatment)
    df, _ = checks.keep_complete(df, columns, missing)
    others = [c for c in dict.fromkeys(covariates) if c != biomarker]
    x = [values for c in others for _, values in cox.columns_of(df, c)]
    trial = MarkerTrial(
        checks.durations(df, duration_col),
        checks.events(df, event_col),
        checks.treatment(df, treatment),
        checks.numeric(df, biomarker),
        np.column_stack(x) if x else np.empty((len(df), 0)),
    )
    if trial.died.sum() == 0:
        raise TrialDataError(
            f"Nobody died according to {event_col!r}; without an event there is no hazard ratio."
        )
    return trial


def _standardised(marker) -> list[np.ndarray]:
    spread = marker.std()
    return [(marker - marker.mean()) / spread] if spread > 0 else []


def chi_square_row(df, wald, likelihood_ratio) -> list[float]:
    """Return a row of an interaction table: both statistics and their p on ``df`` degrees of freedom."""
    from scipy.special import gammaincc

    p = [gammaincc(df / 2, max(x, 0) / 2) if np.isfinite(x) else np.nan for x in (wald, likelihood_ratio)]
    return [df, wald, p[0], likelihood_ratio, p[1]]


def wald(fit: ManyFits, terms: slice) -> float:
    """Return Wald's statistic of some terms of one fitted model; NaN without an estimate."""
    if not fit.converged[0]:
        return np.nan
    coef = fit.coef[0, terms]
    return float(coef @ np.linalg.solve(fit.covariance[0, terms, terms], coef))
