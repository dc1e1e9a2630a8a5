"""A client that writes down what it sends and every byte that comes, before it makes anything of it.

It behaves as the real one does: it comes back by itself, sends again with the same nonce what was not answered, and
goes on from its cursors. Where it stands and what it shows is judged by the checker alone, from the bytes.
"""

import asyncio
import contextlib
import itertools
import json
import random
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from rooms.ids import RoomId
from server.clock import monotonic_ms
from tests.faults.history import Closed, Frame, History, Opened, Page, Sent, Turned, Wire, end
from tests.faults.town import Person

OPEN_S = 5.0
# Every command ends within five seconds of a working connection; one that takes twice as long is not working.
ANSWER_S = 10.0
LIVED_S = 60.0
AGAIN = frozenset({"too_fast", "busy", "unavailable", "unknown"})
# A follow that was refused for want of a right is tried again: joins that race a kick must not win.
TRY_S = 0.6
SEND_S = 5.0
_conns = itertools.count(1)


@dataclass(slots=True)
class Pending:
    """A command that has not had its last answer."""

    do: Wire
    done: asyncio.Future[Wire] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    # The sending that is open just now.
    ref: int | None = None


@dataclass(slots=True)
class Cursor:
    """How far one stream is known."""

    epoch: str | None = None
    seq: int = 0
    rev: int = 0
    # Whether it is followed on the connection of now; asked for is not yet.
    live: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What all clients of a run share. `door` gives the port through which they reach a node."""

    history: History
    door: Callable[[int], int]
    nodes: int
    # One for all: each of its own would read the system's certificates anew.
    requests: httpx2.AsyncClient


def requests_client() -> httpx2.AsyncClient:
    """What requests are sent with. No connection is used twice: the one that is broken would be tried again."""
    return httpx2.AsyncClient(
        timeout=6, trust_env=False, verify=False, limits=httpx2.Limits(max_connections=200, max_keepalive_connections=0)
    )


class Historian:
    """One client of one person."""

    def __init__(self, name: str, person: Person, around: "Around", *, node: int) -> None:
        """It begins with `node`."""
        self.name = name
        self.person = person
        self.node = node
        self.moderates = person.moderates
        self._nodes = around.nodes
        self._door = around.door
        self._history = around.history
        self._requests = around.requests
        self._chance = random.Random(f"{name}")
        self._socket: ClientConnection | None = None
        self._conn = 0
        self._refs = itertools.count(1)
        self.pending: dict[str, Pending] = {}
        self._asked: dict[int, str] = {}
        self._follows: dict[int, str] = {}
        self.cursors: dict[str, Cursor] = {}
        self._retry_ms: int | None = None
        # The connection was given up without a word, as in a tunnel.
        self._dropped = False
        self._deaf = asyncio.Event()
        self._deaf.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.narrow = False
        # Stays on its node, for one nonce that is to go to three of them.
        self.pinned = False
        # Unset when the session has ended, or the person is out: nothing opens any more until `revive`.
        self.welcome = asyncio.Event()
        self.welcome.set()
        self.messages: dict[str, list[str]] = {}
        self.own: dict[str, list[str]] = {}

    # What it can be told to do -------------------------------------------------------------------------------------

    def follow(self, stream: str) -> None:
        """Follow a stream over all connections, from now on."""
        self.cursors.setdefault(stream, Cursor())
        self._spawn(self._follow(stream))

    def submit(self, do: Wire) -> Pending:
        """Send a command, again and again if need be, until it has its answer."""
        pending = self.pending[do["nonce"]] = Pending(do)
        self._spawn(self._put(pending))
        return pending

    async def deaf(self, seconds: float) -> None:
        """Stop reading for a while."""
        fault = self._history.begin("deaf", self.name)
        self._deaf.clear()
        await asyncio.sleep(seconds)
        self._deaf.set()
        end(fault)

    async def drop(self) -> None:
        """Lose the connection, as in a tunnel."""
        if self._socket is not None:
            self._dropped = True
            self._socket.transport.abort()

    def revive(self) -> None:
        """Come back, with whatever session the person has now."""
        self.welcome.set()

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._socket is not None

    # The connection ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the connection up until cancelled."""
        failed = 0
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self.welcome.wait()
                since = loop.time()
                await self._live_once()
                failed = 0 if loop.time() - since > LIVED_S else failed + 1
                await asyncio.sleep(self._pause_s(failed))
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _pause_s(self, failed: int) -> float:
        moving, self._retry_ms = self._retry_ms, None
        if moving is not None:
            return moving / 1000
        return self._chance.uniform(0.3, min(10.0, 0.9 * 2.0**failed))

    def _elsewhere(self) -> None:
        if not self.pinned:
            self.node = (self.node + 1) % self._nodes

    async def _live_once(self) -> None:
        node, session = self.node, self.person.session
        try:
            socket_ = await self._opened(node)
        except InvalidStatus as error:
            self._history.records.append(Turned(monotonic_ms(), self.name, node, error.response.status_code))
            if error.response.status_code == 401 and session == self.person.session:
                self.welcome.clear()
            self._elsewhere()
            return
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, EOFError):
            self._history.records.append(Turned(monotonic_ms(), self.name, node, 0))
            self._elsewhere()
            return
        await self._lived(socket_, node, session)

    async def _opened(self, node: int) -> ClientConnection:
        port = self._door(node)
        how = {"sock": await _narrow_socket(port)} if self.narrow else {}
        return await connect(
            f"ws://127.0.0.1:{port}/live",
            subprotocols=[Subprotocol("hearth.v1.json")],
            additional_headers={"Authorization": f"Bearer {self.person.token}"},
            compression=None,
            open_timeout=OPEN_S,
            close_timeout=0.5,
            ping_interval=None,
            max_size=None,
            max_queue=2 if self.narrow else 256,
            proxy=None,
            **how,  # type: ignore[arg-type]  # one of its many
        )

    async def _lived(self, socket_: ClientConnection, node: int, session: str) -> None:
        conn = self._conn = next(_conns)
        self._history.records.append(Opened(monotonic_ms(), conn, self.name, self.person.person, node, session))
        by_us = self._dropped = False
        try:
            await self._talk(socket_, conn)
        except ConnectionClosed:
            by_us = self._dropped
        except TimeoutError:
            by_us = True
        except asyncio.CancelledError:
            by_us = True
            raise
        finally:
            self._socket = None
            socket_.transport.abort()
            code = socket_.close_code or 1006
            self._history.records.append(Closed(monotonic_ms(), conn, code, by_us=by_us))
        if code == 4401 and session == self.person.session:
            self.welcome.clear()
        elif code != 4502:
            self._elsewhere()

    async def _talk(self, socket_: ClientConnection, conn: int) -> None:
        # Nothing is sent before the hello. What was not answered goes first, then the cursors.
        async with asyncio.timeout(OPEN_S):
            self._take(conn, await socket_.recv(decode=False))
        self._socket = socket_
        self._asked.clear()
        self._follows.clear()
        for cursor in self.cursors.values():
            cursor.live = False
        for pending in list(self.pending.values()):
            await self._put(pending)
        for stream in list(self.cursors):
            await self._follow(stream)
        watching = asyncio.create_task(self._mind_answers(socket_))
        try:
            while True:
                await self._deaf.wait()
                self._take(conn, await socket_.recv(decode=False))
        finally:
            watching.cancel()

    async def _mind_answers(self, socket_: ClientConnection) -> None:
        """Give a connection up on which an answer is long overdue."""
        since: dict[int, float] = {}
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.5)
            open_ = {*self._asked, *self._follows}
            since = {ref: since.get(ref, loop.time()) for ref in open_}
            if self._deaf.is_set() and any(loop.time() - at > ANSWER_S for at in since.values()):
                socket_.transport.abort()
                return

    # Sending -------------------------------------------------------------------------------------------------------

    async def _send(self, ref: int, do: Wire) -> None:
        """Send on the connection there is; written down before it is gone."""
        socket_ = self._socket
        if socket_ is None:
            return
        self._history.records.append(Sent(monotonic_ms(), self._conn, ref, do))
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(SEND_S):
                await socket_.send(json.dumps({"ref": ref, "do": do}))

    async def _put(self, pending: Pending) -> None:
        if self._socket is None or pending.done.done():
            return
        ref = next(self._refs)
        self._asked[ref] = pending.do["nonce"]
        await self._send(ref, pending.do)

    async def _follow(self, stream: str) -> None:
        if self._socket is None or stream in self._follows.values() or stream not in self.cursors:
            return
        ref = next(self._refs)
        self._follows[ref] = stream
        cursor = self.cursors[stream]
        place = {} if cursor.epoch is None else {"epoch": cursor.epoch, "after": cursor.seq}
        await self._send(ref, {"t": "stream.follow", "stream": stream, **place})

    async def _later(self, seconds: float, again: Callable[[], object]) -> None:
        await asyncio.sleep(seconds)
        again()

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What comes in -------------------------------------------------------------------------------------------------

    def _take(self, conn: int, data: bytes) -> None:
        # Before anything is made of it.
        self._history.records.append(Frame(monotonic_ms(), conn, data))
        for item in json.loads(data):
            self._item(item)

    def _item(self, item: Wire) -> None:
        match item["t"]:
            case "receipt":
                self._settle(item)
            case "refusal":
                self._refused(item)
            case "following":
                self._followed(item)
            case "event":
                self._happened(item)
            case "signal" if item["signal"]["t"] == "tally.changed":
                self._tallied(item["stream"], item["signal"])
            case "ended":
                self._ended(item["stream"])
            case "moving":
                self._retry_ms = item["retry_ms"]

    def _settle(self, item: Wire) -> None:
        nonce = self._asked.pop(item["ref"], None)
        pending = self.pending.pop(nonce, None) if nonce else None
        if pending is not None and not pending.done.done():
            pending.done.set_result(item)

    def _refused(self, item: Wire) -> None:
        stream = self._follows.pop(item["ref"], None)
        wait_s = (item.get("retry_ms") or 1000) / 1000
        if stream is not None:
            wait_s = wait_s if item["code"] in AGAIN else TRY_S
            self._spawn(self._later(wait_s, lambda: self._spawn(self._follow(stream))))
            return
        if item["code"] not in AGAIN:
            self._settle(item)
            return
        nonce = self._asked.pop(item["ref"], None)
        pending = self.pending.get(nonce) if nonce else None
        if pending is not None:
            self._spawn(self._later(wait_s, lambda: self._spawn(self._put(pending))))

    def _followed(self, item: Wire) -> None:
        self._follows.pop(item["ref"], None)
        cursor = self.cursors.setdefault(item["stream"], Cursor())
        cursor.epoch, cursor.seq, cursor.live = item["epoch"], item["seq"], True
        if item.get("snapshot"):
            cursor.rev = item["snapshot"]["rev"]
        elif item.get("rev") is not None and item["rev"] > cursor.rev:
            self._spawn(self._ask_totals(item["stream"]))

    def _happened(self, item: Wire) -> None:
        stream, event = item["stream"], item["event"]
        cursor = self.cursors.get(stream)
        if cursor is None or item["seq"] <= cursor.seq:
            return
        if item["seq"] > cursor.seq + 1:
            # Something is missing: ask from the cursor on.
            self._spawn(self._follow(stream))
            return
        cursor.seq = item["seq"]
        if event["t"] == "message.posted":
            self.messages.setdefault(stream, []).append(event["message"])
            if event["author"].get("person") == self.person.person:
                self.own.setdefault(stream, []).append(event["message"])

    def _tallied(self, stream: str, totals: Wire) -> None:
        cursor = self.cursors.get(stream)
        if cursor is None:
            return
        if totals["since"] <= cursor.rev:
            cursor.rev = max(cursor.rev, totals["rev"])
        else:
            self._spawn(self._ask_totals(stream))

    def _ended(self, stream: str) -> None:
        cursor = self.cursors.get(stream)
        if cursor is None:
            return
        cursor.live = False
        # Straight back to the door, which is to stay shut.
        self._spawn(self._follow(stream))

    # Requests ------------------------------------------------------------------------------------------------------

    async def _ask_totals(self, stream: str) -> None:
        """The totals that were missed, asked for until they are had."""
        room = stream.partition(":")[2]
        for _ in range(20):
            cursor = self.cursors[stream]
            page = await self.get(f"/api/rooms/{room}/tallies?since={cursor.rev}")
            if page is not None and page.status == 200:
                cursor.rev = max(cursor.rev, json.loads(page.data)["rev"])
                return
            if page is not None and page.status in {401, 404}:
                return
            await asyncio.sleep(0.5)

    async def look_back(self, room: RoomId) -> None:
        """Read the newest page by request, whether one may or not."""
        await self.get(f"/api/rooms/{room}/messages")

    async def get(self, path: str) -> Page | None:
        """Ask one's node for something; None when nobody answers."""
        node, asked_ms = self.node, monotonic_ms()
        headers = {"Authorization": f"Bearer {self.person.token}"}
        try:
            answer = await self._requests.get(f"http://127.0.0.1:{self._door(node)}{path}", headers=headers)
        except (httpx2.HTTPError, OSError):
            return None
        page = Page(
            asked_ms, monotonic_ms(), self.name, self.person.person, node, path, answer.status_code, answer.content
        )
        self._history.pages.append(page)
        return page


async def _narrow_socket(port: int) -> socket.socket:
    """A connection that keeps little between the two ends, so that a reader who stops is felt soon."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)  # noqa: FBT003 - the socket's own argument
    try:
        async with asyncio.timeout(OPEN_S):
            await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
    except BaseException:
        narrow.close()
        raise
    return narrow


def new_nonce() -> str:
    """A nonce as a client makes it."""
    return secrets.token_urlsafe(16)
