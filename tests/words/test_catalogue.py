"""The catalogue: sentences are found, filled and checked; every fault is named with file, table and key."""

from __future__ import annotations

import re
import tomllib

import pytest

import alsteach as al
from alsteach.words import catalogue
from alsteach.words.catalogue import CatalogueError, asks, problems, pseudo

LEVEL = """
[level]
title = "Where is the effect read?"
data = { cohort = "Synthetic patients" }
[level.controls]
zero = { label = "Zero of the line", unit = "pg/mL" }
log = { label = "Logarithm", off = { no_zero = "No logarithm at 0." } }
[level.steps]
zero = { name = "Read at zero", caption = "Look under the diamond." }
mean = { name = "Read at the mean", caption = "Where people are." }
[level.finding]
at = "Read at {x:int} pg/mL: HR {hr:hr}, {p:p}."
[level.numbers]
beyond = { by = "n", one = "{n:int} patient lies beyond.", other = "{n:int} patients lie beyond." }
"""


@pytest.fixture
def words():
    return catalogue.Panel("level", tomllib.loads(LEVEL)["level"], "words/en/page05.toml")


def faults(text: str, **arguments) -> list[str]:
    return problems(tomllib.loads(text), **arguments)


class TestReading:
    def test_a_sentence_is_filled_and_more_fields_may_be_given(self, words):
        said = words("finding.at", x=5500, hr=0.3213, p=0.00001, n=3)
        assert said == "Read at 5,500 pg/mL: HR 0.32, p < 0.001."

    @pytest.mark.parametrize(
        ("n", "said"), [(0, "0 patients lie"), (1, "1 patient lies"), (1200, "1,200 patients lie")]
    )
    def test_a_plural_follows_its_number(self, words, n, said):
        assert words("numbers.beyond", n=n) == f"{said} beyond."

    def test_parts_and_names_keep_the_files_order(self, words):
        assert words.title == "Where is the effect read?"
        assert words.keys("steps") == ["zero", "mean"]
        assert words.keys("guess") == words.keys("title") == []
        assert words.table("controls").table("log")("off.no_zero") == "No logarithm at 0."
        assert "controls.zero.unit" in words
        assert "controls.log.unit" not in words
        assert "title.more" not in words

    @pytest.mark.parametrize(
        ("key", "fields", "problem"),
        [
            ("finding.by", {}, "there is no such sentence"),
            ("finding", {}, "there is no such sentence"),
            ("finding.at", {"x": 1, "hr": 1}, "the field 'p' is missing"),
            ("finding.at", {"x": "far", "hr": 1, "p": 1}, "could not convert"),
            ("numbers.beyond", {}, "the field 'n' is missing"),
        ],
    )
    def test_an_error_names_file_table_and_key(self, words, key, fields, problem):
        with pytest.raises(CatalogueError, match=rf"^words/en/page05.toml, \[level\], {key}: {problem}"):
            words(key, **fields)

    def test_an_unknown_kind_table_panel_and_language_are_named(self, words, monkeypatch):
        odd = catalogue.Panel("odd", {"finding": {"at": "{x:hazard}"}}, "words/en/odd.toml")
        with pytest.raises(
            CatalogueError, match=r"^words/en/odd.toml, \[odd\], finding.at: the kind 'hazard'"
        ):
            odd.table("finding")("at", x=1)
        with pytest.raises(CatalogueError, match=r"\[level\], marks: there is no such table"):
            words.table("marks")
        with pytest.raises(CatalogueError, match=r"words/en has a table \[no_panel\]"):
            catalogue.panel("no_panel")
        monkeypatch.setenv("ALSTEACH_LANG", "xx")
        with pytest.raises(CatalogueError, match=r"the language 'xx' \(ALSTEACH_LANG\); en are there"):
            catalogue.panel("checkup")

    def test_a_table_in_two_files_is_refused(self, tmp_path, monkeypatch):
        (tmp_path / "yy").mkdir()
        for name in ("page01", "page02"):
            (tmp_path / "yy" / f"{name}.toml").write_text('[twice]\ntitle = "Twice"\n')
        monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
        with pytest.raises(
            CatalogueError, match=r"page02.toml, \[twice\]: words/yy/page01.toml has this table too"
        ):
            catalogue.tables("yy")


class TestPseudo:
    def test_words_change_and_fields_stay(self):
        tree = tomllib.loads(LEVEL)
        odd = pseudo(tree)
        assert odd["level"]["title"] == "⟦Whéré íš thé éfféçt réád?⟧"
        assert asks(odd) == asks(tree)
        assert problems(odd) == []

    def test_braces_that_are_text_stay_text(self):
        assert catalogue.Panel("x", {"title": pseudo("{{a}}")}, "x").title == "⟦{á}⟧"

    def test_a_panel_speaks_it(self, monkeypatch):
        monkeypatch.setenv("ALSTEACH_LANG", "pseudo")
        panel = al.checkup_panel()
        panel.set(dot=70)
        assert re.fullmatch(r"⟦Áll .* 70, áš ýóú áškéd\.⟧", panel.finding)


class TestProblems:
    def test_sound_tables_have_none(self):
        assert faults(LEVEL) == []
        tables = tomllib.loads(LEVEL)
        assert problems(tables, asks(tables)) == []

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ('findings = { at = "x" }', "[x] findings: unknown key"),
            ('finding.at = "{hr}"', "[x] finding.at: the kind '' of the field 'hr' is unknown"),
            ('finding.at = "{hr:ratio}"', "[x] finding.at: the kind 'ratio' of the field 'hr' is unknown"),
            ('finding.at = "{hr!r:hr}"', "[x] finding.at: {hr} is no field"),
            ('finding.at = "{row.hr:hr}"', "[x] finding.at: {row.hr} is no field"),
            ('finding.at = "{hr:hr"', "[x] finding.at: "),
            ("finding.at = 3", "[x] finding.at: 3 is no sentence"),
            ('finding.at = ["a"]', "[x] finding.at: ['a'] is no sentence"),
            ('finding.at = { by = "n", other = "x" }', "[x] finding.at: the plural form 'one' is missing"),
            (
                'finding.at = { by = "n", one = "x", few = "x", other = "x" }',
                "[x] finding.at: the plural form 'few'",
            ),
        ],
    )
    def test_a_fault_of_form_is_named(self, line, said):
        (problem,) = faults(f"[x]\n{line}\n")
        assert problem.startswith(said)

    def test_the_shared_words_have_sections_of_their_own(self):
        assert faults('[panel]\nnext = "Next"\n') == []

    def test_missing_and_unused_keys_and_fields(self):
        tables = tomllib.loads('[x]\ntitle = "T"\nfinding.at = "{hr:hr} and {p:p}"\nfinding.off = "Off"\n')
        asked = {"x": {"title": set(), "finding.at": {"hr", "n"}, "guess.ask": set()}, "y": {"title": set()}}
        assert problems(tables, asked) == [
            "[x] guess.ask: missing key.",
            "[x] finding.off: unused key.",
            "[x] finding.at: the field 'p' is missing.",
            "[x]: the field 'n' is in no sentence.",
            "[y] title: missing key.",
        ]

    def test_fields_shared_by_several_sentences_are_each_used_once(self):
        tables = tomllib.loads('[x]\nfinding.at = "{hr:hr}"\nnumbers.p = "{p:p}"\n')
        both = {"hr", "p"}
        assert problems(tables, {"x": {"finding.at": both, "numbers.p": both}}) == []

    def test_a_translation_is_held_against_english(self):
        english = tomllib.loads(LEVEL)
        polish = tomllib.loads(
            LEVEL.replace("{hr:hr}", "{hr:num2}").replace("one =", 'few = "x", many = "y", one =')
        )
        assert problems(polish, asks(english), "pl") == []
        assert problems(polish, asks(english))[0].endswith("the plural form 'few' is unknown.")


def test_every_sentence_of_the_course_is_well_formed():
    assert problems(catalogue.tables("en")) == []


def test_recording_ends_with_its_block(words):
    with catalogue.recording() as outer:
        with catalogue.recording() as inner:
            words("controls.zero.unit")
        words.table("steps")("zero.name")
    words("title")
    assert inner == {"level": {"controls.zero.unit": set()}}
    assert outer == {"level": {"controls.zero.unit": set(), "steps.zero.name": set()}}
