# R's answers for tests/stats/test_absolute.py: Rscript tests/reference/absolute_effects.R [folder] (from the top
# folder; survival package). Writes absolute_effects_counts.csv and absolute_effects_trials.csv into the folder.
library(survival)

folder <- c(commandArgs(TRUE), "tests/reference")[1]
exact <- function(x) format(unname(x), digits = 15, trim = TRUE)

# Counts: deaths and patients of the active arm, then of the control arm.
cases <- list(
  c(41, 110, 49, 110), c(49, 110, 41, 110), c(5, 20, 5, 20), c(1, 12, 9, 11), c(300, 1000, 330, 990),
  c(9, 10, 1, 10), c(0, 20, 5, 20), c(0, 15, 0, 12), c(7, 7, 2, 9)
)
counts <- data.frame()
for (case in cases) {
  deaths <- case[c(3, 1)] # control first, so that a benefit is positive
  n <- case[c(4, 2)]
  risk <- deaths / n
  wald <- suppressWarnings(prop.test(deaths, n, correct = FALSE))$conf.int
  wilson <- sapply(1:2, function(i) suppressWarnings(prop.test(deaths[i], n[i], correct = FALSE))$conf.int)
  low <- risk[1] - risk[2] - sqrt((risk[1] - wilson[1, 1])^2 + (wilson[2, 2] - risk[2])^2)
  high <- risk[1] - risk[2] + sqrt((wilson[2, 1] - risk[1])^2 + (risk[2] - wilson[1, 2])^2)
  ratio <- rep(NA, 3)
  if (all(deaths > 0) && all(deaths < n)) {
    rows <- data.frame(deaths, alive = n - deaths, active = c(0, 1))
    model <- glm(cbind(deaths, alive) ~ active, binomial("log"), rows,
      start = c(log(risk[1]), log(risk[2] / risk[1])), epsilon = 1e-14
    )
    ratio <- exp(coef(model)[2] + c(0, -1, 1) * qnorm(0.975) * sqrt(vcov(model)[2, 2]))
  }
  counts <- rbind(counts, data.frame(
    deaths_1 = case[1], n_1 = case[2], deaths_0 = case[3], n_0 = case[4], estimate = exact(risk[1] - risk[2]),
    wald_low = exact(wald[1]), wald_high = exact(wald[2]), newcombe_low = exact(low), newcombe_high = exact(high),
    ratio = exact(ratio[1]), ratio_low = exact(ratio[2]), ratio_high = exact(ratio[3])
  ))
}
write.csv(counts, file.path(folder, "absolute_effects_counts.csv"), row.names = FALSE, quote = FALSE)

mirocals <- read.csv("datasets/mirocals_like.csv")
marker <- mirocals$csf_pnfh_pg_ml
trials <- list(
  veteran = read.csv("datasets/veteran.csv"),
  pbc = read.csv("datasets/pbc.csv"),
  mirocals = mirocals,
  mirocals_below = mirocals[marker < 750, ],
  mirocals_low = mirocals[marker >= 750 & marker <= 3700, ],
  mirocals_up_to = mirocals[marker <= 3700, ],
  mirocals_high = mirocals[marker > 3700, ]
)
days <- list(veteran = c(30, 180, 365), pbc = c(365, 1500, 4000))
rows <- data.frame()
for (name in names(trials)) {
  fit <- survfit(Surv(time_days, died) ~ treated, trials[[name]])
  for (day in if (is.null(days[[name]])) c(90, 365, 640) else days[[name]]) {
    at <- summary(fit, times = day, extend = TRUE)
    alive <- at$surv
    se <- at$std.err
    mean <- summary(fit, rmean = day)$table
    gained <- diff(mean[, "rmean"])
    gained_se <- sqrt(sum(mean[, "se(rmean)"]^2))
    rows <- rbind(rows, data.frame(
      trial = name, day = day, risk_1 = exact(1 - alive[2]), risk_0 = exact(1 - alive[1]),
      reduction = exact(alive[2] - alive[1]), reduction_se = exact(sqrt(sum(se^2))),
      log_risk_ratio_se = exact(sqrt(sum((se / (1 - alive))^2))),
      log_survival_ratio_se = exact(sqrt(sum((se / alive)^2))),
      gained = exact(gained), gained_se = exact(gained_se)
    ))
  }
}
write.csv(rows, file.path(folder, "absolute_effects_trials.csv"), row.names = FALSE, quote = FALSE)
