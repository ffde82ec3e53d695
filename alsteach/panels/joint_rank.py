"""Panel of notebook 07: function against survival, when death takes the measurement of function away."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import plots, style
from ..joint_rank_scores import (
    END_DAY,
    LARGEST_ARM,
    MONTHS,
    function_comparisons,
    function_trial,
    function_truth,
    joint_rank,
)
from ..plots import joint_rank as drawing
from .controls import slider
from .core import Panel


def joint_rank_panel() -> Panel:
    """Compare function in a synthetic trial whose treatment changes who survives: four analyses, one truth.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.joint_rank_panel()
    >>> panel.sentence[:60]
    'Put in: half the hazard of death, function untouched; 20 of '
    """

    @lru_cache(maxsize=64)
    def computed(hazard_ratio, slowing, n):
        trial = function_trial(hazard_ratio, slowing, n)
        return trial, joint_rank(trial), function_comparisons(trial), function_truth(trial)

    def show(values, picture):
        trial, ranked, table, truth = computed(values.hazard_ratio, values.slowing, values.n_per_arm)
        if not hasattr(picture.memory, "axes"):
            picture.memory.axes = drawing.joint_rank_frame(picture.figure, MONTHS)
            plots.label_data(picture.figure, "Synthetic trial: not patients")
        change, death, points, pairs = picture.memory.axes
        with picture.redrawing(*picture.memory.axes):
            drawing.ranked_patients(
                change,
                death,
                ranked.ranks.to_numpy(),
                trial["treated"].to_numpy(),
                trial["died"].to_numpy() == 1,
                trial["alsfrs_r_change"].to_numpy(),
                trial["time_days"].to_numpy() * MONTHS / END_DAY,
            )
            drawing.compared_ways(points, table, truth.effect)
            drawing.pairs_won(pairs, ranked)
        return sentence(values)

    def sentence(values):
        trial, ranked, table, truth = computed(values.hazard_ratio, values.slowing, values.n_per_arm)
        dead = trial.groupby("treated")["died"].sum()
        said = f"Put in: {_survival_words(values.hazard_ratio)}, {_function_words(values.slowing)}; "
        said += f"{dead[1]} of {values.n_per_arm} die on treatment, {dead[0]} in the control arm. "
        said += (
            f"Active minus control arm (95 % CI): (1) survivors only {_points(table.loc['survivors_only'])}"
        )
        if not np.isnan(truth.effect):
            said += f"; truth, in the {truth.n_both} who live in either arm: {_signed(truth.effect)}"
        said += f". {_why(truth)} (2) As if the dead had stopped declining {_points(table.loc['carried_forward'])}."
        said += f" (3) A 0 for the dead {_points(table.loc['zero_for_dead'])}."
        won = 100 * np.array([ranked.win_probability, ranked.ci_low, ranked.ci_high])
        said += (
            f" (4) The treated patient does better in {won[0]:.0f} of 100 pairs ({won[1]:.0f}–{won[2]:.0f}), "
        )
        said += f"{style.p_text(ranked.p)}: death is worst, everyone counts as randomised, "
        return said + ("but " if values.hazard_ratio != 1 and values.slowing else "") + _mixture(values)

    controls = {
        "hazard_ratio": slider("Hazard ratio of death put in", 0.3, 2.0, 0.05, 0.5),
        "slowing": slider("Decline of function slowed by", -40, 60, 5, 0, "%"),
        "n_per_arm": slider("Patients per arm", 10, LARGEST_ARM, 10, 100),
    }
    presets = {
        "Saves lives only": {"hazard_ratio": 0.5, "slowing": 0, "n_per_arm": 100},
        "Costs lives only": {"hazard_ratio": 2.0, "slowing": 0, "n_per_arm": 100},
        "Slows decline only": {"hazard_ratio": 1.0, "slowing": 30, "n_per_arm": 100},
        "Both": {"hazard_ratio": 0.5, "slowing": 30, "n_per_arm": 100},
        "Saves lives, hastens decline": {"hazard_ratio": 0.5, "slowing": -20, "n_per_arm": 100},
        "Does nothing": {"hazard_ratio": 1.0, "slowing": 0, "n_per_arm": 100},
    }
    title = f"Function after {MONTHS} months, when some have died (each patient has a twin in the other arm)"
    return Panel(title, controls, show, presets, size=(760, 470))


def _survival_words(hazard_ratio: float) -> str:
    if hazard_ratio == 1:
        return "no effect on survival"
    return {0.5: "half", 2.0: "twice"}.get(hazard_ratio, f"{hazard_ratio:g} times") + " the hazard of death"


def _function_words(slowing: float) -> str:
    if slowing == 0:
        return "function untouched"
    return f"decline {abs(slowing):g} % {'slower' if slowing > 0 else 'faster'}"


def _signed(points: float) -> str:
    text = f"{points:+.1f}".replace("-", "−")
    return "0.0 points" if text in ("+0.0", "−0.0") else f"{text} points"


def _points(row) -> str:
    if np.isnan(row.estimate):
        return "no comparison, too few are left"
    interval = f"{row.ci_low:.1f} to {row.ci_high:.1f}".replace("-", "−")
    return f"{_signed(row.estimate)} ({interval})"


def _why(truth) -> str:
    if truth.saved == 0:
        return "The same people survive in both arms here, so leaving out the dead misleads nobody."
    n = abs(truth.saved)
    one = f"{n} {'lives' if n == 1 else 'live'} only {'on' if truth.saved > 0 else 'without'} treatment"
    change = f"{truth.change_one:.0f} points on average".replace("-", "−")
    said = f"{one} (change {change}"
    if not np.isnan(truth.change_both):
        said += f", in those who live in both arms {truth.change_both:.0f}".replace("-", "−")
    return f"{said}): survivors are not the groups that chance made, but a selection made by the treatment."


def _mixture(values) -> str:
    if values.hazard_ratio == 1 or values.slowing == 0:
        return "and one number cannot say whether survival or function differs."
    opposite = (values.hazard_ratio < 1) != (values.slowing > 0)
    return f"one number mixes two {'opposite ' if opposite else ''}effects: report both as well."
