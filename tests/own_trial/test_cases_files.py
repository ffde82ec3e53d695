"""Files as people have them: read with what was left out said, or refused with what to do; a workbook cannot hang."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial.preparing import prepare_trial

HERE = Path(__file__).parent
CASES = HERE / "cases"
BASE = pd.read_csv(CASES / "base.csv")
TEXT = (CASES / "base.csv").read_text()
R = pd.read_csv(HERE.parent / "reference" / "own_trial_cases.csv").set_index("case")


def read(text, name="trial.csv"):
    return al.read_trial(text if isinstance(text, bytes) else text.encode(), name=name)


def assert_figures_are_rs(table, case="base", **choice):
    guess = al.guess_columns(table) | {"covariates": [], "biomarker": None} | choice
    prepared = prepare_trial(table, **guess)
    fit = al.fit_cox(prepared)
    assert (fit.n, fit.events) == (R.n[case], R.events[case])
    row = fit.table.loc["treated", ["hr", "ci_low", "ci_high"]].astype(float)
    np.testing.assert_allclose(row, R.loc[case, row.index].astype(float), rtol=2e-5)
    return prepared.attrs["notes"]


def refused(table, **choice) -> str:
    with pytest.raises(al.TrialDataError) as refusal:
        prepare_trial(table, **(al.guess_columns(table) | {"covariates": [], "biomarker": None} | choice))
    return str(refusal.value)


# --- cBioPortal, TCGA, SAS ---


def test_cbioportals_lines_above_the_names():
    table = al.read_trial(CASES / "cbioportal.txt")
    assert table.shape == (80, 5)
    assert list(table.columns) == ["PATIENT_ID", "TREATMENT_ARM", "AGE", "OS_STATUS", "OS_MONTHS"]
    assert table.index[0] == 6
    assert "4 lines above the column names, beginning with #, left out." in table.attrs["reading"]
    assert_figures_are_rs(table, "cbioportal")


@pytest.mark.parametrize(
    "before",
    [
        "# made by me\n",
        "#a,b,c\n#d,e,f\n",
        "# one; two\n#\n# three, and four\n",
        "#version 2\n# 80 patients\n",
    ],
)
def test_other_lines_of_remarks_above_the_names(before):
    table = read(before + TEXT)
    assert list(table.columns) == ["id", "arm", "time", "status", "age"]
    assert_figures_are_rs(table)


def test_names_behind_a_hash_are_names():
    assert list(read("#" + TEXT).columns) == ["id", "arm", "time", "status", "age"]


MISSING = [
    "[Not Available]",
    "[Not Applicable]",
    "[Unknown]",
    "'--",
    "not reported",
    "N.A.",
    "<NA>",
    "NaT",
    "(null)",
    "not allowed to collect",
    "\\N",
    "#NV",
    "missing",
    ".A",
    "._",
    ".z",
    "[missing]",
    "$SYSMIS",
    "Not recorded",
    "N.A",
]


@pytest.mark.parametrize("code", MISSING)
def test_codes_for_nothing_known_are_blank_and_said(code):
    table = BASE.astype({"time": object, "status": object})
    table.loc[5, "time"] = table.loc[9, "status"] = code
    found = read(table.to_csv(index=False))
    assert any(f"{code!r} in column 'time' taken as blank." in said for said in found.attrs["reading"])
    notes = assert_figures_are_rs(found, "two blank")
    assert any("2 of 80 patients left out" in note for note in notes)


TIMES = [
    ("days_to_death", "days_to_last_follow_up"),
    ("days_to_death", "days_to_last_followup"),
    ("Time to death (months)", "Time to last contact (months)"),
    ("death_days", "last_contact_days_to"),
    ("survival time of the dead", "follow-up time of the living"),
]


@pytest.mark.parametrize("pair", TIMES)
@pytest.mark.parametrize("choice", [{}, {"duration_col": 0}, {"duration_col": 1}])
def test_two_time_columns_are_to_be_joined(pair, choice):
    death, last = pair
    table = BASE.drop(columns=["time", "status"]).assign(
        vital_status=np.where(BASE.status == 1, "Dead", "Alive")
    )
    table[death], table[last] = BASE.time.where(BASE.status == 1), BASE.time.where(BASE.status == 0)
    said = refused(table, **{key: pair[place] for key, place in choice.items()})
    assert said.startswith(
        f"{death!r} holds the time of those who died and {last!r} that of the others; join them"
    )
    assert '=IF(E2<>"",E2,F2)' in said
    assert_figures_are_rs(
        table.assign(time=table[death].fillna(table[last])), duration_col="time", duration_unit="days"
    )


@pytest.mark.parametrize(
    ("death", "last"),
    [
        ("death_time", "fu_time"),
        ("Tage bis Tod", "Tage bis letzter Kontakt"),
        ("días hasta muerte", "días hasta último contacto"),
    ],
)
def test_two_time_columns_of_any_name_are_told_by_who_has_none(death, last):
    table = BASE.drop(columns="time").assign(
        **{death: BASE.time.where(BASE.status == 1), last: BASE.time.where(BASE.status == 0)}
    )
    for chosen, other in ((death, last), (last, death)):
        said = refused(table, duration_col=chosen, duration_unit="days")
        assert "is blank for all who have" in said or said.startswith(
            f"{death!r} holds the time of those who died"
        )
        assert repr(other) in said
        assert "join them into one column (in a spreadsheet: =IF(" in said


def test_last_news_before_death_is_no_follow_up_time():
    table = BASE.drop(columns=["time", "status"]).assign(
        vital_status=np.where(BASE.status == 1, "Dead", "Alive"),
        days_to_death=BASE.time.where(BASE.status == 1),
        days_to_last_followup=np.where(BASE.status == 1, BASE.time // 2, BASE.time),
    )
    assert "join them" in refused(table)
    table["days_to_last_followup"] = BASE.time
    assert_figures_are_rs(table)


def test_numbers_that_restart_in_each_centre_are_no_repeats():
    assert_figures_are_rs(BASE.assign(id=BASE.index % 20, site=BASE.index // 20))


def test_stacked_endpoints_say_which_column_to_filter_by():
    table = pd.concat([BASE.assign(PARAMCD=name) for name in ("OS", "PFS")]).rename(columns={"id": "USUBJID"})
    assert (
        "Keep one row each, with the whole follow-up time, for instance those with one value of 'PARAMCD'"
        in refused(table.reset_index(drop=True))
    )


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("PARAMCD", ("OS", "PFS")),
        ("PARAM", ("Time to death", "Time to first relapse")),
        ("type", ("Overall survival", "Progression-free survival")),
    ],
)
def test_stacked_endpoints_of_patients_without_numbers_are_no_patients(column, names):
    table = pd.concat([BASE.assign(**{column: name}) for name in names]).drop(columns="id")
    said = refused(table.reset_index(drop=True))
    assert said.startswith(f"Column {column!r} names several endpoints ({names[0]!r}, {names[1]!r})")
    assert said.endswith("Keep the rows of one endpoint.")


@pytest.mark.parametrize(
    "rows",
    ["\nLegend,,,,\nstatus,1 = dead,,,", "* cut-off 2020,,,,\n** excluded,,,,", "\nn/a: unknown,see,,,"],
)
def test_remarks_below_the_table_are_named(rows):
    with pytest.raises(al.TrialDataError, match="Row 8[23] is a remark below the table"):
        read(f"{TEXT.rstrip()}\n{rows}\n")


def test_two_rows_below_the_names_are_named():
    names, body = TEXT.split("\n", 1)
    with pytest.raises(al.TrialDataError, match="Row 2 looks like a second row of column names"):
        read(f"{names}\nId,Arm,T,S,Age\na,b,c,d,e\n{body}")


@pytest.mark.parametrize(
    "format_",
    [
        "%Y年%m月%d日",
        "%Y.%m.%d.",
        "%m/%Y",
        "%d%b%Y",
        "%d%b%y",
        "%d%b%Y:00:00:00",
        "%d-%b-%Y",
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%A, %d %B %Y",
        "%Y-%b-%d",
        "%b-%y",
        "%B %Y",
        "%der Mars %Y",
        "%d Января %Y",
    ],
)
def test_dates_are_to_be_subtracted(format_):
    start = pd.Series(pd.Timestamp("2020-01-01"), index=BASE.index)
    end = start + pd.to_timedelta(BASE.time, unit="D")
    dates = {
        "rand_date": start.dt.strftime(format_).str.upper(),
        "last_date": end.dt.strftime(format_).str.upper(),
    }
    table = read(BASE.drop(columns="time").assign(**dates).to_csv(index=False))
    assert "there are dates ('rand_date', 'last_date')" in refused(table)
    assert "holds dates" in refused(table, duration_col="last_date")


# --- Workbooks ---


def workbook(fill) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    fill(book)
    book.save(content)
    return content.getvalue()


def lengths(convert, number_format):
    def fill(book):
        sheet = book.active
        sheet.append(list(BASE.columns))
        for row in BASE.itertuples(index=False):
            sheet.append([row.id, row.arm, convert(row.time), row.status, row.age])
            sheet.cell(sheet.max_row, 3).number_format = number_format

    return workbook(fill)


@pytest.mark.parametrize(
    ("convert", "number_format"),
    [
        (lambda days: datetime.timedelta(days=days), "[h]:mm:ss"),
        (float, "[h]:mm"),
        (float, "[hh]:mm:ss"),
        (float, "yyyy-mm-dd"),
        (float, "dd.mm.yyyy hh:mm"),
        (int, "General"),
        (str, "@"),
    ],
)
def test_lengths_formatted_as_times_or_dates_are_lengths(convert, number_format):
    table = read(lengths(convert, number_format), "trial.xlsx")
    assert_figures_are_rs(table, duration_unit="days", duration_col="time")


def test_the_customers_workbook_of_durations():
    assert_figures_are_rs(al.read_trial(CASES / "durations.xlsx"))


def test_a_sheet_of_notes_first_is_passed_over():
    def fill(book):
        book.active.title = "Read me"
        for line in ("Trial of a drug", "Made in 2024", "Ask Eve"):
            book.active.append([line])
        book.active.append(["status", "1 = dead"])
        sheet = book.create_sheet("Data")
        sheet.append(list(BASE.columns))
        for row in BASE.itertuples(index=False):
            sheet.append(list(row))

    table = read(workbook(fill), "trial.xlsx")
    assert_figures_are_rs(table)
    assert any(
        "Sheet 'Data' of the Excel workbook read ('Read me' not read)." in said
        for said in table.attrs["reading"]
    )


def test_merged_cells_are_named():
    arm = BASE.sort_values("arm").arm.where(~BASE.sort_values("arm").arm.duplicated())
    said = refused(BASE.sort_values("arm").assign(arm=arm), treatment="arm")
    assert said.startswith("Column 'arm' is blank in 78 of 80 rows")
    assert "unmerge them" in said


@pytest.mark.parametrize("word", ["Total", "Mean", "Summe", "Grand total", "合计"])
def test_a_row_of_totals_is_named(word):
    with pytest.raises(
        al.TrialDataError, match=f"Row 82 looks like totals below the table .'{word}'.; delete it"
    ):
        read(f"{TEXT.rstrip()}\n{word},,20000,66,4900\n")


# --- Several rows a patient ---


def test_rows_of_one_patient_in_both_arms_have_robust_errors_as_in_r(tmp_path, monkeypatch):
    table = BASE.assign(id=[f"P{i // 2}" for i in range(80)], born=[1940 + i // 2 for i in range(80)])
    found = al.analyse_trial(table, **(al.guess_columns(table) | {"covariates": ["age"]}))
    for model, case in (("unadjusted", "pairs"), ("adjusted", "pairs, age")):
        row = found.tables["effects"].loc[model]
        np.testing.assert_allclose(
            row[["hr", "ci_low", "ci_high", "se"]].astype(float), R.loc[case].iloc[2:], rtol=1e-5
        )
    assert any(
        "80 rows belong to 40 patients (column 'id')" in note and "robust" in note for note in found.notes
    )
    table.to_csv(tmp_path / "trial.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(found.code, "learner.py", "exec"), names)
    np.testing.assert_allclose(names["effects"].hr.astype(float), found.tables["effects"].hr, rtol=1e-6)
    np.testing.assert_allclose(
        names["effects"].ci_low.astype(float), found.tables["effects"].ci_low, rtol=5e-3
    )


def test_numbers_that_restart_in_each_arm_are_no_persons():
    number = BASE.groupby("arm").cumcount()
    notes = assert_figures_are_rs(BASE.assign(id=number))
    assert not any("robust" in note for note in notes)
    assert any(
        note.startswith("Rows with the same entry in 'id' are taken for different patients") for note in notes
    )


def test_a_hidden_sheet_is_not_read_where_another_can_be_seen():
    def fill(book):
        for table, state in ((BASE.assign(status=1 - BASE.status), "hidden"), (BASE, "visible")):
            sheet = book.create_sheet(state)
            sheet.append(list(table.columns))
            for row in table.itertuples(index=False):
                sheet.append(list(row))
            sheet.sheet_state = state
        book.remove(book["Sheet"])
        book.active = 1

    table = read(workbook(fill), "trial.xlsx")
    assert any("Sheet 'visible'" in said for said in table.attrs["reading"])
    assert_figures_are_rs(table)


def test_a_row_of_means_without_a_name_is_named():
    means = ",,{},{},{}".format(*BASE[["time", "status", "age"]].mean())
    with pytest.raises(al.TrialDataError, match="Row 82 looks like totals below the table"):
        read(f"{TEXT.rstrip()}\n{means}\n")


# --- Nobody died ---


def test_no_interval_where_nobody_died():
    table = BASE.assign(status=BASE.status.where(BASE.arm == "Placebo", 0))
    found = al.analyse_trial(
        table, duration_col="time", event_col="status", treatment="arm", active_value="Drug"
    )
    absolute = found.tables["absolute"]
    unknown = ["alive_active", "difference_alive", "mean_days_active", "difference_mean_days"]
    assert absolute.loc[unknown, ["se", "ci_low", "ci_high", "p"]].isna().all(axis=None)
    assert absolute.loc["mean_days_control", ["ci_low", "ci_high"]].notna().all()
    assert "there is no interval, as nobody had died by then in one arm" in found.sentences["absolute"]
    assert not re.search(r"\bnan\b", found.to_html().partition("<pre>")[0])


# --- Workbooks made to harm ---


def tampered(change) -> bytes:
    content = workbook(
        lambda book: [book.active.append(list(row)) for row in [BASE.columns, *BASE.values.tolist()]]
    )
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            text = old.read(part).decode()
            new.writestr(part, change(text) if "sheet1" in part else text)
    return made.getvalue()


def ending(xml: str):
    return lambda text: text.replace("</sheetData>", f"{xml}</sheetData>")


BOMBS = {
    "a row far below": (
        lambda text: text.replace('r="81"', 'r="2000000000"'),
        "row numbered above 1,048,576",
    ),
    "one below the last": (
        lambda text: text.replace('r="81"', 'r="1048577"'),
        "row numbered above 1,048,576",
    ),
    "an endless text": (
        ending(f'<row r="90"><c t="inlineStr"><is><t>{"x" * 40_000_000}</t></is></c></row>'),
        "a text of more than 32,767 characters",
    ),
    "blank wide rows": (
        ending("".join(f'<row r="{n}"><c r="XFD{n}" s="0"/></row>' for n in range(100, 60_000))),
        "more than 3,000,000 cells",
    ),
    "blank cells": (ending(f'<row r="90">{"<c/>" * 3_100_000}</row>'), "more than 3,000,000 cells"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_workbook_made_to_harm_is_refused_with_little_memory(name):
    import tracemalloc

    change, sentence = BOMBS[name]
    content = tampered(change)
    tracemalloc.start()
    try:
        with pytest.raises(al.TrialDataError, match=sentence):
            read(content, "bomb.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 150e6
    finally:
        tracemalloc.stop()


def test_a_long_but_possible_text_is_read():
    content = workbook(
        lambda book: [
            book.active.append([*row, "x" * 32_000]) for row in [BASE.columns, *BASE.values.tolist()[:3]]
        ]
    )
    assert read(content, "trial.xlsx").shape[0] == 3
