"""What adjusting does: how unequal the arms are, how a covariate predicts death, how far it moves the hazard ratio."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from ..data.tables import load_mirocals_like
from .cox import Z95, CoxFit, effect_table, fit_cox, fit_cox_many, is_category
from .cox import design as model_columns

MOST_COVARIATES_TO_COMBINE = 8  # 256 models


def _check_arms(arm, treatment) -> None:
    found = np.unique(arm[~np.isnan(arm)])
    if len(found) < 2:
        name = "active arm (1)" if len(found) and found[0] == 1 else "control arm (0)"
        raise TrialDataError(
            f"All patients are in the {name} according to {treatment!r}; a comparison needs both arms."
        )


def _indicators(df, covariate) -> list[tuple[str, np.ndarray]]:
    """Turn a covariate into (term, values): itself if numeric, the second of two levels, every one of more levels."""
    values = df[covariate]
    if not is_category(values):
        return [(covariate, checks.numeric(df, covariate))]
    levels = (
        [level for level in values.cat.categories if (values == level).any()]
        if isinstance(values.dtype, pd.CategoricalDtype)
        else sorted(values.dropna().unique())
    )
    shown = levels[1:] if len(levels) == 2 else levels
    blank = values.isna().to_numpy()
    return [
        (f"{covariate}={level}", np.where(blank, np.nan, (values == level).to_numpy(dtype=float)))
        for level in shown
    ]


@documented
def standardised_differences(df: pd.DataFrame, covariates, treatment: str = "treated") -> pd.DataFrame:
    """Compare the two arms at the start, covariate by covariate, in standard deviations.

    Parameters
    ----------
    |df|
    covariates : sequence of str
        Numeric columns, and categorical ones: two levels give one row, more give a row each.
    |treatment|

    Returns
    -------
    DataFrame
        Index ``term``; columns ``covariate``; ``control`` and ``active`` (means, or shares between 0 and 1); ``sd``
        (the two arms' pooled); ``smd`` = (active − control) / sd; ``chance``: 95 of 100 randomisations of as many
        patients would give an smd between −chance and +chance; ``missing`` (blanks, left out of that row).

    Raises
    ------
    TrialDataError
        If a column is missing or wrongly coded, or if there is only one arm.

    References
    ----------
    Austin PC. Stat Med 2009;28:3083-3107. That randomisation leaves differences of this size, and that its analysis
    allows for them: Senn S. Stat Med 2013;32:1439-1450.

    Examples
    --------
    >>> import alsteach as al
    >>> table = standardised_differences(al.load_veteran(), ["karno", "prior"])
    >>> table[["control", "active", "smd", "chance"]].round(2)
           control  active   smd  chance
    term
    karno     59.2   57.93 -0.06    0.33
    prior      0.3    0.28 -0.05    0.33
    """
    covariates = list(dict.fromkeys(covariates))
    checks.check_columns(df, [treatment, *covariates])
    arm = checks.treatment(df, treatment)
    _check_arms(arm, treatment)
    rows = {}
    for covariate in covariates:
        for term, values in _indicators(df, covariate):
            known = ~np.isnan(values)
            groups = [values[known & (arm == a)] for a in (0, 1)]
            sizes = np.array([len(g) for g in groups])
            if sizes.min() == 0:
                raise TrialDataError(f"Column {covariate!r} is blank for a whole arm; leave it out.")
            means = np.array([g.mean() for g in groups])
            sd = (
                float(np.sqrt((means * (1 - means)).mean()))
                if is_category(df[covariate])
                else _pooled_sd(groups)
            )
            difference = means[1] - means[0]
            smd = difference / sd if sd > 0 else (0.0 if difference == 0 else np.nan)
            chance = Z95 * float(np.sqrt((1 / sizes).sum()))
            rows[term] = [covariate, *means, sd, smd, chance, int((~known & ~np.isnan(arm)).sum())]
    columns = ["covariate", "control", "active", "sd", "smd", "chance", "missing"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("term")
    return table.astype(dict.fromkeys(columns[1:-1], float))


def _pooled_sd(groups) -> float:
    return float(np.sqrt(np.mean([g.var(ddof=1) if len(g) > 1 else 0.0 for g in groups])))


class Adjustments:
    """All Cox models of one trial that differ only in the covariates they adjust for.

    The patients are the same in all of them: those without a blank in any covariate on offer.
    """

    def __init__(self, df, duration_col, event_col, treatment, covariates, missing="warn"):
        self.covariates = tuple(dict.fromkeys(covariates))
        self.outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
        columns = [*self.outcome.values(), *self.covariates]
        checks.check_columns(df, columns)
        checks.durations(df, duration_col), checks.events(df, event_col), checks.treatment(df, treatment)
        self.df, self.n_dropped = checks.keep_complete(df, columns, missing)
        self.durations = checks.durations(self.df, duration_col)
        self.events = checks.events(self.df, event_col)
        self.terms, self.x = model_columns(self.df, treatment, self.covariates, None)
        self.arm = self.x[:, 0]
        self._own = {
            c: [j for j, t in enumerate(self.terms) if j and (t == c or t.startswith(f"{c}="))]
            for c in self.covariates
        }
        self._fits = {}

    def _columns(self, chosen) -> list[int]:
        return [0, *(j for c in chosen for j in self._own[c])]

    def _in_order(self, chosen) -> tuple:
        return tuple(c for c in self.covariates if c in chosen)

    def fit_all(self, sets) -> None:
        """Fit these sets of covariates, those of one size at once."""
        wanted = {}
        for chosen in {self._in_order(s) for s in sets} - set(self._fits):
            wanted.setdefault(len(self._columns(chosen)), []).append(chosen)
        for group in wanted.values():
            x = np.stack([self.x[:, self._columns(chosen)] for chosen in group])
            shape = (len(group), len(self.arm))
            many = fit_cox_many(
                np.broadcast_to(self.durations, shape), np.broadcast_to(self.events, shape), x
            )
            for chosen, coef, se in zip(group, many.coef, many.se, strict=True):
                self._fits[chosen] = coef, se

    def fit(self, chosen):
        """Return the log hazard ratios and standard errors with these covariates, treatment first.

        Raises
        ------
        TrialDataError
            If there is no such model; the sentence is `fit_cox`'s.
        """
        chosen = self._in_order(chosen)
        self.fit_all([chosen])
        if np.isnan(self._fits[chosen][0]).any():
            fit_cox(self.df, covariates=list(chosen), missing="raise", **self.outcome)  # says what is wrong
            raise TrialDataError("This model cannot be fitted to so few patients; use fewer covariates.")
        return self._fits[chosen]

    def effects(self, sets) -> pd.DataFrame:
        """Return the treatment's row of each of these models: ``log_hr, se, hr, ci_low, ci_high, p``."""
        rows = [[values[0] for values in self.fit(chosen)] for chosen in sets]
        return effect_table(*np.array(rows).T, index=None)

    def every_set(self) -> list[tuple]:
        """Return every choice of covariates, or none if there are too many to try."""
        k = len(self.covariates)
        if k > MOST_COVARIATES_TO_COMBINE:
            return []
        return [chosen for size in range(k + 1) for chosen in combinations(self.covariates, size)]

    def every_log_hr(self) -> np.ndarray:
        """Return the treatment's log hazard ratio of every choice of covariates that has one."""
        sets = self.every_set()
        self.fit_all(sets)
        log_hr = np.array([self._fits[chosen][0][0] for chosen in sets])
        return log_hr[~np.isnan(log_hr)]

    def explain(self, chosen) -> pd.DataFrame:
        """Return what each tick moves, given the other ticks: see `explain_adjustment`."""
        chosen = self._in_order(chosen)
        without = {c: tuple(o for o in chosen if o != c) for c in self.covariates}
        self.fit_all([*without.values(), *(self._in_order([*rest, c]) for c, rest in without.items())])
        rows = {}
        for covariate, rest in without.items():
            both = self._in_order([*rest, covariate])
            before, after = self._fits[rest][0], self._fits[both][0]
            columns = self._columns(both)
            mine = [columns.index(j) for j in self._own[covariate]]
            score = self.x[:, self._own[covariate]] @ after[mine]
            others = np.column_stack([np.ones(len(self.arm)), self.x[:, self._columns(rest)]])
            missing = np.isnan(score).any()
            at_start = np.nan if missing else np.linalg.lstsq(others, score, rcond=None)[0][1]
            spread = _pooled_sd([score[self.arm == a] for a in (0, 1)])
            moved = after[0] - before[0]
            rows[covariate] = {
                "adjusted": covariate in chosen,
                "hr_without": np.exp(before[0]),
                "hr_with": np.exp(after[0]),
                "moved": moved,
                "from_imbalance": -at_start,
                "from_later": moved + at_start,
                "hr_per_sd": np.exp(spread),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("covariate")


@documented
def explain_adjustment(
    df: pd.DataFrame,
    covariates,
    adjusted_for=None,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    missing: str = "warn",
) -> pd.DataFrame:
    """Say how far each covariate moves the treatment's hazard ratio when it joins the others, and why.

    Parameters
    ----------
    |df, duration_col, event_col, treatment, missing|
    covariates : sequence of str
        The covariates on offer.
    adjusted_for : sequence of str, optional
        Those in the model (default: all). The others are tried as one more.

    Returns
    -------
    DataFrame
        A row a covariate: ``adjusted``; ``hr_without`` and ``hr_with`` it, the others in the model as they are;
        ``moved``, the change of the log hazard ratio, and its two parts: ``from_imbalance``, what the arms' difference
        at the start times the covariate's effect on death would give, and ``from_later``, the rest; ``hr_per_sd``, how
        strongly it predicts death.

    Raises
    ------
    TrialDataError
        As `fit_cox`.

    Notes
    -----
    A covariate moves the hazard ratio by minus its effect on death times the difference between the arms among those
    still at risk when the deaths happen. At first that is the imbalance of the randomised arms. Later it changes as
    patients die, by selection (which makes a hazard ratio move even if the arms were equal at the start:
    non-collapsibility) and by chance. In a linear model the second part would be 0.

    References
    ----------
    Daniel R, Zhang J, Farewell D. Biom J 2021;63:528-557. Hauck WW, et al. Control Clin Trials 1998;19:249-256.

    Examples
    --------
    >>> import alsteach as al
    >>> table = explain_adjustment(al.load_veteran(), ["karno", "age_years"])
    >>> table[["hr_without", "hr_with", "from_imbalance", "from_later", "hr_per_sd"]].round(2)
               hr_without  hr_with  from_imbalance  from_later  hr_per_sd
    covariate
    karno            1.00     1.21           -0.03        0.23       2.00
    age_years        1.19     1.21            0.01        0.01       1.04
    """
    trial = Adjustments(df, duration_col, event_col, treatment, covariates, missing)
    chosen = trial.covariates if adjusted_for is None else tuple(adjusted_for)
    unknown = [c for c in chosen if c not in trial.covariates]
    if unknown:
        raise TrialDataError(
            f"{unknown[0]!r} is in adjusted_for but not among the covariates; name it in both."
        )
    trial.fit(chosen)
    return trial.explain(chosen)


STEPS = ("unadjusted", "adjusted", "adjusted_interaction", "adjusted_interaction_mean")


def fit_steps(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    interaction: str | None = None,
    reference: float = 0.0,
    ties: str = "efron",
    missing: str = "warn",
) -> dict[str, CoxFit]:
    """Fit the models of `compare_models` and return them by the names in ``STEPS``.

    The biomarker's main effect belongs to every adjusted model, so that the interaction's step adds the interaction
    alone.
    """
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    outcome |= {"ties": ties, "missing": missing}
    covariates = list(dict.fromkeys([*covariates, *([interaction] if interaction is not None else [])]))
    fits = {"unadjusted": fit_cox(df, **outcome)}
    if not covariates:
        return fits | {"adjusted": fits["unadjusted"]}
    fits["adjusted"] = fit_cox(df, covariates=covariates, **outcome)
    if interaction is None:
        return fits
    varying = fit_cox(df, covariates=covariates, interaction=interaction, reference=reference, **outcome)
    mean = float(checks.numeric(varying.analysed, interaction).mean())
    fits["adjusted_interaction"] = varying
    fits["adjusted_interaction_mean"] = varying.read_at(mean)
    return fits


@documented
def compare_models(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    interaction: str | None = None,
    reference: float = 0.0,
    ties: str = "efron",
    missing: str = "warn",
) -> pd.DataFrame:
    """Put the treatment's hazard ratio from each analysis of one trial side by side.

    Parameters
    ----------
    |df, duration_col, event_col, treatment, covariates, interaction|
        Like the covariates it belongs to all adjusted models.
    |reference, ties, missing|

    Returns
    -------
    DataFrame
        The treatment's row of each model: index ``unadjusted``, ``adjusted``, ``adjusted_interaction`` (the biomarker
        at ``reference``) and ``adjusted_interaction_mean`` (at the mean of the analysed patients); columns ``log_hr,
        se, hr, ci_low, ci_high, p``. Without ``interaction``, the first two.

    Raises
    ------
    TrialDataError
        As `fit_cox`.

    Notes
    -----
    The last two rows are one model with one likelihood, read at two places.

    Examples
    --------
    >>> import alsteach as al
    >>> others = ["celltype", "age_years", "prior", "diagtime_months"]
    >>> al.compare_models(al.load_veteran(), covariates=others, interaction="karno").hr.round(2).to_dict()
    {'unadjusted': 1.02, 'adjusted': 1.34, 'adjusted_interaction': 2.69, 'adjusted_interaction_mean': 1.35}
    """
    fits = fit_steps(
        df, duration_col, event_col, treatment, covariates, interaction, reference, ties, missing
    )
    rows = {step: fit.table.loc[treatment] for step, fit in fits.items()}
    return pd.DataFrame(rows).T.rename_axis("model").astype(float)


MIROCALS_LIKE_MODEL = {
    "covariates": ["age_years", "onset_site", "log_alsfrs_r_slope", "svc_percent", "symptom_duration_months"],
    "interaction": "csf_pnfh_pg_ml",
}


def mirocals_like_for_analysis() -> pd.DataFrame:
    """Load the synthetic cohort with the one derived covariate of its adjusted model, the log of the ALSFRS-R slope."""
    cohort = load_mirocals_like()
    return cohort.assign(log_alsfrs_r_slope=np.log(cohort["alsfrs_r_slope_per_month"]))
