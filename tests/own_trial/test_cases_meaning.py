"""What 1 means, which arm is active: known, or inferred and said, or asked; never turned round silently.

The table is that of the customer's cases (80 patients, 66 deaths), dressed as people dress theirs; R's figures are in
tests/reference/own_trial_cases.csv.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

import alsteach as al
from alsteach.own_trial import codes
from alsteach.own_trial.guessing import guess_with_reasons
from alsteach.own_trial.preparing import prepare_trial

HERE = Path(__file__).parent
BASE = pd.read_csv(HERE / "cases" / "base.csv")
R = pd.read_csv(HERE.parent / "reference" / "own_trial_cases.csv").set_index("case")


def through_a_file(table: pd.DataFrame) -> pd.DataFrame:
    return al.read_trial(table.to_csv(index=False).encode(), name="trial.csv")


def analysed(table: pd.DataFrame, **choice) -> SimpleNamespace:
    """The unadjusted figures and the notes; the whole analysis is tested elsewhere."""
    guess = al.guess_columns(table) | {"covariates": [], "biomarker": None} | choice
    prepared = prepare_trial(table, **guess)
    fit = al.fit_cox(prepared)
    return SimpleNamespace(
        n=fit.n, events=fit.events, row=fit.table.loc["treated"], notes=prepared.attrs["notes"]
    )


def assert_figures_are_rs(found, case="base"):
    assert (found.n, found.events) == (R.n[case], R.events[case])
    figures = found.row[["hr", "ci_low", "ci_high"]].astype(float)
    np.testing.assert_allclose(figures, R.loc[case, figures.index].astype(float), rtol=2e-5)


def event_called(name, died=1, other=0) -> pd.DataFrame:
    table = BASE.drop(columns="status")
    table.insert(3, name, np.where(BASE.status == 1, died, other))
    return table


def arm_called(name, drug=1, placebo=0) -> pd.DataFrame:
    table = BASE.drop(columns="arm")
    table.insert(1, name, np.where(BASE.arm == "Drug", drug, placebo))
    return table


NAMES = {
    "Status (1=dead, 0=alive)": (1, 0),
    "event (1=event, 0=censored)": (1, 0),
    "Alive/dead status (0 = alive; 1 = dead)": (1, 0),
    "Survival status [1: deceased / 0: living]": (1, 0),
    "censoring indicator, 1 = death, 0 = censored": (1, 0),
    "Status (1 = censored, 0 = died)": (0, 1),
    "vital status (1 alive, 2 dead)": (2, 1),
    "status (2=alive, 1=dead)": (1, 2),
    "alive=1 dead=0 status": (0, 1),
    "status (dead/censored = 1/0)": (1, 0),
    "Alive at last contact (1=yes, 0=no)": (0, 1),
    "Death (yes=1, no=0)": (1, 0),
    "Status (0=verstorben, 1=lebt)": (0, 1),
    "statut (1=décédé, 0=vivant)": (1, 0),
    "estado (0=vivo, 1=muerto)": (1, 0),
    "stato (1=deceduto; 0=vivo)": (1, 0),
    "状态（1＝死亡，0＝存活）": (1, 0),
    "転帰 (1=死亡, 0=生存)": (1, 0),
    "상태 (1=사망, 0=생존)": (1, 0),
    "статус (1=умер, 0=жив)": (1, 0),
    "status (0=no event, 1=event)": (1, 0),
    "censor (1=uncensored, 0=censored)": (1, 0),
    "os_event_0dead": (0, 1),
    "Status..0.dead.": (0, 1),
    "status [dead 0]": (0, 1),
    "os (event: 0)": (0, 1),
    "status, dead is 0": (0, 1),
    "fustat (1 alive)": (0, 1),
    "death_0yes_1no": (0, 1),
    "alive_1yes_0no": (0, 1),
    "cens (0=no,1=yes)": (0, 1),
    "death yes/no (0=yes, 1=no)": (0, 1),
    "no relapse (1=yes, 0=no)": (0, 1),
    "status = 0 (dead), 1 (alive)": (0, 1),
    "alive/dead 1/0": (0, 1),
    "event (death coded as 0)": (0, 1),
    "status_1D_2A": (1, 2),
    "cens failed (0), not failed (1)": (0, 1),
    "Status (10=dead, 20=alive)": (10, 20),
    "death_ind (-1=dead, 0=alive)": (-1, 0),
    "是否死亡(0=是，1=否)": (0, 1),
    "死亡（1是 2否）": (1, 2),
    "生存状态(1死亡,2存活)": (1, 2),
}


@pytest.mark.parametrize("name", NAMES)
def test_codes_spelled_out_in_the_name_of_the_event(name):
    died, other = NAMES[name]
    found = analysed(through_a_file(event_called(name, died, other)))
    assert_figures_are_rs(found)
    assert any(f"the name says that {died} is the event" in note for note in found.notes)


@pytest.mark.parametrize(
    "name",
    [
        "survstat",
        "surv_event",
        "event_or_censored",
        "alive_or_dead",
        "cens",
        "Censored",
        "censor",
        "OS survival status",
    ],
)
@pytest.mark.parametrize("codes_", [(1, 0), (0, 1), (2, 1), (1, 2), ("yes", "no"), ("no", "yes")])
def test_a_name_that_holds_alive_or_censored_is_read_from_the_lengths_and_that_is_said(name, codes_):
    found = analysed(through_a_file(event_called(name, *codes_)))
    assert_figures_are_rs(found)
    assert any(
        "followed longest" in note and "change 'Which entry means died'" in note for note in found.notes
    )


@pytest.mark.parametrize("name", ["survstat", "event_censored", "censored", "surv", "alive or dead"])
def test_where_lengths_do_not_tell_it_is_asked(name):
    table = event_called(name)
    table["time"] = np.random.default_rng(0).permutation(table["time"])
    assert codes.censored_by_length(table[name], table["time"].to_numpy(float)) is None
    assert al.guess_columns(table)["event_value"] is None
    with pytest.raises(
        al.TrialDataError,
        match=f"Column '{name}' holds.*cannot be told.*the name fits either way.*choose it in 'Which entry means died'",
    ):
        analysed(table)


@pytest.mark.parametrize("name", NAMES)
def test_they_decide_against_the_lengths_of_follow_up(name):
    died, other = NAMES[name]
    values = pd.Series(np.where(BASE.status == 1, died, other))
    assert codes.died_value(values, name, BASE.status.to_numpy() * 500.0 + np.arange(80))[0] == [died]


UNCLEAR = [
    "death_0",
    "status_dead0",
    "cens1",
    "pfs_cens_1",
    "vital_status",
    "PUF_VITAL_STATUS",
    "event_free",
    "disease-free status",
    "Status in Ordnung (1=ja, 0=nein)",
    "stato (1=sì, 0=no)",
    "outcome 1=A 0=B",
]


@pytest.mark.parametrize("name", UNCLEAR)
@pytest.mark.parametrize("died", [0, 1])
def test_a_name_that_was_not_understood_decides_nothing(name, died):
    table = event_called(name, died, 1 - died)
    found = analysed(table, event_col=name)
    assert_figures_are_rs(found)
    assert any("followed longest" in note for note in found.notes)
    table["time"] = np.random.default_rng(0).permutation(table["time"])
    with pytest.raises(al.TrialDataError, match="cannot be told which of them means died"):
        analysed(table, event_col=name, event_value=None)


@pytest.mark.parametrize(
    ("name", "mark"), [("DTHFL", "Y"), ("death", 1), ("status", "dead"), ("died", "x"), ("event", "ja")]
)
def test_an_event_marked_only_where_it_happened_is_asked(name, mark):
    table = BASE.drop(columns="status").assign(**{name: BASE.status.map({1: mark, 0: None})})
    assert al.guess_columns(through_a_file(table))["event_value"] is None
    for choice in ({}, {"event_value": mark}):
        with pytest.raises(
            al.TrialDataError, match="66 rows and is blank in 14: if blank means alive, write 0"
        ):
            analysed(through_a_file(table), **choice)


def test_a_usual_code_that_the_lengths_contradict_is_asked():
    table = event_called("status", 0, 1)  # a public copy of pbc has 0 for death
    with pytest.raises(al.TrialDataError, match="1 is commoner among the patients followed longest"):
        analysed(table)
    found = analysed(table, event_value=0)
    assert_figures_are_rs(found)
    assert any("0 in 'status' is taken as the event, as chosen" in note for note in found.notes)
    wrong = analysed(table, event_value=1)
    assert any("followed longer than the others" in n or "followed longest" in n for n in wrong.notes)


@pytest.mark.parametrize("name", ["death", "died", "event"])
def test_a_name_of_death_is_believed_but_lengths_that_contradict_it_are_said(name):
    found = analysed(event_called(name, 0, 1))
    assert found.events == 14
    assert any("followed longest, which speaks against it: check it" in note for note in found.notes)
    assert not any("taken as the event" in note for note in analysed(event_called(name)).notes)


@pytest.mark.parametrize("name", ["CNSR", "cnsr", "OSCNSR", "PFS_CNSR"])
@pytest.mark.parametrize("others", [1, [1, 2, 3]])
def test_cdisc_has_0_for_the_event(name, others):
    table = event_called(name, 0, 1)
    if others != 1:
        censored = table[name] == 1
        table.loc[censored, name] = np.resize(others, censored.sum())
    found = analysed(
        through_a_file(table.rename(columns={"time": "AVAL", "arm": "TRT01P"})), duration_unit="days"
    )
    assert_figures_are_rs(found)
    assert any("CDISC's tables: 0 is the event" in note for note in found.notes)


@pytest.mark.parametrize("codes_", [("N", "Y"), ("EVENT", "CENSORED")])
def test_cnsr_in_words(codes_):
    table = event_called("CNSR", *codes_)
    assert_figures_are_rs(analysed(table))
    lengths = np.random.default_rng(0).permutation(table["time"])
    assert codes.died_value(table["CNSR"], "CNSR", lengths)[0] == ([] if "N" in codes_ else ["EVENT"])


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("AVALU", "MONTHS"),
        ("PARAM", "Overall survival (months)"),
        ("time unit", "months"),
        ("Einheit", "Monate"),
    ],
)
def test_the_unit_stands_in_a_column_beside(column, says):
    table = BASE.assign(time=BASE.time / 365.25 * 6, **{column: says}).rename(columns={"time": "AVAL"})
    assert al.guess_columns(table)["duration_unit"] == "months"
    table[column] = np.where(BASE.age > 60, says, "days")
    with pytest.raises(
        al.TrialDataError, match=f"Column '{column}' names several units of time .days, months"
    ):
        analysed(table)


def test_the_customers_cdisc_table():
    table = through_a_file(
        event_called("CNSR", 0, 1)[["arm", "time", "CNSR"]].set_axis(["TRT01P", "AVAL", "CNSR"], axis=1)
    )
    guess = al.guess_columns(table)
    told = {
        "duration_col": "AVAL",
        "event_col": "CNSR",
        "event_value": 0,
        "treatment": "TRT01P",
        "active_value": "Drug",
    }
    assert guess | told == guess
    assert_figures_are_rs(analysed(table, **guess))


WORDS = [
    ("1:DECEASED", "0:LIVING"),
    ("1:Recurred/Progressed", "0:DiseaseFree"),
    ("1:PROGRESSION", "0:CENSORED"),
    ("1:DEAD WITH TUMOR", "0:ALIVE OR DEAD TUMOR FREE"),
    ("Progressed", "Progression free"),
    ("Relapse", "No relapse"),
    ("Dead of disease", "Alive with disease"),
    ("Died", "Lost to follow-up"),
    ("Event", "No event"),
    ("event", "event-free"),
    ("not alive", "alive"),
    ("uncensored", "censored"),
    ("Recurrence", "NED"),
    ("zgon", "żyje"),
    ("deceduto", "vivo"),
    ("avliden", "levande"),
    ("overleden", "in leven"),
    ("умер", "жив"),
    ("死亡", "打ち切り"),
    ("사망", "생존"),
    ("décédé", "perdu de vue"),
    ("verstorben", "zensiert"),
    ("deceduta", "viva"),
    ("umrl", "živ"),
    ("増悪", "無増悪"),
    ("재발", "무재발"),
]


@pytest.mark.parametrize("died", WORDS, ids=lambda pair: pair[0])
@pytest.mark.parametrize("name", ["OS_STATUS", "status"])
def test_words_in_the_cells(died, name):
    table = through_a_file(event_called(name, *died))
    assert al.guess_columns(table)["event_value"] == died[0]
    assert_figures_are_rs(analysed(table))


@pytest.mark.parametrize(
    ("name", "died", "other"),
    [
        ("alive", "no", "yes"),
        ("Still alive", 0, 1),
        ("died", "yes", "no"),
        ("died", "1: Yes", "2: No"),
        ("death", "Yes (1)", "No (0)"),
        ("Tod", "1 Ja", "0 Nein"),
    ],
)
def test_yes_answers_what_the_name_asks(name, died, other):
    found = analysed(through_a_file(event_called(name, died, other)))
    assert_figures_are_rs(found)


def test_words_that_do_not_say_are_asked():
    with pytest.raises(al.TrialDataError, match="cannot be told which of them means died"):
        analysed(event_called("status", "type A", "type B"), event_col="status")
    with pytest.raises(al.TrialDataError, match="cannot be told which of them means died"):
        analysed(event_called("status", "B", "A"), event_col="status")
    with pytest.raises(al.TrialDataError, match="each of the words may mean the event"):
        analysed(event_called("status", "relapse", "death"))


def test_chosen_by_hand_gets_the_warnings_of_a_guess():
    table = event_called("cens")
    guessed, chosen, turned = (
        analysed(table, **c).notes for c in ({}, {"event_value": 1}, {"event_value": 0})
    )
    assert guessed == chosen
    assert any("followed longest" in note for note in guessed)
    assert any("as chosen, though 1 would be expected" in note for note in turned)
    table = arm_called("arm", "B", "A")
    guessed, chosen = (analysed(table, **c).notes for c in ({}, {"active_value": "B"}))
    assert guessed == chosen
    assert any("the words do not say which arm is active" in note for note in guessed)


ARM_NAMES = {
    "Treatment (0=drug, 1=placebo)": (0, 1),
    "arm (1 = active, 2 = control)": (1, 2),
    "Group [0: standard of care; 1: new drug]": (1, 0),
    "treatment: 1 placebo, 0 riluzole": (0, 1),
    "Arm (1=Kontrolle, 0=Verum)": (0, 1),
    "bras (0=traitement, 1=témoin)": (0, 1),
    "trt (1=observation, 2=chemo)": (2, 1),
    "arm (placebo=1, riluzole=0)": (0, 1),
    "placebo": (0, 1),
    "Placebo (1=yes, 0=no)": (0, 1),
    "arm_control": (0, 1),
    "Drug (1=yes, 0=no)": (1, 0),
    "Drug (1=no, 0=yes)": (0, 1),
    "drug (1=yes, 2=no)": (1, 2),
    "placebo (1=no, 2=yes)": (1, 2),
    "treated_0yes_1no": (0, 1),
    "placebo/drug (1/0)": (0, 1),
    "arm_0drug": (0, 1),
    "arm (exercise 0; waitlist 1)": (0, 1),
    "arm_riluzole1_placebo0": (1, 0),
    "Treatment_tratamiento1_control0": (1, 0),
    "Drug (1 ~ drug + chemo, 2 ~ chemo)": (1, 2),
    "allocation (0 = yes)": (0, 1),
    "treated (no=1)": (0, 1),
    "组别（1治疗组 2对照组）": (1, 2),
    "Obs": (0, 1),
    "obs_arm": (0, 1),
    "std_treatment": (0, 1),
    "sham": (0, 1),
    "vehicle_group": (0, 1),
    "wait_list": (0, 1),
    "deferred": (0, 1),
    "Vergleichsgruppe": (0, 1),
}


@pytest.mark.parametrize("name", ARM_NAMES)
def test_codes_spelled_out_in_the_name_of_the_arms(name):
    drug, placebo = ARM_NAMES[name]
    found = analysed(through_a_file(arm_called(name, drug, placebo)), treatment=name, active_value=None)
    assert_figures_are_rs(found)
    if drug != 1 or placebo != 0:
        assert any("is taken as the active arm" in note and "the name says" in note for note in found.notes)


@pytest.mark.parametrize("name", ["placebo or drug", "drug_vs_placebo", "treatment_1_placebo_0_drug"])
def test_a_name_with_both_arms_is_pointed_out(name):
    found = analysed(arm_called(name, 0, 1), treatment=name, active_value=None)
    assert any("if it is the other way round, change 'Active arm'" in note for note in found.notes)


ARMS = [
    ("Lev", "Obs"),
    ("Lev+5FU", "Obs"),
    ("Chemotherapy", "Observation"),
    ("Amgen", "Best supportive care"),
    ("riluzole + placebo", "placebo"),
    ("riluzole + IL-2", "riluzole"),
    ("standard + drug", "standard"),
    ("Aspirin", "no aspirin"),
    ("CBT", "Treatment as usual"),
    ("early", "control"),
    ("Intervention", "Kontrollgruppe"),
    ("Beobachtung plus Interferon", "Beobachtung"),
    ("trattamento", "controllo"),
    ("behandeling", "standaardzorg"),
    ("behandling", "kontroll"),
    ("lek", "grupa kontrolna"),
    ("実薬", "プラセボ"),
    ("試験群", "対照群"),
    ("시험군", "대조군"),
    ("신약", "위약"),
    ("препарат", "плацебо"),
    ("основная", "контрольная"),
    ("治疗组", "对照组"),
    ("tratamiento nuevo", "tratamiento estándar"),
    ("ATRT", "PBO"),
    ("drug", "sham"),
    ("A", "ctrl"),
    ("caso", "testigo"),
    ("tratado", "não tratado"),
    ("behandling", "ingen behandling"),
    ("lek", "brak"),
    ("лечение", "без лечения"),
    ("實驗組", "對照組"),
    ("médicament", "aucun"),
    ("投与", "非投与"),
    ("CBT", "waitlist"),
    ("riluzole with IL-2", "riluzole"),
    ("Not placebo", "Placebo"),
    ("non-control", "control"),
]


@pytest.mark.parametrize("arms", ARMS, ids=lambda pair: "/".join(pair))
def test_words_for_the_arms(arms):
    found = analysed(through_a_file(arm_called("arm", *arms)))
    assert_figures_are_rs(found)
    assert any(f"{arms[0]!r} in 'arm' is taken as the active arm" in note for note in found.notes)


@pytest.mark.parametrize(
    "name",
    [
        "arm (drug/placebo)",
        "Drug or placebo",
        "trt (1=XR, 0=IR)",
        "arm without surgery",
        "arm_E0_C1",
        "rx.0.T.1.C",
        "arm (1 IL-2 0 placebo)",
        "arm (XR coded as 0)",
        "placebo_0",
    ],
)
def test_codes_that_the_name_leaves_open_are_asked(name):
    guess, _ = guess_with_reasons(arm_called(name), ask=True)
    assert (guess["treatment"], guess["active_value"]) == (name, None)


@pytest.mark.parametrize("name", ["arm (0/1)", "trt_0_1", "treatment 0 or 1"])
def test_codes_without_words_are_the_usual_ones(name):
    assert codes.active_value(pd.Series([0, 1]), name) == (1, codes.USUAL_ARM, True)


@pytest.mark.parametrize("words", [("Int", "Con"), ("und", "mit")])
def test_a_short_word_is_nothing_added(words):
    assert not codes.active_value(pd.Series(words), "arm")[2]


@pytest.mark.parametrize("name", ["Obs", "sham", "Kontrolle", "placebo"])
def test_a_column_called_after_the_control_is_the_treatment(name):
    guess, _ = guess_with_reasons(arm_called(name, 0, 1), ask=True)
    assert (guess["treatment"], guess["active_value"]) == (name, 0)


def test_every_case_of_the_courses_datasets_keeps_its_coding():
    for load in (al.load_veteran, al.load_pbc, al.load_mirocals_like):
        table = load()
        assert codes.died_value(table["died"], "died", table["time_days"].to_numpy(float)) == (
            [1],
            codes.USUAL_EVENT,
        )
        prepared = prepare_trial(table, duration_col="time_days", event_col="died", treatment="treated")
        assert not any("followed longest" in note for note in prepared.attrs["notes"])


@pytest.mark.parametrize("seed", range(8))
def test_the_rank_test_is_scipys(seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 40 if seed % 2 else 4000, 30 + 20 * seed).astype(float)
    second = rng.random(lengths.size) < 0.3
    lengths[second] *= 1 + 0.2 * (seed % 3)
    expected = mannwhitneyu(lengths[second], lengths[~second], method="asymptotic")
    p, share = codes.rank_test(lengths, second)
    assert p == pytest.approx(expected.pvalue, rel=1e-9)
    assert share == pytest.approx(expected.statistic / (second.sum() * (~second).sum()))
    assert codes.rank_test(np.ones(6), np.arange(6) < 3) == (1.0, 0.5)
