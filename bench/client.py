"""A WebSocket client that costs next to nothing, so that the server is what is measured.

One asyncio protocol object a connection; frames are sent with an all-zero mask, which RFC 6455 allows and which
leaves the payload as it is; of what comes in only the frames' payloads are handed on.
"""

import asyncio
import base64
import os
from collections.abc import Callable

Heard = Callable[[bytes], None]


def client_frame(payload: bytes) -> bytes:
    """A whole text frame from client to server."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, 0x80 | length)) + b"\0\0\0\0" + payload
    return bytes((0x81, 0x80 | 126)) + length.to_bytes(2, "big") + b"\0\0\0\0" + payload


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, heard: Heard) -> None:
        self._request = request
        self._heard = heard
        self._buffer = bytearray()
        self._open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the upgrade."""
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Cut what comes in into frames."""
        self._buffer += data
        if not self._open and not self._opened():
            return
        while (frame := self._next()) is not None:
            opcode, payload = frame
            if opcode == 9:
                self.transport.write(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)
            elif opcode in {1, 2}:
                self._heard(payload)

    def _opened(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        self._open = True
        if head.startswith(b"HTTP/1.1 101"):
            self.ready.set_result(None)
        else:
            self.ready.set_exception(ConnectionError(head.partition(b"\r\n")[0].decode()))
        return True

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return None
        payload = bytes(buffer[start : start + length])
        opcode = buffer[0] & 15
        del buffer[: start + length]
        return opcode, payload

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has gone, or closed."""
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed before it was open"))

    def send(self, frame: bytes) -> None:
        """Send a whole frame."""
        self.transport.write(frame)


async def connect(port: int, token: str, heard: Heard) -> Wire:
    """An open live connection for the session of this token."""
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /live HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: hearth.v1.json\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
    _, wire = await asyncio.get_running_loop().create_connection(lambda: Wire(request, heard), "127.0.0.1", port)
    await wire.ready
    return wire
