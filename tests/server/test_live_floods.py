"""Clients that ask for much and read nothing: what one of them can make the node keep is bounded."""

import asyncio
import base64
import contextlib
import json
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from rooms.ids import room_stream
from server import at_once, connection, protocol
from server import socket as server_socket
from server.clock import monotonic_ms
from server.database.ports import OutcomeUnknown
from server.node import GRACE_S
from server.socket import STALLED_MS, Connection
from server.streams.bus import Ending
from server.streams.frames import Format, websocket_frame
from tests.server.live import LiveHouse, NoLimits, live_house, new_nonce
from tests.world import say, until

# What promise P7 lets one stalled socket hold.
HELD_BYTES = 512 * 1024
NARROW_BYTES = 16 * 1024
# A node that has taken nothing for two seconds takes nothing more.
LOOK_S, PATIENT_LOOKS = 0.01, 200
TEXT, CLOSE, PING, PONG, CONTINUED, FINAL = 0x1, 0x8, 0x9, 0xA, 0x0, 0x80


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    async with live_house(f"sqlite:///{path}", limits=NoLimits()) as house:
        await house.world.person("Ada")
        await house.world.room("tea")
        yield house


def frame(kind: int, payload: bytes = b"") -> bytes:
    """A client's frame, masked with nothing."""
    length = len(payload)
    size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes((kind,)) + size + bytes(4) + payload


class Mute:
    """A socket that is written to and never read from, once the handshake is done."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: Connection) -> None:
        self.reader = reader
        self.writer = writer
        # The other end, inside the node.
        self.there = there

    async def pour(self, data: bytes, *, times: int) -> int:
        """Write as long as the node takes it; the most that it ever held for us."""
        most, looks = 0, 0
        while times and looks < PATIENT_LOOKS and not self.there.gone:
            left = self.writer.transport.get_write_buffer_size()
            if left <= len(data):
                self.writer.write(data)
                times -= 1
                left += len(data)
            await asyncio.sleep(LOOK_S)
            most = max(most, self.there.protocol.buffered)
            looks = looks + 1 if self.writer.transport.get_write_buffer_size() >= left else 0
        return most

    async def is_read_to_here(self, data: bytes) -> None:
        """Write, and wait until the node has taken all of it: it answers a ping that stands behind."""
        self.writer.write(data + frame(FINAL | PING, b"to here"))
        self.writer.transport.resume_reading()  # type: ignore[attr-defined]
        told = b""
        async with asyncio.timeout(10):
            while b"to here" not in told:
                told = told[-len(b"to here") :] + await self.reader.read(65_536)


@contextlib.asynccontextmanager
async def mute(house: LiveHouse, name: str, *, narrow: bool = False) -> AsyncIterator[Mute]:
    """`narrow`: the system takes next to nothing off the node's hands."""
    before = set(house.hearth.sockets.connections)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=4096)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        "GET /live HTTP/1.1",
        f"Host: 127.0.0.1:{house.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Protocol: hearth.v1.json",
        f"Origin: {house.origin}",
        f"Cookie: hearth={await house.token(name)}",
    )
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in answer
    await until(lambda: set(house.hearth.sockets.connections) - before)
    [there] = set(house.hearth.sockets.connections) - before
    if narrow:
        end = there.protocol.transport.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, NARROW_BYTES)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    try:
        yield Mute(reader, writer, there)
    finally:
        writer.transport.abort()


def ask(**do: object) -> bytes:
    return frame(FINAL | TEXT, json.dumps({"ref": 1, "do": do}).encode())


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames are taken in as fast as they come, as if it were a flood of many seconds."""
    monkeypatch.setattr(protocol, "FRAMES_A_SECOND", 1_000_000)


@pytest.mark.usefixtures("unhurried")
async def test_pings_without_end_whose_answers_nobody_reads_fill_no_memory(house: LiveHouse) -> None:
    async with mute(house, "Ada", narrow=True) as ada:
        assert await ada.pour(frame(FINAL | PING, b"p" * 125) * 2_000, times=80) <= HELD_BYTES
        assert ada.there.protocol.backed_up


@pytest.mark.usefixtures("unhurried")
async def test_commands_without_end_whose_answers_nobody_reads_fill_no_memory(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    unfollow = ask(t="stream.unfollow", stream=room_stream(tea))
    async with mute(house, "Ada", narrow=True) as ada:
        assert await ada.pour(unfollow * 190, times=600) <= HELD_BYTES
        assert ada.there.protocol.backed_up


async def test_snapshots_asked_for_again_and_again_and_never_read_fill_no_memory(house: LiveHouse) -> None:
    tea, ada = house.world.rooms["tea"], house.world.people["Ada"]
    for _ in range(50):
        await say(house.hearth.streams, tea, ada, "\N{FIRE}" * 4_000)
    follow = ask(t="stream.follow", stream=room_stream(tea))
    async with mute(house, "Ada") as reader:
        most = await reader.pour(follow * 150, times=10)
        streams = house.hearth.streams
        for _ in range(40):
            await asyncio.sleep(0.02)
            most = max(most, reader.there.protocol.buffered)
        assert most <= HELD_BYTES
        assert len(streams._tasks) <= connection.FOLLOWS_AT_ONCE + 4


async def test_what_is_sent_in_one_turn_counts_as_unread_in_that_turn(house: LiveHouse) -> None:
    item = json.dumps({"t": "large", "filled": "x" * 40_000}).encode()
    async with mute(house, "Ada") as reader:
        # As many as no system takes off our hands.
        for _ in range(1_000):
            if not reader.there.ready:
                break
            reader.there.put(item)
        assert not reader.there.ready
        assert reader.there.protocol.buffered <= HELD_BYTES


async def test_who_is_slow_from_the_first_moment_has_as_long_as_anybody(house: LiveHouse) -> None:
    async with mute(house, "Ada") as reader:
        for _ in range(600):
            reader.there.protocol.write(websocket_frame(b"x" * 40_000, Format.JSON))
        reader.there.look(monotonic_ms() + STALLED_MS // 2)
        assert not reader.there.gone
        reader.there.look(monotonic_ms() + STALLED_MS + 1)
        assert reader.there.gone


async def test_a_node_that_stops_does_not_wait_for_who_reads_nothing(house: LiveHouse) -> None:
    item = json.dumps({"t": "large", "filled": "x" * 40_000}).encode()
    async with mute(house, "Ada") as reader:
        # More than any system takes off our hands.
        for _ in range(600):
            reader.there.protocol.write(websocket_frame(item, Format.JSON))
        reader.there.protocol.shutdown()
        await until(lambda: reader.there.protocol.disconnected, within_s=GRACE_S)


@pytest.mark.parametrize("piece", [b"", b" "], ids=["empty", "of one byte"])
async def test_a_message_in_endless_pieces_fills_no_memory(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch, piece: bytes
) -> None:
    monkeypatch.setattr(protocol, "FRAMES_A_SECOND", 1_000_000)
    async with mute(house, "Ada") as ada:
        ada.writer.write(frame(TEXT, b"{"))
        await ada.is_read_to_here(frame(CONTINUED, piece) * 10_000)
        assert len(ada.there.protocol.frames) <= protocol.PIECES


@pytest.mark.parametrize(
    "flood",
    [
        frame(FINAL | PING),
        frame(FINAL | PONG),
        frame(TEXT, b"{") + frame(CONTINUED) * 999,
        frame(TEXT, b"{") + frame(CONTINUED, b" ") * 999,
        frame(FINAL | TEXT, b'{"ref":1,"do":{"t":"stream.unfollow","stream":"room:%s"}}' % (b"0" * 26)) * 10,
    ],
    ids=["pings", "pongs", "empty pieces", "pieces of one byte", "commands"],
)
async def test_while_one_member_floods_the_others_are_answered(house: LiveHouse, flood: bytes) -> None:
    await house.world.person("Ben")
    tea, ben = house.world.rooms["tea"], await house.line("Ben")
    times = 120_000 // len(flood)
    async with mute(house, "Ada") as ada:
        flooded = asyncio.create_task(ada.is_read_to_here(flood * times))
        for number in range(3):
            assert (await ben.post(tea, f"hello {number}"))["t"] == "receipt"
        # None of them had to wait until all of the flood was read, which goes on.
        assert not flooded.done()
        assert not ada.there.gone
        flooded.cancel()
        await asyncio.gather(flooded, return_exceptions=True)


async def test_who_was_signed_out_and_does_not_answer_is_cut_off(house: LiveHouse) -> None:
    async with mute(house, "Ada") as ada:
        house.hearth.sockets._ending(Ending(ada.there.person, None))
        # Promise P18.
        await until(lambda: ada.there.protocol.disconnected, within_s=2)


async def test_what_was_sent_before_leaving_is_done_however_much_it_is(house: LiveHouse) -> None:
    tea, ben = house.world.rooms["tea"], await house.line("Ada")
    await ben.follow(tea)
    text = "a" * 1_500
    async with mute(house, "Ada") as ada:
        posts = [ask(t="message.post", room=tea, text=f"{n} {text}", nonce=new_nonce()) for n in range(8)]
        ada.writer.write(b"".join(posts))
        ada.writer.close()
        await until(lambda: len(ben.events("message.posted")) == 8)


async def test_a_number_larger_than_any_database_holds_is_as_far_as_the_room_goes(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")
    await ada.post(tea, "hello")
    for seq in (2**63, 2**64, 2**70):
        answer = await ada.ask("place.mark", room=tea, seq=seq)
        assert (answer["t"], answer.get("seq")) == ("receipt", 1)
    # What is asked afterwards is answered as ever.
    assert (await ada.follow(tea))["t"] == "following"


async def test_a_fault_of_ours_is_an_answer_too(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")

    async def broken(*_: object, **__: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(house.hearth.database, "write", broken)
    refused = await ada.ask("place.mark", room=tea, seq=1)
    assert (refused["code"], len(refused["params"]["reference"])) == ("internal", 8)
    monkeypatch.setattr(house.hearth.streams, "follow", broken)
    assert (await ada.follow(tea))["code"] == "internal"
    monkeypatch.undo()
    assert (await ada.post(tea, "and on", nonce=new_nonce()))["t"] == "receipt"


async def test_a_fault_of_ours_in_an_answer_holds_up_no_later_one(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")

    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(connection, "receipt", broken)
    await ada.send({"t": "message.post", "room": tea, "nonce": new_nonce(), "text": "unanswered"})
    # A follow is begun when everything before it has had its answer.
    assert (await ada.follow(tea))["t"] == "following"


async def test_a_fault_of_ours_in_refusing_a_mark_holds_up_no_later_one(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await house.line("Ada")

    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(connection.Talker, "refuse", broken)
    await ada.send({"t": "place.mark", "room": "0" * 26, "seq": 1})
    assert (await ada.follow(house.world.rooms["tea"]))["t"] == "following"


async def test_whether_a_place_was_marked_may_be_unknown(house: LiveHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = house.world.rooms["tea"]
    ada = await house.line("Ada")

    async def lost(*_: object) -> None:
        raise OutcomeUnknown("cut off")

    monkeypatch.setattr(house.hearth.database, "write", lost)
    answer = await ada.ask("place.mark", room=tea, seq=1)
    assert (answer["t"], answer["code"]) == ("refusal", "unknown")


@pytest.mark.parametrize("before", [0, protocol.PART_BYTES])
async def test_a_mistake_of_ours_in_taking_in_a_command_ends_the_connection_at_once(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    stream = room_stream(house.world.rooms["tea"])
    async with mute(house, "Ada") as ada:

        def fails(connection: Connection, ref: int, command: Any) -> None:
            raise ValueError("a bug")

        monkeypatch.setattr(Connection, "ask", fails)
        monkeypatch.setattr(protocol, "FRAMES_A_SECOND", 1_000_000)
        # In the part that is parsed first, or in a later one.
        ada.writer.write(frame(FINAL | PONG) * (before // 6 + 1) + ask(t="stream.unfollow", stream=stream))
        await until(lambda: ada.there.gone)


async def test_a_reader_on_a_narrow_line_gets_every_page_they_came_for(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, rooms = house.world.people["Ada"], [await house.world.room(f"room-{n}") for n in range(4)]
    for room in rooms:
        for _ in range(12):
            await say(house.hearth.streams, room, ada, "\N{FIRE}" * 4_000)
    followed = [ask(t="stream.follow", stream=room_stream(room)) for room in rooms]
    entered = Connection._entered
    ready = []

    def enters(there: Connection, *how: Any) -> None:
        ready.append(there.ready)
        entered(there, *how)

    monkeypatch.setattr(Connection, "_entered", enters)
    async with mute(house, "Ada", narrow=True) as reader:
        reader.writer.write(b"".join(followed))
        await until(lambda: False in ready)
        reader.writer.transport.resume_reading()  # type: ignore[attr-defined]
        answers, kinds = b"", list[bytes]()
        async with asyncio.timeout(20):
            while len(kinds) < len(rooms):
                answers += await reader.reader.read(65_536)
                kinds = re.findall(rb'"t":"(following|refusal)"', answers)
    assert kinds == [b"following"] * len(rooms)


async def test_who_leaves_a_room_and_comes_back_at_once_is_in_it(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    tea, ada = house.world.rooms["tea"], await house.line("Ada")
    entering, waits = house.hearth.streams._entering.ask, [asyncio.Event()]

    async def slow_at_first(asked: Any) -> Any:
        for wait in [waits.pop()] if waits else []:
            # The second, if there is one under way, is answered before.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    await wait.wait()
        return await entering(asked)

    monkeypatch.setattr(house.hearth.streams._entering, "ask", slow_at_first)
    stream = room_stream(tea)
    refs = [
        await ada.send({"t": "stream.follow", "stream": stream}),
        await ada.send({"t": "stream.unfollow", "stream": stream}),
        await ada.send({"t": "stream.follow", "stream": stream}),
    ]
    answers = [(await ada.answer(ref))["t"] for ref in refs]
    assert answers == ["following", "receipt", "following"]
    assert (await ada.post(tea, "back again", nonce=new_nonce()))["t"] == "receipt"
    await until(lambda: ada.events("message.posted"))


@pytest.mark.parametrize("last", [frame(FINAL | CLOSE, b"\x03\xe8"), b"\xff\xff\xff"], ids=["goodbye", "nonsense"])
async def test_who_has_said_goodbye_is_not_here_and_not_waited_for(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch, last: bytes
) -> None:
    monkeypatch.setattr(server_socket, "LOOK_S", 0.05)
    async with mute(house, "Ada", narrow=True) as ada:
        monkeypatch.setattr(ada.there.protocol, "close_timeout", 0.5)
        for _ in range(6):
            ada.there.protocol.write(websocket_frame(b"x" * 40_000, Format.JSON))
        ada.writer.write(last)
        # They read nothing, so the socket can't end by itself.
        await until(lambda: ada.there.gone)
        await until(lambda: ada.there.protocol.disconnected)


async def test_what_is_wrong_right_before_a_goodbye_is_no_mistake_of_ours(
    house: LiveHouse, caplog: pytest.LogCaptureFixture
) -> None:
    async with mute(house, "Ada") as ada:
        ada.writer.write(frame(FINAL | TEXT, b"nothing") + frame(FINAL | CLOSE, b"\x03\xe8"))
        await until(lambda: ada.there.protocol.disconnected)
    assert not [record for record in caplog.records if record.exc_info]


async def test_many_streams_asked_for_at_once_are_all_answered(house: LiveHouse) -> None:
    rooms = [await house.world.room(f"room-{n}") for n in range(30)]
    ada = await house.line("Ada")
    refs = [await ada.send({"t": "stream.follow", "stream": room_stream(room)}) for room in rooms]
    answers = [await ada.answer(ref) for ref in refs]
    assert {answer["t"] for answer in answers} == {"following"}


async def test_who_hides_their_name_is_not_told_on_by_the_end_of_their_writing(house: LiveHouse) -> None:
    tea = house.world.rooms["tea"]
    await house.world.person("Ben")
    ada, ben = await house.line("Ada"), await house.line("Ben")
    await ada.follow(tea)
    await ben.follow(tea)
    await ada.ask("typing.tell", room=tea, on=True)
    await until(lambda: ben.signals("typing.changed"))
    await ada.post(tea, "too shy", hide_name=True)
    await ada.post(tea, "not shy")
    await until(lambda: len(ben.signals("typing.changed")) == 2)
    order = [item["t"] for item in ben.items if item["t"] in {"event", "signal"} and "roster" not in str(item)]
    assert order in (["signal", "event", "signal", "event"], ["signal", "event", "event", "signal"])


async def test_one_person_opens_no_more_connections_than_there_are_tabs(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "AT_ONCE_LIMIT", 3)
    token = await house.token("Ada")
    lines = [await house.line("Ada", token=token) for _ in range(2)]
    # Another device of hers is another session, and the same person.
    lines.append(await house.line("Ada"))
    with pytest.raises(InvalidStatus) as denied:
        await house.line("Ada", token=token)
    answer = denied.value.response
    assert (answer.status_code, json.loads(answer.body or b"")["code"]) == (429, "too_fast")
    assert answer.headers["Retry-After"] == "1"
    await house.world.person("Ben")
    assert (await house.line("Ben")).items
    # A place that is free again is given.
    await lines[0].socket.close()
    await until(lambda: house.sockets_of("Ada") == 2)
    assert (await house.line("Ada", token=token)).items


async def test_one_person_lets_no_more_polls_wait_than_there_are_tabs(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "AT_ONCE_LIMIT", 1)
    body = {"tab": "k3VZr0yQd1xw", "streams": [], "wait_s": 2}
    async with house.browser("Ada") as browser:
        answers = await asyncio.gather(*(browser.post("/live/poll", json=body) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 429, 429]
        assert {answer.json()["code"] for answer in answers if answer.is_error} == {"too_fast"}
        again = await browser.post("/live/poll", json={**body, "wait_s": 0})
        assert again.status_code == 200
