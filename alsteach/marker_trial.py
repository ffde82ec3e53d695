"""A trial with a biomarker as plain arrays, and the tests that do not depend on where the biomarker is cut."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import design_matrix, frames
from .cox import ManyFits, fit_cox_many
from .frames import TrialDataError


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
    frames.check_columns(df, columns)
    if design_matrix.is_category(df[biomarker]):
        raise TrialDataError(f"Column {biomarker!r} holds words; a cut needs a numeric biomarker.")
    frames.durations(df, duration_col), frames.events(df, event_col), frames.treatment(df, treatment)
    df, _ = frames.keep_complete(df, columns, missing)
    others = [c for c in dict.fromkeys(covariates) if c != biomarker]
    x = [values for c in others for _, values in design_matrix.columns_of(df, c)]
    trial = MarkerTrial(
        frames.durations(df, duration_col),
        frames.events(df, event_col),
        frames.treatment(df, treatment),
        frames.numeric(df, biomarker),
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
