# R's answers for tests/worlds/test_limits.py: Rscript tests/reference/marginal.R (from the top folder; survival package).
# Marginal hazard ratios from conditional ones. Daniel, Zhang and Farewell (2021) simulate a large sample from the two
# average survival curves; here the sample is endless: every step of the curves is one weighted row for coxph().
library(survival)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)

marginal <- function(fit, data, time, status) {
  as_if <- function(arm) { data$treated <- arm; survfit(fit, newdata = data, se.fit = FALSE) }
  curves <- lapply(0:1, as_if)
  died <- curves[[1]]$n.event > 0
  days <- curves[[1]]$time[died]
  mean_curve <- lapply(curves, function(s) c(1, rowMeans(s$surv[died, , drop = FALSE])))
  censoring <- survfit(Surv(time + (1 - status) / 1000, 1 - status) ~ 1) # on the same day, death comes first
  followed <- sapply(days, function(day) { k <- sum(censoring$time < day); if (k == 0) 1 else censoring$surv[k] })
  # Who leaves without dying leaves just after the day before.
  rows <- do.call(rbind, lapply(0:1, function(arm) {
    s <- mean_curve[[arm + 1]]
    deaths <- followed * -diff(s)
    at_risk <- followed * s[-length(s)]
    left <- c(at_risk[-1], 0)
    data.frame(arm = arm, time = rep(days, 2), died = rep(1:0, each = length(days)), weight = c(deaths, at_risk - deaths - left))
  }))
  rows <- rows[rows$weight > 1e-15, ]
  unname(coef(coxph(Surv(time, died) ~ arm, rows, weights = weight, ties = "breslow", control = control)))
}

# Real trials, Breslow ties throughout so that both sides sum the same terms.
veteran <- read.csv("datasets/veteran.csv")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))
pbc <- read.csv("datasets/pbc.csv")
for (name in c("bilirubin_mg_dl", "protime_s", "albumin_g_dl")) pbc[[paste0("log_", name)]] <- log(pbc[[name]])
models <- list(
  veteran_adjusted = list(veteran, ~ treated + karno + celltype + age_years + prior + diagtime_months),
  veteran_interaction = list(veteran, ~ treated * karno + age_years),
  pbc_adjusted = list(pbc, ~ treated + age_years + edema + log_bilirubin_mg_dl + log_protime_s + log_albumin_g_dl)
)
answers <- data.frame()
for (name in names(models)) {
  data <- models[[name]][[1]]
  fit <- coxph(update(models[[name]][[2]], Surv(time_days, died) ~ .), data, ties = "breslow", control = control)
  answers <- rbind(answers, data.frame(
    model = name, conditional = format(unname(coef(fit)["treated"]), digits = 12),
    marginal = format(marginal(fit, data, data$time_days, data$died), digits = 12)
  ))
}
write.csv(answers, "tests/reference/marginal_real.csv", row.names = FALSE, quote = FALSE)

# The settings of the article's simulation of right-censored outcomes, as in the code its authors published with it
# (HR.R): Weibull hazard with lambda 0.1 and gamma 1.5, a treatment given to half, one standard normal covariate, log
# hazard ratios (0,1), (1,0) and (1,1), entry evenly over two years, the study closed at ten. The covariate's values are
# the same in every trial, as there; here they are evenly spread, so that R and Python share them.
set.seed(20211)
n <- 1000
repeats <- 1000
covariate <- qnorm((seq_len(n) - 0.5) / n)
summaries <- data.frame()
for (setting in list(c(0, 1), c(1, 0), c(1, 1))) {
  found <- matrix(NA, repeats, 3)
  for (r in seq_len(repeats)) {
    data <- data.frame(treated = rbinom(n, 1, 0.5), covariate = covariate)
    event <- (rexp(n) / (0.1 * exp(setting[1] * data$treated + setting[2] * covariate)))^(1 / 1.5)
    end <- 10 - runif(n, 0, 2)
    data$time <- pmin(event, end)
    data$died <- as.numeric(event <= end)
    crude <- coxph(Surv(time, died) ~ treated, data)
    fit <- coxph(Surv(time, died) ~ treated + covariate, data)
    # The averages as formulas: survfit(newdata = ...) takes minutes for what is one outer product.
    base <- basehaz(fit, centered = FALSE)
    curve <- function(arm) c(1, rowMeans(exp(-outer(base$hazard, exp(sum(coef(fit) * c(arm, 0)) + coef(fit)[2] * covariate)))))
    s <- list(curve(0), curve(1))
    censoring <- survfit(Surv(time, 1 - died) ~ 1, data)
    followed <- c(1, censoring$surv)[findInterval(base$time, censoring$time, left.open = TRUE) + 1]
    deaths <- lapply(s, function(x) followed * -diff(x))
    at_risk <- Map(function(x, d) followed * x[-length(x)] - d / 2, s, deaths)
    score <- function(b) sum(deaths[[2]]) -
      sum((deaths[[1]] + deaths[[2]]) * exp(b) * at_risk[[2]] / (at_risk[[1]] + exp(b) * at_risk[[2]]))
    found[r, ] <- c(coef(crude), coef(fit)[1], uniroot(score, c(-4, 4), tol = 1e-9)$root)
  }
  summaries <- rbind(summaries, data.frame(
    treatment = setting[1], covariate = setting[2], estimate = c("unadjusted", "conditional", "adjusted_marginal"),
    mean = round(colMeans(found), 6), sd = round(apply(found, 2, sd), 6), repeats = repeats
  ))
}
write.csv(summaries, "tests/reference/marginal_simulated.csv", row.names = FALSE, quote = FALSE)
