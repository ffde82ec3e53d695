"""Indices of blinding against R and the published example; what belief does to ratings against R's simulated trials."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alsteach as al
from alsteach.stats.blinding import bang_index, belief_bias, expected_guesses, rating_spread

REFERENCE = Path(__file__).parents[1] / "reference"
TABLES = pd.read_csv(REFERENCE / "blinding_indices.csv").set_index("table")
TRIALS = pd.read_csv(REFERENCE / "blinding_trials.csv")
counts = st.tuples(*[st.integers(1, 200)] * 3)
shares = st.floats(0, 1)


def arms(row):
    return [
        tuple(row[[f"{arm}_{what}" for what in ("right", "wrong", "unsure")]])
        for arm in ("active", "placebo")
    ]


@pytest.mark.parametrize("name", TABLES.index)
def test_indices_are_rs(name):
    row = TABLES.loc[name]
    active, placebo = arms(row)
    for arm, answers in (("active", active), ("placebo", placebo)):
        found = bang_index(*answers)
        assert found.index == pytest.approx(row[f"bang_{arm}"], abs=1e-10)
        assert found.se == pytest.approx(row[f"bang_{arm}_se"], abs=1e-10)


def test_the_example_of_another_package():
    # R's package BI and a port of it print these for the table below.
    assert [round(x, 3) for x in bang_index(48, 4, 330)] == [0.115, 0.018, 0.080, 0.150]
    assert [round(x, 3) for x in bang_index(30, 22, 319)] == [0.022, 0.019, -0.016, 0.060]


@given(counts)
def test_ends_and_symmetry(answers):
    right, wrong, unsure = answers
    found = bang_index(*answers)
    turned = bang_index(wrong, right, unsure)
    assert turned.index == pytest.approx(-found.index)
    assert turned.se == pytest.approx(found.se)
    assert -1 <= found.ci_low <= found.index <= found.ci_high <= 1
    larger = bang_index(*[10 * count for count in answers])
    assert larger.index == pytest.approx(found.index)
    assert larger.se == pytest.approx(found.se / math.sqrt(10))


def test_extremes():
    assert bang_index(50, 0)[:2] == (1, 0)
    assert bang_index(0, 50)[:2] == (-1, 0)
    assert bang_index(0, 0, 50)[:2] == (0, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bang_index(-1, 2), "correct must be a number of patients"),
        (lambda: bang_index(math.nan, 2), "correct must be"),
        (lambda: bang_index(0, 0, 0), "Nobody was asked"),
        (lambda: expected_guesses(1.2, 0, 0), "reaction_active must be a share"),
        (lambda: expected_guesses(0.2, 0, 0, unsure=-0.1), "unsure must be a share"),
        (lambda: belief_bias(expected_guesses(0, 0, 0), 1, sd=0, per_arm=10), "sd and per_arm"),
        (lambda: rating_spread(600), "Fewer than two people"),
    ],
)
def test_what_cannot_be_gets_a_sentence(call, words):
    with pytest.raises(al.TrialDataError, match=words):
        call()


def test_guesses_by_hand():
    # 100 on the drug: 60 react, half of them convinced: 30. Of 40 without, a quarter think placebo: 10. Of the other
    # 60, 45 do not know and 15 toss a coin.
    guesses = expected_guesses(0.6, 0.1, convinced=0.5, unmasked=0.25, unsure=0.75)
    np.testing.assert_allclose(guesses.loc["active"], [0.375, 0.175, 0.45])
    # 100 on placebo: 5 convinced of the drug, 22.5 think placebo, 72.5 others: 54.375 unsure, 9.0625 a side.
    np.testing.assert_allclose(guesses.loc["placebo"], [0.315625, 0.140625, 0.54375])


@given(shares, shares, shares, shares, shares, st.floats(0, 6))
def test_belief_alone_is_the_mean_of_the_two_indices(active, placebo, convinced, unmasked, unsure, points):
    guesses = expected_guesses(active, placebo, convinced, unmasked, unsure)
    np.testing.assert_allclose(guesses.sum(axis=1), 1)
    assert (guesses.to_numpy() >= -1e-12).all()
    bias = belief_bias(guesses, points, sd=8, per_arm=110)
    indices = [bang_index(*np.maximum(guesses.loc[arm], 0)).index for arm in ("active", "placebo")]
    assert bias.difference == pytest.approx(points * np.mean(indices), abs=1e-9)
    # By the definition of the model: reactions apart, times what a reaction and its absence convince of.
    expected = points / 2 * (active - placebo) * (convinced + unmasked)
    assert bias.difference == pytest.approx(expected, abs=1e-9)
    assert bias.false_alarms >= 0.05 - 1e-6
    if active == placebo:
        assert bias.difference == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("row", range(len(TRIALS)))
def test_simulated_patients_of_r_show_the_same(row):
    r = TRIALS.iloc[row]
    guesses = expected_guesses(r.react_active, r.react_placebo, r.convinced, r.unmasked, r.unsure)
    assert guesses.loc["active", "correct"] == pytest.approx(r.active_right, abs=0.004)
    assert guesses.loc["placebo", "wrong"] == pytest.approx(r.placebo_wrong, abs=0.004)
    bias = belief_bias(guesses, r.points, r.sd, r.per_arm)
    error = r.sd_difference / math.sqrt(r.repeats)
    assert abs(bias.difference - r.difference) < 3 * error
    assert bias.se == pytest.approx(r.sd_difference, rel=0.04)
    noise = math.sqrt(r.false_alarms * (1 - r.false_alarms) / r.repeats)
    assert (
        abs(bias.false_alarms - r.false_alarms) < 3 * noise + 0.01
    )  # a t-test of 40 a side against a normal one


def test_spread_of_ratings_is_the_registrys():
    registry = al.load_als_registry()
    first = registry[registry["visit"] == 0].set_index("patient_id")["alsfrs_r"]
    changes = []
    for patient, visits in registry.groupby("patient_id"):
        away = (visits["visit_months"] - 18).abs()
        if away.min() <= 1.5:
            changes.append(visits["alsfrs_r"][away.idxmin()] - first[patient])
    assert len(changes) > 200
    assert rating_spread(18) == pytest.approx(np.std(changes, ddof=1), abs=1e-9)
