"""Every question stands in its notebook, once, a prediction before its panel and the others after it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alsteach.exercises import load_items

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {path.stem[:2]: path for path in sorted(ROOT.glob("notebooks/*.ipynb"))}
ID = re.compile(r'"(\d\d-[a-z]+-\d+)"')


def code(notebook: str) -> list[str]:
    cells = json.loads(NOTEBOOKS[notebook].read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_items_of_a_notebook_are_those_it_asks(notebook):
    asked = [
        name
        for text in code(notebook)
        if re.search(r"al\.(quiz|exercise)\(", text)
        for name in ID.findall(text)
    ]
    assert sorted(asked) == sorted(item.id for item in load_items() if item.notebook == notebook)


@pytest.mark.parametrize("item", [item for item in load_items() if item.panel], ids=lambda item: item.id)
def test_a_prediction_comes_before_its_panel_and_a_check_after(item):
    cells = code(item.notebook)
    question = next(place for place, text in enumerate(cells) if f'"{item.id}"' in text)
    panels = [place for place, text in enumerate(cells) if f"al.{item.panel}(" in text]
    assert panels, item.panel
    assert question < panels[-1] if item.when == "before" else question > panels[0]
