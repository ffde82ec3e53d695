"""From a learner's columns to the table that is analysed: values, notes, and refusals that name column and remedy."""

from __future__ import annotations

import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alsteach as al
from alsteach.own_trial import covariates as explanatory
from alsteach.own_trial.preparing import ROLES, prepare_trial

ROLE_COLUMNS = {"duration_col": "time", "event_col": "status", "treatment": "arm"}
N = 40
RNG = np.random.default_rng(5)
TABLE = pd.DataFrame(
    {
        "time": RNG.exponential(300, N).round(1) + 1,
        "status": RNG.integers(0, 2, N),
        "arm": np.resize([0, 1], N),
        "age": RNG.normal(60, 10, N).round(),
        "nfl": RNG.lognormal(4, 1, N).round(1),
    },
    index=pd.RangeIndex(2, N + 2, name="row of the file"),
)


def prepare(change: dict | None = None, **options) -> pd.DataFrame:
    """Prepare the table with some columns changed."""
    return prepare_trial(TABLE.assign(**(change or {})), **{**ROLE_COLUMNS, **options})


def notes(prepared: pd.DataFrame) -> str:
    return " ".join(prepared.attrs["notes"])


def with_cells(column: str, **cells) -> dict:
    """The column as text with some cells changed: ``row_5="<5"``."""
    values = TABLE[column].astype(object).copy()
    for row, cell in cells.items():
        values.loc[int(row.removeprefix("row_"))] = cell
    return {column: values}


def test_a_clean_table_needs_no_notes():
    prepared = prepare(covariates=["age"], biomarker="nfl")
    assert prepared.columns.tolist() == ["time_days", "died", "treated", "age", "nfl"]
    np.testing.assert_array_equal(prepared.time_days, TABLE.time)
    np.testing.assert_array_equal(prepared.died, TABLE.status)
    np.testing.assert_array_equal(prepared.treated, TABLE.arm)
    np.testing.assert_array_equal(prepared.nfl, TABLE.nfl)
    assert prepared.index.equals(TABLE.index)
    assert [n for n in prepared.attrs["notes"] if "fewer than 10" not in n] == []
    assert prepared.attrs["labels"] == {
        "duration_col": "time",
        "unit": "days",
        "event_col": "status",
        "event_value": 1,
        "treatment": "arm",
        "active_value": 1,
        "control_value": 0,
        "covariates": ["age"],
        "biomarker": "nfl",
    }


def test_the_table_given_is_not_changed():
    before = TABLE.copy(deep=True)
    prepare(covariates=["age"], biomarker="nfl")
    pd.testing.assert_frame_equal(TABLE, before)


@pytest.mark.parametrize(
    ("unit", "days"), [("days", 1), ("weeks", 7), ("months", 30.4375), ("years", 365.25)]
)
def test_units_become_days(unit, days):
    prepared = prepare({"time": TABLE.time / 100}, duration_unit=unit)
    np.testing.assert_allclose(prepared.time_days, TABLE.time / 100 * days)


def test_the_course_and_the_preparation_agree_on_veteran():
    veteran = al.load_veteran()
    others = ["celltype", "karno", "diagtime_months", "age_years", "prior"]
    words = veteran.assign(
        months=veteran.time_days / 30.4375,
        end=veteran.died.map({1: "Dead", 0: "Alive"}),
        group=veteran.treated.map({1: "test", 0: "standard"}),
    )
    prepared = prepare_trial(
        words,
        duration_col="months",
        event_col="end",
        treatment="group",
        duration_unit="months",
        covariates=others,
    )
    ours = al.fit_cox(prepared, covariates=others).table
    theirs = al.fit_cox(veteran, covariates=others).table
    assert ours.index.tolist() == theirs.index.tolist()
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)
    assert ours.loc["treated", "hr"] == pytest.approx(1.3426, abs=5e-5)  # R's coxph
    assert ours.loc["treated", "se"] == pytest.approx(0.2075, abs=5e-5)


# --- Codings that work, with a note where they could be meant otherwise ---


@pytest.mark.parametrize(
    ("codes", "options", "died", "note"),
    [
        ({0: "Alive", 1: "Dead"}, {}, 1, "'Dead' in 'status' is taken as the event"),
        ({0: 1, 1: 2}, {}, 1, "2 in 'status' is taken as the event (the usual coding: 2 died, 1 censored)"),
        ({0: False, 1: True}, {}, 1, ""),
        ({0: "no", 1: "yes"}, {}, 1, "'yes' in 'status'"),
        ({0: "0", 1: "1"}, {}, 1, ""),
        ({0: " alive ", 1: "dead"}, {}, 1, "'dead' in 'status'"),
        (
            {0: 3, 1: 7},
            {"event_value": 7},
            1,
            "7 in 'status' is taken as the event, as chosen; the file itself does not",
        ),
        ({0: 3, 1: 7}, {"event_value": "7"}, 1, "7 in 'status' is taken as the event, as chosen"),
        (
            {0: 0, 1: 1},
            {"event_value": 0},
            0,
            "0 in 'status' is taken as the event, as chosen, though 1 would be expected",
        ),
        ({0: 0, 1: 1}, {"event_value": [1]}, 1, ""),
    ],
)
def test_codings_of_the_event(codes, options, died, note):
    prepared = prepare({"status": TABLE.status.map(codes)}, **options)
    np.testing.assert_array_equal(prepared.died, TABLE.status == died)
    assert note in notes(prepared)
    assert note or "'status'" not in notes(prepared)


def test_two_spellings_of_one_word_are_one_word():
    arm = TABLE.arm.map({0: "placebo", 1: "drug"}).mask(TABLE.index == 4, "Placebo ")
    prepared = prepare({"arm": arm})
    np.testing.assert_array_equal(prepared.treated, TABLE.arm)
    assert "'placebo' and 'Placebo' in 'arm' are taken as the same." in prepared.attrs["notes"]


def test_a_column_called_censored_is_asked_unless_lengths_tell():
    table = TABLE.rename(columns={"status": "censored"})
    with pytest.raises(
        al.TrialDataError, match="the name fits either way, and the lengths of follow-up do not tell"
    ):
        prepare_trial(table, **{**ROLE_COLUMNS, "event_col": "censored"})
    table["time"] += 300 * table["censored"]
    prepared = prepare_trial(table, **{**ROLE_COLUMNS, "event_col": "censored"})
    np.testing.assert_array_equal(prepared.died, 1 - TABLE.status)
    assert (
        "0 in 'censored' is taken as the event (1 is commoner among the patients followed longest"
        in notes(prepared)
    )


def test_competing_events_are_chosen_and_said():
    status = TABLE.status.mask(TABLE.index < 8, 2)
    with pytest.raises(
        al.TrialDataError, match=r"Column 'status' holds 0 \(\d+\), 1 \(\d+\), 2 \(6\), and it cannot be told"
    ):
        prepare({"status": status})
    prepared = prepare({"status": status}, event_value=2)
    assert prepared.died.sum() == 6
    assert "All other values of 'status' (0, 1) count as censored" in notes(prepared)
    assert prepare({"status": status}, event_value=[1, 2]).died.sum() == (status > 0).sum()


@pytest.mark.parametrize(
    ("codes", "options", "active", "note"),
    [
        ({0: 1, 1: 2}, {}, 1, "2 in 'arm' is taken as the active arm and 1 as the control (the higher code"),
        (
            {0: 1, 1: 2},
            {"active_value": 1},
            0,
            "1 in 'arm' is the active arm, as chosen, though 2 would be expected",
        ),
        ({0: "placebo", 1: "IL-2"}, {}, 1, "'IL-2' in 'arm' is taken as the active arm"),
        ({0: "A", 1: "B"}, {}, 1, "the words do not say which arm is active"),
        ({0: False, 1: True}, {}, 1, ""),
        ({0: "no", 1: "yes"}, {"active_value": "YES"}, 1, "'yes' in 'arm'"),
    ],
)
def test_codings_of_the_treatment(codes, options, active, note):
    prepared = prepare({"arm": TABLE.arm.map(codes)}, **options)
    np.testing.assert_array_equal(prepared.treated, TABLE.arm == active)
    assert note in notes(prepared)
    assert prepared.attrs["labels"]["active_value"] == codes[active]
    assert prepared.attrs["labels"]["control_value"] == codes[1 - active]


def test_patients_without_outcome_or_arm_are_left_out_and_said():
    change = with_cells("time", row_5=None) | with_cells("arm", row_9=" ") | with_cells("age", row_7=None)
    prepared = prepare(change, covariates=["age"])
    assert len(prepared) == N - 2
    assert 5 not in prepared.index
    assert 9 not in prepared.index
    assert "2 of 40 patients left out, as a cell is blank in 'time' (1), 'arm' (1): rows 5, 9." in notes(
        prepared
    )
    assert prepared.age.isna().sum() == 1
    assert "1 of 38 patients have a blank covariate: 'age' (1)." in notes(prepared)


def test_a_follow_up_of_zero_is_kept_and_the_analysis_takes_it():
    prepared = prepare(with_cells("time", row_3=0, row_4=0) | with_cells("status", row_3=1, row_4=0))
    assert "2 patients have a follow-up of 0 (in rows 3, 4). They are kept" in notes(prepared)
    assert len(prepared) == N
    curve = al.kaplan_meier(prepared)
    assert len(curve)
    kept, dropped = al.fit_cox(prepared), al.fit_cox(prepared.drop(index=4))
    assert kept.events == prepared.died.sum()
    assert kept.table.loc["treated", "hr"] != pytest.approx(
        al.fit_cox(prepared.drop(index=3)).table.loc["treated", "hr"]
    )
    # Who was not followed at all is in no risk set but that of the deaths on day 0.
    assert dropped.events == kept.events


@pytest.mark.parametrize(
    ("cells", "expected", "note"),
    [
        (
            {"row_2": "12,5", "row_3": "7,25"},
            {2: 12.5, 3: 7.25},
            "The commas in 'nfl' are read as decimal commas.",
        ),
        ({"row_2": "1,234.5"}, {2: 1234.5}, "The commas in 'nfl' are read as thousands separators."),
        ({"row_2": " 8 "}, {2: 8.0}, ""),
    ],
)
def test_numbers_in_text(cells, expected, note):
    prepared = prepare(with_cells("nfl", **cells), biomarker="nfl")
    for row, value in expected.items():
        assert prepared.nfl.loc[row] == value
    assert note in notes(prepared)
    assert prepared.nfl.drop(list(expected)).tolist() == TABLE.nfl.drop(list(expected)).tolist()


def test_percentages_in_all_cells_are_numbers():
    prepared = prepare({"svc": [f"{v:g} %" for v in TABLE.age]}, covariates=["svc"])
    np.testing.assert_array_equal(prepared.svc, TABLE.age)
    assert "The % signs in 'svc' are left out" in notes(prepared)


def test_a_constant_covariate_is_left_out():
    prepared = prepare({"country": "UK", "dose": 3}, covariates=["country", "age", "dose"])
    assert prepared.columns.tolist() == ["time_days", "died", "treated", "age"]
    assert prepared.attrs["labels"]["covariates"] == ["age"]
    assert "Covariate 'country' is UK for every patient and was left out" in notes(prepared)
    assert "Covariate 'dose' is 3.0 for every patient and was left out" in notes(prepared)


@pytest.mark.parametrize(
    ("levels", "ordered"),
    [
        (["yes", "no"], ["no", "yes"]),
        (["high", "low", "moderate"], ["low", "moderate", "high"]),
        (["III", "I", "II"], ["I", "II", "III"]),
        (["Stage 10", "Stage 2", "Stage 1"], ["Stage 1", "Stage 2", "Stage 10"]),
        (["severe", "mild"], ["mild", "severe"]),
        (["bulbar", "limb", "limb", "respiratory"], ["limb", "bulbar", "respiratory"]),
        (["positive", "negative"], ["negative", "positive"]),
        (["present", "absent"], ["absent", "present"]),
    ],
)
def test_words_become_groups_with_a_sensible_first(levels, ordered):
    prepared = prepare({"group": RNG.permutation(np.resize(levels, N))}, covariates=["group"])
    assert prepared.group.cat.categories.tolist() == ordered


def test_blank_words_stay_blank_and_given_categories_keep_their_order():
    group = pd.Series(
        pd.Categorical(np.resize(["b", "a", "c"], N), categories=["c", "a", "b"]), index=TABLE.index
    )
    prepared = prepare({"group": group}, covariates=["group"])
    assert prepared.group.cat.categories.tolist() == ["c", "a", "b"]
    word = pd.Series(np.repeat(["b", "a", "NA", " "], N // 4), index=TABLE.index)
    prepared = prepare({"group": word}, covariates=["group"])
    assert prepared.group.isna().sum() == N / 2
    assert prepared.group.cat.categories.tolist() == ["a", "b"]


def test_a_covariate_may_be_called_as_one_of_ours():
    table = TABLE.rename(columns={"age": "died", "nfl": "time_days"})
    prepared = prepare_trial(table, **ROLE_COLUMNS, covariates=["died"], biomarker="time_days")
    assert prepared.columns.tolist() == [
        "time_days",
        "died",
        "treated",
        "died (covariate)",
        "time_days (covariate)",
    ]
    np.testing.assert_array_equal(prepared["died (covariate)"], TABLE.age)
    assert prepared.attrs["labels"]["covariates"] == ["died (covariate)"]
    assert prepared.attrs["labels"]["biomarker"] == "time_days (covariate)"
    assert "Covariate 'died' is called 'died (covariate)' here" in notes(prepared)


def test_no_event_in_one_arm_goes_on():
    prepared = prepare({"status": TABLE.arm})
    assert prepared.groupby("treated").died.sum().tolist() == [0, N // 2]
    assert "Nobody had the event in the arm 0, so the hazard ratio cannot be estimated" in notes(prepared)


def test_every_patient_died_goes_on():
    assert "Every patient had the event (1 in 'status')" in notes(prepare({"status": 1}))


def test_too_few_events_for_so_many_covariates():
    events = int(TABLE.status.sum())
    prepared = prepare(
        {"x": RNG.normal(size=N), "g": np.resize(list("abcd"), N)}, covariates=["age", "x", "g"]
    )
    assert f"{events} events for 5 covariate terms are fewer than 10 each" in notes(prepared)


def test_copied_rows_and_patients_entered_twice():
    table = TABLE.assign(patient_id=range(N))
    doubled = pd.concat([table, table.iloc[[3]].rename(index={5: 99})])
    prepared = prepare_trial(doubled, **ROLE_COLUMNS)
    assert len(prepared) == N + 1
    assert "'patient_id' has the same value in several rows (row 99): a patient entered twice?" in notes(
        prepared
    )
    prepared = prepare_trial(doubled.drop(columns="patient_id"), **ROLE_COLUMNS)
    assert "1 row is a copy of another (row 99)" in notes(prepared)


def test_numbers_that_restart_in_each_arm_are_no_repeats():
    number = TABLE.groupby("arm").cumcount() + 1
    prepared = prepare_trial(TABLE.assign(no=number), **ROLE_COLUMNS)
    assert len(prepared) == N


def test_codes_for_unknown_are_pointed_out():
    prepared = prepare(
        with_cells("age", row_6=999, row_8=999) | {"race": np.resize([1, 2, 3], N)},
        covariates=["age", "race"],
    )
    assert "Covariate 'age' is 999 in 2 patients, far from all others" in notes(prepared)
    assert "Covariate 'race' is used as a number; if its numbers are names of groups" in notes(prepared)


def test_doubtful_units_are_pointed_out():
    assert "The longest follow-up is" in notes(prepare({"time": TABLE.time / 1e4}))


def test_a_time_before_the_trial_chosen_by_hand_is_pointed_out():
    said = notes(prepare({"disease_duration_days": TABLE.time}, duration_col="disease_duration_days"))
    assert "'disease_duration_days' does not sound like the time from randomisation" in said
    assert "does not sound like" not in notes(prepare())


@pytest.mark.parametrize("name", ["recurrence", "alsfrs_week_12", "best_response", "pfs_months"])
def test_what_came_after_randomisation_is_pointed_out_as_a_covariate(name):
    said = notes(prepare({name: RNG.permutation(TABLE.age)}, covariates=[name]))
    assert f"Covariate {name!r} sounds like something known only after the trial began" in said


def test_a_biomarker_measured_later_is_pointed_out_as_one():
    said = notes(prepare({"alsfrs_week_12": RNG.permutation(TABLE.age)}, biomarker="alsfrs_week_12"))
    assert "Biomarker 'alsfrs_week_12' sounds like something known only after the trial began" in said
    assert "Covariate 'alsfrs_week_12'" not in said


@pytest.mark.parametrize("name", ["age", "prior_recurrence", "baseline_alsfrs", "diagtime_months", "sex"])
def test_what_was_known_before_is_no_cause_for_concern(name):
    said = notes(prepare({name: RNG.permutation(TABLE.age)}, covariates=[name]))
    assert "known only after" not in said


def test_an_index_with_repeats_is_no_obstacle():
    prepared = prepare_trial(TABLE.set_axis(np.zeros(N, int)), **ROLE_COLUMNS, covariates=["age"])
    np.testing.assert_array_equal(prepared.age, TABLE.age)


# --- What is refused: a change to the table, options, what the sentence must say ---

DATES = pd.Series(pd.date_range("2020-01-01", periods=N, freq="D").astype(str), index=TABLE.index)
REFUSED = {
    "no such column": ({}, {"treatment": "trt"}, "There is no column 'trt'; the table has: time, status"),
    "no time chosen": ({}, {"duration_col": None}, "No column is chosen in 'Follow-up time'"),
    "no event chosen": (
        {},
        {"event_col": None},
        "No column is chosen in 'Event'; choose the one that says who died",
    ),
    "no treatment chosen": ({}, {"treatment": None}, "No column is chosen in 'Treatment'.*which arm"),
    "one column twice": ({}, {"event_col": "time"}, "'time' is chosen in 'Follow-up time' and in 'Event'"),
    "outcome as covariate": (
        {},
        {"covariates": ["age", "status"]},
        "'status' is chosen in 'Event' and in 'Covariates'",
    ),
    "treatment as biomarker": ({}, {"biomarker": "arm"}, "'arm' is chosen in 'Treatment' and in 'Biomarker'"),
    "unknown unit": (
        {},
        {"duration_unit": "fortnights"},
        "Unit of time 'fortnights' is not known; choose one of days, weeks",
    ),
    "dates as time": ({"time": DATES}, {}, "Column 'time' holds dates; a follow-up time is a length.*=C2-B2"),
    "dates with a start": (
        {"time": DATES, "start_date": DATES.to_numpy()},
        {},
        "'start_date' seems to hold the start: add a column with 'time' minus 'start_date', in days",
    ),
    "real dates": ({"time": pd.to_datetime(DATES)}, {}, "Column 'time' holds dates"),
    "dates, none chosen": (
        {"time": DATES, "end": DATES.to_numpy()},
        {"duration_col": None},
        r"no column with a follow-up time, but there are dates \('time', 'end'\).*'Follow-up time'",
    ),
    "negative time": (
        with_cells("time", row_4=-3, row_9=-1),
        {},
        "'time' has negative times in rows 4, 9; .*starts at 0",
    ),
    "infinite time": (with_cells("time", row_4=np.inf), {}, "'time' is infinite in row 4; correct"),
    "equal times": ({"time": 100.0}, {}, "'time' is 100 for every patient"),
    "time with unit": (
        with_cells("time", row_4="12 months"),
        {},
        "'time'.* has '12 months' in row 4. Write the number alone.*'Unit of time'",
    ),
    "open time": (with_cells("time", row_4=">24"), {}, "'time'.* has '>24' in row 4.*censored: write 12"),
    "time in words": (
        with_cells("time", row_4="long"),
        {},
        "Column 'time', chosen in 'Follow-up time', must hold numbers, but has 'long' in row 4",
    ),
    "years of 3000": (
        {"time": 3000.0 - TABLE.index},
        {"duration_unit": "years"},
        "which in years is 2,998 years; choose another 'Unit of time'",
    ),
    "no event": ({"status": 0}, {}, "'status' is 0 for every patient: no event at all"),
    "one word": (
        {"status": "x"},
        {},
        "'status' is 'x' for every patient; choose it in 'Which entry means died'",
    ),
    "unknown words": (
        {"status": TABLE.status.map({0: "p", 1: "q"})},
        {},
        r"'status' holds 'p' \(\d+\), 'q' \(\d+\), and it cannot be told",
    ),
    "dates as event": ({"status": DATES}, {}, "'status' holds dates. The event must say who died, not when"),
    "many events": ({"status": TABLE.nfl}, {}, r"'status' has \d+ different values; the event needs two"),
    "event value absent": (
        {},
        {"event_value": "dead"},
        "'dead' chosen in 'Which entry means died' is no value of column 'status'; choose among 0, 1",
    ),
    "one arm": ({"arm": "drug"}, {}, "'arm' is 'drug' for every patient; a comparison needs two arms"),
    "three arms": (
        {"arm": np.resize(["a", "b", "c"], N)},
        {},
        r"'arm' has 3 different values \('a' \(14\), 'b' \(13\), 'c' \(13\)\).*keep two",
    ),
    "number as arm": (
        {"arm": TABLE.nfl},
        {},
        r"'arm' has \d+ different values; two arms can be compared here: choose another",
    ),
    "active value absent": (
        {},
        {"active_value": 3},
        "3 chosen in 'Active arm' is no value of column 'arm'; choose among 0, 1",
    ),
    "both active": ({}, {"active_value": [0, 1]}, "'Active arm' must be one of the two values"),
    "all blank": ({"arm": None}, {}, "Every patient has a blank cell in 'arm'"),
    "below detection": (
        with_cells("nfl", row_4="<5", row_7="<5"),
        {"biomarker": "nfl"},
        "Column 'nfl', chosen in 'Biomarker', must hold numbers, but has '<5' in rows 4, 7.*half the limit",
    ),
    "units in a covariate": (
        with_cells("age", row_4="61 years"),
        {"covariates": ["age"]},
        "'age', chosen in 'Covariates'.*'61 years' in row 4.*find and replace",
    ),
    "some percent": (
        with_cells("age", row_4="45 %"),
        {"covariates": ["age"]},
        "'age'.*'45 %' in row 4. Some are percentages and some are not",
    ),
    "commas of two kinds": (
        with_cells("age", row_4="1,5", row_5="1,234.5"),
        {"covariates": ["age"]},
        "'age'.*write all with decimal points",
    ),
    "infinite covariate": (
        with_cells("age", row_4=np.inf),
        {"covariates": ["age"]},
        "'age' is infinite in row 4",
    ),
    "dates as covariate": (
        {"when": DATES},
        {"covariates": ["when"]},
        "'when', chosen in 'Covariates', holds dates",
    ),
    "identifier": (
        {"patient_id": range(N)},
        {"covariates": ["patient_id"]},
        "'patient_id', chosen in 'Covariates', looks like an identifier",
    ),
    "names": (
        {"who": [f"p{k}" for k in range(N)]},
        {"covariates": ["who"]},
        "'who'.* looks like an identifier",
    ),
    "21 groups": (
        {"town": [f"t{k % 21}" for k in range(4 * N)][:N]},
        {"covariates": ["town"]},
        "'town'.*(21 different words|looks like an identifier)",
    ),
    "words as biomarker": (
        {"stage": np.resize(["low", "high"], N)},
        {"biomarker": "stage"},
        "'stage', chosen in 'Biomarker', must hold numbers",
    ),
    "constant biomarker": (
        {"nfl": 3},
        {"biomarker": "nfl"},
        "'nfl' is 3.0 for every patient; choose another in 'Biomarker'",
    ),
    "blank biomarker": ({"nfl": np.nan}, {"biomarker": "nfl"}, "'nfl' is blank for every patient"),
    "covariate says who died": (
        {"dead": 1 - TABLE.status},
        {"covariates": ["dead"]},
        "'dead', chosen in 'Covariates', says the same as 'status': who had the event",
    ),
    "covariate says the arm": (
        {"drug": TABLE.arm.map({0: "p", 1: "d"})},
        {"covariates": ["drug"]},
        "'drug'.* says the same as 'arm': who was in which arm",
    ),
    "covariate is the time": (
        {"months": TABLE.time / 30},
        {"covariates": ["months"]},
        "'months'.* is the follow-up time 'time' once more",
    ),
    "start and stop": (
        {
            "id": np.repeat(range(N // 2), 2),
            "tstart": np.resize([0.0, 5.0], N),
            "tstop": np.resize([5.0, 9.0], N),
        },
        {"duration_col": "tstop"},
        "'tstart' and 'tstop' cut each patient's time into several rows .*40 rows for 20 values of 'id'",
    ),
    "delayed entry": (
        {"entry": TABLE.time / 2, "exit": TABLE.time},
        {"duration_col": "exit"},
        "In column 'entry' patients enter after time 0 .delayed entry.*'exit' minus 'entry'",
    ),
    "interval": (
        {"left": TABLE.time, "right": TABLE.time + 5},
        {"duration_col": "right"},
        "'left' and 'right' look like the bounds of an interval",
    ),
    "visits": (
        {"subject": np.repeat(range(10), 4)},
        {},
        "'subject' shows several rows a patient .40 rows, 10 patients",
    ),
    "no rows": ({}, {"rows": 0}, "no rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_names_the_column_and_what_to_do(case):
    change, options, message = REFUSED[case]
    options = dict(options)
    table = TABLE.assign(**change).iloc[: options.pop("rows", N)]
    with pytest.raises(al.TrialDataError, match=message) as refused:
        prepare_trial(table, **{**ROLE_COLUMNS, **options})
    text = str(refused.value)
    assert text.endswith(".")
    assert "\n" not in text


def test_more_than_twenty_groups_are_refused_by_number():
    table = pd.concat([TABLE] * 4, ignore_index=True).assign(town=[f"t{k % 21}" for k in range(4 * N)])
    with pytest.raises(
        al.TrialDataError, match=r"has 21 different words \('t\d+', 't\d+', …\); at most 20 groups"
    ):
        prepare_trial(table, **ROLE_COLUMNS, covariates=["town"])


def test_no_table_is_refused():
    with pytest.raises(al.TrialDataError, match="must be a pandas DataFrame"):
        prepare_trial({"time": [1]}, **ROLE_COLUMNS)


def test_roles_are_the_arguments():
    assert set(ROLES) == set(al.guess_columns(TABLE))


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.floats(allow_nan=True),
    st.text(alphabet="01 ,.<%abdenoyst-", max_size=6),
    st.booleans(),
)


@given(st.data())
def test_any_cells_are_prepared_or_refused(data):
    n = data.draw(st.integers(0, 8))
    table = pd.DataFrame(
        {
            name: pd.Series(data.draw(st.lists(CELLS, min_size=n, max_size=n)), dtype=object)
            for name in ("time", "status", "arm", "x")
        }
    )
    try:
        prepared = prepare_trial(table, **ROLE_COLUMNS, covariates=["x"])
    except al.TrialDataError:
        pass
    else:
        assert set(prepared.died) <= {0, 1}
        assert set(prepared.treated) == {0, 1}
        assert (prepared.time_days >= 0).all()
        assert np.isfinite(prepared.time_days).all()
    guess = al.guess_columns(table)
    with contextlib.suppress(al.TrialDataError):
        prepare_trial(table, **guess)


@given(st.permutations(["low", "moderate", "high"]))
def test_order_does_not_depend_on_the_order_found(found):
    assert explanatory.order(list(found)) == ["low", "moderate", "high"]
