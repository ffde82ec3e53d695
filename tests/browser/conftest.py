"""One JupyterLab for all browser tests of a run, and one Chromium for those of a file."""

from __future__ import annotations

import pytest

from tests.browser.lab import CHROMIUM_FLAGS, serve


@pytest.fixture(scope="session")
def lab_address(tmp_path_factory):
    """Address of a running JupyterLab on a copy of the notebooks."""
    with serve(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium_path):
    """A Chromium, gone after the last test of a file.

    While playwright is on, its event loop counts as running in this process, and tests elsewhere that start a loop,
    or ask whether there is one, fail.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
