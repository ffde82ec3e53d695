"""Run a learner's code in a scratch namespace: what it printed, what ``answer`` became, or what went wrong where."""

from __future__ import annotations

import ast
import builtins
import contextlib
import ctypes
import io
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from dataclasses import dataclass
from functools import cache

from ..words import catalogue

FILE = "<your code>"
ABSENT = object()
LONGEST_OUTPUT = 6_000
SECONDS = 30


def _words() -> catalogue.Panel:
    return catalogue.panel("exercises").table("finding.code")


@dataclass(frozen=True)
class Run:
    """What came of running some code.

    Attributes
    ----------
    answer
        The value of ``answer``, or ``ABSENT``.
    output : str
        What it printed, and the value of a last line that is an expression.
    problem : str
        A sentence naming the line that failed, or an empty text.
    """

    answer: object
    output: str
    problem: str


class _Capped(io.StringIO):
    """Keeps the first characters and forgets the rest, so that an endless print fills no memory."""

    def __init__(self):
        super().__init__()
        self._more = f"\n{_words()('more_printed')}"

    def write(self, text: str) -> int:
        room = LONGEST_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room] if len(text) <= room else text[:room] + self._more)
        return len(text)


def _short(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return text if len(text) <= 200 else text[:200] + "…"


def explain(error: BaseException, source: str) -> str:
    """Say in a sentence or two what stopped the code, naming the line.

    Examples
    --------
    >>> explain(SyntaxError("'(' was never closed", ("<your code>", 2, 7, "print(", 2, 8)), "x = 1\\nprint(")
    "Line 2 (`print(`) is not Python: '(' was never closed."
    """
    words, lines, name = _words(), source.splitlines(), type(error).__name__
    not_python = isinstance(error, SyntaxError) and error.filename == FILE
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    number = error.lineno if not_python else frames[-1].lineno if frames else None
    place = words("no_line")
    if number and number <= len(lines):
        place = words("line", n=number, line=lines[number - 1].strip()[:60])
    if not_python:
        return words("no_python", place=place, problem=error.msg)
    if isinstance(error, RecursionError):
        return words("endless", place=place)
    if isinstance(error, SystemExit):
        return words("exit", place=place)
    if isinstance(error, KeyboardInterrupt):
        return words("interrupted", place=place, seconds=SECONDS)
    problem = _short(error)
    key = "stopped_saying" if problem else "stopped"
    said = words(key, place=place, error=name, problem=problem.rstrip("."))
    return f"{said} {words(f'advice.{name}')}" if name in words.keys("advice") else said


@contextlib.contextmanager
def _time_limit():
    """Interrupt code that runs too long, in whichever thread JupyterLab runs it; in the main one Stop works too.

    In another thread, and where there are none, a call that waits outside Python (a sleep, a request) goes on to its
    end and is stopped then.
    """
    here, lock, done = threading.get_ident(), threading.Lock(), False
    main = threading.current_thread() is threading.main_thread()

    def interrupt():
        with lock:
            if not done and main and hasattr(signal, "pthread_kill"):
                signal.pthread_kill(here, signal.SIGINT)  # ends a call that waits, such as sleep
            elif not done:
                thread, error = ctypes.c_ulong(here), ctypes.py_object(KeyboardInterrupt)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)

    # A kernel ignores interrupts while it runs no cell, and a button pressed is no cell.
    before = signal.signal(signal.SIGINT, signal.default_int_handler) if main else None
    alarm, traced = threading.Timer(SECONDS, interrupt), sys.gettrace()
    alarm.daemon = True
    try:
        alarm.start()
    except RuntimeError:  # no threads in a browser's Python
        sys.settrace(_looking_at_the_clock())
    try:
        yield
    finally:
        with lock:
            done = True
        sys.settrace(traced)
        alarm.cancel()
        for _ in range(100):  # an interrupt just set comes here, not later
            pass
        if main:
            signal.signal(signal.SIGINT, before)


def _looking_at_the_clock():
    """Return a trace function that interrupts the learner's own lines, not what they call, once time is up."""
    ends = time.monotonic() + SECONDS

    def look(frame, event, what):
        if frame.f_code.co_filename != FILE:
            return None
        if time.monotonic() > ends:
            raise KeyboardInterrupt
        return look

    return look


@contextlib.contextmanager
def _everything_put_back():
    """Undo what code may have changed for the rest of the kernel: folder, environment, limits, figures.

    What it changes in modules (``al.fit_cox = None``) stays: the kernel is the learner's own, and a restart mends it.
    """
    environment = dict(os.environ)
    folder, depth = os.getcwd(), sys.getrecursionlimit()
    pyplot = sys.modules.get("matplotlib.pyplot")
    figures = set(pyplot.get_fignums()) if pyplot else set()
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _print_warning
        for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        try:
            yield
        finally:
            sys.setrecursionlimit(depth)
            if dict(os.environ) != environment:
                os.environ.clear()
                os.environ.update(environment)
            with contextlib.suppress(OSError):
                os.chdir(folder)
            pyplot = sys.modules.get("matplotlib.pyplot")
            for number in set(pyplot.get_fignums()) - figures if pyplot else ():
                pyplot.close(number)


def _print_warning(message, category, *_) -> None:
    print(f"{category.__name__}: {message}")


def _no_input(prompt=""):
    raise RuntimeError(_words()("no_input"))


def _leave(*_):
    raise SystemExit


def _show(value) -> None:
    if value is not None:
        print(value.to_string(max_rows=20) if hasattr(value, "to_string") else repr(value))


def _execute(source: str, space: dict) -> None:
    tree = ast.parse(source, FILE)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    table = vars(builtins)
    names = dict(table)
    try:
        exec(compile(tree, FILE, "exec"), space)
        if last is not None:
            _show(eval(compile(ast.Expression(last.value), FILE, "eval"), space))
    finally:  # before anything else, and without any built-in name, for it may be gone
        table.update(names)
        for name in set(table) - set(names):
            delattr(builtins, name)


def run(source: str) -> Run:
    """Run ``source`` by itself and return what came of it; it raises nothing.

    Examples
    --------
    >>> run("answer = 6 * 7\\nprint('done')").answer
    42
    >>> run("x = [1, 2\\n").problem
    "Line 1 (`x = [1, 2`) is not Python: '[' was never closed."
    """
    own = dict(vars(builtins)) | {"input": _no_input, "exit": _leave, "quit": _leave}
    space = {"__name__": "__exercise__", "__builtins__": own}
    output, problem = _Capped(), ""
    try:
        streams = contextlib.redirect_stdout(output), contextlib.redirect_stderr(output)
        with _everything_put_back(), streams[0], streams[1], _time_limit():
            _execute(source, space)
    except BaseException as error:  # exit and interrupt too: a learner's slip must not end the kernel
        problem = explain(error, source)
    return Run(space.get("answer", ABSENT), output.getvalue(), problem)


@cache
def _value(source: str):
    found = run(source)
    if found.problem or found.answer is ABSENT:
        raise RuntimeError(found.problem or "the solution sets no answer")
    return found.answer


def solution_value(item):
    """Return what the item's solution puts into ``answer`` (run once)."""
    return _value(item.solution)
