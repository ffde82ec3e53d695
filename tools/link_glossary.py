"""Write the glossary into notebook 00, and link the first use of each term in every notebook to it.

    python tools/link_glossary.py          after datasets/glossary.csv or a notebook's text changed
    python tools/link_glossary.py --check  change nothing; exit 1 and name the notebooks that are out of step

Links stand in Markdown cells only. The definition is the link's title, which a browser shows when the pointer rests
on it; the link leads to the cell of notebook 00 whose table has the term (JupyterLab follows ``#cell-id=…``; the ids of
rows it does not follow). What this writes it takes out before it writes anew: running it twice changes nothing.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START = "00_start_here.ipynb"
FIELDS = ("survival analysis", "trials", "statistics", "ALS", "immunology")
TEN = (
    *("arm", "event", "censored", "hazard", "hazard ratio"),
    *("confidence interval", "p-value", "covariate", "adjusted", "biomarker"),
)
# Everyday words: linked only where they are surely meant as terms.
ONLY_AS = {
    "arm": ("active arm", "control arm", "arms of", "each arm", "two arms", "arms"),
    "risk": ("risk of dying", "risk of death", "ratio of risks"),
    "selection": ("selection",),
    "event": ("event",),
    "conditional": ("conditional hazard ratio", "conditional"),
    "marginal": ("marginal hazard ratio", "marginal"),
    "balance": ("balance", "imbalance", "balanced"),
    "unadjusted": ("unadjusted",),
    "simulation": ("simulation", "simulated"),
    "significant": ("significant", "statistically significant"),
}
HEADS = "| term | what it means here | see also | first in |\n|---|---|---|---|\n"
# Where no link may stand: headings, tables, HTML, names of buttons (italics with a capital), code, other links.
CLOSED = re.compile(
    r"^[#|<].*$|</?[a-z][^>\n]*>|(?<![*\w])\*[A-Z…0-9][^*\n]*\*(?!\*)|`[^`]*`|!?\[[^\]]*\](\([^)]*\)|\[[^\]]*\])|^\[[^\]]+\]:.*$",
    re.MULTILINE,
)


def read_glossary() -> list[dict]:
    with open(ROOT / "datasets" / "glossary.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def slug(text: str) -> str:
    return "glossary-" + re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def pattern(row: dict) -> re.Pattern:
    """Match a term, its plural and its other words, the longest first; abbreviations in capitals only."""
    names = ONLY_AS.get(row["term"], (row["term"], *filter(None, row["also"].split("|"))))
    parts = []
    for name in sorted(names, key=len, reverse=True):
        plural = "s?" if name[-1].isalpha() and not name.endswith("s") else ""
        body = re.escape(name).replace(r"\ ", r"\s+")
        parts.append(body + plural if re.search(r"[A-Z]{2}|^[A-Z]\w*-?\d", name) else f"(?i:{body}{plural})")
    return re.compile(r"(?<![\w/-])(?:" + "|".join(parts) + r")(?![\w-])")


def without_links(text: str) -> str:
    text = re.sub(r"\[([^\]]+)\]\[glossary-[a-z0-9-]+\]", r"\1", text)
    return re.sub(r"\n*^\[glossary-[a-z0-9-]+\]: .*$", "", text, flags=re.MULTILINE)


def definition(row: dict) -> str:
    title = row["definition"].replace('"', "'")
    return f'[{slug(row["term"])}]: {START}#cell-id={slug(row["field"])} "{title}"'


def link_cell(text: str, waiting: list[dict], table: list[dict]) -> tuple[str, list[dict]]:
    """Return the cell's text with the first use of each waiting term linked, and the terms linked in it."""
    closed = [match.span() for match in CLOSED.finditer(text)]
    uses = {row["term"]: [match.span() for match in pattern(row).finditer(text)] for row in table}
    every = [span for spans in uses.values() for span in spans]

    def free(span, taken):
        """Whether a link may stand here: "hazard" is no use of its own in "hazard ratio"."""
        start, end = span
        inside = any(a <= start and end <= b and b - a > end - start for a, b in every)
        return not inside and all(end <= a or start >= b for a, b in taken)

    found = []
    for row in waiting:
        span = next((span for span in uses[row["term"]] if free(span, closed + [f[0] for f in found])), None)
        if span:
            found.append((span, row))
    for (start, end), row in sorted(found, key=lambda place: place[0], reverse=True):
        text = f"{text[:start]}[{text[start:end]}][{slug(row['term'])}]{text[end:]}"
    if found:
        rows = sorted((row for _, row in found), key=lambda row: slug(row["term"]))
        text += "\n\n" + "\n".join(map(definition, rows))
    return text, [row for _, row in found]


def source_of(cell: dict) -> str:
    return "".join(cell["source"])


def markdown_cell(name: str, text: str) -> dict:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def glossary_cells(table: list[dict]) -> list[dict]:
    """Return the cells that hold the glossary, a table a field."""
    intro = (
        "## Glossary\n\n"
        "A word with a link leads here; rest the pointer on it to read what it means. In any code cell, "
        '`al.glossary("hazard ratio")` shows one term and `al.glossary()` all of them.'
    )
    cells = [markdown_cell("glossary", intro)]
    for field in FIELDS:
        rows = "".join(
            f"| **{row['term']}**{' (' + row['also'].replace('|', ', ') + ')' if row['also'] else ''} "
            f"| {row['definition']} | {row['see_also'].replace('|', ', ')} | {row['notebook']} |\n"
            for row in table
            if row["field"] == field
        )
        title = field if field == "ALS" else field.capitalize()
        cells.append(markdown_cell(slug(field), f"### {title}\n\n{HEADS}{rows}".rstrip("\n")))
    return cells


def ten_words(table: list[dict]) -> dict:
    meaning = {row["term"]: row["definition"] for row in table}
    rows = "\n".join(f"| {term} | {meaning[term]} |" for term in TEN)
    text = f"## Ten words you will meet\n\n| word | what it means here |\n|---|---|\n{rows}"
    return markdown_cell(
        "ten-words", f"{text}\n\nAll words of the course stand in the glossary at the end of this page."
    )


def linked(notebook: dict, name: str, table: list[dict]) -> dict:
    """Return the notebook with links, and in notebook 00 with the glossary."""
    cells = [dict(cell) for cell in notebook["cells"] if not cell["id"].startswith("glossary")]
    if name == START:
        cells = [ten_words(table) if "## Ten words you will meet" in source_of(c) else c for c in cells]
    waiting = [row for row in table if row["notebook"] <= name[:2]]
    for cell in cells:
        if cell["cell_type"] != "markdown":
            continue
        text = without_links(source_of(cell))
        if cell["id"] != "ten-words" and not re.search(r"^#+ Sources\s*$", text):
            text, done = link_cell(text, waiting, table)
            waiting = [row for row in waiting if row not in done]
        cell["source"] = text.splitlines(keepends=True)
    return {**notebook, "cells": cells + (glossary_cells(table) if name == START else [])}


def main() -> int:
    check, stale = "--check" in sys.argv[1:], []
    table = read_glossary()
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        before = path.read_text(encoding="utf-8")
        wanted = linked(json.loads(before), path.name, table)
        after = json.dumps(wanted, indent=1, ensure_ascii=False) + "\n"
        if after != before:
            stale.append(path.name)
            if not check:
                path.write_text(after, encoding="utf-8", newline="\n")
    for name in stale:
        print(
            f"{name}: {'out of step: run python tools/link_glossary.py' if check else 'brought up to date'}"
        )
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
