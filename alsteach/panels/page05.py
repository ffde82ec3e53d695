"""Panels of page 05: why they disagree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ..data.tables import load_gap_budget, load_gap_budget_hundredths
from ..data.trial import Trial
from ..plots import page05 as plots
from ..stats.power import margin_of_share
from ..stats.published_arithmetic import (
    Ruler,
    balance,
    deaths_of_interval,
    deaths_within_rounding,
    interval_of_deaths,
    interval_of_se,
    needed_for_balance,
    ruler_through,
    standard_error,
)
from ..stats.readings import Readings, mirocals_like_trial, read_everywhere, veteran_trial
from ..words import numbers
from ..words.columns import column_unit, column_words
from ..words.published import PublishedFigure, published
from ..worlds.causes import MISSING_SHARE, carried, hundredths, kinds_apart, published_gap, two_kinds
from ..worlds.design import COVARIATES, TrialDesign
from ..worlds.limits import calibrated
from ..worlds.many import iterate_trials
from .panel import (
    Guess,
    Handle,
    Layer,
    Panel,
    Partial,
    Said,
    Step,
    choice,
    fixed,
    levels,
    panel,
    slider,
    tick,
)
from .settings import Fixed, Wanted

TRIALS = {"cohort": mirocals_like_trial, "veteran": veteran_trial}
LINES = 70  # of the fan


@dataclass(frozen=True, eq=False)
class Reading:
    """A trial's line, and the scales on which it is drawn."""

    line: Readings
    top: float
    step: float
    limits: tuple
    curve: pd.DataFrame


@lru_cache(maxsize=8)
def reading(trial: str | Trial) -> Reading:
    line = read_everywhere(TRIALS[trial]() if isinstance(trial, str) else trial)
    top, step = plots.marker_scale(line.marker)
    curve = line.at(np.linspace(0, top, 161))
    return Reading(line, top, step, plots.ratio_scale(curve), curve)


def zero_range(values) -> tuple:
    return 0, reading(values.trial).top, reading(values.trial).step


def zero_unit(values) -> str:
    return column_unit(reading(values.trial).line.trial.interaction)


def frame(axes, values, found):
    marker = found.line.trial.interaction
    plots.draw_row_frame(axes, synthetic=found.line.trial.badge == "synthetic")
    plots.add_line_axes(axes, found.top, found.limits)
    plots.draw_patients(axes, found.line.marker, found.top, column_words(marker), column_unit(marker))
    if values.trial == "cohort":
        plots.draw_printed_tick(axes, published("mirocals_hr_adjusted").estimate)


def draw_line(axes, values, found):
    plots.draw_curve(axes, found.curve, band=values.overlay == "interval")
    if values.overlay == "fan":
        plots.draw_fan(axes, found.curve["value"].to_numpy(), found.line.lines(LINES))
    if values.overlay == "others":
        plots.draw_other_ratios(axes, found.line.unadjusted["hr"], found.line.adjusted["hr"])


def draw_zero(axes, values, found):
    row, hidden = found.line.row_at(values.zero), axes.guess.open
    plots.draw_row(axes, row, hidden)
    plots.draw_zero(axes, values.zero, row, found.limits, values.zero < found.line.lowest, hidden)


def draw_mark(axes, values, found):
    if values.mine is not None and values.trial == "cohort":
        plots.draw_mark(axes, values.mine, found.top)


def say(values, found) -> Said:
    line, row = found.line, found.line.row_at(values.zero)
    fields = {"x": values.zero, "unit": zero_unit(values), "lowest": line.lowest, "n": len(line.marker)}
    fields |= {
        "hr": row.hr,
        "low": row.ci_low,
        "high": row.ci_high,
        "p": row.p,
        "below": line.below(values.zero),
    }
    fields |= {
        "waist": line.waist,
        "se_waist": line.standard_error(line.waist),
        "se": line.standard_error(values.zero),
    }
    fields |= {"unadjusted": line.unadjusted["hr"], "adjusted": line.adjusted["hr"], "slope_p": line.slope_p}
    fields |= {"loglik": line.fit.log_likelihood}
    fields |= {"mine": 0.0 if values.mine is None else values.mine}
    marked = values.mine is not None and values.trial == "cohort"
    at = "at" if values.zero >= line.lowest else "nobody_marked" if marked else "nobody"
    finding = {"fan": "fan", "others": "others", "interval": at}[values.overlay]
    more = ["row", "where", "fit", "slope", "width"]
    # Elsewhere they would give away what is guessed at the mean.
    return Said(finding, fields, [*more, "other_rows"] if values.overlay == "others" else more)


def zero_path(axes, values, found):
    return axes.points("upper", found.curve["value"], found.curve["hr"], found.curve["value"])


def guess_path(axes, values, found):
    ratios = np.geomspace(*found.limits, 121)
    return axes.points("upper", values.zero, ratios, ratios)


def true_ratio(values, found) -> float:
    return found.line.row_at(values.zero).hr


class MarkOf(Fixed):
    """The value of a guess locked in another panel; None before."""

    def __init__(self, other: Panel | None):
        super().__init__(None)
        self.other = other

    @property
    def value(self):
        return None if self.other is None else self.other.guess.value

    @value.setter
    def value(self, new) -> None:
        """Only the other panel changes it."""


def reference_level_panel(trial: Trial | None = None, mine: Panel | None = None) -> Panel:
    """Show one fitted model whose treatment coefficient depends on the biomarker value at which it is read.

    Moving the zero fits nothing anew; the line and its likelihood stay.

    Parameters
    ----------
    trial : Trial, optional
        With an ``interaction``. By default a list: the synthetic MIROCALS-like cohort and the veterans' trial.
    mine : Panel, optional
        A `whose_panel`: the patients a learner marked there are marked here too.

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
    >>> al.reference_level_panel().finding
    'Zero at 0 pg/mL: the row reads 0.32 (0.14–0.73). Nobody is there: the lowest patient has 210 pg/mL.'
    """
    steps = [Step("zero"), Step("mean", zero="@line.mean"), Step("crossing", zero="@line.crossing")]
    steps += [Step("fan", overlay="fan"), Step("others", overlay="others", zero="@line.mean")]
    steps += [Step("veteran", trial="veteran")] if trial is None else []
    made = panel(
        "reference_level",
        controls=[
            choice("trial", TRIALS) if trial is None else fixed("trial", trial),
            Wanted("mine", lambda words: MarkOf(mine)),
            slider("zero", 0, 8000, 20, limits=zero_range, unit=zero_unit),
            choice("overlay", ["interval", "fan", "others"]),
        ],
        compute=lambda values: reading(values.trial),
        needs=("trial",),
        frame=frame,
        frame_by=("trial",),
        layers=[
            Layer(draw_line, by=("trial", "overlay")),
            Layer(draw_mark, by=("trial", "mine")),
            Layer(draw_zero, by=("zero",)),
        ],
        say=say,
        handles=[Handle("zero", zero_path)],
        guess=Guess(guess_path, true_ratio, step="mean", start=0.25),
        steps=steps,
        badge=lambda values: reading(values.trial).line.trial.badge,
        height=340,
    )
    if mine is not None:
        mine.guess.observe(lambda guess: made.refresh())
    return made


NEAR = 250  # pg/mL on either side of a mark


class Stage(Fixed):
    """What the steps alone change."""

    def __init__(self, stages):
        super().__init__(stages[0])
        self.extremes = list(stages)

    def _accept(self, new):
        return new


def whose_frame(axes, values, found):
    if values.stage == "mark":
        plots.draw_row_frame(axes, synthetic=True)
        plots.draw_row(axes, found.line.row_at(0.0), hidden=False)
    else:
        plots.draw_ends(axes)
    plots.add_strip(axes, found.top)
    name = found.line.trial.interaction
    words = column_words(name), column_unit(name)
    plots.draw_patients(axes, found.line.marker, found.top, *words, large=True)


def draw_marked(axes, values, found):
    if axes.guess.locked:
        plots.draw_marked(axes, found.line.marker, axes.guess.value, NEAR)


def say_whose(values, found) -> Said:
    marker, row = found.line.marker, found.line.row_at(0.0)
    fields = {"n": len(marker), "lowest": marker.min(), "highest": marker.max(), "middle": np.median(marker)}
    return Said(
        values.stage, fields | {"hr": row.hr, "low": row.ci_low, "high": row.ci_high}, ["spread", "row"]
    )


def strip_path(axes, values, found):
    places = np.arange(0, found.top + 1, 50)
    return axes.points("lower", places, plots.mark_height(axes), places)


def whose_panel() -> Panel:
    """Ask which patients the printed 0.32 describes, before it is told; the cohort's patients along their CSF-pNFH.

    Its locked guess can be handed to `reference_level_panel`, which shows it beside the answer.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.whose_panel().go("mark")
    >>> panel.guess.lock(1500)
    >>> al.reference_level_panel(mine=panel).finding
    'Zero at 0 pg/mL: the row reads 0.32 (0.14–0.73). You guessed 1,500; nobody is at 0: the lowest patient has 210.'
    """
    return panel(
        "whose",
        controls=[Wanted("stage", lambda words: Stage(["patients", "mark"]))],
        compute=lambda values: reading("cohort"),
        needs=(),
        frame=whose_frame,
        frame_by=("stage",),
        layers=[Layer(draw_marked, by=())],
        say=say_whose,
        guess=Guess(strip_path, lambda values, found: 0.0, step="mark"),
        steps=[Step("patients"), Step("mark", stage="mark")],
        badge="synthetic",
        height=250,
    )


ARMS = ("alike", "differ")
SLOPES = {
    "none": 0.0,
    "half": 0.5,
    "printed": 1.0,
}  # parts of the printed change of the effect with the biomarker
TRIALS_OF_A_WORLD, AT_ONCE = 1000, 100  # the picture is drawn anew after so many at once


@dataclass(frozen=True, eq=False)
class Tried:
    """What the trials of one world have reported so far."""

    arms: str
    slope: str
    arms_hr: float
    design: TrialDesign
    trials: pd.DataFrame

    @property
    def kind(self) -> str:
        return f"{self.arms}_{'same' if self.slope == 'none' else 'varies'}"

    @property
    def zero_hr(self) -> float:
        return math.exp(self.design.treatment_log_hr_at_zero)

    def small_p(self, *tests: str) -> float:
        """Return in how many of 100 trials one of these tests has p < 0.05."""
        return 100 * float((self.trials[[f"{test}_p" for test in tests]] < 0.05).any(axis=1).mean())

    def margin(self, test: str) -> float:
        """Return how far ``small_p`` may lie off, as half a 95 % interval."""
        return 100 * margin_of_share(self.small_p(test) / 100, len(self.trials))


def world_of(arms: str, slope: str) -> tuple[float, TrialDesign]:
    """Return the arms' hazard ratio and a world in which endless trials arrive at it, with the published deaths."""
    gap = published_gap()
    hazard_ratio = 1.0 if arms == "alike" else gap.crude_hr
    per_pg_ml = SLOPES[slope] * TrialDesign().treatment_log_hr_per_pg_ml
    design = TrialDesign(treatment_log_hr_per_pg_ml=per_pg_ml)
    return hazard_ratio, calibrated(design, math.log(hazard_ratio), gap.deaths)


def try_trials(values):
    arms_hr, design = world_of(values.arms, values.slope)
    batches, done = [], 0
    for batch in iterate_trials(design, TRIALS_OF_A_WORLD):
        batches.append(batch)
        done += len(batch)
        if done % AT_ONCE == 0:
            found = Tried(values.arms, values.slope, arms_hr, design, pd.concat(batches))
            yield Partial(found, done, TRIALS_OF_A_WORLD)


def draw_trials(axes, values, found):
    # What is drawn comes from `found` alone: until a new world's first trials are in, the old picture stands whole.
    plots.draw_world(axes, axes.words(f"world.{found.kind}"), axes.words(f"slope.{found.slope}"))
    for name, test, ratio in (("arms", "crude", found.arms_hr), ("zero", "at_zero", found.zero_hr)):
        count, hidden = found.small_p(test), name == "zero" and axes.guess.open
        plots.draw_hundred(axes, name, None if hidden else count, found.margin(test), ratio)


def say_tests(values, found) -> Said:
    fields = {
        "arms": found.small_p("crude"),
        "zero": found.small_p("at_zero"),
        "mean": found.small_p("at_mean"),
    }
    fields |= {"arms_margin": found.margin("crude"), "zero_margin": found.margin("at_zero")}
    fields |= {"either": found.small_p("crude", "at_zero"), "trials": len(found.trials), "n": found.design.n}
    fields |= {"arms_hr": found.arms_hr, "zero_hr": found.zero_hr}
    more = ["true", "exact", "mean", "either", *([] if found.slope == "none" else ["unverified"])]
    return Said(found.kind, fields, more)


def count_path(axes, values, found):
    counts = np.arange(101)
    return axes.points("zero", 10.7, counts / 10, counts)


def better_test_panel() -> Panel:
    """Show in how many of 100 trials either analysis has a small p, when the arms differ and when they do not.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.better_test_panel()
    >>> panel.steps
    ['nothing', 'zero', 'half', 'same', 'differ']
    """
    return panel(
        "better_test",
        controls=[choice("arms", ARMS), choice("slope", SLOPES)],
        compute=try_trials,
        frame=lambda axes, values, found: plots.add_hundreds(axes),
        layers=[Layer(draw_trials)],
        say=say_tests,
        guess=Guess(count_path, lambda values, found: found.small_p("at_zero"), step="zero"),
        steps=[
            Step("nothing"),
            Step("zero", slope="printed"),
            Step("half", slope="half"),
            Step("same", arms="differ"),
            Step("differ", arms="differ", slope="printed"),
        ],
        badge="simulated",
        height=340,
    )


@lru_cache(maxsize=64)
def quoted(key: str) -> PublishedFigure:
    """Return a published figure, read once: these panels ask for many at every move."""
    return published(key)


# ---- a beam with the printed groups on it

DEATHS_ASKED = (4, 20)  # nobody has told how many died in the last group
LEAST, MOST = 0.01, 1.0  # hazard ratios at which its weight can stand
RIGHT_END = 3.0


@dataclass(frozen=True)
class Beam:
    """The printed groups, each weighing as much as it has deaths, and what the last one must do."""

    ratios: tuple  # of the two groups that have one
    deaths: tuple
    last_deaths: int
    printed: float
    needed: float

    @property
    def place_needed(self) -> float:
        """Where on its scale the last weight balances the beam, or comes nearest to that."""
        return round(min(max(self.needed, LEAST), MOST), 3)

    def balance(self, last: float) -> float:
        return balance((*self.ratios, last), (*self.deaths, self.last_deaths))

    def reached(self, last: float) -> bool:
        return self.balance(last) < self.printed + 0.005


def groups() -> list:
    """Return the two groups' published ratios."""
    return [quoted(f"mirocals_hr_{name}_pnfh") for name in ("low", "high")]


def group_ends() -> list[float]:
    """Return where the low group begins and ends."""
    return [quoted(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to")]


def group_shares() -> list[float]:
    return [quoted(f"mirocals_share_{name}_pnfh_percent").estimate for name in ("low", "high")]


def last_group() -> tuple[int, int]:
    """Return the patients of the group without a printed ratio, and its deaths if as many died as in the low one."""
    every, share = quoted("mirocals_n_randomised"), quoted("mirocals_share_below_750_percent")
    dead = quoted("mirocals_deaths_low_pnfh").estimate / quoted("mirocals_n_low_pnfh").estimate
    patients = every.estimate * share.estimate / 100
    return round(patients), round(patients * dead)


def group_deaths(last: int) -> tuple[int, int]:
    """Return the deaths in the low and the high group if so many of all died in the last one."""
    low, every = quoted("mirocals_deaths_low_pnfh").estimate, quoted("mirocals_deaths").estimate
    return int(low), int(every - low - last)


def find_beam(values) -> Beam:
    ratios, deaths = tuple(group.estimate for group in groups()), group_deaths(values.deaths)
    wanted = quoted("mirocals_hr_adjusted").estimate
    return Beam(
        ratios, deaths, values.deaths, wanted, needed_for_balance(wanted, ratios, deaths, values.deaths)
    )


def one_digit(value: float) -> str:
    return numbers.fixed(value, max(-math.floor(math.log10(value)), 0))


def draw_groups_on_beam(axes, values, found):
    (start, end), looks = group_ends(), plots.GROUP_COLORS
    names = [axes.words("low", low=start, high=end), axes.words("high", low=end)]
    for name, ratio, deaths, share, color in zip(
        names, found.ratios, found.deaths, group_shares(), looks, strict=True
    ):
        top = plots.draw_weight(axes, ratio, deaths, color)
        form, above = ("_narrow", []) if axes.width < 600 else ("", [name])
        lines = [
            *above,
            axes.words(f"group{form}", deaths=deaths, share=share),
            axes.words("ratio", hr=ratio),
        ]
        side = 1 if ratio < 1 else -1
        plots.label_weight(axes, ratio, deaths, top, lines, color, side)
    plots.draw_wanted(axes, found.printed)


def draw_last_group(axes, values, found):
    share, below = quoted("mirocals_share_below_750_percent").estimate, group_ends()[0]
    form = "_narrow" if axes.narrow else ""
    name = axes.words(f"last{form}", share=share, below=below)
    at = axes.words("last_at", deaths=found.last_deaths, hr=values.last)
    plots.draw_last_weight(axes, values.last, found.last_deaths, f"{name}\n{at}")
    reached = found.reached(values.last)
    plots.draw_support(axes, found.balance(values.last), found.printed, reached)
    if values.last == LEAST and not reached:
        plots.draw_off_to_the_left(axes, axes.words(f"needed{form}", needed=one_digit(found.needed)))


def say_beam(values, found) -> Said:
    every, implied = (
        quoted(f"mirocals_{key}").estimate for key in ("hr_unadjusted", "deaths_low_pnfh_implied")
    )
    alive = [quoted(f"mirocals_alive_low_pnfh_{arm}_percent").estimate / 100 for arm in ("il2", "placebo")]
    with_implied = (implied, sum(found.deaths) - implied)
    fields = {"balance": found.balance(values.last), "printed": found.printed, "last": values.last}
    fields |= {"low": found.ratios[0], "low_deaths": found.deaths[0]}
    fields |= {"high": found.ratios[1], "high_deaths": found.deaths[1]}
    fields |= {"deaths": found.last_deaths, "patients": last_group()[0], "times": 1 / values.last}
    fields |= {
        "needed": one_digit(found.needed),
        "implied": implied,
        "every": every,
    }
    fields |= {"low_patients": quoted("mirocals_n_low_pnfh").estimate, "alive": alive[0]}
    fields |= {"alive_placebo": alive[1]}
    for name, wanted, deaths in (("implied", found.printed, with_implied), ("every", every, found.deaths)):
        needed = needed_for_balance(wanted, found.ratios, deaths, found.last_deaths)
        fields |= {f"needed_{name}": one_digit(needed) if name == "implied" else needed}
    finding = "reached" if found.reached(values.last) else "wall" if values.last == LEAST else "short"
    return Said(finding, fields, ["weights", "second_hand", "implied", "adjusted", "unadjusted"])


def last_path(axes, values, found):
    ratios = np.geomspace(LEAST, MOST, 121)
    return axes.points("main", ratios, plots.weight_middle(axes, found.last_deaths), ratios)


def beam_panel() -> Panel:
    """Show that no hazard ratio of a small last group makes the adjusted ratio an average of the printed groups.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.beam_panel().go("hundredth")
    >>> round(panel.said.fields["balance"], 2), panel.said.fields["needed"]
    (0.51, '0.00003')
    """
    patients, deaths = last_group()
    return panel(
        "beam",
        controls=[
            slider("last", LEAST, MOST, 0.001, start=MOST),
            slider("deaths", *DEATHS_ASKED, 1, start=deaths),
        ],
        compute=find_beam,
        needs=("deaths",),
        frame=lambda axes, values, found: plots.add_beam(axes, (LEAST, RIGHT_END)),
        layers=[Layer(draw_groups_on_beam, by=()), Layer(draw_last_group, by=("last",))],
        say=say_beam,
        handles=[Handle("last", last_path)],
        steps=[
            Step("alike"),
            Step("tenth", last=0.1),
            Step("hundredth", last=LEAST),
            Step("all_died", last="@place_needed", deaths=patients),
        ],
        badge="paper_arithmetic",
        height=340,
    )


# ---- how many deaths an interval deserves

PRINTED = {"unadjusted": "mirocals_hr_unadjusted", "adjusted": "mirocals_hr_adjusted"}
FEWEST = 15
RIVALS = ("several", "together", "blanks", "later")


@dataclass(frozen=True)
class Precision:
    """A printed interval, and how many deaths one so wide deserves."""

    hr: float
    low: float
    high: float
    deaths: int  # in the trial
    deserved: float
    fewest: float
    most: float

    @property
    def fitting(self) -> int:
        return round(min(self.deserved, self.deaths))

    def fits(self, deaths: int) -> bool:
        """Whether so many deaths give the printed interval, as far as its rounding tells."""
        return self.fewest <= deaths <= self.most


def find_precision(values) -> Precision:
    row, deaths = quoted(PRINTED[values.ratio]), int(quoted("mirocals_deaths").estimate)
    ci = row.ci_low, row.ci_high
    within = deaths_within_rounding(*ci, int(row.decimals))
    return Precision(row.estimate, *ci, deaths, deaths_of_interval(*ci), *within)


def frame_precision(axes, values, found):
    plots.add_intervals(axes, (0.1, 2.6))
    for row, (name, key) in zip((0, 2), PRINTED.items(), strict=True):
        figure = quoted(key)
        ends = {"low": figure.ci_low, "high": figure.ci_high}
        text = axes.words(f"printed_{name}", hr=figure.estimate, **ends)
        plots.draw_printed_interval(axes, row, figure, text)


def draw_deaths(axes, values, found):
    if values.rivals and values.ratio == "adjusted":
        share = 100 * (found.deaths - values.deaths) / found.deaths
        names = [name if share or name != "blanks" else "no_blanks" for name in RIVALS]
        lines = [axes.words(f"rivals.{name}", n=share) for name in names]
        plots.draw_rivals(axes, axes.words("rivals_title"), lines)
        if not axes.narrow:
            plots.write_count(axes, values.deaths, found.deaths)
    else:
        plots.draw_crosses(axes, values.deaths, found.deaths)


def draw_deserved(axes, values, found):
    ends = interval_of_deaths(found.hr, values.deaths)
    with_all = interval_of_deaths(found.hr, found.deaths) if values.deaths < found.deaths else None
    plots.draw_guides(axes, 0 if values.ratio == "unadjusted" else 2, (found.low, found.high))
    text = axes.words("deserved", deaths=values.deaths, low=ends[0], high=ends[1])
    plots.draw_deserved_interval(axes, found.hr, ends, with_all, found.deaths, text)


def say_precision(values, found) -> Said:
    low, high = interval_of_deaths(found.hr, values.deaths)
    ordinary = quoted("simulated_se_ordinary_adjustment")
    wide = interval_of_se(found.hr, ordinary.estimate)
    fields = {"hr": found.hr, "low": low, "high": high, "printed_low": found.low, "printed_high": found.high}
    fields |= {"deaths": values.deaths, "trial": found.deaths, "spent": found.deaths - values.deaths}
    fields |= {"se": 2 / math.sqrt(values.deaths), "printed_se": standard_error(found.low, found.high)}
    fields |= {"deserved": found.deserved, "fewest": math.ceil(found.fewest), "most": math.floor(found.most)}
    fields |= {"ordinary": ordinary.estimate, "mark": ordinary.mark}
    fields |= {"wide_low": wide[0], "wide_high": wide[1]}
    if found.fits(values.deaths):
        finding = "same" if values.deaths == found.deaths else "clue" if values.rivals else "fits"
    else:
        finding = "narrower" if values.deaths > found.most else "wider"
    return Said(finding, fields, ["rule", "printed", "rounding", "ordinary"])


def deaths_path(axes, values, found):
    deaths = np.arange(FEWEST, found.deaths + 1)
    ends = [interval_of_deaths(found.hr, number)[1] for number in deaths]
    return axes.points("main", ends, plots.interval_height(axes, 1), deaths)


def precision_panel() -> Panel:
    """Show how many deaths a printed interval deserves, and how many the trial had.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.precision_panel().go("fit").finding
    'The printed interval is as wide as 23 deaths would make it; the trial had 90.'
    """
    every = int(quoted("mirocals_deaths").estimate)
    return panel(
        "precision",
        controls=[choice("ratio", PRINTED), slider("deaths", FEWEST, every, 1, start=every), tick("rivals")],
        off={"rivals": lambda values: None if values.ratio == "adjusted" else "fits"},
        compute=find_precision,
        needs=("ratio",),
        frame=frame_precision,
        layers=[
            Layer(draw_deaths, by=("ratio", "deaths", "rivals")),
            Layer(draw_deserved, by=("ratio", "deaths")),
        ],
        say=say_precision,
        handles=[Handle("deaths", deaths_path)],
        steps=[
            Step("rule"),
            Step("all", ratio="adjusted"),
            Step("fit", ratio="adjusted", deaths="@fitting"),
            Step("rivals", ratio="adjusted", deaths="@fitting", rivals=True),
        ],
        badge="paper_arithmetic",
        height=340,
    )


# ---- a ruler through the two printed groups

# Where inside its group a ruler may be held: where its ratio belongs is not told. Between 2,500 and 3,100 pg/mL no
# point of it is shown: what is read there is guessed in `reference_level_panel`.
LOW_HOLD, HIGH_HOLD = (1300, 2500), (4150, 8000)
DOUBLINGS = (0.5, 1.0, 2.0)
RULER_TOP = 8400


@dataclass(frozen=True)
class Held:
    """A ruler as it is held, and where any ruler ends."""

    ruler: Ruler
    printed: float
    lowest: float
    highest: float

    @property
    def at_zero(self) -> float:
        return float(self.ruler.at(0))

    @property
    def people(self) -> list[float]:
        """Where the ratios are ``DOUBLINGS``, to the nearest ten."""
        return [round(self.ruler.where(ratio), -1) for ratio in DOUBLINGS]


def ruler_at(low: float, high: float) -> Ruler:
    """Return the ruler through the printed groups, held at these values."""
    low_hr, high_hr = (group.estimate for group in groups())
    return ruler_through(low, low_hr, high, high_hr)


@lru_cache(maxsize=1)
def every_ruler() -> tuple[Ruler, ...]:
    return tuple(
        ruler_at(low, high) for low in np.linspace(*LOW_HOLD, 5) for high in np.linspace(*HIGH_HOLD, 5)
    )


def find_ruler(values) -> Held:
    ends = [float(ruler.at(0)) for ruler in every_ruler()]
    wanted = quoted("mirocals_hr_adjusted").estimate
    return Held(ruler_at(values.low, values.high), wanted, min(ends), max(ends))


def draw_groups(axes, values, found):
    plots.draw_printed_groups(axes, group_ends(), *groups())


def name_groups(axes, values, found):
    texts = [
        axes.words("group", share=share, hr=group.estimate)
        for share, group in zip(group_shares(), groups(), strict=True)
    ]
    notes = [axes.fitting(part) for part in ("shaded", "no_interval")]
    plots.name_printed_groups(axes, group_ends(), *groups(), texts, notes)


def draw_every_ruler(axes, values, found):
    if values.show == "every":
        ends = {"low": found.lowest, "high": found.highest}
        plots.draw_rulers(axes, every_ruler(), axes.words("every", **ends))


def draw_held(axes, values, found):
    out = values.show != "between" and not axes.guess.open
    size = 7 if values.show == "people" else 12
    plots.draw_ruler(axes, found.ruler, (values.low, values.high), out, size)
    if out:
        plots.draw_paper(axes, found.printed, axes.words("paper", hr=found.printed))
        yours = None if values.show == "every" else axes.words("yours", hr=found.at_zero)
        plots.draw_meeting(axes, found.at_zero, yours)
    if out and values.show == "people":
        places, form = zip(found.people, DOUBLINGS, strict=True), "_narrow" if axes.narrow else ""
        people = [(x, ratio, axes.words("person", x=x, hr=ratio)) for x, ratio in places]
        plots.draw_three_people(
            axes, people, axes.words("twice"), axes.words(f"equation{form}", **symbols(found.ruler))
        )


def symbols(ruler: Ruler) -> dict:
    return {"start": ruler.log_hr_at_zero, "slope": numbers.fixed(ruler.slope, 5)}


def say_ruler(values, found) -> Said:
    low, high = groups()
    deaths = group_deaths(last_group()[1])[1]
    interval = interval_of_deaths(high.estimate, deaths)
    fields = {"at_zero": found.at_zero, "printed": found.printed, "lowest": found.lowest}
    fields |= {"highest": found.highest, "low": values.low, "high": values.high}
    fields |= dict(zip(("low_from", "low_to", "high_from", "high_to"), LOW_HOLD + HIGH_HOLD, strict=True))
    fields |= {"low_hr": low.estimate, "high_hr": high.estimate}
    fields |= dict(zip(("x_1", "x_2", "x_3"), found.people, strict=True))
    fields |= dict(zip(("hr_1", "hr_2", "hr_3"), DOUBLINGS, strict=True))
    fields |= symbols(found.ruler)
    fields |= {"factor": numbers.fixed(math.exp(found.ruler.slope), 4)}
    fields |= {"printed_factor": quoted("mirocals_interaction_hr_ratio").text}
    fields |= {"deaths": deaths, "high_low": interval[0], "high_high": interval[1]}
    finding = "meets" if values.show == "ruler" else values.show
    more = ["no_interval", "adjusted"]
    if values.show != "between":
        more = ["words", "symbols", "slope", "assumed", *more]
    return Said(finding, fields, more)


def ruler_end_path(axes, values, found):
    ratios = np.geomspace(*plots.RULER_RATIOS, 121)
    return axes.points("main", 0, ratios, ratios)


def hold(name: str, ends: tuple) -> Handle:
    """Return the handle of a hold: along its group, at the group's printed ratio."""

    def path(axes, values, found):
        places = np.linspace(*ends, 61)
        return axes.points("main", places, quoted(f"mirocals_hr_{name}_pnfh").estimate, places)

    return Handle(name, path)


def ruler_panel() -> Panel:
    """Lay a ruler through the hazard ratios printed for two groups, and see where it meets zero.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.ruler_panel()
    >>> panel.set(show="ruler")
    >>> panel.finding
    "Your ruler meets zero at 0.30; the paper's adjusted ratio is 0.32. Our sources do not tell its model."
    """
    as_printed = {"low": 1540, "high": 4700}  # so held it ends at the paper's ratio
    return panel(
        "ruler",
        controls=[
            slider("low", *LOW_HOLD, 10, start=2000),
            slider("high", *HIGH_HOLD, 10, start=5500),
            choice("show", ["between", "ruler", "every", "people"]),
        ],
        compute=find_ruler,
        needs=("low", "high"),
        frame=lambda axes, values, found: plots.add_ruler(axes, RULER_TOP, group_ends()),
        layers=[
            Layer(draw_groups, by=(), found=False),
            Layer(draw_every_ruler, by=("show",), found=False),
            Layer(name_groups, by=(), found=False),
            Layer(draw_held),
        ],
        say=say_ruler,
        handles=[hold("low", LOW_HOLD), hold("high", HIGH_HOLD)],
        guess=Guess(ruler_end_path, lambda values, found: found.at_zero, step="zero"),
        steps=[
            Step("groups"),
            Step("zero", show="ruler"),
            Step("every", show="every"),
            Step("printed", show="ruler", **as_printed),
            Step("people", show="people", **as_printed),
        ],
        badge="paper_arithmetic",
        height=340,
    )


KIND = 25  # people of a kind in each arm
FRAILER = (1, 2, 8, 20, 40)
LAST_MONTH = 21  # of the follow-up


@dataclass(frozen=True, eq=False)
class Survivors:
    """Who of 25 frail and 25 robust people in each arm is left, and the ratio that does not know the kinds."""

    left: np.ndarray  # (2, 2): robust and frail, on placebo and on the drug
    mixed: float

    def frail_share(self, arm: int) -> float:
        return self.left[1, arm] / max(self.left[:, arm].sum(), 1)


@lru_cache(maxsize=1)
def stored_budget() -> pd.DataFrame:
    return load_gap_budget().set_index("cause")


def usual_frailer() -> float:
    """Return how much frailer half the people are where two kinds spread like our world's measured prognosis."""
    return round(kinds_apart(stored_budget().loc["non_collapsibility", "log_hazard_sd_usual"]), 2)


def deaths_of_a_hundred() -> float:
    return round(published_gap().deaths, 2)


def follow_two_kinds(values) -> Survivors:
    seen = two_kinds(values.frailer, values.effect, deaths_of_a_hundred(), values.month / LAST_MONTH)
    return Survivors(np.round(KIND * seen.alive).astype(int), seen.mixed_hr)


def draw_kinds(axes, values, found):
    plots.draw_kind_names(axes, values.frailer)


def draw_within(axes, values, found):
    plots.draw_ratios_within(axes, values.effect)


def draw_people(axes, values, found):
    plots.draw_people(axes, KIND, found.left)
    plots.draw_together(axes, KIND, found.left, found.mixed)


def say_kinds(values, found) -> Said:
    (robust_placebo, robust_drug), (placebo, drug) = found.left.tolist()
    fields = {"effect": values.effect, "mixed": found.mixed, "frailer": values.frailer}
    fields |= {"placebo": placebo, "drug": drug}
    fields |= {"placebo_left": placebo + robust_placebo, "drug_left": drug + robust_drug}
    fields |= {"placebo_share": found.frail_share(0), "drug_share": found.frail_share(1)}
    fields |= {"deaths": 100 * deaths_of_a_hundred(), "usual": usual_frailer()}
    finding = "mixed"
    if values.frailer == 1:
        finding = "same"
    elif values.month == 0:
        finding = "start"
    elif values.effect == 1:
        finding = "nothing"
    more = ["endless", "usual", "both_right"]
    unlike = len({numbers.percent(found.frail_share(arm)) for arm in (0, 1)}) > 1
    return Said(finding, fields, ["why", *more] if finding == "mixed" and unlike else more)


def noncollapsibility_panel() -> Panel:
    """Show people of two kinds die in two equal arms: what holds within each kind does not hold for all together.

    Endless patients: no chance, no confounding, the same effect for everyone.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.noncollapsibility_panel().go("frail").finding
    'Within each kind 0.50, all together 0.54. Frail among those left: 6 of 24 on placebo, 13 of 34 on the drug.'
    """
    usual = usual_frailer()
    return panel(
        "noncollapsibility",
        controls=[
            levels("frailer", sorted([*FRAILER, usual]), usual),
            slider("month", 0, LAST_MONTH, 1, LAST_MONTH),
            slider("effect", 0.2, 1, 0.05, 0.5),
        ],
        compute=follow_two_kinds,
        frame=lambda axes, values, found: plots.add_kinds(axes, 2 * KIND),
        layers=[
            Layer(draw_kinds, by=("frailer",), found=False),
            Layer(draw_within, by=("effect",), found=False),
            Layer(draw_people, by=()),
        ],
        say=say_kinds,
        steps=[
            Step("start", month=0),
            Step("frail"),
            Step("eight", frailer=8),
            Step("forty", frailer=40),
            Step("same", frailer=1),
            Step("nothing", effect=1.0),
        ],
        badge="model",
        height=330,
    )


RUNNERS = ("averaging", "luck", "blanks", "models", "flat", "printed", "other")
CAUSES = {
    "luck": "chance_imbalance",
    "blanks": "complete_cases",
    "models": "best_of_all_sets",
    "flat": "read_at_zero_without_interaction",
}
WHOLE, HALF = 100, 50  # per cent of the printed slope
PARTS = (0, 25, HALF, 67, WHOLE, 133)
RACES, RACES_AT_ONCE = (
    2000,
    250,
)  # trials of a runner that was given a slope; the picture is drawn anew after so many


@dataclass(frozen=True, eq=False)
class Runner:
    """Where one cause carries the first hazard ratio in its trials."""

    ratios: np.ndarray  # a hundred that stand for all of them
    reach: float  # how many of 100 trials arrive at the second published ratio
    trials: int  # 0: computed, or none is in yet

    @property
    def on_its_way(self) -> bool:
        return len(self.ratios) == 0

    def quantile(self, share: float) -> float:
        return math.nan if self.on_its_way else float(np.quantile(self.ratios, share))

    @property
    def margin(self) -> float:
        """How far ``reach`` may lie off, as half a 95 % interval."""
        return 100 * margin_of_share(self.reach / 100, self.trials)


@dataclass(frozen=True, eq=False)
class Race:
    """The runners so far, in the order of ``RUNNERS``, and which part of the printed slope the last was given."""

    runners: tuple
    part: int


def ratios_of(moved) -> np.ndarray:
    return published_gap().crude_hr * np.exp(moved)


@lru_cache(maxsize=1)
def ordinary_runners() -> tuple:
    """Return the runners whose thousand trials were simulated beforehand."""
    budget, each = stored_budget(), load_gap_budget_hundredths()
    averaging = Runner(ratios_of(budget.loc[["non_collapsibility"], "p50"].to_numpy()), 0.0, 0)
    runners = [averaging]
    for cause in CAUSES.values():
        moved = each.loc[each["cause"] == cause, "log_hr_difference"].to_numpy()
        row = budget.loc[cause]
        runners.append(Runner(ratios_of(moved), 100 * row["share_reaching"], int(row["trials"])))
    return tuple(runners)


ARRIVED: dict[int, Runner] = {}  # by the part of the printed slope they were given: their trials never change


def slope_of(part: int) -> float:
    return part / 100 * TrialDesign().treatment_log_hr_per_pg_ml


def run_with_slope(part: int):
    """Yield a runner as its trials come in."""
    if part in ARRIVED:
        yield ARRIVED[part]
        return
    yield Runner(np.array([]), 0.0, 0)
    design, moved = TrialDesign(treatment_log_hr_per_pg_ml=slope_of(part)), np.array([])
    for more in carried("read_at_zero", RACES, design):
        moved = np.append(moved, more)
        if len(moved) % RACES_AT_ONCE == 0:
            reach = 100 * float((moved <= published_gap().target).mean())
            runner = Runner(ratios_of(hundredths(moved)), reach, len(moved))
            if len(moved) == RACES:
                ARRIVED[part] = runner
            yield runner


def race(values):
    runners = ordinary_runners()[: values.runners]
    parts = [WHOLE, values.part][: max(values.runners - len(runners), 0)]
    if all(part in ARRIVED for part in parts):
        return Race((*runners, *(ARRIVED[part] for part in parts)), values.part)
    return run_race(runners, parts, values.part)


def run_race(runners, parts, part):
    for before, given in enumerate(parts):
        for runner in run_with_slope(given):
            found = Race((*runners, runner), part)
            yield Partial(found, before * RACES + runner.trials, len(parts) * RACES)
        runners = (*runners, runner)


def draw_lanes(axes, values, found):
    gone = 1 if axes.guess.open else values.runners
    plots.draw_names(axes, RUNNERS[:-1], gone, published_gap().crude_hr)
    if axes.guess.open:
        plots.draw_asked(axes, range(1, len(RUNNERS) - 1))


def draw_ordinary(axes, values, found):
    start = published_gap().crude_hr
    for place, runner in enumerate(ordinary_runners()[: 1 if axes.guess.open else values.runners]):
        plots.draw_runner(axes, place, runner, False, start)


def draw_given(axes, values, found):
    # From `found` alone: until a runner has started anew, its old trials stand whole.
    gone = len(found.runners)
    for place in range(len(RUNNERS) - 2, gone):
        plots.draw_runner(axes, place, found.runners[place], True, published_gap().crude_hr)
    if gone >= len(RUNNERS) - 1:
        plots.draw_given_note(axes)
    plots.draw_last_name(axes, RUNNERS, gone, found.part, published_gap().crude_hr)


def draw_bet(axes, values, found):
    if axes.guess.locked and values.runners != 2:  # at its own step the guess is drawn for all panels alike
        plots.draw_bet(axes, round(axes.guess.value) - 1)


def say_race(values, found) -> Said:
    last, name, gap = found.runners[-1], RUNNERS[len(found.runners) - 1], published_gap()
    budget = stored_budget().loc["non_collapsibility"]
    fields = {"crude": gap.crude_hr, "goal": gap.adjusted_hr, "number": len(found.runners)}
    fields |= {"hr": last.quantile(0.5), "low": last.quantile(0.05), "high": last.quantile(0.95)}
    fields |= {"reach": last.reach, "margin": last.margin, "trials": last.trials, "of": RACES}
    fields |= {"most": 300 / max(last.trials, 1)}  # the rule of three
    fields |= {"patients": TrialDesign().n, "sets": 2 ** len(COVARIATES), "missing": MISSING_SHARE}
    fields |= {"needed": budget["log_hazard_sd_needed"], "usual": budget["log_hazard_sd_usual"]}
    given = WHOLE if name == "printed" else found.part
    fields |= {"part": found.part, "slope": slope_of(given), "times": math.exp(1000 * slope_of(given))}
    fields |= {"printed": found.runners[5].reach if len(found.runners) > 5 else math.nan}
    count = "exact" if last.reach else "none"
    if name not in ("printed", "other"):
        more = {"averaging": ["spread"], "blanks": [count, "missing"], "models": [count, "chosen"]}
        return Said(name, fields, [*more.get(name, [count]), "not_added"])
    if last.on_its_way:
        return Said("waiting", fields, ["slope", "built"])
    finding = {"printed": "printed", "other": {HALF: "half", WHOLE: "again"}.get(found.part, "part")}[name]
    return Said(finding, fields, [count, "slope", "built", "not_added"])


def bet_path(axes, values, found):
    # From below, so that an arrow key moves the ring its own way.
    lanes = np.arange(RUNNERS.index("printed"), -1, -1)
    return axes.points("race", plots.bet_place(axes), lanes + plots.lane_middle(axes), lanes + 1)


def surest_runner(values, found) -> float:
    """Return the number of the first six who arrives most often, from the stored thousand trials of each."""
    budget = stored_budget()["share_reaching"]
    return 1 + int(
        np.argmax([budget[cause] for cause in ("non_collapsibility", *CAUSES.values(), "read_at_zero")])
    )


def gap_budget_panel() -> Panel:
    """Let the causes race from the first published hazard ratio to the second, each alone in a world of its own.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.gap_budget_panel().finding
    'Averaging people carries 0.81 to 0.79, in every trial. It never arrives at 0.32.'
    """
    return panel(
        "gap_budget",
        controls=[slider("runners", 1, len(RUNNERS)), levels("part", PARTS, HALF)],
        off={"part": lambda values: "not_yet" if values.runners < len(RUNNERS) else None},
        compute=race,
        frame=lambda axes, values, found: plots.add_race(axes, RUNNERS, published_gap()),
        layers=[
            Layer(draw_lanes, by=("runners",), found=False),
            Layer(draw_ordinary, by=("runners",), found=False),
            Layer(draw_bet, by=("runners",), found=False),
            Layer(draw_given, by=()),
        ],
        say=say_race,
        guess=Guess(bet_path, surest_runner, step="luck"),
        steps=[Step(name, runners=number) for number, name in enumerate(RUNNERS, 1)],
        badge="simulated",
        height=330,
    )
