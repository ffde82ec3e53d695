"""A page in Voilà: panels that answer, no code, on paper white and dark, wide and narrow, and nothing from outside."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import urllib.request

import pytest

import alsteach as al
from alsteach.panels.page import PAGES
from tests.browser.lab import copy_of_the_notebooks, free_port, running

pytestmark = pytest.mark.browser
PAGE = "05_why_they_disagree.ipynb"
PANEL = "Where is the effect read?"
FILE = "alsteach_progress.json"
COMMAND = [sys.executable, "-m", "alsteach", "read"]
# Every part of the page that scrolls, and the page itself.
SIDEWAYS = """() => [...document.querySelectorAll('html, body, #rendered_cells, .alsteach-panel-2, .alsteach-page')]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.id || e.className || e.tagName)"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A reader's copy of the course, and the address at which its pages are read."""
    folder = tmp_path_factory.mktemp("voila")
    notebooks = copy_of_the_notebooks(folder)
    with reading(folder, notebooks) as address:
        yield notebooks, address


@contextlib.contextmanager
def reading(folder, notebooks, *options: str):
    address = f"http://127.0.0.1:{(port := free_port())}/"
    command = [*COMMAND, str(notebooks), "--no-browser", f"--port={port}", *options]
    with running(command, folder, address):
        yield address


@contextlib.contextmanager
def opened(browser, address: str, theme: str, width: int, height: int, file: str = PAGE):
    """The page, run; nothing in it has asked for anything elsewhere, and no cell has complained."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(60_000)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{address}voila/render/{file}?theme={theme}", timeout=180_000)
    page.locator("#rendered_cells .jp-Cell").first.wait_for()
    yield page
    own = re.compile(rf"(http|ws)://{re.escape(address.split('/')[2])}/|data:|blob:")
    assert any(url.startswith("ws:") for url in asked), "the page has no kernel"
    assert [url for url in asked if not own.match(url)] == []
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts() == []
    context.close()


def png(page, image) -> bytes:
    """The picture as the page holds it."""
    return bytes(image.evaluate("async it => [...new Uint8Array(await (await fetch(it.src)).arrayBuffer())]"))


def the_panel_answers(page, zero: int) -> None:
    """Move its control: another picture, another alternative text, and the finding that Python says."""
    box = page.locator(".alsteach-panel-2", has_text=PANEL)
    image = box.locator("figure.alsteach-picture-2 img")
    box.scroll_into_view_if_needed()
    box.locator("figure.alsteach-picture-2 img[src^=blob]").wait_for()
    before, source, said = png(page, image), image.get_attribute("src"), image.get_attribute("alt")
    assert before.startswith(b"\x89PNG")
    number = box.locator('.alsteach-setting:has(.widget-label:text-is("Zero (or drag the diamond)")) input')
    number.last.fill(str(zero))
    number.last.press("Enter")
    twin = al.reference_level_panel()
    twin.set(zero=zero)
    box.locator(".alsteach-finding", has_text=twin.finding).wait_for()
    box.locator(f"figure.alsteach-picture-2 img[src^=blob]:not([src='{source}'])").wait_for()
    assert png(page, image) != before
    assert image.get_attribute("alt") != said


def test_a_page_for_readers(browser, course):
    notebooks, address = course
    with opened(browser, address, "light", 1366, 768) as page:
        the_panel_answers(page, 1000)

        assert page.locator(".jp-CodeCell").count() > 10
        assert page.locator("text=Run All Cells").count() == 0
        assert page.locator("text=It is no treatment advice").count() == 1
        assert page.locator(".jp-CodeCell .jp-InputArea, .jp-Placeholder").count() == 0
        assert "al.reference_level_panel" not in page.content()
        assert page.get_by_role("button", name="Show code").count() == 0
        link = page.locator(".alsteach-page a", has_text="Code of this page")
        assert link.get_attribute("href") == f"code/{PAGE}"
        assert page.evaluate(SIDEWAYS) == []

        question = page.locator(".alsteach-question", has_text="05-choice-2").first
        question.locator("input[type=radio]").first.check()
        question.locator('button:text-is("Note my prediction")').click()
        page.locator('.alsteach-page-line:has-text("This page: 1 of 12")').wait_for()
        kept = json.loads((notebooks / FILE).read_text(encoding="utf-8"))
        assert [answer["answer"] for answer in kept["items"]["05-choice-2"]["answers"]] == ["A"]


def test_on_a_telephone_in_the_dark(browser, course):
    with opened(browser, course[1], "dark", 390, 800) as page:
        body = page.locator("body")
        assert body.get_attribute("data-jp-theme-light") == "false"
        paper, ink = page.locator(".alsteach-page").evaluate(
            "e => [getComputedStyle(document.body).backgroundColor, getComputedStyle(e).color]"
            ".map(it => it.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0))"
        )
        assert paper < 150
        assert ink > 600
        the_panel_answers(page, 3000)
        assert page.evaluate(SIDEWAYS) == []
        assert (
            page.evaluate("() => document.querySelector('#rendered_cells').getBoundingClientRect().right")
            <= 390
        )


def test_the_code_of_a_page_is_shown_on_its_own_page(browser, course):
    with opened(browser, course[1], "light", 1366, 768, f"code/{PAGE}") as page:
        shown = page.locator(".jp-CodeCell .jp-InputArea")
        assert shown.count() == page.locator(".jp-CodeCell").count() > 2
        assert "import alsteach as al" in shown.first.inner_text()


def test_the_index_leads_to_pages_in_the_theme_that_the_reader_likes(browser, course):
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = context.new_page()
    page.goto(course[1])
    links = page.locator("main li a")
    assert [link.get_attribute("href") for link in links.all()] == [
        f"voila/render/{name}.ipynb" for name in PAGES.values()
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("text=gives no advice on treatment").count() == 1
    links.nth(0).click()
    page.locator('body[data-jp-theme-light="false"]').wait_for(timeout=60_000)
    context.close()


def test_a_page_is_there_before_it_has_run(course):
    """What needs the kernel comes cell by cell; text and place are there at once."""
    with urllib.request.urlopen(f"{course[1]}voila/render/{PAGE}", timeout=60) as answer:
        html = answer.read().decode()
    assert "What you will be able to do" in html
    assert "alsteach-page" not in html.partition("<body")[2]


def test_when_all_places_are_taken_a_kind_word_until_one_is_given_back(browser, tmp_path):
    with reading(tmp_path, copy_of_the_notebooks(tmp_path), "--places=1") as address:
        first, second = browser.new_page(), browser.new_page()
        first.goto(f"{address}voila/render/{PAGE}", timeout=180_000)
        first.locator("#rendered_cells .jp-Cell").first.wait_for()
        assert second.goto(f"{address}voila/render/{PAGE}").status == 503
        assert "All places are taken" in second.content()
        assert "One page may be open at once" in second.content()
        first.goto(address)  # leaving a page gives its kernel back
        # The page that waits looks again by itself.
        second.locator("text=What you will be able to do").wait_for(timeout=120_000)
        first.close()
        second.close()
