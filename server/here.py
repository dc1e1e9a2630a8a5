"""Presence as this node shows it: tabs hold leases in rooms, and rooms are told, merged, when who is here has changed.

With several nodes, who is here elsewhere is added (`server.elsewhere`); while that can't be known, it is said.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from presence.ports import Leases, LeasesAway
from presence.roster import Lease, Roster, merged, roster_of
from presence.typing import Typing
from rooms.ids import PersonId, RoomId, StreamId, TabId, owner_of, room_stream
from rooms.signals import Present, RosterChanged, TypingChanged
from server.clock import monotonic_ms
from server.elsewhere import Elsewhere
from server.streams.bus import Comings, Writing
from server.streams.streams import Streams

# A socket's lease is renewed while its pings are answered (every 20 s, given up after 20 more); a polling tab
# renews by polling. So a pulled cable or a sleeping phone is gone after 45 s, and no ghost is older.
LEASE_MS = 45_000
# A person who reloads the page is away for less than this, and nobody should see them leave. With this, a look, the
# way to the other nodes and the merging there, who leaves is gone everywhere within two seconds.
LINGER_MS = 1_000
LOOK_S = 0.25
MERGE_S = 0.4
# In a busy room somebody begins or stops to write all the time: all hear of it so often at most.
TYPING_MERGE_S = 0.25
FIRST_S = 0.1
# Longer than any pause between two polls, so that what was told in it is told again.
LATELY_MS = 3_000
# What was read of rooms that nobody has open here is good for so long, and kept of so many.
COUNTED_MS = 2_000
COUNTED_ROOMS = 1_000


NOBODY_WRITES = TypingChanged(people=())


@dataclass(slots=True)
class _Place:
    """One room's presence."""

    roster: Roster = field(default_factory=Roster)
    typing: Typing = field(default_factory=Typing)
    typing_told_at: float = 0.0
    typing_changed: bool = False
    typing_told: TypingChanged = NOBODY_WRITES
    roster_told_at: float = 0.0
    roster_changed: bool = False
    told_ms: int = -LATELY_MS
    # As it would be told now, and as it was told last.
    now: RosterChanged | None = None
    told: RosterChanged | None = None


class Here:
    """Who is in which room."""

    def __init__(self) -> None:
        self._places: dict[RoomId, _Place] = {}
        self._streams: Streams | None = None
        self._elsewhere: Elsewhere | None = None
        self._alone = True
        # How many are in rooms that nobody has open here, and when that was read.
        self._counted: dict[RoomId, tuple[int, int]] = {}

    def attach(self, streams: Streams, leases: Leases | None = None) -> None:
        """Where the rooms are told, and where nodes find each other's leases.

        Separate from the constructor, for streams ask for rosters too.
        """
        self._streams = streams
        streams.on_presence(self)
        if leases is not None:
            self._elsewhere = Elsewhere(leases, streams, changed=self._changed)

    # What is shown -----------------------------------------------------------------------------------------------

    def roster_of(self, room: RoomId) -> RosterChanged:
        """Who is in the room, as it would be told now."""
        place = self._places.get(room)
        if place is None:
            return RosterChanged(count=0, people=(), known=self._knows(room))
        if place.now is None:
            place.now = roster_of(self._people(room, place), known=self._knows(room))
        return place.now

    def _people(self, room: RoomId, place: _Place) -> dict[PersonId, Present]:
        own = place.roster.people()
        if self._elsewhere is None or not self._knows(room):
            return own
        return merged([own, *self._elsewhere.people(room)])

    def _knows(self, room: RoomId) -> bool:
        """Whether it is known who is in the room on other nodes. One node alone knows."""
        if self._elsewhere is not None:
            return self._elsewhere.knows(room)
        return self._alone

    def now(self, room: RoomId) -> tuple[RosterChanged, TypingChanged]:
        """Who is here and who is writing, as it would be told now: for somebody who may have missed a signal."""
        place = self._places.get(room)
        return self.roster_of(room), place.typing.told() if place else NOBODY_WRITES

    def roster_soon(self, room: RoomId) -> RosterChanged:
        """Who is in the room, for somebody who begins to hear of it: as told last, when more is about to be told.

        A thousand who come in within a second would each have it put together anew.
        """
        place = self._places.get(room)
        return place.told if place and place.told and place.roster_changed else self.roster_of(room)

    def soon(self, room: RoomId) -> tuple[RosterChanged, TypingChanged]:
        """As `now`, for somebody who hears whatever is told from here on."""
        place = self._places.get(room)
        if place is None:
            return self.roster_soon(room), NOBODY_WRITES
        # What is undone before it was told is not told at all: who hears of it now would never hear of its end.
        return self.roster_soon(room), place.typing_told if place.typing_changed else place.typing.told()

    def told_lately(self, room: RoomId) -> bool:
        """Whether something was told so short a time ago that it may have fallen between two polls."""
        place = self._places.get(room)
        return place is not None and monotonic_ms() - place.told_ms < LATELY_MS

    def count(self, room: RoomId) -> int:
        """How many people are in the room, as far as this node knows."""
        return self.roster_of(room).count

    @property
    def people(self) -> int:
        """How many different people are in any room through this node."""
        return len({person for place in self._places.values() for person in place.roster.people()})

    @property
    def unknown(self) -> int:
        """How many of the rooms with somebody in them here it is not known of who is in them on other nodes."""
        return sum(not self._knows(room) for room, place in self._places.items() if place.roster.people())

    async def counts(self, rooms: Collection[RoomId]) -> dict[RoomId, int | None]:
        """How many people are in each of these rooms on all nodes; None where that can't be known just now."""
        found: dict[RoomId, int | None] = {}
        unread = []
        others = self._elsewhere
        unasked = others is None or others.alone or not others.hears
        for room in rooms:
            known = self._counted.get(room)
            if unasked or room in self._places:
                roster = self.roster_of(room)
                found[room] = roster.count if roster.known else None
            elif known is not None and monotonic_ms() - known[1] < COUNTED_MS:
                found[room] = known[0]
            else:
                unread.append(room)
        return found | await self._count(unread)

    async def _count(self, rooms: Collection[RoomId]) -> dict[RoomId, int | None]:
        if self._elsewhere is None or not rooms:
            return {}
        try:
            read = await self._elsewhere.read(rooms)
        except LeasesAway:
            return dict.fromkeys(rooms)
        now, counts = monotonic_ms(), {room: len(merged(read.get(room, ()))) for room in rooms}
        if len(self._counted) + len(counts) > COUNTED_ROOMS:
            self._counted.clear()
        self._counted |= {room: (count, now) for room, count in counts.items()}
        return dict(counts)

    async def everybody(self, rooms: Collection[RoomId]) -> int | None:
        """How many different people are in any of these rooms on all nodes; None when that can't be known just now."""
        own = {person for room in rooms if room in self._places for person in self._places[room].roster.people()}
        if self._elsewhere is None or self._elsewhere.alone:
            return len(own) if self._elsewhere is not None or self._alone else None
        if not self._elsewhere.hears:
            return None
        try:
            read = await self._elsewhere.read(rooms)
        except LeasesAway:
            return None
        return len(own.union(*(people for parts in read.values() for people in parts)))

    # Tabs --------------------------------------------------------------------------------------------------------

    def enter(self, room: RoomId, tab: TabId, who: Present) -> None:
        """A tab is here, or still here."""
        place = self._places.get(room)
        if place is None:
            place = self._places[room] = _Place()
            if self._elsewhere is not None:
                # The first who is here is told of all at once: the others are read by then.
                place.roster_told_at = asyncio.get_running_loop().time() - MERGE_S + FIRST_S
                self._elsewhere.open(room)
        if place.roster.seen(Lease(tab, who, monotonic_ms() + LEASE_MS)):
            self._moved(room, place, who.person)

    def leave(self, room: RoomId, tab: TabId, *, at_once: bool = False) -> None:
        """A tab has gone. A short while passes first, in which a reloading page comes back."""
        place = self._places.get(room)
        lease = place.roster.leases.get(tab) if place else None
        if place is None or lease is None:
            return
        if at_once:
            if place.roster.left(tab):
                self._moved(room, place, lease.who.person)
            return
        place.roster.leases[tab] = Lease(tab, lease.who, monotonic_ms() + LINGER_MS)

    def _moved(self, room: RoomId, place: _Place, person: PersonId) -> None:
        """Somebody came, went, or is shown in another way, through this node."""
        if self._elsewhere is not None:
            self._elsewhere.moved(room, person, place.roster.shown(person))
        self._soon(room, place)

    def typing(self, room: RoomId, who: Present, *, on: bool) -> None:
        """Someone says that they are writing, or have stopped."""
        if room not in self._places:
            return
        self._types(room, who, on=on)
        if self._streams is not None:
            stream = room_stream(room)
            # Also what is no news here: it is how long the others believe it.
            self._streams.tell(Writing(stream, who, on, self._streams.acl_of(stream)))

    def _types(self, room: RoomId, who: Present, *, on: bool) -> None:
        place = self._places.get(room)
        if place is not None and place.typing.tells(who, on=on, now_ms=monotonic_ms()):
            self._typing_soon(room, place)

    # Other nodes -------------------------------------------------------------------------------------------------

    def hear(self, word: Comings | Writing) -> None:
        """Another node says who came, who went, or who writes."""
        if isinstance(word, Writing):
            self._types(RoomId(owner_of(word.stream)), word.who, on=word.on)
        elif self._elsewhere is not None:
            self._elsewhere.hear(word)

    def gap(self, stream: StreamId | None) -> None:
        """Something that another node said may be missing."""
        if self._elsewhere is not None:
            self._elsewhere.gap(stream)

    def _changed(self, room: RoomId) -> None:
        place = self._places.get(room)
        if place is not None:
            self._soon(room, place)

    def _mind_others(self) -> None:
        """Without a bus, whoever else holds a lease on the database can't be asked who is there."""
        peers = self._streams.peers if self._streams is not None else None
        alone = peers is None or not peers.living
        if self._elsewhere is not None:
            self._elsewhere.look()
        elif alone != self._alone:
            self._alone = alone
            for room in self._places:
                self._changed(room)

    # Telling -----------------------------------------------------------------------------------------------------

    def _soon(self, room: RoomId, place: _Place) -> None:
        place.now = None
        if place.roster_changed:
            return
        place.roster_changed = True
        loop = asyncio.get_running_loop()
        wait = max(0.0, place.roster_told_at + MERGE_S - loop.time())
        loop.call_later(wait, self._tell, room, place)

    def _tell(self, room: RoomId, place: _Place) -> None:
        place.roster_changed = False
        told = roster_of(self._people(room, place), known=self._knows(room))
        place.now = told
        # Who came here may have been here before, in a tab on another node.
        if told != place.told:
            place.told = told
            place.roster_told_at = asyncio.get_running_loop().time()
            self._say(room, place, told)

    def _typing_soon(self, room: RoomId, place: _Place) -> None:
        if place.typing_changed:
            return
        place.typing_changed = True
        loop = asyncio.get_running_loop()
        wait = max(0.0, place.typing_told_at + TYPING_MERGE_S - loop.time())
        loop.call_later(wait, self._tell_typing, room, place)

    def _tell_typing(self, room: RoomId, place: _Place) -> None:
        place.typing_changed = False
        told = place.typing.told()
        if told != place.typing_told:
            place.typing_told = told
            place.typing_told_at = asyncio.get_running_loop().time()
            self._say(room, place, told)

    def _say(self, room: RoomId, place: _Place, signal: RosterChanged | TypingChanged) -> None:
        place.told_ms = monotonic_ms()
        if self._streams is not None:
            self._streams.signal_here(room_stream(room), signal)

    async def run(self) -> None:
        """End what has run out, for as long as the node lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_always())
            if self._elsewhere is not None:
                group.create_task(self._elsewhere.run())

    async def _look_always(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """End what has run out, now."""
        now = monotonic_ms()
        for room, place in list(self._places.items()):
            for person in place.roster.expire(now_ms=now):
                self._moved(room, place, person)
            if place.typing.expire(now_ms=now):
                self._typing_soon(room, place)
            if not (place.roster.leases or place.roster_changed or place.typing_changed):
                del self._places[room]
                if self._elsewhere is not None:
                    self._elsewhere.close(room)
        self._mind_others()

    async def farewell(self) -> None:
        """This node goes, and tells the others that nobody is here through it any more."""
        if self._elsewhere is not None:
            await self._elsewhere.farewell()
