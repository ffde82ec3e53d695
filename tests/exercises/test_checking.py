"""Any answer, however odd, is judged with a sentence and never a traceback."""

from __future__ import annotations

import builtins
import importlib.util
import os
import signal
import sys
import threading
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alsteach.exercises import checking, code, load_items
from alsteach.exercises.checking import read_number
from alsteach.exercises.compare import compare
from alsteach.exercises.loading import find_item, read_items

from .conftest import SAMPLE


class Hostile:
    """Whatever one does with it fails."""

    def _fail(self, *_, **__):
        raise RuntimeError("hands off")

    __float__ = __str__ = __repr__ = __eq__ = __bool__ = __len__ = __iter__ = __getattr__ = _fail
    __hash__ = None


ODD = {
    "None": None,
    "NaN": float("nan"),
    "NA": pd.NA,
    "NaT": pd.NaT,
    "infinite": -np.inf,
    "True": True,
    "numpy bool": np.bool_(True),
    "empty text": "  ",
    "words": "about half",
    "long text": "x" * 10_000,
    "digits": "9" * 5_000,
    "huge": 10**5_000,
    "complex": 1j,
    "bytes": b"B",
    "list": [0.84],
    "empty list": [],
    "tuple": (1, 2),
    "set": {"B"},
    "dict": {"answer": "B"},
    "array": np.array([0.84]),
    "matrix": np.eye(2),
    "series of one": pd.Series([0.84]),
    "frame": pd.DataFrame({"hr": [0.84]}),
    "empty frame": pd.DataFrame(),
    "function": len,
    "class": int,
    "object": object(),
    "ellipsis": ...,
    "hostile": Hostile(),
    "date": pd.Timestamp("2025-05-09"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_answers_get_a_sentence(sample, name):
    for item in sample:
        check = checking.check(item, ODD[name])
        assert check.correct is False
        assert 15 < len(check.message) < 400
        assert check.message.endswith((".", "`"))
        assert "Traceback" not in check.message


@pytest.mark.parametrize(
    "answer", ["B", "b", " B ", "b)", "(B)", "B.", "'b'", "A figure closer to 1.", "a figure closer to 1"]
)
def test_a_choice_by_letter_or_text(choice, answer):
    check = checking.check(choice, answer)
    assert check.correct
    assert check.message == "Right. The effect fades."


def test_a_wrong_choice_gets_its_own_explanation(choice):
    assert checking.check(choice, "a").message == "Not yet. Beside an interaction the line speaks of zero."
    assert (
        checking.check(choice, "A figure further below 1.").message == "Not yet. It fades and does not grow."
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("D", "“D” is none of the options. Choose one of A, B or C."),
        (2, "Your answer is 2, not a letter."),
        (None, "There is no answer yet."),
        ("A and B", "“A and B” is none of the options."),
    ],
)
def test_what_is_no_letter_is_told(choice, answer, words):
    assert words in checking.check(choice, answer).message


@pytest.mark.parametrize(
    "answer",
    [0.84, "0.84", "0,84", " 0.84 ", "84 %", "84%", "0.8367", 0.8367346938, 0.837, ".84", "8.4e-1", np.float32(0.84)]
    + [Decimal("0.84"), Fraction(41, 49), np.array(0.8367), "83.67 %", "+0.84", 41 / 49],
)  # fmt: skip
def test_sensible_rounding_is_right(number, answer):
    check = checking.check(number, answer)
    assert check.correct, check.message
    assert "It is 0.84. Checked: your number, to 2 decimals." in check.message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.8, "too coarsely rounded: give it to 2 decimals"),
        ("1", "too coarsely rounded"),
        (0.83, "cut off rather than rounded to 2 decimals"),
        (-0.84, "the sign is not"),
        ("−0.84", "the sign is not"),
        (84, "This looks like a percentage, where a share is asked for."),
        ("84", "This looks like a percentage"),
        (0.0084, "Checked: your number, to 2 decimals."),
        (49 / 41, "That is placebo divided by active."),
        ("1,20", "“1,20” is read as 1.20. That is placebo divided by active."),
        (0.5, "Checked: your number, to 2 decimals."),
        (0, "Checked: your number"),
        (True, "True (yes or no)"),
        ([0.84], "a list (1 long), but one number is asked for: take the number out of it"),
        (pd.Series([0.84]), "a Series (1 long), but one number is asked for"),
        (pd.Series([0.84]), "with .iloc[0]"),
        (pd.DataFrame({"a": [1]}), "with .iloc[0, 0]"),
        (np.array([]), "it is empty"),
        (float("nan"), "“not a number”"),
        (float("inf"), "division by zero"),
        ("1e999", "division by zero"),
        ("nan", "“not a number”"),
        ("HR 0.84", "“HR 0.84” is not a number. Write digits only"),
        ("41/49", "is not a number"),
        ("0.84.", "is not a number"),
        ("1,2,3", "is not a number"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(number, answer, words):
    check = checking.check(number, answer)
    assert not check.correct
    assert words in check.message


def test_percentages_have_their_unit(number):
    item = read_items(
        SAMPLE.replace("decimals = 2", 'decimals = 0\nunit = "%"', 1).replace('"ratio"', '"percent"'), "05"
    )[1]
    item.__dict__["computed"] = {"percent": 83.67, "active": 41, "placebo": 49, "upside_down": 119.5}
    for answer in (84, "84", "84 %", "83.7%", "83,7 %"):
        assert checking.check(item, answer).correct, checking.check(item, answer)
    assert "It is 84 %." in checking.check(item, 84).message
    said = checking.check(item, 0.84).message
    assert "This is a share of 1; what is asked for is a number out of 100, without a % sign." in said


@pytest.mark.parametrize(
    ("item", "answer"),
    [("07-number-1", 0.073), ("07-number-1", 0.3), ("01-number-1", 0.2), ("02-number-1", 0.5)],
)
def test_a_small_number_is_no_share_unless_it_is_a_hundredth_of_what_is_asked(item, answer):
    assert "share of 1" not in checking.check(find_item(item), answer).message
    assert "share of 1" in checking.check(find_item("02-number-1"), 0.28).message


def test_thousands_and_decimal_commas():
    assert read_number("3,700", large=True)[0] == 3700
    assert read_number("3,700")[0] == pytest.approx(3.7)
    assert read_number("1,234,567.5")[0] == 1234567.5
    assert read_number("3 700")[0] == 3700
    assert read_number("3\u202f700 days", unit="days")[0] == 3700
    assert read_number("0,524", large=True)[0] == pytest.approx(0.524)


def test_large_numbers_may_be_asked_to_the_nearest_hundred(number):
    item = read_items(SAMPLE.replace("decimals = 2", "decimals = -2", 1), "05")[1]
    item.__dict__["computed"] = {"ratio": 2824.3, "active": 41, "placebo": 49, "upside_down": 1}
    for answer in (2800, "2,824", 2849, "2 800"):
        assert checking.check(item, answer).correct, answer
    assert "It is 2,800." in checking.check(item, 2824).message
    assert "too coarsely rounded: give it to the nearest 100" in checking.check(item, 3000).message


@pytest.mark.parametrize(("id", "answer"), [("03-number-3", 100), ("05-number-1", 10)])
def test_a_number_of_another_size_is_not_called_right_so_far(id, answer):
    said = checking.check(find_item(id), answer)
    assert not said.correct
    assert "coarsely" not in said.message


@given(st.floats(0.5e-3, 1e6), st.integers(0, 4))
def test_the_rounded_value_is_always_accepted(value, decimals):
    item = read_items(SAMPLE.replace("decimals = 2", f"decimals = {decimals}", 1), "05")[1]
    item.__dict__["computed"] = {"ratio": value, "upside_down": -1.0, "active": 41, "placebo": 49}
    for answer in (value, round(value, decimals), f"{value:.{decimals}f}", f"{value:.{decimals + 3}f}"):
        assert checking.check(item, answer).correct
    assert not checking.check(item, value + 0.6 * 10**-decimals).correct
    assert not checking.check(item, value - 0.6 * 10**-decimals).correct


@given(st.text(max_size=40))
def test_any_text_is_judged(text):
    for item in read_items(SAMPLE, "05")[:2]:
        item.__dict__["computed"] = {"ratio": 41 / 49, "upside_down": 49 / 41, "at_zero": 0.3, "at_mean": 0.7}
        assert checking.check(item, text).message


def test_code_as_source_and_as_value(code_item):
    said = "Right. Checked: `answer` is the mean of the values, to 1 decimal."
    assert checking.check(code_item, code_item.solution).message == said
    assert checking.check(code_item, 3).message == said
    assert checking.check(code_item, np.float64(3.04)).correct
    assert checking.check(code_item, "answer = 2").message == "Not yet. That is the median."
    wrong = checking.check(code_item, 2.5)
    assert not wrong.correct
    assert (
        wrong.message
        == "Not yet. `answer` is 2.5. Checked: `answer` should be the mean of the values, to 1 decimal."
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("answer = ...", "`answer` is still `...`"),
        ("", "it never sets `answer`"),
        ("x = 3", "it never sets `answer`"),
        ("answer = 3\ndel answer", "it never sets `answer`"),
        ("0.52", "it never sets `answer`"),
        ("answer = (3", "Line 1 (`answer = (3`) is not Python: '(' was never closed."),
        ("x = 1\n  y = 2", "Line 2 (`y = 2`) is not Python: unexpected indent."),
        ("x = 1\nanswer = y", "Line 2 (`answer = y`) stopped with NameError: name 'y' is not defined. Each ex"),
        ("import pandas as pd\npd.DataFrame({'a': [1]})['b']", "a': [1]})['b']`) stopped with KeyError: 'b'."),
        ("1 / 0", "Line 1 (`1 / 0`) stopped with ZeroDivisionError"),
        ("def f():\n    return f()\nanswer = f()", "calls itself without end"),
        ("exit()", "Line 1 (`exit()`) ends the program"),
        ("import sys\nsys.exit(3)", "Line 2 (`sys.exit(3)`) ends the program"),
        ("raise KeyboardInterrupt", "was running when the code was stopped"),
        ("raise BaseException('x')", "stopped with BaseException: x."),
        ("assert False", "stopped with AssertionError."),
        ("import nothing_of_that_name", "Use pandas, numpy, lifelines or alsteach."),
        ("answer = input('?')", "input() cannot be used here"),
        ("answer = 3\x00", "null bytes"),
        ("del print\nanswer = 3", "name 'print' is not defined"),
        ("answer = [3]", "a list (1 long)"),
        ("answer = None", "There is no answer yet"),
        ("answer = float('nan')", "“not a number”"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "Line 3 (`raise E`) stopped with E."),
        ("raise ValueError('x' * 9999)", "xxx…"),
        ("(" * 500 + ")" * 500, "not Python: too many nested parentheses"),
    ],
)  # fmt: skip
def test_code_that_fails_is_explained_by_line(code_item, source, words):
    check = checking.check(code_item, source)
    assert not check.correct
    assert words in check.message
    assert "Traceback" not in check.message
    assert len(check.message) < 500


def test_code_leaves_the_kernel_as_it_was(code_item, monkeypatch, tmp_path):
    folder, depth, names = os.getcwd(), sys.getrecursionlimit(), dict(vars(builtins))
    # Names that no other thread needs: the one by which pytest-xdist hands out tests runs on meanwhile.
    source = (
        "import builtins, os, sys, warnings\n"
        "del builtins.copyright\nbuiltins.breakpoint = None\nbuiltins.extra = 1\n"
        f"os.chdir({str(tmp_path)!r})\nsys.setrecursionlimit(2000)\nwarnings.simplefilter('ignore')\n"
        "sys.stdout = None\nanswer = 3\n"
    )
    stdout = sys.stdout
    assert checking.check(code_item, source).correct
    assert os.getcwd() == folder
    assert sys.getrecursionlimit() == depth
    assert dict(vars(builtins)) == names
    assert sys.stdout is stdout
    assert "answer" not in globals()


def test_output_is_kept_and_capped():
    run = code.run("print('one')\n6 * 7")
    assert run.output == "one\n42\n"
    import pandas  # noqa: F401 - a frame as the last line is shown as a table

    assert "hr" in code.run("import pandas as pd\npd.DataFrame({'hr': [0.81]})").output
    long = code.run("for i in range(10**5): print('x' * 100)")
    assert len(long.output) < code.LONGEST_OUTPUT + 40
    assert long.output.endswith("(more was printed)")
    assert "careful" in code.run("import warnings\nwarnings.warn('careful')").output


@pytest.mark.parametrize("threaded", [False, True], ids=["main thread", "another thread"])
def test_code_that_runs_too_long_is_stopped(monkeypatch, threaded):
    """JupyterLab runs a button's work in a thread of its own, where an interrupt does not arrive by itself."""
    monkeypatch.setattr(code, "SECONDS", 0.3)
    runs = []

    def work():
        runs.append(code.run("x = 0\nwhile True:\n    x += 1"))
        runs.append(code.run("answer = 1"))

    if threaded:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    else:
        work()
    problem = runs[0].problem
    assert "was running when the code was stopped: by you, or because it took over 0.3 seconds." in problem
    assert problem.startswith(("Line 2", "Line 3"))
    assert runs[1].answer == 1


def test_without_threads_code_runs_and_what_runs_too_long_is_stopped(monkeypatch, no_threads, code_item):
    monkeypatch.setattr(code, "SECONDS", 0.3)
    done = code.run("def turn(x):\n    return x + 1\nx = 0\nwhile True:\n    x = turn(x)")
    assert (
        "was running when the code was stopped: by you, or because it took over 0.3 seconds." in done.problem
    )
    assert sys.gettrace() is None
    monkeypatch.setattr(code, "SECONDS", 30)
    assert checking.check(code_item, code_item.solution).correct


def test_without_lifelines_it_is_said_that_nothing_can_be_checked(monkeypatch, code_item):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "lifelines" else find(name))
    assert checking.check(code_item, code_item.solution).correct, "this one does without"
    needing = next(item for item in load_items() if item.kind == "code" and "lifelines" in item.solution)
    for answer in ("answer = 1", "import lifelines_\nanswer = 1", 1):
        said = checking.check(needing, answer)
        assert not said.correct
        assert said.message.startswith("This cannot be checked here: its solution uses lifelines")


def test_a_learner_may_interrupt():
    before = signal.getsignal(signal.SIGINT)
    run = code.run("import signal\nsignal.raise_signal(signal.SIGINT)\nanswer = 1")
    assert "Line 2 (`signal.raise_signal(signal.SIGINT)`) was running when" in run.problem
    assert signal.getsignal(signal.SIGINT) is before


def test_code_runs_outside_the_main_thread_too(code_item):
    checks = []
    thread = threading.Thread(target=lambda: checks.append(checking.check(code_item, code_item.solution)))
    thread.start()
    thread.join()
    assert checks[0].correct


def test_figures_drawn_by_code_are_closed():
    import matplotlib.pyplot as plt

    plt.figure()
    before = plt.get_fignums()
    assert code.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])").problem == ""
    assert plt.get_fignums() == before


TABLE = pd.DataFrame({"hr": [0.8, 0.3], "arm": ["x", "y"]}, index=["crude", "adjusted"])


@pytest.mark.parametrize(
    ("expected", "got", "wanted", "words"),
    [
        (TABLE, TABLE.iloc[::-1], "frame", ""),
        (TABLE, TABLE[["arm", "hr"]], "frame", ""),
        (TABLE, TABLE.astype({"hr": "float32"}), "frame", ""),
        (TABLE, TABLE.drop(columns="hr"), "frame", "`answer` has no column 'hr'."),
        (TABLE, TABLE.assign(p=1), "frame", "`answer` has a column too many: 'p'."),
        (TABLE, TABLE.iloc[:1], "frame", "`answer` has 1 rows; there should be 2."),
        (TABLE, TABLE.assign(hr=[0.8, 0.4]), "frame", "other values in column 'hr'"),
        (TABLE, TABLE["hr"], "frame", "`answer` is Series; it should be a pandas DataFrame."),
        (TABLE["hr"], TABLE["hr"].iloc[::-1], "series", ""),
        (TABLE["hr"], TABLE["hr"].rename("x") + 0.0001, "series", ""),
        (TABLE["hr"], TABLE["hr"].drop("crude"), "series", "`answer` has no row 'crude'."),
        (TABLE["hr"], TABLE["hr"] * 2, "series", "`answer` has other values at 'crude', 'adjusted'."),
        (TABLE["hr"], TABLE["hr"].to_dict(), "series", "`answer` is dict; it should be a pandas Series."),
        (TABLE["hr"], pd.concat([TABLE["hr"]] * 2), "series", "a row twice"),
        (pd.Series([1, np.nan]), pd.Series([1, np.nan]), "series", ""),
        (pd.Series([1, np.nan]), pd.Series([1, 2.0]), "series", "other values at 1"),
        ({"a": 1.0, "b": "x"}, {"b": "x", "a": 1}, "dict", ""),
        ({"a": 1.0}, {"a": "1.0"}, "dict", "other values at 'a'"),
        ({"a": 1.0}, {"b": 1.0}, "dict", "`answer` has no key 'a'."),
        ([1, 2], (1, 2), "list", ""),
        (["a", "b"], ["b", "a"], "list", "other values at 0, 1"),
        ([1, 2], [1], "list", "`answer` has 1 entries; there should be 2."),
        (True, np.bool_(True), "bool", ""),
        (True, 1, "bool", "`answer` is int; it should be True or False."),
        (True, False, "bool", "`answer` is False."),
        (1.0, True, "number", "`answer` is bool; it should be one number."),
    ],
)
def test_results_are_compared_by_kind(expected, got, wanted, words):
    said = compare(expected, got, 0.005, wanted)
    assert words in said if words else said == ""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows cannot end a sleep")
def test_a_call_that_waits_is_ended_at_the_limit(monkeypatch):
    monkeypatch.setattr(code, "SECONDS", 0.2)
    done = code.run("import time\ntime.sleep(60)\nanswer = 1")
    assert done.answer is code.ABSENT
    assert "Line 2 (`time.sleep(60)`) was running when the code was stopped" in done.problem


def test_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("ALSTEACH_PROGRESS", "memory")
    before = dict(os.environ)
    code.run(
        "import os\nos.environ['ALSTEACH_PROGRESS'] = '/x'\ndel os.environ['PATH']\nos.environ['NEW'] = '1'"
    )
    assert dict(os.environ) == before
