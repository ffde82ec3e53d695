"""Every panel there is, at its controls' extremes and through its presets.

The panels and their states are found, not listed: a new panel is in here by having a name that ends in ``_panel``.
"""

from __future__ import annotations

import pytest

import alsteach as al
from tests.panels.states import LONG, PANELS, corners, visit


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
def test_presets_and_reset(name):
    panel = getattr(al, name)()
    assert panel.wait(LONG)
    before = panel.sentence
    assert visit(panel, panel.presets.values()) == []
    panel.reset()
    assert panel.wait(LONG)
    assert panel.sentence == before
