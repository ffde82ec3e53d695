"""Panel of notebook 04: the partial likelihood, one death at a time."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from .. import examples, frames, plots, style
from ..cox import fit_cox
from ..frames import TrialDataError
from ..plots import adjustment as drawing
from ..risk_sets import chances_at_deaths
from .controls import slider
from .core import Panel

MADE_UP = "Eight made-up patients"
MOST_PATIENTS = 12
TREATED = (0, 0, 1, 1, 0, 0, 1, 1)


def eight_patients_in_two_arms():
    """Return the eight patients of notebook 03, four of them treated."""
    return examples.eight_patients().assign(treated=TREATED)


def expandable(title: str, panel):
    """Fold a panel away behind a button that opens and closes it, by mouse or keyboard.

    Parameters
    ----------
    title : str
        Words on the button.
    panel : Panel

    Returns
    -------
    ipywidgets.VBox
        The button and the panel.

    Examples
    --------
    >>> import alsteach as al
    >>> button, panel = al.expandable("One death at a time", al.partial_likelihood_panel()).children
    >>> button.value, panel.layout.display
    (False, 'none')
    """
    # An ipywidgets Accordion would do, but its header cannot be reached with the keyboard.
    button = widgets.ToggleButton(False, description=f"▸ {title}", layout=widgets.Layout(width="auto"))

    def turn(change):
        panel.layout.display = "flex" if change["new"] else "none"
        button.description = f"{'▾' if change['new'] else '▸'} {title}"

    turn({"new": False})
    button.observe(turn, "value")
    return widgets.VBox([button, panel])


def _likelihood(value: float) -> str:
    return f"{value:.4f}" if value >= 0.001 else f"{value:.2g}"


def partial_likelihood_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    patient="patient",
    data_note=None,
) -> Panel:
    """Go through a small trial death by death: who could have died, and how likely was it to be the one who did?

    Parameters
    ----------
    df : DataFrame, optional
        Up to 12 patients, no two deaths on one day; the eight made-up patients of notebook 03 by default.
    duration_col, event_col, treatment : str
        As in `fit_cox`.
    patient : str
        Column of the patients' names.
    data_note : str, optional
        Where the data come from, shown in the picture.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If the trial cannot be analysed as asked.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.partial_likelihood_panel()
    >>> panel.set(death=2, ratio=0.5)
    >>> panel.sentence[:66]
    'Death 2 of 4, day 130: patient B (control). 7 are still in the rac'
    """
    if df is None:
        df, data_note = eight_patients_in_two_arms(), MADE_UP if data_note is None else data_note
    frames.check_columns(df, [duration_col, event_col, treatment, patient])
    if len(df) > MOST_PATIENTS:
        raise TrialDataError(
            f"{len(df)} patients are too many to see one by one; show up to {MOST_PATIENTS}."
        )
    fit = fit_cox(df, duration_col, event_col, treatment, missing="raise")
    x, durations, events = fit._arrays
    arm, names = x[:, 0], [str(name) for name in df[patient]]
    rows, _ = chances_at_deaths(durations, events, np.ones(len(df)))
    days = durations[rows]
    if len(np.unique(days)) < len(days):
        raise TrialDataError(
            f"Two deaths share a day in {duration_col!r}; here each death needs a day of its own."
        )
    deaths = np.arange(len(rows))
    best = float(fit.table["hr"].iloc[0])

    def chances(ratio):
        return chances_at_deaths(durations, events, np.where(arm == 1, ratio, 1.0))[1]

    def own(ratio):
        return chances(ratio)[deaths, rows]

    ratios = np.geomspace(0.05, 5, 121)
    largest = own(best).prod()
    curve = np.array([own(ratio).prod() for ratio in ratios]) / largest

    def draw_frame(picture):
        figure, memory = picture.figure, picture.memory
        memory.lines = figure.add_axes([0.045, 0.27, 0.36, 0.64])
        memory.bars = figure.add_axes([0.43, 0.27, 0.21, 0.64])
        memory.curve = figure.add_axes([0.755, 0.27, 0.225, 0.64])
        drawing.race_frame(memory.lines, memory.bars, names, durations.max())
        memory.curve.plot(ratios, curve, color=style.ACTIVE)
        memory.curve.axvline(best, color=style.CONTROL, linestyle=(0, (5, 2)), linewidth=1.2)
        memory.curve.set_xscale("log")
        memory.curve.set(
            xlim=(0.05, 5), ylim=(0, 1.12), xlabel="Hazard ratio tried", title="Likelihood, all deaths"
        )
        memory.curve.set_yticks([0, 0.5, 1], ["0", "½", "largest"])
        drawing.fine_ratio_ticks(memory.curve.xaxis, 0.2, 5)
        key = "grey, dashed: control      blue: treated      ✕ died      | last seen alive"
        figure.text(0.045, 0.012, key, fontsize=9)
        plots.label_data(figure, data_note or "")

    def show(values, picture):
        if not hasattr(picture.memory, "lines"):
            draw_frame(picture)
        memory = picture.memory
        here, ratio = values.death - 1, values.ratio
        table = chances(ratio)
        mine = table[deaths, rows]
        with picture.redrawing(memory.lines, memory.bars, memory.curve):
            drawing.race_marks(
                memory.lines, memory.bars, durations, events, arm, days[here], table[here], rows[here]
            )
            memory.curve.plot(ratio, mine.prod() / largest, "D", color=style.HIGHLIGHT, markersize=8)
            factors = [f"{names[r]} {c:.2f}" for r, c in zip(rows[: here + 1], mine, strict=False)]
            product = " × ".join([*(["…"] if len(factors) > 6 else []), *factors[-6:]])
            memory.lines.text(
                0.0,
                -0.33,
                f"Deaths so far: {product} = {_likelihood(mine[: here + 1].prod())}",
                transform=memory.lines.transAxes,
                fontsize=10.5,
                color=style.HIGHLIGHT,
                clip_on=False,
            )
        return sentence(here, ratio, table, mine)

    def sentence(here, ratio, table, mine):
        racing = durations >= days[here]
        treated = int((racing & (arm == 1)).sum())
        total = (racing & (arm == 0)).sum() + treated * ratio
        who = rows[here]
        control = int(racing.sum()) - treated
        return (
            f"Death {here + 1} of {len(rows)}, day {days[here]:g}: patient {names[who]} "
            f"({'treated' if arm[who] else 'control'}). {control + treated} are still in the race, {treated} of them "
            f"treated. If the hazard ratio were {ratio:.2f}, a control patient's chance of being the one would be 1 / "
            f"({control} + {treated} × {ratio:.2f}) = {1 / total:.2f} and a treated one's {ratio / total:.2f}; so what "
            f"happened had a chance of {mine[here]:.2f}. Over all {len(rows)} deaths the chances multiply to "
            f"{_likelihood(mine.prod())}. No hazard ratio makes that larger than {best:.2f} does "
            f"({_likelihood(largest)}): that is what a Cox model reports."
        )

    controls = {
        "death": slider("Death number", 1, len(rows), 1, 1),
        "ratio": slider("Hazard ratio tried", 0.05, 5, 0.01, 1.0),
    }
    presets = {
        "A fair race (HR 1)": {"ratio": 1.0},
        "The last death": {"death": len(rows)},
        "The most likely ratio": {"ratio": round(float(np.clip(best, 0.05, 5)), 2), "death": len(rows)},
    }
    return Panel("One death at a time", controls, show, presets, size=(760, 400))
