"""Presence on this node: tabs hold leases in rooms, and rooms are told, merged, when who is here has changed."""

import asyncio
from dataclasses import dataclass, field

from presence.roster import Lease, Roster
from presence.typing import Typing
from rooms.ids import RoomId, TabId, room_stream
from rooms.signals import Present, RosterChanged, TypingChanged
from server.clock import monotonic_ms
from server.streams.streams import Streams

# A socket's lease is renewed while its pings are answered (every 20 s, given up after 20 more); a polling tab
# renews by polling. So a pulled cable or a sleeping phone is gone after 45 s, and no ghost is older.
LEASE_MS = 45_000
# A person who reloads the page is away for less than this, and nobody should see them leave.
LINGER_MS = 1_200
MERGE_S = 0.5
LOOK_S = 0.5
# Longer than any pause between two polls, so that what was told in it is told again.
LATELY_MS = 3_000


@dataclass(slots=True)
class _Place:
    """One room's presence."""

    roster: Roster = field(default_factory=Roster)
    typing: Typing = field(default_factory=Typing)
    roster_told_at: float = 0.0
    roster_changed: bool = False
    told_ms: int = -LATELY_MS


class Here:
    """Who is in which room of this node."""

    def __init__(self) -> None:
        self._places: dict[RoomId, _Place] = {}
        self._streams: Streams | None = None

    def attach(self, streams: Streams) -> None:
        """Where the rooms are told. Separate from the constructor, for streams ask for rosters too."""
        self._streams = streams

    def roster_of(self, room: RoomId) -> RosterChanged:
        """Who is in the room, as it would be told now."""
        place = self._places.get(room)
        return place.roster.told() if place else RosterChanged(count=0, people=())

    def now(self, room: RoomId) -> tuple[RosterChanged, TypingChanged]:
        """Who is here and who is writing, as it would be told now: for somebody who may have missed a signal."""
        place = self._places.get(room)
        return self.roster_of(room), place.typing.told() if place else TypingChanged(people=())

    def told_lately(self, room: RoomId) -> bool:
        """Whether something was told so short a time ago that it may have fallen between two polls."""
        place = self._places.get(room)
        return place is not None and monotonic_ms() - place.told_ms < LATELY_MS

    def count(self, room: RoomId) -> int:
        """How many people are in the room."""
        return self.roster_of(room).count

    @property
    def people(self) -> int:
        """How many different people are in any room."""
        return len({who.person for place in self._places.values() for who in place.roster.people()})

    def enter(self, room: RoomId, tab: TabId, who: Present) -> None:
        """A tab is here, or still here."""
        place = self._places.setdefault(room, _Place())
        if place.roster.seen(Lease(tab, who, monotonic_ms() + LEASE_MS)):
            self._soon(room, place)

    def leave(self, room: RoomId, tab: TabId, *, at_once: bool = False) -> None:
        """A tab has gone. A short while passes first, in which a reloading page comes back."""
        place = self._places.get(room)
        lease = place.roster.leases.get(tab) if place else None
        if place is None or lease is None:
            return
        if at_once:
            if place.roster.left(tab):
                self._soon(room, place)
            return
        place.roster.leases[tab] = Lease(tab, lease.who, monotonic_ms() + LINGER_MS)

    def typing(self, room: RoomId, who: Present, *, on: bool) -> None:
        """Someone says that they are writing, or have stopped."""
        place = self._places.get(room)
        if place is not None and place.typing.tells(who, on=on, now_ms=monotonic_ms()):
            self._say(room, place, place.typing.told())

    def _soon(self, room: RoomId, place: _Place) -> None:
        if place.roster_changed:
            return
        place.roster_changed = True
        loop = asyncio.get_running_loop()
        wait = max(0.0, place.roster_told_at + MERGE_S - loop.time())
        loop.call_later(wait, self._tell, room, place)

    def _tell(self, room: RoomId, place: _Place) -> None:
        place.roster_changed = False
        place.roster_told_at = asyncio.get_running_loop().time()
        self._say(room, place, place.roster.told())

    def _say(self, room: RoomId, place: _Place, signal: RosterChanged | TypingChanged) -> None:
        place.told_ms = monotonic_ms()
        if self._streams is not None:
            self._streams.signal(room_stream(room), signal)

    async def run(self) -> None:
        """End what has run out, for as long as the node lives."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """End what has run out, now."""
        now = monotonic_ms()
        for room, place in list(self._places.items()):
            if place.roster.expire(now_ms=now):
                self._soon(room, place)
            if place.typing.expire(now_ms=now):
                self._say(room, place, place.typing.told())
            if not place.roster.leases and not place.roster_changed:
                del self._places[room]
