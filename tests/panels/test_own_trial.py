"""The panel for a learner's own trial: files good and bad, columns guessed and corrected, a report to take away."""

from __future__ import annotations

import base64
import re
import threading
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.panels.offered import Boxes, Menu, texts_of
from alsteach.panels.own_trial_pieces import BAD_FILE, EXAMPLES
from tests.panels.states import faults
from tests.panels.test_core import all_widgets

VETERAN, PBC, COHORT, MISTAKE = EXAMPLES
LONG = 60


def csv(df) -> bytes:
    return df.to_csv(index=False).encode()


def waited(panel) -> str:
    assert panel.wait(LONG)
    return panel.sentence


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


class TestExamples:
    def test_it_opens_with_a_trial_that_is_analysed(self, panel):
        assert panel.sentence.startswith("Control arm: 64 of 69 died; half had died by day 103")
        assert panel.values["source"] == VETERAN
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
        ("preset", "words"),
        [
            ("Crude against adjusted", "HR 1.34 (95 % CI 0.89–2.02)"),
            ("Read at a score of 0", "HR 2.69 (95 % CI 0.75–9.65)"),
            ("The arms swapped", "HR 0.98 (95 % CI 0.69–1.40)"),
            ("MIROCALS-like, read at 0", "Read where CSF-pNFH is 0: HR 0.32 (95 % CI 0.14–0.73), p = 0.007"),
            ("A file with a mistake", "Column 'time (months)' has negative times in row 4"),
        ],
    )
    def test_presets(self, panel, preset, words):
        panel.set(**panel.presets[preset])
        assert words in waited(panel)

    def test_pbc(self, panel):
        panel.set(source=PBC, view="effects")
        assert "Unadjusted: HR 1.06" in waited(panel)
        assert panel.values["covariates"] == (
            "age_years",
            "edema",
            "bilirubin_mg_dl",
            "albumin_g_dl",
            "protime_s",
        )

    def test_synthetic_data_are_called_synthetic(self, panel):
        panel.set(source=COHORT)
        waited(panel)
        assert panel.analysis.data_note == "Synthetic cohort: not patients"
        assert "Synthetic cohort: not patients" in [text.get_text() for text in panel.picture.figure.texts]

    def test_the_file_with_a_mistake_is_good_without_it(self, panel):
        choose(panel, "corrected.csv", BAD_FILE.replace("-4,0", "4,0").encode())
        panel.set(view="effects")
        assert "6 patients, 4 deaths" in waited(panel)


class TestCorrecting:
    def test_a_changed_column_waits_for_analyse(self, panel):
        panel.controls["treatment"].value = "prior"
        assert panel.sentence.startswith(
            "Time from 'time_days' in days; 1 in 'died' means the event; 1 in 'prior'"
        )
        assert panel.sentence.endswith("then press Analyse.")
        assert "prior" not in panel.values["covariates"]
        assert "treated" in panel.controls["covariates"].extremes[1]
        panel.analyse_button.click()
        assert waited(panel).startswith("Control arm: 91 of 97 died")
        panel.controls["active_value"].value = 0
        panel.analyse_button.click()
        assert waited(panel).startswith("Control arm (prior 1): 37 of 40 died")

    def test_going_back_shows_the_last_analysis_at_once(self, panel):
        said = panel.sentence
        panel.controls["duration_unit"].value = "weeks"
        assert panel.sentence != said
        panel.controls["duration_unit"].value = "days"
        assert panel.sentence == said

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
        assert "Not told by the file: What means the event." in panel.sentence
        panel.controls["event_col"].value = "died"
        assert panel.values["event_value"] == (1,)

    def test_a_choice_that_makes_no_trial_says_so(self, panel):
        panel.set(event_col="time_days", duration_col="died")
        assert "time_days" in waited(panel)
        assert faults(panel) == []
        panel.set(treatment="celltype", duration_col="time_days", event_col="died")
        assert waited(panel).startswith("Column 'celltype' has 4 different values")
        panel.set(treatment="treated")
        assert waited(panel).startswith("Control arm: 64 of 69 died")

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
        assert len(labels) == 10
        assert labels <= shown
        assert {"Choose a file", "Analyse", "Make a report", "Save the report here", "Stop", "Reset"} <= shown


class TestFiles:
    def test_a_file_is_read_guessed_and_waits(self, panel):
        table = al.load_veteran().assign(arm=lambda d: d["treated"].map({0: "standard", 1: "test"}))
        said = choose(panel, "mine.csv", table.drop(columns="treated").to_csv(index=False, sep=";").encode())
        assert said == (
            "Time from 'time_days' in days; 1 in 'died' means the event; 'test' in 'arm' is the active arm; "
            "5 covariates; biomarker 'karno'. Correct what is wrong, then press Analyse."
        )
        assert panel.values["source"] == "Your file: mine.csv"
        assert "137 rows, 9 columns, separated by semicolons" in panel._status.value
        assert panel.uploader.value == ()
        panel.analyse_button.click()
        assert waited(panel).startswith("Standard arm: 64 of 69 died")
        assert "pd.read_csv(&quot;mine.csv&quot;, sep=&quot;;&quot;)" in panel._code.value

    def test_a_bad_file_says_what_to_change_and_the_mapping_stays(self, panel):
        panel.set(covariates=("age_years",), biomarker=None)
        waited(panel)
        before = {name: value for name, value in panel.values.items() if name != "source"}
        for name, content, words in (
            ("scan.pdf", b"%PDF-1.7", "scan.pdf is a PDF document"),
            ("empty.csv", b"", "empty.csv is empty"),
            ("names.csv", b"time,died,arm\n", "no patients below them"),
        ):
            assert words in choose(panel, name, content)
            assert {name: value for name, value in panel.values.items() if name != "source"} == before
            panel.analyse_button.click()
            assert words in waited(panel)
        choose(panel, "good.csv", csv(al.load_veteran()))
        assert {name: value for name, value in panel.values.items() if name != "source"} == before

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
        panel.analyse_button.click()
        assert waited(panel).startswith("Unadjusted: HR ")

    def test_another_coding_of_the_same_columns_is_guessed_anew(self, panel):
        words = al.load_veteran().assign(
            died=lambda d: d["died"].map({0: "alive", 1: "dead"}), treated=lambda d: d["treated"] + 1
        )
        choose(panel, "words.csv", csv(words))
        assert (panel.values["event_value"], panel.values["active_value"]) == (("dead",), 2)

    def test_columns_that_are_gone_are_guessed_anew(self, panel):
        choose(panel, "other.csv", csv(al.load_veteran().rename(columns={"treated": "arm", "karno": "crp"})))
        assert (panel.values["treatment"], panel.values["biomarker"]) == ("arm", "crp")
        assert panel.values["duration_col"] == "time_days"

    def test_a_table_that_tells_nothing(self, panel):
        assert choose(panel, "odd.csv", b"a,b\n1,2\n3,4\n").startswith(
            "Not told by the file: Follow-up time, Event"
        )
        panel.analyse_button.click()
        assert "Follow-up time" in waited(panel)
        assert faults(panel) == []

    def test_names_that_would_be_code_in_a_page_stay_text(self, panel):
        bad = "<img src=x onerror=alert(1)>"
        df = al.load_veteran().rename(columns={"karno": bad, "celltype": "</div><script>alert(2)</script>"})
        choose(panel, f"{bad}.csv", csv(df))
        panel.set(covariates=tuple(df.columns[4:]), biomarker=bad, view="effects")
        waited(panel)
        panel.make_report()
        waited(panel)
        for part in (panel.view, panel._status, panel._notes, panel._code, panel._link):
            assert "<script" not in part.value
            assert "<img src=x" not in part.value

    def test_a_file_read_before_the_next_line_runs_leaves_the_panel_free(self, panel, monkeypatch):
        start = panel.background.start

        def start_and_finish(work, done):
            job = start(work, done)
            assert panel.wait(LONG)
            return job

        monkeypatch.setattr(panel.background, "start", start_and_finish)
        panel.upload("scan.pdf", b"%PDF-1.7")
        assert panel.sentence.startswith("scan.pdf is a PDF document")
        panel.reset()
        assert panel.sentence.startswith("Control arm: 64 of 69 died")

    def test_reading_is_not_disturbed_by_an_early_analyse(self, panel, monkeypatch):
        gate = threading.Event()
        real = al.read_trial

        def slow(content, name):
            assert gate.wait(LONG)
            return real(content, name)

        monkeypatch.setattr("alsteach.panels.own_trial_pieces.read_trial", slow)
        panel.upload("slow.csv", csv(al.load_veteran()))
        assert panel.sentence == "Reading slow.csv."
        panel.analyse_button.click()
        panel.controls["duration_unit"].value = "weeks"
        assert not panel.wait(0)
        gate.set()
        assert waited(panel).startswith("Time from 'time_days'")

    def test_a_table_already_read(self):
        panel = al.own_trial_panel(al.load_veteran().drop(columns="celltype"), name="ours")
        assert waited(panel).startswith("Control arm: 64 of 69 died")
        assert panel.values["source"] == "Your table: ours"
        panel.set(**panel.presets["MIROCALS-like, read at 0"])
        assert "HR 0.32" in waited(panel)
        panel.reset()
        assert waited(panel).startswith("Control arm: 64 of 69 died")
        assert panel.values["source"] == "Your table: ours"


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
        assert panel.sentence.startswith("Unadjusted")

    def test_an_old_report_is_not_offered_for_new_columns(self, panel):
        panel.make_report()
        waited(panel)
        panel.controls["treatment"].value = "prior"
        assert panel._link.value == ""
        panel.report_button.click()
        assert "First press Analyse" in panel._link.value
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
        panel.analyse_button.click()
        waited(panel)
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
        gate, started = threading.Event(), threading.Event()
        real = al.analyse_trial

        def slow(df, **options):
            if options["duration_unit"] == "weeks":
                started.set()
                while not gate.wait(0.01):
                    options["progress"](0.1)
            return real(df, **options)

        monkeypatch.setattr("alsteach.panels.own_trial.analyse_trial", slow)
        panel.controls["duration_unit"].value = "weeks"
        panel.analyse_button.click()
        assert started.wait(LONG)
        panel.background.stop_button.click()
        assert panel.wait(0)
        assert panel.values["duration_unit"] == "weeks"
        started.clear()
        panel.analyse_button.click()
        assert started.wait(LONG)
        panel.set(duration_unit="days", covariates=("age_years",))
        gate.set()
        assert "half had died by day 103" in waited(panel)

    def test_another_view_lets_the_analysis_under_way_go_on(self, panel, monkeypatch):
        gate, real, runs = threading.Event(), al.analyse_trial, []

        def slow(df, **options):
            runs.append(options["duration_unit"])
            assert gate.wait(LONG)
            return real(df, **options)

        monkeypatch.setattr("alsteach.panels.own_trial.analyse_trial", slow)
        panel.controls["duration_unit"].value = "weeks"
        panel.analyse_button.click()
        panel.controls["view"].value = "effects"
        gate.set()
        assert waited(panel).startswith("Unadjusted: HR")
        assert runs == ["weeks"]

    def test_nothing_grows_with_use(self, panel):
        for view in panel.controls["view"].extremes * 2:
            panel.set(view=view)
            waited(panel)
        artists = len(panel.picture.figure.findobj())
        for view in panel.controls["view"].extremes * 2:
            panel.set(view=view)
            waited(panel)
        assert len(panel.picture.figure.findobj()) == artists


class TestOffered:
    def test_a_menu_tells_once_and_only_of_changes_by_hand(self):
        menu, told = Menu("Which", {"one": 1, "two": 2}, 2), []
        menu.observe(lambda: told.append(menu.value))
        menu.view.value = "one"
        menu.offer({"three": 3, "one": 1}, 1)
        assert (menu.value, menu.view.value, told) == (1, "one", [1])
        menu.value = 3
        assert (menu.view.value, told) == ("three", [1, 3])
        menu.offer({}, None)
        assert (menu.value, menu.extremes) == (None, [None])

    def test_boxes_keep_the_order_of_the_columns(self):
        boxes, told = Boxes("Which", {"a": "a", "b": "b", "c": "c"}, ("b",)), []
        boxes.observe(lambda: told.append(boxes.value))
        boxes._boxes[0].value = True
        assert (boxes.value, told) == (("a", "b"), [("a", "b")])
        boxes.value = ("c", "a", "not there")
        assert [box.value for box in boxes._boxes] == [True, False, True]
        boxes.offer({}, ())
        assert (boxes.value, boxes.extremes) == ((), [()])

    def test_many_columns_and_columns_that_read_alike(self):
        df = pd.DataFrame(np.zeros((3, 500)))
        boxes = Boxes("Which", texts_of(df.columns))
        assert len(boxes._boxes) == 60
        assert list(texts_of([1, "1", " ", True])) == ["1", "1 ", "(no name)", "True"]
