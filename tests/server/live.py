"""A real node on a real port, and clients of its live connection that share no code with it."""

import asyncio
import contextlib
import itertools
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import msgpack
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from server.app import Hearth, build
from server.database.ports import Database, Say, Work
from server.door.limits import MemoryLimits, RateLimits
from server.door.sessions import new_session
from server.door.sessions_sql import insert
from server.node import Node, addresses, configuration, listen
from server.settings import Settings
from tests.world import World, until, world_on

Wire = dict[str, Any]
T = TypeVar("T")

JSON = "hearth.v1.json"
MSGPACK = "hearth.v1.msgpack"


class NoLimits(MemoryLimits):
    """Everybody may do everything as often as they like."""

    def allow(self, kind: str, key: str) -> int | None:
        return None


@dataclass(eq=False, slots=True)
class Line:
    """One end of a live connection: it keeps what comes, in order, and how it was closed."""

    socket: ClientConnection
    form: str = JSON
    items: list[Wire] = field(default_factory=list)
    frames: list[bytes | str] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    _refs: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def listen(self) -> None:
        """Take in what comes until the connection ends."""
        try:
            async for frame in self.socket:
                self.frames.append(frame)
                self.items += msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame)
        except ConnectionClosed:
            pass
        self.closed = (self.socket.close_code or 0, self.socket.close_reason or "")

    async def send(self, do: Wire) -> int:
        """Send a command; the number by which its answer will be known."""
        ref = next(self._refs)
        ask = {"ref": ref, "do": do}
        await self.socket.send(msgpack.packb(ask) if self.form == MSGPACK else json.dumps(ask))
        return ref

    async def answer(self, ref: int) -> Wire:
        """The one answer to a command."""
        await until(lambda: self.answers(ref) or self.closed)
        [answer] = self.answers(ref)
        return answer

    def answers(self, ref: int) -> list[Wire]:
        """What has come that answers this command."""
        return [item for item in self.items if item.get("ref") == ref]

    async def ask(self, t: str, **fields: object) -> Wire:
        """Send a command and wait for its answer."""
        return await self.answer(await self.send({"t": t, **fields}))

    async def post(self, room: str, text: str, **how: object) -> Wire:
        """Say something."""
        return await self.ask("message.post", room=room, text=text, **{"nonce": new_nonce(), **how})

    async def follow(self, room: str, **cursor: object) -> Wire:
        """Follow a room."""
        return await self.ask("stream.follow", stream=f"room:{room}", **cursor)

    def events(self, kind: str = "message.posted") -> list[Wire]:
        """The events of this kind that have come."""
        return [i["event"] for i in self.items if i["t"] == "event" and i["event"]["t"] == kind]

    def signals(self, kind: str) -> list[Wire]:
        """The signals of this kind that have come."""
        return [i["signal"] for i in self.items if i["t"] == "signal" and i["signal"]["t"] == kind]

    @property
    def texts(self) -> list[str | None]:
        """What was said, as far as it has come."""
        return [event.get("text") for event in self.events()]

    async def ends(self) -> tuple[int, str]:
        """The close code and reason, once the other side has closed."""
        await until(lambda: self.closed)
        assert self.closed is not None
        return self.closed


class Gate:
    """A database whose writes, or reads, wait until they are let through."""

    def __init__(self, database: Database, *, holds: str = "writes") -> None:
        self._database = database
        self._holds = holds
        self.open = asyncio.Event()

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Wait at the gate if it is for writers, then write."""
        if self._holds == "writes":
            await self.open.wait()
        return await self._database.write(work)

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Wait at the gate if it is for readers, then read."""
        if self._holds == "reads":
            await self.open.wait()
        return await self._database.read(work)


def new_nonce() -> str:
    """A nonce as a client makes it."""
    return secrets.token_urlsafe(16)


@dataclass(slots=True)
class LiveHouse:
    """The node, the people in it, and their lines."""

    hearth: Hearth
    node: Node
    port: int
    world: World
    _lines: contextlib.AsyncExitStack

    @property
    def origin(self) -> str:
        """Where its own pages come from."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Where the live connection is."""
        return f"ws://127.0.0.1:{self.port}/live"

    async def token(self, name: str) -> str:
        """A new session for a person of the world: the token that opens it."""
        token, session = new_session(shared=False)
        person = self.world.people[name]
        await self.hearth.database.write(lambda: _do(insert(person, session)))
        return token

    async def line(self, name: str, *, form: str = JSON, token: str | None = None, reads_slowly: bool = False) -> Line:
        """A browser's open connection, once it has been greeted. It is closed with the house."""
        headers = {"Cookie": f"hearth={token or await self.token(name)}"}
        how = {"sock": self._narrow_socket()} if reads_slowly else {}
        line = await self.open(headers, origin=self.origin, form=form, **how)
        await until(lambda: line.items or line.closed)
        return line

    def _narrow_socket(self) -> socket.socket:
        """A connection that keeps little between the two ends, so that a reader who stops is felt soon."""
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", self.port))
        narrow.settimeout(0)
        return narrow

    async def open(self, headers: dict[str, str], *, origin: str | None, form: str = JSON, **how: Any) -> Line:
        """An open connection. Raises `InvalidStatus` when it is denied."""
        opening = connect(
            self.address,
            additional_headers=headers,
            origin=None if origin is None else Origin(origin),
            subprotocols=[Subprotocol(form)] if form else None,
            compression=None,
            proxy=None,
            **how,
        )
        line = Line(await self._lines.enter_async_context(opening), form)
        listening = asyncio.create_task(line.listen())
        self._lines.push_async_callback(_stopped, listening)
        return line

    @contextlib.asynccontextmanager
    async def browser(self, name: str) -> AsyncIterator[httpx2.AsyncClient]:
        """The same person's browser, for requests."""
        headers = {"origin": self.origin, "x-hearth": "1", "cookie": f"hearth={await self.token(name)}"}
        async with httpx2.AsyncClient(base_url=self.origin, headers=headers, timeout=30, trust_env=False) as client:
            yield client

    def sockets_of(self, name: str) -> int:
        """How many connections this person has, as the node sees it."""
        person = self.world.people[name]
        return sum(connection.person == person for connection in self.hearth.sockets.connections)

    async def end_sessions(self, name: str) -> None:
        """What a command line beside the server does: the rows are gone, and no word is said."""
        person = self.world.people[name]
        await self.hearth.database.write(lambda: _do(Say("DELETE FROM session WHERE person = ?", (person,))))


def _do(say: Say) -> Work[None]:
    yield [say]


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@contextlib.asynccontextmanager
async def live_house(
    database_url: str, *, limits: RateLimits | None = None, **settings: Any
) -> AsyncIterator[LiveHouse]:
    """A running node on this database, with nobody in it yet."""
    waiting = listen("127.0.0.1", 0)
    port = addresses([waiting])[0][1]
    key = SecretStr("a key for tests, 32 signs and more")
    chosen = Settings(database_url=database_url, port=port, secret_key=key, drain_s=0, **settings)
    hearth = build(chosen, limits=limits)
    async with _serving(hearth, chosen, waiting) as node, contextlib.AsyncExitStack() as lines:
        yield LiveHouse(hearth, node, port, await world_on(hearth.database), lines)


@contextlib.asynccontextmanager
async def _serving(hearth: Hearth, settings: Settings, waiting: socket.socket) -> AsyncIterator[Node]:
    ready = asyncio.Event()

    async def tell() -> None:
        ready.set()

    node = Node(hearth, configuration(hearth, settings), drain_s=settings.drain_s, ready=tell)
    # The test runner keeps its own signal handlers.
    node.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
    serving = asyncio.create_task(node.serve(sockets=[waiting]))
    try:
        await ready.wait()
        yield node
    finally:
        node.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def gathered(
    folder: Path, template: bytes, *, limits: RateLimits | None = None, **settings: Any
) -> AsyncIterator[LiveHouse]:
    """A node with Ada, Ben and Cleo as members, and "tea", where everybody may be."""
    path = folder / "hearth.db"
    path.write_bytes(template)
    async with live_house(f"sqlite:///{path}", limits=limits, **settings) as house:
        for name in ("Ada", "Ben", "Cleo"):
            await house.world.person(name)
        await house.world.room("tea")
        yield house
