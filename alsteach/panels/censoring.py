"""Panel of notebook 03: eight patients, what censoring does to a survival curve, and three wrong ways to treat it."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from .. import frames, plots, style
from ..examples import eight_patients, mirocals_plan
from ..frames import TrialDataError
from ..survival_arrays import kaplan_meier_many
from .controls import Control, number_box, ticks
from .core import Panel

KINDS = {"died": 1, "last seen alive": 0}
WRONG = {"dropped": "censored left out", "survivors": "counted as survivors", "dead": "counted as dead"}
LOOKS = {
    "right": {"color": style.ACTIVE, "linewidth": 3},
    "dropped": style.GROUP_STYLES[2],
    "survivors": style.GROUP_STYLES[3],
    "dead": style.GROUP_STYLES[4],
}


class _Patient(Control):
    """One patient's row: the day followed up to, and how that ended. The value is ``(day, died)``."""

    def __init__(self, label: str, end: int, value: tuple[int, int]):
        limits = {"min": 1, "max": end, "step": 1, "value": value[0]}
        self._slider = widgets.IntSlider(
            **limits, description=label, readout=False, style={"description_width": "70px"}
        )
        self._slider.layout = widgets.Layout(flex="1 1 200px", min_width="150px", margin="0 4px")
        self._box = number_box(True, label, limits, "70px")
        self._kind = widgets.Dropdown(
            options=list(KINDS.items()),
            value=value[1],
            layout=widgets.Layout(width="140px"),
            description=f"{label}: how follow-up ended",
        )
        self._kind.add_class("alsteach-unseen-label")
        self._end, self._moving = end, False
        parts = [self._slider, self._box, widgets.Label("days"), self._kind]
        view = widgets.HBox(
            parts, layout=widgets.Layout(align_items="center", height="30px", max_width="700px")
        )
        super().__init__(label, view, value, [(1, 1), (1, 0), (end, 1), (end, 0), value])
        for widget, place in ((self._slider, 0), (self._box, 0), (self._kind, 1)):
            widget.observe(lambda change, place=place: self._changed(place, change["new"]), "value")

    def _changed(self, place: int, new) -> None:
        if not self._moving:
            value = list(self.value)
            value[place] = new
            self.value = tuple(value)

    def _accept(self, new):
        day, died = new
        if died not in (0, 1):
            raise TrialDataError(f"{self.label} ends as 1 (died) or 0 (last seen alive); got {died!r}.")
        return int(np.clip(day, 1, self._end)), int(died)

    def _show(self, new) -> None:
        self._moving = True
        self._slider.value = self._box.value = new[0]
        self._kind.value = new[1]
        self._moving = False


def _curves(days, died, end: float):
    """Return the right curve and the three wrong ones, as the rows of one set of trials."""
    days, died = np.asarray(days, dtype=float), np.asarray(died, dtype=float)
    ended_early = (died == 0) & (days < end)
    durations = np.array([days, days, np.where(died == 1, days, end), days])
    events = np.array([died, died, died, np.where(ended_early, 1.0, died)])
    include = np.array([np.ones(len(days)), died, np.ones(len(days)), np.ones(len(days))], dtype=bool)
    return kaplan_meier_many(durations, events, include=include), include.sum(axis=1)


def _alive_at_end(curves, row: int, end: float) -> float:
    """Return the last value of a curve if it is known to the end of the study, otherwise NaN."""
    known = ~np.isnan(curves.times[row])
    if not known.any():
        return np.nan
    value = curves.survival[row][known][-1]
    return float(value) if curves.times[row][known][-1] >= end or value == 0 else np.nan


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _product(days, died) -> str:
    """Write the Kaplan-Meier estimate as its product of fractions, a factor a day with deaths."""
    days, died = np.asarray(days), np.asarray(died)
    factors = []
    for day in np.unique(days[died == 1]):
        at_risk, deaths = int((days >= day).sum()), int(((days == day) & (died == 1)).sum())
        factors.append(f"{at_risk - deaths}/{at_risk}")
    return " × ".join(factors)


def censoring_panel(df=None, data_note=None) -> Panel:
    """Move eight patients' ends, say how each ended, and watch the survival curve and three wrong ones follow.

    Parameters
    ----------
    df : DataFrame, optional
        At most ten patients, columns ``patient, time_days, died``; eight invented ones by default.
    data_note : str, optional
        Where the data come from, shown in the picture.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If the table is not of that form.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.censoring_panel()
    >>> panel.sentence[:47]
    'Kaplan-Meier: 7/8 × 6/7 × 4/5 × 2/3 = 40 % aliv'
    >>> panel.set(patient_F=(410, 0))
    >>> panel.sentence[:42]
    'Kaplan-Meier: 7/8 × 6/7 × 4/5 = 60 % alive'
    """
    if df is None:
        df, data_note = eight_patients(), data_note or "Eight invented patients: not real"
    frames.check_columns(df, ["patient", "time_days", "died"])
    if not 2 <= len(df) <= 10:
        raise TrialDataError(f"This panel shows 2 to 10 patients, a row each; the table has {len(df)}.")
    days, died = frames.durations(df, "time_days"), frames.events(df, "died")
    if np.isnan(days).any() or np.isnan(died).any():
        raise TrialDataError(
            "Each patient needs a day and how it ended; fill the blanks in 'time_days' and 'died'."
        )
    end = int(max(days.max(), mirocals_plan()["endpoint_day"]))
    names = [str(name) for name in df["patient"]]
    keys = [f"patient_{name}" for name in names]

    def draw_frame(picture):
        memory = picture.memory
        memory.lines = picture.figure.add_axes([0.045, 0.2, 0.385, 0.64])
        memory.curve = picture.figure.add_axes([0.54, 0.2, 0.44, 0.64])
        plots.lines_axis(memory.lines, names, end)
        plots.patient_legend(memory.lines)
        plots.km_axis(memory.curve, end * 1.03, plots.round_times(end), heading=False)
        plots.label_data(picture.figure, data_note)
        memory.drawn = None

    def draw_legend(picture, drawn):
        from matplotlib.lines import Line2D

        names = {"right": "Kaplan-Meier", **{name: WRONG[name] for name in drawn}}
        with picture.redrawing(picture.memory.curve, seldom=True):
            picture.memory.curve.legend(
                handles=[Line2D([], [], label=label, **LOOKS[name]) for name, label in names.items()],
                loc="lower left",
                bbox_to_anchor=(-0.03, 1.0),
                ncols=2,
                fontsize=9.5,
                borderaxespad=0.2,
                columnspacing=1.2,
            )
        picture.memory.drawn = drawn

    def show(values, picture):
        ends = [getattr(values, key) for key in keys]
        days, died = (np.array(column) for column in zip(*ends, strict=True))
        curves, counted = _curves(days, died, end)
        if not hasattr(picture.memory, "curve"):
            draw_frame(picture)
        drawn = [name for row, name in enumerate(WRONG, start=1) if name in values.wrong and counted[row]]
        if picture.memory.drawn != drawn:
            draw_legend(picture, drawn)
        lines, curve = picture.memory.lines, picture.memory.curve
        with picture.redrawing(lines, curve):
            plots.patient_lines(lines, days, died)
            times, survival = curves.times, curves.survival
            plots.survival_steps(curve, times[0], survival[0], end, **LOOKS["right"])
            lost = died[np.argsort(days, kind="stable")] == 0
            curve.plot(times[0][lost], survival[0][lost], "|", color=style.INK, markersize=11)
            for row, name in enumerate(WRONG, start=1):
                if name in drawn:
                    plots.survival_steps(curve, times[row], survival[row], end, **LOOKS[name])
        return sentence(values, days, died, curves, counted)

    def sentence(values, days, died, curves, counted):
        n, lost = len(days), int(((died == 0) & (days < end)).sum())
        value, product, last = _alive_at_end(curves, 0, end), _product(days, died), days.max()
        if not died.any():
            said = f"Nobody died while being followed, so the curve stays at 100 % and ends at day {last}."
        elif np.isnan(value):
            reached = _percent(curves.survival[0][-1])
            said = (
                f"Kaplan-Meier: {product} = {reached} alive at day {last}, when the last patient was seen. "
                f"The curve ends there: how many live to day {end} is not known."
            )
        else:
            said = f"Kaplan-Meier: {product} = {_percent(value)} alive at day {end}."
        if lost:
            said += f" {lost} of {n} were lost from sight before day {end}: at risk up to then and not after (tick)."
        wrong = []
        for row, name in enumerate(WRONG, start=1):
            alive = _alive_at_end(curves, row, end)
            if name not in values.wrong:
                continue
            if not counted[row]:
                wrong.append("with the censored left out, nobody is left")
            elif not np.isnan(alive):
                same = ", here the same" if abs(alive - value) < 1e-9 else ""
                wrong.append(f"{WRONG[name]}, {_percent(alive)}{same}")
        if wrong:
            said += f" Wrong ways: {'; '.join(wrong)}."
        if {"survivors", "dead"} <= set(values.wrong) and lost:
            said += " Whatever became of the lost, the share truly alive lies between the last two."
        return said

    start = {key: (int(day), int(dead)) for key, day, dead in zip(keys, days, died, strict=True)}
    controls = {
        key: _Patient(f"Patient {name}", end, start[key]) for key, name in zip(keys, names, strict=True)
    }
    controls["wrong"] = ticks("Draw the wrong curves beside it", {text: name for name, text in WRONG.items()})
    last_two = {key: (day, 1) if key == keys[-1] else (day, dead) for key, (day, dead) in start.items()}
    nobody_lost = {key: (day, 1) if dead else (end, 0) for key, (day, dead) in start.items()}
    presets = {
        "Drop the censored": {**start, "wrong": ("dropped",)},
        "Best and worst case": {**start, "wrong": ("survivors", "dead")},
        "The last one dies": {**last_two, "wrong": ()},
        "Nobody is lost": {**nobody_lost, "wrong": ("dropped",)},
        "Everybody is lost": {**{key: (day, 0) for key, (day, _) in start.items()}, "wrong": ("dropped",)},
    }
    return Panel("Eight patients: what censoring does to the curve", controls, show, presets, size=(760, 350))
