"""The glossary: whole, found by any of its words, and the notebooks' links in step with it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

import alsteach as al
from alsteach.opening.course import numbered_pages
from alsteach.words.glossary import anchor, names

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TABLE = al.load_glossary()


def prose(path: Path) -> str:
    return "\n".join(
        "".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    )


def test_it_holds_the_three_fields_of_the_course():
    assert len(TABLE) >= 60
    counts = TABLE["field"].value_counts()
    assert set(counts.index) == {"ALS", "immunology", "survival analysis", "trials", "statistics"}
    assert counts.min() >= 10


def test_a_word_leads_to_one_term():
    every = [name.lower() for _, row in TABLE.iterrows() for name in names(row)]
    assert len(every) == len(set(every))
    assert TABLE["term"].map(anchor).is_unique


def test_related_terms_and_references_exist():
    related = {term for terms in TABLE["see_also"] for term in terms.split("|") if term}
    assert len(related) > 40
    assert related <= set(TABLE["term"])
    cited = {key for key in TABLE["reference"] if key}
    assert len(cited) > 20
    assert cited <= set(al.load_references()["key"])


def test_definitions_are_one_or_two_plain_sentences():
    for row in TABLE.itertuples():
        sentences = re.findall(r"[.?](?=\s|$)", row.definition)
        assert 1 <= len(sentences) <= 2, row.term
        assert row.definition.endswith((".", "?")), row.term
        assert len(row.definition.split()) <= 35, row.term
        assert not re.search(r'["{}<>]', row.definition.replace('"no difference"', "")), row.term


def test_the_notebook_of_first_use_uses_the_term():
    checked = 0
    for _, row in TABLE.iterrows():
        for path in NOTEBOOKS.glob(f"{row['notebook']}_*.ipynb"):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            written = ["".join(cell["source"]) for cell in cells]
            text = (
                link_glossary.without_links("\n".join(written)).lower()
                + al.load_published_results()["statement"].str.cat(sep=" ").lower()
            )
            stems = [re.split(r"(?:ies|s)$", name.lower())[0] for name in names(row)]
            assert any(stem in text for stem in stems), (row["term"], path.name)
            checked += 1
    assert checked >= 60


@pytest.mark.parametrize(
    "asked", ["hazard ratio", "Hazard Ratio", "hazard ratios", "HR", " hazard  ratio ", "hr"]
)
def test_it_is_found_by_any_of_its_words(asked):
    text = al.glossary(asked).data
    assert text.startswith("**hazard ratio** (also: HR): The hazard in one arm divided by")
    assert "See also: hazard, risk, Cox model." in text


@pytest.mark.parametrize("row", [row for _, row in TABLE.iterrows()], ids=lambda row: row["term"])
def test_every_term_and_alias_shows_its_own_definition(row):
    for name in names(row):
        assert row["definition"] in al.glossary(name.upper()).data


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("hazrd ratio", "hazard ratio"),
        ("residual", "schoenfeld residual"),
        ("zebra", "al.glossary() shows all terms"),
        ("", "al.glossary() shows all terms"),
    ],
)
def test_an_unknown_term_gets_its_neighbours(asked, hint):
    with pytest.raises(al.TrialDataError, match=re.escape(hint)):
        al.glossary(asked)


def test_something_that_is_no_text():
    with pytest.raises(al.TrialDataError, match="in quotation marks"):
        al.glossary(3)


def test_the_whole_table_has_an_anchor_a_term():
    page = al.glossary().data
    assert page.count("<tr id=") == len(TABLE)
    assert 'id="glossary-hazard-ratio"' in page
    assert "&gt;" not in page
    assert (
        page.index("glossary-adjusted") < page.index("glossary-als") < page.index("glossary-vital-capacity")
    )


SPEC = importlib.util.spec_from_file_location(
    "link_glossary", NOTEBOOKS.parent / "tools" / "link_glossary.py"
)
link_glossary = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(link_glossary)
ROWS = link_glossary.read_glossary()
FILES = list(numbered_pages().values())


GLOSSARY = json.loads((NOTEBOOKS / "glossary.ipynb").read_text(encoding="utf-8"))
WRITTEN = link_glossary.written(NOTEBOOKS, ROWS)


@pytest.mark.parametrize("name", WRITTEN)
def test_pages_are_up_to_date_and_writing_them_again_changes_nothing(name):
    assert (NOTEBOOKS / name).read_text(encoding="utf-8") == WRITTEN[name], (
        "run python tools/link_glossary.py"
    )


@pytest.mark.parametrize("path", FILES[1:], ids=lambda path: path.stem)
def test_each_page_links_its_terms_once_to_the_cell_of_the_word(path):
    text = prose(path)
    used = re.findall(r"\]\[(glossary-[a-z0-9-]+)\]", text)
    defined = dict(re.findall(r"^\[(glossary-[a-z0-9-]+)\]: (.*)$", text, flags=re.MULTILINE))
    assert len(used) >= 10
    assert len(used) == len(set(used))
    assert set(used) == set(defined)
    places = {cell["id"] for cell in GLOSSARY["cells"]}
    meaning = {anchor(row["term"]): row["definition"].replace('"', "'") for row in ROWS}
    for name, target in defined.items():
        cell, title = re.fullmatch(r'glossary\.ipynb#cell-id=(\S+) "([^"]*)"', target).groups()
        assert cell == name
        assert cell in places
        assert title == meaning[name]


def test_the_glossary_page_has_a_cell_a_word_in_their_order():
    cells = {cell["id"]: "".join(cell["source"]) for cell in GLOSSARY["cells"]}
    words = [name for name in cells if name.startswith("glossary-")]
    assert words == [anchor(row["term"]) for row in sorted(ROWS, key=lambda row: row["term"].lower())]
    for row in ROWS:
        text = cells[anchor(row["term"])]
        assert text.startswith(f"**{row['term']}**")
        assert row["definition"] in text
        for place in re.findall(r"\(#cell-id=([^)]+)\)", text):
            assert place in cells
        for page in re.findall(r"\((\S+\.ipynb)\)", text):
            assert (NOTEBOOKS / page).is_file()
    assert 'al.page("glossary")' in cells["page"]


def test_the_first_page_leads_to_the_glossary_and_holds_no_word_of_it_but_ten():
    text = prose(FILES[0])
    assert "](glossary.ipynb)" in text
    assert sum(row["definition"] in text for row in ROWS) < 30


def linked(text: str) -> str:
    return link_glossary.link_cell(text, ROWS, ROWS)[0].split("\n\n[glossary")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A hazard ratio.", "A [hazard ratio][glossary-hazard-ratio]."),
        (
            "A hazard ratio, and a hazard.",
            "A [hazard ratio][glossary-hazard-ratio], and a [hazard][glossary-hazard].",
        ),
        ("Hazards and hazards.", "[Hazards][glossary-hazard] and hazards."),
        ("It begins in an arm or a leg.", "It begins in an arm or a leg."),
        ("# Hazard\n\n| hazard |\n\n*Hazard alone* `hazard` <b>x</b>", None),
        ("See [hazard](x.html).", None),
        ("<details><summary>p < 0.05, hazard</summary></details>", None),
        ("the cis-form and also scissors, tHR", None),
    ],
)
def test_what_is_linked(text, expected):
    assert linked(text) == (text if expected is None else expected)


def test_links_go_when_they_are_taken_out():
    text = "Censored is not cured.\n\n- A hazard ratio."
    assert link_glossary.without_links(link_glossary.link_cell(text, ROWS, ROWS)[0]) == text
