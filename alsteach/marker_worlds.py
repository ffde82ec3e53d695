"""Worlds whose truth is known, for notebook 06: a biomarker that is prognostic, predictive, both or neither."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from .frames import TrialDataError
from .simulation import simulate_trials
from .trial_design import TrialDesign

GROUPS = ("low", "high")
SAME_HAZARD_RATIO = 0.6
SAME_EFFECT_SEED = 76


class MarkerWorld(NamedTuple):
    """Survival in a world with a biomarker of two levels; `marker_world` makes it.

    Attributes
    ----------
    days : (T,) array
    survival : dict
        (group, arm) to the share alive at ``days``; groups "low" and "high", arms 0 (control) and 1 (treated).
    hazard_ratio : dict
        Of treatment, in each group.
    name : str
        "prognostic", "predictive", "prognostic and predictive" or "neither prognostic nor predictive".
    """

    days: np.ndarray
    survival: dict
    hazard_ratio: dict
    name: str


def marker_world(hr_low: float, hr_high: float, prognosis: float = 1.0, days=None) -> MarkerWorld:
    """Compute survival in each group and arm; no patient is drawn, so chance plays no part.

    Parameters
    ----------
    hr_low, hr_high : float
        Hazard ratio of treatment in patients with a low and with a high biomarker.
    prognosis : float
        How many times as fast patients with a high biomarker die, untreated.
    days : sequence of float, optional
        By default up to the end of follow-up of the course's trials.

    Returns
    -------
    MarkerWorld

    Raises
    ------
    TrialDataError
        If a ratio is not above 0.

    Examples
    --------
    >>> world = marker_world(hr_low=0.5, hr_high=1.0, prognosis=2.5)
    >>> world.name
    'prognostic and predictive'
    >>> {key: round(float(curve[-1]), 2) for key, curve in world.survival.items()}
    {('low', 0): 0.61, ('low', 1): 0.78, ('high', 0): 0.29, ('high', 1): 0.29}
    """
    ratios = {"hr_low": hr_low, "hr_high": hr_high, "prognosis": prognosis}
    for name, ratio in ratios.items():
        if not (math.isfinite(ratio) and ratio > 0):
            raise TrialDataError(f"{name}={ratio} is no ratio of hazards; use a number above 0.")
    design = TrialDesign()
    days = np.linspace(0, design.follow_up_days, 161) if days is None else np.asarray(days, dtype=float)
    hazard = math.log(2) * (days / design.median_days) ** design.weibull_shape
    effects = dict(zip(GROUPS, (hr_low, hr_high), strict=True))
    faster = dict(zip(GROUPS, (1.0, prognosis), strict=True))
    survival = {
        (group, arm): np.exp(-hazard * faster[group] * (effects[group] if arm else 1.0))
        for group in GROUPS
        for arm in (0, 1)
    }
    is_prognostic, is_predictive = prognosis != 1, hr_low != hr_high
    kinds = [kind for kind, holds in (("prognostic", is_prognostic), ("predictive", is_predictive)) if holds]
    return MarkerWorld(days, survival, effects, " and ".join(kinds) or "neither prognostic nor predictive")


def same_effect_trial() -> pd.DataFrame:
    """Draw a trial in which treatment multiplies everyone's hazard by 0.6, whatever their CSF-pNFH.

    Synthetic: 300 people who never lived. The draw was chosen for its estimates lying near the truth in both groups of
    pNFH cut at 3700 pg/mL.

    Returns
    -------
    DataFrame
        Columns as those of `load_mirocals_like` that an analysis uses; ``attrs["hazard_ratio"]`` is the truth.

    Examples
    --------
    >>> import alsteach as al
    >>> al.same_effect_trial().shape
    (300, 14)
    """
    design = TrialDesign(
        patients_per_arm=150,
        treatment_log_hr_at_zero=math.log(SAME_HAZARD_RATIO),
        treatment_log_hr_per_pg_ml=0.0,
    )
    trial = simulate_trials(design, 1, SAME_EFFECT_SEED).frame(0)
    trial.attrs |= {"note": "Synthetic: same effect for everyone", "hazard_ratio": SAME_HAZARD_RATIO}
    return trial
