"""How numbers are written, here and nowhere else: p-values, hazard ratios, per cent, signs, units, lists, plurals.

`KINDS` are the same forms by name, for the fields of a sentence in the catalogue (``{hr:hr}``, ``{n:int}``).
"""

from __future__ import annotations

import math
import os
from functools import lru_cache

from babel import Locale
from babel.lists import format_list

UNKNOWN = "not known"
_LOCALES = {
    "en": "en_GB",
    "pseudo": "en_GB",
}  # "a, b and c", as the course writes; not the American "a, b, and c"


def language() -> str:
    """Return the language of the sentences: the environment's ``ALSTEACH_LANG``, English by default."""
    return os.environ.get("ALSTEACH_LANG") or "en"


@lru_cache(maxsize=8)
def _locale(name: str) -> Locale:
    return Locale.parse(_LOCALES.get(name, name))


def fixed(value: float, decimals: int = 0, unit: str = "") -> str:
    """Write a number at its decimals (negative: tens, hundreds), with a real minus and its unit.

    Examples
    --------
    >>> fixed(0.523, 2), fixed(-1234.5, 0, "days"), fixed(72.4, 0, "%"), fixed(-0.04, 1), fixed(1284, -2)
    ('0.52', '−1,234 days', '72 %', '0.0', '1,300')
    """
    return _with(_written(value, decimals), unit)


def signed(value: float, decimals: int = 0, unit: str = "", zero: str = "") -> str:
    """Write a change: with its sign, unless it rounds to nothing (``zero`` says that in another way).

    Examples
    --------
    >>> signed(3.14, 1), signed(-3.14, 1), signed(-0.04, 1), signed(-0.04, 1, zero="0"), signed(12, unit="points")
    ('+3.1', '−3.1', '0.0', '0', '+12 points')
    """
    nothing = zero and math.isfinite(value) and round(float(value), decimals) == 0
    return _with(zero if nothing else _written(value, decimals, "+"), unit)


def _written(value: float, decimals: int, sign: str = "") -> str:
    value = float(value)
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "−∞" if value < 0 else f"{sign}∞"
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{sign if rounded else ''},.{max(decimals, 0)}f}".replace("-", "−")


def number(value: float, unit: str = "") -> str:
    """Write a number as a sentence would when nothing says how exact it is: the larger, the fewer decimals.

    Examples
    --------
    >>> number(1234.5), number(12.34), number(1.234), number(-2.0, "points")
    ('1,234', '12.3', '1.23', '−2 points')
    """
    value = float(value)
    decimals = 0 if abs(value) >= 100 or value.is_integer() else 1 if abs(value) >= 10 else 2
    return fixed(value, decimals, unit)


def reading(value: float, unit: str = "") -> str:
    """Write a place on a measured scale, to three digits, or to a whole number from 20 on.

    Examples
    --------
    >>> reading(5512.3, "pg/mL"), reading(20.4), reading(4.0), reading(0.01234)
    ('5,512 pg/mL', '20', '4', '0.0123')
    """
    value = float(value)
    if not math.isfinite(value) or abs(value) >= 20 or value.is_integer():
        return fixed(value, 0, unit)
    return _with(f"{value:.3g}".replace("-", "−"), unit)


def integer(value: float) -> str:
    """Write a whole number.

    Examples
    --------
    >>> integer(12345), integer(-3)
    ('12,345', '−3')
    """
    return fixed(value)


def of_hundred(count: float) -> str:
    """Write how many of 100; only nobody is none, and only everybody all.

    Examples
    --------
    >>> of_hundred(0.4), of_hundred(44.2), of_hundred(99.8), of_hundred(100)
    ('< 1', '44', '> 99', '100')
    """
    if 0 < count <= 0.5:
        return "< 1"
    return "> 99" if 99.5 <= count < 100 else integer(count)


def days(value: float) -> str:
    """Write a length of time in whole days.

    Examples
    --------
    >>> days(640), days(1)
    ('640 days', '1 day')
    """
    return fixed(value, 0, plural(value if not math.isfinite(value) else round(value), "day", "days"))


def months(value: float) -> str:
    """Write a length of time given in months, in years if it is long.

    Examples
    --------
    >>> months(1.4), months(20.2), months(42)
    ('1.4 months', '20 months', '3.5 years')
    """
    if value >= 36:
        return fixed(value / 12, 1, "years")
    return fixed(value, 1 if value < 1.5 else 0, "months")


def small(value: float) -> str:
    """Write a likelihood or another number near zero: four decimals, or two digits where those would say nothing.

    Examples
    --------
    >>> small(0.01388), small(0.0000316)
    ('0.0139', '3.2e-05')
    """
    return fixed(value, 4) if value >= 0.001 or not math.isfinite(value) else f"{value:.2g}"


def percent(share: float, decimals: int = 0) -> str:
    """Write a share of one as per cent.

    Examples
    --------
    >>> percent(0.286), percent(0.0054, 1)
    ('29 %', '0.5 %')
    """
    return _with(fixed(100 * share, decimals), "%")


def percent_ci(share: float, ci_low: float, ci_high: float) -> str:
    """Write a share of one as per cent, with its interval where there is one.

    Examples
    --------
    >>> percent_ci(0.21, 0.12, 0.32), percent_ci(0.21, float("nan"), float("nan"))
    ('21 % (12–32)', '21 %')
    """
    text = percent(share)
    return text if math.isnan(ci_low) else f"{text} ({fixed(100 * ci_low)}–{fixed(100 * ci_high)})"


def percent_pm(share: float, error: float) -> str:
    """Write a share of simulated trials as per cent, with what chance leaves open.

    Examples
    --------
    >>> percent_pm(0.44, 0.021)
    '44 % (±2)'
    """
    return f"{percent(share)} (±{fixed(100 * error)})"


def percent_exactly(share: float) -> str:
    """Write a share of one as per cent to three digits, for arithmetic done by hand.

    Examples
    --------
    >>> percent_exactly(0.525), percent_exactly(0.75), percent_exactly(1.0)
    ('52.5 %', '75 %', '100 %')
    """
    return _with(f"{100 * share:.3g}" if math.isfinite(share) else fixed(share), "%")


def _with(text: str, unit: str) -> str:
    return text if text == UNKNOWN or not unit else f"{text} {unit}"


def p_text(p: float) -> str:
    """Write a p-value as a paper would.

    Examples
    --------
    >>> p_text(0.3286), p_text(0.0068), p_text(0.00004)
    ('p = 0.33', 'p = 0.007', 'p < 0.001')
    """
    return "p not defined" if math.isnan(p) else f"p {_relation(p)}"


def p_cell(p: float) -> str:
    """Write a p-value where "p" stands already, as in a table's column.

    Examples
    --------
    >>> p_cell(0.3286), p_cell(0.00004), p_cell(float("nan"))
    ('0.33', '< 0.001', 'not defined')
    """
    return "not defined" if math.isnan(p) else _relation(p).removeprefix("= ")


def _relation(p: float) -> str:
    if p < 0.001:
        return "< 0.001"
    return f"= {fixed(p, 3 if p < 0.095 else 2)}"


def ratio(value: float) -> str:
    """Write a ratio with two decimals, or in fewer words when it is huge or tiny.

    Examples
    --------
    >>> ratio(0.3213), ratio(123.4), ratio(0.0004)
    ('0.32', '123', 'under 0.01')
    """
    if value >= 10_000:
        return "over 10,000"
    if value < 0.005:
        return "under 0.01"
    return fixed(value, 0 if value >= 100 else 1 if value >= 10 else 2)


def hr_text(hr: float, ci_low: float, ci_high: float) -> str:
    """Write a hazard ratio with its 95 % confidence interval.

    Examples
    --------
    >>> hr_text(0.32, 0.14, 0.73)
    'HR 0.32 (95 % CI 0.14–0.73)'
    """
    return f"HR {ratio(hr)} (95 % CI {ratio(ci_low)}–{ratio(ci_high)})"


def hr_cell(hr: float, ci_low: float, ci_high: float) -> str:
    """Write a hazard ratio with its interval for a table or a picture that says what it is.

    Examples
    --------
    >>> hr_cell(0.32, 0.14, 0.73)
    '0.32 (0.14–0.73)'
    """
    return f"{ratio(hr)} ({ratio(ci_low)}–{ratio(ci_high)})"


def plus_minus(value: float, spread: float, decimals: int = 0, unit: str = "") -> str:
    """Write a value and how far it scatters.

    Examples
    --------
    >>> plus_minus(58.2, 11.04, 1, "years")
    '58.2 ± 11.0 years'
    """
    return f"{fixed(value, decimals)} ± {fixed(spread, decimals, unit)}"


def and_list(parts) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> and_list(["age"]), and_list(["age", "sex"]), and_list(["age", "sex", "site"])
    ('age', 'age and sex', 'age, sex and site')
    """
    return format_list([str(part) for part in parts], locale=_locale(language()))


def or_list(parts) -> str:
    """Join words of which one holds.

    Examples
    --------
    >>> or_list(["age", "sex", "site"])
    'age, sex or site'
    """
    return format_list([str(part) for part in parts], style="or", locale=_locale(language()))


def plural(n: float, one: str, other: str) -> str:
    """Return the word that goes with this many in English.

    Examples
    --------
    >>> plural(1, "patient", "patients"), plural(0, "patient", "patients")
    ('patient', 'patients')
    """
    return one if plural_form(n, "en") == "one" else other


def plural_form(n: float, name: str | None = None) -> str:
    """Return the plural form a number takes in a language (this one by default): "one", "other", and more elsewhere.

    Examples
    --------
    >>> plural_form(1), plural_form(0), plural_form(3, "pl")
    ('one', 'other', 'few')
    """
    return _locale(name or language()).plural_form(float(n)) if math.isfinite(n) else "other"


def plural_forms(name: str | None = None) -> frozenset:
    """Return the plural forms a language has.

    Examples
    --------
    >>> sorted(plural_forms("en"))
    ['one', 'other']
    """
    return frozenset(_locale(name or language()).plural_form.tags | {"other"})


def places_text(decimals: int) -> str:
    """Say in words how a number is to be rounded.

    Examples
    --------
    >>> places_text(0), places_text(1), places_text(2), places_text(-2)
    ('to a whole number', 'to 1 decimal', 'to 2 decimals', 'to the nearest 100')
    """
    if decimals < 0:
        return f"to the nearest {10**-decimals:,}"
    return {0: "to a whole number", 1: "to 1 decimal"}.get(decimals, f"to {decimals} decimals")


KINDS = {
    "text": str,  # a name, or a sentence already written
    "list": and_list,  # several names
    "int": integer,
    "of_hundred": of_hundred,
    "num": number,  # as exact as its size asks for
    "num1": lambda value: fixed(value, 1),
    "num2": lambda value: fixed(value, 2),
    "num3": lambda value: fixed(value, 3),
    "num4": lambda value: fixed(value, 4),
    "signed": signed,
    "signed1": lambda value: signed(value, 1),
    "signed2": lambda value: signed(value, 2),
    "reading": reading,  # a place on a measured scale
    "hr": ratio,
    "hr_ci": lambda row: hr_text(*row),  # (hr, ci_low, ci_high), "HR" and "95 % CI" with them
    "p": p_text,
    "pct": percent,  # of a share of one
    "pct1": lambda share: percent(share, 1),
    "pct_ci": lambda row: percent_ci(*row),  # (share, ci_low, ci_high)
    "pct_pm": lambda pair: percent_pm(*pair),  # (share, error)
    "pct_exactly": percent_exactly,
    "days": days,
    "months": months,
    "small": small,
}
