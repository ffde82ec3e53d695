"""The book's questions: each as HTML that stands without a script, with all replies in it for static/book.js."""

from __future__ import annotations

import html
import json
import math

from alsteach.exercises import checking
from alsteach.exercises.asked import label_of
from alsteach.exercises.markup import to_html, to_inline
from alsteach.exercises.outlets.sheets import points_of
from alsteach.words import catalogue
from alsteach.words.numbers import fixed


def in_page(shared: dict) -> str:
    """Return data for the page's script."""
    text = json.dumps(shared, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'


def folded(title: str, body: str, kind: str = "") -> str:
    return f'<details class="{kind}"><summary>{html.escape(title)}</summary>{body}</details>'


# ---- what is said to a number


def said_to(item, value: float) -> tuple[bool, str]:
    check = checking.check(item, float(value))
    return check.correct, to_html(check.message)


def number_replies(item) -> dict:
    """Return what is said to the numbers that have a reply of their own, and to those between.

    ``near``: value, how far off it may be, whether digits typed beyond the stated ones count, right or not, and the
    reply; the first that fits holds. ``between``: the largest number of each stretch and the reply to it. Every reply
    is what `checking.check` says.
    """
    right, decimals = float(item.solution), item.decimals
    half = 0.5 * 10.0**-decimals * (1 + 1e-6)
    known = [(right, half, False)] + [(float(item.number(key)), half, True) for key in item.explanations]
    if item.when != "before":
        coarse = [round(right, fewer) for fewer in range(decimals - 1, min(decimals, 0) - 3, -1)]
        cut = math.trunc(right * 10**decimals) / 10**decimals
        known += [(value, 1e-9 * max(abs(value), 1), False) for value in [*filter(None, coarse), cut]]
        known += [(-right, half, False), (right / 100, half, False), (right * 100, 100 * half, False)]
        known += [(1 / right, half / right**2, False)] if right > 0 else []
    near = [[value, off, finer, *said_to(item, value)] for value, off, finer in known]
    large = abs(right) * checking.FAR, abs(right), abs(right) / checking.FAR
    ends = {0.0, *large, *(-size for size in large)} | ({100.0} if item.unit == "%" else set())
    ends |= {float(item.number(key)) for key in [*item.above, *item.below]}
    ends = sorted(ends)
    far = 4 * max(abs(end) for end in ends) + 1
    between = []
    for low, high in zip([-far, *ends], [*ends, far], strict=True):
        inside = (
            low + (high - low) * part for part in (0.6180339887, 0.3819660113, 0.7320508076, 0.2360679775)
        )
        free = [value for value in inside if all(abs(value - at) > off for at, off, *_ in near)]
        if free:
            between.append([high, said_to(item, free[0])[1]])
    return {"near": near, "between": between, "decimals": decimals, "unit": item.unit}


# ---- a question as it stands


def solution_of(item) -> str:
    words = catalogue.panel("book").table("finding")
    if item.kind == "code":
        return f"<pre>{html.escape(item.solution)}</pre>"
    if item.kind in ("sort", "write"):
        model = [] if item.is_marked else [item.solution]
        return to_html("\n\n".join([*model, *points_of(item)]))
    if item.kind == "number":
        wrong = "\n".join(
            "- " + words("wrong_would", given=fixed(item.number(key), item.decimals, item.unit), why=why)
            for key, why in item.explanations.items()
        )
        given = fixed(item.solution, item.decimals, item.unit)
        return to_html(f"**{given}** {item.working}") + to_html(wrong)
    return "".join(
        to_html(f"**{letter}) {'✓' if letter == item.solution else '✗'}** {why}")
        for letter, why in item.explanations.items()
    )


def answer_field(item) -> str:
    """Return where the answer goes; book.js makes it work."""
    words = catalogue.panel("exercises").table("controls")
    if item.kind == "choice":
        rows = "".join(
            f'<label><input type="radio" name="{item.id}" value="{letter}">'
            f"<span><b>{letter})</b> {to_inline(' '.join(text.split()))}</span></label>"
            for letter, text in item.options.items()
        )
        return f'<fieldset class="options"><legend>{html.escape(item.id)}</legend>{rows}</fieldset>'
    if item.kind == "number":
        label, unit = html.escape(words("number")), html.escape(item.unit)
        return (
            f'<p><label>{label} <input type="text" inputmode="decimal" autocomplete="off"></label> {unit}</p>'
        )
    if item.kind == "sort":
        rows = "".join(f"<li>{to_inline(card.text)}</li>" for card in item.cards)
        return f'<ol class="cards">{rows}</ol>'
    if item.kind == "write":
        return f'<textarea rows="8" aria-label="{html.escape(words("text"))}"></textarea>'
    return f"<pre>{html.escape(item.starter)}</pre>"


def replies(item) -> dict:
    """Return what is said to every answer."""
    words, more = catalogue.panel("book"), catalogue.panel("exercises")
    said = {name: more(f"controls.{name}") for name in ("check", "note", "compare")}
    said |= {name: words(f"finding.{name}") for name in ("kept", "not_kept", "noted")}
    said |= {name: more(f"finding.{name}") for name in ("as_predicted", "otherwise")}
    said |= {name: words(f"finding.{name}") for name in ("choose", "no_number")}
    made = {"words": said, "look": to_html(item.look) if item.look else "", "outcome": to_html(item.outcome)}
    if item.kind == "choice":
        check = {letter: checking.check(item, letter) for letter in item.options}
        made["replies"] = {letter: [one.correct, to_html(one.message)] for letter, one in check.items()}
    elif item.kind == "number":
        made |= number_replies(item)
    elif item.kind == "sort":
        n = len(item.cards)
        made["boxes"] = item.boxes
        said |= {"next": more("controls.next"), "all": more("controls.all")}
        made["places"] = [more("finding.card", place=place, n=n) for place in range(1, n + 1)]
        made["counts"] = [more("finding.count", right=right) for right in range(n + 1)]
        made["all_sorted"] = [to_html(more("finding.all_sorted", right=right, n=n)) for right in range(n + 1)]
        made["cards"] = [
            {
                "text": to_inline(card.text),
                "box": card.box,
                "said": {
                    box: to_html(
                        more("finding.right" if box == card.box else "finding.wrong",
                             box=item.boxes[card.box], why=card.reason(box))
                    )
                    for box in item.boxes
                },
            }
            for card in item.cards
        ]  # fmt: skip
    elif item.kind == "write":
        made["model"] = f"<b>{html.escape(more('finding.model'))}</b>{to_html(item.solution)}"
        made["points"] = [to_inline(point) for point in item.checklist]
        for name in ("checklist", "better", "empty", "comes_back"):
            said[name] = more(f"finding.{name}")
    return made


def asked(item, again: bool = True) -> str:
    """Return a question; a text to write is compared only where it stands ``again``."""
    words = catalogue.panel("book")
    parts = [f'<p class="question-label">{html.escape(label_of(item))}</p>', to_html(item.prompt)]
    parts.append(answer_field(item))
    parts += [folded(words("controls.hint", n=n), to_html(hint)) for n, hint in enumerate(item.hints, 1)]
    parts.append('<div class="reply" role="status"></div>')
    if again:
        shown = f"<p><b>{words('finding.shows')}</b></p>{to_html(item.outcome)}" if item.outcome else ""
        parts.append(folded(words("controls.solution"), shown + solution_of(item), "solution"))
    parts.append(in_page(replies(item)) if item.kind != "code" else "")
    return (
        f'<section class="question" data-item="{item.id}" data-kind="{item.kind}" data-when="{item.when}"'
        f"{' data-again' if again else ''}>{''.join(parts)}</section>"
    )
