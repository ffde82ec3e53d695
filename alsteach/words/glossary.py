"""The glossary: a term, its plural or another word for it, and what it means in this course."""

from __future__ import annotations

import html
import re
from difflib import get_close_matches

from ..data.checks import TrialDataError
from ..data.tables import load_glossary


def glossary(term: str | None = None):
    """Show what a term means, or the whole glossary.

    Parameters
    ----------
    term : str, optional
        A term, its plural or another word for it; capitals do not matter. Without it, all terms are shown.

    Returns
    -------
    IPython Markdown or HTML
        One definition with related terms, or the table of all, a row a term with an ``id`` such as
        ``glossary-hazard-ratio``.

    Raises
    ------
    TrialDataError
        If there is no such term; the message names the nearest.

    Examples
    --------
    >>> import alsteach as al
    >>> print(al.glossary("Hazards").data)
    **hazard**: The rate of dying right now, among those still alive.
    <BLANKLINE>
    See also: hazard ratio, risk.
    """
    from IPython.display import HTML, Markdown

    table = load_glossary()
    if term is None:
        return HTML(_table(table))
    row = table.loc[_found(table, term)]
    also = f" (also: {', '.join(names(row)[1:])})" if row["also"] else ""
    related = f"\n\nSee also: {', '.join(row['see_also'].split('|'))}." if row["see_also"] else ""
    return Markdown(f"**{row['term']}**{also}: {row['definition']}{related}")


def names(row) -> list[str]:
    """Return the term of a row of the glossary, and the other words for it."""
    return [row["term"], *filter(None, row["also"].split("|"))]


def anchor(term: str) -> str:
    """Return the ``id`` of a term in the whole table."""
    return "glossary-" + re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def _found(table, term: str) -> int:
    if not isinstance(term, str):
        raise TrialDataError(
            f'glossary() needs a term in quotation marks, such as "hazard ratio", not {type(term).__name__}.'
        )
    index = {name.lower(): number for number, row in table.iterrows() for name in reversed(names(row))}
    asked = " ".join(term.lower().split())
    for spelling in (asked, asked.removesuffix("s"), asked.removesuffix("es"), asked + "s"):
        if spelling in index:
            return index[spelling]
    near = [name for name in index if asked and asked in name][:3] or get_close_matches(asked, index, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "al.glossary() shows all terms."
    raise TrialDataError(f"The glossary has no term {term!r}. {hint}")


def _table(table) -> str:
    rows = []
    for _, row in table.sort_values("term", key=lambda terms: terms.str.lower()).iterrows():
        also = f"<br><small>{html.escape(', '.join(names(row)[1:]))}</small>" if row["also"] else ""
        see = html.escape(", ".join(filter(None, row["see_also"].split("|"))))
        rows.append(
            f'<tr id="{anchor(row["term"])}"><th scope="row">{html.escape(row["term"])}{also}</th>'
            f"<td>{html.escape(row['definition'])}</td><td>{see}</td><td>{row['notebook']}</td></tr>"
        )
    head = "".join(
        f'<th scope="col">{text}</th>' for text in ("term", "what it means here", "see also", "notebook")
    )
    return (
        "<style>.alsteach-glossary th, .alsteach-glossary td {text-align: left !important; vertical-align: top; "
        "white-space: normal}</style>"
        f'<table class="alsteach-glossary"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )
