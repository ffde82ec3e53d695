"""A page's bar: which page it is, how far it is to the others, and what a reader has answered."""

from __future__ import annotations

import gc
import json
import re
from pathlib import Path

import pytest

import alsteach as al
from alsteach.panels.page import BESIDE, PAGES, WITH_CODE, links_html
from alsteach.words import catalogue

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def cells(path: Path) -> list[dict]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def links(which: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', links_html(which))


def test_every_page_leads_to_its_neighbours_and_the_glossary():
    assert links("00") == ["01_als_background.ipynb", "glossary.ipynb"]
    assert links("05") == ["04_cox_adjustment.ipynb", "06_biomarker_subgroups.ipynb", "glossary.ipynb"]
    assert links("07") == ["06_biomarker_subgroups.ipynb", "glossary.ipynb"]
    assert links("glossary") == links("workshop") == ["00_start_here.ipynb"]
    for which in (*PAGES, *BESIDE):
        for target in links(which):
            assert (NOTEBOOKS / target).is_file(), target


@pytest.mark.parametrize("which", [*PAGES, *BESIDE])
def test_a_page_begins_with_its_bar_and_says_title_and_minutes_as_the_catalogue_does(which):
    path = NOTEBOOKS / f"{PAGES.get(which, which)}.ipynb"
    first, title = cells(path)[:2]
    assert first["source"] == f'import alsteach as al\n\nal.page("{which}")'
    about = catalogue.panel("page").table(f"data.{which}")
    number = f"{which} · " if which in PAGES else ""
    assert title["source"].splitlines()[0] == f"# {number}{about('title')}"
    assert f"<b>{number}{about('title')}</b>" in links_html(which)
    if which in PAGES:
        assert f"</b> · {about('minutes')}</span>" in links_html(which)
    assert "minutes" not in title["source"]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_page_shows_code(path):
    shown = [
        cell["id"]
        for cell in cells(path)
        if cell["cell_type"] == "code" and not cell["metadata"].get("jupyter", {}).get("source_hidden")
    ]
    assert shown == []


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("code/*.ipynb")), ids=lambda path: path.stem)
def test_a_code_page_stays_as_jupyter_shows_it(path):
    assert all("al.page(" not in cell["source"] for cell in cells(path))


def test_without_menus_there_is_a_link_to_the_code_and_nothing_to_unfold(monkeypatch):
    assert al.page("05").bar.quiet
    assert "code/" not in links_html("05")
    monkeypatch.setenv("VOILA_REQUEST_URL", "http://localhost:8866/voila/render/notebooks/05.ipynb")
    assert not al.page("05").bar.quiet
    for which in WITH_CODE:
        (target,) = [link for link in links(which) if link.startswith("code/")]
        assert (NOTEBOOKS / target).is_file()
    assert not any(link.startswith("code/") for link in links("00"))


def test_a_page_that_there_is_not_is_refused():
    with pytest.raises(al.TrialDataError, match="There is no page '09'; .* 07, glossary and workshop"):
        al.page("09")
    assert al.page(5).links == al.page("05").links


def test_every_sentence_of_the_bar_is_used(monkeypatch):
    with catalogue.recording() as asked:
        for address in (None, "http://course.example.org/voila/render/05.ipynb"):
            if address:
                monkeypatch.setenv("VOILA_REQUEST_URL", address)
                monkeypatch.delenv("ALSTEACH_PROGRESS", raising=False)
            for which in (*PAGES, *BESIDE):
                al.page(which)
    found = catalogue.problems({"page": catalogue.tables()["page"]}, asked)
    assert [
        problem for problem in found if not problem.startswith("[exercises]")
    ] == []  # of page 00's downloads


def test_a_page_lets_python_look_for_garbage_seldom_and_leaves_what_a_learner_chose():
    before = gc.get_threshold()
    try:
        for chosen, kept in ((700, 20_000), (100_000, 100_000), (0, 0)):
            gc.set_threshold(chosen, 10, 10)
            al.page("05")
            assert gc.get_threshold()[0] == kept
    finally:
        gc.set_threshold(*before)
