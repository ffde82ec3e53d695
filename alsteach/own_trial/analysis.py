"""The course's analysis of any two-arm trial: curves, balance, crude against adjusted, reference level, biomarker."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ..data.checks import TrialDataError
from ..stats.cox import CoxFit
from ..stats.curves import kaplan_meier
from . import letters, sentences
from . import tables as made
from .any_table import usable
from .lifelines_code import code_for
from .preparing import columns_in, plain, plain_value, prepare_trial

TABLES = (
    "survival",
    "medians",
    "absolute",
    "balance",
    "effects",
    "reference_level",
    "by_biomarker",
    "slope",
    "proportional_hazards",
)
SECTIONS = (
    "survival",
    "absolute",
    "balance",
    "effects",
    "reference_level",
    "by_biomarker",
    "proportional_hazards",
)


@dataclass(frozen=True, repr=False)
class TrialAnalysis:
    """What the course makes of a trial; `analyse_trial` makes it.

    Attributes
    ----------
    n, events : int
        Patients and deaths analysed.
    name : str
        Of the file, or "trial".
    mapping : dict
        Which column was taken for what.
    notes : tuple of str
        What was done to the table beforehand: patients left out, codes turned into 0 and 1, units.
    tables : dict of DataFrame
        ``survival, medians, absolute, balance, effects, reference_level, by_biomarker, slope, proportional_hazards``;
        empty where there is no result.
    sentences : dict of str
        What each section shows, in words; or why it shows nothing.
    code : str
        pandas and lifelines code that reproduces the main figures from the file.
    horizon : float
        The day to which absolute differences refer.
    arms : dict
        Words for treatment 0 and 1.
    biomarker : str or None
        What the biomarker is called in the tables.
    data_note : str
        Where the data come from, written into every picture.
    """

    n: int
    events: int
    name: str
    mapping: dict
    notes: tuple[str, ...]
    tables: dict[str, pd.DataFrame]
    sentences: dict[str, str]
    code: str
    horizon: float
    arms: dict
    biomarker: str | None
    data_note: str
    curves: pd.DataFrame = field(compare=False)
    varying: CoxFit | None = field(compare=False)

    def __repr__(self) -> str:
        said = "\n".join(self.sentences[section] for section in ("survival", "effects"))
        return f"TrialAnalysis of {self.name}: {self.n} patients, {self.events} deaths\n{said}"

    def to_html(self) -> str:
        """Return a report as one HTML page that needs nothing else: pictures, tables, sentences, code."""
        from .report import report_html

        return report_html(self)


def analyse_trial(
    df: pd.DataFrame,
    *,
    duration_col: str,
    event_col: str,
    treatment: str,
    duration_unit: str = "days",
    event_value=None,
    active_value=None,
    covariates=(),
    biomarker: str | None = None,
    horizon_days: float | None = None,
    progress=None,
) -> TrialAnalysis:
    """Analyse a two-arm trial as this course does, whatever its columns are called.

    A part that has no result (no covariate, nobody died in one arm, a singular covariate) says so in its sentence and
    leaves the others alone.

    Parameters
    ----------
    df : DataFrame
        One row a patient, as `read_trial` returns it.
    duration_col, event_col, treatment : str
        Follow-up time, event and treatment.
    duration_unit : {"days", "weeks", "months", "years"}
    event_value, active_value : optional
        Which entry means died, and which the active arm; not needed where columns are coded 0 and 1.
    covariates : sequence of str
    biomarker : str, optional
        A numeric column that may change the treatment's effect.
    horizon_days : float, optional
        The day for absolute differences; by default the last day on which both arms have ten patients at risk.
    progress : callable, optional
        Called with the share done, 0 to 1.

    Returns
    -------
    TrialAnalysis

    Raises
    ------
    TrialDataError
        If the columns cannot be made into a trial; see ``alsteach.own_trial.preparing.prepare_trial``.

    Examples
    --------
    >>> import alsteach as al
    >>> found = al.analyse_trial(
    ...     al.load_veteran(), duration_col="time_days", event_col="died", treatment="treated",
    ...     covariates=["celltype", "age_years", "prior", "diagtime_months"], biomarker="karno",
    ... )
    >>> found.tables["effects"].hr.round(2).to_dict()
    {'unadjusted': 1.02, 'adjusted': 1.34, 'adjusted_interaction': 2.69, 'adjusted_interaction_mean': 1.35}
    """
    report = progress or (lambda share: None)
    mapping = {
        "duration_col": plain(duration_col),
        "duration_unit": duration_unit,
        "event_col": plain(event_col),
        "event_value": plain_value(event_value),
        "treatment": plain(treatment),
        "active_value": plain_value(active_value),
        "covariates": columns_in(covariates),
        "biomarker": plain(biomarker),
    }
    horizon_days = plain(horizon_days)
    if horizon_days is not None and not (isinstance(horizon_days, int | float) and horizon_days >= 0):
        raise TrialDataError(f"horizon_days is {horizon_days!r}; give a number of days.")
    report(0.0)
    df = usable(df)
    prepared = prepare_trial(df, **mapping)
    report(0.1)
    trial = _trial(prepared, df)
    curves = kaplan_meier(prepared, by="treated")
    naive, refused = made.fit_models(trial, report)
    fits = {model: made.robust(fit, trial.patients) for model, fit in naive.items()}
    report(0.7)
    horizon = made.settled_time(curves) if horizon_days is None else float(horizon_days)
    tables, said = _sections(trial, curves, fits, naive, refused, horizon, report)
    name = letters.whole(str(df.attrs.get("name") or "trial"))
    report(1.0)
    notes = [*df.attrs.get("reading", ()), *prepared.attrs.get("notes", ())]
    shown = [*trial.arms.values(), *trial.chosen, str(df.attrs.get("note") or "")]
    return TrialAnalysis(
        n=len(prepared),
        events=int(prepared["died"].sum()),
        name=name,
        mapping=mapping,
        notes=(*notes, *letters.note_on(" ".join(map(str, shown)))),
        tables=tables,
        sentences=said,
        code=code_for(df, prepared, mapping, trial, tables, horizon, name),
        horizon=horizon,
        arms=trial.arms,
        biomarker=trial.biomarker,
        data_note=letters.whole(str(df.attrs.get("note") or "")),
        curves=curves,
        varying=made.varying_fit(fits),
    )


def _trial(prepared: pd.DataFrame, df: pd.DataFrame) -> made.Trial:
    labels, person = prepared.attrs["labels"], prepared.attrs["patient"]
    patients = None
    if person is not None:  # rows by their place, so that each can be found again in a fit
        known = df[[labels[role] for role in ("duration_col", "event_col", "treatment")]]
        patients = (
            df.loc[prepared.index, person]
            if df.index.is_unique
            else df.loc[known.notna().all(axis=1), person]
        )
        patients = patients.to_numpy() if len(patients) == len(prepared) else None
        prepared = prepared.set_axis(pd.RangeIndex(len(prepared)))
    arms = {arm: sentences.arm_words(labels, arm) for arm in (0, 1)}
    return made.Trial(prepared, tuple(labels["covariates"]), labels["biomarker"], arms, patients)


def _sections(trial, curves, fits, naive, refused, horizon, report):
    """Make each table and its sentence; a refusal becomes the sentence of its section."""
    tables = {name: pd.DataFrame() for name in TABLES}
    said = {}

    def section(name, make):
        try:
            said[name] = make()
        except TrialDataError as refusal:
            said[name] = str(refusal)

    def survival():
        tables["survival"] = made.survival_table(trial, curves)
        tables["medians"] = made.medians(curves)
        p = made.log_rank_p(trial) if trial.df["died"].any() else float("nan")
        return sentences.survival_words(trial, tables["medians"], p)

    def absolute():
        tables["absolute"] = made.absolute_table(curves, horizon)
        return sentences.absolute_words(trial, tables["absolute"])

    def balance():
        tables["balance"] = made.balance_table(trial)
        return sentences.balance_words(tables["balance"])

    def effects():
        tables["effects"] = made.effects_table(fits)
        return sentences.effects_words(trial, tables["effects"], refused)

    def reference_level():
        if made.varying_fit(fits) is None:
            raise TrialDataError(sentences.no_slope_words(trial, refused))
        tables["reference_level"] = made.reference_table(made.varying_fit(fits))
        return sentences.reference_words(trial, fits, tables["reference_level"])

    def by_biomarker():
        tables["by_biomarker"] = made.subgroup_table(trial)
        if made.varying_fit(fits) is not None:
            tables["slope"] = made.slope_table(made.varying_fit(fits))
        return sentences.biomarker_words(trial, tables["by_biomarker"], tables["slope"])

    def proportional_hazards():
        tables["proportional_hazards"] = made.hazards_table(trial, naive)
        return sentences.hazards_words(tables["proportional_hazards"])

    makers = (survival, absolute, balance, effects, reference_level, by_biomarker, proportional_hazards)
    for done, make in enumerate(makers):
        section(make.__name__, make)
        report(0.7 + 0.3 * done / len(makers))
    return tables, said
