"""Cox proportional hazards models: one trial with words around it, or a thousand trials as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import NormalDist

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from . import engine

Z95 = NormalDist().inv_cdf(0.975)
NOTHING_NEW = 1e-8  # the share of its variance at which a column says nothing that others do not
EFFECT_COLUMNS = pd.Index(["log_hr", "se", "hr", "ci_low", "ci_high", "p"])


def two_sided_p(z):
    """Return the two-sided p-value of a standard normal statistic, of any shape."""
    z = np.abs(np.asarray(z, dtype=float)) / math.sqrt(2)
    return np.array([math.erfc(value) for value in z.ravel().tolist()]).reshape(z.shape)


def effect_table(log_hr, se, index) -> pd.DataFrame:
    """Return log hazard ratios as every table of the course shows them: with interval and p-value.

    Parameters
    ----------
    log_hr, se : array_like
        Log hazard ratios and their standard errors.
    index : Index or None
        What the rows are.

    Returns
    -------
    DataFrame
        Columns ``log_hr, se, hr, ci_low, ci_high, p`` (Wald, 95 %).

    Examples
    --------
    >>> effect_table([0.0], [0.5], ["no effect"]).round(3)
               log_hr   se   hr  ci_low  ci_high    p
    no effect     0.0  0.5  1.0   0.375    2.664  1.0
    """
    log_hr, se = np.asarray(log_hr, dtype=float), np.asarray(se, dtype=float)
    with np.errstate(over="ignore"):
        ratios = np.exp([log_hr, log_hr - Z95 * se, log_hr + Z95 * se])
    values = np.column_stack([log_hr, se, *ratios, two_sided_p(log_hr / se)])
    return pd.DataFrame(values, index, EFFECT_COLUMNS.copy())


@dataclass(frozen=True, repr=False)
class CoxFit:
    """A fitted Cox model; `fit_cox` makes it.

    Attributes
    ----------
    table : DataFrame
        Index ``term``; columns ``log_hr, se, hr, ci_low, ci_high, p`` (Wald, 95 %).
    covariance : DataFrame
        Of the log hazard ratios, term by term.
    n, events, n_dropped : int
        Patients and deaths analysed; patients left out because of a blank value.
    log_likelihood, log_likelihood_null : float
        Log partial likelihood at the estimates, and with every hazard ratio at 1.
    score_statistic : float
        The score test of all terms together (with one term and no ties: the log-rank statistic).
    arrays : tuple
        What was analysed, in the order of the table that was given: the matrix of the terms, durations, events.
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    n: int
    events: int
    n_dropped: int
    log_likelihood: float
    treatment: str | None
    interaction: str | None
    reference: float
    ties: str
    analysed: pd.DataFrame = field(compare=False)
    arrays: tuple = field(compare=False)

    def __repr__(self) -> str:
        return (
            f"CoxFit: {self.n} patients, {self.events} deaths, {len(self.table)} terms\n{self.table.round(4)}"
        )

    @cached_property
    def _at_one(self) -> tuple[float, float]:
        """Log partial likelihood and score statistic with every hazard ratio at 1."""
        x, durations, events = self.arrays
        risk = engine.RiskSets.from_times(durations[None], events[None], ties=self.ties)
        ordered = (x - x.mean(axis=0))[risk.order[0]].T[None]
        null, gradient, information = engine.evaluate(ordered, np.zeros((1, x.shape[1])), risk)
        return float(null[0]), float(gradient[0] @ np.linalg.solve(information[0], gradient[0]))

    @property
    def log_likelihood_null(self) -> float:
        return self._at_one[0]

    @property
    def score_statistic(self) -> float:
        return self._at_one[1]

    @property
    def tests(self) -> pd.DataFrame:
        """Likelihood-ratio, Wald and score test of all terms together: ``statistic, df, p``."""
        from scipy.special import gammaincc

        log_hr = self.table["log_hr"].to_numpy()
        wald = float(log_hr @ np.linalg.solve(self.covariance.to_numpy(), log_hr))
        ratio = 2 * (self.log_likelihood - self.log_likelihood_null)
        statistic = np.array([ratio, wald, self.score_statistic])
        df = len(log_hr)
        return pd.DataFrame(
            {"statistic": statistic, "df": df, "p": gammaincc(df / 2, statistic / 2)},
            index=pd.Index(["likelihood_ratio", "wald", "score"], name="test"),
        )

    def at(self, values) -> pd.DataFrame:
        """Return the treatment effect for patients with these values of the biomarker.

        The model is not fitted anew: the effect at x is the treatment coefficient plus (x − reference) times the
        interaction's, and its standard error follows from the covariance of the two.

        Parameters
        ----------
        values : float or sequence of float
            Biomarker values, in the units of the interaction column.

        Returns
        -------
        DataFrame
            Columns ``value, hr, ci_low, ci_high, p``, a row a value.

        Raises
        ------
        TrialDataError
            If the model has no treatment-by-biomarker interaction.

        Examples
        --------
        >>> import alsteach as al
        >>> fit = al.fit_cox(al.load_veteran(), treatment="treated", covariates=["age_years"], interaction="karno")
        >>> fit.at([0, 60]).round(2)
           value    hr  ci_low  ci_high     p
        0    0.0  2.99    0.91     9.84  0.07
        1   60.0  1.16    0.81     1.68  0.42
        """
        if self.interaction is None:
            raise TrialDataError(
                "This model has one treatment effect for everyone; fit it with interaction='<biomarker column>' to "
                "read the effect at a biomarker value."
            )
        values = np.atleast_1d(np.asarray(values, dtype=float))
        pair = [self.treatment, f"{self.treatment}:{self.interaction}"]
        weights = np.column_stack([np.ones_like(values), values - self.reference])
        log_hr = weights @ self.table.loc[pair, "log_hr"].to_numpy()
        variance = np.einsum("ij,jk,ik->i", weights, self.covariance.loc[pair, pair].to_numpy(), weights)
        table = effect_table(log_hr, np.sqrt(variance), None)[["hr", "ci_low", "ci_high", "p"]]
        table.insert(0, "value", values)
        return table

    def read_at(self, reference: float) -> CoxFit:
        """Return the same model with its treatment coefficient read at another biomarker value.

        Nothing is fitted anew and the likelihood stays as it is: only the treatment's row, and its covariances, change.

        Raises
        ------
        TrialDataError
            If the model has no treatment-by-biomarker interaction.
        """
        if self.interaction is None:
            raise TrialDataError(
                "This model has no interaction, so its treatment effect has no reference to move."
            )
        position = self.table.index.get_loc
        shift = np.eye(len(self.table))
        shift[position(self.treatment), position(f"{self.treatment}:{self.interaction}")] = (
            reference - self.reference
        )
        covariance = shift @ self.covariance.to_numpy() @ shift.T
        x, durations, events = self.arrays
        x = x.copy()
        x[:, -1] -= x[:, 0] * (reference - self.reference)
        index = self.table.index
        return replace(
            self,
            table=effect_table(shift @ self.table["log_hr"].to_numpy(), np.sqrt(np.diag(covariance)), index),
            covariance=pd.DataFrame(covariance, index=index, columns=index),
            reference=float(reference),
            arrays=(x, durations, events),
        )

    def dfbeta(self) -> pd.DataFrame:
        """Return how far each log hazard ratio would move, to first order, if one patient were left out.

        Returns
        -------
        DataFrame
            Index of the analysed patients' rows, a column a term; estimate with minus estimate without the patient.

        Notes
        -----
        The score residual times the covariance, as R's ``residuals(fit, type="dfbeta")``.
        """
        x, durations, events = self.arrays
        risk = engine.RiskSets.from_times(durations[None], events[None], ties=self.ties)
        ordered = x[risk.order[0]].T[None]
        centre = ordered.mean(axis=2, keepdims=True)
        residual = engine.score_residuals(ordered - centre, self.table["log_hr"].to_numpy()[None], risk)[0].T
        out = np.empty_like(residual)
        out[risk.order[0]] = residual @ self.covariance.to_numpy()
        return pd.DataFrame(out, index=self.analysed.index, columns=self.table.index)


def _check_ties(ties: str) -> None:
    if ties not in ("efron", "breslow"):
        raise TrialDataError(
            f"ties={ties!r} is not known; use ties='efron' (the better one) or ties='breslow'."
        )


@documented
def fit_cox(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str | None = "treated",
    covariates=(),
    interaction: str | None = None,
    reference: float = 0.0,
    ties: str = "efron",
    missing: str = "warn",
) -> CoxFit:
    """Fit a Cox model to one trial: how much the hazard of death differs between the arms.

    Parameters
    ----------
    |df, duration_col, event_col, treatment|
        None for a cohort without a treatment.
    |covariates, interaction, reference, ties, missing|

    Returns
    -------
    CoxFit
        With ``table``, ``covariance``, ``n``, ``events``, ``n_dropped``, ``log_likelihood`` and, for a model with an
        interaction, ``at(values)``.

    Raises
    ------
    TrialDataError
        One sentence on what is wrong and what to do: a wrong code, a constant or collinear column, nobody died, one
        arm only, a hazard ratio that runs to infinity.

    References
    ----------
    Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220. Efron B. J Am Stat Assoc
    1977;72:557-565. Checked against ``coxph`` of R's survival package.

    Examples
    --------
    >>> import alsteach as al
    >>> fit = al.fit_cox(al.load_veteran(), covariates=["karno", "age_years"])
    >>> fit.table.loc["treated", ["hr", "ci_low", "ci_high", "p"]].astype(float).round(2).to_dict()
    {'hr': 1.21, 'ci_low': 0.84, 'ci_high': 1.74, 'p': 0.31}
    """
    _check_ties(ties)
    if isinstance(covariates, str):
        raise TrialDataError(f"covariates must be a list: write covariates=[{covariates!r}].")
    covariates = list(covariates)
    named = [c for c in (duration_col, event_col, treatment) if c is not None]
    for column in covariates + ([interaction] if interaction is not None else []):
        if column in named:
            raise TrialDataError(
                f"Column {column!r} is already the time, the event or the treatment; name it once."
            )
    if interaction is not None and treatment is None:
        raise TrialDataError("An interaction needs a treatment: it is the treatment's effect that varies.")
    if treatment is None and not covariates:
        raise TrialDataError("There is nothing to estimate: name a treatment or at least one covariate.")
    columns = named + covariates + ([interaction] if interaction is not None else [])
    checks.check_columns(df, columns)
    durations, events = checks.durations(df, duration_col), checks.events(df, event_col)
    if treatment is not None:
        checks.treatment(df, treatment)
    if interaction is not None and is_category(df[interaction]):
        raise TrialDataError(
            f"Column {interaction!r} holds words; the interaction needs a numeric biomarker."
        )
    kept, n_dropped = checks.keep_complete(df, columns, missing)
    if n_dropped:
        durations, events = checks.durations(kept, duration_col), checks.events(kept, event_col)
    terms, x = design(kept, treatment, covariates, interaction)

    risk = engine.RiskSets.from_times(durations[None], events[None], ties=ties)
    coef, covariance, log_likelihood, converged = engine.fit_chunk(x[None], risk)
    if not converged[0]:
        check_design(terms, x, events, treatment)
        raise explain_no_maximum(terms, x, events, treatment)
    coef, covariance = coef[0], covariance[0]
    index = pd.Index(terms, name="term")
    centre = 0.0 if interaction is None else float(checks.numeric(kept, interaction).mean())
    fit = CoxFit(
        table=effect_table(coef, np.sqrt(np.diag(covariance)), index),
        covariance=pd.DataFrame(covariance, index=index, columns=index),
        n=len(kept),
        events=int(events.sum()),
        n_dropped=n_dropped,
        log_likelihood=float(log_likelihood[0]),
        treatment=treatment,
        interaction=interaction,
        reference=centre,
        ties=ties,
        analysed=kept,
        arrays=(x, durations, events),
    )
    # Fitted with the biomarker centred, then read at the reference: the same model, and exact for any reference.
    return fit if interaction is None else fit.read_at(reference)


@dataclass(frozen=True)
class ManyFits:
    """Cox models of B trials; `fit_cox_many` makes it. NaN wherever ``converged`` is False.

    Attributes
    ----------
    coef, se : (B, p) arrays
        Log hazard ratios and their standard errors.
    covariance : (B, p, p) array
    log_likelihood : (B,) array
    converged : (B,) bool array
        False where there is no estimate: separation, a constant or collinear column, no event, or a blank value.
    """

    coef: np.ndarray
    se: np.ndarray
    covariance: np.ndarray
    log_likelihood: np.ndarray
    converged: np.ndarray


def fit_cox_many(durations, events, X, ties: str = "efron", include=None) -> ManyFits:
    """Fit the same Cox model to many trials at once, hundreds of times faster than one by one.

    Parameters
    ----------
    durations, events : (B, n) arrays
        Follow-up times, and 1 = died or 0 = censored, a row a trial.
    X : (B, n, p) array
        Covariates.
    ties : {"efron", "breslow"}
    include : (B, n) bool array, optional
        Who is analysed; values elsewhere are ignored and may be NaN.

    Returns
    -------
    ManyFits
        ``coef, se, covariance, log_likelihood, converged``. A trial that has no estimate is marked in ``converged`` and
        leaves the others untouched.

    Raises
    ------
    TrialDataError
        If the shapes do not fit together.

    Examples
    --------
    >>> import numpy as np, alsteach as al
    >>> rng = np.random.default_rng(1)
    >>> treated = np.tile([0.0, 1.0], (3, 50))[:, :, None]
    >>> time = rng.exponential(np.exp(0.5 * treated[:, :, 0]))
    >>> fits = al.fit_cox_many(time, np.ones((3, 100)), treated)
    >>> fits.coef.shape, bool(fits.converged.all())
    ((3, 1), True)
    """
    _check_ties(ties)
    durations, events, X = (np.asarray(a, dtype=float) for a in (durations, events, X))
    if (
        durations.ndim != 2
        or events.shape != durations.shape
        or X.ndim != 3
        or X.shape[:2] != durations.shape
    ):
        raise TrialDataError(
            f"durations and events must be (trials, patients) and X (trials, patients, covariates); got "
            f"{durations.shape}, {events.shape} and {X.shape}."
        )
    if include is not None:
        include = np.asarray(include, dtype=bool)
        if include.shape != durations.shape:
            raise TrialDataError(f"include must be {durations.shape} like durations; got {include.shape}.")
    b, n, p = X.shape
    if p == 0 or n == 0:
        raise TrialDataError(f"X must hold at least one patient and one covariate; got {X.shape}.")
    coef, se = np.full((b, p), np.nan), np.full((b, p), np.nan)
    covariance, log_likelihood = np.full((b, p, p), np.nan), np.full(b, np.nan)
    converged = np.zeros(b, dtype=bool)
    size, near = engine.chunk_size(n, p), None
    for start in range(0, b, size):
        rows = slice(start, start + size)
        chosen = None if include is None else include[rows]
        risk = engine.RiskSets.from_times(durations[rows], events[rows], chosen, ties)
        fitted = engine.fit_chunk(X[rows], risk, chosen, near)
        coef[rows], covariance[rows], log_likelihood[rows], converged[rows] = fitted
        near = near or engine.typical_fit(coef[rows], covariance[rows], converged[rows])
    se = np.sqrt(np.einsum("bjj->bj", covariance))
    return ManyFits(coef, se, covariance, log_likelihood, converged)


def is_category(values: pd.Series) -> bool:
    if checks.is_plain(values):
        return False
    if isinstance(values.dtype, pd.CategoricalDtype):
        return True
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    text = values.dropna().astype(str).str.strip().str.replace(",", ".", regex=False)
    looks_numeric = pd.to_numeric(text, errors="coerce").notna().mean() > 0.5
    return not looks_numeric


def columns_of(df: pd.DataFrame, covariate: str) -> list[tuple[str, np.ndarray]]:
    """Turn a covariate into (term, values): itself if numeric, one indicator a level after the first if not."""
    values = df[covariate]
    if checks.is_plain(values):
        return [(covariate, checks.numbers_in(values, covariate))]
    if pd.api.types.is_datetime64_any_dtype(values):
        raise TrialDataError(
            f"Column {covariate!r} holds dates; turn it into a number, such as an age or a delay."
        )
    if not is_category(values):
        return [(covariate, checks.numbers_in(values, covariate))]
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = [level for level in values.cat.categories if (values == level).any()]
    else:
        values = values.astype(str)
        levels = sorted(values.unique())
    if len(levels) > max(12, len(df) // 5):
        raise TrialDataError(
            f"Column {covariate!r} has {len(levels)} different words for {len(df)} patients; it looks like a name "
            "or an identifier. Leave it out, or group its values."
        )
    return [(f"{covariate}={level}", (values == level).to_numpy(dtype=float)) for level in levels[1:]] or [
        (covariate, np.zeros(len(df)))
    ]


def design(df, treatment, covariates, interaction) -> tuple[list[str], np.ndarray]:
    terms, columns = [], []
    if treatment is not None:
        terms.append(treatment)
        columns.append(checks.treatment(df, treatment))
    main = list(dict.fromkeys(covariates))
    if interaction is not None and interaction not in main:
        main.append(interaction)
    for covariate in main:
        for term, values in columns_of(df, covariate):
            terms.append(term)
            columns.append(values)
    if interaction is not None:
        marker = checks.numeric(df, interaction)
        terms.append(f"{treatment}:{interaction}")
        columns.append(columns[0] * (marker - marker.mean()))
    return terms, np.column_stack(columns) if columns else np.empty((len(df), 0))


def check_design(terms, x, events, treatment) -> None:
    """Refuse what has no estimate, and say which column is to blame."""
    if events.sum() == 0:
        raise TrialDataError(
            "Nobody died among the analysed patients; without an event there is no hazard ratio."
        )
    if treatment is not None and len(np.unique(x[:, 0])) == 1:
        arm = "active arm (1)" if x[0, 0] == 1 else "control arm (0)"
        raise TrialDataError(
            f"All analysed patients are in the {arm} according to {treatment!r}; a comparison needs both arms."
        )
    spread = x - x.mean(axis=0)
    constant = np.sqrt((spread**2).mean(axis=0)) <= 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)
    if constant.any():
        term = terms[int(constant.argmax())]
        raise TrialDataError(
            f"Column {term.split('=')[0]!r} is the same for every analysed patient, so its effect cannot be "
            "estimated; leave it out."
        )
    spread = spread / np.sqrt((spread**2).sum(axis=0))
    adds = engine.independent_columns((spread.T @ spread)[None], tolerance=NOTHING_NEW)[0]
    if not adds.all():
        j = int(np.flatnonzero(~adds)[0])
        others = np.linalg.lstsq(spread[:, :j], spread[:, j], rcond=None)[0]
        partners = [terms[k] for k in np.flatnonzero(np.abs(others) > 1e-6)]
        raise TrialDataError(
            f"Column {terms[j]!r} says nothing that {', '.join(map(repr, partners))} "
            f"{'does' if len(partners) == 1 else 'do'} not say already (they are collinear); leave one of them out."
        )


def explain_no_maximum(terms, x, events, treatment) -> TrialDataError:
    if treatment is not None and len({events[x[:, 0] == arm].sum() == 0 for arm in (0, 1)}) == 2:
        arm = "active" if events[x[:, 0] == 1].sum() == 0 else "control"
        return TrialDataError(
            f"Nobody died in the {arm} arm ({treatment!r}), so the hazard ratio runs to 0 or infinity; report the "
            "Kaplan-Meier curves instead."
        )
    for j, term in enumerate(terms):
        if set(np.unique(x[:, j])) <= {0.0, 1.0} and min(events[x[:, j] == v].sum() for v in (0, 1)) == 0:
            return TrialDataError(
                f"Nobody died in one group of {term!r}, so its hazard ratio runs to 0 or infinity; leave it out or "
                "merge the group with another."
            )
    which = (
        f"{terms[0]!r} orders" if len(terms) == 1 else f"The {len(terms)} terms ({', '.join(terms)}) order"
    )
    return TrialDataError(
        f"{which} the {int(events.sum())} deaths perfectly, so a hazard ratio runs to 0 or infinity; "
        "use fewer covariates or more deaths."
    )
