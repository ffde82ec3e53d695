"""The exact pins: complete, said once, in force here, and within what pyproject.toml allows."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(
    r'[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*(; (sys_platform|python_version) [=!<>]+ "[a-z0-9.]+")?'
)
# What design section 8 asks for by name.
AGREED = {
    "jupyterlab": "4.6.6",
    "ipywidgets": "8.1.8",
    "lifelines": "0.30.3",
    "pandas": "2.3.3",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
    "matplotlib": "3.11.2",
    "jupytext": "1.19.6",
    "nbmake": "1.5.5",
    "nbstripout": "0.9.1",
    "jupyter-repo2docker": "2026.4.0",
    "playwright": "1.65.0",
    "nbgrader": "0.9.6",
    "jupyterhub": "6.1.1",
}


def lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def pins(name: str) -> dict[str, Requirement]:
    found = [Requirement(line) for line in lines(name)]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def version(requirement: Requirement) -> str:
    return next(iter(requirement.specifier)).version


RUNTIME, DEV = pins("requirements.txt"), pins("requirements-dev.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_line_is_one_exact_pin(name):
    written = lines(name)
    assert len(written) > 40
    assert [line for line in written if not PIN.fullmatch(line)] == []
    names = [canonicalize_name(Requirement(line).name) for line in written]
    assert names == sorted(set(names))


def test_no_package_is_pinned_in_both_files():
    assert RUNTIME.keys() & DEV.keys() == set()


def test_versions_agreed_with_the_design():
    assert {name: version({**RUNTIME, **DEV}[name]) for name in AGREED} == AGREED


def test_this_environment_is_what_the_pins_say():
    wanted = {
        name: version(requirement)
        for name, requirement in {**RUNTIME, **DEV}.items()
        if requirement.marker is None or requirement.marker.evaluate()
    }
    installed = {name: importlib.metadata.version(name) for name in wanted}
    assert installed == wanted


def needed_by(roots: list[Requirement]) -> set[str]:
    """Return what installing ``roots`` brings in on this machine, dependencies of dependencies included."""
    waiting, seen = list(roots), set()
    while waiting:
        requirement = waiting.pop()
        if requirement.marker is not None and requirement in roots and not requirement.marker.evaluate():
            continue
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        for line in importlib.metadata.requires(requirement.name) or []:
            dependency = Requirement(line)
            extras = ["", *requirement.extras]
            if dependency.marker is None or any(dependency.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(dependency)
    return {name for name, _ in seen}


def test_pins_hold_every_dependency_and_nothing_that_nobody_needs():
    runtime = needed_by([Requirement(line) for line in PROJECT["dependencies"]])
    everything = runtime | needed_by([Requirement(line) for line in PROJECT["optional-dependencies"]["test"]])
    for_here = {
        name for name, pin in {**RUNTIME, **DEV}.items() if pin.marker is None or pin.marker.evaluate()
    }
    assert len(runtime) > 80
    assert runtime - RUNTIME.keys() == set()
    assert everything - RUNTIME.keys() - DEV.keys() == set()
    assert for_here - everything == set()
    assert {n for n in RUNTIME if n in for_here} - runtime == set()


def test_pins_lie_within_the_ranges_of_pyproject():
    ranges = [Requirement(line) for line in PROJECT["dependencies"]]
    ranges += [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]
    pinned = {**RUNTIME, **DEV}
    outside = [str(r) for r in ranges if version(pinned[canonicalize_name(r.name)]) not in r.specifier]
    assert outside == []
    upper = {r.name: r.specifier for r in ranges}
    assert "8.1.9" not in upper["ipywidgets"]
    assert "3.9.0" in upper["pandas"]
    assert "4.0.0" not in upper["pandas"]
    assert "4.4.9" in upper["jupyterlab"]  # what Binder's base brings


def test_pip_finds_no_conflict():
    check = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout.strip()) == (0, "No broken requirements found.")


def test_every_pin_installs_on_the_oldest_python_we_name():
    # Debian 12 has Python 3.11.2: a package that asks for 3.11.5 would lock those learners out.
    refused = {}
    for name, pin in {**RUNTIME, **DEV}.items():
        if pin.marker is None or pin.marker.evaluate():
            asks = importlib.metadata.metadata(name).get("Requires-Python")
            if asks and not Requirement(f"python{asks}").specifier.contains(Version("3.11.2")):
                refused[name] = asks
    assert refused == {}
