"""Printable workshop sheets, one a notebook, with the answers on a sheet of the teacher's own.

``python -m alsteach.exercises.outlets.sheets build/sheets``
"""

from __future__ import annotations

import argparse
import html
from pathlib import Path

from ..checking import number_text, places_text
from ..code import solution_value
from ..loading import Item
from ..markup import to_html
from .common import KIND_WORDS, items_by_notebook, notebooks, off_screen, where
from .misconceptions import MISCONCEPTIONS

NO_ADVICE = (
    "This course teaches how to read evidence. It is no treatment advice. Synthetic data are not patients."
)
STYLE = """
@page { size: A4; margin: 16mm 16mm 18mm }
body { font: 11pt/1.4 "DejaVu Sans", Verdana, sans-serif; color: #1a1a1a; max-width: 178mm; margin: 0 auto }
h1 { font-size: 17pt; margin: 0 0 2mm } h2 { font-size: 13pt; margin: 7mm 0 2mm; border-bottom: 1.5pt solid }
h2, h3 { break-after: avoid } h3 { font-size: 11pt; margin: 0 }
p { margin: 1.5mm 0 } ul { margin: 1mm 0 } .small { font-size: 9pt; font-weight: 400; color: #4d4d4d }
section { break-inside: avoid; margin: 0 0 6mm; padding: 2.5mm 4mm; border: .75pt solid #8a8a8a; border-radius: 1.5mm }
.options { list-style: none; padding: 0 } .options li { margin: 1.2mm 0; display: flex; gap: 2.5mm }
.options p, li p { display: inline; margin: 0 }
.box { flex: none; width: 3.6mm; height: 3.6mm; border: 1pt solid; margin-top: .8mm }
.line { border-bottom: .75pt solid #8a8a8a; height: 8mm } .name { display: inline-block; width: 62mm; height: 6mm }
pre { font: 9pt/1.35 "DejaVu Sans Mono", Consolas, monospace; background: #f3f3f3; padding: 2mm; margin: 1.5mm 0;
      white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid }
code { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 92% }
.right { font-weight: 600; border-left: 3pt solid #0072b2; padding-left: 2.5mm }
@media screen { body { padding: 8mm } }
"""


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _lines(count: int) -> str:
    return '<div class="line"></div>' * count


def _heading(item: Item, number: int, extra: str = "") -> str:
    place = to_html(where(item)).removeprefix("<p>").removesuffix("</p>")
    small = " · ".join(filter(None, [item.id, place, html.escape(extra)]))
    heading = f'<h3>{number} · {KIND_WORDS[item.kind]} <span class="small">{small}</span></h3>'
    return heading + to_html(off_screen(item.prompt))


def _learners(item: Item, number: int) -> str:
    parts = [_heading(item, number)]
    if item.kind == "choice":
        options = "".join(
            f'<li><span class="box"></span><b>{letter}</b> <span>{to_html(text)}</span></li>'
            for letter, text in item.options.items()
        )
        parts.append(f'<ul class="options">{options}</ul>')
        parts.append(f'<p class="small">Because:</p>{_lines(1)}')
    elif item.kind == "number":
        unit = f" {html.escape(item.unit)}" if item.unit else ""
        parts.append(_lines(2))
        parts.append(
            f'<p>Your number, {places_text(item.decimals)}: <span class="line name"></span>{unit}</p>'
        )
    else:
        parts.append(f"<pre>{html.escape(item.starter.strip())}</pre>")
        parts.append(f'<p class="small">The lines to change or to add:</p>{_lines(4)}')
    if item.look:
        parts.append(f"{to_html('**Then look.** ' + off_screen(item.look))}{_lines(1)}")
    return f"<section>{''.join(parts)}</section>"


def answer_text(item: Item) -> str:
    """Return the right answer in words: option, number with unit, or what the solution's ``answer`` is.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> answer_text(find_item("00-choice-1"))
    'D: Nothing about the drug, only how pictures arise.'
    """
    if item.kind == "choice":
        return f"{item.solution}: {item.options[item.solution]}"
    if item.kind == "number":
        return number_text(item.solution, item.decimals, item.unit)
    value = solution_value(item)
    places = 3 if item.decimals is None else item.decimals
    return f"`answer` is {number_text(value, places) if isinstance(value, int | float) else value}"


def wrong_answers(item: Item) -> dict[str, str]:
    """Return what learners typically answer instead, and what to say to it."""
    if item.kind == "choice":
        options = item.options.items()
        return {f"{key}: {text}": item.explanations[key] for key, text in options if key != item.solution}
    places = 3 if item.decimals is None else item.decimals
    return {
        number_text(float(item.number(key)), places, item.unit): text
        for key, text in item.explanations.items()
    }


def _teachers(item: Item, number: int) -> str:
    misconceptions = " ".join(f"{m}: {MISCONCEPTIONS[m]}" for m in item.misconceptions)
    parts = [_heading(item, number, misconceptions)]
    parts.append(f'<div class="right">{to_html("Right: " + answer_text(item))}</div>')
    if item.kind == "choice":
        parts.append(to_html(item.explanations[item.solution]))
    elif item.kind == "code":
        parts.append(f"<pre>{html.escape(item.solution.strip())}</pre>")
    wrong = "".join(
        f"<li>{to_html(answer)} <i>{to_html(reply)}</i></li>" for answer, reply in wrong_answers(item).items()
    )
    parts.append(f'<p class="small">Wrong turns, and what to say:</p><ul>{wrong}</ul>')
    if item.outcome:
        parts.append(to_html("**What the panel shows.** " + item.outcome))
    hints = "".join(f"<li>{to_html(hint)}</li>" for hint in item.hints)
    parts.append(f'<p class="small">Hints:</p><ul class="small">{hints}</ul>')
    return f"<section>{''.join(parts)}</section>"


def _sheet(number: str, items: tuple[Item, ...], show, opening: str, kind: str) -> str:
    title = notebooks()[number]["title"]
    groups = {
        "Guess first, then look": [item for item in items if item.when == "before"],
        "Check yourself": [item for item in items if item.when == "after" and item.kind != "code"],
        "Try it in code": [item for item in items if item.when == "after" and item.kind == "code"],
    }
    body = [f"<h1>{html.escape(title)}</h1>", opening]
    count = 0
    for heading, group in groups.items():
        if group:
            body.append(f"<h2>{heading}</h2>")
        for item in group:
            count += 1
            body.append(show(item, count))
    return _page(f"{title}: {kind}", "".join(body) + f'<p class="small">{NO_ADVICE}</p>')


def learners_sheet(number: str, items: tuple[Item, ...]) -> str:
    """Return the sheet of one notebook as a page of HTML that needs no other file: questions and space to write."""
    opening = (
        '<p>Name <span class="line name"></span> Date <span class="line name"></span></p>'
        f'<p class="small">Workshop sheet to notebook {notebooks()[number]["name"]}. '
        "A guess counts for nothing but your own surprise.</p>"
    )
    return _sheet(number, items, _learners, opening, "workshop sheet")


def teachers_sheet(number: str, items: tuple[Item, ...]) -> str:
    """Return the same questions with answers, wrong turns, what the panels show, and hints."""
    opening = "<p><b>For the teacher: answers.</b> Questions have the numbers of the learners' sheet.</p>"
    return _sheet(number, items, _teachers, opening, "answers")


def build(folder: Path) -> list[Path]:
    """Write both sheets of every notebook and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, items in items_by_notebook().items():
        name = notebooks()[number]["name"]
        for ending, make in (("", learners_sheet), ("_answers", teachers_sheet)):
            path = folder / f"{name}{ending}.html"
            path.write_text(make(number, items), encoding="utf-8")
            paths.append(path)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the workshop sheets from the items.")
    parser.add_argument("folder", type=Path)
    paths = build(parser.parse_args().folder)
    from .pdf import print_pages

    printed = print_pages(paths)
    made = "HTML and PDF" if printed else "HTML only: no Chromium was found, so print them from a browser"
    print(
        f"{len(paths)} sheets ({made}) are in {paths[0].parent}; names ending in _answers are the teacher's."
    )


if __name__ == "__main__":
    main()
