"""Every command is done as often as it comes."""

from server.database.ports import Each, Say
from server.streams import transaction


def plant() -> None:
    """Know no nonce."""
    transaction._nonce_statement = lambda _stream, _orders: Say(
        "SELECT person, nonce, fingerprint, receipt FROM nonce WHERE 1 = 0"
    )
    transaction._remember = lambda _stream, _done: Each("", [])
    settle = transaction._RoomBatch.settle

    def again(self: object, order: object, known: object) -> object:
        return settle(self, order, {})  # type: ignore[arg-type]

    transaction._RoomBatch.settle = again  # type: ignore[method-assign,assignment]
