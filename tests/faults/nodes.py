"""Three nodes as processes on a real PostgreSQL and a real Redis, each edge between them through the proxy."""

import asyncio
import contextlib
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import httpx2
import psycopg

from server.clock import monotonic_ms
from server.database import migrate
from tests.faults.calls import called
from tests.faults.history import Fault, History, end
from tests.faults.node import CLOCK_BYTES
from tests.faults.proxy import Proxies
from tests.services import Postgres, Redis, free_port

ROOT = Path(__file__).parents[2]
# What it holds is searched for words, which it must then not write down compressed.
REDIS = ("--maxmemory", "64mb", "--rdbcompression", "no")
NODES = 3
KEY = "a key for the fault test, 32 signs and more"
# Two busy cores: three processes load what a node needs.
START_S = 90.0
STOP_S = 30.0
DRAIN_S = 4
# A process manager starts anew what has ended.
AGAIN_S = 0.5
LOOK_S = 0.05
SLUG = "faults"


class Node:
    """One node's process, kept up as a process manager would."""

    def __init__(self, number: int, folder: Path, *, bug: str) -> None:
        self.number = number
        self.name = f"n{number}"
        self.port = free_port()
        self.log = folder / f"n{number}.log"
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.wanted = False
        # How often it ended although nobody had told it to.
        self.crashes: list[str] = []
        self.ready = asyncio.Event()
        self._bug = bug
        self._clock = _shared_number(folder / f"n{number}.clock")
        self._told_to_end = False
        # Whether the process of now has ever been ready.
        self._served = False

    @property
    def pid(self) -> int:
        """The process of now."""
        assert self.process is not None
        return self.process.pid

    def spawn(self) -> None:
        """Start the process."""
        words = [sys.executable, "-m", "tests.faults.node", *(["--bug", self._bug] if self._bug else [])]
        self._told_to_end = self._served = False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(words, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def signal(self, what: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        self._told_to_end = self._told_to_end or what in {signal.SIGKILL, signal.SIGTERM}
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(what)

    def jump(self, offset_ms: int) -> None:
        """Put its wall clock off by so much."""
        self._clock[:CLOCK_BYTES] = struct.pack("<q", offset_ms)

    async def keep_up(self) -> None:
        """Start it whenever it has ended and is wanted, and say when it is ready."""
        while True:
            if self.wanted and (self.process is None or self.process.poll() is not None):
                self.ready.clear()
                await self._again()
            if not self.ready.is_set() and await self._answers():
                self._served = True
                self.ready.set()
            await asyncio.sleep(LOOK_S)

    async def _again(self) -> None:
        # A start that finds no database ends with a word and a status: that is no crash.
        if self.process is not None and self._served and not self._told_to_end:
            self.crashes.append(f"{self.name} ended by itself with status {self.process.returncode}")
        if self.process is not None:
            await asyncio.sleep(AGAIN_S)
        self.spawn()

    async def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            return False
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2), called(self.port) as (reader, writer):
                writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return b" 200 " in await reader.readline()
        return False

    async def gone(self) -> None:
        """Wait until the process has ended."""
        process = self.process
        async with asyncio.timeout(STOP_S):
            while process is not None and process.poll() is None:  # noqa: ASYNC110 - a process has no event here
                await asyncio.sleep(LOOK_S)

    async def measure(self) -> dict[str, float]:
        """What it holds: tasks, files, memory, sockets and followers."""
        async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        found = {
            line.split()[0]: float(line.split()[1])
            for line in text.splitlines()
            if line and not line.startswith("#") and "{" not in line
        }
        return {
            "tasks": found["hearth_tasks"],
            "files": float(_open_files(self.pid)),
            "in_hand": found["hearth_database_in_hand"],
            "memory_bytes": found["process_resident_memory_bytes"],
            "sockets": found["hearth_sockets"],
            "followers": found["hearth_followers"],
            "troubled": found["hearth_bus_troubled"],
        }


def _open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _shared_number(path: Path) -> mmap.mmap:
    path.write_bytes(bytes(CLOCK_BYTES))
    handle = os.open(path, os.O_RDWR)
    shared = mmap.mmap(handle, CLOCK_BYTES)
    os.close(handle)
    return shared


class Servers:
    """The PostgreSQL and the Redis that clusters, one after the other, may share."""

    def __init__(self) -> None:
        # Few connections, so that they can be used up.
        self.postgres = Postgres("max_connections=60")
        self.redis = Redis(*REDIS)
        self._count = 0

    def __enter__(self) -> Self:
        self.postgres.__enter__()
        self.redis.__enter__()
        migrate.upgrade(self.postgres.create("template_faults"))
        return self

    def __exit__(self, *why: object) -> None:
        self.redis.__exit__(*why)
        self.postgres.__exit__(*why)

    def database(self) -> str:
        """The name of a fresh, migrated database."""
        self._count += 1
        name = f"faults_{os.getpid()}_{self._count}"
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template_faults".encode())
        return name

    def drop(self, name: str) -> None:
        """Throw a database away."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


class Cluster:
    """The nodes, the proxy, and what is known of them all."""

    def __init__(self, servers: Servers, folder: Path, *, bug: str = "") -> None:
        self.servers = servers
        self.folder = folder
        self.history = History()
        self.proxies = Proxies()
        self.database = servers.database()
        self.nodes = [Node(number, folder, bug=bug) for number in range(NODES)]
        self._keeping: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """The database without anything in between, for seeding and for the end."""
        return self.servers.postgres.database(self.database)

    async def start(self) -> None:
        """Bring the proxy and the nodes up."""
        await self.proxies.start()
        for node in self.nodes:
            node.environment = await self._environment(node)
        for node in self.nodes:
            node.wanted = True
            self._keeping.append(asyncio.create_task(node.keep_up()))
        await self.all_ready()

    async def all_ready(self) -> None:
        """Wait until every node is ready."""
        async with asyncio.timeout(START_S):
            for node in self.nodes:
                await node.ready.wait()

    async def _environment(self, node: Node) -> dict[str, str]:
        n = node.number
        await self.proxies.open(f"c{n}", node.port)
        store = await self.proxies.open(f"p{n}", self.servers.postgres.port)
        bus = await self.proxies.open(f"r{n}", self.servers.redis.port)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return kept | {
            "FAULTS_CLOCK": str(self.folder / f"{node.name}.clock"),
            "HEARTH_DATA_DIR": str(self.folder / node.name),
            "HEARTH_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{store}/{self.database}",
            "HEARTH_REDIS_URL": f"redis://127.0.0.1:{bus}/0",
            "HEARTH_SECRET_KEY": KEY,
            "HEARTH_PORT": str(node.port),
            "HEARTH_DRAIN_S": str(DRAIN_S),
            "HEARTH_LOG_FORMAT": "json",
            "HEARTH_LIFT_ADDRESS_LIMITS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def door(self, node: int) -> int:
        """The port through which clients reach a node."""
        return self.proxies.ports[f"c{node}"]

    async def stop(self) -> None:
        """End everything that was started, and nothing else."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for node in self.nodes:
            node.wanted = False
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGKILL)
            await node.gone()
        await self.proxies.stop()

    # Faults ----------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def fault(self, kind: str, target: str) -> AsyncIterator[Fault]:
        """Note that something is wrong for the length of a block."""
        fault = self.history.begin(kind, target)
        try:
            yield fault
        finally:
            end(fault)

    async def kill(self, n: int, down_s: float) -> None:
        """End a node as a power cut would, and start it after a while."""
        await self._down(n, "kill", signal.SIGKILL, down_s)

    async def drain(self, n: int, down_s: float) -> None:
        """Tell a node to stop, as an administrator would, and start it after a while."""
        await self._down(n, "drain", signal.SIGTERM, down_s)

    async def _down(self, n: int, kind: str, sign: signal.Signals, down_s: float) -> None:
        node = self.nodes[n]
        await node.ready.wait()
        async with self.fault(kind, node.name):
            node.wanted = False
            node.signal(sign)
            await node.gone()
            node.ready.clear()
            await asyncio.sleep(down_s)
            node.wanted = True
            async with asyncio.timeout(START_S):
                await node.ready.wait()

    async def pause(self, n: int, seconds: float) -> None:
        """Freeze a node."""
        async with self.fault("pause", f"n{n}"):
            self.nodes[n].signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                self.nodes[n].signal(signal.SIGCONT)

    async def edge(self, name: str, do: str, seconds: float, **how: object) -> None:
        """Do something to an edge for a while."""
        async with self.fault(do, name):
            await self.proxies.tell(do, name, **how)
            try:
                await asyncio.sleep(seconds)
            finally:
                await self.proxies.tell("mend", name)

    async def snap(self, name: str) -> None:
        """Break every connection of an edge once."""
        self.history.strike("snap", name)
        await self.proxies.tell("snap", name)

    async def jump(self, n: int, offset_ms: int, seconds: float) -> None:
        """Let a node's wall clock be off for a while."""
        async with self.fault("jump", f"n{n}"):
            self.nodes[n].jump(offset_ms)
            await asyncio.sleep(seconds)
            self.nodes[n].jump(0)

    async def redis_gone(self, how: str, seconds: float) -> None:
        """Kill or freeze Redis for a while."""
        redis = self.servers.redis
        async with self.fault(how, "redis"):
            await asyncio.to_thread(redis.kill if how == "kill" else redis.pause)
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.to_thread(redis.start if how == "kill" else redis.go_on)

    async def redis_say(self, *words: str) -> bytes:
        """One command to Redis itself, if it answers."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2), called(self.servers.redis.port) as (reader, writer):
                parts = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
                writer.write(b"*%d\r\n%s" % (len(words), parts))
                return await reader.readline()
        return b""

    async def flush_redis(self) -> None:
        """Let Redis forget everything."""
        self.history.strike("flush", "redis")
        await self.redis_say("FLUSHALL")

    async def kill_listeners(self) -> None:
        """End the connections on which nodes hear each other."""
        self.history.strike("kill_pubsub", "redis")
        await self.redis_say("CLIENT", "KILL", "TYPE", "pubsub")

    async def postgres_gone(self, how: str, seconds: float) -> None:
        """Stop, crash or freeze PostgreSQL for a while."""
        postgres = self.servers.postgres
        down, up = {
            "stop": (postgres.stop, postgres.start),
            "kill": (postgres.kill, postgres.start),
            "pause": (postgres.pause, postgres.go_on),
        }[how]
        async with self.fault(how, "pg"):
            await asyncio.to_thread(down)
            try:
                await asyncio.sleep(seconds)
            finally:
                await asyncio.to_thread(up)

    async def end_back_ends(self) -> None:
        """End every connection to the database from the server's side."""
        self.history.strike("end_back_ends", "pg")
        await self.say_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hearth'")

    async def say_sql(self, sql: str) -> None:
        """One statement from beside the nodes, if the database takes it."""
        with contextlib.suppress(psycopg.Error, TimeoutError):
            async with asyncio.timeout(5), await psycopg.AsyncConnection.connect(self.url, autocommit=True) as line:
                await line.execute(sql.encode())

    async def hold_row(self, stream: str, seconds: float) -> None:
        """Hold the row of a stream, as a transaction that sleeps would."""
        async with self.fault("hold_row", "pg"):
            with contextlib.suppress(psycopg.Error, TimeoutError):
                async with asyncio.timeout(seconds + 5), await psycopg.AsyncConnection.connect(self.url) as line:
                    await line.execute("SELECT 1 FROM stream WHERE id = %s FOR UPDATE", (stream,))
                    await asyncio.sleep(seconds)

    async def use_up_connections(self, seconds: float) -> None:
        """Take every connection that the database still gives."""
        async with self.fault("use_up", "pg"):
            held: list[psycopg.AsyncConnection] = []
            try:
                with contextlib.suppress(psycopg.Error, TimeoutError):
                    async with asyncio.timeout(10):
                        while True:
                            held.append(await psycopg.AsyncConnection.connect(self.url, connect_timeout=3))
                await asyncio.sleep(seconds)
            finally:
                for line in held:
                    await line.close()

    async def measure(self) -> list[dict[str, float]]:
        """What each node holds now."""
        found: list[dict[str, float]] = []
        with psycopg.connect(self.url) as line:
            row = line.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hearth'").fetchone()
        for node in self.nodes:
            measured = await node.measure()
            measured["database"] = float(row[0]) / NODES if row else 0.0
            found.append(measured)
        return found

    async def watch_lateness(self) -> None:
        """Note when this machine let nobody run: with two cores and many processes no clock can be trusted then."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(0.25)
            late_ms = (loop.time() - began - 0.25) * 1000
            late_ms = max(late_ms, await self.proxies.tell("late"))
            if late_ms > LATE_MS:
                now = monotonic_ms()
                self.history.lates.append((now - int(late_ms), now))


LATE_MS = 150


@contextlib.asynccontextmanager
async def cluster_on(servers: Servers, *, bug: str = "") -> AsyncIterator[Cluster]:
    """A cluster that runs during the block, on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="hearth-faults-") as folder:
        cluster = Cluster(servers, Path(folder), bug=bug)
        try:
            await cluster.start()
            yield cluster
        except TimeoutError:
            sys.stderr.write(cluster.nodes[0].log.read_text()[-3000:])
            raise
        finally:
            await cluster.stop()
            servers.drop(cluster.database)


def as_json(value: Any) -> str:
    """A value for a file that people may read."""
    return json.dumps(value, indent=2, sort_keys=True)
