"""One version number and one licence, whoever is asked."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import alsteach

ROOT = Path(__file__).resolve().parents[2]


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = next(
        line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "
    )
    assert project["version"] == citation["version"] == newest.split()[1] == alsteach.__version__


def test_licence_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == citation["license"] == "BSD-3-Clause"
    assert licence.startswith("BSD 3-Clause License")
    assert "The alsteach authors" in licence
    assert project["authors"][0]["name"] == citation["authors"][0]["name"] == "The alsteach authors"
