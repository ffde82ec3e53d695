"""The wheel alone, far from the checkout, has everything that the package reads."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from alsteach.opening.course import course_files

ROOT = Path(__file__).resolve().parents[2]
LOAD_ALL = """
import json, alsteach as al
names = [name for name in al.__all__ if name.startswith("load_")]
print(json.dumps({"file": al.__file__, "rows": {name: len(getattr(al, name)()) for name in names}}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("alsteach-*.whl"))


@pytest.mark.slow
def test_wheel_holds_the_tables_and_not_their_scripts(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    data = {name.removeprefix("alsteach/_data/") for name in names if name.startswith("alsteach/_data/")}
    assert {path.name for path in (ROOT / "datasets").glob("*.csv")} <= data
    assert {"README.md", "datapackage.json", "veteran.csv", "published_results.csv"} <= data
    assert {Path(name).suffix for name in data} == {".csv", ".json", ".md"}
    assert {f"alsteach/panels/picture.{kind}" for kind in ("js", "css")} <= set(names)
    assert {"alsteach/words/en/panel.toml", "alsteach/words/en/page05.toml"} <= set(names)
    carried = {name for name in names if name.endswith(".ipynb")}
    assert carried == {
        str(Path("alsteach/_notebooks", path.relative_to(ROOT / "notebooks")).as_posix())
        for path in course_files(ROOT)
    }
    assert {f"alsteach/opening/templates/{page}.html" for page in ("base", "index", "full")} <= set(names)
    own_trial = (
        "vocabulary.toml",
        *(f"templates/{page}" for page in ("report.html", "aside.html", "code.jinja")),
    )
    assert {f"alsteach/own_trial/{name}" for name in own_trial} <= set(names)
    code = {name for name in names if name.endswith(".py")}
    assert code == {str(path.relative_to(ROOT).as_posix()) for path in (ROOT / "alsteach").rglob("*.py")}


@pytest.mark.slow
def test_installed_wheel_loads_every_table(wheel, tmp_path):
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install, str(wheel)], check=True)
    # pandas and the rest come from the environment that runs this test; its own alsteach stays out of sight, because
    # a folder named in a .pth file does not have its own .pth files read.
    site_packages = next(home.glob("lib/python*/site-packages"))
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run = subprocess.run(
        [str(python), "-I", "-c", LOAD_ALL], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    assert Path(found["file"]).is_relative_to(home)
    assert {"load_veteran", "load_pbc", "load_mirocals_like", "load_published_results"} <= set(found["rows"])
    copied = [str(python), "-I", "-m", "alsteach", "notebooks", "mine"]
    said = subprocess.run(copied, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said == f"Notebooks copied into mine: {len(course_files(ROOT))}.\n"
    first = "00_start_here.ipynb"
    assert (tmp_path / "mine" / first).read_bytes() == (ROOT / "notebooks" / first).read_bytes()
    assert found["rows"]["load_veteran"] == 137
    assert found["rows"]["load_pbc"] == 312
    assert found["rows"]["load_mirocals_like"] == 220
    assert min(found["rows"].values()) > 0


@pytest.mark.slow
def test_installed_wheel_leaves_other_peoples_jupyterlab_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shared = [name.split(".data/data/")[-1] for name in archive.namelist() if ".data/data/" in name]
    assert {name.rpartition("/")[0] for name in shared} == {"share/jupyter/voila/templates/alsteach"}


@pytest.mark.slow
def test_installed_wheel_brings_the_template_of_the_pages(wheel):
    folder = "share/jupyter/voila/templates/alsteach/"
    with zipfile.ZipFile(wheel) as archive:
        found = {name.split(".data/data/")[-1] for name in archive.namelist() if folder in name}
    assert found == {f"{folder}conf.json", f"{folder}index.html.j2"}
