"""``make lab`` as a newcomer meets it: it comes up at the first notebook, or says in one line why it cannot."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)(/\S+)\?token=(\w+)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as reply:
        assert reply.status == 200
        return reply.read().decode()


def wait_until_it_listens(server: subprocess.Popen, port: int) -> None:
    """JupyterLab prints its address a moment before it listens there."""
    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise


@pytest.mark.slow
def test_make_lab_comes_up_at_the_first_notebook_without_news(tmp_path):
    port = free_port()
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    # BROWSER names a command that is not there: a machine on which no browser can be opened.
    environment["BROWSER"] = "no-such-browser"
    server = subprocess.Popen(
        ["make", "lab", f"LAB_ARGS=--port={port} --ServerApp.port_retries=0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed = []
        for line in server.stdout:
            printed.append(line)
            if "copy and paste" in "".join(printed[-3:]) and ADDRESS.search(line):
                break
        log = "".join(printed)
        found = ADDRESS.search(log)
        assert found, log
        assert int(found[1]) == port
        assert found[2] == "/lab/tree/notebooks/00_start_here.ipynb"
        base, token = f"http://127.0.0.1:{port}", found[3]
        wait_until_it_listens(server, port)
        assert "<title>JupyterLab</title>" in fetch(f"{base}{found[2]}?token={token}")
        contents = json.loads(fetch(f"{base}/api/contents/notebooks/00_start_here.ipynb?token={token}"))
        assert contents["type"] == "notebook"
        plugin = "@jupyterlab/apputils-extension:notification"
        settings = json.loads(fetch(f"{base}/lab/api/settings/{plugin}?token={token}"))
        defaults = settings["schema"]["properties"]
        assert defaults["fetchNews"]["default"] == "false"
        assert defaults["checkForUpdates"]["default"] is False
        assert "Traceback" not in log
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate()


@pytest.fixture
def checkout(tmp_path):
    """What the set-up script reads, in a place with nothing installed."""
    (tmp_path / "tools").mkdir()
    for name in (
        *("tools/setup.sh", "tools/jupyterlab_overrides.json", "pyproject.toml", "requirements.txt"),
        *("requirements-dev.txt", "Makefile"),
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname", "cat", "cksum", "date", "rm", "id", "make", "mkdir", "cp"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def pretend(checkout: Path, name: str, script: str) -> None:
    """Put a command on the path that answers as another machine's would."""
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def make_lab(checkout: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess:
    environment = {"PATH": str(checkout / "bin"), "HOME": str(checkout), **settings}
    return subprocess.run(
        ["make", "lab", *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def complaint(run: subprocess.CompletedProcess) -> str:
    """Return the one line said besides make's own."""
    said = [line for line in run.stderr.splitlines() if not line.startswith("make")]
    assert run.returncode != 0
    assert len(said) == 1, run.stderr
    assert run.stdout == ""
    return said[0]


NEEDED = "alsteach: Python 3.11, 3.12, 3.13 or 3.14 is needed, and none was found"


def answers(version: str, venv: bool) -> str:
    """What a Python of a version answers; with venv it would be taken, and then fail at making one."""
    return (
        f'case "$*" in *version_info*) echo {version};; *ensurepip*) exit {int(not venv)};; *) exit 7;; esac'
    )


@pytest.mark.parametrize("version", ["2.7.18", "3.9.2", "3.10.14", "3.15.0", "3.20.1", "4.0.0"])
def test_a_python_too_old_or_too_new_is_one_clear_line(checkout, version):
    pretend(checkout, "python3", answers(version, venv=True))
    said = complaint(make_lab(checkout))
    assert said.startswith(NEEDED)
    assert f"python3 is {version}" in said
    assert not (checkout / ".venv").exists()


def test_no_python_at_all_is_one_clear_line(checkout):
    said = complaint(make_lab(checkout))
    assert said.startswith(NEEDED)
    assert "no Python at all" in said


def test_a_missing_venv_module_is_one_clear_line(checkout):
    pretend(checkout, "python3", answers("3.12.4", venv=False))
    said = complaint(make_lab(checkout))
    assert "python3 (3.12.4) lacks its venv module" in said
    assert "apt-get install -y python3-venv" in said
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"python3": "3.15.0", "python3.14": "3.14.2"}, "python3.14 (3.14.2)"),
        ({"python3": "3.9.2", "python3.11": "3.11.9"}, "python3.11 (3.11.9)"),
        ({"python3": "3.14.0", "python3.12": "3.12.4", "python3.11": "3.11.9"}, "python3.12 (3.12.4)"),
        (
            {"python3": "3.14.0", "python3.14": "3.14.0", "python3.13": "3.13.1", "python3.12": "3.12.4"},
            "python3.13 (3.13.1)",
        ),
        ({"python3": "3.12.1"}, "python3 (3.12.1)"),
        ({"python": "3.13.0"}, "python (3.13.0)"),
    ],
)
def test_the_best_python_there_is_taken(checkout, there, taken):
    for name, version in there.items():
        pretend(checkout, name, answers(version, venv=True))
    run = make_lab(checkout)
    assert run.returncode != 0
    assert run.stdout.strip() == f"alsteach: making .venv with {checkout / 'bin' / taken}"


def test_one_without_venv_gives_way_to_the_next(checkout):
    pretend(checkout, "python3.13", answers("3.13.1", venv=False))
    pretend(checkout, "python3.11", answers("3.11.9", venv=True))
    assert "python3.11 (3.11.9)" in make_lab(checkout).stdout


def test_a_python_named_by_the_user_is_the_one_taken(checkout):
    pretend(checkout, "python3.13", answers("3.13.1", venv=True))
    pretend(checkout, "mine", answers("3.9.2", venv=True))
    said = complaint(make_lab(checkout, f"PYTHON={checkout / 'bin' / 'mine'}"))
    assert "mine is 3.9.2" in said


FAKE = """
case "$*" in
*version_info*) echo 3.12.4 ;;
*'-m venv'*) mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
*) echo "$*" >>calls ;;
esac
"""


def test_second_run_installs_nothing_until_something_changed(checkout):
    pretend(checkout, "python3", FAKE)

    def calls() -> list[str]:
        path = checkout / "calls"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [call.split("--quiet ")[-1] for call in found if call.startswith(("-m pip", "-m jupyterlab"))]

    def installs() -> list[str]:
        run = make_lab(checkout)
        assert run.returncode == 0, run.stderr
        found = calls()
        assert found[-1].startswith("-m jupyterlab")
        return found[:-1]

    both = ["--no-compile -r requirements.txt", "--no-deps -e ."]
    assert installs() == both
    settings = checkout / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.d" / "alsteach.json"
    assert json.loads(settings.read_text()) == json.loads(
        (ROOT / "tools/jupyterlab_overrides.json").read_text()
    )
    assert installs() == []
    with (checkout / "requirements.txt").open("a") as pins:
        pins.write("one-more==1.0\n")
    assert installs() == both
    assert installs() == []
    # A checkout that was moved has a .venv full of paths to where it was.
    (checkout / ".venv" / ".alsteach-here").write_text("/somewhere/else\n")
    (checkout / ".venv" / ".alsteach-lab").write_text("/somewhere/else 1 2\n")
    assert installs() == both


def test_lab_args_reach_jupyterlab(checkout):
    pretend(checkout, "python3", FAKE)
    assert make_lab(checkout, "LAB_ARGS=--no-browser --port=8890").returncode == 0
    last = (checkout / "calls").read_text().splitlines()[-1]
    assert last.endswith("notebooks/00_start_here.ipynb --no-browser --port=8890")
    assert ("--allow-root" in last) == (os.getuid() == 0)


def test_where_python_may_keep_no_compiled_modules_they_are_compiled_at_set_up(checkout):
    pretend(checkout, "python3", FAKE)
    assert make_lab(checkout, PYTHONDONTWRITEBYTECODE="1").returncode == 0
    assert "--quiet --compile -r requirements.txt" in (checkout / "calls").read_text()
