"""Standardised differences by hand, and what a tick moves against refitted models and against the theorem behind it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.stats.adjusting import (
    MOST_COVARIATES_TO_COMBINE,
    Adjustments,
    explain_adjustment,
    standardised_differences,
)
from alsteach.stats.hazards import chances_at_deaths
from tests.models import PBC, VETERAN, pbc

SMALL = pd.DataFrame(
    {
        "treated": [0, 0, 0, 0, 1, 1, 1, 1],
        "age_years": [50.0, 60, 70, 60, 40, 50, 60, 50],
        "sex": ["f", "f", "m", "m", "f", "m", "m", "m"],
        "stage": pd.Categorical(list("abcabbbb"), categories=["a", "b", "c", "d"]),
        "time_days": [5, 3, 9, 4, 8, 7, 2, 6],
        "died": [1, 1, 0, 1, 1, 0, 1, 1],
    }
)


def test_a_numeric_difference_by_hand():
    row = standardised_differences(SMALL, ["age_years"]).loc["age_years"]
    assert (row.control, row.active) == (60, 50)
    assert row.sd == pytest.approx(np.sqrt(200 / 3))  # both arms have the variance 200/3
    assert row.smd == pytest.approx(-10 / np.sqrt(200 / 3))
    assert row.chance == pytest.approx(1.959964 * np.sqrt(1 / 4 + 1 / 4), rel=1e-6)


def test_a_category_of_two_levels_gives_one_row_and_of_more_one_each():
    table = standardised_differences(SMALL, ["sex", "stage"])
    assert list(table.index) == ["sex=m", "stage=a", "stage=b", "stage=c"]  # nobody is in stage d
    assert (table.loc["sex=m", "control"], table.loc["sex=m", "active"]) == (0.5, 0.75)
    assert table.loc["sex=m", "smd"] == pytest.approx(0.25 / np.sqrt((0.5 * 0.5 + 0.75 * 0.25) / 2))
    assert table.loc["stage=b", "active"] == 1
    np.testing.assert_allclose(table.loc[["stage=a", "stage=b", "stage=c"], ["control", "active"]].sum(), 1)


def test_blanks_are_left_out_of_their_own_row_and_counted():
    ages = SMALL["age_years"].copy()
    ages.iloc[0] = np.nan
    table = standardised_differences(SMALL.assign(age_years=ages), ["age_years", "sex"])
    assert table["missing"].to_dict() == {"age_years": 1, "sex=m": 0}
    assert table.loc["age_years", "control"] == pytest.approx((60 + 70 + 60) / 3)


def test_equal_arms_differ_by_nothing_and_a_constant_too():
    pairs = pd.DataFrame({"treated": [0, 1] * 5, "x": np.repeat(np.arange(5.0), 2), "one": 1.0})
    table = standardised_differences(pairs, ["x", "one"])
    assert list(table["smd"]) == [0, 0]


def test_the_band_holds_95_of_100_randomisations():
    rng = np.random.default_rng(5)
    pbc_table, inside = al.load_pbc(), 0
    for _ in range(400):
        shuffled = pbc_table.assign(treated=rng.permutation(pbc_table["treated"]))
        row = standardised_differences(shuffled, ["age_years"]).iloc[0]
        inside += abs(row.smd) <= row.chance
    assert 0.92 <= inside / 400 <= 0.98


@pytest.mark.parametrize(
    ("table", "covariates", "sentence"),
    [
        (SMALL[SMALL["treated"] == 1], ["age_years"], "All patients are in the active arm"),
        (SMALL, ["height"], "There is no column 'height'"),
        (
            SMALL.assign(age_years=[np.nan] * 4 + [1.0, 2, 3, 4]),
            ["age_years"],
            "'age_years' is blank for a whole arm",
        ),
    ],
)
def test_a_table_that_cannot_be_compared_gets_one_sentence(table, covariates, sentence):
    with pytest.raises(al.TrialDataError, match=sentence):
        standardised_differences(table, covariates)


@pytest.mark.parametrize(("load", "covariates"), [(al.load_veteran, VETERAN), (pbc, PBC)])
def test_every_set_of_ticks_is_the_model_fitted_alone(load, covariates):
    df = load()
    trial = Adjustments(df, "time_days", "died", "treated", covariates)
    sets = [(), *[(c,) for c in covariates], tuple(covariates)]
    for chosen, (_, row) in zip(sets, trial.effects(sets).iterrows(), strict=True):
        alone = al.fit_cox(df, covariates=list(chosen)).table.loc["treated"]
        np.testing.assert_allclose(row.astype(float), alone[row.index].astype(float), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("chosen", [(), ("karno",), tuple(VETERAN)])
def test_what_a_tick_moves_is_the_difference_of_two_fits(chosen):
    df = al.load_veteran()
    table = explain_adjustment(df, VETERAN, chosen)
    assert list(table.index) == VETERAN
    for covariate, row in table.iterrows():
        rest = [c for c in chosen if c != covariate]
        without = al.fit_cox(df, covariates=rest).table.loc["treated", "log_hr"]
        with_it = al.fit_cox(df, covariates=[*rest, covariate]).table.loc["treated", "log_hr"]
        assert row.adjusted == (covariate in chosen)
        assert row.hr_without == pytest.approx(np.exp(without), rel=1e-7)
        assert row.hr_with == pytest.approx(np.exp(with_it), rel=1e-7)
        assert row.moved == pytest.approx(with_it - without, abs=1e-7)
        assert row.from_imbalance + row.from_later == pytest.approx(row.moved, abs=1e-12)


def test_alone_the_imbalance_is_the_difference_of_means_times_the_effect_on_death():
    df = al.load_veteran()
    fit = al.fit_cox(df, covariates=["karno"])
    means = df.groupby("treated")["karno"].mean()
    expected = -fit.table.loc["karno", "log_hr"] * (means[1] - means[0])
    assert explain_adjustment(df, ["karno"]).loc["karno", "from_imbalance"] == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize(("load", "covariate"), [(al.load_veteran, "karno"), (pbc, "log_bilirubin_mg_dl")])
def test_a_tick_moves_the_hazard_ratio_by_the_imbalance_among_those_at_risk(load, covariate):
    """The theorem in `explain_adjustment`: along the path between the two fits, exactly."""
    df = load()
    crude = al.fit_cox(df).table["log_hr"].iloc[0]
    adjusted = al.fit_cox(df, covariates=[covariate])
    arm, values = (df[c].to_numpy(dtype=float) for c in ("treated", covariate))
    durations, events = (df[c].to_numpy(dtype=float) for c in ("time_days", "died"))
    score = values * adjusted.table["log_hr"].iloc[1]
    nodes, weights = np.polynomial.legendre.leggauss(8)
    imbalance = total = 0.0
    for node, weight in zip((nodes + 1) / 2, weights, strict=True):
        log_hr = crude + node * (adjusted.table["log_hr"].iloc[0] - crude)
        hazards = np.exp(log_hr * arm + node * (score - score.mean()))
        _, chances = chances_at_deaths(durations, events, hazards)
        share = chances @ arm
        imbalance += weight * (chances @ (arm * score) - share * (chances @ score)).sum()
        total += weight * (share * (1 - share)).sum()
    moved = explain_adjustment(df, [covariate])["moved"].iloc[0]
    assert moved == pytest.approx(-imbalance / total, abs=1e-5)


def test_every_choice_of_ticks_is_every_subset():
    trial = Adjustments(al.load_veteran(), "time_days", "died", "treated", ["karno", "age_years", "prior"])
    assert sorted(map(len, trial.every_set())) == [0, 1, 1, 1, 2, 2, 2, 3]
    expected = [
        al.fit_cox(al.load_veteran(), covariates=list(chosen)).table["log_hr"].iloc[0]
        for size in range(4)
        for chosen in combinations(["karno", "age_years", "prior"], size)
    ]
    np.testing.assert_allclose(np.sort(trial.every_log_hr()), np.sort(expected), atol=1e-8)
    table = pbc().dropna()
    many = Adjustments(
        table, "time_days", "died", "treated", table.columns[5 : 6 + MOST_COVARIATES_TO_COMBINE]
    )
    assert many.every_set() == []


def test_patients_with_a_blank_are_the_same_in_every_model():
    with pytest.warns(UserWarning, match="28 of 312 patients have a blank value in: cholesterol_mg_dl"):
        trial = Adjustments(al.load_pbc(), "time_days", "died", "treated", ["age_years", "cholesterol_mg_dl"])
    complete = al.load_pbc().dropna(subset="cholesterol_mg_dl")
    assert trial.n_dropped == 28
    assert trial.effects([()])["hr"].iloc[0] == pytest.approx(al.fit_cox(complete).table["hr"].iloc[0])


def test_a_model_that_cannot_be_fitted_says_why():
    with pytest.raises(al.TrialDataError, match="'stage' is the same for every analysed patient"):
        explain_adjustment(SMALL[SMALL["stage"] == "b"].assign(died=1, treated=[0, 1, 0, 1, 1]), ["stage"])
    with pytest.raises(al.TrialDataError, match="'karno' is in adjusted_for but not among the covariates"):
        explain_adjustment(al.load_veteran(), ["age_years"], ["karno"])
    with pytest.raises(al.TrialDataError, match="Nobody died in the control arm"):
        explain_adjustment(SMALL.assign(died=SMALL["treated"]), ["age_years"], [])


def test_the_balance_picture_of_a_learner():
    table = standardised_differences(al.load_pbc(), ["age_years", "stage", "sex"])
    axes = al.plot_balance(table, adjusted=["age_years"])
    points = axes.collections[-1]
    np.testing.assert_allclose(points.get_offsets()[:, 0], table["smd"])
    faces = points.get_facecolors()
    assert (faces[0] != faces[1]).any()
    with pytest.raises(al.TrialDataError, match="needs the column 'covariate'"):
        al.plot_balance(pd.DataFrame({"smd": [0.1]}))
