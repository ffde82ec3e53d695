"""The sentences a learner reads in a panel, from ``words/<language>/*.toml``: one file a page, one table a panel.

A leaf of a table is a whole sentence, ``"HR {hr:hr}, {p:p}."``, whose fields name their kind (`numbers.KINDS`), or one
sentence with plural forms, ``{ by = "n", one = "{n:int} lies …", other = "{n:int} lie …" }``. A panel asks by the
path of keys::

    words = catalogue.panel("reference_level")
    words.title
    words("finding.at", x=0, hr=0.32)       # a sentence; fields it does not name may be given too
    words.keys("steps")                     # ["zero", "mean"], in the file's order
    picture = words.table("picture")        # a part of it: picture("xlabel")
    "controls.zero.unit" in words

The language is the environment's ``ALSTEACH_LANG``, English by default; ``pseudo`` is English with accents in
⟦brackets⟧, so that a sentence that does not come from here shows.

A test finds what is unused or missing by recording what a panel asks for while it is driven through its states::

    with catalogue.recording() as asked:
        drive(panel)
    assert not catalogue.problems({"reference_level": catalogue.tables()["reference_level"]}, asked)

`problems(tables)` alone says what is wrong in the form, and `problems(tables, catalogue.asks(english))` how a
translation differs from English.
"""

from __future__ import annotations

import string
import tomllib
from collections import defaultdict
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from . import numbers

FOLDER = Path(__file__).parent
SECTIONS = ("title", "data", "controls", "steps", "finding", "numbers", "picture", "guess", "marks")
COMMON = "panel"  # the table of words all panels share; its sections are its own
PSEUDO = "pseudo"
_ACCENTS = str.maketrans("aceinouyACEINOUYszSZ", "áçéíñóúýÁÇÉÍÑÓÚÝšžŠŽ")
_recorders: list[dict] = []


class CatalogueError(Exception):
    """A sentence that is not there or cannot be filled; the message names file, table and key."""


class Panel:
    """The sentences of one panel, or of a part of it."""

    def __init__(self, name: str, tree: dict, where: str, prefix: str = "", language: str = "en"):
        self.name, self._tree, self._where, self._prefix, self._language = name, tree, where, prefix, language

    @property
    def title(self) -> str:
        return self("title")

    def __call__(self, key: str, **fields) -> str:
        """Return the sentence at ``key``, ``"finding.at"``, with its fields filled."""
        path = f"{self._prefix}{key}"
        for asked in _recorders:
            asked[self.name][path] |= set(fields)
        leaf = self._find(key)
        if leaf is None or not _is_leaf(leaf):
            raise CatalogueError(f"{self._place(key)}: there is no such sentence.")
        return self._fill(key, self._form(key, leaf, fields), fields)

    def __contains__(self, key: str) -> bool:
        return self._find(key) is not None

    def keys(self, key: str = "") -> list[str]:
        """Return the names in the table at ``key``, in the file's order; none where there is no such table."""
        found = self._find(key)
        return [] if found is None or _is_leaf(found) else list(found)

    def table(self, key: str) -> Panel:
        """Return the part under ``key``, asked in the same way."""
        found = self._find(key)
        if found is None or _is_leaf(found):
            raise CatalogueError(f"{self._place(key)}: there is no such table.")
        return Panel(self.name, found, self._where, f"{self._prefix}{key}.", self._language)

    def _find(self, key: str):
        found = self._tree
        for part in key.split(".") if key else ():
            if _is_leaf(found) or part not in found:
                return None
            found = found[part]
        return found

    def _form(self, key: str, leaf, fields: dict) -> str:
        if isinstance(leaf, str):
            return leaf
        if leaf["by"] not in fields:
            raise CatalogueError(f"{self._place(key)}: the field {leaf['by']!r} is missing.")
        form = numbers.plural_form(fields[leaf["by"]], self._language)
        if form not in leaf:
            raise CatalogueError(f"{self._place(key)}: the plural form {form!r} is missing.")
        return leaf[form]

    def _fill(self, key: str, sentence: str, fields: dict) -> str:
        parts = []
        try:
            for text, field, kind in _parts(sentence):
                parts.append(text)
                if field is None:
                    continue
                if field not in fields:
                    raise ValueError(f"the field {field!r} is missing")
                parts.append(numbers.KINDS[kind](fields[field]))
        except (TypeError, ValueError) as problem:
            raise CatalogueError(f"{self._place(key)}: {problem}.") from problem
        return "".join(parts)

    def _place(self, key: str) -> str:
        return f"{self._where}, [{self.name}], {self._prefix}{key}"


def panel(name: str) -> Panel:
    """Return the sentences of a panel in the learner's language.

    Examples
    --------
    >>> from alsteach.words import catalogue
    >>> catalogue.panel("checkup").title
    'Is everything in order here?'
    """
    language = numbers.language()
    try:
        tree, file = _read(language)[name]
    except KeyError:
        raise CatalogueError(f"No file in words/{_folder(language)} has a table [{name}].") from None
    return Panel(name, tree, file, language=language)


def tables(language: str | None = None) -> dict[str, dict]:
    """Return every panel's table of a language (the learner's by default), by the panel's name."""
    return {name: tree for name, (tree, _) in _read(language or numbers.language()).items()}


def _folder(language: str) -> str:
    return "en" if language == PSEUDO else language


@lru_cache(maxsize=8)
def _read(language: str) -> dict[str, tuple[dict, str]]:
    folder = FOLDER / _folder(language)
    if not folder.is_dir():
        there = ", ".join(sorted({path.parent.name for path in FOLDER.glob("*/*.toml")}))
        raise CatalogueError(
            f"There are no sentences in the language {language!r} (ALSTEACH_LANG); {there} are there."
        )
    found: dict[str, tuple[dict, str]] = {}
    for file in sorted(folder.glob("*.toml")):
        place = f"words/{folder.name}/{file.name}"
        for name, tree in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if name in found:
                raise CatalogueError(f"{place}, [{name}]: {found[name][1]} has this table too.")
            found[name] = (pseudo(tree) if language == PSEUDO else tree, place)
    return found


def pseudo(tree):
    """Return the same sentences, unmistakable and readable: accents in brackets, the fields kept.

    Examples
    --------
    >>> pseudo({"at": "Read at {x:int} pg/mL."})
    {'at': '⟦Réád át {x:int} pg/mL.⟧'}
    """
    if isinstance(tree, dict):
        return {
            key: value if key == "by" and _is_leaf(tree) else pseudo(value) for key, value in tree.items()
        }
    written = []
    for text, field, kind in _parts(tree):
        written.append(text.translate(_ACCENTS).replace("{", "{{").replace("}", "}}"))
        written.append("" if field is None else f"{{{field}:{kind}}}")
    return f"⟦{''.join(written)}⟧"


@contextmanager
def recording():
    """Record what is asked for inside this block: ``{panel: {key: the fields it was given}}``."""
    asked: dict = defaultdict(lambda: defaultdict(set))
    _recorders.append(asked)
    try:
        yield asked
    finally:
        _recorders[:] = [recorder for recorder in _recorders if recorder is not asked]


def asks(tables: dict) -> dict[str, dict[str, set]]:
    """Return the keys and fields of these tables as if a panel had asked for all of them."""
    return {name: {key: _fields(leaf) for key, leaf in _leaves(tree)} for name, tree in tables.items()}


def problems(tables: dict, asked: dict | None = None, language: str = "en") -> list[str]:
    """Return what is wrong with tables of sentences, a line each; an empty list if nothing is.

    Parameters
    ----------
    tables : dict
        ``{panel: table}`` as in the files.
    asked : dict, optional
        ``{panel: {key: fields}}`` from `recording` or `asks`: then keys and fields that are missing or unused are
        reported too.
    language : str
        Whose plural forms are expected.
    """
    said = []
    for name, tree in tables.items():
        if name != COMMON:
            said += [
                f"[{name}] {key}: unknown key; known are {', '.join(SECTIONS)}."
                for key in tree
                if key not in SECTIONS
            ]
        said += [
            f"[{name}] {key}: {problem}."
            for key, leaf in _leaves(tree)
            for problem in _faults(leaf, language)
        ]
    if said or asked is None:
        return said
    for name in sorted({*tables, *asked}):
        there, wanted = dict(_leaves(tables.get(name, {}))), asked.get(name, {})
        said += [f"[{name}] {key}: missing key." for key in wanted if key not in there]
        said += [f"[{name}] {key}: unused key." for key in there if key not in wanted]
        read, given = set(), set()
        for key in there.keys() & wanted.keys():
            read |= _fields(there[key])
            given |= wanted[key]
            missing = sorted(_fields(there[key]) - wanted[key])
            said += [f"[{name}] {key}: the field {field!r} is missing." for field in missing]
        said += [f"[{name}]: the field {field!r} is in no sentence." for field in sorted(given - read)]
    return said


def _is_leaf(value) -> bool:
    return not isinstance(value, dict) or isinstance(value.get("by"), str)


def _leaves(tree: dict, prefix: str = ""):
    for key, value in tree.items():
        if _is_leaf(value):
            yield f"{prefix}{key}", value
        else:
            yield from _leaves(value, f"{prefix}{key}.")


def _sentences(leaf) -> list:
    return [leaf] if not isinstance(leaf, dict) else [leaf[form] for form in leaf if form != "by"]


def _fields(leaf) -> set[str]:
    named = {field for sentence in _sentences(leaf) for _, field, _ in _parts(sentence) if field is not None}
    return named | ({leaf["by"]} if isinstance(leaf, dict) else set())


def _faults(leaf, language: str):
    if isinstance(leaf, dict):
        forms, expected = leaf.keys() - {"by"}, numbers.plural_forms(language)
        yield from (f"the plural form {form!r} is unknown" for form in sorted(forms - expected))
        yield from (f"the plural form {form!r} is missing" for form in sorted(expected - forms))
    for sentence in _sentences(leaf):
        try:
            if not isinstance(sentence, str):
                raise ValueError(f"{sentence!r} is no sentence")
            list(_parts(sentence))
        except ValueError as problem:
            yield str(problem)


def _parts(sentence: str):
    """Yield (text, field, kind); field and kind are None after the last field."""
    for text, field, kind, conversion in string.Formatter().parse(sentence):
        if field is None:
            yield text, None, None
            continue
        if not field.isidentifier() or conversion:
            raise ValueError(f"{{{field}}} is no field; write {{name:kind}}")
        if kind not in numbers.KINDS:
            raise ValueError(
                f"the kind {kind!r} of the field {field!r} is unknown; known are {', '.join(numbers.KINDS)}"
            )
        yield text, field, kind
