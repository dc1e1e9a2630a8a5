"""Takes what waits, up to 64 orders, through one transaction: one at a time for each stream.

Rooms go together: a transaction takes what waits in several of them, and while it is on its way the rest collects. A
room whose lock is not to be had leaves the others alone: it has a writer of its own for a while. So has every stream of
another kind. Every order ends in exactly one answer, given before anybody else is told what happened.
"""

import asyncio
import math
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
from server.audit_sql import Chain
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
# While one transaction is in the database, another goes once as many wait for it. More would only be smaller.
ROOMS_AT_ONCE = 2
# A room whose lock somebody held is written by itself for so long, so that no other waits for it.
ALONE_MS = 10_000
RETRY_MS = 1_000
# Every command ends within five seconds, on a node that is short of breath too. What has waited so long is answered:
# that nothing was done when it has not been begun, and that nobody can tell when it has.
PATIENCE_MS = 4_200
# Nothing has been written for so long: the database is away, and whoever has not been begun is told so.
AWAY_MS = 1_800

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
        if settle is None:
            return
        try:
            settle(outcome)
        except Exception as error:
            # Those behind in the same batch are to have their answers, and their streams a writer.
            log.exception("an answer was not taken", exc_info=error)


class _TooLateError(Exception):
    """Somebody in the batch has been answered by now: nothing of it is committed."""


def _still_meant(batch: Sequence[_Waiting]) -> list[_Waiting]:
    """Those for whom it is not too late to begin; the others are told so.

    A node that was frozen goes on where it stood. Whoever asked then has asked another node since, and may have undone
    it there: what was not done in time is not done at all.
    """
    late = monotonic_ms() - PATIENCE_MS
    for waiting in batch:
        if waiting.since_ms < late:
            waiting.answer(Refused(Code.BUSY, retry_ms=RETRY_MS))
    return [waiting for waiting in batch if waiting.since_ms >= late]


def _in_time(batch: Sequence[_Waiting], work: Work[Committed]) -> Work[Committed]:
    """The work, which is given up when it comes to its commit too late. Whoever asked has asked elsewhere by then."""
    committed = yield from work
    if min(waiting.since_ms for waiting in batch) < monotonic_ms() - PATIENCE_MS:
        raise _TooLateError
    return committed


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
        chain: Chain,
        committed: Committer,
        metrics: Metrics,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        pressed: Callable[[StreamId, PressureChanged], None],
        doubtful: Callable[[StreamId], None],
    ) -> None:
        """`pressed` is told when a stream takes no more for a while, and when it does again.

        `doubtful` is told of a stream of which nobody knows whether something was stored.
        """
        self._database = database
        self._resolver = resolver
        self._chain = chain
        self._committed = committed
        self._metrics = metrics
        self._spawn = spawn
        self._doubtful = doubtful
        self._lines: dict[StreamId, deque[_Waiting]] = {}
        self._begun: dict[StreamId, list[_Waiting]] = {}
        # Rooms in which somebody waits and nothing is on its way, the longest waiting first.
        self._ready: dict[StreamId, None] = {}
        self._writers = 0
        # How many orders are in the transactions of rooms that are on their way.
        self._on_way = 0
        self._alone_until_ms: dict[StreamId, int] = {}
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
        self._in_line += 1
        waiting = _Waiting(order, settle)
        if line is not None:
            line.append(waiting)
            if order.stream in self._ready:
                self._start()
            return
        self._lines[order.stream] = deque([waiting])
        self.idle.clear()
        self._begin(order.stream)

    async def watch(self) -> None:
        """Answer what has waited too long: `busy` when it was not begun, `unknown` when it was."""
        while True:
            await asyncio.sleep(0.25)
            self.pressure.ease()
            # Rarely: one has been on its way for long, perhaps as it waits for a row, and too few wait for another.
            self._start(at_once=True)
            now = monotonic_ms()
            self._alone_until_ms = {stream: ms for stream, ms in self._alone_until_ms.items() if ms > now}
            late = now - PATIENCE_MS
            for stream, line in list(self._lines.items()):
                # A community's batches are long: that none was written for a while says nothing yet.
                if self._away and kind_of(stream) == "room":
                    self._send_away(line, now - AWAY_MS, Code.UNAVAILABLE)
                else:
                    self._send_away(line, late, Code.BUSY)
            for begun in list(self._begun.values()):
                for waiting in begun:
                    if waiting.since_ms < late:
                        waiting.answer(Refused(Code.UNKNOWN, retry_ms=RETRY_MS))

    @property
    def _away(self) -> bool:
        return self.pressure.silent_ms > AWAY_MS

    def _send_away(self, line: deque[_Waiting], before_ms: float, code: Code) -> None:
        """Answer those who have waited in the line since before then."""
        while line and line[0].since_ms < before_ms:
            self._in_line -= 1
            line.popleft().answer(Refused(code, retry_ms=RETRY_MS))

    def _not_taken(self, batch: Sequence[_Waiting], error: Unavailable | OutcomeUnknown) -> None:
        """Answer those whose batch the database did not take, and with them whoever waits behind, if it is away.

        Begun now, they would wait as long as these once more, after all that they have waited.
        """
        self._answer(batch, [_trouble(error)] * len(batch))
        if isinstance(error, OutcomeUnknown):
            for stream in {waiting.order.stream for waiting in batch}:
                self._doubtful(stream)
        if self._away:
            for line in list(self._lines.values()):
                self._send_away(line, math.inf, Code.UNAVAILABLE)

    def _begin(self, stream: StreamId) -> None:
        """See to it that somebody writes what waits in a stream for which nothing is on its way."""
        if kind_of(stream) != "room" or self._alone(stream):
            self._spawn(self._write_alone(stream, []))
            return
        self._ready[stream] = None
        self._start()

    def _start(self, *, at_once: bool = False) -> None:
        """Begin another transaction for rooms, if it is time for one."""
        about_to_begin = self._writers > 0 and not self._on_way
        if self._writers < ROOMS_AT_ONCE and not about_to_begin and self._ready and (at_once or self._worth_it()):
            self._writers += 1
            self._spawn(self._write_rooms(at_once=at_once))

    def _worth_it(self) -> bool:
        """Whether as many wait in rooms as are on their way: batches are large in a rush, and small ones soon begun."""
        waiting = 0
        for stream in self._ready:
            waiting += len(self._lines[stream])
            if waiting >= self._on_way:
                return True
        return False

    def _alone(self, stream: StreamId) -> bool:
        return self._alone_until_ms.get(stream, 0) > monotonic_ms()

    async def _write_rooms(self, *, at_once: bool) -> None:
        """Write batch after batch of what waits in rooms; then this writer ends."""
        try:
            # What arrives in the same turn of the loop rides together; nobody waits for more than that.
            await asyncio.sleep(0)
            while (at_once or self._worth_it()) and (batches := self._next_rooms()):
                at_once = False
                await self._write_together(batches)
        finally:
            self._writers -= 1

    def _next_rooms(self) -> dict[StreamId, list[_Waiting]]:
        """Take from the rooms in turn what may go in one transaction."""
        batches: dict[StreamId, list[_Waiting]] = {}
        room = BATCH
        while self._ready and room:
            stream = next(iter(self._ready))
            del self._ready[stream]
            line = self._lines[stream]
            if not line:
                # All have been answered meanwhile, as they had waited too long.
                self._done(stream)
                continue
            batches[stream] = [line.popleft() for _ in range(min(room, len(line)))]
            self._in_line -= len(batches[stream])
            room -= len(batches[stream])
        return batches

    async def _write_together(self, batches: dict[StreamId, list[_Waiting]]) -> None:
        """One transaction for several rooms; when it fails for one of them, each is written by itself."""
        self._begun |= batches
        everybody = _still_meant([waiting for batch in batches.values() for waiting in batch])
        self._on_way += len(everybody)
        tries: int | None = None
        committed: Committed | None = None
        try:
            if everybody:
                committed = await self._stored(
                    lambda: _in_time(everybody, self._audited(room_batch([waiting.order for waiting in everybody])))
                )
        except (Unavailable, OutcomeUnknown) as error:
            self._not_taken(everybody, error)
        except Contended:
            self._metrics.retries.labels("contended").inc()
            tries = TRIES - 1
        except _TooLateError:
            # Those who were late are told so where each room is written by itself.
            tries = TRIES
        except Exception as error:  # noqa: BLE001 - it is met again, and told, where there is but one order
            tries = TRIES
            log.info("rooms are written apart", streams=len(batches), reason=type(error).__name__)
        if committed is not None:
            self._told(everybody, committed)
        self._on_way -= len(everybody)
        for stream, batch in batches.items():
            if tries is None:
                del self._begun[stream]
                self._done(stream)
            else:
                self._spawn(self._write_alone(stream, batch, tries=tries))

    async def _write_alone(self, stream: StreamId, batch: list[_Waiting], *, tries: int = TRIES) -> None:
        """Write batch after batch until the line is empty, or a room may go with the others again."""
        if not batch:
            # As above: what arrives in the same turn of the loop.
            await asyncio.sleep(0)
        line = self._lines[stream]
        while batch or (line and (kind_of(stream) != "room" or self._alone(stream))):
            if not batch:
                batch = _next(stream, line)
                self._in_line -= len(batch)
            self._begun[stream] = batch
            await self._take(stream, batch, tries=tries)
            del self._begun[stream]
            batch, tries = [], TRIES
        self._done(stream)

    def _done(self, stream: StreamId) -> None:
        """Nothing is on its way for the stream: go on with what has come in meanwhile."""
        if self._lines[stream]:
            self._begin(stream)
            return
        del self._lines[stream]
        if not self._lines:
            self.idle.set()

    async def _take(self, stream: StreamId, batch: Sequence[_Waiting], *, tries: int) -> None:
        """Write a batch of one stream, with so many tries more after the first."""
        for left in range(tries, -1, -1):
            batch = _still_meant(batch)
            if not batch or await self._tried(stream, batch, last=not left):
                return
            await asyncio.sleep(random.uniform(0.01, 0.08))  # noqa: S311 - jitter, not a secret

    async def _tried(self, stream: StreamId, batch: Sequence[_Waiting], *, last: bool) -> bool:
        """Whether all in the batch have been answered: not when it is to be tried once more."""
        try:
            committed = await self._stored(lambda: _in_time(batch, self._work(stream, [w.order for w in batch])))
        except Contended as error:
            if kind_of(stream) == "room":
                self._alone_until_ms[stream] = monotonic_ms() + ALONE_MS
            if not last:
                self._metrics.retries.labels("contended").inc()
                return False
            self._answer(batch, [_trouble(error)] * len(batch))
        except (Unavailable, OutcomeUnknown) as error:
            self._not_taken(batch, error)
        except _TooLateError:
            if rest := _still_meant(batch):
                await self._take(stream, rest, tries=TRIES)
        except Exception as error:  # noqa: BLE001 - the owner of the batch: whatever it was, each order is answered
            if len(batch) > 1:
                for one in batch:
                    await self._take(stream, [one], tries=TRIES)
                return True
            self._answer(batch, [error if isinstance(error, Refused) else internal(batch[0].order.command, error)])
        else:
            self._told(batch, committed)
        return True

    def _told(self, batch: Sequence[_Waiting], committed: Committed) -> None:
        """Answer those whose batch was stored, then tell everybody else."""
        self.pressure.answered()
        self._answer(batch, committed.outcomes)
        try:
            self._committed(committed)
        except Exception as error:
            # One batch may fail to reach its followers; the stream must not fall silent for good.
            log.exception("what was stored was not told", exc_info=error)

    @staticmethod
    def _answer(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.answer(outcome)

    async def _stored(self, work: Callable[[], Work[Committed]]) -> Committed:
        began = time.perf_counter()
        done = await self._database.write(work)
        self._metrics.commit_seconds.observe(time.perf_counter() - began)
        self._metrics.batch_commands.observe(len(done.outcomes))
        return done

    def _work(self, stream: StreamId, orders: Sequence[Order]) -> Work[Committed]:
        if kind_of(stream) == "community":
            return self._audited(community_batch(stream, orders, self._resolver))
        return self._audited(room_batch(orders))

    def _audited(self, work: Work[Committed]) -> Work[Committed]:
        """The work, and in its transaction what is to be written down of it: last, as the locks' order has it."""
        committed = yield from work
        for community in sorted({community for community, _ in committed.acts}):
            acts = [act for where, act in committed.acts if where == community]
            yield from self._chain.write(community, acts)
        return committed


def _trouble(error: Unavailable | Contended | OutcomeUnknown) -> Refused:
    """What to tell those whose batch the database did not take."""
    if isinstance(error, OutcomeUnknown):
        # The retry finds the nonce, or finds that nothing was stored: either way it is answered rightly.
        return Refused(Code.UNKNOWN, retry_ms=RETRY_MS)
    return Refused(Code.BUSY if isinstance(error, Contended) else Code.UNAVAILABLE, retry_ms=RETRY_MS)


def internal(command: Command, error: Exception) -> Refused:
    """A fault of ours: the asker gets a reference by which the log line is found."""
    reference = secrets.token_hex(4)
    log.error("command failed", reference=reference, command=type(command).__name__, exc_info=error)
    return Refused(Code.INTERNAL, reference=reference)
