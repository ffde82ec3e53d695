# R's answers for tests/stats/test_curves.py: Rscript tests/reference/survival.R [folder] (from the top folder; survival
# package). Writes survival_curves.csv, survival_tests.csv and survival_means.csv into the folder, by default its own.
library(survival)

folder <- c(commandArgs(TRUE), "tests/reference")[1]
exact <- function(x) format(unname(x), digits = 15, trim = TRUE)

veteran <- read.csv("datasets/veteran.csv")
veteran_weeks <- veteran
veteran_weeks$time_days <- ceiling(veteran$time_days / 28) # heavy ties
pbc <- read.csv("datasets/pbc.csv")
mirocals <- read.csv("datasets/mirocals_like.csv")
low <- mirocals[mirocals$csf_pnfh_pg_ml >= 750 & mirocals$csf_pnfh_pg_ml <= 3700, ]

trials <- list(
  veteran = list(veteran, "treated", 640),
  veteran_celltype = list(veteran, "celltype", 150),
  veteran_weeks = list(veteran_weeks, "treated", 15),
  pbc = list(pbc, "treated", 4000),
  pbc_stage = list(pbc, "stage", 4000),
  mirocals = list(mirocals, "treated", 640),
  mirocals_low = list(low, "treated", 640)
)

curves <- data.frame()
tests <- data.frame()
means <- data.frame()
for (name in names(trials)) {
  data <- trials[[name]][[1]]
  until <- trials[[name]][[3]]
  data$by <- data[[trials[[name]][[2]]]]
  fit <- survfit(Surv(time_days, died) ~ by, data, conf.type = "log-log")
  group <- sub("by=", "", rep(names(fit$strata), fit$strata))
  curves <- rbind(curves, data.frame(
    trial = name, group = group, time = exact(fit$time), at_risk = fit$n.risk, deaths = fit$n.event,
    censored = fit$n.censor, survival = exact(fit$surv), se = exact(fit$surv * fit$std.err),
    ci_low = exact(fit$lower), ci_high = exact(fit$upper)
  ))
  test <- survdiff(Surv(time_days, died) ~ by, data)
  tests <- rbind(tests, data.frame(
    trial = name, by = trials[[name]][[2]], statistic = exact(test$chisq), df = length(test$n) - 1,
    p = exact(pchisq(test$chisq, length(test$n) - 1, lower.tail = FALSE))
  ))
  mean <- summary(fit, rmean = until)$table
  last <- tapply(data$time_days, data$by, max)
  means <- rbind(means, data.frame(
    trial = name, group = sub("by=", "", rownames(mean)), until = until, last = as.vector(last),
    rmst = exact(mean[, "rmean"]), se = exact(mean[, "se(rmean)"])
  ))
}
write.csv(curves, file.path(folder, "survival_curves.csv"), row.names = FALSE, quote = FALSE)
write.csv(tests, file.path(folder, "survival_tests.csv"), row.names = FALSE, quote = FALSE)
write.csv(means, file.path(folder, "survival_means.csv"), row.names = FALSE, quote = FALSE)
