"""Panels of page 03: the figures they find and say, the hand on the picture, and where there is nothing to show."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

import alsteach as al
from alsteach.panels import page03
from alsteach.plots import page03 as plots
from alsteach.stats.power import TwoArmPlan, iterate_power, schoenfeld_significant
from alsteach.words.published import mirocals_plan
from tests.panels.states import everybody_used, said, seen

PATIENTS = "ABCDEFGH"


class TestCensoring:
    @pytest.fixture
    def panel(self):
        return al.censoring_panel()

    def factors(self, panel, way="kaplan_meier") -> list[str]:
        return [f"{factor.came_through}/{factor.at_risk}" for factor in panel.found.factors[way]]

    def test_three_are_lost(self, panel):
        finding, fields = said(panel, "lost")
        assert finding == "lost"
        assert self.factors(panel) == ["7/8", "6/7", "4/5", "2/3"]
        assert fields["kaplan_meier_alive"] == 100 * Fraction(7, 8) * Fraction(6, 7) * Fraction(
            4, 5
        ) * Fraction(2, 3)
        assert (fields["lost"], fields["n"]) == (3, 8)
        assert panel.finding == "7/8 × 6/7 × 4/5 × 2/3 = 40 % alive; 3 of 8 left before the end."

    def test_with_all_seen_it_is_a_plain_count(self, panel):
        assert panel.step == "seen"
        assert panel.said.finding == "seen"
        assert self.factors(panel) == ["7/8", "6/7", "5/6", "4/5"]
        assert panel.said.fields["kaplan_meier_alive"] == 50 == 100 * 4 / 8

    def test_c_past_d_makes_five_sixths_of_four_fifths(self, panel):
        panel.go("past")
        assert panel.values["C"] > panel.values["D"]
        assert panel.guess.open
        assert panel.guess.truth == pytest.approx(7 / 8 * 6 / 7 * 5 / 6 * 2 / 3)
        assert "41.7" not in panel.alternative_text
        hidden = panel.picture_at(400, 1)
        panel.guess.lock(0.5)
        assert self.factors(panel) == ["7/8", "6/7", "5/6", "2/3"]
        assert "= 41.7 % alive" in panel.finding
        assert panel.picture_at(400, 1) != hidden

    def test_while_the_guess_is_open_the_curve_ends_where_c_was_lost(self, panel):
        panel.go("past")
        curves = [
            line for line in seen(panel)._sheet.axes.main.get_lines() if line.get_drawstyle() == "steps-post"
        ]
        assert [(line.get_xdata().max(), line.get_ydata().min()) for line in curves] == [(190, 0.75)]

    def test_wrong_ways(self, panel):
        finding, fields = said(panel, "drop")
        assert finding == "drop"
        assert self.factors(panel, "dropped") == ["3/4", "2/3", "1/2", "0/1"]
        assert (fields["dropped_alive"], fields["kaplan_meier_alive"]) == (0, 40)
        finding, fields = said(panel, "bounds")
        assert finding == "bounds"
        assert (fields["survivors_alive"], fields["dead_alive"]) == (50, 12.5)

    def test_the_last_death_brings_the_curve_to_zero(self, panel):
        assert said(panel, "last")[1]["kaplan_meier_alive"] == 0
        assert self.factors(panel)[-1] == "0/1"

    @pytest.mark.parametrize("seed", range(12))
    def test_the_product_is_lifelines_estimate(self, panel, seed):
        from lifelines import KaplanMeierFitter

        rng = np.random.default_rng(seed)
        days, died = rng.integers(1, 30, size=8), rng.integers(2, size=8)
        panel.set(**dict(zip(PATIENTS, days, strict=True)))
        panel.set(
            **{
                f"{name}_ended": "died" if dead else "alive"
                for name, dead in zip(PATIENTS, died, strict=True)
            }
        )
        expected = KaplanMeierFitter().fit(days, died).survival_function_.iloc[-1, 0]
        assert math.prod(
            f.came_through / f.at_risk for f in panel.found.factors["kaplan_meier"]
        ) == pytest.approx(expected)
        fields = panel.said.fields
        assert fields["kaplan_meier_alive"] == pytest.approx(100 * expected, abs=1e-6)
        assert fields["survivors_alive"] == pytest.approx(100 * (1 - died.mean()))
        assert fields["dead_alive"] == 0  # nobody is followed to the end
        assert fields["dead_alive"] <= fields["kaplan_meier_alive"] <= fields["survivors_alive"] + 1e-9

    def test_nobody_followed_to_the_end(self, panel):
        panel.go("lost")
        panel.set(H=600)
        assert panel.said.finding == "ends"
        assert panel.said.fields["last"] == 600
        assert panel.said.more[-1] == "unknown"

    def test_nobody_dies(self, panel):
        panel.set(**{f"{name}_ended": "alive" for name in PATIENTS})
        for compare in ("none", "drop", "bounds"):
            panel.set(compare=compare)
            assert panel.said.finding == "nobody"
            assert len(panel.picture_at(400, 1)) > 4000

    def test_nobody_lost_leaves_nothing_to_compare(self, panel):
        panel.set(compare="bounds")
        assert panel.said.finding == "same"

    def test_three_controls_are_in_sight_those_of_the_patient_chosen(self, panel):
        for patient in PATIENTS:
            panel.set(patient=patient)
            hidden = [
                name for name, control in panel.controls.items() if control.view.layout.display == "none"
            ]
            in_sight = set(panel.controls) - set(hidden) - {"compare"}
            assert in_sight == {"patient", patient, f"{patient}_ended"}

    def test_a_drag_moves_a_patients_end_and_a_click_changes_it(self, panel):
        panel.go("lost")
        shown = seen(panel).picture.shown
        assert [handle["name"] for handle in shown["handles"]] == list(PATIENTS)
        (x0, y0, day0), (x1, y1, day1) = shown["handles"][2]["path"]
        mark = shown["marks"][2]
        assert (day0, day1) == (1, 640)
        assert mark["y"] == y0 == y1
        assert mark["x"] == pytest.approx(x0 + (190 - day0) / (day1 - day0) * (x1 - x0), abs=2e-4)
        panel._hear({"do": "handle", "name": "C", "value": 300.4})
        assert panel.values["C"] == 300
        assert self.factors(panel)[2] == "5/6"
        panel._hear({"do": "mark", "mark": 0, "value": mark["value"]})
        assert (panel.values["C_ended"], panel.values["patient"]) == ("died", "C")
        panel._hear({"do": "mark", "mark": 0, "value": mark["value"]})
        assert panel.values["C_ended"] == "alive"

    def test_each_step_shows_another_picture(self, panel):
        pictures = set()
        for step in panel.steps:
            said(panel, step)
            pictures.add(panel.picture_at(400, 1))
            assert len(panel.finding.split()) <= 30
        assert len(pictures) == len(panel.steps) == 6

    def test_words_are_all_there_all_used_and_short(self, panel):
        alive = {f"{name}_ended": "alive" for name in PATIENTS}
        start = panel.step_values("lost")
        states = [alive, start | {"H": 600}, panel.step_values("seen") | {"compare": "bounds"}]
        assert everybody_used("censoring", al.censoring_panel, states) == []

    def test_any_state_is_drawn_and_said(self, panel):
        rng = np.random.default_rng(4)
        for _ in range(25):
            panel.set(**{name: int(rng.integers(1, 641)) for name in PATIENTS})
            panel.set(**{f"{name}_ended": rng.choice(["died", "alive"]) for name in PATIENTS})
            panel.set(compare=str(rng.choice(["none", "drop", "bounds"])))
            assert len(panel.finding.split()) <= 30, panel.finding
            assert "not known" not in panel.finding.replace("is not known", "")
            assert len(panel.picture_at(320, 1)) > 4000


class TestCurves:
    @pytest.fixture
    def panel(self):
        return al.km_panel()

    def test_an_interval_is_shaded_for_each_arm_or_for_none(self):
        panel = seen(al.km_panel())
        for shown in (True, False):
            panel.set(trial="lung", bands=shown)
            shades = [part.get_paths()[0] for part in panel._sheet.axes.main.collections]
            assert [path.get_extents().height > 0.5 for path in shades] == [True, True] * shown

    def test_it_opens_at_the_endpoint_with_the_published_numbers(self, panel):
        alive = [al.published(f"mirocals_alive_{arm}").estimate for arm in ("placebo", "il2")]
        assert panel.said.fields["counts"] == alive
        assert panel.said.finding == "more"
        assert panel.said.fields["size"] == round(100 * (alive[1] - alive[0]) / 110)
        assert round(panel.said.fields["p"], 2) == al.published("mirocals_hr_unadjusted").p_value
        assert panel.finding == "On day 640, 7 more of 100 are alive on IL-2 than on placebo."

    @pytest.mark.parametrize("trial", ["cohort", "lung", "liver"])
    @pytest.mark.parametrize("day", [8, 94, 300, 640])
    def test_every_reading_is_that_of_the_functions_checked_against_r(self, panel, trial, day):
        loaded = {"cohort": al.load_mirocals_like, "lung": al.load_veteran, "liver": al.load_pbc}[trial]()
        panel.set(trial=trial)
        panel.set(day=day)
        curves = al.kaplan_meier(loaded, by="treated")
        difference = al.survival_difference(curves, day)
        fields = panel.said.fields
        assert fields["counts"] == al.survival_at(curves, day)["at_risk"].tolist()
        found = [fields[name] for name in ("points", "low", "high")]
        expected = [100 * value for value in (difference.estimate, difference.ci_low, difference.ci_high)]
        assert found == pytest.approx(expected, nan_ok=True)
        assert fields["p"] == al.logrank_test(loaded).p

    def test_half_the_hazard_prevents_24_of_84_deaths(self, panel):
        finding, fields = said(panel, "half")
        control = al.kaplan_meier(al.load_veteran().query("treated == 0"))
        alive = al.survival_at(control, fields["day"])["survival"].iloc[0]
        assert (finding, fields["day"], fields["dead"], fields["changed"]) == ("prevented", 228, "84", "24")
        assert page03.alive_if(panel._namespace(), alive) == pytest.approx(alive**0.5)
        assert fields["share"] == pytest.approx((alive**0.5 - alive) / (1 - alive))

    def test_a_death_that_whole_numbers_would_hide_is_told(self, panel):
        panel.set(trial="lung", day=372, hr=1.03)
        fields = panel.said.fields
        assert (fields["dead"], fields["changed"]) == ("92.9", "0.6")

    def test_the_share_prevented_shrinks_and_begins_at_the_hazards(self, panel):
        early, late = said(panel, "early")[1]["share"], said(panel, "half")[1]["share"]
        assert late < 0.3 < 0.48 < early < 0.5
        panel.set(day=999)
        assert panel.said.fields["share"] == 0

    def test_hr_032_prevents_fewer_than_68_percent(self, panel):
        fields = said(panel, "published")[1]
        risk = al.published("mirocals_deaths_placebo").estimate / 110
        assert fields["lowered"] == pytest.approx(0.68)
        assert fields["share"] == pytest.approx(1 - (1 - (1 - risk) ** 0.32) / risk)
        panel.set(hr=1.5)
        assert panel.said.finding == "added"
        panel.set(day=0)
        assert panel.said.finding == "nobody"

    def test_no_sentence_about_an_interval_where_there_is_none(self, panel):
        assert "interval" in panel.said.more
        panel.set(day=0)
        assert panel.said.finding == "same"
        assert "interval" not in panel.said.more
        assert said(panel, "far")[0] == "unknown"
        assert "interval" not in panel.said.more
        assert panel.said.fields["counts"] == [0, 1]
        assert said(panel, "stage")[0] == "groups"
        assert "interval" not in panel.said.more

    def test_a_group_picked_out_says_that_it_was(self, panel):
        pnfh = al.load_mirocals_like()["csf_pnfh_pg_ml"]
        finding, fields = said(panel, "picked")
        assert finding == "picked_synthetic"
        assert panel.found.every_day.n == pnfh.between(750, 3700).sum()
        assert fields["p"] == al.logrank_test(al.load_mirocals_like()[pnfh.between(750, 3700)]).p < 0.05
        assert "invented" in panel.finding
        panel.set(trial="lung", day=100)
        assert panel.said.finding == "picked_real"

    def test_groups_are_cut_where_the_publication_cuts(self, panel):
        panel.set(group="each", day=0)
        pnfh = al.load_mirocals_like()["csf_pnfh_pg_ml"]
        assert panel.said.fields["counts"] == [
            (pnfh < 750).sum(), pnfh.between(750, 3700).sum(), (pnfh > 3700).sum()
        ]  # fmt: skip

    def test_the_ratio_is_off_where_there_are_no_arms(self, panel):
        assert said(panel, "stage")[0] == "groups"
        assert panel.controls["hr"].off == "groups"
        panel.set(hr=0.5)
        assert panel.said.finding == "groups"

    def test_transplants_are_said_to_be_censored(self, panel):
        assert said(panel, "far")[1]["transplanted"] == 19
        assert panel.said.more[-1] == "transplanted"

    def test_where_it_comes_from(self, panel):
        badges = []
        for trial in ("cohort", "lung", "liver"):
            panel.set(trial=trial)
            badges.append(panel._badge(panel._namespace()))
        assert badges == ["synthetic", "real", "real"]

    def test_the_hand_moves_the_day_and_the_dotted_curve(self, panel):
        panel.go("half")
        day, ratio = seen(panel).picture.shown["handles"]
        assert (day["name"], day["value"], [row[2] for row in day["path"]]) == ("day", 228, [0, 999])
        alive = panel.found.every_day.at(228)[0].survival
        heights = np.array([row[1] for row in ratio["path"]])
        axes = panel._sheet.axes
        expected = axes.points("main", 228, alive ** np.array([row[2] for row in ratio["path"]]), 0)[:, 1]
        assert heights == pytest.approx(expected, abs=1e-3)
        panel._hear({"do": "handle", "name": "day", "value": 100.2})
        panel._hear({"do": "handle", "name": "hr", "value": 0.324})
        assert (panel.values["day"], panel.values["hr"]) == (100, 0.32)
        panel.set(day=0)
        assert [len(handle["path"]) for handle in panel.picture.shown["handles"]] == [2, 0]

    def test_a_step_sends_another_trials_range_and_its_day_at_once(self, panel):
        panel.go("far")
        stood = []
        panel.controls["day"]._slider.observe(lambda change: stood.append(change["new"]), "value")
        panel.go("half")
        assert stood == [228]

    def test_what_is_told_meets_no_curve(self, panel):
        for step in panel.steps:
            said(panel, step)
            axes = seen(panel)._sheet.axes
            days, place = [0.3 * panel.found.longest, 0.5 * panel.found.longest], 0.12
            clear = plots.clear_place(axes, days, 0.5, place)
            for line in axes.main.get_lines():
                if line.get_drawstyle() == "steps-post" and line.get_xdata().max() > days[1]:
                    x, y = (np.asarray(part) for part in line.get_data())
                    met = y[np.searchsorted(x, np.linspace(*days, 9), side="right") - 1]
                    assert (np.abs(met - clear) >= place / 2).all(), step

    def test_every_combination_of_extremes_is_said_and_drawn(self, panel):
        for trial in ("cohort", "lung", "liver"):
            panel.set(trial=trial)
            ends = [panel.controls["day"].extremes, (0.1, 1), panel.controls["group"].extremes]
            for combination in itertools.product(*ends):
                panel.set(**dict(zip(("day", "hr", "group"), combination, strict=True)))
                assert len(panel.finding.split()) <= 30, panel.finding
                assert "nan" not in panel.sentence
                assert len(panel.picture_at(320, 1)) > 4000

    def test_each_step_shows_another_picture(self, panel):
        pictures = set()
        for step in panel.steps:
            panel.go(step)
            pictures.add(panel.picture_at(400, 1))
        assert len(pictures) == len(panel.steps) == 8

    def test_words_are_all_there_all_used_and_short(self, panel):
        states = [dict(zip(("trial", "group"), pair, strict=True)) | {"hr": 1} for pair in
                  itertools.product(("cohort", "lung", "liver"), ("each", "largest", "all"))]  # fmt: skip
        states += [{"day": 0}, {"hr": 2}, {"day": 300}, {"hr": 1, "day": 3500}, {"trial": "lung", "day": 8}]
        states += [{"hr": 1, "trial": "cohort", "group": "largest", "day": 0}]
        states += [{"trial": "liver", "group": "each", "day": day} for day in (0, 4556)]
        states += [{"trial": "lung", "group": "each", "day": 999}]
        states += [{"trial": "cohort", "group": "all", "hr": 1, "day": day} for day in range(100, 640, 20)]

        def twice():
            assert al.km_panel(["half", "published"]).title != al.km_panel(["end", "stage"]).title
            return al.km_panel()

        assert everybody_used("km", twice, states) == []

    def test_the_day_stays_where_a_smaller_group_is_followed_so_far(self, panel):
        panel.go("standard").set(day=228)
        panel.set(group="largest")  # followed for 392 days, all for 999
        assert panel.values["day"] == 228
        panel.set(group="all", day=900)
        panel.set(group="largest")
        assert panel.values["day"] == 392

    def test_a_trial_is_analysed_once(self):
        assert page03.curves_of("lung", "all") is page03.curves_of("lung", "all")


class TestPlan:
    @pytest.fixture
    def panel(self):
        return al.trial_design_panel()

    @pytest.mark.parametrize(
        ("day", "finding", "cycle"),
        [
            (-126, "run_in", None),
            (-1, "run_in", None),
            (0, "randomised", None),
            (1, "injections", (1, 2)),
            (4, "injections", (1, 5)),
            (5, "between", (1, 6)),
            (28, "injections", (2, 1)),
            (532, "injections", (20, 1)),
            (548, "after", None),
            (639, "after", None),
            (640, "endpoint", None),
        ],
    )
    def test_what_happens_on_a_day(self, panel, day, finding, cycle):
        panel.set(day=day)
        assert panel.said.finding == finding
        if cycle:
            assert (panel.said.fields["cycle"], panel.said.fields["of_cycle"]) == cycle

    def test_who_is_lost_in_the_run_in_is_in_no_arm(self, panel):
        panel.go("randomised")
        fields = panel.said.fields
        assert (fields["all"], fields["randomised"], fields["gone"]) == (20, 18, 2)

    def test_the_people_are_the_cohorts(self, panel):
        people = panel.go("endpoint").found
        cohort = al.load_mirocals_like()
        for arm in (0, 1):
            days = cohort.loc[(cohort["treated"] == arm) & (cohort["died"] == 1), "time_days"]
            died = people[(people["arm"] == arm) & (people["ending"] == "died")]
            assert set(died["ends"]) <= set(days)
        assert panel.said.fields["dead"] == (people["ending"] == "died").sum() - 1
        assert panel.said.fields["alive"] == (people["ending"] == "alive").sum() == 11
        last = people.loc[people["ending"] == "alive", "ends"]
        assert set(last) == {al.published("mirocals_endpoint_day").estimate}

    def test_nothing_is_drawn_of_days_to_come(self, panel):
        for day in (-100, 0, 200):
            panel.set(day=day)
            main = seen(panel)._sheet.axes.main
            marks = [line.get_xdata() for line in main.get_lines()]
            lines = [line for group in main.collections for line in getattr(group, "get_segments", list)()]
            drawn = [line[:, 0].max() for line in lines] + [max(days) for days in marks if len(days)]
            assert len(lines) > 10
            assert {x for x in drawn if x > day} <= {0, 640}, "the lines of the plan alone"

    def test_the_plan_is_the_published_one(self):
        plan = mirocals_plan()
        assert plan["run_in_min_days"] == 7 * al.published("mirocals_run_in_weeks_min").estimate
        assert plan["run_in_max_days"] == 7 * al.published("mirocals_run_in_weeks_max").estimate
        assert plan["endpoint_day"] == al.published("mirocals_endpoint_day").estimate
        assert plan["treatment_days"] / 365.25 * 12 == al.published("mirocals_treatment_months").estimate

    def test_every_sentence_is_used(self):
        states = [{"day": day} for day in (-1, 1, 10, 600)]
        assert everybody_used("trial_design", al.trial_design_panel, states) == []


class TestPower:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.power_panel()

    @pytest.fixture
    def fields(self, shared):
        def at(step=None, **values):
            shared.go(step or "half_hazard")
            shared.set(**values)
            assert shared.wait(60)
            return shared.said.finding, shared.said.fields

        return at

    def test_the_two_readings_of_the_plan(self, fields):
        finding, hazard = fields("half_hazard")
        assert (finding, hazard["hr"], hazard["needed"]) == ("found", 0.5, 66)
        assert round(hazard["deaths"]) == 65
        assert hazard["formula"] == pytest.approx(80, abs=0.6)
        assert abs(hazard["found"] - hazard["formula"]) < hazard["margin"] + 1.5
        _, risk = fields("half_risk")
        assert (risk["hr"], risk["needed"]) == (0.455, 51)
        assert risk["risk_ratio"] == pytest.approx(0.5, abs=0.002)

    def test_the_simulation_is_the_tested_functions(self, fields):
        _, said = fields(hr=0.7, patients=300, follow_up=900, control_risk=50)
        plan = TwoArmPlan(0.7, 300, 0.5, follow_up_days=900)
        found = [*iterate_power(plan, 1000)][-1]
        assert said["deaths"] == pytest.approx(plan.expected_deaths)
        assert said["found"] == pytest.approx(100 * found.significant.mean())
        assert said["formula"] == pytest.approx(100 * schoenfeld_significant(0.7, plan.expected_deaths))

    def test_most_trials_miss_a_weak_effect_and_the_others_overstate_it(self, fields):
        finding, said = fields("as_found")
        assert (finding, said["needed"]) == ("missed", 708)
        assert said["formula"] == pytest.approx(17, abs=0.2)
        assert abs(said["found"] - 17) < 3
        assert said["shown"] < 0.65 < said["hr"]

    def test_no_effect_has_one_number(self, fields):
        finding, said = fields("nothing")
        assert finding == "nothing"
        assert said["formula"] == pytest.approx(5)
        assert abs(said["found"] - 5) < 2

    def test_same_deaths_more_patients_same_power(self, fields):
        (finding, few), (_, many) = fields("stop"), fields("fourfold")
        assert finding == "stopped"
        assert (few["stop"], many["stop"], few["patients"], many["patients"]) == (66, 66, 220, 880)
        assert few["formula"] == pytest.approx(many["formula"])
        assert abs(few["found"] - many["found"]) < 5
        assert many["day"] < few["day"] / 3

    def test_a_stop_that_is_never_met_says_so(self, fields):
        assert fields(stop_at=0)[0] == "found"
        finding, said = fields(stop_at=400)
        assert finding == "never"
        assert said["deaths"] < said["stop"]

    def test_a_stop_that_some_trials_meet_says_how_many(self, fields):
        finding, said = fields(stop_at=66)  # the deaths to expect are 65
        assert finding == "sometimes"
        assert 40 < said["stopping"] < 60

    def test_the_true_ratio_is_told_as_it_was_set(self, fields):
        assert [fields(hr=hr)[1]["truth"] for hr in (0.5, 0.455, 0.995)] == ["0.50", "0.455", "0.995"]

    def test_refines_and_hides_the_truth_while_it_is_guessed(self):
        panel = seen(al.power_panel())
        panel.go("as_found")
        assert panel.wait(60)
        assert panel.guess.open
        colours = {patch.get_facecolor() for patch in panel._sheet.axes.trials.patches}
        assert len(colours) == 1 < len(panel._sheet.axes.trials.patches)
        assert len(panel._sheet.axes.curve.get_lines()) == 1  # the planned power, which does not move
        assert panel.guess.truth == pytest.approx(18, abs=3)

    def test_every_sentence_is_used(self, fewer_trials):
        states = [{"hr": 1}, {"hr": 0.5, "stop_at": 400}, {"stop_at": 20}]
        states += [{"hr": 0.5, "control_risk": 38.1, "patients": 220, "stop_at": 66}]
        assert everybody_used("power", al.power_panel, states) == []
