"""One published figure as a sentence quotes it: with its interval, and marked where nobody has verified it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

import pandas as pd

from ..data.checks import TrialDataError
from ..data.tables import load_published_results
from . import numbers


@dataclass(frozen=True)
class PublishedFigure:
    """One row of `load_published_results`; ``.text`` is the figure as a sentence would quote it."""

    key: str
    trial: str
    quantity: str
    estimate_relation: str
    estimate: float
    ci_low: float
    ci_high: float
    sd: float
    p_relation: str
    p_value: float
    unit: str
    decimals: float
    population: str
    statement: str
    reference: str
    source: str
    status: str
    note: str

    @property
    def verified(self) -> bool:
        """Whether the figure was read in a text, or follows from figures that were."""
        return self.status != "U"

    @property
    def mark(self) -> str:
        """What follows the figure where nobody has checked it."""
        return "" if self.verified else " (unverified)"

    @property
    def text(self) -> str:
        """The figure with its interval and p-value; "(unverified)" follows one that nobody has checked."""
        p = self.p_relation if math.isnan(self.p_value) else f"p {self.p_relation} {self.p_value:g}"
        text = ", ".join(part for part in (self._estimate_text(), p) if part) or self.statement
        return text + self.mark

    def _estimate_text(self) -> str:
        if math.isnan(self.estimate):
            return ""
        text = _TEXT_OF_UNIT.get(self.unit, f"{{}} {self.unit}").format(self._number(self.estimate))
        if self.estimate_relation != "=":
            text = f"{self.estimate_relation} {text}"
        if not math.isnan(self.ci_low):
            text += f" (95 % CI {self._number(self.ci_low)}-{self._number(self.ci_high)})"
        if not math.isnan(self.sd):
            text += f" (SD {self.sd:g})"
        return text

    def _number(self, value: float) -> str:
        written = numbers.signed if self.unit == "percentage points" else numbers.fixed
        return written(value, int(self.decimals))

    def __str__(self) -> str:
        return self.text


_TEXT_OF_UNIT = {
    "hazard ratio": "HR {}",
    "hazard ratio per pg/mL": "HR ratio {} per pg/mL",
    "percent": "{} %",
    "percentage points": "{} points",
    "standard error of log HR": "SE {}",
    "fold": "{}-fold",
    "factor": "×/÷ {}",
    "ratio": "{}",
}


def published(key: str) -> PublishedFigure:
    """Return one published figure, so that no number need be typed where it can be quoted.

    Parameters
    ----------
    key : str
        As in ``load_published_results()["key"]``.

    Returns
    -------
    PublishedFigure
        The columns of the row as attributes, and ``.text``.

    Raises
    ------
    TrialDataError
        If there is no such key; the message names near matches.

    Examples
    --------
    >>> import alsteach as al
    >>> al.published("mirocals_hr_adjusted").text
    'HR 0.32 (95 % CI 0.14-0.73), p = 0.007'
    >>> al.published("mirocals_interaction_hr_ratio").text
    'HR ratio 1.0003 per pg/mL (95 % CI 1.0001-1.0005) (unverified)'
    """
    figures = _figures()
    if key not in figures:
        keys = list(figures)
        near = [k for k in keys if str(key) in k][:4] or get_close_matches(str(key), keys, n=3, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else "load_published_results()['key'] has them all."
        )
        raise TrialDataError(f"There is no published figure {key!r}; {hint}")
    return figures[key]


@cache
def _figures() -> dict[str, PublishedFigure]:
    """Read once: a panel asks for some at every change."""
    return {row["key"]: PublishedFigure(**row) for row in load_published_results().to_dict("records")}


DAYS_PER_MONTH = 365.25 / 12


def eight_patients() -> pd.DataFrame:
    """Return eight invented patients, few enough to do Kaplan-Meier by hand.

    Returns
    -------
    DataFrame
        ``patient`` (A to H), ``time_days`` from entry to death or to when last seen alive, ``died``.

    Examples
    --------
    >>> eight_patients().died.tolist()
    [1, 1, 0, 1, 0, 1, 0, 0]
    """
    return pd.DataFrame(
        {
            "patient": list("ABCDEFGH"),
            "time_days": [60, 130, 190, 250, 330, 410, 520, 640],
            "died": [1, 1, 0, 1, 0, 1, 0, 0],
        }
    )


def mirocals_plan() -> pd.Series:
    """Return the plan of MIROCALS in days, computed from the published figures, as `plot_trial_design` draws it.

    Returns
    -------
    Series
        ``run_in_min_days, run_in_max_days, days_on, cycle_days, treatment_days, endpoint_day`` and the words ``active,
        control``.

    Examples
    --------
    >>> plan = mirocals_plan()
    >>> plan.run_in_min_days, plan.endpoint_day, round(plan.treatment_days)
    (84.0, 640.0, 548)
    """
    figure = load_published_results().set_index("key")["estimate"].to_dict()
    return pd.Series(
        {
            "run_in_min_days": 7 * figure["mirocals_run_in_weeks_min"],
            "run_in_max_days": 7 * figure["mirocals_run_in_weeks_max"],
            "days_on": figure["mirocals_days_on"],
            "cycle_days": figure["mirocals_cycle_days"],
            "treatment_days": DAYS_PER_MONTH * figure["mirocals_treatment_months"],
            "endpoint_day": figure["mirocals_endpoint_day"],
            "active": "IL-2",
            "control": "placebo",
        }
    )
