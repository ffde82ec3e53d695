"""The loaders: what a learner gets, and what is said when a file is missing, edited or damaged."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.data import tables

CHECKOUT = Path(tables.__file__).parents[2] / "datasets"
LOADERS = {
    "mirocals_like": al.load_mirocals_like,
    "mirocals_like_targets": al.load_mirocals_like_targets,
    "als_registry": al.load_als_registry,
    "veteran": al.load_veteran,
    "pbc": al.load_pbc,
    "published_results": al.load_published_results,
    "references": al.load_references,
    "treg_course": al.load_treg_course,
    "mechanism_parameters": al.load_mechanism_parameters,
}
TRIALS = ["mirocals_like", "veteran", "pbc"]
MIROCALS_LIKE_COLUMNS = [
    *("patient_id", "arm", "treated", "country", "onset_site", "sex", "age_years", "diagnostic_certainty"),
    *("symptom_duration_months", "alsfrs_r", "alsfrs_r_slope_per_month", "svc_percent", "csf_pnfh_pg_ml"),
    *("time_days", "died"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data that a test may spoil; the loaders read it as they read a checkout."""
    copy = Path(shutil.copytree(CHECKOUT, tmp_path / "datasets"))
    monkeypatch.setattr(tables, "_FOLDERS", (tmp_path / "not installed", copy))
    return copy


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


@pytest.mark.parametrize("name", LOADERS)
def test_every_call_gives_a_fresh_frame(name):
    load = LOADERS[name]
    first, untouched = load(), load()
    pd.testing.assert_frame_equal(first, untouched)
    first.iloc[:, 1:] = first.iloc[::-1, 1:].to_numpy()
    first.drop(columns=first.columns[0], inplace=True)
    pd.testing.assert_frame_equal(load(), untouched)


@pytest.mark.parametrize("name", LOADERS)
def test_types_follow_the_package(name):
    frame = LOADERS[name]()
    package = json.loads((CHECKOUT / "datapackage.json").read_text(encoding="utf-8"))
    (resource,) = (r for r in package["resources"] if r["name"] == name)
    assert list(frame.columns) == [field["name"] for field in resource["schema"]["fields"]]
    assert isinstance(frame.index, pd.RangeIndex)
    for field in resource["schema"]["fields"]:
        column, limits = frame[field["name"]], field.get("constraints", {})
        if "categories" in field:
            assert column.cat.categories.tolist() == field["categories"]
            assert column.cat.ordered == field["categoriesOrdered"]
            assert column.notna().all()
            continue
        if field["type"] == "string":
            assert column.map(type).eq(str).all()
        elif field["type"] == "integer" and limits.get("required"):
            assert column.dtype == np.int64
        else:
            assert column.dtype == np.float64
        if limits.get("required"):
            assert column.notna().all()
        if "minimum" in limits:
            assert column.min() >= limits["minimum"]
        if "maximum" in limits:
            assert column.max() <= limits["maximum"]


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_has_the_columns_every_panel_asks_for(name):
    trial = LOADERS[name]()
    assert trial["patient_id"].is_unique
    assert set(trial["treated"]) == {0, 1}
    assert set(trial["died"]) == {0, 1}
    assert (trial["time_days"] > 0).all()


def test_mirocals_like():
    cohort = al.load_mirocals_like()
    assert list(cohort.columns) == MIROCALS_LIKE_COLUMNS
    assert len(cohort) == 220
    assert (cohort["arm"].eq("IL-2") == cohort["treated"].eq(1)).all()
    levels = {c: cohort[c].cat.categories.tolist() for c in cohort.select_dtypes("category")}
    assert levels == {
        "arm": ["placebo", "IL-2"],
        "country": ["UK", "France"],
        "onset_site": ["limb", "bulbar"],
        "sex": ["female", "male"],
        "diagnostic_certainty": ["possible", "probable laboratory-supported", "probable", "definite"],
    }
    for column, level in ((c, level) for c in levels for level in levels[c]):
        assert (cohort[column] == level).any(), (column, level)
    assert cohort["diagnostic_certainty"].cat.ordered


def test_mirocals_like_is_within_the_trials_eligibility():
    cohort = al.load_mirocals_like()
    limit = {key: al.published(f"mirocals_{key}").estimate for key in (
        "eligible_age_min_years", "eligible_age_max_years", "eligible_symptom_duration_max_months",
        "eligible_svc_min_percent", "endpoint_day",
    )}  # fmt: skip
    assert cohort["age_years"].between(limit["eligible_age_min_years"], limit["eligible_age_max_years"]).all()
    assert (cohort["symptom_duration_months"] <= limit["eligible_symptom_duration_max_months"]).all()
    assert (cohort["svc_percent"] >= limit["eligible_svc_min_percent"]).all()
    assert (cohort.loc[cohort["died"] == 0, "time_days"] == limit["endpoint_day"]).all()
    assert (cohort["time_days"] <= limit["endpoint_day"]).all()


def test_veteran():
    veteran = al.load_veteran()
    assert veteran.shape == (137, 9)
    assert veteran.notna().all(axis=None)
    assert veteran["treated"].value_counts().to_dict() == {0: 69, 1: 68}
    assert veteran["died"].sum() == 128
    assert veteran["celltype"].value_counts(sort=False).to_dict() == {
        "squamous": 35,
        "smallcell": 48,
        "adeno": 27,
        "large": 27,
    }
    assert veteran["celltype"].cat.categories[0] == "squamous"
    assert veteran["prior"].sum() == 40
    assert veteran.loc[1].tolist() == [2, 0, 411, 1, "squamous", 70, 5, 64, 1]


def test_pbc():
    pbc = al.load_pbc()
    assert pbc.shape == (312, 21)
    assert pbc["treated"].value_counts().to_dict() == {1: 158, 0: 154}
    assert (pbc["died"].sum(), pbc["transplanted"].sum()) == (125, 19)
    assert not (pbc["died"] & pbc["transplanted"]).any()
    assert pbc.isna().sum()[lambda n: n > 0].to_dict() == {
        "cholesterol_mg_dl": 28,
        "copper_ug_day": 2,
        "triglycerides_mg_dl": 30,
        "platelets_1000_per_mm3": 4,
    }
    assert pbc["sex"].value_counts().to_dict() == {"female": 276, "male": 36}
    assert pbc["edema"].value_counts().to_dict() == {0.0: 263, 0.5: 29, 1.0: 20}
    assert pbc["stage"].cat.categories.tolist() == [1, 2, 3, 4]
    assert pbc["stage"].cat.ordered
    assert pbc.loc[0, "age_years"] == 58.7652292950034
    assert pbc.loc[0, "bilirubin_mg_dl"] == 14.5


def test_tables_of_words_hold_words_and_not_nan():
    assert al.load_published_results()["key"].is_unique
    assert al.load_references()["key"].is_unique
    assert (al.load_published_results()["note"] == "").any()
    assert al.load_references().loc[lambda r: r["key"] == "beers_2017", "doi"].item() == ""
    assert al.load_references().loc[lambda r: r["key"] == "bensimon_2025", "pmid"].item() == "40354799"


def test_published_figure_can_be_computed_with():
    figure = al.published("mirocals_hr_adjusted")
    assert (figure.estimate, figure.ci_low, figure.ci_high, figure.p_value) == (0.32, 0.14, 0.73, 0.007)
    assert math.isnan(figure.sd)
    assert figure.verified
    with pytest.raises(AttributeError):
        figure.estimate = 1


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_file_is_named_with_its_remedy(folder, name):
    (folder / f"{name}.csv").unlink()
    with pytest.raises(al.TrialDataError) as caught:
        LOADERS[name]()
    assert str(caught.value) == (
        f"datasets/{name}.csv is missing. To restore it, type `git checkout -- datasets/{name}.csv` in the course "
        "folder, or download the course again."
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("1,0,72,", "1,0,73,", "was changed: its values are not those the course was tested with"),
        ("karno", "karnofsky", "is damaged: it has no column 'karno'"),
        ("2,0,411,1,squamous,70,5,64,1\n", "", "is damaged: it has 136 rows instead of 137"),
        (
            "2,0,411,1,squamous,70,5,64,1\n",
            "2,0,411,1,squamous,70,5,64,1,1\n",
            "is damaged: it cannot be read as a table",
        ),
        ("squamous", "squamous ", "was changed"),
        ("\n2,", "\r\n2,", "was changed"),
    ],
)
def test_an_edited_file_is_refused_with_what_was_found(folder, old, new, says):
    path = folder / "veteran.csv"
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))
    with pytest.raises(al.TrialDataError) as caught:
        al.load_veteran()
    message = str(caught.value)
    assert message.startswith(f"datasets/veteran.csv {says}")
    assert "`git checkout -- datasets/veteran.csv`" in message
    assert "If the change is meant, run `python datasets/refresh_package.py`." in message
    assert message.endswith("To try changes out, edit a copy.")
    assert len(al.load_pbc()) == 312


@pytest.mark.parametrize("content", [b"", b"   \n", b"\xff\xfe\x00", b"PK\x03\x04\x00\x00"], ids=repr)
def test_a_file_that_is_no_table_is_refused(folder, content):
    (folder / "pbc.csv").write_bytes(content)
    with pytest.raises(al.TrialDataError, match="datasets/pbc.csv is damaged"):
        al.load_pbc()


def test_a_file_saved_with_semicolons_is_refused(folder):
    path = folder / "mirocals_like.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    with pytest.raises(
        al.TrialDataError, match="mirocals_like.csv is damaged: it has no column 'patient_id'"
    ):
        al.load_mirocals_like()


def test_a_folder_in_the_files_place_is_refused(folder):
    (folder / "pbc.csv").unlink()
    (folder / "pbc.csv").mkdir()
    with pytest.raises(al.TrialDataError, match=r"datasets/pbc.csv cannot be read \("):
        al.load_pbc()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"resources": []}', '{"resources": 3}', '{"resources": [{"name": "pbc"}]}']
)
def test_a_damaged_description_is_refused(folder, text):
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    with pytest.raises(al.TrialDataError, match="datasets/datapackage.json is damaged") as caught:
        al.load_pbc()
    assert "`git checkout -- datasets/datapackage.json`" in str(caught.value)


def test_a_missing_description_is_named(folder):
    (folder / "datapackage.json").unlink()
    with pytest.raises(al.TrialDataError, match=r"datasets/datapackage.json is missing"):
        al.load_veteran()


def test_without_any_data_folder_the_error_still_names_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_FOLDERS", (tmp_path / "a", tmp_path / "datasets"))
    with pytest.raises(al.TrialDataError, match="datasets/datapackage.json is missing"):
        al.load_veteran()


def test_one_sentence_and_no_trail_of_inner_errors(folder):
    (folder / "veteran.csv").unlink()
    with pytest.raises(al.TrialDataError) as caught:
        al.load_veteran()
    assert caught.value.__suppress_context__
    assert str(folder) not in str(caught.value)


def test_installed_data_is_read_before_the_checkout(tmp_path, monkeypatch):
    installed = Path(shutil.copytree(CHECKOUT, tmp_path / "_data"))
    monkeypatch.setattr(tables, "_FOLDERS", (installed, tmp_path / "no checkout"))
    assert len(al.load_veteran()) == 137
    spoil(installed / "veteran.csv", "1,0,72,", "1,0,73,")
    with pytest.raises(al.TrialDataError) as caught:
        al.load_veteran()
    assert "_data/veteran.csv was changed" in str(caught.value)
    assert "To restore it, install alsteach again." in str(caught.value)
    assert "git checkout" not in str(caught.value)
    assert "refresh_package" not in str(caught.value)


@pytest.mark.parametrize("name", LOADERS)
def test_docstring_names_every_column(name):
    text = LOADERS[name].__doc__
    assert [column for column in LOADERS[name]().columns if f"``{column}``" not in text] == []
    assert "Examples" in text
