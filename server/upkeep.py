"""Due work: rows of the table `job`, each claimed with a lease, so that it is done once however many nodes look.

Duties take the time as an argument and do no harm when done twice: a node may be paused in the middle of one, its
lease run out, and another node begin.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import NamedTuple

import structlog

from server.database.ports import Database, Row, Say, Work
from server.telemetry import Metrics

log = structlog.get_logger()

# Longer than an ordinary duty takes on a busy machine; a node that died holds its duty back for so long.
LEASE_MS = 120_000
# What failed is tried again soon, but not in a tight circle.
RETRY_MS = 60_000
# How often a node looks for due work. All look, so with several of them it is found sooner.
LOOK_S = 15.0
# A duty that is still not begun after this long means that nobody is there to do it.
OVERDUE_MS = 2 * 60 * 60 * 1000


class Duty(NamedTuple):
    """Something to do again and again: its name, how often, and what, given the time. It says how much it did."""

    name: str
    every_ms: int
    do: Callable[[int], Awaitable[int]]
    lease_ms: int = LEASE_MS


class Upkeep:
    """Does due work, in this node's name, as long as it runs."""

    def __init__(self, database: Database, duties: Iterable[Duty], *, node: str, metrics: Metrics) -> None:
        """`node` is a name no other process has, not even this one after a restart."""
        self._database = database
        self._duties = {duty.name: duty for duty in duties}
        self._node = node
        self._metrics = metrics

    async def run(self) -> None:
        """Look for due work until cancelled."""
        while True:
            try:
                await self.run_due(await self._database.read(now))
            except Exception:
                # The database is away, mostly. What is due stays due; whoever comes first does it.
                log.exception("upkeep.failed")
            # Spread, so that nodes started together don't look together.
            await asyncio.sleep(LOOK_S * random.uniform(0.75, 1.25))  # noqa: S311 - no secret depends on it

    async def run_due(self, now_ms: int) -> list[str]:
        """Do everything that is due at `now_ms` and that nobody else is doing; the names of what was done."""
        await self._database.write(lambda: enrol(self._duties.values(), now_ms))
        waiting = await self._database.read(lambda: due(now_ms))
        return [name for name in waiting if name in self._duties and await self._do(self._duties[name], now_ms)]

    async def _do(self, duty: Duty, now_ms: int) -> bool:
        due_ms = await self._database.write(lambda: claim(duty, self._node, now_ms=now_ms))
        if due_ms is None:
            return False
        began = monotonic()
        try:
            async with asyncio.timeout(duty.lease_ms / 1000):
                count = await duty.do(now_ms)
        except Exception:
            log.exception("job.failed", job=duty.name)
            self._metrics.jobs.labels(duty.name, "failed").inc()
            await self._database.write(lambda: put_back(duty.name, self._node, due_ms=now_ms + RETRY_MS))
            return False
        took_s = monotonic() - began
        await self._database.write(lambda: finish(duty, self._node, now_ms=now_ms))
        self._metrics.jobs.labels(duty.name, "done").inc()
        self._metrics.job_seconds.labels(duty.name).observe(took_s)
        log.info("job.done", job=duty.name, count=count, took_ms=round(took_s * 1000), late_ms=now_ms - due_ms)
        return True


def now() -> Work[int]:
    """The database's clock: the same for every node."""
    [rows] = yield [Say("SELECT NOW_MS()")]
    return int(rows[0][0])


def enrol(duties: Iterable[Duty], now_ms: int) -> Work[None]:
    """Make sure that each duty has its row; a new one is due at once."""
    yield [
        Say(
            "INSERT INTO job (name, due_ms, every_ms, lease_ms, node) VALUES (?, ?, ?, 0, '')"
            " ON CONFLICT (name) DO UPDATE SET every_ms = excluded.every_ms"
            " WHERE job.every_ms <> excluded.every_ms",
            (duty.name, now_ms, duty.every_ms),
        )
        for duty in duties
    ]


def due(now_ms: int) -> Work[list[str]]:
    """The duties that are due and that nobody is doing, the longest due first."""
    [rows] = yield [
        Say("SELECT name FROM job WHERE due_ms <= ? AND lease_ms <= ? ORDER BY due_ms, name", (now_ms, now_ms)),
    ]
    return [str(name) for (name,) in rows]


def claim(duty: Duty, node: str, *, now_ms: int) -> Work[int | None]:
    """Take a duty and say since when it was due; None when another node was faster.

    Of two nodes that try at once the second waits for the row, looks at it again and finds it taken.
    """
    [rows] = yield [
        Say(
            "UPDATE job SET lease_ms = ?, node = ? WHERE name = ? AND due_ms <= ? AND lease_ms <= ? RETURNING due_ms",
            (now_ms + duty.lease_ms, node, duty.name, now_ms, now_ms),
        ),
    ]
    return None if not rows else int(rows[0][0])


def finish(duty: Duty, node: str, *, now_ms: int) -> Work[None]:
    """Write that it is done, unless the lease ran out meanwhile and the duty is another node's."""
    yield [
        Say(
            "UPDATE job SET due_ms = ?, lease_ms = 0, done_ms = ? WHERE name = ? AND node = ?",
            (now_ms + duty.every_ms, now_ms, duty.name, node),
        ),
    ]


def put_back(name: str, node: str, *, due_ms: int) -> Work[None]:
    """Let go of a duty that failed, to be tried again later by anybody."""
    yield [Say("UPDATE job SET due_ms = ?, lease_ms = 0 WHERE name = ? AND node = ?", (due_ms, name, node))]


def overdue(now_ms: int) -> Work[list[Row]]:
    """The duties nobody has begun although they have been due for long: name and since when."""
    [rows] = yield [
        Say(
            "SELECT name, due_ms FROM job WHERE due_ms <= ? AND lease_ms <= ? ORDER BY due_ms",
            (now_ms - OVERDUE_MS, now_ms),
        ),
    ]
    return rows
