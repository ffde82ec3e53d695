"""Prose with figures in it: a notebook's text quotes the published table instead of typing numbers."""

from __future__ import annotations

import string

from ..data.checks import TrialDataError
from ..data.tables import load_references
from .published import published


class _Figures(dict):
    def __missing__(self, key):
        return published(key)


class _Quoting(string.Formatter):
    """``{key}`` is the figure as a sentence quotes it, ``{key.estimate:g}`` a number of it."""

    def get_value(self, key, args, kwargs):
        return kwargs[key]


def quote(text: str, **computed) -> str:
    """Return ``text`` with its figures filled in, as `say` shows it.

    Examples
    --------
    >>> quote("{deaths} of {mirocals_n_randomised.estimate:g}", deaths=90)
    '90 of 220'
    """
    return _Quoting().vformat(text, (), _Figures(computed))


def say(text: str, **computed):
    """Show a paragraph of Markdown in which ``{key}`` stands for a published figure.

    Parameters
    ----------
    text : str
        Markdown; ``{mirocals_hr_adjusted}`` becomes the figure with interval and p-value (and "(unverified)" where
        nobody has checked it), ``{mirocals_n_randomised.estimate:g}`` the bare number.
    **computed
        Values the notebook has computed, by the names used in the text.

    Returns
    -------
    IPython Markdown

    Raises
    ------
    TrialDataError
        If a name is neither a published figure nor among ``computed``.

    Examples
    --------
    >>> import alsteach as al
    >>> al.say("Adjusted: {mirocals_hr_adjusted}.").data
    'Adjusted: HR 0.32 (95 % CI 0.14-0.73), p = 0.007.'
    """
    from IPython.display import Markdown

    return Markdown(quote(text, **computed))


def sources(*keys: str):
    """Show references as a list, each marked if it was not verified against a public record.

    Parameters
    ----------
    *keys : str
        As in ``load_references()["key"]``.

    Returns
    -------
    IPython Markdown

    Raises
    ------
    TrialDataError
        If there is no such reference.

    Examples
    --------
    >>> import alsteach as al
    >>> al.sources("hernan_2010").data
    '- Hernán MA. The hazards of hazard ratios. Epidemiology 2010;21(1):13-15. doi:10.1097/EDE.0b013e3181c1ea43'
    """
    from IPython.display import Markdown

    table = load_references().set_index("key")
    unknown = [key for key in keys if key not in table.index]
    if unknown:
        raise TrialDataError(
            f"There is no reference {unknown[0]!r}; load_references()['key'] lists what there is."
        )
    lines = []
    for row in table.loc[list(keys)].itertuples():
        doi = f" doi:{row.doi}" if row.doi else ""
        lines.append(f"- {row.citation}{doi}" + ("" if row.verified == "yes" else " *(not verified)*"))
    return Markdown("\n".join(lines))
