"""The book, made once here as ``make book`` makes it, with the network cut: whole, and whole in itself."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import time
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

import alsteach as al
from alsteach.exercises.loading import find_item
from alsteach.exercises.markup import plain

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.stem for path in ROOT.glob("notebooks/*.ipynb"))
# One worker makes the book once and keeps it.
pytestmark = pytest.mark.slow
OFFLINE = """
import runpy, sys
sys.path.insert(0, "tests/notebooks")
from run_offline import cut_the_network
cut_the_network()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Page(HTMLParser):
    """What a page holds: ids, links, pictures, text, and whatever a browser fetches by itself."""

    FETCHED = {
        "script": "src",
        "img": "src",
        "link": "href",
        "iframe": "src",
        "source": "src",
        "object": "data",
    }

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.source = path, path.read_text(encoding="utf-8")
        self.ids, self.links, self.pictures, self.fetched, self._said = set(), [], [], [], []
        self.feed(self.source)

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        self.ids.add(attributes.get("id"))
        if tag == "a" and attributes.get("href") is not None:
            self.links.append(attributes["href"])
        if tag == "img":
            self.pictures.append(attributes)
        # Links to the next page or the search are no requests.
        shown = tag != "link" or attributes.get("rel") in ("stylesheet", "icon", "preload")
        if tag in self.FETCHED and shown and attributes.get(self.FETCHED[tag]):
            self.fetched.append(attributes[self.FETCHED[tag]])
        self.fetched += re.findall(r"url\(['\"]?([^'\")]+)", attributes.get("style") or "")

    def handle_data(self, data):
        self._said.append(data)

    @cached_property
    def text(self) -> str:
        return " ".join("".join(self._said).split())

    def target(self, address: str) -> Path:
        path = unquote(urlsplit(address).path)
        return (self.path.parent / path).resolve() if path else self.path


def code_of(notebook: str) -> str:
    cells = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    folder, started = tmp_path_factory.mktemp("book"), time.monotonic()
    command = [sys.executable, "-c", OFFLINE, "tools/make_book.py", str(folder)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr  # any warning of Sphinx is an error
    print(f"The book took {time.monotonic() - started:.0f} s.")
    return folder / "html"


@pytest.fixture(scope="session")
def pages(book) -> dict[str, Page]:
    return {path.stem: Page(path) for path in sorted(book.glob("*.html"))}


def test_every_notebook_has_a_page_that_the_first_page_leads_to(pages):
    assert len(NOTEBOOKS) == 8
    for name in [*NOTEBOOKS, "glossary"]:
        assert f"{name}.html" in pages["index"].links
    assert {*NOTEBOOKS, "glossary", "index", "search"} <= set(pages)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_panel_stands_as_picture_and_sentence(pages, name):
    page, called = pages[name], re.findall(r"\bal\.\w+_panel\(", code_of(name))
    panels = re.findall(
        r'<div class="still"><p class="still-title">.*?</p><figure class="alsteach-figure"', page.source
    )
    assert len(called) > 0
    assert len(panels) == len(called)
    stills = [
        picture
        for picture in page.pictures
        if picture["src"].startswith("data:image/png") and "width" in picture
    ]
    buttons = page.text.count("Try this: ")
    assert len(stills) == len(panels) + buttons
    assert buttons >= len(panels)
    for picture in stills:
        assert len(picture["alt"]) > 40
        assert picture["alt"].rstrip()[-1] in ".!?)"
        assert " ".join(picture["alt"].split()) in page.text  # the sentence, for all to read
        image = Image.open(io.BytesIO(base64.b64decode(picture["src"].split(",")[1])))
        assert image.width == 1.5 * int(picture["width"])
        assert len(image.convert("RGB").getcolors(10_000)) > 10
    assert "is being computed" not in page.text
    assert "fault of alsteach" not in page.text
    assert "widget-view" not in page.source


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_question_stands_with_its_options_and_answers(pages, name):
    page, ids = pages[name], re.findall(r'"(\d\d-(?:choice|number|code)-\d+)"', code_of(name))
    assert page.source.count('<div class="still question">') == len(ids) > 0
    for item in map(find_item, ids):
        said = [item.prompt.split("\n\n")[0], *item.options.values(), *item.hints]
        said += [] if item.kind == "code" else item.explanations.values()
        for text in said:
            for line in text.splitlines():
                assert plain(line.removeprefix("- ")) in page.text, (item.id, line)
        if item.kind == "code":
            assert " ".join(item.solution.split()) in page.text


def test_no_code_failed_and_prose_is_prose(pages):
    for name in NOTEBOOKS:
        assert "Traceback" not in pages[name].text
        assert "al.say(" not in re.sub(r"<details.*?</details>", "", pages[name].source, flags=re.DOTALL)
    disagree = pages["05_why_they_disagree"].text
    assert (
        f"Cox model adjusted for pre-defined prognostic covariates: {al.published('mirocals_hr_adjusted').text}"
        in disagree
    )


def test_every_link_and_picture_of_ours_is_there(pages):
    checked = 0
    for page in pages.values():
        for address in page.links + page.fetched:
            if re.match(r"(https?|data|mailto|doi):", address):
                continue
            assert urlsplit(address).scheme == "", address
            target, anchor = page.target(address), unquote(urlsplit(address).fragment)
            assert target.is_file(), (page.path.name, address)
            if anchor:
                assert anchor in pages[target.stem].ids, (page.path.name, address)
            checked += 1
        for picture in page.pictures:
            assert len(picture.get("alt", "").split()) > 5, (page.path.name, picture["src"][:80])
            assert "<Figure" not in picture["alt"]
    assert checked > 500


def test_nothing_is_fetched_from_outside(book, pages):
    for page in pages.values():
        assert page.fetched
        for address in page.fetched:
            assert address.startswith("data:") or not urlsplit(address).netloc, (page.path.name, address)
        for address in re.findall(
            r"url\(['\"]?([^'\")]+)", "".join(re.findall(r"<style.*?</style>", page.source, re.DOTALL))
        ):
            assert address.startswith("data:"), (page.path.name, address)
    sheets = list(book.rglob("*.css"))
    assert len(sheets) >= 3
    for sheet in sheets:
        css = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|@font-face", css), sheet
        for address in re.findall(r"url\(['\"]?([^'\")]+)", css):
            assert address.startswith("data:") or (sheet.parent / address).is_file(), (sheet, address)
    assert sum(file.stat().st_size for file in book.rglob("*") if file.is_file()) < 40e6


def test_every_term_stands_in_the_glossary_and_links_lead_there(pages):
    table = al.load_glossary()
    assert len(table) > 80
    for row in table.itertuples():
        assert f"{row.term}" in pages["glossary"].text
        assert row.definition in pages["glossary"].text
    for name in NOTEBOOKS:
        to_glossary = [link for link in pages[name].links if link.startswith("glossary.html#glossary-")]
        assert len(to_glossary) > 0, name
        assert not [link for link in pages[name].links if ".ipynb" in link]


def test_the_search_index_has_words_by_their_parts(book):
    index = json.loads((book / "searchindex.js").read_text(encoding="utf-8")[len("Search.setIndex(") : -1])
    found = index["terms"]["collapsibility"]
    names = [index["docnames"][number] for number in (found if isinstance(found, list) else [found])]
    assert "05_why_they_disagree" in names


def test_a_formula_needs_no_script(tmp_path):
    (tmp_path / "index.md").write_text(
        "# One\n\nInline $\\hat\\beta$.\n\n$$\\frac{1}{2}$$\n", encoding="utf-8"
    )
    out = tmp_path / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", str(ROOT / "docs" / "book")]
    made = subprocess.run([*command, str(tmp_path), str(out)], capture_output=True, text=True)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert made.returncode == 0, made.stderr
    assert page.count("<math") == 2
    assert "<mfrac>" in page
    assert "mathjax.js" not in page.lower()


@pytest.mark.browser
def test_from_a_disk_without_a_network(book, chromium_path):
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import CHROMIUM_FLAGS

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        context = chromium.new_context(offline=True, viewport={"width": 420, "height": 900})
        page = context.new_page()
        trouble, asked = [], []
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("requestfailed", lambda request: trouble.append(f"failed: {request.url}"))
        page.on("request", lambda request: asked.append(request.url))
        for path in sorted(book.glob("*.html")):
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 420, path.name
            broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
            assert page.evaluate(broken) == 0, path.name
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto((book / "index.html").as_uri())
        page.locator("#searchbox input[name=q]").fill("collapsib")
        page.keyboard.press("Enter")
        result = page.locator("#search-results a", has_text="05 ·")
        result.click()
        assert "05_why_they_disagree.html" in page.url
        fold = page.locator("details", has_text="Try this: All four steps").first
        assert not fold.locator("img").is_visible()
        fold.locator("summary").first.focus()
        page.keyboard.press("Enter")
        fold.locator("img").wait_for(state="visible")
        pdf = page.pdf(format="A4")
        assert pdf.startswith(b"%PDF")
        assert pdf.count(b"/Type /Page\n") >= 5
        page.emulate_media(media="print")
        assert not page.locator("div.sphinxsidebar").is_visible()
        assert fold.locator("img").is_visible()
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert trouble == []
        chromium.close()
