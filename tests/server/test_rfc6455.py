"""RFC 6455 at our door and at our limits: to each case the answer that the section it names asks for.

Where the RFC names 1002, 1003 or 1007 as the way to fail a connection, ours are 4400, and 4413 for 1009: codes of the
range that 7.4.2 leaves to applications, which say by themselves whether to come back.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import Any

import msgpack
import pytest
import pytest_asyncio
from starlette.responses import Response
from starlette.websockets import WebSocket

from rooms.ids import PersonId
from server.wire import FRAME_LIMIT_BYTES
from tests.server.live import JSON, MSGPACK, LiveHouse, NoLimits, gathered, new_nonce
from tests.server.raw_socket import (
    ACCEPT,
    BINARY,
    CLOSE,
    CONT,
    HEADERS,
    KEY,
    PING,
    PONG,
    REQUEST_LINE,
    TEXT,
    Heard,
    RawSocket,
    closing,
    frame,
    raw_socket,
    request,
)

BAD, TOO_LARGE = 4400, 4413
NOWHERE = "0" * 26


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> AsyncIterator[LiveHouse]:
    """One node for all: each case has a connection of its own."""
    async with gathered(tmp_path_factory.mktemp("house"), sqlite_template, limits=NoLimits()) as house:
        yield house


# The opening handshake --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening request, what is different about it, and the answer it gets."""

    section: str
    says: str
    status: int
    changed: dict[str, str | tuple[str, ...]]
    line: str = REQUEST_LINE
    answers: tuple[tuple[str, list[str]], ...] = ()


def key(of: bytes) -> dict[str, str | tuple[str, ...]]:
    """The header with the key."""
    return {"Sec-WebSocket-Key": of.decode()}


def forms(*values: str) -> dict[str, str | tuple[str, ...]]:
    """The header with the subprotocols, given as often as there are values."""
    return {"Sec-WebSocket-Protocol": values}


def spoken(form: str) -> tuple[tuple[str, list[str]], ...]:
    """That the answer names one subprotocol, and this one."""
    return (("sec-websocket-protocol", [form]),)


VERSION, OLD = "Sec-WebSocket-Version", (("sec-websocket-version", ["13"]),)
ACCEPTED = (("sec-websocket-accept", [ACCEPT]), ("upgrade", ["websocket"]), ("connection", ["Upgrade"]))

OPENINGS = [
    Opening("1.3", "the example's key has the example's answer", 101, {}, answers=ACCEPTED),
    Opening("4.2.1", "another method than GET", 405, {}, "POST /live HTTP/1.1", (("allow", ["GET"]),)),
    Opening("4.2.1", "an older HTTP", 505, {}, "GET /live HTTP/1.0"),
    Opening("4.2.1", "no host", 400, {"Host": ""}),
    Opening("4.2.1", "two hosts", 400, {"Host": ("a", "b")}),
    Opening("4.2.1", "no word of an upgrade", 404, {"Upgrade": ""}),
    Opening("4.2.1", "an upgrade to something else", 404, {"Upgrade": "h2c"}),
    Opening("4.2.1", "an upgrade in capitals", 101, {"Upgrade": "WEBSOCKET"}),
    Opening("4.2.1", "a connection that is not to be upgraded", 404, {"Connection": "keep-alive"}),
    Opening("4.2.1", "a connection with more to say", 101, {"Connection": "keep-alive, UPGRADE"}),
    Opening("4.2.1", "no key", 400, {"Sec-WebSocket-Key": ""}),
    Opening("4.2.1", "a key that is no base64", 400, key(b"not base64 at all, no!=")),
    Opening("4.2.1", "a key of 15 bytes", 400, key(b"dGhlIHNhbXBsZSBub25j")),
    Opening("4.2.1", "a key of 17 bytes", 400, key(b"dGhlIHNhbXBsZSBub25jZWU=")),
    Opening("11.3.1", "two keys", 400, {"Sec-WebSocket-Key": (KEY, KEY)}),
    Opening("4.4", "no version", 426, {VERSION: ""}, answers=OLD),
    Opening("4.4", "an older version", 426, {VERSION: "8"}, answers=OLD),
    Opening("4.4", "a later version", 426, {VERSION: "14"}, answers=OLD),
    Opening("11.3.5", "two versions", 426, {VERSION: ("13", "8")}, answers=OLD),
    Opening("4.2.2", "no subprotocol", 400, forms("")),
    Opening("4.2.2", "a subprotocol that nobody speaks here", 400, forms("chat, superchat")),
    Opening("4.2.2", "a subprotocol in other letters", 400, forms(JSON.upper())),
    Opening("4.2.2", "one known subprotocol of several", 101, forms(f"chat, {MSGPACK}"), answers=spoken(MSGPACK)),
    Opening("11.3.4", "subprotocols in two headers", 101, forms("chat", JSON), answers=spoken(JSON)),
    Opening(
        "9.1",
        "an extension is offered and not taken",
        101,
        {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"},
        answers=(("sec-websocket-extensions", []),),
    ),
    Opening("4.2.2", "a page from elsewhere", 403, {"Origin": "http://elsewhere.example"}),
    Opening("4.2.2", "nobody who is known", 401, {"Cookie": ""}),
    Opening("4.2.2", "an address of nothing", 403, {}, "GET /live/there HTTP/1.1"),
    Opening("4.2.1", "a header beyond measure", 431, {"X-Long": "x" * 8_200}),
    Opening("4.2.1", "headers beyond number", 431, {"X-Many": ("x",) * 101}),
    Opening("4.2.1", "headers beyond measure together", 431, {f"X-{n}": "x" * 4_000 for n in range(9)}),
]


async def headers(house: LiveHouse) -> dict[str, str | tuple[str, ...]]:
    """What a browser of Ada's says when it opens a connection."""
    cookie = f"hearth={await house.token('Ada')}"
    return {"Host": f"127.0.0.1:{house.port}", "Origin": house.origin, "Cookie": cookie, **HEADERS}


@pytest.mark.parametrize("opening", OPENINGS, ids=lambda opening: f"{opening.section} {opening.says}")
async def test_an_opening_request_is_answered(house: LiveHouse, opening: Opening) -> None:
    async with raw_socket(house.port) as line:
        await line.send([request({**await headers(house), **opening.changed}, opening.line)])
        status, answered = await line.answer()
    assert status == opening.status
    assert [(name, answered.get(name, [])) for name, _ in opening.answers] == list(opening.answers)


async def test_an_opening_request_may_come_byte_by_byte(house: LiveHouse) -> None:
    async with raw_socket(house.port) as line:
        await line.send(bytes((byte,)) for byte in request(await headers(house)))
        assert (await line.answer())[0] == 101


async def test_an_opening_request_that_does_not_end_is_cut_off(tmp_path: Path, sqlite_template: bytes) -> None:
    async with gathered(tmp_path, sqlite_template, header_timeout_s=0.3) as house, raw_socket(house.port) as line:
        await line.send([request(await headers(house)).removesuffix(b"\r\n")])
        assert await line.answer() == (0, {})


# Frames -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent on an open connection, piece by piece, and all that is heard."""

    section: str
    says: str
    send: tuple[bytes, ...]
    done: tuple[int, ...] = ()
    pongs: tuple[bytes, ...] = ()
    # A close code, or all that the close frame holds; None when the connection stays.
    close: int | bytes | None = None
    form: str = JSON


def asked(ref: int = 1, *, size: int = 0, pack: bool = False, **do: object) -> bytes:
    """A command that needs no right and has its receipt at once, filled up to a size with what means nothing."""
    ask = {"ref": ref, "do": do or {"t": "typing.tell", "room": NOWHERE, "on": True}}
    return msgpack.packb(ask) if pack else json.dumps(ask, ensure_ascii=False).encode().ljust(size)


def text(payload: bytes, **how: Any) -> bytes:
    """A text frame."""
    return frame(TEXT, payload, **how)


def pieces(payload: bytes, *cuts: int, opcode: int = TEXT, between: bytes = b"") -> bytes:
    """A message in frames, cut at these places, with something between each two."""
    parts = list(starmap(lambda start, end: payload[start:end], zip((0, *cuts), (*cuts, len(payload)), strict=True)))
    last = len(parts) - 1
    return between.join(frame(CONT if n else opcode, part, fin=n == last) for n, part in enumerate(parts))


COMMAND = asked()
MIDDLE = len(COMMAND) // 2
LIMIT = FRAME_LIMIT_BYTES
SHORT = b"\x89\x80" + b"\0" * 4

MASKING = [
    Case("5.1", "a text without a mask", (text(COMMAND, mask=None),), close=BAD),
    Case("5.1", "a ping without a mask", (frame(PING, mask=None),), close=BAD),
    Case("5.1", "a close without a mask", (frame(CLOSE, closing(1000), mask=None),), close=BAD),
    Case("5.3", "a mask of nothing but zeros", (text(COMMAND, mask=b"\0" * 4),), done=(1,)),
    Case("5.3", "another mask for each frame", (text(COMMAND), text(asked(2), mask=b"\xff\0\xff\0")), done=(1, 2)),
]
RESERVED = [
    *[Case("5.2", f"reserved bits {n:03b}", (text(COMMAND, reserved=n),), close=BAD) for n in (1, 2, 4, 7)],
    Case("5.2", "a reserved bit in a ping", (frame(PING, reserved=4),), close=BAD),
    Case(
        "5.2",
        "a reserved bit in a continuation",
        (text(COMMAND[:9], fin=False) + frame(CONT, COMMAND[9:], reserved=4),),
        close=BAD,
    ),
    *[Case("5.2", f"opcode {n:x}", (frame(n, b"{}"),), close=BAD) for n in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
]
CONTROL = [
    Case("5.5.2", "a ping with nothing", (frame(PING),), pongs=(b"",)),
    Case("5.5.2", "a ping with words", (frame(PING, b"hello"),), pongs=(b"hello",)),
    Case("5.5.2", "a ping with what is no text", (frame(PING, b"\xff\0\xfe"),), pongs=(b"\xff\0\xfe",)),
    Case("5.5", "a ping as large as may be", (frame(PING, b"x" * 125),), pongs=(b"x" * 125,)),
    Case("5.5", "a ping that is larger", (frame(PING, b"x" * 126),), close=BAD),
    Case("5.5", "a pong that is too large", (frame(PONG, b"x" * 126),), close=BAD),
    Case("5.5", "a close that is too large", (frame(CLOSE, closing(1000, b"x" * 124)),), close=BAD),
    Case("5.5", "a ping in pieces", (frame(PING, b"he", fin=False) + frame(CONT, b"llo"),), close=BAD),
    Case("5.5", "a pong in pieces", (frame(PONG, b"he", fin=False),), close=BAD),
    Case("5.5", "a close in pieces", (frame(CLOSE, closing(1000), fin=False),), close=BAD),
    Case("5.5.2", "pings on top of each other", (frame(PING, b"1") + frame(PING, b"2"),), pongs=(b"1", b"2")),
    Case("5.5.3", "a pong that nobody asked for", (frame(PONG), text(COMMAND)), done=(1,)),
    Case("5.5.3", "a pong with words that nobody asked for", (frame(PONG, b"hello"), text(COMMAND)), done=(1,)),
]
FRAGMENTS = [
    Case("5.4", "a message in two", (pieces(COMMAND, MIDDLE),), done=(1,)),
    Case("5.4", "a message byte by byte", (pieces(COMMAND, *range(1, len(COMMAND))),), done=(1,)),
    Case("5.4", "a ping in the middle", (pieces(COMMAND, MIDDLE, between=frame(PING, b"?")),), (1,), (b"?",)),
    Case("5.4", "a pong in the middle", (pieces(COMMAND, MIDDLE, between=frame(PONG, b"!")),), (1,)),
    Case("5.4", "an empty piece at the beginning", (pieces(COMMAND, 0, MIDDLE),), (1,)),
    Case("5.4", "empty pieces in the middle", (pieces(COMMAND, *[MIDDLE] * 40),), (1,)),
    Case("5.4", "an empty piece at the end", (pieces(COMMAND, len(COMMAND)),), (1,)),
    Case("5.4", "a continuation of nothing", (frame(CONT, COMMAND),), close=BAD),
    Case("5.4", "a beginning continuation of nothing", (frame(CONT, COMMAND, fin=False),), close=BAD),
    Case("5.4", "a message inside another", (text(COMMAND[:9], fin=False) + text(COMMAND),), close=BAD),
    Case("5.4", "a binary inside a text", (text(COMMAND[:9], fin=False) + frame(BINARY, COMMAND),), close=BAD),
    Case("5.4", "a binary message in two", (pieces(asked(pack=True), 9, opcode=BINARY),), (1,), form=MSGPACK),
]
KINDS = [
    Case("5.6", "binary where text is spoken", (frame(BINARY, COMMAND),), close=BAD),
    Case("5.6", "text where binary is spoken", (text(COMMAND),), close=BAD, form=MSGPACK),
    Case("5.6", "binary where binary is spoken", (frame(BINARY, asked(pack=True)),), (1,), form=MSGPACK),
]
# The same in each of these, whatever may be wrong with the command around it.
NO_UTF8 = {
    "a byte that begins nothing": b"\xff",
    "a continuation of nothing": b"\x80",
    "a beginning without an end": b"\xe2\x82",
    "an overlong slash": b"\xc0\xaf",
    "an overlong nothing": b"\xe0\x80\x80",
    "half a pair": b"\xed\xa0\x80",
    "beyond the last character": b"\xf4\x90\x80\x80",
}
UTF8 = [
    *[Case("8.1", name, (text(COMMAND + bad),), close=BAD) for name, bad in NO_UTF8.items()],
    Case("8.1", "wrong in the second piece", (pieces(COMMAND + b"\xff", MIDDLE),), close=BAD),
    Case("8.1", "cut off between the pieces", (pieces(COMMAND + b"\xe2\x82", len(COMMAND) + 1),), close=BAD),
]
CLOSES = [
    Case("5.5.1", "a close without a code", (frame(CLOSE),), close=b""),
    Case("7.1.6", "a close with a reason", (frame(CLOSE, closing(1000, b"good night")),), close=1000),
    Case("5.5", "a reason as long as may be", (frame(CLOSE, closing(1000, b"x" * 123)),), close=1000),
    Case("7.1.6", "a reason in other letters", (frame(CLOSE, closing(1000, "schön".encode())),), close=1000),
    *[
        Case("7.4", f"code {code} is said back", (frame(CLOSE, closing(code)),), close=code)
        for code in (1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999)
    ],
    *[
        Case("7.4", f"code {code} may not be sent", (frame(CLOSE, closing(code)),), close=BAD)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
    ],
    Case("5.5.1", "half a code", (frame(CLOSE, b"\x03"),), close=BAD),
    Case("8.1", "a reason that is no text", (frame(CLOSE, closing(1000, b"\xff")),), close=BAD),
    Case("5.5.1", "a command after the close", (frame(CLOSE, closing(1000)) + text(COMMAND),), close=1000),
    Case("5.5.1", "a ping after the close", (frame(CLOSE, closing(1000)) + frame(PING, b"?"),), close=1000),
    Case("5.5.1", "a close after the close", (frame(CLOSE, closing(1000)) + frame(CLOSE, closing(3000)),), close=1000),
    # What was begun is never ended, so the other side fails it (7.1.7) instead of saying the code back.
    Case("5.4", "a close in the middle", (text(COMMAND[:9], fin=False) + frame(CLOSE, closing(1000)),), close=BAD),
    Case("7.1.7", "a command after what was no command", (text(b"{}") + text(COMMAND),), close=BAD),
    Case("7.1.7", "no frame after what was no command", (text(b"{}") + frame(3),), close=BAD),
    Case("7.1.7", "a command after what was no frame", (frame(3) + text(COMMAND),), close=BAD),
]
LENGTHS = [
    # Only the sender is bound to the shortest way; it can be read in one sense alone.
    Case("5.2", "16 bits where 7 would do", (text(COMMAND, length_bits=16),), (1,)),
    Case("5.2", "64 bits where 7 would do", (text(COMMAND, length_bits=64),), (1,)),
    Case("5.2", "16 bits where they are needed", (text(asked(size=126)),), (1,)),
    Case("5.2", "the highest bit of 64", (text(COMMAND, length_bits=64, length=2**63 | 5),), close=TOO_LARGE),
    Case("10.4", "a length beyond any memory", (text(b"", length_bits=64, length=2**62),), close=TOO_LARGE),
    Case("10.4", "exactly the limit", (text(asked(size=LIMIT)),), (1,)),
    Case("10.4", "one byte less than the limit", (text(asked(size=LIMIT - 1)),), (1,)),
    Case("10.4", "one byte more than the limit", (text(asked(size=LIMIT + 1)),), close=TOO_LARGE),
    Case("10.4", "the limit in pieces", (pieces(asked(size=LIMIT), MIDDLE, 40_000),), (1,)),
    Case("10.4", "more than the limit in pieces", (pieces(asked(size=LIMIT + 1), 9, 40_000),), close=TOO_LARGE),
    Case("10.4", "the limit, and empty pieces", (pieces(asked(size=LIMIT), LIMIT, LIMIT),), (1,)),
    Case(
        "5.4",
        "a ping in the middle, just below the limit",
        (pieces(asked(size=LIMIT), LIMIT - 1, between=frame(PING, b"x" * 125)),),
        (1,),
        (b"x" * 125,),
    ),
]
DELIVERY = [
    Case("5.2", "a frame byte by byte", tuple(bytes((byte,)) for byte in text(COMMAND)), (1,)),
    Case("5.2", "a head apart from its body", (text(COMMAND)[:6], text(COMMAND)[6:]), (1,)),
    Case("5.2", "many frames at once", (b"".join(text(asked(n)) for n in range(1, 51)),), tuple(range(1, 51))),
    Case("5.2", "the end of one and the beginning of the next", (SHORT[:3], SHORT[3:] + SHORT), pongs=(b"", b"")),
    Case("5.2", "commands and pings at once", ((text(COMMAND) + frame(PING, b"?")) * 2,), (1, 1), (b"?", b"?")),
]
CASES = [
    *(MASKING + RESERVED + CONTROL + FRAGMENTS),
    *(KINDS + UTF8 + CLOSES + LENGTHS + DELIVERY),
]
LAST = 99


async def open_line(house: LiveHouse, line: RawSocket, form: str = JSON) -> None:
    """Open the live connection."""
    await line.send([request({**await headers(house), "Sec-WebSocket-Protocol": form})])
    assert (await line.answer())[0] == 101


async def heard(line: RawSocket, case: Case) -> Heard:
    """Everything that comes of a case: up to the end, or up to the answer of one more command."""
    await line.send(case.send)
    if case.close is not None:
        return await line.hear()
    last = frame(BINARY, asked(LAST, pack=True)) if case.form == MSGPACK else text(asked(LAST))
    await line.send([last])
    return await line.hear(until_done=LAST)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section} {case.says}")
async def test_frames_are_answered(house: LiveHouse, case: Case) -> None:
    async with raw_socket(house.port) as line:
        await open_line(house, line, case.form)
        got = await heard(line, case)
    stays = () if case.close is not None else (LAST,)
    assert (tuple(got.done), tuple(got.pongs)) == ((*case.done, *stays), case.pongs)
    assert (got.close if isinstance(case.close, bytes) else got.code) == case.close
    assert got.after_close == []


async def test_there_are_as_many_cases_as_were_meant() -> None:
    names = [*[(each.section, each.says) for each in OPENINGS], *[(each.section, each.says) for each in CASES]]
    assert len(set(names)) == len(names)
    assert len(CASES) >= 60


async def test_what_is_whole_has_no_continuation(house: LiveHouse) -> None:
    async with raw_socket(house.port) as line:
        await open_line(house, line)
        await line.send([text(COMMAND)])
        await line.hear(until_done=1)
        await line.send([frame(CONT, b"{}")])
        assert await line.hear() == Heard(done=[1], close=line.heard.close)
    assert line.heard.code == BAD


@pytest.mark.parametrize("late", [text(COMMAND), frame(3), frame(CONT), frame(CLOSE, b"x"), text(b"", length=2**20)])
async def test_whoever_has_said_goodbye_says_nothing_more(house: LiveHouse, late: bytes) -> None:
    async with raw_socket(house.port) as line:
        await open_line(house, line)
        await line.send([text(b"{}")])
        await line.hear_goodbye()
        await line.send([late, frame(CLOSE, closing(BAD))])
        got = await line.hear()
    assert (got.code, got.done, got.after_close) == (BAD, [], [])


@pytest.mark.parametrize("early", [text(COMMAND), frame(PING), frame(3), frame(CLOSE)])
async def test_whoever_does_not_wait_for_the_answer_is_cut_off(
    house: LiveHouse, early: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for, said = asyncio.Event(), asyncio.Event()
    identify = house.hearth.sockets._identify

    async def slowly(socket: WebSocket) -> tuple[PersonId, str] | Response:
        asked_for.set()
        await said.wait()
        return await identify(socket)

    monkeypatch.setattr(house.hearth.sockets, "_identify", slowly)
    async with raw_socket(house.port) as line:
        await line.send([request(await headers(house))])
        await asked_for.wait()
        await line.send([early])
        assert await line.answer() == (0, {})
        said.set()


@pytest.mark.parametrize("cut", [1, 2, 3], ids=lambda cut: f"8.1 after {cut} of 4 bytes")
async def test_a_character_may_be_cut_between_frames(house: LiveHouse, cut: int) -> None:
    sent = asked(1, t="message.post", room=house.world.rooms["tea"], nonce=new_nonce(), text="🙂")
    at = sent.index("🙂".encode()) + cut
    case = Case("8.1", "a cut character", (pieces(sent, at, between=frame(PING, b"?")),))
    async with raw_socket(house.port) as line:
        await open_line(house, line)
        await line.send(case.send)
        assert (await line.hear(until_done=1)).done == [1]
