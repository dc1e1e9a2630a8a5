"""Head sweeps: SQL is asked where streams stand, so that whatever no word told is found all the same."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from rooms.ids import StreamId
from server.database.ports import Contended, Unavailable

# What no notice told is found after so long at most; and after so long while the bus can't be trusted.
SWEEP_S = 5.0
TROUBLED_S = 1.0
# Streams opened together are looked at together.
GATHER_S = 0.02

log = structlog.get_logger("hearth.sweep")


class Sweeper:
    """Says when to sweep, and over which streams."""

    def __init__(self, sweep: Callable[[set[StreamId] | None], Awaitable[None]], troubled: Callable[[], bool]) -> None:
        """`sweep` looks at these streams (None: at all); `troubled` says whether words may be going missing."""
        self._sweep = sweep
        self._troubled = troubled
        self._due: set[StreamId] = set()
        self._all = False
        self._asked = asyncio.Event()

    def gap(self, stream: StreamId | None) -> None:
        """Words about a stream (None: about any) may have been missed: look soon."""
        if stream is None:
            self._all = True
        else:
            self._due.add(stream)
        self._asked.set()

    async def run(self) -> None:
        """Sweep for as long as the node lives."""
        loop = asyncio.get_running_loop()
        swept_at = loop.time()
        while True:
            pause = TROUBLED_S if self._troubled() else SWEEP_S
            await self._asked_within(swept_at + pause - loop.time())
            # Also while single streams are asked for all the time, as when a hall comes in.
            if loop.time() >= swept_at + pause:
                self._all = True
            if self._all:
                swept_at = loop.time()
            await self._look()

    async def _asked_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._asked.wait()
                await asyncio.sleep(GATHER_S)

    async def _look(self) -> None:
        self._asked.clear()
        due, self._due = self._due, set()
        every, self._all = self._all, False
        try:
            await self._sweep(None if every else due)
        except (Unavailable, Contended):
            log.warning("sweep failed")
            # What was asked for is not forgotten; the next look is due when there may be an answer.
            self._due |= due
            self._all |= every
            await asyncio.sleep(TROUBLED_S)
            self._asked.set()
