"""What the outlets share: the pages by number with their code pages, an item's place in them, its marks."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from ...data.checks import TrialDataError
from ...opening.course import ROOT, code_pages, numbered_pages
from ..item import KINDS, Item
from ..loading import load_items

ITEM_ID = re.compile(rf"\d\d-(?:{'|'.join(KINDS)})-\d+")
KIND_WORDS = {
    "choice": "Question",
    "number": "Number",
    "code": "Exercise in code",
    "sort": "Cards to sort",
    "write": "A text to write",
}
# A prediction gets no mark: a guess counts for nothing but the learner's own surprise. Nor does a text.
POINTS = {"choice": 1, "number": 2, "code": 3, "sort": 2, "write": 0}


def points(item: Item) -> int:
    """Return what a right answer is worth; a prediction and a text are worth nothing.

    Examples
    --------
    >>> from alsteach.exercises import load_items
    >>> [points(item) for item in load_items("01")[:2]]
    [0, 1]
    """
    return 0 if item.when == "before" else POINTS[item.kind]


@cache
def notebooks() -> dict[str, dict]:
    """Return for each page its name, title and cells, and the cells of its code page.

    Raises
    ------
    TrialDataError
        Outside a checkout of the course, whose notebooks are not part of the package.
    """
    found = {}
    for number, path in numbered_pages().items():
        texts, code = _cells(path), code_pages().get(number)
        title = next(text for kind, text in texts if kind == "markdown").splitlines()[0].lstrip("# ")
        found[number] = {
            "name": path.stem,
            "title": title,
            "cells": texts,
            "code": _cells(code) if code else [],
        }
    if not found:
        raise TrialDataError(f"There are no notebooks in {ROOT}; run this in a checkout of the course.")
    return found


def _cells(path: Path) -> list[tuple[str, str]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def asked_in(item: Item) -> str:
    """Return the name of the notebook that asks an item: a code page for an exercise in code.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> asked_in(find_item("05-choice-2")), asked_in(find_item("05-code-1"))
    ('05_why_they_disagree', 'code/05_why_they_disagree')
    """
    name = notebooks()[item.notebook]["name"]
    return f"code/{name}" if item.kind == "code" else name


def items_by_notebook() -> dict[str, tuple[Item, ...]]:
    """Return each page's items in the order in which it asks them, and then its code page."""
    numbers = dict.fromkeys(item.notebook for item in load_items())
    return {number: tuple(sorted(load_items(number), key=_place(number))) for number in numbers}


def _place(number: str):
    """Return a key that sorts as the notebooks ask; what they do not ask comes last."""
    page = notebooks()[number]
    source = "\n".join(text for kind, text in page["cells"] + page["code"] if kind == "code")
    asked = ITEM_ID.findall(source)
    return lambda item: asked.index(item.id) if item.id in asked else len(asked)


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
