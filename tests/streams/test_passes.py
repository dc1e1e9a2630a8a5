"""What passes over the followers of a stream bring to each, and that others have their turn meanwhile."""

import asyncio

import pytest

from rooms.ids import room_stream
from rooms.signals import PressureChanged, TypingChanged
from server.streams import fanout
from tests.streams.test_narrowing import Slow
from tests.world import Ear, World, follow, say, streams_on, until


class Counting(Ear):
    """Also knows how many frames it got."""

    frames = 0

    def write(self, frame: bytes) -> None:
        super().write(frame)
        self.frames += 1


async def test_signals_of_one_turn_go_together_after_the_events_they_came_with(world: World) -> None:
    tea, ada = world.rooms["tea"], world.people["Ada"]
    async with streams_on(world.database) as streams:
        ear = Counting(ada)
        await follow(streams, ear, room_stream(tea))
        streams.signal(room_stream(tea), TypingChanged(people=()))
        streams.signal(room_stream(tea), PressureChanged(high=True))
        await until(lambda: ear.heard)
        assert [item["signal"]["t"] for item in ear.heard] == ["typing.changed", "pressure.changed"]
        assert ear.frames == 1
        await say(streams, tea, ada, "hello")
        await until(lambda: ear.texts == ["hello"])
        assert ear.frames == 2


async def test_while_a_signal_goes_to_many_others_have_their_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "SLICE", 4)
    stream = room_stream(world.rooms["tea"])
    async with streams_on(world.database) as streams:
        ears = [Ear(world.people["Ada"]) for _ in range(40)]
        for ear in ears:
            await follow(streams, ear, stream)
        streams.signal(stream, TypingChanged(people=()))
        told = []
        while not all(ear.heard for ear in ears):
            await asyncio.sleep(0)
            told.append(sum(bool(ear.heard) for ear in ears))
        assert max(now - before for before, now in zip([0, *told], told, strict=False)) <= fanout.SLICE


async def test_what_is_being_read_for_many_ends_with_the_node(world: World) -> None:
    slow = Slow(world.database)
    async with streams_on(slow) as streams:
        slow.free.clear()
        coming = asyncio.ensure_future(follow(streams, Ear(world.people["Ada"]), room_stream(world.rooms["tea"])))
        await until(lambda: streams._opening)
        opening = list(streams._opening.values())
        await streams.close()
        assert all(task.done() for task in opening)
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def test_a_channel_made_anew_is_filled_while_the_one_before_still_reads(world: World) -> None:
    slow, tea, ada = Slow(world.database), world.rooms["tea"], world.people["Ada"]
    stream = room_stream(tea)
    async with streams_on(slow) as streams, streams_on(world.database) as elsewhere:
        before = await streams.channel(stream)
        held = slow.free
        held.clear()
        streams._reaches(stream, before.head + 1)
        await until(lambda: slow.waiting)
        slow.free = asyncio.Event()
        slow.free.set()
        streams._drop(stream)
        anew = await streams.channel(stream)
        said = await say(elsewhere, tea, ada, "hello")
        streams._reaches(stream, said.seq or 0)
        await until(lambda: anew.head == said.seq)
        held.set()
        await until(lambda: not streams._filling)
        assert [entry.seq for entry in anew.ring.after(anew.ring.tail)] == [said.seq]
