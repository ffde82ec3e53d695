"""A marker that falls on treatment, in three worlds: only what the marker does for survival differs.

Everybody has a disease activity that nobody sees. It raises the marker, and treatment lowers the marker by the same
share in every world. What lengthens life is the marker itself (``through``), the activity behind it (``bystander``), or
the marker less a harm that treatment does by another road (``two_roads``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .frames import TrialDataError

WORLDS = {
    "through": "the benefit runs through the marker",
    "bystander": "the marker reports the disease and does nothing",
    "two_roads": "a benefit through the marker, and a harm by another road",
}
FOLLOW_UP_DAYS = 540
MARKER_ON_TREATMENT = 0.6  # times its level without treatment
ACTIVITY_ON_LOG_MARKER, NOISE_OF_LOG_MARKER = 0.35, 0.20
LOG_HAZARD_PER_LOG_MARKER = 1.2
OTHER_ROAD_LOG_HR = 1.0
MEDIAN_DAYS, SHAPE = 620, 1.5

# As strong a link between marker and death within an arm as where the marker is the cause.
LOG_HAZARD_PER_ACTIVITY = (
    LOG_HAZARD_PER_LOG_MARKER * (ACTIVITY_ON_LOG_MARKER**2 + NOISE_OF_LOG_MARKER**2) / ACTIVITY_ON_LOG_MARKER
)


def simulate_marker_trial(world: str = "through", n_per_arm: int = 200, seed: int = 1) -> pd.DataFrame:
    """Simulate a trial in which treatment lowers a marker and does, or does not, lengthen life.

    The same seed draws the same people in each world: their markers are equal, their survival is not.

    Parameters
    ----------
    world : {"through", "bystander", "two_roads"}
    n_per_arm : int
        2 to 5000.
    seed : int

    Returns
    -------
    DataFrame
        A row a simulated person: ``patient_id``, ``treated`` (1 = active arm), ``marker_percent`` (after half a year,
        percent of the mean before treatment), ``time_days``, ``died`` (1 = died within 540 days).

    Raises
    ------
    TrialDataError
        If there is no such world or the arms are too small or too large.

    Examples
    --------
    >>> trial = simulate_marker_trial("bystander", n_per_arm=500)
    >>> trial.groupby("treated")["marker_percent"].median().round().tolist()
    [97.0, 61.0]
    """
    if world not in WORLDS:
        raise TrialDataError(f"There is no world {world!r}; choose one of: {', '.join(WORLDS)}.")
    if not (isinstance(n_per_arm, (int, np.integer)) and 2 <= n_per_arm <= 5000):
        raise TrialDataError(f"n_per_arm is {n_per_arm!r}; it must be a whole number from 2 to 5000.")
    rng = np.random.default_rng(seed)
    treated = np.tile([0, 1], n_per_arm)
    activity, noise = rng.normal(size=(2, 2 * n_per_arm))
    chance = rng.exponential(size=2 * n_per_arm)
    log_marker = (
        ACTIVITY_ON_LOG_MARKER * activity
        + NOISE_OF_LOG_MARKER * noise
        + np.log(MARKER_ON_TREATMENT) * treated
    )
    log_hazard = (
        LOG_HAZARD_PER_ACTIVITY * activity if world == "bystander" else LOG_HAZARD_PER_LOG_MARKER * log_marker
    ) + (OTHER_ROAD_LOG_HR * treated if world == "two_roads" else 0)
    time = MEDIAN_DAYS * (chance / np.log(2) * np.exp(-log_hazard)) ** (1 / SHAPE)
    return pd.DataFrame(
        {
            "patient_id": [f"S{i:04d}" for i in range(1, len(treated) + 1)],
            "treated": treated,
            "marker_percent": 100 * np.exp(log_marker),
            "time_days": np.ceil(np.minimum(time, FOLLOW_UP_DAYS)).astype(int),
            "died": (time <= FOLLOW_UP_DAYS).astype(int),
        }
    )
