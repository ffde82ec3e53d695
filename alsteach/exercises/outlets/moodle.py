"""The items as a file for Moodle's question bank: ``python -m alsteach.exercises.outlets.moodle build/moodle``.

The format is told at https://docs.moodle.org/en/Moodle_XML_format; what that page leaves open was read in the importer,
``question/format/xml/format.php`` of https://github.com/moodle/moodle. In Moodle: *Question bank → Import → Moodle XML
format*, with *Get category from file*. Choices, numbers and texts to write go there. Cards to sort and exercises in
code stay here: Moodle has no question that says to each card why it lies in the wrong box, and none that runs Python.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from xml.dom.minidom import Document, Element

from ...words import catalogue, numbers
from ..checking import ruling
from ..item import Item
from ..markup import to_html
from .common import items_by_notebook, notebooks, off_screen, points, where

KINDS = {"choice": "multichoice", "number": "numerical", "write": "essay"}
FINER = 2  # decimals beyond those asked for, with which Moodle is told a number
FAR = 1e6  # so far beyond a number reaches what is said above or below it
OPTIONAL_UNIT = {"unitgradingtype": "0", "showunits": "0", "unitsleft": "0"}


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    document = parent.ownerDocument or parent
    made = parent.appendChild(document.createElement(tag))
    for name, value in attributes.items():
        made.setAttribute(name, value)
    if text:
        made.appendChild(document.createTextNode(text))
    return made


def _add_text(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    """Add plain text the way the format wraps all texts: ``<name><text>…</text></name>``."""
    made = _add(parent, tag, **attributes)
    _add(made, "text", text)
    return made


def _add_html(parent: Element, tag: str, html: str, **attributes: str) -> Element:
    made = _add(parent, tag, format="html", **attributes)
    text = _add(made, "text")
    if html:
        text.appendChild(parent.ownerDocument.createCDATASection(html))
    return made


def question_html(item: Item) -> str:
    """Return what an item asks: its place in the course, the question, and for a number how to write it."""
    place = f", {where(item)}" if where(item) else ""
    parts = [f"Page {notebooks()[item.notebook]['title']}{place}.", off_screen(item.prompt)]
    if item.kind == "number":
        unit = f", in {item.unit}" if item.unit else ""
        parts.append(f"Write a number, {numbers.places_text(item.decimals)}{unit}.")
    return to_html("\n\n".join(parts))


def afterwards_html(item: Item) -> str:
    """Return what everybody reads in the end: working or model answer, and what to look for in the panel."""
    parts = [f"**Working.** {item.working}"] if item.working else []
    if item.kind == "write":
        parts.append(f"**One way to say it.** {item.solution}")
        parts.append("\n".join(["**Is it in yours?**", *(f"- {point}" for point in item.checklist)]))
    if item.look:
        parts.append(f"**Then look.** {off_screen(item.look)}")
    if item.outcome:
        parts.append(f"**What the panel shows.** {item.outcome}")
    return to_html("\n\n".join(parts))


def number_answers(item: Item) -> list[tuple[float, float, int, str]]:
    """Return a number's answers in the order in which Moodle tries them: value, tolerance, per cent, reply.

    The right one first, then the typical wrong ones, then what is said to anything above or below.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> [answer[:3] for answer in number_answers(find_item("03-number-1"))]
    [(0.8367, 0.005, 100), (1.1951, 0.005, 0), (0.3727, 0.005, 0), (0.0727, 0.005, 0), (1000001.1951, 1000000.0, 0)]
    """

    def told(value: float) -> float:
        return round(float(value), max(item.decimals, 0) + FINER)

    half = 0.5 * 10.0**-item.decimals
    number = numbers.fixed(item.solution, item.decimals, item.unit)
    right = f"{ruling(True)} {catalogue.panel('exercises')('finding.number.right', number=number)}"
    found = [(told(item.solution), half, 100, right)]
    found += [(told(item.number(key)), half, 0, text) for key, text in item.explanations.items()]
    found += [(told(item.number(key) + FAR), FAR, 0, text) for key, text in item.above.items()]
    found += [(told(item.number(key) - FAR), FAR, 0, text) for key, text in item.below.items()]
    return found


def _answer(question: Element, text: str, percent: int, reply: str, html: bool) -> Element:
    if html:
        made = _add_html(question, "answer", text, fraction=str(percent))
    else:
        made = _add_text(question, "answer", text, fraction=str(percent), format="moodle_auto_format")
    _add_html(made, "feedback", to_html(reply))
    return made


def _choice(question: Element, item: Item) -> None:
    # Letters stay where they are: the guide, the sheets and a class's vote name them.
    for tag, value in (("single", "true"), ("shuffleanswers", "false"), ("answernumbering", "ABCD")):
        _add(question, tag, value)
    for tag, text in (("correct", ruling(True)), ("partiallycorrect", ""), ("incorrect", ruling(False))):
        _add_html(question, f"{tag}feedback", to_html(text))
    for letter, option in item.options.items():
        percent = 100 if letter == item.solution else 0
        _answer(question, to_html(option), percent, item.explanations[letter], html=True)


def _number(question: Element, item: Item) -> None:
    for value, tolerance, percent, reply in number_answers(item):
        answer = _answer(question, f"{value:.12g}", percent, reply, html=False)
        _add(answer, "tolerance", f"{tolerance:.12g}")
    if item.unit:
        unit = _add(_add(question, "units"), "unit")
        _add(unit, "multiplier", "1")
        _add(unit, "unit_name", item.unit)
        for tag, value in OPTIONAL_UNIT.items():
            _add(question, tag, value)


def _essay(question: Element, item: Item) -> None:
    _add(question, "responseformat", "editor")
    _add(question, "responserequired", "1")
    _add(question, "responsefieldlines", "10")
    _add(question, "attachments", "0")
    _add_html(question, "graderinfo", to_html("Nobody marks it: learners compare it with the model answer."))


def _category(quiz: Element, number: str) -> None:
    title = notebooks()[number]["title"]
    question = _add(quiz, "question", type="category")
    path = ["$course$", "top", "alsteach", title.replace("/", "//")]  # a slash in a name is written twice
    _add_text(question, "category", "/".join(path))
    _add_html(question, "info", to_html(f"Questions of alsteach, page {title}."))
    _add(question, "idnumber", f"alsteach-{number}")


def _question(quiz: Element, item: Item) -> None:
    question = _add(quiz, "question", type=KINDS[item.kind])
    _add_text(question, "name", item.id)
    _add_html(question, "questiontext", question_html(item))
    _add_html(question, "generalfeedback", afterwards_html(item))
    _add(question, "defaultgrade", str(points(item)))
    _add(question, "penalty", "0.3333333")
    _add(question, "hidden", "0")
    _add(question, "idnumber", item.id)
    {"choice": _choice, "number": _number, "write": _essay}[item.kind](question, item)
    for hint in item.hints:
        _add_html(question, "hint", to_html(hint))
    tags = _add(question, "tags")
    for misconception in item.misconceptions:
        _add_text(tags, "tag", misconception)


def text() -> str:
    """Return the file: a category a page, and in it the page's questions in the page's order."""
    document = Document()
    quiz = _add(document, "quiz")
    for number, items in items_by_notebook().items():
        _category(quiz, number)
        for item in items:
            if item.kind in KINDS:
                _question(quiz, item)
    return document.toprettyxml(indent="  ", encoding="UTF-8").decode("utf-8")


def build(folder: Path) -> Path:
    """Write the file and return its path."""
    path = Path(folder) / "alsteach.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(), encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the questions for Moodle's question bank.")
    parser.add_argument("folder", type=Path)
    path = build(parser.parse_args().folder)
    print(f"The questions are in {path}: Question bank, Import, Moodle XML format, get category from file.")


if __name__ == "__main__":
    main()
