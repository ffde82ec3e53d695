"""Panels of page 02: the road of IL-2, who hears which dose, what courses of it do, and what a marker tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..data.tables import load_mechanism_parameters, load_treg_course
from ..plots import page02 as plots
from ..stats.cox import fit_cox
from ..stats.curves import kaplan_meier_many
from ..words.published import published
from ..worlds.mechanism import (
    HEARD_SHARE,
    UNHEARD_SHARE,
    at_day,
    day_after_injection,
    first_course_changes,
    hours_heard,
    parameter_values,
    receptor_occupancy,
    selective_window,
    simulate_treg,
)
from ..worlds.toys import MARKER_FOLLOW_UP_DAYS, simulate_marker_trial
from .panel import Guess, Layer, Mark, Panel, Said, Step, choice, in_turn, levels, panel, slider, tick

figure = lru_cache(maxsize=64)(published)  # the table is read anew each time otherwise

# ---- the road, link by link

EVIDENCE = {
    "1": "people",
    "2": "people",
    "3": "animals",
    "4": "animals",
    "5": "nobody",
    "6": "animals",
    "7": "nobody",
}
LINK_STEPS = ("first", "side", "calm", "stir", "blood", "harm", "life")


def draw_links(axes, values, found):
    plots.draw_links(axes, EVIDENCE, values.link)


def say_link(values, found) -> Said:
    fields = {"of": len(EVIDENCE), **Counter(EVIDENCE.values())}
    fields |= {"small": figure("imodals_n_randomised").estimate}
    fields |= {"large": figure("mirocals_n_randomised").estimate}
    finding = "all" if values.link == "all" else LINK_STEPS[int(values.link) - 1]
    return Said(finding, fields, ["chains"] if finding in ("first", "side") else ["counts"])


def links_at(axes, values, found):
    x, y = plots.numbers_at(axes).T
    return axes.points("main", x, y, 1 + np.arange(len(EVIDENCE)))


def il2_pathway_panel() -> Panel:
    """Walk from an injection of IL-2 to a longer life, link by link; a link's colour says how well it is known.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.il2_pathway_panel().go("life")
    >>> panel.finding[:23]
    'Link 7 of 7, not shown:'
    """
    return panel(
        "il2_pathway",
        controls=[choice("link", ["all", *EVIDENCE], "1")],
        compute=lambda values: EVIDENCE,
        needs=(),
        frame=lambda axes, values, found: plots.add_road(axes, Counter(EVIDENCE.values())),
        layers=[Layer(draw_links, by=("link",), found=False)],
        say=say_link,
        marks=[Mark("link", links_at, lambda values, number: {"link": str(int(number))})],
        steps=[Step(key, link=link) for key, link in zip(LINK_STEPS, EVIDENCE, strict=True)],
        badge="model",
        height=330,
    )


# ---- who hears which dose

KILOGRAMS = 70  # of the person a dose per kg is worked out for
TRIAL = figure("imodals_dose_high_miu").estimate
CANCER = (
    figure("il2_high_dose_miu_per_kg").estimate * KILOGRAMS
)  # one dose; there into a vein, three times a day
DOSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, CANCER)
LOWEST = 0.2
CONCENTRATIONS = np.logspace(0, 4, 161)


@dataclass(frozen=True, eq=False)
class Heard:
    """The day after an injection: its peak, and who hears when."""

    kd_dimeric: float
    window: tuple | None
    zones: dict
    curves: pd.DataFrame
    peak: dict
    spans: list

    def hours(self, who: str) -> float:
        return sum(end - start for zone, start, end in self.spans if zone == who)


def affinity(laboratory: str) -> float:
    """Return the IL-2 that fills half of the dimeric receptors, by one report or by another."""
    row = load_mechanism_parameters().set_index("parameter").loc["kd_dimeric_pmol_l"]
    return float(row["value"] if laboratory == "one" else row["low"])


@lru_cache(maxsize=32)
def heard(dose: float, laboratory: str) -> Heard:
    changed = {"kd_dimeric_pmol_l": affinity(laboratory)}
    window, day = selective_window(changed), day_after_injection(dose, changed)
    peak = day.loc[day["il2_pmol_l"].idxmax()].to_dict()
    upper = changed["kd_dimeric_pmol_l"] * UNHEARD_SHARE / (1 - UNHEARD_SHARE)
    edges = window or (upper,)  # without a window effector cells hear as soon as anybody does
    names = ("nobody", "treg", "both") if window else ("nobody", "both")
    zones = dict(zip(names, pairwise((CONCENTRATIONS[0], *edges, CONCENTRATIONS[-1])), strict=True))
    return Heard(
        changed["kd_dimeric_pmol_l"], window, zones, receptor_occupancy(CONCENTRATIONS, changed), peak,
        hours_heard(day, changed),
    )  # fmt: skip


@lru_cache(maxsize=1)
def peaks() -> dict:
    return {dose: heard(dose, "one").peak["il2_pmol_l"] for dose in DOSES}


def receptor_frame(axes, values, found):
    shown = DOSES if not axes.narrow else (LOWEST, TRIAL, 10.0, CANCER)
    plots.add_receptor_axes(
        axes, (CONCENTRATIONS[0], CONCENTRATIONS[-1]), {dose: peaks()[dose] for dose in shown}
    )


def draw_receptors(axes, values, found):
    if not axes.guess.open:  # the curve would tell what is to be guessed
        plots.draw_receptors(axes, found.curves, found.zones)


def draw_dose(axes, values, found):
    plots.draw_dose(axes, values.dose, found.peak, axes.guess.open)
    plots.draw_day(axes, found.spans, axes.guess.open)


def say_heard(values, found) -> Said:
    fields = {"dose": values.dose, "peak": found.peak["il2_pmol_l"], "kd": found.kd_dimeric}
    fields |= {"treg": found.peak["trimeric_occupied_percent"] / 100}
    fields |= {"effector": found.peak["dimeric_occupied_percent"] / 100}
    fields |= {"alone": found.hours("treg"), "both": found.hours("both")}
    fields |= {"enough": HEARD_SHARE, "hardly": UNHEARD_SHARE}
    low = parameter_values()["kd_trimeric_pmol_l"]
    fields |= {"others": receptor_occupancy(low, {"kd_dimeric_pmol_l": found.kd_dimeric}).iloc[0, 2] / 100}
    fields |= {
        "times": found.kd_dimeric / low,
        "sensitive": figure("il2_treg_times_as_sensitive").estimate,
    }
    if found.window is None:
        return Said("nowhere", fields, ["peak", "response"])
    fields |= {"low": found.window[0], "high": found.window[1]}
    finding = "beyond" if found.hours("both") else "window" if found.hours("treg") else "below"
    return Said(finding, fields, ["peak", "window", "response"])


def occupied_path(axes, values, found):
    shares = np.linspace(0, 100, 101)
    return axes.points("main", found.peak["il2_pmol_l"], shares, shares)


def receptor_panel() -> Panel:
    """Show which share of each kind of IL-2 receptor is occupied after an injection, and for how long.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.receptor_panel().finding[:67]
    '2 MIU: at the peak 60 % of the receptors on Treg are occupied, 2 % '
    """
    return panel(
        "receptor",
        controls=[levels("dose", DOSES, TRIAL), choice("laboratory", ["one", "other"])],
        compute=lambda values: heard(values.dose, values.laboratory),
        frame=receptor_frame,
        layers=[
            Layer(draw_receptors, by=("laboratory",), found=False),
            Layer(draw_dose, by=("dose", "laboratory")),
        ],
        say=say_heard,
        marks=[
            Mark(
                "dose",
                lambda axes, values, found: plots.dose_places(axes, peaks()),
                lambda values, dose: {"dose": dose},
            )
        ],
        guess=Guess(
            occupied_path, lambda values, found: found.peak["trimeric_occupied_percent"], step="lowest"
        ),
        steps=[
            Step("trial"),
            Step("lowest", dose=LOWEST),
            Step("cancer", dose=CANCER),
            Step("laboratory", laboratory="other"),
        ],
        badge="model",
        height=330,
    )


# ---- courses of injections

CYCLE = int(7 * figure("imodals_cycle_weeks").estimate)
CYCLES = int(figure("imodals_n_cycles").estimate)
RHYTHMS = {"five": int(figure("imodals_days_on").estimate), "daily": CYCLE}
COURSE_DOSES = (LOWEST, 1.0, 2.0, 5.0, 10.0, CANCER)
MOST_DAILY = 5.0  # MIU; larger doses are drawn for five days only
VISIT = RHYTHMS["five"] - 1 + 3  # three days after the last injection of the first course
REPORTED = {figure(f"imodals_dose_{key}_miu").estimate: f"{miu}miu" for key, miu in (("low", 1), ("high", 2))}
ROWS = {"treg": "treg_percent", "effector": "teff_percent_of_baseline"}
ARMS = ("placebo", "one", "two")


@dataclass(frozen=True, eq=False)
class Course:
    """A course in the teaching model, and its extremes."""

    table: pd.DataFrame
    days: np.ndarray

    def top(self, row: str) -> float:
        return float(self.table[ROWS[row]].max())

    @property
    def ccl2(self) -> tuple:
        values = self.table["ccl2_percent_of_baseline"]
        return float(values.min()), float(values.max())


@dataclass(frozen=True, eq=False)
class People:
    """The synthetic people of one arm, and how they changed over the first course."""

    rows: dict
    changes: dict

    @property
    def days(self) -> np.ndarray:
        return injection_days("five")

    @property
    def n(self) -> int:
        return len(self.rows["treg"])


def injection_days(rhythm: str) -> np.ndarray:
    return np.add.outer(CYCLE * np.arange(CYCLES), np.arange(RHYTHMS[rhythm])).ravel()


@lru_cache(maxsize=16)
def course(dose: float, rhythm: str) -> Course:
    table = simulate_treg(dose, RHYTHMS[rhythm], CYCLE, CYCLES, steps_per_day=4, rtol=1e-4)
    return Course(table, injection_days(rhythm))


@lru_cache(maxsize=4)
def people(arm: str) -> People:
    everybody = load_treg_course()
    dose = ARMS.index(arm)
    theirs, name = (
        everybody[everybody["dose_miu"] == dose],
        everybody.loc[everybody["dose_miu"] == dose, "arm"].iloc[0],
    )
    rows = {
        row: theirs.pivot(index="patient_id", columns="time_days", values=column)
        for row, column in ROWS.items()
    }
    columns = [*ROWS.values(), "ccl2_percent_of_baseline"]
    return People(rows, {column: first_course_changes(everybody, column).loc[name] for column in columns})


def given(values) -> str:
    """Return the rhythm that is drawn."""
    return "five" if values.dose > MOST_DAILY else values.rhythm


def compute_course(values) -> Course | People:
    return people(values.arm) if values.view == "people" else course(values.dose, given(values))


def is_usual(values) -> bool:
    return (values.dose, given(values)) == (TRIAL, "five")


def course_frame(axes, values, found):
    plots.add_course_axes(axes, values.view == "unseen")


def draw_course(axes, values, found):
    plots.draw_injections(axes, found.days)
    if values.view == "people":
        said = {
            row: (
                axes.words("mean", change=found.changes[column]["mean"]),
                axes.words("sd", sd=found.changes[column]["sd"]),
            )
            for row, column in ROWS.items()
        }
        plots.draw_people(axes, found.rows, {row: table.mean() for row, table in found.rows.items()}, said)
        return
    usual, (low, high) = course(TRIAL, "five"), found.ccl2
    size = "narrow" if axes.narrow else "wide"
    dotted = "" if is_usual(values) else axes.words("dotted", usual=usual.top("treg"))
    ccl2 = axes.words("ccl2_high", ccl2=high) if high > 101 else axes.words("ccl2_low", ccl2=low)
    said = {
        "treg": (axes.words(f"{size}.top_treg", top=found.top("treg")), dotted),
        "effector": (axes.words(f"{size}.top_effector", top=found.top("effector")), ccl2),
    }
    # At the trials' own course it would answer what is asked above the panel.
    ghost = not is_usual(values) and (values.dose, given(values)) != (CANCER, "five")
    cancer = course(CANCER, "five").table if ghost else None
    plots.draw_course(
        axes, found.table, None if is_usual(values) else usual.table, cancer, said, axes.guess.open
    )
    if values.reported and reported(values) is not None and not axes.guess.open:
        rise, start = reported(values), found.table["treg_percent"].iloc[0]
        plots.draw_reported(axes, VISIT, start + rise.estimate, rise.sd, axes.words("reported"))


def reported(values):
    """Return the rise of Treg that IMODALS is said to have reported for this course, if it tried it."""
    if values.view == "people" or given(values) != "five" or values.dose not in REPORTED:
        return None
    return figure(f"imodals_treg_change_{REPORTED[values.dose]}_points")


def say_course(values, found) -> Said:
    if values.view == "people":
        return say_people(values, found)
    low, high = found.ccl2
    usual = course(TRIAL, "five")
    fields = {
        "dose": values.dose,
        "injections": len(found.days),
        "treg": found.top("treg"),
        "effector": found.top("effector"),
    }
    fields |= {"ccl2_low": low, "ccl2_high": high, "start": float(found.table["treg_percent"].iloc[0])}
    fields |= {"left": at_day(found.table, CYCLE, "treg_percent"), "cycle": CYCLE, "usual": usual.top("treg")}
    fields |= {"waning": figure("il2_daily_wanes").text, "gvhd": figure("il2_daily_gvhd").text}
    fields |= {
        "gvhd_in": figure("il2_daily_gvhd").population,
        "harm": figure("il2_liver_rejection").text,
    }
    fields |= {"harm_in": figure("il2_liver_rejection").population}
    more = ["course", "ccl2"]
    if reported(values) is not None and values.reported:
        fields |= {
            "reported": str(reported(values)),
            "model": at_day(found.table, VISIT, "treg_percent") - fields["start"],
            "visit": VISIT,
        }
        more.append("reported")
    if values.view == "unseen":
        return Said("unseen", fields, ["gvhd", "waning", "harm"])
    finding = "calm"
    if high > 101:
        finding = "stirred"
    elif given(values) == "daily":
        finding = "daily" if values.dose == TRIAL else "daily_other"
    return Said(finding, fields, more)


def say_people(values, found) -> Said:
    fields = {"n": found.n, "visit": VISIT}
    for name, column in (*ROWS.items(), ("ccl2", "ccl2_percent_of_baseline")):
        row = found.changes[column]
        fields |= {
            name: row["mean"],
            f"{name}_sd": row["sd"],
            f"{name}_least": row["least"],
            f"{name}_most": row["most"],
        }
    fields["responders"] = figure("imodals_responders").text
    return Said(
        "placebo" if values.arm == "placebo" else "people", fields, ["spread", "others", "responders"]
    )


def daily_path(axes, values, found):
    percent = np.linspace(0, plots.ROWS["treg"][1], 85)
    day = found.table.loc[found.table["treg_percent"].idxmax(), "time_days"]
    return axes.points("treg", day, percent, percent)


def dosing_panel() -> Panel:
    """Give courses of IL-2 in the teaching model: Treg, effector cells, and a row for what the model cannot see.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.dosing_panel().finding[:64]
    '2 MIU, five days in 28: Treg reach 15.3 % and sink back to 6.7 %'
    """

    def seen(*views):
        return lambda values: values.view in views

    return panel(
        "dosing",
        controls=[
            choice("view", ["model", "unseen", "people"]),
            in_turn(levels("dose", COURSE_DOSES, TRIAL), seen("model", "unseen"), "dose"),
            in_turn(choice("rhythm", RHYTHMS), seen("model", "unseen"), "rhythm"),
            in_turn(choice("arm", ARMS, "two"), seen("people"), "arm"),
            tick("reported", more=True),
        ],
        off={
            "rhythm": lambda values: "too_much" if values.dose > MOST_DAILY else None,
            "reported": lambda values: None if reported(values) is not None else "not_tried",
        },
        compute=compute_course,
        needs=("view", "dose", "rhythm", "arm"),
        frame=course_frame,
        frame_by=("view",),
        layers=[Layer(draw_course, by=("view", "dose", "rhythm", "arm", "reported"))],
        say=say_course,
        guess=Guess(daily_path, lambda values, found: found.top("treg"), step="daily"),
        steps=[
            Step("five"),
            Step("daily", rhythm="daily"),
            Step("cancer", dose=CANCER),
            Step("unseen", view="unseen", rhythm="daily"),
            Step("people", view="people"),
        ],
        badge=lambda values: "synthetic" if values.view == "people" else "model",
        height=340,
    )


# ---- a marker in three worlds

WORLDS = {"A": "bystander", "B": "through", "C": "two_roads"}


@dataclass(frozen=True, eq=False)
class MarkerTrial:
    """One trial of one world: the marker by arm, survival by marker among the treated, survival by arm."""

    marker: np.ndarray
    treated: np.ndarray
    by_marker: list
    by_arm: list
    deaths: tuple
    low_marker: tuple | None
    effect: tuple | None

    def median(self, arm: int) -> float:
        return float(np.median(self.marker[self.treated == arm]))


@lru_cache(maxsize=64)
def marker_trial(world: str, n_per_arm: int, seed: int) -> MarkerTrial:
    trial = simulate_marker_trial(WORLDS[world], n_per_arm, seed)
    arms = [trial[trial["treated"] == arm] for arm in (0, 1)]
    low = arms[1]["marker_percent"] < arms[1]["marker_percent"].median()
    return MarkerTrial(
        trial["marker_percent"].to_numpy(),
        trial["treated"].to_numpy(),
        [curve(arms[1][low]), curve(arms[1][~low])],
        [curve(arm) for arm in arms],
        tuple(int(arm["died"].sum()) for arm in arms),
        hazard_ratio(arms[1].assign(low=low.astype(int)), "low"),
        hazard_ratio(trial, "treated"),
    )


def curve(patients) -> tuple:
    curves = kaplan_meier_many(patients["time_days"].to_numpy()[None], patients["died"].to_numpy()[None])
    return curves.times[0], curves.survival[0]


def hazard_ratio(patients, column: str) -> tuple | None:
    """Return the hazard ratio with its interval, or None where too few died for one."""
    try:
        row = fit_cox(patients, treatment=column).table.iloc[0]
    except TrialDataError:
        return None
    return row["hr"], row["ci_low"], row["ci_high"]


def ratio_words(axes, ratio: tuple | None) -> str:
    return axes.words("too_few") if ratio is None else axes.words("hr", hr=ratio[0])


def draw_causes(axes, values, found):
    plots.draw_causes(axes, WORLDS[values.world] if values.told else None)


def draw_marker(axes, values, found):
    plots.draw_marker(axes, found.marker, found.treated, found.by_marker, ratio_words(axes, found.low_marker))


def draw_arms(axes, values, found):
    plots.draw_arms(axes, found.by_arm if values.waited else None, ratio_words(axes, found.effect))


def say_marker(values, found) -> Said:
    fields = {"world": values.world, "n": values.n, "control": found.median(0), "treated": found.median(1)}
    fields |= {"deaths": found.deaths[1], "deaths_control": found.deaths[0]}
    fields |= {"others": [world for world in WORLDS if world != values.world]}
    more = ["marker"]
    if found.low_marker is not None:
        fields["low_marker"] = found.low_marker
        more.append("by_marker")
    if values.waited:
        fields |= {"effect": found.effect, "hr": found.effect[0]}
        more += ["deaths", "by_arm"]
        return Said(WORLDS[values.world] if values.told else "waited", fields, more)
    if values.told:
        return Said("told", fields, more)
    clear = found.low_marker is not None and found.low_marker[2] < 1
    return Said("marker_only" if clear else "marker_few", fields, more)


def surrogate_panel() -> Panel:
    """Tell apart three worlds in which treatment lowers a marker by the same share.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.surrogate_panel().go("through")
    >>> panel.said.finding
    'through'
    """
    shown = {"waited": True, "told": True}
    return panel(
        "surrogate",
        controls=[
            choice("world", WORLDS),
            tick("waited"),
            tick("told"),
            levels("n", [25, 50, 100, 200, 400, 1000, 2000], 400, more=True),
            slider("seed", 1, 50, 1, 2, more=True),
        ],
        compute=lambda values: marker_trial(values.world, values.n, values.seed),
        needs=("world", "n", "seed"),
        frame=lambda axes, values, found: plots.add_marker_axes(axes, MARKER_FOLLOW_UP_DAYS),
        layers=[
            Layer(draw_causes, by=("world", "told"), found=False),
            Layer(draw_marker, by=()),
            Layer(draw_arms, by=("waited",)),
        ],
        say=say_marker,
        steps=[
            Step("marker"),
            Step("bystander", world="A", **shown),
            Step("through", world="B", **shown),
            Step("two_roads", world="C", **shown),
            Step("small", world="B", n=25, waited=True),
        ],
        badge="simulated",
        height=340,
    )
