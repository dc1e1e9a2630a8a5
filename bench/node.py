"""A server of its own for a bench: a process on core 0, a fresh database, sessions minted for the clients."""

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
# Sockets are looked after every two seconds, and a pool lets go of what it does not need when it comes round.
REST_S = 10.0
# What a node may still hold when all have gone, other than memory: what it does at that very moment.
LEFT: dict[str, tuple[float | None, float | None]] = {
    "tasks_left": (None, 4.0),
    "sockets_left": (None, 0.0),
    # A pool of ten keeps for ten minutes what it has opened.
    "descriptors_left": (None, 10.0),
    "in_hand_left": (None, 1.0),
}


def left_bounds(*names: str) -> dict[str, tuple[float | None, float | None]]:
    """The bounds on what is left, for figures that end with these names."""
    return {f"{figure}_{name}": bound for name in names for figure, bound in LEFT.items()}


@dataclass(slots=True)
class Node:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    rooms: list[str]
    tokens: list[str]
    people: list[str]
    start: Callable[[], subprocess.Popen[bytes]]
    env: dict[str, str]

    def restart(self) -> None:
        """Kill it as a power cut would, and start it again."""
        self.process.kill()
        self.process.wait(30)
        self.process = self.start()

    def pss_kib(self) -> int:
        """Memory of the server, with its share of what it shares."""
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
        raise RuntimeError("the system does not say")

    def descriptors(self) -> int:
        """Files and sockets that the server holds open."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def held(self) -> dict[str, float]:
        """What it holds just now: tasks, sockets, descriptors, works in the database's hand, MiB of memory."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
            told = dict(line.split()[:2] for line in page.read().decode().splitlines() if line.startswith("hearth_"))
        return {
            "tasks": float(told["hearth_tasks"]),
            "sockets": float(told["hearth_sockets"]),
            "descriptors": float(self.descriptors()),
            "in_hand": float(told["hearth_database_in_hand"]),
            "memory_mib": self.pss_kib() / 1024,
        }

    def left(self, before: dict[str, float]) -> dict[str, float]:
        """What it still holds of what it took since, once it has had its time to give it back."""
        end = time.monotonic() + REST_S
        soon = ("tasks", "sockets", "in_hand")
        after = self.held()
        while time.monotonic() < end and any(after[name] > before[name] for name in soon):
            time.sleep(0.5)
            after = self.held()
        return {f"{name}_left": value - before[name] for name, value in after.items()}

    def cpu_s(self) -> float:
        """Seconds of processor that the server has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pinned(core: int) -> list[str]:
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 and Path("/usr/bin/taskset").exists() else []


def pin_client() -> None:
    """Keep this process, the generator, off the server's core."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})


def many_files() -> None:
    """Let this process, and those it starts, hold as many sockets as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """An empty PostgreSQL on the generator's core, as careful as in production."""
    from tests.services import postgres_server  # noqa: PLC0415 - only where it is asked for

    with postgres_server() as url:
        yield url


@contextlib.contextmanager
def process(*words: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program of the bench on core 0, for the length of a block, once it listens on `port`."""
    running = subprocess.Popen([*_pinned(0), sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_listening(port, running)
        yield running
    finally:
        running.kill()
        running.wait(30)


def _wait_listening(port: int, running: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if running.poll() is not None:
            raise RuntimeError("it ended at its start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("it did not listen in time")


@contextlib.contextmanager
def node(
    *, rooms: int, members: int, database_url: str = "", redis_url: str = "", serve: tuple[str, ...] = ("serve",)
) -> Iterator[Node]:
    """A server for the length of a block, with so many rooms and so many members, each with a session."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        port = free_port()
        env = {
            **os.environ,
            "HEARTH_DATA_DIR": folder,
            "HEARTH_PORT": str(port),
            "HEARTH_LIFT_ADDRESS_LIMITS": "1",
            "HEARTH_LOG_LEVEL": "warning",
            "HEARTH_DRAIN_S": "0",
            "HEARTH_SECRET_KEY": "a key for benches, of 32 signs and more",
        }
        if redis_url:
            env["HEARTH_REDIS_URL"] = redis_url
        if database_url:
            env["HEARTH_DATABASE_URL"] = database_url
        seeded = json.loads(
            subprocess.check_output(
                [sys.executable, "-m", "bench.hearth", "seed", str(rooms), str(members)],
                cwd=ROOT,
                env=env,
            )
        )

        def start() -> subprocess.Popen[bytes]:
            words = [*_pinned(0), sys.executable, "-m", "bench.hearth", *serve]
            started = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
            _wait_ready(port, started)
            return started

        on = Node(port, start(), seeded["rooms"], seeded["tokens"], seeded["people"], start, env)
        try:
            yield on
        finally:
            process = on.process
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


@contextlib.contextmanager
def beside(on: Node) -> Iterator[Node]:
    """Another node of the same server, on the same core, for the length of a block."""
    port = free_port()
    env = {**on.env, "HEARTH_PORT": str(port)}

    def start() -> subprocess.Popen[bytes]:
        words = [*_pinned(0), sys.executable, "-m", "bench.hearth", "serve"]
        started = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        _wait_ready(port, started)
        return started

    other = Node(port, start(), on.rooms, on.tokens, on.people, start, env)
    try:
        yield other
    finally:
        other.process.send_signal(signal.SIGTERM)
        other.process.wait(30)
