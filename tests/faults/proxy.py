"""A small TCP proxy of our own: each edge of the cluster can be cut, stalled, slowed down and closed on one side, and a
connection to the database broken at its commits.

It runs in a process of its own, so that clients that are busy here slow down nobody's path to the database. Orders
come on its standard input, one JSON object a line, and each is answered by a line when it is in force.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PIECE_BYTES = 16 * 1024
# Little may wait on the way, so that a reader who stops is felt by the node and not swallowed here.
BUFFER_BYTES = 16 * 1024
CONNECT_S = 5.0
BEAT_S = 0.05
# In what a client of PostgreSQL says to end a transaction, and in the answer when it is stored.
COMMIT = b"COMMIT\0"


@dataclass(eq=False)
class Edge:
    """One way through the proxy, from its own port to where a server listens."""

    name: str
    target: int
    server: asyncio.Server | None = None
    whole: bool = True
    delay_s: float = 0.0
    # Whether commits get lost on their way, and whether the answers to them.
    no_commits: bool = False
    no_answers: bool = False
    ends: set[asyncio.StreamWriter] = field(default_factory=set)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    down: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> int:
        """Listen on a free port, which is given back."""
        self.up.set()
        self.down.set()
        waiting = socket.socket()
        # What is accepted takes these over.
        _narrow(waiting)
        waiting.bind(("127.0.0.1", 0))
        self.server = await asyncio.start_server(self._carry, sock=waiting, limit=BUFFER_BYTES)
        return int(waiting.getsockname()[1])

    def cut(self) -> None:
        """Every connection breaks at once, with whatever is on the way, and no new one is made."""
        self.whole = False
        self.snap()

    def snap(self) -> None:
        """Every connection breaks; new ones are made."""
        for end in list(self.ends):
            end.transport.abort()

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """Nothing passes in these directions any more, and nobody is told."""
        if up:
            self.up.clear()
        if down:
            self.down.clear()

    def lose_commits(self, *, stored: bool) -> None:
        """A connection breaks when a commit comes: before it has arrived, or when it is stored and nobody knows yet."""
        self.no_commits, self.no_answers = not stored, stored

    def half_close(self) -> None:
        """Both ends are told that the other will say nothing more, and neither that it can't speak."""
        for end in list(self.ends):
            if end.can_write_eof() and not end.is_closing():
                end.write_eof()

    async def close(self) -> None:
        """Let nobody through any more."""
        assert self.server is not None
        self.server.close()
        self.snap()
        await self.server.wait_closed()

    def mend(self) -> None:
        """Everything passes again."""
        self.whole = True
        self.delay_s = 0.0
        self.no_commits = self.no_answers = False
        self.up.set()
        self.down.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ends.add(writer)
        writer.transport.set_write_buffer_limits(BUFFER_BYTES)
        try:
            if self.whole:
                await self._connected(reader, writer)
        except (OSError, TimeoutError):
            # The server is away: its clients find out in the same way as without a proxy.
            pass
        finally:
            self.ends.discard(writer)
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = socket.socket()
        _narrow(way)
        way.setblocking(False)  # noqa: FBT003 - the socket's own argument
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().sock_connect(way, ("127.0.0.1", self.target))
        except BaseException:
            way.close()
            raise
        back, onwards = await asyncio.open_connection(sock=way, limit=BUFFER_BYTES)
        self.ends.add(onwards)
        onwards.transport.set_write_buffer_limits(BUFFER_BYTES)
        ways = [
            asyncio.create_task(self._pass_on(reader, onwards, self.up, lambda: self.no_commits)),
            asyncio.create_task(self._pass_on(back, writer, self.down, lambda: self.no_answers)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for one in ways:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.ends.discard(onwards)
            onwards.transport.abort()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        passable: asyncio.Event,
        loses: Callable[[], bool],
    ) -> None:
        while piece := await reader.read(PIECE_BYTES):
            if COMMIT in piece and loses():
                raise ConnectionAbortedError
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await passable.wait()
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()


def _narrow(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)


class Proxy:
    """All edges, and what is done to them."""

    def __init__(self) -> None:
        self._edges: dict[str, Edge] = {}
        self._late_ms = 0.0

    async def run(self) -> None:
        """Do what is ordered until standard input ends."""
        loop = asyncio.get_running_loop()
        orders = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        beating = asyncio.create_task(self._beat())
        while line := await orders.readline():
            answer = await self._do(json.loads(line))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        beating.cancel()
        # Whatever is still carried breaks with the process, as is meant.
        os._exit(0)

    async def _beat(self) -> None:
        """Measure how late this machine lets a process run that asks for next to nothing."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(BEAT_S)
            self._late_ms = max(self._late_ms, (loop.time() - began - BEAT_S) * 1000)

    async def _do(self, order: dict[str, Any]) -> object:
        if order["do"] == "open":
            edge = self._edges[order["edge"]] = Edge(order["edge"], order["target"])
            return await edge.open()
        if order["do"] == "late":
            late, self._late_ms = self._late_ms, 0.0
            return late
        edge = self._edges[order["edge"]]
        match order["do"]:
            case "cut":
                edge.cut()
            case "snap":
                edge.snap()
            case "stall":
                edge.stall(up=order.get("up", True), down=order.get("down", True))
            case "delay":
                edge.delay_s = order["by_s"]
            case "lose_commits":
                edge.lose_commits(stored=order["stored"])
            case "half_close":
                edge.half_close()
            case "mend":
                edge.mend()
            case "open_ends":
                return len(edge.ends)
            case unknown:
                raise ValueError(unknown)
        return True


class Proxies:
    """The proxy as those see it who give it orders."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process
        self._turn = asyncio.Lock()
        self.ports: dict[str, int] = {}

    async def start(self) -> None:
        """Start its process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.proxy",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )

    async def tell(self, do: str, edge: str = "", **more: object) -> Any:
        """Give an order and wait until it is in force; what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn, asyncio.timeout(30):
            self._process.stdin.write(json.dumps({"do": do, "edge": edge, **more}).encode() + b"\n")
            answer = await self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the proxy has ended")
        return json.loads(answer)

    async def open(self, edge: str, target: int) -> int:
        """Make an edge to the server at `target`; the port to use in its place."""
        self.ports[edge] = await self.tell("open", edge, target=target)
        return self.ports[edge]

    async def stop(self) -> None:
        """End it, and with it all connections."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


if __name__ == "__main__":
    asyncio.run(Proxy().run())
