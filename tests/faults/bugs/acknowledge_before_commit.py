"""The receipt is given when the statements have run, and the commit comes after it."""

from collections.abc import Sequence

from server.database.ports import Work
from server.streams import sequencer, transaction
from server.streams.order import Order
from server.streams.sequencer import Sequencer
from server.streams.transaction import Committed


def plant() -> None:
    """Answer at the end of the work, which the commit follows."""
    begin, room_batch = Sequencer.__init__, transaction.room_batch
    sequencers: list[Sequencer] = []

    def known(self: Sequencer, *given: object, **named: object) -> None:
        begin(self, *given, **named)  # type: ignore[arg-type]
        sequencers.append(self)

    def hasty(orders: Sequence[Order]) -> Work[Committed]:
        done = yield from room_batch(orders)
        outcomes = {id(order): outcome for order, outcome in zip(orders, done.outcomes, strict=True)}
        for one in sequencers:
            for waiting in [waiting for batch in one._begun.values() for waiting in batch]:
                if id(waiting.order) in outcomes:
                    waiting.answer(outcomes[id(waiting.order)])
        return done

    Sequencer.__init__ = known  # type: ignore[method-assign]
    # The sequencer holds the function by a name of its own.
    transaction.room_batch = sequencer.room_batch = hasty  # type: ignore[attr-defined]
