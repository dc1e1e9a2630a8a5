"""New members with ready sessions, made in bulk by the operator's own hand: for load tests, replays and the demo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from community.commands import NewSession
from community.events import MemberJoined
from community.names import name_key
from rooms.audit import Act, What
from rooms.ids import CommunityId, PersonId, RoomId, community_stream
from rooms.rights import Visibility
from server.audit_sql import Chain
from server.clock import new_id
from server.database.ports import Database, Each, Say, Work
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


class NoPlace(Exception):  # noqa: N818 - it is told to a person, as it stands
    """There is no such room to bring people to; the text says why."""


async def find_place(database: Database, room_slug: str, community_slug: str | None) -> Place:
    """The room with this address, which members can be brought to. Raises `NoPlace`."""
    found = await database.read(lambda: _places(room_slug))
    meant = [place for place in found if community_slug in {None, place.community_slug}]
    if not meant:
        raise NoPlace(f"There is no room {room_slug}{f' in {community_slug}' if community_slug else ''}.")
    if len(meant) > 1:
        communities = ", ".join(place.community_slug for place in meant)
        raise NoPlace(f"There is a room {room_slug} in each of {communities}. Say which with --community.")
    if meant[0].visibility is Visibility.TEAM:
        raise NoPlace(f"{room_slug} is the team's room, and the team is chosen by its keepers.")
    return meant[0]


def _places(room_slug: str) -> Work[list[Place]]:
    [rows] = yield [
        Say(
            "SELECT c.id, c.slug, r.id, r.slug, r.visibility FROM room r JOIN community c ON c.id = r.community"
            " WHERE r.slug = ? ORDER BY c.slug",
            (room_slug,),
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


async def mint(database: Database, place: Place, names: Sequence[str], *, chain: Chain) -> list[Minted]:
    """New members called so, with the values accepted, let into the room when it is an invited one."""
    minted: list[Minted] = []
    for some in _chunks(names):
        made = [_new(name) for name in some]
        await database.write(partial(_come_in, place, made, chain))
        minted += [one for one, _ in made]
    return minted


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(names), AT_ONCE):
        yield names[begin : begin + AT_ONCE]


def _new(name: str) -> tuple[Minted, NewSession]:
    token, session = new_session(shared=False)
    return Minted(person=PersonId(new_id()), name=name, token=token), session


def _come_in(place: Place, made: Sequence[tuple[Minted, NewSession]], chain: Chain) -> Work[None]:
    stream = community_stream(place.community)
    rows = yield [*lock_all([stream]), Say("SELECT NOW_MS()")]
    now_ms = rows[-1][0][0]
    ledger = Ledger(now_ms=now_ms)
    ledger.add(rows[0])
    people = [one for one, _ in made]
    for one in people:
        ledger.append(stream, MemberJoined(person=one.person, name=one.name))
    yield [*_member_rows(place, people, now_ms), *_session_rows(made), *ledger.writes()]
    yield from chain.write(place.community, [Act(what=What.MINT, room=place.room, details={"count": len(made)})])


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
