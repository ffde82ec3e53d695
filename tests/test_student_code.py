"""The lifelines code a student sees in the notebooks gives alsteach's numbers, which are R's."""

from __future__ import annotations

import ast
from functools import partialmethod
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

import alsteach as al
from alsteach.disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
COXPH = {"exp(coef)": "hr", "exp(coef) lower 95%": "ci_low", "exp(coef) upper 95%": "ci_high", "p": "p"}


@pytest.fixture
def exact(monkeypatch):
    """lifelines stops early by default, up to 1e-4 from R; a student's rounded table does not show it, a test does."""
    precise = partialmethod(CoxPHFitter.fit, fit_options={"precision": 1e-13, "r_precision": 1e-14})
    monkeypatch.setattr(CoxPHFitter, "fit", precise)


def run(notebook: str, marker: str) -> dict:
    """Run the one cell that holds ``marker``; its last expression is ``shown`` in what it leaves behind."""
    cells = nbformat.read(NOTEBOOKS / notebook, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code" and marker in cell.source]
    assert len(sources) == 1, f"{len(sources)} cells hold {marker!r}"
    tree = ast.parse(sources[0])
    assert isinstance(tree.body[-1], ast.Expr), "the cell must end with something shown"
    space = {"al": al}
    exec(compile(ast.Module(tree.body[:-1], []), notebook, "exec"), space)
    space["shown"] = eval(compile(ast.Expression(tree.body[-1].value), notebook, "eval"), space)
    return space


def assert_same(model, term, fit, ours=None, rtol=1e-6):
    theirs = model.summary.loc[term].rename(COXPH)
    row = fit.table.loc[ours or term]
    for column in COXPH.values():
        assert theirs[column] == pytest.approx(row[column], rel=rtol, abs=1e-9), column
    assert theirs["se(coef)"] == pytest.approx(row.se, rel=rtol)


def test_the_race_of_eight(exact):
    space = run("04_cox_adjustment.ipynb", "race_model =")
    fit = al.fit_cox(space["eight"])
    assert_same(space["race_model"], "treated", fit)
    assert np.log(space["by_hand"].iloc[:, -1]).sum() == pytest.approx(fit.log_likelihood, abs=1e-9)


def test_unadjusted_and_adjusted(exact, capsys):
    space = run("04_cox_adjustment.ipynb", "unadjusted = CoxPHFitter")
    cohort = mirocals_like_for_analysis()
    covariates = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
    assert_same(space["unadjusted"], "treated", al.fit_cox(cohort))
    adjusted = al.fit_cox(cohort, covariates=covariates)
    assert_same(space["adjusted"], "treated", adjusted)
    assert_same(space["adjusted"], "onset_site[T.bulbar]", adjusted, "onset_site=bulbar")
    printed = capsys.readouterr().out
    balance = al.standardised_differences(cohort, covariates)
    assert f"{balance.loc['svc_percent', 'smd']:.2f}" in printed


def test_periods_and_the_test_of_proportional_hazards(exact, capsys):
    space = run("04_cox_adjustment.ipynb", "proportional_hazard_test")
    periods = al.period_hazard_ratios(al.load_veteran(), [90]).reset_index(drop=True)
    for model, (_, row) in zip(space["periods"].values(), periods.iterrows(), strict=True):
        theirs = model.summary.loc["treated"].rename(COXPH)
        np.testing.assert_allclose(
            theirs[["hr", "ci_low", "ci_high", "p"]].astype(float),
            row[["hr", "ci_low", "ci_high", "p"]].astype(float),
            rtol=5e-6,
        )
    ours = al.proportional_hazards_test(al.fit_cox(al.load_veteran(), covariates=["karno"]))
    assert f"{ours.loc['karno', 'p']:.4f}" in capsys.readouterr().out
    older = space["older"].summary["p"]
    assert older["treated"] != pytest.approx(ours.loc["treated", "p"], rel=0.05)  # as the notebook says


def test_responders(exact):
    space = run("04_cox_adjustment.ipynb", "responder_models =")
    expected = al.responder_comparisons(al.responder_trial(84), 84)
    names = ["randomised", "responders_vs_others", "landmark"]
    for model, name in zip(space["responder_models"].values(), names, strict=True):
        theirs, row = model.summary.iloc[0].rename(COXPH), expected.loc[name]
        for column in COXPH.values():
            assert theirs[column] == pytest.approx(row[column], rel=1e-6, abs=1e-9)


def test_adjusting_raises_the_standard_error_and_the_power():
    space = run("04_cox_adjustment.ipynb", "found(adjusted)")
    crude, adjusted = space["crude"], space["adjusted"]
    assert crude.converged.all()
    assert adjusted.se[:, 0].mean() > crude.se[:, 0].mean() + 0.001
    assert adjusted.coef[:, 0].mean() < crude.coef[:, 0].mean() - 0.1
    assert np.exp(adjusted.coef[:, 0].mean()) == pytest.approx(0.6, abs=0.02)
    assert space["found"](adjusted) > space["found"](crude) + 10
    assert "| adjusted | 0.60 |" in space["shown"].data


def test_four_steps_of_notebook_05(exact):
    shown = run("05_why_they_disagree.ipynb", "formulas =")["shown"]
    expected = al.compare_models(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
    assert isinstance(shown, pd.DataFrame)
    np.testing.assert_allclose(shown.iloc[:, 0], expected["hr"], atol=5.1e-4)
    np.testing.assert_allclose(shown.iloc[:, 3], expected["p"], atol=5.1e-4)


def test_lifelines_left_alone_is_close_enough_for_a_rounded_table():
    model = run("04_cox_adjustment.ipynb", "unadjusted = CoxPHFitter")["adjusted"]
    covariates = [*MIROCALS_LIKE_MODEL["covariates"], MIROCALS_LIKE_MODEL["interaction"]]
    assert_same(model, "treated", al.fit_cox(mirocals_like_for_analysis(), covariates=covariates), rtol=1e-3)
