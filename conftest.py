"""What every test gets: the same seeds, no figure left open, and a plain word on what could not run."""

from __future__ import annotations

import gc
import os
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from functools import cache
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from _pytest.doctest import DoctestModule

from alsteach.exercises.outlets.chromium import find_chromium

# The same examples every time, and no failure because the machine was busy.
hypothesis.settings.register_profile(
    "alsteach", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("alsteach")

# marker -> (why its tests were not run, how to change that)
NEEDS = {
    "browser": "no Chromium found (Debian: apt-get install chromium libatomic1)",
    "needs_r": "no R with its survival package found (Debian: apt-get install r-base-core r-cran-survival)",
    "needs_proxy": "no proxy for a class server found (with Node.js and npm: sh tools/proxy.sh)",
}
# In each of these one playwright serves all tests; each worker that takes one starts its own JupyterLab, once.
BROWSER = "tests/browser/"
# What these make once for all their tests takes longer than the tests do; two workers would make it twice.
WHOLE = {
    "tests/benchmarks/test_benchmark.py": "a small run of the benchmark",
    "tests/book/test_book.py": "the book",
    "tests/deploy/test_load.py": "a class on a JupyterHub",
    "tests/exercises/test_nbgrader.py": "a course made, answered and marked",
    "tests/notebooks/test_text.py": "every notebook run",
    "tests/worlds/test_causes.py": "1,600 simulated trials",
    "tests/worlds/test_operating_characteristics.py": "60,000 simulated trials",
}
PROXY = Path(__file__).parent / "build" / "node" / "node_modules" / ".bin" / "configurable-http-proxy"


@cache
def find_rscript() -> str | None:
    """Return the path of an Rscript that has the survival package, or None."""
    path = shutil.which("Rscript")
    if path and subprocess.run([path, "-e", "library(survival)"], capture_output=True).returncode == 0:
        return path
    return None


def find_proxy() -> str | None:
    """Return the path of the proxy that a class server needs, if it and its Node.js are here."""
    return str(PROXY) if PROXY.exists() and shutil.which("node") else None


def everything_required() -> bool:
    """In CI a test that cannot run is a failure, not a skip."""
    return os.environ.get("CI") == "true" or os.environ.get("ALSTEACH_REQUIRE_ALL") == "1"


def missing(wanted=tuple(NEEDS)) -> dict[str, str]:
    """Return why the tests with each of the ``wanted`` markers cannot run here, if they cannot."""
    find = {"browser": find_chromium, "needs_r": find_rscript, "needs_proxy": find_proxy}
    return {marker: NEEDS[marker] for marker in wanted if not find[marker]()}


def pytest_configure(config):
    absent = missing() if everything_required() else {}
    if absent:
        raise pytest.UsageError(f"CI must run every test, but: {'; '.join(absent.values())}.")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path):
    """Look for doctests where there are some: a module is imported for it, with all that it imports."""
    found = yield
    if file_path.suffix == ".py" and ">>> " not in file_path.read_text(encoding="utf-8"):
        found = [collector for collector in found if not isinstance(collector, DoctestModule)]
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    if hasattr(
        config, "workerinput"
    ):  # one of several workers: the longest first, single tests fill up the rest
        sizes = Counter(unit_of(item.nodeid) for item in items)

        def order(item) -> tuple:
            size = sizes[unit_of(item.nodeid)]
            quick = item.get_closest_marker("slow") is None
            return not item.nodeid.startswith(BROWSER), -size, size == 1 and quick

        items.sort(key=order)
    wanted = [marker for marker in NEEDS if any(item.get_closest_marker(marker) for item in items)]
    absent = missing(wanted)
    for item in items:
        if item.nodeid.startswith(BROWSER):
            # Two browsers, servers and kernels share two cores: what ran out of time is tried once more, and listed.
            out_of_time = ["TimeoutError", "Locator expected"]  # a wait's, an expectation's
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=out_of_time))
        for marker, reason in absent.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish():
    """Leave what is loaded by now out of the search for garbage, which thousands of drawn pictures set off."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, *gc.get_threshold()[1:])


def unit_of(nodeid: str) -> str:
    """Return what a worker takes in one piece: a file with a browser, a file of `WHOLE`, or one test."""
    file = nodeid.split("::")[0]
    return file if file.startswith(BROWSER) or file in WHOLE else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hand out the units of `unit_of` in the order of the tests: the longest first, so that the workers end together.

    (pytest-xdist's own groups, ``--dist loadgroup``, do nothing under pytest 9.2: it keeps its node ids elsewhere.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByUnit(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return unit_of(nodeid)

    config.option.loadscopereorder = False
    return ByUnit(config, log)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in NEEDS.values():
        count = sum(reason in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"Not run: {count} tests, {reason}.", yellow=True)

    for report in terminalreporter.stats.get("rerun", []):  # tried again: where it had stopped
        terminalreporter.write_line(
            f"Tried again: {report.nodeid}\n{str(report.longrepr)[-2500:]}", yellow=True
        )

    minutes: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                folder = "/".join(report.nodeid.split("::")[0].split("/")[:-1])
                minutes[folder] = minutes.get(folder, 0.0) + report.duration / 60
    if sum(minutes.values()) > 0.5:
        terminalreporter.write_line(
            "Minutes by folder: " + ", ".join(f"{k} {v:.1f}" for k, v in minutes.items())
        )


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser that tests drive; tests that use it are marked ``browser``."""
    path = find_chromium()
    assert path, NEEDS["browser"]
    return path


@pytest.fixture
def no_threads(monkeypatch):
    """Let no thread start, as in a browser's Python."""

    def start(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


@pytest.fixture(autouse=True)
def _same_seeds():
    random.seed(20240607)
    np.random.seed(20240607)  # noqa: NPY002 - the state that code not ours may still draw from


@pytest.fixture(autouse=True)
def _no_figure_left_open():
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
