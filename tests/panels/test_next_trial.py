"""The panel on the next trial: it says what the plan and the simulation give, whatever the belief and the truth."""

from __future__ import annotations

import base64
import itertools
import re

import numpy as np
import pytest

import alsteach as al

START = r"Belief: (HR \d|no effect)"


def picture(panel) -> str:
    return re.search(r'base64,([^"]+)"', panel.view.value).group(1)


@pytest.fixture(scope="module")
def shared():
    return al.next_trial_panel(n_trials=200)


@pytest.fixture
def panel(shared):
    shared.reset()
    assert shared.wait(60)
    return shared


def tell(panel, **values) -> str:
    panel.set(**values)
    assert panel.wait(120)
    return panel.sentence


def test_the_plan_it_tells_is_the_functions(panel):
    said = tell(
        panel, strategy="up_to", belief="between", hr=0.5, screened_per_month=30, follow_up=18, power=90
    )
    plan = al.enrichment_plan(al.AssumedEffect(0.5, within=(750, 3700)), (0, 3700), 0.9, 30, 18)
    assert f"screens {plan.screened:,} by lumbar puncture (79 % eligible; published: 79 %)" in said
    assert f"enrols {plan.patients:,}, needs {plan.events:,} deaths" in said
    assert f"reads out after {plan.months:.0f} months" in said
    found = al.simulate_next_trial(plan, n_trials=200, seed=2)
    assert f"If the belief is true, {100 * found.power:.0f} % (±{100 * found.error:.0f})" in said


def test_the_start_is_the_published_low_group(panel):
    assert panel.values["hr"] == al.published("mirocals_hr_low_pnfh").estimate
    assert "Belief: HR 0.52 in 750–3700 pg/mL only." in panel.sentence
    assert (
        "screens 258 by lumbar puncture (70 % eligible; published: 70 %), enrols 180, needs 78 deaths"
        in panel.sentence
    )
    assert "30 of 100 patients are never studied, and nobody learns" in panel.sentence
    assert "If instead" not in panel.sentence
    assert "averaged" not in panel.sentence


def test_another_strategy_computes_nothing_anew(panel):
    panel.set(strategy="all")
    assert panel.wait(0)
    assert "A trial in everybody enrols 362, needs 191 deaths" in panel.sentence
    assert "lumbar" not in panel.sentence
    before = picture(panel)
    panel.set(factor=2.0)
    assert panel.wait(0)
    assert picture(panel) != before


def test_a_phase_2_p_value_is_not_a_phase_3(panel):
    said = tell(panel, **panel.presets["p = 0.007, so prescribe?"])
    plan = al.enrichment_plan(al.AssumedEffect(0.32))
    assert f"needs {plan.events} deaths" in said
    assert f"×/÷ 2.28 around it, taken at face value, {100 * plan.assurance(2.28):.0f} %" in said
    assert plan.assurance(2.28) < 0.75
    crude = re.search(r"If instead the truth is HR 0.81 in everybody: (\d+) %", said)
    assert int(crude.group(1)) < 20
    assert said.endswith(
        "A phase 2 p-value is not the chance that phase 3 succeeds, and no reason to prescribe."
    )


def test_believing_the_0_32(panel):
    said = tell(panel, **panel.presets["Believe the 0.32"])
    assert "HR 0.32 at 0 pg/mL, worse as pNFH rises (slope unverified): " in said
    assert int(re.search(r"unverified\): (\d+) %", said).group(1)) < 25
    assert "planned for that it takes 334 deaths and 49 months" in said
    assert "19 are harmed of 100 enrolled" in said


def test_believing_the_0_81(panel):
    said = tell(panel, **panel.presets["Believe the 0.81"])
    plan = al.enrichment_plan(al.AssumedEffect(0.81))
    assert f"enrols {plan.patients:,}, needs {plan.events:,} deaths" in said
    assert plan.events > 700
    assert f"{100 * plan.assurance(1.5):.0f} %. Everybody is studied." in said


def test_wrong_about_the_biomarker_both_ways(panel):
    said = tell(panel, **panel.presets["Wrong about the biomarker"])
    assert int(re.search(r"HR 0.81 in everybody: (\d+) %", said).group(1)) < 30
    assert said.endswith(
        "30 of 100 patients are never studied, and 30 whom the drug would help are never told."
    )
    other = tell(panel, **panel.presets["… the other way round"])
    assert int(re.search(r"750–3700 pg/mL only: (\d+) %", other).group(1)) > 95
    assert "planned for that it takes 191 deaths" in other
    assert other.endswith("one average hides that 30 gain nothing of 100 enrolled.")


def test_no_effect_at_all_is_a_false_alarm(panel):
    said = tell(panel, truth="all", true_hr=1.0)
    assert "If instead the truth is no effect in anybody (HR 1): " in said
    assert int(re.search(r"\(HR 1\): (\d+) %", said).group(1)) <= 6
    assert "planned for that" not in said


def test_where_there_is_nothing_to_plan_it_says_so(panel):
    said = tell(panel, strategy="all", belief="fades", hr=0.9)
    assert re.search(
        r"A trial in everybody: Under this belief .* hazard ratio of 1\.\d\d: more harm than good", said
    )
    assert "enrols" not in said
    assert picture(panel)
    said = tell(panel, hr=0.45, strategy="between")
    assert "enrols" in said


@pytest.mark.slow
def test_each_control_to_its_ends(panel):
    for name, control in panel.controls.items():
        panel.reset()
        for value in control.extremes:
            said = tell(panel, **{name: value})
            assert re.match(START, said), said
            assert "nan" not in said
            assert "fault" not in said
            assert len(base64.b64decode(picture(panel))) < 40_000


@pytest.mark.slow
def test_corners(panel):
    choices = [(belief, hr) for belief in panel.controls["belief"].extremes for hr in (0.2, 0.9)]
    endings = itertools.cycle([(5, 6, 95), (60, 36, 50)])
    seen = set()
    for (belief, hr), (rate, follow_up, power) in zip(choices, endings, strict=False):
        for strategy in ("all", "between"):
            said = tell(
                panel,
                belief=belief,
                hr=hr,
                strategy=strategy,
                screened_per_month=rate,
                follow_up=follow_up,
                power=power,
                truth="fades",
                true_hr=1.2,
            )
            assert re.match(START, said), said
            assert "enrols" in said or "nothing to plan" in said or "50 years" in said
            assert "nan" not in said
            seen.add(said)
    assert len(seen) == 2 * len(choices)


def test_stop_keeps_the_last_picture(panel):
    before = panel.sentence
    panel.set(belief="all", hr=0.9, truth="between", true_hr=0.91)
    panel.background.stop_button.click()
    assert panel.wait(0)
    assert panel.sentence == before


def test_every_preset_is_another_picture(panel):
    seen = set()
    for values in panel.presets.values():
        tell(panel, **values)
        seen.add(picture(panel))
    assert len(seen) == len(panel.presets) == 5


def test_the_picture_says_what_it_is_made_of():
    ax = al.plot_next_trial({"a": {"believed": (0.8, 0.1), "uncertain": None, "truth": (0.02, 0.05)}})
    lines = [line.get_xdata() for line in ax.lines]
    assert any(np.allclose(x, [0.7, 0.9]) for x in lines if len(x) == 2)
    assert any(np.allclose(x, [0, 0.07]) for x in lines if len(x) == 2)
    panel = al.next_trial_panel(n_trials=100)
    assert panel.wait(60)
    notes = [text.get_text() for text in panel.picture.figure.texts]
    assert any("not patients, not MIROCALS" in note for note in notes)
