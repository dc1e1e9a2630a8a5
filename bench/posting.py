"""Posting through the whole path: socket, checks, lock, transaction with full durability, receipt.

Three measurements on one server process: how many messages a second 200 senders get acknowledged, each with one
message in flight; what 500 rooms with one message a second each cost; and how long a single quiet sender waits.
The reference, in the same run: the same number of bare SQLite transactions with full durability, one after another.
"""

import asyncio
import json
import secrets
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from bench.client import Wire, client_frame, connect
from bench.node import Node, node, pin_client

SENDERS = 200
ROOMS = 500
WARM_S = 1.0
WINDOW_S = 6.0
QUIET_POSTS = 300
TEXT = "Could we get a text when we are next but two? The vet does it for the dog."


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all values lie; milliseconds in, milliseconds out."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


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
    return {**figures, "rooms_p99_ms": percentile(waits, 0.99)}


async def _later(wait_s: float, work: object) -> None:
    await asyncio.sleep(wait_s)
    await work  # type: ignore[misc]


async def _quiet(on: Node) -> dict[str, float]:
    [sender] = await _senders(on, on.rooms[:1])
    for _ in range(QUIET_POSTS):
        sender.post()
        await asyncio.wait_for(sender.answer.wait(), 10)
        await asyncio.sleep(0.005)
    return {"quiet_p50_ms": percentile(sender.took_ms, 0.5), "quiet_p99_ms": percentile(sender.took_ms, 0.99)}


def _bare_commits(count: int = 500) -> float:
    """Bare durable SQLite commits a second, one row each: what the disk allows one writer who never batches."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE said (text TEXT)")
        took: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            connection.execute("INSERT INTO said VALUES (?)", (TEXT,))
            took.append(time.perf_counter() - began)
        connection.close()
    return 1 / statistics.fmean(took)


def measure(database_url: str = "") -> dict[str, float]:
    """All figures; rates a second, times in milliseconds, processor in cores."""
    pin_client()
    figures: dict[str, float] = {"bare_commits_per_s": _bare_commits()}
    with node(rooms=ROOMS, members=ROOMS, database_url=database_url) as on:
        figures |= asyncio.run(_quiet(on))
        figures |= asyncio.run(_crowd(on))
        figures |= asyncio.run(_many_rooms(on))
    figures["times_bare_commits"] = figures["acknowledged_per_s"] / figures["bare_commits_per_s"]
    return figures


# What must hold on a machine like the one described in docs/benchmarks.md.
BOUNDS = {
    "acknowledged_per_s": (3000.0, None),
    "rooms_server_cores": (None, 0.5),
    "quiet_p99_ms": (None, 20.0),
    "refused": (None, 0.0),
}
