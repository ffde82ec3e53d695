"""Page 01 as a learner meets it: its panels moved by hand and by keyboard, and its figures quoted from the table.

That every step fits, is short and shows something new is in ``test_panels.py``.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
NOTEBOOK = "01_als_background.ipynb"
NEURONS = "Where ALS begins, and where it goes"
PERSON = "One imagined person: what can be foretold?"
ARMS = "Two arms, nobody treated: what does luck do?"


def box_of(page, title):
    box = page.page.locator(".alsteach-panel-2").filter(has_text=title)
    box.scroll_into_view_if_needed()
    box.locator("figure.alsteach-figure img[src^=blob]").wait_for()
    return box


def says(page, box, words: str) -> None:
    page.page.wait_for_function(
        "([box, words]) => box.querySelector('.alsteach-said-2').textContent.includes(words)",
        arg=[box.element_handle(), words],
    )


def test_a_click_on_the_body_lets_the_disease_begin_there(page):
    box = box_of(page, NEURONS)
    box.locator('.alsteach-button:text-is("Next")').click()
    says(page, box, "signs in arm;")
    box.locator('.alsteach-mark[aria-label*="place 4"]').click()
    says(page, box, "signs in leg;")


def test_age_moves_by_keyboard_to_both_ends(page):
    box = box_of(page, PERSON)
    says(page, box, "Half of such people have died by month 33.")
    box.get_by_role("button", name="Next", exact=True).click()
    says(page, box, "44 of 100 such people fall outside")
    box.locator('.alsteach-setting:has-text("Age at diagnosis") .noUi-handle').press("End")
    says(page, box, "Half have died by month 23")


def test_throw_again_drops_one_trial_after_another(page):
    box = box_of(page, ARMS)
    for number in (2, 3):
        box.locator(f'.alsteach-mark[aria-label="Throw again: trial {number}"]').click()
        says(page, box, f"of {number} trials")


def test_figures_of_the_drugs_are_quoted_from_the_table(page):
    text = page.page.locator(".jp-Notebook").inner_text()
    assert "HR 0.840 (95 % CI 0.698-0.997)" in text
    assert "0.65 ALSFRS-R points saved in 24 weeks, p = 0.411" in text
    assert "2.49 points in 24 weeks, p = 0.0013" in text
