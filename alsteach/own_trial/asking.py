"""The table of the panel for one's own trial: read, its columns guessed, and what the file does not tell asked for."""

from __future__ import annotations

import ipywidgets as widgets
import pandas as pd

from ..data.checks import TrialDataError
from ..panels.panel import Partial
from ..words import catalogue
from . import codes
from .choices import Boxes, Menu, texts_of
from .examples import EXAMPLES, example, from_file
from .guessing import follow_up, guess_with_reasons
from .pages import aside
from .preparing import ROLES
from .vocabulary import DAYS_PER, unit_of

MAPPING = tuple(ROLES)
NEEDED = ("duration_col", "event_col", "event_value", "treatment", "active_value")
TAKEN = ("duration_col", "event_col", "treatment")
FREE = ("covariates", "biomarker")  # an analysis does without
MOST_ENTRIES = 24  # of a column, offered to tick
AUTO = "auto"  # the letters' encoding, found out


class Asking:
    """Which table there is, and the controls in which its columns are chosen.

    Attributes
    ----------
    controls : dict
        ``source`` and the controls of the mapping, by name.
    tables : dict of DataFrame
        By source; None where one is still read or could not be read.
    contents : dict of (str, bytes)
        Name and content of the file that was chosen, by source.
    refusals : dict of str
        Why a file could not be read, by source.
    being_read : str or None
        The source that is read now.
    """

    def __init__(self, df: pd.DataFrame | None, name: str):
        self.said = said = catalogue.panel("own_trial")
        self.refusals: dict[str, str] = {}
        self.contents: dict[str, tuple[str, bytes]] = {}
        self.being_read: str | None = None
        self._guesses: dict[str, tuple] = {}
        self._guessed: dict = {}  # of the table whose columns are offered
        self._read_files = 0
        given = {} if df is None else {"given": df}
        self._names = {"given": said("data.table", name=name)} if given else {}
        self._names |= {key: said(f"controls.source.options.{key}") for key in EXAMPLES}
        self._lasting = dict.fromkeys(self._names) | given
        self.tables = dict(self._lasting)
        self.first = next(iter(self.tables))
        units = {said(f"controls.duration_unit.options.{unit}"): unit for unit in DAYS_PER}
        options = {"source": {text: key for key, text in self._names.items()}, "duration_unit": units}
        self.controls = {
            role: (Boxes if role in ("event_value", "covariates") else Menu)(
                said.table(f"controls.{role}"), options.get(role, {})
            )
            for role in ("source", *MAPPING)
        }
        self.controls["source"].observe(self.take_source)
        self.controls["duration_col"].observe(self._take_unit)
        self.controls["event_col"].observe(self._offer_event_values)
        self.controls["treatment"].observe(self._offer_active_values)
        for role in TAKEN:
            self.controls[role].observe(self._offer_covariates)
        self.letters = widgets.Dropdown(
            description=said("data.letters.label"),
            options=[(said(f"data.letters.{k}"), k) for k in said.keys("data.letters") if k != "label"],
            value=AUTO,
            layout=widgets.Layout(width="auto"),
        )
        self.letters.style.description_width = "auto"
        self.letters_off, self.status, self.how = (widgets.HTML() for _ in range(3))
        self.letters_off.add_class("alsteach-off")
        self.take_source()

    @property
    def values(self) -> dict:
        return {name: control.value for name, control in self.controls.items()}

    @property
    def source(self) -> str:
        return self.controls["source"].value

    @property
    def own(self) -> bool:
        """Whether the table is one of the learner's own."""
        return self.source not in EXAMPLES

    # ---- which table

    def begin(self, name: str, content: bytes, encoding: str | None = None) -> tuple:
        """Offer a file as the table; return what reads it, piece by piece, and what then takes the piece."""
        self._read_files += 1
        key = self.being_read = f"file {self._read_files}"
        self.tables = {key: None} | self._lasting
        self._names[key] = self.said("data.file", name=name)
        self.contents, self.refusals = {key: (name, content)}, {}
        before = self.values
        offered = {text: each for each, text in self._names.items() if each in self.tables}
        self.controls["source"].offer(offered, key)

        def read():
            table = from_file(content, name, encoding)
            yield Partial((table, guess_with_reasons(table, ask=True)), 1, 1)

        return read(), lambda piece: self._take_file(key, name, before, piece)

    def _take_file(self, key: str, name: str, before: dict, piece) -> bool:
        """Take the file that was read, or say why it cannot be; tell whether it is still wanted."""
        if key != self.being_read:
            return False
        self.being_read = None
        if isinstance(piece, TrialDataError):
            self.refusals[key] = str(piece)
        elif isinstance(piece, Exception):
            self.refusals[key] = self.said("data.fault", name=name)
        else:
            table, self._guesses[key] = piece.found
            self.tables[key] = table
            entries = {role: self.controls[role].offered for role in ("event_value", "active_value")}
            chosen = {role for role in FREE if before[role] != shown(self._guessed)[role]}
            self._guessed = self._guesses[key][0]
            self._offer(table, remembered(self._guessed, before, chosen, entries, table))
        return True

    def table_of(self, source: str) -> pd.DataFrame | None:
        if self.tables[source] is None and source in EXAMPLES:
            self.tables[source] = self._lasting[source] = example(source)
        return self.tables[source]

    def _guess(self, source: str) -> dict:
        """Return what each column of a table is taken for at first."""
        table = self.table_of(source)
        if source not in self._guesses:
            self._guesses[source] = guess_with_reasons(table, ask=True)
        return self._guesses[source][0] | table.attrs.get("model", {})

    def as_guessed(self, source: str) -> dict:
        """Return the controls' values with which a table opens."""
        return {"source": source} | shown(self._guess(source))

    def take_source(self) -> None:
        """Offer the columns of the chosen table, guessed."""
        table = self.table_of(self.source)
        if table is not None:
            self._guessed = self._guess(self.source)
            self._offer(table, self._guessed)

    # ---- which column is what

    def _offer(self, table: pd.DataFrame, guess: dict) -> None:
        names = self._named(table.columns)
        for role in TAKEN:
            unknown = {} if guess[role] is not None else {self.said("data.choose_column"): None}
            self.controls[role].offer({**unknown, **names}, guess[role])
        numeric = {
            text: column
            for text, column in names.items()
            if pd.api.types.is_numeric_dtype(table[column]) or column == guess["biomarker"]
        }
        none = {self.said("data.no_biomarker"): None}
        self.controls["biomarker"].offer({**none, **numeric}, guess["biomarker"])
        self._offer_covariates(guess["covariates"])
        self.controls["duration_unit"].take(guess["duration_unit"] or "days")
        self._offer_event_values(guess["event_value"])
        self._offer_active_values(guess["active_value"])

    def _named(self, values) -> dict:
        texts = texts_of(values, self.said("data.no_name"))
        return {self.said("data.name", name=text): value for text, value in texts.items()}

    def _levels(self, role: str) -> dict:
        table, column = self.table_of(self.source), self.controls[role].value
        if table is None or column not in list(table.columns):
            return {}
        values = table[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            return {}
        return self._named(codes.levels(values.astype(object).head(100_000))[:MOST_ENTRIES])

    def _take_unit(self) -> None:
        """Take the unit that the time's name tells; another name leaves the unit as it is."""
        unit = unit_of(self.controls["duration_col"].value)
        if unit is not None:
            self.controls["duration_unit"].take(unit)

    def _offer_event_values(self, wanted=None) -> None:
        levels = self._levels("event_col")
        if wanted is None and levels:
            table = self.table_of(self.source)
            event, time = (self.controls[role].value for role in ("event_col", "duration_col"))
            times = follow_up(table[time]) if time in table.columns else None
            wanted = codes.died_value(table[event], event, times)[0]
        wanted = wanted if isinstance(wanted, list | tuple) else [wanted]
        self.controls["event_value"].offer(levels, wanted)

    def _offer_active_values(self, wanted=None) -> None:
        levels = self._levels("treatment")
        if wanted is None and levels:
            wanted = told_arm(self.table_of(self.source), self.controls["treatment"].value)
        if wanted is None and levels:
            levels = {self.said("data.choose_entry"): None, **levels}
        self.controls["active_value"].offer(levels, wanted)

    def _offer_covariates(self, wanted=None) -> None:
        """Offer every column that is not the time, the event or the treatment."""
        table = self.table_of(self.source)
        if table is not None:
            taken = {self.controls[role].value for role in TAKEN}
            named = self._named(table.columns).items()
            now = self.controls["covariates"].value
            free = {text: column for text, column in named if column not in taken}
            self.controls["covariates"].offer(free, now if wanted is None else wanted)

    def lacking(self, values: dict) -> list[str]:
        """Return what neither the file nor the learner has told, by the controls' labels."""
        return [self.controls[role].label for role in NEEDED if values[role] in (None, (), (None,))]

    # ---- what is said of it

    def tell(self) -> bool:
        """Say which column is taken for what, how that was guessed, and whether letters can be chosen.

        Return whether a column or an entry is asked for.
        """
        table = self.tables[self.source]
        notes = [*table.attrs.get("reading", []), *self._guesses[self.source][1]] if table is not None else []
        lacking = table is not None and bool(self.lacking(self.values))
        put(self.status, self._read() if table is not None and not lacking else "")
        notes = self.names(notes)
        if table is not None and (preset := table.attrs.get("model")):
            notes.append(self.said("data.preset", controls=[self.controls[role].label for role in preset]))
        put(self.how, aside("fold", self.said("data.how"), notes) if notes else "")
        file = self.contents.get(self.source)
        off = "no_file" if file is None else "workbook" if file[1].startswith(b"PK") else None
        put(self.letters_off, self.said(f"data.letters_off.{off}") if off else "")
        if self.letters.disabled != bool(off):
            self.letters.disabled = bool(off)
        return lacking

    def names(self, texts) -> list[str]:
        """Return texts as the words of a learner's own file."""
        return [self.said("data.name", name=text) for text in texts]

    def _read(self) -> str:
        said, values = self.said, self.values

        def quoted(value) -> str:
            return said("data.quoted", name=str(value))

        died = [quoted(value) for value in values["event_value"]]
        while len(died) > 1:
            died = [said("data.or", first=died[0], second=died[1]), *died[2:]]
        biomarker = values["biomarker"]
        read = said(
            "data.read",
            time=quoted(values["duration_col"]),
            unit=said(f"controls.duration_unit.options.{values['duration_unit']}"),
            died=died[0],
            event=quoted(values["event_col"]),
            active=quoted(values["active_value"]),
            treatment=quoted(values["treatment"]),
            covariates=said("data.covariates", n=len(values["covariates"])),
            biomarker=said("data.without_biomarker")
            if biomarker is None
            else said("data.biomarker", name=quoted(biomarker)),
        )
        return aside("read", said("data.what"), read)


def put(widget, text: str) -> None:
    if widget.value != text:
        widget.value = text


def told_arm(table, treatment):
    """Return the arm that a table says is active, or None where only the order of the codes would decide."""
    value, _, told = codes.active_value(table[treatment], treatment)
    return value if told else None


def shown(guess: dict) -> dict:
    """Return a guess as the values of the controls."""
    died = guess["event_value"]
    several = {"event_value": tuple(died) if isinstance(died, list | tuple) else (died,)}
    return {role: guess[role] for role in MAPPING} | several | {"covariates": tuple(guess["covariates"])}


def remembered(guess: dict, before: dict, chosen: set[str], entries: dict, table: pd.DataFrame) -> dict:
    """Return the guess for a newly chosen file with the earlier choices in it, as far as its columns have them.

    ``chosen`` are the roles in which the learner had another column than was guessed, ``entries`` those that the
    earlier columns held.
    """
    columns = list(table.columns)
    known = [role for role in TAKEN if before[role] is not None and before[role] in columns]
    found = guess | {role: before[role] for role in known}
    if len(known) == len(TAKEN):  # the same kind of table: what was left out was left out on purpose
        if "covariates" in chosen and set(before["covariates"]) <= set(columns):
            found["covariates"] = before["covariates"]
        if "biomarker" in chosen and (before["biomarker"] is None or before["biomarker"] in columns):
            found["biomarker"] = before["biomarker"]
    if "duration_col" in known:
        found["duration_unit"] = before["duration_unit"]
    for role, value in (("event_col", "event_value"), ("treatment", "active_value")):
        if role in known:
            same_coding = set(codes.levels(table[found[role]])) == set(entries[value])
            # Another coding is guessed anew: 1 of 1 and 2 need not mean what 1 of 0 and 1 meant.
            anew = guess[value] if found[role] == guess[role] else None
            found[value] = before[value] if same_coding else anew
    return found
