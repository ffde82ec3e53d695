"""Write the Binder badge and a link to each notebook: ``python tools/binder_links.py OWNER/NAME TAG``.

A step of each release (CONTRIBUTING.md): README.md and docs/binder.md then launch that tag, not whatever
came later; and
the README's links to files name the repository, so that they hold on PyPI too.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alsteach.opening.course import numbered_pages  # noqa: E402

PLACE = re.compile(r"(<!-- binder links: begin -->\n).*?(<!-- binder links: end -->)", re.DOTALL)
TO_FILE = re.compile(r"(!?)(\[[^\]]*\]\()(?:https://github\.com/[^/]+/[^/]+/(?:blob|raw)/[^/]+/)?([^):#]+\))")
BADGE = "https://mybinder.org/badge_logo.svg"


def link(repository: str, tag: str, notebook: str, opens: str = "voila/render") -> str:
    """Return the address that launches one notebook of the tag: as a page to read, or in JupyterLab (``lab/tree``).

    >>> link("someone/alsteach", "v0.1.0", "00_start_here", "lab/tree")
    'https://mybinder.org/v2/gh/someone/alsteach/v0.1.0?urlpath=lab%2Ftree%2Fnotebooks%2F00_start_here.ipynb'
    """
    place = quote(f"{opens}/notebooks/{notebook}.ipynb", safe="")
    return f"https://mybinder.org/v2/gh/{repository}/{quote(tag, safe='')}?urlpath={place}"


def lines(repository: str, tag: str, notebooks: list[str]) -> str:
    """Return the Markdown between the two marks: the badge, then a link a notebook."""
    badge = f"[![Open the course in Binder, {tag}]({BADGE})]({link(repository, tag, notebooks[0])})"
    each = [
        f"- `{name}`: [read]({link(repository, tag, name)}), [JupyterLab]({link(repository, tag, name, 'lab/tree')})"
        for name in notebooks
    ]
    return "\n".join([badge, "", *each, ""])


def filled(page: str, text: str) -> str:
    """Return the page with ``text`` between its marks."""
    if not PLACE.search(page):
        raise ValueError("The page has no '<!-- binder links: begin -->' … '<!-- binder links: end -->'.")
    return PLACE.sub(lambda marks: marks[1] + text + marks[2], page)


def absolute(page: str, repository: str, tag: str) -> str:
    """Return the page with links to files of the repository as addresses at the tag.

    >>> absolute("![how fast](docs/benchmark.png)", "someone/alsteach", "v1")
    '![how fast](https://github.com/someone/alsteach/raw/v1/docs/benchmark.png)'
    """
    base = f"https://github.com/{repository}"
    return TO_FILE.sub(lambda m: f"{m[1]}{m[2]}{base}/{'raw' if m[1] else 'blob'}/{tag}/{m[3]}", page)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not re.fullmatch(r"[\w.-]+/[\w.-]+", arguments[0]):
        print("Usage: python tools/binder_links.py OWNER/NAME TAG, for instance someone/alsteach v0.1.0")
        return 2
    notebooks = [path.stem for path in numbered_pages().values()]
    for name in ("README.md", "docs/binder.md"):
        page = filled((ROOT / name).read_text(encoding="utf-8"), lines(*arguments, notebooks))
        if name == "README.md":
            page = absolute(page, *arguments)
        (ROOT / name).write_text(page, encoding="utf-8")
        print(f"{name}: {len(notebooks)} notebooks at {arguments[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
