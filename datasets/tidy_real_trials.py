"""Make veteran.csv and pbc.csv from the tables of R's survival package.

    python datasets/tidy_real_trials.py [RAW_FOLDER] [--out FOLDER]

Only names and codes change; no value is rounded, and no row is dropped but the 106 of pbc that were never
randomised. Run refresh_package.py afterwards.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent

PBC_NAMES = {
    "id": "patient_id",
    "treated": "treated",
    "time": "time_days",
    "died": "died",
    "transplanted": "transplanted",
    "age": "age_years",
    "sex": "sex",
    "ascites": "ascites",
    "hepato": "hepatomegaly",
    "spiders": "spiders",
    "edema": "edema",
    "bili": "bilirubin_mg_dl",
    "chol": "cholesterol_mg_dl",
    "albumin": "albumin_g_dl",
    "copper": "copper_ug_day",
    "alk.phos": "alk_phos_u_l",
    "ast": "ast_u_ml",
    "trig": "triglycerides_mg_dl",
    "platelet": "platelets_1000_per_mm3",
    "protime": "protime_s",
    "stage": "stage",
}
PBC_WHOLE = ["ascites", "hepato", "spiders", "chol", "copper", "trig", "platelet", "stage"]


def tidy_veteran(raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": range(1, len(raw) + 1),
            "treated": raw["trt"].map({1: 0, 2: 1}),
            "time_days": raw["time"],
            "died": raw["status"],
            "celltype": raw["celltype"],
            "karno": raw["karno"],
            "diagtime_months": raw["diagtime"],
            "age_years": raw["age"],
            "prior": raw["prior"].map({0: 0, 10: 1}),
        }
    )


def tidy_pbc(raw: pd.DataFrame) -> pd.DataFrame:
    randomised = raw[raw["trt"].notna()]
    tidy = randomised.assign(
        treated=randomised["trt"].map({1: 1, 2: 0}),
        died=(randomised["status"] == 2).astype(int),
        transplanted=(randomised["status"] == 1).astype(int),
        sex=randomised["sex"].map({"f": "female", "m": "male"}),
        **{column: randomised[column].astype("Int64") for column in PBC_WHOLE},
    )
    return tidy[list(PBC_NAMES)].rename(columns=PBC_NAMES)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make veteran.csv and pbc.csv from R's tables.")
    parser.add_argument(
        "raw", nargs="?", type=Path, default=HERE / "raw", help="folder with R's veteran.csv and pbc.csv"
    )
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    options = parser.parse_args()
    for name, tidy in (("veteran.csv", tidy_veteran), ("pbc.csv", tidy_pbc)):
        table = tidy(pd.read_csv(options.raw / name, float_precision="round_trip"))
        table.to_csv(options.out / name, index=False, lineterminator="\n")
        print(f"{name}: {len(table)} rows, {int(table['died'].sum())} deaths")


if __name__ == "__main__":
    main()
