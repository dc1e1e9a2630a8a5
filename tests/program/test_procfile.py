"""The Procfile's processes, run by honcho on PostgreSQL: release once, then web and worker side by side."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.conftest import fresh_postgres
from tests.server.processes import PATIENCE_S, ROOT, Process, environment
from tests.services import free_port

HONCHO = str(Path(sys.executable).with_name("honcho"))
KEY = "vTq0rWm3Zb8yKx5LcNd7PfHs2JgUe9Aa"


@pytest.mark.postgres
def test_release_then_web_and_worker_serve_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url:
        env = environment(tmp_path, HEARTH_DATABASE_URL=url, HEARTH_SECRET_KEY=KEY, HEARTH_LOG_FORMAT="json")
        released = subprocess.run(
            # `honcho run` takes a program from the PATH; `./hearth` puts one of this name into .venv/bin.
            [HONCHO, "run", "release"],
            cwd=ROOT,
            env={**env, "PATH": f"{Path(HONCHO).parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert released.returncode == 0, released.stderr
        assert "up to date" in released.stdout
        serve_and_stop(env, free_port())


def serve_and_stop(env: dict[str, str], port: int) -> None:
    with subprocess.Popen(
        [HONCHO, "start", "--no-colour", "-p", str(port), "web", "worker"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as honcho:
        both = Process(honcho)
        try:
            both.line("Hearth is at")
            assert httpx2.get(f"http://127.0.0.1:{port}/readyz").json() == {"ready": True}
            said = "\n".join(both.said)
            if "The worker is at work" not in said:
                both.line("The worker is at work")
            if '"job": "erase_replaced_words"' not in "\n".join(both.said):
                both.line('"job": "erase_replaced_words"')
            honcho.send_signal(signal.SIGTERM)
            # honcho's own status is that of the signal; its processes' are what counts.
            honcho.wait(PATIENCE_S)
            both.line("web.1 stopped (rc=0)")
        finally:
            if honcho.poll() is None:
                os.killpg(honcho.pid, signal.SIGKILL)
    ended = "\n".join(both.said)
    assert "worker.1 stopped (rc=0)" in ended
