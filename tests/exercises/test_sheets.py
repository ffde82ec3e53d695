"""The sheets: every question on them, no answer on the learners' page, and paper to print on."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from alsteach.exercises import checking, load_items
from alsteach.exercises.asked import label_of
from alsteach.exercises.outlets import pdf, sheets
from alsteach.exercises.outlets.common import ITEM_ID, items_by_notebook, notebooks, off_screen
from alsteach.exercises.outlets.misconceptions import MISCONCEPTIONS
from alsteach.words.numbers import fixed

ITEMS = load_items()
NUMBERS = sorted({item.notebook for item in ITEMS})
by_notebook = pytest.mark.parametrize("number", NUMBERS)


class Words(HTMLParser):
    """A page's text, its tags and what they refer to."""

    def __init__(self, page: str):
        super().__init__()
        self.words, self.tags, self.references = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        if not self.tags or self.tags[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return squeezed("".join(self.words))


def squeezed(text: str) -> str:
    """Text without marks and spaces, so that a page and its source can be compared."""
    return re.sub(r"[\s*`]|^- ", "", text, flags=re.MULTILINE)


def page(number: str, make) -> Words:
    return Words(make(number, items_by_notebook()[number]))


def learners(number: str) -> Words:
    return page(number, sheets.learners_sheet)


def teachers(number: str) -> Words:
    return page(number, sheets.teachers_sheet)


@by_notebook
def test_every_item_is_on_both_sheets_under_the_same_number(number):
    ids = [ITEM_ID.findall("".join(p.words)) for p in (learners(number), teachers(number))]
    assert ids[0] == ids[1]
    assert sorted(ids[0]) == sorted(item.id for item in load_items(number))


@by_notebook
def test_a_question_has_the_number_that_it_has_on_the_page(number):
    for make in (sheets.learners_sheet, sheets.teachers_sheet):
        source = make(number, items_by_notebook()[number])
        found = [f"{place} · {name}" for place, name in re.findall(r"<h3>(\d+) .*?(\d\d-\w+-\d+)", source)]
        assert sorted(found) == sorted(label_of(item).split(" · a ")[0] for item in load_items(number))


@by_notebook
def test_the_learners_sheet_asks_whole(number):
    text = learners(number).text
    for item in load_items(number):
        assert squeezed(off_screen(item.prompt)) in text, item.id
        assert squeezed(off_screen(item.look)) in text, item.id
        for letter, option in item.options.items():
            assert squeezed(f"{letter} {option}") in text, item.id
        if item.kind == "code":
            assert squeezed(item.starter) in text, item.id
        for place, card in enumerate(item.cards, 1):
            assert squeezed(f"{place}. {card.text}{''.join(item.boxes.values())}") in text, item.id


@by_notebook
def test_the_learners_sheet_gives_nothing_away(number):
    text = learners(number).text
    for item in load_items(number):
        told = [*item.checklist, *(card.why for card in item.cards)]
        if item.kind in ("sort", "write"):
            told.append(item.solution)
        for secret in (*item.explanations.values(), *item.hints, item.outcome, *told):
            assert not secret or squeezed(secret) not in text, f"{item.id}: {secret}"
        if item.kind == "code":
            new = set(item.solution.splitlines()) - set(item.starter.splitlines())
            # A hint's line of code may stand in the starter in another form; the line itself may not.
            assert not [line for line in new if squeezed(line) in text], item.id
    assert "Right:" not in text
    marked = [item for item in load_items(number) if item.is_marked]
    assert sheets.teachers_sheet(number, load_items(number)).count("Right: ") == len(marked)


@by_notebook
def test_the_teachers_sheet_has_the_right_answers(number):
    text = teachers(number).text
    for item in load_items(number):
        head = "Right: " if item.is_marked else "One way to say it: "
        assert squeezed(head + sheets.answer_text(item)) in text, item.id
        if item.kind == "choice":
            assert squeezed(f"Right: {item.solution}: {item.options[item.solution]}") in text
        elif item.kind == "number":
            assert squeezed("Right: " + fixed(item.solution, item.decimals, item.unit)) in text
        else:
            assert squeezed(item.solution) in text
        cards = [said for card in item.cards for said in (card.why, *card.wrong.values())]
        for said in (*item.explanations.values(), *item.hints, item.outcome, *cards, *item.checklist):
            assert squeezed(said) in text, item.id
        assert all(squeezed(MISCONCEPTIONS[m]) in text for m in item.misconceptions)


def test_an_answer_in_words_is_the_one_that_passes():
    for item in ITEMS:
        said = sheets.answer_text(item).removeprefix("`answer` is ")
        if item.kind == "choice":
            assert checking.check(item, said.partition(":")[0]).correct
        elif item.kind in ("number", "sort", "write"):
            assert checking.check(item, said).correct, (item.id, said)
        else:
            assert checking.check(item, f"answer = {said.replace('−', '-').replace(',', '')}").correct, (
                item.id,
                said,
            )


@by_notebook
@pytest.mark.parametrize("make", [sheets.learners_sheet, sheets.teachers_sheet])
def test_a_page_needs_nothing_else(number, make):
    source = make(number, items_by_notebook()[number])
    found = page(number, make)
    assert found.references == []
    assert not set(found.tags) & {"script", "link", "img", "iframe"}
    assert "url(" not in source
    assert "@import" not in source
    assert source.startswith("<!doctype html>")
    assert 'lang="en"' in source
    assert html.escape(notebooks()[number]["title"]) in source
    assert "no treatment advice" in source


def test_nothing_points_to_a_panel_below():
    for number in NUMBERS:
        assert "panelbelow" not in learners(number).text


@by_notebook
def test_there_is_space_to_write(number):
    source = sheets.learners_sheet(number, items_by_notebook()[number])
    parts = re.split(r"<section[^>]*>", source)[1:]
    assert len(parts) == len(load_items(number))
    boxes = {item.id: len(item.cards) * len(item.boxes) for item in load_items(number) if item.cards}
    for part in parts:
        cards = next((n for name, n in boxes.items() if name in part), 0)
        assert part.count('class="box"') in ([cards] if cards else (0, 4, 3, 2))
        assert cards or part.count('class="line') >= 1


@pytest.mark.browser
def test_pages_of_paper(tmp_path, chromium_path, monkeypatch):
    monkeypatch.setenv("ALSTEACH_CHROMIUM", chromium_path)
    paths = sheets.build(tmp_path)
    assert len(paths) == 2 * len(NUMBERS) + 1
    chosen = [path for path in paths if path.name[:2] in ("01", "05") or path.stem == "workshop"]
    printed = pdf.print_pages(chosen)
    assert [path.name for path in printed] == [path.with_suffix(".pdf").name for path in chosen]
    pages = {}
    for path in printed:
        data = path.read_bytes()
        assert data.startswith(b"%PDF")
        assert 10_000 < len(data) < 900_000
        assert re.search(rb"/MediaBox \[0 0 59[45]\S* 84[12]\S*\]", data), "A4"
        assert b"/StructTreeRoot" in data, "tagged, to be read aloud"
        pages[path.stem] = len(re.findall(rb"/Type\s*/Page\b", data))
    assert pages.pop("workshop") == 5, "the plan and four hand-outs, a page each"
    for stem, count in pages.items():
        a_page = 3 if stem.endswith("_answers") else 2
        assert a_page * (count - 1) < len(load_items(stem[:2])), f"{stem}: {count} pages are half empty"


def test_without_a_browser_there_is_html_and_a_word_about_it(tmp_path):
    """The same command where no Chromium can be found."""
    code = (
        "from alsteach.exercises.outlets import pdf, sheets; pdf.find_chromium = lambda: None; "
        f"import sys; sys.argv = ['sheets', {str(tmp_path)!r}]; sheets.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HTML only: no Chromium was found" in done.stdout
    assert len(list(tmp_path.glob("*.html"))) == 2 * len(NUMBERS) + 1
    assert list(tmp_path.glob("*.pdf")) == []
