"""All solutions on one page, made from the items.

``python -m alsteach.exercises.outlets.solutions`` writes docs/teaching/solutions.md.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from ..item import Item
from ..loading import load_items
from .common import KIND_WORDS, ROOT, notebooks, where
from .misconceptions import MISCONCEPTIONS
from .sheets import answer_text, points_of, wrong_answers

PATH = ROOT / "docs" / "teaching" / "solutions.md"
OPENING = """# All solutions

*Made from the items by `make sheets`; not to be edited by hand. Every number is computed. Synthetic data are not
patients.*

Items asked as a guess before a panel are marked so; they are meant to be answered wrongly.
"""


def _answer(item: Item) -> str:
    if item.is_marked:
        return f"**Right: {answer_text(item)}**"
    return f"**One way to say it**\n\n{answer_text(item)}"


def _item(item: Item) -> str:
    place = where(item)
    title = f"### {item.id} · {KIND_WORDS[item.kind]}" + (f", {place}" if place else "")
    about = " ".join(f"{m}: {MISCONCEPTIONS[m]}" for m in item.misconceptions)
    parts = [title, f"*{about}*", item.prompt, _answer(item)]
    if item.kind == "choice":
        parts.append(item.explanations[item.solution])
    elif item.kind == "number":
        parts.append(f"Working: {item.working}")
    elif item.kind == "code":
        parts.append(f"```python\n{item.solution.strip()}\n```")
    elif item.kind in ("sort", "write"):
        parts.append("\n".join(points_of(item)))
    wrong = wrong_answers(item)
    if wrong:
        parts.append("Wrong turns, and what to say:")
        parts.append("\n".join(f"- {answer} → {reply}" for answer, reply in wrong.items()))
    if item.outcome:
        parts.append(f"What the panel shows: {item.outcome}")
    if item.hints:
        parts.append("\n".join(f"{number}. Hint: {hint}" for number, hint in enumerate(item.hints, 1)))
    return "\n\n".join(parts)


def plain_words(text: str) -> str:
    """Return a notebook's Markdown without its links to the glossary and with its HTML as Markdown.

    Examples
    --------
    >>> plain_words("No: <i>lower</i> [Treg][glossary-treg].\\n[glossary-treg]: there")
    'No: *lower* Treg.'
    """
    text = re.sub(r"^\[glossary-.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]+)\]\[glossary-[^\]]*\]", r"\1", text)
    return html.unescape(re.sub(r"</?(?:i|em)>", "*", text)).strip()


def _in_the_text(number: str) -> list[str]:
    """Return the notebook's own questions, whose answers stand folded behind them."""
    found = []
    for kind, source in notebooks()[number]["cells"]:
        for part in source.split("**Check yourself.**")[1:] if kind == "markdown" else ():
            question = part.partition("<details>")[0]
            answers = re.findall(r"<details><summary>(.*?)</summary>(.*?)</details>", part, re.DOTALL)
            replies = [f"- {plain_words(said)} → {plain_words(reply)}" for said, reply in answers]
            found.append(plain_words(question) + "\n\n" + "\n".join(replies))
    return found


def text() -> str:
    """Return the page."""
    parts = [OPENING.strip()]
    for number in dict.fromkeys(item.notebook for item in load_items()):
        parts.append(f"## {notebooks()[number]['title']}")
        parts += [_item(item) for item in load_items(number)]
        asked = _in_the_text(number)
        if asked:
            parts.append(f"### {number} · Questions in the text")
        parts += asked
    return "\n\n".join(parts) + "\n"


def write(path: Path = PATH) -> Path:
    """Write the page and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(f"All solutions are in {write().relative_to(ROOT)}.")
