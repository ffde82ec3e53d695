"""Run the quick tests on other versions: ``python tools/versions.py [NAME ...]``, all of them without a NAME.

``python3.12`` and ``python3.13``: the pins on that interpreter, where this machine has it. ``oldest`` and ``newest``:
the oldest and the newest packages that pyproject.toml allows, on the interpreter that runs this. Each gets a venv in
a folder that is removed afterwards. A line a version says passed, FAILED or not run, and why.
"""

from __future__ import annotations

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
TOOLS = ("frictionless", "hypothesis", "nbmake", "pyphen", "pytest", "pytest-xdist")
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
    "tests/test_benchmark.py",
)


def pinned_tools() -> list[str]:
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] in TOOLS]


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
    pins = ["-r", "requirements.txt", *pinned_tools()]
    return {
        "python3.12": ("python3.12", pins),
        "python3.13": ("python3.13", pins),
        "oldest": (sys.executable, ["--resolution", "lowest-direct", *pinned_tools()]),
        "newest": (sys.executable, ["--upgrade", *pinned_tools()]),
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
        steps = [
            [*uv, "venv", "--python", python, str(inside.parent.parent)],
            [*uv, "pip", "install", "--python", str(inside), "-e", ".", *packages],
            [*uv, "pip", "list", "--python", str(inside)],
            [*tests, "tests", "alsteach", "notebooks"],
        ]
        environment = {**os.environ, "PATH": os.pathsep.join([str(inside.parent), os.environ["PATH"]])}
        for step in steps:
            if subprocess.run(step, cwd=ROOT, env=environment).returncode != 0:
                return f"FAILED at: {re.sub(folder, '…', ' '.join(step))}"
    return "passed"


def main(names: list[str]) -> int:
    results = {}
    for name in names or list(recipes()):
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        results[name] = run(name)
        print(f"== {name}: {results[name]}, {(time.monotonic() - started) / 60:.1f} min", flush=True)
    print("\n" + "\n".join(f"{name}: {result}" for name, result in results.items()))
    return any(result.startswith("FAILED") for result in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
