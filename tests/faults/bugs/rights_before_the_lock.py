"""Rights are read when a command comes in, and the lock is taken afterwards."""

from collections.abc import Sequence

from rooms.ids import RoomId, StreamId, owner_of
from rooms.room import Facts
from server.database.ports import Work
from server.streams import sequencer, transaction
from server.streams.order import Order
from server.streams.room_sql import fact_statements, facts
from server.streams.transaction import Committed


def plant() -> None:
    """Decide on what was read before the lock."""
    room_batch, read_facts = transaction.room_batch, facts

    def batch(stream: StreamId, orders: Sequence[Order]) -> Work[Committed]:
        asked = [(order.actor, order.command) for order in orders if order.actor is not None]
        known = read_facts((yield fact_statements(RoomId(owner_of(stream)), asked)))

        def decided_on(rows: list[object]) -> Facts:
            late = read_facts(rows)  # type: ignore[arg-type]
            return Facts(standings=known.standings, messages=late.messages, reactions=late.reactions)

        work = room_batch(stream, orders)
        asking = next(work)
        while True:
            rows = yield asking
            transaction.facts = decided_on  # type: ignore[assignment]
            try:
                asking = work.send(rows)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]

    transaction.room_batch = sequencer.room_batch = batch
