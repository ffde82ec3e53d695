"""Controls: a visible label, a widget, one value. A slider and its number box are one control with one state."""

from __future__ import annotations

import math

import ipywidgets as widgets

LABEL_WIDTH = "clamp(150px, 18vw, 230px)"  # long labels wrap where the window is narrow


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


def number_box(whole: bool, label: str, limits: dict, width: str):
    """Return a box to type a number into; a screen reader hears the label that the slider beside it shows."""
    kind = widgets.BoundedIntText if whole else widgets.BoundedFloatText
    box = kind(**limits, description=label, layout=widgets.Layout(width=width, flex="0 0 auto"))
    box.add_class("alsteach-unseen-label")
    return box


def labelled(label: str, *parts):
    name = widgets.Label(
        label,
        layout=widgets.Layout(
            width=LABEL_WIDTH,
            display="flex",
            flex="0 0 auto",
            justify_content="flex-end",
            margin="2px 10px 2px 2px",
        ),
    )
    name.add_class("alsteach-name")
    return widgets.HBox([name, *parts], layout=widgets.Layout(flex_flow="row wrap", align_items="center"))


class _Slider(Control):
    def __init__(self, label, low, high, step, value, unit, box):
        whole = all(float(v).is_integer() for v in (low, high, step, value))
        self.low, self.high, self._step, self._kind = low, high, step, int if whole else float
        self._showing = False
        slider_type = widgets.IntSlider if whole else widgets.FloatSlider
        value = self._kind(value)
        limits = {"min": low, "max": high, "step": step, "value": value}
        self._slider = slider_type(
            **limits, description=label, readout=not box, style={"description_width": LABEL_WIDTH}
        )
        # The slider gives way on a narrow screen, so that its box and unit stay beside it.
        self._slider.layout = widgets.Layout(flex="1 1 auto", min_width="210px", max_width="540px")
        parts = [self._slider]
        if box:
            self._box = number_box(whole, label, limits, "84px")
            parts.append(self._box)
        if unit:
            parts.append(widgets.Label(unit, layout=widgets.Layout(flex="0 1 auto")))
        view = widgets.HBox(parts, layout=widgets.Layout(align_items="center", max_width="760px"))
        super().__init__(label, view, value, dict.fromkeys([self._kind(low), self._kind(high), value]))
        self._widgets = parts[: 2 if box else 1]
        self._slider.value = self._stand(value)
        for widget in self._widgets:
            self._listen(widget)

    def _accept(self, new):
        # A browser counts steps in floating point: it sends 0.9999999999999999 for 1.
        new = round(new) if self._kind is int else round(float(new), 9)
        return min(max(new, self.low), self.high)

    def _listen(self, widget) -> None:
        def changed(change):
            if not self._showing:
                self.value = change["new"]

        widget.observe(changed, "value")

    def _stand(self, value):
        """Return where a browser's slider stands for a value, to its last bit.

        It stands on its steps only and counts them in percent of its range. Put anywhere else it would send where it
        stands back as if it had been moved, over what was set meanwhile.
        """
        reach = self.high - self.low
        if self._kind is int:
            stand = self.low + math.floor((value - self.low) / self._step + 0.5) * self._step
        else:
            step = 100 * self._step / reach
            stand = math.floor(100 * (value - self.low) / reach / step + 0.5) * step * reach / 100 + self.low
        return self.high if value == self.high else min(stand, self.high)

    def _show(self, new):
        self._showing = True
        for widget in self._widgets:
            value = self._stand(new) if widget is self._slider else new
            if widget.value != value:
                widget.value = value
        self._showing = False


def slider(label: str, low, high, step, value, unit: str = "", box: bool = True) -> Control:
    """Return a slider with a number box; whole numbers if all of low, high, step and value are."""
    return _Slider(label, low, high, step, value, unit, box)


def choice(label: str, options, value=None) -> Control:
    """Return a drop-down list; ``options`` is a list, or a dict of shown text to value."""
    pairs = list(options.items()) if isinstance(options, dict) else [(str(o), o) for o in options]
    value = pairs[0][1] if value is None else value
    view = widgets.Dropdown(
        options=pairs, value=value, description=label, style={"description_width": LABEL_WIDTH}
    )
    view.layout = widgets.Layout(width="520px", max_width="98%")
    control = Control(label, view, value, [v for _, v in pairs])
    control._listen(view)
    return control


def tick(label: str, value: bool = False) -> Control:
    """Return a single tick box."""
    view = widgets.Checkbox(value=value, description=label, indent=False)
    view.layout = widgets.Layout(width="auto", max_width="98%")
    control = Control(label, view, value, [False, True])
    control._listen(view)
    return control


class _Ticks(Control):
    def __init__(self, label, options, value):
        pairs = list(options.items()) if isinstance(options, dict) else [(str(o), o) for o in options]
        chosen = tuple(key for _, key in pairs if key in value)
        self._boxes = {}
        for text, key in pairs:
            box = widgets.Checkbox(value=key in chosen, description=text, indent=False)
            box.layout = widgets.Layout(width="auto", margin="0 14px 0 0")
            box.observe(self._ticked, "value")
            self._boxes[key] = box
        every = tuple(self._boxes)
        self._showing = False
        field = widgets.HBox(
            list(self._boxes.values()), layout=widgets.Layout(flex_flow="row wrap", flex="1 1 200px")
        )
        super().__init__(label, labelled(label, field), chosen, dict.fromkeys([(), every, chosen]))

    def _ticked(self, _):
        if not self._showing:
            self.value = tuple(key for key, box in self._boxes.items() if box.value)

    def _accept(self, new):
        return tuple(key for key in self._boxes if key in new)

    def _stand(self, value):
        """Return where a browser's slider stands for a value, to its last bit.

        It stands on its steps only and counts them in percent of its range. Put anywhere else it would send where it
        stands back as if it had been moved, over what was set meanwhile.
        """
        if self._kind is int:
            if value == self.high:
                return self.high
            return min(self.low + math.floor((value - self.low) / self._step + 0.5) * self._step, self.high)
        reach = self.high - self.low
        step = 100 * self._step / reach
        share = math.floor(100 * (value - self.low) / reach / step + 0.5) * step
        return self.high if value == self.high or share >= 100 else share * reach / 100 + self.low

    def _show(self, new):
        self._showing = True
        for key, box in self._boxes.items():
            box.value = key in new
        self._showing = False


def ticks(label: str, options, value=()) -> Control:
    """Return a row of tick boxes; the value is the tuple of ticked options, in their order."""
    return _Ticks(label, options, value)
