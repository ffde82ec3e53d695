"""``python -m tests.benchmarks``: how long alsteach takes beside its peers; `make bench` calls it."""

import os
import sys


def one_core():
    """Leave this process, and R and Python started by it, one core and one thread."""
    for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    one_core()
    from tests.benchmarks.bench import main

    sys.exit(main())
