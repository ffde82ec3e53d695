"""The 21 misconceptions that the course confronts, each as a learner would say it."""

from __future__ import annotations

MISCONCEPTIONS = {
    "M1": "A p-value above 0.05 means that there is no effect.",
    "M2": "The adjusted result is the true one.",
    "M3": "Randomisation balances this trial.",
    "M4": "A hazard ratio of 0.32 means that 68 % fewer die.",
    "M5": "Beside an interaction, the treatment's line is the average effect.",
    "M6": "A covariate that has nothing to do with treatment cannot change the hazard ratio.",
    "M7": "The hazard ratio is the same at all times.",
    "M8": "Censored patients survived, or can be dropped.",
    "M9": "Significant here and not there means different.",
    "M10": "The cut-off is biology.",
    "M11": "A prognostic marker tells who responds.",
    "M12": "More Treg means a longer life.",
    "M13": "More IL-2 is better.",
    "M14": "Significant means: prescribe it.",
    "M15": "A median speaks for this patient.",
    "M16": "Figures and references of a secondary report can be trusted unread.",
    "M17": "Adjusting makes the same answer less precise.",
    "M18": "Adjusting or grouping by what happened after randomisation is fair.",
    "M19": "Choosing among planned analyses costs nothing.",
    "M20": "A low dose, or a low value, means the lowest.",
    "M21": "The covariates' hazard ratios are causes.",
}
