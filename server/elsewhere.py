"""Who is here on the other nodes: this node's share of each room is leased and told, and those of the others are heard.

What changed goes over the bus; the whole is read from the leases by whoever may have missed something. No command
waits for any of it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import structlog

from presence.ports import Leases, LeasesAway
from presence.shares import Change, Share, Shares
from rooms.ids import PersonId, RoomId, StreamId, kind_of, owner_of, room_stream
from rooms.signals import Present
from server.clock import monotonic_ms
from server.streams.bus import Comings
from server.streams.streams import Streams
from server.together import Mistakes, going_on

# What changes within this goes in one write, and in one word a room.
GATHER_S = 0.1
# Leases are good for three times as long (`server.leases_redis`), so that one renewal may fail.
RENEW_S = 5.0
# Of a room that is still held somewhere something is said at each renewal.
CONFIRMED_MS = 20_000
# A room that could not be read for so long is one of which not all is known.
UNREAD_MS = 1_000
# Nor is all known while nothing can be written: the leases of this node are as good as none by then, and those of the
# others may be. One write that fails is done again long before.
UNSAVED_MS = 9_000
AGAIN_S = 1.0
FAREWELL_S = 1.0
# So much goes in one request, that it has its answer within the time any request has.
ROOMS_AT_ONCE = 100
PEOPLE_AT_ONCE = 1_000

log = structlog.get_logger("hearth.elsewhere")

Moves = dict[PersonId, Present | None]


class _Asking(Enum):
    """What the leases are asked for."""

    TO_WRITE = 1
    TO_READ = 2


@dataclass(slots=True)
class _Own:
    """This node's share of a room, and what of it the others were not told, or the leases do not hold."""

    people: dict[PersonId, Present] = field(default_factory=dict)
    rev: int = 0
    untold: Moves = field(default_factory=dict)
    unsaved: Moves = field(default_factory=dict)
    whole: bool = True


@dataclass(slots=True)
class _Room:
    """A room that is open here, as the other nodes fill it. `unread_ms`: since when it is to be read."""

    shares: Shares = field(default_factory=Shares)
    unread_ms: int | None = None
    # Whether it was known when it was looked at last who is there.
    knew: bool = True


class Elsewhere:
    """This node's side of what all nodes know of each other."""

    def __init__(self, leases: Leases, streams: Streams, *, changed: Callable[[RoomId], None]) -> None:
        """`changed` is called when somebody came or went elsewhere, or when that can't be known, or can again."""
        self._leases = leases
        self._streams = streams
        self._changed = changed
        self._own: dict[RoomId, _Own] = {}
        self._rooms: dict[RoomId, _Room] = {}
        self._rev = 0
        self._moved = asyncio.Event()
        self._wanted: set[RoomId] = set()
        self._asked = asyncio.Event()
        self._knew = True
        self._saved_again_at = 0.0
        self._settled = asyncio.Event()
        # What has had no answer of the leases since it was asked last.
        self._away: set[_Asking] = set()
        # Since when nothing could be written.
        self._unsaved_ms: int | None = None
        self._mistakes = Mistakes(log)

    # This node's share -------------------------------------------------------------------------------------------

    def moved(self, room: RoomId, person: PersonId, shown: Present | None) -> None:
        """Somebody came here, is shown in another way, or went (None)."""
        own = self._own.setdefault(room, _Own())
        own.untold[person] = own.unsaved[person] = shown
        if shown is None:
            own.people.pop(person, None)
        else:
            own.people[person] = shown
        self._moved.set()

    async def _keep_telling(self) -> None:
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + RENEW_S
        while going_on():
            try:
                async with asyncio.timeout_at(renew_at):
                    await self._moved.wait()
            except TimeoutError:
                pass
            else:
                await asyncio.sleep(GATHER_S)
            self._moved.clear()
            renew = loop.time() >= renew_at
            if renew:
                renew_at = loop.time() + RENEW_S
            try:
                await self._tell(renew=renew)
            except Exception as error:  # noqa: BLE001 - the edge of a loop: who is here is not worth the node
                self._mistakes.say("who is here was not told", error)

    async def _tell(self, *, renew: bool) -> None:
        """Lease what changed, then tell it: whoever begins to hear after the word finds it in the leases."""
        words = list(self._number(renew=renew))
        saved = await self._save(renew=renew)
        for word in words:
            self._streams.tell(word)
        # A share of nobody is kept until its lease has ended: only then can nobody read it any more.
        ended = [room for room, own in self._own.items() if not own.people and not own.untold]
        for room in ended if saved else ():
            del self._own[room]
        self._settled.set()

    def _number(self, *, renew: bool) -> Iterable[Comings]:
        """What is to be told, each with the revision that it makes."""
        for room, own in self._own.items():
            if not own.untold and not renew:
                continue
            before, moves = own.rev, own.untold
            if moves:
                self._rev += 1
                own.rev, own.untold = self._rev, {}
            stream = room_stream(room)
            came, gone = _came(moves), _gone(moves)
            yield Comings(
                stream, self._streams.node, before, own.rev, self._streams.acl_of(stream), came=came, gone=gone
            )

    async def _save(self, *, renew: bool) -> bool:
        """Write what changed, and all when it is time to renew; whether that was done."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._saved_again_at:
            return False
        # What could not be renewed is renewed as soon as may be, and not only when it is due again.
        renew = renew or self._unsaved_ms is not None
        meant = [room for room, own in self._own.items() if renew or own.unsaved or own.whole]
        empty = [room for room in meant if not self._own[room].people]
        if not meant:
            return True
        try:
            for rooms in _parted(empty, lambda _: 0):
                await self._leases.drop(rooms)
            filled = [room for room in meant if self._own[room].people]
            for rooms in _parted(filled, self._weight):
                await self._hold(rooms)
        except LeasesAway:
            self._not_saved()
            return False
        except Exception:
            self._not_saved()
            raise
        self._answered(_Asking.TO_WRITE, away=False)
        self._unsaved_ms = None
        return True

    def _not_saved(self) -> None:
        loop = asyncio.get_running_loop()
        self._answered(_Asking.TO_WRITE, away=True)
        if self._unsaved_ms is None:
            self._unsaved_ms = monotonic_ms()
        self._saved_again_at = loop.time() + AGAIN_S
        loop.call_later(AGAIN_S, self._moved.set)

    def _answered(self, what: _Asking, *, away: bool) -> None:
        """The leases had an answer, or none: said once each time that it turns. They are back when they do both."""
        before = bool(self._away)
        if away:
            self._away.add(what)
        else:
            self._away.discard(what)
        if bool(self._away) != before:
            log.warning("leases away") if away else log.info("leases are back")

    def _weight(self, room: RoomId) -> int:
        own = self._own[room]
        return len(own.people if own.whole else own.unsaved)

    async def _hold(self, rooms: Collection[RoomId]) -> None:
        taken = {room: self._own[room].unsaved for room in rooms}
        changes = {room: self._change(self._own[room]) for room in rooms}
        for room in rooms:
            self._own[room].unsaved = {}
        try:
            missing = await self._leases.hold(changes)
        except Exception:
            # Whatever it was: who is forgotten here is seen nowhere else.
            for room, moves in taken.items():
                own = self._own[room]
                own.unsaved = {**moves, **own.unsaved}
            raise
        for room in rooms:
            # Whoever lost what was leased is given all of it anew.
            self._own[room].whole = room in missing
        if missing:
            self._moved.set()

    def _change(self, own: _Own) -> Change:
        if own.whole:
            return Change(0, own.rev, tuple(own.people.values()))
        return Change(own.rev, own.rev, _came(own.unsaved), _gone(own.unsaved))

    async def farewell(self) -> None:
        """This node goes: nobody is here through it any more. Whoever is not told in time finds out by the silence."""
        for room, own in self._own.items():
            for person in list(own.people):
                self.moved(room, person, None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._own:
                    self._settled.clear()
                    await self._settled.wait()

    # The others' shares ------------------------------------------------------------------------------------------

    def open(self, room: RoomId) -> None:
        """Somebody is in the room on this node: know who is there on the others."""
        if room not in self._rooms:
            self._rooms[room] = _Room()
            self._want(room)

    def close(self, room: RoomId) -> None:
        """Nobody is in the room on this node any more."""
        self._rooms.pop(room, None)
        self._wanted.discard(room)

    def hear(self, word: Comings) -> None:
        """Another node says who came and who went."""
        room = RoomId(owner_of(word.stream))
        held = self._rooms.get(room)
        if held is None:
            return
        self._met((word.node,))
        change = Change(word.before, word.rev, word.came, word.gone)
        if not held.shares.take(word.node, change, now_ms=monotonic_ms()):
            self._want(room)
        if word.came or word.gone:
            self._changed(room)

    def gap(self, stream: StreamId | None) -> None:
        """What was said of a stream, or of any, may be missing."""
        if stream is None:
            for room in self._rooms:
                self._want(room)
        elif kind_of(stream) == "room" and RoomId(owner_of(stream)) in self._rooms:
            self._want(RoomId(owner_of(stream)))

    def _want(self, room: RoomId) -> None:
        held = self._rooms[room]
        if held.unread_ms is None:
            held.unread_ms = monotonic_ms()
        self._wanted.add(room)
        self._asked.set()

    async def _keep_reading(self) -> None:
        while going_on():
            await self._asked.wait()
            await asyncio.sleep(GATHER_S / 5)
            rooms = list(self._wanted)[:ROOMS_AT_ONCE]
            self._wanted.difference_update(rooms)
            if not self._wanted:
                self._asked.clear()
            try:
                await self._read(rooms)
            except Exception as error:  # noqa: BLE001 - as above: these rooms stay unknown until they are read
                self._mistakes.say("who is elsewhere was not read", error)
                await self._read_again(rooms)

    async def _read(self, rooms: Collection[RoomId]) -> None:
        began_ms = monotonic_ms()
        try:
            found = await self._leases.read(rooms)
        except LeasesAway:
            self._answered(_Asking.TO_READ, away=True)
            await self._read_again(rooms)
        else:
            self._answered(_Asking.TO_READ, away=False)
            for room in rooms:
                self._take(room, found.get(room, {}), began_ms)

    async def _read_again(self, rooms: Collection[RoomId]) -> None:
        for room in self._rooms.keys() & set(rooms):
            self._want(room)
        await asyncio.sleep(AGAIN_S)

    def _take(self, room: RoomId, read: Mapping[str, Share], began_ms: int) -> None:
        held = self._rooms.get(room)
        if held is None:
            return
        self._met(read)
        held.shares.replace({node: share for node, share in read.items() if not self._gone(node)}, began_ms=began_ms)
        if room not in self._wanted:
            held.unread_ms = None
        self._changed(room)

    def _met(self, nodes: Iterable[str]) -> None:
        if (peers := self._streams.peers) is not None:
            peers.met(nodes)

    def _gone(self, node: str) -> bool:
        peers = self._streams.peers
        return peers is not None and peers.gone(node)

    # What is known -----------------------------------------------------------------------------------------------

    def people(self, room: RoomId) -> Iterable[Mapping[PersonId, Present]]:
        """Who is in the room on each of the other nodes, as far as this one knows."""
        held = self._rooms.get(room)
        return held.shares.people() if held is not None else ()

    @property
    def alone(self) -> bool:
        """Whether there are no other nodes: then this one knows all there is to know."""
        peers = self._streams.peers
        return peers is None or not peers.living

    @property
    def hears(self) -> bool:
        """Whether the other nodes can be heard, if there are any."""
        peers = self._streams.peers
        return self.alone or (peers is not None and peers.carries and not peers.unheard)

    def knows(self, room: RoomId) -> bool:
        """Whether it is known who is in the room on the other nodes."""
        held = self._rooms.get(room)
        now = monotonic_ms()
        read = held is None or held.unread_ms is None or now - held.unread_ms < UNREAD_MS
        # Leases that nobody can renew say less and less of who is there.
        saved = self._unsaved_ms is None or now - self._unsaved_ms < UNSAVED_MS
        return self.alone or (self.hears and read and saved)

    def look(self) -> None:
        """Let go of nodes that are gone, ask again where nothing was heard, and say when all that turns."""
        now = monotonic_ms()
        for room, held in list(self._rooms.items()):
            dropped = [held.shares.drop(node) for node in held.shares.nodes if self._gone(node)]
            if any(dropped):
                self._changed(room)
            if held.shares.unconfirmed(before_ms=now - CONFIRMED_MS) and held.unread_ms is None:
                self._want(room)
            knows = self.knows(room)
            if knows != held.knew:
                held.knew = knows
                self._changed(room)
        hears = self.hears
        if hears != self._knew:
            self._knew = hears
            log.info("others are heard again") if hears else log.warning("others are not heard")
            self._turned(now)

    def _turned(self, now: int) -> None:
        for room, held in self._rooms.items():
            # What is known from before is not shown for what is: only when it has been read again.
            self._want(room)
            held.unread_ms = now - UNREAD_MS
            self._changed(room)

    async def read(self, rooms: Collection[RoomId]) -> dict[RoomId, list[Mapping[PersonId, Present]]]:
        """Who is in these rooms on the other nodes, asked for just now. Raises `LeasesAway`."""
        found: dict[RoomId, list[Mapping[PersonId, Present]]] = {}
        for some in _parted(list(rooms), lambda _: 0):
            read = await self._leases.read(some)
            for room, shares in read.items():
                self._met(shares)
                found[room] = [share.people for node, share in shares.items() if not self._gone(node)]
        return found

    async def run(self) -> None:
        """Tell and read, for as long as the node lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_telling())
            group.create_task(self._keep_reading())


def _came(moves: Moves) -> tuple[Present, ...]:
    return tuple(shown for shown in moves.values() if shown is not None)


def _gone(moves: Moves) -> tuple[PersonId, ...]:
    return tuple(person for person, shown in moves.items() if shown is None)


def _parted(rooms: list[RoomId], weight: Callable[[RoomId], int]) -> Iterable[list[RoomId]]:
    """The rooms in parts that are neither too many nor hold too many people."""
    part: list[RoomId] = []
    heavy = 0
    for room in rooms:
        if part and (len(part) == ROOMS_AT_ONCE or heavy + weight(room) > PEOPLE_AT_ONCE):
            yield part
            part, heavy = [], 0
        part.append(room)
        heavy += weight(room)
    if part:
        yield part
