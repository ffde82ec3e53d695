"""A real JupyterLab in a real Chromium, and what a learner does there: open, run, move a control, read.

`serve` starts a server on a copy of the notebooks (JupyterLab saves what it runs); `Page` is one open notebook.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


@contextlib.contextmanager
def serve(folder: Path, command: list[str] | None = None):
    """Run JupyterLab on a copy of the notebooks in ``folder``; yield its address with ``{path}`` left open.

    ``command`` is what a learner types (``make lab``), given the server's options as ``LAB_ARGS=…``.
    """
    home = folder / "home"
    left_behind = shutil.ignore_patterns(".ipynb_checkpoints", "*alsteach_progress*")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=left_behind)
    # What only the tests install adds to JupyterLab's toolbar; a learner does not see it.
    settings = home / "config" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"disabledExtensions": {"@jupyter/nbgrader": true}}')
    port, token = free_port(), secrets.token_hex(8)
    options = [
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
    ]
    if command is None:
        command = [sys.executable, "-m", "jupyterlab", "--allow-root", *options]
    else:
        command = [*command, f"LAB_ARGS={' '.join(options)}"]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    log = (folder / "jupyterlab.log").open("w+")
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 900
        while not _answers(f"http://127.0.0.1:{port}/api?token={token}"):
            if server.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise RuntimeError(f"{' '.join(command)} did not come up:\n{log.read()[-3000:]}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
        yield f"http://127.0.0.1:{port}{{path}}?token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
        log.close()


class Page:
    """One notebook open in a browser tab."""

    def __init__(self, browser, address: str, notebook: str, width: int = 1280, height: int = 900):
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.outside: list[str] = []
        self.console: list[str] = []
        self.kernel_errors: list[str] = []
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._hear))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on(
            "console", lambda message: self.console.append(message.text) if message.type == "error" else None
        )
        workspace = f"{notebook.split('.')[0]}-{width}-{secrets.token_hex(3)}"
        self.page.goto(address.format(path=f"/lab/workspaces/{workspace}/tree/notebooks/{notebook}"))
        # The indicator says idle before there is a kernel; run then, and JupyterLab asks which kernel to take.
        # In a narrow window the toolbar hides both in a menu, so they need not be seen.
        for sign in (
            '.jp-Toolbar-kernelName:has-text("Python 3")',
            ".jp-Notebook-ExecutionIndicator[data-status=idle]",
        ):
            self.page.locator(sign).wait_for(state="attached", timeout=120_000)

    def _note(self, url: str) -> None:
        if not re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:", url):
            self.outside.append(url)

    def _hear(self, payload) -> None:
        """Keep what the kernel writes to stderr: while a control moves it would go to a log that nobody opens."""
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
        said = re.search(r'"msg_type": ?"error"', text) or re.search(r'"name": ?"stderr"', text)
        # ipywidgets closes a conversation that the kernel has closed already, in any notebook with a widget.
        if said and '"text": "No such comm' not in text:
            self.kernel_errors.append(text[-1500:])

    def run_all(self) -> None:
        """Press Run → Run All Cells, and wait until the last cell has run."""
        self._start_running()
        # Each code cell shows [*] until it has run and a number afterwards.
        self.page.wait_for_function(
            """() => {
                const notebook = document.querySelector('.jp-NotebookPanel:not(.lp-mod-hidden) .jp-Notebook');
                const status = document.querySelector('.jp-Notebook-ExecutionIndicator');
                const prompts = [...notebook.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent);
                return status.dataset.status === 'idle' && prompts.some(t => /\\d/.test(t))
                    && !prompts.some(t => t.includes('*'));
            }""",
            timeout=180_000,
        )

    def _start_running(self) -> None:
        """Press it again if nothing happens: JupyterLab drops the command while the kernel is still connecting."""
        from playwright.sync_api import TimeoutError as NothingHappened

        for _ in range(12):
            self.page.locator('.lm-MenuBar-itemLabel:text-is("Run")').click()
            self.page.locator('.lm-Menu-itemLabel:text-is("Run All Cells")').click()
            try:
                self.page.wait_for_function(
                    """() => [...document.querySelectorAll('.jp-NotebookPanel:not(.lp-mod-hidden) .jp-InputPrompt')]
                        .some(prompt => /[*\\d]/.test(prompt.textContent))""",
                    timeout=5_000,
                )
                return
            except NothingHappened:
                continue
        raise AssertionError("Run All Cells did nothing, twelve times.")

    def errors(self) -> list[str]:
        """Tracebacks shown anywhere in the notebook."""
        return self.page.locator(
            '[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText pre:has-text("Traceback")'
        ).all_inner_texts()

    def panel(self, title: str) -> Panel:
        return Panel(self.page, self.page.locator(".alsteach-panel", has_text=title).first)

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=str(path))

    def close(self) -> None:
        self.context.close()


class Panel:
    """One panel as the learner sees it."""

    def __init__(self, page, box):
        self.page, self.box = page, box
        box.scroll_into_view_if_needed()
        self.image = box.locator("figure.alsteach-figure img")
        self.image.wait_for()

    def text(self) -> str:
        # Not the inner text: JupyterLab skips drawing what is scrolled away, and then that is empty.
        return self.box.locator("figcaption").text_content()

    def picture(self) -> str:
        return self.image.get_attribute("src")

    def alt(self) -> str:
        return self.image.get_attribute("alt")

    def alt_is_caption(self) -> bool:
        """Whether picture and caption say the same, both read at one moment: a next picture may be on its way."""
        return self.box.evaluate(
            "box => box.querySelector('figure img').alt === box.querySelector('figcaption').textContent"
        )

    def handle(self, label: str):
        """The thing to drag of the slider with this label."""
        slider = self.box.locator(
            ".widget-slider", has=self.page.locator(f'.widget-label:text-is("{label}")')
        )
        return slider.locator(".noUi-handle")

    def number_box(self, label: str):
        return self.box.locator(
            f'.widget-hbox:has(.widget-label:text-is("{label}")) input[type="number"]'
        ).first

    def press(self, button: str) -> None:
        self.box.locator(f'button:text-is("{button}")').click()

    def wait_for_change(self, before: str) -> None:
        """Wait until the picture is another one than ``before``."""
        self.page.wait_for_function(
            """([box, before]) => {
                const image = box.querySelector("figure.alsteach-figure img");
                return image && image.getAttribute("src") !== before && image.complete;
            }""",
            arg=[self.box.element_handle(), before],
        )

    def wait_for_text(self, words: str) -> None:
        self.page.wait_for_function(
            "([box, words]) => box.querySelector('figcaption')?.textContent.includes(words)",
            arg=[self.box.element_handle(), words],
        )
