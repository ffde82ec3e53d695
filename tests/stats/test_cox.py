"""The Cox engine against R's coxph, against what must hold of any Cox model, and against a beginner's tables."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from tests.models import MODELS, fit, r_term

REFERENCE = Path(__file__).parents[1] / "reference"
COEFFICIENTS = pd.read_csv(REFERENCE / "cox_coefficients.csv", skipinitialspace=True)
FITS = pd.read_csv(REFERENCE / "cox_models.csv", skipinitialspace=True)
DFBETA = pd.read_csv(REFERENCE / "cox_dfbeta.csv", skipinitialspace=True)
TIES = ["efron", "breslow"]


def test_the_reference_covers_every_model():
    assert set(COEFFICIENTS["model"]) == set(FITS["model"]) == set(MODELS)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", MODELS)
def test_coefficients_and_standard_errors_are_rs(name, ties):
    expected = COEFFICIENTS.query("model == @name and ties == @ties").set_index("term")
    table = fit(name, ties).table
    assert [r_term(term) for term in table.index] == list(expected.index)
    np.testing.assert_allclose(table["log_hr"], expected["log_hr"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(table["se"], expected["se"], rtol=1e-6)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", MODELS)
def test_likelihoods_counts_and_score_test_are_rs(name, ties):
    expected = FITS.query("model == @name and ties == @ties").iloc[0]
    ours = fit(name, ties)
    assert (ours.n, ours.events, ours.n_dropped) == (expected.n, expected.events, 0)
    assert ours.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
    assert ours.log_likelihood_null == pytest.approx(expected.log_likelihood_null, abs=1e-6)
    assert ours.score_statistic == pytest.approx(expected.score, rel=1e-6)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", sorted(set(DFBETA["model"])))
def test_dfbeta_is_rs(name, ties):
    expected = DFBETA.query("model == @name and ties == @ties")
    ours = fit(name, ties).dfbeta()
    np.testing.assert_allclose(ours.iloc[:, 0], expected["treated"], atol=1e-9)
    np.testing.assert_allclose(ours.iloc[:, -1], expected["interaction"], atol=1e-9)


# As R's coxph prints them with Efron's ties: (model, HR of treatment, SE of its log, p)
@pytest.mark.parametrize(
    ("name", "hr", "se", "p"),
    [
        ("veteran_crude", 1.0179, 0.1807, 0.9218),
        ("veteran_adjusted", 1.3426, 0.2075, 0.1558),
        ("veteran_interaction", 2.6874, 0.6521, 0.1295),
        ("pbc_crude", 1.0589, 0.1792, 0.7494),
        ("pbc_adjusted", 0.8733, 0.1854, 0.4649),
        ("pbc_interaction", 1.1584, 0.2764, 0.5948),
    ],
)
def test_the_real_trials_as_r_prints_them(name, hr, se, p):
    row = fit(name, "efron").table.loc["treated"]
    assert (round(row.hr, 4), round(row.se, 4), round(row.p, 4)) == (hr, se, p)


@pytest.mark.needs_r
def test_r_gives_the_stored_reference_again(tmp_path):
    shutil.copytree(REFERENCE.parent.parent / "datasets", tmp_path / "datasets")
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    shutil.copy(REFERENCE / "cox.R", tmp_path / "tests" / "reference")
    subprocess.run(["Rscript", "tests/reference/cox.R"], cwd=tmp_path, check=True, capture_output=True)
    for name in ("cox_coefficients.csv", "cox_models.csv", "cox_dfbeta.csv"):
        fresh = pd.read_csv(tmp_path / "tests/reference" / name, skipinitialspace=True)
        stored = pd.read_csv(REFERENCE / name, skipinitialspace=True)
        pd.testing.assert_frame_equal(fresh, stored, rtol=1e-9, atol=1e-12)


class TestManyTrials:
    def batch(self, count=7):
        """``count`` resamplings of the veteran trial as arrays, with ties."""
        veteran = al.load_veteran()
        rng = np.random.default_rng(3)
        rows = np.array([rng.choice(len(veteran), len(veteran), replace=False)[:120] for _ in range(count)])
        numbers = veteran[["treated", "karno", "age_years"]].to_numpy(float)
        return (
            veteran["time_days"].to_numpy(float)[rows],
            veteran["died"].to_numpy(float)[rows],
            numbers[rows],
            rows,
        )

    @pytest.mark.parametrize("ties", TIES)
    def test_each_trial_as_if_alone(self, ties):
        durations, events, x, rows = self.batch()
        many = al.fit_cox_many(durations, events, x, ties=ties)
        assert many.converged.all()
        for i, chosen in enumerate(rows):
            alone = al.fit_cox(al.load_veteran().iloc[chosen], covariates=["karno", "age_years"], ties=ties)
            np.testing.assert_allclose(many.coef[i], alone.table["log_hr"], atol=1e-9)
            np.testing.assert_allclose(many.se[i], alone.table["se"], rtol=1e-8)
            np.testing.assert_allclose(many.covariance[i], alone.covariance, atol=1e-9)
            assert many.log_likelihood[i] == pytest.approx(alone.log_likelihood, abs=1e-8)

    def test_include_is_the_trial_without_the_others(self):
        durations, events, x, _ = self.batch()
        include = np.random.default_rng(4).random(durations.shape) < 0.8
        spoilt_times, spoilt_events, spoilt = durations.copy(), events.copy(), x.copy()
        spoilt_times[~include], spoilt_events[~include], spoilt[~include] = np.nan, np.nan, np.nan
        many = al.fit_cox_many(spoilt_times, spoilt_events, spoilt, include=include)
        assert many.converged.all()
        for i, kept in enumerate(include):
            alone = al.fit_cox_many(durations[i : i + 1, kept], events[i : i + 1, kept], x[i : i + 1, kept])
            np.testing.assert_allclose(many.coef[i], alone.coef[0], atol=1e-9)
            np.testing.assert_allclose(many.se[i], alone.se[0], rtol=1e-8)

    def test_a_trial_without_an_estimate_leaves_the_others_untouched(self):
        durations, events, x, _ = self.batch(9)
        good = al.fit_cox_many(durations, events, x)
        x = x.copy()
        events = events.copy()
        durations = durations.copy()
        x[0, :, 1] = 60.0  # constant
        x[1, :, 2] = 2 * x[1, :, 1] + 3  # collinear
        events[2] = 0  # nobody dies
        x[3, :, 0] = 1  # one arm only
        x[4, :, 1] = -durations[4]  # orders the deaths perfectly
        x[5, 7, 1] = np.nan  # blank
        durations[6, 3] = np.nan
        fits = al.fit_cox_many(durations, events, x)
        assert fits.converged.tolist() == [False] * 7 + [True] * 2
        np.testing.assert_allclose(fits.coef[7:], good.coef[7:], atol=1e-12)
        for values in (fits.coef, fits.se, fits.covariance, fits.log_likelihood):
            assert np.isnan(values[:7]).all()
            assert np.isfinite(values[7:]).all()

    def test_shapes_that_do_not_fit_are_refused(self):
        with pytest.raises(al.TrialDataError, match=r"got \(2, 5\), \(2, 5\) and \(2, 4, 1\)"):
            al.fit_cox_many(np.ones((2, 5)), np.ones((2, 5)), np.ones((2, 4, 1)))
        with pytest.raises(al.TrialDataError, match=r"include must be \(2, 5\)"):
            al.fit_cox_many(np.ones((2, 5)), np.ones((2, 5)), np.ones((2, 5, 1)), include=np.ones((1, 5)))


class TestReference:
    def test_only_the_treatment_row_and_nothing_of_the_likelihood_depends_on_it(self):
        load, covariates, interaction = MODELS["mirocals_interaction"]
        fits = {
            r: al.fit_cox(load(), covariates=covariates, interaction=interaction, reference=r)
            for r in (0, 2500)
        }
        others = [term for term in fits[0].table.index if term != "treated"]
        pd.testing.assert_frame_equal(fits[0].table.loc[others], fits[2500].table.loc[others], rtol=1e-9)
        assert fits[0].log_likelihood == fits[2500].log_likelihood
        np.testing.assert_allclose(fits[0].at(2500).iloc[0, 1:], fits[2500].at([2500]).iloc[0, 1:], rtol=1e-9)
        row = fits[2500].table.loc["treated", ["hr", "ci_low", "ci_high", "p"]]
        np.testing.assert_allclose(
            fits[0].at(2500)[["hr", "ci_low", "ci_high", "p"]].iloc[0], row.astype(float), rtol=1e-9
        )

    def test_reading_elsewhere_equals_fitting_with_the_biomarker_shifted(self):
        veteran = al.load_veteran()
        shifted = veteran.assign(karno=veteran["karno"] - 60)
        moved = al.fit_cox(veteran, covariates=["age_years"], interaction="karno", reference=60)
        refitted = al.fit_cox(shifted, covariates=["age_years"], interaction="karno")
        pd.testing.assert_frame_equal(moved.table, refitted.table, rtol=1e-7)

    def test_an_absurd_reference_stays_exact(self):
        veteran = al.load_veteran()
        far = al.fit_cox(veteran, interaction="karno", reference=1e7)
        slope = far.table.loc["treated:karno"]
        near = al.fit_cox(veteran, interaction="karno").table.loc["treated"]
        assert far.table.loc["treated", "log_hr"] == pytest.approx(near.log_hr + 1e7 * slope.log_hr, rel=1e-9)

    def test_a_model_without_interaction_has_no_reference_to_move(self):
        plain = al.fit_cox(al.load_veteran())
        with pytest.raises(al.TrialDataError, match="one treatment effect for everyone"):
            plain.at(3)
        with pytest.raises(al.TrialDataError, match="no interaction"):
            plain.read_at(3)

    def test_the_biomarker_is_in_the_model_once_listed_or_not(self):
        listed = al.fit_cox(al.load_veteran(), covariates=["karno", "age_years"], interaction="karno")
        unlisted = al.fit_cox(al.load_veteran(), covariates=["age_years"], interaction="karno")
        assert list(unlisted.table.index) == ["treated", "age_years", "karno", "treated:karno"]
        np.testing.assert_allclose(
            listed.table.loc["treated", "log_hr"], unlisted.table.loc["treated", "log_hr"], rtol=1e-9
        )


class TestCovariates:
    def test_plain_words_have_the_first_of_the_alphabet_as_reference(self):
        words = al.load_veteran().assign(celltype=lambda d: d["celltype"].astype(str))
        assert [t for t in al.fit_cox(words, covariates=["celltype"]).table.index if "=" in t] == [
            "celltype=large",
            "celltype=smallcell",
            "celltype=squamous",
        ]

    def test_an_empty_category_is_no_term(self):
        veteran = al.load_veteran().query("celltype != 'adeno'")
        assert "celltype=adeno" not in al.fit_cox(veteran, covariates=["celltype"]).table.index

    def test_true_and_false_are_0_and_1(self):
        veteran = al.load_veteran()
        as_bool = veteran.assign(prior=veteran["prior"].astype(bool), treated=veteran["treated"].astype(bool))
        pd.testing.assert_frame_equal(
            al.fit_cox(as_bool, covariates=["prior"]).table, al.fit_cox(veteran, covariates=["prior"]).table
        )

    def test_a_cohort_without_treatment(self):
        fit_without = al.fit_cox(al.load_veteran(), treatment=None, covariates=["karno"])
        assert list(fit_without.table.index) == ["karno"]

    def test_wald_likelihood_ratio_and_score_test_apart(self):
        from scipy.stats import chi2

        ours = fit("veteran_adjusted", "efron")
        expected = FITS.query("model == 'veteran_adjusted' and ties == 'efron'").iloc[0]
        tests = ours.tests
        ratio = 2 * (expected.log_likelihood - expected.log_likelihood_null)
        assert tests.loc["likelihood_ratio", "statistic"] == pytest.approx(ratio, abs=1e-6)
        assert tests.loc["score", "statistic"] == pytest.approx(expected.score, rel=1e-6)
        np.testing.assert_allclose(tests["p"], chi2.sf(tests["statistic"], tests["df"]), rtol=1e-9)
        one_term = al.fit_cox(al.load_veteran(), covariates=[])
        assert one_term.tests.loc["wald", "p"] == pytest.approx(one_term.table.loc["treated", "p"], rel=1e-9)


class TestMissingValues:
    def test_left_out_with_a_warning_that_names_the_column(self):
        pbc = al.load_pbc()
        with pytest.warns(
            al.data.checks.MissingValuesWarning,
            match=r"28 of 312 patients have a blank value in: chol.*\(28\)",
        ):
            fit_pbc = al.fit_cox(pbc, covariates=["cholesterol_mg_dl"])
        assert (fit_pbc.n, fit_pbc.n_dropped) == (284, 28)
        complete = al.fit_cox(pbc.dropna(subset=["cholesterol_mg_dl"]), covariates=["cholesterol_mg_dl"])
        pd.testing.assert_frame_equal(fit_pbc.table, complete.table)

    def test_or_refused(self):
        with pytest.raises(al.TrialDataError, match="28 of 312.*missing='warn'"):
            al.fit_cox(al.load_pbc(), covariates=["cholesterol_mg_dl"], missing="raise")


def veteran_with(**columns):
    return al.load_veteran().assign(**columns)


REFUSALS = {
    "treatment coded 1/2": (
        veteran_with(treated=lambda d: d.treated + 1),
        {},
        r"coded 1, 2.*df\['treated'\] == 2",
    ),
    "treatment in words": (
        veteran_with(treated=lambda d: d.treated.map({0: "placebo", 1: "IL-2"})),
        {},
        r"df\['treated'\] == 'IL-2'",
    ),
    "event in words": (
        veteran_with(died=lambda d: d.died.map({0: "Alive", 1: "Dead"})),
        {},
        r"'died' is coded 'Dead', 'Alive'.*df\['died'\] == 'Dead'",
    ),
    "decimal commas": (
        veteran_with(karno=lambda d: d.karno.astype(str) + ",5"),
        {"covariates": ["karno"]},
        r"decimal=','",
    ),
    "negative time": (
        veteran_with(time_days=lambda d: d.time_days - 5),
        {},
        "'time_days' has negative times in row",
    ),
    "dates": (veteran_with(time_days=pd.Timestamp("2020-01-01")), {}, "holds dates"),
    "infinite": (veteran_with(karno=np.inf), {"covariates": ["karno"]}, "'karno' is infinite"),
    "misspelt": (
        veteran_with(),
        {"covariates": ["karnofsky"]},
        "no column 'karnofsky'; the table has: patient_id",
    ),
    "constant": (
        veteran_with(age_years=60),
        {"covariates": ["age_years"]},
        "'age_years' is the same for every",
    ),
    "one category": (
        veteran_with(celltype="adeno"),
        {"covariates": ["celltype"]},
        "'celltype' is the same for every",
    ),
    "collinear": (
        veteran_with(twice=lambda d: 2 * d.karno + 1),
        {"covariates": ["karno", "twice"]},
        "'twice' says nothing that 'karno' does not",
    ),
    "nearly collinear": (
        veteran_with(twice=lambda d: 2 * d.karno + 1e-3 * np.sin(d.patient_id)),
        {"covariates": ["karno", "twice"]},
        "'twice' says nothing that 'karno' does not",
    ),
    "nobody died": (veteran_with(died=0), {}, "Nobody died among"),
    "one arm": (veteran_with(treated=1), {}, r"in the active arm \(1\)"),
    "an arm without deaths": (
        veteran_with(died=lambda d: d.died * d.treated),
        {},
        r"Nobody died in the control arm \('treated'\)",
    ),
    "a level without deaths": (
        veteran_with(died=lambda d: d.died * (d.celltype != "adeno")),
        {"covariates": ["celltype"]},
        "Nobody died in one group of 'celltype=adeno'",
    ),
    "separation": (
        veteran_with(order=lambda d: -d.time_days),
        {"covariates": ["order"]},
        "order the 128 deaths perf",
    ),
    "a name": (
        veteran_with(name=lambda d: "P" + d.patient_id.astype(str)),
        {"covariates": ["name"]},
        "identifier",
    ),
    "not a list": (veteran_with(), {"covariates": "karno"}, r"covariates=\['karno'\]"),
    "time as covariate": (veteran_with(), {"covariates": ["time_days"]}, "already the time"),
    "interaction with words": (veteran_with(), {"interaction": "celltype"}, "needs a numeric biomarker"),
    "interaction without treatment": (
        veteran_with(),
        {"treatment": None, "interaction": "karno"},
        "needs a treatment",
    ),
    "nothing to estimate": (veteran_with(), {"treatment": None}, "nothing to estimate"),
    "ties": (veteran_with(), {"ties": "exact"}, "ties='efron'"),
    "no rows": (al.load_veteran().iloc[:0], {}, "no rows"),
    "not a frame": ([1, 2], {}, "got list"),
    "all blank": (veteran_with(karno=np.nan), {"covariates": ["karno"]}, "Nobody is left to analyse"),
    "twice the same column": (
        pd.concat([al.load_veteran(), al.load_veteran()[["karno"]]], axis=1),
        {"covariates": ["karno"]},
        "more than one column 'karno'",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_input_gets_one_sentence(case):
    df, arguments, sentence = REFUSALS[case]
    with pytest.raises(al.TrialDataError, match=sentence) as refusal:
        al.fit_cox(df, **arguments)
    assert "\n" not in str(refusal.value)
    assert "np." not in str(refusal.value)
