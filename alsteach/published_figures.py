"""One published figure as a sentence quotes it: with its interval, and marked where nobody has verified it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches

from .datasets import load_published_results
from .frames import TrialDataError


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
    def text(self) -> str:
        """The figure with its interval and p-value; "(unverified)" follows one that nobody has checked."""
        p = self.p_relation if math.isnan(self.p_value) else f"p {self.p_relation} {self.p_value:g}"
        text = ", ".join(part for part in (self._estimate_text(), p) if part) or self.statement
        return text if self.verified else f"{text} (unverified)"

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
        sign = "+" if self.unit == "percentage points" else ""
        return f"{value:{sign}.{int(self.decimals)}f}".replace("-", "−")

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
    table = load_published_results()
    row = table[table["key"] == key]
    if row.empty:
        keys = table["key"].tolist()
        near = [k for k in keys if str(key) in k][:4] or get_close_matches(str(key), keys, n=3, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else "load_published_results()['key'] has them all."
        )
        raise TrialDataError(f"There is no published figure {key!r}; {hint}")
    return PublishedFigure(**row.iloc[0])
