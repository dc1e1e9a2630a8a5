"""A bus between nodes of one process: the only node of a small server, and several in tests."""

import asyncio
from collections.abc import Callable

from server.streams.bus import Word


class MemoryWire:
    """What the buses of several nodes hang on. With `cut` set nothing passes, as when Redis is gone."""

    def __init__(self) -> None:
        self.buses: list[MemoryBus] = []
        self.cut = False


class MemoryBus:
    """One node's end of the wire."""

    def __init__(self, wire: MemoryWire | None = None) -> None:
        self._wire = wire or MemoryWire()
        self._wire.buses.append(self)
        self._hear: Callable[[Word], None] | None = None

    def tell(self, word: Word) -> None:
        """Hand the word to the other ends, on the next turn of the loop."""
        if self._wire.cut:
            return
        for bus in self._wire.buses:
            if bus is not self and bus._hear is not None:  # noqa: SLF001 - another end of the same wire
                asyncio.get_running_loop().call_soon(bus._hear, word)  # noqa: SLF001

    def listen(self, hear: Callable[[Word], None]) -> None:
        """Call `hear` for each word from another end."""
        self._hear = hear

    async def well(self) -> bool:
        """Whether words pass."""
        return not self._wire.cut
