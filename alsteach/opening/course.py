"""Where the course's notebooks are, for whatever walks them, and copies of them; loads nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKED = Path(__file__).resolve().parents[1] / "_notebooks"  # where a wheel carries them


def course_files(root: Path | None = None) -> list[Path]:
    """Return every notebook of the course: its pages, the glossary and the workshop among them, then the pages of code.

    Parameters
    ----------
    root : Path, optional
        A checkout of the course; by default the one this package lies in, or what the installed package carries.

    Returns
    -------
    list of Path
        Empty where there is no course.

    Examples
    --------
    >>> course_files(Path("nowhere"))
    []
    """
    folder = notebooks_folder() if root is None else root / "notebooks"
    return [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("code/*.ipynb"))]


def notebooks_folder() -> Path:
    """Return the checkout's folder of notebooks, or the installed package's."""
    return ROOT / "notebooks" if (ROOT / "notebooks").is_dir() else PACKED


def numbered_pages(root: Path | None = None) -> dict[str, Path]:
    """Return the pages that a learner reads in turn, by number.

    Examples
    --------
    >>> [page.name for number, page in numbered_pages().items() if number < "02"]
    ['00_start_here.ipynb', '01_als_background.ipynb']
    """
    pages = [path for path in course_files(root) if path.parent.name != "code"]
    return {path.name[:2]: path for path in pages if re.match(r"\d\d_", path.name)}


def code_pages(root: Path | None = None) -> dict[str, Path]:
    """Return the pages of code by the number of the page they belong to.

    Examples
    --------
    >>> list(code_pages())
    ['01', '02', '03', '04', '05', '06', '07']
    """
    return {path.name[:2]: path for path in course_files(root) if path.parent.name == "code"}


class Copied(NamedTuple):
    """What copying the course did: files written, files that were there and the same, files left as the learner's."""

    new: list[Path]
    same: list[Path]
    kept: list[Path]


def copy_course(folder: Path) -> Copied:
    """Copy the notebooks into a folder; never over a file that is there.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Returns
    -------
    Copied
        Places in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     first, again = copy_course(Path(place)), copy_course(Path(place))
    >>> len(first.new) == len(again.same) == len(course_files()), len(again.new), len(again.kept)
    (True, 0, 0)
    """
    found, done = notebooks_folder(), Copied([], [], [])
    for file in course_files():
        place = folder / file.relative_to(found)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
            done.new.append(place)
        elif place.read_bytes() == file.read_bytes():
            done.same.append(place)
        else:
            done.kept.append(place)
    return done
