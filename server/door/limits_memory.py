"""Moving windows in this node's memory, on a clock that never jumps."""

from collections import deque
from collections.abc import Callable
from itertools import islice

from limits.storage import MovingWindowSupport, Storage

# Windows that nobody has touched are thrown away when there are so many; an attacker can't fill the memory.
KEYS_LIMIT = 50_000


class MonotonicMemory(Storage, MovingWindowSupport):
    """Storage for the library's moving window. Its own keeps wall time, and would refuse for an hour after a jump."""

    STORAGE_SCHEME = None

    def __init__(self, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._now_s = now_s
        # Each with the seconds that it spans, the ones touched last at the end.
        self._windows: dict[str, tuple[deque[float], int]] = {}

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Memory fails in no way of its own."""
        return ()

    # The library calls it with four in a row.
    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:  # noqa: PLR0917
        """Count `amount` more within the window; false, and nothing is counted, when that would be over the limit."""
        window = self._current(key, expiry)
        if len(window) + amount > limit:
            return False
        window.extend([self._now_s()] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest entry in the window was made, and how many there are."""
        window = self._current(key, expiry)
        return (window[0] if window else self._now_s(), len(window))

    def _current(self, key: str, expiry: int) -> deque[float]:
        known = self._windows.pop(key, None)
        if known is None and len(self._windows) >= KEYS_LIMIT:
            self._forget()
        window = known[0] if known else deque()
        self._windows[key] = window, expiry
        past = self._now_s() - expiry
        while window and window[0] <= past:
            window.popleft()
        return window

    def _forget(self) -> None:
        """Let go of what has run out; if that is too little, of the tenth that nobody has touched for longest."""
        now = self._now_s()
        self._windows = {
            key: (window, expiry)
            for key, (window, expiry) in self._windows.items()
            if window and window[-1] > now - expiry
        }
        over = len(self._windows) - KEYS_LIMIT * 9 // 10
        for key in list(islice(self._windows, max(0, over))):
            del self._windows[key]

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not offered: only moving windows are used."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Not offered."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Not offered."""
        raise NotImplementedError

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; how many windows there were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one window."""
        self._windows.pop(key, None)
