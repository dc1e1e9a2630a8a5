"""Presence on a node: who enters, reloads, leaves, goes quiet or is put out."""

from typing import Any

import pytest

from rooms.ids import PersonId, RoomId, TabId, room_stream
from rooms.signals import Present
from server import here as presence
from server.database.ports import Database
from server.here import Here
from tests.world import Ear, follow, streams_on, until, world_on

ROOM = RoomId("0" * 26)
ADA = Present(person=PersonId("ada"), name="Ada")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    time = [1_000]
    monkeypatch.setattr(presence, "monotonic_ms", lambda: time[0])
    return time


async def test_a_reload_is_not_a_departure_and_a_departure_shows_in_two_seconds(now: list[int]) -> None:
    here = Here()
    here.enter(ROOM, TabId("one"), ADA)
    here.leave(ROOM, TabId("one"))
    here.look()
    assert here.count(ROOM) == 1
    here.enter(ROOM, TabId("two"), ADA)
    now[0] += 2_000
    here.look()
    assert here.count(ROOM) == 1
    here.leave(ROOM, TabId("two"))
    now[0] += 2_000
    here.look()
    assert here.count(ROOM) == 0


async def test_a_tab_that_is_heard_no_more_is_gone_after_45_seconds(now: list[int]) -> None:
    here = Here()
    here.enter(ROOM, TabId("one"), ADA)
    now[0] += 44_000
    here.look()
    assert here.count(ROOM) == 1
    now[0] += 2_000
    here.look()
    assert here.count(ROOM) == 0


async def test_closing_one_of_several_tabs_is_no_leaving(now: list[int]) -> None:
    here = Here()
    here.enter(ROOM, TabId("one"), ADA)
    here.enter(ROOM, TabId("two"), ADA)
    here.leave(ROOM, TabId("one"), at_once=True)
    now[0] += 5_000
    here.look()
    assert here.count(ROOM) == 1
    assert here.people == 1


async def test_the_room_is_told_who_came_and_who_writes(database: Database) -> None:
    world = await world_on(database)
    ada = await world.person("Ada")
    room = await world.room("tea")
    async with streams_on(database) as streams:
        here = Here()
        here.attach(streams)
        ear = Ear(ada)
        await follow(streams, ear, f"room:{room}")  # type: ignore[arg-type]
        here.enter(room, TabId("one"), ADA)
        here.typing(room, ADA, on=True)
        await until(lambda: any(item["signal"]["t"] == "typing.changed" for item in ear.heard))
        here.typing(room, ADA, on=False)
        await until(lambda: len(ear.heard) == 3)
        kinds = [item["signal"] for item in ear.heard]
        assert {"t": "typing.changed", "people": [{"person": "ada", "name": "Ada"}]} in kinds
        assert {"t": "typing.changed", "people": []} in kinds
        assert {"t": "roster.changed", "count": 1, "people": [{"person": "ada", "name": "Ada"}]} in kinds


async def test_who_begins_and_stops_to_write_at_once_is_told_together(database: Database) -> None:
    world = await world_on(database)
    ada = await world.person("Ada")
    room = await world.room("tea")
    crowd = [Present(person=PersonId(f"p{n}"), name=f"N{n}") for n in range(50)]
    async with streams_on(database) as streams:
        here = Here()
        here.attach(streams)
        ear = Ear(ada)
        await follow(streams, ear, room_stream(room))
        here.enter(room, TabId("one"), ADA)
        for on in (True, False, True):
            for who in crowd:
                here.typing(room, who, on=on)

        def told() -> list[dict[str, Any]]:
            return [item["signal"] for item in ear.heard if item["signal"]["t"] == "typing.changed"]

        await until(lambda: told() and told()[-1].get("more") == 47)
        for who in crowd:
            here.typing(room, who, on=False)
        await until(lambda: told()[-1]["people"] == [])
        assert len(told()) == 2


async def test_who_comes_in_between_is_not_told_that_somebody_writes_who_has_stopped_by_then(
    database: Database,
) -> None:
    world = await world_on(database)
    room = await world.room("tea")
    async with streams_on(database) as streams:
        here = Here()
        here.attach(streams)
        here.enter(room, TabId("one"), ADA)
        here.typing(room, ADA, on=True)
        # Not told to anybody yet, and undone before it is.
        assert here.soon(room)[1].people == ()
        here.typing(room, ADA, on=False)
        assert here.soon(room)[1].people == ()
