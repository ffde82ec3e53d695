"""Files as people have them: what is read is right and said, what is refused says what to change."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alsteach as al
from alsteach.own_trial import cells, kinds, reading

GOOD = "patient,time_days,died,arm,age\n1,100,1,drug,60.5\n2,200,0,placebo,61\n3,300,1,drug,\n4,400,0,placebo,70\n"


def excel(*sheets, **options) -> bytes:
    """A workbook of sheets, each (title, rows)."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def archive(*members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for member in members:
            file.writestr(member, "x")
    return stream.getvalue()


def check_good(trial: pd.DataFrame) -> None:
    assert trial.time_days.tolist() == [100, 200, 300, 400]
    assert trial.died.tolist() == [1, 0, 1, 0]
    assert trial.arm.tolist() == ["drug", "placebo", "drug", "placebo"]
    assert trial.age.dropna().tolist() == [60.5, 61, 70]
    assert trial.age.isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_separator_encoding_and_line_end(separator, encoding, newline):
    text = GOOD.replace(",", separator).replace("\n", newline)
    check_good(al.read_trial(text.encode(encoding), name="trial.csv"))


def test_a_file_on_disk_is_named_and_left_alone(tmp_path):
    path = tmp_path / "my trial.csv"
    path.write_text(GOOD)
    before = path.read_bytes(), path.stat().st_mtime_ns
    for given_path in (path, str(path)):
        trial = al.read_trial(given_path)
        check_good(trial)
        assert trial.attrs["reading"][0] == "my trial.csv: 4 rows, 5 columns, separated by commas."
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_rows_are_numbered_as_a_spreadsheet_does():
    trial = al.read_trial(b"time,died,arm\n1,1,a\n\n2,0,b\n,,\n3,1,a\n")
    assert trial.index.tolist() == [2, 4, 6]
    assert "2 blank rows left out." in trial.attrs["reading"]


def test_decimal_commas_semicolons_and_accents_of_western_windows():
    text = "âge;durée_mois;décès;bras\n61,5;12,25;oui;témoin\n70,0;3,5;non;actif\n1.070,0;3,125;non;actif\n"
    trial = al.read_trial(text.encode("cp1252"))
    assert trial["âge"].tolist() == [61.5, 70.0, 1070.0]
    assert trial["durée_mois"].tolist() == [12.25, 3.5, 3.125]
    said = " ".join(trial.attrs["reading"])
    assert "Decimal commas read as decimal points in: âge, durée_mois." in said
    assert "read as cp1252" in said


def test_two_accents_side_by_side_are_no_chinese():
    trial = al.read_trial("Größe,died,Müßig\n1,0,2\n3,1,4\n".encode("cp1252"), name="werte.csv")
    assert list(trial.columns) == ["Größe", "died", "Müßig"]
    assert trial.attrs["name"] == "werte.csv"


def test_chinese_in_its_own_encoding():
    text = "编号,生存天数,死亡,治疗\n1,100,是,药物\n2,200,否,安慰剂\n3,300,是,药物\n"
    trial = al.read_trial(text.encode("gb18030"))
    assert trial.columns.tolist() == ["编号", "生存天数", "死亡", "治疗"]
    assert trial["治疗"].tolist() == ["药物", "安慰剂", "药物"]
    assert any("read as gb18030" in sentence for sentence in trial.attrs["reading"])


@pytest.mark.parametrize(
    ("column", "expected", "sentence"),
    [
        (["1,234", "2,345", "12"], [1234, 2345, 12], "Thousands separators"),
        (["1,234.5", "2,345", "12"], [1234.5, 2345, 12], "Thousands separators"),
        (["1,5", "2,345", "12"], [1.5, 2.345, 12], "Decimal commas"),
        (["0,234", "0,345", "0,5"], [0.234, 0.345, 0.5], "Decimal commas"),
        (["1.234,5", "2,5", "12"], [1234.5, 2.5, 12], "Decimal commas"),
        (["1 234,5", "2,5", "12"], [1234.5, 2.5, 12], "Decimal commas"),
        (["1'234.5", "2", "12"], [1234.5, 2, 12], "Thousands separators"),
        (["−1,5", "2,5", "12"], [-1.5, 2.5, 12], "Decimal commas"),
        (["1.5e3", "-2.5", "12"], [1500, -2.5, 12], ""),
        (["1.5", "missing", "12"], [1.5, np.nan, 12], "'missing' in column 'x' taken as blank."),
        (["1,5", "k.A.", "12"], [1.5, np.nan, 12], "'k.A.' in column 'x' taken as blank."),
        (["1.5", "NA", "."], [1.5, np.nan, np.nan], ""),
    ],
)
def test_numbers_as_people_write_them(column, expected, sentence):
    text = "x,died,arm\n" + "".join(f'"{cell}",1,a\n' for cell in column)
    trial = al.read_trial(text.encode())
    np.testing.assert_array_equal(trial.x.to_numpy(float), expected)
    assert sentence in " ".join(trial.attrs["reading"])


def test_three_decimals_in_a_file_of_semicolons_are_decimals():
    assert al.read_trial(b"x;died\n1,234;1\n2,345;0\n").x.tolist() == [1.234, 2.345]


def test_a_point_may_separate_thousands_where_the_comma_is_decimal():
    trial = al.read_trial(b"x;y\n1.234;1,5\n12.345;2,5\n850;3\n")
    assert trial.x.tolist() == [1234, 12345, 850]
    assert "Thousands separators left out of the numbers in: x." in trial.attrs["reading"]
    assert trial.y.tolist() == [1.5, 2.5, 3]


def test_words_that_mean_blank_stay_words_among_words():
    trial = al.read_trial(b"prior,died\nnone,1\nchemo,0\nNA,1\n")
    assert trial.prior.tolist()[:2] == ["none", "chemo"]
    assert trial.prior.isna().tolist() == [False, False, True]


def test_true_and_false():
    trial = al.read_trial(b"t,died\n1,TRUE\n2,FALSE\n3,True\n")
    assert trial.died.dtype == bool
    assert trial.died.tolist() == [True, False, True]


def test_excels_own_separator_line():
    trial = al.read_trial(b"sep=;\r\ntime;died\r\n1,5;1\r\n2;0\r\n")
    assert trial.columns.tolist() == ["time", "died"]
    assert trial.time.tolist() == [1.5, 2]


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "rownames", "X"])
def test_a_column_that_counts_the_rows_is_left_out(name):
    trial = al.read_trial(f'"{name}","time","died"\n1,10,1\n2,20,0\n3,30,1\n'.encode())
    assert trial.columns.tolist() == ["time", "died"]
    assert "The first column only counts the rows and was left out." in trial.attrs["reading"]


def test_a_table_from_r_whose_row_names_have_no_heading():
    trial = al.read_trial(b'"time" "died"\n"p1" 10 1\n"p2" 20 0\n"p3" 30 1\n')
    assert trial.columns.tolist() == ["row_name", "time", "died"]
    assert trial.time.tolist() == [10, 20, 30]
    assert al.read_trial(b"time died\n1 10 1\n2 20 0\n").columns.tolist() == ["time", "died"]


def test_columns_by_spaces():
    trial = al.read_trial(b"  time   died  arm\n   1.5    1  a\n  20      0  b\n")
    assert trial.time.tolist() == [1.5, 20]
    assert "separated by spaces" in trial.attrs["reading"][0]


def test_blank_and_doubled_columns():
    trial = al.read_trial(b"time,note,died,,time,\n1,,1,,1,x\n2,,0,,2,y\n")
    assert trial.columns.tolist() == ["time", "died", "column 6"]
    said = trial.attrs["reading"]
    assert "Column 'note' is blank and was left out." in said
    assert "Column 'time' stands twice with the same values; the copy was left out." in said
    assert "Column 6 has no name; it is called 'column 6' here." in said


def test_quotes_may_hold_separators_and_lines():
    trial = al.read_trial(b'time,died,remark\n1,1,"fell, then\nrose"\n2,0,"a ""b"""\n')
    assert trial.remark.tolist() == ["fell, then\nrose", 'a "b"']


# --- Excel ------------------------------------------------------------------------------------------------------------

ROWS = [["time_days", "died", "arm"], [100, 1, "drug"], [200.5, 0, "placebo"], [300, 1, None]]


def test_excel_first_sheet_with_data_is_read_and_said():
    content = excel(("cover", []), ("patients", ROWS), ("codes", [["a", "b"], [1, 2]]))
    trial = al.read_trial(content, name="trial.csv")  # what it is counts, not its name
    assert trial.time_days.tolist() == [100, 200.5, 300]
    assert trial.died.tolist() == [1, 0, 1]
    assert trial.arm.isna().tolist() == [False, False, True]
    assert trial.attrs["reading"] == [
        "trial.csv: 3 rows, 3 columns, from Excel.",
        "Sheet 'patients' of the Excel workbook read ('codes' not read).",
    ]


def test_excel_agrees_with_pandas():
    frame = pd.DataFrame(
        {"t": [1.5, 2, 3], "d": [True, False, True], "when": pd.to_datetime(["2020-01-01"] * 3)}
    )
    stream = io.BytesIO()
    frame.to_excel(stream, index=False)
    trial = al.read_trial(stream.getvalue())
    assert trial.t.tolist() == [1.5, 2, 3]
    assert trial.d.dtype == bool
    assert pd.api.types.is_datetime64_any_dtype(trial.when)
    assert trial.when.iloc[0] == datetime(2020, 1, 1)


def test_excel_rows_keep_their_numbers_over_blank_ones_and_text_numbers_are_numbers():
    trial = al.read_trial(excel(("s", [["t", "x"], [1, "1,5"], [None, None], [3, "2,25"], [4, 7]])))
    assert trial.index.tolist() == [2, 4, 5]
    assert trial.x.tolist() == [1.5, 2.25, 7]


def test_excel_errors_in_cells_are_blank():
    trial = al.read_trial(excel(("s", [["t", "x"], [1, "#DIV/0!"], [2, 5], [3, "#N/A"]])))
    assert trial.x.isna().tolist() == [True, False, True]


def test_formulas_without_stored_results():
    content = excel(("s", [["start", "end", "days"], [1, 5, "=B2-A2"], [2, 9, "=B3-A3"]]))
    with pytest.raises(al.TrialDataError, match="Column 'days' holds formulas whose results are not stored"):
        al.read_trial(content)


# --- What is refused --------------------------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100
BAD_FILES = {
    "empty": (b"", "is empty"),
    "only blanks": (b" \r\n\t\r\n", "is empty"),
    "only separators": (b",,,\n,,,\n", "is empty"),
    "header only": (b"time,died,arm\n", r"has column names \(time, died, arm\) but no patients below"),
    "one column": (b"time\n1\n2\n3\n", "has only one column .* commas, semicolons or tabs"),
    "other separator": (b"time#died#arm\n1#1#a\n2#0#b\n", "has only one column"),
    "no header": (b"1,0,3.5\n2,1,4\n3,1,7\n", r"has no column names: its first row is 1, 0, 3.5"),
    "title above": (
        b"Our trial,,\n,,\ntime,died,arm\n1,1,a\n2,0,b\n",
        r"Row 1 of .* is a title \('Our trial'\).* row 3",
    ),
    "title line": (b"Our trial of 2020\ntime,died,arm\n1,1,a\n2,0,b\n", r"Row 1 .* is a title"),
    "two headers": (
        b"time,died,age\ndays,code,years\n1,1,50\n2,0,60\n3,1,70\n",
        r"Row 2 looks like a second row",
    ),
    "remark below": (b"time,died,arm\n1,1,a\n2,0,b\nSource: us,,\n", r"Row 4 is a remark below the table"),
    "remark line": (b"time,died,arm\n1,1,a\n2,0,b\nSource: us\n", r"Row 4 is a remark below the table"),
    "two tables": (
        b"time,died,arm\n1,1,a\n2,0,b\n,,\nname,dose,x\nq,1,2\n",
        r"two tables: after a blank row, row 5",
    ),
    "header again": (b"time,died\n1,1\n2,0\ntime,died\n3,1\n", r"Row 4 .* repeats the column names"),
    "row too long": (
        b"time,died,arm\n1,1,a\n2,0,b,9\n3,1,a\n",
        r"Row 3 has 4 cells where there are 3 column names",
    ),
    "row too short": (
        b"time,died,arm\n1,1,a\n2,0\n3,1,a\n",
        r"Row 3 has 2 cells where there are 3 column names",
    ),
    "decimal commas between commas": (b"time,died,x\n1,1,2,5\n2,0,3,5\n", r"Row 2 has 4 cells.*semicolons"),
    "same name twice": (
        b"time,died,time\n1,1,5\n2,0,6\n",
        r"Two columns are called 'time' and differ.*column 3",
    ),
    "open quotation mark": (b'time,died,x\n1,1,"a\n2,0,b\n3,1,c\n', "quotation mark may have been opened"),
    "open and closed later": (
        b'time,died,x\n1,1,"a\n2,0,b\n3,1,"\n4,1,d\n',
        "quotation mark may have been opened",
    ),
    "PDF": (b"%PDF-1.7 ...", "a PDF document"),
    "Word": (archive("[Content_Types].xml", "word/document.xml"), "a Word document"),
    "ZIP": (archive("trial.csv"), "a ZIP archive.* Unpack it"),
    "OpenDocument": (archive("mimetype", "content.xml"), r"OpenDocument.* save as .xlsx"),
    "xlsb": (archive("xl/workbook.bin"), r"\.xlsb.* save as \.xlsx"),
    "cut short": (excel(("s", ROWS))[:900], "damaged"),
    "not a workbook inside": (archive("xl/workbook.xml"), "cannot be opened as an Excel workbook"),
    "empty workbook": (excel(("s", [])), "no sheet with data"),
    "old Excel": (OLE, r"old Excel workbook \(\.xls\).* save as \.xlsx"),
    "password": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "protected by a password.*remove the password",
    ),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE", r"SPSS file .* CSV"),
    "SAS": (b"\0" * 12 + b"\xc2\xea\x81\x60" + b"\0" * 20, "SAS file"),
    "SAS transport": (b"HEADER RECORD*******LIBRARY HEADER", "SAS transport"),
    "Stata": (b"<stata_dta><header>", "Stata file"),
    "R": (gzip.compress(b"RDX3\nX\n"), r"gzip, or R's \.rds.*write\.csv"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
    "web page": (b"\n<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", "a web page"),
    "XML": (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "an XML file"),
    "JSON": (b'[{"time": 1, "died": 0}]', "a JSON file"),
    "ARFF": (b"@relation trial\n@attribute time real\n@data\n1\n", "an ARFF file"),
    "binary": (b"time,died\n1,\x00\x01\x02\x03\n", "control characters"),
    "no text in UTF-16": (b"\xff\xfe\x00\xd8\x41", "damaged or is no text"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_says_what_to_change(case):
    content, message = BAD_FILES[case]
    with pytest.raises(al.TrialDataError, match=message) as refused:
        al.read_trial(content, name="my.csv")
    text = str(refused.value)
    assert text.endswith("."), text
    assert "\n" not in text
    if not text.startswith(("Row", "Two columns")):
        assert "my.csv" in text


def test_a_bad_path_says_what_to_change(tmp_path):
    for path, message in (
        (tmp_path / "none.csv", "There is no file .*none.csv. Check the name"),
        (tmp_path, "is a folder"),
        ("https://example.org/trial.csv", "is an address on the web. Download"),
        ("time,died\n1,1\n", "not the table's text"),
        ("", "no file|folder"),
        (12, "got int"),
        (None, "got NoneType"),
    ):
        with pytest.raises(al.TrialDataError, match=message):
            al.read_trial(path)


def test_too_large_a_file_says_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_MEGABYTES", 1e-5)
    path = tmp_path / "large.csv"
    path.write_text(GOOD)
    for source in (path, GOOD.encode()):
        with pytest.raises(al.TrialDataError, match="the limit is 1e-05 MB"):
            al.read_trial(source)


def test_too_many_cells_say_the_limit(monkeypatch):
    monkeypatch.setattr(reading, "MAX_CELLS", 5)
    with pytest.raises(al.TrialDataError, match="more than 5 cells"):
        al.read_trial(GOOD.encode())
    with pytest.raises(al.TrialDataError, match="The file has more than 5 cells"):
        al.read_trial(excel(("s", ROWS)))


def test_a_workbook_that_unpacks_to_too_much(monkeypatch):
    monkeypatch.setattr(kinds, "MAX_UNPACKED_MEGABYTES", 0.001)
    with pytest.raises(al.TrialDataError, match="when unpacked; the limit is 0.001 MB"):
        al.read_trial(excel(("s", ROWS)))


def test_cells_that_are_no_numbers_are_said():
    trial = al.read_trial(b"time,died,nfl\n12 months,1,<5\n14 months,0,30\n9 months,1,31\n")
    assert trial.time.tolist() == ["12 months", "14 months", "9 months"]
    assert (
        "Column 'time' holds cells such as '12 months', which are no numbers as they stand; kept as text."
        in (trial.attrs["reading"])
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12,5", "comma"), ("1.234,5", "comma"), ("1 234", "comma"), ("45 %", "percent"), ("45%", "percent"),
        ("<5", "limit"), ("≥ 90", "limit"), ("< 0,5 pg/mL", "limit"), ("12 months", "unit"), ("70kg", "unit"),
        ("2020-01-31", "date"), ("31.01.2020", "date"), ("1/31/20", "date"), ("31-Jan-2020", "date"),
        ("2020-01-31 12:30:00", "date"), ("1949-02", "date"), ("drug", "word"), ("IL-2", "word"), ("", "word"),
        ("1-2", "word"), ("T2N1", "word"),
    ],
)  # fmt: skip
def test_kinds_of_cells(text, kind):
    assert cells.kind_of(text) == kind


# --- Anything at all --------------------------------------------------------------------------------------------------


def read_or_refuse(content: bytes) -> None:
    try:
        trial = al.read_trial(content, name="any")
    except al.TrialDataError:
        pass
    else:
        assert len(trial) >= 1
        assert trial.shape[1] >= 2
        assert trial.columns.is_unique
        assert trial.attrs["reading"]


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    read_or_refuse(content)


STARTS = [
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe\0\0",
    b"sep=;\n",
    b'"',
    b"<",
    b"{",
    OLE[:8],
]


@settings(max_examples=100)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_after_a_known_beginning(start, rest):
    read_or_refuse(start + rest)


@settings(max_examples=150)
@given(
    st.text(alphabet="0123456789.,;\t \"'\n\r-%<abNA€é|=年", max_size=200),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_any_text_is_read_or_refused(text, encoding):
    read_or_refuse(text.encode(encoding, errors="replace"))


@settings(max_examples=40)
@given(st.data())
def test_a_workbook_with_any_byte_changed(data):
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


WORKBOOK = excel(("s", ROWS))

NAMES = (
    st.text(alphabet="abcdefgh_ éβ", min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda s: len(s) > 1 and s.lower() not in ("na", "nan"))
)


@settings(max_examples=40)
@given(
    st.lists(NAMES, min_size=2, max_size=5, unique_by=lambda s: " ".join(s.split())),
    st.data(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_pandas_writes_comes_back(names, data, separator, encoding):
    n = data.draw(st.integers(2, 6))
    numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 4))
    frame = pd.DataFrame({name: data.draw(st.lists(numbers, min_size=n, max_size=n)) for name in names})
    text = frame.to_csv(index=False, sep=separator, decimal="," if separator == ";" else ".")
    trial = al.read_trial(text.encode(encoding))
    assert trial.columns.tolist() == [" ".join(name.split()) for name in names]
    np.testing.assert_allclose(trial.to_numpy(float), frame.to_numpy())
