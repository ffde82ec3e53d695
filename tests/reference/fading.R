# R's answers for tests/stats/test_hazards.py (fading effects) and tests/worlds/test_limits.py (the precision of a
# marginal hazard ratio): Rscript tests/reference/fading.R (from the top folder; survival 3). Writes fading.csv,
# marginal_bootstrap.csv and marginal_precision.csv beside itself. About two minutes.
library(survival)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
exact <- function(x) format(unname(x), digits = 15)

veteran <- read.csv("datasets/veteran.csv")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))
others <- c("celltype", "age_years", "prior", "diagtime_months")

# One covariate's effect may differ from period to period, or go with the logarithm of time.
answers <- data.frame()
add <- function(model, fit) {
  kept <- grep("^treated|^karno|^tt", names(coef(fit)))
  answers <<- rbind(answers, data.frame(
    model = model, term = names(coef(fit))[kept], log_hr = exact(coef(fit)[kept]), se = exact(sqrt(diag(vcov(fit)))[kept])
  ))
}
for (covariates in list(character(0), others)) for (ties in c("efron", "breslow")) {
  name <- paste(if (length(covariates)) "all" else "karno", ties, sep = "_")
  right <- paste(c("treated", covariates), collapse = " + ")
  for (cuts in list(90, c(60, 120), c(90, 180))) {
    split <- survSplit(Surv(time_days, died) ~ ., veteran, cut = cuts, episode = "period")
    split$period <- factor(split$period)
    formula <- as.formula(paste("Surv(tstart, time_days, died) ~", right, "+ karno:period"))
    add(paste(name, paste(cuts, collapse = "_"), sep = "_"), coxph(formula, split, ties = ties, control = control))
  }
  formula <- as.formula(paste("Surv(time_days, died) ~", right, "+ karno + tt(karno)"))
  add(paste(name, "log", sep = "_"), coxph(formula, veteran, ties = ties, control = control,
                                           tt = function(x, t, ...) x * log(t + 20)))
}
write.csv(answers, "tests/reference/fading.csv", row.names = FALSE, quote = FALSE)

# The marginal hazard ratio of an adjusted model, as in marginal.R, Efron ties not split: its bootstrap's spread.
marginal <- function(fit, x, time, died) {
  effects <- coef(fit)
  base <- basehaz(fit, centered = FALSE)
  curve <- function(arm) { x[, 1] <- arm; c(1, rowMeans(exp(-outer(base$hazard, exp(drop(x %*% effects)))))) }
  s <- list(curve(0), curve(1))
  censoring <- survfit(Surv(time, 1 - died) ~ 1)
  followed <- c(1, censoring$surv)[findInterval(base$time, censoring$time, left.open = TRUE) + 1]
  deaths <- lapply(s, function(y) followed * -diff(y))
  at_risk <- Map(function(y, d) followed * y[-length(y)] - d / 2, s, deaths)
  score <- function(b) sum(deaths[[2]]) -
    sum((deaths[[1]] + deaths[[2]]) * exp(b) * at_risk[[2]] / (at_risk[[1]] + exp(b) * at_risk[[2]]))
  uniroot(score, c(-5, 5), tol = 1e-9)$root
}
set.seed(2204)
x <- model.matrix(~ treated + karno + celltype, veteran)[, -1]
repeats <- 2000
found <- t(replicate(repeats, {
  rows <- sample(nrow(x), replace = TRUE)
  time <- veteran$time_days[rows]; died <- veteran$died[rows]
  c(coef(coxph(Surv(time, died) ~ x[rows, 1])), marginal(coxph(Surv(time, died) ~ x[rows, ]), x[rows, ], time, died))
}))
write.csv(data.frame(estimate = c("unadjusted", "adjusted_marginal"), sd = round(apply(found, 2, sd), 6), repeats = repeats),
          "tests/reference/marginal_bootstrap.csv", row.names = FALSE, quote = FALSE)

# Page 04's world: 220 patients, half treated, everybody's hazard times 0.6, one covariate of log hazard ratio 1.5.
n <- 220
repeats <- 2000
found <- t(replicate(repeats, {
  x <- cbind(rep(0:1, n / 2), rnorm(n))
  time <- rexp(n) / (0.0012 * exp(log(0.6) * x[, 1] + 1.5 * x[, 2]))
  died <- as.numeric(time <= 640); time <- pmin(time, 640)
  crude <- coxph(Surv(time, died) ~ x[, 1]); fit <- coxph(Surv(time, died) ~ x)
  c(coef(crude), sqrt(vcov(crude)), coef(fit)[1], sqrt(vcov(fit)[1, 1]), marginal(fit, x, time, died))
}))
write.csv(data.frame(estimate = c("unadjusted", "conditional", "adjusted_marginal"),
                     mean = round(colMeans(found[, c(1, 3, 5)]), 6), sd = round(apply(found[, c(1, 3, 5)], 2, sd), 6),
                     mean_se = c(round(colMeans(found[, c(2, 4)]), 6), NA), repeats = repeats),
          "tests/reference/marginal_precision.csv", row.names = FALSE, quote = FALSE)
