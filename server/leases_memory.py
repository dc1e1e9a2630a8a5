"""Leases of nodes in one process: several in tests."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from presence.ports import LeasesAway
from presence.shares import Change, Share
from rooms.ids import PersonId, RoomId
from rooms.signals import Present
from server.clock import monotonic_ms


@dataclass(slots=True)
class _Kept:
    """One node's share of one room, and until when it holds."""

    rev: int
    people: dict[PersonId, Present]
    until_ms: int


@dataclass(slots=True)
class MemoryTable:
    """Where the leases of all nodes lie. With `away` set nobody gets an answer, as when Redis is gone; with
    `read_only` nothing can be written, as when it has become a replica.
    """

    now_ms: Callable[[], int] = monotonic_ms
    away: bool = False
    read_only: bool = False
    kept: dict[RoomId, dict[str, _Kept]] = field(default_factory=dict)


class MemoryLeases:
    """One node's leases."""

    def __init__(self, table: MemoryTable, *, node: str, lease_ms: int = 15_000) -> None:
        self._table = table
        self._node = node
        self._lease_ms = lease_ms

    def _may_write(self) -> None:
        if self._table.read_only:
            raise LeasesAway

    def _living(self, room: RoomId) -> dict[str, _Kept]:
        if self._table.away:
            raise LeasesAway
        kept = self._table.kept.get(room, {})
        living = {node: one for node, one in kept.items() if one.until_ms > self._table.now_ms()}
        self._table.kept[room] = living
        return living

    async def hold(self, changes: Mapping[RoomId, Change]) -> frozenset[RoomId]:
        """Write what changed, and renew; the rooms in which no lease was left that could be changed."""
        self._may_write()
        return frozenset(room for room, change in changes.items() if not self._held(room, change))

    def _held(self, room: RoomId, change: Change) -> bool:
        living = self._living(room)
        known = living.get(self._node)
        if known is None and change.before != 0:
            return False
        people = {} if known is None or change.before == 0 else dict(known.people)
        for person in change.gone:
            people.pop(person, None)
        people |= {who.person: who for who in change.came}
        living[self._node] = _Kept(change.rev, people, self._table.now_ms() + self._lease_ms)
        return True

    async def drop(self, rooms: Collection[RoomId]) -> None:
        """End this node's leases in these rooms."""
        self._may_write()
        for room in rooms:
            self._living(room).pop(self._node, None)

    async def read(self, rooms: Collection[RoomId]) -> dict[RoomId, dict[str, Share]]:
        """The shares of the other nodes in these rooms, by node."""
        found = {}
        for room in rooms:
            others = {node: one for node, one in self._living(room).items() if node != self._node}
            if others:
                found[room] = {node: Share(one.rev, dict(one.people)) for node, one in others.items()}
        return found
