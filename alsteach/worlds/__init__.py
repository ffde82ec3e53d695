"""Worlds whose truth is known: simulated trials, what happens to them a thousand times, the mechanism."""
