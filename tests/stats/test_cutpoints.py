"""Groups of a biomarker and the search for a cut: against R, and by what must hold of any trial."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alsteach as al
from alsteach.data.checks import MissingValuesWarning
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.stats.cutpoints import (
    cuts_to_search,
    group_names,
    group_of,
    interaction_fits,
    interaction_p,
    interaction_p_unadjusted,
    marker_trial,
    search_cutpoint,
    subgroup_effects,
)
from alsteach.worlds.cut_search import (
    SearchedTrials,
    corrected_p,
    cuts_in_order,
    search_shuffled,
    search_simulated_trials,
)
from alsteach.worlds.toys import marker_world, same_effect_trial

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
FILES = ("subgroups_groups.csv", "subgroups_tests.csv", "subgroups_search.csv")
GROUPS, TESTS, SEARCH = (pd.read_csv(REFERENCE / name, dtype={"group": str}) for name in FILES)
PNFH = "csf_pnfh_pg_ml"
PROGNOSIS = MIROCALS_LIKE_MODEL["covariates"]
TRIALS = {
    "mirocals": (mirocals_like_for_analysis, PNFH, PROGNOSIS),
    "veteran": (al.load_veteran, "karno", ["age_years", "diagtime_months"]),
    "pbc": (al.load_pbc, "bilirubin_mg_dl", ["age_years", "albumin_g_dl"]),
}
CASES = sorted(set(GROUPS[["trial", "cuts", "adjusted"]].itertuples(index=False, name=None)))


def small_trial(treated, died, marker, time=None) -> pd.DataFrame:
    time = np.arange(1, len(treated) + 1) if time is None else time
    return pd.DataFrame({"time_days": time, "died": died, "treated": treated, "marker": marker})


def drawn_trial(n=200, seed=0, log_hr=-0.5, per_sd=0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    treated, marker = rng.integers(0, 2, n), rng.standard_normal(n)
    time = rng.exponential(size=n) / np.exp(0.4 * marker + treated * (log_hr + per_sd * marker))
    return pd.DataFrame(
        {"time_days": np.minimum(time, 1.5), "died": (time < 1.5) * 1, "treated": treated, "marker": marker}
    )


class TestAgainstR:
    def test_there_is_something_to_compare(self):
        assert len(CASES) == 14
        assert {trial for trial, _, _ in CASES} == set(TRIALS)

    @pytest.mark.parametrize(("trial", "cuts", "adjusted"), CASES)
    def test_effects_and_interaction(self, trial, cuts, adjusted):
        load, marker, covariates = TRIALS[trial]
        numbers = [float(cut) for cut in cuts.split()]
        found = subgroup_effects(load(), marker, numbers, covariates=covariates if adjusted else ())
        rows = {"trial": trial, "cuts": cuts, "adjusted": adjusted}
        theirs = GROUPS[(GROUPS[list(rows)] == rows).all(axis=1)]
        assert len(found.groups) == len(theirs) == len(numbers) + 2
        for column in ("n", "deaths"):
            assert found.groups[column].tolist() == theirs[column].tolist()
        np.testing.assert_allclose(found.groups["log_hr"], theirs["log_hr"], atol=1e-6)
        np.testing.assert_allclose(found.groups["se"], theirs["se"], rtol=1e-6)
        tests = TESTS[(TESTS[list(rows)] == rows).all(axis=1)].set_index("test")
        columns = ["df", "wald", "p", "likelihood_ratio", "likelihood_ratio_p"]
        ours = found.interaction.loc[tests.index, columns]
        np.testing.assert_allclose(ours, tests[columns], rtol=1e-5, atol=1e-8)

    def test_the_search(self):
        for adjusted, theirs in SEARCH.groupby("adjusted"):
            cohort = mirocals_like_for_analysis()
            found = search_cutpoint(
                cohort, PNFH, cuts=theirs["cut"].tolist(), covariates=PROGNOSIS if adjusted else ()
            )
            for column in ("cut", "n_low", "deaths_low"):
                assert found[column].tolist() == theirs[column].tolist()
            np.testing.assert_allclose(found["p_interaction"], theirs["p_interaction"], rtol=1e-6)
            assert found.attrs["best"] == theirs.loc[theirs["p_interaction"].idxmin(), "cut"]

    @pytest.mark.needs_r
    def test_the_committed_results_are_rs(self, tmp_path):
        subprocess.run(
            ["Rscript", "tests/reference/subgroups.R", str(tmp_path)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        for name in FILES:
            pd.testing.assert_frame_equal(
                pd.read_csv(tmp_path / name), pd.read_csv(REFERENCE / name), rtol=1e-9
            )


class TestGroups:
    def test_the_published_low_group_leaves_out_the_lowest(self):
        groups = subgroup_effects(mirocals_like_for_analysis(), PNFH, [750, 3700]).groups
        assert groups.index[:3].tolist() == ["under 750 pg/mL", "750 to 3,700 pg/mL", "over 3,700 pg/mL"]
        low = groups.iloc[1]
        assert (round(low.hr, 2), round(low.ci_low, 2), round(low.ci_high, 2)) == (0.52, 0.30, 0.89)
        lowest = groups.iloc[0]
        assert (lowest.n, lowest.deaths, lowest.deaths_control, lowest.deaths_treated) == (20, 4, 1, 3)
        assert (round(lowest.hr, 2), round(lowest.ci_high, 1)) == (3.58, 34.5)

    def test_a_cut_belongs_to_the_group_that_names_it(self):
        marker = np.array([1.0, 2.0, 2.5, 3.0, 4.0])
        assert group_of(marker, [3]).tolist() == [0, 0, 0, 0, 1]
        assert group_of(marker, [2, 3]).tolist() == [0, 1, 1, 1, 2]
        assert group_names([0.5]) == ["up to 0.5", "over 0.5"]

    @settings(max_examples=25)
    @given(cut=st.floats(-1.2, 1.2), seed=st.integers(0, 5))
    def test_each_patient_and_death_is_in_one_group(self, cut, seed):
        df = drawn_trial(seed=seed)
        groups = subgroup_effects(df, "marker", cut).groups
        assert groups["n"].iloc[:-1].sum() == groups["n"].iloc[-1] == len(df)
        assert groups["deaths"].iloc[:-1].sum() == groups["deaths"].iloc[-1] == df["died"].sum()
        assert (groups["deaths_control"] + groups["deaths_treated"] == groups["deaths"]).all()

    @settings(max_examples=20)
    @given(cut=st.floats(-0.8, 0.8), seed=st.integers(0, 5))
    def test_a_group_alone_is_fit_cox_on_its_patients(self, cut, seed):
        df = drawn_trial(seed=seed)
        groups = subgroup_effects(df, "marker", cut).groups
        for row, side in zip(groups.itertuples(), (df["marker"] <= cut, df["marker"] > cut), strict=False):
            alone = al.fit_cox(df[side]).table.loc["treated"]
            assert row.log_hr == pytest.approx(alone.log_hr, abs=1e-8)
            assert row.p == pytest.approx(alone.p, rel=1e-6)

    def test_turning_the_biomarker_round_swaps_the_groups(self):
        df = drawn_trial()
        ours = subgroup_effects(df, "marker", 0.3)
        turned = subgroup_effects(df.assign(marker=-df["marker"]), "marker", -0.3)
        assert turned.groups["hr"].tolist() == pytest.approx(ours.groups["hr"].iloc[[1, 0, 2]].tolist())
        assert turned.interaction["p"].tolist() == pytest.approx(ours.interaction["p"].tolist())

    def test_units_of_the_biomarker_do_not_matter(self):
        df = drawn_trial()
        ours = subgroup_effects(df, "marker", 0.3)
        scaled = subgroup_effects(df.assign(marker=1e6 * df["marker"] + 7), "marker", 0.3e6 + 7)
        np.testing.assert_allclose(scaled.interaction, ours.interaction, rtol=1e-6)

    def test_the_interaction_of_two_groups_is_fit_coxs(self):
        df = drawn_trial(per_sd=0.5)
        found = subgroup_effects(df, "marker", 0.2).interaction.loc["groups", "p"]
        fit = al.fit_cox(df.assign(high=(df["marker"] > 0.2) * 1.0), interaction="high")
        assert found == pytest.approx(fit.table["p"].iloc[-1], rel=1e-6)


class TestNoEstimate:
    def test_a_group_without_deaths_has_a_sentence(self):
        df = small_trial([0, 1] * 10, [0, 0] * 5 + [1, 1] * 5, [1] * 10 + [2] * 10)
        for covariates in ((), ("other",)):
            found = subgroup_effects(
                df.assign(other=np.tile([0, 0, 1, 1, 1], 4)), "marker", 1.5, covariates=covariates
            )
            assert found.groups["note"].iloc[0] == "Nobody died in this group, so there is no hazard ratio."
            assert np.isnan(found.groups["hr"].iloc[0])
            assert found.groups["note"].iloc[1] == ""
            assert found.groups["hr"].iloc[1] > 0
            assert np.isnan(found.interaction.loc["groups", "p"])

    def test_deaths_on_one_arm_only(self):
        df = small_trial([0, 1] * 10, [1, 0] * 5 + [1, 1] * 5, [1] * 10 + [2] * 10)
        note = subgroup_effects(df, "marker", 1.5).groups["note"].iloc[0]
        assert (
            note == "Nobody died in the active arm of this group, so its hazard ratio runs to 0 or infinity."
        )

    def test_one_arm_only(self):
        df = small_trial([1] * 6 + [0, 1] * 7, [1] * 20, [1] * 6 + [2] * 14)
        note = subgroup_effects(df, "marker", 1.5).groups["note"].iloc[0]
        assert note == "All patients of this group are on one arm, so there is nothing to compare."

    def test_nobody_in_a_group(self):
        found = subgroup_effects(drawn_trial(), "marker", 99)
        assert found.groups["note"].tolist() == ["", "No patient is in this group.", ""]

    def test_of_three_groups_the_other_two_are_still_compared(self):
        df = mirocals_like_for_analysis()
        found = subgroup_effects(df, PNFH, [300, 3700])
        assert found.groups["note"].iloc[0].startswith("Nobody died in the active arm")
        without = subgroup_effects(df[df[PNFH] >= 300], PNFH, 3700)
        assert found.interaction.loc["groups", "df"] == 1
        assert found.interaction.loc["groups", "p"] == pytest.approx(without.interaction.loc["groups", "p"])

    def test_a_biomarker_that_is_the_same_for_everyone(self):
        found = subgroup_effects(drawn_trial().assign(marker=5.0), "marker", 5)
        assert np.isnan(found.interaction["p"]).all()


class TestRefusals:
    def test_words_are_not_cut(self):
        with pytest.raises(al.TrialDataError, match="'celltype' holds words"):
            subgroup_effects(al.load_veteran(), "celltype", 3)

    def test_no_cut(self):
        with pytest.raises(al.TrialDataError, match="no numbers to cut at"):
            subgroup_effects(al.load_veteran(), "karno", [])

    def test_a_misspelt_column(self):
        with pytest.raises(al.TrialDataError, match="no column 'karnofsky'"):
            search_cutpoint(al.load_veteran(), "karnofsky")

    def test_a_string_for_a_list(self):
        with pytest.raises(al.TrialDataError, match=r"covariates=\['age_years'\]"):
            subgroup_effects(al.load_veteran(), "karno", 70, covariates="age_years")

    def test_nobody_died(self):
        with pytest.raises(al.TrialDataError, match="Nobody died"):
            subgroup_effects(drawn_trial().assign(died=0), "marker", 0)

    def test_blanks_are_left_out_with_a_warning(self):
        with pytest.warns(MissingValuesWarning, match="cholesterol_mg_dl"):
            groups = subgroup_effects(al.load_pbc(), "cholesterol_mg_dl", 300).groups
        assert groups["n"].iloc[-1] == 284


class TestSearch:
    def test_a_searched_cut_leaves_a_tenth_on_either_side(self):
        found = search_cutpoint(mirocals_like_for_analysis(), PNFH)
        assert len(found) == 33
        assert found["cut"].is_monotonic_increasing
        assert (found["n_low"] >= 22).all()
        assert (found["n_high"] >= 21).all()
        assert (found["n_low"] + found["n_high"] == 220).all()
        best = found.set_index("cut").loc[found.attrs["best"]]
        assert best["p_interaction"] == found["p_interaction"].min()

    @pytest.mark.parametrize("covariates", [(), PROGNOSIS])
    def test_each_row_is_what_subgroup_effects_says(self, covariates):
        df = mirocals_like_for_analysis()
        for row in search_cutpoint(df, PNFH, covariates=covariates).iloc[[0, 9, 25]].itertuples():
            one = subgroup_effects(df, PNFH, row.cut, covariates=covariates)
            assert [row.hr_low, row.hr_high] == pytest.approx(one.groups["hr"].iloc[:2].tolist(), rel=1e-6)
            assert [row.p_low, row.p_high] == pytest.approx(one.groups["p"].iloc[:2].tolist(), rel=1e-5)
            assert row.p_interaction == pytest.approx(one.interaction.loc["groups", "p"], rel=1e-5)

    def test_cuts_move_with_the_biomarker(self):
        rng = np.random.default_rng(1)
        marker = rng.lognormal(size=(3, 80))
        np.testing.assert_allclose(cuts_to_search(np.log(marker)), np.log(cuts_to_search(marker)))
        assert cuts_to_search(marker).shape == (3, 33)

    @given(st.integers(1, 60))
    def test_a_larger_search_tries_the_cuts_of_a_smaller_one(self, n):
        order = cuts_in_order(n)
        assert sorted(order) == list(range(n))
        assert n != 33 or order[:3] == [16, 8, 24]


class TestManyTrials:
    NOTHING = al.TrialDesign(treatment_log_hr_at_zero=-0.2, treatment_log_hr_per_pg_ml=0)

    @pytest.fixture(scope="class")
    def found(self) -> SearchedTrials:
        return search_simulated_trials(self.NOTHING, cut=3700, n_trials=600, seed=3)

    def test_the_named_cut_keeps_its_level_and_the_search_does_not(self, found):
        # Six hundred trials: the share has a standard error of 0.9 points where it is 5 %.
        assert 0.02 < found.share_found_named() < 0.08
        assert 0.25 < found.share_found()[-1] < 0.42
        assert found.share_found()[0] < 0.09

    def test_more_cuts_find_more(self, found):
        share = found.share_found()
        assert (np.diff(share) >= 0).all()
        for tried in (1, 5, 33):
            p, cut = found.best(tried)
            assert (p < 0.05).mean() == pytest.approx(share[tried - 1])
            assert ((cut[:, None] == found.cuts).any(axis=1)).all()

    def test_a_trial_of_the_run_searched_alone_gives_the_same(self, found):
        trial = al.simulate_trials(self.NOTHING, 3, 3).frame(2)
        alone = search_cutpoint(trial, PNFH, cuts=np.unique(found.cuts[2]))
        p = dict(zip(found.cuts[2], found.p[2], strict=True))
        np.testing.assert_allclose(alone["p_interaction"], [p[cut] for cut in alone["cut"]], rtol=1e-5)
        named = subgroup_effects(trial, PNFH, 3700).interaction.loc["groups", "p"]
        assert found.named_p[2] == pytest.approx(named, rel=1e-5)

    def test_a_longer_run_begins_with_the_shorter(self, found):
        short = search_simulated_trials(self.NOTHING, cut=3700, n_trials=7, seed=3)
        np.testing.assert_allclose(short.p, found.p[:7], rtol=1e-12)

    def test_without_a_threshold_the_best_cut_lies_anywhere(self):
        smooth = search_simulated_trials(al.TrialDesign(), cut=3700, n_trials=150)
        p, cut = smooth.best(33)
        low, high = np.quantile(cut[p < 0.05], [0.1, 0.9])
        assert high > 2 * low

    def test_shuffling_keeps_the_level_too(self):
        found = search_shuffled(marker_trial(al.load_veteran(), "karno"), cut=70, n_trials=400)
        assert 0.02 < found.share_found_named() < 0.085
        assert found.share_found()[-1] > 0.2
        assert found.p.shape[1] == 7  # a score of tens has no more cuts than that

    @pytest.mark.parametrize("days", [1, 30], ids=["days", "months: ties"])
    def test_counts_at_deaths_give_the_model_s_p(self, days):
        trials = al.simulate_trials(self.NOTHING, 12, 5)
        time, marker = np.ceil(trials.time_days / days), trials.covariates[:, :, -1]
        cuts = np.column_stack([cuts_to_search(marker, 9), np.full(12, 200.0)])  # under 200: hardly anybody
        high = marker[:, None] > cuts[:, :, None]
        quick = interaction_p_unadjusted(time, trials.died, trials.treated, high)
        for trial in range(12):
            rows = [np.broadcast_to(a[trial], high[trial].shape) for a in (time, trials.died, trials.treated)]
            fits = interaction_fits(*rows, high[trial].astype(float), np.empty((*high[trial].shape, 0)))
            np.testing.assert_allclose(quick[trial], interaction_p(fits), rtol=1e-4)
        assert np.isnan(quick[:, -1]).all()

    def test_adjusted_searches_use_the_covariates(self):
        df = mirocals_like_for_analysis()
        crude = search_shuffled(marker_trial(df, PNFH), cut=3700, n_trials=5)
        adjusted = search_shuffled(marker_trial(df, PNFH, covariates=PROGNOSIS), cut=3700, n_trials=5)
        np.testing.assert_array_equal(crude.cuts, adjusted.cuts)
        assert np.abs(crude.named_p - adjusted.named_p).max() > 1e-3

    def test_the_corrected_p(self):
        found = SearchedTrials(np.zeros((4, 1)), np.array([[0.01], [0.2], [np.nan], [0.04]]), np.ones(4))
        assert corrected_p(found, 0.04, tried=1) == pytest.approx(3 / 5)
        assert corrected_p(found, 0.001, tried=1) == pytest.approx(1 / 5)

    def test_progress_is_told_and_can_end_it(self):
        told = []

        def stop(share):
            told.append(share)
            if len(told) == 3:
                raise RuntimeError("enough")

        with pytest.raises(RuntimeError, match="enough"):
            search_simulated_trials(self.NOTHING, cut=3700, n_trials=1000, progress=stop)
        assert 0 < told[0] < told[1] < told[2] < 0.2

    def test_blank_biomarkers_are_refused(self):
        with pytest.raises(al.TrialDataError, match="missing_pnfh_share=0"):
            search_simulated_trials(al.TrialDesign(missing_pnfh_share=0.1), cut=3700, n_trials=5)


class TestWorlds:
    @pytest.mark.parametrize(
        ("hr_high", "prognosis", "name"),
        [
            (0.5, 1.0, "neither prognostic nor predictive"),
            (0.5, 2.0, "prognostic"),
            (1.0, 1.0, "predictive"),
            (1.0, 2.0, "prognostic and predictive"),
        ],
    )
    def test_the_name(self, hr_high, prognosis, name):
        assert marker_world(0.5, hr_high, prognosis).name == name

    @given(st.floats(0.2, 2), st.floats(0.2, 2), st.floats(0.5, 5))
    def test_curves_have_the_hazard_ratios_they_were_given(self, low, high, prognosis):
        world = marker_world(low, high, prognosis)
        hazard = {key: -np.log(curve[1:]) for key, curve in world.survival.items()}
        np.testing.assert_allclose(hazard["low", 1], low * hazard["low", 0], rtol=1e-9)
        np.testing.assert_allclose(hazard["high", 1], high * hazard["high", 0], rtol=1e-9)
        np.testing.assert_allclose(hazard["high", 0], prognosis * hazard["low", 0], rtol=1e-9)

    def test_an_impossible_ratio(self):
        with pytest.raises(al.TrialDataError, match="hr_low=0 is no ratio"):
            marker_world(0, 1)

    def test_the_trial_with_one_effect_is_significant_here_and_not_there(self):
        found = subgroup_effects(same_effect_trial(), PNFH, 3700)
        here, there = found.groups["p"].iloc[:2]
        assert here < 0.05 < there
        assert found.groups["hr"].iloc[:2].round(1).tolist() == [0.6, 0.6]
        assert found.interaction["p"].min() > 0.5
