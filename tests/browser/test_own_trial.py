"""A learner's own file in JupyterLab: chosen, columns corrected, analysed, the report downloaded and opened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

import alsteach as al

pytestmark = pytest.mark.browser
NOTEBOOK = "07_paper_to_patient.ipynb"
OWN = "Your own trial"
OTHER = "One result, told in five ways"
OPENED = "Half of the control arm had died by day 103"
ANALYSED = "Half of the Standard arm had died by day 103"


@pytest.fixture
def own(page):
    """The panel as it opens: the example chosen again, then back to its first step."""
    panel = page.panel(OWN)
    for fold in panel.box.locator(".alsteach-more.mod-active").all():
        fold.click()
    menu(panel, "Trial").select_option(label="Example: lung cancer, real")
    place = panel.box.locator(".alsteach-place")
    place.filter(has_text="of 7").wait_for()
    at = int(place.text_content().split()[0])
    # Where the first step stands already it is left first: taking a step puts all controls back.
    ways = ["Next", "Back"] if at == 1 else ["Back"] * (at - 1)
    for way in ways:
        panel.press(way)
        at += 1 if way == "Next" else -1
        place.filter(has_text=f"{at} of 7").wait_for()
    panel.wait_for_text(OPENED)
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


def read(panel, words: str) -> None:
    """Wait until what was read says so."""
    panel.box.locator(".alsteach-aside", has_text="What was read").filter(has_text=words).first.wait_for()


def unfold(panel, name: str) -> None:
    panel.box.locator(f'.alsteach-more:has-text("{name}")').click()


def test_a_file_is_chosen_its_columns_corrected_and_analysed(own, german):
    before = own.picture()
    upload(own, german)
    own.wait_for_text(ANALYSED)
    own.wait_for_change(before)
    read(own, "‘tot’ in ‘Status’ means died")
    assert not menu(own, "Treatment").is_visible(), "guessed right, the columns stay folded"
    unfold(own, "Change the columns")
    assert chosen(own, "Follow-up time") == "Zeit (Wochen)"
    assert chosen(own, "Unit of time") == "weeks"
    menu(own, "Treatment").select_option(label="Vorbehandlung")
    read(own, "in ‘Vorbehandlung’ is the active arm")
    menu(own, "Treatment").select_option(label="Arm")
    read(own, "‘Verum’ in ‘Arm’ is the active arm")
    own.wait_for_text(ANALYSED)
    assert own.alt_is_caption()
    menu(own, "Show").select_option(label="Crude against adjusted")
    own.wait_for_text("Unadjusted HR 1.02 (95 % CI 0.71–1.45)")


def test_columns_by_keyboard(own, german):
    upload(own, german)
    own.wait_for_text(ANALYSED)
    fold = own.box.locator('.alsteach-more:has-text("Change the columns")')
    fold.focus()
    fold.press("Enter")
    tick = box(own, "Alter")
    tick.wait_for()
    tick.focus()
    was = tick.is_checked()
    tick.press("Space")
    expect(tick).to_be_checked(checked=not was)
    biomarker = menu(own, "Biomarker")
    biomarker.focus()
    biomarker.press("End")
    biomarker.press("Enter")
    read(own, "biomarker ‘Höhe’")
    own.wait_for_text(ANALYSED)


def test_the_report_is_downloaded_and_opens_by_itself(own, browser, german, tmp_path):
    upload(own, german)
    own.wait_for_text(ANALYSED)
    unfold(own, "Notes, report and code")
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


def test_a_bad_file_says_what_to_change_where_the_finding_stood_and_the_mapping_stays(own, german, tmp_path):
    upload(own, german)
    own.wait_for_text(ANALYSED)
    bad = tmp_path / "scan.csv"
    bad.write_bytes(b"%PDF-1.7 not a table")
    upload(own, bad)
    own.wait_for_text("scan.csv is a PDF document, not a table")
    own.box.locator(".alsteach-finding.alsteach-refused").wait_for()
    header, first, *rows = german.read_bytes().splitlines()
    german.write_bytes(b"\n".join([header, b"-" + first, *rows]))
    upload(own, german)
    own.wait_for_text("has negative times in row 2")
    read(own, "‘Verum’ in ‘Arm’ is the active arm")


def test_what_the_file_does_not_tell_is_asked_and_the_columns_unfold(own, tmp_path):
    table = al.load_veteran().assign(group=lambda d: d["treated"].map({0: "red", 1: "blue"}))
    path = tmp_path / "colours.csv"
    table.drop(columns=["treated", "prior"]).to_csv(path, index=False)
    upload(own, path)
    arm = menu(own, "Active arm")
    arm.wait_for()
    own.box.locator(".alsteach-finding.alsteach-refused").wait_for()
    arm.select_option(label="blue")
    read(own, "‘blue’ in ‘group’ is the active arm")
    own.wait_for_text("Half of the red arm had died by day 103")


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
    other = page.panel(OTHER)
    before = other.picture()
    upload(own, path)
    own.wait_for_text("Reading large.csv.")
    other.press("Next")
    other.wait_for_change(before)
    assert "had died" not in own.text(), "the other panel answered only after the analysis"
    own.wait_for_text("had died by day")


def test_narrow_window_keeps_controls_and_picture_inside(page, own):
    page.page.set_viewport_size({"width": 900, "height": 900})
    panel = own
    unfold(panel, "Change the columns")
    menu(panel, "Biomarker").wait_for()
    notebook = page.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first.bounding_box()
    for part in (
        panel.image,
        menu(panel, "Biomarker"),
        panel.box.locator('button:has-text("Choose a file")'),
    ):
        place = part.bounding_box()
        assert place["x"] >= notebook["x"]
        assert place["x"] + place["width"] <= notebook["x"] + notebook["width"]
    page.page.set_viewport_size({"width": 1280, "height": 900})
