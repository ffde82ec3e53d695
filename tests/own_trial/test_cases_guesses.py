"""Which columns are follow-up times, and which must never be offered as covariates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.own_trial.guessing import guess_with_reasons
from alsteach.own_trial.preparing import prepare_trial

BASE = pd.read_csv(Path(__file__).parent / "cases" / "base.csv")


def renamed(time: str, event: str) -> pd.DataFrame:
    return BASE.rename(columns={"time": time, "status": event})


PAIRS = [
    "rfstime/status",
    "dtime/death",
    "stime/status",
    "ttr/relapse",
    "ttd/death",
    "AVAL/EVENT",
    "PFS/PFSevent",
    "PFSDUR/PFSCENS",
    "rtime/recur",
    "OS/OS_event",
    "OSTIME/OSCENS",
    "os_time/os",
    "DFS_MONTHS/DFS_STATUS",
    "dfs.time/dfs.event",
    "RFS.time/RFS.event",
    "EFS/EFSstatus",
    "efs_days/efs_event",
    "ttp/progression",
    "DOR/DORevent",
    "surtim/surind",
    "survtime/death",
    "rectime/censrec",
    "crtime/status",
    "PFS_TIME/PFS_CNSR",
    "ttdeath/died",
    "TTE/EVNT",
    "MFS/MFSstatus",
    "dmfs_time/dmfs_event",
    "futime/fustat",
    "time2event/event",
    "pfs_mon/pfs_stat",
    "Tempo/evento",
    "tempo_sopravvivenza/decesso",
    "overlevingstijd/overleden",
    "uppföljning_dagar/död",
    "czas_przeżycia/zgon",
    "время/смерть",
    "生存期間/死亡",
    "추적기간/사망",
    "tempo_giorni/stato",
    "overlevnad/status",
    "surv/survstat",
    "LRFS/LRFSstat",
    "ttnt/event",
    "FU_months/status",
    "obs_time/event",
    "eventtime/event",
    "Beobachtungszeit (Tage)/Status",
    "Sobrevida (meses)/óbito",
    "opfølgningstid/død",
    "Overlevingsduur (mnd)/Overlijden",
    "okres_obserwacji/zgon",
    "срок наблюдения, мес/смерть",
    "生存月数/死亡",
    "总生存期/死亡",
    "OSAVAL/OSCNSR",
    "PFSDY/PFSEVT",
    "OSMO/OSEVT",
    "survt/status",
    "studytime/died",
    "SURVTM/SURVIND",
    "tdeath/death",
    "lastfu/died",
    "F.UP/status",
    "délai (jours)/décès",
    "ÜLZ/Status",
    "観察時間/死亡",
    "观察天数/死亡",
    "OS时间/死亡",
    "süre/durum",
]


@pytest.mark.parametrize("pair", PAIRS)
def test_names_of_times(pair):
    time, event = pair.split("/")
    table = renamed(time, event)
    guess = al.guess_columns(table)
    assert (guess["duration_col"], guess["event_col"], guess["covariates"]) == (time, event, ["age"])


@pytest.mark.parametrize(
    ("time", "event", "chosen"),
    [("rtime/dtime", "recur/death", ("dtime", "death")), ("PFS/OS", "PFSevent/OSevent", ("OS", "OSevent"))],
)
def test_of_two_endpoints_neither_is_a_covariate(time, event, chosen):
    first = np.random.default_rng(2).random(len(BASE)) < 0.5
    table = BASE.drop(columns=["time", "status"])
    other, death = time.split("/")
    table[other] = np.where(first, BASE.time // 2, BASE.time)
    table[event.split("/")[0]] = np.maximum(first, BASE.status).astype(int)
    table[death], table[event.split("/")[1]] = BASE.time, BASE.status
    guess = al.guess_columns(table)
    assert (guess["duration_col"], guess["event_col"]) == chosen
    assert guess["covariates"] == ["age"]


TWO = {
    "German": ("Progressionsfreies Überleben (Monate)", "Progress", "Gesamtüberleben (Monate)", "Tod"),
    "French": ("Survie sans progression", "Progression", "Survie globale", "Décès"),
    "Italian": ("PFS (mesi)", "progressione", "OS (mesi)", "morte"),
    "Chinese": ("PFS时间", "进展", "OS时间", "死亡"),
    "Korean": ("무진행생존기간", "진행", "전체생존기간", "사망"),
    "letters": ("EFS_time", "EFS_event", "OS_time", "OS_event"),
}


@pytest.mark.parametrize("language", TWO)
def test_two_endpoints_in_other_words(language):
    time, event, overall, death = TWO[language]
    early = np.random.default_rng(2).random(len(BASE)) < 0.5
    table = BASE[["id", "arm", "age"]].assign(
        **{
            time: np.where(early, BASE.time // 2, BASE.time),
            event: np.maximum(early, BASE.status).astype(int),
        },
        **{overall: BASE.time, death: BASE.status},
    )
    guess = al.guess_columns(table)
    assert (guess["duration_col"], guess["event_col"], guess["covariates"]) == (overall, death, ["age"])
    for chosen, mixed in (((time, event), False), ((overall, death), False), ((overall, event), True)):
        found = prepare_trial(table, **guess | {"duration_col": chosen[0], "event_col": chosen[1]})
        assert any("check that they belong together" in note for note in found.attrs["notes"]) is mixed


def test_a_time_whose_name_says_nothing_is_told_by_its_values_and_that_is_said():
    first = np.random.default_rng(2).random(len(BASE)) < 0.5
    table = BASE.assign(y2=np.where(first, BASE.time // 2, BASE.time))
    guess, reasons = guess_with_reasons(table)
    assert guess["covariates"] == ["age"]
    assert any(
        reason.startswith("No covariate: 'y2', as many patients have their follow-up time there")
        for reason in reasons
    )


@pytest.mark.parametrize(
    "name",
    [
        "disease_duration",
        "symptom_duration_months",
        "time_from_diagnosis_to_randomisation",
        "diagnosis_to_treatment_days",
        "time_to_randomization",
        "days_to_treatment_start",
        "years_smoking",
        "duration_of_diabetes",
        "cold_ischemia_time",
        "surgery_time_min",
        "protime",
        "bleeding_time",
        "time_since_diagnosis",
        "hospital_days",
        "door_to_needle_time",
        "Krankheitsdauer_Monate",
        "wait.time",
        "clamp_time",
        "treatment_duration",
        "exposure_time",
        "washout_days",
        "gestation_weeks",
        "25ft_walk_time",
        "time_from_dx",
        "tiempo hasta cirugía",
        "durata intervento",
        "czas od rozpoznania",
        "手术时间",
        "住院天数",
        "罹病期間",
        "입원기간",
        "время операции",
    ],
)
def test_a_length_before_follow_up_is_never_the_follow_up(name):
    table = BASE.drop(columns="time").assign(**{name: BASE.time})
    assert al.guess_columns(table)["duration_col"] is None
    table = BASE.assign(**{name: np.random.default_rng(3).permutation(BASE.time)})
    assert al.guess_columns(table)["duration_col"] == "time"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("OS2", 2),
        ("os_event_5y", 2),
        ("survival_quintile", 5),
        ("surv_time_group", 2),
        ("CR", 2),
        ("pCR", 2),
        ("BOR", 4),
        ("RECIST", 4),
    ],
)
def test_a_few_codes_of_an_outcome_are_neither_follow_up_nor_a_covariate(name, codes):
    table = BASE.assign(**{name: np.random.default_rng(4).integers(1, codes + 1, len(BASE))})
    guess = al.guess_columns(table)
    assert (guess["duration_col"], guess["covariates"]) == ("time", ["age"])


def test_a_few_times_are_the_follow_up_where_there_are_no_others():
    table = BASE.drop(columns="time").assign(survival_years=np.ceil(BASE.time / BASE.time.max() * 5))
    assert al.guess_columns(table)["duration_col"] == "survival_years"


def test_where_time_or_event_is_not_known_no_covariate_is_offered():
    for unknown in ("time", "status"):
        table = BASE.rename(columns={unknown: "xx"})
        assert al.guess_columns(table)["covariates"] == []


TABLES = [
    ("Überlebenszeit [Monate]", "Status", "verstorben", "lebt", "Therapiearm", "Verum", "Placebo", "Alter"),
    ("Suivi (mois)", "Décès", "Oui", "Non", "Bras de traitement", "Expérimental", "Contrôle", "Âge"),
    ("Tiempo de seguimiento (días)", "Éxitus", "Sí", "No", "Brazo", "Tratamiento", "Control", "Edad"),
    ("Sopravvivenza (mesi)", "Decesso", "Sì", "No", "Braccio", "Sperimentale", "Controllo", "Età"),
    ("Tempo de sobrevida (meses)", "Óbito", "Sim", "Não", "Grupo", "Tratamento", "Controle", "Idade"),
    (
        "Overleving (maanden)",
        "Overleden",
        "ja",
        "nee",
        "Behandelgroep",
        "Interventie",
        "Controle",
        "Leeftijd",
    ),
    ("Oppfølgingstid (dager)", "Død", "ja", "nei", "Behandlingsgruppe", "Intervensjon", "Kontroll", "Alder"),
    ("Czas przeżycia (dni)", "Zgon", "Tak", "Nie", "Ramię", "Lek", "Placebo", "Wiek"),
    ("Время наблюдения, мес", "Смерть", "да", "нет", "Группа", "Препарат", "Плацебо", "Возраст"),
    ("随访时间（月）", "是否死亡", "是", "否", "组别", "试验组", "对照组", "年龄"),
    ("存活時間(月)", "死亡", "是", "否", "組別", "實驗組", "對照組", "年齡"),
    ("観察期間(月)", "死亡", "あり", "なし", "投与群", "実薬群", "プラセボ群", "年齢"),
    ("추적관찰기간(일)", "사망여부", "예", "아니오", "치료군", "시험군", "위약군", "나이"),
]


@pytest.mark.parametrize("words", TABLES, ids=lambda words: words[0])
def test_a_whole_table_in_another_language(words):
    time, event, died, other, arm, drug, placebo, age = words
    table = pd.DataFrame(
        {
            arm: BASE.arm.map({"Drug": drug, "Placebo": placebo}),
            time: BASE.time / 10,
            event: BASE.status.map({1: died, 0: other}),
            age: BASE.age,
        }
    )
    text = table.to_csv(index=False, sep=";", decimal=",").encode()
    guess = al.guess_columns(al.read_trial(text, name="t.csv"))
    chosen = [
        guess[role] for role in ("duration_col", "event_col", "event_value", "treatment", "active_value")
    ]
    assert chosen == [time, event, died, arm, drug]
    assert guess["covariates"] == [age]


def test_an_outcome_beside_its_own_time_is_read_with_it():
    table = BASE.assign(pfs=BASE.time // 2, pfsstat=1, surv=BASE.time, survstat=BASE.status + 1)
    guess = al.guess_columns(table.drop(columns=["time", "status"]))
    assert (guess["duration_col"], guess["event_col"], guess["covariates"]) == ("surv", "survstat", ["age"])


@pytest.mark.parametrize("name", ["ADT", "RANDDT", "visitdat", "disease_free", "relapse free"])
def test_dates_kept_as_numbers_and_later_states_are_no_covariates(name):
    values = BASE.status if "free" in name else 21_915 + BASE.time
    assert al.guess_columns(BASE.assign(**{name: values}))["covariates"] == ["age"]


LATER = """
    pstat in_remission cured n_cycles dose_intensity compliance grade3_AE readmission psa_nadir PSA_12m score_month6
    week12_crp
    Rückfall réponse respuesta risposta recidief återfall nawrót odpowiedź 进展 疗效 増悪 奏効 반응 рецидив ответ
"""


@pytest.mark.parametrize("name", LATER.split())
def test_what_was_seen_later_is_no_covariate(name):
    table = BASE.assign(**{name: np.random.default_rng(6).integers(0, 2, len(BASE))})
    guess = al.guess_columns(table)
    assert (guess["event_col"], guess["covariates"]) == ("status", ["age"])


@pytest.mark.parametrize(
    "name",
    [
        "living_alone",
        "vital_capacity",
        "survey_year",
        "death_of_spouse",
        "dead30",
        "alive_1y",
        "OS_5y",
        "mort90",
    ],
)
def test_an_event_of_something_else_is_not_taken_for_the_status(name):
    table = BASE.assign(**{name: np.random.default_rng(6).integers(0, 2, len(BASE))})
    assert al.guess_columns(table)["event_col"] == "status"


def test_many_values_called_cr_are_a_measure():
    table = BASE.assign(CR=np.random.default_rng(5).normal(90, 9, len(BASE)))
    assert al.guess_columns(table)["covariates"] == ["age", "CR"]


@pytest.mark.parametrize(
    "name",
    ["time_to_death", "time from randomisation to last contact", "days_to_event", "time_since_randomisation"],
)
def test_a_length_of_follow_up_is(name):
    assert al.guess_columns(BASE.rename(columns={"time": name}))["duration_col"] == name


def test_the_first_arm_of_colon_is_observed():
    table = BASE.assign(arm=BASE.arm.map({"Drug": "Lev+5FU", "Placebo": "Obs"}))
    assert al.guess_columns(table)["active_value"] == "Lev+5FU"
