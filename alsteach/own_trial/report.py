"""An analysis as one HTML page: nothing to load, nothing that runs, readable in print and in the dark."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pandas as pd

from .. import __version__, plots, style
from ..words import catalogue, numbers
from ..words.columns import column_words
from . import letters, pictures
from .pages import page
from .sentences import term_words


def report_html(analysis) -> str:
    """Return the whole page."""
    sections = [
        {
            "part": part,
            "sentence": sentence,
            "picture": _picture(analysis, part),
            "tables": _tables(analysis, part),
        }
        for part, sentence in analysis.sentences.items()
    ]
    made = page(
        "report.html",
        analysis=analysis,
        said=_said(),
        panel=catalogue.panel("own_trial"),
        language=numbers.language(),
        mapping=_shown("mapping", _mapping(analysis)),
        sections=sections,
        version=__version__,
    )
    return re.sub("[\0-\x08\x0b-\x1f\x7f]", "", letters.whole(made))


def _said() -> catalogue.Panel:
    return catalogue.panel("trial_report")


def _picture(analysis, part: str) -> str:
    if part not in pictures.VIEWS or not pictures.has(part, analysis):
        return ""
    return base64.b64encode(picture_png(analysis, part)).decode("ascii")


def picture_png(analysis, part: str) -> bytes:
    """Return one picture of the analysis as a small PNG."""
    from PIL import Image

    with style.drawing():
        figure = style.new_figure(7.6, 4.3, dpi=150)
        pictures.draw(part, analysis, pictures.sheet(figure, 760, 430))
        plots.label_data(figure, letters.drawn(analysis.data_note))
        figure.canvas.draw()
    canvas = figure.canvas
    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    image = image.convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _tables(analysis, part: str) -> list[dict]:
    names = _TABLES.get(part, (part,))
    found = {name: analysis.tables[name] for name in names if not analysis.tables[name].empty}
    return [_shown(name, _COLUMNS[name](analysis, t), day=analysis.horizon) for name, t in found.items()]


def _shown(name: str, table: pd.DataFrame, **fields) -> dict:
    """Return a table as the page shows it: the columns that its words name, the first of which names the row."""
    words = _said().table(f"data.tables.{name}")
    columns = [key for key in words.keys() if key != "caption"]  # noqa: SIM118
    return {
        "caption": words("caption", **fields),
        "headings": [words(column) for column in columns],
        "rows": table[columns].itertuples(index=False, name=None),
    }


# ---- What each table shows besides its own columns: numbers rounded and with their intervals, rows in words


def _mapping(analysis) -> pd.DataFrame:
    panel = catalogue.panel("own_trial")
    taken = {
        panel(f"controls.{key}.label"): ", ".join(map(str, value)) if isinstance(value, list) else value
        for key, value in analysis.mapping.items()
        if value is not None and value != []
    }
    return pd.DataFrame({"what": list(taken), "taken": pd.Series(list(taken.values()), dtype=object)})


def _survival(analysis, table) -> pd.DataFrame:
    alive = [numbers.percent_ci(r.survival, r.ci_low, r.ci_high) for r in table.itertuples()]
    return table.assign(alive=alive)


def _medians(analysis, table) -> pd.DataFrame:
    halves = [_interval(r.median_days, r.ci_low, r.ci_high, numbers.number) for r in table.itertuples()]
    return table.assign(arm=table["group"].map(analysis.arms), median=halves)


def _absolute(analysis, table) -> pd.DataFrame:
    rows = []
    for kind, scale in (("alive", 100), ("mean_days", 1)):
        for place in (f"{kind}_control", f"{kind}_active", f"difference_{kind}"):
            row, apart = table.loc[place], place.startswith("difference")
            arm = analysis.arms[int(place.endswith("active"))]
            rows.append(
                {
                    "measure": _said()(f"data.{kind}_difference" if apart else f"data.{kind}", arm=arm),
                    "estimate": _interval(*(scale * row[["estimate", "ci_low", "ci_high"]]), numbers.fixed),
                    "p": _p(row.p) if apart else "",
                }
            )
    return pd.DataFrame(rows)


def _balance(analysis, table) -> pd.DataFrame:
    return table.assign(term=[term_words(term) for term in table.index])


def _effects(analysis, table) -> pd.DataFrame:
    named, marker = catalogue.panel("own_trial").table("picture"), column_words(analysis.biomarker or "")
    models = [named(model, name=marker).replace("\n", " ") for model in table.index]
    return _ratios(analysis, table).assign(model=models, error=table["se"].map("{:.3f}".format))


def _ratios(analysis, table) -> pd.DataFrame:
    none = _said()("data.no_ratio")
    ratios = [
        none if np.isnan(r.hr) else numbers.hr_cell(r.hr, r.ci_low, r.ci_high) for r in table.itertuples()
    ]
    return table.assign(ratio=ratios, p=table["p"].map(_p))


def _slope(analysis, table) -> pd.DataFrame:
    times = [f"{r.hr_ratio:.4g} ({r.ci_low:.4g}–{r.ci_high:.4g})" for r in table.itertuples()]
    return table.assign(times=times, p=table["p"].map(_p))


def _hazards(analysis, table) -> pd.DataFrame:
    named = {term: _said()(f"data.{term}") for term in ("treated", "GLOBAL")}
    terms = [named.get(term) or term_words(term) for term in table.index]
    return table.assign(term=terms, p=table["p"].map(_p))


def _p(p: float) -> str:
    return "" if np.isnan(p) else numbers.p_cell(p)


def _interval(value, low, high, written) -> str:
    if np.isnan(value):
        return _said()("data.not_reached")
    value, low, high = (written(v) for v in (value, low, high))
    if numbers.UNKNOWN == low == high:
        return value
    return _said()("data.interval", value=value, low=low, high=high)


_TABLES = {"survival": ("survival", "medians"), "by_biomarker": ("by_biomarker", "slope")}
_COLUMNS = {
    "survival": _survival,
    "medians": _medians,
    "absolute": _absolute,
    "balance": _balance,
    "effects": _effects,
    "reference_level": _ratios,
    "by_biomarker": _ratios,
    "slope": _slope,
    "proportional_hazards": _hazards,
}
