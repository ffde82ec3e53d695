"""Risk differences, ratios, numbers needed to treat and time gained: against R, and against what must hold."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import alsteach as al
from alsteach.data.checks import TrialDataError
from alsteach.stats.absolute import effects_at, risk_ratio

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
FILES = ("absolute_effects_counts.csv", "absolute_effects_trials.csv")
COUNTS, TRIALS = (pd.read_csv(REFERENCE / name, skipinitialspace=True) for name in FILES)
Z95 = 1.959963984540054


def trial(name):
    if name in ("veteran", "pbc"):
        return getattr(al, f"load_{name}")()
    cohort = al.load_mirocals_like()
    marker = cohort["csf_pnfh_pg_ml"]
    return {
        "mirocals": cohort,
        "mirocals_below": cohort[marker < 750],
        "mirocals_low": cohort[marker.between(750, 3700)],
        "mirocals_up_to": cohort[marker <= 3700],
        "mirocals_high": cohort[marker > 3700],
    }[name]


def case_id(row):
    return f"{row.deaths_1}of{row.n_1}-{row.deaths_0}of{row.n_0}"


CASES = [pytest.param(row, id=case_id(row)) for row in COUNTS.itertuples()]
DAYS = [pytest.param(row, id=f"{row.trial}-{row.day}") for row in TRIALS.itertuples()]


class TestAgainstR:
    @pytest.mark.parametrize("row", CASES)
    def test_risk_difference(self, row):
        counts = row.deaths_1, row.n_1, row.deaths_0, row.n_0
        wald, newcombe = al.risk_difference(*counts), al.risk_difference(*counts, method="newcombe")
        assert wald.estimate == newcombe.estimate == pytest.approx(row.estimate, abs=1e-12)
        assert [newcombe.ci_low, newcombe.ci_high] == pytest.approx([row.newcombe_low, row.newcombe_high])
        if {0.0, 1.0} & {wald.risk_1, wald.risk_0}:
            # R goes on as if the share were known for certain; we leave it blank.
            assert math.isnan(wald.ci_low)
            assert math.isnan(wald.ci_high)
        else:
            assert [wald.ci_low, wald.ci_high] == pytest.approx([row.wald_low, row.wald_high])

    @pytest.mark.parametrize("row", CASES)
    def test_risk_ratio(self, row):
        ratio = risk_ratio(row.deaths_1, row.n_1, row.deaths_0, row.n_0)
        if math.isnan(row.ratio):
            assert row.deaths_1 in (0, row.n_1)
        else:
            ours = [ratio.estimate, ratio.ci_low, ratio.ci_high]
            assert ours == pytest.approx([row.ratio, row.ratio_low, row.ratio_high], rel=1e-6)

    @pytest.mark.parametrize("row", DAYS)
    def test_effects_at_a_day(self, row):
        found = effects_at(trial(row.trial), row.day)
        assert [found.risk_1, found.risk_0] == pytest.approx([row.risk_1, row.risk_0])
        assert found.reduction.estimate == pytest.approx(row.reduction, abs=1e-12)
        assert found.time_gained.estimate == pytest.approx(row.gained, abs=1e-9)
        assert found.time_gained.se == pytest.approx(row.gained_se)
        if 0 in (found.risk_1, found.risk_0):
            assert math.isnan(found.reduction.se)
            assert math.isnan(found.risk_ratio.estimate)
            return
        assert found.reduction.se == pytest.approx(row.reduction_se)
        assert np.log(found.risk_ratio.ci_high / found.risk_ratio.estimate) / Z95 == pytest.approx(
            row.log_risk_ratio_se
        )
        assert np.log(found.survival_ratio.estimate / found.survival_ratio.ci_low) / Z95 == pytest.approx(
            row.log_survival_ratio_se
        )
        assert found.risk_ratio.estimate == pytest.approx(row.risk_1 / row.risk_0)
        assert found.survival_ratio.estimate == pytest.approx((1 - row.risk_1) / (1 - row.risk_0))

    def test_the_reference_covers_blank_and_harmful_states(self):
        assert len(COUNTS) == 9
        assert len(TRIALS) == 21
        assert (TRIALS["reduction"] < 0).any()
        assert TRIALS["log_risk_ratio_se"].isna().any()

    @pytest.mark.needs_r
    def test_r_still_gives_the_stored_answers(self, tmp_path):
        command = ["Rscript", "tests/reference/absolute_effects.R", str(tmp_path)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        for name in FILES:
            stored, again = (
                pd.read_csv(folder / name, skipinitialspace=True) for folder in (REFERENCE, tmp_path)
            )
            pd.testing.assert_frame_equal(again, stored, rtol=1e-9, atol=1e-12)


class TestMirocals:
    counts = [
        int(al.published(f"mirocals_{key}").estimate)
        for key in ("deaths_il2", "n_il2", "deaths_placebo", "n_placebo")
    ]

    def test_seven_points_whose_interval_holds_nothing(self):
        found = al.risk_difference(*self.counts)
        points = [round(100 * value, 1) for value in (found.estimate, found.ci_low, found.ci_high)]
        assert points == [7.3, -5.7, 20.2]
        assert found.method == "wald"

    def test_newcombes_interval_says_the_same_here(self):
        found = al.risk_difference(*self.counts, method="newcombe")
        assert [round(100 * value, 1) for value in (found.ci_low, found.ci_high)] == [-5.6, 19.9]

    def test_fourteen_through_infinity(self):
        needed = al.number_needed_to_treat(al.risk_difference(*self.counts))
        assert needed.text == "NNT 14 (95 % CI: benefit 5 to infinity to harm 18)"
        assert needed.interval_text == "benefit 5 to infinity to harm 18"
        assert needed.through_infinity

    def test_nobody_was_lost_so_kaplan_meier_in_the_cohort_agrees_with_counting(self):
        cohort = al.load_mirocals_like()
        found = effects_at(cohort, 640)
        counted = al.risk_difference(found.deaths_1, found.n_1, found.deaths_0, found.n_0)
        assert [found.deaths_1, found.n_1, found.deaths_0, found.n_0] == self.counts
        assert found.reduction.estimate == pytest.approx(counted.estimate)
        assert found.reduction.ci_low == pytest.approx(counted.ci_low)
        assert found.nnt.text == al.number_needed_to_treat(counted).text


class TestNumberNeeded:
    def test_the_example_of_altmans_paper(self):
        # A reduction of 10 points with an interval of −5 to 25: benefit 4, through infinity, to harm 20.
        needed = al.number_needed_to_treat(0.10, -0.05, 0.25)
        assert needed.text == "NNT 10 (95 % CI: benefit 4 to infinity to harm 20)"

    @pytest.mark.parametrize(
        ("interval", "text"),
        [
            ((0.10, 0.05, 0.15), "NNT 10 (95 % CI: benefit 7 to benefit 20)"),
            ((-0.20, -0.40, -0.10), "NNT to harm 5 (95 % CI: harm 10 to harm 3)"),
            ((-0.20, -0.45, 0.05), "NNT to harm 5 (95 % CI: benefit 20 to infinity to harm 3)"),
            (
                (0.0, -0.1, 0.1),
                "No number needed to treat: the risks are the same (95 % CI: benefit 10 to infinity to harm 10)",
            ),
            ((0.25, 0.0, 0.5), "NNT 4 (95 % CI: benefit 2 to infinity)"),
            ((-0.25, -0.5, 0.0), "NNT to harm 4 (95 % CI: infinity to harm 2)"),
            ((0.25, math.nan, math.nan), "NNT 4"),
            ((1.0, 0.5, 1.3), "NNT 1 (95 % CI: benefit 1 to benefit 2)"),
        ],
    )
    def test_each_kind_of_interval(self, interval, text):
        assert al.number_needed_to_treat(*interval).text == text

    def test_no_interval(self):
        needed = al.number_needed_to_treat(0.18)
        assert needed.text == "NNT 6"
        assert needed.interval_text == "no interval"
        assert not needed.through_infinity

    def test_no_difference_at_all_is_no_number(self):
        needed = al.number_needed_to_treat(0)
        assert needed.text == "No number needed to treat: the risks are the same"
        assert math.isinf(needed.estimate)

    def test_floating_point_dust_is_no_person(self):
        assert al.number_needed_to_treat(0.3 - 0.2).text == "NNT 10"
        assert al.number_needed_to_treat(0.07273).text == "NNT 14"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ((7.3,), "7.3 points are written 0.073"),
            ((math.nan,), "is no difference of shares"),
            ((0.1, 0.2, 0.3), "outside its interval"),
            ((0.1, 0.2), "both ci_low and ci_high"),
        ],
    )
    def test_refusals(self, arguments, words):
        with pytest.raises(TrialDataError, match=words):
            al.number_needed_to_treat(*arguments)


class TestRefusals:
    @pytest.mark.parametrize("function", [al.risk_difference, risk_ratio])
    @pytest.mark.parametrize(
        ("counts", "words"),
        [
            ((0.37, 110, 49, 110), r"Arm 1 \(active\) has 0.37 where a whole number"),
            ((41, 110, 49, 110.5), r"Arm 0 \(control\) has 110.5 where a whole number"),
            ((True, 110, 49, 110), "Arm 1 .* has True"),
            (("41", 110, 49, 110), "Arm 1 .* has '41'"),
            ((math.nan, 110, 49, 110), "Arm 1 .* has nan"),
            ((math.inf, 110, 49, 110), "Arm 1 .* has inf"),
            ((41, 0, 49, 110), "Arm 1 .* has 0 patients"),
            ((41, 110, 120, 110), "Arm 0 .* has 120 deaths among 110"),
            ((-1, 110, 49, 110), "Arm 1 .* has -1 deaths"),
        ],
    )
    def test_counts(self, function, counts, words):
        with pytest.raises(TrialDataError, match=words):
            function(*counts)

    def test_unknown_method(self):
        with pytest.raises(TrialDataError, match="method='exact' is not known"):
            al.risk_difference(1, 2, 1, 2, method="exact")

    def test_beyond_the_follow_up(self):
        with pytest.raises(TrialDataError, match="Arm 0 was followed to 640 only, with patients alive"):
            effects_at(al.load_mirocals_like(), 700)

    def test_the_arm_to_blame_is_not_the_one_that_died_out_first(self):
        trial = pd.DataFrame({"time_days": [50, 100, 60, 150], "died": [1, 1, 1, 0], "treated": [0, 0, 1, 1]})
        assert effects_at(trial, 120).risk_0 == 1
        with pytest.raises(TrialDataError, match="Arm 1 was followed to 150 only"):
            effects_at(trial, 200)

    @pytest.mark.parametrize("day", [-1, math.nan, math.inf])
    def test_no_such_day(self, day):
        with pytest.raises(TrialDataError, match="no time after randomisation"):
            effects_at(al.load_mirocals_like(), day)

    def test_one_arm(self):
        cohort = al.load_mirocals_like()
        with pytest.raises(TrialDataError, match="needs two groups"):
            effects_at(cohort[cohort["treated"] == 1], 640)

    def test_arms_coded_otherwise(self):
        with pytest.raises(TrialDataError, match="'arm' is coded"):
            effects_at(al.load_mirocals_like(), 640, treatment="arm")

    def test_arms_as_true_and_false_are_the_same_trial(self):
        cohort = al.load_mirocals_like()
        same = effects_at(cohort.assign(treated=cohort["treated"] == 1), 400)
        assert same == effects_at(cohort, 400)


counts = st.tuples(st.integers(1, 300), st.integers(1, 300)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


class TestProperties:
    @given(counts, st.sampled_from(["wald", "newcombe"]))
    def test_swapping_the_arms_swaps_benefit_and_harm(self, found, method):
        one = al.risk_difference(*found, method=method)
        other = al.risk_difference(*found[2:], *found[:2], method=method)
        assert other.estimate == pytest.approx(-one.estimate, abs=1e-12)
        assert [-other.ci_high, -other.ci_low] == pytest.approx([one.ci_low, one.ci_high], nan_ok=True)

    @given(counts)
    def test_newcombes_interval_is_never_blank_and_holds_the_estimate(self, found):
        difference = al.risk_difference(*found, method="newcombe")
        assert -1 <= difference.ci_low <= difference.estimate <= difference.ci_high <= 1
        assert difference.ci_low < difference.ci_high

    @given(counts)
    def test_counting_survivors_instead_of_deaths_only_turns_the_sign(self, found):
        deaths_1, n_1, deaths_0, n_0 = found
        alive = al.risk_difference(n_1 - deaths_1, n_1, n_0 - deaths_0, n_0, method="newcombe")
        dead = al.risk_difference(*found, method="newcombe")
        ours, theirs = [alive.estimate, alive.ci_low], [-dead.estimate, -dead.ci_high]
        assert ours == pytest.approx(theirs, abs=1e-12)

    @given(counts)
    def test_number_needed_and_difference_tell_the_same(self, found):
        difference = al.risk_difference(*found, method="newcombe")
        needed = al.number_needed_to_treat(difference)
        assert needed.estimate >= 1
        assert needed.through_infinity == (difference.ci_low < 0 < difference.ci_high)
        assert "nan" not in needed.text
        if difference.estimate:
            sign = 1 if needed.direction == "benefit" else -1
            assert sign / needed.estimate == pytest.approx(difference.estimate)
        else:
            assert needed.direction == "neither"

    @given(counts)
    def test_ratio_and_difference_agree_on_the_side(self, found):
        assume(found[0] > 0 and found[2] > 0)
        ratio, difference = risk_ratio(*found), al.risk_difference(*found)
        assert ratio.ci_low <= ratio.estimate <= ratio.ci_high
        assert np.sign(round(1 - ratio.estimate, 12)) == np.sign(round(difference.estimate, 12))

    @given(st.integers(0, 640))
    def test_positive_means_benefit_in_every_measure(self, day):
        cohort = al.load_mirocals_like()
        found = effects_at(cohort, day)
        turned = effects_at(cohort.assign(treated=1 - cohort["treated"]), day)
        assert turned.reduction.estimate == pytest.approx(-found.reduction.estimate, abs=1e-12)
        assert turned.time_gained.estimate == pytest.approx(-found.time_gained.estimate, abs=1e-9)
        assert found.reduction.estimate == pytest.approx(found.risk_0 - found.risk_1, abs=1e-12)
        assert abs(found.time_gained.estimate) <= day
