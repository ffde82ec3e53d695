"""What each cause alone can do to a hazard ratio."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.worlds import causes
from alsteach.worlds.causes import prognosis_needed
from alsteach.worlds.design import COVARIATES
from alsteach.worlds.limits import calibrated, endless_trials, marginal_hazard_ratio

DESIGN = al.TrialDesign()
TARGET = math.log(0.32 / 0.81)


class Stopped(Exception):
    """Raised where a run tells how far it is, to end it."""


@pytest.fixture(scope="module")
def table():
    return al.gap_budget(n_trials=200, seed=3)


def test_the_published_gap_is_read_from_the_published_results(table):
    gap = causes.published_gap()
    assert (gap.crude_hr, gap.adjusted_hr, gap.deaths) == (0.81, 0.32, 90 / 220)
    assert table.attrs["target"] == gap.target == pytest.approx(TARGET) == pytest.approx(-0.929, abs=5e-4)


def test_a_row_a_cause_with_its_question_and_what_was_assumed(table):
    assert list(table.index) == [
        "non_collapsibility",
        "chance_imbalance",
        "read_at_zero",
        "read_at_zero_without_interaction",
        "prespecified_set",
        "best_of_all_sets",
        "complete_cases",
        "all_together",
    ]
    assert table["question"].str.contains("0.81 into 0.32").all()
    assert (table["p05"] <= table["p50"]).all()
    assert (table["p50"] <= table["p95"]).all()
    assert table.loc["complete_cases", "note"].endswith(
        "25% of pNFH values missing, log odds +1.0 per standard deviation of decline before entry"
    )
    assert "0.0003 per pg/mL (published size: unverified)" in table.loc["read_at_zero", "note"]
    simulated = table.drop("non_collapsibility")
    assert (simulated["trials"] == 200).all()
    assert simulated["trials_near_crude"].between(15, 65).all()  # 19 % of a normal spread of 0.21
    assert table.loc["non_collapsibility", ["trials", "trials_near_crude"]].tolist() == [0, 0]


def test_only_the_reading_at_zero_of_a_real_interaction_reaches_the_published_gap(table):
    small = table.drop(["read_at_zero", "all_together"])
    assert (small["p05"] > TARGET / 1.5).all()
    assert (small["share_reaching"] <= 0.02).all()
    assert table.loc["read_at_zero", "share_reaching"] == pytest.approx(0.43, abs=0.11)
    assert table.loc["read_at_zero", "p50"] == pytest.approx(-0.87, abs=0.08)
    assert table.loc["all_together", "share_reaching"] > table.loc["read_at_zero", "share_reaching"]
    # That the causes do not add: the sum of the parts misses the whole.
    parts = ["non_collapsibility", "chance_imbalance", "read_at_zero", "complete_cases"]
    assert table.loc[parts, "p50"].sum() - table.loc["all_together", "p50"] > 0.05


def test_every_world_has_the_published_crude_limit_and_deaths_and_only_its_causes():
    for interaction in (False, True):
        for prognosis in (False, True):
            for missing in (False, True):
                where = causes.world(DESIGN, interaction, prognosis, missing)
                assert marginal_hazard_ratio(where) == pytest.approx(0.81, abs=1e-5)
                assert endless_trials(where)[0] == pytest.approx(90 / 220, abs=1e-5)
                assert (where.treatment_log_hr_per_pg_ml == 0.0003) == interaction
                assert (where.prognostic_strength == 1) == prognosis
                assert (where.missing_pnfh_share == 0.25) == missing
                assert (where.patients_per_arm, where.follow_up_days) == (110, 640)
    own = DESIGN.replace(missing_pnfh_share=0.1)
    assert causes.world(own, False, True, True).missing_pnfh_share == 0.1
    assert causes.world(own, False, True, True).missing_pnfh_log_odds == 0
    with pytest.raises(al.TrialDataError, match="No median survival and treatment effect"):
        causes.world(DESIGN.replace(treatment_log_hr_per_pg_ml=0.005), True, False, False)


def test_non_collapsibility_is_the_conditional_effect_minus_the_crude_limit(table):
    same = causes.world(DESIGN, interaction=False, prognosis=True, missing=False)
    averaging = same.treatment_log_hr_at_zero - math.log(marginal_hazard_ratio(same))
    row = table.loc["non_collapsibility"]
    assert row["p05"] == row["p50"] == row["p95"] == pytest.approx(averaging, abs=1e-5)
    assert averaging == pytest.approx(-0.029, abs=0.001)
    assert row["share_reaching"] == 0
    both = table.loc["prespecified_set", ["p05", "p50", "p95"]].astype(float)
    chance = table.loc["chance_imbalance", ["p05", "p50", "p95"]].astype(float)
    assert (both - chance).to_numpy() == pytest.approx(np.full(3, averaging), abs=1e-5)
    assert abs(chance["p50"]) < 0.04


def test_rows_are_what_a_model_at_a_time_gives():
    """Five trials of each world, analysed again with fit_cox on their tables."""
    n, seed = 5, 8
    got = al.gap_budget(n_trials=n, seed=seed)
    names = [{"bulbar_onset": "onset_site"}.get(name, name) for name in COVARIATES]

    def frames(**told):
        trials = al.simulate_trials(causes.world(DESIGN, **told), n, seed)
        return [trials.frame(i) for i in range(n)]

    def effect(df, **model):
        return al.fit_cox(df, **model).table.loc["treated", "log_hr"]

    def check(cause, differences):
        expected = np.quantile(differences, [0.05, 0.5, 0.95])
        assert got.loc[cause, ["p05", "p50", "p95"]].astype(float).to_numpy() == pytest.approx(
            expected, abs=1e-6
        )
        assert got.loc[cause, "share_reaching"] == (np.array(differences) <= TARGET).mean()

    same = frames(interaction=False, prognosis=True, missing=False)
    check("prespecified_set", [effect(df, covariates=names) - effect(df) for df in same])
    sets = [s for size in range(7) for s in combinations(names, size)]
    assert len(sets) == 64
    check("best_of_all_sets", [min(effect(df, covariates=s) for s in sets) - effect(df) for df in same])
    model = {"covariates": names, "interaction": "csf_pnfh_pg_ml"}
    check("read_at_zero_without_interaction", [effect(df, **model) - effect(df) for df in same])

    varies = frames(interaction=True, prognosis=False, missing=False)
    check("read_at_zero", [effect(df, interaction="csf_pnfh_pg_ml") - effect(df) for df in varies])

    fewer = frames(interaction=False, prognosis=True, missing=True)
    check("complete_cases", [effect(df.dropna()) - effect(df) for df in fewer])

    together = frames(interaction=True, prognosis=True, missing=True)
    sets = [s for size in range(6) for s in combinations(names[:-1], size)]
    lowest = [
        min(effect(df.dropna(), covariates=s, interaction="csf_pnfh_pg_ml") for s in sets) - effect(df)
        for df in together
    ]
    check("all_together", lowest)


@pytest.mark.parametrize("cause", causes.ALONE)
def test_what_one_cause_carries_is_what_the_budget_sums_up(table, cause):
    n = 50 if cause == "best_of_all_sets" else 200
    moved = np.concatenate(list(causes.carried(cause, n, seed=3)))
    assert len(moved) == n
    if n == 200:
        row = table.loc[cause]
        assert np.quantile(moved, [0.05, 0.5, 0.95]) == pytest.approx(
            row[["p05", "p50", "p95"]].astype(float).to_numpy(), abs=1e-9
        )
        assert (moved <= TARGET).mean() == row["share_reaching"]
    else:  # the lowest of all sets, the adjusted and the unadjusted one among them
        adjusted = np.concatenate(list(causes.carried("chance_imbalance", n, seed=3)))
        assert (moved <= np.minimum(0, adjusted + table.loc["non_collapsibility", "p50"]) + 1e-5).all()


def test_a_hundred_values_stand_for_many():
    moved = np.arange(2000.0)[::-1]
    each = causes.hundredths([*moved, np.nan])
    assert len(each) == 100
    assert (np.diff(each) > 0).all()
    assert (each < 880).sum() == 44  # 44 % of them lie below


def test_shares_near_the_published_crude_hazard_ratio_are_of_those_trials_only():
    trials = pd.DataFrame({"crude_log_hr": math.log(0.81) + np.array([-0.2, -0.049, 0.0, 0.049, 0.051])})
    difference = np.array([-2.0, -2.0, -0.5, math.nan, -2.0])
    row = causes._row("?", difference, trials, "")
    assert row["share_reaching"] == 3 / 4  # the trial without an estimate counts nowhere
    assert row["share_reaching_given_crude"] == 1 / 2
    assert (row["trials"], row["trials_near_crude"]) == (4, 2)


def test_same_seed_same_table_whoever_computes_it_and_progress_is_told():
    shares = []
    alone = al.gap_budget(n_trials=60, seed=1, progress=shares.append)
    assert shares[-1] == pytest.approx(1)
    assert (np.diff(shares) > 0).all()
    assert len(shares) == 8
    with ThreadPoolExecutor(2) as pool:
        pd.testing.assert_frame_equal(al.gap_budget(n_trials=60, seed=1, executor=pool), alone)
    assert not al.gap_budget(n_trials=60, seed=2)["p50"].equals(alone["p50"])


def test_it_stops_when_progress_raises():
    shares = []

    def stop(share):
        shares.append(share)
        if share > 0.1:
            raise Stopped

    with pytest.raises(Stopped):
        al.gap_budget(n_trials=200, progress=stop)
    assert len(shares) == 1


def test_how_strong_prognosis_would_have_to_be():
    needed = prognosis_needed()
    assert (needed.crude_hr, needed.conditional_hr) == (0.81, 0.32)
    assert needed.strength == pytest.approx(9.4, abs=0.1)
    assert needed.log_hazard_sd == pytest.approx(needed.strength * needed.usual_log_hazard_sd, rel=1e-6)
    assert needed.hr_90th_to_10th > 1e7  # a hazard of millions to one: no disease is like that
    assert needed.usual_hr_90th_to_10th == pytest.approx(6.4, abs=0.1)
    strong = DESIGN.replace(
        prognostic_strength=needed.strength,
        treatment_log_hr_per_pg_ml=0,
        treatment_log_hr_at_zero=math.log(0.32),
    )
    strong = calibrated(strong, math.log(0.81), 90 / 220)
    assert math.exp(strong.treatment_log_hr_at_zero) == pytest.approx(0.32, abs=1e-3)

    weak = prognosis_needed(conditional_hr=0.78)
    assert 1 < weak.strength < 2
    assert prognosis_needed(conditional_hr=0.81).strength == pytest.approx(0, abs=0.1)
    with pytest.raises(al.TrialDataError, match="above 0 and other than 1"):
        prognosis_needed(conditional_hr=0.5, crude_hr=1)
    for impossible in (0.9, 0.01, 1.2):
        with pytest.raises(al.TrialDataError, match="No prognosis up to 20 times"):
            prognosis_needed(conditional_hr=impossible)
