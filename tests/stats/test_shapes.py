"""Restricted cubic splines and the treatment effect along a biomarker, against R's coxph with the same splines."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alsteach as al
from alsteach.stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from alsteach.stats.readings import mirocals_like_trial, read_in_logs
from alsteach.stats.shapes import (
    KNOT_QUANTILES,
    effect_along,
    highest,
    restricted_cubic_spline,
    share_of_spread,
    spline_knots,
    where_patients_are,
)
from tests.models import veteran_weeks

REFERENCE = Path(__file__).parents[1] / "reference"
FILES = ("splines_basis.csv", "splines_models.csv", "splines_effects.csv")
BASIS, MODELS, EFFECTS = (pd.read_csv(REFERENCE / name, skipinitialspace=True) for name in FILES)
TRIALS = {
    "mirocals": (mirocals_like_for_analysis, MIROCALS_LIKE_MODEL),
    "small": (
        lambda: mirocals_like_for_analysis().iloc[:90],
        {"covariates": ["age_years"], "interaction": "csf_pnfh_pg_ml"},
    ),
    "veteran": (al.load_veteran, {"covariates": ["celltype", "age_years"], "interaction": "karno"}),
    "veteran_weeks": (veteran_weeks, {"covariates": ["age_years"], "interaction": "karno"}),
    "pbc": (al.load_pbc, {"covariates": ["age_years", "edema"], "interaction": "bilirubin_mg_dl"}),
}
CASES = [(row.trial, row.ties, row.shape) for row in MODELS.itertuples()]


@lru_cache(maxsize=64)
def effect(trial: str, ties: str, shape: str):
    load, model = TRIALS[trial]
    return effect_along(
        load(),
        **model,
        shape=shape.rstrip("345"),
        knots=int(shape[-1]) if shape[-1].isdigit() else 4,
        ties=ties,
    )


@pytest.mark.parametrize(("trial", "ties", "shape"), CASES)
class TestAgainstR:
    def test_the_model_is_rs(self, trial, ties, shape):
        expected = MODELS.query("trial == @trial and ties == @ties and shape == @shape").iloc[0]
        ours = effect(trial, ties, shape)
        assert ours.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-7)
        if ours.shape == "spline":  # R's natural splines span the same space
            assert ours.log_likelihood == pytest.approx(expected.log_likelihood_ns, abs=1e-7)
        assert ours.aic == pytest.approx(expected.aic, abs=1e-6)
        assert ours.p_interaction == pytest.approx(expected.p_interaction, rel=1e-6)
        assert ours.p_nonlinear == pytest.approx(expected.p_nonlinear, rel=1e-6, nan_ok=True)
        knots = [float(k) for k in str(expected.knots).split()] if ours.shape == "spline" else []
        np.testing.assert_allclose(ours.knots, knots, rtol=1e-12)

    def test_the_effect_and_its_error_are_rs(self, trial, ties, shape):
        expected = EFFECTS.query("trial == @trial and ties == @ties and shape == @shape")
        table = effect(trial, ties, shape).at(expected["value"])
        assert len(table) >= 3
        np.testing.assert_allclose(np.log(table["hr"]), expected["log_hr"], rtol=1e-6, atol=1e-6)
        se = np.log(table["ci_high"] / table["ci_low"]) / (2 * 1.959963984540054)
        np.testing.assert_allclose(se, expected["se"], rtol=1e-6)
        if shape.startswith("spline"):
            np.testing.assert_allclose(np.log(table["hr"]), expected["log_hr_ns"], rtol=1e-5, atol=1e-5)


def test_every_trial_shape_and_way_with_ties_was_compared():
    assert len(CASES) == 50
    assert {case[2] for case in CASES} == {"linear", "log", "spline3", "spline4", "spline5"}


@pytest.mark.parametrize("knots", sorted(set(BASIS["knots"])))
def test_the_basis_is_harrells_written_out_in_r(knots):
    expected = BASIS[BASIS["knots"] == knots].pivot(index="x", columns="term", values="value")
    ours = restricted_cubic_spline(expected.index.to_numpy(), [float(k) for k in knots.split()])
    np.testing.assert_allclose(ours, expected.to_numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.needs_r
def test_r_gives_the_stored_reference_again(tmp_path):
    shutil.copytree(REFERENCE.parent.parent / "datasets", tmp_path / "datasets")
    (tmp_path / "tests" / "reference").mkdir(parents=True)
    shutil.copy(REFERENCE / "splines.R", tmp_path / "tests" / "reference")
    subprocess.run(["Rscript", "tests/reference/splines.R"], cwd=tmp_path, check=True, capture_output=True)
    for name, stored in zip(FILES, (BASIS, MODELS, EFFECTS), strict=True):
        again = pd.read_csv(tmp_path / "tests" / "reference" / name, skipinitialspace=True)
        pd.testing.assert_frame_equal(again, stored, rtol=1e-6, atol=1e-9)


KNOTS = (
    st.lists(st.floats(-50, 50), min_size=3, max_size=6).map(sorted).filter(lambda k: min(np.diff(k)) > 0.5)
)


class TestBasis:
    @given(knots=KNOTS, beyond=st.floats(0.1, 100), step=st.floats(0.1, 10))
    def test_a_straight_line_beyond_the_outer_knots(self, knots, beyond, step):
        for start, sign in ((knots[0] - beyond, -1), (knots[-1] + beyond, 1)):
            x = start + sign * step * np.arange(3)
            second = np.diff(restricted_cubic_spline(x, knots), n=2, axis=0)
            assert np.abs(second).max() < 1e-7 * max(1.0, np.abs(x).max())

    @given(knots=KNOTS)
    def test_nothing_bent_before_the_first_knot(self, knots):
        below = knots[0] - np.array([0.0, 1.0, 30.0])
        basis = restricted_cubic_spline(below, knots)
        assert (basis[:, 1:] == 0).all()
        np.testing.assert_array_equal(basis[:, 0], below)

    @given(knots=KNOTS, factor=st.floats(0.01, 1000), shift=st.floats(-100, 100))
    @settings(max_examples=50)
    def test_terms_have_the_unit_of_x(self, knots, factor, shift):
        x = np.linspace(knots[0] - 5, knots[-1] + 5, 30)
        scaled = restricted_cubic_spline(factor * x, factor * np.array(knots))
        np.testing.assert_allclose(
            scaled, factor * restricted_cubic_spline(x, knots), rtol=1e-7, atol=1e-7 * factor
        )
        moved = restricted_cubic_spline(x + shift, np.array(knots) + shift)
        np.testing.assert_allclose(
            moved[:, 1:], restricted_cubic_spline(x, knots)[:, 1:], rtol=1e-6, atol=1e-6
        )

    def test_smooth_at_the_knots(self):
        knots, h = np.array([1.0, 2.5, 4.0, 7.0]), 1e-4
        for knot in knots:
            near = restricted_cubic_spline(knot + h * np.array([-2, -1, 0, 1, 2]), knots)
            left, right = near[2] - 2 * near[1] + near[0], near[4] - 2 * near[3] + near[2]
            assert np.abs(right - left).max() / h**2 < 0.01

    def test_one_column_less_than_knots(self):
        assert restricted_cubic_spline([0.0, 1.0], [1, 2, 3, 4, 5]).shape == (2, 4)


class TestKnots:
    def test_harrells_quantiles(self):
        for number, shares in KNOT_QUANTILES.items():
            np.testing.assert_allclose(spline_knots(np.arange(1001), number), 1000 * np.array(shares))

    def test_under_100_patients_the_outer_knots_are_the_fifth_values(self):
        knots = spline_knots(np.arange(1, 51), 4)
        assert knots[[0, -1]].tolist() == [5, 46]
        np.testing.assert_allclose(knots[1:-1], np.quantile(np.arange(1, 51), [0.35, 0.65]))

    @given(scale=st.floats(0.001, 1000))
    @settings(max_examples=20)
    def test_the_fit_does_not_depend_on_the_unit(self, scale):
        trial = al.load_veteran().assign(other=lambda d: d["karno"] * scale)
        a = effect_along(trial, interaction="karno", shape="spline", knots=3)
        b = effect_along(trial, interaction="other", shape="spline", knots=3)
        assert b.aic == pytest.approx(a.aic, abs=1e-6)
        np.testing.assert_allclose(b.at(60 * scale)["hr"], a.at(60)["hr"], rtol=1e-6)
        np.testing.assert_allclose(b.knots, np.array(a.knots) * scale)


class TestEffectAlong:
    def test_the_straight_line_is_the_interaction_model(self):
        trial = mirocals_like_for_analysis()
        line = effect_along(trial, **MIROCALS_LIKE_MODEL, values=[0, 1000, 3700])
        fit = al.fit_cox(trial, **MIROCALS_LIKE_MODEL)
        columns = ["hr", "ci_low", "ci_high", "p"]
        np.testing.assert_allclose(line.table[columns], fit.at([0, 1000, 3700])[columns], rtol=1e-6)
        assert line.aic == pytest.approx(2 * len(fit.table) - 2 * fit.log_likelihood, abs=1e-6)
        assert (line.knots, line.shape, line.n, line.events) == ((), "linear", 220, 90)

    def test_line_and_spline_are_hardly_apart_where_patients_are_and_far_apart_at_zero(self):
        trial = mirocals_like_for_analysis()
        line = effect_along(trial, **MIROCALS_LIKE_MODEL)
        spline = effect_along(trial, **MIROCALS_LIKE_MODEL, shape="spline", knots=4)
        assert abs(line.aic - spline.aic) < 2
        near, zero = (spline.at(x)["hr"][0] / line.at(x)["hr"][0] for x in (2154, 0))
        assert 0.75 < near < 1.33
        assert zero > 3

    def test_without_its_bent_terms_a_spline_is_a_straight_line(self):
        spline = effect_along(al.load_veteran(), interaction="karno", shape="spline", knots=4)
        table = spline.fit.table.copy()
        table.loc[[term for term in table.index if "×" in term and "bend" in term], "log_hr"] = 0.0
        straight = replace(spline, fit=replace(spline.fit, table=table))
        bends = [
            np.abs(np.diff(np.log(curve.at(np.arange(0, 101, 10))["hr"]), n=2)).max()
            for curve in (straight, spline)
        ]
        assert bends[0] < 1e-9
        assert bends[1] > 0.1

    def test_where_the_truth_is_straight_the_spline_finds_the_line(self):
        rng = np.random.default_rng(5)
        n = 600
        x, treated = rng.normal(size=n), rng.integers(0, 2, n)
        time = rng.exponential(np.exp(-(0.3 * x + treated * (0.2 + 0.5 * x))))
        trial = pd.DataFrame({"treated": treated, "marker": x, "time_days": time, "died": 1})
        line = effect_along(trial, interaction="marker")
        spline = effect_along(trial, interaction="marker", shape="spline", knots=4)
        at = [-1.0, 0.0, 1.0]
        assert spline.p_nonlinear > 0.05
        np.testing.assert_allclose(np.log(spline.at(at)["hr"]), np.log(line.at(at)["hr"]), atol=0.25)
        assert line.log_likelihood <= spline.log_likelihood <= line.log_likelihood + 8
        assert line.p_interaction < 1e-6

    def test_a_bent_effect_is_found(self):
        rng = np.random.default_rng(6)
        n = 800
        x, treated = rng.normal(size=n), rng.integers(0, 2, n)
        time = rng.exponential(np.exp(-treated * x**2))
        trial = pd.DataFrame({"treated": treated, "marker": x, "time_days": time, "died": 1})
        spline = effect_along(trial, interaction="marker", shape="spline", knots=5)
        assert spline.p_nonlinear < 1e-6
        assert spline.aic < effect_along(trial, interaction="marker").aic - 20
        assert spline.at(1.5)["hr"][0] > 3 > 1.5 > spline.at(0)["hr"][0]

    def test_own_knots_and_default_values(self):
        result = effect_along(al.load_veteran(), interaction="karno", shape="spline", knots=[30, 50, 80])
        assert result.knots == (30, 50, 80)
        assert (result.table["value"].iloc[0], result.table["value"].iloc[-1], len(result.table)) == (
            10,
            99,
            101,
        )
        assert "spline, AIC" in repr(result)

    def test_blank_biomarkers_are_left_out_with_a_warning(self):
        with pytest.warns(al.data.checks.MissingValuesWarning, match="28 of 312"):
            result = effect_along(al.load_pbc(), interaction="cholesterol_mg_dl", shape="spline")
        assert (result.n, result.n_dropped) == (284, 28)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"shape": "cubic"}, "one of: linear, log, spline"),
            ({"interaction": None}, "interaction='karno'"),
            ({"interaction": "celltype"}, "holds words"),
            ({"interaction": "karnofsky"}, "no column 'karnofsky'"),
            ({"covariates": "age_years"}, r"covariates=\['age_years'\]"),
            ({"shape": "spline", "knots": 6}, "3, 4 or 5 knots"),
            ({"shape": "spline", "knots": True}, "3, 4 or 5 knots"),
            ({"shape": "spline", "knots": "four"}, "3, 4 or 5 knots"),
            ({"shape": "spline", "knots": [30, 60]}, "at least 3 knots; got 30, 60"),
            ({"shape": "spline", "knots": [30, 90, 60]}, "increasing order; got 30, 90, 60"),
            ({"shape": "spline", "knots": [30, 30, 60]}, "increasing order; got 30, 30, 60"),
            ({"shape": "spline", "knots": [30, 60, float("nan")]}, "increasing order"),
            ({"shape": "spline", "knots": ["low", "mid", "high"]}, "must be numbers"),
            ({"shape": "spline", "knots": [5, 60, 90]}, "knot 5 lies outside column 'karno'.*from 10 to 99"),
            ({"shape": "spline", "interaction": "prior"}, "column 'prior' has 2 different values"),
            ({"shape": "log", "interaction": "zero"}, "0 or negative in 1 of 137 patients .rows 3."),
            ({"shape": "log", "values": [0, 50]}, "logarithm of 0 does not exist"),
        ],
    )
    def test_what_cannot_be_gets_one_sentence(self, change, words):
        trial = al.load_veteran().assign(zero=lambda d: d["karno"].where(d.index != 3, 0))
        with pytest.raises(al.TrialDataError, match=f"(?i){words}") as refusal:
            effect_along(trial, **{"interaction": "karno", **change})
        assert "\n" not in str(refusal.value)


class TestWherePatientsAre:
    def test_fewer_than_five_lie_outside(self):
        values = mirocals_like_for_analysis()["csf_pnfh_pg_ml"].to_numpy()
        low, high = where_patients_are(values)
        assert (values < low).sum() < 5 <= (values <= low).sum()
        assert (values > high).sum() < 5 <= (values >= high).sum()

    @pytest.mark.parametrize("n", [1, 2, 3, 8])
    def test_few_patients(self, n):
        low, high = where_patients_are(np.arange(n))
        assert low <= high


LEVERAGE = pd.read_csv(REFERENCE / "leverage.csv")


class TestWithoutTheHighest:
    @pytest.mark.parametrize(
        ("trial", "share", "shape"), LEVERAGE[["trial", "share", "shape"]].drop_duplicates().values.tolist()
    )
    def test_what_is_left_is_rs(self, trial, share, shape):
        expected = LEVERAGE.query("trial == @trial and share == @share and shape == @shape")
        load, model = TRIALS[trial]
        table = load()
        out = highest(table[model["interaction"]], share / 100)
        assert out.sum() == expected["n_out"].iloc[0]
        effect = effect_along(table[~out], **model, shape=shape)
        assert effect.p_wald == pytest.approx(expected["p_wald"].iloc[0], rel=1e-6)
        assert effect.slope_se == pytest.approx(expected["slope_se"].iloc[0], rel=1e-6)
        for row in expected.itertuples():
            read = effect.row_at(row.at)
            assert np.log(read.hr) == pytest.approx(row.log_hr, rel=1e-6, abs=1e-8)
            assert np.log(read.ci_high / read.ci_low) / (2 * 1.959964) == pytest.approx(row.se, rel=1e-6)

    @pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
    def test_r_says_so_again(self, tmp_path):
        shutil.copytree(REFERENCE.parent.parent / "datasets", tmp_path / "datasets")
        (tmp_path / "tests" / "reference").mkdir(parents=True)
        shutil.copy(REFERENCE / "leverage.R", tmp_path / "tests" / "reference")
        subprocess.run(
            ["Rscript", "tests/reference/leverage.R"], cwd=tmp_path, check=True, capture_output=True
        )
        again = pd.read_csv(tmp_path / "tests" / "reference" / "leverage.csv")
        pd.testing.assert_frame_equal(again, LEVERAGE, rtol=1e-6, atol=1e-9)

    @given(values=st.lists(st.integers(0, 20), min_size=1, max_size=60), share=st.floats(0, 0.99))
    def test_never_more_than_asked_nor_some_of_equals(self, values, share):
        out, values = highest(values, share), np.array(values)
        assert out.sum() <= share * len(values) + 1e-6
        if out.any():
            assert values[out].min() > values[~out].max()
        elif share * len(values) >= 1:
            most = int(share * len(values) + 1e-9)
            assert np.sum(values == values.max()) > most  # the highest are too many to go

    @given(
        values=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40).filter(lambda v: np.ptp(v) > 1e-3),
        scale=st.floats(0.1, 10),
        move=st.floats(-100, 100),
    )
    def test_the_share_of_the_spread_adds_up_and_has_no_unit(self, values, scale, move):
        values = np.array(values)
        chosen = np.arange(len(values)) % 2 == 0
        part = share_of_spread(values, chosen)
        assert part + share_of_spread(values, ~chosen) == pytest.approx(1)
        assert share_of_spread(scale * values + move, chosen) == pytest.approx(part, abs=1e-6)

    def test_with_one_term_walds_p_is_the_rows(self):
        for shape in ("linear", "log"):
            fit = effect("mirocals", "efron", shape)
            assert fit.p_wald == pytest.approx(fit.fit.table["p"].iloc[-1], rel=1e-9)

    def test_a_row_is_the_tables(self):
        for shape in ("linear", "log", "spline4"):
            fit = effect("mirocals", "efron", shape)
            table = fit.at([2000.0])[["hr", "ci_low", "ci_high", "p"]].iloc[0]
            assert fit.row_at(2000) == pytest.approx(tuple(table), rel=1e-12)

    @pytest.mark.parametrize("one", [1, 1000, 2154])
    def test_another_unit_of_the_logarithm_moves_only_where_the_row_is_read(self, one):
        """Counted in units of ``one``, the treatment's row is the same curve's reading at that value."""
        ours, other = effect("mirocals", "efron", "log"), read_in_logs(mirocals_like_trial(), one)
        assert ours.row_at(one) == pytest.approx(other.row_at(0), rel=1e-6)
        assert ours.log_likelihood == pytest.approx(other.fit.log_likelihood, rel=1e-10)
