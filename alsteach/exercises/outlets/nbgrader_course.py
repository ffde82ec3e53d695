"""The items as an nbgrader course: ``python -m alsteach.exercises.outlets.nbgrader_course build/nbgrader``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...words.numbers import or_list, places_text
from ..item import Item
from .common import KIND_WORDS, asked_in, items_by_notebook, notebooks, off_screen, points, where

CONFIG = '''"""nbgrader's configuration for alsteach; `make nbgrader` wrote it."""

from alsteach.exercises.outlets.nbgrader_execute import execute_apart
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)

c = get_config()
c.CourseDirectory.course_id = "alsteach"
# The starter stands above each solution and is all that is left of it.
c.ClearSolutions.code_stub = {"python": ""}
# Tests that a learner deleted come back, and are marked.
c.OverwriteCells.add_missing_cells = True
c.ExecutePreprocessor.timeout = 120
# Tests run in a process of their own: in the learner's kernel a submission could change what they do.
c.Autograde.autograde_preprocessors = [
    execute_apart(),
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
'''

README = """# alsteach as an nbgrader course

`make nbgrader` wrote this folder from the items of the course. It may be run again, which renews `source/` and keeps
your gradebook. Begin here, with the environment's `bin` on the PATH:

```
nbgrader generate_assignment {example}     # release/: what learners get
                                           # submitted/NAME/{example}/: put what comes back here
nbgrader autograde {example}
nbgrader generate_feedback {example}
nbgrader export                            # grades.csv
```

Learners need alsteach installed. A choice is answered as `answer = "B"`, a number as `answer = 0.5`. Guesses made
before a panel give no points, nor does a text.

Each learner's code runs with your rights, as always with nbgrader: use a machine or a container where it can do no
harm. The tests run in a process of their own and see nothing but the value of `answer`. The course is open, its
solutions too: marks reward work done at home; they are no examination. nbgrader's own feedback pages ask a server for
MathJax; without a network they read as well.
"""


def _cell(kind: str, source: str, name: str, **settings):
    from nbformat import v4 as nbformat

    make = nbformat.new_code_cell if kind == "code" else nbformat.new_markdown_cell
    about = {
        "schema_version": 3,
        "grade_id": name,
        "grade": False,
        "solution": False,
        "locked": True,
        "task": False,
    }
    return make(source, id=name, metadata={"nbgrader": about | settings})


def question_text(item: Item) -> str:
    """Return an item as Markdown: what it is, where it belongs, the question and its options."""
    worth = points(item)
    free = "any guess is welcome" if item.is_marked else "write for yourself"
    marks = f"{worth} point{'s' if worth > 1 else ''}" if worth else f"no points: {free}"
    place = f", {where(item)}" if where(item) else ""
    parts = [
        f"### {KIND_WORDS[item.kind]} {item.id} ({marks})",
        f"*Notebook {asked_in(item)}{place}.*",
        off_screen(item.prompt),
    ]
    if item.kind == "choice":
        parts += ["\n".join(f"- **{letter}**: {text}" for letter, text in item.options.items())]
        parts += ['Write the letter, such as `answer = "A"`.']
    elif item.kind == "number":
        unit = f", in {item.unit}" if item.unit else ""
        parts += [f"Write a number {places_text(item.decimals)}{unit}, such as `answer = 1`."]
    elif item.kind == "sort":
        parts += ["\n".join(f"{place}. {card.text}" for place, card in enumerate(item.cards, 1))]
        words = [f'"{box}"' for box in item.boxes]
        example = ", ".join(words[:2])
        parts += [
            f"Write a list of {len(item.cards)} words, each {or_list(words)}: `answer = [{example}, …]`."
        ]
    elif item.kind == "write":
        parts += ['Write your text in quotes, such as `answer = """…"""`. Nobody marks it.']
    return "\n\n".join(parts)


def solution_source(item: Item) -> str:
    """Return what a learner finds, and below it the solution that nbgrader takes away."""
    solution = item.solution.strip() if item.kind == "code" else f"answer = {_literal(item)}"
    return f"{item.starter.strip()}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"


def _literal(item: Item) -> str:
    if item.kind == "number":
        return repr(round(item.solution, item.decimals))
    return repr([card.box for card in item.cards] if item.kind == "sort" else item.solution)


def test_source(item: Item) -> str:
    """Return the cell that gives the marks: the item's own check, hidden from learners."""
    return f"""# {item.id}: run this cell to see whether there is an answer. It is marked later.
assert answer is not ..., "There is no answer yet: replace the three dots above."
### BEGIN HIDDEN TESTS
from alsteach.exercises.outlets.marking import mark
mark("{item.id}", answer)
### END HIDDEN TESTS"""


def assignment(number: str, items: tuple[Item, ...]):
    """Return the source notebook of one assignment: three cells an item."""
    from nbformat import v4 as nbformat

    title = notebooks()[number]["title"]
    opening = f"""# {title}: questions

Work through notebook {notebooks()[number]["name"]} first. Replace the three dots in each `answer = ...`, and leave the
other cells as they are.

This course teaches how to read evidence. It is no treatment advice."""
    cells = [_cell("markdown", opening, f"opening-{number}")]
    for item in items:
        cells += [
            _cell("markdown", question_text(item), f"question-{item.id}"),
            _cell("code", solution_source(item), f"answer-{item.id}", solution=True, locked=False),
            _cell("code", test_source(item), f"test-{item.id}", grade=True, points=points(item)),
        ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return nbformat.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def build(folder: Path) -> list[str]:
    """Write the course folder and return the assignments' names; a gradebook and submissions there stay."""
    import nbformat

    folder = Path(folder)
    names = []
    for number, items in items_by_notebook().items():
        name = notebooks()[number]["name"]
        target = folder / "source" / name
        target.mkdir(parents=True, exist_ok=True)
        notebook = assignment(number, items)
        nbformat.validate(notebook)
        nbformat.write(notebook, target / f"{name}.ipynb")
        names.append(name)
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    (folder / "README.md").write_text(README.format(example=names[-1]), encoding="utf-8")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the nbgrader course from the items.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    names = build(folder)
    print(
        f"{len(names)} assignments are in {folder / 'source'}; {folder / 'README.md'} says what comes next."
    )


if __name__ == "__main__":
    main()
