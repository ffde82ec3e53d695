# R's answers for tests/own_trial/test_analysis.py: Rscript tests/reference/own_trial.R [folder] (from the top folder;
# survival package). Writes own_trial_arms.csv and own_trial_effects.csv into the folder, by default its own.
library(survival)

folder <- c(commandArgs(TRUE), "tests/reference")[1]
exact <- function(x) format(unname(x), digits = 15, trim = TRUE)

veteran <- read.csv("datasets/veteran.csv")
pbc <- read.csv("datasets/pbc.csv")
for (name in c("bilirubin_mg_dl", "protime_s", "albumin_g_dl")) pbc[[paste0("log_", name)]] <- log(pbc[[name]])

trials <- list(
  veteran = list(veteran, c("karno", "celltype", "age_years", "prior", "diagtime_months"), "karno", 180),
  pbc = list(
    pbc, c("age_years", "edema", "log_bilirubin_mg_dl", "log_protime_s", "log_albumin_g_dl"), "log_bilirubin_mg_dl", 2000
  ),
  pbc_blanks = list(pbc, c("age_years", "cholesterol_mg_dl", "platelets_1000_per_mm3"), "cholesterol_mg_dl", 2000)
)

arms <- data.frame()
effects <- data.frame()
for (name in names(trials)) {
  data <- trials[[name]][[1]]
  covariates <- trials[[name]][[2]]
  marker <- trials[[name]][[3]]
  day <- trials[[name]][[4]]
  curves <- survfit(Surv(time_days, died) ~ treated, data, conf.type = "log-log")
  medians <- quantile(curves, 0.5)
  at <- summary(curves, times = day)
  means <- summary(curves, rmean = day)$table
  arms <- rbind(arms, data.frame(
    trial = name, treated = 0:1, day = day, median = exact(medians$quantile[, 1]),
    median_low = exact(medians$lower[, 1]), median_high = exact(medians$upper[, 1]), alive = exact(at$surv),
    alive_se = exact(at$std.err), mean_days = exact(means[, "rmean"]), mean_days_se = exact(means[, "se(rmean)"]),
    log_rank_p = exact(survdiff(Surv(time_days, died) ~ treated, data)$pvalue)
  ))
  row <- function(model, data, terms) {
    fit <- coxph(reformulate(terms, "Surv(time_days, died)"), data, control = coxph.control(eps = 1e-12, iter.max = 50))
    treated <- summary(fit)$coefficients["treated", ]
    data.frame(
      trial = name, model = model, n = fit$n, deaths = fit$nevent, log_hr = exact(treated["coef"]),
      se = exact(treated["se(coef)"])
    )
  }
  complete <- data[complete.cases(data[covariates]), ]
  complete$at_zero <- complete$treated * complete[[marker]]
  complete$at_mean <- complete$treated * (complete[[marker]] - mean(complete[[marker]]))
  effects <- rbind(
    effects, row("unadjusted", data, "treated"), row("unadjusted_same_patients", complete, "treated"),
    row("adjusted", complete, c("treated", covariates)),
    row("adjusted_interaction", complete, c("treated", covariates, "at_zero")),
    row("adjusted_interaction_mean", complete, c("treated", covariates, "at_mean"))
  )
}
write.csv(arms, file.path(folder, "own_trial_arms.csv"), row.names = FALSE, quote = FALSE)
write.csv(effects, file.path(folder, "own_trial_effects.csv"), row.names = FALSE, quote = FALSE)
