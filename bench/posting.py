"""Posting through the whole path: socket, checks, lock, transaction with full durability, receipt.

Five measurements on one server process: one hot room, and 32 rooms, with as many messages in flight as the node is
asked to bear; 200 senders, each with one message in flight; what 500 rooms with one message a second each cost; and how
long a single quiet sender waits. The reference, in the same run: bare durable commits of one row each, one after
another, on the same kind of database.
"""

import asyncio
import contextlib
import json
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.client import Wire, client_frame, connect
from bench.node import LEFT, Node, node, pin_client
from bench.posters import FRAMES_A_SECOND, TEXT, Posters, Window, percentile

SENDERS = 200
ROOMS = 500
WARM_S = 1.0
WINDOW_S = 6.0
QUIET_POSTS = 300
# In flight in all: at 4,000 a second each waits 32 ms. Far from the 400 ms after which a line is refused `busy`.
HOT = (64, 1, 2)
SPREAD = (64, 32, 2)


class Sender:
    """Posts to one room, and notes how long each receipt took."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.took_ms: list[float] = []
        self.answered = 0
        self.refused = 0
        self.wire: Wire
        self._sent_at = 0.0
        self._ref = 0
        self.answer = asyncio.Event()

    def heard(self, payload: bytes) -> None:
        """Receipts are looked for in the bytes: decoding everything would measure the generator."""
        if b'"t":"receipt"' in payload:
            self.took_ms.append((time.perf_counter() - self._sent_at) * 1000)
            self.answered += 1
            self.answer.set()
        elif b'"t":"refusal"' in payload:
            self.refused += 1
            self.answer.set()

    def post(self) -> None:
        """Send one message."""
        self._ref += 1
        ask = {
            "ref": self._ref,
            "do": {
                "t": "message.post",
                "room": self.room,
                "nonce": secrets.token_urlsafe(16),
                "text": TEXT,
            },
        }
        self.answer.clear()
        self._sent_at = time.perf_counter()
        self.wire.send(client_frame(json.dumps(ask).encode()))

    async def post_until(self, end: float) -> None:
        """One message in flight, again and again."""
        while time.perf_counter() < end:
            self.post()
            await asyncio.wait_for(self.answer.wait(), 10)

    async def post_each(self, pause_s: float, end: float) -> None:
        """One message every `pause_s`, whatever happened to the last."""
        while time.perf_counter() < end:
            self.post()
            await asyncio.sleep(pause_s)


async def _senders(on: Node, rooms: list[str]) -> list[Sender]:
    senders = [Sender(room) for room in rooms]
    for sender, token in zip(senders, on.tokens, strict=False):
        sender.wire = await connect(on.port, token, sender.heard)
    return senders


async def _crowd(on: Node) -> dict[str, float]:
    senders = await _senders(on, [on.rooms[n % 4] for n in range(SENDERS)])
    begun = time.perf_counter()
    crowd = asyncio.gather(*(sender.post_until(begun + WARM_S + WINDOW_S) for sender in senders))
    await asyncio.sleep(WARM_S)
    before, cpu, at = sum(s.answered for s in senders), on.cpu_s(), time.perf_counter()
    await asyncio.sleep(WINDOW_S - 0.5)
    answered, took = sum(s.answered for s in senders) - before, time.perf_counter() - at
    cores = (on.cpu_s() - cpu) / took
    await crowd
    waits = [ms for sender in senders for ms in sender.took_ms]
    for sender in senders:
        sender.wire.transport.abort()
    return {
        "acknowledged_per_s": answered / took,
        "p50_ms": percentile(waits, 0.5),
        "p99_ms": percentile(waits, 0.99),
        "server_cores": cores,
        "refused": sum(s.refused for s in senders),
    }


async def _many_rooms(on: Node) -> dict[str, float]:
    senders = await _senders(on, on.rooms[:ROOMS])
    begun = time.perf_counter()
    work = [
        asyncio.create_task(_later(n / ROOMS, sender.post_each(1.0, begun + WARM_S + WINDOW_S)))
        for n, sender in enumerate(senders)
    ]
    await asyncio.sleep(WARM_S)
    before, cpu, at = sum(s.answered for s in senders), on.cpu_s(), time.perf_counter()
    await asyncio.sleep(WINDOW_S - 0.5)
    took = time.perf_counter() - at
    figures = {
        "rooms_acknowledged_per_s": (sum(s.answered for s in senders) - before) / took,
        "rooms_server_cores": (on.cpu_s() - cpu) / took,
    }
    await asyncio.gather(*work)
    waits = [ms for sender in senders for ms in sender.took_ms]
    for sender in senders:
        sender.wire.transport.abort()
    return {
        **figures,
        "rooms_p99_ms": percentile(waits, 0.99),
        "rooms_refused": sum(s.refused for s in senders),
    }


async def _later(wait_s: float, work: object) -> None:
    await asyncio.sleep(wait_s)
    await work  # type: ignore[misc]


async def _quiet(on: Node) -> dict[str, float]:
    [sender] = await _senders(on, on.rooms[:1])
    for _ in range(QUIET_POSTS):
        sender.post()
        await asyncio.wait_for(sender.answer.wait(), 10)
        await asyncio.sleep(0.005)
    sender.wire.transport.abort()
    return {"quiet_p50_ms": percentile(sender.took_ms, 0.5), "quiet_p99_ms": percentile(sender.took_ms, 0.99)}


def _full(on: Node, name: str, shape: tuple[int, int, int]) -> dict[str, float]:
    connections, rooms, in_flight = shape
    posters = Posters(on, connections=connections, rooms=rooms, in_flight=in_flight)
    try:
        window = posters.run(warm_s=WARM_S, seconds=WINDOW_S)
    finally:
        posters.leave()
    _warn(name, window, connections)
    return {
        f"{name}_acknowledged_per_s": window.acknowledged_per_s,
        f"{name}_p50_ms": percentile(window.waits_ms, 0.5),
        f"{name}_p99_ms": percentile(window.waits_ms, 0.99),
        f"{name}_refused": window.refused,
        f"{name}_server_cores": window.server_cores,
        f"{name}_generator_share": window.generator_share,
    }


def _warn(name: str, window: Window, connections: int) -> None:
    if window.acknowledged_per_s > 0.9 * connections * FRAMES_A_SECOND:
        print(f"warning: {name}: the pace of single connections may be what was measured")


def _bare_sqlite() -> tuple[Callable[[], object], contextlib.ExitStack]:
    held = contextlib.ExitStack()
    folder = held.enter_context(tempfile.TemporaryDirectory(prefix="hearth-bench-"))
    connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
    held.callback(connection.close)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE said (text TEXT)")
    return lambda: connection.execute("INSERT INTO said VALUES (?)", (TEXT,)), held


def _bare_postgres(url: str) -> tuple[Callable[[], object], contextlib.ExitStack]:
    import psycopg  # noqa: PLC0415 - only where it is asked for

    held = contextlib.ExitStack()
    connection = held.enter_context(psycopg.connect(url, autocommit=True, prepare_threshold=1))
    connection.execute("CREATE TABLE bench_said (text TEXT)")
    held.callback(connection.execute, "DROP TABLE bench_said")
    return lambda: connection.execute("INSERT INTO bench_said VALUES (%s)", (TEXT,)), held


def _bare_commits(database_url: str, count: int = 500) -> float:
    """Bare durable commits a second, one row each: what the database allows one writer who never shares one."""
    commit, held = _bare_postgres(database_url) if database_url else _bare_sqlite()
    took: list[float] = []
    with held:
        for _ in range(count):
            began = time.perf_counter()
            commit()
            took.append(time.perf_counter() - began)
    return 1 / statistics.fmean(took)


def measure(database_url: str = "") -> dict[str, float]:
    """All figures; rates a second, times in milliseconds, processor in cores. Their names begin with the database's."""
    pin_client()
    figures: dict[str, float] = {"bare_commits_per_s": _bare_commits(database_url)}
    with node(rooms=ROOMS, members=ROOMS, database_url=database_url) as on:
        held = on.held()
        figures |= asyncio.run(_quiet(on))
        figures |= _full(on, "hot", HOT)
        figures |= _full(on, "spread", SPREAD)
        figures |= asyncio.run(_crowd(on))
        figures |= asyncio.run(_many_rooms(on))
        figures |= on.left(held)
    for name in ("hot", "spread"):
        figures[f"{name}_times_bare_commits"] = figures[f"{name}_acknowledged_per_s"] / figures["bare_commits_per_s"]
    kind = "postgres" if database_url else "sqlite"
    return {f"{kind}_{name}": value for name, value in figures.items()}


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {
    "postgres_hot_acknowledged_per_s": (4000.0, None),
    "postgres_hot_p99_ms": (None, 50.0),
    "postgres_hot_refused": (None, 0.0),
    "postgres_spread_acknowledged_per_s": (4000.0, None),
    "postgres_spread_p99_ms": (None, 50.0),
    "postgres_spread_refused": (None, 0.0),
    "sqlite_acknowledged_per_s": (3000.0, None),
    "sqlite_rooms_server_cores": (None, 0.5),
    "sqlite_quiet_p99_ms": (None, 20.0),
    "sqlite_refused": (None, 0.0),
    **{f"{kind}_{name}": bound for kind in ("sqlite", "postgres") for name, bound in LEFT.items()},
}
