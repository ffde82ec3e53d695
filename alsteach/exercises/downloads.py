"""A learner's work to take away: a page to read and a table for the teacher, in two links that hold them whole."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
from datetime import datetime

from ..words import catalogue
from .item import Item
from .markup import plain, to_html, to_inline
from .progress import Progress, answers_of, sorted_cards

# A row an item. `collect` reads these back; a later version may add columns at the end.
COLUMNS = {
    "name": "what the learner typed as name, may be blank",
    "copy": "random name of the course copy: the same in two downloads of one learner",
    "item": "id, such as 05-choice-1",
    "notebook": "its notebook, such as 05",
    "misconceptions": "such as M5 M7",
    "when": "before (a prediction) or after the panel",
    "tries": "number of answers given; 0: not answered",
    "first_answer": "the first answer",
    "first_right": "1 if it was right, 0 if not, blank if not answered or a text, which nobody marks",
    "last_answer": "the latest answer",
    "last_right": "1 if it is right, 0 if not, blank if not answered or a text",
    "hints": "hints read, 0 to 2",
    "solution_shown": "1 if the solution was opened",
    "first_at": "when first answered, UTC",
    "last_at": "when last answered, UTC",
}
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before = + - @.

    So it does behind a semicolon or tab, at which spreadsheets of some countries cut a file of commas.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("B"), safe_cell(3), safe_cell("a;=1")
    ("'=1+1", 'B', '3', "a;'=1")
    """
    text = re.sub(r"([;\t]\s*'*)(?=[=+\-@])", r"\1'", str(value))
    return f"'{text}" if text.startswith(_RISKY) else text


def original_cell(text: str) -> str:
    """Undo `safe_cell`.

    Examples
    --------
    >>> original_cell("'=1+1"), original_cell("'tis")
    ('=1+1', "'tis")
    """
    text = text[1:] if text[:1] == "'" and text[1:].startswith(_RISKY) else text
    return re.sub(r"([;\t]\s*'*)'(?=[=+\-@])", r"\1", text)


def printable(text: str) -> str:
    """Return a text without the characters that steer a terminal or turn the direction of writing.

    Examples
    --------
    >>> printable("Eve\\x1b[2J\\x07")
    'Eve[2J'
    """
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)


def csv_text(items: tuple[Item, ...], progress: Progress, name: str = "") -> str:
    """Return the table for the teacher; ``COLUMNS`` says what is in it."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for item in items:
        entry = progress.entry(item.id)
        answers = answers_of(item, entry)
        first, last = (answers[0], answers[-1]) if answers else ({}, {})
        row = [name.strip(), progress.copy, item.id, item.notebook, " ".join(item.misconceptions), item.when]
        row.append(len(answers))
        for answer in (first, last):
            mark = int(answer["correct"]) if answer and item.is_marked else ""
            row += [answer.get("answer", ""), mark]
        row += [entry["hints"], int(entry["solution"]), first.get("at", ""), last.get("at", "")]
        table.writerow(map(safe_cell, row))
    return buffer.getvalue()


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #1a1a1a; }}
section {{ border-top: 1px solid #bdbdbd; padding: .5em 0; break-inside: avoid; }}
pre {{ white-space: pre-wrap; background: #f4f4f4; padding: .5em; }}
h2 {{ font-size: 1.1em; }} h3 {{ font-size: 1em; margin-bottom: 0; }}
</style></head><body>
<h1>{title}</h1>
<p>{about}</p>
{body}
</body></html>
"""


def _answer_html(item: Item, answer: str) -> str:
    if item.kind == "code":
        return f"<pre>{html.escape(answer)}</pre>"
    if item.kind == "choice" and answer in item.options:
        return html.escape(f"{answer}) {plain(item.options[answer])}")
    return html.escape(f"{answer} {item.unit}".strip())


def cards_html(item: Item, boxes: dict[int, str]) -> str:
    """Return the cards sorted so far under the box in which they belong, and what is said to those that went elsewhere.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> cards_html(find_item("05-sort-1"), {1: "printed"})
    '<p><b>Printed</b></p><ul><li>✓ Unadjusted hazard ratio 0.81</li></ul>'
    """
    words = catalogue.panel("exercises").table("finding")
    parts = []
    for box, label in item.boxes.items():
        rows = ""
        for place, card in enumerate(item.cards, 1):
            if place not in boxes or card.box != box:
                continue
            right = boxes[place] == box
            said = (
                ""
                if right
                else words("you_said", box=item.boxes[boxes[place]], why=card.reason(boxes[place]))
            )
            rows += f"<li>{'✓' if right else '✗'} {to_inline(card.text)}{to_html(said) if said else ''}</li>"
        if rows:
            parts.append(f"<p><b>{html.escape(label)}</b></p><ul>{rows}</ul>")
    return "".join(parts)


def _text_html(item: Item, entry: dict) -> str:
    words = catalogue.panel("exercises").table("finding")
    answers = answers_of(item, entry)
    shown = {words("first_text"): answers[0]["answer"]} if len(answers) > 1 else {}
    shown[words("text")] = answers[-1]["answer"]
    told = "".join(f"<p><b>{label}</b></p><pre>{html.escape(text)}</pre>" for label, text in shown.items())
    if not entry["compared"]:
        return told
    ticks = {name for name, part in entry["parts"].items() if part["text"]}
    rows = "".join(
        f"<li>{'☑' if f'point_{place}' in ticks else '☐'} {to_inline(point)}</li>"
        for place, point in enumerate(item.checklist, 1)
    )
    model = f"<p><b>{words('model')}</b></p>{to_html(item.solution)}"
    return f"{told}{model}<p><b>{words('checklist')}</b></p><ul>{rows}</ul>"


def _section(item: Item, entry: dict) -> str:
    words, answers = catalogue.panel("exercises").table("finding.work"), entry["answers"]
    told = f"<p>{words('unanswered')}</p>"
    if item.kind == "sort" and entry["parts"]:
        told = cards_html(item, sorted_cards(item, entry))
    elif item.kind == "write" and answers_of(item, entry):
        told = _text_html(item, entry)
    elif answers:
        settled = item.when == "after" or entry["compared"]
        tries = [answers[0]] if len(answers) == 1 else [answers[0], answers[-1]]
        told = ""
        for answer, which in zip(tries, ("first", "latest"), strict=False):
            mark = words(("right" if answer["correct"] else "wrong") if settled else "open")
            told += f"<p><b>{words(which)}</b> ({mark}): {_answer_html(item, answer['answer'])}</p>"
        explanation = item.explanations.get(answers[-1]["answer"], "") if settled else ""
        told += f"<p>{words('counted', n=len(answers), hints=entry['hints'])}</p>{to_html(explanation)}"
    return f"<section><h3>{item.id}</h3>{to_html(item.prompt)}{told}</section>"


def html_text(items: tuple[Item, ...], progress: Progress, name: str = "") -> str:
    """Return a page with every question, the answers given and what was said to them; it needs no other file."""
    words, name = catalogue.panel("exercises").table("finding.work"), name.strip()
    body = ""
    for notebook in dict.fromkeys(item.notebook for item in items):
        body += f"<h2>{words('notebook', page=notebook)}</h2>"
        body += "".join(
            _section(item, progress.entry(item.id)) for item in items if item.notebook == notebook
        )
    day = datetime.now().strftime("%d %B %Y")
    return _PAGE.format(
        title=html.escape(words("title_of" if name else "title", name=name)),
        about=f"{summary_text(*progress.summary(items))} {words('saved', day=day)}",
        body=body,
    )


def summary_text(n: int, answered: int, right_first: int) -> str:
    """Say how far a learner has come.

    Examples
    --------
    >>> summary_text(12, 7, 5)
    '7 of 12 answered, 5 right first time.'
    """
    words = catalogue.panel("exercises")
    return words("finding.progress.said", done=answered, n=n, right=right_first)


def file_stem(name: str, copy: str) -> str:
    """Return a file name that thirty learners do not share.

    Examples
    --------
    >>> file_stem("Ana López", "3f2a"), file_stem("", "3f2a")
    ('alsteach_work_Ana_López_3f2a', 'alsteach_work_3f2a')
    """
    word = "_".join(re.findall(r"\w+", name))[:40]
    return "_".join(filter(None, ["alsteach_work", word, copy]))


def download_links(items: tuple[Item, ...], progress: Progress, name: str = "") -> str:
    """Return two links that hold their files, so that a click saves them without any server."""
    stem, words = file_stem(name, progress.copy), catalogue.panel("exercises").table("controls")
    files = {
        "html": (words("page_to_read"), "text/html", html_text(items, progress, name)),
        # The mark at the start tells Excel that this is UTF-8.
        "csv": (words("table_for_teacher"), "text/csv", "\ufeff" + csv_text(items, progress, name)),
    }
    links = []
    for ending, (text, kind, content) in files.items():
        data = base64.b64encode(content.encode()).decode("ascii")
        links.append(
            f'<a class="alsteach-download" download="{html.escape(stem)}.{ending}" '
            f'href="data:{kind};charset=utf-8;base64,{data}">{text}</a>'
        )
    return "<br>".join(links)
