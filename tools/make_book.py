"""Make the book: every notebook run and written out as pages that open without a network or a kernel.

    python tools/make_book.py [OUT] [NOTEBOOK …]     OUT: build/book; NOTEBOOK: 00 05 …, all if none is named

OUT/html is the book: hand it out as it is. OUT/source is what Sphinx read, kept to look into.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "docs" / "book"
sys.path.insert(0, str(ROOT / "tools"))

import link_glossary  # noqa: E402

GLOSSARY_LINK = re.compile(r"^(\[(glossary-[a-z0-9-]+)\]: )\S+", re.MULTILINE)
CODE_FOLLOWS = "The code behind it"
TO_GLOSSARY = "## Glossary\n\nAll words of the course stand on the page [Glossary](glossary.md)."
NOTE = """```{{admonition}} The course on paper
Its pictures stand still. Under each picture you can unfold what the panel's *Try this* buttons
show; hints and answers are folded too. To move things yourself, run the live notebook `{name}`.
```"""


def run(path: Path):
    """Return the notebook with its outputs, each widget as still HTML; nothing of a learner's own is read or kept."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    start = f"import sys; sys.path.insert(0, {str(BOOK)!r}); import stills; stills.register()"
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
    """Return an executed notebook as the book shows it: prose as prose, stills without the call, other code folded."""
    import nbformat

    cells, before = [], ""
    for cell in notebook.cells:
        source = cell.source
        if cell.cell_type == "markdown":
            if cell.id == "glossary":
                cell.source = TO_GLOSSARY
            elif cell.id.startswith("glossary-"):
                continue
            else:
                cell.source = GLOSSARY_LINK.sub(r"\1#\2", source)
        elif source == "import alsteach as al":
            continue
        elif is_prose(cell) and CODE_FOLLOWS not in before:
            cell = nbformat.v4.new_markdown_cell(cell.outputs[0].data["text/markdown"], id=cell.id)
        else:
            cell.metadata.tags = ["remove-input" if is_still(cell) else "hide-input"]
            pictures = [o.data for o in cell.outputs if "image/png" in o.get("data", {})]
            if pictures:
                words = "; ".join(data["text/plain"] for data in pictures)
                cell.metadata.mystnb = {"image": {"alt": f"Picture drawn by the folded code: {words}"}}
        cells.append(cell)
        before = source
    cells.insert(1, nbformat.v4.new_markdown_cell(NOTE.format(name=name)))
    notebook.cells = cells
    return notebook


def is_prose(cell) -> bool:
    return len(cell.outputs) == 1 and "text/markdown" in cell.outputs[0].get("data", {})


def is_still(cell) -> bool:
    """Whether the cell shows a panel or a question; a widget that was left as one stops the book."""
    kinds = [output.get("data", {}) for output in cell.outputs]
    if any("application/vnd.jupyter.widget-view+json" in data for data in kinds):
        raise ValueError(f"The cell {cell.id!r} shows a widget that docs/book/stills.py did not still.")
    return any('class="still' in data.get("text/html", "") or 'class="live"' in data.get("text/html", "")
               for data in kinds)  # fmt: skip


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


def make(out: Path, only: list[str]) -> int:
    import nbformat

    started = time.monotonic()
    paths = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    paths = [path for path in paths if not only or path.stem[:2] in only]
    source, html = out / "source", out / "html"
    for folder in (source, html):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BOOK, source, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (source / "glossary.md").write_text(glossary(), encoding="utf-8")
    with ThreadPoolExecutor(2) as kernels:
        for path, notebook in zip(paths, kernels.map(run, paths), strict=True):
            nbformat.write(page(notebook, path.name), source / path.name)
            print(f"{path.name}: run, {time.monotonic() - started:.0f} s", flush=True)
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-d", str(out / "doctrees")]
    status = subprocess.run([*sphinx, "-b", "html", "-c", str(BOOK), str(source), str(html)]).returncode
    size = sum(file.stat().st_size for file in html.rglob("*") if file.is_file()) / 1e6
    print(f"{html / 'index.html'}: {size:.1f} MB, {time.monotonic() - started:.0f} s")
    return status


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "book"
    sys.exit(make(out.resolve(), sys.argv[2:]))
