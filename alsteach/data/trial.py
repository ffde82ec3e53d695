"""A randomised trial as one thing: its table, and what each column is to the analysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Trial:
    """A table of patients and the columns' roles, asked for once.

    Attributes
    ----------
    frame : DataFrame
        A row a patient.
    covariates : tuple of str
    interaction : str, optional
        The biomarker with which the treatment's effect may change.
    duration_col, event_col, treatment : str
        As in `fit_cox`.
    badge : str
        Where it comes from, as the corner of a panel's picture says it: ``"real"`` or ``"synthetic"``.

    Examples
    --------
    >>> import alsteach as al
    >>> Trial(al.load_veteran(), covariates=("age_years",), interaction="karno").outcome
    {'duration_col': 'time_days', 'event_col': 'died', 'treatment': 'treated'}
    """

    frame: pd.DataFrame
    covariates: tuple = ()
    interaction: str | None = None
    duration_col: str = "time_days"
    event_col: str = "died"
    treatment: str = "treated"
    badge: str = "real"

    @property
    def outcome(self) -> dict:
        """The columns of `fit_cox` that say what happened to whom."""
        return {
            "duration_col": self.duration_col,
            "event_col": self.event_col,
            "treatment": self.treatment,
        }
