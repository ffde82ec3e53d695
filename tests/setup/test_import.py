"""``import alsteach`` loads nothing heavy; the first use of a name does."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("lifelines", "scipy", "matplotlib", "ipywidgets", "pandas", "numpy", "IPython", "PIL")


def loaded_by(code: str) -> set[str]:
    report = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import alsteach")
    assert "alsteach" in loaded
    assert loaded & set(HEAVY) == set()


def test_listing_the_names_loads_nothing_heavy():
    loaded = loaded_by("import alsteach as al; dir(al), al.__all__")
    assert loaded & set(HEAVY) == set()


def test_first_use_loads_what_it_needs_and_no_more():
    loaded = loaded_by("import alsteach as al; al.load_veteran()")
    assert {"pandas", "numpy"} <= loaded
    assert loaded & {"lifelines", "scipy", "matplotlib", "ipywidgets"} == set()


def test_every_public_name_is_there():
    code = "import alsteach as al; assert all(getattr(al, n) is not None for n in al.__all__), al.__all__"
    assert "alsteach.datasets" in loaded_by(code)
