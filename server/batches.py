"""Questions that come at once are answered together: while one batch is on its way, those that come wait for the next.

A lone question is asked at once. When many come, each batch gathers for a moment first: it costs a few milliseconds of
processor whatever its size, and in a trickle batches would be small and many. Never more than a few are on their way,
so that a crowd that comes in does not take the database from those who are in already.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

Q = TypeVar("Q")
R = TypeVar("R")

# This many questions within this time are a crowd, and of a crowd those of so long go together.
CROWD = 16
CROWD_S = 0.1
GATHER_S = 0.05


class Batches(Generic[Q, R]):
    """Answers questions of one kind."""

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Awaitable[Sequence[R | Exception]]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        *,
        most: int,
        at_once: int,
    ) -> None:
        """`answer` gives one result a question, an exception for one that is refused; what it raises, all get.

        At most `most` questions go together, and `at_once` batches are on their way. `spawn` starts a task.
        """
        self._answer = answer
        self._spawn = spawn
        self._most = most
        self._at_once = at_once
        self._running = 0
        self._came_at: deque[float] = deque(maxlen=CROWD)
        self._waiting: deque[tuple[Q, asyncio.Future[R]]] = deque()

    async def ask(self, question: Q) -> R:
        """The answer to a question; raises what `answer` gave or raised."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[R] = loop.create_future()
        self._came_at.append(loop.time())
        self._waiting.append((question, told))
        if self._running < self._at_once:
            self._running += 1
            self._spawn(self._run())
        return await told

    async def _run(self) -> None:
        try:
            # What comes in the same turn of the loop goes along.
            await asyncio.sleep(GATHER_S if self._gathers else 0)
            while batch := self._next():
                await self._take(batch)
                if self._gathers:
                    await asyncio.sleep(GATHER_S)
        finally:
            self._running -= 1

    @property
    def _gathers(self) -> bool:
        """Whether more are coming, and have a place in the next batch."""
        crowded = len(self._came_at) == CROWD and asyncio.get_running_loop().time() - self._came_at[0] < CROWD_S
        return crowded and len(self._waiting) < self._most

    def _next(self) -> list[tuple[Q, "asyncio.Future[R]"]]:
        batch: list[tuple[Q, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._most:
            question, told = self._waiting.popleft()
            # Whoever asked may have gone meanwhile.
            if not told.done():
                batch.append((question, told))
        return batch

    async def _take(self, batch: list[tuple[Q, "asyncio.Future[R]"]]) -> None:
        results: Sequence[R | Exception]
        try:
            results = await self._answer([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever it was, everyone who asked is told
            results = [error] * len(batch)
        for (_, told), result in zip(batch, results, strict=True):
            if told.done():
                continue
            if isinstance(result, Exception):
                told.set_exception(result)
            else:
                told.set_result(result)
