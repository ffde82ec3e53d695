"""Panels of notebook 04: the figures they say, at every control's ends, on synthetic and on real trials."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.panels.race import eight_patients_in_two_arms
from tests.models import PBC, VETERAN, pbc

MIROCALS = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
CROSSING, SELECTION, CONSTANT, LIKE = (
    "synthetic: hazards that cross",
    "synthetic: unseen frailty",
    "synthetic: one hazard ratio",
    "MIROCALS-like cohort (synthetic)",
)


def ratio(sentence: str) -> float:
    return float(re.search(r"HR (\d+\.\d\d)", sentence).group(1))


def number(pattern: str, sentence: str) -> float:
    return float(re.search(pattern, sentence).group(1).replace("−", "-"))


def every_state(panel, few=()):
    """Set each combination of the controls' ends; of the controls named in ``few`` the first and last alone."""
    names = list(panel.controls)
    ends = [panel.controls[name].extremes for name in names]
    ends = [[e[0], e[-1]] if name in few else e for name, e in zip(names, ends, strict=True)]
    for combination in itertools.product(*ends):
        panel.set(**dict(zip(names, combination, strict=True)))
        yield panel.values


def each_end(panel):
    """Set one control after the other to each of its ends, the rest as at the start."""
    for name, control in panel.controls.items():
        for value in control.extremes:
            panel.reset()
            panel.set(**{name: value})
            yield panel.values


def picture_size(panel) -> int:
    import base64

    return len(base64.b64decode(re.search(r'base64,([^"]+)"', panel.view.value).group(1)))


def each_preset(panel):
    panel.reset()
    seen = set()
    for name, values in panel.presets.items():
        panel.set(**values)
        seen.add((panel.sentence, panel.view.value[-400:]))
        yield name, panel.sentence
        assert picture_size(panel) < 48_000
    assert len({sentence for sentence, _ in seen}) >= len(panel.presets) - 1


TRIALS = {
    "mirocals_like": (mirocals_like_for_analysis, MIROCALS, None),
    "veteran": (al.load_veteran, VETERAN, "Real trial: veteran"),
    "pbc": (pbc, PBC, "Real trial: pbc"),
}


@pytest.fixture(scope="module")
def covariate_panels():
    return {
        name: al.covariate_panel(load(), covariates=covariates, data_note=note)
        for name, (load, covariates, note) in TRIALS.items()
    }


@pytest.fixture(params=TRIALS)
def trial(request, covariate_panels):
    load, covariates, _ = TRIALS[request.param]
    panel = covariate_panels[request.param]
    panel.reset()
    return load(), covariates, panel


class TestCovariates:
    def test_it_opens_with_the_unadjusted_hazard_ratio(self, trial):
        df, _, panel = trial
        row = al.fit_cox(df).table.loc["treated"]
        assert panel.sentence.startswith(
            f"Unadjusted: HR {row.hr:.2f} (95 % CI {row.ci_low:.2f}–{row.ci_high:.2f})"
        )

    def test_ticks_give_the_adjusted_model_and_both_standard_errors(self, trial):
        df, covariates, panel = trial
        plain = al.fit_cox(df).table.loc["treated"]
        for chosen in (covariates[:1], covariates[1:3], covariates):
            panel.set(chosen=tuple(chosen))
            row = al.fit_cox(df, covariates=chosen).table.loc["treated"]
            assert f"HR {row.hr:.2f} (95 % CI {row.ci_low:.2f}–{row.ci_high:.2f})" in panel.sentence
            assert f"unadjusted {plain.hr:.2f}" in panel.sentence
            assert f"{plain.se:.3f} → {row.se:.3f}" in panel.sentence

    def test_it_names_the_tick_that_moves_most_and_why(self, trial):
        df, covariates, panel = trial
        table = al.explain_adjustment(df, covariates, [])
        most = table["moved"].abs().idxmax()
        line = table.loc[most]
        words = al.style.words(most)
        assert (
            f"{words[0].upper()}{words[1:]} would move it from {line.hr_without:.2f} to {line.hr_with:.2f}"
            in panel.sentence
        )
        assert f"HR {line.hr_per_sd:.2f} per SD" in panel.sentence
        balance = al.standardised_differences(df, [most])
        assert f"differ by {balance['smd'].abs().max():.2f} SD" in panel.sentence

    def test_every_tick_can_be_explained(self, trial):
        df, covariates, panel = trial
        table = al.explain_adjustment(df, covariates)
        for covariate in covariates:
            panel.set(chosen=tuple(covariates), explain=covariate)
            line = table.loc[covariate]
            assert f"moves it from {line.hr_without:.2f} to {line.hr_with:.2f}. Why?" in panel.sentence
            assert panel.sentence.endswith("Its own hazard ratio is no cause: nobody was randomised to it.")

    def test_every_choice_of_ticks(self, trial):
        df, covariates, panel = trial
        panel.set(chosen=tuple(covariates), every=True)
        assert f"The {2 ** len(covariates)} choices of ticks" in panel.sentence
        low, high = map(float, re.search(r"\(green\) give ([\d.]+) to ([\d.]+):", panel.sentence).groups())
        for chosen in ([], covariates, covariates[:2]):
            assert low - 0.005 <= al.fit_cox(df, covariates=chosen).table["hr"].iloc[0] <= high + 0.005
        assert low < high

    def test_every_combination_of_extremes_gives_a_picture_and_a_sentence(self, trial):
        _, _, panel = trial
        for values in every_state(panel, few=["explain"]):
            assert panel.sentence
            assert "nan" not in panel.sentence.lower()
            assert "base64" in panel.view.value
            if values["patients"] == 1:
                assert panel.sentence.startswith(("All analysed patients are in", "Nobody died among"))
            else:
                assert panel.sentence.startswith(("Unadjusted: HR", "Adjusted for"))

    def test_small_parts_of_the_trial_give_a_figure_or_a_reason(self, trial):
        _, covariates, panel = trial
        reasons = set()
        for patients in (1, 2, 3, 5, 8, 12, 20, 35):
            for chosen in ((), tuple(covariates)):
                panel.set(patients=patients, chosen=chosen)
                if panel.sentence.startswith("Only"):
                    assert panel.sentence.startswith(f"Only {patients} of the ")
                    assert ratio(panel.sentence) >= 0 or "under 0.01" in panel.sentence
                else:
                    reasons.add(panel.sentence)
        assert reasons
        assert all(len(reason) < 300 and "Traceback" not in reason for reason in reasons)

    def test_presets_lead_where_they_say(self, trial):
        df, covariates, panel = trial
        balance = al.standardised_differences(df, covariates)
        for name, sentence in each_preset(panel):
            if name == "The most unequal":
                most = balance.loc[balance["smd"].abs().idxmax()]
                assert panel.values["chosen"] == (most.covariate,)
                assert f"differ by {abs(most.smd):.2f} SD" in sentence
            if name == "Equal arms, yet it moves":
                own = balance[balance["covariate"] == panel.values["explain"]]
                assert own["smd"].abs().max() < 0.1
                without, with_it = map(
                    float, re.search(r"from ([\d.]+) to ([\d.]+)\. Why", sentence).groups()
                )
                assert abs(with_it - without) >= 0.02
            if name == "Everything":
                assert f"Adjusted for all {len(covariates)} covariates" in sentence
                assert "wider, not narrower" in sentence
            if name == "A trial of 40":
                assert sentence.startswith("Only 40 of the ")

    def test_imbalance_and_prognosis_are_told_apart_on_real_trials(self, covariate_panels):
        veteran, cirrhosis = covariate_panels["veteran"], covariate_panels["pbc"]
        veteran.set(chosen=("karno",), explain="karno", patients=137, every=False)
        assert "moves it from 1.02 to 1.19. Why? At the start the arms differ by 0.06 SD" in veteran.sentence
        assert (
            "Unequal arms alone would have brought it to 0.97 (bar); the rest arises later"
            in veteran.sentence
        )
        cirrhosis.set(chosen=("age_years",), explain="age_years", patients=312, every=False)
        assert (
            "moves it from 1.06 to 0.93. Why? At the start the arms differ by 0.27 SD" in cirrhosis.sentence
        )
        assert "Mostly the imbalance: it alone would have brought it to 0.94 (bar)" in cirrhosis.sentence

    def test_a_level_that_nobody_has_left_and_an_arm_without_deaths(self):
        one_cell = al.load_veteran().query("celltype == 'large' or treated == 0")
        assert "Cell type" in al.covariate_panel(one_cell, covariates=["celltype"]).sentence
        no_deaths = al.load_veteran().assign(died=lambda d: d["died"] * d["treated"])
        with pytest.raises(al.TrialDataError, match=r"Nobody died in the control arm \('treated'\)"):
            al.covariate_panel(no_deaths, covariates=["karno"])
        with pytest.raises(al.TrialDataError, match="Name the covariates a learner may tick"):
            al.covariate_panel(al.load_veteran())

    def test_synthetic_data_are_called_so_in_the_picture(self):
        panel = al.covariate_panel()
        assert any("Synthetic cohort: not patients" in t.get_text() for t in panel.picture.figure.texts)

    def test_own_column_names_and_blanks(self):
        table = al.load_pbc().rename(columns={"time_days": "t", "died": "e", "treated": "arm"})
        with pytest.warns(UserWarning, match="28 of 312 patients"):
            panel = al.covariate_panel(table, "t", "e", "arm", ["cholesterol_mg_dl", "sex"])
        assert panel.controls["patients"].high == 284
        panel.set(chosen=("sex",))
        assert "Adjusted for sex: HR" in panel.sentence


@pytest.fixture(scope="module")
def hazards():
    return al.proportional_hazards_panel()


class TestProportionalHazards:
    def test_crossing_hazards_one_ratio_misleads(self, hazards):
        hazards.set(**hazards.presets["One ratio misleads"])
        trial = al.hazards_trial("crossing")
        early, late = al.period_hazard_ratios(trial, [120])["hr"]
        assert ratio(hazards.sentence) == pytest.approx(0.93)
        assert "p = 0.52. Test of a constant ratio: p < 0.001, one figure is not enough" in hazards.sentence
        assert f"Up to day 120 HR {early:.2f} (" in hazards.sentence
        assert f"after day 120 HR {late:.2f} (" in hazards.sentence
        assert late < 1 < early
        hazards.set(**hazards.presets["The same, 40 patients"])
        assert "no drift seen, which with 22 deaths proves little" in hazards.sentence

    def test_selection_alone_makes_the_ratio_fade_and_known_frailty_restores_it(self, hazards):
        hazards.set(**hazards.presets["Selection alone"])
        assert "Up to day 240 HR 0.54 (95 % CI 0.42–0.70); after day 240 HR 0.90" in hazards.sentence
        assert "+0.00 SD at the start, +0.28 among those alive after day 240" in hazards.sentence
        assert "the treatment halves every hazard at all times" in hazards.sentence
        hazards.set(**hazards.presets["… frailty known"])
        assert "Up to day 240 HR 0.46 (95 % CI 0.35–0.59); after day 240 HR 0.52" in hazards.sentence

    def test_a_constant_ratio_is_left_in_peace(self, hazards):
        hazards.set(**hazards.presets["Truly one ratio"])
        assert "HR 0.60" in hazards.sentence
        assert "p = 0.90, no drift seen" in hazards.sentence

    def test_the_synthetic_cohort_is_the_one_of_the_course(self, hazards):
        hazards.set(**hazards.presets["MIROCALS-like"])
        row = al.fit_cox(al.load_mirocals_like()).table.loc["treated"]
        assert ratio(hazards.sentence) == pytest.approx(row.hr, abs=0.005)
        assert "with 90 deaths" in hazards.sentence

    def test_clocks_are_cox_zphs(self, hazards):
        hazards.reset()
        for kind, name in (("constant", CONSTANT), ("selection", SELECTION)):
            fit = al.fit_cox(al.hazards_trial(kind))
            for clock in ("km", "rank", "identity", "log"):
                hazards.set(trial=name, clock=clock)
                p = al.proportional_hazards_test(fit, clock).loc["treated", "p"]
                said = number(r"constant ratio: p = ([\d.]+\d)", hazards.sentence)
                assert said == pytest.approx(p, abs=0.006)

    def test_every_combination_of_extremes_gives_a_picture_and_a_sentence(self, hazards):
        kinds = set()
        for values in every_state(hazards, few=["clock"]):
            assert "nan" not in hazards.sentence.lower()
            assert "base64" in hazards.view.value
            if values["patients"] == 1:
                assert hazards.sentence.startswith(("All analysed patients are in", "Nobody died among"))
            else:
                assert hazards.sentence.startswith("The treatment's one hazard ratio for all the time: HR")
            kinds.add(values["cut"])
            if values["patients"] > 1 and values["cut"] in (0, 640):
                assert "In the one period there is HR" in hazards.sentence
        assert kinds == {0, 120, 640}
        hazards.reset()

    def test_periods_without_deaths_in_an_arm_say_so(self, hazards):
        hazards.set(trial=CROSSING, patients=40, cut=5)
        assert re.search(r"Up to day 5 no ratio \(\d control and \d active deaths\)", hazards.sentence)
        hazards.reset()

    def test_presets(self, hazards):
        assert len(list(each_preset(hazards))) == 6

    @pytest.mark.parametrize(("load", "covariates"), [(al.load_veteran, VETERAN), (pbc, PBC)])
    def test_real_trials(self, load, covariates):
        panel = al.proportional_hazards_panel(load(), covariates=covariates, data_note="Real trial")
        fit, adjusted = al.fit_cox(load()), al.fit_cox(load(), covariates=covariates)
        for name, sentence in each_preset(panel):
            model = adjusted if panel.values["adjust"] else fit
            assert ratio(sentence) == pytest.approx(model.table.loc["treated", "hr"], abs=0.005)
            if name == "A covariate's residuals":
                assert f"Test of a constant ratio of {al.style.words(covariates[0])}" in sentence
        panel.set(adjust=False)
        assert (
            "Test of a constant ratio: p" in panel.sentence
        )  # no such term in the model: the treatment's instead
        for _ in each_end(panel):
            assert panel.sentence
            assert "nan" not in panel.sentence.lower()

    def test_veteran_hazards_cross_on_one_clock(self):
        panel = al.proportional_hazards_panel(al.load_veteran(), covariates=["karno"])
        panel.set(cut=90)
        assert (
            "Up to day 90 HR 1.49 (95 % CI 0.93–2.37); after day 90 HR 0.58 (95 % CI 0.33–1.03)"
            in panel.sentence
        )
        assert "p = 0.060, no drift seen" in panel.sentence
        panel.set(clock="identity")
        assert "p = 0.027, one figure is not enough" in panel.sentence

    def test_a_trial_without_covariates(self):
        panel = al.proportional_hazards_panel(al.load_veteran())
        assert "adjust" not in panel.controls
        assert "Mean risk score" not in panel.sentence
        panel.set(cut=200, patients=90)
        assert ratio(panel.sentence) > 0

    def test_a_trial_that_cannot_be_analysed(self):
        with pytest.raises(al.TrialDataError, match="There is no column 'karnofsky'"):
            al.proportional_hazards_panel(al.load_veteran(), covariates=["karnofsky"])


class TestPartialLikelihood:
    def test_the_chances_multiply_to_the_likelihood_of_the_fit(self):
        panel = al.partial_likelihood_panel()
        fit = al.fit_cox(eight_patients_in_two_arms())
        panel.set(**panel.presets["The most likely ratio"])
        largest = np.exp(fit.log_likelihood)
        assert f"larger than {fit.table['hr'].iloc[0]:.2f} does ({largest:.4f})" in panel.sentence
        panel.set(ratio=1.0)
        assert f"multiply to {np.exp(fit.log_likelihood_null):.2g}" in panel.sentence

    def test_a_fair_race_is_one_in_those_left(self):
        panel = al.partial_likelihood_panel()
        patients = eight_patients_in_two_arms()
        deaths = patients[patients["died"] == 1].sort_values("time_days")
        assert panel.controls["death"].high == len(deaths) == 4
        for number_, death in enumerate(deaths.itertuples(), 1):
            panel.set(death=number_, ratio=1.0)
            left = (patients["time_days"] >= death.time_days).sum()
            assert panel.sentence.startswith(
                f"Death {number_} of 4, day {death.time_days}: patient {death.patient} ("
            )
            assert f"{left} are still in the race" in panel.sentence
            assert f"so what happened had a chance of {1 / left:.2f}" in panel.sentence

    def test_no_ratio_tried_beats_the_best(self):
        panel = al.partial_likelihood_panel()
        best = number(r"does \(([\d.]+)\)", panel.sentence)
        for tried in (0.05, 0.1, 0.2, 0.3, 0.6, 2, 5):
            panel.set(ratio=tried)
            assert number(r"multiply to ([\d.e-]+)\. ", panel.sentence) <= best

    def test_extremes_and_presets(self):
        panel = al.partial_likelihood_panel()
        for _ in every_state(panel):
            assert panel.sentence.startswith("Death ")
        assert len(list(each_preset(panel))) == 3

    def test_any_small_trial(self):
        few = al.load_veteran().iloc[60:72].drop_duplicates("time_days")
        panel = al.partial_likelihood_panel(few, patient="patient_id", data_note="Real trial: veteran")
        panel.set(death=panel.controls["death"].high)
        assert "patient " in panel.sentence
        with pytest.raises(al.TrialDataError, match="137 patients are too many"):
            al.partial_likelihood_panel(al.load_veteran(), patient="patient_id")
        twins = eight_patients_in_two_arms().assign(time_days=[60, 60, 190, 250, 330, 410, 520, 640])
        with pytest.raises(al.TrialDataError, match="Two deaths share a day in 'time_days'"):
            al.partial_likelihood_panel(twins)
        with pytest.raises(al.TrialDataError, match="Nobody died in the active arm"):
            al.partial_likelihood_panel(eight_patients_in_two_arms().assign(died=[1, 1, 0, 0, 0, 1, 0, 0]))

    def test_it_unfolds(self):
        folded = al.expandable("One death at a time", al.partial_likelihood_panel())
        button, panel = folded.children
        assert (panel.layout.display, button.description[0]) == ("none", "▸")
        button.value = True
        assert (panel.layout.display, button.description[0]) == ("flex", "▾")
        button.value = False
        assert panel.layout.display == "none"


class TestResponders:
    def test_nothing_happens_and_yet_responders_live_longer(self):
        panel = al.responder_panel()
        assert "as randomised HR 1.02 (95 % CI 0.79–1.33)" in panel.sentence
        assert "responders against non-responders: HR 0.35 (95 % CI 0.23–0.53)" in panel.sentence
        assert "25 patients of the active arm died by day 84" in panel.sentence
        panel.set(**panel.presets["Rise unrelated to health"])
        assert "non-responders: HR 0.67 (95 % CI 0.46–0.98)" in panel.sentence
        assert "among those alive then: HR 1.02 (95 % CI 0.67–1.56), which removes that" in panel.sentence

    def test_the_sentence_is_the_computed_table(self):
        panel = al.responder_panel()
        for day, follows in ((30, 0.0), (200, 0.35), (400, 1.0)):
            panel.set(day=day, follows=follows)
            table = al.responder_comparisons(al.responder_trial(day, follows), day)
            said = [float(x) for x in re.findall(r"HR (\d+\.\d\d)", panel.sentence)]
            assert said == [
                pytest.approx(table.loc[n, "hr"], abs=0.005)
                for n in ("randomised", "responders_vs_others", "landmark")
            ]

    def test_extremes_and_presets(self):
        panel = al.responder_panel()
        for values in every_state(panel):
            assert panel.sentence.startswith("The treatment does nothing for survival here: as randomised HR")
            assert "nan" not in panel.sentence.lower()
            if values["day"] == 630:
                assert "no ratio, too few deaths in a group" in panel.sentence
        assert len(list(each_preset(panel))) == 5


@pytest.mark.parametrize(
    "make",
    [al.covariate_panel, al.proportional_hazards_panel, al.partial_likelihood_panel, al.responder_panel],
)
def test_a_panel_says_in_its_alternative_text_what_it_shows(make):
    import html

    panel = make()
    alt = re.search(r'alt="([^"]*)"', panel.view.value).group(1)
    assert html.unescape(alt) == panel.sentence
    assert all(control.label for control in panel.controls.values())
    before = shown(panel)
    panel.set(**next(iter(reversed(panel.presets.values()))))
    assert shown(panel) != before
    panel.reset()
    assert shown(panel) == before


def shown(panel) -> str:
    """What a learner sees: not the room kept for the longest sentence so far."""
    return re.sub(r'data-longest="[^"]*"', "", panel.view.value)


def test_the_balance_picture_of_a_learner():
    table = al.standardised_differences(al.load_pbc(), ["age_years", "stage", "sex"])
    axes = al.plot_balance(table, adjusted=["age_years"])
    points = axes.collections[-1]
    np.testing.assert_allclose(points.get_offsets()[:, 0], table["smd"])
    faces = points.get_facecolors()
    assert (faces[0] != faces[1]).any()
    with pytest.raises(al.TrialDataError, match="needs the column 'covariate'"):
        al.plot_balance(pd.DataFrame({"smd": [0.1]}))


def test_the_pictures_of_proportional_hazards_of_a_learner():
    fit = al.fit_cox(al.load_veteran(), covariates=["karno"])
    residuals = al.schoenfeld_residuals(fit, scaled=True)
    axes = al.plot_schoenfeld(residuals, "karno", fit.table.loc["karno", "log_hr"])
    dots = next(line for line in axes.lines if line.get_marker() == ".")
    np.testing.assert_allclose(dots.get_ydata(), residuals["karno"])
    curves = al.log_log_curves(al.load_veteran())
    lines = al.plot_log_log(curves).lines
    np.testing.assert_allclose(lines[1].get_ydata(), curves.loc[curves["group"] == 1, "log_minus_log"])
