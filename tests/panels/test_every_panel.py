"""Every panel there is, at its controls' extremes and in 200 random states, and 500 changes that leave nothing behind.

The panels and their states are found, not listed: a new panel is in here by having a name that ends in ``_panel``.
"""

from __future__ import annotations

import gc

import psutil
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
@pytest.mark.parametrize("name", ["reference_level_panel", "km_panel", "prognosis_panel"])
def test_memory_stays_flat_over_500_changes(name):
    panel = getattr(al, name)()

    def change(times: int, seed: int) -> tuple[int, int, int]:
        for state in random_states(panel, times, seed):
            panel.set(**state)
        panel.reset()
        gc.collect()
        memory = psutil.Process().memory_info().rss
        return len(gc.get_objects()), len(panel.picture.figure.findobj()), memory

    # By then the caches, which hold 256 results at most, are full.
    early, late = change(300, seed=1), change(500, seed=2)
    assert late[0] - early[0] < 2000, "objects kept after 500 more changes"
    assert late[1] == early[1], "artists kept in the figure"
    assert late[2] - early[2] < 30e6, "bytes kept after 500 more changes"
