"""Write docs/own_trial.md: every public survival table that can be had here, read or refused, with R's hazard ratio.

python tools/public_trials.py, from the checkout, with the packages of requirements-dev.txt and Rscript with survival.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import alsteach as al  # noqa: E402
from tests.own_trial import test_other_peoples_trials as others  # noqa: E402
from tests.own_trial.test_every_dataset import mapping_of  # noqa: E402
from tests.own_trial.test_survival_package import analysed, exported  # noqa: E402

HEAD = """# Tables of other people, and what becomes of them

Every table in lifelines, scikit-survival, statsmodels and R's survival package that is about time to an event (those of
R below 100,000 rows), given to `read_trial`, `guess_columns` and `analyse_trial`. Made by
`python tools/public_trials.py`; the tests hold the same figures to 1e-6. HR is unadjusted, of the arm taken as active;
R's is coded by hand in `tests/reference/other_trials.R` and `survival_package.R`, with robust standard errors where
several rows are one person's (diabetic, retinopathy: two eyes).

{analysed} of {all} are analysed ({by_hand} of them after a column was named by hand). The other {refused} are refused,
each in one sentence: most hold no two arms, some several rows a patient or no time to an event.

| table | patients | deaths | named by hand | HR (SE of its logarithm) | R |
|---|---|---|---|---|---|
"""


def figures(log_hr: float, se: float) -> str:
    from math import exp

    return f"{exp(log_hr):.4f} ({se:.4f})"


def row(name: str, found, reference, named: str = "") -> str:
    if isinstance(found, str):
        return f"| {name} | | | | refused: {found} | |"
    crude = found.tables["effects"].loc["unadjusted"]
    return (
        f"| {name} | {found.n} | {found.events} | {named} | {figures(crude['log_hr'], crude['se'])} "
        f"| {figures(reference['log_hr'], reference['se'])} |"
    )


def of_python() -> list[str]:
    rows = []
    for name in sorted({*others.EXPECTED, *others.BY_HAND}):
        trial = others.table(name.split(" (")[0] if name.startswith("lifelines") else name)
        if name in others.BY_HAND:
            found = al.analyse_trial(trial, **mapping_of(name, trial))
            named = ", ".join(f"{role} {value}" for role, value in others.BY_HAND[name].items())
            rows.append(row(name, found, others.REFERENCE.loc[name], named))
        else:
            rows.append(row(name, refusal(trial), None))
    return rows


def refusal(trial: pd.DataFrame) -> str:
    try:
        al.analyse_trial(trial, **al.guess_columns(trial))
    except al.TrialDataError as problem:
        return str(problem)
    raise AssertionError("it was analysed, and nobody has said what R finds")


def of_r() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        files, reference = exported(Path(folder))
        return [
            row(f"survival.{name}", analysed(path), reference.loc[name] if name in reference.index else None)
            for name, path in files.items()
        ]


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    rows = [*of_python(), *of_r()]
    refused = sum("| refused:" in line for line in rows)
    head = HEAD.format(
        all=len(rows),
        refused=refused,
        analysed=len(rows) - refused,
        by_hand=sum(map(bool, others.BY_HAND.values())),
    )
    (ROOT / "docs" / "own_trial.md").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
