"""Totals of reactions: whoever follows comes to know all of them, whenever they came in."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rooms.commands import Reaction, SetReaction
from rooms.ids import MessageId, PersonId, room_stream
from server.database.ports import Database, Work
from server.streams import streams
from server.streams.bus import Notice
from server.streams.streams import Streams
from tests.streams.test_narrowing import Slow
from tests.tab import Tab, desk_on
from tests.world import Ear, follow, new_nonce, say, streams_on, until, world_on


class Late(Slow):
    """A real database whose answers to readers wait until they are let through: what they say is of before."""

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
    async with streams_on(late) as node:
        first = Ear(ada)
        await follow(node, first, room_stream(tea))
        said = await say(node, tea, ada, "tea?")
        assert said.message is not None
        tab = Tab(desk_on(node), ben)
        late.free.clear()
        coming = asyncio.create_task(tab.follows(room_stream(tea)))
        await until(lambda: late.waiting)
        like = SetReaction(room=tea, nonce=new_nonce(), message=said.message, reaction=Reaction.HEART, on=True)
        await node.ask(node.order(room_stream(tea), like, actor=ada))
        await until(lambda: any(item["t"] == "signal" and item["signal"]["rev"] == 1 for item in first.heard))
        late.free.set()
        await coming
        told = [signal for signal in tab.signals if signal["t"] == "tally.changed"]
        assert told == [{"t": "tally.changed", "since": 1, "rev": 1, "tallies": []}]


async def test_totals_read_for_a_forgotten_place_keep_none_from_who_follows_it_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Late(database)
    world = await world_on(late)
    ada, ben = [await world.person(name) for name in ("Ada", "Ben")]
    tea = await world.room("tea")

    async def like(node: Streams, message: MessageId, who: PersonId) -> None:
        wanted = SetReaction(room=tea, nonce=new_nonce(), message=message, reaction=Reaction.HEART, on=True)
        await node.ask(node.order(room_stream(tea), wanted, actor=who))

    async with streams_on(late) as here, streams_on(database) as elsewhere:
        said = await say(elsewhere, tea, ada, "tea?")
        assert said.message is not None
        known = await here.channel(room_stream(tea))
        await like(elsewhere, said.message, ada)
        late.free.clear()
        here.hear(Notice(known.stream, known.epoch, known.head, known.acl, known.rev + 1))
        await until(lambda: late.waiting)
        monkeypatch.setattr(streams, "IDLE_CHANNEL_MS", -1)
        await here.sweep()
        assert not here.channels
        late.free.set()
        await until(lambda: not late.waiting)
        ear = Ear(ben)
        await follow(here, ear, room_stream(tea))
        await like(here, said.message, ben)
        await until(lambda: any(item["t"] == "signal" and item["signal"]["rev"] == 2 for item in ear.heard))
