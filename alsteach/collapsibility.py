"""Why a hazard ratio does not average: endless trials in which one covariate, equal in both arms, is left out.

The log hazard of patients is normal with a given spread, the baseline constant in time; treatment multiplies every
patient's hazard by the same number. Nothing here is drawn by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .truths import crude_limit

NODES = 64  # of the quadrature over the covariate
TIMES = 100


@dataclass(frozen=True)
class LeftOut:
    """What endless trials show when a covariate of this spread is left out of the model.

    Attributes
    ----------
    crude_hr : float
        Where the estimate without the covariate settles.
    time : (T,) array
        Share of the follow-up that has passed, 0 to 1.
    alive : (2, T) array
        Share still alive on control and on treatment.
    mean_risk : (2, T) array
        Mean log hazard, treatment aside, of those still alive: 0 at the start in both arms.
    """

    crude_hr: float
    time: np.ndarray
    alive: np.ndarray
    mean_risk: np.ndarray


@lru_cache(maxsize=1)
def _normal_nodes():
    """Gauss-Hermite quadrature: the average over a normal covariate as a weighted sum."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


@lru_cache(maxsize=2048)
def leave_out(conditional_hr: float, spread: float, deaths: float) -> LeftOut:
    """Return what the trial shows without the covariate.

    Parameters
    ----------
    conditional_hr : float
        Hazard ratio of treatment among patients alike in the covariate: the same for all.
    spread : float
        Standard deviation of patients' log hazard.
    deaths : float
        Share of all patients who die under observation, between 0 and 1.

    Examples
    --------
    >>> leave_out(0.5, 0.0, 0.4).crude_hr.__round__(3), leave_out(0.5, 2.0, 0.4).crude_hr.__round__(2)
    (0.5, 0.68)
    """
    nodes, weights = _normal_nodes()
    risk = spread * nodes
    hazard = np.exp(risk)[:, None] * np.array([1.0, conditional_hr])

    def dead(scale):
        control, treated = weights @ np.exp(-np.exp(scale) * hazard)
        return 1 - (control + treated) / 2

    low, high = -50.0, 50.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if dead(middle) < deaths else (low, middle)
    time = np.linspace(0, 1, TIMES)
    alive_each = np.exp(-np.exp(high) * hazard[:, :, None] * time)
    alive, risk_alive = np.tensordot(np.array([weights, weights * risk]), alive_each, axes=1)
    mean_risk = risk_alive / alive
    crude = crude_limit(alive[0], alive[1], np.ones(TIMES - 1))
    return LeftOut(float(np.exp(crude)), time, alive, mean_risk)


@lru_cache(maxsize=256)
def crude_by_spread(conditional_hr: float, deaths: float, largest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return spreads from 0 to ``largest`` and the hazard ratio that is seen without the covariate at each."""
    spreads = np.linspace(0, largest, 25)
    return spreads, np.array([leave_out(conditional_hr, float(s), deaths).crude_hr for s in spreads])


def spread_needed(conditional_hr: float, crude_hr: float, deaths: float) -> float:
    """Return the spread of log hazard at which leaving it out turns one hazard ratio into the other; capped at 50.

    Examples
    --------
    >>> spread_needed(0.5, leave_out(0.5, 2.0, 0.4).crude_hr, 0.4).__round__(2)
    2.0
    """
    low, high = 0.0, 50.0
    for _ in range(30):
        middle = (low + high) / 2
        closer = abs(np.log(leave_out(conditional_hr, middle, deaths).crude_hr)) > abs(np.log(crude_hr))
        low, high = (middle, high) if closer else (low, middle)
    return high
