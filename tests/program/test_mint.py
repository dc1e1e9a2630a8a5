"""Members made for load tests: ready to talk, many in a moment, beside a server at work, and never in production."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from rooms.commands import PostMessage
from rooms.ids import community_stream
from rooms.rights import Visibility
from server.database.ports import Database, Say, Work
from server.door.minting_sql import AT_ONCE, NoPlace, find_place, mint
from server.streams.reading_sql import stored_since
from server.voice import new_nonce
from tests.e2e.house import Guest, House, Place
from tests.server.processes import hearth
from tests.world import CHAIN, world_on

pytestmark = pytest.mark.asyncio(loop_scope="module")


def minted(house: House, place: Place, count: int) -> list[dict[str, Any]]:
    """New members of a room, made beside the server."""
    printed = house.command("people", "mint", "--room", place.slug, "--count", str(count))
    return [json.loads(line) for line in printed.splitlines()]


async def test_a_minted_session_talks_on_a_socket_and_opens_pages(house: House) -> None:
    place = await house.room(visibility="invited")
    [one, _] = minted(house, place, 2)
    assert (one["room"], one["path"]) == (place.room, place.path)
    guest = Guest(house, one["name"], one["person"], one["token"])
    async with guest.in_room(place) as voice:
        await voice.ask(PostMessage(room=place.id, nonce=new_nonce(), text="Made a moment ago."))
    [said] = await house.said(place)
    assert (said["author"]["name"], said["author"]["person"]) == (one["name"], one["person"])
    assert one["cookie"] == f"hearth={one['token']}"
    [membership] = (await guest.ask("GET", "/api/me"))["communities"]
    assert membership["accepted"]


async def test_a_server_goes_on_serving_while_many_are_made(house: House) -> None:
    place = await house.room()
    ada = await house.guest("Ada")
    async with ada.in_room(place) as voice:
        making = asyncio.create_task(asyncio.to_thread(minted, house, place, AT_ONCE * 4))
        count = 0
        while not making.done():
            await voice.ask(PostMessage(room=place.id, nonce=new_nonce(), text=f"Still here. ({count})"))
            count += 1
            # As fast as a person may; the limit for one is not what is tried here.
            await asyncio.sleep(0.2)
        made = await making
    assert len({one["name"] for one in made}) == len({one["token"] for one in made}) == AT_ONCE * 4
    assert [said["text"] for said in await house.said(place)] == [f"Still here. ({n})" for n in range(count)]


async def test_production_refuses_made_up_members(house: House, tmp_path: Path) -> None:
    place = await house.room()
    talk = tmp_path / "talk.jsonl"
    talk.write_text('{"id":"1","author":"Ada","text":"Hello.","ts":0}')
    for words in (
        ["people", "mint", "--room", place.slug, "--count", "1"],
        ["replay", str(talk), "--room", place.slug],
    ):
        refused = hearth(house.folder, *words, HEARTH_ENV="production")
        assert refused.returncode == 1
        assert "HEARTH_ENV is production" in refused.stderr
        assert refused.stdout == ""


async def test_without_a_database_there_is_nobody_to_join(tmp_path: Path) -> None:
    refused = hearth(tmp_path, "people", "mint", "--room", "tea-table", "--count", "1")
    assert refused.returncode == 1
    assert "Start the server once" in refused.stderr
    assert await asyncio.to_thread(lambda: [*tmp_path.iterdir()]) == []


async def test_what_cannot_be_minted_is_told(house: House) -> None:
    team = await house.room(visibility="team")
    for room, says in (("nowhere", "There is no room nowhere."), (team.slug, "is the team's room")):
        refused = hearth(house.folder, "people", "mint", "--room", room, "--count", "1")
        assert refused.returncode == 1
        assert says in refused.stderr


@pytest.mark.asyncio(loop_scope="function")
async def test_everybody_is_told_of_each_who_joins(database: Database) -> None:
    world = await world_on(database)
    room = await world.room("tea")
    place = await find_place(database, "tea", "eyes")
    names = [f"Guest {number}" for number in range(AT_ONCE + 1)]
    made = await mint(database, place, names, chain=CHAIN)
    assert [one.name for one in made] == names
    assert place.room == room
    told = await database.read(lambda: stored_since(community_stream(world.community), 0, 1000))
    assert [event.seq for event in told] == list(range(1, AT_ONCE + 2))


@pytest.mark.asyncio(loop_scope="function")
async def test_a_room_that_several_communities_have_is_asked_for(database: Database) -> None:
    world = await world_on(database)
    await world.room("tea", Visibility.INVITED)
    await database.write(lambda: _another_community_with(world.rooms["tea"]))
    with pytest.raises(NoPlace, match="in each of eyes, other"):
        await find_place(database, "tea", None)
    assert (await find_place(database, "tea", "eyes")).room == world.rooms["tea"]
    with pytest.raises(NoPlace, match="in elsewhere"):
        await find_place(database, "tea", "elsewhere")


def _another_community_with(room: str) -> Work[None]:
    yield [
        Say(
            "INSERT INTO community (id, slug, name, purpose, vows, commitments, standings, runs_it, contact,"
            " kept_days, made_ms) SELECT 'OTHER', 'other', name, purpose, vows, commitments, standings, runs_it,"
            " contact, kept_days, made_ms FROM community"
        ),
        Say(
            "INSERT INTO room (id, community, slug, title, purpose, visibility, hide_names, made_ms)"
            " SELECT 'ROOM', 'OTHER', slug, title, purpose, visibility, hide_names, made_ms FROM room WHERE id = ?",
            (room,),
        ),
    ]
