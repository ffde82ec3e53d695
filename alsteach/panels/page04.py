"""Panels of page 04: what a Cox model does when it adjusts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np
import pandas as pd

from .. import style
from ..data.checks import TrialDataError
from ..data.tables import load_pbc, load_veteran
from ..data.trial import Trial
from ..plots import page04 as plots
from ..stats.adjusting import Adjustments, standardised_differences
from ..stats.cox import fit_cox
from ..stats.curves import kaplan_meier, kaplan_meier_many
from ..stats.hazards import fit_fading, proportional_hazards_test, split_at
from ..stats.likelihood import Draws, draws_of
from ..words import catalogue, numbers
from ..words.columns import column_words
from ..words.published import eight_patients
from ..worlds import toys
from ..worlds.limits import marginalise
from .panel import Guess, Handle, Layer, Panel, Said, Step, choice, fixed, in_turn, panel, slider, tick, ticks

# ---- one draw at each death

IN_TWO_ARMS = eight_patients().assign(treated=[0, 0, 1, 1, 0, 0, 1, 1])
GROUPS_OF_EIGHT = {"eight": 1, "ten": 10, "without": 1}
RATIOS = np.geomspace(0.02, 5, 161)


@dataclass(frozen=True, eq=False)
class Tried:
    """The draws among the eight patients, and how much less likely than at best they are at other ratios."""

    draws: Draws
    groups: int
    curve: np.ndarray

    def relative(self, hazard_ratio: float) -> float:
        """Return the chance of all that happened, as a part of the largest there is."""
        return (self.draws.likelihood(hazard_ratio) / self.draws.likelihood(self.draws.best)) ** self.groups


@lru_cache(maxsize=4)
def tried(patients: str) -> Tried:
    kept = IN_TWO_ARMS[IN_TWO_ARMS["patient"] != "C"] if patients == "without" else IN_TWO_ARMS
    draws, groups = draws_of(kept), GROUPS_OF_EIGHT[patients]
    chances = np.array([draws.likelihood(ratio) for ratio in RATIOS]) / draws.likelihood(draws.best)
    return Tried(draws, groups, chances**groups)


def written(tickets: float) -> str:
    """Write a number of tickets in full: rounded factors would not multiply to their product."""
    return numbers.fixed(tickets, 0 if round(tickets, 2) == round(tickets) else 2)


def factors(draws: Draws, ratio: float) -> list[str]:
    return [f"{written(own)}/{written(total)}" for own, total in zip(*draws.tickets(ratio), strict=True)]


def likelihood_frame(axes, values, found):
    plots.add_draw_axes(axes, list(IN_TWO_ARMS["patient"]), (RATIOS[0], RATIOS[-1]))


def draw_patients(axes, values, found):
    plots.draw_patients(axes, found.draws.patients, found.draws.day(values.death - 1))


def draw_tickets(axes, values, found):
    draws, death = found.draws, values.death - 1
    own = np.where(draws.patients["treated"] == 1, values.ratio, 1.0)
    plots.draw_tickets(axes, draws.patients, own, draws.at_risk(death), draws.dying[death])
    product = factors(draws, values.ratio)[: values.death]
    product += ["…"] if values.death < len(draws) else []
    chance = numbers.small(draws.likelihood(values.ratio)) if values.death == len(draws) else None
    if chance is not None and found.groups > 1:
        chance = axes.words("each_group", chance=chance)
    plots.draw_product(axes, product, chance)


def draw_likelihood(axes, values, found):
    draws = found.draws
    if values.curve and not axes.guess.open:
        plots.draw_likelihood(axes, RATIOS, found.curve, draws.best, draws.interval(found.groups))
    chance = numbers.small(draws.likelihood(values.ratio)) if found.groups == 1 else None
    plots.draw_ratio_tried(axes, values.ratio, found.relative(values.ratio), chance)


def say_draws(values, found) -> Said:
    draws, death = found.draws, values.death - 1
    who = draws.patients.iloc[draws.dying[death]]
    own, total = (part[death] for part in draws.tickets(values.ratio))
    low, high = draws.interval(found.groups)
    alone = tried("eight").draws
    fields = {"who": who["patient"], "day": draws.day(death), "own": written(own), "total": written(total)}
    fields |= {"ratio": values.ratio, "product": " × ".join(factors(draws, values.ratio))}
    fields |= {"chance": draws.likelihood(values.ratio), "best": draws.best, "low": low, "high": high}
    fields |= {"largest": draws.likelihood(draws.best), "one": draws.likelihood(1.0)}
    fields |= dict(zip(("alone_low", "alone_high"), alone.interval(), strict=True)) | {"alone": alone.best}
    fields |= {
        "share": own / total,
        "control": int(draws.control[death]),
        "treated": int(draws.treated[death]),
    }
    finding = "draw" if values.patients == "eight" else values.patients
    if finding == "draw" and values.curve:
        finding = "best"
    return Said(finding, fields, ["chance", "all", "cox"])


def ratio_path(axes, values, found):
    # At the mark's height: along the curve a hand moved sideways would hardly get on.
    ratios = RATIOS[(RATIOS >= 0.05) & (RATIOS <= 3)]
    return axes.points("curve", ratios, found.relative(values.ratio), ratios)


def best_path(axes, values, found):
    ratios = np.geomspace(0.05, 3, 121)
    return axes.points("curve", ratios, 0.15, ratios)


def partial_likelihood_panel() -> Panel:
    """Go through eight invented patients death by death: who could have died, and how likely was it to be this one?

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.partial_likelihood_panel().go("all").finding
    'F dies on day 410: 1 of 3 tickets. All four deaths at HR 1: 1/8 × 1/7 × 1/5 × 1/3 = 0.0012.'
    """
    return panel(
        "partial_likelihood",
        controls=[
            slider("death", 1, 4, 1),
            slider("ratio", 0.05, 3, 0.05, 1),
            choice("patients", GROUPS_OF_EIGHT),
            tick("curve", more=True),
        ],
        compute=lambda values: tried(values.patients),
        needs=("patients",),
        frame=likelihood_frame,
        layers=[
            Layer(draw_patients, by=("death",)),
            Layer(draw_tickets, by=("death", "ratio")),
            Layer(draw_likelihood, by=("ratio", "curve")),
        ],
        say=say_draws,
        handles=[Handle("ratio", ratio_path)],
        guess=Guess(best_path, lambda values, found: found.draws.best, step="best"),
        steps=[
            Step("first"),
            Step("half", ratio=0.5),
            Step("all", death=4),
            Step("best", death=4, curve=True),
            Step("ten", death=4, curve=True, patients="ten"),
            Step("without", death=2, curve=True, patients="without"),
        ],
        badge="model",
        height=330,
    )


# ---- grouping by what happened after randomisation

COMPARED = {"arms": 1, "groups": 2, "alive": 3}  # and how many of the comparisons are drawn
DAY = 84  # after three cycles of 28 days


@dataclass(frozen=True, eq=False)
class Grouped:
    """A trial whose patients are grouped by what was measured on a day: comparisons, curves, the early dead."""

    table: pd.DataFrame
    curves: dict
    early: int


@lru_cache(maxsize=64)
def grouped(day: int, follows: float) -> Grouped:
    trial = toys.responder_trial(day, follows)
    responder, treated = (trial["responder"] == 1).to_numpy(), (trial["treated"] == 1).to_numpy()
    time, died = trial[["time_days", "died"]].to_numpy(dtype=float).T
    groups = {"control": ~treated, "active": treated, "responders": responder, "others": treated & ~responder}
    curves = {}
    for start in (0, day):
        for name, rows in groups.items():
            rows = rows & (time > start)
            if rows.any():
                curve = kaplan_meier_many(time[None, rows], died[None, rows])
                curves[start, name] = np.append(start, curve.times[0]), np.append(1.0, curve.survival[0])
    early = int((treated & (time <= day)).sum())
    return Grouped(toys.responder_comparisons(trial, day), curves, early)


COMPARISONS = ("randomised", "responders_vs_others", "landmark")


def ratio_written(found, comparison: str) -> str | None:
    """Return a comparison's ratio with its interval, if there is one."""
    row = found.table.loc[comparison]
    if np.isnan(row.hr):
        return None
    return f"{numbers.ratio(row.hr)} ({numbers.ratio(row.ci_low)}–{numbers.ratio(row.ci_high)})"


def draw_groups(axes, values, found):
    if values.compare == "arms":
        names = ["control", "active"]
    else:
        names = ["control", "responders", "others"]
        plots.draw_no_death_before(axes, values.day, values.compare == "alive")
    start = values.day if values.compare == "alive" else 0
    plots.draw_group_curves(axes, {name: found.curves.get((start, name)) for name in names})


def draw_comparisons(axes, values, found):
    rows = {name: found.table.loc[name] for name in COMPARISONS[: COMPARED[values.compare]]}
    texts = {name: ratio_written(found, name) or axes.fitting("no_ratio") for name in rows}
    if axes.narrow:  # the interval is drawn
        texts = {name: text.split(" (")[0] for name, text in texts.items()}
    plots.draw_comparisons(axes, rows, texts, values.day)


def say_groups(values, found) -> Said:
    fields = {"day": values.day, "early": found.early, "follows": values.follows}
    fields |= {name: ratio_written(found, name) or numbers.UNKNOWN for name in found.table.index}
    asked = COMPARISONS[COMPARED[values.compare] - 1]
    finding = "few" if ratio_written(found, asked) is None else values.compare
    more = ["randomised", "groups", "alive", "control", "early"] + (
        ["health"] if values.follows else ["noise"]
    )
    return Said(finding, fields, more)


def day_path(axes, values, found):
    if values.compare == "arms":
        return axes.points("curves", [], [], [])
    days = np.linspace(0, 630, 91)
    return axes.points("curves", days, 0, days)


def no_groups(values) -> str | None:
    return "no_groups" if values.compare == "arms" else None


def responder_panel() -> Panel:
    """Group a synthetic trial by Treg response: a treatment that does nothing for survival seems to work.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.responder_panel().go("groups").finding
    'The drug does nothing, yet responders against the other treated patients: HR 0.35 (0.23–0.53).'
    """
    return panel(
        "responder",
        controls=[
            choice("compare", COMPARED),
            slider("day", 0, 630, 7, DAY),
            slider("follows", 0, 1, 0.05, 0.5),
        ],
        off={"day": no_groups, "follows": no_groups},
        compute=lambda values: grouped(values.day, values.follows),
        needs=("day", "follows"),
        frame=lambda axes, values, found: plots.add_group_axes(axes, toys.FOLLOW_UP_DAYS),
        layers=[Layer(draw_groups, by=("compare", "day")), Layer(draw_comparisons, by=("compare", "day"))],
        say=say_groups,
        handles=[Handle("day", day_path)],
        steps=[
            Step("arms"),
            Step("groups", compare="groups"),
            Step("noise", compare="groups", follows=0),
            Step("late", compare="groups", follows=0, day=210),
            Step("alive", compare="alive", follows=0, day=210),
            Step("health", compare="alive", follows=0.8),
        ],
        badge="synthetic",
        height=330,
    )


# ---- covariates


def lung_trial() -> Trial:
    covariates = ("karno", "celltype", "age_years", "prior", "diagtime_months")
    return Trial(load_veteran(), covariates=covariates)


def liver_trial() -> Trial:
    frame = load_pbc()
    for name in ("bilirubin_mg_dl", "protime_s", "albumin_g_dl"):
        frame[f"log_{name}"] = np.log(frame[name])
    covariates = ("age_years", "edema", "log_bilirubin_mg_dl", "log_protime_s", "log_albumin_g_dl")
    return Trial(frame, covariates=covariates)


def alike_trial() -> Trial:
    return Trial(toys.equal_arms_trial(), covariates=tuple(toys.EQUAL_ARMS_LOG_HAZARDS), badge="simulated")


TICKED = {"lung": lung_trial, "liver": liver_trial, "alike": alike_trial}
FADING = {"lung": ("karno", 90)}  # the covariate whose effect may change, and on which day
MOST_TICKS = 6
FADES = "fades"  # the row of the fading effect
STILL, MOSTLY = 0.02, 0.5  # a move of the log hazard ratio that is none; what "mostly" means


@dataclass(frozen=True)
class Move:
    """What one row does to the treatment's hazard ratio, those above it being in the model."""

    row: str
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class Ticking:
    """A trial, and its models with every choice of covariates."""

    trial: Trial
    models: Adjustments
    fading: tuple | None = None
    truth: float | None = None

    @cached_property
    def every(self) -> np.ndarray:
        """The treatment's hazard ratio of every choice of ticks."""
        return np.exp(self.models.every_log_hr())

    @cached_property
    def unequal(self) -> dict:
        """How far the arms differ at the start in each covariate, in standard deviations; the widest level's."""
        table = standardised_differences(self.models.df, self.trial.covariates, self.trial.treatment)
        return table["smd"].abs().groupby(table["covariate"]).max().to_dict()

    @cached_property
    def alone(self) -> pd.DataFrame:
        """What each tick does alone."""
        return self.models.explain(())

    @cached_property
    def faded(self):
        """Return the table of a model whose covariate may fade, ``faded(others)``."""
        return lru_cache(maxsize=64)(self._faded)

    def _faded(self, others: tuple) -> pd.DataFrame:
        covariate, day = self.fading
        return fit_fading(self.models.df, covariate, [day], covariates=others, **self.trial.outcome)

    @cached_property
    def averaged(self):
        """Return a model's hazard ratio averaged over the patients, ``averaged(chosen)``."""
        return lru_cache(maxsize=64)(self._averaged)

    def _averaged(self, chosen: tuple) -> float:
        return marginalise(fit_cox(self.models.df, covariates=chosen, **self.trial.outcome))

    def effect(self, chosen, fade=False) -> pd.Series:
        """Return the treatment's row with these ticks."""
        if fade:
            others = tuple(c for c in self.trial.covariates if c in chosen and c != self.fading[0])
            return self.faded(others).loc[self.trial.treatment]
        return self.models.effects([tuple(chosen)]).iloc[0]

    def ratio(self, chosen, fade=False) -> float:
        """Return the treatment's hazard ratio with these ticks."""
        return float(self.effect(chosen, True).hr if fade else np.exp(self.models.fit(chosen)[0][0]))

    def rows(self, order: str) -> list[str]:
        """Return the rows of the path from above."""
        covariates = self.trial.covariates if order == "listed" else self.trial.covariates[::-1]
        rows = []
        for covariate in covariates:
            rows += [covariate, FADES] if self.fading and covariate == self.fading[0] else [covariate]
        return rows

    def path(self, chosen, fade: bool, order: str) -> list[Move]:
        """Return the moves of the ticked rows from above."""
        ratio, so_far, faded, moves = self.ratio(()), (), False, []
        for row in self.rows(order):
            if row == FADES and fade:
                faded = True
            elif row in chosen:
                so_far = (*so_far, row)
            else:
                continue
            after = self.ratio(so_far, faded)
            moves.append(Move(row, ratio, after))
            ratio = after
        return moves

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Ends of the hazard-ratio axis: those of all choices, and 1 or the truth."""
        faded = (
            [self.effect(c, True).hr for c in (self.fading[:1], self.trial.covariates)] if self.fading else []
        )
        ratios = np.array([*self.every, *faded, self.truth or 1.0, min(1.0, 1.1 * self.every.max())])
        room = (ratios.max() / ratios.min()) ** 0.15
        return float(ratios.min() / room), float(ratios.max() * room)


@lru_cache(maxsize=8)
def ticking(trial: str | Trial) -> Ticking:
    name, trial = (trial, TICKED[trial]()) if isinstance(trial, str) else (None, trial)
    models = Adjustments(trial.frame, **trial.outcome, covariates=trial.covariates)
    models.fit(())
    truth = toys.EQUAL_ARMS_HAZARD_RATIO if name == "alike" else None
    return Ticking(trial, models, FADING.get(name), truth)


def chosen_of(values) -> tuple:
    """Return the covariates that are ticked for the trial in sight."""
    return getattr(values, f"{values.trial}_ticks" if isinstance(values.trial, str) else "own_ticks")


def no_fading(values) -> str | None:
    fading = FADING.get(values.trial) if isinstance(values.trial, str) else None
    if fading is None:
        return "no_score"
    return None if fading[0] in chosen_of(values) else "not_ticked"


def fades(values) -> bool:
    return values.fade and no_fading(values) is None


def covariate_name(words, covariate: str) -> str:
    """Return what the words call a covariate, or a learner's own column as words."""
    if f"options.{covariate}" in words:
        return words(f"options.{covariate}")
    name = column_words(covariate)
    return name[:1].upper() + name[1:]


def named(covariate: str) -> str:
    return covariate_name(catalogue.panel("covariate").table("controls.chosen"), covariate)


def path_of(values, found) -> list[Move]:
    return found.path(chosen_of(values), fades(values), values.order)


def is_open(axes) -> bool:
    return axes.guess is not None and axes.guess.open


def row_names(axes, values, found) -> dict:
    rows = found.rows(values.order)
    return {row: axes.words("fades") if row == FADES else named(row) for row in rows}


def rows_frame(axes, values, found):
    plots.add_path_axes(axes, found.rows(values.order), found.limits)
    plots.draw_names(axes, row_names(axes, values, found), plots.GREY)
    if found.truth:
        plots.draw_true_ratio(axes, found.truth)


def draw_path(axes, values, found):
    chosen, moves, hidden = chosen_of(values), path_of(values, found), is_open(axes)
    rows = found.rows(values.order)
    names, moved = row_names(axes, values, found), {move.row for move in moves}
    plots.draw_names(axes, {row: name if row in moved else "" for row, name in names.items()}, style.INK)
    lamps = {row: None for row in rows if row != FADES}
    lamps |= {row: (found.unequal[row], found.alone.loc[row, "hr_per_sd"]) for row in chosen}
    plots.draw_lamps(axes, rows, lamps)
    start = found.ratio(())
    plots.draw_path(axes, rows, start, moves, hidden)
    if values.heap and not hidden:
        plots.draw_heap(axes, found.every, found.ratio(chosen))


def say_path(values, found) -> Said:
    chosen, fade, moves = chosen_of(values), fades(values), path_of(values, found)
    start, row = found.effect(()), found.effect(chosen, fade)
    fields = {"before": start.hr, "after": row.hr, "low": row.ci_low, "high": row.ci_high, "p": row.p}
    fields |= {"n": len(found.models.df), "deaths": int(found.models.events.sum()), "ticks": len(chosen)}
    fields |= {"se_before": start.se, "se_after": row.se, "count": len(found.every)}
    fields |= {"lowest": found.every.min(), "highest": found.every.max(), "truth": found.truth}
    fields |= {"unadjusted": (start.hr, start.ci_low, start.ci_high), "start_p": start.p}
    more = ["model"]
    if not chosen:
        return Said("start", fields, more)
    largest = max(moves, key=lambda move: abs(np.log(move.after / move.before)))
    asked = chosen[0] if largest.row == FADES else largest.row
    alone = found.alone.loc[asked]
    fields |= {"name": named(asked), "unequal": found.unequal[asked], "strength": alone.hr_per_sd}
    fields |= {"alone": start.hr * np.exp(alone.from_imbalance), "by_itself": alone.hr_with}
    more += ["unadjusted", "lamps", "start", *(["rest"] if values.trial != "alike" else ["mix"]), "error"]
    if fade:
        constant = found.ratio(chosen)
        fields |= {"name": named(found.fading[0]), "day": found.fading[1], "constant": constant}
    else:
        fields["averaged"] = found.averaged(tuple(chosen))
        more += ["averaged"]
    more += ["direction", *(["choices"] if values.heap and len(found.every) else [])]
    return Said(finding_of(values, found, alone), fields, more)


def finding_of(values, found, alone) -> str:
    chosen = chosen_of(values)
    if values.trial == "alike":
        return "alike"
    if fades(values):
        return "fade" if len(chosen) == 1 else "several_fade"
    if len(chosen) > 1:
        return "choices" if values.heap and len(found.every) else "several"
    if abs(alone.moved) < STILL:
        return "stays"
    if abs(alone.from_later) < MOSTLY * abs(alone.moved):
        return "unequal"
    share = alone.from_imbalance / alone.moved
    return "opposite" if share < 0 else "beyond" if share > 1 else "later"


def arrow_path(axes, values, found):
    ratios = np.geomspace(*found.limits, 121)
    row = plots.row_of(found.rows(values.order), chosen_of(values)[0])
    return axes.points("main", ratios, row + 0.5, ratios)


def true_end(values, found) -> float:
    return found.ratio(chosen_of(values), fades(values))


def covariate_ticks(name: str, covariates, shown=None):
    """Want a tick for each covariate; a learner's own columns are named by their words."""
    wanted = ticks(name, covariates)
    make = wanted.make

    def words_for(words):
        return lambda key: covariate_name(words, key[8:]) if key.startswith("options.") else words(key)

    wanted = replace(wanted, make=lambda words: make(words_for(words)))
    return in_turn(wanted, shown or (lambda values: True), "chosen")


def covariate_panel(trial: Trial | None = None) -> Panel:
    """Tick covariates: each puts an arrow onto the path of the treatment's hazard ratio.

    Parameters
    ----------
    trial : Trial, optional
        With one to six ``covariates``. By default a list: two real trials, and an invented one whose truth is known.
        Patients with a blank in a covariate on offer are left out throughout, so that all hazard ratios are of the
        same patients.

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
    >>> panel = al.covariate_panel().go("fade")
    >>> panel.finding
    'Karnofsky score may fade after day 90: 1.19 becomes 0.98 (0.67–1.41). The arrow hung on the form of the model.'
    """
    controls = [choice("trial", TICKED) if trial is None else fixed("trial", trial)]
    if trial is None:
        offered = {name: ticking(name).trial.covariates for name in TICKED}
        for name, covariates in offered.items():
            shown = partial(lambda name, values: values.trial == name, name)
            controls.append(covariate_ticks(f"{name}_ticks", covariates, shown))
        every = {name: {f"{name}_ticks": covariates} for name, covariates in offered.items()}
        steps = [
            Step("start"),
            Step("karno", lung_ticks=("karno",)),
            Step("fade", lung_ticks=("karno",), fade=True),
        ]
        steps += [
            Step("all", **every["lung"], heap=True),
            Step("age", trial="liver", liver_ticks=("age_years",)),
        ]
        steps += [Step("alike", trial="alike", **every["alike"])]
    else:
        if not 1 <= len(trial.covariates) <= MOST_TICKS:
            raise TrialDataError(
                "Name one to six covariates a learner may tick: covariates=('age_years', …)."
            )
        ticking(trial)
        controls.append(covariate_ticks("own_ticks", trial.covariates))
        steps = [Step("start"), Step("all", own_ticks=trial.covariates, heap=True)]
    controls.append(tick("fade") if trial is None else fixed("fade", False))
    controls += [choice("order", ["listed", "reversed"], more=True), tick("heap", more=True)]
    return panel(
        "covariate",
        controls=controls,
        off={"fade": no_fading} if trial is None else None,
        compute=lambda values: ticking(values.trial),
        needs=("trial",),
        frame=rows_frame,
        frame_by=("trial", "order"),
        layers=[Layer(draw_path)],
        say=say_path,
        guess=Guess(arrow_path, true_end, step="karno", start=0.22) if trial is None else None,
        steps=steps,
        badge=lambda values: ticking(values.trial).trial.badge,
        height=312,
    )


# ---- one hazard ratio for all the time?

CLOCKS = ("km", "rank", "identity", "log")
TRUE_RATIOS = {"constant": (0.6, 0.6), "crossing": (2.5, 0.35), "selection": (0.5, 0.5)}
WEIGHTS = {"strong": 0.002, "some": 0.02, "weak": 0.2}  # of the evidence of a drift: p below; else little
LEFT = {"selection": "frail", "lung": "karno"}  # what tells who is left
PARTED = 0.03  # by so much the shares of the frail differ at least where selection is called the cause


@dataclass(frozen=True, eq=False)
class FollowUp:
    """A trial, or the first of its patients in a random order, and how its hazard ratio goes with time."""

    trial: Trial
    name: str | None
    whole: int
    adjusted: bool

    @cached_property
    def fit(self):
        covariates = self.trial.covariates if self.adjusted else ()
        return fit_cox(self.trial.frame, covariates=covariates, **self.trial.outcome)

    @cached_property
    def one(self) -> pd.Series:
        """The one hazard ratio for all the time."""
        return self.fit.table.loc[self.trial.treatment]

    @cached_property
    def curves(self) -> pd.DataFrame:
        outcome = self.trial.outcome
        return kaplan_meier(
            self.trial.frame, outcome["duration_col"], outcome["event_col"], by=outcome["treatment"]
        )

    @cached_property
    def periods(self):
        """Return the hazard ratios up to a day and after it, ``periods(day)``."""
        return lru_cache(maxsize=256)(self._periods)

    def _periods(self, day: float) -> pd.DataFrame:
        return split_at(self.fit, day)

    @cached_property
    def p_on(self):
        """Return the p-value of a constant treatment effect on a clock, ``p_on(clock)``."""
        return lru_cache(maxsize=8)(self._p_on)

    def _p_on(self, clock: str) -> float:
        return float(proportional_hazards_test(self.fit, clock).loc[self.trial.treatment, "p"])

    def left(self, day: float) -> list[float] | None:
        """Return the mean of what tells the patients apart among those followed beyond a day, control first."""
        if self.name not in LEFT:
            return None
        still = self.trial.frame[self.trial.frame[self.trial.duration_col] > day]
        arm, told = still[self.trial.treatment].to_numpy(), still[LEFT[self.name]].to_numpy()
        return [float(told[arm == a].mean()) for a in (0, 1)] if len(set(arm)) == 2 else None


def invented_trial(kind: str) -> Trial:
    covariates = ("frail",) if kind == "selection" else ()
    return Trial(toys.hazards_trial(kind, toys.LARGEST), covariates=covariates, badge="simulated")


FOLLOWED = {name: partial(invented_trial, name) for name in TRUE_RATIOS} | {"lung": lung_trial}


@lru_cache(maxsize=8)
def followed(trial: str | Trial) -> Trial:
    """Return a trial in an order of patients such that its beginning is a random part; invented ones have one."""
    if isinstance(trial, str):
        trial = FOLLOWED[trial]()
    if trial.badge == "simulated":
        return trial
    order = np.random.default_rng(0).permutation(len(trial.frame))
    return replace(trial, frame=trial.frame.iloc[order])


def follow_up(values) -> FollowUp:
    whole = followed(values.trial)
    part = replace(whole, frame=whole.frame.iloc[: values.patients])
    name = values.trial if isinstance(values.trial, str) else None
    found = FollowUp(part, name, len(whole.frame), values.adjust and nothing_to_know(values) is None)
    found.fit  # noqa: B018 - refuses here
    return found


def nothing_to_know(values) -> str | None:
    return None if followed(values.trial).covariates else "nothing"


def patients_range(values) -> tuple:
    return 20, len(followed(values.trial).frame), 1


def longest(values) -> int:
    trial = followed(values.trial)
    return int(np.ceil(trial.frame[trial.duration_col].max()))


def cut_range(values) -> tuple:
    return 10, longest(values) - 10, 1


def evidence(p: float) -> str:
    """Return how much a test's p-value speaks against one ratio throughout; no line at 0.05."""
    return next((word for word, below in WEIGHTS.items() if p < below), "little")


def draw_two_curves(axes, values, found):
    plots.draw_two_curves(axes, found.curves)


def draw_one(axes, values, found):
    truth = TRUE_RATIOS.get(found.name)
    if truth:
        plots.draw_truth(axes, truth, toys.CHANGE_DAY if truth[0] != truth[1] else None)
    if not is_open(axes):
        p, drift = found.p_on(values.clock), "drift_narrow" if axes.narrow else "drift"
        plots.draw_one_ratio(axes, found.one.hr, axes.words(f"{drift}.{evidence(p)}", p=p))


def draw_split(axes, values, found):
    left = found.left(values.cut)
    said = f"left.{found.name}" + ("_narrow" if axes.narrow else "")
    plots.draw_cut(
        axes, values.cut, "" if left is None else axes.words(said, control=left[0], active=left[1])
    )
    if not is_open(axes):
        plots.draw_periods(axes, found.periods(values.cut), found.one.hr)


def say_ratios(values, found) -> Said:
    one, periods, p = found.one, found.periods(values.cut), found.p_on(values.clock)
    fields = {
        "one": one.hr,
        "low": one.ci_low,
        "high": one.ci_high,
        "one_p": one.p,
        "p": p,
        "cut": values.cut,
    }
    fields |= {"n": found.fit.n, "deaths": found.fit.events}
    rows = [*periods.itertuples()]
    known = not any(np.isnan(row.hr) for row in rows)
    more = ["one", *(["periods"] if known else []), f"test_{values.clock}"]
    more += [*(["proves"] if evidence(p) == "little" else []), "survivors"]
    for name, row in zip(("early", "late"), rows, strict=False):
        fields |= {name: row.hr, f"{name}_low": row.ci_low, f"{name}_high": row.ci_high}
        fields |= {f"{name}_deaths": row.deaths}
    left = found.left(values.cut)
    if left is not None:
        fields |= {"left_control": left[0], "left_active": left[1]}
        more.append(f"left_{found.name}")
    if found.name in TRUE_RATIOS:
        fields |= dict(zip(("true_early", "true_late"), TRUE_RATIOS[found.name], strict=True))
        fields["change"] = toys.CHANGE_DAY
        more.append(f"truth_{found.name}")
    if not known:
        return Said("unknown", fields, more)
    if found.name == "selection" and left is not None:
        parted = fields["late"] > fields["early"] and left[1] - left[0] >= PARTED
        return Said(
            "frailty_known" if found.adjusted else "selection" if parted else "selection_luck", fields, more
        )
    return Said(evidence(p), fields, more)


def cut_path(axes, values, found):
    low, high, _ = cut_range(values)
    return axes.points("ratios", [low, high], plots.RATIO_LIMITS[0], [low, high])


def one_path(axes, values, found):
    ratios = np.geomspace(*plots.RATIO_LIMITS, 121)
    return axes.points("ratios", 0.5 * longest(values), ratios, ratios)


def proportional_hazards_panel(trial: Trial | None = None) -> Panel:
    """Ask whether one hazard ratio is enough for the whole follow-up: two curves, and under them the ratio over time.

    Parameters
    ----------
    trial : Trial, optional
        By default a list: three invented trials whose truth is known, and the veterans' trial.

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
    >>> panel = al.proportional_hazards_panel().go("lung")
    >>> panel.finding
    'One ratio: 1.02. Up to day 90 it is 1.49, after it 0.58: weak evidence of drift (p = 0.060).'
    """
    ours = trial is None
    if ours:
        first, whole = "constant", toys.LARGEST
        steps = [
            Step("constant"),
            Step("crossing", trial="crossing"),
            Step("few", trial="crossing", patients=40),
        ]
        steps += [
            Step("selection", trial="selection", cut=240),
            Step("known", trial="selection", cut=240, adjust=True),
        ]
        steps += [Step("lung", trial="lung", cut=90, patients=len(followed("lung").frame))]
        steps += [Step("clock", trial="lung", cut=90, patients=len(followed("lung").frame), clock="identity")]
        cut = toys.CHANGE_DAY
    else:
        fit_cox(trial.frame, **trial.outcome)  # refuses here
        frame, whole = trial.frame, len(trial.frame)
        deaths = frame.loc[frame[trial.event_col] == 1, trial.duration_col]
        cut = int(deaths.median())
        steps = [Step("constant"), Step("clock", clock="identity")]
    return panel(
        "proportional_hazards",
        controls=[
            choice("trial", FOLLOWED, first) if ours else fixed("trial", trial),
            slider("cut", 10, toys.FOLLOW_UP_DAYS - 10, 1, cut, limits=cut_range),
            slider("patients", 20, whole, 1, whole, limits=patients_range),
            tick("adjust", more=True),
            choice("clock", CLOCKS, more=True),
        ],
        off={"adjust": nothing_to_know},
        compute=follow_up,
        needs=("trial", "patients", "adjust"),
        frame=lambda axes, values, found: plots.add_time_axes(axes, longest(values)),
        frame_by=("trial",),
        layers=[
            Layer(draw_two_curves, by=("trial", "patients")),
            Layer(draw_one, by=("clock",)),
            Layer(draw_split, by=("cut",)),
        ],
        say=say_ratios,
        handles=[Handle("cut", cut_path)],
        guess=Guess(one_path, lambda values, found: found.one.hr, step="crossing") if ours else None,
        steps=steps,
        badge=lambda values: followed(values.trial).badge,
        height=340,
    )
