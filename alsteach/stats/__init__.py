"""Survival analysis on arrays and frames: Cox models, curves, tests, effects. R is the referee of every number."""
