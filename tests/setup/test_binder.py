"""Binder builds from the same files: the recipe its builder makes of this repository is read here, not built."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

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
