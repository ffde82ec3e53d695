"""Function against survival: the four analyses, the truth beside them, and what the sentence says of each."""

from __future__ import annotations

import itertools
import re

import pytest

import alsteach as al
from alsteach.joint_rank_scores import function_truth
from alsteach.style import p_text
from tests.panels.states import faults


@pytest.fixture(scope="module")
def one_panel():
    return al.joint_rank_panel()


@pytest.fixture
def panel(one_panel):
    one_panel.reset()
    return one_panel


def trial_of(panel):
    values = panel.values
    return al.function_trial(values["hazard_ratio"], values["slowing"], values["n_per_arm"])


def signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−") if round(value, 1) else "0.0"


@pytest.mark.parametrize("preset", range(6))
def test_the_sentence_says_what_the_functions_say(panel, preset):
    panel.set(**list(panel.presets.values())[preset])
    trial = trial_of(panel)
    table, ranked, truth = al.function_comparisons(trial), al.joint_rank(trial), function_truth(trial)
    for lead, name in (
        ("(1) survivors only ", "survivors_only"),
        ("(2) As if the dead had stopped declining ", "carried_forward"),
        ("(3) A 0 for the dead ", "zero_for_dead"),
    ):
        row = table.loc[name]
        interval = f"{row.ci_low:.1f} to {row.ci_high:.1f}".replace("-", "−")
        assert f"{lead}{signed(row.estimate)} points ({interval})" in panel.sentence
    won = f"{100 * ranked.win_probability:.0f} of 100 pairs ({100 * ranked.ci_low:.0f}–{100 * ranked.ci_high:.0f})"
    assert f"{won}, {p_text(ranked.p)}" in panel.sentence
    assert (
        f"truth, in the {truth.n_both} who live in either arm: {signed(truth.effect)} points"
        in panel.sentence
    )
    dead = trial.groupby("treated")["died"].sum()
    assert (
        f"{dead[1]} of {panel.values['n_per_arm']} die on treatment, {dead[0]} in the control arm"
        in panel.sentence
    )


def test_a_treatment_that_only_saves_lives(panel):
    panel.set(**panel.presets["Saves lives only"])
    said = panel.sentence
    assert re.search(r"survivors only −\d", said)
    assert "who live in either arm: 0.0 points" in said
    truth = function_truth(trial_of(panel))
    change = f"{truth.change_one:.0f}".replace("-", "−")
    assert f"{truth.saved} live only on treatment (change {change} points on average" in said
    assert "not the groups that chance made" in said
    assert "one number cannot say whether survival or function differs" in said


def test_a_treatment_that_only_costs_lives(panel):
    panel.set(**panel.presets["Costs lives only"])
    assert panel.sentence.startswith("Put in: twice the hazard of death, function untouched")
    assert re.search(r"survivors only \+\d", panel.sentence)
    assert f"{-function_truth(trial_of(panel)).saved} live only without treatment" in panel.sentence


def test_equal_survival_misleads_nobody(panel):
    for preset in ("Slows decline only", "Does nothing"):
        panel.set(**panel.presets[preset])
        assert "no effect on survival" in panel.sentence
        assert "leaving out the dead misleads nobody" in panel.sentence


def test_opposite_effects_are_named(panel):
    panel.set(**panel.presets["Saves lives, hastens decline"])
    assert "decline 20 % faster" in panel.sentence
    assert "mixes two opposite effects: report both" in panel.sentence
    assert 45 < float(re.search(r"better in (\d+) of 100", panel.sentence).group(1)) < 55
    panel.set(**panel.presets["Both"])
    assert "mixes two effects: report both" in panel.sentence


def test_every_patient_is_in_the_picture_once(panel):
    panel.set(n_per_arm=60)
    change, death, _, _ = panel.picture.memory.axes
    places = {}
    for ax in (change, death):
        dots = [line for line in ax.lines if line.get_marker() in ("o", "s") and len(line.get_xdata())]
        places[ax] = [x for line in dots for x in line.get_xdata()]
    trial = trial_of(panel)
    assert len(places[death]) == trial["died"].sum()
    assert len(places[change]) == (trial["died"] == 0).sum()
    assert len(set(places[death]) | set(places[change])) == 120
    assert max(places[death]) < min(places[change])


def test_the_data_are_called_synthetic(panel):
    assert any("Synthetic trial: not patients" in text.get_text() for text in panel.picture.figure.texts)


def test_every_combination_of_extremes_gives_a_picture_and_a_sentence(panel):
    names, said = list(panel.controls), set()
    for combination in itertools.product(*(panel.controls[name].extremes for name in names)):
        panel.set(**dict(zip(names, combination, strict=True)))
        assert faults(panel) == []
        said.add(panel.sentence)
    assert len(said) == 27


def test_nothing_piles_up(panel):
    artists = len(panel.picture.figure.findobj())
    for slowing in range(-40, 65, 5):
        panel.set(slowing=slowing)
    assert len(panel.picture.figure.findobj()) <= artists + 6
