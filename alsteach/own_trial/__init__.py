"""A learner's own trial: read a file, guess its columns, make one table of it that the course can analyse."""
