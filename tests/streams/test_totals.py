"""Totals of reactions: whoever follows comes to know all of them, whenever they came in."""

import asyncio
from collections.abc import Callable
from typing import Any

from rooms.commands import Reaction, SetReaction
from rooms.ids import room_stream
from server.database.ports import Database, Work
from tests.tab import Tab, desk_on
from tests.world import Ear, follow, new_nonce, say, streams_on, until, world_on


class Late:
    """A real database whose answers to readers wait until they are let through: what they say is of before."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.free = asyncio.Event()
        self.free.set()
        self.waiting = 0

    async def open(self) -> None:
        await self.real.open()

    async def close(self) -> None:
        await self.real.close()

    async def write(self, work: Callable[[], Work[Any]]) -> Any:
        return await self.real.write(work)

    async def read(self, work: Callable[[], Work[Any]]) -> Any:
        answer = await self.real.read(work)
        self.waiting += 1
        await self.free.wait()
        self.waiting -= 1
        return answer


async def test_who_comes_in_while_totals_are_told_hears_that_there_are_some(database: Database) -> None:
    late = Late(database)
    world = await world_on(late)
    ada, ben = [await world.person(name) for name in ("Ada", "Ben")]
    tea = await world.room("tea")
    async with streams_on(late) as streams:
        first = Ear(ada)
        await follow(streams, first, room_stream(tea))
        said = await say(streams, tea, ada, "tea?")
        assert said.message is not None
        tab = Tab(desk_on(streams), ben)
        late.free.clear()
        coming = asyncio.create_task(tab.follows(room_stream(tea)))
        await until(lambda: late.waiting)
        like = SetReaction(room=tea, nonce=new_nonce(), message=said.message, reaction=Reaction.HEART, on=True)
        await streams.ask(streams.order(room_stream(tea), like, actor=ada))
        await until(lambda: any(item["t"] == "signal" and item["signal"]["rev"] == 1 for item in first.heard))
        late.free.set()
        await coming
        told = [signal for signal in tab.signals if signal["t"] == "tally.changed"]
        assert told == [{"t": "tally.changed", "since": 1, "rev": 1, "tallies": []}]
