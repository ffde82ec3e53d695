"""What can be said from published figures alone, without the patients: a balance, a number of deaths, a line."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from ..words.published import published
from .cox import Z95
from .power import hazard_ratio_of_risks, risk_under_hazard_ratio


def balance(hazard_ratios, deaths) -> float:
    """Return the hazard ratio at which groups balance, each weighing as much as it has deaths.

    That is about what a model with one treatment effect makes of the groups: with equal arms a log hazard ratio is
    known the better the more deaths there are.

    Parameters
    ----------
    hazard_ratios, deaths : sequence of float
        One of each for every group.

    Returns
    -------
    float

    Examples
    --------
    >>> round(balance([0.5, 2], [30, 30]), 2), round(balance([0.5, 2], [60, 30]), 2)
    (1.0, 0.79)
    """
    return float(np.exp(np.average(np.log(hazard_ratios), weights=deaths)))


def needed_for_balance(wanted: float, hazard_ratios, deaths, last_deaths: float) -> float:
    """Return the hazard ratio a last group must have for all of them to balance at ``wanted``.

    Parameters
    ----------
    wanted : float
        A hazard ratio.
    hazard_ratios, deaths : sequence of float
        Of the other groups.
    last_deaths : float

    Returns
    -------
    float

    Examples
    --------
    >>> round(needed_for_balance(1, [0.5], [30], 30), 2), round(needed_for_balance(1, [0.5], [30], 10), 2)
    (2.0, 8.0)
    """
    pull = np.dot(deaths, math.log(wanted) - np.log(hazard_ratios))
    return float(np.exp(math.log(wanted) + pull / last_deaths))


def standard_error(ci_low: float, ci_high: float) -> float:
    """Return the standard error of a log hazard ratio from its printed 95 % interval.

    Examples
    --------
    >>> round(standard_error(0.14, 0.73), 2)
    0.42
    """
    return math.log(ci_high / ci_low) / (2 * Z95)


def deaths_of_interval(ci_low: float, ci_high: float) -> float:
    """Return how many deaths make a 95 % interval so wide, in two equal arms without covariates.

    Examples
    --------
    >>> round(deaths_of_interval(0.14, 0.73)), round(deaths_of_interval(0.30, 0.89))
    (23, 52)
    """
    return 4 / standard_error(ci_low, ci_high) ** 2


def deaths_within_rounding(ci_low: float, ci_high: float, decimals: int) -> tuple[float, float]:
    """Return the fewest and the most deaths that an interval allows whose ends are rounded.

    Examples
    --------
    >>> fewest, most = deaths_within_rounding(0.54, 1.22, 2)
    >>> round(fewest, 1), round(most, 1)
    (89.6, 95.6)
    """
    half = 0.5 * 10.0**-decimals
    return deaths_of_interval(ci_low - half, ci_high + half), deaths_of_interval(
        ci_low + half, ci_high - half
    )


def interval_of_deaths(hazard_ratio: float, deaths: float) -> tuple[float, float]:
    """Return the 95 % interval that so many deaths give, in two equal arms without covariates.

    Examples
    --------
    >>> tuple(round(end, 2) for end in interval_of_deaths(0.81, 90))
    (0.54, 1.22)
    """
    return interval_of_se(hazard_ratio, 2 / math.sqrt(deaths))


def interval_of_se(hazard_ratio: float, se: float) -> tuple[float, float]:
    """Return the 95 % interval of a hazard ratio whose logarithm has this standard error.

    Examples
    --------
    >>> tuple(round(end, 2) for end in interval_of_se(0.32, 0.24))
    (0.2, 0.51)
    """
    factor = math.exp(Z95 * se)
    return hazard_ratio / factor, hazard_ratio * factor


class Ruler(NamedTuple):
    """A straight line of the log hazard ratio along a marker."""

    log_hr_at_zero: float
    slope: float

    def at(self, marker):
        """Return the hazard ratio at a value of the marker."""
        return np.exp(self.log_hr_at_zero + self.slope * np.asarray(marker, dtype=float))

    def where(self, hazard_ratio: float) -> float:
        """Return the value of the marker at which the line has this hazard ratio."""
        return (math.log(hazard_ratio) - self.log_hr_at_zero) / self.slope


def ruler_through(low: float, low_hr: float, high: float, high_hr: float) -> Ruler:
    """Return the line through two groups, each held at one value of the marker.

    Parameters
    ----------
    low, high : float
        Values of the marker.
    low_hr, high_hr : float
        The groups' hazard ratios.

    Returns
    -------
    Ruler

    Examples
    --------
    >>> ruler = ruler_through(1000, 0.5, 3000, 1)
    >>> round(float(ruler.at(0)), 3), round(ruler.where(2))
    (0.354, 5000)
    """
    slope = math.log(high_hr / low_hr) / (high - low)
    return Ruler(math.log(low_hr) - slope * low, slope)


def ratio_where_known_best(hazard_ratio: float, ci, slope_p: float, best_se: float) -> float:
    """Return what a rising line reads where it is known best, if a printed row is its value at zero.

    Away from the patients a line is known worse, and how much worse says how many standard errors of the slope zero
    lies from where it is known best. So neither the slope nor the place need be known: the log hazard ratio there is
    the printed one plus z × √(SE² − best SE²).

    Parameters
    ----------
    hazard_ratio : float
        As printed, with its interval.
    ci : pair of float
        The printed 95 % interval.
    slope_p : float
        The p-value of the slope, the interaction.
    best_se : float
        The standard error of the log hazard ratio where the line is known best.

    Returns
    -------
    float
        The hazard ratio there.

    Examples
    --------
    >>> round(ratio_where_known_best(0.32, (0.14, 0.73), slope_p=0.001, best_se=0.24), 2)
    1.0
    """
    z = NormalDist().inv_cdf(1 - slope_p / 2)
    variance = standard_error(*ci) ** 2 - best_se**2
    return float(hazard_ratio * math.exp(z * math.sqrt(max(variance, 0.0))))


class WhereKnownBest(NamedTuple):
    """What a line reads where its trial knows it best, and how far rounding and what is not known could move it."""

    hr: float
    low: float
    high: float


# An assumption: 2 / √(deaths) is the least, and ordinary adjustment adds little to it.
WIDEST_BEST_SE = 0.26


def mirocals_where_known_best() -> WhereKnownBest:
    """Return what the line reads where MIROCALS knows it best, if its 0.32 is the line's value at zero pNFH.

    From the printed ratio, its interval and the interaction's p-value alone. The middle is for a best standard error
    half way between the least that so many deaths allow and ``WIDEST_BEST_SE``; the ends are for these two, the
    p-value moved by its rounding.

    Returns
    -------
    WhereKnownBest

    Examples
    --------
    >>> found = mirocals_where_known_best()
    >>> round(found.hr, 1), round(found.low, 2), round(found.high, 2)
    (1.0, 0.92, 1.14)
    """
    row, slope_p = published("mirocals_hr_adjusted"), published("mirocals_interaction_p").p_value
    ends = 2 / math.sqrt(published("mirocals_deaths").estimate), WIDEST_BEST_SE
    half = 0.0005  # p is printed with three decimals

    def read(p: float, best_se: float) -> float:
        return ratio_where_known_best(row.estimate, (row.ci_low, row.ci_high), p, best_se)

    middle = read(slope_p, sum(ends) / 2)
    return WhereKnownBest(middle, read(slope_p + half, ends[1]), read(slope_p - half, ends[0]))


class FromCounts(NamedTuple):
    """What the published counts leave for two groups; `mirocals_from_counts` makes it.

    Attributes
    ----------
    allocations : int
        Ways to share the patients and deaths among arms and groups that were tried and that add up.
    lowest_worse : float
        Share of them in which more of the lowest group's patients die on IL-2.
    low_to_moderate : tuple of float
        The smallest and the largest hazard ratio up to 3700 pg/mL among them.
    """

    allocations: int
    lowest_worse: float
    low_to_moderate: tuple[float, float]


UNEVEN = 5  # patients: how far the arms of a group may be from even
HIGH_DEATHS = range(6, 17)  # on placebo, over 3700 pg/mL: no source tells them


def mirocals_from_counts() -> FromCounts:
    """Share the published deaths among the groups of CSF-pNFH in every way that seems possible.

    The group of 750 to 3700 pg/mL comes from its survivors, the one above from its hazard ratio and an assumed number
    of deaths; the rest lies below. How many of each group are on either arm is not known, and the percentages are
    rounded: all that is tried. It is arithmetic with second-hand figures, no finding.

    Returns
    -------
    FromCounts

    Examples
    --------
    >>> found = mirocals_from_counts()
    >>> round(found.lowest_worse, 2), [round(hr, 2) for hr in found.low_to_moderate]
    (0.94, [0.59, 0.71])
    """

    def figure(key):
        return published(f"mirocals_{key}").estimate

    n, arm = figure("n_randomised"), figure("n_il2")
    low = round(n * figure("share_low_pnfh_percent") / 100)
    high = round(n * figure("share_high_pnfh_percent") / 100)
    alive = [figure(f"alive_low_pnfh_{name}_percent") / 100 for name in ("il2", "placebo")]
    apart, rounding = np.arange(-UNEVEN, UNEVEN + 1), np.array([-0.005, 0, 0.005])
    grids = np.meshgrid(
        low // 2 + apart, high // 2 + apart[::2] // 2, HIGH_DEATHS, rounding, rounding, indexing="ij"
    )
    low_il2, high_il2, high_dead_placebo, more_il2, more_placebo = (grid.ravel() for grid in grids)
    low_placebo, high_placebo = low - low_il2, high - high_il2
    rest_il2, rest_placebo = arm - low_il2 - high_il2, n - arm - low_placebo - high_placebo
    with np.errstate(all="ignore"):
        low_dead_il2 = low_il2 * (1 - alive[0] - more_il2)
        low_dead_placebo = low_placebo * (1 - alive[1] - more_placebo)
        risk = high_dead_placebo / high_placebo
        high_dead_il2 = high_il2 * risk_under_hazard_ratio(np.clip(risk, 0, 1), figure("hr_high_pnfh"))
        dead_il2 = figure("deaths_il2") - low_dead_il2 - high_dead_il2
        dead_placebo = figure("deaths_placebo") - low_dead_placebo - high_dead_placebo
        possible = (dead_il2 > 0) & (dead_il2 < rest_il2) & (dead_placebo > 0) & (dead_placebo < rest_placebo)
        worse = dead_il2 / rest_il2 > dead_placebo / rest_placebo
        placebo = (low_dead_placebo + dead_placebo) / (low_placebo + rest_placebo)
        il2 = (low_dead_il2 + dead_il2) / (low_il2 + rest_il2)
        ratios = hazard_ratio_of_risks(placebo[possible], il2[possible])
    return FromCounts(
        int(possible.sum()), float(worse[possible].mean()), (float(ratios.min()), float(ratios.max()))
    )
