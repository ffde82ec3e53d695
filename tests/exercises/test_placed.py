"""Every question stands in its page, once, a prediction before its panel and the others after it; exercises in code
stand in the page's code page.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alsteach.exercises import load_items
from alsteach.opening.course import code_pages, numbered_pages

NOTEBOOKS, CODE = numbered_pages(), code_pages()
ID = re.compile(r'"(\d\d-[a-z]+-\d+)"')


def code(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def asked(path: Path, call: str) -> list[str]:
    return [name for text in code(path) if f"al.{call}(" in text for name in ID.findall(text)]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_page_asks_its_questions_and_its_code_page_the_exercises(notebook):
    items = [item for item in load_items() if item.notebook == notebook]
    page, other = NOTEBOOKS[notebook], CODE.get(notebook)
    asked_here = asked(page, "quiz")
    assert list(dict.fromkeys(asked_here)) == [item.id for item in items if item.kind != "code"], (
        "in the order of the items"
    )
    twice = [name for name in dict.fromkeys(asked_here) if asked_here.count(name) > 1]
    assert twice == [item.id for item in items if item.kind == "write"], "a draft, and again to compare it"
    again = [f'"{name}", again=True' in "".join(code(page)) for name in twice]
    assert all(again), "the second time with again=True"
    assert asked(page, "exercise") == []
    exercises = sorted(item.id for item in items if item.kind == "code")
    assert (asked(other, "exercise") if other else []) == exercises
    assert not other or asked(other, "quiz") == []


def test_every_page_with_analyses_has_a_code_page_and_they_lead_to_each_other():
    assert list(CODE) == [f"0{n}" for n in range(1, 8)]
    for notebook, other in CODE.items():
        page = NOTEBOOKS[notebook]
        assert other.name == page.name
        assert f"](code/{page.name})" in page.read_text(encoding="utf-8")
        assert f"](../{page.name})" in other.read_text(encoding="utf-8")
        assert "import lifelines" not in page.read_text(encoding="utf-8")
        assert "from lifelines" not in page.read_text(encoding="utf-8")
        assert "from lifelines" in other.read_text(encoding="utf-8")


QUESTIONS = [item for item in load_items() if item.panel and item.kind != "code"]


@pytest.mark.parametrize("item", QUESTIONS, ids=lambda item: item.id)
def test_a_prediction_comes_before_its_panel_and_a_check_after(item):
    cells = code(NOTEBOOKS[item.notebook])
    question = next(place for place, text in enumerate(cells) if f'"{item.id}"' in text)
    panels = [place for place, text in enumerate(cells) if f"al.{item.panel}(" in text]
    assert panels, item.panel
    # A guess on the picture is asked and made in one cell.
    assert question <= panels[-1] if item.when == "before" else question > panels[0]


@pytest.mark.parametrize(
    "item", [item for item in load_items() if item.kind == "code"], ids=lambda item: item.id
)
def test_an_exercise_belongs_to_a_panel_of_its_page(item):
    assert any(f"al.{item.panel}(" in text for text in code(NOTEBOOKS[item.notebook]))
