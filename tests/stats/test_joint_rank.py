"""Joint ranks against pairs counted one by one in R, and the analyses that death misleads against what was put in."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alsteach as al
from alsteach.stats.joint_rank import (
    _welch,
    function_comparisons,
    function_trial,
    function_truth,
    joint_rank,
)

REFERENCE = Path(__file__).parents[1] / "reference"
FILES = [f"joint_rank_{name}.csv" for name in ("trials", "scores", "tests", "welch")]
TRIALS, SCORES, TESTS, WELCH = (pd.read_csv(REFERENCE / name) for name in FILES)
NAMES = list(TESTS["trial"])


def reference_trial(name):
    return TRIALS[TRIALS["trial"] == name].reset_index(drop=True)


@pytest.mark.parametrize("name", NAMES)
class TestAgainstR:
    def test_scores_and_ranks(self, name):
        expected = SCORES[SCORES["trial"] == name]
        result = joint_rank(reference_trial(name))
        np.testing.assert_array_equal(result.scores, expected["score"])
        np.testing.assert_array_equal(result.ranks, expected["rank"])

    def test_the_test_and_the_win_probability(self, name):
        expected = TESTS.set_index("trial").loc[name]
        result = joint_rank(reference_trial(name))
        assert result.p == pytest.approx(expected.p, rel=1e-9)
        ours = [result.win_probability, result.ci_low, result.ci_high, *result.mean_rank]
        np.testing.assert_allclose(
            ours,
            expected[["win", "ci_low", "ci_high", "mean_rank_0", "mean_rank_1"]].astype(float),
            rtol=1e-9,
        )

    def test_the_difference_among_survivors(self, name):
        expected = WELCH.set_index("trial").loc[name]
        trial = reference_trial(name)
        values = (trial.loc[trial["treated"] == arm, "alsfrs_r_change"].to_numpy() for arm in (1, 0))
        found = _welch(*values)
        assert found[0] == trial["alsfrs_r_change"].notna().sum()
        np.testing.assert_allclose(found[1:], expected.astype(float), rtol=1e-6)


def test_the_references_hold_ties_and_censoring():
    assert len(NAMES) == 5
    ranks = SCORES.groupby("trial")["rank"]
    assert ranks.nunique()["ties"] < len(reference_trial("ties")) / 2
    censored = reference_trial("censored").query("died == 0 and time_days < 548")
    assert len(censored) > 10


@pytest.mark.needs_r
def test_r_gives_the_stored_reference_again(tmp_path):
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    shutil.copy(REFERENCE / "joint_rank.R", tmp_path / "tests" / "reference")
    subprocess.run(["Rscript", "tests/reference/joint_rank.R"], cwd=tmp_path, check=True, capture_output=True)
    for name, stored in zip(FILES, (TRIALS, SCORES, TESTS, WELCH), strict=True):
        again = pd.read_csv(tmp_path / "tests" / "reference" / name)
        pd.testing.assert_frame_equal(again, stored, rtol=1e-9)


def trials():
    patient = st.tuples(st.integers(0, 6), st.booleans(), st.one_of(st.none(), st.integers(-3, 3)))
    return st.lists(patient, min_size=4, max_size=25).map(
        lambda rows: pd.DataFrame(rows, columns=["time_days", "died", "alsfrs_r_change"]).assign(
            treated=lambda d: np.arange(len(d)) % 2,
            died=lambda d: d["died"].astype(int),
            alsfrs_r_change=lambda d: d["alsfrs_r_change"].astype(float),
        )
    )


class TestProperties:
    @given(trial=trials())
    @settings(max_examples=60)
    def test_every_win_is_anothers_loss(self, trial):
        result = joint_rank(trial)
        assert result.scores.sum() == 0
        assert result.ranks.sum() == len(trial) * (len(trial) + 1) / 2
        assert 0 <= result.ci_low <= result.win_probability <= result.ci_high <= 1

    @given(trial=trials())
    @settings(max_examples=60)
    def test_the_arms_exchanged(self, trial):
        one = joint_rank(trial)
        other = joint_rank(trial.assign(treated=1 - trial["treated"]))
        assert other.z == pytest.approx(-one.z, abs=1e-12)
        assert other.win_probability == pytest.approx(1 - one.win_probability)
        assert (other.scores == one.scores).all()

    @given(trial=trials(), seed=st.integers(0, 99))
    @settings(max_examples=40)
    def test_the_order_of_rows_does_not_matter(self, trial, seed):
        shuffled = trial.sample(frac=1, random_state=seed)
        assert (joint_rank(shuffled).scores.sort_index() == joint_rank(trial).scores).all()

    def test_only_the_order_of_function_counts(self):
        trial = reference_trial("complete")
        bent = trial.assign(alsfrs_r_change=lambda d: np.exp(d["alsfrs_r_change"] / 10))
        assert (joint_rank(bent).scores == joint_rank(trial).scores).all()

    def test_in_blocks_of_rows_it_is_the_same(self, monkeypatch):
        trial = reference_trial("censored_ties")
        whole = joint_rank(trial)
        monkeypatch.setattr("alsteach.stats.joint_rank.ROWS_AT_ONCE", 7)
        parts = joint_rank(trial)
        assert (parts.scores == whole.scores).all()
        assert (parts.p, parts.ci_low) == (whole.p, whole.ci_low)

    def test_whoever_died_ranks_below_all_who_lived(self):
        trial = function_trial()
        ranks = joint_rank(trial).ranks
        assert ranks[trial["died"] == 1].max() < ranks[trial["died"] == 0].min()
        dead = trial[trial["died"] == 1].sort_values("time_days").index
        assert all(ranks[a] <= ranks[b] for a, b in pairwise(dead))


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"treated": 1}, "one arm according to 'treated'"),
            ({"died": "yes"}, "'died' is coded 'yes'"),
            ({"alsfrs_r_change": "good"}, "'alsfrs_r_change' must hold numbers"),
            ({"time_days": -1}, "negative times"),
        ],
    )
    def test_what_cannot_be_gets_one_sentence(self, change, words):
        with pytest.raises(al.TrialDataError, match=words):
            joint_rank(reference_trial("complete").assign(**change))

    def test_a_missing_column_is_named(self):
        with pytest.raises(al.TrialDataError, match="no column 'alsfrs'"):
            joint_rank(reference_trial("complete"), function="alsfrs")

    def test_a_blank_time_is_left_out_with_a_warning(self):
        trial = reference_trial("complete")
        trial.loc[3, "time_days"] = np.nan
        with pytest.warns(al.data.checks.MissingValuesWarning):
            result = joint_rank(trial)
        assert (result.n, result.n_dropped) == (39, 1)

    @pytest.mark.parametrize(
        "wrong", [{"n_per_arm": 1}, {"n_per_arm": 301}, {"hazard_ratio": 0}, {"slowing_percent": 101}]
    )
    def test_impossible_trials(self, wrong):
        with pytest.raises(al.TrialDataError, match=next(iter(wrong))):
            function_trial(**wrong)

    def test_nobody_in_one_arm_alive(self):
        trial = function_trial(n_per_arm=5)
        trial.loc[trial["treated"] == 0, "alsfrs_r_change"] = np.nan
        table = function_comparisons(trial)
        assert np.isnan(table.loc["survivors_only", "estimate"])
        assert not np.isnan(table.loc["carried_forward", "estimate"])


class TestWhatDeathDoes:
    def test_a_treatment_that_only_saves_lives_seems_to_harm_function(self):
        trial = function_trial(hazard_ratio=0.5, n_per_arm=300)
        table, truth = function_comparisons(trial), function_truth(trial)
        assert truth.effect == 0
        assert truth.saved > 0
        assert truth.change_one < truth.change_both - 5
        assert table.loc["survivors_only", "ci_high"] < 0
        assert table.loc["carried_forward", "ci_high"] < 0
        assert table.loc["zero_for_dead", "ci_low"] > 0
        assert joint_rank(trial).win_probability > 0.5

    def test_a_treatment_that_only_kills_seems_to_help_function(self):
        trial = function_trial(hazard_ratio=2.0, n_per_arm=300)
        table, truth = function_comparisons(trial), function_truth(trial)
        assert truth.effect == 0
        assert truth.saved < 0
        assert table.loc["survivors_only", "estimate"] > 0.5
        assert table.loc["carried_forward", "ci_low"] > 0
        assert joint_rank(trial).win_probability < 0.5

    def test_without_any_effect_every_analysis_says_so(self):
        trial = function_trial(hazard_ratio=1.0, slowing_percent=0)
        assert (function_comparisons(trial)["estimate"] == 0).all()
        result = joint_rank(trial)
        assert (result.z, result.win_probability, result.p) == (0, 0.5, 1)

    def test_with_equal_survival_survivors_only_is_the_truth(self):
        trial = function_trial(hazard_ratio=1.0, slowing_percent=30)
        truth = function_truth(trial)
        assert truth.effect > 2
        assert truth.saved == 0
        assert function_comparisons(trial).loc["survivors_only", "estimate"] == pytest.approx(truth.effect)

    def test_the_table_counts_who_is_compared(self):
        trial = function_trial()
        n = function_comparisons(trial)["n"]
        assert n["survivors_only"] == (trial["died"] == 0).sum()
        assert n["carried_forward"] == n["zero_for_dead"] == len(trial)

    def test_twins_differ_by_treatment_alone(self):
        trial = function_trial(hazard_ratio=1.0, n_per_arm=50)
        arms = [
            trial[trial["treated"] == arm].drop(columns=["patient_id", "treated"]).reset_index(drop=True)
            for arm in (0, 1)
        ]
        pd.testing.assert_frame_equal(*arms)
        assert trial["patient_id"].is_unique
        assert trial["alsfrs_r_change"].isna().equals(trial["died"] == 1)
        assert (trial["alsfrs_r"] + trial["alsfrs_r_last_change"]).between(0, 48).all()

    def test_the_first_patients_stay_when_more_are_asked_for(self):
        few, many = (
            function_trial(n_per_arm=n).query("treated == 1").reset_index(drop=True) for n in (20, 200)
        )
        pd.testing.assert_frame_equal(few, many.iloc[:20])
