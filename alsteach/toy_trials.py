"""Small synthetic trials whose truth is known, for notebook 04: three kinds of hazard, and Treg responders.

None of them is a patient, and none is calibrated to a trial.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .cox import _effect_table, fit_cox_many
from .frames import TrialDataError

FOLLOW_UP_DAYS = 640
CHANGE_DAY = 120  # when the crossing trial's treatment turns from harm to benefit
FRAIL_HAZARD_RATIO = 8.0
LARGEST = 600

HAZARDS = {
    "constant": "the treatment multiplies everyone's hazard by 0.6 at all times",
    "crossing": f"the treatment multiplies the hazard by 2.5 up to day {CHANGE_DAY} and by 0.35 after it",
    "selection": "the treatment halves every hazard at all times; half the patients are frail (hazard × 8), unseen",
}
SEEDS = {"constant": 24, "crossing": 36, "selection": 19}  # draws whose estimates lie near what is expected


def hazards_trial(kind: str, n: int = 600, seed: int | None = None) -> pd.DataFrame:
    """Draw a trial whose hazards are known.

    Parameters
    ----------
    kind : {"constant", "crossing", "selection"}
        See ``HAZARDS``.
    n : int
        Patients, up to 600; the first ``n`` of the same 600, arms alternating.
    seed : int, optional

    Returns
    -------
    DataFrame
        ``patient_id, treated, frail`` (1 = frail; matters in "selection" alone), ``time_days, died``.

    Examples
    --------
    >>> trial = hazards_trial("crossing", 200)
    >>> len(trial), float(trial["treated"].mean())
    (200, 0.5)
    """
    if kind not in HAZARDS:
        raise TrialDataError(f"kind={kind!r} is not known; use one of: {', '.join(HAZARDS)}.")
    if not 1 <= n <= LARGEST:
        raise TrialDataError(f"n={n} is not possible; ask for 1 to {LARGEST} patients.")
    rng = np.random.default_rng(SEEDS[kind] if seed is None else seed)
    treated = np.tile([0, 1], LARGEST // 2)
    frail = np.repeat(rng.random(LARGEST // 2) < 0.5, 2).astype(int)  # pairs: the arms start equal
    needed = rng.exponential(size=LARGEST)  # cumulative hazard at which each one dies
    daily = 0.0013
    if kind == "constant":
        time = needed / (daily * np.where(treated, 0.6, 1.0))
    elif kind == "crossing":
        early, late = daily * np.where(treated, 2.5, 1.0), daily * np.where(treated, 0.35, 1.0)
        time = np.where(
            needed < early * CHANGE_DAY, needed / early, CHANGE_DAY + (needed - early * CHANGE_DAY) / late
        )
    else:
        time = needed / (0.0009 * np.where(treated, 0.5, 1.0) * np.where(frail, FRAIL_HAZARD_RATIO, 1.0))
    trial = pd.DataFrame(
        {
            "patient_id": [f"T{i:04d}" for i in range(1, LARGEST + 1)],
            "treated": treated,
            "frail": frail,
            "time_days": np.minimum(np.ceil(time), FOLLOW_UP_DAYS).astype(int),
            "died": (time <= FOLLOW_UP_DAYS).astype(int),
        }
    )
    return trial.iloc[:n]


def responder_trial(day: int = 84, follows_health: float = 0.5, n: int = 400, seed: int = 4) -> pd.DataFrame:
    """Draw a trial whose treatment raises Treg and does nothing for survival, with a Treg measurement on one day.

    Parameters
    ----------
    day : int
        Day of the measurement; whoever has died by then has none.
    follows_health : float
        Correlation between a patient's Treg rise and hidden general health, which lowers the hazard of death.
    n : int
    seed : int

    Returns
    -------
    DataFrame
        ``patient_id, treated, time_days, died, treg_rise`` (in standard deviations; blank in the control arm and in
        those dead by then) and ``responder`` (1 = rise above the median of those measured, 0 = in the active arm
        without it; blank in the control arm).
    """
    if not 0 <= follows_health <= 1:
        raise TrialDataError(
            f"follows_health={follows_health} is no correlation here; use a value from 0 to 1."
        )
    rng = np.random.default_rng(seed)
    treated = np.tile([0, 1], (n + 1) // 2)[:n]
    health, noise = rng.standard_normal((2, n))
    time = rng.exponential(size=n) / (0.0012 * np.exp(-0.9 * health))
    rise = 2 + follows_health * health + np.sqrt(1 - follows_health**2) * noise
    measured = (treated == 1) & (time > day)
    median = np.median(rise[measured]) if measured.any() else np.inf
    return pd.DataFrame(
        {
            "patient_id": [f"R{i:04d}" for i in range(1, n + 1)],
            "treated": treated,
            "time_days": np.minimum(np.ceil(time), FOLLOW_UP_DAYS).astype(int),
            "died": (time <= FOLLOW_UP_DAYS).astype(int),
            "treg_rise": np.where(measured, rise, np.nan),
            "responder": np.where(treated == 1, (measured & (rise > median)).astype(float), np.nan),
        }
    )


def responder_comparisons(trial: pd.DataFrame, day: float) -> pd.DataFrame:
    """Compare groups formed by the randomisation, and groups formed by what happened after it.

    Parameters
    ----------
    trial : DataFrame
        With ``treated, time_days, died, responder``, as ``responder_trial`` returns.
    day : float
        Day on which the response was measured.

    Returns
    -------
    DataFrame
        Index ``randomised``, ``responders_vs_others`` (within the active arm, from day 0), ``responders_vs_control``
        (from day 0), ``landmark`` and ``landmark_control`` (the same two among those alive on that day, counted from
        it); columns ``n, log_hr, se, hr, ci_low, ci_high, p``, blank where there is no hazard ratio.

    References
    ----------
    Anderson JR, Cain KC, Gelber RD. Analysis of survival by tumor response. J Clin Oncol 1983.

    Examples
    --------
    >>> table = responder_comparisons(responder_trial(day=84), 84)
    >>> table.hr.round(2).to_dict()
    {'randomised': 1.02, 'responders_vs_others': 0.35, 'responders_vs_control': 0.54,
     'landmark': 0.47, 'landmark_control': 0.65}
    """
    time, died, treated = (trial[c].to_numpy(dtype=float) for c in ("time_days", "died", "treated"))
    responder = (trial["responder"] == 1).to_numpy()
    control, alive = treated == 0, time > day
    everyone = np.ones(len(trial), dtype=bool)
    groups = {  # who is compared, by what, counted from when
        "randomised": (everyone, treated, 0),
        "responders_vs_others": (~control, responder, 0),
        "responders_vs_control": (responder | control, responder, 0),
        "landmark": (~control & alive, responder, day),
        "landmark_control": ((responder | control) & alive, responder, day),
    }
    include = np.array([who for who, _, _ in groups.values()])
    x = np.array([by for _, by, _ in groups.values()], dtype=float)
    start = np.array([since for _, _, since in groups.values()], dtype=float)
    fits = fit_cox_many(
        np.abs(time - start[:, None]), np.tile(died, (len(groups), 1)), x[:, :, None], include=include
    )
    table = _effect_table(fits.coef[:, 0], fits.se[:, 0], pd.Index(groups, name="comparison"))
    table.insert(0, "n", include.sum(axis=1))
    return table
