"""Panels of page 04: the figures they find and say."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.data.trial import Trial
from alsteach.panels import page04
from alsteach.stats.adjusting import explain_adjustment
from alsteach.stats.hazards import fit_fading, period_hazard_ratios
from alsteach.words import catalogue
from alsteach.words.published import eight_patients
from alsteach.worlds.toys import EQUAL_ARMS_LOG_HAZARDS, hazards_trial, responder_comparisons, responder_trial


@pytest.fixture
def draws():
    return al.partial_likelihood_panel()


class TestPartialLikelihood:
    def test_the_factors_multiply_to_the_chance_that_is_said(self, draws):
        """Fractions are written in full: a reader who multiplies them gets the product, rounded once."""
        draws.set(death=4)
        for ratio in (0.05, 0.5, 1.0, 1.85, 3.0):
            draws.set(ratio=ratio)
            fields = draws.said.fields
            product = math.prod(Fraction(factor) if "." not in factor else _decimal(factor)
                                for factor in fields["product"].split(" × "))  # fmt: skip
            assert float(product) == pytest.approx(fields["chance"], rel=1e-12)

    def test_without_an_effect_each_death_is_one_of_those_there(self, draws):
        patients = eight_patients()
        deaths = patients[patients["died"] == 1]
        assert draws.controls["death"].high == len(deaths)
        for number, death in enumerate(deaths.itertuples(), 1):
            draws.set(death=number, ratio=1)
            fields = draws.said.fields
            there = (patients["time_days"] >= death.time_days).sum()
            assert (fields["who"], fields["day"]) == (death.patient, death.time_days)
            assert (fields["own"], fields["total"], fields["share"]) == ("1", str(there), 1 / there)

    def test_it_is_the_likelihood_of_the_cox_model(self, draws):
        fit = al.fit_cox(page04.IN_TWO_ARMS)
        row, fields = fit.table.loc["treated"], draws.said.fields
        assert fields["largest"] == pytest.approx(math.exp(fit.log_likelihood), rel=1e-9)
        assert fields["one"] == pytest.approx(math.exp(fit.log_likelihood_null), rel=1e-9)
        assert [fields["best"], fields["low"], fields["high"]] == pytest.approx(
            [row.hr, row.ci_low, row.ci_high], rel=1e-6
        )

    def test_no_ratio_tried_beats_the_best(self, draws):
        curve = draws.found.curve
        assert curve.max() <= 1 + 1e-12
        assert page04.RATIOS[curve.argmax()] == pytest.approx(draws.found.draws.best, rel=0.05)

    def test_ten_groups_have_the_same_best_ratio_and_a_shorter_interval(self, draws):
        alone = draws.said.fields
        draws.go("ten")
        fields = draws.said.fields
        assert fields["best"] == alone["best"]
        log_width = math.log(alone["high"] / alone["low"])
        assert math.log(fields["high"] / fields["low"]) == pytest.approx(log_width / math.sqrt(10))
        assert draws.found.relative(1.0) == pytest.approx(page04.tried("eight").relative(1.0) ** 10)

    def test_deleting_who_did_not_die_makes_the_treated_look_worse(self, draws):
        draws.go("without")
        fields, kept = draws.said.fields, page04.IN_TWO_ARMS.query("patient != 'C'")
        assert fields["best"] == al.fit_cox(kept).table.loc["treated", "hr"] > fields["alone"]
        assert (fields["control"], fields["treated"]) == (3, 3)

    def test_the_guess_hides_curve_and_answer_and_moves_along_the_ratios(self, draws):
        draws._hear({"do": "width", "width": 400, "sharpness": 1})
        draws.go("best")
        shown = draws.picture.shown
        assert shown["guess"]["open"]
        assert draws.guess.truth == pytest.approx(0.232, abs=0.001)
        assert "0.23" not in shown["alternative"]
        across, _, ratios = np.transpose(shown["path"])
        assert (np.diff(across) > 0).all()
        assert (ratios[0], ratios[-1]) == pytest.approx((0.05, 3), abs=0.01)
        draws.guess.lock(0.5)
        assert draws.said.finding == "best"
        assert "HR 0.23" in draws.finding
        assert draws.picture.shown["png"] != shown["png"]

    def test_the_steps(self, draws):
        said = {}
        for step in draws.steps:
            draws.go(step)
            draws.guess.lock(0.4)
            said[step] = draws.said.finding, draws.values["death"], draws.values["ratio"]
        assert said == {
            "first": ("draw", 1, 1.0),
            "half": ("draw", 1, 0.5),
            "all": ("draw", 4, 1.0),
            "best": ("best", 4, 1.0),
            "ten": ("ten", 4, 1.0),
            "without": ("without", 2, 1.0),
        }


def _decimal(factor: str) -> Fraction:
    own, total = factor.split("/")
    return Fraction(own) / Fraction(total)


@pytest.fixture
def responders():
    return al.responder_panel()


class TestResponders:
    def test_nothing_happens_and_yet_responders_live_longer(self, responders):
        found = {}
        for step in responders.steps:
            responders.go(step)
            hr = responders.found.table["hr"].round(2)
            found[step] = responders.said.finding, *hr[["randomised", "responders_vs_others", "landmark"]]
        assert found == {
            "arms": ("arms", 1.02, 0.35, 0.47),
            "groups": ("groups", 1.02, 0.35, 0.47),
            "noise": ("groups", 1.02, 0.67, 1.02),
            "late": ("groups", 1.02, 0.40, 1.01),
            "alive": ("alive", 1.02, 0.40, 1.01),
            "health": ("alive", 1.02, 0.23, 0.29),
        }
        responders.go("groups")
        assert responders.said.fields["early"] == 25

    @pytest.mark.parametrize(("day", "follows"), [(28, 0.0), (203, 0.35), (399, 1.0)])
    def test_what_is_said_is_the_computed_table(self, responders, day, follows):
        responders.set(compare="groups", day=day, follows=follows)
        table = responder_comparisons(responder_trial(day, follows), day)
        for name, row in table.iterrows():
            assert responders.said.fields[name].startswith(f"{row.hr:.2f} ({row.ci_low:.2f}")

    def test_no_responder_dies_before_the_measurement_and_the_clock_starts_there(self, responders):
        responders.go("late")
        curves, day = responders.found.curves, responders.values["day"]
        for start, name in ((0, "responders"), (day, "responders"), (day, "control")):
            times, alive = curves[start, name]
            assert (alive[times <= day] == 1).all()
        times, alive = curves[0, "others"]
        assert alive[times <= day].min() < 0.7

    def test_a_measurement_near_the_end_leaves_no_ratio(self, responders):
        responders.set(compare="alive", day=630)
        assert responders.said.finding == "few"
        assert "nan" not in " ".join([responders.finding, *responders.in_numbers])

    def test_day_and_health_are_off_where_nobody_is_called_a_responder(self, responders):
        responders.go("arms")
        assert responders.controls["day"].off == responders.controls["follows"].off == "no_groups"
        responders.go("groups")
        assert responders.controls["day"].off is None

    def test_the_day_is_dragged(self, responders):
        responders._hear({"do": "width", "width": 680, "sharpness": 1})
        assert responders.picture.shown["handles"] == []
        responders.go("groups")
        (handle,) = responders.picture.shown["handles"]
        assert handle["path"][-1][2] == 630
        responders._hear({"do": "handle", "name": "day", "value": 301.0})
        assert responders.values["day"] == 301


@pytest.mark.parametrize("make", [al.partial_likelihood_panel, al.responder_panel])
class TestBoth:
    def test_each_step_is_short_and_another_picture(self, make):
        panel, pictures = make(), []
        for step in panel.steps:
            panel.go(step)
            if panel.guess is not None:
                panel.guess.lock(0.5)
            pictures.append(panel.picture_at(400, 1))
            assert len(panel.words(f"steps.{step}.name").split()) <= 4
            assert len(panel.words(f"steps.{step}.caption").split()) <= 25
        assert len(set(pictures)) == len(panel.steps)

    def test_words_are_all_there_and_all_used(self, make):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = make()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
                    if panel.guess is not None:
                        panel.guess.lock(0.5)
                if make is al.responder_panel:
                    panel.set(compare="alive", day=630)
                    panel.set(day=1, compare="groups")
        tables = {panel.key: catalogue.tables()[panel.key]}
        assert catalogue.problems(tables, {panel.key: asked[panel.key]}) == []


LUNG = ("karno", "celltype", "age_years", "prior", "diagtime_months")
LIVER = ("age_years", "edema", "log_bilirubin_mg_dl", "log_protime_s", "log_albumin_g_dl")


def liver() -> pd.DataFrame:
    frame = al.load_pbc()
    return frame.assign(
        log_bilirubin_mg_dl=np.log(frame["bilirubin_mg_dl"]),
        log_protime_s=np.log(frame["protime_s"]),
        log_albumin_g_dl=np.log(frame["albumin_g_dl"]),
    )


@pytest.fixture
def ticked():
    """The panel of covariates, its guess skipped."""
    panel = al.covariate_panel().go("karno")
    panel.guess.skip()
    return panel.go("start")


def told(panel, *names) -> list:
    return [round(panel.said.fields[name], 2) for name in names]


class TestCovariates:
    def test_the_steps_tell_the_story(self, ticked):
        found = {}
        for step in ticked.steps:
            ticked.go(step)
            found[step] = ticked.said.finding, *told(ticked, "before", "after")
        assert found == {
            "start": ("start", 1.02, 1.02),
            "karno": ("opposite", 1.02, 1.19),
            "fade": ("fade", 1.02, 0.98),
            "all": ("choices", 1.02, 1.34),
            "age": ("unequal", 1.06, 0.93),
            "alike": ("alike", 0.67, 0.50),
        }

    @pytest.mark.parametrize("chosen", [LUNG[:1], LUNG[1:3], LUNG])
    def test_ticks_give_the_adjusted_model(self, ticked, chosen):
        ticked.set(lung_ticks=chosen)
        row = al.fit_cox(al.load_veteran(), covariates=chosen).table.loc["treated"]
        names = ("after", "low", "high", "p", "se_after")
        assert [ticked.said.fields[name] for name in names] == pytest.approx(
            [row.hr, row.ci_low, row.ci_high, row.p, row.se], rel=1e-6
        )
        assert ticked.said.fields["averaged"] == pytest.approx(
            al.marginalise(al.fit_cox(al.load_veteran(), covariates=chosen))
        )

    def test_the_path_ends_alike_in_any_order_and_its_arrows_do_not(self, ticked):
        listed, turned = (ticked.found.path(LUNG, False, order) for order in ("listed", "reversed"))
        assert listed[-1].after == pytest.approx(turned[-1].after, rel=1e-9)
        assert [move.row for move in turned] == list(LUNG[::-1])
        karno = [next(m for m in path if m.row == "karno") for path in (listed, turned)]
        sizes = [math.log(move.after / move.before) for move in karno]
        assert abs(sizes[0] - sizes[1]) > 0.02
        for path in (listed, turned):
            for first, second in zip(path, path[1:], strict=False):
                assert first.after == second.before

    def test_what_an_arrow_is_made_of(self, ticked):
        ticked.go("karno")
        line = explain_adjustment(al.load_veteran(), LUNG, []).loc["karno"]
        fields = ticked.said.fields
        assert fields["strength"] == pytest.approx(line.hr_per_sd)
        assert fields["alone"] == pytest.approx(line.hr_without * math.exp(line.from_imbalance))
        assert told(ticked, "unequal", "alone") == [0.06, 0.97]
        ticked.go("age")
        assert told(ticked, "unequal", "alone") == [0.27, 0.94]
        row = al.fit_cox(liver(), covariates=["age_years"]).table.loc["treated"]
        assert ticked.said.fields["after"] == pytest.approx(row.hr, rel=1e-6)

    def test_the_score_may_fade(self, ticked):
        ticked.go("fade")
        row = fit_fading(al.load_veteran(), "karno", [90]).loc["treated"]
        assert [ticked.said.fields[name] for name in ("after", "low", "high")] == pytest.approx(
            [row.hr, row.ci_low, row.ci_high]
        )
        ticked.set(lung_ticks=LUNG)
        assert ticked.said.finding == "several_fade"
        assert told(ticked, "constant", "after") == [1.34, 1.11]
        assert [move.row for move in ticked.found.path(LUNG, True, "listed")][:2] == ["karno", "fades"]

    def test_without_the_score_nothing_can_fade(self, ticked):
        ticked.set(lung_ticks=("age_years",), fade=True)
        assert ticked.controls["fade"].off == "not_ticked"
        row = al.fit_cox(al.load_veteran(), covariates=["age_years"]).table.loc["treated"]
        assert ticked.said.fields["after"] == pytest.approx(row.hr, rel=1e-6)
        ticked.set(trial="liver", fade=True)
        assert ticked.controls["fade"].off == "no_score"

    def test_every_choice_of_ticks(self, ticked):
        ticked.go("all")
        every = [
            al.fit_cox(al.load_veteran(), covariates=chosen).table.loc["treated", "hr"]
            for size in range(6)
            for chosen in itertools.combinations(LUNG, size)
        ]
        fields = ticked.said.fields
        assert fields["count"] == len(every) == 32
        assert [fields["lowest"], fields["highest"]] == pytest.approx([min(every), max(every)], rel=1e-6)

    def test_all_ratios_of_a_trial_fit_on_its_axis(self, ticked):
        for trial in page04.TICKED:
            ticked.set(trial=trial)
            low, high = ticked.found.limits
            covariates = ticked.found.trial.covariates
            for order, fade in itertools.product(("listed", "reversed"), (False, True)):
                moves = ticked.found.path(covariates, fade and trial == "lung", order)
                assert all(low < move.after < high for move in moves)
            assert low < ticked.found.every.min() <= ticked.found.every.max() < high

    def test_the_score_is_guessed_before_its_arrow_is_drawn(self):
        panel = al.covariate_panel().go("karno")
        assert panel.guess.open
        assert panel.guess.truth == pytest.approx(1.194, abs=5e-4)
        assert "1.19" not in panel.alternative_text
        hidden = panel.picture_at(400, 1)
        panel.guess.lock(1.02)
        assert "1.02 becomes 1.19 (0.83–1.71)" in panel.finding
        assert panel.picture_at(400, 1) != hidden

    def test_the_synthetic_cohorts_figures_are_not_there_before_their_guess(self, ticked):
        """Page 05 asks for 0.93 and 0.77; the liver trial's own 0.93 is another trial's, and only at its own step."""
        assert {name: trial().badge for name, trial in page04.TICKED.items()} == {
            "lung": "real",
            "liver": "real",
            "alike": "simulated",
        }
        ticked.go("start")
        assert "0.93" not in ticked.sentence
        assert "0.77" not in ticked.sentence
        ticked.set(trial="alike")
        for size in range(4):
            for chosen in itertools.combinations(tuple(EQUAL_ARMS_LOG_HAZARDS), size):
                ticked.set(alike_ticks=chosen)
                assert "0.93" not in ticked.sentence
                assert "0.77" not in ticked.sentence

    def test_another_trial(self):
        table = al.load_pbc().rename(columns={"time_days": "t", "died": "e", "treated": "arm"})
        roles = {"duration_col": "t", "event_col": "e", "treatment": "arm"}
        with pytest.warns(al.data.checks.MissingValuesWarning):
            panel = al.covariate_panel(Trial(table, covariates=("cholesterol_mg_dl", "sex"), **roles))
        panel.set(own_ticks=("sex",))
        assert panel.said.fields["n"] == 284
        assert panel.said.fields["name"] == "Sex"
        assert len(panel.picture_at(400, 1)) > 4000
        assert panel.guess is None
        panel.go("all")
        assert panel.said.fields["count"] == 4

    def test_a_trial_that_cannot_be_analysed(self):
        with pytest.raises(al.TrialDataError, match="Name one to six covariates"):
            al.covariate_panel(Trial(al.load_veteran()))
        no_deaths = al.load_veteran().assign(died=lambda d: d["died"] * d["treated"])
        with pytest.raises(al.TrialDataError, match=r"Nobody died in the control arm \('treated'\)"):
            al.covariate_panel(Trial(no_deaths, covariates=("karno",)))

    @pytest.mark.parametrize(
        ("trial", "name", "told"),
        [
            ("lung", "age_years", "unequal"),
            ("lung", "celltype", "later"),
            ("liver", "log_bilirubin_mg_dl", "beyond"),
            ("liver", "log_albumin_g_dl", "opposite"),
        ],
    )
    def test_what_the_unequal_start_explains_is_told_by_where_it_alone_would_lead(self, trial, name, told):
        panel = al.covariate_panel().go("karno")
        panel.guess.skip()
        panel.set(trial=trial, **{f"{trial}_ticks": (name,)})
        fields = panel.said.fields
        before, after, alone = (np.log(fields[part]) for part in ("before", "after", "alone"))
        share = (alone - before) / (after - before)
        assert panel.said.finding == told
        assert {
            "opposite": share < 0,
            "later": 0 <= share < 0.5,
            "unequal": 0.5 < share < 1.5,
            "beyond": share > 1,
        }[told]

    def test_words_are_all_there_and_all_used(self):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.covariate_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
                    panel.guess.lock(1.1)
                panel.set(trial="lung", lung_ticks=LUNG[:2], heap=False)
                panel.set(lung_ticks=LUNG, fade=True)
                panel.set(lung_ticks=("diagtime_months",), fade=False)
                panel.set(lung_ticks=("celltype",))
                panel.set(trial="liver", liver_ticks=("log_bilirubin_mg_dl",))
        tables = {"covariate": catalogue.tables()["covariate"]}
        assert catalogue.problems(tables, {"covariate": asked["covariate"]}) == []


@pytest.fixture
def ratios():
    """The panel of one hazard ratio, its guess skipped."""
    panel = al.proportional_hazards_panel().go("crossing")
    panel.guess.skip()
    return panel.go("constant")


class TestProportionalHazards:
    def test_the_steps_tell_the_story(self, ratios):
        found = {}
        for step in ratios.steps:
            ratios.go(step)
            found[step] = ratios.said.finding, *told(ratios, "one", "early", "late")
        assert found == {
            "constant": ("little", 0.60, 0.60, 0.60),
            "crossing": ("strong", 0.88, 2.41, 0.34),
            "few": ("little", 0.73, 1.15, 0.48),
            "selection": ("selection", 0.65, 0.54, 0.90),
            "known": ("frailty_known", 0.48, 0.46, 0.52),
            "lung": ("weak", 1.02, 1.49, 0.58),
            "clock": ("weak", 1.02, 1.49, 0.58),
        }

    def test_the_periods_are_those_of_the_slow_way(self, ratios):
        for trial, cut, adjust, covariates in (
            ("crossing", 120, False, []),
            ("selection", 240, True, ["frail"]),
            ("lung", 90, True, LUNG),
        ):
            ratios.set(trial=trial, cut=cut, adjust=adjust)
            frame = al.load_veteran() if trial == "lung" else hazards_trial(trial)
            early, late = period_hazard_ratios(frame, [cut], covariates=covariates)["hr"]
            one = al.fit_cox(frame, covariates=covariates).table.loc["treated", "hr"]
            fields = ratios.said.fields
            assert [fields[name] for name in ("one", "early", "late")] == pytest.approx(
                [one, early, late], rel=1e-6
            )

    @pytest.mark.parametrize("clock", page04.CLOCKS)
    def test_clocks_are_cox_zphs(self, ratios, clock):
        ratios.set(trial="lung", clock=clock)
        p = al.proportional_hazards_test(al.fit_cox(al.load_veteran()), clock).loc["treated", "p"]
        assert ratios.said.fields["p"] == pytest.approx(p)
        assert f"test_{clock}" in ratios.said.more

    def test_evidence_is_graded_and_no_word_turns_at_one_in_twenty(self):
        assert [page04.evidence(p) for p in (0.5, 0.2, 0.19, 0.051, 0.049, 0.021, 0.019, 0.0021, 0.0019)] == [
            "little", "little", "weak", "weak", "weak", "weak", "some", "some", "strong",
        ]  # fmt: skip
        assert "no drift" not in str(catalogue.tables()["proportional_hazards"])

    def test_few_patients_see_little_of_a_true_drift(self, ratios):
        ratios.go("few")
        assert ratios.said.fields["deaths"] == hazards_trial("crossing", 40)["died"].sum()
        assert "proves" in ratios.said.more
        assert ratios.said.fields["p"] > 0.2

    @pytest.mark.parametrize(
        "state", [{"cut": 10}, {"patients": 60, "cut": 60}, {"patients": 40, "cut": 400}, {"cut": 400}]
    )
    def test_selection_is_the_cause_only_where_it_parts_the_arms(self, ratios, state):
        ratios.go("selection").set(**state)
        said = ratios.said
        parted = said.fields["left_active"] - said.fields["left_control"] >= 0.03
        expected = "selection" if parted and said.fields["late"] > said.fields["early"] else "selection_luck"
        assert said.finding in (expected, "unknown"), said.fields
        assert ("luck" in ratios.finding) == (said.finding == "selection_luck")

    def test_selection_alone_leaves_more_frail_on_treatment(self, ratios):
        ratios.go("selection")
        left = hazards_trial("selection").query("time_days > 240").groupby("treated")["frail"].mean()
        fields = ratios.said.fields
        assert [fields["left_control"], fields["left_active"]] == pytest.approx(left.tolist())
        assert fields["left_active"] > 1.5 * fields["left_control"]

    def test_the_lung_trials_survivors_differ(self, ratios):
        ratios.go("lung")
        left = al.load_veteran().query("time_days > 90").groupby("treated")["karno"].mean()
        fields = ratios.said.fields
        assert [fields["left_control"], fields["left_active"]] == pytest.approx(left.tolist())

    def test_a_period_without_a_ratio_says_so(self, ratios):
        ratios.set(trial="crossing", patients=20, cut=10)
        assert ratios.said.finding == "unknown"
        assert "periods" not in ratios.said.more
        assert len(ratios.picture_at(400, 1)) > 4000

    def test_nothing_to_adjust_for_is_off(self, ratios):
        ratios.set(trial="constant", adjust=True)
        assert ratios.controls["adjust"].off == "nothing"
        assert ratios.said.fields["one"] == pytest.approx(0.6021, abs=5e-5)

    def test_the_one_ratio_is_guessed_before_it_is_seen(self):
        panel = al.proportional_hazards_panel().go("crossing")
        assert panel.guess.open
        truth = panel.guess.truth
        assert truth == pytest.approx(al.fit_cox(hazards_trial("crossing")).table.loc["treated", "hr"])
        assert f"{truth:.2f}" not in panel.alternative_text
        hidden = panel.picture_at(400, 1)
        panel.guess.lock(1.6)
        assert f"One ratio: {truth:.2f}." in panel.finding
        assert panel.picture_at(400, 1) != hidden

    def test_the_day_is_dragged(self, ratios):
        ratios._hear({"do": "width", "width": 680, "sharpness": 1})
        (handle,) = ratios.picture.shown["handles"]
        assert [value for _, _, value in handle["path"]] == [10, 630]
        ratios._hear({"do": "handle", "name": "cut", "value": 200.4})
        assert ratios.values["cut"] == 200

    def test_another_trial(self):
        panel = al.proportional_hazards_panel(Trial(liver(), covariates=LIVER))
        early, late = period_hazard_ratios(al.load_pbc(), [panel.values["cut"]])["hr"]
        assert [panel.said.fields["early"], panel.said.fields["late"]] == pytest.approx(
            [early, late], rel=1e-6
        )
        panel.set(adjust=True)
        assert panel.said.fields["one"] == pytest.approx(0.8733, abs=5e-5)
        assert len(panel.picture_at(400, 1)) > 4000
        with pytest.raises(al.TrialDataError, match="There is no column 'karnofsky'"):
            al.proportional_hazards_panel(Trial(al.load_veteran(), event_col="karnofsky"))

    def test_words_are_all_there_and_all_used(self):
        with catalogue.recording() as asked:
            for width in (300, 680):
                panel = al.proportional_hazards_panel()
                panel._hear({"do": "width", "width": width, "sharpness": 1})
                for step in panel.steps:
                    panel.go(step)
                    panel.guess.lock(1.1)
                for clock in page04.CLOCKS:
                    panel.set(trial="selection", clock=clock, patients=400, cut=200)
                panel.set(trial="selection", patients=600, cut=10, adjust=False)
                panel.set(trial="crossing", patients=20, cut=10)
                panel.set(trial="constant", adjust=True, patients=600)
                panel.set(trial="crossing", patients=240)
        tables = {"proportional_hazards": catalogue.tables()["proportional_hazards"]}
        assert catalogue.problems(tables, {"proportional_hazards": asked["proportional_hazards"]}) == []
