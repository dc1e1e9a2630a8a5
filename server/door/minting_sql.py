"""New members with ready sessions, made in bulk by the operator's own hand: for load tests, replays and the demo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from community.commands import NewSession
from community.events import MemberJoined
from community.names import name_key
from rooms.ids import CommunityId, PersonId, RoomId, community_stream
from rooms.rights import Visibility
from server.clock import new_id
from server.database.ports import Database, Each, Say, Work, one_of
from server.door.sessions import new_session
from server.door.sessions_sql import insert
from server.streams.ledger import Ledger, lock_all

# One transaction takes some 30 ms with so many, and a server that has the file open waits no longer than that.
AT_ONCE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A room by its address, and the community it is in."""

    community: CommunityId
    community_slug: str
    room: RoomId
    room_slug: str
    visibility: Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """Someone new, and the token that signs them in."""

    person: PersonId
    name: str
    token: str


def places(room_slug: str, community_slug: str | None) -> Work[list[Place]]:
    """The rooms with this address, in the community meant or in any."""
    [rows] = yield [
        Say(
            "SELECT c.id, c.slug, r.id, r.slug, r.visibility FROM room r JOIN community c ON c.id = r.community"
            " WHERE r.slug = ? AND c.slug = COALESCE(?, c.slug) ORDER BY c.slug",
            (room_slug, community_slug),
        )
    ]
    return [
        Place(community=community, community_slug=slug, room=room, room_slug=its_slug, visibility=Visibility(seen_by))
        for community, slug, room, its_slug, seen_by in rows
    ]


def taken_keys(community: CommunityId) -> Work[frozenset[str]]:
    """The keys of all names that somebody here has or had."""
    [rows] = yield [Say("SELECT name_key FROM member WHERE community = ?", (community,))]
    return frozenset(key for (key,) in rows)


async def mint(database: Database, place: Place, names: Sequence[str]) -> list[Minted]:
    """New members called so, with the values accepted, let into the room when it is an invited one."""
    minted: list[Minted] = []
    for some in _chunks(names):
        made = [_new(name) for name in some]
        await database.write(lambda made=made: _come_in(place, made))  # type: ignore[misc]  # bound at once
        minted += [one for one, _ in made]
    return minted


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(names), AT_ONCE):
        yield names[begin : begin + AT_ONCE]


def _new(name: str) -> tuple[Minted, NewSession]:
    token, session = new_session(shared=False)
    return Minted(person=PersonId(new_id()), name=name, token=token), session


def _come_in(place: Place, made: Sequence[tuple[Minted, NewSession]]) -> Work[None]:
    stream = community_stream(place.community)
    rows = yield [*lock_all([stream]), Say("SELECT NOW_MS()")]
    now_ms = rows[-1][0][0]
    ledger = Ledger(now_ms=now_ms)
    ledger.add(rows[0])
    people = [one for one, _ in made]
    for one in people:
        ledger.append(stream, MemberJoined(person=one.person, name=one.name))
    yield [*_member_rows(place, people, now_ms), *_session_rows(made), *ledger.writes()]


def _member_rows(place: Place, people: Sequence[Minted], now_ms: int) -> list[Each]:
    rows = [
        Each("INSERT INTO person (id, made_ms) VALUES (?, ?)", [(one.person, now_ms) for one in people]),
        Each(
            "INSERT INTO member (community, person, name, name_key, joined_ms, accepted_ms) VALUES (?, ?, ?, ?, ?, ?)",
            [(place.community, one.person, one.name, name_key(one.name), now_ms, now_ms) for one in people],
        ),
    ]
    if place.visibility is Visibility.INVITED:
        let_in = [(place.room, one.person, now_ms) for one in people]
        rows.append(Each("INSERT INTO room_member (room, person, since_ms) VALUES (?, ?, ?)", let_in))
    return rows


def _session_rows(made: Sequence[tuple[Minted, NewSession]]) -> list[Each]:
    says = [insert(one.person, session) for one, session in made]
    return [Each(says[0].sql, [say.values for say in says])]


def free_label(community: CommunityId, labels: Sequence[str]) -> Work[str | None]:
    """The first of these labels with which no name here begins."""
    taken = yield from taken_keys(community)
    return next((label for label in labels if not any(key.startswith(name_key(label)) for key in taken)), None)


__all__ = ["AT_ONCE", "Minted", "Place", "free_label", "mint", "one_of", "places", "taken_keys"]
