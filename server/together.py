"""Several things at once, of which the first to end, ends all."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from structlog.typing import FilteringBoundLogger

from server.clock import monotonic_ms

SELDOM_MS = 60_000


def going_on() -> bool:
    """Whether the task that asks may go on. Redis's driver can lose a cancellation while it gives a connection back."""
    me = asyncio.current_task()
    return me is not None and not me.cancelling()


class Seldom:
    """Says when something may be said again that others can make come as often as they like."""

    def __init__(self) -> None:
        self._due_ms = 0

    def is_due(self) -> bool:
        """Whether it was not said for a minute. It is from now on."""
        now = monotonic_ms()
        due = now >= self._due_ms
        if due:
            self._due_ms = now + SELDOM_MS
        return due


class Mistakes:
    """Mistakes of ours that end in a loop's edge. Each kind is said once a minute: it may come again every second."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._said: dict[tuple[str, type[Exception]], Seldom] = {}

    def say(self, what: str, error: Exception) -> None:
        """Log what went wrong, with the places it passed, if nothing of its kind was said lately."""
        if self._said.setdefault((what, type(error)), Seldom()).is_due():
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
