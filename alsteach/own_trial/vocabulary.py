"""What people call columns, codes, arms and outcomes, in all languages: ``vocabulary.toml``, read once."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_JOINING, _TOGETHER = _FILE.pop("joining"), _FILE.pop("run_together")
EXACTLY = {name: frozenset(texts) for name, texts in _FILE.pop("exactly").items()}
ORDERS = _FILE.pop("orders")["groups"]
MEANINGS = tuple(_FILE)
DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}

NO_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "đ": "d"})
_RUN_TOGETHER = re.compile(
    r"\b({first})({then})(?=\d|\b|_)".format(**{k: "|".join(words.split()) for k, words in _TOGETHER.items()})
)


def plain(name) -> str:
    """Return a name in lower case, without accents, its words separated by single spaces.

    It is split at separators, digits and capitals (``timeToDeath``).

    >>> plain("timeToDéces_(jours)"), plain("PFSEVENT"), plain("치료군")
    ('time to deces jours', 'pfs event', '치료군')
    """
    return _plain(str(name))


@lru_cache(maxsize=20_000)
def _plain(name: str) -> str:
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name).lower().translate(_LETTERS)
    # Accents go; what makes another letter of a Japanese or Korean one stays.
    text = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text)))
    text = re.sub(rf"(?<=[a-z])(?={NO_SPACES.pattern})|(?<={NO_SPACES.pattern})(?=[a-z])", " ", text)
    words = " ".join(re.findall(r"\d+|[^\W\d_]+|[<>%]", text))
    return _RUN_TOGETHER.sub(r"\1 \2", words)


def words_of(meaning: str) -> list[str]:
    """Return the words of a meaning in every language, as the file writes them.

    >>> words_of("cdisc")
    ['cnsr']
    """
    entry = _FILE[meaning]
    own = [word for language in entry.keys() - {"also"} for word in entry[language].split()]
    return own + [word for other in entry.get("also", ()) for word in words_of(other)]


def means(name, *meanings: str) -> bool:
    """Tell whether a name has a word of one of these meanings.

    >>> means("OS_months", "event", "survival_time"), means("position", "survival_time")
    (True, False)
    """
    return _means(f" {plain(name)} ", meanings)


@lru_cache(maxsize=20_000)
def _means(text: str, meanings: tuple) -> bool:
    return any(_pattern(meaning).search(text) for meaning in meanings)


@cache
def _pattern(meaning: str) -> re.Pattern:
    return re.compile("|".join(sorted({_placed(stem) for stem in words_of(meaning)})))


def _placed(stem: str) -> str:
    word = re.escape(stem.rstrip("$").replace(".", " "))
    if NO_SPACES.search(word):
        return word
    return f" {word} " if stem.endswith("$") else f" {word}"


def rest_of(name, meaning: str) -> str:
    """Return what is left of a name without the words of a meaning, single letters and digits.

    >>> rest_of("clamp time (min)", "time"), rest_of("生存时间2", "time")
    ('clamp min', '')
    """
    text = _words_of(meaning).sub("", f" {plain(name)} ")
    return " ".join(
        word for word in text.split() if len(word) > 1 and not word.isdigit() or NO_SPACES.search(word)
    )


@cache
def _words_of(meaning: str) -> re.Pattern:
    placed = []
    for stem in sorted(words_of(meaning), key=len, reverse=True):
        word = re.escape(stem.rstrip("$").replace(".", " "))
        end = "" if NO_SPACES.search(word) else "(?= )" if stem.endswith("$") else "[^ ]*"
        placed.append(f"{word}{end}" if NO_SPACES.search(word) else f"(?<= ){word}{end}")
    return re.compile("|".join(placed))


def whole_words(joining: str) -> str:
    """Return a pattern of the words of all languages that negate, add or join others.

    >>> re.split(whole_words("or"), "dead or alive")
    ['dead ', ' alive']
    """
    return rf"\b(?:{'|'.join(' '.join(_JOINING[joining].values()).split())})\b"


def unit_of(name) -> str | None:
    """Return the unit of time in a column's name, or None.

    >>> unit_of("survival_months"), unit_of("time")
    ('months', None)
    """
    return next((unit for unit in DAYS_PER if means(name, unit)), None)


def other_endpoint(time, event) -> bool:
    """Tell whether a time is that to death and an event is another, or the other way round, by their names.

    >>> other_endpoint("OS", "PFSevent"), other_endpoint("rfs_time", "death"), other_endpoint("time", "relapse")
    (True, True, False)
    """
    death, other = ([means(name, of) for name in (time, event)] for of in ("of_death", "of_another"))
    return death[0] != other[0] and death[1] != other[1] and death[0] != death[1]


def before_start(column) -> bool:
    """Tell whether a length of time ended before follow-up began: a disease's duration, a time to randomisation."""
    before, to, end = f" {plain(column)} ".rpartition(" to ")
    if to:
        return not means(end, "to_follow_up")
    return means(column, "no_follow_up") and not means(column, "until")
