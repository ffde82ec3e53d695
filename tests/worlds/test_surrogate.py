"""Three worlds whose markers are equal and whose survival is not."""

from __future__ import annotations

import numpy as np
import pytest

import alsteach as al
from alsteach.worlds import toys
from alsteach.worlds.toys import simulate_marker_trial


@pytest.fixture(scope="module")
def large():
    return {world: simulate_marker_trial(world, n_per_arm=5000, seed=1) for world in toys.WORLDS}


def effect(trial, column="treated"):
    return al.fit_cox(trial, treatment=column).table.iloc[0]


def test_the_marker_is_the_same_in_every_world(large):
    for trial in large.values():
        assert trial["marker_percent"].equals(large["through"]["marker_percent"])
        assert trial["treated"].value_counts().to_dict() == {0: 5000, 1: 5000}
    medians = large["through"].groupby("treated")["marker_percent"].median()
    assert medians[1] / medians[0] == pytest.approx(toys.MARKER_ON_TREATMENT, abs=0.02)
    assert medians[0] == pytest.approx(100, abs=2)


def test_within_each_arm_the_marker_foretells_death_alike(large):
    ratios = {}
    for world, trial in large.items():
        for arm in (0, 1):
            part = trial[trial["treated"] == arm]
            low = part["marker_percent"] < part["marker_percent"].median()
            ratios[world, arm] = effect(part.assign(low=low.astype(int)), "low").hr
    assert 0.38 < min(ratios.values()) <= max(ratios.values()) < 0.55


def test_survival_by_arm_tells_the_worlds_apart(large):
    through, bystander, two_roads = (effect(large[world]) for world in ("through", "bystander", "two_roads"))
    assert through.ci_high < 0.65
    assert abs(bystander.log_hr) < 3 * bystander.se
    assert two_roads.ci_low > 1.1


def test_given_the_marker_treatment_does_nothing_more_only_where_the_marker_is_the_road(large):
    """Prentice's condition, and a reminder that it is asked of a model and not of the people."""
    rest = {}
    for world, trial in large.items():
        trial = trial.assign(log_marker=np.log(trial["marker_percent"]))
        rest[world] = al.fit_cox(trial, covariates=["log_marker"]).table.loc["treated"]
    assert abs(rest["through"].log_hr) < 3 * rest["through"].se
    assert rest["two_roads"].log_hr == pytest.approx(toys.OTHER_ROAD_LOG_HR, abs=0.1)
    assert rest["bystander"].log_hr > 5 * rest["bystander"].se


def test_follow_up(large):
    for trial in large.values():
        assert trial["time_days"].between(1, toys.MARKER_FOLLOW_UP_DAYS).all()
        assert (trial.loc[trial["died"] == 0, "time_days"] == toys.MARKER_FOLLOW_UP_DAYS).all()
        assert trial["patient_id"].is_unique
        assert 0.2 < trial["died"].mean() < 0.6


def test_a_seed_is_a_trial():
    first, again = (simulate_marker_trial("bystander", 50, seed=3) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(simulate_marker_trial("bystander", 50, seed=4))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"world": "D"}, "There is no world 'D'; choose one of: through, bystander, two_roads"),
        ({"n_per_arm": 1}, "n_per_arm is 1; it must be a whole number from 2 to 5000"),
        ({"n_per_arm": 10.5}, "n_per_arm is 10.5"),
    ],
)
def test_a_mistake_gets_one_sentence(arguments, words):
    with pytest.raises(al.TrialDataError, match=words):
        simulate_marker_trial(**arguments)
