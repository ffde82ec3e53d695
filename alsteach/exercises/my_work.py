"""What a learner takes away: a page to read and a table for the teacher, both whole in themselves."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
from datetime import datetime

from .loading import Item
from .markup import plain, to_html
from .progress_file import Progress

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
    "first_right": "1 if it was right, 0 if not, blank if not answered",
    "last_answer": "the latest answer",
    "last_right": "1 if it is right, 0 if not, blank if not answered",
    "hints": "hints read, 0 to 2",
    "solution_shown": "1 if the solution was opened",
    "first_at": "when first answered, UTC",
    "last_at": "when last answered, UTC",
}
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before = + - @.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("B"), safe_cell(3)
    ("'=1+1", 'B', '3')
    """
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def original_cell(text: str) -> str:
    """Undo `safe_cell`.

    Examples
    --------
    >>> original_cell("'=1+1"), original_cell("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text[:1] == "'" and text[1:].startswith(_RISKY) else text


def csv_text(items: tuple[Item, ...], progress: Progress, name: str = "") -> str:
    """Return the table for the teacher; ``COLUMNS`` says what is in it."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for item in items:
        entry = progress.entry(item.id)
        answers = entry["answers"]
        first, last = (answers[0], answers[-1]) if answers else ({}, {})
        row = [name.strip(), progress.copy, item.id, item.notebook, " ".join(item.misconceptions), item.when]
        row.append(len(answers))
        for answer in (first, last):
            row += [answer.get("answer", ""), int(answer["correct"]) if answer else ""]
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
<p>{summary} Saved on {day}. This course teaches; it is no treatment advice.</p>
{body}
</body></html>
"""


def _answer_html(item: Item, answer: str) -> str:
    if item.kind == "code":
        return f"<pre>{html.escape(answer)}</pre>"
    if item.kind == "choice" and answer in item.options:
        return html.escape(f"{answer}) {plain(item.options[answer])}")
    return html.escape(f"{answer} {item.unit}".strip())


def _section(item: Item, entry: dict) -> str:
    answers = entry["answers"]
    told = "<p>Not answered yet.</p>"
    if answers:
        settled = item.when == "after" or entry["compared"]
        tries = [answers[0]] if len(answers) == 1 else [answers[0], answers[-1]]
        told = ""
        for answer, which in zip(tries, ("First answer", "Latest answer"), strict=False):
            mark = ("✓ right" if answer["correct"] else "✗ not right") if settled else "not compared yet"
            told += f"<p><b>{which}</b> ({mark}): {_answer_html(item, answer['answer'])}</p>"
        explanation = item.explanations.get(answers[-1]["answer"], "") if settled else ""
        told += f"<p>{len(answers)} answers, {entry['hints']} hints read.</p>" + to_html(explanation)
    return f"<section><h3>{item.id}</h3>{to_html(item.prompt)}{told}</section>"


def html_text(items: tuple[Item, ...], progress: Progress, name: str = "") -> str:
    """Return a page with every question, the answers given and what was said to them; it needs no other file."""
    title = "My work in alsteach" + (f": {name.strip()}" if name.strip() else "")
    body = ""
    for notebook in dict.fromkeys(item.notebook for item in items):
        body += f"<h2>Notebook {notebook}</h2>"
        body += "".join(
            _section(item, progress.entry(item.id)) for item in items if item.notebook == notebook
        )
    return _PAGE.format(
        title=html.escape(title),
        summary=summary_text(*progress.summary(items)),
        day=datetime.now().strftime("%d %B %Y"),
        body=body,
    )


def summary_text(n: int, answered: int, right_first: int) -> str:
    """Say how far a learner has come.

    Examples
    --------
    >>> summary_text(12, 7, 5)
    '7 of 12 answered, 5 right first time.'
    """
    return f"{answered} of {n} answered, {right_first} right first time."


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
    stem = file_stem(name, progress.copy)
    files = {
        "html": ("My work as a page to read (HTML)", "text/html", html_text(items, progress, name)),
        # The mark at the start tells Excel that this is UTF-8.
        "csv": (
            "My work as a table for the teacher (CSV)",
            "text/csv",
            "\ufeff" + csv_text(items, progress, name),
        ),
    }
    links = []
    for ending, (text, kind, content) in files.items():
        data = base64.b64encode(content.encode()).decode("ascii")
        links.append(
            f'<a class="alsteach-download" download="{html.escape(stem)}.{ending}" '
            f'href="data:{kind};charset=utf-8;base64,{data}">{text}</a>'
        )
    return "<br>".join(links)
