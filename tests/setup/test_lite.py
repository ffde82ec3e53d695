"""The site that runs in a browser alone: its notebooks, and where each package comes from. (`make lite` builds it.)"""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from alsteach.opening.course import course_files
from alsteach.panels import page00

ROOT = Path(__file__).resolve().parents[2]
# Of the whole course, what the package itself does without.
NOT_IN_A_BROWSER = {"ipykernel", "jupyter-server", "jupyterlab", "lifelines", "psutil", "voila"}


@pytest.fixture(scope="module")
def make_lite():
    spec = importlib.util.spec_from_file_location("make_lite", ROOT / "tools" / "make_lite.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named(file: str) -> dict[str, Requirement]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(line.partition("==")[0]): Requirement(line) for line in lines}


def test_the_small_set_is_the_package_without_what_serves_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    allowed = {canonicalize_name(r.name): r for r in map(Requirement, project["dependencies"])}
    small, whole = named("requirements-lite.txt"), named("requirements.txt")
    assert allowed.keys() - small.keys() == NOT_IN_A_BROWSER
    assert NOT_IN_A_BROWSER & small.keys() == set()
    versions = {name: next(iter(pin.specifier)).version for name, pin in small.items()}
    assert [n for n, r in allowed.items() if n in versions and versions[n] not in r.specifier] == []
    assert small["pandas"].specifier.contains("3.0.6")
    unlike = {n for n, pin in small.items() if n not in whole or pin.specifier != whole[n].specifier}
    assert unlike == {"matplotlib", "pandas", "scipy"}, "Pyodide has its own of these"


def test_the_check_up_asks_for_nothing_that_the_small_set_lacks():
    assert set(page00.NEEDED) <= named("requirements-lite.txt").keys()


def test_every_package_comes_from_pyodide_or_from_the_site(make_lite):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    brought = {*make_lite.OF_PYODIDE, *make_lite.OF_THE_SITE}
    assert needed - NOT_IN_A_BROWSER <= brought
    assert brought <= named("requirements-lite.txt").keys()
    assert {*make_lite.OF_PYODIDE} & {*make_lite.OF_THE_SITE} == set()
    for names, file in (
        (make_lite.OF_THE_SITE, "requirements-lite.txt"),
        (make_lite.BESIDE, "requirements.txt"),
    ):
        assert len(make_lite.pins(file, names)) == len(names)


def test_the_sites_notebooks_install_the_course_behind_the_fold(make_lite, tmp_path):
    make_lite.write_contents(tmp_path)
    written = [path.relative_to(tmp_path) for path in sorted(tmp_path.rglob("*.ipynb"))]
    assert set(written) == {path.relative_to(ROOT / "notebooks") for path in course_files(ROOT)}
    for place in written:
        notebook = json.loads((tmp_path / place).read_text(encoding="utf-8"))
        nbformat.validate(notebook)
        before = json.loads((ROOT / "notebooks" / place).read_text(encoding="utf-8"))
        assert notebook["metadata"]["kernelspec"]["name"] == "python"
        cells = [cell for cell in notebook["cells"] if cell["id"] != "not-in-a-browser"]
        changed = [(was, cell) for was, cell in zip(before["cells"], cells, strict=True) if was != cell]
        if place.parent.name == "code":
            assert changed == []
            assert "needs lifelines" in notebook["cells"][1]["source"]
        else:
            [(was, first)] = changed
            told, install, *rest = first["source"].splitlines(keepends=True)
            assert told == "# The course comes into this browser\n"  # what the fold shows
            assert install == make_lite.INSTALL
            assert "".join(rest) == "".join(was["source"])
            assert first["metadata"]["jupyter"]["source_hidden"]
            assert "import alsteach as al" in first["source"]
