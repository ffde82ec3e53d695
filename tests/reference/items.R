# Answers of the code exercises, by R's survival package. From the repository: Rscript tests/reference/items.R
suppressPackageStartupMessages(library(survival))
veteran <- read.csv("datasets/veteran.csv")
pbc <- read.csv("datasets/pbc.csv")
hr <- function(fit, term) exp(coef(fit)[[term]])
p <- function(fit, term) summary(fit)$coefficients[term, "Pr(>|z|)"]
se <- function(fit, term) summary(fit)$coefficients[term, "se(coef)"]
alive <- function(data, day) summary(survfit(Surv(time_days, died) ~ 1, data), times = day)$surv

test_arm <- subset(veteran, treated == 1)
median_days <- unname(summary(survfit(Surv(time_days, died) ~ 1, test_arm))$table["median"])
pbc$centred <- pbc$protime_s - mean(pbc$protime_s)
pbc$log_bilirubin <- log(pbc$bilirubin_mg_dl)
veteran$fit <- as.integer(veteran$karno >= 70)
searched <- sapply(seq(40, 60, 2), function(cut) {
  pbc$older <- as.integer(pbc$age_years > cut)
  p(coxph(Surv(time_days, died) ~ treated * older, pbc), "treated:older")
})
risk <- sapply(c("smallcell", "squamous"), function(name) 1 - alive(subset(veteran, celltype == name), 100))

answers <- c(
  "01-code-1" = alive(test_arm, 2 * median_days),
  "03-code-1" = alive(subset(pbc, treated == 0), 1825),
  "04-code-1" = hr(coxph(Surv(time_days, died) ~ treated + karno + age_years, veteran), "treated"),
  "04-code-2" = se(coxph(Surv(time_days, died) ~ treated + karno + celltype, veteran), "treated") /
    se(coxph(Surv(time_days, died) ~ treated, veteran), "treated"),
  "04-code-3" = hr(coxph(Surv(time_days, died) ~ treated, subset(pbc, time_days > 1461)), "treated"),
  "05-code-1" = hr(coxph(Surv(time_days, died) ~ treated * centred, pbc), "treated"),
  "05-code-2" = hr(coxph(Surv(time_days, died) ~ treated + age_years + log_bilirubin, pbc), "treated"),
  "06-code-1" = p(coxph(Surv(time_days, died) ~ treated * fit, veteran), "treated:fit"),
  "06-code-2" = min(searched),
  "07-code-1" = unname(risk["smallcell"] / risk["squamous"]),
  "07-code-2" = 100 * (alive(subset(pbc, treated == 1), 1825) - alive(subset(pbc, treated == 0), 1825))
)
write.csv(data.frame(id = names(answers), answer = format(unname(answers), digits = 10)),
          "tests/reference/items.csv", row.names = FALSE, quote = FALSE)
