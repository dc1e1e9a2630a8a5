"""What somebody needs who begins to follow: their rights, where the stream stands, and their own part of it.

A conversation starts, or a node comes back, and thousands come in within seconds. What they need is read for all who
wait at once, on one view of the data: rights are asked for each person, what is the same for all is read once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId, StreamId, kind_of, owner_of, room_stream
from rooms.rights import Deed, Standing, may
from server.database.ports import Each, Say, Work, one_of
from server.database.together import together
from server.streams import reading_sql as reading
from server.streams.ledger import HEAD_COLUMNS, Head, Version, lock_rank, new_epoch, room_state
from server.streams.room_sql import standing_statements, standings
from server.wire import Page, RoomMine

# Farther behind than this, a client that shows the newest page is better served with a snapshot.
RESUME_LIMIT = 100_000

# The newest page of a room as somebody before had it, and which version of the room that was.
Shared: TypeAlias = tuple[Version, Page]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody who wants to follow says."""

    stream: StreamId
    person: PersonId
    epoch: str | None
    after: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, on one view of the data, for someone who wants to follow. `newest` is the page of `head`."""

    head: Head
    resumed: bool
    newest: Page | None = None
    mine: RoomMine | None = None


def enter(asked: Sequence[Asked], shared: Mapping[StreamId, Shared]) -> Work[list[Found | Exception]]:
    """Everything that these need, or a refusal for each who may not; in order.

    `shared` are the newest pages as somebody before had them; one is read again only when its room has moved on.
    """
    heads, rights = yield from together(_heads(_with_rooms(asked)), _rights(asked))
    may_enter = [_may(one, heads, rights) for one in asked]
    rooms = {one.stream: heads[one.stream] for one, ok in zip(asked, may_enter, strict=True) if ok and _is_room(one)}
    pages = yield from _pages(rooms, shared)
    people = {stream: list[Standing]() for stream in rooms}
    for one, ok in zip(asked, may_enter, strict=True):
        if ok and _is_room(one):
            people[one.stream].append(rights[one.stream, one.person])
    mine = yield from _mine(people, pages)
    found: list[Found | Exception] = []
    for one, ok in zip(asked, may_enter, strict=True):
        if ok:
            head = heads[one.stream]
            own = mine.get((one.stream, one.person))
            found.append(Found(head, _resumes(one, head), newest=pages.get(one.stream), mine=own))
        else:
            found.append(Refused(Code.NOT_FOUND))
    return found


def may_follow(stream: StreamId, people: Sequence[PersonId]) -> Work[list[bool]]:
    """Whether each of these may see what is on the stream, in order."""
    asked = [Asked(stream, person, None, 0) for person in people]
    heads, rights = yield from together(_heads(_with_rooms(asked)), _rights(asked))
    return [_may(one, heads, rights) for one in asked]


def _resumes(one: Asked, head: Head) -> bool:
    return one.epoch == head.epoch and max(head.tail, head.head - RESUME_LIMIT) <= one.after <= head.head


def _is_room(one: Asked) -> bool:
    return kind_of(one.stream) == "room"


def _with_rooms(asked: Sequence[Asked]) -> list[StreamId]:
    """The streams asked for, and the rooms on whose state the right to them rests."""
    streams = {one.stream for one in asked}
    streams |= {room_stream(RoomId(owner_of(stream))) for stream in streams if kind_of(stream) == "backstage"}
    return sorted(streams)


def _heads(streams: Sequence[StreamId]) -> Work[dict[StreamId, Head]]:
    meant = one_of("id", streams)
    [rows] = yield [Say(f"SELECT {HEAD_COLUMNS} FROM stream WHERE {meant.sql}", meant.values)]
    return {StreamId(row[0]): Head.of(row) for row in rows}


def _rights(asked: Sequence[Asked]) -> Work[dict[tuple[StreamId, PersonId], Standing]]:
    """Who each is where they want to come in; whoever is nobody there is left out."""
    people: dict[StreamId, list[PersonId]] = {}
    for one in asked:
        if kind_of(one.stream) != "person":
            people.setdefault(one.stream, []).append(one.person)
    statements: list[Say] = []
    for stream, who in people.items():
        statements += _standing_statements(stream, who)
    if not statements:
        return {}
    rows = yield statements
    found: dict[tuple[StreamId, PersonId], Standing] = {}
    for number, stream in enumerate(people):
        for person, standing in standings(*rows[3 * number : 3 * number + 3]).items():
            found[stream, person] = standing
    return found


def _standing_statements(stream: StreamId, who: Sequence[PersonId]) -> list[Say]:
    if kind_of(stream) == "community":
        return reading.community_standing_statements(owner_of(stream), who)
    return standing_statements(RoomId(owner_of(stream)), who)


def _may(one: Asked, heads: Mapping[StreamId, Head], rights: Mapping[tuple[StreamId, PersonId], Standing]) -> bool:
    """The one question of every path on which streams are read."""
    if one.stream not in heads:
        return False
    owner = owner_of(one.stream)
    who = rights.get((one.stream, one.person)) or Standing(person=one.person)
    match kind_of(one.stream):
        case "person":
            return owner == one.person
        case "community":
            return may(who, Deed.READ_COMMUNITY, place=None, now_ms=0) is None
        case "room" | "backstage" as kind:
            room = heads.get(room_stream(RoomId(owner)))
            deed = Deed.READ if kind == "room" else Deed.READ_BACKSTAGE
            return room is not None and may(who, deed, place=room_state(room.state).place, now_ms=0) is None
        case _:
            return False


def _pages(rooms: Mapping[StreamId, Head], shared: Mapping[StreamId, Shared]) -> Work[dict[StreamId, Page]]:
    known = {
        stream: page
        for stream, (version, page) in shared.items()
        if stream in rooms and version == rooms[stream].version
    }
    missing = [stream for stream in rooms if stream not in known]
    found = yield from together(*(reading.latest(RoomId(owner_of(stream))) for stream in missing))
    return known | dict(zip(missing, found, strict=True))


def _mine(
    people: Mapping[StreamId, Sequence[Standing]], pages: Mapping[StreamId, Page]
) -> Work[dict[tuple[StreamId, PersonId], RoomMine]]:
    works = [reading.mines(RoomId(owner_of(stream)), who, pages[stream]) for stream, who in people.items()]
    found = yield from together(*works)
    return {
        (stream, person): mine for stream, mines in zip(people, found, strict=True) for person, mine in mines.items()
    }


def heads(streams: Sequence[StreamId]) -> Work[list[Head | None]]:
    """Where these streams stand, in order; None for one that does not exist."""
    found = yield from _heads(streams)
    return [found.get(stream) for stream in streams]


def begin(streams: Sequence[StreamId]) -> Work[list[Head | None]]:
    """Make the streams of these persons where they do not exist yet, and say where they stand, in order."""
    rows = [(stream, new_epoch()) for stream in sorted(set(streams), key=lock_rank)]
    yield [
        Each(
            "INSERT INTO stream (id, epoch, head, tail, acl, tally_rev, at_ms, state)"
            " VALUES (?, ?, 0, 0, 0, 0, 0, '') ON CONFLICT (id) DO NOTHING",
            rows,
        )
    ]
    return (yield from heads(streams))
