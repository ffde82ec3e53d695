"""Make the book: every notebook run and written out as pages that open without a network or a kernel.

    python tools/make_book.py [OUT] [NOTEBOOK …]     OUT: build/book; NOTEBOOK: 00 05 …, all if none is named

The code pages are in it too: `page` shows prose, `code_page` code and what comes of it.

OUT/html is the book: hand it out as it is. OUT/source is what Sphinx read, kept to look into.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "docs" / "book"
sys.path[:0] = [str(ROOT / "tools"), str(BOOK)]

import link_glossary  # noqa: E402
import reference  # noqa: E402

from alsteach.opening.course import (  # noqa: E402
    code_pages,
    numbered_pages,
)
from alsteach.words import catalogue  # noqa: E402

GLOSSARY_LINK = re.compile(r"^(\[(glossary-[a-z0-9-]+)\]: )\S+", re.MULTILINE)
TO_GLOSSARY = "](glossary.ipynb)", "](glossary.md)"
TO_RUN = re.compile(  # nothing here has to be run, no slider has a box
    r"\*\*Press this first:\*\*[^\n]*?Run All Cells\*\.\s*|^\*\*If a cross appears,\*\*[^\n]*\n*"
    r"| Run this cell again to bring it up to date\.|, or type a number(?=\.)",
    re.MULTILINE,
)
PICTURES = "pictures"
WORDS = catalogue.panel("book")
LONGEST_FIRST = ("03", "04", "05", "06", "07")  # so that two kernels end together


def run(path: Path, pictures: Path):
    """Return the notebook with its outputs, widgets as HTML that moves; nothing of a learner's own is read or kept."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    link = "" if path.parent.name == "notebooks" else "../"
    start = (
        f"import sys; sys.path.insert(0, {str(BOOK)!r}); import moving; "
        f"moving.register({str(pictures)!r}, {link + PICTURES + '/'!r})"
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(start))
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=900,
            resources={"metadata": {"path": folder}},
            store_widget_state=False,
            extra_arguments=[
                "--IPKernelApp.log_level=40"
            ],  # or each kernel warns of its unencrypted loopback
        ).execute()
    del notebook.cells[0]
    return notebook


def page(notebook, name: str):
    """Return an executed notebook as the book shows it: prose as prose, panels without the call, other code folded."""
    import nbformat

    cells, level = [], 2
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            level = 3 if re.search(r"^## ", cell.source, re.MULTILINE) else level
            cell.source = TO_RUN.sub("", GLOSSARY_LINK.sub(r"\1#\2", cell.source).replace(*TO_GLOSSARY))
        elif cell.id == "page":  # the book has a bar of its own
            continue
        elif is_prose(cell):
            cell = nbformat.v4.new_markdown_cell(cell.outputs[0].data["text/markdown"], id=cell.id)
        else:
            cell.metadata.tags = ["remove-input" if is_still(cell) else "hide-input"]
            open_to_all(cell, level)
        cells.append(cell)
    title, rest = cells[0].source.split("\n", 1)
    cells[0].source = f'{title}\n\n<p class="minutes">{minutes(name)}</p>\n{rest}'
    notebook.cells = [*cells, note("pages", name)]
    return notebook


def minutes(name: str) -> str:
    return catalogue.panel("page")(f"data.{name[:2]}.minutes")


def note(key: str, name: str):
    """Return, as a cell, what a page says of itself as part of the book."""
    import nbformat

    return nbformat.v4.new_markdown_cell(f"```{{container}} aside\n{WORDS(f'finding.{key}', name=name)}\n```")


def code_page(notebook, name: str):
    """Return an executed code page as the book shows it: code and what it gave, exercises without the call."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.tags = ["remove-input"] if is_still(cell) else []
            open_to_all(cell)
    notebook.cells.insert(1, note("code_page", name))
    return notebook


def open_to_all(cell, level: int = 3) -> None:
    """Give drawn pictures their words as alternative text, a panel's title its level; let keys scroll a wide table."""
    shown = [output.data for output in cell.outputs if "data" in output]
    words = "; ".join(data["text/plain"] for data in shown if "image/png" in data)
    if words:
        cell.metadata.mystnb = {"image": {"alt": f"Picture drawn by the code: {words}"}}
    for data in shown:
        if "text/html" in data:
            text = re.sub(r'<table (?:border="1"|(?=id=))', '<table tabindex="0" ', data["text/html"])
            text = text.replace('aria-level="3"', f'aria-level="{level}"')
            # Above the row names stands nothing.
            data["text/html"] = re.sub(r"<th[^>]*>(&nbsp;)?</th>", "<td></td>", text)


def is_prose(cell) -> bool:
    return len(cell.outputs) == 1 and "text/markdown" in cell.outputs[0].get("data", {})


def is_still(cell) -> bool:
    """Whether the cell shows a panel or a question; a widget that was left as one stops the book."""
    kinds = [output.get("data", {}) for output in cell.outputs]
    if any("application/vnd.jupyter.widget-view+json" in data for data in kinds):
        raise ValueError(f"The cell {cell.id!r} shows a widget that docs/book/moving.py did not write out.")
    classes = re.compile(r'class="(still|live|moving|quiz)"')
    return any(classes.search(data.get("text/html", "")) for data in kinds)


def first_page(names: list[str]) -> str:
    """Return the first page, with a line for each page of the course."""
    lines = []
    for name in names:
        number, title = name[:2], catalogue.panel("page")(f"data.{name[:2]}.title")
        link = f'<a href="{name.removesuffix(".ipynb")}.html"><span class="number">{number}</span>{title}</a>'
        lines.append(f"<li>{link} <small>{minutes(name)}</small></li>")
    table = '<ol class="course">' + "".join(lines) + "</ol>"
    return (BOOK / "index.md").read_text(encoding="utf-8").replace("<!-- pages -->", table)


def glossary() -> str:
    """Return the glossary as a page: a link's target for each term, and links among them."""
    table = link_glossary.read_glossary()
    known = {row["term"] for row in table}

    def link(term: str) -> str:
        return f"[{term}](#{link_glossary.slug(term)})" if term in known else term

    parts = ["# Glossary"]
    for field in link_glossary.FIELDS:
        parts.append(f"## {field if field == 'ALS' else field.capitalize()}")
        for row in sorted(table, key=lambda row: row["term"].lower()):
            if row["field"] != field:
                continue
            also = f" ({row['also'].replace('|', ', ')})" if row["also"] else ""
            see = ", ".join(map(link, filter(None, row["see_also"].split("|"))))
            more = (f"See also {see}. " if see else "") + f"First in notebook {row['notebook']}."
            parts.append(
                f"({link_glossary.slug(row['term'])})=\n**{row['term']}**{also}\n: {row['definition']} *{more}*"
            )
    return "\n\n".join(parts) + "\n"


def drop_unused(html: Path) -> None:
    """Delete the pictures that no page refers to: of a place on a slider that looked like the one before it."""
    said = "".join(page.read_text(encoding="utf-8") for page in html.rglob("*.html"))
    for picture in (html / PICTURES).iterdir():
        if picture.name not in said:
            picture.unlink()


def make(out: Path, only: list[str]) -> int:
    import nbformat

    started = time.monotonic()
    pages = sorted(numbered_pages().items(), key=lambda page: page[0] not in LONGEST_FIRST)
    pages += code_pages().items()
    paths = [path for number, path in pages if not only or number in only]
    source, html = out / "source", out / "html"
    for old in (source, html):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(BOOK, source, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (source / "code").mkdir()
    names = sorted(path.name for path in paths if path.parent.name != "code")
    (source / "index.md").write_text(first_page(names), encoding="utf-8")
    (source / "glossary.md").write_text(glossary(), encoding="utf-8")
    (source / "reference").mkdir()
    for name, text in reference.pages().items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    with ThreadPoolExecutor(2) as kernels:
        for path, notebook in zip(paths, kernels.map(run, paths, repeat(html / PICTURES)), strict=True):
            name = path.relative_to(ROOT / "notebooks")
            made = page if name.parent == Path() else code_page
            nbformat.write(made(notebook, path.name), source / name)
            print(f"{name}: run, {time.monotonic() - started:.0f} s", flush=True)
    sphinx = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-j",
        "2",
        "-W",
        "--keep-going",
        "-E",
        "-d",
        str(out / "doctrees"),
    ]
    status = subprocess.run([*sphinx, "-b", "html", "-c", str(BOOK), str(source), str(html)]).returncode
    drop_unused(html)
    size = sum(file.stat().st_size for file in html.rglob("*") if file.is_file()) / 1e6
    print(f"{html / 'index.html'}: {size:.1f} MB, {time.monotonic() - started:.0f} s")
    return status


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "build" / "book", help="build/book")
    parser.add_argument("notebook", nargs="*", help="00 05 …, all if none is named")
    asked = parser.parse_args()
    sys.exit(make(asked.out.resolve(), asked.notebook))
