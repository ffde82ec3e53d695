"""Which value of a column means what: who died, who had the active treatment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import stems

USUAL_EVENT = "the usual coding: 1 the event, 0 censored"
USUAL_ARM = "the usual coding: 1 active, 0 control"


def levels(values: pd.Series) -> list:
    """Return the values of a column, sorted, as plain Python values."""
    found = [v.item() if hasattr(v, "item") else v for v in values.dropna().unique()]
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=str)


def same(a, b) -> bool:
    """Tell whether two codes are the same to a reader: 1, 1.0, "1" and True are."""
    return spelled(a) == spelled(b)


def spelled(value) -> str:
    """Return a code as a learner writes it: 1 for 1.0."""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return " ".join(str(value).split()).casefold()


def numbers_in(found: list) -> list[float] | None:
    """Return the codes as numbers if all are (``"1"`` too, and truth values), else None."""
    try:
        numbers = [float(value) for value in found]
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def died_value(values: pd.Series, name, times: np.ndarray | None = None) -> tuple[list, str]:
    """Return the values that mean the event, [] if that cannot be told, and how it was told."""
    found = levels(values)
    numbers = numbers_in(found)
    if len(found) > 10 or not found:
        return [], "has too many different values" if found else "is blank"
    if numbers is None:
        died = [v for v in found if stems.find(v, stems.DIED) and not stems.find(v, stems.ALIVE)]
        alive = [v for v in found if stems.find(v, stems.ALIVE)]
        if not died and len(found) == 2 and len(alive) == 1:
            died = [v for v in found if v not in alive]
        if len(died) == len(found):
            died = []
        return died, "the word says so" if died else "the words do not say"
    if len(found) == 1:
        return ([found[0]] if numbers[0] == 1 else []), USUAL_EVENT
    if len(found) > 2:
        return [], "there are more than two codes"
    low, high = (found[i] for i in np.argsort(numbers))
    if stems.find(name, stems.CENSORED):
        return [low], f"the name says that {spelled(high)} is censored"
    if stems.find(name, "alive surviv 存活") and sorted(numbers) == [0, 1]:
        return [low], f"the name says that {spelled(high)} is alive"
    if stems.find(name, stems.AMBIGUOUS) and times is not None:
        return _by_length(values, times, low, high)
    if sorted(numbers) == [0, 1]:
        return [high], USUAL_EVENT
    if sorted(numbers) == [1, 2]:
        return [high], "the usual coding: 2 died, 1 censored"
    return [], "the codes are not 0 and 1, nor 1 and 2"


def _by_length(values, times, low, high) -> tuple[list, str]:
    """A column ``cens`` may be 1 for the event or 1 for censored; patients followed longest are mostly censored."""
    known = np.isfinite(times) & values.notna().to_numpy()
    is_high = (values == high).to_numpy()[known]
    longest = times[known] >= np.quantile(times[known], 0.9) if known.any() else np.zeros(0, bool)
    if not longest.any():
        return [high], USUAL_EVENT
    censored = high if is_high[longest].mean() > is_high.mean() else low
    died = low if censored is high else high
    return [died], (
        f"{spelled(censored)} is commoner among the patients followed longest, so it seems to be the censored "
        "ones; the name fits either way"
    )


def active_value(values: pd.Series) -> tuple[object, str]:
    """Return the value that means the active arm, and how it was told; None unless there are two values."""
    found = levels(values)
    if len(found) != 2:
        return None, ""
    numbers = numbers_in(found)
    if numbers is not None:
        low, high = (found[i] for i in np.argsort(numbers))
        if sorted(numbers) == [0, 1]:
            return high, USUAL_ARM
        return high, "the higher code; the file does not say which arm is active"
    control = [bool(stems.find(v, stems.CONTROL)) for v in found]
    active = [bool(stems.find(v, stems.ACTIVE)) for v in found]
    if control[0] != control[1]:
        return found[0] if control[1] else found[1], f"{found[control.index(True)]!r} sounds like the control"
    if active[0] != active[1]:
        return found[active.index(True)], "the word says so"
    return found[1], "the last in the alphabet; the words do not say which arm is active"
