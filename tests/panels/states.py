"""States of a panel made from its own declared controls, so that a new panel is tested without writing a test."""

from __future__ import annotations

import base64
import io
import itertools
import re

import numpy as np
from PIL import Image

import alsteach as al

LONG = 240  # seconds that a computation in the background may take before a test gives up on it
PANELS = sorted(name for name in al.__all__ if name.endswith("_panel"))


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


def png_of(panel) -> bytes:
    return base64.b64decode(re.search(r'base64,([^"]+)"', panel.view.value).group(1))


def faults(panel) -> list[str]:
    """Return what is wrong with the picture and sentence that the panel shows now."""
    found, said = [], panel.sentence
    if len(said) < 20 or said.strip()[-1] not in ".!?)":
        found.append(f"no whole sentence: {said!r}")
    if re.search(r"\b(nan|inf|None|array|Traceback|fault of alsteach)\b|\{|\}|np\.", said):
        found.append(f"not for a reader: {said!r}")
    png = png_of(panel)
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=float)
    inked = float((picture < 200).mean())
    if not 0.002 < inked < 0.9:
        found.append(f"empty picture: {inked:.2%} of it is drawn on")
    if len(png) > 64_000:
        found.append(f"picture of {len(png)} bytes")
    return found


def visit(panel, states, waits: int | None = None) -> list[str]:
    """Set each state and return the faults of what is then shown.

    Where work is done in the background wait for the last state and for ``waits`` others (None: for all).
    """
    found, states = [], list(states)
    waited_for = set(range(len(states) - 1, -1, -max(1, len(states) // ((waits or len(states)) + 1))))
    for number, state in enumerate(states):
        panel.set(**state)
        if panel.background is not None and number not in waited_for:
            continue
        assert panel.wait(LONG), f"still computing for {state}"
        found += [f"{fault}; {state}" for fault in faults(panel)]
    return found
