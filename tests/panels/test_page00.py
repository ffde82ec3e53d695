"""Panels of page 00: what the paradox's figures are computed from, and what a broken installation is told."""

from __future__ import annotations

import re

import numpy as np
import pytest

import alsteach as al
from alsteach.data import tables
from alsteach.panels import page00
from alsteach.plots.page00 import spread
from alsteach.words import catalogue
from tests.panels.states import seen, texts


@pytest.fixture
def panel():
    return al.paradox_panel()


def estimate(key: str) -> float:
    return al.published(f"mirocals_{key}").estimate


class TestParadox:
    def test_it_opens_with_placebo_alone_and_the_printed_ratio(self, panel):
        assert panel.step == "placebo"
        fields = panel.said.fields
        assert fields["placebo"] == pytest.approx(100 * estimate("alive_placebo") / estimate("n_placebo"))
        assert fields["paper"] == estimate("hr_adjusted")
        assert "63" not in panel.alternative_text

    def test_what_the_printed_ratios_would_make_of_placebo(self, panel):
        fields = panel.go("both").said.fields
        alive = estimate("alive_placebo") / estimate("n_placebo")
        assert fields["alive_paper"] == pytest.approx(100 * alive**0.32) == pytest.approx(82.8, abs=0.05)
        assert fields["alive_crude"] == pytest.approx(100 * alive**0.81)
        assert round(fields["alive_paper"]) - round(fields["il2"]) == fields["unseen"] == 20
        assert abs(fields["alive_crude"] - fields["il2"]) < 1  # the other row fits the arms

    @pytest.mark.parametrize("width", [280, 340, 680, 760])
    def test_the_two_rows_cover_neither_each_other_nor_the_axis(self, panel, width):
        axes = seen(panel.go("both"), width)._sheet.axes
        boxes = [text.get_bbox_patch().get_window_extent() for text in texts(panel) if text.get_bbox_patch()]
        (label,) = [text for text in texts(panel) if text.get_text() == axes.words("alive")]
        first, second = sorted(boxes, key=lambda box: -box.y0)
        assert axes.height > first.y1 > first.y0 > second.y1 > second.y0 > label.get_window_extent().y1

    def test_beside_both_rows_too_the_sentence_is_of_the_curve_that_is_drawn(self, panel):
        panel.go("both").set(hr=0.5)
        alive = estimate("alive_placebo") / estimate("n_placebo")
        assert panel.said.finding == "ratio"
        assert panel.said.fields["alive"] == pytest.approx(100 * alive**0.5)

    def test_a_ratio_for_each_patient_is_another_than_the_arms(self, panel):
        """In our world; computed by averaging over 8191 patients, checked here by a large trial."""
        fields = panel.go("ratio").said.fields
        design = al.TrialDesign(
            patients_per_arm=20_000, treatment_log_hr_at_zero=np.log(0.32), treatment_log_hr_per_pg_ml=0.0
        )
        trial = al.simulate_trials(design, 1, np.random.default_rng(3))
        fit = al.fit_cox_many(trial.time_days, trial.died, trial.treated[..., None])
        assert fields["average"] == pytest.approx(float(np.exp(fit.coef[0, 0])), abs=0.02)
        assert 0.32 < fields["average"] < 0.4
        assert fields["alive"] > fields["alive_average"] > fields["il2"]
        assert "would average to about" in panel.in_numbers[2]

    def test_the_curves_end_where_the_paper_does(self, panel):
        for arm in ("placebo", "il2"):
            curve = panel.found.curves[arm]
            assert 100 * curve["survival"].iloc[-1] == pytest.approx(panel.found.alive(arm))
            assert panel.found.alive(arm) == pytest.approx(
                100 * estimate(f"alive_{arm}") / estimate(f"n_{arm}")
            )

    def test_the_guess_is_kept_and_what_happened_stays_hidden_until_the_next_step(self, panel):
        panel.go("guess")
        assert panel.guess.open
        assert panel.guess.truth == pytest.approx(62.7, abs=0.05)
        panel.guess.lock(74)
        assert "63" not in panel.alternative_text
        with_guess = panel.go("happened").picture_at(640, 1)
        assert panel.said.fields["il2"] == panel.guess.truth
        fresh = al.paradox_panel().go("happened")
        assert fresh.picture_at(640, 1) != with_guess

    def test_the_guess_is_written_once_and_nothing_over_it(self):
        panel = seen(al.paradox_panel(), 640).go("guess")
        panel.guess.lock(57)
        written = [text.get_text() for text in texts(panel)]
        assert "57" not in written, "the panel itself writes beside the guess"
        panel.go("happened")
        assert [text.get_text() for text in texts(panel)].count("57") == 1

    def test_a_guessed_curve_ends_at_the_guess(self, panel):
        curve = page00.guessed_curve(panel.found, 74)
        assert curve[-1] == pytest.approx(74)
        assert (np.diff(curve) <= 0).all()

    @pytest.mark.parametrize(("hr", "more"), [(0.32, 20), (0.81, -1), (1.0, -8), (0.79, 0)])
    def test_any_ratio_can_be_drawn(self, panel, hr, more):
        panel.go("ratio")
        panel.set(hr=hr)
        assert page00.unseen(panel.found, panel.said.fields["alive"]) == more
        panel.picture_at(640, 1)

    def test_the_ratio_is_off_while_nothing_is_drawn_with_it(self, panel):
        panel._hear({"do": "width", "width": 640, "sharpness": 1})
        seen = {}
        for step in panel.steps:
            panel.go(step)
            seen[step] = panel.controls["hr"].off
        assert {step for step, off in seen.items() if off is None} == {"ratio", "both"}

    def test_nothing_tells_the_guesses_of_page_05(self, panel):
        for step in panel.steps:
            assert not re.search(r"0\.77|0\.93", panel.go(step).alternative_text)
            panel.guess.skip()

    def test_ends_keep_apart(self):
        assert spread([55.0, 63.0, 83.0], 14, 97) == pytest.approx([52.0, 66.0, 83.0])
        places = spread([62.7, 62.7, 55.5, 99.0], 14, 97)
        assert min(np.diff(sorted(places))) > 14 - 1e-9
        assert max(places) <= 97


class TestCheckup:
    def test_everything_is_in_order_and_the_dot_follows(self):
        panel = al.checkup_panel()
        assert panel.said.finding == "fine"
        assert panel.said.fields["dot"] == 20
        assert panel.alternative_text.startswith(f"{panel.title} {panel.finding}")  # no stop after "?"
        panel.set(dot=70)
        assert panel.said.fields["dot"] == 70

    def test_a_damaged_table_is_named(self, monkeypatch):
        def damaged():
            raise al.TrialDataError("datasets/veteran.csv is damaged. To restore it, …")

        monkeypatch.setattr(tables, "load_pbc", damaged)
        panel = al.checkup_panel()
        assert panel.finding.startswith("Not in order. Data: datasets/veteran.csv is damaged")
        panel.picture_at(280, 1)

    def test_another_result_than_in_r_is_said(self, monkeypatch):
        monkeypatch.setattr(page00, "VETERAN_HR", 1.5)
        assert al.checkup_panel().finding.startswith("Not in order. Statistics: another result than in R.")

    def test_every_sentence_of_the_page_is_used(self, monkeypatch):
        with catalogue.recording() as asked:
            for panel in (al.paradox_panel(), al.checkup_panel()):
                for step in panel.steps:
                    panel.go(step)
                    if panel.guess is not None:
                        panel.guess.lock(70)
                    panel._hear({"do": "width", "width": 640, "sharpness": 1})
                    panel.picture_at(280, 1)
                if "hr" in panel.controls:
                    panel.set(hr=0.79)
                    panel.set(hr=1.2)
            for name, value in {"NEEDED": ("no_such_package",), "VETERAN_HR": 2}.items():
                monkeypatch.setattr(page00, name, value)
                broken = al.checkup_panel()
                assert broken.said.finding == "broken"
                broken._hear({"do": "width", "width": 640, "sharpness": 1})
                assert broken.finding.endswith("The dot stands at 20, as you asked.")
        panel = al.paradox_panel().go("guess")
        with catalogue.recording() as open_guess:
            panel._hear({"do": "width", "width": 640, "sharpness": 1})
            panel.picture_at(280, 1)
        for key, fields in open_guess["paradox"].items():
            asked["paradox"][key] |= fields
        words = {key: catalogue.tables("en")[key] for key in ("paradox", "checkup")}
        assert catalogue.problems(words, {key: asked[key] for key in words}) == []
