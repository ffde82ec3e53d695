"""The published figures, typed here a second time from the reports, and every derived one computed again."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

import alsteach as al

# key: (estimate, CI low, CI high, p, status), typed from the reports and not from the table.
NUMBERS = {
    "mirocals_run_in_weeks_min": (12, None, None, None, "S"),
    "mirocals_run_in_weeks_max": (18, None, None, None, "S"),
    "mirocals_dose_miu": (2, None, None, None, "S"),
    "mirocals_days_on": (5, None, None, None, "S"),
    "mirocals_cycle_days": (28, None, None, None, "S"),
    "mirocals_treatment_months": (18, None, None, None, "S"),
    "mirocals_eligible_age_min_years": (18, None, None, None, "S"),
    "mirocals_eligible_age_max_years": (76, None, None, None, "S"),
    "mirocals_eligible_symptom_duration_max_months": (24, None, None, None, "S"),
    "mirocals_eligible_svc_min_percent": (70, None, None, None, "S"),
    "mirocals_power_percent": (80, None, None, None, "P"),
    "mirocals_power_fold_decrease": (2, None, None, None, "P"),
    "mirocals_endpoint_day": (640, None, None, None, "S"),
    "mirocals_endpoint_months": (21, None, None, None, "S"),
    "mirocals_n_randomised": (220, None, None, None, "P"),
    "mirocals_n_il2": (110, None, None, None, "P"),
    "mirocals_n_placebo": (110, None, None, None, "P"),
    "mirocals_clinics": (17, None, None, None, "P"),
    "mirocals_deaths": (90, None, None, None, "P"),
    "mirocals_deaths_percent": (41, None, None, None, "P"),
    "mirocals_deaths_il2": (41, None, None, None, "P"),
    "mirocals_deaths_placebo": (49, None, None, None, "P"),
    "mirocals_alive_il2": (69, None, None, None, "P"),
    "mirocals_alive_placebo": (61, None, None, None, "P"),
    "mirocals_lost_before_day_640": (0, None, None, None, "D"),
    "mirocals_age_median_years": (60, None, None, None, "P"),
    "mirocals_men_percent": (62, None, None, None, "P"),
    "mirocals_possible_als_percent": (11, None, None, None, "P"),
    "mirocals_hr_unadjusted": (0.81, 0.54, 1.22, 0.33, "S"),
    "mirocals_hr_adjusted": (0.32, 0.14, 0.73, 0.007, "S"),
    "mirocals_interaction_p": (None, None, None, 0.001, "S"),
    "mirocals_interaction_hr_ratio": (1.0003, 1.0001, 1.0005, None, "U"),
    "mirocals_low_pnfh_from_pg_ml": (750, None, None, None, "S"),
    "mirocals_low_pnfh_to_pg_ml": (3700, None, None, None, "S"),
    "mirocals_share_low_pnfh_percent": (70, None, None, None, "S"),
    "mirocals_hr_low_pnfh": (0.52, 0.30, 0.89, 0.016, "S"),
    "mirocals_alive_low_pnfh_il2_percent": (72, None, None, None, "P"),
    "mirocals_alive_low_pnfh_placebo_percent": (54, None, None, None, "P"),
    "mirocals_alsfrs_r_slowing_low_pnfh_percent": (23, None, None, None, "P"),
    "mirocals_hr_high_pnfh": (1.37, None, None, None, "P"),
    "mirocals_share_high_pnfh_percent": (21, None, None, None, "P"),
    "mirocals_share_below_750_percent": (9, None, None, None, "D"),
    "mirocals_share_low_to_moderate_percent": (79, None, None, None, "P"),
    "mirocals_topline_2022_reduction_low_to_moderate_percent": (43, None, None, None, "P"),
    "mirocals_topline_2022_reduction_adjusted_percent": (73, None, None, None, "P"),
    "mirocals_reduction_adjusted_percent": (68, None, None, None, "D"),
    "mirocals_se_floor_unadjusted": (0.211, None, None, None, "D"),
    "mirocals_ci_factor_floor_unadjusted": (1.51, None, None, None, "D"),
    "mirocals_se_printed_unadjusted": (0.208, None, None, None, "D"),
    "mirocals_se_printed_adjusted": (0.42, None, None, None, "D"),
    "mirocals_se_ratio": (2, None, None, None, "D"),
    "mirocals_deaths_equivalent_adjusted": (23, None, None, None, "D"),
    "mirocals_n_low_pnfh": (154, None, None, None, "D"),
    "mirocals_deaths_low_pnfh": (57, None, None, None, "D"),
    "mirocals_deaths_low_pnfh_implied": (52, None, None, None, "D"),
    "reading_log_hr_slope": (0.0003, None, None, None, "U"),
    "reading_hr_at_zero": (0.32, None, None, None, "U"),
    "reading_pnfh_at_hr_0_52": (1620, None, None, None, "U"),
    "reading_pnfh_at_hr_1": (3800, None, None, None, "U"),
    "reading_pnfh_at_hr_1_37": (4850, None, None, None, "U"),
    "simulated_hr_unadjusted": (0.80, None, None, None, "U"),
    "simulated_hr_adjusted": (0.94, None, None, None, "U"),
    "simulated_hr_at_zero": (0.305, None, None, None, "U"),
    "simulated_se_at_zero": (0.41, None, None, None, "U"),
    "simulated_hr_at_mean": (0.70, None, None, None, "U"),
    "simulated_se_ordinary_adjustment": (0.24, None, None, None, "U"),
    "imodals_n_randomised": (36, None, None, None, "P"),
    "imodals_n_per_arm": (12, None, None, None, "P"),
    "imodals_dose_high_miu": (2, None, None, None, "P"),
    "imodals_dose_low_miu": (1, None, None, None, "P"),
    "imodals_days_on": (5, None, None, None, "P"),
    "imodals_cycle_weeks": (4, None, None, None, "P"),
    "imodals_n_cycles": (3, None, None, None, "P"),
    "imodals_treg_change_p": (None, None, None, 0.0001, "P"),
    "tofersen_function_difference": (1.2, -3.2, 5.5, 0.97, "P"),
    "imodals_treg_change_2miu_points": (6.2, None, None, None, "U"),
    "imodals_treg_change_1miu_points": (3.9, None, None, None, "U"),
    "imodals_treg_change_placebo_points": (-0.49, None, None, None, "U"),
    "imodals_ccl2_p": (None, None, None, 0.0049, "U"),
    "imodals_serious_events_drug_related": (0, None, None, None, "P"),
    "il2_high_dose_miu_per_kg": (0.6, None, None, None, "P"),
    "il2_treg_times_as_sensitive": (10, None, None, None, "P"),
    "als_dead_within_3_years_percent": (50, None, None, None, "P"),
    "als_survival_years_low": (3, None, None, None, "P"),
    "als_survival_years_high": (5, None, None, None, "P"),
    "als_hr_alsfrs_r_slope": (2.8, None, None, 0.0001, "P"),
    "als_hr_bulbar_onset": (1.7, None, None, 0.012, "P"),
    "als_hr_executive_dysfunction": (2.11, None, None, 0.001, "P"),
    "als_se_alsfrs_r_slope": (0.265, None, None, None, "D"),
    "als_se_bulbar_onset": (0.211, None, None, None, "D"),
    "als_se_executive_dysfunction": (0.227, None, None, None, "D"),
    "als_hr_age_per_year": (1.02, 1.01, 1.04, 0.01, "P"),
    "als_hr_symptom_duration_per_year": (0.74, 0.63, 0.87, 0.001, "P"),
    "als_hr_vital_capacity_per_percent": (0.99, 0.98, 1.00, 0.02, "P"),
    "als_svc_decline_points_per_month": (2.7, 2.5, 3.0, None, "P"),
    "als_typical_range_covers_percent": (40, None, None, None, "P"),
    "riluzole_hr": (0.84, 0.698, 0.997, None, "P"),
    "riluzole_alive_1_year_percent": (58, None, None, None, "P"),
    "riluzole_alive_1_year_placebo_percent": (49, None, None, None, "P"),
    "riluzole_median_months": (14.8, None, None, None, "P"),
    "riluzole_median_placebo_months": (11.8, None, None, None, "P"),
    "edaravone_first_trial_points": (0.65, None, None, 0.411, "P"),
    "edaravone_second_trial_points": (2.49, None, None, 0.0013, "P"),
    "als_within_half_and_twice_median_percent": (50, None, None, None, "P"),
    "t1d_il2_n_per_group": (6, None, None, None, "P"),
    "t1d_il2_events_placebo": (1, None, None, None, "P"),
    "t1d_il2_events_1_miu": (5, None, None, None, "P"),
    "quotation_errors_percent": (25.4, 19.5, 32.4, None, "P"),
}

# key: (words the statement must hold, status)
STATEMENTS = {
    "mirocals_design": (["ouble-blind", "placebo-controlled", "1:1", "riluzole", "12-18 weeks"], "S"),
    "mirocals_arms": (["2 MIU", "5 days", "28 days", "18 months", "placebo", "both with riluzole"], "S"),
    "mirocals_eligibility": (["ossible to definite", "El Escorial", "18-76", "24 months", "70 %"], "S"),
    "mirocals_stratification": (["country", "UK", "France", "site of onset", "bulbar", "limb"], "P"),
    "mirocals_power": (["80 %", "two-fold", "log-rank", "intention to treat"], "P"),
    "mirocals_primary_endpoint": (["urvival", "640 days", "21 months"], "S"),
    "mirocals_countries": (["UK", "France"], "P"),
    "mirocals_low_group_changed": (["3,700", "2022", "750-3,700", "2025"], "P"),
    "mirocals_treg": (["up", "throughout"], "S"),
    "mirocals_ccl2": (["down", "throughout"], "S"),
    "mirocals_safety": (["ell tolerated", "injection-site", "flu-like", "mild to moderate"], "S"),
    "mirocals_standing": (["do not recommend", "outside trials"], "S"),
    "mirocals_functional_difference": (["No functional difference", "primary analysis"], "S"),
    "mirocals_replication": (["needed"], "S"),
    "mirocals_both_analyses_primary": (["unadjusted", "adjusted Cox", "primary endpoint"], "P"),
    "reading_statement": (["no proof", "uncentred", "zero pNFH", "not mean that nobody benefits"], "U"),
    "reading_alternatives": (["hance imbalance", "on-collapsibility", "ovariates", "fewer analysed"], "U"),
    "lancet_comment_caution": (["hase 2", "phase 3", "false positives"], "P"),
    "imodals_design": (["ingle centre", "12", "2 MIU", "1 MIU", "3 cycles", "October to December 2015"], "P"),
    "imodals_ccl2": (["ose-dependent decrease"], "S"),
    "imodals_nfl": (["No significant difference"], "U"),
    "imodals_nonserious_events": (["more frequent", "both doses"], "P"),
    "treg_infusions": (["Safe", "handful", "progression"], "P"),
    "als_older_age": (["worse"], "P"),
    "als_diagnostic_delay": (["shorter", "worse"], "P"),
    "als_csf_neurofilament": (["higher", "fast"], "P"),
    "als_trials_without_success": (["50 randomised trials", "riluzole was the exception"], "P"),
    "edaravone_everyday_care": (["324", "matched", "not differ significantly", "survival"], "P"),
    "edaravone_adore": (["by mouth", "no benefit", "48 weeks", "survival"], "P"),
    "il2_receptor_nk_measured": (["25 pmol/L", "high-affinity", "1900 pmol/L", "intermediate-affinity"], "P"),
    "il2_receptor_other_laboratory": (["intermediate-affinity", "200 pmol/L"], "P"),
    "il2_receptor_cells": (
        ["dimeric", "memory T cells and NK cells", "trimeric", "Treg", "some NK cells"],
        "P",
    ),
    "il2_treg_tenfold": (["STAT5", "about 10-fold lower", "memory T cells"], "P"),
    "il2_bright_nk_receptor": (["small subset of NK cells", "high-affinity", "multiplies"], "P"),
    "il2_bright_nk_response": (["CD56-bright NK cells", "markedly"], "P"),
    "il2_nk_eosinophils": (["ild activation", "NK cells and eosinophils"], "P"),
    "il2_daily_gvhd": (["more than fivefold", "more than fourfold", "did not change significantly"], "P"),
    "il2_daily_wanes": (["fall later", "did not improve Treg or response", "5 of 10"], "P"),
    "il2_treg_return": (["3 days after each course", "back at baseline before the next"], "P"),
    "il2_liver_rejection": (["rise of Treg in blood", "stopped", "rejection"], "P"),
    "il2_high_dose_mice": (["raised Treg further", "diabetes"], "P"),
    "il2_high_dose_label": (["0.6 MIU per kg", "every 8 hours", "at most 14 doses", "capillary leak"], "P"),
    "imodals_responders": (["dose-dependent", "little, moderately and strongly"], "P"),
    "als_treg_mice": (["Treg", "protective microglia", "mice lived longer"], "P"),
    "als_treg_patients": (["fast", "fewer Treg", "suppressed less"], "P"),
    "als_treg_expansion_mice": (["survival of mice", "slower progression", "does not show"], "P"),
    "als_ccl2": (["cerebrospinal fluid", "one found it raised in blood too, the other did not"], "P"),
    "als_neuroinflammation": (["protect motor neurons", "later", "harm"], "P"),
    "tofersen_nfl": (["eurofilament light chain", "more with tofersen than with placebo"], "P"),
    "tofersen_function": (["−6.98", "−8.14", "1.2 points", "−3.2 to 5.5", "p = 0.97"], "P"),
    "tofersen_function_tests": (["ranks", "deaths", "model of the scores"], "U"),
    "tofersen_extension": (["−6.0", "−9.5", "28 weeks later", "not adjusted for multiplicity"], "P"),
    "tofersen_approval": (["April 2023", "accelerated approval", "neurofilament", "confirmatory"], "P"),
    "tofersen_committee": (["9 to 0", "reasonably likely", "no convincing evidence"], "P"),
    "report_kings_college": (["safe and effective", "did not improve overall", "about 80 %"], "P"),
    "report_iltoo": (
        ["significantly improves survival", "not met overall", "over 40 %", "80 % of the patients"],
        "P",
    ),
    "report_medpath": (
        ["12 % increase", "not significant", "18 % more likely", "post-hoc", "pre-specified"],
        "P",
    ),
    "report_medwire": (["19 %", "48 %", "70 %", "750-3,700", "37 %", "21 %"], "P"),
    "mirocals_adjusted_for_pnfh": (["2022", "CSF-pNFH", "pre-specified"], "P"),
    "mirocals_interests": (["ILTOO Pharma", "exclusive licence", "inventors", "patent application"], "P"),
    "mirocals_clinical_studies_group": (["might", "more data are needed", "phase 3", "early access"], "P"),
    "als_guideline_2024": (["February 2024", "cannot have weighed"], "P"),
    "als_phase_2_warning": (["failing in phase 3", "multiplicity", "false hope"], "P"),
    "il2_low_dose_safety_review": (["low platelet counts", "no symptomatic venous thromboembolism"], "P"),
    "risk_formats_review": (["Natural frequencies", "better than percentages"], "P"),
    "risk_formats_trial": (["relative risk reduction", "more often", "absolute form"], "P"),
    "framing_survival": (["more often", "living", "dying", "physicians"], "P"),
    "icon_arrays_understood": (["better understood"], "P"),
}


@pytest.fixture(scope="module")
def table():
    return al.load_published_results().set_index("key", verify_integrity=True)


def value(key: str) -> float:
    return al.published(key).estimate


def log_hr_se(key: str) -> float:
    figure = al.published(key)
    return math.log(figure.ci_high / figure.ci_low) / (2 * 1.96)


def implied_se(key: str) -> float:
    figure = al.published(key)
    return math.log(figure.estimate) / NormalDist().inv_cdf(1 - figure.p_value / 2)


def pnfh_at(hr: float) -> float:
    return math.log(hr / value("mirocals_hr_adjusted")) / math.log(value("mirocals_interaction_hr_ratio"))


DERIVED = {
    "mirocals_lost_before_day_640": lambda: (
        value("mirocals_n_randomised")
        - (value("mirocals_alive_il2") + value("mirocals_alive_placebo") + value("mirocals_deaths"))
    ),
    "mirocals_share_below_750_percent": lambda: (
        100 - value("mirocals_share_low_pnfh_percent") - value("mirocals_share_high_pnfh_percent")
    ),
    "mirocals_reduction_adjusted_percent": lambda: 100 * (1 - value("mirocals_hr_adjusted")),
    "mirocals_se_floor_unadjusted": lambda: 2 / math.sqrt(value("mirocals_deaths")),
    "mirocals_ci_factor_floor_unadjusted": lambda: math.exp(1.96 * 2 / math.sqrt(value("mirocals_deaths"))),
    "mirocals_se_printed_unadjusted": lambda: log_hr_se("mirocals_hr_unadjusted"),
    "mirocals_se_printed_adjusted": lambda: log_hr_se("mirocals_hr_adjusted"),
    "mirocals_se_ratio": lambda: log_hr_se("mirocals_hr_adjusted") / log_hr_se("mirocals_hr_unadjusted"),
    "mirocals_deaths_equivalent_adjusted": lambda: 4 / log_hr_se("mirocals_hr_adjusted") ** 2,
    "mirocals_n_low_pnfh": lambda: (
        value("mirocals_n_randomised") * value("mirocals_share_low_pnfh_percent") / 100
    ),
    "mirocals_deaths_low_pnfh": lambda: (
        value("mirocals_n_low_pnfh")
        * (1 - sum(value(f"mirocals_alive_low_pnfh_{arm}_percent") for arm in ("il2", "placebo")) / 200)
    ),
    "mirocals_deaths_low_pnfh_implied": lambda: 4 / log_hr_se("mirocals_hr_low_pnfh") ** 2,
    "als_se_alsfrs_r_slope": lambda: implied_se("als_hr_alsfrs_r_slope"),
    "als_se_bulbar_onset": lambda: implied_se("als_hr_bulbar_onset"),
    "als_se_executive_dysfunction": lambda: implied_se("als_hr_executive_dysfunction"),
}
DERIVED_FROM_UNVERIFIED = {
    "reading_log_hr_slope": lambda: math.log(value("mirocals_interaction_hr_ratio")),
    "reading_hr_at_zero": lambda: value("mirocals_hr_adjusted") * value("mirocals_interaction_hr_ratio") ** 0,
    "reading_pnfh_at_hr_0_52": lambda: round(pnfh_at(value("mirocals_hr_low_pnfh")), -1),
    "reading_pnfh_at_hr_1": lambda: round(pnfh_at(1), -1),
    "reading_pnfh_at_hr_1_37": lambda: round(pnfh_at(value("mirocals_hr_high_pnfh")), -1),
}


def test_every_row_is_typed_a_second_time(table):
    assert set(table.index) == set(NUMBERS) | set(STATEMENTS)
    assert not set(NUMBERS) & set(STATEMENTS)


@pytest.mark.parametrize("key", NUMBERS)
def test_number_is_as_reported(table, key):
    *numbers, status = NUMBERS[key]
    found = table.loc[key, ["estimate", "ci_low", "ci_high", "p_value"]]
    assert [None if math.isnan(x) else x for x in found] == numbers
    assert table.loc[key, "status"] == status


@pytest.mark.parametrize("key", STATEMENTS)
def test_statement_says_what_was_reported(table, key):
    words, status = STATEMENTS[key]
    assert math.isnan(table.loc[key, "estimate"])
    assert math.isnan(table.loc[key, "p_value"])
    assert [word for word in words if word not in table.loc[key, "statement"]] == []
    assert table.loc[key, "status"] == status


def test_every_derived_row_is_computed_again(table):
    assert set(table.index[table["status"] == "D"]) == set(DERIVED)


@pytest.mark.parametrize("key", [*DERIVED, *DERIVED_FROM_UNVERIFIED])
def test_derived_number(key):
    figure = al.published(key)
    again = {**DERIVED, **DERIVED_FROM_UNVERIFIED}[key]()
    assert round(again, int(figure.decimals)) == figure.estimate
    assert figure.note.startswith("arithmetic: ")
    printed = figure.note.split(" = ")[1].split(";")[0].strip()
    assert round(again, len(printed.partition(".")[2])) == float(printed)


def test_what_comes_from_an_unverified_figure_is_unverified(table):
    assert set(table.loc[list(DERIVED_FROM_UNVERIFIED), "status"]) == {"U"}


def test_simulated_figures_are_never_passed_off_as_the_trials(table):
    ours = table[table.index.str.startswith(("simulated_", "reading_"))]
    assert len(ours) == 13
    assert not ours["trial"].isin(["MIROCALS", "IMODALS"]).any()
    assert ours["population"].str.contains("not patients").all()
    assert (ours["status"] == "U").all()


def test_intervals_hold_their_estimate(table):
    with_ci = table[table["ci_low"].notna()]
    assert len(with_ci) >= 4
    assert (with_ci["ci_low"] < with_ci["estimate"]).all()
    assert (with_ci["estimate"] < with_ci["ci_high"]).all()
    assert (table["ci_low"].isna() == table["ci_high"].isna()).all()


def test_decimals_are_enough_to_print_each_number(table):
    numbers = table[table["estimate"].notna()]
    for column in ("estimate", "ci_low", "ci_high"):
        for key, x in numbers[column].dropna().items():
            assert round(x, int(numbers.loc[key, "decimals"])) == x, (key, column)


def test_a_number_has_unit_decimals_and_relation_and_nothing_else_has(table):
    has = table["estimate"].notna()
    for column, blank in (("unit", table["unit"] == ""), ("relation", table["estimate_relation"] == "")):
        assert (blank == ~has).all(), column
    assert (table["decimals"].notna() == has).all()
    assert (table["p_value"].notna() <= table["p_relation"].isin(["=", "<"])).all()
    assert table.index[table["p_relation"] == "not significant"].tolist() == ["mirocals_hr_high_pnfh"]


def test_every_row_can_be_traced(table):
    references = al.load_references().set_index("key", verify_integrity=True)
    assert (table["source"] != "").all()
    traced = 0
    for key, row in table.iterrows():
        cited = row["reference"].split("; ")
        assert set(cited) <= set(references.index), key
        for reference in cited:
            doi, pmid, other_id = references.loc[reference, ["doi", "pmid", "other_id"]]
            identifiers = [x for x in (doi, doi.partition("/")[2], pmid, other_id) if x]
            if identifiers:
                assert [x for x in identifiers if x in row["source"]], (key, reference)
                traced += 1
    assert traced > 100
    for source in table.loc[table["trial"] == "MIROCALS", "source"]:
        if "Bensimon" in source:
            assert "doi:10.1016/S0140-6736(25)00262-4, PMID 40354799" in source


def test_imodals_goes_by_the_authors_of_its_own_doi():
    references = al.load_references().set_index("key")
    assert references.loc["camu_2020", "doi"] == "10.1016/j.ebiom.2020.102844"
    assert references.loc["camu_2020", "pmid"] == "32651161"
    assert references.loc["camu_2020", "citation"].startswith("Camu W, Mickunas M, Veyrune JL")


def test_the_unconfirmed_reference_carries_no_doi():
    references = al.load_references().set_index("key")
    assert references.loc["zetterberg_2016", ["doi", "verified"]].tolist() == ["", "no"]
    assert "Not to be cited" in references.loc["zetterberg_2016", "note"]
    jama_neurology = "10.1001/jamaneurol.2015"  # what volume 73(1) was numbered under
    assert not al.load_references().astype(str).apply(lambda c: c.str.contains(jama_neurology)).any(axis=None)
    assert "zetterberg_2016" not in "; ".join(al.load_published_results()["reference"])


def test_references_are_verified_or_say_what_is_not_known():
    references = al.load_references()
    assert set(references["verified"]) == {"yes", "no"}
    assert (references.loc[references["verified"] == "no", "note"] != "").all()
    dois = references.loc[references["doi"] != "", "doi"]
    assert dois.str.match(r"10\.\d{4,5}/\S+$").all()
    assert dois.is_unique
    for key in (
        "bensimon_2025",
        "beers_2011",
        "beers_2017",
        "benatar_2024",
        "camu_2020",
        "de_schaepdryver_2019",
    ):
        assert references.set_index("key").loc[key, "verified"] == "yes"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("mirocals_hr_unadjusted", "HR 0.81 (95 % CI 0.54-1.22), p = 0.33"),
        ("mirocals_hr_adjusted", "HR 0.32 (95 % CI 0.14-0.73), p = 0.007"),
        ("mirocals_hr_low_pnfh", "HR 0.52 (95 % CI 0.30-0.89), p = 0.016"),
        ("mirocals_hr_high_pnfh", "HR 1.37, not significant"),
        ("mirocals_interaction_p", "p = 0.001"),
        (
            "mirocals_interaction_hr_ratio",
            "HR ratio 1.0003 per pg/mL (95 % CI 1.0001-1.0005) (unverified)",
        ),
        ("mirocals_deaths_il2", "41 deaths"),
        ("mirocals_share_low_pnfh_percent", "about 70 %"),
        ("mirocals_lost_before_day_640", "0 patients"),
        ("mirocals_low_pnfh_to_pg_ml", "3,700 pg/mL"),
        ("mirocals_se_floor_unadjusted", "at least SE 0.211"),
        ("mirocals_ci_factor_floor_unadjusted", "at least ×/÷ 1.51"),
        ("mirocals_power_fold_decrease", "2-fold"),
        ("mirocals_se_ratio", "about 2"),
        ("imodals_treg_change_p", "p < 0.0001"),
        ("imodals_treg_change_2miu_points", "+6.2 points (SD 2.2) (unverified)"),
        ("imodals_treg_change_placebo_points", "−0.49 points (SD 1.3) (unverified)"),
        ("als_hr_bulbar_onset", "HR 1.7, p = 0.012"),
        ("als_hr_alsfrs_r_slope", "HR 2.8, p < 0.0001"),
        ("mirocals_primary_endpoint", "Survival at 640 days (21 months)."),
        ("imodals_nfl", "No significant difference between the arms. (unverified)"),
    ],
)
def test_text_is_as_a_sentence_would_quote_it(key, text):
    assert al.published(key).text == text
    assert str(al.published(key)) == text


def test_unverified_is_said_of_exactly_the_unverified(table):
    for key, status in table["status"].items():
        figure = al.published(key)
        assert figure.text.endswith("(unverified)") == (status == "U") == (not figure.verified), key
        assert "nan" not in figure.text
        assert figure.text.strip()


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("mirocals_hr", "did you mean mirocals_hr_unadjusted or mirocals_hr_adjusted"),
        ("mirocals_hr_ajusted", "mirocals_hr_adjusted"),
        ("Mirocals_deaths_IL2", "mirocals_deaths_il2"),
        ("zzz", r"load_published_results\(\)\['key'\] has them all"),
        (7, "There is no published figure 7"),
    ],
)
def test_an_unknown_key_gets_near_matches(key, near):
    with pytest.raises(al.TrialDataError, match=near):
        al.published(key)


def test_ordinary_adjustment_rarely_passes_the_standard_error_quoted():
    trials = al.simulate_trials(al.TrialDesign(), 500, 1)
    covariates = trials.covariates
    covariates = (covariates - covariates.mean((0, 1))) / covariates.std((0, 1))
    model = np.concatenate([trials.treated[:, :, None], covariates], axis=2)
    se = al.fit_cox_many(trials.time_days, trials.died, model).se[:, 0]
    quoted = al.published("simulated_se_ordinary_adjustment")
    assert trials.died.sum(1).mean() == pytest.approx(90, abs=1.5)
    assert 0.02 < (se > quoted.estimate).mean() < 0.08  # "about 5 of 100" in its note
