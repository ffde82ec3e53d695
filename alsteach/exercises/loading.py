"""Items of the course: a TOML file a notebook, read, checked for completeness, and filled with computed numbers.

An item in ``items/05.toml``::

    [[item]]
    id = "05-number-1"             # notebook-kind-number; kind is choice, number or code
    when = "before"                # its panel (a prediction), or "after"
    panel = "disagreement_panel"   # may be left out
    misconceptions = ["M5"]
    numbers = "steps_of_the_cohort"  # a function in numbers.py: its dict fills {crude:.2f} in any text below;
                                   # {mirocals_hr_adjusted} quotes a published figure. May be left out.
    prompt = "…"                   # **bold**, *italic*, `code`, blank line = new paragraph, "- " = list; also below
    hints = ["…", "…"]
    look = "Press *Reset* in the panel below and read its sentence."   # with when = "before" only: what to do, and
    outcome = "The panel shows {crude:.2f}."                           # what the panel then showed

A choice also has ``answer = "B"``, a table ``options`` (letter to text) and a table ``explanations`` (of every letter).
A number has ``answer = "crude"`` (a key of its numbers), ``decimals = 2``, optionally ``unit = "%"``, and a table
``wrong`` (a key of its numbers, the typical wrong number, to its explanation).
A code item has ``expects`` ("number", "series", "frame", "dict", "list" or "bool": what ``answer`` must be),
``starter`` and ``solution`` (source code, each whole in itself, that sets ``answer``; the starter says
``answer = ...``), ``checks`` (what is compared, in words: "the hazard ratio of treatment, to 2 decimals"),
``decimals`` (or ``tolerance``), and ``wrong`` as above. Braces in starter and solution stand for themselves.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType

from .. import prose
from ..frames import TrialDataError

KINDS = ("choice", "number", "code")
EXPECTS = ("number", "series", "frame", "dict", "list", "bool")
_ALWAYS = {"id", "prompt", "hints", "when", "misconceptions"}
_NEEDED = {
    "choice": {"answer", "options", "explanations"},
    "number": {"answer", "decimals", "numbers"},
    "code": {"starter", "solution", "expects", "checks"},
}
_ALLOWED = {
    "choice": set(),
    "number": {"unit", "wrong"},
    "code": {"decimals", "tolerance", "wrong"},
}
_ANYWHERE = {"panel", "numbers", "look", "outcome"}
EMPTY_STARTER = "answer = ..."


@dataclass(frozen=True)
class Check:
    """Whether an answer is right, and a sentence saying why or what was checked."""

    correct: bool
    message: str


@dataclass(frozen=True, eq=False, repr=False)
class Item:
    """One question or exercise; `load_items` makes it.

    Attributes
    ----------
    id, notebook, kind, when, panel, misconceptions
        ``"05-choice-1"``, ``"05"``, ``"choice"``, ``"before"`` or ``"after"`` its panel, the panel's name or None,
        ``("M5",)``.
    prompt, options, explanations, hints, look, outcome
        Texts with their numbers filled in. ``explanations`` has every option of a choice; of a number or a code
        item the typical wrong answers.
    solution
        A letter, a number, or source code.
    starter : str
        What a learner finds in a code cell.
    """

    id: str
    misconceptions: tuple[str, ...]
    when: str
    panel: str | None
    raw: Mapping = field(compare=False)

    def __repr__(self) -> str:
        return f"Item({self.id!r})"

    @property
    def notebook(self) -> str:
        return self.id.split("-")[0]

    @property
    def kind(self) -> str:
        return self.id.split("-")[1]

    @cached_property
    def computed(self) -> Mapping:
        """What the item's function in ``numbers.py`` returns."""
        return _computed(self.raw["numbers"]) if "numbers" in self.raw else MappingProxyType({})

    def _filled(self, text: str) -> str:
        if "{" not in text and "}" not in text:  # then its numbers, some of which take a second, can wait
            return text.strip()
        try:
            return prose.quote(text, **self.computed).strip()
        except (TrialDataError, ValueError, TypeError, AttributeError, KeyError, IndexError) as problem:
            raise TrialDataError(f"Item {self.id}: {problem} (in the text {text.strip()[:60]!r}…).") from None

    def _all_filled(self, name: str) -> dict[str, str]:
        return {key: self._filled(text) for key, text in self.raw.get(name, {}).items()}

    @cached_property
    def prompt(self) -> str:
        return self._filled(self.raw["prompt"])

    @cached_property
    def options(self) -> dict[str, str]:
        return self._all_filled("options")

    @cached_property
    def explanations(self) -> dict[str, str]:
        return self._all_filled("explanations" if self.kind == "choice" else "wrong")

    @cached_property
    def hints(self) -> tuple[str, ...]:
        return tuple(self._filled(hint) for hint in self.raw["hints"])

    @cached_property
    def look(self) -> str:
        return self._filled(self.raw.get("look", ""))

    @cached_property
    def outcome(self) -> str:
        return self._filled(self.raw.get("outcome", ""))

    @property
    def decimals(self) -> int | None:
        return self.raw.get("decimals")

    @property
    def unit(self) -> str:
        return self.raw.get("unit", "")

    @property
    def starter(self) -> str:
        return self.raw.get("starter", EMPTY_STARTER + "\n")

    @property
    def solution(self):
        if self.kind == "choice":
            return self.raw["answer"]
        if self.kind == "number":
            return float(self.number(self.raw["answer"]))
        return self.raw["solution"]

    def number(self, key: str):
        """Return one of the item's computed values."""
        if key not in self.computed:
            have = ", ".join(self.computed) or "none"
            raise TrialDataError(f"Item {self.id}: {key!r} is none of its numbers ({have}).")
        return self.computed[key]

    def check(self, answer) -> Check:
        """Say whether ``answer`` is right, and why; whatever it is, this raises nothing.

        Parameters
        ----------
        answer
            A choice: its letter or its text. A number: a number, or a text such as "0.52", "0,52" or "52 %". A code
            item: the value of ``answer``, or source code that sets it, which is then run.

        Returns
        -------
        Check

        Examples
        --------
        >>> item = load_items("03")[0]
        >>> item.check(item.solution).correct
        True
        """
        from . import checking

        return checking.check(self, answer)


@cache
def _computed(name: str) -> Mapping:
    from . import numbers

    function = getattr(numbers, name, None)
    if not callable(function) or name.startswith("_"):
        raise TrialDataError(f"There is no function {name!r} in alsteach/exercises/numbers.py.")
    return MappingProxyType(dict(function()))


def _faults(raw: dict, notebook: str) -> list[str]:
    """Say what is wrong with the form of an item."""
    name = raw.get("id", "")
    match = re.fullmatch(r"(\d\d)-([a-z]+)-\d+", name if isinstance(name, str) else "")
    if not match or match[2] not in KINDS:
        return [f"its id {name!r} is not of the form {notebook}-choice-1 (or number, code)"]
    kind = match[2]
    faults = [] if match[1] == notebook else [f"it stands in the file of notebook {notebook}"]
    if raw.get("kind", kind) != kind:
        faults.append(f"kind = {raw['kind']!r} contradicts its id")
    if raw.get("when") not in ("before", "after"):
        faults.append('when must be "before" or "after"')
    needed = _ALWAYS | _NEEDED[kind] | ({"look", "outcome"} if raw.get("when") == "before" else set())
    faults += [f"{key} is missing" for key in sorted(needed - set(raw))]
    unknown = set(raw) - needed - _ALLOWED[kind] - _ANYWHERE - {"kind"}
    faults += [f"{key} is not known here" for key in sorted(unknown)]
    if faults:
        return faults
    if not raw["misconceptions"] or not all(
        re.fullmatch(r"M([1-9]|1\d|2[01])", m) for m in raw["misconceptions"]
    ):
        faults.append("misconceptions must be some of M1 to M21")
    if len(raw["hints"]) != 2:
        faults.append("it must have two hints")
    if kind == "choice":
        options, explanations = set(raw["options"]), set(raw["explanations"])
        if len(options) < 2 or not all(re.fullmatch("[A-H]", letter) for letter in options):
            faults.append("its options must be two or more of A to H")
        if explanations != options:
            faults.append(f"explanations and options differ in {', '.join(sorted(explanations ^ options))}")
        if raw["answer"] not in options:
            faults.append(f"its answer {raw['answer']!r} is no option")
    if kind == "number" and raw["answer"] in raw.get("wrong", {}):
        faults.append("its answer stands among the wrong numbers")
    if kind == "code":
        if raw["expects"] not in EXPECTS:
            faults.append(f"expects must be one of {', '.join(EXPECTS)}")
        if EMPTY_STARTER not in raw["starter"]:
            faults.append(f"its starter must contain `{EMPTY_STARTER}`")
    return faults


def _upper(raw: dict) -> dict:
    """Letters in capitals, so that a file may use either."""
    if isinstance(raw.get("options"), dict):
        for table in ("options", "explanations"):
            raw[table] = {str(letter).upper(): text for letter, text in raw.get(table, {}).items()}
        raw["answer"] = str(raw.get("answer", "")).upper()
    return raw


def read_items(text: str, notebook: str) -> tuple[Item, ...]:
    """Return the items of one TOML file.

    Raises
    ------
    TrialDataError
        Naming the file, the item and everything wrong with its form.
    """
    where = f"items/{notebook}.toml"
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise TrialDataError(f"{where} cannot be read as TOML: {problem}.") from None
    if set(tables) - {"item"} or not isinstance(tables.get("item", []), list):
        raise TrialDataError(f"{where} must hold nothing but [[item]] tables.")
    items = []
    for raw in map(_upper, tables.get("item", [])):
        faults = _faults(raw, notebook)
        if faults:
            raise TrialDataError(f"{where}, item {raw.get('id', '?')}: {'; '.join(faults)}.")
        shared = {
            "misconceptions": tuple(raw["misconceptions"]),
            "when": raw["when"],
            "panel": raw.get("panel"),
        }
        items.append(Item(id=raw["id"], raw=MappingProxyType(raw), **shared))
    twice = [item.id for i, item in enumerate(items) if item.id in {other.id for other in items[:i]}]
    if twice:
        raise TrialDataError(f"{where}: the id {twice[0]} is used twice.")
    return tuple(items)


@cache
def _all_items() -> tuple[Item, ...]:
    folder = resources.files(__package__) / "items"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(
        item
        for f in files
        for item in read_items(f.read_text(encoding="utf-8"), f.name.removesuffix(".toml"))
    )


def load_items(notebook: str | None = None) -> tuple[Item, ...]:
    """Return the items of the course, or those of one notebook, in their order.

    Parameters
    ----------
    notebook : str, optional
        Its number, such as ``"05"``.

    Returns
    -------
    tuple of Item

    Raises
    ------
    TrialDataError
        If no notebook of that number has items.

    Examples
    --------
    >>> from alsteach.exercises import load_items
    >>> item = load_items("03")[0]
    >>> item.notebook, item.kind in ("choice", "number", "code")
    ('03', True)
    """
    items = _all_items()
    if notebook is None:
        return items
    name = f"{notebook:02d}" if isinstance(notebook, int) else str(notebook)
    found = tuple(item for item in items if item.notebook == name)
    if not found:
        have = ", ".join(dict.fromkeys(item.notebook for item in items))
        raise TrialDataError(f"There are no questions for notebook {notebook!r}; there are some for {have}.")
    return found


def find_item(name: str) -> Item:
    """Return the item with this id.

    Raises
    ------
    TrialDataError
        Naming the ids there are in that notebook, or near ones.
    """
    from difflib import get_close_matches

    items = {item.id: item for item in _all_items()}
    if name in items:
        return items[name]
    near = [key for key in items if key[:3] == str(name)[:3]] or get_close_matches(str(name), items, n=3)
    have = (
        f"near it there are: {', '.join(near)}" if near else "load_items() from alsteach.exercises lists them"
    )
    raise TrialDataError(f"There is no question {name!r}; {have}.")
