"""Panels of notebook 03: the figures they say, at every control's ends, and where there is nothing to show."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.frames import TrialDataError
from alsteach.panels.survival_trial import grouped


def picture(panel) -> str:
    return re.search(r'base64,([^"]+)"', panel.view.value).group(1)


def visit_extremes(panel, start):
    """Set every combination of extremes: each gives a small picture and a sentence that begins so; return them."""
    names = list(panel.controls)
    said = set()
    for combination in itertools.product(*(panel.controls[name].extremes for name in names)):
        panel.set(**dict(zip(names, combination, strict=True)))
        assert re.match(start, panel.sentence), panel.sentence
        assert "nan" not in panel.sentence
        assert len(picture(panel)) * 3 / 4 < 40_000
        said.add(panel.sentence)
    return said


class TestDesign:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.trial_design_panel()

    @pytest.mark.parametrize(
        ("day", "words"),
        [
            (-126, "Day -126: run-in (12-18 weeks)"),
            (-1, "is never in the comparison"),
            (0, "220 people are randomised"),
            (1, "cycle 1, day 2 of 28. An injection a day"),
            (4, "cycle 1, day 5 of 28. An injection a day"),
            (5, "cycle 1, day 6 of 28. Between injections"),
            (28, "cycle 2, day 1 of 28. An injection a day"),
            (532, "cycle 20, day 1 of 28"),
            (548, "the 18 months of treatment are over"),
            (640, "Who is alive is censored here"),
        ],
    )
    def test_what_happens_on_a_day(self, panel, day, words):
        panel.set(day=day)
        assert words in panel.sentence

    def test_the_plan_is_the_published_one(self):
        plan = al.mirocals_plan()
        assert plan["run_in_min_days"] == 7 * al.published("mirocals_run_in_weeks_min").estimate
        assert plan["run_in_max_days"] == 7 * al.published("mirocals_run_in_weeks_max").estimate
        assert plan["endpoint_day"] == al.published("mirocals_endpoint_day").estimate
        assert plan["treatment_days"] / 365.25 * 12 == al.published("mirocals_treatment_months").estimate

    def test_every_preset_is_another_picture(self, panel):
        seen = set()
        for values in panel.presets.values():
            panel.set(**values)
            seen.add(picture(panel))
        assert len(seen) == len(panel.presets) == 6


class TestCensoring:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.censoring_panel()

    @pytest.fixture
    def panel(self, shared):
        shared.reset()
        return shared

    def test_it_opens_with_kaplan_meier_by_hand(self, panel):
        assert panel.sentence.startswith("Kaplan-Meier: 7/8 × 6/7 × 4/5 × 2/3 = 40 % alive at day 640.")
        assert "3 of 8 were lost from sight" in panel.sentence

    @pytest.mark.parametrize("n", range(12))
    def test_the_product_is_lifelines_estimate(self, panel, n):
        from lifelines import KaplanMeierFitter

        rng = np.random.default_rng(n)
        ends = {f"patient_{name}": (int(rng.integers(1, 30)), int(rng.integers(2))) for name in "ABCDEFGH"}
        panel.set(**ends)
        days, died = np.array(list(ends.values())).T
        expected = KaplanMeierFitter().fit(days, died).survival_function_.iloc[-1, 0]
        if died.any():
            factors, share = re.search(
                r"Kaplan-Meier: ([\d/× ]+) = ([\d.]+(?:e-\d+)?) %", panel.sentence
            ).groups()
            product = np.prod([float(f.split("/")[0]) / float(f.split("/")[1]) for f in factors.split(" × ")])
            assert product == pytest.approx(expected)
            assert float(share) == pytest.approx(100 * expected, rel=0.005)
        else:
            assert panel.sentence.startswith("Nobody died")

    def test_wrong_ways(self, panel):
        panel.set(wrong=("dropped", "survivors", "dead"))
        assert "censored left out, 0 %; counted as survivors, 50 %; counted as dead, 12.5 %" in panel.sentence
        assert "lies between the last two" in panel.sentence
        panel.set(**panel.presets["Nobody is lost"])
        assert panel.sentence.startswith("Kaplan-Meier: 7/8 × 6/7 × 5/6 × 4/5 = 50 % alive at day 640.")
        assert "lost from sight" not in panel.sentence
        assert "censored left out, 0 %" in panel.sentence
        panel.set(wrong=("survivors",))
        assert "counted as survivors, 50 %, here the same" in panel.sentence

    def test_the_last_death_brings_the_curve_to_zero(self, panel):
        panel.set(**panel.presets["The last one dies"])
        assert "× 0/1 = 0 % alive at day 640" in panel.sentence

    def test_nobody_followed_to_the_end(self, panel):
        panel.set(patient_H=(600, 0))
        assert (
            "= 40 % alive at day 600, when the last patient was seen. The curve ends there" in panel.sentence
        )
        assert "day 640 is not known" in panel.sentence

    def test_nobody_dies(self, panel):
        panel.set(**panel.presets["Everybody is lost"])
        assert panel.sentence.startswith("Nobody died while being followed")
        assert "nobody is left" in panel.sentence

    def test_one_patient_left(self, panel):
        panel.set(**{f"patient_{name}": (1, 0) for name in "ABCDEFG"}, patient_H=(300, 1), wrong=("dropped",))
        assert panel.sentence.startswith("Kaplan-Meier: 0/1 = 0 % alive at day 640.")

    def test_ties_at_one_day(self, panel):
        panel.set(**{f"patient_{name}": (100, 1) for name in "ABC"}, patient_D=(100, 0))
        assert panel.sentence.startswith("Kaplan-Meier: 5/8 × 2/3 = 41.7 % alive at day 640.")

    def test_each_patient_to_the_ends(self, panel):
        for name in "ABCDEFGH":
            for value in panel.controls[f"patient_{name}"].extremes:
                panel.set(**{f"patient_{name}": value}, wrong=("dropped", "survivors", "dead"))
                end = 640 if name != "H" or value[0] == 640 else 520
                assert f" % alive at day {end}" in panel.sentence
                assert "nan" not in panel.sentence
            panel.reset()

    def test_one_row_is_one_control(self, panel):
        control, drawn = panel.controls["patient_A"], []
        panel.view.observe(lambda change: drawn.append(change["new"]), "value")
        slider, box, _, kind = control.view.children
        slider.value = 300
        assert (box.value, control.value, len(drawn)) == (300, (300, 1), 1)
        kind.value = 0
        assert (control.value, len(drawn)) == ((300, 0), 2)
        box.value = 20
        assert (slider.value, control.value, len(drawn)) == (20, (20, 0), 3)
        control.value = (100_000, 1)
        assert (slider.value, box.value, kind.value) == (640, 640, 1)
        panel.view.unobserve_all()

    def test_other_patients(self):
        few = pd.DataFrame({"patient": ["x", "y"], "time_days": [5, 900], "died": [1, 0]})
        assert "1/2 = 50 % alive at day 900" in al.censoring_panel(few).sentence
        with pytest.raises(TrialDataError, match="no column 'patient'"):
            al.censoring_panel(al.load_veteran())
        with pytest.raises(TrialDataError, match="2 to 10 patients"):
            al.censoring_panel(few.head(1))
        with pytest.raises(TrialDataError, match="fill the blanks"):
            al.censoring_panel(few.assign(died=[1, None]))


class TestCurves:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.km_panel()

    @pytest.fixture
    def panel(self, shared):
        shared.reset()
        return shared

    def test_it_opens_at_the_endpoint_with_the_published_numbers(self, panel):
        alive = [al.published(f"mirocals_alive_{arm}").estimate for arm in ("placebo", "il2")]
        shares = [f"{100 * n / 110:.0f} %" for n in alive]
        assert f"Alive on day 640 (95 % CI): placebo {shares[0]} (" in panel.sentence
        assert f"IL-2: {shares[1]} (" in panel.sentence
        assert f"Still followed: {alive[0]:.0f} and {alive[1]:.0f}." in panel.sentence
        assert "p = 0.33. That is no proof of no effect" in panel.sentence

    @pytest.mark.parametrize("day", [0, 94, 300, 640])
    def test_every_reading_is_that_of_the_tested_functions(self, panel, day):
        panel.set(day=day)
        curves = al.kaplan_meier(al.load_mirocals_like(), by="treated")
        for arm, row in zip(("placebo", "IL-2:"), al.survival_at(curves, day).itertuples(), strict=True):
            assert f"{arm} {100 * row.survival:.0f} %" in panel.sentence
            assert str(row.at_risk) in panel.sentence
        difference = al.survival_difference(curves, day)
        if day:
            said = re.search(
                r"difference ([+−]?\d+) of 100 \(([+−]?\d+) to ([+−]?\d+)\)", panel.sentence
            ).groups()
            said = [int(number.replace("−", "-")) for number in said]
            assert said == [
                round(100 * x) for x in (difference.estimate, difference.ci_low, difference.ci_high)
            ]
        else:
            assert "placebo 100 %, IL-2: 100 %; difference 0 of 100. " in panel.sentence

    def test_a_hazard_ratio_is_no_risk_ratio(self, panel):
        hr = al.published("mirocals_hr_adjusted").estimate
        panel.set(**panel.presets["HR 0.32: 68 % fewer deaths?"])
        risk = 49 / 110
        other = 1 - (1 - risk) ** hr
        assert f"{100 * other:.0f} % instead of {100 * risk:.0f} % would have died" in panel.sentence
        assert f"{100 * (1 - other / risk):.0f} % fewer deaths, at 68 % less hazard" in panel.sentence
        late = re.search(r"(\d+) % fewer deaths", panel.sentence).group(1)
        early_preset = next(name for name in panel.presets if name.startswith("The same at day"))
        panel.set(**panel.presets[early_preset])
        early = re.search(r"(\d+) % fewer deaths", panel.sentence).group(1)
        assert int(late) < int(early) <= 68
        panel.set(hr=2.0)
        assert "more deaths, at 100 % more hazard" in panel.sentence
        panel.set(day=0)
        assert "Nobody on placebo has died by this day" in panel.sentence

    def test_groups_of_pnfh_are_cut_where_the_publication_cuts(self, panel):
        panel.set(**panel.presets["Curves by CSF-pNFH"])
        pnfh = al.load_mirocals_like()["csf_pnfh_pg_ml"]
        sizes = [(pnfh < 750).sum(), pnfh.between(750, 3700).sum(), (pnfh > 3700).sum()]
        panel.set(day=0)
        assert f"Still followed: {' and '.join(str(n) for n in sizes)}." in panel.sentence
        assert "These groups were not randomised" in panel.sentence
        panel.set(**panel.presets["Only the largest group"])
        assert panel.sentence.startswith(f"Among {sizes[1]} patients with CSF-pNFH 750 to 3700 pg/mL. ")
        test = al.logrank_test(al.load_mirocals_like()[pnfh.between(750, 3700)])
        assert f"p = {test.p:.3f}" in panel.sentence

    def test_strata_by_number_of_groups_are_rs(self, panel):
        panel.set(by_group=True, among="everybody")
        assert "p < 0.001" in panel.sentence
        panel.set(among=panel.controls["among"].extremes[1])
        assert "There is one group only, so there is nothing to compare." in panel.sentence

    def test_every_combination_of_extremes(self, panel):
        said = visit_extremes(panel, r"(Among \d+ patients .*)?Alive on day \d+ \(95 % CI\): ")
        assert len(said) > 25

    @pytest.mark.parametrize(
        ("load", "strata", "words"),
        [
            (al.load_veteran, "celltype", "control arm 16 % (8-26), active arm 20 % (11-31)"),
            (al.load_pbc, "stage", "19 transplanted are censored: the hazards compared are cause-specific."),
            (al.load_pbc, None, "p = 0.75"),
        ],
    )
    def test_real_trials(self, load, strata, words):
        panel = al.km_panel(load(), strata=strata, data_note="Real trial")
        assert words in panel.sentence
        states = [{name: value} for name, control in panel.controls.items() for value in control.extremes]
        for values in [*states, *panel.presets.values()]:
            panel.set(**values)
            assert re.match(r"(Among \d+ patients .*)?Alive on day \d+ \(95 % CI\): ", panel.sentence)
            assert "nan" not in panel.sentence

    def test_the_far_end_of_a_trial(self):
        panel = al.km_panel(al.load_pbc())
        panel.set(**panel.presets["The far end"])
        assert "control arm not known (nobody was followed so long)" in panel.sentence
        assert "Still followed: 0 and 1." in panel.sentence
        panel.set(hr=0.5)
        assert "Nobody on control arm was followed so long." in panel.sentence

    def test_no_death_in_an_arm(self):
        veteran = al.load_veteran()
        panel = al.km_panel(veteran.assign(died=veteran["died"].where(veteran["treated"] == 0, 0)))
        assert "active arm 100 %" in panel.sentence
        assert "p < 0.001" in panel.sentence

    def test_nobody_dies_one_arm_one_patient(self):
        veteran = al.load_veteran()
        alive = al.km_panel(veteran.assign(died=0))
        assert "control arm 100 %, active arm 100 %; difference 0 of 100." in alive.sentence
        assert "Nobody died, so there is nothing to compare." in alive.sentence
        one_arm = al.km_panel(veteran[veteran["treated"] == 1])
        assert "There is one group only" in one_arm.sentence
        one_arm.set(hr=0.5)
        assert "drawn when the curves are those of the arms" in one_arm.sentence
        one = al.km_panel(veteran.head(1))
        assert "Alive on day 36" in one.sentence
        nothing = al.km_panel(veteran.head(1).assign(time_days=0, died=0))
        assert "Nobody died" in nothing.sentence

    def test_a_stratum_with_nobody(self):
        veteran = al.load_veteran()
        nobody = veteran.assign(celltype=veteran["celltype"].cat.add_categories("unknown"))
        panel = al.km_panel(nobody, strata="celltype")
        panel.set(among="unknown")
        assert panel.sentence == "No patient is in this group; choose another."
        panel.set(among="large")
        assert panel.sentence.startswith("Among 27 patients with cell type large.")
        only_active = veteran[(veteran["celltype"] != "adeno") | (veteran["treated"] == 1)]
        panel = al.km_panel(only_active, strata="celltype")
        panel.set(among="adeno")
        assert "There is one group only, so there is nothing to compare." in panel.sentence

    def test_bad_tables_get_a_sentence(self):
        with pytest.raises(TrialDataError, match="no column 'arm'"):
            al.km_panel(al.load_veteran(), treatment="arm")
        with pytest.raises(TrialDataError, match="must be 1 .active arm. or 0"):
            al.km_panel(al.load_veteran().assign(treated=2))
        with pytest.raises(TrialDataError, match="fewer than two groups"):
            al.km_panel(al.load_veteran(), strata="karno", cuts=[0])

    def test_blanks_are_not_dropped_silently(self):
        veteran = al.load_veteran()
        with pytest.warns(UserWarning, match="2 of 137 patients"):
            panel = al.km_panel(veteran.assign(died=veteran["died"].where(veteran.index > 1)))
        panel.set(day=0)
        assert "Still followed: 67 and 68." in panel.sentence


class TestLayers:
    """Only what moves is redrawn; the picture must be the one that drawing everything would give."""

    @pytest.mark.parametrize(
        "values", [{"day": 200}, {"day": 300, "hr": 0.5}, {"by_group": True}, {"interval": False}]
    )
    def test_a_moved_picture_is_a_fresh_one(self, values):
        panel = al.km_panel()
        panel.set(day=100)
        panel.set(**values)
        moved = picture(panel)
        panel.picture.clear()
        panel.refresh()
        assert picture(panel) == moved

    def test_an_error_while_drawing_leaves_the_next_drawing_whole(self, monkeypatch):
        panel = al.km_panel()
        right = picture(panel)
        panel.set(day=100)

        def fails(*_args, **_look):
            raise TrialDataError("This cannot be drawn.")

        with monkeypatch.context() as broken:
            broken.setattr("alsteach.plots.survival_steps", fails)
            panel.set(hr=0.5)
            assert panel.sentence == "This cannot be drawn."
        panel.reset()
        assert picture(panel) == right


class TestGroups:
    def test_cuts(self):
        values = pd.Series([1.0, 5, 5, 7, 10, np.nan], name="x")
        low = grouped(values, [5, 7], "mg")
        assert list(low.cat.categories) == ["under 5 mg", "5 to 7 mg", "over 7 mg"]
        assert list(low.cat.codes) == [0, 1, 1, 1, 2, -1]
        one = grouped(values, [5])
        assert list(one.cat.categories) == ["up to 5", "over 5"]
        assert list(one.cat.codes) == [0, 0, 0, 1, 1, -1]

    def test_thirds_levels_and_words(self):
        thirds = grouped(pd.Series(np.arange(90.0), name="x"))
        assert [int((thirds.cat.codes == k).sum()) for k in range(3)] == [30, 30, 30]
        assert list(grouped(pd.Series([3, 1, 1], name="x")).cat.categories) == [1, 3]
        assert list(grouped(pd.Series(["b", "a"], name="x")).cat.categories) == ["a", "b"]


class TestPower:
    @pytest.fixture(scope="class")
    def shared(self):
        return al.power_panel(n_trials=400)

    @pytest.fixture
    def panel(self, shared):
        shared.reset()
        assert shared.wait(60)
        return shared

    def set(self, panel, **values):
        panel.set(**values)
        assert panel.wait(60)
        return panel.sentence

    def test_mirocals_80_percent_as_half_the_hazard(self, panel):
        assert panel.values["hr"] == 0.5
        assert panel.values["patients"] == 220
        assert "finds HR 0.5 with power 80 %" in panel.sentence
        assert "A power of 80 % takes 66 deaths." in panel.sentence
        assert "38 % of controls, 21 % on treatment, a risk ratio of 0.56." in panel.sentence

    def test_mirocals_80_percent_as_half_the_risk(self, panel):
        said = self.set(panel, **panel.presets["MIROCALS' 80 %: half the risk"])
        assert "finds HR 0.455 with power 80 %" in said
        assert "A power of 80 % takes 51 deaths." in said
        assert "31 % of controls, 15 % on treatment, a risk ratio of 0.50." in said

    def test_formula_and_simulation_are_those_of_the_tested_functions(self, panel):
        values = {"hr": 0.7, "patients": 300, "follow_up": 900, "control_risk": 50.0, "stop_at": 0}
        said = self.set(panel, **values)
        plan = al.TwoArmPlan(0.7, 300, 0.5, follow_up_days=900)
        found = al.simulate_power(plan, n_trials=400)
        assert f"About {plan.expected_deaths:.0f} deaths among 300 patients" in said
        assert f"with power {100 * plan.power:.0f} %" in said
        assert f"trials {100 * found.power:.0f} % found it (±{100 * found.error:.0f})" in said

    def test_most_trials_miss_a_weak_effect(self, panel):
        said = self.set(panel, **panel.presets["If the truth were HR 0.81"])
        assert "About 91 deaths among 220 patients" in said
        assert "with power 17 %" in said
        assert "takes 708 deaths" in said
        assert said.endswith(
            "Most of these trials miss an effect that is there: p ≥ 0.05 is no proof of none."
        )

    def test_no_effect(self, panel):
        said = self.set(panel, **panel.presets["No effect at all"])
        false = float(re.search(r"still ([\d.]+) % of the simulated trials are significant", said).group(1))
        assert 2 <= false <= 8
        assert "power" not in said

    def test_same_deaths_more_patients(self, panel):
        few = self.set(panel, **panel.presets["Stop at 66 deaths"])
        many = self.set(panel, **panel.presets["… with four times the patients"])
        assert "About 66 deaths among 220 patients, met after" in few
        assert "About 66 deaths among 880 patients, met after" in many
        assert "with power 80 %" in few
        assert "with power 80 %" in many
        days = [int(re.search(r"met after (\d+) days", said).group(1)) for said in (few, many)]
        assert days[1] < days[0] / 3

    def test_a_stop_that_is_never_met_is_no_stop(self, panel):
        assert "met after" not in self.set(panel, stop_at=400)

    def test_extremes(self):
        panel = al.power_panel(n_trials=50)
        names = ("hr", "patients", "control_risk", "follow_up")
        said = set()
        for combination in itertools.product(*(panel.controls[name].extremes[:2] for name in names)):
            for stop_at in (0, 1, 400):
                sentence = self.set(panel, stop_at=stop_at, **dict(zip(names, combination, strict=True)))
                assert sentence.startswith("About ")
                assert "nan" not in sentence
                said.add(sentence)
        assert len(said) > 20

    def test_moving_back_needs_no_second_simulation(self, panel, monkeypatch):
        self.set(panel, hr=0.6)
        before = panel.sentence
        monkeypatch.setattr("alsteach.panels.power.simulate_power", None)
        self.set(panel, hr=0.6)
        assert panel.sentence == before
