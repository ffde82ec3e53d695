"""A small panel with everything in it, for testing what every panel is made of. Its words are ``TOY``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

import numpy as np

from alsteach.data.checks import TrialDataError
from alsteach.panels.panel import (
    Guess,
    Handle,
    Layer,
    Mark,
    Partial,
    Said,
    Step,
    choice,
    panel,
    slider,
    tick,
)

TOY = tomllib.loads("""
title = "A square"
[controls.x]
label = "Number"
unit = "days"
[controls.power]
label = "Power"
options = { square = "Square", root = "Square root" }
[controls.dots]
label = "Dots"
off = { few = "There are no dots at a root." }
[steps]
small = { name = "Small", caption = "Look at the left end." }
guessed = { name = "Three", caption = "Where will it be?" }
root = { name = "A root", caption = "The curve bends the other way." }
[finding]
at = "At {x:num1} it is {y:num1}."
[numbers]
slope = "Its slope is {slope:num1}."
[picture]
xlabel = "x"
[guess]
ask = "What is the square?"
here = "{guess:num1}"
locked = "Your first guess, {guess:num1}, stands."
[marks]
end = "Go to {value:int}"
""")


@dataclass(frozen=True)
class Found:
    power: float
    three: float = 3.0

    def at(self, x):
        return np.asarray(x, dtype=float) ** self.power


def compute(values):
    return Found(2.0 if values.power == "square" else 0.5)


def compute_slowly(values):
    for done in (1, 2, 3, 4):
        yield Partial(Found(done / 2), done, 4)


def frame(axes, values, found):
    main = axes.add("main", left=50, right=10, top=10, bottom=60)
    main.set(xlim=(0, 10), ylim=(0, 100), xlabel=axes.words("xlabel"))


def draw_curve(axes, values, found):
    x = np.linspace(0, 10, 50)
    axes.main.plot(x, found.at(x), "o" if values.dots else "-", color="C0")


def draw_point(axes, values, found):
    if not axes.guess.open:
        axes.main.plot(values.x, found.at(values.x), "D", color="C1")


def say(values, found):
    if values.x > 9.5:
        raise TrialDataError("That is too far; take less than 9.5.")
    y = found.at(values.x)
    return Said("at", {"x": values.x, "y": y, "slope": found.power * y / max(values.x, 0.1)}, ["slope"])


def path(axes, values, found):
    x = np.linspace(0, 10, 21)
    return axes.points("main", x, found.at(x), x)


def guess_path(axes, values, found):
    y = np.linspace(0, 100, 21)
    return axes.points("main", 3, y, y)


def ends(axes, values, found):
    return axes.points("main", [0, 9], [0, found.at(9)], [0, 9])


def no_dots(values):
    return "few" if values.power == "root" else None


def go_there(values, value):
    return {"x": value}


def toy(**changed):
    parts = {
        "controls": [slider("x", 0, 10, 0.5, start=1), choice("power", ["square", "root"]), tick("dots", more=True)],
        "off": {"dots": no_dots},
        "compute": compute,
        "needs": ("power",),
        "frame": frame,
        "layers": [Layer(draw_curve, by=("power", "dots")), Layer(draw_point, by=("x",))],
        "say": say,
        "handles": [Handle("x", path)],
        "marks": [Mark("end", at=ends, action=go_there)],
        "guess": Guess(guess_path, truth=lambda values, found: float(found.at(values.x)), step="guessed"),
        "steps": [Step("small"), Step("guessed", x="@three"), Step("root", power="root", x=4)],
        "badge": "model",
    }  # fmt: skip
    return panel("toy", **(parts | changed))
