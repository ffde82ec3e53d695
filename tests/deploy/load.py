"""A class at work on a real hub: everyone starts, runs notebook 06 and moves a slider; one sits at a real browser.

At the end the one at the browser opens the same page as a page to read.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import defaultdict
from pathlib import Path

import nbformat
import numpy as np

import alsteach as al
from tests.browser.lab import ROOT
from tests.deploy.browser import read_at_a_browser, sit_at_a_browser
from tests.deploy.hub import Hub
from tests.deploy.student import WIDTH, Student

NOTEBOOK = "06_biomarker_subgroups.ipynb"
SLIDER = "Read at (or drag the diamond)"
AT_BROWSER = "student-at-browser"


class Twin:
    """The same panel without a server: what a student must be shown at a value."""

    def __init__(self):
        self._panel = al.hr_curve_panel()
        self._panel._hear({"do": "width", "width": WIDTH, "sharpness": 1})
        self.low, self.high = self._panel.controls["at"].low, self._panel.controls["at"].high

    def at(self, value: float) -> dict:
        """Return the finding and the PNG."""
        self._panel.set(at=value)
        return {key: self._panel.picture.shown[key] for key in ("finding", "png")}


def quizzes() -> list[str]:
    """Return the ids of the notebook's multiple choices, in the order in which they are asked."""
    cells = nbformat.read(ROOT / "notebooks" / NOTEBOOK, as_version=4).cells
    asked = [cell.source for cell in cells if cell.source.startswith("al.quiz(")]
    return re.findall(r'"([0-9]+-choice-[0-9]+)"', "\n".join(asked))


class Ledger:
    """What each student's processes cost in each part of the lesson."""

    def __init__(self, hub: Hub):
        self._hub, self._before = hub, defaultdict(dict)
        self.memory: dict[str, dict[str, float]] = defaultdict(dict)
        self.seconds: dict[str, dict[str, float]] = defaultdict(dict)

    async def note(self, part: str) -> None:
        """Put the processor time since the last call under ``part``; keep the highest memory."""
        for name, now in (await asyncio.to_thread(self._hub.usage)).items():
            for kind in ("server", "kernel", "unshared"):
                self.memory[name][kind] = max(now[kind], self.memory[name].get(kind, 0.0))
            before = self._before[name]
            self.seconds[name][part] = now["seconds"] - before.get("seconds", 0.0)
            self.seconds[name][f"{part}, kernel"] = now["kernel_seconds"] - before.get("kernel_seconds", 0.0)
            self._before[name] = now


def values_for(student: int, moves: int, twin: Twin) -> list[int]:
    """Return where this student drags the slider: other places than the neighbours, never twice running the same."""
    steps = np.random.default_rng(student).permutation(np.arange(twin.low + 20, twin.high, 20))
    return [int(v) for v in steps[:moves]]


async def move_on(student: Student, values: list[int], every: float, offset: float) -> None:
    """Move the slider at a beat of ``every`` seconds; who waited longer for a picture moves at once."""
    slider = student.find("FloatSliderModel", description=SLIDER)
    await student.look_at(student.view_of(slider))
    started = time.monotonic() + offset
    for number, value in enumerate(values):
        await asyncio.sleep(max(0.0, started + number * every - time.monotonic()))
        await student.move(slider, value)


def lost(student: Student, values: list[int], letters: list[str], twin: Twin, homes: Path) -> list[str]:
    """Return in words what this student asked for and did not get, or got from a neighbour."""
    found = list(student.errors)
    if [answer["value"] for answer in student.answers] != values:
        found.append(f"{len(values)} moves, {len(student.answers)} answers")
    for answer in student.answers:
        shown, wanted = answer["shown"], twin.at(answer["value"])
        if shown["finding"] != wanted["finding"]:
            found.append(f"at {answer['value']}: {shown['finding'][:80]!r}, not {wanted['finding'][:80]!r}")
        elif bytes(shown["png"]) != wanted["png"]:
            found.append(f"at {answer['value']}: another picture than its sentence's")
    folder = homes / student.name / "notebooks"
    kept = json.loads((folder / "alsteach_progress.json").read_text())["items"]
    noted = [[a["answer"] for a in kept.get(item, {"answers": []})["answers"]] for item in quizzes()]
    if noted != [[letter] for letter in letters]:
        found.append(f"answered {letters}, kept {noted}")
    saved = nbformat.read(folder / NOTEBOOK, as_version=4)
    outputs = [o["data"]["text/plain"] for c in saved.cells for o in c.get("outputs", ())]
    if outputs != [text for texts in student.outputs.values() for text in texts] or not outputs:
        found.append("the saved notebook has not the student's outputs")
    if saved.cells[0].source != f"Notes of {student.name}":
        found.append(f"the saved notebook begins {saved.cells[0].source!r}")
    return [f"{student.name}: {what}" for what in found]


def panels(notebook: str) -> list[str]:
    """Return the panels that a notebook's cells open."""
    cells = nbformat.read(ROOT / "notebooks" / notebook, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return re.findall(r"\w+_panel(?=\()", code)


def missed_in_reading(page: dict, notebook: str) -> list[str]:
    """Return in words what a page to read should have and has not."""
    found, wanted = [], len(panels(notebook))
    if page["panels"] != wanted:
        found.append(f"{page['panels']} panels, not {wanted}")
    found += [f"shows code: {code[:40]!r}" for code in page["code"]]
    found += [f"shows an error: {error[:80]!r}" for error in page["errors"]]
    found += [f"asks for {address}" for address in page["outside"]]
    return [f"the page to read: {what}" for what in found]


async def _nobody() -> dict:
    return {"seconds": [], "shown": []}


def _seat(chromium: str, hub: Hub, moves: int, every: float, ready: asyncio.Event, go: threading.Event):
    """Let one sit down at the browser, in a thread that dies with the program; return what it will find."""
    loop = asyncio.get_running_loop()
    found = loop.create_future()
    found.add_done_callback(lambda _: ready.set())  # one that failed keeps nobody waiting

    def settle(method, value):
        if not found.done():
            method(value)

    def sit():
        try:
            result = sit_at_a_browser(
                chromium,
                hub,
                AT_BROWSER,
                (NOTEBOOK, SLIDER),
                (moves, every),
                lambda: loop.call_soon_threadsafe(ready.set),
                go.wait,
            )
        except BaseException as error:  # handed on to who waits for it
            loop.call_soon_threadsafe(settle, found.set_exception, error)
        else:
            loop.call_soon_threadsafe(settle, found.set_result, result)

    threading.Thread(target=sit, daemon=True).start()
    return found


async def lesson(hub: Hub, students: int, moves: int, every: float, chromium: str | None) -> dict:
    """Give the lesson; return what it cost, how fast the pictures came and what was lost."""
    twin, ledger = Twin(), Ledger(hub)
    simulated = [Student(hub.address, f"student-{k + 1}", hub.password) for k in range(students)]
    await ledger.note("idle")
    go = threading.Event()
    ready = asyncio.Event()
    seat = _seat(chromium, hub, moves, every, ready, go) if chromium else None

    async def start(student):
        await student.log_in()
        return await student.start_server()

    start_seconds = await asyncio.gather(*map(start, simulated))
    await ledger.note("start")

    async def run(student):
        await student.open(NOTEBOOK)
        return await student.run_all()

    run_seconds = await asyncio.gather(*map(run, simulated))
    if seat:
        await ready.wait()
        go.set()
    await ledger.note("run all")

    plans = [values_for(k, moves, twin) for k in range(students)]
    moving = [move_on(s, plans[k], every, every * k / students) for k, s in enumerate(simulated)]
    at_browser, *_ = await asyncio.gather(seat or _nobody(), *moving)
    await ledger.note("moving")

    letters = await asyncio.gather(*(s.answer_choices(k) for k, s in enumerate(simulated)))
    await asyncio.gather(*(s.save() for s in simulated))
    await ledger.note("saving")
    read = None
    if seat:
        page = (NOTEBOOK, len(panels(NOTEBOOK)))
        read = await asyncio.to_thread(read_at_a_browser, chromium, hub, AT_BROWSER, *page)
    for student in simulated:
        await student.close()

    missing = [
        what
        for student, plan, chosen in zip(simulated, plans, letters, strict=True)
        for what in lost(student, plan, chosen, twin, hub.students)
    ]
    if read:
        missing += [f"{AT_BROWSER}: {what}" for what in missed_in_reading(read, NOTEBOOK)]
    for value, sentence in at_browser["shown"]:
        if twin.at(value)["finding"] not in " ".join(sentence.split()):
            missing.append(f"{AT_BROWSER} at {value}: {sentence[:80]!r}")
    if seat and len(at_browser["seconds"]) != moves:
        missing.append(f"{AT_BROWSER}: {moves} moves, {len(at_browser['seconds'])} pictures")
    people = [
        {"who": s.name, "start_s": a, "run_all_s": b, "move_s": [x["seconds"] for x in s.answers]}
        for s, a, b in zip(simulated, start_seconds, run_seconds, strict=True)
    ]
    if seat:
        costs = {key: at_browser[key] for key in ("start_s", "run_all_s")}
        people.append({"who": AT_BROWSER, **costs, "move_s": at_browser["seconds"]})
    return {
        "people": people,
        "memory_mb": ledger.memory,
        "cpu_s": ledger.seconds,
        "lost": missing,
        "notebook": NOTEBOOK,
        "every_s": every,
        "moves": moves,
        "read": read,
    }
