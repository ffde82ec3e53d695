"""What pages 05 and 06 ask a learner to guess is told nowhere before: pages read in order, up to that guess.

Page 05's guess is the row that is printed with zero at the patients' mean (0.77), and the same cohort adjusted without
an interaction (0.93) would give it away. Page 06 asks for the p of a difference (0.86) and for the false alarms of a
search (33 of 100). Pages of code are for afterwards, and are not read here.
"""

from __future__ import annotations

import ast
import re

import ipywidgets
import nbformat
import pytest

from alsteach.exercises import load_items, numbers
from alsteach.opening.course import numbered_pages
from alsteach.panels.panel import Panel
from alsteach.stats.readings import mirocals_like_trial, read_everywhere
from alsteach.words.published import published
from tests.panels.states import LONG, texts

GUESS = "05-number-2"
WIDTH = 680
NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d.,])\d+(?:\.\d+)?(?!\d)")
OTHER = re.compile(r"p [=<] \d\.\d+|\d\.\d+ ?(?:[–-]|to) ?\d\.\d+")  # p-values and intervals are no ratios
BETWEEN = 2500, 3100  # pg/mL, around the patients' mean


def told(text: str) -> list[str]:
    """Return what in a text gives the guess away: a figure, or a sentence with a point of the line near the mean.

    >>> told("Adjusted for everything, 0.934."), told("At 2,824 pg/mL it is 0.8."), told("0.81 of 2,824 patients. 0.7")
    (['0.934'], ['At 2,824 pg/mL it is 0.8.'], [])
    """
    found = []
    for sentence in re.split(r"(?<=[.?!;])\s+|\n", text):
        numbers = [float(number.replace(",", "")) for number in NUMBER.findall(sentence)]
        decimals = [number for number in NUMBER.findall(OTHER.sub(" ", sentence)) if "." in number]
        found += [number for number in decimals if f"{float(number):.2f}" in ("0.77", "0.93")]
        near = any(BETWEEN[0] <= number <= BETWEEN[1] for number in numbers)
        if near and "pg/mL" in sentence and any(0.6 < float(number) < 0.95 for number in decimals):
            found.append(sentence)
    return found


# What page 06 asks, the cell that asks it, and what would tell the answer.
LATER = {
    "difference": ("al.cutpoint_panel()", re.compile(r"0\.8[5-7]|p of the(?:ir)? difference (?:is|=)")),
    "search": (
        "06-number-1",
        re.compile(r"\b3[0-5](?:\.\d)? (?:%|of (?:100|a hundred))|\bthird of|every third"),
    ),
}


def pages() -> list[tuple[str, list]]:
    """Return the cells of pages 00 to 05, the last one up to the cell with the guess."""
    found = []
    for number, path in sorted(numbered_pages().items()):
        cells = nbformat.read(path, as_version=4).cells
        if number == "05":
            asked = next(place for place, cell in enumerate(cells) if GUESS in cell.source)
            cells = cells[: asked + 1]
        if number <= "05":
            found.append((number, cells))
    return found


def written(widget) -> list[str]:
    """Return what a widget lets a learner read; of a panel, what it shows as it opens."""
    found = [str(getattr(widget, trait, "")) for trait in ("value", "description", "placeholder", "tooltip")]
    found += map(str, getattr(widget, "_options_labels", ()))
    if isinstance(widget, Panel):
        widget._hear({"do": "width", "width": WIDTH, "sharpness": 1})
        assert widget.wait(LONG)
        found += [widget.alternative_text, *(text.get_text() for text in texts(widget))]
        found += [widget.words(f"steps.{key}.{part}") for key in widget.steps for part in ("name", "caption")]
    for child in getattr(widget, "children", ()):
        found += written(child)
    return found


def shown(cells) -> list[str]:
    """Run cells in order, and return all that they say and show."""
    found, space = [], {}
    for cell in cells:
        found.append(cell.source)
        if cell.cell_type != "code":
            continue
        *body, last = ast.parse(cell.source).body
        exec(compile(ast.Module(body, []), cell.id, "exec"), space)
        if not isinstance(last, ast.Expr):
            exec(compile(ast.Module([last], []), cell.id, "exec"), space)
            continue
        result = eval(compile(ast.Expression(last.value), cell.id, "eval"), space)
        if isinstance(result, ipywidgets.Widget):
            found += written(result)
        elif result is not None:
            found.append(str(getattr(result, "data", result)))
    plain = (re.sub(r'base64,[^"]+', "", text) for text in found)
    return [re.sub(r"<[^>]+>", " ", text) for text in plain]


def test_the_figures_guarded_are_those_of_the_cohort():
    line = read_everywhere(mirocals_like_trial())
    assert (round(line.row_at(line.mean).hr, 2), round(line.adjusted["hr"], 2)) == (0.77, 0.93)
    assert BETWEEN[0] < line.mean < BETWEEN[1]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "cells"), pages(), ids=[number for number, _ in pages()])
def test_no_page_tells_the_guess_before_it_is_made(number, cells):
    assert {text: told(text) for text in shown(cells) if told(text)} == {}


@pytest.mark.slow
def test_no_step_of_the_panels_before_it_tells_it():
    """A learner goes through all steps of page 05's own panels on the way."""
    import alsteach as al

    sources = " ".join(cell.source for cell in dict(pages())["05"] if GUESS not in cell.source)
    names = re.findall(r"al\.(\w+_panel)\(", sources)
    assert len(names) >= 4
    for name in names:
        panel = getattr(al, name)()
        for step in panel.steps:
            panel.go(step)
            said = written(panel)
            if panel.guess is not None and panel.guess.open:
                panel.guess.lock(panel.picture.shown["path"][0][2])
                said += written(panel)
            said += [panel.finding, *panel.in_numbers]
            assert [told(text) for text in said if told(text)] == [], (name, step)


@pytest.mark.slow
@pytest.mark.parametrize("asked", LATER)
def test_page_06_does_not_tell_what_it_asks(asked):
    cell_of, telling = LATER[asked]
    cells = nbformat.read(numbered_pages()["06"], as_version=4).cells
    place = next(place for place, cell in enumerate(cells) if cell_of in cell.source)
    said = shown(cells[: place + 1])
    order = [item.id for item in load_items("06")]
    before = [key for key in order if any(f'"{key}"' in cell.source for cell in cells[: place + 1])]
    assert len(before) >= 3
    for item in load_items("06"):
        if item.id in before:
            said += [item.prompt, *item.hints, *item.options.values()]
            said += [item.outcome] if item.id != cell_of else []
    assert [found.group() for text in said for found in telling.finditer(text)] == []


def test_no_question_or_option_tells_it():
    order = [item.id for item in load_items("05")]
    before = [item for item in load_items() if item.notebook < "05"]
    before += [item for item in load_items("05") if order.index(item.id) <= order.index(GUESS)]
    for item in before:
        if item.kind != "code":
            for text in (item.prompt, *item.hints, *item.options.values()):
                assert told(text) == [], item.id


def outcomes() -> dict[str, str]:
    """Return, of the questions of page 07 that are asked beforehand and answered by a figure, that figure."""
    return {
        "07-choice-1": rf"{numbers.alive_at_the_endpoint()['relative']:.0f} %",
        "07-choice-3": rf"[^\d.]{numbers.next_trial()['power']:.0f} (in|of) 100",
        "07-choice-5": rf"{published('quotation_errors_percent').estimate:.0f}(\.\d)? (%|of 100)",
    }


@pytest.mark.slow
def test_page_07_answers_no_question_before_it_is_asked():
    cells = nbformat.read(numbered_pages()["07"], as_version=4).cells
    for name, figure in outcomes().items():
        asked = next(place for place, cell in enumerate(cells) if name in cell.source)
        # Only texts: a question may be asked of what a panel before it has shown in another sense.
        before = " ".join(
            shown(
                [cell for cell in cells[:asked] if "_panel(" not in cell.source and "quiz" not in cell.source]
            )
        )
        assert re.search(figure, before) is None, name
        after = " ".join(item.outcome for item in load_items("07") if item.id == name)
        assert re.search(figure, f" {after}"), "the figure guarded is the one told afterwards"


@pytest.mark.parametrize(
    "planted",
    [
        "With all covariates the hazard ratio is 0.93.",
        "HR 0.771 at the mean.",
        "At 2,900 pg/mL the line reads 0.79.",
    ],
)
def test_a_planted_figure_is_found(planted):
    for cell in (
        nbformat.v4.new_markdown_cell(planted),
        nbformat.v4.new_code_cell(f"import alsteach as al\nal.say({planted!r})"),
        nbformat.v4.new_code_cell(f"import ipywidgets\nipywidgets.HTML({planted!r})"),
    ):
        assert any(told(text) for text in shown([cell])[1 if cell.cell_type == "code" else 0 :])


def test_what_is_no_point_of_the_line_may_be_said():
    for text in (
        "The mean is 2,824 pg/mL.",
        "HR 0.81 (0.54-1.22), p = 0.33",
        "people with 1,412, 3,675 and 5,938 pg/mL have hazard ratios of 0.5, 1 and 2",
        "day 2,700: 0.81 alive",
        "1.49 (0.93–2.37), p = 0.77",
    ):
        assert told(text) == []
