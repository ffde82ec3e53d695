"""The panel for a learner's own trial: files good and bad, columns guessed and corrected, a report to take away."""

from __future__ import annotations

import base64
import html
import re
import threading
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial.choices import Boxes, Menu, texts_of
from alsteach.own_trial.examples import BAD_FILE
from alsteach.own_trial.panel import MAPPING
from alsteach.own_trial.preparing import ROLES
from alsteach.words import catalogue
from tests.panels.states import everybody_used, faults, seen, texts

LONG = 60
LABELS = catalogue.panel("own_trial")


def csv(df) -> bytes:
    return df.to_csv(index=False).encode()


def waited(panel) -> str:
    assert panel.wait(LONG)
    return panel.sentence


def mapping(panel) -> dict:
    return {name: panel.values[name] for name in MAPPING}


@pytest.fixture(scope="module")
def shared():
    panel = al.own_trial_panel()
    waited(panel)
    return panel


@pytest.fixture
def panel(shared):
    shared.reset()
    waited(shared)
    return shared


def choose(panel, name, content) -> str:
    """Choose a file as the browser does."""
    file = {"name": name, "type": "text/csv", "size": len(content), "content": memoryview(content)}
    panel.uploader.value = ({**file, "last_modified": datetime.now(UTC)},)
    return waited(panel)


def all_widgets(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_widgets(child)


def hidden(box) -> bool:
    return box.layout.display == "none"


def columns_of(panel):
    """The fold in which the columns are chosen."""
    return panel.children[1].children[-1].children[1]


class TestExamples:
    def test_it_opens_with_a_trial_that_is_analysed(self, panel):
        assert panel.said.finding == "half"
        assert (panel.said.fields["control_day"], panel.said.fields["active_day"]) == (103, 52.5)
        assert panel.in_numbers[0].startswith("Control arm: 64 of 69 died; half had died by day 103")
        assert panel.values["source"] == "veteran"
        assert panel.values["duration_col"] == "time_days"
        assert panel.values["event_value"] == (1,)
        assert panel.values["biomarker"] == "karno"

    @pytest.mark.parametrize(
        ("view", "words"),
        [
            ("survival", "Alive on day 228: 16 % in the control arm, 20 % in the active arm"),
            ("balance", "Largest difference at the start: cell type: smallcell, −0.36"),
            ("effects", "Unadjusted: HR 1.02 (95 % CI 0.71–1.45), p = 0.92 (137 patients, 128 deaths)"),
            ("reference_level", "Read where Karnofsky score is 0: HR 2.69 (95 % CI 0.75–9.65), p = 0.13"),
            ("by_biomarker", "over 70 points: HR 0.36 (95 % CI 0.15–0.87), p = 0.023"),
        ],
    )
    def test_each_view_says_its_figures_without_a_new_analysis(self, panel, view, words):
        before = panel.analysis
        panel.set(view=view)
        assert words in waited(panel)
        assert panel.analysis is before
        assert faults(panel) == []

    @pytest.mark.parametrize(
        ("step", "key", "fields"),
        [
            ("balance", "balance", {"smd": -0.36, "outside": 2, "rows": 8}),
            ("effects", "both", {"crude": (1.02, 0.71, 1.45), "adjusted": (1.34, 0.89, 2.02)}),
            ("zero", "zero", {"hr": 2.69, "mean_hr": 1.35, "below": 0, "patients": 137}),
            ("groups", "slope", {"times": 0.66, "p": 0.26}),
            ("swapped", "both", {"crude": (0.98, 0.69, 1.40), "adjusted": (0.74, 0.50, 1.12)}),
            ("cohort", "zero", {"hr": 0.32, "mean_hr": 0.77, "below": 0, "patients": 220}),
        ],
    )
    def test_steps(self, panel, step, key, fields):
        panel.go(step)
        waited(panel)
        assert panel.said.finding == key
        for name, value in fields.items():
            assert panel.said.fields[name] == pytest.approx(value, abs=0.0051), name

    def test_a_step_sets_every_control_of_an_example(self, panel):
        panel.set(treatment="prior", covariates=(), biomarker=None, duration_unit="years")
        panel.go("effects")
        assert panel.values["treatment"] == "treated"
        assert len(panel.values["covariates"]) == 5
        assert panel.values["duration_unit"] == "days"

    def test_the_unit_follows_the_name_of_a_time_chosen_by_hand(self, panel):
        table = al.load_veteran()
        table = table.assign(os_months=table["time_days"] / 30.4, length=table["time_days"] / 7)
        choose(panel, "two_times.csv", table.to_csv(index=False).encode())
        assert panel.values["duration_unit"] == "days"
        for column, unit in (("os_months", "months"), ("length", "months"), ("time_days", "days")):
            panel.controls["duration_col"].value = column
            assert panel.values["duration_unit"] == unit
        panel.set(duration_col="os_months", duration_unit="weeks")
        assert panel.values["duration_unit"] == "weeks"

    def test_a_doubtful_choice_is_pointed_out_beside_the_picture(self, panel):
        table = al.load_veteran()
        table = table.assign(months_since_onset=table["time_days"] / 30.4, karno_month_6=table["karno"])
        choose(panel, "mine.csv", table.to_csv(index=False).encode())
        assert panel._doubts.value == ""
        panel.set(duration_col="months_since_onset", covariates=("karno_month_6",))
        waited(panel)
        for words in (
            "does not sound like the time",
            "Covariate &#39;karno_month_6&#39; sounds like something",
        ):
            assert words in panel._doubts.value
        panel.set(duration_col="time_days", covariates=("karno",))
        waited(panel)
        assert panel._doubts.value == ""

    def test_pbc(self, panel):
        panel.set(source="pbc", view="effects")
        assert "Unadjusted: HR 1.06" in waited(panel)
        assert panel.values["covariates"] == (
            "age_years",
            "edema",
            "bilirubin_mg_dl",
            "albumin_g_dl",
            "protime_s",
        )

    def test_the_picture_says_where_the_data_come_from(self):
        panel = seen(al.own_trial_panel())
        waited(panel)
        for change, badge in (
            ({}, "Real trial"),
            ({"source": "cohort"}, "Synthetic cohort, not patients"),
        ):
            panel.set(**change)
            waited(panel)
            assert badge in [text.get_text() for text in texts(panel)]
        choose(panel, "mine.csv", csv(al.load_veteran()))
        assert "Your own table" in [text.get_text() for text in texts(panel)]

    def test_the_file_with_a_mistake_is_refused_and_good_without_it(self, panel):
        panel.set(source="mistake")
        assert "Column 'time (months)' has negative times in row 4" in waited(panel)
        assert panel.finding == panel.sentence.strip()
        choose(panel, "corrected.csv", BAD_FILE.replace("-4,0", "4,0").encode())
        panel.set(view="effects")
        assert "6 patients, 4 deaths" in waited(panel)

    def test_no_word_is_missing_or_unused(self):
        states = [
            {"source": "mistake"},
            {"source": "pbc"},
            {"source": "veteran", "covariates": (), "biomarker": None, "view": "effects"},
        ]
        problems = everybody_used("own_trial", al.own_trial_panel, states)
        elsewhere = ("data.", "finding.died", "finding.alive", "finding.no_slope", "picture.")
        assert [line for line in problems if not line.split()[1].startswith(elsewhere)] == []


class TestCorrecting:
    def test_a_changed_column_is_analysed_at_once(self, panel):
        panel.controls["treatment"].value = "prior"
        assert (
            "‘time_days’ in days; ‘1’ in ‘died’ means died; ‘1’ in ‘prior’ is the active arm"
            in panel._status.value
        )
        assert "prior" not in panel.values["covariates"]
        assert "treated" in panel.controls["covariates"].extremes[1]
        waited(panel)
        assert panel.in_numbers[0].startswith("Control arm: 91 of 97 died")
        panel.controls["active_value"].value = 0
        waited(panel)
        assert panel.in_numbers[0].startswith("Control arm (prior 1): 37 of 40 died")

    def test_going_back_shows_the_last_analysis_at_once(self, panel):
        said, analysis = panel.sentence, panel.analysis
        panel.controls["duration_unit"].value = "weeks"
        assert waited(panel) != said
        panel.controls["duration_unit"].value = "days"
        assert panel.sentence == said
        assert panel.analysis is analysis

    def test_the_unit_counts(self, panel):
        panel.set(duration_unit="weeks")
        assert "half had died by day 721" in waited(panel)

    def test_the_rest_of_the_mapping_stays(self, panel):
        panel.set(covariates=("age_years",), biomarker=None, duration_unit="months")
        waited(panel)
        panel.controls["treatment"].value = "prior"
        values = panel.values
        assert values["covariates"] == ("age_years",)
        assert (values["biomarker"], values["duration_unit"], values["event_col"]) == (None, "months", "died")

    def test_the_entries_follow_their_column(self, panel):
        panel.controls["event_col"].value = "celltype"
        assert panel.controls["event_value"].extremes[1] == ("adeno", "large", "smallcell", "squamous")
        assert panel.values["event_value"] == ()
        assert "'Which entry means died'" in waited(panel)
        panel.controls["event_col"].value = "died"
        assert panel.values["event_value"] == (1,)

    def test_what_was_unticked_is_asked_for(self, panel):
        panel.set(event_value=())
        assert (
            waited(panel)
            == "Not told by the file: Which entry means died. Choose it under “Change the columns”."
        )
        assert panel._status.value == ""

    def test_a_choice_that_makes_no_trial_says_so(self, panel):
        panel.set(event_col="time_days", duration_col="died")
        assert "time_days" in waited(panel)
        assert faults(panel) == []
        panel.set(treatment="celltype", duration_col="time_days", event_col="died")
        waited(panel)
        panel.set(active_value="large")
        assert waited(panel).startswith("Column 'celltype' has 4 different values")
        panel.set(treatment="treated")
        waited(panel)
        assert panel.in_numbers[0].startswith("Control arm: 64 of 69 died")

    def test_what_is_not_offered_is_not_taken(self, panel):
        panel.set(duration_col="no such column", active_value="nobody")
        assert panel.values["duration_col"] == "time_days"
        assert panel.values["active_value"] == 1
        with pytest.raises(al.TrialDataError, match="no control 'time'"):
            panel.set(time="time_days")

    def test_every_control_has_a_visible_label(self, panel):
        shown = {getattr(w, "description", "") for w in all_widgets(panel)} | {
            w.value for w in all_widgets(panel) if type(w).__name__ == "Label"
        }
        labels = {control.label for control in panel.controls.values()}
        assert set(ROLES.values()) <= labels, "a refusal names the control by another name than it has"
        assert len(labels) == 10
        assert labels <= shown
        assert {
            "Choose a file",
            "Change the columns",
            "Make a report",
            "Save it here",
            "Letters look wrong?",
        } <= shown


def test_an_example_says_what_was_not_guessed(panel):
    assert "not as guessed" not in panel._how.value
    panel.set(source="cohort")
    assert panel.wait(LONG)
    assert "not as guessed: Treatment, Active arm, Covariates and Biomarker." in panel._how.value


class TestFiles:
    def test_a_code_beside_blank_cells_is_written_as_in_the_file(self):
        panel = al.own_trial_panel()
        table = al.load_veteran().rename(columns={"treated": "trt"})
        table["trt"] = (table["trt"] + 1).astype(float)
        table.loc[:2, "trt"] = np.nan
        choose(panel, "blank.csv", table.to_csv(index=False, float_format="%g").encode())
        assert panel.controls["active_value"].extremes == [None, 1, 2]
        panel.set(active_value=2)
        assert waited(panel).startswith("Half of the control arm (trt 1) had died by")
        assert "‘2’ in ‘trt’ is the active arm" in panel._status.value

    def test_a_file_guessed_right_is_analysed_with_its_columns_folded(self):
        panel = al.own_trial_panel()
        table = al.load_veteran().assign(arm=lambda d: d["treated"].map({0: "standard", 1: "test"}))
        choose(panel, "mine.csv", table.drop(columns="treated").to_csv(index=False, sep=";").encode())
        assert panel._status.value == (
            "<b>What was read.</b> ‘time_days’ in days; ‘1’ in ‘died’ means died; ‘test’ in ‘arm’ is the active arm; "
            "5 covariates; biomarker ‘karno’."
        )
        assert hidden(columns_of(panel))
        assert "137 rows, 9 columns, separated by semicolons" in panel._how.value
        assert panel.uploader.value == ()
        assert panel.in_numbers[0].startswith("Standard arm: 64 of 69 died")
        assert 'pd.read_csv("mine.csv", sep=";")' in html.unescape(panel._code.value)

    def test_with_a_table_of_one_s_own_steps_keep_the_columns(self, panel):
        choose(panel, "mine.csv", csv(al.load_veteran()))
        panel.set(treatment="prior", covariates=("karno",), view="effects")
        waited(panel)
        corrected = mapping(panel)
        assert panel.steps == ["curves", "balance", "effects", "zero", "groups"]
        for step in panel.steps:
            panel.go(step)
            waited(panel)
            assert mapping(panel) == corrected
            assert panel.values["source"].startswith("file")
        with pytest.raises(al.TrialDataError, match="no step 'cohort'"):
            panel.go("cohort")
        panel.set(source="veteran")
        assert panel.steps[-2:] == ["swapped", "cohort"]

    def test_a_bad_file_says_what_to_change_and_the_mapping_stays(self, panel):
        panel.set(covariates=("age_years",), biomarker=None)
        waited(panel)
        before = mapping(panel)
        for name, content, words in (
            ("scan.pdf", b"%PDF-1.7", "scan.pdf is a PDF document"),
            ("empty.csv", b"", "empty.csv is empty"),
            ("names.csv", b"time,died,arm\n", "no patients below them"),
        ):
            assert words in choose(panel, name, content)
            assert mapping(panel) == before
        choose(panel, "good.csv", csv(al.load_veteran()))
        assert mapping(panel) == before

    def test_a_corrected_file_keeps_what_was_chosen(self, panel):
        broken = al.load_veteran().assign(time_days=lambda d: d["time_days"].where(d.index != 3, -5))
        choose(panel, "trial.csv", csv(broken))
        panel.set(
            treatment="prior", active_value=0, covariates=("karno",), biomarker="age_years", view="effects"
        )
        assert "negative times in row 5" in waited(panel)
        choose(panel, "trial.csv", csv(al.load_veteran()))
        values = panel.values
        assert (values["treatment"], values["active_value"], values["covariates"]) == ("prior", 0, ("karno",))
        assert (values["biomarker"], values["view"]) == ("age_years", "effects")
        assert panel.said.finding == "both"

    def test_a_covariate_that_was_only_guessed_is_guessed_anew(self, panel):
        table = al.load_veteran()
        choose(panel, "trial.csv", csv(table))
        assert "karno" in panel.values["covariates"]
        below = table.astype({"karno": object}).assign(
            karno=lambda d: d["karno"].where(d["karno"] > 20, "<20")
        )
        choose(panel, "below.csv", csv(below))
        assert panel.values["covariates"]
        assert "karno" not in panel.values["covariates"]
        assert panel.said is not None

    def test_another_coding_of_the_same_columns_is_guessed_anew(self, panel):
        words = al.load_veteran().assign(
            died=lambda d: d["died"].map({0: "alive", 1: "dead"}), treated=lambda d: d["treated"] + 1
        )
        choose(panel, "words.csv", csv(words))
        assert (panel.values["event_value"], panel.values["active_value"]) == (("dead",), None)
        assert panel.finding == "Not told by the file: Active arm. Choose it under “Change the columns”."
        assert not hidden(columns_of(panel))
        panel.set(active_value=2)
        waited(panel)
        assert panel.said.finding == "half"

    @pytest.mark.parametrize(
        ("arms", "told"), [((1, 2), None), (("red", "blue"), None), (("placebo", "IL-2"), "IL-2")]
    )
    def test_an_arm_that_only_the_order_of_codes_would_tell_is_asked_for(self, panel, arms, told):
        table = al.load_veteran().assign(group=lambda d: d["treated"].map(dict(enumerate(arms))))
        choose(panel, "mine.csv", csv(table.drop(columns=["treated", "prior"])))
        assert panel.values["active_value"] == told
        assert (panel.said is None) == (told is None)

    def test_columns_that_are_gone_are_guessed_anew(self, panel):
        choose(panel, "other.csv", csv(al.load_veteran().rename(columns={"treated": "arm", "karno": "crp"})))
        assert (panel.values["treatment"], panel.values["biomarker"]) == ("arm", "crp")
        assert panel.values["duration_col"] == "time_days"

    def test_a_table_that_tells_nothing_is_asked_about(self):
        panel = al.own_trial_panel()
        assert "'Follow-up time'" in choose(panel, "odd.csv", b"a,b\n1,2\n3,4\n")
        assert not hidden(columns_of(panel))
        assert panel._status.value == ""
        assert faults(panel) == []

    def test_names_that_would_be_code_in_a_page_stay_text(self, panel):
        bad = "<img src=x onerror=alert(1)>"
        df = al.load_veteran().rename(columns={"karno": bad, "celltype": "</div><script>alert(2)</script>"})
        choose(panel, f"{bad}.csv", csv(df))
        panel.set(covariates=tuple(df.columns[4:]), biomarker=bad, view="effects")
        waited(panel)
        panel.make_report()
        waited(panel)
        for part in (panel.view, panel._status, panel._how, panel._notes, panel._code, panel._link):
            assert "<script" not in part.value
            assert "<img src=x" not in part.value

    def test_the_same_name_twice_is_another_file(self, panel):
        choose(panel, "mine.csv", csv(al.load_veteran()))
        choose(panel, "mine.csv", csv(al.load_veteran().head(100)))
        choose(panel, "mine.csv", csv(al.load_veteran().head(120)))
        assert panel.analysis.n == 120

    def test_reading_is_not_disturbed_by_changes(self, panel, monkeypatch):
        gate = threading.Event()
        real = al.read_trial

        def slow(*given):
            assert gate.wait(LONG)
            return real(*given)

        monkeypatch.setattr("alsteach.own_trial.examples.read_trial", slow)
        panel.upload("slow.csv", csv(al.load_veteran()))
        assert panel.finding == "Reading slow.csv."
        panel.controls["duration_unit"].value = "weeks"
        assert panel.finding == "Reading slow.csv."
        assert not panel.wait(0)
        gate.set()
        waited(panel)
        assert panel.said.finding == "half"

    def test_of_two_files_the_one_chosen_last_is_taken(self, panel, monkeypatch):
        gate, real = threading.Event(), al.read_trial

        def slow(content, name, encoding):
            assert name != "first.csv" or gate.wait(LONG)
            return real(content, name, encoding)

        monkeypatch.setattr("alsteach.own_trial.examples.read_trial", slow)
        panel.upload("first.csv", csv(al.load_veteran()))
        panel.upload("second.csv", csv(al.load_veteran().head(90)))
        gate.set()
        waited(panel)
        assert (panel.analysis.name, panel.analysis.n) == ("second.csv", 90)

    def test_letters_that_look_wrong_are_read_as_asked(self, panel):
        table = al.load_veteran().rename(columns={"prior": "Größe"})
        choose(panel, "mine.csv", table.to_csv(index=False).encode("utf-8"))
        assert "Größe" in panel.controls["covariates"].offered
        panel.letters.value = "cp1252"
        waited(panel)
        assert "GrÃ¶ÃŸe" in panel.controls["covariates"].offered
        assert 'encoding="cp1252"' in panel.analysis.code
        panel.letters.value = "auto"
        waited(panel)
        assert "Größe" in panel.controls["covariates"].offered
        panel.set(source="veteran")
        assert panel.letters.disabled

    def test_a_table_already_read(self):
        panel = al.own_trial_panel(al.load_veteran().drop(columns="celltype"), name="ours")
        waited(panel)
        assert panel.in_numbers[0].startswith("Control arm: 64 of 69 died")
        assert panel.values["source"] == "given"
        assert "Your table: ours" in panel.controls["source"].view.children[0].options
        panel.set(source="cohort", view="reference_level")
        assert "HR 0.32" in waited(panel)
        panel.reset()
        waited(panel)
        assert panel.in_numbers[0].startswith("Control arm: 64 of 69 died")
        assert panel.values["source"] == "given"


class TestReport:
    def test_a_report_to_download(self, panel):
        panel.set(view="effects")
        waited(panel)
        panel.report_button.click()
        waited(panel)
        link = re.fullmatch(
            r'<a download="veteran_report\.html" href="data:text/html;base64,([\w+/=]+)" style="[\w:-]+">'
            r"Download veteran_report\.html \(\d+ kB\)</a>",
            panel._link.value,
        )
        assert base64.b64decode(link[1]).decode() == panel.report == panel.analysis.to_html()
        assert panel.finding.startswith("Unadjusted")

    def test_an_old_report_is_offered_for_other_views_and_not_for_new_columns(self, panel):
        panel.make_report()
        waited(panel)
        panel.go("effects")
        waited(panel)
        assert "Download veteran_report.html" in panel._link.value
        panel.controls["treatment"].value = "prior"
        assert panel._link.value == ""
        assert panel.report is None
        panel.set(source="mistake")
        waited(panel)
        panel.report_button.click()
        assert "no analysis of these columns" in panel._link.value
        assert panel.save_report() is None

    def test_saving_writes_beside_the_notebook_and_over_nothing(self, panel, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert panel.save_report().name == "veteran_report.html"
        assert panel.save_report().name == "veteran_report_2.html"
        assert (tmp_path / "veteran_report.html").read_text(encoding="utf-8") == panel.analysis.to_html()
        assert "Saved as veteran_report_2.html, beside this notebook." in panel._link.value
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "veteran_report.html",
            "veteran_report_2.html",
        ]

    def test_nothing_is_written_unless_asked(self, panel, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        choose(panel, "mine.csv", csv(al.load_veteran()))
        panel.make_report()
        waited(panel)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_written_to(self, panel, monkeypatch):
        def refuse(*args, **options):
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr("pathlib.Path.write_text", refuse)
        assert panel.save_report() is None
        assert "could not be written here (Read-only file system)" in panel._link.value


class TestBackground:
    def test_stop_keeps_the_columns_and_a_newer_request_wins(self, panel, monkeypatch):
        gate, started, stopped = threading.Event(), threading.Event(), threading.Event()
        real = al.analyse_trial

        def slow(df, **options):
            if options["duration_unit"] == "weeks":
                started.set()
                try:
                    while not gate.wait(0.01):
                        options["progress"](0.1)
                except BaseException:
                    stopped.set()
                    raise
            return real(df, **options)

        monkeypatch.setattr("alsteach.own_trial.panel.analyse_trial", slow)
        panel = seen(panel)
        panel.controls["duration_unit"].value = "weeks"
        assert started.wait(LONG)
        panel._hear({"do": "stop"})
        assert panel._work.wait(0)
        assert stopped.wait(LONG)
        assert panel.values["duration_unit"] == "weeks"
        for event in (started, stopped):
            event.clear()
        panel.refresh()
        assert started.wait(LONG)
        panel.set(duration_unit="days", covariates=("age_years",))
        assert "half had died by day 103" in waited(panel)
        assert stopped.wait(LONG)

    def test_another_view_lets_the_analysis_under_way_go_on(self, panel, monkeypatch):
        gate, real, runs = threading.Event(), al.analyse_trial, []

        def slow(df, **options):
            runs.append(options["duration_unit"])
            assert gate.wait(LONG)
            return real(df, **options)

        monkeypatch.setattr("alsteach.own_trial.panel.analyse_trial", slow)
        panel = seen(panel)
        panel.controls["duration_unit"].value = "months"
        panel.controls["view"].value = "effects"
        gate.set()
        assert waited(panel).startswith("Unadjusted HR")
        assert runs == ["months"]


WHICH = LABELS.table("controls.covariates")


class TestOffered:
    def test_a_menu_tells_once_and_only_of_changes_by_hand(self):
        menu, told = Menu(WHICH, {"one": 1, "two": 2}, 2), []
        menu.observe(lambda: told.append(menu.value))
        menu._part.value = "one"
        menu.offer({"three": 3, "one": 1}, 1)
        assert (menu.value, menu._part.value, told) == (1, "one", [1])
        menu.value = 3
        assert (menu._part.value, told) == ("three", [1, 3])
        menu.offer({}, None)
        assert (menu.value, menu.extremes) == (None, [None])

    def test_boxes_keep_the_order_of_the_columns(self):
        boxes, told = Boxes(WHICH, {"a": "a", "b": "b", "c": "c"}, ("b",)), []
        boxes.observe(lambda: told.append(boxes.value))
        boxes._boxes["a"].value = True
        assert (boxes.value, told) == (("a", "b"), [("a", "b")])
        boxes.value = ("c", "a", "not there")
        assert [box.value for box in boxes._boxes.values()] == [True, False, True]
        boxes.offer({}, ())
        assert (boxes.value, boxes.extremes) == ((), [()])

    def test_many_columns_and_columns_that_read_alike(self):
        df = pd.DataFrame(np.zeros((3, 500)))
        boxes = Boxes(WHICH, texts_of(df.columns))
        assert len(boxes._boxes) == 60
        assert list(texts_of([1, "1", " ", True])) == ["1", "1 ", "(no name)", "True"]


def test_on_a_phone_the_numbers_at_risk_stand_under_the_curves(panel):
    arms = al.load_veteran()["treated"].value_counts()
    written = [text.get_text() for text in texts(seen(panel, 280))]
    assert LABELS("picture.at_risk") in written
    assert {str(arms[0]), str(arms[1])} <= set(written)
