"""Panels of notebook 03: the plan of a trial on a time line, and Kaplan-Meier curves read at any day."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import pandas as pd

from .. import frames, plots, style
from ..datasets import load_published_results
from ..disagreement import mirocals_like_for_analysis
from ..examples import mirocals_plan
from ..frames import TrialDataError
from ..power import risk_under_hazard_ratio
from ..survival import kaplan_meier, logrank_test, survival_at, survival_difference
from .controls import choice, slider, tick
from .core import Panel

SYNTHETIC = "Synthetic cohort: not patients"
GROUPS = "group of patients"
EVERYBODY = "everybody"


def trial_design_panel() -> Panel:
    """Walk through the plan of MIROCALS day by day: run-in, randomisation, treatment cycles, endpoint.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.trial_design_panel()
    >>> panel.set(day=33)
    >>> panel.sentence[:55]
    'Day 33: cycle 2, day 6 of 28. Between injections: they '
    """
    plan = mirocals_plan()
    earliest, latest = -int(plan["run_in_max_days"]), -int(plan["run_in_min_days"])
    end, ends_treatment = int(plan["endpoint_day"]), int(plan["treatment_days"])
    figure = load_published_results().set_index("key")["estimate"]
    n, months = int(figure["mirocals_n_randomised"]), figure["mirocals_treatment_months"]
    cycles = int(np.ceil(plan["treatment_days"] / plan["cycle_days"]))
    weeks = f"{plan['run_in_min_days'] / 7:g}-{plan['run_in_max_days'] / 7:g}"

    def show(values, picture):
        if not hasattr(picture.memory, "axes"):
            axes = picture.memory.axes = picture.figure.add_axes([0.1, 0.25, 0.87, 0.64])
            plots.plot_trial_design(plan, ax=axes)
            plots.label_data(picture.figure, "From the published plan of MIROCALS")
        with picture.redrawing(picture.memory.axes):
            picture.memory.axes.axvline(values.day, color=style.THIRD, linewidth=3, alpha=0.8)
        return sentence(values.day)

    def sentence(day):
        cycle, of_cycle = divmod(max(day, 0), int(plan["cycle_days"]))
        if day < 0:
            return (
                f"Day {day}: run-in ({weeks} weeks). Everybody takes riluzole, nobody is randomised yet. Who dies or "
                "leaves now is never in the comparison: the trial speaks of people who came through the run-in."
            )
        if day == 0:
            return (
                f"Day 0: {n} people are randomised. The clock of the survival analysis starts here, not at the first "
                f"symptom. The first of {cycles} cycles is drawn from this day on; the exact day of the first "
                "injection is not known here."
            )
        if day == end:
            return (
                f"Day {end}: the primary endpoint. Who is alive is censored here: not cured, not lost, alive when last "
                "counted. What happens afterwards is outside this analysis."
            )
        if day >= ends_treatment:
            return (
                f"Day {day}: the {months:g} months of treatment are over. Deaths are still counted, each in the arm to "
                "which chance assigned the person (intention to treat)."
            )
        where = f"Day {day}: cycle {cycle + 1}, day {of_cycle + 1} of {plan['cycle_days']:g}. "
        if of_cycle < plan["days_on"]:
            return where + "An injection a day, IL-2 or placebo; neither patients nor doctors know which."
        return (
            where
            + f"Between injections: they are given on {plan['days_on']:g} of {plan['cycle_days']:g} days."
        )

    controls = {"day": slider("Day (0 = randomisation)", earliest, end, 1, 0)}
    presets = {
        "Run-in begins": {"day": earliest},
        "Shortest run-in begins": {"day": latest},
        "Randomisation": {"day": 0},
        "Second cycle": {"day": int(plan["cycle_days"])},
        "Treatment is over": {"day": ends_treatment + 1},
        "Endpoint": {"day": end},
    }
    return Panel("The plan of MIROCALS on a time line", controls, show, presets, size=(760, 300))


def grouped(values: pd.Series, cuts=None, unit: str = "") -> pd.Series:
    """Return a column as groups in their order: its own categories, or numbers cut at ``cuts`` (default: thirds).

    With two cuts or more the lowest group lies under the first cut and the others reach up to and include theirs, as
    in "low: 750-3700".

    Raises
    ------
    TrialDataError
        If a numeric column cannot be cut into two groups.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype("category")
    if cuts is None and values.nunique() <= 6:
        levels = np.sort(values.dropna().unique())
        return _named(values, np.where(values.isna(), -1, np.searchsorted(levels, values)), levels)
    number = frames.numeric(values.to_frame(), values.name)
    cuts = np.unique(
        np.nanquantile(number, [1 / 3, 2 / 3]) if cuts is None else np.asarray(cuts, dtype=float)
    )
    code = np.searchsorted(cuts, number, side="left")
    if len(cuts) > 1:
        code[number == cuts[0]] = 1
    texts = [f"{cut:g}" for cut in cuts]
    between = [f"{low} to {high}" for low, high in zip(texts, texts[1:], strict=False)]
    names = [("under " if len(cuts) > 1 else "up to ") + texts[0], *between, "over " + texts[-1]]
    names = [f"{name} {unit}".strip() for name in names]
    return _named(values, np.where(np.isnan(number), -1, code), names)


def _named(values, codes, names) -> pd.Series:
    if len(np.unique(codes[codes >= 0])) < 2:
        raise TrialDataError(
            f"Column {values.name!r} gives fewer than two groups; choose other cuts or another column."
        )
    return pd.Series(pd.Categorical.from_codes(codes, categories=names, ordered=True), index=values.index)


class _Curves:
    """Curves of one trial, by arm or by group, among all or in one group; kept once made."""

    def __init__(self, df, outcome, treatment, groups):
        self.df, self.outcome, self.treatment = df, outcome, treatment
        if groups is not None:
            self.df = df.assign(**{GROUPS: groups})
        self.days = np.arange(int(np.ceil(df[outcome["duration_col"]].max())) + 1)
        self.read = lru_cache(maxsize=64)(self._read)

    def _read(self, by_group: bool, among) -> SimpleNamespace:
        kept = self.df if among == EVERYBODY else self.df[self.df[GROUPS] == among]
        by = GROUPS if by_group else self.treatment
        kept = kept[kept[by].notna()]
        if len(kept) == 0:
            raise TrialDataError("No patient is in this group; choose another.")
        table = kaplan_meier(kept, by=by, **self.outcome)
        deaths, n_groups = int(table["deaths"].sum()), table["group"].nunique()
        # Every day is read here, so that moving along the days costs a look-up.
        at = dict(iter(survival_at(table, self.days).groupby("group", observed=True, sort=False)))
        return SimpleNamespace(
            kept=kept,
            table=table,
            deaths=deaths,
            test=logrank_test(kept, by=by, **self.outcome) if n_groups > 1 and deaths else None,
            at={name: rows.set_index("time") for name, rows in at.items()},
            difference=survival_difference(table, self.days) if n_groups == 2 and not by_group else None,
        )


def km_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    strata=None,
    cuts=None,
    arms=None,
    data_note=None,
) -> Panel:
    """Show the survival curves of a trial and read them at any day: risk, difference, numbers at risk, log-rank test.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; the synthetic MIROCALS-like cohort by default, in groups of CSF-pNFH cut where the publication cuts.
    duration_col, event_col, treatment : str
        As in `fit_cox`.
    strata : str, optional
        A column that groups the patients; a number is cut at ``cuts``, by default into thirds.
    cuts : sequence of float, optional
    arms : (str, str), optional
        Words for treatment 0 and 1.
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
    >>> panel = al.km_panel(al.load_veteran(), strata="celltype")
    >>> panel.set(day=180)
    >>> panel.sentence[:78]
    'Alive on day 180 (95 % CI): control arm 21 % (12-32), active arm 23 % (14-34);'
    """
    ours = df is None
    if ours:
        published = load_published_results().set_index("key")["estimate"]
        df, strata, arms = mirocals_like_for_analysis(), "csf_pnfh_pg_ml", ("placebo", "IL-2")
        cuts = [published["mirocals_low_pnfh_from_pg_ml"], published["mirocals_low_pnfh_to_pg_ml"]]
        data_note = SYNTHETIC if data_note is None else data_note
    frames.check_columns(df, [duration_col, event_col, treatment, *([strata] if strata else [])])
    frames.durations(df, duration_col), frames.events(df, event_col), frames.treatment(df, treatment)
    df, _ = frames.keep_complete(df, [duration_col, event_col, treatment], "warn")
    groups = None if strata is None else grouped(df[strata], cuts, style.unit(strata))
    outcome = {"duration_col": duration_col, "event_col": event_col}
    curves = _Curves(
        df.assign(**{treatment: frames.treatment(df, treatment).astype(int)}), outcome, treatment, groups
    )
    arms = dict(enumerate(arms or ("control arm", "active arm")))
    levels = [] if groups is None else list(groups.cat.categories)
    name = "" if strata is None else style.words(strata)
    longest = float(df[duration_col].max())
    short = {level: level if isinstance(level, str) else f"{name} {level:g}" for level in levels}
    rows, widest = max(2, len(levels)), max(len(word) for word in [*arms.values(), *short.values()])

    def draw_frame(picture):
        bottom, left = (72 + 20 * (rows + 1)) / picture.height, max(105, 34 + 7 * widest) / picture.width
        axes = picture.memory.axes = picture.figure.add_axes([left, bottom, 0.97 - left, 0.885 - bottom])
        picture.memory.times = plots.round_times(longest, 5)
        plots.km_axis(axes, longest, picture.memory.times)
        plots.label_data(picture.figure, data_note or df.attrs.get("note", ""))
        picture.memory.choice = None

    def show(values, picture):
        by_group, among = getattr(values, "by_group", False), getattr(values, "among", EVERYBODY)
        found = curves.read(by_group, among)
        if not hasattr(picture.memory, "axes"):
            draw_frame(picture)
        chosen = (by_group, among, values.interval)
        axes = picture.memory.axes
        if picture.memory.choice != chosen:
            words = short if by_group else arms
            with picture.redrawing(axes, seldom=True):
                plots.km_curves(axes, found.table, words, picture.memory.times, values.interval)
            picture.memory.choice = chosen
        here = {name: rows.iloc[values.day] for name, rows in found.at.items()}
        with picture.redrawing(axes):
            axes.axvline(values.day, color=style.INK, linewidth=1)
            for row, look in zip(here.values(), plots.group_looks(here).values(), strict=True):
                axes.plot(values.day, row.survival, "o", color=look["color"], markersize=7, clip_on=False)
            if values.hr != 1 and not by_group and 0 in here:
                control = found.table[found.table["group"] == 0]
                shares = control["survival"] ** values.hr
                plots.survival_steps(axes, control["time"], shares, color=style.HIGHLIGHT, linestyle=":")
                said = f"dotted: hazard ratio {values.hr:g}"
                place = {"x": 0.99, "y": 1.045, "transform": axes.transAxes, "ha": "right"}
                axes.text(**place, s=said, color=style.HIGHLIGHT)
        return sentence(values, by_group, among, found, here)

    def sentence(values, by_group, among, found, here):
        words = {level: f"{name} {level}" for level in levels} if by_group else arms
        alive = [f"{_before_number(words[group])} {_share(row)}" for group, row in here.items()]
        said = f"Alive on day {values.day} (95 % CI): {', '.join(alive)}"
        if found.difference is not None:
            said += _points(found.difference, values.day)
        said += f". Still followed: {' and '.join(str(int(row.at_risk)) for row in here.values())}."
        if among != EVERYBODY:
            said = f"Among {len(found.kept)} patients with {name} {among}. {said}"
        said += _verdict(found, by_group)
        if values.hr != 1:
            said += _what_if(values.hr, here, by_group, arms)
        if "transplanted" in found.kept and found.kept["transplanted"].any():
            n = int(found.kept["transplanted"].sum())
            said += f" {n} transplanted are censored: the hazards compared are cause-specific."
        return said

    arm_table = curves.read(False, EVERYBODY).table
    settled, early = _settled_day(arm_table), _early_day(arm_table)
    controls = {"day": slider("Read the curves at day", 0, int(np.ceil(longest)), 1, settled)}
    if levels:
        controls["by_group"] = choice(
            "Draw a curve for each", {"arm": False, f"group of {name}": True}, value=False
        )
        among = {"all patients": EVERYBODY} | {f"only {name} {level}": level for level in levels}
        controls["among"] = choice("Among", among)
    controls["hr"] = slider("Draw a hazard ratio (1: none)", 0.1, 2.0, 0.01, 1.0)
    controls["interval"] = tick("Show the 95 % intervals (log-log)", True)
    everybody = {"by_group": False, "among": EVERYBODY} if levels else {}
    hr, at_end = 0.5, f"Day {settled}"
    question = "Half the hazard, half the deaths?"
    if ours:
        hr = float(published["mirocals_hr_adjusted"])
        question = f"HR {hr:g}: {100 * (1 - hr):.0f} % fewer deaths?"
    presets = {
        at_end: {**everybody, "day": settled, "hr": 1.0},
        question: {**everybody, "day": settled, "hr": hr},
        f"The same at day {early}": {**everybody, "day": early, "hr": hr},
    }
    if settled < int(longest):
        presets["The far end"] = {**everybody, "day": int(longest), "hr": 1.0}
    if levels:
        largest = curves.df[GROUPS].value_counts().index[0]
        presets[f"Curves by {name}"] = {"by_group": True, "among": EVERYBODY, "day": settled, "hr": 1.0}
        presets["Only the largest group"] = {"by_group": False, "among": largest, "day": settled, "hr": 1.0}
    size = (760, 410 + 20 * (rows - 2))
    title = "Survival curves, read at any day" + (f" ({data_note})" if data_note else "")
    return Panel(title, controls, show, presets, size=size)


def _settled_day(table) -> int:
    """Return the last day on which every group still has ten patients at risk; with fewer, half-way."""
    enough = table[table["at_risk"] >= 10].groupby("group", observed=True)["time"].max()
    return int(enough.min() if len(enough) == table["group"].nunique() else table["time"].max() / 2)


def _early_day(table) -> int:
    """Return the first day by which a twentieth of the first group has died."""
    first = table[table["group"] == table["group"].iloc[0]]
    return int(first.loc[first["survival"] <= 0.95, "time"].min()) if first["deaths"].sum() else 0


def _before_number(word: str) -> str:
    return word + ":" if word[-1].isdigit() else word


def _share(row) -> str:
    if np.isnan(row.survival):
        return "not known (nobody was followed so long)"
    text = f"{100 * row.survival:.0f} %"
    return text if np.isnan(row.ci_low) else f"{text} ({100 * row.ci_low:.0f}-{100 * row.ci_high:.0f})"


def _points(difference, day: int) -> str:
    estimate, low, high = (
        field[day] for field in (difference.estimate, difference.ci_low, difference.ci_high)
    )
    if np.isnan(estimate):
        return ""
    text = f"; difference {_signed(estimate)} of 100"
    return text if np.isnan(low) else f"{text} ({_signed(low)} to {_signed(high)})"


def _signed(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−").replace("+0", "0").replace("−0", "0")


def _verdict(found, by_group: bool) -> str:
    if found.deaths == 0:
        return " Nobody died, so there is nothing to compare."
    if found.test is None:
        return " There is one group only, so there is nothing to compare."
    text = f" Log-rank over the whole follow-up: {style.p_text(found.test.p)}."
    if by_group:
        return (
            text
            + " These groups were not randomised: they differ in prognosis, and say nothing of treatment."
        )
    if found.test.p < 0.05:
        return text + " A small p does not say how large the effect is: read the difference."
    return text + " That is no proof of no effect: all that lies inside the interval fits these data."


def _what_if(hr: float, here, by_group: bool, arms) -> str:
    if by_group or 0 not in here:
        return " (The hazard ratio is drawn when the curves are those of the arms.)"
    risk = 1 - here[0].survival
    if np.isnan(risk):
        return f" Nobody on {arms[0]} was followed so long."
    if risk == 0:
        return f" Nobody on {arms[0]} has died by this day."
    other = float(risk_under_hazard_ratio(risk, hr))
    fewer, less = ("fewer", "less") if hr < 1 else ("more", "more")
    return (
        f" Dotted: with {hr:g} times the hazard of {arms[0]} throughout, {100 * other:.0f} % instead of "
        f"{100 * risk:.0f} % would have died: {100 * abs(1 - other / risk):.0f} % {fewer} deaths, at "
        f"{100 * abs(1 - hr):.0f} % {less} hazard."
    )
