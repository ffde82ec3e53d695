"""Is this answer right? Whatever it is, the reply is one or two sentences, never a traceback."""

from __future__ import annotations

import importlib.util
import math
import re
from numbers import Number

from ..words import catalogue, numbers
from . import code
from .compare import compare
from .item import EMPTY_STARTER, Check, Item


def _say(key: str, **fields) -> str:
    return catalogue.panel("exercises")(f"finding.{key}", **fields)


def ruling(correct: bool) -> str:
    """Return the word with which the reply to an answer begins."""
    return _say("right_answer" if correct else "wrong_answer")


def _ruled(correct: bool, why: str) -> Check:
    return Check(correct, f"{ruling(correct)} {why}")


def check(item: Item, answer) -> Check:
    """Say whether ``answer`` to ``item`` is right, and why; whatever it is, this raises nothing.

    Parameters
    ----------
    item : Item
    answer
        A choice: its letter or its text. A number: a number, or a text such as "0.52", "0,52" or "52 %". A code
        item: the value of ``answer``, or source code that sets it, which is then run. A sort: a word for each card,
        as a list or as text ("1 printed, 2 unknown"). A text to write: any text is as right as another.

    Returns
    -------
    Check

    Examples
    --------
    >>> from alsteach.exercises import load_items
    >>> item = load_items("03")[0]
    >>> check(item, item.solution).correct
    True
    """
    how = {
        "choice": _check_choice,
        "number": _check_number,
        "code": _check_code,
        "sort": _check_sort,
        "write": _check_text,
    }
    return _guarded(how[item.kind], item, answer)


def _guarded(how, item: Item, answer) -> Check:
    try:
        return how(item, answer)
    except Unreadable as reason:
        return Check(False, str(reason))
    except Exception as problem:  # an answer may be an object that breaks whatever touches it
        return Check(False, _say("no_check", error=type(problem).__name__))


class Unreadable(Exception):
    """An answer of the wrong kind; the message says what to write instead."""


def shown(answer) -> str:
    """Return a short form of any answer, for use in a sentence."""
    if isinstance(answer, str):
        text = " ".join(answer.split())
        return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
    if answer is None or isinstance(answer, bool | int | float):
        try:
            return str(answer)[:40]
        except ValueError:  # more digits than Python prints
            return _say("thing.huge")
    return _say("thing.a", kind=type(answer).__name__)


def _unanswered(answer) -> bool:
    return (
        answer is None
        or answer is ...
        or (isinstance(answer, str) and answer.strip() in ("", "...", EMPTY_STARTER))
    )


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[*`_]", "", text).casefold().split()).rstrip(".")


def _check_choice(item: Item, answer) -> Check:
    ask = _say("letter_ask", letters=numbers.or_list(list(item.options)))
    if _unanswered(answer):
        raise Unreadable(f"{_say('no_answer')} {ask}")
    if not isinstance(answer, str):
        raise Unreadable(_say("no_letter", answer=shown(answer), ask=ask))
    letter = answer.strip().strip("().:'\"").upper()
    if letter not in item.options:
        same = [key for key, text in item.options.items() if _bare(text) == _bare(answer)]
        if not same:
            raise Unreadable(_say("no_option", answer=shown(answer), ask=ask))
        letter = same[0]
    return _ruled(letter == item.solution, item.explanations[letter])


def _check_sort(item: Item, answer) -> Check:
    n = len(item.cards)
    ask = _say("sort_ask", n=n, boxes=numbers.or_list(list(item.boxes)))
    if _unanswered(answer):
        raise Unreadable(f"{_say('no_answer')} {ask}")
    if isinstance(answer, str):
        answer = [part.split()[-1:] for part in answer.split(",")]
        answer = [part[0] if part else "" for part in answer]
    given = [str(box).strip().casefold() for box in answer] if isinstance(answer, list | tuple) else []
    if len(given) != n or not set(given) <= set(item.boxes):
        raise Unreadable(ask)
    missed = [
        (place, card.reason(box))
        for place, (card, box) in enumerate(zip(item.cards, given, strict=True), 1)
        if box != card.box
    ]
    if not missed:
        return _ruled(True, _say("sort_right", n=n))
    place, why = missed[0]
    return _ruled(False, _say("sort_wrong", right=n - len(missed), n=n, place=place, why=why))


def _check_text(item: Item, answer) -> Check:
    if not isinstance(answer, str) or _unanswered(answer):
        raise Unreadable(_say("empty"))
    return Check(True, _say("written"))


_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?"


def read_number(answer, unit: str = "", large: bool = False) -> tuple[float, int | None, str]:
    """Return a learner's number, its decimals if it came as text, and how it was read if that is not plain.

    Parameters
    ----------
    unit : str
        The unit asked for, which a text may carry; "%" in a text means hundredths unless it is the unit.
    large : bool
        Whether "3,700" means 3700 (otherwise 3.7).

    Raises
    ------
    Unreadable
        With a sentence saying what it is and what to write.

    Examples
    --------
    >>> read_number("0,52")
    (0.52, 2, '“0,52” is read as 0.52. ')
    >>> read_number("52 %")
    (0.52, 2, '“52 %” is read as 0.52. ')
    >>> read_number("52 %", unit="%")
    (52.0, 0, '')
    """
    if _unanswered(answer):
        raise Unreadable(_say("number.none"))
    if isinstance(answer, str):
        return _read_text(answer, unit, large)
    kind = type(answer).__name__
    thing = _say("thing.an" if kind[:1].lower() in "aeiou" else "thing.a", kind=kind)
    if kind in ("bool", "bool_"):
        raise Unreadable(_say("number.yes_or_no", answer=answer))
    if kind in ("NAType", "NaTType"):
        raise Unreadable(_say("number.missing"))
    if getattr(answer, "ndim", 0) or isinstance(answer, list | tuple | set | dict):
        n, way = len(answer), "take_by_key" if kind == "dict" else "take"
        code = {"Series": ".iloc[0]", "DataFrame": ".iloc[0, 0]"}.get(kind, "[0]")
        way = _say(f"number.{way if n else 'is_empty'}", code=code)
        raise Unreadable(_say("number.several", thing=thing, n=n, way=way))
    if isinstance(answer, complex) or not (isinstance(answer, Number) or hasattr(answer, "__float__")):
        raise Unreadable(_say("number.other_kind", thing=thing))
    try:
        value = float(answer)
    except OverflowError:
        value = math.inf
    except Exception:
        raise Unreadable(_say("number.no_float", thing=thing)) from None
    return _finite(value), None, ""


def _finite(value: float) -> float:
    if math.isnan(value):
        raise Unreadable(_say("number.nan"))
    if math.isinf(value):
        raise Unreadable(_say("number.infinite"))
    return value


def _read_text(answer: str, unit: str, large: bool) -> tuple[float, int | None, str]:
    text = answer.strip().replace("−", "-").replace("\u00a0", " ").replace("\u202f", " ")
    percent = text.endswith("%") and unit != "%"
    text = text.removesuffix("%").strip()
    if unit and unit != "%":
        text = text.removesuffix(unit).strip()
    text = re.sub(r"(?<=\d) (?=\d{3}\b)", "", text)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text) and (
        large or text.count(",") > 1 or "." in text
    ):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if text.lower() in ("nan", "inf", "-inf", "infinity"):
        _finite(float(text))
    if not re.fullmatch(_NUMBER, text, re.IGNORECASE):
        raise Unreadable(_say("number.no_number", answer=shown(answer)))
    places = None if "e" in text.lower() else len(text.partition(".")[2])
    value = _finite(float(text)) / (100 if percent else 1)
    if places is None:
        return value, None, ""
    places += 2 if percent else 0
    if not percent and "," not in answer:
        return value, places, ""
    return value, places, _say("number.read_as", answer=shown(answer), number=f"{value:.{places}f}") + " "


def _agrees(value: float, expected: float, decimals: int) -> bool:
    """Rounded at the stated decimals, or given more precisely."""
    return abs(value - expected) <= 0.5 * 10**-decimals * (1 + 1e-6) + 1e-12 * abs(expected)


def _is_rounding_of(value: float, places: int | None, number: float, decimals: int) -> bool:
    """Whether ``value`` is ``number``, rounded at the stated decimals or as much finer as it was written."""
    if places is None:
        places = len(repr(value).partition(".")[2]) if "e" not in repr(value) else decimals
    return _agrees(value, number, min(max(decimals, places if value % 1 else 0), decimals + 2))


def _check_number(item: Item, answer) -> Check:
    expected, decimals = float(item.solution), item.decimals
    value, places, read = read_number(answer, item.unit, large=abs(expected) >= 1000)
    checked = _say("number.checked", places=numbers.places_text(decimals))
    if _agrees(value, expected, decimals):
        exact = _say("number.right", number=numbers.fixed(expected, decimals, item.unit))
        return _ruled(True, f"{read}{exact} {checked}")
    for key, explanation in item.explanations.items():
        if _is_rounding_of(value, places, float(item.number(key)), decimals):
            return _ruled(False, f"{read}{explanation}")
    guessed = item.when == "before"  # nobody rounds a guess
    reason = ("" if guessed else _near_miss(value, expected, decimals, item.unit)) or _beyond(item, value)
    if not reason:
        reason = f"{_out_of_size(value, expected, item.unit)} {checked}"
    return _ruled(False, f"{read}{reason}")


def _beyond(item: Item, value: float) -> str:
    """What the item itself says to a number above or below one of its own."""
    said = [text for key, text in item.above.items() if value > float(item.number(key))]
    said += [text for key, text in item.below.items() if value < float(item.number(key))]
    return said[0] if said else ""


FAR = 8  # times: a wrong place of the decimal point, not a slip


def _out_of_size(value: float, expected: float, unit: str) -> str:
    """Say what speaks against a number that no other remark fits.

    Examples
    --------
    >>> _out_of_size(999_999, 77.1, "%")
    'More than 100 % of all there are cannot be.'
    >>> _out_of_size(-3, 14, "people"), _out_of_size(900, 14, "people")
    ('It cannot be below zero.', 'Far too large: look for a decimal point, or a division, that went astray.')
    >>> _out_of_size(12, 14, "people")
    'Too small.'
    """
    if unit == "%" and 0 <= expected <= 100 < value:
        return _say("number.beyond_all")
    if value < 0 <= expected:
        return _say("number.below_zero")
    size = "large" if abs(value) > abs(expected) else "small"
    large, small = max(abs(value), abs(expected)), min(abs(value), abs(expected))
    return _say(f"number.far_{size}" if large >= FAR * small else f"number.{size}")


OUT_OF_100 = ("", "%", "points")  # units of what may be given as a share by mistake


def _near_miss(value: float, expected: float, decimals: int, unit: str) -> str:
    for fewer in range(decimals - 1, min(decimals, 0) - 3, -1):
        coarse = round(expected, fewer)
        near = fewer >= 0 or abs(coarse - expected) <= 0.1 * abs(expected)  # 100 for 80 is another answer
        if coarse and near and abs(value - coarse) <= 1e-9 * max(abs(coarse), 1):
            return _say("number.coarse", places=numbers.places_text(decimals))
    if abs(value - math.trunc(expected * 10**decimals) / 10**decimals) <= 1e-9 * max(abs(value), 1):
        return _say("number.cut", places=numbers.places_text(decimals))
    if value and _agrees(-value, expected, decimals):
        return _say("number.sign")
    kinds = {"share": 100} if unit in OUT_OF_100 and abs(expected) > 1 else {}
    for given, factor in (kinds | {"percentage": 0.01}).items():
        if value and abs(value * factor - expected) <= 0.5 * 10 ** -max(decimals, 0):
            return _say(f"number.{given}")
    if value and expected > 0 and _agrees(1 / value, expected, decimals):
        return _say("number.inverse")
    return ""


def _check_code(item: Item, answer) -> Check:
    return check_run(item, code.run(answer)) if isinstance(answer, str) else check_value(item, answer)


def check_run(item: Item, run: code.Run) -> Check:
    """Say whether code that has run put the right thing into ``answer``; whatever it put there, this raises nothing."""
    if _lacks_lifelines(item):
        return check_value(item, run.answer)
    if run.problem:
        return _ruled(False, run.problem)
    if run.answer is code.ABSENT:
        return _ruled(False, _say("code.no_answer"))
    return _guarded(check_value, item, run.answer)


def check_value(item: Item, answer) -> Check:
    """Compare what a learner's code put into ``answer`` with what the solution puts there."""
    if _lacks_lifelines(item):
        return Check(False, _say("code.no_lifelines"))
    expected = code.solution_value(item)
    if answer is ...:
        return _ruled(False, _say("code.dots"))
    wanted = item.raw["expects"]
    if wanted == "number" and not isinstance(answer, str):
        answer, _, _ = read_number(answer)
    difference = compare(expected, answer, tolerance(item), wanted)
    if not difference:
        return _ruled(True, _say("code.checked", what=item.raw["checks"]))
    for key, explanation in item.explanations.items():
        if not compare(item.number(key), answer, tolerance(item), wanted):
            return _ruled(False, explanation)
    return _ruled(False, f"{difference} {_say('code.should_be', what=item.raw['checks'])}")


def _lacks_lifelines(item: Item) -> bool:
    """Whether the solution, which says what is right, cannot run here: a browser's Python has no lifelines."""
    return "lifelines" in item.solution and importlib.util.find_spec("lifelines") is None


def tolerance(item: Item) -> float:
    """How far a number in ``answer`` may lie from the solution's."""
    if "tolerance" in item.raw:
        return float(item.raw["tolerance"])
    return 0.5 * 10.0**-item.decimals if item.decimals is not None else 1e-6
