"""What a notebook shows: `quiz`, `exercise` and `progress`."""

from __future__ import annotations

import html

import ipywidgets as widgets

from ..data.checks import TrialDataError
from ..words import catalogue, numbers
from .asked import button
from .downloads import download_links, summary_text
from .item import Item
from .loading import find_item, load_items
from .progress import Progress, progress_file
from .question import question

_STYLE = """<style>
.alsteach-question { border-top: 1px solid #bdbdbd; padding: 6px 0 10px; max-width: 780px; }
.alsteach-question .widget-html-content { line-height: 1.45; font-size: 14px; }
.alsteach-question p { margin: 4px 0; }
.alsteach-question ul { margin: 4px 0; padding-left: 22px; }
.alsteach-label { font-size: 12px; margin-top: 4px; opacity: .8; }
.alsteach-comparison { max-width: 780px; line-height: 1.45; font-size: 14px; }
.alsteach-notice { line-height: 1.45; }
.alsteach-question .widget-radio-box label {
  height: auto; line-height: 1.4; font-size: 14px; margin: 3px 0; padding-left: 24px; white-space: normal;
  position: relative; }
.alsteach-question .widget-radio-box input { position: absolute; left: 2px; top: 0; height: 1.4em; margin: 0; }
.alsteach-remark { border-left: 5px solid; padding: 2px 10px; margin: 6px 0; line-height: 1.45; }
.alsteach-remark pre { white-space: pre; overflow-x: auto; margin: 0; }
.alsteach-beside { border-collapse: collapse; margin: 6px 0; }
.alsteach-beside th, .alsteach-beside td {
  border: 1px solid #bdbdbd; padding: 4px 10px; text-align: left; vertical-align: top; }
.alsteach-beside p { margin: 0; }
.alsteach-card { border: 1px solid; border-radius: 6px; padding: 12px 16px; margin: 4px 0 8px; font-size: 18px;
  line-height: 1.4; }
.alsteach-question .alsteach-boxes button { height: 40px; font-size: 15px; padding: 0 18px; margin-right: 8px; }
.alsteach-question button.alsteach-next { height: 36px; font-size: 14px; padding: 0 18px; }
.alsteach-question .alsteach-boxes button:disabled { opacity: 1; }
.alsteach-write { flex-direction: column; }
.alsteach-question .alsteach-write label.widget-label { width: auto; max-width: none; align-self: flex-start;
  padding: 0; text-align: left; }
.alsteach-write textarea { font-family: inherit; font-size: 14px; line-height: 1.5; }
.alsteach-tick, .alsteach-tick label, .alsteach-tick label span { height: auto; white-space: normal; line-height: 1.4; }
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


def _remark(text: str) -> str:
    return f'<div class="alsteach-notice"><b>!</b> {html.escape(text)}</div>'


def _notice(progress: Progress) -> str:
    return _remark(progress.notice) if progress.notice else ""


class Quiz(widgets.VBox):
    """Questions under one another, and their panel with *Compare* beside it if there is one.

    Attributes
    ----------
    questions : list of Question
    """

    def __init__(self, items: tuple[Item, ...], panel: widgets.Widget | None = None, again: bool = False):
        self._progress = progress_file()
        self._notice = widgets.HTML()
        self.questions = [question(item, self._progress, panel is not None, again) for item in items]
        compared = [q.comparison for q in self.questions if q.item.when == "before"]
        asked = widgets.VBox(
            [widgets.HTML(_STYLE), self._notice, *self.questions], layout=widgets.Layout(max_width="800px")
        )
        super().__init__([asked] if panel is None else [asked, panel, *compared])
        self.add_class("alsteach-quiz")
        guess = getattr(panel, "guess", None)  # made on the picture
        if guess is not None and self._predictions():
            self._predictions()[0].guess = guess
            self._predictions()[0].refresh()
            guess.observe(self._guessed)
        self.update()
        self._progress.observe(self.update)

    def _guessed(self, guess) -> None:
        """Note a guess made on the picture as the prediction it is."""
        prediction = self._predictions()[0]
        if guess.value is not None and not self._progress.entry(prediction.item.id)["answers"]:
            prediction.put(numbers.fixed(guess.value, prediction.item.decimals))
            prediction.check()
        prediction.refresh()

    def _predictions(self) -> list:
        return [q for q in self.questions if q.item.when == "before" and q.item.kind == "number"]

    def update(self) -> None:
        """Say what is amiss with the progress, and follow what was cleared."""
        self._notice.value = _notice(self._progress)
        for asked in self.questions:
            asked.follow()


def quiz(which, *more: str, when: str | None = None, panel=None, again: bool = False) -> Quiz:
    """Ask questions, each with an answer at once, hints, and a solution after a try.

    Parameters
    ----------
    which : str or list of str
        A notebook (``"05"``: all but its exercises in code, in their order) or ids of items; more ids may follow.
    when : {"before", "after"}, optional
        Only a notebook's predictions, or only the questions after a panel.
    panel : str or panel, optional
        A panel's name: only a notebook's questions on it. The panel itself, such as ``al.km_panel()``: it is shown
        under the questions, and *Compare* stands beside it.
    again : bool
        A text that was written earlier on the page stands there again, to be changed and compared.

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
    shown = panel if isinstance(panel, widgets.Widget) else None
    name = None if shown is not None else panel
    names = [*which, *more] if isinstance(which, list | tuple) else [which, *more]
    if len(names) == 1 and "-" not in str(names[0]):
        return Quiz(_of_notebook(names[0], when, name), shown, again)
    if when is not None or name is not None:
        raise TrialDataError("when= and panel= choose among a notebook's questions; ids are chosen already.")
    items = tuple(find_item(name) for name in names)
    if again and all(item.kind != "write" for item in items):
        raise TrialDataError("again=True is for a text to write, such as 05-write-1.")
    return Quiz(items, shown, again)


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
    alsteach.data.checks.TrialDataError: There is no question '04-code-99'; near it there are: ...
    """
    return Quiz((find_item(name),))


class Download(widgets.VBox):
    """A learner's work to take away: a name to type, a button, and two links."""

    def __init__(self, progress: Progress):
        self._progress, self._words = progress, catalogue.panel("exercises")
        self.links = widgets.HTML()
        self.name = widgets.Text(
            description=self._words("controls.name"),
            placeholder=self._words("controls.name_more"),
            continuous_update=False,
            layout=widgets.Layout(width="380px", max_width="98%"),
        )
        self.name.observe(lambda _: self.update(), "value")
        self.button = button(self._words("controls.download"), self.prepare)
        said = [widgets.HTML(_STYLE)]
        if progress.path is None:
            said.append(widgets.HTML(_remark(catalogue.panel("page")("finding.in_memory"))))
        super().__init__([*said, self.name, self.button, self.links])
        progress.observe(self.update)

    def update(self) -> None:
        """Take the links to older work away."""
        self.links.value = ""

    def prepare(self) -> None:
        """Show two links that hold the work as it stands."""
        self.links.value = self._words("finding.work.preparing")
        self._progress.refresh()
        self.links.value = download_links(load_items(), self._progress, self.name.value)


class StartOver(widgets.VBox):
    """Clears the answers of a page or of all, at the second click; a file keeps a copy of what there was."""

    def __init__(self, progress: Progress):
        self._progress, self._words = progress, catalogue.panel("exercises").table("finding.progress")
        words = catalogue.panel("exercises").table("controls")
        self.which = widgets.Dropdown(
            options=[words("all_pages"), *dict.fromkeys(item.notebook for item in load_items())],
            description=words("start_over"),
            layout=widgets.Layout(width="220px"),
        )
        self.which.observe(lambda _: self._ask(False), "value")
        self.button = button(words("clear"), lambda: self._ask(True))
        self.sure = button(words("clear_sure"), self.clear)
        self.keep = button(words("clear_not"), lambda: self._ask(False))
        self.said = widgets.HTML()
        row = [self.which, self.button, self.sure, self.keep]
        super().__init__([widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap")), self.said])
        self._ask(False)

    def _items(self) -> tuple[Item, ...]:
        return load_items(self.which.value if self.which.index else None)

    def _ask(self, asking: bool) -> None:
        self.button.layout.display = "none" if asking else ""
        for choice in (self.sure, self.keep):
            choice.layout.display = "" if asking else "none"
        _, answered, _ = self._progress.summary(self._items())
        self.said.value = self._words("will_be_empty", n=answered) if asking else ""

    def clear(self) -> None:
        """Clear the chosen answers and say where the copy is."""
        kept = self._progress.clear(self._items())
        self._ask(False)
        copy = f" {self._words('copied', file=html.escape(kept))}" if kept else ""
        self.said.value = self._words("cleared") + copy


class MyProgress(widgets.VBox):
    """How far a learner has come in each notebook, the downloads, and a way to start over."""

    def __init__(self):
        self._progress = progress_file()
        self._items = load_items()
        self._bars = widgets.HTML()
        self._bars.add_class("alsteach-progress")
        self.download, self.start_over = Download(self._progress), StartOver(self._progress)
        parts = [widgets.HTML(_STYLE), self._bars, self.download, self.start_over]
        super().__init__(parts, layout=widgets.Layout(max_width="800px"))
        self.add_class("alsteach-my-progress")
        self.update()
        self._progress.observe(self.update)

    def update(self) -> None:
        """Show the bars as things stand."""
        words = catalogue.panel("exercises").table("finding.progress")
        rows = [_bar(words("all"), *self._progress.summary(self._items))]
        for notebook in dict.fromkeys(item.notebook for item in self._items):
            items = [item for item in self._items if item.notebook == notebook]
            rows.append(_bar(words("page", page=notebook), *self._progress.summary(items)))
        kept = ""
        if self._progress.path is not None and not self._progress.notice:
            file = html.escape(self._progress.path.name)
            kept = words("kept", file=file) + " "
        kept = f"<p>{kept}{words('name')}</p>"
        self._bars.value = "".join(rows) + _notice(self._progress) + kept


def progress() -> MyProgress:
    """Show how far you have come, let you download your work, and start over.

    Returns
    -------
    MyProgress

    Examples
    --------
    >>> import alsteach as al
    >>> al.progress().download.name.value
    ''
    """
    return MyProgress()
