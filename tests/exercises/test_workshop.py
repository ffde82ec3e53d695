"""The teacher's workshop: its minutes add up, what it names exists, and it says nothing the sources do not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import alsteach as al
from alsteach.exercises.outlets import workshop
from alsteach.exercises.outlets.common import notebooks
from alsteach.opening.course import course_files
from alsteach.words import catalogue

ROOT = Path(__file__).parents[2]
SAID = workshop.said()
PLAN = SAID["plan"]
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in PLAN.splitlines() if "|" in row][2:]
HANDOUTS = {name: text for name, text in SAID.items() if name.startswith("handout-")}


def test_ninety_minutes_follow_one_another():
    times = [tuple(map(int, row[0].split("-"))) for row in ROWS]
    assert times[0][0] == 0
    assert times[-1][1] == 90
    assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]]


def test_the_panels_stand_on_the_pages_named_and_have_the_steps_named():
    named = 0
    for row in ROWS:
        for number, panels in re.findall(r"page (\d\d), (.*)", row[2]):
            code = "\n".join(text for kind, text in notebooks()[number]["cells"] if kind == "code")
            for panel, steps in re.findall(r"`(\w+_panel)`(?:: ((?:\*[^*]+\*(?:, )?)+))?", panels):
                assert f"al.{panel}(" in code, panel
                have = catalogue.tables().get(panel.removesuffix("_panel"), {}).get("steps", {})
                for step in re.findall(r"\*([^*]+)\*", steps):
                    assert step in {about["name"] for about in have.values()}, (panel, step)
                named += 1
    assert named >= 5


def test_each_handout_has_its_moment_and_each_moment_its_handout():
    assert {row[3] for row in ROWS} - {""} == {name[-1].upper() for name in HANDOUTS} == set("ABCD")
    for name, text in HANDOUTS.items():
        assert text.strip().startswith(f"## Hand-out {name[-1].upper()} · ")


def test_figures_come_from_the_table():
    assert f"Unadjusted: {al.published('mirocals_hr_unadjusted').text}." in HANDOUTS["handout-a"]
    assert f"Adjusted: {al.published('mirocals_hr_adjusted').text}." in HANDOUTS["handout-a"]
    for cell in json.loads(workshop.PATH.read_text(encoding="utf-8"))["cells"]:
        assert re.findall(r"\d\.\d|\d+ %", "".join(cell["source"])) == [], cell["id"]


def test_the_reading_at_zero_is_called_a_reading():
    said = [
        part for text in SAID.values() for part in re.split(r"\n|(?<=[.?]) ", text) if "zero pNFH" in part
    ]
    assert len(said) == 2
    assert all("our reading" in part for part in said)
    assert "One reading" in PLAN
    assert "unverified" in PLAN


def test_what_the_teacher_reveals_is_on_no_handout():
    reveals = re.search(r"\*\*Truths to reveal.*", PLAN)[0]
    for key in ("mirocals_hr_unadjusted", "mirocals_hr_low_pnfh", "mirocals_hr_adjusted"):
        assert f"{al.published(key).estimate:g}" in reveals
    assert f"{al.published('mirocals_hr_low_pnfh').estimate:g}" not in "".join(HANDOUTS.values())


def test_the_paper_has_the_plan_once_and_every_handout_as_often_as_it_fits():
    page = workshop.workshop_page()
    assert page.count("<h1>") == 1
    assert page.count('class="handout"') == len(HANDOUTS)
    for name in HANDOUTS:
        assert page.count(f"<h2>Hand-out {name[-1].upper()} · ") == workshop.COPIES.get(name, 1)
    assert not re.search(r"<script|<link|<img|url\(|@import|href=", page)
    assert "no treatment advice" in page
    assert "<td><br><br></td>" in page


def test_learners_are_not_led_there_and_teachers_are():
    assert workshop.PATH in course_files(ROOT)
    assert workshop.PATH.stem not in notebooks()
    others = [path for path in course_files(ROOT) if path != workshop.PATH]
    assert not [path.name for path in others if "workshop.ipynb" in path.read_text(encoding="utf-8")]
    for name in ("README.md", "guide.md"):
        text = (ROOT / "docs" / "teaching" / name).read_text(encoding="utf-8")
        assert "(../../notebooks/workshop.ipynb)" in text
