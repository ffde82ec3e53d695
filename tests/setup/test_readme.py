"""What the README tells a newcomer to type is what CI runs, or says that it is not."""

from __future__ import annotations

import re
from pathlib import Path

import alsteach
from alsteach.opening.course import numbered_pages
from alsteach.panels.page import PAGES
from alsteach.words import catalogue

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|bat)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXEMPT = "not run in CI"
# Where CI runs each make command that the README shows.
RUN_BY = {
    "make lab": ("tests/setup/test_lab.py", '["make", "lab"'),
    "make test": (".ci/run", "exec make test"),
}


def commands() -> list[tuple[str, bool]]:
    """Return each command of the README with whether the heading above it says that CI does not run it."""
    found = []
    for block in BLOCK.finditer(README):
        heading = re.findall(r"^#+ .*$", README[: block.start()], re.MULTILINE)[-1]
        found += [(line.strip(), EXEMPT in heading) for line in block[2].splitlines() if line.strip()]
    return found


def test_first_commands_are_those_for_a_bare_debian_then_the_two_of_ours():
    ours = [command for command, exempt in commands() if not exempt]
    assert ours == [
        "sudo apt-get update",
        "sudo apt-get install -y make python3-venv",
        "make lab",
        "make test",
    ]


def test_every_command_is_run_in_ci_or_marked():
    script = [line.strip() for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()]
    for command, exempt in commands():
        if exempt:
            continue
        if command in RUN_BY:
            path, text = RUN_BY[command]
            assert text in (ROOT / path).read_text(encoding="utf-8"), command
        else:
            assert command.removeprefix("sudo ") in script, command


def test_windows_and_conda_commands_are_marked_and_name_files_that_exist():
    marked = [command for command, exempt in commands() if exempt]
    assert "conda env create -f environment.yml" in marked
    assert r".venv\Scripts\python -m pip install -r requirements.txt" in marked
    for path in ("environment.yml", "requirements.txt", "notebooks/00_start_here.ipynb"):
        assert any(path in command.replace("\\", "/") for command in marked)
        assert (ROOT / path).is_file(), path


def test_make_commands_in_the_text_exist():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for name in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / name).read_text(encoding="utf-8")))
        assert named <= set(targets), name
        assert named, name


def test_notebook_table_lists_them_all():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| .* \|$", README, re.MULTILINE)
    files = [path.stem for path in numbered_pages().values()]
    assert [name for name, _ in rows] == files == list(PAGES.values())
    about = catalogue.panel("page")
    assert [f"{minutes} minutes" for _, minutes in rows] == [
        about(f"data.{number}.minutes") for number in PAGES
    ]


def test_links_point_at_files():
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_it_says_that_it_gives_no_advice():
    assert "no advice on treatment" in README
    assert "no treatment advice" in alsteach.__doc__
