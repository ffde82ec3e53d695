"""Controls whose options change with the learner's file: a list of columns or entries, and a field of tick boxes."""

from __future__ import annotations

import ipywidgets as widgets

from .controls import LABEL_WIDTH, Control, labelled

MOST_BOXES = 60


def texts_of(values) -> dict[str, object]:
    """Return the words shown for each value, each once: two columns may read alike, as 1 and "1"."""
    found = {}
    for value in values:
        text = str(value) if str(value).strip() else "(no name)"
        while text in found:
            text += " "
        found[text] = value
    return found


class Menu(Control):
    """A drop-down list whose options can be changed; a value that is not offered is not taken."""

    def __init__(self, label: str, options: dict, value=None):
        self._options = {}
        view = widgets.Dropdown(description=label, style={"description_width": LABEL_WIDTH})
        view.layout = widgets.Layout(width="520px", max_width="98%")
        super().__init__(label, view, None, [])
        self._listening = True
        view.observe(self._picked, "value")
        self.offer(options, value)

    def offer(self, options: dict, value) -> None:
        """Show these options and take ``value``, quietly: nobody is told."""
        self._options = dict(options)
        self._value = value if value in list(options.values()) else next(iter(options.values()), None)
        self._listening = False
        self.view.options = list(options)
        self._listening = True
        self._show(self._value)

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
        if self.view.value != text:
            self._listening = False
            self.view.value = text
            self._listening = True


class Boxes(Control):
    """Tick boxes that can be exchanged; the value is the tuple of ticked options, in their order."""

    def __init__(self, label: str, options: dict, value=()):
        self._boxes = {}
        self._field = widgets.HBox(
            layout=widgets.Layout(flex_flow="row wrap", flex="1 1 200px", max_height="168px", overflow="auto")
        )
        super().__init__(label, labelled(label, self._field), (), [])
        self._showing = False
        self.offer(options, value)

    def offer(self, options: dict, value) -> None:
        """Show these boxes with ``value`` ticked, quietly."""
        shown = list(options.items())[:MOST_BOXES]
        self._keys = [key for _, key in shown]
        self._value = tuple(key for key in self._keys if key in value)
        self._boxes = []
        for text, key in shown:
            box = widgets.Checkbox(value=key in self._value, description=text, indent=False)
            box.layout = widgets.Layout(width="auto", margin="0 14px 0 0")
            box.observe(self._ticked, "value")
            self._boxes.append(box)
        self._field.children = self._boxes or [widgets.Label("nothing to tick")]

    @property
    def offered(self) -> list:
        return list(self._keys)

    @property
    def extremes(self) -> list:
        return list(dict.fromkeys([(), tuple(self._keys), self._value]))

    @extremes.setter
    def extremes(self, _) -> None:
        """None, all, and what is ticked."""

    def _ticked(self, _) -> None:
        if not self._showing:
            pairs = zip(self._keys, self._boxes, strict=True)
            self.value = tuple(key for key, box in pairs if box.value)

    def _accept(self, new):
        return tuple(key for key in self._keys if key in new)

    def _show(self, new) -> None:
        self._showing = True
        for key, box in zip(self._keys, self._boxes, strict=True):
            box.value = key in new
        self._showing = False
