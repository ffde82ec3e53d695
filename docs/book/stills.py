"""Runs inside a notebook's kernel while the book is made: what would be a widget is written out as still HTML.

A panel becomes its picture, its sentence and, folded, what each "Try this" button shows; a question its text with
hints and answer folded.
"""

from __future__ import annotations

import html

import ipywidgets as widgets
from IPython import get_ipython
from matplotlib.figure import Figure

from alsteach.exercises.checking import number_text
from alsteach.exercises.markup import to_html
from alsteach.exercises.question import label_of
from alsteach.exercises.widgets import MyProgress, Quiz
from alsteach.panels.core import Panel

LONGEST_WAIT = 300  # seconds for one picture that is computed in the background


def folded(title: str, body: str) -> str:
    return f"<details><summary>{html.escape(title)}</summary>{body}</details>"


def picture(panel: Panel, change) -> str:
    """Return the picture and sentence that come of a change, once all is computed."""
    change()
    if not panel.wait(LONGEST_WAIT):
        raise TimeoutError(f"The panel {panel.title!r} was not ready after {LONGEST_WAIT} s.")
    return panel.view.value


def still_panel(panel: Panel) -> str:
    first = picture(panel, lambda: None)  # as it opens
    tried = ""
    for name, values in panel.presets.items():
        panel.reset()
        tried += folded(f"Try this: {name}", picture(panel, lambda values=values: panel.set(**values)))
    labels = "; ".join(html.escape(control.label) for control in panel.controls.values())
    return (
        f'<div class="still"><p class="still-title">{html.escape(panel.title)}</p>{first}{tried}'
        f'<p class="live">In the live notebook you set: {labels}.</p></div>'
    )


def answer(item) -> str:
    right = html.escape(str(item.solution))
    if item.kind == "code":
        return f"<pre>{right}</pre>"
    if item.kind == "number":
        given = number_text(item.solution, item.decimals, item.unit)
        wrong = [f"- {number_text(item.number(key), item.decimals, item.unit)} would be wrong: {text}"
                 for key, text in item.explanations.items()]  # fmt: skip
        return to_html("\n".join([f"**{given}**", *wrong]))
    return "".join(
        to_html(f"**{letter}) {'✓' if letter == item.solution else '✗'}** {text}")
        for letter, text in item.explanations.items()
    )


def still_question(item, number: int) -> str:
    parts = [f'<p class="still-title">{html.escape(label_of(item, number))}</p>', to_html(item.prompt)]
    parts += [to_html(f"**{letter})** {text}") for letter, text in item.options.items()]
    if item.kind == "code":
        parts.append(f"<pre>{html.escape(item.starter)}</pre>")
    parts += [folded(f"Hint {i}", to_html(hint)) for i, hint in enumerate(item.hints, 1)]
    shown = f"<p><b>What the panel shows:</b></p>{to_html(item.outcome)}" if item.outcome else ""
    parts.append(folded("Answer", shown + answer(item)))
    return f'<div class="still question">{"".join(parts)}</div>'


def still(widget) -> str:
    """Return a widget of the course as HTML that needs no kernel."""
    if isinstance(widget, Panel):
        return still_panel(widget)
    if isinstance(widget, Quiz):
        return "".join(still_question(q.item, i) for i, q in enumerate(widget.questions, 1))
    if isinstance(widget, MyProgress):
        return '<p class="live">In the live course your answers are counted here.</p>'
    if type(widget) is widgets.VBox:
        return "".join(still(child) for child in widget.children if isinstance(child, Panel))
    raise TypeError(f"docs/book/stills.py does not know how a {type(widget).__name__} stands still.")


def words_of(figure: Figure) -> str:
    """Return what a figure says in words: its titles, its axes' labels, its notes."""
    said = []
    for ax in figure.axes:
        said += [
            *(ax.get_title(where) for where in ("left", "center", "right")),
            ax.get_xlabel(),
            ax.get_ylabel(),
        ]
    return "; ".join(filter(None, [*said, *(text.get_text() for text in figure.texts)]))


def register() -> None:
    """Show every widget of this kernel as a still, and tell of every figure what it says."""
    formatter = get_ipython().display_formatter.mimebundle_formatter
    formatter.for_type(widgets.Widget, lambda widget: {"text/html": still(widget)})
    # pyplot, once imported, takes out whatever a formatter has for figures.
    Figure._repr_pretty_ = lambda figure, printer, cycle: printer.text(words_of(figure))
