"""TrialDesign, simulated trials, and a run of many of them wherever it is computed."""

from __future__ import annotations

import dataclasses
import os
import re
import runpy
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, compare_models
from alsteach.worlds.design import COVARIATES
from alsteach.worlds.many import iterate_trials
from alsteach.worlds.simulate import trials_per_chunk

FIELDS = dataclasses.fields(al.TrialDesign)
NUMBERS = [f for f in FIELDS if "low" in f.metadata]
DEFAULT = al.TrialDesign()
FIRST_PATIENTS = [
    [1.0, 60.5, 15.1, 102.0, 5941.0, 307.0, 1.0],
    [1.0, 45.9, 8.4, 93.0, 1045.0, 640.0, 0.0],
    [1.0, 65.1, 14.0, 90.0, 3512.0, 640.0, 0.0],
]
FIRST_DEATHS, FIRST_DAYS = 96, 111228


class Stopped(Exception):
    """Raised where a run tells how far it is, to end it."""


@pytest.fixture(scope="module")
def many():
    return al.simulate_trials(DEFAULT, 2000, 11)


# --- the design ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", NUMBERS, ids=lambda f: f.name)
def test_every_field_is_documented_with_its_unit_and_range_and_refuses_what_lies_outside(spec):
    unit, low, high = (spec.metadata[k] for k in ("unit", "low", "high"))
    entry = re.search(rf"{spec.name} : (float|int), default \S+\n +(.*)\n", al.TrialDesign.__doc__).group(2)
    assert f"({low} to {high}{', ' + unit if unit else ''})" in entry
    for edge in (low, high):
        assert getattr(DEFAULT.replace(**{spec.name: edge}), spec.name) == edge
    for bad in (low - 1, high + 1, float("nan"), float("inf"), "many", None, True):
        with pytest.raises(al.TrialDataError, match=f"^{spec.name} must be .*{low} to {high}.*got "):
            DEFAULT.replace(**{spec.name: bad})


def test_whole_numbers_switches_and_unknown_fields_are_checked():
    with pytest.raises(al.TrialDataError, match="whole number from 2 to 100000 .patients.; got 110.5"):
        al.TrialDesign(patients_per_arm=110.5)
    assert al.TrialDesign(patients_per_arm=np.int64(50)).n == 100
    with pytest.raises(al.TrialDataError, match="stratified must be True or False; got 1"):
        al.TrialDesign(stratified=1)
    with pytest.raises(al.TrialDataError, match="no field 'hazard'"):
        DEFAULT.replace(hazard=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.follow_up_days = 1


def test_the_default_design_is_the_published_trial():
    def figure(key):
        return float(al.load_published_results().set_index("key").loc[key, "estimate"])

    assert figure("mirocals_n_il2") == figure("mirocals_n_placebo") == DEFAULT.patients_per_arm
    assert figure("mirocals_endpoint_day") == DEFAULT.follow_up_days
    assert figure("mirocals_age_median_years") == DEFAULT.age_median_years
    assert np.log(figure("mirocals_interaction_hr_ratio")) == pytest.approx(
        DEFAULT.treatment_log_hr_per_pg_ml, rel=1e-3
    )
    assert DEFAULT.treatment_log_hr_at_zero == pytest.approx(np.log(figure("mirocals_hr_adjusted")), abs=1e-3)
    effects = DEFAULT.log_hr_at([0, 1000, 3800])
    assert effects == pytest.approx([-1.139, -0.839, 0.001])


# --- simulated trials ---------------------------------------------------------------------------------------------


def test_same_seed_same_trials_and_a_shorter_run_is_the_start_of_a_longer_one():
    short, long = al.simulate_trials(DEFAULT, 3, 5), al.simulate_trials(DEFAULT, 120, 5)
    for name in ("treated", "time_days", "died", "covariates", "uk", "alsfrs_r"):
        assert np.array_equal(getattr(short, name), getattr(long, name)[:3])
    assert not np.array_equal(long.time_days[0], long.time_days[trials_per_chunk(DEFAULT)])
    assert not np.array_equal(short.time_days, al.simulate_trials(DEFAULT, 3, 6).time_days)
    again = al.simulate_trials(DEFAULT, 3, np.random.default_rng(5))
    assert np.array_equal(again.time_days, al.simulate_trials(DEFAULT, 3, np.random.default_rng(5)).time_days)


def test_the_first_trial_of_seed_0_is_this_one_on_any_machine():
    first = al.simulate_trials(DEFAULT, 1, 0).frame(0)
    columns = ["treated", "age_years", "symptom_duration_months", "svc_percent", "csf_pnfh_pg_ml"]
    got = first.loc[:2, [*columns, "time_days", "died"]].to_numpy().tolist()
    assert got == FIRST_PATIENTS
    assert int(first["died"].sum()) == FIRST_DEATHS
    assert int(first["time_days"].sum()) == FIRST_DAYS


def test_simulated_patients_are_the_cohorts_kind(many):
    cohort = al.load_mirocals_like().assign(
        bulbar_onset=lambda d: (d["onset_site"] == "bulbar").astype(float),
        log_alsfrs_r_slope=lambda d: np.log(d["alsfrs_r_slope_per_month"]),
    )
    for j, name in enumerate(COVARIATES):
        simulated, values = many.covariates[:, :, j], cohort[name].to_numpy()
        standard_error = values.std() / np.sqrt(len(values))
        assert abs(values.mean() - simulated.mean()) < 4 * standard_error, name
        if name != "bulbar_onset":
            assert values.std() == pytest.approx(simulated.std(), rel=0.35), name
    flat = many.covariates.reshape(-1, len(COVARIATES))
    correlation = np.corrcoef(flat[:, [0, 1, 2, 5]].T)
    assert correlation[0, 1] > 0.1  # bulbar onset with age
    assert 0.2 < correlation[2, 3] < 0.5  # pNFH with slope
    assert flat[:, 0].min() >= 18
    assert flat[:, 0].max() <= 76
    assert flat[:, 3].min() >= 70
    assert flat[:, 4].max() <= 24


def test_the_default_world_has_the_published_share_of_deaths_and_strata(many):
    assert many.died.mean() == pytest.approx(90 / 220, abs=0.005)
    pnfh = many.covariates[:, :, -1]
    assert (pnfh < 750).mean() == pytest.approx(0.09, abs=0.005)
    assert (pnfh > 3700).mean() == pytest.approx(0.21, abs=0.005)
    assert np.array_equal(np.unique(many.time_days), np.unique(many.time_days).astype(int))
    assert (many.time_days[many.died == 0] == 640).all()


@pytest.mark.parametrize("per_arm", [2, 3, 7, 110, 111])
@pytest.mark.parametrize("stratified", [True, False])
def test_arms_are_of_equal_size_and_strata_balanced_if_asked_for(per_arm, stratified):
    trials = al.simulate_trials(DEFAULT.replace(patients_per_arm=per_arm, stratified=stratified), 400, 3)
    assert (trials.treated.sum(axis=1) == per_arm).all()
    stratum = 2 * trials.uk + trials.covariates[:, :, 1]
    difference = np.array([((stratum == s) * (2 * trials.treated - 1)).sum(axis=1) for s in range(4)])
    assert (np.abs(difference).max() <= 4) == (stratified or per_arm < 4)
    # Nobody's place in the table tells the arm.
    assert trials.treated.mean(axis=0) == pytest.approx(np.full(2 * per_arm, 0.5), abs=0.13)


def test_times_follow_the_stated_weibull_model():
    """With no prognosis and one effect for all, each arm is one Weibull curve: compare with its formula."""
    design = al.TrialDesign(
        prognostic_strength=0,
        treatment_log_hr_at_zero=-0.7,
        treatment_log_hr_per_pg_ml=0,
        median_days=500,
        weibull_shape=1.3,
        follow_up_days=900,
        whole_days=False,
    )
    trials = al.simulate_trials(design, 1000, 2)
    for arm, hr in ((0, 1.0), (1, np.exp(-0.7))):
        for day in (200, 500, 899):
            alive = (trials.time_days > day)[trials.treated == arm].mean()
            assert alive == pytest.approx(0.5 ** (hr * (day / 500) ** 1.3), abs=0.005)


def test_each_prognostic_effect_is_recovered_in_a_large_trial():
    design = DEFAULT.replace(patients_per_arm=12_500, follow_up_days=2000)
    row = al.simulate_trials(design, 1, 4)
    pnfh = row.covariates[:, :, -1]
    x = np.concatenate([row.treated[:, :, None], row.covariates, (row.treated * pnfh)[:, :, None]], axis=2)
    fit = al.fit_cox_many(row.time_days, row.died, x)
    truth = np.array([design.treatment_log_hr_at_zero, *design.prognostic_effects])
    truth = np.append(truth, design.treatment_log_hr_per_pg_ml)
    assert (np.abs(fit.coef[0] - truth) < 3.5 * fit.se[0]).all()
    assert (np.abs(truth) > 4 * fit.se[0]).all()  # so that each would be missed if it were absent


def test_accrual_and_drop_out_censor_as_stated():
    design = al.TrialDesign(accrual_days=300, dropout_per_year=0.2, median_days=20_000, whole_days=False)
    trials = al.simulate_trials(design, 500, 8)
    censored = trials.time_days[trials.died == 0]
    assert censored.max() <= 940
    assert censored.max() > 930
    stay = al.simulate_trials(design.replace(dropout_per_year=0), 500, 8)
    assert stay.time_days[stay.died == 0].min() >= 640
    year = trials.time_days > 365.25
    dead_in_year = stay.time_days[stay.died == 1] <= 365.25
    expected = 0.8 * (1 - dead_in_year.sum() / stay.died.size)
    assert year.mean() == pytest.approx(expected, abs=0.004)


@pytest.mark.parametrize("log_odds", [0.0, 1.0])
def test_missing_pnfh_has_the_stated_rate_and_mechanism(log_odds):
    design = al.TrialDesign(missing_pnfh_share=0.25, missing_pnfh_log_odds=log_odds)
    trials = al.simulate_trials(design, 500, 9)
    blank = np.isnan(trials.covariates[:, :, -1])
    assert blank.mean() == pytest.approx(0.25, abs=0.005)
    slope = trials.covariates[:, :, 2]
    difference = (slope[blank].mean() - slope[~blank].mean()) / slope.std()
    assert difference == pytest.approx(0.0 if log_odds == 0 else 0.85, abs=0.1)
    complete = al.simulate_trials(design.replace(missing_pnfh_share=0), 500, 9)
    assert np.array_equal(complete.time_days, trials.time_days)


def test_a_trial_as_a_table_is_analysed_like_the_cohort():
    trials = al.simulate_trials(DEFAULT, 60, 1)
    table = trials.frame(55)
    cohort = al.load_mirocals_like()
    for column in set(table.columns) - {"log_alsfrs_r_slope"}:
        assert column in cohort.columns
        assert pd.api.types.is_numeric_dtype(table[column]) == pd.api.types.is_numeric_dtype(cohort[column])
        if isinstance(cohort[column].dtype, pd.CategoricalDtype):
            assert list(table[column].cat.categories) == list(cohort[column].cat.categories)
    row = al.run_many_trials(DEFAULT, 60, 1).loc[55]
    models = compare_models(table, **MIROCALS_LIKE_MODEL)
    for step, prefix in zip(models.index, ("crude", "adjusted", "at_zero", "at_mean"), strict=True):
        for column in ("log_hr", "se", "p"):
            assert row[f"{prefix}_{column}"] == pytest.approx(models.loc[step, column], rel=1e-7)
    varying = al.fit_cox(table, **MIROCALS_LIKE_MODEL).table.loc["treated:csf_pnfh_pg_ml"]
    assert row["interaction_log_hr"] == pytest.approx(varying["log_hr"], rel=1e-7)
    assert row["interaction_p"] == pytest.approx(varying["p"], rel=1e-6)
    assert (row["deaths"], row["analysed"]) == (table["died"].sum(), 220)
    assert row["deaths_treated"] == table.loc[table["treated"] == 1, "died"].sum()
    assert row["mean_pnfh"] == pytest.approx(table["csf_pnfh_pg_ml"].mean())
    with pytest.raises(al.TrialDataError, match="no trial 60"):
        trials.frame(60)


def test_a_row_with_missing_pnfh_is_the_complete_case_analysis():
    design = al.TrialDesign(missing_pnfh_share=0.3, missing_pnfh_log_odds=1.0)
    table = al.simulate_trials(design, 3, 1).frame(2)
    row = al.run_many_trials(design, 3, 1).loc[2]
    complete = table.dropna()
    assert row["analysed"] == len(complete) < 220
    models = compare_models(complete, **MIROCALS_LIKE_MODEL)
    for step, prefix in (("adjusted", "adjusted"), ("adjusted_interaction_mean", "at_mean")):
        assert row[f"{prefix}_log_hr"] == pytest.approx(models.loc[step, "log_hr"], rel=1e-7)
    assert row["crude_log_hr"] == pytest.approx(al.fit_cox(table).table.loc["treated", "log_hr"], rel=1e-7)


# --- many trials --------------------------------------------------------------------------------------------------


def test_a_run_is_reproducible_and_extends_a_shorter_one():
    long = al.run_many_trials(DEFAULT, 130, seed=2)
    pd.testing.assert_frame_equal(al.run_many_trials(DEFAULT, 77, seed=2), long.iloc[:77], rtol=1e-9)
    assert long.index.tolist() == list(range(130))
    assert long["crude_converged"].all()
    assert long["crude_log_hr"].nunique() == 130
    assert not np.allclose(long["crude_log_hr"], al.run_many_trials(DEFAULT, 130, seed=3)["crude_log_hr"])


@pytest.mark.slow
def test_two_processes_and_a_dask_cluster_give_the_same_rows_as_none():
    from distributed import Client, LocalCluster

    alone = al.run_many_trials(DEFAULT, 330, seed=4)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        pooled = al.run_many_trials(DEFAULT, 330, seed=4, executor=pool)
    pd.testing.assert_frame_equal(pooled, alone, rtol=1e-12)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster,
        Client(cluster) as client,
    ):
        shares = []
        on_cluster = al.run_many_trials(
            DEFAULT, 330, seed=4, progress=shares.append, executor=client.get_executor()
        )
    pd.testing.assert_frame_equal(on_cluster, alone, rtol=1e-12)
    assert shares[-1] == 1.0
    assert len(shares) > 2


def test_progress_is_told_after_every_chunk_and_stops_the_run_by_raising():
    shares = []
    al.run_many_trials(DEFAULT, 130, progress=shares.append)
    assert shares == pytest.approx([50 / 130, 100 / 130, 1.0])

    def stop(share):
        shares.append(share)
        raise Stopped

    shares.clear()
    with pytest.raises(Stopped):
        al.run_many_trials(DEFAULT, 10**9, progress=stop)
    assert len(shares) == 1


def test_stopping_cancels_what_an_executor_has_not_begun():
    def stop(share):
        raise Stopped

    futures = []
    with ThreadPoolExecutor(1) as pool:
        submit = pool.submit

        def remember(*task):
            futures.append(submit(*task))
            return futures[-1]

        pool.submit = remember
        with pytest.raises(Stopped):
            al.run_many_trials(DEFAULT, 1000, progress=stop, executor=pool)
    assert len(futures) == 20
    assert sum(f.cancelled() for f in futures) >= 10


def test_batches_keep_memory_flat_and_add_up_to_the_frame():
    import tracemalloc

    def peak(n_trials):
        tracemalloc.start()
        total = sum(len(batch) for batch in iterate_trials(DEFAULT, n_trials, seed=1))
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == n_trials
        return size

    peak(50)
    assert peak(500) < 1.05 * peak(100) < 60e6
    batches = list(iterate_trials(DEFAULT, 120, seed=1))
    assert [len(b) for b in batches] == [50, 50, 20]
    pd.testing.assert_frame_equal(pd.concat(batches), al.run_many_trials(DEFAULT, 120, seed=1))


def test_designs_at_their_limits_run_and_never_call_a_missing_estimate_converged():
    for spec in NUMBERS:
        for edge in (spec.metadata["low"], spec.metadata["high"]):
            design = al.TrialDesign(patients_per_arm=12).replace(**{spec.name: edge})
            if spec.name == "patients_per_arm" and edge > 1000:
                design = design.replace(patients_per_arm=1000)
            trials = al.simulate_trials(design, 5, 1)
            assert np.isfinite(trials.time_days).all(), spec.name
            assert (trials.time_days >= 0).all(), spec.name
            rows = al.run_many_trials(design, 5, 1)
            for model, prefixes in (("crude", ["crude"]), ("interaction", ["at_zero", "at_mean"])):
                for prefix in prefixes:
                    finite = np.isfinite(rows[f"{prefix}_log_hr"]) & (rows[f"{prefix}_se"] > 0)
                    assert (finite == rows[f"{model}_converged"]).all(), (spec.name, edge)


def test_impossible_requests_are_refused():
    for bad in (0, -3, 2.5, "ten", True):
        with pytest.raises(al.TrialDataError, match="n_trials must be a whole number of at least 1"):
            al.run_many_trials(DEFAULT, bad)
    for bad in (-1, 0.5, None):
        with pytest.raises(al.TrialDataError, match="seed must be a whole number"):
            al.run_many_trials(DEFAULT, 5, seed=bad)


@pytest.mark.slow
def test_the_page_on_clusters_shows_code_that_runs(tmp_path):
    """Every block of docs/cluster.md, as a reader would save and run it, with fewer trials."""
    page = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    expected = [
        r"^0\.\d+\n$",
        r"^400 trials .*\nunadjusted \d\.\d+%, adjusted \d\.\d+%, one or the other \d\.\d+%\n$",
    ]
    expected.append(r"treated\s+placebo\ntrial\s+\n0 ")
    assert len(blocks) == len(expected)
    for k, (block, pattern) in enumerate(zip(blocks, expected, strict=True)):
        script = tmp_path / f"block_{k}.py"
        fewer = block.replace("100_000", "400").replace("10_000_000", "400")
        fewer = fewer.replace("Client()", "Client(n_workers=2, threads_per_worker=1, dashboard_address=None)")
        script.write_text(fewer, encoding="utf-8")
        top = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": top}
        run = subprocess.run(
            [sys.executable, script],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert re.search(pattern, run.stdout), run.stdout


def test_the_cohort_was_drawn_from_the_same_model(monkeypatch):
    folder = Path(__file__).parents[2] / "datasets"
    monkeypatch.syspath_prepend(str(folder))
    maker = runpy.run_path(str(folder / "make_mirocals_like.py"))
    assert maker["TREATMENT_AT_ZERO"] == DEFAULT.treatment_log_hr_at_zero
    assert maker["TREATMENT_PER_PNFH"] == DEFAULT.treatment_log_hr_per_pg_ml
    assert maker["WEIBULL_SHAPE"] == DEFAULT.weibull_shape
    assert (maker["PNFH_LOG_MEAN"], maker["PNFH_LOG_SD"]) == (DEFAULT.pnfh_log_mean, DEFAULT.pnfh_log_sd)
    assert list(maker["PROGNOSIS"].values()) == DEFAULT.prognostic_effects.tolist()
