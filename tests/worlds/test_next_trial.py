"""Plans of the next trial: against Schoenfeld, R's simulation of the same trials, and cases worked by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import alsteach as al
from alsteach.stats.power import schoenfeld_events, schoenfeld_power
from alsteach.worlds.limits import endless_trials, marginal_hazard_ratio
from alsteach.worlds.next_trial import (
    DAYS_PER_MONTH,
    AssumedEffect,
    _conditional,
    assurance,
    chance_of_success,
    eligible_group,
    enrichment_plan,
    expected_of_trial,
    survival_of_arms,
    survival_under,
    who_learns,
)

LOW = (750.0, 3700.0)
UP_TO = (0.0, 3700.0)
BELIEF = AssumedEffect(0.52, within=LOW)
SAME = AssumedEffect(0.81)
FADES = AssumedEffect(0.32, hr_per_1000=math.exp(0.3))
R = pd.read_csv(Path(__file__).parents[1] / "reference" / "next_trial.csv").set_index("case")


def group_of(case):
    return None if case.low == 0 and math.isinf(case.high) else (case.low, case.high)


def effect_of(case):
    everywhere = math.isinf(case.works_high)
    if case.per_pg_ml:
        return AssumedEffect(math.exp(case.log_hr), hr_per_1000=math.exp(1000 * case.per_pg_ml))
    if case.log_hr == 0:
        return AssumedEffect(1.0)
    return SAME if everywhere else BELIEF


class TestEffect:
    def test_it_works_where_it_is_said_to(self):
        hr = BELIEF.hazard_ratios([0, 749, 750, 2000, 3700, 3701])
        assert hr[[0, 1, 5]].tolist() == [1, 1, 1]
        assert len(set(hr[2:5])) == 1
        assert hr[2] < 0.52  # alike patients differ more than the groups do: hazard ratios do not average

    def test_a_fading_effect_is_the_calibrated_worlds(self):
        design = al.TrialDesign()
        ours = AssumedEffect(
            math.exp(design.treatment_log_hr_at_zero),
            hr_per_1000=math.exp(1000 * design.treatment_log_hr_per_pg_ml),
        )
        pnfh = np.array([0.0, 1000, 2824, 6000])
        np.testing.assert_allclose(np.log(ours.hazard_ratios(pnfh)), design.log_hr_at(pnfh), atol=1e-12)
        limit, deaths = expected_of_trial(survival_under(ours, None), 0.0, design.follow_up_days)
        assert math.exp(limit) == pytest.approx(marginal_hazard_ratio(design), abs=0.001)
        assert deaths == pytest.approx(endless_trials(design)[0], abs=0.001)

    def test_the_stated_ratio_is_what_640_days_show(self):
        for name, effect, target in (("low_group", BELIEF, 0.52), ("same_for_all", SAME, 0.81)):
            assert _conditional(effect.hr, effect.within) == pytest.approx(R.log_hr[name], abs=1e-5)
            assert math.exp(
                expected_of_trial(survival_under(effect, effect.within), 0.0, 640.0)[0]
            ) == pytest.approx(target, abs=1e-4)
        assert R.log_hr_640["low_group"] == pytest.approx(math.log(0.52), abs=0.02)
        assert np.all(AssumedEffect(1.0).hazard_ratios([0, 5000]) == 1)

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda: AssumedEffect(0), "hr and hr_per_1000 must be above 0"),
            (lambda: AssumedEffect(0.5, within=(3700, 750)), "within must be"),
            (lambda: enrichment_plan(SAME, eligible=(1, 2, 3)), "eligible must be"),
            (lambda: enrichment_plan(SAME, eligible=(0, 100)), "widen the group"),
            (lambda: enrichment_plan(SAME, screened_per_month=0), "screened_per_month"),
            (lambda: enrichment_plan(SAME, power=1.2), "power must lie between 0 and 1"),
            (
                lambda: enrichment_plan(AssumedEffect(1.0)),
                "1.00: next to no benefit to find, so there is nothing to plan",
            ),
            (lambda: enrichment_plan(BELIEF, eligible=(4000, 9000)), "nothing to plan"),
            (lambda: enrichment_plan(AssumedEffect(1.3)), "1.2.: more harm than good"),
            (lambda: enrichment_plan(AssumedEffect(0.9), screened_per_month=1), "more than 50 years"),
            (lambda: assurance(0.5, 66, 0.9), "factor must be 1 or more"),
            (lambda: assurance(-0.5, 66, 2), "hr must be above 0"),
        ],
    )
    def test_what_cannot_be_gets_a_sentence(self, make, words):
        with pytest.raises(al.TrialDataError, match=words):
            make()


class TestShares:
    @pytest.mark.parametrize(
        ("group", "key"),
        [
            (UP_TO, "mirocals_share_low_to_moderate_percent"),
            (LOW, "mirocals_share_low_pnfh_percent"),
            ((3700.5, 1e9), "mirocals_share_high_pnfh_percent"),
        ],
    )
    def test_cohort_and_world_have_the_published_shares(self, group, key):
        published = al.published(key).estimate
        in_cohort = al.load_mirocals_like()["csf_pnfh_pg_ml"].between(*group).mean()
        assert 100 * in_cohort == pytest.approx(published, abs=0.5)
        assert 100 * eligible_group(group)[2] == pytest.approx(published, abs=0.5)

    def test_r_draws_as_many(self):
        for case in R.itertuples():
            assert eligible_group(group_of(case))[2] == pytest.approx(case.share, abs=0.002)


class TestPlan:
    @pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
    @pytest.mark.parametrize("group", [None, UP_TO, LOW])
    def test_deaths_are_schoenfelds(self, group, power):
        plan = enrichment_plan(BELIEF, group, power)
        distance = norm.ppf(0.975) + norm.ppf(power)
        assert plan.events == math.ceil(4 * distance**2 / math.log(plan.hr) ** 2)
        assert plan.power == power

    def test_numbers_add_up(self):
        plan = enrichment_plan(BELIEF, LOW, 0.8, screened_per_month=20, follow_up_months=21)
        assert (plan.events, plan.patients, plan.screened) == (78, 180, 258)
        assert plan.screened == math.ceil(plan.patients / plan.share)
        assert plan.accrual_months == 258 / 20
        assert plan.months == pytest.approx(12.9 + 21)
        twice = enrichment_plan(BELIEF, LOW, 0.8, screened_per_month=40, follow_up_months=21)
        assert twice.patients > plan.patients  # those who entered first are followed for less long
        assert twice.months < plan.months
        everybody = enrichment_plan(BELIEF, None)
        assert everybody.screened == everybody.patients

    def test_it_is_the_hand_worked_trial_where_everybody_enters_at_once(self):
        # So many a month that all enter on one day: deaths are the patients times the share dead at 640 days, and the
        # ratio is the stated one. 66 deaths for 0.50; the arms' shares from the world's own curves.
        plan = enrichment_plan(
            AssumedEffect(0.5), screened_per_month=1e9, follow_up_months=640 / DAYS_PER_MONTH
        )
        assert plan.hr == pytest.approx(0.5, abs=1e-4)
        assert plan.events == 66
        prognosis, *_ = eligible_group(None)
        hazard = math.log(2) * (640 / 805) ** 1.5
        log_hr = _conditional(0.5, None)
        dead = [1 - np.exp(-hazard * np.exp(prognosis + arm * log_hr)).mean() for arm in (0, 1)]
        assert plan.patients == 2 * math.ceil(schoenfeld_events(0.5) / np.mean(dead) / 2)
        assert plan.months == pytest.approx(640 / DAYS_PER_MONTH, abs=1e-3)

    def test_accrual_by_hand(self):
        # One entry at 0 and one a year later, followed half a year more: by linear survival the mean share dead is the
        # one at a year; here, the average over entry of the world's curves.
        prognosis, *_ = eligible_group(LOW)

        def dead(day):
            return 1 - np.exp(-math.log(2) * (day / 805) ** 1.5 * np.exp(prognosis)).mean()

        by_hand = quad(dead, 180, 540)[0] / 360
        log_hr, deaths = expected_of_trial(
            survival_of_arms(LOW, 0.0), accrual_days=360.0, follow_up_days=180.0
        )
        assert deaths == pytest.approx(by_hand, abs=2e-4)
        assert log_hr == pytest.approx(0, abs=1e-9)

    def test_diluting_costs_deaths_and_selecting_costs_screening(self):
        groups = [enrichment_plan(BELIEF, group) for group in (None, UP_TO, LOW)]
        assert [plan.events for plan in groups] == [191, 99, 78]
        assert [plan.screened for plan in groups] == [362, 287, 258]
        same = [enrichment_plan(SAME, group) for group in (None, UP_TO, LOW)]
        assert [plan.screened for plan in same] == sorted(plan.screened for plan in same)
        assert same[0].months < same[1].months < same[2].months

    def test_large_trials_settle_on_the_expected_ratio_and_deaths(self):
        for name, case in R.iterrows():
            log_hr, deaths = expected_of_trial(
                survival_under(effect_of(case), group_of(case)),
                case.accrual,
                case.follow_up,
            )
            assert abs(log_hr - case.large_log_hr) < 3 * case.large_se, name
            assert case.patients * deaths == pytest.approx(case.deaths, rel=0.01), name

    def test_the_plan_r_simulated_is_ours(self):
        plans = {
            "low_group": enrichment_plan(BELIEF, LOW),
            "diluted": enrichment_plan(BELIEF),
            "fades": enrichment_plan(FADES),
            "too_small": enrichment_plan(AssumedEffect(0.32)),
            "large": enrichment_plan(SAME),
        }
        for name, plan in plans.items():
            assert plan.patients == R.patients[name]
            assert plan.accrual_months * DAYS_PER_MONTH == pytest.approx(R.accrual[name], abs=1e-4)
            assert plan.follow_up_months * DAYS_PER_MONTH == pytest.approx(R.follow_up[name])


class TestChance:
    @pytest.mark.parametrize(
        ("name", "belief", "group", "truth"),
        [
            ("low_group", BELIEF, LOW, None),
            ("diluted", BELIEF, None, None),
            ("same_for_all", BELIEF, LOW, SAME),
            ("fades", FADES, None, None),
            ("too_small", AssumedEffect(0.32), None, SAME),
            ("diluted_too", BELIEF, None, SAME),
            ("large", SAME, None, None),
        ],
    )
    def test_it_is_the_share_of_rs_trials_with_a_log_rank_test_in_favour(self, name, belief, group, truth):
        found, share = chance_of_success(enrichment_plan(belief, group), truth), R.in_favour[name]
        assert abs(found - share) < 3 * math.sqrt(share * (1 - share) / R.repeats[name]) + 0.005

    def test_without_an_effect_one_in_forty_is_significant_in_favour_and_harm_is_no_success(self):
        plan = enrichment_plan(BELIEF, UP_TO)
        assert R.in_favour["no_effect"] == pytest.approx(0.025, abs=0.01)
        assert chance_of_success(plan, AssumedEffect(1.0)) == pytest.approx(0.025)
        assert chance_of_success(enrichment_plan(SAME), AssumedEffect(1.2)) < 1e-4

    def test_whom_a_trial_leaves_out_and_whom_it_takes_in_for_nothing(self):
        pnfh = eligible_group(None)[1]
        outside = float(((pnfh < 750) | (pnfh > 3700)).mean())
        assert outside == pytest.approx(0.30, abs=0.01)
        same, low = who_learns(LOW, SAME), who_learns(LOW, BELIEF)
        assert (same.never_studied, same.never_told, same.in_vain) == (outside, outside, 0)
        assert (low.never_studied, low.never_told, low.in_vain) == (outside, 0, 0)
        assert who_learns(None, BELIEF).in_vain == outside
        assert who_learns(None, AssumedEffect(1.0)).in_vain == 1


class TestAssurance:
    @pytest.mark.parametrize("factor", [1.0001, 1.5, 2.28, 4])
    @pytest.mark.parametrize(("hr", "events"), [(0.32, 25), (0.81, 858), (0.52, 78), (1.1, 200)])
    def test_it_is_power_averaged_over_the_estimate(self, hr, events, factor):
        spread = math.log(factor) / norm.ppf(0.975)

        def weighted(z):
            distance = -(math.log(hr) + spread * z) * math.sqrt(events) / 2
            return norm.pdf(z) * norm.cdf(distance - norm.ppf(0.975))

        assert assurance(hr, events, factor) == pytest.approx(quad(weighted, -8, 8, limit=200)[0], abs=1e-6)

    def test_a_known_ratio_gives_the_power_and_doubt_pulls_it_to_a_half(self):
        assert assurance(0.5, 66, 1) == pytest.approx(schoenfeld_power(0.5, 66))
        chances = [assurance(0.32, 25, factor) for factor in (1, 1.5, 2.28, 5)]
        assert chances == sorted(chances, reverse=True)
        assert chances[-1] > 0.5

    def test_trials_with_a_drawn_effect_succeed_as_often(self):
        plan, factor = enrichment_plan(BELIEF), 1.8
        spread = math.log(factor) / norm.ppf(0.975)
        quantiles = norm.ppf((np.arange(40) + 0.5) / 40)
        chances = [
            chance_of_success(plan, AssumedEffect(0.52 * math.exp(spread * z), within=LOW)) for z in quantiles
        ]
        assert plan.assurance(factor) == pytest.approx(np.mean(chances), abs=0.01)
        assert plan.dilution == pytest.approx(0.58, abs=0.02)
