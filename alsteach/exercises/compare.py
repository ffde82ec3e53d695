"""Where does a learner's result differ from the solution's? The first difference in a sentence, or nothing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ..words import catalogue


def _say(key: str, **fields) -> str:
    return catalogue.panel("exercises")(f"finding.difference.{key}", **fields)


def _is_number(value) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(
        value, bool | np.bool_
    )


def _is_blank(value) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (_is_number(value) and math.isnan(value))


def _cell(expected, got, tolerance: float) -> bool:
    if _is_blank(expected) or _is_blank(got):
        return _is_blank(expected) and _is_blank(got)
    if _is_number(expected):
        return _is_number(got) and abs(float(got) - float(expected)) <= tolerance * (1 + 1e-6) + 1e-12
    if isinstance(expected, bool | np.bool_):
        return isinstance(got, bool | np.bool_ | np.integer | int) and bool(got) == bool(expected)
    return type(got).__name__ == type(expected).__name__ and bool(got == expected)


def _some(labels, limit: int = 4) -> str:
    labels = [repr(label) if isinstance(label, str) else str(label) for label in labels]
    return ", ".join(labels[:limit]) + (" …" if len(labels) > limit else "")


def _labels_differ(expected, got, what: str) -> str:
    expected, got, part = list(expected), list(got), _say(f"part.{what}")
    lacking = [label for label in expected if label not in got]
    if lacking:
        return _say("lacks", part=part, names=_some(lacking))
    extra = [label for label in got if label not in expected]
    if extra:
        return _say("too_many", part=part, names=_some(extra))
    if len(got) != len(expected):
        return _say("twice", part=part)
    return ""


def _mapping_differs(expected: dict, got: dict, tolerance: float, what: str) -> str:
    differs = _labels_differ(expected, got, what)
    if differs:
        return differs
    wrong = [key for key, value in expected.items() if not _cell(value, got[key], tolerance)]
    return _say("values", names=_some(wrong)) if wrong else ""


def _frame_differs(expected: pd.DataFrame, got: pd.DataFrame, tolerance: float) -> str:
    differs = _labels_differ(expected.columns, got.columns, "column")
    if differs:
        return differs
    if len(expected) != len(got):
        return _say("rows", n=len(got), wanted=len(expected))
    if expected.index.is_unique and got.index.is_unique and set(expected.index) == set(got.index):
        got = got.loc[expected.index]
    for column in expected.columns:
        pairs = zip(expected[column], got[column], strict=True)
        if not all(_cell(value, other, tolerance) for value, other in pairs):
            return _say("values_in", name=repr(column))
    return ""


def compare(expected, got, tolerance: float, wanted: str) -> str:
    """Return a sentence on the first difference between two results, or an empty text.

    Rows and keys may stand in any order where they have names; the order of a list counts.

    Parameters
    ----------
    expected, got
        Results of the kind ``wanted``: "number", "series", "frame", "dict", "list" or "bool".
    tolerance : float
        How far two numbers may lie apart.

    Examples
    --------
    >>> compare(1.34, 1.3426, 0.005, "number")
    ''
    >>> compare({"a": 1, "b": 2}, {"a": 1}, 0, "dict")
    "`answer` has no key 'b'."
    >>> compare([1, 2], 3, 0, "list")
    '`answer` is int; it should be a list.'
    """
    kinds = {"series": pd.Series, "frame": pd.DataFrame, "dict": dict, "list": list | tuple}
    fits = {"number": _is_number, "bool": lambda value: isinstance(value, bool | np.bool_)}
    fine = isinstance(got, kinds[wanted]) if wanted in kinds else fits[wanted](got)
    if not fine:
        kind = _say("nothing") if got is None else type(got).__name__
        return _say("kind", kind=kind, wanted=_say(f"wanted.{wanted}"))
    if wanted in ("number", "bool"):
        return "" if _cell(expected, got, tolerance) else _say("value", value=f"{got!s:.12}")
    if wanted == "frame":
        return _frame_differs(expected, got, tolerance)
    if wanted == "list":
        if len(expected) != len(got):
            return _say("entries", n=len(got), wanted=len(expected))
        expected, got = dict(enumerate(expected)), dict(enumerate(got))
        return _mapping_differs(expected, got, tolerance, "place")
    if wanted == "series":
        if not got.index.is_unique:
            return _say("twice", part=_say("part.row"))
        expected, got = expected.to_dict(), got.to_dict()
    return _mapping_differs(expected, got, tolerance, "row" if wanted == "series" else "key")
