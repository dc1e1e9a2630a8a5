"""Requests that never end, or never should have begun, are answered or closed in their time."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import patient_http
from server.database.ports import Database
from server.settings import Settings
from tests.server.nodes import LittleApp, Running, running
from tests.world import until

DEADLINE_S = 0.3
# Two busy cores: what is closed on time may be seen closed late.
SLACK_S = 10.0


class NoDatabase:
    """Nobody asks it here."""


@pytest.fixture
async def node() -> AsyncIterator[Running]:
    database: Database = NoDatabase()  # type: ignore[assignment]
    async with running(LittleApp(database), Settings(header_timeout_s=DEADLINE_S, drain_s=0)) as node:
        yield node


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: never en",
        b"\r\n\r\n",
    ],
)
async def test_a_half_sent_request_is_closed_at_the_deadline(node: Running, begun: bytes) -> None:
    began = monotonic()
    async with asyncio.timeout(SLACK_S):
        reader, writer = await node.send(begun)
        assert await closed(reader)
    assert monotonic() - began >= DEADLINE_S * 0.9
    writer.close()


async def test_a_kept_connection_has_the_same_deadline_for_its_next_request(node: Running) -> None:
    async with asyncio.timeout(SLACK_S):
        reader, writer = await node.send(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET / HTTP/1.1\r\nhost: x")
        assert await closed(reader)
    writer.close()


async def closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_two_requests_on_one_connection_are_answered(node: Running) -> None:
    twice = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" + b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await node.answer(twice)
    assert answer.count(b"HTTP/1.1 200") == 2


async def test_who_asks_on_and_on_without_reading_an_answer_is_cut_off(node: Running) -> None:
    asked = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    async with asyncio.timeout(SLACK_S):
        reader, writer = await node.send(asked * 2_000)
        answers = b""
        try:
            while data := await reader.read(65_536):
                answers += data
        except ConnectionResetError:
            # It was cut off with answers on the way.
            writer.close()
    assert answers.count(b"HTTP/1.1 200") < 100
    writer.close()


@pytest.fixture
async def talkative() -> AsyncIterator[Running]:
    """A node whose answer is more than any system takes off its hands."""

    async def much(_request: Request) -> Response:
        return Response(b"x" * MUCH_BYTES)

    database: Database = NoDatabase()  # type: ignore[assignment]
    async with running(LittleApp(database, Route("/much", much)), Settings(drain_s=0)) as node:
        yield node


async def how_much_is_left(reader: asyncio.StreamReader) -> int:
    """How many bytes still come before the connection ends."""
    found = 0
    try:
        while data := await reader.read(1_000_000):
            found += len(data)
    except ConnectionResetError:
        # Cut off, with some of it on the way.
        return found
    return found


MUCH_BYTES = 50_000_000
ASK_FOR_MUCH = b"GET /much HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


async def test_an_answer_that_is_not_read_is_not_held_for_ever(
    talkative: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(3 * SLACK_S):
        reader, writer = await talkative.send(ASK_FOR_MUCH)
        assert await how_much_is_left(reader) > MUCH_BYTES
        writer.close()
        monkeypatch.setattr(patient_http, "UNREAD_S", 0.1)
        reader, writer = await talkative.send(ASK_FOR_MUCH)
        transport: Any = writer.transport
        transport.pause_reading()
        here: Any = talkative.node.config.http
        unread = here.unread
        await until(lambda: unread._waiting)
        await until(lambda: not unread._waiting)
        transport.resume_reading()
        assert await how_much_is_left(reader) < MUCH_BYTES
    writer.close()


async def test_an_unread_answer_takes_no_place_once_the_connection_is_another_protocols(talkative: Running) -> None:
    here: Any = talkative.node.config.http
    upgrade = (
        b"GET /live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    async with asyncio.timeout(SLACK_S):
        reader, writer = await talkative.send(ASK_FOR_MUCH.replace(b"connection: close\r\n", b""))
        await reader.readexactly(1_000)
        transport: Any = writer.transport
        transport.pause_reading()
        await until(lambda: here.unread._waiting)
        writer.write(upgrade)
        await until(lambda: not here.unread._waiting)
    writer.transport.abort()


async def test_of_many_answers_that_are_not_read_the_one_that_waits_longest_is_let_go(
    talkative: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_http, "UNREAD_AT_ONCE", 2)
    async with asyncio.timeout(3 * SLACK_S):
        lines = []
        for _ in range(3):
            lines.append(await talkative.send(ASK_FOR_MUCH))
            transport: Any = lines[-1][1].transport
            # Once some of it is there the rest waits.
            await lines[-1][0].readexactly(1_000)
            transport.pause_reading()
        left = [how_much_is_left(reader) for reader, _ in lines]
        for _, writer in lines:
            resumed: Any = writer.transport
            resumed.resume_reading()
        found = await asyncio.gather(*left)
    assert [one > MUCH_BYTES - 1_000 for one in found] == [False, True, True]
    for _, writer in lines:
        writer.close()


async def test_a_body_reaches_the_app(node: Running) -> None:
    words = b"x" * 60_000
    head = b"POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(words)
    assert (await node.answer(head + words)).endswith(words)


async def test_a_body_that_never_ends_is_closed(node: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.patient_http.BODY_TIMEOUT_S", DEADLINE_S)
    async with asyncio.timeout(SLACK_S):
        reader, writer = await node.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        assert await closed(reader)
    writer.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"a" * 9_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nendless: " + b"a" * 70_000, b"431"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 120 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"h%d: " % n + b"a" * 4_000 + b"\r\n" for n in range(9)) + b"\r\n", b"431"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", b"414"),
        (b"this is no HTTP\r\n\r\n", b"400"),
        (
            b"GET /live HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nlong: "
            + b"a" * 9_000
            + b"\r\n\r\n",
            b"431",
        ),
    ],
)
async def test_what_is_too_large_is_answered_and_closed(node: Running, request_: bytes, status: bytes) -> None:
    async with asyncio.timeout(SLACK_S):
        answer = await node.answer(request_)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer
    assert answer.count(b"HTTP/1.1") == 1


async def test_after_a_refusal_nothing_more_is_listened_to(node: Running) -> None:
    large = b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"a" * 9_000 + b"\r\n\r\n"
    answer = await node.answer(large + b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"hello" not in answer


async def test_the_server_does_not_say_what_it_is(node: Running) -> None:
    answer = await node.answer(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert b"server:" not in answer.lower()
