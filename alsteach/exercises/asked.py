"""What every question has as a widget: its label and prompt, a word on the answer, and patience with what arrives."""

from __future__ import annotations

import asyncio
import html
import time

import ipywidgets as widgets

from .. import style
from ..words import catalogue
from .item import Check, Item
from .loading import number_of
from .markup import to_html
from .progress import Progress

FOLLOWS = 0.3  # seconds in which an answer on its way arrives


def framed(text: str, color: str, alert: bool = False) -> str:
    """A framed remark; ``alert`` lets a screen reader read it out as it appears."""
    role = ' role="alert"' if alert else ""
    return f'<div{role} class="alsteach-remark" style="border-left-color:{color}">{text}</div>'


def verdict(check: Check, alert: bool, right: str = "✓", wrong: str = "✗") -> str:
    mark, color = (right, style.SECOND) if check.correct else (wrong, style.HIGHLIGHT)
    return framed(to_html(check.message).replace("<p>", f"<p><b>{mark}</b> ", 1), color, alert)


def button(text: str, action, tooltip: str = "") -> widgets.Button:
    layout = widgets.Layout(width="auto", align_self="flex-start")
    made = widgets.Button(description=text, tooltip=tooltip or text, layout=layout)
    made.on_click(lambda _: action())
    return made


def label_of(item: Item) -> str:
    """Return the line above a question: its number on the page, and the id by which guide and sheets call it.

    Examples
    --------
    >>> from alsteach.exercises.loading import find_item
    >>> label_of(find_item("00-choice-2"))
    '2 · 00-choice-2'
    """
    parts = [str(number_of(item)), item.id]
    if item.when == "before":
        parts.append(catalogue.panel("exercises")("finding.prediction"))
    return " · ".join(parts)


class Asked(widgets.VBox):
    """An item as a widget.

    Attributes
    ----------
    item : Item
    reply : str
        What the learner was last told, as text.
    """

    def __init__(self, item: Item, progress: Progress):
        self.item, self._progress, self.reply = item, progress, ""
        self._words = catalogue.panel("exercises")
        head = f'<div class="alsteach-label">{html.escape(label_of(item))}</div>'
        self.prompt = widgets.HTML(head + to_html(item.prompt))
        self.comparison = widgets.VBox()
        self.comparison.add_class("alsteach-comparison")
        self._arrived_at, self._timer, self._pending = 0.0, None, None
        super().__init__([self.prompt])
        self.add_class("alsteach-question")

    def follow(self) -> None:
        """Show what was changed elsewhere."""
        raise NotImplementedError

    def _after_arrival(self, action) -> None:
        """Do it now, or in a moment if an answer came just before and a newer one may be on its way.

        JupyterLab holds a changed answer back until the one before it is acknowledged, but a pressed button never.
        With a busy kernel the button would overtake the answer it belongs to.
        """
        if time.monotonic() - self._arrived_at < FOLLOWS:
            self._once_arrived(action)
        else:
            action()

    def _once_arrived(self, action) -> None:
        try:
            self._timer = asyncio.get_running_loop().call_later(FOLLOWS, self._arrived)
        except RuntimeError:  # no event loop, so nothing can arrive
            action()
        else:
            self._pending = action

    def _arrived(self, _=None) -> None:
        self._arrived_at = time.monotonic()
        if self._pending is not None:
            self._timer.cancel()
            action, self._pending = self._pending, None
            action()
