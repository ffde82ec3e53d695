# R's answers for tests/worlds/test_next_trial.py: Rscript tests/reference/next_trial.R (from the top folder; survival package).
# An independent simulation of the world of al.TrialDesign() and of planned trials in it: patients drawn anew, survdiff()
# in each trial; and coxph() in very large ones for what a log-rank comparison settles on.
library(survival)
folder <- c(commandArgs(TRUE), "tests/reference")[1]
exact <- function(x) format(unname(x), digits = 12, trim = TRUE)
set.seed(64020)

logit <- function(p) log(p / (1 - p))
between <- function(low, high, median, z) low + (high - low) * plogis(z + logit((median - low) / (high - low)))
patients <- function(n) { # the defaults of al.TrialDesign()
  z <- rnorm(n)
  pace <- 0.45 * z + sqrt(1 - 0.45^2) * rnorm(n)
  pnfh <- round(exp(7.617 + 0.743 * z))
  age <- round(between(18, 76, 60, 0.95 * rnorm(n)), 1)
  bulbar <- runif(n) < plogis(logit(0.24) + 0.05 * (age - 60))
  months <- round(between(3, 24, 13, 0.9 * rnorm(n) - 0.45 * pace), 1)
  svc <- round(between(70, 130, 93.4, 0.9 * rnorm(n) - 0.25 * pace - 0.25 * bulbar))
  alsfrs <- pmin(pmax(round(48 - exp(-0.45 + 0.55 * pace) * months), 20), 48)
  slope <- log(pmax((48 - alsfrs) / months, 0.05))
  prognosis <- 0.03 * (age - 60) + 0.5 * bulbar + 0.5 * (slope + 0.45) - 0.015 * (svc - 93.4) - 0.05 * (months - 13) +
    0.0001 * (pnfh - exp(7.617))
  data.frame(pnfh, prognosis)
}
pool <- patients(2e6)
inside <- function(pnfh, low, high) pnfh >= low & pnfh <= high
trial <- function(case, n, accrual, follow_up) {
  who <- case$pool[sample.int(nrow(case$pool), n, replace = TRUE), ]
  treated <- rep(0:1, length.out = n)
  works <- inside(who$pnfh, case$works_low, case$works_high)
  log_hr <- ifelse(works, case$log_hr + case$per_pg_ml * who$pnfh, 0)
  scale <- 805 / log(2)^(1 / 1.5)
  dies <- scale * (rexp(n) / exp(who$prognosis + treated * log_hr))^(1 / 1.5)
  end <- follow_up + accrual * runif(n)
  data.frame(treated, time = pmin(dies, end), died = as.numeric(dies <= end))
}
cases <- data.frame(
  case = c("low_group", "diluted", "same_for_all", "fades", "no_effect", "too_small", "diluted_too", "large"),
  low = c(750, 0, 750, 0, 0, 0, 0, 0), high = c(3700, Inf, 3700, Inf, 3700, Inf, Inf, Inf),
  works_low = c(750, 750, 0, 0, 0, 0, 0, 0), works_high = c(3700, 3700, Inf, Inf, Inf, Inf, Inf, Inf),
  log_hr = c(-0.70771, -0.70771, -0.24122, log(0.32), 0, -0.24122, -0.24122, -0.24122),
  per_pg_ml = c(0, 0, 0, 0.0003, 0, 0, 0, 0),
  patients = c(180, 362, 180, 558, 226, 74, 362, 1152),
  accrual = c(392.64375, 550.91875, 392.64375, 849.20625, 436.7, 112.61875, 550.91875, 1753.2),
  follow_up = 21 * 365.25 / 12
)
repeats <- 2500
answers <- data.frame()
for (row in seq_len(nrow(cases))) {
  case <- as.list(cases[row, ])
  eligible <- inside(pool$pnfh, case$low, case$high)
  case$pool <- pool[eligible, ]
  p <- replicate(repeats, {
    data <- trial(case, case$patients, case$accrual, case$follow_up)
    test <- survdiff(Surv(time, died) ~ treated, data)
    c(test$chisq > qchisq(0.95, 1) & test$obs[2] < test$exp[2], sum(data$died))
  })
  large <- trial(case, 4e5, case$accrual, case$follow_up)
  fixed <- trial(case, 4e5, 0, 640)
  cox <- coxph(Surv(time, died) ~ treated, large)
  cox_640 <- coxph(Surv(time, died) ~ treated, fixed)
  answers <- rbind(answers, data.frame(
    cases[row, ], share = exact(mean(eligible)), repeats = repeats, in_favour = exact(mean(p[1, ])),
    deaths = exact(mean(p[2, ])), large_log_hr = exact(coef(cox)), large_se = exact(sqrt(vcov(cox)[1, 1])),
    log_hr_640 = exact(coef(cox_640)), deaths_640 = exact(mean(fixed$died))
  ))
}
write.csv(answers, file.path(folder, "next_trial.csv"), row.names = FALSE, quote = FALSE)
