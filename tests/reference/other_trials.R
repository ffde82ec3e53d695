# R's answers for tests/own_trial/test_other_peoples_trials.py, from the very files that lifelines and scikit-survival
# ship: Rscript tests/reference/other_trials.R LIFELINES/datasets SKSURV/datasets/data [folder] (survival package).
# Each comparison is coded here by hand, apart from the Python code. Writes other_trials.csv into the folder.
library(survival)

folders <- commandArgs(TRUE)
out <- c(folders[-(1:2)], "tests/reference")[1]

read_arff <- function(file) {
  lines <- readLines(file.path(folders[2], file))
  lines <- lines[!grepl("^%", lines) & nzchar(trimws(lines))]
  names <- grep("^@attribute", lines, ignore.case = TRUE, value = TRUE)
  names <- gsub("^['\"]|['\"]$", "", sub("^@attribute\\s+('[^']*'|\"[^\"]*\"|\\S+)\\s.*", "\\1", names, ignore.case = TRUE))
  rows <- lines[(grep("^@data", lines, ignore.case = TRUE) + 1):length(lines)]
  table <- read.csv(text = rows, header = FALSE, na.strings = "?", strip.white = TRUE, quote = "'\"")
  setNames(table, names)
}
read <- function(file) {
  if (grepl("arff$", file)) return(read_arff(file))
  first <- readLines(file.path(folders[1], file), 1)
  separator <- if (grepl(",", first)) "," else if (grepl("\t", first)) "\t" else ""
  read.table(file.path(folders[1], file), sep = separator, header = TRUE, quote = "\"", check.names = FALSE)
}
month <- 365.25 / 12

# name, file, days, died, treated
cases <- list(
  list("lifelines.g3", "g3.csv", quote(time * month), quote(toupper(event) == "TRUE"), quote(group == "RIT")),
  list("lifelines.gbsg2", "gbsg2.csv", quote(time), quote(cens == 1), quote(horTh == "yes")),
  list("lifelines.lcd", "CuZn-LeftCensoredDataset.csv", quote(T * month), quote(E == 1), quote(group == "basin_trough")),
  list("lifelines.leukemia", "anderson.csv", quote(t * 7), quote(status == 1), quote(Rx == 1)),
  list("lifelines.lung", "lung.csv", quote(time), quote(status == max(status)), quote(sex == 2)),
  list("lifelines.lymph_node", "lymph_node.csv", quote(survtime), quote(censdead == 1), quote(hormone == 2)),
  list("lifelines.lymph_node (recurrence)", "lymph_node.csv", quote(rectime), quote(censrec == 1), quote(hormone == 2)),
  list("lifelines.lymphoma", "lymphoma.csv", quote(Time), quote(Censor == 1), quote(Stage_group == 2)),
  list("lifelines.psychiatric_patients", "psychiatric_patients.csv", quote(T * 365.25), quote(C == 1), quote(sex == 2)),
  list("lifelines.rossi", "rossi.csv", quote(week * 7), quote(arrest == 1), quote(fin == 1)),
  list("lifelines.waltons", "waltons_dataset.csv", quote(T), quote(E == 1), quote(group == "miR-137")),
  list("lifelines.ACTG175", "ACTG175.csv", quote(days), quote(cens == 1), quote(treat == 1)),
  list("sksurv.aids", "actg320.arff", quote(time), quote(censor == 1), quote(tx == 1)),
  list("sksurv.aids (death)", "actg320.arff", quote(time_d), quote(censor_d == 1), quote(tx == 1)),
  list("sksurv.bmt", "bmt.arff", quote(ftime * month), quote(status == 1), quote(dis == 1)),
  list("sksurv.cgvhd", "cgvhd.arff", quote(pmin(survtime, reltime, cgvhtime) * 365.25),
       quote(cgvh == 1 & cgvhtime <= pmin(survtime, reltime)), quote(tx == "PB")),
  list("sksurv.flchain", "flchain.arff", quote(futime), quote(death %in% c("dead", "1")), quote(mgus %in% c("yes", "1"))),
  list("sksurv.gbsg2", "GBSG2.arff", quote(time), quote(cens == 1), quote(horTh == "yes")),
  list("sksurv.veterans_lung_cancer", "veteran.arff", quote(Survival_in_days), quote(Status == "dead"), quote(Treatment == "test")),
  list("sksurv.whas500", "whas500.arff", quote(lenfol), quote(fstat == 1), quote(gender == 1))
)

results <- data.frame()
for (case in cases) {
  data <- read(case[[2]])
  days <- eval(case[[3]], data)
  died <- as.numeric(eval(case[[4]], data))
  treated <- as.numeric(eval(case[[5]], data))
  fit <- coxph(Surv(days, died) ~ treated, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50))
  test <- survdiff(Surv(days, died) ~ treated)
  results <- rbind(results, data.frame(
    name = case[[1]], n = fit$n, events = fit$nevent, treated = sum(treated[!is.na(days)]),
    days = format(sum(days, na.rm = TRUE), digits = 15), log_hr = format(coef(fit), digits = 15),
    se = format(sqrt(vcov(fit)[1, 1]), digits = 15), logrank = format(test$chisq, digits = 15)
  ))
}
write.csv(results, file.path(out, "other_trials.csv"), row.names = FALSE, quote = FALSE)
