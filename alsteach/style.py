"""Colours, line styles and figure sizes: one look for every picture, told apart without colour too.

The colours are those of Okabe and Ito's colour-blind-safe palette.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import lru_cache

CONTROL = "#4d4d4d"
ACTIVE = "#0072b2"
HIGHLIGHT = "#d55e00"
SECOND = "#009e73"
THIRD = "#cc79a7"
PALE = "#bdbdbd"
INK = "#1a1a1a"

ARM_STYLE = {0: {"color": CONTROL, "linestyle": (0, (5, 2))}, 1: {"color": ACTIVE, "linestyle": "-"}}
GROUP_STYLES = [
    {"color": CONTROL, "linestyle": (0, (5, 2))},
    {"color": ACTIVE, "linestyle": "-"},
    {"color": HIGHLIGHT, "linestyle": (0, (1, 1))},
    {"color": SECOND, "linestyle": (0, (5, 1, 1, 1))},
    {"color": THIRD, "linestyle": (0, (8, 2))},
]

FIGURE = {
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def drawing():
    """Draw in the course's look inside this block.

    matplotlib has one set of defaults for all threads: two panels drawing at once would mix up their looks, and the
    last to leave would put back the wrong defaults for good.
    """
    import matplotlib

    with _ONE_AT_A_TIME, matplotlib.rc_context(FIGURE):
        yield


KEPT_TEXTS = 2000


@lru_cache(maxsize=1)
def _canvas_class():
    """Return a canvas that sets a line of text once, however often it is drawn.

    matplotlib 3.11 renders text letter by letter, each time anew: half of what a panel's new picture cost.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg, get_hinting_flag

    kept = {}

    class Renderer(RendererAgg):
        def _set(self, s, prop):
            key = s, hash(prop), self.dpi
            if key not in kept:
                if len(kept) >= KEPT_TEXTS:
                    kept.clear()
                font = self._prepare_font(prop)
                font.set_text(s, 0, flags=get_hinting_flag())
                font.draw_glyphs_to_bitmap(antialiased=True)
                (left, low), below = font.get_bitmap_offset(), font.get_descent()
                size = tuple(part / 64 for part in (*font.get_width_height(), below))
                kept[key] = font.get_image().copy(), left / 64, (low + below) / 64, size
            return kept[key]

        def get_text_width_height_descent(self, s, prop, ismath):
            if ismath:
                return super().get_text_width_height_descent(s, prop, ismath)
            return self._set(s, prop)[3]

        def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
            if ismath or angle:
                return super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            image, left, low, _ = self._set(s, prop)
            self._renderer.draw_text_image(image, round(x + left), round(y + low) + 1, 0, gc)

    class Canvas(FigureCanvasAgg):
        def get_renderer(self):
            width, height = self.figure.bbox.size
            key = width, height, self.figure.dpi
            if self._lastKey != key:
                self.renderer, self._lastKey = Renderer(*key), key
            return self.renderer

    return Canvas


def new_figure(width: float = 7.6, height: float = 4.3, dpi: float = 100):
    """Return an empty matplotlib Figure of the course's look, kept out of pyplot so that nothing accumulates.

    Parameters
    ----------
    width, height : float
        Inches.
    dpi : float
    """
    from matplotlib.figure import Figure

    with drawing():
        figure = Figure(figsize=(width, height), dpi=dpi)
    _canvas_class()(figure)
    return figure
