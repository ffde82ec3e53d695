"""The book's pages about the package: every public name with its docstring, grouped by what a teacher looks for."""

from __future__ import annotations

import inspect

import alsteach as al
from alsteach.data.trial import Trial
from alsteach.panels.panel import Panel
from alsteach.stats.cox import CoxFit
from alsteach.words import catalogue

GROUPS = {  # whose names, by module: a whole room, or a file of one
    "data": ("data",),
    "fit": ("stats.cox", "stats.adjusting", "stats.hazards", "worlds.limits"),
    "curves": ("stats.curves", "stats.absolute"),
    "trials": ("worlds",),
    "panels": ("panels",),
    "own_trial": ("own_trial",),
    "exercises": ("exercises", "words"),
    "plots": ("plots",),
}
BEHIND = {"fit": (CoxFit,), "panels": (Panel,), "own_trial": (Trial,)}  # classes that those give and take
WORDS = catalogue.panel("book")


def group_of(name: str) -> str:
    """Return the group that names the public name's own file, or else its room.

    Examples
    --------
    >>> group_of("marginalise"), group_of("gap_budget"), group_of("say")
    ('fit', 'trials', 'exercises')
    """
    module = getattr(al, name).__module__.removeprefix("alsteach.")
    for place in (module, module.split(".")[0]):
        for group, places in GROUPS.items():
            if place in places:
                return group
    raise LookupError(f"{name} is in no group of docs/book/reference.py: {module} is named nowhere there.")


def kind_of(thing) -> str:
    """Return what Sphinx calls this."""
    if not isinstance(thing, type):
        return "function"
    return "exception" if issubclass(thing, Exception) else "class"


def place_of(thing) -> str:
    """Return where a class is found from ``al`` on.

    Examples
    --------
    >>> place_of(Trial)
    'data.trial.Trial'
    """
    return f"{thing.__module__}.{thing.__name__}".removeprefix("alsteach.")


def says(name: str) -> str:
    """Return the first line of a name's docstring, as reStructuredText."""
    return inspect.getdoc(getattr(al, name)).split("\n\n")[0].replace("\n", " ")


def rst(text: str) -> str:
    return f"```{{eval-rst}}\n.. currentmodule:: alsteach\n\n{text}\n```"


def pages() -> dict[str, str]:
    """Return the pages by name: first what each name answers in a line, then each group in full."""
    names = {group: [] for group in GROUPS}
    for name in sorted(al.__all__, key=str.lower):
        names[group_of(name)].append(name)
    first, made = [f"# {WORDS('data.reference.title')}", WORDS("data.reference.intro")], {}
    for group, its in names.items():
        title = WORDS(f"data.reference.{group}")
        lines = "\n".join(f"   * - :py:obj:`{name}`\n     - {says(name)}" for name in its)
        first += [f"## [{title}](reference/{group}.md)", rst(f".. list-table::\n   :class: names\n\n{lines}")]
        entries = [f".. auto{kind_of(getattr(al, name))}:: {name}" for name in its]
        entries += [f".. autoclass:: alsteach::{place_of(thing)}()" for thing in BEHIND.get(group, ())]
        text = rst("\n\n".join(entries))
        made[f"reference/{group}"] = f"# {title}\n\n{text}\n"
    toctree = "\n".join(f"reference/{group}" for group in GROUPS)
    first.append(f"```{{toctree}}\n:hidden:\n\n{toctree}\n```")
    return {"reference": "\n\n".join(first) + "\n", **made}
