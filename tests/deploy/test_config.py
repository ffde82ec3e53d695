"""The deployment files: loaded by what reads them, with no unknown names, and limits that fit what was measured."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys

import httpx
import pandas as pd
import pytest
import yaml
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.spawner import Spawner
from traitlets.config import Config, PyFileConfigLoader

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
    }
    settings = values["hub"]["config"]
    assert settings["SharedPasswordAuthenticator"].pop("user_password") == "", "no password is published"
    assert refused(Config(settings), classes) == []
    assert (ROOT / values["singleuser"]["defaultUrl"].removeprefix("/lab/tree/")).is_file()


def test_a_pods_first_command_gives_the_course_and_takes_nothing_away(tmp_path):
    home = tmp_path / "home"
    (home / "notebooks").mkdir(parents=True)
    (home / "notebooks" / "00_start_here.ipynb").write_text("mine")
    command = load(Z2JH)["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    here = [part.replace("/srv/course", str(ROOT)).replace("/home/jovyan", str(home)) for part in command]
    assert here != command
    for _ in range(2):  # a student comes back
        subprocess.run(here, check=True)
    there = {path.name for path in (home / "notebooks").glob("*.ipynb")}
    assert there == {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
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


def test_a_home_gets_the_course_once_and_keeps_the_students_own(tmp_path):
    sys.path.insert(0, str(DEPLOY))
    try:
        from spawner import copy_course
    finally:
        sys.path.remove(str(DEPLOY))
    course, home = tmp_path / "course", tmp_path / "home"
    course.mkdir()
    for name in ("01.ipynb", "02.ipynb", "alsteach_progress.json"):
        (course / name).write_text("course")
    assert copy_course(course, home) == ["01.ipynb", "02.ipynb"]
    (home / "notebooks" / "01.ipynb").write_text("mine")
    (course / "03.ipynb").write_text("new")
    assert copy_course(course, home) == ["03.ipynb"]
    assert (home / "notebooks" / "01.ipynb").read_text() == "mine"
    assert not (home / "notebooks" / "alsteach_progress.json").exists()


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
