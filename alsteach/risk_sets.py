"""The race at each death: who was at risk, and each one's chance of being the one who died."""

from __future__ import annotations

import numpy as np

BLOCK_VALUES = 4_000_000  # chances held at once: 32 MB, whatever the size of the trial


def chances_at_deaths(durations, events, relative_hazards, ties="efron", only=slice(None)):
    """Return each patient's chance of being the one who died, at each death.

    A Cox model's partial likelihood is the product of the chances that those who did die had; see the course's panel on
    eight patients.

    Parameters
    ----------
    durations, events : (n,) arrays
        Follow-up times, and 1 = died or 0 = censored.
    relative_hazards : (n,) array
        exp(covariates × log hazard ratios) of each patient, in any unit.
    ties : {"efron", "breslow"}
        With "efron", each of several deaths on one day has part of the others taken out of its race.
    only : slice
        Which deaths, counted in order of time.

    Returns
    -------
    rows : (D,) int array
        Who died, in order of time.
    chances : (D, n) array
        A row a death; it adds up to 1, and is 0 for those no longer at risk.

    Examples
    --------
    Three patients with the same hazard: the first death is a race of three, the second of two.

    >>> rows, chances = chances_at_deaths([10, 20, 30], [1, 1, 0], [1, 1, 1])
    >>> chances.round(2)
    array([[0.33, 0.33, 0.33],
           [0.  , 0.5 , 0.5 ]])
    """
    durations, events, hazards = (np.asarray(a, dtype=float) for a in (durations, events, relative_hazards))
    rows = np.flatnonzero(events == 1)
    rows = rows[np.argsort(durations[rows], kind="stable")]
    times = durations[rows]
    first = np.searchsorted(times, times, side="left")
    share = (np.arange(len(times)) - first) / (np.searchsorted(times, times, side="right") - first)
    rows, times, share = rows[only], times[only], share[only]
    chances = np.where(durations >= times[:, None], hazards, 0.0)
    later = np.flatnonzero(share) if ties == "efron" else ()
    if len(later):
        tied = (durations == times[later, None]) & (events == 1)
        chances[later] *= 1 - share[later, None] * tied
    chances /= chances.sum(axis=1, keepdims=True)
    return rows, chances


def in_blocks(events, n):
    """Yield slices over the deaths, few enough at a time to keep ``chances_at_deaths`` small."""
    deaths, size = int(np.sum(events)), max(1, BLOCK_VALUES // n)
    for start in range(0, deaths, size):
        yield slice(start, min(start + size, deaths))
