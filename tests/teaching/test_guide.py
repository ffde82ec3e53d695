"""The teacher's pages: what they name exists, what they count adds up, and the solutions are those of the items."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.exercises import load_items
from alsteach.exercises.outlets import solutions
from alsteach.exercises.outlets.common import ITEM_ID, notebooks
from alsteach.exercises.outlets.misconceptions import MISCONCEPTIONS

FOLDER = Path(__file__).parents[2] / "docs" / "teaching"
GUIDE = (FOLDER / "guide.md").read_text(encoding="utf-8")
ITEMS = {item.id: item for item in load_items()}
ITALIC = r"(?<!\*)\*(?!\*)([^*\n]+)(?<!\*)\*(?!\*)"


def panel_calls(number: str) -> list[tuple[str, str]]:
    """Return the panels of a notebook in order: factory name and the call as it stands there."""
    calls = []
    for kind, text in notebooks()[number]["cells"]:
        if kind != "code" or "_panel(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "").endswith("_panel"):
                calls.append((node.func.attr, ast.unparse(node)))
    return calls


PANELS = sorted({name for number in notebooks() for name, _ in panel_calls(number)})


def section(title: str) -> str:
    """The guide from this heading to the next of the same rank."""
    return re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)[1]


def buttons_named() -> list[tuple[str, str]]:
    """Each name in italics, with the panel named last before it."""
    found, panel = [], None
    for match in re.finditer(rf"`(\w+_panel)`|{ITALIC}", GUIDE):
        if match[1]:
            panel = match[1]
        else:
            found.append((panel, match[2]))
    return [pair for pair in found if pair != (None, "italics")]


def tables() -> list[tuple[str, list[list[str]]]]:
    """The courses: heading and rows of minutes, what, panels, questions."""
    found = []
    for part in re.split(r"^###+ ", section("Three ready courses"), flags=re.MULTILINE)[1:]:
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if "|" in line
        ]
        rows = [row for row in rows if re.match(r"\d+-\d+$", row[0])]
        if rows:
            found.append((part.splitlines()[0], rows))
    return found


def test_there_are_three_courses_whose_minutes_add_up():
    courses = tables()
    assert [len(rows) > 4 for _, rows in courses] == [True] * 7
    lengths = [120, 240, 90, 90, 90, 90, 90]
    for (heading, rows), length in zip(courses, lengths, strict=True):
        times = [tuple(map(int, row[0].split("-"))) for row in rows]
        assert times[0][0] == 0, heading
        assert times[-1][1] == length, heading
        assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]], heading
        assert all(start < end for start, end in times), heading


def test_every_question_named_exists_and_the_module_uses_every_exercise():
    named = re.findall(rf"`({ITEM_ID.pattern})`", GUIDE)
    assert set(named) <= set(ITEMS)
    assert len(set(named)) > 40
    assert {name for name in ITEMS if "-code-" in name} <= set(named)


def test_every_panel_of_every_notebook_has_its_questions():
    asked = section("What to ask at each panel")
    for number in notebooks():
        part = re.search(rf"^### Notebook {number}$(.*?)(?=^### |\Z)", asked, re.MULTILINE | re.DOTALL)[1]
        entries = re.findall(
            r"^`(\w+_panel)` \*\*Ask:\*\*(.*?)(?=^`\w+_panel` \*\*Ask|\Z)", part, re.M | re.S
        )
        wanted = list(dict.fromkeys(name for name, _ in panel_calls(number)))
        assert sorted(name for name, _ in entries) == sorted(wanted)
        for name, text in entries:
            flat = " ".join(text.split())
            assert "**Answer:**" in flat, name
            assert "**Wrong turn:**" in flat, name
            assert len(flat) > 150, name


def test_panels_named_exist():
    assert set(re.findall(r"`(\w+_panel)`", GUIDE)) == set(PANELS)


@pytest.mark.slow
def test_every_button_named_is_one_of_its_panel():
    """Presets and controls of the panels as the notebooks call them, with the notebooks' own data."""
    found: dict[str, set[str]] = {}
    for number in notebooks():
        for name, call in panel_calls(number):
            panel = eval(call, {"al": al, "np": np, "pd": pd, "whose": None})
            found.setdefault(name, set()).update(panel.presets, (c.label for c in panel.controls.values()))
            if panel.background is not None:
                panel.background.cancel()
    wrong = [(panel, button) for panel, button in buttons_named() if button not in found.get(panel, set())]
    assert wrong == []
    assert len(buttons_named()) > 100


def test_each_misconception_has_its_state_and_its_questions():
    rows = re.findall(
        r"^\| (M\d+) \| (.+?) \| (.+?) \| (.+?) \|$", section("The 21 misconceptions"), re.MULTILINE
    )
    assert [row[0] for row in rows] == list(MISCONCEPTIONS) == [f"M{i}" for i in range(1, 22)]
    for name, said, state, questions in rows:
        assert said == MISCONCEPTIONS[name]
        items = [ITEMS[item] for item in re.findall(r"`([^`]+)`", questions)]
        assert all(name in item.misconceptions for item in items), name
        assert {item.when for item in items} == {"before", "after"}, name
        if name != "M16":
            assert re.search(rf"`\w+_panel` {ITALIC}", state), name
            panels = set(re.findall(r"`(\w+_panel)`", state))
            assert panels & {item.panel for item in items}, name


def test_no_result_is_typed():
    """Decimal numbers stand only in the names of buttons, in p-value limits and in the sentence of M4."""
    text = re.sub(ITALIC, "", GUIDE)
    typed = [number for number in re.findall(r"\d+\.\d+", text) if number not in ("0.05",)]
    assert typed == ["0.32"], typed  # "A hazard ratio of 0.32 means …" is what the learner says


def test_links_lead_somewhere():
    for page in FOLDER.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (FOLDER / target).exists(), f"{page.name}: {target}"


def test_commands_and_targets_named_exist():
    makefile = (FOLDER.parents[1] / "Makefile").read_text(encoding="utf-8")
    for page in FOLDER.glob("*.md"):
        for target in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_privacy_and_no_advice_are_said():
    assert "no treatment advice" in GUIDE
    assert "synthetic" in GUIDE
    assert "nickname" in section("Privacy")
    assert "python -m alsteach collect FOLDER" in section("Collecting work")


def test_solutions_are_those_of_the_items():
    written = solutions.PATH.read_text(encoding="utf-8")
    assert written == solutions.text(), "run `make sheets` and commit docs/teaching/solutions.md"
    for item in ITEMS.values():
        assert f"### {item.id} " in written
        for hint in item.hints:
            assert hint in written
        for explanation in item.explanations.values():
            assert explanation in written


def test_the_notebooks_own_questions_are_on_the_solutions_page():
    written = solutions.PATH.read_text(encoding="utf-8")
    asked = [text for book in notebooks().values() for kind, text in book["cells"] if kind == "markdown"]
    folded = sum(text.count("<details>") for text in asked)
    assert folded  # fewer with every page that asks instead
    assert written.count("\n- a) ") == sum(text.count("<summary>a)") for text in asked)
    assert "<details>" not in written
    assert "glossary-" not in written
