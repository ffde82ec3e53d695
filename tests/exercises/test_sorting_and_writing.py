"""Cards are sorted one at a time and stay where they are put; a text is kept as typed, and compared later."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re

import ipywidgets as widgets
import pytest

import alsteach as al
from alsteach.data.checks import TrialDataError
from alsteach.exercises import checking, writing
from alsteach.exercises.collecting import class_rows, collect, most_missed
from alsteach.exercises.downloads import csv_text, html_text, original_cell
from alsteach.exercises.loading import load_items, read_items
from alsteach.exercises.progress import LONGEST_ANSWER, Progress, merge, progress_file
from alsteach.exercises.question import question
from tests.exercises.conftest import UNCHECKED


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "alsteach_progress.json")


def shown(widget) -> str:
    """All text in sight, without tags."""
    if getattr(getattr(widget, "layout", None), "display", "") == "none":
        return ""
    parts = [re.sub(r"<[^>]+>", " ", widget.value)] if isinstance(widget, widgets.HTML) else []
    parts += [widget.description] if isinstance(widget, widgets.Button | widgets.Checkbox) else []
    return " ".join(" ".join([*parts, *map(shown, getattr(widget, "children", ()))]).split())


def sort(box, *words):
    for word in words:
        box.box_buttons[word].click()
        box.next_button.click()


def answers(progress, item):
    return [answer["answer"] for answer in progress.entry(item.id)["answers"]]


class TestForm:
    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ('printed = "Printed"\n', "", "its boxes must be two to four"),
            ('printed = "Printed"', 'Printed = "Printed"', "a word in small letters"),
            ('box = "unknown"', 'box = "nowhere"', "card 2: there is no box 'nowhere'"),
            ('box = "unknown"', 'box = "printed"', "a box stays empty"),
            ('why = "They are counted."', "", "card 3: why is missing"),
            ('why = "They are counted."', 'why = "So."\nhint = "x"', "card 3: hint is not known here"),
            ('{ unknown = "Read', '{ printed = "Read', "card 1: wrong must name boxes in which it does not"),
            ('"The deaths"', '"The model"', "two of its cards say the same"),
            ('"A curve."', '" "', "its checklist must have three to five points"),
            ('"Two questions.", "Where is zero?", ', "", "its checklist must have three to five points"),
            ('model = "It is {at_zero:.2f} **at zero**."', 'model = ""', "its model answer is empty"),
            (
                'id = "05-write-1"\nwhen = "after"',
                'id = "05-write-1"\nwhen = "before"\nlook = "x"\noutcome = "y"',
                "a write is no prediction",
            ),
            ('prompt = "What', 'hints = ["a", "b"]\nprompt = "What', "hints is not known here"),
        ],
    )
    def test_a_faulty_item_is_named(self, old, new, words):
        assert old in UNCHECKED
        with pytest.raises(TrialDataError) as refusal:
            read_items(UNCHECKED.replace(old, new), "05")
        assert words in str(refusal.value)

    def test_texts_are_filled(self, cards, essay):
        assert cards.cards[0].text == "HR 0.32 <b>"
        assert cards.solution == "1 printed, 2 unknown, 3 printed"
        assert [card.reason("unknown") for card in cards.cards][::2] == [
            "Read the paper.",
            "They are counted.",
        ]
        assert essay.solution == "It is 0.32 **at zero**."
        assert essay.hints == cards.hints == ()


class TestChecking:
    @pytest.mark.parametrize(
        "answer",
        ["1 printed, 2 unknown, 3 printed", ["printed", "unknown", "PRINTED "], "printed,unknown,printed"],
    )
    def test_all_in_their_boxes(self, cards, answer):
        assert checking.check(cards, answer) == checking.Check(True, "Right. All 3 cards are in their boxes.")

    def test_the_first_in_a_wrong_box_is_explained(self, cards):
        check = checking.check(cards, ["unknown", "unknown", "unknown"])
        assert not check.correct
        assert check.message == "Not yet. 1 of 3 cards are in their boxes. Card 1 is not: Read the paper."

    @pytest.mark.parametrize(
        "answer", [None, "", 3, ["printed"], "1 nowhere, 2 unknown, 3 printed", [[], {}, 1]]
    )
    def test_what_is_no_sorting_is_told_so(self, cards, answer):
        check = checking.check(cards, answer)
        assert not check.correct
        assert check.message.endswith("Give each of the 3 cards one of these words: printed or unknown.")

    def test_any_text_will_do_and_none_will_not(self, essay):
        assert checking.check(essay, "x").correct
        assert checking.check(essay, " \n") == checking.Check(False, "Nothing is written yet.")


class TestSorting:
    def test_one_card_at_a_time_with_its_reason_at_once(self, progress, cards):
        box = question(cards, progress)
        assert "Card 1 of 3 HR 0.32 &lt;b&gt;" in shown(box)
        assert "The model" not in shown(box)
        assert "Next card" not in shown(box)
        box.box_buttons["unknown"].click()
        assert box.reply == "It belongs to **Printed.** Read the paper."
        assert "✗ It belongs to Printed. Read the paper." in shown(box)
        assert "✓ Printed ✗ Not known" in shown(box)
        assert "right so far: 0" in shown(box)
        assert 'role="alert"' in box._told.value
        box.next_button.click()
        assert "Card 2 of 3 · right so far: 0 The model" in shown(box)
        assert "✗" not in shown(box)
        box.box_buttons["unknown"].click()
        assert "✓ Right: Not known. Nobody says it." in shown(box)

    def test_a_card_stays_where_it_is_put(self, progress, cards):
        box = question(cards, progress)
        box.box_buttons["unknown"].click()
        assert all(button.disabled for button in box.box_buttons.values())
        box.choose("printed")
        assert box.answer == "1 unknown"
        again = question(cards, Progress(progress.path))
        assert again.place == 2
        assert again.answer == "1 unknown"

    def test_next_does_nothing_before_a_choice(self, progress, cards):
        box = question(cards, progress)
        box.next()
        assert box.place == 1

    def test_in_the_end_all_cards_lie_in_their_boxes(self, progress, cards):
        box = question(cards, progress)
        sort(box, "printed", "printed")
        assert answers(progress, cards) == []
        assert progress.summary([cards]) == (1, 0, 0)
        box.box_buttons["printed"].click()
        assert box.next_button.description == "See all cards"
        assert answers(progress, cards) == ["1 printed, 2 printed, 3 printed"]
        assert progress.summary([cards]) == (1, 1, 0)
        box.next_button.click()
        said = "2 of 3 cards went straight into their box. Printed ✓ HR 0.32 &lt;b&gt; ✓ The deaths "
        said += "Not known ✗ The model You said Printed . Nobody says it."
        assert shown(box).endswith(said)
        assert shown(question(cards, Progress(progress.path))).endswith(said)

    def test_all_right_counts_as_right(self, progress, cards):
        sort(question(cards, progress), "printed", "unknown", "printed")
        assert progress.summary([cards]) == (1, 1, 1)

    def test_another_tab_that_sorted_more_is_followed(self, progress, cards):
        here, there = question(cards, progress), question(cards, Progress(progress.path))
        sort(there, "printed", "unknown")
        here.choose("unknown")
        assert here.answer == "1 printed, 2 unknown"
        assert "✓ Right: Printed" in shown(here)
        here.next_button.click()
        assert here.place == 3

    def test_cleared_it_begins_anew(self, progress, cards):
        box = question(cards, progress)
        progress.observe(box.follow)
        sort(box, "printed", "unknown", "printed")
        progress.clear([cards])
        assert box.place == 1
        assert shown(box).endswith("Card 1 of 3 HR 0.32 &lt;b&gt; Printed Not known")
        assert Progress(progress.path).parts(cards.id) == {}

    def test_boxes_of_an_older_course_are_no_boxes(self, progress, cards):
        progress.keep(cards.id, card_1="guessed", card_9="printed", card_2="unknown")
        assert question(cards, progress).answer == "2 unknown"


class TestWriting:
    def test_kept_as_typed_and_there_again(self, progress, essay):
        draft = question(essay, progress)
        assert "Nothing is written yet." in shown(draft)
        assert progress.summary([essay]) == (1, 0, 0)
        draft.put("It depends 🧠")
        assert "Kept as you type: 3 words. You will see it again" in shown(draft)
        assert "Compare" not in shown(draft)
        assert progress.summary([essay]) == (1, 1, 0)
        assert question(essay, Progress(progress.path)).answer == "It depends 🧠"

    def test_compared_it_shows_model_and_points_and_stays_open(self, progress, essay):
        question(essay, progress).put("first")
        box = question(essay, progress, again=True)
        assert box.answer == "first"
        assert "It is 0.32" not in shown(box)
        assert "A curve." not in shown(box)
        box.put("second")
        box.compare_button.click()
        assert "One way to say it It is 0.32 at zero ." in shown(box)
        assert "Two questions. Where is zero? A curve." in shown(box)
        box.ticks[1].value = True
        box.put("third")
        box.compare_button.click()
        assert answers(progress, essay) == ["first", "second", "third"]
        later = question(essay, Progress(progress.path), again=True)
        assert [tick.value for tick in later.ticks] == [False, True, False]
        assert "One way to say it" in shown(later)
        assert 'role="alert"' not in later._model.value
        assert progress.summary([essay]) == (1, 1, 0)

    def test_nothing_written_is_not_compared(self, progress, essay):
        box = question(essay, progress, again=True)
        assert box.compare_button.disabled
        box.compare()
        assert "One way" not in shown(box)
        assert not progress.entry(essay.id)["compared"]

    def test_the_two_on_a_page_follow_each_other_and_a_clearing(self, progress, essay):
        draft, again = question(essay, progress), question(essay, progress, again=True)
        for box in (draft, again):
            progress.observe(box.follow)
        draft.put("one")
        assert again.answer == "one"
        again.put("two")
        again.compare_button.click()
        again.ticks[0].value = True
        assert draft.answer == "two"
        progress.clear([essay])
        assert (draft.answer, again.answer, again.ticks[0].value) == ("", "", False)
        assert "One way" not in shown(again)
        assert progress.summary([essay]) == (1, 0, 0)

    def test_typing_waits_for_a_pause_and_compare_does_not(self, progress, essay, monkeypatch):
        monkeypatch.setattr(writing, "PAUSE", 1000)
        box = question(essay, progress, again=True)
        box._arrived_at -= 1

        async def type_and_compare():
            for end in range(1, 6):
                box.put("first"[:end])
            assert progress.parts(essay.id) == {}
            box._arrived_at -= 1
            box.compare()

        asyncio.run(type_and_compare())
        assert answers(progress, essay) == ["first"]
        assert box._saving is None

    def test_a_text_written_in_another_tab_is_not_lost(self, progress, essay):
        here, there = question(essay, progress), question(essay, Progress(progress.path))
        there.put("written there")
        here.put("written here")
        kept = Progress(progress.path)
        assert kept.parts(essay.id)["draft"] == "written here"
        assert answers(kept, essay) == ["written there"]

    @pytest.mark.parametrize("half", [chr(0xD83E), chr(0xDDE0), "\0"])
    def test_half_an_emoji_costs_no_other_letter(self, progress, essay, half):
        question(essay, progress).put(f"before {half} after 🧠")
        progress.record("05-choice-1", f"B{half}", False)
        kept = Progress(progress.path)
        assert kept.notice == ""
        assert kept.parts(essay.id)["draft"] == "before � after 🧠"
        assert [answer["answer"] for answer in kept.entry("05-choice-1")["answers"]] == ["B�"]

    def test_a_long_text_is_kept_whole_and_a_longer_one_says_so(self, progress, essay, tmp_path):
        box = question(essay, progress, again=True)
        long = "wörd 🧠 " * (LONGEST_ANSWER // 7)
        box.put(long)
        box.compare_button.click()
        assert Progress(progress.path).parts(essay.id)["draft"] == long
        assert "characters are kept" not in shown(box)
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.csv").write_text(csv_text((essay,), progress), encoding="utf-8")
        works, remarks = collect(tmp_path / "in")
        assert remarks == []
        assert works[0].rows[essay.id]["last_answer"] == long
        box.put("x" * (LONGEST_ANSWER + 1))
        assert "Only the first 100,000 characters are kept." in shown(box)


class TestTaken:
    def test_the_table_has_both_texts_and_no_mark(self, progress, cards, essay):
        question(essay, progress).put("=first()\nline")
        question(essay, progress, again=True).put('-second, "quoted"')
        sort(question(cards, progress), "unknown")
        row, text = csv.DictReader(io.StringIO(csv_text((cards, essay), progress, "Ana"), newline=""))
        assert (row["tries"], row["first_answer"]) == ("0", "")
        assert text["first_answer"] == "'=first()\nline"
        assert original_cell(text["last_answer"]) == '-second, "quoted"'
        assert (text["tries"], text["first_right"], text["last_right"]) == ("2", "", "")
        assert text["last_at"] >= text["first_at"] > "2026"

    def test_my_work_shows_cards_text_and_ticks(self, progress, cards, essay):
        page = html_text((cards, essay), progress)
        assert page.count("Not answered yet.") == 2
        sort(question(cards, progress), "unknown")
        box = question(essay, progress, again=True)
        box.put("<script>alert(1)</script>")
        page = html_text((cards, essay), progress)
        assert "✗ HR 0.32 &lt;b&gt;<p>You said <i>Not known</i>. Read the paper.</p>" in page
        assert "<pre>&lt;script&gt;alert(1)&lt;/script&gt;</pre>" in page
        assert "<script" not in page
        assert "at zero" not in page, "the model answer comes with the comparison"
        assert "✗ not right" not in page
        box.put("a later one")
        box.compare_button.click()
        box.ticks[0].value = True
        page = html_text((cards, essay), progress)
        assert page.index("First draft") < page.index("&lt;script") < page.index("a later one")
        assert "<li>☑ Two questions.</li><li>☐ Where is zero?</li>" in page
        assert "It is 0.32 <b>at zero</b>." in page

    def test_a_class_of_two(self, tmp_path):
        items = [item for item in load_items() if item.id in ("05-sort-1", "05-write-1")]
        by_kind = {item.kind: item for item in items}
        folder = tmp_path / "in"
        folder.mkdir()
        for name in ("Ana", "Bo"):
            progress = Progress(tmp_path / f"{name}.json")
            box = question(by_kind["sort"], progress)
            right = [card.box for card in by_kind["sort"].cards]
            wrong = next(word for word in by_kind["sort"].boxes if word != right[0])
            sort(box, wrong, *right[1:])
            question(by_kind["write"], progress).put(f"{name} writes")
            (folder / f"{name}.csv").write_text(csv_text(tuple(items), progress, name), encoding="utf-8")
        works, remarks = collect(folder)
        assert remarks == []
        header, rows = class_rows(works)
        assert [dict(zip(header, row, strict=True))["answered"] for row in rows] == [2, 2]
        assert [dict(zip(header, row, strict=True))["05-write-1"] for row in rows] == ["", ""]
        (missed,) = most_missed(works)
        assert (missed["item"], missed["missed"]) == ("05-sort-1", 2)
        assert missed["common_wrong"] == f"card 1 {wrong} (2×)"


class TestKept:
    def test_a_file_of_the_first_version_is_read(self, tmp_path):
        path = tmp_path / "alsteach_progress.json"
        answer = {"at": "2026", "answer": "B", "correct": True}
        entry = {"answers": [answer], "hints": 1, "solution": False, "compared": True}
        old = {"schema": "alsteach-progress", "version": 1, "copy": "k", "items": {"05-choice-1": entry}}
        path.write_text(json.dumps(old))
        progress = Progress(path)
        assert progress.notice == ""
        assert progress.entry("05-choice-1")["hints"] == 1
        progress.keep("05-write-1", draft="x")
        again = Progress(path)
        assert (again.entry("05-choice-1")["hints"], again.parts("05-write-1")) == (1, {"draft": "x"})

    def test_parts_merge_to_the_latest_in_any_order(self):
        def side(at, text, cleared=""):
            entry = {"parts": {"draft": {"at": at, "text": text}}, "cleared": cleared}
            return {"copy": "k", "items": {"05-write-1": entry}}

        one, two = side("2026-01-01", "early"), side("2026-01-02", "late")
        assert merge(one, two) == merge(two, one) == merge(merge(one, two), one)
        assert merge(one, two)["items"]["05-write-1"]["parts"]["draft"]["text"] == "late"
        cleared = {"copy": "k", "items": {"05-write-1": {"cleared": "2026-01-03"}}}
        assert merge(cleared, two)["items"]["05-write-1"]["parts"] == {}

    def test_damaged_parts_are_told(self, tmp_path):
        path = tmp_path / "alsteach_progress.json"
        Progress(path).keep("05-write-1", draft="x")
        path.write_text(path.read_text().replace('"text": "x"', '"text": 1'))
        assert "was damaged" in Progress(path).notice


def test_a_quiz_asks_again_only_for_a_text():
    (item,) = [item for item in load_items("05") if item.kind == "write"]
    assert [al.quiz(item.id, again=again).questions[0].again for again in (False, True)] == [False, True]
    al.quiz(item.id).questions[0].put("x")
    assert al.page("05").bar.done == 1
    assert progress_file().summary([item]) == (1, 1, 0)
    with pytest.raises(TrialDataError, match="again=True is for a text to write"):
        al.quiz(load_items("05")[0].id, again=True)
