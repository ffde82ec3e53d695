"""The tables of the course: published figures, their references, two synthetic tables and two real trials.

Every loader reads a CSV file that was checked against ``datapackage.json`` on the way in, and returns a fresh
frame, so nothing a notebook does to one frame reaches the next.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pandas as pd

from .checks import TrialDataError

# Digits as they stand; from pandas 3 on that is the only way there is.
EXACT = {"float_precision": "round_trip"} if int(pd.__version__.partition(".")[0]) < 3 else {}
_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "_data", _PACKAGE.parent / "datasets")  # as installed, then as in the checkout


def load_published_results() -> pd.DataFrame:
    """Load what the reports say: a row a figure, with its source and how far it can be trusted.

    Columns: ``key`` (unique), ``trial``, ``quantity``, ``estimate_relation``, ``estimate``, ``ci_low``,
    ``ci_high`` (95 %), ``sd``, ``p_relation``, ``p_value``, ``unit``, ``decimals``, ``population``,
    ``statement``, ``reference`` (keys of `load_references`), ``source``, ``status``, ``note``. Status is
    ``S`` stated in the source article about MIROCALS, ``P`` stated in another public report, ``D`` derived
    from other rows by the arithmetic in ``note``, ``U`` believed but not verified against a text. A fact that
    is no number stands in ``statement``.

    Returns
    -------
    pandas.DataFrame
        Trials MIROCALS and IMODALS, and what is known of prognosis in ALS.

    See Also
    --------
    published : one figure, ready to be quoted.

    References
    ----------
    Bensimon G, Leigh PN, Tree T, et al. Lancet 2025;405:1837-1850. Camu W, Mickunas M, Veyrune JL, et al.
    EBioMedicine 2020;59:102844. The rest in `load_references`.

    Examples
    --------
    >>> import alsteach as al
    >>> figures = al.load_published_results().set_index("key")
    >>> float(figures.loc["mirocals_hr_unadjusted", "estimate"])
    0.81
    """
    return _read("published_results")


def load_references() -> pd.DataFrame:
    """Load the references of the course, each with whether it was checked against a public record.

    Columns: ``key``, ``citation``, ``doi``, ``pmid``, ``other_id``, ``verified`` (``yes`` or ``no``),
    ``note``.

    Returns
    -------
    pandas.DataFrame
        A row a reference.

    Examples
    --------
    >>> import alsteach as al
    >>> references = al.load_references().set_index("key")
    >>> references.loc["bensimon_2025", "doi"]
    '10.1016/S0140-6736(25)00262-4'
    """
    return _read("references")


def load_mirocals_like() -> pd.DataFrame:
    """Load the synthetic cohort: 220 simulated people, calibrated to the published MIROCALS results.

    These are not patients. The cohort shows one reading of the published figures and proves nothing about the
    trial. Columns: ``patient_id``, ``arm`` (placebo, IL-2), ``treated`` (1 = IL-2), ``country``,
    ``onset_site``, ``sex``, ``age_years``, ``diagnostic_certainty``, ``symptom_duration_months``,
    ``alsfrs_r``, ``alsfrs_r_slope_per_month``, ``svc_percent``, ``csf_pnfh_pg_ml``, ``time_days`` (from
    randomisation), ``died`` (1 = died, 0 = alive at day 640).

    Returns
    -------
    pandas.DataFrame
        220 rows, 110 an arm, 90 deaths; in a categorical column the first level is the reference.

    References
    ----------
    Synthetic, made for this course by ``datasets/make_mirocals_like.py``; its targets are in
    `load_published_results`.

    Examples
    --------
    >>> import alsteach as al
    >>> cohort = al.load_mirocals_like()
    >>> len(cohort), int(cohort["died"].sum())
    (220, 90)
    """
    return _read("mirocals_like")


def load_mirocals_like_targets() -> pd.DataFrame:
    """Load what the synthetic cohort was made to give, beside what it gives.

    Columns: ``key``, ``model``, ``population``, ``quantity``, ``target`` (blank where nothing was aimed at),
    ``achieved``, ``tolerance``, ``verdict`` (met, not met, reported), ``decimals`` (to show), ``published_key``,
    ``published_status`` (U = unverified), ``note``.

    Returns
    -------
    pandas.DataFrame
        A row a figure: targets first met by search, then sensitivity analyses, which are reported only.

    References
    ----------
    Computed from `load_mirocals_like` by ``datasets/make_mirocals_like.py``.

    Examples
    --------
    >>> import alsteach as al
    >>> targets = al.load_mirocals_like_targets().set_index("key")
    >>> targets.loc["at_zero_estimate", ["target", "achieved"]].astype(float).round(2).tolist()
    [0.32, 0.32]
    """
    return _read("mirocals_like_targets")


def load_als_registry() -> pd.DataFrame:
    """Load the synthetic registry: 600 simulated people with ALS, followed from diagnosis, a row a visit.

    These are not patients. Survival follows published prognostic effects, so the table shows how unlike courses
    of one disease can be and is no evidence for those effects. At each visit: ``patient_id``, ``visit`` (0 = at
    diagnosis), ``visit_months`` (from diagnosis), ``alsfrs_r``, ``svc_percent``. As at diagnosis, in every row of
    a person: ``onset_site``, ``sex``, ``age_years``, ``diagnostic_delay_months`` (from the first symptom),
    ``executive_dysfunction``, ``alsfrs_r_slope_per_month`` (points lost before diagnosis), ``csf_pnfh_pg_ml``,
    ``time_days`` (from diagnosis), ``died`` (1 = died, 0 = alive when last seen).

    Returns
    -------
    pandas.DataFrame
        4126 visits of 600 people, 496 of whom died; in a categorical column the first level is the reference.

    References
    ----------
    Synthetic, made for this course by ``datasets/make_als_registry.py``; the effects it was built from are in
    `load_published_results`, their contrasts in the codebook.

    Examples
    --------
    >>> import alsteach as al
    >>> registry = al.load_als_registry()
    >>> len(registry), registry["patient_id"].nunique()
    (4126, 600)
    """
    return _read("als_registry")


def load_veteran() -> pd.DataFrame:
    """Load the Veterans' Administration lung cancer trial: 137 real men, randomised to two chemotherapies.

    Columns: ``patient_id``, ``treated`` (1 = test, 0 = standard), ``time_days``, ``died``, ``celltype``
    (squamous, smallcell, adeno, large), ``karno`` (Karnofsky score, 100 = well), ``diagtime_months`` (from
    diagnosis to randomisation), ``age_years``, ``prior`` (1 = had prior therapy).

    Returns
    -------
    pandas.DataFrame
        137 rows, 128 deaths, nothing missing.

    References
    ----------
    Kalbfleisch D, Prentice RL. The Statistical Analysis of Failure Time Data. Wiley 1980. From R's
    ``survival`` package (Therneau), tidied by ``datasets/tidy_real_trials.py``.

    Examples
    --------
    >>> import alsteach as al
    >>> veteran = al.load_veteran()
    >>> len(veteran), int(veteran["died"].sum())
    (137, 128)
    """
    return _read("veteran")


def load_pbc() -> pd.DataFrame:
    """Load the Mayo Clinic trial in primary biliary cirrhosis: 312 real patients, D-penicillamine or placebo.

    Columns: ``patient_id``, ``treated`` (1 = D-penicillamine, 0 = placebo), ``time_days``, ``died``,
    ``transplanted`` (1 = follow-up ended at a transplant, counted as censored), ``age_years``, ``sex``,
    ``ascites``, ``hepatomegaly``, ``spiders``, ``edema`` (0, 0.5 or 1), ``bilirubin_mg_dl``,
    ``cholesterol_mg_dl``, ``albumin_g_dl``, ``copper_ug_day``, ``alk_phos_u_l``, ``ast_u_ml``,
    ``triglycerides_mg_dl``, ``platelets_1000_per_mm3``, ``protime_s``, ``stage`` (1 to 4).

    Returns
    -------
    pandas.DataFrame
        The 312 randomised rows, 125 deaths, 19 transplants; cholesterol is missing in 28, triglycerides in
        30, platelets in 4 and copper in 2.

    References
    ----------
    Fleming TR, Harrington DP. Counting Processes and Survival Analysis. Wiley 1991. From R's ``survival``
    package (Therneau), tidied by ``datasets/tidy_real_trials.py``.

    Examples
    --------
    >>> import alsteach as al
    >>> pbc = al.load_pbc()
    >>> len(pbc), int(pbc["died"].sum()), int(pbc["transplanted"].sum())
    (312, 125, 19)
    """
    return _read("pbc")


def load_treg_course() -> pd.DataFrame:
    """Load synthetic courses of IL-2: 36 simulated people, 12 an arm, seven visits each, arms as in IMODALS.

    These are not patients. They are drawn from the teaching model of `simulate_treg`, with differences between people
    and noise; the rises it was calibrated to are unverified. Columns: ``patient_id``, ``arm`` (placebo, IL-2 1 MIU,
    IL-2 2 MIU), ``treated`` (1 = IL-2), ``dose_miu``, ``cycle`` (1 to 3), ``visit`` (before, after, end),
    ``time_days`` (from the first injection), ``treg_percent`` (of CD4+ cells), ``teff_percent_of_baseline``,
    ``ccl2_percent_of_baseline`` (100 at the first visit).

    Returns
    -------
    pandas.DataFrame
        252 rows, a row a person and visit.

    References
    ----------
    Synthetic, made for this course by ``datasets/make_treg_course.py``; its targets are in `load_published_results`.

    Examples
    --------
    >>> import alsteach as al
    >>> course = al.load_treg_course()
    >>> len(course), course["patient_id"].nunique()
    (252, 36)
    """
    return _read("treg_course")


def load_mechanism_parameters() -> pd.DataFrame:
    """Load the parameters of `simulate_treg`, each with its range and where it comes from.

    Columns: ``parameter``, ``value``, ``low``, ``high``, ``unit``, ``meaning``, ``basis`` (``measured`` in a text that
    was looked up, ``chosen`` so that the model does what ``note`` says, ``calibrated`` to a published figure),
    ``reference`` (keys of `load_references`), ``note``.

    Returns
    -------
    pandas.DataFrame
        A row a parameter.

    Examples
    --------
    >>> import alsteach as al
    >>> parameters = al.load_mechanism_parameters().set_index("parameter")
    >>> float(parameters.loc["kd_trimeric_pmol_l", "value"]), parameters.loc["kd_trimeric_pmol_l", "basis"]
    (25.0, 'measured')
    """
    return _read("mechanism_parameters")


def load_gap_budget() -> pd.DataFrame:
    """Load what each cause alone does to a hazard ratio in 1000 simulated trials: `gap_budget`, computed beforehand.

    Columns as `gap_budget` returns them, ``cause`` among them, and ``log_hazard_sd_needed``, ``log_hazard_sd_usual``:
    how far patients would have to differ for averaging over prognosis alone to explain the published pair.

    Returns
    -------
    pandas.DataFrame
        A row a cause; simulated trials, not patients.

    References
    ----------
    Made for this course by ``datasets/make_gap_budget.py``.

    Examples
    --------
    >>> import alsteach as al
    >>> al.load_gap_budget()["cause"].iloc[0]
    'non_collapsibility'
    """
    return _read("gap_budget")


def load_gap_budget_hundredths() -> pd.DataFrame:
    """Load the trials of `load_gap_budget` as 100 values for each cause, from the lowest to the highest.

    Columns: ``cause``, ``hundredth`` (1 to 100), ``log_hr_difference`` (adjusted − crude).

    Returns
    -------
    pandas.DataFrame
        A row a cause and hundredth; simulated trials, not patients.

    References
    ----------
    Made for this course by ``datasets/make_gap_budget.py``.

    Examples
    --------
    >>> len(load_gap_budget_hundredths())
    500
    """
    return _read("gap_budget_hundredths")


def load_glossary() -> pd.DataFrame:
    """Load the glossary: what the terms of this course mean.

    Columns: ``term``, ``also`` (other words for it, separated by ``|``), ``definition``, ``field`` (ALS, immunology,
    survival analysis, trials, statistics), ``notebook`` (that uses it first), ``see_also`` (terms, separated by
    ``|``), ``reference`` (key of `load_references`).

    Returns
    -------
    pandas.DataFrame
        A row a term.

    See Also
    --------
    glossary : one term, shown.

    Examples
    --------
    >>> import alsteach as al
    >>> terms = al.load_glossary().set_index("term")
    >>> terms.loc["arm", "definition"]
    'One of the groups that a trial compares.'
    """
    return _read("glossary")


def _read(name: str) -> pd.DataFrame:
    folder = next((f for f in _FOLDERS if f.is_dir()), _FOLDERS[-1])
    resource = _resource(folder, name)
    path = folder / resource["path"]
    content = _content(path)
    damage = _damage(content, resource)
    if damage:
        meant = (
            "" if _installed(path) else " If the change is meant, run `python datasets/refresh_package.py`."
        )
        raise TrialDataError(
            f"{_shown(path)} {damage}. {_remedy(path)}{meant} To try changes out, edit a copy."
        )
    fields = resource["schema"]["fields"]
    frame = pd.read_csv(
        io.BytesIO(content),
        dtype={field["name"]: _dtype(field) for field in fields},
        keep_default_na=False,
        na_values={field["name"]: [""] for field in fields if field["type"] != "string"},
        **EXACT,
    )
    for field in fields:
        if "categories" in field:
            levels, ordered = field["categories"], field.get("categoriesOrdered", False)
            frame[field["name"]] = pd.Categorical(frame[field["name"]], categories=levels, ordered=ordered)
    return frame


def _resource(folder: Path, name: str) -> dict:
    path = folder / "datapackage.json"
    try:
        resource = {r["name"]: r for r in json.loads(_content(path))["resources"]}[name]
        return {key: resource[key] for key in ("path", "hash", "rows", "schema")}
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError):
        damage = f"is damaged: it does not describe {name!r}"
        raise TrialDataError(f"{_shown(path)} {damage}. {_remedy(path)}") from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        damage = (
            "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        )
        raise TrialDataError(f"{_shown(path)} {damage}. {_remedy(path)}") from None


def _damage(content: bytes, resource: dict) -> str:
    if resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest():
        return ""
    try:
        found = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    except ValueError:
        return "is damaged: it cannot be read as a table"
    lacking = [field["name"] for field in resource["schema"]["fields"] if field["name"] not in found]
    if lacking:
        return f"is damaged: it has no column {lacking[0]!r}"
    if len(found) != resource["rows"]:
        return f"is damaged: it has {len(found)} rows instead of {resource['rows']}"
    return "was changed: its values are not those the course was tested with (the checksum differs)"


def _dtype(field: dict) -> str:
    if field["type"] == "string":
        return "str"
    whole = field["type"] == "integer" and field.get("constraints", {}).get("required", False)
    return "int64" if whole else "float64"


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _installed(path: Path) -> bool:
    return path.parent.name == "_data"


def _remedy(path: Path) -> str:
    if _installed(path):
        return "To restore it, install alsteach again."
    command = f"git checkout -- {_shown(path)}"
    return f"To restore it, type `{command}` in the course folder, or download the course again."
