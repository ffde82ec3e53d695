"""Panel of notebook 00: is everything in order here?"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from .. import datasets, style
from ..cox import fit_cox
from ..frames import TrialDataError
from .controls import slider
from .core import Panel

NEEDED = ("jupyterlab", "ipywidgets", "lifelines", "matplotlib", "numpy", "pandas", "scipy")
TABLES = ("published_results", "mirocals_like", "veteran", "pbc")
VETERAN_HR = 1.0179  # R's coxph on the veteran trial, facts.md section 7


def check_versions() -> tuple[bool, str]:
    """Return whether Python and the packages the course needs are there, and a sentence."""
    missing = []
    for package in NEEDED:
        try:
            version(package)
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return False, f"missing: {', '.join(missing)}. Close this and run `make lab` again"
    return (
        True,
        f"Python {sys.version_info.major}.{sys.version_info.minor} and {len(NEEDED)} packages are there",
    )


def check_tables() -> tuple[bool, str]:
    """Return whether every data table can be read and is undamaged, and a sentence."""
    for table in TABLES:
        try:
            getattr(datasets, f"load_{table}")()
        except TrialDataError as problem:
            return False, str(problem)
    return True, f"{len(TABLES)} data tables are complete and unchanged"


def check_statistics() -> tuple[bool, str]:
    """Return whether a Cox model gives here what R gave, and a sentence."""
    hr = fit_cox(datasets.load_veteran()).table.loc["treated", "hr"]
    agrees = abs(hr - VETERAN_HR) < 5e-5
    return agrees, f"a Cox model gives {hr:.4f} here and {VETERAN_HR} in R"


def checkup_panel() -> Panel:
    """Check that packages, data and statistics are in order, and that a slider moves a picture.

    Returns
    -------
    Panel

    Examples
    --------
    >>> import alsteach as al
    >>> panel = al.checkup_panel()
    >>> panel.set(dot=70)
    >>> panel.sentence[-27:]
    'stands at 70, as you asked.'
    """
    checks = {"Packages": check_versions(), "Data": check_tables(), "Statistics": check_statistics()}

    def show(values, picture):
        if not hasattr(picture.memory, "axes"):
            for line, (name, (fine, text)) in enumerate(checks.items()):
                mark, color = ("✓", style.SECOND) if fine else ("✗", style.HIGHLIGHT)
                height = 0.88 - 0.14 * line
                picture.figure.text(0.03, height, mark, color=color, fontsize=16, weight="bold", va="center")
                picture.figure.text(0.07, height, name, weight="bold", va="center")
                picture.figure.text(0.2, height, text if len(text) < 70 else text[:67] + "…", va="center")
            axes = picture.memory.axes = picture.figure.add_axes([0.07, 0.24, 0.88, 0.16])
            axes.set(xlim=(0, 100), ylim=(-1, 1), yticks=[], xlabel="Move the slider: this dot follows")
            axes.spines["left"].set_visible(False)
        with picture.redrawing(picture.memory.axes):
            picture.memory.axes.plot(values.dot, 0, "o", color=style.ACTIVE, markersize=16, clip_on=False)
        broken = [f"{name}: {text}" for name, (fine, text) in checks.items() if not fine]
        state = (
            f"Not in order. {'. '.join(broken)}."
            if broken
            else "Everything is in order: packages, data, statistics."
        )
        return f"{state} The dot stands at {values.dot}, as you asked."

    return Panel(
        "Is everything in order here?",
        {"dot": slider("Move me", 0, 100, 1, 20)},
        show,
        {"To the right end": {"dot": 100}},
        size=(760, 260),
    )
