"""Write the Binder badge and a link to each notebook: ``python tools/binder_links.py OWNER/NAME TAG``.

A step of each release (CONTRIBUTING.md): README.md and docs/binder.md then launch that tag, not whatever came later.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"(<!-- binder links: begin -->\n).*?(<!-- binder links: end -->)", re.DOTALL)
BADGE = "https://mybinder.org/badge_logo.svg"


def link(repository: str, tag: str, notebook: str) -> str:
    """Return the address that launches one notebook of the tag in JupyterLab.

    >>> link("someone/alsteach", "v0.1.0", "00_start_here")
    'https://mybinder.org/v2/gh/someone/alsteach/v0.1.0?urlpath=lab%2Ftree%2Fnotebooks%2F00_start_here.ipynb'
    """
    place = quote(f"lab/tree/notebooks/{notebook}.ipynb", safe="")
    return f"https://mybinder.org/v2/gh/{repository}/{quote(tag, safe='')}?urlpath={place}"


def lines(repository: str, tag: str, notebooks: list[str]) -> str:
    """Return the Markdown between the two marks: the badge, then a link a notebook."""
    badge = f"[![Open the course in Binder, {tag}]({BADGE})]({link(repository, tag, notebooks[0])})"
    each = [f"- [`{name}`]({link(repository, tag, name)})" for name in notebooks]
    return "\n".join([badge, "", *each, ""])


def filled(page: str, text: str) -> str:
    """Return the page with ``text`` between its marks."""
    if not PLACE.search(page):
        raise ValueError("The page has no '<!-- binder links: begin -->' … '<!-- binder links: end -->'.")
    return PLACE.sub(lambda marks: marks[1] + text + marks[2], page)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not re.fullmatch(r"[\w.-]+/[\w.-]+", arguments[0]):
        print("Usage: python tools/binder_links.py OWNER/NAME TAG, for instance someone/alsteach v0.1.0")
        return 2
    notebooks = sorted(path.stem for path in ROOT.glob("notebooks/*.ipynb"))
    for name in ("README.md", "docs/binder.md"):
        path = ROOT / name
        path.write_text(
            filled(path.read_text(encoding="utf-8"), lines(*arguments, notebooks)), encoding="utf-8"
        )
        print(f"{name}: {len(notebooks)} notebooks at {arguments[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
