"""A server of its own for a bench: a process on core 0, a fresh database, sessions minted for the clients."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0


@dataclass(slots=True)
class Node:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    rooms: list[str]
    tokens: list[str]

    def cpu_s(self) -> float:
        """Seconds of processor that the server has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pinned(core: int) -> list[str]:
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 and Path("/usr/bin/taskset").exists() else []


def pin_client() -> None:
    """Keep this process, the generator, off the server's core."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})


@contextlib.contextmanager
def node(*, rooms: int, members: int, database_url: str = "") -> Iterator[Node]:
    """A server for the length of a block, with so many rooms and so many members, each with a session."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        port = _free_port()
        env = {
            **os.environ,
            "HEARTH_DATA_DIR": folder,
            "HEARTH_PORT": str(port),
            "HEARTH_LIFT_ADDRESS_LIMITS": "1",
            "HEARTH_LOG_LEVEL": "warning",
            "HEARTH_DRAIN_S": "0",
        }
        if database_url:
            env["HEARTH_DATABASE_URL"] = database_url
        seeded = json.loads(
            subprocess.check_output(
                [sys.executable, "-m", "bench.hearth", "seed", str(rooms), str(members)],
                cwd=ROOT,
                env=env,
            )
        )
        process = subprocess.Popen(
            [*_pinned(0), sys.executable, "-m", "bench.hearth", "serve"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_ready(port, process)
            yield Node(port, process, seeded["rooms"], seeded["tokens"])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the server ended at its start")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError("the server was not ready in time")
