"""The steps from crude to adjusted: the same models as fit_cox, read where they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, STEPS, fit_steps, mirocals_like_for_analysis
from tests.models import PBC, VETERAN, pbc


def test_rows_and_columns():
    table = al.compare_models(al.load_veteran(), covariates=VETERAN, interaction="karno")
    assert tuple(table.index) == STEPS
    assert list(table.columns) == ["log_hr", "se", "hr", "ci_low", "ci_high", "p"]
    assert table.dtypes.eq(float).all()
    assert tuple(al.compare_models(al.load_veteran(), covariates=VETERAN).index) == STEPS[:2]


@pytest.mark.parametrize(
    ("df", "covariates", "interaction", "printed"),
    [
        (al.load_veteran(), VETERAN, "karno", [1.0179, 1.3426, 2.6874]),
        (pbc(), PBC, "log_bilirubin_mg_dl", [1.0589, 0.8733, 1.1584]),
    ],
)
def test_the_real_trials_as_r_prints_them(df, covariates, interaction, printed):
    table = al.compare_models(df, covariates=covariates, interaction=interaction)
    assert table["hr"].iloc[:3].round(4).tolist() == printed


def test_the_last_two_are_one_model_read_at_two_places():
    fits = fit_steps(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
    at_zero, at_mean = fits["adjusted_interaction"], fits["adjusted_interaction_mean"]
    assert at_zero.log_likelihood == at_mean.log_likelihood
    assert (at_zero.reference, at_mean.reference) == (0.0, al.load_mirocals_like()["csf_pnfh_pg_ml"].mean())
    row = at_zero.at(at_mean.reference).iloc[0]
    assert row.hr == pytest.approx(at_mean.table.loc["treated", "hr"], rel=1e-12)


def test_the_mean_is_that_of_the_analysed_patients():
    table = al.load_pbc()
    with pytest.warns(al.data.checks.MissingValuesWarning):
        fits = fit_steps(table, covariates=["cholesterol_mg_dl"], interaction="age_years")
    complete = table.dropna(subset=["cholesterol_mg_dl"])
    assert fits["adjusted_interaction_mean"].reference == pytest.approx(
        complete["age_years"].mean(), rel=1e-12
    )
    assert fits["unadjusted"].n == len(table)


def test_the_biomarker_belongs_to_every_adjusted_model():
    listed = al.compare_models(al.load_veteran(), covariates=[*VETERAN], interaction="karno")
    unlisted = al.compare_models(al.load_veteran(), covariates=VETERAN[1:], interaction="karno")
    np.testing.assert_allclose(listed.to_numpy(), unlisted.to_numpy(), rtol=1e-9)


def test_without_covariates_adjusted_is_unadjusted():
    table = al.compare_models(al.load_veteran())
    pd.testing.assert_series_equal(table.loc["adjusted"], table.loc["unadjusted"], check_names=False)
