"""What the rest of the server asks of a database: do this work and commit it, or read for me.

A unit of work is a generator. It yields statements, is handed their rows, and returns its result; each `yield` is
one round trip, and the commit follows the last. So a transaction is written once, says nothing about drivers or
waiting, and runs on SQLite's one thread as well as in a PostgreSQL pipeline.

The statements are the SQL that both understand, with `?` for values and four words more: `FOR UPDATE` at the end
(dropped on SQLite, where a write transaction is alone anyway), `NOW_MS()`, the database's own clock,
`EACH_OF(?) AS k`, a table of the elements of a JSON list, each as `k.value`, and `PASSKEYS_REQUIRED()`, which is true
where the database was opened so: it is said once, and then every statement that reads roles goes by it.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Any, ...]


class Say(NamedTuple):
    """One statement and its values; its rows come back."""

    sql: str
    values: Sequence[Value] = ()


class Each(NamedTuple):
    """One statement for each tuple of values; nothing comes back.

    No two of the rows may be for the same row of the table: they may all be done at once.
    """

    sql: str
    rows: Sequence[Sequence[Value]]


Statement: TypeAlias = Say | Each
Work: TypeAlias = Generator[Sequence[Statement], list[list[Row]], T]


class Unavailable(Exception):  # noqa: N818 - it is a state of the world, told to people as such
    """The database can't be reached or written just now. Nothing was stored."""


class Contended(Exception):  # noqa: N818 - as above
    """A lock was not to be had in time, or two transactions waited for each other. Nothing was stored; try again."""


class OutcomeUnknown(Exception):  # noqa: N818 - as above
    """The connection broke while committing: the work may be stored or not."""


class Database(Protocol):
    """Runs units of work. Every call ends within its deadline, with a result or one of the errors above.

    An exception raised by the work itself (a refusal, a bug) rolls it back and reaches the caller as it is.
    """

    async def open(self) -> None:
        """Begin to hold connections; returns at once, also when there is no server to connect to yet."""
        ...

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Do `work` in one transaction, durably committed when this returns."""
        ...

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Do `work`, which only reads, on one consistent view of the data."""
        ...

    async def close(self) -> None:
        """Finish what is being done and let go of all connections."""
        ...


class CountedDatabase(Database, Protocol):
    """A database that also says how much it has to do."""

    @property
    def in_hand(self) -> int:
        """Units of work that are being done, or wait for a connection: none when nobody asks for anything."""
        ...


# A statement may have 65,535 values on PostgreSQL, and 32,766 on SQLite.
ONE_OF_LIMIT = 16_384


def in_parts(values: Sequence[T]) -> list[Sequence[T]]:
    """The values in parts, each of which goes into one statement."""
    return [values[first : first + ONE_OF_LIMIT] for first in range(0, len(values), ONE_OF_LIMIT)]


def one_of(column: str, values: Sequence[Value]) -> Say:
    """A condition that `column` is one of `values`, padded so that few different statements come to exist.

    At most `ONE_OF_LIMIT` of them.
    """
    if not values:
        return Say("1 = 0")
    width = 1
    while width < len(values):
        width *= 2
    padded = [*values, *([values[-1]] * (width - len(values)))]
    return Say(f"{column} IN ({', '.join('?' * width)})", padded)
