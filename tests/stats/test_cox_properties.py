"""What must hold of any Cox fit, of whatever trial hypothesis can think of: right, or marked as not estimable.

The judge shares nothing with the engine: the partial likelihood summed death by death over each risk set, and a linear
programme that says whether it has a maximum at all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import alsteach as al
from alsteach.stats import engine
from alsteach.stats.cox import ManyFits

TIES = ("efron", "breslow")
SHAPES = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "binary": lambda rng, shape: rng.integers(0, 2, shape).astype(float),
    "lognormal": lambda rng, shape: rng.lognormal(0, 2, shape),
    "cauchy": lambda rng, shape: rng.standard_cauchy(shape),
}


# The judge


def derivatives(coef, durations, events, x, ties):
    """Return the log partial likelihood, its gradient and the information, from their definitions."""
    eta = x @ coef
    w = np.exp(eta - eta.max())
    log_likelihood, gradient, information = 0.0, np.zeros(len(coef)), np.zeros((len(coef), len(coef)))
    for time in np.unique(durations[events == 1]):
        dying = (durations == time) & (events == 1)
        log_likelihood += (eta[dying] - eta.max()).sum()
        gradient += x[dying].sum(axis=0)
        for k in range(dying.sum()):
            taken_out = dying * k / dying.sum() if ties == "efron" else 0.0
            weight = w * ((durations >= time) - taken_out)
            mean = weight @ x / weight.sum()
            log_likelihood -= np.log(weight.sum())
            gradient -= mean
            information += (weight[:, None] * (x - mean)).T @ (x - mean) / weight.sum()
    return log_likelihood, gradient, information


def has_maximum(durations, events, x) -> bool:
    """Say whether the partial likelihood has a single maximum.

    It never falls along v if every death has the largest v·x of its risk set, and is flat if all in it are equal.
    """
    from scipy.optimize import linprog

    scale = np.abs(x - x.mean(axis=0)).max(axis=0)
    if (scale == 0).any():
        return False
    x = (x - x.mean(axis=0)) / scale
    died = np.flatnonzero(events == 1)
    ahead = [x[i] - x[durations >= durations[i]] for i in died]
    if not ahead or np.linalg.matrix_rank(np.concatenate(ahead)) < x.shape[1]:
        return False
    ahead = np.concatenate(ahead)
    limits = [(-1, 1)] * x.shape[1]
    best = linprog(-ahead.sum(axis=0), A_ub=-ahead, b_ub=np.zeros(len(ahead)), bounds=limits)
    assert best.success
    return -best.fun < 1e-7


def assert_right(trial, ties, coef, covariance, log_likelihood):
    """The gradient vanishes at ``coef``, and ``covariance`` is the inverse of the curvature there."""
    durations, events, x = trial
    scale = x.std(axis=0)
    at_maximum = derivatives(coef * scale, durations, events, (x - x.mean(axis=0)) / scale, ties)
    value, gradient, information = at_maximum
    reported = covariance * np.outer(scale, scale)
    se = np.sqrt(np.diag(reported))
    assert np.abs(reported @ gradient / se).max() < 1e-6
    expected = np.linalg.inv(information)
    np.testing.assert_allclose(se, np.sqrt(np.diag(expected)), rtol=1e-6)
    np.testing.assert_allclose(reported / np.outer(se, se), expected / np.outer(se, se), atol=2e-6)
    assert log_likelihood == pytest.approx(value, abs=1e-7)


def assert_honest(fits, trials, ties):
    """Every trial is right, or marked as not converged and NaN throughout."""
    np.testing.assert_array_equal(fits.se, np.sqrt(np.einsum("bjj->bj", fits.covariance)))
    for i, trial in enumerate(trials):
        values = (fits.coef[i], fits.covariance[i], fits.log_likelihood[i])
        if fits.converged[i]:
            assert_right(trial, ties, *values)
        else:
            assert all(np.isnan(value).all() for value in values)


# The trials


@st.composite
def small_trials(draw, max_covariates=3):
    """Few patients, many ties, small whole numbers: whether there is a maximum can be said exactly."""
    n, p = draw(st.integers(2, 12)), draw(st.integers(1, max_covariates))
    durations = draw(arrays(float, n, elements=st.integers(1, draw(st.sampled_from([1, 4, 1000])))))
    events = draw(arrays(float, n, elements=st.integers(0, 1)))
    return durations, events, draw(arrays(float, (n, p), elements=st.integers(-3, 3)))


@st.composite
def usual_trials(draw, shapes=tuple(SHAPES), step=(None, 0.5, 0.1)):
    """40 to 150 patients with an effect of the covariates, followed for a limited time; ``step`` ties the times."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, p = draw(st.integers(40, 150)), draw(st.integers(1, 4))
    x = np.column_stack([SHAPES[draw(st.sampled_from(shapes))](rng, n) for _ in range(p)])
    log_hazard = np.clip(x @ rng.normal(0, 0.5, p), -5, 5)
    time = rng.exponential(np.exp(-log_hazard))
    follow_up = np.quantile(time, draw(st.sampled_from([0.2, 0.4, 1.0])))
    durations, events = np.minimum(time, follow_up), (time <= follow_up).astype(float)
    width = draw(st.sampled_from(step))
    return (np.ceil(durations / width) if width else durations), events, x


@st.composite
def wild_trials(draw):
    """3 to 40 patients, often with very strong effects or separated."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, p = draw(st.integers(3, 40)), draw(st.integers(1, 4))
    x = SHAPES[draw(st.sampled_from(tuple(SHAPES)))](rng, (n, p))
    strength = draw(st.sampled_from([0, 1, 10]))
    time = rng.exponential(np.exp(-np.clip(x @ rng.normal(0, strength, p), -30, 30)))
    follow_up = np.quantile(time, draw(st.sampled_from([0.1, 0.3, 1.0])))
    durations, events = np.minimum(time, follow_up), (time <= follow_up).astype(float)
    width = draw(st.sampled_from([None, 0.5, 0.1]))
    return (np.ceil(durations / width) if width else durations), events, x


def fit(trial, ties="efron"):
    durations, events, x = trial
    return al.fit_cox_many(durations[None], events[None], x[None], ties=ties)


def frame(trial):
    durations, events, x = trial
    columns = {f"x{j}": column for j, column in enumerate(x.T)}
    return pd.DataFrame({"time_days": durations, "died": events.astype(int), **columns})


def assert_same(ours, other, coef=1.0, se=1.0):
    assert (ours.converged == other.converged).all()
    np.testing.assert_allclose(ours.coef / ours.se, other.coef * coef / ours.se, atol=1e-7)
    np.testing.assert_allclose(ours.se, other.se * se, rtol=1e-7)


# The properties


@given(small_trials(), st.sampled_from(TIES), st.integers(0, 2**32 - 1))
def test_the_judge_differentiates_rightly(trial, ties, seed):
    at = np.random.default_rng(seed).normal(size=trial[2].shape[1])
    _, gradient, information = derivatives(at, *trial, ties)
    for j, h in enumerate(1e-5 * np.eye(len(at))):
        (low, low_gradient, _), (high, high_gradient, _) = (
            derivatives(at + sign * h, *trial, ties) for sign in (-1, 1)
        )
        assert (high - low) / 2e-5 == pytest.approx(gradient[j], abs=1e-6)
        np.testing.assert_allclose((low_gradient - high_gradient) / 2e-5, information[j], atol=1e-6)


@settings(max_examples=400)
@given(small_trials(), st.sampled_from(TIES))
def test_converged_exactly_where_there_is_a_maximum_and_then_right(trial, ties):
    fits = fit(trial, ties)
    assert_honest(fits, [trial], ties)
    assert fits.converged[0] == has_maximum(*trial)


# Trials without a maximum that engines fell for: floating point ends before the likelihood is flat.
FAR = np.arange(1.0, 6.0), np.array([1.0, 1, 0, 0, 0]), np.array([[0.7, 0.4, -5.1, -8.3, -31.7]]).T
ASLANT = np.ones(3), np.array([0.0, 1, 1]), np.array([[3.94, 44.07], [0.02, 1.21], [5.06, 1.22]])


@settings(max_examples=500)
@given(wild_trials(), st.sampled_from(TIES))
@example(FAR, "breslow")
@example(ASLANT, "efron")
def test_heavy_tails_few_deaths_and_strong_effects_are_right_or_marked(trial, ties):
    # Marked, too, may be a maximum so far out that arithmetic cannot reach it.
    fits = fit(trial, ties)
    assert_honest(fits, [trial], ties)
    assert has_maximum(*trial) or not fits.converged[0]


@settings(max_examples=150)
@given(usual_trials(), st.sampled_from(TIES))
def test_heavy_tails_in_usual_trials_are_right_or_marked(trial, ties):
    assert_honest(fit(trial, ties), [trial], ties)


@given(usual_trials(), st.sampled_from(TIES))
def test_usual_trials_converge_where_there_is_a_maximum(trial, ties):
    assert fit(trial, ties).converged[0] == has_maximum(*trial)


@settings(max_examples=150)
@given(small_trials())
def test_one_table_is_fitted_rightly_or_refused_in_a_sentence(trial):
    terms = [f"x{j}" for j in range(trial[2].shape[1])]
    if not has_maximum(*trial):
        with pytest.raises(al.TrialDataError):
            al.fit_cox(frame(trial), treatment=None, covariates=terms)
        return
    one = al.fit_cox(frame(trial), treatment=None, covariates=terms)
    assert list(one.table.index) == list(one.covariance.index) == terms
    assert_right(
        trial, "efron", one.table["log_hr"].to_numpy(), one.covariance.to_numpy(), one.log_likelihood
    )
    null, gradient, information = derivatives(np.zeros(len(terms)), *trial, "efron")
    assert one.log_likelihood_null == pytest.approx(null, abs=1e-9)
    score = gradient @ np.linalg.solve(information, gradient)
    assert one.score_statistic == pytest.approx(score, rel=1e-6, abs=1e-9)


@given(usual_trials(), st.sampled_from(TIES), st.integers(0, 2**32 - 1))
def test_order_of_patients_does_not_matter(trial, ties, seed):
    order = np.random.default_rng(seed).permutation(len(trial[0]))
    assert_same(fit(tuple(part[order] for part in trial), ties), fit(trial, ties))


@given(
    usual_trials(), st.sampled_from(TIES), st.integers(-6, 6), st.sampled_from([-1, 1]), st.floats(-1e3, 1e3)
)
def test_unit_and_origin_of_a_covariate_do_not_matter(trial, ties, power, sign, origin):
    durations, events, x = trial
    unit = sign * 10.0**power
    assert_same(
        fit((durations, events, (x + origin * x.std(axis=0)) * unit), ties),
        fit(trial, ties),
        1 / unit,
        1 / abs(unit),
    )


@given(usual_trials(), st.sampled_from(TIES))
def test_only_the_order_of_times_matters(trial, ties):
    durations, events, x = trial
    assert_same(fit((np.exp(durations / durations.max()), events, x), ties), fit(trial, ties))


@given(usual_trials(step=(None,)))
def test_efron_is_breslow_when_no_deaths_tie(trial):
    efron, breslow = fit(trial, "efron"), fit(trial, "breslow")
    assert_same(efron, breslow)
    np.testing.assert_allclose(efron.log_likelihood, breslow.log_likelihood, rtol=1e-12)


@given(usual_trials())
def test_efron_is_never_less_likely_than_breslow(trial):
    # Its denominators are smaller at any coefficient, so its maximum is higher: strictly where deaths tie.
    efron, breslow = fit(trial, "efron"), fit(trial, "breslow")
    assume(efron.converged[0] and breslow.converged[0])
    assert efron.log_likelihood[0] >= breslow.log_likelihood[0] - 1e-9


@given(usual_trials())
def test_every_patient_twice(trial):
    twice = tuple(np.repeat(part, 2, axis=0) for part in trial)
    once, breslow, efron = fit(trial, "breslow"), fit(twice, "breslow"), fit(twice, "efron")
    assert_same(breslow, once, se=1 / np.sqrt(2))
    # Under Efron a patient's copy leaves the risk set before the patient: another model, so only the judge can say.
    assert_honest(efron, [twice], "efron")


@given(usual_trials(), st.sampled_from(TIES), st.integers(0, 2**32 - 1))
def test_a_column_of_noise_never_lowers_the_likelihood(trial, ties, seed):
    durations, events, x = trial
    noise = np.random.default_rng(seed).normal(size=(len(x), 1))
    noisy = (durations, events, np.hstack([x, noise]))
    without, with_noise = fit(trial, ties), fit(noisy, ties)
    assert_honest(with_noise, [noisy], ties)
    assume(without.converged[0] and with_noise.converged[0])
    assert with_noise.log_likelihood[0] >= without.log_likelihood[0] - 1e-9


@settings(max_examples=60)
@given(st.data(), st.sampled_from(TIES))
def test_a_batch_is_its_trials_one_by_one(data, ties):
    """Among them trials with separation, without deaths, with a constant or a collinear column."""
    n = 30
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x = rng.normal(size=(6, n, 3))
    durations = np.ceil(10 * rng.exponential(np.exp(-0.5 * x[:, :, 0])))
    events = (rng.random((6, n)) < 0.7).astype(float)
    spoil = {
        "separation": lambda i: x[i, :, 1].__setitem__(slice(None), -durations[i]),
        "no deaths": lambda i: events[i].__setitem__(slice(None), 0),
        "constant": lambda i: x[i, :, 2].__setitem__(slice(None), 7.0),
        "collinear": lambda i: x[i, :, 2].__setitem__(slice(None), 3 - 2 * x[i, :, 0]),
        "blank": lambda i: x[i, 0].__setitem__(0, np.nan),
    }
    spoilt = data.draw(st.lists(st.sampled_from([None, *spoil]), min_size=6, max_size=6))
    for i, how in enumerate(spoilt):
        if how:
            spoil[how](i)
    fits = al.fit_cox_many(durations, events, x, ties=ties)
    trials = list(zip(durations, events, x, strict=True))
    assert_honest(fits, trials, ties)
    assert fits.converged.tolist() == [how is None for how in spoilt]
    for i, trial in enumerate(trials):
        alone = fit(trial, ties)
        np.testing.assert_allclose(fits.coef[i], alone.coef[0], rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(fits.se[i], alone.se[0], rtol=1e-9)


def test_the_pooled_information_is_the_spread_of_all_who_might_have_died():
    rng = np.random.default_rng(6)
    x, durations = rng.normal(size=(1, 3, 80)), rng.exponential(size=(1, 80))
    risk = engine.RiskSets.from_times(durations, (durations < 1).astype(float))
    hazards = engine.hazards_at(x, rng.normal(size=(1, 3)), risk)
    weight = (hazards.w * hazards.at_risk_for)[0]
    wanted = weight.sum() * np.cov(x[0], aweights=weight, ddof=0)
    np.testing.assert_allclose(engine.pooled_information_of(x, hazards, risk)[0], wanted)


def test_near_the_maximum_a_step_learns_from_the_gradients_before_it(monkeypatch):
    """One information a fit is enough then, for nearly all."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 220, 8))
    durations = rng.exponential(np.exp(-x @ np.linspace(-0.4, 0.4, 8)))
    risk = engine.RiskSets.from_times(durations, (durations < 1).astype(float))
    coef, covariance, _, converged = engine.fit_chunk(x, risk)
    start = engine.typical_fit(coef, covariance, converged)
    made, information_of = [], engine.information_of
    monkeypatch.setattr(
        engine, "information_of", lambda x, *rest: (made.append(len(x)), information_of(x, *rest))[1]
    )
    assert engine.fit_chunk(x, risk, start=start)[3].all()
    assert sum(made) < 1.4 * len(x)


@settings(max_examples=15)
@given(
    st.sampled_from(("normal", "binary", "lognormal")),
    st.sampled_from([0.0, 0.5, 30.0]),
    st.sampled_from(TIES),
    st.integers(0, 2**32 - 1),
)
def test_wherever_a_batch_starts_its_trials_get_the_same_answers(shape, at, ties, seed):
    """From β = 0, near the maximum or absurdly far from it; trials without a maximum are marked all the same."""
    rng, b, n, p = np.random.default_rng(seed), engine.ENOUGH + 2, 60, engine.FEW + 1
    x = SHAPES[shape](rng, (b, n, p))
    durations = np.ceil(20 * rng.exponential(np.exp(-np.clip(x[:, :, 0] * 0.7, -5, 5))))
    events = (rng.random((b, n)) < 0.6).astype(float)
    x[0, :, 1], events[1], x[2, :, 2], x[3, :, 3] = -durations[0], 0, 7.0, 3 - 2 * x[3, :, 0]
    risk = engine.RiskSets.from_times(durations, events, ties=ties)
    trials = list(zip(durations, events, x, strict=True))
    alone = [fit(trial, ties) for trial in trials]
    for start in (None, (np.full(p, at), 0.05 * np.eye(p)), (np.full(p, -at), np.eye(p))):
        coef, covariance, log_likelihood, converged = engine.fit_chunk(x, risk, start=start)
        se = np.sqrt(np.einsum("bjj->bj", covariance))
        assert_honest(ManyFits(coef, se, covariance, log_likelihood, converged), trials, ties)
        assert converged.tolist() == [one.converged[0] for one in alone]
        assert not converged[:4].any()
        for i in np.flatnonzero(converged):
            np.testing.assert_allclose(coef[i] / se[i], alone[i].coef[0] / se[i], atol=1e-7)
            np.testing.assert_allclose(se[i], alone[i].se[0], rtol=1e-6)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("spoilt", [False, True])
def test_sets_of_columns_fitted_together_are_those_fitted_alone(ties, spoilt):
    rng, b, n, p = np.random.default_rng(3), 6, 80, 5
    x = rng.standard_normal((b, n, p)) @ (np.eye(p) + 0.6)
    durations = np.ceil(30 * rng.exponential(np.exp(-0.8 * x[:, :, 1])))
    events, include = (rng.random((b, n)) < 0.7).astype(float), rng.random((b, n)) < 0.9
    if spoilt:  # the fit of all columns has no maximum in one trial; without the column it has
        x[2, :, 4] = x[2, :, 3]
    risk = engine.RiskSets.from_times(durations, events, include, ties)
    sets = [(0,), (0, 1, 2, 3, 4), (0, 1), (0, 3, 4), (0, 1, 2, 3), (0, 2)]
    for columns, found in zip(sets, engine.fit_sets(x, risk, sets, include), strict=True):
        coef, covariance, log_likelihood, converged = engine.fit_chunk(x[:, :, columns], risk, include)
        assert found[3].tolist() == converged.tolist()
        assert converged.sum() == b - (spoilt and {3, 4} <= set(columns))
        se = np.sqrt(np.einsum("bjj->bj", covariance))
        np.testing.assert_allclose(found[0] / se, coef / se, atol=1e-9)
        np.testing.assert_allclose(
            found[1] / se[:, :, None] / se[:, None], covariance / se[:, :, None] / se[:, None], atol=1e-6
        )
        np.testing.assert_allclose(found[2], log_likelihood, rtol=1e-10)


# Corners where the answer is known on paper


@pytest.mark.parametrize("ties", TIES)
@given(arrays(float, 2, elements=st.integers(0, 1)), st.booleans(), st.integers(-5, 5), st.floats(-1e6, 1e6))
def test_two_patients(ties, events, tied, gap, origin):
    trial = np.array([1.0, 1.0 if tied else 2.0]), events, np.array([[origin], [origin + gap]])
    fits = fit(trial, ties)
    # Whoever dies first of two decides it all, unless both die together.
    assert fits.converged[0] == (tied and events.all() and gap != 0)
    if fits.converged[0]:
        assert fits.coef[0, 0] == pytest.approx(0, abs=1e-9)
        assert fits.se[0, 0] == pytest.approx(np.sqrt(2) / abs(gap), rel=1e-7)


@given(usual_trials(), st.sampled_from(TIES))
def test_nobody_died(trial, ties):
    durations, _, x = trial
    fits = fit((durations, np.zeros_like(durations), x), ties)
    assert not fits.converged[0]
    assert np.isnan(fits.coef).all()


@given(usual_trials(shapes=("normal", "binary", "lognormal")), st.sampled_from(TIES))
def test_all_died_on_one_day(trial, ties):
    _, _, x = trial
    assume(np.linalg.matrix_rank(x - x.mean(axis=0)) == x.shape[1])
    n = len(x)
    fits = fit((np.full(n, 100.0), np.ones(n), x), ties)
    assert fits.converged[0]
    expected = np.sqrt(np.diag(np.linalg.inv(np.atleast_2d(np.cov(x.T, bias=True)) * n)))
    np.testing.assert_allclose(fits.coef[0] / expected, 0, atol=1e-8)
    np.testing.assert_allclose(fits.se[0], expected, rtol=1e-7)


@given(st.integers(2, 60), st.integers(1, 59), st.sampled_from(TIES))
def test_one_death_among_treated_and_untreated(treated, others, ties):
    # One death cannot say anything about a 0/1 covariate but that it runs to infinity.
    x = np.r_[np.ones(treated), np.zeros(others)][:, None]
    events = np.zeros(len(x))
    events[0] = 1
    assert not fit((np.ones(len(x)), events, x), ties).converged[0]


@given(st.floats(0.05, 0.95), st.integers(3, 50), st.sampled_from(TIES))
def test_one_death_in_the_middle(position, n, ties):
    # The maximum puts the weighted mean of those at risk on the one who died.
    x = np.r_[position, np.linspace(0, 1, n)]
    events = np.r_[1.0, np.zeros(n)]
    trial = np.ones(n + 1), events, x[:, None]
    fits = fit(trial, ties)
    assert fits.converged[0]
    assert_honest(fits, [trial], ties)
    weight = np.exp(x * fits.coef[0, 0])
    assert weight @ x / weight.sum() == pytest.approx(position, abs=1e-9)
