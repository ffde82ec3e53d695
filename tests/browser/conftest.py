"""One JupyterLab and one Chromium for all browser tests of a run."""

from __future__ import annotations

import pytest

from tests.browser.lab import CHROMIUM_FLAGS, serve


@pytest.fixture(scope="session")
def lab_address(tmp_path_factory):
    """Address of a running JupyterLab on a copy of the notebooks."""
    with serve(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="session")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
