"""The course in Notebook 7, the plain page that some institutions offer instead of JupyterLab."""

from __future__ import annotations

import shlex
import sys

import pytest

import alsteach as al
from tests.browser.lab import Panel, serve

pytestmark = pytest.mark.browser
COMMAND = f"exec {shlex.quote(sys.executable)} -m notebook --allow-root ${{1#LAB_ARGS=}}"


def test_a_panel_answers_there_too(browser, tmp_path):
    with serve(tmp_path, ["sh", "-c", COMMAND, "sh"]) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        outside = []
        page.on(
            "request", lambda request: None if "127.0.0.1" in request.url else outside.append(request.url)
        )
        page.goto(address.format(path="/notebooks/notebooks/05_why_they_disagree.ipynb"))
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(
            state="attached", timeout=120_000
        )
        panels = page.locator(".alsteach-panel", has_text="Where is the effect read?")
        for _ in range(12):  # the menu does nothing while the kernel is still connecting
            page.locator('.lm-MenuBar-itemLabel:text-is("Run")').click()
            page.locator('.lm-Menu-itemLabel:text-is("Run All Cells")').click()
            try:
                panels.first.wait_for(timeout=20_000)
                break
            except Exception:
                continue
        page.mouse.move(640, 500)
        page.mouse.wheel(0, 100)  # while it runs the page stays at its top, until a reader moves
        panel = Panel(page, panels.first)
        twin = al.reference_level_panel()
        twin.set(zero=1000)
        box = panel.number_box("Zero (or drag the diamond)")
        box.fill("1000")
        box.press("Enter")
        panel.wait_for_text(twin.finding)
        assert panel.alt() == twin.alternative_text
        assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
        context.close()
