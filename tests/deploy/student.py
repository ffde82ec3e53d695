"""A simulated student: logs in by the form, starts a server, runs a notebook's cells and moves a slider by WebSocket.

All of it through the hub's proxy, with the cookies and tokens a browser would have.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from datetime import UTC, datetime

import httpx
import nbformat
from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.browser.lab import ROOT

WIDTH = 680  # of the pictures, in pixels of this student's screen
SCRIPT = {"Sec-Fetch-Mode": "cors"}
CHECK = ("Check my answer", "Note my prediction")


def is_picture(state: dict) -> bool:
    """Whether this is the state of a panel's picture."""
    return "shown" in state and "fixed" in state


def put(state: dict, path: list, buffer) -> None:
    """Put a binary part where the message says that it belongs."""
    *way, last = path
    for key in way:
        state = state[key]
    state[last] = buffer


class Student:
    """One student's browser without a screen.

    Attributes
    ----------
    models : dict
        The state of each widget the kernel made, by its id, kept up to date.
    answers : list of dict
        A row a move: value asked for, seconds until the new picture, the picture.
    """

    def __init__(self, address: str, name: str, password: str):
        self.address, self.name, self._password = address, name, password
        # What a browser says of a page it opens; without it the hub logs a warning for each.
        self._http = httpx.AsyncClient(
            base_url=address,
            follow_redirects=True,
            timeout=300,
            headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"},
        )
        self._session = uuid.uuid4().hex
        self._numbers: list[str] = []
        self._socket = self._reader = None
        self._waiting: dict[str, asyncio.Future] = {}
        self._watched: dict[str, tuple[str, asyncio.Future]] = {}
        self._changed = asyncio.Event()
        self.models: dict[str, dict] = {}
        self.errors: list[str] = []
        self.outputs: dict[str, list[str]] = {}
        self.answers: list[dict] = []

    def _token(self, path: str) -> str:
        return next(
            c.value for c in self._http.cookies.jar if c.name == "_xsrf" and c.path.rstrip("/") == path
        )

    async def log_in(self) -> None:
        form = await self._http.get("/hub/login")
        token = re.search(r'name="_xsrf"\s+value="([^"]+)"', form.text)[1]
        reply = await self._http.post(
            "/hub/login?next=/hub/home",
            data={"username": self.name, "password": self._password, "_xsrf": token},
        )
        reply.raise_for_status()
        if reply.url.path != "/hub/home":
            raise RuntimeError(f"{self.name} was not let in: {reply.url.path}")

    async def start_server(self) -> float:
        """Press Start; return the seconds until JupyterLab answers."""
        started = time.monotonic()
        await self._http.get(f"/hub/spawn/{self.name}")
        progress = f"/hub/api/users/{self.name}/server/progress?_xsrf={self._token('/hub')}"
        async with self._http.stream("GET", progress, headers=SCRIPT) as events:
            events.raise_for_status()
            async for line in events.aiter_lines():
                event = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if event.get("failed"):
                    raise RuntimeError(f"{self.name}'s server did not start: {event}")
                if event.get("ready"):
                    break
        page = await self._http.get(f"/user/{self.name}/lab/tree/notebooks/00_start_here.ipynb")
        page.raise_for_status()
        if "jupyter-config-data" not in page.text:
            raise RuntimeError(f"{self.name} did not get JupyterLab but {page.url}")
        return time.monotonic() - started

    async def rest(self, method: str, path: str, body: dict | None = None) -> dict:
        """Ask the student's own server."""
        headers = {**SCRIPT, "X-XSRFToken": self._token(f"/user/{self.name}")}
        reply = await self._http.request(method, f"/user/{self.name}/api/{path}", json=body, headers=headers)
        reply.raise_for_status()
        return reply.json() if reply.content else {}

    async def open(self, notebook: str) -> None:
        """Start a kernel for the notebook and connect to it."""
        self.notebook = f"notebooks/{notebook}"
        session = await self.rest(
            "POST",
            "sessions",
            {"path": self.notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}},
        )
        path = f"/user/{self.name}/api/kernels/{session['kernel']['id']}/channels?session_id={self._session}"
        request = HTTPRequest(
            self.address.replace("http", "ws", 1) + path,
            headers={
                "Cookie": "; ".join(
                    f"{c.name}={c.value}"
                    for c in self._http.cookies.jar
                    if path.startswith(c.path) and c.name != "_xsrf"
                ),
                "Origin": self.address,
                "Sec-Fetch-Mode": "websocket",
                "Sec-Fetch-Site": "same-origin",
            },
            connect_timeout=300,
        )
        self._socket = await websocket_connect(request, max_message_size=100 * 2**20)
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Let go of the connection; the server goes on, as when a tab is closed."""
        if self._reader:
            self._reader.cancel()
        if self._socket:
            self._socket.close()
        await self._http.aclose()

    async def _read(self) -> None:
        while (text := await self._socket.read_message()) is not None:
            message = json.loads(text) if isinstance(text, str) else deserialize_binary_message(text)
            if told := self._take(message):
                await self._send(*told)
        self._fail(ConnectionError(f"{self.name}'s connection to the kernel was closed"))

    def _fail(self, error: Exception) -> None:
        for future in [*self._waiting.values(), *(future for _, future in self._watched.values())]:
            if not future.done():
                future.set_exception(error)

    def _take(self, message: dict) -> tuple | None:
        """Take a message in; return what a browser would answer to it."""
        kind, content = message["msg_type"], message["content"]
        parent = message["parent_header"].get("msg_id", "")
        if kind == "execute_reply" and parent in self._waiting:
            self._waiting.pop(parent).set_result(content)
        elif kind == "error":
            self.errors.append(f"{content['ename']}: {content['evalue']}")
        elif kind == "stream" and content["name"] == "stderr":
            self.errors.append(content["text"])
        elif kind in ("display_data", "execute_result"):
            self.outputs.setdefault(parent, []).append(content["data"].get("text/plain", ""))
        elif kind == "comm_open":
            self.models[content["comm_id"]] = state = dict(content["data"].get("state", {}))
            if is_picture(state):  # the view measures its place and asks; it lies further down the page
                asked = {"do": "width", "width": WIDTH, "sharpness": 1, "seen": False, "number": "1"}
                data = {"method": "custom", "content": asked}
                return "shell", "comm_msg", {"comm_id": content["comm_id"], "data": data}
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            state = content["data"]["state"]
            paths = content["data"].get("buffer_paths", [])
            for path, buffer in zip(paths, message.get("buffers", []), strict=True):
                put(state, path, buffer)
            self._update(content["comm_id"], state, parent)
        return None

    def _update(self, model: str, state: dict, parent: str) -> None:
        self.models.setdefault(model, {}).update(state)
        self._changed.set()
        view, future = self._watched.get(parent, (None, None))
        if view == model and "shown" in state and not future.done():
            future.set_result((time.monotonic(), state["shown"]))

    async def _send(self, channel: str, kind: str, content: dict, number: str | None = None) -> str:
        number = number or uuid.uuid4().hex
        header = {
            "msg_id": number,
            "session": self._session,
            "username": self.name,
            "msg_type": kind,
            "version": "5.3",
            "date": datetime.now(UTC).isoformat(),
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self._socket.write_message(json.dumps({**message, "channel": channel, "buffers": []}))
        return number

    async def run_cell(self, code: str) -> str:
        """Run a cell; return the number under which its outputs are kept."""
        number = uuid.uuid4().hex
        self._waiting[number] = asyncio.get_running_loop().create_future()
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        waiting = self._waiting[number]
        await self._send("shell", "execute_request", content | {"stop_on_error": True}, number)
        reply = await waiting
        if reply["status"] != "ok":
            raise RuntimeError(f"{self.name}: {reply.get('ename')}: {reply.get('evalue')}\n{code}")
        return number

    async def run_all(self) -> float:
        """Run every code cell and wait for every panel's picture; return the seconds."""
        started = time.monotonic()
        for cell in nbformat.read(ROOT / self.notebook, as_version=4).cells:
            if cell.cell_type == "code":
                self._numbers.append(await self.run_cell(cell.source))
        await self._until(
            lambda: all(
                "png" in state.get("shown", {}) for state in self.models.values() if is_picture(state)
            )
        )
        return time.monotonic() - started

    def find(self, model_name: str, **state) -> str:
        """Return the id of the widget of this kind with this state; the first made if several."""
        for model, found in self.models.items():
            if found.get("_model_name") == model_name and all(found.get(k) == v for k, v in state.items()):
                return model
        raise LookupError(f"{self.name} has no {model_name} with {state}")

    def view_of(self, control: str) -> str:
        """Return the id of the picture in the panel that holds this control."""
        parents = {
            c.removeprefix("IPY_MODEL_"): m for m, s in self.models.items() for c in s.get("children", ())
        }
        box = control
        while box in parents:
            box = parents[box]
            for child in self.models[box]["children"]:
                child = child.removeprefix("IPY_MODEL_")
                if is_picture(self.models[child]):
                    return child
        raise LookupError(f"{self.name}: no picture beside {self.models[control].get('description')}")

    async def look_at(self, view: str) -> None:
        """Scroll to a picture."""
        data = {"method": "custom", "content": {"do": "seen"}}
        await self._send("shell", "comm_msg", {"comm_id": view, "data": data})

    async def move(self, slider: str, value: float) -> None:
        """Set a slider as JupyterLab does, and wait for the picture that answers this very message."""
        number, view = uuid.uuid4().hex, self.view_of(slider)
        future = asyncio.get_running_loop().create_future()
        self._watched[number] = (view, future)
        started = time.monotonic()
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        await self._send("shell", "comm_msg", {"comm_id": slider, "data": data}, number)
        arrived, shown = await future
        del self._watched[number]
        self.answers.append({"value": value, "seconds": arrived - started, "shown": shown})

    async def answer_choices(self, first: int) -> list[str]:
        """Answer each multiple choice, going round its options from ``first`` on; return the letters chosen."""
        letters = []
        for radio in [m for m, s in self.models.items() if s.get("_model_name") == "RadioButtonsModel"]:
            options = self.models[radio]["_options_labels"]
            chosen = (first + len(letters)) % len(options)
            letters.append(options[chosen][0])
            question = next(
                m for m, s in self.models.items() if f"IPY_MODEL_{radio}" in s.get("children", ())
            )
            parts = [part.removeprefix("IPY_MODEL_") for part in self.models[question]["children"]]
            row = next(part for part in parts if "children" in self.models[part])
            buttons = [part.removeprefix("IPY_MODEL_") for part in self.models[row]["children"]]
            check = next(b for b in buttons if self.models[b]["description"] in CHECK)
            state = {"method": "update", "state": {"index": chosen}, "buffer_paths": []}
            await self._send("shell", "comm_msg", {"comm_id": radio, "data": state})
            press = {"method": "custom", "content": {"event": "click"}}
            await self._send("shell", "comm_msg", {"comm_id": check, "data": press})
            told = parts[parts.index(row) + 2]  # behind the buttons: hints, then the reply
            await self._until(lambda told=told: self.models[told].get("value"))
        return letters

    async def save(self) -> None:
        """Save the notebook with its outputs, as text, under a line that says whose it is."""
        model = await self.rest("GET", f"contents/{self.notebook}")
        notebook = nbformat.from_dict(model["content"])
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, number in zip(cells, self._numbers, strict=True):
            cell.outputs = [
                nbformat.v4.new_output("display_data", data={"text/plain": text})
                for text in self.outputs.get(number, [])
            ]
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"Notes of {self.name}"))
        body = {"type": "notebook", "format": "json", "content": notebook}
        await self.rest("PUT", f"contents/{self.notebook}", body)

    async def _until(self, come_true) -> None:
        while not come_true():
            self._changed.clear()
            await self._changed.wait()
