"""A class server on one machine that needs no accounts: `jupyterhub --config deploy/jupyterhub_config.py`.

Settings come from the environment, so that the load test runs this very file (docs/class.md says what each does):
CLASS_PASSWORD (needed), CLASS_ADDRESS, CLASS_PORT, CLASS_FOLDER, CLASS_OPENS, CLASS_TEACHER, CLASS_TEACHER_PASSWORD.
"""

import os
import secrets
import socket
import sys
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent
sys.path.insert(0, str(DEPLOY))
from spawner import CourseSpawner  # noqa: E402 - found only once the folder is on the path

ROOT = DEPLOY.parent
folder = Path(os.environ.get("CLASS_FOLDER", ROOT / "build" / "class")).resolve()
folder.mkdir(parents=True, exist_ok=True)
password = os.environ.get("CLASS_PASSWORD", "")
if len(password) < 8:
    raise SystemExit("Set CLASS_PASSWORD to what the class will type, 8 letters or more, then start again.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# What a student arrives at; the other one is there too, at its own address.
FIRST = {
    "lab": "/lab/tree/notebooks/00_start_here.ipynb",
    "read": "/voila/render/notebooks/00_start_here.ipynb",
}
opens = os.environ.get("CLASS_OPENS", "lab")
if opens not in FIRST:
    raise SystemExit(f"CLASS_OPENS is {opens!r}; set it to {' or '.join(FIRST)}, then start again.")

c = get_config()  # noqa: F821 - JupyterHub provides it

address, port = os.environ.get("CLASS_ADDRESS", "127.0.0.1"), os.environ.get("CLASS_PORT", "8000")
c.JupyterHub.bind_url = f"http://{address}:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{free_port()}"
c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.shutdown_on_logout = True
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{free_port()}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
installed_here = ROOT / "build" / "node" / "node_modules" / ".bin" / "configurable-http-proxy"
if installed_here.exists():
    c.ConfigurableHTTPProxy.command = [str(installed_here)]

# One password for the room; the name a student types becomes the name of the student's folder.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z][a-z0-9_-]{0,31}"
if os.environ.get("CLASS_TEACHER"):
    c.Authenticator.admin_users = {os.environ["CLASS_TEACHER"]}
    c.SharedPasswordAuthenticator.admin_password = os.environ.get("CLASS_TEACHER_PASSWORD")

c.JupyterHub.spawner_class = CourseSpawner
c.CourseSpawner.course_folder = str(ROOT / "notebooks")
c.CourseSpawner.home_dir_template = str(folder / "students" / "{username}")
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = FIRST[opens]
# Pages to read are Voilà's, which every student's server holds: its settings and its template are the course's.
opening = ROOT / "alsteach" / "opening"
c.Spawner.environment = {
    "PYTHONPATH": str(ROOT),
    "JUPYTER_CONFIG_PATH": str(opening),
    "JUPYTER_PATH": str(opening / "share"),
}
# A page that was closed leaves its kernel behind: it goes after twenty minutes without anybody connected.
c.Spawner.args = ["--MappingKernelManager.cull_idle_timeout=1200", "--MappingKernelManager.cull_interval=60"]
# All start at once when a lesson begins: let them, and wait for them. (With a limit, the next one gets an error page.)
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
if getattr(os, "geteuid", lambda: 1)() == 0:
    c.Spawner.args.append("--allow-root")
