"""What can be done without a notebook: ``python -m alsteach --help`` says it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .data.checks import TrialDataError

FOLDER = "alsteach-course"
FIRST = "00_start_here.ipynb"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0, or 1 with a sentence on what was wrong."""
    from . import __version__

    # A terminal that lacks a letter shows a question mark instead of failing.
    sys.stdout.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(
        prog="python -m alsteach",
        description="A course in eight pages: why two hazard ratios of one trial disagree. To begin: "
        "python -m alsteach read opens the pages in your browser, without any code.",
        epilog="It teaches statistics; it gives no advice on treatment.",
    )
    parser.add_argument("--version", action="version", version=f"alsteach {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    read = commands.add_parser("read", help="open the pages to read, without code")
    read.set_defaults(run=_read)
    _folder(read)
    read.add_argument("--places", type=_places, metavar="N", help="pages open at once (default: by memory)")
    read.add_argument("--port", type=int, default=8866, help="default: 8866, or the next free one")
    read.add_argument(
        "--ip",
        default="127.0.0.1",
        help="0.0.0.0 lets others on the network read (default: this computer only)",
    )
    read.add_argument("--no-browser", action="store_true", help="open no browser; the address is printed")

    lab = commands.add_parser("lab", help="open the course in JupyterLab")
    lab.set_defaults(run=_lab)
    _folder(lab)
    lab.add_argument(
        "options", nargs="*", metavar="-- OPTIONS", help="for JupyterLab: -- --no-browser --port=8890"
    )

    notebooks = commands.add_parser(
        "notebooks",
        help="copy the notebooks into a folder",
        description="Copies pages and code pages. What is there already stays as it is: it may be your work.",
    )
    notebooks.set_defaults(run=_notebooks)
    notebooks.add_argument("folder", nargs="?", default=FOLDER, help=f"default: {FOLDER}")

    collect = commands.add_parser(
        "collect",
        help="merge learners' downloaded tables into a class table",
        description="Reads every CSV that learners downloaded with al.progress(), and shows who did how much and which "
        "questions were missed most. Writes nothing unless told where.",
    )
    collect.set_defaults(run=_collect)
    collect.add_argument("folder", help="the folder with the downloaded CSV files; subfolders are read too")
    collect.add_argument(
        "--out", metavar="FILE", help="write the class table (a row a learner) to this CSV file"
    )
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except TrialDataError as problem:
        print(problem, file=sys.stderr)
    return 1


def _folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder",
        nargs="?",
        help="where your copy of the notebooks is, or shall be made "
        f"(default: this folder if it holds the course, otherwise {FOLDER})",
    )


def _places(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no number of pages; give a whole number from 1")


def _own_copy(asked: str | None) -> Path:
    """Return a folder with the notebooks, copied there unless they are."""
    here = Path.cwd()
    found = next((place for place in (here, here / "notebooks") if (place / FIRST).is_file()), here / FOLDER)
    folder = Path(asked).expanduser() if asked else found
    if not (folder / FIRST).is_file():
        _copy(folder)
    return folder.resolve()


def _copy(folder: Path) -> None:
    from .opening.course import copy_course

    try:
        done = copy_course(folder)
    except OSError as problem:
        raise TrialDataError(f"{problem.strerror}: {problem.filename}. Choose another folder.") from None
    if done.new:
        print(f"Notebooks copied into {folder}: {len(done.new)}.")
    if done.same:
        print(f"There already, and the same: {len(done.same)}.")
    if done.kept:
        names = ", ".join(str(place.relative_to(folder)) for place in done.kept)
        print(f"Unlike the course's, and left as they are: {names}.")
        print("To have the course's too, copy into another folder.")


def _notebooks(options) -> int:
    _copy(Path(options.folder).expanduser())
    return 0


def _read(options) -> int:
    from .opening.reading import serve

    folder = _own_copy(options.folder)
    serve(folder, places=options.places, port=options.port, ip=options.ip, browser=not options.no_browser)
    return 0


def _lab(options) -> int:
    import os

    folder = _own_copy(options.folder)
    command = [sys.executable, "-m", "jupyterlab", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--allow-root")  # the only user of many containers
    os.chdir(folder)
    sys.stdout.flush()
    os.execv(sys.executable, [*command, *options.options])


def _collect(options) -> int:
    from .exercises import collecting

    works, remarks = collecting.collect(options.folder)
    print(collecting.report(works, remarks))
    if options.out and works:
        collecting.write_class(works, options.out)
        print(f"\nThe class table is in {options.out}.")
    return 0 if works else 1


if __name__ == "__main__":
    sys.exit(main())
