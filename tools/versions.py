"""Run the quick tests on other versions: ``python tools/versions.py [NAME ...]``, all of them without a NAME.

``python3.12`` to ``python3.14``: the pins on that interpreter, where this machine has it. ``oldest`` and ``newest``:
the oldest and the newest packages that pyproject.toml allows, on the interpreter that runs this. ``lite``: nothing but
requirements-lite.txt, with pandas 3 and without lifelines and JupyterLab, on the newest Python here. Each gets a
venv in a folder that is removed afterwards. A line a version says passed, FAILED or not run, and why.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
TOOLS = ("frictionless", "hypothesis", "nbmake", "pyphen", "pytest", "pytest-rerunfailures", "pytest-xdist")
NEWEST_FIRST = ("python3.14", "python3.13", "python3.12")
# Tests of the pins themselves, and what needs a browser, nbgrader, Sphinx, JupyterHub or the peers.
LEFT_OUT = (
    "tests/setup",
    "tests/benchmarks",
    "tests/book",
    "tests/browser",
    "tests/deploy",
    "tests/exercises/test_nbgrader.py",
    "tests/exercises/test_sheets.py",
    "tests/own_trial/test_every_dataset.py",
    "tests/own_trial/test_other_peoples_trials.py",
)
# What needs lifelines, or the server of pages to read.
NOT_IN_LITE = (
    "alsteach/exercises/outlets",
    "alsteach/opening/reading.py",
    "notebooks/code",
    "tests/exercises/test_items.py",
    "tests/notebooks",
    "tests/opening",
)
NOT_IN_LITE_EITHER = (
    "tests/exercises/test_numbers.py::test_solutions_agree_with_r",
    "tests/exercises/test_workshop.py::test_the_paper_has_the_plan_once_and_every_handout_as_often_as_it_fits",
    "tests/own_trial/test_analysis.py::TestCode",
    "tests/own_trial/test_cases_files.py::test_rows_of_one_patient_in_both_arms_have_robust_errors_as_in_r",
    "tests/own_trial/test_cases_tables.py::test_columns_that_are_numbers",
    "tests/own_trial/test_cases_tables.py::test_the_code_gives_the_reports_figures_on_the_same_file",
    "tests/own_trial/test_cases_tables.py::test_times_that_differ_by_rounding_only_are_one_as_in_r",
    "tests/panels/test_page03.py::TestCensoring::test_the_product_is_lifelines_estimate",
    "tests/stats/test_curves.py::test_curves_and_tests_are_those_of_lifelines",
    "tests/teaching/test_guide.py::test_solutions_are_those_of_the_items",
)


def pinned(file: str, names: tuple[str, ...]) -> list[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] in names]


def interpreter(name: str) -> str | None:
    """Return the path of ``python3.12``, say, on the PATH or among pyenv's."""
    found = shutil.which(name)
    if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0:
        return found
    wanted = name.removeprefix("python")
    among = sorted(
        Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{wanted}*/bin/python")
    )
    return str(among[-1]) if among else None


def recipes() -> dict[str, tuple[str, list[str]]]:
    """Return, by name, the interpreter wanted and what uv installs."""
    tools = pinned("requirements-dev.txt", TOOLS)
    pins = ["-r", "requirements.txt", *tools]
    kernel = pinned("requirements.txt", ("ipykernel",))
    newest_python = next((name for name in NEWEST_FIRST if interpreter(name)), sys.executable)
    return {
        **{name: (name, pins) for name in ("python3.12", "python3.13", "python3.14")},
        "oldest": (sys.executable, ["--resolution", "lowest-direct", *tools]),
        "newest": (sys.executable, ["--upgrade", *tools]),
        "lite": (newest_python, ["-r", "requirements-lite.txt", *kernel, *tools]),
    }


def run(name: str) -> str:
    wanted, packages = recipes()[name]
    python = wanted if Path(wanted).is_absolute() else interpreter(wanted)
    if python is None:
        return f"not run: no {wanted} on this machine"
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "venv" / "bin" / "python"
        uv = [str(UV), "--quiet"]
        tests = [str(inside), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbmake"]
        tests += ["-m", "not slow and not browser and not needs_r"]
        tests += [f"--ignore={place}" for place in LEFT_OUT]
        course = ["-e", "."]
        if name == "lite":
            tests += [f"--ignore={place}" for place in NOT_IN_LITE]
            tests += [f"--deselect={test}" for test in NOT_IN_LITE_EITHER]
            course = []
        steps = [
            [*uv, "venv", "--python", python, str(inside.parent.parent)],
            [*uv, "pip", "install", "--python", str(inside), *course, *packages],
            [*uv, "pip", "install", "--python", str(inside), "--no-deps", "-e", "."],
            [*uv, "pip", "list", "--python", str(inside)],
            [*tests, "tests", "alsteach", "notebooks"],
        ]
        environment = {**os.environ, "PATH": os.pathsep.join([str(inside.parent), os.environ["PATH"]])}
        for step in steps:
            if subprocess.run(step, cwd=ROOT, env=environment).returncode != 0:
                return f"FAILED at: {re.sub(folder, '…', ' '.join(step))}"
    return "passed"


def main(arguments: list[str]) -> int:
    known, results = list(recipes()), {}
    parser = argparse.ArgumentParser(description="Run the quick tests on other versions.")
    parser.add_argument("name", nargs="*", help=f"{', '.join(known)}; all without one")
    names = parser.parse_args(arguments).name
    if unknown := [name for name in names if name not in known]:
        parser.error(f"{', '.join(unknown)}: not known; known are {', '.join(known)}")
    for name in names or known:
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        results[name] = run(name)
        print(f"== {name}: {results[name]}, {(time.monotonic() - started) / 60:.1f} min", flush=True)
    print("\n" + "\n".join(f"{name}: {result}" for name, result in results.items()))
    return any(result.startswith("FAILED") for result in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
