"""One result in words, five ways: each function returns a headline and a line with its 95 % interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import plots

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Words:
    """What the words need to know: the arms' names, the unit of time, and whether the living are counted."""

    arms: tuple
    unit: str
    gain: bool

    def by(self, found) -> str:
        return f"by day {found.day:g}" if self.unit == "days" else f"by {found.day:g} {self.unit}"


def no_interval(found) -> str:
    if found.n_1 is None:
        return "No interval: the sizes of the two arms are not known here."
    return "No interval: the formula has none where an arm has no deaths, or no survivors."


def signed(value: float, decimals: int = 1) -> str:
    return f"{value + 0.0:.{decimals}f}".replace("-0.0", "0.0").replace("-", "−")


def relative(found, words: Words) -> tuple[str, str]:
    ratio = found.survival_ratio if words.gain else found.risk_ratio
    control, outcome = words.arms[0], "alive" if words.gain else "deaths"
    if math.isnan(ratio.estimate):
        who = "Nobody is alive" if words.gain else "Nobody has died"
        return f"No relative figure {words.by(found)}", f"{who} on {control}: there is nothing to divide by."

    def said(value):
        percent = 100 * (value - 1)
        return f"{abs(percent):.0f} % {'more' if percent >= 0 else 'fewer'} {outcome}"

    headline = f"{said(ratio.estimate)} on {words.arms[1]} than on {control}, {words.by(found)}"
    if math.isnan(ratio.ci_low):
        return headline, no_interval(found)
    return headline, f"95 % CI: {said(ratio.ci_low)} to {said(ratio.ci_high)}"


def points(found, words: Words) -> tuple[str, str]:
    value, low, high = (
        100 * part for part in (found.reduction.estimate, found.reduction.ci_low, found.reduction.ci_high)
    )
    if words.gain:
        word = "more alive" if value >= 0 else "fewer alive"
    else:
        word = "fewer dead" if value >= 0 else "more dead"
    headline = f"{abs(value):.1f} of 100 {word} on {words.arms[1]}, {words.by(found)}"
    if math.isnan(low):
        return headline, no_interval(found)
    return headline, f"95 % CI: {signed(low)} to {signed(high)} of 100; below 0 is harm"


def frequencies(found, words: Words) -> tuple[str, str]:
    dead = plots.whole_people(found.risk_0, found.risk_1)
    counts = [100 - n for n in dead] if words.gain else dead
    word = "are alive" if words.gain else "have died"
    headline = f"{counts[0]} of 100 on {words.arms[0]}, {counts[1]} of 100 on {words.arms[1]} {word}"
    value, low, high = (
        signed(100 * part)
        for part in (found.reduction.estimate, found.reduction.ci_low, found.reduction.ci_high)
    )
    line = f"{words.by(found).capitalize()}. Difference before rounding: {value} of 100"
    if math.isnan(found.reduction.ci_low):
        return headline, f"{line}, without an interval"
    return headline, f"{line} (95 % CI {low} to {high}); below 0 is harm"


def needed(found, words: Words) -> tuple[str, str]:
    nnt = found.nnt
    headline = nnt.text.split(" (")[0]
    if nnt.direction == "benefit":
        headline += f": treated for {'one more alive' if words.gain else 'one death fewer'} {words.by(found)}"
    elif nnt.direction == "harm":
        headline += f": treated for {'one fewer alive' if words.gain else 'one death more'} {words.by(found)}"
    if nnt.best is None:
        return headline, no_interval(found)
    return headline, f"95 % CI: {nnt.interval_text}"


def time(found, words: Words) -> tuple[str, str]:
    if found.time_gained is None:
        return (
            "Time gained: not known from the publication",
            "It needs the whole curves, not the shares at one day: choose the synthetic cohort.",
        )
    scale, unit = (DAYS_A_MONTH, "months") if words.unit == "days" else (1.0, words.unit)
    gained = found.time_gained
    value, low, high = (part / scale for part in (gained.estimate, gained.ci_low, gained.ci_high))
    if words.gain:
        word = "more lived" if value >= 0 else "fewer lived"
    else:
        word = "fewer lost" if value >= 0 else "more lost"
    headline = f"{abs(value):.1f} {unit} {word} on average, {words.by(found)}"
    if math.isnan(low) or low == high:
        return headline, no_interval(found)
    return (
        headline,
        f"95 % CI: {signed(low)} to {signed(high)} {unit} of {found.day / scale:.1f}; below 0 is harm",
    )


WAYS = {
    "relative": ("relative: per cent fewer or more", relative),
    "points": ("difference: points of 100", points),
    "frequencies": ("so many of so many", frequencies),
    "nnt": ("number needed to treat (NNT)", needed),
    "time": ("time gained on average", time),
}
