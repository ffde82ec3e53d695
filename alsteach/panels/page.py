"""The top bar of a page: where the reader is, how far they have come, and in JupyterLab a quiet page (`page.js`).

Two outputs of one cell. The links to other pages stand in plain HTML, where JupyterLab, Voilà and the book follow
relative links to notebooks; what changes or needs a script stands in a widget.
"""

from __future__ import annotations

import html
import os
from pathlib import Path

import anywidget
import traitlets

from ..data.checks import TrialDataError
from ..words import catalogue

GLOSSARY, WORKSHOP = "glossary", "workshop"
BESIDE = (
    GLOSSARY,
    WORKSHOP,
)  # outside the course's order; the second is the teacher's, and no learner is led there
# Number and file of each page, in their order.
PAGES = {
    name[:2]: name
    for name in (
        "00_start_here",
        "01_als_background",
        "02_treg_mechanism",
        "03_survival_trial",
        "04_cox_adjustment",
        "05_why_they_disagree",
        "06_biomarker_subgroups",
        "07_paper_to_patient",
    )
}
WITH_CODE = tuple(PAGES)[1:]
_STYLE = """<style>
.alsteach-page { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 14px; font-size: 13px;
  line-height: 1.5; padding-bottom: 2px; border-bottom: 1px solid #8c8c8c; }
.alsteach-page a { text-decoration: underline; white-space: nowrap; }
.alsteach-page-here { margin-right: auto; }
</style>"""


def known_page(which: str | int) -> str:
    """Return the name of a page: two digits, "glossary" or "workshop".

    Raises
    ------
    TrialDataError
        If there is no such page.

    Examples
    --------
    >>> known_page("05"), known_page(5)
    ('05', '05')
    """
    name = f"{which:02d}" if isinstance(which, int) else str(which)
    if name not in (*PAGES, *BESIDE):
        raise TrialDataError(
            f"There is no page {which!r}; there are {', '.join(PAGES)}, {GLOSSARY} and {WORKSHOP}."
        )
    return name


def without_menus() -> bool:
    """Whether Voilà shows this page: no menus, no cells, no code."""
    return "VOILA_REQUEST_URL" in os.environ


def links_html(which: str) -> str:
    """Return the bar's first line: title and minutes, and links to the pages beside this one.

    Examples
    --------
    >>> '<a href="04_cox_adjustment.ipynb"' in links_html("05")
    True
    """
    words = catalogue.panel("page")

    def link(file: str, text: str, title: str = "", hint: str = "") -> str:
        more = f' rel="{hint}"' if hint else ""
        return f'<a href="{file}.ipynb" title="{html.escape(title or text)}"{more}>{html.escape(text)}</a>'

    def beside(number: str, arrow: str, hint: str) -> str:
        return link(PAGES[number], arrow.format(number), f"{number} · {words(f'data.{number}.title')}", hint)

    numbers, about = list(PAGES), words.table(f"data.{which}")
    place = f"{which} · " if which in PAGES else ""
    here = f"<b>{place}{html.escape(about('title'))}</b>"
    if "minutes" in about:
        here += f" · {html.escape(about('minutes'))}"
    parts = [f'<span class="alsteach-page-here">{here}</span>']
    if which in BESIDE:
        parts.append(beside(numbers[0], "← {}", "prev"))
    else:
        at = numbers.index(which)
        if at > 0:
            parts.append(beside(numbers[at - 1], "← {}", "prev"))
        if at + 1 < len(numbers):
            parts.append(beside(numbers[at + 1], "{} →", "next"))
        parts.append(link(GLOSSARY, words(f"data.{GLOSSARY}.title")))
    if without_menus() and which in WITH_CODE:
        parts.append(link(f"code/{PAGES[which]}", words("controls.code")))
    return (
        f'{_STYLE}<nav class="alsteach-page" aria-label="{html.escape(words.title)}">{"".join(parts)}</nav>'
    )


class PageBar(anywidget.AnyWidget):
    """The bar's second line: how far the reader has come, and *Show code*.

    Attributes
    ----------
    said : str
        How far the reader has come.
    done, of : int
        What the bar of this page shows; none is drawn for ``of = 0``.
    quiet : bool
        Whether the page hides JupyterLab's prompts and folded cells, and offers them by *Show code*.
    """

    _esm = Path(__file__).with_name("page.js")
    said = traitlets.Unicode().tag(sync=True)
    done = traitlets.Int().tag(sync=True)
    of = traitlets.Int().tag(sync=True)
    quiet = traitlets.Bool().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)

    def __init__(self, **values):
        words = catalogue.panel("page")
        labels = {"show": words("controls.show_code"), "hide": words("controls.hide_code")}
        super().__init__(quiet=not without_menus(), labels=labels, **values)
