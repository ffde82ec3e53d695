"""Any table that pandas allows is analysed or refused in a sentence; figures are the same from frame, file and code."""

from __future__ import annotations

import datetime
import decimal
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial import letters
from alsteach.own_trial.preparing import one_time

HERE = Path(__file__).parent
CASES = HERE / "cases"
BASE = pd.read_csv(CASES / "base.csv")
R = pd.read_csv(HERE.parent / "reference" / "own_trial_cases.csv").set_index("case")
FIGURES = ["hr", "ci_low", "ci_high"]
TEXT = (CASES / "base.csv").read_text()


def analysed(table, **choice):
    guess = al.guess_columns(table) | {"covariates": [], "biomarker": None} | choice
    return al.analyse_trial(table, **guess)


def assert_figures_are_rs(found, case="base"):
    row = found.tables["effects"].loc["unadjusted"]
    assert (found.n, found.events) == (R.n[case], R.events[case])
    np.testing.assert_allclose(
        row[FIGURES].astype(float),
        R.loc[case, FIGURES].astype(float),
        rtol=2e-5,
    )


def figures_of_code(found, folder, monkeypatch) -> pd.Series:
    monkeypatch.chdir(folder)
    names: dict = {}
    exec(compile(found.code, "learner.py", "exec"), names)
    return names["effects"]["hr"].astype(float)


# --- The report's code reads the file as we do ---

FILES = {
    "as it is": TEXT,
    "trailing spaces": TEXT.replace("P001,Drug,", "P001,Drug ,").replace("P003,Drug,", "P003, Drug,"),
    "spaces in the header": TEXT.replace("id,arm,time,status,age", "id, arm, time, status, age"),
    "a blank first name": TEXT.replace("id,arm", ",arm"),
    "spellings": TEXT.replace("P001,Drug,", "P001,drug,").replace("P005,Drug,", "P005,DRUG,"),
    "semicolons": TEXT.replace(",", ";"),
    "decimal commas": re.sub(r";(\d+);(\d)", r";\1,5;\2", TEXT.replace(",", ";")),
    "tabs and blanks": TEXT.replace("P002,Placebo,199", "P002,Placebo,.").replace(",", "\t"),
    "unknown": TEXT.replace("P002,Placebo,199", "P002,Placebo,unknown"),
    "a blank row": TEXT.replace("P002,", "\n\nP002,"),
    "a blank column": "".join(line + ",\n" for line in TEXT.splitlines()),
    "thousands": re.sub(r",(\d{3}),([01]),", r',"1,\1",\2,', TEXT),
    "quoted": re.sub(r"(Drug|Placebo)", r'"\1"', TEXT),
    "na words": TEXT.replace("P002,Placebo,", "NA,Placebo,"),
    "true and false": re.sub(r",1,(\d+)\n", r",TRUE,\1\n", re.sub(r",0,(\d+)\n", r",FALSE,\1\n", TEXT)),
    "excel's line": "sep=;\n" + TEXT.replace(",", ";"),
    "what lifelines leaves out": TEXT.replace(",age", ",Intercept"),
    "dead and alive": re.sub(r",1,(\d+)\n", r",Dead,\1\n", re.sub(r",0,(\d+)\n", r",Alive,\1\n", TEXT)),
}


@pytest.mark.parametrize("name", FILES)
def test_the_code_gives_the_reports_figures_on_the_same_file(name, tmp_path, monkeypatch):
    path = tmp_path / "my trial.csv"
    path.write_text(FILES[name], encoding="utf-8")
    table = al.read_trial(path)
    found = al.analyse_trial(table, **al.guess_columns(table))
    ours = found.tables["effects"]["hr"]
    assert len(ours) >= 1
    np.testing.assert_allclose(figures_of_code(found, tmp_path, monkeypatch)[ours.index], ours, rtol=1e-6)
    plain = name in (
        "as it is",
        "a blank row",
        "na words",
        "semicolons",
        "quoted",
        "true and false",
        "dead and alive",
    )
    assert ("alsteach" not in found.code) is plain


def test_of_a_table_changed_after_reading_the_code_says_so(tmp_path):
    (tmp_path / "trial.csv").write_text(TEXT)
    table = al.read_trial(tmp_path / "trial.csv")
    assert "change it here too" in analysed(table[table.age > 50]).code
    assert "change it here too" not in analysed(table).code


def test_columns_that_are_numbers(tmp_path, monkeypatch):
    table = pd.read_csv(CASES / "base.csv", header=None, skiprows=1)
    found = al.analyse_trial(table, duration_col=2, event_col=3, treatment=1, covariates=[4])
    assert_figures_are_rs(found)
    table.to_csv(tmp_path / "trial.csv", index=False)
    np.testing.assert_allclose(
        figures_of_code(found, tmp_path, monkeypatch), found.tables["effects"]["hr"], rtol=1e-6
    )
    assert found.to_html()


# --- Any table ---

T, N = BASE.time, len(BASE)
TABLES = {
    "timedelta objects": BASE.assign(
        time=pd.Series([datetime.timedelta(days=int(t)) for t in T], dtype=object)
    ),
    "timedelta64": BASE.assign(time=pd.to_timedelta(T, unit="D")),
    "decimals": BASE.assign(time=[decimal.Decimal(int(t)) for t in T]),
    "nullable": BASE.convert_dtypes(),
    "categories": BASE.astype({"arm": "category", "status": "category", "time": "category"}),
    "sparse": BASE.assign(status=pd.arrays.SparseArray(BASE.status)),
    "another machine's bytes": BASE.assign(
        time=T.to_numpy().astype(">i4"), status=BASE.status.to_numpy().astype(">f8")
    ),
    "complex": BASE.assign(time=T.astype(complex)),
    "bytes": BASE.assign(arm=[arm.encode() for arm in BASE.arm]),
    "mixed": BASE.assign(status=[str(s) if i % 2 else s for i, s in enumerate(BASE.status)]),
    "tuples": BASE.assign(arm=[(arm, 1) for arm in BASE.arm]),
    "lists": BASE.assign(extra=[[1]] * N),
    "index treated": BASE.rename_axis("treated"),
    "index died": BASE.rename_axis("died"),
    "index of a column": BASE.set_index("arm", drop=False),
    "several indexes": BASE.set_index([BASE.id, BASE.arm.rename("treated")]),
    "repeated index": BASE.set_index(pd.Index([0] * N)),
    "index of dates": BASE.set_index(pd.date_range("2020", periods=N)),
    "index of blanks": BASE.set_index(pd.Index([np.nan] * N)),
    "named columns": BASE.rename_axis("time", axis=1),
    "categorical columns": BASE.set_axis(pd.CategoricalIndex(BASE.columns), axis=1),
    "an empty name": BASE.rename(columns={"age": ""}),
    "a date as name": BASE.rename(columns={"age": datetime.date(2020, 1, 1)}),
    "a tuple as name": BASE.rename(columns={"age": ("a", 1)}),
    "called treated": BASE.rename(columns={"age": "treated"}),
    "called time_days": BASE.rename(columns={"age": "time_days"}),
}


@pytest.mark.parametrize("name", TABLES)
def test_any_table_is_analysed(name):
    table = TABLES[name]
    before = table.copy(deep=True)
    extra = next(label for label in table.columns if label not in ("id", "arm", "time", "status"))
    choice = {"duration_col": "time", "duration_unit": "days", "treatment": "arm"}
    choice["covariates"] = [] if name == "lists" else [extra]
    assert_figures_are_rs(analysed(table, **choice))
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (pd.MultiIndex.from_product([["x"], BASE.columns]), "The column names stand in 2 levels"),
        ([*BASE.columns[:4], np.nan], "A column has no name"),
        ([*BASE.columns[:4], None], "A column has no name"),
        ([*BASE.columns[:4], "time"], "more than one column 'time'"),
    ],
)
def test_names_that_cannot_be_used_are_refused_in_a_sentence(columns, sentence):
    with pytest.raises(al.TrialDataError, match=sentence):
        analysed(BASE.set_axis(columns, axis=1))


@pytest.mark.parametrize("role", ["duration_col", "event_col", "treatment", "biomarker", "duration_unit"])
def test_a_choice_that_is_no_name_is_refused_in_a_sentence(role):
    with pytest.raises(al.TrialDataError, match=r"is no name of a column|is not known; choose one of"):
        analysed(BASE, **{role: ["time"]})


CHOICES = [
    {"event_value": np.int64(1)},
    {"event_value": np.bool_(True), "active_value": np.str_("Drug")},
    {"event_value": np.array([1]), "active_value": ("Drug",)},
    {"event_value": pd.Series([1]), "covariates": pd.Index(["age"])},
    {"covariates": None},
    {"covariates": "age"},
    {"covariates": {"age"}},
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_choices_of_any_type_are_taken(choice):
    found = analysed(BASE, **choice)
    assert_figures_are_rs(found)
    assert "np." not in found.code
    assert found.to_html()


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"covariates": 5}, "There is no column 5"),
        ({"covariates": [["age"]]}, "is no name of a column"),
        ({"event_value": {1: 2}}, "is no value of column 'status'"),
    ],
)
def test_choices_that_cannot_be_taken_are_refused(choice, sentence):
    with pytest.raises(al.TrialDataError, match=sentence):
        analysed(BASE, **choice)


@pytest.mark.parametrize("horizon", ["x", -5, float("nan"), [1]])
def test_a_horizon_that_is_no_number_of_days_is_refused(horizon):
    choice = {"duration_col": "time", "event_col": "status", "treatment": "arm"}
    with pytest.raises(al.TrialDataError, match="horizon_days is .*; give a number of days"):
        al.analyse_trial(BASE, **choice, horizon_days=horizon)


LABELS = [
    "A_$x_$",
    "$",
    "a$b$c",
    r"\frac",
    "{nam}",
    "{0}",
    "%s %d",
    "a\nb",
    "<b>&amp;",
    "治疗组",
    "a\ud800",
    "x\x1b[2J",
    "$\\alpha$ 5%",
]


@pytest.mark.parametrize("label", LABELS)
def test_any_label_is_drawn_and_reported(label):
    table = BASE.assign(arm=BASE.arm.map({"Drug": label, "Placebo": "Placebo"})).rename(
        columns={"age": f"age {label}"}
    )
    table.attrs = {"name": f"{label}.csv", "note": f"File: {label}"}
    choice = {"duration_col": "time", "event_col": "status", "treatment": "arm", "active_value": label}
    found = al.analyse_trial(table, **choice, covariates=[f"age {label}"], biomarker=f"age {label}")
    assert_figures_are_rs(found)
    page = found.to_html()
    assert page.count("<img ") == 5
    page.encode("utf-8")
    found.code.encode("utf-8")


def test_dollar_signs_stay_dollar_signs():
    from matplotlib.text import Text

    from alsteach import style
    from alsteach.own_trial import pictures

    table = BASE.assign(arm=BASE.arm.map({"Drug": "A $5 and $9", "Placebo": "Placebo"}))
    found = analysed(table, active_value="A $5 and $9")
    with style.drawing():
        figure = style.new_figure(7.6, 4.3)
        pictures.draw("survival", found, pictures.sheet(figure, 760, 430))
    texts = [text for text in figure.findobj(Text) if "$" in text.get_text()]
    assert any("A $5 and $9" in text.get_text() for text in texts)
    assert not any(text.get_parse_math() for text in texts)


# --- Letters of the world ---


def test_letters_are_drawn_with_a_font_of_the_system(monkeypatch):
    has = {"Some Hei": frozenset(map(ord, "治疗")), "Some Gothic": frozenset(map(ord, "군"))}
    monkeypatch.setattr(letters, "_installed", lambda: {name: name for name in has})
    monkeypatch.setattr(letters, "_letters_of", lambda path: has[path])
    letters._own()
    assert letters.fonts_for("drug") == (["DejaVu Sans"], "")
    assert letters.fonts_for("治疗 군") == (["DejaVu Sans", "Some Hei", "Some Gothic"], "")
    assert letters.fonts_for("治疗組")[1] == "組"


def test_letters_that_no_font_has_are_said(monkeypatch):
    monkeypatch.setattr(letters, "_installed", dict)
    found = analysed(BASE.assign(arm=BASE.arm.map({"Drug": "治疗组", "Placebo": "对照组"})))
    assert_figures_are_rs(found)
    assert any(note.startswith("Pictures show boxes for") and "Noto Sans CJK" in note for note in found.notes)
    assert not any("boxes" in note for note in analysed(BASE).notes)


# --- Times that differ by rounding only ---


def test_times_that_differ_by_rounding_only_are_one_as_in_r(tmp_path, monkeypatch):
    path = tmp_path / "near.csv"
    path.write_bytes((CASES / "near_ties.csv").read_bytes())
    choice = {"duration_col": "time", "event_col": "status", "treatment": "arm", "duration_unit": "months"}
    for table in (al.read_trial(path), pd.read_csv(path, float_precision="round_trip")):
        found = al.analyse_trial(table, **choice)
        assert_figures_are_rs(found, "near ties")
        assert any("differ from another by rounding only" in note for note in found.notes)
        assert found.curves.groupby("group").time.nunique().max() <= 7
    table = al.read_trial(path)
    theirs = figures_of_code(al.analyse_trial(table, **choice), tmp_path, monkeypatch)
    assert theirs["unadjusted"] == pytest.approx(R.hr["near ties"], rel=1e-5)


def test_what_r_takes_for_one_time():
    step = np.sqrt(np.finfo(float).eps)
    assert one_time(np.array([1.0, 1 + 0.5 * step, 1 + 0.9 * step, 2.0])).tolist() == [1, 1, 1, 2]
    assert len(np.unique(one_time(np.array([1.0, 1 + 4 * step, 2.0])))) == 3
    times = np.random.default_rng(1).permutation(np.repeat([0.1, 0.1 + 0.2, 1 / 3], 3)) * 30.4375
    np.testing.assert_array_equal(one_time(times), times)


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e6])
def test_the_reader_keeps_every_digit(factor):
    times = np.random.default_rng(4).exponential(size=500) * factor
    text = "time,status,arm\n" + "".join(f"{t!r},{i % 2},{i % 3 % 2}\n" for i, t in enumerate(times.tolist()))
    np.testing.assert_array_equal(al.read_trial(text.encode(), name="t.csv").time, times)


@pytest.mark.parametrize(("unit", "days"), [("weeks", 7), ("months", 30.4375), ("years", 365.25)])
def test_the_unit_of_the_file_changes_no_figure(unit, days, tmp_path, monkeypatch):
    choice = {"duration_col": "time", "event_col": "status", "treatment": "arm"}
    (tmp_path / "t.csv").write_text(BASE.assign(time=BASE.time / days).to_csv(index=False))
    found = al.analyse_trial(al.read_trial(tmp_path / "t.csv"), duration_unit=unit, **choice)
    in_days = al.analyse_trial(BASE, **choice)
    assert found.horizon == in_days.horizon
    pd.testing.assert_frame_equal(found.tables["absolute"], in_days.tables["absolute"], rtol=1e-9)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(found.code, "learner.py", "exec"), names)
    alive = names["arms"]["alive_at_horizon"]
    medians = names["arms"]["median_days"].tolist()
    assert medians == pytest.approx(in_days.tables["medians"].median_days.tolist())
    assert 212.5 in medians  # R: survfit; one half exactly from day 202 to 223
    assert alive.tolist() == pytest.approx(
        in_days.tables["absolute"].estimate[["alive_control", "alive_active"]].tolist()
    )
