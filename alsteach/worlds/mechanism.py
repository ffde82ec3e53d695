"""From an injection of IL-2 to regulatory T cells, effector cells and plasma CCL2: a teaching model.

Six ordinary differential equations. A dose waits at the injection site, enters blood and leaves it. It occupies two
kinds of receptor: the trimeric one of regulatory T cells (Treg) and the dimeric one of effector cells (memory T, CD8
and most NK cells). Occupied receptors make the cells multiply; nothing else tells the two populations apart but their
speed of return. Treg lower and effector cells raise microglial activation, and plasma CCL2 follows it. Every number
is in `load_mechanism_parameters`, with where it comes from; most of those after the receptor are chosen, not measured.
"""

from __future__ import annotations

from functools import lru_cache
from math import log

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..data.tables import load_mechanism_parameters

COLUMNS = [
    "time_days",
    "il2_pmol_l",
    "trimeric_occupied_percent",
    "dimeric_occupied_percent",
    "treg_percent",
    "teff_percent_of_baseline",
    "microglia_percent_of_baseline",
    "ccl2_percent_of_baseline",
]
LONGEST_DAYS = 2000
HEARD_SHARE, UNHEARD_SHARE = 0.5, 0.1
BASELINE = (0.0, 0.0, 1.0, 1.0, 1.0, 1.0)


@lru_cache(maxsize=1)
def _table() -> dict[str, float]:
    return load_mechanism_parameters().set_index("parameter")["value"].to_dict()


def parameter_values(changed: dict | None = None) -> dict[str, float]:
    """Return the model's parameters by name, some of them changed.

    Parameters
    ----------
    changed : dict of str to float, optional
        Names as in `load_mechanism_parameters`.

    Returns
    -------
    dict

    Raises
    ------
    TrialDataError
        If there is no such parameter or its value is not positive (``consumption_per_fold`` may be 0).

    Examples
    --------
    >>> parameter_values({"kd_dimeric_pmol_l": 200})["kd_dimeric_pmol_l"]
    200.0
    """
    values = dict(_table())
    for name, value in (changed or {}).items():
        if name not in values:
            raise TrialDataError(
                f"The model has no parameter {name!r}; load_mechanism_parameters()['parameter'] lists them."
            )
        value = _number(name, value)
        if not (value > 0 or (value == 0 and name in ("consumption_per_fold", "effector_activation"))):
            raise TrialDataError(f"The parameter {name!r} is {value:g}; it must be above 0.")
        values[name] = value
    if values["suppression_max_share"] >= 1:
        raise TrialDataError("The parameter 'suppression_max_share' is a share; it must be below 1.")
    return values


def receptor_occupancy(il2_pmol_l, parameters: dict | None = None) -> pd.DataFrame:
    """Say what share of each kind of IL-2 receptor is occupied at given concentrations.

    Parameters
    ----------
    il2_pmol_l : float or sequence of float
    parameters : dict, optional
        Changes to `load_mechanism_parameters`.

    Returns
    -------
    DataFrame
        Columns ``il2_pmol_l, trimeric_occupied_percent, dimeric_occupied_percent``: at equilibrium, one IL-2 a
        receptor.

    Raises
    ------
    TrialDataError
        If a concentration is negative or missing.

    Examples
    --------
    >>> import alsteach as al
    >>> al.receptor_occupancy([25, 1900]).round(1).values.tolist()
    [[25.0, 50.0, 1.3], [1900.0, 98.7, 50.0]]
    """
    p = parameter_values(parameters)
    il2 = np.atleast_1d(np.asarray(il2_pmol_l, dtype=float))
    if not (il2 >= 0).all():
        raise TrialDataError("A concentration of IL-2 cannot be negative or missing: give pmol/L, 0 or more.")
    return pd.DataFrame(
        {
            "il2_pmol_l": il2,
            "trimeric_occupied_percent": 100 * _occupied(il2, p["kd_trimeric_pmol_l"]),
            "dimeric_occupied_percent": 100 * _occupied(il2, p["kd_dimeric_pmol_l"]),
        }
    )


def simulate_treg(
    dose_miu: float = 2.0,
    days_on: int = 5,
    cycle_days: int = 28,
    n_cycles: int = 3,
    parameters: dict | None = None,
    steps_per_day: int = 8,
    rtol: float = 1e-6,
) -> pd.DataFrame:
    """Simulate courses of IL-2 under the skin: one injection a day for some days, then rest, and again.

    Parameters
    ----------
    dose_miu : float
        Millions of international units an injection.
    days_on, cycle_days, n_cycles : int
        Injections on the first ``days_on`` days of each cycle.
    parameters : dict, optional
        Changes to `load_mechanism_parameters`.
    steps_per_day : int
        How finely the result is reported; it does not change the solution.
    rtol : float
        Relative tolerance of the solver.

    Returns
    -------
    DataFrame
        ``time_days`` since the first injection; ``il2_pmol_l`` of injected IL-2 in plasma;
        ``trimeric_occupied_percent`` and ``dimeric_occupied_percent`` of receptors; ``treg_percent`` of CD4+ cells
        (other CD4+ cells are taken as unchanged); ``teff_percent_of_baseline`` (memory T, CD8 and most NK cells),
        ``microglia_percent_of_baseline`` and ``ccl2_percent_of_baseline``, 100 before treatment.

    Raises
    ------
    TrialDataError
        If the regimen makes no sense or lasts more than 2000 days.

    Notes
    -----
    A model for teaching: not a patient, not a prediction and no dosing advice.

    Examples
    --------
    >>> import alsteach as al
    >>> course = al.simulate_treg(dose_miu=2, n_cycles=1).set_index("time_days")
    >>> course.loc[[0, 7, 28], "treg_percent"].round(1).tolist()
    [6.4, 12.9, 6.7]
    """
    p = parameter_values(parameters)
    dose_miu, rtol = _number("dose_miu", dose_miu), _number("rtol", rtol)
    days_on, cycle_days, n_cycles, steps_per_day = (
        _whole(name, value)
        for name, value in (
            ("days_on", days_on),
            ("cycle_days", cycle_days),
            ("n_cycles", n_cycles),
            ("steps_per_day", steps_per_day),
        )
    )
    if not 0 <= dose_miu <= 1000:
        raise TrialDataError(f"dose_miu is {dose_miu:g}; it must be 0 to 1000 million units.")
    if not 1e-10 <= rtol <= 1e-2:
        raise TrialDataError(f"rtol is {rtol:g}; it must be between 1e-10 and 0.01.")
    if min(cycle_days, n_cycles, steps_per_day) < 1:
        raise TrialDataError("cycle_days, n_cycles and steps_per_day must be at least 1.")
    if not 0 <= days_on <= cycle_days:
        raise TrialDataError(
            f"days_on is {days_on} and cycle_days {cycle_days}: a cycle cannot have more days of injections than days."
        )
    if n_cycles * cycle_days > LONGEST_DAYS:
        raise TrialDataError(
            f"{n_cycles} cycles of {cycle_days} days last more than {LONGEST_DAYS} days; ask for fewer."
        )
    injections = [cycle * cycle_days + day for cycle in range(n_cycles) for day in range(days_on)]
    times, states = _solve(dose_miu, injections, n_cycles * cycle_days, steps_per_day, p, rtol)
    return _report(times, states, p)


def selective_window(parameters: dict | None = None) -> tuple[float, float] | None:
    """Return the concentrations of IL-2 (pmol/L) that Treg hear and effector cells hardly do.

    At least half of the trimeric receptors are occupied there and at most a tenth of the dimeric ones; None if there is
    no such concentration.

    Examples
    --------
    >>> tuple(round(end) for end in selective_window())
    (25, 211)
    >>> selective_window({"kd_dimeric_pmol_l": 200}) is None
    True
    """
    p = parameter_values(parameters)
    low = p["kd_trimeric_pmol_l"] * HEARD_SHARE / (1 - HEARD_SHARE)
    high = p["kd_dimeric_pmol_l"] * UNHEARD_SHARE / (1 - UNHEARD_SHARE)
    return (low, high) if low < high else None


def day_after_injection(dose_miu: float, parameters: dict | None = None) -> pd.DataFrame:
    """Simulate the 24 hours after a first injection, every quarter of an hour; columns as `simulate_treg`.

    Examples
    --------
    >>> round(day_after_injection(2)["il2_pmol_l"].max())
    38
    """
    return simulate_treg(dose_miu, 1, 1, 1, parameters, steps_per_day=96)


def heard_by(il2_pmol_l, parameters: dict | None = None) -> np.ndarray:
    """Say at each concentration who hears it: ``"nobody"``, ``"treg"`` alone, or ``"both"``: effector cells too.

    Treg hear where at least half of their receptors are occupied, effector cells where more than a tenth of theirs are.

    Examples
    --------
    >>> heard_by([4, 38, 800]).tolist()
    ['nobody', 'treg', 'both']
    """
    occupied = receptor_occupancy(il2_pmol_l, parameters)
    treg = occupied["trimeric_occupied_percent"] >= 100 * HEARD_SHARE
    effector = occupied["dimeric_occupied_percent"] > 100 * UNHEARD_SHARE
    return np.select([effector, treg], ["both", "treg"], "nobody")


def hours_heard(day: pd.DataFrame, parameters: dict | None = None) -> list[tuple[str, float, float]]:
    """Split the day of `day_after_injection` into stretches by who hears: (who, from hour, to hour).

    Examples
    --------
    >>> [who for who, *_ in hours_heard(day_after_injection(2))]
    ['nobody', 'treg', 'nobody']
    """
    who = heard_by(day["il2_pmol_l"].iloc[1:], parameters)
    hours = 24 * day["time_days"].to_numpy()
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    ends = np.r_[starts[1:], len(who)]
    return [
        (str(who[start]), float(hours[start]), float(hours[end]))
        for start, end in zip(starts, ends, strict=True)
    ]


def at_day(course: pd.DataFrame, day: float, column: str) -> float:
    """Return a column of `simulate_treg` at a day.

    Examples
    --------
    >>> round(at_day(simulate_treg(0, n_cycles=1), 7.1, "treg_percent"), 2)
    6.35
    """
    return float(np.interp(day, course["time_days"], course[column]))


def first_course_changes(df: pd.DataFrame, value: str) -> pd.DataFrame:
    """Summarise by arm how far a measurement of `load_treg_course` moved over the first course.

    Returns
    -------
    DataFrame
        Index ``arm``; ``n, mean, sd, least, most``, and ``t``, the difference from the first arm's mean in units of its
        standard error.

    Examples
    --------
    >>> import alsteach as al
    >>> first_course_changes(al.load_treg_course(), "treg_percent")["n"].tolist()
    [12, 12, 12]
    """
    first = df[df["cycle"] == 1].pivot(index="patient_id", columns="visit", values=value)
    change = (first["after"] - first["before"]).groupby(
        df.groupby("patient_id")["arm"].first(), observed=True
    )
    table = change.agg(n="count", mean="mean", sd="std", least="min", most="max")
    squared_se = table["sd"] ** 2 / table["n"]
    table["t"] = (table["mean"] - table["mean"].iloc[0]) / np.sqrt(squared_se + squared_se.iloc[0])
    return table


def _solve(dose_miu, injections, end, steps_per_day, p, rtol):
    """Integrate from injection to injection, so that the solver never has to step over one."""
    # odeint and solve_ivp share one solver, LSODA; odeint's loop is compiled, which makes it 2.4 times as fast here.
    from scipy.integrate import odeint

    right_hand_side = _right_hand_side(p)
    state = np.array(BASELINE)
    times, states = [np.zeros(1)], [state[None].copy()]
    edges = [*injections, end]
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        state[0] += dose_miu
        grid = np.arange(start * steps_per_day, stop * steps_per_day + 1) / steps_per_day
        solution = odeint(right_hand_side, state, grid, rtol=rtol, atol=rtol * 1e-3, tfirst=True)
        times.append(grid[1:])
        states.append(solution[1:])
        state = solution[-1].copy()
    if not injections:
        grid = np.arange(1, end * steps_per_day + 1) / steps_per_day
        times.append(grid)
        states.append(np.tile(state, (len(grid), 1)))
    return np.concatenate(times), np.vstack(states)


def _right_hand_side(p):
    absorbed = 24 * log(2) / p["absorption_half_life_hours"]
    eliminated = 24 * 60 * log(2) / p["elimination_half_life_minutes"]
    litres = p["clearance_ml_min"] * 60 * 24 / 1000 / eliminated
    pmol_per_miu = p["il2_ug_miu"] / p["il2_molar_mass_g_mol"] * 1e6
    enters = absorbed * p["bioavailability_percent"] / 100 * pmol_per_miu / litres
    kd_high, kd_low = p["kd_trimeric_pmol_l"], p["kd_dimeric_pmol_l"]
    growth, ceiling, consumption = p["growth_per_day"], p["expansion_ceiling_fold"], p["consumption_per_fold"]
    treg_return, effector_return = log(2) / p["treg_half_life_days"], log(2) / p["effector_half_life_days"]
    microglia_follow, ccl2_follow = log(2) / p["microglia_half_life_days"], log(2) / p["ccl2_half_life_days"]
    suppression, half_suppression = p["suppression_max_share"], p["treg_rise_half_suppression_fold"]
    activation = p["effector_activation"]

    def right_hand_side(_, state):
        depot, il2, treg, effector, microglia, ccl2 = state
        rise = treg - 1
        target = 1 - suppression * rise / (rise + half_suppression) + activation * (effector - 1)
        return (
            -absorbed * depot,
            enters * depot - eliminated * (1 + consumption * rise) * il2,
            growth * il2 / (il2 + kd_high) * treg * (1 - treg / ceiling) - treg_return * rise,
            growth * il2 / (il2 + kd_low) * effector * (1 - effector / ceiling)
            - effector_return * (effector - 1),
            microglia_follow * (target - microglia),
            ccl2_follow * (microglia - ccl2),
        )

    return right_hand_side


def _report(times, states, p) -> pd.DataFrame:
    # The solver may leave a vanished dose at −1e-12.
    il2 = np.maximum(states[:, 1], 0)
    treg = states[:, 2] * p["treg_baseline_percent"] / 100
    return pd.DataFrame(
        {
            "time_days": times,
            "il2_pmol_l": il2,
            "trimeric_occupied_percent": 100 * _occupied(il2, p["kd_trimeric_pmol_l"]),
            "dimeric_occupied_percent": 100 * _occupied(il2, p["kd_dimeric_pmol_l"]),
            "treg_percent": 100 * treg / (treg + 1 - p["treg_baseline_percent"] / 100),
            "teff_percent_of_baseline": 100 * states[:, 3],
            "microglia_percent_of_baseline": 100 * states[:, 4],
            "ccl2_percent_of_baseline": 100 * states[:, 5],
        }
    )


def _occupied(il2, kd):
    return il2 / (il2 + kd)


def _number(name: str, value) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TrialDataError(f"{name} is {value!r}; it must be a number.") from None
    if not np.isfinite(number):
        raise TrialDataError(f"{name} is {value!r}; it must be a finite number.")
    return number


def _whole(name: str, value) -> int:
    number = _number(name, value)
    if not number.is_integer():
        raise TrialDataError(f"{name} is {value!r}; it must be a whole number.")
    return int(number)
