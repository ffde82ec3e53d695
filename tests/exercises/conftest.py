"""Three sample items, one of each kind, and a progress file of their own for every test."""

from __future__ import annotations

import pytest

from alsteach.exercises import item, loading, numbers, progress

SAMPLE = '''
[[item]]
id = "05-choice-1"
when = "before"
panel = "reference_level_panel"
misconceptions = ["M5"]
numbers = "sample"
prompt = "The line says HR {at_zero:.2f} at zero. And at the *mean*?"
hints = ["What drops out at zero?", "The interaction drops out."]
look = "Press *Read at the mean*."
outcome = "The panel shows HR {at_mean:.2f}."
answer = "b"

[item.options]
a = "The same {at_zero:.2f}."
b = "A figure closer to 1."
c = "A figure **further** below 1."

[item.explanations]
a = "Beside an interaction the line speaks of zero."
b = "The effect fades."
c = "It fades and does not grow."

[[item]]
id = "05-number-1"
when = "after"
misconceptions = ["M4", "M14"]
numbers = "sample"
prompt = "Divide {active} by {placebo}."
hints = ["Active above the line.", "41 above, 49 below."]
answer = "ratio"
decimals = 2
working = "{active} / {placebo} = {ratio:.2f}."

[item.wrong]
upside_down = "That is placebo divided by active."

[item.above]
upside_down = "More than one would say the active arm fared worse."

[[item]]
id = "05-code-1"
when = "after"
misconceptions = ["M6"]
numbers = "sample"
prompt = "Put the mean into `answer`."
hints = ["Add them.", "Divide by how many."]
expects = "number"
decimals = 1
checks = "the mean of the values, to 1 decimal"
starter = """
values = [1, 2, 6]
answer = ...
"""
solution = """
values = [1, 2, 6]
answer = sum(values) / len(values)
"""

[item.wrong]
median = "That is the median."
'''


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("ALSTEACH_PROGRESS", str(tmp_path / "alsteach_progress.json"))
    monkeypatch.setattr(progress, "_OPEN", {})


@pytest.fixture
def sample(monkeypatch):
    """The items of the sample file: a choice (a prediction), a number, code."""
    values = {"at_zero": 0.321, "at_mean": 0.77, "active": 41, "placebo": 49, "median": 2.0}
    values |= {"ratio": 41 / 49, "upside_down": 49 / 41}
    monkeypatch.setattr(numbers, "sample", lambda: values, raising=False)
    item._computed.cache_clear()
    yield loading.read_items(SAMPLE, "05")
    item._computed.cache_clear()


@pytest.fixture
def choice(sample):
    return sample[0]


@pytest.fixture
def number(sample):
    return sample[1]


@pytest.fixture
def code_item(sample):
    return sample[2]


UNCHECKED = """
[[item]]
id = "05-sort-1"
when = "after"
misconceptions = ["M16"]
numbers = "sample"
prompt = "Where does it come from?"

[item.boxes]
printed = "Printed"
unknown = "Not known"

[[item.cards]]
text = "HR {at_zero:.2f} <b>"
box = "printed"
why = "It stands in the paper."
wrong = { unknown = "Read the paper." }

[[item.cards]]
text = "The model"
box = "unknown"
why = "Nobody *says* it."

[[item.cards]]
text = "The deaths"
box = "printed"
why = "They are counted."

[[item]]
id = "05-write-1"
when = "after"
misconceptions = ["M2"]
numbers = "sample"
prompt = "What do you say?"
model = "It is {at_zero:.2f} **at zero**."
checklist = ["Two questions.", "Where is zero?", "A curve."]
"""


@pytest.fixture
def unchecked(sample):
    """Cards to sort, and a text to write."""
    return loading.read_items(UNCHECKED, "05")


@pytest.fixture
def cards(unchecked):
    return unchecked[0]


@pytest.fixture
def essay(unchecked):
    return unchecked[1]
