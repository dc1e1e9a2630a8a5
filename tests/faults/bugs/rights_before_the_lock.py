"""Rights are read when a command comes in, and the lock is taken afterwards."""

from collections.abc import Sequence

from rooms.ids import RoomId, owner_of
from rooms.room import Facts
from server.database.ports import Row, Work
from server.streams import room_sql, sequencer, transaction
from server.streams.order import Order
from server.streams.room_sql import Told
from server.streams.transaction import Committed

# Members, roles, and who was let in come first among the facts; what follows is about messages.
ABOUT_PEOPLE = 3


def plant() -> None:
    """Decide on what was read before the lock."""
    room_batch, read_facts = transaction.room_batch, room_sql.facts

    def batch(orders: Sequence[Order]) -> Work[Committed]:
        asked = [Told(RoomId(owner_of(o.stream)), o.actor, o.command) for o in orders if o.actor is not None]
        early = yield room_sql.fact_statements(asked)

        def stale(rows: Sequence[list[Row]], asked: Sequence[Told]) -> dict[RoomId, Facts]:
            return read_facts([*early[:ABOUT_PEOPLE], *rows[ABOUT_PEOPLE:]], asked)

        work = room_batch(orders)
        asking = next(work)
        while True:
            rows = yield asking
            # Other batches go on meanwhile, each with what it has read itself.
            transaction.facts = stale  # type: ignore[attr-defined]
            try:
                asking = work.send(rows)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # as of every generator

    transaction.room_batch = sequencer.room_batch = batch  # type: ignore[attr-defined]
