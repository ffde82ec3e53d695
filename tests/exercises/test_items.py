"""Every item of the course: its solution passes, its starter and its wrong answers fail, its texts are complete."""

from __future__ import annotations

import inspect
import re

import pytest

import alsteach
from alsteach.exercises import checking, code, load_items, numbers
from alsteach.exercises.checking import tolerance

ITEMS = load_items()
MISCONCEPTIONS = [f"M{i}" for i in range(1, 22)]
CHOICES, NUMBERS, CODES = ([i for i in ITEMS if i.kind == kind] for kind in ("choice", "number", "code"))


def by_id(items):
    return pytest.mark.parametrize("item", items, ids=lambda item: item.id)


def texts(item):
    yield from (item.prompt, *item.hints, *item.options.values(), *item.explanations.values())
    yield from (*item.checklist, *([item.solution] if item.kind == "write" else []))
    for card in item.cards:
        yield from (card.text, card.why, *card.wrong.values())
    yield from filter(None, (item.look, item.outcome, item.raw.get("checks", "")))


@by_id(ITEMS)
def test_the_solution_passes_its_own_check(item):
    check = checking.check(item, item.solution)
    assert check.correct, check.message
    assert check.message.startswith("Right." if item.is_marked else "It is written.")


@by_id([item for item in ITEMS if item.is_marked])
def test_the_starter_fails(item):
    check = checking.check(item, item.starter)
    assert not check.correct
    assert len(check.message) > 20


@by_id(ITEMS)
def test_no_answer_gets_a_sentence(item):
    for nothing in (None, ..., "", float("nan"), [], object()):
        check = checking.check(item, nothing)
        assert not check.correct
        assert check.message.endswith(".")


@by_id(ITEMS)
def test_texts_are_filled_and_whole(item):
    for text in texts(item):
        assert text.strip(), "an empty text"
        assert not re.search(r"\{\w+[^}]*\}", text), text
        assert "nan" not in text.split(), text
        assert "None" not in text.split(), text
    said = [reason for card in item.cards for reason in (card.why, *card.wrong.values())]
    for sentence in (item.prompt, *item.hints, *item.explanations.values(), *item.checklist, *said):
        assert sentence.rstrip("*)”\"'`")[-1] in ".?!:…", sentence


@by_id(ITEMS)
def test_statistics_are_computed_not_typed(item):
    """A number with two decimals or more in the file is a result somebody typed."""
    raw = item.raw
    written = [raw["prompt"], *raw.get("hints", ()), raw.get("look", ""), raw.get("outcome", "")]
    written += [raw.get("model", ""), *raw.get("checklist", ())]
    for card in raw.get("cards", ()):
        written += [card["text"], card["why"], *card.get("wrong", {}).values()]
    for table in ("options", "explanations", "wrong"):
        written += raw.get(table, {}).values()
    for text in written:
        outside = re.sub(r"\{[^}]*\}|`[^`]*`", "", text)
        typed = [n for n in re.findall(r"\d+\.\d+", outside) if n not in ("0.05", "0.5", "1.5")]
        assert not typed, f"{typed} in: {text}"


@by_id(CHOICES)
def test_each_wrong_option_has_an_explanation_of_its_own(item):
    assert set(item.explanations) == set(item.options)
    assert len(set(item.explanations.values())) == len(item.options)
    assert len(set(item.options.values())) == len(item.options)
    for letter in set(item.options) - {item.solution}:
        check = checking.check(item, letter)
        assert not check.correct
        assert item.explanations[letter] in check.message
        assert len(item.explanations[letter].split()) >= 6


@by_id(NUMBERS)
def test_wrong_numbers_are_told_apart(item):
    assert item.explanations, "a number without a typical wrong answer"
    for key, explanation in item.explanations.items():
        check = checking.check(item, item.number(key))
        assert not check.correct, f"{key} counts as right: it lies too close to the solution"
        assert explanation in check.message, f"{key} gets another one's explanation: {check.message}"


@by_id(NUMBERS)
def test_the_solution_rounded_as_asked_is_accepted(item):
    rounded = round(item.solution, item.decimals)
    for answer in (rounded, f"{rounded:.{max(item.decimals, 0)}f}", item.solution):
        assert checking.check(item, answer).correct, (answer, checking.check(item, answer).message)


@by_id(CODES)
def test_a_hint_is_no_line_of_the_solution(item):
    new = set(item.solution.splitlines()) - set(item.starter.splitlines()) - {""}
    for line in new:
        written = line.partition(" = ")[2] or line.strip()
        assert not [hint for hint in item.hints if written in hint], line


@by_id(CODES)
def test_wrong_results_are_told_apart(item):
    assert "checks" in item.raw
    assert item.explanations, "an exercise without a typical wrong answer"
    for key, explanation in item.explanations.items():
        check = checking.check(item, item.number(key))
        assert not check.correct
        assert explanation in check.message


@by_id(CODES)
def test_solution_and_starter_run_and_use_what_an_analyst_uses(item):
    starter = code.run(item.starter)
    assert starter.problem == ""
    assert starter.answer is ...
    assert re.search(r"import (lifelines|pandas|numpy)|from lifelines|al\.load_", item.solution)
    assert tolerance(item) < 1
    assert "mirocals" not in item.solution.lower(), "exercises use data the notebooks did not"


def test_each_misconception_is_met_before_and_after():
    lacking = [
        f"{m} {when}"
        for m in MISCONCEPTIONS
        for when in ("before", "after")
        if not any(m in item.misconceptions and item.when == when for item in ITEMS)
    ]
    assert not lacking, f"no item for: {', '.join(lacking)}"


def test_there_are_enough():
    assert len(ITEMS) >= 40
    assert len(CODES) >= 10
    assert {item.notebook for item in ITEMS} >= {f"{n:02d}" for n in range(1, 8)}
    assert len({item.id for item in ITEMS}) == len(ITEMS)


def test_panels_are_those_of_the_package():
    named = {item.panel for item in ITEMS if item.panel}
    assert named <= set(alsteach.__all__), sorted(named - set(alsteach.__all__))


def test_right_answers_are_spread_over_the_letters():
    letters = [item.solution for item in CHOICES]
    for letter in set(letters):
        assert letters.count(letter) <= 0.6 * len(letters), f"{letter} is right too often to be a question"


def test_every_function_of_numbers_is_used():
    own = {n for n, f in inspect.getmembers(numbers, inspect.isfunction) if f.__module__ == numbers.__name__}
    used = {item.raw["numbers"] for item in ITEMS if "numbers" in item.raw}
    assert used <= {n for n, f in inspect.getmembers(numbers, callable)}
    assert {n for n in own if not n.startswith("_")} - used == set()
