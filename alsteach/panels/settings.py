"""The controls of a panel: a label from the words, a widget, one value. A slider and its number box are one control.

`choice`, `slider`, `levels`, `tick` and `ticks` say which controls a panel wants; the panel makes them, with
the words of its table ``controls.NAME``: ``label``, ``unit``, ``options.KEY`` and ``off.REASON``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import ipywidgets as widgets


@dataclass(frozen=True)
class Wanted:
    """One control a panel wants.

    Attributes
    ----------
    name : str
    make : callable
        ``make(words)`` returns the control.
    more : bool
        Stand under *More*.
    shown : callable, optional
        ``shown(values)``: whether it is in sight now, where several take turns at one place.
    words : str, optional
        The key of its words where it shares them with others; its name by default.
    """

    name: str
    make: Callable
    more: bool = False
    shown: Callable | None = None
    words: str | None = None


def in_turn(wanted: Wanted, shown: Callable, words: str) -> Wanted:
    """Want a control only while ``shown(values)``; it shares its words with those it takes turns with."""
    return replace(wanted, shown=shown, words=words)


class Control:
    """One labelled control of a panel.

    Attributes
    ----------
    view : widget
        What the learner sees.
    value
        The state; setting it moves the widgets and calls each observer once.
    extremes : list
        Values a test must try: the ends, the middle, the odd ones.
    """

    def __init__(self, label: str, view, value, extremes):
        self.label, self.view, self.extremes = label, view, list(extremes)
        self._value = value
        self._observers = []

    def observe(self, callback) -> None:
        self._observers.append(callback)

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, new) -> None:
        new = self._accept(new)
        if new != self._value:
            self._value = new
            self._show(new)
            for callback in self._observers:
                callback()

    def _accept(self, new):
        return new

    def _show(self, new) -> None:
        if self.view.value != new:
            self.view.value = new

    def _listen(self, widget) -> None:
        def changed(change):
            self.value = change["new"]

        widget.observe(changed, "value")


class Setting(Control):
    """A control that can be switched off with a reason.

    ``options`` has what there is to choose, a value's label by the value; ``slides`` says that it is a slider.
    """

    slides, unit = False, ""

    def __init__(self, words, part, value, extremes, also=()):
        self._inputs = [part, *also]
        self._reason = widgets.HTML()
        self._reason.add_class("alsteach-off")
        super().__init__(words("label"), widgets.VBox([part, self._reason]), value, extremes)
        self.view.add_class("alsteach-setting")
        self._words = words
        self.options = {value: label for label, value in getattr(part, "options", ())}
        self.off = None

    def switch(self, reason: str | None, closed: bool = False) -> None:
        """Switch it off for a reason (a key of its words ``off``), or on; ``closed``: off for a while, unexplained."""
        self.off = reason
        text = self._words(f"off.{reason}") if reason else ""
        if self._reason.value != text:
            self._reason.value = text
        for part in self._inputs:
            if part.disabled != bool(reason or closed):
                part.disabled = bool(reason or closed)

    def adapt(self, values) -> None:
        """Fit its range to the other controls' values."""


class Fixed(Control):
    """A value without anything to see or to change."""

    def __init__(self, value):
        super().__init__("", None, value, [value])
        self.off = None

    def _show(self, new) -> None:
        pass

    def _accept(self, new):
        return self._value

    def switch(self, reason, closed=False) -> None:
        """Nothing to switch."""

    def adapt(self, values) -> None:
        """Nothing to adapt."""


class _Single(Setting):
    def __init__(self, words, part, value, extremes):
        super().__init__(words, part, value, extremes)
        self._part = part
        self._listen(part)

    def _show(self, new) -> None:
        if self._part.value != new:
            self._part.value = new


def number_box(whole: bool, label: str, limits: dict, width: str):
    """Return a box to type a number into; a screen reader hears the label that the slider beside it shows."""
    kind = widgets.BoundedIntText if whole else widgets.BoundedFloatText
    box = kind(**limits, description=label, layout=widgets.Layout(width=width, flex="0 0 auto"))
    box.add_class("alsteach-unseen-label")
    return box


def browser_stand(low, high, step, whole: bool, value):
    """Return where a browser's slider stands for a value, to its last bit.

    It stands on its steps only and counts them in percent of its range. Put anywhere else it would send where it
    stands back as if it had been moved, over what was set meanwhile.
    """
    reach = high - low
    if whole:
        stand = low + math.floor((value - low) / step + 0.5) * step
    else:
        share = 100 * step / reach
        stand = math.floor(100 * (value - low) / reach / share + 0.5) * share * reach / 100 + low
    return high if value == high else min(stand, high)


class Slider(Setting):
    """A slider with its number box and unit; ``limits(values)`` gives low, high, step, ``unit(values)`` the unit."""

    slides = True

    def __init__(self, words, low, high, step, start, limits=None, unit=None, stays=False):
        self._limits, self._unit_of, self._stays, self._showing = limits, unit, stays, False
        self.coming = None  # the value that a step will set once the range is known
        self._start = start
        self._set_range(low, high, step)
        whole = limits is None and self._kind is int  # another range may be one of fractions
        kind = widgets.IntSlider if whole else widgets.FloatSlider
        bounds = {"min": self.low, "max": self.high, "step": self._step, "value": self._accept(start)}
        label = words("label")
        self._slider = kind(**bounds, description=label, readout=False, style={"description_width": "auto"})
        self._slider.layout = widgets.Layout(flex="1 1 120px", width="auto", min_width="110px")
        self._box = number_box(whole, label, bounds, "78px")
        self._unit = widgets.Label(layout=widgets.Layout(flex="0 0 auto"))
        row = widgets.HBox([self._slider, self._box, self._unit])
        row.add_class("alsteach-slider")
        row.disabled = False
        start = self._accept(start)
        super().__init__(words, row, start, dict.fromkeys([self.low, self.high, start]))
        self._inputs = [self._slider, self._box]
        self._tell_unit(None)
        self._slider.value = self._stand(start)
        for part in self._inputs:
            part.observe(self._moved, "value")

    def _moved(self, change) -> None:
        if not self._showing:
            self.value = change["new"]

    @property
    def unit(self) -> str:
        """The unit that stands beside its number now."""
        return self._unit.value

    def _tell_unit(self, values) -> None:
        unit = self._words("unit") if "unit" in self._words else ""
        if self._unit_of is not None and values is not None:
            unit = self._unit_of(values)
        if self._unit.value != unit:
            self._unit.value = unit
            self._unit.layout.display = None if unit else "none"

    def adapt(self, values) -> None:
        self._tell_unit(values)
        low, high, step = self._limits(values) if self._limits else (self.low, self.high, self._step)
        if (low, high, step) == (self.low, self.high, self._step):
            return
        kept = self._value if self._stays and low <= self._value <= high else self._start
        self._set_range(low, high, step)
        self.extremes = list(dict.fromkeys([self.low, self.high, self._accept(self._start)]))
        # Range and value go in one message: a browser sends back where the slider stood in between.
        value = self._accept(kept if self.coming is None else self.coming)
        self._showing = True
        for part in self._inputs:
            # In one message: between two a browser would cut the old value to the new range, and send that back.
            with part.hold_sync(), part.hold_trait_notifications():
                part.min, part.max, part.step = self.low, self.high, self._step
                part.value = value
        self._showing = False
        self._value = value
        self._show(self._value)

    def _set_range(self, low, high, step) -> None:
        whole = all(float(v).is_integer() for v in (low, high, step, self._start))
        self._kind = int if whole else float
        self.low, self.high, self._step = self._kind(low), self._kind(high), self._kind(step)

    def _accept(self, new):
        # A browser counts steps in floating point: it sends 0.9999999999999999 for 1. Two decimals more than a step
        # has are as exact as anybody reads.
        new = round(new) if self._kind is int else round(float(new), 2 - math.floor(math.log10(self._step)))
        return min(max(new, self.low), self.high)

    def on_a_step(self, value: float):
        """Return the nearest value that the slider itself could be moved to."""
        return self._accept(self.low + round((value - self.low) / self._step) * self._step)

    def _stand(self, value):
        return browser_stand(self.low, self.high, self._step, self._kind is int, value)

    def _show(self, new) -> None:
        self._showing = True
        for part, value in ((self._slider, self._stand(new)), (self._box, new)):
            if part.value != value:
                part.value = value
        self._showing = False


class _Ticks(Setting):
    def __init__(self, words, options, start):
        self._boxes = {
            key: widgets.Checkbox(value=key in start, description=words(f"options.{key}"), indent=False)
            for key in options
        }
        self._showing = False
        label = widgets.Label(words("label"))
        group = widgets.VBox([label, *self._boxes.values()])
        group.add_class("alsteach-ticks")
        group.disabled = False
        every, start = tuple(options), tuple(key for key in options if key in start)
        super().__init__(words, group, start, dict.fromkeys([(), every, start]))
        self._inputs = list(self._boxes.values())
        for box in self._inputs:
            box.layout = widgets.Layout(width="auto")
            box.observe(self._ticked, "value")

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


def slider(
    name, low=0, high=1, step=1, start=None, *, limits=None, stays=False, unit=None, more=False
) -> Wanted:
    """Want a slider with a number box; whole numbers if low, high, step and start are.

    Parameters
    ----------
    name : str
    low, high, step, start : float
        ``start`` is ``low`` by default.
    limits : callable, optional
        ``limits(values) -> (low, high, step)`` where the range depends on another control. When it changes, the
        slider goes to its start.
    stays : bool
        It goes there only where the new range does not hold its value: a day is the same day in another group.
    unit : callable, optional
        ``unit(values) -> str`` where it depends on another control; else it is the word ``unit``, if there is one.
    more : bool
        Stand under *More*.
    """
    start = low if start is None else start
    return Wanted(name, lambda words: Slider(words, low, high, step, start, limits, unit, stays), more)


def _labelled(kind, words, **options):
    style = {"description_width": "auto"}
    return kind(description=words("label"), style=style, layout=widgets.Layout(width="auto"), **options)


def choice(name, options, start=None, *, more=False) -> Wanted:
    """Want a list of keys, shown by the words ``options.KEY``."""
    options = list(options)
    start = options[0] if start is None else start

    def make(words):
        pairs = [(words(f"options.{key}"), key) for key in options]
        part = _labelled(widgets.Dropdown, words, options=pairs, value=start)
        return _Single(words, part, start, options)

    return Wanted(name, make, more)


def fixed(name, value) -> Wanted:
    """Want a value that has a name like a control's and cannot be changed, such as the one trial a panel is about."""
    return Wanted(name, lambda words: Fixed(value))


def levels(name, values, start=None, *, more=False) -> Wanted:
    """Want a slider over these values, such as 10, 20, 50, 100, where a range spans decades."""
    from ..words import numbers

    values = list(values)
    start = values[0] if start is None else start

    def make(words):
        unit = words("unit") if "unit" in words else ""
        pairs = [(numbers.number(value, unit), value) for value in values]
        part = _labelled(widgets.SelectionSlider, words, options=pairs, value=start)
        control = _Single(words, part, start, dict.fromkeys([values[0], values[-1], start]))
        control.slides = True
        return control

    return Wanted(name, make, more)


def tick(name, start=False, *, more=False) -> Wanted:
    """Want a single tick box."""

    def make(words):
        part = widgets.Checkbox(value=start, description=words("label"), indent=False)
        part.layout = widgets.Layout(width="auto")
        return _Single(words, part, start, [False, True])

    return Wanted(name, make, more)


def ticks(name, options, start=(), *, more=False) -> Wanted:
    """Want a group of tick boxes; the value is the tuple of ticked keys, in their order."""
    return Wanted(name, lambda words: _Ticks(words, list(options), start), more)
