"""Passes over the followers: each gets all that follows its cursor, in one write, and never delays another.

While a pass runs new events collect and leave together in the next (natural batching): under load frames grow,
passes do not multiply.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

import structlog

from rooms.contract import Signal
from rooms.ids import PersonId
from server.database.ports import Contended, Database, Unavailable
from server.streams.channel import Channel, Follower, Pen, Told
from server.streams.entering_sql import may_follow
from server.streams.frames import Format
from server.streams.reading_sql import narrowed_since, since
from server.streams.ring import Entry, Ring, frame_of
from server.telemetry import Metrics

# So many followers are written to before the loop may read, answer and let others in.
SLICE = 64
# More signals than this never gather on a stream between two passes: typing, totals and rosters are merged before.
SIGNALS_LIMIT = 1_000
CATCH_UP_PAGE = 500
# What lies so close behind the ring is put back into it for all: after a start everybody who comes back needs it.
BACKFILL = 1_000
CATCH_UPS_AT_ONCE = 16
# When rights narrow for a whole room, those of so many are asked for together, and so many go on at once.
RECHECK_TOGETHER = 250
RETRY_S = (0.05, 0.2, 1.0, 3.0)

log = structlog.get_logger("hearth.fanout")

T = TypeVar("T")


class _Piece(NamedTuple):
    """What all who stand at one place get: events, signals, where they stand then, and what writes to each."""

    frame: bytes
    told: bytes
    upto: int
    pens: list[Pen]

    @classmethod
    def of(cls, ring: Ring, cursor: int, form: Format, *, told: bytes) -> "_Piece":
        """What follows the cursor, as far as one frame goes; up to nowhere when it is not in the ring, or nothing."""
        if ring.tail <= cursor < ring.head:
            frame, upto = ring.frame(cursor, form)
            return cls(frame, told, upto, [])
        return cls(b"", told, cursor if told and cursor == ring.head else -1, [])


class Fanout:
    """Wakes channels and writes to their followers."""

    def __init__(
        self, database: Database, spawn: Callable[[Coroutine[Any, Any, None]], None], metrics: Metrics
    ) -> None:
        """`spawn` starts a coroutine as a task of the owner's group."""
        self._database = database
        self._metrics = metrics
        self._frames = 0
        self._bytes = 0
        # Followers looked at since others had their turn.
        self._in_turn = 0
        self._spawn = spawn
        self._dirty: set[Channel] = set()
        self._waked = asyncio.Event()
        self._backfilling: dict[Channel, asyncio.Task[None]] = {}
        self._catching_up = asyncio.Semaphore(CATCH_UPS_AT_ONCE)

    @property
    def reading_back(self) -> list[asyncio.Task[None]]:
        """What is being read back into rings just now."""
        return list(self._backfilling.values())

    def wake(self, channel: Channel) -> None:
        """Something new stands in the channel's ring: the next pass takes it."""
        self._dirty.add(channel)
        self._waked.set()

    def signal(self, channel: Channel, signal: Signal) -> None:
        """Tell all whose rights are known to be current, with the next pass; the others hear how things stand later."""
        if len(channel.signals) >= SIGNALS_LIMIT:
            # Whatever it is that tells so much between two passes: how things stand is said in one signal each.
            channel.signals.clear()
            for follower in channel.followers:
                follower.missed = True
        channel.signals.append(signal)
        self.wake(channel)

    async def run(self) -> None:
        """Pass after pass, for as long as the node lives."""
        while True:
            await self._waked.wait()
            self._waked.clear()
            waked, self._dirty = self._dirty, set()
            for channel in waked:
                await self._pass(channel)
            await self._let_others()

    async def _let_others(self) -> None:
        self._in_turn = 0
        await asyncio.sleep(0)

    async def _pass(self, channel: Channel) -> None:
        followers = list(channel.followers)
        told, channel.signals = Told(channel.stream, channel.signals), []
        for first in range(0, len(followers), SLICE):
            some = followers[first : first + SLICE]
            if self._in_turn + len(some) > SLICE:
                await self._let_others()
            self._in_turn += len(some)
            self._deliver_all(channel, some, told)
        self._metrics.passes.inc()
        self._metrics.deliveries.inc(self._frames)
        self._metrics.sent_bytes.inc(self._bytes)
        self._frames = self._bytes = 0

    def _deliver_all(self, channel: Channel, followers: Sequence[Follower], told: Told) -> None:
        """As `deliver` for each. Nearly all stand at one place, with nothing in the way, and need the same bytes.

        First it is found out who may have what, then all is written: what stands between two writes is paid for many
        times over, as each leaves the processor's memories cold.
        """
        here, ring, acl = channel.followers, channel.ring, channel.acl
        pieces: dict[tuple[bool, int], _Piece] = {}
        for follower in followers:
            listener = follower.listener
            at = (listener.form is Format.JSON, follower.cursor)
            piece = pieces.get(at)
            if piece is None:
                piece = pieces[at] = _Piece.of(ring, follower.cursor, listener.form, told=told.frame(listener.form))
            if (
                piece.upto == ring.head
                and follower.acl == acl
                and not (follower.checking or follower.reading or follower.missed)
                and follower in here
                and (pen := listener.pen()) is not None
            ):
                follower.cursor = piece.upto
                piece.pens.append(pen)
            else:
                self.deliver(follower)
                if piece.told:
                    self._tell(follower, piece.told)
        for frame, signals, _, pens in pieces.values():
            self._write_all(pens, frame)
            self._write_all(pens, signals)

    def _write_all(self, pens: list[Pen], frame: bytes) -> None:
        if frame:
            for write in pens:
                write(frame)
            self._frames += len(pens)
            self._bytes += len(pens) * len(frame)

    def _tell(self, follower: Follower, signals: bytes) -> None:
        if follower not in follower.channel.followers:
            return
        if follower.held or follower.acl < follower.channel.acl or (pen := follower.listener.pen()) is None:
            follower.missed = True
        else:
            self._write_all([pen], signals)

    def deliver(self, follower: Follower) -> None:
        """Write what follows the cursor, as far as the follower can take it now.

        Nothing is written to one that has left: its listener may have come in again, with a cursor of its own.
        """
        channel = follower.channel
        if follower not in channel.followers:
            return
        ring = channel.ring
        while not follower.held and follower.cursor < ring.head and follower.listener.ready:
            if follower.acl < channel.acl:
                self.check_rights(channel)
                return
            if follower.cursor < ring.tail:
                follower.reading = True
                self._spawn(self._catch_up(follower))
                return
            frame, cursor = ring.frame(follower.cursor, follower.listener.form)
            follower.cursor = cursor
            follower.listener.write(frame)
            self._frames += 1
            self._bytes += len(frame)
        if follower.missed and not follower.held and follower.acl == channel.acl and follower.listener.ready:
            follower.missed = False
            follower.listener.missed(channel.stream)

    async def _catch_up(self, follower: Follower) -> None:
        """Read what has left the ring from SQL, page by page, as fast as the follower takes it."""
        channel = follower.channel
        try:
            async with self._catching_up:
                if channel.ring.tail - follower.cursor <= BACKFILL and not channel.ring.full:
                    await self._backfill(channel)
                while follower in channel.followers and follower.cursor < channel.ring.tail:
                    if follower.checking or follower.acl < channel.acl or not follower.listener.ready:
                        break
                    await self._write_page(follower)
        except (Unavailable, Contended):
            if follower in channel.followers:
                follower.listener.come_back()
        finally:
            follower.reading = False
        self.deliver(follower)

    async def _backfill(self, channel: Channel) -> None:
        """Read what lies just behind the ring back into it, once for everybody who waits for it."""
        reading = self._backfilling.get(channel)
        if reading is None:
            reading = self._backfilling[channel] = asyncio.ensure_future(self._read_back(channel))
            reading.add_done_callback(lambda _: self._backfilling.pop(channel, None))
        await asyncio.shield(reading)

    async def _read_back(self, channel: Channel) -> None:
        after = max(0, channel.ring.tail - BACKFILL)
        found = await self._database.read(lambda: since(channel.stream, after, BACKFILL))
        if found:
            self.raise_rights(channel, max(row[2] for row in found))
            channel.ring.prepend([Entry.read(row) for row in found])

    async def _write_page(self, follower: Follower) -> None:
        channel, form = follower.channel, follower.listener.form
        self._metrics.catch_ups.inc()
        after = follower.cursor
        found = await self._database.read(lambda: since(channel.stream, after, CATCH_UP_PAGE))
        if follower not in channel.followers:
            return
        if not found:
            follower.listener.come_back()
            raise Unavailable("events that were promised are not there")
        self.raise_rights(channel, max(row[2] for row in found))
        if follower.checking or follower.acl < channel.acl:
            return
        entries = [Entry.read(row) for row in found]
        while entries and follower.listener.ready:
            # A page of long words is many times what may wait in a socket: what it has no room for is read again.
            written = frame_of(channel.stream, entries, form)
            del entries[: written.events]
            follower.cursor += written.events
            follower.listener.write(written.frame)

    def raise_rights(self, channel: Channel, acl: int) -> None:
        """The stream was seen under rights up to `acl`: who was last checked under older ones is checked again.

        Called with what is about to be taken in, however it came: no notice need have come before.
        """
        channel.acl = max(channel.acl, acl)
        self.check_rights(channel)

    def check_rights(self, channel: Channel) -> None:
        """Rights on the stream have narrowed in a way this node has not seen: hold everyone and find out."""
        behind = [f for f in channel.followers if f.acl < channel.acl and not f.checking]
        if not behind:
            return
        for follower in behind:
            follower.checking = True
        self._spawn(self._find_narrowed(channel, behind))

    async def _find_narrowed(self, channel: Channel, held: list[Follower]) -> None:
        acl = channel.acl
        oldest = min(follower.acl for follower in held)
        who = await self._patiently(lambda: self._database.read(lambda: narrowed_since(channel.stream, oldest)))
        if who is None:
            for follower in channel.followers.intersection(held):
                follower.listener.come_back()
            return
        meant = set(who)
        asked = [follower for follower in held if "" in meant or follower.listener.person in meant]
        if asked:
            self._spawn(self._recheck(channel, asked))
        self._let_go(channel, set(held).difference(asked), acl)

    def narrow(self, channel: Channel, acl: int, person: PersonId | None) -> None:
        """From `acl` on `person` (None: all) may see less. The others go on at once.

        Only those do who were up to date: whoever is being checked for an older narrowing, or missed one, stays held.
        """
        channel.acl = max(channel.acl, acl)
        asked: list[Follower] = []
        for follower in channel.followers:
            if follower.checking or follower.acl != acl - 1:
                continue
            if person is None or follower.listener.person == person:
                follower.checking = True
                asked.append(follower)
            else:
                follower.acl = acl
        if asked:
            self._spawn(self._recheck(channel, asked))
        self.check_rights(channel)

    def _let_go(self, channel: Channel, followers: Collection[Follower], acl: int) -> None:
        """These may see what is under `acl`. Rights may have narrowed again meanwhile: then they are asked for anew."""
        for follower in followers:
            follower.acl = max(follower.acl, acl)
            follower.checking = False
        self.check_rights(channel)
        for follower in followers:
            self.deliver(follower)

    async def _recheck(self, channel: Channel, held: Sequence[Follower]) -> None:
        """Find out which of these may go on, some at a time: others need the database too."""
        for first in range(0, len(held), RECHECK_TOGETHER):
            await self._recheck_some(channel, held[first : first + RECHECK_TOGETHER])

    async def _recheck_some(self, channel: Channel, some: Sequence[Follower]) -> None:
        people = [follower.listener.person for follower in some]
        acl = channel.acl
        allowed = await self._patiently(lambda: self._database.read(lambda: may_follow(channel.stream, people)))
        free: list[Follower] = []
        for number, follower in enumerate(some):
            if follower not in channel.followers:
                continue
            if allowed is None:
                follower.listener.come_back()
            elif allowed[number]:
                free.append(follower)
            else:
                channel.followers.discard(follower)
                follower.listener.unfollow(channel.stream)
        self._let_go(channel, free, acl)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The database's answer, tried a few times; None when it has none. Meanwhile nothing is delivered."""
        for pause in (*RETRY_S, None):
            try:
                return await ask()
            except (Unavailable, Contended):
                if pause is None:
                    break
                await asyncio.sleep(pause)
            except Exception:
                # A bug of ours. Whoever is held must hear of it: held for good, they would only see silence.
                log.exception("rights not found out")
                break
        return None
