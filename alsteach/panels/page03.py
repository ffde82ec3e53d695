"""Panels of page 03: how to read a survival trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..data.tables import load_pbc
from ..data.trial import Trial
from ..plots import page03 as plots
from ..stats.curves import Counted, EveryDay, Factor, count_the_lost, kaplan_meier_factors, read_every_day
from ..stats.power import (
    SimulatedPower,
    TwoArmPlan,
    iterate_power,
    margin_of_share,
    plan_for_power,
    risk_under_hazard_ratio,
    schoenfeld_events,
    schoenfeld_significant,
)
from ..stats.readings import mirocals_like_trial, veteran_trial
from ..words import catalogue, numbers
from ..words.published import eight_patients, mirocals_plan, published
from ..worlds.toys import twenty_people
from .panel import (
    Guess,
    Handle,
    Layer,
    Mark,
    Panel,
    Partial,
    Said,
    Step,
    choice,
    in_turn,
    panel,
    slider,
    tick,
)

# ---- twenty people walk through the plan

PLAN = mirocals_plan()
END = int(PLAN["endpoint_day"])


@lru_cache(maxsize=1)
def people() -> pd.DataFrame:
    return twenty_people(PLAN["run_in_min_days"], PLAN["run_in_max_days"])


def draw_people(axes, values, found):
    plots.draw_people(axes, values.day, found)


def draw_day_of_the_plan(axes, values, found):
    counts = still_alive(found, values.day)
    told = {arm: axes.words(f"arm_{arm}", alive=alive, of=of) for arm, (alive, of) in counts.items()}
    plots.draw_arm_names(axes, values.day, found, told | {-1: axes.words("no_arm")})
    plots.draw_injections(axes, values.day, PLAN)
    plots.draw_today(axes, values.day)


def still_alive(people: pd.DataFrame, day: float) -> dict[int, tuple[int, int]]:
    """Return how many of how many randomised are alive on a day, by arm."""
    randomised = people[people["arm"] >= 0]
    dead = (randomised["ending"] == "died") & (randomised["ends"] <= day)
    return {
        int(arm): (int((~dead[rows.index]).sum()), len(rows))
        for arm, rows in randomised.groupby("arm", sort=False)
    }


def phase_of(day: float) -> str:
    if day < 0:
        return "run_in"
    if day == 0:
        return "randomised"
    if day >= END:
        return "endpoint"
    if day >= PLAN["treatment_days"]:
        return "after"
    return "injections" if day % PLAN["cycle_days"] < PLAN["days_on"] else "between"


def say_day_of_the_plan(values, found) -> Said:
    day, gone = values.day, (found["arm"] < 0) & (found["ends"] <= values.day)
    entered, counts = int((found["enters"] <= day).sum()), still_alive(found, day).values()
    alive, randomised = (sum(part) for part in zip(*counts, strict=True))
    fields = {
        "day": day,
        "before": -day,
        "entered": entered,
        "all": len(found),
        "gone": int(gone.sum()),
        "alive": alive,
    }
    fields |= {
        "randomised": randomised,
        "dead": randomised - alive,
        "cycle": int(day // PLAN["cycle_days"]) + 1,
    }
    fields |= {
        "of_cycle": day % PLAN["cycle_days"] + 1,
        "cycle_days": PLAN["cycle_days"],
        "days_on": PLAN["days_on"],
    }
    fields |= {"months": published("mirocals_treatment_months").estimate}
    fields |= {"least": PLAN["run_in_min_days"] / 7, "most": PLAN["run_in_max_days"] / 7}
    return Said(phase_of(day), fields, ["run_in", "plan", "invented"])


def plan_path(axes, values, found):
    days = np.array([-PLAN["run_in_max_days"], END])
    return axes.points("main", days, axes.main.get_ylim()[0], days)


def trial_design_panel() -> Panel:
    """Let twenty invented people live through the plan of MIROCALS: run-in, randomisation, injections, endpoint.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.trial_design_panel().go("endpoint")
    >>> panel.finding
    'Day 640: 7 of 18 have died. The 11 alive are censored: alive when last counted, not cured and not lost.'
    """
    first = -int(PLAN["run_in_max_days"])
    return panel(
        "trial_design",
        controls=[slider("day", first, END, 1, -30)],
        compute=lambda values: people(),
        needs=(),
        frame=lambda axes, values, found: plots.add_plan_axes(axes, PLAN, found),
        layers=[Layer(draw_people, by=("day",)), Layer(draw_day_of_the_plan, by=("day",))],
        say=say_day_of_the_plan,
        handles=[Handle("day", plan_path)],
        steps=[
            Step("run_in"),
            Step("randomised", day=0),
            Step("cycle", day=int(PLAN["cycle_days"]) + 2),
            Step("over", day=int(PLAN["treatment_days"]) + 1),
            Step("endpoint", day=END),
        ],
        badge="synthetic",
        height=336,
    )


# ---- eight patients

EIGHT = eight_patients().set_index("patient")
WAYS = {"none": [], "drop": ["dropped"], "bounds": ["survivors", "dead"]}


@dataclass(frozen=True, eq=False)
class Ends:
    """How long each patient was followed, who died, and the curves that come of it."""

    days: np.ndarray
    died: np.ndarray
    counted: dict[str, Counted]
    factors: dict[str, list[Factor]]

    @property
    def lost(self) -> int:
        return int((~self.died & (self.days < END)).sum())

    @property
    def ended(self) -> bool:
        """Whether the curve ends before the study does."""
        return bool(np.isnan(self.counted["kaplan_meier"].at_end))


def ends_of(values) -> Ends:
    days = np.array([getattr(values, name) for name in EIGHT.index])
    died = np.array([getattr(values, f"{name}_ended") == "died" for name in EIGHT.index])
    factors = {
        "kaplan_meier": kaplan_meier_factors(days, died),
        "dropped": kaplan_meier_factors(days[died], died[died]),
    }
    return Ends(days, died, count_the_lost(days, died, END), factors)


def leading(values) -> str:
    """Return the way of counting whose steps are written out."""
    return "dropped" if values.compare == "drop" else "kaplan_meier"


def product(factors, alive: float) -> str:
    written = " × ".join(plots.fraction(factor.came_through, factor.at_risk) for factor in factors)
    return f"{written} = {numbers.number(per_cent(alive), '%')}"


def per_cent(share: float) -> float:
    return round(100 * share, 6)


def levels_at(curve: Counted, days) -> np.ndarray:
    """Return what is left of a curve just after these days."""
    return np.append(1.0, curve.survival)[np.searchsorted(curve.times, days, side="right")]


def draw_chosen(axes, values, found):
    places = plots.row_places(axes, len(EIGHT))
    plots.draw_chosen(axes, places[list(EIGHT.index).index(values.patient)], len(EIGHT))


def draw_patients(axes, values, found):
    plots.draw_patients(axes, found.days, found.died, (values.compare == "drop") & ~found.died)


def draw_counted(axes, values, found):
    lead, counted = leading(values), found.counted
    hidden = EIGHT.loc["C", "time_days"] if axes.guess.open else None  # where C's move shows is to be guessed
    if values.compare == "bounds":
        plots.draw_unknown(axes, counted["survivors"], counted["dead"])
    for way in [*WAYS[values.compare], "kaplan_meier"]:
        plots.draw_way(axes, way, counted[way], hidden)
    if values.compare != "bounds":
        factors = [factor for factor in found.factors[lead] if hidden is None or factor.day <= hidden]
        after = np.append(1.0, levels_at(counted[lead], [factor.day for factor in factors]))
        levels = list(zip(after, after[1:], strict=False))
        plots.draw_threads(axes, found.days, found.died, factors, levels, lead == "dropped")
    seen = found.days[~found.died & (found.days <= (hidden or END))]
    plots.draw_last_seen(axes, seen, levels_at(counted["kaplan_meier"], seen))
    if hidden is None:
        draw_shares(axes, values, found)


def draw_shares(axes, values, found):
    ends = {way: levels_at(found.counted[way], [END])[0] for way in [*WAYS[values.compare], "kaplan_meier"]}
    if values.compare == "none":
        told = axes.fitting("until", last=found.days.max()) if found.ended else axes.words("alive")
        share = numbers.number(per_cent(ends["kaplan_meier"]), "%")
        plots.draw_large_share(axes, ends["kaplan_meier"], share, told)
        if found.died.any():
            plots.draw_product(axes, product(found.factors["kaplan_meier"], ends["kaplan_meier"]))
    else:
        size = "narrow" if axes.narrow else "wide"
        told = {way: (end, axes.words(f"{size}.{way}", alive=per_cent(end))) for way, end in ends.items()}
        plots.draw_shares(axes, told)


def say_counted(values, found) -> Said:
    lead, alive = leading(values), {way: levels_at(curve, [END])[0] for way, curve in found.counted.items()}
    fields = {f"{way}_alive": per_cent(share) for way, share in alive.items()}
    fields |= {"product": product(found.factors[lead], alive[lead]), "lost": found.lost, "n": len(found.days)}
    fields |= {"last": found.days.max(), "end": END}
    finding = "ends" if found.ended else "lost" if found.lost else "seen"
    if values.compare != "none":
        finding = values.compare if found.lost or values.compare == "drop" else "same"
    if not found.died.any():
        finding = "nobody"
    return Said(
        finding, fields, ["assumption", "ways" if found.died.any() and not found.ended else "unknown"]
    )


def end_path(row: int, axes, values, found):
    return axes.points("main", [1, END], plots.row_places(axes, len(EIGHT))[row], [1, END])


def ends_at(axes, values, found):
    return axes.points("main", found.days, plots.row_places(axes, len(EIGHT)), 1 + np.arange(len(EIGHT)))


def change_ending(values, number) -> dict:
    name = EIGHT.index[int(number) - 1]
    ended = f"{name}_ended"
    return {ended: "alive" if getattr(values, ended) == "died" else "died", "patient": name}


def share_path(axes, values, found):
    shares = np.linspace(0, 1, 101)
    return axes.points("main", END, shares, shares)


def controls_of(name: str, day: int, died: int) -> list:
    """Return a patient's controls, in sight while that patient is chosen."""

    def chosen(values) -> bool:
        return values.patient == name

    ended = choice(f"{name}_ended", ["died", "alive"], "died" if died else "alive")
    return [in_turn(slider(name, 1, END, 1, day), chosen, "day"), in_turn(ended, chosen, "ended")]


def censoring_panel() -> Panel:
    """Show eight invented patients over their survival curve: drag their ends, change how they ended.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.censoring_panel().go("lost")
    >>> panel.finding
    '7/8 × 6/7 × 4/5 × 2/3 = 40 % alive; 3 of 8 left before the end.'
    """
    patients = [control for row in EIGHT.itertuples() for control in controls_of(*row)]
    return panel(
        "censoring",
        controls=[choice("patient", EIGHT.index), *patients, choice("compare", WAYS, more=True)],
        compute=ends_of,
        needs=(*EIGHT.index, *(f"{name}_ended" for name in EIGHT.index)),
        frame=lambda axes, values, found: plots.add_patients_axes(axes, list(EIGHT.index), END),
        layers=[
            Layer(draw_chosen, by=("patient",), found=False),
            Layer(draw_patients, by=("compare",)),
            Layer(draw_counted, by=("compare",)),
        ],
        say=say_counted,
        handles=[Handle(name, partial(end_path, row)) for row, name in enumerate(EIGHT.index)],
        marks=[Mark("ending", ends_at, change_ending)],
        guess=Guess(share_path, lambda values, found: found.counted["kaplan_meier"].at_end, step="past"),
        steps=[
            Step("seen", C=END, E=END, G=END, patient="C"),
            Step("lost", patient="C"),
            Step("past", C=300, patient="C"),
            Step("drop", compare="drop"),
            Step("bounds", compare="bounds"),
            Step("last", H_ended="died", patient="H"),
        ],
        height=340,
    )


# ---- a trial's curves


def cohort() -> tuple[Trial, pd.Series]:
    """Return the synthetic cohort, and its patients in groups cut where the publication cuts."""
    trial = mirocals_like_trial()
    marker, (low, high) = trial.frame[trial.interaction], pnfh_cuts().values()
    group = np.select([marker < low, marker <= high], ["low", "middle"], "high")
    return trial, pd.Series(pd.Categorical(group, ["low", "middle", "high"]), index=marker.index)


def pnfh_cuts() -> dict:
    return {end: published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to")}


def lung() -> tuple[Trial, pd.Series]:
    trial = veteran_trial()
    return trial, trial.frame["celltype"]


def liver() -> tuple[Trial, pd.Series]:
    trial = Trial(load_pbc())
    return trial, trial.frame["stage"]


TRIALS = {"cohort": cohort, "lung": lung, "liver": liver}


@dataclass(frozen=True, eq=False)
class Curves:
    """A trial's curves as they are asked for: by arm, by group, or by arm in the largest group alone."""

    trial: Trial
    every_day: EveryDay
    patients: pd.DataFrame
    picked: object = None

    settled = property(lambda self: self.every_day.settled)
    early = property(lambda self: self.every_day.early)
    longest = property(lambda self: self.every_day.longest)


@lru_cache(maxsize=16)
def curves_of(name: str, group: str) -> Curves:
    trial, groups = TRIALS[name]()
    patients, by, picked = trial.frame, trial.treatment, None
    if group == "largest":
        picked = groups.value_counts().index[0]
        patients = patients[groups == picked]
    elif group == "each":
        patients, by = patients.assign(group=groups), "group"
    return Curves(trial, read_every_day(patients, by), patients, picked)


def curves_for(values) -> Curves:
    return curves_of(values.trial, values.group)


def name_of(values, group, arm: bool) -> str:
    """Return what an arm or a group of patients is called."""
    key = f"{'arm' if arm else 'group'}_{group}"
    return catalogue.panel("km")(f"picture.{values.trial}.{key}", **pnfh_cuts())


def alive_if(values, alive: float) -> float:
    """Return the share alive on the first arm, had it another hazard all along."""
    return 1 - float(risk_under_hazard_ratio(1 - alive, values.hr))


def deaths_written(values, alive: float) -> dict:
    """Return the deaths of 100 on the first arm, and how many another hazard would change, such that they add up."""
    dead, other = 100 * (1 - alive), 100 * (1 - alive_if(values, alive))
    # Where whole deaths would say that none is changed, although some are.
    unseen = round(dead) == round(other) and abs(dead - other) >= 0.05
    decimals = 1 if dead < 50 or unseen else 0
    changed = abs(round(dead, decimals) - round(other, decimals))
    written = {"dead": numbers.fixed(dead, decimals), "changed": numbers.fixed(changed, decimals)}
    return written | {"share": abs(1 - other / dead)}


def finding_of(values, found) -> str:
    rows, difference = found.every_day.at(values.day), found.every_day.difference(values.day)
    if values.group == "each":
        return "groups"
    if np.isnan(difference.estimate):
        return "unknown"
    if values.hr != 1:
        return "nobody" if rows[0].survival == 1 else "prevented" if values.hr < 1 else "added"
    if found.picked is not None:
        return f"picked_{found.trial.badge}"
    return {1: "more", -1: "fewer", 0: "same"}[int(np.sign(round(100 * difference.estimate)))]


def curves_frame(axes, values, found):
    about = axes.words(f"{values.trial}.about")
    if found.picked is not None:
        about = axes.words("picked", group=name_of(values, found.picked, arm=False))
    if axes.narrow and found.trial.badge == "synthetic":
        about = ""  # the badge needs the room
    rows = len(found.every_day.groups)
    plots.add_curves_axes(axes, found.longest, rows, axes.words("at_risk"), about)


def draw_curves(axes, values, found):
    names = {group: name_of(values, group, values.group != "each") for group in found.every_day.groups}
    rows = {time: found.every_day.at(int(time)) for time in axes.main.get_xticks()}
    at_risk = {group: {time: row[group].at_risk for time, row in rows.items()} for group in names}
    plots.draw_curves(axes, found.every_day.table, names, at_risk, values.bands)


def draw_reading(axes, values, found):
    rows, finding = found.every_day.at(values.day), finding_of(values, found)
    shares = {group: row.survival for group, row in rows.items()}
    followed = axes.words("followed", counts=[int(row.at_risk) for row in rows.values()])
    if values.hr != 1 and values.group != "each":
        first = found.every_day.table[found.every_day.table["group"] == 0]
        said = axes.words("dotted", hr=values.hr)
        plots.draw_what_if(axes, first["time"], first["survival"] ** values.hr, said)
    plots.draw_day(axes, values.day, shares, followed)
    if finding == "groups":
        plots.draw_told(axes, values.day, 0.3, axes.words("groups"))
    elif finding == "unknown":
        plots.draw_told(
            axes, values.day, 0.5, axes.words("few", counts=[int(row.at_risk) for row in rows.values()])
        )
    elif finding in ("prevented", "added"):
        ends, said = (shares[0], alive_if(values, shares[0])), deaths_written(values, shares[0])
        plots.draw_dot(axes, values.day, ends[1])
        plots.draw_bracket(axes, values.day, ends)
        plots.draw_told(axes, values.day, sum(ends) / 2, axes.words(finding, **said))
    elif finding not in ("nobody", "same"):
        points = round(100 * (shares[1] - shares[0]))
        said = axes.words({1: "more", -1: "fewer", 0: "as_many"}[int(np.sign(points))], points=abs(points))
        if found.picked is not None:
            said = axes.words("afterwards", difference=said)
        plots.draw_bracket(axes, values.day, shares.values())
        plots.draw_told(axes, values.day, sum(shares.values()) / 2, said)


def say_curves(values, found) -> Said:
    rows, difference = found.every_day.at(values.day), found.every_day.difference(values.day)
    finding, test = finding_of(values, found), found.every_day.test
    fields = {"day": values.day, "hr": values.hr, "lowered": abs(1 - values.hr), "p": test.p}
    fields |= {"counts": [int(row.at_risk) for row in rows.values()]}
    fields |= {"shares": [share_written(values, group, row) for group, row in rows.items()]}
    more = ["shares", "followed", "logrank"]
    if finding == "groups":
        known = [row.survival for row in rows.values() if not np.isnan(row.survival)]
        fields |= {"lowest": min(known), "highest": max(known)}
        if min(known) == 1:
            finding = "groups_alive"
        elif len(known) == 1:
            finding = "groups_one"
        elif max(known) == 0 and len(known) == len(rows):
            finding = "groups_none"
    if values.group != "each":
        fields |= {"first": name_of(values, 0, arm=True), "second": name_of(values, 1, arm=True)}
        points = {"points": difference.estimate, "low": difference.ci_low, "high": difference.ci_high}
        fields |= {name: 100 * value for name, value in points.items()} | {
            "size": abs(round(100 * difference.estimate, 0))
        }
        more.insert(1, "interval") if np.isfinite(difference.ci_low) else None
    if finding in ("prevented", "added"):
        fields |= deaths_written(values, rows[0].survival)
    if found.picked is not None:
        fields["group"] = name_of(values, found.picked, arm=False)
    if "transplanted" in found.patients:
        fields["transplanted"] = int(found.patients["transplanted"].sum())
        more.append("transplanted")
    return Said(finding, fields, more)


def share_written(values, group, row) -> str:
    """Return a share alive in words: with its interval, without one, or not known."""
    key = "unknown" if np.isnan(row.survival) else "bare" if np.isnan(row.ci_low) else "interval"
    fields = {"alive": row.survival, "low": row.ci_low, "high": row.ci_high}
    name = name_of(values, group, values.group != "each")
    return catalogue.panel("km")(f"picture.share.{key}", name=name, **fields)


def day_range(values) -> tuple:
    return 0, curves_for(values).longest, 1


def day_path(axes, values, found):
    return axes.points("main", [0, found.longest], 0, [0, found.longest])


def ratio_path(axes, values, found):
    alive, ratios = found.every_day.at(values.day)[0].survival, np.geomspace(0.1, 2, 81)
    return axes.points("main", values.day, alive**ratios, ratios) if 0 < alive < 1 else np.empty((0, 3))


def chosen(known: list[Step], names: Sequence[str] | None) -> list[Step]:
    """Return these of the known steps, all by default."""
    steps = {step.key: step for step in known}
    for name in names or []:
        if name not in steps:
            raise TrialDataError(f"This panel has no step {name!r}; its steps are {numbers.and_list(steps)}.")
    return known if names is None else [steps[name] for name in names]


def km_panel(steps: Sequence[str] | None = None) -> Panel:
    """Show the survival curves of a trial, read on any day, and what another hazard would make of its first arm.

    Parameters
    ----------
    steps : sequence of str, optional
        Some of the steps, in this order; the panel opens at the first. By default all of them.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If there is no such step.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.km_panel().go("half")
    >>> panel.finding
    'By day 228, of 84 deaths per 100, 24 would be prevented: 29 % fewer deaths at 50 % less hazard.'
    """
    known = [
        Step("end"),
        Step("picked", group="largest"),
        Step("far", trial="liver", day="@longest"),
        Step("stage", trial="liver", group="each", day="@settled"),
        Step("published", hr=published("mirocals_hr_adjusted").estimate, bands=False),
        Step("standard", trial="lung", day="@settled", hr=1, bands=False),
        Step("half", trial="lung", day="@settled", hr=0.5, bands=False),
        Step("early", trial="lung", day="@early", hr=0.5, bands=False),
    ]
    shown = chosen(known, steps)
    return panel(
        "km",
        controls=[
            choice("trial", TRIALS),
            slider("day", 0, END, 1, END, limits=day_range, stays=True),
            slider("hr", 0.1, 2, 0.01, 1),
            choice("group", ["all", "each", "largest"], more=True),
            tick("bands", True, more=True),
        ],
        off={"hr": lambda values: "groups" if values.group == "each" else None},
        compute=curves_for,
        needs=("trial", "group"),
        frame=curves_frame,
        frame_by=("trial", "group"),
        layers=[Layer(draw_curves, by=("bands",)), Layer(draw_reading, by=("day", "hr"))],
        say=say_curves,
        handles=[Handle("day", day_path), Handle("hr", ratio_path)],
        steps=shown,
        badge=lambda values: curves_for(values).trial.badge,
        height=330,
        title="picture.hazard_title" if all("hr" in step.values for step in shown) else "title",
    )


# ---- how many trials find an effect


TRIALS_OF_A_PLAN, TRIALS_AT_ONCE = 1000, 250
KINDS = ("in_favour", "against", "neither")
RARELY, OFTEN = 5, 90  # of 100 trials that reach a stop


@dataclass(frozen=True, eq=False)
class Tried:
    """A plan, and what the trials simulated so far have found."""

    plan: TwoArmPlan
    simulated: SimulatedPower

    @property
    def small_p(self) -> float:
        """In how many of 100 trials p < 0.05."""
        return 100 * float(self.simulated.significant.mean())

    @property
    def margin(self) -> float:
        """How far that may lie off, as half a 95 % interval."""
        return 100 * margin_of_share(self.small_p / 100, len(self.simulated.p))

    @property
    def formula(self) -> float:
        return 100 * float(schoenfeld_significant(self.plan.hr, self.plan.expected_deaths))

    @property
    def shown_if_found(self) -> float:
        """The hazard ratio that the trials with p < 0.05 show, on average of the logarithms."""
        log_hr = self.simulated.log_hr[self.simulated.significant & np.isfinite(self.simulated.log_hr)]
        return float(np.exp(log_hr.mean())) if log_hr.size else np.nan

    @property
    def stopping(self) -> float:
        """How many of 100 trials reach the chosen number of deaths, and end there."""
        return 100 * float((self.simulated.deaths >= self.plan.stop_at_deaths).mean())

    def ratios(self, low: float, high: float) -> dict[str, np.ndarray]:
        """Return the trials' hazard ratios by what their test said, cut to the axis."""
        ratios = np.clip(np.exp(np.clip(np.nan_to_num(self.simulated.log_hr), -5, 5)), low, high)
        which = {"in_favour": self.simulated.in_favour, "against": self.simulated.against}
        which["neither"] = ~(which["in_favour"] | which["against"])
        return {kind: ratios[which[kind]] for kind in KINDS}


def try_plan(values):
    plan = TwoArmPlan(
        hr=values.hr,
        patients=int(values.patients),
        control_risk=values.control_risk / 100,
        risk_days=END,
        follow_up_days=values.follow_up,
        stop_at_deaths=int(values.stop_at),
    )
    for simulated in iterate_power(plan, TRIALS_OF_A_PLAN, at_once=TRIALS_AT_ONCE):
        yield Partial(Tried(plan, simulated), len(simulated.p), TRIALS_OF_A_PLAN)


def planned_power() -> float:
    return published("mirocals_power_percent").estimate / 100


def draw_kinds(axes, values, found):
    if not axes.guess.open:
        plots.draw_kinds(axes)


def draw_power(axes, values, found):
    deaths = np.geomspace(*plots.DEATHS_SHOWN, 60)
    if not axes.guess.open:
        curve = 100 * schoenfeld_significant(found.plan.hr, deaths)
        met = found.simulated.deaths.mean()
        plots.draw_power_curve(axes, deaths, curve, (met, found.small_p, found.margin))
    plots.draw_found_ratios(axes, found.ratios(*plots.RATIOS_SHOWN), found.plan.hr, axes.guess.open)
    if not axes.guess.open:
        plots.draw_counts(axes, found.small_p)


def say_power(values, found) -> Said:
    plan, target = found.plan, planned_power()
    control, active = plan.risks
    fields = {
        "deaths": plan.expected_deaths,
        "patients": plan.patients,
        "hr": plan.hr,
        "found": found.small_p,
    }
    fields |= {"margin": found.margin, "trials": len(found.simulated.p), "formula": found.formula}
    fields |= {"shown": found.shown_if_found, "target": target, "stop": plan.stop_at_deaths}
    fields |= {"needed": np.ceil(schoenfeld_events(plan.hr, target)) if plan.hr != 1 else np.nan}
    fields |= {
        "day": found.simulated.end.mean(),
        "control": control,
        "active": active,
        "until": plan.follow_up_days,
    }
    fields |= {"risk_ratio": active / control, "truth": plots.ratio_as_set(plan.hr)}
    fields |= {"stopping": found.stopping}
    more = ["exact", "needed" if plan.hr != 1 else "level", "risks"]
    if plan.hr == 1:
        return Said("nothing", fields, more)
    if plan.stop_at_deaths:
        often = found.stopping >= OFTEN
        return Said("stopped" if often else "sometimes" if found.stopping > RARELY else "never", fields, more)
    overstated = found.small_p < 50 and np.isfinite(found.shown_if_found)
    return Said("missed" if overstated else "found", fields, more)


def found_path(axes, values, found):
    shares = np.arange(101)
    return axes.points("curve", np.clip(found.plan.expected_deaths, *plots.DEATHS_SHOWN), shares, shares)


def plan_values(plan: TwoArmPlan, **changes) -> dict:
    values = {"hr": round(200 * plan.hr) / 200, "control_risk": round(100 * plan.control_risk, 1)}
    return values | changes


def power_panel() -> Panel:
    """Simulate a trial many times over: how many find the effect, and what do those show that do?

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.power_panel()
    >>> panel.wait(60)
    True
    >>> panel.finding
    'About 65 deaths: 80 of 100 such trials have p < 0.05. For HR 0.50, 66 deaths give a power of 80 %.'
    """
    patients, half = (
        int(published("mirocals_n_randomised").estimate),
        1 / published("mirocals_power_fold_decrease").estimate,
    )
    hazard = plan_for_power(planned_power(), patients, hr=half, days=END)
    risk = plan_for_power(planned_power(), patients, risk_ratio=half, days=END)
    unadjusted = published("mirocals_hr_unadjusted").estimate
    died = published("mirocals_deaths_placebo").estimate / published("mirocals_n_placebo").estimate
    as_found = {"hr": unadjusted, "control_risk": round(100 * died, 1)}
    stop = {"hr": half, "control_risk": as_found["control_risk"]}
    stop |= {"stop_at": int(np.ceil(schoenfeld_events(half, planned_power())))}
    start = plan_values(hazard)
    return panel(
        "power",
        controls=[
            slider("hr", 0.2, 1.5, 0.005, start["hr"]),
            slider("patients", 40, 1000, 20, patients),
            slider("stop_at", 0, 400, 1, 0),
            slider("follow_up", 90, 1280, 10, END, more=True),
            slider("control_risk", 5, 95, 0.1, start["control_risk"], more=True),
        ],
        compute=try_plan,
        frame=lambda axes, values, found: plots.add_power_axes(axes, planned_power()),
        layers=[Layer(draw_kinds, by=(), found=False), Layer(draw_power, by=())],
        say=say_power,
        guess=Guess(found_path, lambda values, found: found.small_p, step="as_found"),
        steps=[
            Step("half_hazard"),
            Step("half_risk", **plan_values(risk)),
            Step("as_found", **as_found),
            Step("nothing", **as_found | {"hr": 1}),
            Step("stop", **stop),
            Step("fourfold", **stop, patients=4 * patients),
        ],
        badge="simulated",
        height=330,
    )
