"""Panel of notebook 06: does a biomarker tell the prognosis, or whom the treatment helps?"""

from __future__ import annotations

from .. import plots, style
from ..marker_worlds import marker_world
from .controls import slider, tick
from .core import Panel

COMPUTED = "Computed for invented patients: synthetic"


def prognostic_predictive_panel() -> Panel:
    """Show the four worlds of a biomarker: prognostic, predictive, both, neither; and what one arm alone can tell.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.prognostic_predictive_panel()
    >>> panel.set(prognostic=True, predictive=False)
    >>> panel.sentence[:73]
    'This biomarker is prognostic: untreated, 39 of 100 with a low and 71 of 1'
    """

    def show(values, picture):
        hr_high = values.hr_high if values.predictive else values.hr_low
        world = marker_world(values.hr_low, hr_high, values.faster if values.prognostic else 1.0)
        arms = (1,) if values.treated_only else (0, 1)
        empty = picture.turn_to(arms)
        memory, figure = picture.memory, picture.figure
        if empty:
            memory.axes = (
                figure.add_axes([0.105, 0.165, 0.41, 0.68]),
                figure.add_axes([0.56, 0.165, 0.41, 0.68]),
            )
            plots.world_frame(memory.axes, world.days[-1])
            plots.world_legend(figure, arms)
            plots.label_data(figure, COMPUTED)
        with picture.redrawing(*memory.axes):
            plots.world_curves(memory.axes, world, arms)
        return _treated_only(world) if values.treated_only else _sentence(world)

    controls = {
        "prognostic": tick("It tells the prognosis: untreated, high values die faster", True),
        "predictive": tick("It tells whom treatment helps: the hazard ratios differ"),
        "hr_low": slider("Hazard ratio, low biomarker", 0.2, 1.5, 0.05, 0.5),
        "hr_high": slider("Hazard ratio, high (if it differs)", 0.2, 1.5, 0.05, 1.0),
        "faster": slider("High die faster (if they do)", 1.0, 5.0, 0.1, 2.5, "×"),
        "treated_only": tick("Show treated patients only (a study without controls)"),
    }
    worlds = {
        "Prognostic": (True, False),
        "Predictive": (False, True),
        "Both": (True, True),
        "Neither": (False, False),
    }
    usual = {"hr_low": 0.5, "hr_high": 1.0, "faster": 2.5}
    presets = {
        name: {"prognostic": one, "predictive": other, "treated_only": False, **usual}
        for name, (one, other) in worlds.items()
    }
    # With these figures the treated patients look the same in both worlds.
    presets["Treated only, prognostic"] = {**presets["Prognostic"], "faster": 2.0, "treated_only": True}
    presets["Treated only, predictive"] = {**presets["Predictive"], "treated_only": True}
    return Panel("Prognostic or predictive?", controls, show, presets)


def _dead(world, group: str, arm: int) -> float:
    return 100 * (1 - world.survival[group, arm][-1])


def _sentence(world) -> str:
    low, high = world.hazard_ratio["low"], world.hazard_ratio["high"]
    gain = {group: _dead(world, group, 0) - _dead(world, group, 1) for group in ("low", "high")}
    text = (
        f"This biomarker is {world.name}: untreated, {_dead(world, 'low', 0):.0f} of 100 with a low and "
        f"{_dead(world, 'high', 0):.0f} of 100 with a high value die by day {world.days[-1]:.0f}. Treatment has HR "
        f"{style.number_text(low)} in the low and {style.number_text(high)} in the high group (ratio of the two "
        f"{style.number_text(high / low)}). "
    )
    change = " and ".join(f"{_fewer(gain[group])} in the {group} group" for group in gain)
    text += f"Of 100 treated, {change}. "
    if world.name == "prognostic":
        return text + (
            "It tells who dies sooner and nothing of whom treatment helps, though the same hazard ratio does not "
            "make the same gain in both groups."
        )
    if world.name == "predictive":
        return text + "It tells nothing of the untreated course, and whom treatment helps."
    if world.name.startswith("neither"):
        return text + "It is of no use for prognosis or choice of treatment."
    return text + "It tells both; only the comparison with controls within each group separates the two."


def _fewer(gain: float) -> str:
    if abs(gain) < 0.5:
        return "as many die"
    return f"{abs(gain):.0f} {'fewer' if gain > 0 else 'more'} die"


def _treated_only(world) -> str:
    low, high = (100 * world.survival[group, 1][-1] for group in ("low", "high"))
    better = "low" if low > high else "high"
    seen = "no difference" if abs(low - high) < 0.5 else f"that the {better} group does better"
    return (
        f"Treated patients only: alive on day {world.days[-1]:.0f} are {low:.0f} of 100 with a low and {high:.0f} of "
        f"100 with a high biomarker. One sees {seen}. Would it have been so untreated? Without controls a prognostic "
        "and a predictive biomarker cannot be told apart: that those who did well had low values shows neither."
    )
