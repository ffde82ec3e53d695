"""The synthetic registry: made again to the byte, what it was built from comes out of it, and what is read from it."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.stats import prognosis
from alsteach.stats.cox import fit_cox_many

DATASETS = Path(__file__).parents[2] / "datasets"
REFERENCE = Path(__file__).parents[1] / "reference"
DAYS_PER_MONTH = 365.25 / 12

# (term, per how many units) → the hazard ratio it was built from; the published ones typed again from the abstracts.
BUILT_IN = {
    ("onset_site=bulbar", 1): 1.7,
    ("alsfrs_r_slope_per_month", 1): 2.8,
    ("executive_dysfunction", 1): 2.11,
    ("age_years", 1): 1.02,
    ("diagnostic_delay_months", 12): 0.74,
    ("svc_percent", 1): 0.99,
    ("log2_csf_pnfh", 1): 1.25,
}


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_als_registry", DATASETS / "make_als_registry.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def registry():
    return al.load_als_registry()


@pytest.fixture(scope="module")
def people():
    return prognosis.registry_at_diagnosis()


@pytest.fixture(scope="module")
def fit(people):
    return al.fit_cox(people, treatment=None, covariates=list(prognosis.PROGNOSTIC_COVARIATES))


class TestMaking:
    @pytest.mark.slow
    def test_the_same_bytes_every_time(self, tmp_path):
        command = [sys.executable, str(DATASETS / "make_als_registry.py"), "--out", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (tmp_path / "als_registry.csv").read_bytes() == (DATASETS / "als_registry.csv").read_bytes()
        assert done.stdout.splitlines()[-1] == "600 people, 4126 visits, 496 deaths"

    def test_built_from_the_published_effects(self, maker):
        assert [effect.hazard_ratio for effect in maker.EFFECTS] == list(BUILT_IN.values())
        assert [effect.step for effect in maker.EFFECTS] == [step for _, step in BUILT_IN]
        chosen = [effect for effect in maker.EFFECTS if not effect.key]
        assert [effect.column for effect in chosen] == ["log2_pnfh"]
        for effect in maker.EFFECTS:
            if effect.key:
                assert al.published(effect.key).estimate == effect.hazard_ratio
                assert al.published(effect.key).verified

    def test_the_shape_puts_half_outside_half_to_twice_the_median(self, maker):
        k = maker.WEIBULL_SHAPE
        assert 2 ** -(2**-k) - 2 ** -(2**k) == pytest.approx(0.5, abs=1e-5)

    def test_draws_centre_on_the_effects(self, maker):
        """Not only the draw that was kept: 300 draws of 600 people give the effects on average."""
        rng = np.random.default_rng(11)
        drawn, _ = maker.draw_people(rng)
        x = maker.model_columns(drawn)
        days, died = maker.draw_survival(rng, x, 300)
        fits = fit_cox_many(days, died, np.broadcast_to(x, (300, *x.shape)))
        wanted = np.array([effect.log_hr for effect in maker.EFFECTS])
        assert fits.converged.all()
        # Maximum likelihood overstates by about its se²; beyond that only chance, of 300 draws.
        away = np.abs(fits.coef.mean(axis=0) - wanted) / fits.se.mean(axis=0)
        assert (away < 0.3).all()
        assert fits.coef.std(axis=0, ddof=1) / fits.se.mean(axis=0) == pytest.approx(1, abs=0.15)

    def test_the_codebook_tells_contrast_and_interval(self):
        text = (DATASETS / "README.md").read_text(encoding="utf-8")
        section = " ".join(text.split("## als_registry.csv\n")[1].split("<!-- columns")[0].split())
        assert section.startswith("These are not patients: 600 simulated people")
        assert "no evidence for them" in section
        z = NormalDist().inv_cdf
        for key, words in (
            ("als_hr_bulbar_onset", "bulbar against limb onset: 1.7"),
            ("als_hr_alsfrs_r_slope", "per point a month: 2.8"),
            ("als_hr_executive_dysfunction", "present against absent: 2.11"),
        ):
            figure = al.published(key)
            se = math.log(figure.estimate) / z(1 - figure.p_value / 2)
            low, high = (math.exp(math.log(figure.estimate) + side * z(0.975) * se) for side in (-1, 1))
            after = section.split(words)[1]
            assert re.search(r"(\d\.\d\d)-(\d\.\d\d)", after).groups() == (f"{low:.2f}", f"{high:.2f}")
        for key, words in (
            ("als_hr_age_per_year", "per year older: 1.02"),
            ("als_hr_symptom_duration_per_year", "per year longer: 0.74"),
            ("als_hr_vital_capacity_per_percent", "per percentage point more: 0.99"),
        ):
            figure = al.published(key)
            after = section.split(words)[1]
            assert re.search(r"(\d\.\d\d)-(\d\.\d\d)", after).groups() == (
                f"{figure.ci_low:.2f}",
                f"{figure.ci_high:.2f}",
            )
        assert "per doubling: 1.25 (chosen by this course" in section


class TestWhatIsInIt:
    def test_a_cox_model_gives_the_effects_back(self, fit):
        assert set(fit.table.index) == {term for term, _ in BUILT_IN}
        for (term, step), hazard_ratio in BUILT_IN.items():
            row = fit.table.loc[term]
            found = math.exp(step * row.log_hr)
            assert found == pytest.approx(hazard_ratio, rel=0.05), term
            assert abs(row.log_hr - math.log(hazard_ratio) / step) < 0.6 * row.se, term
            assert row.p < 0.001, term

    def test_found_lies_in_the_published_intervals(self, fit):
        for key, term, step in (
            ("als_hr_age_per_year", "age_years", 1),
            ("als_hr_symptom_duration_per_year", "diagnostic_delay_months", 12),
            ("als_hr_vital_capacity_per_percent", "svc_percent", 1),
        ):
            figure = al.published(key)
            assert figure.ci_low < math.exp(step * fit.table.loc[term, "log_hr"]) < figure.ci_high

    def test_half_have_died_three_years_after_the_first_symptom(self, people):
        onset = people.assign(months=people["diagnostic_delay_months"] + people["time_days"] / DAYS_PER_MONTH)
        alive = al.survival_at(al.kaplan_meier(onset, duration_col="months"), [36])["survival"].item()
        assert 100 * (1 - alive) == pytest.approx(
            al.published("als_dead_within_3_years_percent").estimate, abs=3
        )
        assert onset["months"].min() < 12
        assert onset.loc[onset["died"] == 1, "months"].max() > 108

    def test_about_half_live_between_half_and_twice_their_predicted_median(self, fit):
        published = al.published("als_within_half_and_twice_median_percent").estimate
        assert 100 * prognosis.share_within_half_and_twice(fit) == pytest.approx(published, abs=4)

    def test_sex_changes_nothing(self, people):
        row = al.fit_cox(people, treatment=None, covariates=["sex"]).table.iloc[0]
        assert row.p > 0.2

    def test_fast_disease_hangs_together(self, people):
        rank = people[
            ["alsfrs_r_slope_per_month", "diagnostic_delay_months", "svc_percent", "csf_pnfh_pg_ml"]
        ].corr("spearman")["alsfrs_r_slope_per_month"]
        assert rank["diagnostic_delay_months"] < -0.3
        assert rank["svc_percent"] < -0.2
        assert rank["csf_pnfh_pg_ml"] > 0.3
        limb = (people["onset_site"] == "limb").mean()
        assert limb == pytest.approx(2 / 3, abs=0.06)
        assert people["age_years"].mean() == pytest.approx(62, abs=1.5)


class TestVisits:
    def test_everybody_is_seen_at_diagnosis_and_in_order(self, registry):
        visits = registry.groupby("patient_id")["visit"]
        assert (visits.min() == 0).all()
        assert (visits.max() == visits.size() - 1).all()
        assert (registry.loc[registry["visit"] == 0, "visit_months"] == 0).all()
        assert registry.groupby("patient_id")["visit_months"].apply(lambda m: m.is_monotonic_increasing).all()
        assert not registry.duplicated(["patient_id", "visit"]).any()

    def test_nobody_is_seen_after_the_end(self, registry):
        later = registry[registry["visit"] > 0]
        assert len(later) > 3000
        assert (later["visit_months"] * DAYS_PER_MONTH <= later["time_days"] + 1.6).all()

    def test_what_is_known_at_diagnosis_does_not_change(self, registry):
        fixed = registry.columns.difference(["visit", "visit_months", "alsfrs_r", "svc_percent"])
        assert (registry.groupby("patient_id")[list(fixed)].nunique() == 1).all(axis=None)

    def test_slope_before_diagnosis_is_computed(self, people):
        again = prognosis.slope_before(people["alsfrs_r"], people["diagnostic_delay_months"]).round(3)
        pd.testing.assert_series_equal(again, people["alsfrs_r_slope_per_month"], check_names=False)

    def test_function_and_breath_fall(self, registry):
        wide = registry.pivot(index="patient_id", columns="visit", values=["alsfrs_r", "svc_percent"])
        for measure in ("alsfrs_r", "svc_percent"):
            change = (wide[measure][4] - wide[measure][0]).dropna()
            assert len(change) > 350
            assert (change < 0).mean() > 0.8
            assert change.mean() < -3

    def test_who_lost_fast_before_loses_fast_after(self, registry):
        after = registry[registry["visit"] == 3].set_index("patient_id")
        first = registry[registry["visit"] == 0].set_index("patient_id").loc[after.index]
        pace = (first["alsfrs_r"] - after["alsfrs_r"]) / after["visit_months"]
        assert pace.corr(first["alsfrs_r_slope_per_month"], "spearman") > 0.6


class TestPredictionAgainstR:
    def test_model(self, fit):
        expected = pd.read_csv(REFERENCE / "prognosis_hazards.csv", skipinitialspace=True).set_index("term")
        ours = fit.table.rename(index=lambda term: term.replace("=", ""))
        assert set(ours.index) == set(expected.index)
        np.testing.assert_allclose(ours.loc[expected.index, "log_hr"], expected["log_hr"], rtol=1e-6)
        np.testing.assert_allclose(ours.loc[expected.index, "se"], expected["se"], rtol=1e-6)

    def test_curves_and_quantiles(self, fit, people):
        expected = pd.read_csv(REFERENCE / "prognosis_curves.csv")
        baseline = prognosis.baseline_hazard(fit)
        risks = prognosis.log_risk(fit, people)
        assert len(expected) == 28
        for row in expected.itertuples():
            curve = prognosis.predict_survival(baseline, risks[row.row])
            if math.isnan(row.time):
                assert prognosis.time_when(curve, 1 - row.died) == row.quantile
            else:
                assert prognosis.alive_at(curve, row.time) == pytest.approx(row.survival, rel=1e-6)

    def test_baseline_with_many_ties(self):
        veteran = al.load_veteran()
        veteran["months"] = np.ceil(veteran["time_days"] / 28)
        fit = al.fit_cox(veteran, "months", treatment=None, covariates=["karno", "age_years"])
        expected = pd.read_csv(REFERENCE / "prognosis_baseline.csv", skipinitialspace=True)
        ours = prognosis.baseline_hazard(fit, "months")
        np.testing.assert_array_equal(ours["time"], expected["time"])
        np.testing.assert_allclose(ours["cumulative_hazard"], expected["cumulative_hazard"], rtol=1e-6)

    @pytest.mark.needs_r
    @pytest.mark.slow
    def test_the_committed_answers_are_rs(self, tmp_path):
        (tmp_path / "tests" / "reference").mkdir(parents=True)
        (tmp_path / "datasets").symlink_to(DATASETS)
        script = str(REFERENCE / "prognosis.R")
        subprocess.run(["Rscript", script], cwd=tmp_path, check=True, capture_output=True)
        for name in ("hazards", "curves", "baseline"):
            again = pd.read_csv(tmp_path / "tests" / "reference" / f"prognosis_{name}.csv")
            kept = pd.read_csv(REFERENCE / f"prognosis_{name}.csv")
            pd.testing.assert_frame_equal(again, kept, rtol=1e-8)


class TestPrediction:
    def test_average_risk_is_zero_and_survival_starts_at_one(self, fit, people):
        assert prognosis.log_risk(fit, people).mean() == pytest.approx(0, abs=1e-12)
        curve = prognosis.predict_survival(prognosis.baseline_hazard(fit), 0.0)
        assert curve.iloc[0].tolist() == [0, 1]
        assert (np.diff(curve["survival"]) < 0).all()

    def test_twice_the_hazard_squares_survival(self, fit):
        baseline = prognosis.baseline_hazard(fit)
        once, twice = (prognosis.predict_survival(baseline, risk)["survival"] for risk in (0, math.log(2)))
        np.testing.assert_allclose(twice, once**2, rtol=1e-12)

    def test_a_missing_covariate_is_named(self, fit, people):
        with pytest.raises(al.TrialDataError, match="no column 'svc_percent'"):
            prognosis.log_risk(fit, people.drop(columns="svc_percent"))

    def test_extreme_risks_stay_numbers(self, fit):
        baseline = prognosis.baseline_hazard(fit)
        for risk in (-800.0, 800.0):
            assert prognosis.predict_survival(baseline, risk)["survival"].between(0, 1).all()


class TestTwoArms:
    @pytest.fixture(scope="class")
    def outcome(self, people):
        return people[["age_years", "svc_percent"]], people["time_days"], people["died"]

    def test_nobody_is_in_both_arms(self, outcome):
        for per_arm in (1, 110, 300):
            rows = prognosis.draw_arms(*outcome, per_arm, 20).rows
            assert rows.shape == (20, 2 * per_arm)
            assert all(len(set(row)) == 2 * per_arm for row in rows)

    def test_a_draw_is_what_fit_cox_and_means_say(self, people, outcome):
        arms = prognosis.draw_arms(*outcome, 60, 5)
        drawn = people.iloc[arms.rows[3]].assign(arm_b=np.repeat([0, 1], 60))
        row = al.fit_cox(drawn, treatment="arm_b").table.iloc[0]
        assert (arms.log_hr[3], arms.se[3], arms.p[3]) == pytest.approx((row.log_hr, row.se, row.p), rel=1e-6)
        means = drawn.groupby("arm_b")["age_years"].mean()
        expected = (means[1] - means[0]) / people["age_years"].std()
        assert arms.difference[3, 0] == pytest.approx(expected)

    def test_luck_shrinks_with_the_root_of_the_size(self, outcome):
        for per_arm in (25, 100, 300):
            spread = prognosis.draw_arms(*outcome, per_arm, 2000).difference.std(axis=0)
            np.testing.assert_allclose(spread, math.sqrt(2 / per_arm), rtol=0.06)

    def test_one_draw_in_twenty_has_p_below_five_percent(self, outcome):
        arms = prognosis.draw_arms(*outcome, 110, 2000)
        assert (arms.p < 0.05).mean() == pytest.approx(0.05, abs=0.015)
        assert np.median(arms.log_hr) == pytest.approx(0, abs=0.015)

    def test_a_larger_pair_keeps_the_smaller_one(self, outcome):
        small, large = (prognosis.draw_arms(*outcome, n, 10).rows for n in (30, 200))
        for before, after in zip(small, large, strict=True):
            assert set(before[:30]) <= set(after[:200])
            assert set(before[30:]) <= set(after[200:])

    def test_seeds_differ_and_repeat(self, outcome):
        one, again, other = (prognosis.draw_arms(*outcome, 50, 3, seed).rows for seed in (1, 1, 2))
        assert (one == again).all()
        assert (one != other).any()

    @pytest.mark.parametrize("per_arm", [0, 301, -5])
    def test_too_many_or_too_few_are_refused(self, outcome, per_arm):
        with pytest.raises(al.TrialDataError, match="per_arm must be between 1 and 300"):
            prognosis.draw_arms(*outcome, per_arm, 3)
