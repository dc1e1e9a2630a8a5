"""How many live connections a node lets in a second: a hall that comes at once must not stop those who are in."""

import random

from server.clock import monotonic_ms

# Whoever is told to wait comes back at some moment within this, and the sooner the fewer are here.
LONGEST_S = 10.0
SOCKETS_A_SECOND = 500


class Admission:
    """A bucket that fills by `per_s` every second, and holds one second's worth."""

    def __init__(self, per_s: int) -> None:
        """`per_s` is how many may come in a second."""
        self._per_s = per_s
        self._left = float(per_s)
        self._at_ms = monotonic_ms()

    def one_more(self) -> bool:
        """Let one in, if there is room in this second."""
        now = monotonic_ms()
        self._left = min(self._per_s, self._left + (now - self._at_ms) * self._per_s / 1000)
        self._at_ms = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def retry_after_s(sockets: int) -> int:
    """After how many seconds one of those who were not let in is to try again, on a node with so many connections."""
    longest = min(LONGEST_S, sockets / SOCKETS_A_SECOND)
    return 1 + round(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
