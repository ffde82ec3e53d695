"""The partial likelihood of a small trial, as one draw at each death."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .cox import Z95, fit_cox
from .hazards import chances_at_deaths


@dataclass(frozen=True, eq=False)
class Draws:
    """At each death one of those at risk is drawn; a treated patient holds as many tickets as the hazard ratio says.

    Attributes
    ----------
    patients : DataFrame
        ``time_days, died, treated``, a row a patient.
    dying : (D,) int array
        Who died, as rows of ``patients``, in order of time.
    control, treated : (D,) int arrays
        How many of either arm were at risk.
    best : float
        The hazard ratio that a Cox model reports: no other makes these deaths more likely.
    se : float
        Standard error of its logarithm.
    """

    patients: pd.DataFrame
    dying: np.ndarray
    control: np.ndarray
    treated: np.ndarray
    best: float
    se: float

    def __len__(self) -> int:
        return len(self.dying)

    def day(self, death: int) -> int:
        return int(self.patients["time_days"].iloc[self.dying[death]])

    def at_risk(self, death: int) -> np.ndarray:
        """Return who was still there at a death, the one who died included."""
        return (self.patients["time_days"] >= self.day(death)).to_numpy()

    def tickets(self, hazard_ratio: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the tickets of those who died, and all the tickets, at each death."""
        own = np.where(self.patients["treated"].iloc[self.dying] == 1, hazard_ratio, 1.0)
        return own, self.control + self.treated * hazard_ratio

    def likelihood(self, hazard_ratio: float) -> float:
        """Return the chance of all that happened: the product over the deaths."""
        own, total = self.tickets(hazard_ratio)
        return float((own / total).prod())

    def interval(self, such_trials: int = 1) -> tuple[float, float]:
        """Return the 95 % interval of the best hazard ratio, from so many such trials, each with its own draws."""
        reach = math.exp(Z95 * self.se / math.sqrt(such_trials))
        return self.best / reach, self.best * reach


def draws_of(patients: pd.DataFrame) -> Draws:
    """Read a small trial death by death.

    Parameters
    ----------
    patients : DataFrame
        ``time_days, died, treated``; no two deaths on one day.

    Returns
    -------
    Draws

    Examples
    --------
    >>> from alsteach.words.published import eight_patients
    >>> draws = draws_of(eight_patients().assign(treated=[0, 0, 1, 1, 0, 0, 1, 1]))
    >>> round(draws.best, 2), round(1 / draws.likelihood(1.0))
    (0.23, 840)
    """
    durations, died, treated = (
        patients[name].to_numpy(dtype=float) for name in ("time_days", "died", "treated")
    )
    dying, chances = chances_at_deaths(durations, died, np.ones(len(patients)))
    at_risk = chances > 0
    row = fit_cox(patients).table.loc["treated"]
    control, active = (at_risk[:, treated == arm].sum(axis=1) for arm in (0, 1))
    return Draws(patients, dying, control, active, float(row.hr), float(row.se))
