"""A learner's own file in JupyterLab: chosen, columns corrected, analysed, the report downloaded and opened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alsteach as al
from tests.browser.lab import Page

pytestmark = pytest.mark.browser
NOTEBOOK = "07_paper_to_patient.ipynb"
OWN = "Your own trial"
OTHER = "One result, told in five ways"
GUESSED = "Correct what is wrong, then press Analyse."


@pytest.fixture(scope="module")
def page(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK)
    page.run_all()
    yield page
    assert page.errors() == []
    assert page.outside == [], "the notebook asked for something outside this machine"
    page.close()


@pytest.fixture
def own(page):
    panel = page.panel(OWN)
    panel.press("Reset")
    panel.wait_for_text("Control arm: 64 of 69 died")
    return panel


@pytest.fixture
def german(tmp_path):
    """The veteran trial as a German spreadsheet would write it: semicolons, decimal commas, words, another alphabet."""
    df = al.load_veteran()
    table = pd.DataFrame(
        {
            "Zeit (Wochen)": (df["time_days"] / 7).round(4),
            "Status": df["died"].map({1: "tot", 0: "lebt"}),
            "Arm": df["treated"].map({1: "Verum", 0: "Standard"}),
            "Vorbehandlung": df["prior"].map({0: "nein", 1: "ja"}),
            "Alter": df["age_years"],
            "Höhe": df["karno"] / 2,
        }
    )
    path = tmp_path / "Studie.csv"
    path.write_bytes(table.to_csv(index=False, sep=";", decimal=",").encode("cp1252"))
    return path


def upload(panel, path) -> None:
    with panel.page.expect_file_chooser() as chooser:
        panel.box.locator('button:has-text("Choose a file")').click()
    chooser.value.set_files(str(path))


def menu(panel, label):
    row = panel.box.locator(".widget-dropdown", has=panel.page.locator(f'.widget-label:text-is("{label}")'))
    return row.locator("select")


def chosen(panel, label) -> str:
    # ipywidgets writes an option's spaces as ones that do not break.
    return (
        menu(panel, label).evaluate("list => list.selectedOptions[0].text").replace("\N{NO-BREAK SPACE}", " ")
    )


def box(panel, name):
    return panel.box.locator(f'.widget-checkbox:has-text("{name}") input').first


def test_a_file_is_chosen_its_columns_corrected_and_analysed(own, german):
    before = own.picture()
    upload(own, german)
    own.wait_for_text(GUESSED)
    assert "'tot' in 'Status' means the event" in own.text()
    assert chosen(own, "Follow-up time") == "Zeit (Wochen)"
    assert chosen(own, "Unit of time") == "weeks"
    menu(own, "Treatment").select_option(label="Vorbehandlung")
    own.wait_for_text("in 'Vorbehandlung' is the active arm")
    menu(own, "Treatment").select_option(label="Arm")
    own.wait_for_text("'Verum' in 'Arm' is the active arm")
    own.press("Analyse")
    own.wait_for_text("Standard arm: 64 of 69 died; half had died by day 103")
    own.wait_for_change(before)
    assert own.alt_is_caption()
    menu(own, "Show").select_option(label="Crude against adjusted")
    own.wait_for_text("Unadjusted: HR 1.02 (95 % CI 0.71–1.45), p = 0.92 (137 patients, 128 deaths)")


def test_columns_by_keyboard(own, german):
    upload(own, german)
    own.wait_for_text(GUESSED)
    tick = box(own, "Alter")
    tick.focus()
    was = tick.is_checked()
    tick.press("Space")
    assert tick.is_checked() is not was
    biomarker = menu(own, "Biomarker")
    biomarker.focus()
    biomarker.press("End")
    biomarker.press("Enter")
    own.wait_for_text("biomarker 'Höhe'")
    analyse = own.box.locator('button:text-is("Analyse")')
    analyse.focus()
    analyse.press("Enter")
    own.wait_for_text("Standard arm: 64 of 69 died")


def test_the_report_is_downloaded_and_opens_by_itself(own, browser, german, tmp_path):
    upload(own, german)
    own.wait_for_text(GUESSED)
    own.press("Analyse")
    own.wait_for_text("Standard arm: 64 of 69 died")
    own.press("Make a report")
    link = own.box.locator("a[download]")
    link.wait_for()
    with own.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "Studie_report.html"
    saved = tmp_path / "report.html"
    download.value.save_as(saved)
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 900, "height": 900})
        tab, asked = context.new_page(), []
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.goto(saved.as_uri())
        assert "Trial report: Studie.csv" in tab.title()
        assert "Unadjusted: HR 1.02 (95 % CI 0.71–1.45)" in tab.inner_text("main")
        assert tab.evaluate("[...document.images].every(i => i.naturalWidth === 1140)")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        context.close()


def test_a_bad_file_says_what_to_change_and_the_mapping_stays(own, german, tmp_path):
    upload(own, german)
    own.wait_for_text(GUESSED)
    bad = tmp_path / "scan.csv"
    bad.write_bytes(b"%PDF-1.7 not a table")
    upload(own, bad)
    own.wait_for_text("scan.csv is a PDF document, not a table")
    assert chosen(own, "Treatment") == "Arm"
    own.press("Analyse")
    own.wait_for_text("scan.csv is a PDF document, not a table")
    header, first, *rows = german.read_bytes().splitlines()
    german.write_bytes(b"\n".join([header, b"-" + first, *rows]))
    upload(own, german)
    own.wait_for_text(GUESSED)
    own.press("Analyse")
    own.wait_for_text("has negative times in row 2")
    assert chosen(own, "Treatment") == "Arm"


def test_50_000_rows_leave_the_kernel_free_for_another_control(page, own, tmp_path):
    rng = np.random.default_rng(5)
    n = 50_000
    time, end, treated = rng.exponential(600, n), rng.uniform(100, 1500, n), rng.integers(0, 2, n)
    table = pd.DataFrame(
        {"time_days": np.minimum(time, end).round(1), "died": (time <= end) * 1, "arm": treated}
    )
    for k in range(6):
        table[f"measure_{k}"] = rng.normal(100, 20, n).round(1)
    path = tmp_path / "large.csv"
    table.to_csv(path, index=False)
    upload(own, path)
    own.wait_for_text("Reading large.csv.")
    own.wait_for_text(GUESSED)
    other = page.panel(OTHER)
    before = other.picture()
    own.press("Analyse")
    other.press("Months gained")
    other.wait_for_change(before)
    assert GUESSED in own.text(), "the other panel answered only after the analysis"
    own.wait_for_text("Log-rank test over the whole follow-up")
    assert "half had died by day" in own.text()


def test_narrow_window_keeps_controls_and_picture_inside(browser, lab_address):
    page = Page(browser, lab_address, NOTEBOOK, width=900)
    page.run_all()
    panel = page.panel(OWN)
    panel.wait_for_text("Control arm: 64 of 69 died")
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for part in (panel.image, menu(panel, "Biomarker"), panel.box.locator('button:text-is("Analyse")')):
        place = part.bounding_box()
        assert place["x"] >= notebook["x"]
        assert place["x"] + place["width"] <= notebook["x"] + notebook["width"]
    page.close()
