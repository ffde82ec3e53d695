"""The contract of a panel as it is seen: every panel and each of its steps in JupyterLab on a phone; hand and keyboard.

The panels are found, not listed, and stand in one notebook, a cell each. ``test_every_panel.py`` has their steps on a
laptop; what needs no browser is in ``tests/panels/test_contract.py``.
"""

from __future__ import annotations

import pytest

import alsteach as al
from alsteach.panels.settings import Slider
from tests.browser.lab import Page, put_notebook
from tests.browser.seeing import faults, findings_in, see, settle
from tests.panels.states import LONG, PANELS

pytestmark = pytest.mark.browser
LAPTOP, PHONE = (1366, 640), (390, 800)


class Walked:
    """One panel on the page, and its twin in the test's own process."""

    def __init__(self, page, box, name: str):
        self.page, self.box, self.name, self.twin = page, box, name, getattr(al, name)()

    def settle(self) -> None:
        settle(self.page, self.box, self.name)

    def see(self) -> dict:
        return see(self.page, self.box, self.name)

    def button(self, text: str):
        return self.box.locator(f'.alsteach-button:text-is("{text}")')

    def can(self, text: str) -> bool:
        return self.button(text).get_attribute("aria-disabled") == "false"

    def press(self, text: str) -> None:
        """Take the next step or the last, and wait for its caption."""
        before = self.box.locator(".alsteach-caption").text_content()
        self.button(text).click()
        self.page.wait_for_function(
            "([box, before]) => box.querySelector('.alsteach-caption').textContent !== before",
            arg=[self.box.element_handle(), before],
        )
        place = self.twin.steps.index(self.twin.step) + (1 if text == "Next" else -1)
        self.twin.go(self.twin.steps[place])

    def guess(self) -> bool:
        """Where a guess is asked, move the ring by keyboard, lock it, and return True."""
        if not self.box.locator(".alsteach-answer").is_visible():
            return False
        assert not self.can("Next"), "a guess can be walked past"
        assert not self.can("Lock my guess"), "a guess that was not made can be locked"
        ring = self.box.locator(".alsteach-guess-hand")
        ring.focus()
        ring.press("ArrowUp")
        self.twin.guess.lock(float(ring.get_attribute("aria-valuenow")))
        self.button("Lock my guess").press("Enter")
        self.box.locator(".alsteach-answer").wait_for(state="hidden")
        return True

    def walk(self):
        """Go to the other end, step by step, and yield what is seen on the way."""
        self.settle()
        way = "Next" if self.can("Next") else "Back"
        while True:
            yield self.see()
            if self.guess():
                yield self.see()
            if not self.can(way):
                return
            self.press(way)

    def says_what_its_twin_says(self) -> None:
        assert self.twin.wait(LONG)
        self.page.wait_for_function(
            "([box, said]) => box.querySelector('figure.alsteach-figure img').alt === said",
            arg=[self.box.element_handle(), self.twin.alternative_text],
        )

    def go_to_a_handle(self):
        """Walk from one end to a step at which a handle moves a control in sight; return it, or None."""
        self.twin._hear({"do": "width", "width": self.see()["width"], "sharpness": 1})  # it draws as wide
        way = "Next" if self.can("Next") else "Back"
        while True:
            self.settle()
            self.guess()
            assert self.twin.wait(LONG)
            for handle in self.twin.picture.shown["handles"]:
                control = self.twin.controls[handle["name"]]
                if len(handle["path"]) > 1 and control.view and control.view.layout.display != "none":
                    return handle
            if not self.can(way):
                return None
            self.press(way)


@pytest.fixture(scope="module")
def page(browser, lab_address):
    """All panels in a notebook of their own, run; in the end nothing has failed or left this machine."""
    notebook = put_notebook(lab_address, [f"import alsteach as al\nal.{name}()" for name in PANELS])
    page = Page(browser, lab_address, notebook, *LAPTOP)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "something outside this machine was asked for"
    assert [line for line in page.console if "404" not in line] == []
    assert page.kernel_errors == []
    page.close()


@pytest.fixture(scope="module")
def panels(page):
    boxes = page.page.locator(".alsteach-panel-2")
    assert boxes.count() == len(PANELS) > 0
    return [Walked(page.page, boxes.nth(place), name) for place, name in enumerate(PANELS)]


def test_on_a_phone_every_step_fits_is_short_and_shows_something_new(page, panels):
    page.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.page.keyboard.press("Control+b")  # the list of files goes
    try:
        found = []
        for panel in panels:
            seen = list(panel.walk())
            assert len(seen) >= len(panel.twin.steps), f"{panel.name}: not every step was reached"
            panel.says_what_its_twin_says()
            found += [f"{panel.name}, {fault}" for fault in faults(seen, on_a_phone=True)]
        assert found == []
    finally:
        page.page.keyboard.press("Control+b")
        page.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})


def test_a_handle_follows_the_mouse_and_its_control_the_keyboard(page, panels):
    with_handles = 0
    for panel in panels:
        handle = panel.go_to_a_handle()
        if handle is None:
            continue
        with_handles += 1
        control, path = panel.twin.controls[handle["name"]], handle["path"]
        x, y, value = max(
            path[len(path) // 4], path[-len(path) // 4], key=lambda row: abs(row[2] - handle["value"])
        )
        place = next(
            i for i, h in enumerate(panel.twin.picture.shown["handles"]) if h["name"] == handle["name"]
        )
        panel.settle()
        image = panel.box.locator("figure.alsteach-figure img").bounding_box()
        hand = panel.box.locator(".alsteach-hand:not(.alsteach-guess-hand)").nth(place).bounding_box()
        mouse = page.page.mouse
        mouse.move(hand["x"] + hand["width"] / 2, hand["y"] + hand["height"] / 2)
        mouse.down()
        mouse.move(image["x"] + x * image["width"], image["y"] + (1 - y) * image["height"], steps=8)
        mouse.up()
        panel.twin._on_handle({"name": handle["name"], "value": value})
        before = panel.twin.values[handle["name"]]
        box = panel.box.locator(f'.alsteach-setting:has(:text-is("{control.label}")):visible').first
        if not isinstance(control, Slider):
            panel.says_what_its_twin_says()
            continue
        # A pixel of the mouse may be more than a step of the control: near is right, and the twin takes what it is.
        number = box.locator('input[type="number"]')
        near = 0.03 * (control.high - control.low)
        page.page.wait_for_function(
            "([input, wanted, near]) => Math.abs(Number(input.value) - wanted) <= near",
            arg=[number.element_handle(), before, near],
        )
        panel.settle()
        panel.twin.set(**{handle["name"]: float(number.input_value())})
        panel.says_what_its_twin_says()
        here = control.value
        thumb = box.locator(".noUi-handle")
        thumb.focus()
        thumb.press("ArrowLeft" if here > control.low else "ArrowRight")
        page.page.wait_for_function(
            "([input, before]) => Number(input.value) !== before", arg=[number.element_handle(), here]
        )
        panel.twin.set(**{handle["name"]: float(number.input_value())})
        assert abs(control.value - here) == pytest.approx(control._step)
        panel.says_what_its_twin_says()
    assert with_handles > 0


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious_in_either_theme(page, panels, theme):
    assert findings_in(page.page, theme) == []
