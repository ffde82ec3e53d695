"""More panels of notebook 05: what endless trials, and many trials, would report."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import plots, style
from ..budget import gap_budget, published_gap
from ..collapsibility import crude_by_spread, leave_out, spread_needed
from ..many_trials import run_many_trials
from ..published_figures import published
from ..simulation import log_hazard
from ..trial_design import TrialDesign
from ..truths import population
from .controls import choice, slider
from .core import Panel

SIMULATED = "Simulated trials: not patients"


@lru_cache(maxsize=1)
def _usual_spread() -> float:
    """Standard deviation of patients' log hazard in the calibrated world, on placebo."""
    design = TrialDesign()
    return float(log_hazard(design, population(design), 0.0).std())


def noncollapsibility_panel() -> Panel:
    """Show that leaving out a covariate moves a hazard ratio towards 1 though both arms are alike in it.

    Endless patients: no chance, no confounding, the same effect for everyone.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.noncollapsibility_panel()
    >>> panel.set(effect=0.5, spread=2, deaths=40)
    >>> panel.sentence[:83]
    'Treatment multiplies every patient’s hazard by 0.50, and the arms are alike. Compar'
    """
    largest = 8.0

    def show(values, picture):
        effect, spread, deaths = float(values.effect), float(values.spread), values.deaths / 100
        memory = picture.memory
        if not hasattr(memory, "left"):
            memory.left = picture.figure.add_axes([0.09, 0.15, 0.37, 0.70])
            memory.right = picture.figure.add_axes([0.59, 0.15, 0.38, 0.70])
            plots.hr_axis(memory.left, (0.15, 1.6))
            memory.left.set(xlim=(0, largest), xlabel="Spread of prognosis (SD of log hazard)")
            memory.left.axhline(1, color=style.INK, linewidth=1)
            memory.left.set_title("What the two analyses give")
            memory.right.set(
                xlim=(0, 100), ylim=(-6, 0.5), xlabel="Time (% of follow-up)", ylabel="Mean log risk"
            )
            memory.right.axhline(0, color=style.PALE, linewidth=1)
            memory.right.set_title("Prognosis of those still alive")
            analyses = [{"color": style.ACTIVE}, {"color": style.CONTROL, "linestyle": (0, (5, 2))}]
            _legend(memory.left, ["with the covariate", "without it"], analyses, "lower right")
            _legend(
                memory.right, ["control", "treated"], [style.ARM_STYLE[0], style.ARM_STYLE[1]], "lower left"
            )
            plots.label_data(picture.figure, "Computed for endless invented patients")
        spreads, crude = crude_by_spread(effect, deaths, largest)
        here = leave_out(effect, spread, deaths)
        with picture.redrawing(memory.left, memory.right):
            memory.left.plot([0, largest], [effect, effect], color=style.ACTIVE)
            memory.left.plot(spreads, crude, color=style.CONTROL, linestyle=(0, (5, 2)))
            memory.left.plot(spread, here.crude_hr, "D", color=style.HIGHLIGHT, markersize=9, clip_on=False)
            for arm in (0, 1):
                memory.right.plot(100 * here.time, here.mean_risk[arm], **style.ARM_STYLE[arm])
        return said(effect, spread, here)

    def said(effect, spread, here):
        drift = "the same" if abs(here.crude_hr - effect) < 0.005 else "closer to 1"
        control, treated = here.mean_risk[:, -1]
        why = "the frail die earlier on control, so the survivors who are compared are no longer alike."
        if spread == 0:
            why = "nobody differs from anybody."
        elif effect == 1:
            why = "both arms lose their frail patients alike, so nothing drifts."
        return (
            f"Treatment multiplies every patient’s hazard by {effect:.2f}, and the arms are alike. Comparing them "
            f"without the covariate gives {here.crude_hr:.2f} in the long run: {drift}. Neither figure is wrong. "
            f"At the end the survivors' mean log risk is {_signed(control)} on control and {_signed(treated)} "
            f"on treatment: {why}"
        )

    gap = published_gap()
    needed = round(spread_needed(gap.adjusted_hr, gap.crude_hr, round(gap.deaths, 2)), 1)
    usual = round(_usual_spread(), 1)
    controls = {
        "effect": slider("True hazard ratio, for everyone", 0.2, 1.0, 0.01, 0.5),
        "spread": slider("Spread of prognosis left out", 0.0, largest, 0.1, 0.0, "SD"),
        "deaths": slider("Patients who die", 5, 95, 1, round(100 * gap.deaths), "%"),
    }
    presets = {
        "Nobody differs": {"spread": 0.0},
        "As in our ALS world": {"spread": usual},
        f"What {gap.crude_hr:.2f} from {gap.adjusted_hr:.2f} would need": {
            "effect": gap.adjusted_hr,
            "spread": needed,
            "deaths": round(100 * gap.deaths),
        },
        "No effect at all": {"effect": 1.0, "spread": 3.0},
    }
    return Panel("A hazard ratio does not average", controls, show, presets)


def _legend(ax, names, looks, place) -> None:
    """Draw a legend that stays when the lines it explains are drawn anew."""
    from matplotlib.lines import Line2D

    ax.legend([Line2D([], [], **look) for look in looks], names, loc=place, fontsize=9)


def _signed(value: float) -> str:
    return f"{value + 0.0:+.1f}".replace("-", "−") if abs(value) >= 0.05 else "0.0"


WORLDS = {
    "effect varies with pNFH": "varies",
    "same effect for everyone": "same",
    "no effect in anyone": "none",
}
ANALYSES = {"interaction, read at 0 pg/mL": "at_zero", "interaction, read at the mean": "at_mean"}
ANALYSES["adjusted, no interaction"] = "adjusted"


def many_trials_panel() -> Panel:
    """Show what a thousand trials of one design would report, and where the published pair of figures lies among them.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.many_trials_panel()
    >>> panel.wait(60)
    True
    >>> panel.sentence[:24]
    '500 trials of 220 patien'
    """
    crude, adjusted = published("mirocals_hr_unadjusted"), published("mirocals_hr_adjusted")
    pair = (crude.estimate, adjusted.estimate)
    limits = (0.05, 4.0)

    def design_of(values):
        design = TrialDesign(patients_per_arm=values.per_arm)
        if values.world == "varies":
            return design
        effect = float(np.log(crude.estimate)) if values.world == "same" else 0.0
        return design.replace(treatment_log_hr_at_zero=effect, treatment_log_hr_per_pg_ml=0.0)

    def compute(values, job):
        return run_many_trials(
            design_of(values), n_trials=values.n_trials, seed=values.seed, progress=job.report
        )

    def show(values, picture, trials):
        memory, against = picture.memory, values.against
        if not hasattr(memory, "axes"):
            memory.axes = picture.figure.add_axes([0.14, 0.14, 0.56, 0.80])
            plots.many_trials_frame(memory.axes, limits)
            plots.label_data(picture.figure, SIMULATED)
        power = {name: 100 * (trials[f"{name}_p"] < 0.05).mean() for name in ("crude", against)}
        either = 100 * ((trials["crude_p"] < 0.05) | (trials[f"{against}_p"] < 0.05)).mean()
        with picture.redrawing(memory.axes):
            plots.many_trials_points(memory.axes, trials, against, pair)
            lines = [
                "Trials with p < 0.05:",
                f"  unadjusted {power['crude']:.0f} %",
                f"  second analysis {power[against]:.0f} %",
            ]
            lines += [f"  one or the other {either:.0f} %"]
            memory.axes.text(
                1.04, 0.98, "\n".join(lines), transform=memory.axes.transAxes, va="top", linespacing=1.5
            )
        return said(values, trials, power, either)

    def said(values, trials, power, either):
        against = values.against
        low, middle, high = np.exp(trials[f"{against}_log_hr"].quantile([0.05, 0.5, 0.95]))
        crude_low, crude_middle, crude_high = np.exp(trials["crude_log_hr"].quantile([0.05, 0.5, 0.95]))
        target = np.log(pair[1] / pair[0])
        apart = 100 * (trials[f"{against}_log_hr"] - trials["crude_log_hr"] <= target).mean()
        none = values.world == "none"
        what = "Nothing works here, so these are false alarms: p < 0.05" if none else "Power: p < 0.05"
        return (
            f"{len(trials):,} trials of {2 * values.per_arm} patients. Unadjusted, the middle trial has HR "
            f"{crude_middle:.2f} (90 % of trials {crude_low:.2f}–{crude_high:.2f}); {plots.TITLES[against]}, "
            f"HR {middle:.2f} ({low:.2f}–{high:.2f}). {what} in {power['crude']:.0f} % unadjusted, "
            f"{power[against]:.0f} % in the second analysis, {either:.0f} % in one or the other. In {apart:.1f} % "
            f"the two lie as far apart as the published {pair[0]:.2f} and {pair[1]:.2f} (star)."
        )

    controls = {
        "world": choice("The truth", WORLDS),
        "against": choice("Second analysis", ANALYSES),
        "per_arm": slider("Patients in each arm", 20, 500, 10, 110),
        "n_trials": slider("How many trials", 100, 2000, 100, 500),
        "seed": slider("Another draw", 0, 20, 1, 0),
    }
    presets = {
        "Our world": {"world": "varies", "against": "at_zero", "per_arm": 110},
        "Same effect for all": {"world": "same", "against": "at_zero", "per_arm": 110},
        "Nothing works: pick the better p": {"world": "none", "against": "at_zero", "per_arm": 110},
        "Five times as many patients": {"world": "varies", "per_arm": 500},
    }

    def key(values):
        return values.world, values.per_arm, values.n_trials, values.seed

    return Panel("A thousand trials instead of one", controls, show, presets, compute=compute, key=key)


CAUSES = {
    "non_collapsibility": "averaging over\nprognosis",
    "chance_imbalance": "chance imbalance",
    "prespecified_set": "one set of covariates\nnamed beforehand",
    "best_of_all_sets": "best of all sets\nof covariates",
    "complete_cases": "patients left out\n(missing pNFH)",
    "read_at_zero_without_interaction": "read at 0, though\nno interaction",
    "read_at_zero": "a real interaction,\nread at 0",
    "all_together": "all together",
}


def gap_budget_panel() -> Panel:
    """Show for each cause alone how far it moves a hazard ratio from crude to adjusted, and how often far enough.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.gap_budget_panel()
    >>> panel.wait(120)
    True
    >>> "The causes do not add" in panel.sentence
    True
    """
    limits = (-2.2, 0.9)
    gap = published_gap()

    def compute(values, job):
        design = TrialDesign(
            prognostic_strength=float(values.strength),
            treatment_log_hr_per_pg_ml=values.slope / 10_000,
            missing_pnfh_share=values.missing / 100,
            missing_pnfh_log_odds=0.5,
        )
        return gap_budget(design, n_trials=values.n_trials, progress=job.report)

    def show(values, picture, budget):
        budget = budget.loc[list(CAUSES)]
        if not hasattr(picture.memory, "axes"):
            axes = picture.memory.axes = picture.figure.add_axes([0.24, 0.13, 0.60, 0.75])
            plots.gap_budget_frame(axes, list(CAUSES), CAUSES, limits, gap.target)
            axes.text(
                1.02,
                -0.75,
                "of trials get\nthat far",
                transform=axes.get_yaxis_transform(),
                va="bottom",
                fontsize=9,
            )
            plots.label_data(picture.figure, SIMULATED)
        with picture.redrawing(picture.memory.axes):
            plots.gap_budget_rows(picture.memory.axes, budget)
        reach = 100 * budget["share_reaching"]
        alone = reach.drop(["all_together", "non_collapsibility"])
        best = alone.idxmax()
        return (
            f"From {gap.crude_hr:.2f} to {gap.adjusted_hr:.2f} is {_two(gap.target)} on the log scale. Alone, "
            f"{_words(best)} gets that far most often, in {alone.max():.1f} % of {values.n_trials} trials; "
            f"chance imbalance in {reach['chance_imbalance']:.1f} %, the best of all sets in "
            f"{reach['best_of_all_sets']:.1f} %; averaging moves it by "
            f"{_two(budget.loc['non_collapsibility', 'p50'])} and never further. All together: "
            f"{reach['all_together']:.1f} %. The causes do not add, and one that could is not thereby the one that did."
        )

    controls = {
        "n_trials": slider("Trials for each cause", 100, 1000, 100, 200),
        "strength": slider("Prognosis, times our world's", 0.5, 3.0, 0.25, 1.0, "×"),
        "slope": slider("Interaction (published size: 3)", 0.0, 6.0, 0.5, 3.0, "per 10,000 pg/mL"),
        "missing": slider("Patients whose pNFH is missing", 0, 40, 5, 10, "%"),
    }
    presets = {
        "1000 trials a cause": {"n_trials": 1000},
        "Twice as strong prognosis": {"strength": 2.0},
        "No interaction in truth": {"slope": 0.0},
        "A third missing": {"missing": 35},
    }
    return Panel("What can each cause do alone?", controls, show, presets, compute=compute, size=(760, 470))


def _words(cause: str) -> str:
    return CAUSES[cause].replace("\n", " ")


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
