"""Files, datapackage.json and codebook tell the same story, and the tables can be made again."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from frictionless import validate

DATASETS = Path(__file__).parents[2] / "datasets"
PACKAGE = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
CODEBOOK = (DATASETS / "README.md").read_text(encoding="utf-8")
FILES = list(RESOURCES)


def rows_of(name: str) -> list[dict[str, str]]:
    with open(DATASETS / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codebook_of(name: str) -> dict[str, dict[str, str]]:
    """Read the table under ``## <name>.csv`` as a reader would."""
    section = re.split(r"^## ", CODEBOOK, flags=re.MULTILINE)
    (text,) = (part for part in section if part.startswith(f"{name}.csv\n"))
    table = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line] for line in table]
    return {row[0].strip("`"): dict(zip(head, row, strict=True)) for row in rows}


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(DATASETS, tmp_path / "datasets"))


def test_every_table_is_described_and_nothing_else():
    assert {path.stem for path in DATASETS.glob("*.csv")} == set(RESOURCES)
    assert set(RESOURCES) >= {"mirocals_like", "veteran", "pbc", "published_results", "references"}
    assert [RESOURCES[name]["path"] for name in RESOURCES] == [f"{name}.csv" for name in RESOURCES]


def test_frictionless_finds_the_package_valid():
    report = validate(str(DATASETS / "datapackage.json"))
    assert report.flatten(["name", "rowNumber", "fieldName", "type", "note"]) == []
    assert report.valid
    assert len(report.tasks) == len(FILES)


@pytest.mark.parametrize(
    ("file", "old", "new", "error"),
    [
        ("veteran.csv", "1,0,72,", "1,0,73,", "hash-count"),
        ("mirocals_like.csv", ",bulbar,", ",bulb,", "constraint-error"),
        ("pbc.csv", ",14.5,", ",99.5,", "constraint-error"),
        ("published_results.csv", ",0.81,", ",o.81,", "type-error"),
    ],
)
def test_frictionless_would_notice(copied, file, old, new, error):
    content = (copied / file).read_text(encoding="utf-8")
    assert old in content
    (copied / file).write_text(content.replace(old, new, 1), encoding="utf-8", newline="\n")
    errors = validate(str(copied / "datapackage.json")).flatten(["type"])
    assert [error] in errors


@pytest.mark.parametrize("name", FILES)
def test_package_is_in_step_with_the_file(name):
    content = (DATASETS / f"{name}.csv").read_bytes()
    resource = RESOURCES[name]
    assert resource["bytes"] == len(content)
    assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert resource["rows"] == len(rows_of(name))
    assert b"\r" not in content


def test_line_ends_survive_a_checkout_on_windows():
    assert (DATASETS / ".gitattributes").read_text().split() == ["*", "text", "eol=lf"]


@pytest.mark.parametrize("name", FILES)
def test_codebook_lists_every_column_in_order(name):
    columns = list(rows_of(name)[0])
    assert list(codebook_of(name)) == columns
    assert [field["name"] for field in RESOURCES[name]["schema"]["fields"]] == columns


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name in FILES for field in RESOURCES[name]["schema"]["fields"]],
    ids=lambda x: x if isinstance(x, str) else x["name"],
)
def test_codebook_and_package_agree(name, field):
    entry = codebook_of(name)[field["name"]]
    limits = field.get("constraints", {})
    for cell, key in (("type", "type"), ("unit", "unit"), ("meaning", "description"), ("source", "source")):
        assert entry[cell] == field[key] != ""
    if "categories" in field:
        levels = entry["values"].removesuffix("; ordered").split(", ")
        assert levels[0].endswith(" (reference)")
        levels[0] = levels[0].removesuffix(" (reference)")
        assert levels == [str(level) for level in field["categories"]]
        assert limits["enum"] == field["categories"]
        assert entry["values"].endswith("; ordered") == field["categoriesOrdered"]
    elif "enum" in limits:
        assert entry["values"].removesuffix("; may be blank").split(", ") == [str(x) for x in limits["enum"]]
    elif "maximum" in limits:
        assert entry["values"].startswith(f"{limits['minimum']} to {limits['maximum']}")
    assert ("may be blank" in entry["values"]) == (not limits.get("required", False))
    assert "|" not in field["description"] + field["source"]


@pytest.mark.parametrize("name", FILES)
def test_blanks_are_where_the_codebook_allows_them(name):
    may = {
        field["name"]
        for field in RESOURCES[name]["schema"]["fields"]
        if not field.get("constraints", {}).get("required")
    }
    blank = {column for row in rows_of(name) for column, value in row.items() if value == ""}
    assert blank <= may


def test_units_stand_in_the_names():
    units = {
        "years": "_years",
        "months": "_months",
        "days": "_days",
        "pg/mL": "_pg_ml",
        "mg/dL": "_mg_dl",
        "g/dL": "_g_dl",
        "µg/day": "_ug_day",
        "U/L": "_u_l",
        "U/mL": "_u_ml",
        "s": "_s",
        "percent of predicted": "_percent",
        "points per month": "_per_month",
        "1000/mm³": "_1000_per_mm3",
    }
    seen = set()
    for name in ("mirocals_like", "veteran", "pbc"):
        for field in RESOURCES[name]["schema"]["fields"]:
            if field["unit"] in units:
                assert field["name"].endswith(units[field["unit"]])
                seen.add(field["unit"])
            else:
                assert field["unit"] in {"number", "text", "category", "0/1", "points", "score"}
    assert seen == set(units)


def test_codebook_opens_by_saying_who_is_no_patient():
    first, second, *_ = CODEBOOK.splitlines()
    assert first == "The people in `mirocals_like.csv` are not patients: all 220 are simulated."
    assert "illustrates a reading" in second
    assert "proves nothing about the trial" in second
    section = CODEBOOK.split("## mirocals_like.csv\n\n")[1].splitlines()
    assert section[0].startswith("These are not patients")
    assert "proves nothing about the trial" in section[1]
    assert "not patients" in RESOURCES["mirocals_like"]["description"]


def test_codebook_names_every_file_and_script():
    for path in [*DATASETS.glob("*.csv"), *DATASETS.glob("*.py")]:
        assert f"`{path.name}`" in CODEBOOK, path.name


def refresh(folder: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(folder / "refresh_package.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_refresh_has_nothing_to_do():
    done = refresh(DATASETS, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_refresh_follows_a_change(copied):
    lines = (copied / "veteran.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copied / "veteran.csv").write_text("".join(lines[:-1]), encoding="utf-8", newline="\n")
    package = json.loads((copied / "datapackage.json").read_text(encoding="utf-8"))
    field = next(f for r in package["resources"] if r["name"] == "pbc" for f in r["schema"]["fields"])
    field["description"] = "Number of the case"
    (copied / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")

    before = (copied / "README.md").read_text(encoding="utf-8")
    checked = refresh(copied, "--check")
    assert checked.returncode == 1
    assert "datapackage.json is out of step" in checked.stdout
    assert "README.md is out of step" in checked.stdout
    assert (copied / "README.md").read_text(encoding="utf-8") == before

    assert refresh(copied).returncode == 0
    assert refresh(copied, "--check").returncode == 0
    package = json.loads((copied / "datapackage.json").read_text(encoding="utf-8"))
    assert next(r["rows"] for r in package["resources"] if r["name"] == "veteran") == 136
    assert "| Number of the case |" in (copied / "README.md").read_text(encoding="utf-8")
    assert validate(str(copied / "datapackage.json")).valid


def test_refresh_names_a_missing_file(copied):
    (copied / "pbc.csv").unlink()
    done = refresh(copied, "--check")
    assert done.returncode == 1
    assert "pbc.csv is missing" in done.stdout


def test_real_trials_are_made_again_from_the_raw_tables(tmp_path):
    command = [
        sys.executable,
        str(DATASETS / "tidy_real_trials.py"),
        str(DATASETS / "raw"),
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["veteran.csv: 137 rows, 128 deaths", "pbc.csv: 312 rows, 125 deaths"]
    for name in ("veteran.csv", "pbc.csv"):
        assert (tmp_path / name).read_bytes() == (DATASETS / name).read_bytes()


def test_tidying_changes_names_and_codes_only():
    raw = rows_of("raw/veteran")
    for before, after in zip(raw, rows_of("veteran"), strict=True):
        assert after["treated"] == {"1": "0", "2": "1"}[before["trt"]]
        assert after["prior"] == {"0": "0", "10": "1"}[before["prior"]]
        same = {"time_days": "time", "died": "status", "celltype": "celltype", "karno": "karno"}
        same |= {"diagtime_months": "diagtime", "age_years": "age"}
        assert {new: after[new] for new in same} == {new: before[old] for new, old in same.items()}

    raw = rows_of("raw/pbc")
    assert len(raw) == 418
    randomised = [row for row in raw if row["trt"] != "NA"]
    for before, after in zip(randomised, rows_of("pbc"), strict=True):
        assert after["treated"] == {"1": "1", "2": "0"}[before["trt"]]
        ended = {"0": ("0", "0"), "1": ("0", "1"), "2": ("1", "0")}[before["status"]]
        assert (after["died"], after["transplanted"]) == ended
        assert after["sex"][0] == before["sex"]
        for field in RESOURCES["pbc"]["schema"]["fields"]:
            if field["source"] in before and field["name"] not in ("died", "transplanted", "treated", "sex"):
                old, new = before[field["source"]], after[field["name"]]
                assert (old == "NA" and new == "") or float(old) == float(new)


def test_no_machine_path_or_address_is_recorded():
    for path in DATASETS.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"https?://|/work/|/home/|/root/|/tmp/", text), path.name
