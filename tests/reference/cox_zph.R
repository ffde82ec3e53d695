# R's answers for tests/stats/test_hazards.py: Rscript tests/reference/cox_zph.R (from the top folder; survival 3).
# Writes cox_zph_tests.csv, cox_zph_residuals.csv and cox_zph_periods.csv beside itself.
library(survival)

control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
exact <- function(x) format(x, digits = 15)

veteran <- read.csv("datasets/veteran.csv")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))
pbc <- read.csv("datasets/pbc.csv")
for (name in c("bilirubin_mg_dl", "protime_s", "albumin_g_dl")) pbc[[paste0("log_", name)]] <- log(pbc[[name]])
mirocals <- read.csv("datasets/mirocals_like.csv")
mirocals$onset_site <- relevel(factor(mirocals$onset_site), ref = "limb")
mirocals$log_alsfrs_r_slope <- log(mirocals$alsfrs_r_slope_per_month)
veteran_weeks <- veteran
veteran_weeks$time_days <- ceiling(veteran$time_days / 28) # heavy ties

vet <- ~ treated + karno + celltype + age_years + prior + diagtime_months
mir <- ~ treated + age_years + onset_site + log_alsfrs_r_slope + svc_percent + symptom_duration_months + csf_pnfh_pg_ml
liver <- ~ treated + age_years + edema + log_bilirubin_mg_dl + log_protime_s + log_albumin_g_dl
models <- list(
  veteran_crude = list(veteran, ~ treated),
  veteran_adjusted = list(veteran, vet),
  veteran_weeks_interaction = list(veteran_weeks, update(vet, ~ . + treated:karno)),
  pbc_crude = list(pbc, ~ treated),
  pbc_adjusted = list(pbc, liver),
  mirocals_crude = list(mirocals, ~ treated),
  mirocals_interaction = list(mirocals, update(mir, ~ . + treated:csf_pnfh_pg_ml))
)

tests <- data.frame()
residuals_of_treatment <- data.frame()
for (name in names(models)) for (ties in c("efron", "breslow")) {
  fit <- coxph(update(models[[name]][[2]], Surv(time_days, died) ~ .), models[[name]][[1]], ties = ties, control = control)
  for (transform in c("km", "rank", "identity", "log")) {
    table <- cox.zph(fit, transform = transform)$table
    tests <- rbind(tests, data.frame(
      model = name, ties = ties, transform = transform, term = rownames(table),
      statistic = exact(table[, "chisq"]), df = table[, "df"], p = exact(table[, "p"])
    ))
  }
  if (!name %in% c("veteran_adjusted", "veteran_weeks_interaction", "pbc_crude")) next
  zph <- cox.zph(fit, terms = FALSE)
  raw <- as.matrix(residuals(fit, "schoenfeld"))
  residuals_of_treatment <- rbind(residuals_of_treatment, data.frame(
    model = name, ties = ties, time = zph$time, first = format(raw[, 1], digits = 11), last = format(raw[, ncol(raw)], digits = 11),
    scaled_first = format(zph$y[, 1], digits = 11), scaled_last = format(zph$y[, ncol(zph$y)], digits = 11)
  ))
}

# Another way to the hazard ratios of the periods: one model on split follow-up, everything separate in each period.
periods <- data.frame()
split_at <- list(veteran = list(veteran, 90, c("karno", "age_years")), pbc = list(pbc, c(730, 1825), "age_years"),
                 mirocals = list(mirocals, c(180, 400), c("age_years", "onset_site")))
for (name in names(split_at)) for (adjusted in c(FALSE, TRUE)) {
  split <- survSplit(Surv(time_days, died) ~ ., split_at[[name]][[1]], cut = split_at[[name]][[2]], episode = "period")
  covariates <- if (adjusted) paste("+", split_at[[name]][[3]], collapse = " ") else ""
  formula <- as.formula(paste("Surv(tstart, time_days, died) ~ (treated", covariates, "):strata(period)"))
  fit <- coxph(formula, split, control = control)
  rows <- grep("^treated", names(coef(fit)))
  periods <- rbind(periods, data.frame(
    trial = name, adjusted = adjusted, period = seq_along(rows) - 1,
    log_hr = exact(unname(coef(fit)[rows])), se = exact(sqrt(diag(vcov(fit)))[rows])
  ))
}
write.csv(tests, "tests/reference/cox_zph_tests.csv", row.names = FALSE, quote = FALSE)
write.csv(residuals_of_treatment, "tests/reference/cox_zph_residuals.csv", row.names = FALSE, quote = FALSE)
write.csv(periods, "tests/reference/cox_zph_periods.csv", row.names = FALSE, quote = FALSE)
