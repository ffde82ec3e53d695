"""Write the glossary's page, and link the first use of each term in every page to its word there.

    python tools/link_glossary.py          after datasets/glossary.csv or a page's text changed
    python tools/link_glossary.py --check  change nothing; exit 1 and name the notebooks that are out of step

Links stand in Markdown cells only. The definition is the link's title, which a browser shows when the pointer rests
on it; the link leads to the cell of ``glossary.ipynb`` that holds the word. One cell a word, because JupyterLab follows
``#cell-id=…`` before a page has run, and neither the ids in a table nor, on first opening, headings. What this writes
it takes out before it writes anew: running it twice changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START, GLOSSARY = "00_start_here.ipynb", "glossary.ipynb"
FIELDS = ("survival analysis", "trials", "statistics", "ALS", "immunology")  # the book's order
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
    return f'[{slug(row["term"])}]: {GLOSSARY}#cell-id={slug(row["term"])} "{title}"'


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


def term_cell(row: dict, pages: dict[str, str]) -> dict:
    """Return the cell of one word: what it means, words beside it, and the page on which it is first met."""
    also = f" ({row['also'].replace('|', ', ')})" if row["also"] else ""
    see = [f"[{term}](#cell-id={slug(term)})" for term in row["see_also"].split("|") if term]
    beside = f" See also {', '.join(see)}." if see else ""
    first = f"First met on page [{row['notebook']}]({pages[row['notebook']]})."
    return markdown_cell(slug(row["term"]), f"**{row['term']}**{also}: {row['definition']}{beside} {first}")


def glossary_page(start: dict, table: list[dict], pages: dict[str, str]) -> dict:
    """Return the notebook that holds the glossary, a cell a word, with the metadata of the first page."""
    bar = {
        "cell_type": "code",
        "execution_count": None,
        "id": "page",
        "metadata": {"jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": ["import alsteach as al\n", "\n", 'al.page("glossary")'],
    }
    intro = (
        f"# Glossary\n\n{len(table)} words of this course, in one or two sentences each. A word with a link on any "
        "page leads here; rest the pointer on it there to read what it means without leaving the page."
    )
    cells, letter = [bar, markdown_cell("title", intro)], ""
    for row in sorted(table, key=lambda row: row["term"].lower()):
        if row["term"][0].upper() != letter:
            letter = row["term"][0].upper()
            cells.append(markdown_cell(f"letter-{letter.lower()}", f"## {letter}"))
        cells.append(term_cell(row, pages))
    return {**start, "cells": cells}


def ten_words(table: list[dict]) -> dict:
    meaning = {row["term"]: row["definition"] for row in table}
    rows = "\n".join(f"| {term} | {meaning[term]} |" for term in TEN)
    text = f"## Ten words you will meet\n\n| word | what it means here |\n|---|---|\n{rows}"
    return markdown_cell(
        "ten-words", f"{text}\n\nAll words of the course stand in the [glossary]({GLOSSARY})."
    )


def linked(notebook: dict, name: str, table: list[dict]) -> dict:
    """Return the notebook with links."""
    cells = [dict(cell) for cell in notebook["cells"]]
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
    return {**notebook, "cells": cells}


def written(folder: Path, table: list[dict]) -> dict[str, str]:
    """Return what every page should hold, by its file's name."""
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    found = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    wanted = {name: linked(notebook, name, table) for name, notebook in found.items()}
    wanted[GLOSSARY] = glossary_page(found[START], table, {name[:2]: name for name in found})
    return {name: json.dumps(page, indent=1, ensure_ascii=False) + "\n" for name, page in wanted.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 and name what is stale")
    check, stale = parser.parse_args().check, []
    folder = ROOT / "notebooks"
    for name, after in written(folder, read_glossary()).items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != after:
            stale.append(name)
            if not check:
                path.write_text(after, encoding="utf-8", newline="\n")
    for name in stale:
        print(
            f"{name}: {'out of step: run python tools/link_glossary.py' if check else 'brought up to date'}"
        )
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
