"""The teaching model: what must hold of any such model, what it was chosen to do, and what is known of IL-2."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

import alsteach as al
from alsteach.worlds import mechanism

DATASETS = Path(__file__).parents[2] / "datasets"
LN2 = math.log(2)
DOSES = [0, 0.25, 0.5, 1, 2, 5, 10, 18, 42]
SHARES = [
    "treg_percent",
    "teff_percent_of_baseline",
    "microglia_percent_of_baseline",
    "ccl2_percent_of_baseline",
]


@pytest.fixture(scope="module")
def parameters():
    return al.load_mechanism_parameters().set_index("parameter")


@pytest.fixture(scope="module")
def courses():
    return {dose: al.simulate_treg(dose) for dose in DOSES}


def at(course, day, column="treg_percent"):
    return course.set_index("time_days").loc[day, column]


def rise(course, column="treg_percent"):
    return course[column].max() - course[column].iloc[0]


# --- what must hold of any such model -------------------------------------------------------------------------------


def within_range(parameters):
    return st.fixed_dictionaries(
        {name: st.floats(row.low, row.high) for name, row in parameters.iterrows() if row.low < row.high}
    )


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_nothing_turns_negative_whatever_the_regimen_and_the_parameters(parameters, data):
    changed = data.draw(within_range(parameters))
    cycle = data.draw(st.integers(1, 30))
    course = al.simulate_treg(
        dose_miu=data.draw(st.floats(0, 100)),
        days_on=data.draw(st.integers(0, cycle)),
        cycle_days=cycle,
        n_cycles=data.draw(st.integers(1, 3)),
        parameters=changed,
    )
    assert list(course) == mechanism.COLUMNS
    assert np.isfinite(course.to_numpy()).all()
    assert (course[["time_days", "il2_pmol_l"]] >= 0).all(axis=None)
    assert (course[SHARES] > 0).all(axis=None)
    percent = course[["trimeric_occupied_percent", "dimeric_occupied_percent", "treg_percent"]]
    assert percent.lt(100).all(axis=None)
    assert (course["trimeric_occupied_percent"] >= course["dimeric_occupied_percent"]).all()
    assert (np.diff(course["time_days"]) > 0).all()
    # Nothing in the model pushes either population below its baseline.
    assert course["treg_percent"].min() >= changed["treg_baseline_percent"] * (1 - 1e-5)
    assert course["teff_percent_of_baseline"].min() >= 100 * (1 - 1e-5)


@pytest.mark.parametrize("regimen", [{"dose_miu": 0}, {"days_on": 0}, {"dose_miu": 0, "days_on": 0}])
def test_without_drug_nothing_moves(parameters, regimen):
    course = al.simulate_treg(**regimen)
    assert course["time_days"].iloc[[0, -1]].tolist() == [0, 84]
    assert (course["il2_pmol_l"] == 0).all()
    assert (course["treg_percent"] - parameters.loc["treg_baseline_percent", "value"]).abs().max() < 1e-12
    for column in SHARES[1:]:
        assert (course[column] - 100).abs().max() < 1e-12


def test_baseline_is_a_steady_state_that_pulls_back(parameters):
    right_hand_side = mechanism._right_hand_side(mechanism.parameter_values())
    assert right_hand_side(0, mechanism.BASELINE) == (0, 0, 0, 0, 0, 0)
    for i in range(2, 6):
        for displaced, sign in ((1.1, -1), (0.9, 1)):
            state = list(mechanism.BASELINE)
            state[i] = displaced
            assert math.copysign(1, right_hand_side(0, state)[i]) == sign


def test_neither_the_report_nor_the_tolerance_changes_the_solution():
    coarse, fine = al.simulate_treg(steps_per_day=1), al.simulate_treg(steps_per_day=24)
    common = fine[fine["time_days"].isin(coarse["time_days"])]
    np.testing.assert_allclose(common.to_numpy(), coarse.to_numpy(), rtol=1e-4, atol=1e-6)
    loose, strict = al.simulate_treg(rtol=1e-5), al.simulate_treg(rtol=1e-9)
    np.testing.assert_allclose(loose[SHARES], strict[SHARES], rtol=1e-4)
    np.testing.assert_allclose(loose["il2_pmol_l"], strict["il2_pmol_l"], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("dose", "days_on", "cycle", "n"), [(2, 5, 28, 2), (42, 3, 7, 3), (0.5, 14, 14, 1)])
def test_another_solver_and_another_hand_agree(parameters, dose, days_on, cycle, n):
    """The equations as the table of parameters describes them, typed again, solved by an explicit method."""
    p = parameters["value"]
    ka, ke = LN2 / p.absorption_half_life_hours * 24, LN2 / p.elimination_half_life_minutes * 1440
    volume_l = p.clearance_ml_min * 1.44 / ke
    pmol_in_blood = dose * p.bioavailability_percent / 100 * p.il2_ug_miu * 1e6 / p.il2_molar_mass_g_mol

    def slope(t, y):
        site, il2, treg, effector, microglia, ccl2 = y
        suppressed = p.suppression_max_share * (treg - 1) / (treg - 1 + p.treg_rise_half_suppression_fold)
        wanted = 1 - suppressed + p.effector_activation * (effector - 1)
        return [
            -ka * site,
            ka * site / volume_l - ke * (1 + p.consumption_per_fold * (treg - 1)) * il2,
            p.growth_per_day
            * il2
            / (il2 + p.kd_trimeric_pmol_l)
            * treg
            * (1 - treg / p.expansion_ceiling_fold)
            - LN2 / p.treg_half_life_days * (treg - 1),
            p.growth_per_day
            * il2
            / (il2 + p.kd_dimeric_pmol_l)
            * effector
            * (1 - effector / p.expansion_ceiling_fold)
            - LN2 / p.effector_half_life_days * (effector - 1),
            LN2 / p.microglia_half_life_days * (wanted - microglia),
            LN2 / p.ccl2_half_life_days * (microglia - ccl2),
        ]

    y, ends = np.array([0.0, 0, 1, 1, 1, 1]), []
    for day in range(n * cycle):
        y[0] += pmol_in_blood * (day % cycle < days_on)
        y = solve_ivp(slope, (day, day + 1), y, method="DOP853", rtol=1e-9, atol=1e-12).y[:, -1]
        ends.append(y)
    ours = al.simulate_treg(dose, days_on, cycle, n, steps_per_day=1).iloc[1:]
    theirs = np.array(ends)
    np.testing.assert_allclose(ours["il2_pmol_l"], theirs[:, 1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours["teff_percent_of_baseline"], 100 * theirs[:, 3], rtol=1e-5)
    np.testing.assert_allclose(ours["microglia_percent_of_baseline"], 100 * theirs[:, 4], rtol=1e-5)
    np.testing.assert_allclose(ours["ccl2_percent_of_baseline"], 100 * theirs[:, 5], rtol=1e-5)
    treg = theirs[:, 2] * p.treg_baseline_percent
    np.testing.assert_allclose(
        ours["treg_percent"], 100 * treg / (treg + 100 - p.treg_baseline_percent), rtol=1e-5
    )


def test_first_day_without_consumption_is_batemans_curve(parameters):
    p = parameters["value"]
    day = mechanism.day_after_injection(2, {"consumption_per_fold": 0})
    t = day["time_days"].to_numpy()
    ka, ke = 24 * LN2 / p.absorption_half_life_hours, 1440 * LN2 / p.elimination_half_life_minutes
    iu_per_ml = 2e6 * p.bioavailability_percent / 100 / (p.clearance_ml_min * 1440 / ke)
    pmol_l = iu_per_ml * p.il2_ug_miu / p.il2_molar_mass_g_mol * 1e3
    closed = pmol_l * ka / (ke - ka) * (np.exp(-ka * t) - np.exp(-ke * t))
    np.testing.assert_allclose(day["il2_pmol_l"], closed, rtol=1e-4, atol=1e-6)


def test_no_injection_is_stepped_over():
    one, two = al.simulate_treg(2, 1, 40, 1), al.simulate_treg(2, 1, 20, 2)
    after = two[two["time_days"] > 20]
    assert after["il2_pmol_l"].max() == pytest.approx(one["il2_pmol_l"].max(), rel=0.02)
    late = one[one["time_days"] > 20]
    assert late["il2_pmol_l"].max() < 1e-3


# --- dose response --------------------------------------------------------------------------------------------------


def test_more_il2_means_more_treg_up_to_a_ceiling(courses, parameters):
    peaks = [courses[dose]["treg_percent"].max() for dose in DOSES]
    assert peaks == sorted(set(peaks))
    gains = np.diff(peaks) / np.diff(DOSES)
    assert (np.diff(gains[1:]) < 0).all(), "each further unit adds less"
    highest = al.simulate_treg(1000, days_on=28)["treg_percent"].max()
    fold = highest * (100 - peaks[0]) / ((100 - highest) * peaks[0])
    assert fold < parameters.loc["expansion_ceiling_fold", "value"]


def test_at_low_doses_effector_cells_hear_next_to_nothing(courses):
    for dose in (1, 2):
        assert 0 < rise(courses[dose], "teff_percent_of_baseline") < 3
        assert at(courses[dose], 28, "teff_percent_of_baseline") < 100.5


def test_high_doses_lose_their_aim(courses):
    aim = [rise(courses[dose]) / rise(courses[dose], "teff_percent_of_baseline") for dose in DOSES[1:]]
    assert (np.diff(aim) < 0).all()
    assert aim[0] > 5 * aim[-1]
    assert rise(courses[42], "teff_percent_of_baseline") > 40


def test_ccl2_falls_with_dose_and_comes_back_when_effector_cells_hear(courses):
    lowest = {dose: courses[dose]["ccl2_percent_of_baseline"].min() for dose in DOSES}
    assert 100 > lowest[0.25] > lowest[0.5] > lowest[1] > lowest[2]
    after_start = courses[2][courses[2]["time_days"] > 0.5]
    assert after_start["ccl2_percent_of_baseline"].max() < 100, "down throughout, as in MIROCALS"
    assert courses[42]["ccl2_percent_of_baseline"].max() > 110
    assert lowest[42] > lowest[2]


def test_receptor_occupancy(parameters):
    table = al.receptor_occupancy([0, 25, 38, 1900, 1e9])
    assert table["trimeric_occupied_percent"].tolist()[:2] == [0, 50]
    assert table["dimeric_occupied_percent"].tolist()[3] == 50
    assert (table["dimeric_occupied_percent"] <= table["trimeric_occupied_percent"]).all()
    assert table.iloc[-1, 1:].min() > 99.999
    low, high = mechanism.selective_window()
    ends = al.receptor_occupancy([low, high])
    assert ends["trimeric_occupied_percent"].iloc[0] == pytest.approx(50)
    assert ends["dimeric_occupied_percent"].iloc[1] == pytest.approx(10)
    assert (
        mechanism.selective_window({"kd_dimeric_pmol_l": parameters.loc["kd_dimeric_pmol_l", "low"]}) is None
    )


# --- what it was fitted to and chosen for ---------------------------------------------------------------------------


def imodals(dose):
    return al.published(f"imodals_treg_change_{dose}miu_points")


def test_growth_is_the_one_number_fitted_and_fits(parameters):
    assert parameters.index[parameters["basis"] == "calibrated"].tolist() == ["growth_per_day"]

    def misfit(growth):
        runs = {
            dose: al.simulate_treg(dose, n_cycles=1, parameters={"growth_per_day": growth}) for dose in (1, 2)
        }
        return sum(
            ((at(run, 7) - at(run, 0) - imodals(dose).estimate) / imodals(dose).sd) ** 2
            for dose, run in runs.items()
        )

    best = minimize_scalar(misfit, bounds=(0.3, 3), method="bounded", options={"xatol": 1e-5}).x
    assert parameters.loc["growth_per_day", "value"] == pytest.approx(best, abs=0.002)


@pytest.mark.parametrize("dose", [1, 2])
def test_rise_of_treg_after_the_first_course(courses, dose):
    assert at(courses[dose], 7) - at(courses[dose], 0) == pytest.approx(imodals(dose).estimate, abs=0.35)


def test_what_is_fitted_to_unverified_figures_says_so(parameters):
    assert {imodals(dose).status for dose in (1, 2)} == {"U"}
    assert "unverified" in parameters.loc["growth_per_day", "note"]


def test_treg_are_nearly_back_before_the_next_course(courses):
    for dose in (1, 2):
        left = at(courses[dose], 28) - at(courses[dose], 0)
        assert 0 < left < 0.1 * rise(courses[dose])


def test_daily_injections_raise_treg_over_fivefold_and_il2_peaks_wane():
    course = al.simulate_treg(2, days_on=28)
    odds = course["treg_percent"] / (100 - course["treg_percent"])
    assert 5 < odds.iloc[-1] / odds.iloc[0] < 7
    peaks = course.groupby(np.floor(course["time_days"]))["il2_pmol_l"].max()
    assert peaks[80] < 0.8 * peaks[0]
    assert rise(course, "teff_percent_of_baseline") < 10


def test_blood_levels_are_those_that_were_measured(parameters):
    """Peaks of 21.9 to 112.9 IU/mL at 4.4 (SD 1.8) hours after 12 to 18 MIU: piscitelli_1996."""
    pmol_per_iu_ml = (
        parameters.loc["il2_ug_miu", "value"] / parameters.loc["il2_molar_mass_g_mol", "value"] * 1e3
    )
    for dose in (12, 15, 18):
        day = mechanism.day_after_injection(dose)
        peak = day.loc[day["il2_pmol_l"].idxmax()]
        assert 21.9 < peak["il2_pmol_l"] / pmol_per_iu_ml < 112.9
        assert 2 < 24 * peak["time_days"] < 6


# --- the table of parameters ----------------------------------------------------------------------------------------


def test_table_of_parameters(parameters):
    assert parameters.index.is_unique
    assert ((parameters["low"] <= parameters["value"]) & (parameters["value"] <= parameters["high"])).all()
    references = set(al.load_references()["key"])
    for name, row in parameters.iterrows():
        cited = row["reference"].split("; ") if row["reference"] else []
        assert set(cited) <= references, name
        if row["basis"] == "measured":
            assert cited, name
        if row["basis"] == "chosen":
            assert "hosen so that" in row["note"] or "our guess" in row["note"].lower(), name
    verified = al.load_references().set_index("key")["verified"]
    measured = parameters.loc[parameters["basis"] == "measured", "reference"].str.split("; ").explode()
    assert (verified[measured] == "yes").all()


def test_measured_affinities_are_the_published_ones(parameters):
    statement = al.published("il2_receptor_nk_measured").statement
    for kind in ("trimeric", "dimeric"):
        assert f"{parameters.loc[f'kd_{kind}_pmol_l', 'value']:g} pmol/L" in statement
    other = al.published("il2_receptor_other_laboratory").statement
    assert f"{parameters.loc['kd_dimeric_pmol_l', 'low']:g} pmol/L" in other


@pytest.mark.parametrize("name", al.load_mechanism_parameters()["parameter"])
def test_every_parameter_is_in_the_model(parameters, name):
    changed = al.simulate_treg(n_cycles=1, parameters={name: parameters.loc[name, "value"] * 1.1})
    assert (changed - al.simulate_treg(n_cycles=1)).abs().max().max() > 1e-3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: al.simulate_treg(-1), "dose_miu is -1; it must be 0 to 1000 million units"),
        (lambda: al.simulate_treg("two"), "dose_miu is 'two'; it must be a number"),
        (lambda: al.simulate_treg(float("nan")), "it must be a finite number"),
        (lambda: al.simulate_treg(days_on=2.5), "days_on is 2.5; it must be a whole number"),
        (lambda: al.simulate_treg(days_on=29), "a cycle cannot have more days of injections than days"),
        (lambda: al.simulate_treg(days_on=-1), "a cycle cannot have more days of injections than days"),
        (lambda: al.simulate_treg(n_cycles=0), "must be at least 1"),
        (lambda: al.simulate_treg(n_cycles=100), "last more than 2000 days; ask for fewer"),
        (lambda: al.simulate_treg(rtol=1), "rtol is 1; it must be between"),
        (lambda: al.simulate_treg(parameters={"kd": 1}), "no parameter 'kd'"),
        (
            lambda: al.simulate_treg(parameters={"growth_per_day": 0}),
            "'growth_per_day' is 0; it must be above 0",
        ),
        (lambda: al.simulate_treg(parameters={"suppression_max_share": 1}), "must be below 1"),
        (lambda: al.receptor_occupancy([-1]), "cannot be negative or missing"),
        (lambda: al.receptor_occupancy(np.nan), "cannot be negative or missing"),
    ],
)
def test_a_mistake_gets_one_sentence(call, words):
    with pytest.raises(al.TrialDataError) as caught:
        call()
    assert words in str(caught.value)


# --- the synthetic courses ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def people():
    return al.load_treg_course()


def test_courses_are_made_again_byte_for_byte(tmp_path):
    command = [sys.executable, str(DATASETS / "make_treg_course.py"), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (tmp_path / "treg_course.csv").read_bytes() == (DATASETS / "treg_course.csv").read_bytes()
    assert done.stdout.count("(unverified)") == 3


def test_courses_have_the_arms_and_visits_of_imodals(people):
    arms = people.groupby("arm", observed=True)["patient_id"].nunique()
    assert arms.to_dict() == dict.fromkeys(["placebo", "IL-2 1 MIU", "IL-2 2 MIU"], 12)
    assert al.published("imodals_n_per_arm").estimate == 12
    assert people["patient_id"].str.startswith("S").all()
    assert (people["treated"] == (people["dose_miu"] > 0)).all()
    assert set(people["dose_miu"]) == {0, 1, 2}
    for _, one in people.groupby("patient_id"):
        assert one["time_days"].tolist() == [0, 7, 28, 35, 56, 63, 84]
        assert one["visit"].tolist() == ["before", "after"] * 3 + ["end"]
    baseline = people[people["time_days"] == 0]
    assert (baseline[["teff_percent_of_baseline", "ccl2_percent_of_baseline"]] == 100).all(axis=None)


@pytest.mark.parametrize(
    ("arm", "key"), [("placebo", "placebo"), ("IL-2 1 MIU", "1miu"), ("IL-2 2 MIU", "2miu")]
)
def test_rises_are_as_far_from_their_targets_as_twelve_people_may_be(people, arm, key):
    found = mechanism.first_course_changes(people, "treg_percent").loc[arm]
    target = al.published(f"imodals_treg_change_{key}_points")
    assert abs(found["mean"] - target.estimate) < 2.5 * target.sd / math.sqrt(12)
    assert 0.6 < found["sd"] / target.sd < 1.5


def test_first_course_changes_by_hand(people):
    table = mechanism.first_course_changes(people, "ccl2_percent_of_baseline")
    arm = people[people["arm"] == "IL-2 2 MIU"]
    change = arm.loc[arm["time_days"] == 7, "ccl2_percent_of_baseline"].to_numpy() - 100
    row = table.loc["IL-2 2 MIU"]
    assert row[["mean", "sd", "least", "most"]].tolist() == pytest.approx(
        [change.mean(), change.std(ddof=1), change.min(), change.max()]
    )
    assert table["mean"].is_monotonic_decreasing, "CCL2 falls with dose"
    assert table["t"].tolist() == pytest.approx([0, -3.07, -3.96], abs=0.05)


def test_people_differ_and_effector_cells_do_not_move(people):
    treg = mechanism.first_course_changes(people, "treg_percent").loc["IL-2 2 MIU"]
    assert treg["most"] > 2 * treg["least"] > 0
    assert mechanism.first_course_changes(people, "teff_percent_of_baseline")["t"].abs().max() < 2
