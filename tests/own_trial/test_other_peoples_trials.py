"""Trial tables not made for this course: all survival data that lifelines, statsmodels and scikit-survival carry.

Each is guessed (and guessed again after a round trip through CSV), then prepared or refused as stated; with the mapping
corrected by hand, every comparison of two groups gives R's figures (tests/reference/other_trials.R).
"""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial import codes
from alsteach.own_trial.preparing import prepare_trial

REFERENCE = pd.read_csv(Path(__file__).parents[1] / "reference" / "other_trials.csv").set_index("name")
SKSURV = "aids bmt breast_cancer cgvhd flchain gbsg2 veterans_lung_cancer whas500"


def lifelines_folder() -> Path:
    import lifelines.datasets

    return Path(lifelines.datasets.__file__).parent


def lifelines_loaders() -> dict:
    import lifelines.datasets

    return {
        n.removeprefix("load_"): f for n, f in inspect.getmembers(lifelines.datasets) if n.startswith("load_")
    }


def joined(covariates: pd.DataFrame, outcome) -> pd.DataFrame:
    return pd.concat([covariates.reset_index(drop=True), pd.DataFrame(outcome)], axis=1)


@cache
def table(name: str) -> pd.DataFrame:
    """The table as its package gives it: ``lifelines.rossi``, ``sksurv.aids (death)``."""
    package, dataset = name.split(".", 1)
    dataset, _, endpoint = dataset.partition(" (")
    if package == "lifelines":
        if dataset == "ACTG175":  # shipped without a loader
            return pd.read_csv(lifelines_folder() / "ACTG175.csv")
        return lifelines_loaders()[dataset]()
    if package == "sksurv":
        import sksurv.datasets

        options = {"endpoint": "death"} if endpoint else {}
        return joined(*getattr(sksurv.datasets, f"load_{dataset}")(**options))
    if dataset == "bmt":
        import statsmodels.duration

        return pd.read_csv(Path(statsmodels.duration.__file__).parent / "tests" / "results" / "bmt.csv")
    import statsmodels.datasets

    return getattr(statsmodels.datasets, dataset).load_pandas().data


NO_ARMS = "No column is chosen in 'Treatment'; choose the one that says which arm each patient was in"
NO_EVENT = "No column is chosen in 'Event'; choose the one that says who died"
INTERVAL = "look like the bounds of an interval in which the event happened"
SEVERAL_ROWS = "this analysis needs one row a patient"
CODES = "which of them means died .there are more than two codes.; choose it in 'Which entry means died'"
THREE_ARMS = "'Group' has 3 different values.*two arms can be compared here"

# name: (follow-up time, unit, event, what means it), (treatment, active arm), covariates, biomarker, refusal.
# Units told from size alone are wrong where the source counts weeks (leukemia) or days of flies (waltons); the guess
# says so.
EXPECTED = {
    "lifelines.c_botulinum_lag_phase": (
        (None, None, None, None),
        (None, None),
        "",
        None,
        INTERVAL,
    ),
    "lifelines.canadian_senators": (("diff_days", "days", "observed", True), (None, None), "", None, NO_ARMS),
    "lifelines.dd": (
        ("duration", "months", "observed", 1),
        (None, None),
        "cowcode2 politycode un_continent_name democracy",
        None,
        NO_ARMS,
    ),
    "lifelines.dfcv": (("stop", "years", "event", True), ("group", 1.0), "z", None, SEVERAL_ROWS),
    "lifelines.diabetes": ((None, None, None, None), (None, None), "", None, INTERVAL),
    "lifelines.g3": (("time", "months", "event", True), ("group", "RIT"), "age", None, None),
    "lifelines.gbsg2": (
        ("time", "days", "cens", 1),
        ("horTh", "yes"),
        "age menostat tsize tgrade pnodes estrec",
        "estrec",
        None,
    ),
    "lifelines.holly_molly_polly": (("T", "months", "Status", 1), ("tx", 1), "Stratum", None, SEVERAL_ROWS),
    "lifelines.kidney_transplant": (
        ("time", "days", "death", 1),
        (None, None),
        "age black_male white_male black_female",
        None,
        NO_ARMS,
    ),
    "lifelines.larynx": (
        ("time", "years", "death", 1),
        (None, None),
        "age Stage_II Stage_III Stage_IV",
        None,
        NO_ARMS,
    ),
    "lifelines.lcd": (("T", "months", "E", 1), ("group", "basin_trough"), "", None, None),
    "lifelines.leukemia": (("t", "months", "status", 1), ("Rx", 1), "sex logWBC", "logWBC", None),
    "lifelines.lung": (
        ("time", "days", "status", 1),
        (None, None),
        "age sex ph.ecog ph.karno pat.karno meal.cal wt.loss",
        "pat.karno",
        NO_ARMS,
    ),
    "lifelines.lupus": (
        ("time_between_diagnosis_and_last_observation_(years)", "years", "dead", True),
        (None, None),
        "is_male is_white age_at_diagnosis",
        None,
        NO_ARMS,
    ),
    "lifelines.lymph_node": (
        ("survtime", "days", "censdead", 1),
        ("hormone", 2),
        "age menopause size grade nodes prog_recp estrg_recp",
        None,
        None,
    ),
    "lifelines.lymphoma": (("Time", "days", "Censor", 1), (None, None), "", None, NO_ARMS),
    "lifelines.mice": ((None, None, None, None), ("grp", "ge"), "", None, INTERVAL),
    "lifelines.multicenter_aids_cohort_study": (
        ("T", "years", "D", 1),
        (None, None),
        "AIDSY W",
        None,
        NO_ARMS,
    ),
    "lifelines.nh4": (
        ("Week", "weeks", "Censored", None),  # the lengths do not tell
        (None, None),
        "NH4.mg.per.L",
        None,
        NO_ARMS,
    ),
    "lifelines.panel_test": (("t", "years", "E", 1), (None, None), "var1", None, NO_ARMS),
    "lifelines.psychiatric_patients": (("T", "months", "C", 1), (None, None), "Age", None, NO_ARMS),
    "lifelines.recur": (("TIME1", "days", "CENSOR", 1), ("TREAT", 1), "AGE", None, SEVERAL_ROWS),
    "lifelines.regression_dataset": (("T", "months", "E", 1), (None, None), "var1 var2 var3", None, NO_ARMS),
    "lifelines.rossi": (
        ("week", "weeks", "arrest", 1),
        (None, None),
        "fin age race wexp mar paro prio",
        None,
        NO_ARMS,
    ),
    "lifelines.stanford_heart_transplants": (
        ("stop", "days", "event", 1),
        (None, None),
        "age surgery",
        None,
        SEVERAL_ROWS,
    ),
    "lifelines.static_test": (("t", "years", "E", 1), (None, None), "var1", None, NO_ARMS),
    "lifelines.waltons": (("T", "months", "E", 1), ("group", "miR-137"), "", None, None),
    "lifelines.ACTG175": (
        ("days", "days", "cens", 1),
        ("treat", 1),
        "age wtkg hemo homo drugs karnof oprior z30 preanti race",
        "cd40",
        None,
    ),
    "sksurv.aids": (
        ("time", "days", "censor", True),
        ("tx", "1"),
        "age cd4 hemophil ivdrug karnof priorzdv",
        "cd4",
        None,
    ),
    "sksurv.bmt": (("ftime", "months", "status", None), (None, None), "dis", None, NO_ARMS),
    "sksurv.breast_cancer": (
        ("t.tdm", "days", "e.tdm", True),
        (None, None),
        "X200726_at X200965_s_at X201068_s_at X201091_s_at X201288_at",
        None,
        NO_ARMS,
    ),
    "sksurv.cgvhd": (("ftime", "years", "status", None), ("tx", "PB"), "dx extent age", None, CODES),
    "sksurv.flchain": (
        ("futime", "days", "death", True),
        (None, None),
        "age creatinine kappa lambda mgus sex",
        "creatinine",
        NO_ARMS,
    ),
    "sksurv.gbsg2": (
        ("time", "days", "cens", True),
        ("horTh", "yes"),
        "age estrec menostat pnodes tgrade tsize",
        "estrec",
        None,
    ),
    "sksurv.veterans_lung_cancer": (
        ("Survival_in_days", "days", "Status", True),
        ("Treatment", "test"),
        "Age_in_years Celltype Karnofsky_score Months_from_Diagnosis Prior_therapy",
        "Karnofsky_score",
        None,
    ),
    "sksurv.whas500": (
        ("lenfol", "days", "fstat", True),
        (None, None),
        "afb age av3 bmi chf cvd diasbp gender hr los",
        None,
        NO_ARMS,
    ),
    "sksurv.aids (death)": (("time_d", "days", "censor_d", True), ("tx", "1"), "age cd4", "cd4", None),
    "statsmodels.heart": (("survival", "days", "censors", 1.0), (None, None), "age", None, NO_ARMS),
    "statsmodels.strikes": (("duration", "days", None, None), (None, None), "", None, NO_EVENT),
    "statsmodels.bmt": (("T", "days", "Status", 1), ("Group", None), "", None, THREE_ARMS),
}

# statsmodels: two tables of durations; no other data set that it carries is about time to an event.
STATSMODELS_SURVIVAL = {"heart", "strikes"}
# get_rdataset() would fetch more from the network.
STATSMODELS_OTHER = """
    anes96 cancer ccard china_smoking co2 committee copper cpunish danish_data elec_equip elnino engel
    fair fertility grunfeld interest_inflation longley macrodata modechoice nile randhie scotland
    spector stackloss star98 statecrime sunspots
"""


def test_no_data_set_is_forgotten():
    import sksurv.datasets
    import statsmodels.datasets

    names = {f"lifelines.{name}" for name in lifelines_loaders()} | {"lifelines.ACTG175"}
    loaders = {
        n.removeprefix("load_") for n, _ in inspect.getmembers(sksurv.datasets) if n.startswith("load_")
    }
    assert loaders == {*SKSURV.split(), "arff_files_standardized"}
    names |= {f"sksurv.{name}" for name in SKSURV.split()} | {"sksurv.aids (death)"}
    carried = {module.name for module in pkgutil.iter_modules(statsmodels.datasets.__path__)}
    assert carried - {"tests", "utils", "template_data"} == STATSMODELS_SURVIVAL | set(
        STATSMODELS_OTHER.split()
    )
    names |= {f"statsmodels.{name}" for name in STATSMODELS_SURVIVAL | {"bmt"}}
    assert set(EXPECTED) == names


@pytest.mark.parametrize("name", EXPECTED)
def test_the_guess_is_as_stated(name):
    (time, unit, event, event_value), (treatment, active), covariates, biomarker, refusal = EXPECTED[name]
    trial = table(name)
    guess = al.guess_columns(trial)
    assert guess == {
        "duration_col": time,
        "duration_unit": unit,
        "event_col": event,
        "event_value": event_value,
        "treatment": treatment,
        "active_value": active,
        "covariates": covariates.split(),
        "biomarker": biomarker,
    }
    if refusal is not None:
        with pytest.raises(al.TrialDataError, match=refusal):
            prepare_trial(trial, **guess)
        return
    prepared = prepare_trial(trial, **guess)
    assert len(prepared) == len(trial) == REFERENCE.loc[name, "n"]
    assert prepared.died.sum() == REFERENCE.loc[name, "events"]
    assert prepared.treated.sum() == REFERENCE.loc[name, "treated"]
    assert set(covariates.split()) <= set(prepared.columns)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_guess_survives_csv(name):
    trial = table(name)
    named_index = trial.index.name is not None
    text = trial.to_csv(index=named_index)
    again = al.guess_columns(al.read_trial(text.encode(), name=f"{name}.csv"))
    guess = al.guess_columns(trial)
    for key in ("duration_col", "duration_unit", "event_col", "treatment", "biomarker"):
        assert again[key] == guess[key]
    assert codes.same(again["event_value"], guess["event_value"])
    assert codes.same(again["active_value"], guess["active_value"])
    # What scikit-survival declares as groups called 1, 2, 3 are plain numbers in a CSV file, which take fewer terms.
    assert set(guess["covariates"]) <= set(again["covariates"]) or set(again["covariates"]) <= set(
        guess["covariates"]
    )


BY_HAND = {
    "lifelines.g3": {},
    "lifelines.gbsg2": {},
    "lifelines.lcd": {},
    "lifelines.leukemia": {"duration_unit": "weeks"},
    "lifelines.lung": {"treatment": "sex", "active_value": 2},
    "lifelines.lymph_node": {},
    "lifelines.lymph_node (recurrence)": {
        "duration_col": "rectime",
        "event_col": "censrec",
        "event_value": 1,
    },
    "lifelines.lymphoma": {"treatment": "Stage_group"},
    "lifelines.psychiatric_patients": {"treatment": "sex", "duration_unit": "years"},
    "lifelines.rossi": {"treatment": "fin"},
    "lifelines.waltons": {"duration_unit": "days"},
    "lifelines.ACTG175": {},
    "sksurv.aids": {},
    "sksurv.aids (death)": {},
    "sksurv.bmt": {"treatment": "dis", "event_value": 1},
    "sksurv.cgvhd": {"event_value": 1},
    "sksurv.flchain": {"treatment": "mgus", "active_value": "yes"},
    "sksurv.gbsg2": {},
    "sksurv.veterans_lung_cancer": {},
    "sksurv.whas500": {"treatment": "gender"},
}


def test_every_comparison_of_two_groups_has_its_figures_from_r():
    assert set(BY_HAND) == set(REFERENCE.index)


@pytest.mark.parametrize("through_csv", [False, True], ids=["frame", "csv"])
@pytest.mark.parametrize("name", BY_HAND)
def test_corrected_by_hand_the_figures_are_rs(name, through_csv):
    expected = REFERENCE.loc[name]
    trial = table(name if not name.startswith("lifelines") else name.split(" (")[0])
    if through_csv:
        trial = al.read_trial(trial.to_csv(index=trial.index.name is not None).encode(), name="trial.csv")
    mapping = al.guess_columns(trial) | {"covariates": [], "biomarker": None} | BY_HAND[name]
    if "treatment" in BY_HAND[name] and "active_value" not in BY_HAND[name]:
        mapping["active_value"] = None
    prepared = prepare_trial(trial, **mapping)
    assert len(prepared) == expected.n
    assert prepared.died.sum() == expected.events
    assert prepared.treated.sum() == expected.treated
    assert prepared.time_days.sum() == pytest.approx(expected.days, rel=1e-12)
    row = al.fit_cox(prepared).table.loc["treated"]
    assert row.log_hr == pytest.approx(expected.log_hr, abs=1e-6)
    assert row.se == pytest.approx(expected.se, abs=1e-6)


def test_three_groups_work_once_one_is_left_out():
    trial = table("statsmodels.bmt")
    two = trial[trial.Group != "ALL"]
    prepared = prepare_trial(two, **al.guess_columns(two) | {"active_value": "AML-High Risk"})
    assert len(prepared) == 99
    assert prepared.died.sum() == two.Status.sum() == 59


def test_the_guess_with_covariates_gives_the_known_figure_of_rossi():
    trial = table("lifelines.rossi")
    mapping = al.guess_columns(trial)
    mapping |= {"treatment": "fin", "covariates": [c for c in mapping["covariates"] if c != "fin"]}
    prepared = prepare_trial(trial, **mapping)
    fit = al.fit_cox(prepared, covariates=prepared.attrs["labels"]["covariates"])
    assert fit.events == 114
    assert fit.table.loc["treated", "log_hr"] == pytest.approx(-0.37942, abs=5e-5)  # Fox, Cox regression in R


@pytest.mark.parametrize("name", ["gbsg2", "leukemia"])
def test_the_guess_with_covariates_can_be_fitted(name):
    trial = table(f"lifelines.{name}")
    prepared = prepare_trial(trial, **al.guess_columns(trial))
    fit = al.fit_cox(prepared, covariates=prepared.attrs["labels"]["covariates"])
    assert fit.events == prepared.died.sum()
    assert fit.n == len(trial)


# The files themselves, as shipped: what read_trial makes of each.
FILES = {
    "divorce.dat": r"has 7 cells where there are 6|no column names",
    "gehan.dat": "gehan.dat has no column names: its first row is",
}


def test_the_files_as_shipped_are_read_or_refused():
    shapes = {}
    for path in sorted(lifelines_folder().iterdir()):
        if path.suffix not in (".csv", ".tsv", ".dat"):
            continue
        if path.name in FILES:
            with pytest.raises(al.TrialDataError, match=FILES[path.name]):
                al.read_trial(path)
        else:
            shapes[path.name] = al.read_trial(path).shape
    assert len(shapes) == 27
    assert shapes["rossi.csv"] == (432, 9)
    assert shapes["anderson.csv"] == (42, 5)  # separated by spaces
    assert shapes["multicenter_aids_cohort.tsv"] == (78, 5)
    assert shapes["ACTG175.csv"] == (2139, 27)  # without the column that counts the rows
    assert shapes["interval_diabetes.csv"] == (731, 3)


def test_arff_files_are_refused_by_name():
    import sksurv.datasets

    folder = Path(sksurv.datasets.__file__).parent / "data"
    files = sorted(folder.glob("*.arff"))
    assert len(files) == 8
    for path in files:
        with pytest.raises(al.TrialDataError, match="is an ARFF file"):
            al.read_trial(path)
