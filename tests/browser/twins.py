"""The panels of a notebook as the kernel has them, and their controls moved on the page by keyboard alone.

A twin is the same panel, made in the test's own process: what it says in a state is what the page has to say.
"""

from __future__ import annotations

import re

import ipywidgets as widgets
import nbformat

import alsteach as al
from alsteach.panels.core import Panel as PanelOfKernel
from tests.browser.lab import ROOT, Panel

LONG = 90  # seconds that a computation in the background may take before a test gives up on it


def panels_in(shown) -> list[PanelOfKernel]:
    """Return the panels in what a cell shows: a panel, or one in a fold."""
    if isinstance(shown, PanelOfKernel):
        return [shown]
    return [panel for child in getattr(shown, "children", ()) for panel in panels_in(child)]


def twins_of(notebook: str) -> list[PanelOfKernel]:
    """Run the cells that end in a call of a panel, and return the panels in the order of the page."""
    found, names = [], {"al": al}
    for cell in nbformat.read(ROOT / "notebooks" / notebook, as_version=4).cells:
        if cell.cell_type == "code" and re.search(r"\bal\.\w+_panel\(", cell.source):
            *before, last = re.split(r"^(?=al\.)", cell.source, flags=re.MULTILINE)
            exec("".join(before), names)
            found += panels_in(eval(last, names))
    return found


class Pair:
    """A panel on the page and its twin, moved together."""

    def __init__(self, page, box, twin: PanelOfKernel):
        self.page, self.twin, self.title = page, twin, twin.title
        if not box.is_visible():  # folded away: open it as a learner does
            fold = box.locator("xpath=preceding-sibling::button")
            fold.focus()
            fold.press("Enter")
            box.wait_for()
        self.shown = Panel(page, box)
        self.box = box
        self.faults: list[str] = []

    def slow(self) -> bool:
        """Whether each picture takes seconds; an analysis that a button asks for is a matter of a blink."""
        return self.twin.background is not None and not hasattr(self.twin, "analyse_button")

    def move(self, name: str, value) -> None:
        """Bring one control to a value by keyboard, and its twin too."""
        control = self.twin.controls[name]
        old = control.value
        _move(self, control, value)
        control.value = value
        if control.value != value and not hasattr(control, "low"):
            self.faults.append(
                f"{self.title}: the twin does not take {value!r} for {control.label} (was {old!r})"
            )
        self.ask()

    def ask(self) -> None:
        """Press the button of a panel that does nothing until asked."""
        if hasattr(self.twin, "analyse_button"):
            # As a person does: a press made before the kernel knows of the change would overtake it.
            self.page.wait_for_function(
                "([box, said]) => box.querySelector('figcaption')?.textContent === said",
                arg=[self.box.element_handle(), self.twin.sentence],
                timeout=1000 * LONG,
            )
            self.key(self.box.locator(f'button:text-is("{self.twin.analyse_button.description}")'), "Enter")
            self.twin.refresh()

    def press(self, button: str) -> None:
        """Press one of the panel's buttons by keyboard, and do with the twin what it does."""
        self.key(self.box.locator(f'button:text-is("{button}")'), "Enter")
        self.twin.reset() if button == "Reset" else self.twin.set(**self.twin.presets[button])

    def key(self, where, *keys: str) -> None:
        where.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def compare(self, what: str) -> None:
        """Wait until the page says what the twin says, and look at its picture."""
        if not self.twin.wait(LONG):
            self.faults.append(f"{self.title}, {what}: the twin still computes")
            return
        said = self.twin.sentence
        problem = self._wait_for(said, re.search('src="([^"]*)"', self.twin.view.value).group(1))
        if problem == said:
            self.faults.append(f"{self.title}, {what}: another picture than the twin's")
        elif problem is not None:
            self.faults.append(f"{self.title}, {what}: {problem!r} instead of {said!r}")
        elif self.shown.alt() != said:
            self.faults.append(f"{self.title}, {what}: the alternative text is {self.shown.alt()!r}")
        if self.twin.background is not None and self.box.locator(".widget-hprogress").is_visible():
            self.faults.append(f"{self.title}, {what}: the bar stays")

    def _wait_for(self, said: str, picture: str) -> str | None:
        """Return what the page says if that, or its picture to the last byte, is not it even after a while."""
        from playwright.sync_api import TimeoutError as StillWrong

        done = """([box, said, picture]) => {
            const bar = box.querySelector('.widget-hprogress');
            return box.querySelector('figcaption')?.textContent === said
                && box.querySelector('figure img').getAttribute('src') === picture
                && (!bar || getComputedStyle(bar).visibility === 'hidden');
        }"""
        try:
            self.page.wait_for_function(
                done,
                arg=[self.box.element_handle(), said, picture],
                timeout=1000 * (LONG if self.slow() else 20),
            )
        except StillWrong:
            return self.shown.text()
        return None


def _with_label(box, row: str, label: str):
    """The row of a control: the one whose label reads so."""
    exact = re.compile(rf"^\s*{re.escape(label)}\s*$")
    return box.locator(row, has=box.page.locator(".widget-label, span").filter(has_text=exact)).first


def _move(pair: Pair, control, value) -> None:
    box, label = pair.box, control.label
    boxes = getattr(control, "_boxes", None)
    if hasattr(control, "low"):
        _slide(pair, _with_label(box, ".widget-slider", label), control, value)
    elif boxes is not None:
        _tick_all(pair, control, value)
    elif isinstance(value, tuple):  # a row with a slider and a list
        row = _with_label(box, ".widget-hbox", label)
        _type(pair, row.locator("input[type=number]"), control.value[0], value[0])
        _choose(pair, row.locator("select"), control._kind.options, value[1])
    elif isinstance(control.view, widgets.Checkbox):
        if control.value != value:
            pair.key(_with_label(box, ".widget-checkbox", label).locator("input"), "Space")
    else:
        offered = getattr(control, "_options", None)
        pairs = list(offered.items()) if offered is not None else control.view.options
        _choose(pair, _with_label(box, ".widget-dropdown", label).locator("select"), pairs, value)


def _slide(pair: Pair, row, control, value) -> None:
    ends = {control.low: "Home", control.high: "End"}
    if value in ends:
        pair.key(row.locator(".noUi-handle"), ends[value])
    else:
        _type(pair, row.locator("xpath=..").locator("input[type=number]"), control.value, value)


def _type(pair: Pair, field, now, value) -> None:
    # Not faster than a person: the box still takes what the slider did before.
    pair.page.wait_for_function(
        "([field, now]) => Number(field.value) === now", arg=[field.element_handle(), now]
    )
    pair.key(field, "Control+a")
    pair.page.keyboard.type(f"{value:g}" if isinstance(value, float) else str(value))
    pair.page.keyboard.press("Enter")


def _choose(pair: Pair, select, pairs, value) -> None:
    """Open the list and go through it; on a closed one JupyterLab takes the arrow keys and moves to another cell."""
    way = [option for _, option in pairs].index(value) - select.evaluate("list => list.selectedIndex")
    if way:
        pair.key(select, "Space", *["ArrowDown" if way > 0 else "ArrowUp"] * abs(way), "Enter")


def _tick_all(pair: Pair, control, wanted) -> None:
    keys = control._boxes if isinstance(control._boxes, dict) else control._keys
    row = _with_label(pair.box, ".widget-hbox", control.label)
    for place, key in enumerate(keys):
        if (key in wanted) != (key in control.value):
            pair.key(row.locator("input[type=checkbox]").nth(place), "Space")


def states(control) -> list:
    """The corners of one control, each another than the one before."""
    return [value for value in control.extremes if value != control.value] + [control.value]
