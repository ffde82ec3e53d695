"""Every panel there is, at its controls' extremes.

The panels and their states are found, not listed: a new panel is in here by having a name that ends in ``_panel``.
"""

from __future__ import annotations

import pytest

import alsteach as al
from tests.panels.states import PANELS, corners, visit

pytestmark = pytest.mark.usefixtures("fewer_trials")


def test_every_panel_is_found():
    assert len(PANELS) >= 22
    assert {"checkup_panel", "reference_level_panel", "better_test_panel"} <= set(PANELS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_extremes(name):
    panel = getattr(al, name)()
    # The contract looks at each step besides.
    assert visit(panel, corners(panel, most=60), 4, draws=2) == []
