"""What stands in the first cell of every page: its bar, with the questions answered so far."""

from __future__ import annotations

import gc

from ..panels.page import PageBar, known_page, links_html
from ..words import catalogue
from .loading import load_items
from .progress import progress_file
from .widgets import Download

# A picture is some thousand objects. Python would stop to look for garbage after every 700: a tenth of a page's time.
OBJECTS_BETWEEN_LOOKS = 20_000


class Page:
    """A page's bar, which follows the answers given on it; `page` makes it.

    Attributes
    ----------
    links : str
        The bar's first line as HTML: title, minutes, links to other pages.
    bar : PageBar
        Its second line.
    download : Download or None
        Where answers are not kept, a way to take them along.
    """

    def __init__(self, which: str):
        self.links = links_html(which)
        self._progress = progress_file()
        self._course = tuple(item for item in load_items() if item.kind != "code")
        self._here = tuple(item for item in self._course if item.notebook == which)
        self.bar = PageBar()
        self.download = Download(self._progress) if self._progress.path is None else None
        self.update()
        self._progress.observe(self.update)

    def update(self) -> None:
        """Say how far the reader has come."""
        words = catalogue.panel("page")
        n, done, _ = self._progress.summary(self._here)
        of_course, done_in_course, _ = self._progress.summary(self._course)
        said = [words("finding.course", done=done_in_course, n=of_course)]
        if self._here:
            said.insert(0, words("finding.here", done=done, n=n))
        with self.bar.hold_sync():
            self.bar.said, self.bar.done, self.bar.of = " · ".join(said), done, n

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        display(HTML(self.links))
        display(self.bar)
        if self.download is not None:
            display(self.download)


def page(which: str | int) -> Page:
    """Show the bar of a page: title, minutes, questions answered, *Show code*, and the pages beside it.

    In JupyterLab it also makes the page quiet: no prompts, no folded code, and back at the top after *Run All*.

    Parameters
    ----------
    which : str
        The page's number, such as ``"05"``, or ``"glossary"`` or ``"workshop"``.

    Returns
    -------
    Page

    Raises
    ------
    TrialDataError
        If there is no such page.

    Examples
    --------
    >>> import alsteach as al
    >>> "05 · Why they disagree" in al.page("05").links
    True
    """
    shown = Page(known_page(which))
    look_for_garbage_seldom()
    return shown


def look_for_garbage_seldom() -> None:
    """Let this kernel's Python pause less often; where the learner has switched that off, it stays off."""
    young, *older = gc.get_threshold()
    if young:
        gc.set_threshold(max(young, OBJECTS_BETWEEN_LOOKS), *older)
