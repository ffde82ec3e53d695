"""The checks before the tests catch what they are there for, and a run that cannot test everything says so."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import conftest
from alsteach.opening.course import numbered_pages
from tools import check

ROOT = Path(__file__).resolve().parents[2]

CLEAN = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "0",
            "metadata": {},
            "outputs": [],
            "source": ["1 + 1"],
        }
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small copy of the house in which something can be wrong."""
    (tmp_path / "notebooks").mkdir()
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(check, "ROOT", tmp_path)
    return tmp_path


def outcome(name: str) -> bool:
    return check.run(name, check.checks()[name])


def test_clean_notebook_passes_and_one_with_an_output_fails(course):
    notebook = course / "notebooks" / "00.ipynb"
    notebook.write_text(json.dumps(CLEAN))
    assert outcome("notebooks without outputs")
    spoiled = json.loads(json.dumps(CLEAN))
    spoiled["cells"][0]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["hazard ratio 0.32"]}
    ]
    notebook.write_text(json.dumps(spoiled))
    assert not outcome("notebooks without outputs")
    spoiled["cells"][0] |= {"outputs": [], "execution_count": 3}
    notebook.write_text(json.dumps(spoiled))
    assert not outcome("notebooks without outputs")


def test_lint_and_formatting_reach_into_notebooks(course):
    notebook = course / "notebooks" / "00.ipynb"
    notebook.write_text(json.dumps(CLEAN))
    assert outcome("lint")
    assert outcome("formatting")
    changed = json.loads(json.dumps(CLEAN))
    changed["cells"][0]["source"] = ["import os\n", "x = undefined_name"]
    notebook.write_text(json.dumps(changed))
    assert not outcome("lint")
    changed["cells"][0]["source"] = ["f( 1,2 )"]
    notebook.write_text(json.dumps(changed))
    assert not outcome("formatting")


def test_every_notebook_of_the_course_is_looked_at():
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "notebooks").rglob("*.ipynb")}
    assert set(check.notebooks()) == {name for name in there if ".ipynb_checkpoints" not in name}
    assert len(check.notebooks()) >= 8
    assert "notebooks without outputs" in check.checks()


def test_pages_come_first_then_the_glossary_then_the_code(course):
    (course / "notebooks" / "code").mkdir()
    for name in ("glossary.ipynb", "code/01_b.ipynb", "01_a.ipynb", "00_c.ipynb"):
        (course / "notebooks" / name).write_text("")
    written = [f"notebooks/{name}.ipynb" for name in ("00_c", "01_a", "glossary", "code/01_b")]
    assert check.notebooks() == written
    assert [path.name for path in numbered_pages(course).values()] == ["00_c.ipynb", "01_a.ipynb"]


def test_formatting_gives_the_form_that_is_checked(course):
    notebook = course / "notebooks" / "00.ipynb"
    spoiled = json.loads(json.dumps(CLEAN))
    spoiled["cells"][0] |= {"source": ["f( 1,2 )"], "execution_count": 3}
    spoiled["cells"].insert(0, {**spoiled["cells"][0], "id": "1", "source": ["from math import fsum as f"]})
    notebook.write_text(json.dumps(spoiled))
    assert check.main(["--format"]) == 0
    assert outcome("notebooks without outputs")
    assert outcome("formatting")
    (course / "broken.py").write_text("f(")
    assert check.main(["--format"]) != 0


@pytest.mark.parametrize(
    ("lint_passes", "tests_pass", "expected"), [(True, True, 0), (False, True, 1), (True, False, 1)]
)
def test_one_failure_fails_the_whole(monkeypatch, lint_passes, tests_pass, expected):
    def answer(passes):
        return [sys.executable, "-c", f"raise SystemExit({int(not passes)})"]

    monkeypatch.setattr(check, "checks", lambda: {"lint": answer(lint_passes), "other": answer(True)})
    monkeypatch.setattr(check, "tests", lambda fast: answer(tests_pass))
    assert check.main([]) == expected


SCRIPTS = ("tools/*.py", "datasets/make_*.py", "datasets/refresh_package.py", "datasets/tidy_real_trials.py")


@pytest.mark.parametrize(
    "script", [path for pattern in SCRIPTS for path in sorted(ROOT.glob(pattern))], ids=lambda path: path.name
)
def test_who_asks_a_script_for_help_gets_help_and_nothing_else(script, tmp_path):
    done = subprocess.run(
        [sys.executable, str(script), "--help"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.lower().startswith("usage: ")
    assert list(tmp_path.iterdir()) == []


THREE_TESTS = """
import pytest

def test_anywhere():
    pass

@pytest.mark.browser
def test_in_a_browser():
    pass

@pytest.mark.needs_r
def test_with_r():
    pass
"""


def run_pytest(course, tmp_path_factory, **environment):
    """Run three small tests on a machine with nothing on its PATH."""
    (course / "tests").mkdir()
    (course / "tests" / "test_three.py").write_text(THREE_TESTS)
    clean = {
        k: v for k, v in os.environ.items() if k not in ("CI", "ALSTEACH_REQUIRE_ALL", "ALSTEACH_CHROMIUM")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:nbmake", "-p", "no:cacheprovider", "tests"],
        cwd=course,
        env={**clean, "PATH": str(tmp_path_factory.mktemp("bare")), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_without_chromium_and_r_a_laptop_is_told_what_was_not_run(course, tmp_path_factory):
    run = run_pytest(course, tmp_path_factory)
    told = [line for line in run.stdout.splitlines() if line.startswith("Not run: ")]
    assert run.returncode == 0, run.stdout
    assert "1 passed, 2 skipped" in run.stdout
    assert len(told) == 2
    assert told[0].startswith("Not run: 1 tests, no Chromium found")
    assert told[1].startswith("Not run: 1 tests, no R with its survival package found")


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"CI": "true"}, {"ALSTEACH_REQUIRE_ALL": "1"}])
def test_without_chromium_and_r_ci_fails(course, tmp_path_factory, environment):
    run = run_pytest(course, tmp_path_factory, **environment)
    assert run.returncode == 4
    assert "CI must run every test, but: no Chromium found" in run.stderr


WHO_RAN_IT = """
import os, pathlib, pytest, threading

def workers_at_single_tests():
    notes = pathlib.Path("who.txt").read_text().splitlines()
    return {note.split()[1] for note in notes if "test_single" in note}

@pytest.mark.parametrize("place", range(6))
def test_note(place):
    with open("who.txt", "a") as notes:
        notes.write(f"{__file__} {os.environ['PYTEST_XDIST_WORKER']}\\n")
    # Hold on to a single test until the other worker has one too, or the quicker of the two might run them all.
    for _ in range(1000 * ("test_single" in __file__)):
        if len(workers_at_single_tests()) == 2:
            break
        threading.Event().wait(0.02)
"""


@pytest.mark.slow
def test_files_with_a_browser_come_first_and_stay_whole_and_single_tests_are_shared_out(course):
    whole = next(iter(conftest.WHOLE)).removeprefix("tests/")
    files = ["a_single/test_single.py", "browser/test_a.py", "browser/test_b.py", whole]
    for file in files:
        path = course / "tests" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(WHO_RAN_IT)
    subprocess.run(
        check.tests(fast=False),
        cwd=course,
        check=True,
        env={**os.environ, "CI": "", "ALSTEACH_REQUIRE_ALL": ""},
    )
    ran = [line.split() for line in (course / "who.txt").read_text().splitlines()]
    workers = {file: [worker for path, worker in ran if path.endswith(file)] for file in files}
    assert {file: len(by) for file, by in workers.items()} == dict.fromkeys(files, 6)
    single, first, second, alone = (set(by) for by in workers.values())
    assert len(first) == len(second) == len(alone) == 1
    assert first != second, "both begin at once"
    assert single == first | second
    for worker in first | second:
        by = [Path(path).name for path, who in ran if who == worker]
        assert by[:6] in (["test_a.py"] * 6, ["test_b.py"] * 6)
        assert by == sorted(by, key=lambda name: (name == "test_single.py", by.index(name)))


def test_files_that_stay_whole_make_something_once():
    for file in conftest.WHOLE:
        assert re.search(r'fixture\(scope="(module|session)"', (ROOT / file).read_text(encoding="utf-8")), (
            file
        )
