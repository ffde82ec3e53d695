"""The way a panel would be made without the house's machinery: ``interact`` and a fresh pyplot figure a change."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace

from alsteach.panels.panel import STILL_SHARPNESS, STILL_WIDTH
from alsteach.panels.picture import PIXELS_PER_INCH, Axes


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


def draw_everything(panel, plt) -> None:
    """Draw all of a panel on a fresh figure, and say its finding."""
    width, height = STILL_WIDTH, panel._height_at(STILL_WIDTH)
    figure = plt.figure(
        figsize=(width / PIXELS_PER_INCH, height / PIXELS_PER_INCH), dpi=PIXELS_PER_INCH * STILL_SHARPNESS
    )
    axes, values = Axes(figure, panel.words.table("picture"), width, height), SimpleNamespace(**panel.values)
    axes.guess = panel.guess
    panel._frame(axes, values, panel.found)
    for layer in panel._layers:
        layer.draw(axes, values, panel.found)
    print(panel.finding)
    plt.show()


def interact_with_a_fresh_figure(factory) -> None:
    """Show the picture of a panel as `ipywidgets.interact` would: same control, same drawing, nothing kept."""
    import ipywidgets as widgets
    import matplotlib.pyplot as plt

    panel = factory()
    start, name, control = steady_control(panel)
    panel.set(**{**panel._defaults, **start})
    panel.wait()

    def draw(value):
        panel.set(**{name: value})
        draw_everything(panel, plt)

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
