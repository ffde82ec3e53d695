"""Panels of page 06: biomarker and subgroups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError
from ..data.tables import load_veteran
from ..data.trial import Trial
from ..plots import page06 as plots
from ..stats.cutpoints import (
    CUTS_SEARCHED,
    SEARCHED_SHARE,
    MarkerTrial,
    cuts_to_search,
    effects_in_groups,
    interaction_fits,
    marker_trial,
    search_cuts,
    value_text,
)
from ..stats.power import margin_of_share
from ..stats.readings import mirocals_like_trial
from ..stats.shapes import (
    FEW,
    SHAPES,
    EffectAlong,
    effect_along,
    highest,
    share_of_spread,
    where_patients_are,
)
from ..words import numbers
from ..words.columns import column_unit, column_words
from ..words.published import published
from ..worlds.cut_search import (
    SearchedTrials,
    corrected_p,
    cuts_in_order,
    iterate_shuffled,
    iterate_simulated,
    joined,
)
from ..worlds.design import TrialDesign
from ..worlds.toys import marker_world, same_effect_trial
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
    in_turn,
    levels,
    panel,
    slider,
    tick,
)

PNFH = "csf_pnfh_pg_ml"


def is_open(axes) -> bool:
    return axes.guess is not None and axes.guess.open


def marker_of(trial: Trial) -> str:
    if trial.interaction is None:
        raise TrialDataError("Name the biomarker to cut: Trial(table, interaction='karno').")
    return trial.interaction


# ---- groups at a cut

LUNG_CUT = 70  # Karnofsky points: men who get along on their own, and the others
FEW_DEATHS = 10


def same_for_all() -> Trial:
    return Trial(same_effect_trial(), interaction=PNFH, badge="synthetic")


def lung_trial() -> Trial:
    return Trial(load_veteran(), interaction="karno")


CUT_TRIALS = {"same": same_for_all, "lung": lung_trial, "cohort": mirocals_like_trial}


@dataclass(frozen=True, eq=False)
class CutTrial:
    """A trial whose biomarker can be cut: its arrays, the axis, and the adjusted form where there are covariates."""

    trial: Trial
    crude: MarkerTrial
    adjusted: MarkerTrial | None
    top: float
    step: float

    @property
    def unit(self) -> str:
        return column_unit(self.trial.interaction)

    @property
    def name(self) -> str:
        return column_words(self.trial.interaction)

    def written(self, value: float) -> str:
        return f"{value_text(value)} {self.unit}".strip()


@lru_cache(maxsize=8)
def cut_trial(trial: str | Trial) -> CutTrial:
    ours = isinstance(trial, str)
    trial = CUT_TRIALS[trial]() if ours else trial
    crude = marker_trial(trial.frame, marker_of(trial), **trial.outcome)
    others = [name for name in trial.covariates if name != trial.interaction]
    adjusted = (
        marker_trial(trial.frame, trial.interaction, **trial.outcome, covariates=others) if others else None
    )
    # One scale for all that is measured in CSF-pNFH: nothing moves from step to step.
    scaled = mirocals_like_trial().frame[PNFH] if ours and trial.interaction == PNFH else crude.marker
    return CutTrial(trial, crude, adjusted, *plots.marker_scale(np.asarray(scaled)))


@dataclass(frozen=True, eq=False)
class Cut:
    """The groups at a cut, and whether they differ; ``ratio``: the upper hazard ratio by the lower, in one model."""

    of: CutTrial
    cuts: tuple
    groups: pd.DataFrame
    p: float
    slope_p: float
    ratio: tuple

    @property
    def shown(self) -> pd.DataFrame:
        """The groups without the row of all patients; a copy, as pandas notes every slice of a frame that is kept."""
        return self.groups.copy().iloc[:-1]

    @property
    def known(self) -> bool:
        return bool((self.shown["note"] == "").all())


@lru_cache(maxsize=64)
def cut_groups(trial: str | Trial, cuts: tuple, adjusted: bool) -> Cut:
    of = cut_trial(trial)
    patients = of.adjusted if adjusted else of.crude
    groups, tests = effects_in_groups(patients, np.array(cuts), of.unit)
    p = tests["p"]
    return Cut(
        of, cuts, groups, float(p["groups"]), float(p["continuous"]), ratio_of_ratios(patients, cuts[-1])
    )


def ratio_of_ratios(patients: MarkerTrial, cut: float) -> tuple:
    """Return by how much the hazard ratio over the cut differs from that up to it, with its interval."""
    arrays = (part[None] for part in (patients.time, patients.died, patients.treated))
    fits = interaction_fits(*arrays, (patients.marker > cut).astype(float)[None], patients.covariates[None])
    middle, error = fits.coef[0, 0], fits.se[0, 0]
    return tuple(float(np.exp(middle + way * error)) for way in (0, -1.96, 1.96))


def cut_of(values) -> float:
    return values.points if values.trial == "lung" else values.cut


def cut_now(values) -> Cut:
    of, cut = cut_trial(values.trial), cut_of(values)
    if values.lower >= cut > 0:
        raise TrialDataError(
            f"The lower boundary, {of.written(values.lower)}, must lie under the cut, {of.written(cut)}; "
            "move one of the two."
        )
    cuts = (values.lower, cut) if values.lower > 0 else (cut,)
    return cut_groups(values.trial, tuple(map(float, cuts)), bool(values.adjust and of.adjusted))


def cut_range(values) -> tuple:
    of = cut_trial(values.trial)
    return 0, of.top, of.step


def cut_frame(axes, values, found):
    of = cut_trial(values.trial)
    plots.add_cut_axes(axes, of.top, of.crude.marker, of.name, of.unit)
    plots.draw_true_ratio(axes, of.trial.frame.attrs.get("hazard_ratio"))


def draw_cut(axes, values, found):
    groups = found.shown
    plots.draw_group_bands(axes, found.cuts, groups)
    names = group_labels(axes, found)
    shown = values.fair and not is_open(axes)
    plots.draw_p_values(axes, names, groups["p"], found.p if shown else None, values.fair)


def group_labels(axes, found) -> list[str]:
    cuts = [value_text(cut) for cut in found.cuts]
    if len(cuts) == 1:
        return [axes.words("up_to", cut=cuts[0]), axes.words("over", cut=cuts[0])]
    between = axes.fitting("nobody_between")
    if found.cuts[0] < found.cuts[1]:
        between = axes.fitting("between", low=cuts[0], cut=cuts[1])
    return [axes.words("under", cut=cuts[0]), between, axes.words("over", cut=cuts[1])]


def say_cut(values, found) -> Said:
    of, rows = found.of, [*found.shown.itertuples()]
    fields = {"cut": value_text(found.cuts[-1]), "lower": value_text(found.cuts[0]), "unit": of.unit}
    fields |= {"p": found.p, "slope_p": found.slope_p, "marker": of.name, "n_all": len(of.crude)}
    fields |= dict(zip(("ratio", "ratio_low", "ratio_high"), found.ratio, strict=True))
    fields |= {"announced": published("mirocals_topline_2022_reduction_low_to_moderate_percent").estimate}
    for name, row in zip(["lowest", "low", "high"][-len(rows) :], rows, strict=True):
        fields |= {
            f"{name}_n": row.n,
            f"{name}_deaths": row.deaths,
            f"{name}_ci": (row.hr, row.ci_low, row.ci_high),
        }
        if name != "lowest":
            fields |= {f"{name}_p": row.p, f"{name}_hr": row.hr}
        if name == "low":
            fields |= {"low_from": row.ci_low, "low_to": row.ci_high}
    if not found.known:
        return Said("unknown_three" if len(rows) == 3 else "unknown", fields, [])
    three = len(rows) == 3
    more = [
        "three_groups" if three else "groups",
        "adjusted" if values.adjust and of.adjusted else "unadjusted",
    ]
    if values.fair:
        more += ["test_three"] if three else ["test", "ratio"]
        more += ["slope"]
    at_paper = values.trial == "cohort" and found.cuts[-1] == paper_group()[1]
    if at_paper:
        more += ["announced"] if not three else ["low_is_not_lowest"]
    if three:
        return Said("three" if values.fair else "three_apart", fields, more)
    if rows[0].deaths < FEW_DEATHS:
        return Said("few", fields, more)
    return Said("compared" if values.fair else "apart", fields, more)


def paper_group() -> tuple[int, int]:
    """Return from where to where the paper's "low" group goes, in pg/mL."""
    return tuple(int(published(f"mirocals_low_pnfh_{end}_pg_ml").estimate) for end in ("from", "to"))


def cut_path(axes, values, found):
    places = np.linspace(0, cut_trial(values.trial).top, 161)
    return axes.points("people", places, 0, places)


def path_if(name: str, axes, values, found):
    here = "points" if values.trial == "lung" else "cut"
    return cut_path(axes, values, found) if name == here else axes.points("people", [], [], [])


def p_path(axes, values, found):
    p = np.geomspace(*plots.P_LIMITS, 121)
    return axes.points("p_values", p, plots.DIFFERENCE_ROW, p)


def cutpoint_panel(trial: Trial | None = None) -> Panel:
    """Cut a biomarker into groups: the effect in each, and the one fair comparison of the groups.

    Parameters
    ----------
    trial : Trial, optional
        With an ``interaction``, the biomarker to cut. By default a list: an invented trial whose truth is known, the
        veterans' trial, and the synthetic MIROCALS-like cohort.

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
    >>> al.cutpoint_panel().finding
    'Up to 3,700 pg/mL: HR 0.61, p = 0.029. Over it: HR 0.58, p = 0.11. Does it work here and not there?'
    """
    low, high = paper_group()
    common = {"unit": lambda values: cut_trial(values.trial).unit}
    if trial is None:
        pnfh = slider("cut", 0, 8000, 20, high, limits=lambda values: (0, 8000, 20), **common)
        controls = [
            choice("trial", CUT_TRIALS),
            in_turn(pnfh, lambda values: values.trial != "lung", "cut"),
            in_turn(
                slider("points", 0, 100, 5, LUNG_CUT, **common), lambda values: values.trial == "lung", "cut"
            ),
        ]
        steps = [
            Step("here"),
            Step("differ", fair=True),
            Step("moved", fair=True, cut=2500),
            Step("lung", fair=True, trial="lung"),
            Step("announced", fair=True, trial="cohort"),
            Step("low", fair=True, trial="cohort", lower=low),
            Step("lowest", fair=True, trial="cohort", cut=low),
        ]
        handles = [Handle(name, partial(path_if, name)) for name in ("cut", "points")]
    else:
        middle = float(np.median(cut_trial(trial).crude.marker))
        controls = [fixed("trial", trial), slider("cut", 0, 8000, 20, middle, limits=cut_range, **common)]
        steps = [Step("here"), Step("differ", fair=True)]
        handles = [Handle("cut", cut_path)]
    return panel(
        "cutpoint",
        controls=[
            *controls,
            tick("fair"),
            slider("lower", 0, 8000, 20, limits=cut_range, more=True, **common),
            tick("adjust", more=True),
        ],
        off={"adjust": lambda values: None if cut_trial(values.trial).adjusted else "nothing"},
        compute=cut_now,
        frame=cut_frame,
        frame_by=("trial",),
        layers=[Layer(draw_cut)],
        say=say_cut,
        handles=handles,
        guess=Guess(p_path, lambda values, found: found.p, step="differ", start=0.35)
        if trial is None
        else None,
        steps=steps,
        badge=lambda values: cut_trial(values.trial).trial.badge,
        height=340,
    )


# ---- the search for a cut

SEARCHES = 1000  # trials of each world
WORLDS = ("same", "smooth", "cohort", "lung")  # of the last two the biomarker is shuffled


@dataclass(frozen=True, eq=False)
class Searched:
    """What searches found so far in trials of one world; ``own``: the search in the patients that were shuffled."""

    world: str | Trial
    trials: SearchedTrials
    own: pd.DataFrame | None

    @property
    def most(self) -> int:
        return self.trials.p.shape[1]

    def count(self, tried: int) -> float:
        """Return in how many of 100 trials the best of so many cuts has p < 0.05; of one: the cut named beforehand."""
        return self.named if tried == 1 else 100 * float(self.trials.share_found()[tried - 1])

    @property
    def named(self) -> float:
        """The same for the cut named beforehand."""
        return 100 * self.trials.share_found_named()

    def best_cuts(self, tried: int) -> np.ndarray:
        """Return the best cuts of the trials in which something was found."""
        if tried == 1:
            return np.full(round(len(self.trials) * self.named / 100), named_cut(self.world))
        p, cuts = self.trials.best(tried)
        return cuts[p < 0.05]

    def own_p(self, tried: int) -> float | None:
        """Return the smallest p that the patients themselves give when so many cuts are tried."""
        if self.own is None or tried == 1:
            return None
        return float(self.own["p_interaction"].iloc[cuts_in_order(self.most)[:tried]].min())

    def honest(self, tried: int) -> float | None:
        """Return how often chance finds as small a p as the search in the patients themselves."""
        own = self.own_p(tried)
        return None if own is None else corrected_p(self.trials, own, tried)


def shuffled(world) -> CutTrial:
    """Return the trial whose biomarker a world shuffles."""
    return cut_trial(world)


def is_shuffled(world) -> bool:
    return world not in ("same", "smooth")


@lru_cache(maxsize=8)
def cuts_offered(world) -> int:
    return (
        len(np.unique(cuts_to_search(shuffled(world).crude.marker))) if is_shuffled(world) else CUTS_SEARCHED
    )


def named_cut(world) -> float:
    if world == "lung":
        return LUNG_CUT
    return float(np.median(cut_trial(world).crude.marker)) if isinstance(world, Trial) else paper_group()[1]


def simulated_world(world: str) -> TrialDesign:
    if world == "smooth":
        return TrialDesign()
    effect = float(np.log(published("mirocals_hr_unadjusted").estimate))
    return TrialDesign(treatment_log_hr_at_zero=effect, treatment_log_hr_per_pg_ml=0.0)


def searches(values):
    world, cut, parts = values.world, named_cut(values.world), []
    own = search_cuts(shuffled(world).crude) if is_shuffled(world) else None
    if is_shuffled(world):
        found = iterate_shuffled(shuffled(world).crude, cut, SEARCHES)
    else:
        found = iterate_simulated(simulated_world(world), cut, SEARCHES)
    for part in found:
        parts.append(part)
        trials = joined(parts)
        yield Partial(Searched(world, trials, own), len(trials), SEARCHES)


def axis_of(world) -> CutTrial:
    return shuffled(world) if is_shuffled(world) else cut_trial("cohort")


def search_frame(axes, values, found):
    of = axis_of(values.world)
    plots.add_search_axes(axes, CUTS_SEARCHED, of.top, of.name, of.unit)


def draw_shares(axes, values, found):
    tried = min(values.tried, found.most)
    shares = [found.count(number) for number in range(1, tried + 1)]
    honest = found.honest(tried)
    as_small = None if honest is None else 100 * honest
    plots.draw_share_found(
        axes, shares, found.named, hidden=is_open(axes), found=found.world == "smooth", as_small=as_small
    )


def draw_places(axes, values, found):
    tried = min(values.tried, found.most)
    best = np.array([]) if is_open(axes) else found.best_cuts(tried)
    plots.draw_best_cuts(axes, best, len(found.trials), named_cut(found.world), hidden=is_open(axes))


def say_search(values, found) -> Said:
    of, tried = axis_of(found.world), min(values.tried, found.most)
    best, trials = found.best_cuts(tried), len(found.trials)
    low, high = np.quantile(best, [0.05, 0.95]) if len(best) else (np.nan, np.nan)
    count = found.count(tried)
    fields = {"tried": tried, "count": count, "named": found.named, "trials": trials, "unit": of.unit}
    fields |= {
        "margin": 100 * margin_of_share(count / 100, trials),
        "cut": value_text(named_cut(found.world)),
    }
    # Trials, not per cent: where 33 cuts make 33 false alarms in 100, one cut would seem to make one of them.
    fields |= {"hits": count * trials / 100, "named_hits": found.named * trials / 100}
    fields |= {
        "low": value_text(low),
        "high": value_text(high),
        "marker": of.name,
        "share": SEARCHED_SHARE[0],
    }
    more = ["exact_one"] if tried == 1 else ["exact", "range", *(["where"] if len(best) else [])]
    if found.world == "smooth":
        return Said("smooth_one" if tried == 1 else "smooth", fields, [*more, "slope"])
    if tried == 1:
        return Said("one", fields, more)
    honest = found.honest(tried)
    if honest is None:
        return Said("nothing", fields, more)
    best_row = found.own.loc[found.own["p_interaction"].idxmin()]
    fields |= {
        "own_p": found.own_p(tried),
        "honest": honest,
        "as_small": 100 * honest,
        "own_cut": value_text(best_row["cut"]),
    }
    return Said("shuffled", fields, [*more, "honest", "own"])


def count_path(axes, values, found):
    counts = np.arange(101)
    return axes.points("shares", CUTS_SEARCHED, counts, counts)


def cut_search_panel(trial: Trial | None = None) -> Panel:
    """Search for the best cut in many trials: how often something is found where nothing is, and where.

    Parameters
    ----------
    trial : Trial, optional
        With an ``interaction``: its biomarker is shuffled among its patients. By default a list of worlds.

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
    >>> al.cut_search_panel().steps
    ['named', 'best', 'three', 'slope', 'ours', 'seven']
    """
    if trial is None:
        world = choice("world", WORLDS)
        steps = [
            Step("named", tried=1),
            Step("best"),
            Step("three", tried=3),
            Step("slope", world="smooth"),
            Step("ours", world="cohort"),
            Step("seven", world="lung", tried=cuts_offered("lung")),
        ]
    else:
        world, most = fixed("world", trial), cuts_offered(trial)
        steps = [Step("named", tried=1), Step("best", tried=most)]
    return panel(
        "cut_search",
        controls=[
            world,
            slider(
                "tried", 1, CUTS_SEARCHED, 1, CUTS_SEARCHED, limits=lambda v: (1, cuts_offered(v.world), 1)
            ),
        ],
        compute=searches,
        needs=("world",),
        frame=search_frame,
        frame_by=("world",),
        layers=[Layer(draw_places, by=("tried",)), Layer(draw_shares, by=("tried",))],
        say=say_search,
        guess=Guess(count_path, lambda v, found: found.count(CUTS_SEARCHED), step="best")
        if trial is None
        else None,
        steps=steps,
        badge=lambda v: "simulated" if not is_shuffled(v.world) else shuffled(v.world).trial.badge,
        height=330,
    )


# ---- prognostic or predictive


def draw_low(axes, values, world):
    plots.draw_marker_group(axes, world, "low", values.untreated)


def draw_high(axes, values, world):
    plots.draw_marker_group(axes, world, "high", values.untreated)


def draw_lines(axes, values, world):
    plots.draw_marker_lines(axes, world, values.untreated)


def say_world(values, world) -> Said:
    alive = {key: 100 * curve[-1] for key, curve in world.survival.items()}
    fields = {"days": world.days[-1]}
    for group in ("low", "high"):
        fields[group], fields[f"{group}_treated"] = alive[group, 0], alive[group, 1]
        fields[f"{group}_hr"] = world.hazard_ratio[group]
        fields[f"{group}_gain"] = round(alive[group, 1]) - round(alive[group, 0])
    fields["ratio"] = world.hazard_ratio["high"] / world.hazard_ratio["low"]
    if not values.untreated:
        return Said("treated", fields, ["treated"])
    prognostic, predictive = values.faster != 1, values.hr_low != values.hr_high
    key = "both" if prognostic and predictive else "prognostic" if prognostic else "predictive"
    return Said(
        key if prognostic or predictive else "neither", fields, ["untreated", "treated", "effect", "gain"]
    )


def prognostic_predictive_panel() -> Panel:
    """Show the four worlds of a biomarker, prognostic, predictive, both, neither, and what the treated cannot tell.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.prognostic_predictive_panel().go("predictive").said.finding
    'predictive'
    """
    # With these figures the treated look the same in both worlds.
    prognostic, predictive = {"faster": 2.0}, {"faster": 1.0, "hr_high": 1.0}
    # Out of sight with the untreated: what the picture cannot know they would tell.
    truths = (
        slider("faster", 1.0, 5.0, 0.1, start=2.5),
        slider("hr_low", 0.2, 1.5, 0.05, start=0.5),
        slider("hr_high", 0.2, 1.5, 0.05, start=0.5),
    )
    return panel(
        "prognostic_predictive",
        controls=[
            *(in_turn(truth, lambda v: v.untreated, truth.name) for truth in truths),
            tick("untreated", True, more=True),
        ],
        compute=lambda values: marker_world(values.hr_low, values.hr_high, values.faster),
        needs=("faster", "hr_low", "hr_high"),
        frame=lambda axes, values, world: plots.add_marker_world(axes, world.days[-1]),
        layers=[
            Layer(draw_low, by=("hr_low", "untreated"), found=False),
            Layer(draw_lines, by=("hr_low", "untreated"), found=False),
            Layer(draw_high),
        ],
        say=say_world,
        steps=[
            Step("prognostic"),
            Step("predictive", **predictive),
            Step("both", hr_high=1.0),
            Step("neither", faster=1.0),
            Step("treated", untreated=False, **prognostic),
            Step("one", **prognostic),
            Step("other", **predictive),
        ],
        badge="model",
    )


# ---- the hazard ratio along a biomarker

SHARES = (0, 2, 5, 10)  # per cent of the patients, those with the highest values
NANOGRAM = 1000  # pg/mL


@dataclass(frozen=True, eq=False)
class Scale:
    """A trial's straight line, the shapes that its values allow, and the scales on which they are drawn."""

    trial: Trial
    line: EffectAlong
    shapes: tuple
    bottom: float
    top: float
    step: float
    limits: tuple
    left: float | None
    log_limits: tuple | None

    @property
    def marker(self) -> np.ndarray:
        return self.line.values

    @property
    def unit(self) -> str:
        return column_unit(self.trial.interaction)

    def grid(self, logarithmic: bool) -> np.ndarray:
        if logarithmic:
            return np.geomspace(self.left, 1.3 * self.marker.max(), 181)
        return np.unique(np.append(np.linspace(self.bottom, self.top, 241), where_patients_are(self.marker)))


@dataclass(frozen=True, eq=False)
class Along:
    """The effect along a biomarker in one shape or in all: of everybody, and of those who are left."""

    scale: Scale
    everybody: dict[str, EffectAlong]
    left: dict[str, EffectAlong]
    out: np.ndarray

    @property
    def one(self) -> str | None:
        return next(iter(self.left)) if len(self.left) == 1 else None

    @cached_property
    def inside(self) -> tuple[float, float]:
        return where_patients_are(self.scale.marker[~self.out])

    @cached_property
    def lead(self) -> pd.DataFrame:
        """The curve on which the reading moves, the line's where there are several; value, hr and its interval."""
        return self.curve(self.left[self.one or "linear"])

    def curve(self, effect: EffectAlong) -> pd.DataFrame:
        places = self.scale.grid(self.one == "log")
        at = np.maximum(places, self.scale.step / 100) if effect.shape == "log" else places
        return effect.at(at).assign(value=places)


def model_of(trial: Trial) -> dict:
    return {"covariates": list(trial.covariates), "interaction": trial.interaction, **trial.outcome}


@lru_cache(maxsize=64)
def effect_of(trial: Trial, shape: str, share: int) -> EffectAlong:
    """Fit one shape without the given per cent of the patients, those with the highest values."""
    if shape == "linear" and not share:
        return effect_along(trial.frame, **model_of(trial))
    kept = effect_of(trial, "linear", 0).fit.analysed
    out = highest(kept[trial.interaction], share / 100)
    return effect_along(kept[~out], shape=shape, **model_of(trial))


def allows(trial: Trial, shape: str) -> bool:
    try:
        effect_of(trial, shape, 0)
    except TrialDataError:
        return False
    return True


@lru_cache(maxsize=8)
def scale_of(trial: Trial) -> Scale:
    line = effect_of(trial, "linear", 0)
    marker, inside = line.values, where_patients_are(line.values)
    shapes = ("linear", *(shape for shape in SHAPES[1:] if allows(trial, shape)))
    places = np.linspace(*inside, 41)
    among = pd.concat([effect_of(trial, shape, 0).at(places) for shape in shapes])
    bottom, top, step, limits = plots.effect_scale(marker, inside, line.at(min(0.0, marker.min())), among)
    left = log_limits = None
    if "log" in shapes:
        left = 10.0 ** np.floor(np.log10(min(1.0, marker.min())))
        ends = effect_of(trial, "log", 0).at([left, 1.3 * marker.max()])["hr"]
        log_limits = min(limits[0], max(0.6 * ends.min(), 1e-3)), max(limits[1], min(1.6 * ends.max(), 50))
    return Scale(trial, line, shapes, bottom, top, step, limits, left, log_limits)


@lru_cache(maxsize=1)
def cohort() -> Trial:
    return mirocals_like_trial()


def compute_along(values) -> Along:
    trial = values.trial or cohort()
    scale = scale_of(trial)
    shapes = scale.shapes if values.shape == "all" else (values.shape,)
    everybody = {shape: effect_of(trial, shape, 0) for shape in shapes}
    left = {shape: effect_of(trial, shape, values.share) for shape in shapes}
    return Along(scale, everybody, left, highest(scale.marker, values.share / 100))


def marker_range(values) -> tuple:
    scale = scale_of(values.trial or cohort())
    return scale.bottom, scale.top, scale.step


def marker_unit(values) -> str:
    return scale_of(values.trial or cohort()).unit


def effect_frame(axes, values, found):
    scale, logarithmic = found.scale, values.shape == "log"
    span = (scale.left, 1.3 * scale.marker.max()) if logarithmic else (scale.bottom, scale.top)
    name = column_words(scale.trial.interaction)
    limits = scale.log_limits if logarithmic else scale.limits
    plots.add_effect_axes(axes, span, limits, logarithmic, name, scale.unit)


def draw_patients(axes, values, found):
    plots.draw_guessed(axes, found.inside)
    plots.draw_heap(axes, found.scale.marker, found.out)


def paper_groups() -> list[tuple]:
    """Return the published groups: from, to (or None), hazard ratio and the ends of its interval."""
    low, high = published("mirocals_hr_low_pnfh"), published("mirocals_hr_high_pnfh")
    ends = [published(f"mirocals_low_pnfh_{end}_pg_ml").estimate for end in ("from", "to")]
    return [
        (*ends, low.estimate, low.ci_low, low.ci_high),
        (ends[1], None, high.estimate, high.ci_low, high.ci_high),
    ]


def draw_paper(axes, values, found):
    if values.groups:
        plots.draw_groups(axes, paper_groups())


def draw_shapes(axes, values, found):
    for shape, effect in found.left.items():
        if found.one and found.out.any():
            before = found.curve(found.everybody[shape])
            plots.draw_shape(axes, shape, before, found.inside, band=False, ghost=True)
        plots.draw_shape(axes, shape, found.curve(effect), found.inside, band=found.one is not None)


def rows_at(found, at: float, effects=None) -> dict:
    """Return every shape's row read at a value; None for a logarithm where it does not exist."""
    effects = found.left if effects is None else effects
    return {
        shape: None if shape == "log" and at <= 0 else effect.row_at(at) for shape, effect in effects.items()
    }


def draw_read(axes, values, found):
    rows, one = rows_at(found, values.at), found.one
    told = [(shape, *reading_words(shape, row, found)) for shape, row in rows.items()]
    if one and found.out.any() and rows[one] is not None:
        before = rows_at(found, values.at, found.everybody)[one]
        told = [
            (one, key, drawn, {"hr": row.hr, "p": numbers.p_cell(effects[one].p_wald), "n": n})
            for key, row, drawn, effects, n in (
                ("all", before, None, found.everybody, len(found.out)),
                ("left", rows[one], rows[one], found.left, found.out.sum()),
            )
        ]
    plots.draw_reading(axes, values.at, found.scale.unit, told, interval=one is not None)


def reading_words(shape: str, row, found) -> tuple:
    """Return the words of a reading over the picture, its row and their fields."""
    if row is None:
        return f"{shape}_{'falls' if falls(found) else 'rises'}", None, {}
    fields = {"hr": row.hr, "low": row.ci_low, "high": row.ci_high}
    return f"{shape}_alone" if found.one else shape, row, fields


def falls(found) -> bool:
    """Whether the logarithm's ratio falls to 0 where the biomarker does; else it rises without end."""
    low, high = found.left["log"].at([1.0, 2.0])["hr"]
    return low < high


def say_along(values, found) -> Said:
    scale, marker, at = found.scale, found.scale.marker[~found.out], values.at
    rows, n_out = rows_at(found, at), int(found.out.sum())
    read = {"x": at, "lowest": marker.min(), "edge_low": found.inside[0], "edge_high": found.inside[1]}
    fields = {key: numbers.reading(value, scale.unit) for key, value in read.items()}
    fields |= {"below": int((marker < at).sum()), "above": int((marker > at).sum()), "n": len(scale.marker)}
    fields |= {"out": n_out, "left": len(marker), "share": values.share, "few": FEW}
    fields["line_loglik"] = effect_of(scale.trial, "linear", values.share).log_likelihood
    for shape, effect in found.left.items():
        fields |= {f"{shape}_loglik": effect.log_likelihood, f"{shape}_p": effect.p_wald}
        if rows[shape] is not None:
            fields |= {f"{shape}_hr": rows[shape].hr, f"{shape}_ci": rows[shape][:3]}
    if "spline" in found.left:
        fields["bends"] = len(found.left["spline"].fit.table) - len(scale.line.fit.table)
    more = [f"row_{shape}" for shape, row in rows.items() if row is not None]
    more += [
        "where",
        "edges",
        *(f"interaction_{shape}" for shape in rows),
        *(f"fit_{shape}" for shape in rows if shape != "log"),
    ]
    if "log" in rows:
        gap = fields["log_loglik"] - fields["line_loglik"]
        fields["gap"] = abs(gap)
        more.append(f"fit_log_{'better' if gap > 0 else 'worse'}")
    if n_out:
        fields["spread"] = share_of_spread(scale.marker, found.out)
        more.append("spread")
        if found.one in ("linear", "log"):
            shape = found.one
            fields["times"] = found.left[shape].slope_se / found.everybody[shape].slope_se
            more.append("certain")
    if values.groups:
        (start, end, *low), (_, _, high, *_) = paper_groups()
        fields |= {"group_low": low[0], "group_low_ci": tuple(low), "group_high": high}
        fields |= {"cut_low": numbers.reading(start), "cut": numbers.reading(end, scale.unit)}
        more.append("paper")
    key = finding_of(values, found, rows, nobody=not marker.min() <= at <= marker.max())
    if key == "without":
        before, after = rows_at(found, at, found.everybody)[found.one], rows[found.one]
        fields |= {"hr": after.hr, "hr_all": before.hr, "p": found.left[found.one].p_wald}
        fields["p_all"] = found.everybody[found.one].p_wald
    return Said(key, fields, more)


def finding_of(values, found, rows, nobody: bool) -> str:
    missing = [shape for shape, row in rows.items() if row is None]
    if values.groups:
        return "groups"
    if found.one:
        if missing:
            return "no_zero"
        if values.share:
            return "without" if found.out.any() else "without_nobody"
        return f"{found.one}_{'nobody' if nobody else 'at'}"
    if len(rows) == 3:
        if missing:
            return "three_falls" if falls(found) else "three_rises"
        low, high = found.inside
        return "three_nobody" if nobody else "three_at" if low <= values.at <= high else "three_few"
    return "two_none" if missing else f"two_{next(shape for shape in rows if shape != 'linear')}"


def effect_path(axes, values, found):
    curve = found.lead[found.lead["value"] <= found.scale.top]
    ratios = np.clip(curve["hr"], *axes.upper.get_ylim())
    return axes.points("upper", curve["value"], ratios, curve["value"])


def curve_steps(scale: Scale, ours: bool) -> list[Step]:
    """Return the steps that a trial's values allow."""
    several = len(scale.shapes) > 1
    middle = float(round(np.median(scale.marker), 2))
    cut = paper_groups()[0][1]
    wanted = [
        (Step("line"), True),
        (Step("three", shape="all", at=middle), several),
        (Step("nobody", shape="all"), several and scale.marker.min() > 0),
        (Step("groups", shape="all", groups=True, at=cut), ours),
        (Step("highest", share=SHARES[-1]), highest(scale.marker, SHARES[-1] / 100).any()),
        (Step("picogram", shape="log", at=1), ours),
        (Step("nanogram", shape="log", at=NANOGRAM), ours),
    ]
    return [step for step, possible in wanted if possible]


def hr_curve_panel(trial: Trial | None = None) -> Panel:
    """Show a treatment's effect along a biomarker as a straight line, a line in the logarithm, and a smooth curve.

    Where patients are the three are near each other; beyond them, and without the few with the highest values, they
    are not. The smooth curve is a restricted cubic spline.

    Parameters
    ----------
    trial : Trial, optional
        With an ``interaction``. By default the synthetic MIROCALS-like cohort.

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
    >>> al.hr_curve_panel().go("three").finding
    'At 2,154 pg/mL, where patients are: straight line 0.63, logarithm 0.72, smooth curve 0.53.'
    """
    scale, ours = scale_of(trial or cohort()), trial is None
    return panel(
        "hr_curve",
        controls=[
            fixed("trial", trial),
            choice("shape", [*scale.shapes, *(["all"] if len(scale.shapes) > 1 else [])]),
            slider("at", 0, 12000, 50, limits=marker_range, unit=marker_unit),
            levels("share", SHARES),
            tick("groups", more=True) if ours else fixed("groups", False),
        ],
        compute=compute_along,
        needs=("shape", "share"),
        frame=effect_frame,
        frame_by=("shape",),
        layers=[
            Layer(draw_patients, by=("shape", "share")),
            Layer(draw_paper, by=("groups",)),
            Layer(draw_shapes, by=("shape", "share")),
            Layer(draw_read, by=("at", "shape", "share")),
        ],
        say=say_along,
        handles=[Handle("at", effect_path)],
        steps=curve_steps(scale, ours),
        badge=lambda values: (values.trial or cohort()).badge,
        height=340,
    )
