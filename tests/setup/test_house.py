"""The house, read from its imports: they point one way, take nothing private from another room, and form no ring."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARROWS = ("style", "data", "words", "stats", "worlds", "plots", "panels", "opening")
ABOVE = ("exercises", "own_trial")  # beside each other; both may take from every room of the arrows
LOOSE = {"__init__", "__main__", "style"}


class Import(NamedTuple):
    """``taker`` imports ``module``, or ``name`` from it; ``at_once``: when it is imported itself."""

    taker: str
    module: str
    name: str
    at_once: bool


def modules(package: Path) -> dict[str, Path]:
    """Return the package's modules by dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def statements(tree: ast.Module):
    """Yield each import with whether it runs as soon as the module is imported."""
    waiting = [(node, True) for node in tree.body]
    while waiting:
        node, at_once = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, at_once
        at_once = at_once and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        waiting += [
            (child, at_once) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)
        ]


def imports(package: Path) -> list[Import]:
    """Return what the package's modules import from one another."""
    known, found = modules(package), []
    for taker, path in known.items():
        folder = taker.split(".") if path.name == "__init__.py" else taker.split(".")[:-1]
        for node, at_once in statements(tree_of(path)):
            if isinstance(node, ast.Import):
                found += [Import(taker, alias.name, "", at_once) for alias in node.names]
                continue
            home = folder[: len(folder) + 1 - node.level] if node.level else []
            module = ".".join([*home, *filter(None, [node.module])])
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                found.append(
                    Import(taker, *((whole, "") if whole in known else (module, alias.name)), at_once)
                )
    return [each for each in found if each.module.split(".")[0] == package.name]


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def against_the_arrows(found: list[Import]) -> list[str]:
    """Name the imports that run back up, or across the two rooms above."""
    below = {name: set(ARROWS[:place]) for place, name in enumerate(ARROWS)} | dict.fromkeys(
        ABOVE, set(ARROWS)
    )
    return [
        f"{taker} takes {module}"
        for taker, module, name, _ in found
        if name != "__version__"
        and room(taker) in below
        and room(module) not in below[room(taker)] | {room(taker)}
    ]


def private_from_another_room(package: Path, found: list[Import]) -> list[str]:
    """Name what is private and taken from another room: imported, or reached through a module or an object.

    Objects tell no room, so a private attribute counts if no class or module of its own room has such a name.
    """
    taken = [
        f"{taker} takes {module}.{name}"
        for taker, module, name, _ in found
        if name.startswith("_") and not name.startswith("__") and room(taker) != room(module)
    ]
    trees = {name: tree_of(path) for name, path in modules(package).items()}
    private = {name: set(own_private_names(tree)) for name, tree in trees.items()}
    for name, tree in trees.items():
        own = set().union(*(names for other, names in private.items() if room(other) == room(name)))
        others = set().union(*(names for other, names in private.items() if room(other) != room(name)))
        for node in ast.walk(tree):
            reached = isinstance(node, ast.Attribute) and node.attr in others - own
            if reached and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                taken.append(f"{name} reaches {ast.unparse(node)}")
    return taken


def own_private_names(tree: ast.Module):
    """Yield the private names that a module defines: its functions, classes, variables, fields and attributes."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names = [node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names = [node.attr]
        yield from (name for name in names if name.startswith("_") and not name.startswith("__"))


def circle(found: list[Import]) -> list[str]:
    """Return modules that import one another in a ring as soon as they are imported, if there are any."""
    waits: dict[str, set[str]] = {}
    for taker, module, _, at_once in found:
        if at_once and taker != module:
            waits.setdefault(taker, set()).add(module)
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as ring:
        return ring.args[1]
    return []


def loose(package: Path) -> set[str]:
    return {path.stem for path in package.glob("*.py")} - LOOSE


HOUSE = ROOT / "alsteach"


def test_every_import_is_read():
    found = imports(HOUSE)
    assert Import("alsteach.plots.frame", "alsteach.style", "", True) in found
    assert Import("alsteach.worlds.toys", "alsteach.stats.cox", "effect_table", True) in found
    assert Import("alsteach.__main__", "alsteach.exercises.collecting", "", False) in found
    assert {room(each.taker) for each in found} >= {*ARROWS[1:], *ABOVE}


def test_imports_point_one_way():
    assert against_the_arrows(imports(HOUSE)) == []


def test_no_room_takes_what_is_private_to_another():
    assert private_from_another_room(HOUSE, imports(HOUSE)) == []


def test_no_module_waits_for_itself():
    assert circle(imports(HOUSE)) == []


def test_every_module_has_a_room():
    assert loose(HOUSE) == set()
    rooms = {path.name for path in HOUSE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert rooms == {*ARROWS, *ABOVE} - {"style"}


@pytest.fixture
def house(tmp_path):
    """A house with one fault of each kind in ``wrong``."""
    files = {
        "stray.py": "",
        "stats/cox.py": "def _hidden(): ...\nclass Fit:\n    def keep(self, x): self._kept = x",
        "stats/back.py": "from ..plots import lines",
        "plots/lines.py": "from ..stats.cox import _hidden\nfrom ..stats import cox\ncox._hidden()",
        "plots/fit.py": "def draw(fit): return fit._kept",
        "words/one.py": "from . import two",
        "words/two.py": "if True:\n    from .one import x",
        "words/late.py": "def f():\n    from .later import g",
        "words/later.py": "from .late import f",
        "own_trial/page.py": "from ..exercises import item\nfrom ..stats.cox import Fit",
        "exercises/item.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "alsteach" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    return tmp_path / "alsteach"


def test_faults_would_be_found(house):
    found = imports(house)
    assert against_the_arrows(found) == [
        "alsteach.own_trial.page takes alsteach.exercises.item",
        "alsteach.stats.back takes alsteach.plots.lines",
    ]
    assert private_from_another_room(house, found) == [
        "alsteach.plots.lines takes alsteach.stats.cox._hidden",
        "alsteach.plots.fit reaches fit._kept",
        "alsteach.plots.lines reaches cox._hidden",
    ]
    assert set(circle(found)) == {"alsteach.words.one", "alsteach.words.two"}
    assert loose(house) == {"stray"}


def test_a_reader_of_the_face_has_at_most_eighty_names():
    import alsteach as al

    assert len(al.__all__) <= 80
