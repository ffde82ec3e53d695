"""A shared parameter is described once, and every function that has it shows that description."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import alsteach as al
from alsteach.data.parameters import SHARED, documented
from alsteach.stats.cutpoints import subgroup_effects

PACKAGE = Path(al.__file__).parent
FUNCTIONS = [name for name in al.__all__ if inspect.isfunction(getattr(al, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_placeholder_is_left(name):
    assert not re.search(r"^\s*\|.*\|$", getattr(al, name).__doc__, re.M)


@pytest.mark.parametrize(
    "function", [al.fit_cox, al.compare_models, al.kaplan_meier, subgroup_effects], ids=lambda f: f.__name__
)
def test_every_parameter_is_described(function):
    for parameter in inspect.signature(function).parameters:
        assert re.search(rf"^ *([\w, ]+, )?{parameter}(,[\w, ]+)? : ", function.__doc__, re.M), parameter


def test_the_description_stands_where_the_name_stood():
    assert "deaths at the same time share their risk set" in al.fit_cox.__doc__
    assert al.fit_cox.__doc__.index("df : DataFrame") < al.fit_cox.__doc__.index("missing : {")


def test_no_module_describes_a_shared_parameter_by_hand():
    for path in PACKAGE.rglob("*.py"):
        if path.name != "parameters.py":
            text = path.read_text(encoding="utf-8")
            for entry in SHARED.values():
                assert entry.split("\n    ")[1] not in text or "own_trial" in str(path), (path, entry)


def test_an_unknown_name_is_refused():
    def answer():
        """|no such parameter|"""

    with pytest.raises(KeyError, match="no such parameter"):
        documented(answer)
