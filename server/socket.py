"""The live connection over a WebSocket: who is it, may they, and then frames both ways until one side goes."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from starlette.responses import Response
from starlette.websockets import WebSocket

from rooms.contract import Refused
from rooms.ids import PersonId, TabId
from server.admission import Admission, retry_after_s
from server.at_once import AtOnce
from server.clock import monotonic_ms, new_id, wall_ms
from server.connection import UNANSWERED_LIMIT, Desk, Talker, decode
from server.door.problems import answer, of_refusal
from server.protocol import LiveProtocol
from server.streams.bus import Ending
from server.streams.channel import Pen
from server.streams.frames import Format, join_items, websocket_frame
from server.turns import Turns
from server.wire import (
    CONTRACT,
    MALFORMED,
    MOVING,
    SIGNED_OUT,
    STALLED,
    Close,
    Hello,
    Moving,
)

# A reader that takes nothing for so long is gone, whatever its socket says.
STALLED_MS = 20_000
# Pings every 20 s, 20 s for the answer, and this twice: a pulled cable is noticed within 45 s.
LOOK_S = 2.0
# So many are looked after before what comes and goes has its turn again.
LOOK_AT_ONCE = 100
RENEW_MS = 15_000
# More than this does not wait for the end of a turn: only what is written is seen by whoever asks for room.
TOGETHER_BYTES = 65_536
# Nothing is written to whoever was signed out, and their socket ends within 2 s of it, also if they do not answer.
SIGNED_OUT_S = 1.5

log = structlog.get_logger("hearth.socket")


class Connection(Talker):
    """A talker on a socket."""

    def __init__(
        self,
        desk: Desk,
        protocol: LiveProtocol,
        *,
        person: PersonId,
        session: str,
        form: Format,
        left: Callable[["Connection"], None],
    ) -> None:
        """`left` is called once, when the connection is over."""
        super().__init__(desk, person=person, session=session, tab=TabId(new_id()), form=form)
        self.protocol = protocol
        self._gone = False
        self._left: Callable[[Connection], None] = left
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._full = self._unread = False
        self._buffered = 0
        self._waited_since_ms = self.renewed_ms = monotonic_ms()

    def begin(self, turns: Turns) -> None:
        """Take frames from here on, when it is this person's turn."""
        self.protocol.turns, self.protocol.whose = turns, self.person
        self.protocol.sink = self.received
        self.protocol.drained = self._drained
        self.protocol.lost = self.over
        self.protocol.closing = self._closing

    def _closing(self, code: int) -> None:
        self.desk.streams.metrics.closed.labels(str(code)).inc()

    def greet(self) -> None:
        """Say hello."""
        self.send(Hello(contract=CONTRACT, person=self.person, now_ms=wall_ms(), tab=self.tab))

    @property
    def gone(self) -> bool:
        """Whether the socket has ended."""
        return self._gone

    def over(self) -> None:
        """The connection has ended, or nothing more is to come of it: leave everything."""
        if not self._gone:
            self._gone = True
            try:
                self.close(leave=True)
            finally:
                self._left(self)

    @property
    def ready(self) -> bool:
        """Whether the socket is open and its reader keeps up."""
        return self.protocol.open and not self.protocol.backed_up

    def write(self, frame: bytes) -> None:
        """Write a frame after everything that was said before."""
        self._flush()
        self.protocol.write(frame)

    def pen(self) -> Pen | None:
        """The transport's own, once everything that was said before is written."""
        if self._out:
            self._flush()
        return self.protocol.pen()

    def put(self, item: bytes) -> None:
        """Send an item with whatever else this turn of the loop brings."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(item)
        self._out_bytes += len(item)
        if self._out_bytes > TOGETHER_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._out:
            items, self._out, self._out_bytes = self._out, [], 0
            self.protocol.write(websocket_frame(join_items(items, self.form), self.form))

    def received(self, data: bytes | str) -> None:
        """A whole message has come in."""
        try:
            ask = decode(data, self.form)
        except msgspec.DecodeError as error:
            self.end(MALFORMED, _reason(error))
            return
        self.ask(ask.ref, ask.do)
        if self.unanswered >= UNANSWERED_LIMIT:
            self._full = True
            self._hold()
        if self.protocol.backed_up:
            # Whoever does not take the answers asks nothing more.
            self._unread = True
            self._hold()

    def _drained(self) -> None:
        self._unread = False
        self._hold()
        self.deliver()

    def _hold(self) -> None:
        """Read from the socket, or not."""
        self.protocol.hold_reading(on=self._full or self._unread)

    def _end(self) -> None:
        super()._end()
        if self._full and self.unanswered < UNANSWERED_LIMIT // 2:
            self._full = False
            self._hold()

    def end(self, code: Close, reason: str) -> None:
        """Close with a code and a reason, once."""
        if self._gone:
            return
        self._flush()
        self.protocol.close(code, reason, within_s=SIGNED_OUT_S if code == SIGNED_OUT else None)
        self.over()

    def come_back(self) -> None:
        """Close with a code that says come back with your cursors."""
        self.end(STALLED, "come back with your cursors")

    def look(self, now_ms: int) -> None:
        """Cut a reader that has taken nothing for too long; renew the leases of one that is there."""
        if self.protocol.handshake_complete and not self.protocol.open:
            # They said goodbye, or what nobody understands: they are not here, and have a while to read what is left.
            self.protocol.end_soon()
            self.over()
            return
        self.protocol.look()
        buffered = self.protocol.buffered
        if not self.protocol.backed_up or buffered < self._buffered:
            self._waited_since_ms = now_ms
        self._buffered = buffered
        if now_ms - self._waited_since_ms > STALLED_MS and self.protocol.backed_up:
            self.desk.streams.metrics.stalled.inc()
            self.protocol.abort()
            self.over()
        elif now_ms - self.renewed_ms > RENEW_MS:
            self.renewed_ms = now_ms
            self.renew()


def _reason(error: msgspec.DecodeError) -> str:
    """Why a frame could not be read, without any of what it held; a close frame takes 123 bytes."""
    return _QUOTED.sub(r"\1", str(error).partition(" - at ")[0]).encode()[:120].decode(errors="ignore")


# What the decoder says of a field's name, or of a value that is none of several, ends with what stood there.
_QUOTED = re.compile(r"(unknown field|[Ii]nvalid (?:enum )?value) .*", re.DOTALL)
_ELSEWHERE = Response(status_code=503, headers={"Retry-After": "2"})

Identify = Callable[[WebSocket], Awaitable[tuple[PersonId, str] | Response]]


class Sockets:
    """All sockets of a node."""

    def __init__(self, desk: Desk, identify: Identify, *, admit_per_s: int) -> None:
        """`identify` gives the person and session of an upgrade that may go on, or the answer to one that may not.

        `admit_per_s` connections are let in a second; the others are told when to try again.
        """
        self._admission = Admission(admit_per_s)
        self._desk = desk
        self._identify = identify
        self.connections: set[Connection] = set()
        self._at_once = AtOnce()
        self._turns = Turns()
        self._draining = False
        desk.streams.on_ending(self._ending)

    async def serve(self, socket: WebSocket) -> None:
        """The endpoint of `/live`."""
        form = next((f for f in Format if f.value in socket.scope["subprotocols"]), None)
        found = _ELSEWHERE if self._draining else await self._identify(socket)
        if self._draining:
            # Also who was on the way in when it began: nobody tells them any more that this node is going.
            found = _ELSEWHERE
        if isinstance(found, Response):
            await socket.send_denial_response(found)
            return
        if form is None:
            await socket.send_denial_response(Response("offer the subprotocol hearth.v1.json", status_code=400))
            return
        person, session = found
        try:
            self._at_once.take(person)
        except Refused as refused:
            await socket.send_denial_response(answer(of_refusal(refused)))
            return
        if not self._admission.one_more():
            # Asked last, so that strangers, and one member's many tabs, take nobody's place.
            self._at_once.give_back(person)
            wait_s = retry_after_s(len(self.connections))
            self._desk.streams.metrics.not_admitted.inc()
            await socket.send_denial_response(Response(status_code=503, headers={"Retry-After": str(wait_s)}))
            return
        protocol: LiveProtocol = socket.scope["extensions"]["hearth"]
        connection = Connection(self._desk, protocol, person=person, session=session, form=form, left=self._forget)
        self.connections.add(connection)
        try:
            await self._begin(socket, connection)
        except BaseException:
            connection.over()
            raise

    async def _begin(self, socket: WebSocket, connection: Connection) -> None:
        """Answer the upgrade, and leave the connection to its callbacks: nothing waits for its end."""
        protocol = connection.protocol
        # The sink goes in before the answer goes out: the first frame may come with the next packet.
        connection.begin(self._turns)
        await socket.accept(subprotocol=connection.form.value)
        protocol.parked = True
        connection.greet()
        if protocol.disconnected:
            connection.over()

    def _forget(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._at_once.give_back(connection.person)

    def _ending(self, ending: Ending) -> None:
        for connection in list(self.connections):
            if connection.person == ending.person and ending.session in {None, connection.session}:
                connection.end(SIGNED_OUT, "signed out")

    async def run(self) -> None:
        """Look after all connections, for as long as the node lives."""
        while True:
            await asyncio.sleep(LOOK_S)
            now = monotonic_ms()
            for looked, connection in enumerate(list(self.connections), start=1):
                try:
                    connection.look(now)
                except Exception:
                    # A bug of ours, or one connection's odd state: it ends that one, and none of the others.
                    log.exception("connection not looked after")
                    # The transport says when it has ended, in a turn of its own.
                    connection.protocol.abort()
                if looked % LOOK_AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def drain(self, seconds: float) -> None:
        """Tell everyone to come back at a random moment, close them in slices, finish what was begun."""
        self._draining = True
        for connection in list(self.connections):
            connection.send(Moving(retry_ms=random.randint(0, int(seconds * 1000))))  # noqa: S311 - jitter
        leaving = list(self.connections)
        slices = max(1, int(seconds * 10))
        for n in range(slices):
            for connection in leaving[n::slices]:
                connection.end(MOVING, "moving")
            if self.connections:
                await asyncio.sleep(seconds / slices)
        await self._desk.streams.finish(5.0)
