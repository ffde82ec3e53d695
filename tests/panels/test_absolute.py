"""The panel that tells one result in five ways: values, words, ends of every control, and other trials."""

from __future__ import annotations

import itertools
import re

import pytest

import alsteach as al
from alsteach.frames import TrialDataError
from alsteach.panels.telling import WAYS, Words


def picture(panel) -> str:
    return re.search(r'base64,([^"]+)"', panel.view.value).group(1)


@pytest.fixture(scope="module")
def shared():
    return al.absolute_effect_panel()


@pytest.fixture
def panel(shared):
    shared.reset()
    return shared


class TestPublished:
    @pytest.mark.parametrize(
        ("way", "framing", "words"),
        [
            ("relative", "loss", "16 % fewer deaths on IL-2 than on placebo, by day 640"),
            ("relative", "loss", "95 % CI: 39 % fewer deaths to 15 % more deaths"),
            ("relative", "gain", "13 % more alive on IL-2 than on placebo"),
            ("relative", "gain", "95 % CI: 9 % fewer alive to 41 % more alive"),
            ("points", "loss", "7.3 of 100 fewer dead on IL-2, by day 640. 95 % CI: −5.7 to 20.2 of 100"),
            ("points", "gain", "7.3 of 100 more alive on IL-2"),
            ("frequencies", "loss", "45 of 100 on placebo, 37 of 100 on IL-2 have died"),
            ("frequencies", "gain", "55 of 100 on placebo, 63 of 100 on IL-2 are alive"),
            ("frequencies", "loss", "Difference before rounding: 7.3 of 100 (95 % CI −5.7 to 20.2)"),
            ("nnt", "loss", "NNT 14: treated for one death fewer by day 640"),
            ("nnt", "loss", "95 % CI: benefit 5 to infinity to harm 18. Not between 5 and 18"),
            ("nnt", "gain", "NNT 14: treated for one more alive"),
            ("time", "loss", "Time gained: not known from the publication"),
        ],
    )
    def test_the_overall_result_in_five_ways(self, panel, way, framing, words):
        panel.set(who="published", way=way, framing=framing)
        assert panel.sentence.startswith("MIROCALS as published, 220 people: ")
        assert words in panel.sentence
        assert "HR 0.81 (95 % CI 0.54–1.22), p = 0.33" in panel.sentence

    def test_the_hazard_ratio_does_not_count_deaths(self, panel):
        panel.set(**panel.presets["HR 0.32: 68 % fewer deaths?"])
        assert "16 % fewer deaths" in panel.sentence
        assert "41 deaths against 49. The adjusted HR 0.32 does not mean 68 % fewer deaths" in panel.sentence

    def test_a_stratum_published_in_per_cent_has_no_interval(self, panel):
        panel.set(**panel.presets["Significant, so prescribe?"])
        assert "18.0 of 100 fewer dead on IL-2" in panel.sentence
        assert "the sizes of the two arms are not known here" in panel.sentence
        assert "HR 0.52 (95 % CI 0.30–0.89), p = 0.016. A small p is no prescription" in panel.sentence
        panel.set(way="relative")
        # HR 0.52 is not 48 % fewer deaths either.
        assert "39 % fewer deaths" in panel.sentence

    def test_the_slider_leaves_a_published_day_alone_and_says_so(self, panel):
        panel.set(who="published", way="points", day=100)
        assert "7.3 of 100 fewer dead on IL-2, by day 640" in panel.sentence
        assert "Published for one day only" in panel.sentence


class TestCohort:
    @pytest.mark.parametrize(
        ("who", "n", "points", "hr"),
        [
            ("everybody", 220, "7.3 of 100 fewer dead", "HR 0.81"),
            ("CSF-pNFH under 750", 20, "20.0 of 100 more dead", "HR 3.58"),
            ("CSF-pNFH 750-3700", 154, "18.5 of 100 fewer dead", "HR 0.52"),
            ("CSF-pNFH up to 3700", 174, "14.1 of 100 fewer dead", "HR 0.61"),
            ("CSF-pNFH over 3700", 46, "16.3 of 100 more dead", "HR 1.37"),
        ],
    )
    def test_overall_and_by_stratum(self, panel, who, n, points, hr):
        panel.set(who=who, way="points")
        assert panel.sentence.startswith("Synthetic cohort")
        assert f"{n} people: {points} on IL-2, by day 640" in panel.sentence
        assert hr in panel.sentence

    def test_the_figures_are_those_of_effects_at(self, panel):
        cohort = al.load_mirocals_like()
        low = cohort[cohort["csf_pnfh_pg_ml"].between(750, 3700)]
        for day in (160, 400, 640):
            found = al.effects_at(low, day)
            panel.set(who="CSF-pNFH 750-3700", way="time", framing="gain", day=day)
            months = found.time_gained.estimate / 365.25 * 12
            word = "more lived" if months >= 0 else "fewer lived"
            assert f"{abs(months):.1f} months {word} on average, by day {day}" in panel.sentence
            panel.set(way="nnt")
            assert found.nnt.interval_text in panel.sentence

    def test_the_effect_depends_on_the_day_the_hazard_ratio_does_not(self, panel):
        panel.set(**panel.presets["Another day"])
        assert "1.2 of 100 fewer dead on IL-2, by day 160" in panel.sentence
        assert "HR 0.52" in panel.sentence
        panel.set(day=640)
        assert "18.5 of 100 fewer dead on IL-2, by day 640" in panel.sentence
        assert "HR 0.52" in panel.sentence

    def test_harm_is_called_harm(self, panel):
        panel.set(who="CSF-pNFH over 3700", way="nnt")
        assert "NNT to harm 7: treated for one death more" in panel.sentence
        assert "benefit 9 to infinity to harm 3" in panel.sentence
        panel.set(who="CSF-pNFH under 750", way="time")
        assert "5.0 months more lost on average" in panel.sentence
        assert "So few people can tell next to nothing." in panel.sentence

    def test_day_0_has_nothing_to_divide_and_no_number_needed(self, panel):
        panel.set(who="everybody", day=0, way="relative")
        assert "Nobody has died on placebo: there is nothing to divide by." in panel.sentence
        panel.set(way="nnt")
        assert "No number needed to treat: the risks are the same" in panel.sentence
        panel.set(way="points")
        assert "No interval" in panel.sentence

    def test_both_framings_are_the_same_points(self, panel):
        for who in ("published", "everybody", "CSF-pNFH over 3700"):
            said = set()
            for framing in ("loss", "gain"):
                panel.set(who=who, way="points", framing=framing)
                said.add(re.search(r"([\d.]+) of 100", panel.sentence).group(1))
            assert len(said) == 1


def test_every_control_at_its_ends(panel):
    names = list(panel.controls)
    seen = set()
    for combination in itertools.product(*(panel.controls[name].extremes for name in names)):
        panel.set(**dict(zip(names, combination, strict=True)))
        assert panel.sentence.startswith(("MIROCALS as published", "Synthetic cohort"))
        assert not re.search(r"\bnan\b|\binf\b|None", panel.sentence)
        assert "fault of alsteach" not in panel.sentence
        assert len(picture(panel)) * 3 / 4 < 40_000
        seen.add(panel.sentence)
    assert len(seen) > 90


def test_every_preset_is_another_picture(panel):
    seen = set()
    for values in panel.presets.values():
        panel.reset()
        panel.set(**values)
        seen.add(picture(panel))
    assert len(seen) == len(panel.presets) == 7


def test_the_picture_names_its_data(panel):
    for who, note in (("published", "Published figures"), ("everybody", "Synthetic cohort: not patients")):
        panel.set(who=who)
        assert any(note in text.get_text() for text in panel.picture.figure.texts)


class TestIcons:
    @pytest.mark.parametrize(
        ("risks", "framing", "above", "below"),
        [
            ((0.45, 0.37), "loss", "IL-2: 37 of 100 died", "8 more alive; nobody can tell who"),
            ((0.45, 0.37), "gain", "IL-2: 63 of 100 alive", "8 more alive; nobody can tell who"),
            ((0.1, 0.3), "loss", "IL-2: 30 of 100 died", "20 more dead; nobody can tell who"),
        ],
    )
    def test_words(self, risks, framing, above, below):
        axes = al.plot_icon_arrays(*risks, labels=("placebo", "IL-2"), framing=framing)
        texts = [text.get_text() for text in axes.texts]
        assert above in texts
        assert below in texts

    @pytest.mark.parametrize("framing", ["loss", "gain"])
    @pytest.mark.parametrize("risks", [(0.45, 0.37), (0.1, 0.3), (0, 0), (1, 1), (0.445, 0.3727)])
    def test_each_arm_has_100_people_each_in_a_place_of_its_own(self, risks, framing):
        axes = al.plot_icon_arrays(*risks, framing=framing)
        places = [
            tuple(place) for line in axes.lines for place in line.get_xydata().tolist() if place[1] >= 0
        ]
        assert len(places) == len(set(places)) == 200

    def test_equal_risks_have_no_difference_to_show(self):
        axes = al.plot_icon_arrays(0.5, 0.5)
        assert not any("nobody can tell" in text.get_text() for text in axes.texts)


class TestOtherTrials:
    def test_veteran_by_cell_type(self):
        panel = al.absolute_effect_panel(
            al.load_veteran(), strata="celltype", data_note="Real trial: veteran"
        )
        panel.set(who="everybody", way="points", day=180)
        assert "This trial, 137 people: 2.0 of 100 fewer dead on active arm, by day 180" in panel.sentence
        told = set()
        for who in panel.controls["who"].extremes:
            for way in WAYS:
                panel.set(who=who, way=way)
                told.add(panel.sentence.startswith("This trial"))
                assert panel.sentence.startswith("This trial") or "was followed to 103 only" in panel.sentence
        assert told == {True, False}

    def test_an_arm_that_ends_early_is_named(self):
        trial = al.load_pbc()
        panel = al.absolute_effect_panel(trial)
        panel.set(day=panel.controls["day"].high)
        assert panel.sentence.startswith("This trial, 312 people")

    def test_a_group_with_one_arm_gets_an_explanation(self):
        trial = al.load_veteran().assign(centre=lambda df: df["treated"].map({0: "north", 1: "south"}))
        panel = al.absolute_effect_panel(trial, strata="centre")
        panel.set(who="centre north")
        assert "patients" in panel.sentence
        assert "fault of alsteach" not in panel.sentence

    def test_refusals(self):
        with pytest.raises(TrialDataError, match="no column 'died'"):
            al.absolute_effect_panel(al.load_veteran().drop(columns="died"))
        with pytest.raises(TrialDataError, match="coded"):
            al.absolute_effect_panel(al.load_mirocals_like(), treatment="arm")


def test_ways_speak_the_trials_unit_of_time():
    found = al.effects_at(al.load_veteran(), 180)
    headline, interval = WAYS["time"][1](found, Words(("standard", "test"), "weeks", True))
    assert headline == "13.8 weeks fewer lived on average, by 180 weeks"
    assert interval == "95 % CI: −35.7 to 8.2 weeks of 180.0; below 0 is harm"
