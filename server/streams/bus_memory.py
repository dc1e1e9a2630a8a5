"""A bus between nodes of one process: the only node of a small server, and several in tests."""

import asyncio
from collections.abc import Callable

from rooms.ids import StreamId
from server.clock import new_id
from server.streams.bus import Beat, Ending, Word


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
        self._followed: set[StreamId] = set()
        self.node = new_id()
        self.lost = 0

    @property
    def alone(self) -> bool:
        """Whether no other end hangs on the wire."""
        return len(self._wire.buses) == 1

    def tell(self, word: Word) -> None:
        """Hand the word to the other ends, on the next turn of the loop."""
        if self._wire.cut:
            self.lost += 1
            return
        loop = asyncio.get_running_loop()
        for bus in self._wire.buses:
            if bus is not self or isinstance(word, Beat):
                loop.call_soon(bus.heard, word)

    def heard(self, word: Word) -> None:
        """A word has come over the wire."""
        if self._hear is not None and (isinstance(word, Beat | Ending) or word.stream in self._followed):
            self._hear(word)

    def listen(self, hear: Callable[[Word], None], gap: Callable[[StreamId | None], None]) -> None:
        """Call `hear` for each word from another end. A cut is found by the missing beats, as with a frozen Redis."""
        self._hear = hear

    def follow(self, stream: StreamId) -> None:
        """Hear of the stream from this moment on, so that nothing falls between."""
        self._followed.add(stream)

    def leave(self, stream: StreamId) -> None:
        """Hear nothing more of the stream."""
        self._followed.discard(stream)

    async def run(self) -> None:
        """There is nothing to do: words are handed over as they are said."""

    async def close(self) -> None:
        """Leave the wire."""
        if self in self._wire.buses:
            self._wire.buses.remove(self)
