"""The Littlest JupyterHub: what config.yaml cannot say. Goes into /opt/tljh/config/jupyterhub_config.d/."""

c = get_config()  # noqa: F821 - JupyterHub provides it

c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
# For pages to read instead: "/voila/render/notebooks/00_start_here.ipynb".
# A page that was closed leaves its kernel behind: it goes after twenty minutes without anybody connected.
c.Spawner.args = ["--MappingKernelManager.cull_idle_timeout=1200", "--MappingKernelManager.cull_interval=60"]
# All start at once when a lesson begins: let them, and wait for them. (With a limit, the next one gets an error page.)
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
# One thread a student: with several each, a class on few cores waits for itself.
c.Spawner.environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
