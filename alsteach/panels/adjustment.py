"""Panel of notebook 04: which covariates move the treatment's hazard ratio, and why."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from .. import plots, style
from ..balance import Adjustments, standardised_differences
from ..disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from ..frames import TrialDataError
from ..plots import adjustment as drawing
from .controls import choice, slider, tick, ticks
from .core import Panel

SYNTHETIC = "Synthetic cohort: not patients"
ROW = 24  # screen pixels a term
MOST = ""  # explain whichever tick moves the hazard ratio most
EQUAL = 0.1  # standard deviations: too small a difference to see in a table of baseline values


def _trial(df, covariates, data_note):
    """Return the trial, its covariates and where it comes from; by default the synthetic cohort with its own."""
    if df is None:
        df = mirocals_like_for_analysis()
        data_note = SYNTHETIC if data_note is None else data_note
        if covariates is None:
            covariates = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
    if not covariates:
        raise TrialDataError("Name the covariates a learner may tick: covariates=['age_years', …].")
    return df, tuple(dict.fromkeys(covariates)), data_note or df.attrs.get("note", "")


class _Parts:
    """A trial and random parts of it, each with all its models, computed once."""

    def __init__(self, df, outcome, covariates):
        self.outcome, self.covariates = outcome, covariates
        self.whole = Adjustments(df, *outcome.values(), covariates)
        # A part is the first n of one random order, so that a larger part contains a smaller one.
        self._order = np.random.default_rng(0).permutation(len(self.whole.df))
        self.part = lru_cache(maxsize=16)(self._part)
        self.balance = lru_cache(maxsize=16)(self._balance)
        self.every = lru_cache(maxsize=16)(self._every)
        self.explained = lru_cache(maxsize=256)(self._explained)

    def _part(self, n: int) -> Adjustments:
        whole = self.whole
        if n >= len(whole.df):
            return whole
        return Adjustments(whole.df.iloc[np.sort(self._order[:n])], *self.outcome.values(), self.covariates)

    def _balance(self, n: int) -> pd.DataFrame:
        return standardised_differences(self.part(n).df, self.covariates, self.outcome["treatment"])

    def _every(self, n: int) -> np.ndarray:
        return np.exp(self.part(n).every_log_hr())

    def _explained(self, n: int, chosen: tuple):
        part = self.part(n)
        return part.effects([(), chosen]), part.explain(chosen), part.prognosis(chosen)


def covariate_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=None,
    data_note=None,
) -> Panel:
    """Tick covariates: how unequal the arms are at the start, beside the treatment's hazard ratio with and without.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; the synthetic MIROCALS-like cohort by default. Patients with a blank in a covariate on offer are left
        out throughout, so that all hazard ratios are of the same patients.
    duration_col, event_col, treatment
        As in `fit_cox`.
    covariates : sequence of str, optional
        Those to offer.
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
    >>> panel = al.covariate_panel(al.load_veteran(), covariates=["karno", "celltype", "age_years"])
    >>> panel.set(chosen=("karno",))
    >>> panel.sentence[:60]
    'Adjusted for Karnofsky score: HR 1.19 (95 % CI 0.83–1.71), p'
    """
    df, covariates, data_note = _trial(df, covariates, data_note)
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    trial = _Parts(df, outcome, covariates)
    n_all = len(trial.whole.df)
    balance = trial.balance(n_all)
    effects, alone, prognosis = trial.explained(n_all, ())
    every = trial.every(n_all)
    names = list(balance.index)
    rows = {
        c: next(i for i, term in enumerate(names) if balance.loc[term, "covariate"] == c) for c in covariates
    }
    everything = trial.whole.effects([covariates]).iloc[0] if len(every) else effects.iloc[0]

    moves = np.concatenate([every, alone[["hr_without", "hr_with"]].to_numpy().ravel(), [everything.hr]])
    move_limits = np.nanmin(moves) / 1.15, np.nanmax(moves) * 1.15
    strongest = float(np.nanmax(np.abs(np.log(prognosis)), initial=0.4))
    prognosis_limits = np.exp(-1.15 * strongest), np.exp(1.15 * strongest)
    both = pd.DataFrame([effects.iloc[0], everything])
    forest_limits = min(0.35, both["ci_low"].min() / 1.2), max(2.5, both["ci_high"].max() * 1.2)
    height = 290 + ROW * len(names)

    def draw_frame(picture):
        figure, memory = picture.figure, picture.memory
        top, bottom = 1 - 30 / height, 1 - (30 + ROW * len(names)) / height
        memory.balance = figure.add_axes([0.21, bottom, 0.23, top - bottom])
        memory.prognosis = figure.add_axes([0.475, bottom, 0.2, top - bottom])
        memory.moves = figure.add_axes([0.71, bottom, 0.265, top - bottom])
        memory.forest = figure.add_axes([0.21, 72 / height, 0.5, 100 / height])
        limit = max(0.55, 1.1 * np.nanmax(np.abs(balance["smd"])), 1.1 * balance["chance"].max())
        drawing.balance_frame(memory.balance, names, limit)
        drawing.ratio_frame(memory.prognosis, names, prognosis_limits, "Its own HR per SD")
        drawing.reference_words(memory.prognosis, names, prognosis.index)
        drawing.ratio_frame(memory.moves, names, move_limits, "Treatment's HR, without → with it")
        for axes, title in (
            (memory.balance, "Unequal at the start?"),
            (memory.prognosis, "Predicts death?"),
            (memory.moves, "What its tick does"),
        ):
            axes.set_title(title, fontsize=10.5)
        plots.forest_frame(memory.forest, ["unadjusted", "with the ticks"], None, forest_limits)
        drawing.fine_ratio_ticks(memory.forest.xaxis, *forest_limits)
        key = (
            "○ without its tick    ▶ with it    | where unequal arms at the start alone would have brought it"
        )
        figure.text(0.975, bottom - 62 / height, key, fontsize=9, ha="right")
        plots.label_data(figure, data_note)

    def show(values, picture):
        n, chosen = values.patients, values.chosen
        effects, table, prognosis = trial.explained(n, chosen)
        if not hasattr(picture.memory, "forest"):
            draw_frame(picture)
        memory = picture.memory
        asked = values.explain != MOST
        marked = values.explain if asked else table["moved"].abs().fillna(0).idxmax()
        with picture.redrawing(memory.balance, memory.prognosis, memory.moves, memory.forest):
            drawing.balance_marks(memory.balance, trial.balance(n).reindex(names), chosen, marked)
            drawing.prognosis_marks(memory.prognosis, prognosis, names, marked)
            drawing.move_marks(memory.moves, table, rows, marked)
            plots.forest_rows(memory.forest, effects)
            if values.every:
                every = np.clip(trial.every(n), *forest_limits)
                memory.forest.plot(
                    every, np.full(len(every), 1.38), "|", color=style.SECOND, markersize=8, mew=0.7
                )
        return sentence(values, n, chosen, effects, table, marked, asked)

    def sentence(values, n, chosen, effects, table, marked, asked):
        plain, adjusted = effects.iloc[0], effects.iloc[1]
        said = f"Only {n} of the {n_all} patients. " if n < n_all else ""
        listed = ", ".join(style.words(c) for c in chosen)
        listed = f"all {len(chosen)} covariates" if len(chosen) == len(covariates) > 1 else listed
        text = f"{style.hr_text(adjusted.hr, adjusted.ci_low, adjusted.ci_high)}, {style.p_text(adjusted.p)}"
        if chosen:
            wider = "wider, not narrower" if adjusted.se > 1.005 * plain.se else "no narrower"
            wider = "narrower, by chance" if adjusted.se < 0.995 * plain.se else wider
            said += (
                f"Adjusted for {listed}: {text}; unadjusted {style.number_text(plain.hr)}. Standard error of the log "
                f"hazard ratio {plain.se:.3f} → {adjusted.se:.3f}: {wider}. "
            )
        else:
            said += f"Unadjusted: {text}. "
        said += _why(table.loc[marked], marked, trial.balance(n), asked)
        if values.every:
            every = trial.every(n)
            said += (
                f" The {len(every)} choices of ticks (green) give {style.number_text(every.min())} to "
                f"{style.number_text(every.max())}: none is the true one, so the protocol must choose beforehand."
            )
        return said

    return Panel(
        "Tick a covariate: what does it do to the hazard ratio?",
        _controls(covariates, n_all, bool(len(every))),
        show,
        _presets(covariates, n_all, balance, alone, bool(len(every))),
        size=(760, height),
    )


def _why(line, covariate, balance, asked) -> str:
    """Say in words how far one tick moves the hazard ratio, and whether unequal arms or prognosis is behind it."""
    name = style.words(covariate)
    name = name[0].upper() + name[1:]
    if np.isnan(line.moved):
        return f"What {style.words(covariate)} would do cannot be tried on so few patients."
    own = balance[balance["covariate"] == covariate]
    widest = own.loc[own["smd"].abs().idxmax()]
    moves = f"from {style.number_text(line.hr_without)} to {style.number_text(line.hr_with)}"
    said = f"{name} {'moves' if line.adjusted else 'would move'} it {moves}{'' if asked else ', most of all'}. Why? "
    said += (
        f"At the start the arms differ by {abs(widest.smd):.2f} SD (grey: up to {widest.chance:.2f} is chance), and it "
        f"predicts death {_strength(line.hr_per_sd)} (HR {style.number_text(line.hr_per_sd)} per SD). "
    )
    alone = style.number_text(line.hr_without * np.exp(line.from_imbalance))
    if abs(line.moved) < 0.02:
        said += "Together they move next to nothing."
    elif abs(line.from_later) < 0.5 * abs(line.moved):
        said += f"Mostly the imbalance: it alone would have brought it to {alone} (bar)."
    else:
        said += (
            f"Unequal arms alone would have brought it to {alone} (bar); the rest arises later, as patients die and "
            "those left in the two arms drift apart, by selection and by chance."
        )
    if asked:
        said += " Its own hazard ratio is no cause: nobody was randomised to it."
    return said


def _strength(hr_per_sd: float) -> str:
    return "strongly" if hr_per_sd >= 1.5 else "moderately" if hr_per_sd >= 1.2 else "weakly"


def _controls(covariates, n_all, few) -> dict:
    controls = {"chosen": ticks("Adjust for", {style.words(c): c for c in covariates})}
    options = {"the tick that moves it most": MOST} | {style.words(c): c for c in covariates}
    controls["explain"] = choice("Explain", options)
    controls["patients"] = slider("Patients (a random part)", 1, n_all, 1, n_all)
    if few:
        controls["every"] = tick("Show the hazard ratio of every possible choice of ticks")
    return controls


def _presets(covariates, n_all, balance, alone, few) -> dict:
    """Return the "Try this" states: each leads to a misconception and to what the data say about it."""
    start = {"explain": MOST, "patients": n_all} | ({"every": False} if few else {})
    largest = balance.assign(size=balance["smd"].abs()).groupby("covariate")["size"].max()
    presets = {"Nothing": {**start, "chosen": ()}}
    unequal = largest.idxmax()
    presets["The most unequal"] = {**start, "chosen": (unequal,), "explain": unequal}
    equal = alone.loc[[c for c in covariates if largest[c] < EQUAL], "moved"].abs()
    if len(equal):
        presets["Equal arms, yet it moves"] = {
            **start,
            "chosen": (equal.idxmax(),),
            "explain": equal.idxmax(),
        }
    presets["Everything"] = {**start, "chosen": covariates}
    if few:
        presets["Every choice of ticks"] = {**start, "chosen": covariates, "every": True}
    strongest = alone["hr_per_sd"].idxmax()
    presets["Is a covariate a cause?"] = {**start, "chosen": covariates, "explain": strongest}
    if n_all > 60:
        presets["A trial of 40"] = {**start, "chosen": (), "patients": 40}
    return presets
