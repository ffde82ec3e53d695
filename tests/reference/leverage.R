# R's answers for tests/stats/test_shapes.py (without the patients with the highest values): Rscript
# tests/reference/leverage.R (from the top folder; survival 3). Writes leverage.csv beside itself.
library(survival)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
exact <- function(x) format(unname(x), digits = 15, trim = TRUE)

rcs <- function(x, knots) { # Harrell's restricted cubic spline with four knots
  plus <- function(u) pmax(u, 0)^3
  bent <- matrix(sapply(1:2, function(j) (plus(x - knots[j]) -
    plus(x - knots[3]) * (knots[4] - knots[j]) / (knots[4] - knots[3]) +
    plus(x - knots[4]) * (knots[3] - knots[j]) / (knots[4] - knots[3])) / (knots[4] - knots[1])^2), ncol = 2)
  cbind(x, bent)
}

mirocals <- read.csv("datasets/mirocals_like.csv")
mirocals$onset_site <- relevel(factor(mirocals$onset_site), ref = "limb")
mirocals$log_alsfrs_r_slope <- log(mirocals$alsfrs_r_slope_per_month)
veteran <- read.csv("datasets/veteran.csv")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))
trials <- list(
  mirocals = list(mirocals, ~ age_years + onset_site + log_alsfrs_r_slope + svc_percent + symptom_duration_months,
    "csf_pnfh_pg_ml", c(0, 1, 1000, 3700)),
  veteran = list(veteran, ~ celltype + age_years, "karno", c(0, 1, 60))
)

answers <- data.frame()
for (name in names(trials)) {
  trial <- trials[[name]]
  for (share in c(0, 2, 5, 10)) {
    all <- trial[[1]][[trial[[3]]]]
    most <- floor(share / 100 * length(all) + 1e-9)
    # As many as the share allows, and nobody of several with the same value alone.
    out <- if (most) all > sort(all, decreasing = TRUE)[most + 1] else rep(FALSE, length(all))
    data <- trial[[1]][!out, ]
    x <- data[[trial[[3]]]]
    q <- unname(quantile(x, c(0.05, 0.35, 0.65, 0.95)))
    shapes <- list(linear = function(v) cbind(v), log = function(v) cbind(log(v)), spline = function(v) rcs(v, q))
    for (shape in names(shapes)) {
      own <- shapes[[shape]](x)
      others <- model.matrix(trial[[2]], data)[, -1]
      crossed <- own * data$treated
      fit <- coxph(Surv(time_days, died) ~ treated + others + own + crossed, data, control = control)
      k <- length(coef(fit)) - ncol(own) + seq_len(ncol(own))
      b <- coef(fit)[k]
      wald <- pchisq(drop(t(b) %*% solve(vcov(fit)[k, k], b)), length(k), lower.tail = FALSE)
      for (at in trial[[4]]) {
        if (shape == "log" && at == 0) next
        w <- c(1, shapes[[shape]](at))
        log_hr <- drop(w %*% coef(fit)[c(1, k)])
        se <- sqrt(drop(w %*% vcov(fit)[c(1, k), c(1, k)] %*% w))
        answers <- rbind(answers, data.frame(trial = name, share = share, shape = shape, n_out = sum(out), at = at,
          log_hr = exact(log_hr), se = exact(se), slope_se = exact(sqrt(diag(vcov(fit)))[k[1]]), p_wald = exact(wald)))
      }
    }
  }
}
write.csv(answers, "tests/reference/leverage.csv", row.names = FALSE, quote = FALSE)
