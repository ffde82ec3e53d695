"""What the panel for a learner's own trial is made of: its examples, and the words around the controls."""

from __future__ import annotations

import html

import pandas as pd

from ..datasets import load_pbc, load_veteran
from ..disagreement import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from ..own_trial import codes
from ..own_trial.preparing import ROLES
from ..own_trial.reading import read_trial
from ..own_trial.words import EXERCISE

BAD_FILE = (
    "patient;time (months);status;treatment;age;biomarker\n"
    "1;12,5;Dead;new drug;61;820\n2;30,0;Alive;standard;55;430\n3;-4,0;Dead;new drug;70;1900\n"
    "4;8,5;Dead;standard;66;2600\n5;22,0;Alive;new drug;49;510\n6;17,5;Dead;standard;58;1200\n"
)  # decimal commas, semicolons and words are read; a patient who was followed for minus four months is not
TAKEN = ("duration_col", "event_col", "treatment")
NOTHING_LEAVES = (
    "Nothing leaves the machine that runs this notebook; nothing is written unless you ask. CSV, TSV, text or Excel "
    "(.xlsx), one row a patient. A file over 8 MB: al.own_trial_panel(al.read_trial('file.csv'))."
)


def _example(load, code: str, name: str, note: str, **model) -> pd.DataFrame:
    table = load()
    table.attrs |= {"load": code, "name": name, "note": note, "model": model}
    return table


EXAMPLES = {
    "Example: veteran (real, lung cancer)": lambda: _example(
        load_veteran, "al.load_veteran()", "veteran", "Real trial: veteran"
    ),
    "Example: pbc (real, liver disease)": lambda: _example(
        load_pbc,
        "al.load_pbc()",
        "pbc",
        "Real trial: pbc",
        covariates=["age_years", "edema", "bilirubin_mg_dl", "albumin_g_dl", "protime_s"],
    ),
    "Example: MIROCALS-like (synthetic)": lambda: _example(
        mirocals_like_for_analysis,
        "al.load_mirocals_like()",
        "mirocals_like",
        "Synthetic cohort: not patients",
        treatment="treated",
        active_value=1,
        covariates=MIROCALS_LIKE_MODEL["covariates"],
        biomarker=MIROCALS_LIKE_MODEL["interaction"],
    ),
    "Example: a file with a mistake": lambda: from_file(BAD_FILE.encode(), "mistake.csv"),
}


def from_file(content: bytes, name: str) -> pd.DataFrame:
    table = read_trial(content, name)
    table.attrs |= {"name": name, "note": f"File: {name if len(name) < 50 else name[:47] + '…'}"}
    return table


def remembered(guess: dict, before: dict, entries: dict, table: pd.DataFrame) -> dict:
    """Return the guess for a newly chosen file with the earlier choices in it, as far as its columns have them.

    ``entries`` are those that the earlier columns held.
    """
    columns = list(table.columns)
    known = [role for role in TAKEN if before[role] is not None and before[role] in columns]
    found = guess | {role: before[role] for role in known}
    if len(known) == len(TAKEN):  # the same kind of table: what was left out was left out on purpose
        if set(before["covariates"]) <= set(columns):
            found["covariates"] = before["covariates"]
        if before["biomarker"] is None or before["biomarker"] in columns:
            found["biomarker"] = before["biomarker"]
    if "duration_col" in known:
        found["duration_unit"] = before["duration_unit"]
    for role, value in (("event_col", "event_value"), ("treatment", "active_value")):
        if role in known:
            same_coding = set(codes.levels(table[found[role]])) == set(entries[value])
            # Another coding is guessed anew: 1 of 1 and 2 need not mean what 1 of 0 and 1 meant.
            anew = guess[value] if found[role] == guess[role] else None
            found[value] = before[value] if same_coding else anew
    return found


def mapping_words(values: dict) -> str:
    """Say which column is taken for what, or what is still to be chosen."""
    needed = ("duration_col", "event_col", "event_value", "treatment", "active_value")
    lacking = [ROLES[name] for name in needed if values[name] is None or values[name] == ()]
    if lacking:
        return f"Not told by the file: {', '.join(lacking)}. Choose above what it is, then press Analyse."
    died = " or ".join(map(repr, values["event_value"]))
    count = len(values["covariates"])
    return (
        f"Time from {values['duration_col']!r} in {values['duration_unit']}; {died} in {values['event_col']!r} means "
        f"the event; {values['active_value']!r} in {values['treatment']!r} is the active arm; {count} "
        f"covariate{'' if count == 1 else 's'}; "
        f"{'no biomarker' if values['biomarker'] is None else 'biomarker ' + repr(values['biomarker'])}. "
        "Correct what is wrong, then press Analyse."
    )


def notes_html(notes) -> str:
    shown = folded(f"Notes on this analysis: {len(notes)}", notes) if notes else ""
    return f'<div style="line-height:1.4">{html.escape(EXERCISE)}</div>{shown}'


def folded(title: str, lines) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return (
        f'<details style="line-height:1.4"><summary>{html.escape(title)}</summary>'
        f'<ul style="margin:4px 0 8px">{items}</ul></details>'
    )


def code_html(code: str) -> str:
    return (
        '<details style="line-height:1.4"><summary>The same with pandas and lifelines, to copy</summary>'
        '<pre tabindex="0" style="max-height:340px;overflow:auto;padding:8px;font-size:12px;line-height:1.35;'
        f'border:1px solid #767676">{html.escape(code)}</pre></details>'
    )


def sentence_of(analysis, view: str) -> str:
    """Return what a view of the analysis says, under the curves with the absolute effect."""
    said = analysis.sentences[view]
    return f"{said} {analysis.sentences['absolute']}" if view == "survival" else said


def one_or_list(values: tuple):
    """Return ticked values as `analyse_trial` takes them."""
    return None if not values else values[0] if len(values) == 1 else list(values)
