"""Several rooms share a transaction, and nothing else: each asker has their own answer; no room waits for another."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from rooms.commands import Reaction, SetReaction
from rooms.contract import Code, Refused
from rooms.ids import RoomId, room_stream
from rooms.room import decide
from server.database.ports import Database
from server.streams import sequencer, transaction
from server.streams.order import Answer
from server.streams.streams import Streams
from tests.conftest import fresh_postgres, opened
from tests.streams.test_faults import Faltering
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on


@pytest.fixture
async def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    # One at a time, so that what is asked meanwhile goes together.
    monkeypatch.setattr(sequencer, "ROOMS_AT_ONCE", 1)
    world = await world_on(database)
    await world.person("Ada")
    await world.person("Ben")
    for slug in ("tea", "hall", "den"):
        await world.room(slug)
    await world.room("shut", closed=True)
    return world


@pytest.fixture
async def held(world: World) -> AsyncIterator[tuple[Streams, Faltering]]:
    """A node on whose database the first write, of a message in the tea room, is still on its way."""
    faltering = Faltering(world.database)
    async with streams_on(faltering) as streams:
        faltering.stalled = asyncio.Event()
        first = asyncio.ensure_future(say(streams, world.rooms["tea"], world.people["Ada"], "first"))
        await until(lambda: faltering.writes == 1)
        yield streams, faltering
        await first


async def _together(held: tuple[Streams, Faltering], *asked: asyncio.Future[Answer]) -> list[Answer | BaseException]:
    """The answers to what is asked while the first write is on its way, which is then let go."""
    streams, faltering = held
    await until(lambda: streams.sequencer.waiting == len(asked) + 1)
    assert faltering.stalled is not None
    faltering.stalled.set()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_what_waits_in_several_rooms_goes_in_one_transaction_and_each_has_their_own_answer(
    world: World, held: tuple[Streams, Faltering]
) -> None:
    streams, faltering = held
    ada, ben, nonce = world.people["Ada"], world.people["Ben"], new_nonce()
    rooms = world.rooms
    answers = await _together(
        held,
        asyncio.ensure_future(say(streams, rooms["hall"], ada, "hello", nonce=nonce)),
        # The same nonce in another room, or by somebody else, is another one.
        asyncio.ensure_future(say(streams, rooms["den"], ada, "other words", nonce=nonce)),
        asyncio.ensure_future(say(streams, rooms["hall"], ben, "hello too", nonce=nonce)),
        asyncio.ensure_future(say(streams, rooms["hall"], ada, "hello", nonce=nonce)),
        asyncio.ensure_future(say(streams, rooms["shut"], ada, "too late")),
        asyncio.ensure_future(say(streams, RoomId("0" * 26), ada, "nowhere")),
    )
    assert faltering.writes == 2
    told = [answer.seq for answer in answers if isinstance(answer, Answer)]
    assert told == [1, 1, 2, 1]
    assert answers[0] == answers[3]
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == [Code.ROOM_CLOSED, Code.NOT_FOUND]


async def test_a_fault_in_one_room_is_told_there_and_the_others_are_served(
    world: World, held: tuple[Streams, Faltering], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams, _ = held
    ada = world.people["Ada"]

    def faulty(state: object, facts: object, command: object, **more: object) -> object:
        if getattr(command, "text", "") == "bad":
            raise ValueError("a bug")
        return decide(state, facts, command, **more)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(transaction, "decide", faulty)
    answers = await _together(
        held,
        asyncio.ensure_future(say(streams, world.rooms["hall"], ada, "bad")),
        asyncio.ensure_future(say(streams, world.rooms["hall"], ada, "good")),
        asyncio.ensure_future(say(streams, world.rooms["den"], ada, "good too")),
    )
    assert isinstance(answers[0], Refused)
    assert answers[0].code == Code.INTERNAL
    assert [answer.seq for answer in answers[1:] if isinstance(answer, Answer)] == [1, 1]


async def test_totals_counted_in_one_transaction_are_told_each_in_its_own_room(
    world: World, held: tuple[Streams, Faltering]
) -> None:
    streams, faltering = held
    ada = world.people["Ada"]
    assert faltering.stalled is not None
    stalled, faltering.stalled = faltering.stalled, None
    stalled.set()
    said = {slug: await say(streams, world.rooms[slug], ada, "hear me") for slug in ("hall", "den")}
    ears = {slug: Ear(ada) for slug in said}
    for slug, ear in ears.items():
        await follow(streams, ear, room_stream(world.rooms[slug]))
    writes, faltering.stalled = faltering.writes, asyncio.Event()
    held_up = asyncio.ensure_future(say(streams, world.rooms["tea"], ada, "second"))
    await until(lambda: faltering.writes == writes + 1)
    signs = []
    for slug, answer in said.items():
        assert answer.message
        sign = SetReaction(
            room=world.rooms[slug], nonce=new_nonce(), message=answer.message, reaction=Reaction.HEART, on=True
        )
        order = streams.order(room_stream(world.rooms[slug]), sign, actor=ada, nonce=sign.nonce)
        signs.append(asyncio.ensure_future(streams.ask(order)))
    await _together(held, *signs)
    await held_up
    assert faltering.writes == writes + 2
    for slug, ear in ears.items():
        await until(lambda: any(item["t"] == "signal" for item in ear.heard))  # noqa: B023 - waited for within the turn
        told = [item["signal"]["tallies"] for item in ear.heard if item["t"] == "signal"]
        assert told == [[{"message": said[slug].message, "counts": {"heart": 1}}]]


@pytest.mark.postgres
async def test_a_room_whose_row_somebody_holds_keeps_no_other_room_waiting(postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url:
        async with opened(url) as database:
            world = await world_on(database)
            ada = await world.person("Ada")
            tea, hall = await world.room("tea"), await world.room("hall")
            async with streams_on(database) as streams, await psycopg.AsyncConnection.connect(url) as other:
                await other.execute("SELECT 1 FROM stream WHERE id = %s FOR UPDATE", (room_stream(tea),))
                behind = asyncio.ensure_future(say(streams, tea, ada, "behind"))
                # These two come together, find the row held, and go on apart.
                assert (await say(streams, hall, ada, "one")).seq == 1
                await until(lambda: streams.sequencer._alone(room_stream(tea)))
                for seq in (2, 3, 4):
                    assert (await say(streams, hall, ada, "on it goes")).seq == seq
                assert not behind.done()
                await other.rollback()
                assert (await behind).seq == 1
                # For a while it stays by itself, and is served all the same.
                assert (await say(streams, tea, ada, "well then")).seq == 2
