"""What can be done without a notebook: ``python -m alsteach collect FOLDER``."""

from __future__ import annotations

import argparse
import sys

from .frames import TrialDataError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0, or 1 with a sentence on what was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m alsteach", description="A course on ALS trials: commands."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    collect = commands.add_parser(
        "collect",
        help="merge learners' downloaded tables into a class table",
        description="Reads every CSV that learners downloaded with al.progress(), and shows who did how much and which "
        "questions were missed most. Writes nothing unless told where.",
    )
    collect.add_argument("folder", help="the folder with the downloaded CSV files; subfolders are read too")
    collect.add_argument(
        "--out", metavar="FILE", help="write the class table (a row a learner) to this CSV file"
    )
    options = parser.parse_args(arguments)
    return _collect(options.folder, options.out)


def _collect(folder: str, out: str | None) -> int:
    from .exercises import collecting

    # A terminal that lacks a letter shows a question mark instead of failing.
    sys.stdout.reconfigure(errors="replace")
    try:
        works, remarks = collecting.collect(folder)
        print(collecting.report(works, remarks))
        if out and works:
            collecting.write_class(works, out)
            print(f"\nThe class table is in {out}.")
    except TrialDataError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0 if works else 1


if __name__ == "__main__":
    sys.exit(main())
