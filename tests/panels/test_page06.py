"""Panels of page 06: the figures they find and say, on synthetic and on real data."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import norm

import alsteach as al
from alsteach.data.checks import MissingValuesWarning
from alsteach.data.trial import Trial
from alsteach.panels import page06
from alsteach.panels.panel import Partial
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.stats.cutpoints import marker_trial, search_cutpoint, subgroup_effects
from alsteach.stats.readings import mirocals_like_trial, read_everywhere, read_in_logs
from alsteach.stats.shapes import effect_along, where_patients_are
from alsteach.words import catalogue
from alsteach.worlds.cut_search import corrected_p, search_shuffled, search_simulated_trials
from alsteach.worlds.toys import marker_world, same_effect_trial
from tests.panels.states import texts

PNFH = "csf_pnfh_pg_ml"
LONG = 120


def written_at(panel, width: int) -> list[str]:
    panel._hear({"do": "width", "width": width, "sharpness": 1})
    assert panel.wait(LONG)
    return [text.get_text() for text in texts(panel) if text.get_text()]


# ---- groups at a cut


@pytest.fixture
def cut():
    return al.cutpoint_panel()


class TestGroupsAtACut:
    def test_the_invented_trial_differs_in_p_and_not_in_effect(self, cut):
        fields, truth = cut.said.fields, same_effect_trial().attrs["hazard_ratio"]
        assert cut.said.finding == "apart"
        assert fields["low_p"] < 0.05 < fields["high_p"]
        assert [fields["low_hr"], fields["high_hr"]] == pytest.approx([truth, truth], rel=0.05)
        assert fields["low_deaths"] > 2 * fields["high_deaths"]

    def test_at_another_cut_the_small_p_is_in_the_other_group_and_the_difference_still_large(self, cut):
        cut.go("moved")
        fields = cut.said.fields
        assert fields["high_p"] < 0.05 < fields["low_p"]
        assert fields["p"] > 0.5
        assert fields["ratio_low"] < 1 < fields["ratio_high"]

    @pytest.mark.parametrize("adjust", [False, True])
    @pytest.mark.parametrize("at", [760, 2000, 3700, 5500])
    def test_it_is_subgroup_effects(self, cut, at, adjust):
        cut.set(trial="cohort", cut=at, fair=True, adjust=adjust)
        covariates = MIROCALS_LIKE_MODEL["covariates"] if adjust else ()
        found = subgroup_effects(mirocals_like_for_analysis(), PNFH, at, covariates=covariates)
        fields = cut.said.fields
        assert fields["p"] == found.interaction.p["groups"]
        assert fields["slope_p"] == found.interaction.p["continuous"]
        for name, row in zip(("low", "high"), found.groups.itertuples(), strict=False):
            told = [fields[f"{name}_{part}"] for part in ("n", "deaths", "hr", "p")]
            assert told == [row.n, row.deaths, row.hr, row.p]

    def test_the_ratio_of_the_ratios_has_the_p_of_the_difference(self, cut):
        cut.go("announced")
        middle, low, high = np.log([cut.said.fields[name] for name in ("ratio", "ratio_low", "ratio_high")])
        z = middle / ((high - low) / (2 * 1.96))
        assert 2 * norm.sf(abs(z)) == pytest.approx(cut.said.fields["p"], rel=1e-6)

    def test_2022_and_2025_move_p_by_twenty_people(self, cut):
        before = cut.go("announced").said
        after = cut.go("low").said
        assert (before.finding, after.finding) == ("compared", "three")
        assert "announced" in before.more
        assert "low_is_not_lowest" in after.more
        assert before.fields["low_n"] - after.fields["low_n"] == after.fields["lowest_n"] == 20
        assert round(before.fields["low_p"], 3) == 0.059
        assert round(after.fields["low_p"], 3) == 0.016
        assert round(after.fields["low_hr"], 2) == al.published("mirocals_hr_low_pnfh").estimate

    def test_adjusted_p_moves_too(self, cut):
        p = [
            cut.go(step) and cut.set(adjust=True) or cut.said.fields["low_p"] for step in ("announced", "low")
        ]
        assert np.round(p, 3).tolist() == [0.05, 0.014]

    def test_of_the_lowest_nothing_is_known(self, cut):
        cut.go("lowest")
        fields = cut.said.fields
        assert cut.said.finding == "few"
        assert (fields["low_n"], fields["low_deaths"]) == (20, 4)
        assert fields["low_from"] < 0.5
        assert fields["low_to"] > 20

    def test_the_veterans_are_cut_by_their_own_slider(self, cut):
        cut.go("lung")
        fields = cut.said.fields
        found = subgroup_effects(al.load_veteran(), "karno", 70)
        assert fields["p"] == found.interaction.p["groups"]
        cut.set(points=50)
        assert cut.said.fields["cut"] == "50"

    def test_a_group_without_deaths_says_so(self, cut):
        cut.set(trial="cohort", cut=300)
        assert cut.said.finding == "unknown"

    def test_boundaries_in_the_wrong_order_are_refused(self, cut):
        cut.set(trial="cohort", cut=2000, lower=2500)
        assert "2,500 pg/mL, must lie under the cut, 2,000 pg/mL" in cut.sentence
        cut.set(lower=0)
        assert cut.said.finding == "apart"

    def test_nothing_to_adjust_for_is_said(self, cut):
        assert cut.go("here").controls["adjust"].off == "nothing"
        assert cut.go("low").controls["adjust"].off is None

    def test_the_guess_hides_the_difference(self, cut):
        cut.go("differ")
        assert not [text for text in written_at(cut, 640) if "0.86" in text]
        assert "0.86" not in cut.finding
        assert cut.guess.truth == pytest.approx(0.8586, abs=1e-4)
        cut.guess.lock(0.05)
        assert [text for text in written_at(cut, 640) if text == "0.86"]

    def test_before_it_is_asked_the_difference_is_not_shown(self, cut):
        assert "0.86" not in " ".join([*written_at(cut, 640), *cut.in_numbers])

    def test_one_s_own_trial(self):
        own = al.cutpoint_panel(Trial(al.load_pbc(), interaction="age_years"))
        assert own.steps == ["here", "differ"]
        assert own.go("differ").said.fields["n_all"] == len(al.load_pbc())
        with pytest.raises(al.TrialDataError, match="interaction='karno'"):
            al.cutpoint_panel(Trial(al.load_veteran()))


# ---- the search for a cut


@pytest.fixture(scope="module")
def few_searches():
    patch = pytest.MonkeyPatch()
    patch.setattr(page06, "SEARCHES", 200)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def searching(few_searches):
    panel = al.cut_search_panel()
    panel.go("best").guess.skip()
    return panel


@pytest.fixture
def search(searching):
    searching.go("named")
    assert searching.wait(LONG)
    return searching


def went(panel, step: str):
    panel.go(step)
    assert panel.wait(LONG)
    return panel.said


class TestCutSearch:
    def test_the_named_cut_and_the_best_of_some(self, search):
        nothing = al.TrialDesign(treatment_log_hr_at_zero=float(np.log(0.81)), treatment_log_hr_per_pg_ml=0.0)
        expected = search_simulated_trials(nothing, cut=3700, n_trials=200)
        assert search.said.finding == "one"
        assert search.said.fields["count"] == pytest.approx(100 * expected.share_found_named())
        for step, tried in (("best", 33), ("three", 3)):
            said = went(search, step)
            assert said.finding == "nothing"
            assert said.fields["tried"] == tried
            assert said.fields["count"] == pytest.approx(100 * expected.share_found()[tried - 1])

    def test_where_nothing_jumps_a_cut_is_found_nearly_anywhere(self, search):
        said = went(search, "slope")
        assert said.finding == "smooth"
        assert said.fields["count"] > 75
        assert "slope" in said.more  # its slope is unverified
        low, high = (float(said.fields[end].replace(",", "")) for end in ("low", "high"))
        assert high > 2 * low

    @pytest.mark.parametrize(
        ("step", "table", "marker", "cut", "tried"),
        [
            ("ours", mirocals_like_for_analysis, PNFH, 3700, 33),
            ("seven", al.load_veteran, "karno", 70, 7),
        ],
    )
    def test_the_honest_p_of_a_search(self, search, step, table, marker, cut, tried):
        said = went(search, step)
        ours = search_cutpoint(table(), marker)["p_interaction"].min()
        many = search_shuffled(marker_trial(table(), marker), cut, 200)
        assert said.finding == "shuffled"
        assert said.fields["tried"] == tried == many.p.shape[1]
        assert said.fields["own_p"] == pytest.approx(ours)
        assert said.fields["honest"] == corrected_p(many, ours, tried) > 0.08

    def test_as_many_cuts_as_there_are(self, search):
        went(search, "seven")
        assert search.controls["tried"].high == 7
        search.set(tried=33)
        assert search.said.fields["tried"] == 7

    def test_a_slider_of_cuts_draws_on_what_is_there(self, search):
        found = search.found
        search.set(tried=10)
        assert search.found is found
        assert search.said.fields["count"] == found.count(10)

    def test_the_guess_hides_the_share(self, few_searches):
        panel = al.cut_search_panel()
        assert panel.wait(LONG)
        panel.go("best")
        shown = written_at(panel, 640)
        assert "?" in shown
        share = f"{panel.found.count(33):.0f}"
        assert share not in [text for text in shown if text not in ("33",)]
        panel.guess.lock(50)
        assert share in written_at(panel, 640)

    def test_it_answers_piece_by_piece(self, search):
        values = search._namespace()
        pieces = page06.searches(values)
        first = next(pieces)
        assert isinstance(first, Partial)
        assert (first.done, first.of) == (50, page06.SEARCHES)
        assert len(first.found.trials) == 50

    def test_one_s_own_trial(self, few_searches):
        own = al.cut_search_panel(Trial(al.load_veteran(), interaction="karno"))
        assert own.wait(LONG)
        assert went(own, "best").fields["tried"] == 7


def test_every_sentence_is_used_and_none_is_missing(few_searches):
    tables = {name: catalogue.tables()[name] for name in ("cutpoint", "cut_search")}
    with catalogue.recording() as asked:
        for make in (al.cutpoint_panel, al.cut_search_panel):
            for width in (640, 280):
                panel = make()
                for step in panel.steps:
                    panel.go(step)
                    assert panel.wait(LONG)
                    written_at(panel, width)
                    if panel.guess.open:
                        panel.guess.lock(0.5)
                        written_at(panel, width)
                    assert panel.finding
                    assert panel.in_numbers
                    assert len(panel.finding.split()) <= 30
        panel = al.cutpoint_panel()
        panel.set(trial="cohort", adjust=True, cut=300)
        written_at(panel, 640)
        panel.set(cut=2000)
        assert panel.in_numbers
        panel.set(lower=100)
        assert panel.finding.startswith("Cut at 100 and 2,000 pg/mL, a group has too few deaths")
        for width in (640, 280):
            panel.go("low").set(fair=False)
            assert "p = 0.030" not in panel.finding  # of the difference, which is not shown
            panel.set(cut=500)
            written_at(panel, width)
        panel = al.cut_search_panel()
        panel.set(world="smooth", tried=1)
        assert panel.wait(LONG)
        assert panel.said.finding == "smooth_one"
        assert panel.finding
    problems = catalogue.problems(tables, asked)
    assert [problem for problem in problems if not problem.startswith("[panel]")] == []


# ---- prognostic or predictive


def alive(world) -> dict:
    return {key: 100 * curve[-1] for key, curve in world.survival.items()}


class TestWorlds:
    @pytest.mark.parametrize(
        ("step", "finding", "world"),
        [
            ("prognostic", "prognostic", (0.5, 0.5, 2.5)),
            ("predictive", "predictive", (0.5, 1.0, 1.0)),
            ("both", "both", (0.5, 1.0, 2.5)),
            ("neither", "neither", (0.5, 0.5, 1.0)),
            ("treated", "treated", (0.5, 0.5, 2.0)),
            ("one", "prognostic", (0.5, 0.5, 2.0)),
            ("other", "predictive", (0.5, 1.0, 1.0)),
        ],
    )
    def test_each_step_tells_its_world(self, step, finding, world):
        panel = al.prognostic_predictive_panel().go(step)
        world, said = marker_world(*world), panel.said
        assert said.finding == finding
        for (group, arm), share in alive(world).items():
            assert said.fields[f"{group}_treated" if arm else group] == pytest.approx(share)
        assert [said.fields[f"{group}_hr"] for group in ("low", "high")] == list(world.hazard_ratio.values())
        assert len(panel.in_numbers) == len(said.more)

    def test_treated_patients_alone_look_the_same_in_two_worlds(self):
        panel, pictures = al.prognostic_predictive_panel(), []
        for world in ("one", "other"):
            panel.go(world).set(untreated=False)
            assert panel.said.finding == "treated"
            pictures.append((panel.finding, panel.in_numbers, panel.picture_at(640, 1)))
        assert pictures[0] == pictures[1]
        assert panel.finding == panel.go("treated").finding
        shown = []
        for world in ("one", "other"):
            panel.go(world)
            shown.append(
                [round(panel.said.fields[key]) for key in ("low_treated", "high_treated", "low", "high")]
            )
        assert shown[0][:2] == shown[1][:2] == [78, 61]
        assert shown[0][2:] != shown[1][2:]

    def test_the_same_ratio_is_not_the_same_gain(self):
        fields = al.prognostic_predictive_panel().go("prognostic").said.fields
        assert (fields["ratio"], fields["low_gain"], fields["high_gain"]) == (1, 17, 25)

    @pytest.mark.parametrize("step", ["predictive", "both", "other"])
    @pytest.mark.parametrize("width", [280, 640])
    def test_at_a_ratio_of_one_both_lines_are_seen(self, step, width):
        """The treated lie on the untreated: the narrow line over the broad band, both in their colours."""
        panel = al.prognostic_predictive_panel().go(step)
        sheet = drawn(panel, width)
        band, line = (
            next(
                part
                for part in sheet.high.lines
                if part.get_color() == look["color"] and len(part.get_xdata()) > 9
            )
            for look in (page06.plots.UNTREATED, page06.plots.TREATED)
        )
        assert np.allclose(band.get_ydata(), line.get_ydata())
        assert band.get_linewidth() > 2.5 * line.get_linewidth()
        order = [sheet.high.lines.index(part) for part in (band, line)]
        assert order[0] < order[1]
        assert band.get_zorder() == line.get_zorder()

    def test_the_numbers_stand_in_the_picture_and_do_not_touch(self):
        sheet = drawn(al.prognostic_predictive_panel().go("both"), 640)
        assert figures_in(sheet).count("29") == 2
        figures = [text for text in sheet.high.texts if text.get_text() == "29"]
        boxes = [text.get_window_extent() for text in figures]
        assert not boxes[0].overlaps(boxes[1])
        panel = al.prognostic_predictive_panel()
        truths = [panel.controls[name].view.layout for name in ("faster", "hr_low", "hr_high")]
        sheet = drawn(panel.go("treated"), 640)
        assert not [text for text in figures_in(sheet) if "0.5" in text]  # no ratio without controls
        assert {layout.display for layout in truths} == {"none"}  # nor where it was set
        panel.go("one")
        assert {layout.display for layout in truths} == {None}


def figures_in(sheet) -> list[str]:
    return [text.get_text() for part in (sheet.low, sheet.high) for text in part.texts]


def drawn(panel, width):
    """Return what a panel is drawn on at this width."""
    panel._hear({"do": "width", "width": width, "sharpness": 1})
    panel.wait(60)
    return panel._sheet.axes


# ---- the hazard ratio along a biomarker


@pytest.fixture
def curve():
    return al.hr_curve_panel()


def effect(shape, trial=None, share=0):
    trial = trial or mirocals_like_trial()
    marker = trial.frame[trial.interaction]
    out = marker > sorted(marker, reverse=True)[int(share * len(marker) / 100)]
    model = {"covariates": list(trial.covariates), "interaction": trial.interaction}
    return effect_along(trial.frame[~out], shape=shape, **model)


class TestCurve:
    def test_the_line_is_page_05s(self, curve):
        """The same row, interval and p of the interaction as where the zero is moved."""
        line = read_everywhere(mirocals_like_trial())
        for at in (0, 2154, 6000):
            curve.set(shape="linear", at=at)
            assert curve.said.fields["linear_ci"] == pytest.approx(line.row_at(at)[:3])
            assert curve.said.fields["linear_p"] == pytest.approx(line.slope_p)
            assert curve.said.fields["line_loglik"] == pytest.approx(line.fit.log_likelihood)
        assert curve.go("line").said.finding == "linear_nobody"
        assert curve.said.fields["linear_hr"] == pytest.approx(
            al.published("mirocals_hr_adjusted").estimate, abs=0.005
        )

    @pytest.mark.parametrize(
        ("at", "where"), [(300, "few"), (2154, "at"), (3700, "at"), (9000, "at"), (12000, "few")]
    )
    def test_three_shapes_are_effect_along(self, curve, at, where):
        curve.set(shape="all", at=at)
        for shape in ("linear", "log", "spline"):
            row = effect(shape).at(at).iloc[0]
            assert curve.said.fields[f"{shape}_ci"] == pytest.approx((row.hr, row.ci_low, row.ci_high))
        assert curve.said.finding == f"three_{where}"

    def test_among_the_patients_they_are_near_and_at_zero_far(self, curve):
        middle = curve.go("three").said.fields
        ratios = [middle[f"{shape}_hr"] for shape in ("linear", "log", "spline")]
        assert max(ratios) / min(ratios) < 1.5
        nobody = curve.go("nobody").said
        assert nobody.finding == "three_falls"
        assert nobody.fields["spline_hr"] / nobody.fields["linear_hr"] > 3
        assert "log_hr" not in nobody.fields
        assert nobody.fields["below"] == 0

    def test_the_logarithm_fits_worse_as_page_05_says(self, curve):
        trial = mirocals_like_trial()
        worse = read_everywhere(trial).fit.log_likelihood - read_in_logs(trial).fit.log_likelihood
        for step in ("three", "picogram", "nanogram"):
            said = curve.go(step).said
            assert "fit_log_worse" in said.more
            assert said.fields["gap"] == pytest.approx(worse)
        assert round(worse, 1) == 4.1

    def test_one_curve_has_another_treatment_row_in_another_unit(self, curve):
        """In pg/mL the logarithm is zero at 1 pg/mL, in ng/mL at 1000: one fit, two rows."""
        rows, fits, curves = [], [], []
        for step, one in (("picogram", 1), ("nanogram", 1000)):
            said = curve.go(step).said
            other = read_in_logs(mirocals_like_trial(), one)
            assert said.fields["log_ci"] == pytest.approx(other.row_at(0)[:3], rel=1e-6)
            rows.append(said.fields["log_hr"])
            fits.append((said.fields["log_loglik"], said.fields["log_p"]))
            curves.append(curve.found.lead["hr"].to_numpy())
        assert rows[1] / rows[0] > 50
        assert fits[0] == fits[1]
        assert (curves[0] == curves[1]).all()
        assert curve.go("picogram").said.finding == "log_nobody"
        assert curve.go("nanogram").said.finding == "log_at"

    def test_without_the_highest(self, curve):
        said = curve.go("highest").said
        left, everybody = effect("linear", share=10), effect("linear")
        assert said.finding == "without"
        assert said.fields["out"] == 22
        assert said.fields["hr"] == pytest.approx(left.at(0)["hr"][0])
        assert said.fields["hr_all"] == pytest.approx(everybody.at(0)["hr"][0])
        assert said.fields["p"] == pytest.approx(left.fit.table["p"].iloc[-1])
        assert said.fields["p_all"] == pytest.approx(everybody.fit.table["p"].iloc[-1])
        ratio = left.fit.table["se"].iloc[-1] / everybody.fit.table["se"].iloc[-1]
        assert said.fields["times"] == pytest.approx(ratio)
        marker = np.sort(mirocals_like_for_analysis()["csf_pnfh_pg_ml"])
        squares = (marker - marker.mean()) ** 2
        assert said.fields["spread"] == pytest.approx(squares[-22:].sum() / squares.sum())
        assert 0.7 < said.fields["spread"] < 0.72

    @pytest.mark.parametrize("share", page06.SHARES[1:])
    @pytest.mark.parametrize("shape", ["log", "spline"])
    def test_every_shape_without_the_highest(self, curve, shape, share):
        curve.set(shape=shape, share=share, at=1500)
        expected = effect(shape, share=share).at(1500).iloc[0]
        assert curve.said.fields["hr"] == pytest.approx(expected.hr)
        assert ("certain" in curve.said.more) == (shape == "log")

    def test_the_papers_groups(self, curve):
        said = curve.go("groups").said
        assert said.finding == "groups"
        assert (said.fields["group_low"], said.fields["group_high"]) == (0.52, 1.37)
        rows = [said.fields[f"{shape}_hr"] for shape in ("linear", "log", "spline")]
        assert all(0.95 < row < 1.15 for row in rows)
        upper = drawn(curve, 640).upper
        bars = [line.get_data() for line in upper.lines if line.get_linewidth() == 4]
        flat = {(x[0], x[1], y[0]) for x, y in bars if len(x) == 2 and y[0] == y[1]}
        assert {(750, 3700, 0.52), (3700, upper.get_xlim()[1], 1.37)} <= flat

    def test_where_hardly_any_patient_is_curves_are_dotted_and_the_ground_shaded(self, curve):
        upper = drawn(curve.go("line"), 640).upper
        low, high = where_patients_are(mirocals_like_for_analysis()["csf_pnfh_pg_ml"])
        color = page06.plots.SHAPE_COLORS["linear"]
        lines = [line for line in upper.lines if line.get_color() == color and len(line.get_xdata()) > 2]
        solid = [line.get_xdata() for line in lines if line.get_linestyle() == "-"]
        dotted = [line.get_xdata() for line in lines if line.get_linestyle() != "-"]
        assert [(x[0], x[-1]) for x in solid] == [(low, high)]
        assert sorted((x[0], x[-1]) for x in dotted) == [(0, low), (high, upper.get_xlim()[1])]
        curve.go("highest")
        assert curve.found.inside[1] < 0.6 * high

    def test_a_dot_for_each_patient_of_the_axis_and_red_for_those_left_out(self, curve):
        for step, out in (("line", 0), ("highest", 22)):
            sheet = drawn(curve.go(step), 640)
            marker = mirocals_like_for_analysis()["csf_pnfh_pg_ml"]
            beyond = int((marker > sheet.lower.get_xlim()[1]).sum())
            dots = [line for line in sheet.lower.lines if line.get_marker() == "o"]
            red = sum(len(line.get_xdata()) for line in dots if line.get_color() == page06.plots.RED)
            assert sum(len(line.get_xdata()) for line in dots) == len(marker) - beyond
            assert red == max(out - beyond, 0)
            assert 0 < beyond < 5

    def test_all_that_is_drawn_lies_on_the_axis(self, curve):
        """The row read in pg/mL lies two powers of ten from any patient: its own axis holds it."""
        for step in curve.steps:
            curve.go(step)
            upper = drawn(curve, 640).upper
            low, high = upper.get_ylim()
            rows = page06.rows_at(curve.found, curve.values["at"])
            assert all(low <= row.hr <= high for row in rows.values() if row is not None), step

    def test_a_logarithm_has_no_zero(self, curve):
        curve.set(shape="log", at=0)
        assert curve.said.finding == "no_zero"
        curve.set(share=10)
        assert curve.said.finding == "no_zero"
        assert len(curve.picture_at(400, 1)) > 1000


OTHERS = {
    "karno": (al.load_veteran, ("celltype", "age_years")),
    "bilirubin_mg_dl": (al.load_pbc, ("age_years", "edema")),
}


class TestOtherTrials:
    @pytest.mark.parametrize("marker", OTHERS)
    def test_a_trial_of_ones_own(self, marker):
        load, covariates = OTHERS[marker]
        trial = Trial(load(), covariates=covariates, interaction=marker)
        panel = al.hr_curve_panel(trial)
        assert panel.steps == ["line", "three", "nobody", "highest"]
        for step in panel.steps:
            panel.go(step)
            fields = panel.said.fields
            for shape, fit in panel.found.left.items():
                if f"{shape}_hr" in fields:
                    share = panel.values["share"]
                    at = panel.values["at"]
                    expected = effect(shape, trial, share).at(at)["hr"][0]
                    assert fields[f"{shape}_hr"] == pytest.approx(expected)
                    assert fit.shape == shape
            assert len(panel.finding.split()) <= 30
            assert len(panel.picture_at(640, 1)) > 1000

    def test_on_bilirubin_the_logarithm_fits_better_and_it_is_said(self):
        panel = al.hr_curve_panel(Trial(al.load_pbc(), ("age_years", "edema"), "bilirubin_mg_dl"))
        assert "fit_log_better" in panel.go("three").said.more
        assert panel.go("nobody").said.finding == "three_rises"

    @pytest.mark.parametrize("zero", [10.0, 60.0])
    def test_values_of_zero_or_less_have_no_logarithm(self, zero):
        veteran = al.load_veteran().assign(karno=lambda d: d.karno - zero)
        panel = al.hr_curve_panel(Trial(veteran, interaction="karno"))
        assert panel.steps == ["line", "three", "highest"]
        assert panel.go("three").said.finding == "two_spline"
        panel.set(shape="all", at=panel.controls["at"].low)
        assert "Straight line" in panel.in_numbers[0]

    def test_two_values_allow_a_line_alone(self):
        panel = al.hr_curve_panel(Trial(al.load_veteran(), interaction="prior"))
        assert panel.steps == ["line"]
        panel.set(share=10)
        assert panel.said.finding == "without_nobody"
        assert len(panel.picture_at(400, 1)) > 1000

    def test_blanks_are_said_once(self):
        trial = Trial(al.load_pbc(), interaction="cholesterol_mg_dl")
        with pytest.warns(MissingValuesWarning) as said:
            panel = al.hr_curve_panel(trial)
        assert len(said) == 1
        with warnings.catch_warnings(action="error"):
            for step in panel.steps:
                panel.go(step)
        assert panel.said.fields["n"] == al.load_pbc()["cholesterol_mg_dl"].notna().sum()

    @pytest.mark.parametrize(
        ("trial", "words"),
        [
            (Trial(al.load_veteran()), "interaction='karno'"),
            (
                Trial(al.load_veteran().assign(flat=1.5), interaction="flat"),
                "same for every analysed patient",
            ),
            (Trial(al.load_veteran(), interaction="carno"), "no column 'carno'"),
        ],
    )
    def test_what_cannot_be_analysed_is_refused(self, trial, words):
        with pytest.raises(al.TrialDataError, match=words):
            al.hr_curve_panel(trial)
