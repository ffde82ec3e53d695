"""Tables that a stranger made up without looking at the code: each is right, or asked in one helpful sentence."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial import codes

from .test_cases_meaning import BASE, analysed, assert_figures_are_rs, through_a_file

DIED = BASE["status"].to_numpy() == 1
DRUG = BASE["arm"].to_numpy() == "Drug"
MISLEADING = np.where(DIED, 500, 0) + BASE["time"].rank().to_numpy()  # the dead were followed longest


@pytest.mark.parametrize(
    ("name", "censored", "died"),
    [
        ("os_status_1_dead_0_alive", 0, 1),
        ("death0/alive1", 1, 0),
        ("alive_1_dead_0_status", 1, 0),
        ("died1alive2", 2, 1),
        ("Alive yes1 no0", 1, 0),
        ("Status: 1-Censored 2-Dead", 1, 2),
        ("Status {0: 'dead', 1: 'censored'}", 1, 0),
        ("status (dead 1/alive 0)", 0, 1),
        ("status (alive/dead)=(0/1)", 0, 1),
        ("outcome [1] death [2] no death", 2, 1),
        ("Status (E=event, C=censored)", "C", "E"),
        ("Status (X: alive; Y: dead)", "X", "Y"),
    ],
)
def test_codes_of_a_name_decide_against_the_lengths_of_follow_up(name, censored, died):
    values = pd.Series(np.where(DIED, died, censored))
    assert codes.died_value(values, name, MISLEADING)[0] == [died]


@pytest.mark.parametrize(
    ("name", "control", "active"),
    [
        ("trt (A=drug, B=placebo)", "B", "A"),
        ("trt (A=placebo, B=drug)", "A", "B"),
        ("allocation [1] standard care [2] intervention", 1, 2),
        ("standard care [2] intervention [1]", 2, 1),
        ("group_1_ctrl_2_trt", 1, 2),
        ("group 1 trt 2 ctrl", 2, 1),
        ("treatment {1: 'drug', 2: 'placebo'}", 2, 1),
        ("no_treatment", 1, 0),
        ("not on drug", 1, 0),
        ("no placebo", 0, 1),
        ("untreated", 1, 0),
        ("placebo?", 1, 0),
    ],
)
def test_the_name_says_which_arm_is_active(name, control, active):
    table = BASE.assign(arm=np.where(DRUG, active, control)).rename(columns={"arm": name})
    assert_figures_are_rs(analysed(table, treatment=name))
    assert codes.active_value(table[name], name)[2]


@pytest.mark.parametrize(
    "other", ["Watch & wait", "deferred", "Nil", "ohne", "no IL-2", "lumelääke", "riluzole alone", "Dummy"]
)
def test_words_for_doing_nothing_are_the_control(other):
    table = BASE.assign(arm=np.where(DRUG, "Aldesleukin", other))
    assert codes.active_value(table["arm"], "arm")[::2] == ("Aldesleukin", True)


@pytest.mark.parametrize("words", [("elossa", "kuollut"), ("sağ", "ölü"), ("levende", "død"), ("C", "E")])
def test_the_event_in_more_languages_is_told_or_asked(words):
    guess = al.guess_columns(BASE.assign(status=np.where(DIED, words[1], words[0])))
    assert guess["event_col"] == "status"
    assert guess["event_value"] == (None if words == ("C", "E") else words[1])


@pytest.mark.parametrize("code", [9, -9, 99])
def test_a_code_for_missing_beside_0_and_1_is_asked(code):
    table = BASE.assign(status=BASE["status"].where(BASE.index > 2, code))
    with pytest.raises(
        al.TrialDataError, match=rf"'status' holds .*{code} \(3\).*; choose it in 'Which entry"
    ):
        analysed(table)


@pytest.mark.parametrize(
    "name", ["无进展生存期", "survie_sans_progression", "progressionsfreies_Überleben", "met_free_survival"]
)
def test_survival_without_something_is_not_survival(name):
    guess = al.guess_columns(BASE.assign(**{name: MISLEADING}).rename(columns={"status": "vital_status"}))
    assert guess["duration_col"] == "time"
    assert name not in guess["covariates"]


LATER = (
    "PFI",
    "DFI",
    "lost",
    "ORR",
    "crossover",
    "SAE",
    "toxicity",
    "last_ecog",
    "rezidiv",
    "récidive",
    "复发",
    "재발",
)


@pytest.mark.parametrize("name", LATER)
def test_what_happened_later_is_no_covariate(name):
    guess = al.guess_columns(BASE.assign(**{name: np.arange(len(BASE)) % 2}))
    assert guess["event_col"] == "status"
    assert name not in guess["covariates"]


@pytest.mark.parametrize("name", ["pack_years", "storage_days", "time_zone", "time_of_day"])
def test_what_is_no_length_of_follow_up_is_not_taken_for_it(name):
    assert al.guess_columns(BASE.rename(columns={"time": name}))["duration_col"] is None


SWISS = "id;arm;time;status\n" + "".join(
    f"{r.id};{r.arm};{r.time + 1000:,}.0;{r.status}\n".replace(",", "’") for r in BASE.itertuples()
)


@pytest.mark.parametrize(
    "text",
    [
        BASE.to_csv(index=False) + "\x1a",
        BASE.to_csv(index=False).replace("arm,", "\u200barm,").replace("P003,Drug", "P003,Drug\u200b"),
        SWISS,
    ],
    ids=["end of a DOS file", "signs of no width", "Swiss thousands"],
)
def test_signs_that_nobody_sees_change_nothing(text):
    assert_figures_are_rs(analysed(al.read_trial(text.encode(), name="trial.csv")))


HEADER, BODY = BASE[["id", "arm", "time", "status", "age"]].to_csv(index=False).split("\n", 1)
SUMS = f",,{BASE['time'].sum()},{BASE['status'].sum()},{BASE['age'].sum()}"


@pytest.mark.parametrize(
    "row", ["Total (n=80),,36000,66,", "Итого,,36000,66,", "小计,,36000,66,", "Mean (SD),,450 (20),,"]
)
@pytest.mark.parametrize("first", [False, True])
def test_totals_anywhere_are_named(row, first):
    text = f"{HEADER}\n{row}\n{BODY}" if first else f"{HEADER}\n{BODY}{row}\n"
    with pytest.raises(al.TrialDataError, match="looks like totals (in|below) the table .*delete it"):
        al.read_trial(text.encode(), name="trial.csv")


@pytest.mark.parametrize("row", ["N=80,,,66,", "n,80,80,80,80", SUMS])
def test_totals_without_a_word_are_named(row):
    with pytest.raises(al.TrialDataError, match="Row 82 looks like totals below the table"):
        al.read_trial(f"{HEADER}\n{BODY}{row}\n".encode(), name="trial.csv")


@pytest.mark.parametrize("row", [",,days,0/1,years", ",,days,,", ",,(d),,(y)"])
def test_a_row_of_units_is_named(row):
    with pytest.raises(al.TrialDataError, match="Row 2 looks like a second row of column names or units"):
        al.read_trial(f"{HEADER}\n{row}\n{BODY}".encode(), name="trial.csv")


@pytest.mark.parametrize(
    "names", [("TRTSDT", "LSTALVDT"), ("rand_date", "last_date"), ("start_ts", "end_ts")]
)
@pytest.mark.parametrize(("day", "step"), [(21_915, 1), (43_831, 1), (1_577_836_800, 86_400)])
def test_dates_kept_as_numbers_are_told_from_lengths(names, day, step):
    table = BASE.drop(columns="time").assign(**{names[0]: day, names[1]: day + step * BASE["time"]})
    with pytest.raises(al.TrialDataError, match="dates"):
        analysed(through_a_file(table))
    with pytest.raises(al.TrialDataError, match=f"'{names[1]}' holds dates; a follow-up time is a length"):
        analysed(table, duration_col=names[1], duration_unit="days")


def test_a_plus_of_the_censored_is_not_to_be_blanked():
    times = [f"{time}+" if not died else str(time) for time, died in zip(BASE["time"], DIED, strict=True)]
    with pytest.raises(al.TrialDataError, match=r"A \+ marks a censored time in R: write the number alone"):
        analysed(BASE.assign(time=times))


def test_a_time_of_nines_is_questioned():
    found = analysed(BASE.assign(time=BASE["time"].where(BASE.index > 1, 9999)))
    assert any(
        "2 patients have 9999 in 'time': if that stands for a missing time" in note for note in found.notes
    )


def workbook(*sheets: pd.DataFrame, merged=()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table in sheets:
        sheet = book.create_sheet()
        sheet.append(list(table.columns))
        for row in table.itertuples(index=False):
            sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("by", [2, 4, 40])
def test_merged_cells_hold_for_all_their_rows(by):
    content = workbook(BASE.sort_values("arm"), merged=[f"B{r}:B{r + by - 1}" for r in range(2, 82, by)])
    assert list(BASE.columns)[1] == "arm"
    trial = al.read_trial(content, name="trial.xlsx")
    assert any("Merged cells" in said for said in trial.attrs["reading"])
    assert_figures_are_rs(analysed(trial))


def test_arms_blank_in_many_rows_are_asked():
    with pytest.raises(
        al.TrialDataError, match="'arm' is blank in 40 of 80 rows: too few would be left. If cells"
    ):
        analysed(BASE.assign(arm=BASE["arm"].where(BASE.index % 4 < 2)))


def test_a_list_of_columns_before_the_patients_is_passed_over():
    listed = pd.DataFrame({"Field": BASE.columns, "Meaning": "words", "Unit": "days"})
    assert_figures_are_rs(analysed(al.read_trial(workbook(listed, BASE), name="trial.xlsx")))


def with_sheet(data: bytes, declared=b"") -> bytes:
    xml = b'<?xml version="1.0"%s?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    xml = xml % declared + b"<sheetData>" + data + b"</sheetData></worksheet>"
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(BASE))) as old, zipfile.ZipFile(changed, "w", 8) as new:
        for part in old.namelist():
            kept = old.read(part)
            if part.endswith("sheet1.xml"):
                kept = xml.decode().encode("utf-16") if declared else xml
            new.writestr(part, kept)
    return changed.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (with_sheet(b'<row\n r = "99999999999"><c r="A1"><v>1</v></c></row>'), "row numbered above"),
        (with_sheet(b'<row r="&#57;99999999"><c r="A1"><v>1</v></c></row>'), "row numbered above"),
        (with_sheet(b"<row/>" * 200_000), "blank rows"),
        (
            with_sheet(
                b'<row r="1"><c r="A1" t="inlineStr"><is>' + b"<r><t>a</t></r>" * 200_000 + b"</is></c></row>"
            ),
            "parts",
        ),
        (with_sheet(b"<a>" * 300_000), "parts"),
        (with_sheet(b'<row r="9"/>', declared=b' encoding="utf-16"'), "UTF-8"),
    ],
    ids=["spaces", "entity", "blank rows", "runs", "depth", "UTF-16"],
)
def test_a_workbook_that_would_hang_is_refused_before_it_is_opened(content, said, monkeypatch):
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(al.TrialDataError, match=said):
        al.read_trial(content, name="bomb.xlsx")


def test_a_table_as_wide_as_it_is_useless_is_refused():
    names = ",".join(f"c{i}" for i in range(2001))
    with pytest.raises(al.TrialDataError, match="2,001 columns; the limit is 2,000"):
        al.read_trial(f"{names}\n{names}\n".encode(), name="wide.csv")


def test_a_report_holds_no_control_character():
    table = BASE.assign(arm=np.where(DRUG, "a\x1b\x00b", "Placebo"))
    page = al.analyse_trial(table, duration_col="time", event_col="status", treatment="arm").to_html()
    assert not set(page) & set("\x00\x1b\x07")
