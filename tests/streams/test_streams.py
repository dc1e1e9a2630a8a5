"""The engine on both databases: numbering, storing, fan-out and resume, as promised."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from community.commands import RemoveMember
from rooms import room
from rooms.commands import EditMessage, PostMessage, Reaction, RemoveMessage, SetReaction
from rooms.contract import Code, Refused
from rooms.ids import RoomId, StreamId, community_stream, person_stream, room_stream
from rooms.rights import Role
from server.database.database_postgres import PostgresDatabase
from server.database.ports import Database, Row, Say, Work
from server.door.sessions_sql import living
from server.live_reads import LiveReads
from server.streams import ring as rings
from server.streams import transaction
from server.streams.bus_memory import MemoryBus, MemoryWire
from server.streams.frames import Format
from server.streams.order import Order
from server.streams.reading_sql import stored_since
from server.streams.streams import Streams
from server.streams.transaction import read_heads
from tests.streams.test_narrowing import Slow
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on


@pytest.fixture
async def world(database: Database) -> World:
    world = await world_on(database)
    await world.person("Ada")
    await world.person("Ben")
    await world.room("tea")
    return world


@pytest.fixture
async def streams(database: Database) -> AsyncIterator[Streams]:
    async with streams_on(database) as streams:
        yield streams


async def test_numbers_have_no_holes_however_many_speak_at_once(world: World, streams: Streams) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    answers = await asyncio.gather(*(say(streams, tea, (ada, ben)[n % 2], f"word {n}") for n in range(200)))
    assert sorted(answer.seq or 0 for answer in answers) == list(range(1, 201))
    stored = await streams.database.read(lambda: stored_since(room_stream(tea), 0, 1000))
    assert [event.seq for event in stored] == list(range(1, 201))


async def test_everyone_who_follows_gets_every_event_once_and_in_order(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    json_ear, pack_ear = Ear(ada), Ear(world.people["Ben"], form=Format.MSGPACK)
    await follow(streams, json_ear, room_stream(tea))
    await follow(streams, pack_ear, room_stream(tea))
    await asyncio.gather(*(say(streams, tea, ada, f"word {n}") for n in range(100)))
    await until(lambda: len(json_ear.events) == len(pack_ear.events) == 100)
    assert json_ear.seqs == list(range(1, 101))
    assert json_ear.events == pack_ear.events


async def test_a_clock_that_is_set_back_moves_no_time_back(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    ear = Ear(ada)
    await follow(streams, ear, room_stream(tea))
    first = await say(streams, tea, ada, "before")

    def an_hour_ahead() -> Work[None]:
        yield [Say("UPDATE stream SET at_ms = at_ms + 3600000 WHERE id = ?", (room_stream(tea),))]

    await world.database.write(an_hour_ahead)
    later = [await say(streams, tea, ada, f"after {n}") for n in range(2)]
    assert [answer.at_ms for answer in later] == [(first.at_ms or 0) + 3_600_000] * 2
    await until(lambda: len(ear.events) == 3)
    assert [event["at_ms"] for event in ear.events] == [first.at_ms, *(answer.at_ms for answer in later)]


async def test_a_nonce_is_stored_once_and_answered_alike(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    nonce = new_nonce()
    answers = await asyncio.gather(*(say(streams, tea, ada, "once", nonce=nonce) for _ in range(5)))
    assert {(a.seq, a.message) for a in answers} == {(1, answers[0].message)}
    async with streams_on(world.database) as restarted:
        assert (await say(restarted, tea, ada, "once", nonce=nonce)).seq == 1
    assert len(await streams.database.read(lambda: stored_since(room_stream(tea), 0, 10))) == 1


async def test_a_nonce_used_for_other_words_is_a_conflict(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    nonce = new_nonce()
    await say(streams, tea, ada, "these", nonce=nonce)
    with pytest.raises(Refused) as refused:
        await say(streams, tea, ada, "others", nonce=nonce)
    assert refused.value.code == Code.CONFLICT


async def test_the_same_nonce_of_another_person_is_another_message(world: World, streams: Streams) -> None:
    tea = world.rooms["tea"]
    nonce = new_nonce()
    first = await say(streams, tea, world.people["Ada"], "mine", nonce=nonce)
    second = await say(streams, tea, world.people["Ben"], "mine", nonce=nonce)
    assert (first.seq, second.seq) == (1, 2)


async def test_a_refused_order_leaves_its_neighbours_alone(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    answers = await asyncio.gather(
        say(streams, tea, ada, "good"),
        say(streams, tea, ada, " \n "),
        say(streams, tea, ada, "also good"),
        return_exceptions=True,
    )
    assert [a.code if isinstance(a, Refused) else "stored" for a in answers if not isinstance(a, KeyError)] == [
        "stored",
        Code.EMPTY,
        "stored",
    ]


async def test_a_batch_that_breaks_is_run_singly_and_only_the_culprit_hears_of_it(
    world: World, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]

    def break_at(text: str) -> str:
        if text == "broken":
            raise ZeroDivisionError
        return text

    monkeypatch.setattr(room, "clean", break_at)
    answers = await asyncio.gather(
        *(say(streams, tea, ada, text) for text in ("before", "broken", "after")), return_exceptions=True
    )
    assert [a.code if isinstance(a, Refused) else "stored" for a in answers] == ["stored", Code.INTERNAL, "stored"]
    stored = await streams.database.read(lambda: stored_since(room_stream(tea), 0, 10))
    assert [event.seq for event in stored] == [1, 2]


async def test_resume_brings_exactly_what_was_missed(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    ear = Ear(ada)
    entered = await follow(streams, ear, room_stream(tea))
    for n in range(10):
        await say(streams, tea, ada, f"word {n}")
    back = Ear(ada)
    again = await follow(streams, back, room_stream(tea), epoch=entered.epoch, after=4)
    await until(lambda: len(back.events) == 6)
    assert again.resumed
    assert back.seqs == [5, 6, 7, 8, 9, 10]


async def test_resume_reads_from_sql_what_memory_no_longer_holds(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    entered = await follow(streams, Ear(ada), room_stream(tea))
    await asyncio.gather(*(say(streams, tea, ada, f"word {n}") for n in range(1200)))
    streams.channels[room_stream(tea)].ring.shrink()
    back = Ear(ada)
    await follow(streams, back, room_stream(tea), epoch=entered.epoch, after=100)
    await until(lambda: len(back.events) == 1100)
    assert back.seqs == list(range(101, 1201))


@dataclass(slots=True, eq=False)
class Strait(Ear):
    """A listener that takes in no more than it has room for, until somebody makes room."""

    room: int = 0
    sizes: list[int] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return self.room > 0

    def write(self, frame: bytes) -> None:
        self.room -= len(frame)
        self.sizes.append(len(frame))
        Ear.write(self, frame)


async def test_long_words_read_from_sql_never_fill_a_socket_that_does_not_take_them(
    world: World, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "WRITE_BYTES", 4_000)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    entered = await follow(streams, Ear(ada), room_stream(tea))
    await asyncio.gather(*(say(streams, tea, ada, "x" * 1_000) for _ in range(40)))
    streams.channels[room_stream(tea)].ring.shrink()
    back = Strait(ada, room=6_000)
    follower = await streams.follow(back, room_stream(tea), epoch=entered.epoch, after=0, tell=back.entered.append)
    await until(lambda: not back.ready)
    assert max(back.sizes) < 4_000 + 1_500
    assert len(back.sizes) == 2
    while len(back.events) < 40:
        back.room = 6_000
        streams.fanout.deliver(follower)
        await until(lambda: not back.ready or len(back.events) == 40)
    assert back.seqs == list(range(1, 41))
    assert max(back.sizes) < 4_000 + 1_500


async def test_another_epoch_gets_a_snapshot_and_is_told_so(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    await say(streams, tea, ada, "there")
    entered = await follow(streams, Ear(ada), room_stream(tea), epoch="anotherlife", after=1)
    assert not entered.resumed
    assert entered.snapshot is not None
    assert [m.text for m in entered.snapshot.page.messages] == ["there"]


@pytest.mark.parametrize("what", ["restored", "forgotten"])
async def test_who_comes_in_while_all_is_read_anew_is_asked_to_come_again_and_misses_nothing(
    world: World, what: str
) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    slow = Slow(world.database)
    async with streams_on(slow) as streams:
        for n in range(4):
            await say(streams, tea, ada, f"before {n}")
        channel = await streams.channel(room_stream(tea))
        slow.free.clear()
        ear = Ear(ada)
        coming = asyncio.ensure_future(follow(streams, ear, room_stream(tea)))
        await until(lambda: slow.waiting == 1)
        if what == "restored":
            await world.database.write(lambda: _restored(room_stream(tea)))
        else:
            streams._drop(channel.stream)
        slow.free.set()
        with pytest.raises(Refused) as refused:
            await coming
        assert (refused.value.code, int(refused.value.params["retry_ms"]) > 0) == (Code.UNAVAILABLE, True)
        entered = await follow(streams, ear, room_stream(tea))
        assert (entered.epoch == "another", entered.seq) == ((what == "restored"), 4 if what == "forgotten" else 2)
        assert (await say(streams, tea, ada, "after")).seq == entered.seq + 1
        await until(lambda: ear.seqs == [entered.seq + 1])


def _restored(stream: StreamId) -> Work[None]:
    """A backup is put back: another numbering, which goes less far."""
    yield [
        Say("UPDATE stream SET epoch = 'another', head = 2 WHERE id = ?", (stream,)),
        Say("DELETE FROM event WHERE stream = ? AND seq > 2", (stream,)),
    ]


async def test_a_node_may_have_more_streams_and_sessions_open_than_go_into_one_statement(database: Database) -> None:
    world = await world_on(database)
    tea = room_stream(await world.room("tea"))
    many = [StreamId(f"person:{n}") for n in range(40_000)]
    heads = await database.read(lambda: read_heads([*many, tea]))
    assert list(heads) == [tea]
    assert await database.read(lambda: living([str(stream) for stream in many])) == frozenset()


async def test_a_slow_follower_delays_nobody_and_misses_nothing(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    slow, quick = Ear(ada, deaf=True), Ear(world.people["Ben"])
    await follow(streams, slow, room_stream(tea))
    await follow(streams, quick, room_stream(tea))
    await asyncio.gather(*(say(streams, tea, ada, f"word {n}") for n in range(50)))
    await until(lambda: len(quick.events) == 50)
    assert slow.events == []
    slow.deaf = False
    for follower in list(streams.channels[room_stream(tea)].followers):
        streams.fanout.deliver(follower)
    assert slow.seqs == list(range(1, 51))


async def test_removed_words_are_gone_from_memory_sql_and_snapshot(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    entered = await follow(streams, Ear(ada), room_stream(tea))
    said = await say(streams, tea, ada, "unsay this")
    assert said.message
    command = RemoveMessage(room=tea, nonce=new_nonce(), message=said.message)
    await streams.ask(streams.order(room_stream(tea), command, actor=ada, nonce=command.nonce))
    for forget in (False, True):
        if forget:
            streams.channels[room_stream(tea)].ring.shrink()
        back = Ear(ada)
        await follow(streams, back, room_stream(tea), epoch=entered.epoch)
        await until(lambda: len(back.events) == 2)  # noqa: B023 - waited for within the turn
        assert "unsay" not in repr(back.heard)
        assert back.events[1]["event"] == {"t": "message.removed", "message": said.message, "by": "author"}
    fresh = await follow(streams, Ear(ada), room_stream(tea))
    assert "unsay" not in repr(fresh)


async def test_an_edit_renews_the_words_of_the_first_event_too(world: World, streams: Streams) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    entered = await follow(streams, Ear(ada), room_stream(tea))
    said = await say(streams, tea, ada, "frist")
    assert said.message
    command = EditMessage(room=tea, nonce=new_nonce(), message=said.message, text="first")
    await streams.ask(streams.order(room_stream(tea), command, actor=ada, nonce=command.nonce))
    back = Ear(ada)
    await follow(streams, back, room_stream(tea), epoch=entered.epoch)
    await until(lambda: len(back.events) == 2)
    assert [item["event"]["text"] for item in back.events] == ["first", "first"]


async def test_a_hidden_name_is_nowhere_but_on_its_authors_own_stream(world: World, streams: Streams) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    mine, theirs = Ear(ada), Ear(ben)
    await follow(streams, mine, person_stream(ada))
    await follow(streams, theirs, room_stream(tea))
    said = await say(streams, tea, ada, "I was too shy", hide_name=True)
    await until(lambda: theirs.events and mine.events)
    assert ada not in repr(theirs.heard)
    assert "Ada" not in repr(theirs.heard)
    assert mine.events[0]["event"] == {"t": "message.own", "room": tea, "message": said.message}
    snapshot = await follow(streams, Ear(ben), room_stream(tea))
    assert ada not in repr(snapshot.snapshot)
    own = await follow(streams, Ear(ada), room_stream(tea))
    assert own.mine is not None
    assert own.mine.own == (said.message,)


async def test_reactions_are_told_as_totals(world: World, streams: Streams) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    ear = Ear(ada)
    said = await say(streams, tea, ada, "hear me")
    await follow(streams, ear, room_stream(tea))
    assert said.message
    for who in (ada, ben, ben):
        command = SetReaction(room=tea, nonce=new_nonce(), message=said.message, reaction=Reaction.HEART, on=True)
        await streams.ask(streams.order(room_stream(tea), command, actor=who, nonce=command.nonce))
    await until(lambda: any(item["t"] == "signal" and item["signal"]["rev"] == 2 for item in ear.heard))
    last = [item["signal"] for item in ear.heard if item["t"] == "signal"][-1]
    assert last["tallies"] == [{"message": said.message, "counts": {"heart": 2}}]
    snapshot = (await follow(streams, Ear(ben), room_stream(tea))).snapshot
    assert snapshot is not None
    assert snapshot.rev == 2
    assert snapshot.page.messages[0].counts == {Reaction.HEART: 2}


async def test_totals_that_other_nodes_counted_are_read_one_at_a_time(world: World, database: Database) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    wire = MemoryWire()
    slow = Slow(database)
    async with streams_on(database, MemoryBus(wire)) as near, streams_on(slow, MemoryBus(wire)) as far:
        ear = Ear(ada)
        await follow(far, ear, room_stream(tea))
        message = (await say(near, tea, ada, "a nice thing")).message
        assert message
        await until(lambda: ear.texts)
        slow.free.clear()
        for kind in list(Reaction)[:12]:
            sign = SetReaction(room=tea, nonce=new_nonce(), message=message, reaction=kind, on=True)
            await near.ask(near.order(room_stream(tea), sign, actor=ada, nonce=sign.nonce))
        await until(lambda: far.channels[room_stream(tea)].rev == 0 and slow.waiting)
        assert slow.waiting == 1
        slow.free.set()
        await until(lambda: any(item["t"] == "signal" and item["signal"]["rev"] == 12 for item in ear.heard))
        told = [item["signal"]["tallies"] for item in ear.heard if item["t"] == "signal"]
        assert len(told[-1][0]["counts"]) == 12


async def test_nothing_said_after_a_removal_reaches_who_was_removed(world: World, streams: Streams) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    keeper = await world.person("Ruth", Role.KEEPER)
    out, stays = Ear(ben), Ear(ada)
    await follow(streams, out, room_stream(tea))
    await follow(streams, stays, room_stream(tea))
    command = RemoveMember(community=world.community, person=ben)
    await streams.ask(streams.order(community_stream(world.community), command, actor=keeper))
    await say(streams, tea, ada, "between us")
    await until(lambda: out.ended and stays.texts)
    assert stays.texts == ["between us"]
    assert out.texts == []
    with pytest.raises(Refused) as refused:
        await say(streams, tea, ben, "still here")
    assert refused.value.code == Code.NOT_FOUND
    with pytest.raises(Refused) as unseen:
        await follow(streams, Ear(ben), room_stream(tea))
    assert unseen.value.code == Code.NOT_FOUND


async def _two_nodes(world: World, wire: MemoryWire, *, cut: bool) -> tuple[list[str | None], list[str | None]]:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    keeper = await world.person("Ruth", Role.KEEPER)
    async with (
        streams_on(world.database, MemoryBus(wire)) as here,
        streams_on(world.database, MemoryBus(wire)) as there,
    ):
        far, out = Ear(ada), Ear(ben)
        await follow(there, far, room_stream(tea))
        await follow(there, out, room_stream(tea))
        wire.cut = cut
        await say(here, tea, ada, "before")
        if not cut:
            await until(lambda: out.texts)
        remove = RemoveMember(community=world.community, person=ben)
        await here.ask(here.order(community_stream(world.community), remove, actor=keeper))
        await say(here, tea, ada, "after")
        if cut:
            await there.sweep()
        await until(lambda: len(far.texts) == 2 and out.ended)
        return far.texts, out.texts


async def test_another_node_hears_by_the_bus(world: World) -> None:
    near, out = await _two_nodes(world, MemoryWire(), cut=False)
    assert near == ["before", "after"]
    assert out == ["before"]


async def test_with_the_bus_cut_the_sweep_finds_what_was_stored_and_who_may_not_see_it(world: World) -> None:
    near, out = await _two_nodes(world, MemoryWire(), cut=True)
    assert near == ["before", "after"]
    assert "after" not in out


async def test_an_event_of_a_later_version_is_passed_on_and_the_stream_is_not_written(
    world: World, streams: Streams
) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    ear = Ear(ada)
    await follow(streams, ear, room_stream(tea))

    def later() -> object:
        yield [
            Say(
                "INSERT INTO event (stream, seq, at_ms, acl, body) VALUES (?, 1, 5, 0, ?)",
                (room_stream(tea), '{"t":"stage.begun","name":"x"}'),
            ),
            Say("UPDATE stream SET head = 1 WHERE id = ?", (room_stream(tea),)),
        ]

    await streams.database.write(later)  # type: ignore[arg-type]
    await streams.sweep()
    await until(lambda: ear.events)
    assert ear.events[0]["event"] == {"t": "stage.begun", "name": "x"}
    with pytest.raises(Refused) as refused:
        await say(streams, tea, ada, "may I")
    assert refused.value.code == Code.UNAVAILABLE


async def test_a_room_that_does_not_exist_answers_as_one_that_is_not_mine(world: World, streams: Streams) -> None:
    nowhere = RoomId("00000000000000000000000000")
    with pytest.raises(Refused) as refused:
        await say(streams, nowhere, world.people["Ada"], "anyone")
    assert refused.value.code == Code.NOT_FOUND


async def test_a_page_further_back_knows_what_is_mine_on_it(world: World, streams: Streams) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    hidden = await say(streams, tea, ada, "too shy", hide_name=True)
    shown = await say(streams, tea, ben, "well said")
    assert shown.message
    command = SetReaction(room=tea, nonce=new_nonce(), message=shown.message, reaction=Reaction.IDEA, on=True)
    await streams.ask(streams.order(room_stream(tea), command, actor=ada, nonce=command.nonce))
    reads = LiveReads(world.database)
    mine = (await reads.messages(ada, tea)).mine
    assert (mine.own, mine.reactions) == ((hidden.message,), {shown.message: (Reaction.IDEA,)})
    theirs = (await reads.messages(ben, tea)).mine
    assert (theirs.own, theirs.reactions) == ((), {})


async def test_a_nonce_is_looked_for_by_its_whole_key(world: World) -> None:
    """Nonces are kept for ever: a batch must not read through all that a room, or a person, has had."""
    tea, ada = world.rooms["tea"], world.people["Ada"]
    command = PostMessage(room=tea, nonce=new_nonce(), text="word")
    say = transaction._nonce_statement([Order(room_stream(tea), ada, command, command.nonce, "print")])
    words = "EXPLAIN" if isinstance(world.database, PostgresDatabase) else "EXPLAIN QUERY PLAN"

    def plan() -> Work[list[Row]]:
        [rows] = yield [Say(f"{words} {say.sql}", say.values)]
        return rows

    found = [line for row in await world.database.read(plan) if "nonce" in (line := str(row[-1]).lower())]
    bare = [re.sub(r"::text|[() ]", "", line) for line in found]
    by_key = [line for line in bare if all(f"{column}=" in line for column in ("stream", "person", "nonce"))]
    assert len(by_key) == 1, found
    assert not any("seq scan" in line or line.startswith("scan") for line in found), found


async def test_after_a_start_what_many_have_missed_is_read_once_for_all_of_them(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        for n in range(30):
            await say(streams, tea, ada, f"number {n}")
        epoch = (await follow(streams, Ear(ada), room_stream(tea))).epoch
    async with streams_on(world.database) as streams:
        ears = [Ear(ada) for _ in range(30)]
        for n, ear in enumerate(ears):
            await follow(streams, ear, room_stream(tea), epoch=epoch, after=n)
        await until(lambda: all(ear.seqs == list(range(n + 1, 31)) for n, ear in enumerate(ears)))
        assert streams.metrics.catch_ups._value.get() == 0
        assert streams.channels[room_stream(tea)].ring.tail == 0
