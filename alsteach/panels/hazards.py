"""Panel of notebook 04: is one hazard ratio enough for the whole follow-up?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from .. import frames, plots, style, toy_trials
from ..cox import fit_cox
from ..disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from ..plots import adjustment as drawing
from ..proportional_hazards import (
    log_log_curves,
    period_hazard_ratios,
    proportional_hazards_test,
    schoenfeld_residuals,
    survivors_mean,
)
from .adjustment import SYNTHETIC
from .controls import choice, slider, tick
from .core import Panel

CLOCKS = {
    "share of deaths so far (km)": "km",
    "order of the days (rank)": "rank",
    "days": "identity",
    "logarithm of days": "log",
}
FEWEST_LEFT = 5  # patients an arm, below which a mean among survivors is noise
TOY_NAMES = {"crossing": "hazards that cross", "selection": "unseen frailty", "constant": "one hazard ratio"}


class _Trial:
    """One trial, or the first n of its patients in a random order, each number computed once."""

    def __init__(self, df, outcome, covariates, note, truth="", shuffle=True):
        self.outcome, self.covariates, self.note, self.truth = outcome, list(covariates), note, truth
        columns = [*outcome.values(), *self.covariates]
        frames.check_columns(df, columns)
        self.df, _ = frames.keep_complete(df, columns, "warn")
        if shuffle:
            self.df = self.df.iloc[np.random.default_rng(0).permutation(len(self.df))]
        self.fit = lru_cache(maxsize=64)(self._fit)
        self.test = lru_cache(maxsize=64)(self._test)
        self.residuals = lru_cache(maxsize=64)(self._residuals)
        self.periods = lru_cache(maxsize=256)(self._periods)
        self.curves = lru_cache(maxsize=64)(self._curves)
        self.score = lru_cache(maxsize=1)(self._score)

    def part(self, n):
        return self.df.iloc[:n]

    def _fit(self, n, adjusted):
        return fit_cox(self.part(n), **self.outcome, covariates=self.covariates if adjusted else [])

    def _test(self, n, adjusted, clock):
        return proportional_hazards_test(self.fit(n, adjusted), clock)

    def _residuals(self, n, adjusted):
        return schoenfeld_residuals(self.fit(n, adjusted), scaled=True)

    def _periods(self, n, adjusted, cut):
        covariates = self.covariates if adjusted else []
        return period_hazard_ratios(self.part(n), [cut], **self.outcome, covariates=covariates)

    def _curves(self, n):
        outcome = self.outcome
        return log_log_curves(
            self.part(n), outcome["duration_col"], outcome["event_col"], outcome["treatment"]
        )

    def _score(self) -> np.ndarray | None:
        """Return each patient's risk score at the start, from the covariates alone, in standard deviations."""
        if not self.covariates:
            return None
        outcome = {k: v for k, v in self.outcome.items() if k != "treatment"}
        fit = fit_cox(self.df, **outcome, treatment=None, covariates=self.covariates)
        score = fit._arrays[0] @ fit.table["log_hr"].to_numpy()
        return (score - score.mean()) / score.std()

    def left(self, n, times):
        """Return the mean risk score of those still followed at these times, (2, T); NaN where few are left."""
        part = self.part(n)
        durations, arm = (part[self.outcome[c]].to_numpy(dtype=float) for c in ("duration_col", "treatment"))
        score = self.score()[:n]
        means = survivors_mean(durations, arm, score - score.mean(), times)
        still = durations >= np.asarray(times, dtype=float)[:, None]
        counts = np.array([(still & (arm == a)).sum(axis=1) for a in (0, 1)])
        return np.where(counts >= FEWEST_LEFT, means, np.nan)


def _teaching_trials(outcome) -> dict:
    trials = {}
    for kind, name in TOY_NAMES.items():
        df = toy_trials.hazards_trial(kind, toy_trials.LARGEST)
        trials[f"synthetic: {name}"] = _Trial(
            df, outcome, ["frail"], "Synthetic trial: not patients", toy_trials.HAZARDS[kind], shuffle=False
        )
    covariates = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
    trials["MIROCALS-like cohort (synthetic)"] = _Trial(
        mirocals_like_for_analysis(), outcome, covariates, SYNTHETIC
    )
    return trials


def proportional_hazards_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=(),
    data_note=None,
) -> Panel:
    """Ask whether one hazard ratio describes the whole follow-up: four pictures of the same trial.

    Log-log curves, Schoenfeld residuals, the hazard ratio of two periods, and who is still alive to be compared.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; by default three synthetic ones whose truth is known and the MIROCALS-like cohort, to choose from.
    duration_col, event_col, treatment
        As in `fit_cox`.
    covariates : sequence of str
        Baseline covariates: to adjust for, and for the risk score of those still alive.
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
    >>> panel = al.proportional_hazards_panel(al.load_veteran(), covariates=["karno"])
    >>> panel.set(cut=90)
    >>> panel.sentence[33:90]
    'for all the time: HR 1.02 (95 % CI 0.71–1.45), p = 0.92. '
    """
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    ours = df is None
    if ours:
        trials = _teaching_trials(outcome)
    else:
        trials = {"": _Trial(df, outcome, covariates, data_note or df.attrs.get("note", ""))}
    first = next(iter(trials.values()))
    longest = max(float(t.df[duration_col].max()) for t in trials.values())
    limits = _limits(first, ours, longest)
    times = np.linspace(0, longest, 81)

    def draw_frame(picture, trial, term):
        figure, memory = picture.figure, picture.memory
        axes = figure.subplots(2, 2)
        figure.subplots_adjust(left=0.085, right=0.985, top=0.945, bottom=0.135, wspace=0.23, hspace=0.52)
        (memory.curves, memory.residuals), (memory.periods, memory.left) = axes
        day = f"Day{'' if ours else ' of follow-up'}"
        memory.curves.set_xscale("log")
        memory.curves.set(
            xlim=limits["day"], ylim=limits["log_log"], ylabel="log(−log alive)", xlabel=f"{day} (log)"
        )
        _plain_days(memory.curves, *limits["day"])
        memory.curves.set_title("Parallel? (log-log curves)")
        low, high = limits["residuals"] if term is None or ours else _spread(trial, term)
        memory.residuals.set(xlim=(0, longest), ylim=(low, high), ylabel="log HR", xlabel="Day of death")
        memory.residuals.axhline(0, color=style.INK, linewidth=1)
        memory.residuals.set_title("Flat? (Schoenfeld residuals)")
        plots.hr_axis(memory.periods, limits["periods"])
        memory.periods.set(xlim=(0, longest), xlabel=day, ylabel="Hazard ratio")
        memory.periods.axhline(1, color=style.INK, linewidth=1)
        memory.periods.set_title("The hazard ratio of each period")
        memory.left.set(xlim=(0, longest), ylim=limits["left"], xlabel=day, ylabel="Risk score (SD)")
        memory.left.axhline(0, color=style.INK, linewidth=1)
        memory.left.set_title("Who is still alive? (mean risk score)")
        for axis in axes.ravel():
            axis.title.set_fontsize(10.5)
            axis.xaxis.label.set_fontsize(drawing.SMALL)
            axis.yaxis.label.set_fontsize(drawing.SMALL)
            axis.tick_params(labelsize=9)
        key = "grey, dashed: control      blue: active arm, or hazard ratio      orange: one ratio for all"
        figure.text(0.012, 0.012, key, fontsize=9)
        if not ours:
            plots.label_data(figure, trial.note)

    def show(values, picture):
        trial = trials[values.trial] if ours else first
        n = min(values.patients, len(trial.df))
        adjusted = getattr(values, "adjust", False)
        fit = trial.fit(n, adjusted)
        term = treatment if ours else values.term
        shown = term if term in fit.table.index else treatment
        if picture.turn_to(shown):
            draw_frame(picture, trial, shown)
        test, residuals = trial.test(n, adjusted, values.clock), trial.residuals(n, adjusted)
        periods = trial.periods(n, adjusted, values.cut)
        memory = picture.memory
        with picture.redrawing(memory.curves, memory.residuals, memory.periods, memory.left):
            drawing.log_log_lines(memory.curves, trial.curves(n))
            drawing.schoenfeld_marks(
                memory.residuals,
                residuals["time"].to_numpy(),
                residuals[shown].to_numpy(),
                fit.table.loc[shown, "log_hr"],
            )
            drawing.period_marks(memory.periods, periods, fit.table.loc[treatment, "hr"])
            for axis in (memory.periods, memory.left):
                axis.axvline(values.cut, color=style.PALE, linewidth=1.2)
            if trial.score() is None:
                memory.left.text(
                    0.5, 0.6, "name covariates to see this", transform=memory.left.transAxes, ha="center"
                )
            else:
                for arm, mean in enumerate(trial.left(n, times)):
                    memory.left.plot(times, mean, **style.ARM_STYLE[arm])
            if ours:
                memory.left.text(
                    0.995, 0.008, trial.note, transform=picture.figure.transFigure, ha="right", va="bottom",
                    fontsize=9, style="italic", color=style.HIGHLIGHT,
                )  # fmt: skip
        return _sentence(trial, n, values, fit, test, periods, shown)

    controls = {}
    if ours:
        controls["trial"] = choice("Trial", list(trials))
    else:
        options = {"the treatment": treatment} | {style.words(c): c for c in _numeric(first.df, covariates)}
        controls["term"] = choice("Residuals of", options)
    largest = max(len(t.df) for t in trials.values())
    controls["patients"] = slider("Patients", 1, largest, 1, min(600, largest))
    middle = (
        120 if ours else _round_day(float(np.median(first.df.loc[first.df[event_col] == 1, duration_col])))
    )
    controls["cut"] = slider("Split the follow-up at day", 0, int(np.ceil(longest)), 1, middle)
    controls["clock"] = choice("The test's clock", CLOCKS)
    if ours or first.covariates:
        unseen = " (in the synthetic trials: frailty, unseen in life)" if ours else ""
        controls["adjust"] = tick(f"Adjust for the covariates{unseen}")
    return Panel(
        "Is one hazard ratio enough?",
        controls,
        show,
        _presets(ours, controls, largest, middle),
        size=(760, 500),
    )


def _sentence(trial, n, values, fit, test, periods, shown) -> str:
    treatment = trial.outcome["treatment"]
    row = fit.table.loc[treatment]
    ratio = style.hr_text(row.hr, row.ci_low, row.ci_high)
    said = f"The treatment's one hazard ratio for all the time: {ratio}, {style.p_text(row.p)}. "
    p = float(test.loc[shown, "p"])
    about = "" if shown == treatment else f" of {style.words(shown)}"
    verdict = (
        "one figure is not enough"
        if p < 0.05
        else f"no drift seen, which with {fit.events} deaths proves little"
    )
    said += f"Test of a constant ratio{about}: {style.p_text(p)}, {verdict}. "
    parts = []
    for line, when in zip(periods.itertuples(), ("up to", "after"), strict=False):
        name = f"{when} day {values.cut:g}" if len(periods) == 2 else "in the one period there is"
        ratio = style.hr_text(line.hr, line.ci_low, line.ci_high)
        none = f"no ratio ({line.deaths_control} control and {line.deaths_active} active deaths)"
        parts.append(f"{name} {none if np.isnan(line.hr) else ratio}")
    said += _capital("; ".join(parts)) + ". "
    if trial.score() is not None and len(periods) == 2:
        start, later = trial.left(n, [0, values.cut + 1e-9]).T
        if not np.isnan([*start, *later]).any():
            said += (
                f"Mean risk score, active minus control: {_signed(start[1] - start[0])} SD at the start, "
                f"{_signed(later[1] - later[0])} among those alive after day {values.cut:g}; nobody randomised these "
                "survivors, and the later ratio compares them."
            )
    return said + (f" Truth: {trial.truth}." if trial.truth else "")


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _numeric(df, covariates) -> list:
    return [c for c in covariates if pd.api.types.is_numeric_dtype(df[c])]


def _round_day(day: float) -> int:
    return int(round(day, -1)) if day > 30 else int(round(day))


def _plain_days(ax, low, high) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    ticks = [t for t in (1, 3, 10, 30, 100, 300, 1000, 3000, 10000) if low <= t <= high]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([f"{t:,}" for t in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())


def _spread(trial, term) -> tuple[float, float]:
    values = trial.residuals(len(trial.df), term in trial.covariates)[term]
    low, high = np.quantile(values, [0.01, 0.99])
    room = 0.1 * (high - low)
    return float(min(low - room, -room)), float(max(high + room, room))


def _limits(trial, ours, longest) -> dict:
    """Return ends of the axes that hold for every state of the controls, so that nothing jumps."""
    if ours:
        return {
            "day": (8, longest),
            "log_log": (-5.5, 1),
            "residuals": (-4.2, 4.2),
            "periods": (0.15, 6),
            "left": (-1.3, 0.7),
        }
    n = len(trial.df)
    curves = trial.curves(n)
    left = trial.left(n, np.linspace(0, longest, 81)) if trial.score() is not None else np.array([-1, 1])
    return {
        "day": (max(1.0, curves["time"].quantile(0.02)), longest),
        "log_log": (
            float(curves["log_minus_log"].quantile(0.01)),
            float(curves["log_minus_log"].max()) + 0.2,
        ),
        "residuals": _spread(trial, trial.outcome["treatment"]),
        "periods": (0.15, 6),
        "left": (float(min(np.nanmin(left) - 0.3, -0.5)), float(max(np.nanmax(left) + 0.3, 0.5))),
    }


def _presets(ours, controls, largest, middle) -> dict:
    start = {"patients": min(600, largest), "cut": middle, "clock": "km"}
    start |= {"adjust": False} if "adjust" in controls else {}
    if not ours:
        first = controls["term"].extremes[0]
        presets = {"Split at the median death": {**start, "term": first}}
        presets["Another clock: days"] = {**start, "term": first, "clock": "identity"}
        if len(controls["term"].extremes) > 1:
            presets["A covariate's residuals"] = {
                **start,
                "term": controls["term"].extremes[1],
                "adjust": True,
            }
        return presets
    crossing, selection, constant, like = controls["trial"].extremes
    return {
        "One ratio misleads": {**start, "trial": crossing},
        "The same, 40 patients": {**start, "trial": crossing, "patients": 40},
        "Selection alone": {**start, "trial": selection, "patients": largest, "cut": 240},
        "… frailty known": {**start, "trial": selection, "patients": largest, "cut": 240, "adjust": True},
        "Truly one ratio": {**start, "trial": constant},
        "MIROCALS-like": {**start, "trial": like, "cut": 320},
    }
