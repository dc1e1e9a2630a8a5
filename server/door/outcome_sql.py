"""What the commands of a community come to in SQL, whatever they are about: who asks, and the streams that narrow."""

from collections.abc import Iterable

from community.facts import Member, Outcome
from rooms.ids import CommunityId, PersonId, RoomId, StreamId, kind_of
from server.database.ports import Say, Statement, Work
from server.door import facts_sql as facts
from server.streams.order import Resolved

NOTHING = Resolved()


def told(outcome: Outcome, rows: Iterable[Statement]) -> Work[Resolved]:
    """The outcome with its rows, once the streams that narrow are locked."""
    yield from _lock(stream for stream, _ in outcome.narrow)
    return Resolved(
        events=outcome.events, also=outcome.also, rows=tuple(rows), narrow=outcome.narrow, opens=outcome.opens
    )


def _lock(streams: Iterable[StreamId]) -> Work[None]:
    """Lock rooms, then their backstages, before any right changes: who decides there now decides on the old rights."""
    by_kind: dict[str, list[StreamId]] = {"room": [], "backstage": []}
    for stream in streams:
        if kind_of(stream) in by_kind:  # the community's own is locked already
            by_kind[kind_of(stream)].append(stream)
    statements = [
        Say(f"SELECT id FROM stream WHERE id IN ({', '.join('?' * len(found))}) ORDER BY id FOR UPDATE", sorted(found))
        for found in by_kind.values()
        if found
    ]
    if statements:
        yield statements


def load_actor(community: CommunityId, person: PersonId | None) -> Work[Member | None]:
    """Who asks, as a member of the community; None for a stranger."""
    found = yield from facts.load_members(community, [person])
    return found.get(person) if person is not None else None


def let_in(room: RoomId, person: PersonId) -> Say:
    """The row that lets a person into a room."""
    return Say(
        "INSERT INTO room_member (room, person, since_ms) VALUES (?, ?, NOW_MS()) ON CONFLICT DO NOTHING",
        (room, person),
    )
