"""Panels of page 07: from a paper to a patient, and to the next trial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ..data import checks
from ..data.trial import Trial
from ..plots import page07 as plots
from ..stats.absolute import EffectsAt, effects_of_counts, effects_of_curves, effects_of_shares, whole
from ..stats.blinding import (
    BeliefBias,
    BlindingIndex,
    bang_index,
    belief_bias,
    expected_guesses,
    guessing_people,
    rating_spread,
)
from ..stats.cox import Z95, fit_cox
from ..stats.curves import kaplan_meier
from ..stats.joint_rank import (
    FunctionTruth,
    JointRank,
    changes_counted,
    function_comparisons,
    function_trial,
    function_truth,
    joint_rank,
)
from ..stats.readings import mirocals_like_trial
from ..words import catalogue, numbers
from ..words.columns import column_unit
from ..words.published import published
from ..worlds.design import TrialDesign
from ..worlds.next_trial import AssumedEffect, EnrichmentPlan, chance_of_success, enrichment_plan, who_learns
from .panel import Guess, Handle, Layer, Panel, Said, Step, choice, fixed, in_turn, levels, panel, slider

# ---- the next trial

BELIEVED = {
    "all_032": "mirocals_hr_adjusted",
    "low_052": "mirocals_hr_low_pnfh",
    "all_081": "mirocals_hr_unadjusted",
}
PLANS = [
    ("all_032", "all"),
    ("low_052", "low"),
    ("low_052", "all"),
    ("all_081", "all"),
]  # belief, who is enrolled
TRUTHS = ("all_081", "low_052", "fades", "nothing")


@lru_cache(maxsize=1)
def low_pnfh() -> tuple[float, float]:
    return tuple(published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to"))


@lru_cache(maxsize=1)
def beliefs() -> dict:
    """Return the published figure behind each belief."""
    return {key: published(name) for key, name in BELIEVED.items()}


def ratios() -> dict:
    return {belief: figure.estimate for belief, figure in beliefs().items()}


def effect(assumed: str) -> AssumedEffect:
    """Return what is believed, or true."""
    if assumed == "nothing":
        return AssumedEffect(1.0)
    if assumed == "fades":
        slope = math.exp(1000 * TrialDesign().treatment_log_hr_per_pg_ml)
        return AssumedEffect(ratios()["all_032"], hr_per_1000=slope)
    within = low_pnfh() if assumed.startswith("low") else None
    return AssumedEffect(ratios()[assumed], within=within)


@lru_cache(maxsize=8)
def plan_of(belief: str, enrol: str) -> EnrichmentPlan:
    return enrichment_plan(effect(belief), low_pnfh() if enrol == "low" else None)


@lru_cache(maxsize=32)
def chance_of(belief: str, enrol: str, truth: str) -> float:
    """Return in how many of 100 such trials p is below 0.05 in favour of treatment."""
    return 100 * chance_of_success(plan_of(belief, enrol), effect(truth))


@dataclass(frozen=True)
class Planned:
    """One way to run the next trial."""

    belief: str
    enrol: str
    plan: EnrichmentPlan
    chance: float


def plans_so_far(values) -> tuple[Planned, ...]:
    """Return the plans from the smallest to the one asked for."""
    enrol = "all" if values.belief.startswith("all") else values.enrol
    kept = PLANS[: PLANS.index((values.belief, enrol)) + 1]
    return tuple(
        Planned(belief, enrol, plan_of(belief, enrol), chance_of(belief, enrol, values.truth))
        for belief, enrol in kept
    )


def of_hundred(chance: float) -> str:
    return numbers.of_hundred(chance) if chance >= 5 else numbers.fixed(chance, 1)


def plan_words(belief: str, enrol: str) -> str:
    return catalogue.panel("next_trial")(f"picture.plan.{belief}_{enrol}", hr=ratios()[belief])


def draw_header(axes, values, found):
    narrow = "narrow." if axes.narrow else ""
    plots.draw_trials_header(axes, axes.words(f"{narrow}found.{values.truth}", **ratios()))


def draw_plans(axes, values, found):
    for row, planned in enumerate(found):
        hidden = axes.guess.open and row == len(found) - 1
        plots.draw_plan(
            axes,
            row,
            plan_words(planned.belief, planned.enrol),
            None if hidden else planned.plan.patients,
            planned.chance,
            axes.words(
                "narrow.of_hundred" if axes.narrow else "of_hundred", chance=of_hundred(planned.chance)
            ),
            planned.belief,
        )


def say_trial(values, found) -> Said:
    asked = found[-1]
    plan, believed = asked.plan, beliefs()[asked.belief]
    learns = who_learns(plan.eligible, effect(values.truth))
    factor = math.sqrt(believed.ci_high / believed.ci_low)
    fields = ratios() | {
        "plan": plan_words(asked.belief, asked.enrol).replace("\n", " "),
        "patients": plan.patients,
    }
    fields |= {"chance": of_hundred(asked.chance), "events": plan.events, "months": plan.months}
    fields |= {"screened": plan.screened, "share": plan.share, "follow_up": plan.follow_up_months}
    fields |= {"rate": plan.screened_per_month, "power": plan.power}
    fields |= {"low": believed.ci_low, "high": believed.ci_high, "assured": 100 * plan.assurance(factor)}
    fields |= {name: 100 * getattr(learns, name) for name in ("never_studied", "never_told", "in_vain")}
    fields["expected"] = plan.hr
    more = ["plan", "screened" if plan.eligible else "everybody", "doubt", "expected", "formula"]
    if learns.never_studied:
        more.insert(2, "never_told" if learns.never_told else "never_studied")
    elif 0 < learns.in_vain < 1:
        more.insert(2, "in_vain")
    if values.truth == "fades":
        more.append("fades")
    return Said(values.truth, fields, more)


def patients_path(axes, values, found):
    return axes.points("main", *plots.patients_path(axes, len(PLANS) - 1))


def next_trial_panel() -> Panel:
    """Plan the next trial on one of three beliefs, and see how often it finds what may be true instead.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.next_trial_panel()
    >>> panel.finding
    'Believe 0.32, in everybody: 74 patients. If 0.81 is true, 9 such trials in 100 find it.'
    """
    return panel(
        "next_trial",
        controls=[
            choice("belief", BELIEVED),
            choice("enrol", ["low", "all"], start="all"),
            choice("truth", TRUTHS),
        ],
        off={"enrol": lambda values: "alike" if values.belief.startswith("all") else None},
        compute=plans_so_far,
        frame=lambda axes, values, found: plots.add_trials_axes(axes, [plan_words(*plan) for plan in PLANS]),
        layers=[Layer(draw_header, by=("truth",), found=False), Layer(draw_plans, by=())],
        say=say_trial,
        guess=Guess(
            patients_path, lambda values, found: found[-1].plan.patients, step="believe_081", start=0.25
        ),
        steps=[
            Step("believe_032"),
            Step("enrol_low", belief="low_052", enrol="low"),
            Step("enrol_all", belief="low_052"),
            Step("believe_081", belief="all_081"),
            Step("low_true", belief="all_081", truth="low_052"),
            Step("nothing", belief="all_081", truth="nothing"),
        ],
        badge="simulated",
        height=330,
    )


# ---- one result in five ways

WHOSE = ("published", "published_low", "cohort", "under", "low", "up_to", "over")
WAYS = ("frequencies", "relative", "points", "nnt", "time")
DAYS_A_MONTH = 365.25 / 12
FEW = 40  # patients of whom nothing much can be told


@dataclass(frozen=True, eq=False)
class Result:
    """A group of patients whose result can be told: a trial's (by day) or a publication's (of one day)."""

    hr: float
    ci_low: float
    ci_high: float
    p: float
    badge: str
    end: int
    unit: str = "days"
    patients: int | None = None
    curves: pd.DataFrame | None = None
    told: EffectsAt | None = None
    misread: float | None = None  # the hazard ratio that tempts to be read as a share of deaths

    def at(self, day: float) -> EffectsAt:
        return effects_of_curves(self.curves, day) if self.told is None else self.told


def published_result(key: str, told: EffectsAt, misread: str) -> Result:
    hr, n = published(key), None if told.n_1 is None else told.n_1 + told.n_0
    figures = {"hr": hr.estimate, "ci_low": hr.ci_low, "ci_high": hr.ci_high, "p": hr.p_value}
    figures |= {"misread": published(misread).estimate, "patients": n, "end": int(told.day)}
    return Result(**figures, badge="paper_arithmetic", told=told)


def of_everybody() -> Result:
    day = published("mirocals_endpoint_day").estimate
    keys = ("deaths_il2", "n_il2", "deaths_placebo", "n_placebo")
    counts = [int(published(f"mirocals_{key}").estimate) for key in keys]
    return published_result("mirocals_hr_unadjusted", effects_of_counts(*counts, day), "mirocals_hr_adjusted")


def of_the_low() -> Result:
    day = published("mirocals_endpoint_day").estimate
    alive = [published(f"mirocals_alive_low_pnfh_{arm}_percent").estimate for arm in ("il2", "placebo")]
    told = effects_of_shares(*(1 - percent / 100 for percent in alive), day)
    return published_result("mirocals_hr_low_pnfh", told, "mirocals_hr_low_pnfh")


def of_trial(trial: Trial, rows=None) -> Result:
    df, outcome = trial.frame, trial.outcome
    checks.check_columns(df, list(outcome.values()))
    checks.durations(df, trial.duration_col), checks.events(df, trial.event_col)
    df = df.assign(**{trial.treatment: checks.treatment(df, trial.treatment)})
    df, _ = checks.keep_complete(df, list(outcome.values()), "warn")
    end = int(df.groupby(trial.treatment)[trial.duration_col].max().min())
    df = df if rows is None else df[rows]
    curves = kaplan_meier(df, trial.duration_col, trial.event_col, by=trial.treatment)
    effect = fit_cox(df, **outcome).table.iloc[0]
    figures = {name: float(effect[name]) for name in ("hr", "ci_low", "ci_high", "p")}
    unit = column_unit(trial.duration_col) or "time units"
    misread = figures["hr"] if figures["hr"] < 1 else None
    return Result(
        **figures, badge=trial.badge, end=end, unit=unit, patients=len(df), curves=curves, misread=misread
    )


@lru_cache(maxsize=16)
def result_of(who: str | Trial) -> Result:
    if isinstance(who, Trial):
        return of_trial(who)
    if who.startswith("published"):
        return of_everybody() if who == "published" else of_the_low()
    trial, (low, high) = mirocals_like_trial(), low_pnfh()
    marker = trial.frame[trial.interaction]
    rows = {
        "under": marker < low,
        "low": marker.between(low, high),
        "up_to": marker <= high,
        "over": marker > high,
    }
    return of_trial(trial, rows.get(who))


@dataclass(frozen=True, eq=False)
class Told:
    """A result on one day, and the words in which it is told."""

    result: Result
    at: EffectsAt

    @property
    def points(self) -> float:
        """How many of 100 fewer died."""
        return 100 * self.at.reduction.estimate

    @property
    def ends(self) -> tuple[float, float] | None:
        low, high = (100 * end for end in (self.at.reduction.ci_low, self.at.reduction.ci_high))
        return None if math.isnan(low) else (low, high)

    def ratio(self, gain: bool):
        return self.at.survival_ratio if gain else self.at.risk_ratio

    @property
    def scale(self) -> tuple[float, str]:
        """How much of the trial's unit of time the words' unit is, and its name."""
        return (DAYS_A_MONTH, "months") if self.result.unit == "days" else (1.0, self.result.unit)


@lru_cache(maxsize=256)
def told_of(who: str | Trial, day: float) -> Told:
    result = result_of(who)
    return Told(result, result.at(day))


def words(key: str, **fields) -> str:
    return catalogue.panel("absolute_effect")(f"picture.{key}", **fields)


def arm_name(values, arm: int) -> str:
    return words(f"arm.{'own' if isinstance(values.who, Trial) else 'mirocals'}_{arm}")


def unit_name(unit: str) -> str:
    return words(f"units.{unit}") if unit in ("days", "months", "weeks", "years") else unit


def outcome_of(values, found) -> str:
    """Return the key of what there is more or less of: the living or the dead."""
    if round(found.points, 6) == 0:
        return "same"
    fewer = found.points > 0
    if values.framing == "gain":
        return "more_alive" if fewer else "fewer_alive"
    return "fewer_dead" if fewer else "more_dead"


def share_words(values, found, arm: int) -> str:
    """Return how many of an arm died, or live: of its patients if all were followed, else of 100."""
    at, gain = found.at, values.framing == "gain"
    risk, deaths, n = (getattr(at, f"{name}_{arm}") for name in ("risk", "deaths", "n"))
    if n and math.isclose(deaths / n, risk, abs_tol=1e-9):
        return words("of", n=numbers.integer(n - deaths if gain else deaths), of=n)
    share = 100 * (1 - risk if gain else risk)
    return words("of", n=numbers.fixed(share, 0 if abs(share - round(share)) < 0.05 else 1), of=100)


def side_words(points: float, gain: bool) -> str:
    """Return an end of the interval of a difference: so many fewer, or more."""
    kind = ("more" if points > 0 else "fewer") if gain else ("fewer" if points > 0 else "more")
    return words(f"side.{kind}", size=abs(points))


def no_interval(found, where: str = "no_interval") -> str:
    return words(f"{where}.{'sizes' if found.at.n_1 is None else 'formula'}")


def interval_words(values, found) -> str:
    """Return the interval of the way in which the result is told."""
    gain = values.framing == "gain"
    if values.way == "time":
        gained = found.at.time_gained
        if gained is None or math.isnan(gained.ci_low) or gained.ci_low == gained.ci_high:
            return no_interval(found)
        low, high = (time_words(end / found.scale[0]) for end in (gained.ci_low, gained.ci_high))
        return words("interval.time", low=low, high=high)
    if found.ends is None:
        return no_interval(found)
    if values.way == "nnt":
        (best, better), (worst, worse) = found.at.nnt.best, found.at.nnt.worst
        ends = {"best": needed_words(best, better), "worst": needed_words(worst, worse)}
        return words("interval.through" if found.at.nnt.through_infinity else "interval.one_side", **ends)
    if values.way == "relative":
        ratio = found.ratio(gain)
        if math.isnan(ratio.ci_low):
            return no_interval(found)
        ends = sorted((ratio.ci_low, ratio.ci_high), reverse=gain)
        kinds = [("more" if end > 1 else "fewer") for end in ends]
        best, worst = (
            words(f"percent_side.{kind}", percent=abs(100 * (end - 1)))
            for kind, end in zip(kinds, ends, strict=True)
        )
        return words("interval.points", best=best, worst=worst)
    low, high = found.ends
    return words("interval.points", best=side_words(high, gain), worst=side_words(low, gain))


def time_words(time: float) -> str:
    """Return an end of the interval of time gained, as exact as the estimate; one near 0 tells its side of it."""
    if time and round(time, 1) == 0:
        return words(f"near_zero.{'over' if time > 0 else 'under'}")
    return numbers.fixed(time, 1)


def needed_words(number: float, side: str) -> str:
    if math.isinf(number):
        return "∞"
    return words(f"needed.{side}", n=whole(number))


def percent_of(values, found) -> float:
    """Return by how many per cent one arm has more or fewer deaths, or people alive, than the other."""
    return abs(100 * (found.ratio(values.framing == "gain").estimate - 1))


def misleads(values, found) -> bool:
    """Whether the hazard ratio, read as a share of deaths, promises more than the deaths show."""
    misread = found.result.misread
    if misread is None or outcome_of(values, found) != "fewer_dead":
        return False
    return round(percent_of(values, found)) < round(100 * (1 - misread))


def finding_of(values, found) -> str:
    way, outcome = values.way, outcome_of(values, found)
    if way == "time":
        gained = found.at.time_gained
        if gained is None:
            return "time_unknown"
        rounded = round(gained.estimate / found.scale[0], 1)
        return "time_same" if rounded == 0 else "time_fewer" if rounded < 0 else "time_more"
    if way == "relative" and math.isnan(found.ratio(values.framing == "gain").estimate):
        return "relative_nothing"
    if way == "relative" and misleads(values, found):
        return "relative_misread"
    if way == "frequencies" and outcome == "same":
        return "frequencies_same_alive" if values.framing == "gain" else "frequencies_same_dead"
    return f"{way}_{outcome}"


def fields_of(values, found) -> dict:
    at, result = found.at, found.result
    unit = unit_name(result.unit)
    when = (
        words("when.days", day=at.day)
        if result.unit == "days"
        else words("when.other", day=at.day, unit=unit)
    )
    fields = {
        "when": when,
        "hr": result.hr,
        "p": result.p,
        "hr_ci": (result.hr, result.ci_low, result.ci_high),
    }
    fields |= {f"arm_{arm}": arm_name(values, arm) for arm in (0, 1)}
    fields |= {f"share_{arm}": share_words(values, found, arm) for arm in (0, 1)}
    fields |= {"size": abs(found.points), "percent": percent_of(values, found)}
    fields |= {"interval": interval_words(values, found), "patients": result.patients or 0}
    fields |= {"n": "" if math.isinf(at.nnt.estimate) else whole(at.nnt.estimate)}
    misread = result.hr if result.misread is None else result.misread
    fields |= {"misread": misread, "misread_percent": 100 * (1 - misread)}
    gained = math.nan if at.time_gained is None else at.time_gained.estimate
    fields |= {"gained": abs(gained / found.scale[0]), "time_unit": unit_name(found.scale[1])}
    return fields


def tell_frame(axes, values, found):
    gain, large = values.framing == "gain", values.way == "frequencies"
    plots.add_people_axes(axes)
    if large or not axes.narrow:
        plots.draw_legend(
            axes, {kind: axes.words(f"legend.{kind}") for kind in ("died", "alive")}, gain, large
        )
    if values.way == "relative":
        plots.add_percent_axis(axes, axes.words(f"percent_{values.framing}", arm=arm_name(values, 0)))
    elif values.way in ("points", "nnt"):
        plots.add_difference_axis(axes, values.way == "nnt", axes.words)
    elif values.way == "time":
        plots.add_outcome_axis(axes, found.result.end, gain, axes.words, unit_name(found.result.unit))


def draw_curves(axes, values, found):
    if values.way != "time":
        return
    if found.result.curves is None:
        plots.draw_not_published(axes, axes.words("no_curves"))
    else:
        names = [arm_name(values, arm) for arm in (0, 1)]
        plots.draw_curves(axes, found.result.curves, names, values.framing == "gain")


def draw_said(axes, values, found):
    key, fields = finding_of(values, found), fields_of(values, found)
    who = values.who if isinstance(values.who, str) else "own"
    low, high = low_pnfh()
    about = axes.words(
        f"{'narrow.' if axes.narrow else ''}who.{who}", n=fields["patients"], low=low, high=high
    )
    under = axes.words("narrow.under" if axes.narrow else "under", who=about, **fields)
    plots.draw_telling(axes, axes.words(f"headline.{key}", **fields), under)


def draw_people(axes, values, found):
    large = values.way == "frequencies"
    if axes.narrow and not large:
        return
    gain, at = values.framing == "gain", found.at
    dead = [100 * at.risk_0, 100 * at.risk_1]
    said = [
        axes.words(
            f"people_{values.framing}", arm=arm_name(values, arm), share=share_words(values, found, arm)
        )
        for arm in (0, 1)
    ]
    plots.draw_people(axes, dead, said, gain, large)
    if found.points:
        kind = "spared" if found.points > 0 else "lost"
        plots.draw_legend(axes, {kind: axes.words(f"legend.{kind}", size=abs(found.points))}, gain, large)


def draw_way(axes, values, found):
    gain, fields = values.framing == "gain", fields_of(values, found)
    names = [arm_name(values, arm) for arm in (0, 1)]
    if values.way == "relative":
        ratio, misread = found.ratio(gain).estimate, found.result.misread
        told = None
        if misleads(values, found):
            told = 100 * misread, axes.words("misread", percent=100 * (1 - misread))
        if not math.isnan(ratio):
            said = [
                axes.words("of_the_first", arm=name, percent=value)
                for name, value in zip(names, (1, ratio), strict=True)
            ]
            plots.draw_percent(axes, 100 * ratio, said, told)
    elif values.way == "points":
        said = ["", numbers.fixed(abs(found.points), 1), ""]
        if found.ends is not None:
            said[0], said[2] = (numbers.fixed(abs(end), 1) for end in found.ends)
        plots.draw_difference(axes, found.points, found.ends, said, no_interval(found, "no_bar"))
    elif values.way == "nnt":
        nnt = found.at.nnt
        said = ["", fields["n"] or "∞", ""]
        if found.ends is not None:
            said[0], said[2] = ("∞" if math.isinf(n) else whole(n) for n, _ in (nnt.worst, nnt.best))
        plots.draw_difference(axes, found.points, found.ends, said, no_interval(found, "no_bar"))
    elif values.way == "time" and found.result.curves is not None:
        plots.draw_gain(axes, found.result.curves, found.at.day, gain)


def say_result(values, found) -> Said:
    fields, more = fields_of(values, found), ["hr"]
    if values.way in ("frequencies", "relative") and found.ends is not None:
        more.append("interval")  # the other findings have theirs
    if found.result.patients is not None and found.result.patients < FEW:
        more.append("few")
    if found.at.n_1 is None:
        more.append("reported")
    if values.way == "nnt" and found.at.nnt.through_infinity:
        more.append("through")
    if found.points:
        more.append("who")
    told = "_told" if values.way == "nnt" and found.at.n_1 is None else ""
    return Said(finding_of(values, found) + told, fields, more)


def told_days(values) -> tuple:
    return 0, result_of(values.who).end, 1


def time_path(axes, values, found):
    if values.way != "time" or found.result.curves is None:
        return np.empty((0, 3))
    days = np.linspace(0, found.result.end, 61)
    return axes.points("side", days, 0, days)


def absolute_effect_panel(trial: Trial | None = None) -> Panel:
    """Tell one result of a trial in five ways, as deaths or as lives, with a hundred people an arm.

    Parameters
    ----------
    trial : Trial, optional
        By default the published figures of MIROCALS and the synthetic cohort, overall and by CSF-pNFH.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If the trial cannot be analysed.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.absolute_effect_panel().go("needed")
    >>> panel.finding
    '14 treated for one death fewer by day 640; 95 % interval from benefit at 5 through infinity to harm at 18.'
    """
    end = result_of("published" if trial is None else trial).end
    steps = [
        Step("counts"),
        Step("percent", way="relative"),
        Step("lives", way="relative", framing="gain"),
        Step("points", way="points"),
        Step("needed", way="nnt"),
    ]
    if trial is None:
        steps += [Step("stratum", who="published_low", way="nnt"), Step("months", who="low", way="time")]
    else:
        steps += [Step("months", way="time")]
    return panel(
        "absolute_effect",
        controls=[
            choice("who", WHOSE) if trial is None else fixed("who", trial),
            choice("way", WAYS),
            # Months gained are of the living: there the day takes the place of what is counted.
            in_turn(choice("framing", ["loss", "gain"]), lambda values: values.way != "time", "framing"),
            in_turn(
                slider("day", 0, end, 1, end, limits=told_days), lambda values: values.way == "time", "day"
            ),
        ],
        off={"day": lambda values: "one_day" if result_of(values.who).curves is None else None},
        compute=lambda values: told_of(values.who, values.day),
        needs=("who", "day"),
        frame=tell_frame,
        frame_by=("who", "way", "framing"),
        layers=[
            Layer(draw_curves, by=("who", "way", "framing"), found=False),
            Layer(draw_said, by=("way", "framing")),
            Layer(draw_people, by=("way", "framing")),
            Layer(draw_way, by=("way", "framing")),
        ],
        say=say_result,
        handles=[Handle("day", time_path)],
        steps=steps,
        badge=lambda values: result_of(values.who).badge,
        height=330,
    )


# ---- function, when some have died

COUNTED = {"living": "survivors_only", "last": "carried_forward", "zero": "zero_for_dead"}
DEAD_ARE = ("living", "both", "last", "zero", "order")
ARMS = (1, 0)


@dataclass(frozen=True, eq=False)
class Function:
    """A synthetic trial of twins, and its comparisons: what is done with the dead makes the difference."""

    trial: pd.DataFrame
    changes: dict
    table: pd.DataFrame
    ranked: JointRank
    truth: FunctionTruth
    per_arm: int

    @property
    def arm(self) -> np.ndarray:
        return self.trial["treated"].to_numpy()

    @property
    def died(self) -> np.ndarray:
        return self.trial["died"].to_numpy() == 1

    @property
    def spared(self) -> np.ndarray:
        """Who lives while the twin in the other arm has died."""
        died = self.died.reshape(2, -1)  # the arms stand one after the other, twins at the same places
        return (~died & died[::-1]).ravel()

    def dead(self, arm: int) -> int:
        return int(self.died[self.arm == arm].sum())

    def estimate(self, dead_are: str) -> float:
        if dead_are == "both":
            return self.truth.effect
        return float(self.table.at[COUNTED[dead_are], "estimate"])

    def counted(self, dead_are: str) -> np.ndarray:
        """Who is averaged."""
        if dead_are in ("last", "zero"):
            return np.ones(len(self.trial), dtype=bool)
        return ~self.died & ~self.spared if dead_are == "both" else ~self.died

    def scores(self, dead_are: str) -> np.ndarray:
        return self.changes[COUNTED.get(dead_are, "survivors_only")]


@lru_cache(maxsize=64)
def functions(ratio: float, slowing: float, per_arm: int) -> Function:
    trial = function_trial(ratio, slowing, per_arm)
    found = changes_counted(trial), function_comparisons(trial), joint_rank(trial), function_truth(trial)
    return Function(trial, *found, per_arm)


def draw_function(axes, values, found):
    ordered, died, spared = values.dead == "order", found.died, found.spared
    plots.draw_arm_names(axes)
    if ordered:
        plots.draw_last_death(axes, int(died.sum()), found.per_arm)
        name = "won_narrow" if axes.narrow else "won"
        won = axes.words(name, won=100 * found.ranked.win_probability)
        plots.draw_headline(axes, won, axes.words("everybody"))
        for arm in ARMS:
            rows = found.arm == arm
            plots.draw_order(axes, arm, found.ranked.ranks.to_numpy()[rows], died[rows], found.per_arm)
        return
    scores, counted = found.scores(values.dead), found.counted(values.dead)
    shown = spared if values.dead == "both" else np.zeros_like(spared)
    for arm in ARMS:
        rows = found.arm == arm
        plots.draw_scores(axes, arm, scores[rows], died[rows], shown[rows], counted[rows], found.per_arm)
        out = values.dead in ("living", "both")
        plots.draw_gone(axes, arm, found.dead(arm), found.per_arm, out)
        plots.draw_mean(axes, arm, float(scores[rows & counted].mean()))
    estimate = axes.words("apart", estimate=found.estimate(values.dead))
    plots.draw_headline(axes, estimate, axes.words("truth", truth=found.truth.effect))


def spared_by(truth: FunctionTruth) -> str:
    return "both" if truth.saved > 0 else "both_lost" if truth.saved < 0 else "both_same"


def say_function(values, found) -> Said:
    truth, ranked = found.truth, found.ranked
    fields = {"dead_1": found.dead(1), "dead_0": found.dead(0), "n": found.per_arm}
    fields |= {"truth": truth.effect, "n_both": truth.n_both, "saved": abs(truth.saved)}
    fields |= {"change_one": truth.change_one, "change_both": truth.change_both}
    fields |= {"won": 100 * ranked.win_probability, "p": ranked.p}
    fields |= {"won_low": 100 * ranked.ci_low, "won_high": 100 * ranked.ci_high}
    for name, row in zip(COUNTED, found.table.loc[list(COUNTED.values())].itertuples(), strict=True):
        fields |= {name: row.estimate, f"{name}_low": row.ci_low, f"{name}_high": row.ci_high}
    finding = spared_by(truth) if values.dead == "both" else values.dead
    more = ["died", *COUNTED, "order", "truth"] + (["spared"] if truth.saved else [])
    return Said(finding, fields, more)


def joint_rank_panel() -> Panel:
    """Compare function in a synthetic trial whose drug changes who lives: what is done with the dead decides.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.joint_rank_panel()
    >>> panel.finding
    "Among the living the drug's arm averages −2.2 points against placebo. Its true effect on function: 0.0 points."
    """
    return panel(
        "joint_rank",
        controls=[
            choice("dead", DEAD_ARE),
            slider("ratio", 0.3, 2.0, 0.05, 0.5),
            slider("slowing", -40, 40, 5, 0),
            levels("per_arm", [20, 50, 100, 200, 300], 100, more=True),
        ],
        compute=lambda values: functions(values.ratio, values.slowing, values.per_arm),
        needs=("ratio", "slowing", "per_arm"),
        frame=lambda axes, values, found: plots.add_function_axes(axes, values.dead == "order"),
        frame_by=("dead",),
        layers=[Layer(draw_function)],
        say=say_function,
        steps=[
            Step("living"),
            Step("both", dead="both"),
            Step("kills", ratio=2.0),
            Step("last", dead="last"),
            Step("order", dead="order"),
            Step("mixed", dead="order", slowing=-20),
        ],
        badge="simulated",
        height=330,
    )


# ---- who guesses

MONTHS = 18.0  # MIROCALS treated for so long
BOTH = ("active", "placebo")


@dataclass(frozen=True, eq=False)
class Guesses:
    """What people of two arms guess, and what that does to what they rate and to what is counted."""

    shares: pd.DataFrame
    people: dict

    def thinks(self, arm: str) -> dict:
        """Return the shares of an arm that take theirs for the drug, for placebo, and do not know."""
        right, wrong, unsure = self.shares.loc[arm, ["correct", "wrong", "dont_know"]]
        drug, placebo = (right, wrong) if arm == "active" else (wrong, right)
        return {"drug": drug, "placebo": placebo, "unsure": unsure}

    def index(self, arm: str, per_arm: int) -> BlindingIndex:
        return bang_index(*(per_arm * self.shares.loc[arm]))

    def bias(self, values) -> BeliefBias:
        return belief_bias(self.shares, values.points, spread(), values.per_arm)


@lru_cache(maxsize=1)
def spread() -> float:
    return rating_spread(MONTHS)


@lru_cache(maxsize=1)
def known() -> dict[str, float]:
    """Return the published figures used here: the table is read but once."""
    names = {"alive": "mirocals_alive_placebo", "of": "mirocals_n_placebo", "treated": "mirocals_n_il2"}
    names |= {
        "events": "t1d_il2_events_1_miu",
        "none": "t1d_il2_events_placebo",
        "group": "t1d_il2_n_per_group",
    }
    return {name: published(key).estimate for name, key in names.items()}


def by_chance(per_arm: int) -> float:
    """Return how far the share alive may differ between the arms by chance, in points of 100."""
    alive = known()["alive"] / known()["of"]
    return 100 * Z95 * float(np.sqrt(2 * alive * (1 - alive) / per_arm))


def guesses(values) -> Guesses:
    share = {name: value / 100 for name, value in vars(values).items()}
    rates = {arm: share[arm] for arm in BOTH}
    swayed = {name: share[name] for name in ("convinced", "unmasked", "unsure")}
    return Guesses(
        expected_guesses(rates["active"], rates["placebo"], **swayed),
        {arm: guessing_people(rates[arm], **swayed, people=plots.EACH) for arm in BOTH},
    )


def draw_guesses(axes, values, found):
    for row, arm in enumerate(BOTH):
        text = axes.fitting(arm, reacted=getattr(values, arm) / 100)
        plots.draw_believers(axes, row, *found.people[arm], found.thinks(arm), text)


def draw_outcomes(axes, values, found):
    bias = found.bias(values)
    moved = axes.words("moved", difference=bias.difference)
    alarms = axes.words("alarms", n=100 * bias.false_alarms)
    plots.draw_headline(axes, moved, alarms)
    plots.draw_result(axes, "rating", bias.difference, Z95 * bias.se, axes.words("number", n=bias.difference))
    plots.draw_result(axes, "alive", 0.0, by_chance(values.per_arm), axes.words("number", n=0.0))


def say_guesses(values, found) -> Said:
    bias = found.bias(values)
    fields = {"difference": bias.difference, "alarms": 100 * bias.false_alarms}
    fields |= {
        "n": values.per_arm,
        "by_chance": by_chance(values.per_arm),
        "points": values.points,
        "sd": spread(),
    }
    for arm in BOTH:
        index = found.index(arm, values.per_arm)
        fields |= {f"{arm}_right": found.shares.at[arm, "correct"], f"{arm}_index": index.index}
        fields |= {f"{arm}_low": index.ci_low, f"{arm}_high": index.ci_high}
        fields |= {f"{arm}_drug": found.thinks(arm)["drug"]}
    fields |= {name: known()[name] for name in ("events", "none", "group")}
    apart = abs(found.thinks("active")["drug"] - found.thinks("placebo")["drug"])
    finding = "moved"
    if not values.points:
        finding = "stranger"
    elif abs(bias.difference) < 0.05:
        finding = "alike" if apart < 0.005 else "hardly"
    return Said(finding, fields, ["right", "index", "assumed", "alive", "diabetes", "unknown"])


def blinding_panel() -> Panel:
    """Set how often injections leave a reaction: what patients guess, and what belief does to their own ratings.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.blinding_panel().go("drug")
    >>> panel.finding[:71]
    'A drug without effect: belief moves the own ratings by +1.3 points, and'
    """
    active, placebo = (round(100 * known()[name] / known()["group"]) for name in ("events", "none"))
    reddened = {"active": 80, "placebo": 10}
    return panel(
        "blinding",
        controls=[
            slider("active", 0, 100, 1, 20),
            slider("placebo", 0, 100, 1, 20),
            slider("points", 0.0, plots.LARGEST, 0.5, 3.0),
            slider("convinced", 0, 100, 1, 80, more=True),
            slider("unmasked", 0, 100, 1, 40, more=True),
            slider("unsure", 0, 100, 1, 50, more=True),
            slider("per_arm", 20, 500, 10, round(known()["treated"]), more=True),
        ],
        compute=guesses,
        needs=("active", "placebo", "convinced", "unmasked", "unsure"),
        frame=lambda axes, values, found: plots.add_guess_axes(axes),
        layers=[Layer(draw_guesses, by=()), Layer(draw_outcomes, by=("points", "per_arm"))],
        say=say_guesses,
        steps=[
            Step("alike"),
            Step("drug", **reddened),
            Step("both", active=80, placebo=80),
            Step("hope", active=100, placebo=100, convinced=100),
            Step("diabetes", active=active, placebo=placebo),
            Step("stranger", **reddened, points=0.0),
        ],
        badge="model",
        height=320,
    )
