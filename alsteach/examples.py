"""Small worked examples: eight invented patients, and the plan of MIROCALS read off the published figures."""

from __future__ import annotations

import pandas as pd

from .datasets import load_published_results

DAYS_PER_MONTH = 365.25 / 12


def eight_patients() -> pd.DataFrame:
    """Return eight invented patients, few enough to do Kaplan-Meier by hand.

    Returns
    -------
    DataFrame
        ``patient`` (A to H), ``time_days`` from entry to death or to when last seen alive, ``died``.

    Examples
    --------
    >>> import alsteach as al
    >>> al.eight_patients().died.tolist()
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
    >>> import alsteach as al
    >>> plan = al.mirocals_plan()
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
