"""Rights that end: nothing that was committed afterwards reaches who lost them, whatever this node has not heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from community.commands import RemoveMember, SetRole
from rooms.commands import RemoveMessage
from rooms.contract import Code, Refused
from rooms.ids import PersonId, StreamId, community_stream, room_stream
from rooms.rights import Role
from rooms.signals import TallyChanged, TypingChanged
from server.database.ports import Database, Say, Work
from server.streams import fanout as passes
from server.streams import ring as rings
from server.streams.bus import Notice
from server.streams.bus_memory import MemoryBus, MemoryWire
from server.streams.streams import IDLE_CHANNEL_MS, Streams
from tests.tab import Tab, desk_on
from tests.world import Ear, World, follow, new_nonce, say, streams_on, until, world_on


class Slow:
    """A real database whose reads wait until they are let through."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.free = asyncio.Event()
        self.free.set()
        self.waiting = 0
        self.reads = 0

    async def open(self) -> None:
        await self.real.open()

    async def close(self) -> None:
        await self.real.close()

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        return await self.real.write(work)

    async def read(self, work: Callable[[], Work[Any]]) -> Any:
        self.reads += 1
        self.waiting += 1
        await self.free.wait()
        self.waiting -= 1
        return await self.real.read(work)


class Broken(Slow):
    """A real database, and a bug of ours in what it is asked."""

    breaks = False

    async def read(self, work: Callable[[], Work[Any]]) -> Any:
        if self.breaks:
            raise ZeroDivisionError
        return await super().read(work)


@pytest.fixture
async def world(database: Database) -> World:
    world = await world_on(database)
    for name in ("Ada", "Ben", "Cleo"):
        await world.person(name)
    await world.person("Ruth", Role.KEEPER)
    await world.room("tea")
    return world


@pytest.fixture
async def nodes(world: World) -> AsyncIterator[tuple[Streams, Streams]]:
    """Two nodes that hear nothing of each other."""
    wire = MemoryWire()
    wire.cut = True
    async with AsyncExitStack() as stack:
        buses = MemoryBus(wire), MemoryBus(wire)
        here, there = [await stack.enter_async_context(streams_on(world.database, bus)) for bus in buses]
        yield here, there


async def remove(streams: Streams, world: World, *names: str) -> None:
    """Take people out of the community, all at once."""
    home = community_stream(world.community)
    commands = [RemoveMember(community=world.community, person=world.people[name]) for name in names]
    orders = [streams.order(home, command, actor=world.people["Ruth"]) for command in commands]
    await asyncio.gather(*(streams.ask(order) for order in orders))


async def test_what_is_said_on_a_node_that_heard_of_no_removal_does_not_reach_who_was_removed(
    world: World, nodes: tuple[Streams, Streams]
) -> None:
    here, there = nodes
    tea, ada = world.rooms["tea"], world.people["Ada"]
    out, stays = Ear(world.people["Ben"]), Ear(ada)
    await follow(there, out, room_stream(tea))
    await follow(there, stays, room_stream(tea))
    await remove(here, world, "Ben")
    await say(there, tea, ada, "between us")
    await until(lambda: stays.texts and out.ended)
    assert (stays.texts, out.texts) == (["between us"], [])


async def test_what_a_gap_brings_is_looked_at_for_the_rights_it_was_said_under(
    world: World, nodes: tuple[Streams, Streams]
) -> None:
    here, there = nodes
    tea, ada = world.rooms["tea"], world.people["Ada"]
    out, stays = Ear(world.people["Ben"]), Ear(ada)
    await follow(there, out, room_stream(tea))
    await follow(there, stays, room_stream(tea))
    await say(here, tea, ada, "before")
    await remove(here, world, "Ben")
    await say(here, tea, ada, "after")
    # All that the other node heard of is the first message.
    channel = there.channels[room_stream(tea)]
    channel.named = 1
    there.fill(channel)
    await until(lambda: len(stays.texts) == 2 and out.ended)
    assert stays.texts == ["before", "after"]
    assert "after" not in out.texts


async def test_what_is_caught_up_from_sql_is_looked_at_for_the_rights_it_was_said_under(
    world: World, nodes: tuple[Streams, Streams], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "KEEP_MOST", 1)
    monkeypatch.setattr(passes, "CATCH_UP_PAGE", 100)
    here, there = nodes
    tea, ada = world.rooms["tea"], world.people["Ada"]
    out = Ear(world.people["Ben"], deaf=True)
    await follow(there, out, room_stream(tea))
    for n in range(3):
        await say(there, tea, ada, f"before {n}")
    await remove(here, world, "Ben")
    await say(here, tea, ada, "after")
    out.deaf = False
    [follower] = there.channels[room_stream(tea)].followers
    there.fanout.deliver(follower)
    await until(lambda: out.ended)
    assert "after" not in out.texts


async def test_of_two_removed_at_once_neither_hears_what_is_said_next(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    slow = Slow(world.database)
    async with streams_on(slow) as streams:
        ben, cleo, stays = Ear(world.people["Ben"]), Ear(world.people["Cleo"]), Ear(ada)
        for ear in (ben, cleo, stays):
            await follow(streams, ear, room_stream(tea))
        slow.free.clear()
        await remove(streams, world, "Ben", "Cleo")
        await say(streams, tea, ada, "between us")
        await until(lambda: stays.texts)
        slow.free.set()
        await until(lambda: ben.ended and cleo.ended)
    assert (stays.texts, ben.texts, cleo.texts) == (["between us"], [], [])


async def test_a_removal_that_was_missed_is_not_skipped_by_the_next_one(
    world: World, nodes: tuple[Streams, Streams]
) -> None:
    here, there = nodes
    tea, ada = world.rooms["tea"], world.people["Ada"]
    ben, cleo, stays = Ear(world.people["Ben"]), Ear(world.people["Cleo"]), Ear(ada)
    for ear in (ben, cleo, stays):
        await follow(there, ear, room_stream(tea))
    await remove(here, world, "Ben")
    await remove(there, world, "Cleo")
    await say(there, tea, ada, "between us")
    await until(lambda: stays.texts and ben.ended and cleo.ended)
    assert (ben.texts, cleo.texts) == ([], [])


async def test_who_stays_hears_signals_again_though_nothing_new_is_said(
    world: World, nodes: tuple[Streams, Streams]
) -> None:
    here, there = nodes
    stream = room_stream(world.rooms["tea"])
    stays = Ear(world.people["Ada"])
    await follow(there, stays, stream)
    await remove(here, world, "Ben")
    await there.sweep()
    [follower] = there.channels[stream].followers
    await until(lambda: not follower.checking)
    there.signal(stream, TypingChanged(people=()))
    await until(lambda: stays.heard)
    assert [item["t"] for item in stays.heard] == ["signal"]


async def test_who_was_held_while_a_signal_passed_hears_how_things_stand(world: World, database: Database) -> None:
    stream, slow = room_stream(world.rooms["tea"]), Slow(database)
    async with streams_on(database) as here, streams_on(slow) as there:
        tab = Tab(desk_on(there), world.people["Ada"])
        await tab.follows(stream)
        [follower] = there.channels[stream].followers
        slow.free.clear()
        await remove(here, world, "Ben")
        there.hear(Notice(stream, there.channels[stream].epoch, 0, there.channels[stream].acl + 1, 0))
        await until(lambda: follower.checking)
        there.signal(stream, TallyChanged(since=0, rev=7, tallies=()))
        there.channels[stream].rev = 7
        await until(lambda: follower.missed)
        before = len(tab.signals)
        slow.free.set()
        await until(lambda: not follower.checking)
        await until(lambda: "tally.changed" in {signal["t"] for signal in tab.signals[before:]})
        # It says since when: whoever knows an older revision asks for the totals.
        told = [signal for signal in tab.signals[before:] if signal["t"] == "tally.changed"]
        assert told == [{"t": "tally.changed", "since": 7, "rev": 7, "tallies": []}]
        assert "roster.changed" in {signal["t"] for signal in tab.signals[before:]}


async def test_who_did_not_read_while_a_signal_passed_hears_how_things_stand_once(world: World) -> None:
    stream = room_stream(world.rooms["tea"])
    async with streams_on(world.database) as streams:
        ear = Ear(world.people["Ada"])
        await follow(streams, ear, stream)
        [follower] = streams.channels[stream].followers
        ear.deaf = True
        streams.signal(stream, TypingChanged(people=()))
        await until(lambda: follower.missed)
        streams.fanout.deliver(follower)
        assert ear.told_how_it_stands == []
        ear.deaf = False
        streams.fanout.deliver(follower)
        streams.fanout.deliver(follower)
        assert ear.told_how_it_stands == [stream]


async def test_a_signal_of_another_node_is_kept_from_who_was_removed_before_it(world: World) -> None:
    stream = room_stream(world.rooms["tea"])
    wire = MemoryWire()
    async with (
        streams_on(world.database, MemoryBus(wire)) as here,
        streams_on(world.database, MemoryBus(wire)) as there,
    ):
        out = Ear(world.people["Ben"])
        await follow(here, Ear(world.people["Ada"]), stream)
        await follow(there, out, stream)
        wire.cut = True
        await remove(here, world, "Ben")
        wire.cut = False
        here.signal(stream, TypingChanged(people=()))
        await until(lambda: out.ended)
        assert out.heard == []


async def test_who_comes_into_a_room_that_was_quiet_for_long_is_not_forgotten_with_it(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    slow = Slow(world.database)
    async with streams_on(slow) as streams:
        first = Ear(ada)
        await follow(streams, first, room_stream(tea))
        channel = streams.channels[room_stream(tea)]
        channel.followers.clear()
        channel.used_ms -= IDLE_CHANNEL_MS + 1
        slow.free.clear()
        ear = Ear(ada)
        coming = asyncio.ensure_future(follow(streams, ear, room_stream(tea)))
        await until(lambda: slow.waiting == 1)
        sweeping = asyncio.ensure_future(streams.sweep())
        await asyncio.sleep(0)
        slow.free.set()
        await asyncio.gather(coming, sweeping)
        await say(streams, tea, ada, "still here")
        await until(lambda: ear.texts == ["still here"])


def _privately(stream: StreamId, person: PersonId) -> Work[None]:
    yield [
        Say("UPDATE stream SET acl = acl + 1 WHERE id = ?", (stream,)),
        Say("INSERT INTO narrowing (stream, acl, person) SELECT id, acl, '' FROM stream WHERE id = ?", (stream,)),
        Say("UPDATE member SET left_ms = 2 WHERE person = ?", (person,)),
    ]


async def test_when_everyone_is_asked_again_those_who_may_stay_miss_nothing(world: World, database: Database) -> None:
    tea, ada, ben = world.rooms["tea"], world.people["Ada"], world.people["Ben"]
    slow = Slow(database)
    async with streams_on(slow) as streams:
        out = Ear(ben)
        stay = [Ear(ada) for _ in range(600)]
        for ear in (out, *stay):
            await follow(streams, ear, room_stream(tea))
        reads = slow.reads
        await database.write(lambda: _privately(room_stream(tea), ben))
        await say(streams, tea, ada, "for those who are left")
        await until(lambda: out.ended and all(ear.texts for ear in stay))
        assert out.texts == []
        assert {tuple(ear.texts) for ear in stay} == {("for those who are left",)}
        # Others need the database too: who may go on is asked for hundreds at once.
        assert slow.reads - reads < 10


async def test_who_left_while_rights_were_found_out_hears_nothing_twice_on_coming_in_again(
    world: World, nodes: tuple[Streams, Streams]
) -> None:
    here, _ = nodes
    tea, ada = world.rooms["tea"], world.people["Ada"]
    slow = Slow(world.database)
    async with streams_on(slow) as there:
        ear = Ear(ada)
        entered = await follow(there, ear, room_stream(tea))
        await remove(here, world, "Ben")
        slow.free.clear()
        await say(there, tea, ada, "hello")
        await until(lambda: slow.waiting == 1)
        [before] = there.channels[room_stream(tea)].followers
        there.unfollow(before)
        coming = asyncio.ensure_future(follow(there, ear, room_stream(tea), epoch=entered.epoch, after=0))
        await until(lambda: slow.waiting == 2)
        slow.free.set()
        await coming
        await until(lambda: ear.texts and not before.checking)
    assert ear.seqs == [1]


async def test_who_left_while_events_were_read_for_them_is_written_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "KEEP_MOST", 1)
    tea, ada = world.rooms["tea"], world.people["Ada"]
    slow = Slow(world.database)
    async with streams_on(slow) as streams:
        ear = Ear(ada, deaf=True)
        await follow(streams, ear, room_stream(tea))
        for n in range(3):
            await say(streams, tea, ada, f"number {n}")
        [follower] = streams.channels[room_stream(tea)].followers
        slow.free.clear()
        ear.deaf = False
        streams.fanout.deliver(follower)
        await until(lambda: slow.waiting == 1)
        streams.unfollow(follower)
        slow.free.set()
        await until(lambda: not follower.reading)
    assert ear.heard == []


async def test_who_is_held_while_their_rights_can_not_be_found_out_is_told_to_come_back(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    broken = Broken(world.database)
    async with streams_on(broken) as streams:
        ear = Ear(ada)
        await follow(streams, ear, room_stream(tea))
        broken.breaks = True
        await remove(streams, world, "Ben")
        await say(streams, tea, ada, "for Ada")
        streams.hear(Notice(room_stream(tea), streams.channels[room_stream(tea)].epoch, 1, acl=2, rev=0))
        await until(lambda: ear.told_to_come_back)


async def test_who_loses_a_role_does_nothing_more_by_it_and_goes_on_reading(world: World, database: Database) -> None:
    tea, ada, keeper = world.rooms["tea"], world.people["Ada"], await world.person("Rob", Role.KEEPER)
    host = await world.person("Hal", Role.HOST)
    async with streams_on(database) as streams:
        ear = Ear(host)
        await follow(streams, ear, room_stream(tea))
        said = (await say(streams, tea, ada, "mine")).message
        assert said
        take = SetRole(community=world.community, person=host, role=Role.HOST, held=False)
        await streams.ask(streams.order(community_stream(world.community), take, actor=keeper))
        # The room stood still while the role was taken: what its members see from here on is under other rights.
        channel = streams.channels[room_stream(tea)]
        assert channel.acl == 1
        removal = RemoveMessage(room=tea, message=said, nonce=new_nonce())
        with pytest.raises(Refused) as refused:
            await streams.ask(streams.order(room_stream(tea), removal, actor=host, nonce=removal.nonce))
        assert refused.value.code == Code.NOT_ALLOWED
        await say(streams, tea, ada, "and more")
        await until(lambda: ear.texts == ["mine", "and more"])
        assert ear.ended == []
