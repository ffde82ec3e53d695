"""What of this room stands in templates: the report, what stands beside the panel's picture, the code to take away."""

from __future__ import annotations

import json
import re
from functools import cache

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from ..words import numbers


@cache
def _pages() -> Environment:
    pages = Environment(loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined)
    pages.filters["cell"] = cell
    return pages


@cache
def _listings() -> Environment:
    options = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    listings = Environment(loader=PackageLoader(__package__), undefined=StrictUndefined, **options)
    listings.filters["py"] = written
    return listings


def page(name: str, **given) -> str:
    """Return a page of HTML in which all that is given stays text."""
    return _pages().get_template(name).render(**given)


def aside(part: str, *given) -> str:
    """Return a fold, a line or a link of ``aside.html``, in which all that is given stays text."""
    return str(getattr(_pages().get_template("aside.html").module, part)(*given))


def listing(name: str, **given) -> str:
    """Return Python code."""
    return _listings().get_template(name).render(**given)


def cell(value) -> str:
    """Write a number of a table; words stay as they are."""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else numbers.number(float(value))
    return numbers.integer(value) if isinstance(value, int | np.integer) else str(value)


def written(value) -> str:
    """Write a value as Python code, texts in double quotes.

    Examples
    --------
    >>> print(written(["a", 'say "b"', 2, None]))
    ["a", "say \\"b\\"", 2, None]
    """
    if isinstance(value, str):
        return re.sub(
            "[\ud800-\udfff\x7f-\x9f]",
            lambda found: f"\\u{ord(found[0]):04x}",
            json.dumps(value, ensure_ascii=False),
        )
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value.item() if hasattr(value, "item") else value)
