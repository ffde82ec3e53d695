"""A real JupyterLab in a real Chromium, and what a learner does there: open, run, move a control, read.

`serve` starts a server on a copy of the notebooks (JupyterLab saves what it runs); `Page` is one open notebook.
"""

from __future__ import annotations

import contextlib
import json
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

import nbformat

ROOT = Path(__file__).resolve().parents[2]
SAID = ".alsteach-said-2"  # what a panel says under its picture
# The page itself is asked what its kernel was sent and what its cells have become: what JupyterLab shows of a run
# comes and goes with its toolbar, and in a narrow window may never be drawn.
LISTEN = """() => {
    window.cellsRun = false;
    jupyterapp.shell.currentWidget.sessionContext.session.kernel.anyMessage.connect((kernel, {msg}) => {
        if (msg.header.msg_type === 'execute_request') window.cellsRun = true;
    });
}"""
# (A page's bar leaves its place for the top of the page.)
HAVE_RUN = """() => {
    const kind = 'application/vnd.jupyter.widget-view+json';
    const cells = jupyterapp.shell.currentWidget.content.widgets.filter(
        cell => cell.model.type === 'code' && cell.model.sharedModel.getSource().trim());
    const wanted = ({model: {outputs}}) => Array.from({length: outputs.length}, (_, i) => outputs.get(i))
        .filter(output => kind in output.data).length;
    const drawn = cell => cell.outputArea.node.querySelectorAll('.jupyter-widgets').length
        || document.querySelectorAll('.alsteach-page').length * cell.model.sharedModel.getSource().includes('al.page(');
    return window.cellsRun && cells.every(({model}) => model.executionCount && model.executionState === 'idle')
        && cells.every(cell => drawn(cell) >= wanted(cell))
        && [...document.querySelectorAll('.jp-Notebook-ExecutionIndicator')].every(it => it.dataset.status === 'idle');
}"""
# A page then goes back to its top for so many frames (page.js): whoever scrolls earlier loses the place.
AT_REST = """async frames => {
    for (let frame = 0; frame < frames; frame += 1) await new Promise(requestAnimationFrame);
}"""
FRAMES = 2 * int(re.search(r"FRAMES = (\d+)", (ROOT / "alsteach/panels/page.js").read_text())[1])
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


def copy_of_the_notebooks(folder: Path) -> Path:
    """Copy them, without what a reader has left behind, and return where they are."""
    left_behind = shutil.ignore_patterns(".ipynb_checkpoints", "*alsteach_progress*")
    return Path(shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=left_behind))


@contextlib.contextmanager
def serve(folder: Path, command: list[str] | None = None):
    """Run JupyterLab on a copy of the notebooks in ``folder``; yield its address with ``{path}`` left open.

    ``command`` is what a learner types (``make lab``), given the server's options as ``LAB_ARGS=…``.
    """
    copy_of_the_notebooks(folder)
    port, token = free_port(), secrets.token_hex(8)
    options = [
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
    ]
    if command is None:
        command = [sys.executable, "-m", "jupyterlab", "--allow-root", *options]
    else:
        command = [*command, f"LAB_ARGS={' '.join(options)}"]
    with running(command, folder, f"http://127.0.0.1:{port}/api?token={token}"):
        yield f"http://127.0.0.1:{port}{{path}}?token={token}"


def put_notebook(address: str, cells: list[str]) -> str:
    """Store a notebook with these cells of code among the others; return its name."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    name = f"cells_{secrets.token_hex(3)}.ipynb"
    body = json.dumps({"type": "notebook", "content": notebook}).encode()
    place = address.format(path=f"/api/contents/notebooks/{name}")
    with urllib.request.urlopen(urllib.request.Request(place, body, method="PUT")) as reply:
        assert reply.status == 201
    return name


@contextlib.contextmanager
def running(command: list[str], folder: Path, address: str, **settings: str):
    """Run a server that reads no settings but its own, until ``address`` answers and as long as it is wanted."""
    home = folder / "home"
    # What only the tests install adds to JupyterLab's toolbar; a learner does not see it.
    page_config = home / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    page_config.write_text('{"disabledExtensions": {"@jupyter/nbgrader": true}}')
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        **settings,
    }
    log = (folder / "server.log").open("w+")
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 900
        while not _answers(address):
            if server.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise RuntimeError(f"{' '.join(command)} did not come up:\n{log.read()[-3000:]}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()


def hazard_ratio(text: str) -> float:
    return float(re.search(r"HR (\d+\.\d\d)", text).group(1))


class Page:
    """One notebook open in a browser tab."""

    def __init__(self, browser, address: str, notebook: str, width: int = 1280, height: int = 900):
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.set_default_timeout(120_000)
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
            self.page.locator(sign).wait_for(state="attached", timeout=240_000)

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
        self.start_running()
        self.run_all_has_ended()

    def run_all_has_ended(self) -> None:
        """Wait until the last cell has run."""
        self.page.wait_for_function(HAVE_RUN, timeout=400_000)
        self.page.evaluate(AT_REST, FRAMES)

    def start_running(self) -> None:
        """Press it again if nothing happens: JupyterLab drops the command while the kernel is still connecting."""
        from playwright.sync_api import TimeoutError as NothingHappened

        self.page.evaluate(LISTEN)
        for _ in range(12):
            self.page.locator('.lm-MenuBar-itemLabel:text-is("Run")').click()
            self.page.locator('.lm-Menu-itemLabel:text-is("Run All Cells")').click()
            try:
                self.page.wait_for_function("() => window.cellsRun", timeout=10_000)
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

    def close(self, kernel_too: bool = True) -> None:
        """Close the tab, and end its kernel: JupyterLab keeps it, and twenty of them fill a small machine."""
        if kernel_too:
            self.page.evaluate("() => jupyterapp.shell.currentWidget?.sessionContext?.shutdown()")
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
        return self.box.locator(SAID).first.text_content()

    def picture(self) -> str:
        return self.image.get_attribute("src")

    def alt(self) -> str:
        return self.image.get_attribute("alt")

    def alt_is_caption(self) -> bool:
        """Whether the picture says what stands under it, both read at one moment: a next one may be on its way."""
        return self.box.evaluate(
            "(box, said) => box.querySelector('figure img').alt.includes(box.querySelector(said).textContent)",
            SAID,
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
            "([box, words, said]) => box.querySelector(said)?.textContent.includes(words)",
            arg=[self.box.element_handle(), words, SAID],
        )
