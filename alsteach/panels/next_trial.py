"""Panel of notebook 07: plan the next trial, for everybody or by CSF-pNFH, and see what a wrong belief costs."""

from __future__ import annotations

import math
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from .. import plots
from ..assumed_effects import AssumedEffect, eligible_share
from ..enrichment import EnrichmentPlan, enrichment_plan, simulate_next_trial
from ..frames import TrialDataError
from ..published_figures import published
from ..trial_design import TrialDesign
from ..truths import population
from .controls import choice, slider
from .core import Panel

SIMULATED = "Assumed effects and entry, simulated in our synthetic world: not patients, not MIROCALS"
TRIALS, PATIENTS_SIMULATED = 600, 600_000


def _groups() -> dict:
    low = published("mirocals_low_pnfh_from_pg_ml").estimate
    high = published("mirocals_low_pnfh_to_pg_ml").estimate
    return {"all": None, "up_to": (0.0, high), "between": (low, high)}


def _published_shares() -> dict:
    up_to = published("mirocals_share_low_to_moderate_percent").estimate
    return {"up_to": up_to, "between": published("mirocals_share_low_pnfh_percent").estimate}


def _factor(key: str) -> float:
    """How far the published interval reaches from the estimate, as a factor."""
    figure = published(key)
    return round(math.sqrt(figure.ci_high / figure.ci_low), 2)


def next_trial_panel(n_trials: int = TRIALS) -> Panel:
    """Plan a phase 3 for everybody or for those with some CSF-pNFH, and let the belief it rests on be wrong.

    Parameters
    ----------
    n_trials : int
        Simulated trials of each plan, fewer where trials are large.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.next_trial_panel(n_trials=100)
    >>> panel.wait(60)
    True
    >>> panel.sentence[:58]
    'Belief: HR 0.52 in 750–3700 pg/mL only. A trial in people '
    """
    groups, slope = _groups(), math.exp(1000 * TrialDesign().treatment_log_hr_per_pg_ml)
    up_to, between = f"up to {groups['up_to'][1]:.0f}", "{:.0f}–{:.0f}".format(*groups["between"])
    names = {"all": "everybody", "up_to": f"{up_to} pg/mL", "between": f"{between} pg/mL"}
    printed = _published_shares()
    cohort_share = {name: eligible_share(group) for name, group in groups.items()}

    @lru_cache(maxsize=1)
    def pnfh():
        return population(TrialDesign())[:, -1]

    def effect_of(kind, hr) -> AssumedEffect:
        if kind == "fades":
            return AssumedEffect(hr, hr_per_1000=slope)
        return AssumedEffect(hr, within=groups[kind])

    def compute(values, job) -> dict:
        belief, truth = effect_of(values.belief, values.hr), effect_of(values.truth, values.true_hr)
        outcomes = {}
        wanted = values.power / 100, values.screened_per_month, values.follow_up
        for row, (name, group) in enumerate(groups.items()):
            job.report(row / len(groups))
            try:
                plan = enrichment_plan(belief, group, *wanted)
            except TrialDataError as refusal:
                outcomes[name] = str(refusal)
                continue
            try:
                right = enrichment_plan(truth, group, *wanted)
            except TrialDataError:
                right = None
            trials = int(np.clip(PATIENTS_SIMULATED / plan.patients, 100, n_trials))
            found = []
            for number, effect in enumerate(dict.fromkeys((belief, truth)), start=2 * row):

                def progress(share, number=number):
                    job.report((number + share) / (2 * len(groups)))

                found.append(simulate_next_trial(plan, effect, trials, seed=number, progress=progress))
            outcomes[name] = SimpleNamespace(plan=plan, right=right, believed=found[0], truth=found[-1])
        return outcomes

    def draw_frame(picture, values):
        memory = picture.memory
        memory.axes, memory.outcomes, memory.strategy = (
            plots.next_trial_frame(picture.figure, groups),
            None,
            None,
        )
        plots.chance_axis(memory.axes["chance"], [""] * len(groups), values.power / 100)
        plots.label_data(picture.figure, SIMULATED)

    def show(values, picture, outcomes):
        if picture.turn_to(values.power):
            draw_frame(picture, values)
        memory = picture.memory
        axes = memory.axes
        planned = {n: o for n, o in outcomes.items() if not isinstance(o, str)}
        largest = {
            column: max((getattr(o.plan, column) for o in planned.values()), default=1)
            for column in plots.COUNTS
        }
        if memory.outcomes is not outcomes or memory.strategy != values.strategy:
            memory.outcomes, memory.strategy = outcomes, values.strategy
            with picture.redrawing(*(axes[column] for column in plots.COUNTS), seldom=True):
                for row, name in enumerate(groups):
                    draw_counts(axes, row, name, planned, largest, name == values.strategy)
        with picture.redrawing(axes["chance"]):
            for row, name in enumerate(groups):
                if name not in planned:
                    continue
                outcome = planned[name]
                chances = {"believed": (outcome.believed.power, outcome.believed.error)}
                if values.factor > 1:
                    chances["uncertain"] = (outcome.plan.assurance(values.factor), 0)
                if differs(values):
                    chances["truth"] = (outcome.truth.power, outcome.truth.error)
                plots.chance_row(axes["chance"], row, chances)
        return sentence(values, outcomes)

    def draw_counts(axes, row, name, planned, largest, chosen):
        label = f"{names[name]}\n{100 * cohort_share[name]:.0f} % eligible"
        if name in planned:
            label += f"\nHR {planned[name].plan.hr:.2f} expected"
            plots.next_trial_bars(axes, row, vars(planned[name].plan), largest, chosen)
        else:
            axes["screened"].text(0.06, row, "no plan", va="center")
        axes["screened"].text(
            -0.12, row, label, ha="right", va="center", weight="bold" if chosen else "normal"
        )

    def differs(values) -> bool:
        return (values.belief, values.hr) != (values.truth, values.true_hr)

    def in_words(kind, hr) -> str:
        where = {
            "all": "in everybody",
            "up_to": f"in {names['up_to']} only",
            "between": f"in {names['between']} only",
            "fades": "at 0 pg/mL, worse as pNFH rises (slope unverified)",
        }
        return (
            f"no effect in anybody (HR {hr:g})" if hr == 1 and kind != "fades" else f"HR {hr:g} {where[kind]}"
        )

    def sentence(values, outcomes):
        said = f"Belief: {in_words(values.belief, values.hr)}. "
        outcome = outcomes[values.strategy]
        of_whom = "everybody" if values.strategy == "all" else f"people with {names[values.strategy]}"
        if isinstance(outcome, str):
            return said + f"A trial in {of_whom}: {outcome}"
        plan: EnrichmentPlan = outcome.plan
        screened = f"enrols {plan.patients:,}"
        if values.strategy != "all":
            screened = (
                f"screens {plan.screened:,} by lumbar puncture ({100 * plan.share:.0f} % eligible; published: "
                f"{printed[values.strategy]:.0f} %), enrols {plan.patients:,}"
            )
        said += (
            f"A trial in {of_whom} {screened}, needs {plan.events:,} deaths and reads out after {plan.months:.0f} "
            f"months. If the belief is true, {_percent(outcome.believed)} of such trials are significant in favour"
        )
        if values.factor > 1:
            said += (
                f"; averaged over an interval of ×/÷ {values.factor:g} around it, taken at face value, "
                f"{100 * plan.assurance(values.factor):.0f} %"
            )
        said += ". "
        if differs(values):
            said += (
                f"If instead the truth is {in_words(values.truth, values.true_hr)}: {_percent(outcome.truth)}"
            )
            if outcome.right is not None:
                right = outcome.right
                said += f"; planned for that it takes {right.events:,} deaths and {right.months:.0f} months"
            said += ". "
        said += never_told(values, groups[values.strategy])
        if values.factor > 1:
            said += " A phase 2 p-value is not the chance that phase 3 succeeds, and no reason to prescribe."
        return said

    def never_told(values, group) -> str:
        truth = effect_of(values.truth, values.true_hr).hazard_ratios(pnfh())
        inside = np.full(len(pnfh()), True) if group is None else (pnfh() >= group[0]) & (pnfh() <= group[1])
        helped, harmed = truth < 0.97, truth > 1.03
        if group is None:
            if helped.all() or not helped.any():
                return "Everybody is studied."
            shares = {"gain nothing": 100 * (~helped & ~harmed).mean(), "are harmed": 100 * harmed.mean()}
            hidden = [f"{share:.0f} {what}" for what, share in shares.items() if share >= 0.5]
            return f"Everybody is studied, but one average hides that {' and '.join(hidden)} of 100 enrolled."
        out = 100 * (~inside).mean()
        said = f"{out:.0f} of 100 patients are never studied, and "
        missed = 100 * (helped & ~inside).mean()
        if missed >= 0.5:
            return said + f"{missed:.0f} whom the drug would help are never told."
        return said + "nobody learns whether the drug helps or harms them."

    adjusted, crude = published("mirocals_hr_adjusted"), published("mirocals_hr_unadjusted")
    low = published("mirocals_hr_low_pnfh")
    start = {
        "strategy": "between",
        "belief": "between",
        "hr": low.estimate,
        "factor": 1.0,
        "truth": "between",
        "true_hr": low.estimate,
    }
    presets = {
        f"p = {adjusted.p_value:g}, so prescribe?": start
        | {
            "strategy": "all",
            "belief": "all",
            "hr": adjusted.estimate,
            "factor": _factor("mirocals_hr_adjusted"),
            "truth": "all",
            "true_hr": crude.estimate,
        },
        f"Believe the {adjusted.estimate:g}": start
        | {
            "strategy": "all",
            "belief": "all",
            "hr": adjusted.estimate,
            "truth": "fades",
            "true_hr": adjusted.estimate,
        },
        f"Believe the {crude.estimate:g}": start
        | {
            "strategy": "all",
            "belief": "all",
            "hr": crude.estimate,
            "factor": _factor("mirocals_hr_unadjusted"),
            "truth": "all",
            "true_hr": crude.estimate,
        },
        "Wrong about the biomarker": start | {"truth": "all", "true_hr": crude.estimate},
        "… the other way round": start
        | {
            "strategy": "all",
            "belief": "all",
            "hr": crude.estimate,
            "truth": "between",
            "true_hr": low.estimate,
        },
    }
    kinds = {
        f"works in {names['between']} only": "between",
        f"works in {names['up_to']} only": "up_to",
        "works alike in everybody": "all",
        "fades as pNFH rises; the ratio is that at 0 pg/mL": "fades",
    }
    controls = {
        "strategy": choice("Your trial enrols", {text: name for name, text in names.items()}, "between"),
        "belief": choice("You believe that the drug", kinds, start["belief"]),
        "hr": slider("Believed hazard ratio", 0.2, 0.9, 0.01, start["hr"]),
        "factor": slider("Its 95 % interval reaches ×/÷", 1.0, 3.0, 0.01, start["factor"]),
        "truth": choice("In truth the drug", kinds, start["truth"]),
        "true_hr": slider("True hazard ratio", 0.2, 1.2, 0.01, start["true_hr"]),
        "screened_per_month": slider("Patients screened", 5, 60, 1, 20, "a month"),
        "follow_up": slider(
            "Follow-up of the last patient",
            6,
            36,
            1,
            round(published("mirocals_endpoint_months").estimate),
            "months",
        ),
        "power": slider("Power wanted", 50, 95, 5, 80, "%"),
    }

    def key(values):
        return tuple(v for name, v in vars(values).items() if name not in ("strategy", "factor"))

    return Panel(
        "The next trial: whom to enrol, and what if the belief is wrong?",
        controls,
        show,
        presets,
        compute=compute,
        key=key,
        size=(760, 400),
    )


def _percent(found) -> str:
    return f"{100 * found.power:.0f} % (±{100 * found.error:.0f})"
