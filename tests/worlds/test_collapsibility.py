"""People of two kinds in equal arms, computed for endless patients: against a large trial, and in the limits known."""

from __future__ import annotations

import numpy as np
import pytest

import alsteach as al
from alsteach.data.tables import load_gap_budget
from alsteach.worlds.causes import kinds_apart, two_kinds


@pytest.mark.parametrize(
    ("frailer", "effect", "deaths"), [(4.35, 0.5, 0.41), (40, 0.5, 0.41), (8, 0.32, 0.8)]
)
def test_a_very_large_trial_settles_where_computed(frailer, effect, deaths):
    rng = np.random.default_rng(11)
    n = 200_000
    treated, frail = np.tile([0.0, 1.0], n // 2), np.tile([0.0, 0.0, 1.0, 1.0], n // 4)
    times = rng.exponential(size=n) / (frailer**frail * effect**treated)
    end = np.quantile(times, deaths)
    died = (times <= end).astype(float)
    fit = al.fit_cox_many(np.minimum(times, end)[None], died[None], treated[None, :, None])
    seen = two_kinds(frailer, effect, deaths)
    assert fit.coef[0, 0] == pytest.approx(np.log(seen.mixed_hr), abs=4 * fit.se[0, 0])
    assert fit.se[0, 0] < 0.01
    for kind in (0, 1):
        for arm in (0, 1):
            alive = 1 - died[(frail == kind) & (treated == arm)].mean()
            assert seen.alive[kind, arm] == pytest.approx(alive, abs=0.01)


def test_nothing_left_out_nothing_lost():
    assert two_kinds(1.0, 0.4, 0.5).mixed_hr == pytest.approx(0.4, abs=1e-4)


def test_no_effect_stays_no_effect_however_patients_differ():
    assert two_kinds(40.0, 1.0, 0.6).mixed_hr == pytest.approx(1.0, abs=1e-9)


def test_the_more_they_differ_the_nearer_to_one():
    mixed = [two_kinds(frailer, 0.5, 0.41).mixed_hr for frailer in (1, 2, 4.35, 8, 20, 40)]
    assert (np.diff(mixed) > 0).all()
    assert mixed[-1] < 1


def test_the_longer_they_are_followed_the_nearer_to_one():
    mixed = [two_kinds(4.35, 0.5, 0.41, passed).mixed_hr for passed in (0, 0.01, 0.3, 0.6, 1)]
    assert mixed[:2] == pytest.approx([0.5, 0.5], abs=1e-3)
    assert (np.diff(mixed) > 0).all()


def test_the_share_of_deaths_is_the_one_asked_for():
    assert 1 - two_kinds(4.35, 0.5, 0.41).alive.mean() == pytest.approx(0.41, abs=1e-9)


def test_two_kinds_spread_like_the_measured_prognosis():
    budget = load_gap_budget().set_index("cause").loc["non_collapsibility"]
    apart = kinds_apart(budget["log_hazard_sd_usual"])
    assert np.std([0, np.log(apart)]) == pytest.approx(budget["log_hazard_sd_usual"])
    assert apart == pytest.approx(4.35, abs=0.005)
