"""What a learner types without a notebook: copies that harm no work, a folder found, an index and its limit."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys

import pytest

import alsteach as al
from alsteach import __main__ as command
from alsteach.opening import reading
from alsteach.opening.course import copy_course, course_files
from alsteach.panels.page import PAGES

FIRST = "00_start_here.ipynb"


def test_help_and_version_are_friendly():
    run = [sys.executable, "-m", "alsteach"]
    told = subprocess.run([*run, "--help"], capture_output=True, text=True, check=True).stdout
    for name in ("read", "lab", "notebooks", "collect"):
        assert re.search(rf"^    {name}\b", told, re.MULTILINE), name
    assert "no advice on treatment" in told
    version = subprocess.run([*run, "--version"], capture_output=True, text=True, check=True).stdout
    assert version == f"alsteach {al.__version__}\n"


def test_copies_leave_a_learners_work_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(["notebooks", "course"]) == 0
    number = len(course_files())
    assert capsys.readouterr().out == f"Notebooks copied into course: {number}.\n"
    mine = tmp_path / "course" / "code" / "05_why_they_disagree.ipynb"
    mine.write_text("my work")
    (tmp_path / "course" / FIRST).unlink()
    assert command.main(["notebooks", "course"]) == 0
    said = capsys.readouterr().out
    assert mine.read_text() == "my work"
    assert "copied into course: 1." in said
    assert f"the same: {number - 2}." in said
    assert "left as they are: code/05_why_they_disagree.ipynb." in said


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert command.main(["notebooks", str(tmp_path / "file" / "course")]) == 1
    said = capsys.readouterr().err
    assert str(tmp_path / "file") in said
    assert "Choose another folder" in said


async def slowly_nothing(kernels, kernel_id):
    await asyncio.sleep(0)


def test_a_kernel_loads_what_pages_need_before_any_cell_is_run(tmp_path):
    async def look() -> list[str]:
        kernels = reading.Kernels(places=1, connection_dir=str(tmp_path))
        kernel_id = await kernels.start_kernel()
        client, said = kernels.get_kernel(kernel_id).client(), []
        client.start_channels()  # as Voilà does, while ours loads
        await client.wait_for_ready(timeout=120)
        await asyncio.gather(*kernels.loading)
        code = f"import sys; print([name in sys.modules for name in {reading.BEFOREHAND}], 'alsteach' in globals())"
        await client.execute_interactive(code, output_hook=said.append, timeout=120)
        client.stop_channels()
        await kernels.shutdown_kernel(kernel_id, now=True)
        return [message["content"]["text"] for message in said if message["msg_type"] == "stream"]

    assert asyncio.run(look()) == [f"{[True] * len(reading.BEFOREHAND)} False\n"]


@pytest.mark.parametrize("inside", ["", "notebooks", "nothing"])
def test_the_course_is_found_here_or_below_or_made(tmp_path, monkeypatch, inside):
    monkeypatch.chdir(tmp_path)
    if inside != "nothing":
        copy_course(tmp_path / inside)
    assert command._own_copy(None) == (tmp_path / {"nothing": command.FOLDER}.get(inside, inside)).resolve()
    assert (command._own_copy(None) / FIRST).is_file()
    assert len(list(tmp_path.rglob(FIRST))) == 1


@pytest.mark.parametrize("places", ["0", "-3", "many", "1.5"])
def test_a_number_of_places_that_is_none_is_refused(places, capsys):
    with pytest.raises(SystemExit):
        command.main(["read", "--places", places])
    assert f"{places} is no number of pages" in capsys.readouterr().err or places.startswith("-")


def test_the_index_names_every_page_with_its_minutes():
    html = reading.index_html()
    for name in PAGES.values():
        assert f'href="voila/render/{name}.ipynb"' in html
    assert html.count(" minutes<") == len(PAGES)
    assert "no advice on treatment" in html


@pytest.mark.parametrize("places", [1, 3])
def test_no_more_kernels_start_than_there_are_places(places, monkeypatch):
    """Also when several are asked for at once, before the first has come up."""
    kernels = reading.Kernels(places=places)
    up = []

    async def slowly(self, *, kernel_id, **values):
        await asyncio.sleep(0)
        up.append(kernel_id)
        return kernel_id

    monkeypatch.setattr(reading.AsyncMappingKernelManager, "start_kernel", slowly)
    monkeypatch.setattr(reading.Kernels, "list_kernel_ids", lambda self: up)
    monkeypatch.setattr(reading.Kernels, "load", slowly_nothing)

    async def rush():
        return await asyncio.gather(
            *(kernels.start_kernel() for _ in range(places + 2)), return_exceptions=True
        )

    came = asyncio.run(rush())
    assert [type(each) for each in came] == [str] * places + [reading.NoPlace] * 2
    assert len(set(up)) == places
    up.pop()
    assert asyncio.run(kernels.start_kernel()) in up


def test_places_follow_memory(monkeypatch):
    def available(megabytes):
        memory = type("Memory", (), {"available": megabytes * 2**20})
        monkeypatch.setattr(reading.psutil, "virtual_memory", lambda: memory)
        return reading.places_here()

    assert [available(megabytes) for megabytes in (100, 4000, 400_000)] == [4, 10, 60]
