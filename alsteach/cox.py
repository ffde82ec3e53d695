"""Cox proportional hazards models: one trial with words around it, or a thousand trials as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np
import pandas as pd

from . import _engine, design_matrix, frames
from .frames import TrialDataError

Z95 = NormalDist().inv_cdf(0.975)


def two_sided_p(z):
    """Return the two-sided p-value of a standard normal statistic, of any shape."""
    z = np.abs(np.asarray(z, dtype=float)) / math.sqrt(2)
    return np.vectorize(math.erfc, otypes=[float])(z) if z.size else z


def _effect_table(log_hr, se, index) -> pd.DataFrame:
    log_hr, se = np.asarray(log_hr, dtype=float), np.asarray(se, dtype=float)
    with np.errstate(over="ignore"):
        return pd.DataFrame(
            {
                "log_hr": log_hr,
                "se": se,
                "hr": np.exp(log_hr),
                "ci_low": np.exp(log_hr - Z95 * se),
                "ci_high": np.exp(log_hr + Z95 * se),
                "p": two_sided_p(log_hr / se),
            },
            index=index,
        )


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
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    n: int
    events: int
    n_dropped: int
    log_likelihood: float
    log_likelihood_null: float
    score_statistic: float
    treatment: str | None
    interaction: str | None
    reference: float
    ties: str
    analysed: pd.DataFrame = field(compare=False)
    _arrays: tuple = field(compare=False)

    def __repr__(self) -> str:
        return (
            f"CoxFit: {self.n} patients, {self.events} deaths, {len(self.table)} terms\n{self.table.round(4)}"
        )

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
        table = _effect_table(log_hr, np.sqrt(variance), None)[["hr", "ci_low", "ci_high", "p"]]
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
        x, durations, events = self._arrays
        x = x.copy()
        x[:, -1] -= x[:, 0] * (reference - self.reference)
        index = self.table.index
        return replace(
            self,
            table=_effect_table(shift @ self.table["log_hr"].to_numpy(), np.sqrt(np.diag(covariance)), index),
            covariance=pd.DataFrame(covariance, index=index, columns=index),
            reference=float(reference),
            _arrays=(x, durations, events),
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
        x, durations, events = self._arrays
        risk = _engine.RiskSets.from_times(durations[None], events[None], ties=self.ties)
        ordered = x[risk.order[0]].T[None]
        centre = ordered.mean(axis=2, keepdims=True)
        residual = _engine.score_residuals(ordered - centre, self.table["log_hr"].to_numpy()[None], risk)[0].T
        out = np.empty_like(residual)
        out[risk.order[0]] = residual @ self.covariance.to_numpy()
        return pd.DataFrame(out, index=self.analysed.index, columns=self.table.index)


def _check_ties(ties: str) -> None:
    if ties not in ("efron", "breslow"):
        raise TrialDataError(
            f"ties={ties!r} is not known; use ties='efron' (the better one) or ties='breslow'."
        )


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
    df : DataFrame
        One row a patient.
    duration_col, event_col : str
        Follow-up time (any unit) and event (1 = died, 0 = still alive when last seen).
    treatment : str or None
        Treatment, 1 = active arm, 0 = control; None for a cohort without one.
    covariates : sequence of str
        Numeric columns, and categorical ones: the first category is the reference level (plain words: the first in the
        alphabet), every other level gets a term ``column=level``.
    interaction : str, optional
        A numeric biomarker that may change the treatment effect; its main effect is in the model once, listed or not.
    reference : float
        The biomarker value at which the treatment's coefficient is read. It moves that coefficient and nothing else.
    ties : {"efron", "breslow"}
        How deaths at the same time share their risk set.
    missing : {"warn", "raise"}
        Leave out patients with a blank value and warn, or refuse.

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
    frames.check_columns(df, columns)
    frames.durations(df, duration_col), frames.events(df, event_col)
    if treatment is not None:
        frames.treatment(df, treatment)
    if interaction is not None and design_matrix.is_category(df[interaction]):
        raise TrialDataError(
            f"Column {interaction!r} holds words; the interaction needs a numeric biomarker."
        )
    kept, n_dropped = frames.keep_complete(df, columns, missing)
    durations, events = frames.durations(kept, duration_col), frames.events(kept, event_col)
    terms, x = design_matrix.design(kept, treatment, covariates, interaction)
    design_matrix.check_design(terms, x, events, treatment)

    risk = _engine.RiskSets.from_times(durations[None], events[None], ties=ties)
    coef, covariance, log_likelihood, converged = _engine.fit_chunk(x[None], risk)
    if not converged[0]:
        raise design_matrix.explain_no_maximum(terms, x, events, treatment)
    coef, covariance = coef[0], covariance[0]
    spread = (x - x.mean(axis=0))[risk.order[0]].T[None]
    null, gradient, information = _engine.evaluate(spread, np.zeros((1, len(terms))), risk)
    score = float(gradient[0] @ np.linalg.solve(information[0], gradient[0]))
    index = pd.Index(terms, name="term")
    centre = 0.0 if interaction is None else float(frames.numeric(kept, interaction).mean())
    fit = CoxFit(
        table=_effect_table(coef, np.sqrt(np.diag(covariance)), index),
        covariance=pd.DataFrame(covariance, index=index, columns=index),
        n=len(kept),
        events=int(events.sum()),
        n_dropped=n_dropped,
        log_likelihood=float(log_likelihood[0]),
        log_likelihood_null=float(null[0]),
        score_statistic=score,
        treatment=treatment,
        interaction=interaction,
        reference=centre,
        ties=ties,
        analysed=kept,
        _arrays=(x, durations, events),
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
    size = _engine.chunk_size(n, p)
    for start in range(0, b, size):
        rows = slice(start, start + size)
        chosen = None if include is None else include[rows]
        risk = _engine.RiskSets.from_times(durations[rows], events[rows], chosen, ties)
        coef[rows], covariance[rows], log_likelihood[rows], converged[rows] = _engine.fit_chunk(
            X[rows], risk, chosen
        )
    se = np.sqrt(np.einsum("bjj->bj", covariance))
    return ManyFits(coef, se, covariance, log_likelihood, converged)
