"""What the tests of panels share."""

from __future__ import annotations

import pytest

from alsteach.words import catalogue
from tests.panels import states, toy


@pytest.fixture
def toy_words(monkeypatch):
    """Let the catalogue have the toy panel's words."""
    read = catalogue._read
    monkeypatch.setattr(catalogue, "_read", lambda language: {**read(language), "toy": (toy.TOY, "toy.toml")})


@pytest.fixture
def fewer_trials(monkeypatch):
    states.fewer_trials(monkeypatch.setattr)
