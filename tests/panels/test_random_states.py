"""Every panel in many random states, and what 60 changes leave behind: nothing."""

from __future__ import annotations

import multiprocessing

import pytest

import alsteach as al
from tests.panels.states import PANELS, left_behind, random_states, visit

# What a kernel with a panel has loaded; a panel's process is forked from one that has it.
LOADED = [
    "tests.panels.states",
    *(f"alsteach.panels.page0{page}" for page in range(8)),
    "alsteach.own_trial.panel",
]


@pytest.mark.slow
@pytest.mark.usefixtures("fewer_trials")
@pytest.mark.parametrize("name", PANELS)
def test_random_states(name):
    panel = getattr(al, name)()
    assert visit(panel, random_states(panel, 80, seed=sum(name.encode())), 2, draws=4) == []


@pytest.fixture(scope="module")
def processes():
    """Processes, one a call, as a kernel is: what other tests left would be counted too."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    with context.Pool(1, maxtasksperchild=1) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_memory_stays_flat_over_60_changes(name, processes):
    early, late, slow = processes.apply(left_behind, (name,))
    assert late[0] - early[0] < (2000 if slow else 60), "an object or more kept of every change"
    assert late[1] == early[1], "artists kept in the figure"
    assert late[2] - early[2] < (30e6 if slow else 15e6), "bytes kept after 60 more changes"
