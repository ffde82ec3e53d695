"""What can be said from published figures alone: each against arithmetic done in another way."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.stats import published_arithmetic as arithmetic

LOW, HIGH = (al.published(f"mirocals_hr_{name}_pnfh").estimate for name in ("low", "high"))


def printed(key: str) -> tuple[float, tuple[float, float]]:
    figure = al.published(f"mirocals_hr_{key}")
    return figure.estimate, (figure.ci_low, figure.ci_high)


class TestBalance:
    @pytest.mark.parametrize(("last", "expected"), [(1, 0.72), (0.1, 0.61), (0.01, 0.51)])
    def test_the_printed_groups_and_seven_deaths(self, last, expected):
        assert round(arithmetic.balance([LOW, HIGH, last], [57, 26, 7]), 2) == expected

    @pytest.mark.parametrize(("deaths", "expected"), [((57, 26, 7), 0.00003), ((57, 13, 20), 0.03)])
    def test_what_the_last_group_would_need(self, deaths, expected):
        needed = arithmetic.needed_for_balance(0.32, [LOW, HIGH], deaths[:2], deaths[2])
        assert float(f"{needed:.0e}") == expected
        assert arithmetic.balance([LOW, HIGH, needed], deaths) == pytest.approx(0.32)

    def test_it_is_about_what_one_effect_for_all_groups_gives(self):
        """Two simulated groups: the effect that fits both best, each in its own stratum, lies at their balance."""
        rng = np.random.default_rng(5)
        rows, deaths = [], []
        for baseline, effect in ((1.0, 0.6), (3.0, 1.3)):
            treated = np.tile([0, 1], 1000)
            time = rng.exponential(1 / (baseline * effect**treated))
            died = (time < 0.5) * 1
            frame = pd.DataFrame({"time_days": np.minimum(time, 0.5), "died": died, "treated": treated})
            rows.append(al.fit_cox(frame).table.iloc[0])
            deaths.append(died.sum())
        together = np.average([row.log_hr for row in rows], weights=[row.se**-2 for row in rows])
        balance = arithmetic.balance([row.hr for row in rows], deaths)
        assert balance == pytest.approx(math.exp(together), rel=0.02)


class TestDeathsAndIntervals:
    def test_the_printed_intervals(self):
        assert arithmetic.deaths_of_interval(*printed("adjusted")[1]) == pytest.approx(22.5, abs=0.1)
        assert round(arithmetic.deaths_of_interval(*printed("low_pnfh")[1])) == 52

    def test_ninety_deaths(self):
        ends = arithmetic.interval_of_deaths(0.32, 90)
        assert tuple(round(end, 2) for end in ends) == (0.21, 0.48)
        assert arithmetic.deaths_of_interval(*ends) == pytest.approx(90)

    def test_rounding_allows_the_trials_deaths_for_the_unadjusted_ratio_only(self):
        for key, holds in (("unadjusted", True), ("adjusted", False)):
            fewest, most = arithmetic.deaths_within_rounding(*printed(key)[1], 2)
            assert (fewest <= 90 <= most) == holds
            assert fewest < arithmetic.deaths_of_interval(*printed(key)[1]) < most

    def test_two_over_the_root_of_the_deaths_is_what_a_crude_cox_fit_of_equal_arms_has(self):
        fit = al.fit_cox(al.load_veteran())
        assert fit.table["se"].iloc[0] == pytest.approx(2 / math.sqrt(fit.events), rel=0.05)


class TestRuler:
    def test_held_anywhere_it_ends_where_the_facts_say(self):
        ends = [
            float(arithmetic.ruler_through(low, LOW, high, HIGH).at(0))
            for low in np.linspace(1300, 2600, 6)
            for high in np.linspace(4300, 8000, 6)
        ]
        assert (round(min(ends), 2), round(max(ends), 2)) == (0.12, 0.43)

    def test_it_goes_through_both(self):
        ruler = arithmetic.ruler_through(2000, LOW, 5500, HIGH)
        assert ruler.at([2000, 5500]) == pytest.approx([LOW, HIGH])
        assert ruler.at(ruler.where(0.8)) == pytest.approx(0.8)
        assert round(float(ruler.at(0)), 2) == 0.30


class TestWhereALineIsKnownBest:
    def test_it_finds_the_line_of_a_fitted_model(self):
        """The synthetic cohort's own line, of which its row at zero, the slope's p and the least error are told."""
        from alsteach.stats.readings import mirocals_like_trial, read_everywhere

        line = read_everywhere(mirocals_like_trial())
        row = line.row_at(0)
        found = arithmetic.ratio_where_known_best(
            row.hr, (row.ci_low, row.ci_high), line.slope_p, line.standard_error(line.waist)
        )
        assert found == pytest.approx(line.row_at(line.waist).hr, rel=1e-6)

    def test_the_printed_figures_give_about_one(self):
        found = arithmetic.mirocals_where_known_best()
        assert (round(found.hr, 1), round(found.low, 2), round(found.high, 2)) == (1.0, 0.92, 1.14)
        assert found.low < found.hr < found.high
        unadjusted = al.published("mirocals_hr_unadjusted")
        assert unadjusted.ci_low < found.low
        assert found.high < unadjusted.ci_high
