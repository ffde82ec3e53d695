"""``make load-test``: a class on a real hub, and what it takes; for docs/class_load.csv and docs/class.md."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from conftest import find_chromium, find_proxy
from tests.deploy import report
from tests.deploy.hub import serve_class
from tests.deploy.load import lesson


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    parser.add_argument(
        "--students", type=int, default=10, help="simulated ones, beside the one at the browser"
    )
    parser.add_argument("--moves", type=int, default=60, help="of the slider, each student")
    parser.add_argument("--every", type=float, default=2.0, help="seconds from one move to the next")
    parser.add_argument("--minutes", type=float, default=30.0, help="give up after")
    parser.add_argument("--json", type=Path, help="write the results there and leave docs/ alone")
    asked = parser.parse_args(arguments)
    if find_proxy() is None:
        sys.exit("The proxy is not here: install Node.js and npm, then run `sh tools/proxy.sh`.")
    load_before = report.load_of_machine()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_class(Path(folder), "--JupyterHub.authenticator_class=dummy") as hub,
    ):
        try:
            found = asyncio.run(
                asyncio.wait_for(
                    lesson(hub, asked.students, asked.moves, asked.every, find_chromium()), asked.minutes * 60
                )
            )
        except BaseException:
            print(hub.log.read_text()[-5000:], file=sys.stderr)
            raise
    found["load_before"] = load_before
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))
    else:
        report.write(found)
    print(report.summary(found))
    for what in found["lost"]:
        print("LOST", what)
    return bool(found["lost"])


if __name__ == "__main__":
    sys.exit(main())
