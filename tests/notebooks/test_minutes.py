"""The minutes that a page announces are those its text, steps and questions take."""

from __future__ import annotations

import ast
import json
import re

import pytest

from alsteach.exercises import load_items
from alsteach.opening.course import numbered_pages
from alsteach.words import catalogue

WORDS_A_MINUTE, MINUTES_A_STEP, MINUTES_A_QUESTION = 150, 20 / 60, 1
PAGES = numbered_pages()
ITEMS = {item.id: item for item in load_items()}


def words(text: str) -> int:
    """Count the words that are read: no link targets, no folds."""
    text = re.sub(r"<details>.*?</details>", " ", text, flags=re.DOTALL)
    text = re.sub(r"^\[[\w-]+\]: .*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)|\]\[[^\]]*\]|<[^>]+>", " ", text)
    return len(re.findall(r"\w[\w'’.,%-]*", text))


def calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def asked(item) -> int:
    """Count the words of a question: what is asked, and what may be chosen."""
    options = [*item.options.values(), *(card.text for card in item.cards)]
    return words(" ".join([item.prompt, *options]))


def steps_of(call: ast.Call) -> int:
    for given in call.keywords:
        if given.arg == "steps":
            return len(given.value.elts)
    return len(catalogue.tables()[called(call).removesuffix("_panel")].get("steps", ()))


def minutes(page: str) -> float:
    read = steps = questions = 0
    for cell in json.loads(PAGES[page].read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            read += words(source)
            continue
        for call in calls(source):
            name = called(call)
            given = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
            if name == "say":
                read += sum(words(text) for text in given)
            elif name == "quiz":
                again = any(keyword.arg == "again" for keyword in call.keywords)
                read += 0 if again else sum(asked(ITEMS[key]) for key in given)
                questions += len(given)
            elif name.endswith("_panel"):
                steps += steps_of(call)
    return read / WORDS_A_MINUTE + steps * MINUTES_A_STEP + questions * MINUTES_A_QUESTION


def panels_of(page: str) -> set[str]:
    source = PAGES[page].read_text(encoding="utf-8")
    return {name.removesuffix("_panel") for name in re.findall(r"al\.(\w+_panel)\(", source)}


def is_counted(page: str) -> bool:
    return panels_of(page) <= set(catalogue.tables())


@pytest.mark.parametrize("page", filter(is_counted, PAGES))
def test_the_minutes_announced_are_those_it_takes(page):
    announced = int(catalogue.panel("page").table(f"data.{page}")("minutes").split()[0])
    assert abs(minutes(page) - announced) <= 5, f"page {page} takes {minutes(page):.0f} minutes"
