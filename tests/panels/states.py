"""States of a panel made from its own declared controls, so that a new panel is tested without writing a test."""

from __future__ import annotations

import base64
import gc
import io
import itertools
import re
import weakref

import numpy as np
import psutil
from matplotlib.text import Text
from PIL import Image

import alsteach as al
from alsteach.panels import page03, page05, page06
from alsteach.panels.picture import PIXELS_PER_INCH
from alsteach.words import catalogue

LONG = 240  # seconds that a computation in the background may take before a test gives up on it
# Pixels of a picture in JupyterLab: at 1366 px beside the list of files; at 390 px, where it is shown a little smaller.
LAPTOP, PHONE, ROOM_ON_A_PHONE = 720, 280, 270
PANELS = sorted(name for name in al.__all__ if name.endswith("_panel"))


def fewer_trials(put=setattr) -> None:
    """Let the panels that simulate be quick where only what is drawn and said is looked at."""
    put(page03, "TRIALS_OF_A_PLAN", 200)
    put(page05, "TRIALS_OF_A_WORLD", 200)
    put(page05, "RACES", page05.RACES_AT_ONCE)
    put(page05, "ARRIVED", {})  # runners of as many races
    put(page06, "SEARCHES", 200)


def random_value(control, rng: np.random.Generator):
    """Return a value that a learner could set: a step of the slider, an option of the list, any set of ticks."""
    if hasattr(control, "low"):
        return rng.uniform(control.low, control.high) if rng.random() < 0.8 else rng.choice(control.extremes)
    if hasattr(control, "_boxes"):
        return tuple(key for key in control._boxes if rng.random() < 0.5)
    return control.extremes[rng.integers(len(control.extremes))]


def random_states(panel, number: int, seed: int):
    rng = np.random.default_rng(seed)
    for _ in range(number):
        yield {name: random_value(control, rng) for name, control in panel.controls.items()}


def corners(panel, most: int):
    """Each extreme of each control alone, then combinations of extremes: all of them, or ``most`` drawn by lot."""
    controls = panel.controls
    for name, control in controls.items():
        for value in control.extremes:
            yield {name: value}
    number = int(np.prod([float(len(control.extremes)) for control in controls.values()]))
    if number <= most:
        for combination in itertools.product(*(control.extremes for control in controls.values())):
            yield dict(zip(controls, combination, strict=True))
        return
    rng = np.random.default_rng(11)
    for _ in range(most):
        yield {
            name: control.extremes[rng.integers(len(control.extremes))] for name, control in controls.items()
        }


def texts(panel) -> list[Text]:
    """Return what is written in the picture of a panel."""
    return [
        text
        for text in panel._sheet.axes.figure.findobj(Text)
        if text.get_text().strip() and text.get_visible()
    ]


def height_of(text: Text) -> float:
    """The size of a text's smallest letters in screen pixels: what is raised or lowered is set at 0.7."""
    raised = re.search(r"\$[^$]*[\^_]", text.get_text())
    return text.get_fontsize() * PIXELS_PER_INCH / 72 * (0.7 if raised else 1)


def cut_at_the_edge(panel, most: int = 2) -> list[str]:
    """Return which words, numbers of ticks apart, end outside the picture or stand there: ``most`` pixels may."""
    if panel._sheet is None:
        return []  # no view has told its width
    figure = panel._sheet.axes.figure
    renderer, pixel = figure.canvas.get_renderer(), figure.bbox.width / panel._sheet.axes.width
    found = []
    for text in texts(panel):
        box = text.get_window_extent(renderer)
        outside = max(-box.x0, box.x1 - figure.bbox.width, -box.y0, box.y1 - figure.bbox.height) / pixel
        if outside > most and re.search(r"[^\W\d]", text.get_text()):
            found.append(text.get_text())
    return found


def png_of(panel) -> bytes:
    return base64.b64decode(re.search(r'base64,([^"]+)"', panel.view.value).group(1))


def faults_of_words(panel) -> list[str]:
    """Return what is wrong with the sentence that the panel shows now."""
    found, said = [], panel.sentence
    if len(said) < 20 or said.strip()[-1] not in ".!?)":
        found.append(f"no whole sentence: {said!r}")
    if re.search(r"\b(nan|inf|None|array|Traceback|fault of alsteach)\b|\{|\}|np\.", said):
        found.append(f"not for a reader: {said!r}")
    return found


def faults_of_picture(panel) -> list[str]:
    """Return what is wrong with the picture that the panel shows now."""
    found, png = [], png_of(panel)
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=float)
    inked = float((picture < 200).mean())
    if not 0.002 < inked < 0.9:
        found.append(f"empty picture: {inked:.2%} of it is drawn on")
    if len(png) > 64_000:
        found.append(f"picture of {len(png)} bytes")
    return found + [f"cut at the edge: {text!r}" for text in cut_at_the_edge(panel)]


def faults(panel) -> list[str]:
    return faults_of_words(panel) + faults_of_picture(panel)


def visit(panel, states, waits: int | None = None, draws: int = 1) -> list[str]:
    """Set each state and return the faults of what is then said, and of the picture of every ``draws``-th of them.

    Where work is done in the background wait for the last state and for ``waits`` others (None: for all). Pictures
    are in turn a laptop's and a phone's.
    """
    found, states = [], list(states)
    waited_for = set(range(len(states) - 1, -1, -max(1, len(states) // ((waits or len(states)) + 1))))
    for number, state in enumerate(states):
        panel.set(**state)
        if panel.background is not None and number not in waited_for:
            continue
        assert panel.wait(LONG), f"still computing for {state}"
        found += [f"{fault}; {state}" for fault in faults_of_words(panel)]
        if number % draws == 0:
            seen(panel, (LAPTOP, PHONE)[number // draws % 2])
            found += [f"{fault}; {state}" for fault in faults_of_picture(panel)]
    return found


def seen(panel, width=680):
    """Let a view tell its width."""
    panel._hear({"do": "width", "width": width, "sharpness": 1})
    return panel


def said(panel, step) -> tuple:
    """Take a step, guess where one is asked, and return what is said: its key and its fields."""
    panel.go(step)
    assert panel.wait(LONG)
    if panel.guess is not None and panel.guess.open:
        panel.guess.lock(panel.guess.truth)
    return panel.said.finding, panel.said.fields


def everybody_used(key, factory, states) -> list[str]:
    """Return what is wrong with a panel's words once these states have been seen at two widths."""
    with catalogue.recording() as asked:
        for width in (320, 680):
            panel = seen(factory(), width)
            for step in panel.steps:
                said(panel, step)
            for state in states:
                panel.set(**state)
                assert panel.wait(LONG)
    return catalogue.problems({key: catalogue.tables()[key]}, {key: asked[key]})


def left_behind(name: str) -> tuple:
    """Return objects, artists and bytes after 24 changes of a panel and after 60 more, and whether it is slow.

    What is kept on purpose for the same states (results, widths of texts) is there after two rounds. Of what is
    computed in the background only the last of each round is: some results come later.
    """
    panel = seen(getattr(al, name)())  # it draws once a view has told its width
    states = list(random_states(panel, 12, seed=1))

    def after(rounds: int) -> tuple:
        for state in states * rounds:
            panel.set(**state)
        panel.reset()
        panel.wait(LONG)  # what refines does so in the background
        # First, for it makes the ticks that nobody has asked for yet.
        artists = len(panel._sheet.axes.figure.findobj())
        gc.collect()
        # pandas keeps the dead references to views of a column until there are 500 of them.
        alive = sum(not (type(o) is weakref.ReferenceType and o() is None) for o in gc.get_objects())
        return alive, artists, psutil.Process().memory_info().rss

    return after(2), after(5), panel.background is not None
