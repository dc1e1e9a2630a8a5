"""Real talk of a day and of a hearing, said again by all who spoke, with the server killed in the middle."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.replay.transcript import read, turns
from tests.e2e.house import House, Place
from tests.server.processes import ROOT, started

# Sample data lies beside the repository where there is any; none of it is ours to keep.
TRANSCRIPTS = ROOT.parent / "shared" / "data" / "transcripts"
# The recorded pauses divided by twenty make ten minutes. Held this short, the order of the lines is tried all the more.
PAUSE_S = 0.01


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A server with a keeper."""
    house = await House(tmp_path / "data").open()
    yield house
    await house.close()


async def said_so_many(house: House, place: Place, count: int) -> None:
    """Wait until the room's numbering has come so far."""
    async with asyncio.timeout(120):
        while (await newest(house, place)) < count:  # noqa: ASYNC110 - what is waited for is another process's
            await asyncio.sleep(0.1)


async def newest(house: House, place: Place) -> int:
    page: dict[str, Any] = await house.keeper.ask("GET", f"/api/rooms/{place.room}/messages")
    return max((message["seq"] for message in page["messages"]), default=0)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["chat", "meeting"])
async def test_all_who_spoke_say_it_again_and_nothing_is_lost(house: House, name: str) -> None:
    file = TRANSCRIPTS / f"{name}.jsonl"
    if not await asyncio.to_thread(file.exists):
        pytest.skip(f"there is no {file} on this machine")
    place = await house.room()
    lines = turns(read((await asyncio.to_thread(file.read_bytes)).splitlines()), speed=20)
    words = ["replay", str(file), "--room", place.slug, "--speed", "20", "--max-pause", str(PAUSE_S), "--json"]
    with started(house.folder, *words, HEARTH_PORT=str(house.port)) as process:
        await said_so_many(house, place, len(lines) // 2)
        house.kill()
        await asyncio.to_thread(house.start)
        while not (told := await asyncio.to_thread(process.line, "")).startswith("{"):
            continue
        assert await asyncio.to_thread(process.process.wait, 60) == 0, told
    report = json.loads(told)
    assert report["acknowledged"] == len(lines)
    assert report["voices"] == len({line.author for line in lines})
    assert report["resumed"] == report["reconnected"] > 0
    assert [message["text"] for message in await house.said(place)] == [line.text for line in lines]
