"""HTTP on a socket, with the ends uvicorn leaves open: a deadline for headers and body, an answer to too many.

Without this a connection that sends half a request is held for ever, and headers of any size are collected.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# One line is what the WebSocket handshake's own parser takes; no browser comes near the others.
LINE_LIMIT_BYTES = 8_190
HEADERS_LIMIT_BYTES = 32_768
HEADERS_LIMIT_COUNT = 100
# Requests that wait behind one that has no answer yet. Browsers send none.
PIPELINE_LIMIT = 8
# No body is larger than 64 KiB here: 30 s is a phone at the edge of its network.
BODY_TIMEOUT_S = 30.0
# After a refusal: time for it to be read before the socket goes, else the reset overtakes the answer.
LINGER_S = 1.0
# An answer has a megabyte or two at most, which comes through a poor line within this.
UNREAD_S = 60.0
# So many answers may wait to be read. Of more, the one that has waited longest is let go: its reader asks again.
UNREAD_AT_ONCE = 64


class Unread:
    """The connections of a node whose answers wait to be read: only so many, and none for ever."""

    def __init__(self) -> None:
        self._waiting: dict[PatientHttp, asyncio.TimerHandle] = {}

    def add(self, one: "PatientHttp") -> None:
        """More of its answer waits than the system takes off our hands."""
        if one not in self._waiting:
            self._waiting[one] = one.loop.call_later(UNREAD_S, one.transport.abort)
        if len(self._waiting) > UNREAD_AT_ONCE:
            longest = next(iter(self._waiting))
            self.discard(longest)
            longest.transport.abort()

    def discard(self, one: "PatientHttp") -> None:
        """It was read, or the connection is gone."""
        if (timer := self._waiting.pop(one, None)) is not None:
            timer.cancel()


class PatientHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol with deadlines and limits."""

    header_timeout_s = 10.0
    unread = Unread()
    _deadline: asyncio.TimerHandle | None = None
    _refused = False
    _in_headers = True
    _fed_bytes = 0
    _told_bytes = 0
    _longest_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give a new connection until the deadline to say what it wants."""
        super().connection_made(transport)
        self._within(self.header_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines of a connection that is gone."""
        self._clear()
        self.unread.discard(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The answer is not read as fast as it is written."""
        super().pause_writing()
        self.unread.add(self)

    def resume_writing(self) -> None:
        """Most of it was read."""
        super().resume_writing()
        self.unread.discard(self)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless the headers so far are already too many."""
        if self._refused:
            return
        if self._in_headers:
            self._fed_bytes += len(data)
            if self._deadline is None:
                # A kept connection gets the same time for each request, from its first byte on.
                self._within(self.header_timeout_s)
        super().data_received(data)
        # The parser collects an endless header without a word, so what it was fed is counted here.
        if self._in_headers and self._fed_bytes > HEADERS_LIMIT_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """Begin to count one request."""
        self._in_headers = True
        self._told_bytes = self._longest_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header that is whole."""
        size = len(name) + len(value) + 4
        self._told_bytes += size
        self._longest_bytes = max(self._longest_bytes, size)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse headers that are too large; give the rest of the request its own deadline."""
        self._in_headers = False
        self._fed_bytes = 0
        self._clear()
        if self._refused:
            return
        if len(self.pipeline) >= PIPELINE_LIMIT:
            # Whoever asks on and on without reading an answer would have all of them kept.
            self._refused = True
            self.transport.abort()
            return
        if len(self.url) > LINE_LIMIT_BYTES:
            self._refuse(414)
        elif self._too_large():
            self._refuse(431)
        elif self.parser.get_http_version() == "1.1" and self._hosts() != 1:
            # Whose page asks is told by it (RFC 9112, 3.2).
            self._refuse(400)
        else:
            self._within(BODY_TIMEOUT_S)
            super().on_headers_complete()

    def _too_large(self) -> bool:
        return (
            self._told_bytes > HEADERS_LIMIT_BYTES
            or self._longest_bytes > LINE_LIMIT_BYTES
            or len(self.headers) > HEADERS_LIMIT_COUNT
        )

    def _hosts(self) -> int:
        return sum(name == b"host" for name, _ in self.headers)

    def on_body(self, body: bytes) -> None:
        """Hand a piece of the body on."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here; from now on the time is ours."""
        self._clear()
        self._fed_bytes = 0
        self._in_headers = True
        if not self._refused:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection to the live protocol, if what it speaks is asked for (RFC 6455, 4.2.1 and 4.4)."""
        self._clear()
        # From here on another hears that an answer was read, and that the connection has ended.
        self.unread.discard(self)
        if self._refused:
            return
        versions = [value for name, value in self.headers if name == b"sec-websocket-version"]
        if self.scope["http_version"] != "1.1":
            # uvicorn hands every request on as one of HTTP/1.1.
            self._refuse(505)
        elif versions != [b"13"]:
            self._refuse(426, b"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n")
        else:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, unless there was an answer already."""
        if not self._refused:
            self._refuse(400)

    def _refuse(self, status: int, headers: bytes = b"") -> None:
        """Answer with a status and no words, stop listening, and close once the answer can have been read."""
        self._refused = True
        self._clear()
        self.transport.write(STATUS_LINE[status] + headers + b"content-length: 0\r\nconnection: close\r\n\r\n")
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._within(LINGER_S)

    def _within(self, seconds: float) -> None:
        self._clear()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _clear(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
