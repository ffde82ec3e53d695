"""Binder builds from the same files: the recipe its builder makes of this repository is read here, not built."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools import binder_links

ROOT = Path(__file__).resolve().parents[2]


def test_environment_is_python_and_the_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment == {
        "name": "alsteach",
        "channels": ["conda-forge"],
        "dependencies": ["python=3.11", "pip", {"pip": ["-r requirements.txt", "-e ."]}],
    }


def test_nothing_else_in_the_repository_steers_binder():
    # Any of these would be taken instead of environment.yml, or run beside it.
    others = ["binder", ".binder", "Dockerfile", "apt.txt", "runtime.txt", "postBuild", "start", "setup.py"]
    assert [name for name in others if (ROOT / name).exists()] == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_rendered_recipe_has_python_the_pins_and_the_package(monkeypatch):
    from repo2docker.buildpacks import CondaBuildPack

    monkeypatch.chdir(ROOT)
    pack = CondaBuildPack("buildpack-deps:jammy")
    pack.platform = "linux/amd64"
    assert pack.detect()
    recipe = pack.render({})
    assert pack.python_version == "3.11"
    assert "environment.py-3.11" in str(pack.get_build_script_files())
    # `-r requirements.txt` and `-e .` are paths in the repository: it must be there before they are read.
    copied = recipe.index("COPY --chown=1000:1000 src/ ${REPO_DIR}")
    installed = recipe.index('env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"')
    assert copied < installed


@pytest.mark.slow
def test_its_pip_steps_give_a_working_course_in_a_fresh_environment(tmp_path):
    source = tmp_path / "src"
    kept = ("alsteach", "datasets", "notebooks", "tools")
    for name in kept:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("environment.yml", "requirements.txt", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    environment = yaml.safe_load((source / "environment.yml").read_text(encoding="utf-8"))
    steps = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    # conda writes the list into a file for pip, which runs in the folder of environment.yml.
    (source / "steps.txt").write_text("\n".join(steps))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "-r", "steps.txt"], cwd=source, check=True)
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


def test_launch_links_name_the_tag_and_each_notebook():
    text = binder_links.lines("someone/alsteach", "v1.2.3", ["00_start_here", "05_why_they_disagree"])
    assert text.count("/v2/gh/someone/alsteach/v1.2.3?urlpath=lab%2Ftree%2Fnotebooks%2F") == 3
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


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="binder links: begin"):
        binder_links.filled("nothing here", "text")
