"""One writer for each active stream: it takes what waits, up to 64 orders, through one transaction.

Every order ends in exactly one answer, given before anybody else is told what happened.
"""

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

import structlog

from community.commands import Join
from rooms.contract import Code, Command, Refused
from rooms.ids import StreamId, kind_of
from rooms.signals import PressureChanged
from server.clock import monotonic_ms
from server.database.ports import Contended, Database, OutcomeUnknown, Unavailable, Work
from server.streams.order import Order, Resolver
from server.streams.pressure import Pressure
from server.streams.transaction import Committed, Outcome, community_batch, room_batch
from server.telemetry import Metrics

BATCH = 64
# A community's commands read what they need one by one, and all in a batch wait for its commit. Only those who come in
# go together, a hall of them at once: the others lock rooms, and none may after the person streams of the one before.
COMMUNITY_BATCH = 16
TRIES = 3
RETRY_MS = 1_000
# Every command ends within five seconds; what has waited so long is answered without being begun.
PATIENCE_MS = 4_500
# Nothing has been written for so long: the database is away, and whoever has not been begun is told so.
AWAY_MS = 2_200

log = structlog.get_logger("hearth.sequencer")

Settle: TypeAlias = Callable[[Outcome], None]


class _Waiting:
    """An order in the line, and who is to be told."""

    __slots__ = ("order", "settle", "since_ms")

    def __init__(self, order: Order, settle: Settle) -> None:
        self.order = order
        self.settle: Settle | None = settle
        self.since_ms = monotonic_ms()

    def answer(self, outcome: Outcome) -> None:
        """Tell the asker, once."""
        settle, self.settle = self.settle, None
        if settle is not None:
            settle(outcome)


def _next(stream: StreamId, line: deque[_Waiting]) -> list[_Waiting]:
    """Take from the line what may go in one transaction."""
    if kind_of(stream) != "community":
        return [line.popleft() for _ in range(min(BATCH, len(line)))]
    batch = [line.popleft()]
    while line and len(batch) < COMMUNITY_BATCH and _comes_in(batch[0]) and _comes_in(line[0]):
        batch.append(line.popleft())
    return batch


def _comes_in(waiting: _Waiting) -> bool:
    return isinstance(waiting.order.command, Join)


# What follows a commit: rings, followers, the bus.
Committer: TypeAlias = Callable[[Committed], None]


class Sequencer:
    """Takes orders and sees each to its end."""

    def __init__(
        self,
        database: Database,
        resolver: Resolver,
        *,
        committed: Committer,
        metrics: Metrics,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        pressed: Callable[[StreamId, PressureChanged], None],
    ) -> None:
        """`pressed` is told when a stream takes no more for a while, and when it does again."""
        self._database = database
        self._resolver = resolver
        self._committed = committed
        self._metrics = metrics
        self._spawn = spawn
        self._lines: dict[StreamId, deque[_Waiting]] = {}
        self._begun: dict[StreamId, list[_Waiting]] = {}
        self._in_line = 0
        self.pressure = Pressure(pressed)
        # Set while no order waits for its answer.
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def waiting(self) -> int:
        """How many orders have not had their answer."""
        return sum(map(len, self._lines.values())) + sum(map(len, self._begun.values()))

    def submit(self, order: Order, settle: Settle) -> None:
        """Put the order in its stream's line; `settle` is called once, before anybody is told what happened."""
        line = self._lines.get(order.stream)
        since_ms = line[0].since_ms if line else None
        refused = self.pressure.refusal(order.stream, length=len(line or ()), since_ms=since_ms, total=self._in_line)
        if refused is not None:
            settle(refused)
            return
        if line is None:
            line = self._lines[order.stream] = deque()
            self.idle.clear()
            self._spawn(self._write(order.stream, line))
        self._in_line += 1
        line.append(_Waiting(order, settle))

    async def watch(self) -> None:
        """Answer what has waited too long: `busy` when it was not begun, `unknown` when it was."""
        while True:
            await asyncio.sleep(0.25)
            self.pressure.ease()
            now = monotonic_ms()
            late = now - PATIENCE_MS
            away = self.pressure.silent_ms > AWAY_MS
            for line in list(self._lines.values()):
                while line and line[0].since_ms < (max(late, now - AWAY_MS) if away else late):
                    self._in_line -= 1
                    code = Code.UNAVAILABLE if away else Code.BUSY
                    line.popleft().answer(Refused(code, retry_ms=RETRY_MS))
            for begun in list(self._begun.values()):
                for waiting in begun:
                    if waiting.since_ms < late:
                        waiting.answer(Refused(Code.UNKNOWN, retry_ms=RETRY_MS))

    async def _write(self, stream: StreamId, line: deque[_Waiting]) -> None:
        """Write batch after batch until the line is empty; then this writer ends."""
        # What arrives in the same turn of the loop rides together; nobody waits for more than that.
        await asyncio.sleep(0)
        while line:
            batch = _next(stream, line)
            self._in_line -= len(batch)
            self._begun[stream] = batch
            try:
                await self._take(stream, batch)
            except Exception as error:
                # One batch may fail to reach its followers; the stream must not fall silent for good.
                log.exception("writer failed", stream=stream, exc_info=error)
            finally:
                del self._begun[stream]
                for waiting in batch:
                    # Nearly always answered already; who is not asks again, and finds what was stored.
                    waiting.answer(Refused(Code.UNKNOWN, retry_ms=RETRY_MS))
        del self._lines[stream]
        if not self._lines:
            self.idle.set()

    async def _take(self, stream: StreamId, batch: Sequence[_Waiting]) -> None:
        outcomes: list[Outcome]
        try:
            committed = await self._commit(stream, [w.order for w in batch])
        except (Unavailable, Contended) as error:
            code = Code.BUSY if isinstance(error, Contended) else Code.UNAVAILABLE
            outcomes = [Refused(code, retry_ms=RETRY_MS) for _ in batch]
        except OutcomeUnknown:
            # The retry finds the nonce, or finds that nothing was stored: either way it is answered rightly.
            outcomes = [Refused(Code.UNKNOWN, retry_ms=RETRY_MS) for _ in batch]
        except Exception as error:  # noqa: BLE001 - the owner of the batch: whatever it was, each order is answered
            if len(batch) > 1:
                for one in batch:
                    await self._take(stream, [one])
                return
            refused = error if isinstance(error, Refused) else internal(batch[0].order.command, error)
            outcomes = [refused]
        else:
            outcomes = committed.outcomes
            self.pressure.answered()
            self._answer(batch, outcomes)
            self._committed(committed)
            return
        self._answer(batch, outcomes)

    @staticmethod
    def _answer(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.answer(outcome)

    async def _commit(self, stream: StreamId, orders: Sequence[Order]) -> Committed:
        for left in range(TRIES, -1, -1):
            began = time.perf_counter()
            try:
                done = await self._database.write(lambda: self._work(stream, orders))
            except Contended:
                if not left:
                    raise
                self._metrics.retries.labels("contended").inc()
                await asyncio.sleep(random.uniform(0.01, 0.08))  # noqa: S311 - jitter, not a secret
            else:
                self._metrics.commit_seconds.observe(time.perf_counter() - began)
                self._metrics.batch_commands.observe(len(orders))
                return done
        raise AssertionError  # the loop either returns or raises

    def _work(self, stream: StreamId, orders: Sequence[Order]) -> Work[Committed]:
        if kind_of(stream) == "community":
            return community_batch(stream, orders, self._resolver)
        return room_batch(stream, orders)


def internal(command: Command, error: Exception) -> Refused:
    """A fault of ours: the asker gets a reference by which the log line is found."""
    reference = secrets.token_hex(4)
    log.error("command failed", reference=reference, command=type(command).__name__, exc_info=error)
    return Refused(Code.INTERNAL, reference=reference)
