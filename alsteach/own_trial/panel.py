"""Panel of notebook 07: a learner's own trial, from the file to the course's analysis and a report to take away."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import ipywidgets as widgets

from ..data.checks import TrialDataError
from ..panels.panel import FOUND, Panel, Partial, Said, Step
from ..panels.refining import Refining
from ..panels.settings import Wanted
from . import pictures
from .analysis import TrialAnalysis, analyse_trial
from .asking import AUTO, MAPPING, Asking, put
from .choices import Menu
from .examples import EXAMPLES
from .notes import Doubt
from .pages import aside
from .sentences import finding

STEPS = (
    Step("curves", view="survival"),
    Step("balance", view="balance"),
    Step("effects", view="effects"),
    Step("zero", view="reference_level"),
    Step("groups", view="by_biomarker"),
    Step("swapped", view="effects", active_value=0),
    Step("cohort", view="reference_level", source="cohort"),
)
OWN_STEPS = 5  # the first ones: those that make sense of any table


class Stopped(Exception):
    """An analysis that nobody waits for any more."""


@dataclass(frozen=True)
class Found:
    """What was found, and where the table came from."""

    analysis: TrialAnalysis
    badge: str


def own_trial_panel(df=None, name: str = "trial") -> OwnTrialPanel:
    """Analyse a trial of one's own: choose a file, correct the guessed columns, take a report away.

    Parameters
    ----------
    df : DataFrame, optional
        A table already read, as `read_trial` returns it; otherwise an example, until a file is chosen.
    name : str
        What to call it.

    Returns
    -------
    OwnTrialPanel
        A panel like the others; ``upload(name, content)`` does what choosing a file does, ``analysis`` is the result of
        `analyse_trial`.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.own_trial_panel()
    >>> panel.wait(60)
    True
    >>> panel.go("effects").finding[:58]
    'Unadjusted HR 1.02 (95 % CI 0.71–1.45); adjusted HR 1.34 ('
    """
    return OwnTrialPanel(df, name)


class OwnTrialPanel(Panel):
    """See `own_trial_panel`; which table there is and what its columns mean is asked by `Asking`.

    With an example, a step sets every control as steps do. With a table of the learner's own, the columns stay as they
    were corrected and a step shows another part of the analysis.
    """

    def __init__(self, df=None, name="trial"):
        self._asking = Asking(df, name)
        self._newest: object = None
        self.report: str | None = None
        self._reported: tuple | None = None  # the table and columns that the report is of
        said = self._asking.said
        views = {said(f"controls.view.options.{view}"): view for view in pictures.VIEWS}
        self.controls = self._asking.controls | {"view": Menu(said.table("controls.view"), views)}
        self._parts(said)
        self.controls["source"].observe(self._another_table)
        super().__init__(
            "own_trial",
            controls=[
                Wanted(name, lambda words, control=control: control)
                for name, control in self.controls.items()
            ],
            off=None,
            compute=self._analyse,
            needs=("source", *MAPPING),
            frame=draw,
            frame_by=(FOUND, "view"),
            layers=(),
            say=say,
            handles=(),
            marks=(),
            guess=None,
            steps=STEPS,
            badge=lambda values: "own" if self._found is None else self._found.badge,
            height=312,
        )
        self._reader, self._reporter = Refining(self._lock), Refining(self._lock)
        self._put_together()

    # ---- what it is made of

    def _parts(self, said) -> None:
        whole = widgets.Layout(width="auto")
        self.uploader = widgets.FileUpload(
            accept=".csv,.tsv,.txt,.xlsx",
            multiple=False,
            description=said("data.choose"),
            tooltip=said("data.choose_help"),
            layout=whole,
        )
        self.uploader.observe(self._uploaded, "value")
        self.letters = self._asking.letters
        self.letters.observe(self._read_again, "value")
        self._status, self._how = self._asking.status, self._asking.how
        self._doubts, self._notes, self._code, self._link = (widgets.HTML() for _ in range(4))
        self.change_button, self.take_button = (
            widgets.ToggleButton(
                value=False, description=said(f"data.{key}"), icon="caret-right", layout=whole
            )
            for key in ("change", "take")
        )
        self.report_button, self.save_button = (
            widgets.Button(description=said(f"data.{key}"), tooltip=said(f"data.{key}_help"), layout=whole)
            for key in ("make", "save")
        )
        self.report_button.on_click(lambda _: self.make_report())
        self.save_button.on_click(lambda _: self.save_report())

    def _put_together(self) -> None:
        view_of = {name: control.view for name, control in self.controls.items()}
        letters = widgets.VBox([self.letters, self._asking.letters_off])
        for box in (letters, *view_of.values()):
            box.add_class("alsteach-setting")
        columns = widgets.Box([*(view_of[name] for name in MAPPING), letters, self._how])
        columns.add_class("alsteach-columns")
        take = widgets.VBox(
            [widgets.HBox([self.report_button, self.save_button]), self._link, self._notes, self._code]
        )
        for button, box in ((self.change_button, columns), (self.take_button, take)):
            box.layout.display = "none"
            box.add_class("alsteach-folded")
            button.add_class("alsteach-more")
            button.observe(lambda change, button=button, box=box: _unfold(button, box), "value")
        for text in (self._status, self._doubts, self._how, self._notes, self._code, self._link):
            text.add_class("alsteach-aside")
        self.uploader.add_class("alsteach-choose")
        controls = widgets.VBox(
            [self.uploader, view_of["source"], view_of["view"], self._status, self._doubts]
        )
        controls.add_class("alsteach-controls")
        # Under it all and as wide: what unfolds moves neither picture nor finding.
        folds = widgets.VBox([widgets.HBox([self.change_button, self.take_button]), columns, take])
        folds.add_class("alsteach-folds")
        self.children[1].children = [self.picture, controls, folds]
        self._tell_mapping()

    # ---- a file

    def upload(self, name: str, content: bytes, encoding: str | None = None) -> None:
        """Read a file in the background and offer its columns; if it cannot be read, say why and keep the mapping."""
        with self._lock:
            reading, take = self._asking.begin(name, bytes(content), encoding)
            self._results.clear()
            self._another_table()
            self.refresh()
        self._reader.start(reading, lambda piece, last: self._file_read(take, piece))

    def _file_read(self, take, piece) -> None:
        if take(piece):
            self.refresh()
            if isinstance(piece, Exception) and not isinstance(piece, TrialDataError):
                raise piece

    def _uploaded(self, change) -> None:
        for file in change["new"]:
            self.letters.unobserve(self._read_again, "value")
            self.letters.value = AUTO
            self.letters.observe(self._read_again, "value")
            self.upload(file["name"], file["content"])
        if change["new"]:
            self.uploader.value = ()  # so that the same file, corrected, can be chosen again

    def _read_again(self, change) -> None:
        """Read the chosen file with the letters that were chosen for it."""
        for name, content in list(self._asking.contents.values()):
            self.upload(name, content, None if change["new"] == AUTO else change["new"])

    def _another_table(self) -> None:
        """Forget the report; of a learner's own table only some steps make sense: be at the one that is shown."""
        self._forget_report()
        if self._step not in self.steps:
            view = self.controls["view"].value
            self._step = next(step.key for step in STEPS if step.values["view"] == view)

    # ---- steps, and setting several controls

    @property
    def steps(self) -> list[str]:
        return [step.key for step in STEPS[: OWN_STEPS if self._asking.own else len(STEPS)]]

    def step_values(self, key: str) -> dict:
        asked = next(step.values for step in STEPS if step.key == key)
        if self._asking.own:
            return self.values | asked
        first = self._asking.first
        source = asked.get("source", first if first in EXAMPLES else EXAMPLES[0])
        return self._asking.as_guessed(source) | asked

    def set(self, **values) -> None:
        """Set several controls at once; naming an example starts from its guessed columns."""
        if values.get("source") == self._asking.source and values["source"] in EXAMPLES:
            self._asking.take_source()
            self._another_table()
        # First the file, then columns, then their entries: each offers what the next may be.
        super().set(**{name: values[name] for name in [*self.controls, *values] if name in values})

    def reset(self) -> None:
        """Go back to the table and the step with which the panel opened."""
        self.set(source=self._asking.first)
        self._asking.take_source()
        self._another_table()
        self.go(self.steps[0])

    # ---- from a choice of columns to a picture

    @property
    def analysis(self) -> TrialAnalysis | None:
        """What is shown, as `analyse_trial` returns it."""
        return None if self.found is None else self.found.analysis

    def refresh(self) -> None:
        """Compute, draw and say anew what has changed."""
        if self._reported != self._key(self._namespace()):
            self._forget_report()
        self._tell_mapping()
        super().refresh()

    def state_of(self, values: dict) -> tuple:
        """Return the values with nothing found: a refused table has no picture, not another table's."""
        return SimpleNamespace(**values), None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until no file is being read and nothing computed."""
        return self._reader.wait(seconds) and super().wait(seconds) and self._reporter.wait(seconds)

    def _analyse(self, values):
        asking = self._asking
        if values.source == asking.being_read:
            raise TrialDataError(self.words("data.reading", name=asking.contents[values.source][0]))
        if values.source in asking.refusals:
            raise TrialDataError(asking.refusals[values.source])
        self._newest = wanted = object()
        return self._pieces(values, wanted)

    def _pieces(self, values, wanted):
        mapping = {name: getattr(values, name) for name in MAPPING}
        died = mapping["event_value"]
        mapping["event_value"] = None if not died else died[0] if len(died) == 1 else list(died)
        table = self._asking.tables[values.source]

        def go_on(share: float) -> None:
            if wanted is not self._newest or not self._work.busy:
                raise Stopped

        # A column that it lacks it asks for in its own words, which know the table.
        analysis = analyse_trial(table, **mapping, progress=go_on)
        lacking = self._asking.lacking(vars(values))
        if lacking:
            raise TrialDataError(self.words("data.asked", lacking=lacking))
        yield Partial(Found(analysis, table.attrs.get("badge", "own")), 1, 1)

    def _tell_mapping(self) -> None:
        """Say which column is taken for what; unfold the columns where that is asked."""
        if self._asking.tell() and not self.change_button.value:
            self.change_button.value = True

    def _tell(self) -> None:
        super()._tell()
        analysis = self._found.analysis if self._found is not None and self._current() else None
        notes, code = [] if analysis is None else analysis.notes, ""
        if analysis is not None:
            code = aside("code", self.words("data.code"), *self._asking.names([analysis.code]))
        exercise = aside("plain", self.words("data.exercise"))
        folded = aside("fold", self.words("data.notes"), self._asking.names(notes)) if notes else ""
        doubts = self._asking.names(note for note in notes if isinstance(note, Doubt))
        put(self._doubts, "<br>".join(aside("read", self.words("data.doubt"), doubt) for doubt in doubts))
        put(self._notes, exercise + folded)
        put(self._code, code)

    # ---- the report

    def _current(self) -> bool:
        """Whether what was found belongs to the columns as they stand."""
        key = self._key(self._namespace())
        return self._refusal is None and self._found_key in (key, (key, 1))

    def _forget_report(self) -> None:
        self.report, self._reported, self._link.value = None, None, ""

    def _report_of_now(self) -> TrialAnalysis | None:
        self._catch_up()
        if self._found is None or not self._current():
            self._say_of_report("first")
            return None
        return self._found.analysis

    def _say_of_report(self, key: str, **fields) -> None:
        self._link.value = aside("plain", self.words(f"data.{key}", **fields))

    def make_report(self) -> None:
        """Make the report of the present analysis and offer it as a download."""
        analysis = self._report_of_now()
        if analysis is None:
            return

        def work():
            with self._lock:  # matplotlib draws in one thread at a time
                made = analysis.to_html()
            yield Partial(made, 1, 1)

        self._reporter.start(work(), lambda piece, last: self._report_made(analysis, piece))

    def _report_made(self, analysis, piece) -> None:
        if isinstance(piece, Exception):
            self._say_of_report("report_fault")
            raise piece
        if self._found is None or analysis is not self._found.analysis or not self._current():
            return
        self.report, self._reported = piece.found, self._key(self._namespace())
        data, name = base64.b64encode(self.report.encode()).decode("ascii"), report_name(analysis)
        said = self.words("data.download", name=name, size=round(len(self.report) / 1000))
        self._link.value = aside("link", name, data, said)

    def save_report(self) -> Path | None:
        """Write the report beside the notebook, never over another file; return where."""
        analysis = self._report_of_now()
        if analysis is None:
            return None
        if self.report is None:
            with self._lock:
                self.report, self._reported = analysis.to_html(), self._key(self._namespace())
        name = Path(report_name(analysis))
        tries = (name if k == 1 else name.with_stem(f"{name.stem}_{k}") for k in range(1, 1000))
        path = next(path for path in tries if not path.exists())
        try:
            path.write_text(self.report, encoding="utf-8")
        except OSError as problem:
            self._say_of_report("not_written", why=str(problem.strerror))
            return None
        self._say_of_report("saved", name=path.name)
        return path


def draw(axes, values, found) -> None:
    """Draw a view of the analysis; where there is none, the finding says why."""
    if found is not None and pictures.has(values.view, found.analysis):
        pictures.draw(values.view, found.analysis, axes)
    else:
        axes.figure.text(0.5, 0.5, axes.words("nothing"), ha="center", fontsize=10)


def say(values, found) -> Said:
    """Say a view's figures in a sentence, and all of it in numbers."""
    analysis = found.analysis
    if not pictures.has(values.view, analysis):
        raise TrialDataError(analysis.sentences[values.view])
    key, fields = finding(values.view, analysis)
    more = ["survival", "absolute"] if values.view == "survival" else [values.view]
    more += ["proportional_hazards"] if values.view == "effects" else []
    said = {("balance_said" if name == "balance" else name): analysis.sentences[name] for name in more}
    return Said(key, fields | said, more)


def report_name(analysis) -> str:
    stem = re.sub(r"[^\w-]+", "_", Path(analysis.name).stem).strip("_") or "trial"
    return f"{stem[:60]}_report.html"


def _unfold(button, box) -> None:
    box.layout.display = None if button.value else "none"
    button.icon = "caret-down" if button.value else "caret-right"
