# R's answers for tests/stats/test_blinding.py: Rscript tests/reference/blinding.R (from the top folder; base R only).
# Bang (2004) per arm. Also trials in which belief alone moves a self-rated outcome.
folder <- c(commandArgs(TRUE), "tests/reference")[1]
exact <- function(x) format(unname(x), digits = 12, trim = TRUE)

# guess (active, placebo, don't know) by arm (active, placebo)
tables <- list(
  package_example = matrix(c(48, 4, 330, 22, 30, 319), 3), # the help of R's package BI, as quoted elsewhere
  balanced = matrix(c(30, 30, 40, 25, 25, 50), 3),
  unblinded = matrix(c(90, 2, 8, 5, 85, 10), 3),
  opposite = matrix(c(10, 60, 30, 55, 12, 33), 3),
  hopeful = matrix(c(80, 10, 20, 75, 15, 20), 3),
  small = matrix(c(5, 1, 3, 2, 4, 6), 3)
)
bang <- function(right, wrong, unsure) {
  n <- right + wrong + unsure
  r <- right / (right + wrong)
  index <- (2 * r - 1) * (right + wrong) / n
  p <- c(right, wrong) / n
  se <- sqrt((p[1] * (1 - p[1]) + p[2] * (1 - p[2]) + 2 * p[1] * p[2]) / n)
  c(index, se)
}
answers <- data.frame()
for (name in names(tables)) {
  x <- tables[[name]]
  a <- bang(x[1, 1], x[2, 1], x[3, 1])
  p <- bang(x[2, 2], x[1, 2], x[3, 2])
  answers <- rbind(answers, data.frame(
    table = name, active_right = x[1, 1], active_wrong = x[2, 1], active_unsure = x[3, 1],
    placebo_right = x[2, 2], placebo_wrong = x[1, 2], placebo_unsure = x[3, 2], bang_active = exact(a[1]),
    bang_active_se = exact(a[2]), bang_placebo = exact(p[1]), bang_placebo_se = exact(p[2])
  ))
}
write.csv(answers, file.path(folder, "blinding_indices.csv"), row.names = FALSE, quote = FALSE)

# Patients one by one: a reaction or none, what it convinces them of, what they rate. The drug does nothing.
set.seed(20047)
settings <- data.frame(
  react_active = c(0.7, 0.7, 0.3, 1.0), react_placebo = c(0.1, 0.7, 0.1, 0.0), convinced = c(0.8, 0.8, 0.5, 1.0),
  unmasked = c(0.2, 0.0, 0.0, 1.0), unsure = c(0.5, 0.3, 0.8, 0.5), points = c(4, 6, 8, 3), sd = c(8, 8, 7, 9),
  per_arm = c(110, 60, 200, 40)
)
repeats <- 4000
trials <- data.frame()
for (row in seq_len(nrow(settings))) {
  s <- settings[row, ]
  outcome <- replicate(repeats, {
    arm <- rep(1:0, each = s$per_arm)
    reacts <- runif(2 * s$per_arm) < ifelse(arm == 1, s$react_active, s$react_placebo)
    swayed <- runif(2 * s$per_arm) < ifelse(reacts, s$convinced, s$unmasked)
    coin <- ifelse(runif(2 * s$per_arm) < s$unsure, 0, sample(c(-1, 1), 2 * s$per_arm, replace = TRUE))
    belief <- ifelse(swayed, ifelse(reacts, 1, -1), coin)
    rating <- rnorm(2 * s$per_arm, sd = s$sd) + belief * s$points / 2
    c(mean(rating[arm == 1]) - mean(rating[arm == 0]), t.test(rating ~ arm)$p.value < 0.05,
      mean(belief[arm == 1] == 1), mean(belief[arm == 0] == 1))
  })
  trials <- rbind(trials, data.frame(
    s, repeats = repeats, difference = exact(mean(outcome[1, ])), sd_difference = exact(sd(outcome[1, ])),
    false_alarms = exact(mean(outcome[2, ])), active_right = exact(mean(outcome[3, ])),
    placebo_wrong = exact(mean(outcome[4, ]))
  ))
}
write.csv(trials, file.path(folder, "blinding_trials.csv"), row.names = FALSE, quote = FALSE)
