"""What a notebook shows: `quiz`, `exercise` and `progress`."""

from __future__ import annotations

import html

import ipywidgets as widgets

from ..frames import TrialDataError
from .loading import Item, find_item, load_items
from .my_work import download_links, summary_text
from .progress_file import Progress, progress_file
from .question import question

_STYLE = """<style>
.alsteach-question { border-top: 1px solid #bdbdbd; padding: 6px 0 10px; max-width: 780px; }
.alsteach-question .widget-html-content { line-height: 1.45; font-size: 14px; }
.alsteach-question p { margin: 4px 0; }
.alsteach-question ul { margin: 4px 0; padding-left: 22px; }
.alsteach-label { font-weight: 600; margin-top: 4px; }
.alsteach-question .widget-radio-box label {
  height: auto; line-height: 1.4; font-size: 14px; margin: 3px 0; padding-left: 24px; white-space: normal; }
.alsteach-question .widget-radio-box input { height: 1.3em; margin-left: -22px; }
.alsteach-remark { border-left: 5px solid; padding: 2px 10px; margin: 6px 0; line-height: 1.45; }
.alsteach-remark pre { white-space: pre; overflow-x: auto; margin: 0; }
.alsteach-beside { border-collapse: collapse; margin: 6px 0; }
.alsteach-beside th, .alsteach-beside td {
  border: 1px solid #bdbdbd; padding: 4px 10px; text-align: left; vertical-align: top; }
.alsteach-beside p { margin: 0; }
.alsteach-code textarea { font-family: monospace; font-size: 13px; white-space: pre; overflow-x: auto; }
.alsteach-output pre { margin: 0; max-height: 300px; overflow: auto; white-space: pre; }
.alsteach-output { border-left: 5px solid #bdbdbd; padding: 2px 10px; margin: 6px 0; line-height: 1.45; }
.alsteach-download { display: inline-block; margin: 3px 0; padding: 3px 10px; border: 1px solid; border-radius: 3px;
  text-decoration: underline; }
.alsteach-progress .widget-html-content { line-height: 1.5; }
.alsteach-bar { display: flex; align-items: center; gap: 10px; }
.alsteach-bar progress { flex: 0 0 110px; }
</style>"""


def _bar(label: str, n: int, answered: int, right_first: int) -> str:
    said = summary_text(n, answered, right_first)
    return (
        f'<div class="alsteach-bar"><progress max="{n}" value="{answered}" aria-label="{html.escape(label)}: {said}">'
        f"</progress><span>{html.escape(label)}: {said}</span></div>"
    )


def _notice(progress: Progress) -> str:
    return (
        f'<div class="alsteach-notice"><b>!</b> {html.escape(progress.notice)}</div>'
        if progress.notice
        else ""
    )


class Quiz(widgets.VBox):
    """Questions under one another, with a bar that says how many are answered.

    Attributes
    ----------
    questions : list of Question
    """

    def __init__(self, items: tuple[Item, ...], label: str):
        self._items, self._label = items, label
        self._progress = progress_file()
        self._bar = widgets.HTML()
        self._bar.add_class("alsteach-progress")
        self.questions = [question(item, self._progress, i + 1) for i, item in enumerate(items)]
        super().__init__(
            [widgets.HTML(_STYLE), self._bar, *self.questions], layout=widgets.Layout(max_width="800px")
        )
        self.add_class("alsteach-quiz")
        self.update()
        self._progress.observe(self.update)

    def update(self) -> None:
        """Show how far the learner has come."""
        self._bar.value = _bar(self._label, *self._progress.summary(self._items)) + _notice(self._progress)


def quiz(which, *more: str, when: str | None = None, panel: str | None = None) -> Quiz:
    """Ask questions, each with an answer at once, hints, and a solution after a try.

    Parameters
    ----------
    which : str or list of str
        A notebook (``"05"``: its choices and numbers, in their order) or ids of items; more ids may follow.
    when : {"before", "after"}, optional
        Only a notebook's predictions, or only the questions after a panel.
    panel : str, optional
        Only a notebook's questions on this panel.

    Returns
    -------
    Quiz
        What was answered before, in this or an earlier session, is there again.

    Raises
    ------
    TrialDataError
        If there is no such notebook or item, or nothing is left; the message lists what there is.

    Examples
    --------
    >>> import alsteach as al
    >>> len(al.quiz("03-number-1").questions)
    1
    """
    names = [*which, *more] if isinstance(which, list | tuple) else [which, *more]
    if len(names) == 1 and "-" not in str(names[0]):
        items = _of_notebook(names[0], when, panel)
        label = f"Questions of notebook {items[0].notebook}"
    else:
        if when is not None or panel is not None:
            raise TrialDataError(
                "when= and panel= choose among a notebook's questions; ids are chosen already."
            )
        items = tuple(find_item(name) for name in names)
        label = "These questions"
    return Quiz(items, label)


def _of_notebook(notebook, when, panel) -> tuple[Item, ...]:
    if when not in (None, "before", "after"):
        raise TrialDataError(f'when={when!r} is not known; use when="before" or when="after".')
    of_notebook = [
        item
        for item in load_items(notebook if isinstance(notebook, int) else str(notebook))
        if item.kind != "code"
    ]
    found = [item for item in of_notebook if when in (None, item.when) and panel in (None, item.panel)]
    if not found:
        have = ", ".join(f"{item.id} ({item.when} {item.panel})" for item in of_notebook) or "none but code"
        raise TrialDataError(f"Notebook {notebook} has no such questions; it has: {have}.")
    return tuple(found)


def exercise(name: str) -> Quiz:
    """Set one exercise or question, by its id.

    Parameters
    ----------
    name : str
        Such as ``"04-code-1"``.

    Returns
    -------
    Quiz

    Raises
    ------
    TrialDataError
        If there is no such item; the message lists near ones.

    Examples
    --------
    >>> import alsteach as al
    >>> al.exercise("04-code-99")
    Traceback (most recent call last):
    ...
    alsteach.frames.TrialDataError: There is no question '04-code-99'; near it there are: ...
    """
    return Quiz((find_item(name),), f"Exercise {name}")


class MyProgress(widgets.VBox):
    """How far a learner has come in each notebook, and the downloads."""

    def __init__(self):
        self._progress = progress_file()
        self._items = load_items()
        self._bars, self._links = widgets.HTML(), widgets.HTML()
        self._bars.add_class("alsteach-progress")
        self.name = widgets.Text(
            description="Your name",
            placeholder="for your teacher; may stay empty",
            continuous_update=False,
            layout=widgets.Layout(width="380px"),
        )
        self.name.observe(lambda _: self.update(), "value")
        self.button = widgets.Button(
            description="Download my work", layout=widgets.Layout(width="auto", align_self="flex-start")
        )
        self.button.on_click(lambda _: self.prepare())
        parts = [widgets.HTML(_STYLE), self._bars, self.name, self.button, self._links]
        super().__init__(parts, layout=widgets.Layout(max_width="800px"))
        self.add_class("alsteach-my-progress")
        self.update()
        self._progress.observe(self.update)

    def update(self) -> None:
        """Show the bars as things stand; links to older work go away."""
        rows = [_bar("All questions", *self._progress.summary(self._items))]
        for notebook in dict.fromkeys(item.notebook for item in self._items):
            items = [item for item in self._items if item.notebook == notebook]
            rows.append(_bar(f"Notebook {notebook}", *self._progress.summary(items)))
        file = html.escape(self._progress.path.name)
        kept = (
            ""
            if self._progress.notice
            else f"Your answers are kept in {file} beside the notebooks, nowhere else. "
        )
        kept = f"<p>{kept}Your name is put into the downloads only.</p>"
        self._bars.value = "".join(rows) + _notice(self._progress) + kept
        self._links.value = ""

    def prepare(self) -> None:
        """Show two links that hold the work as it stands."""
        self._links.value = "Preparing …"
        self._progress.refresh()
        self._links.value = download_links(self._items, self._progress, self.name.value)


def progress() -> MyProgress:
    """Show how far you have come, and let you download your work.

    Returns
    -------
    MyProgress

    Examples
    --------
    >>> import alsteach as al
    >>> al.progress().name.value
    ''
    """
    return MyProgress()
