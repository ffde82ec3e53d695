"""Colours that are told apart by eyes that lack one kind of cone, and by their lightness on a bad projector."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from alsteach import style

# Machado, Oliveira & Fernandes 2009 (IEEE Trans Vis Comput Graph 15:1291-8): complete loss of one cone, in linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
COLOURS = ("CONTROL", "ACTIVE", "HIGHLIGHT", "SECOND", "THIRD")
# CIE 1976 difference: about 2 is just noticed side by side; thin lines apart need several times that.
TOLD_APART = 15


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        rgb, 0, 1
    )
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, deficiency: str) -> float:
    seen = [lab(DEFICIENCIES[deficiency] @ linear(colour)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def contrast(colour: str, background: str = "#ffffff") -> float:
    """The contrast ratio of the Web Content Accessibility Guidelines."""
    light = [float(np.array([0.2126, 0.7152, 0.0722]) @ linear(c)) + 0.05 for c in (colour, background)]
    return max(light) / min(light)


def test_the_yardstick():
    assert difference("#000000", "#ffffff", "none") == pytest.approx(100, abs=0.1)
    assert contrast("#000000") == pytest.approx(21)
    red_green = [difference("#d62728", "#2ca02c", kind) for kind in ("none", "deuteranopia")]
    assert red_green[1] < TOLD_APART * 1.7 < red_green[0] / 3


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize(("one", "other"), itertools.combinations(COLOURS, 2))
def test_any_two_colours_are_told_apart(one, other, deficiency):
    assert difference(getattr(style, one), getattr(style, other), deficiency) > TOLD_APART


@pytest.mark.parametrize("name", ["INK", "CONTROL", "ACTIVE", "HIGHLIGHT"])
def test_what_is_written_in_a_colour_is_legible_on_white(name):
    assert contrast(getattr(style, name)) >= (4.5 if name in ("INK", "CONTROL", "ACTIVE") else 3)


def test_lines_differ_without_colour_too():
    assert len({str(line["linestyle"]) for line in style.GROUP_STYLES}) == len(style.GROUP_STYLES)
    assert style.ARM_STYLE[0]["linestyle"] != style.ARM_STYLE[1]["linestyle"]


class TestText:
    """Lines are set once and put where matplotlib itself would put them."""

    @staticmethod
    def drawn(canvas, x, text="5 of 12 died", size=10):
        with style.drawing():
            figure = style.new_figure(2, 1)
            canvas(figure)
            figure.text(x, 0.4, text, fontsize=size)
            figure.canvas.draw()
        rows, columns = np.nonzero(np.asarray(figure.canvas.buffer_rgba())[:, :, 0] < 128)
        return rows.min(), rows.max(), columns.min(), columns.max(), len(rows)

    @pytest.mark.parametrize("x", [0.1, 0.1037, 0.3])
    def test_where_and_how_black_as_matplotlib_writes_it(self, x):
        ours, theirs = self.drawn(type(style.new_figure().canvas), x), self.drawn(FigureCanvasAgg, x)
        np.testing.assert_allclose(ours[:4], theirs[:4], atol=1)
        assert ours[4] == pytest.approx(theirs[4], rel=0.25)

    def test_another_line_or_size_is_not_the_kept_one(self):
        ours = type(style.new_figure().canvas)
        first = self.drawn(ours, 0.1)
        assert self.drawn(ours, 0.1) == first
        assert self.drawn(ours, 0.1, "19 of 120 died")[3] > first[3]
        assert self.drawn(ours, 0.1, size=14)[3] > first[3]
