"""The course as pages for readers: Voilà with a template of ours, an index, and a limit to the pages open at once.

A page takes a kernel when it is opened and gives it back when it is closed. A kernel that nobody is connected to any
more (a phone put away tells no server so) goes after twenty minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from queue import Empty
from uuid import uuid4

import psutil
from jinja2 import Environment, PackageLoader, StrictUndefined
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Int
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler

from ..panels.page import PAGES
from ..words import catalogue

SHARE = Path(__file__).with_name("share")
SETTINGS = Path(__file__).with_name("voila.json")  # Binder's server reads it too
LEFT_ALONE = 20 * 60  # seconds without a reader after which a kernel goes
# What every page loads before its first picture; a kernel does so while the browser still fetches its scripts, and not
# after them: cells are run only once it asks.
BEFOREHAND = (
    "alsteach.panels.page",
    "alsteach.exercises.widgets",
    "alsteach.panels.panel",
    "alsteach.plots.frame",
    "alsteach.data.tables",
    "matplotlib.backends.backend_agg",
    "babel.numbers",
)
KERNEL_MB = 400  # an allowance for an open page: a kernel took less than 350 in the class test


def places_here() -> int:
    """Return how many pages this computer's memory carries at once: four at least, sixty at most."""
    return min(max(psutil.virtual_memory().available // (KERNEL_MB * 2**20), 4), 60)


class NoPlace(Exception):
    """All kernels that may run are running."""


class Kernels(AsyncMappingKernelManager):
    """Starts no more kernels than there are places, and lets each load what its page will ask for."""

    places = Int(config=True)

    def __init__(self, **values):
        super().__init__(**values)
        self.starting: set[str] = set()
        self.loading: set[asyncio.Task] = set()

    async def start_kernel(self, *, kernel_id=None, **values):
        if len(self.starting.union(self.list_kernel_ids())) >= self.places:
            raise NoPlace
        kernel_id = kernel_id or str(uuid4())
        self.starting.add(kernel_id)
        try:
            await super().start_kernel(kernel_id=kernel_id, **values)
        finally:
            self.starting.discard(kernel_id)
        task = asyncio.ensure_future(self.load(kernel_id))
        self.loading.add(task)
        task.add_done_callback(self.loading.discard)
        return kernel_id

    async def load(self, kernel_id: str) -> None:
        """Let a kernel import `BEFOREHAND`."""
        client = self.get_kernel(kernel_id).client()
        # With the manager's own name, the kernel would take this client and Voilà's for one.
        client.session.session = uuid4().hex
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            client.execute(f"[__import__(name) for name in {BEFOREHAND}]", silent=True, store_history=False)
            await client.get_shell_msg(timeout=60)
        except (RuntimeError, Empty):
            pass  # a kernel that went, or a very slow machine: the page loads it all itself
        finally:
            client.stop_channels()


class Page(TornadoVoilaHandler):
    """A page of the course, or a kind word when all places are taken."""

    async def get(self, path=None):
        try:
            await super().get(path)
        except NoPlace:  # raised before anything of the page was written
            self.set_status(503)
            self.set_header("Retry-After", "15")
            await self.finish(html("full", places=self.kernel_manager.places))

    def get_argument(self, name, *default, **values):
        """Return an argument of the address; the theme also as the index and the last page noted it."""
        noted = self.get_cookie("alsteach_theme") if name == "theme" else None
        if noted in ("light", "dark") and "theme" not in self.request.query_arguments:
            return noted
        return super().get_argument(name, *default, **values)


class Closed(VoilaShutdownKernelHandler):
    """Takes a kernel back when its page is closed."""

    def check_xsrf_cookie(self):
        """Ask for no token: a page that closes can send none, and nobody else knows its kernel's name."""


class Index(JupyterHandler):
    """What there is to read."""

    def get(self):
        self.finish(index_html())


def html(name: str, **fields) -> str:
    templates = Environment(loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined)
    return templates.get_template(f"{name}.html").render(words=catalogue.panel("reading"), **fields)


def index_html() -> str:
    """Return the index.

    Examples
    --------
    >>> 'href="voila/render/05_why_they_disagree.ipynb"' in index_html()
    True
    """
    told, about = catalogue.panel("page"), catalogue.panel("reading")
    pages = [
        {
            "number": number,
            "file": f"{name}.ipynb",
            "title": told(f"data.{number}.title"),
            "minutes": told(f"data.{number}.minutes"),
            "about": about(f"data.about_{number}"),
        }
        for number, name in PAGES.items()
    ]
    return html("index", pages=pages)


class Pages(Voila):
    """Voilà over the course's folder, with our index and our limit."""

    def init_handlers(self) -> list:
        ours = {TornadoVoilaHandler: Page, VoilaShutdownKernelHandler: Closed}
        return [
            (address, Index) if kind is TornadoVoilaTreeHandler else (address, ours.get(kind, kind), *told)
            for address, kind, *told in super().init_handlers()
        ]


def configuration(folder: Path, places: int, port: int, ip: str, browser: bool) -> Config:
    return Config(
        {
            "Voila": {
                "root_dir": str(folder),
                "open_browser": browser,
                "port": port,
                "ip": ip,
                # A name or an address that others reach this computer by may stand in front of the pages.
                "tornado_settings": {"allow_remote_access": ip not in ("127.0.0.1", "localhost")},
            },
            "VoilaConfiguration": {
                **json.loads(SETTINGS.read_text(encoding="utf-8"))["VoilaConfiguration"],
                "multi_kernel_manager_class": Kernels,
                "file_allowlist": [r"$^"],  # the pages need no file beside them
            },
            "Kernels": {"places": places},
            "MappingKernelManager": {"cull_idle_timeout": LEFT_ALONE, "cull_interval": 60},
        }
    )


def serve(
    folder: Path, *, places: int | None = None, port: int = 8866, ip: str = "127.0.0.1", browser: bool = True
) -> None:
    """Serve the pages in a folder until stopped.

    Parameters
    ----------
    folder : Path
        Holds the notebooks.
    places : int, optional
        Pages open at once; by default what this computer's memory carries.
    port : int, optional
        The next free one where it is taken.
    ip : str, optional
        ``0.0.0.0`` lets others on the network read.
    browser : bool, optional
        Whether to open one.
    """
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(SHARE), os.environ.get("JUPYTER_PATH")]))
    app = Pages(config=configuration(folder, places or places_here(), port, ip, browser))
    app.initialize([])
    app.start()
