# The R side of the benchmark, one process for all of it: tests/benchmarks/rscript.py asks a line at a time on standard
# input. Trials come, and results go, as doubles in files of the folder named on the command line.
suppressMessages(library(survival))

folder <- commandArgs(trailingOnly = TRUE)[1]
trials <- list()

bare_fit <- function(trial, control, residuals = FALSE) coxph.fit(
  trial$x, trial$y, strata = NULL, offset = NULL, init = NULL, control = control, weights = NULL, method = "efron",
  rownames = NULL, resid = residuals
)
fast <- coxph.control()
exact <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 50)

engines <- list(
  coxph = function(trial) coxph(Surv(time, died) ~ ., data = trial$data),
  coxph.fit = function(trial) bare_fit(trial, fast),
  coxph.fit.residuals = function(trial) bare_fit(trial, fast, TRUE),
  survfit = function(trial) survfit(Surv(time, died) ~ 1, data = trial$data),
  survdiff = function(trial) survdiff(Surv(time, died) ~ x1, data = trial$data)
)

# NA where R warns: it reached no maximum.
answers <- list(
  coxph.fit = function(trial) tryCatch({
    fit <- bare_fit(trial, exact)
    c(fit$coefficients, sqrt(diag(fit$var)))
  }, warning = function(w) rep(NA_real_, 2 * ncol(trial$x))),
  survfit = function(trial) {
    fit <- survfit(Surv(time, died) ~ 1, data = trial$data)
    at <- match(sort(trial$data$time), fit$time)
    c(fit$surv[at], (fit$surv * fit$std.err)[at])
  },
  survdiff = function(trial) survdiff(Surv(time, died) ~ x1, data = trial$data)$chisq
)

read_trials <- function(name) {
  path <- file.path(folder, name)
  values <- readBin(path, "double", file.size(path) / 8)
  b <- values[1]; n <- values[2]; p <- values[3]
  parts <- split(values[-(1:3)], rep(1:3, c(b * n, b * n, b * n * p)))
  time <- matrix(parts[[1]], n)
  died <- matrix(parts[[2]], n)
  x <- array(parts[[3]], c(p, n, b))
  lapply(seq_len(b), function(i) {
    covariates <- matrix(t(matrix(x[, , i], p)), n, dimnames = list(NULL, paste0("x", seq_len(p))))
    list(
      x = covariates, y = Surv(time[, i], died[, i]),
      data = data.frame(time = time[, i], died = died[, i], covariates)
    )
  })
}

input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  name <- words[2]
  if (words[1] == "read") {
    trials[[name]] <- read_trials(name)
    answer <- length(trials[[name]])
  } else if (words[1] == "time") {
    engine <- engines[[words[3]]]
    chosen <- trials[[name]][as.integer(words[4]):as.integer(words[5])]
    start <- sum(proc.time()[1:2])
    for (trial in chosen) engine(trial)
    answer <- sum(proc.time()[1:2]) - start
  } else if (words[1] == "answer") {
    writeBin(as.double(unlist(lapply(trials[[name]], answers[[words[3]]]))), file.path(folder, "answer"))
    answer <- length(trials[[name]])
  } else {
    answer <- paste(R.version.string, "with survival", packageVersion("survival"))
  }
  cat(format(answer, digits = 15), "\n", sep = "")
  flush(stdout())
}
