"""The engine from outside: give it an order, follow a stream, and what was stored reaches everyone who may see it."""

import asyncio
import contextlib
import hmac
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import structlog

from rooms.contract import Code, Command, Refused, Signal
from rooms.ids import Nonce, PersonId, RoomId, StreamId, kind_of, owner_of
from rooms.rights import Place
from rooms.signals import PressureChanged, RosterChanged
from server.audit_sql import Chain
from server.batches import Batches
from server.clock import monotonic_ms
from server.database.ports import Contended, Database, Unavailable
from server.streams import entering_sql as entering
from server.streams import reading_sql as reading
from server.streams.bus import Beat, Bus, Carried, Comings, Ending, Notice, Passing, Word, Writing
from server.streams.channel import Channel, Follower, Listener, Snapshot
from server.streams.entering_sql import Asked, Found
from server.streams.fanout import Fanout
from server.streams.ledger import Head, Stored, room_state
from server.streams.order import Answer, Order, Resolver
from server.streams.peers import Peers
from server.streams.ring import Entry
from server.streams.sequencer import Sequencer, Settle
from server.streams.sweep import Sweeper
from server.streams.tallies import Counter
from server.streams.transaction import Committed, Outcome, read_heads
from server.telemetry import Metrics
from server.wire import Page, RoomMine, RoomSnapshot

IDLE_CHANNEL_MS = 300_000
NODE_BYTES = 256 * 1024 * 1024
FILL_PAGE = 1_000
# So many who come in are let in together, and so many such batches are on their way.
ENTER_TOGETHER = 128
ENTER_AT_ONCE = 2
# Events ride with their notice up to so many bytes; the other nodes read larger ones from SQL.
INLINE_BYTES = 16 * 1024
# Only streams of many: what few may see is not put on the bus.
INLINE_KINDS = frozenset({"room", "community"})
# Two nodes' notices may overtake each other. What is missing is waited for so long, then read from SQL.
GRACE_S = 0.03
# Whoever could not come in just as everything was read anew comes back after so long.
AGAIN_MS = 1_000

log = structlog.get_logger("hearth.streams")


@dataclass(frozen=True, slots=True)
class Entered:
    """What a new follower is told before the events begin."""

    epoch: str
    seq: int
    resumed: bool
    rev: int | None = None
    shared: Snapshot | None = None
    mine: RoomMine | None = None
    place: Place | None = None

    @property
    def snapshot(self) -> RoomSnapshot | None:
        """The room as everybody sees it; None where the follower goes on from where they were."""
        return None if self.shared is None else self.shared.value


class Presence(Protocol):
    """Whoever keeps who is here, as the engine sees it."""

    def hear(self, word: Comings | Writing) -> None:
        """Another node says something of who is here."""
        ...

    def gap(self, stream: StreamId | None) -> None:
        """What was said of a stream (None: of any) may be missing."""
        ...


class Streams:
    """All streams of one node."""

    def __init__(
        self,
        *,
        database: Database,
        bus: Bus,
        resolver: Resolver,
        key: bytes,
        chain: Chain,
        roster_of: Callable[[RoomId], RosterChanged],
        metrics: Metrics,
        several: bool = False,
    ) -> None:
        """`key` makes the fingerprints by which a nonce's second use is told from a retry; privileged acts go into
        the `chain`.

        `several` says that there may be other nodes on the same database.
        """
        self.database = database
        self.channels: dict[StreamId, Channel] = {}
        self._bus = bus
        self._key = key
        self._roster_of = roster_of
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: dict[StreamId, asyncio.Task[Channel]] = {}
        self._early: dict[StreamId, list[Stored]] = {}
        self._filling: set[Channel] = set()
        self._endings: list[Callable[[Ending], None]] = []
        self._presences: list[Presence] = []
        self.metrics = metrics
        self._entering = Batches(self._enter, self.spawn, most=ENTER_TOGETHER, at_once=ENTER_AT_ONCE)
        self._heads = Batches(self._find_heads, self.spawn, most=ENTER_TOGETHER, at_once=ENTER_AT_ONCE)
        self.fanout = Fanout(database, self.spawn, metrics)
        self.sweeper = Sweeper(self.sweep, lambda: self.troubled)
        self._counter = Counter(
            database, self.spawn, raise_rights=self._raise_rights, signal=self.fanout.signal, gap=self.sweeper.gap
        )
        self.sequencer = Sequencer(
            database,
            resolver,
            chain=chain,
            committed=self.committed,
            metrics=metrics,
            spawn=self.spawn,
            pressed=self._pressed,
            doubtful=self.sweeper.gap,
        )
        self.peers = Peers(database, bus, gap=lambda: self._gap(None)) if several else None
        bus.listen(self.hear, self._gap)

    # Tasks -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.fanout.run())
            group.create_task(self.sequencer.watch())
            group.create_task(self.sweeper.run())
            group.create_task(self._bus.run())
            if self.peers is not None:
                group.create_task(self.peers.run())

    @property
    def troubled(self) -> bool:
        """Whether words of other nodes, or to them, may be going missing."""
        return self.peers is not None and self.peers.troubled

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something short beside everything else; a fault in it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", error=type(error).__name__, exc_info=error)

    async def close(self) -> None:
        """End what still runs beside everything else, before the database it asks is let go."""
        tasks = [*self._tasks, *self._opening.values(), *self.fanout.reading_back]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.peers is not None:
            await self.peers.leave()
        await self._bus.close()

    async def finish(self, deadline_s: float) -> None:
        """Wait, within the deadline, until every order has had its answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await self.sequencer.idle.wait()

    # Orders ----------------------------------------------------------------------------------------------------

    def order(self, stream: StreamId, command: Command, *, actor: PersonId | None, nonce: Nonce | None = None) -> Order:
        """The order for a command, with the fingerprint that tells a retry from another use of the nonce."""
        print_ = hmac.digest(self._key, msgspec.json.encode(command), "sha256").hex()[:32] if nonce else None
        return Order(stream, actor, command, nonce, print_)

    def submit(self, order: Order, settle: Settle) -> None:
        """Send an order on its way. `settle` hears its one answer within five seconds."""
        channel = self.channels.get(order.stream)
        if channel is not None and channel.foreign:
            settle(Refused(Code.UNAVAILABLE, retry_ms=5_000))
            return
        self.sequencer.submit(order, settle)

    async def ask(self, order: Order) -> Answer:
        """Send an order and wait for its receipt. Raises `Refused`."""
        answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.submit(order, lambda outcome: None if answered.done() else answered.set_result(outcome))
        outcome = await answered
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    # After a commit --------------------------------------------------------------------------------------------

    def committed(self, done: Committed) -> None:
        """Bring what was stored to this node's rings and followers, and tell the other nodes."""
        for head in done.heads.values():
            self._of_epoch(head)
        for narrowed in done.narrowed:
            self._narrow(narrowed.stream, narrowed.acl, narrowed.person)
        by_stream: dict[StreamId, list[Stored]] = {}
        for stored in done.stored:
            by_stream.setdefault(stored.stream, []).append(stored)
        for stream, head in done.heads.items():
            # Another node may have narrowed rights before: seen under the lock, and heard of in no other way.
            self._raise_rights(stream, head.acl)
        for stream, events in by_stream.items():
            self.metrics.events.labels(kind_of(stream)).inc(len(events))
            self._take_in(stream, events)
        for stream, head in done.heads.items():
            self._reaches(stream, head.head)
            if head.rev != head.rev_was and (channel := self.channels.get(stream)) is not None:
                self._counter.counted(channel, head, done.tallies.get(stream, {}))
            if not self._bus.alone:
                self._bus.tell(_notice_of(head, by_stream.get(stream, [])))

    def _take_in(self, stream: StreamId, events: list[Stored]) -> None:
        early = self._early.get(stream)
        if early is not None:
            early.extend(events)
        channel = self.channels.get(stream)
        if channel is None:
            return
        channel.ring.append([Entry(e.seq, at_ms=e.at_ms, acl=e.acl, event=e.event) for e in events])
        channel.named = max(channel.named, events[-1].seq)
        if channel.head < channel.named:
            self.fill(channel)
        self.fanout.wake(channel)

    def _reaches(self, stream: StreamId, head: int) -> None:
        """The stream goes as far as this, as was seen under its lock: what is missing here is read."""
        channel = self.channels.get(stream)
        if channel is not None:
            channel.named = max(channel.named, head)
            if channel.head < channel.named:
                self.fill(channel)

    def _narrow(self, stream: StreamId, acl: int, person: PersonId | None) -> None:
        channel = self.channels.get(stream)
        if channel is not None:
            self.fanout.narrow(channel, acl, person)

    def _raise_rights(self, stream: StreamId, acl: int) -> None:
        channel = self.channels.get(stream)
        if channel is None or acl <= channel.acl:
            return
        self.fanout.raise_rights(channel, acl)

    # What other nodes say, and the sweep -----------------------------------------------------------------------

    def _gap(self, stream: StreamId | None) -> None:
        self.sweeper.gap(stream)
        for presence in self._presences:
            presence.gap(stream)

    def hear(self, word: Word) -> None:
        """A word from the bus."""
        match word:
            case Notice():
                self._notice(word)
            case Passing():
                self._raise_rights(word.stream, word.acl)
                if (channel := self.channels.get(word.stream)) is not None:
                    self.fanout.signal(channel, word.signal)
            case Comings() | Writing():
                # What comes of it is told later: under these rights at least.
                self._raise_rights(word.stream, word.acl)
                for presence in self._presences:
                    presence.hear(word)
            case Ending():
                for hook in self._endings:
                    hook(word)
            case Beat():
                if self.peers is not None:
                    self.peers.heard(word)

    def _notice(self, word: Notice) -> None:
        channel = self.channels.get(word.stream)
        if channel is None:
            return
        if word.epoch != channel.epoch:
            # Of before or after a restore: its numbers mean nothing here, and SQL knows which of the two it is.
            self.sweeper.gap(word.stream)
            return
        self._raise_rights(word.stream, word.acl)
        channel.named = max(channel.named, word.head)
        if word.events and channel.take(word.events):
            self.fanout.wake(channel)
        if channel.head < channel.named:
            if word.events:
                asyncio.get_running_loop().call_later(GRACE_S, self._still_missing, channel)
            else:
                self.fill(channel)
        self._counter.named(channel, word.rev)

    def _still_missing(self, channel: Channel) -> None:
        """What was overtaken has had its time to come."""
        if channel.head < channel.named and self.channels.get(channel.stream) is channel:
            self.fill(channel)

    async def sweep(self, streams: set[StreamId] | None = None) -> None:
        """One head sweep over these streams, or over all; then channels that nobody has used for long are forgotten."""
        if streams is None:
            self._forget_idle()
        meant = [stream for stream in self.channels if streams is None or stream in streams]
        if not meant:
            return
        with self.metrics.sweep_seconds.time():
            heads = await self.database.read(lambda: read_heads(meant))
        self.metrics.active_streams.set(len(self.channels))
        self.metrics.followers.set(sum(len(channel.followers) for channel in self.channels.values()))
        for head in heads.values():
            self._swept(head)

    def _swept(self, head: Head) -> None:
        """SQL says where a stream stands."""
        channel = self._of_epoch(head)
        if channel is None:
            return
        if head.head > channel.head:
            self.metrics.sweep_found.inc()
        self._notice(Notice(head.stream, head.epoch, head.head, head.acl, head.rev))

    def _of_epoch(self, head: Head) -> Channel | None:
        """The channel of this stream. Restored from a backup meanwhile, nothing known here is of this numbering."""
        channel = self.channels.get(head.stream)
        if channel is None or channel.epoch == head.epoch:
            return channel
        for follower in list(channel.followers):
            follower.listener.come_back()
        self._drop(head.stream)
        return None

    def _forget_idle(self) -> None:
        now = monotonic_ms()
        idle = [c for c in self.channels.values() if not c.followers and now - c.used_ms > IDLE_CHANNEL_MS]
        for channel in idle:
            self._drop(channel.stream)
        by_use = sorted(self.channels.values(), key=lambda c: (bool(c.followers), c.used_ms))
        total = sum(channel.ring.weight for channel in by_use)
        self.metrics.ring_bytes.set(total)
        for channel in by_use:
            if total <= NODE_BYTES:
                return
            total -= channel.ring.weight
            channel.ring.shrink()
            channel.page = channel.snapshot = None

    def _drop(self, stream: StreamId) -> None:
        self._counter.forget(self.channels.pop(stream))
        self._bus.leave(stream)

    def fill(self, channel: Channel) -> None:
        """Read into the ring what other nodes stored, up to the stream's head."""
        if channel not in self._filling:
            self._filling.add(channel)
            self.spawn(self._fill(channel))

    async def _fill(self, channel: Channel) -> None:
        try:
            # What is named while this reads is read too: a second reader would only do the same.
            while channel.head < channel.named:
                found = await self._events_after(channel)
                if not found:
                    return
                self._raise_rights(channel.stream, max(row[2] for row in found))
                channel.ring.append([Entry.read(row) for row in found])
                channel.foreign = channel.foreign or any(isinstance(row[3], reading.Foreign) for row in found)
                self.fanout.wake(channel)
        except (Unavailable, Contended):
            # A look finds it missing as soon as there is an answer, and begins anew.
            self.sweeper.gap(channel.stream)
        finally:
            self._filling.discard(channel)

    async def _events_after(self, channel: Channel) -> list[reading.EventRow]:
        after = channel.head
        return await self.database.read(lambda: reading.since(channel.stream, after, FILL_PAGE))

    # Following -------------------------------------------------------------------------------------------------

    async def channel(self, stream: StreamId) -> Channel:
        """The channel of a stream, opened on first use. Refused when there is no such stream."""
        known = self.channels.get(stream)
        if known is not None:
            # Somebody is about to come in: the sweep must not take it for idle meanwhile.
            known.used_ms = monotonic_ms()
            return known
        opening = self._opening.get(stream)
        if opening is None:
            opening = self._opening[stream] = asyncio.ensure_future(self._open(stream))
            opening.add_done_callback(lambda done: self._opened(stream, done))
        return await asyncio.shield(opening)

    def _opened(self, stream: StreamId, done: "asyncio.Task[Channel]") -> None:
        del self._opening[stream]
        if not done.cancelled():
            # Seen here, as all who asked may have gone.
            done.exception()

    async def _open(self, stream: StreamId) -> Channel:
        self._early[stream] = []
        # Before the head is read: what is stored in between is told, or found when the bus says it has begun to hear.
        self._bus.follow(stream)
        try:
            head = await self._heads.ask(stream)
            channel = Channel(stream, head.epoch, head.head, acl=head.acl, rev=head.rev)
            channel.used_ms = monotonic_ms()
            missed = [s for s in self._early[stream] if s.seq > head.head]
            channel.ring.append([Entry(s.seq, at_ms=s.at_ms, acl=s.acl, event=s.event) for s in missed])
            self.channels[stream] = channel
            channel.named = missed[-1].seq if missed else head.head
            if channel.head < channel.named:
                self.fill(channel)
            return channel
        finally:
            del self._early[stream]
            if stream not in self.channels:
                self._bus.leave(stream)

    async def _find_heads(self, streams: Sequence[StreamId]) -> list[Head | Exception]:
        """Where these stand; a person's stream begins with its first event or when it is first followed."""
        found = dict(zip(streams, await self.database.read(lambda: entering.heads(streams)), strict=True))
        new = [stream for stream, head in found.items() if head is None and kind_of(stream) == "person"]
        if new:
            found |= dict(zip(new, await self.database.write(lambda: entering.begin(new)), strict=True))
        return [found[stream] or Refused(Code.NOT_FOUND) for stream in streams]

    async def _enter(self, asked: Sequence[Asked]) -> list[Found | Exception]:
        channels = [self.channels[stream] for stream in {one.stream for one in asked} if stream in self.channels]
        shared = {channel.stream: channel.page for channel in channels if channel.page is not None}
        return await self.database.read(lambda: entering.enter(asked, shared))

    async def follow(
        self, listener: Listener, stream: StreamId, *, epoch: str | None, after: int, tell: Callable[[Entered], None]
    ) -> Follower:
        """Let `listener` follow from its cursor, or from a snapshot when continuity can't be shown.

        `tell` is called with what goes before the events; then they come. Refused when the person may not. Who has
        `missed` a signal by then is to be delivered to once more, as soon as it can be told how things stand.
        """
        person = listener.person
        if kind_of(stream) == "person" and owner_of(stream) != person:
            # Asked first: a person's stream is made when it is first followed, and nobody makes another's.
            raise Refused(Code.NOT_FOUND)
        channel = await self.channel(stream)
        found = await self._entering.ask(Asked(stream, person, epoch, after))
        if self.channels.get(stream) is not channel or found.head.epoch != channel.epoch:
            # Restored from a backup, or forgotten, while this was read: it is followed anew in a moment.
            self._swept(found.head)
            raise Refused(Code.UNAVAILABLE, retry_ms=AGAIN_MS)
        channel.used_ms = monotonic_ms()
        if found.newest is not None:
            channel.page = (found.head.version, found.newest)
        tell(self._entered(stream, found, after))
        cursor = after if found.resumed else found.head.head
        follower = Follower(channel, listener, cursor=cursor, acl=found.head.acl)
        channel.followers.add(follower)
        self._notice(Notice(stream, found.head.epoch, found.head.head, found.head.acl, found.head.rev))
        if follower.acl < channel.acl:
            # Rights have narrowed since they were read: find out before anything more is sent.
            self.fanout.check_rights(channel)
        self.fanout.deliver(follower)
        if found.head.rev < self._counter.told(channel):
            # Told to the others after this was read, and before this one was among them.
            follower.missed = True
        return follower

    def _entered(self, stream: StreamId, found: Found, after: int) -> Entered:
        rev = found.head.rev if kind_of(stream) == "room" else None
        if found.resumed or found.newest is None:
            seq = after if found.resumed else found.head.head
            place = room_state(found.head.state).place if found.mine else None
            return Entered(found.head.epoch, seq, found.resumed, rev=rev, mine=found.mine, place=place)
        shared = self._snapshot(stream, found.head, found.newest)
        return Entered(
            found.head.epoch,
            found.head.head,
            resumed=False,
            rev=rev,
            shared=shared,
            mine=found.mine,
            place=room_state(found.head.state).place,
        )

    def _snapshot(self, stream: StreamId, head: Head, page: Page) -> Snapshot:
        """The shared part of a room, made anew only when the room has moved on since somebody came in last."""
        room = RoomId(owner_of(stream))
        roster = self._roster_of(room)
        channel = self.channels.get(stream)
        if channel is not None and channel.snapshot is not None and channel.snapshot.shows(head.version, roster):
            return channel.snapshot
        view = reading.view_of(room, room_state(head.state))
        snapshot = Snapshot(head.version, RoomSnapshot(room=view, page=page, rev=head.rev, roster=roster))
        if channel is not None:
            channel.snapshot = snapshot
        return snapshot

    def unfollow(self, follower: Follower) -> None:
        """Send this follower nothing more."""
        follower.channel.followers.discard(follower)
        follower.channel.used_ms = monotonic_ms()

    def _pressed(self, stream: StreamId, pressure: PressureChanged) -> None:
        if kind_of(stream) == "room":
            self.signal(stream, pressure)

    # Signals and endings ---------------------------------------------------------------------------------------

    def signal(self, stream: StreamId, signal: Signal) -> None:
        """Tell the followers of a stream something passing, on all nodes."""
        channel = self.channels.get(stream)
        if channel is not None:
            self.fanout.signal(channel, signal)
        if not self._bus.alone:
            acl = 0 if channel is None else channel.acl
            self._bus.tell(Passing(stream, signal, acl))  # type: ignore[arg-type]  # the registry closes the choice

    def signal_here(self, stream: StreamId, signal: Signal) -> None:
        """Tell the followers of a stream on this node alone."""
        channel = self.channels.get(stream)
        if channel is not None:
            self.fanout.signal(channel, signal)

    def acl_of(self, stream: StreamId) -> int:
        """The state of rights on a stream, as far as this node knows it."""
        channel = self.channels.get(stream)
        return 0 if channel is None else channel.acl

    def tell(self, word: Word) -> None:
        """Say something to the other nodes, if there can be any."""
        if not self._bus.alone:
            self._bus.tell(word)

    @property
    def node(self) -> str:
        """The name of this node among the others."""
        return self._bus.node

    def on_presence(self, presence: "Presence") -> None:
        """Let somebody hear what other nodes say of who is here, and when some of it may be missing."""
        self._presences.append(presence)

    def on_ending(self, hook: Callable[[Ending], None]) -> None:
        """Call `hook` when a person's sessions have ended, on whichever node that happened."""
        self._endings.append(hook)

    def end(self, ending: Ending) -> None:
        """Close a person's sockets here and on the other nodes."""
        for hook in self._endings:
            hook(ending)
        if not self._bus.alone:
            self._bus.tell(ending)


def _notice_of(head: Head, events: list[Stored]) -> Notice:
    """What the other nodes are told of a stream after a commit."""
    if kind_of(head.stream) not in INLINE_KINDS:
        return Notice(head.stream, head.epoch, head.head, head.acl, head.rev)
    carried = tuple(Carried(e.seq, e.at_ms, e.acl, msgspec.json.encode(e.event).decode()) for e in events)
    if sum(len(one.body) for one in carried) > INLINE_BYTES:
        carried = ()
    return Notice(head.stream, head.epoch, head.head, head.acl, head.rev, carried)
