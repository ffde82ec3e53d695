"""Panels on endless and on many trials: what they say is what the functions under them compute."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import alsteach as al
from alsteach.collapsibility import leave_out


class TestNoncollapsibility:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.noncollapsibility_panel()

    def test_it_says_where_endless_trials_settle(self, panel):
        panel.set(effect=0.5, spread=2.0, deaths=60)
        expected = leave_out(0.5, 2.0, 0.6).crude_hr
        assert f"gives {expected:.2f} in the long run: closer to 1" in panel.sentence

    def test_nobody_differs(self, panel):
        panel.set(**panel.presets["Nobody differs"])
        assert "the same. Neither figure is wrong" in panel.sentence
        assert panel.sentence.endswith("nobody differs from anybody.")

    def test_the_published_pair_needs_an_absurd_spread(self, panel):
        name = next(name for name in panel.presets if name.startswith("What 0.81 from 0.32"))
        panel.set(**panel.presets[name])
        assert "gives 0.81 in the long run" in panel.sentence
        assert panel.values["spread"] > 5 * panel.presets["As in our ALS world"]["spread"]

    def test_no_effect_does_not_drift(self, panel):
        panel.set(**panel.presets["No effect at all"])
        assert "gives 1.00 in the long run: the same" in panel.sentence
        assert panel.sentence.endswith("so nothing drifts.")

    def test_every_corner(self, panel):
        for effect, spread, deaths in itertools.product(*(c.extremes for c in panel.controls.values())):
            panel.set(effect=effect, spread=spread, deaths=deaths)
            crude = float(re.search(r"gives ([\d.]+) in", panel.sentence).group(1))
            assert min(effect, 1) - 0.005 <= crude <= 1.005
            assert "nan" not in panel.sentence


class TestManyTrials:
    @pytest.fixture(scope="class")
    def panel(self):
        panel = al.many_trials_panel()
        assert panel.wait(120)
        return panel

    def test_it_says_what_the_trials_gave(self, panel):
        panel.set(world="varies", against="at_zero", per_arm=110, n_trials=300, seed=2)
        assert panel.wait(120)
        trials = al.run_many_trials(al.TrialDesign(), n_trials=300, seed=2)
        power = 100 * (trials["at_zero_p"] < 0.05).mean()
        assert f"{power:.0f} % in the second analysis" in panel.sentence
        assert f"HR {np.exp(trials['at_zero_log_hr'].median()):.2f} (" in panel.sentence

    def test_looking_at_another_analysis_simulates_nothing_anew(self, panel):
        panel.set(against="at_zero")
        assert panel.wait(120)
        panel.set(against="at_mean")
        assert panel.wait(0)
        assert "interaction read at the mean" in panel.sentence

    def test_when_nothing_works_the_better_of_two_p_values_is_an_alarm_too_often(self, panel):
        panel.set(world="none", against="at_zero", per_arm=110, n_trials=2000, seed=0)
        assert panel.wait(240)
        alarms = [
            float(x)
            for x in re.search(
                r"in (\d+) % unadj.*?, (\d+) % in the sec.*?, (\d+) %", panel.sentence
            ).groups()
        ]
        assert "false alarms" in panel.sentence
        assert alarms[0] < 8
        assert alarms[2] > max(alarms[:2])

    def test_stop_keeps_the_last_picture(self, panel):
        panel.set(world="varies", n_trials=100, seed=1)
        assert panel.wait(120)
        before = panel.sentence
        panel.set(n_trials=2000, per_arm=500, seed=9)
        panel.background.stop_button.click()
        assert panel.wait(0)
        assert panel.sentence == before

    @pytest.mark.parametrize("per_arm", [20, 500])
    @pytest.mark.parametrize("world", ["varies", "same", "none"])
    def test_ends_of_the_sliders(self, panel, world, per_arm):
        panel.set(world=world, per_arm=per_arm, n_trials=100, seed=20, against="adjusted")
        assert panel.wait(240)
        assert panel.sentence.startswith(f"100 trials of {2 * per_arm} patients")
        assert "nan" not in panel.sentence


@pytest.mark.slow
class TestGapBudget:
    def test_it_says_what_the_budget_gives(self):
        panel = al.gap_budget_panel()
        panel.set(n_trials=100, missing=0, slope=3.0, strength=1.0)
        assert panel.wait(300)
        budget = al.gap_budget(al.TrialDesign(missing_pnfh_log_odds=0.5), n_trials=100)
        reach = 100 * budget["share_reaching"]
        assert "From 0.81 to 0.32 is −0.93 on the log scale" in panel.sentence
        assert f"All together: {reach['all_together']:.1f} %" in panel.sentence
        assert "The causes do not add" in panel.sentence

    def test_corners_give_a_sentence(self):
        panel = al.gap_budget_panel()
        for strength, slope, missing in [(0.5, 0.0, 40), (3.0, 6.0, 0), (3.0, 0.0, 40)]:
            panel.set(n_trials=100, strength=strength, slope=slope, missing=missing)
            assert panel.wait(300)
            assert re.match(r"From 0\.81|No median", panel.sentence), panel.sentence
            assert "nan" not in panel.sentence
