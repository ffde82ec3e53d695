"""The analysis of any trial: R's figures, parts that fail alone, a report that needs nothing, code that agrees."""

from __future__ import annotations

import base64
import io
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import alsteach as al
from alsteach.own_trial import pictures
from alsteach.own_trial.analysis import SECTIONS, TABLES
from alsteach.own_trial.pages import written
from alsteach.own_trial.tables import round_times, settled_time
from alsteach.stats.adjusting import standardised_differences
from alsteach.stats.cutpoints import subgroup_effects
from tests.models import MIROCALS, PBC, VETERAN, mirocals_like_for_analysis, pbc

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
FILES = ("own_trial_arms.csv", "own_trial_effects.csv")
ARMS, EFFECTS = (pd.read_csv(REFERENCE / name, skipinitialspace=True) for name in FILES)

OUTCOME = {"duration_col": "time_days", "event_col": "died", "treatment": "treated"}
BLANKS = ["age_years", "cholesterol_mg_dl", "platelets_1000_per_mm3"]
TRIALS = {
    "veteran": (al.load_veteran, {"covariates": VETERAN, "biomarker": "karno", "horizon_days": 180}),
    "pbc": (pbc, {"covariates": PBC, "biomarker": "log_bilirubin_mg_dl", "horizon_days": 2000}),
    "pbc_blanks": (pbc, {"covariates": BLANKS, "biomarker": "cholesterol_mg_dl", "horizon_days": 2000}),
}


def analyse(df, **choice):
    return al.analyse_trial(df, **{**OUTCOME, **choice})


@pytest.fixture(scope="module")
def found():
    return {name: analyse(load(), **choice) for name, (load, choice) in TRIALS.items()}


@pytest.fixture(scope="module")
def veteran(found):
    return found["veteran"]


class TestAgainstR:
    def test_the_reference_covers_every_trial(self):
        assert set(ARMS["trial"]) == set(EFFECTS["trial"]) == set(TRIALS)

    @pytest.mark.parametrize("name", TRIALS)
    def test_hazard_ratios_of_every_model(self, found, name):
        table = found[name].tables["effects"]
        compared = 0
        for row in EFFECTS.query("trial == @name").itertuples():
            if row.model not in table.index:
                assert row.model == "unadjusted_same_patients"
                assert row.n == len(TRIALS[name][0]())
                continue
            ours = table.loc[row.model]
            assert ours["log_hr"] == pytest.approx(row.log_hr, abs=1e-6)
            assert ours["se"] == pytest.approx(row.se, abs=1e-6)
            assert (ours["patients"], ours["deaths"]) == (row.n, row.deaths)
            compared += 1
        assert compared == len(table) >= 4

    def test_the_real_trials_as_r_prints_them(self, found):
        """R's coxph with Efron's ties."""
        for name, hrs in {"veteran": (1.0179, 1.3426, 2.6874), "pbc": (1.0589, 0.8733, 1.1584)}.items():
            table = found[name].tables["effects"]
            hr = table.loc[["unadjusted", "adjusted", "adjusted_interaction"], "hr"]
            assert hr.round(4).tolist() == list(hrs)
            assert (
                hr.tolist()
                == al.compare_models(
                    TRIALS[name][0](),
                    covariates=TRIALS[name][1]["covariates"],
                    interaction=TRIALS[name][1]["biomarker"],
                )["hr"].tolist()[:3]
            )

    @pytest.mark.parametrize("name", TRIALS)
    def test_curves_medians_and_restricted_means(self, found, name):
        analysis = found[name]
        medians = analysis.tables["medians"].set_index("group")
        absolute = analysis.tables["absolute"]
        rows = ARMS.query("trial == @name").set_index("treated")
        for arm, word in ((0, "control"), (1, "active")):
            theirs = rows.loc[arm]
            assert (
                medians.loc[arm, ["median_days", "ci_low", "ci_high"]].tolist()
                == theirs[["median", "median_low", "median_high"]].astype(float).tolist()
            )
            assert absolute.loc[f"alive_{word}", "estimate"] == pytest.approx(theirs.alive, rel=1e-9)
            assert absolute.loc[f"mean_days_{word}", "estimate"] == pytest.approx(theirs.mean_days, rel=1e-9)
            assert absolute.loc[f"mean_days_{word}", "se"] == pytest.approx(theirs.mean_days_se, rel=1e-9)
        for measure in ("alive", "mean_days"):
            difference = absolute.loc[f"difference_{measure}"]
            assert difference.estimate == pytest.approx(rows[measure].diff().iloc[1], rel=1e-9)
            se = np.hypot(*rows[f"{measure}_se"])
            assert difference.se == pytest.approx(se, rel=1e-9)
            assert difference.ci_low == pytest.approx(difference.estimate - 1.959963984540054 * se)
        p = rows["log_rank_p"].iloc[0]
        assert f"Log-rank test over the whole follow-up: p = {p:.2f}" in analysis.sentences["survival"]

    @pytest.mark.needs_r
    def test_r_still_gives_the_stored_answers(self, tmp_path):
        command = ["Rscript", "tests/reference/own_trial.R", str(tmp_path)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        for name in FILES:
            stored, again = (
                pd.read_csv(folder / name, skipinitialspace=True) for folder in (REFERENCE, tmp_path)
            )
            pd.testing.assert_frame_equal(again, stored, rtol=1e-9)


class TestTables:
    def test_every_section_has_a_sentence_and_its_table(self, found):
        for analysis in found.values():
            assert tuple(analysis.sentences) == SECTIONS
            assert tuple(analysis.tables) == TABLES
            assert not any(table.empty for table in analysis.tables.values())
            for sentence in analysis.sentences.values():
                assert sentence.endswith(".")
                assert not re.search(r"\b(nan|inf|None)\b", sentence)

    def test_the_other_tables_are_the_courses_own_functions(self, veteran):
        df = al.load_veteran()
        balance = standardised_differences(df, VETERAN)
        assert veteran.tables["balance"].loc["karno"].equals(balance.loc["karno"])
        assert set(veteran.tables["balance"].index) == set(balance.index)
        fit = al.fit_cox(df, covariates=VETERAN)
        hazards = veteran.tables["proportional_hazards"]
        expected = al.proportional_hazards_test(fit)
        np.testing.assert_allclose(hazards.loc[expected.index, "p"], expected["p"], rtol=1e-9)
        assert (hazards["tested"] == 137).all()
        groups = subgroup_effects(df, "karno", [50, 70]).groups.iloc[:3]
        assert veteran.tables["by_biomarker"]["hr"].tolist() == groups["hr"].tolist()
        slope = al.fit_cox(df, covariates=VETERAN, interaction="karno").table.iloc[-1]
        rows = veteran.tables["slope"].set_index("change")
        assert rows.loc["per unit", "hr_ratio"] == pytest.approx(slope.hr)
        assert rows.loc["lower to upper quartile", "hr_ratio"] == pytest.approx(slope.hr ** (75 - 40))
        assert rows["p"].tolist() == pytest.approx([slope.p] * 2)

    def test_reading_levels_are_those_of_the_fit(self, veteran):
        rows = veteran.tables["reference_level"].set_index("read_at")
        fit = al.fit_cox(al.load_veteran(), covariates=VETERAN, interaction="karno")
        assert rows["value"].tolist() == [0, 10, 40, 60, pytest.approx(58.569343), 75, 99]
        np.testing.assert_allclose(rows["hr"], fit.at(rows["value"])["hr"], rtol=1e-9)
        assert rows.loc["zero", "patients_up_to"] == 0
        assert rows.loc["highest patient", "patients_up_to"] == 137
        assert (
            "No patient has a Karnofsky score that low: the lowest is 10 points"
            in veteran.sentences["reference_level"]
        )

    def test_the_synthetic_cohort_says_what_the_course_says(self):
        found = analyse(mirocals_like_for_analysis(), covariates=MIROCALS, biomarker="csf_pnfh_pg_ml")
        assert found.tables["effects"]["hr"].round(2).tolist() == [0.81, 0.93, 0.32, 0.77]
        assert found.horizon == 640
        assert "Alive on day 640: " in found.sentences["absolute"]
        assert "read where CSF-pNFH is 0" in found.sentences["effects"]

    def test_units_arms_and_codes(self, veteran):
        df = al.load_veteran()
        table = pd.DataFrame(
            {
                "weeks": df["time_days"] / 7,
                "status": df["died"].map({1: "Dead", 0: "Alive"}),
                "arm": df["treated"].map({1: "new drug", 0: "standard"}),
                "karno": df["karno"],
            }
        )
        choice = {
            "duration_col": "weeks",
            "event_col": "status",
            "treatment": "arm",
            "duration_unit": "weeks",
        }
        found = al.analyse_trial(
            table, **choice, event_value="Dead", active_value="new drug", horizon_days=180
        )
        assert found.arms == {0: "standard arm", 1: "new drug arm"}
        assert found.tables["effects"].loc["unadjusted", "log_hr"] == pytest.approx(
            veteran.tables["effects"].loc["unadjusted", "log_hr"]
        )
        swapped = al.analyse_trial(
            table, **choice, event_value="Dead", active_value="standard", horizon_days=180
        )
        assert swapped.tables["effects"].loc["unadjusted", "log_hr"] == pytest.approx(
            -veteran.tables["effects"].loc["unadjusted", "log_hr"]
        )
        coded = analyse(df.assign(treated=df["treated"] + 1), active_value=2)
        assert coded.arms == {0: "control arm (treated 1)", 1: "active arm (treated 2)"}

    def test_progress_rises_to_1_and_may_stop_the_work(self):
        shares = []
        analyse(al.load_veteran(), covariates=["karno"], biomarker="karno", progress=shares.append)
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0, 1)
        assert len(shares) > 8

        class Enough(Exception):
            pass

        def stop(share):
            if share > 0.4:
                raise Enough

        with pytest.raises(Enough):
            analyse(al.load_veteran(), covariates=["karno"], progress=stop)

    def test_the_horizon_is_the_last_day_with_ten_in_each_arm(self):
        curves = al.kaplan_meier(al.load_veteran(), by="treated")
        day = settled_time(curves)
        assert al.survival_at(curves, day)["at_risk"].min() >= 10
        assert al.survival_at(curves, day + 1)["at_risk"].min() < 10
        few = al.kaplan_meier(al.load_veteran().iloc[[0, 1, 70, 71]], by="treated")
        assert settled_time(few) == few["time"].max() // 2
        assert round_times(0) == [0.0]
        assert round_times(4795) == [0, 1000, 2000, 3000, 4000]


def nobody_died_on_treatment(df):
    return df.assign(died=df["died"] * (1 - df["treated"]))


def one_column_twice(df):
    return df.assign(twice=2 * df["karno"])


def only_survivors_are_late(df):
    late = (df["time_days"] > 300).astype(float)
    return df.assign(late=late, died=df["died"].where(late == 0, 0))


def nobody_has_both(df):
    first = df.index <= 60
    return df.assign(karno=df["karno"].where(~first), age_years=df["age_years"].where(first))


def alive_when_last_seen(df):
    return df.assign(died=df["died"].where(df["time_days"] < 300, 0))


class TestPartsThatFailAlone:
    @pytest.mark.parametrize(
        ("change", "choice", "sections", "words"),
        [
            (nobody_died_on_treatment, {}, ("effects", "reference_level"), "Nobody died in the active arm"),
            (None, {"covariates": (), "biomarker": None}, ("balance",), "No covariate was chosen"),
            (None, {"biomarker": None}, ("reference_level", "by_biomarker"), "No biomarker was chosen"),
            (one_column_twice, {"covariates": ["karno", "twice"]}, ("effects",), "leave one of them out"),
            (
                only_survivors_are_late,
                {"covariates": ["late"]},
                ("effects",),
                "no adjusted figure: Nobody died in",
            ),
            (
                nobody_has_both,
                {},
                ("effects", "reference_level"),
                "Every patient has a blank in some covariate",
            ),
            (alive_when_last_seen, {"horizon_days": 990}, ("absolute",), "not followed to day 990"),
        ],
    )
    def test_the_rest_is_untouched(self, change, choice, sections, words):
        df = al.load_veteran() if change is None else change(al.load_veteran())
        found = analyse(df, **{"covariates": ("celltype", "age_years"), "biomarker": "karno", **choice})
        for section in sections:
            assert words in found.sentences[section]
        assert not found.tables["survival"].empty
        assert len(found.tables["medians"]) == 2
        assert all(text.endswith(".") for text in found.sentences.values())
        assert words in found.to_html()

    def test_a_biomarker_model_without_the_covariates_that_spoil_it(self):
        df = al.load_veteran().assign(k2=lambda d: 2 * d["karno"])
        found = analyse(df, covariates=["karno", "k2"], biomarker="karno")
        assert "a model without the other covariates" in found.sentences["reference_level"]
        alone = al.fit_cox(df, interaction="karno")
        assert found.tables["reference_level"]["hr"].iloc[0] == pytest.approx(alone.table.hr["treated"])

    def test_a_subgroup_without_deaths(self):
        df = al.load_veteran()
        df = df.assign(died=df["died"].where(df["karno"] < 75, 0))
        found = analyse(df, covariates=["age_years"], biomarker="karno")
        groups = found.tables["by_biomarker"]
        assert np.isnan(groups["hr"].iloc[-1])
        assert groups["hr"].iloc[:2].notna().all()
        assert "no hazard ratio (35 patients, 0 deaths)" in found.sentences["by_biomarker"]
        assert "Nobody died in this group" in found.sentences["by_biomarker"]

    def test_patients_without_a_covariate_are_compared_with_themselves(self, found):
        said = found["pbc_blanks"].sentences["effects"]
        assert "32 patients lack a covariate; without them the unadjusted figure is 1.17" in said
        assert any("32 of 312 patients have a blank covariate" in note for note in found["pbc_blanks"].notes)

    def test_no_over_claims(self, found):
        for analysis in found.values():
            said = " ".join(analysis.sentences.values())
            assert "no one of them is the true one" in said
            assert "That is no proof that there is no difference" in said
            assert not re.search(r"\b(works|effective|should be treated|proves that it)\b", said)

    @pytest.mark.parametrize(
        "choice",
        [
            {"treatment": "arm"},
            {"treatment": "celltype"},
            {"covariates": ["died"]},
            {"duration_unit": "hours"},
        ],
    )
    def test_what_no_trial_can_be_made_of_is_refused(self, choice):
        with pytest.raises(al.TrialDataError, match="olumn|Unit of time"):
            analyse(al.load_veteran(), **choice)


class Page(HTMLParser):
    """What is in a page: tags with their attributes, and text by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("img", "meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.text.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


class TestReport:
    @pytest.fixture(scope="class")
    def page(self, veteran):
        return Page(veteran.to_html())

    def test_it_needs_nothing_else(self, veteran):
        text = veteran.to_html()
        page = Page(text)
        assert page.open == []
        assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {
            tag for tag, _ in page.tags
        }
        for _, attrs in page.tags:
            assert not any(name.startswith("on") for name in attrs)
            for name in ("src", "href", "srcset", "action", "data", "poster", "background"):
                assert attrs.get(name, "data:image/png;base64,").startswith("data:image/png;base64,")
        without_pictures = re.sub(r"data:image/png;base64,[\w+/=]+", "", text)
        assert not re.search(r"https?:|//\w|@import|url\(|expression\(", without_pictures)
        assert len(text) < 400_000

    def test_language_title_and_one_main_heading(self, page):
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("title")) == len(page.all("main")) == len(page.all("h1")) == 1
        assert {"charset": "utf-8"} in page.all("meta")
        assert len(page.all("h2")) == 9

    def test_pictures_state_the_finding(self, page, veteran):
        images = page.all("img")
        assert len(images) == 5
        for image in images:
            content = base64.b64decode(image["src"].split(",")[1])
            assert Image.open(io.BytesIO(content)).size == (1140, 645)
            assert image["width"] == "760"
        alts = [image["alt"] for image in images]
        for view in pictures.VIEWS:
            assert sum(veteran.sentences[view] in alt for alt in alts) == 1

    def test_tables_have_captions_and_headers_with_a_scope(self, page):
        assert len(page.all("table")) == len(page.all("caption")) == 10
        headers = page.all("th")
        assert len(headers) > 60
        assert {attrs["scope"] for attrs in headers} == {"row", "col"}

    def test_it_says_what_it_is_and_shows_in_print_and_in_the_dark(self, veteran):
        text = veteran.to_html()
        assert "no advice on treatment" in text
        assert "prefers-color-scheme: dark" in text
        assert "@media print" in text

    def test_the_numbers_are_those_of_the_analysis(self, veteran):
        text = " ".join(re.sub(r"<[^>]+>", " ", veteran.to_html()).split())
        assert "unadjusted 1.02 (0.71–1.45) 0.92 0.181 137 128" in text
        assert "effect varies with Karnofsky score, read at 0 2.69 (0.75–9.65) 0.13 0.652 137 128" in text
        assert "control arm 69 64 103 (54 to 126)" in text

    def test_a_column_with_a_hostile_name_stays_text(self):
        bad = "<script>alert('x')</script>"
        df = al.load_veteran().rename(columns={"karno": bad, "treated": "<b>arm</b>"})
        df["celltype"] = df["celltype"].cat.rename_categories({"adeno": '"><img src=x onerror=alert(1)>'})
        df.attrs["name"] = "</title><script>evil()</script>.csv"
        found = analyse(df, treatment="<b>arm</b>", covariates=[bad, "celltype"], biomarker=bad)
        page = Page(found.to_html())
        assert page.open == []
        assert page.all("script") == page.all("b") == []
        assert len(page.all("img")) == 5
        assert any(bad in cell for cell in page.text["p"])

    def test_it_is_the_same_every_time(self, veteran):
        assert veteran.to_html() == veteran.to_html()


class TestCode:
    def run(self, code, folder, monkeypatch):
        monkeypatch.chdir(folder)
        names = {}
        exec(compile(code, "learner.py", "exec"), names)
        return names

    @pytest.mark.parametrize("name", TRIALS)
    def test_it_reproduces_the_figures(self, found, name, tmp_path, monkeypatch, capsys):
        analysis = found[name]
        TRIALS[name][0]().to_csv(tmp_path / "trial.csv", index=False)
        names = self.run(analysis.code, tmp_path, monkeypatch)
        theirs, ours = names["effects"].astype(float), analysis.tables["effects"]
        assert theirs.index.tolist() == ours.index.tolist()
        for column in ("hr", "ci_low", "ci_high", "p"):
            np.testing.assert_allclose(theirs[column], ours[column], rtol=1e-5)
        absolute = analysis.tables["absolute"]
        for arm, word in ((0, "control"), (1, "active")):
            row = names["arms"].loc[arm]
            assert row["alive_at_horizon"] == pytest.approx(
                absolute.loc[f"alive_{word}", "estimate"], rel=1e-9
            )
            assert row["mean_days_up_to_horizon"] == pytest.approx(
                absolute.loc[f"mean_days_{word}", "estimate"], rel=1e-6
            )
        assert "adjusted_interaction_mean" in capsys.readouterr().out
        assert "alsteach" not in analysis.code

    def test_a_file_that_pandas_alone_cannot_read(self, tmp_path, monkeypatch):
        df = al.load_veteran()
        table = pd.DataFrame(
            {
                "Zeit (Monate)": (df["time_days"] / 30.4375).round(3),
                "Status": df["died"].map({1: "tot", 0: "lebt"}),
                "Arm": df["treated"].map({1: "Verum", 0: "Placebo"}),
                "Alter": df["age_years"],
                "Höhe": df["karno"] / 2,
            }
        )
        path = tmp_path / "Studie 1.csv"
        path.write_bytes(table.to_csv(index=False, sep=";", decimal=",").encode("cp1252"))
        read = al.read_trial(path)
        read.attrs["name"] = path.name
        guess = al.guess_columns(read)
        guess |= {"covariates": ["Alter"], "biomarker": "Höhe"}
        found = al.analyse_trial(read, **guess)
        assert 'al.read_trial("Studie 1.csv")' in found.code
        names = self.run(found.code, tmp_path, monkeypatch)
        np.testing.assert_allclose(
            names["effects"]["hr"].astype(float), found.tables["effects"]["hr"], rtol=1e-5
        )

    def test_the_courses_own_tables_and_refused_models(self, tmp_path, monkeypatch):
        panel_table = al.load_veteran()
        panel_table.attrs["load"] = "al.load_veteran()"
        found = analyse(panel_table, covariates=["age_years"])
        names = self.run(found.code, tmp_path, monkeypatch)
        assert names["effects"].index.tolist() == ["unadjusted", "adjusted"]
        nobody = analyse(al.load_veteran().assign(died=lambda d: d["died"] * d["treated"]))
        assert "effects[" not in nobody.code

    def test_values_are_written_as_code(self):
        assert written(["a", np.int64(2), 'b"c', None, np.float64(1.5)]) == '["a", 2, "b\\"c", None, 1.5]'


@pytest.mark.slow
class TestLarge:
    @pytest.fixture(scope="class")
    def large(self):
        rng = np.random.default_rng(7)
        n = 50_000
        treated, marker = rng.integers(0, 2, n), rng.lognormal(7, 0.6, n)
        time = rng.exponential(600, n) * np.exp(0.3 * treated)
        end = rng.uniform(100, 1500, n)
        return pd.DataFrame(
            {
                "time_days": np.minimum(time, end),
                "died": (time <= end).astype(int),
                "treated": treated,
                "marker": marker,
                "site": rng.choice(list("abc"), n),
            }
        )

    def test_50_000_patients_are_sampled_where_it_would_take_long_and_that_is_said(self, large):
        found = analyse(large, covariates=["site"], biomarker="marker")
        assert found.n == 50_000
        assert found.tables["effects"].loc["unadjusted", "log_hr"] == pytest.approx(-0.3, abs=0.05)
        assert (
            "Tested in 4,000 patients drawn by lot, as all 50,000" in found.sentences["proportional_hazards"]
        )
        assert len(found.to_html()) < 400_000

    def test_a_thinned_curve_keeps_its_shape_and_the_numbers_at_risk(self, large):
        curves = al.kaplan_meier(large, by="treated")
        times = [0, 137, 500, 1200]
        few = pictures.thinned(curves, times)
        assert len(few) <= 2 * (pictures.MOST_STEPS + len(times)) < len(curves)
        assert (
            al.survival_at(few, times)["at_risk"].tolist()
            == al.survival_at(curves, times)["at_risk"].tolist()
        )
        every = np.linspace(0, 1400, 300)
        np.testing.assert_allclose(
            al.survival_at(few, every)["survival"], al.survival_at(curves, every)["survival"], atol=0.004
        )
