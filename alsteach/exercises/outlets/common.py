"""What the outlets share: the notebooks by number, an item's place in them, its marks."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

from ...frames import TrialDataError
from ..loading import Item, load_items

KIND_WORDS = {"choice": "Question", "number": "Number", "code": "Exercise in code"}
# A prediction gets no mark: a guess counts for nothing but the learner's own surprise.
POINTS = {"choice": 1, "number": 2, "code": 3}
ROOT = Path(__file__).resolve().parents[3]


def points(item: Item) -> int:
    """Return what a right answer is worth; a prediction is worth nothing.

    Examples
    --------
    >>> from alsteach.exercises import load_items
    >>> [points(item) for item in load_items("01")[:2]]
    [0, 1]
    """
    return 0 if item.when == "before" else POINTS[item.kind]


@cache
def notebooks() -> dict[str, dict]:
    """Return for each notebook with items its name, title and the titles of its sections by panel.

    Raises
    ------
    TrialDataError
        Outside a checkout of the course, whose notebooks are not part of the package.
    """
    found = {}
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
        title = next(text for kind, text in texts if kind == "markdown").splitlines()[0].lstrip("# ")
        found[path.stem[:2]] = {"name": path.stem, "title": title, "cells": texts}
    if not found:
        raise TrialDataError(f"There are no notebooks in {ROOT}; run this in a checkout of the course.")
    return found


def items_by_notebook() -> dict[str, tuple[Item, ...]]:
    """Return each notebook's items, in the order in which the notebook asks them."""
    numbers = dict.fromkeys(item.notebook for item in load_items())
    return {number: tuple(sorted(load_items(number), key=_place(number))) for number in numbers}


def _place(number: str):
    """Return a key that sorts as the notebook asks; what it does not ask comes last."""
    source = "\n".join(text for kind, text in notebooks()[number]["cells"] if kind == "code")
    asked = re.findall(r"\d\d-(?:choice|number|code)-\d+", source)
    return lambda item: asked.index(item.id) if item.id in asked else len(asked)


def panel_calls(number: str) -> list[tuple[str, str]]:
    """Return the panels of a notebook in order: factory name and the call as it stands there.

    Examples
    --------
    >>> panel_calls("00")
    [('checkup_panel', 'al.checkup_panel()')]
    """
    calls = []
    for kind, text in notebooks()[number]["cells"]:
        if kind != "code" or "_panel(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "").endswith("_panel"):
                calls.append((node.func.attr, ast.unparse(node)))
    return calls


def where(item: Item) -> str:
    """Say in words where the item belongs: before or after which panel of which notebook."""
    if not item.panel:
        return "a guess before reading on" if item.when == "before" else ""
    return f"{'a guess before' if item.when == 'before' else 'after'} the panel `{item.panel}`"


def off_screen(text: str) -> str:
    """Return an item's text for places where no panel stands below it.

    Examples
    --------
    >>> off_screen("Press *Nothing* in the panel below.")
    'Press *Nothing* in the panel.'
    """
    return re.sub(r"\b(panel|model) below\b", r"\1", text)
