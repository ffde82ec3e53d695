"""Encodings of the world: told from the words of trials, or named by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import alsteach as al

BASE = pd.read_csv(Path(__file__).parent / "cases" / "base.csv")
# names of time, event, arm; dead, alive; drug, placebo; a column more
WORDS = {
    "Chinese": ("生存时间", "结局", "分组", "死亡", "存活", "治疗组", "对照组", "年龄"),
    "Taiwanese": ("追蹤時間", "存活狀態", "治療", "死亡", "存活", "試驗組", "對照組", "年齡"),
    "Japanese": ("生存期間", "転帰", "治療群", "死亡", "打ち切り", "実薬", "プラセボ", "年齢"),
    "Korean": ("추적기간", "상태", "치료군", "사망", "생존", "시험약", "위약", "나이"),
    "Russian": ("время", "исход", "группа", "умер", "жив", "препарат", "плацебо", "возраст"),
    "German": ("Überlebenszeit", "Status", "Gruppe", "verstorben", "lebt", "Verum", "übliche", "Größe"),
    "French": ("durée", "évènement", "traitement", "décédé", "vivant", "médicament", "témoin", "âge"),
}
FILES = [
    ("Chinese", "gb18030"), ("Chinese", "utf-8"), ("Chinese", "utf-16"), ("Taiwanese", "big5"),
    ("Japanese", "shift_jis"), ("Japanese", "euc_jp"), ("Korean", "euc_kr"), ("Korean", "cp949"),
    ("Russian", "cp1251"), ("Russian", "koi8_r"), ("German", "cp1252"), ("French", "latin-1"),
]  # fmt: skip


def table(language) -> pd.DataFrame:
    time, event, arm, dead, alive, drug, placebo, more = WORDS[language]
    return pd.DataFrame(
        {
            time: BASE.time,
            event: BASE.status.map({1: dead, 0: alive}),
            arm: BASE.arm.map({"Drug": drug, "Placebo": placebo}),
            more: BASE.age,
        }
    )


@pytest.mark.parametrize(("language", "encoding"), FILES)
def test_the_encoding_is_told(language, encoding):
    made = table(language)
    found = al.read_trial(made.to_csv(index=False).encode(encoding), name="t.csv")
    assert list(found.columns) == list(made.columns)
    assert found.iloc[:, 1].tolist() == made.iloc[:, 1].tolist()
    guess = al.guess_columns(found)
    time, event, arm, dead, _, drug, _, _ = WORDS[language]
    told = {
        "duration_col": time,
        "event_col": event,
        "event_value": dead,
        "treatment": arm,
        "active_value": drug,
    }
    if language != "Taiwanese":
        assert guess | told == guess


@pytest.mark.parametrize(("language", "encoding"), FILES)
def test_the_encoding_may_be_named(language, encoding):
    made = table(language)
    found = al.read_trial(made.to_csv(index=False).encode(encoding), name="t.csv", encoding=encoding)
    assert list(found.columns) == list(made.columns)
    assert f"Encoding: {encoding}, as asked." in found.attrs["reading"]


@pytest.mark.parametrize("encoding", ["utf-8", "no such thing"])
def test_an_encoding_that_does_not_fit_is_refused(encoding):
    with pytest.raises(al.TrialDataError, match=f"cannot be read with encoding='{encoding}'"):
        al.read_trial(
            table("Japanese").to_csv(index=False).encode("shift_jis"), name="t.csv", encoding=encoding
        )


def test_the_code_names_the_encoding_too(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_bytes(table("Korean").to_csv(index=False).encode("euc_kr"))
    found = al.read_trial(path, encoding="euc_kr")
    analysis = al.analyse_trial(found, **(al.guess_columns(found) | {"covariates": []}))
    assert 'al.read_trial("t.csv", encoding="euc_kr")' in analysis.code
