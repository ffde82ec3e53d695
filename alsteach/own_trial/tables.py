"""The tables of an analysis of any two-arm trial, each from a prepared frame or refused in words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..stats.adjusting import standardised_differences
from ..stats.cox import Z95, CoxFit, effect_table, fit_cox, is_category
from ..stats.curves import (
    logrank_many,
    restricted_mean,
    restricted_mean_difference,
    survival_at,
    survival_difference,
)
from ..stats.cutpoints import group_of, subgroup_effects
from ..stats.hazards import proportional_hazards_test

OUTCOME = {"duration_col": "time_days", "event_col": "died", "treatment": "treated"}
STILL_TELLING = 10  # patients at risk in each arm that make a curve worth reading
MOST_TESTED = 4000  # patients: the test of proportional hazards takes deaths × patients steps


@dataclass(frozen=True)
class Trial:
    """A trial ready for analysis: ``time_days, died, treated`` without blanks, and what else was chosen."""

    df: pd.DataFrame
    covariates: tuple[str, ...] = ()
    biomarker: str | None = None
    arms: dict = field(default_factory=lambda: {0: "control arm", 1: "active arm"})
    patients: np.ndarray | None = None  # whose each row is, where several are one person's

    @property
    def chosen(self) -> list[str]:
        """Covariates and biomarker, each once."""
        return list(dict.fromkeys([*self.covariates, *([self.biomarker] if self.biomarker else [])]))

    @property
    def complete(self) -> pd.DataFrame:
        """The patients without a blank in any covariate or the biomarker."""
        return self.df.dropna(subset=self.chosen)


def round_times(longest: float, about: int = 5) -> list[float]:
    """Return about so many round times from 0 to the longest follow-up.

    Examples
    --------
    >>> round_times(640), round_times(9)
    ([0.0, 200.0, 400.0, 600.0], [0.0, 2.0, 4.0, 6.0, 8.0])
    """
    if longest <= 0:
        return [0.0]
    power = 10.0 ** np.floor(np.log10(longest / about))
    step = next(m * power for m in (1, 2, 5, 10) if m * power * about >= longest * 0.8)
    return [float(step * k) for k in range(int(longest / step * (1 + 1e-9)) + 1)]


def settled_time(curves: pd.DataFrame) -> float:
    """Return the last whole day on which both arms still have ten patients at risk; with fewer, half-way."""
    enough = curves[curves["at_risk"] >= STILL_TELLING].groupby("group")["time"].max()
    last = enough.min() if len(enough) == curves["group"].nunique() else curves["time"].max() / 2
    return float(np.floor(last)) if last >= 1 else float(last)


def medians(curves: pd.DataFrame) -> pd.DataFrame:
    """Return when half of each group had died, with the interval that its log-log band gives, as R does."""

    def halved(time, share) -> float:
        below = np.flatnonzero(share < 0.5 + 1e-9)
        if len(below) == 0:
            return np.nan
        first = below[0]
        lower = np.flatnonzero(share < 0.5 - 1e-9)
        if share[first] > 0.5 - 1e-9 and len(lower):  # level at one half: the middle of that step
            return (time[first] + time[lower[0]]) / 2
        return time[first]

    rows = []
    for name, curve in curves.groupby("group", sort=False, observed=True):
        time = curve["time"].to_numpy()
        low, high = curve["ci_low"].to_numpy().copy(), curve["ci_high"].to_numpy().copy()
        whole, known = (curve["survival"] == 1).to_numpy(), (curve["survival"] > 0).to_numpy()
        low[whole] = high[whole] = 1.0  # before the first death the curve has no band
        rows.append(
            {
                "group": name,
                "patients": int(curve["at_risk"].iloc[0]),
                "deaths": int(curve["deaths"].sum()),
                "median_days": halved(time, curve["survival"].to_numpy()),
                "ci_low": halved(time[known], low[known]),
                "ci_high": halved(time[known], high[known]),
            }
        )
    return pd.DataFrame(rows)


def survival_table(trial: Trial, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the share alive in each arm at a handful of times, with the numbers still followed."""
    table = survival_at(curves, round_times(curves["time"].max()))
    table.insert(1, "arm", table["group"].map(trial.arms))
    return table


def log_rank_p(trial: Trial) -> float:
    """Return the log-rank test's p, in a time that suits 50,000 patients."""
    columns = trial.df[["time_days", "died", "treated"]].to_numpy(dtype=float)
    return float(logrank_many(*columns.T[:, None, :]).p[0])


def absolute_table(curves: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Return shares alive at the horizon and mean time alive up to it, with their differences (active − control).

    Raises
    ------
    TrialDataError
        If an arm was not followed to the horizon.
    """
    alive = survival_at(curves, horizon).set_index("group")[["survival", "ci_low", "ci_high"]]
    alive.columns = ["estimate", "ci_low", "ci_high"]
    if alive["estimate"].isna().any():
        raise TrialDataError(
            f"One arm was not followed to day {horizon:g}; choose an earlier horizon for the absolute difference."
        )
    means = restricted_mean(curves, horizon).set_index("group").rename(columns={"rmst": "estimate"})
    rows = {}
    for arm, name in ((0, "control"), (1, "active")):
        rows[f"alive_{name}"] = alive.loc[arm]
    rows["difference_alive"] = pd.Series(vars(survival_difference(curves, horizon)))
    for arm, name in ((0, "control"), (1, "active")):
        rows[f"mean_days_{name}"] = means.loc[arm]
    rows["difference_mean_days"] = pd.Series(vars(restricted_mean_difference(curves, horizon)))
    table = pd.DataFrame(rows).T.reindex(columns=["estimate", "se", "ci_low", "ci_high", "p"])
    # Where nobody has died yet the formulas give a width of 0, which is no interval.
    quiet = [
        arm
        for arm in (0, 1)
        if not curves.loc[(curves["group"] == arm) & (curves["time"] <= horizon), "deaths"].sum()
    ]
    for arm in quiet:
        name = ("control", "active")[arm]
        unknown = [f"alive_{name}", "difference_alive", f"mean_days_{name}", "difference_mean_days"]
        table.loc[unknown, ["se", "ci_low", "ci_high", "p"]] = np.nan
    return table.astype(float).rename_axis("measure").assign(horizon_days=horizon)


def balance_table(trial: Trial) -> pd.DataFrame:
    """Return how far the arms differ at the start, term by term.

    Raises
    ------
    TrialDataError
        If nothing was chosen to compare.
    """
    if not trial.chosen:
        raise TrialDataError(
            "No covariate was chosen, so the arms' balance at the start cannot be shown; choose some, such as age."
        )
    for column in trial.chosen:
        if is_category(trial.df[column]) and trial.df[column].nunique() > max(12, len(trial.df) // 5):
            raise TrialDataError(
                f"Column {column!r} has {trial.df[column].nunique()} different words for {len(trial.df)} patients; "
                "it looks like a name or an identifier. Leave it out, or group its values."
            )
    return standardised_differences(trial.df, trial.chosen, "treated")


def fit_models(trial: Trial, report) -> tuple[dict[str, CoxFit], dict[str, str]]:
    """Fit what can be fitted: the models of `compare_models`, each by name, and a sentence for each that has none.

    Where patients lack a covariate, the unadjusted model is fitted to the others too, so that models can be compared
    in the same patients.
    """
    fits, refused = {}, {}
    outcome = OUTCOME | {"missing": "raise"}

    def attempt(name, df, **model):
        try:
            fits[name] = fit_cox(df, **outcome, **model)
        except TrialDataError as refusal:
            refused[name] = str(refusal)

    attempt("unadjusted", trial.df)
    report(0.3)
    complete = trial.complete
    if not trial.chosen or "unadjusted" in refused:
        return fits, refused
    if len(complete) == 0:
        blame = trial.df[trial.chosen].isna().sum().idxmax()
        refused["adjusted"] = (
            f"Every patient has a blank in some covariate (most often in {blame!r}), so nobody is left for an "
            "adjusted model; leave such a column out."
        )
        return fits, refused
    if len(complete) < len(trial.df):
        attempt("unadjusted_same_patients", complete)
    attempt("adjusted", complete, covariates=trial.chosen)
    report(0.5)
    if trial.biomarker:
        model = {"covariates": trial.chosen, "interaction": trial.biomarker}
        attempt("adjusted_interaction", complete, **model)
        if "adjusted_interaction" in refused and len(trial.chosen) > 1:
            alone = trial.df.dropna(subset=[trial.biomarker])
            attempt("biomarker_alone", alone, interaction=trial.biomarker)
        if "adjusted_interaction" in fits:
            varying = fits["adjusted_interaction"]
            mean = float(varying.analysed[trial.biomarker].astype(float).mean())
            fits["adjusted_interaction_mean"] = varying.read_at(mean)
    return fits, refused


def robust(fit: CoxFit, patients: np.ndarray | None) -> CoxFit:
    """Return the fit with robust standard errors, for which rows of one patient count as one; without patients, as is.

    References
    ----------
    Lin DY, Wei LJ. J Am Stat Assoc 1989;84:1074-1078; R's ``coxph(cluster = )``.
    """
    if patients is None:
        return fit
    moved = fit.dfbeta()
    summed = moved.groupby(patients[moved.index.to_numpy()]).sum().to_numpy()
    covariance = pd.DataFrame(summed.T @ summed, index=fit.covariance.index, columns=fit.covariance.columns)
    errors = np.sqrt(np.diag(covariance))
    table = effect_table(fit.table["log_hr"].to_numpy(), errors, fit.table.index)
    return replace(fit, covariance=covariance, table=table)


STEPS = (
    "unadjusted",
    "unadjusted_same_patients",
    "adjusted",
    "adjusted_interaction",
    "adjusted_interaction_mean",
)


def effects_table(fits: dict[str, CoxFit]) -> pd.DataFrame:
    """Return the treatment's row of each model, as `compare_models` does, with patients and deaths."""
    rows = {}
    for step in STEPS:
        if step in fits:
            fit = fits[step]
            rows[step] = {**fit.table.loc["treated"], "patients": fit.n, "deaths": fit.events}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    return table.astype({"patients": int, "deaths": int}) if len(table) else table


def varying_fit(fits: dict[str, CoxFit]) -> CoxFit | None:
    """Return the model whose treatment effect varies with the biomarker, if there is one."""
    return fits.get("adjusted_interaction") or fits.get("biomarker_alone")


def reference_table(fit: CoxFit) -> pd.DataFrame:
    """Return one model's treatment effect read at 0, the lowest patient, the quartiles, the mean and the highest."""
    marker = fit.analysed[fit.interaction].astype(float)
    places = {"zero": 0.0, "lowest patient": marker.min(), "lower quartile": marker.quantile(0.25)}
    places |= {"median": marker.median(), "mean": marker.mean(), "upper quartile": marker.quantile(0.75)}
    places |= {"highest patient": marker.max()}
    table = fit.at(list(places.values()))
    table.insert(0, "read_at", list(places))
    return table.assign(patients_up_to=[int((marker <= value).sum()) for value in places.values()])


def slope_table(fit: CoxFit) -> pd.DataFrame:
    """Return how the treatment's hazard ratio changes with the biomarker: per unit, and from quartile to quartile."""
    marker = fit.analysed[fit.interaction].astype(float)
    row = fit.table.iloc[-1]
    apart = float(marker.quantile(0.75) - marker.quantile(0.25))
    steps = {"per unit": 1.0, "lower to upper quartile": apart}
    per_unit = row.log_hr + Z95 * row.se * np.array([0, -1, 1])
    with np.errstate(over="ignore"):
        rows = [(name, step, *np.exp(step * per_unit), row.p) for name, step in steps.items()]
    return pd.DataFrame(rows, columns=["change", "units", "hr_ratio", "ci_low", "ci_high", "p"])


def subgroup_cuts(marker: np.ndarray) -> np.ndarray:
    """Return where to cut a biomarker into thirds, or between its values if it has three or fewer.

    Examples
    --------
    >>> subgroup_cuts(np.array([0.0, 1, 1])), subgroup_cuts(np.arange(10.0))
    (array([0.5]), array([3., 6.]))
    """
    levels = np.unique(marker)
    return (
        (levels[:-1] + levels[1:]) / 2 if len(levels) <= 3 else np.unique(np.quantile(marker, [1 / 3, 2 / 3]))
    )


def subgroup_table(trial: Trial) -> pd.DataFrame:
    """Return the unadjusted hazard ratio in each third of the biomarker, or why one has none; where each third lies.

    Raises
    ------
    TrialDataError
        If no biomarker was chosen, or it is the same for everybody.
    """
    name = trial.biomarker
    if name is None:
        raise TrialDataError("No biomarker was chosen, so there is no effect by biomarker to show.")
    known = trial.df.dropna(subset=[name])
    if known[name].nunique() < 2:
        raise TrialDataError(f"Column {name!r} is the same for everybody, so it cannot be a biomarker.")
    marker = checks.numeric(known, name)
    cuts = subgroup_cuts(marker)
    table = subgroup_effects(known, name, cuts, **OUTCOME, missing="raise").groups.iloc[:-1]
    group = group_of(marker, cuts)
    there = [k for k in range(len(table)) if (group == k).any()]
    limits = pd.DataFrame([(marker[group == k].min(), marker[group == k].max()) for k in there])
    return table.iloc[there].reset_index().assign(lowest=limits[0], highest=limits[1])


def hazards_table(trial: Trial, fits: dict[str, CoxFit]) -> pd.DataFrame:
    """Return the test of proportional hazards for the adjusted model, or the unadjusted one where there is no other.

    ``tested`` says how many patients went in: of a large trial (``analysed``), a sample drawn by lot.

    Raises
    ------
    TrialDataError
        If there is no model, or too few deaths to tell.
    """
    fit = fits.get("adjusted") or fits.get("unadjusted")
    if fit is None:
        raise TrialDataError("There is no hazard ratio whose constancy could be tested.")
    analysed = fit.n
    if fit.n > MOST_TESTED:
        rows = np.sort(np.random.default_rng(0).permutation(fit.n)[:MOST_TESTED])
        covariates = trial.chosen if "adjusted" in fits else ()
        fit = fit_cox(fit.analysed.iloc[rows], **OUTCOME, covariates=covariates, missing="raise")
    return proportional_hazards_test(fit).assign(tested=fit.n, analysed=analysed)
