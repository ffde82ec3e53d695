"""Every panel where no thread can start, as in a browser's Python: it opens, and works to its end."""

from __future__ import annotations

import asyncio

import pytest

import alsteach as al
from alsteach.words import catalogue
from tests.panels.states import PANELS, faults_of_words, seen

pytestmark = pytest.mark.usefixtures("fewer_trials", "no_threads")


@pytest.mark.parametrize(
    "name", [name for name in PANELS if name.removesuffix("_panel") in catalogue.tables("en")]
)
def test_first_and_last_step_are_shown_to_their_end(name):
    """In the turns of a loop, as a notebook there has one: nothing may wait for what only the loop can do."""
    panel = getattr(al, name)()
    steps = panel.steps[:: max(len(panel.steps) - 1, 1)]

    async def look() -> dict:
        seen(panel)
        said = {}
        for step in steps:
            panel.go(step)
            while not panel.wait(0):
                await asyncio.sleep(0)
            if panel.guess is not None and panel.guess.open:
                panel.guess.lock(panel.guess.truth)
            said[step] = panel.picture.shown["finding"]
            assert not panel.picture.shown["working"]
        return said

    said = asyncio.run(look())
    assert said.keys() == set(steps)
    assert all(said.values())
    assert faults_of_words(panel) == []
