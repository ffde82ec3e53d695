"""The tables that the panel for one's own trial shows before a file is chosen, and a file as such a table."""

from __future__ import annotations

import pandas as pd

from ..data.tables import load_pbc, load_veteran
from ..stats.adjusting import MIROCALS_LIKE_MODEL, mirocals_like_for_analysis
from ..words import catalogue
from .reading import read_trial

BAD_FILE = (
    "patient;time (months);status;treatment;age;biomarker\n"
    "1;12,5;Dead;new drug;61;820\n2;30,0;Alive;standard;55;430\n3;-4,0;Dead;new drug;70;1900\n"
    "4;8,5;Dead;standard;66;2600\n5;22,0;Alive;new drug;49;510\n6;17,5;Dead;standard;58;1200\n"
)  # decimal commas, semicolons and words are read; a patient who was followed for minus four months is not
# of each: what loads it, in code too, its name, its badge, and what of its columns is not as guessed
_LOADED = {
    "veteran": (load_veteran, "al.load_veteran()", "veteran", "real", {}),
    "pbc": (
        load_pbc,
        "al.load_pbc()",
        "pbc",
        "real",
        {"covariates": ["age_years", "edema", "bilirubin_mg_dl", "albumin_g_dl", "protime_s"]},
    ),
    "cohort": (
        mirocals_like_for_analysis,
        "al.load_mirocals_like()",
        "mirocals_like",
        "synthetic",
        {
            "treatment": "treated",
            "active_value": 1,
            "covariates": MIROCALS_LIKE_MODEL["covariates"],
            "biomarker": MIROCALS_LIKE_MODEL["interaction"],
        },
    ),
}
EXAMPLES = (*_LOADED, "mistake")


def example(key: str) -> pd.DataFrame:
    """Return an example; ``attrs`` say where it comes from."""
    if key == "mistake":
        return from_file(BAD_FILE.encode(), "mistake.csv")
    load, code, name, badge, model = _LOADED[key]
    table = load()
    table.attrs |= {"load": code, "name": name, "note": _note(key), "badge": badge, "model": model}
    return table


def from_file(content: bytes, name: str, encoding: str | None = None) -> pd.DataFrame:
    table = read_trial(content, name, encoding)
    table.attrs |= {"name": name, "note": _note("file", name=name if len(name) < 50 else name[:47] + "…")}
    return table


def _note(key: str, **fields) -> str:
    return catalogue.panel("own_trial")(f"data.note.{key}", **fields)
