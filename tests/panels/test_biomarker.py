"""The panels of notebook 06 on cuts and worlds, at their extremes; their sentences give the statistics' values."""

from __future__ import annotations

import re

import numpy as np
import pytest

import alsteach as al
from alsteach.cutpoint_trials import corrected_p
from alsteach.disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.frames import MissingValuesWarning
from alsteach.panels.biomarker import GROUPS, SEARCH, TRIALS
from tests.panels.states import corners, faults

LONG = 120
PNFH = "csf_pnfh_pg_ml"


@pytest.fixture(scope="module")
def cohort_panel():
    # Fewer trials than a learner's thousand: the tests assert what the same call gives.
    return al.cutpoint_panel(n_trials=120)


@pytest.fixture
def panel(cohort_panel):
    cohort_panel.reset()
    assert cohort_panel.wait(LONG)
    return cohort_panel


def shown(panel, **values) -> str:
    panel.set(**values)
    assert panel.wait(LONG)
    return panel.sentence


class TestGroups:
    def test_it_opens_at_the_published_cut(self, panel):
        assert "Up to 3,700 pg/mL: 174 patients, 61 deaths, HR 0.61 (0.36–1.02), p = 0.059." in panel.sentence
        assert "Over 3,700 pg/mL: 46 patients, 29 deaths, HR 1.37 (0.65–2.87), p = 0.40." in panel.sentence
        assert "p = 0.055 between groups, p < 0.001 along CSF-pNFH as measured" in panel.sentence

    @pytest.mark.parametrize("adjusted", [False, True])
    @pytest.mark.parametrize("cut", [750, 2000, 3700, 5500])
    def test_the_sentence_is_subgroup_effects(self, panel, cut, adjusted):
        said = shown(panel, view=GROUPS, cut=cut, lower=0, adjusted=adjusted)
        found = al.subgroup_effects(
            mirocals_like_for_analysis(),
            PNFH,
            cut,
            covariates=MIROCALS_LIKE_MODEL["covariates"] if adjusted else (),
        )
        assert said.startswith("Adjusted" if adjusted else "Unadjusted")
        for row in found.groups.iloc[:-1].itertuples():
            assert f"{row.n} patients, {row.deaths} deaths, HR {row.hr:.2f} ({row.ci_low:.2f}–" in said
        assert al.style.p_text(found.interaction.p["groups"]) + " between groups" in said

    def test_the_paper_s_low_group_and_the_lowest(self, panel):
        said = shown(panel, **panel.presets["2025: 750 to 3,700"])
        assert "750 to 3,700 pg/mL: 154 patients, 57 deaths, HR 0.52 (0.30–0.89), p = 0.016." in said
        assert "With 4 deaths the group under 750 pg/mL tells nothing" in said
        assert "“low” group of the 2025 paper leaves out the lowest: here 20" in said
        said = shown(panel, **panel.presets["2022: up to 3,700"])
        assert "2022 announcement" in said
        said = shown(panel, **panel.presets["The lowest: up to 750"])
        assert "20 patients, 4 deaths, HR 3.58 (0.37–34.5)" in said

    def test_a_group_without_an_estimate_is_explained(self, panel):
        said = shown(panel, view=GROUPS, cut=300, lower=0)
        assert "Up to 300 pg/mL: 2 patients. Nobody died in the active arm of this group" in said
        assert "So the groups cannot be compared." in said
        said = shown(panel, view=GROUPS, cut=0, lower=0)
        assert "Up to 0 pg/mL: 0 patients. No patient is in this group." in said

    def test_boundaries_in_the_wrong_order_are_explained(self, panel):
        said = shown(panel, view=GROUPS, cut=2000, lower=2500)
        assert said == (
            "The lower boundary, 2,500 pg/mL, must lie under the cut, 2,000 pg/mL; move one of the two."
        )
        assert "HR" in shown(panel, lower=0)

    def test_a_small_p_of_the_difference_is_told_apart_from_two_ps(self, panel):
        assert "speaks for a difference" in shown(panel, view=GROUPS, cut=4336, lower=0)

    def test_picture_changes_and_its_frame_stays(self, panel):
        axes = panel.picture.memory.axes
        before = panel.view.value
        shown(panel, cut=2000)
        assert panel.view.value != before
        assert panel.picture.memory.axes is axes


class TestSearch:
    def test_it_finds_what_search_cutpoint_finds(self, panel):
        said = shown(panel, **panel.presets["Search the best cut"])
        found = al.search_cutpoint(mirocals_like_for_analysis(), PNFH)
        best = found.attrs["best"]
        assert f"{al.style.p_text(found['p_interaction'].min())}, at {best:,.0f} pg/mL" in said
        assert "33 cuts of CSF-pNFH tried, from 773 pg/mL to 5,498 pg/mL" in said
        assert "named beforehand, 3,700 pg/mL, has p = 0.055" in said
        assert f"{(found['p_interaction'] < 0.05).sum()} of 33 are below 0.05" in said

    def test_one_cut_is_no_search(self, panel):
        said = shown(panel, view=SEARCH, tried=1)
        assert said.startswith("Unadjusted: 1 cut of CSF-pNFH tried.")
        assert "there was no search" in said

    def test_fewer_cuts_find_no_less(self, panel):
        found = []
        for tried in (1, 3, 9, 33):
            said = shown(panel, view=SEARCH, tried=tried)
            found.append(float(re.search(r"At best the interaction has p = (\d\.\d+)", said).group(1)))
        assert found == sorted(found, reverse=True)
        assert found[0] > found[-1]


class TestManyTrials:
    def test_false_alarms_of_the_search_and_of_the_named_cut(self, panel):
        nothing = al.TrialDesign(treatment_log_hr_at_zero=float(np.log(0.81)), treatment_log_hr_per_pg_ml=0.0)
        found = al.search_simulated_trials(nothing, cut=3700, n_trials=120)
        ours = al.search_cutpoint(mirocals_like_for_analysis(), PNFH)["p_interaction"].min()
        said = shown(panel, **panel.presets["Nothing to find: search"])
        assert said.startswith(
            "120 simulated trials in which treatment does the same for everyone (unadjusted)"
        )
        assert f"beforehand (3,700 pg/mL) in {100 * found.share_found_named():.1f} %" in said
        assert f"the best of 33 cuts in {100 * found.share_found()[-1]:.1f} %" in said
        assert f"an honest p is {corrected_p(found, ours, 33):.2f}" in said
        said = shown(panel, **panel.presets["Nothing to find: best of 3"])
        assert f"the best of 3 cuts in {100 * found.share_found()[2]:.1f} %" in said
        assert found.share_found_named() < found.share_found()[-1]

    def test_no_threshold_but_best_cuts_all_over(self, panel):
        said = shown(panel, **panel.presets["No threshold: search"])
        low, high = re.search(r"lie between ([\d,]+) and ([\d,]+) pg/mL", said).groups()
        assert int(high.replace(",", "")) > 2 * int(low.replace(",", ""))
        assert "there is none" in said
        assert "false alarms" not in said

    def test_shuffled(self, panel):
        said = shown(panel, view=TRIALS, world="shuffled", tried=5)
        assert said.startswith("120 trials made of these patients with their CSF-pNFH shuffled")

    def test_coming_back_computes_nothing_anew(self, panel, monkeypatch):
        first = shown(panel, **panel.presets["Nothing to find: search"])
        monkeypatch.setattr("alsteach.panels.biomarker.search_simulated_trials", None)
        assert shown(panel, view=GROUPS) != first
        assert shown(panel, view=TRIALS) == first

    def test_stop_keeps_the_picture(self):
        panel = al.cutpoint_panel(n_trials=5000)
        assert panel.wait(LONG)
        before, said = panel.view.value, panel.sentence
        panel.set(**panel.presets["Nothing to find: search"])
        panel.background.stop_button.click()
        assert panel.wait(LONG)
        assert (panel.view.value, panel.sentence) == (before, said)
        assert panel.background.note.value == "Stopped; the picture is the one from before."
        panel.set(view=SEARCH)
        assert panel.wait(LONG)
        assert "33 cuts" in panel.sentence


class TestAnyState:
    def test_extremes(self, panel):
        for state in corners(panel, most=40):
            shown(panel, **state)
            assert faults(panel) == []

    def test_presets_and_reset(self, panel):
        start = panel.sentence
        said = {name: shown(panel, **values) for name, values in panel.presets.items()}
        assert len(set(said.values())) == len(said) == 7
        panel.reset()
        assert panel.wait(LONG)
        assert panel.sentence == start


class TestOtherTrials:
    def test_significant_here_and_not_there(self):
        panel = al.cutpoint_panel(al.same_effect_trial(), interaction=PNFH, cut=3700, n_trials=50)
        assert panel.wait(LONG)
        assert "HR 0.61 (0.39–0.95), p = 0.029" in panel.sentence
        assert "HR 0.58 (0.30–1.12), p = 0.11" in panel.sentence
        assert "Significant here and not there, yet no difference is shown" in panel.sentence
        assert "p = 0.86 between groups" in panel.sentence

    def test_veteran_by_karnofsky_score(self):
        panel = al.cutpoint_panel(al.load_veteran(), interaction="karno", cut=70, n_trials=60)
        assert panel.wait(LONG)
        assert "HR 0.36 (0.15–0.87), p = 0.023" in panel.sentence
        assert "p = 0.054 between groups" in panel.sentence
        assert "Significant here and not there, yet no difference is shown" in panel.sentence
        said = shown(panel, **panel.presets["Search the best cut"])
        assert "7 cuts of Karnofsky score tried" in said
        found = al.search_shuffled_trials(al.load_veteran(), "karno", 70, n_trials=60)
        said = shown(panel, **panel.presets["Nothing to find: search"])
        assert f"best of 33 cuts in {100 * found.share_found()[-1]:.1f} %" in said
        for preset in panel.presets.values():
            shown(panel, **preset)
            assert faults(panel) == []

    def test_blanks_warn_here_and_not_in_the_background(self):
        with pytest.warns(MissingValuesWarning):
            panel = al.cutpoint_panel(
                al.load_pbc(),
                interaction="cholesterol_mg_dl",
                covariates=["triglycerides_mg_dl"],
                n_trials=20,
            )
        assert panel.wait(LONG)
        for values in panel.presets.values():
            shown(panel, **values, adjusted=True)
            assert faults(panel) == []

    def test_without_a_biomarker_it_asks_for_one(self):
        with pytest.raises(al.TrialDataError, match="interaction='karno'"):
            al.cutpoint_panel(al.load_veteran())


@pytest.fixture(scope="module")
def worlds():
    return al.prognostic_predictive_panel()


class TestWorlds:
    @pytest.mark.parametrize(
        ("preset", "name", "ratio"),
        [
            ("Prognostic", "prognostic", "1.00"),
            ("Predictive", "predictive", "2.00"),
            ("Both", "prognostic and predictive", "2.00"),
            ("Neither", "neither prognostic nor predictive", "1.00"),
        ],
    )
    def test_the_four_worlds_are_named(self, worlds, preset, name, ratio):
        worlds.set(**worlds.presets[preset])
        assert worlds.sentence.startswith(f"This biomarker is {name}: untreated, ")
        assert f"(ratio of the two {ratio})" in worlds.sentence

    def test_figures_are_the_worlds(self, worlds):
        worlds.set(**worlds.presets["Both"])
        world = al.marker_world(0.5, 1.0, 2.5)
        dead = {key: 100 * (1 - curve[-1]) for key, curve in world.survival.items()}
        assert (
            f"{dead['low', 0]:.0f} of 100 with a low and {dead['high', 0]:.0f} of 100 with a high value die"
            in worlds.sentence
        )
        assert "HR 0.50 in the low and 1.00 in the high group" in worlds.sentence
        assert "as many die in the high group" in worlds.sentence

    def test_a_switch_without_a_difference_names_no_predictive_marker(self, worlds):
        worlds.set(**worlds.presets["Predictive"])
        worlds.set(hr_high=0.5)
        assert worlds.sentence.startswith("This biomarker is neither")

    def test_treated_patients_alone_cannot_tell(self, worlds):
        said = []
        for name in ("Treated only, prognostic", "Treated only, predictive"):
            worlds.set(**worlds.presets[name])
            said.append(worlds.sentence)
        assert said[0] == said[1]
        assert "78 of 100 with a low and 61 of 100 with a high biomarker" in said[0]
        assert "cannot be told apart" in said[0]

    def test_extremes(self, worlds):
        said = set()
        for state in corners(worlds, most=50):
            worlds.set(**state)
            assert faults(worlds) == []
            said.add(worlds.sentence)
        assert len(said) > 25
