"""The panel of notebook 02 on surrogates: a marker moves with treatment, and does or does not carry the benefit."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from .. import plots, style
from ..cox import fit_cox
from ..frames import TrialDataError
from ..surrogate import FOLLOW_UP_DAYS, simulate_marker_trial
from ..survival_arrays import kaplan_meier_many
from .controls import choice, slider, tick
from .core import Panel

SYNTHETIC = "Simulated people: not patients"
LETTERS = {"A": "bystander", "B": "through", "C": "two_roads"}
BEHIND = {
    "through": "the marker is a link of the chain: treatment lowers it, and a lower marker is what lengthens life. "
    "Only here may the marker stand for survival.",
    "bystander": "the marker only reports how active the disease is. Treatment silences the report and leaves the "
    "disease alone, so nobody lives longer.",
    "two_roads": "a lower marker does lengthen life, but treatment also does harm by another road, which no marker "
    "on the first road can show.",
}


@lru_cache(maxsize=64)
def _trial(world: str, n_per_arm: int, seed: int):
    """Return what the picture and the sentence need of one trial."""
    trial = simulate_marker_trial(world, n_per_arm, seed)
    treated = trial["treated"].to_numpy()
    active = trial[trial["treated"] == 1]
    low = (active["marker_percent"] < active["marker_percent"].median()).to_numpy()
    groups = [active[low], active[~low]]
    arms = [trial[treated == 0], trial[treated == 1]]
    return SimpleNamespace(
        marker=trial["marker_percent"].to_numpy(),
        treated=treated,
        medians=[arm["marker_percent"].median() for arm in arms],
        by_marker=[_curve(group) for group in groups],
        by_arm=[_curve(arm) for arm in arms],
        deaths=[int(arm["died"].sum()) for arm in arms],
        responders=_hazard_ratio(active.assign(low=low.astype(int)), "low"),
        effect=_hazard_ratio(trial, "treated"),
    )


def _curve(people):
    curves = kaplan_meier_many(people["time_days"].to_numpy()[None], people["died"].to_numpy()[None])
    return curves.times[0], curves.survival[0]


def _hazard_ratio(people, column):
    """Return the row of the fit, or None where too few died for one."""
    try:
        return fit_cox(people, treatment=column).table.iloc[0]
    except TrialDataError:
        return None


def _text(effect) -> str:
    if effect is None:
        return "too few deaths for a hazard ratio"
    return style.hr_text(effect.hr, effect.ci_low, effect.ci_high)


def surrogate_panel() -> Panel:
    """Tell apart three worlds in which treatment lowers a marker by the same share.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.surrogate_panel()
    >>> panel.sentence[:24]
    'World A, 400 people a si'
    """

    def show(values, picture):
        trial = _trial(LETTERS[values.world], values.n_per_arm, values.seed)
        if not hasattr(picture.memory, "axes"):
            picture.memory.axes = plots.surrogate_frame(picture.figure, FOLLOW_UP_DAYS)
            plots.label_data(picture.figure, SYNTHETIC)
            picture.memory.behind = "nothing drawn yet"
        axes = picture.memory.axes
        behind = LETTERS[values.world] if values.reveal else None
        if behind != picture.memory.behind:
            with picture.redrawing(axes["strip"], seldom=True):
                plots.causal_strip(axes["strip"], behind)
            picture.memory.behind = behind
        with picture.redrawing(axes["marker"], axes["by_marker"], axes["by_arm"]):
            plots.marker_dots(axes["marker"], trial.marker, trial.treated)
            plots.two_curves(axes["by_marker"], trial.by_marker, plots.MARKER_LOOKS)
            if values.survival:
                plots.two_curves(axes["by_arm"], trial.by_arm, plots.ARM_LOOKS)
            else:
                axes["by_arm"].text(
                    FOLLOW_UP_DAYS / 2,
                    0.5,
                    "not known yet:\ntick “Wait for\nsurvival”",
                    ha="center",
                    va="center",
                )
        return sentence(values, trial)

    def sentence(values, trial):
        said = (
            f"World {values.world}, {values.n_per_arm} people a side. Treatment lowers the marker: its median is "
            f"{trial.medians[1]:.0f} % against {trial.medians[0]:.0f} %. Among the treated, the half with the lower "
            f"marker against the other: {_text(trial.responders)}. "
        )
        if not values.survival:
            said += "All this is so in worlds A, B and C alike: from these two pictures nobody can tell which it is."
        else:
            said += (
                f"Survival by arm, as randomised: {trial.deaths[1]} deaths against {trial.deaths[0]}, "
                f"{_text(trial.effect)}. {_verdict(trial.effect)}"
            )
        if values.reveal:
            said += f" Behind it: {BEHIND[LETTERS[values.world]]}"
        return said

    controls = {
        "world": choice("World", list(LETTERS)),
        "n_per_arm": slider("People a side", 25, 2000, 25, 400),
        "seed": slider("Other people (draw number)", 1, 50, 1, 2),
        "survival": tick("Wait for survival (the whole trial)"),
        "reveal": tick("Show what lies behind"),
    }
    presets = {"Only the marker": {"survival": False, "reveal": False}}
    told = {"n_per_arm": 400, "seed": 2, "survival": True, "reveal": True}
    presets |= {f"World {letter}, told": {"world": letter, **told} for letter in LETTERS}
    presets["Too small to tell"] = {**told, "world": "B", "n_per_arm": 25, "reveal": False}
    return Panel("A marker moves. Does anyone live longer?", controls, show, presets)


def _verdict(effect) -> str:
    if effect is None:
        return "Nothing can be said of survival yet."
    if effect.ci_high < 1:
        return "The treated live longer."
    if effect.ci_low > 1:
        return "The treated die sooner, although their marker looks better."
    if np.log(effect.ci_high / effect.ci_low) > np.log(2):
        return (
            "The interval holds both benefit and harm: too few deaths to tell, however well the marker moved."
        )
    return "A better marker, and no longer life that this trial could see."
