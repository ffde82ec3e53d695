"""Binder builds from `.binder/`: the recipe its builder makes of it is read, its steps are run, without the image."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools import binder_links

ROOT = Path(__file__).resolve().parents[2]
BINDER = ROOT / ".binder"


def test_environment_is_python_and_the_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment == {
        "name": "alsteach",
        "channels": ["conda-forge"],
        "dependencies": ["python=3.11", "pip", {"pip": ["-r requirements.txt", "-e ."]}],
    }


def test_nothing_else_in_the_repository_steers_binder():
    others = ["binder", "Dockerfile", "apt.txt", "runtime.txt", "postBuild", "start", "setup.py"]
    assert [name for name in others if (ROOT / name).exists()] == []
    expected = {"apt.txt", "postBuild", "requirements.txt", "runtime.txt"}
    assert {path.name for path in BINDER.iterdir()} == expected


def test_the_pins_and_the_python_are_those_of_everywhere_else():
    assert (BINDER / "requirements.txt").read_bytes() == (ROOT / "requirements.txt").read_bytes()
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    version = (BINDER / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f"python={version}" in environment["dependencies"]


def test_the_memory_it_names_is_the_measured():
    binder, measured = ((ROOT / "docs" / name).read_text("utf-8") for name in ("binder.md", "class.md"))
    said = re.search(
        r"open takes about (\d+) MB.*?each further one about (\d+) MB", binder, re.DOTALL
    ).groups()
    found = re.search(r"(\d+) MB a student with one .*?open adds about (\d+) MB", measured).groups()
    one, more = map(int, said)
    assert [one, more] == pytest.approx([int(number) for number in found], rel=0.1)
    assert one + 3 * more < 2000, "four open at once do not fit into 2 GB"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_change_of_the_course_reinstalls_nothing(monkeypatch):
    """The packages are a layer of the image below the course: Docker keeps it until the pins change."""
    from repo2docker.buildpacks import PythonBuildPack

    monkeypatch.chdir(ROOT)
    pack = PythonBuildPack("buildpack-deps:jammy")
    pack.platform = "linux/amd64"
    assert pack.detect()
    assert pack.python_version == "3.11"
    recipe = pack.render({})
    installed = recipe.index('-r ".binder/requirements.txt"')
    copied = recipe.index("COPY --chown=1000:1000 src/ ${REPO_DIR}")
    assert installed < copied < recipe.index("RUN ./.binder/postBuild")
    assert "fonts-noto-cjk" in recipe


@pytest.mark.slow
def test_its_steps_give_a_working_course_in_a_fresh_environment(tmp_path):
    source = tmp_path / "src"
    for name in ("alsteach", "datasets", "notebooks", "tools", ".binder"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    home = tmp_path / "venv"
    python = home / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    # Not compiled beforehand: most of it is never imported here.
    install = [*pip, "install", "--no-compile", "-r", ".binder/requirements.txt"]
    subprocess.run(install, cwd=source, check=True)
    path = f"{home / 'bin'}:/usr/bin:/bin"
    subprocess.run(["./.binder/postBuild"], cwd=source, env={**os.environ, "PATH": path}, check=True)
    subprocess.run([*pip, "check"], check=True)
    asked = (
        "import json, alsteach as al; print(json.dumps([len(al.load_mirocals_like()), len(al.load_pbc())]))"
    )
    told = subprocess.run([python, "-c", asked], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert json.loads(told.stdout) == [220, 312]
    lab = subprocess.run(
        [python, "-m", "jupyterlab", "--version"], check=True, capture_output=True, text=True
    )
    assert lab.stdout.strip() == "4.6.6"
    assert (home / "share/jupyter/voila/templates/alsteach/index.html.j2").is_file()
    assert (home / "share/jupyter/lab/settings/overrides.d/alsteach.json").is_file()
    config = json.loads((home / "etc/jupyter/jupyter_server_config.d/alsteach.json").read_text())
    assert config["VoilaConfiguration"]["template"] == "alsteach"


def test_launch_links_name_the_tag_and_each_notebook():
    text = binder_links.lines("someone/alsteach", "v1.2.3", ["00_start_here", "05_why_they_disagree"])
    address = "/v2/gh/someone/alsteach/v1.2.3?urlpath="
    assert text.count(f"{address}voila%2Frender%2Fnotebooks%2F") == 3
    assert text.count(f"{address}lab%2Ftree%2Fnotebooks%2F") == 2
    assert "05_why_they_disagree.ipynb)" in text
    assert "HEAD" not in text
    assert "main" not in text


@pytest.mark.parametrize("name", ["README.md", "docs/binder.md"])
def test_the_release_step_fills_both_pages_and_can_be_repeated(name):
    page = (ROOT / name).read_text(encoding="utf-8")
    once = binder_links.filled(page, "FIRST LINKS\n")
    assert "FIRST LINKS" in once
    again = binder_links.filled(once, "SECOND LINKS\n")
    assert "FIRST LINKS" not in again
    assert again.replace("SECOND LINKS", "FIRST LINKS") == once


def test_the_readmes_links_hold_on_pypi_after_a_release():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    files = re.findall(r"\]\(([^)#:]+)\)", page)
    first = binder_links.absolute(page, "someone/alsteach", "v1.2.3")
    assert len(files) > 10
    assert re.findall(r"\]\(([^)#:]+)\)", first) == []
    for file in files:
        kind = "raw" if file.endswith(".png") else "blob"
        assert f"](https://github.com/someone/alsteach/{kind}/v1.2.3/{file})" in first
    assert first.count("https://lifelines.readthedocs.io)") == 1
    again = binder_links.absolute(first, "someone/alsteach", "v1.2.4")
    assert again == first.replace("/v1.2.3/", "/v1.2.4/")


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="binder links: begin"):
        binder_links.filled("nothing here", "text")
