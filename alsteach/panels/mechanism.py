"""Panels of notebook 02: the road of IL-2, who hears which dose, and what courses of it do."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from .. import plots
from ..datasets import load_mechanism_parameters, load_treg_course
from ..frames import TrialDataError
from ..mechanism import (
    HEARD_SHARE,
    UNHEARD_SHARE,
    at_day,
    day_after_injection,
    first_course_changes,
    parameter_values,
    receptor_occupancy,
    selective_window,
    simulate_treg,
)
from ..published_figures import published
from .controls import choice, slider, tick
from .core import Panel

MODEL = "Model, not a patient"
SYNTHETIC = "Synthetic courses: not patients"
KILOGRAMS = 70  # of the person a dose per kg is worked out for
DAYS_AFTER = 3  # from the last injection of a course to the visit
MOST_INJECTIONS = 200
SHOWN_DAYS = (84, 168, 336, 560, 1120)  # the axis keeps still while the course fits
CONCENTRATIONS = np.logspace(-1, 4, 151)
DAYS_PER_MONTH = 365.25 / 12

STEPS = {
    "all of it": 0,
    "1  IL-2 reaches Treg": 1,
    "2  IL-2 reaches effector cells": 2,
    "3  Treg calm microglia": 3,
    "4  effector cells stir them up": 4,
    "5  CCL2 in blood": 5,
    "6  microglia harm motor neurons": 6,
    "7  a longer life?": 7,
}


def il2_pathway_panel() -> Panel:
    """Walk from an injection of IL-2 to the motor neuron, link by link, with how well each link is known.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.il2_pathway_panel()
    >>> panel.set(step=7)
    >>> panel.sentence[:30]
    'Link 7, the one that matters: '
    """
    says = {
        0: "From an injection of IL-2 to the motor neuron. Arrow: makes more active or more numerous; bar: holds "
        "back or harms. Solid: seen in patients; dashed: in mice or cell culture; dotted: not shown in patients. Bring "
        "out one link after the other.",
        1: "Link 1, seen in patients: little IL-2 is enough for Treg, which carry the trimeric receptor (CD25, CD122, "
        "CD132) all the time. In IMODALS and MIROCALS Treg rose.",
        2: "Link 2, seen in patients: memory T, CD8 and most NK cells carry the dimeric receptor (CD122, CD132) and "
        "need much more IL-2. An exception: a small subset of NK cells (CD56-bright) carries the trimeric receptor too "
        "and multiplies at low doses.",
        3: "Link 3, seen in mice and cell culture: Treg hold back the harmful activation of microglia. In patients, "
        "fewer and weaker Treg go with faster disease, which shows a link but no cause.",
        4: "Link 4, seen in mice and cell culture: inflammatory T cells push microglia the other way. A dose that "
        "effector cells hear may undo what Treg do.",
        5: "Link 5, not shown: CCL2 calls inflammatory cells, and it fell in the blood of treated patients. Whether "
        "that tells of calmer microglia is not known, since other cells make CCL2 too.",
        6: "Link 6, seen in mice: late in the disease activated microglia harm motor neurons. How much of the loss in "
        "people is their doing is not known.",
        7: "Link 7, the one that matters: no count of cells and no marker shows it. It takes a trial with survival or "
        "function as its outcome, such as MIROCALS, and the rest of this course is about how to read one.",
    }

    def show(values, picture):
        if not hasattr(picture.memory, "axes"):
            picture.memory.axes = picture.figure.add_axes([0.01, 0.01, 0.98, 0.98])
            plots.pathway_frame(picture.memory.axes)
        with picture.redrawing(picture.memory.axes):
            plots.pathway_step(picture.memory.axes, values.step)
        return says[values.step]

    controls = {"step": choice("Bring out", STEPS)}
    presets = {"First link": {"step": 1}, "The side road": {"step": 2}, "The link that matters": {"step": 7}}
    return Panel("From IL-2 to the motor neuron: which links are known?", controls, show, presets)


def _cancer_miu() -> float:
    """Return one dose as registered for kidney cancer; given there into a vein, and three times a day."""
    return published("il2_high_dose_miu_per_kg").estimate * KILOGRAMS


def receptor_panel() -> Panel:
    """Show which share of each kind of IL-2 receptor is occupied after an injection.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.receptor_panel()
    >>> panel.set(dose_miu=2)
    >>> panel.sentence[:58]
    'After 2 MIU under the skin IL-2 in blood peaks near 38 pmo'
    """
    trimeric, standard = (parameter_values()[f"kd_{kind}_pmol_l"] for kind in ("trimeric", "dimeric"))
    sensitive = f"about {published('il2_treg_times_as_sensitive').estimate:g}"
    other = load_mechanism_parameters().set_index("parameter").loc["kd_dimeric_pmol_l", "low"]
    cancer = _cancer_miu()

    @lru_cache(maxsize=256)
    def of_dose(dose, kd):
        changed = {"kd_dimeric_pmol_l": kd}
        day = day_after_injection(dose, changed)
        return day, day.loc[day["il2_pmol_l"].idxmax()]

    def show(values, picture):
        changed = {"kd_dimeric_pmol_l": values.affinity}
        memory, window = picture.memory, selective_window(changed)
        if not hasattr(memory, "axes"):
            memory.axes = plots.occupancy_frame(picture.figure, (CONCENTRATIONS[0], CONCENTRATIONS[-1]))
            plots.label_data(picture.figure, MODEL)
            memory.affinity = None
        if memory.affinity != values.affinity:
            with picture.redrawing(*memory.axes, seldom=True):
                plots.occupancy_curves(*memory.axes, receptor_occupancy(CONCENTRATIONS, changed), window)
            memory.affinity = values.affinity
        day, peak = of_dose(values.dose_miu, values.affinity)
        with picture.redrawing(*memory.axes):
            plots.occupancy_marks(*memory.axes, day, peak)
        return sentence(values, window, day, peak)

    def sentence(values, window, day, peak):
        il2 = day["il2_pmol_l"]
        if values.dose_miu == 0:
            said = "Without an injection no extra IL-2 is in blood, and nobody hears any."
        else:
            said = (
                f"After {values.dose_miu:g} MIU under the skin IL-2 in blood peaks near {peak.il2_pmol_l:.0f} pmol/L. "
                f"Then {peak.trimeric_occupied_percent:.0f} % of the trimeric receptors (Treg) are occupied and "
                f"{peak.dimeric_occupied_percent:.1f} % of the dimeric ones (effector cells)."
            )
        if window is None:
            return (
                f"{said} With this affinity there is no window: where half of the trimeric receptors are occupied, "
                f"more than a tenth of the dimeric ones are too. Two laboratories, two pictures."
            )
        hours = [24 * part.iloc[1:].mean() for part in (il2.between(*window), il2 > window[1])]
        said += (
            f" The window, where Treg hear (at least {100 * HEARD_SHARE:.0f} %) and effector cells hardly do (at most "
            f"{100 * UNHEARD_SHARE:.0f} %), runs from {window[0]:.0f} to {window[1]:.0f} pmol/L; IL-2 spends "
            f"{hours[0]:.1f} of 24 hours in it"
        )
        if il2.max() < window[0]:
            return f"{said}: the dose is too low. Low does not mean the lowest."
        if il2.max() > window[1]:
            return f"{said} and {hours[1]:.1f} above it, where effector cells hear too. More is not better aimed."
        return (
            f"{said}. Binding is not yet a response: in cell culture Treg were {sensitive} times as sensitive as "
            f"memory T cells, not {standard / trimeric:.0f} times."
        )

    dose = published("imodals_dose_high_miu").estimate
    controls = {
        "dose_miu": slider("IL-2 under the skin", 0, cancer, 0.25, dose, "MIU"),
        "affinity": choice(
            "Dimeric receptor half full at",
            {f"{standard:,.0f} pmol/L, one report": standard, f"{other:,.0f} pmol/L, another": other},
        ),
    }
    usual = {"affinity": standard}
    presets = {
        "The trials' dose": {"dose_miu": dose, **usual},
        "The lowest": {"dose_miu": 0.25, **usual},
        "As much as for cancer": {"dose_miu": cancer, **usual},
        "Another laboratory": {"dose_miu": dose, "affinity": other},
    }
    return Panel("Who hears IL-2 at which dose?", controls, show, presets)


@lru_cache(maxsize=256)
def _course(dose_miu, days_on, cycle_days, n_cycles) -> pd.DataFrame:
    return simulate_treg(dose_miu, days_on, cycle_days, n_cycles, rtol=1e-5)


def _regimens() -> dict:
    """Return the presets of `dosing_panel`, read from the published table."""
    imodals = {
        "days_on": int(published("imodals_days_on").estimate),
        "cycle_days": int(7 * published("imodals_cycle_weeks").estimate),
        "n_cycles": int(published("imodals_n_cycles").estimate),
    }
    mirocals = {
        "dose_miu": published("mirocals_dose_miu").estimate,
        "days_on": int(published("mirocals_days_on").estimate),
        "cycle_days": int(published("mirocals_cycle_days").estimate),
    }
    months = published("mirocals_treatment_months").estimate
    mirocals["n_cycles"] = round(months * DAYS_PER_MONTH / mirocals["cycle_days"])
    high = published("imodals_dose_high_miu").estimate
    return {
        "IMODALS 1 MIU": {"dose_miu": published("imodals_dose_low_miu").estimate, **imodals},
        "IMODALS 2 MIU": {"dose_miu": high, **imodals},
        "MIROCALS": mirocals,
        "Every day": {"dose_miu": high, **imodals, "days_on": imodals["cycle_days"]},
        "As much as for cancer": {"dose_miu": _cancer_miu(), **imodals},
    }


def dosing_panel() -> Panel:
    """Give courses of IL-2 in the teaching model and watch IL-2, Treg, effector cells and CCL2.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.dosing_panel()
    >>> panel.sentence[:52]
    '2 MIU on 5 days of every 28, 3 cycles: 15 injections'
    """
    regimens = _regimens()
    usual = regimens["IMODALS 2 MIU"]
    doses = {
        published(f"imodals_dose_{key}_miu").estimate: f"{miu}miu" for key, miu in (("low", 1), ("high", 2))
    }
    seen = {dose: published(f"imodals_treg_change_{name}_points") for dose, name in doses.items()}

    visit = usual["days_on"] - 1 + DAYS_AFTER

    def imodals_like(values):
        same = all(getattr(values, name) == usual[name] for name in ("days_on", "cycle_days", "n_cycles"))
        return same and values.dose_miu in seen

    def show(values, picture):
        if values.days_on > values.cycle_days:
            raise TrialDataError(
                f"{values.days_on} days of injections do not fit into a cycle of {values.cycle_days} days: shorten "
                "the one or lengthen the other."
            )
        injections = values.days_on * values.n_cycles
        if injections > MOST_INJECTIONS:
            raise TrialDataError(
                f"That would be {injections} injections; this panel follows at most {MOST_INJECTIONS}. Take fewer "
                "cycles or fewer days of injections."
            )
        regimen = (values.dose_miu, values.days_on, values.cycle_days, values.n_cycles)
        course, end = _course(*regimen), values.cycle_days * values.n_cycles
        shown_days = next(days for days in SHOWN_DAYS if days >= end)
        empty = picture.turn_to((shown_days, values.compare))
        memory = picture.memory
        if empty:
            memory.axes = plots.course_frame(picture.figure, shown_days)
            plots.label_data(picture.figure, MODEL)
            if values.compare:
                plots.course_lines(memory.axes, _course(*usual.values()), plots.COMPARED_LOOK)
        with picture.redrawing(*memory.axes.values()):
            plots.course_lines(memory.axes, course)
            if values.published and imodals_like(values):
                figure, start = seen[values.dose_miu], course["treg_percent"].iloc[0]
                plots.course_target(memory.axes["treg_percent"], visit, start + figure.estimate, figure.sd)
        return sentence(values, course, injections)

    def sentence(values, course, injections):
        start, top = course["treg_percent"].iloc[0], course["treg_percent"].max()
        next_course = at_day(course, values.cycle_days, "treg_percent")
        effector, ccl2 = course["teff_percent_of_baseline"].max(), course["ccl2_percent_of_baseline"]
        every = f"on {values.days_on} day{'s' * (values.days_on > 1)} of every {values.cycle_days}"
        if values.days_on == values.cycle_days:
            every = "every day"
        said = (
            f"{values.dose_miu:g} MIU {every}, {values.n_cycles} cycle{'s' * (values.n_cycles > 1)}: {injections} "
            f"injections. Treg rise from {start:.1f} to {top:.1f} % of CD4+ cells and stand at {next_course:.1f} % "
            f"{values.cycle_days} days after the first injection. Effector cells reach {effector:.0f} % of baseline; "
            f"CCL2 goes to {ccl2.min():.0f} % at its lowest"
        )
        said += f" and {ccl2.max():.0f} % at its highest." if ccl2.max() > 101 else "."
        if values.published and imodals_like(values):
            rise = at_day(course, visit, "treg_percent") - start
            said += (
                f" IMODALS reported {seen[values.dose_miu].text}; the model, fitted to such rises, gives "
                f"{_signed(rise)} on day {visit}."
            )
        elif values.published:
            said += " IMODALS did not try this regimen."
        if values.dose_miu == 0:
            return f"{said} Without IL-2 nothing moves."
        if ccl2.max() > 101:
            said += (
                " Treg are higher than ever, and yet inflammation rises: effector cells hear the dose too."
            )
        elif effector > 110:
            said += " Effector cells begin to hear the dose."
        elif top - start < 2:
            said += " Effector cells hear nothing, but Treg hardly either: low does not mean the lowest."
        elif values.days_on > 14:
            said += " With daily injections IL-2 peaks shrink, since more Treg take more of it up."
        return f"{said} All this is blood in a model; none of it is a longer life."

    controls = {
        "dose_miu": slider("IL-2, each injection", 0, _cancer_miu(), 0.25, usual["dose_miu"], "MIU"),
        "days_on": slider("Injections: first days of a cycle", 1, 28, 1, usual["days_on"], "days"),
        "cycle_days": slider("Length of a cycle", 7, 56, 1, usual["cycle_days"], "days"),
        "n_cycles": slider("Cycles", 1, 20, 1, usual["n_cycles"]),
        "compare": tick("Keep IMODALS 2 MIU in view (dotted)", True),
        "published": tick("Show the rise IMODALS reported (open square; unverified)"),
    }
    return Panel("A course of IL-2", controls, show, regimens, size=(760, 470))


def treg_course_panel(df=None, data_note=SYNTHETIC) -> Panel:
    """Show the synthetic courses person by person: what is measured, and how people differ.

    Parameters
    ----------
    df : DataFrame, optional
        As `load_treg_course` returns it.
    data_note : str

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.treg_course_panel()
    >>> panel.sentence[:31]
    'Treg, 3 days after the last inj'
    """
    df = load_treg_course() if df is None else df
    arms = list(df.groupby("dose_miu")["arm"].first())
    names = {text.split(" (")[0]: column for column, text in plots.MEASURES.items()}

    def show(values, picture):
        empty = picture.turn_to(values.measure)
        memory = picture.memory
        if empty:
            memory.axes = picture.figure.add_axes([0.095, 0.145, 0.885, 0.755])
            plots.treg_course_frame(memory.axes, df, values.measure)
            plots.label_data(picture.figure, data_note)
        with picture.redrawing(memory.axes):
            plots.treg_course_lines(memory.axes, df, values.measure, values.people)
        return sentence(values)

    def sentence(values):
        unit = "points" if values.measure == "treg_percent" else "% of baseline"
        changes = first_course_changes(df, values.measure)
        parts = [
            f"{row.Index} {_signed(row.mean)} (SD {row.sd:.1f}, from {_signed(row.least)} to {_signed(row.most)})"
            for row in changes.itertuples()
        ]
        name = next(text for text, column in names.items() if column == values.measure)
        said = (
            f"{name}, {DAYS_AFTER} days after the last injection of the first course, change in {unit}: "
            f"{'; '.join(parts)}."
        )
        if abs(changes["t"].iloc[-1]) < 2:
            return f"{said} If the arms differ, it drowns in the spread between measurements: 12 people an arm are few."
        return (
            f"{said} The arms differ on average; single people overlap. Who responds most is known only afterwards: "
            "comparing the lifetimes of responders and non-responders is not a randomised comparison."
        )

    controls = {
        "measure": choice("Measured in blood", names),
        "people": choice(
            "Single people (thin lines) of", {**{arm: arm for arm in arms}, "no arm": False}, arms[-1]
        ),
    }
    presets = {name: {"measure": column} for name, column in names.items()}
    return Panel("Thirty-six synthetic people", controls, show, presets, size=(760, 380))


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
