"""Who may follow which stream of a room, and what is taken from them when rights narrow."""

from collections.abc import Iterable

from community.facts import Member, Room
from rooms.ids import PersonId, StreamId, backstage_stream, room_stream
from rooms.rights import Deed, may


def open_to(who: Member, room: Room) -> frozenset[StreamId]:
    """The streams of `room` that `who` may follow."""
    doors = ((Deed.READ, room_stream(room.id)), (Deed.READ_BACKSTAGE, backstage_stream(room.id)))
    standing = who.at(room.id)
    # What is read does not depend on the time: mutes only stop what is written.
    return frozenset(stream for deed, stream in doors if may(standing, deed, place=room.place, now_ms=0) is None)


def lost(before: Member, after: Member, rooms: Iterable[Room]) -> tuple[tuple[StreamId, PersonId], ...]:
    """The streams that a member could follow `before` and cannot any more `after`."""
    gone = (open_to(before, room) - open_to(after, room) for room in rooms)
    return tuple((stream, before.person) for stream in sorted(frozenset().union(*gone)))


def lowered(before: Member, after: Member, rooms: Iterable[Room]) -> tuple[tuple[StreamId, PersonId], ...]:
    """What is narrowed when a role is taken: the streams that are lost, and each room where less may be done now.

    A room that can still be read is narrowed too. Its row is locked by that, so that nothing is done there any more on
    the rights of before.
    """
    there = tuple(rooms)
    less = {room_stream(room.id) for room in there if after.at(room.id).roles < before.at(room.id).roles}
    gone = {stream for stream, _ in lost(before, after, there)}
    return tuple((stream, before.person) for stream in sorted(less | gone))


def gained(before: Member, after: Member, room: Room) -> bool:
    """Whether `room` can be read `after` that could not be read `before`."""
    stream = room_stream(room.id)
    return stream in open_to(after, room) and stream not in open_to(before, room)
