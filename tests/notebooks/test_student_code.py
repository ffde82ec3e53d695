"""The lifelines code a student sees in notebooks/code gives alsteach's numbers, which are R's."""

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
from alsteach.stats.absolute import effects_at
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis, standardised_differences
from alsteach.stats.cutpoints import search_cutpoint, subgroup_effects
from alsteach.stats.hazards import fit_fading, period_hazard_ratios
from alsteach.stats.joint_rank import function_comparisons, function_truth, joint_rank
from alsteach.stats.power import schoenfeld_events, schoenfeld_power
from alsteach.stats.published_arithmetic import mirocals_from_counts
from alsteach.worlds.toys import responder_comparisons, responder_trial

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
COXPH = {"exp(coef)": "hr", "exp(coef) lower 95%": "ci_low", "exp(coef) upper 95%": "ci_high", "p": "p"}


@pytest.fixture
def exact(monkeypatch):
    """lifelines stops early by default, up to 1e-4 from R; a student's rounded table does not show it, a test does."""
    precise = partialmethod(CoxPHFitter.fit, fit_options={"precision": 1e-13, "r_precision": 1e-14})
    monkeypatch.setattr(CoxPHFitter, "fit", precise)


def run(notebook: str, marker: str) -> dict:
    """Run the imports and the one cell that holds ``marker``; its last expression is ``shown`` in what is left."""
    cells = nbformat.read(NOTEBOOKS / notebook, as_version=4).cells
    imports = next(cell.source for cell in cells if cell.cell_type == "code")
    sources = [cell.source for cell in cells if cell.cell_type == "code" and marker in cell.source]
    assert len(sources) == 1, f"{len(sources)} cells hold {marker!r}"
    tree = ast.parse(sources[0])
    assert isinstance(tree.body[-1], ast.Expr), "the cell must end with something shown"
    space = {}
    exec(compile(imports, notebook, "exec"), space)
    exec(compile(ast.Module(tree.body[:-1], []), notebook, "exec"), space)
    space["shown"] = eval(compile(ast.Expression(tree.body[-1].value), notebook, "eval"), space)
    return space


def assert_same(model, term, fit, ours=None, rtol=1e-6):
    theirs = model.summary.loc[term].rename(COXPH)
    row = fit.table.loc[ours or term]
    for column in COXPH.values():
        assert theirs[column] == pytest.approx(row[column], rel=rtol, abs=1e-9), column
    assert theirs["se(coef)"] == pytest.approx(row.se, rel=rtol)


def test_the_draws_among_eight(exact):
    space = run("code/04_cox_adjustment.ipynb", "draw_model =")
    fit = al.fit_cox(space["eight"])
    assert_same(space["draw_model"], "treated", fit)
    assert np.log(space["by_hand"].iloc[:, -1]).sum() == pytest.approx(fit.log_likelihood, abs=1e-9)


LUNG = ["karno", "celltype", "age_years", "prior", "diagtime_months"]


def test_unadjusted_and_adjusted(exact, capsys):
    space = run("code/04_cox_adjustment.ipynb", "unadjusted = CoxPHFitter")
    trial = al.load_veteran()
    adjusted = al.fit_cox(trial, covariates=LUNG)
    assert_same(space["unadjusted"], "treated", al.fit_cox(trial))
    assert_same(space["adjusted"], "treated", adjusted)
    assert_same(space["adjusted"], "karno", adjusted)
    assert f"{standardised_differences(trial, LUNG).loc['karno', 'smd']:.2f}" in capsys.readouterr().out


def cells_in_turn(notebook: str, *markers: str) -> dict:
    """Run the imports and, one after another, the cells that hold these."""
    cells = nbformat.read(NOTEBOOKS / notebook, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    space: dict = {}
    for marker in ("import pandas", *markers):
        exec(compile(next(source for source in sources if marker in source), notebook, "exec"), space)
    return space


def test_a_fading_effect_by_episodes_and_the_averaged_model(exact, capsys):
    markers = ("unadjusted = CoxPHFitter", "episodes =", "stratified =", "one_question =")
    space = cells_in_turn("code/04_cox_adjustment.ipynb", *markers)
    ours = fit_fading(al.load_veteran(), "karno", [90])
    theirs = space["fading"].summary["exp(coef)"]
    assert theirs["treated"] == pytest.approx(ours.loc["treated", "hr"], rel=1e-4)
    assert theirs["karno_late"] == pytest.approx(ours.loc["karno@90", "hr"], rel=1e-4)
    assert space["constant"].summary.loc["treated", "exp(coef)"] > 1.15 > 1 > theirs["treated"]
    # R: coxph(Surv(time_days, died) ~ treated + karno + strata(celltype), veteran)
    assert space["stratified"].summary.loc["treated", "coef"] == pytest.approx(0.2328346769, abs=1e-5)
    averaged, both = space["averaged"], space["one_question"]
    assert both.loc["adjusted, averaged", "hr"] == al.marginalise(
        al.fit_cox(al.load_veteran(), covariates=LUNG)
    )
    assert both.loc["adjusted, averaged", "se"] < both.loc["unadjusted", "se"]
    assert averaged.loc[180, "standard"] > averaged.loc[180, "test"]  # a ratio above 1: fewer are alive


def test_periods_and_the_test_of_proportional_hazards(exact, capsys):
    space = run("code/04_cox_adjustment.ipynb", "older = proportional_hazard_test")
    periods = period_hazard_ratios(al.load_veteran(), [90]).reset_index(drop=True)
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
    space = run("code/04_cox_adjustment.ipynb", "responder_models =")
    expected = responder_comparisons(responder_trial(84), 84)
    names = ["randomised", "responders_vs_others", "landmark"]
    for model, name in zip(space["responder_models"].values(), names, strict=True):
        theirs, row = model.summary.iloc[0].rename(COXPH), expected.loc[name]
        for column in COXPH.values():
            assert theirs[column] == pytest.approx(row[column], rel=1e-6, abs=1e-9)


def test_four_steps_of_notebook_05(exact):
    shown = run("code/05_why_they_disagree.ipynb", "formulas =")["shown"]
    expected = al.compare_models(mirocals_like_for_analysis(), **MIROCALS_LIKE_MODEL)
    assert isinstance(shown, pd.DataFrame)
    np.testing.assert_allclose(shown.iloc[:, 0], expected["hr"], atol=5.1e-4)
    np.testing.assert_allclose(shown.iloc[:, 3], expected["p"], atol=5.1e-4)


def test_lifelines_left_alone_is_close_enough_for_a_rounded_table():
    model = run("code/04_cox_adjustment.ipynb", "unadjusted = CoxPHFitter")["adjusted"]
    assert_same(model, "treated", al.fit_cox(al.load_veteran(), covariates=LUNG), rtol=1e-3)


def test_groups_of_notebook_06_and_their_difference_in_two_ways(exact, capsys):
    shown = run("code/06_biomarker_subgroups.ipynb", "two_ways =")["shown"]
    found = subgroup_effects(al.load_veteran(), "karno", 70)
    assert shown.loc["one model", "p"] == pytest.approx(found.interaction.loc["groups", "p"], abs=5.1e-4)
    ratio = found.groups["hr"].iloc[1] / found.groups["hr"].iloc[0]
    assert shown.loc["each group alone", "ratio of the hazard ratios"] == pytest.approx(ratio, abs=5.1e-4)
    groups = run("code/06_biomarker_subgroups.ipynb", "difference = CoxPHFitter")["shown"]
    ours = subgroup_effects(mirocals_like_for_analysis(), "csf_pnfh_pg_ml", [750, 3700]).groups
    np.testing.assert_allclose(groups["HR"].iloc[[0, 1, 3]], ours["hr"].iloc[:3], atol=5.1e-4)


def test_the_search_of_notebook_06_and_its_honest_p(exact, capsys):
    space = cells_in_turn("code/06_biomarker_subgroups.ipynb", "two_ways =", "smallest_p")
    assert len(space["cuts"]) == space["many"].p.shape[1] == 7
    assert space["ours"] == pytest.approx(
        search_cutpoint(al.load_veteran(), "karno")["p_interaction"].min(), rel=1e-4
    )


def test_the_published_counts_of_notebook_06(exact):
    shown = run("code/06_biomarker_subgroups.ipynb", "from_counts =")["shown"]
    low, high = mirocals_from_counts().low_to_moderate
    assert shown["HR up to 3,700"].between(low, high).all()
    assert (shown["lowest, IL-2 deaths"] > shown["lowest, placebo deaths"]).all()


def test_groups_in_absolute_terms(exact):
    space = run("code/07_paper_to_patient.ipynb", "absolute =")
    for name, patients in space["groups"].items():
        ours, row = effects_at(patients, 640), space["absolute"].loc[name]
        assert row["HR"] == pytest.approx(al.fit_cox(patients).table.loc["treated", "hr"], rel=1e-6)
        reduction = [
            100 * end for end in (ours.reduction.estimate, ours.reduction.ci_low, ours.reduction.ci_high)
        ]
        assert list(row[["fewer dead of 100", "from", "to"]]) == pytest.approx(
            reduction, abs=1e-3
        )  # 1.96 is rounded
        assert row["months gained"] == pytest.approx(ours.time_gained.estimate * 12 / 365.25, abs=1e-6)


def test_function_and_the_next_trial(capsys):
    space = run("code/07_paper_to_patient.ipynb", "strategies =")
    trial, table = space["twins"], space["strategies"]
    ours = function_comparisons(trial)
    np.testing.assert_allclose(table.iloc[:3], ours[["estimate", "ci_low", "ci_high"]], rtol=1e-9)
    assert table.loc["alive in both arms (twins)", "difference"] == function_truth(trial).effect == 0
    source = next(
        cell.source
        for cell in nbformat.read(NOTEBOOKS / "code/07_paper_to_patient.ipynb", 4).cells
        if "better =" in cell.source
    )
    exec(source, space)
    ranked = joint_rank(trial)
    assert (space["better"], space["test"].pvalue) == pytest.approx((ranked.win_probability, ranked.p))
    beliefs = run("code/07_paper_to_patient.ipynb", "def deaths_needed")["beliefs"]
    assert beliefs.loc[0.81, "deaths"] == np.ceil(schoenfeld_events(0.81))
    assert beliefs.loc[0.32, "found if 0.81"] == pytest.approx(float(schoenfeld_power(0.81, 25)))
