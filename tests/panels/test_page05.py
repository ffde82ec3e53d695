"""Panels of page 05: the figures they find and say, on synthetic and on real data."""

from __future__ import annotations

import itertools
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

import alsteach as al
from alsteach.data.trial import Trial
from alsteach.panels import page05
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.stats.readings import mirocals_like_trial, read_everywhere
from alsteach.words import catalogue
from alsteach.worlds.causes import two_kinds
from alsteach.worlds.limits import endless_trials, marginal_hazard_ratio
from tests.panels.states import seen, texts

VETERAN = {"covariates": ("celltype", "age_years", "prior", "diagtime_months"), "interaction": "karno"}


@pytest.fixture(scope="module")
def fit():
    return al.fit_cox(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)


@pytest.fixture
def panel():
    return al.reference_level_panel()


def row(panel) -> tuple:
    return tuple(round(panel.said.fields[name], 2) for name in ("hr", "low", "high"))


class TestReferenceLevel:
    def test_it_opens_at_zero_with_the_published_figure_and_nobody_there(self, panel):
        assert panel.step == "zero"
        assert panel.said.finding == "nobody"
        paper = al.published("mirocals_hr_adjusted")
        assert row(panel) == (paper.estimate, paper.ci_low, paper.ci_high)
        assert round(panel.said.fields["p"], 3) == paper.p_value
        assert panel.said.fields["lowest"] == al.load_mirocals_like()["csf_pnfh_pg_ml"].min() > 0

    @pytest.mark.parametrize("zero", [0, 1000, 2500, 3680, 8000])
    def test_every_reading_is_the_fitted_models(self, panel, fit, zero):
        panel.set(zero=zero)
        expected = fit.at([zero]).iloc[0]
        fields = panel.said.fields
        assert [fields[name] for name in ("hr", "low", "high", "p")] == pytest.approx(
            [expected.hr, expected.ci_low, expected.ci_high, expected.p]
        )
        assert fields["loglik"] == fit.log_likelihood  # wherever it is read
        assert fields["below"] == (al.load_mirocals_like()["csf_pnfh_pg_ml"] < zero).sum()

    def test_the_steps(self, panel):
        found = {}
        for step in panel.steps:
            panel.go(step)
            found[step] = panel.values, panel.said.finding, round(panel.said.fields["hr"], 2)
        cohort = {"trial": "cohort", "mine": None, "overlay": "interval"}
        assert found == {
            "zero": (cohort | {"zero": 0}, "nobody", 0.32),
            "mean": (cohort | {"zero": 2824}, "at", 0.77),
            "crossing": (cohort | {"zero": 3675}, "at", 1.0),
            "fan": (cohort | {"overlay": "fan", "zero": 0}, "fan", 0.32),
            "others": (cohort | {"overlay": "others", "zero": 2824}, "others", 0.77),
            "veteran": (cohort | {"trial": "veteran", "zero": 0}, "nobody", 2.69),
        }

    def test_each_step_shows_another_picture(self, panel):
        pictures = []
        for step in panel.steps:
            panel.go(step)
            pictures.append(panel.picture_at(400, 1))
        assert len(set(pictures)) == len(panel.steps)

    def test_the_guess_at_the_mean_hides_the_row_and_is_compared_with_it(self, panel):
        panel.go("mean")
        assert panel.guess.open
        assert panel.guess.truth == pytest.approx(0.7706, abs=5e-5)
        hidden = panel.picture_at(400, 1)
        assert "0.77" not in panel.alternative_text
        panel.guess.lock(0.5)
        assert "the row reads 0.77 (0.49–1.21)" in panel.finding
        assert panel.picture_at(400, 1) != hidden

    def test_the_line_is_known_best_at_its_waist(self, panel, fit):
        fields = panel.said.fields
        at = fit.at([fields["waist"] - 100, fields["waist"], fields["waist"] + 100])
        width = np.log(at["ci_high"] / at["ci_low"]).to_numpy()
        assert width[1] < min(width[0], width[2])
        assert fields["se_waist"] == pytest.approx(width[1] / 2 / 1.959964, rel=1e-6)
        assert (round(fields["waist"], -1), round(fields["se_waist"], 2), round(fields["se"], 2)) == (
            3680,
            0.22,
            0.41,
        )

    def test_the_fan_scatters_as_the_estimate_does(self):
        line = read_everywhere(mirocals_like_trial())
        lines = line.lines(4000)
        for at in (0.0, line.waist):
            assert (lines @ (1, at)).std() == pytest.approx(line.standard_error(at), rel=0.05)

    def test_without_the_interaction(self, panel):
        table = al.compare_models(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
        assert "other_rows" not in panel.said.more  # it would give the guess at the mean away
        panel.go("others")
        assert "other_rows" in panel.said.more
        fields = panel.said.fields
        assert fields["unadjusted"] == table.loc["unadjusted", "hr"]
        assert fields["adjusted"] == table.loc["adjusted", "hr"]

    def test_dragging_follows_the_line(self, panel):
        panel._hear({"do": "width", "width": 680, "sharpness": 1})
        (handle,) = panel.picture.shown["handles"]
        values = [value for _, _, value in handle["path"]]
        assert (min(values), max(values)) == (0, 8000)
        panel._hear({"do": "handle", "name": "zero", "value": 2991.0})
        assert panel.values["zero"] == 3000

    def test_every_combination_of_extremes_is_said_and_drawn(self, panel):
        names = list(panel.controls)
        for combination in itertools.product(*(panel.controls[name].extremes for name in names)):
            panel.set(**dict(zip(names, combination, strict=True)))
            assert len(panel.finding.split()) <= 30
            assert "not known" not in panel.sentence
            assert len(panel.picture_at(400, 1)) > 4000

    def test_words_are_all_there_and_all_used(self, panel):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.reference_level_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
                    panel.guess.lock(0.5)
                panel.set(trial="veteran", zero=50)
                strip = al.whose_panel().go("mark")
                strip.guess.lock(1500)
                panel = al.reference_level_panel(mine=strip)
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                assert panel.in_numbers
            df = al.load_pbc().assign(ratio=lambda d: d.albumin_g_dl / 4).head(312)
            al.reference_level_panel(Trial(df, interaction="ratio")).picture_at(400)
        tables = {"reference_level": catalogue.tables()["reference_level"]}
        assert catalogue.problems(tables, {"reference_level": asked["reference_level"]}) == []

    def test_captions_are_short(self, panel):
        for step in panel.steps:
            assert len(panel.words(f"steps.{step}.name").split()) <= 4
            assert len(panel.words(f"steps.{step}.caption").split()) <= 25

    def test_another_trial(self):
        panel = al.reference_level_panel(Trial(al.load_veteran(), **VETERAN))
        assert row(panel)[0] == 2.69
        assert panel.values["trial"].badge == "real"
        panel.go("mean")
        panel.guess.skip()
        assert row(panel)[0] == 1.35
        assert "veteran" not in panel.steps

    def test_blank_biomarkers_are_left_out_with_a_warning(self):
        with pytest.warns(al.data.checks.MissingValuesWarning):
            panel = al.reference_level_panel(Trial(al.load_pbc(), interaction="cholesterol_mg_dl"))
        assert panel.said.fields["n"] == 284

    def test_without_a_biomarker_it_asks_for_one(self):
        with pytest.raises(al.TrialDataError, match="interaction='karno'"):
            al.reference_level_panel(Trial(al.load_veteran()))

    def test_a_misspelt_column_is_named(self):
        with pytest.raises(al.TrialDataError, match="no column 'karnofsky'"):
            al.reference_level_panel(Trial(al.load_veteran(), interaction="karnofsky"))

    def test_a_trial_is_read_once(self):
        assert page05.reading("cohort") is page05.reading("cohort")


@pytest.fixture(scope="module")
def tests():
    """The panel, its guess skipped."""
    panel = al.better_test_panel()
    panel.go("zero")
    panel.guess.skip()
    return panel


def told(panel, step, **values) -> dict:
    panel.go(step)
    panel.set(**values)
    assert panel.wait(240)
    return panel.said.fields


def scatter(share: float, trials: int) -> float:
    """Four standard errors of a count of 100, when the truth is ``share``."""
    return 400 * math.sqrt(share * (1 - share) / trials)


class TestBetterTest:
    @pytest.mark.parametrize("arms", page05.ARMS)
    @pytest.mark.parametrize("slope", page05.SLOPES)
    def test_a_world_has_the_arms_ratio_the_slope_and_the_published_deaths(self, arms, slope):
        hazard_ratio, design = page05.world_of(arms, slope)
        crude = al.published("mirocals_hr_unadjusted").estimate
        assert hazard_ratio == {"alike": 1, "differ": crude}[arms]
        assert marginal_hazard_ratio(design) == pytest.approx(hazard_ratio, abs=1e-4)
        assert endless_trials(design)[0] == pytest.approx(90 / 220, abs=1e-4)
        printed = math.log(al.published("mirocals_interaction_hr_ratio").estimate)
        part = {"none": 0, "half": 0.5, "printed": 1}[slope]
        assert design.treatment_log_hr_per_pg_ml == pytest.approx(part * printed, rel=1e-3)

    @pytest.mark.parametrize("step", ["nothing", "zero", "half"])
    def test_with_the_arms_alike_the_unadjusted_test_errs_in_five_of_a_hundred(self, tests, step):
        fields = told(tests, step)
        assert fields["arms"] == pytest.approx(5, abs=scatter(0.05, fields["trials"]))
        assert fields["mean"] == pytest.approx(5, abs=scatter(0.05, fields["trials"]))
        assert fields["arms_hr"] == 1

    @pytest.mark.parametrize(
        ("step", "expected"), [("nothing", 0.05), ("half", 0.23), ("zero", 0.64), ("differ", 0.855)]
    )
    def test_at_zero_a_small_p_comes_as_often_as_in_other_draws(self, tests, step, expected):
        """23 and 64 of 100 were found beforehand in other trials of these worlds, 5 is a test's due."""
        fields = told(tests, step)
        assert fields["zero"] == pytest.approx(100 * expected, abs=scatter(expected, fields["trials"]))

    def test_the_figures_are_those_of_the_trials(self, tests):
        fields = told(tests, "differ")
        trials = al.run_many_trials(page05.world_of("differ", "printed")[1], n_trials=1000)
        small = {name: (trials[f"{name}_p"] < 0.05).to_numpy() for name in ("crude", "at_zero")}
        share = small["at_zero"].mean()
        assert fields["arms"] == pytest.approx(100 * small["crude"].mean())
        assert fields["zero"] == pytest.approx(100 * share)
        assert fields["either"] == pytest.approx(100 * (small["crude"] | small["at_zero"]).mean())
        low, high = proportion_confint(round(1000 * share), 1000, method="wilson")
        assert fields["zero_margin"] == pytest.approx(50 * (high - low))
        assert fields["zero_hr"] == pytest.approx(0.332, abs=0.001)

    def test_without_a_slope_reading_at_zero_finds_less(self, tests):
        fields = told(tests, "same")
        assert fields["zero"] < fields["arms"]
        assert tests.said.finding == "differ_same"

    def test_the_trials_come_a_hundred_at_a_time(self):
        pieces = page05.try_trials(SimpleNamespace(arms="alike", slope="printed"))
        first, second = next(pieces), next(pieces)
        assert [(piece.done, piece.of, len(piece.found.trials)) for piece in (first, second)] == [
            (100, 1000, 100),
            (200, 1000, 200),
        ]
        assert second.found.trials.head(100).equals(first.found.trials)
        assert first.found.margin("at_zero") > second.found.margin("at_zero")

    def test_the_right_hand_number_is_guessed_before_it_is_seen(self):
        panel = al.better_test_panel()
        panel._hear({"do": "width", "width": 400, "sharpness": 1})
        panel.go("zero")
        assert panel.wait(240)
        shown = panel.picture.shown
        assert shown["guess"]["open"]
        truth = panel.guess.truth
        assert f"{truth:.0f}" not in shown["alternative"]
        _, ups, counts = np.transpose(shown["path"])
        assert counts.tolist() == list(range(101))
        assert (np.diff(ups) > 0).all()  # from below, as the square fills
        panel._hear({"do": "lock", "value": 30.0})
        assert panel.guess.value == 30
        assert f"{truth:.0f} at zero" in panel.picture.shown["alternative"]
        assert panel.picture.shown["png"] != shown["png"]

    def test_what_is_unverified_is_said_wherever_there_is_a_slope(self, tests):
        assert not al.published("mirocals_interaction_hr_ratio").verified
        for step in tests.steps:
            told(tests, step)
            sloping = tests.values["slope"] != "none"
            assert ("unverified" in tests.said.more) == sloping
            words = tests.words(f"picture.slope.{tests.values['slope']}")
            assert ("unverified" in words) == sloping

    def test_words_are_all_there_and_all_used(self, fewer_trials):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.better_test_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    told(panel, step)
                    panel.guess.lock(30)
        tables = {"better_test": catalogue.tables()["better_test"]}
        assert catalogue.problems(tables, {"better_test": asked["better_test"]}) == []

    def test_sentences_are_short(self, tests):
        for step in tests.steps:
            told(tests, step)
            assert len(tests.words(f"steps.{step}.caption").split()) <= 25
            assert len(tests.words(f"steps.{step}.name").split()) <= 4
            assert len(tests.finding.split()) <= 30


@pytest.fixture
def marked():
    """A strip on which a learner has marked patients."""
    panel = al.whose_panel().go("mark")
    panel.guess.lock(1500)
    return panel


class TestWhose:
    def test_the_dots_are_the_cohorts_patients(self):
        marker = al.load_mirocals_like()["csf_pnfh_pg_ml"]
        fields = al.whose_panel().said.fields
        assert (fields["n"], fields["lowest"], fields["highest"]) == (220, marker.min(), marker.max())
        assert fields["middle"] == marker.median()

    def test_the_row_is_there_when_the_mark_is_asked_for_and_its_place_is_not_told(self):
        panel = al.whose_panel()
        panel._hear({"do": "width", "width": 680, "sharpness": 1})
        assert "0.32" not in "".join(text.get_text() for text in texts(panel))
        panel.go("mark")
        assert panel.guess.open
        assert {"0.32", "0.14–0.73", "0.007"} <= {text.get_text() for text in texts(panel)}
        path = np.array(panel.picture.shown["path"])
        assert (path[0, 2], path[-1, 2]) == (0, 8000)
        assert np.ptp(path[:, 1]) == 0  # along the strip
        panel.guess.lock(1500)
        assert "zero" not in panel.alternative_text.lower()

    def test_the_mark_comes_back_beside_the_line(self, marked):
        panel = al.reference_level_panel(mine=marked)
        assert panel.said.finding == "nobody_marked"
        assert panel.said.fields["mine"] == 1500
        panel.set(zero=3000)
        assert panel.said.finding == "at"
        panel.go("veteran")
        assert panel.said.finding == "nobody"  # these are others

    def test_a_mark_made_later_is_seen_at_once(self):
        strip = al.whose_panel()
        panel = al.reference_level_panel(mine=strip)
        panel._hear({"do": "width", "width": 680, "sharpness": 1})
        before = panel.picture.shown["png"]
        assert panel.said.finding == "nobody"
        strip.go("mark")
        strip.guess.lock(2000)
        assert "You guessed 2,000" in panel.picture.shown["finding"]
        assert panel.picture.shown["png"] != before

    def test_without_a_mark_there_is_none(self):
        strip = al.whose_panel().go("mark")
        strip.guess.skip()
        assert al.reference_level_panel(mine=strip).said.finding == "nobody"

    def test_words_are_all_there_and_all_used(self):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.whose_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
                    panel.guess.lock(1500)
        tables = {"whose": catalogue.tables()["whose"]}
        assert catalogue.problems(tables, {"whose": asked["whose"]}) == []


@pytest.mark.parametrize("width", [280, 320, 640])
@pytest.mark.parametrize("name", ["whose_panel", "reference_level_panel"])
def test_a_dot_is_a_patient_and_none_stands_at_zero(name, width):
    lower = seen(getattr(al, name)(), width)._sheet.axes.lower
    (dots,) = [line for line in lower.get_lines() if line.get_marker() == "o" and len(line.get_xdata()) > 100]
    drawn = np.round(dots.get_xydata(), 6)
    inside = al.load_mirocals_like()["csf_pnfh_pg_ml"] <= lower.get_xlim()[1]
    assert len(np.unique(drawn, axis=0)) == inside.sum() > 200
    assert drawn[:, 0].min() > 100


def found_in(text: str) -> list[float]:
    """Return the numbers of a text, 2,500 as one."""
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def told_at_every_step(panel) -> str:
    """Return all that a walk through the steps says and writes into the picture."""
    told = []
    panel._hear({"do": "width", "width": 680, "sharpness": 1})
    for step in panel.steps:
        panel.go(step)
        if panel.guess is not None:
            told.append(panel.finding)
            panel.guess.lock(0.5)
        told += [panel.words(f"steps.{step}.caption"), panel.sentence]
        told += [text.get_text() for text in texts(panel)]
    return " ".join(told)


@pytest.mark.parametrize("name", ["beam", "precision", "ruler"])
class TestFromThePaperAlone:
    def test_what_a_later_panel_asks_is_not_told(self, name):
        """0.77 and 0.93, and what the line reads near the patients' mean, are guessed further down the page."""
        numbers = found_in(told_at_every_step(getattr(al, f"{name}_panel")()))
        assert not {0.77, 0.93} & set(numbers)
        assert [number for number in numbers if 2500 < number < 3100] == []

    def test_words_are_all_there_and_all_used(self, name):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = getattr(al, f"{name}_panel")()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
                    if panel.guess is not None:
                        panel.guess.lock(0.5)
                if name == "precision":
                    panel.set(deaths=15)
                    panel.go("rivals").set(deaths=90)
        assert catalogue.problems({name: catalogue.tables()[name]}, {name: asked[name]}) == []

    def test_the_badge_says_that_it_is_the_papers_figures_and_arithmetic(self, name):
        panel = getattr(al, f"{name}_panel")()
        assert panel._badge(None) == "paper_arithmetic"


@pytest.fixture
def beam():
    return al.beam_panel()


class TestBeam:
    @pytest.mark.parametrize("width", [280, 340, 680])
    def test_an_assumed_number_is_marked_as_such_at_every_width(self, beam, width):
        for step in beam.steps:
            written = [text.get_text() for text in texts(seen(beam.go(step), width))]
            assert any("deaths (assumed)" in text for text in written), step

    def test_the_steps(self, beam):
        found = {}
        for step in beam.steps:
            beam.go(step)
            fields = beam.said.fields
            found[step] = (beam.said.finding, round(fields["balance"], 2), fields["deaths"], fields["needed"])
        assert found == {
            "alike": ("short", 0.72, 7, "0.00003"),
            "tenth": ("short", 0.61, 7, "0.00003"),
            "hundredth": ("wall", 0.51, 7, "0.00003"),
            "all_died": ("reached", 0.32, 20, "0.03"),
        }
        assert beam.values["last"] == 0.031

    def test_the_weights_are_all_the_deaths(self, beam):
        for deaths in (4, 7, 20):
            beam.set(deaths=deaths)
            fields = beam.said.fields
            assert fields["low_deaths"] == 57
            assert fields["low_deaths"] + fields["high_deaths"] + fields["deaths"] == 90

    def test_the_last_group_is_what_is_left(self):
        assert page05.last_group() == (20, 7)  # 9 % of 220; as many of them as of the low group, 37 %

    def test_no_balance_is_below_the_printed_ratio_with_as_many_deaths_as_in_the_low_group(self, beam):
        for last in np.geomspace(page05.LEAST, page05.MOST, 25):
            beam.set(last=last)
            assert 0.5 < beam.said.fields["balance"] <= 0.7239
            assert beam.said.fields["balance"] == pytest.approx(
                0.52 ** (57 / 90) * 1.37 ** (26 / 90) * beam.values["last"] ** (7 / 90)
            )

    def test_what_is_second_hand_or_unknown_is_said(self, beam):
        assert beam.said.more == ["weights", "second_hand", "implied", "adjusted", "unadjusted"]
        second_hand, implied, adjusted = beam.in_numbers[1:4]
        assert "57 deaths are second hand: 154 patients, 72 % and 54 %" in second_hand
        assert "52 deaths" in implied
        assert "unknown" in adjusted
        assert beam.said.fields["needed_implied"] == "0.00001"
        needed = beam.said.fields["needed_every"]
        assert page05.balance((0.52, 1.37, needed), (57, 26, 7)) == pytest.approx(0.81)

    def test_the_weight_is_dragged_along_the_scale_and_the_support_follows(self, beam):
        beam._hear({"do": "width", "width": 680, "sharpness": 1})
        (handle,) = beam.picture.shown["handles"]
        x, _, ratios = np.transpose(handle["path"])
        assert (ratios[0], ratios[-1]) == (0.01, 1)
        assert np.diff(x) == pytest.approx(np.diff(x)[0], abs=2e-4)  # even steps of its logarithm
        beam._hear({"do": "handle", "name": "last", "value": 0.1004})
        assert beam.values["last"] == 0.1
        assert round(beam.said.fields["balance"], 2) == 0.61


class TestPrecision:
    def test_the_steps(self):
        panel, found = al.precision_panel(), {}
        for step in panel.steps:
            panel.go(step)
            fields = panel.said.fields
            interval = round(fields["low"], 2), round(fields["high"], 2)
            found[step] = (panel.said.finding, fields["hr"], fields["deaths"], interval)
        assert found == {
            "rule": ("same", 0.81, 90, (0.54, 1.22)),
            "all": ("narrower", 0.32, 90, (0.21, 0.48)),
            "fit": ("fits", 0.32, 23, (0.14, 0.72)),
            "rivals": ("clue", 0.32, 23, (0.14, 0.72)),
        }
        assert panel.said.fields["spent"] == 67

    @pytest.mark.parametrize(
        ("deaths", "finding"), [(21, "wider"), (22, "fits"), (23, "fits"), (24, "narrower"), (15, "wider")]
    )
    def test_it_fits_where_rounding_allows(self, deaths, finding):
        panel = al.precision_panel().go("all")
        panel.set(deaths=deaths)
        assert panel.said.finding == finding
        assert (panel.said.fields["fewest"], panel.said.fields["most"]) == (22, 23)

    def test_the_standard_errors(self):
        fields = al.precision_panel().go("all").said.fields
        assert fields["se"] == pytest.approx(al.published("mirocals_se_floor_unadjusted").estimate, abs=5e-4)
        assert fields["printed_se"] == pytest.approx(
            al.published("mirocals_se_printed_adjusted").estimate, abs=0.005
        )
        assert round(fields["deserved"]) == al.published("mirocals_deaths_equivalent_adjusted").estimate
        assert fields["ordinary"] == al.published("simulated_se_ordinary_adjustment").estimate
        assert "rarely pass a standard error of 0.24 (unverified)" in " ".join(
            al.precision_panel().in_numbers
        )

    def test_the_diamond_is_the_intervals_end(self):
        panel = al.precision_panel().go("all")
        panel._hear({"do": "width", "width": 680, "sharpness": 1})
        (handle,) = panel.picture.shown["handles"]
        x, _, deaths = np.transpose(handle["path"])
        assert (deaths[0], deaths[-1]) == (15, 90)
        assert (np.diff(x) < 0).all()  # fewer deaths, further out
        panel._hear({"do": "handle", "name": "deaths", "value": 22.6})
        assert panel.said.finding == "fits"

    def test_rivals_are_named_for_the_adjusted_ratio_only(self):
        panel = al.precision_panel()
        panel.set(rivals=True)
        assert panel.controls["rivals"].off == "fits"
        panel.go("rivals")
        assert panel.controls["rivals"].off is None
        panel._hear({"do": "width", "width": 680, "sharpness": 1})
        written = " ".join(text.get_text() for text in texts(panel))
        assert "missing values: it takes 74 % of deaths" in written
        assert "no proof" in panel.finding


@pytest.fixture
def ruler():
    """The panel with the guess made."""
    panel = al.ruler_panel().go("zero")
    panel.guess.skip()
    return panel


class TestRuler:
    def test_the_steps(self, ruler):
        found = {}
        for step in ruler.steps:
            ruler.go(step)
            fields = ruler.said.fields
            found[step] = (ruler.said.finding, fields["low"], fields["high"], round(fields["at_zero"], 2))
        assert found == {
            "groups": ("between", 2000, 5500, 0.3),
            "zero": ("meets", 2000, 5500, 0.3),
            "every": ("every", 2000, 5500, 0.3),
            "printed": ("meets", 1540, 4700, 0.32),
            "people": ("people", 1540, 4700, 0.32),
        }
        assert (round(fields["lowest"], 2), round(fields["highest"], 2)) == (0.12, 0.43)

    @pytest.mark.parametrize("low", page05.LOW_HOLD)
    @pytest.mark.parametrize("high", page05.HIGH_HOLD)
    def test_a_ruler_goes_through_both_groups_and_ends_below_the_low_one(self, ruler, low, high):
        ruler.set(low=low, high=high)
        line, fields = ruler.found.ruler, ruler.said.fields
        assert line.at([low, high]) == pytest.approx([0.52, 1.37])
        assert fields["lowest"] - 1e-9 <= fields["at_zero"] <= fields["highest"] + 1e-9 < 0.52
        assert fields["at_zero"] == pytest.approx(0.52 * (0.52 / 1.37) ** (low / (high - low)))

    def test_equal_steps_are_equal_factors(self, ruler):
        ruler.go("people")
        fields = ruler.said.fields
        assert [fields[name] for name in ("x_1", "x_2", "x_3")] == [1410, 3670, 5930]
        assert ruler.found.ruler.at(ruler.found.people) == pytest.approx([0.5, 1, 2], rel=2e-3)
        assert fields["start"] == pytest.approx(math.log(0.32), abs=0.02)
        assert fields["slope"] == "0.00031"
        assert "log HR = −1.13 + 0.00031 × pNFH" in " ".join(ruler.in_numbers)

    def test_no_person_stands_where_a_later_panel_asks(self, ruler):
        for low, high in itertools.product(
            np.linspace(*page05.LOW_HOLD, 7), np.linspace(*page05.HIGH_HOLD, 7)
        ):
            ruler.set(low=low, high=high, show="people")
            assert not [x for x in ruler.found.people if 2500 < x < 3100]

    def test_what_is_unverified_assumed_or_unknown_is_said(self, ruler):
        said = dict(zip(ruler.said.more, ruler.in_numbers, strict=True))
        assert list(said) == ["words", "symbols", "slope", "assumed", "no_interval", "adjusted"]
        assert not al.published("mirocals_interaction_hr_ratio").verified
        assert said["slope"].endswith("(unverified).")
        assert "no proof" in said["assumed"]
        assert "assumed" in said["assumed"]
        assert "no interval in our sources" in said["no_interval"]
        assert math.isnan(al.published("mirocals_hr_high_pnfh").ci_low)

    def test_where_it_meets_zero_is_guessed_before_it_is_seen(self):
        panel = al.ruler_panel()
        panel._hear({"do": "width", "width": 680, "sharpness": 1})
        opening = panel.picture.shown["alternative"]
        panel.go("zero")
        shown = panel.picture.shown
        assert shown["guess"]["open"]
        assert not {0.3, 0.32} & {*found_in(opening), *found_in(shown["alternative"])}
        written = " ".join(text.get_text() for text in texts(panel))
        assert "0.30" not in written
        assert "0.32" not in written
        x, _, ratios = np.transpose(shown["path"])
        assert np.ptp(x) == 0  # along the wall
        assert ratios[0] < panel.guess.truth < ratios[-1]
        panel._hear({"do": "lock", "value": 0.4})
        assert panel.finding.startswith("Your ruler meets zero at 0.30")
        assert "Your first guess, 0.40, stands." in panel.picture.shown["alternative"]

    def test_the_holds_are_dragged_along_their_groups(self, ruler):
        ruler._hear({"do": "width", "width": 680, "sharpness": 1})
        ends = {}
        for handle in ruler.picture.shown["handles"]:
            _, y, places = np.transpose(handle["path"])
            assert np.ptp(y) == 0
            ends[handle["name"]] = places[0], places[-1]
        assert ends == {"low": page05.LOW_HOLD, "high": page05.HIGH_HOLD}
        ruler._hear({"do": "handle", "name": "low", "value": 2500.0})
        ruler._hear({"do": "handle", "name": "high", "value": 4150.0})
        assert round(ruler.said.fields["at_zero"], 2) == 0.12


@pytest.fixture
def kinds():
    return al.noncollapsibility_panel()


class TestNoncollapsibility:
    def test_it_opens_without_the_answer_to_the_question_above_it(self, kinds):
        assert (kinds.step, kinds.values["month"], kinds.said.fields["mixed"]) == ("start", 0, 0.5)
        assert "0.54" not in kinds.sentence

    def test_people_are_frail_as_in_the_measured_world(self, kinds):
        kinds.go("frail")
        assert kinds.values == {"frailer": 4.35, "month": 21, "effect": 0.5}
        assert kinds.found.left.tolist() == [[18, 21], [6, 13]]  # robust, frail
        fields = kinds.said.fields
        assert (round(fields["effect"], 2), round(fields["mixed"], 2)) == (0.5, 0.54)
        assert (fields["placebo_share"], fields["drug_share"]) == (6 / 24, 13 / 34)

    def test_the_steps(self, kinds):
        found = {}
        for step in kinds.steps:
            kinds.go(step)
            found[step] = kinds.said.finding, round(kinds.said.fields["mixed"], 2)
        assert found == {
            "frail": ("mixed", 0.54),
            "start": ("start", 0.5),
            "eight": ("mixed", 0.57),
            "forty": ("mixed", 0.65),
            "same": ("same", 0.5),
            "nothing": ("nothing", 1.0),
        }

    def test_where_nobody_differs_nobody_is_frail_even_without_an_effect(self, kinds):
        for month in (0, 21):
            kinds.set(frailer=1, effect=1.0, month=month)
            assert kinds.said.finding == "same"

    def test_it_says_where_endless_patients_settle(self, kinds):
        kinds.set(effect=0.3, frailer=20, month=7)
        seen = two_kinds(20, 0.3, 0.41, 7 / 21)
        assert kinds.said.fields["mixed"] == seen.mixed_hr
        assert kinds.found.left == pytest.approx(25 * seen.alive, abs=0.5)

    def test_as_months_pass_the_arms_grow_unlike(self, kinds):
        apart = []
        for month in (0, 7, 14, 21):
            kinds.set(month=month)
            apart.append(kinds.said.fields["mixed"])
        assert apart == sorted(apart)
        assert apart[0] == 0.5
        assert kinds.found.frail_share(1) > kinds.found.frail_share(0)

    def test_arms_are_called_unlike_only_where_the_shares_told_differ(self, kinds):
        for effect, unlike in ((0.5, True), (0.95, False)):
            kinds.set(month=1, effect=effect, frailer=40)
            shares = {f"{kinds.found.frail_share(arm):.0%}" for arm in (0, 1)}
            assert ("why" in kinds.said.more) == unlike == (len(shares) == 2)

    def test_the_picture_holds_the_people_and_both_numbers(self, kinds):
        kinds.go("frail")
        for width in (640, 280):
            kinds._hear({"do": "width", "width": width, "sharpness": 1})
            written = {text.get_text() for text in texts(kinds)}
            assert {"0.50", "0.54", "6 left", "13 left", "18 left", "21 left"} <= written
            people = [
                len(line.get_xdata()) for line in kinds._sheet.axes.kinds.lines if line.get_marker() != "None"
            ]
            assert sum(people) == 100

    def test_every_combination_of_extremes_is_said(self, kinds):
        for combination in itertools.product(*(kinds.controls[name].extremes for name in kinds.controls)):
            kinds.set(**dict(zip(kinds.controls, combination, strict=True)))
            fields = kinds.said.fields
            assert fields["effect"] - 1e-6 <= fields["mixed"] <= 1 + 1e-6
            assert len(kinds.finding.split()) <= 30
            assert "not known" not in kinds.sentence

    def test_words_are_all_there_and_all_used(self):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.noncollapsibility_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
        tables = {"noncollapsibility": catalogue.tables()["noncollapsibility"]}
        assert catalogue.problems(tables, {"noncollapsibility": asked["noncollapsibility"]}) == []


@pytest.fixture
def course():
    """The race, its bet not made."""
    panel = al.gap_budget_panel()
    panel.go("luck")
    panel.guess.skip()
    return panel


class TestGapBudget:
    def test_one_runner_a_step_and_nobody_is_simulated_for_the_first_five(self, course):
        for number, step in enumerate(course.steps[:5], 1):
            course.go(step)
            assert not course._work.busy
            assert len(course.found.runners) == number
            assert course.said.finding == step == page05.RUNNERS[number - 1]

    def test_the_ordinary_runners_are_the_stored_budgets(self, course):
        budget = al.load_gap_budget().set_index("cause")
        course.go("flat")
        averaging, *others = course.found.runners
        assert averaging.quantile(0.5) == pytest.approx(
            0.81 * math.exp(budget.loc["non_collapsibility", "p50"])
        )
        assert averaging.trials == averaging.reach == 0
        for runner, cause in zip(others, page05.CAUSES.values(), strict=True):
            row = budget.loc[cause]
            assert runner.reach == 100 * row["share_reaching"]
            assert runner.trials == row["trials"] == 1000
            assert runner.quantile(0.5) == pytest.approx(0.81 * math.exp(row["p50"]), abs=0.01)
            assert len(runner.ratios) == 100

    def test_without_a_slope_less_than_one_of_a_hundred_arrives(self, course):
        course.go("flat")
        assert 0 < course.said.fields["reach"] < 1
        course._hear({"do": "width", "width": 640, "sharpness": 1})
        assert "< 1" in {text.get_text() for text in texts(course)}

    @pytest.mark.parametrize(("part", "expected"), [(50, 0.04), (67, 0.11), (100, 0.44), (133, 0.82)])
    def test_as_many_arrive_as_in_other_draws(self, course, part, expected):
        """4, 11, 44 and 82 of 100 were found beforehand in up to 4000 trials of these worlds."""
        fields = told(course, "other", part=part)
        assert fields["reach"] == pytest.approx(100 * expected, abs=scatter(expected, fields["trials"]))
        assert fields["trials"] == 2000
        assert fields["slope"] == pytest.approx(part / 100 * 0.0003)

    def test_the_last_finding_names_the_printed_slope_and_half_of_it(self, course):
        fields = told(course, "other")
        assert course.said.finding == "half"
        assert (round(fields["printed"]), round(fields["reach"])) == (44, 4)
        share = fields["reach"] / 100
        low, high = proportion_confint(round(2000 * share), 2000, method="wilson")
        assert fields["margin"] == pytest.approx(50 * (high - low))
        assert told(course, "other", part=67)["printed"] == fields["printed"]
        assert course.said.finding == "part"
        assert told(course, "other", part=100)["reach"] == fields["printed"]
        assert course.said.finding == "again"

    def test_what_the_slope_does_is_said_to_be_given_and_unverified(self, course):
        assert not al.published("mirocals_interaction_hr_ratio").verified
        for step in ("printed", "other"):
            told(course, step)
            assert {"slope", "built"} <= set(course.said.more)
            assert "unverified" in course.sentence
            assert "no evidence" in course.sentence
            course._hear({"do": "width", "width": 640, "sharpness": 1})
            assert any("unverified" in text.get_text() for text in texts(course))
        assert "unverified" in course.words("steps.printed.caption")

    def test_a_count_and_its_dots_agree(self, course):
        told(course, "other")
        for runner in course.found.runners[5:]:
            assert (runner.ratios <= 0.32).sum() == pytest.approx(runner.reach, abs=1)

    def test_trials_come_in_pieces_and_the_first_comes_before_any_work(self, monkeypatch):
        monkeypatch.setattr(page05, "ARRIVED", {})
        pieces = page05.race(SimpleNamespace(runners=6, part=50))
        first, second, third = next(pieces), next(pieces), next(pieces)
        assert [(piece.done, piece.of) for piece in (first, second, third)] == [
            (0, 2000),
            (250, 2000),
            (500, 2000),
        ]
        assert first.found.runners[-1].on_its_way
        assert second.found.runners[-1].margin > third.found.runners[-1].margin
        pieces.close()
        assert page05.ARRIVED == {}

    def test_a_runner_runs_once(self, course):
        told(course, "other")
        assert isinstance(page05.race(SimpleNamespace(runners=7, part=50)), page05.Race)

    def test_the_last_slope_waits_for_its_runner(self, course):
        course.go("flat")
        assert course.controls["part"].off == "not_yet"
        told(course, "other")
        assert course.controls["part"].off is None

    def test_the_bet_is_laid_before_the_runners_start_and_stays_in_its_lane(self):
        panel = al.gap_budget_panel()
        panel._hear({"do": "width", "width": 640, "sharpness": 1})
        panel.go("luck")
        shown = panel.picture.shown
        assert shown["guess"]["open"]
        assert panel.guess.truth == 6
        assert [row[2] for row in shown["path"]] == [6, 5, 4, 3, 2, 1]
        ups = [row[1] for row in shown["path"]]
        assert ups == sorted(ups)  # an arrow key goes its own way
        assert not any(len(line.get_xdata()) == 100 for line in panel._sheet.axes.race.lines)
        panel._hear({"do": "lock", "value": 4.2})
        assert any(len(line.get_xdata()) == 100 for line in panel._sheet.axes.race.lines)
        assert panel.words("guess.locked", guess=4.2) in panel.picture.shown["alternative"]
        panel.go("models")
        (bet,) = [text for text in panel._sheet.axes.race.texts if text.get_text() == "your guess"]
        assert bet.xy[1] == 3

    @pytest.mark.parametrize("width", [280, 340])
    def test_on_a_phone_trials_goal_and_guess_leave_the_names_alone(self, width):
        panel = al.gap_budget_panel().go("luck")
        panel.guess.lock(6)
        for step in ("luck", "other"):
            told(panel, step)
            axes = seen(panel, width)._sheet.axes
            names = [axes.words(f"runner.{name}", part=50) for name in page05.RUNNERS]
            boxes = {text.get_text(): text.get_window_extent() for text in texts(panel)}
            for name in names:
                box = boxes.pop(name)
                assert not any(box.overlaps(other.padded(-1)) for other in boxes.values()), (step, name)
                for line in axes.race.lines:
                    if line.get_linestyle() == "None":
                        places = axes.race.transData.transform(np.column_stack(line.get_data()))
                        assert box.count_contains(places) == 0, (step, name)
            (goal,) = axes.race.collections
            ends = [axes.race.transData.transform(part.vertices)[:, 1] for part in goal.get_paths()]
            assert len(ends) == len(names)
            assert max(abs(top - foot) for top, foot in ends) < 15  # pixels: none runs on through a name

    def test_words_are_all_there_and_all_used(self, monkeypatch):
        monkeypatch.setattr(page05, "ARRIVED", {})
        monkeypatch.setattr(page05, "RACES", page05.RACES_AT_ONCE)
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.gap_budget_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    told(panel, step)
                    panel.guess.lock(4)
                for part in (67, 100):
                    told(panel, "other", part=part)
        tables = {"gap_budget": catalogue.tables()["gap_budget"]}
        assert catalogue.problems(tables, {"gap_budget": asked["gap_budget"]}) == []

    def test_sentences_are_short(self, course):
        for step in course.steps:
            told(course, step)
            assert len(course.words(f"steps.{step}.caption").split()) <= 25
            assert len(course.words(f"steps.{step}.name").split()) <= 4
            assert len(course.finding.split()) <= 30
