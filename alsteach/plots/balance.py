"""How far the arms of a trial differ at the start."""

from __future__ import annotations

import numpy as np

from .. import style
from ..words.columns import column_words
from .frame import axes_or_new, need

SMALL = 9.5


def term_words(term: str) -> str:
    """Write a term of a model in words: ``onset_site=bulbar`` is "site of onset: bulbar"."""
    covariate, _, level = str(term).partition("=")
    return f"{column_words(covariate)}: {level}" if level else column_words(covariate)


def plot_balance(table, adjusted=(), limit=None, ax=None):
    """Draw how far the arms differ at the start, a covariate a row.

    Parameters
    ----------
    table : DataFrame
        From ``alsteach.stats.adjusting.standardised_differences``.
    adjusted : sequence of str
        Covariates in the model: filled dots; the others are open.
    limit : float, optional
        Ends of the axis, in standard deviations.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> import alsteach as al
    >>> from alsteach.stats.adjusting import standardised_differences
    >>> ax = al.plot_balance(standardised_differences(al.load_veteran(), ["karno", "age_years", "celltype"]))
    >>> [label.get_text() for label in ax.get_yticklabels()][:3]
    ['Karnofsky score', 'age', 'cell type: squamous']
    """
    need(table, ["covariate", "smd", "chance"], "standardised_differences(df, covariates)")
    if ax is None:
        ax = axes_or_new(None)
        ax.figure.subplots_adjust(left=0.28, right=0.96)
    largest = max(table["smd"].abs().max(), table["chance"].max())
    limit = limit or max(0.5, 1.15 * largest)
    names, rows, chance = table.index, np.arange(len(table)), table["chance"].max()
    ax.axvspan(-chance, chance, color=style.PALE, alpha=0.35, linewidth=0, zorder=0)
    ax.axvline(0, color=style.INK, linewidth=1)
    ax.hlines(rows, -limit, limit, color=style.PALE, linewidth=0.5, zorder=0)
    at = np.clip(table["smd"].to_numpy(), -limit, limit)
    faces = np.where(table["covariate"].isin(list(adjusted)), style.ACTIVE, "white")
    ax.hlines(rows, 0 * at, at, color=style.ACTIVE, linewidth=1.2)
    ax.scatter(
        at,
        rows,
        s=46,
        facecolors=list(faces),
        edgecolors=style.ACTIVE,
        linewidths=1.3,
        zorder=3,
        clip_on=False,
    )
    ax.set(xlim=(-limit, limit), ylim=(len(names) - 0.4, -0.6), xlabel="Active arm − control (SD)")
    ax.set_xticks([-0.5, 0, 0.5] if limit < 1 else [-1, 0, 1])
    ax.set_yticks(rows, [term_words(name) for name in names])
    ax.tick_params(axis="both", length=0, labelsize=SMALL)
    ax.xaxis.label.set_fontsize(SMALL)
    ax.spines["left"].set_visible(False)
    return ax
