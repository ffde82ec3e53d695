"""A text to write, kept as it is typed; later it stands there again, with a model answer and points to tick."""

from __future__ import annotations

import asyncio
import html

import ipywidgets as widgets
from traitlets import Unicode

from .. import style
from .asked import Asked, button, framed
from .item import Item
from .markup import plain, to_html
from .progress import DRAFT, LONGEST_ANSWER, Progress, kept_text

PAUSE = 0.8  # seconds without a key after which the text is kept


class _Text(widgets.Textarea):
    """A text area whose text is not sent back to the page that typed it: half an emoji could not be."""

    value = Unicode("").tag(sync=True, echo_update=False)


class Write(Asked):
    """An item with a text to write.

    Parameters
    ----------
    again : bool
        Whether the text is compared here: *Compare*, the model answer and the points to tick stand under it.

    Attributes
    ----------
    again : bool
    field : Textarea
    compare_button : Button
    ticks : list of Checkbox
    """

    def __init__(self, item: Item, progress: Progress, again: bool = False):
        super().__init__(item, progress)
        self.again, self._saving = again, None
        self.field = _Text(
            description=self._words("controls.text"),
            rows=8,
            layout=widgets.Layout(width="98%", height="auto"),
        )
        self.field.add_class("alsteach-write")
        self._said, self._model = widgets.HTML(), widgets.HTML()
        self.compare_button = button(
            self._words("controls.compare"),
            lambda: self._after_arrival(self.compare),
            self._words("controls.compare_more"),
        )
        self.ticks = [self._tick(place, point) for place, point in enumerate(item.checklist, 1)]
        asked, more = (
            widgets.HTML(to_html(self._words(f"finding.{key}"))) for key in ("checklist", "better")
        )
        self._points = widgets.VBox([asked, *self.ticks, more])
        below = [self.compare_button, self._model, self._points] if again else []
        self.children = [self.prompt, self.field, self._said, *below]
        self._kept = ""
        self.follow()
        self._show(alert=False)
        self.field.observe(self._typed, "value")

    def _tick(self, place: int, point: str) -> widgets.Checkbox:
        tick = widgets.Checkbox(description=plain(point), indent=False, layout=widgets.Layout(width="98%"))
        tick.add_class("alsteach-tick")
        tick.observe(lambda change: self._ticked(place, change["new"]), "value")
        return tick

    @property
    def answer(self) -> str:
        """The text as it stands."""
        return self.field.value

    def put(self, answer) -> None:
        """Write a text as if typed."""
        self.field.value = str(answer)

    def _typed(self, _=None) -> None:
        """Keep the text in a moment, when no key follows."""
        self._arrived()
        if kept_text(self.field.value) == self._kept:
            return
        if self._saving is not None:
            self._saving.cancel()
        try:
            self._saving = asyncio.get_running_loop().call_later(PAUSE, self.save)
        except RuntimeError:  # no event loop, so no key can follow
            self.save()

    def save(self) -> None:
        """Keep the text as it stands; what another page has written meanwhile, and the draft, are kept as answers."""
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        text = kept_text(self.field.value)
        if text == self._kept:
            return
        self._progress.refresh()
        entry = self._progress.entry(self.item.id)
        there = self._progress.parts(self.item.id).get(DRAFT, "")
        is_draft = self.again and not entry["answers"]
        if there.strip() and (there != self._kept or is_draft):
            self._progress.record(self.item.id, there, False)
        self._kept = text
        self._progress.keep(self.item.id, draft=text)
        self._show(alert=False)

    def compare(self) -> None:
        """Set the model answer and the points to tick under the text."""
        self.save()
        if not self._kept.strip():
            return
        self._progress.record(self.item.id, self._kept, False)
        self._progress.note(self.item.id, compared=True)
        self._show(alert=True)

    def _ticked(self, place: int, ticked: bool) -> None:
        name = f"point_{place}"
        if bool(self._progress.parts(self.item.id).get(name)) != ticked:
            self._progress.keep(self.item.id, **{name: "yes" if ticked else ""})

    def follow(self) -> None:
        """Show what was written, ticked or cleared elsewhere, unless something is just being typed here."""
        parts = self._progress.parts(self.item.id)
        if self._saving is None and parts.get(DRAFT, "") != self._kept:
            self._kept = self.field.value = parts.get(DRAFT, "")
        for place, tick in enumerate(self.ticks, 1):
            tick.value = bool(parts.get(f"point_{place}"))
        if self._saving is None:
            self._show(alert=False)

    def _state(self) -> str:
        if not self._kept.strip():
            return self._words("finding.empty")
        said = [self._words("finding.kept", n=len(self._kept.split()))]
        if len(self.field.value) > LONGEST_ANSWER:
            said.append(self._words("finding.too_long", n=LONGEST_ANSWER))
        if not self.again:
            said.append(self._words("finding.comes_back"))
        return " ".join(said)

    def _show(self, alert: bool) -> None:
        compared = self._progress.entry(self.item.id)["compared"]
        self.compare_button.disabled = not self._kept.strip()
        self._said.value = f'<div class="alsteach-label">{html.escape(self._state())}</div>'
        self._points.layout.display = "" if compared else "none"
        if not compared:
            self._model.value, self.reply = "", ""
        elif not self._model.value:
            head = f"<b>{html.escape(self._words('finding.model'))}</b>"
            self._model.value = framed(head + to_html(self.item.solution), style.ACTIVE, alert)
            self.reply = self.item.solution
