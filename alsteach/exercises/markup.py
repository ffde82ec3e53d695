"""The items' plain marks (``**bold**``, ``*italic*``, backticks, "- " lists) as HTML, or taken away."""

from __future__ import annotations

import html
import re

_MARKS = [(r"\*\*(.+?)\*\*", "b"), (r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])", "i")]


def to_inline(text: str) -> str:
    """Return a line of an item's text as HTML, without a paragraph around it."""
    pieces = re.split(r"(`[^`]+`)", text)
    for i, piece in enumerate(pieces):
        if i % 2:
            pieces[i] = f"<code>{html.escape(piece[1:-1])}</code>"
            continue
        piece = html.escape(piece)
        for pattern, tag in _MARKS:
            piece = re.sub(pattern, rf"<{tag}>\1</{tag}>", piece)
        pieces[i] = piece
    return "".join(pieces)


def to_html(text: str) -> str:
    """Return an item's text as HTML; whatever else it holds is shown as it stands.

    Examples
    --------
    >>> to_html("Read `fit.table`, **then** stop.")
    '<p>Read <code>fit.table</code>, <b>then</b> stop.</p>'
    >>> to_html("Two:\\n- p < 0.05\\n- a * b * c")
    '<p>Two:</p><ul><li>p &lt; 0.05</li><li>a * b * c</li></ul>'
    """
    blocks = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines: list[str] = []
        entries: list[str] = []
        for line in paragraph.splitlines():
            if line.startswith("- "):
                entries.append(line[2:])
            elif entries:
                entries[-1] += " " + line.strip()
            else:
                lines.append(line.strip())
        if lines:
            blocks.append(f"<p>{to_inline(' '.join(lines))}</p>")
        if entries:
            blocks.append("<ul>" + "".join(f"<li>{to_inline(entry)}</li>" for entry in entries) + "</ul>")
    return "".join(blocks)


def plain(text: str) -> str:
    """Return an item's text without marks, on one line.

    Examples
    --------
    >>> plain("Read `fit.table`,\\n**then** stop.")
    'Read fit.table, then stop.'
    """
    text = re.sub(r"`([^`]+)`", r"\1", text)
    for pattern, _ in _MARKS:
        text = re.sub(pattern, r"\1", text)
    return " ".join(text.split())
