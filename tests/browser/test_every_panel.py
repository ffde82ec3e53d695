"""Every panel of every notebook, by keyboard on a small laptop: page and kernel say the same, and it all fits.

Nothing is listed here: the panels are those on the page. Their controls are moved in ``test_panels.py`` and, all values
of them, in ``tests/panels``.
"""

from __future__ import annotations

import pytest

from alsteach.opening.course import numbered_pages
from tests.browser.lab import Page
from tests.browser.seeing import faults, findings_in, overlaps, see, settle
from tests.browser.twins import Pair, twins_of

pytestmark = pytest.mark.browser
LAPTOP = (1366, 640)
NOTEBOOKS = [path.name for path in numbered_pages().values()]
some = pytest.mark.parametrize(
    "notebook", ["03_survival_trial.ipynb", "05_why_they_disagree.ipynb"], indirect=True
)
MOVES = 40
# Counts the pictures that come, and how many come after the last key.
COUNT = """box => {
    const working = box.querySelector('.alsteach-working');
    box.pictures = 0;
    box.refined = false;
    box.counting = new MutationObserver(changes => {
        box.refined ||= !working.hidden;
        box.pictures += changes.filter(
            change => [...change.addedNodes].some(node => node.querySelector?.('img') || node.tagName === 'IMG')
                || [...change.addedNodes].some(node => node.tagName === 'FIGURE')).length;
    });
    box.counting.observe(box, {subtree: true, childList: true, attributes: true});
}"""


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


def sliders(pair: Pair):
    return [(name, control) for name, control in pair.twin.controls.items() if hasattr(control, "low")]


@some
def test_forty_quick_moves_end_on_the_last_value_and_queue_nothing(pairs):
    """The browser sends the next value when the last is dealt with; what it passed meanwhile is never drawn."""
    tried = 0
    for pair in pairs:
        if pair.slow() or not sliders(pair):
            continue
        rows = [(c, pair.box.locator(".widget-slider", has_text=c.label).first) for _, c in sliders(pair)]
        shown = [(control, box) for control, box in rows if box.is_visible()]
        if not shown:  # sliders that take turns: another control says whose it is
            continue
        control, box = shown[0]
        handle = box.locator(".noUi-handle")
        pair.key(handle, "Home")
        control.value = control.low
        pair.compare("at its lowest")
        settle(pair.page, pair.box, pair.title)  # a picture for a room that has changed would be counted too
        pair.box.evaluate(COUNT)
        # Dispatched in one go: faster than any hand, and faster than the kernel.
        value = handle.evaluate(
            """(handle, moves) => {
                for (let i = 0; i < moves; i++) handle.dispatchEvent(
                    new KeyboardEvent('keydown', {key: i % 8 === 7 ? 'ArrowLeft' : 'ArrowRight', bubbles: true}));
                return Number(handle.closest('.noUi-target').noUiSlider.get());
            }""",
            MOVES,
        )
        control.value = value
        assert control.value > control.low
        pair.compare(f"{control.label} after {MOVES} quick moves")
        # Where it refines, pictures come until the whole answer is there; the twin may have known it before.
        if pair.slow() or pair.box.evaluate("box => box.refined"):
            continue
        after = pair.box.evaluate("box => box.pictures")
        assert 1 <= after <= 2, f"{pair.title}: {after} pictures came after the last move"
        # A stale value would come after the right one: an answer asked for now comes behind it.
        pair.press("Reset")
        pair.compare("Reset")
        tried += 1
    assert tried >= 2
    assert [fault for pair in pairs for fault in pair.faults] == []


def focus(page) -> dict:
    return page.page.evaluate(
        """() => { const e = document.activeElement, row = e.closest('.widget-slider, .widget-text, .widget-checkbox');
            return {what: e.getAttribute('role') || e.type || e.tagName, words: e.textContent,
                    label: row?.querySelector('.widget-label')?.textContent || '',
                    panel: e.closest('.alsteach-panel')?.querySelector('.alsteach-title').textContent || ''}; }"""
    )


def tab_to(page, wanted, most: int = 120) -> dict:
    """Press Tab until what has the focus is wanted."""
    for _ in range(most):
        page.page.keyboard.press("Tab")
        found = focus(page)
        if wanted(found):
            return found
    raise AssertionError(f"not reached with {most} tabs; stopped at {found}")


@some
def test_a_walk_with_tab_arrows_and_enter_only(page, pairs, notebook):
    """From the first cell on; what the walk reaches is said by what has the focus, nothing is clicked."""
    pair = next(pair for pair in pairs if pair.twin.guess is None and sliders(pair))
    name, control = sliders(pair)[0]
    page.page.locator(".jp-Notebook .jp-Cell").first.focus()
    tab_to(page, lambda here: here["panel"] == pair.title and here["words"] == "Next")
    page.page.keyboard.press("Enter")
    pair.twin.go(pair.twin.steps[1])
    pair.compare("the second step")
    at = tab_to(page, lambda here: here["panel"] == pair.title and here["label"] == control.label)
    assert at["what"] == "slider"
    towards = -1 if control.value == control.high else 1
    page.page.keyboard.press("ArrowRight" if towards == 1 else "ArrowLeft")
    control.value = control.value + towards * control._step
    pair.compare("one step by arrow key")
    page.page.keyboard.press("Tab")
    box = focus(page)
    assert (box["what"], box["label"]) == ("number", control.label), "the number box is next, and has a name"
    assert pair.faults == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious_in_either_theme(page, pairs, theme):
    assert findings_in(page.page, theme) == []


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
