"""Power by Schoenfeld's formula and by simulation, each against the other and against known values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsteach.data.checks import TrialDataError
from alsteach.stats.power import (
    TwoArmPlan,
    compare_arms,
    hazard_ratio_of_risks,
    iterate_power,
    plan_for_power,
    risk_under_hazard_ratio,
    schoenfeld_events,
    schoenfeld_power,
    simulate_power,
    simulate_two_arms,
)

# MIROCALS: 80 % power at a two-fold decrease of the risk of death, 220 patients, 640 days.
HALVED_HAZARD = plan_for_power(0.8, 220, hr=0.5)
HALVED_RISK = plan_for_power(0.8, 220, risk_ratio=0.5)


def test_formula_gives_known_values():
    # 98 events at HR 0.5: the example in the help of lgrkPower of R's package factorial2x2.
    assert schoenfeld_power(0.5, 98) == pytest.approx(0.9293463, abs=1e-7)
    # (1.959964 + 0.841621)² × 4 / (log 2)²
    assert schoenfeld_events(0.5) == pytest.approx(65.346, abs=1e-3)
    assert schoenfeld_events(2.0) == pytest.approx(schoenfeld_events(0.5))
    # A third instead of half on treatment: p(1 − p) is 2/9 instead of 1/4.
    assert schoenfeld_events(0.5, allocation=1 / 3) == pytest.approx(schoenfeld_events(0.5) * 9 / 8)
    assert schoenfeld_power(1.0, 500) == pytest.approx(0.025)
    assert schoenfeld_power(0.7, 0) == pytest.approx(0.025)


@given(st.floats(0.1, 0.95), st.floats(0.06, 0.99), st.floats(0.1, 0.9), st.floats(0.001, 0.1))
def test_power_and_events_undo_each_other(hr, power, allocation, alpha):
    events = schoenfeld_events(hr, power, allocation, alpha)
    assert schoenfeld_power(hr, events, allocation, alpha) == pytest.approx(power, abs=1e-9)
    assert schoenfeld_power(hr, 1.1 * events + 1, allocation, alpha) > power
    assert schoenfeld_power(1 / hr, events, allocation, alpha) == pytest.approx(power, abs=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.1, 3))
def test_hazard_and_risk_undo_each_other(risk, hr):
    other = risk_under_hazard_ratio(risk, hr)
    assert hazard_ratio_of_risks(risk, other) == pytest.approx(hr, rel=1e-6)
    # A hazard ratio is never further from 1 in risks than in hazards.
    assert abs(math.log(other / risk)) <= abs(math.log(hr)) + 1e-9


def test_a_halved_hazard_is_no_halved_risk():
    assert risk_under_hazard_ratio(0.98, 0.5) == pytest.approx(1 - math.sqrt(0.02))
    assert risk_under_hazard_ratio(1.0, 0.5) == 1
    assert risk_under_hazard_ratio(0.0, 0.5) == 0


def test_both_readings_of_the_80_percent():
    assert HALVED_HAZARD.power == pytest.approx(0.8)
    assert HALVED_HAZARD.expected_deaths == pytest.approx(schoenfeld_events(0.5))
    assert HALVED_HAZARD.control_risk == pytest.approx(0.3809, abs=1e-4)
    assert HALVED_RISK.power == pytest.approx(0.8)
    control, active = HALVED_RISK.risks
    assert active / control == pytest.approx(0.5)
    assert control == pytest.approx(0.3061, abs=1e-4)
    assert HALVED_RISK.hr == pytest.approx(0.4546, abs=1e-4)
    assert HALVED_RISK.expected_deaths == pytest.approx(50.5, abs=0.1)


PLANS = {
    "halved hazard": HALVED_HAZARD,
    "halved risk": HALVED_RISK,
    "weak effect": TwoArmPlan(0.81, 220, 49 / 110),
    "harm": TwoArmPlan(1.5, 300, 0.4),
    "longer follow-up": TwoArmPlan(0.6, 200, 0.4, follow_up_days=1280),
    "stopped": TwoArmPlan(0.6, 400, 0.4, stop_at_deaths=80),
}


@pytest.mark.parametrize("name", PLANS)
def test_simulation_agrees_with_the_formula(name):
    plan = PLANS[name]
    found = simulate_power(plan, n_trials=3000, seed=11)
    assert found.error < 0.02
    assert found.power == pytest.approx(
        plan.power, abs=found.error + 0.015
    )  # the formula is an approximation
    assert found.deaths.mean() == pytest.approx(plan.expected_deaths, rel=0.02)
    assert np.exp(np.median(found.log_hr)) == pytest.approx(plan.hr, rel=0.04)
    assert ((found.in_favour | found.against) == found.significant).all()


def test_without_an_effect_one_trial_in_twenty_is_significant():
    found = simulate_power(TwoArmPlan(1.0, 220, 0.445), n_trials=6000, seed=5)
    assert found.significant.mean() == pytest.approx(0.05, abs=0.009)
    assert found.in_favour.mean() == pytest.approx(0.025, abs=0.007)
    assert found.against.mean() == pytest.approx(0.025, abs=0.007)


def test_power_follows_deaths_not_patients():
    few, many = (TwoArmPlan(0.5, n, 0.445, stop_at_deaths=66) for n in (220, 880))
    assert few.power == many.power == pytest.approx(0.804, abs=1e-3)
    sooner, later = simulate_power(many, 400), simulate_power(few, 400)
    assert (sooner.deaths == 66).all()
    assert sooner.end.mean() < 0.3 * later.end.mean()


def test_simulated_patients_are_those_of_the_plan():
    plan = TwoArmPlan(0.5, 1000, 0.4)
    durations, events, group = simulate_two_arms(plan, 200, rng=3)
    assert durations.shape == events.shape == group.shape == (200, 1000)
    assert durations.max() == 640
    assert (durations[events == 0] == 640).all()
    for arm, risk in enumerate(plan.risks):
        assert events[group == arm].mean() == pytest.approx(risk, abs=0.006)
    again = simulate_two_arms(plan, 200, rng=3)[0]
    np.testing.assert_array_equal(durations, again)
    stopped = simulate_two_arms(TwoArmPlan(0.5, 100, 0.4, stop_at_deaths=7), 50, rng=3)
    assert (stopped[1].sum(axis=1) == 7).all()
    assert (stopped[0].max(axis=1) < 640).all()


def test_rare_deaths_give_trials_without_an_answer():
    found = simulate_power(TwoArmPlan(0.5, 40, 0.02), n_trials=500)
    nobody = found.deaths == 0
    assert nobody.any()
    assert np.isnan(found.p[nobody]).all()
    assert np.isnan(found.log_hr[nobody]).all()
    alone = found.deaths == 1
    assert np.isinf(found.log_hr[alone]).all()
    assert found.power == 0
    assert 0 < found.error < 0.01


def test_progress_reaches_the_end_and_can_stop_the_work():
    shares = []
    simulate_power(HALVED_HAZARD, n_trials=700, progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 2
    assert shares[-1] == 1

    class Enough(Exception):
        pass

    def stop(share):
        raise Enough

    with pytest.raises(Enough):
        simulate_power(HALVED_HAZARD, n_trials=700, progress=stop)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: schoenfeld_events(1.0), "effect that is not there"),
        (lambda: schoenfeld_events(0.5, power=0.02), "chance alone gives that much"),
        (lambda: schoenfeld_power(0, 50), "hr must be above 0"),
        (lambda: schoenfeld_power(0.5, -1), "events must not be negative"),
        (lambda: schoenfeld_power(0.5, 50, allocation=1), "allocation must lie between 0 and 1"),
        (lambda: TwoArmPlan(0.5, 41, 0.4), "patients must be an even number"),
        (lambda: TwoArmPlan(0.5, 40, 1.4), "control_risk must lie between 0 and 1"),
        (lambda: TwoArmPlan(-0.5, 40, 0.4), "must be above 0"),
        (lambda: TwoArmPlan(0.5, 40, 0.4, stop_at_deaths=-1), "stop_at_deaths"),
        (lambda: plan_for_power(0.8, 220), "one of hr= and risk_ratio="),
        (lambda: plan_for_power(0.8, 40, hr=0.9), "40 patients cannot have a power of 0.8"),
    ],
)
def test_what_cannot_be_gets_a_sentence(call, words):
    with pytest.raises(TrialDataError, match=words):
        call()


def test_large_trials_are_reported_in_parts_and_are_the_same_trials():
    plan = TwoArmPlan(0.7, 1000, 0.4)
    durations, events, group = simulate_two_arms(plan, 120, 0)
    *early, last = iterate_power(plan, 120, seed=0, at_once=120)
    assert [len(found.p) for found in (*early, last)] == [60, 120]
    log_hr, p, deaths, end = compare_arms(durations, events, group)
    np.testing.assert_allclose(last.log_hr, log_hr, atol=1e-10)
    np.testing.assert_allclose(last.p, p, rtol=1e-10)
    np.testing.assert_array_equal(last.deaths, deaths)
    np.testing.assert_array_equal(last.end, end)
    np.testing.assert_array_equal(early[0].end, end[:60])
