"""Every panel in 200 random states, and what 500 changes leave behind: nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import alsteach as al
from tests.panels.states import PANELS, random_states, visit

MEMORY = """
import gc, json, psutil
import alsteach as al
from tests.panels.states import random_states

panel = al.{name}()

def after(times, seed):
    for state in random_states(panel, times, seed):
        panel.set(**state)
    panel.reset()
    gc.collect()
    return len(gc.get_objects()), len(panel.picture.figure.findobj()), psutil.Process().memory_info().rss

# After the first 300 the caches, which hold 256 results at most, are full.
print(json.dumps([after(300, 1), after(500, 2)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_two_hundred_random_states(name):
    panel = getattr(al, name)()
    assert visit(panel, random_states(panel, 200, seed=sum(name.encode())), waits=2) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reference_level_panel", "km_panel", "prognosis_panel"])
def test_memory_stays_flat_over_500_changes(name):
    """In a process of its own, as a kernel is: what other tests left would be counted too."""
    code = MEMORY.format(name=name)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    early, late = json.loads(run.stdout)
    assert late[0] - early[0] < 2000, "objects kept after 500 more changes"
    assert late[1] == early[1], "artists kept in the figure"
    assert late[2] - early[2] < 30e6, "bytes kept after 500 more changes"
