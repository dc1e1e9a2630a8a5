"""Posters on raw sockets, made to cost less than what they measure.

One thread and one epoll; each connection has a few messages in flight; frames are prepared but for the number of the
message; receipts and refusals are found in the raw bytes.
"""

import base64
import os
import re
import select
import socket
import time
from dataclasses import dataclass, field

from bench.client import client_frame
from bench.node import Node

BUFFER = 1 << 16
TEXT = "Could we get a text when we are next but two? The vet does it for the dog."
# The server reads at most 200 frames a second from one connection: more must not be asked of it.
FRAMES_A_SECOND = 200
STALL_S = 10.0
# An answer that is cut by the end of a read is looked for again with the next.
SEAM = 40

_ANSWER = re.compile(rb'"t":"(receipt|refusal)","ref":(\d{7})')
# All numbers have as many digits, so that all frames have one length and no number is read when half of it is here.
_FIRST = 1_000_000


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all values lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass(slots=True)
class Window:
    """What one stretch of measuring has found. Times are in milliseconds, `generator_share` of its core."""

    acknowledged: int = 0
    refused: int = 0
    took_s: float = 0.0
    server_cores: float = 0.0
    generator_share: float = 0.0
    waits_ms: list[float] = field(default_factory=list)

    @property
    def acknowledged_per_s(self) -> float:
        """Receipts a second."""
        return self.acknowledged / self.took_s if self.took_s else 0.0


class Poster:
    """One connection that posts to one room."""

    __slots__ = ("raw", "seam", "template")

    def __init__(self, on: Node, token: str, room: str) -> None:
        self.raw = socket.create_connection(("127.0.0.1", on.port))
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.sendall(_upgrade(on.port, token))
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.raw.recv(BUFFER)
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.partition(b"\r\n")[0].decode())
        self.raw.settimeout(0)
        self.seam = b""
        nonce = base64.urlsafe_b64encode(os.urandom(9)).decode()
        ask = f'{{"ref":%(n)07d,"do":{{"t":"message.post","room":"{room}","nonce":"{nonce}%(n)010d","text":"{TEXT}"}}}}'
        length = len(ask % {"n": 0})
        frame = client_frame(b" " * length)
        self.template = frame[:-length].replace(b"%", b"%%") + ask.replace("%(n)", "%").encode()


def _upgrade(port: int, token: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /live HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: hearth.v1.json\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


class Posters:
    """Connections that each have a few messages in flight, again and again."""

    def __init__(self, on: Node, *, connections: int, rooms: int, in_flight: int) -> None:
        """`connections` are spread over the first `rooms` of the node; each has `in_flight` messages unanswered."""
        self._on = on
        self._in_flight = in_flight
        self._poll = select.epoll()
        self._by_fd: dict[int, Poster] = {}
        self._sent_at: dict[int, float] = {}
        self._number = _FIRST
        for number in range(connections):
            poster = Poster(on, on.tokens[number % len(on.tokens)], on.rooms[number % rooms])
            self._by_fd[poster.raw.fileno()] = poster
            self._poll.register(poster.raw, select.EPOLLIN)

    def leave(self) -> None:
        """Close everything."""
        for poster in self._by_fd.values():
            poster.raw.close()
        self._poll.close()

    def run(self, *, warm_s: float, seconds: float) -> Window:
        """Post for a while; only what is answered after `warm_s` counts."""
        for poster in self._by_fd.values():
            self._post(poster, self._in_flight)
        self._go(Window(), warm_s)
        window = Window()
        cpu, server, began = time.process_time(), self._on.cpu_s(), time.perf_counter()
        self._go(window, seconds)
        window.took_s = time.perf_counter() - began
        window.generator_share = (time.process_time() - cpu) / window.took_s
        window.server_cores = (self._on.cpu_s() - server) / window.took_s
        self._drain()
        return window

    def _go(self, window: Window, seconds: float) -> None:
        now = heard_at = time.perf_counter()
        end = now + seconds
        while (now := time.perf_counter()) < end:
            ready = self._poll.poll(0.05)
            if ready:
                heard_at = now
            elif now - heard_at > STALL_S:
                raise TimeoutError(f"{len(self._sent_at)} messages have no answer")
            for fd, _ in ready:
                poster = self._by_fd[fd]
                self._post(poster, self._hear(poster, window))

    def _drain(self) -> None:
        """Take the answers that are still on their way."""
        end = time.perf_counter() + STALL_S
        rest = Window()
        while self._sent_at and time.perf_counter() < end:
            for fd, _ in self._poll.poll(0.05):
                self._hear(self._by_fd[fd], rest)
        if self._sent_at:
            raise TimeoutError(f"{len(self._sent_at)} messages have no answer")

    def _post(self, poster: Poster, count: int) -> None:
        if not count:
            return
        first, self._number = self._number, self._number + count
        now = time.perf_counter()
        for number in range(first, first + count):
            self._sent_at[number] = now
        poster.raw.send(b"".join([poster.template % (n, n) for n in range(first, first + count)]))

    def _hear(self, poster: Poster, window: Window) -> int:
        data = poster.seam + poster.raw.recv(BUFFER)
        if len(data) == len(poster.seam):
            raise ConnectionError("the server has closed a connection")
        now, count, last = time.perf_counter(), 0, 0
        for found in _ANSWER.finditer(data):
            count, last = count + 1, found.end()
            took = now - self._sent_at.pop(int(found[2]))
            if found[1] == b"receipt":
                window.acknowledged += 1
                window.waits_ms.append(took * 1000)
            else:
                window.refused += 1
        poster.seam = data[max(last, len(data) - SEAM) :]
        return count
