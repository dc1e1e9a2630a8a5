"""One program's own live connection, as any other client has it: it comes back by itself, asks again what was not
answered, and goes on from its cursors.
"""

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, assert_never

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from rooms.commands import Follow, LiveCommand
from rooms.contract import Code, Refused
from rooms.ids import Nonce, PersonId, StreamId
from server.clock import monotonic_ms
from server.wire import (
    SUBPROTOCOL_JSON,
    Ask,
    Ended,
    Following,
    Happened,
    Hello,
    Moving,
    Now,
    Receipt,
    Refusal,
    ServerItem,
)

OPEN_S = 10.0
# Every command ends within five seconds of a working connection. One that takes twice as long is not working.
ANSWER_S = 10.0
# A connection that lived so long was no failure: the next try comes soon.
LIVED_MS = 60_000
# A snapshot of a busy room is some 100 KB; beyond this something is wrong with the other side.
FRAME_LIMIT_BYTES = 16 * 1024 * 1024
DEFAULT_RETRY_MS = 1_000

# Nothing was done, or it can't be told: the same command with the same nonce is sent again.
AGAIN = frozenset({Code.TOO_FAST, Code.BUSY, Code.UNAVAILABLE, Code.UNKNOWN})

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[ServerItem]).decode

T = TypeVar("T")

Heard: TypeAlias = Happened | Now | Following | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What lets a program in as somebody."""

    person: PersonId
    name: str
    token: str


@dataclass(slots=True)
class Comings:
    """How often a voice came in, and how it found its streams."""

    opened: int = 0
    resumed: int = 0
    snapshots: int = 0


@dataclass(frozen=True, slots=True)
class _Cursor:
    epoch: str | None = None
    seq: int = 0


@dataclass(slots=True)
class _Asked:
    """A command that waits for its answer."""

    command: LiveCommand
    answer: asyncio.Future[Receipt] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, outcome: Receipt | Refused) -> None:
        if self.answer.done():
            return
        if isinstance(outcome, Refused):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


def new_nonce() -> Nonce:
    """A fresh id for a command."""
    return Nonce(secrets.token_urlsafe(16))


def live_address(address: str) -> str:
    """Where the live connection of the server at `address` is."""
    return f"ws{address.rstrip('/').removeprefix('http')}/live"


class Voice:
    """Somebody's live connection. `run` keeps it up; what is asked meanwhile waits for it."""

    def __init__(self, address: str, who: Pass, *, hear: Callable[[Heard], None] | None = None) -> None:
        """`address` is the server's, as people open it; `hear` is told what comes on the streams followed."""
        self.who = who
        self.comings = Comings()
        # Why there will be no more connections, once there won't.
        self.ended: Code | None = None
        self._address = live_address(address)
        self._hear = hear
        self._socket: ClientConnection | None = None
        self._sending = asyncio.Lock()
        self._refs = 0
        self._unanswered: dict[int, _Asked] = {}
        self._cursors: dict[StreamId, _Cursor] = {}
        # Whoever waits to follow a stream for the first time; and which streams an answer is awaited for.
        self._entering: dict[StreamId, asyncio.Future[None]] = {}
        self._follows: dict[int, StreamId] = {}
        self._retry_ms: int | None = None

    # What can be asked ---------------------------------------------------------------------------------------------

    async def ask(self, command: LiveCommand) -> Receipt:
        """The receipt for a command, however often it must be sent for it. Raises `Refused`."""
        while True:
            try:
                return await self._ask_once(command)
            except Refused as refused:
                if refused.code not in AGAIN or self.ended is not None:
                    raise
                await asyncio.sleep(int(refused.params.get("retry_ms", DEFAULT_RETRY_MS)) / 1000)

    async def _ask_once(self, command: LiveCommand) -> Receipt:
        if self.ended is not None:
            raise Refused(self.ended)
        self._refs += 1
        ref = self._refs
        asked = self._unanswered[ref] = _Asked(command)
        try:
            await self._send(ref, command)
            return await self._in_time(asked.answer)
        finally:
            del self._unanswered[ref]

    async def _in_time(self, answer: asyncio.Future[T]) -> T:
        """The answer. A connection that does not bring it is given up for the next, on which it is asked for again."""
        while True:
            since = self._socket
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_S):
                    return await asyncio.shield(answer)
            if since is not None and since is self._socket:
                await since.close()

    async def tell(self, command: LiveCommand) -> None:
        """Send something passing; without a connection just now it is not worth sending later."""
        self._refs += 1
        await self._send(self._refs, command)

    async def follow(self, stream: StreamId) -> None:
        """Follow a stream from now on, over all connections; returns when that has begun. Raises `Refused`."""
        self._cursors.setdefault(stream, _Cursor())
        entering = self._entering.setdefault(stream, asyncio.get_running_loop().create_future())
        if self.ended is not None:
            raise Refused(self.ended)
        await self._send_follow(stream)
        await self._in_time(entering)

    def place(self, stream: StreamId) -> int:
        """The number of the newest event known of a stream that is followed."""
        return self._cursors[stream].seq

    # The connection ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the connection up until cancelled, or until the server says not to come back."""
        failed = 0
        while self.ended is None:
            since_ms = monotonic_ms()
            await self._live_once()
            failed = 0 if monotonic_ms() - since_ms > LIVED_MS else failed + 1
            if self.ended is None:
                await asyncio.sleep(self._pause_s(failed))
        for asked in self._unanswered.values():
            asked.settle(Refused(self.ended))
        for entering in self._entering.values():
            if not entering.done():
                entering.set_exception(Refused(self.ended))

    def _pause_s(self, failed: int) -> float:
        moving, self._retry_ms = self._retry_ms, None
        if moving is not None:
            return moving / 1000
        return random.uniform(0.3, min(10.0, 0.9 * 2.0**failed))  # noqa: S311 - jitter, not a secret

    async def _live_once(self) -> None:
        opening = connect(
            self._address,
            subprotocols=[Subprotocol(SUBPROTOCOL_JSON)],
            additional_headers={"Authorization": f"Bearer {self.who.token}"},
            compression=None,
            open_timeout=OPEN_S,
            max_size=FRAME_LIMIT_BYTES,
            # The environment's proxy is for other places than a server of one's own.
            proxy=None,
        )
        try:
            async with opening as socket:
                await self._talk(socket)
        except InvalidStatus as error:
            if error.response.status_code in {400, 401, 403, 404}:
                self.ended = Code.SIGNED_OUT
        except ConnectionClosed as error:
            self._note_end(error.rcvd.code if error.rcvd is not None else 1006)
        except (OSError, TimeoutError, InvalidHandshake):
            # Away just now: it is tried again.
            return

    def _note_end(self, code: int) -> None:
        if 4400 <= code < 4500:
            self.ended = Code.SIGNED_OUT if code == 4401 else Code.MALFORMED

    async def _talk(self, socket: ClientConnection) -> None:
        try:
            async with asyncio.timeout(OPEN_S), self._sending:
                # Nothing is sent before the hello. What was not answered goes first, then the cursors.
                await socket.recv()
                self._socket = socket
                self.comings.opened += 1
                self._follows.clear()
                for ref, asked in list(self._unanswered.items()):
                    await socket.send(_encode(Ask(ref=ref, do=asked.command)), text=True)
            for stream in list(self._cursors):
                await self._send_follow(stream)
            async for items in _frames(socket):
                for item in items:
                    await self._take(item)
        finally:
            self._socket = None

    async def _send(self, ref: int, command: LiveCommand) -> None:
        """Send on the connection there is. Without one, what needs an answer is sent when there is one again."""
        async with self._sending:
            if self._socket is not None:
                with contextlib.suppress(ConnectionClosed):
                    await self._socket.send(_encode(Ask(ref=ref, do=command)), text=True)

    async def _send_follow(self, stream: StreamId) -> None:
        # Without a connection the next one begins with it; and it is asked for once at a time.
        if self._socket is None or stream in self._follows.values():
            return
        self._refs += 1
        self._follows[self._refs] = stream
        cursor = self._cursors[stream]
        await self._send(self._refs, Follow(stream=stream, epoch=cursor.epoch, after=cursor.seq))

    # What comes in -------------------------------------------------------------------------------------------------

    async def _take(self, item: ServerItem) -> None:
        match item:
            case Receipt(ref=ref):
                self._answer(ref, item)
            case Refusal(ref=ref):
                await self._refused(ref, _as_refused(item))
            case Following():
                self._followed(item)
            case Happened():
                await self._happened(item)
            case Now():
                self._pass_on(item)
            case Ended(stream=stream):
                self._cursors.pop(stream, None)
                self._pass_on(item)
            case Moving(retry_ms=retry_ms):
                self._retry_ms = retry_ms
            case Hello():
                return
            case _:
                assert_never(item)

    def _answer(self, ref: int, outcome: Receipt | Refused) -> None:
        asked = self._unanswered.get(ref)
        if asked is not None:
            asked.settle(outcome)

    async def _refused(self, ref: int, refused: Refused) -> None:
        stream = self._follows.pop(ref, None)
        if stream is None:
            self._answer(ref, refused)
        elif refused.code in AGAIN and self._socket is not None:
            # Not now: the next connection asks again, after a pause.
            await self._socket.close()
        else:
            self._cursors.pop(stream, None)
            entering = self._entering.pop(stream, None)
            if entering is not None and not entering.done():
                entering.set_exception(refused)

    def _followed(self, item: Following) -> None:
        self._follows.pop(item.ref, None)
        self._cursors[item.stream] = _Cursor(item.epoch, item.seq)
        if item.resumed:
            self.comings.resumed += 1
        else:
            self.comings.snapshots += 1
        entering = self._entering.get(item.stream)
        if entering is not None and not entering.done():
            entering.set_result(None)
        self._pass_on(item)

    async def _happened(self, item: Happened) -> None:
        cursor = self._cursors.get(item.stream)
        if cursor is None or item.seq <= cursor.seq:
            return
        if item.seq > cursor.seq + 1:
            # Something is missing: ask from the cursor on.
            await self._send_follow(item.stream)
            return
        self._cursors[item.stream] = _Cursor(cursor.epoch, item.seq)
        self._pass_on(item)

    def _pass_on(self, item: Heard) -> None:
        if self._hear is not None:
            self._hear(item)


async def _frames(socket: ClientConnection) -> AsyncIterator[list[ServerItem]]:
    async for data in socket:
        yield _decode(data)


def _as_refused(item: Refusal) -> Refused:
    params = dict(item.params)
    if item.retry_ms is not None:
        params["retry_ms"] = item.retry_ms
    return Refused(item.code, **params)
