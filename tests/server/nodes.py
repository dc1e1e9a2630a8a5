"""A node that runs inside the test, with a little app in the place of Hearth."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.database.ports import Database
from server.health import Readiness
from server.node import Node, addresses, configuration, listen
from server.settings import Settings


class LittleApp:
    """What a node needs of Hearth, and what it was told."""

    def __init__(self, database: Database, *routes: Route) -> None:
        self.readiness = Readiness(database)
        self.app = Starlette(routes=[Route("/", self._hello), Route("/echo", self._echo, methods=["POST"]), *routes])
        self.drained_s: list[float] = []
        self.on_drain: Callable[[], Awaitable[None]] | None = None

    async def _hello(self, _request: Request) -> Response:
        return PlainTextResponse("hello")

    async def _echo(self, request: Request) -> Response:
        return Response(await request.body())

    async def claim_link(self) -> str | None:
        return None

    async def drain(self, seconds: float) -> None:
        self.drained_s.append(seconds)
        if self.on_drain is not None:
            await self.on_drain()


class Running:
    """A node at work: where, and what it serves."""

    def __init__(self, node: Node, served: LittleApp, port: int) -> None:
        self.node = node
        self.served = served
        self.port = port

    async def send(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection on which `data` was sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        await writer.drain()
        return reader, writer

    async def answer(self, data: bytes) -> bytes:
        """Everything that comes back until the node closes the connection."""
        reader, writer = await self.send(data)
        try:
            return await reader.read()
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def running(served: LittleApp, settings: Settings) -> AsyncIterator[Running]:
    """A node that serves, until the block ends."""
    ready = asyncio.Event()

    async def tell() -> None:
        ready.set()

    waiting = listen("127.0.0.1", 0)
    node = Node(served, configuration(served, settings), drain_s=settings.drain_s, ready=tell)
    # The test runner keeps its own signal handlers.
    node.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
    serving = asyncio.create_task(node.serve(sockets=[waiting]))
    try:
        await ready.wait()
        yield Running(node, served, addresses([waiting])[0][1])
    finally:
        node.should_exit = True
        await serving
