"""The panels of a notebook as the kernel has them, and their steps taken on the page by keyboard alone.

A twin is the same panel, made in the test's own process: what it says in a state is what the page has to say.
"""

from __future__ import annotations

import ast
import re

import nbformat

import alsteach as al
from alsteach.panels.panel import Panel as PanelOfKernel
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
            *before, last = ast.parse(cell.source).body
            exec(compile(ast.Module(before, []), notebook, "exec"), names)
            found += panels_in(eval(compile(ast.Expression(last.value), notebook, "eval"), names))
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
        """Whether each picture takes seconds."""
        return self.twin.background is not None

    def press(self, button: str) -> None:
        """Walk by keyboard to the step of this name, or for "Reset" to the first, and do the same with the twin."""
        names = {self.twin.words(f"steps.{key}.name"): key for key in self.twin.steps}
        self._walk_to(self.twin.steps[0] if button == "Reset" else names[button])

    def _walk_to(self, key: str) -> None:
        """Press Next and Back until a step is reached; from that step itself, once away and back."""
        steps, place = self.twin.steps, self.twin.steps.index(self.twin.step)
        self._skip_guess()
        wanted = steps.index(key)
        way = [abs(place - 1)] if place == wanted else []
        start = way[-1] if way else place
        toward = 1 if wanted > start else -1
        for following in [*way, *range(start + toward, wanted + toward, toward)]:
            self.key(
                self.box.locator(f'button:text-is("{"Next" if following > place else "Back"}")'), "Enter"
            )
            self.twin.go(steps[following])
            place = following
            name = self.twin.words(f"steps.{steps[place]}.name")
            self.box.locator(".alsteach-caption b", has_text=name).wait_for()
            self._skip_guess()

    def _skip_guess(self) -> None:
        if self.twin.guess is not None and self.twin.guess.open:
            self.key(self.box.locator('button:text-is("Skip")'), "Enter")
            self.twin.guess.skip()
            self.box.locator(".alsteach-answer").wait_for(state="hidden")

    def key(self, where, *keys: str) -> None:
        where.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def compare(self, what: str) -> None:
        """Wait until the page says what the twin says, and look at its picture."""
        if not self.twin.wait(LONG):
            self.faults.append(f"{self.title}, {what}: the twin still computes")
            return
        from playwright.sync_api import TimeoutError as StillWrong

        wanted = [self.twin.finding, self.twin.alternative_text]
        said = (
            "box => [box.querySelector('.alsteach-said-2').textContent, box.querySelector('figure img').alt]"
        )
        try:
            self.page.wait_for_function(
                f"([box, wanted]) => JSON.stringify(({said})(box)) === JSON.stringify(wanted)",
                arg=[self.box.element_handle(), wanted],
                timeout=1000 * (LONG if self.slow() else 20),
            )
        except StillWrong:
            self.faults.append(f"{self.title}, {what}: {self.box.evaluate(said)!r} instead of {wanted!r}")
