"""Items are read whole or refused with a sentence that names what is wrong."""

from __future__ import annotations

import pytest

from alsteach.data.checks import TrialDataError
from alsteach.exercises import load_items
from alsteach.exercises.loading import find_item, read_items

from .conftest import SAMPLE


def changed(old: str, new: str) -> str:
    assert SAMPLE.count(old) >= 1
    return SAMPLE.replace(old, new, 1)


def test_a_file_becomes_items(sample):
    choice, number, code = sample
    assert (choice.id, choice.notebook, choice.kind, choice.when) == ("05-choice-1", "05", "choice", "before")
    assert choice.misconceptions == ("M5",)
    assert choice.panel == "reference_level_panel"
    assert choice.prompt == "The line says HR 0.32 at zero. And at the *mean*?"
    assert choice.options["A"] == "The same 0.32."
    assert choice.solution == "B", "letters are capitals whatever the file says"
    assert choice.outcome == "The panel shows HR 0.77."
    assert number.misconceptions == ("M4", "M14")
    assert number.panel is None
    assert number.solution == pytest.approx(41 / 49)
    assert number.options == {}
    assert number.explanations == {"upside_down": "That is placebo divided by active."}
    assert number.starter == code.starter.splitlines()[1] + "\n" == "answer = ...\n"
    assert "sum(values)" in code.solution
    assert all(len(item.hints) == 2 for item in sample)


def test_items_cannot_be_changed(choice):
    with pytest.raises(AttributeError):
        choice.id = "05-choice-2"
    with pytest.raises(TypeError):
        choice.raw["answer"] = "C"


def test_published_figures_can_be_quoted():
    text = changed("And at the *mean*?", "Published: {mirocals_hr_adjusted}.").replace(
        'numbers = "sample"\n', "", 1
    )
    text = text.replace("{at_zero:.2f}", "x").replace("{at_mean:.2f}", "y")
    assert read_items(text, "05")[0].prompt.endswith("Published: HR 0.32 (95 % CI 0.14-0.73), p = 0.007.")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "05-choice-1"', 'id = "05-essay-1"', "'05-essay-1' is not of the form 05-choice-1"),
        ('id = "05-choice-1"', 'id = "04-choice-1"', "stands in the file of notebook 05"),
        ('id = "05-number-1"', 'id = "05-choice-1"', "options is missing"),
        ('when = "before"', 'when = "during"', 'when must be "before" or "after"'),
        ('look = "Press *Read at the mean*."', "", "look is missing"),
        ('misconceptions = ["M5"]', 'misconceptions = ["M22"]', "some of M1 to M21"),
        ('misconceptions = ["M5"]', "misconceptions = []", "some of M1 to M21"),
        ('hints = ["Add them.", "Divide by how many."]', 'hints = ["Add."]', "two hints"),
        ('answer = "b"', 'answer = "d"', "'D' is no option"),
        ('c = "It fades and does not grow."', "", "explanations and options differ in C"),
        ("decimals = 2", "decimal = 2", "decimals is missing; decimal is not known here"),
        ('expects = "number"', 'expects = "text"', "expects must be one of number, series"),
        ("answer = ...\n", "answer = 0\n", "starter must contain `answer = ...`"),
        ("[[item]]", "[other]\n[[item]]", "nothing but [[item]]"),
        ("[[item]]", "[[item", "cannot be read as TOML"),
        ('id = "05-code-1"', 'id = "05-code-1"\nkind = "number"', "contradicts its id"),
        ('upside_down = "That', 'ratio = "That', "its answer stands among the wrong numbers"),
    ],
)
def test_a_faulty_item_is_named(old, new, words):
    with pytest.raises(TrialDataError) as refusal:
        read_items(changed(old, new), "05")
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("items/05.toml")


def test_an_id_used_twice_is_named():
    with pytest.raises(TrialDataError, match="05-choice-1 is used twice"):
        read_items(SAMPLE + SAMPLE, "05")


def test_a_number_nobody_computes_is_named(sample):
    broken = read_items(changed("{at_zero:.2f} at zero", "{at_one:.2f} at zero"), "05")[0]
    with pytest.raises(TrialDataError, match=r"Item 05-choice-1: There is no published figure 'at_one'"):
        _ = broken.prompt
    nowhere = read_items(changed('numbers = "sample"', 'numbers = "nowhere"'), "05")[0]
    with pytest.raises(TrialDataError, match="no function 'nowhere'"):
        _ = nowhere.prompt


def test_unknown_notebooks_and_ids_list_what_there_is():
    with pytest.raises(TrialDataError, match=r"no questions for notebook '99'; there are some for .*05"):
        load_items("99")
    with pytest.raises(TrialDataError, match=r"no question '05-choice-99'; near it there are: .*05-"):
        find_item("05-choice-99")
    with pytest.raises(TrialDataError, match="no question ''"):
        find_item("")


def test_a_notebook_may_be_given_as_a_number():
    assert load_items(5) == load_items("05")
    assert set(load_items("05")) < set(load_items())
