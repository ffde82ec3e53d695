"""Panels of notebook 03: the plan of a trial on a time line, and Kaplan-Meier curves read at any day."""

from __future__ import annotations

from functools import lru_cache

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
            axes = picture.memory.axes = picture.figure.add_axes([0.1, 0.21, 0.87, 0.68])
            plots.plot_trial_design(plan, ax=axes)
            plots.label_data(picture.figure, "Drawn from the published plan of MIROCALS")
        with picture.redrawing(picture.memory.axes):
            picture.memory.axes.axvline(values.day, color=style.THIRD, linewidth=3, alpha=0.8)
        return sentence(values.day)

    def sentence(day):
        cycle, of_cycle = divmod(max(day, 0), int(plan["cycle_days"]))
        if day < 0:
            return (
                f"Day {day}: run-in ({weeks} weeks). Everybody takes riluzole, nobody is randomised yet. Who dies or leaves "
                "now is never in the comparison: the trial speaks of people who came through the run-in."
            )
        if day == 0:
            return (
                f"Day 0: {n} people are randomised. The clock of the survival analysis starts here, not at the first "
                f"symptom. The first of {cycles} cycles is drawn from this day on; the exact day of the first injection is "
                "not known here."
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
    return Panel("The plan of MIROCALS on a time line", controls, show, presets, size=(760, 290))


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
        return pd.Categorical(values, categories=levels) if len(levels) > 1 else _no_groups(values.name)
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
    code = np.where(np.isnan(number), -1, code)
    if len(np.unique(code[code >= 0])) < 2:
        return _no_groups(values.name)
    return pd.Categorical.from_codes(code, categories=names, ordered=True)


def _no_groups(column):
    raise TrialDataError(
        f"Column {column!r} gives fewer than two groups; choose other cuts or another column."
    )


class _Curves:
    """Curves and log-rank test of one trial, by arm or by group, among all or in one group; kept once made."""

    def __init__(self, df, outcome, treatment, groups):
        self.df, self.outcome, self.treatment = df, outcome, treatment
        if groups is not None:
            self.df = df.assign(**{"group of patients": groups})
        self.read = lru_cache(maxsize=64)(self._read)

    def _read(self, by_group: bool, among):
        kept = self.df if among is None else self.df[self.df["group of patients"] == among]
        by = "group of patients" if by_group else self.treatment
        kept = kept[kept[by].notna()]
        if len(kept) == 0:
            raise TrialDataError("No patient is in this group; choose another.")
        curves = kaplan_meier(kept, by=by, **self.outcome)
        comparable = curves["group"].nunique() > 1 and kept[self.outcome["event_col"]].sum() > 0
        return kept, curves, logrank_test(kept, by=by, **self.outcome) if comparable else None


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
    'Day 180: alive control arm 21 % (95 % CI 12-32), active arm 23 % (13-34); +2 p'
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
    levels = [] if groups is None else list(pd.Series(groups).cat.categories)
    name = "" if strata is None else style.words(strata)
    longest = float(df[duration_col].max())
    rows = max(2, len(levels))
    transplants = int(df["transplanted"].sum()) if "transplanted" in df else 0

    def draw_frame(picture):
        bottom = (62 + 20 * (rows + 1)) / picture.height
        axes = picture.memory.axes = picture.figure.add_axes([0.185, bottom, 0.785, 0.92 - bottom])
        picture.memory.times = plots.round_times(longest)
        plots.km_axis(axes, longest, picture.memory.times)
        plots.label_data(picture.figure, data_note or df.attrs.get("note", ""))
        picture.memory.drawn, picture.memory.choice = [], None

    def draw_curves(picture, table, by_group, interval):
        memory = picture.memory
        for artist in memory.drawn:
            artist.remove()
        words = {level: str(level) for level in levels} if by_group else arms
        memory.drawn = plots.km_curves(memory.axes, table, words, memory.times, interval)
        picture.stale()

    def show(values, picture):
        by_group, among = getattr(values, "by_group", False), getattr(values, "among", None)
        kept, table, test = curves.read(by_group, among)
        if not hasattr(picture.memory, "axes"):
            draw_frame(picture)
        chosen = (by_group, among, values.interval)
        if picture.memory.choice != chosen:
            draw_curves(picture, table, by_group, values.interval)
            picture.memory.choice = chosen
        here = survival_at(table, values.day).set_index("group")
        axes = picture.memory.axes
        with picture.redrawing(axes):
            axes.axvline(values.day, color=style.INK, linewidth=1)
            for number, (group, row) in enumerate(here.iterrows()):
                look = plots.arm_look(group, number)
                axes.plot(values.day, row.survival, "o", color=look["color"], markersize=7, clip_on=False)
            if values.hr != 1 and not by_group and 0 in here.index:
                control = table[table["group"] == 0]
                plots.survival_steps(
                    axes,
                    control["time"],
                    control["survival"] ** values.hr,
                    color=style.HIGHLIGHT,
                    linestyle=":",
                )
        return sentence(values, by_group, among, kept, table, test, here)

    def sentence(values, by_group, among, kept, table, test, here):
        words = {level: f"{name} {level}" for level in levels} if by_group else arms
        first = " (95 % CI {})"
        alive = []
        for group, row in here.iterrows():
            alive.append(f"{words[group]} {_share(row, first)}")
            first = " ({})"
        said = f"Day {values.day}: alive {', '.join(alive)}"
        if not by_group and len(here) == 2:
            said += _points(survival_difference(table, values.day))
        said += f". Still followed: {' and '.join(str(n) for n in here['at_risk'])}."
        if among is not None:
            said = f"Among {len(kept)} patients with {name} {among}. {said}"
        said += _verdict(test, kept[event_col].sum(), by_group)
        if values.hr != 1:
            said += _what_if(values.hr, here, by_group, arms)
        if transplants:
            said += f" The {transplants} transplanted are censored: the hazards compared are cause-specific."
        return said

    controls = {"day": slider("Read the curves at day", 0, int(np.ceil(longest)), 1, int(longest))}
    if levels:
        controls["by_group"] = choice(
            "Draw a curve for each", {"arm": False, f"group of {name}": True}, value=False
        )
        among = {"all patients": None} | {f"only {name} {level}": level for level in levels}
        controls["among"] = choice("Among", among)
    controls["hr"] = slider("Draw control with a hazard ratio of", 0.1, 2.0, 0.01, 1.0, "(1: not drawn)")
    controls["interval"] = tick("Show the 95 % intervals (log-log)", True)
    return Panel(
        "Survival curves, read at any day", controls, show, _km_presets(ours, curves, levels, longest, name),
        size=(760, 400 + 20 * (rows - 2)),
    )  # fmt: skip


def _km_presets(ours, curves, levels, longest, name):
    everybody = {"by_group": False, "among": None} if levels else {}
    last = int(longest)
    presets = {"At the end": {**everybody, "day": last, "hr": 1.0}}
    if ours:
        hr = float(load_published_results().set_index("key").loc["mirocals_hr_adjusted", "estimate"])
        presets[f"HR {hr:g}: {1 - hr:.0%} fewer deaths?".replace("%", " %")] = {
            **everybody,
            "day": last,
            "hr": hr,
        }
        presets["The same, early"] = {**everybody, "day": last // 8, "hr": hr}
    else:
        presets["Half the hazard, half the deaths?"] = {**everybody, "day": last, "hr": 0.5}
        presets["The same, early"] = {**everybody, "day": last // 20, "hr": 0.5}
    if levels:
        presets[f"Curves by {name}"] = {"by_group": True, "among": None, "day": last // 2, "hr": 1.0}
        biggest = curves.df["group of patients"].value_counts().index[0]
        presets["Only the largest group"] = {"by_group": False, "among": biggest, "day": last, "hr": 1.0}
    return presets


def _share(row, interval: str) -> str:
    if np.isnan(row.survival):
        return "not known (nobody was followed so long)"
    text = f"{100 * row.survival:.0f} %"
    if np.isnan(row.ci_low):
        return text
    return text + interval.format(f"{100 * row.ci_low:.0f}-{100 * row.ci_high:.0f}")


def _points(difference) -> str:
    if np.isnan(difference.estimate):
        return ""
    text = f"; {_signed(difference.estimate)} points of 100"
    if np.isnan(difference.ci_low):
        return text
    return f"{text} ({_signed(difference.ci_low)} to {_signed(difference.ci_high)})"


def _signed(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−").replace("+0", "0").replace("−0", "0")


def _verdict(test, deaths: float, by_group: bool) -> str:
    if deaths == 0:
        return " Nobody died, so there is nothing to compare."
    if test is None:
        return " There is one group only, so there is nothing to compare."
    text = f" Log-rank over the whole follow-up: {style.p_text(test.p)}."
    if by_group:
        return (
            text
            + " These groups were not randomised: they differ in prognosis, and say nothing of treatment."
        )
    if test.p >= 0.05:
        return text + " That is no proof of no effect: everything inside the interval fits these data."
    return text + " Small p does not say how large the effect is: read the difference."


def _what_if(hr: float, here, by_group: bool, arms) -> str:
    if by_group or 0 not in here.index:
        return " (The hazard ratio is drawn when the curves are those of the arms.)"
    risk = 1 - here.loc[0, "survival"]
    if np.isnan(risk) or risk == 0:
        return f" Nobody has died on {arms[0]} by this day, or nobody was followed so long."
    other = float(risk_under_hazard_ratio(risk, hr))
    fewer, less = ("fewer", "less") if hr < 1 else ("more", "more")
    return (
        f" Dotted: with {hr:g} times the hazard of {arms[0]} throughout, {100 * other:.0f} % instead of "
        f"{100 * risk:.0f} % would have died: {100 * abs(1 - other / risk):.0f} % {fewer} deaths, at "
        f"{100 * abs(1 - hr):.0f} % {less} hazard."
    )
