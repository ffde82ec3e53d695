"""Items of the course: a TOML file a notebook, read, checked for completeness, and filled with computed numbers.

An item in ``items/05.toml``::

    [[item]]
    id = "05-number-1"             # notebook-kind-number; kind is choice, number, code, sort, write
    when = "before"                # its panel (a prediction), or "after"
    panel = "reference_level_panel"  # may be left out
    misconceptions = ["M5"]
    numbers = "steps_of_the_cohort"  # a function in numbers.py: its dict fills {crude:.2f} in any text below;
                                   # {mirocals_hr_adjusted} quotes a published figure. May be left out.
    prompt = "…"                   # **bold**, *italic*, `code`, blank line = new paragraph, "- " = list; also below
    hints = ["…", "…"]
    look = "Press *Reset* in the panel below and read its sentence."   # with when = "before" only: what to do, and
    outcome = "The panel shows {crude:.2f}."                           # what the panel then showed

A choice also has ``answer = "B"``, a table ``options`` (letter to text) and a table ``explanations`` (of every letter).
A number has ``answer = "crude"`` (a key of its numbers), ``decimals = 2``, ``working`` (how it comes about, every
figure a field), optionally ``unit = "%"``, a table ``wrong`` (a key of its numbers, the typical wrong number, to its
explanation), and tables ``above`` and ``below`` (a key of its numbers to what is said to a number beyond it).
A code item has ``expects`` ("number", "series", "frame", "dict", "list" or "bool": what ``answer`` must be),
``starter`` and ``solution`` (source code, each whole in itself, that sets ``answer``; the starter says
``answer = ...``), ``checks`` (what is compared, in words: "the hazard ratio of treatment, to 2 decimals"),
``decimals`` (or ``tolerance``), and ``wrong`` as above. Braces in starter and solution stand for themselves.

Sorts and texts to write have ``when = "after"`` and no hints. A sort has two to four boxes, a word to its label (which
stands on a button: three words at most), and three to twelve cards, which are shown one at a time in this order::

    [item.boxes]
    printed = "Printed"
    unknown = "Unknown"

    [[item.cards]]
    text = "Hazard ratio 0.32"
    box = "printed"
    why = "It stands in the abstract."         # said to the right box, and to a wrong one unless …
    wrong = { unknown = "Read the abstract." }  # … this says something else to it. May be left out.

A text to write has ``model = "…"`` (the model answer) and ``checklist = ["…", …]`` (three to five points to tick). It
is never marked. ``al.quiz("05-write-1")`` asks for a draft; ``al.quiz("05-write-1", again=True)`` shows the draft again
and has *Compare* under it, with model answer and checklist.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType

from ..data.checks import TrialDataError
from .item import EMPTY_STARTER, KINDS, Item

EXPECTS = ("number", "series", "frame", "dict", "list", "bool")
_ALWAYS = {"id", "prompt", "when", "misconceptions"}
_NEEDED = {
    "choice": {"hints", "answer", "options", "explanations"},
    "number": {"hints", "answer", "decimals", "numbers", "working"},
    "code": {"hints", "starter", "solution", "expects", "checks"},
    "sort": {"boxes", "cards"},
    "write": {"model", "checklist"},
}
_ALLOWED = {
    "choice": set(),
    "number": {"unit", "wrong", "above", "below"},
    "code": {"decimals", "tolerance", "wrong"},
    "sort": set(),
    "write": set(),
}
NEVER_BEFORE = ("sort", "write")  # kinds that are no prediction
_ANYWHERE = {"panel", "numbers", "look", "outcome"}


def _faults(raw: dict, notebook: str) -> list[str]:
    """Say what is wrong with the form of an item."""
    name = raw.get("id", "")
    match = re.fullmatch(r"(\d\d)-([a-z]+)-\d+", name if isinstance(name, str) else "")
    if not match or match[2] not in KINDS:
        return [f"its id {name!r} is not of the form {notebook}-choice-1 (or {', '.join(KINDS[1:])})"]
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
    if len(raw.get("hints", "..")) != 2:
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
    if kind in NEVER_BEFORE and raw["when"] != "after":
        faults.append(f'a {kind} is no prediction: when must be "after"')
    if kind == "sort":
        faults += _sort_faults(raw["boxes"], raw["cards"])
    if kind == "write":
        checklist = raw["checklist"]
        if (
            not isinstance(checklist, list)
            or not 3 <= len(checklist) <= 5
            or not all(map(_is_text, checklist))
        ):
            faults.append("its checklist must have three to five points")
        if not _is_text(raw["model"]):
            faults.append("its model answer is empty")
    return faults


def _is_text(found) -> bool:
    return isinstance(found, str) and bool(found.strip())


def _sort_faults(boxes, cards) -> list[str]:
    if (
        not isinstance(boxes, dict)
        or not 2 <= len(boxes) <= 4
        or not all(re.fullmatch("[a-z]+", word) and _is_text(label) for word, label in boxes.items())
    ):
        return ["its boxes must be two to four, each a word in small letters with its label"]
    if not isinstance(cards, list) or not 3 <= len(cards) <= 12:
        return ["it must have three to twelve cards"]
    faults = []
    for place, card in enumerate(cards, 1):
        of_card = [f"{key} is missing" for key in ("text", "box", "why") if not _is_text(card.get(key))]
        of_card += [f"{key} is not known here" for key in sorted(set(card) - {"text", "box", "why", "wrong"})]
        if not of_card and card["box"] not in boxes:
            of_card.append(f"there is no box {card['box']!r}")
        wrong = card.get("wrong", {})
        if not isinstance(wrong, dict) or not all(map(_is_text, wrong.values())):
            of_card.append("wrong must be a table of texts")
        elif not of_card and not set(wrong) <= set(boxes) - {card["box"]}:
            of_card.append("wrong must name boxes in which it does not belong")
        faults += [f"card {place}: {fault}" for fault in of_card]
    texts = [card.get("text") for card in cards]
    if not faults and len(set(texts)) < len(texts):
        faults.append("two of its cards say the same")
    if not faults and set(boxes) - {card["box"] for card in cards}:
        faults.append("a box stays empty")
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
    >>> item.notebook, item.kind
    ('03', 'choice')
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


def number_of(item: Item) -> int:
    """Return the item's number on its page: its place in the page's file.

    Examples
    --------
    >>> number_of(find_item("00-choice-2"))
    2
    """
    of_page = [other.id for other in load_items(item.notebook)]
    return of_page.index(item.id) + 1 if item.id in of_page else 1


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
