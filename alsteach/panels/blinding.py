"""Panel of notebook 07: what injection reactions do to blinding, and what belief does to a self-rated outcome."""

from __future__ import annotations

import math

from .. import plots, style
from ..blinding_index import bang_index, belief_bias, expected_guesses, rating_spread
from ..cox import Z95
from ..published_figures import published
from .controls import slider
from .core import Panel

ASSUMED = "Assumed figures: no trial, no patients"
MONTHS = 18.0  # MIROCALS treated for so long
LARGEST = 6.0  # points on the picture's scale


def blinding_panel() -> Panel:
    """Set how often injections leave a reaction, and see what patients guess and what belief alone does to ratings.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.blinding_panel()
    >>> panel.set(**panel.presets["Nobody can tell"])
    >>> panel.sentence[:83]
    'Assumed: 20 % have a reaction on the drug, 20 % on placebo. 25 % and 25 % guess the'
    """
    spread = rating_spread(MONTHS)
    alive = published("mirocals_alive_placebo").estimate / published("mirocals_n_placebo").estimate
    looks = {
        "active": {"color": style.ACTIVE, "marker": "o"},
        "placebo": {"color": style.CONTROL, "marker": "s"},
        "apart": {"color": style.HIGHLIGHT, "marker": "D"},
    }

    def show(values, picture):
        memory = picture.memory
        if not hasattr(memory, "axes"):
            memory.axes = plots.blinding_frame(picture.figure, LARGEST)
            plots.label_data(picture.figure, ASSUMED)
        axes = memory.axes
        guesses = expected_guesses(
            values.active / 100,
            values.placebo / 100,
            values.convinced / 100,
            values.unmasked / 100,
            values.unsure / 100,
        )
        indices = {arm: bang_index(*(values.per_arm * guesses.loc[arm])) for arm in plots.ARMS}
        bias = belief_bias(guesses, values.points, spread, values.per_arm)
        by_chance = 100 * Z95 * math.sqrt(2 * alive * (1 - alive) / values.per_arm)
        with picture.redrawing(*axes.values()):
            plots.guess_bars(axes["guesses"], guesses)
            for row, (arm, index) in enumerate(indices.items()):
                plots.interval_dot(axes["index"], row, index.index, index.ci_low, index.ci_high, looks[arm])
                axes["index"].text(
                    0.85 * index.index,
                    row - 0.16,
                    _signed(index.index, 2),
                    ha="center",
                    va="bottom",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
                )
            low, high = bias.difference - Z95 * bias.se, bias.difference + Z95 * bias.se
            plots.interval_dot(axes["rating"], -0.2, bias.difference, low, high, looks["apart"])
            axes["rating"].text(0.99, 0.98, _signed(bias.difference, 1), **_corner(axes["rating"]))
            plots.interval_dot(axes["alive"], -0.2, 0.0, -by_chance, by_chance, looks["apart"])
            axes["alive"].text(0.99, 0.98, "0", **_corner(axes["alive"]))
        return sentence(values, guesses, indices, bias)

    def sentence(values, guesses, indices, bias):
        right = 100 * guesses["correct"]
        said = (
            f"Assumed: {values.active} % have a reaction on the drug, {values.placebo} % on placebo. "
            f"{right['active']:.0f} % and {right['placebo']:.0f} % guess their arm right; Bang's index "
            f"{_signed(indices['active'].index, 2)} on the drug, {_signed(indices['placebo'].index, 2)} on placebo. "
        )
        if abs(bias.difference) < 0.005:
            why = (
                "belief moves nothing" if values.points == 0 else "both arms believe alike, so belief cancels"
            )
            said += f"The drug does nothing and the ratings show nothing: {why}. "
        else:
            said += (
                f"The drug does nothing; still own ratings differ by {_signed(bias.difference, 1)} points, and "
                f"{100 * bias.false_alarms:.0f} % of such trials have p < 0.05 (5 % without the leak). "
            )
        return said + (
            "Nobody rates death from any cause: belief leaves it at 0. Ask a paper: who rated the outcome, could they "
            "tell, and who asked them when? The sources seen here report no such check for MIROCALS."
        )

    n = published("t1d_il2_n_per_group").estimate
    one, none = (published(f"t1d_il2_events_{arm}").estimate for arm in ("1_miu", "placebo"))
    start = {"active": 50, "placebo": 15, "convinced": 60, "unmasked": 20, "unsure": 50, "points": 3.0}
    presets = {
        "Nobody can tell": start | {"active": 20, "placebo": 20, "convinced": 0, "unmasked": 0},
        "Reactions mostly on the drug": start
        | {"active": 80, "placebo": 10, "convinced": 80, "unmasked": 40},
        "As often on placebo": start | {"active": 80, "placebo": 80, "convinced": 80, "unmasked": 40},
        "Everybody hopes": start | {"active": 100, "placebo": 100, "convinced": 100},
        f"Events of a diabetes trial: {one:.0f} and {none:.0f} of {n:.0f}": start
        | {"active": round(100 * one / n), "placebo": round(100 * none / n)},
        "Belief moves nothing": {"points": 0.0},
    }
    controls = {
        "active": slider("Reaction, on the drug", 0, 100, 1, start["active"], "%"),
        "placebo": slider("Reaction, on placebo", 0, 100, 1, start["placebo"], "%"),
        "convinced": slider("A reaction convinces of the drug", 0, 100, 1, start["convinced"], "%"),
        "unmasked": slider("No reaction convinces of placebo", 0, 100, 1, start["unmasked"], "%"),
        "unsure": slider("Others who say “don't know”", 0, 100, 1, start["unsure"], "%"),
        "points": slider("Belief moves own rating by", 0.0, LARGEST, 0.5, start["points"], "points"),
        "per_arm": slider("Patients in each arm", 10, 500, 10, round(published("mirocals_n_il2").estimate)),
    }
    return Panel(
        "Who guesses, and what does guessing do? (All figures set here are assumed.)",
        controls,
        show,
        presets,
        size=(760, 360),
    )


def _corner(ax) -> dict:
    return {"transform": ax.transAxes, "ha": "right", "va": "top", "weight": "bold", "fontsize": 12}


def _signed(value: float, decimals: int) -> str:
    return f"{value + 0.0:+.{decimals}f}".replace("-", "−") if abs(value) >= 0.5 * 10**-decimals else "0"
