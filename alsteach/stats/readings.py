"""One model whose treatment effect changes with a biomarker, and all the places where it can be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.tables import load_veteran
from ..data.trial import Trial
from .adjusting import MIROCALS_LIKE_MODEL, fit_steps, mirocals_like_for_analysis
from .cox import Z95, CoxFit, two_sided_p


def mirocals_like_trial() -> Trial:
    """Return the synthetic cohort with the model it was built for."""
    return Trial(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL, badge="synthetic")


def veteran_trial() -> Trial:
    """Return the veterans' lung cancer trial, the Karnofsky score in the biomarker's place."""
    covariates = ("celltype", "age_years", "prior", "diagtime_months")
    return Trial(load_veteran(), covariates=covariates, interaction="karno")


class Row(NamedTuple):
    """The treatment's row as a program prints it."""

    hr: float
    ci_low: float
    ci_high: float
    p: float


@dataclass(frozen=True, eq=False)
class Readings:
    """A fitted interaction model and the same trial's models without interaction.

    Attributes
    ----------
    trial : Trial
    fit : CoxFit
        Log hazard ratio = treatment + interaction × biomarker, read at 0.
    unadjusted, adjusted : Series
        The treatment's row without covariates, and with all but the interaction.
    marker : array
        The analysed patients' biomarker.
    """

    trial: Trial
    fit: CoxFit
    unadjusted: pd.Series
    adjusted: pd.Series
    marker: np.ndarray

    def at(self, values) -> pd.DataFrame:
        """Return the treatment's rows read at biomarker values."""
        return self.fit.at(np.atleast_1d(np.asarray(values, dtype=float)))

    def row_at(self, value: float) -> Row:
        """Return the treatment's row read at one value: the first row of ``at``, a hundred times as fast."""
        log_hr, se = float(self.coefficients[0] @ (1.0, value)), self.standard_error(value)
        ratios = np.exp([log_hr, log_hr - Z95 * se, log_hr + Z95 * se])
        return Row(*(float(ratio) for ratio in ratios), float(two_sided_p(log_hr / se)))

    @cached_property
    def coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        """The treatment's and the interaction's log hazard ratio, and their covariance."""
        pair = [self.trial.treatment, f"{self.trial.treatment}:{self.trial.interaction}"]
        return self.fit.table.loc[pair, "log_hr"].to_numpy(), self.fit.covariance.loc[pair, pair].to_numpy()

    def standard_error(self, value: float) -> float:
        """Return the standard error of the log hazard ratio read at a biomarker value."""
        weights = np.array([1.0, value])
        return float(np.sqrt(weights @ self.coefficients[1] @ weights))

    @property
    def mean(self) -> float:
        """The patients' mean biomarker."""
        return float(self.marker.mean())

    @property
    def lowest(self) -> float:
        """The lowest biomarker of a patient."""
        return float(self.marker.min())

    def below(self, value: float) -> int:
        """Return how many patients lie below a value."""
        return int((self.marker < value).sum())

    @cached_property
    def slope_p(self) -> float:
        """The interaction's p-value."""
        return float(self.fit.table["p"].iloc[-1])

    def where(self, hazard_ratio: float) -> float:
        """Return the biomarker value at which the line reaches a hazard ratio."""
        intercept, slope = self.coefficients[0]
        return float((np.log(hazard_ratio) - intercept) / slope)

    @property
    def crossing(self) -> float:
        """Where the line crosses a hazard ratio of 1."""
        return self.where(1)

    @property
    def waist(self) -> float:
        """Where the line is known best."""
        covariance = self.coefficients[1]
        return float(-covariance[0, 1] / covariance[1, 1])

    def lines(self, number: int, seed: int = 0) -> np.ndarray:
        """Return (treatment, interaction) of lines drawn from the uncertainty of the estimate, a row a line."""
        return np.random.default_rng(seed).multivariate_normal(*self.coefficients, size=number)


def read_in_logs(trial: Trial, one: float = 1000.0) -> Readings:
    """Return the same models with the biomarker's logarithm in its place, which is zero where the biomarker is ``one``.

    Examples
    --------
    >>> cohort = mirocals_like_trial()
    >>> ng_per_ml = read_in_logs(cohort)  # CSF-pNFH in ng/mL: its logarithm is zero at 1000 pg/mL
    >>> worse = read_everywhere(cohort).fit.log_likelihood - ng_per_ml.fit.log_likelihood
    >>> round(ng_per_ml.row_at(0).hr, 2), round(worse, 1)
    (0.43, 4.1)
    """
    log = np.log(trial.frame[trial.interaction] / one)
    return read_everywhere(replace(trial, frame=trial.frame.assign(**{trial.interaction: log})))


def read_everywhere(trial: Trial) -> Readings:
    """Fit a trial's models.

    Parameters
    ----------
    trial : Trial
        With an ``interaction``.

    Returns
    -------
    Readings

    Raises
    ------
    TrialDataError
        If it names no biomarker, or cannot be analysed as asked.

    Examples
    --------
    >>> readings = read_everywhere(veteran_trial())
    >>> readings.at([0, readings.mean])["hr"].round(2).tolist(), round(readings.row_at(0).hr, 2)
    ([2.69, 1.35], 2.69)
    """
    if trial.interaction is None:
        raise TrialDataError(
            "Name the biomarker with which the treatment's effect may change: interaction='karno'."
        )
    wanted = [*trial.outcome.values(), *trial.covariates, trial.interaction]
    checks.check_columns(trial.frame, wanted)
    fits = fit_steps(
        trial.frame, covariates=list(trial.covariates), interaction=trial.interaction, **trial.outcome
    )
    fit = fits["adjusted_interaction"]
    return Readings(
        trial,
        fit,
        fits["unadjusted"].table.loc[trial.treatment],
        fits["adjusted"].table.loc[trial.treatment],
        checks.numeric(fit.analysed, trial.interaction),
    )
