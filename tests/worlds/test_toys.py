"""The synthetic trials of notebook 04 have the truth they claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.stats.hazards import period_hazard_ratios
from alsteach.worlds.toys import (
    CHANGE_DAY,
    EQUAL_ARMS_HAZARD_RATIO,
    EQUAL_ARMS_LOG_HAZARDS,
    HAZARDS,
    LARGEST,
    equal_arms_trial,
    hazards_trial,
    responder_comparisons,
    responder_trial,
)

SEEDS = range(100, 140)


def middle_hr(kind, period=None, covariates=()):
    """Median hazard ratio of many draws, so that chance does not decide."""
    found = []
    for seed in SEEDS:
        trial = hazards_trial(kind, LARGEST, seed=seed)
        cut = CHANGE_DAY if kind == "crossing" else 240
        if period is None:
            found.append(al.fit_cox(trial, covariates=covariates).table["hr"].iloc[0])
        else:
            found.append(period_hazard_ratios(trial, [cut], covariates=covariates)["hr"].iloc[period])
    return float(np.median(found))


@pytest.mark.parametrize(
    ("kind", "period", "covariates", "truth"),
    [
        ("constant", 0, (), 0.6),
        ("constant", 1, (), 0.6),
        ("crossing", 0, (), 2.5),
        ("crossing", 1, (), 0.35),
        ("selection", None, ("frail",), 0.5),
        ("selection", 1, ("frail",), 0.5),
    ],
)
def test_the_hazard_ratios_are_those_announced(kind, period, covariates, truth):
    assert middle_hr(kind, period, covariates) == pytest.approx(truth, rel=0.07)


def test_unseen_frailty_makes_the_later_ratio_fade():
    early, late = middle_hr("selection", 0), middle_hr("selection", 1)
    assert early < 0.65
    assert late > 0.75


@pytest.mark.parametrize("kind", HAZARDS)
def test_a_smaller_trial_is_the_beginning_of_a_larger_one(kind):
    large, small = hazards_trial(kind), hazards_trial(kind, 37)
    pd.testing.assert_frame_equal(large.iloc[:37], small)
    assert large["treated"].mean() == 0.5
    assert (large.groupby("treated")["frail"].mean().diff().iloc[-1]) == 0
    assert large["time_days"].between(1, 640).all()
    assert (large.loc[large["died"] == 0, "time_days"] == 640).all()


def test_wrong_requests_get_one_sentence():
    with pytest.raises(
        al.TrialDataError, match="kind='waning' is not known; use one of: constant, crossing, selection"
    ):
        hazards_trial("waning")
    with pytest.raises(al.TrialDataError, match="n=601 is not possible"):
        hazards_trial("constant", 601)
    with pytest.raises(al.TrialDataError, match="follows_health=1.5"):
        responder_trial(follows_health=1.5)


def comparisons(day, follows):
    tables = [responder_comparisons(responder_trial(day, follows, seed=s), day)["log_hr"] for s in SEEDS]
    return np.exp(pd.concat(tables, axis=1).median(axis=1))


def test_a_treatment_that_does_nothing_seems_to_work_in_responders():
    hr = comparisons(84, 0.5)
    assert hr["randomised"] == pytest.approx(1, abs=0.06)
    assert hr["responders_vs_others"] < 0.5
    assert hr["responders_vs_control"] < 0.7


def test_counting_from_the_measurement_removes_immortal_time_and_nothing_else():
    noise, health = comparisons(168, 0.0), comparisons(168, 0.8)
    assert noise["responders_vs_others"] < 0.7
    assert noise["landmark"] == pytest.approx(1, abs=0.12)
    assert noise["landmark_control"] == pytest.approx(1, abs=0.12)
    assert health["landmark"] < 0.5


def test_the_comparisons_are_cox_models_of_the_groups_they_name():
    trial = responder_trial(84, 0.5)
    table = responder_comparisons(trial, 84)
    active = trial[trial["treated"] == 1]
    alive = active[active["time_days"] > 84]
    expected = {
        "randomised": al.fit_cox(trial),
        "responders_vs_others": al.fit_cox(active, treatment="responder"),
        "landmark": al.fit_cox(alive.assign(time_days=alive["time_days"] - 84), treatment="responder"),
    }
    for name, fit in expected.items():
        row = fit.table.iloc[0]
        np.testing.assert_allclose(
            table.loc[name, row.index].astype(float), row.astype(float), rtol=1e-6, atol=1e-9
        )
        assert table.loc[name, "n"] == fit.n


def test_who_died_before_the_measurement_is_no_responder():
    trial = responder_trial(200, 0.0)
    gone = (trial["time_days"] <= 200) & (trial["treated"] == 1)
    assert gone.sum() > 20
    assert (trial.loc[gone, "responder"] == 0).all()
    assert trial.loc[gone, "treg_rise"].isna().all()
    assert trial.loc[trial["treated"] == 0, "responder"].isna().all()
    nobody_followed = responder_comparisons(responder_trial(640), 640).loc["landmark"]
    assert nobody_followed["n"] == 0
    assert nobody_followed.drop("n").isna().all()


def test_equal_arms_are_equal_and_the_ratio_within_patients_is_the_one_built_in():
    covariates, found = list(EQUAL_ARMS_LOG_HAZARDS), []
    for seed in SEEDS:
        trial = equal_arms_trial(seed=seed)
        control, active = (trial[trial["treated"] == arm][covariates].to_numpy() for arm in (0, 1))
        np.testing.assert_array_equal(control, active)
        fits = [al.fit_cox(trial, covariates=chosen) for chosen in ([], covariates)]
        found.append([fit.table["hr"].iloc[0] for fit in fits])
    mixed, within = np.median(found, axis=0)
    assert within == pytest.approx(EQUAL_ARMS_HAZARD_RATIO, rel=0.03)
    assert mixed > 1.25 * within
    own = [
        al.fit_cox(equal_arms_trial(), covariates=chosen).table["hr"].iloc[0] for chosen in ([], covariates)
    ]
    assert own == pytest.approx([mixed, within], rel=0.03)
