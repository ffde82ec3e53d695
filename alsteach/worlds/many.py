"""Analyse simulated trials by the thousand: here, on all cores or on a cluster, with the same result."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor

import numpy as np
import pandas as pd

from ..stats import engine
from ..stats.cox import two_sided_p
from .design import TrialDesign
from .simulate import SimulatedTrials, checked_count, checked_seed, simulate_chunk, trials_per_chunk

TASKS_IN_FLIGHT = 256  # results wait in memory for their turn, so there is a limit to them


def _columns(prefix, log_hr, variance) -> dict[str, np.ndarray]:
    se = np.sqrt(variance)
    return {f"{prefix}_log_hr": log_hr, f"{prefix}_se": se, f"{prefix}_p": two_sided_p(log_hr / se)}


def analyse_trials(trials: SimulatedTrials) -> dict[str, np.ndarray]:
    """Fit the crude and both adjusted models to each trial; arrays by the column names of `run_many_trials`."""
    treated, marker = trials.treated, trials.covariates[:, :, -1]
    known = ~np.isnan(marker)
    everybody = engine.RiskSets.from_times(trials.time_days, trials.died)
    analysed, risk = None, everybody
    if trials.design.missing_pnfh_share > 0:
        analysed = known
        risk = engine.RiskSets.from_times(trials.time_days, trials.died, analysed)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, marker, 0.0).sum(axis=1) / known.sum(axis=1)
    product = treated * (marker - mean[:, None])
    x = np.concatenate([treated[:, :, None], trials.covariates, product[:, :, None]], axis=2)

    crude, crude_cov, _, crude_ok = engine.fit_chunk(x[:, :, :1], everybody)
    adjusted, adjusted_cov, _, adjusted_ok = engine.fit_chunk(x[:, :, :-1], risk, analysed)
    varying, varying_cov, _, varying_ok = engine.fit_chunk(x, risk, analysed)
    at_zero = varying[:, 0] - mean * varying[:, -1]
    at_zero_variance = (
        varying_cov[:, 0, 0] - 2 * mean * varying_cov[:, 0, -1] + mean**2 * varying_cov[:, -1, -1]
    )
    return {
        "deaths": trials.died.sum(axis=1).astype(int),
        "deaths_treated": (trials.died * treated).sum(axis=1).astype(int),
        "analysed": known.sum(axis=1),
        "mean_pnfh": mean,
        **_columns("crude", crude[:, 0], crude_cov[:, 0, 0]),
        **_columns("adjusted", adjusted[:, 0], adjusted_cov[:, 0, 0]),
        **_columns("at_zero", at_zero, at_zero_variance),
        **_columns("at_mean", varying[:, 0], varying_cov[:, 0, 0]),
        **_columns("interaction", varying[:, -1], varying_cov[:, -1, -1]),
        "crude_converged": crude_ok,
        "adjusted_converged": adjusted_ok,
        "interaction_converged": varying_ok,
    }


def _run_chunks(design, seed, numbers, last_size, analyse) -> dict[str, np.ndarray]:
    """One task: simulate and analyse consecutive chunks; ``last_size`` trials of the last one are wanted."""
    parts = []
    for number in numbers:
        trials = simulate_chunk(design, seed, number)
        parts.append(analyse(trials if number != numbers[-1] else trials.take(slice(last_size))))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def iterate_trials(
    design: TrialDesign,
    n_trials: int,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    executor: Executor | None = None,
    analyse: Callable[[SimulatedTrials], dict[str, np.ndarray]] = analyse_trials,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of `run_many_trials` a batch at a time, in order, so that memory does not grow with ``n_trials``.

    Parameters
    ----------
    design, n_trials, seed, progress, executor
        As in `run_many_trials`.
    analyse : function of SimulatedTrials, optional
        What to compute from a chunk of trials: arrays by column name, an element a trial. At the top of a module if
        the executor runs other processes.

    Yields
    ------
    DataFrame
        Index ``trial``.

    Examples
    --------
    >>> from alsteach.worlds.many import iterate_trials
    >>> from alsteach.worlds.design import TrialDesign
    >>> sum(len(batch) for batch in iterate_trials(TrialDesign(), n_trials=120))
    120
    """
    n_trials, seed = checked_count(n_trials), checked_seed(seed)
    size = trials_per_chunk(design)
    n_chunks = -(-n_trials // size)
    # Without an executor every chunk reports; with one, tasks of up to a second keep its overhead small.
    per_task = 1 if executor is None else min(20, -(-n_chunks // 64))
    tasks = deque(range(0, n_chunks, per_task))
    pending = deque()

    def arguments(first):
        numbers = range(first, min(first + per_task, n_chunks))
        last_size = min(size, n_trials - size * numbers[-1])
        return design, seed, numbers, last_size, analyse

    done = 0
    try:
        while tasks or pending:
            if executor is None:
                rows = _run_chunks(*arguments(tasks.popleft()))
            else:
                while tasks and len(pending) < TASKS_IN_FLIGHT:
                    pending.append(executor.submit(_run_chunks, *arguments(tasks.popleft())))
                rows = pending.popleft().result()
            batch = pd.DataFrame(rows)
            batch.index = pd.RangeIndex(done, done + len(batch), name="trial")
            done += len(batch)
            if progress is not None:
                progress(done / n_trials)
            yield batch
    finally:
        for future in pending:
            future.cancel()


def run_many_trials(
    design: TrialDesign,
    n_trials: int = 1000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Simulate trials of a design and analyse each: unadjusted, adjusted, and with a treatment × pNFH interaction.

    Parameters
    ----------
    design : TrialDesign
    n_trials : int
    seed : int
        The same seed gives the same rows, however they are computed; the first rows of a longer run are a shorter run.
    progress : function of a float, optional
        Called with the share done after every chunk; the run ends if it raises.
    executor : concurrent.futures.Executor, optional
        Where to compute: a process pool, or a Dask cluster's ``client.get_executor()``.

    Returns
    -------
    DataFrame
        Index ``trial``. ``crude``, ``adjusted``, ``at_zero`` and ``at_mean`` (the interaction model read at 0 pg/mL
        and at the mean of the analysed patients) and ``interaction`` (per pg/mL), each with ``_log_hr``, ``_se`` and
        ``_p`` (Wald); ``deaths``, ``deaths_treated``, ``analysed`` (patients whose pNFH is known), ``mean_pnfh``;
        ``crude_converged``, ``adjusted_converged``, ``interaction_converged``. NaN where a model has no estimate.

    Raises
    ------
    TrialDataError
        If ``n_trials`` or ``seed`` is impossible.

    Examples
    --------
    >>> import alsteach as al
    >>> trials = al.run_many_trials(al.TrialDesign(), n_trials=200, seed=1)
    >>> trials[["crude_log_hr", "at_zero_log_hr"]].median().round(1).to_dict()
    {'crude_log_hr': -0.2, 'at_zero_log_hr': -1.1}
    """
    return pd.concat(iterate_trials(design, n_trials, seed, progress, executor))
