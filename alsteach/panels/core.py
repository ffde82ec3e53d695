"""What every panel is made of: labelled controls, one picture with its sentence, presets, background work.

A panel module joins statistics and drawing: it declares controls and one function ``show(values, picture)`` that
draws on ``picture.figure`` and returns the sentence saying what the picture shows.
"""

from __future__ import annotations

import base64
import html
import io
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import ipywidgets as widgets

from .. import style
from ..frames import TrialDataError
from .controls import Control

PIXELS_PER_INCH = 100
SHARPNESS = 1.5  # image pixels a screen pixel: still sharp when a laptop or projector zooms
OTHER_PAGES = 3  # of about 9 MB each
# Labels wrap instead of being cut, a number box's label is for screen readers only, and the longest sentence so far
# keeps its room unseen: what stands below does not jump when a shorter one comes.
STYLE = """<style>
.alsteach-title { font-weight: 600; font-size: 15px; }
.alsteach-panel .widget-hbox { overflow: visible; }
.alsteach-panel .widget-label { white-space: normal; overflow: visible; height: auto; line-height: 1.25; }
.alsteach-panel .alsteach-name { text-align: right; }
.alsteach-panel .widget-label-basic { white-space: normal; line-height: 1.25; }
.alsteach-panel .widget-hslider, .alsteach-panel .widget-dropdown, .alsteach-panel .widget-checkbox {
  height: auto; min-height: var(--jp-widgets-inline-height); align-items: center; }
.alsteach-panel .alsteach-unseen-label .widget-label {
  width: 1px; height: 1px; margin: 0 -1px 0 0; white-space: nowrap; overflow: hidden; clip-path: inset(50%); }
.alsteach-said { display: grid; min-height: 4.2em; line-height: 1.4; font-size: 14px; }
.alsteach-said > *, .alsteach-said::after { grid-area: 1 / 1; }
.alsteach-said::after { content: attr(data-longest); visibility: hidden; }
</style>"""


class Picture:
    """A figure of fixed size that redraws only what moves.

    Attributes
    ----------
    figure : matplotlib Figure
        Draw on it, then call ``png()``.
    memory : SimpleNamespace
        Where a panel keeps artists between two drawings; emptied by ``clear()``.
    """

    def __init__(self, width: int = 760, height: int = 430):
        self.width, self.height = width, height
        self._page, self._other_pages = None, {}
        self._take_new_page()

    def _take_new_page(self) -> None:
        self.figure = style.new_figure(
            self.width / PIXELS_PER_INCH, self.height / PIXELS_PER_INCH, dpi=PIXELS_PER_INCH * SHARPNESS
        )
        self.clear()

    def turn_to(self, page) -> bool:
        """Go on with what was drawn under this name; return whether the page is still empty.

        For views between which a learner goes to and fro: each keeps its figure and its ``memory``. Of the pages not
        shown, the last few stay.
        """
        if page != self._page:
            names = ("figure", "memory", "_moving", "_frame", "_still")
            self._other_pages[self._page] = {name: getattr(self, name) for name in names}
            kept, self._page = self._other_pages.pop(page, None), page
            if kept is None:
                self._take_new_page()
            else:
                vars(self).update(kept)
            while len(self._other_pages) > OTHER_PAGES:
                self._other_pages.pop(next(iter(self._other_pages)))
        return not vars(self.memory)

    def clear(self) -> None:
        """Forget everything drawn on this page; the next drawing starts from an empty figure."""
        # Before clear(): there, matplotlib to 3.10 warns of logarithmic axes that others share.
        for ax in self.figure.axes:
            ax.remove()
        self.figure.clear()
        self.memory = SimpleNamespace()
        self._moving: dict = {True: [], False: []}
        self._frame = self._still = None

    @contextmanager
    def redrawing(self, *axes, seldom: bool = False):
        """Draw inside this block what changes from one picture to the next; the rest is drawn once and kept.

        What the last such block drew on these axes is taken away first. Do not touch limits or ticks inside: those
        belong to what is kept (or call ``stale()``). A block with ``seldom`` holds what changes now and then, such as
        the curves under a cursor.
        """
        while self._moving[seldom]:
            self._moving[seldom].pop().remove()
        kept = {artist for ax in axes for artist in ax.get_children()}
        yield
        new = [artist for ax in axes for artist in ax.get_children() if artist not in kept]
        self._moving[seldom] = sorted(new, key=lambda artist: artist.get_zorder())
        for artist in new:
            artist.set_animated(True)
        if seldom:
            self._still = None

    def stale(self) -> None:
        """Say that something outside ``redrawing`` has changed: the next ``png()`` draws everything."""
        self._frame = self._still = None

    def png(self) -> bytes:
        """Return the picture as a small PNG."""
        from PIL import Image

        canvas = self.figure.canvas
        with style.drawing():
            if self._frame is None:
                canvas.draw()
                self._frame = canvas.copy_from_bbox(self.figure.bbox)
            else:
                canvas.restore_region(self._still or self._frame)
            if self._still is None:
                for artist in self._moving[True]:
                    self.figure.draw_artist(artist)
                self._still = canvas.copy_from_bbox(self.figure.bbox) if self._moving[True] else self._frame
            for artist in self._moving[False]:
                self.figure.draw_artist(artist)
        image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        image = image.convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def picture_html(png: bytes, sentence: str, width: int, height: int, longest: str = "") -> str:
    """Return picture, alternative text and sentence as one piece of HTML: one message, so nothing flickers.

    The sentence gets the room that ``longest`` would take.
    """
    said, longest = html.escape(sentence, quote=True), html.escape(longest, quote=True)
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<figure class="alsteach-figure" style="margin:0;max-width:{width}px">'
        f'<img width="{width}" height="{height}" style="max-width:100%;height:auto;background:#fff" alt="{said}" '
        f'src="data:image/png;base64,{data}">'
        f'<figcaption class="alsteach-said" data-longest="{longest}"><span>{said}</span></figcaption></figure>'
    )


class Panel(widgets.VBox):
    """Controls, a picture, a sentence, presets and Reset.

    Parameters
    ----------
    title : str
    controls : dict of str to Control
    show : callable
        ``show(values, picture) -> str`` (or ``show(values, picture, result)`` with ``compute``); ``values`` is a
        namespace of the controls' values. It draws and returns the sentence. A `TrialDataError` it raises becomes the
        sentence.
    presets : dict of str to dict
        "Try this" buttons: the control values each sets.
    compute : callable, optional
        Slow work, ``compute(values, job) -> result``, done in the background before ``show``; it calls
        ``job.report(share)`` now and then, which ends it when it is no longer wanted.
    key : callable, optional
        With ``compute``: ``key(values)``; an unchanged key means that the last result still serves.
    size : (int, int)
        Picture in screen pixels.

    Attributes
    ----------
    values, sentence, controls, presets
        What a test or a teacher may read.
    """

    def __init__(self, title, controls, show, presets=None, compute=None, key=None, size=(760, 430)):
        from .background import Background

        self.title, self.controls, self.presets = title, dict(controls), dict(presets or {})
        self._show, self._compute, self._key = (
            show,
            compute,
            key or (lambda values: tuple(vars(values).items())),
        )
        self.picture = Picture(*size)
        self.view = widgets.HTML()
        self.view.add_class("alsteach-picture")
        self.sentence = self._longest = ""
        self._defaults = {name: control.value for name, control in self.controls.items()}
        self._quiet = 0
        self._lock = threading.RLock()
        self._result = self._result_key = None
        self._computing: tuple | None = None  # the key and the job of the newest computation
        self.background = Background() if compute is not None else None
        for control in self.controls.values():
            control.observe(self._changed)
        heading = widgets.HTML(
            f'{STYLE}<div role="heading" aria-level="3" class="alsteach-title">{html.escape(title)}</div>'
        )
        rows = [heading, *(control.view for control in self.controls.values()), self._buttons()]
        if self.background is not None:
            rows.append(self.background.view)
        super().__init__(
            [*rows, self.view], layout=widgets.Layout(max_width=f"{size[0] + 20}px", padding="4px 0 12px")
        )
        self.add_class("alsteach-panel")
        if self.background is not None:
            # An empty picture holds the place of the first one, so that nothing jumps.
            self._publish("The first picture is being computed.")
            self.picture.clear()
        self.refresh()

    def _buttons(self):
        buttons = []
        for name, values in self.presets.items():
            button = widgets.Button(
                description=name, layout=widgets.Layout(width="auto"), tooltip="Try this: " + name
            )
            button.on_click(lambda _, values=values: self.set(**values))
            buttons.append(button)
        reset = widgets.Button(
            description="Reset", layout=widgets.Layout(width="auto"), tooltip="Back to the start"
        )
        reset.on_click(lambda _: self.reset())
        lead = [widgets.Label("Try this:")] if buttons else []
        return widgets.HBox(
            [*lead, *buttons, reset], layout=widgets.Layout(flex_flow="row wrap", align_items="center")
        )

    @property
    def values(self) -> dict:
        """The controls' values by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values) -> None:
        """Set several controls at once and draw once."""
        unknown = [name for name in values if name not in self.controls]
        if unknown:
            raise TrialDataError(
                f"This panel has no control {unknown[0]!r}; it has: {', '.join(self.controls)}."
            )
        self._quiet += 1
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._quiet -= 1
        self.refresh()

    def reset(self) -> None:
        """Put every control back where it started."""
        self.set(**self._defaults)

    def _changed(self) -> None:
        if not self._quiet:
            self.refresh()

    def refresh(self) -> None:
        """Draw the picture for the controls as they stand."""
        values = SimpleNamespace(**self.values)
        if self.background is None:
            self._draw(values)
            return
        key = self._key(values)
        if key == self._result_key:
            self.background.cancel()
            self._draw(values, self._result)
        elif not self._computes(key):
            job = self.background.start(
                lambda job: self._compute(values, job), lambda result: self._finished(key, result)
            )
            self._computing = key, job

    def _computes(self, key) -> bool:
        """Whether just this is being computed: what only changes the look of its result need not start it anew."""
        return self._computing is not None and self._computing[0] == key and self._computing[1].wanted

    def _finished(self, key, result) -> None:
        with self._lock:
            if isinstance(result, TrialDataError):
                self._result_key = None
                self._explain(str(result))
                return
            if isinstance(result, Exception):
                self._result_key = None
                self._explain("This computation failed through a fault of alsteach, not yours; press Reset.")
                raise result
            self._result, self._result_key = result, key
            self._draw(SimpleNamespace(**self.values), result)

    def _draw(self, values, *result) -> None:
        with self._lock:
            try:
                with style.drawing():
                    sentence = self._show(values, self.picture, *result)
            except TrialDataError as refusal:
                self._explain(str(refusal))
                return
            self._publish(sentence)

    def _explain(self, sentence: str) -> None:
        self.picture.clear()
        with style.drawing():
            self.picture.figure.text(
                0.5, 0.5, "No picture for these settings:\nsee the sentence below.", ha="center"
            )
        self._publish(sentence)
        self.picture.clear()

    def _publish(self, sentence: str, png: bytes | None = None) -> None:
        self.sentence, self._longest = sentence, max(self._longest, sentence, key=len)
        width, height = self.picture.width, self.picture.height
        self.view.value = picture_html(png or self.picture.png(), sentence, width, height, self._longest)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being computed; return whether that happened within ``timeout`` seconds."""
        return True if self.background is None else self.background.wait(timeout)


__all__ = ["Control", "Panel", "Picture", "picture_html"]
