"""Every panel there is, at its controls' extremes and in 200 random states, and 500 changes that leave nothing behind.

The panels and their states are found, not listed: a new panel is in here by having a name that ends in ``_panel``.
"""

from __future__ import annotations

import gc
import tracemalloc

import pytest

import alsteach as al
from tests.panels.states import PANELS, corners, faults, random_states

LONG = 60  # seconds that a computation in the background may take before a test gives up on it


def visit(panel, states, waits: int | None = None):
    """Set each state; where work is done in the background wait for the last and ``waits`` others (None: for all)."""
    found, states = [], list(states)
    waited_for = set(range(len(states) - 1, -1, -max(1, len(states) // ((waits or len(states)) + 1))))
    for number, state in enumerate(states):
        panel.set(**state)
        if panel.background is not None and number not in waited_for:
            continue
        assert panel.wait(LONG), f"still computing for {state}"
        found += [f"{fault}; {state}" for fault in faults(panel)]
    return found


def test_every_panel_is_found():
    assert len(PANELS) >= 22
    assert {"checkup_panel", "reference_level_panel", "many_trials_panel"} <= set(PANELS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_extremes(name):
    panel = getattr(al, name)()
    assert visit(panel, corners(panel, most=150), waits=4) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_two_hundred_random_states(name):
    panel = getattr(al, name)()
    assert visit(panel, random_states(panel, 200, seed=sum(name.encode())), waits=4) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_presets_and_reset(name):
    panel = getattr(al, name)()
    assert panel.wait(LONG)
    before = panel.sentence
    assert visit(panel, panel.presets.values()) == []
    panel.reset()
    assert panel.wait(LONG)
    assert panel.sentence == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reference_level_panel", "km_panel", "dosing_panel"])
def test_memory_stays_flat_over_500_changes(name):
    panel = getattr(al, name)()
    for state in random_states(panel, 100, seed=1):
        panel.set(**state)
    gc.collect()
    artists = len(panel.picture.figure.findobj())
    tracemalloc.start()
    for state in random_states(panel, 100, seed=2):
        panel.set(**state)
    gc.collect()
    early, _ = tracemalloc.get_traced_memory()
    for state in random_states(panel, 400, seed=3):
        panel.set(**state)
    panel.reset()
    gc.collect()
    late, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert late - early < 400_000, "bytes kept after 400 more changes"
    assert len(panel.picture.figure.findobj()) < artists * 2
