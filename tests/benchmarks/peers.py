"""What the benchmark times: a function of (durations, events, x) of one trial for each Python package.

`prepare` turns a trial into what the package wants, outside the clock; `run` is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import numpy as np
import pandas as pd

import alsteach as al


class Peer(NamedTuple):
    prepare: Callable
    run: Callable
    count: int  # trials a turn: a tenth of a second or so


def _frame(durations, events, x) -> pd.DataFrame:
    columns = {f"x{j + 1}": column for j, column in enumerate(x.T)}
    return pd.DataFrame({"time_days": durations, "died": events.astype(int), **columns})


def one_fit() -> Peer:
    """Ours, a table at a time."""
    return Peer(_frame, lambda df: al.fit_cox(df, treatment=None, covariates=list(df.columns[2:])), 10)


def lifelines_cox() -> Peer:
    from lifelines import CoxPHFitter

    return Peer(_frame, lambda df: CoxPHFitter().fit(df, "time_days", "died"), 4)


def statsmodels_cox() -> Peer:
    from statsmodels.duration.hazard_regression import PHReg

    return Peer(
        lambda durations, events, x: (durations, x, events),
        lambda trial: PHReg(trial[0], trial[1], status=trial[2], ties="efron").fit(),
        3,
    )


def scikit_survival_cox() -> Peer:
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    return Peer(
        lambda durations, events, x: (x, Surv.from_arrays(events == 1, durations)),
        lambda trial: CoxPHSurvivalAnalysis(ties="efron").fit(*trial),
        10,
    )


def lifelines_curve() -> Peer:
    from lifelines import KaplanMeierFitter

    return Peer(lambda *trial: trial[:2], lambda trial: KaplanMeierFitter().fit(*trial), 20)


def lifelines_logrank() -> Peer:
    from lifelines.statistics import logrank_test

    def arms(durations, events, x):
        one = x[:, 0] == 1
        return durations[one], durations[~one], events[one], events[~one]

    return Peer(arms, lambda trial: logrank_test(*trial), 20)


COX = {
    "lifelines": lifelines_cox,
    "statsmodels": statsmodels_cox,
    "scikit-survival": scikit_survival_cox,
}


def installed(package: str) -> str | None:
    """Return the version of a package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def cohorts(n_trials: int, n_covariates: int, whole_days: bool, seed: int = 1):
    """Return durations, events, x of trials with 220 patients: treatment, normal covariates, 41 % dead by day 640."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_trials, 220, n_covariates))
    x[:, :, 0] = rng.permuted(np.tile([0.0, 1.0], (n_trials, 110)), axis=1)
    effects = np.r_[-0.21, np.linspace(0.5, -0.3, n_covariates - 1)]
    time = rng.weibull(1.5, (n_trials, 220)) * np.exp(-(x @ effects) / 1.5)
    time *= 640 / np.quantile(time, 0.41)
    durations, events = np.minimum(time, 640.0), (time <= 640).astype(float)
    return (np.ceil(durations) if whole_days else durations), events, x
