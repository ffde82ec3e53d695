"""The tables of R's survival package, as files: read and analysed with R's own figures, or refused in a sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pandas as pd
import pytest

import alsteach as al

pytestmark = [pytest.mark.needs_r, pytest.mark.slow]
SCRIPT = Path(__file__).parents[1] / "reference" / "survival_package.R"
SEVERAL_ROWS = "this analysis needs one row a patient"
# What cannot be analysed as it stands: why, in the refusal's words.
REFUSED = {
    "bladder": SEVERAL_ROWS,
    "bladder1": SEVERAL_ROWS,
    "bladder2": SEVERAL_ROWS,
    "cgd": "'Follow-up time'",  # tstart and tstop
    "cgd0": "'Event'",  # a column for each infection
    "colon": SEVERAL_ROWS,
    "pbc": "cannot be told which of them means died",  # 0 censored, 1 transplanted, 2 dead
    "pbcseq": SEVERAL_ROWS,
    "rats2": SEVERAL_ROWS,
    "rhDNase": "there are dates",
    "udca": "there are dates",
    "udca2": SEVERAL_ROWS,
}


def exported(folder: Path) -> tuple[dict, pd.DataFrame]:
    """Return the tables' files by name, and R's figures of those that compare two arms."""
    subprocess.run(["Rscript", str(SCRIPT), str(folder)], check=True, capture_output=True)
    files = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    return files, pd.read_csv(folder / "figures" / "figures.csv").set_index("name")


def analysed(path: Path):
    """Return the analysis of a file as it is guessed, or the refusal."""
    try:
        table = al.read_trial(path)
        return al.analyse_trial(table, **al.guess_columns(table))
    except al.TrialDataError as refusal:
        return str(refusal)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("survival"))


def test_every_table_is_analysed_as_in_r_or_refused_in_a_sentence(package):
    files, figures = package
    assert len(files) >= 45
    for name, path in files.items():
        found = analysed(path)
        if name in figures.index:
            crude = found.tables["effects"].loc["unadjusted"]
            assert [found.n, found.events] == figures.loc[name, ["n", "events"]].tolist(), name
            assert crude["log_hr"] == pytest.approx(figures.loc[name, "log_hr"], abs=1e-6), name
            assert crude["se"] == pytest.approx(figures.loc[name, "se"], abs=1e-6), name
        else:
            assert isinstance(found, str), f"{name}: analysed, though nobody has said by what"
            assert REFUSED.get(name, "No column is chosen in '") in found or "start/stop" in found, (
                f"{name}: {found}"
            )
            assert found.endswith(".")
