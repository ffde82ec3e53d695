"""The deployment files: loaded by what reads them, with no unknown names, and limits that fit what was measured."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pandas as pd
import pytest
import yaml
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.spawner import Spawner
from traitlets.config import Config, PyFileConfigLoader

from alsteach.opening.course import course_files
from alsteach.opening.reading import LEFT_ALONE, SETTINGS
from tests.browser.lab import ROOT
from tests.deploy import report
from tests.deploy.hub import CONFIG, serve_class
from tests.deploy.student import Student

DEPLOY = ROOT / "deploy"
TLJH, Z2JH = DEPLOY / "tljh" / "config.yaml", DEPLOY / "z2jh" / "values.yaml"
# The names these two know, as their own files list them (docs/class.md, Sources); ... stands for anything.
TLJH_NAMES = {
    "base_url": ...,
    "auth": ...,
    "users": {"allowed": ..., "banned": ..., "admin": ..., "extra_user_groups": ...},
    "limits": {"memory": ..., "cpu": ...},
    "http": ...,
    "https": ...,
    "user_environment": {"default_app": ...},
    "services": {
        "cull": dict.fromkeys(
            ["enabled", "timeout", "every", "concurrency", "users", "max_age", "remove_named_servers"], ...
        )
    },
}
Z2JH_NAMES = {
    "hub": {"config": ..., "concurrentSpawnLimit": ..., "activeServerLimit": ..., "extraConfig": ...},
    "singleuser": {
        "image": dict.fromkeys(["name", "tag", "pullPolicy", "pullSecrets"], ...),
        "memory": {"limit": ..., "guarantee": ...},
        "cpu": {"limit": ..., "guarantee": ...},
        "storage": dict.fromkeys(["type", "capacity", "homeMountPath", "dynamic", "static"], ...),
        "lifecycleHooks": {"postStart": ..., "preStop": ...},
        **dict.fromkeys(
            ["cmd", "defaultUrl", "startTimeout", "extraEnv", "extraPodConfig", "uid", "fsGid"], ...
        ),
    },
    "cull": dict.fromkeys(
        ["enabled", "users", "adminUsers", "removeNamedServers", "timeout", "every", "concurrency", "maxAge"],
        ...,
    ),
    "prePuller": {"hook": {"enabled": ...}, "continuous": {"enabled": ...}},
    "scheduling": {"userScheduler": {"enabled": ...}},
    "proxy": {"https": ..., "service": ...},
}


def unknown(found: dict, names: dict, path: str = "") -> list[str]:
    """Return the dotted names in ``found`` that ``names`` does not list."""
    wrong = []
    for name, value in found.items():
        if name not in names:
            wrong.append(path + name)
        elif names[name] is not ... and isinstance(value, dict):
            wrong += unknown(value, names[name], f"{path}{name}.")
    return wrong


def refused(config: Config, classes: dict) -> list[str]:
    """Return which settings the classes do not have or do not accept."""
    wrong = []
    for name, settings in config.items():
        if name not in classes:
            wrong.append(name)
            continue
        thing = classes[name]()
        for setting, value in settings.items():
            if setting not in thing.trait_names(config=True):
                wrong.append(f"{name}.{setting}")
                continue
            setattr(thing, setting, value)
            assert getattr(thing, setting) is not None, f"{name}.{setting}"
    return wrong


def load(path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def megabytes(text: str) -> float:
    """Read M and G as thousands; JupyterHub counts 1024 to a step and so allows a little more."""
    return float(text[:-1]) * {"M": 1, "G": 1000}[text[-1]]


def test_a_wrong_name_would_be_noticed():
    assert unknown({"limits": {"memory": "1G", "ram": 1}, "limit": 2}, TLJH_NAMES) == ["limits.ram", "limit"]
    assert refused(Config({"Spawner": {"default_ulr": "/lab"}}), {"Spawner": Spawner}) == [
        "Spawner.default_ulr"
    ]


def test_littlest_jupyterhub_knows_every_name():
    assert unknown(load(TLJH), TLJH_NAMES) == []
    limits = load(TLJH)["limits"]
    spawner = Spawner(mem_limit=limits["memory"], cpu_limit=limits["cpu"])
    assert (spawner.mem_limit, spawner.cpu_limit) == (2**30, 2)


def test_littlest_jupyterhubs_python_part_loads_and_opens_the_first_notebook():
    config = PyFileConfigLoader("course.py", path=str(DEPLOY / "tljh")).load_config()
    assert refused(config, {"Spawner": Spawner, "JupyterHub": JupyterHub}) == []
    first = config.Spawner.default_url.removeprefix("/lab/tree/")
    assert (ROOT / first).is_file()


def test_the_chart_knows_every_name():
    values = load(Z2JH)
    assert unknown(values, Z2JH_NAMES) == []
    classes = {
        "JupyterHub": JupyterHub,
        "Authenticator": Authenticator,
        "SharedPasswordAuthenticator": SharedPasswordAuthenticator,
        "Spawner": Spawner,
    }
    settings = values["hub"]["config"]
    assert settings["SharedPasswordAuthenticator"].pop("user_password") == "", "no password is published"
    assert refused(Config(settings), classes) == []
    assert (ROOT / values["singleuser"]["defaultUrl"].removeprefix("/lab/tree/")).is_file()


def test_every_way_gives_closed_pages_kernels_back_and_can_open_pages_to_read():
    littlest = PyFileConfigLoader("course.py", path=str(DEPLOY / "tljh")).load_config()
    kept = {tuple(littlest.Spawner.args), tuple(load(Z2JH)["hub"]["config"]["Spawner"]["args"])}
    kept.add(tuple(class_server({})["args"][:2]))
    assert len(kept) == 1
    server = ServerApp()
    server.parse_command_line(list(kept.pop()))
    assert MappingKernelManager(config=server.config).cull_idle_timeout == LEFT_ALONE
    for file in (DEPLOY / "tljh" / "course.py", Z2JH):
        assert "/voila/render/notebooks/00_start_here.ipynb" in file.read_text(encoding="utf-8")


def class_server(environment: dict[str, str]) -> dict:
    """Return the students' settings of the class server's own file, as a hub of its own reads it."""
    code = (
        "import json, sys; from traitlets.config import PyFileConfigLoader as Loader;"
        f"c = Loader('jupyterhub_config.py', path={str(DEPLOY)!r}).load_config().Spawner;"
        "print(json.dumps({name: c[name] for name in ('args', 'default_url', 'environment')}))"
    )
    with tempfile.TemporaryDirectory() as folder:
        asked = {"CLASS_PASSWORD": "long enough", "CLASS_FOLDER": folder, "PATH": os.environ["PATH"]}
        run = subprocess.run(
            [sys.executable, "-c", code], env=asked | environment, cwd=folder, capture_output=True, text=True
        )
    if run.returncode:
        raise RuntimeError(run.stderr)
    return json.loads(run.stdout)


def test_a_class_arrives_in_jupyterlab_or_at_pages_to_read():
    assert class_server({})["default_url"] == "/lab/tree/notebooks/00_start_here.ipynb"
    first = class_server({"CLASS_OPENS": "read"})
    assert first["default_url"] == "/voila/render/notebooks/00_start_here.ipynb"
    with pytest.raises(RuntimeError, match="CLASS_OPENS is 'pages'; set it to lab or read"):
        class_server({"CLASS_OPENS": "pages"})
    # Voilà reads voila.json in the one folder, and templates below the other.
    environment = {name: Path(value) for name, value in first["environment"].items()}
    assert environment["JUPYTER_CONFIG_PATH"] / "voila.json" == SETTINGS
    assert (environment["JUPYTER_PATH"] / "voila" / "templates" / "alsteach" / "index.html.j2").is_file()


def names(root, below=ROOT) -> list[str]:
    return [str(path.relative_to(below)) for path in course_files(root)]


def test_a_pods_first_command_gives_the_course_and_takes_nothing_away(tmp_path):
    home = tmp_path / "home"
    (home / "notebooks").mkdir(parents=True)
    (home / "notebooks" / "00_start_here.ipynb").write_text("mine")
    command = load(Z2JH)["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    here = [part.replace("/srv/course", str(ROOT)).replace("/home/jovyan", str(home)) for part in command]
    assert here != command
    for _ in range(2):  # a student comes back
        subprocess.run(here, check=True)
    assert names(home, home) == names(ROOT)
    assert (home / "notebooks" / "00_start_here.ipynb").read_text() == "mine"


def test_limits_fit_what_was_measured():
    rows = pd.read_csv(report.CSV)
    need = report.needs(rows, 2.0)
    assert len(rows) >= 12, "ten simulated students, one at a browser, proxy and hub"
    two_notebooks = need["server_mb"] + 2 * need["kernel_mb"]
    memory = load(Z2JH)["singleuser"]["memory"]
    assert need["student_mb"] <= megabytes(memory["guarantee"]) <= 1.5 * need["student_mb"]
    for limit in (memory["limit"], load(TLJH)["limits"]["memory"]):
        assert 1.2 * two_notebooks <= megabytes(limit) <= 2 * two_notebooks


def test_the_page_shows_the_table_of_the_measurement():
    rows = pd.read_csv(report.CSV)
    page = report.PAGE.read_text(encoding="utf-8")
    section = page.partition(report.BEGIN)[2].partition(report.END)[0]
    for size, row in report.machines(report.needs(rows, 2.0)).iterrows():
        assert f"| {size} | {row.memory_gb:.1f} | {row.machine_gb:.0f} |" in section


@pytest.fixture
def copy_course(monkeypatch):
    monkeypatch.syspath_prepend(str(DEPLOY))
    from spawner import copy_course

    return copy_course


def test_a_home_gets_the_course_once_and_keeps_the_students_own(tmp_path, copy_course):
    course, home = tmp_path / "course", tmp_path / "home"
    for folder in ("", "code", ".ipynb_checkpoints"):
        (course / folder).mkdir()
    for name in ("01.ipynb", "code/01.ipynb", "alsteach_progress.json", ".ipynb_checkpoints/01.ipynb"):
        (course / name).write_text("course")
    assert copy_course(course, home) == ["01.ipynb", "code/01.ipynb"]
    (home / "notebooks" / "01.ipynb").write_text("mine")
    (course / "03.ipynb").write_text("new")
    assert copy_course(course, home) == ["03.ipynb"]
    assert (home / "notebooks" / "01.ipynb").read_text() == "mine"
    assert (home / "notebooks" / "code" / "01.ipynb").read_text() == "course"
    assert not (home / "notebooks" / "alsteach_progress.json").exists()
    assert not (home / "notebooks" / ".ipynb_checkpoints").exists()


def test_a_home_gets_what_the_course_counts_as_its_own(tmp_path, copy_course):
    copy_course(ROOT / "notebooks", tmp_path)
    assert names(tmp_path, tmp_path) == names(ROOT)


def test_a_class_server_wants_a_password_first(tmp_path):
    command = [sys.executable, "-m", "jupyterhub", "--config", str(CONFIG)]
    environment = {"PATH": "", "CLASS_FOLDER": str(tmp_path)}
    for word in ("", "short"):
        run = subprocess.run(
            command, env=environment | {"CLASS_PASSWORD": word}, cwd=tmp_path, capture_output=True, text=True
        )
        assert run.returncode != 0
        assert "Set CLASS_PASSWORD" in run.stderr


@pytest.mark.slow
@pytest.mark.needs_proxy
def test_the_class_server_as_shipped_lets_in_who_knows_the_password(tmp_path):
    with serve_class(tmp_path) as hub:

        async def knock():
            welcome = Student(hub.address, "anna", hub.password)
            stranger = Student(hub.address, "boris", "not the password")
            await welcome.log_in()
            with pytest.raises(httpx.HTTPStatusError, match="403 Forbidden") as turned_away:
                await stranger.log_in()
            assert "Invalid username or password" in turned_away.value.response.text
            await welcome.close()
            await stranger.close()

        asyncio.run(knock())
    log = hub.log.read_text()
    assert re.findall(r".*not recognized.*|.*\bdeprecated\b.*|.*Traceback.*", log) == []
    assert "boris" not in [path.name for path in hub.students.glob("*")]
