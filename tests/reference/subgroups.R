# R's answers for tests/stats/test_cutpoints.py: Rscript tests/reference/subgroups.R [folder] (from the top folder; survival
# package). Writes subgroups_groups.csv, subgroups_tests.csv and subgroups_search.csv into the folder, by default its own.
library(survival)

folder <- c(commandArgs(TRUE), "tests/reference")[1]
exact <- function(x) format(unname(x), digits = 15, trim = TRUE)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
cox <- function(formula, data) coxph(formula, data, ties = "efron", control = control, model = TRUE)

mirocals <- read.csv("datasets/mirocals_like.csv")
mirocals$onset_site <- relevel(factor(mirocals$onset_site), ref = "limb")
mirocals$log_alsfrs_r_slope <- log(mirocals$alsfrs_r_slope_per_month)
veteran <- read.csv("datasets/veteran.csv")
pbc <- read.csv("datasets/pbc.csv")
prognosis <- list(
  mirocals = "age_years + onset_site + log_alsfrs_r_slope + svc_percent + symptom_duration_months",
  veteran = "age_years + diagtime_months", pbc = "age_years + albumin_g_dl"
)
cases <- list(
  list("mirocals", mirocals, "csf_pnfh_pg_ml", 3700), list("mirocals", mirocals, "csf_pnfh_pg_ml", c(750, 3700)),
  list("mirocals", mirocals, "csf_pnfh_pg_ml", 750), list("mirocals", mirocals, "csf_pnfh_pg_ml", 2439),
  list("veteran", veteran, "karno", 70), list("veteran", veteran, "karno", c(30, 60)),
  list("pbc", pbc, "bilirubin_mg_dl", c(1, 3))
)

groups <- data.frame()
tests <- data.frame()
search <- data.frame()
for (case in cases) {
  data <- case[[2]]
  data$marker <- data[[case[[3]]]]
  cuts <- case[[4]]
  # The lowest group lies under the first of several cuts; every other group includes its upper end.
  data$group <- if (length(cuts) == 1) (data$marker > cuts) + 0 else
    ifelse(data$marker < cuts[1], 0, ifelse(data$marker <= cuts[2], 1, 2))
  numbers <- sort(unique(data$group))
  for (k in numbers) {
    data[[paste0("here", k)]] <- (data$group == k) + 0
    data[[paste0("effect", k)]] <- data$treated * (data$group == k)
  }
  main <- paste(paste0("here", numbers[-1]), collapse = " + ")
  for (adjusted in c(FALSE, TRUE)) {
    plus <- if (adjusted) paste("+", prognosis[[case[[1]]]]) else ""
    label <- data.frame(trial = case[[1]], cuts = paste(cuts, collapse = " "), adjusted = adjusted)
    model <- function(right) cox(as.formula(paste("Surv(time_days, died) ~", right, plus)), data)
    by_group <- model(paste(paste(paste0("effect", numbers), collapse = " + "), "+", main))
    for (k in numbers) {
      here <- data[data$group == k, ]
      fit <- if (adjusted) by_group else cox(Surv(time_days, died) ~ treated, here)
      term <- if (adjusted) paste0("effect", k) else "treated"
      groups <- rbind(groups, data.frame(
        label, group = k, n = nrow(here), deaths = sum(here$died), log_hr = exact(coef(fit)[[term]]),
        se = exact(sqrt(vcov(fit)[term, term]))
      ))
    }
    all <- model(if (adjusted) "treated + marker" else "treated")
    groups <- rbind(groups, data.frame(
      label, group = "all", n = nrow(data), deaths = sum(data$died), log_hr = exact(coef(all)[["treated"]]),
      se = exact(sqrt(vcov(all)["treated", "treated"]))
    ))
    without <- model(paste("treated +", main))
    products <- paste0("effect", numbers[-1])
    with <- model(paste("treated +", main, "+", paste(products, collapse = " + ")))
    slope_without <- model("treated + marker")
    slope <- model("treated + marker + treated:marker")
    wald <- function(fit, terms) drop(coef(fit)[terms] %*% solve(vcov(fit)[terms, terms], coef(fit)[terms]))
    line <- function(name, df, statistic, ratio) data.frame(
      label, test = name, df = df, wald = exact(statistic), p = exact(pchisq(statistic, df, lower.tail = FALSE)),
      likelihood_ratio = exact(ratio), likelihood_ratio_p = exact(pchisq(ratio, df, lower.tail = FALSE))
    )
    ratio <- function(a, b) 2 * (as.numeric(logLik(a)) - as.numeric(logLik(b)))
    tests <- rbind(
      tests, line("groups", length(products), wald(with, products), ratio(with, without)),
      line("continuous", 1, wald(slope, "treated:marker"), ratio(slope, slope_without))
    )
  }
}
for (adjusted in c(FALSE, TRUE)) for (cut in c(987, 1506, 2439, 3700, 4336)) {
  data <- transform(mirocals, high = (csf_pnfh_pg_ml > cut) + 0)
  plus <- if (adjusted) paste("+", prognosis$mirocals) else ""
  fit <- cox(as.formula(paste("Surv(time_days, died) ~ treated * high", plus)), data)
  search <- rbind(search, data.frame(
    adjusted = adjusted, cut = cut, n_low = sum(data$high == 0), deaths_low = sum(data$died[data$high == 0]),
    p_interaction = exact(summary(fit)$coefficients["treated:high", "Pr(>|z|)"])
  ))
}
write.csv(groups, file.path(folder, "subgroups_groups.csv"), row.names = FALSE, quote = FALSE)
write.csv(tests, file.path(folder, "subgroups_tests.csv"), row.names = FALSE, quote = FALSE)
write.csv(search, file.path(folder, "subgroups_search.csv"), row.names = FALSE, quote = FALSE)
