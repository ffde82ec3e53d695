"""A page is read in small pieces: few words between two things to do, and sentences of at most thirty words."""

from __future__ import annotations

import ast
import re

import nbformat
import pytest

from alsteach.opening.course import numbered_pages
from tests.notebooks.test_minutes import words

DONE = ["05", "06", "07"]  # pages told beat by beat; others may follow
BETWEEN, OPENING, ROW = (
    120,
    260,
    200,
)  # words: between two things to do, before the first, where readings stand in a row


def said(source: str) -> str:
    """Return the texts that a cell says, their figures as one word each."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    texts = [call.args[0].value for call in calls if getattr(call.func, "attr", "") == "say"]
    return re.sub(r"\{[^}]*\}", "1", " ".join(texts))


def cells(page: str) -> list[tuple[str, bool]]:
    """Return of each cell what it says, and whether it is something to do."""
    found = []
    for cell in nbformat.read(numbered_pages()[page], as_version=4).cells:
        if cell.cell_type == "markdown":
            text = "" if cell.source.startswith("## Sources") else cell.source
            found.append((re.sub(r"^\[glossary-[^\n]*", "", text, flags=re.MULTILINE), False))
        else:
            found.append((said(cell.source), bool(re.search(r"al\.(quiz|\w+_panel)\(", cell.source))))
    return found


@pytest.mark.parametrize("page", DONE)
def test_little_is_read_between_two_things_to_do(page):
    runs, run = [], 0
    for text, something_to_do in cells(page):
        run += words(text)
        if something_to_do:
            runs.append(run)
            run = 0
    assert runs[0] <= OPENING
    *rest, longest = sorted([*runs[1:], run])
    assert longest <= ROW
    assert max(rest) <= BETWEEN


@pytest.mark.parametrize("page", DONE)
def test_no_sentence_is_longer_than_thirty_words(page):
    for text, _ in cells(page):
        plain = re.sub(r"\]\[[^\]]*\]|\]\([^)]*\)", "]", text)
        for sentence in re.split(r"(?<=[.?!:;])\s+|\n", plain):
            assert words(sentence) <= 30, sentence
