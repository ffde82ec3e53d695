"""A learner's answers in one small JSON file beside the notebooks: written whole or not at all, merged, never lost.

Two tabs have two kernels and one file. Each write takes a lock, reads what the other wrote, merges and replaces the
file; so nothing depends on who came first. Where the folder cannot be written, work goes on in memory and says so.
Where several people read from one server there is no file at all.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import json
import os
import shutil
import tempfile
import threading
import time
import uuid
import weakref
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from ..words import catalogue
from .item import Item

SCHEMA, VERSION = "alsteach-progress", 2
FILE_NAME = "alsteach_progress.json"
FIRST_PAGE = "00_start_here.ipynb"  # the folder that holds it is the course, which has one file
IN_MEMORY = "memory"  # what $ALSTEACH_PROGRESS says where no file may be written
MOST_ANSWERS = 50  # of one item: the first, and the latest
LONGEST_ANSWER = 100_000  # characters; `csv` reads no cell of more than 131,072
LONGEST_WAIT = 5.0  # seconds for the lock; then write without it, merged all the same
# Parts of an answer that is not given yet, by name: the text so far, a card's box, a point that is ticked.
_EMPTY = {"answers": [], "hints": 0, "solution": False, "compared": False, "cleared": "", "parts": {}}
DRAFT = "draft"  # the part that is a text


def _say(key: str, **fields) -> str:
    return catalogue.panel("exercises")(f"finding.file.{key}", **fields)


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
        # Another kernel may still hold what was cleared meanwhile: older answers and marks do not come back.
        cleared = max(entry["cleared"] for entry in entries)
        entries = [_since(cleared, entry) for entry in entries]
        unique = {(a["at"], a["answer"], a["correct"]): a for entry in entries for a in entry["answers"]}
        answers = [unique[key] for key in sorted(unique)]
        items[name] = {
            "answers": answers[:1] + answers[1:][-(MOST_ANSWERS - 1) :],
            "hints": max(entry["hints"] for entry in entries),
            "solution": any(entry["solution"] for entry in entries),
            "compared": any(entry["compared"] for entry in entries),
            "cleared": cleared,
            "parts": _latest(*(entry["parts"] for entry in entries)),
        }
    # An empty name means: not yet on disk. Of two kernels that start at once, both take the smaller.
    return {"copy": min(filter(None, (one["copy"], other["copy"])), default=""), "items": items}


def _since(cleared: str, entry: dict) -> dict:
    """Return what of an entry came after its item was cleared."""
    if entry["cleared"] == cleared:
        return entry
    return _EMPTY | {
        "answers": [answer for answer in entry["answers"] if answer["at"] > cleared],
        "parts": {name: part for name, part in entry["parts"].items() if part["at"] > cleared},
    }


def _latest(one: dict, other: dict) -> dict:
    both = {name: [side[name] for side in (one, other) if name in side] for name in sorted({*one, *other})}
    return {name: max(parts, key=lambda part: (part["at"], part["text"])) for name, parts in both.items()}


def _is_part(found) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(key), str) for key in ("at", "text"))


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
        and isinstance(found.get("cleared", ""), str)
        and isinstance(found.get("parts", {}), dict)
        and all(map(_is_part, found.get("parts", {}).values()))
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


def kept_text(answer) -> str:
    """Return an answer as files hold it; half an emoji, which none can hold, becomes a mark, as does a null.

    Examples
    --------
    >>> kept_text("0.32 🧠"), kept_text("half " + chr(0xD83E) + ", whole")
    ('0.32 🧠', 'half �, whole')
    """
    text = str(answer)[:LONGEST_ANSWER].replace("\0", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


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
    """What a learner has answered, kept in a file, or without a path only as long as the kernel runs.

    Attributes
    ----------
    path : Path or None
    notice : str
        A sentence if something is amiss (folder not writable, damaged file set aside), or an empty text.
    """

    def __init__(self, path: Path | None):
        self.path = None if path is None else Path(path)
        self.notice = self._unsaved = ""
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
        """Return answers (oldest first), hints seen, whether the solution was shown or a prediction compared, parts."""
        with self._lock:
            return json.loads(json.dumps(self._data["items"].get(item_id, _EMPTY)))

    def record(self, item_id: str, answer, correct: bool) -> None:
        """Keep an answer; the same one again in a row is the same try."""
        text = kept_text(answer)
        with self._lock:
            past = self._data["items"].get(item_id, _EMPTY)["answers"]
            if past and past[-1]["answer"] == text and past[-1]["correct"] == bool(correct):
                return
        self._add(item_id, {"answers": [{"at": _now(), "answer": text, "correct": bool(correct)}]})

    def note(self, item_id: str, hints: int = 0, solution: bool = False, compared: bool = False) -> None:
        """Keep that hints were read, the solution shown or a prediction compared."""
        self._add(item_id, {"hints": hints, "solution": solution, "compared": compared})

    def keep(self, item_id: str, **parts: str) -> None:
        """Keep parts of an answer that is not given yet, each in place of what it was before."""
        now, texts = _now(), {name: kept_text(text) for name, text in parts.items()}
        with self._lock:
            past = self._data["items"].get(item_id, _EMPTY)["parts"]
            if all(name in past and past[name]["text"] == text for name, text in texts.items()):
                return
        self._add(item_id, {"parts": {name: {"at": now, "text": text} for name, text in texts.items()}})

    def parts(self, item_id: str) -> dict[str, str]:
        """Return the parts kept so far, by name."""
        return {name: part["text"] for name, part in self.entry(item_id)["parts"].items()}

    def _add(self, item_id: str, entry: dict) -> None:
        with self._lock:
            since = self._data["items"].get(item_id, _EMPTY)["cleared"]
            self._data = merge(
                self._data, {"copy": self.copy, "items": {item_id: {"cleared": since, **entry}}}
            )
            self.save()
        self._tell()

    def summary(self, items) -> tuple[int, int, int]:
        """Return how many items there are, how many were answered, and how many were right at the first try.

        A prediction counts as right only once it was compared, so that the sum does not give it away. A text counts
        as answered once there is one, and never as right.
        """
        found = [(item, self.entry(item.id)) for item in items]
        answered = [(item, entry) for item, entry in found if answers_of(item, entry)]
        right = [
            entry["answers"][0]["correct"]
            for item, entry in answered
            if item.is_marked and (item.when == "after" or entry["compared"])
        ]
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

    def clear(self, items) -> str:
        """Forget the answers to these items; return the name of the file that keeps all there was, if there is one.

        A shared laptop may show somebody else's answers, so nothing is thrown away for good.
        """
        now = _now()
        with self._lock:
            self.refresh()
            kept = self._keep_a_copy()
            emptied = {item.id: _EMPTY | {"cleared": now} for item in items}
            self._data = merge(self._data, {"copy": self.copy, "items": emptied})
            self.save()
        self._tell()
        return kept

    def _keep_a_copy(self) -> str:
        if self.path is None or not self.path.is_file():
            return ""
        name = self._beside("before")
        try:
            shutil.copyfile(self.path, self.path.with_name(name))
        except OSError as error:
            self._cannot("copied", error)
            return ""
        return name

    def refresh(self) -> None:
        """Read what another kernel may have written."""
        if self.path is None:
            return
        with self._lock:
            found, whole = self._on_disk()
            if whole is False:
                self.save()
            elif found:
                self._data = merge(self._data, found)

    def _on_disk(self) -> tuple[dict, bool | None]:
        """Return what the file holds, and whether it is undamaged (None: leave it alone)."""
        try:
            content = self.path.read_bytes()
            found, whole = read(content)
            if whole is False and not self._is_ours(content):
                self.notice = _say("not_ours", file=self.path.resolve().name)
                return {}, None
            return found, whole
        except FileNotFoundError:
            return {}, True
        except NewerFile:
            self.notice = _say("newer", file=self.path.name)
        except OSError as error:
            self._cannot("read", error)
        return {}, None

    def _is_ours(self, content: bytes) -> bool:
        """Tell a damaged progress file from a file that only goes by its name: a table, a notebook, a link to one."""
        named = (
            self.path.resolve().suffix.lower() in ("", ".json")
            and "progress" in self.path.resolve().stem.lower()
        )
        return named or SCHEMA.encode() in content

    def save(self) -> None:
        """Write everything, merged with what the file holds by now."""
        if self.path is None:
            return
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
                if self.notice == self._unsaved:
                    self.notice = ""

    def _beside(self, what: str) -> str:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        return f"{self.path.stem}.{what}-{stamp}-{uuid.uuid4().hex[:4]}{self.path.suffix}"

    def _set_aside(self) -> None:
        name = self._beside("damaged")
        os.replace(self.path, self.path.with_name(name))
        self.notice = _say("damaged", file=self.path.name, name=name)

    def _cannot(self, done: str, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self._unsaved = _say("cannot", file=self.path.name, done=_say(f"done.{done}"), reason=reason)
        self.notice = self._unsaved


def answers_of(item: Item, entry: dict) -> list[dict]:
    """Return the answers of an entry; of a text to write the text as it stands is the latest of them."""
    answers, draft = entry["answers"], entry["parts"].get(DRAFT)
    if item.kind != "write" or draft is None or not draft["text"].strip():
        return answers
    if answers and answers[-1]["answer"] == draft["text"]:
        return answers
    return [*answers, {"at": draft["at"], "answer": draft["text"], "correct": False}]


def sorted_cards(item: Item, entry: dict) -> dict[int, str]:
    """Return the cards sorted so far: the box of each, by the card's place."""
    boxes = {
        place: entry["parts"].get(f"card_{place}", {}).get("text") for place, _ in enumerate(item.cards, 1)
    }
    return {place: box for place, box in boxes.items() if box in item.boxes}


_OPEN: dict[Path | None, Progress] = {}


def course_folder() -> Path:
    """Return the nearest folder from here upward that holds the first page, or the working folder if none does."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / FIRST_PAGE).is_file()), here)


def progress_path() -> Path | None:
    """Return where the answers are kept, or None where no file may keep them.

    ``$ALSTEACH_PROGRESS`` if it is set (``memory``: no file); otherwise a file in the course's folder. No file where
    Voilà serves several people, who would share it: unless the page was asked for on this very computer, or the
    server is one person's on a JupyterHub.
    """
    asked = os.environ.get("ALSTEACH_PROGRESS")
    if asked == IN_MEMORY or (not asked and _read_by_several()):
        return None
    return Path(asked or course_folder() / FILE_NAME).expanduser().resolve()


def _read_by_several() -> bool:
    address = os.environ.get("VOILA_REQUEST_URL")
    if not address or os.environ.get("JUPYTERHUB_USER"):
        return False
    host = urlsplit(address).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def progress_file() -> Progress:
    """Return the progress of this course copy, read anew; `progress_path` says where it is kept."""
    path = progress_path()
    if path in _OPEN:
        _OPEN[path].refresh()
    else:
        _OPEN[path] = Progress(path)
    return _OPEN[path]
