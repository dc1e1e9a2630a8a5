"""How much a stream, and the node, can take just now. What is over it is refused at once, with a time to come back.

Whoever is let in is answered soon. A queue that only grows would have everybody wait, and help nobody.
"""

import random
from collections.abc import Callable

from rooms.contract import Code, Refused
from rooms.ids import StreamId, kind_of
from rooms.signals import PressureChanged
from server.clock import monotonic_ms

# The longest that may wait in one stream, and on the whole node, whatever the database is doing.
STREAM_LIMIT = 2_000
NODE_LIMIT = 8_000
# While answers come, nobody is let into a line in which the first has waited so long already.
WAIT_MS = 400
# Told to wait, people come back over a while, not all at once.
RETRY_MS = (1_000, 3_000)
# A stream from which nobody has been sent away for so long is at ease again.
EASE_MS = 5_000


class Pressure:
    """Budgets, and the streams that are over theirs."""

    def __init__(self, tell: Callable[[StreamId, PressureChanged], None]) -> None:
        """`tell` is called when a stream comes under pressure, and when it is at ease again."""
        self._tell = tell
        # When somebody was last sent away from a stream, and when that was last told.
        self._refused_ms: dict[StreamId, int] = {}
        self._told_ms: dict[StreamId, int] = {}
        self._answered_ms = 0

    @property
    def high(self) -> frozenset[StreamId]:
        """The streams from which people are being sent away."""
        return frozenset(self._refused_ms)

    def answered(self) -> None:
        """A batch has been written: the database is not what everybody waits for."""
        self._answered_ms = monotonic_ms()

    @property
    def silent_ms(self) -> int:
        """For how long no batch has been written."""
        return monotonic_ms() - self._answered_ms

    def refusal(self, stream: StreamId, *, length: int, since_ms: int | None, total: int) -> Refused | None:
        """What to tell one more who asks for `stream`; None when they may wait.

        `length` wait for it already, the first since `since_ms`, and `total` on the whole node.
        """
        now = monotonic_ms()
        # A community's commands are few and slow: a hall that joins waits its seconds, and nobody is sent away.
        flowing = kind_of(stream) == "room" and now - self._answered_ms < WAIT_MS
        slow = flowing and since_ms is not None and now - since_ms > WAIT_MS
        if not slow and length < STREAM_LIMIT and total < NODE_LIMIT:
            return None
        self._refused_ms[stream] = now
        if now - self._told_ms.get(stream, -EASE_MS) >= EASE_MS:
            # Again and again while it lasts: whoever comes in meanwhile has not heard it.
            self._told_ms[stream] = now
            self._tell(stream, PressureChanged(high=True))
        return Refused(Code.BUSY, retry_ms=random.randint(*RETRY_MS))  # noqa: S311 - jitter, not a secret

    def ease(self) -> None:
        """Say where nobody has been sent away for a while."""
        now = monotonic_ms()
        for stream, refused_ms in list(self._refused_ms.items()):
            if now - refused_ms > EASE_MS:
                del self._refused_ms[stream], self._told_ms[stream]
                self._tell(stream, PressureChanged(high=False))
