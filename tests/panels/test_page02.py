"""Panels of page 02: the figures they find and say, and that nothing is drawn of which nothing is known."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

import alsteach as al
from alsteach.panels import page02
from alsteach.plots import page02 as plots
from alsteach.worlds import mechanism
from alsteach.worlds.toys import simulate_marker_trial
from tests.panels.states import everybody_used, said, seen

FEW = 4  # the draw in which none of world B's 25 treated with a lower marker dies


def drawn_texts(panel) -> list[str]:
    figure = seen(panel)._sheet.axes.figure
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


class TestRoad:
    @pytest.fixture
    def panel(self):
        return al.il2_pathway_panel()

    def test_next_walks_the_seven_links(self, panel):
        walked = []
        for _ in range(7):
            walked.append(panel.values["link"])
            panel._hear({"do": "move", "by": 1})
        assert walked == list("1234567")

    def test_a_links_colour_and_words_say_the_same_of_its_evidence(self, panel):
        words = {"people": "seen in patients", "animals": "in mice", "nobody": "not shown"}
        for step, evidence in zip(panel.steps, page02.EVIDENCE.values(), strict=True):
            panel.go(step)
            assert words[evidence] in panel.finding
        looks = plots.EVIDENCE_LOOKS.values()
        assert len({look["color"] for look in looks}) == len({str(look["linestyle"]) for look in looks}) == 3

    def test_the_picture_counts_the_links_by_evidence(self, panel):
        assert Counter(page02.EVIDENCE.values()) == {"people": 2, "animals": 3, "nobody": 2}
        texts = drawn_texts(panel)
        assert {"seen in patients: 2 links", "in mice or cell culture: 3", "not shown: 2"} <= set(texts)
        panel.set(link="all")
        assert panel.said.finding == "all"
        assert panel.said.fields["people"] == 2

    def test_receptors_are_said_as_one_would(self, panel):
        texts = drawn_texts(panel)
        assert "responds already\nto a little" in texts
        assert "responds only\nto a lot" in texts

    def test_a_click_on_a_number_brings_its_link_out(self, panel):
        marks = seen(panel).picture.shown["marks"]
        assert [mark["value"] for mark in marks] == [1, 2, 3, 4, 5, 6, 7]
        panel._hear({"do": "mark", "mark": 0, "value": 4})
        assert panel.values["link"] == "4"

    def test_words_and_steps(self, panel):
        states = [{"link": link} for link in ("all", *page02.EVIDENCE)]
        assert everybody_used("il2_pathway", al.il2_pathway_panel, states) == []


class TestReceptors:
    @pytest.fixture
    def panel(self):
        return al.receptor_panel()

    @pytest.mark.parametrize("dose", page02.DOSES)
    def test_it_says_what_the_model_gives(self, panel, dose):
        panel.set(dose=dose)
        day = mechanism.day_after_injection(dose)
        peak = day.loc[day["il2_pmol_l"].idxmax()]
        fields = panel.said.fields
        assert fields["peak"] == peak.il2_pmol_l
        assert 100 * fields["treg"] == pytest.approx(peak.trimeric_occupied_percent)
        assert 100 * fields["effector"] == pytest.approx(peak.dimeric_occupied_percent)
        low, high = mechanism.selective_window()
        il2 = day["il2_pmol_l"].iloc[1:]
        assert fields["alone"] == pytest.approx(24 * il2.between(low, high).mean())
        assert fields["both"] == pytest.approx(24 * (il2 > high).mean())

    def test_the_trials_dose_lies_in_the_window_and_a_tenth_below(self, panel):
        assert panel.values["dose"] == al.published("mirocals_dose_miu").estimate
        assert panel.said.finding == "window"
        assert (round(panel.said.fields["low"]), round(panel.said.fields["high"])) == (25, 211)
        panel.go("lowest")
        assert panel.values["dose"] == pytest.approx(page02.TRIAL / 10)
        assert panel.guess.truth == pytest.approx(13.3, abs=0.05)
        panel.guess.lock(50)
        assert panel.said.finding == "below"
        assert panel.said.fields["alone"] == 0

    def test_while_guessing_nothing_tells_the_truth(self, panel):
        panel.go("lowest")
        texts = drawn_texts(panel)
        assert "?" in texts
        assert not [text for text in texts if text.startswith("Treg ") and "%" in text]
        assert [len(line.get_xdata()) for line in panel._sheet.axes.main.get_lines()] == [2] * (
            len(page02.DOSES) + 1
        )
        assert "13" not in panel.alternative_text

    def test_one_cancer_size_dose_spends_more_of_the_day_above_the_window(self, panel):
        finding, fields = said(panel, "cancer")
        assert finding == "beyond"
        assert panel.values["dose"] == al.published("il2_high_dose_miu_per_kg").estimate * 70 == 42
        assert fields["both"] > fields["alone"] > 5.8
        assert "effector cells too 11.2 h" in drawn_texts(panel)

    def test_the_bar_accounts_for_the_whole_day(self, panel):
        for dose, laboratory in itertools.product(page02.DOSES, ("one", "other")):
            spans = page02.heard(dose, laboratory).spans
            assert spans[0][1] == 0
            assert spans[-1][2] == 24
            assert all(before[2] == after[1] for before, after in itertools.pairwise(spans))

    def test_the_window_hangs_on_a_measurement(self, panel):
        finding, fields = said(panel, "laboratory")
        assert finding == "nowhere"
        assert fields["kd"] == 200
        assert 100 * fields["others"] == pytest.approx(100 * 25 / 225)
        assert list(panel.found.zones) == ["nobody", "both"]

    def test_zones_meet_and_hold_who_hears(self):
        for laboratory in ("one", "other"):
            found = page02.heard(2.0, laboratory)
            for name, (low, high) in found.zones.items():
                changed = {"kd_dimeric_pmol_l": found.kd_dimeric}
                inside = np.geomspace(low * 1.01, high * 0.99, 5)
                assert set(mechanism.heard_by(inside, changed)) == {name}

    def test_a_click_on_a_dose_takes_it(self, panel):
        marks = seen(panel).picture.shown["marks"]
        assert [mark["value"] for mark in marks] == list(page02.DOSES)
        panel._hear({"do": "mark", "mark": 0, "value": 10.0})
        assert panel.values["dose"] == 10

    def test_words_and_steps(self, panel):
        states = [{"dose": dose, "laboratory": "one"} for dose in (page02.LOWEST, 10.0)]
        assert everybody_used("receptor", al.receptor_panel, states) == []


class TestDosing:
    @pytest.fixture
    def panel(self):
        return al.dosing_panel()

    @pytest.mark.parametrize(
        ("step", "treg", "effector", "ccl2_low", "ccl2_high"),
        [("five", 15.3, 103, 89, 100), ("daily", 29.1, 105, 77, 100), ("cancer", 35.2, 147, 100, 117)],
    )
    def test_it_says_what_the_model_gives(self, panel, step, treg, effector, ccl2_low, ccl2_high):
        fields = said(panel, step)[1]
        days_on = 28 if step == "daily" else 5
        course = al.simulate_treg(panel.values["dose"], days_on, 28, 3)
        for name, column in page02.ROWS.items():
            assert fields[name] == pytest.approx(course[column].max(), rel=2e-3)
        assert (round(fields["treg"], 1), round(fields["effector"])) == (treg, effector)
        assert (round(fields["ccl2_low"]), round(fields["ccl2_high"])) == (ccl2_low, ccl2_high)
        assert fields["injections"] == 3 * days_on
        assert fields["left"] == pytest.approx(mechanism.at_day(course, 28, "treg_percent"), rel=2e-3)

    def test_regimen_is_that_of_imodals(self, panel):
        assert (page02.CYCLE, page02.CYCLES, page02.RHYTHMS) == (28, 3, {"five": 5, "daily": 28})
        assert page02.injection_days("five").tolist() == [
            0,
            1,
            2,
            3,
            4,
            28,
            29,
            30,
            31,
            32,
            56,
            57,
            58,
            59,
            60,
        ]

    def test_daily_is_guessed_first(self, panel):
        panel.go("daily")
        assert panel.guess.open
        assert "29" not in panel.alternative_text
        assert not [
            line for line in seen(panel)._sheet.axes.treg.get_lines() if line.get_color() == "#0072b2"
        ]
        panel.guess.lock(20)
        assert panel.guess.truth == pytest.approx(29.1, abs=0.05)
        assert panel.said.finding == "daily"

    def test_the_hatched_row_holds_words_and_no_curve(self, panel):
        for step in panel.steps:
            said(panel, step)
            row = seen(panel)._sheet.axes.unseen
            assert [patch.get_hatch() for patch in row.patches if patch.get_hatch()] == ["////"]
            assert not row.lines
            assert not row.collections
            assert any("NK cells" in text.get_text() for text in row.texts)

    def test_what_the_model_cannot_see_is_quoted_with_its_patients(self, panel):
        finding, fields = said(panel, "unseen")
        assert finding == "unseen"
        assert fields["gvhd"] == al.published("il2_daily_gvhd").text
        assert fields["gvhd_in"] in panel.in_numbers[0]
        assert "all had a rejection" in panel.in_numbers[2]

    def test_the_cancer_dose_is_a_ghost_until_it_is_given_and_not_below_its_question(self, panel):
        assert not [text for text in drawn_texts(panel) if text.startswith("a cancer-size dose")]
        panel.set(dose=5)
        ghosts = [text for text in drawn_texts(panel) if text.startswith("a cancer-size dose")]
        assert ghosts == ["a cancer-size dose: 147 %"]
        panel.go("cancer")
        assert not [text for text in drawn_texts(panel) if text.startswith("a cancer-size dose")]

    def test_nothing_leaves_its_axis(self, panel):
        for dose, rhythm in itertools.product(page02.COURSE_DOSES, page02.RHYTHMS):
            panel.set(dose=dose, rhythm=rhythm)
            for name, column in page02.ROWS.items():
                low, high = plots.ROWS[name]
                values = panel.found.table[column]
                assert low <= values.min() <= values.max() <= high, (dose, rhythm, name)

    def test_large_doses_are_drawn_for_five_days_only(self, panel):
        panel.set(dose=page02.CANCER, rhythm="daily")
        assert panel.controls["rhythm"].off == "too_much"
        assert panel.said.fields["injections"] == 15

    @pytest.mark.parametrize(
        ("dose", "figure"), [(1.0, "+3.9 points (SD 1.2)"), (2.0, "+6.2 points (SD 2.2)")]
    )
    def test_reported_rises_are_called_unverified(self, panel, dose, figure):
        panel.set(dose=dose, reported=True)
        assert panel.said.fields["reported"] == f"{figure} (unverified)"
        course = al.simulate_treg(dose)
        rise = mechanism.at_day(course, 7, "treg_percent") - course["treg_percent"].iloc[0]
        assert panel.said.fields["model"] == pytest.approx(rise, abs=0.02)
        assert "reported (unverified)" in drawn_texts(panel)
        panel.set(dose=5.0)
        assert panel.controls["reported"].off == "not_tried"
        assert "reported (unverified)" not in drawn_texts(panel)

    @pytest.mark.parametrize("arm", page02.ARMS)
    def test_people_are_those_of_the_table(self, panel, arm):
        panel.go("people")
        panel.set(arm=arm)
        everybody = al.load_treg_course()
        table = mechanism.first_course_changes(everybody, "treg_percent").iloc[page02.ARMS.index(arm)]
        fields = panel.said.fields
        found = [fields[f"treg{end}"] for end in ("", "_sd", "_least", "_most")]
        assert found == table[["mean", "sd", "least", "most"]].tolist()
        assert fields["n"] == 12
        lines = [c for c in seen(panel)._sheet.axes.treg.collections if hasattr(c, "get_segments")]
        assert sum(len(c.get_segments()) for c in lines) == 12
        theirs = everybody[everybody["dose_miu"] == page02.ARMS.index(arm)]
        np.testing.assert_allclose(
            panel._sheet.axes.treg.lines[0].get_ydata(), theirs.groupby("time_days")["treg_percent"].mean()
        )
        assert panel._badge(panel._namespace()) == "synthetic"

    def test_words_and_steps(self, panel):
        states = [
            {"view": "model", "dose": 1.0, "rhythm": "five", "reported": True},
            {"dose": 10.0},
            {"rhythm": "daily", "dose": 1.0},
            {"view": "people", "arm": "placebo"},
        ]
        assert everybody_used("dosing", al.dosing_panel, states) == []


class TestMarker:
    @pytest.fixture
    def panel(self):
        return al.surrogate_panel()

    def test_the_marker_alone_says_the_same_in_every_world(self, panel):
        medians = set()
        for world in page02.WORLDS:
            panel.set(world=world)
            fields = panel.said.fields
            medians.add((fields["treated"], fields["control"]))
            assert fields["low_marker"][2] < 0.8, "in every world those with the lower marker do better"
            assert panel.said.finding == "marker_only"
            assert "by_arm" not in panel.said.more
            assert "not\nknown\nyet" in drawn_texts(panel)
        assert len(medians) == 1

    @pytest.mark.parametrize(("step", "letter"), [("bystander", "A"), ("through", "B"), ("two_roads", "C")])
    def test_survival_tells_the_worlds_apart(self, panel, step, letter):
        finding, fields = said(panel, step)
        assert finding == step == page02.WORLDS[letter]
        trial = simulate_marker_trial(step, 400, 2)
        deaths = trial.groupby("treated")["died"].sum()
        assert (fields["deaths"], fields["deaths_control"]) == (deaths[1], deaths[0])
        assert fields["effect"] == tuple(al.fit_cox(trial).table.loc["treated", ["hr", "ci_low", "ci_high"]])
        low, high = fields["effect"][1:]
        assert {"bystander": low < 1 < high, "through": high < 1, "two_roads": low > 1}[step]
        assert f"HR {fields['hr']:.2f}" in drawn_texts(panel)

    def test_the_unknown_diagram_has_every_road_and_the_told_one_only_true_ones(self, panel):
        assert drawn_texts(panel).count("?") == 3 == len(plots.OPEN)
        assert ("treatment", "survival") in plots.OPEN
        assert all(set(roads) <= set(plots.OPEN) for roads in plots.BEHIND.values())
        panel.go("two_roads")
        texts = drawn_texts(panel)
        assert "harm" in texts
        assert "?" not in texts

    def test_the_diagram_stands_over_the_pictures(self, panel):
        for width in (320, 680):
            axes = seen(panel, width)._sheet.axes
            for node, name in (("treatment", "dots"), ("marker", "by_marker"), ("survival", "by_arm")):
                place = axes[name].get_position()
                assert plots.node_place(axes, node)[0] == pytest.approx(
                    axes.width * (place.x0 + place.x1) / 2, abs=1
                )

    def test_a_small_trial_says_how_unsure_it_is(self, panel):
        finding, fields = said(panel, "small")
        assert finding == "waited"
        assert fields["effect"][1] < 0.5 < 2 < fields["effect"][2]

    @pytest.mark.parametrize("world", page02.WORLDS)
    def test_where_the_interval_holds_1_nobody_is_said_to_live_longer(self, panel, world):
        panel.set(world=world, n=25)
        ratio, low, high = panel.found.low_marker
        assert low < ratio < 1 < high
        assert panel.said.finding == "marker_few"

    def test_too_few_deaths_for_a_ratio_are_explained(self, panel):
        panel.set(world="B", n=25, seed=FEW)
        assert panel.found.low_marker is None
        assert panel.said.finding == "marker_few"
        assert "by_marker" not in panel.said.more
        assert "too few deaths" in drawn_texts(panel)

    def test_shares_alive_are_per_cent(self, panel):
        axes = seen(panel)._sheet.axes
        assert [label.get_text() for label in axes.by_marker.get_yticklabels()] == ["0", "50", "100 %"]

    def test_words_and_steps(self, panel):
        states = [{"world": "B", "n": 25, "seed": FEW, "waited": False}, {"told": True}]
        assert everybody_used("surrogate", al.surrogate_panel, states) == []
