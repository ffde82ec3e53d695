"""The file for Moodle: of the form that Moodle's page describes, and each question the item it came from."""

from __future__ import annotations

import html
import re
import sys
from xml.etree import ElementTree

import pytest

from alsteach.exercises import checking, load_items
from alsteach.exercises.markup import to_html
from alsteach.exercises.outlets import moodle
from alsteach.exercises.outlets.common import items_by_notebook, notebooks, off_screen, points

ITEMS = {item.id: item for item in load_items() if item.kind in moodle.KINDS}
TEXT = moodle.text()
QUIZ = ElementTree.fromstring(TEXT.encode("utf-8"))
QUESTIONS = {q.findtext("name/text"): q for q in QUIZ if q.get("type") != "category"}

# https://docs.moodle.org/en/Moodle_XML_format, with what question/format/xml/format.php of Moodle reads beyond it. For
# each tag how often it may stand, and what it holds: a text in <text>, one marked as HTML, or a word of this pattern.
PLAIN, HTML, ANY = "plain", "html", 10**6
NUMBER = r"-?\d+(\.\d+)?"
COMMON = {
    "name": (1, 1, PLAIN),
    "questiontext": (1, 1, HTML),
    "generalfeedback": (0, 1, HTML),
    "defaultgrade": (0, 1, r"\d+(\.\d+)?"),
    "penalty": (0, 1, r"0(\.\d+)?|1"),
    "hidden": (0, 1, "0|1"),
    "idnumber": (0, 1, r".{1,100}"),
    "tags": (0, 1, {"tag": (1, ANY, PLAIN)}),
}
FEEDBACK = {"feedback": (1, 1, HTML)}
FORMAT = {
    "category": {"category": (1, 1, PLAIN), "info": (0, 1, HTML), "idnumber": (0, 1, r".{1,100}")},
    "multichoice": COMMON
    | {
        "single": (1, 1, "true|false"),
        "shuffleanswers": (1, 1, "true|false|0|1"),
        "answernumbering": (1, 1, "none|abc|ABCD|123|iii|IIII"),
        "correctfeedback": (1, 1, HTML),
        "partiallycorrectfeedback": (1, 1, HTML),
        "incorrectfeedback": (1, 1, HTML),
        "answer": (2, ANY, FEEDBACK | {"text": (1, 1, r"(?s).+")}),
        "hint": (0, ANY, HTML),
    },
    "numerical": COMMON
    | {
        "answer": (1, ANY, FEEDBACK | {"text": (1, 1, NUMBER), "tolerance": (1, 1, r"\d+(\.\d+)?")}),
        "units": (0, 1, {"unit": (1, ANY, {"multiplier": (1, 1, NUMBER), "unit_name": (1, 1, r".+")})}),
        "unitgradingtype": (0, 1, "0|1|2"),
        "showunits": (0, 1, "[0-3]"),
        "unitsleft": (0, 1, "0|1"),
        "hint": (0, ANY, HTML),
    },
    "essay": COMMON
    | {
        "responseformat": (0, 1, "editor|editorfilepicker|plain|monospaced|noinline"),
        "responserequired": (0, 1, "0|1"),
        "responsefieldlines": (0, 1, r"\d+"),
        "attachments": (0, 1, r"\d+"),
        "graderinfo": (0, 1, HTML),
    },
}


def faults(node, rules, where: str) -> list[str]:
    """Say where a node departs from the table."""
    tags = [child.tag for child in node]
    found = [f"{where}: <{tag}> is not known" for tag in sorted(set(tags) - set(rules))]
    for tag, (least, most, holds) in rules.items():
        if not least <= tags.count(tag) <= most:
            found.append(f"{where}: {tags.count(tag)} times <{tag}>")
        for child in node.findall(tag):
            if isinstance(holds, dict):
                found += faults(child, holds, f"{where}/{tag}")
            elif holds in (PLAIN, HTML):
                if [part.tag for part in child] != ["text"] or child.text.strip():
                    found.append(f"{where}/{tag} holds more or less than one <text>")
                if (holds == HTML) != (child.get("format") == "html"):
                    found.append(f"{where}/{tag} has the format {child.get('format')}")
            elif len(child) or not re.fullmatch(holds, child.text or ""):
                found.append(f"{where}/{tag} holds {child.text!r}")
    return found


def all_faults(quiz) -> list[str]:
    found = [] if quiz.tag == "quiz" else ["the root is no quiz"]
    for question in quiz:
        kind, name = question.get("type"), question.findtext("name/text") or question.findtext("idnumber")
        found += faults(question, FORMAT[kind], name) if kind in FORMAT else [f"{name}: type {kind}"]
    return found


def test_the_file_is_of_the_published_form():
    assert TEXT.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>')
    assert all_faults(QUIZ) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<single>true", "<single>yes", "00-choice-1/single holds 'yes'"),
        ("<answernumbering>ABCD", "<answernumbering>ABC", "00-choice-1/answernumbering holds 'ABC'"),
        ("<tolerance>0.5<", "<tolerance>half<", "01-number-1/answer/tolerance holds 'half'"),
        ("<hidden>0</hidden>", "<concealed/>", "00-choice-1: <concealed> is not known"),
        ('<questiontext format="html">', "<questiontext>", "00-choice-1/questiontext has the format None"),
        ('type="numerical"', 'type="number"', "01-number-1: type number"),
    ],
)
def test_the_table_finds_what_departs_from_it(old, new, said):
    assert old in TEXT
    assert said in all_faults(ElementTree.fromstring(TEXT.replace(old, new, 1).encode("utf-8")))


def test_every_choice_number_and_text_is_there_once_in_the_category_of_its_page():
    assert list(QUESTIONS) == [
        item.id for items in items_by_notebook().values() for item in items if item.id in ITEMS
    ]
    assert len(QUESTIONS) == len([q for q in QUIZ if q.get("type") != "category"])
    ids = [question.findtext("idnumber") for question in QUIZ]
    assert len(ids) == len(set(ids))
    page = None
    for question in QUIZ:
        if question.get("type") == "category":
            page = question.findtext("category/text")
            *above, title = re.split(r"(?<!/)/(?!/)", page)
            assert above == ["$course$", "top", "alsteach"]
            assert title.replace("//", "/") in {about["title"] for about in notebooks().values()}
        else:
            item = ITEMS[question.findtext("name/text")]
            assert page.endswith(notebooks()[item.notebook]["title"].replace("/", "//"))
            assert question.findtext("idnumber") == item.id
    left_out = {item.kind for item in load_items() if item.id not in ITEMS}
    assert left_out == {"sort", "code"}


def words(text: str) -> str:
    """What a reader sees of HTML, without spaces."""
    return re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_its_item(name):
    question, item = QUESTIONS[name], ITEMS[name]
    assert question.get("type") == moodle.KINDS[item.kind]
    assert to_html(off_screen(item.prompt)) in question.findtext("questiontext/text")
    assert float(question.findtext("defaultgrade")) == points(item)
    assert [hint.findtext("text") for hint in question.findall("hint")] == [to_html(h) for h in item.hints]
    assert [tag.findtext("text") for tag in question.findall("tags/tag")] == list(item.misconceptions)
    afterwards = words(question.findtext("generalfeedback/text") or "")
    for said in (item.working, off_screen(item.look), item.outcome, *item.checklist):
        assert words(to_html(said)) in afterwards
    asked = question.findtext("questiontext/text")
    for secret in (*item.explanations.values(), *item.hints, item.outcome, item.working, *item.checklist):
        assert not secret or words(to_html(secret)) not in words(asked)


@pytest.mark.parametrize("name", [name for name, item in ITEMS.items() if item.kind == "choice"])
def test_a_choice_has_its_letters_its_one_right_answer_and_each_answer_its_reply(name):
    question, item = QUESTIONS[name], ITEMS[name]
    answers = question.findall("answer")
    fractions = [float(answer.get("fraction")) for answer in answers]
    assert question.findtext("single") == "true"
    assert sorted(fractions) == [0.0] * (len(answers) - 1) + [100.0]
    assert question.findtext("shuffleanswers") == "false", "or letters would not be those of the guide"
    letters = "ABCDEFGH"[: len(answers)]
    assert letters == "".join(item.options)
    for letter, answer, fraction in zip(letters, answers, fractions, strict=True):
        assert answer.get("format") == "html"
        assert answer.findtext("text") == to_html(item.options[letter])
        assert answer.findtext("feedback/text") == to_html(item.explanations[letter])
        assert checking.check(item, letter).correct is (fraction == 100)


def moodles_answer(question, number: float):
    """Return the answer that Moodle takes for a number: the first within whose tolerance, in its units, it lies."""
    for answer in question.findall("answer"):
        if abs(number - float(answer.findtext("text"))) <= float(answer.findtext("tolerance")) + 1e-9:
            return answer
    return None


@pytest.mark.parametrize("name", [name for name, item in ITEMS.items() if item.kind == "number"])
def test_a_number_is_judged_as_here(name):
    question, item = QUESTIONS[name], ITEMS[name]
    unit, right = 10.0**-item.decimals, item.solution
    numbers = [round(right, item.decimals), right, right + unit, right - unit, right + 0.4 * unit, 3 * right]
    numbers += [round(float(item.number(key)), item.decimals) for key in item.explanations]
    for number in numbers:
        answer = moodles_answer(question, number)
        correct = answer is not None and answer.get("fraction") == "100"
        assert correct is checking.check(item, float(number)).correct, number
    assert [answer.get("fraction") for answer in question.findall("answer")].count("100") == 1
    assert question.findtext("units/unit/unit_name", "") == item.unit
    assert question.findtext("units/unit/multiplier", "1") == "1"


@pytest.mark.parametrize("name", [name for name, item in ITEMS.items() if item.kind == "number"])
def test_a_wrong_number_has_its_own_reply(name):
    question, item = QUESTIONS[name], ITEMS[name]
    replies = [answer.findtext("feedback/text") for answer in question.findall("answer")]
    said = [*item.explanations.values(), *item.above.values(), *item.below.values()]
    assert replies[1:] == [to_html(text) for text in said]
    for key, text in item.explanations.items():
        number = round(float(item.number(key)), item.decimals)
        assert moodles_answer(question, number).findtext("feedback/text") == to_html(text)
    far = 5e5
    for told, sign in ((item.above, 1), (item.below, -1)):
        if told:
            reply = moodles_answer(question, item.solution + sign * far).findtext("feedback/text")
            assert reply == to_html(next(iter(told.values())))


def test_marks_become_html_and_signs_stay_signs():
    asked = [question.findtext("questiontext/text") for question in QUESTIONS.values()]
    assert any("<i>" in text for text in asked)
    assert any("&lt;" in text for text in asked)
    for question in QUESTIONS.values():
        for text in question.iter("text"):
            assert "**" not in (text.text or "")
            assert "`" not in (text.text or "")
    assert "<![CDATA[<p>" in TEXT


def test_the_command_writes_the_file_and_says_where(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["moodle", str(tmp_path / "new")])
    moodle.main()
    path = tmp_path / "new" / "alsteach.xml"
    assert str(path) in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == TEXT
