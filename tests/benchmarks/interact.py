"""The way a panel would be made without the house's machinery: ``interact`` and a fresh pyplot figure a change."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace

from alsteach.panels.core import PIXELS_PER_INCH, SHARPNESS


def _picture(panel) -> str:
    return re.search('src="([^"]*)"', panel.view.value).group(1)


def _draws_anew(panel, name, control) -> bool:
    """Whether one step of the control, and one more, each give another picture without a computation."""
    key, old = panel.background and panel._key(SimpleNamespace(**panel.values)), control.value
    if hasattr(control, "low"):
        step = (
            control._slider.step
            if control.value < (control.low + control.high) / 2
            else -control._slider.step
        )
        values = [old + step, old + 2 * step]
    else:
        values = [value for value in control.extremes if value != old][:1]
    pictures = [_picture(panel)]
    for value in values:
        if panel.background and panel._key(SimpleNamespace(**{**panel.values, name: value})) != key:
            return False
        panel.set(**{name: value})
        pictures.append(_picture(panel))
    panel.set(**{name: old})
    return bool(values) and all(before != after for before, after in itertools.pairwise(pictures))


def steady_control(panel):
    """Return a start, a name and a control whose move costs a drawing, not a computation.

    A slider if there is one; the start is a preset's values where the panel opens in a state that no slider changes.
    """
    panel.wait()
    sliders = {name: control for name, control in panel.controls.items() if hasattr(control, "low")}
    lists = {
        name: control
        for name, control in panel.controls.items()
        if type(control.view).__name__ in ("Dropdown", "Checkbox")
    }
    for offered in (sliders, lists):
        for start in ({}, *panel.presets.values()):
            panel.set(**{**panel._defaults, **start})
            panel.wait()
            for name, control in offered.items():
                if _draws_anew(panel, name, control):
                    return start, name, control
    return {}, None, None


def interact_with_a_fresh_figure(factory) -> None:
    """Show the picture of a panel as `ipywidgets.interact` would: same control, same drawing, nothing kept."""
    import ipywidgets as widgets
    import matplotlib.pyplot as plt

    panel = factory()
    start, name, control = steady_control(panel)
    panel.set(**{**panel._defaults, **start})
    panel.wait()
    result = () if panel.background is None else (panel._result,)

    def draw(value):
        size = (panel.picture.width / PIXELS_PER_INCH, panel.picture.height / PIXELS_PER_INCH)
        fresh = SimpleNamespace(figure=plt.figure(figsize=size, dpi=PIXELS_PER_INCH * SHARPNESS))
        panel.picture.figure = fresh.figure
        panel.picture.clear()
        panel.picture.turn_to = lambda page: True
        values = SimpleNamespace(**{**panel.values, name: value})
        print(panel._show(values, panel.picture, *result))
        for artist in fresh.figure.findobj():
            artist.set_animated(False)
        plt.show()

    if hasattr(control, "low"):
        kind = widgets.IntSlider if control._kind is int else widgets.FloatSlider
        step = control._slider.step
        moved = kind(
            min=control.low, max=control.high, step=step, value=control.value, description=control.label
        )
    elif isinstance(control.view, widgets.Checkbox):
        moved = widgets.Checkbox(value=control.value, description=control.label)
    else:
        moved = widgets.Dropdown(options=control.view.options, value=control.value, description=control.label)
    widgets.interact(draw, value=moved)
