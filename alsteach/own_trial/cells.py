"""Numbers as people write them in cells: decimal commas, thousands separators, units, "<5", dates."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

MISSING = frozenset(
    ["", "NA", "N/A", "n/a", "na", "#N/A", "NaN", "nan", "NAN", "NULL", "null", ".", "?"]
    + ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"]
)
# Blank in a column of numbers, but perhaps a group ("none") in a column of words.
MISSING_AMONG_NUMBERS = frozenset(
    ["none", "missing", "unknown", "not available", "not done", "nd", "n.d.", "k.a.", "k. a.", "-", "--", "–", "—", "*"]
    + ["manquant", "inconnu", "fehlend", "unbekannt", "desconocido"]
)  # fmt: skip

_SPACES = " \u00a0\u2009\u202f"
_DECIMAL_COMMA = re.compile(rf"[-+]?(\d+|\d{{1,3}}([.'’{_SPACES}]\d{{3}})+),\d+([eE][-+]?\d+)?")
_THOUSANDS_POINT = re.compile(rf"[-+]?\d{{1,3}}([.'’{_SPACES}]\d{{3}})+")
_THOUSANDS_COMMA = re.compile(rf"[-+]?\d{{1,3}}([,'’{_SPACES}]\d{{3}})+(\.\d+)?")
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_POINT = re.compile(r"[-+]?\d+(\.(\d{1,2}|\d{4,}))?")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([ T]\d{1,2}:\d{2}.*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( \d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[- .]{1,2}[A-Za-zäéû]{3,9}\.?[- .,]{1,2}\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2}, ?\d{4}"
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


def decimal_mark(texts, separator: str | None = None) -> str | None:
    """Return what the comma means in these numbers, ``","`` decimal or ``"."`` thousands; None if they disagree."""
    decimal = thousands = False
    for text in texts:
        text = text.translate(_MINUS)
        if "," not in text or _EITHER.fullmatch(text):
            continue
        decimal |= bool(_DECIMAL_COMMA.fullmatch(text))
        thousands |= bool(_THOUSANDS_COMMA.fullmatch(text))
    if decimal and thousands:
        return None
    return "," if decimal or (not thousands and separator == ";") else "."


def parse(texts, mark: str) -> dict[str, float] | None:
    """Return each text's number with ``mark`` as the decimal mark, or None if one of them is no number."""
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


def strip(values) -> pd.Series:
    """Return cells without surrounding spaces, and None where they are blank or say so."""
    stripped = (value.strip() if isinstance(value, str) else value for value in values)
    blank = (None if isinstance(value, str) and value in MISSING else value for value in stripped)
    present = [None if isinstance(value, float) and value != value else value for value in blank]
    return pd.Series(present, dtype=object)


def plain_numbers(values: pd.Series) -> pd.Series | None:
    """Return stripped cells as numbers if all are, with a decimal point and no more; else None."""
    with np.errstate(all="ignore"):
        numbers = pd.to_numeric(values, errors="coerce")
    if (numbers.isna() & values.notna()).any():
        return None
    return numbers if numbers.dtype.kind in "if" else numbers.astype(float)


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
    texts = [text for text in strip(values).dropna().unique() if isinstance(text, str)]
    figures = sum(
        kind_of(text) in ("comma", "percent", "limit", "unit") or is_plain(text) for text in texts[:200]
    )
    return figures > max(len(texts[:200]) / 2, 2) or (figures == len(texts) and figures > 0)
