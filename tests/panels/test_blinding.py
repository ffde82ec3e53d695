"""The panel on blinding: its sentence holds the figures of the functions under it, at every control's ends."""

from __future__ import annotations

import base64
import itertools
import re

import pytest

import alsteach as al


def picture(panel) -> str:
    return re.search(r'base64,([^"]+)"', panel.view.value).group(1)


@pytest.fixture(scope="module")
def shared():
    return al.blinding_panel()


@pytest.fixture
def panel(shared):
    shared.reset()
    return shared


def test_it_says_what_the_functions_give(panel):
    panel.set(active=70, placebo=10, convinced=80, unmasked=20, unsure=50, points=4.0, per_arm=200)
    guesses = al.expected_guesses(0.7, 0.1, 0.8, 0.2, 0.5)
    bias = al.belief_bias(guesses, 4, al.rating_spread(18), 200)
    said = panel.sentence
    assert "Assumed: 70 % have a reaction on the drug, 10 % on placebo." in said
    assert (
        f"{100 * guesses.loc['active', 'correct']:.0f} % and {100 * guesses.loc['placebo', 'correct']:.0f} %"
        in said
    )
    assert "Bang's index +0.50 on the drug, +0.10 on placebo" in said
    assert bias.difference == pytest.approx(1.2)
    assert "own ratings differ by +1.2 points" in said
    assert f"{100 * bias.false_alarms:.0f} % of such trials have p < 0.05" in said


def test_death_is_not_rated_and_nothing_is_claimed_of_mirocals(panel):
    for values in panel.presets.values():
        panel.set(**values)
        assert "Nobody rates death from any cause: belief leaves it at 0." in panel.sentence
        assert panel.sentence.endswith("The sources seen here report no such check for MIROCALS.")
        assert panel.sentence.startswith("Assumed:")


def test_presets_confront(panel):
    panel.set(**panel.presets["Nobody can tell"])
    assert "Bang's index 0 on the drug, 0 on placebo" in panel.sentence
    assert "both arms believe alike, so belief cancels" in panel.sentence
    panel.set(**panel.presets["Everybody hopes"])
    assert (
        "100 % and 0 % guess their arm right; Bang's index +1.00 on the drug, −1.00 on placebo"
        in panel.sentence
    )
    assert "both arms believe alike" in panel.sentence
    panel.set(**panel.presets["As often on placebo"])
    assert "both arms believe alike" in panel.sentence
    panel.set(**panel.presets["Reactions mostly on the drug"])
    assert "own ratings differ by +1.3 points" in panel.sentence
    panel.set(points=0.0)
    assert "belief moves nothing" in panel.sentence


def test_the_diabetes_trial_is_the_published_one(panel):
    name = next(name for name in panel.presets if "diabetes" in name)
    assert name == "Events of a diabetes trial: 5 and 1 of 6"
    panel.set(**panel.presets[name])
    assert "Assumed: 83 % have a reaction on the drug, 17 % on placebo" in panel.sentence


def test_reactions_on_placebo_turn_the_sign(panel):
    panel.set(active=10, placebo=60)
    assert re.search(r"own ratings differ by −\d\.\d points", panel.sentence)


def test_corners(panel):
    names = list(panel.controls)
    seen = set()
    for ends in itertools.product(*(panel.controls[name].extremes[:2] for name in names)):
        panel.set(**dict(zip(names, ends, strict=True)))
        assert panel.sentence.startswith("Assumed:"), panel.sentence
        assert "nan" not in panel.sentence
        assert len(base64.b64decode(picture(panel))) < 40_000
        seen.add(panel.sentence)
    assert len(seen) > 30


def test_every_preset_is_another_picture(panel):
    seen = set()
    for values in panel.presets.values():
        panel.reset()
        panel.set(**values)
        seen.add(picture(panel))
    assert len(seen) == len(panel.presets) == 6


def test_a_figure_of_ones_own():
    ax = al.plot_guesses(al.expected_guesses(0.6, 0.1, convinced=0.5))
    widths = sorted(round(bar.get_width(), 4) for bar in ax.patches)
    assert widths == [0.175, 0.2375, 0.2875, 0.35, 0.475, 0.475]
