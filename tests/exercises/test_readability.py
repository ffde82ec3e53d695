"""Items read for a second-year medical student: short sentences, and options of one length."""

from __future__ import annotations

import re
import statistics

import pyphen
import pytest

from alsteach.exercises import load_items

ITEMS = load_items()
CHOICES = [item for item in ITEMS if item.kind == "choice"]
HYPHENS = pyphen.Pyphen(lang="en_GB")
# Flesch reading ease: 60 is plain English, 30 an academic paper; Flesch-Kincaid grade: years of school.
LOWEST_EASE, HIGHEST_GRADE = 60, 8
MEDIAN_EASE, MEDIAN_GRADE = 75, 5
LONGEST_SENTENCE = 32


def plain(text: str) -> str:
    """Prose alone: code, emphasis and the figures' punctuation out of the way."""
    text = re.sub(r"`[^`]*`", "it", text)
    text = re.sub(r"\([^()]*\)", " ", text)
    text = re.sub(r"(\d)[.,](\d)", r"\1\2", text).replace("95 % CI", "interval")
    return re.sub(r"[*_“”\"]", "", text)


def sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.?!:])\s+|\n\n|\n- ", plain(text))
    return [part for part in parts if re.search(r"[A-Za-z]{2}", part)]


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'’-]*|\d+", text)


def syllables(word: str) -> int:
    """Hyphenation finds few of the short syllables ("many"), so vowels are counted too; the larger number counts."""
    if word.isdigit() or (word.isupper() and len(word) > 1):
        return 1  # read as one token: HR, ALS, 2850
    total = 0
    for part in filter(None, word.lower().split("-")):
        sounds = (
            re.sub(r"(?<=[a-z])e(d|s)?$", "", part)
            if not re.search(r"(le|[td]ed|[sxzcg]es|ee)$", part)
            else part
        )
        total += max(len(HYPHENS.positions(part)) + 1, len(re.findall(r"[aeiouy]+", sounds)), 1)
    return total


def readability(text: str) -> tuple[float, float]:
    """Return Flesch reading ease and Flesch-Kincaid grade."""
    n_sentences, all_words = max(len(sentences(text)), 1), words(plain(text))
    length = len(all_words) / n_sentences
    weight = sum(map(syllables, all_words)) / len(all_words)
    return 206.835 - 1.015 * length - 84.6 * weight, 0.39 * length + 11.8 * weight - 15.59


def texts(item):
    found = {"prompt": item.prompt, "explanations": " ".join(item.explanations.values())}
    found["reasons"] = " ".join(said for card in item.cards for said in (card.why, *card.wrong.values()))
    found["model"] = item.solution if item.kind == "write" else ""
    return {part: text for part, text in found.items() if text}


def test_the_measure_tells_plain_from_academic():
    ease, grade = readability("The drug helps some people. We do not know whom. Look at the curve.")
    assert ease > 85
    assert grade < 3
    academic = "Notwithstanding considerable methodological heterogeneity, dichotomisation of continuous "
    academic += "prognostic biomarkers systematically compromises inferential efficiency."
    assert readability(academic)[0] < 0


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_it_reads_for_a_second_year_student(item):
    for part, text in texts(item).items():
        ease, grade = readability(text)
        assert ease >= LOWEST_EASE, f"{part}: reading ease {ease:.0f}"
        assert grade <= HIGHEST_GRADE, f"{part}: grade {grade:.1f}"
    more = [*item.hints, *item.options.values(), *item.checklist, *(card.text for card in item.cards)]
    for text in (*texts(item).values(), *more):
        for sentence in sentences(text):
            assert len(words(sentence)) <= LONGEST_SENTENCE, sentence


def test_most_items_are_plain():
    measured = [readability(item.prompt) for item in ITEMS]
    assert statistics.median(ease for ease, _ in measured) >= MEDIAN_EASE
    assert statistics.median(grade for _, grade in measured) <= MEDIAN_GRADE


@pytest.mark.parametrize("item", CHOICES, ids=lambda item: item.id)
def test_options_are_alike_in_length_and_play_no_tricks(item):
    lengths = {letter: len(text) for letter, text in item.options.items()}
    assert len(lengths) == 4
    assert max(lengths.values()) - min(lengths.values()) <= 22
    assert not re.search(r"(all|none) of (the above|these)", " ".join(item.options.values()), re.IGNORECASE)
    assert not re.search(r"\b(NOT|except|incorrect)\b", item.prompt), "a trick negative"


def test_length_does_not_give_the_answer_away():
    longest = [max(item.options, key=lambda k: len(item.options[k])) == item.solution for item in CHOICES]
    shortest = [min(item.options, key=lambda k: len(item.options[k])) == item.solution for item in CHOICES]
    assert 0.1 <= statistics.mean(longest) <= 0.4
    assert 0.1 <= statistics.mean(shortest) <= 0.4


def test_the_right_letters_are_balanced():
    letters = [item.solution for item in CHOICES]
    shares = [letters.count(letter) / len(letters) for letter in "ABCD"]
    assert sum(shares) == 1
    assert min(shares) >= 0.2
    assert max(shares) <= 0.3
