"""Which column is which, from names in several languages and from values; every guess can be wrong and says so."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial import codes, guessing, vocabulary
from alsteach.own_trial.preparing import prepare_trial

KEYS = {
    "duration_col",
    "duration_unit",
    "event_col",
    "event_value",
    "treatment",
    "active_value",
    "covariates",
    "biomarker",
}


def trial(n: int = 60, **columns) -> pd.DataFrame:
    """A small table whose columns are named by the test."""
    rng = np.random.default_rng(1)
    made = {
        "time": rng.exponential(200, n).round(),
        "event": rng.integers(0, 2, n),
        "arm": rng.integers(0, 2, n),
        "age": rng.normal(60, 9, n).round(),
        "words": rng.choice(["a", "b", "c"], n),
    }
    return pd.DataFrame(
        {name: made[what] if isinstance(what, str) else what for name, what in columns.items()}
    )


@pytest.mark.parametrize(
    ("duration", "event", "treatment"),
    [
        ("time", "status", "trt"),
        ("futime", "fustat", "rx"),
        ("OS_MONTHS", "OS_STATUS", "ARM"),
        ("survival_days", "dead", "group"),
        ("Follow-up (days)", "Death", "Treatment arm"),
        ("timeToDeath", "deathStatus", "randomisedGroup"),
        ("t", "e", "tx"),
        ("AVAL time", "event", "TRT01P treatment"),
        ("Überlebenszeit_Tage", "verstorben", "Behandlung"),
        ("Zeit", "Tod", "Gruppe"),
        ("durée_suivi_jours", "décès", "traitement"),
        ("temps", "décédé", "bras"),
        ("tiempo_dias", "muerte", "tratamiento"),
        ("seguimiento", "fallecido", "brazo"),
        ("生存时间", "死亡", "治疗"),
        ("随访天数", "结局", "分组"),
    ],
)
def test_names_in_several_languages(duration, event, treatment):
    table = trial(
        **{
            "patient_id": range(1, 61),
            "age": "age",
            "sex": "words",
            treatment: "arm",
            duration: "time",
            event: "event",
        }
    )
    guess = al.guess_columns(table)
    assert set(guess) == KEYS
    assert (guess["duration_col"], guess["event_col"], guess["treatment"]) == (duration, event, treatment)
    assert guess["covariates"] == ["age", "sex"]
    assert guess["event_value"] == 1
    assert guess["active_value"] == 1
    prepared = prepare_trial(table, **guess)
    assert prepared.columns.tolist() == ["time_days", "died", "treated", "age", "sex"]
    assert prepared.died.sum() == table[event].sum()
    assert prepared.treated.sum() == table[treatment].sum()


@pytest.mark.parametrize(
    ("name", "longest", "unit", "why"),
    [
        ("time_days", 3, "days", "from its name"),
        ("OS.months", 3000, "months", "from its name"),
        ("survival (yrs)", 90, "years", "from its name"),
        ("weeks", 9, "weeks", "from its name"),
        ("Dauer_Monate", 9, "months", "from its name"),
        ("durée_ans", 9, "years", "from its name"),
        ("生存月", 9, "months", "from its name"),
        ("time", 900, "days", "from its size only, at most 900: check it"),
        ("time", 60, "months", "from its size only, at most 60: check it"),
        ("time", 7.5, "years", "from its size only, at most 7.5: check it"),
        ("time_d", 400, "days", "from its size only, at most 400: check it"),
    ],
)
def test_units(name, longest, unit, why):
    assert guessing.guess_unit(name, np.array([longest / 2, longest, np.nan])) == (unit, why)


TIMES = np.arange(10.0, 110.0, 10.0)  # the last patients were followed longest


@pytest.mark.parametrize(
    ("name", "values", "expected", "why"),
    [
        ("died", [0, 1], [1], "usual coding"),
        ("status", [1, 2], [2], "2 died, 1 censored"),
        ("status", [0, 1, 2], [], "more than two codes"),
        ("status", [3, 7], [], "not 0 and 1"),
        ("status", ["Dead", "Alive"], ["Dead"], "word"),
        ("status", ["dead", "alive", "lost to follow-up"], ["dead"], "word"),
        ("status", ["0", "1"], ["1"], "usual coding"),
        ("died", ["yes", "no"], ["yes"], "word"),
        ("died", [True, False], [True], "usual coding"),
        ("décès", ["oui", "non"], ["oui"], "word"),
        ("verstorben", ["ja", "nein"], ["ja"], "word"),
        ("死亡", ["是", "否"], ["是"], "word"),
        ("censored", [0, 1], [], "the name fits either way, and the lengths of follow-up do not tell"),
        ("is_censored", [True, False], [], "the name fits either way"),
        ("zensiert", [0, 1], [], "the name fits either way"),
        ("alive", [0, 1], [0], "the name says that 1 is alive"),
        ("outcome", ["Deceased", "censored"], ["Deceased"], "word"),
        ("outcome", ["relapse", "alive"], ["relapse"], "word"),
        ("outcome", ["p", "q"], [], "words do not say"),
        ("died", [1, 1], [1], "usual coding"),
        ("died", [0, 0], [], ""),
    ],
)
def test_what_means_the_event(name, values, expected, why):
    found, how = codes.died_value(pd.Series(values * 5), name, np.resize(TIMES, 5 * len(values)))
    assert found == expected
    assert why in how


@pytest.mark.parametrize("name", ["cens", "censored", "survival status"])
def test_a_column_cens_is_read_from_who_was_followed_longest(name):
    late = pd.Series([0, 0, 0, 1, 0, 0, 1, 1, 1, 1])
    assert codes.died_value(late, name, TIMES)[0] == [0]  # 1 among the longest: 1 is censored
    died, why = codes.died_value(1 - late, name, TIMES)
    assert died == [1]
    assert "0 is commoner among the patients followed longest" in why
    assert "fits either way" in why


@pytest.mark.parametrize(
    ("values", "active", "why"),
    [
        ([0, 1], 1, "usual coding"),
        ([1, 2], 2, "the higher code; the file does not say"),
        (["placebo", "IL-2"], "IL-2", "'placebo' sounds like the control"),
        (["test", "standard"], "test", "'standard' sounds like the control"),
        (["treated", "untreated"], "treated", "'untreated' sounds like the control"),
        (["Verum", "Plazebo"], "Verum", "'Plazebo' sounds like the control"),
        (["témoin", "actif"], "actif", "'témoin' sounds like the control"),
        (["药物", "安慰剂"], "药物", "'安慰剂' sounds like the control"),
        (["低劑量白介素-2", "安慰劑"], "低劑量白介素-2", "'安慰劑' sounds like the control"),
        (["drug", "surgery"], "drug", "the word says so"),
        (["A", "B"], "B", "the last in the alphabet; the words do not say"),
        ([True, False], True, "usual coding"),
        (["no", "yes"], "yes", "'no' sounds like the control"),
    ],
)
def test_which_arm_is_active(values, active, why):
    found, how, told = codes.active_value(pd.Series(values * 3))
    assert found == active
    assert why in how


def test_three_arms_have_no_active_value():
    assert codes.active_value(pd.Series([1, 2, 3])) == (None, "", False)


def test_outcomes_identifiers_dates_and_later_findings_are_no_covariates():
    n = 60
    later = {
        "os_time": "time",
        "death": "event",
        "treatment": "arm",
        "pfs_time": "time",
        "progression": "event",
        "relapse_date": ["2020-01-01"] * n,
        "tumour_response": "words",
        "change_in_weight": "age",
        "cause_of_death": "words",
        "treatment_stopped": "arm",
        "id": range(n),
        "initials": [f"A{i}" for i in range(n)],
        "hospital": "words",
        "site_id": "words",
        "constant": [1] * n,
        "mostly_blank": [1.0, 2.0] + [np.nan] * (n - 2),
        "comments": [f"said {i}" for i in range(n)],
    }
    known = {
        "age": "age",
        "onset_site": "words",
        "smoking_status": "words",
        "prior_therapy": "arm",
        "diagnosis_delay_months": "age",
    }
    table = trial(**later, **known)
    table["change_in_weight"] += np.arange(n)
    guess = al.guess_columns(table)
    assert (guess["duration_col"], guess["event_col"], guess["treatment"]) == (
        "os_time",
        "death",
        "treatment",
    )
    assert set(guess["covariates"]) <= set(known)
    assert {"age", "onset_site"} <= set(guess["covariates"])


def test_a_column_with_cells_that_are_no_numbers_is_left_out_and_said():
    df = al.load_mirocals_like().drop(columns=["csf_pnfh_pg_ml"])
    rank = np.arange(len(df))
    df["crp"] = np.where(rank % 9 == 0, "<5", (rank % 50).astype(str))
    df["weight"] = [f"{60 + k % 20} kg" if k % 7 else "70" for k in rank]
    df["fat"] = [f"{20 + k % 20} %" for k in rank]
    guess, reasons = guessing.guess_with_reasons(df)
    assert {"crp", "weight"}.isdisjoint(guess["covariates"])
    said = next(reason for reason in reasons if "no numbers" in reason)
    assert "'crp', 'weight', as" in said
    assert "'fat'" not in said
    prepare_trial(df, **guess)


def test_no_more_covariates_than_events_allow():
    table = trial(200, time="time", died="event", arm="arm")
    table["died"] = (np.arange(200) < 35).astype(int)
    for k in range(8):
        table[f"lab{k}"] = np.random.default_rng(k).normal(size=200)
    guess, reasons = guessing.guess_with_reasons(table)
    assert guess["covariates"] == ["lab0", "lab1", "lab2"]
    assert "Covariates: 3 of 8 that could be" in reasons[-1]


def test_a_biomarker_is_a_number_with_a_known_name():
    table = trial(time="time", died="event", arm="arm", age="age", csf_pnfh_pg_ml="age", marker_group="words")
    assert al.guess_columns(table)["biomarker"] == "csf_pnfh_pg_ml"


def test_what_cannot_be_told_is_none():
    guess = al.guess_columns(pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": ["x", "y", "x"]}))
    assert {key: value for key, value in guess.items() if key != "covariates"} == dict.fromkeys(
        KEYS - {"covariates"}
    )
    assert al.guess_columns(pd.DataFrame())["covariates"] == []
    empty = al.guess_columns(pd.DataFrame({"time": [], "died": [], "arm": []}))
    assert empty["duration_col"] is None


def test_pre_treatment_lengths_are_no_follow_up():
    for name in (
        "diagtime",
        "disease_duration_months",
        "time_since_onset",
        "age_years",
        "start_day",
        "delay_days",
    ):
        assert (
            al.guess_columns(trial(**{name: "time", "died": "event", "arm": "arm"}))["duration_col"] is None
        )


def test_no_table_is_refused():
    with pytest.raises(al.TrialDataError, match="must be a pandas DataFrame"):
        al.guess_columns([1, 2])


def test_the_frame_is_not_changed():
    table = trial(time="time", died="event", arm="arm", age="age")
    before = table.copy(deep=True)
    al.guess_columns(table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("load", [al.load_veteran, al.load_pbc, al.load_mirocals_like])
def test_the_courses_own_tables(load):
    guess = al.guess_columns(load())
    assert (guess["duration_col"], guess["duration_unit"]) == ("time_days", "days")
    assert (guess["event_col"], guess["event_value"]) == ("died", 1)
    prepared = prepare_trial(load(), **guess)
    np.testing.assert_array_equal(prepared.time_days, load().time_days)
    np.testing.assert_array_equal(prepared.died, load().died)
    np.testing.assert_array_equal(prepared.treated, load().treated)


def test_words_are_plain():
    assert len(vocabulary.MEANINGS) > 50
    for meaning in vocabulary.MEANINGS:
        for word in vocabulary.words_of(meaning):
            written = word.rstrip("$").replace(".", " ")
            assert vocabulary.plain(written) == written, (meaning, word)


def test_every_meaning_is_asked_for():
    endpoints = ("death", "recurrence", "relapse", "progression")
    named = {f"{of}_{what}" for of in endpoints for what in ("event", "time")}
    for path in Path(vocabulary.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(vocabulary.MEANINGS) <= named


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("Плацебо-группа", "surely_control"),
        ("安慰剂组", "surely_control"),
        ("plasebo grubu", "surely_control"),
        ("överlevnad", "time"),
        ("Todesdatum", "death"),
        ("dni obserwacji", "days"),
        ("no_follow_up_disease", "no_follow_up"),
    ],
)
def test_words_of_several_languages(name, meaning):
    assert vocabulary.means(name, meaning)
    assert not vocabulary.means("xyz", meaning)
