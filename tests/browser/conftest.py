"""One JupyterLab for all browser tests of a run, and one Chromium for those of a file."""

from __future__ import annotations

import pytest

from tests.browser.lab import CHROMIUM_FLAGS, Page, serve


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
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # two browsers, their servers and kernels share two cores
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page(request, browser, lab_address):
    """The ``NOTEBOOK`` that a file names, run; after its last test nothing in it has failed or left this machine."""
    page = Page(browser, lab_address, request.module.NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()
