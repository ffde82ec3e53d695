"""Cards to sort, one at a time: a button for each box, and at once a word on the choice, which stands."""

from __future__ import annotations

import html
from functools import partial

import ipywidgets as widgets

from .. import style
from .asked import Asked, button, framed, verdict
from .downloads import cards_html
from .item import Check, Item, sorted_text
from .markup import to_html, to_inline
from .progress import Progress, sorted_cards


class Sort(Asked):
    """An item with cards to sort; what was sorted before stays where it is.

    Attributes
    ----------
    box_buttons : dict of Button
        By the box's word.
    next_button : Button
    place : int
        Of the card in sight, from 1; one more than there are cards once all are shown in their boxes.
    """

    def __init__(self, item: Item, progress: Progress):
        super().__init__(item, progress)
        self._card, self._told = widgets.HTML(), widgets.HTML()
        self.box_buttons = {
            box: button(label, partial(self.choose, box), self._words("controls.into", box=label))
            for box, label in item.boxes.items()
        }
        self._row = widgets.HBox([*self.box_buttons.values()], layout=widgets.Layout(flex_flow="row wrap"))
        self._row.add_class("alsteach-boxes")
        self.next_button = button(self._words("controls.next"), self.next)
        self.next_button.add_class("alsteach-next")
        self.children = [self.prompt, self._card, self._row, self._told, self.next_button]
        self._seen = self.boxes
        self.place = self._first_left()
        self._show(alert=False)

    @property
    def boxes(self) -> dict[int, str]:
        """The box of each card that is sorted, by the card's place."""
        return sorted_cards(self.item, self._progress.entry(self.item.id))

    @property
    def answer(self) -> str:
        """Which card went into which box, in words."""
        return sorted_text(self.boxes)

    def _first_left(self) -> int:
        n = len(self.item.cards)
        return next((place for place in range(1, n + 1) if place not in self._seen), n + 1)

    def choose(self, box: str) -> None:
        """Put the card in sight into a box, where it stays."""
        self._progress.refresh()
        self._seen = self.boxes
        if self.place <= len(self.item.cards) and self.place not in self._seen:
            self._seen = {**self._seen, self.place: box}
            self._progress.keep(self.item.id, **{f"card_{self.place}": box})
            self._hand_in()
        self._show(alert=True)
        self.next_button.focus()

    def _hand_in(self) -> None:
        """Once every card is sorted, that is the answer."""
        if len(self._seen) == len(self.item.cards):
            answer = sorted_text(self._seen)
            self._progress.record(self.item.id, answer, answer == self.item.solution)

    def next(self) -> None:
        """Show the next card that is not sorted, or all of them in their boxes."""
        self._progress.refresh()
        self._seen = self.boxes
        if self.place in self._seen:
            self.place = self._first_left()
            self._show(alert=True)
            if self.place <= len(self.item.cards):
                next(iter(self.box_buttons.values())).focus()

    def follow(self) -> None:
        """Show what was sorted or cleared elsewhere; the card in sight stays if it may."""
        if self.boxes == self._seen:
            return
        self._seen = self.boxes
        if self.place not in self._seen:
            self.place = self._first_left()
        self._show(alert=False)

    def _right(self) -> int:
        return sum(self.item.cards[place - 1].box == box for place, box in self._seen.items())

    def _show(self, alert: bool) -> None:
        over, judged = self.place > len(self.item.cards), self.place in self._seen
        for part in (self._card, self._row):
            part.layout.display = "none" if over else ""
        self.next_button.layout.display = "" if judged else "none"
        if over:
            self._show_all(alert)
            return
        card, chosen = self.item.cards[self.place - 1], self._seen.get(self.place)
        n = len(self.item.cards)
        counted = self._words("finding.card", place=self.place, n=n)
        if self._seen:
            counted += " · " + self._words("finding.count", right=self._right())
        self._card.value = (
            f'<div class="alsteach-label">{html.escape(counted)}</div>'
            f'<div role="status" class="alsteach-card">{to_inline(card.text)}</div>'
        )
        for box, pressed in self.box_buttons.items():
            mark = "✓ " if box == card.box else "✗ " if box == chosen else ""
            pressed.description = (mark if judged else "") + self.item.boxes[box]
            pressed.disabled = judged
        last = self._first_left() > n
        self.next_button.description = self._words("controls.all" if last else "controls.next")
        self._told.value, self.reply = "", ""
        if judged:
            key = "finding.right" if chosen == card.box else "finding.wrong"
            self.reply = self._words(key, box=self.item.boxes[card.box], why=card.reason(chosen))
            self._told.value = verdict(Check(chosen == card.box, self.reply), alert)

    def _show_all(self, alert: bool) -> None:
        self.reply = self._words("finding.all_sorted", right=self._right(), n=len(self.item.cards))
        cards = f'<div class="alsteach-sorted">{cards_html(self.item, self._seen)}</div>'
        self._told.value = framed(to_html(self.reply) + cards, style.ACTIVE, alert)
