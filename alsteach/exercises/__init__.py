"""Questions and exercises as data, their checking, and a learner's progress through them.

One source feeds the widgets in the notebooks, the sheets, the nbgrader assignment and the file for Moodle. Each name
is loaded on first use: whoever only asks where a file is (`outlets.chromium`) waits for nothing.
"""

from importlib import import_module

_HOME = {"Check": "item", "Item": "item", "load_items": "loading"}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
