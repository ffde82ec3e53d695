"""Colours, line styles and figure sizes: one look for every picture, told apart without colour too.

The colours are those of Okabe and Ito's colour-blind-safe palette.
"""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager

CONTROL = "#4d4d4d"
ACTIVE = "#0072b2"
HIGHLIGHT = "#d55e00"
SECOND = "#009e73"
THIRD = "#cc79a7"
PALE = "#bdbdbd"
INK = "#1a1a1a"

ARM_STYLE = {0: {"color": CONTROL, "linestyle": (0, (5, 2))}, 1: {"color": ACTIVE, "linestyle": "-"}}
GROUP_STYLES = [
    {"color": CONTROL, "linestyle": (0, (5, 2))},
    {"color": ACTIVE, "linestyle": "-"},
    {"color": HIGHLIGHT, "linestyle": (0, (1, 1))},
    {"color": SECOND, "linestyle": (0, (5, 1, 1, 1))},
    {"color": THIRD, "linestyle": (0, (8, 2))},
]

FIGURE = {
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def drawing():
    """Draw in the course's look inside this block.

    matplotlib has one set of defaults for all threads: two panels drawing at once would mix up their looks, and the
    last to leave would put back the wrong defaults for good.
    """
    import matplotlib

    with _ONE_AT_A_TIME, matplotlib.rc_context(FIGURE):
        yield


def new_figure(width: float = 7.6, height: float = 4.3, dpi: float = 100):
    """Return an empty matplotlib Figure of the course's look, kept out of pyplot so that nothing accumulates.

    Parameters
    ----------
    width, height : float
        Inches.
    dpi : float
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with drawing():
        figure = Figure(figsize=(width, height), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def p_text(p: float) -> str:
    """Write a p-value as a paper would.

    Examples
    --------
    >>> p_text(0.3286), p_text(0.0068), p_text(0.00004)
    ('p = 0.33', 'p = 0.007', 'p < 0.001')
    """
    if math.isnan(p):
        return "p not defined"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.095 else f"p = {p:.2f}"


def hr_text(hr: float, ci_low: float, ci_high: float) -> str:
    """Write a hazard ratio with its 95 % confidence interval.

    Examples
    --------
    >>> hr_text(0.32, 0.14, 0.73)
    'HR 0.32 (95 % CI 0.14–0.73)'
    """
    return f"HR {number_text(hr)} (95 % CI {number_text(ci_low)}–{number_text(ci_high)})"


def number_text(value: float) -> str:
    """Write a ratio with two decimals, or in fewer words when it is huge or tiny.

    Examples
    --------
    >>> number_text(0.3213), number_text(123.4), number_text(0.0004)
    ('0.32', '123', 'under 0.01')
    """
    if value >= 10_000:
        return "over 10,000"
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.005 else "under 0.01"


_WORDS = {
    "csf_pnfh_pg_ml": ("CSF-pNFH", "pg/mL"),
    "age_years": ("age", "years"),
    "svc_percent": ("slow vital capacity", "%"),
    "symptom_duration_months": ("symptom duration", "months"),
    "alsfrs_r": ("ALSFRS-R", "points"),
    "alsfrs_r_slope_per_month": ("ALSFRS-R slope", "points/month"),
    "log_alsfrs_r_slope": ("log ALSFRS-R slope", ""),
    "onset_site": ("site of onset", ""),
    "karno": ("Karnofsky score", "points"),
    "celltype": ("cell type", ""),
    "prior": ("prior therapy", ""),
    "diagtime_months": ("time since diagnosis", "months"),
    "time_days": ("time", "days"),
}
_UNITS = ("years", "months", "days", "percent", "pg_ml", "mg_dl", "g_dl", "ug_day", "u_l", "u_ml")


def words(column: str) -> str:
    """Return a column's name as words.

    Examples
    --------
    >>> words("csf_pnfh_pg_ml"), words("bilirubin_mg_dl")
    ('CSF-pNFH', 'bilirubin')
    """
    return _WORDS[column][0] if column in _WORDS else _split_unit(column)[0]


def unit(column: str) -> str:
    """Return the unit in a column's name, or an empty text.

    Examples
    --------
    >>> unit("csf_pnfh_pg_ml"), unit("bilirubin_mg_dl"), unit("karno")
    ('pg/mL', 'mg/dL', 'points')
    """
    return _WORDS[column][1] if column in _WORDS else _split_unit(column)[1]


def _split_unit(column: str) -> tuple[str, str]:
    for ending in _UNITS:
        if column.endswith("_" + ending):
            written = ending.replace("_", "/").replace("ml", "mL").replace("dl", "dL").replace("percent", "%")
            return column[: -len(ending) - 1].replace("_", " "), written
    return str(column).replace("_", " "), ""
