"""Where a Chromium is, for what prints pages or drives a browser; nothing else in the course needs one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine (``ALSTEACH_CHROMIUM`` comes first), or None."""
    found = [
        os.environ.get("ALSTEACH_CHROMIUM"),
        *map(shutil.which, NAMES),
        MAC if Path(MAC).exists() else None,
    ]
    return next(filter(None, found), None)
