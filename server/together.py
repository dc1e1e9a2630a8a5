"""Several things at once, of which the first to end, ends all."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from structlog.typing import FilteringBoundLogger


def going_on() -> bool:
    """Whether the task that asks may go on. Redis's driver can lose a cancellation while it gives a connection back."""
    me = asyncio.current_task()
    return me is not None and not me.cancelling()


class Mistakes:
    """Mistakes of ours that end in a loop's edge. Each kind is said once: it may come again every second."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._said: set[tuple[str, type[Exception]]] = set()

    def say(self, what: str, error: Exception) -> None:
        """Log what went wrong, with the places it passed, if it is the first of its kind."""
        if (what, type(error)) not in self._said:
            self._said.add((what, type(error)))
            self._log.error(what, exc_info=error)


async def until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Run all of these until one returns or raises, which is what this does then; the others are cancelled.

    A task group would do, but for this: cancelled while one of its tasks fails, it forgets that it was cancelled
    (mended in Python 3.13).
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
