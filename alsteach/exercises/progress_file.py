"""A learner's answers in one small JSON file beside the notebooks: written whole or not at all, merged, never lost.

Two tabs have two kernels and one file. Each write takes a lock, reads what the other wrote, merges and replaces the
file; so nothing depends on who came first. Where the folder cannot be written, work goes on in memory and says so.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
import threading
import time
import uuid
import weakref
from datetime import UTC, datetime
from pathlib import Path

SCHEMA, VERSION = "alsteach-progress", 1
FILE_NAME = "alsteach_progress.json"
MOST_ANSWERS = 50  # of one item: the first, and the latest
LONGEST_ANSWER = 20_000
_UNSAVED = "Your answers cannot be saved"
LONGEST_WAIT = 5.0  # seconds for the lock; then write without it, merged all the same
_EMPTY = {"answers": [], "hints": 0, "solution": False, "compared": False}


def merge(one: dict, other: dict) -> dict:
    """Return all that either holds; the order of the two does not matter, nor merging twice.

    Examples
    --------
    >>> answer = {"at": "2026-01-01T10:00:00+00:00", "answer": "B", "correct": True}
    >>> one = {"copy": "k", "items": {"05-choice-1": {"answers": [answer], "hints": 0}}}
    >>> other = {"copy": "k", "items": {"05-choice-1": {"answers": [], "hints": 1}}}
    >>> merge(one, other)["items"]["05-choice-1"]["hints"], merge(one, other) == merge(other, one)
    (1, True)
    """
    items = {}
    for name in sorted({*one["items"], *other["items"]}):
        entries = [_EMPTY | side["items"].get(name, {}) for side in (one, other)]
        unique = {(a["at"], a["answer"], a["correct"]): a for entry in entries for a in entry["answers"]}
        answers = [unique[key] for key in sorted(unique)]
        items[name] = {
            "answers": answers[:1] + answers[1:][-(MOST_ANSWERS - 1) :],
            "hints": max(entry["hints"] for entry in entries),
            "solution": any(entry["solution"] for entry in entries),
            "compared": any(entry["compared"] for entry in entries),
        }
    # An empty name means: not yet on disk. Of two kernels that start at once, both take the smaller.
    return {"copy": min(filter(None, (one["copy"], other["copy"])), default=""), "items": items}


def _is_answer(found) -> bool:
    kinds = {"at": str, "answer": str, "correct": bool}
    return isinstance(found, dict) and all(isinstance(found.get(k), t) for k, t in kinds.items())


def _is_entry(found) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("answers"), list)
        and all(map(_is_answer, found["answers"]))
        and isinstance(found.get("hints"), int)
        and isinstance(found.get("solution"), bool)
        and isinstance(found.get("compared"), bool)
    )


def read(content: bytes) -> tuple[dict, bool]:
    """Return what a progress file holds, and whether all of it could be read.

    Raises
    ------
    NewerFile
        If a later version of alsteach wrote it.
    """
    nothing = {"copy": "", "items": {}}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return nothing, False
    if (
        not isinstance(found, dict)
        or found.get("schema") != SCHEMA
        or not isinstance(found.get("version"), int)
    ):
        return nothing, False
    if found["version"] > VERSION:
        raise NewerFile
    if not isinstance(found.get("items"), dict) or not isinstance(found.get("copy"), str):
        return nothing, False
    items = {name: _EMPTY | entry for name, entry in found["items"].items() if _is_entry(entry)}
    return {"copy": found["copy"], "items": items}, len(items) == len(found["items"])


class NewerFile(Exception):
    """The file was written by a later version of alsteach."""


@contextlib.contextmanager
def _locked(path: Path):
    """Hold a lock that other kernels respect; after ``LONGEST_WAIT`` go on without it."""
    try:
        handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield
        return
    try:
        deadline = time.monotonic() + LONGEST_WAIT
        while not _try_lock(handle) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)  # lets go of the lock as well


def _try_lock(handle: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # a folder that knows no locks
    return True


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


class Progress:
    """What a learner has answered, kept in a file.

    Attributes
    ----------
    path : Path
    notice : str
        A sentence if something is amiss (folder not writable, damaged file set aside), or an empty text.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self.notice = ""
        self._data = {"copy": "", "items": {}}
        self._lock = threading.RLock()
        self._observers: list = []
        self.refresh()

    @property
    def copy(self) -> str:
        """A random name for this course copy, so that a teacher can tell two files apart."""
        with self._lock:
            self._data["copy"] = self._data["copy"] or uuid.uuid4().hex[:8]
            return self._data["copy"]

    def entry(self, item_id: str) -> dict:
        """Return answers (oldest first), hints seen, whether the solution was shown and a prediction compared."""
        with self._lock:
            return json.loads(json.dumps(self._data["items"].get(item_id, _EMPTY)))

    def record(self, item_id: str, answer, correct: bool) -> None:
        """Keep an answer; the same one again in a row is the same try."""
        text = str(answer)[:LONGEST_ANSWER]
        with self._lock:
            past = self._data["items"].get(item_id, _EMPTY)["answers"]
            if past and past[-1]["answer"] == text and past[-1]["correct"] == bool(correct):
                return
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        self._add(item_id, {"answers": [{"at": now, "answer": text, "correct": bool(correct)}]})

    def note(self, item_id: str, hints: int = 0, solution: bool = False, compared: bool = False) -> None:
        """Keep that hints were read, the solution shown or a prediction compared."""
        self._add(item_id, {"hints": hints, "solution": solution, "compared": compared})

    def _add(self, item_id: str, entry: dict) -> None:
        with self._lock:
            self._data = merge(self._data, {"copy": self.copy, "items": {item_id: entry}})
            self.save()
        self._tell()

    def summary(self, items) -> tuple[int, int, int]:
        """Return how many items there are, how many were answered, and how many were right at the first try.

        A prediction counts as right only once it was compared, so that the sum does not give it away.
        """
        found = [(item, self.entry(item.id)) for item in items]
        answered = [(item, entry) for item, entry in found if entry["answers"]]
        right = [e["answers"][0]["correct"] for item, e in answered if item.when == "after" or e["compared"]]
        return len(found), len(answered), sum(right)

    def observe(self, method) -> None:
        """Call this bound method whenever something was recorded, as long as its owner lives."""
        self._observers.append(weakref.WeakMethod(method))

    def _tell(self) -> None:
        alive = [(reference, reference()) for reference in self._observers]
        self._observers = [reference for reference, method in alive if method is not None]
        for _, method in alive:
            if method is not None:
                method()

    def refresh(self) -> None:
        """Read what another kernel may have written."""
        with self._lock:
            found, whole = self._on_disk()
            if whole is False:
                self.save()
            elif found:
                self._data = merge(self._data, found)

    def _on_disk(self) -> tuple[dict, bool | None]:
        """Return what the file holds, and whether it is undamaged (None: leave it alone)."""
        try:
            return read(self.path.read_bytes())
        except FileNotFoundError:
            return {}, True
        except NewerFile:
            self.notice = (
                f"{self.path.name} was written by a newer alsteach and is left untouched: what you answer now is kept "
                "only until this notebook's kernel stops. Download your work before you leave."
            )
        except OSError as error:
            self._cannot("read", error)
        return {}, None

    def save(self) -> None:
        """Write everything, merged with what the file holds by now."""
        with self._lock:
            try:
                with _locked(self.path):
                    found, whole = self._on_disk()
                    if whole is None:
                        return
                    if whole is False:
                        self._set_aside()
                    if found:
                        self._data = merge(self._data, found)
                    content = {"schema": SCHEMA, "version": VERSION, **self._data}
                    _replace(self.path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
            except OSError as error:
                self._cannot("written", error)
            else:
                if self.notice.startswith(_UNSAVED):
                    self.notice = ""

    def _set_aside(self) -> None:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        name = f"{self.path.stem}.damaged-{stamp}-{uuid.uuid4().hex[:4]}{self.path.suffix}"
        os.replace(self.path, self.path.with_name(name))
        self.notice = (
            f"{self.path.name} was damaged. It is set aside as {name}, what could be read of it is kept, and a new "
            "file is begun."
        )

    def _cannot(self, verb: str, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self.notice = (
            f"{_UNSAVED}: {self.path.name} cannot be {verb} ({reason}). They are kept only until this "
            "notebook's kernel stops. Download your work before you leave."
        )


_OPEN: dict[Path, Progress] = {}


def progress_file() -> Progress:
    """Return the progress of this course copy: ``$ALSTEACH_PROGRESS``, or a file in the notebooks' folder."""
    path = Path(os.environ.get("ALSTEACH_PROGRESS") or FILE_NAME).expanduser().resolve()
    if path in _OPEN:
        _OPEN[path].refresh()
    else:
        _OPEN[path] = Progress(path)
    return _OPEN[path]
