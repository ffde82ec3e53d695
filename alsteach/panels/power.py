"""Panel of notebook 03: how likely a trial is to find an effect that is there."""

from __future__ import annotations

import numpy as np

from .. import plots, style
from ..datasets import load_published_results
from ..power import (
    SimulatedPower,
    TwoArmPlan,
    plan_for_power,
    schoenfeld_events,
    schoenfeld_power,
    simulate_power,
)
from .controls import slider
from .core import Panel

TRIALS = 1000
SMALLEST, LARGEST = 0.2, 5.0  # hazard ratios shown; trials beyond stand in the outermost bars
DEATHS = (10, 1000)
LOOKS = {
    "in_favour": (style.ACTIVE, "significant, fewer deaths"),
    "neither": (style.PALE, "not significant"),
    "against": (style.HIGHLIGHT, "significant, more deaths"),
}


def power_panel(n_trials: int = TRIALS) -> Panel:
    """Set a trial's true hazard ratio, patients, follow-up and deaths; read its power by formula and by simulation.

    Parameters
    ----------
    n_trials : int
        Simulated trials a setting.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.power_panel(n_trials=100)
    >>> panel.wait(60)
    True
    >>> panel.sentence[:74]
    'About 65 deaths among 220 patients. Schoenfeld: the log-rank test finds HR'
    """
    figure = load_published_results().set_index("key")["estimate"].to_dict()
    patients, days = int(figure["mirocals_n_randomised"]), figure["mirocals_endpoint_day"]
    target = figure["mirocals_power_percent"] / 100
    half = 1 / figure["mirocals_power_fold_decrease"]
    hazard = plan_for_power(target, patients, hr=half, days=days)
    risk = plan_for_power(target, patients, risk_ratio=half, days=days)
    observed = 100 * figure["mirocals_deaths_placebo"] / figure["mirocals_n_placebo"]
    enough = int(np.ceil(schoenfeld_events(half, target)))

    def plan_of(values) -> TwoArmPlan:
        return TwoArmPlan(
            hr=values.hr,
            patients=values.patients,
            control_risk=values.control_risk / 100,
            risk_days=days,
            follow_up_days=values.follow_up,
            stop_at_deaths=values.stop_at,
        )

    def compute(values, job) -> SimulatedPower:
        return simulate_power(plan_of(values), n_trials, progress=job.report)

    def draw_frame(picture):
        memory = picture.memory
        memory.curve = picture.figure.add_axes([0.115, 0.2, 0.37, 0.63])
        memory.trials = picture.figure.add_axes([0.575, 0.2, 0.41, 0.63])
        plots.power_axis(memory.curve, DEATHS, target)
        plots.estimates_axis(memory.trials, (SMALLEST, LARGEST), LOOKS)
        plots.power_legend(memory.curve)
        plots.label_data(picture.figure, f"{n_trials:,} simulated trials: not patients")

    def show(values, picture, simulated):
        plan = plan_of(values)
        if not hasattr(picture.memory, "curve"):
            draw_frame(picture)
        memory = picture.memory
        deaths = np.geomspace(*DEATHS, 80)
        with picture.redrawing(memory.curve, memory.trials):
            memory.curve.plot(deaths, schoenfeld_power(plan.hr, deaths), color=style.ACTIVE)
            expected, met = np.clip([plan.expected_deaths, simulated.deaths.mean()], *DEATHS)
            plots.power_points(memory.curve, (expected, plan.power), (met, simulated.power, simulated.error))
            kinds = {"in_favour": simulated.in_favour, "against": simulated.against}
            kinds["neither"] = ~(simulated.in_favour | simulated.against)
            hr = np.exp(np.clip(np.nan_to_num(simulated.log_hr), -5, 5))
            plots.estimates(memory.trials, {name: hr[kinds[name]] for name in LOOKS}, LOOKS)
            memory.trials.axvline(np.clip(plan.hr, SMALLEST, LARGEST), color=style.INK, linewidth=2)
        return sentence(plan, simulated)

    def sentence(plan, simulated):
        deaths, (control, active) = plan.expected_deaths, plan.risks
        said = f"About {deaths:.0f} death{'' if round(deaths) == 1 else 's'} among {plan.patients} patients"
        stopped = plan.stop_at_deaths and deaths >= plan.stop_at_deaths
        said += f", met after {simulated.end.mean():.0f} days. " if stopped else ". "
        if plan.hr == 1:
            false = simulated.significant.mean()
            return said + (
                f"There is no effect (HR 1), and still {100 * false:.1f} % of the simulated trials are significant, in "
                f"either direction: that is what p < {simulated.alpha:g} allows. No number of deaths finds what is not "
                "there."
            )
        said += (
            f"Schoenfeld: the log-rank test finds HR {plan.hr:.3g} with power {100 * plan.power:.0f} %. Of the "
            f"simulated trials {100 * simulated.power:.0f} % found it (±{100 * simulated.error:.0f}). A power of "
            f"{100 * target:.0f} % takes {np.ceil(schoenfeld_events(plan.hr, target)):,.0f} deaths. "
        )
        if not stopped:
            said += (
                f"Dead by day {plan.follow_up_days:g}: {100 * control:.0f} % of controls, {100 * active:.0f} % on "
                f"treatment, a risk ratio of {active / control:.2f}. "
            )
        if simulated.power < 0.5:
            said += f"Most of these trials miss an effect that is there: p ≥ {simulated.alpha:g} is no proof of none."
        return said.strip()

    def preset(plan, **changes):
        values = {
            "hr": round(200 * plan.hr) / 200,
            "patients": plan.patients,
            "follow_up": int(days),
            "stop_at": 0,
        }
        return values | {"control_risk": round(100 * plan.control_risk, 1)} | changes

    start = preset(hazard)
    as_found = {**start, "hr": figure["mirocals_hr_unadjusted"], "control_risk": round(observed, 1)}
    presets = {
        f"MIROCALS' {100 * target:g} %: half the hazard": start,
        f"MIROCALS' {100 * target:g} %: half the risk": preset(risk),
        f"If the truth were HR {figure['mirocals_hr_unadjusted']:g}": as_found,
        "No effect at all": {**as_found, "hr": 1.0},
        f"Stop at {enough} deaths": {**start, "control_risk": round(observed, 1), "stop_at": enough},
        "… with four times the patients": {
            **start,
            "control_risk": round(observed, 1),
            "stop_at": enough,
            "patients": 4 * patients,
        },
    }
    controls = {
        "hr": slider("True hazard ratio", 0.2, 1.5, 0.005, start["hr"]),
        "patients": slider("Patients, both arms", 40, 1000, 2, patients),
        "follow_up": slider("Follow-up of each patient", 90, 1280, 10, int(days), "days"),
        "control_risk": slider(f"Controls dead by day {days:g}", 5.0, 95.0, 0.1, start["control_risk"], "%"),
        "stop_at": slider("Stop at so many deaths (0: never)", 0, 400, 1, 0),
    }
    return Panel("How many deaths find an effect?", controls, show, presets, compute=compute, size=(760, 380))
