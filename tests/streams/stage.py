"""A community with everybody in it: each title in each state, in each kind of room, with messages to ask about."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rooms.commands import LiveCommand
from rooms.contract import Code
from rooms.ids import MessageId, PersonId, RoomId, backstage_stream, room_stream
from rooms.rights import Role, Visibility
from rooms.room import RoomState
from server.clock import new_id
from server.connection import Desk
from server.database.ports import Each, Row, Say, Value, Work
from server.database.tables import METADATA
from server.streams.ledger import open_stream, room_state_text
from tests.rules.expected_rights import YES_NO, Case
from tests.tab import Tab
from tests.world import World

# A mute that ends long after any test, and one that ended long ago.
MUTED_MS, ENDED_MS = 4_000_000_000_000, 1

AT_ONCE = 200

TABLES = [table.name for table in METADATA.sorted_tables]


@dataclass(frozen=True, slots=True)
class Title:
    """How somebody comes to have rights: in the community at large, or in each room alone."""

    name: str
    roles: tuple[Role, ...] = ()
    in_rooms: bool = False
    belongs: bool = True


TITLES = (
    Title("stranger", belongs=False),
    Title("member"),
    Title("moderator", (Role.MODERATOR,)),
    Title("host", (Role.HOST,)),
    Title("keeper", (Role.KEEPER,)),
    Title("moderator of the room", (Role.MODERATOR,), in_rooms=True),
    Title("host of the room", (Role.HOST,), in_rooms=True),
    Title("host who keeps", (Role.HOST, Role.KEEPER)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person in a certain state."""

    title: Title
    said_yes: bool = True
    muted: bool = False
    let_in: bool = False
    id: PersonId = field(default_factory=lambda: PersonId(new_id()))

    def __str__(self) -> str:
        state = [name for name in ("said_yes", "muted", "let_in") if getattr(self, name)]
        return f"a {self.title.name} ({', '.join(state)})"


def everybody() -> list[Somebody]:
    """Every title in every state."""
    states = itertools.product(TITLES, YES_NO, YES_NO, YES_NO)
    return [Somebody(title=title, said_yes=yes, muted=muted, let_in=let_in) for title, yes, muted, let_in in states]


def a_few() -> list[Somebody]:
    """Every title as it mostly is, and with each one thing that is different."""
    others: tuple[dict[str, bool], ...] = ({}, {"said_yes": False}, {"muted": True}, {"let_in": True})
    return [Somebody(title=title, **other) for title in TITLES for other in others]  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One of the six kinds of room."""

    visibility: Visibility
    closed: bool
    id: RoomId = field(default_factory=lambda: RoomId(new_id()))

    def __str__(self) -> str:
        return f"a {'closed' if self.closed else 'open'} room for {self.visibility.value}"

    def case(self, who: Somebody, *, author: bool = False) -> Case:
        """`who` in this room, as expectations are asked."""
        return Case(
            titles=frozenset(who.title.roles),
            belongs=who.title.belongs,
            said_yes=who.said_yes,
            muted=who.muted,
            let_in=who.let_in,
            room=self.visibility,
            closed=self.closed,
            author=author,
        )


@dataclass(slots=True)
class Stage:
    """The community, everybody in it, and what they have said before the play begins."""

    world: World
    desk: Desk
    cast: list[Somebody]
    rooms: list[Room] = field(
        default_factory=lambda: [Room(visibility=each, closed=closed) for each in Visibility for closed in YES_NO]
    )
    _said: list[tuple[MessageId, RoomId, PersonId]] = field(default_factory=list)

    def said_by(self, author: Somebody, room: Room) -> MessageId:
        """A message of this author's. Asked for before the stage is set."""
        id_ = MessageId(new_id())
        self._said.append((id_, room.id, author.id))
        return id_

    def another(self, who: Somebody) -> Somebody:
        """Somebody else."""
        return self.cast[self.cast.index(who) - 1]

    async def set(self) -> None:
        """Store the people, the rooms, and what was said."""
        await self.world.database.write(self._everything)

    def _everything(self) -> Work[None]:
        yield [
            Each("INSERT INTO person (id, made_ms) VALUES (?, 1)", [(who.id,) for who in self.cast]),
            Each(
                "INSERT INTO member (community, person, name, name_key, joined_ms, accepted_ms, muted_until_ms,"
                " left_ms) VALUES (?, ?, ?, ?, 1, ?, ?, ?)",
                [self._member(who) for who in self.cast],
            ),
            *(statement for room in self.rooms for statement in self._opened(room)),
            Each("INSERT INTO role (community, person, role, room) VALUES (?, ?, ?, ?)", list(self._roles())),
            Each(
                "INSERT INTO room_member (room, person, since_ms) VALUES (?, ?, 1)",
                [(room.id, who.id) for room in self.rooms for who in self.cast if who.let_in],
            ),
            Each(
                "INSERT INTO message (id, room, seq, after_seq, at_ms, author, shown, hidden, text, mentions)"
                " VALUES (?, ?, 0, 0, 1, ?, '{}', 0, 'said before', '[]')",
                self._said,
            ),
        ]

    def _member(self, who: Somebody) -> tuple[Value, ...]:
        # Those who do not belong have left, and their row is still there.
        left_ms = None if who.title.belongs else 2
        mute_ms = MUTED_MS if who.muted else ENDED_MS
        return (self.world.community, who.id, who.id, who.id, 1 if who.said_yes else None, mute_ms, left_ms)

    def _roles(self) -> Iterator[tuple[Value, ...]]:
        for who in self.cast:
            for role in who.title.roles:
                for room in [room.id for room in self.rooms] if who.title.in_rooms else [""]:
                    yield self.world.community, who.id, role.value, room

    def _opened(self, room: Room) -> Iterator[Say]:
        community = self.world.community
        state = room_state_text(RoomState(community=community, visibility=room.visibility, closed=room.closed))
        yield Say(
            "INSERT INTO room (id, community, slug, title, purpose, visibility, hide_names, closed_ms, made_ms)"
            " VALUES (?, ?, ?, '', '', ?, 1, ?, 1)",
            (room.id, community, room.id, room.visibility.value, 1 if room.closed else None),
        )
        yield open_stream(room_stream(room.id), community, state)
        yield open_stream(backstage_stream(room.id), community, state)

    async def answer(self, who: Somebody, command: LiveCommand) -> Code | None:
        """What a command is refused for; None when it is done."""
        item = await Tab(self.desk, who.id).done(command)
        assert item["t"] in {"receipt", "refusal", "following"}
        return Code(item["code"]) if item["t"] == "refusal" else None

    async def everything_stored(self) -> dict[str, list[Row]]:
        """All rows of all tables. That a person's stream stands at nothing is no trace of anything."""

        def work() -> Work[list[list[Row]]]:
            return (yield [_all_of(name) for name in TABLES])

        found = await self.world.database.read(work)
        return {name: sorted(rows, key=repr) for name, rows in zip(TABLES, found, strict=True)}


async def answers_to(asked: Sequence[Coroutine[Any, Any, Code | None]]) -> list[Code | None]:
    """All answers, asked for some at a time: who waits for thousands is told that the room is busy."""
    found: list[Code | None] = []
    for begin in range(0, len(asked), AT_ONCE):
        found += await asyncio.gather(*asked[begin : begin + AT_ONCE])
    return found


def _all_of(table: str) -> Say:
    if table == "stream":
        return Say("SELECT * FROM stream WHERE head > 0 OR id NOT LIKE ?", ("person:%",))
    return Say(f"SELECT * FROM {table}")  # noqa: S608 - one of our own tables
