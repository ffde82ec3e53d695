"""Controls whose options change with the learner's file: a list of columns or entries, and a field of tick boxes."""

from __future__ import annotations

import ipywidgets as widgets

from ..panels.settings import Setting

MOST_BOXES = 60


def texts_of(values, no_name: str = "(no name)") -> dict[str, object]:
    """Return the words shown for each value, each once: two columns may read alike, as 1 and "1"."""
    found = {}
    for value in values:
        text = str(value) if str(value).strip() else no_name
        while text in found:
            text += " "
        found[text] = value
    return found


class Menu(Setting):
    """A drop-down list whose options can be changed; a value that is not offered is not taken."""

    def __init__(self, words, options: dict, value=None):
        self._options = {}
        self._part = widgets.Dropdown(description=words("label"), layout=widgets.Layout(width="auto"))
        self._part.style.description_width = "auto"
        super().__init__(words, self._part, None, [])
        self._listening = True
        self._part.observe(self._picked, "value")
        self.offer(options, value)

    def offer(self, options: dict, value) -> None:
        """Show these options and take ``value``, quietly: nobody is told."""
        self._options = dict(options)
        self._value = value if value in list(options.values()) else next(iter(options.values()), None)
        self._listening = False
        self._part.options = list(options)
        self._listening = True
        self._show(self._value)

    def take(self, value) -> None:
        """Take one of the options quietly."""
        self.offer(self._options, value)

    @property
    def offered(self) -> list:
        return list(self._options.values())

    @property
    def extremes(self) -> list:
        return self.offered or [None]

    @extremes.setter
    def extremes(self, _) -> None:
        """The options are the extremes."""

    def _picked(self, change) -> None:
        if self._listening and change["new"] is not None:
            self.value = self._options[change["new"]]

    def _accept(self, new):
        return new if new in self._options.values() else self._value

    def _show(self, new) -> None:
        text = next((text for text, value in self._options.items() if value == new), None)
        if self._part.value != text:
            self._listening = False
            self._part.value = text
            self._listening = True


class Boxes(Setting):
    """Tick boxes that can be exchanged; the value is the tuple of ticked options, in their order."""

    def __init__(self, words, options: dict, value=()):
        self._made: list[widgets.Checkbox] = []  # used again: ipywidgets would keep every one ever made
        self._boxes, self._showing = {}, False
        self._none = widgets.Label(words("none"))
        self._field = widgets.VBox()
        self._field.add_class("alsteach-offered")
        group = widgets.VBox([widgets.Label(words("label")), self._field])
        group.add_class("alsteach-ticks")
        group.disabled = False
        super().__init__(words, group, (), [])
        self.offer(options, value)

    def offer(self, options: dict, value) -> None:
        """Show these boxes with ``value`` ticked, quietly."""
        shown = dict(list(options.items())[:MOST_BOXES])
        self._value = tuple(key for key in shown.values() if key in value)
        while len(self._made) < len(shown):
            box = widgets.Checkbox(indent=False, layout=widgets.Layout(width="auto"))
            box.observe(self._ticked, "value")
            self._made.append(box)
        self._inputs = self._made[: len(shown)]
        for box, text in zip(self._inputs, shown, strict=True):
            box.description = text
        self._boxes = dict(zip(shown.values(), self._inputs, strict=True))
        self._show(self._value)
        self._field.children = self._inputs or [self._none]

    @property
    def offered(self) -> list:
        return list(self._boxes)

    @property
    def extremes(self) -> list:
        return list(dict.fromkeys([(), tuple(self._boxes), self._value]))

    @extremes.setter
    def extremes(self, _) -> None:
        """None, all, and what is ticked."""

    def _ticked(self, _) -> None:
        if not self._showing:
            self.value = tuple(key for key, box in self._boxes.items() if box.value)

    def _accept(self, new):
        return tuple(key for key in self._boxes if key in new)

    def _show(self, new) -> None:
        self._showing = True
        for key, box in self._boxes.items():
            box.value = key in new
        self._showing = False
