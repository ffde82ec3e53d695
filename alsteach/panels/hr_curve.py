"""Panel of notebook 06: the treatment effect along a biomarker, and what the data cannot tell apart."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import frames, plots, style
from ..biomarker_shapes import FEW, SHAPES, effect_along, where_patients_are
from ..disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from ..frames import TrialDataError
from ..plots import hr_curve as drawing
from ..published_figures import published
from .controls import choice, slider, tick
from .core import Panel
from .disagree import _number, _ratio_limits, _round_step

SYNTHETIC = "Synthetic cohort: not patients"
TIED = 2.0  # a usual rule of thumb for differences in AIC
CLEAR = 7.0


def hr_curve_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=None,
    interaction=None,
    data_note=None,
) -> Panel:
    """Show the treatment effect along a biomarker as a straight line, a line in the logarithm, or a spline.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; the synthetic MIROCALS-like cohort by default, with the published subgroup figures laid on it.
    duration_col, event_col, treatment, covariates, interaction
        As in `fit_cox`; ``interaction`` is the biomarker.
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
    >>> panel = al.hr_curve_panel(al.load_veteran(), covariates=["celltype", "age_years"], interaction="karno")
    >>> panel.set(reference=60)
    >>> panel.sentence[:54]
    'Read at a Karnofsky score of 60 points: straight line '
    """
    ours = df is None
    if ours:
        df = mirocals_like_for_analysis()
        covariates = MIROCALS_LIKE_MODEL["covariates"] if covariates is None else covariates
        interaction = interaction or MIROCALS_LIKE_MODEL["interaction"]
        data_note = SYNTHETIC if data_note is None else data_note
    if interaction is None:
        raise TrialDataError("Name the biomarker along which the effect may change: interaction='karno'.")
    model = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    model |= {"covariates": list(covariates or []), "interaction": interaction}
    line = effect_along(df, shape="linear", **model)
    marker, kept = line.values, line.fit.analysed
    arms = frames.treatment(kept, treatment)
    shapes = [shape for shape in SHAPES if shape != "log" or (marker > 0).all()]
    inside = where_patients_are(marker)
    reach = max(abs(end) for end in inside)
    step = _round_step(reach)
    top = float(np.ceil((inside[1] + 0.12 * reach) / step) * step)
    bottom = min(0.0, float(np.floor(marker.min() / step) * step))
    floor = 1.0 if marker.min() > 1 else step
    left = 10.0 ** np.floor(np.log10(marker.min())) if (marker > 0).all() else None
    name, unit = style.words(interaction), style.unit(interaction)
    axis_text = f"{name} ({unit})" if unit else name
    limits = _ratio_limits(line.at([bottom, np.quantile(marker, 0.95)]))
    bars = _published_bars() if ours else []

    @lru_cache(maxsize=16)
    def effect(shape, knots):
        """The fitted effect, or the refusal if these values do not allow that spline."""
        if shape == "linear":
            return line
        try:
            return effect_along(kept, shape=shape, knots=knots, values=[marker.mean()], **model)
        except TrialDataError as refusal:
            return refusal

    @lru_cache(maxsize=32)
    def curve(shape, knots, logarithmic):
        grid = np.geomspace(left, top, 161) if logarithmic else np.linspace(bottom, top, 241)
        return effect(shape, knots).at(np.maximum(grid, floor) if shape == "log" else grid).assign(value=grid)

    def with_unit(value):
        return f"{_number(value)} {unit}".strip()

    def named(shape, knots):
        return {"linear": "straight line", "log": "logarithm", "spline": f"spline with {knots} knots"}[shape]

    def show(values, picture):
        logarithmic = getattr(values, "axis", "linear") == "log"
        chosen = tuple(shapes) if values.shape == "all" else (values.shape,)
        fits = {shape: effect(shape, values.knots) for shape in shapes}
        for shape in chosen:
            if isinstance(fits[shape], TrialDataError):
                raise fits[shape]
        if picture.turn_to(logarithmic):
            span = (left, top) if logarithmic else (bottom, top)
            picture.memory.axes = drawing.hr_curve_frame(
                picture.figure, marker, arms, axis_text, span, limits, inside, logarithmic
            )
            picture.memory.drawn = None
            plots.label_data(picture.figure, data_note or df.attrs.get("note", ""))
        upper, lower = picture.memory.axes
        with_bars = getattr(values, "published", False)
        drawn = (chosen, values.knots, with_bars)
        if picture.memory.drawn != drawn:
            with picture.redrawing(upper, lower, seldom=True):
                if with_bars:
                    drawing.subgroup_bars(upper, bars)
                curves = {shape: curve(shape, values.knots, logarithmic) for shape in chosen}
                drawing.shape_curves(upper, curves, band=len(chosen) == 1)
                drawing.shape_table(upper, _table_rows(fits), chosen)
                drawing.bar_legend(
                    upper, bars if with_bars else [], f"extrapolation: under {FEW} patients\nfurther out"
                )
                if "spline" in chosen:
                    knots = [knot for knot in fits["spline"].knots if knot <= top]
                    lower.plot(
                        knots, np.zeros(len(knots)), "^", color=style.THIRD, markersize=9, clip_on=False
                    )
            picture.memory.drawn = drawn
        at = {shape: max(values.reference, floor) if shape == "log" else values.reference for shape in chosen}
        here = {shape: fits[shape].at(at[shape]).iloc[0] for shape in chosen}
        with picture.redrawing(upper, lower):
            drawing.reading(
                upper,
                lower,
                values.reference,
                with_unit(values.reference),
                here,
                left if logarithmic else None,
            )
        return sentence(values, here, at, fits)

    def sentence(values, here, at, fits):
        read = [
            f"{named(shape, values.knots)} {style.hr_text(row.hr, row.ci_low, row.ci_high)}"
            + (
                f" (a logarithm has no 0: read at {with_unit(at[shape])})"
                if at[shape] != values.reference
                else ""
            )
            for shape, row in here.items()
        ]
        said = f"Read at a {name} of {with_unit(values.reference)}: {'; '.join(read)}. "
        said += where(values.reference)
        said += _apart({named(s, values.knots): fit for s, fit in fits.items() if hasattr(fit, "aic")})
        tested = fits["spline"] if values.shape in ("spline", "all") else fits[values.shape]
        said += f" Test for interaction ({named(tested.shape, values.knots)}): {style.p_text(tested.p_interaction)}"
        if not np.isnan(tested.p_nonlinear):
            said += f"; that the effect bends at all: {style.p_text(tested.p_nonlinear)}"
        said += "."
        if getattr(values, "published", False):
            said += " Bars: published for whole groups; where in its group an effect lies, a bar cannot say."
        return said

    def where(reference):
        below, above = int((marker < reference).sum()), int((marker > reference).sum())
        if reference == 0 and below == 0 and marker.min() > 0:
            return (
                f"No patient has 0; the lowest has {with_unit(marker.min())}. This reading, beside an interaction, is "
                "what a model prints as “treatment”; it is not an average over the patients. "
            )
        if min(below, above) < FEW:
            side, n = ("below", below) if below < above else ("above", above)
            who = "nobody lies" if n == 0 else f"only {n} of {len(marker)} patients lie{'s' * (n == 1)}"
            return f"Shaded: {who} {side}, so the curve there is the model's guess. "
        if ours and reference < bars[0]["from"]:
            low = kept[marker < bars[0]["from"]]
            return (
                f"“Low” in the publication starts at {with_unit(bars[0]['from'])}; below it are {len(low)} of "
                f"{len(marker)} patients with {int(low[event_col].sum())} deaths: too few to say anything. "
            )
        if ours and reference == bars[0]["to"]:
            return (
                "This is the published cut-off, yet no curve jumps here: the cut is a choice, the change of effect, if "
                "there is one, is gradual. "
            )
        return f"{below} of {len(marker)} patients lie below it. "

    options = {"straight line": "linear", "straight line in the logarithm": "log"}
    options |= {"restricted cubic spline (smooth curve)": "spline", "all of them": "all"}
    controls = {
        "shape": choice("Shape of the effect", {k: v for k, v in options.items() if v in (*shapes, "all")}),
        "knots": choice("Knots of the spline", [3, 4, 5], 4),
        "reference": slider(f"Read the effect at {name} =", bottom, top, step, 0, unit),
    }
    if left is not None:
        controls["axis"] = choice(f"Axis of {name}", {"ordinary": "linear", "logarithmic": "log"})
    start = {"axis": "linear"} if left is not None else {}
    middle = float(np.round(np.median(marker) / step) * step)
    presets = {
        "The line at 0": {"shape": "linear", "reference": 0, **start},
        "The spline at 0": {"shape": "spline", "knots": 4, "reference": 0, **start},
        "All shapes at 0": {"shape": "all", "knots": 4, "reference": 0, **start},
        "All shapes at the median": {"shape": "all", "knots": 4, "reference": middle, **start},
    }
    if ours:
        controls["published"] = tick("Lay the published subgroup figures on it (bars)")
        cut, below = bars[0]["to"], bars[0]["from"] * 2 / 3
        presets["At the published cut-off"] = {
            "shape": "all",
            "knots": 4,
            "reference": cut,
            "published": True,
            **start,
        }
        presets["Lower than “low”"] = {
            "shape": "spline",
            "knots": 4,
            "reference": below,
            "published": True,
            **start,
        }
    return Panel(f"Does the treatment effect change with {name}?", controls, show, presets, size=(760, 470))


def _table_rows(fits):
    rows = []
    for shape, fit in fits.items():
        texts = ("–", "–")
        if hasattr(fit, "aic"):
            texts = f"{fit.aic:.1f}", style.p_text(fit.p_interaction).removeprefix("p ").lstrip("= ")
        rows.append((shape, {"linear": "straight line", "log": "logarithm"}.get(shape, shape), *texts))
    return rows


def _apart(fits) -> str:
    """Say which shapes the data cannot tell apart: those whose AIC is within 2 of the best."""
    best = min(fit.aic for fit in fits.values())
    tied = [name for name, fit in fits.items() if fit.aic - best < TIED]
    said = f"AIC (smaller fits better): {', '.join(f'{name} {fit.aic:.1f}' for name, fit in fits.items())}. "
    said += (
        f"The {_and(tied)} lie within {TIED:g}: these data cannot tell them apart."
        if len(tied) > 1
        else f"The {tied[0]} fits best."
    )
    worse = {name: fit.aic - best for name, fit in fits.items() if fit.aic - best >= TIED}
    for name, by in worse.items():
        said += f" The {name} fits {'clearly' if by >= CLEAR else 'somewhat'} worse."
    return said


def _and(names) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _published_bars() -> list[dict]:
    """Return the published subgroup figures as bars; the 2022 one was announced as a reduction without an interval."""
    low = published("mirocals_low_pnfh_from_pg_ml").estimate
    high = published("mirocals_low_pnfh_to_pg_ml").estimate
    within, above = published("mirocals_hr_low_pnfh"), published("mirocals_hr_high_pnfh")
    before = published("mirocals_topline_2022_reduction_low_to_moderate_percent")

    def bar(figure, start, end, hr, label):
        label += "" if figure.verified else " (unverified)"
        interval = {"ci_low": figure.ci_low, "ci_high": figure.ci_high}
        return {"from": start, "to": end, "hr": hr, "label": label, **interval}

    interval = f"{within.ci_low:.2f}–{within.ci_high:.2f}"
    return [
        bar(
            within,
            low,
            high,
            within.estimate,
            f"published 2025, {low:,.0f}–{high:,.0f}:\nHR {within.estimate:.2f}, box {interval}",
        ),
        bar(
            above,
            high,
            None,
            above.estimate,
            f"published 2025, above {high:,.0f}:\nHR {above.estimate:.2f}, not significant",
        ),
        bar(
            before,
            None,
            high,
            1 - before.estimate / 100,
            f"published 2022, up to {high:,.0f}:\n{before.text} lower risk",
        ),
    ]
