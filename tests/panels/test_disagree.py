"""Panels of notebook 05: the figures they say, at every control's ends, on synthetic and on real data."""

from __future__ import annotations

import itertools
import re

import pytest

import alsteach as al
from alsteach.disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.style import p_text

VETERAN = {"covariates": ["celltype", "age_years", "prior", "diagtime_months"], "interaction": "karno"}


def ratio(sentence: str) -> float:
    return float(re.search(r"HR (\d+\.\d\d)", sentence).group(1))


@pytest.fixture(scope="module")
def mirocals_panel():
    return al.reference_level_panel()


@pytest.fixture
def panel(mirocals_panel):
    mirocals_panel.reset()
    return mirocals_panel


class TestReferenceLevel:
    def test_at_zero_it_says_the_published_figure(self, panel):
        assert "HR 0.32 (95 % CI 0.14–0.73), p = 0.007" in panel.sentence
        assert "No patient is that low" in panel.sentence

    def test_every_reading_is_the_fitted_models(self, panel):
        fit = al.fit_cox(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
        for reference in (0, 1000, 2500, panel.controls["reference"].high):
            panel.set(reference=reference)
            assert ratio(panel.sentence) == round(fit.at(panel.values["reference"])["hr"].iloc[0], 2)

    def test_the_likelihood_never_changes(self, panel):
        said = set()
        for reference in (0, 800, 3000, 6000):
            panel.set(reference=reference)
            said.add(re.search(r"log-likelihood \((−[\d.]+)\)", panel.sentence).group(1))
        assert len(said) == 1

    def test_from_significant_through_nothing_to_above_one(self, panel):
        panel.set(**panel.presets["Read at the patients' mean"])
        at_mean = panel.sentence
        assert float(re.search(r"p = (\d\.\d+)", at_mean).group(1)) > 0.05
        panel.set(**panel.presets["Where it crosses 1"])
        assert ratio(panel.sentence) == 1.00
        panel.set(reference=6000)
        assert ratio(panel.sentence) > 1.5

    def test_log_scale_reads_at_one(self, panel):
        panel.set(**panel.presets["Log scale, read at 1"])
        assert panel.sentence.startswith("Read at a CSF-pNFH of 1 pg/mL")
        assert "whose zero is 1 pg/mL" in panel.sentence
        panel.set(reference=0)
        assert panel.sentence.startswith("Read at a CSF-pNFH of 1 pg/mL")

    def test_leaving_out_the_pillars_weakens_the_slope(self, panel):
        fit = al.fit_cox(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
        assert fit.table["log_hr"].iloc[-1] > 0
        most = fit.dfbeta().iloc[:, -1].sort_values(ascending=False).index[:5]
        without = al.fit_cox(mirocals_like_for_analysis().drop(index=most), **MIROCALS_LIKE_MODEL)
        panel.set(left_out=5)
        assert without.table["p"].iloc[-1] > 3 * fit.table["p"].iloc[-1]
        p = p_text(without.table["p"].iloc[-1]).removeprefix("p = ").removeprefix("p ")
        assert f"(triangles) its p is {p};" in panel.sentence

    def test_every_combination_of_extremes_gives_a_sentence(self, panel):
        names = list(panel.controls)
        said = set()
        for combination in itertools.product(*(panel.controls[name].extremes for name in names)):
            panel.set(**dict(zip(names, combination, strict=True)))
            assert panel.sentence.startswith("Read at a CSF-pNFH of")
            assert "nan" not in panel.sentence
            said.add(panel.sentence)
        assert len(said) > 10

    def test_on_the_veteran_trial(self):
        panel = al.reference_level_panel(al.load_veteran(), **VETERAN)
        assert ratio(panel.sentence) == 2.69
        panel.set(**panel.presets["Read at the patients' mean"])
        assert ratio(panel.sentence) == 1.35

    def test_a_biomarker_with_zeros_offers_no_logarithm(self):
        veteran = al.load_veteran().assign(karno=lambda d: d.karno - d.karno.min())
        panel = al.reference_level_panel(veteran, interaction="karno")
        assert panel.controls["scale"].extremes == ["linear"]

    def test_blank_biomarkers_are_left_out_with_a_warning(self):
        pbc = al.load_pbc()
        with pytest.warns(al.frames.MissingValuesWarning):
            panel = al.reference_level_panel(pbc, interaction="cholesterol_mg_dl")
        assert "of 284 patients" in (panel.set(reference=400) or panel.sentence)

    def test_without_a_biomarker_it_asks_for_one(self):
        with pytest.raises(al.TrialDataError, match="interaction='karno'"):
            al.reference_level_panel(al.load_veteran())

    def test_a_misspelt_column_is_named(self):
        with pytest.raises(al.TrialDataError, match="no column 'karnofsky'"):
            al.reference_level_panel(al.load_veteran(), interaction="karnofsky")


class TestDisagreement:
    def test_the_steps_are_those_of_compare_models(self):
        panel = al.disagreement_panel()
        table = al.compare_models(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
        for step, hr in enumerate(table["hr"], start=1):
            panel.set(steps=step)
            assert panel.sentence.startswith(f"Step {step} (")
            assert ratio(panel.sentence) == round(hr, 2)

    def test_the_published_figures_stand_beside(self):
        panel = al.disagreement_panel()
        panel.set(published=True, steps=1)
        assert (
            "Published: HR 0.81 (95 % CI 0.54–1.22), p = 0.33 (a log-rank test's p; ours is Wald's)"
            in panel.sentence
        )
        panel.set(steps=3)
        assert (
            "Published: HR 0.32 (95 % CI 0.14–0.73), p = 0.007, from a model not known here" in panel.sentence
        )

    def test_real_data_have_no_published_figures_to_show(self):
        panel = al.disagreement_panel(al.load_veteran(), **VETERAN)
        assert "published" not in panel.controls
        figures = []
        for step in (1, 2, 3, 4):
            panel.set(steps=step)
            figures.append(ratio(panel.sentence))
        assert figures == [1.02, 1.34, 2.69, 1.35]

    def test_no_covariates_at_all(self):
        panel = al.disagreement_panel()
        panel.set(steps=4, covariates=())
        assert panel.sentence.startswith("Step 4")
        panel.set(steps=2)
        assert "adjusted for CSF-pNFH)" in panel.sentence


class TestCheckup:
    def test_everything_is_in_order_and_the_dot_follows(self):
        panel = al.checkup_panel()
        assert panel.sentence == (
            "Everything is in order: packages, data, statistics. The dot stands at 20, as you asked."
        )
        for dot in panel.controls["dot"].extremes:
            panel.set(dot=dot)
            assert panel.sentence.endswith(f"The dot stands at {dot}, as you asked.")

    def test_a_damaged_table_is_named(self, monkeypatch):
        from alsteach import datasets

        def damaged():
            raise al.TrialDataError("datasets/veteran.csv is damaged. To restore it, …")

        monkeypatch.setattr(datasets, "load_pbc", damaged)
        panel = al.checkup_panel()
        assert panel.sentence.startswith("Not in order. Data: datasets/veteran.csv is damaged")
