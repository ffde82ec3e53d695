"""How numbers are written: one table of values a kind, with the values that break naive formats."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alsteach.words import numbers

NAN, INF = math.nan, math.inf
WRITTEN = {
    "text": {"placebo": "placebo"},
    "list": {(): "", ("a",): "a", ("a", "b"): "a and b", ("a", "b", "c"): "a, b and c"},
    "int": {0: "0", -0.2: "0", 12345: "12,345", -1234.4: "−1,234", NAN: "not known", INF: "∞", -INF: "−∞"},
    "of_hundred": {0: "0", 0.5: "< 1", 44.4: "44", 99.4: "99", 99.6: "> 99", 100: "100", NAN: "not known"},
    "num": {
        1234.5: "1,234",
        12.34: "12.3",
        1.234: "1.23",
        3.0: "3",
        -0.001: "0.00",
        -5.5: "−5.50",
        NAN: "not known",
    },
    "num1": {0.25: "0.2", -0.04: "0.0", -0.06: "−0.1", 1234.56: "1,234.6", NAN: "not known"},
    "num2": {0.005: "0.01", -0.0: "0.00", 2.5: "2.50", INF: "∞"},
    "num3": {0.0714: "0.071"},
    "num4": {1.01786: "1.0179"},
    "signed": {3: "+3", -3: "−3", 0: "0", -0.4: "0", 1234: "+1,234", NAN: "not known", INF: "+∞", -INF: "−∞"},
    "signed1": {0.04: "0.0", -0.04: "0.0", 0.05: "+0.1", -12.34: "−12.3"},
    "signed2": {0.004: "0.00", 0.321: "+0.32", -0.321: "−0.32"},
    "reading": {
        5512.3: "5,512",
        20.4: "20",
        19.96: "20",
        4.0: "4",
        -1.234: "−1.23",
        0.01234: "0.0123",
        NAN: "not known",
    },
    "hr": {
        0.3213: "0.32",
        9.996: "10.00",
        12.34: "12.3",
        123.4: "123",
        9999: "9,999",
        1e6: "over 10,000",
        0.0049: "under 0.01",
        0: "under 0.01",
        NAN: "not known",
        INF: "over 10,000",
    },
    "hr_ci": {(0.32, 0.14, 0.73): "HR 0.32 (95 % CI 0.14–0.73)"},
    "p": {
        0.5: "p = 0.50",
        0.3286: "p = 0.33",
        0.095: "p = 0.10",
        0.0949: "p = 0.095",
        0.0068: "p = 0.007",
        0.001: "p = 0.001",
        0.00099: "p < 0.001",
        0: "p < 0.001",
        1: "p = 1.00",
        NAN: "p not defined",
    },
    "pct": {0.286: "29 %", 1: "100 %", 0: "0 %", -0.001: "0 %", -0.25: "−25 %", NAN: "not known", INF: "∞ %"},
    "pct1": {0.286: "28.6 %", -0.0001: "0.0 %"},
    "pct_ci": {(0.21, 0.12, 0.32): "21 % (12–32)", (0.21, NAN, NAN): "21 %", (NAN, NAN, NAN): "not known"},
    "pct_pm": {(0.44, 0.021): "44 % (±2)"},
    "pct_exactly": {0.525: "52.5 %", 0.75: "75 %", 2 / 3: "66.7 %", 0: "0 %", NAN: "not known"},
    "months": {1.44: "1.4 months", 20.2: "20 months", 35.9: "36 months", 42: "3.5 years", NAN: "not known"},
    "small": {0.01388: "0.0139", 0.0000316: "3.2e-05", NAN: "not known"},
    "days": {
        640: "640 days",
        1: "1 day",
        0.9: "1 day",
        0: "0 days",
        1234.6: "1,235 days",
        NAN: "not known",
        INF: "∞ days",
    },
}


def test_every_kind_has_its_table():
    assert WRITTEN.keys() == numbers.KINDS.keys()


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_kind_is_written(kind):
    assert {value: numbers.KINDS[kind](value) for value in WRITTEN[kind]} == WRITTEN[kind]


@pytest.mark.parametrize("kind", sorted(WRITTEN.keys() - {"text", "list", "hr_ci", "pct_ci", "pct_pm"}))
def test_numpy_numbers_are_written_like_pythons(kind):
    for value in (np.float64(1.0), np.int64(1)):
        assert numbers.KINDS[kind](value) == numbers.KINDS[kind](1)


def test_units_stand_apart_and_only_beside_a_number():
    assert numbers.fixed(-1234.5, 1, "days") == "−1,234.5 days"
    assert numbers.fixed(NAN, 1, "days") == "not known"
    assert numbers.signed(0.5, 1, "points") == "+0.5 points"
    assert numbers.number(48, "pg/mL") == "48 pg/mL"
    assert numbers.reading(0.5, "") == "0.5"
    assert numbers.fixed(1284, -2) == "1,300"


def test_p_in_a_table_leaves_out_what_the_column_says():
    assert [numbers.p_cell(p) for p in (0.3286, 0.0068, 0.00004, NAN)] == [
        "0.33",
        "0.007",
        "< 0.001",
        "not defined",
    ]


def test_lists():
    assert [numbers.and_list("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [numbers.or_list("abc"[:n]) for n in range(4)] == ["", "a", "a or b", "a, b or c"]
    assert numbers.and_list([1, 2]) == "1 and 2"


@pytest.mark.parametrize(
    ("n", "form"),
    [
        (0, "other"),
        (1, "one"),
        (1.0, "one"),
        (np.int64(1), "one"),
        (1.5, "other"),
        (2, "other"),
        (NAN, "other"),
    ],
)
def test_plural_in_english(n, form):
    assert numbers.plural_form(n) == form
    assert numbers.plural(n, "death", "deaths") == {"one": "death", "other": "deaths"}[form]


def test_plural_forms_of_other_languages_come_from_babel(monkeypatch):
    assert [numbers.plural_form(n, "pl") for n in (1, 2, 5, 22)] == ["one", "few", "many", "few"]
    assert numbers.plural_forms("pl") == {"one", "few", "many", "other"}
    monkeypatch.setenv("ALSTEACH_LANG", "fr")
    assert numbers.plural_form(0) == "one"
    assert numbers.and_list(["a", "b"]) == "a et b"
    assert numbers.plural(0, "death", "deaths") == "deaths", "the code's own English words keep English forms"


@pytest.mark.parametrize(
    ("decimals", "said"), [(0, "to a whole number"), (1, "to 1 decimal"), (-2, "to the nearest 100")]
)
def test_places(decimals, said):
    assert numbers.places_text(decimals) == said


def test_a_change_of_nothing_can_be_said_otherwise():
    assert [numbers.signed(value, 1, zero="0") for value in (-0.04, 0.04, 0.06, NAN)] == [
        "0",
        "0",
        "+0.1",
        "not known",
    ]


def test_plus_minus():
    assert numbers.plus_minus(58.25, 11.04, 1, "years") == "58.2 ± 11.0 years"
