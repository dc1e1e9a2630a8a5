"""How much one person may hold open at the same time, on whichever of their devices."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from rooms.contract import Code, Refused

# Far more tabs than anybody looks at, also while the connections of a flapping network are still held for alive.
# Without a bound one member's script takes every place there is.
AT_ONCE_LIMIT = 64
RETRY_MS = 1_000


class AtOnce:
    """Counts by person what is open just now, of one sort."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def take(self, person: str) -> None:
        """Hold one more open, until it is given back. Refused when there are too many."""
        if self._open[person] >= AT_ONCE_LIMIT:
            raise Refused(Code.TOO_FAST, retry_ms=RETRY_MS)
        self._open[person] += 1

    def give_back(self, person: str) -> None:
        """One of those that were taken is not open any more."""
        self._open[person] -= 1
        if not self._open[person]:
            # People come and go, and the node stays.
            del self._open[person]

    @contextlib.contextmanager
    def one_more(self, person: str) -> Iterator[None]:
        """Hold one more open for the length of the block. Refused when there are too many."""
        self.take(person)
        try:
            yield
        finally:
            self.give_back(person)
