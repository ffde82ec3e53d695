"""Make the course as a JupyterLite site, which runs in a browser without a server of Python: ``build/lite/site``.

    python tools/make_lite.py [OUT]     OUT: build/lite

It is built in an environment of its own. The site holds the notebooks, JupyterLab, the course's wheel and the packages
that Pyodide lacks; Pyodide itself, with numpy and what else has to be compiled, the browser fetches from its makers.
Any web server can hand the site out: python -m http.server --directory build/lite/site
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alsteach.opening.course import course_files  # noqa: E402
from alsteach.words import catalogue  # noqa: E402

BUILDERS = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6")
# Of requirements.txt: the site shows what widgets are installed beside the builder.
BESIDE = ("anywidget", "jupyter-server", "jupyterlab-widgets")
BACKEND = "hatchling"  # makes the course's wheel
# What the package needs, sorted by where a browser gets it from: Pyodide's makers (pyodide-lock.json of its release
# 314.0.6), or this site.
OF_PYODIDE = ("charset-normalizer", "jinja2", "matplotlib", "numpy", "pandas", "pillow", "scipy", "tzdata")
OF_THE_SITE = (
    "anywidget",
    "babel",
    "comm",
    "et-xmlfile",
    "ipywidgets",
    "jupyterlab-widgets",
    "openpyxl",
    "psygnal",
)
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
INSTALL = f"%pip install -q --no-deps {' '.join(('alsteach', *OF_THE_SITE, *OF_PYODIDE))}\n"
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "alsteach",
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}},
    },
}


def pins(file: str, names: tuple[str, ...]) -> list[str]:
    """Return the lines of a list of requirements that pin these packages.

    >>> [line.split("==")[0] for line in pins("requirements.txt", ("anywidget", "babel"))]
    ['anywidget', 'babel']
    """
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.split("==")[0] in names]


def for_the_browser(notebook: dict, is_code: bool) -> dict:
    """Return a notebook as the site has it: its first cell of code installs the course, folded as before.

    A page of code, which lifelines keeps from running there, says so at its beginning instead.
    """
    notebook, said = copy.deepcopy(notebook), catalogue.panel("reading").table("finding")
    notebook["metadata"]["kernelspec"] = KERNEL
    if is_code:
        note = {"cell_type": "markdown", "id": "not-in-a-browser", "metadata": {}}
        note["source"] = f"**{said('lite_code')}**"
        notebook["cells"].insert(1, note)
    else:
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        # The fold shows a cell's first line.
        first["source"] = f"# {said('lite_first')}\n{INSTALL}" + "".join(first["source"])
    return notebook


def write_contents(folder: Path) -> None:
    """Write the notebooks into a folder as the site has them."""
    for path in course_files(ROOT):
        place = folder / path.relative_to(ROOT / "notebooks")
        place.parent.mkdir(parents=True, exist_ok=True)
        notebook = for_the_browser(json.loads(path.read_text(encoding="utf-8")), path.parent.name == "code")
        place.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")


def run(*command) -> None:
    subprocess.run([str(part) for part in command], check=True)


def environment(folder: Path) -> Path:
    """Return the interpreter of an environment that builds sites; made anew when its packages change."""
    wanted = [*BUILDERS, *pins("requirements.txt", BESIDE), *pins("requirements-dev.txt", (BACKEND,))]
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    stamp = folder / "alsteach.json"
    if not stamp.is_file() or json.loads(stamp.read_text()) != wanted:
        run(sys.executable, "-m", "venv", "--clear", folder)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
        stamp.write_text(json.dumps(wanted))
    return python


def write_wheels(python: Path, folder: Path) -> None:
    """Put the course's wheel, and those that the site brings, into a folder."""
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    any_machine = ("--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none")
    run(
        *pip,
        "download",
        "--no-deps",
        *any_machine,
        "--dest",
        folder,
        *pins("requirements-lite.txt", OF_THE_SITE),
    )


def make(out: Path) -> Path:
    """Make the site; return its folder."""
    work, site = out / "source", out / "site"
    for old in (work, site):
        shutil.rmtree(old, ignore_errors=True)
    work.mkdir(parents=True)
    python = environment(out / "venv")
    write_contents(work / "contents")
    write_wheels(python, work / "wheels")
    (work / "jupyter-lite.json").write_text(json.dumps(SETTINGS, indent=2), encoding="utf-8")
    shutil.copyfile(ROOT / "tools" / "jupyterlab_overrides.json", work / "overrides.json")
    build = (python, "-m", "jupyter", "lite", "build", "--lite-dir", work, "--contents", work / "contents")
    run(*build, "--piplite-wheels", work / "wheels", "--apps", "lab", "--output-dir", site)
    return site


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "build" / "lite", help="build/lite")
    site = make(parser.parse_args(arguments).out.resolve())
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 2**20
    print(f"{site}: {size:.0f} MB. To look at it: python -m http.server --directory {site} 8891")
    print("then http://localhost:8891/lab/index.html?path=00_start_here.ipynb")


if __name__ == "__main__":
    main(sys.argv[1:])
