"""Panels of notebook 01: what they say at every control's ends, in their presets, and where they refuse."""

from __future__ import annotations

import base64
import itertools
import re

import numpy as np
import pytest

import alsteach as al
from alsteach import prognosis
from alsteach.panels import background_als

MONTH = 365.25 / 12


def png_of(panel) -> bytes:
    return base64.b64decode(re.search(r'base64,([^"]+)"', panel.view.value).group(1))


def number(pattern: str, text: str) -> float:
    return float(re.search(pattern, text).group(1))


def drawn_texts(panel) -> str:
    figure = panel.picture.figure
    return " | ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))


class TestMotorNeurons:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.motor_neuron_panel()

    def test_every_state_has_its_own_picture_and_words(self, panel):
        seen = {}
        for lost, onset in itertools.product(*(c.extremes for c in panel.controls.values())):
            panel.set(lost=lost, onset=onset)
            seen[lost, onset] = (panel.sentence, png_of(panel))
        assert len(seen) == 16
        assert len({words for words, _ in seen.values()}) == 4 + 3  # onset matters only where both are lost
        assert len({picture for _, picture in seen.values()}) == 4 + 3

    @pytest.mark.parametrize(
        ("lost", "words", "signs"),
        [
            ("upper", "turns stiff and clumsy", ["stiffness"]),
            ("lower", "weaken, waste and twitch", ["wasting"]),
            ("both", "ALS takes both", ["stiffness", "wasting"]),
            ("none", "Nothing is lost", []),
        ],
    )
    def test_what_is_lost_is_said_and_drawn(self, panel, lost, words, signs):
        panel.set(lost=lost, onset=None)
        assert words in panel.sentence
        texts = drawn_texts(panel)
        assert [sign for sign in ("stiffness", "wasting") if sign in texts] == signs
        assert "first symptoms" not in texts

    def test_one_kind_alone_is_not_als(self, panel):
        panel.set(lost="upper")
        assert panel.sentence.endswith("Alone, this is at most called possible ALS.")
        panel.set(lost="lower")
        assert panel.sentence.endswith("Alone, this does not meet the criteria of ALS.")

    def test_onset_is_marked(self, panel):
        panel.set(**panel.presets["ALS, bulbar onset"])
        assert "speech or swallowing (bulbar onset)" in panel.sentence
        assert "first symptoms here" in drawn_texts(panel)

    def test_readable_without_colour(self):
        """Lost and healthy neurons, upper and lower, differ in marker and line style and not in colour alone."""
        ax = al.plot_motor_neurons("none")
        upper = [line for line in ax.lines if line.get_linestyle() not in ("-", "None")]
        solid = [line for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 1]
        markers = {line.get_marker() for line in ax.lines}
        assert len(upper) == len(solid) == 5  # four regions and the legend
        assert {"^", "o"} <= markers
        assert "x" not in markers
        lost = al.plot_motor_neurons("both")
        assert sum(line.get_marker() == "x" for line in lost.lines) == 2 * 5


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
        values = panel.values
        assert (values["age"], values["onset"], values["executive"]) == (
            round(people["age_years"].median()),
            "limb",
            False,
        )
        assert values["alsfrs_r"] == people["alsfrs_r"].median()
        panel.set(age=30)
        panel.set(**panel.presets["A typical person"])
        assert panel.values == values

    def test_the_sentence_is_the_models(self, panel, model):
        people, fit, baseline = model
        panel.set(onset="bulbar", age=70, delay=10, alsfrs_r=38, svc=80, pnfh=3000, executive=True)
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
        sooner, later = (
            1 - prognosis.alive_at(curve, median / 2),
            prognosis.alive_at(curve, 2 * median),
        )
        assert number(r"longer than (\d+) months", panel.sentence) == round(median / MONTH)
        assert number(r"But (\d+) % die before", panel.sentence) == round(100 * sooner)
        assert number(r"and (\d+) % live beyond", panel.sentence) == round(100 * later)
        assert number(r"only (\d+) % fall", panel.sentence) == round(100 * (1 - sooner - later))
        assert "lost 1.00 points a month" in panel.sentence

    def test_about_half_fall_outside_for_everyone_whose_range_the_registry_covers(self, panel):
        inside = []
        for onset, age, pnfh in itertools.product(("limb", "bulbar"), (50, 62, 75), (900, 2100, 5000)):
            panel.set(onset=onset, age=age, pnfh=pnfh)
            if "fall in the shaded range" in panel.sentence:
                inside.append(number(r"only (\d+) % fall", panel.sentence))
        assert len(inside) >= 14
        assert 40 < min(inside) <= max(inside) < 60
        assert "it speaks for no one in it" in panel.sentence

    def test_the_forty_most_alike_are_counted(self, panel):
        for age in (40, 62, 80):
            panel.set(age=age)
            within, outside, alive = map(
                int,
                re.search(
                    r"40 most alike, (\d+) died within it, (\d+) outside, (\d+) were alive", panel.sentence
                ).groups(),
            )
            assert within + outside + alive == 40
            assert within > 8
            assert outside > 3

    def test_most_alike_are_those_nearest_in_risk(self, model):
        people, fit, _ = model
        foretold = background_als._Foretold(al.load_als_registry())
        lives = foretold.lives_like(risk=0.0, median=24.0)
        nearest = np.argsort(np.abs(prognosis.log_risk(fit, people)), kind="stable")[:40]
        chosen = people.iloc[nearest]
        np.testing.assert_allclose(lives["months"], chosen["time_days"] / MONTH)
        dead = chosen["died"].to_numpy() == 1
        assert (lives.loc[~dead, "fate"] == "alive").all()
        in_range = lives["months"].between(12, 48)
        assert (lives.loc[dead & in_range, "fate"] == "within").all()
        assert (lives.loc[dead & ~in_range, "fate"] == "outside").all()

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"onset": "limb"}, {"onset": "bulbar"}),
            ({"age": 50}, {"age": 75}),
            ({"executive": False}, {"executive": True}),
            ({"svc": 110}, {"svc": 60}),
            ({"pnfh": 800}, {"pnfh": 6000}),
            ({"alsfrs_r": 43}, {"alsfrs_r": 33}),
            ({"delay": 20}, {"delay": 6}),
        ],
        ids=str,
    )
    def test_each_characteristic_moves_the_median_its_way(self, panel, better, worse):
        medians = []
        for values in (better, worse):
            panel.reset()
            panel.set(**values)
            said = re.search(r"longer than ([\d.]+) (months|years)", panel.sentence)
            medians.append(float(said.group(1)) * (12 if said.group(2) == "years" else 1))
        assert medians[0] > 1.1 * medians[1]

    def test_a_range_longer_than_the_registry_is_said(self, panel):
        panel.set(**panel.presets["A slow course"])
        assert "the registry is too short" in panel.sentence
        assert "fall in the shaded range" not in panel.sentence

    def test_without_a_median_it_says_so(self, panel):
        panel.set(age=30, delay=40, alsfrs_r=40, svc=130, pnfh=300)
        assert panel.sentence.startswith(
            "More than half of such people are still alive when the registry ends"
        )
        assert "no median can be read" in panel.sentence

    def test_an_impossible_person_gets_a_plain_explanation(self, panel):
        panel.set(delay=48, alsfrs_r=47)
        assert panel.sentence.startswith("An ALSFRS-R of 47 after 48 months means 0.02 points lost a month.")
        assert "Change the score or the months." in panel.sentence
        panel.set(delay=2, alsfrs_r=15)
        assert "16.50 points lost a month" in panel.sentence
        panel.reset()
        assert panel.sentence.startswith("Half of such people")

    def test_every_end_of_every_control(self, panel):
        frozen = 0
        for name, control in panel.controls.items():
            for value in control.extremes:
                panel.reset()
                panel.set(**{name: value})
                assert len(png_of(panel)) < 40_000
                assert panel.sentence.startswith(
                    ("Half of such people", "More than half of such people", "An ALSFRS-R of")
                )
                frozen += panel.sentence.startswith("An ALSFRS-R of")
        assert 0 < frozen <= 3

    @pytest.mark.parametrize("corner", itertools.product((0, 1), repeat=6))
    def test_every_corner(self, panel, corner):
        names = [name for name in panel.controls if name != "executive"]
        ends = [panel.controls[name].extremes for name in names]
        panel.set(executive=True, **{name: end[i] for name, end, i in zip(names, ends, corner, strict=True)})
        assert "nan" not in panel.sentence
        assert panel.sentence.endswith(".")

    def test_says_that_nobody_is_a_patient(self, panel):
        assert "Synthetic registry: not patients" in drawn_texts(panel)

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

    def test_the_sentence_is_the_draws(self, panel):
        people = prognosis.registry_at_diagnosis()
        last_day = al.published("mirocals_endpoint_day").estimate
        days, died = prognosis.stopped_at(people["time_days"], people["died"], last_day)
        panel.set(per_arm=110, draw=17)
        arms = prognosis.draw_arms(people[["age_years"]], days, died, 110, 200)
        first, second = arms.rows[16].reshape(2, -1)
        assert f"{died[first].sum():.0f} and {died[second].sum():.0f} deaths by day 640" in panel.sentence
        assert number(r"HR (\d\.\d\d)", panel.sentence) == round(np.exp(arms.log_hr[16]), 2)
        low, high = np.exp(np.quantile(arms.log_hr, [0.025, 0.975]))
        assert f"between {low:.2f} and {high:.2f}" in panel.sentence
        assert number(r"; (\d+) have p < 0.05", panel.sentence) == (arms.p < 0.05).sum()

    def test_luck_alone_can_look_like_a_drug(self, panel):
        panel.set(**panel.presets["Same size, the luckiest draw"])
        assert panel.values["per_arm"] == al.published("mirocals_n_il2").estimate == 110
        ratio = number(r"HR (\d\.\d\d)", panel.sentence)
        assert max(ratio, 1 / ratio) > 1.5
        assert number(r"p = (\d\.\d+)", panel.sentence) < 0.02
        assert "nobody treated" in panel.sentence
        assert "That is luck." in panel.sentence

    def test_the_most_even_draw_still_has_unlike_arms(self, panel):
        panel.set(**panel.presets["Same size, the most even"])
        assert number(r"HR (\d\.\d\d)", panel.sentence) == pytest.approx(1, abs=0.015)
        assert number(r"\((\d\.\d\d) standard deviations\)", panel.sentence) > 0.1

    def test_larger_arms_are_more_alike(self, panel):
        widths = []
        for per_arm in (20, 50, 110, 300):
            panel.set(per_arm=per_arm)
            low, high = re.search(r"between (\d\.\d\d) and (\d\.\d\d)", panel.sentence).groups()
            widths.append(float(high) / float(low))
        assert widths == sorted(widths, reverse=True)
        assert widths[-1] > 1.4  # and 600 people are not enough for the end of luck

    def test_it_names_the_misconceptions_catch(self, panel):
        assert "on average over all draws, not in this one" in panel.sentence
        assert "interval and p-value already allow for that luck" in panel.sentence

    def test_every_end_and_preset(self, panel):
        corners = list(itertools.product(*(c.extremes for c in panel.controls.values())))
        states = [dict(zip(panel.controls, corner, strict=True)) for corner in corners]
        pictures = set()
        for values in [*states, *panel.presets.values()]:
            panel.set(**values)
            picture = png_of(panel)
            pictures.add(picture)
            assert len(picture) < 40_000
            assert panel.sentence.startswith(
                f"Two arms of {panel.values['per_arm']} people, nobody treated: "
            )
            assert "nan" not in panel.sentence
        assert len(pictures) >= 8

    def test_a_draw_stays_the_same_draw(self, panel):
        panel.set(per_arm=80, draw=9)
        before = panel.sentence
        panel.set(draw=10)
        assert panel.sentence != before
        panel.set(draw=9)
        assert panel.sentence == before

    def test_says_that_nobody_is_a_patient(self, panel):
        assert "Synthetic registry: not patients" in drawn_texts(panel)

    def test_a_small_registry_offers_what_it_can(self):
        registry = al.load_als_registry()
        few = registry[registry["patient_id"].isin([f"S{i:03d}" for i in range(1, 251)])]
        panel = al.heterogeneity_panel(few, data_note="Synthetic: 250 of them")
        panel.set(per_arm=999)
        assert panel.sentence.startswith("Two arms of 125 people")

    def test_too_small_a_registry_is_refused_in_words(self):
        registry = al.load_als_registry()
        few = registry[registry["patient_id"] <= "S030"]
        with pytest.raises(al.TrialDataError, match="Two arms need at least 40 people; this registry has 30"):
            al.heterogeneity_panel(few)

    def test_forty_are_enough(self):
        registry = al.load_als_registry()
        panel = al.heterogeneity_panel(registry[registry["patient_id"] <= "S040"])
        for values in panel.presets.values():
            panel.set(**values)
            assert panel.sentence.startswith("Two arms of 20 people")
