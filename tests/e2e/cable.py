"""The wire between one browser and the house: it can be cut, pulled out without a word, or carry no sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

_PIECE_BYTES = 64 * 1024
# A request's head is sent at once, so it comes in one piece on this machine.
_UPGRADE = b"upgrade: websocket"


class Cable:
    """Carries bytes to the house and back, as long as it is whole."""

    def __init__(self, house_port: int, *, carries_sockets: bool) -> None:
        self._house_port = house_port
        self._carries_sockets = carries_sockets
        self._whole = True
        self._upwards = asyncio.Event()
        self._downwards = asyncio.Event()
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server
        self.sockets_refused = 0
        self.plug()

    @property
    def address(self) -> str:
        """Where the browser finds the house."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Every connection breaks, and no new one is made."""
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def pull(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._upwards.clear()
        self._downwards.clear()

    def deafen(self) -> None:
        """What the browser says arrives; what the house answers does not."""
        self._downwards.clear()

    def plug(self) -> None:
        """Everything passes again."""
        self._whole = True
        self._upwards.set()
        self._downwards.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        with contextlib.suppress(OSError):
            await self._connected(reader, writer)
        self._ends.discard(writer)
        writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(_PIECE_BYTES)
        if not self._whole:
            return
        if not self._carries_sockets and _UPGRADE in first.lower():
            self.sockets_refused += 1
            return
        await self._upwards.wait()
        to_house, to_browser = await self._both_ways(first)
        try:
            ways = [
                asyncio.create_task(self._pass_on(reader, to_browser, self._upwards)),
                asyncio.create_task(self._pass_on(to_house, writer, self._downwards)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            to_browser.transport.abort()

    async def _both_ways(self, first: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._house_port)
        writer.write(first)
        return reader, writer

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passable: asyncio.Event
    ) -> None:
        while piece := await reader.read(_PIECE_BYTES):
            await passable.wait()
            writer.write(piece)
            await writer.drain()


@contextlib.asynccontextmanager
async def cable_to(house_port: int, *, carries_sockets: bool = True) -> AsyncIterator[Cable]:
    """A whole cable to the house, for the length of a block."""
    cable = Cable(house_port, carries_sockets=carries_sockets)
    cable._server = await asyncio.start_server(cable._carry, "127.0.0.1", 0)
    try:
        yield cable
    finally:
        cable.cut()
        cable._server.close()
        await cable._server.wait_closed()
