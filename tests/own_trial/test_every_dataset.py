"""The whole analysis, report and code on trial tables not made for this course."""

from __future__ import annotations

import re

import numpy as np
import pytest

import alsteach as al
from tests.own_trial.test_other_peoples_trials import BY_HAND, EXPECTED, REFERENCE, table

pytestmark = pytest.mark.slow
REFUSED = [name for name, stated in EXPECTED.items() if stated[-1] is not None]


def mapping_of(name, trial):
    """The guess, corrected by hand; columns taken for something else are no covariates."""
    mapping = al.guess_columns(trial) | BY_HAND[name]
    if "treatment" in BY_HAND[name] and "active_value" not in BY_HAND[name]:
        mapping["active_value"] = None
    taken = {mapping[role] for role in ("duration_col", "event_col", "treatment")}
    mapping["covariates"] = [c for c in mapping["covariates"] if c not in taken]
    if mapping["biomarker"] in taken:
        mapping["biomarker"] = None
    return mapping


@pytest.mark.parametrize("name", BY_HAND)
def test_every_comparison_of_two_groups_is_analysed_and_reported(name, tmp_path, monkeypatch):
    trial = table(name if not name.startswith("lifelines") else name.split(" (")[0])
    found = al.analyse_trial(trial, **mapping_of(name, trial))
    crude = found.tables["effects"].loc["unadjusted"]
    assert crude["log_hr"] == pytest.approx(REFERENCE.loc[name, "log_hr"], abs=1e-6)
    assert crude["se"] == pytest.approx(REFERENCE.loc[name, "se"], abs=1e-6)
    for sentence in found.sentences.values():
        assert sentence.endswith(".")
        assert not re.search(r"\b(nan|inf|None)\b", sentence)
    report = found.to_html()
    assert "http" not in re.sub(r"data:image/png;base64,[\w+/=]+", "", report)
    assert 1 <= report.count("<img ") <= 5
    monkeypatch.chdir(tmp_path)
    trial.to_csv(tmp_path / "trial.csv", index=False)
    names = {}
    exec(compile(found.code, "learner.py", "exec"), names)
    ours = found.tables["effects"]
    assert names["effects"].index.tolist() == ours.index.tolist()
    np.testing.assert_allclose(names["effects"]["hr"].astype(float), ours["hr"], rtol=1e-4)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_prepared_is_refused_with_the_same_sentence(name):
    trial = table(name)
    with pytest.raises(al.TrialDataError, match=EXPECTED[name][-1]):
        al.analyse_trial(trial, **al.guess_columns(trial))


@pytest.mark.parametrize("name", EXPECTED)
def test_the_panel_takes_every_table(name):
    panel = al.own_trial_panel(table(name), name)
    assert panel.wait(60)
    assert panel.sentence[-1] in ".!"
    assert "fault of alsteach" not in panel.sentence
    assert panel.values["source"] == "given"
    if "Not told by the file: Active arm." in panel.sentence:  # only the order of the codes would say which
        assert panel.values["active_value"] is None
        panel.set(active_value=al.guess_columns(table(name))["active_value"])
        assert panel.wait(60)
    if name in REFUSED:
        assert re.search(EXPECTED[name][-1], panel.sentence)
    else:
        assert "Log-rank" in panel.sentence
