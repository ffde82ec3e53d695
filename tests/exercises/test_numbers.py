"""The items' numbers are those of R, of the published table, and of the panels that the items send a learner to."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.cutpoint_trials import search_simulated_trials
from alsteach.exercises import code, load_items, numbers, trial_numbers
from alsteach.exercises.checking import tolerance

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
    assert numbers.square_root() == {"alive": 80.0, "half_the_risk": 82.0, "half_the_alive": 32.0}
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
    ("01-choice-3", al.heterogeneity_panel, "Same size, the luckiest draw", "HR {luckiest:.2f}"),
    ("01-choice-3", al.heterogeneity_panel, "Same size, the luckiest draw", "{significant} have p < 0.05"),
    ("02-choice-1", al.receptor_panel, "The lowest", "{lowest_treg_hear:.0f} % of the trimeric"),
    ("02-choice-1", al.receptor_panel, "The trials' dose", "{trial_treg_hear:.0f} % of the trimeric"),
    (
        "02-choice-3",
        al.dosing_panel,
        "As much as for cancer",
        "from 6.4 to {cancer_treg:.1f} % of CD4+ cells",
    ),
    ("02-choice-3", al.dosing_panel, "As much as for cancer", "{cancer_ccl2_high:.0f} % at its highest"),
    ("02-choice-5", al.surrogate_panel, "World A, told", "deaths against 174, HR {world_a:.2f}"),
    ("02-choice-5", al.surrogate_panel, "World B, told", "HR {world_b:.2f}"),
    ("02-choice-5", al.surrogate_panel, "World C, told", "HR {world_c:.2f}"),
    (
        "03-choice-1",
        al.censoring_panel,
        "Best and worst case",
        "counted as survivors, {as_survivors:g} %; counted as dead, {as_dead:g} %",
    ),
    ("03-choice-1", al.censoring_panel, "Best and worst case", "= {kaplan_meier:.0f} % alive"),
    ("03-choice-2", al.km_panel, "Day 640", "{difference:+.0f} of 100 ({low:.0f} to {high:+.0f})"),
    (
        "04-choice-1",
        al.covariate_panel,
        "Everything",
        "hazard ratio {se_crude:.3f} → {se_adjusted:.3f}: wider",
    ),
    ("04-choice-5", al.proportional_hazards_panel, "One ratio misleads", "HR {overall:.2f}"),
    ("04-choice-5", al.proportional_hazards_panel, "One ratio misleads", "after day 120 HR {late:.2f}"),
    ("04-choice-7", al.responder_panel, "Responders live longer!", "as randomised HR {as_randomised:.2f}"),
    ("04-choice-7", al.responder_panel, "Responders live longer!", "non-responders: HR {responders:.2f}"),
    ("05-choice-1", al.reference_level_panel, "Read at the patients' mean", "HR {at_mean:.2f} (95 % CI"),
    ("05-choice-5", al.noncollapsibility_panel, "As in our ALS world", "gives {usual:.2f} in the long run"),
    (
        "05-choice-7",
        al.many_trials_panel,
        "Nothing works: pick the better p",
        "{either:.0f} % in one or the other",
    ),
    (
        "06-choice-5",
        al.prognostic_predictive_panel,
        "Treated only, predictive",
        "{low:.0f} of 100 with a low and {high:.0f} of 100",
    ),
    (
        "06-choice-5",
        al.prognostic_predictive_panel,
        "Treated only, prognostic",
        "{low:.0f} of 100 with a low and {high:.0f} of 100",
    ),
    (
        "07-choice-1",
        al.absolute_effect_panel,
        "HR 0.32: 68 % fewer deaths?",
        "{relative:.0f} % fewer deaths on IL-2",
    ),
    (
        "07-choice-2",
        al.absolute_effect_panel,
        "An NNT through infinity",
        "benefit {nnt_benefit:.0f} to infinity to harm {nnt_harm:.0f}",
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


def test_the_real_trial_panel_shows_what_the_item_says():
    panel = al.km_panel(al.load_veteran(), strata="celltype", arms=("standard", "test"))
    found = numbers.half_the_hazard()
    said = pressed(panel, "Half the hazard, half the deaths?")
    assert f"on day {found['day']}" in said
    assert f"{found['dead_at_half']:.0f} % instead of {found['dead']:.0f} %" in said
    assert f"{found['prevented']:.0f} % fewer deaths" in said


def test_the_panel_on_the_same_effect_shows_what_the_item_says():
    panel = al.cutpoint_panel(al.same_effect_trial(), interaction="csf_pnfh_pg_ml", cut=3700)
    found = numbers.same_effect_groups()
    said = pressed(panel, "Cut at 3,700 pg/mL")
    for group in ("low", "high"):
        assert f"{found[f'deaths_{group}']} deaths, HR {found[f'hr_{group}']:.2f}" in said
    assert f"Do they differ? p = {found['p_groups']:.2f} between groups" in said
    assert found["p_low"] < 0.05 < found["p_high"]


def test_every_prediction_names_a_button_of_its_panel():
    """What `look` sets in italics is a preset of the panel, or of the panel as the notebook builds it."""
    checked = 0
    for item in load_items():
        if item.when == "before" and item.panel:
            panel = getattr(al, item.panel)()
            offered = set(panel.presets) | {"Half the hazard, half the deaths?", "Cut at 3,700 pg/mL"}
            pressed_buttons = re.findall(r"\*([^*]+)\*", item.look)
            assert pressed_buttons, item.id
            assert set(pressed_buttons) <= offered, (item.id, set(pressed_buttons) - offered)
            checked += 1
    assert checked >= 20


def test_a_searched_cut_finds_something_in_about_a_third():
    """What item 06-choice-1 says in words; the panel runs a thousand such trials."""
    same_for_all = al.TrialDesign(treatment_log_hr_at_zero=math.log(0.6), treatment_log_hr_per_pg_ml=0.0)
    found = search_simulated_trials(same_for_all, cut=3700, n_trials=400)
    assert found.share_found_named() == pytest.approx(0.05, abs=0.03)
    assert 0.25 < found.share_found()[-1] < 0.42


def test_the_spread_around_a_median_is_what_the_panel_says_of_a_typical_person():
    said = pressed(al.prognosis_panel(), "A typical person")
    shown = float(re.search(r"so only (\d+) %", said).group(1))
    assert shown == pytest.approx(numbers.foretold()["within"], abs=6)


def test_the_slope_in_company_is_what_the_panel_says():
    said = pressed(al.covariate_panel(), "Is a covariate a cause?")
    shown = float(re.search(r"HR (\d\.\d\d) per SD", said).group(1))
    assert shown == pytest.approx(numbers.slope_in_company()["beside"], abs=0.01)


def test_the_next_trial_is_what_its_panel_says():
    found = numbers.next_trial()
    said = pressed(al.next_trial_panel(), "p = 0.007, so prescribe?")
    assert f"needs {found['deaths']} deaths" in said
    simulated = float(re.search(r"truth is HR 0\.81 in everybody: (\d+) %", said).group(1))
    assert simulated == pytest.approx(found["power"], abs=4)


def test_all_numbers_are_finite_and_every_function_is_used():
    used = {item.raw["numbers"] for item in load_items() if "numbers" in item.raw}
    own = {
        name
        for module in (numbers, trial_numbers)
        for name, f in vars(module).items()
        if callable(f) and getattr(f, "__module__", "").endswith("numbers") and not name.startswith("_")
    }
    assert own == used
    for name in used:
        values = pd.Series(getattr(numbers, name)(), dtype=float)
        assert np.isfinite(values).all(), name
