# R's answers for tests/data/test_als_registry.py: Rscript tests/reference/prognosis.R (from the top folder; survival package).
# Writes prognosis_hazards.csv, prognosis_curves.csv and prognosis_baseline.csv beside itself.
library(survival)

control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
registry <- read.csv("datasets/als_registry.csv")
people <- registry[registry$visit == 0, ]
people$onset_site <- relevel(factor(people$onset_site), ref = "limb")
people$log2_csf_pnfh <- log2(people$csf_pnfh_pg_ml)
fit <- coxph(
  Surv(time_days, died) ~ onset_site + age_years + diagnostic_delay_months + alsfrs_r_slope_per_month +
    executive_dysfunction + svc_percent + log2_csf_pnfh,
  people, ties = "efron", control = control
)
precise <- function(x) format(unname(x), digits = 15, trim = TRUE)
write.csv(
  data.frame(term = names(coef(fit)), log_hr = precise(coef(fit)), se = precise(sqrt(diag(vcov(fit))))),
  "tests/reference/prognosis_hazards.csv", row.names = FALSE, quote = FALSE
)

rows <- c(1, 50, 300, 600)
curves <- data.frame()
for (row in rows) {
  curve <- survfit(fit, newdata = people[row, ], se.fit = FALSE, conf.type = "none")
  at <- summary(curve, times = c(100, 365, 1000, 2500))
  middle <- quantile(curve, probs = c(0.25, 0.5, 0.75))
  curves <- rbind(curves, data.frame(
    row = row - 1, time = c(at$time, rep(NA, 3)), survival = c(precise(at$surv), rep(NA, 3)),
    died = c(rep(NA, 4), 0.25, 0.5, 0.75), quantile = c(rep(NA, 4), precise(middle))
  ))
}
write.csv(curves, "tests/reference/prognosis_curves.csv", row.names = FALSE, quote = FALSE, na = "")

# With ties of every size, on the veteran trial in four-week months.
veteran <- read.csv("datasets/veteran.csv")
veteran$months <- ceiling(veteran$time_days / 28)
tied <- coxph(Surv(months, died) ~ karno + age_years, veteran, ties = "efron", control = control)
base <- basehaz(tied, centered = TRUE)
base <- base[!duplicated(base$hazard), ]
write.csv(
  data.frame(time = base$time, cumulative_hazard = precise(base$hazard)),
  "tests/reference/prognosis_baseline.csv", row.names = FALSE, quote = FALSE
)
