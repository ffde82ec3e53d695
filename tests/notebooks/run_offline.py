"""Run a notebook with the network cut and keep all that a reader then sees: ``python run_offline.py NOTEBOOK OUT``.

The process moves into a network namespace of its own, where only loopback exists (Linux; where that is not allowed
it goes on without and says so). OUT gets JSON: ``cut`` (bool), ``seen`` (list of texts) and ``loaded`` (the modules
that the kernel had loaded in the end).
"""

from __future__ import annotations

import ctypes
import fcntl
import html
import json
import os
import re
import socket
import struct
import sys
from pathlib import Path

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
READ_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1


def cut_the_network() -> bool:
    """Leave the network behind; return whether that worked."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_NETWORK if user == 0 else NEW_USER | NEW_NETWORK) != 0:
        return False
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    # A kernel and its notebook talk over loopback, which is down in a new namespace.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14s", b"lo", 0, b"")
        flags = struct.unpack("16sh14s", fcntl.ioctl(control, READ_FLAGS, request))[1]
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh14s", b"lo", flags | UP, b""))
    return True


def texts(notebook) -> list[str]:
    """Return what the outputs and the widgets of an executed notebook say."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found.append(output.get("text", ""))
            found += [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    widgets = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    for widget in widgets.get("state", {}).values():
        state = widget["state"]
        found += [
            str(state[key]) for key in ("value", "description", "tooltip") if isinstance(state.get(key), str)
        ]
        found += [str(option) for option in state.get("_options_labels", [])]
    plain = (re.sub(r"base64,[^\"]+", "", text) for text in found)
    return [html.unescape(re.sub(r"<[^>]+>", " ", text)) for text in plain]


def main(path: str, out: str) -> None:
    cut = cut_the_network()
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import sys; print(*sorted(sys.modules))"))
    folder = str(Path(path).parent)
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": folder}}, store_widget_state=True
    ).execute()
    loaded = notebook.cells.pop().outputs[0].text.split()
    Path(out).write_text(
        json.dumps({"cut": cut, "seen": texts(notebook), "loaded": loaded}), encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
