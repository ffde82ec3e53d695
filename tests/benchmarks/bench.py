"""Time alsteach and its peers in turns, on the same trials, and compare the answers with R's in the same run.

Times are processor seconds, of one thread: on a machine with nothing else to do they are those of the clock.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import alsteach as al
from alsteach.stats.curves import kaplan_meier_many, logrank_many
from tests.benchmarks import peers, report
from tests.benchmarks.rscript import R

ROOT = Path(__file__).resolve().parents[2]
AGREEMENT = 1e-6

# Design section 7. A peer must take at least so many times our time; a quantity of ours must not pass a limit.
CONTINUOUS = "one fit, p = 10, continuous times"
WHOLE_DAYS = "one fit, p = 10, whole-day times"
THOUSAND = "1000 trials: crude and 9-covariate fit"
IMPORT = "import"
MEMORY = "peak memory over baseline, 1000 trials"
AT_LEAST = {
    (CONTINUOUS, "lifelines"): 150,
    (CONTINUOUS, "R coxph()"): 25,
    (CONTINUOUS, "R coxph.fit"): 2.5,
    (WHOLE_DAYS, "lifelines"): 100,
    (WHOLE_DAYS, "R coxph()"): 14,
    (WHOLE_DAYS, "R coxph.fit"): 2,
}
AT_MOST = {
    (THOUSAND, "alsteach, simulated and fitted"): 0.25,
    (IMPORT, "import alsteach"): 0.35,
    (MEMORY, "alsteach, simulated and fitted"): 100,
}

MEMORY_OF = """
import resource, sys
from pathlib import Path
import psutil
from tests.benchmarks.bench import thousand_trials
import alsteach as al
task = {"fit": thousand_trials, "run": lambda n: al.run_many_trials(al.TrialDesign(), n)}[sys.argv[1]]
al.run_many_trials, al.simulate_trials, al.fit_cox_many
before = psutil.Process().memory_info().rss / 2**20
task(int(sys.argv[2]))
status = Path("/proc/self/status")
if status.exists():  # on Linux ru_maxrss may be that of the process that started this one
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
print(peak - before)
"""


def thousand_trials(n_trials: int):
    """Simulate trials and fit the crude and the 9-covariate model to each; return the trials and both fits."""
    trials = al.simulate_trials(al.TrialDesign(), n_trials, rng=0)
    x = nine_covariates(trials)
    crude = al.fit_cox_many(trials.time_days, trials.died, x[:, :, :1])
    return trials, crude, al.fit_cox_many(trials.time_days, trials.died, x)


def nine_covariates(trials) -> np.ndarray:
    """Return treatment, the six prognostic covariates, country, and treatment × centred pNFH."""
    marker = trials.covariates[:, :, -1]
    product = trials.treated * (marker - marker.mean(axis=1, keepdims=True))
    single = [part[:, :, None] for part in (trials.treated, trials.uk, product)]
    return np.concatenate([single[0], trials.covariates, *single[1:]], axis=2)


def clocked(work: Callable, per: int = 1) -> Callable[[int], float]:
    def turn(_round):
        start = time.process_time()
        work()
        return (time.process_time() - start) / per

    return turn


def peer_turn(peer: peers.Peer, trials) -> Callable[[int], float]:
    def turn(number):
        count = min(peer.count, len(trials[0]))
        chosen = [(number * count + i) % len(trials[0]) for i in range(count)]
        ready = [peer.prepare(*(part[i] for part in trials)) for i in chosen]
        start = time.process_time()
        for trial in ready:
            peer.run(trial)
        return (time.process_time() - start) / count

    return turn


def r_turn(r: R, name: str, engine: str, count: int, n_trials: int) -> Callable[[int], float]:
    def turn(number):
        some = min(count, n_trials)
        return r.seconds(name, engine, number * some % (n_trials - some + 1), some) / some

    return turn


def interleaved(engines: dict[str, Callable[[int], float]], rounds: int) -> pd.DataFrame:
    """Return seconds, a row a round and a column an engine; in each round every engine has a turn, in a new order."""
    names = list(engines)
    for name in names:
        engines[name](0)
    rows = []
    for number in range(rounds):
        order = names[number % len(names) :] + names[: number % len(names)]
        rows.append({name: engines[name](number) for name in order})
    return pd.DataFrame(rows)[names]


class Bench:
    """Collects rows: what was timed, and how far we are from R."""

    def __init__(self, n_trials: int, rounds: int, r: R | None):
        self.n_trials, self.rounds, self.r = n_trials, rounds, r
        self.rows, self.agreement = [], []

    def add(self, task, engine, values, unit, ratios=None):
        limit = AT_MOST.get((task, engine))
        low = AT_LEAST.get((task, engine))
        value, ratio = float(np.median(values)), None if ratios is None else float(np.median(ratios))
        self.rows.append(
            {
                "task": task,
                "engine": engine,
                "value": value,
                "unit": unit,
                "ratio": ratio,
                "ratio_low": None if ratios is None else float(np.min(ratios)),
                "ratio_high": None if ratios is None else float(np.max(ratios)),
                "budget": f"≥ {low:g} ×" if low else f"≤ {limit:g} {unit}" if limit else "",
                "met": ""
                if not (low or limit)
                else "met"
                if (ratio >= low if low else value <= limit)
                else "missed",
            }
        )

    def time(self, task, engines, unit="ms", scale=1e3):
        """Time the engines, ours first, in turns."""
        seconds = interleaved(engines, self.rounds)
        ours = seconds.iloc[:, 0]
        for engine, column in seconds.items():
            self.add(task, engine, column * scale, unit, None if engine == ours.name else column / ours)
        print(report.text(pd.DataFrame(self.rows).query("task == @task")), flush=True)

    def agree(self, task, quantity, ours, theirs, scale=1.0):
        """Note the largest difference from R; a trial in which R finds no maximum (NaN) is not compared."""
        compared = np.isfinite(theirs)
        difference = (np.abs(ours - theirs) / scale)[compared]
        largest = float(np.nan_to_num(difference, nan=np.inf).max()) if compared.any() else np.inf
        self.agreement.append(
            {
                "task": task,
                "quantity": quantity,
                "values": int(compared.sum()),
                "not_compared": int((~compared).sum()),
                "largest": largest,
                "met": "met" if largest <= AGREEMENT else "MISSED",
            }
        )

    def agree_cox(self, task, name, fits):
        if self.r:
            coef, se = np.split(self.r.answer(name, "coxph.fit", len(fits.coef)), 2, axis=1)
            self.agree(task, "coefficients, in standard errors", fits.coef, coef, se)
            self.agree(task, "standard errors, relative", fits.se, se, se)


def bench_cox(bench: Bench):
    for p in (1, 10):
        for whole_days in (False, True):
            task = f"one fit, p = {p}, {'whole-day' if whole_days else 'continuous'} times"
            trials = peers.cohorts(bench.n_trials, p, whole_days)
            engines = {
                f"alsteach, in a batch of {bench.n_trials}": clocked(
                    lambda trials=trials: al.fit_cox_many(*trials), bench.n_trials
                ),
                "alsteach, one table": peer_turn(peers.one_fit(), trials),
            }
            for name, peer in peers.COX.items():
                if peers.installed(name):
                    engines[name] = peer_turn(peer(), trials)
            if bench.r:
                bench.r.read("cohorts", *trials)
                engines["R coxph()"] = r_turn(bench.r, "cohorts", "coxph", 30, bench.n_trials)
                engines["R coxph.fit"] = r_turn(bench.r, "cohorts", "coxph.fit", 500, bench.n_trials)
                engines["R coxph.fit with residuals"] = r_turn(
                    bench.r, "cohorts", "coxph.fit.residuals", 300, bench.n_trials
                )
            bench.time(task, engines)
            bench.agree_cox(task, "cohorts", al.fit_cox_many(*trials))


def bench_thousand(bench: Bench):
    trials, crude, adjusted = thousand_trials(bench.n_trials)
    x, design = nine_covariates(trials), al.TrialDesign()
    models = {"crude": x[:, :, :1], "adjusted": x}
    scale = 1000 / bench.n_trials
    engines = {
        "alsteach, simulated and fitted": clocked(lambda: thousand_trials(bench.n_trials), scale**-1),
        "alsteach run_many_trials (3 models, a table)": clocked(
            lambda: al.run_many_trials(design, bench.n_trials), scale**-1
        ),
    }
    if peers.installed("lifelines"):
        turns = [
            peer_turn(peers.lifelines_cox(), (trials.time_days, trials.died, part))
            for part in models.values()
        ]
        engines["lifelines, fitted only"] = lambda number, turns=turns: (
            1000 * sum(turn(number) for turn in turns)
        )
    if bench.r:
        for name, part in models.items():
            bench.r.read(name, trials.time_days, trials.died, part)
        for engine, count in (("coxph", 20), ("coxph.fit", 200)):
            label = "R coxph(), fitted only" if engine == "coxph" else "R coxph.fit, fitted only"
            turns = [r_turn(bench.r, name, engine, count, bench.n_trials) for name in models]
            engines[label] = lambda number, turns=turns: 1000 * sum(turn(number) for turn in turns)
    bench.time(THOUSAND, engines, unit="s", scale=1)
    bench.agree_cox("1000 trials, crude fit", "crude", crude)
    bench.agree_cox("1000 trials, 9-covariate fit", "adjusted", adjusted)


def bench_curves(bench: Bench):
    durations, events, x = trials = peers.cohorts(bench.n_trials, 1, whole_days=True)
    curve, test = (
        "Kaplan-Meier curve, whole-day times",
        "log-rank test, whole-day times",
    )
    curves = {"alsteach": clocked(lambda: kaplan_meier_many(durations, events), bench.n_trials)}
    tests = {"alsteach": clocked(lambda: logrank_many(durations, events, x[:, :, 0]), bench.n_trials)}
    curves["lifelines"] = peer_turn(peers.lifelines_curve(), trials)
    tests["lifelines"] = peer_turn(peers.lifelines_logrank(), trials)
    if bench.r:
        bench.r.read("curves", *trials)
        curves["R survfit()"] = r_turn(bench.r, "curves", "survfit", 60, bench.n_trials)
        tests["R survdiff()"] = r_turn(bench.r, "curves", "survdiff", 60, bench.n_trials)
    bench.time(curve, curves)
    bench.time(test, tests)
    if bench.r:
        ours = kaplan_meier_many(durations, events)
        survival, se = np.split(bench.r.answer("curves", "survfit", bench.n_trials), 2, axis=1)
        bench.agree(curve, "survival", ours.survival, survival)
        bench.agree(curve, "standard errors", ours.se, se)
        statistic = bench.r.answer("curves", "survdiff", bench.n_trials)[:, 0]
        ours = logrank_many(durations, events, x[:, :, 0]).statistic
        bench.agree(test, "chi-square", ours, statistic)


def python(code: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return run.stdout


def bench_imports(bench: Bench):
    """Seconds over those of an interpreter that does nothing."""
    import resource  # not on Windows

    def turn(code):
        def seconds(_round):
            start = resource.getrusage(resource.RUSAGE_CHILDREN)
            python(code)
            end = resource.getrusage(resource.RUSAGE_CHILDREN)
            return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime

        return seconds

    codes = {
        "nothing": "pass",
        "import alsteach": "import alsteach",
        "import alsteach, Cox engine loaded": "import alsteach; alsteach.fit_cox",
        "import lifelines": "import lifelines",
    }
    seconds = interleaved({name: turn(code) for name, code in codes.items()}, bench.rounds)
    over = seconds.drop(columns="nothing").sub(seconds["nothing"], axis=0)
    bench.add(IMPORT, "bare interpreter", seconds["nothing"], "s")
    for name, column in over.items():
        bench.add(IMPORT, name, column, "s")
    print(report.text(pd.DataFrame(bench.rows).query("task == @IMPORT")), flush=True)


def bench_memory(bench: Bench):
    """Megabytes of a fresh process."""
    for code, label in (
        ("fit", "alsteach, simulated and fitted"),
        ("run", "alsteach run_many_trials (3 models, a table)"),
    ):
        bench.add(MEMORY, label, float(python(MEMORY_OF, code, str(bench.n_trials))), "MB")
    print(report.text(pd.DataFrame(bench.rows).query("task == @MEMORY")), flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="few trials, one round: does it run?")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs", help="folder for benchmark.csv, .md and .png"
    )
    options = parser.parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):  # the peers' own
        r = R(Path(folder)) if shutil.which("Rscript") else None
        bench = Bench(*((20, 1) if options.tiny else (1000, 9)), r)
        machine = report.machine(r.version if r else None)
        print(machine, flush=True)
        for part in (bench_cox, bench_thousand, bench_curves, bench_imports, bench_memory):
            part(bench)
        if r:
            r.close()
    rows, agreement = pd.DataFrame(bench.rows), pd.DataFrame(bench.agreement)
    print(report.agreement_text(agreement, AGREEMENT))
    report.write(options.out, rows, agreement, machine, AGREEMENT)
    print(
        f"{time.monotonic() - started:.0f} s in all; written to {options.out.name}/benchmark.csv, .md and .png"
    )
    return int((agreement["met"] == "MISSED").any()) if len(agreement) else 0
