"""The table of rights where it counts: every live command, by everybody, in every state, on the real path.

What is expected is said in `tests/rules/expected_rights.py`. What is refused must leave no trace in any table.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pytest

from rooms.audit import What
from rooms.commands import (
    EditMessage,
    Follow,
    LiveCommand,
    MarkRead,
    PostMessage,
    Reaction,
    RemoveMessage,
    SetReaction,
    Type,
    Unfollow,
)
from rooms.contract import Code
from rooms.ids import PersonId, RoomId, StreamId, backstage_stream, community_stream, person_stream, room_stream
from rooms.rights import Deed
from server.contractgen.shapes import UNIONS, members
from server.database.database_sqlite import SqliteDatabase
from server.database.ports import Database
from tests.rules.expected_rights import EXPECTED
from tests.streams.stage import Room, Somebody, Stage, a_few, answers_to, everybody
from tests.tab import Tab, desk_on
from tests.world import new_nonce, streams_on, until, world_on


@pytest.fixture
async def stage(database: Database) -> AsyncIterator[Stage]:
    # All of it once; the other database is asked enough to see that it is handed the same facts.
    cast = everybody() if isinstance(database, SqliteDatabase) else a_few()
    world = await world_on(database)
    async with streams_on(database) as streams:
        yield Stage(world, desk_on(streams), cast)


def post(stage: Stage, who: Somebody, room: Room) -> PostMessage:
    return PostMessage(room=room.id, nonce=new_nonce(), text="hello")


def post_without_a_name(stage: Stage, who: Somebody, room: Room) -> PostMessage:
    return PostMessage(room=room.id, nonce=new_nonce(), text="hello", hide_name=True)


def answer(stage: Stage, who: Somebody, room: Room) -> PostMessage:
    to = stage.said_by(stage.another(who), room)
    return PostMessage(room=room.id, nonce=new_nonce(), text="hello", reply_to=to)


def edit_own(stage: Stage, who: Somebody, room: Room) -> EditMessage:
    return EditMessage(room=room.id, nonce=new_nonce(), message=stage.said_by(who, room), text="better")


def edit_anothers(stage: Stage, who: Somebody, room: Room) -> EditMessage:
    said = stage.said_by(stage.another(who), room)
    return EditMessage(room=room.id, nonce=new_nonce(), message=said, text="better")


def remove_own(stage: Stage, who: Somebody, room: Room) -> RemoveMessage:
    return RemoveMessage(room=room.id, nonce=new_nonce(), message=stage.said_by(who, room))


def remove_anothers(stage: Stage, who: Somebody, room: Room) -> RemoveMessage:
    return RemoveMessage(room=room.id, nonce=new_nonce(), message=stage.said_by(stage.another(who), room))


def react(stage: Stage, who: Somebody, room: Room) -> SetReaction:
    said = stage.said_by(stage.another(who), room)
    return SetReaction(room=room.id, nonce=new_nonce(), message=said, reaction=Reaction.IDEA, on=True)


def mark(stage: Stage, who: Somebody, room: Room) -> MarkRead:
    return MarkRead(room=room.id, seq=0)


def follow_room(stage: Stage, who: Somebody, room: Room) -> Follow:
    return Follow(stream=room_stream(room.id))


def follow_backstage(stage: Stage, who: Somebody, room: Room) -> Follow:
    return Follow(stream=backstage_stream(room.id))


def named(title: str, stage: Stage) -> Somebody:
    """Somebody with this title who may write, where their title lets them."""
    usual = [who for who in stage.cast if who.said_yes and not who.muted and not who.let_in]
    return next(who for who in usual if who.title.name == title)


Make = Callable[[Stage, Somebody, Room], LiveCommand]

# Each way to ask for a deed, and whether it is about one's own message.
ASKED: Mapping[Make, tuple[Deed, bool]] = MappingProxyType(
    {
        post: (Deed.POST, False),
        post_without_a_name: (Deed.POST, False),
        answer: (Deed.POST, False),
        edit_own: (Deed.EDIT, True),
        edit_anothers: (Deed.EDIT, False),
        remove_own: (Deed.REMOVE, True),
        remove_anothers: (Deed.REMOVE, False),
        react: (Deed.REACT, False),
        mark: (Deed.MARK_READ, False),
        follow_room: (Deed.READ, False),
        follow_backstage: (Deed.READ_BACKSTAGE, False),
    }
)
# These are asked in ways of their own, further down.
APART = {Type, Unfollow}


@dataclass(slots=True)
class Attempt:
    """Somebody asks for something. `expected` is the refusal, or None when it is to be done."""

    who: Somebody
    room: Room
    command: LiveCommand
    expected: Code | None
    make: Make

    @classmethod
    def of(cls, make: Make, stage: Stage, *, who: Somebody, room: Room) -> "Attempt":
        """This way of asking, and what is expected of it."""
        deed, own = ASKED[make]
        expected = EXPECTED[deed].answer(room.case(who, author=own))
        command = make(stage, who, room)
        if expected is not None and isinstance(command, Follow):
            # What may not be read is not there, whatever the reason.
            expected = Code.NOT_FOUND
        return cls(who, room, command, expected, make)

    def __str__(self) -> str:
        return f"{self.command.__struct_config__.tag} by {self.who} in {self.room}"


def test_every_live_command_is_asked() -> None:
    made = {make.__annotations__["return"] for make in ASKED}
    assert made | APART == set(members(UNIONS["LiveCommand"]))


async def _answers(stage: Stage, attempts: list[Attempt]) -> dict[str, tuple[Code | None, Code | None]]:
    """The attempts whose answer is another than expected: what it is and what it should be."""
    answers = await answers_to([stage.answer(attempt.who, attempt.command) for attempt in attempts])
    answered = zip(attempts, answers, strict=True)
    return {str(one): (given, one.expected) for one, given in answered if given != one.expected}


async def test_every_command_of_everybody_is_done_or_refused_as_the_table_says_and_a_refusal_leaves_no_trace(
    stage: Stage,
) -> None:
    attempts = [
        Attempt.of(make, stage, who=who, room=room) for make in ASKED for who in stage.cast for room in stage.rooms
    ]
    await stage.set()
    refused = [attempt for attempt in attempts if attempt.expected is not None]
    done = [attempt for attempt in attempts if attempt.expected is None]
    assert len(refused) > len(done) > 100

    before = await stage.everything_stored()
    assert await _answers(stage, refused) == {}
    assert await stage.everything_stored() == before

    assert await _answers(stage, done) == {}
    after = await stage.everything_stored()
    stored = [one for one in done if isinstance(one.command, (PostMessage, EditMessage, RemoveMessage))]
    of_rooms = [row for row in after["event"] if row[0].startswith("room:")]
    assert len(of_rooms) == len(stored)
    assert len(after["reaction"]) == len([one for one in done if isinstance(one.command, SetReaction)])
    assert len(after["nonce"]) == len(after["reaction"]) + len(stored)
    # What is done by right to what is another's, and that alone, is written down.
    written = Counter((row[4], row[3]) for row in after["audit"])
    taken_out = [one for one in done if isinstance(one.command, RemoveMessage) and one.make is remove_anothers]
    assert written == Counter((What.REMOVE_MESSAGE, one.who.id) for one in taken_out)
    assert len(taken_out) > len(stage.rooms)


async def test_only_those_who_may_write_are_seen_writing(stage: Stage) -> None:
    await stage.set()
    tabs = [(room, who, Tab(stage.desk, who.id)) for room in stage.rooms for who in stage.cast]
    await asyncio.gather(*(tab.follows(room_stream(room.id)) for room, _, tab in tabs))
    for room, _, tab in tabs:
        assert (await tab.done(Type(room=room.id, on=True)))["t"] == "receipt"
    for room in stage.rooms:
        expected = {who.id for who in stage.cast if EXPECTED[Deed.TYPE].answer(room.case(who)) is None}
        here = stage.desk.here._places.get(room.id)
        assert (set(here.typing.until) if here else set()) == expected, str(room)


async def test_a_stream_of_somebody_else_or_of_nobody_is_not_found_and_leaves_no_trace(stage: Stage) -> None:
    await stage.set()
    stranger, member = named("stranger", stage), named("member", stage)
    nobody = "0" * 26
    before = await stage.everything_stored()
    for stream in (
        person_stream(stage.another(member).id),
        person_stream(PersonId(nobody)),
        room_stream(RoomId(nobody)),
        StreamId(f"community:{nobody}"),
        StreamId(f"desk:{nobody}"),
    ):
        assert await stage.answer(member, Follow(stream=stream)) == Code.NOT_FOUND
    assert await stage.answer(stranger, Follow(stream=community_stream(stage.world.community))) == Code.NOT_FOUND
    assert await stage.everything_stored() == before
    assert [stream for stream in stage.desk.streams.channels if stream.startswith("person:")] == []


async def test_everybody_follows_their_own_stream_and_every_member_the_communitys(stage: Stage) -> None:
    await stage.set()
    community = community_stream(stage.world.community)
    for who in stage.cast:
        assert await stage.answer(who, Follow(stream=person_stream(who.id))) is None
        assert (await stage.answer(who, Follow(stream=community)) is None) == who.title.belongs


async def test_who_follows_no_longer_hears_nothing_and_is_not_heard(stage: Stage) -> None:
    await stage.set()
    host, room = named("host", stage), stage.rooms[0]
    gone, stays = Tab(stage.desk, host.id), Tab(stage.desk, stage.another(host).id)
    await gone.follows(room_stream(room.id))
    await stays.follows(room_stream(room.id))
    await gone.done(Unfollow(stream=room_stream(room.id)))
    await gone.done(Type(room=room.id, on=True))
    await gone.done(post(stage, host, room))
    await until(lambda: stays.events)
    assert gone.events == []
    assert [signal for signal in stays.signals if signal["t"] == "typing.changed"] == []
