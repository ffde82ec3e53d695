"""What a class takes: from the load test's results to docs/class_load.csv and the tables in docs/class.md."""

from __future__ import annotations

import math
import os
import platform

import numpy as np
import pandas as pd

from tests.browser.lab import ROOT

CSV = ROOT / "docs" / "class_load.csv"
PAGE = ROOT / "docs" / "class.md"
BEGIN, END = "<!-- load test: begin -->", "<!-- load test: end -->"
SYSTEM_MB = 1000  # the operating system and its cache: an allowance, not measured
HEADROOM = 1.25  # a student who tries things needs more than the lesson: an allowance, not measured
BUSY = 0.5  # at most this share of the cores at work while everyone moves sliders, or pictures wait for one another
PATIENCE = 60  # seconds in which Run All Cells, pressed by everyone together, should be done
SIZES = (2, 4, 8, 16, 32, 64, 96, 128, 192, 256)  # in which machines are commonly let, GB and cores
CLASSES = (10, 20, 30, 60, 100)


def load_of_machine() -> float:
    """Return how many processes wanted a core in the last minute; not a number where that is not told."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan


def table(found: dict) -> pd.DataFrame:
    """Return a row a student, then the proxy and the hub."""
    people = {person["who"]: person for person in found["people"]}
    rows = []
    for who in [*people, "proxy", "hub"]:
        person, memory, cpu = people.get(who, {}), found["memory_mb"][who], found["cpu_s"][who]
        moves = np.array(person.get("move_s", []))
        row = {"who": who, "start_s": person.get("start_s"), "run_all_s": person.get("run_all_s")}
        row["moves"] = len(moves)
        row["move_median_s"] = np.median(moves) if len(moves) else None
        row["move_p95_s"] = np.quantile(moves, 0.95) if len(moves) else None
        row |= {f"{kind}_mb": memory[kind] for kind in ("server", "kernel", "unshared")}
        row |= {f"cpu_{name}_s": cpu.get(part, 0.0) for name, part in PARTS.items()}
        rows.append(row)
    return pd.DataFrame(rows).round(3)


PARTS = {"start": "start", "run_all": "run all", "run_all_kernel": "run all, kernel", "moving": "moving"}


def needs(rows: pd.DataFrame, every: float) -> dict[str, float]:
    """Return what one student takes and what hub and proxy take.

    Memory: the student who took most. Processor: simulated students and the one at a browser (whose server also hands
    out JupyterLab and saves) apart, and the dearer of the two.
    """
    students = rows[rows["moves"] > 0]
    own = students["server_mb"] + students["kernel_mb"]
    costs = students[["cpu_start_s", "cpu_run_all_s"]].assign(
        move=students["cpu_moving_s"] / students["moves"]
    )
    dearer = costs.groupby(students["who"].str.contains("browser")).mean().max()
    return {
        "student_mb": own.max(),
        "server_mb": students["server_mb"].max(),
        "kernel_mb": students["kernel_mb"].max(),
        "shared_mb": rows.loc[rows["moves"] == 0, "server_mb"].sum(),
        "start_cpu_s": dearer["cpu_start_s"],
        "run_all_cpu_s": dearer["cpu_run_all_s"],
        "move_cpu_s": dearer["move"],
        "every_s": every,
    }


def _size(wanted: float) -> int | None:
    return next((size for size in SIZES if size >= wanted), None)


def machines(need: dict[str, float]) -> pd.DataFrame:
    """Return a row a class size: memory and cores needed, and the machine that has them.

    Examples
    --------
    >>> need = {"student_mb": 400, "shared_mb": 200, "move_cpu_s": 0.1, "run_all_cpu_s": 6, "every_s": 2}
    >>> machines(need).loc[[10, 60], ["memory_gb", "machine_gb", "cores_moving", "cores_run_all", "machine_cores"]]
                memory_gb  machine_gb  cores_moving  cores_run_all  machine_cores
    students...
    10                6.2           8           1.0            1.0              2
    60               31.2          32           6.0            6.0              8
    """
    rows = []
    for students in CLASSES:
        memory = (SYSTEM_MB + need["shared_mb"] + students * need["student_mb"] * HEADROOM) / 1000
        moving = students * need["move_cpu_s"] / need["every_s"] / BUSY
        run_all = students * need["run_all_cpu_s"] / PATIENCE
        row = {"students": students, "memory_gb": memory, "machine_gb": _size(memory)}
        row |= {"cores_moving": moving, "cores_run_all": run_all}
        rows.append({**row, "machine_cores": _size(max(moving, run_all))})
    return pd.DataFrame(rows).set_index("students")


def _markdown(header: list[str], rows: list[list]) -> str:
    lines = [header, ["---:"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _number(value: float, decimals: int = 1) -> str:
    return "" if value is None or pd.isna(value) else f"{value:.{decimals}f}"


def section(found: dict) -> str:
    """Return the measured part of docs/class.md."""
    rows = table(found)
    need = needs(rows, found["every_s"])
    students = rows[rows["moves"] > 0]
    browser = students[students["who"].str.contains("browser")]
    simulated = students.drop(browser.index)
    moves = np.concatenate([p["move_s"] for p in found["people"] if "browser" not in p["who"]])
    seen = f"{len(simulated)} simulated students" + (" and one at a real browser" if len(browser) else "")
    lines = [
        f"Measured by `make load-test` on {os.cpu_count()} cores ({platform.machine()}, Python "
        f"{platform.python_version()}); before it began, {_number(found['load_before'])} processes wanted a core. "
        f"{seen}, each running notebook {found['notebook'][:2]} and moving a slider {found['moves']} times, "
        f"once in {found['every_s']:g} s; "
        f"every move was checked against the picture it must give. "
        + ("Nothing was lost or mixed up." if not found["lost"] else f"**Lost: {len(found['lost'])}.**"),
        "",
        _markdown(
            ["what", "median", "95 of 100", "most"],
            [
                ["seconds from Start to JupyterLab", *_spread(students["start_s"])],
                ["seconds for Run All Cells", *_spread(students["run_all_s"])],
                [
                    "milliseconds from a move to its picture's arrival",
                    *_spread(moves * 1000, 0),
                ],
                *(
                    [
                        [
                            "milliseconds from key to picture, in the real browser",
                            *_spread(_browser_moves(found), 0),
                        ]
                    ]
                    if len(browser)
                    else []
                ),
                ["MB, a student's server", *_spread(students["server_mb"], 0)],
                ["MB, a student's kernel", *_spread(students["kernel_mb"], 0)],
                ["MB of a student's that no other process shares", *_spread(students["unshared_mb"], 0)],
                ["processor seconds to start a server", *_spread(students["cpu_start_s"])],
                ["processor seconds to run the notebook", *_spread(students["cpu_run_all_s"])],
                [
                    "of them the kernel's, the rest JupyterLab's server",
                    *_spread(students["cpu_run_all_kernel_s"]),
                ],
                ["processor seconds a move", *_spread(students["cpu_moving_s"] / students["moves"], 2)],
            ],
        ),
        "",
        f"Hub and proxy together: {need['shared_mb']:.0f} MB.",
        "",
        "| class at once | memory needed, GB | machine, GB | cores for moving | cores for Run All | machine, cores |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for size, row in machines(need).iterrows():
        cells = [size, _number(row.memory_gb), _or_more(row.machine_gb), _number(row.cores_moving)]
        cells += [_number(row.cores_run_all), _or_more(row.machine_cores)]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += [
        "",
        f"Memory: {SYSTEM_MB / 1000:g} GB for the operating system, hub and proxy, and {need['student_mb']:.0f} MB a "
        f"student with one notebook open (the one who took most) times {HEADROOM:g}; each further notebook open adds "
        f"about {need['kernel_mb']:.0f} MB. Cores: enough that everyone moving a slider once in {found['every_s']:g} s "
        f"keeps {BUSY:.0%} of them busy, and that Run All Cells, pressed by everyone at the same moment, is done in "
        f"{PATIENCE} s. The allowances ({SYSTEM_MB / 1000:g} GB, {HEADROOM:g}, {BUSY:.0%}, {PATIENCE} s) are choices "
        "(`tests/deploy/report.py`); the rest is measured.",
    ]
    return "\n".join(lines)


def _browser_moves(found: dict) -> np.ndarray:
    return np.concatenate([p["move_s"] for p in found["people"] if "browser" in p["who"]]) * 1000


def _spread(values, decimals: int = 1) -> list[str]:
    return [_number(value, decimals) for value in np.quantile(np.asarray(values, float), [0.5, 0.95, 1])]


def _or_more(size) -> str:
    return "more machines than one" if pd.isna(size) else f"{size:.0f}"


def write(found: dict) -> None:
    """Write the table and put the section into the page."""
    table(found).to_csv(CSV, index=False)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{section(found)}\n{END}{after}", encoding="utf-8")


def summary(found: dict) -> str:
    """Return the table as text."""
    with pd.option_context("display.width", 220, "display.max_columns", 20):
        return str(table(found))
