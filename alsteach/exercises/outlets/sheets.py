"""Sheets to print: each page's questions, their answers on a sheet of the teacher's own, and the workshop.

``python -m alsteach.exercises.outlets.sheets build/sheets``
"""

from __future__ import annotations

import argparse
import html
from pathlib import Path

from ...words import numbers
from ..code import solution_value
from ..item import Item
from ..loading import number_of
from ..markup import to_html, to_inline
from .common import KIND_WORDS, items_by_notebook, notebooks, off_screen, where
from .misconceptions import MISCONCEPTIONS
from .workshop import workshop_page

NO_ADVICE = (
    "This course teaches how to read evidence. It is no treatment advice. Synthetic data are not patients."
)
STYLE = """
@page { size: A4; margin: 14mm 14mm 17mm }
body { font: 10pt/1.38 "DejaVu Sans", Verdana, sans-serif; color: #1a1a1a; max-width: 182mm; margin: 0 auto }
h1 { font-size: 16pt; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 5mm 0 2mm; border-bottom: 1.5pt solid }
h2, h3 { break-after: avoid } h3 { font-size: 1em; margin: 0 }
p { margin: 1.3mm 0; orphans: 2; widows: 2 } ul { margin: 1mm 0; padding-left: 5mm }
.small { font-size: .85em; font-weight: 400; color: #4d4d4d } p.small { break-after: avoid }
section { break-inside: avoid; margin: 0 0 3.5mm; padding: 2mm 3.5mm; border: .75pt solid #8a8a8a;
      border-radius: 1.5mm }
section.long { break-inside: auto } li { break-inside: avoid }
.options { list-style: none; padding: 0 } .options li { margin: 1.2mm 0; display: flex; gap: 2.5mm }
.options p, li p { display: inline; margin: 0 }
.cards { list-style: none; padding: 0 } .cards li { margin: 2mm 0 }
.boxes { display: flex; gap: 2mm 2.5mm; margin: .5mm 0 0 6mm } .boxes span + .box { margin-left: 5mm }
.box { flex: none; width: 3.6mm; height: 3.6mm; border: 1pt solid; margin-top: .8mm }
.line { border-bottom: .75pt solid #8a8a8a; height: 7.5mm } .name { display: inline-block; width: 62mm; height: 6mm }
pre { font: .85em/1.35 "DejaVu Sans Mono", Consolas, monospace; background: #f3f3f3; padding: 2mm; margin: 1.5mm 0;
      white-space: pre-wrap; overflow-wrap: anywhere }
code { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 92% }
.right { font-weight: 600; border-left: 3pt solid #0072b2; padding-left: 2.5mm; break-inside: avoid }
.answers { columns: 2; column-gap: 6mm; font-size: 8.5pt }
.answers section { break-inside: auto; margin: 0 0 3.5mm; padding: 0 0 2mm; border: 0; border-radius: 0;
      border-bottom: .75pt solid #8a8a8a }
.answers h3, .answers h3 + p { break-inside: avoid; break-after: avoid } .answers h2 { margin-top: 2mm }
@media screen { body { padding: 8mm } }
"""


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _lines(count: int) -> str:
    return '<div class="line"></div>' * count


def _section(item: Item, parts: list[str]) -> str:
    """A box that stays on one page, unless it is long enough to leave half a page empty."""
    long = ' class="long"' if item.kind in ("code", "sort") else ""
    return f"<section{long}>{''.join(parts)}</section>"


def _heading(item: Item, extra: str = "") -> str:
    place = to_html(where(item)).removeprefix("<p>").removesuffix("</p>")
    small = " · ".join(filter(None, [item.id, place, html.escape(extra)]))
    heading = f'<h3>{number_of(item)} · {KIND_WORDS[item.kind]} <span class="small">{small}</span></h3>'
    return heading + to_html(off_screen(item.prompt))


def _learners(item: Item) -> str:
    parts = [_heading(item)]
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
            f'<p>Your number, {numbers.places_text(item.decimals)}: <span class="line name"></span>{unit}</p>'
        )
    elif item.kind == "sort":
        boxes = "".join(
            f'<span class="box"></span><span>{html.escape(label)}</span>' for label in item.boxes.values()
        )
        rows = "".join(
            f'<li>{place}. {to_inline(card.text)}<div class="boxes">{boxes}</div></li>'
            for place, card in enumerate(item.cards, 1)
        )
        parts.append(f'<ul class="cards">{rows}</ul>')
    elif item.kind == "write":
        parts.append(_lines(9))
    else:
        parts.append(f"<pre>{html.escape(item.starter.strip())}</pre>")
        parts.append(f'<p class="small">The lines to change or to add:</p>{_lines(4)}')
    if item.look:
        parts.append(f"{to_html('**Then look.** ' + off_screen(item.look))}{_lines(1)}")
    return _section(item, parts)


def answer_text(item: Item) -> str:
    """Return the right answer in words: option, number with unit, what the solution's ``answer`` is, a word for each
    card, or the model answer.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> answer_text(find_item("00-choice-1"))
    'D: Nothing about the drug, only how pictures arise.'
    """
    if item.kind == "choice":
        return f"{item.solution}: {item.options[item.solution]}"
    if item.kind == "number":
        return numbers.fixed(item.solution, item.decimals, item.unit)
    if item.kind in ("sort", "write"):
        return item.solution
    value = solution_value(item)
    places = 3 if item.decimals is None else item.decimals
    return f"`answer` is {numbers.fixed(value, places) if isinstance(value, int | float) else value}"


def points_of(item: Item) -> list[str]:
    """Return a line of Markdown for each card, with its box and why it belongs there, or for each point to tick.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> points_of(find_item("05-sort-1"))[0]
    '1. Unadjusted hazard ratio 0.81: **Printed.** The paper prints it, with its interval and p-value.'
    """
    cards = enumerate(item.cards, 1)
    lines = [f"{place}. {card.text}: **{item.boxes[card.box]}.** {card.why}" for place, card in cards]
    return lines + [f"- {point}" for point in item.checklist]


def wrong_answers(item: Item) -> dict[str, str]:
    """Return what learners typically answer instead, and what to say to it."""
    if item.kind == "choice":
        options = item.options.items()
        return {f"{key}: {text}": item.explanations[key] for key, text in options if key != item.solution}
    if item.kind == "sort":
        cards = enumerate(item.cards, 1)
        return {f"{place} {box}": why for place, card in cards for box, why in card.wrong.items()}
    places = 3 if item.decimals is None else item.decimals
    return {
        numbers.fixed(float(item.number(key)), places, item.unit): text
        for key, text in item.explanations.items()
    }


def _teachers(item: Item) -> str:
    misconceptions = " ".join(f"{m}: {MISCONCEPTIONS[m]}" for m in item.misconceptions)
    parts = [_heading(item, misconceptions)]
    head = "Right: " if item.is_marked else "One way to say it: "
    parts.append(f'<div class="right">{to_html(head + answer_text(item))}</div>')
    if item.kind == "choice":
        parts.append(to_html(item.explanations[item.solution]))
    elif item.kind == "number":
        parts.append(to_html(item.working))
    elif item.kind == "code":
        parts.append(f"<pre>{html.escape(item.solution.strip())}</pre>")
    elif item.kind in ("sort", "write"):
        parts.append(to_html("\n\n".join(points_of(item))))
    wrong = "".join(
        f"<li>{to_html(answer)} → <i>{to_html(reply)}</i></li>"
        for answer, reply in wrong_answers(item).items()
    )
    if wrong:
        parts.append(f'<p class="small">Wrong turns, and what to say:</p><ul>{wrong}</ul>')
    if item.outcome:
        parts.append(to_html("**What the panel shows.** " + item.outcome))
    hints = "".join(f"<li>{to_html(hint)}</li>" for hint in item.hints)
    if hints:
        parts.append(f'<p class="small">Hints:</p><ul class="small">{hints}</ul>')
    return _section(item, parts)


def _sheet(number: str, items: tuple[Item, ...], show, opening: str, kind: str) -> str:
    title, name = (notebooks()[number][key] for key in ("title", "name"))
    groups = {
        "Questions": [item for item in items if item.kind != "code"],
        f"Try it in code (page code/{name})": [item for item in items if item.kind == "code"],
    }
    body = [f"<h1>{html.escape(title)}</h1>", opening, f'<div class="{kind}">']
    for heading, group in groups.items():
        if group:
            body.append(f"<h2>{html.escape(heading)}</h2>")
            body += map(show, group)
    return _page(f"{title}: {kind}", "".join(body) + "</div>")


def learners_sheet(number: str, items: tuple[Item, ...]) -> str:
    """Return the sheet of one notebook as a page of HTML that needs no other file: questions and space to write."""
    opening = (
        '<p>Name <span class="line name"></span> Date <span class="line name"></span></p>'
        f'<p class="small">To page {notebooks()[number]["name"]}, with its numbers. A guess counts for nothing '
        f"but your own surprise. {NO_ADVICE}</p>"
    )
    return _sheet(number, items, _learners, opening, "questions")


def teachers_sheet(number: str, items: tuple[Item, ...]) -> str:
    """Return the same questions with answers, wrong turns, what the panels show, and hints."""
    opening = (
        "<p><b>For the teacher: answers.</b> Questions have the numbers of the page and of the learners' sheet.</p>"
        f'<p class="small">{NO_ADVICE}</p>'
    )
    return _sheet(number, items, _teachers, opening, "answers")


def build(folder: Path) -> list[Path]:
    """Write both sheets of every notebook and the workshop, and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, items in items_by_notebook().items():
        name = notebooks()[number]["name"]
        for ending, make in (("", learners_sheet), ("_answers", teachers_sheet)):
            path = folder / f"{name}{ending}.html"
            path.write_text(make(number, items), encoding="utf-8")
            paths.append(path)
    paths.append(folder / "workshop.html")
    paths[-1].write_text(workshop_page(), encoding="utf-8")
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the sheets to print.")
    parser.add_argument("folder", type=Path)
    paths = build(parser.parse_args().folder)
    from .pdf import print_pages

    printed = print_pages(paths)
    made = "HTML and PDF" if printed else "HTML only: no Chromium was found, so print them from a browser"
    print(
        f"{len(paths)} sheets ({made}) are in {paths[0].parent}; "
        "those whose names end in _answers, and the workshop, are the teacher's."
    )


if __name__ == "__main__":
    main()
