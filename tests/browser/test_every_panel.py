"""Every panel of every notebook at each of its steps, on a small laptop and by keyboard: page and kernel say the same,
and it all fits.

Nothing is listed here: the panels are those on the page. Their controls are moved in ``test_panels.py`` and, all values
of them, in ``tests/panels``.
"""

from __future__ import annotations

import pytest

from alsteach.opening.course import numbered_pages
from tests.browser.lab import Page
from tests.browser.seeing import faults, findings, overlaps, see, take_theme
from tests.browser.twins import Pair, twins_of

pytestmark = pytest.mark.browser
LAPTOP = (1366, 640)
NOTEBOOKS = [path.name for path in numbered_pages().values()]


@pytest.fixture(scope="module", params=NOTEBOOKS)
def notebook(request):
    return request.param


@pytest.fixture(scope="module")
def page(browser, lab_address, notebook):
    page = Page(browser, lab_address, notebook, *LAPTOP)
    page.run_all()
    yield page
    page.close()


@pytest.fixture(scope="module")
def pairs(page, notebook):
    twins = twins_of(notebook)
    boxes = page.page.locator(".alsteach-panel")
    assert boxes.count() == len(twins) > 0
    return [Pair(page.page, boxes.nth(place), twin) for place, twin in enumerate(twins)]


def test_all_notebooks_are_here():
    assert len(NOTEBOOKS) == 8


def test_every_step_and_back_to_the_first(page, pairs):
    for pair in pairs:
        pair.compare("as it opens")
        presets, seen = list(pair.twin.presets), []
        for place, preset in enumerate(presets):
            pair.press(preset)
            if not pair.slow() or place == len(presets) - 1:
                pair.compare(preset)
            seen.append(see(page.page, pair.box, pair.title))
        pair.faults += [f"{pair.title}, {fault}" for fault in faults(seen)]
        pair.press("Reset")
        pair.compare("Reset")
    assert [fault for pair in pairs for fault in pair.faults] == []
    assert page.errors() == []
    assert page.outside == [], "something outside this machine was asked for"
    assert page.console == []
    assert page.kernel_errors == [], "warnings or tracebacks that the kernel sent while a control was moved"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious_in_either_theme(page, pairs, theme):
    if theme.endswith("Dark"):
        take_theme(page.page, theme)
    try:
        found, in_order = findings(page.page)
    finally:
        if theme.endswith("Dark"):
            take_theme(page.page, "JupyterLab Light")
    assert found == []
    assert {"color-contrast", "image-alt", "button-name"} <= in_order, "axe saw too little"


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (900, 900), (640, 450)])
def test_nothing_overlaps(page, pairs, width, height):
    """640 × 450 is what a window of 1280 × 900 holds at a zoom of 200 %; the list of files is closed then."""
    page.page.set_viewport_size({"width": width, "height": height})
    if width == 640:
        page.page.keyboard.press("Control+b")
    try:
        assert overlaps(page.page) == []
    finally:
        if width == 640:
            page.page.keyboard.press("Control+b")
        page.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
