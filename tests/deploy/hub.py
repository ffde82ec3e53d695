"""A real JupyterHub with its proxy, run from deploy/jupyterhub_config.py, and what its processes cost."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.browser.lab import ROOT, free_port

CONFIG = ROOT / "deploy" / "jupyterhub_config.py"
# The course's own settings, and what tests/browser/lab.py asks JupyterLab for.
UNDER_TEST = f"""load_subconfig({str(CONFIG)!r})
get_config().Spawner.args.append("--LabApp.expose_app_in_browser=True")
"""


@dataclass
class Hub:
    """A running hub: where it is, its password, where students' homes are."""

    address: str
    password: str
    students: Path
    process: subprocess.Popen
    log: Path

    def usage(self) -> dict[str, dict[str, float]]:
        """Return memory in MB and processor seconds so far: of hub, of proxy, and of each student's processes.

        ``kernel_seconds`` are the part of the ``seconds`` that no server took.
        """
        found: dict[str, dict[str, float]] = {}
        root = psutil.Process(self.process.pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                name = "hub" if process == root else _whose(process)
                entry = found.setdefault(
                    name,
                    {"server": 0.0, "kernel": 0.0, "unshared": 0.0, "seconds": 0.0, "kernel_seconds": 0.0},
                )
                memory, spent = process.memory_full_info(), process.cpu_times()
                kernel = "ipykernel_launcher" in process.cmdline()
                entry["kernel" if kernel else "server"] += memory.rss / 1e6
                entry["unshared"] += memory.uss / 1e6
                entry["seconds"] += spent.user + spent.system
                entry["kernel_seconds"] += kernel * (spent.user + spent.system)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found


def _whose(process: psutil.Process) -> str:
    if "configurable-http-proxy" in " ".join(process.cmdline()):
        return "proxy"
    return process.environ().get("JUPYTERHUB_USER", "hub")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except urllib.error.HTTPError as not_yet:
        not_yet.close()
        return False
    except OSError:
        return False


@contextlib.contextmanager
def serve_class(folder: Path, *options: str):
    """Run the hub with everything it writes in ``folder``; yield it; end it and all that it started."""
    port, password = free_port(), secrets.token_hex(8)
    environment = {
        **os.environ,
        "CLASS_PASSWORD": password,
        "CLASS_ADDRESS": "127.0.0.1",
        "CLASS_PORT": str(port),
        "CLASS_FOLDER": str(folder / "class"),
    }
    settings = folder / "under_test.py"
    settings.write_text(UNDER_TEST)
    log = folder / "jupyterhub.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(settings), *options],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        hub = Hub(f"http://127.0.0.1:{port}", password, folder / "class" / "students", process, log)
        try:
            while not _answers(f"{hub.address}/hub/health"):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
                if process.returncode is not None:
                    raise RuntimeError(f"JupyterHub did not come up:\n{log.read_text()[-3000:]}")
            yield hub
        finally:
            _end(process)


def _end(process: subprocess.Popen) -> None:
    """Ask the hub to stop its servers and proxy; end what is left."""
    started = []
    with contextlib.suppress(psutil.NoSuchProcess):
        started = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(60)
    for child in [*started, process]:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            child.kill()
    process.wait()
