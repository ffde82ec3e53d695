"""The book, made once here as ``make book`` makes it, with the network cut: whole, and whole in itself."""

from __future__ import annotations

import inspect
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
from alsteach.exercises.checking import check
from alsteach.exercises.loading import find_item
from alsteach.exercises.markup import plain
from alsteach.exercises.outlets.common import ITEM_ID
from alsteach.opening.course import code_pages, numbered_pages
from alsteach.words import catalogue

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = [path.stem for path in numbered_pages().values()]
FINE = ("paradox", "beam", "precision", "ruler", "reference_level")
CODE = [f"code/{path.stem}" for path in code_pages().values()]
FACES = ("code/02_treg_mechanism", "reference/plots", "search")
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


STILL = {"own_trial": "real trial in lung cancer", "checkup": "on your machine"}  # what it says of itself


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
    paths = sorted(book.rglob("*.html"))
    return {path.relative_to(book).with_suffix("").as_posix(): Page(path) for path in paths}


def test_every_notebook_has_a_page_that_the_first_page_leads_to(pages):
    assert (len(NOTEBOOKS), len(CODE)) == (8, 7)
    for name in [*NOTEBOOKS, *CODE, "glossary"]:
        assert f"{name}.html" in pages["index"].links
    assert {*NOTEBOOKS, *CODE, "glossary", "index", "search"} <= set(pages)


@pytest.mark.parametrize("name", CODE)
def test_a_page_and_its_code_lead_to_each_other_and_the_code_stands_open(pages, name):
    page = pages[name.removeprefix("code/")]
    assert f"{name}.html" in page.links
    assert page.path.name in [Path(link).name for link in pages[name].links if link.startswith("../")]
    open_code = " ".join(re.sub(r"<details.*?</details>", "", pages[name].source, flags=re.DOTALL).split())
    assert open_code.count('class="cell_input') >= 3
    assert 'class="cell_output' in open_code
    assert "lifelines" in pages[name].text
    assert "lifelines import" not in page.text
    assert pages[name].pictures, "a code page ends in a picture to make of one's own table"


def data_of(page: Page, kind: str) -> list[dict]:
    """Return what the script is given for each panel ("moving") or question of a page."""
    found = re.findall(rf'<section class="{kind}"[^>]*>(.*?)</section>', page.source, re.DOTALL)
    scripts = (re.search(r'<script type="application/json">(.*?)</script>', one, re.DOTALL) for one in found)
    return [json.loads(script[1].replace("<\\/", "</")) for script in scripts if script]


def states_of(panel: dict) -> list[dict]:
    asked = [step["guess"] for step in panel["steps"] if "guess" in step]
    return [*asked, *(state for track in panel["tracks"] for state in track["states"])]


def files_of(page: Page) -> set[Path]:
    names = {
        state[part]
        for panel in data_of(page, "moving")
        for state in states_of(panel)
        for part in ("wide", "narrow", "wide_over", "narrow_over")
        if part in state
    }
    stills = re.findall(r'<section class="still".*?</section>', page.source, re.DOTALL)
    names |= {name for still in stills for name in re.findall(r"pictures/([\w.]+)", still)}
    return {page.path.parent / "pictures" / name for name in names}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_panel_has_its_steps_and_a_picture_for_each_state_at_both_widths(pages, name):
    page = pages[name]
    called = [key for key in re.findall(r"\bal\.(\w+)_panel\(", code_of(name)) if key not in STILL]
    panels = data_of(page, "moving")
    assert len(called) > 0
    assert re.findall(r'<section class="moving"[^>]* data-panel="(\w+)"', page.source) == called
    for key, panel in zip(called, panels, strict=True):
        names = list(catalogue.tables("en")[key]["steps"].values())
        told = [(step["name"], step["caption"]) for step in panel["steps"]]
        assert set(told) <= {(step["name"], step["caption"]) for step in names}
        assert len(told) == len(set(told)) >= 2
        for step in panel["steps"]:
            state = panel["tracks"][step["track"]]["states"][step["state"]]
            assert "wide_over" not in state, "a step's picture is whole: paper shows it"
            assert {"wide", "narrow"} <= set(state)
        for state in states_of(panel):
            assert len(panel["words"]["alternative"] + " ".join([state["finding"], *state["numbers"]])) > 40
    assert "fault of alsteach" not in page.source
    assert "is being computed" not in page.text
    assert "widget-view" not in page.source


def test_the_hand_of_the_two_chief_pages_has_forty_one_places(pages):
    moved = {}
    for name in ("00_start_here", "05_why_they_disagree"):
        keys = re.findall(r'<section class="moving"[^>]* data-panel="(\w+)"', pages[name].source)
        for key, panel in zip(keys, data_of(pages[name], "moving"), strict=True):
            moved[key] = max(len(track["states"]) for track in panel["tracks"])
    assert {key: moved[key] >= 41 for key in moved if key in FINE} == dict.fromkeys(FINE, True), moved


def test_a_slider_reaches_both_its_ends_on_a_phone_too(pages):
    ends = {}
    for name in NOTEBOOKS:
        for panel in data_of(pages[name], "moving"):
            for track in panel["tracks"]:
                states = track["states"]
                if not track.get("slides") or len(states) < 2:
                    continue
                assert {"narrow"} <= set(states[0]) & set(states[-1]), (name, track["span"])
                *_, low, high = track["span"].split(" ")
                if low:  # not a list of values
                    ends[name, track["span"]] = [states[0]["at"], states[-1]["at"]] == [
                        float(low),
                        float(high),
                    ]
    assert len(ends) > 15
    assert [key for key, whole in ends.items() if not whole] == []


def test_the_cut_has_the_places_to_which_the_prose_sends_the_hand(pages):
    page = pages["06_biomarker_subgroups"]
    assert "move the cut from 2,000 to 5,000" in page.text
    keys = re.findall(r'<section class="moving"[^>]* data-panel="(\w+)"', page.source)
    panel = dict(zip(keys, data_of(page, "moving"), strict=True))["cutpoint"]
    cuts = [track for track in panel["tracks"] if track["span"].startswith("cut ")]
    assert len(cuts) >= 3
    for track in cuts:
        on_a_phone = {state["at"] for state in track["states"] if "narrow" in state}
        assert {2000, 2500, 3000, 3500, 3700, 4500, 5000} <= on_a_phone


def test_a_small_choice_beside_the_slider_is_free_too_and_what_is_held_is_said(pages):
    offered = {}
    for name in NOTEBOOKS:
        keys = re.findall(r'<section class="moving"[^>]* data-panel="(\w+)"', pages[name].source)
        for key, panel in zip(keys, data_of(pages[name], "moving"), strict=True):
            for track in panel["tracks"]:
                if "second" not in track:
                    continue
                second = track["second"]
                assert second["label"] != track["label"], (key, "a choice stands there twice")
                offered[key] = second["labels"]
                assert 2 <= len(second["labels"]) == len(second["to"]) <= 4, key
                assert second["to"][second["at"]][0] == panel["tracks"].index(track), key
                led = [panel["tracks"][to]["states"][state] for to, state in second["to"]]
                assert len(led) == len(second["labels"]), key
    assert len(offered) >= 15
    for key in ("receptor", "km", "reference_level", "cutpoint"):
        words = catalogue.tables("en")[key]["controls"]
        assert offered[key] in [list(one.get("options", {}).values()) for one in words.values()], key
    deaths = catalogue.tables("en")["beam"]["controls"]["deaths"]["label"]
    assert (
        catalogue.panel("book")("finding.held", controls=f"“{deaths}”") in pages["05_why_they_disagree"].text
    )


def test_pictures_are_sharp_small_and_stored_once(book, pages):
    files = list((book / "pictures").iterdir())
    used = set().union(*(files_of(pages[name]) for name in NOTEBOOKS))
    assert used == set(files)
    widths = set()
    for file in files:
        with Image.open(file) as image:
            widths.add(image.width)
    assert widths == {1.5 * 760, 1.5 * 360}
    for name in NOTEBOOKS:
        weight = sum(file.stat().st_size for file in [pages[name].path, *files_of(pages[name])])
        assert weight < 4e6, (name, weight)


@pytest.mark.parametrize("name", [*NOTEBOOKS, *CODE])
def test_each_question_stands_with_its_options_and_answers(pages, name):
    page, ids = pages[name], re.findall(rf'"({ITEM_ID.pattern})"', code_of(name))
    assert re.findall(r'<section class="question" data-item="([\w-]+)"', page.source) == ids
    assert ids or name == "code/02_treg_mechanism"
    for item in map(find_item, ids):
        said = [item.prompt.split("\n\n")[0], *item.options.values(), *item.hints]
        said += [] if item.kind == "code" else item.explanations.values()
        said += [
            *(f"{card.text}: {item.boxes[card.box]}. {card.why}" for card in item.cards),
            *item.checklist,
        ]
        for text in said:
            for line in text.splitlines():
                assert plain(line.removeprefix("- ")) in page.text, (item.id, line)
        if item.kind == "code":
            assert " ".join(item.solution.split()) in page.text


def test_nothing_asks_to_be_run(pages):
    for name in NOTEBOOKS:
        assert "Run All" not in pages[name].text
        assert "Show code" not in pages[name].text


def test_no_code_failed_and_prose_is_prose(pages):
    for name in [*NOTEBOOKS, *CODE]:
        assert "Traceback" not in pages[name].text
        assert "al.say(" not in re.sub(r"<details.*?</details>", "", pages[name].source, flags=re.DOTALL)
    disagree = pages["05_why_they_disagree"].text
    assert (
        f"Cox model adjusted for pre-defined prognostic covariates: {al.published('mirocals_hr_adjusted').text}"
        in disagree
    )


def test_every_link_and_picture_of_ours_is_there(book, pages):
    checked = 0
    for page in pages.values():
        for address in page.links + page.fetched:
            if re.match(r"(https?|data|mailto|doi):", address):
                continue
            assert urlsplit(address).scheme == "", address
            target, anchor = page.target(address), unquote(urlsplit(address).fragment)
            assert target.is_file(), (page.path.name, address)
            if anchor:
                name = target.relative_to(book).with_suffix("").as_posix()
                assert anchor in pages[name].ids, (page.path.name, address)
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
    assert sum(file.stat().st_size for file in book.rglob("*") if file.is_file()) < 30e6


def test_every_term_stands_in_the_glossary_and_links_lead_there(pages):
    table = al.load_glossary()
    assert len(table) > 80
    for row in table.itertuples():
        assert f"{row.term}" in pages["glossary"].text
        assert row.definition in pages["glossary"].text
    for name in NOTEBOOKS:
        to_glossary = [link for link in pages[name].links if link.startswith("glossary.html#glossary-")]
        assert len(to_glossary) > 0, name
    for page in pages.values():
        assert not [link for link in page.links if ".ipynb" in link]


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


DRIVE = """
async () => {
  const seen = [];
  const settled = async (panel) => {
    for (const image of panel.querySelectorAll(".moving-picture img:not([hidden])")) await image.decode();
  };
  for (const panel of document.querySelectorAll("section.moving")) {
    const picture = panel.querySelector(".moving-picture img");
    const over = panel.querySelector(".moving-over");
    const look = async () => {
      await settled(panel);
      const size = [picture, ...(over.hidden ? [] : [over])].map((i) => `${i.naturalWidth}x${i.naturalHeight}`);
      return {
        picture: picture.currentSrc + (over.hidden ? "" : over.src), alt: picture.alt, sizes: new Set(size).size,
        finding: panel.querySelector(".moving-finding").textContent,
      };
    };
    const [back, next] = panel.querySelectorAll(".moving-walk button");
    const skip = () => panel.querySelector(".moving-answer button:last-child")?.click();
    const steps = [];
    const moved = [];
    const chosen = [];
    for (;;) {
      steps.push(await look());
      skip();
      const input = panel.querySelector(".moving-row input, .moving-row select");
      if (input && input.tagName === "INPUT") {
        const kept = input.value;
        const states = [];
        for (const value of new Set([0, 1, Math.floor(input.max / 2), input.max])) {
          input.value = value;
          input.dispatchEvent(new Event("input"));
          states.push({ ...await look(), value: input.getAttribute("aria-valuetext") });
        }
        input.value = kept;
        input.dispatchEvent(new Event("input"));
        moved.push(states);
      }
      const labels = [...panel.querySelectorAll(".moving-row")].map((row) => row.firstChild.textContent);
      for (const label of labels) {
        const rows = () => [...panel.querySelectorAll(".moving-row")];
        const row = () => rows().find((one) => one.firstChild.textContent === label);
        const choice = () => row()?.querySelector("select, input[type=checkbox]");
        if (!choice() || choice().disabled) continue;
        const ticks = choice().type === "checkbox";
        const at = () => ticks ? Number(choice().checked) : choice().selectedIndex;
        const kept = at();
        const shown = await look();
        const options = [];
        const stays = [];
        for (const place of [...Array(ticks ? 2 : choice().options.length).keys(), kept]) {
          choice().focus();
          if (ticks) choice().checked = Boolean(place);
          else choice().selectedIndex = place;
          choice().dispatchEvent(new Event("change"));
          options.push((await look()).picture);
          stays.push(choice() !== undefined && at() === place && document.activeElement === choice());
        }
        const offered = rows().map((one) => one.firstChild.textContent);
        chosen.push({
          label, options, stays: stays.every(Boolean), rows: String(offered) === String(labels),
          returns: options.at(-1) === shown.picture,
        });
      }
      if (next.getAttribute("aria-disabled") === "true") break;
      next.click();
    }
    back.click();
    const before = await look();
    seen.push({ panel: panel.dataset.panel, steps, moved, chosen, before });
  }
  return seen;
}
"""


@pytest.fixture(scope="module")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import CHROMIUM_FLAGS

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser):
    """A tab that notes its trouble and its requests; neither may be there in the end."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768})
    page, trouble = context.new_page(), []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda request: trouble.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:")) else trouble.append(request.url),
    )
    yield page
    context.close()
    assert trouble == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_next_and_slider_change_picture_finding_and_alternative_text(book, opened, name, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.goto((book / f"{name}.html").as_uri())
    seen = opened.evaluate(DRIVE)
    assert seen
    for panel in seen:
        steps = panel["steps"]
        assert len(steps) >= 2, panel["panel"]
        for part in ("picture", "alt"):
            for one, other in zip(steps, steps[1:], strict=False):
                assert one[part] != other[part], (panel["panel"], part, one["alt"])
        assert len({step["finding"] for step in steps}) >= 2, panel["panel"]
        for states in panel["moved"]:
            assert len({state["picture"] for state in states}) == len(states), panel["panel"]
            assert len({state["value"] for state in states}) == len(states), panel["panel"]
            assert {state["sizes"] for state in states} == {1}, panel["panel"]
        if panel["moved"]:
            told = {(state["finding"], state["alt"]) for states in panel["moved"] for state in states}
            assert len({finding for finding, _ in told}) >= 2, panel["panel"]
            assert len({alt for _, alt in told}) >= 2, panel["panel"]
        # To another trial and back, a control whose range is another there goes to its start, as in the live course.
        assert sum(not choice["returns"] for choice in panel["chosen"]) <= 1, panel["panel"]
        for choice in panel["chosen"]:
            assert choice["stays"], (
                panel["panel"],
                choice["label"],
                "is lost, or its place, or the keyboard",
            )
            assert choice["rows"], (
                panel["panel"],
                choice["label"],
                "does not lead back to the same controls",
            )
        if panel["chosen"]:
            assert max(len(set(choice["options"])) for choice in panel["chosen"]) >= 2, panel["panel"]
        assert panel["before"]["alt"] != steps[-1]["alt"], panel["panel"]
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


SLIDE = """
async () => {
  const seen = [];
  for (const panel of document.querySelectorAll("section.moving")) {
    const next = panel.querySelectorAll(".moving-walk button")[1];
    const input = () => panel.querySelector(".moving-row input[type=range]");
    for (;;) {
      panel.querySelector(".moving-answer button:last-child")?.click();
      const places = [];
      for (let value = 0; input() && value <= Number(input().max); value++) {
        input().value = value;
        input().dispatchEvent(new Event("input"));
        const { top, left, width } = input().getBoundingClientRect();
        places.push([top + scrollY, left, width].map(Math.round).join(" "));
      }
      if (places.length) seen.push([panel.dataset.panel, [...new Set(places)]]);
      if (next.getAttribute("aria-disabled") === "true") break;
      next.click();
    }
  }
  return seen;
}
"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_slider_stays_where_it_is_while_it_moves(book, opened, name, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.goto((book / f"{name}.html").as_uri())
    opened.wait_for_function(
        "[...document.querySelectorAll('.moving > .moving-finding')].every((one) => one.style.minHeight)"
    )
    seen = opened.evaluate(SLIDE)
    assert seen
    assert [(panel, places) for panel, places in seen if len(places) > 1] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_a_hand_on_the_picture_moves_the_slider_and_stays_under_the_pointer(book, opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.goto((book / "05_why_they_disagree.html").as_uri())
    panel = opened.locator('section[data-panel="beam"]')
    hand, told = panel.locator(".moving-main"), panel.locator("output")
    hand.scroll_into_view_if_needed()
    box, first = hand.bounding_box(), float(told.inner_text())
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finding = panel.locator(".moving-finding").inner_text()
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x - 60, y, steps=4)
    opened.mouse.up()
    moved = hand.bounding_box()
    assert moved["x"] + moved["width"] / 2 == pytest.approx(x - 60, abs=20)  # the nearest place that is drawn
    assert float(told.inner_text()) < first
    assert panel.locator(".moving-finding").inner_text() != finding
    panel.locator("input[type=range]").press("ArrowRight")
    assert hand.bounding_box()["x"] > moved["x"]  # and the hand follows the slider


@pytest.mark.browser
def test_what_can_be_clicked_in_the_picture_leads_on(book, opened):
    opened.goto((book / "01_als_background.html").as_uri())
    body = opened.locator('section[data-panel="motor_neuron"]')
    begins = catalogue.tables("en")["motor_neuron"]["controls"]["begins"]["options"]
    seen = set()
    for place in range(4):
        body.locator(".moving-click").nth(place).click()
        seen.add(body.locator("select option:checked").inner_text())
    assert seen == set(begins.values())
    lot = opened.locator('section[data-panel="heterogeneity"]').first
    first = lot.locator("output").inner_text()
    lot.locator(".moving-click").press("Enter")
    second = lot.locator("output").inner_text()
    opened.keyboard.press("Enter")  # the focus stays on it
    assert len({first, second, lot.locator("output").inner_text()}) == 3


@pytest.mark.browser
def test_a_guess_on_the_picture_is_locked_once_and_noted_as_the_prediction_beside_it(book, opened):
    opened.goto((book / "05_why_they_disagree.html").as_uri())
    panel = opened.locator('section[data-panel="reference_level"]')
    asked = opened.locator('section[data-item="05-number-2"]')
    panel.locator(".moving-walk button").nth(1).click()
    picture = panel.locator(".moving-picture img").first
    hidden = picture.get_attribute("src")
    lock = panel.locator(".moving-answer button").first
    assert lock.get_attribute("aria-disabled") == "true"
    hand = panel.locator(".moving-hand[role=slider]")
    hand.focus()
    start = hand.get_attribute("aria-valuetext")
    opened.keyboard.press("ArrowUp")
    assert hand.get_attribute("aria-valuetext") != start
    hand.scroll_into_view_if_needed()
    box = hand.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.mouse.move(*middle)
    opened.mouse.down()
    opened.mouse.move(middle[0], middle[1] - 25)
    opened.mouse.up()
    said = hand.get_attribute("aria-valuetext")
    lock.click()
    number = re.search(r"[\d.]+", said)[0]
    assert number in panel.locator(".moving-stands").text_content()
    assert picture.get_attribute("src") != hidden
    assert panel.locator(".moving-mark").is_visible()
    assert asked.locator("input").is_disabled()
    assert float(asked.locator("input").input_value()) == pytest.approx(float(number), abs=0.01)
    opened.reload()
    panel.locator(".moving-walk button").nth(1).click()
    assert number in panel.locator(".moving-stands").text_content()  # the first guess stands
    asked.get_by_role("button").nth(1).click()
    assert asked.locator("details.solution").is_visible()


LOADED = "[...document.images].every(image => image.complete)"


def lock_a_guess(page, key: str, presses: int) -> str:
    """Walk a panel to its guess, move it, lock it; return where it stands."""
    panel = page.locator(f'section[data-panel="{key}"]')
    following, hand = panel.locator(".moving-walk button").nth(1), panel.locator(".moving-hand[role=slider]")
    while hand.count() == 0:
        following.click()
    hand.focus()
    for _ in range(presses):
        page.keyboard.press("PageUp")
    said = hand.get_attribute("aria-valuetext")
    panel.locator(".moving-answer button").first.click()
    return said


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_a_guess_stays_in_the_picture_where_the_live_course_shows_it(book, opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.goto((book / "00_start_here.html").as_uri())
    panel = opened.locator('section[data-panel="paradox"]')
    said = re.search(r"\d+", lock_a_guess(opened, "paradox", 1))[0]
    panel.locator(".moving-walk button").nth(1).click()
    assert panel.locator(".moving-mark").is_visible()
    assert said in panel.locator(".moving-picture img").first.get_attribute("alt")
    panel.locator(".moving-walk button").nth(1).click()
    assert panel.locator(".moving-mark").count() == 0
    opened.wait_for_function(LOADED)  # a picture that is left on its way would be trouble

    opened.goto((book / "05_why_they_disagree.html").as_uri())
    answer = opened.locator('section[data-panel="reference_level"] .moving-finding')
    assert "You guessed" not in answer.text_content()
    said = re.search(r"[\d,]+", lock_a_guess(opened, "whose", 2))[0]
    assert f"You guessed {said};" in answer.text_content()
    race = opened.locator('section[data-panel="gap_budget"]')
    lock_a_guess(opened, "gap_budget", 1)
    for _ in range(5):
        race.locator(".moving-walk button").nth(1).click()
        assert race.locator(".moving-mark").is_visible()
        opened.wait_for_function(LOADED)


def test_what_needs_python_says_so(pages):
    for name, key in (("07_paper_to_patient", "own_trial"), ("00_start_here", "checkup")):
        section = re.search(
            rf'<section class="still" data-panel="{key}">.*?</section>', pages[name].source, re.DOTALL
        )
        assert STILL[key] in section[0]
        assert ("<img" in section[0]) == (key == "own_trial")


@pytest.mark.browser
def test_a_choice_is_answered_by_its_own_reply_and_kept(book, opened):
    item = find_item("05-choice-4")
    opened.goto((book / "05_why_they_disagree.html").as_uri())
    asked = opened.locator(f'section[data-item="{item.id}"]')
    assert not asked.locator("details.solution").is_visible()
    for letter in item.options:
        asked.locator(f'input[value="{letter}"]').check()
        asked.get_by_role("button").first.click()
        reply = " ".join(asked.locator(".reply").inner_text().split())
        assert plain(item.explanations[letter]) in reply
        assert reply.startswith("✓" if letter == item.solution else "✗")
    opened.reload()
    assert asked.locator(f'input[value="{letter}"]').is_checked()
    assert plain(item.explanations[letter]) in " ".join(asked.locator(".reply").inner_text().split())
    assert asked.locator("details.solution").is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_number_is_told_what_the_live_page_tells_it(book, opened, name):
    opened.goto((book / f"{name}.html").as_uri())
    ids = re.findall(rf'"({ITEM_ID.pattern})"', code_of(name))
    for item in dict.fromkeys(find_item(one) for one in ids):
        if item.kind != "number" or item.when == "before":
            continue
        asked = opened.locator(f'section[data-item="{item.id}"]')
        right = float(item.solution)
        values = [
            right,
            *(float(item.number(key)) for key in item.explanations),
            -3.21,
            0.37 * right,
            2.9 * right,
            41 * right,
        ]
        for value in values:
            text = f"{value:.{max(item.decimals, 0)}f}"
            asked.locator("input[type=text]").fill(text)
            asked.locator("input[type=text]").press("Enter")
            reply = " ".join(asked.locator(".reply").inner_text().split())
            live = check(item, text)
            assert reply == f"{'✓' if live.correct else '✗'} {plain(live.message)}", (item.id, text)


@pytest.mark.browser
def test_cards_are_sorted_and_sixty_seconds_come_back(book, opened):
    opened.goto((book / "05_why_they_disagree.html").as_uri())
    item, sorting = find_item("05-sort-1"), opened.locator('section[data-item="05-sort-1"]')
    first = next(iter(item.boxes))
    for card in item.cards:
        assert plain(card.text) in sorting.locator(".sorting-card").inner_text()
        sorting.get_by_role("button", name=item.boxes[first], exact=True).click()
        reply = sorting.locator(".reply").inner_text()
        assert reply.startswith("✓" if card.box == first else "✗")
        assert plain(card.reason(first)) in " ".join(reply.split())
        sorting.locator(".question-buttons .book-first").click()
    right = sum(card.box == first for card in item.cards)
    assert f"{right} of {len(item.cards)}" in sorting.locator(".reply").inner_text()
    draft, again = (opened.locator('section[data-item="05-write-1"]').nth(i) for i in range(2))
    draft.locator("textarea").fill("Zero is a place, and nobody is there.")
    assert again.locator("textarea").input_value() == "Zero is a place, and nobody is there."
    again.get_by_role("button").first.click()
    points = again.locator(".written-point input")
    assert points.count() == len(find_item("05-write-1").checklist)
    points.first.check()
    opened.reload()
    assert draft.locator("textarea").input_value() == "Zero is a place, and nobody is there."
    assert again.locator(".written-point input").first.is_checked()


@pytest.mark.browser
def test_answers_last_until_a_page_is_closed_where_the_browser_keeps_nothing(book, opened):
    opened.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('no'); }")
    opened.goto((book / "05_why_they_disagree.html").as_uri())
    words = catalogue.panel("book")
    assert opened.locator(".question-kept").inner_text() == words("finding.not_kept")
    asked = opened.locator('section[data-item="05-choice-4"]')
    asked.locator("input").first.check()
    asked.get_by_role("button").first.click()
    assert asked.locator("details.solution").is_visible()


@pytest.mark.browser
def test_without_a_script_the_first_state_and_the_steps_stand_there(book, browser):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto((book / "00_start_here.html").as_uri())
    panel = page.locator('section[data-panel="paradox"]')
    assert panel.locator(".moving-picture img").first.is_visible()
    steps = catalogue.tables("en")["paradox"]["steps"].values()
    assert panel.locator(".moving-steps b").all_inner_texts() == [f"{step['name']}." for step in steps]
    assert panel.locator(".moving-steps img").first.is_visible()
    page.locator("section.question details.solution").first.locator("summary").click()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1366), ("dark", 390)])
@pytest.mark.parametrize("name", ["index", *NOTEBOOKS, *FACES])
def test_axe_finds_nothing_serious(book, opened, name, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    opened.set_viewport_size({"width": width, "height": 800})
    opened.emulate_media(color_scheme=scheme)
    opened.goto((book / f"{name}.html").as_uri() + ("?q=censoring" if name == "search" else ""))
    if name in NOTEBOOKS:
        opened.locator(".moving-walk button").nth(1).dispatch_event("click")  # a guess is open
    if name == "search":
        opened.locator("#search-results a").first.wait_for()
    options = {"resultTypes": ["violations"], "preload": False}  # a file may not fetch its styles
    found = Axe().run(opened, options=options).response["violations"]
    serious = [
        (one["id"], node["html"][:120])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == []


@pytest.mark.browser
def test_the_contents_stand_at_the_side_and_fold_away_on_a_phone(book, opened):
    opened.goto((book / "05_why_they_disagree.html").as_uri())
    contents, text = opened.locator("#contents"), opened.locator("main")
    here = contents.locator("a[aria-current=page]")
    side, page = contents.bounding_box(), text.bounding_box()
    assert (side["x"], side["y"]) == (0, 0)
    assert page["x"] >= side["width"] > 200
    assert here.inner_text().split() == ["05", "Why", "they", "disagree"]
    first, last = contents.locator(".sections li li a").first, opened.locator("main h2").last
    last.scroll_into_view_if_needed()
    assert contents.bounding_box()["y"] == 0  # they stay in sight
    for width in (768, 390):
        opened.set_viewport_size({"width": width, "height": 844})
        assert not contents.is_visible()
        opened.get_by_role("button", name="Contents").click()
        assert contents.is_visible()
        opened.keyboard.press("Escape")
        assert not contents.is_visible()
    opened.get_by_role("button", name="Contents").press("Enter")
    first.click()
    contents.wait_for(state="hidden")
    assert opened.locator("main h2").first.bounding_box()["y"] < 200


LETTERS = """
(paragraph) => {
  const range = document.createRange();
  range.selectNodeContents(paragraph);
  const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.bottom / 10)));
  return paragraph.textContent.length / lines.size;
}
"""


@pytest.mark.browser
def test_a_line_of_text_has_about_seventy_letters(book, opened):
    opened.goto((book / "07_paper_to_patient.html").as_uri())
    for width, least, most in ((1366, 55, 80), (768, 55, 80), (390, 30, 50)):
        opened.set_viewport_size({"width": width, "height": 844})
        longest = sorted(opened.locator("section > p").all(), key=lambda p: -len(p.inner_text()))[:5]
        letters = [paragraph.evaluate(LETTERS) for paragraph in longest]
        assert least < sum(letters) / len(letters) < most, (width, letters)


@pytest.mark.browser
def test_a_search_finds_the_learners_pages_before_the_packages_names(book, opened):
    opened.goto((book / "search.html").as_uri() + "?q=censoring")
    found = opened.locator("#search-results li a")
    found.first.wait_for()
    opened.locator("#search-results .search-summary", has_text="found").wait_for()
    names = found.all_inner_texts()
    assert names[0] == "03 · How to read a survival trial"
    assert names[-1] == "alsteach.censoring_panel"


@pytest.mark.browser
def test_from_a_disk_without_a_network(book, browser):
    context = browser.new_context(offline=True, viewport={"width": 420, "height": 900})
    page = context.new_page()
    trouble, asked = [], []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda request: trouble.append(f"failed: {request.url}"))
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted(book.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 420, path.name
        broken = "[...document.images].filter(i => !i.hidden && !(i.complete && i.naturalWidth)).length"
        assert page.evaluate(broken) == 0, path.name
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((book / "index.html").as_uri())
    page.locator("#searchbox input[name=q]").fill("collapsib")
    page.keyboard.press("Enter")
    result = page.locator("#search-results a", has_text="05 ·")
    result.click()
    page.wait_for_url("**/05_why_they_disagree.html*")
    page.locator("section.moving-ready").first.wait_for()
    rows = page.locator('section[data-panel="beam"] .moving-steps img')
    assert not rows.first.is_visible()
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") >= 5
    page.emulate_media(media="print")
    assert not page.locator("#contents").is_visible()
    assert [rows.nth(i).is_visible() for i in range(rows.count())] == [True] * 4
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert trouble == []
    context.close()


def test_every_public_name_has_its_entry_in_one_group_and_a_line_that_leads_there(pages):
    entries = {name: page for name, page in pages.items() if name.startswith("reference/")}
    assert len(entries) == 8
    for name in al.__all__:
        at = [group for group, page in entries.items() if f"alsteach.{name}" in page.ids]
        assert len(at) == 1, name
        assert f"{at[0]}.html#alsteach.{name}" in pages["reference"].links
        first = inspect.getdoc(getattr(al, name)).split("\n\n")[0]
        assert " ".join(re.sub("[`*]", "", first).split()) in pages["reference"].text, name
    fits = entries["reference/fit"]
    assert "alsteach.stats.cox.CoxFit" in fits.ids
    assert "#alsteach.stats.cox.CoxFit" in fits.links  # what fit_cox returns leads to what it is
