"""Events are numbered by a sequence of the database, without the lock on the stream's row."""

from collections import Counter
from collections.abc import Sequence

from rooms.contract import Event
from rooms.ids import StreamId
from server.database.ports import Say, Work
from server.streams import ledger, sequencer, transaction
from server.streams.ledger import Ledger, Stored
from server.streams.order import Order
from server.streams.transaction import Committed

# Two nodes that make it at once: the one that comes second has what it wants.
_BEFORE = "DO $$ BEGIN CREATE SEQUENCE IF NOT EXISTS {}; EXCEPTION WHEN unique_violation THEN NULL; END $$"


def _name(stream: StreamId) -> str:
    return f"numbers_{stream.partition(':')[2].lower()}"


def plant() -> None:
    """Take each room's numbers from a sequence of its own."""
    room_batch, lock_rooms, append = transaction.room_batch, ledger.lock_rooms, Ledger.append
    numbers: dict[StreamId, list[int]] = {}

    def unlocked(rooms: Sequence[StreamId]) -> Say:
        say = lock_rooms(rooms)
        return Say(say.sql.removesuffix(" FOR UPDATE"), say.values)

    def batch(orders: Sequence[Order]) -> Work[Committed]:
        for stream, count in Counter(order.stream for order in orders).items():
            yield [Say(_BEFORE.format(_name(stream)))]
            taken = yield [Say("SELECT nextval(?) FROM generate_series(1, ?)", (_name(stream), count))]
            numbers[stream] = [int(number) for (number,) in taken[0]]
        return (yield from room_batch(orders))

    def numbered(self: Ledger, stream: StreamId, event: Event) -> Stored:
        if numbers.get(stream):
            self.heads[stream].head = numbers[stream].pop(0) - 1
        return append(self, stream, event)

    transaction.lock_rooms = unlocked  # type: ignore[attr-defined]
    # The sequencer holds the function by a name of its own.
    transaction.room_batch = sequencer.room_batch = batch  # type: ignore[attr-defined]
    Ledger.append = numbered  # type: ignore[method-assign]
