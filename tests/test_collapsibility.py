"""Leaving out a covariate, computed for endless patients: against a large simulated trial, and in the limits known."""

from __future__ import annotations

import numpy as np
import pytest

import alsteach as al
from alsteach.collapsibility import crude_by_spread, leave_out, spread_needed


@pytest.mark.parametrize(
    ("effect", "spread", "deaths"), [(0.5, 1.0, 0.4), (0.32, 2.0, 0.41), (0.7, 3.0, 0.8)]
)
def test_a_very_large_trial_settles_where_computed(effect, spread, deaths):
    rng = np.random.default_rng(11)
    n = 200_000
    treated = np.tile([0.0, 1.0], n // 2)
    risk = rng.normal(0, spread, n)
    times = rng.exponential(size=n) / np.exp(risk + np.log(effect) * treated)
    end = np.quantile(times, deaths)
    died = (times <= end).astype(float)
    fit = al.fit_cox_many(np.minimum(times, end)[None], died[None], treated[None, :, None])
    expected = np.log(leave_out(effect, spread, deaths).crude_hr)
    assert fit.coef[0, 0] == pytest.approx(expected, abs=4 * fit.se[0, 0])
    assert fit.se[0, 0] < 0.01


def test_nothing_left_out_nothing_lost():
    assert leave_out(0.4, 0.0, 0.5).crude_hr == pytest.approx(0.4, abs=1e-4)


def test_no_effect_stays_no_effect_however_patients_differ():
    assert leave_out(1.0, 5.0, 0.6).crude_hr == pytest.approx(1.0, abs=1e-9)


def test_the_more_is_left_out_the_nearer_to_one():
    _, crude = crude_by_spread(0.3, 0.4, 8.0)
    assert (np.diff(crude) > 0).all()
    assert (crude < 1).all()


def test_the_share_of_deaths_is_the_one_asked_for():
    here = leave_out(0.5, 1.5, 0.41)
    assert 1 - here.alive[:, -1].mean() == pytest.approx(0.41, abs=1e-9)
    np.testing.assert_allclose(here.mean_risk[:, 0], 0, atol=1e-12)
    assert here.mean_risk[0, -1] < here.mean_risk[1, -1]


def test_the_spread_needed_gives_the_pair():
    needed = spread_needed(0.32, 0.81, 0.41)
    assert leave_out(0.32, needed, 0.41).crude_hr == pytest.approx(0.81, abs=1e-4)
    assert needed > 5
