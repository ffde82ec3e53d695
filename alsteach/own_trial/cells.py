"""Numbers as people write them in cells: decimal commas, thousands separators, units, "<5", dates."""

from __future__ import annotations

import re
import string

import numpy as np
import pandas as pd

from .vocabulary import EXACTLY

_SAS = frozenset(f".{sign}" for sign in string.ascii_letters + "_")  # and Stata
MISSING_SAID = EXACTLY["missing_and_said"] | _SAS
MISSING = EXACTLY["missing"] | MISSING_SAID
MISSING_AMONG_NUMBERS = EXACTLY["missing_among_numbers"]

_SPACES = " \u00a0\u2009\u202f"
_DECIMAL_COMMA = re.compile(rf"[-+]?(\d+|\d{{1,3}}([.'’{_SPACES}]\d{{3}})+),\d+([eE][-+]?\d+)?")
_THOUSANDS_POINT = re.compile(rf"[-+]?\d{{1,3}}([.'’{_SPACES}]\d{{3}})+")
_THOUSANDS_COMMA = re.compile(rf"[-+]?\d{{1,3}}([,'’{_SPACES}]\d{{3}})+(\.\d+)?")
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_SIMPLE = re.compile(r"([-+]?\d+(,\d+)?(\n|\Z))+")
_POINT = re.compile(r"[-+]?\d+(\.(\d{1,2}|\d{4,}))?")
_DATE = re.compile(
    r"(?i:(?:[^\W\d_]{2,10},? )?(?:"  # a weekday
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}\.?)?([ T]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( \d{1,2}:\d{2}.*)?"
    r"|\d{1,2}/(19|20)\d{2}|\d{4} ?[年년] ?\d{1,2} ?[月월]( ?\d{1,2} ?[日일])?"
    r"|\d{1,2}[A-Za-z]{3}(\d{4}|\d{2})(:\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
    r"|\d{1,2}(er)?[- .]{1,2}[^\W\d_]{3,9}\.?[- .,]{1,2}\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2}, ?\d{4}"
    r"|\d{4}-[a-z]{3}-\d{1,2}|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[- ](\d{2}|\d{4})))"
)
_LIMIT = re.compile(r"(<|>|≤|≥|<=|>=)\s*[-+]?\d+([.,]\d+)?\s*\D*")
_PERCENT = re.compile(r"[-+]?\d+([.,]\d+)?\s*%")
_UNIT = re.compile(r"[-+]?\d+([.,]\d+)?\s*([A-Za-zµμ°][^\d,;]*|[A-Za-zµμ]+/[\w.]+)")
_MINUS = str.maketrans({"−": "-", "–": "-"})


def kind_of(text: str) -> str:
    """Return what a cell that is no number looks like: comma, percent, limit, date, unit or word."""
    text = text.strip().translate(_MINUS)
    for kind, pattern in (
        ("comma", _DECIMAL_COMMA),
        ("comma", _THOUSANDS_COMMA),
        ("comma", _THOUSANDS_POINT),
        ("percent", _PERCENT),
        ("limit", _LIMIT),
        ("date", _DATE),
        ("unit", _UNIT),
    ):
        if pattern.fullmatch(text):
            return kind
    return "word"


def comma_means(texts) -> str:
    """Return what commas are in these numbers: ``decimal``, ``thousands``, ``either``, or ``both`` if they disagree."""
    if _SIMPLE.fullmatch("\n".join(texts)):
        return "decimal" if any("," in t and not _EITHER.fullmatch(t) for t in texts) else "either"
    found = set()
    for text in (text.translate(_MINUS) for text in texts if re.search("[,'’]", text)):
        if _EITHER.fullmatch(text):
            continue
        thousands = _THOUSANDS_COMMA.fullmatch(text) and (text.count(",") > 1 or "." in text)
        if thousands or _DECIMAL_COMMA.fullmatch(text):
            found.add("thousands" if thousands else "decimal")
    return "both" if len(found) == 2 else found.pop() if found else "either"


def separates_thousands(text: str) -> bool:
    """Tell whether a number's points can be thousands separators, where the decimal mark is the comma."""
    return bool(_THOUSANDS_POINT.fullmatch(text))


def decimal_mark(meanings, separator: str | None = None) -> str | None:
    """Return the decimal mark of a file from what commas mean in its columns; None if they disagree."""
    meanings = set(meanings) - {"either"}
    if len(meanings) > 1 or "both" in meanings:
        return None
    if meanings:
        return "," if meanings == {"decimal"} else "."
    return "," if separator == ";" else "."


def parse(texts, mark: str) -> dict[str, float] | None:
    """Return each text's number with ``mark`` as the decimal mark, or None if one of them is no number."""
    if mark == "," and _SIMPLE.fullmatch("\n".join(texts)):
        return {text: float(text.replace(",", ".")) for text in texts}
    found = {}
    has_comma = any("," in text for text in texts)
    for original in texts:
        text = original.translate(_MINUS)
        if mark == "," and (_DECIMAL_COMMA.fullmatch(text) or _THOUSANDS_POINT.fullmatch(text)):
            number = re.sub(rf"[.'’{_SPACES}]", "", text).replace(",", ".")
        elif mark == "." and _THOUSANDS_COMMA.fullmatch(text):
            number = re.sub(rf"[,'’{_SPACES}]", "", text)
        elif _POINT.fullmatch(text) or (
            mark == "." and not has_comma and re.fullmatch(r"[-+]?\d+\.\d+", text)
        ):
            number = text
        else:
            return None
        found[original] = float(number)
    return found


_INVISIBLE = str.maketrans(dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f")))


def visible(text: str) -> str:
    """Return a text without signs of no width, which copies from web pages leave behind."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def strip(values) -> pd.Series:
    """Return cells without surrounding spaces, and None where they are blank or say so."""
    series = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    if series.dtype.kind in "biufmM":
        return series
    if series.isna().any() or series.dtype != object:
        series = series.astype(object).where(series.notna(), None)
    texts = (value for value in series.unique() if isinstance(value, str))
    stripped = ((text, visible(text).strip()) for text in texts)
    changed = {text: seen for text, seen in stripped if seen in MISSING or seen != text}
    changed = {text: None if stripped in MISSING else stripped for text, stripped in changed.items()}
    if not changed:
        return series
    cleaned = [changed.get(value, value) for value in series]
    return pd.Series(cleaned, index=series.index, name=series.name, dtype=object)


def plain_numbers(values: pd.Series) -> pd.Series | None:
    """Return cells as numbers if all are, with a decimal point and no more; else None."""
    for part in (values.iloc[:100], values):  # most columns of words show it at once
        numbers = pd.to_numeric(part, errors="coerce")
        unread = numbers.isna() & part.notna()
        if unread.any() and (part[unread] != "").any():
            return None
    if numbers.dtype.kind == "i":
        return numbers
    return _exactly(values, numbers.astype(float))


def _exactly(values: pd.Series, numbers: pd.Series) -> pd.Series:
    """Return the number that each text names to the last digit, which pandas' quick way misses at times."""
    try:
        return pd.Series(
            [float(v) if isinstance(v, str) and v else n for v, n in zip(values, numbers, strict=True)],
            index=values.index,
            name=values.name,
            dtype=float,
        )
    except ValueError:
        return numbers


def is_plain(text: str) -> bool:
    return plain_numbers(pd.Series([text], dtype=object)) is not None


def is_numeric(values: pd.Series) -> bool:
    """Tell whether a column is meant to hold numbers, even if some of its cells do not."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return True
    if values.dtype != object:
        return False
    found = strip(values).dropna().unique()[:200]
    figures = sum(_is_figure(value) for value in found)
    return figures > max(len(found) / 2, 2) or 0 < figures == len(found)


def _is_figure(value) -> bool:
    if isinstance(value, str):
        return kind_of(value) in ("comma", "percent", "limit", "unit") or is_plain(value)
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
