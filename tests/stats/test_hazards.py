"""Schoenfeld residuals, the test of proportional hazards and period hazard ratios against R's survival package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alsteach as al
from alsteach.stats.hazards import (
    TRANSFORMS,
    chances_at_deaths,
    fit_fading,
    in_blocks,
    period_hazard_ratios,
    schoenfeld_residuals,
    split_at,
)
from tests.models import MODELS, fit, pbc, veteran_weeks

REFERENCE = Path(__file__).parents[1] / "reference"
FILES = ("cox_zph_tests.csv", "cox_zph_residuals.csv", "cox_zph_periods.csv")
TESTS, RESIDUALS, PERIODS = (pd.read_csv(REFERENCE / name, skipinitialspace=True) for name in FILES)
TIES = ["efron", "breslow"]


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", sorted(set(TESTS["model"])))
def test_the_test_of_proportional_hazards_is_rs_cox_zph(name, ties, transform):
    expected = TESTS.query("model == @name and ties == @ties and transform == @transform").set_index("term")
    table = al.proportional_hazards_test(fit(name, ties), transform)
    assert list(table.index) == list(expected.index)
    assert list(table["df"]) == list(expected["df"])
    np.testing.assert_allclose(table["statistic"], expected["statistic"], rtol=2e-6, atol=1e-9)
    np.testing.assert_allclose(table["p"], expected["p"], rtol=2e-6)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", sorted(set(RESIDUALS["model"])))
def test_schoenfeld_residuals_are_rs(name, ties):
    expected = RESIDUALS.query("model == @name and ties == @ties")
    ours = fit(name, ties)
    for scaled, columns in ((False, ["first", "last"]), (True, ["scaled_first", "scaled_last"])):
        table = schoenfeld_residuals(ours, scaled=scaled)
        np.testing.assert_array_equal(table["time"], expected["time"])

        # deaths on one day may stand in another order there
        def in_order(t, x):
            return x[np.lexsort((x, t))]

        for column, term in zip(columns, (1, -1), strict=True):
            theirs = in_order(expected["time"].to_numpy(), expected[column].to_numpy())
            np.testing.assert_allclose(
                in_order(table["time"].to_numpy(), table.iloc[:, term].to_numpy()),
                theirs,
                rtol=1e-6,
                atol=1e-8,
            )


def test_the_reference_covers_real_and_synthetic_trials_with_and_without_ties():
    assert set(TESTS["model"]) < set(MODELS)
    assert set(TESTS["transform"]) == set(TRANSFORMS)
    assert len(TESTS) == 296
    assert set(RESIDUALS["ties"]) == set(TIES)


SPLITS = {
    "veteran": (al.load_veteran, [90], ["karno", "age_years"]),
    "pbc": (pbc, [730, 1825], ["age_years"]),
    "mirocals": (al.load_mirocals_like, [180, 400], ["age_years", "onset_site"]),
}


@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("trial", SPLITS)
def test_period_hazard_ratios_are_those_of_rs_split_follow_up(trial, adjusted):
    load, cuts, covariates = SPLITS[trial]
    expected = PERIODS.query("trial == @trial and adjusted == @adjusted")
    table = period_hazard_ratios(load(), cuts, covariates=covariates if adjusted else [])
    assert len(table) == len(cuts) + 1 == len(expected)
    np.testing.assert_allclose(table["log_hr"], expected["log_hr"], rtol=1e-6)
    np.testing.assert_allclose(table["se"], expected["se"], rtol=1e-6)


@pytest.mark.needs_r
def test_r_gives_the_stored_reference_again(tmp_path):
    shutil.copytree(REFERENCE.parent.parent / "datasets", tmp_path / "datasets")
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    shutil.copy(REFERENCE / "cox_zph.R", tmp_path / "tests" / "reference")
    subprocess.run(["Rscript", "tests/reference/cox_zph.R"], cwd=tmp_path, check=True, capture_output=True)
    for name, stored in zip(FILES, (TESTS, RESIDUALS, PERIODS), strict=True):
        again = pd.read_csv(tmp_path / "tests" / "reference" / name, skipinitialspace=True)
        pd.testing.assert_frame_equal(again, stored, rtol=1e-6, atol=1e-9)


def test_every_death_and_every_patient_of_the_trial_is_in_one_period():
    veteran = al.load_veteran()
    table = period_hazard_ratios(veteran, [30, 90, 365])
    assert list(table["start"]) == [0, 30, 90, 365]
    assert list(table["end"]) == [30, 90, 365, 999]
    deaths = table[["deaths_control", "deaths_active"]].to_numpy().sum()
    assert deaths == veteran["died"].sum()
    assert table.loc[0, ["n_control", "n_active"]].sum() == len(veteran)
    assert table.loc[3, ["n_control", "n_active"]].sum() == (veteran["time_days"] > 365).sum()


def test_a_period_without_a_hazard_ratio_says_why():
    veteran = al.load_veteran()
    table = period_hazard_ratios(veteran, [600])
    assert np.isnan(table.loc[1, "hr"])
    assert table.loc[1, "deaths_control"] == 0 < table.loc[1, "deaths_active"]
    assert table.loc[1, "note"].startswith("All analysed patients are in the active arm")
    early = period_hazard_ratios(veteran.assign(died=(veteran["time_days"] > 50).astype(int)), [20])
    assert early.loc[0, "note"].startswith("Nobody died")
    assert early.loc[1, "note"] == ""


def test_cuts_outside_the_follow_up_make_no_period():
    crude = fit("veteran_crude", "efron").table.loc["treated"]
    table = period_hazard_ratios(al.load_veteran(), [-5, 0, 5000])
    assert len(table) == 1
    assert table.loc[0, "hr"] == pytest.approx(crude.hr)


def test_ties_share_a_mean_so_that_the_order_of_rows_cannot_matter():
    weeks = veteran_weeks()
    shuffled = weeks.sample(frac=1, random_state=3)
    one, other = (schoenfeld_residuals(al.fit_cox(t, covariates=["karno"])) for t in (weeks, shuffled))
    pd.testing.assert_frame_equal(one, other.loc[one.index], rtol=1e-9)


def test_a_large_trial_is_worked_through_in_blocks(monkeypatch):
    ours = fit("veteran_weeks_interaction", "efron")
    whole = al.proportional_hazards_test(ours)
    monkeypatch.setattr("alsteach.stats.hazards.BLOCK_VALUES", 10 * 137)
    assert len(list(in_blocks(np.ones(128), 137))) == 13
    pd.testing.assert_frame_equal(al.proportional_hazards_test(ours), whole)


def test_wrong_requests_get_one_sentence():
    ours = fit("veteran_crude", "efron")
    with pytest.raises(
        al.TrialDataError, match="transform='kaplan' is not known; use one of: km, rank, identity, log"
    ):
        al.proportional_hazards_test(ours, "kaplan")
    at_zero = al.fit_cox(al.load_veteran().assign(time_days=lambda d: d["time_days"] - 1))
    with pytest.raises(al.TrialDataError, match="death at time 0 has no logarithm"):
        al.proportional_hazards_test(at_zero, "log")
    assert al.proportional_hazards_test(at_zero, "rank").loc["GLOBAL", "df"] == 1
    two = pd.DataFrame(
        {"time_days": [1, 2, 3, 4], "died": [1, 0, 0, 0], "treated": [1, 0, 1, 0], "x": [1.0, 3, 2, 0]}
    )
    alone = al.fit_cox(two, treatment=None, covariates=["x"])
    with pytest.raises(al.TrialDataError, match="Too few deaths"):
        al.proportional_hazards_test(alone)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.floats(-2, 2)), min_size=2, max_size=12),
    st.sampled_from(TIES),
)
@settings(deadline=None, max_examples=80)
def test_chances_are_a_race_among_those_at_risk(patients, ties):
    durations, events, log_hazard = (np.array(c, dtype=float) for c in zip(*patients, strict=True))
    rows, chances = chances_at_deaths(durations, events, np.exp(log_hazard), ties)
    assert sorted(rows) == list(np.flatnonzero(events == 1))
    assert (np.diff(durations[rows]) >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert (chances[durations < durations[rows][:, None]] == 0).all()
    assert (chances[durations >= durations[rows][:, None]] > 0).all()


def test_the_partial_likelihood_is_the_product_of_the_chances_of_those_who_died():
    ours = fit("veteran_weeks_interaction", "breslow")
    x, durations, events = ours.arrays
    hazards = np.exp((x - x.mean(axis=0)) @ ours.table["log_hr"].to_numpy())
    rows, chances = chances_at_deaths(durations, events, hazards, "breslow")
    log_likelihood = np.log(chances[np.arange(len(rows)), rows]).sum()
    assert log_likelihood == pytest.approx(ours.log_likelihood, abs=1e-9)


@pytest.mark.parametrize("covariates", [[], ["karno", "age_years"]])
@pytest.mark.parametrize("day", [30, 90, 200.5])
def test_a_trial_split_at_a_day_has_the_hazard_ratios_of_both_periods(day, covariates):
    slowly = period_hazard_ratios(al.load_veteran(), [day], covariates=covariates)
    quickly = split_at(al.fit_cox(al.load_veteran(), covariates=covariates), day)
    same = ["start", "end", "log_hr", "se", "hr", "ci_low", "ci_high", "p"]
    pd.testing.assert_frame_equal(quickly[same], slowly[same], rtol=1e-6)
    np.testing.assert_array_equal(quickly["deaths"], slowly["deaths_control"] + slowly["deaths_active"])


def test_a_period_without_deaths_has_no_hazard_ratio():
    early, late = split_at(al.fit_cox(al.load_veteran()), 990)["hr"]
    assert early == pytest.approx(1.018, abs=0.02)
    assert np.isnan(late)


FADING = pd.read_csv(REFERENCE / "fading.csv", skipinitialspace=True)
SHAPES = {
    "90": {"cuts": [90]},
    "60_120": {"cuts": [120, 60]},
    "90_180": {"cuts": [90, 180]},
    "log": {"clock": lambda days: np.log(days + 20)},
}


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("others", ["karno", "all"])
def test_a_fading_effect_is_rs_on_split_follow_up(others, shape, ties):
    expected = FADING[FADING["model"] == f"{others}_{ties}_{shape}"]
    covariates = ["celltype", "age_years", "prior", "diagtime_months"] if others == "all" else []
    ours = fit_fading(al.load_veteran(), "karno", covariates=covariates, ties=ties, **SHAPES[shape])
    ours = ours[[term == "treated" or term.startswith("karno") for term in ours.index]]
    assert len(ours) == len(expected) > 2
    np.testing.assert_allclose(ours["log_hr"], expected["log_hr"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours["se"], expected["se"], rtol=1e-6)


def test_an_effect_that_may_not_fade_is_coxs():
    veteran = al.load_veteran()
    constant = al.fit_cox(veteran, covariates=["karno", "celltype"]).table
    ours = fit_fading(veteran, "karno", covariates=["karno", "celltype"]).rename({"karno@0": "karno"})
    pd.testing.assert_frame_equal(ours.loc[constant.index], constant, rtol=1e-7)
    shifted = fit_fading(veteran.assign(karno=lambda d: 1000 - 3 * d["karno"]), "karno", [90])
    assert shifted.loc["treated", "hr"] == pytest.approx(0.97556, abs=1e-5)


def test_a_fading_effect_that_cannot_be_fitted_is_refused():
    veteran = al.load_veteran()
    with pytest.raises(al.TrialDataError, match="Too few deaths in one of the periods"):
        fit_fading(veteran, "karno", [900, 950])
    with pytest.raises(al.TrialDataError, match="There is no column 'karnofsky'"):
        fit_fading(veteran, "karnofsky", [90])
    with pytest.raises(al.TrialDataError, match="'celltype'"):
        fit_fading(veteran, "celltype", [90])
