"""Every command is done as often as it comes."""

from server.database.ports import Each
from server.streams import transaction
from server.streams.order import Answer, Order
from server.streams.transaction import Known, Outcome


def plant() -> None:
    """Know no nonce."""
    settle = transaction._RoomBatch.settle

    def again(self: transaction._RoomBatch, order: Order, known: Known) -> Outcome:
        return settle(self, order, {})

    def remember(done: list[tuple[Order, Answer]]) -> Each:
        return Each("", [])

    transaction._RoomBatch.settle = again  # type: ignore[method-assign]
    transaction._remember = remember
