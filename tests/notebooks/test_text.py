"""What a notebook says is true of its own run: each figure in its text stands in a table or in a computed cell.

Each notebook is run once here, from top to bottom and with the network cut; those without figures are only run.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import alsteach as al
from alsteach.opening.course import code_pages, course_files, numbered_pages

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path.stem for path in numbered_pages().values()]
CODE = [f"code/{path.stem}" for path in code_pages().values()]
EVERY = [path.relative_to(ROOT / "notebooks").with_suffix("").as_posix() for path in course_files(ROOT)]
# Hazard ratios, interval ends and differences; p-values; percentages.
SHARE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:%|per cent)")
DECIMAL = re.compile(r"(?<![\w.,])\d+\.\d+")
# Conventions of the trade, which no table holds.
CONVENTIONS = {
    "95 %": "level of an interval",
    "0.05": "level of a test",
    "5 %": "the same",
    "100 %": "everybody",
}


def figures(text: str) -> list[str]:
    """Return the figures that a text states, percentages marked as such.

    >>> figures("HR 0.81 (−0.2), p = 0.007, 72.5 % of 220; version 1.2.3; 68 per cent")
    ['72.5 %', '68 %', '0.81', '0.2', '0.007']
    """
    plain = re.sub(r"\]\([^)]*\)|`[^`]*`|\b\d+(\.\d+){2,}", " ", text)
    return [f"{share} %" for share in SHARE.findall(plain)] + DECIMAL.findall(SHARE.sub(" ", plain))


def published() -> list[str]:
    table = al.load_published_results()
    found = []
    for column in ("estimate", "ci_low", "ci_high", "p_value"):
        for value, unit in zip(table[column], table["unit"], strict=True):
            found += [f"{abs(value):.6g}"] + ([f"{abs(value):.6g} %"] if "percent" in str(unit) else [])
    return found


def stands(figure: str, known: list[str]) -> bool:
    """Whether some known figure of the same kind, rounded as this one is, equals it."""
    number, _, share = figure.partition(" ")
    decimals = len(number.partition(".")[2])
    return any(
        other.endswith("%") == bool(share) and round(float(other.split()[0]), decimals) == float(number)
        for other in known
    )


def read(name: str) -> dict[str, str]:
    cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"}


def seen_in(name: str, out: Path) -> dict:
    """Run a notebook in a process without a network; return what `run_offline.py` writes."""
    script = Path(__file__).with_name("run_offline.py")
    done = subprocess.run(
        [sys.executable, str(script), str(ROOT / "notebooks" / f"{name}.ipynb"), str(out)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=PAGES + CODE)
def run(request, tmp_path_factory):
    return request.param, seen_in(request.param, tmp_path_factory.mktemp("run") / "seen.json")


@pytest.mark.slow
class TestNotebooks:
    def test_it_runs_with_the_network_cut(self, run):
        _, seen = run
        if not seen["cut"]:
            pytest.skip("this machine does not let a process leave the network")
        assert sum(map(len, seen["seen"])) > 1000

    def test_a_page_loads_neither_lifelines_nor_scipy_stats_and_its_code_page_does(self, run):
        """Both take a second or more and some 100 MB, in every kernel of a class."""
        name, seen = run
        loaded = {"lifelines", "scipy.stats"} & set(seen["loaded"])
        assert "alsteach" in seen["loaded"]
        assert loaded == ({"lifelines", "scipy.stats"} if name in CODE else set())

    def test_every_figure_in_the_text_stands_in_a_table_or_a_computed_cell(self, run):
        name, seen = run
        known = published() + [figure for text in seen["seen"] for figure in figures(text)]
        lost = [
            f"{cell}: {figure}"
            for cell, text in read(name).items()
            for figure in figures(text)
            if figure not in CONVENTIONS and not stands(figure, known)
        ]
        assert lost == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*EVERY} - {*PAGES, *CODE}))
def test_the_pages_beside_them_run_too(name, tmp_path):
    loaded = {"lifelines", "scipy.stats", "alsteach"} & set(seen_in(name, tmp_path / "seen.json")["loaded"])
    assert loaded == {"alsteach"}


def test_a_false_figure_would_be_found():
    assert stands("0.81", ["0.8072"])
    assert stands("72 %", ["0.1", "72.4 %"])
    assert not stands("0.83", ["0.8072"])
    assert not stands("73 %", ["72.4 %"])
    assert not stands("72 %", ["72"])
    assert figures("an HR of 0.83 (p = 0.4), 12.5 % and 40 per cent") == ["12.5 %", "40 %", "0.83", "0.4"]
