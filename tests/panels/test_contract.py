"""The contract of a panel, kept by every one: found, not listed; what needs no browser.

What is seen in one is in ``tests/browser/test_panels.py``.
"""

from __future__ import annotations

import io
import re
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import alsteach as al
from alsteach.panels.panel import Panel
from alsteach.words import catalogue
from alsteach.words.columns import column_unit
from tests.panels.states import (
    LAPTOP,
    LONG,
    PANELS,
    PHONE,
    ROOM_ON_A_PHONE,
    corners,
    cut_at_the_edge,
    faults_of_words,
    height_of,
    texts,
)

HALF_A_WINDOW = (480, 560)  # where long words met a picture that was not wide enough
SMALLEST = {LAPTOP: 11, PHONE: 11 * PHONE / ROOM_ON_A_PHONE}  # pixels: 11 on the screen
# What a learner walks through is all there: the other sentences depend on the trial that a panel is about.
WALKED = ("title", "steps", "controls", "guess", "marks")
# Units are the same in every language.
UNITS = {column_unit(name) for frame in (al.load_mirocals_like(), al.load_veteran()) for name in frame}

pytestmark = pytest.mark.usefixtures("fewer_trials")
each = pytest.mark.parametrize("name", PANELS)


def made(name: str, width: int = LAPTOP) -> Panel:
    """Return a panel as it is after its view has told its width."""
    panel = getattr(al, name)()
    panel._hear({"do": "width", "width": width, "sharpness": 1})
    assert panel.wait(LONG)
    return panel


def walk(panel):
    """Yield each step's key when all of it is there, twice where a guess is asked: open, then locked."""
    for key in panel.steps:
        panel.go(key)
        assert panel.wait(LONG)
        yield key
        if panel.guess is not None and panel.guess.open:
            places = panel.picture.shown["path"]
            panel.guess.lock(places[len(places) // 3][2])
            yield key


def in_sight(panel) -> list:
    """The controls that are not under *More* and not hidden while others take their turn."""
    if not panel.controls:
        return []
    box = next(box for box in panel.children[1].children if "alsteach-controls" in box._dom_classes)
    return [
        view
        for view in box.children
        if "alsteach-setting" in view._dom_classes and view.layout.display != "none"
    ]


def strings(widget):
    """Yield what a widget and all in it let a learner read."""
    for trait in ("description", "tooltip", "placeholder"):
        yield getattr(widget, trait, None)
    if type(widget).__name__ in ("HTML", "Label"):
        yield re.sub("<[^>]*>", "", widget.value)
    yield from getattr(widget, "_options_labels", ())
    for child in getattr(widget, "children", ()):
        yield from strings(child)


def sent(value):
    """Yield the sentences of a message to the view."""
    if isinstance(value, dict):
        skipped = ("name", "mark") if "path" in value or "mark" in value else ()
        for key, part in value.items():
            if key not in skipped:
                yield from sent(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from sent(part)
    elif isinstance(value, str):
        yield value


def not_from_the_catalogue(text: str | None) -> bool:
    """Whether a word stands outside the brackets of the pseudo-language; a letter, such as a patient's A, is none."""
    left, before = text or "", None
    while left != before:  # a sentence may hold another
        left, before = re.sub("⟦[^⟦⟧]*⟧", "", left), left
    return left.strip() not in UNITS and re.search("[A-Za-z]{2}", left) is not None


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=int)


def faults_of_step(panel, key: str, width: int) -> list[str]:
    """Return what is wrong with what a panel shows and says at a step."""
    found = faults_of_words(panel)
    for said, most in (
        (panel.finding, 30),
        (panel.words(f"steps.{key}.name"), 4),
        (panel.words(f"steps.{key}.caption"), 25),
    ):
        if not 0 < len(said.split()) <= most:
            found.append(f"none or more than {most} words: {said!r}")
    if len(in_sight(panel)) > 3:
        found.append(f"{len(in_sight(panel))} controls in sight")
    found += [
        f"small letters: {text.get_text()!r}" for text in texts(panel) if height_of(text) < SMALLEST[width]
    ]
    found += [f"cut at the edge: {text!r}" for text in cut_at_the_edge(panel)]
    png = panel.picture.shown["png"]
    picture = pixels(png)
    if picture.shape != (panel._height_at(width), width):
        found.append(f"a picture of {picture.shape}")
    if not 0.005 < (picture < 200).mean() < 0.9:
        found.append("an empty picture")
    if len(png) >= 64_000:
        found.append(f"a picture of {len(png)} bytes")
    return found


def test_the_panels_are_found_and_so_are_their_words():
    assert [getattr(al, name)().key for name in PANELS] == [name.removesuffix("_panel") for name in PANELS]
    tables = {
        f"{name}_panel"
        for name, table in catalogue.tables("en").items()
        if {"steps", "finding"} <= set(table)
    }
    assert tables <= set(PANELS), "words of a panel that is not there"


@each
class TestContract:
    def test_each_step_is_short_legible_drawn_and_new_and_its_words_are_all_there(self, name):
        """One walk at the width of a laptop, one at that of a telephone, each back to where it began."""
        found = []
        with catalogue.recording() as asked:
            for width in (LAPTOP, PHONE):
                panel, last = made(name, width), {}
                before = panel.sentence
                for key in walk(panel):
                    found += [f"{width}, {key}: {fault}" for fault in faults_of_step(panel, key, width)]
                    last[key] = pixels(panel.picture.shown["png"]), panel.alternative_text
                for (_, (picture, said)), (key, (following, then_said)) in pairwise(last.items()):
                    if then_said == said:
                        found.append(f"{width}, {key}: the alternative text stays")
                    if (following != picture).sum() <= 50:
                        found.append(f"{width}, {key}: the picture stays")
                panel.reset()
                assert panel.wait(LONG)
                if panel.guess is None or panel.guess.spec.step != panel.steps[0]:
                    assert panel.sentence == before
            for state in corners(panel, most=4):
                panel.set(**state)
        assert found == []
        assert len(panel.steps) >= 2
        key = panel.key
        problems = catalogue.problems({key: catalogue.tables("en")[key]}, {key: asked[key]})
        walked = [line for line in problems if "unused" in line and line.split()[1].startswith(WALKED)]
        assert [line for line in problems if "missing" in line] + walked == []

    def test_no_words_are_cut_at_the_edge_in_half_a_window(self, name):
        panel = made(name)
        found = []
        for width in HALF_A_WINDOW:
            panel._hear({"do": "width", "width": width, "sharpness": 1})
            for key in walk(panel):
                found += [f"{width}, {key}: {text}" for text in cut_at_the_edge(panel)]
        assert found == []

    def test_the_finding_is_one_short_sentence_in_the_corners_too(self, name):
        panel = getattr(al, name)()  # nobody looks: nothing is drawn
        slow = panel.background is not None
        for state in [] if slow else corners(panel, most=40):
            panel.set(**state)
            assert 0 < len(panel.finding.split()) <= 30, (state, panel.finding)
            assert not re.search(r"\b(nan|inf|None)\b|\{|\}", panel.sentence), (state, panel.sentence)

    def test_a_step_sets_every_control(self, name):
        panel, fresh, rng = getattr(al, name)(), getattr(al, name)(), np.random.default_rng(5)
        for key in panel.steps:
            fresh.go(key)
            panel.set(**{n: c.extremes[rng.integers(len(c.extremes))] for n, c in panel.controls.items()})
            panel.go(key)
            assert panel.values == fresh.values, key

    def test_an_open_guess_shows_nothing_that_the_locked_one_tells(self, name):
        panel = made(name)
        if panel.guess is None:
            pytest.skip("no guess")
        panel.go(panel.guess.spec.step)
        assert panel.guess.open
        hidden = panel.picture.shown
        assert hidden["numbers"] == hidden["handles"] == hidden["marks"] == []
        values = [value for _, _, value in hidden["path"]]
        assert min(values) <= panel.guess.truth <= max(values), "the truth cannot be guessed"
        panel.guess.lock(values[0])
        assert panel.wait(LONG)
        assert (pixels(panel.picture.shown["png"]) != pixels(hidden["png"])).sum() > 50

    def test_every_word_is_the_catalogues(self, name, monkeypatch):
        monkeypatch.setenv("ALSTEACH_LANG", catalogue.PSEUDO)
        panel, foreign = made(name), set()
        for _ in walk(panel):
            foreign |= {text.get_text() for text in texts(panel) if not_from_the_catalogue(text.get_text())}
            foreign |= {text for text in strings(panel) if not_from_the_catalogue(text)}
            shown = {key: value for key, value in panel.picture.shown.items() if key != "png"}
            foreign |= {text for text in sent(shown) if not_from_the_catalogue(text)}
        foreign |= {text for text in panel.picture.words.values() if not_from_the_catalogue(text)}
        assert foreign == set()
