"""Panel of notebook 04: grouping patients by what happened after randomisation."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import plots, style, toy_trials
from ..survival_arrays import kaplan_meier_many
from .controls import choice, slider
from .core import Panel

LABELS = {
    "randomised": "as randomised:\nactive arm / control",
    "responders_vs_others": "responders /\nnon-responders",
    "responders_vs_control": "responders /\ncontrol arm",
    "landmark": "alive then: responders\n/ non-responders",
    "landmark_control": "alive then: responders\n/ control arm",
}
CURVES = {
    "control": {"color": style.CONTROL, "linestyle": (0, (5, 2))},
    "Treg responders": {"color": style.ACTIVE, "linestyle": "-"},
    "non-responders": {"color": style.HIGHLIGHT, "linestyle": (0, (1, 1))},
}
LIMITS = (0.09, 3.0)


def responder_panel() -> Panel:
    """Group a synthetic trial by Treg response: a treatment that does nothing for survival seems to work.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.responder_panel()
    >>> panel.set(day=84, follows=0.5)
    >>> panel.sentence[:72]
    'The treatment does nothing for survival here: as randomised HR 1.02 (95 '
    """

    @lru_cache(maxsize=64)
    def computed(day, follows):
        trial = toy_trials.responder_trial(day, follows)
        table = toy_trials.responder_comparisons(trial, day)
        responder, treated = (trial["responder"] == 1).to_numpy(), (trial["treated"] == 1).to_numpy()
        groups = dict(zip(CURVES, (~treated, responder, treated & ~responder), strict=True))
        times, died = trial[["time_days", "died"]].to_numpy(dtype=float).T
        curves = {}
        for later in (False, True):
            for name, rows in groups.items():
                rows = rows & (times > day) if later else rows
                curves[later, name] = (
                    kaplan_meier_many(times[None, rows], died[None, rows]) if rows.any() else None
                )
        early = int((treated & (times <= day)).sum())
        return table, curves, early

    def draw_frame(picture):
        figure, memory = picture.figure, picture.memory
        memory.curves = figure.add_axes([0.112, 0.155, 0.255, 0.65])
        memory.forest = figure.add_axes([0.585, 0.155, 0.225, 0.73])
        longest = toy_trials.FOLLOW_UP_DAYS
        plots.km_axis(memory.curves, longest, range(0, longest + 1, 160), heading=False)
        memory.curves.set_xlabel("Day")
        for name, look in CURVES.items():
            memory.curves.plot([], [], label=name, **look)
        memory.curves.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), fontsize=9.5, borderaxespad=0, labelspacing=0.25
        )
        plots.forest_frame(memory.forest, list(LABELS), LABELS, LIMITS)
        memory.forest.set_xlabel("Hazard ratio (truth: 1)")
        memory.forest.set_title("Who is compared with whom?", x=-0.82)
        memory.forest.tick_params(axis="y", labelsize=9.5)
        plots.label_data(figure, "Synthetic trial: not patients")

    def show(values, picture):
        if not hasattr(picture.memory, "forest"):
            draw_frame(picture)
        memory = picture.memory
        table, curves, early = computed(values.day, values.follows)
        start = values.day if values.start else 0
        with picture.redrawing(memory.curves, memory.forest):
            for name, look in CURVES.items():
                curve = curves[values.start == 1, name]
                if curve is not None:
                    since = np.append(start, curve.times[0])
                    memory.curves.step(since, np.append(1.0, curve.survival[0]), where="post", **look)
            memory.curves.axvline(values.day, color=style.PALE, linewidth=1.5)
            plots.forest_rows(memory.forest, table.dropna(subset="hr").reindex(list(LABELS)))
        return sentence(values, table, early)

    def sentence(values, table, early):
        def ratio(name):
            row = table.loc[name]
            known = not np.isnan(row.hr)
            return (
                style.hr_text(row.hr, row.ci_low, row.ci_high)
                if known
                else "no ratio, too few deaths in a group"
            )

        reasons = (
            f"{early} {'patient' if early == 1 else 'patients'} of the active arm died by day {values.day}, before a "
            "response could be measured, and count as non-responders"
        )
        left = (
            "which removes that, apart from chance"
            if values.follows == 0
            else "which leaves the second reason"
        )
        if values.follows:
            reasons = (
                f"First, {reasons}. Second, the Treg rise follows health (correlation {values.follows:.2f})"
            )
        return (
            f"The treatment does nothing for survival here: as randomised {ratio('randomised')}. Yet responders "
            f"against non-responders: {ratio('responders_vs_others')}. Why? {reasons}. Counting from day {values.day}, "
            f"among those alive then: {ratio('landmark')}, {left}. Only groups made by the randomisation compare like "
            "with like."
        )

    controls = {
        "day": slider("Treg measured on day", 0, 630, 1, 84),
        "follows": slider("How far Treg follows health", 0, 1, 0.05, 0.5),
        "start": choice("Draw curves from", {"randomisation": 0, "the measurement, those alive then": 1}),
    }
    presets = {
        "Responders live longer!": {"day": 84, "follows": 0.5, "start": 0},
        "Rise unrelated to health": {"day": 84, "follows": 0, "start": 0},
        "… measured late": {"day": 280, "follows": 0, "start": 0},
        "… counted from there": {"day": 280, "follows": 0, "start": 1},
        "Even so, if it follows health": {"day": 84, "follows": 0.8, "start": 1},
    }
    return Panel("Do Treg responders live longer?", controls, show, presets, size=(760, 420))
