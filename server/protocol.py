"""uvicorn's WebSocket protocol, with a way past ASGI for what comes in and goes out once a connection is live.

Frames are handed to a sink as they arrive, whole frames are written to the transport as they are, and how much
waits in the transport's buffer can be asked. Pinned to uvicorn below 0.60; a contract test holds what is used.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, State

from server.turns import Turns
from server.wire import FRAME_LIMIT_BYTES, MALFORMED, TOO_LARGE

# More than this unread in the transport's buffer: the reader is slow, and gets the rest when it has caught up.
BACKED_UP_BYTES = 256 * 1024
# So much of what has come in is parsed before others have their turn: one read may bring 40,000 empty frames.
PART_BYTES = 2_048
# Far more than hands can do; beyond it the rest of the second is not read.
FRAMES_A_SECOND = 200
# The codes that uvicorn closes with: for whoever answers no ping, and for all when the node stops.
UNANSWERED = 1011
STOPPING = 1012
# So long a node that stops waits for one who does not read: less than it waits for all.
LEAVE_S = 1.0
# A message in more pieces than this is put together as it comes: each piece costs many times its byte.
PIECES = 64

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
# What only the handshake and the ASGI application need.
_OF_THE_HANDSHAKE = frozenset(
    (
        *("scope", "request", "response", "initial_response", "queue", "writable", "server", "client", "scheme"),
        *("root_path", "asgi_version", "app", "app_state", "default_headers"),
    )
)


class LiveProtocol(WebSocketsSansIOProtocol):
    """One connection. The application reaches it as `scope["extensions"]["hearth"]`.

    What comes in once the handshake is done is parsed a part in each turn of the loop, and no more is read until all of
    it is: whoever floods waits for themselves, and nobody else for them.
    """

    # A pass over a thousand followers asks each for these, and each from memory that was last touched a pass ago: a
    # dictionary of one's own for each would be most of what a pass costs.
    __slots__ = (
        "_frames_since_s",
        "_frames_taken",
        "_held",
        "_in_line",
        "_reading",
        "_resting",
        "_unparsed",
        "backed_up",
        "close_sent",
        "closing",
        "disconnected",
        "drained",
        "handshake_complete",
        "lost",
        "parked",
        "sink",
        "transport",
        "turns",
        "whose",
    )
    sink: Sink | None
    drained: Callable[[], None] | None
    lost: Callable[[], None] | None
    # Hears the code that this side closes with.
    closing: Callable[[int], None] | None
    # In whose turn it is taken in what comes; until that is known, nobody listens.
    turns: Turns | None
    whose: Hashable
    # Set by the application when it returns and the connection goes on: frames go to the sink, its end to `lost`.
    parked: bool
    # Whether the other side is too slow for more just now.
    backed_up: bool
    # What is found once a connection is parked.
    scope: Any = None
    client: Any = None
    server: Any = None
    request: Any = None
    response: Any = None
    initial_response: Any = None
    queue: Any = _NOWHERE
    writable: Any = _NOWHERE

    def __init__(self, *args: Any, **more: Any) -> None:
        """As uvicorn's."""
        super().__init__(*args, **more)
        self.sink = self.drained = self.lost = self.closing = None
        self.parked = self.backed_up = self._held = False
        self._reading = True
        self._unparsed = bytearray()
        self._in_line = False
        self._resting: asyncio.TimerHandle | None = None
        self.turns = self.whose = None
        self._frames_taken = 0
        self._frames_since_s = 0.0

    def connection_made(self, transport: Any) -> None:
        """Be told when more waits in the transport's buffer than a reader who keeps up ever leaves there."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BACKED_UP_BYTES)

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
        """Keep nothing of the handshake: it would be most of what an idle connection costs."""
        # The parser that read the request holds it for good. A fresh one begins with the first frame: nothing has come
        # so far, as whoever sends before the answer is cut off.
        self.conn.parser = Protocol.parse(self.conn)
        next(self.conn.parser)
        # With so few left the dictionary is made anew, as one that has been larger stays large.
        self.__dict__ = {name: value for name, value in self.__dict__.items() if name not in _OF_THE_HANDSHAKE}

    # Pings are sent by whoever looks after all connections: a timer for each would cost more than the connection.

    def start_keepalive(self) -> None:
        """Nothing is due yet."""
        self.ping_sent_at = self.loop.time()

    def schedule_ping(self) -> None:
        """The answer has come. The next ping is due by itself."""

    def look(self) -> None:
        """Ping when it is time to, and give up the other side when it has not answered in time."""
        quiet_s = self.loop.time() - self.ping_sent_at
        if self.pending_ping_payload is not None:
            if self.ping_timeout is not None and quiet_s >= self.ping_timeout:
                self.keepalive_timeout()
        elif self.ping_interval and quiet_s >= self.ping_interval:
            self.send_keepalive_ping()
            self._no_timer()

    def _no_timer(self) -> None:
        if self.pong_timer is not None:
            self.pong_timer.cancel()
            self.pong_timer = None

    def data_received(self, data: bytes) -> None:
        """Take in what comes, but from whoever does not wait for the answer to the handshake (RFC 6455, 4.1)."""
        if self.handshake_complete:
            if self.turns is None:
                return
            self._unparsed += data
            if self._in_line or self._resting is not None:
                self._read_or_not()
            elif not self.turns.take(self.whose, self._take_part):
                self._in_line = True
                self._read_or_not()
        elif self.handshake_initiated:
            # Before the application reads, nobody would take it, and answers to pings would go before the handshake's.
            self.transport.abort()
        else:
            super().data_received(data)

    def _take_part(self) -> None:
        """Parse some of what has come in, if more may be taken now; what is left has its turn later."""
        self._in_line = False
        if self.transport.is_closing():
            self._unparsed.clear()
            return
        if self._unparsed and not self._held:
            part = bytes(self._unparsed[:PART_BYTES])
            del self._unparsed[:PART_BYTES]
            try:
                super().data_received(part)
            except Exception:
                # A mistake of ours ends this connection, which is made anew at once. Left as it is, it would be read no
                # more, and look like a slow one.
                self.logger.exception("frame not taken in")
                self.transport.abort()
                return
        self._plan()

    def handle_events(self) -> None:
        """Handle the frames that were parsed, of whatever kind, and count them."""
        now = self.loop.time()
        if now - self._frames_since_s >= 1:
            self._frames_since_s, self._frames_taken = now, 0
        self._frames_taken += len(self.conn.events)
        super().handle_events()

    def _plan(self) -> None:
        """Take the next part soon, or once the second of somebody who sends too much is over; read nothing before."""
        rested_s = self._frames_since_s + 1
        if self._frames_taken >= FRAMES_A_SECOND and self.loop.time() < rested_s:
            if self._resting is None:
                self._resting = self.loop.call_at(rested_s, self._rested)
        elif self._unparsed and self.turns is not None and not self._held and not self._in_line:
            self._in_line = True
            self.turns.later(self.whose, self._take_part)
        self._read_or_not()

    def _rested(self) -> None:
        self._resting = None
        self._plan()

    def _read_or_not(self) -> None:
        """Read no more while much is left of what was read, or nothing may be taken in."""
        reading = not (self._held or self._resting or len(self._unparsed) > PART_BYTES)
        if reading != self._reading and not self.transport.is_closing():
            self._reading = reading
            if reading:
                self.transport.resume_reading()
            else:
                self.transport.pause_reading()

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
        if len(data) > FRAME_LIMIT_BYTES:
            self.close(TOO_LARGE, "frame too large")
            return
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
        if len(self.frames) >= PIECES:
            self.frames = [b"".join(self.frames)]
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
        told = self.close_sent or self.transport.is_closing()
        super().keepalive_timeout()
        if not told:
            self._say_closing(UNANSWERED)
        if self.buffered:
            self.transport.abort()

    def handle_parser_exception(self) -> None:
        """What is no valid frame ends the connection with a code of ours that says not to try the same again."""
        self.conn.data_to_send()
        if self.close_sent:
            # Goodbye was said already, and is said once (RFC 6455, 5.5.1).
            self.transport.close()
            return
        large = isinstance(self.conn.parser_exc, PayloadTooBig)
        code, reason = (TOO_LARGE, "frame too large") if large else (MALFORMED, "not a valid frame")
        payload = Close(code, reason).serialize()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(Frame(Opcode.CLOSE, payload).serialize(mask=False, extensions=[]))
        self._say_closing(code)
        self.transport.close()

    def shutdown(self) -> None:
        """Say goodbye as the node stops. Whoever does not take what they have is not waited for."""
        told = self.close_sent or not self.handshake_complete
        super().shutdown()
        if not told:
            self._say_closing(STOPPING)
        if self.buffered:
            self.loop.call_later(LEAVE_S, self.transport.abort)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        super().pause_writing()
        self.backed_up = True

    def resume_writing(self) -> None:
        """The transport's buffer has drained: whoever waits for that may go on."""
        super().resume_writing()
        self.backed_up = False
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

    def write(self, frame: bytes) -> None:
        """Write a whole frame, made elsewhere, if the connection is still open."""
        if self.open:
            self.transport.write(frame)

    def pen(self) -> Callable[[bytes], None] | None:
        """What writes a whole frame if called at once; None when the connection is not open, or backed up."""
        return None if self.backed_up or not self.open else self.transport.write

    def hold_reading(self, *, on: bool) -> None:
        """Stop taking in frames, or go on."""
        self._held = on
        self._plan()

    def end_soon(self) -> None:
        """Cut the connection, which is closing, if the other side does not take what is left in time."""
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def close(self, code: int, reason: str, *, within_s: float | None = None) -> None:
        """Begin the closing handshake; the connection is cut if the other side does not answer it in time."""
        if not self.open:
            return
        if self.conn.state is not State.OPEN:
            # Their goodbye stood behind what this answers, and was parsed with it.
            self._say_closing(code)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._say_closing(code)
        self.stop_keepalive()
        self.close_timer = self.loop.call_later(within_s or self.close_timeout, self.transport.abort)

    def _say_closing(self, code: int) -> None:
        self.close_sent = True
        if self.closing is not None:
            self.closing(int(code))

    def abort(self) -> None:
        """Cut the connection now, whatever waits in it."""
        self.transport.abort()
