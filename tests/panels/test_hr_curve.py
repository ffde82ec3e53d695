"""The effect along a biomarker: the figures it says, what it calls extrapolation, and what it cannot tell apart."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import alsteach as al
from alsteach.biomarker_shapes import where_patients_are
from alsteach.disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.style import hr_text
from tests.panels.states import faults

VETERAN = {"covariates": ["celltype", "age_years"], "interaction": "karno"}


@pytest.fixture(scope="module")
def mirocals_panel():
    return al.hr_curve_panel()


@pytest.fixture
def panel(mirocals_panel):
    mirocals_panel.reset()
    return mirocals_panel


def effect(shape, knots=4):
    return al.effect_along(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL, shape=shape, knots=knots)


def said_of(shape, knots, at):
    row = effect(shape, knots).at(at).iloc[0]
    return hr_text(row.hr, row.ci_low, row.ci_high)


class TestReading:
    def test_the_line_at_zero_is_the_published_figure_and_no_patient(self, panel):
        assert "straight line HR 0.32 (95 % CI 0.14–0.73)" in panel.sentence
        lowest = mirocals_like_for_analysis()["csf_pnfh_pg_ml"].min()
        assert f"No patient has 0; the lowest has {lowest:.0f} pg/mL" in panel.sentence
        assert "not an average over the patients" in panel.sentence

    @pytest.mark.parametrize("knots", [3, 4, 5])
    def test_the_spline_is_effect_along(self, panel, knots):
        for at in (0, 1500, 5000):
            panel.set(shape="spline", knots=knots, reference=at)
            assert (
                f"spline with {knots} knots {said_of('spline', knots, panel.values['reference'])}"
                in panel.sentence
            )

    def test_all_shapes_at_zero_say_unlike_things(self, panel):
        panel.set(**panel.presets["All shapes at 0"])
        for part in (
            f"straight line {said_of('linear', 4, 0)}",
            f"logarithm {said_of('log', 4, 1)} (a logarithm has no 0: read at 1 pg/mL)",
            f"spline with 4 knots {said_of('spline', 4, 0)}",
        ):
            assert part in panel.sentence
        ratios = [effect("linear").at(0)["hr"][0], effect("spline").at(0)["hr"][0]]
        assert ratios[1] / ratios[0] > 3

    def test_at_the_median_they_agree(self, panel):
        panel.set(**panel.presets["All shapes at the median"])
        ratios = [float(r) for r in re.findall(r"HR (\d\.\d\d) \(95", panel.sentence)]
        assert len(ratios) == 3
        assert max(ratios) / min(ratios) < 1.5


class TestWhatCannotBeToldApart:
    def test_aic_of_each_and_who_is_tied(self, panel):
        panel.set(shape="all")
        fits = {shape: effect(shape) for shape in ("linear", "log", "spline")}
        for name, shape in (
            ("straight line", "linear"),
            ("logarithm", "log"),
            ("spline with 4 knots", "spline"),
        ):
            assert f"{name} {fits[shape].aic:.1f}" in panel.sentence
        assert abs(fits["linear"].aic - fits["spline"].aic) < 2
        assert (
            "The straight line and spline with 4 knots lie within 2: these data cannot tell them apart."
            in panel.sentence
        )
        assert fits["log"].aic - min(fit.aic for fit in fits.values()) > 7
        assert "The logarithm fits clearly worse." in panel.sentence

    def test_tests_of_interaction_and_of_a_bend(self, panel):
        panel.set(shape="spline", knots=4)
        spline = effect("spline")
        assert spline.p_interaction < 0.001
        assert (
            "Test for interaction (spline with 4 knots): p < 0.001; that the effect bends at all: "
            f"p = {spline.p_nonlinear:.2f}." in panel.sentence
        )
        panel.set(shape="linear")
        assert f"interaction (straight line): p = {effect('linear').p_interaction:.3f}." in panel.sentence
        assert "bends" not in panel.sentence

    def test_on_bilirubin_the_logarithm_wins(self):
        panel = al.hr_curve_panel(
            al.load_pbc(), covariates=["age_years", "edema"], interaction="bilirubin_mg_dl"
        )
        assert "The logarithm fits best. The straight line fits clearly worse." in panel.sentence


class TestWherePatientsAre:
    def test_beyond_few_patients_it_is_a_guess(self, panel):
        marker = mirocals_like_for_analysis()["csf_pnfh_pg_ml"]
        low, high = where_patients_are(marker)
        panel.set(reference=low - 20)
        n = int((marker < panel.values["reference"]).sum())
        assert 0 < n < 5
        assert (
            f"Shaded: only {n} of 220 patients lie below, so the curve there is the model's guess."
            in panel.sentence
        )
        panel.set(reference=high + 200)
        n = int((marker > panel.values["reference"]).sum())
        assert 0 < n < 5
        assert f"only {n} of 220 patients lie above" in panel.sentence

    def test_lower_than_low(self, panel):
        panel.set(**panel.presets["Lower than “low”"])
        low = mirocals_like_for_analysis().query("csf_pnfh_pg_ml < 750")
        assert (
            f"starts at 750 pg/mL; below it are {len(low)} of 220 patients with {low.died.sum()} deaths"
            in panel.sentence
        )

    def test_at_the_cut_nothing_jumps(self, panel):
        panel.set(**panel.presets["At the published cut-off"])
        assert panel.values["reference"] == 3700
        assert "no curve jumps here" in panel.sentence
        assert "a bar cannot say" in panel.sentence

    def test_elsewhere_it_counts_who_lies_below(self, panel):
        panel.set(reference=2500)
        below = int((mirocals_like_for_analysis()["csf_pnfh_pg_ml"] < 2500).sum())
        assert f"{below} of 220 patients lie below it." in panel.sentence


class TestPicture:
    def texts(self, panel):
        return [text.get_text() for ax in panel.picture.memory.axes for text in ax.texts]

    def test_published_bars_stand_where_the_table_says(self, panel):
        panel.set(published=True)
        texts = "\n".join(self.texts(panel))
        for part in (
            "published 2025, 750–3,700:\nHR 0.52, box 0.30–0.89",
            "published 2025, above 3,700:\nHR 1.37",
            "published 2022, up to 3,700:\n43 % lower",
        ):
            assert part in texts
        bars = [
            line
            for line in panel.picture.memory.axes[0].lines
            if line.get_linewidth() == 3 and len(line.get_xdata()) == 2
        ]
        flat = {(x[0], x[1], round(y[0], 2)) for x, y in (b.get_data() for b in bars) if y[0] == y[1]}
        top = panel.controls["reference"].high
        assert {(750, 3700, 0.52), (3700, top, 1.37), (0, 3700, 0.57)} <= flat
        panel.set(published=False)
        assert "2025" not in "\n".join(self.texts(panel))

    def test_the_axis_becomes_logarithmic_and_nothing_else_changes(self, panel):
        panel.set(shape="all", reference=2000)
        before = panel.sentence
        panel.set(axis="log")
        assert panel.picture.memory.axes[0].get_xscale() == "log"
        assert panel.sentence == before
        panel.set(reference=0)
        assert "No patient has 0" in panel.sentence

    def test_the_label_calls_the_curves_synthetic(self, panel):
        said = [text.get_text() for text in panel.picture.figure.texts]
        assert any("Synthetic cohort: not patients" in text for text in said)

    def test_curves_and_readings_do_not_pile_up(self, panel):
        panel.set(shape="all", published=True, reference=100)
        artists = len(panel.picture.figure.findobj())
        for reference in range(200, 2200, 100):
            panel.set(reference=reference)
        for shape in ("linear", "spline", "all") * 3:
            panel.set(shape=shape)
        assert len(panel.picture.figure.findobj()) <= artists + 5


def test_every_combination_of_extremes_gives_a_picture_and_a_sentence(panel):
    names = list(panel.controls)
    said = set()
    for combination in itertools.product(*(panel.controls[name].extremes for name in names)):
        panel.set(**dict(zip(names, combination, strict=True)))
        assert faults(panel) == []
        assert panel.sentence.startswith("Read at a CSF-pNFH of")
        said.add(panel.sentence)
    assert len(said) > 20


class TestOtherTrials:
    def test_veteran_has_no_published_bars(self):
        panel = al.hr_curve_panel(al.load_veteran(), **VETERAN)
        assert "published" not in panel.controls
        fit = al.effect_along(al.load_veteran(), **VETERAN, values=[60])
        panel.set(reference=60)
        assert hr_text(*fit.table.iloc[0][["hr", "ci_low", "ci_high"]]) in panel.sentence
        for preset in panel.presets.values():
            panel.set(**preset)
            assert faults(panel) == []

    def test_a_biomarker_with_zeros_has_no_logarithm(self):
        veteran = al.load_veteran().assign(karno=lambda d: d.karno - d.karno.min())
        panel = al.hr_curve_panel(veteran, interaction="karno")
        assert panel.controls["shape"].extremes == ["linear", "spline", "all"]
        assert "axis" not in panel.controls
        assert "logarithm" not in panel.sentence

    def test_too_few_values_for_a_spline_are_explained_and_the_line_stays(self):
        panel = al.hr_curve_panel(al.load_veteran(), interaction="prior")
        panel.set(shape="spline")
        assert panel.sentence.startswith("Column 'prior' has 2 different values")
        panel.set(shape="linear")
        assert panel.sentence.startswith("Read at a prior")
        assert "spline" not in panel.sentence

    def test_blanks_and_negative_values(self):
        with pytest.warns(al.frames.MissingValuesWarning):
            panel = al.hr_curve_panel(al.load_pbc(), interaction="cholesterol_mg_dl")
        assert "patients" in panel.sentence
        shifted = al.load_veteran().assign(karno=lambda d: d.karno - 60.0)
        panel = al.hr_curve_panel(shifted, interaction="karno")
        assert panel.controls["reference"].low == shifted["karno"].min()
        for values in ({"shape": "spline"}, {"reference": panel.controls["reference"].high}):
            panel.set(**values)
            assert faults(panel) == []

    def test_without_a_biomarker_it_asks_for_one(self):
        with pytest.raises(al.TrialDataError, match="interaction='karno'"):
            al.hr_curve_panel(al.load_veteran())

    def test_the_spline_cannot_be_drawn_from_a_constant(self):
        with pytest.raises(al.TrialDataError, match="same for every analysed patient"):
            al.hr_curve_panel(al.load_veteran().assign(flat=np.pi), interaction="flat")
