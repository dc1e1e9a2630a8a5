"""The receipt is given when the statements have run, and the commit comes after it."""

from collections.abc import Sequence

from rooms.ids import StreamId
from server.database.ports import Work
from server.streams.order import Order
from server.streams.sequencer import Sequencer
from server.streams.transaction import Committed


def plant() -> None:
    """Answer at the end of the work, which the commit follows."""
    work = Sequencer._work

    def hasty(self: Sequencer, stream: StreamId, orders: Sequence[Order]) -> Work[Committed]:
        done = yield from work(self, stream, orders)
        for waiting, outcome in zip(self._begun.get(stream, ()), done.outcomes, strict=False):
            waiting.answer(outcome)
        return done

    Sequencer._work = hasty  # type: ignore[method-assign]
