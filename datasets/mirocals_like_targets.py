"""What mirocals_like.csv was made to give, beside what it gives: the table mirocals_like_targets.csv.

Targets are read from published_results.csv; what is achieved comes from the package's own analysis of the cohort.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL
from alsteach.stats.cox import fit_cox
from alsteach.stats.curves import logrank_test

HERE = Path(__file__).resolve().parent
PUBLISHED = pd.read_csv(HERE / "published_results.csv").set_index("key")
LOW_EDGE = float(PUBLISHED.loc["mirocals_low_pnfh_from_pg_ml", "estimate"])
HIGH_EDGE = float(PUBLISHED.loc["mirocals_low_pnfh_to_pg_ml", "estimate"])
LAST_DAY = int(PUBLISHED.loc["mirocals_endpoint_day", "estimate"])
MARKER = MIROCALS_LIKE_MODEL["interaction"]

WITH_COUNTRY = "sensitivity: + country, read at 0 pg/mL"
ON_LOG = "sensitivity: treatment × log pNFH, read at 1 pg/mL"
THIRDS = "sensitivity: treatment × pNFH in thirds"
EVERYBODY, MIDDLE, HIGH, LOW = "all", "pNFH 750-3700", "pNFH above 3700", "pNFH below 750"
AT_ZERO = "adjusted, treatment × pNFH, read at 0 pg/mL"
COVARIATES = {  # term of the adjusted model -> its side of 1 if prognosis keeps its clinical direction
    "age_years": "above 1",
    "onset_site=bulbar": "above 1",
    "log_alsfrs_r_slope": "above 1",
    "svc_percent": "below 1",
    "symptom_duration_months": "below 1",
    MARKER: "above 1",
}


def stratum_of(pnfh) -> np.ndarray:
    """Name each patient's pNFH stratum; a patient at an edge belongs to the middle one."""
    return np.select([pnfh < LOW_EDGE, pnfh > HIGH_EDGE], [LOW, HIGH], MIDDLE)


@dataclass(frozen=True)
class Row:
    """One figure of the table: a target if it has a tolerance or a side of 1 to be on, otherwise only reported."""

    key: str
    model: str
    population: str
    quantity: str
    decimals: int
    published_key: str = ""
    column: str = "estimate"
    tolerance: float = math.nan
    side: str = ""
    note: str = ""

    @property
    def target(self) -> float:
        if self.published_key:
            return float(PUBLISHED.loc[self.published_key, self.column])
        return math.nan if math.isnan(self.tolerance) else 0.0

    def verdict(self, achieved: float) -> str:
        if self.side:
            met = achieved > 1 if self.side == "above 1" else achieved < 1
        elif math.isnan(self.tolerance):
            return "reported"
        else:
            met = abs(achieved - self.target) <= self.tolerance + 1e-9
        return "met" if met else "not met"


def _effect(
    key, model, population, published_key="", tolerance=0.005, ci=0.01, p=math.nan, note="", decimals=2
):
    """Rows of a hazard ratio, its interval and its Wald p-value; targets where the report has them."""
    rows = []
    tolerances = {"estimate": tolerance, "ci_low": ci, "ci_high": ci, "p_value": p}
    names = {
        "estimate": "HR",
        "ci_low": "HR, 95 % CI low",
        "ci_high": "HR, 95 % CI high",
        "p_value": "p (Wald)",
    }
    for column, name in names.items():
        published = bool(published_key) and not math.isnan(PUBLISHED.loc[published_key, column])
        rows.append(
            Row(
                f"{key}_{column}",
                model,
                population,
                name,
                3 if column == "p_value" else decimals,
                published_key if published and not math.isnan(tolerances[column]) else "",
                column,
                tolerances[column] if published else math.nan,
                note=note if column == "estimate" else "",
            )
        )
    return rows


ROWS = [
    Row("n_il2", "", EVERYBODY, "patients on IL-2", 0, "mirocals_n_il2", tolerance=0),
    Row("n_placebo", "", EVERYBODY, "patients on placebo", 0, "mirocals_n_placebo", tolerance=0),
    Row("deaths_il2", "", EVERYBODY, "deaths on IL-2", 0, "mirocals_deaths_il2", tolerance=0),
    Row("deaths_placebo", "", EVERYBODY, "deaths on placebo", 0, "mirocals_deaths_placebo", tolerance=0),
    Row("lost", "", EVERYBODY, "lost before day 640", 0, "mirocals_lost_before_day_640", tolerance=0),
    Row("age_median", "", EVERYBODY, "median age, years", 1, "mirocals_age_median_years", tolerance=0.5),
    Row("men", "", EVERYBODY, "men, %", 1, "mirocals_men_percent", tolerance=0.5),
    Row("possible", "", EVERYBODY, "possible ALS, %", 1, "mirocals_possible_als_percent", tolerance=0.5),
    Row("share_middle", "", MIDDLE, "share, %", 1, "mirocals_share_low_pnfh_percent", tolerance=0.5),
    Row("share_high", "", HIGH, "share, %", 1, "mirocals_share_high_pnfh_percent", tolerance=0.5),
    Row("share_low", "", LOW, "share, %", 1, "mirocals_share_below_750_percent", tolerance=0.5),
    *(
        Row(f"difference_{key}", "", population, "patients on IL-2 minus on placebo", 0, tolerance=2)
        for key, population in (("middle", MIDDLE), ("high", HIGH), ("low", LOW))
    ),
    Row(
        "difference_randomisation",
        "",
        "country × onset site",
        "patients on IL-2 minus on placebo, largest",
        0,
        tolerance=2,
        note="blocks of four leave at most 2",
    ),
    *_effect(
        "unadjusted",
        "unadjusted",
        EVERYBODY,
        "mirocals_hr_unadjusted",
        note="the printed interval is narrower than 90 deaths allow",
    ),
    Row("logrank_p", "unadjusted", EVERYBODY, "p (log-rank)", 3, "mirocals_hr_unadjusted", "p_value", 0.01),
    Row("score_p", "unadjusted", EVERYBODY, "p (score)", 3),
    Row("unadjusted_se", "unadjusted", EVERYBODY, "SE of log HR", 3, note="cannot be below 2/√90 = 0.211"),
    *_effect("at_zero", AT_ZERO, EVERYBODY, "mirocals_hr_adjusted", p=0.0005),
    Row("at_zero_se", AT_ZERO, EVERYBODY, "SE of log HR", 3, note="the printed interval implies 0.42"),
    Row(
        "interaction_ratio",
        AT_ZERO,
        EVERYBODY,
        "HR ratio per pg/mL",
        4,
        "mirocals_interaction_hr_ratio",
        tolerance=0.00005,
        note="published figure unverified",
    ),
    Row("interaction_low", AT_ZERO, EVERYBODY, "HR ratio per pg/mL, 95 % CI low", 4),
    Row("interaction_high", AT_ZERO, EVERYBODY, "HR ratio per pg/mL, 95 % CI high", 4),
    Row(
        "interaction_p",
        AT_ZERO,
        EVERYBODY,
        "p of interaction (Wald)",
        3,
        "mirocals_interaction_p",
        "p_value",
        0.0005,
    ),
    *(
        Row(
            f"hr_{term}",
            AT_ZERO,
            EVERYBODY,
            f"HR of {term}",
            5 if term == MARKER else 2,
            side=side,
            note=side,
        )
        for term, side in COVARIATES.items()
    ),
    *_effect("middle", "unadjusted", MIDDLE, "mirocals_hr_low_pnfh", p=0.002),
    *(
        Row(
            f"alive_{arm}",
            "Kaplan-Meier",
            MIDDLE,
            f"alive at day 640 on {name}, %",
            1,
            f"mirocals_alive_low_pnfh_{arm}_percent",
            tolerance=1.5,
        )
        for arm, name in (("il2", "IL-2"), ("placebo", "placebo"))
    ),
    *_effect("high", "unadjusted", HIGH, "mirocals_hr_high_pnfh", tolerance=0.02),
    *_effect("low", "unadjusted", LOW, note="20 patients: says nothing"),
    *_effect(
        "up_to_3700", "unadjusted", "pNFH up to 3700", note="the 2022 top line said 43 % lower risk: HR 0.57"
    ),
    *_effect("adjusted", "adjusted, no interaction", EVERYBODY),
    *_effect("at_mean", "adjusted, treatment × pNFH, read at the mean", EVERYBODY),
    Row("mean_pnfh", "", EVERYBODY, "mean pNFH, pg/mL", 0),
    Row(
        "interaction_dfbeta",
        AT_ZERO,
        EVERYBODY,
        "largest dfbeta of the log HR ratio, in its SE",
        2,
    ),
    *_effect("country", WITH_COUNTRY, EVERYBODY),
    Row("country_interaction_p", WITH_COUNTRY, EVERYBODY, "p of interaction (Wald)", 4),
    *_effect("log", ON_LOG, EVERYBODY, decimals=5),
    Row("log_ratio", ON_LOG, EVERYBODY, "HR ratio per doubling of pNFH", 2),
    Row("log_interaction_p", ON_LOG, EVERYBODY, "p of interaction (Wald)", 4),
    *(
        row
        for third in ("lowest", "middle", "highest")
        for row in _effect(
            f"third_{third}",
            THIRDS,
            f"{third} third of pNFH",
        )
    ),
    Row(
        "thirds_interaction_p",
        THIRDS,
        EVERYBODY,
        "p of interaction (likelihood ratio, 2 df)",
        4,
    ),
]


def _measured_effect(key, effect) -> dict:
    columns = {"estimate": "hr", "ci_low": "ci_low", "ci_high": "ci_high", "p_value": "p"}
    return {f"{key}_{column}": effect[name] for column, name in columns.items()}


def _thirds(df, covariates) -> dict:
    """Adjusted model with pNFH as thirds, and a treatment effect of its own in each."""
    names = ["lowest", "middle", "highest"]
    place = (df[MARKER].rank(method="first").astype(int) - 1) * 3 // len(df)
    third = pd.Categorical.from_codes(place, names)
    df = df.assign(third=third, **{f"in_{name}": df["treated"] * (third == name) for name in names})
    covariates = [*covariates, "third"]
    separate = fit_cox(df, treatment=None, covariates=[*covariates, *(f"in_{name}" for name in names)])
    common = fit_cox(df, covariates=covariates)
    values = {}
    for name in names:
        values |= _measured_effect(f"third_{name}", separate.table.loc[f"in_{name}"])
    ratio = 2 * (separate.log_likelihood - common.log_likelihood)
    return values | {"thirds_interaction_p": math.exp(-ratio / 2)}  # chi-square with 2 degrees of freedom


def measure(df: pd.DataFrame) -> dict[str, float]:
    """Analyse the cohort (with ``log_alsfrs_r_slope``) and return every figure of ROWS."""
    covariates, died, treated = MIROCALS_LIKE_MODEL["covariates"], df["died"] == 1, df["treated"] == 1
    stratum = stratum_of(df[MARKER])
    balance = treated.map({True: 1, False: -1})
    values = {
        "n_il2": treated.sum(),
        "n_placebo": (~treated).sum(),
        "deaths_il2": (treated & died).sum(),
        "deaths_placebo": (~treated & died).sum(),
        "lost": (~died & (df["time_days"] < LAST_DAY)).sum(),
        "age_median": df["age_years"].median(),
        "men": 100 * (df["sex"] == "male").mean(),
        "possible": 100 * (df["diagnostic_certainty"] == "possible").mean(),
        "difference_randomisation": balance.groupby([df["country"], df["onset_site"]], observed=True)
        .sum()
        .abs()
        .max(),
        "mean_pnfh": df[MARKER].mean(),
    }
    groups = {"middle": stratum == MIDDLE, "high": stratum == HIGH, "low": stratum == LOW}
    for name, rows in groups.items():
        values[f"share_{name}"] = 100 * rows.mean()
        values[f"difference_{name}"] = balance[rows].sum()
    for name, rows in (groups | {"up_to_3700": ~groups["high"], "unadjusted": stratum != ""}).items():
        values |= _measured_effect(name, fit_cox(df[rows]).table.loc["treated"])
    for name, rows in (("il2", treated), ("placebo", ~treated)):
        values[f"alive_{name}"] = 100 * (1 - died[rows & groups["middle"]].mean())  # nobody is lost before

    crude = fit_cox(df)
    values |= {"logrank_p": logrank_test(df).p, "score_p": crude.tests.loc["score", "p"]}
    values["unadjusted_se"] = crude.table.loc["treated", "se"]

    fit = fit_cox(df, **MIROCALS_LIKE_MODEL)
    term = f"treated:{MARKER}"
    ratio = fit.table.loc[term]
    values |= _measured_effect("at_zero", fit.table.loc["treated"])
    values |= _measured_effect("at_mean", fit.at(values["mean_pnfh"]).loc[0])
    values |= _measured_effect("adjusted", fit_cox(df, covariates=[*covariates, MARKER]).table.loc["treated"])
    values |= {
        "at_zero_se": fit.table.loc["treated", "se"],
        "interaction_ratio": ratio["hr"],
        "interaction_low": ratio["ci_low"],
        "interaction_high": ratio["ci_high"],
        "interaction_p": ratio["p"],
        "interaction_dfbeta": fit.dfbeta()[term].abs().max() / ratio["se"],
    }
    values |= {f"hr_{name}": fit.table.loc[name, "hr"] for name in COVARIATES}

    with_country = fit_cox(df, covariates=[*covariates, "country"], interaction=MARKER)
    values |= _measured_effect("country", with_country.table.loc["treated"])
    values["country_interaction_p"] = with_country.table.loc[term, "p"]
    on_log = fit_cox(df.assign(log_pnfh=np.log(df[MARKER])), covariates=covariates, interaction="log_pnfh")
    values |= _measured_effect("log", on_log.table.loc["treated"])
    values["log_ratio"] = math.exp(math.log(2) * on_log.table.loc["treated:log_pnfh", "log_hr"])
    values["log_interaction_p"] = on_log.table.loc["treated:log_pnfh", "p"]
    return values | _thirds(df, covariates)


def targets_table(df: pd.DataFrame) -> pd.DataFrame:
    """Return a row a figure: what was aimed at, what the cohort gives, and whether that is near enough."""
    df = df.assign(log_alsfrs_r_slope=np.log(df["alsfrs_r_slope_per_month"]))
    for column, levels in {"onset_site": ["limb", "bulbar"], "country": ["UK", "France"]}.items():
        df[column] = pd.Categorical(df[column], levels)
    achieved = {key: float(value) for key, value in measure(df).items()}
    return pd.DataFrame(
        {
            "key": row.key,
            "model": row.model,
            "population": row.population,
            "quantity": row.quantity,
            "target": row.target,
            "achieved": float(f"{achieved[row.key]:.8g}"),
            "tolerance": row.tolerance,
            "verdict": row.verdict(achieved[row.key]),
            "decimals": row.decimals,
            "published_key": row.published_key,
            "published_status": PUBLISHED.loc[row.published_key, "status"] if row.published_key else "",
            "note": row.note,
        }
        for row in ROWS
    )


def printed(table: pd.DataFrame) -> str:
    """Return the table as text, figures to their printed digits."""
    lines = []
    for row in table.itertuples():
        target = row.note if row.verdict != "reported" and math.isnan(row.target) else ""
        target = target if math.isnan(row.target) else f"{row.target:.{row.decimals}f}"
        what = ", ".join(part for part in (row.model, row.population, row.quantity) if part)
        lines.append(f"{what:<104} {target:>9} {row.achieved:>10.{row.decimals}f}  {row.verdict}")
    return "\n".join([f"{'':<104} {'target':>9} {'achieved':>10}", *lines])
