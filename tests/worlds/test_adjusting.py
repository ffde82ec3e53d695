"""Trials analysed unadjusted, adjusted, and adjusted and averaged: precision on one question, and on two."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

import alsteach as al
from alsteach.worlds.adjusting import adjust_many_trials
from alsteach.worlds.limits import marginal_log_hr

# tests/reference/fading.R: 2,000 trials of the same world in R
R = pd.read_csv(Path(__file__).parents[1] / "reference" / "marginal_precision.csv").set_index("estimate")
NAMES = {"unadjusted": "unadjusted", "adjusted": "conditional", "averaged": "adjusted_marginal"}


@pytest.fixture(scope="module")
def found():
    return adjust_many_trials()


@pytest.mark.parametrize("name", NAMES)
def test_means_and_scatter_are_those_of_r(found, name):
    ours, theirs = getattr(found, name), R.loc[NAMES[name]]
    spread = math.sqrt(1 / found.trials + 1 / theirs.repeats)
    assert ours.log_hr.mean() == pytest.approx(theirs["mean"], abs=4 * theirs.sd * spread)
    assert ours.scatter == pytest.approx(theirs.sd, rel=4 * spread / math.sqrt(2))
    if name != "averaged":
        assert ours.mean_se == pytest.approx(theirs.mean_se, rel=0.01)


def test_the_error_rises_with_the_question_and_falls_on_one_question(found):
    assert found.adjusted.mean_se > found.unadjusted.mean_se + 0.001
    assert found.averaged.scatter < 0.75 * found.unadjusted.scatter
    assert found.averaged.hr == pytest.approx(found.unadjusted.hr, abs=0.02)
    assert found.adjusted.hr == pytest.approx(0.6, abs=0.02)
    assert found.adjusted.small_p > found.unadjusted.small_p + 0.2


def test_a_trial_is_averaged_as_marginalise_does():
    trial = al.load_veteran()
    fit = al.fit_cox(trial, covariates=["karno"])
    x, durations, events = fit.arrays
    ours = marginal_log_hr(fit.table["log_hr"].to_numpy(), x, None, durations, events)
    assert math.exp(ours) == pytest.approx(al.marginalise(fit), rel=1e-12)


def test_it_is_simulated_once():
    assert adjust_many_trials() is adjust_many_trials()
