"""The live connection when there is too much of it: limits, slow readers, quick writers, and a node that goes."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus

from rooms.ids import PersonId, room_stream
from server import socket
from server.connection import UNANSWERED_LIMIT
from server.door.limits import LIMITS
from server.streams.reading_sql import stored_since
from tests.server.live import Gate, Line, LiveHouse, NoLimits, Wire, gathered, new_nonce
from tests.world import say, until


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """Ada, Ben and Cleo are members; everybody may be in "tea"."""
    async with gathered(tmp_path, sqlite_template) as house:
        yield house


@pytest.fixture
async def free_house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """The same, where everybody may do everything as often as they like."""
    async with gathered(tmp_path, sqlite_template, limits=NoLimits()) as house:
        yield house


async def test_more_than_a_person_may_do_is_answered_with_when_to_try_again(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada, second, ben = await house.line("Ada"), await house.line("Ada"), await house.line("Ben")
    allowed = LIMITS["message.post"].amount
    answers = [await ada.post(tea, f"{n}") for n in range(allowed + 1)]
    assert [answer["t"] for answer in answers] == ["receipt"] * allowed + ["refusal"]
    refusal = answers[-1]
    assert (refusal["code"], 0 < refusal["retry_ms"] <= 10_000) == ("too_fast", True)
    # Another tab is the same person, another person is not; other commands are counted apart.
    assert (await second.post(tea, "me again"))["code"] == "too_fast"
    assert (await ben.post(tea, "and I?"))["t"] == "receipt"
    assert (await ada.ask("place.mark", room=tea, seq=1))["t"] == "receipt"
    # What was refused is not done, and is answered once.
    stored = await house.hearth.database.read(lambda: stored_since(room_stream(tea), 0, 1_000))
    assert len(stored) == allowed + 1
    assert [len(ada.answers(answer["ref"])) for answer in answers] == [1] * (allowed + 1)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets are looked at often, and given up soon."""
    monkeypatch.setattr(socket, "STALLED_MS", 300)
    monkeypatch.setattr(socket, "LOOK_S", 0.05)


@pytest.mark.usefixtures("_impatient")
async def test_a_reader_that_stalls_delays_nobody_and_is_cut(free_house: LiveHouse) -> None:
    house, tea = free_house, free_house.world.rooms["tea"]
    stalled, ben = await house.line("Ada", reads_slowly=True), await house.line("Ben")
    await stalled.follow(tea)
    await ben.follow(tea)
    stalled.socket.transport.pause_reading()
    streams, said_by = house.hearth.streams, house.world.people["Ben"]
    # Far more than the node keeps for one reader and the two systems between them.
    await asyncio.gather(*(say(streams, tea, said_by, "\U0001f525" * 4_000) for _ in range(400)))
    await until(lambda: len(ben.texts) == 400)
    await until(lambda: house.sockets_of("Ada") == 0)
    assert (streams.metrics.stalled._value.get(), ben.closed) == (1, None)
    stalled.socket.transport.resume_reading()
    await stalled.ends()
    assert len(stalled.texts) < 400


async def test_a_reader_that_was_slow_and_reads_again_has_missed_nothing(free_house: LiveHouse) -> None:
    house, tea = free_house, free_house.world.rooms["tea"]
    slow = await house.line("Ada", reads_slowly=True)
    await slow.follow(tea)
    [connection] = house.hearth.sockets.connections
    slow.socket.transport.pause_reading()
    streams, said_by = house.hearth.streams, house.world.people["Ben"]
    await asyncio.gather(*(say(streams, tea, said_by, "\U0001f525" * 4_000) for _ in range(400)))
    await until(lambda: connection.protocol.backed_up)
    slow.socket.transport.resume_reading()
    await until(lambda: len(slow.texts) == 400)
    assert [item["seq"] for item in slow.items if item["t"] == "event"] == list(range(1, 401))


async def test_who_sends_more_frames_than_hands_can_is_read_later_and_not_cut(free_house: LiveHouse) -> None:
    house, tea = free_house, free_house.world.rooms["tea"]
    ada = await house.line("Ada")
    began = time.monotonic()
    # So wide that a piece of what comes in holds 64 of them: 264 at most are read in one second.
    frames = [json.dumps({"ref": ref, "do": {"t": "typing.tell", "room": tea, "on": True}}) for ref in range(1, 601)]
    for frame in frames:
        await ada.socket.send(frame.ljust(4_000))
    await until(lambda: len(ada.items) == 601)
    assert [item["ref"] for item in ada.items[1:]] == list(range(1, 601))
    # That is three seconds' worth, so that all of the second one has passed.
    assert time.monotonic() - began > 0.9


async def test_with_many_commands_unanswered_nothing_more_is_read_until_some_are(
    free_house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, tea = free_house, free_house.world.rooms["tea"]
    ada = await house.line("Ada")
    gate = Gate(house.hearth.database)
    monkeypatch.setattr(house.hearth.streams.sequencer, "_database", gate)
    [connection] = house.hearth.sockets.connections
    other = await house.line("Ben")
    long = "\U0001f525" * 4_000
    posts = [{"t": "message.post", "room": tea, "nonce": new_nonce(), "text": long} for _ in range(150)]
    sending = asyncio.create_task(all_sent(ada, posts))
    await until(lambda: connection.unanswered >= UNANSWERED_LIMIT)
    for _ in range(20):
        await other.ask("typing.tell", room=tea, on=True)
    # Meanwhile nothing came in but what had been read in one piece with the last of them.
    assert connection.unanswered < 100
    gate.open.set()
    assert [(await ada.answer(ref))["seq"] for ref in await sending] == list(range(1, 151))


async def all_sent(line: Line, commands: list[Wire]) -> list[int]:
    """Send them all, and know them by their numbers."""
    return [await line.send(command) for command in commands]


async def test_a_stream_that_is_asked_for_twice_at_once_is_heard_once(house: LiveHouse) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    follow = {"t": "stream.follow", "stream": f"room:{tea}"}
    refs = await all_sent(ada, [follow, follow])
    assert [(await ada.answer(ref))["t"] for ref in refs] == ["following"] * 2
    for n in range(3):
        await ada.post(tea, f"{n}")
    await until(lambda: ada.texts[-1:] == ["2"])
    assert ada.texts == ["0", "1", "2"]


async def test_a_node_that_goes_tells_everybody_when_to_come_back_and_lets_nobody_in(house: LiveHouse) -> None:
    lines = [await house.line(name) for name in ("Ada", "Ben", "Cleo")]
    draining = asyncio.create_task(house.hearth.drain(0.3))
    closes = [await line.ends() for line in lines]
    assert closes == [(4503, "moving")] * 3
    for line in lines:
        assert line.items[-1]["t"] == "moving"
        assert 0 <= line.items[-1]["retry_ms"] <= 300
    await draining
    with pytest.raises(InvalidStatus) as denied:
        await house.line("Ada")
    assert denied.value.response.status_code == 503
    assert denied.value.response.headers["Retry-After"] == "2"


async def test_who_is_just_coming_in_when_a_node_begins_to_go_is_sent_elsewhere_too(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    identify = house.hearth.sockets._identify

    async def slowly(upgrade: WebSocket) -> tuple[PersonId, str] | Response:
        asked.set()
        await answer.wait()
        return await identify(upgrade)

    monkeypatch.setattr(house.hearth.sockets, "_identify", slowly)
    coming = asyncio.ensure_future(house.line("Ada"))
    await asked.wait()
    await house.hearth.drain(0)
    answer.set()
    with pytest.raises(InvalidStatus) as denied:
        await coming
    assert denied.value.response.status_code == 503
    assert not house.hearth.sockets.connections


async def test_what_was_begun_before_a_node_goes_is_finished(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    gate = Gate(house.hearth.database)
    monkeypatch.setattr(house.hearth.streams.sequencer, "_database", gate)
    await ada.send({"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "just in time"})
    await until(lambda: house.hearth.streams.sequencer.waiting)
    draining = asyncio.create_task(house.hearth.drain(0))
    assert (await ada.ends())[0] == 4503
    assert not draining.done()
    gate.open.set()
    await draining
    stored = await gate.read(lambda: stored_since(room_stream(tea), 0, 10))
    assert [event.seq for event in stored] == [1]


async def test_a_node_that_lost_a_part_goes(
    tmp_path: Path, sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = asyncio.Event()

    async def falls(_sockets: socket.Sockets) -> None:
        await there.wait()
        raise RuntimeError

    monkeypatch.setattr(socket.Sockets, "run", falls)
    async with gathered(tmp_path, sqlite_template) as house:
        there.set()
        await until(lambda: house.node.failed)
