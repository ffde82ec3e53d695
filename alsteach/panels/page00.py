"""Panels of page 00: one paper with two hazard ratios, and whether everything is in order here."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from .. import style
from ..data import tables
from ..data.checks import TrialDataError
from ..plots import page00 as plots
from ..stats.cox import fit_cox
from ..stats.curves import kaplan_meier
from ..words import catalogue, numbers
from ..words.published import published
from ..worlds.design import TrialDesign
from ..worlds.limits import marginal_hazard_ratio
from .panel import Guess, Handle, Layer, Panel, Said, Step, choice, panel, slider

SHOWN = ("placebo", "question", "happened", "ratio", "both")


@dataclass(frozen=True, eq=False)
class Paradox:
    """The published ends of both arms, the two printed ratios, and synthetic curves between start and ends."""

    last_day: float
    curves: dict
    died: dict
    randomised: dict
    crude: object
    adjusted: object

    def alive(self, arm: str) -> float:
        """Return how many of 100 were alive at the end."""
        return 100 * (1 - self.died[arm] / self.randomised[arm])

    def alive_if(self, hr: float) -> float:
        """Return how many of 100 would live on IL-2, were this the hazard ratio of the arms."""
        return 100 * (self.alive("placebo") / 100) ** hr


@lru_cache(maxsize=1)
def paradox() -> Paradox:
    curves = kaplan_meier(tables.load_mirocals_like(), by="treated")
    arms = {"placebo": 0, "il2": 1}
    return Paradox(
        last_day=published("mirocals_endpoint_day").estimate,
        curves={arm: curves[curves["group"] == group] for arm, group in arms.items()},
        died={arm: published(f"mirocals_deaths_{arm}").estimate for arm in arms},
        randomised={arm: published(f"mirocals_n_{arm}").estimate for arm in arms},
        crude=published("mirocals_hr_unadjusted"),
        adjusted=published("mirocals_hr_adjusted"),
    )


@lru_cache(maxsize=4)
def averaged(hr: float) -> float:
    """Return what a ratio that holds for each patient averages to between the arms of our simulated world."""
    return marginal_hazard_ratio(
        TrialDesign(treatment_log_hr_at_zero=math.log(hr), treatment_log_hr_per_pg_ml=0.0)
    )


def steps_of(curve) -> tuple[np.ndarray, np.ndarray]:
    """Return days and how many of 100 are alive from then on."""
    return curve["time"].to_numpy(), 100 * curve["survival"].to_numpy()


def guessed_curve(found, alive: float) -> np.ndarray:
    """Return placebo's curve with the hazard that would make it end at a guess."""
    placebo = found.curves["placebo"]["survival"].to_numpy()
    return 100 * placebo ** (math.log(min(max(alive, 0.5), 100) / 100) / math.log(placebo[-1]))


def paradox_frame(axes, values, found):
    plots.paradox_axes(axes, found.last_day)
    if values.show == "both":
        rows = ((found.crude, style.ACTIVE), (found.adjusted, plots.WARM))
        lines = [
            (
                axes.words("row", hr=row.estimate, p=row.p_value),
                axes.words("row_narrow" if axes.narrow else "row_means", alive=found.alive_if(row.estimate)),
                color,
            )
            for row, color in rows
        ]
    else:
        lower = axes.fitting("lower", lower=1 - found.adjusted.estimate)
        lines = [(axes.words("printed", hr=found.adjusted.estimate), lower, plots.WARM)]
    plots.draw_headline(axes, lines)


def draw_paradox(axes, values, found):
    size = "_narrow" if axes.narrow else ""
    ends = [end_of(axes, found, "placebo", style.CONTROL, size)]
    plots.draw_arm(axes, *steps_of(found.curves["placebo"]), treated=False)
    if values.show == "question" and not axes.guess.locked:
        plots.draw_question(axes)
    if axes.guess.locked and values.show in ("question", "happened"):
        days, _ = steps_of(found.curves["placebo"])
        plots.draw_guess(axes, days, guessed_curve(found, axes.guess.value))
        # At the guess itself the panel writes beside it.
        words = axes.words(f"guessed{size}") if values.show == "happened" else ""
        ends.append((axes.guess.value, numbers.integer(axes.guess.value), words, plots.GUESSED))
    if values.show in ("happened", "ratio", "both"):
        plots.draw_arm(axes, *steps_of(found.curves["il2"]), treated=True)
        ends.append(end_of(axes, found, "il2", style.ACTIVE, size))
    if values.show in ("ratio", "both"):
        alive = found.alive_if(values.hr)
        days, placebo = steps_of(found.curves["placebo"])
        plots.draw_if(axes, days, 100 * (placebo / 100) ** values.hr)
        ends.append((alive, numbers.integer(alive), axes.words(f"if{size}", hr=values.hr), plots.WARM))
        more = unseen(found, alive)
        words = axes.words("unseen" if more > 0 else "too_few" if more < 0 else "as_seen", n=abs(more))
        plots.draw_bracket(axes, found.alive("il2"), alive, words)
    plots.draw_ends(axes, ends)


def end_of(axes, found, arm: str, color: str, size: str) -> tuple:
    alive = found.alive(arm)
    words = axes.words(f"{arm}{size}", died=found.died[arm], n=found.randomised[arm])
    return alive, numbers.integer(alive), words, color


def unseen(found, alive: float) -> int:
    """Return how many more of 100 than were seen alive on IL-2, such that the rounded numbers add up."""
    return round(alive) - round(found.alive("il2"))


def say_paradox(values, found) -> Said:
    paper, crude = found.adjusted, found.crude
    printed = found.alive_if(paper.estimate)
    fields = {"day": found.last_day, "hr": values.hr, "paper": paper.estimate, "crude": crude.estimate}
    fields |= {"lower": 1 - paper.estimate, "placebo": found.alive("placebo"), "il2": found.alive("il2")}
    fields |= {"died_placebo": found.died["placebo"], "n_placebo": found.randomised["placebo"]}
    fields |= {"died_il2": found.died["il2"], "n_il2": found.randomised["il2"]}
    fields |= {"alive": found.alive_if(values.hr), "alive_paper": printed, "unseen": unseen(found, printed)}
    fields |= {"alive_crude": found.alive_if(crude.estimate), "average": averaged(paper.estimate)}
    fields |= {"alive_average": found.alive_if(averaged(paper.estimate))}
    fields |= {"crude_ci": (crude.estimate, crude.ci_low, crude.ci_high), "crude_p": crude.p_value}
    fields |= {"paper_ci": (paper.estimate, paper.ci_low, paper.ci_high), "paper_p": paper.p_value}
    fields |= {"share": found.alive("placebo") / 100}
    more = ["ends"] if values.show in ("placebo", "question") else ["rows", "power", "average", "ends"]
    another = values.show == "both" and values.hr != paper.estimate
    return Said("ratio" if another else values.show, fields, more)


def end_path(axes, values, found):
    alive = np.linspace(40, 100, 61)
    return axes.points("main", found.last_day, alive, alive)


def ratio_path(axes, values, found):
    ratios = np.geomspace(0.1, 1.5, 61)
    return axes.points("main", found.last_day, found.alive_if(ratios), ratios)


def paradox_panel() -> Panel:
    """Show both arms of MIROCALS, and what the printed 0.32 would mean if it were the ratio of the arms.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.paradox_panel().go("ratio").finding
    'If 0.32 were the ratio of the arms, 83 of 100 would be alive on IL-2; 63 were.'
    """
    return panel(
        "paradox",
        controls=[
            slider("hr", 0.1, 1.5, 0.01, published("mirocals_hr_adjusted").estimate),
            choice("show", SHOWN, more=True),
        ],
        off={"hr": lambda values: None if values.show in ("ratio", "both") else "not_drawn"},
        compute=lambda values: paradox(),
        needs=(),
        frame=paradox_frame,
        frame_by=("show",),
        layers=[Layer(draw_paradox)],
        say=say_paradox,
        handles=[Handle("hr", ratio_path)],
        guess=Guess(end_path, lambda values, found: found.alive("il2"), step="guess", start=0.6),
        steps=[
            Step("placebo"),
            Step("guess", show="question"),
            Step("happened", show="happened"),
            Step("ratio", show="ratio"),
            Step("both", show="both"),
        ],
        height=270,
    )


# ---- is everything in order here?

# By every page; lifelines and JupyterLab are not there where the course runs in the browser alone
NEEDED = ("anywidget", "ipywidgets", "matplotlib", "numpy", "pandas", "scipy")
TABLES = ("published_results", "mirocals_like", "veteran", "pbc")
VETERAN_HR = 1.0179  # R's coxph (survival, Efron's ties) on Kalbfleisch and Prentice's veteran trial


def check_versions(words) -> tuple[bool, str]:
    """Return whether Python and the packages the course needs are there, and a sentence."""
    missing = []
    for package in NEEDED:
        try:
            version(package)
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return False, words("packages_broken", missing=", ".join(missing))
    here = sys.version_info
    return True, words("packages_fine", major=here.major, minor=here.minor, packages=len(NEEDED))


def check_tables(words) -> tuple[bool, str]:
    """Return whether every data table can be read and is undamaged, and a sentence."""
    for table in TABLES:
        try:
            getattr(tables, f"load_{table}")()
        except TrialDataError as problem:
            return False, str(problem)
    return True, words("data_fine", tables=len(TABLES))


def check_statistics(words) -> tuple[bool, str]:
    """Return whether the course's regression gives here what R gave, and a sentence."""
    hr = fit_cox(tables.load_veteran()).table.loc["treated", "hr"]
    fine = abs(hr - VETERAN_HR) < 5e-5
    return fine, words("statistics_fine" if fine else "statistics_broken")


def checked(values) -> list[tuple[str, bool, str]]:
    seen = catalogue.panel("checkup").table("picture")
    checks = {"packages": check_versions, "data": check_tables, "statistics": check_statistics}
    return [(seen(name), *check(seen)) for name, check in checks.items()]


def checkup_frame(axes, values, found):
    plots.draw_checks(axes, found)
    plots.dot_axes(axes)


def say_checked(values, found) -> Said:
    broken = [f"{name}: {text}" for name, fine, text in found if not fine]
    fields = {"dot": values.dot, "broken": ". ".join(broken)}
    return Said("broken" if broken else "fine", fields)


def checkup_panel() -> Panel:
    """Check that packages, data and statistics are in order, and that a slider moves a picture.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.checkup_panel().go("right_end")
    >>> panel.finding
    'All in order: packages, data, statistics. The dot stands at 100, as you asked.'
    """
    return panel(
        "checkup",
        controls=[slider("dot", 0, 100, 1, 20)],
        compute=checked,
        needs=(),
        frame=checkup_frame,
        layers=[Layer(lambda axes, values, found: plots.draw_dot(axes, values.dot), by=("dot",))],
        say=say_checked,
        handles=[Handle("dot", lambda axes, values, found: axes.points("main", [0, 100], 0, [0, 100]))],
        steps=[Step("start"), Step("right_end", dot=100)],
        badge="model",
        height=160,
    )
