"""The benchmark's rows as text, as a table and as a picture."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pandas as pd

from alsteach import style
from tests.benchmarks.peers import installed

MARKERS = {
    "lifelines": ("o", style.HIGHLIGHT),
    "statsmodels": ("s", style.THIRD),
    "scikit-survival": ("D", style.SECOND),
    "R coxph()": ("^", style.ACTIVE),
    "R coxph.fit": ("v", style.CONTROL),
    "R survfit() or survdiff()": ("P", style.ACTIVE),
}

ABOUT = """\
Written by `make bench`; do not edit. In each round every engine has its turn on the same synthetic trials (220
patients, 41 % deaths; for the 1000 trials, those of the simulator). A figure is the median of the rounds, in processor
time; a ratio is the median of the rounds' ratios to the first line of its task, with their range. R is timed inside one
running R, without its start-up; `coxph.fit` is what `coxph()` calls once it has understood its formula. scikit-survival
gives no standard errors. Deaths at the same time are handled after Efron."""


def machine(r_version: str | None) -> str:
    """Say on what this was measured."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip()
            for line in cpuinfo.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    packages = [
        f"{name} {installed(name)}"
        for name in ("numpy", "pandas", "scipy", "lifelines", "statsmodels", "scikit-survival")
        if installed(name)
    ]
    return (
        f"{model}, one of {os.cpu_count()} cores, one thread; {platform.system()}; "
        f"Python {platform.python_version()}, {', '.join(packages)}; {r_version or 'no R on this machine'}."
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.3g}"


def _cells(row) -> list[str]:
    ratio = "" if pd.isna(row.ratio) else f"{_number(row.ratio)} ×"
    spread = "" if pd.isna(row.ratio) else f"{_number(row.ratio_low)}–{_number(row.ratio_high)}"
    return [row.engine, f"{_number(row.value)} {row.unit}", ratio, spread, row.budget, row.met]


def text(rows: pd.DataFrame) -> str:
    """Write the rows of one task for the terminal."""
    lines = [rows["task"].iloc[0]]
    for row in rows.itertuples():
        lines.append("  {:<45}{:>12}{:>10}{:>16}{:>12}  {}".format(*_cells(row)))
    return "\n".join(lines)


def agreement_text(agreement: pd.DataFrame, limit: float) -> str:
    if agreement.empty:
        return "Agreement with R: not checked, there is no R here."
    lines = [f"Largest difference from R (limit {limit:g})"]
    for row in agreement.itertuples():
        skipped = f", {row.not_compared} without an answer from R" if row.not_compared else ""
        lines.append(
            f"  {row.task}: {row.quantity}: {row.largest:.1e} of {row.values} values{skipped}  {row.met}"
        )
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def write(folder: Path, rows: pd.DataFrame, agreement: pd.DataFrame, machine: str, limit: float):
    """Write benchmark.csv, benchmark.md and benchmark.png."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / "benchmark.csv", index=False, float_format="%.4g")
    timed = [[row.task, *_cells(row)] for row in rows.itertuples()]
    checked = [
        [row.task, row.quantity, str(row.values), str(row.not_compared), f"{row.largest:.1e}", row.met]
        for row in agreement.itertuples()
    ]
    parts = [
        "# How fast, and how close to R",
        ABOUT,
        f"Measured on: {machine}",
        "![Times as long as alsteach](benchmark.png)",
        "## Time and memory",
        _table(["task", "engine", "median", "times ours", "range", "budget", ""], timed),
        "## Agreement with R",
        f"The same run, every trial, R's `coxph.fit` with `eps = 1e-12`; limit {limit:g}."
        if checked
        else "Not checked: there was no R on this machine.",
    ]
    if checked:
        head = ["task", "quantity", "values", "no answer from R", "largest difference", ""]
        parts.append(_table(head, checked))
    (folder / "benchmark.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    draw(rows, machine).savefig(folder / "benchmark.png", metadata={"Software": None})


def _peer(engine: str) -> str:
    return (
        "R survfit() or survdiff()" if engine.startswith("R surv") else engine.removesuffix(", fitted only")
    )


def draw(rows: pd.DataFrame, machine: str):
    """Draw how many times our time each peer takes, and the budgets."""
    import textwrap

    import matplotlib

    compared = rows.assign(peer=rows["engine"].map(_peer)).dropna(subset=["ratio"])
    compared = compared[compared["peer"].isin(MARKERS)]
    tasks = list(dict.fromkeys(compared["task"]))
    with matplotlib.rc_context(style.FIGURE):
        figure = style.new_figure(8.6, 4.9)
        ax = figure.add_axes([0.37, 0.24, 0.6, 0.6])
        for peer, part in compared.groupby("peer", sort=False):
            marker, colour = MARKERS[peer]
            y = [tasks.index(task) for task in part["task"]]
            ax.plot(part["ratio"], y, marker, color=colour, label=peer, markersize=7, clip_on=False)
            for at, budget in zip(y, part["budget"], strict=True):
                if budget:
                    least = float(budget.split()[1])
                    ax.plot([least, least], [at - 0.3, at + 0.3], color=colour, linewidth=1.5)
        ax.set_xscale("log")
        ax.axvline(1, color=style.PALE, linewidth=1)
        ax.set_yticks(range(len(tasks)), tasks)
        ax.set_ylim(len(tasks) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
        ax.set_xlabel("times as long as alsteach (short lines: our budgets, to be passed)")
        figure.legend(*ax.get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.01, 0.99), ncols=3)
        figure.text(0.012, 0.015, textwrap.fill(machine, 118), fontsize=9, va="bottom")
    return figure
