"""A client of the live connection that is as wrong as it is told to be: bytes out as given, frames in as they come."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgpack

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

# A deadline for what hangs: two busy cores are slow.
DEADLINE_S = 20.0
# Any will do; its bytes differ, so that a payload not unmasked, or out of step, is read as something else.
MASK = b"\x37\xfa\x21\x3d"
# The example of RFC 6455, 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

# The request that opens a live connection, but for who asks: "" as a value leaves a header out.
HEADERS: Mapping[str, str | tuple[str, ...]] = MappingProxyType(
    {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "hearth.v1.json",
    }
)
REQUEST_LINE = "GET /live HTTP/1.1"


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    mask: bytes | None = MASK,
    length_bits: int = 0,
    length: int | None = None,
) -> bytes:
    """A client's frame. `length_bits` is how long its length is written, the shortest way if 0; `length` may lie."""
    length = len(payload) if length is None else length
    bits = length_bits or (7 if length < 126 else 16 if length < 2**16 else 64)
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    marker = {7: length, 16: 126, 64: 127}[bits] | (0 if mask is None else 0x80)
    told = b"" if bits == 7 else length.to_bytes(bits // 8, "big")
    return bytes((first, marker)) + told + (payload if mask is None else mask + masked(payload, mask))


def masked(payload: bytes, mask: bytes) -> bytes:
    """What a mask makes of a payload (RFC 6455, 5.3); done twice, the payload again."""
    whole = mask * (len(payload) // 4 + 1)
    together = int.from_bytes(payload, "big") ^ int.from_bytes(whole[: len(payload)], "big")
    return together.to_bytes(len(payload), "big")


def closing(code: int, reason: bytes = b"") -> bytes:
    """What a close frame holds."""
    return code.to_bytes(2, "big") + reason


@dataclass(slots=True)
class Heard:
    """What came: the payloads of pongs, the numbers of the commands that were done, the payload of the close frame."""

    pongs: list[bytes] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    close: bytes | None = None
    # Opcodes that came when nothing more should have.
    after_close: list[int] = field(default_factory=list)

    @property
    def code(self) -> int | None:
        """The close code; None when there was no close frame."""
        return None if self.close is None else int.from_bytes(self.close[:2], "big")


@dataclass(slots=True)
class RawSocket:
    """A connection, of which nothing is known that it has not said."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: Heard = field(default_factory=Heard)

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Send each piece by itself. That the other side has hung up meanwhile is heard, not felt."""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, list[str]]]:
        """The status of the answer to the opening request, 0 for none, and its headers by their names in small."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, {}
        status, *lines = head.split("\r\n")[:-2]
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers.setdefault(name.lower(), []).append(value)
        return int(status.split()[1]), headers

    async def hear(self, *, until_done: int | None = None) -> Heard:
        """Take in what comes until a command is done, or to the end of the connection; a close is said back."""
        async with asyncio.timeout(DEADLINE_S):
            while until_done is None or until_done not in self.heard.done:
                try:
                    closes = self._take(*await self._frame())
                except (asyncio.IncompleteReadError, ConnectionError):
                    break
                if closes and self.heard.close is not None:
                    # The server waits for it before it hangs up, if it was the first to close.
                    await self.send([frame(CLOSE, self.heard.close)])
        return self.heard

    async def hear_goodbye(self) -> None:
        """Take in what comes up to a close frame, and say nothing."""
        async with asyncio.timeout(DEADLINE_S):
            while not self._take(*await self._frame()):
                pass

    async def _frame(self) -> tuple[int, bytes]:
        """The next frame of the server's: whole, not masked, without reserved bits, its length the shortest way."""
        first, second = await self.reader.readexactly(2)
        assert first & 0xF0 == 0x80, f"fragmented or reserved: {first:x}"
        assert not second & 0x80, "masked"
        length = second
        if second > 125:
            length = int.from_bytes(await self.reader.readexactly(2 if second == 126 else 8), "big")
            assert length > (125 if second == 126 else 65_535), "a length that could be shorter"
        return first & 0x0F, await self.reader.readexactly(length)

    def _take(self, opcode: int, payload: bytes) -> bool:
        """Note what has come; whether it was the close frame."""
        if self.heard.close is not None:
            self.heard.after_close.append(opcode)
        elif opcode == CLOSE:
            self.heard.close = payload
            return True
        elif opcode == PONG:
            self.heard.pongs.append(payload)
        elif opcode in {TEXT, BINARY}:
            items: list[dict[str, Any]] = json.loads(payload) if opcode == TEXT else msgpack.unpackb(payload)
            self.heard.done += [item["ref"] for item in items if item["t"] == "receipt"]
        return False


def request(headers: Mapping[str, str | tuple[str, ...]], line: str = REQUEST_LINE) -> bytes:
    """An opening request: a header with several values comes several times."""
    lines = [line]
    for name, values in headers.items():
        lines += [f"{name}: {value}" for value in ((values,) if isinstance(values, str) else values) if value]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@contextlib.asynccontextmanager
async def raw_socket(port: int) -> AsyncIterator[RawSocket]:
    """A connection on which nothing was said yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield RawSocket(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
