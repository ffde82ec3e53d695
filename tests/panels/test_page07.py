"""Panels of page 07: what is said and drawn is what was computed, and each step shows what it claims."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import alsteach as al
from alsteach.data.trial import Trial
from alsteach.panels.page07 import time_words
from alsteach.plots import page07 as plots
from alsteach.plots import plot_icon_arrays
from alsteach.stats.absolute import effects_at
from alsteach.stats.blinding import belief_bias, expected_guesses, guessing_people, rating_spread
from alsteach.stats.joint_rank import function_comparisons, function_trial, function_truth, joint_rank
from alsteach.worlds.next_trial import AssumedEffect, chance_of_success, enrichment_plan
from tests.panels.states import everybody_used, said, seen, texts


def written(panel) -> list[str]:
    """Return what is written in the picture."""
    return [text.get_text() for text in texts(seen(panel))]


# ---- the next trial


LOW = (750.0, 3700.0)


class TestNextTrial:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.next_trial_panel()

    def test_the_storyboards_figures(self, panel):
        if panel.go("believe_081").guess.open:
            panel.guess.skip()
        told = []
        for step in ("believe_032", "enrol_low", "enrol_all", "believe_081"):
            fields = panel.go(step).said.fields
            told.append((fields["patients"], fields["chance"]))
            assert fields["chance"] + " of 100" in written(panel)
            assert f"{fields['patients']:,}" in written(panel)
        assert told == [(74, "9"), (180, "17"), (362, "30"), (1152, "80")]

    def test_they_are_the_plans_and_chances_of_the_formula(self, panel):
        low, none = AssumedEffect(0.52, within=LOW), AssumedEffect(1.0)
        plan = enrichment_plan(low, LOW)
        panel.go("enrol_low")
        fields = panel.said.fields
        assert [fields[name] for name in ("events", "screened", "share")] == [
            plan.events,
            plan.screened,
            plan.share,
        ]
        assert fields["months"] == plan.months
        assert fields["expected"] == plan.hr
        assert fields["assured"] == pytest.approx(100 * plan.assurance(math.sqrt(0.89 / 0.30)))
        for truth, effect in (("low_052", low), ("nothing", none)):
            panel.set(truth=truth)
            assert panel.found[-1].chance == pytest.approx(100 * chance_of_success(plan, effect))

    def test_a_wrong_belief_has_its_price_either_way(self, panel):
        panel.go("enrol_low")
        assert "never_told" in panel.said.more
        assert round(panel.said.fields["never_told"]) == 30
        panel.set(truth="low_052")
        assert "never_studied" in panel.said.more
        assert panel.said.fields["never_told"] == 0
        panel.go("low_true")
        assert panel.said.finding == "low_052"
        assert round(panel.said.fields["in_vain"]) == 30
        assert [round(planned.chance) for planned in panel.found] == [20, 80, 80, 100]

    def test_a_useless_drug_is_found_in_one_of_forty(self, panel):
        panel.go("nothing")
        assert [planned.chance for planned in panel.found] == pytest.approx([2.5] * 4)
        assert panel.said.fields["chance"] == "2.5"

    def test_the_reading_at_zero_is_called_a_reading_and_its_slope_unverified(self, panel):
        panel.go("believe_032").set(truth="fades")
        assert "our reading, slope unverified" in panel.finding
        assert any("our reading, slope unverified" in text.replace("\n", " ") for text in written(panel))
        assert any("On our reading" in line and "could not verify" in line for line in panel.in_numbers)
        assert panel.found[-1].chance == pytest.approx(10.8, abs=0.2)

    def test_nobody_is_left_out_where_it_works_alike(self, panel):
        panel.go("believe_032").set(enrol="low")
        assert panel.controls["enrol"].off == "alike"
        assert panel.said.fields["patients"] == 74
        panel.set(belief="low_052")
        assert panel.controls["enrol"].off is None

    def test_one_scale_in_every_step(self, panel):
        if panel.go("believe_081").guess.open:
            panel.guess.skip()
        areas = []
        for step in panel.steps:
            axes = seen(panel.go(step))._sheet.axes
            drawn = [
                sum(path.get_extents().width * path.get_extents().height for path in row.get_paths())
                for row in axes.main.collections
            ]
            areas.append(
                [area / planned.plan.patients for area, planned in zip(drawn, panel.found, strict=True)]
            )
        assert [len(rows) for rows in areas] == [1, 2, 3, 4, 4, 4]
        np.testing.assert_allclose(np.concatenate(areas), areas[0][0])

    def test_the_guess_is_made_where_the_squares_would_end(self):
        panel = al.next_trial_panel().go("believe_081")
        assert panel.guess.open
        assert "1,152" not in written(panel)
        assert "?" in written(panel)
        assert panel.guess.truth == 1152
        panel.guess.lock(600)
        assert "600 patients" in panel.alternative_text
        assert "1,152" in written(panel)

    @pytest.mark.parametrize("width", [280, 340, 580, 680, 760])
    def test_the_guess_is_clear_of_the_note(self, width):
        panel = seen(al.next_trial_panel().go("believe_081"), width)
        axes = panel._sheet.axes
        (note,) = [text for text in texts(panel) if text.get_text().startswith("A square")]
        ring = 22 if axes.narrow else 20  # pixels from its middle to its edge, in a browser
        y = {height for _, height, _ in panel.picture.shown["path"]}.pop() * axes.height
        assert y - ring > note.get_window_extent().y1


# ---- one result in five ways


class TestAbsoluteEffect:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.absolute_effect_panel()

    @pytest.fixture
    def panel(self, shared):
        return shared.go("counts")

    @pytest.mark.parametrize(
        ("step", "finding", "figures"),
        [
            (
                "counts",
                "frequencies_fewer_dead",
                {"share_0": "49 of 110", "share_1": "41 of 110", "size": 7.3},
            ),
            ("percent", "relative_misread", {"percent": 16.3, "misread": 0.32, "misread_percent": 68}),
            ("lives", "relative_more_alive", {"percent": 13.1}),
            (
                "points",
                "points_fewer_dead",
                {"size": 7.3, "interval": "95 % interval 20.2 fewer to 5.7 more"},
            ),
            (
                "needed",
                "nnt_fewer_dead",
                {"n": "14", "interval": "95 % interval from benefit at 5 through infinity to harm at 18"},
            ),
            ("stratum", "nnt_fewer_dead_told", {"n": "6", "size": 18, "hr": 0.52, "p": 0.016}),
        ],
    )
    def test_the_published_result(self, panel, step, finding, figures):
        said = panel.go(step).said
        assert said.finding == finding
        for name, value in figures.items():
            expected = value if isinstance(value, str) else pytest.approx(value, abs=0.05)
            assert said.fields[name] == expected, name

    @pytest.mark.parametrize("step", ["counts", "percent", "lives", "points", "needed", "stratum", "months"])
    def test_the_icons_show_the_number_that_is_said(self, panel, step):
        """Icons of 100 people, pieces included, add up to the shares; the difference is the one in the sentence."""
        at = panel.go(step).found.at
        dead = 100 * at.risk_0, 100 * at.risk_1
        for gain in (False, True):
            for arm, spans in enumerate(plots.spans(dead, gain)):
                many = dict.fromkeys(("died", "alive", "spared"), 0.0)
                for start, end, kind in spans:
                    many[kind] += end - start
                assert many["died"] == pytest.approx(dead[arm])
                assert many["spared"] == pytest.approx(dead[0] - dead[1] if arm else 0)
                assert sum(many.values()) == pytest.approx(100)
        said = f"{panel.said.fields['size']:.1f} more alive"
        assert any(text.startswith(said) for text in written(panel))

    def test_a_stratum_told_in_per_cent_has_no_interval(self, panel):
        panel.go("stratum")
        assert panel.found.ends is None
        assert panel.said.fields["interval"].startswith("no interval")
        assert "reported" in panel.said.more
        assert any("no interval" in text for text in written(panel))

    @pytest.mark.parametrize(
        ("who", "n", "points", "hr"),
        [("cohort", 220, 7.3, 0.81), ("under", 20, -20.0, 3.58), ("low", 154, 18.5, 0.52)]
        + [("up_to", 174, 14.1, 0.61), ("over", 46, -16.3, 1.37)],
    )
    def test_the_cohort_overall_and_by_stratum(self, panel, who, n, points, hr):
        panel.set(who=who)
        assert panel.said.fields["patients"] == n
        assert panel.found.points == pytest.approx(points, abs=0.05)
        assert panel.said.fields["hr"] == pytest.approx(hr, abs=0.005)
        assert ("few" in panel.said.more) == (n == 20)

    def test_the_number_needed_of_a_stratum_can_be_read(self, panel):
        panel.set(who="under", way="nnt")
        assert panel.said.finding == "nnt_more_dead"
        assert panel.said.fields["n"] == "5"
        assert (
            panel.said.fields["interval"] == "95 % interval from benefit at 8 through infinity to harm at 2"
        )
        panel.set(who="low")
        (best, _), (worst, _) = panel.found.at.nnt.best, panel.found.at.nnt.worst
        expected = f"from benefit at {math.ceil(best)} to benefit at {math.ceil(worst)}"
        assert panel.said.fields["interval"] == f"95 % interval {expected}"

    def test_the_day_takes_the_place_of_what_is_counted(self, panel):
        def hidden(name):
            return panel.controls[name].view.layout.display == "none"

        assert [(hidden("framing"), hidden("day")) for key in panel.steps if panel.go(key)] == [
            *[(False, True)] * 6,
            (True, False),
        ]

    @pytest.mark.parametrize("day", [160, 400, 640])
    def test_the_figures_are_those_of_effects_at(self, panel, day):
        cohort = al.load_mirocals_like()
        found = effects_at(cohort[cohort["csf_pnfh_pg_ml"].between(750, 3700)], day)
        panel.go("months").set(day=day)
        assert panel.said.fields["gained"] == pytest.approx(abs(found.time_gained.estimate) / 365.25 * 12)
        assert panel.found.points == pytest.approx(100 * found.reduction.estimate)
        assert panel.said.finding == ("time_same" if day == 160 else "time_more")
        assert panel.said.fields["hr"] == pytest.approx(0.52, abs=0.005)  # has no day

    @pytest.mark.parametrize(
        ("time", "said"),
        [
            (0.004, "just above 0"),
            (0.049, "just above 0"),
            (-0.004, "just below 0"),
            (0.0, "0.0"),
            (0.051, "0.1"),
            (3.47, "3.5"),
            (-1.24, "−1.2"),
        ],
    )
    def test_an_end_near_zero_tells_its_side(self, time, said):
        assert time_words(time) == said

    def test_the_interval_of_time_is_as_exact_as_its_estimate(self, panel):
        assert panel.go("months").finding == (
            "1.7 months more lived on average by day 640; 95 % interval just above 0 to 3.5."
        )
        assert 0 < panel.found.at.time_gained.ci_low / 30.4 < 0.05  # zero is not inside

    def test_the_misread_place_is_named_as_the_misreading(self, panel):
        said = written(panel.go("percent"))
        assert "“68 % fewer” would lie here" in said
        assert not any(
            "0.32" in text for text in said
        )  # no ratio of hazards has a place on an axis of deaths

    def test_the_line_through_infinity_is_the_line_of_points(self, panel):
        """Both ways draw the interval at the same places; only the numbers differ, and infinity is at no difference."""
        places = {}
        for step in ("points", "needed"):
            side = seen(panel.go(step))._sheet.axes.side
            places[step] = [tuple(np.round(line.get_xdata(), 3)) for line in side.lines]
            ticks = dict(zip(side.get_xticks(), [t.get_text() for t in side.get_xticklabels()], strict=True))
        assert places["points"] == places["needed"]
        assert (-5.686, 20.231) in places["points"]
        assert ticks[0.0] == "∞"
        assert ticks[10.0] == ticks[-10.0] == "10"
        assert ticks[20.0] == "5"

    def test_days_where_there_is_nothing_to_divide(self, panel):
        panel.set(who="cohort", day=0, way="relative")
        assert panel.said.finding == "relative_nothing"
        panel.set(way="nnt")
        assert panel.said.finding == "nnt_same"
        panel.set(way="points")
        assert panel.said.finding == "points_same"
        panel.set(way="time", who="published")
        assert panel.said.finding == "time_unknown"
        assert panel.controls["day"].off == "one_day"
        assert panel.said.fields["when"] == "day 640"

    def test_deaths_as_few_as_the_hazard_ratio_seems_to_say_are_not_set_against_it(self, panel):
        panel.set(who="cohort", day=608, way="relative")
        assert panel.finding.startswith("19 % fewer deaths by day 608: per cent of the deaths")
        assert not any("would lie here" in text for text in written(panel))
        panel.set(day=640)
        assert "not 19 %" in panel.finding

    def test_a_little_is_not_said_to_be_nothing(self, panel):
        panel.set(who="low", day=38, way="relative", framing="gain")
        assert panel.finding.startswith("< 1 % fewer alive by day 38")
        panel.set(who="up_to", day=640)
        assert panel.said.fields["interval"] == "95 % interval 55 % more to < 1 % fewer"

    def test_equal_arms_say_what_was_counted(self, panel):
        panel.set(who="cohort", day=392, way="frequencies")
        assert (
            panel.finding == "26 of 110 had died on placebo and 26 of 110 on IL-2 by day 392: no difference."
        )
        panel.set(framing="gain")
        assert panel.finding.startswith("84 of 110 were alive on placebo")

    def test_a_trial_of_ones_own_with_people_lost(self):
        trial = Trial(al.load_veteran())
        panel = al.absolute_effect_panel(trial)
        panel.set(day=180, way="nnt")
        found = effects_at(al.load_veteran(), 180)
        assert panel.said.fields["n"] == "49" == f"{math.ceil(found.nnt.estimate)}"
        assert panel.said.fields["share_0"].endswith("of 100")  # Kaplan-Meier: not the deaths by the patients
        with pytest.raises(al.TrialDataError, match="no column 'died'"):
            al.absolute_effect_panel(Trial(al.load_veteran().drop(columns="died")))
        with pytest.raises(al.TrialDataError, match="coded"):
            al.absolute_effect_panel(Trial(al.load_mirocals_like(), treatment="arm"))

    def test_other_units_of_time(self):
        weeks = al.load_veteran().rename(columns={"time_days": "time_months"})
        panel = al.absolute_effect_panel(Trial(weeks, duration_col="time_months")).go("months")
        panel.set(day=180)
        assert panel.said.fields["when"] == "180 months"
        assert panel.said.fields["gained"] == pytest.approx(13.8, abs=0.05)
        assert panel.said.finding == "time_fewer"


def test_icon_arrays_for_the_code_page_show_pieces_of_people():
    ax = plot_icon_arrays(0.455, 0.37, labels=("placebo", "IL-2"))
    said = [text.get_text() for text in ax.texts]
    assert said == [
        "placebo: 45.5 of 100 died",
        "IL-2: 37.0 of 100 died",
        "8.5 of 100 more alive; nobody can tell who",
    ]
    diamonds = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == "D")
    assert diamonds == 8 + 1 + 1  # whole ones, the half one, the legend's
    harm = plot_icon_arrays(0.2, 0.3)
    assert harm.texts[-1].get_text() == "10.0 of 100 more dead; nobody can tell who"


# ---- function, when some have died

WAYS = {"living": "survivors_only", "last": "carried_forward", "zero": "zero_for_dead"}


@pytest.fixture(scope="module")
def function():
    return seen(al.joint_rank_panel())


def told(panel, *names) -> list:
    return [round(panel.said.fields[name], 1) for name in names]


class TestFunction:
    def test_the_steps_tell_the_story(self, function):
        found = {}
        for step in function.steps:
            key, fields = said(function, step)
            found[step] = key, *(round(fields[name], 1) for name in ("living", "last", "truth", "won"))
        assert found == {
            "living": ("living", -2.2, -2.6, 0.0, 55.0),
            "both": ("both", -2.2, -2.6, 0.0, 55.0),
            "kills": ("living", 0.9, 2.9, 0.0, 43.4),
            "last": ("last", -2.2, -2.6, 0.0, 55.0),
            "order": ("order", -2.2, -2.6, 0.0, 55.0),
            "mixed": ("order", -5.4, -5.4, -2.6, 50.2),
        }

    @pytest.mark.parametrize(("ratio", "slowing", "per_arm"), [(0.5, 0, 100), (1.7, 30, 50), (1, -40, 200)])
    def test_it_says_what_the_functions_say(self, function, ratio, slowing, per_arm):
        function.set(dead="zero", ratio=ratio, slowing=slowing, per_arm=per_arm)
        trial, fields = function_trial(ratio, slowing, per_arm), function.said.fields
        table, ranked, truth = function_comparisons(trial), joint_rank(trial), function_truth(trial)
        for name, row in WAYS.items():
            assert fields[name] == table.loc[row, "estimate"]
            assert (fields[f"{name}_low"], fields[f"{name}_high"]) == tuple(
                table.loc[row, ["ci_low", "ci_high"]]
            )
        assert (fields["won"], fields["p"]) == (100 * ranked.win_probability, ranked.p)
        assert (fields["truth"], fields["n_both"]) == (truth.effect, truth.n_both)
        assert (fields["dead_0"], fields["dead_1"]) == tuple(trial.groupby("treated")["died"].sum())

    def test_who_lives_only_in_one_arm(self, function):
        for ratio, finding in ((0.5, "both"), (1.0, "both_same"), (2.0, "both_lost")):
            function.set(dead="both", ratio=ratio, slowing=0, per_arm=100)
            truth = function_truth(function_trial(ratio, 0, 100))
            assert function.said.finding == finding
            assert function.found.spared.sum() == abs(truth.saved) == function.said.fields["saved"]
        pairs = function_trial(0.5).pivot(index="twin", columns="treated", values="died")
        function.go("both")
        assert function.found.spared[100:].tolist() == ((pairs[0] == 1) & (pairs[1] == 0)).tolist()

    def test_one_person_is_one(self, function):
        function.set(dead="both", ratio=0.8, slowing=0, per_arm=20)
        assert function.finding.startswith("1 lives only thanks to the drug")

    def test_equal_survival_misleads_nobody(self, function):
        function.set(dead="living", ratio=1.0, slowing=0, per_arm=100)
        assert told(function, "living", "last", "zero", "truth", "won") == [0, 0, 0, 0, 50]

    @pytest.mark.parametrize("dead", ["living", "both", "last", "zero"])
    def test_everybody_who_counts_is_at_his_score_once(self, function, dead):
        function.set(dead=dead, ratio=0.5, slowing=0, per_arm=50)
        function.picture_at(680, 1)
        axes = function._sheet.axes
        marks = [line for line in axes.people.lines if line.get_linestyle() == "None"]
        for arm, sign in ((1, 1), (0, -1)):
            drawn = [x for mark in marks for x, y in zip(*mark.get_data(), strict=True) if sign * y > 0]
            scores = function.found.scores(dead)[function.found.arm == arm]
            assert sorted(drawn) == sorted(scores[~np.isnan(scores)])

    def test_in_order_the_dead_stand_left_of_the_living(self, function):
        function.set(dead="order", ratio=0.5, slowing=0, per_arm=50)
        function.picture_at(680, 1)
        lines = function._sheet.axes.people.lines
        places = {
            marker: np.concatenate([line.get_xdata() for line in lines if line.get_marker() == marker])
            for marker in ("X", "o")
        }
        assert len(places["X"]) == function.found.died.sum()
        assert len(places["X"]) + len(places["o"]) == 100
        assert places["X"].max() <= places["o"].min() + 1

    def test_every_combination_of_extremes_is_told(self, function):
        names = ["dead", "ratio", "slowing"]
        for ends in itertools.product(*(function.controls[name].extremes for name in names)):
            function.set(**dict(zip(names, ends, strict=True)))
            assert not any(word in function.finding for word in ("not known", "nan"))

    def test_the_words_are_all_used(self):
        states = [{"dead": "zero"}, {"dead": "both", "ratio": 1.0}, {"dead": "both", "ratio": 2.0}]
        assert everybody_used("joint_rank", al.joint_rank_panel, states) == []


# ---- who guesses


@pytest.fixture(scope="module")
def guessing():
    return seen(al.blinding_panel())


class TestGuessing:
    @pytest.mark.parametrize("width", [280, 340])
    def test_a_phone_has_a_key_in_its_words(self, width):
        """Before each share stands a person who looks like that; before the reactions, what lies under people."""
        axes = seen(al.blinding_panel().go("drug"), width)._sheet.axes
        marks = [line for line in axes.sheet.get_lines() if len(line.get_xdata()) == 1]
        looks = [*plots.BELIEFS.values(), plots.REACTION]
        for ending, look in zip(("drug", "placebo", "unsure", "Belief:"), looks, strict=True):
            words = [text for text in axes.sheet.texts if text.get_text().endswith(ending)]
            assert len(words) == 2  # arms
            for text in words:
                x, y = text.get_position()
                assert any(
                    0 < x - line.get_xdata()[0] < 12
                    and abs(y - line.get_ydata()[0]) < 8
                    and line.get_color() == look
                    for line in marks
                ), text.get_text()

    @pytest.mark.parametrize("width", [280, 640])
    def test_both_outcomes_are_drawn_the_moved_and_the_unmoved(self, width):
        axes = seen(al.blinding_panel().go("drug"), width)._sheet.axes
        (moved,), (unmoved,) = (
            [line.get_xdata()[0] for line in axes[name].get_lines() if line.get_marker() == "D"]
            for name in ("rating", "alive")
        )
        assert moved > 1
        assert unmoved == 0

    def test_the_steps_tell_the_story(self, guessing):
        found = {}
        for step in guessing.steps:
            key, fields = said(guessing, step)
            found[step] = (
                key,
                *(round(fields[name], 2) for name in ("difference", "active_index", "placebo_index")),
            )
        assert found == {
            "alike": ("alike", 0.0, -0.16, 0.16),
            "drug": ("moved", 1.26, 0.56, 0.28),
            "both": ("alike", 0.0, 0.56, -0.56),
            "hope": ("alike", 0.0, 1.0, -1.0),
            "diabetes": ("moved", 1.19, 0.60, 0.20),
            "stranger": ("stranger", 0.0, 0.56, 0.28),
        }

    def test_it_says_what_the_functions_give(self, guessing):
        guessing.set(active=70, placebo=10, convinced=80, unmasked=20, unsure=50, points=4.0, per_arm=200)
        shares, fields = expected_guesses(0.7, 0.1, 0.8, 0.2, 0.5), guessing.said.fields
        bias = belief_bias(shares, 4, rating_spread(18), 200)
        assert fields["difference"] == bias.difference == pytest.approx(1.2)
        assert fields["alarms"] == 100 * bias.false_alarms
        assert fields["active_right"] == shares.loc["active", "correct"]
        assert (fields["active_index"], fields["placebo_index"]) == pytest.approx((0.5, 0.1))
        assert fields["placebo_drug"] == shares.loc["placebo", "wrong"]

    def test_the_diabetes_trial_is_the_published_one(self, guessing):
        _, fields = said(guessing, "diabetes")
        assert (fields["events"], fields["none"], fields["group"]) == (5, 1, 6)
        assert (guessing.values["active"], guessing.values["placebo"]) == (83, 17)

    def test_reactions_on_placebo_turn_the_sign(self, guessing):
        guessing.go("alike").set(active=10, placebo=60)
        assert guessing.said.finding == "moved"
        assert guessing.said.fields["difference"] < -0.5

    def test_arms_that_believe_otherwise_are_not_said_to_believe_alike(self, guessing):
        guessing.go("alike").set(active=20, placebo=10, points=0.5)
        assert guessing.said.finding == "hardly"
        assert guessing.finding.startswith("29 % on the drug and 22 % on placebo take theirs for the drug.")
        guessing.set(placebo=20)
        assert guessing.said.finding == "alike"

    @pytest.mark.parametrize("arm", [0, 1])
    def test_the_people_drawn_are_those_shares(self, guessing, arm):
        guessing.go("drug")
        name = ("active", "placebo")[arm]
        reacted, beliefs = guessing.found.people[name]
        assert reacted.sum() == (40, 5)[arm]
        for belief, share in guessing.found.thinks(name).items():
            assert (beliefs == belief).mean() == pytest.approx(share, abs=0.021)

    @pytest.mark.parametrize("shares", [(0, 0, 0, 0), (1, 1, 1, 1), (0.37, 0.81, 0.44, 0.5), (0.5, 0, 1, 1)])
    def test_people_add_up(self, shares):
        expected = expected_guesses(shares[0], 0, *shares[1:])
        reacted, beliefs = guessing_people(*shares)
        assert (len(reacted), reacted.sum()) == (50, round(50 * shares[0]))
        names = {"drug": "correct", "placebo": "wrong", "unsure": "dont_know"}
        for belief, column in names.items():
            assert (beliefs == belief).mean() == pytest.approx(expected.loc["active", column], abs=0.045)

    def test_deaths_stay_where_they_are(self, guessing):
        for step in guessing.steps:
            guessing.go(step)
            guessing.picture_at(680, 1)
            alive = guessing._sheet.axes.alive.lines
            assert [line.get_xdata()[0] for line in alive if line.get_marker() == "D"] == [0]
        shown = [line for line in guessing._sheet.axes.rating.lines if line.get_marker() == "D"]
        assert shown[0].get_xdata()[0] == guessing.said.fields["difference"]

    def test_the_words_are_all_used(self):
        hardly = {"active": 20, "placebo": 10, "points": 0.5}
        assert everybody_used("blinding", al.blinding_panel, [hardly]) == []
