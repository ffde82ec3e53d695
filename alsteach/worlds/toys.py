"""Small synthetic trials whose truth is known: twenty people, three kinds of hazard, Treg responders, markers.

None of them is a patient, and none is calibrated to a trial.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..data.tables import load_mirocals_like
from ..stats.cox import effect_table, fit_cox_many
from .design import TrialDesign
from .simulate import simulate_trials

FOLLOW_UP_DAYS = 640
CHANGE_DAY = 120  # when the crossing trial's treatment turns from harm to benefit
FRAIL_HAZARD_RATIO = 8.0
LARGEST = 600

HAZARDS = {
    "constant": "the treatment multiplies everyone's hazard by 0.6 at all times",
    "crossing": f"the treatment multiplies the hazard by 2.5 up to day {CHANGE_DAY} and by 0.35 after it",
    "selection": "the treatment halves every hazard at all times; half the patients are frail (hazard × 8), unseen",
}
SEEDS = {
    "constant": 24,
    "crossing": 74,
    "selection": 19,
    "equal_arms": 46,
}  # draws whose estimates lie near what is expected


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


def twenty_people(shortest: float, longest: float) -> pd.DataFrame:
    """Return twenty invented people who enter a trial like MIROCALS, as its plan has them walk through it.

    Eighteen are the MIROCALS-like cohort's own, nine an arm, at even distances through their arm's follow-up. Two
    never get as far as randomisation: one dies in the run-in, one leaves it.

    Parameters
    ----------
    shortest, longest : float
        Days of run-in.

    Returns
    -------
    DataFrame
        A row a person, by arm and then by follow-up: ``arm`` (1, 0, or -1 for none), ``enters``, ``ends`` (days since
        randomisation) and ``ending`` ("died", "alive" when last seen, or "left").

    Examples
    --------
    >>> people = twenty_people(84, 126)
    >>> people.groupby(["arm", "ending"]).size().to_dict()
    {(-1, 'died'): 1, (-1, 'left'): 1, (0, 'alive'): 5, (0, 'died'): 4, (1, 'alive'): 6, (1, 'died'): 3}
    """
    cohort, parts = load_mirocals_like().sort_values("time_days"), []
    for arm in (1, 0):
        patients = cohort[cohort["treated"] == arm]
        chosen = patients.iloc[((np.arange(9) + 0.5) / 9 * len(patients)).astype(int)]
        ending = np.where(chosen["died"] == 1, "died", "alive")
        parts.append(pd.DataFrame({"arm": arm, "ends": chosen["time_days"].to_numpy(), "ending": ending}))
    before = pd.DataFrame({"arm": -1, "ends": [-shortest / 2, -shortest / 4], "ending": ["died", "left"]})
    people = pd.concat([*parts, before], ignore_index=True)
    order = np.random.default_rng(3).permutation(
        len(people)
    )  # who enters early has nothing to do with the rest
    return people.assign(enters=-np.linspace(shortest, longest, len(people))[order])


EQUAL_ARMS_HAZARD_RATIO = 0.5
EQUAL_ARMS_LOG_HAZARDS = {"age_years": 0.9, "svc_percent": -1.0, "alsfrs_r_slope_per_month": 1.1}  # per SD


def equal_arms_trial(n: int = 600, seed: int | None = None) -> pd.DataFrame:
    """Draw a trial whose arms are exactly alike at the start and whose treatment halves every hazard.

    Each treated patient has a twin on control with the same three covariates, all of which predict death.

    Parameters
    ----------
    n : int
        Patients; even.
    seed : int, optional

    Returns
    -------
    DataFrame
        ``patient_id, treated, age_years, svc_percent, alsfrs_r_slope_per_month, time_days, died``.

    Examples
    --------
    >>> trial = equal_arms_trial()
    >>> means = trial.groupby("treated")["age_years"].mean()
    >>> len(trial), bool(means[0] == means[1])
    (600, True)
    """
    rng = np.random.default_rng(SEEDS["equal_arms"] if seed is None else seed)
    treated = np.tile([0, 1], n // 2)
    scores = np.repeat(rng.standard_normal((len(EQUAL_ARMS_LOG_HAZARDS), n // 2)), 2, axis=1)
    log_hazard = np.array(list(EQUAL_ARMS_LOG_HAZARDS.values())) @ scores
    hazard = 0.0012 * np.exp(log_hazard) * np.where(treated, EQUAL_ARMS_HAZARD_RATIO, 1.0)
    time = rng.exponential(size=n) / hazard
    return pd.DataFrame(
        {
            "patient_id": [f"E{i:04d}" for i in range(1, n + 1)],
            "treated": treated,
            "age_years": 60 + 10 * scores[0],
            "svc_percent": 85 + 12 * scores[1],
            "alsfrs_r_slope_per_month": 0.8 + 0.2 * scores[2],
            "time_days": np.minimum(np.ceil(time), FOLLOW_UP_DAYS).astype(int),
            "died": (time <= FOLLOW_UP_DAYS).astype(int),
        }
    )


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
    table = effect_table(fits.coef[:, 0], fits.se[:, 0], pd.Index(groups, name="comparison"))
    table.insert(0, "n", include.sum(axis=1))
    return table


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
    >>> same_effect_trial().shape
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


WORLDS = {
    "through": "the benefit runs through the marker",
    "bystander": "the marker reports the disease and does nothing",
    "two_roads": "a benefit through the marker, and a harm by another road",
}
MARKER_FOLLOW_UP_DAYS = 540
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
            "time_days": np.ceil(np.minimum(time, MARKER_FOLLOW_UP_DAYS)).astype(int),
            "died": (time <= MARKER_FOLLOW_UP_DAYS).astype(int),
        }
    )
