"""An analysis as one HTML page: nothing to load, nothing that runs, readable in print and in the dark."""

from __future__ import annotations

import base64
import html
import io

import numpy as np
import pandas as pd

from .. import __version__, style
from ..frames import TrialDataError
from . import pictures, words
from .preparing import ROLES

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --line: #767676; --soft: #f2f2f2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --paper: #181a1b; --line: #8f8f8f; --soft: #26292b; }
}
body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; max-width: 860px;
  margin: 0 auto; padding: 16px; overflow-wrap: break-word; }
h1, h2 { line-height: 1.25; } h1 { font-size: 1.6em; } h2 { font-size: 1.25em; margin-top: 2em; }
figure { margin: 1em 0; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9em; margin: 1em 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 4px 0; }
th, td { border-bottom: 1px solid var(--line); padding: 3px 10px 3px 0; text-align: right; vertical-align: top; }
th:first-child, td:first-child, .word { text-align: left; } tbody th { font-weight: 400; }
th, td { padding-right: 18px; }
pre { background: var(--soft); padding: 12px; overflow-x: auto; font-size: 0.85em; line-height: 1.35; }
.note { background: var(--soft); border-left: 4px solid var(--line); padding: 8px 12px; }
@media print {
  :root { --ink: #000; --paper: #fff; --line: #666; --soft: #f4f4f4; }
  body { max-width: none; font-size: 11pt; } figure, table, .note { break-inside: avoid; } h2 { break-after: avoid; }
  pre { white-space: pre-wrap; }
}
"""

TITLES = pictures.VIEWS | {
    "absolute": "How many, and how long",
    "proportional_hazards": "Is one hazard ratio enough?",
}
ORDER = (
    "survival",
    "absolute",
    "balance",
    "effects",
    "reference_level",
    "by_biomarker",
    "proportional_hazards",
)


def report_html(analysis) -> str:
    """Return the whole page."""
    name = html.escape(analysis.name)
    parts = [
        f"<h1>A two-arm trial analysed: {name}</h1>",
        f'<p class="note">{html.escape(words.EXERCISE)}</p>',
        _beginnings(analysis),
        *(_section(analysis, part) for part in ORDER),
        "<h2>The same with pandas and lifelines</h2>",
        "<p>This code reproduces the main figures from the file.</p>",
        f"<pre><code>{html.escape(analysis.code)}</code></pre>",
        f"<footer><p>Made with alsteach {__version__}, on the machine where the file lies. The page holds summaries, "
        "no row of any patient; small groups may still point to a person, so look before you pass it on.</p></footer>",
    ]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Trial report: {name}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _beginnings(analysis) -> str:
    mapping = {
        ROLES[key]: ", ".join(map(str, value)) if isinstance(value, list) else value
        for key, value in analysis.mapping.items()
        if value is not None and value != []
    }
    table = pd.DataFrame({"taken from": pd.Series(mapping, dtype=object)}).rename_axis("what")
    said = "".join(f"<li>{html.escape(note)}</li>" for note in analysis.notes)
    origin = f"<p>{html.escape(analysis.data_note)}.</p>" if analysis.data_note else ""
    return (
        "<h2>What was analysed</h2>"
        f"<p>{analysis.n:,} patients, {analysis.events:,} of whom died.</p>{origin}"
        + (f"<ul>{said}</ul>" if said else "")
        + table_html(table, "Which column was taken for what", words_only=True)
    )


def _section(analysis, part: str) -> str:
    title = TITLES[part]
    sentence = html.escape(analysis.sentences[part])
    content = [f"<h2>{title}</h2>", _picture(analysis, part), f"<p>{sentence}</p>"]
    for caption, table in _tables(analysis, part):
        if not table.empty:
            content.append(table_html(table, caption))
    return "\n".join(content)


def _picture(analysis, part: str) -> str:
    if part not in pictures.VIEWS:
        return ""
    try:
        content = picture_png(analysis, part)
    except TrialDataError:
        return ""
    data = base64.b64encode(content).decode("ascii")
    alt = html.escape(f"{pictures.VIEWS[part]}. {analysis.sentences[part]}", quote=True)
    return f'<figure><img width="760" height="430" alt="{alt}" src="data:image/png;base64,{data}"></figure>'


def picture_png(analysis, part: str) -> bytes:
    """Return one picture of the analysis as a small PNG."""
    from PIL import Image

    with style.drawing():
        figure = style.new_figure(7.6, 4.3, dpi=150)
        pictures.draw(part, analysis, figure)
        figure.canvas.draw()
    canvas = figure.canvas
    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    image = image.convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _tables(analysis, part: str):
    """Yield (caption, table to show) of a section: rounded, in words, the first column naming the row."""
    found = analysis.tables
    if part == "survival":
        shown = found["survival"].copy()
        if len(shown):
            shown["alive (95 % CI)"] = [_percent_ci(row) for row in shown.itertuples()]
            shown = shown.rename(columns={"time": "day", "at_risk": "still followed"})
            shown = shown.set_index("arm")[["day", "alive (95 % CI)", "still followed"]]
        yield "Share alive by arm (Kaplan-Meier)", shown
        shown = found["medians"].copy()
        if len(shown):
            shown["arm"] = shown["group"].map(analysis.arms)
            shown["median, days (95 % CI)"] = [
                _interval(r.median_days, r.ci_low, r.ci_high) for r in shown.itertuples()
            ]
            shown = shown.set_index("arm")[["patients", "deaths", "median, days (95 % CI)"]]
        yield "Half had died by", shown
    elif part == "absolute":
        yield (
            f"Up to day {words.number(analysis.horizon)}; differences are active minus control",
            _absolute(analysis),
        )
    elif part == "balance":
        shown = found["balance"].copy()
        if len(shown):
            shown.index = pd.Index([words.term_words(term) for term in shown.index], name="covariate")
            shown = shown.rename(
                columns={"smd": "difference (SD)", "chance": "chance (±)", "missing": "blank"}
            )
            shown = shown[["control", "active", "difference (SD)", "chance (±)", "blank"]]
        yield "The arms at the start: means, or shares between 0 and 1", shown
    elif part == "effects":
        shown = found["effects"].copy()
        if len(shown):
            named = pictures.MODEL_WORDS
            marker = style.words(analysis.biomarker or "")
            shown.index = [named[m].replace("\n", " ").format(name=marker) for m in shown.index]
            shown = _ratios(shown.rename_axis("analysis"))[
                ["hazard ratio (95 % CI)", "p", "SE of log HR", "patients", "deaths"]
            ]
        yield "Hazard ratio of treatment, analysis by analysis", shown
    elif part == "reference_level":
        shown = found["reference_level"].copy()
        if len(shown):
            shown = _ratios(shown.set_index("read_at").rename_axis("read at"))
            shown = shown.rename(columns={"patients_up_to": "patients up to there"})
            shown = shown[["value", "hazard ratio (95 % CI)", "p", "patients up to there"]]
        yield "One model, read at several values", shown
    elif part == "by_biomarker":
        shown = found["by_biomarker"].copy()
        if len(shown):
            shown = _ratios(shown.set_index("group"))
            shown = shown.rename(
                columns={
                    "n": "patients",
                    "deaths_control": "deaths, control",
                    "deaths_treated": "deaths, active",
                }
            )
            shown = shown[["patients", "deaths, control", "deaths, active", "hazard ratio (95 % CI)", "p"]]
        yield "Unadjusted hazard ratio in groups", shown
        shown = found["slope"].copy()
        if len(shown):
            shown["multiplied by (95 % CI)"] = [
                f"{r.hr_ratio:.4g} ({r.ci_low:.4g}–{r.ci_high:.4g})" for r in shown.itertuples()
            ]
            shown["p"] = [_p(p) for p in shown["p"]]
            shown = shown.set_index("change")[["units", "multiplied by (95 % CI)", "p"]]
        yield "How the hazard ratio changes with the biomarker (interaction)", shown
    elif part == "proportional_hazards":
        shown = found["proportional_hazards"].copy()
        if len(shown):
            shown.index = [
                {"treated": "treatment", "GLOBAL": "all together"}.get(t, words.term_words(t))
                for t in shown.index
            ]
            shown = shown.rename_axis("term").assign(p=[_p(p) for p in shown["p"]])[["statistic", "df", "p"]]
        yield "Test of proportional hazards (chi-square)", shown


ABSOLUTE_WORDS = {"alive": "alive", "mean_days": "mean days alive", "difference": "difference"}


def _absolute(analysis) -> pd.DataFrame:
    table = analysis.tables["absolute"]
    if table.empty:
        return table
    rows = {}
    for kind, words_, scale, decimals, unit in (
        ("alive", "alive", 100, 0, " %"),
        ("mean_days", "mean time alive", 1, 0, " days"),
    ):
        for arm, group in (("control", 0), ("active", 1)):
            row = table.loc[f"{kind}_{arm}"]
            text = _interval(scale * row.estimate, scale * row.ci_low, scale * row.ci_high, decimals)
            rows[f"{words_}{unit and ' (' + unit.strip() + ')'}: {analysis.arms[group]}"] = (text, "")
        row = table.loc[f"difference_{kind}"]
        text = _interval(scale * row.estimate, scale * row.ci_low, scale * row.ci_high, decimals)
        rows[f"{words_} ({unit.strip()}): difference"] = (text, _p(row.p))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate (95 % CI)", "p"]).rename_axis(
        "measure"
    )


def _ratios(table: pd.DataFrame) -> pd.DataFrame:
    text = [
        f"{style.number_text(r.hr)} ({style.number_text(r.ci_low)}–{style.number_text(r.ci_high)})"
        if not np.isnan(r.hr)
        else "none"
        for r in table.itertuples()
    ]
    extra = {"SE of log HR": table["se"].map("{:.3f}".format)} if "se" in table else {}
    return table.assign(**{"hazard ratio (95 % CI)": text, "p": [_p(p) for p in table["p"]]}, **extra)


def _p(p: float) -> str:
    return "" if np.isnan(p) else style.p_text(p).removeprefix("p = ").removeprefix("p ")


def _interval(value, low, high, decimals=None) -> str:
    if np.isnan(value):
        return "not reached"
    ends = [words.number(v, decimals) if not np.isnan(v) else "not known" for v in (low, high)]
    return f"{words.number(value, decimals)} ({ends[0]} to {ends[1]})"


def _percent_ci(row) -> str:
    if np.isnan(row.survival):
        return "not known"
    text = words.percent(row.survival)
    return text if np.isnan(row.ci_low) else f"{text} ({100 * row.ci_low:.0f}–{100 * row.ci_high:.0f})"


def table_html(table: pd.DataFrame, caption: str, words_only: bool = False) -> str:
    """Return a table with a caption and headers that say whether they belong to a row or a column."""

    def cell(value) -> str:
        if isinstance(value, float | np.floating):
            return "" if np.isnan(value) else words.number(float(value))
        if isinstance(value, int | np.integer):
            return f"{value:,}"
        return html.escape(str(value))

    look = ' class="word"' if words_only else ""
    names = [table.index.name or "", *table.columns]
    head = "".join(f'<th scope="col"{look}>{html.escape(str(name))}</th>' for name in names)
    rows = []
    for label, row in zip(table.index, table.itertuples(index=False), strict=True):
        cells = "".join(f"<td{look}>{cell(value)}</td>" for value in row)
        rows.append(f'<tr><th scope="row">{html.escape(str(label))}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
