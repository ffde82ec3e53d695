"""The items' numbers are those of R, of the published table, and of the panels that the items send a learner to."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.exercises import code, load_items, numbers
from alsteach.exercises.checking import tolerance
from alsteach.panels.page06 import simulated_world
from alsteach.worlds.cut_search import search_simulated_trials

REFERENCE = Path(__file__).parents[1] / "reference" / "items.csv"
R = pd.read_csv(REFERENCE).set_index("id")["answer"]  # tests/reference/items.R


@pytest.mark.parametrize("item", [i for i in load_items() if i.kind == "code"], ids=lambda i: i.id)
def test_solutions_agree_with_r(item):
    """lifelines, with which an exercise is solved, stops earlier than R: its coefficients may be 1e-4 off."""
    assert code.solution_value(item) == pytest.approx(R[item.id], rel=5e-4)


@pytest.mark.parametrize("item", [i for i in load_items() if i.kind == "code"], ids=lambda i: i.id)
def test_typical_wrong_answers_lie_well_apart_from_the_right_one(item):
    for key in item.raw["wrong"]:
        assert abs(item.number(key) - R[item.id]) > 2 * tolerance(item), key


def test_by_hand():
    assert numbers.ten_patients()["alive"] == pytest.approx(77.142857)
    alive = {"share": 0.8, "alive": 80.0, "half_the_risk": 82.0, "half_the_alive": 32.0}
    assert numbers.square_root().items() >= alive.items()
    assert numbers.false_alarms()["at_least_one"] == pytest.approx(14.2625)
    assert numbers.useless_drugs()["alarms"] == 3
    endpoint = numbers.alive_at_the_endpoint()
    assert endpoint["nnt"] == pytest.approx(13.75)
    assert [round(endpoint[key], 1) for key in ("difference", "low", "high")] == [7.3, -5.7, 20.2]
    assert [round(endpoint[key]) for key in ("nnt_benefit", "nnt_harm", "relative")] == [5, 18, 16]
    two = numbers.two_studies()
    assert two["p_strong"] < 0.05 < two["p_weak"] < two["p_difference"]


def pressed(panel, preset: str) -> str:
    panel.set(**panel.presets[preset])
    panel.wait()
    return panel.sentence.replace("−", "-")


PANELS = [  # item, panel as the notebook builds it, preset, what its sentence says
    ("01-choice-3", al.heterogeneity_panel, "The luckiest", "HR {luckiest:.2f}"),
    ("01-choice-3", al.heterogeneity_panel, "The luckiest", "of 200 thrown so far, p < 0.05: {significant};"),
    ("02-choice-1", al.receptor_panel, "A tenth of it", "{lowest_treg_hear:.0f} % of the receptors on Treg"),
    (
        "02-choice-1",
        al.receptor_panel,
        "The trials' dose",
        "{trial_treg_hear:.0f} % of the receptors on Treg",
    ),
    ("02-number-1", al.receptor_panel, "The trials' dose", "{trial_effector_hear:.1f} % on effector cells"),
    (
        "02-number-1",
        al.receptor_panel,
        "One cancer-size dose",
        "{cancer_effector_hear:.1f} % on effector cells",
    ),
    (
        "02-choice-3",
        al.dosing_panel,
        "One cancer-size dose",
        "Treg from 6.4 to {cancer_treg:.1f} % of CD4+ cells",
    ),
    ("02-choice-3", al.dosing_panel, "One cancer-size dose", "effector cells up to {cancer_effector:.0f} %"),
    ("02-choice-3", al.dosing_panel, "One cancer-size dose", "highest {cancer_ccl2_high:.0f} % of baseline"),
    ("02-choice-5", al.surrogate_panel, "World A, told", "as randomised: HR {world_a:.2f}"),
    ("02-choice-5", al.surrogate_panel, "World B, told", "as randomised: HR {world_b:.2f}"),
    ("02-choice-5", al.surrogate_panel, "World C, told", "as randomised: HR {world_c:.2f}"),
    ("03-choice-1", al.censoring_panel, "Best and worst", "lived, {as_survivors:g} % would be alive"),
    ("03-choice-1", al.censoring_panel, "Best and worst", "died at once, {as_dead:g} %"),
    ("03-choice-1", al.censoring_panel, "Three are lost", "= {kaplan_meier:.0f} % alive"),
    (
        "03-choice-2",
        al.km_panel,
        "Day 640",
        "{difference:+.0f} of 100 alive, 95 % interval {low:.0f} to {high:+.0f}",
    ),
    ("03-choice-4", al.km_panel, "Half the hazard", "day {day}, of {dead:.0f} deaths per 100"),
    ("03-choice-4", al.km_panel, "Half the hazard", "prevented: {prevented:.0f} % fewer deaths"),
    ("04-choice-1", al.covariate_panel, "Every tick", "{se_crude:.3f} unadjusted, {se_adjusted:.3f} with"),
    ("04-choice-3", al.covariate_panel, "Every tick", "{crude:.2f} becomes {adjusted:.2f}"),
    ("04-choice-5", al.proportional_hazards_panel, "Forty patients", "(p = {p_few:.2f}"),
    ("04-choice-7", al.responder_panel, "As randomised", "HR {as_randomised:.2f}"),
    ("04-choice-7", al.responder_panel, "Responders live longer!", "treated patients: HR {responders:.2f}"),
    ("05-number-2", al.reference_level_panel, "Zero at the mean", "HR {at_mean:.2f}, 95 % interval"),
    (
        "05-choice-5",
        al.noncollapsibility_panel,
        "Half are frail",
        "kind {true:.2f}, all together {usual:.2f}",
    ),
    ("05-choice-7", al.better_test_panel, "No effect at all", "at zero: p < 0.05 in {either:.0f} of 100"),
    ("05-choice-7", al.better_test_panel, "No effect at all", "{first:.0f} of 100 unadjusted"),
    (
        "05-number-3",
        al.better_test_panel,
        "Arms alike, a slope",
        "{arms:.0f} of 100 unadjusted p < 0.05, {zero:.0f} at zero",
    ),
    (
        "06-choice-5",
        al.prognostic_predictive_panel,
        "Only treated patients",
        "{low:.0f} of 100 with a low and {high:.0f} of 100",
    ),
    (
        "07-choice-1",
        al.absolute_effect_panel,
        "68 % fewer deaths?",
        "{relative:.0f} % fewer deaths by day",
    ),
    (
        "07-choice-2",
        al.absolute_effect_panel,
        "Through infinity",
        "benefit at {nnt_benefit:.0f} through infinity to harm at {nnt_harm:.0f}",
    ),
]


@pytest.fixture(scope="module")
def opened():
    return {}


@pytest.mark.parametrize(("name", "factory", "preset", "words"), PANELS)
def test_the_panel_shows_what_the_item_says(opened, name, factory, preset, words):
    item = next(item for item in load_items() if item.id == name)
    assert item.panel == factory.__name__
    panel = opened.setdefault(factory, factory())
    assert words.format(**item.computed) in pressed(panel, preset)


def test_the_panel_on_the_same_effect_shows_what_the_item_says():
    found, fields = numbers.same_effect_groups(), al.cutpoint_panel().said.fields
    for group in ("low", "high"):
        assert fields[f"{group}_deaths"] == found[f"deaths_{group}"]
        assert fields[f"{group}_hr"] == found[f"hr_{group}"]
        assert fields[f"{group}_p"] == found[f"p_{group}"]
    assert fields["p"] == found["p_groups"]
    assert found["p_low"] < 0.05 < found["p_high"]


def test_every_prediction_names_a_button_of_its_panel():
    """What `look` sets in italics is a preset of the panel."""
    checked = 0
    for item in load_items():
        if item.when == "before" and item.panel:
            panel = getattr(al, item.panel)()
            offered = set(panel.presets)
            pressed_buttons = re.findall(r"\*([^*]+)\*", item.look)
            assert pressed_buttons, item.id
            assert set(pressed_buttons) <= offered, (item.id, set(pressed_buttons) - offered)
            checked += 1
    assert checked >= 20


def test_a_searched_cut_finds_what_its_panel_says():
    found, panel = numbers.searched_cuts(), al.cut_search_panel().go("best")
    panel.guess.skip()
    assert panel.wait(120)
    told = panel.said.fields
    assert (found["searched"], found["named"]) == pytest.approx((told["count"], told["named"]))
    # Other trials of the same world find about as much.
    many = search_simulated_trials(simulated_world("same"), cut=3700, n_trials=1000, seed=1)
    assert found["searched"] == pytest.approx(100 * many.share_found()[-1], abs=6)
    assert found["separate"] > found["high"]


def test_the_spread_around_a_median_is_what_the_panel_says_of_a_typical_person():
    outside = al.prognosis_panel().said.fields["outside"]
    assert outside == pytest.approx(numbers.foretold()["outside"], abs=6)


def test_the_next_trial_is_what_its_panel_says():
    found, panel = numbers.next_trial(), al.next_trial_panel().go("believe_032")
    assert panel.said.fields["events"] == found["deaths"]
    assert panel.found[-1].chance == pytest.approx(
        found["power"], abs=2
    )  # it sees a few more deaths than planned


def test_all_numbers_are_finite_and_every_function_is_used():
    used = {item.raw["numbers"] for item in load_items() if "numbers" in item.raw}
    own = {
        name
        for name, f in vars(numbers).items()
        if callable(f) and getattr(f, "__module__", "") == numbers.__name__ and not name.startswith("_")
    }
    assert own == used
    for name in used:
        values = pd.Series(getattr(numbers, name)(), dtype=float)
        assert np.isfinite(values).all(), name
