# Every table of R's survival package as CSV, and R's own figures of those that compare two arms, each coded here by
# hand: Rscript tests/reference/survival_package.R FOLDER. Read by tests/own_trial/test_survival_package.py.
library(survival)

folder <- commandArgs(TRUE)[1]
write <- function(table, name) {
  write.csv(table, file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "")
}
for (name in unique(sub(" .*", "", data(package = "survival")$results[, "Item"]))) {
  table <- get(name, "package:survival")
  if (is.data.frame(table) && nrow(table) < 1e5) write(table, name)
}

trials <- list(
  list("diabetic", quote(coxph(Surv(time, status) ~ trt + cluster(id), diabetic))),
  list("gbsg", quote(coxph(Surv(rfstime, status) ~ hormon, gbsg))),
  list("myeloid", quote(coxph(Surv(futime, death) ~ I(trt == "B"), myeloid))),
  list("ovarian", quote(coxph(Surv(futime, fustat) ~ I(rx == 2), ovarian))),
  list("rats", quote(coxph(Surv(time, status) ~ rx, rats))),
  list("retinopathy", quote(coxph(Surv(futime, status) ~ trt + cluster(id), retinopathy))),
  list("rotterdam", quote(coxph(Surv(dtime, death) ~ hormon, rotterdam))),
  list("udca1", quote(coxph(Surv(futime, status) ~ trt, udca1))),
  list("veteran", quote(coxph(Surv(time, status) ~ I(trt == 2), veteran)))
)
figures <- lapply(trials, function(trial) {
  fit <- eval(trial[[2]])
  data.frame(name = trial[[1]], n = fit$n, events = fit$nevent, log_hr = coef(fit)[[1]], se = sqrt(vcov(fit)[1, 1]))
})
dir.create(file.path(folder, "figures"))
write(do.call(rbind, figures), file.path("figures", "figures"))
