"""Panels of page 01: where ALS begins and how it spreads, what can be foretold, and what luck does to two arms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..data.checks import TrialDataError
from ..plots import page01 as plots
from ..stats.cox import Z95, fit_cox
from ..stats.curves import kaplan_meier_many
from ..stats.prognosis import (
    PROGNOSTIC_COVARIATES,
    ChanceArms,
    alive_at,
    baseline_hazard,
    draw_arms,
    linear_predictor,
    predict_survival,
    registry_at_diagnosis,
    slope_before,
    stopped_at,
    time_when,
)
from ..words import catalogue
from ..words.published import published
from .panel import Handle, Layer, Mark, Panel, Said, Step, choice, panel, slider, tick

# ---- motor neurons. An invented person: nothing here was measured, and no rate is meant.

REGIONS = tuple(plots.BEGINS_AT)
SPREADS = {
    "arm": ("arm", "leg", "trunk", "bulbar"),
    "leg": ("leg", "arm", "trunk", "bulbar"),
    "bulbar": ("bulbar", "arm", "trunk", "leg"),
    "trunk": ("trunk", "arm", "leg", "bulbar"),
}
STARTS = (0, 11, 18, 26)  # months: the first region, the next …
LOWER, UPPER = (
    np.array([0, 2, 5, 8, 11, 15]),
    np.array([3, 6, 9, 12, 15, 19]),
)  # months after a region's start
OTHER_SIDE = 4  # months by which the other arm or leg follows
FIRST_MONTH, LAST_MONTH = -6, 36


@dataclass(frozen=True, eq=False)
class Body:
    """An invented person at one month: which neurons of each region are gone."""

    month: float
    events: dict  # region -> (upper, lower): the months of their losses

    def out(self, region: str) -> tuple[int, int]:
        return tuple(int((months <= self.month).sum()) for months in self.events[region])

    @property
    def affected(self) -> list[str]:
        return [region for region in REGIONS if any(self.out(region))]

    @property
    def both(self) -> list[str]:
        """Regions with signs of upper and of lower neurons."""
        return [region for region in REGIONS if all(self.out(region))]

    def lost(self, region: str) -> tuple[float, float]:
        """Return the share of lower neurons gone on the side that began and on the other."""
        months = self.events[region][1]
        return tuple(float((months + lag <= self.month).mean()) for lag in (0, OTHER_SIDE))


def person_at(values) -> Body:
    starts = dict(zip(SPREADS[values.begins], STARTS, strict=True))
    return Body(values.month, {region: (start + UPPER, start + LOWER) for region, start in starts.items()})


def draw_person(axes, values, found):
    plots.draw_body(axes, {region: found.lost(region) for region in REGIONS})
    plots.draw_neurons(axes, {region: found.out(region) for region in REGIONS}, len(LOWER))
    plots.draw_onset(axes, values.begins)
    plots.draw_months(axes, found.events, found.month)
    plots.draw_regions(axes, axes.words("regions", n=len(found.both)))


def say_person(values, found) -> Said:
    words = catalogue.panel("motor_neuron").table("picture.names")
    affected, left = found.affected, [region for region in REGIONS if region not in found.affected]
    fields = {"month": values.month, "before": -values.month, "both": len(found.both)}
    fields |= {"affected": [words(name) for name in affected], "left": [words(name) for name in left]}
    fields |= {"lower": sum(found.out(region)[1] > 0 for region in REGIONS)}
    fields |= {"begins": words(values.begins), "upper_out": found.out(values.begins)[0]}
    fields |= {"lower_out": found.out(values.begins)[1], "each": len(LOWER)}
    finding = "none" if not affected else "all" if not left else "some"
    more = ["person"] if not affected else ["first", "signs", "person"]
    return Said(finding, fields, more)


def month_path(axes, values, found):
    months = [FIRST_MONTH, LAST_MONTH]
    return axes.points("rows", months, 3.75, months)


def regions_at(axes, values, found):
    x, y = np.transpose([plots.BEGINS_AT[region] for region in REGIONS])
    return axes.points("body", x, y, 1 + np.arange(len(REGIONS)))


def motor_neuron_panel() -> Panel:
    """Show an invented person with ALS as months pass: both kinds of motor neuron go, region after region.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> al.motor_neuron_panel().go("next").finding
    'Month 14: signs in arm and leg; not yet in tongue and trunk. Both kinds of sign in 2 of 4 regions.'
    """
    return panel(
        "motor_neuron",
        controls=[
            slider("month", FIRST_MONTH, LAST_MONTH, 1, FIRST_MONTH),
            choice("begins", ["arm", "leg", "bulbar", "trunk"]),
        ],
        compute=person_at,
        frame=lambda axes, values, found: plots.body_axes(axes, FIRST_MONTH, LAST_MONTH),
        layers=[Layer(draw_person)],
        say=say_person,
        handles=[Handle("month", month_path)],
        marks=[Mark("begins", regions_at, lambda values, number: {"begins": REGIONS[int(number) - 1]})],
        steps=[
            Step("health"),
            Step("first", month=0),
            Step("same", month=9),
            Step("next", month=14),
            Step("all", month=36),
            Step("elsewhere", month=4, begins="bulbar"),
        ],
        badge="model",
        height=330,
    )


# ---- what can be foretold

DAYS_PER_MONTH = 365.25 / 12
SHOWN_MONTHS, MOST_ALIKE = 120, 40


class Registry:
    """A registry's Cox model, fitted once, ready to be asked about one person after another."""

    def __init__(self, registry=None):
        self.people = registry_at_diagnosis(registry)
        fit = fit_cox(self.people, treatment=None, covariates=list(PROGNOSTIC_COVARIATES))
        self.effects = fit.table["log_hr"].to_dict()
        baseline = baseline_hazard(fit)
        self.baseline = baseline.assign(time=baseline["time"] / DAYS_PER_MONTH)
        scores = linear_predictor(fit, self.people)
        self.centre, self.risks = scores.mean(), scores - scores.mean()
        self.months = self.people["time_days"].to_numpy() / DAYS_PER_MONTH
        self.died = self.people["died"].to_numpy() == 1
        curves = kaplan_meier_many(self.months[None], self.died[None])
        self.everybody = curves.times[0], curves.survival[0]

    def risk(self, person: dict) -> float:
        """Return a person's log hazard relative to the registry's mean."""
        score = sum(self.effects[name] * value for name, value in person.items())
        return score - self.centre

    def most_alike(self, risk: float) -> np.ndarray:
        return np.argsort(np.abs(self.risks - risk), kind="stable")[:MOST_ALIKE]

    def typical(self, column: str) -> float:
        return float(self.people[column].median())

    @property
    def registry_median(self) -> float:
        times, survival = self.everybody
        return float(times[np.flatnonzero(survival <= 0.5)[0]])


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a registry's model says of one imagined person, and how those most alike fared."""

    registry: Registry
    risk: float
    curve: object
    median: float
    months: np.ndarray
    fates: np.ndarray

    @property
    def known(self) -> bool:
        """Whether the registry is long enough to see twice the median."""
        return 2 * self.median <= self.registry.months.max()

    @property
    def sooner(self) -> float:
        """Of 100 such people, how many die before half the median."""
        return 100 * (1 - alive_at(self.curve, self.median / 2))

    @property
    def later(self) -> float:
        return 100 * alive_at(self.curve, 2 * self.median)


def look_ahead(registry: Registry, values) -> Outlook:
    person = {"onset_site=bulbar": values.onset == "bulbar", "executive_dysfunction": values.executive}
    person |= {"age_years": values.age, "alsfrs_r_slope_per_month": values.slope}
    person |= {"diagnostic_delay_months": values.delay, "svc_percent": values.svc}
    risk = registry.risk(person | {"log2_csf_pnfh": np.log2(values.pnfh)})
    curve = predict_survival(registry.baseline, risk)
    median = time_when(curve, 0.5)
    nearest = registry.most_alike(risk)
    months, died = registry.months[nearest], registry.died[nearest]
    within = (months >= median / 2) & (months <= 2 * median)
    return Outlook(
        registry, risk, curve, median, months, np.where(~died, "alive", np.where(within, "within", "outside"))
    )


def draw_person_ahead(axes, values, found):
    known = not np.isnan(found.median)
    plots.draw_outlook(axes, found.curve, found.median)
    if known and values.range:
        plots.draw_range(axes, found.median, (found.sooner, found.later), found.known)
    fates = found.fates if values.range else np.where(found.fates == "alive", "alive", "within")
    counts = {fate: int((fates == fate).sum()) for fate in plots.LIVES}
    size = "_narrow" if axes.narrow else ""
    told = f"alike{size}" if values.range else f"alike_untold{size}"
    plots.draw_lives(axes, found.months, fates, {"line": axes.words(told, **counts)})
    if known and values.range:
        key = "outside" if found.known else f"outside_least{size}"
        plots.draw_outside(axes, axes.words(key, n=outside(found)), axes.words("range"))


def outside(found) -> int:
    """Return how many of 100 fall outside, such that it is the sum of the rounded parts."""
    return round(found.sooner) + (round(found.later) if found.known else 0)


def say_ahead(values, found) -> Said:
    registry = found.registry
    counts = {fate: int((found.fates == fate).sum()) for fate in plots.LIVES}
    fields = {"alike": MOST_ALIKE, "within": counts["within"], "alive": counts["alive"]}
    fields |= {"outside_alike": counts["outside"], "longest": registry.months.max()}
    fields |= {
        "worse": 100 * float((registry.risks > found.risk).mean()),
        "registry_median": registry.registry_median,
    }
    fields |= {"bulbar": float((registry.people["onset_site"] == "bulbar").mean())}
    fields |= {"executive": float(registry.people["executive_dysfunction"].mean())}
    if np.isnan(found.median):
        return Said("no_median", fields, ["worse", "typical"])
    fields |= {"median": found.median, "half": found.median / 2, "twice": 2 * found.median}
    fields |= {"sooner": found.sooner, "later": found.later, "outside": outside(found)}
    if not values.range:
        return Said("median", fields, ["worse", "typical"])
    finding = "outside" if found.known else "too_short"
    return Said(finding, fields, ["range" if found.known else "range_open", "alike", "worse", "typical"])


def prognosis_panel(registry=None, badge: str = "synthetic") -> Panel:
    """Build one imagined person with ALS and see how long such people lived: a spread, not a date.

    Parameters
    ----------
    registry : DataFrame, optional
        With the columns of `load_als_registry`, which is the default.
    badge : str
        Where the data come from, one of ``panel.BADGES``.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If a column is missing.

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.prognosis_panel()
    >>> panel.said.finding, panel.go("typical").said.finding
    ('median', 'outside')
    """
    model = Registry(registry)
    age, delay, score = (model.typical(c) for c in ("age_years", "diagnostic_delay_months", "alsfrs_r"))
    delay = round(delay)
    slope = round(slope_before(score, delay), 2)
    early = 5
    fast = {"onset": "bulbar", "age": 68, "delay": 8, "slope": 1.4, "svc": 85, "pnfh": 4000}
    return panel(
        "prognosis",
        controls=[
            slider("slope", 0.1, 3, 0.02, slope),
            slider("age", 25, 88, 1, round(age)),
            slider("pnfh", 300, 12000, 100, round(model.typical("csf_pnfh_pg_ml"), -2)),
            choice("onset", ["limb", "bulbar"], more=True),
            slider("delay", 2, 48, 1, delay, more=True),
            slider("svc", 40, 130, 1, round(model.typical("svc_percent")), more=True),
            tick("executive", more=True),
            tick("range", True, more=True),
        ],
        compute=partial(look_ahead, model),
        frame=lambda axes, values, found: plots.outlook_axes(axes, model.everybody, SHOWN_MONTHS),
        layers=[Layer(draw_person_ahead)],
        say=say_ahead,
        steps=[
            Step("median", range=False),
            Step("typical"),
            Step("fast", **fast),
            Step("slow", age=50, delay=24, slope=0.34, svc=100, pnfh=1200),
            Step("early", delay=early, slope=round(slope_before(score, early), 2)),
            Step("pnfh", pnfh=6000),
        ],
        badge=badge,
        height=340,
    )


# ---- luck

CHARACTERISTICS = {
    "bulbar": "bulbar",
    "age_years": "age",
    "diagnostic_delay_months": "delay",
    "alsfrs_r_slope_per_month": "slope",
    "executive_dysfunction": "executive",
    "svc_percent": "svc",
    "log2_csf_pnfh": "pnfh",
}
THROWS, SMALLEST_ARM = 200, 20


class Urn:
    """People from whom two arms are drawn again and again; nobody is treated."""

    def __init__(self, registry=None):
        people = registry_at_diagnosis(registry)
        people["bulbar"] = (people["onset_site"] == "bulbar").astype(float)
        self.at_start = people[list(CHARACTERISTICS)].to_numpy(dtype=float)
        self.last_day = published("mirocals_endpoint_day").estimate
        self.days, self.died = stopped_at(people["time_days"], people["died"], self.last_day)
        self.most = len(people) // 2
        if self.most < SMALLEST_ARM:
            raise TrialDataError(
                f"Two arms need at least {2 * SMALLEST_ARM} people; this registry has {len(people)}."
            )

    def throws(self, per_arm: int) -> Thrown:
        arms = draw_arms(self.at_start, self.days, self.died, per_arm, THROWS)
        return Thrown(self, per_arm, arms, np.quantile(np.abs(arms.difference), 0.95, axis=0))


@dataclass(frozen=True, eq=False)
class Thrown:
    """All draws of one size, and how far each characteristic of the start differs in 95 of 100 of them."""

    urn: Urn
    per_arm: int
    arms: ChanceArms
    usual: np.ndarray

    def chosen(self, look: str, thrown: int) -> int:
        """Return the number of the draw looked at, among those thrown so far."""
        if look == "last":
            return thrown - 1
        far = np.abs(self.arms.log_hr[:thrown])
        return int(np.nanargmax(far) if look == "luckiest" else np.nanargmin(far))

    def small(self, thrown: int) -> np.ndarray:
        return self.arms.p[:thrown] < 0.05

    def as_far_as(self, ratio: float, thrown: int) -> int:
        """Return how many draws lie at least as far from 1 as this ratio, on either side."""
        return int((np.abs(self.arms.log_hr[:thrown]) >= abs(np.log(ratio))).sum())

    @property
    def edge(self) -> float:
        """The hazard ratio from which on p < 0.05 at this size, by the middle standard error."""
        return float(np.exp(-Z95 * np.nanmedian(self.arms.se)))


def draw_thrown(axes, values, found):
    thrown, here = values.thrown, found.chosen(values.look, values.thrown)
    plots.draw_zone(axes, found.edge)
    plots.draw_heap(axes, np.exp(found.arms.log_hr[:thrown]), found.small(thrown), here)
    plots.draw_button(axes)
    count = int(found.small(thrown).sum())
    plots.draw_count(axes, axes.fitting("count", n=count, of=thrown))
    rows = found.arms.rows[here].reshape(2, -1)
    curves = kaplan_meier_many(found.urn.days[rows], found.urn.died[rows])
    deaths = found.urn.died[rows].sum(axis=1)
    pairs = zip(curves.times, curves.survival, strict=True)
    plots.draw_pair(axes, pairs, deaths, axes.words("this_one", hr=float(np.exp(found.arms.log_hr[here]))))


def say_thrown(values, found) -> Said:
    thrown, here, arms = values.thrown, found.chosen(values.look, values.thrown), found.arms
    log_hr, se = arms.log_hr[here], arms.se[here]
    differences = np.abs(arms.difference[here])
    unusual = int((differences > found.usual).sum())
    widest = list(CHARACTERISTICS.values())[int(np.argmax(differences / found.usual))]
    low, high = np.exp(np.nanquantile(arms.log_hr, [0.025, 0.975]))
    small, ratio = int(found.small(thrown).sum()), published("mirocals_hr_unadjusted").estimate
    rows = arms.rows[here].reshape(2, -1)
    first, second = found.urn.died[rows].sum(axis=1)
    fields = {"per_arm": values.per_arm, "thrown": thrown, "number": here + 1, "small": small}
    fields |= {"hr": float(np.exp(log_hr)), "p": float(arms.p[here]), "first": first, "second": second}
    fields |= {"hr_ci": tuple(np.exp(log_hr + se * np.array([0, -Z95, Z95]))), "day": found.urn.last_day}
    fields |= {"low": float(low), "high": float(high), "throws": THROWS, "unusual": unusual}
    fields |= {"of": len(CHARACTERISTICS), "paper": ratio, "far": found.as_far_as(ratio, thrown)}
    fields |= {"widest": catalogue.panel("heterogeneity")(f"picture.start.{widest}")}
    fields |= {"difference": float(differences[list(CHARACTERISTICS.values()).index(widest)])}
    finding = values.look if values.look != "last" else "one" if thrown == 1 else "heap"
    if finding == "luckiest":
        finding = "luckiest_plain" if fields["p"] >= 0.05 else "luckiest_seen" if unusual else finding
    more = ["draw", "start_unusual" if unusual else "start_usual", "heap", "reckoned"]
    return Said(finding, fields, more)


def throw_at(axes, values, found):
    x, y = plots.button_place(axes)
    return np.array([[x, y, values.thrown % THROWS + 1]])


def heterogeneity_panel(registry=None, badge: str = "synthetic") -> Panel:
    """Draw two arms from one disease, treat nobody, and heap up the hazard ratios that luck alone makes.

    Parameters
    ----------
    registry : DataFrame, optional
        With the columns of `load_als_registry`, which is the default.
    badge : str
        Where the data come from, one of ``panel.BADGES``.

    Returns
    -------
    Panel

    Raises
    ------
    TrialDataError
        If there are fewer than 40 people.

    Examples
    --------
    >>> import alsteach as al
    >>> al.heterogeneity_panel().go("luckiest").said.finding
    'luckiest'
    """
    urn = Urn(registry)
    trial = min(round(published("mirocals_n_il2").estimate), urn.most)
    return panel(
        "heterogeneity",
        controls=[
            slider("thrown", 1, THROWS, 1, 1),
            slider("per_arm", SMALLEST_ARM, urn.most, 10, trial),
            choice("look", ["last", "luckiest", "even"]),
        ],
        compute=lambda values: urn.throws(values.per_arm),
        needs=("per_arm",),
        frame=lambda axes, values, found: plots.heap_axes(
            axes, urn.last_day, published("mirocals_hr_unadjusted").estimate
        ),
        layers=[Layer(draw_thrown)],
        say=say_thrown,
        marks=[Mark("throw", throw_at, lambda values, value: {"thrown": int(value), "look": "last"})],
        steps=[
            Step("one"),
            Step("ten", thrown=10),
            Step("heap", thrown=THROWS),
            Step("luckiest", thrown=THROWS, look="luckiest"),
            Step("even", thrown=THROWS, look="even"),
            Step("small", thrown=THROWS, per_arm=SMALLEST_ARM),
            Step("large", thrown=THROWS, per_arm=urn.most),
        ],
        badge=badge,
        height=330,
    )
