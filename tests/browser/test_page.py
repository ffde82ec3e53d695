"""A whole page in JupyterLab: quiet and at its top after Run All, its code on demand, its words in the glossary."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Page, put_notebook
from tests.browser.seeing import take_theme

pytestmark = pytest.mark.browser
PAGE = "05_why_they_disagree.ipynb"
OPEN = ".jp-NotebookPanel:not(.lp-mod-hidden)"
# The quick pages: what is looked at is the page around the panels.
SEEN = """() => {
    const panel = document.querySelector('.jp-NotebookPanel:not(.lp-mod-hidden)');
    const seen = place => [...panel.querySelectorAll(place)]
        .filter(e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 0).length;
    return {
        prompts: seen('.jp-InputPrompt, .jp-OutputPrompt'),
        folded: seen('.jp-Placeholder'),
        code: seen('.jp-CodeCell .jp-InputArea'),
        top: panel.querySelector('.jp-WindowedPanel-outer').scrollTop,
        height: panel.querySelector('.jp-WindowedPanel-outer').scrollHeight,
    };
}"""
# Where the word stands below the upper edge of the glossary, once nothing has moved for a while.
LANDED = """word => {
    const panel = [...document.querySelectorAll('.jp-NotebookPanel:not(.lp-mod-hidden)')].at(-1);
    const scroller = panel.querySelector('.jp-WindowedPanel-outer');
    const strong = [...panel.querySelectorAll('.jp-MarkdownCell strong')].find(e => e.textContent === word);
    if (!scroller || !strong || panel.querySelectorAll('.jp-MarkdownCell').length < 100) return null;
    const below = strong.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    return below >= 0 && below < 100 ? below + 1 : null;
}"""


def seen(page) -> dict:
    return page.page.evaluate(SEEN)


def at_the_top(page) -> None:
    page.page.wait_for_function(f"() => ({SEEN})().top === 0 && ({SEEN})().height > 2000")


def close_the_file_list(page) -> None:
    page.page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab.lm-mod-current").first.click()


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, PAGE, 1366, 768)
    # Before it has run a page shows JupyterLab as it is, cell after cell as they are drawn.
    page.page.wait_for_function(f"() => ({SEEN})().folded > 10")
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == []
    page.close()


def test_after_run_all_it_is_quiet_and_at_its_top(page):
    at_the_top(page)
    found = seen(page)
    assert (found["prompts"], found["folded"], found["code"]) == (0, 0, 0)
    bar = page.page.locator(f"{OPEN} .alsteach-page")
    assert bar.text_content().startswith("05 · Why they disagree · 40 minutes")
    assert "This page: 0 of 12 questions answered" in page.page.locator(".alsteach-page-line").text_content()


def test_the_bar_follows_an_answer(page):
    question = page.page.locator(".alsteach-question", has_text="05-choice-2").first
    question.scroll_into_view_if_needed()
    question.locator("input[type=radio]").first.check()
    question.locator('button:text-is("Note my prediction")').click()
    question.get_by_text("stands.").wait_for()
    expect(question.locator("input[type=radio]").first).to_be_disabled()
    page.page.locator('.alsteach-page-line:has-text("This page: 1 of 12")').wait_for(state="attached")


def test_show_code_opens_every_cell_and_closes_it_again(page):
    button = page.page.locator(".alsteach-page-line button")
    assert button.text_content() == "Show code"
    button.focus()
    page.page.keyboard.press("Enter")
    page.page.locator('.alsteach-page-line button:text-is("Hide code")').wait_for()
    shown = seen(page)
    assert shown["folded"] == 0
    assert shown["code"] == page.page.locator(f"{OPEN} .jp-CodeCell").count() > 10
    assert shown["prompts"] > 10
    button.click()
    page.page.locator('.alsteach-page-line button:text-is("Show code")').wait_for()
    hidden = seen(page)
    assert (hidden["prompts"], hidden["folded"], hidden["code"]) == (0, 0, 0)


def test_a_cell_that_a_reader_adds_stays_in_view(page):
    page.page.locator(f"{OPEN} .jp-MarkdownCell").first.click()
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("b")
    page.page.wait_for_function(f"() => ({SEEN})().code === 1")
    page.page.keyboard.press("d")
    page.page.keyboard.press("d")
    page.page.wait_for_function(f"() => ({SEEN})().code === 0")


def test_a_linked_word_tells_its_meaning_and_leads_to_the_word(page):
    link = page.page.locator(f'{OPEN} a[href$="#cell-id=glossary-hazard-ratio"]').first
    assert link.get_attribute("title").startswith("The hazard in one arm divided by the hazard in the other.")
    link.click()
    page.page.wait_for_function(LANDED, arg="hazard ratio", timeout=120_000)
    page.page.locator('.lm-TabBar-tabLabel:text-is("glossary.ipynb")').wait_for()


def test_on_a_narrow_screen_in_either_theme(browser, lab_address):
    from axe_playwright_python.sync_playwright import Axe

    page = Page(browser, lab_address, "00_start_here.ipynb", 390, 800)
    try:
        close_the_file_list(page)
        page.run_all()
        at_the_top(page)
        found = seen(page)
        assert (found["prompts"], found["folded"], found["code"]) == (0, 0, 0)
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            take_theme(page.page, theme)
            for line in (".alsteach-page", ".alsteach-page-line"):
                box = page.page.locator(line)
                assert box.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), (theme, line)
            include, only = [[".alsteach-page"], [".alsteach-page-line"]], {"resultTypes": ["violations"]}
            answer = Axe().run(page.page, {"include": include}, options=only).response
            assert [rule["id"] for rule in answer["violations"]] == [], theme
    finally:
        page.close()


def test_a_reader_who_has_moved_is_left_where_they_are(browser, lab_address):
    page = Page(browser, lab_address, PAGE, 1366, 768)
    try:
        page.start_running()
        page.page.locator(f"{OPEN}.alsteach-quiet").wait_for()
        page.page.locator(f"{OPEN} .jp-WindowedPanel-outer").hover()
        page.page.mouse.wheel(0, 400)
        page.run_all_has_ended()
        page.page.wait_for_function(f"() => ({SEEN})().top > 0 && ({SEEN})().height > 2000")
    finally:
        page.close()


def test_the_first_guess_is_locked_without_scrolling_on_a_small_laptop(browser, lab_address):
    page = Page(browser, lab_address, "00_start_here.ipynb", width=1366, height=768)
    page.run_all()
    lock = page.page.locator(".alsteach-answer").first.bounding_box()
    window = page.page.locator(f"{OPEN} .jp-WindowedPanel-outer").bounding_box()
    assert lock["y"] + lock["height"] <= window["y"] + window["height"]
    page.close()


def test_the_first_panel_is_seen_while_the_cells_after_it_run(browser, lab_address, tmp_path):
    go = tmp_path / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.05)"
    cells = [
        'import alsteach as al\nal.page("05")',
        "al.beam_panel()",
        wait,
        "al.ruler_panel()",
        "#\n" * 100,
        "1",
    ]
    name = put_notebook(lab_address, cells)
    page = Page(browser, lab_address, name, 1366, 768)
    try:
        page.start_running()
        page.page.locator(".alsteach-panel figure img:visible").wait_for()
        assert page.page.locator(".alsteach-panel").count() == 1, "the kernel waits in the cell after it"
        assert seen(page)["top"] == 0 < seen(page)["height"] - 768, "JupyterLab would be at the last cell"
        go.write_text("")
        page.run_all_has_ended()
        page.page.locator(".alsteach-panel figure img:visible").nth(1).wait_for()
    finally:
        go.write_text("")
        page.close()
