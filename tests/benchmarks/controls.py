"""``python -m tests.benchmarks.controls [panel …]``: what a change of each control costs the kernel, picture included.

Processor milliseconds (the computation in a background thread counts too), the quicker of two passes: a slider moves
through five places, everything else through its options, from the first step and with the picture shown at 680 px.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import alsteach as al
from alsteach.panels.panel import Panel

PANELS = sorted(name for name in al.__all__ if name.endswith("_panel"))
PLACES = (0.2, 0.35, 0.5, 0.65, 0.8)


def places(control) -> list:
    """Return values that a learner could move this control to, one after the other."""
    if hasattr(control, "low"):
        span = control.high - control.low
        return [control.on_a_step(control.low + share * span) for share in PLACES]
    return list(control.extremes)


def cost_of(panel: Panel, name: str) -> list[float]:
    """Return milliseconds a change of one control, from the panel's first step."""
    costs = []
    for value in places(panel.controls[name]):
        if value == panel.values[name]:
            continue
        start = time.process_time()
        panel.set(**{name: value})
        panel.wait()
        costs.append(1e3 * (time.process_time() - start))
    return costs


def costs(panel_name: str) -> dict[str, list[float]]:
    """Return milliseconds by control; ``opening`` and ``steps`` besides."""
    start = time.process_time()
    panel = getattr(al, panel_name)()
    if not isinstance(panel, Panel):
        return {}
    panel._hear({"do": "width", "width": 680, "sharpness": 1.0})
    panel.wait()
    found = {"opening": [1e3 * (time.process_time() - start)]}
    passes = []
    for _ in range(2):
        again = {"steps": []}
        for step in [*panel.steps[1:], panel.steps[0]]:
            start = time.process_time()
            panel.go(step)
            if panel.guess is not None:
                panel.guess.skip()
            panel.wait()
            again["steps"].append(1e3 * (time.process_time() - start))
        for name in panel.controls:
            again[name] = cost_of(panel, name)
            panel.go(panel.steps[0]).wait()
            panel._results.clear()
        passes.append(again)
    first, second = passes
    return found | {
        name: [min(pair) for pair in zip(first[name], second[name], strict=False)] for name in first
    }


def main(names: list[str]) -> None:
    for panel_name in names or PANELS:
        for name, milliseconds in costs(panel_name).items():
            if milliseconds:
                middle, worst = np.median(milliseconds), np.max(milliseconds)
                print(f"{panel_name:28}{name:20}{middle:8.0f}{worst:8.0f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
