"""Who and what there is in a run: one community, eight rooms of different kinds, forty people and their keepers."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from community.commands import NewSession
from rooms.ids import CommunityId, PersonId, RoomId, community_stream, room_stream
from rooms.rights import Role, Visibility
from rooms.room import RoomState
from server.clock import new_id
from server.database.database_postgres import PostgresDatabase
from server.database.ports import Each, Say, Statement, Work
from server.door.sessions import new_session
from server.door.sessions_sql import insert
from server.streams.ledger import open_stream, room_state_text
from tests.faults.nodes import SLUG

KEEPERS = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of room: who may be in it, how many come, and how often somebody there says something (a second)."""

    slug: str
    visibility: Visibility
    people: int
    a_second: float
    churns: bool = False


ROOMS = (
    Kind("hot", Visibility.COMMUNITY, 12, 4.0),
    Kind("large", Visibility.COMMUNITY, 40, 1.0),
    Kind("quiet", Visibility.COMMUNITY, 5, 0.3),
    Kind("moderated", Visibility.COMMUNITY, 8, 1.0),
    Kind("unnamed", Visibility.COMMUNITY, 6, 0.6),
    Kind("invited", Visibility.INVITED, 10, 1.6, churns=True),
    Kind("circle", Visibility.INVITED, 8, 1.2, churns=True),
    Kind("team", Visibility.TEAM, 6, 0.8, churns=True),
)


@dataclass(slots=True)
class Person:
    """Somebody with a session, the rooms they come to, and those that they are let into and out of."""

    name: str
    person: PersonId
    token: str
    session: str
    rooms: list[str] = field(default_factory=list)
    churns: list[str] = field(default_factory=list)
    moderates: bool = False


@dataclass(slots=True)
class Town:
    """Everybody and everything, by name."""

    community: CommunityId
    rooms: dict[str, RoomId]
    people: list[Person]
    keepers: list[Person]

    def stream(self, slug: str) -> str:
        """The stream of a room."""
        return str(room_stream(self.rooms[slug]))

    def kind(self, slug: str) -> Kind:
        """What kind of room it is."""
        return next(kind for kind in ROOMS if kind.slug == slug)

    def in_room(self, slug: str) -> list[Person]:
        """Who comes to a room."""
        return [person for person in self.people if slug in person.rooms]


def _person(name: str) -> tuple[Person, NewSession]:
    token, session = new_session(shared=False)
    return Person(name, PersonId(new_id()), token, session.session), session


def _community(community: CommunityId) -> list[Statement]:
    return [
        Say(
            "INSERT INTO community (id, slug, name, purpose, vows, commitments, standings, runs_it, contact, kept_days,"
            " made_ms) VALUES (?, ?, 'Faults', 'To find them', '[]', '[]', '[]', 'nobody', 'nowhere', 365, 1)",
            (community, SLUG),
        ),
        open_stream(community_stream(community), community, ""),
    ]


def _room(town: Town, kind: Kind) -> list[Statement]:
    room = town.rooms[kind.slug]
    state = RoomState(community=town.community, slug=kind.slug, title=kind.slug, visibility=kind.visibility)
    return [
        Say(
            "INSERT INTO room (id, community, slug, title, purpose, visibility, hide_names, made_ms)"
            " VALUES (?, ?, ?, ?, '', ?, 1, 1)",
            (room, town.community, kind.slug, kind.slug, kind.visibility.value),
        ),
        open_stream(room_stream(room), town.community, room_state_text(state)),
    ]


def _members(town: Town, sessions: list[NewSession]) -> list[Statement]:
    everybody = [*town.people, *town.keepers]
    roles = [(town.community, one.person, Role.KEEPER.value) for one in town.keepers]
    roles += [(town.community, one.person, Role.MODERATOR.value) for one in town.people if one.moderates]
    admitted = [
        (town.rooms[slug], one.person)
        for one in town.people
        for slug in one.rooms
        if town.kind(slug).visibility is Visibility.INVITED
    ]
    return [
        Each("INSERT INTO person (id, made_ms) VALUES (?, 1)", [(one.person,) for one in everybody]),
        Each(
            "INSERT INTO member (community, person, name, name_key, joined_ms, accepted_ms) VALUES (?, ?, ?, ?, 1, 1)",
            [(town.community, one.person, one.name, one.name) for one in everybody],
        ),
        Each("INSERT INTO role (community, person, role, room) VALUES (?, ?, ?, '')", roles),
        Each("INSERT INTO room_member (room, person, since_ms) VALUES (?, ?, 1)", admitted),
        *(insert(one.person, session) for one, session in zip(everybody, sessions, strict=True)),
    ]


def _work(statements: list[Statement]) -> Callable[[], Work[None]]:
    def work() -> Work[None]:
        yield statements

    return work


def _settle_in(town: Town, chance: random.Random) -> None:
    """Who comes where: everybody to the large room, and each other room takes its number."""
    for kind in ROOMS:
        count = min(kind.people, len(town.people))
        if kind.slug == "large":
            chosen = town.people
        elif kind.visibility is Visibility.TEAM:
            chosen = [one for one in town.people if one.moderates][:count]
        else:
            chosen = chance.sample(town.people, count)
        for n, one in enumerate(chosen):
            one.rooms.append(kind.slug)
            # Two in three are let in and put out again and again, each in one room: a role that is taken narrows all
            # rooms, and what is stored could not be told apart any more.
            suits = kind.visibility is Visibility.TEAM or not one.moderates
            if kind.churns and n % 3 != 2 and suits and not one.churns:
                one.churns.append(kind.slug)


async def settle(url: str, chance: random.Random, *, people: int) -> Town:
    """Make the town in an empty, migrated database."""
    made = [_person(f"h{n:02}") for n in range(people)] + [_person(f"keeper{n}") for n in range(KEEPERS)]
    everybody = [one for one, _ in made]
    town = Town(
        CommunityId(new_id()), {kind.slug: RoomId(new_id()) for kind in ROOMS}, everybody[:people], everybody[people:]
    )
    for n, one in enumerate(town.people):
        one.moderates = n % 5 == 0
    _settle_in(town, chance)
    database = PostgresDatabase(url)
    await database.open()
    try:
        await database.write(_work(_community(town.community)))
        for kind in ROOMS:
            await database.write(_work(_room(town, kind)))
        await database.write(_work(_members(town, [session for _, session in made])))
    finally:
        await database.close()
    return town


async def sign_in_again(url: str, person: Person) -> bool:
    """Give somebody another session, as a sign-in link would. False when the database is away."""
    token, session = new_session(shared=False)
    say = insert(person.person, session)
    sql = say.sql.replace("NOW_MS()", "(extract(epoch from clock_timestamp()) * 1000)::bigint").replace("?", "%s")
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=3) as line:
            await line.execute(sql.encode(), tuple(say.values))
    except psycopg.Error:
        return False
    person.token, person.session = token, session.session
    return True
