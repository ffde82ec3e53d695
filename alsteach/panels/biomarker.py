"""Panel of notebook 06: a biomarker cut into groups, the search for the best cut, and what such a search is worth."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .. import plots, style
from ..cutpoint_trials import corrected_p, cuts_in_order, search_shuffled, search_simulated_trials
from ..cutpoints import CUTS_SEARCHED, cuts_to_search, effects_in_groups, search_cuts, value_text
from ..disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from ..frames import TrialDataError
from ..marker_trial import marker_trial
from ..published_figures import published
from ..trial_design import TrialDesign
from .controls import choice, slider, tick
from .core import Panel

SYNTHETIC = "Synthetic cohort: not patients"
GROUPS, SEARCH, TRIALS = "groups", "search", "trials"
VIEWS = {
    "the groups of one cut": GROUPS,
    "search for the best cut": SEARCH,
    "search in many trials": TRIALS,
}
FEW_DEATHS = 10


def cutpoint_panel(
    df=None,
    duration_col="time_days",
    event_col="died",
    treatment="treated",
    covariates=None,
    interaction=None,
    cut=None,
    n_trials=1000,
    data_note=None,
) -> Panel:
    """Cut a biomarker into groups, see the effect in each, search for the best cut, and see what the search is worth.

    Parameters
    ----------
    df : DataFrame, optional
        A trial; the synthetic MIROCALS-like cohort by default.
    duration_col, event_col, treatment, covariates
        As in `fit_cox`.
    interaction : str
        The biomarker to cut.
    cut : float, optional
        The cut named beforehand; the median if left out.
    n_trials : int
        Trials in which the search is repeated.
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
    >>> panel = al.cutpoint_panel(al.load_veteran(), interaction="karno", cut=70)
    >>> panel.wait(60)
    True
    >>> panel.sentence[:85]
    'Unadjusted (95 % CI in brackets). Up to 70 points: 102 patients, 97 deaths, HR 1.23 ('
    """
    ours = df is None
    if ours:
        df = mirocals_like_for_analysis()
        covariates = MIROCALS_LIKE_MODEL["covariates"] if covariates is None else covariates
        interaction = interaction or MIROCALS_LIKE_MODEL["interaction"]
        data_note = SYNTHETIC if data_note is None else data_note
    if interaction is None:
        raise TrialDataError("Name the biomarker to cut: interaction='karno'.")
    covariates = [c for c in covariates or [] if c != interaction]
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment}
    crude = marker_trial(df, interaction, **outcome)
    trials = {False: crude}
    trials[True] = marker_trial(df, interaction, **outcome, covariates=covariates) if covariates else crude
    marker, name, unit = crude.marker, style.words(interaction), style.unit(interaction)
    axis_text = f"{name} ({unit})" if unit else name
    paper = _published_group() if ours and interaction == MIROCALS_LIKE_MODEL["interaction"] else None
    bottom, top, step = _range_of(marker)
    if cut is None:
        cut = paper[1] if paper else round(float(np.median(marker)) / step) * step
    data_note = data_note or df.attrs.get("note", "")
    worlds = {f"{name} shuffled": "shuffled"}
    if paper:
        worlds = {
            "same effect for everyone": "same",
            **worlds,
            "smooth effect, no cut-off": "smooth",
        }

    def with_unit(value):
        return f"{value_text(value)} {unit}".strip()

    @lru_cache(maxsize=512)
    def effects(cuts, adjusted):
        return effects_in_groups(trials[adjusted], np.array(cuts), unit)

    @lru_cache(maxsize=2)
    def searched(adjusted):
        return search_cuts(trials[adjusted])

    many, every_cut = {}, cuts_to_search(marker)

    def key(values):
        return (values.world, adjusted_in(values)) if values.view == TRIALS else None

    def adjusted_in(values) -> bool:
        return bool(getattr(values, "adjusted", False))

    def compute(values, job):
        wanted = key(values)
        if wanted is not None and wanted not in many:
            world, adjusted = wanted
            common = {"cut": cut, "n_trials": n_trials, "progress": job.report}
            if world == "shuffled":
                many[wanted] = search_shuffled(trials[adjusted], **common)
            else:
                many[wanted] = search_simulated_trials(_world(world), **common, adjusted=adjusted)
        return many.get(wanted)

    def frame(values, picture, view):
        if not picture.turn_to(view):
            return picture.memory.axes
        memory, figure = picture.memory, picture.figure
        if view[0] == GROUPS:
            memory.axes = (
                figure.add_axes([0.26, 0.515, 0.46, 0.465]),
                figure.add_axes([0.09, 0.115, 0.88, 0.225]),
            )
            plots.groups_frame(*memory.axes, marker, crude.treated, axis_text, (0.1, 10), (bottom, top))
        elif view[0] == SEARCH:
            memory.axes = (
                figure.add_axes([0.11, 0.52, 0.86, 0.40]),
                figure.add_axes([0.11, 0.125, 0.86, 0.35]),
            )
            smallest = min(searched(adjusted)["p_interaction"].min() for adjusted in trials)
            plots.search_frame(*memory.axes, axis_text, (bottom, top), min(0.004, smallest / 2))
        else:
            memory.axes = (
                figure.add_axes([0.09, 0.19, 0.42, 0.725]),
                figure.add_axes([0.58, 0.19, 0.39, 0.725]),
            )
            what = "Trials with a difference found" if view[1] == "smooth" else "False alarms (p < 0.05)"
            named = f"the cut named beforehand: {value_text(cut)}"
            plots.found_frame(*memory.axes, axis_text, (bottom, top), CUTS_SEARCHED, named, what)
        note = data_note
        if view[0] == TRIALS:
            note = (
                f"{name} shuffled: {data_note}" if view[1] == "shuffled" else "Simulated trials: not patients"
            )
        plots.label_data(figure, note)
        return memory.axes

    def show(values, picture, found):
        adjusted = adjusted_in(values)
        if values.view == GROUPS:
            return show_groups(values, picture, adjusted)
        if values.view == SEARCH:
            return show_search(values, picture, adjusted)
        axes = frame(values, picture, (TRIALS, values.world))
        p, best = found.best(values.tried)
        with picture.redrawing(*axes):
            named, share = found.share_found_named(), found.share_found()
            plots.found_marks(*axes, share, named, values.tried, best[p < 0.05], values.cut)
        return said_of_trials(values, found, adjusted, best[p < 0.05])

    def show_groups(values, picture, adjusted):
        cuts = (float(values.cut),)
        if values.lower > bottom:
            if values.lower >= values.cut:
                raise TrialDataError(
                    f"The lower boundary, {with_unit(values.lower)}, must lie under the cut, {with_unit(values.cut)}; "
                    "move one of the two."
                )
            cuts = (float(values.lower), *cuts)
        groups, tests = effects(cuts, adjusted)
        forest, histogram = frame(values, picture, (GROUPS,))
        if getattr(picture.memory, "adjusted", None) != adjusted:
            with picture.redrawing(forest, histogram, seldom=True):
                plots.groups_rows(forest, groups.iloc[-1:], everybody=True)
                along = f"Along {name} as measured: {_p(tests.p['continuous'])}"
                plots.groups_slope(histogram, along)
            picture.memory.adjusted = adjusted
        with picture.redrawing(forest, histogram):
            plots.groups_rows(forest, groups.iloc[:-1], first=1)
            plots.groups_cuts(histogram, cuts, _p(tests.p["groups"]))
        said = _said_of_groups(groups, tests, adjusted, name) + _of_the_paper(paper, cuts, crude.marker)
        return said.strip()

    def show_search(values, picture, adjusted):
        found = searched(adjusted)
        rows = _rows_tried(found, every_cut, values.tried)
        axes = frame(values, picture, (SEARCH,))
        with picture.redrawing(*axes):
            plots.search_lines(*axes, found, rows, values.cut)
        p = found["p_interaction"].iloc[rows]
        if p.notna().sum() == 0:
            return "None of these cuts leaves deaths on both arms of both sides, so the search finds nothing."
        named = effects((float(cut),), adjusted).interaction.p["groups"]
        below = int((p < 0.05).sum())
        one = len(rows) == 1
        return (
            f"{_manner(adjusted)}: {_cuts(len(rows))} of {name} tried"
            + (
                ""
                if one
                else f", from {with_unit(found.cut.iloc[rows].min())} to {with_unit(found.cut.iloc[rows].max())}"
            )
            + f". At best the interaction has {_p(p.min())}, at {with_unit(found.cut[p.idxmin()])}; "
            f"the cut named beforehand, {with_unit(cut)}, has {_p(named)}. {below} of {len(rows)} "
            f"{'is' if below == 1 else 'are'} below 0.05, and neighbouring cuts share nearly all their patients. "
            + (
                "With one cut there was no search."
                if one
                else f"The smallest of {len(rows)} p-values is no p-value: "
            )
            + ("" if one else "see what the same search finds in trials where there is nothing to find.")
        )

    def said_of_trials(values, found, adjusted, best):
        tried, world = values.tried, values.world
        share, named = found.share_found()[tried - 1], found.share_found_named()
        text = {
            "same": "simulated trials in which treatment does the same for everyone",
            "shuffled": f"trials made of these patients with their {name} shuffled, so that it means nothing",
            "smooth": f"simulated trials whose treatment effect changes smoothly with {name}, with no threshold",
        }[world]
        text = f"{len(found):,} {text} ({_manner(adjusted).lower()}). p < 0.05 for the cut named beforehand "
        text += f"({with_unit(cut)}) in {100 * named:.1f} %, for the best of {_cuts(tried)} in {100 * share:.1f} %. "
        if len(best):
            low, high = np.quantile(best, [0.05, 0.95])
            text += f"Nine in ten of these “best cuts” lie between {value_text(low)} and {with_unit(high)}. "
        if world == "smooth":
            return text + "Each would look like a boundary in biology, and there is none."
        ours = searched(adjusted)
        p = ours["p_interaction"].iloc[_rows_tried(ours, every_cut, tried)].min()
        if np.isnan(p):
            return text + "All of them are false alarms."
        right = corrected_p(found, float(p), tried)
        return (
            text
            + f"All of them are false alarms. In our own patients this search finds {_p(p)}; of these trials "
            + f"{100 * right:.0f} % find as little or less by chance, so that an honest p is {right:.2f}."
        )

    controls = {
        "view": choice("Show", VIEWS),
        "cut": slider(f"Cut at {name} =", bottom, top, step, cut, unit),
        "lower": slider("Set apart those under", bottom, top, step, bottom, unit),
        "tried": slider("Search: cuts tried", 1, CUTS_SEARCHED, 1, CUTS_SEARCHED),
        "world": choice("Search: in which trials", worlds),
    }
    if covariates:
        listed = ", ".join(style.words(c) for c in covariates)
        text = (
            f"Adjust for {listed}"
            if len(listed) < 40
            else f"Adjust for {len(covariates)} prognostic covariates"
        )
        controls["adjusted"] = tick(text)
    presets = _presets(paper, cut, bottom, with_unit, "same" if paper else "shuffled")
    title = f"{name[0].upper()}{name[1:]} cut into groups" + (
        "" if ours else f" ({data_note})" if data_note else ""
    )
    return Panel(title, controls, show, presets, compute=compute, key=key, size=(760, 450))


def _presets(paper, cut, bottom, with_unit, world) -> dict:
    one = {"view": GROUPS, "lower": bottom}
    presets = {f"Cut at {with_unit(cut)}": {**one, "cut": cut}}
    if paper:
        low, high = paper
        presets = {
            f"2022: up to {value_text(high)}": {**one, "cut": high},
            f"2025: {value_text(low)} to {value_text(high)}": {"view": GROUPS, "lower": low, "cut": high},
            f"The lowest: up to {value_text(low)}": {**one, "cut": low},
        }
    presets["Search the best cut"] = {"view": SEARCH, "tried": CUTS_SEARCHED, "cut": cut}
    presets["Nothing to find: search"] = {"view": TRIALS, "world": world, "tried": CUTS_SEARCHED, "cut": cut}
    presets["Nothing to find: best of 3"] = {"view": TRIALS, "world": world, "tried": 3, "cut": cut}
    if paper:
        presets["No threshold: search"] = {
            "view": TRIALS,
            "world": "smooth",
            "tried": CUTS_SEARCHED,
            "cut": cut,
        }
    return presets


def _published_group() -> tuple[int, int]:
    return tuple(int(published(f"mirocals_low_pnfh_{end}_pg_ml").estimate) for end in ("from", "to"))


def _world(name: str) -> TrialDesign:
    if name == "smooth":
        return TrialDesign()
    effect = float(np.log(published("mirocals_hr_unadjusted").estimate))
    return TrialDesign(treatment_log_hr_at_zero=effect, treatment_log_hr_per_pg_ml=0.0)


def _range_of(marker) -> tuple[float, float, float]:
    """Return ends and step of a slider that holds nearly all patients."""
    largest = float(np.quantile(marker, 0.97))
    raw = max(largest - min(0.0, float(marker.min())), 1e-9) / 1000
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    if (marker == np.round(marker)).all():
        step = max(step, 1.0)
    bottom = float(np.floor(min(0.0, marker.min()) / step) * step)
    top = float(np.ceil(largest / step) * step)
    return bottom, max(top, bottom + step), int(step) if step >= 1 else float(step)


def _rows_tried(found, every_cut, tried: int) -> list[int]:
    """Return the rows of a search that a smaller search tries; where quantiles tie there are fewer rows than cuts."""
    return [
        int(row)
        for row in np.unique(np.searchsorted(found["cut"], every_cut[cuts_in_order(CUTS_SEARCHED)[:tried]]))
    ]


def _manner(adjusted: bool) -> str:
    return "Adjusted" if adjusted else "Unadjusted"


def _cuts(number: int) -> str:
    return "1 cut" if number == 1 else f"{number} cuts"


def _p(p: float) -> str:
    return "no test" if np.isnan(p) else style.p_text(p)


def _said_of_groups(groups, tests, adjusted: bool, name: str) -> str:
    said = []
    for row in groups.iloc[:-1].itertuples():
        who = f"{row.Index[0].upper()}{row.Index[1:]}: {row.n} patient{'' if row.n == 1 else 's'}"
        if row.note:
            said.append(f"{who}. {row.note}")
            continue
        ends = f"{style.number_text(row.ci_low)}–{style.number_text(row.ci_high)}"
        said.append(
            f"{who}, {row.deaths} deaths, HR {style.number_text(row.hr)} ({ends}), {style.p_text(row.p)}."
        )
    text = f"{_manner(adjusted)} (95 % CI in brackets). {' '.join(said)} "
    for row in groups.iloc[:-1].itertuples():
        if row.deaths < FEW_DEATHS and not row.note:
            both = row.ci_low < 0.5 and row.ci_high > 2
            text += f"With {row.deaths} deaths the group {row.Index} tells "
            text += "nothing: large benefit and large harm both fit. " if both else "little. "
    p, significant = tests.p["groups"], groups.iloc[:-1]["p"] < 0.05
    if np.isnan(p):
        return text + "So the groups cannot be compared. "
    text += f"Do they differ? {style.p_text(p)} between groups, {_p(tests.p['continuous'])} along {name} as measured. "
    if significant.any() and not significant.all():
        if p >= 0.05:
            return (
                text + "Significant here and not there, yet no difference is shown: those are two questions. "
            )
        return text + "That small p, not one group's p beside the other's, speaks for a difference. "
    return text + "A cut makes groups; it does not show that anything changes there. "


def _of_the_paper(paper, cuts, marker) -> str:
    if paper is None or cuts[-1] != paper[1]:
        return ""
    if len(cuts) == 1:
        return "(The group of the 2022 announcement; not its patients.)"
    if cuts[0] == paper[0]:
        return f"(The “low” group of the 2025 paper leaves out the lowest: here {int((marker < cuts[0]).sum())}.)"
    return ""
