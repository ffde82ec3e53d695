# R's answers for tests/own_trial/cases: Rscript tests/reference/own_trial_cases.R [folder] (survival package).
library(survival)
folder <- "tests/own_trial/cases"
out <- c(commandArgs(TRUE), "tests/reference")[1]
base <- read.csv(file.path(folder, "base.csv"))
base$drug <- as.numeric(base$arm == "Drug")
# Months as cBioPortal has them, in another cohort
cbio <- read.delim(file.path(folder, "cbioportal.txt"), comment.char = "#")
cbio$drug <- as.numeric(cbio$TREATMENT_ARM == "Drug")
cbio$died <- as.numeric(cbio$OS_STATUS == "1:DECEASED")
near <- read.csv(file.path(folder, "near_ties.csv"))
# Pairs of rows as if of one patient each
base$pair <- rep(1:40, each = 2)
row <- function(name, fit) {
  s <- summary(fit)
  data.frame(case = name, n = fit$n, events = fit$nevent, hr = s$conf.int[1, 1], ci_low = s$conf.int[1, 3],
             ci_high = s$conf.int[1, 4], se = s$coefficients[1, ncol(s$coefficients) - 2])
}
results <- rbind(
  row("base", coxph(Surv(time, status) ~ drug, base)),
  row("base, age", coxph(Surv(time, status) ~ drug + age, base)),
  row("two blank", coxph(Surv(time, status) ~ drug, base[-c(6, 10), ])),
  row("cbioportal", coxph(Surv(OS_MONTHS, died) ~ drug, cbio)),
  row("near ties", coxph(Surv(time, status) ~ arm, near)),
  row("pairs", coxph(Surv(time, status) ~ drug + cluster(pair), base)),
  row("pairs, age", coxph(Surv(time, status) ~ drug + age + cluster(pair), base))
)
write.csv(results, file.path(out, "own_trial_cases.csv"), row.names = FALSE, quote = 1)
