"""What fan-out is measured against, on the same wire: `python -m bench.reference raw|asgi PORT`.

`raw` is the loop that a C program would have: bare sockets, and one `send` for each message and receiver. `asgi` is the
same room on plain ASGI: `await send` for each. Neither checks, stores or resumes anything.
"""

import base64
import hashlib
import re
import select
import socket
import sys
from collections import deque

from server.streams.frames import Format, websocket_frame

_KEY = re.compile(rb"Sec-WebSocket-Key: (\S+)")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_REF = re.compile(rb'"ref":(\d+)')
_TEXT = re.compile(rb'"text":("[^"]*")')
# An event as the server sends it, with ids of the same length.
_EVENT = (
    b'[{"t":"event","stream":"room:01M8C5VJXTV1Z92WVBN8TFMJXW","seq":%d,"at_ms":1764165600000,"event":{"t":'
    b'"message.posted","message":"01M8C5VJYE6JECGA4RZKHD9FZG","author":{"person":"01M8C5VJYE6JECGA4RZKHD9FZG","name":'
    b'"MD9FZG"},"text":%s}}]'
)


def frame(payload: bytes) -> bytes:
    """A text frame from server to client."""
    return websocket_frame(payload, Format.JSON)


def accept(request: bytes) -> bytes:
    """The answer to an upgrade."""
    found = _KEY.search(request)
    assert found is not None
    proof = base64.b64encode(hashlib.sha1(found[1] + _GUID).digest())  # noqa: S324 - as RFC 6455 has it
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: hearth.v1.json\r\nSec-WebSocket-Accept: " + proof + b"\r\n\r\n"
    )


def payloads(buffer: bytearray) -> list[bytes]:
    """The payloads of the whole frames in the buffer, which are taken out. The bench's clients mask with zeros."""
    found = []
    while len(buffer) >= 6:
        length, start = buffer[1] & 127, 6
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 8
        if len(buffer) < start + length:
            break
        found.append(bytes(buffer[start : start + length]))
        del buffer[: start + length]
    return found


class Room:
    """One room: who follows, and the number of the last message."""

    def __init__(self) -> None:
        self.seq = 0

    def answer(self, payload: bytes) -> tuple[bytes, bytes | None]:
        """The answer to a command, and what all followers get of it."""
        ref = int(_REF.search(payload)[1])  # type: ignore[index]
        if b"stream.follow" in payload:
            return frame(b'[{"t":"following","ref":%d,"seq":%d,"snapshot":{}}]' % (ref, self.seq)), None
        self.seq += 1
        text = _TEXT.search(payload)
        assert text is not None
        return frame(b'[{"t":"receipt","ref":%d,"seq":%d}]' % (ref, self.seq)), frame(_EVENT % (self.seq, text[1]))


class Raw:
    """Bare sockets, one `send` for each message and receiver."""

    def __init__(self, port: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", port), backlog=4_096)
        self._listening.settimeout(0)
        self._poll = select.epoll()
        self._poll.register(self._listening, select.EPOLLIN)
        self._sockets: dict[int, socket.socket] = {}
        self._buffers: dict[int, bytearray] = {}
        self._followers: dict[int, socket.socket] = {}
        self._waiting: dict[int, deque[bytes]] = {}
        self._room = Room()

    def _send(self, fd: int, one: socket.socket, data: bytes) -> None:
        if fd in self._waiting:
            self._waiting[fd].append(data)
            return
        try:
            sent = one.send(data)
        except BlockingIOError:
            sent = 0
        except ConnectionError:
            # It has left; its end is read in its turn.
            return
        if sent < len(data):
            self._waiting[fd] = deque([data[sent:]])
            self._poll.modify(fd, select.EPOLLIN | select.EPOLLOUT)

    def _flush(self, fd: int) -> None:
        line = self._waiting.pop(fd)
        self._poll.modify(fd, select.EPOLLIN)
        while line and fd not in self._waiting:
            self._send(fd, self._sockets[fd], line.popleft())
        if line:
            self._waiting[fd].extend(line)

    def _accept(self) -> None:
        one, _ = self._listening.accept()
        one.settimeout(0)
        self._sockets[one.fileno()], self._buffers[one.fileno()] = one, bytearray()
        self._poll.register(one, select.EPOLLIN)

    def _read(self, fd: int) -> None:
        one, buffer = self._sockets[fd], self._buffers[fd]
        try:
            data = one.recv(65_536)
        except ConnectionError:
            data = b""
        if not data:
            self._poll.unregister(fd)
            self._followers.pop(fd, None)
            self._sockets.pop(fd).close()
            return
        buffer += data
        if buffer.startswith(b"GET "):
            head, blank, rest = bytes(buffer).partition(b"\r\n\r\n")
            if not blank:
                return
            one.send(accept(head))
            buffer[:] = rest
        for payload in payloads(buffer):
            answer, told = self._room.answer(payload)
            self._send(fd, one, answer)
            if told is None:
                self._followers[fd] = one
                continue
            for other, follower in self._followers.items():
                self._send(other, follower, told)

    def serve(self) -> None:
        """Serve until killed."""
        while True:
            for fd, what in self._poll.poll():
                if fd == self._listening.fileno():
                    self._accept()
                    continue
                if what & select.EPOLLOUT and fd in self._waiting:
                    self._flush(fd)
                if what & select.EPOLLIN:
                    self._read(fd)


def serve_raw(port: int) -> None:
    """Bare sockets."""
    Raw(port).serve()


def serve_asgi(port: int) -> None:
    """The same room on plain ASGI sends."""
    import uvicorn  # noqa: PLC0415 - only this one needs it
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.routing import WebSocketRoute  # noqa: PLC0415
    from starlette.websockets import WebSocket, WebSocketDisconnect  # noqa: PLC0415

    followers: list[WebSocket] = []
    room = Room()

    def payload_of(whole: bytes) -> str:
        start = 2 if whole[1] < 126 else 4
        return whole[start:].decode()

    async def live(one: WebSocket) -> None:
        await one.accept(subprotocol="hearth.v1.json")
        try:
            while True:
                answer, told = room.answer((await one.receive_text()).encode())
                await one.send_text(payload_of(answer))
                if told is None:
                    followers.append(one)
                    continue
                for follower in followers:
                    await follower.send_text(payload_of(told))
        except WebSocketDisconnect:
            if one in followers:
                followers.remove(one)

    app = Starlette(routes=[WebSocketRoute("/live", live)])
    uvicorn.run(app, port=port, log_level="warning", ws="websockets-sansio", ws_per_message_deflate=False)


if __name__ == "__main__":
    {"raw": serve_raw, "asgi": serve_asgi}[sys.argv[1]](int(sys.argv[2]))
