"""Panels of page 01: what they find and say, at the ends of their controls too."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import alsteach as al
from alsteach.panels import page01
from alsteach.plots.page01 import heap_places
from alsteach.stats import prognosis
from alsteach.words import catalogue
from tests.panels.states import seen, texts

MONTH = 365.25 / 12


def seen_at(panel, width: int = 640):
    """Draw the panel as a view of this width would, so that its words are asked for."""
    panel._hear({"do": "width", "width": width, "sharpness": 1})
    return panel


class TestMotorNeurons:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.motor_neuron_panel()

    def test_the_steps_walk_from_health_through_one_region_to_all(self, panel):
        found = {}
        for step in panel.steps:
            panel.go(step)
            fields = panel.said.fields
            found[step] = panel.said.finding, fields["month"], len(fields["affected"]), fields["both"]
        assert found == {
            "health": ("none", -6, 0, 0),
            "first": ("some", 0, 1, 0),
            "same": ("some", 9, 1, 1),
            "next": ("some", 14, 2, 2),
            "all": ("all", 36, 4, 4),
            "elsewhere": ("some", 4, 1, 1),
        }

    def test_it_spreads_and_never_goes_back(self, panel):
        for begins in panel.controls["begins"].extremes:
            panel.set(begins=begins, month=page01.FIRST_MONTH)
            out = []
            for month in range(page01.FIRST_MONTH, page01.LAST_MONTH + 1):
                panel.set(month=month)
                out.append([sum(panel.found.out(region)) for region in page01.REGIONS])
            assert (np.diff(out, axis=0) >= 0).all()
            first = np.argmax(np.array(out) > 0, axis=0)
            assert page01.REGIONS[int(np.argmin(first))] == begins
            assert len(set(first)) == len(page01.REGIONS)  # one region after another

    def test_the_side_where_it_began_is_ahead(self, panel):
        panel.go("same")
        began, other = panel.found.lost("arm")
        assert began > other > 0
        assert panel.found.lost("leg") == (0, 0)

    def test_a_click_on_the_body_lets_it_begin_there(self, panel):
        seen_at(panel)
        for number, region in enumerate(page01.REGIONS, start=1):
            panel._hear({"do": "mark", "mark": 0, "value": number})
            assert panel.values["begins"] == region
        assert len(panel.picture.shown["marks"]) == 4

    def test_no_loss_of_months_to_come_is_drawn(self, panel):
        drawn = []
        for month in (-6, 9, 36):
            panel.set(month=month)
            seen_at(panel)
            rows = panel._sheet.axes.rows
            months = [
                x for line in rows.get_lines() if line.get_linestyle() == "None" for x in line.get_xdata()
            ]
            assert max(months) <= month
            drawn.append(len(months))
        assert drawn[0] < drawn[1] < drawn[2]

    def test_it_says_that_nobody_was_measured(self, panel):
        seen_at(panel).go("next")
        assert "This person is invented" in panel.in_numbers[-1]
        assert panel.picture.shown["alternative"].count("invented") == 1


class TestPrognosis:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.prognosis_panel()

    @pytest.fixture
    def panel(self, shared):
        shared.reset()
        return shared

    @pytest.fixture(scope="class")
    def model(self):
        people = prognosis.registry_at_diagnosis()
        fit = al.fit_cox(people, treatment=None, covariates=list(prognosis.PROGNOSTIC_COVARIATES))
        return people, fit, prognosis.baseline_hazard(fit)

    def test_it_starts_with_a_typical_person(self, panel, model):
        people, _, _ = model
        assert panel.values["age"] == round(people["age_years"].median())
        assert (panel.values["onset"], panel.values["executive"]) == ("limb", False)
        lost = panel.values["slope"] * panel.values["delay"]
        assert 48 - lost == pytest.approx(people["alsfrs_r"].median(), abs=0.1)

    def test_what_it_says_is_the_models(self, panel, model):
        people, fit, baseline = model
        panel.set(onset="bulbar", age=70, delay=10, slope=1.0, svc=80, pnfh=3000, executive=True)
        person = people.iloc[[0]].assign(
            onset_site="bulbar",
            age_years=70,
            alsfrs_r_slope_per_month=1.0,
            diagnostic_delay_months=10,
            svc_percent=80,
            executive_dysfunction=1,
            log2_csf_pnfh=np.log2(3000),
        )
        curve = prognosis.predict_survival(baseline, prognosis.log_risk(fit, person)[0])
        median = prognosis.time_when(curve, 0.5)
        fields = panel.said.fields
        assert fields["median"] == pytest.approx(median / MONTH)
        assert fields["sooner"] == pytest.approx(100 * (1 - prognosis.alive_at(curve, median / 2)))
        assert fields["later"] == pytest.approx(100 * prognosis.alive_at(curve, 2 * median))
        assert fields["outside"] == round(fields["sooner"]) + round(fields["later"])

    def test_it_opens_without_the_answer_to_the_question_above_it(self, panel):
        assert panel.step == "median"
        assert "outside" not in panel.sentence
        written = {text.get_text() for text in texts(seen(panel))}
        assert written
        assert not any(word in text for text in written for word in ("outside", "sooner", "longer"))
        panel.go("typical")
        assert "44 of 100 such people fall outside" in panel.sentence

    def test_nearly_half_fall_outside_for_everyone_whose_range_the_registry_covers(self, panel):
        outside = []
        for onset, age, pnfh in itertools.product(("limb", "bulbar"), (50, 62, 75), (900, 2100, 5000)):
            panel.set(onset=onset, age=age, pnfh=pnfh, range=True)
            if panel.said.finding == "outside":
                outside.append(panel.said.fields["outside"])
        assert len(outside) >= 14
        assert 40 < min(outside) <= max(outside) < 60

    def test_most_alike_are_those_nearest_in_risk(self, panel, model):
        people, fit, _ = model
        found = panel.found
        nearest = np.argsort(np.abs(prognosis.log_risk(fit, people) - found.risk), kind="stable")[:40]
        chosen = people.iloc[nearest]
        np.testing.assert_allclose(np.sort(found.months), np.sort(chosen["time_days"] / MONTH))
        assert (found.fates == "alive").sum() == (chosen["died"] == 0).sum()
        inside = (found.months >= found.median / 2) & (found.months <= 2 * found.median)
        assert set(found.fates[inside]) <= {"within", "alive"}
        assert set(found.fates[~inside]) <= {"outside", "alive"}

    def test_why_the_typical_person_outlives_the_registry(self, panel, model):
        people, _, _ = model
        fields = panel.said.fields
        assert fields["median"] > 1.25 * fields["registry_median"]
        assert fields["worse"] > 0.6
        neither = (people["onset_site"] == "limb") & (people["executive_dysfunction"] == 0)
        curve = al.kaplan_meier(people[neither])
        theirs = curve.loc[curve["survival"] <= 0.5, "time"].iloc[0] / MONTH
        assert theirs == pytest.approx(
            fields["median"], rel=0.1
        )  # take both away, and the registry lives as long

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"onset": "limb"}, {"onset": "bulbar"}),
            ({"age": 50}, {"age": 75}),
            ({"executive": False}, {"executive": True}),
            ({"svc": 110}, {"svc": 60}),
            ({"pnfh": 800}, {"pnfh": 6000}),
            ({"slope": 0.4}, {"slope": 1.2}),
            ({"delay": 20}, {"delay": 6}),
        ],
        ids=str,
    )
    def test_each_characteristic_moves_the_median_its_way(self, panel, better, worse):
        medians = []
        for values in (better, worse):
            panel.reset()
            panel.set(**values)
            medians.append(panel.said.fields["median"])
        assert medians[0] > 1.1 * medians[1]

    def test_a_range_longer_than_the_registry_is_said(self, panel):
        panel.go("slow")
        assert panel.said.finding == "too_short"
        assert panel.said.fields["outside"] == round(panel.said.fields["sooner"])

    def test_without_a_median_it_says_so(self, panel):
        panel.set(age=30, delay=40, slope=0.1, svc=130, pnfh=300)
        assert panel.said.finding == "no_median"

    def test_no_single_control_empties_the_picture(self, panel):
        for name, control in panel.controls.items():
            for value in control.extremes:
                panel.reset()
                panel.set(**{name: value})
                assert panel.said is not None, (name, value)  # None: refused
                assert panel.found.curve["survival"].iloc[0] == 1

    def test_a_registry_without_a_column_is_refused(self):
        with pytest.raises(al.TrialDataError, match="'executive_dysfunction'"):
            al.prognosis_panel(al.load_als_registry().drop(columns="executive_dysfunction"))


class TestHeterogeneity:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.heterogeneity_panel()

    @pytest.fixture
    def panel(self, shared):
        shared.reset()
        return shared

    @pytest.fixture(scope="class")
    def arms(self):
        people = prognosis.registry_at_diagnosis()
        last_day = al.published("mirocals_endpoint_day").estimate
        days, died = prognosis.stopped_at(people["time_days"], people["died"], last_day)
        return prognosis.draw_arms(people[["age_years"]], days, died, 110, 200), died

    def test_a_throw_is_its_draw(self, panel, arms):
        arms, died = arms
        panel.set(thrown=17)
        first, second = arms.rows[16].reshape(2, -1)
        fields = panel.said.fields
        assert panel.values["per_arm"] == al.published("mirocals_n_il2").estimate == 110
        assert (fields["first"], fields["second"]) == (died[first].sum(), died[second].sum())
        assert fields["hr"] == pytest.approx(np.exp(arms.log_hr[16]))
        assert fields["small"] == (arms.p[:17] < 0.05).sum()
        assert fields["far"] == (np.abs(arms.log_hr[:17]) >= -np.log(0.81)).sum()

    def test_throw_again_adds_one_and_begins_anew_after_the_last(self, panel):
        seen_at(panel)
        for expected in (2, 3):
            (mark,) = panel.picture.shown["marks"]
            panel._hear({"do": "mark", "mark": 0, "value": mark["value"]})
            assert panel.values["thrown"] == expected
        panel.go("heap")
        assert panel.picture.shown["marks"][0]["value"] == 1

    def test_luck_alone_can_look_like_a_drug_and_no_table_of_the_start_shows_it(self, panel, arms):
        panel.go("luckiest")
        fields = panel.said.fields
        assert panel.said.finding == "luckiest"
        assert fields["hr"] == pytest.approx(np.exp(arms[0].log_hr[np.argmax(np.abs(arms[0].log_hr))]))
        assert fields["p"] < 0.02
        assert fields["unusual"] == 0
        assert panel.said.more[1] == "start_usual"

    def test_the_most_even(self, panel):
        panel.go("even")
        assert panel.said.fields["hr"] == pytest.approx(1, abs=0.015)

    def test_about_five_of_a_hundred_have_a_small_p_at_every_size(self, panel):
        panel.go("heap")
        for per_arm in (50, 110, 300):
            panel.set(per_arm=per_arm)
            assert 2 <= panel.said.fields["small"] / 2 <= 9

    def test_larger_arms_are_more_alike(self, panel):
        widths, edges = [], []
        for per_arm in (20, 50, 110, 300):
            panel.set(per_arm=per_arm)
            fields = panel.said.fields
            widths.append(fields["high"] / fields["low"])
            edges.append(panel.found.edge)
        assert widths == sorted(widths, reverse=True)
        assert edges == sorted(edges)
        assert widths[-1] > 1.4  # 600 people are not enough for the end of luck

    def test_the_zone_is_where_p_is_small(self, panel):
        arms = panel.found.arms
        outside = np.abs(arms.log_hr) > -np.log(panel.found.edge)
        assert (outside == (arms.p < 0.05)).mean() > 0.98

    def test_the_heap_loses_nobody_and_lays_none_upon_another(self):
        ratios = np.exp(np.random.default_rng(1).normal(0, 0.4, 200))
        x, y = heap_places(np.r_[ratios, 0.01, 90])
        assert len({*zip(x.round(6), y, strict=True)}) == 202
        assert 0.2 < x.min() < x.max() < 5

    def test_a_small_registry_offers_what_it_can(self):
        registry = al.load_als_registry()
        panel = al.heterogeneity_panel(registry[registry["patient_id"] <= "S250"])
        panel.set(per_arm=999)
        assert panel.values["per_arm"] == 125
        for step in panel.steps:
            assert panel.go(step).finding

    def test_too_small_a_registry_is_refused_in_words(self):
        registry = al.load_als_registry()
        few = registry[registry["patient_id"] <= "S030"]
        with pytest.raises(al.TrialDataError, match="Two arms need at least 40 people; this registry has 30"):
            al.heterogeneity_panel(few)


def test_every_sentence_of_the_page_is_used():
    with catalogue.recording() as asked:
        for panel in (al.motor_neuron_panel(), al.prognosis_panel(), al.heterogeneity_panel()):
            for width in (640, 280):
                seen_at(panel, width)
                for step in panel.steps:
                    panel.go(step)
            if panel.key == "motor_neuron":
                panel.set(begins="trunk", month=2)
                assert panel.in_numbers
                panel.set(month=-1)
                assert panel.finding.startswith("1 month before")
            if panel.key == "prognosis":
                panel.set(age=30, delay=40, slope=0.1, svc=130, pnfh=300)
                assert panel.alternative_text
            if panel.key == "heterogeneity":
                panel.set(thrown=1, look="luckiest")
                assert panel.said.finding == "luckiest_plain"
                assert panel.said.fields["p"] > 0.05
                for thrown, per_arm in itertools.product((60, 200), range(20, 301, 40)):
                    panel.set(thrown=thrown, per_arm=per_arm, look="luckiest")
                    panel.set(look="last")
    keys = ("motor_neuron", "prognosis", "heterogeneity")
    words = {key: catalogue.tables("en")[key] for key in keys}
    assert catalogue.problems(words, {key: asked[key] for key in keys}) == []


def test_nothing_tells_the_guesses_of_page_05():
    for panel in (al.motor_neuron_panel(), al.prognosis_panel(), al.heterogeneity_panel()):
        for step in panel.steps:
            said = panel.go(step).alternative_text
            assert "0.77" not in said
            assert "0.93" not in said
