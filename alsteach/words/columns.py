"""A table's columns in words: their names carry the unit, sentences and axes need both apart."""

from __future__ import annotations

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


def column_words(column: str) -> str:
    """Return a column's name as words.

    Examples
    --------
    >>> column_words("csf_pnfh_pg_ml"), column_words("bilirubin_mg_dl")
    ('CSF-pNFH', 'bilirubin')
    """
    return _WORDS[column][0] if column in _WORDS else _split_unit(column)[0]


def column_unit(column: str) -> str:
    """Return the unit in a column's name, or an empty text.

    Examples
    --------
    >>> column_unit("csf_pnfh_pg_ml"), column_unit("bilirubin_mg_dl"), column_unit("karno")
    ('pg/mL', 'mg/dL', 'points')
    """
    return _WORDS[column][1] if column in _WORDS else _split_unit(column)[1]


def _split_unit(column) -> tuple[str, str]:
    column = str(column)
    for ending in _UNITS:
        if column.endswith("_" + ending):
            written = ending.replace("_", "/").replace("ml", "mL").replace("dl", "dL").replace("percent", "%")
            return column[: -len(ending) - 1].replace("_", " "), written
    return str(column).replace("_", " "), ""
