# R's answers for tests/data/test_mirocals_like.py: Rscript tests/reference/mirocals_like.R (from the top folder; survival).
# Writes mirocals_like.csv beside itself: key, value, the keys being those of datasets/mirocals_like_targets.csv.
library(survival)

control <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)
d <- read.csv("datasets/mirocals_like.csv")
d$onset_site <- relevel(factor(d$onset_site), ref = "limb")
d$country <- relevel(factor(d$country), ref = "UK")
d$log_alsfrs_r_slope <- log(d$alsfrs_r_slope_per_month)
d$log_pnfh <- log(d$csf_pnfh_pg_ml)
pnfh <- d$csf_pnfh_pg_ml
strata <- list(low = pnfh < 750, middle = pnfh >= 750 & pnfh <= 3700, high = pnfh > 3700)

keys <- character()
values <- numeric()
put <- function(key, value) {
  keys <<- c(keys, key)
  values <<- c(values, unname(value))
}
put_effect <- function(key, log_hr, se) {
  put(paste0(key, c("_estimate", "_ci_low", "_ci_high", "_p_value")),
      c(exp(log_hr + c(0, -1, 1) * qnorm(0.975) * se), 2 * pnorm(-abs(log_hr / se))))
}
cox <- function(right, data = d) coxph(update(right, Surv(time_days, died) ~ .), data, ties = "efron", control = control, model = TRUE)
se_of <- function(fit, term) sqrt(vcov(fit)[term, term])
effect_of <- function(key, fit, term = "treated") put_effect(key, coef(fit)[[term]], se_of(fit, term))

put("n_il2", sum(d$arm == "IL-2"))
put("n_placebo", sum(d$arm == "placebo"))
put("deaths_il2", sum(d$died[d$arm == "IL-2"]))
put("deaths_placebo", sum(d$died[d$arm == "placebo"]))
put("lost", sum(d$died == 0 & d$time_days < 640))
put("age_median", median(d$age_years))
put("men", 100 * mean(d$sex == "male"))
put("possible", 100 * mean(d$diagnostic_certainty == "possible"))
put("mean_pnfh", mean(pnfh))
for (name in names(strata)) {
  put(paste0("share_", name), 100 * mean(strata[[name]]))
  put(paste0("difference_", name), sum(2 * d$treated[strata[[name]]] - 1))
}
put("difference_randomisation", max(abs(tapply(2 * d$treated - 1, list(d$country, d$onset_site), sum))))

crude <- cox(~ treated)
effect_of("unadjusted", crude)
put("unadjusted_se", se_of(crude, "treated"))
put("logrank_p", pchisq(survdiff(Surv(time_days, died) ~ treated, d)$chisq, 1, lower.tail = FALSE))
put("score_p", summary(crude)$sctest[["pvalue"]])
for (name in names(strata)) effect_of(name, cox(~ treated, d[strata[[name]], ]))
effect_of("up_to_3700", cox(~ treated, d[!strata$high, ]))
alive <- summary(survfit(Surv(time_days, died) ~ treated, d[strata$middle, ]), times = 640)$surv
put("alive_placebo", 100 * alive[1])
put("alive_il2", 100 * alive[2])

prognosis <- ~ age_years + onset_site + log_alsfrs_r_slope + svc_percent + symptom_duration_months
main <- update(prognosis, ~ treated + . + csf_pnfh_pg_ml)
effect_of("adjusted", cox(main))
interaction <- "treated:csf_pnfh_pg_ml"
fit <- cox(update(main, ~ . + treated:csf_pnfh_pg_ml))
effect_of("at_zero", fit)
put("at_zero_se", se_of(fit, "treated"))
log_ratio <- coef(fit)[[interaction]]
ratio_se <- se_of(fit, interaction)
put(c("interaction_ratio", "interaction_low", "interaction_high"), exp(log_ratio + c(0, -1, 1) * qnorm(0.975) * ratio_se))
put("interaction_p", 2 * pnorm(-abs(log_ratio / ratio_se)))
put("interaction_dfbeta", max(abs(residuals(fit, "dfbeta")[, length(coef(fit))])) / ratio_se)
terms <- c(age_years = "age_years", "onset_site=bulbar" = "onset_sitebulbar", log_alsfrs_r_slope = "log_alsfrs_r_slope",
           svc_percent = "svc_percent", symptom_duration_months = "symptom_duration_months",
           csf_pnfh_pg_ml = "csf_pnfh_pg_ml")
for (name in names(terms)) put(paste0("hr_", name), exp(coef(fit)[[terms[[name]]]]))
# Read at the mean by centring: a model of its own, not the covariance of the one above.
centred <- transform(d, csf_pnfh_pg_ml = pnfh - mean(pnfh))
effect_of("at_mean", cox(update(main, ~ . + treated:csf_pnfh_pg_ml), centred))

with_country <- cox(update(main, ~ . + country + treated:csf_pnfh_pg_ml))
effect_of("country", with_country)
put("country_interaction_p", 2 * pnorm(-abs(coef(with_country)[[interaction]] / se_of(with_country, interaction))))
on_log <- cox(update(prognosis, ~ treated + . + log_pnfh + treated:log_pnfh))
effect_of("log", on_log)
put("log_ratio", 2^coef(on_log)[["treated:log_pnfh"]])
put("log_interaction_p", 2 * pnorm(-abs(coef(on_log)[["treated:log_pnfh"]] / se_of(on_log, "treated:log_pnfh"))))
place <- ((rank(pnfh, ties.method = "first") - 1) * 3) %/% nrow(d)
d$third <- factor(place, labels = c("lowest", "middle", "highest"))
common <- cox(update(prognosis, ~ treated + . + third))
for (name in levels(d$third)) { # each third in turn is the reference of the treatment's coefficient
  separate <- cox(update(prognosis, ~ treated * third + .), transform(d, third = relevel(third, ref = name)))
  effect_of(paste0("third_", name), separate)
}
put("thirds_interaction_p", pchisq(2 * (logLik(separate) - logLik(common))[1], 2, lower.tail = FALSE))

# Proportional hazards: no row of the targets' table, but a cohort that broke them would be a bad example.
zph <- function(fit) cox.zph(fit)$table["treated", "p"]
put("zph_unadjusted", zph(crude))
put("zph_middle", zph(cox(~ treated, d[strata$middle, ])))
put("zph_high", zph(cox(~ treated, d[strata$high, ])))
put("zph_adjusted", cox.zph(fit)$table["GLOBAL", "p"])

write.csv(data.frame(key = keys, value = format(values, digits = 12, scientific = NA, trim = TRUE)),
          "tests/reference/mirocals_like.csv", row.names = FALSE, quote = FALSE)
