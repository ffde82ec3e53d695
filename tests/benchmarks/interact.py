"""The way a panel would be made without the house's machinery: ``interact`` and a fresh pyplot figure a change."""

from __future__ import annotations

from types import SimpleNamespace

from alsteach.panels.core import PIXELS_PER_INCH, SHARPNESS


def steady_control(panel):
    """Return name and control whose move costs a drawing, not a computation: a slider if there is one."""
    plain = [
        (name, control)
        for name, control in panel.controls.items()
        if hasattr(control, "low") or type(control.view).__name__ in ("Dropdown", "Checkbox")
    ]
    sliders = sorted(plain, key=lambda pair: not hasattr(pair[1], "low"))
    if panel.background is None:
        return sliders[0] if sliders else (None, None)
    key = panel._key(SimpleNamespace(**panel.values))
    for name, control in sliders:
        others = [value for value in control.extremes if value != control.value]
        if others and panel._key(SimpleNamespace(**{**panel.values, name: others[0]})) == key:
            return name, control
    return None, None


def interact_with_a_fresh_figure(factory) -> None:
    """Show the picture of a panel as `ipywidgets.interact` would: same control, same drawing, nothing kept."""
    import ipywidgets as widgets
    import matplotlib.pyplot as plt

    panel = factory()
    panel.wait()
    name, control = steady_control(panel)
    result = () if panel.background is None else (panel._result,)

    def draw(value):
        size = (panel.picture.width / PIXELS_PER_INCH, panel.picture.height / PIXELS_PER_INCH)
        fresh = SimpleNamespace(figure=plt.figure(figsize=size, dpi=PIXELS_PER_INCH * SHARPNESS))
        panel.picture.figure = fresh.figure
        panel.picture.clear()
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
