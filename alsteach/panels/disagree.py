"""Panels of notebook 05: why one trial reports hazard ratios that disagree."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from .. import frames, plots, style
from ..cox import CoxFit, fit_cox
from ..datasets import load_published_results
from ..disagreement import MIROCALS_LIKE_MODEL, compare_models, mirocals_like_for_analysis
from ..frames import TrialDataError
from .controls import choice, slider, tick, ticks
from .core import Panel

SYNTHETIC = "Synthetic cohort: not patients"


def _trial(df, covariates, interaction, data_note):
    """Return the trial and its model; without a trial, the synthetic cohort and the model it was built for."""
    if df is None:
        df = mirocals_like_for_analysis()
        covariates = MIROCALS_LIKE_MODEL["covariates"] if covariates is None else covariates
        interaction = interaction or MIROCALS_LIKE_MODEL["interaction"]
        data_note = SYNTHETIC if data_note is None else data_note
    if interaction is None:
        raise TrialDataError(
            "Name the biomarker whose effect on the treatment you ask about: interaction='karno'."
        )
    return df, list(covariates or []), interaction, data_note or df.attrs.get("note", "")


class _Slopes:
    """The interaction model of one trial, on the biomarker's scale or its log, with or without its pillars."""

    def __init__(self, df, outcome, covariates, interaction):
        frames.check_columns(df, [*outcome.values(), *covariates, interaction])
        self.df, self.outcome, self.marker = df, outcome, interaction
        self.others = [c for c in covariates if c != interaction]
        self.fit = lru_cache(maxsize=64)(self._fit)
        self.most_influential = lru_cache(maxsize=2)(self._most_influential)
        self.curve = lru_cache(maxsize=64)(self._curve)

    def _fit(self, scale: str, left_out: int) -> CoxFit:
        kept = self.df.drop(index=self.most_influential(scale)[:left_out]) if left_out else self.df
        marker = self.marker
        if scale == "log":
            if (kept[marker] <= 0).any():
                raise TrialDataError(
                    f"{style.words(marker)} is 0 or negative in some patients and has no logarithm there."
                )
            marker = f"log_{self.marker}"
            kept = kept.assign(**{marker: np.log(kept[self.marker])})
        return fit_cox(kept, covariates=self.others, interaction=marker, **self.outcome)

    def _most_influential(self, scale: str) -> list:
        """Rows in order of how far each pulls the interaction's coefficient away from 0."""
        fit = self.fit(scale, 0)
        pull = fit.dfbeta().iloc[:, -1] * np.sign(fit.table["log_hr"].iloc[-1])
        return list(pull.sort_values(ascending=False, kind="stable").index)

    def _curve(self, top: float, scale: str, left_out: int) -> pd.DataFrame:
        values = np.linspace(0, top, 241)
        return self.at(np.maximum(values, 1.0) if scale == "log" else values, scale, left_out).assign(
            value=values
        )

    def at(self, values, scale: str, left_out: int) -> pd.DataFrame:
        """Return the treatment's hazard ratio at biomarker values, whatever the scale of the model."""
        values = np.atleast_1d(np.asarray(values, dtype=float))
        fit = self.fit(scale, left_out)
        return fit.at(np.log(values) if scale == "log" else values).assign(value=values)


def reference_level_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=None,
    interaction=None,
    data_note=None,
) -> Panel:
    """Show one fitted model whose treatment coefficient depends on the biomarker value at which it is read.

    The slider moves the reference; nothing is fitted anew and the likelihood does not change.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; the synthetic MIROCALS-like cohort by default.
    duration_col, event_col, treatment, covariates, interaction
        As in `fit_cox`; ``interaction`` is the biomarker on the slider.
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
    >>> panel = al.reference_level_panel(al.load_veteran(), covariates=["age_years"], interaction="karno")
    >>> panel.set(reference=60)
    >>> panel.sentence[:52]
    'Read at a Karnofsky score of 60 points, treatment ha'
    """
    df, covariates, interaction, data_note = _trial(df, covariates, interaction, data_note)
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    slopes = _Slopes(df, outcome, covariates, interaction)
    marker = frames.numeric(slopes.fit("linear", 0).analysed, interaction)
    arm = frames.treatment(slopes.fit("linear", 0).analysed, treatment)
    name, unit = style.words(interaction), style.unit(interaction)
    axis_text = f"{name} ({unit})" if unit else name

    def with_unit(value):
        return f"{_number(value)} {unit}".strip()

    # A few extreme patients must not squeeze the others into a corner; those beyond the axis are counted in words.
    step = _round_step(np.quantile(marker, 0.97))
    top = float(np.ceil(np.quantile(marker, 0.97) / step) * step)
    beyond = int((marker > top).sum())
    scales = ["linear", "log"] if (marker > 0).all() else ["linear"]
    limits = _ratio_limits(slopes.at([0, np.quantile(marker, 0.95)], "linear", 0))

    def draw_frame(picture):
        figure, memory = picture.figure, picture.memory
        memory.upper, memory.lower = figure.subplots(2, 1, height_ratios=[3.4, 1], sharex=True)
        figure.subplots_adjust(left=0.1, right=0.97, top=0.85, bottom=0.125, hspace=0.12)
        plots.hr_axis(memory.upper, limits)
        memory.upper.set(xlim=(0, top), title="One fitted model")
        memory.upper.axhline(1, color=style.INK, linewidth=1)
        counts, _, _ = memory.lower.hist(
            [marker[arm == 0], marker[arm == 1]],
            bins=np.linspace(0, top, 33),
            stacked=True,
            color=[style.PALE, style.ACTIVE],
            label=["control", "active arm"],
            alpha=0.8,
        )
        memory.tallest = counts.max()
        memory.lower.set(xlabel=axis_text, ylabel="Patients", ylim=(0, memory.tallest * 1.35))
        memory.lower.legend(loc="upper right", ncols=2, fontsize=9, borderaxespad=0)
        memory.model = None
        plots.label_data(figure, data_note)

    def draw_curve(picture, model):
        """The curve belongs to the model: it is drawn anew only when the model changes, not when the reading moves."""
        upper, curve = picture.memory.upper, slopes.curve(top, *model)
        with picture.redrawing(upper, seldom=True):
            upper.fill_between(
                curve["value"], curve["ci_low"], curve["ci_high"], color=style.ACTIVE, alpha=0.15, linewidth=0
            )
            upper.plot(curve["value"], curve["hr"], color=style.ACTIVE)
        picture.memory.model = model

    def show(values, picture):
        model = scale, left_out = values.scale, values.left_out
        if not hasattr(picture.memory, "upper"):
            draw_frame(picture)
        memory = picture.memory
        if model != memory.model:
            draw_curve(picture, model)
        at = max(values.reference, 1.0) if scale == "log" else float(values.reference)
        here = slopes.at(at, scale, left_out).iloc[0]
        low, high = np.clip([here.ci_low, here.ci_high], *limits)
        with picture.redrawing(memory.upper, memory.lower):
            memory.upper.plot([at, at], [low, high], color=style.HIGHLIGHT, linewidth=2.5)
            memory.upper.plot(
                at, np.clip(here.hr, *limits), "D", color=style.HIGHLIGHT, markersize=9, clip_on=False
            )
            memory.lower.axvline(at, color=style.HIGHLIGHT, linewidth=2.5)
            memory.upper.text(
                0.965,
                0.97,
                f"read at {with_unit(at)}:\n"
                f"{style.hr_text(here.hr, here.ci_low, here.ci_high)}, {style.p_text(here.p)}",
                transform=picture.figure.transFigure,
                ha="right",
                va="top",
                fontsize=12,
                bbox={"facecolor": "white", "edgecolor": style.HIGHLIGHT, "pad": 4},
            )
            if values.mark or left_out:
                hanging = df.loc[slopes.most_influential(scale)[: left_out or 5], interaction].clip(upper=top)
                height = np.full(len(hanging), memory.tallest * 0.7)
                memory.lower.plot(hanging, height, "v", color=style.HIGHLIGHT, markersize=7, clip_on=False)
        return sentence(values, scale, at, here)

    def sentence(values, scale, at, here):
        fit = slopes.fit(scale, values.left_out)
        below = int((marker < at).sum())
        where = (
            f"No patient is that low: the lowest has {with_unit(marker.min())}."
            if below == 0 and at < marker.min()
            else f"No patient is that high: the highest has {with_unit(marker.max())}."
            if at > marker.max()
            else f"{below} of {len(marker)} patients lie below it."
        ) + (f" ({beyond} lie beyond the right edge of the picture.)" if beyond else "")
        log_note = (
            f" The model is linear in log {name}, whose zero is {with_unit(1)}." if scale == "log" else ""
        )
        slope = fit.table.iloc[-1]
        left = (
            f" Without the {values.left_out} patients on whom the slope hangs most (triangles) its p is "
            f"{style.p_text(slope.p)[2:].lstrip('= ')}; leaving out patients by influence is a check, not an analysis."
            if values.left_out
            else " Triangles: the 5 patients on whom the slope hangs most."
            if values.mark
            else ""
        )
        return (
            f"Read at a {name} of {with_unit(at)}, treatment has {style.hr_text(here.hr, here.ci_low, here.ci_high)}, "
            f"{style.p_text(here.p)}. {where} Wherever you read it, the model and its log-likelihood "
            f"({_number(fit.log_likelihood, 2)}) stay the same.{log_note}{left}"
        )

    mean = float(marker.mean())
    crossing = _crossing(slopes, interaction, treatment)
    presets = {f"Read at {with_unit(0)}": {"reference": 0, "scale": "linear", "left_out": 0}}
    presets["Read at the patients' mean"] = {"reference": mean, "scale": "linear", "left_out": 0}
    if 0 < crossing < top:
        presets["Where it crosses 1"] = {"reference": crossing, "scale": "linear", "left_out": 0}
    if "log" in scales:
        presets["Log scale, read at 1"] = {"reference": 1, "scale": "log", "left_out": 0}
    presets["Who carries the slope?"] = {"mark": True, "scale": "linear", "left_out": 0}
    controls = {
        "reference": slider(f"Read the effect at {name} =", 0, top, step, 0, unit),
        "scale": choice(
            f"{name} in the model", dict(zip(["as measured", "its logarithm"], scales, strict=False))
        ),
        "left_out": slider("Leave out the most influential", 0, 10, 1, 0, "patients"),
        "mark": tick("Mark the 5 patients on whom the slope hangs most"),
    }
    return Panel(f"At which {name} is the treatment effect read?", controls, show, presets)


def _crossing(slopes: _Slopes, interaction: str, treatment: str) -> float:
    table = slopes.fit("linear", 0).table["log_hr"]
    return float(-table[treatment] / table[f"{treatment}:{interaction}"])


def _round_step(largest: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, a few hundred to the range."""
    raw = largest / 500
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    return int(step) if step >= 1 else float(step)


def _ratio_limits(effects) -> tuple[float, float]:
    """Return fixed ends of a hazard-ratio axis that hold these effects and their intervals."""
    return float(np.clip(effects["ci_low"].min() * 0.8, 0.05, 0.5)), float(
        np.clip(effects["ci_high"].max() * 1.25, 2, 20)
    )


def _number(value: float, decimals: int | None = None) -> str:
    if decimals is None:
        text = f"{value:,.0f}" if abs(value) >= 20 or float(value).is_integer() else f"{value:.3g}"
    else:
        text = f"{value:,.{decimals}f}"
    return text.replace("-", "−")


STEP_LABELS = {
    "unadjusted": "1  unadjusted",
    "adjusted": "2  adjusted for\nprognosis",
    "adjusted_interaction": "3  + treatment ×\n{name},\nread at 0",
    "adjusted_interaction_mean": "4  the same model,\nread at the mean",
}
PUBLISHED_KEYS = {"unadjusted": "mirocals_hr_unadjusted", "adjusted_interaction": "mirocals_hr_adjusted"}


def disagreement_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=None,
    interaction=None,
    data_note=None,
) -> Panel:
    """Show how the hazard ratio of one trial moves step by step from unadjusted to adjusted with an interaction.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; the synthetic MIROCALS-like cohort by default, with the published figures beside it.
    duration_col, event_col, treatment, covariates, interaction
        As in `compare_models`.
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
    >>> panel = al.disagreement_panel(al.load_veteran(), covariates=["celltype", "age_years"], interaction="karno")
    >>> panel.set(steps=2)
    >>> panel.sentence[:37]
    'Step 2 (adjusted for Karnofsky score,'
    """
    ours = df is None
    df, covariates, interaction, data_note = _trial(df, covariates, interaction, data_note)
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    others = [c for c in covariates if c != interaction]
    name = style.words(interaction)
    labels = {step: text.format(name=name) for step, text in STEP_LABELS.items()}
    compare = lru_cache(maxsize=128)(
        lambda chosen: compare_models(df, covariates=list(chosen), interaction=interaction, **outcome)
    )
    full = compare(tuple(others))
    limits = (min(0.1, full["ci_low"].min() * 0.8), max(4.0, full["ci_high"].max() * 1.2))
    printed = _published_rows() if ours else None

    def show(values, picture):
        table = compare(values.covariates)
        shown = table.iloc[: values.steps]
        if not hasattr(picture.memory, "axes"):
            axes = picture.memory.axes = picture.figure.add_axes([0.31, 0.17, 0.44, 0.70])
            plots.forest_frame(axes, list(table.index), labels, limits)
            axes.set_title("Treatment effect, step by step", x=-0.68)
            plots.label_data(picture.figure, data_note)
        with picture.redrawing(picture.memory.axes):
            plots.forest_rows(picture.memory.axes, shown, printed if ours and values.published else None)
        row, step = shown.iloc[-1], shown.index[-1]
        listed = ", ".join(style.words(c) for c in [interaction, *values.covariates])
        meaning = {
            "unadjusted": "Step 1 (the arms compared as randomised)",
            "adjusted": f"Step 2 (adjusted for {listed})",
            "adjusted_interaction": f"Step 3 (an effect that changes with {name}, read where {name} is 0)",
            "adjusted_interaction_mean": f"Step 4 (the model of step 3, read at the patients' mean {name})",
        }[step]
        said = f"{meaning}: {style.hr_text(row.hr, row.ci_low, row.ci_high)}, {style.p_text(row.p)}."
        if step != "unadjusted":
            before = shown.iloc[-2]
            said += f" The step before had {style.number_text(before.hr)}; the standard error of the log hazard ratio "
            said += f"went from {before.se:.2f} to {row.se:.2f}."
        if printed is not None and values.published and step in printed.index:
            source = printed.loc[step]
            said += f" Published: {style.hr_text(source.hr, source.ci_low, source.ci_high)}, {style.p_text(source.p)}"
            said += (
                " (a log-rank test's p; ours is Wald's)."
                if step == "unadjusted"
                else ", from a model not known here."
            )
        return said

    controls = {
        "steps": slider("Show steps up to", 1, 4, 1, 1),
        "covariates": ticks("Covariates besides " + name, {style.words(c): c for c in others}, others),
    }
    if ours:
        controls["published"] = tick("Show the published figures (open squares)")
    presets = {"All four steps": {"steps": 4, "covariates": tuple(others)}}
    presets["No other covariates"] = {"steps": 4, "covariates": ()}
    return Panel("One trial, four hazard ratios", controls, show, presets)


def _published_rows() -> pd.DataFrame:
    table = load_published_results().set_index("key")
    rows = {}
    for step, key in PUBLISHED_KEYS.items():
        row = table.loc[key]
        rows[step] = {"hr": row.estimate, "ci_low": row.ci_low, "ci_high": row.ci_high, "p": row.p_value}
    return pd.DataFrame(rows).T.astype(float)
