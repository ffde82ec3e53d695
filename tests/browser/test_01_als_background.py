"""Notebook 01 as a learner meets it: run, every panel moved by keyboard and number box and led by its presets."""

from __future__ import annotations

import re

import pytest

from tests.browser.lab import Page

pytestmark = pytest.mark.browser
NOTEBOOK = "01_als_background.ipynb"
NEURONS = "Two kinds of motor neuron, and where ALS strikes"
PERSON = "One imagined person: what can be foretold, and how widely?"
ARMS = "Two arms from one disease: how unlike by luck alone?"


def hazard_ratio(text: str) -> float:
    return float(re.search(r"HR (\d+\.\d\d)", text).group(1))


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


def reset(page, title, starts):
    panel = page.panel(title)
    panel.press("Reset")
    panel.wait_for_text(starts)
    return panel


@pytest.fixture
def neurons(page):
    return reset(page, NEURONS, "It begins here in an arm or a hand")


@pytest.fixture
def person(page):
    return reset(page, PERSON, "Half of such people live longer than 33 months")


@pytest.fixture
def arms(page):
    return reset(page, ARMS, "Two arms of 50 people, nobody treated: 24 and 21 deaths")


@pytest.mark.parametrize(
    ("title", "starts"),
    [(NEURONS, "ALS takes both"), (PERSON, "Half of such people"), (ARMS, "Two arms of 50 people")],
)
def test_the_sentence_is_the_alternative_text(page, title, starts):
    panel = page.panel(title)
    panel.wait_for_text(starts)
    assert panel.text().startswith(starts)
    assert panel.alt_is_caption()


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("Health", "Nothing is lost"),
        ("Upper only", "turns stiff and clumsy"),
        ("Lower only", "weaken, waste and twitch"),
        ("ALS, bulbar onset", "(bulbar onset)"),
        ("ALS, limb onset", "a leg or a foot (limb onset)"),
    ],
)
def test_motor_neurons(neurons, preset, words):
    before = neurons.picture()
    neurons.press(preset)
    neurons.wait_for_change(before)
    neurons.wait_for_text(words)


def test_what_is_lost_can_be_chosen_from_the_list(neurons):
    before = neurons.picture()
    neurons.box.locator("select").first.select_option(label="only lower motor neurons")
    neurons.wait_for_change(before)
    neurons.wait_for_text("Lower motor neurons, from brainstem and cord to the muscles, are lost")


def test_age_moves_by_keyboard_to_both_ends(person):
    handle = person.handle("Age at diagnosis")
    handle.focus()
    before = person.picture()
    handle.press("Home")
    person.wait_for_change(before)
    young = float(re.search(r"longer than ([\d.]+) years", person.text()).group(1))
    before = person.picture()
    handle.press("End")
    person.wait_for_change(before)
    person.wait_for_text("months from diagnosis")
    old = float(re.search(r"longer than (\d+) months", person.text()).group(1)) / 12
    assert young > 1.5 * old
    assert person.alt_is_caption()


def test_a_number_typed_in_the_box(person):
    box = person.number_box("pNFH in spinal fluid")
    before = person.picture()
    box.fill("6000")
    box.press("Enter")
    person.wait_for_change(before)
    assert float(re.search(r"longer than (\d+) months", person.text()).group(1)) < 28
    assert (
        person.handle("pNFH in spinal fluid")
        .get_attribute("aria-valuetext")
        .replace(",", "")
        .startswith("6000")
    )


def test_executive_dysfunction_by_its_box(person):
    before = person.picture()
    person.box.locator('input[type="checkbox"]').check()
    person.wait_for_change(before)
    assert float(re.search(r"longer than (\d+) months", person.text()).group(1)) < 20


def test_an_impossible_person_is_explained_and_reset_brings_the_picture_back(person):
    person.number_box("First symptom to diagnosis").fill("48")
    person.number_box("First symptom to diagnosis").press("Enter")
    person.wait_for_text("live longer than")
    person.number_box("ALSFRS-R at diagnosis").fill("47")
    person.number_box("ALSFRS-R at diagnosis").press("Enter")
    person.wait_for_text("An ALSFRS-R of 47 after 48 months means 0.02 points lost a month.")
    assert person.alt_is_caption()
    person.press("Reset")
    person.wait_for_text("Half of such people live longer than 33 months")


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("A slow course", "the registry is too short"),
        ("A fast course", "0 were alive when last seen"),
        ("Typical, but diagnosed early", "lost 1.40 points a month"),
    ],
)
def test_presets_build_people(person, preset, words):
    before = person.picture()
    person.press(preset)
    person.wait_for_change(before)
    person.wait_for_text(words)


def test_each_arrow_is_another_draw(arms):
    handle = arms.handle("Draw number")
    handle.focus()
    seen = [(arms.picture(), hazard_ratio(arms.text()))]
    for _ in range(3):
        handle.press("ArrowRight")
        arms.wait_for_change(seen[-1][0])
        seen.append((arms.picture(), hazard_ratio(arms.text())))
    assert len({ratio for _, ratio in seen}) == 4


def test_the_ends_of_the_size(arms):
    handle = arms.handle("People in each arm")
    handle.focus()
    widths = []
    for key, words in (("Home", "Two arms of 20 people"), ("End", "Two arms of 300 people")):
        handle.press(key)
        arms.wait_for_text(words)
        low, high = re.search(r"between (\d\.\d\d) and (\d\.\d\d)", arms.text()).groups()
        widths.append(float(high) / float(low))
    assert widths[0] > 3 * widths[1]


def test_the_luckiest_draw_looks_like_a_drug(arms):
    before = arms.picture()
    arms.press("Same size, the luckiest draw")
    arms.wait_for_change(before)
    arms.wait_for_text("Two arms of 110 people, nobody treated: 60 and 39 deaths")
    assert hazard_ratio(arms.text()) == 0.57
    assert "p = 0.006" in arms.text()


def test_figures_of_the_drugs_are_quoted_from_the_table(page):
    text = page.page.locator(".jp-Notebook").inner_text()
    assert "HR 0.840 (95 % CI 0.698-0.997)" in text
    assert "0.65 ALSFRS-R points saved in 24 weeks, p = 0.411" in text
    assert "2.49 points in 24 weeks, p = 0.0013" in text


def test_narrow_window_keeps_controls_and_pictures_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for title, label in ((PERSON, "ALSFRS-R at diagnosis"), (ARMS, "People in each arm")):
        panel = page.panel(title)
        for part in (panel.image, panel.number_box(label), panel.handle(label)):
            box = part.bounding_box()
            assert box["x"] >= notebook["x"]
            assert box["x"] + box["width"] <= notebook["x"] + notebook["width"]
    page.close()
