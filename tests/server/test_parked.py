"""Once a live connection is open no coroutine waits for it: frames, pings and its end come by callbacks."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import node as nodes
from server import socket as sockets
from tests.server.live import JSON, LiveHouse, gathered
from tests.world import until


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """Ada and Ben are members; everybody may be in "tea"."""
    async with gathered(tmp_path, sqlite_template) as house:
        yield house


def upgrade(house: LiveHouse, token: str) -> bytes:
    """A handshake as a browser sends it."""
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nOrigin: {house.origin}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {JSON}\r\nCookie: hearth={token}\r\n\r\n"
    )
    return head.encode()


def masked(payload: bytes) -> bytes:
    """A text frame whose mask is all zeros, which leaves the payload as it is."""
    return bytes((0x81, 0x80 | 126)) + len(payload).to_bytes(2, "big") + b"\0\0\0\0" + payload


async def test_no_task_waits_for_an_open_connection_and_its_end_is_noticed(house: LiveHouse) -> None:
    line = await house.line("Ada")
    await until(lambda: not house.node.server_state.tasks)
    assert house.sockets_of("Ada") == 1
    assert (await line.follow(house.world.rooms["tea"]))["t"] == "following"
    await line.socket.close()
    await until(lambda: house.sockets_of("Ada") == 0)
    await until(lambda: not house.node.server_state.connections)


async def test_a_line_that_breaks_without_a_word_is_let_go(house: LiveHouse) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(upgrade(house, await house.token("Ada")))
    await reader.readuntil(b"hello")
    assert house.sockets_of("Ada") == 1
    writer.transport.abort()
    await until(lambda: house.sockets_of("Ada") == 0)


@pytest.mark.parametrize("cut", [1, 3, 9, 40])
async def test_a_frame_that_comes_in_pieces_is_heard(house: LiveHouse, cut: int) -> None:
    do = {"t": "message.post", "room": house.world.rooms["tea"], "nonce": "n" * 22, "text": "in pieces"}
    frame = masked(json.dumps({"ref": 7, "do": do}).encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(upgrade(house, await house.token("Ada")))
    await reader.readuntil(b"hello")
    writer.write(frame[:cut])
    await writer.drain()
    writer.write(frame[cut:])
    heard = b""
    while b'"ref":7' not in heard:
        heard += await asyncio.wait_for(reader.read(1_000), 20)
    assert b'"t":"receipt"' in heard
    writer.close()


async def test_who_answers_pings_stays_and_who_does_not_is_let_go(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ada, ben] = await house.line("Ada"), await asyncio.open_connection("127.0.0.1", house.port)
    reader, writer = ben
    writer.write(upgrade(house, await house.token("Ben")))
    await reader.readuntil(b"hello")
    for connection in house.hearth.sockets.connections:
        connection.protocol.ping_interval = connection.protocol.ping_timeout = 0.3
    assert (sockets.LOOK_S, nodes.PING_S) == (2.0, 20)

    def looked() -> bool:
        for connection in list(house.hearth.sockets.connections):
            connection.look(0)
        return house.sockets_of("Ben") == 0

    await until(looked)
    assert b"keepalive" in await asyncio.wait_for(reader.read(), 20)
    assert house.sockets_of("Ada") == 1
    assert (await ada.follow(house.world.rooms["tea"]))["t"] == "following"
    writer.close()


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_connection_that_cannot_be_looked_after_is_ended_and_the_others_go_on(
    house: LiveHouse, monkeypatch: pytest.MonkeyPatch, *, leaves: bool
) -> None:
    monkeypatch.setattr(sockets, "LOOK_S", 0.05)
    await house.line("Ada")
    ben = await house.line("Ben")
    ada_id, looked = house.world.people["Ada"], list[str]()
    look = sockets.Connection.look

    def odd(connection: sockets.Connection, now_ms: int) -> None:
        if connection.person == ada_id:
            raise ValueError("a bug")
        looked.append(connection.person)
        look(connection, now_ms)

    close = sockets.Connection.close

    def stays(connection: sockets.Connection, *, leave: bool) -> None:
        if connection.person == ada_id and not leaves:
            raise ValueError("another bug")
        close(connection, leave=leave)

    monkeypatch.setattr(sockets.Connection, "close", stays)
    monkeypatch.setattr(sockets.Connection, "look", odd)
    await until(lambda: not house.sockets_of("Ada"))
    seen = len(looked)
    await until(lambda: len(looked) > seen + 1)
    assert (await ben.post(house.world.rooms["tea"], "all is well"))["t"] == "receipt"
