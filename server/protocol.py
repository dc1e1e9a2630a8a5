"""uvicorn's WebSocket protocol, with a way past ASGI for what comes in and goes out once a connection is live.

Frames are handed to a sink as they arrive, whole frames are written to the transport as they are, and how much
waits in the transport's buffer can be asked. Pinned to uvicorn below 0.60; a contract test holds what is used.
"""

from collections.abc import Callable
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode

from server.wire import MALFORMED, TOO_LARGE

# More than this unread in the transport's buffer: the reader is slow, and gets the rest when it has caught up.
BACKED_UP_BYTES = 256 * 1024

Sink = Callable[[bytes | str], None]


class _Nowhere:
    """Stands where an ASGI application would be told something, once there is none."""

    def put_nowait(self, _event: object) -> None:
        """Nobody takes it."""

    def set(self) -> None:
        """Nobody waits for it."""

    def clear(self) -> None:
        """Nobody waits for it."""


_NOWHERE: Any = _Nowhere()
_NOTHING: Any = None


class LiveProtocol(WebSocketsSansIOProtocol):
    """One connection. The application reaches it as `scope["extensions"]["hearth"]`."""

    sink: Sink | None = None
    drained: Callable[[], None] | None = None
    lost: Callable[[], None] | None = None
    # Set by the application when it returns and the connection goes on: frames go to the sink, its end to `lost`.
    parked = False

    async def run_asgi(self) -> None:
        """Let the application find this object in its scope. When it returns parked, nothing of it is kept.

        As uvicorn's, but for that: there, the return of the application ends the connection.
        """
        extensions: Any = self.scope["extensions"]
        extensions["hearth"] = self
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
            self.parked = False
            self.send_500_response()
        else:
            if not self.handshake_complete:
                self.logger.error("ASGI callable returned without completing handshake.")
                self.send_500_response()
        if self.parked:
            self._let_go()
        elif self.close_timer is None:
            self.transport.close()

    def _let_go(self) -> None:
        """Keep nothing of the handshake: it would be three quarters of what an idle connection costs."""
        self.scope = self.request = self.response = _NOTHING
        self.queue = self.writable = _NOWHERE

    async def send(self, event: ASGISendEvent) -> None:
        """As uvicorn's; a handshake that was denied is not also logged as an error."""
        await super().send(event)
        if event["type"] == "websocket.http.response.body" and not event.get("more_body", False):
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the sink, if there is one; reading goes on."""
        if self.sink is None or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.curr_msg_data_type == "bytes":
            self.sink(data)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.close(MALFORMED, "not UTF-8")
            return
        self.sink(text)

    def handle_cont(self, event: Frame) -> None:
        """Take in a piece of a message. Empty ones add up to nothing, except in memory."""
        if event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer a ping, unless the other side does not even read what it has."""
        if self.backed_up:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def keepalive_timeout(self) -> None:
        """Give up a silent other side; what it has not taken by now it will not take."""
        super().keepalive_timeout()
        if self.buffered:
            self.transport.abort()

    def handle_parser_exception(self) -> None:
        """What is no valid frame ends the connection with a code of ours that says not to try the same again."""
        self.conn.data_to_send()
        large = isinstance(self.conn.parser_exc, PayloadTooBig)
        code, reason = (TOO_LARGE, "frame too large") if large else (MALFORMED, "not a valid frame")
        payload = Close(code, reason).serialize()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(Frame(Opcode.CLOSE, payload).serialize(mask=False, extensions=[]))
        self.close_sent = True
        self.transport.close()

    def resume_writing(self) -> None:
        """The transport's buffer has drained: whoever waits for that may go on."""
        super().resume_writing()
        if self.drained is not None:
            self.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        super().connection_lost(exc)
        if self.lost is not None:
            self.lost()

    @property
    def open(self) -> bool:
        """Whether frames can still be written."""
        return self.handshake_complete and not (self.close_sent or self.disconnected or self.transport.is_closing())

    @property
    def buffered(self) -> int:
        """Bytes that the other side has not taken yet."""
        return self.transport.get_write_buffer_size()

    @property
    def backed_up(self) -> bool:
        """Whether the other side is too slow for more just now."""
        return self.buffered > BACKED_UP_BYTES

    def write(self, frame: bytes) -> None:
        """Write a whole frame, made elsewhere, if the connection is still open."""
        if self.open:
            self.transport.write(frame)

    def hold_reading(self, *, on: bool) -> None:
        """Stop taking in frames, or go on."""
        if self.transport.is_closing():
            return
        if on:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; the connection is cut if the other side does not answer it."""
        if not self.open:
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def abort(self) -> None:
        """Cut the connection now, whatever waits in it."""
        self.transport.abort()
