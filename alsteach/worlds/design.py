"""TrialDesign: a trial that could be run any number of times, and the world it is run in."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np

from ..data.checks import TrialDataError

AGE_YEARS = (18.0, 76.0)  # eligibility
DURATION_MONTHS = (3.0, 24.0)
SVC_PERCENT = (70.0, 130.0)
LOWEST_ALSFRS_R = 20.0  # nobody so disabled that the trial would not have seen them

COVARIATES = (
    "age_years",
    "bulbar_onset",
    "log_alsfrs_r_slope",
    "svc_percent",
    "symptom_duration_months",
    "csf_pnfh_pg_ml",
)


def _number(default, unit, low, high, meaning):
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "meaning": meaning})


def _switch(default, meaning):
    return field(default=default, metadata={"unit": "True or False", "meaning": meaning})


@dataclass(frozen=True)
class TrialDesign:
    """A trial that could be run any number of times, and the world it is run in.

    The defaults are the world of the synthetic cohort: calibrated to the published MIROCALS results (among them the
    size of the interaction, which is unverified), and no evidence about them. A patient's log hazard of death is a
    Weibull baseline + prognosis + treated × (effect at 0 + effect per pg/mL × pNFH).

    Parameters
    ----------
    {fields}

    Raises
    ------
    TrialDataError
        Naming the field and what it may be.

    Examples
    --------
    >>> import alsteach as al
    >>> design = al.TrialDesign(patients_per_arm=200)
    >>> design.replace(follow_up_days=365).patients_per_arm
    200
    >>> al.TrialDesign(follow_up_days=-1)
    Traceback (most recent call last):
    ...
    alsteach.data.checks.TrialDataError: follow_up_days must be from 1 to 36500 (days); got -1.
    """

    patients_per_arm: int = _number(110, "patients", 2, 100_000, "patients randomised to each arm")
    follow_up_days: float = _number(
        640.0,
        "days",
        1,
        36_500,
        "how long the patient who enters last is followed; the others are followed longer",
    )
    accrual_days: float = _number(
        0.0, "days", 0, 36_500, "patients enter evenly over this time; 0: everybody is followed equally long"
    )
    dropout_per_year: float = _number(0.0, "share of those alive", 0, 0.9, "lost to follow-up within a year")
    weibull_shape: float = _number(1.5, "", 0.2, 5, "above 1: the hazard of death rises with time")
    median_days: float = _number(
        805.0,
        "days",
        10,
        36_500,
        "median survival of a typical patient (limb onset, all else median) on placebo",
    )
    age_median_years: float = _number(60.0, "years", 20, 74, "median age; ages lie between 18 and 76")
    age_spread: float = _number(
        0.95, "SD of the log odds between the limits", 0.01, 3, "how much ages differ"
    )
    bulbar_share: float = _number(0.24, "share", 0.01, 0.99, "with bulbar onset, at the median age")
    bulbar_log_odds_per_year: float = _number(
        0.05, "log odds per year of age", -0.5, 0.5, "bulbar onset is commoner in older patients"
    )
    uk_share: float = _number(0.45, "share", 0, 1, "recruited in the UK, the others in France")
    slope_log_mean: float = _number(
        -0.45, "log of points a month", -3, 1, "mean log decline of ALSFRS-R before entry"
    )
    slope_log_sd: float = _number(0.55, "log of points a month", 0.01, 1.5, "standard deviation of it")
    duration_median_months: float = _number(13.0, "months", 4, 23, "median time from first symptom to entry")
    svc_median_percent: float = _number(
        93.4, "% of predicted", 72, 128, "median slow vital capacity, limb onset"
    )
    pnfh_log_mean: float = _number(7.617, "log of pg/mL", 3, 12, "mean of log CSF-pNFH")
    pnfh_log_sd: float = _number(0.743, "log of pg/mL", 0.01, 2, "standard deviation of log CSF-pNFH")
    pnfh_slope_correlation: float = _number(
        0.45, "correlation", -0.95, 0.95, "of log CSF-pNFH with the log decline"
    )
    age_log_hr: float = _number(0.03, "log HR per year", -1, 1, "prognostic effect of age")
    bulbar_log_hr: float = _number(0.5, "log HR", -5, 5, "prognostic effect of bulbar onset")
    slope_log_hr: float = _number(
        0.5, "log HR per log point a month", -5, 5, "prognostic effect of the decline before entry"
    )
    svc_log_hr: float = _number(-0.015, "log HR per %", -1, 1, "prognostic effect of slow vital capacity")
    duration_log_hr: float = _number(
        -0.05, "log HR per month", -1, 1, "prognostic effect of symptom duration"
    )
    pnfh_log_hr: float = _number(
        0.0001, "log HR per pg/mL", -0.01, 0.01, "prognostic effect of CSF-pNFH, on placebo"
    )
    prognostic_strength: float = _number(1.0, "", 0, 20, "multiplies the six prognostic effects")
    treatment_log_hr_at_zero: float = _number(-1.139, "log HR", -5, 5, "treatment effect at 0 pg/mL of pNFH")
    treatment_log_hr_per_pg_ml: float = _number(
        0.0003,
        "log HR per pg/mL",
        -0.01,
        0.01,
        "change of the treatment effect with pNFH; 0: same for everyone",
    )
    stratified: bool = _switch(True, "arms balanced within country × site of onset")
    missing_pnfh_share: float = _number(0.0, "share", 0, 0.9, "of patients whose CSF-pNFH is missing")
    missing_pnfh_log_odds: float = _number(
        0.0,
        "log odds per SD of log decline",
        -3,
        3,
        "0: missing by chance; above 0: more often in fast progressors",
    )
    whole_days: bool = _switch(True, "times in whole days, so that deaths can tie")

    def __post_init__(self):
        for spec in dataclasses.fields(self):
            object.__setattr__(self, spec.name, _checked(spec, getattr(self, spec.name)))

    def replace(self, **changes) -> TrialDesign:
        """Return the same design with some fields changed."""
        unknown = sorted(set(changes) - {spec.name for spec in dataclasses.fields(self)})
        if unknown:
            raise TrialDataError(f"A TrialDesign has no field {unknown[0]!r}; see help(al.TrialDesign).")
        return dataclasses.replace(self, **changes)

    def log_hr_at(self, pnfh):
        """Return the true treatment effect, as a log hazard ratio, in patients with this CSF-pNFH (pg/mL)."""
        return self.treatment_log_hr_at_zero + self.treatment_log_hr_per_pg_ml * np.asarray(pnfh, dtype=float)

    @property
    def n(self) -> int:
        """Patients in both arms."""
        return 2 * self.patients_per_arm

    @property
    def prognostic_effects(self) -> np.ndarray:
        """Log hazard ratios of ``COVARIATES``, in that order."""
        effects = (self.age_log_hr, self.bulbar_log_hr, self.slope_log_hr, self.svc_log_hr)
        return self.prognostic_strength * np.array([*effects, self.duration_log_hr, self.pnfh_log_hr])

    @property
    def typical_patient(self) -> np.ndarray:
        """``COVARIATES`` of the patient whose median survival is ``median_days`` on placebo."""
        values = (self.age_median_years, 0.0, self.slope_log_mean, self.svc_median_percent)
        return np.array([*values, self.duration_median_months, math.exp(self.pnfh_log_mean)])


def _checked(spec, value):
    kind = spec.metadata
    if "low" not in kind:
        if not isinstance(value, (bool, np.bool_)):
            raise TrialDataError(f"{spec.name} must be True or False; got {value!r}.")
        return bool(value)
    whole = spec.type == "int"
    unit = f" ({kind['unit']})" if kind["unit"] else ""
    problem = TrialDataError(
        f"{spec.name} must be {'a whole number ' if whole else ''}from {kind['low']} to {kind['high']}{unit}; "
        f"got {value!r}."
    )
    if isinstance(value, (bool, np.bool_, str)):
        raise problem
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise problem from None
    if not kind["low"] <= number <= kind["high"] or (whole and number != int(number)):
        raise problem
    return int(number) if whole else number


def _describe_fields() -> str:
    lines = []
    for spec in dataclasses.fields(TrialDesign):
        kind = spec.metadata
        unit = f", {kind['unit']}" if kind["unit"] else ""
        limits = f" ({kind['low']} to {kind['high']}{unit})" if "low" in kind else ""
        meaning = kind["meaning"][0].upper() + kind["meaning"][1:]
        lines += [f"{spec.name} : {spec.type}, default {spec.default}", f"    {meaning}{limits}."]
    return "\n    ".join(lines)


if TrialDesign.__doc__:  # python -OO has none
    TrialDesign.__doc__ = TrialDesign.__doc__.replace("{fields}", _describe_fields())
