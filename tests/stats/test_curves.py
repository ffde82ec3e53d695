"""Kaplan-Meier, log-rank and restricted means against R, against lifelines, and against what must hold of any trial."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alsteach as al
from alsteach.data.checks import MissingValuesWarning, TrialDataError
from alsteach.stats.curves import (
    count_the_lost,
    kaplan_meier_factors,
    kaplan_meier_many,
    logrank_many,
    read_every_day,
)
from tests.models import veteran_weeks

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
FILES = ("survival_curves.csv", "survival_tests.csv", "survival_means.csv")
CURVES, TESTS, MEANS = (
    pd.read_csv(REFERENCE / name, skipinitialspace=True, dtype={"group": str}) for name in FILES
)


def low_pnfh():
    cohort = al.load_mirocals_like()
    return cohort[cohort["csf_pnfh_pg_ml"].between(750, 3700)]


TRIALS = {
    "veteran": (al.load_veteran, "treated"),
    "veteran_celltype": (al.load_veteran, "celltype"),
    "veteran_weeks": (veteran_weeks, "treated"),
    "pbc": (al.load_pbc, "treated"),
    "pbc_stage": (al.load_pbc, "stage"),
    "mirocals": (al.load_mirocals_like, "treated"),
    "mirocals_low": (low_pnfh, "treated"),
}


def curves_of(name):
    load, by = TRIALS[name]
    return al.kaplan_meier(load(), by=by).astype({"group": str})


def test_the_reference_covers_every_trial():
    assert set(CURVES["trial"]) == set(TESTS["trial"]) == set(MEANS["trial"]) == set(TRIALS)


@pytest.mark.parametrize("name", TRIALS)
def test_curves_numbers_at_risk_and_log_log_intervals_are_rs(name):
    theirs = CURVES.query("trial == @name")
    ours = curves_of(name)
    assert set(ours["group"]) == set(theirs["group"])
    for group, expected in theirs.groupby("group"):
        curve = ours[ours["group"] == group]
        assert curve["time"].iloc[0] == 0
        assert curve["survival"].iloc[0] == 1
        curve = curve[curve["time"] > 0].reset_index(drop=True)
        expected = expected.reset_index(drop=True)
        for column in ("time", "at_risk", "deaths", "censored"):
            assert curve[column].tolist() == expected[column].tolist()
        np.testing.assert_allclose(curve["survival"], expected["survival"], rtol=1e-10, atol=1e-12)
        inside = (curve["survival"] > 0) & (curve["survival"] < 1)
        assert inside.sum() > 5
        assert curve.loc[~inside, ["ci_low", "ci_high"]].isna().all(axis=None)
        for end in ("ci_low", "ci_high"):
            np.testing.assert_allclose(curve.loc[inside, end], expected.loc[inside, end], rtol=1e-8)


@pytest.mark.parametrize("name", TRIALS)
def test_log_rank_test_is_rs(name):
    load, by = TRIALS[name]
    expected = TESTS.query("trial == @name").iloc[0]
    test = al.logrank_test(load(), by=by)
    assert test.df == expected.df
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert test.p == pytest.approx(expected.p, rel=1e-9)


@pytest.mark.parametrize("name", [name for name, (_, by) in TRIALS.items() if by == "treated"])
def test_log_rank_of_many_trials_is_rs(name):
    expected = TESTS.query("trial == @name").iloc[0]
    trial = TRIALS[name][0]()
    tests = logrank_many(*trial[["time_days", "died", "treated"]].to_numpy(dtype=float).T[:, None, :])
    assert tests.statistic[0] == pytest.approx(expected.statistic, rel=1e-9)
    assert tests.p[0] == pytest.approx(expected.p, rel=1e-9)


@pytest.mark.parametrize("name", TRIALS)
def test_restricted_means_are_rs(name):
    for row in MEANS.query("trial == @name").itertuples():
        curves = curves_of(name)
        mean = al.restricted_mean(curves[curves["group"] == row.group], row.until).iloc[0]
        assert mean.rmst == pytest.approx(row.rmst, rel=1e-10)
        assert mean.se == pytest.approx(row.se, rel=1e-10)
        assert mean.ci_high - mean.rmst == pytest.approx(1.959963984540054 * row.se, rel=1e-9)


@pytest.mark.parametrize("name", ["veteran", "pbc", "mirocals", "mirocals_low"])
def test_difference_of_restricted_means_joins_rs_means(name):
    control, active = MEANS.query("trial == @name").itertuples()
    difference = al.restricted_mean_difference(curves_of(name), control.until)
    assert difference.estimate == pytest.approx(active.rmst - control.rmst, rel=1e-9)
    assert difference.se == pytest.approx(np.hypot(active.se, control.se), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "time"), [("veteran", 180), ("pbc", 2000), ("mirocals", 600), ("mirocals", 640)]
)
def test_difference_at_a_time_joins_rs_curves(name, time):
    last = [
        rows[rows["time"] <= time].iloc[-1] for _, rows in CURVES.query("trial == @name").groupby("group")
    ]
    difference = al.survival_difference(curves_of(name), time)
    assert difference.estimate == pytest.approx(last[1].survival - last[0].survival, rel=1e-9)
    assert difference.se == pytest.approx(np.hypot(last[0].se, last[1].se), rel=1e-9)
    half = 1.959963984540054 * difference.se
    assert difference.ci_low == pytest.approx(difference.estimate - half)
    assert difference.ci_high == pytest.approx(difference.estimate + half)


def test_difference_at_several_times_is_that_at_each():
    curves = curves_of("veteran")
    together = al.survival_difference(curves, [0, 50, 180, 2000])
    for number, time in enumerate([0, 50, 180, 2000]):
        alone = al.survival_difference(curves, time)
        for field in ("estimate", "se", "ci_low", "ci_high", "p"):
            np.testing.assert_equal(getattr(together, field)[number], getattr(alone, field))
    assert np.isnan(together.se[0])  # nobody has died by day 0
    assert together.p[2] == pytest.approx(0.78184, abs=1e-5)


def test_reading_between_the_steps():
    curves = curves_of("mirocals")
    read = al.survival_at(curves, [0, 100, 640, 641])
    control = CURVES.query("trial == 'mirocals' and group == '0'")
    assert read.loc[read["group"] == "0", "survival"].iloc[1] == pytest.approx(
        control[control["time"] <= 100]["survival"].iloc[-1]
    )
    assert read["at_risk"].tolist()[::4] == [110, 110]
    assert read["at_risk"].tolist()[3::4] == [0, 0]
    # At day 640 the dead of that day count as still followed; beyond it nothing is known.
    alive = (al.load_mirocals_like()["time_days"] >= 640).groupby(al.load_mirocals_like()["treated"]).sum()
    assert read["at_risk"].tolist()[2::4] == alive.tolist()
    assert read["survival"].isna().tolist() == [False, False, False, True] * 2
    # A curve that has reached 0 stays there.
    assert al.survival_at(curves_of("veteran"), 5000)["survival"].tolist() == [0, 0]


# Small tied trials, and everything a beginner's table may hold.
TIMES = st.integers(0, 12)
PATIENTS = st.lists(st.tuples(TIMES, st.booleans(), st.integers(0, 1)), min_size=1, max_size=30)


def table(patients):
    return pd.DataFrame(patients, columns=["time_days", "died", "treated"]).astype(int)


@settings(deadline=None, max_examples=60)
@given(PATIENTS)
def test_curves_and_tests_are_those_of_lifelines(patients):
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    trial = table(patients)
    curves = al.kaplan_meier(trial, by="treated")
    for arm, rows in trial.groupby("treated"):
        fitter = KaplanMeierFitter().fit(rows["time_days"], rows["died"])
        curve = curves[curves["group"] == arm]
        assert curve["time"].tolist() == fitter.survival_function_.index.tolist()
        np.testing.assert_allclose(curve["survival"], fitter.survival_function_.iloc[:, 0], atol=1e-12)
        known = curve["ci_low"].notna().to_numpy()
        theirs = fitter.confidence_interval_.to_numpy()[known]
        np.testing.assert_allclose(curve.loc[known, ["ci_low", "ci_high"]], theirs, atol=1e-9)
    if trial["treated"].nunique() == 2 and trial["died"].any():
        test = al.logrank_test(trial)
        if not np.isnan(test.p):
            theirs = multivariate_logrank_test(trial["time_days"], trial["treated"], trial["died"])
            assert test.statistic == pytest.approx(theirs.test_statistic, abs=1e-8)
            assert test.p == pytest.approx(theirs.p_value, abs=1e-8)


@settings(deadline=None, max_examples=60)
@given(PATIENTS, PATIENTS, st.randoms(use_true_random=False))
def test_many_trials_are_as_each_alone(first, second, random):
    n = max(len(first), len(second)) + 2
    trials, durations, events, group = [], np.full((2, n), np.nan), np.full((2, n), np.nan), np.zeros((2, n))
    include = np.zeros((2, n), dtype=bool)
    for row, patients in enumerate((first, second)):
        places = random.sample(range(n), len(patients))
        durations[row, places], events[row, places], group[row, places] = np.array(patients, dtype=float).T
        include[row, places] = True
        trials.append(table(patients))
    times = [0, 3, 3.5, 7, 12, 13]
    read = kaplan_meier_many(durations, events, times, include)
    own = kaplan_meier_many(durations, events, include=include)
    tests = logrank_many(durations, events, group, include)
    for row, trial in enumerate(trials):
        curve = al.kaplan_meier(trial)
        at = al.survival_at(curve, times)
        np.testing.assert_allclose(read.survival[row], at["survival"], atol=1e-12)
        assert read.at_risk[row].tolist() == at["at_risk"].tolist()
        seen = ~np.isnan(own.times[row])
        assert own.times[row][seen].tolist() == sorted(trial["time_days"])
        here = al.survival_at(curve, own.times[row][seen])
        np.testing.assert_allclose(own.survival[row][seen], here["survival"], atol=1e-12)
        assert own.at_risk[row][seen].tolist() == here["at_risk"].tolist()
        if trial["treated"].nunique() == 2 and trial["died"].any():
            np.testing.assert_allclose(tests.statistic[row], al.logrank_test(trial).statistic, atol=1e-9)
        else:
            assert np.isnan(tests.p[row])


@settings(deadline=None, max_examples=60)
@given(PATIENTS)
def test_what_does_not_depend_on_order_unit_or_names(patients):
    trial = table(patients)
    curves = al.kaplan_meier(trial, by="treated")
    shuffled = trial.iloc[::-1].assign(time_days=trial["time_days"] / 7)
    again = al.kaplan_meier(shuffled, by="treated")
    np.testing.assert_allclose(again["time"] * 7, curves["time"], atol=1e-9)
    np.testing.assert_allclose(again["survival"], curves["survival"], atol=1e-12)
    assert (curves.groupby("group")["survival"].diff().fillna(0) <= 0).all()
    if trial["treated"].nunique() == 2:
        swapped = al.kaplan_meier(trial.assign(treated=1 - trial["treated"]), by="treated")
        there, back = al.survival_difference(curves, [0, 2, 6]), al.survival_difference(swapped, [0, 2, 6])
        np.testing.assert_allclose(there.estimate, -back.estimate, atol=1e-12)
        np.testing.assert_allclose(there.p, back.p, atol=1e-12)
        if trial["died"].any():
            test, other = al.logrank_test(trial), al.logrank_test(trial.assign(treated=1 - trial["treated"]))
            np.testing.assert_allclose(test.statistic, other.statistic, rtol=1e-9, atol=1e-9)


@settings(deadline=None, max_examples=60)
@given(PATIENTS)
def test_restricted_mean_of_fully_followed_patients_is_their_mean(patients):
    trial = table(patients).assign(died=1)
    mean = al.restricted_mean(al.kaplan_meier(trial), 20)
    assert mean["rmst"].iloc[0] == pytest.approx(trial["time_days"].mean())
    assert al.restricted_mean(al.kaplan_meier(trial), 5)["rmst"].iloc[0] == pytest.approx(
        trial["time_days"].clip(upper=5).mean()
    )


def test_one_patient_nobody_dead_and_one_arm():
    one = pd.DataFrame({"time_days": [10], "died": [0], "treated": [1]})
    assert al.kaplan_meier(one)["survival"].tolist() == [1, 1]
    assert al.kaplan_meier(one.assign(died=1))["survival"].tolist() == [1, 0]
    with pytest.raises(TrialDataError, match="needs two groups"):
        al.logrank_test(one)
    with pytest.raises(TrialDataError, match="needs two groups; these curves have 1"):
        al.survival_difference(al.kaplan_meier(one), 5)
    two = pd.DataFrame({"time_days": [10, 12], "died": [0, 0], "treated": [0, 1]})
    with pytest.raises(TrialDataError, match="Nobody died"):
        al.logrank_test(two)
    apart = pd.DataFrame({"time_days": [1, 1], "died": [1, 1], "treated": [0, 1]})
    assert np.isnan(al.logrank_test(apart).p)  # everybody dies at once: nothing tells the arms apart


def test_a_mean_beyond_the_follow_up_is_refused():
    with pytest.raises(TrialDataError, match="'0' was followed to 4523 only"):
        al.restricted_mean(curves_of("pbc"), 4600)


def test_bad_tables_get_a_sentence():
    veteran = al.load_veteran()
    with pytest.raises(TrialDataError, match="no column 'arm'"):
        al.kaplan_meier(veteran, by="arm")
    with pytest.raises(TrialDataError, match=r"'died' is coded 2, 1"):
        al.kaplan_meier(veteran.assign(died=veteran["died"] + 1))
    with pytest.raises(TrialDataError, match="negative times"):
        al.logrank_test(veteran.assign(time_days=-veteran["time_days"]))
    blank = veteran.astype({"karno": float}).assign(time_days=veteran["time_days"].where(veteran.index > 2))
    with pytest.warns(MissingValuesWarning, match="3 of 137 patients"):
        assert al.kaplan_meier(blank)["at_risk"].iloc[0] == 134
    with pytest.raises(TrialDataError, match="3 of 137 patients"):
        al.kaplan_meier(blank, missing="raise")
    with pytest.raises(TrialDataError, match=r"must both be \(trials, patients\)"):
        kaplan_meier_many([1, 2], [1, 0])
    with pytest.raises(TrialDataError, match="without blanks"):
        logrank_many([[1, np.nan]], [[1, 0]], [[0, 1]])
    with pytest.raises(TrialDataError, match="group must be 0 or 1"):
        logrank_many([[1, 2]], [[1, 0]], [[1, 2]])
    with pytest.raises(TrialDataError, match="include must be"):
        logrank_many([[1, 2]], [[1, 0]], [[0, 1]], include=[True, False])


@pytest.mark.needs_r
def test_r_still_gives_the_stored_answers(tmp_path):
    command = ["Rscript", "tests/reference/survival.R", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    for name in FILES:
        stored, again = (
            pd.read_csv(folder / name, skipinitialspace=True) for folder in (REFERENCE, tmp_path)
        )
        pd.testing.assert_frame_equal(again, stored, rtol=1e-9)


class TestEveryDay:
    @pytest.mark.parametrize("day", [0, 8, 228, 999])
    def test_a_day_is_what_the_curves_say_of_it(self, day):
        veteran = al.load_veteran()
        curves, read = al.kaplan_meier(veteran, by="treated"), read_every_day(veteran, "treated")
        expected = al.survival_at(curves, day)
        assert [row.survival for row in read.at(day).values()] == pytest.approx(
            expected["survival"], nan_ok=True
        )
        assert [row.at_risk for row in read.at(day).values()] == expected["at_risk"].tolist()
        difference = al.survival_difference(curves, day)
        assert read.difference(day).ci_low == pytest.approx(difference.ci_low, nan_ok=True)

    def test_days_worth_reading(self):
        read = read_every_day(al.load_veteran(), "treated")
        assert (read.settled, read.early, read.longest, read.n) == (228, 8, 999, 137)
        assert (
            min(row.at_risk for row in read.at(228).values())
            >= 10
            > min(row.at_risk for row in read.at(229).values())
        )

    def test_one_group_or_no_death_leaves_nothing_to_compare(self):
        veteran = al.load_veteran()
        one = read_every_day(veteran[veteran["treated"] == 1], "treated")
        assert one.test is None
        assert one.difference(100) is None
        alive = read_every_day(veteran.assign(died=0), "treated")
        assert alive.test is None
        assert alive.early == 0
        with pytest.raises(TrialDataError, match="no patient to analyse"):
            read_every_day(veteran.head(0), "treated")


class TestTheLost:
    def test_ties_make_one_factor(self):
        factors = kaplan_meier_factors([100, 100, 100, 100, 400, 640], [1, 1, 1, 0, 1, 0])
        assert factors == [(100, 3, 6), (400, 1, 2)]

    def test_the_lost_lie_between_best_and_worst(self):
        rng = np.random.default_rng(2)
        for _ in range(50):
            days, died = rng.integers(1, 100, size=8), rng.integers(2, size=8)
            ways = count_the_lost(np.append(days, 100), np.append(died, 0), 100)
            assert ways["dead"].at_end <= ways["kaplan_meier"].at_end <= ways["survivors"].at_end + 1e-12
            assert ways["survivors"].at_end == pytest.approx(1 - died.sum() / 9)
            assert ways["dead"].at_end == pytest.approx(1 / 9)

    def test_what_nobody_saw_is_not_known(self):
        ways = count_the_lost([50, 60, 70], [1, 0, 0], 100)
        assert np.isnan(ways["kaplan_meier"].at_end)
        assert ways["survivors"].at_end == pytest.approx(2 / 3)
        assert np.isnan(count_the_lost([50, 60], [0, 0], 100)["dropped"].at_end)
