"""A student's server as a plain process, with a copy of the course in a home of the student's own.

All servers run as the one account that runs the hub, so no accounts need be made, and nothing keeps a student's code
out of a neighbour's files, or limits its memory. For a workshop among people who trust one another; otherwise see
docs/class.md.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets import Unicode


def copy_course(notebooks: Path, home: Path) -> list[str]:
    """Put the notebooks that are not there yet into ``home/notebooks``, folders and all; return their names.

    What a student has is never overwritten. Whatever a teacher adds to the folder comes along; alsteach is not asked
    what belongs to the course, as the hub may run without it.
    """
    folder, new = home / "notebooks", []
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(notebooks.rglob("*.ipynb")):
        name = path.relative_to(notebooks)
        if ".ipynb_checkpoints" not in name.parts and not (folder / name).exists():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, folder / name)
            new.append(name.as_posix())
    return new


class CourseSpawner(SimpleLocalProcessSpawner):
    """Start a student's server in a home of its own that holds the course."""

    course_folder = Unicode(config=True, help="The notebooks to copy into each student's home.")

    async def start(self):
        copy_course(Path(self.course_folder), Path(self.home_dir))
        return await super().start()

    def user_env(self, env):
        env = super().user_env(env)
        # A student's settings and kernels' traces stay in the student's home, whatever the account has set.
        home = Path(self.home_dir)
        env["JUPYTER_CONFIG_DIR"] = str(home / ".jupyter")
        env["JUPYTER_DATA_DIR"] = str(home / ".local" / "share" / "jupyter")
        env["JUPYTER_RUNTIME_DIR"] = str(home / ".local" / "share" / "jupyter" / "runtime")
        env["IPYTHONDIR"] = str(home / ".ipython")
        # One thread a student: with several each, a class on few cores waits for itself.
        env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        env["PATH"] = os.environ["PATH"]
        return env
