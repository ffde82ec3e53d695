# R's answers for tests/stats/test_cox.py: Rscript tests/reference/cox.R (from the top folder; survival package).
# Writes cox_coefficients.csv, cox_models.csv and cox_dfbeta.csv beside itself.
library(survival)

control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
levels_first <- function(x, first) relevel(factor(x), ref = first)

veteran <- read.csv("datasets/veteran.csv")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))
pbc <- read.csv("datasets/pbc.csv")
for (name in c("bilirubin_mg_dl", "protime_s", "albumin_g_dl")) pbc[[paste0("log_", name)]] <- log(pbc[[name]])
mirocals <- read.csv("datasets/mirocals_like.csv")
mirocals$onset_site <- levels_first(mirocals$onset_site, "limb")
mirocals$log_alsfrs_r_slope <- log(mirocals$alsfrs_r_slope_per_month)
veteran_weeks <- veteran
veteran_weeks$time_days <- ceiling(veteran$time_days / 28) # heavy ties

vet <- ~ treated + karno + celltype + age_years + prior + diagtime_months
mir <- ~ treated + age_years + onset_site + log_alsfrs_r_slope + svc_percent + symptom_duration_months + csf_pnfh_pg_ml
liver <- ~ treated + age_years + edema + log_bilirubin_mg_dl + log_protime_s + log_albumin_g_dl
models <- list(
  veteran_crude = list(veteran, ~ treated),
  veteran_adjusted = list(veteran, vet),
  veteran_interaction = list(veteran, update(vet, ~ . + treated:karno)),
  veteran_weeks_interaction = list(veteran_weeks, update(vet, ~ . + treated:karno)),
  pbc_crude = list(pbc, ~ treated),
  pbc_adjusted = list(pbc, liver),
  pbc_interaction = list(pbc, update(liver, ~ . + treated:log_bilirubin_mg_dl)),
  mirocals_crude = list(mirocals, ~ treated),
  mirocals_adjusted = list(mirocals, mir),
  mirocals_interaction = list(mirocals, update(mir, ~ . + treated:csf_pnfh_pg_ml))
)

coefficients <- data.frame()
fits <- data.frame()
influence <- data.frame()
for (name in names(models)) for (ties in c("efron", "breslow")) {
  data <- models[[name]][[1]]
  fit <- coxph(update(models[[name]][[2]], Surv(time_days, died) ~ .), data, ties = ties, control = control)
  coefficients <- rbind(coefficients, data.frame(
    model = name, ties = ties, term = names(coef(fit)),
    log_hr = format(unname(coef(fit)), digits = 15), se = format(sqrt(diag(vcov(fit))), digits = 15)
  ))
  fits <- rbind(fits, data.frame(
    model = name, ties = ties, n = fit$n, events = fit$nevent, log_likelihood_null = format(fit$loglik[1], digits = 15),
    log_likelihood = format(tail(fit$loglik, 1), digits = 15), score = format(fit$score, digits = 15)
  ))
  change <- as.matrix(residuals(fit, "dfbeta"))
  if (grepl("_interaction$", name)) influence <- rbind(influence, data.frame(
    model = name, ties = ties, row = seq_len(fit$n) - 1,
    treated = format(change[, 1], digits = 12), interaction = format(change[, ncol(change)], digits = 12)
  ))
}
write.csv(coefficients, "tests/reference/cox_coefficients.csv", row.names = FALSE, quote = FALSE)
write.csv(fits, "tests/reference/cox_models.csv", row.names = FALSE, quote = FALSE)
write.csv(influence, "tests/reference/cox_dfbeta.csv", row.names = FALSE, quote = FALSE)
