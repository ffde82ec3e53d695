"""Run every check in turn and say how long each took: ``python tools/check.py``, or ``--fast`` without the long tests.

``--format`` brings code and notebooks into the form that is checked.

All of them run even if one fails, so that one run shows everything; the tests come last.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from alsteach.opening.course import course_files

ROOT = Path(__file__).resolve().parent.parent
STRIPPED = "Notebooks are kept without outputs: run `make format`, then commit them again."


def tool(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def notebooks() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in course_files(ROOT)]


def checks() -> dict[str, list[str]]:
    """Return what is checked before the tests: name and command."""
    found = {
        "lint": tool("ruff", "check", "."),
        "formatting": tool("ruff", "format", "--check", "."),
        "dependencies agree": tool("pip", "check"),
    }
    if notebooks():
        found["notebooks without outputs"] = tool("nbstripout", "--keep-id", "--verify", *notebooks())
    return found


def forms() -> list[list[str]]:
    """Return what brings code and notebooks into the form that is asked for."""
    commands = [tool("ruff", "check", "--fix", "."), tool("ruff", "format", ".")]
    return commands + [tool("nbstripout", "--keep-id", *notebooks())] * bool(notebooks())


def tests(fast: bool) -> list[str]:
    # The notebooks are run by tests/notebooks; what nbmake loads takes seconds in each process.
    without = ["-p", "no:nbmake"]
    if fast:
        return tool("pytest", *without, "-m", "not slow and not browser", "tests", "alsteach")
    return tool("pytest", *without, "-n", "2", "--durations=15", "--durations-min=5")


def run(name: str, command: list[str]) -> bool:
    print(f"\n== {name}: {' '.join(['python', *command[1:]])}", flush=True)
    started = time.monotonic()
    passed = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    print(
        f"== {name}: {'passed' if passed else 'FAILED'}, {(time.monotonic() - started) / 60:.1f} min",
        flush=True,
    )
    return passed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run every check in turn and say how long each took.")
    parser.add_argument("--fast", action="store_true", help="without the long tests and the browser")
    parser.add_argument("--format", action="store_true", help="bring code and notebooks into form instead")
    asked = parser.parse_args(arguments)
    if asked.format:
        return max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in forms())
    results = {name: run(name, command) for name, command in checks().items()}
    if not results.get("notebooks without outputs", True):
        print(STRIPPED)
    failed = [name for name, passed in results.items() if not passed]
    if failed:
        print(f"\nFAILED before the tests: {', '.join(failed)}.")
    command = tests(asked.fast)
    print(f"\n== tests: {' '.join(['python', *command[1:]])}", flush=True)
    # Compiled modules are kept, also where a container says otherwise: some 150 kernels and servers load them.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {
        **kept,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    # The last line of all is pytest's own, with its minutes.
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return status or bool(failed)


if __name__ == "__main__":
    sys.exit(main())
