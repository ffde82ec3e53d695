"""The picture of a panel: a sheet that redraws only what has changed, and the view that shows it in a browser."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from .. import style

PIXELS_PER_INCH = 100
COLOURS = 128
BADGE_ROOM = 20  # pixels at the foot of every picture that belong to the badge
NARROW = 600  # pixels: a phone, or half a window; pictures are lower there, and words shorter
WIDTHS = 40  # a picture is drawn anew for widths in steps of this many pixels


class Axes(dict):
    """What a panel draws on: axes by name, also as attributes, with the words they show.

    Attributes
    ----------
    figure : matplotlib Figure
    words : callable
        ``words("xlabel")``: the sentences of the panel's table ``picture``.
    width, height : int
        The picture in screen pixels.
    narrow : bool
        A phone.
    guess : Guessing or None
        ``guess.open``: the truth must not be seen now.
    """

    def __init__(self, figure, words, width: int, height: int):
        super().__init__()
        self.figure, self.words, self.width, self.height = figure, words, width, height
        self.narrow, self.guess = width < NARROW, None

    def __getattr__(self, name: str):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def add(self, name: str, left: float, right: float, top: float, bottom: float, **options):
        """Add axes that keep these distances, in screen pixels, from the picture's edges."""
        place = [left / self.width, bottom / self.height, (self.width - left - right) / self.width]
        self[name] = self.figure.add_axes([*place, (self.height - top - bottom) / self.height], **options)
        return self[name]

    def fitting(self, key: str, **fields) -> str:
        """Return a sentence in the form that this width has room for: on a phone the one named ``key_narrow``."""
        return self.words(f"{key}_narrow" if self.narrow else key, **fields)

    def write(self, x: float, y: float, text: str, **look):
        """Write so many screen pixels from the left and upper edge, negative ones from the right and lower edge."""
        across = x / self.width if x >= 0 else 1 + x / self.width
        up = 1 - y / self.height if y >= 0 else -y / self.height
        return self.figure.text(across, up, text, **look)

    def points(self, name: str, x, y, values) -> np.ndarray:
        """Return points of these axes as rows of a path: x, y as parts of the figure, and the value there."""
        x, y, values = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (x, y, values)))
        on_screen = self[name].transData.transform(np.column_stack([x, y]))
        return np.column_stack([self.figure.transFigure.inverted().transform(on_screen), values])


class Sheet:
    """A figure in layers, of which those are drawn anew that have changed and what lies above them is put back on."""

    def __init__(self, words, width: int, height: int, sharpness: float):
        figure = style.new_figure(
            width / PIXELS_PER_INCH, height / PIXELS_PER_INCH, dpi=PIXELS_PER_INCH * sharpness
        )
        self.axes = Axes(figure, words, width, height)
        self._clear()

    def _clear(self) -> None:
        figure = self.axes.figure
        for (
            axes
        ) in figure.axes:  # before clear(): matplotlib to 3.10 warns of logarithmic axes that others share
            axes.remove()
        figure.clear()
        self.axes.clear()
        self._frame = None
        self._keys, self._artists, self._bitmaps = [], [], []

    def draw(self, frame, frame_key, layers) -> bytes:
        """Return the picture as a PNG.

        Parameters
        ----------
        frame : callable
            ``frame(axes)`` adds and fills the axes; called anew only when ``frame_key`` changes.
        layers : list of (draw, key)
            ``draw(axes)`` puts artists on them, from below to above; called anew only when its key changes.
        """
        canvas = self.axes.figure.canvas
        try:
            with style.drawing():
                if self._frame != (frame_key,):
                    self._clear()
                    frame(self.axes)
                    canvas.draw()
                    self._bitmaps = [canvas.copy_from_bbox(self.axes.figure.bbox)]
                    self._keys, self._artists = [None] * len(layers), [[] for _ in layers]
                    self._frame = (frame_key,)
                self._put_on(layers, canvas)
        except BaseException:
            self._clear()  # half a picture is no ground to go on from
            raise
        return png(canvas)

    def _put_on(self, layers, canvas) -> None:
        changed = [(key,) != old for (_, key), old in zip(layers, self._keys, strict=True)]
        first = changed.index(True) if any(changed) else len(layers)
        del self._bitmaps[first + 1 :]
        canvas.restore_region(self._bitmaps[-1])
        for place in range(len(self._bitmaps) - 1, len(layers)):
            if changed[place]:
                self._replace(place, *layers[place])
            for artist in self._artists[place]:
                self.axes.figure.draw_artist(artist)
            self._bitmaps.append(canvas.copy_from_bbox(self.axes.figure.bbox))

    def _replace(self, place: int, draw, key) -> None:
        while self._artists[place]:
            self._artists[place].pop().remove()
        kept = set(self._children())
        draw(self.axes)
        for axes in self.axes.values():
            axes.containers.clear()  # a group of bars would keep its bars, and they their transforms, for ever
        new = [artist for artist in self._children() if artist not in kept]
        for artist in new:
            artist.set_animated(True)
        self._artists[place] = sorted(new, key=lambda artist: artist.get_zorder())
        self._keys[place] = (key,)

    def _children(self) -> list:
        figure = self.axes.figure
        return [
            *(child for axes in self.axes.values() for child in axes.get_children()),
            *(child for child in figure.get_children() if child not in figure.axes),
        ]


def png(canvas) -> bytes:
    """Return what a canvas shows as a small PNG."""
    from PIL import Image

    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    image = image.convert("RGB").quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def picture_html(png: bytes, sentence: str, width: int, height: int) -> str:
    """Return picture, alternative text and sentence as one piece of HTML: how a panel stands still on paper."""
    said = html.escape(sentence, quote=True)
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<figure class="alsteach-figure" style="margin:0;max-width:{width}px">'
        f'<img width="{width}" height="{height}" style="max-width:100%;height:auto;background:#fff" alt="{said}" '
        f'src="data:image/png;base64,{data}">'
        f'<figcaption class="alsteach-said"><span>{said}</span></figcaption></figure>'
    )


def put_badge(axes: Axes, text: str) -> None:
    """Write where a picture comes from into its corner."""
    look = {"fontsize": 8.5, "style": "italic", "color": style.HIGHLIGHT}
    axes.write(-4, -4, text, ha="right", va="bottom", **look)


class PictureView(anywidget.AnyWidget):
    """Steps, picture and finding in the browser; what it shows comes in one message, PNG included."""

    _esm = Path(__file__).parent / "picture.js"
    _css = Path(__file__).parent / "picture.css"
    words = traitlets.Dict().tag(sync=True)
    fixed = traitlets.Dict().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
