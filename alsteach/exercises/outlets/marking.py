"""Marking outside the learner's kernel: only plain data leave it, and a process of its own says what they are worth.

Whatever a submission does to its kernel (an answer equal to everything, a check taken out of alsteach, a kernel that
skips the tests), it can send no more than a number, a text or a table of them.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys

from .. import checking
from ..checking import shown
from ..loading import find_item

SECONDS = 300
ASK = f'__import__("importlib").import_module("{__name__}").send(globals())'


def to_data(answer):
    """Return any answer as something JSON can carry; what is no plain value keeps only the name of its type.

    Examples
    --------
    >>> to_data("B"), to_data(...), to_data(object())
    ({'plain': 'B'}, {}, {'other': 'object'})
    """
    try:
        return _to_data(answer)
    except Exception:
        return {"other": type(answer).__name__}


def _to_data(answer):
    if answer is ...:
        return {}
    if answer is None or isinstance(answer, str | bool | int | float):
        # Through JSON and back, a subclass with methods of its own becomes the plain value it holds.
        return {"plain": json.loads(json.dumps(answer))}
    if hasattr(answer, "dtype") and not getattr(answer, "ndim", 0):
        return {"plain": answer.item()}
    if isinstance(answer, list | tuple):
        return {"list": [_to_data(value) for value in answer]}
    if isinstance(answer, dict):
        return {"dict": [[_to_data(key), _to_data(value)] for key, value in answer.items()]}
    pandas = sys.modules.get("pandas")
    if pandas and isinstance(answer, pandas.Series):
        return {"series": _to_data(dict(answer.items()))}
    if pandas and isinstance(answer, pandas.DataFrame):
        columns = {name: list(answer[name]) for name in answer.columns}
        return {"frame": _to_data(columns), "index": _to_data(list(answer.index))}
    return {"other": type(answer).__name__}


def from_data(data):
    """Return what `to_data` was given; in place of other objects an empty one whose type has the same name.

    Examples
    --------
    >>> from_data(to_data([1, "two", {"three": 3.0}]))
    [1, 'two', {'three': 3.0}]
    """
    if "plain" in data:
        return data["plain"]
    if "list" in data:
        return [from_data(value) for value in data["list"]]
    if "dict" in data:
        return {from_data(key): from_data(value) for key, value in data["dict"]}
    if "series" in data:
        import pandas as pd

        return pd.Series(from_data(data["series"]))
    if "frame" in data:
        import pandas as pd

        return pd.DataFrame(from_data(data["frame"]), index=from_data(data["index"]))
    return type(str(data["other"]), (), {})() if "other" in data else ...


def send(space: dict) -> None:
    """Print the value of ``answer`` in a learner's kernel as data, and take it away: the next item needs its own."""
    print(json.dumps(to_data(space.get("answer", ...))), file=sys.stdout)
    space["answer"] = ...


def received(printed: str) -> dict:
    """Return what a kernel has sent, or nothing if it sent something else.

    Examples
    --------
    >>> received('{"plain": 0.52}'), received("all points, please")
    ({'plain': 0.52}, {})
    """
    try:
        data = json.loads(printed.strip().splitlines()[-1])
        from_data(data)
    except Exception:
        return {}
    return data


def mark(name: str, answer) -> None:
    """Print why an answer is right, or raise an AssertionError that says why it is not.

    Examples
    --------
    >>> mark("00-choice-1", "D")
    Right. That is all synthetic data can do, and it is a lot. ...
    """
    answer = from_data(to_data(answer))
    check = checking.check(find_item(name), answer)
    said = "" if answer is ... else f"Your answer: {shown(answer)}. "
    assert check.correct is True, said + check.message
    print(check.message)


def run_tests(cells: list[dict]) -> list[dict]:
    """Run the source of each test cell with its answer; return for each whether it passed, and what it said."""
    verdicts = []
    for cell in cells:
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):
                exec(compile(cell["source"], "<test>", "exec"), {"answer": from_data(cell["answer"])})
            verdicts.append({"passed": True, "said": output.getvalue().strip()})
        except Exception as problem:
            said = str(problem)
            if not isinstance(problem, AssertionError):
                said = f"This test stopped with {type(problem).__name__}: {said}"
            verdicts.append({"passed": False, "said": said})
    return verdicts


def mark_apart(cells: list[dict]) -> list[dict]:
    """Do `run_tests` in a Python of its own, which sees neither the kernel nor the submission's folder."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", __name__],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"The marking stopped: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(run_tests(json.load(sys.stdin))))
