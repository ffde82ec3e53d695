# R's answers for tests/stats/test_joint_rank.py: Rscript tests/reference/joint_rank.R (from the top folder).
# Writes joint_rank_trials.csv (the trials), joint_rank_scores.csv, joint_rank_tests.csv and joint_rank_welch.csv.
exact <- function(x) format(x, digits = 15, trim = TRUE)
set.seed(20130117)

draw <- function(name, n, censored, ties) {
  treated <- rep(0:1, length.out = n)
  severity <- rnorm(n)
  lived <- rexp(n, 0.002 * exp(severity) * ifelse(treated == 1, 0.7, 1))
  left <- if (censored) runif(n, 100, 900) else rep(548, n)
  end <- pmin(left, 548)
  died <- as.integer(lived <= end)
  time <- pmin(lived, end)
  change <- -12 * exp(0.5 * severity) + rnorm(n)
  if (ties) { time <- ceiling(time / 60) * 60; change <- round(change / 4) * 4 }
  change[died == 1 | (end < 548 & runif(n) < 0.7)] <- NA
  data.frame(trial = name, treated = treated, time_days = round(time, 3), died = died, alsfrs_r_change = round(change, 3))
}
trials <- rbind(
  draw("complete", 40, FALSE, FALSE), draw("ties", 61, FALSE, TRUE), draw("censored", 50, TRUE, FALSE),
  draw("censored_ties", 80, TRUE, TRUE), draw("large", 200, FALSE, FALSE)
)

# Every pair, one by one: +1 if a did better than b, -1 if worse, 0 if it is a draw or not known.
better <- function(a, b) {
  if (b$died == 1 && (a$time_days > b$time_days || (a$time_days == b$time_days && a$died == 0))) return(1)
  if (a$died == 1 && (b$time_days > a$time_days || (b$time_days == a$time_days && b$died == 0))) return(-1)
  if (a$died == 1 || b$died == 1) return(0)
  if (is.na(a$alsfrs_r_change) || is.na(b$alsfrs_r_change)) return(0)
  sign(a$alsfrs_r_change - b$alsfrs_r_change)
}

scores <- data.frame()
tests <- data.frame()
for (name in unique(trials$trial)) {
  trial <- trials[trials$trial == name, ]
  n <- nrow(trial)
  rows <- split(trial, seq_len(n))
  pairs <- matrix(0, n, n)
  for (i in seq_len(n)) for (j in seq_len(n)) if (i != j) pairs[i, j] <- better(rows[[i]], rows[[j]])
  score <- rowSums(pairs)
  test <- wilcox.test(score[trial$treated == 1], score[trial$treated == 0], exact = FALSE, correct = FALSE)
  # The chance of winning, its error from how the wins of each patient differ within an arm.
  won <- (pairs[trial$treated == 1, trial$treated == 0] + 1) / 2
  se <- sqrt(var(rowMeans(won)) / nrow(won) + var(colMeans(won)) / ncol(won))
  scores <- rbind(scores, data.frame(trial = name, score = score, rank = rank(score)))
  tests <- rbind(tests, data.frame(
    trial = name, p = exact(test$p.value), win = exact(mean(won)), ci_low = exact(mean(won) - qnorm(0.975) * se),
    ci_high = exact(mean(won) + qnorm(0.975) * se), mean_rank_0 = exact(mean(rank(score)[trial$treated == 0])),
    mean_rank_1 = exact(mean(rank(score)[trial$treated == 1]))
  ))
}

welch <- data.frame()
for (name in unique(trials$trial)) {
  trial <- trials[trials$trial == name, ]
  test <- t.test(alsfrs_r_change ~ I(1 - treated), trial)
  welch <- rbind(welch, data.frame(
    trial = name, estimate = exact(unname(test$estimate[1] - test$estimate[2])), ci_low = exact(test$conf.int[1]),
    ci_high = exact(test$conf.int[2]), p = exact(test$p.value)
  ))
}
write.csv(trials, "tests/reference/joint_rank_trials.csv", row.names = FALSE, quote = FALSE, na = "")
write.csv(scores, "tests/reference/joint_rank_scores.csv", row.names = FALSE, quote = FALSE)
write.csv(tests, "tests/reference/joint_rank_tests.csv", row.names = FALSE, quote = FALSE)
write.csv(welch, "tests/reference/joint_rank_welch.csv", row.names = FALSE, quote = FALSE)
