"""Every panel of every notebook at the corners of its controls, by keyboard: page and kernel say the same.

Nothing is listed here: the panels are those on the page, the corners those that their controls declare.
"""

from __future__ import annotations

import pytest

from tests.browser.lab import ROOT, Page
from tests.browser.twins import Pair, states, twins_of

pytestmark = pytest.mark.browser
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("0*.ipynb"))


@pytest.fixture(scope="module", params=NOTEBOOKS)
def notebook(request):
    return request.param


@pytest.fixture(scope="module")
def page(browser, lab_address, notebook):
    page = Page(browser, lab_address, notebook)
    page.run_all()
    yield page
    page.close()


@pytest.fixture(scope="module")
def pairs(page, notebook):
    twins = twins_of(notebook)
    boxes = page.page.locator(".alsteach-panel")
    assert boxes.count() == len(twins) > 0
    return [Pair(page.page, boxes.nth(place), twin) for place, twin in enumerate(twins)]


def corners(pair: Pair) -> None:
    """One control after the other to its corners; where work is done in the background wait for its last one only.

    Each such wait is for two computations, the page's and the twin's; the newest request wins.
    """
    for name, control in pair.twin.controls.items():
        values = states(control)
        for place, value in enumerate(values):
            pair.move(name, value)
            if not pair.slow() or place == len(values) - 1:
                pair.compare(f"{control.label} at {value!r}")


def test_all_notebooks_are_here():
    assert len(NOTEBOOKS) == 8


def test_corners_presets_and_reset(page, pairs):
    for pair in pairs:
        pair.compare("as it opens")
        corners(pair)
        presets = list(pair.twin.presets)
        for place, preset in enumerate(presets):
            pair.press(preset)
            if not pair.slow() or place == len(presets) - 1:
                pair.compare(preset)
        pair.press("Reset")
        pair.compare("Reset")
    assert [fault for pair in pairs for fault in pair.faults] == []
    assert page.errors() == []
    assert page.outside == [], "something outside this machine was asked for"
    assert page.console == []
    assert page.kernel_errors == [], "warnings or tracebacks that the kernel sent while a control was moved"
