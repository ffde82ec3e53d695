"""Panel of notebook 07: a learner's own trial, from the file to the course's analysis and a report to take away."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import ipywidgets as widgets
import pandas as pd

from .. import style
from ..frames import TrialDataError
from ..own_trial import codes, pictures
from ..own_trial.analysis import analyse_trial
from ..own_trial.guessing import guess_with_reasons
from ..own_trial.preparing import ROLES
from ..own_trial.stems import DAYS_PER
from .controls import choice
from .core import Panel, Picture
from .offered import Boxes, Menu, texts_of
from .own_trial_pieces import (
    EXAMPLES,
    NOTHING_LEAVES,
    TAKEN,
    code_html,
    folded,
    from_file,
    mapping_words,
    notes_html,
    one_or_list,
    remembered,
    sentence_of,
)

NOTHING = "(none)"


def own_trial_panel(df=None, name: str = "trial") -> OwnTrialPanel:
    """Analyse a trial of one's own: choose a file, correct the guessed columns, analyse, take a report away.

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
    >>> panel.set(view="effects")
    >>> panel.sentence[:58]
    'Unadjusted: HR 1.02 (95 % CI 0.71–1.45), p = 0.92 (137 pat'
    """
    return OwnTrialPanel(df, name)


class OwnTrialPanel(Panel):
    """See `own_trial_panel`."""

    def __init__(self, df=None, name="trial"):
        self._refusals: dict[str, str] = {}
        self._serial = 0
        self._guesses: dict[str, tuple] = {}
        self._after_upload = False
        self._reading = None
        self.analysis = None
        self._ready: dict[str, bytes] = {}
        given = {} if df is None else {f"Your table: {name}": df}
        self._tables = given | dict.fromkeys(EXAMPLES)
        self._lasting = dict(self._tables)
        sources = list(self._tables)
        view = {words: view for view, words in pictures.VIEWS.items()}
        controls = {
            "source": Menu("Trial", dict(zip(sources, sources, strict=True)), sources[0]),
            "duration_col": Menu(ROLES["duration_col"], {}),
            "duration_unit": Menu(ROLES["duration_unit"], {unit: unit for unit in DAYS_PER}),
            "event_col": Menu(ROLES["event_col"], {}),
            "event_value": Boxes(ROLES["event_value"], {}),
            "treatment": Menu(ROLES["treatment"], {}),
            "active_value": Menu(ROLES["active_value"], {}),
            "covariates": Boxes(ROLES["covariates"], {}),
            "biomarker": Menu(ROLES["biomarker"], {}),
            "view": choice("Show", view),
        }
        self._make_parts()
        self.controls = controls
        self._take_source()
        controls["source"].observe(self._take_source)
        controls["event_col"].observe(self._offer_event_values)
        controls["treatment"].observe(self._offer_active_values)
        for role in TAKEN:
            controls[role].observe(self._offer_covariates)
        presets = {
            "Crude against adjusted": {"source": sources[-4], "view": "effects"},
            "Read at a score of 0": {"source": sources[-4], "view": "reference_level"},
            "The arms swapped": {"source": sources[-4], "active_value": 0, "view": "effects"},
            "MIROCALS-like, read at 0": {"source": sources[-2], "view": "reference_level"},
            "A file with a mistake": {"source": sources[-1]},
        }
        super().__init__(
            "Your own trial", controls, self._show_view, presets, compute=self._analyse, key=self._mapping_key
        )
        heading, buttons, progress, picture = (
            self.children[0],
            self.children[-3],
            self.children[-2],
            self.children[-1],
        )
        rows = [controls[name].view for name in controls if name not in ("source", "view")]
        self.children = [
            heading,
            widgets.HBox([self.uploader, self._promise], layout=widgets.Layout(align_items="center")),
            controls["source"].view,
            buttons,
            self._status,
            *rows,
            widgets.HBox([self.analyse_button, progress], layout=widgets.Layout(flex_flow="row wrap")),
            controls["view"].view,
            picture,
            self._notes,
            widgets.HBox(
                [self.report_button, self.save_button, self._link],
                layout=widgets.Layout(flex_flow="row wrap"),
            ),
            self._code,
        ]

    def _make_parts(self) -> None:
        wide, fixed = widgets.Layout(width="auto"), widgets.Layout(width="auto", flex="0 0 auto")
        self.uploader = widgets.FileUpload(
            accept=".csv,.tsv,.txt,.xlsx", multiple=False, description="Choose a file", layout=fixed
        )
        self.uploader.observe(self._uploaded, "value")
        self._promise = widgets.HTML(f'<div style="line-height:1.35">{html.escape(NOTHING_LEAVES)}</div>')
        self._status, self._notes, self._code, self._link = (widgets.HTML() for _ in range(4))
        self.analyse_button = widgets.Button(
            description="Analyse",
            button_style="primary",
            tooltip="Analyse with the columns chosen above",
            layout=wide,
        )
        self.analyse_button.on_click(lambda _: self.refresh())
        self.report_button = widgets.Button(
            description="Make a report", tooltip="Pictures, tables and code as one HTML page", layout=wide
        )
        self.report_button.on_click(lambda _: self.make_report())
        self.save_button = widgets.Button(
            description="Save the report here", tooltip="Write it beside this notebook", layout=wide
        )
        self.save_button.on_click(lambda _: self.save_report())

    # The table and what its columns mean

    def upload(self, name: str, content: bytes) -> None:
        """Read a file in the background and offer its columns; if it cannot be read, say why and keep the mapping."""
        content = bytes(content)
        self._forget_report()
        self._explain(f"Reading {name}.")

        def work(job):
            table = from_file(content, name)
            return table, guess_with_reasons(table)

        self._reading = self.background.start(work, lambda found: self._take_file(name, found))

    def _take_file(self, name: str, found) -> None:
        self._serial, self._reading = self._serial + 1, None
        label = f"Your file: {name}" + (f" ({self._serial})" if f"Your file: {name}" in self._tables else "")
        self._tables, self._refusals = {label: None} | self._lasting, {}
        if isinstance(found, Exception):
            fault = f"{name} could not be read through a fault of alsteach, not yours; save it as CSV and try again."
            self._refusals[label] = str(found) if isinstance(found, TrialDataError) else fault
        else:
            self._tables[label], self._guesses[label] = found
        self._after_upload = True
        self.controls["source"].offer({key: key for key in self._tables}, None)
        self._take_source()
        self._changed()
        if isinstance(found, Exception) and not isinstance(found, TrialDataError):
            raise found

    def _uploaded(self, change) -> None:
        for file in change["new"]:
            self.upload(file["name"], file["content"])
        if change["new"]:
            self.uploader.value = ()  # so that the same file, corrected, can be chosen again

    def _table(self) -> pd.DataFrame | None:
        source = self.controls["source"].value
        if self._tables[source] is None and source in EXAMPLES:
            self._tables[source] = self._lasting[source] = EXAMPLES[source]()
        return self._tables[source]

    def _take_source(self) -> None:
        """Offer the columns of the chosen table, guessed; after an upload, an earlier choice that is there stays."""
        kept, self._after_upload = self._after_upload, False
        table, source = self._table(), self.controls["source"].value
        self._forget_report()
        if table is None:
            self._status.value = ""
            return
        if source not in self._guesses:
            self._guesses[source] = guess_with_reasons(table)
        guess, reasons = self._guesses[source]
        guess = guess | table.attrs.get("model", {})
        if kept:
            entries = {name: self.controls[name].offered for name in ("event_value", "active_value")}
            guess = remembered(guess, self.values, entries, table)
        names = texts_of(table.columns)
        for role in TAKEN:
            unknown = {} if guess[role] is not None else {"(choose a column)": None}
            self.controls[role].offer({**unknown, **names}, guess[role])
        numeric = {
            text: column
            for text, column in names.items()
            if pd.api.types.is_numeric_dtype(table[column]) or column == guess["biomarker"]
        }
        self.controls["biomarker"].offer({NOTHING: None, **numeric}, guess["biomarker"])
        self._offer_covariates(guess["covariates"])
        self.controls["duration_unit"].offer(
            {unit: unit for unit in DAYS_PER}, guess["duration_unit"] or "days"
        )
        self._offer_event_values(guess["event_value"])
        self._offer_active_values(guess["active_value"])
        said = [*table.attrs.get("reading", []), *reasons]
        self._status.value = folded("What was read, and how the columns were guessed", said) if said else ""

    def _levels(self, role: str) -> dict:
        table, column = self._table(), self.controls[role].value
        if table is None or column not in list(table.columns):
            return {}
        values = table[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            return {}
        return texts_of(codes.levels(values.astype(object).head(100_000))[:24])

    def _offer_event_values(self, wanted=None) -> None:
        levels = self._levels("event_col")
        if wanted is None and levels:
            table = self._table()
            wanted = codes.died_value(
                table[self.controls["event_col"].value], self.controls["event_col"].value
            )[0]
        wanted = wanted if isinstance(wanted, list | tuple) else [wanted]
        self.controls["event_value"].offer(levels, wanted)

    def _offer_active_values(self, wanted=None) -> None:
        levels = self._levels("treatment")
        if wanted is None and levels:
            wanted = codes.active_value(self._table()[self.controls["treatment"].value])[0]
        self.controls["active_value"].offer(levels, wanted)

    def _offer_covariates(self, wanted=None) -> None:
        """Offer every column that is not the time, the event or the treatment."""
        table = self._table()
        if table is not None:
            taken = {self.controls[role].value for role in TAKEN}
            free = {text: column for text, column in texts_of(table.columns).items() if column not in taken}
            now = self.controls["covariates"].value
            self.controls["covariates"].offer(free, now if wanted is None else wanted)

    # From a choice of columns to a picture

    def set(self, **values) -> None:
        """Set several controls at once and analyse; naming a source starts from its guessed columns."""
        if values.get("source") == self.controls["source"].value and values["source"] in EXAMPLES:
            self._take_source()
        # First the file, then columns, then their entries: each offers what the next may be.
        super().set(**{name: values[name] for name in [*self.controls, *values] if name in values})

    def refresh(self) -> None:
        """Analyse the trial with the columns as they stand; while a file is being read, that comes first."""
        if self._reading is None or not self._reading.wanted:
            super().refresh()

    def _changed(self) -> None:
        if self._quiet or (self._reading is not None and self._reading.wanted):
            return
        key = self._mapping_key(SimpleNamespace(**self.values))
        if key == self._result_key or self._computes(key):
            self.refresh()
            return
        self.background.cancel()
        self._forget_report()
        source = self.controls["source"].value
        self._explain(self._refusals.get(source) or mapping_words(self.values))

    def _mapping_key(self, values):
        return tuple((name, value) for name, value in vars(values).items() if name != "view")

    def _analyse(self, values, job):
        if values.source in self._refusals:
            raise TrialDataError(self._refusals[values.source])
        mapping = {name: getattr(values, name) for name in ROLES}
        mapping["event_value"] = one_or_list(values.event_value)
        mapping["covariates"] = list(values.covariates)
        return analyse_trial(self._tables[values.source], **mapping, progress=job.report)

    def _show_view(self, values, picture, analysis) -> str:
        if analysis is not self.analysis:
            self.analysis, self._ready = analysis, {}
            self._forget_report()
            self._code.value = code_html(analysis.code)
            self._notes.value = notes_html(analysis.notes)
        picture.clear()
        pictures.draw(values.view, analysis, picture.figure)
        return sentence_of(analysis, values.view)

    def _draw(self, values, analysis) -> None:
        with self._lock:
            if analysis is self.analysis and values.view in self._ready:
                self._publish(sentence_of(analysis, values.view), self._ready[values.view])
            else:
                super()._draw(values, analysis)

    def _finished(self, key, result) -> None:
        super()._finished(key, result)
        if result is self.analysis:
            Thread(target=self._draw_every_view, args=(result, self._ready), daemon=True).start()

    def _draw_every_view(self, analysis, ready) -> None:
        """Draw all views in advance, so that choosing one shows it at once."""
        spare = Picture(self.picture.width, self.picture.height)
        for view in pictures.VIEWS:
            if analysis is not self.analysis:
                return
            with style.drawing():
                spare.clear()
                try:
                    pictures.draw(view, analysis, spare.figure)
                except TrialDataError:  # said when somebody asks for this view
                    continue
                ready[view] = spare.png()

    # The report

    def _forget_report(self) -> None:
        self.report, self._link.value = None, ""

    def make_report(self) -> None:
        """Make the report of the present analysis and offer it as a download."""
        if not self._current():
            return
        analysis = self.analysis

        def work(job):
            with self._lock:
                return analysis.to_html()

        self.background.start(work, self._report_made)

    def _current(self) -> bool:
        current = self._mapping_key(SimpleNamespace(**self.values)) == self._result_key
        if not current:
            self._link.value = "<span>First press Analyse: there is no analysis of these columns yet.</span>"
        return current

    def _report_made(self, report) -> None:
        if isinstance(report, Exception):
            self._link.value = "<span>The report failed through a fault of alsteach, not yours.</span>"
            raise report
        self.report = report
        data, name = base64.b64encode(report.encode()).decode("ascii"), html.escape(self._report_name())
        self._link.value = (
            f'<a download="{name}" href="data:text/html;base64,{data}" style="text-decoration:underline">'
            f"Download {name} ({len(report) / 1000:.0f} kB)</a>"
        )

    def _report_name(self) -> str:
        stem = re.sub(r"[^\w-]+", "_", Path(self.analysis.name).stem).strip("_") or "trial"
        return f"{stem[:60]}_report.html"

    def save_report(self) -> Path | None:
        """Write the report beside the notebook, never over another file; return where."""
        if not self._current():
            return None
        if self.report is None:
            with self._lock:
                self.report = self.analysis.to_html()
        name = Path(self._report_name())
        tries = (name if k == 1 else name.with_stem(f"{name.stem}_{k}") for k in range(1, 1000))
        path = next(path for path in tries if not path.exists())
        try:
            path.write_text(self.report, encoding="utf-8")
        except OSError as problem:
            self._link.value = (
                f"<span>It could not be written here ({html.escape(str(problem.strerror))}).</span>"
            )
            return None
        self._link.value = f"<span>Saved as {html.escape(path.name)}, beside this notebook.</span>"
        return path
