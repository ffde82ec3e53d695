"""``import alsteach`` loads nothing heavy; the first use of a name does."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import alsteach as al

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

HEAVY = ("lifelines", "scipy", "matplotlib", "ipywidgets", "pandas", "numpy", "IPython", "PIL")


def loaded_by(code: str) -> set[str]:
    report = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import alsteach")
    assert "alsteach" in loaded
    assert loaded & set(HEAVY) == set()


def test_listing_the_names_loads_nothing_heavy():
    loaded = loaded_by("import alsteach as al; dir(al), al.__all__")
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize("name", ["exercises.outlets.chromium", "opening.course"])
def test_what_finds_files_loads_nothing_heavy(name):
    """The tests' conftest and the tools import these; conftest before anything is measured."""
    loaded = loaded_by(f"import alsteach.{name}")
    assert f"alsteach.{name}" in loaded
    assert loaded & set(HEAVY) == set()


def test_first_use_loads_what_it_needs_and_no_more():
    loaded = loaded_by("import alsteach as al; al.load_veteran()")
    assert {"pandas", "numpy"} <= loaded
    assert loaded & {"lifelines", "scipy", "matplotlib", "ipywidgets"} == set()


def test_every_public_name_is_there():
    code = "import alsteach as al; assert all(getattr(al, n) is not None for n in al.__all__), al.__all__"
    assert "alsteach.data.tables" in loaded_by(code)


def test_editors_are_told_the_same_names():
    stub = ast.parse(Path(al.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    told = {
        alias.asname: node.module or alias.name
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == al._HOME | {room: room for room in al.ROOMS}


def test_the_face_is_small_and_all_that_the_pages_call():
    called = set()
    for page in (*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("code/*.ipynb")):
        for cell in json.loads(page.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                called |= set(re.findall(r"\bal\.(\w+)", "".join(cell["source"])))
    assert called - set(al.ROOMS) <= set(al.__all__)
