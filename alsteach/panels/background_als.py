"""Panels of notebook 01: where ALS strikes, what can be foretold, and what luck alone does to two arms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from .. import plots, style
from ..cox import fit_cox
from ..datasets import load_als_registry
from ..frames import TrialDataError
from ..plots import background as drawing
from ..prognosis import (
    FULL_FUNCTION,
    PROGNOSTIC_COVARIATES,
    alive_at,
    baseline_hazard,
    draw_arms,
    linear_predictor,
    predict_survival,
    registry_at_diagnosis,
    slope_before,
    stopped_at,
    time_when,
)
from ..published_figures import published
from ..survival_arrays import kaplan_meier_many
from .controls import choice, slider, tick
from .core import Panel

SYNTHETIC = "Synthetic registry: not patients"
DAYS_PER_MONTH = 365.25 / 12
LAST_MONTH = 120
MOST_ALIKE = 40
N_DRAWS = 200
SMALLEST_ARM = 20

LOST = {
    "both, as in ALS": "both",
    "only upper motor neurons": "upper",
    "only lower motor neurons": "lower",
    "none": "none",
}
ONSETS = {
    "speech or swallowing (bulbar onset)": "bulbar",
    "an arm or a hand (limb onset)": "cervical",
    "a leg or a foot (limb onset)": "lumbosacral",
    "not shown": None,
}


def motor_neuron_panel() -> Panel:
    """Show the two kinds of motor neuron, what is felt when each is lost, and where ALS can begin.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.motor_neuron_panel()
    >>> panel.set(lost="upper")
    >>> panel.sentence[:31]
    'Upper motor neurons, from the m'
    """
    says = {
        "both": "ALS takes both: the upper motor neurons, from the motor cortex to brainstem and cord, and the lower "
        "ones, from there to the muscles. So stiffness stands beside weakness and wasting, and both spread.",
        "upper": "Upper motor neurons, from the motor cortex to brainstem and cord, are lost: movement turns stiff and "
        "clumsy, but muscles keep their nerve and waste little. Alone, this is at most called possible ALS.",
        "lower": "Lower motor neurons, from brainstem and cord to the muscles, are lost: muscles weaken, waste and "
        "twitch. Alone, this does not meet the criteria of ALS.",
        "none": "Nothing is lost: the upper motor neuron carries a movement from the motor cortex to brainstem or "
        "cord, the lower one from there to the muscle.",
    }
    begins = {
        "bulbar": " It begins here with speech or swallowing (bulbar onset).",
        "cervical": " It begins here in an arm or a hand (limb onset).",
        "lumbosacral": " It begins here in a leg or a foot (limb onset).",
        None: "",
    }

    def show(values, picture):
        if not hasattr(picture.memory, "axes"):
            picture.memory.axes = picture.figure.add_axes([0.01, 0.01, 0.98, 0.98])
            drawing.motor_neuron_frame(picture.memory.axes)
        onset = values.onset if values.lost == "both" else None
        with picture.redrawing(picture.memory.axes):
            drawing.motor_neuron_state(picture.memory.axes, values.lost, onset)
        return says[values.lost] + begins[onset]

    controls = {
        "lost": choice("What is lost", LOST),
        "onset": choice("Where symptoms begin", ONSETS, "cervical"),
    }
    presets = {
        "Health": {"lost": "none"},
        "Upper only": {"lost": "upper"},
        "Lower only": {"lost": "lower"},
        "ALS, bulbar onset": {"lost": "both", "onset": "bulbar"},
        "ALS, limb onset": {"lost": "both", "onset": "lumbosacral"},
    }
    return Panel("Two kinds of motor neuron, and where ALS strikes", controls, show, presets)


class _Foretold:
    """The registry's Cox model, fitted once, ready to be asked about one person after another."""

    def __init__(self, registry):
        self.people = registry_at_diagnosis(registry)
        self.fit = fit_cox(self.people, treatment=None, covariates=list(PROGNOSTIC_COVARIATES))
        self.baseline = baseline_hazard(self.fit).assign(time=lambda b: b["time"] / DAYS_PER_MONTH)
        scores = linear_predictor(self.fit, self.people)
        self.centre = scores.mean()
        self.risks = scores - self.centre
        self.months = self.people["time_days"].to_numpy() / DAYS_PER_MONTH
        self.died = self.people["died"].to_numpy() == 1
        self.slopes = self.people["alsfrs_r_slope_per_month"]

    def curve(self, person: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        risk = float(linear_predictor(self.fit, person)[0] - self.centre)
        return predict_survival(self.baseline, risk), risk

    def lives_like(self, risk: float, median: float) -> pd.DataFrame:
        """How the people fared whose risk at diagnosis came nearest."""
        nearest = np.argsort(np.abs(self.risks - risk), kind="stable")[:MOST_ALIKE]
        months, died = self.months[nearest], self.died[nearest]
        within = (months >= median / 2) & (months <= 2 * median)
        fate = np.where(~died, "alive", np.where(within, "within", "outside"))
        return pd.DataFrame({"months": months, "fate": fate})


def prognosis_panel(registry=None, data_note=SYNTHETIC) -> Panel:
    """Build one imagined person with ALS and see how long such people lived: a spread, not a date.

    Parameters
    ----------
    registry : DataFrame, optional
        With the columns of `load_als_registry`, which is the default.
    data_note : str
        Where the data come from, shown in the picture.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.prognosis_panel()
    >>> panel.set(onset="bulbar")
    >>> panel.sentence[:40]
    'Half of such people live longer than 21 '
    """
    model = _Foretold(load_als_registry() if registry is None else registry)
    everybody = kaplan_meier_many(model.months[None], model.died[None])
    typical = model.people[
        ["age_years", "diagnostic_delay_months", "alsfrs_r", "svc_percent", "csf_pnfh_pg_ml"]
    ]
    typical = typical.median()

    def person(values):
        slope = slope_before(values.alsfrs_r, values.delay)
        low, high = model.slopes.min(), model.slopes.max()
        if not low <= slope <= high:
            raise TrialDataError(
                f"An ALSFRS-R of {values.alsfrs_r} after {values.delay} months means {slope:.2f} points lost a month. "
                f"In the registry it was between {low:.2f} and {high:.2f}: nobody there can tell about such a person. "
                "Change the score or the months."
            )
        return pd.DataFrame(
            {
                "onset_site": [values.onset],
                "age_years": values.age,
                "diagnostic_delay_months": values.delay,
                "alsfrs_r_slope_per_month": slope,
                "executive_dysfunction": int(values.executive),
                "svc_percent": values.svc,
                "log2_csf_pnfh": np.log2(values.pnfh),
            }
        )

    def show(values, picture):
        someone = person(values)
        curve, risk = model.curve(someone)
        median = time_when(curve, 0.5)
        lives = model.lives_like(risk, median)
        if not hasattr(picture.memory, "upper"):
            picture.memory.upper, picture.memory.lower = drawing.prognosis_frame(
                picture.figure, everybody.times[0], everybody.survival[0], LAST_MONTH
            )
            plots.label_data(picture.figure, data_note)
        with picture.redrawing(picture.memory.upper, picture.memory.lower):
            drawing.prognosis_picture(picture.memory.upper, picture.memory.lower, curve, median, lives)
        slope = someone["alsfrs_r_slope_per_month"].iloc[0]
        return sentence(curve, median, lives, slope)

    def sentence(curve, median, lives, slope):
        counts = lives["fate"].value_counts().reindex(["within", "outside", "alive"], fill_value=0)
        pace = f"Before diagnosis this person lost {slope:.2f} points a month."
        if np.isnan(median):
            return (
                f"More than half of such people are still alive when the registry ends, after "
                f"{model.months.max() / 12:.1f} years: no median can be read. {pace} Of the {MOST_ALIKE} most alike, "
                f"{counts['alive']} were alive when last seen."
            )
        sooner, later = 1 - alive_at(curve, median / 2), alive_at(curve, 2 * median)
        known = 2 * median <= model.months.max()
        spread = (
            f"{100 * sooner:.0f} % die before half of it and {100 * later:.0f} % live beyond twice it, so only "
            f"{100 * (1 - sooner - later):.0f} % fall in the shaded range"
            if known
            else f"{100 * sooner:.0f} % die before half of it, and for how many live beyond twice it the registry is "
            "too short; the shaded range goes"
        )
        return (
            f"Half of such people live longer than {_months(median)} from diagnosis: the predicted median. But "
            f"{spread} from {_months(median / 2)} to {_months(2 * median)}. Of the {MOST_ALIKE} most alike, "
            f"{counts['within']} died within it, {counts['outside']} outside, {counts['alive']} were alive when last "
            f"seen. {pace} "
            "A median is the middle of a group; it speaks for no one in it."
        )

    controls = {
        "onset": choice("Where symptoms began", {"limb": "limb", "bulbar (speech, swallowing)": "bulbar"}),
        "age": slider("Age at diagnosis", 25, 88, 1, round(typical["age_years"]), "years"),
        "delay": slider(
            "First symptom to diagnosis", 2, 48, 1, round(typical["diagnostic_delay_months"]), "months"
        ),
        "alsfrs_r": slider(
            "ALSFRS-R at diagnosis", 15, FULL_FUNCTION - 1, 1, round(typical["alsfrs_r"]), "points"
        ),
        "svc": slider("Vital capacity, of predicted", 40, 130, 1, round(typical["svc_percent"]), "%"),
        "pnfh": slider(
            "pNFH in spinal fluid", 300, 12000, 100, round(typical["csf_pnfh_pg_ml"], -2), "pg/mL"
        ),
        "executive": tick("Executive dysfunction (trouble planning or switching)"),
    }
    usual = {name: control.value for name, control in controls.items()}
    slow = usual | {"age": 50, "delay": 24, "alsfrs_r": 40, "svc": 100, "pnfh": 1200}
    fast = usual | {"onset": "bulbar", "age": 68, "delay": 8, "alsfrs_r": 37, "svc": 85, "pnfh": 4000}
    presets = {
        "A typical person": usual,
        "A slow course": slow,
        "A fast course": fast,
        "Typical, but diagnosed early": usual | {"delay": 5},
    }
    return Panel("One imagined person: what can be foretold, and how widely?", controls, show, presets)


def _months(months: float) -> str:
    if months < 1.5:
        return f"{months:.1f} months"
    return f"{months:.0f} months" if months < 36 else f"{months / 12:.1f} years"


CHARACTERISTICS = {
    "bulbar": "bulbar onset",
    "age_years": "age",
    "diagnostic_delay_months": "delay to diagnosis",
    "alsfrs_r_slope_per_month": "ALSFRS-R slope",
    "executive_dysfunction": "executive dysfunction",
    "svc_percent": "vital capacity",
    "log2_csf_pnfh": "pNFH",
}
ARMS = ("arm A", "arm B")


def heterogeneity_panel(registry=None, data_note=SYNTHETIC) -> Panel:
    """Draw two arms from one disease, treat nobody, and see how unlike they are by luck alone.

    Parameters
    ----------
    registry : DataFrame, optional
        With the columns of `load_als_registry`, which is the default.
    data_note : str
        Where the data come from, shown in the picture.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.heterogeneity_panel()
    >>> panel.set(per_arm=20)
    >>> panel.sentence[:35]
    'Two arms of 20 people, nobody treat'
    """
    people = registry_at_diagnosis(registry)
    people["bulbar"] = (people["onset_site"] == "bulbar").astype(float)
    values = people[list(CHARACTERISTICS)].to_numpy(dtype=float)
    last_day = published("mirocals_endpoint_day").estimate
    days, died = stopped_at(people["time_days"], people["died"], last_day)
    most = len(people) // 2
    if most < SMALLEST_ARM:
        raise TrialDataError(
            f"Two arms need at least {2 * SMALLEST_ARM} people; this registry has {len(people)}."
        )

    @lru_cache(maxsize=64)
    def drawn(per_arm):
        arms = draw_arms(values, days, died, per_arm, N_DRAWS)
        return arms, np.quantile(np.abs(arms.difference), 0.95, axis=0)

    def show(controls, picture):
        arms, spread = drawn(controls.per_arm)
        number = controls.draw - 1
        rows = arms.rows[number].reshape(2, -1)
        curves = kaplan_meier_many(days[rows], died[rows])
        deaths = died[rows].sum(axis=1).astype(int)
        if not hasattr(picture.memory, "axes"):
            picture.memory.axes = drawing.luck_frame(
                picture.figure, list(CHARACTERISTICS.values()), ARMS, (0.2, 5), last_day, N_DRAWS
            )
            plots.label_data(picture.figure, data_note)
        left, differences, ratios = picture.memory.axes
        hazard_ratios = np.exp(arms.log_hr)
        with picture.redrawing(*picture.memory.axes):
            drawing.luck_curves(left, zip(curves.times, curves.survival, strict=True))
            drawing.luck_differences(differences, arms.difference[number], spread)
            drawing.luck_ratios(ratios, hazard_ratios, hazard_ratios[number])
        return sentence(controls.per_arm, arms, number, deaths)

    def sentence(per_arm, arms, number, deaths):
        log_hr, se = arms.log_hr[number], arms.se[number]
        found = (
            "no hazard ratio can be estimated"
            if np.isnan(log_hr)
            else f"{style.hr_text(*np.exp(log_hr + se * np.array([0, -1.96, 1.96])))}, {style.p_text(arms.p[number])}"
        )
        difference = arms.difference[number]
        widest = int(np.argmax(np.abs(difference)))
        name = list(CHARACTERISTICS.values())[widest]
        low, high = np.exp(np.nanquantile(arms.log_hr, [0.025, 0.975]))
        small = int((arms.p < 0.05).sum())
        return (
            f"Two arms of {per_arm} people, nobody treated: {deaths[0]} and {deaths[1]} deaths by day {last_day:.0f}, "
            f"{found}. That is luck. The arms differ most in {name} ({abs(difference[widest]):.2f} standard "
            f"deviations). 95 % of the {N_DRAWS} draws have a hazard ratio between {style.number_text(low)} and "
            f"{style.number_text(high)}; {small} have p < 0.05. Randomisation makes arms alike on average over all "
            "draws, not in this one; interval and p-value already allow for that luck."
        )

    trial = min(round(published("mirocals_n_il2").estimate), most)
    far = int(np.nanargmax(np.abs(drawn(trial)[0].log_hr))) + 1
    near = int(np.nanargmin(np.abs(drawn(trial)[0].log_hr))) + 1
    controls = {
        "per_arm": slider("People in each arm", SMALLEST_ARM, most, 10, min(50, most), "people"),
        "draw": slider("Draw number", 1, N_DRAWS, 1, 1, f"of {N_DRAWS}"),
    }
    presets = {
        f"A small trial ({SMALLEST_ARM} an arm)": {"per_arm": SMALLEST_ARM, "draw": 1},
        f"MIROCALS's size ({trial} an arm)": {"per_arm": trial, "draw": 1},
        "Same size, the luckiest draw": {"per_arm": trial, "draw": far},
        "Same size, the most even": {"per_arm": trial, "draw": near},
        f"{most} an arm": {"per_arm": most, "draw": 1},
    }
    return Panel("Two arms from one disease: how unlike by luck alone?", controls, show, presets)
