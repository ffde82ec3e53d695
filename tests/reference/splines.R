# R's answers for tests/stats/test_shapes.py: Rscript tests/reference/splines.R (from the top folder; survival 3).
# Writes splines_basis.csv, splines_models.csv and splines_effects.csv beside itself.
library(survival)
library(splines)

control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
exact <- function(x) format(x, digits = 15, trim = TRUE)

# Harrell's restricted cubic spline, written out term by term.
rcs <- function(x, knots) {
  k <- length(knots)
  plus <- function(u) ifelse(u > 0, u^3, 0)
  terms <- x
  for (j in 1:(k - 2)) {
    bent <- plus(x - knots[j]) -
      plus(x - knots[k - 1]) * (knots[k] - knots[j]) / (knots[k] - knots[k - 1]) +
      plus(x - knots[k]) * (knots[k - 1] - knots[j]) / (knots[k] - knots[k - 1])
    terms <- cbind(terms, bent / (knots[k] - knots[1])^2)
  }
  unname(as.matrix(terms))
}

# Where Harrell puts the knots.
places <- function(x, k) {
  q <- list(`3` = c(0.1, 0.5, 0.9), `4` = c(0.05, 0.35, 0.65, 0.95), `5` = c(0.05, 0.275, 0.5, 0.725, 0.95))[[as.character(k)]]
  knots <- unname(quantile(x, q))
  if (length(x) < 100) knots[c(1, k)] <- sort(x)[c(5, length(x) - 4)]
  knots
}

veteran <- read.csv("datasets/veteran.csv")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))
veteran_weeks <- veteran
veteran_weeks$time_days <- ceiling(veteran$time_days / 28) # heavy ties
pbc <- read.csv("datasets/pbc.csv")
mirocals <- read.csv("datasets/mirocals_like.csv")
mirocals$onset_site <- relevel(factor(mirocals$onset_site), ref = "limb")
mirocals$log_alsfrs_r_slope <- log(mirocals$alsfrs_r_slope_per_month)
small <- mirocals[1:90, ] # fewer than 100 patients: outer knots at the fifth smallest and largest value

mir <- ~ age_years + onset_site + log_alsfrs_r_slope + svc_percent + symptom_duration_months
trials <- list(
  mirocals = list(mirocals, mir, "csf_pnfh_pg_ml", c(100, 750, 1620, 2824, 3700, 6000, 12000)),
  small = list(small, ~ age_years, "csf_pnfh_pg_ml", c(750, 2824, 6000)),
  veteran = list(veteran, ~ celltype + age_years, "karno", c(10, 30, 60, 90)),
  veteran_weeks = list(veteran_weeks, ~ age_years, "karno", c(10, 30, 60, 90)),
  pbc = list(pbc, ~ age_years + edema, "bilirubin_mg_dl", c(0.3, 1, 3, 10, 28))
)

models <- data.frame()
effects <- data.frame()
for (trial in names(trials)) for (ties in c("efron", "breslow")) for (shape in c("linear", "log", "spline3", "spline4", "spline5")) {
  data <- trials[[trial]][[1]]
  marker <- data[[trials[[trial]][[3]]]]
  at <- trials[[trial]][[4]]
  k <- suppressWarnings(as.integer(sub("spline", "", shape)))
  knots <- numeric(0)
  basis <- list(linear = function(x) as.matrix(x), log = function(x) as.matrix(log(x)))[[shape]]
  if (startsWith(shape, "spline")) {
    knots <- places(marker, k)
    if (any(diff(knots) <= 0)) next
    basis <- function(x) rcs(x, knots)
  }
  centre <- colMeans(basis(marker))
  centred <- function(x) sweep(basis(x), 2, centre)
  y <- Surv(data$time_days, data$died)
  others <- model.matrix(trials[[trial]][[2]], data)[, -1, drop = FALSE]
  main <- centred(marker)
  fit <- function(crossed) {
    x <- cbind(data$treated, others, main, if (crossed > 0) main[, 1:crossed, drop = FALSE] * data$treated)
    coxph(y ~ x, ties = ties, control = control)
  }
  full <- fit(ncol(main))
  none <- fit(0)
  p_of <- function(smaller, df) pchisq(2 * (full$loglik[2] - smaller$loglik[2]), df, lower.tail = FALSE)
  p_nonlinear <- if (ncol(main) > 1) p_of(fit(1), ncol(main) - 1) else NA
  # The same space spanned by another basis: splines::ns with the same knots.
  by_ns <- NA
  natural <- NULL
  if (length(knots)) {
    make <- function(x) ns(x, knots = knots[-c(1, k)], Boundary.knots = knots[c(1, k)])
    n_main <- make(marker)
    natural <- coxph(y ~ data$treated + others + n_main + n_main:data$treated, ties = ties, control = control)
    by_ns <- natural$loglik[2]
  }
  models <- rbind(models, data.frame(
    trial = trial, ties = ties, shape = shape, log_likelihood = exact(full$loglik[2]), log_likelihood_ns = exact(by_ns),
    aic = exact(AIC(full)), p_interaction = exact(p_of(none, ncol(main))), p_nonlinear = exact(p_nonlinear),
    knots = paste(exact(knots), collapse = " ")
  ))
  last <- length(coef(full)) - (ncol(main) - 1):0
  for (value in at) {
    weights <- c(1, centred(value))
    rows <- c(1, last)
    log_hr <- sum(weights * coef(full)[rows])
    se <- sqrt(drop(t(weights) %*% vcov(full)[rows, rows] %*% weights))
    log_hr_ns <- NA
    if (length(knots)) {
      from <- length(coef(natural)) - (ncol(main) - 1):0
      log_hr_ns <- unname(coef(natural)[1] + sum(make(value) * coef(natural)[from]))
    }
    effects <- rbind(effects, data.frame(
      trial = trial, ties = ties, shape = shape, value = value, log_hr = exact(log_hr), se = exact(se), log_hr_ns = exact(log_hr_ns)
    ))
  }
}

basis_table <- data.frame()
for (knots in list(c(1, 2, 3), c(-2, 0.5, 3, 10), c(600, 1500, 2200, 3300, 7500))) {
  x <- seq(knots[1] - 2, 1.3 * knots[length(knots)], length.out = 9)
  values <- rcs(x, knots)
  for (term in seq_len(ncol(values))) basis_table <- rbind(basis_table, data.frame(
    knots = paste(knots, collapse = " "), x = exact(x), term = term, value = exact(values[, term])
  ))
}
write.csv(basis_table, "tests/reference/splines_basis.csv", row.names = FALSE, quote = FALSE)
write.csv(models, "tests/reference/splines_models.csv", row.names = FALSE, quote = FALSE)
write.csv(effects, "tests/reference/splines_effects.csv", row.names = FALSE, quote = FALSE)
