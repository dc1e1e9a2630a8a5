"""The way to Redis: what breaks on it is told as broken, and nothing else is."""

import asyncio
import socket
from collections.abc import Sequence

import pytest
import uvloop
from redis.asyncio.connection import Connection

from presence.ports import LeasesAway
from rooms.ids import RoomId
from server import leases_redis, link_redis
from server.door import counts_redis
from server.door.counts_redis import RedisCounts
from server.door.limits_shared import CountsAway, Push
from server.elsewhere import AGAIN_S
from server.leases_redis import RedisLeases
from server.link_redis import (
    ANSWER_S,
    FAULTS,
    Client,
    NoAnswer,
    ask,
    closed_is_fault,
    connect,
    fields,
    keep_ready,
    make_ready,
    numbers,
    strings,
)
from server.settings import Settings
from tests.faults.proxy import Edge
from tests.services import Redis, free_port


class _Ended(asyncio.Protocol):
    """Knows when its connection has ended."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


async def _written_to_after_it_has_closed() -> None:
    here, there = socket.socketpair()
    with there:
        transport, protocol = await asyncio.get_running_loop().create_connection(_Ended, sock=here)
        transport.abort()
        await protocol.ended.wait()
        with closed_is_fault():
            transport.write(b"to nobody")


def test_what_uvloop_says_of_a_closed_transport_is_a_fault_of_the_way() -> None:
    with pytest.raises(FAULTS):
        uvloop.run(_written_to_after_it_has_closed())


async def test_what_breaks_while_connections_are_made_is_a_fault_of_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_client: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed")

    monkeypatch.setattr(link_redis, "_greet", broken)
    client = connect(Settings(redis_url="redis://127.0.0.1:1/0"))
    with pytest.raises(FAULTS):
        await make_ready(client, 2)
    await client.aclose()


async def test_a_line_that_another_task_has_let_go_is_a_fault_of_the_way() -> None:
    line = Connection(host="127.0.0.1", port=1, socket_timeout=1)
    # Connected as far as it knows, and let go just before it writes.
    with pytest.raises(FAULTS), closed_is_fault():
        await line._send_packed_command([b"PING"])
    with pytest.raises(AttributeError), closed_is_fault():
        line.nothing_of_the_kind()  # type: ignore[attr-defined]


def test_any_other_error_of_the_kind_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="two read at once"), closed_is_fault():
        raise RuntimeError("two read at once")


@pytest.mark.redis
async def test_there_are_answers_also_where_it_takes_longer_to_connect_than_an_answer_may() -> None:
    with Redis() as redis:
        # There and back takes less than an answer may, and a greeting goes there and back more than once.
        far = Edge("far", redis.port, delay_s=ANSWER_S * 0.3)
        client = connect(Settings(redis_url=f"redis://127.0.0.1:{await far.open()}/0"))
        with pytest.raises(NoAnswer):
            await ask(client, [("PING",)])
        ready = asyncio.create_task(keep_ready(client, 1))
        try:
            for _ in range(2):
                async with asyncio.timeout(20):
                    while not await _answers(client):  # noqa: ASYNC110 - the outside world has no event for it
                        # As those do who ask: not again at once.
                        await asyncio.sleep(AGAIN_S)
                far.snap()
        finally:
            ready.cancel()
            await asyncio.gather(ready, return_exceptions=True)
            await client.aclose()
            await far.close()


async def _answers(client: Client) -> bool:
    try:
        return await ask(client, [("PING",)]) == [True]
    except NoAnswer:
        return False


@pytest.mark.parametrize("what", ["server", "cluster"])
async def test_a_redis_that_was_never_there_gives_no_answer_and_ends_nothing(what: str) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    client = connect(Settings(redis_url=url, redis_cluster=what == "cluster"))
    for _ in range(2):
        with pytest.raises(NoAnswer):
            await ask(client, [("PING",)])
    await client.aclose()


@pytest.mark.parametrize("answer", [7, b"x", [1], [b"x", 1], {b"x": 1}, {"x": b"y"}, [[]], True])
def test_an_answer_of_another_shape_is_no_answer(answer: object) -> None:
    for shaped in (strings, fields, lambda given: numbers(given, 2)):
        with pytest.raises(NoAnswer):
            shaped(answer)


async def test_a_map_that_python_cannot_hold_is_no_answer() -> None:
    async def strange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(4096):
            writer.write(b"%1\r\n+proto\r\n:3\r\n" if b"HELLO" in asked else b"%1\r\n*0\r\n:1\r\n")
        writer.close()

    async with await asyncio.start_server(strange, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = connect(Settings(redis_url=f"redis://127.0.0.1:{port}/0?lib_name=&lib_version="))
        for _ in range(2):
            with pytest.raises(NoAnswer):
                await ask(client, [("HGETALL", "x")])
        await client.aclose()


async def test_a_redis_that_answers_in_another_shape_is_away_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked(_client: object, commands: Sequence[object], **_how: object) -> list[object]:
        return [7 for _ in commands]

    monkeypatch.setattr(leases_redis, "ask", asked)
    monkeypatch.setattr(counts_redis, "ask", asked)
    client = connect(Settings(redis_url="redis://127.0.0.1:1"))
    leases = RedisLeases(client, node="a", prefix="hearth:test", key=b"k" * 32)
    with pytest.raises(LeasesAway):
        await leases.read([RoomId("tea")])
    with pytest.raises(CountsAway):
        await RedisCounts(client, prefix="hearth:test").push([Push("a", 1, 1_000)])
    await client.aclose()
