"""Events are numbered by a sequence of the database, without the lock on the stream's row."""

from collections.abc import Sequence

from rooms.ids import StreamId, kind_of
from server.database.ports import Say, Statement, Work
from server.streams import sequencer, transaction
from server.streams.ledger import Head, Ledger, Stored
from server.streams.order import Order
from server.streams.transaction import Committed

# Two nodes that make it at once: the one that comes second has what it wants.
_BEFORE = "DO $$ BEGIN CREATE SEQUENCE IF NOT EXISTS {}; EXCEPTION WHEN unique_violation THEN NULL; END $$"


def _name(stream: StreamId) -> str:
    return f"numbers_{stream.partition(':')[2].lower()}"


def plant() -> None:
    """Take each room's numbers from a sequence of its own."""
    room_batch, lock_all, append = transaction.room_batch, transaction.lock_all, Ledger.append
    numbers: dict[StreamId, list[int]] = {}

    def unlocked(streams: list[StreamId]) -> list[Statement]:
        return [
            Say(say.sql.removesuffix(" FOR UPDATE"), say.values) if isinstance(say, Say) else say
            for say in lock_all(streams)
        ]

    def batch(stream: StreamId, orders: Sequence[Order]) -> Work[Committed]:
        yield [Say(_BEFORE.format(_name(stream)))]
        taken = yield [Say("SELECT nextval(?) FROM generate_series(1, ?)", (_name(stream), len(orders)))]
        numbers[stream] = [int(number) for (number,) in taken[0]]
        return (yield from room_batch(stream, orders))

    def numbered(self: Ledger, stream: StreamId, event: object) -> Stored:
        head: Head = self.heads[stream]
        if kind_of(stream) == "room" and numbers.get(stream):
            head.head = numbers[stream].pop(0) - 1
        return append(self, stream, event)  # type: ignore[arg-type]

    transaction.lock_all = unlocked  # type: ignore[assignment]
    # The sequencer holds the function by a name of its own.
    transaction.room_batch = sequencer.room_batch = batch
    Ledger.append = numbered  # type: ignore[method-assign,assignment]
