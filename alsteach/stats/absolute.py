"""What a treatment does to how many people: risk difference, risk ratio, number needed to treat, time gained.

Everything counts a benefit as positive: fewer deaths in the active arm (1) than in the control arm (0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from .cox import Z95
from .curves import Difference, kaplan_meier, restricted_mean_difference, survival_difference


@dataclass(frozen=True)
class RiskDifference:
    """Risk of the control arm minus that of the active arm, with its 95 % interval: positive is a benefit."""

    estimate: float
    ci_low: float
    ci_high: float
    risk_1: float
    risk_0: float
    method: str


@dataclass(frozen=True)
class Ratio:
    """A ratio of two shares, active arm over control arm, with its 95 % interval."""

    estimate: float
    ci_low: float
    ci_high: float


def _counts(deaths_1, n_1, deaths_0, n_0) -> None:
    for name, deaths, n in (("1 (active)", deaths_1, n_1), ("0 (control)", deaths_0, n_0)):
        for value in (deaths, n):
            if isinstance(value, bool) or not isinstance(value, Real) or not float(value).is_integer():
                raise TrialDataError(
                    f"Arm {name} has {value!r} where a whole number of people is needed; give counts, not shares."
                )
        if n < 1:
            raise TrialDataError(f"Arm {name} has {n} patients; an arm needs at least one.")
        if not 0 <= deaths <= n:
            raise TrialDataError(
                f"Arm {name} has {deaths} deaths among {n} patients; deaths lie between 0 and {n}."
            )


def _wilson(deaths: float, n: float) -> tuple[float, float]:
    share, square = deaths / n, Z95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # Rounding must not push an end past the share itself when nobody or everybody died.
    return min(middle - reach, share), max(middle + reach, share)


def risk_difference(deaths_1: int, n_1: int, deaths_0: int, n_0: int, method: str = "wald") -> RiskDifference:
    """Compare the shares who died in two arms in which nobody was lost: how many of 100 fewer, divided by 100.

    Parameters
    ----------
    deaths_1, n_1 : int
        Deaths and patients of the active arm.
    deaths_0, n_0 : int
        Deaths and patients of the control arm.
    method : {"wald", "newcombe"}
        How the 95 % interval is made. ``"wald"`` is the textbook one, estimate ± 1.96 standard errors (R's
        ``prop.test(correct=FALSE)``): symmetric, poor in small arms, and left blank where an arm has 0 or 100 % deaths,
        since it then takes that share for certain. ``"newcombe"`` joins the two arms' Wilson intervals (the tenth of
        the methods that Newcombe compared) and works there too.

    Returns
    -------
    RiskDifference
        ``estimate`` = control's risk minus active's (positive: fewer deaths on treatment), ``ci_low, ci_high, risk_1,
        risk_0, method``.

    Raises
    ------
    TrialDataError
        If the counts are no counts, an arm is empty or the method is not known.

    References
    ----------
    Newcombe RG. Interval estimation for the difference between independent proportions: comparison of eleven methods.
    Stat Med 1998;17:873-890. Checked against R.

    Examples
    --------
    >>> import alsteach as al
    >>> found = al.risk_difference(41, 110, 49, 110)
    >>> [round(100 * value, 1) for value in (found.estimate, found.ci_low, found.ci_high)]
    [7.3, -5.7, 20.2]
    """
    if method not in ("wald", "newcombe"):
        raise TrialDataError(f"method={method!r} is not known; use method='wald' or method='newcombe'.")
    _counts(deaths_1, n_1, deaths_0, n_0)
    risk_1, risk_0 = deaths_1 / n_1, deaths_0 / n_0
    estimate = risk_0 - risk_1
    if method == "newcombe":
        (low_1, high_1), (low_0, high_0) = _wilson(deaths_1, n_1), _wilson(deaths_0, n_0)
        low = estimate - math.hypot(risk_0 - low_0, high_1 - risk_1)
        high = estimate + math.hypot(high_0 - risk_0, risk_1 - low_1)
    elif {risk_1, risk_0} & {0.0, 1.0}:
        low = high = math.nan
    else:
        se = math.sqrt(risk_1 * (1 - risk_1) / n_1 + risk_0 * (1 - risk_0) / n_0)
        low, high = estimate - Z95 * se, estimate + Z95 * se
    return RiskDifference(estimate, max(low, -1.0), min(high, 1.0), risk_1, risk_0, method)


def _ratio(share_1: float, se_1: float, share_0: float, se_0: float) -> Ratio:
    """Return the ratio of two shares; its interval is normal on the log scale, blank where a share is 0."""
    if not share_0 > 0:
        return Ratio(math.nan, math.nan, math.nan)
    ratio = share_1 / share_0
    if not ratio > 0:
        return Ratio(ratio, math.nan, math.nan)
    factor = math.exp(Z95 * math.hypot(se_1 / share_1, se_0 / share_0))
    return Ratio(ratio, ratio / factor, ratio * factor)


def risk_ratio(deaths_1: int, n_1: int, deaths_0: int, n_0: int) -> Ratio:
    """Divide the active arm's risk of death by the control arm's, in a trial in which nobody was lost.

    Parameters
    ----------
    deaths_1, n_1, deaths_0, n_0 : int
        As in `risk_difference`.

    Returns
    -------
    Ratio
        ``estimate, ci_low, ci_high``; 0.84 is said as "16 % fewer deaths" (relative risk reduction). The interval is
        normal on the log scale (that of R's ``glm(family=binomial("log"))``), blank if an arm has no deaths.

    Raises
    ------
    TrialDataError
        As `risk_difference`.

    Examples
    --------
    >>> ratio = risk_ratio(41, 110, 49, 110)
    >>> round(ratio.estimate, 2), round(ratio.ci_low, 2), round(ratio.ci_high, 2)
    (0.84, 0.61, 1.15)
    """
    _counts(deaths_1, n_1, deaths_0, n_0)
    shares = deaths_1 / n_1, deaths_0 / n_0
    errors = [math.sqrt(share * (1 - share) / n) for share, n in zip(shares, (n_1, n_0), strict=True)]
    return _ratio(shares[0], errors[0], shares[1], errors[1])


@dataclass(frozen=True)
class NumberNeeded:
    """How many people to treat for one death fewer (or more), with the interval through infinity where it runs so.

    Attributes
    ----------
    estimate, direction : float, str
        At least 1, infinite if the risks are the same; "benefit", "harm" or "neither".
    best, worst : (float, str)
        The ends of the 95 % interval, each a number and its direction; None if there is no interval.
    """

    estimate: float
    direction: str
    best: tuple[float, str] | None
    worst: tuple[float, str] | None

    @property
    def through_infinity(self) -> bool:
        """Whether the interval holds "no difference" inside, at which the number needed is infinite."""
        return self.best is not None and self.best[1] != self.worst[1]

    @property
    def interval_text(self) -> str:
        """The interval as Altman writes it: "benefit 5 to infinity to harm 18"."""
        if self.best is None:
            return "no interval"
        words = [
            "infinity" if math.isinf(number) else f"{side} {whole(number)}"
            for number, side in (self.best, self.worst)
        ]
        return (" to infinity to " if self.through_infinity else " to ").join(words)

    @property
    def text(self) -> str:
        """The number with its interval, people rounded up to whole ones."""
        if self.direction == "neither":
            said = "No number needed to treat: the risks are the same"
        else:
            said = f"NNT{' to harm' if self.direction == 'harm' else ''} {whole(self.estimate)}"
        return said if self.best is None else f"{said} (95 % CI: {self.interval_text})"


def whole(number: float) -> str:
    """Return a finite number needed in whole people, rounded up; floating-point dust is no person.

    Examples
    --------
    >>> whole(13.75), whole(10.0000000001), whole(1234.5)
    ('14', '10', '1,235')
    """
    return f"{math.ceil(round(number, 6)):,}"


def number_needed_to_treat(
    reduction: float, ci_low: float | None = None, ci_high: float | None = None
) -> NumberNeeded:
    """Turn a difference of risks into the number of people to treat for one death fewer.

    The number is 1 / reduction, infinite at no difference: an interval that holds 0 runs from a number needed for
    benefit through infinity to a number needed for harm; it is *not* the range between the two.

    Parameters
    ----------
    reduction : float, RiskDifference or Difference
        Control's risk minus active's, as a share between −1 and 1; or what `risk_difference` or `survival_difference`
        returns, which brings its interval along.
    ci_low, ci_high : float, optional
        Its 95 % interval.

    Returns
    -------
    NumberNeeded
        ``estimate, direction, best, worst, through_infinity, interval_text, text``.

    Raises
    ------
    TrialDataError
        If the reduction is no share (7.3 points are 0.073) or lies outside its interval.

    References
    ----------
    Altman DG. Confidence intervals for the number needed to treat. BMJ 1998;317:1309-1312.

    Examples
    --------
    >>> import alsteach as al
    >>> al.number_needed_to_treat(al.risk_difference(41, 110, 49, 110)).text
    'NNT 14 (95 % CI: benefit 5 to infinity to harm 18)'
    >>> al.number_needed_to_treat(0.10, 0.05, 0.15).text
    'NNT 10 (95 % CI: benefit 7 to benefit 20)'
    """
    if hasattr(reduction, "ci_low"):
        reduction, ci_low, ci_high = reduction.estimate, reduction.ci_low, reduction.ci_high
    if (ci_low is None) != (ci_high is None):
        raise TrialDataError("An interval has two ends: give both ci_low and ci_high, or neither.")
    if not -1 <= reduction <= 1:
        raise TrialDataError(
            f"The reduction {reduction:g} is no difference of shares; 7.3 points are written 0.073, from −1 to 1."
        )
    no_interval = ci_low is None or math.isnan(ci_low) or math.isnan(ci_high)
    if not no_interval and not ci_low <= reduction <= ci_high:
        raise TrialDataError(
            f"The reduction {reduction:g} lies outside its interval, {ci_low:g} to {ci_high:g}; check the signs: "
            "a benefit is positive."
        )
    ends = (None, None) if no_interval else (_needed(ci_high, ci_low), _needed(ci_low, ci_high))
    return NumberNeeded(*_needed(reduction), *ends)


def _needed(reduction: float, other_end: float = 0.0) -> tuple[float, str]:
    """Return number and direction; an end of an interval that lies at 0 takes the direction of the other end."""
    # An interval of Wald's form may pass 100 %; nobody can need to treat fewer than one.
    number = math.inf if reduction == 0 else 1 / min(abs(reduction), 1.0)
    side = reduction or other_end
    return number, "benefit" if side > 0 else "harm" if side < 0 else "neither"


@dataclass(frozen=True)
class EffectsAt:
    """The same result of a trial in several measures, up to one day; positive differences are benefits.

    Attributes
    ----------
    n_1, n_0, deaths_1, deaths_0 : int or None
        Patients, and deaths by that day, where they are known.
    risk_1, risk_0, reduction : float, float, Difference
        Shares dead by that day (Kaplan-Meier), and risk_0 − risk_1.
    risk_ratio, survival_ratio : Ratio
        Active over control: shares dead, shares alive.
    nnt, time_gained : NumberNeeded, Difference
        Number needed to treat; average time alive up to that day (restricted mean), active minus control; None
        where there are no curves.
    """

    day: float
    risk_1: float
    risk_0: float
    reduction: Difference | RiskDifference
    risk_ratio: Ratio
    survival_ratio: Ratio
    nnt: NumberNeeded
    n_1: int | None = None
    n_0: int | None = None
    deaths_1: int | None = None
    deaths_0: int | None = None
    time_gained: Difference | None = None


def effects_of_counts(deaths_1: int, n_1: int, deaths_0: int, n_0: int, day: float) -> EffectsAt:
    """Return `EffectsAt` from the deaths of two arms in which nobody was lost; the time gained is not known.

    Examples
    --------
    >>> effects_of_counts(41, 110, 49, 110, day=640).nnt.text
    'NNT 14 (95 % CI: benefit 5 to infinity to harm 18)'
    """
    reduction = risk_difference(deaths_1, n_1, deaths_0, n_0)
    return EffectsAt(
        day=float(day),
        n_1=n_1,
        n_0=n_0,
        deaths_1=deaths_1,
        deaths_0=deaths_0,
        risk_1=reduction.risk_1,
        risk_0=reduction.risk_0,
        reduction=reduction,
        risk_ratio=risk_ratio(deaths_1, n_1, deaths_0, n_0),
        survival_ratio=risk_ratio(n_1 - deaths_1, n_1, n_0 - deaths_0, n_0),
        nnt=number_needed_to_treat(reduction),
    )


def effects_of_shares(risk_1: float, risk_0: float, day: float) -> EffectsAt:
    """Return `EffectsAt` from two shares who died, of how many nobody knows: nothing has an interval.

    Examples
    --------
    >>> effects_of_shares(0.28, 0.46, day=640).nnt.text
    'NNT 6'
    """
    unknown = math.nan, math.nan
    ratios = [risk_1 / risk_0, (1 - risk_1) / (1 - risk_0)]
    return EffectsAt(
        day=float(day),
        risk_1=risk_1,
        risk_0=risk_0,
        reduction=RiskDifference(risk_0 - risk_1, *unknown, risk_1, risk_0, "none"),
        risk_ratio=Ratio(ratios[0], *unknown),
        survival_ratio=Ratio(ratios[1], *unknown),
        nnt=number_needed_to_treat(risk_0 - risk_1),
    )


@documented
def effects_at(
    df, day: float, duration_col: str = "time_days", event_col: str = "died", treatment: str = "treated"
) -> EffectsAt:
    """Say what a trial's treatment had done by one day: shares dead, their difference and ratio, NNT, time gained.

    Parameters
    ----------
    |df|
    day : float
        Up to when, in the unit of ``duration_col``.
    |duration_col, event_col, treatment|

    Returns
    -------
    EffectsAt
        By Kaplan-Meier and Greenwood's formula; time gained is the difference of restricted means.

    Raises
    ------
    TrialDataError
        If a column is wrongly coded, there are not two arms, or an arm was not followed to that day.

    References
    ----------
    Altman DG, Andersen PK. Calculating the number needed to treat for trials where the outcome is time to an event.
    BMJ 1999;319:1492. Checked against R's ``survfit``.

    Examples
    --------
    >>> import alsteach as al
    >>> found = effects_at(al.load_veteran(), day=180)
    >>> found.nnt.text
    'NNT 49 (95 % CI: benefit 7 to infinity to harm 9)'
    >>> round(found.time_gained.estimate)
    -14
    """
    checks.check_columns(df, [duration_col, event_col, treatment])
    df = df.assign(**{treatment: checks.treatment(df, treatment)})
    curves = kaplan_meier(df, duration_col, event_col, by=treatment)
    return effects_of_curves(curves, day)


def effects_of_curves(curves, day: float) -> EffectsAt:
    """Return `effects_at` from the Kaplan-Meier curves of the arms 0 and 1."""
    if not math.isfinite(day) or day < 0:
        raise TrialDataError(f"day={day:g} is no time after randomisation; take 0 or more.")
    reduction = survival_difference(curves, day)
    arms = {int(arm): rows for arm, rows in curves.groupby("group")}
    if math.isnan(reduction.estimate):
        ends = {arm: rows.iloc[-1] for arm, rows in arms.items()}
        short = next(arm for arm, end in ends.items() if end["time"] < day and end["survival"] > 0)
        raise TrialDataError(
            f"Arm {short} was followed to {ends[short]['time']:g} only, with patients alive; choose an earlier time."
        )
    alive, error = {}, {}
    for arm, rows in arms.items():
        alive[arm], error[arm] = _share_alive(rows, day)
    dead = {arm: 1 - alive[arm] for arm in arms}
    deaths = {arm: int(rows.loc[rows["time"] <= day, "deaths"].sum()) for arm, rows in arms.items()}
    return EffectsAt(
        day=float(day),
        n_1=int(arms[1]["at_risk"].iloc[0]),
        n_0=int(arms[0]["at_risk"].iloc[0]),
        deaths_1=deaths[1],
        deaths_0=deaths[0],
        risk_1=dead[1],
        risk_0=dead[0],
        reduction=reduction,
        risk_ratio=_ratio(dead[1], error[1], dead[0], error[0]),
        survival_ratio=_ratio(alive[1], error[1], alive[0], error[0]),
        nnt=number_needed_to_treat(reduction),
        time_gained=restricted_mean_difference(curves, day),
    )


def _share_alive(curve, day: float) -> tuple[float, float]:
    """Return one arm's share alive and its standard error; blank at 1 and 0, where Greenwood knows of none."""
    so_far = (curve["time"] <= day).to_numpy()
    share = float(curve["survival"].to_numpy()[so_far][-1])
    if not 0 < share < 1:
        return share, math.nan
    at_risk, deaths = (curve[column].to_numpy()[so_far] for column in ("at_risk", "deaths"))
    return share, float(share * np.sqrt((deaths / (at_risk * (at_risk - deaths))).sum()))
