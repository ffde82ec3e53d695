"""R in one process beside ours, asked a line at a time, so that its turns lie between those of the Python engines."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np


class R:
    """A running ``engines.R``; ``folder`` holds what the two hand each other."""

    def __init__(self, folder: Path):
        self.folder = folder
        script = Path(__file__).with_name("engines.R")
        self.process = subprocess.Popen(
            ["Rscript", "--vanilla", str(script), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = self._ask("version")

    def _ask(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"R stopped at: {line}")
        return answer

    def read(self, name: str, durations, events, x):
        """Give R the trials under this name."""
        parts = [np.array(x.shape, dtype=float), durations, events, x]
        np.concatenate([np.ravel(part) for part in parts]).astype(float).tofile(self.folder / name)
        self._ask(f"read {name}")

    def seconds(self, name: str, engine: str, first: int, count: int) -> float:
        """Return R's own seconds for ``count`` trials from ``first`` on, start-up and reading left out."""
        return float(self._ask(f"time {name} {engine} {first + 1} {first + count}"))

    def answer(self, name: str, engine: str, n_trials: int) -> np.ndarray:
        """Return R's result for every trial, a row a trial."""
        self._ask(f"answer {name} {engine}")
        return np.fromfile(self.folder / "answer").reshape(n_trials, -1)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
