"""PostgreSQL: each step of a unit of work is one pipeline, so a batch costs three round trips and no more."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg_pool import AsyncConnectionPool

from server.database.ports import Contended, Each, OutcomeUnknown, Row, Say, Statement, Unavailable, Value, Work

T = TypeVar("T")

# Waiting longer for a lock than this is worse than being told to try again.
# Every query that waits for someone finds its rows by an index. A plan is kept: one made while a table was small, which
# then reads all of it, would still be there when it holds a million rows.
OPTIONS = (
    "-c lock_timeout=1000 -c statement_timeout=2000 -c idle_in_transaction_session_timeout=2000"
    " -c synchronous_commit=on -c timezone=UTC -c application_name=hearth"
    " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
)
# All of a unit of work. Its commit has until then; what has not begun to commit is given up much sooner, when the
# server has answered nothing for so long: it is frozen, or cut off, and people are told so in time.
DEADLINE_S = 4.0
SILENCE_S = 2.0
POOL_WAIT_S = 4.0
POOL_SIZE = 10

_ONE_VIEW = (Say("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"),)

_OUR_FAULTS = (psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError)

# A connection that says nothing of it, as no connection of ours, is one that requires them.
_REQUIRED = "current_setting('hearth.passkeys_required', true) IS DISTINCT FROM 'off'"
_CLOCK = "(extract(epoch from clock_timestamp()) * 1000)::bigint"


_INSERT = re.compile(r"INSERT INTO (\w+) \(([\w, ]+)\) VALUES \(\?(?:, \?)*\)(| ON CONFLICT .*)")
_UPDATE = re.compile(r"UPDATE (\w+) SET ((?:\w+ = \?, )*\w+ = \?) WHERE (\w+) = \?")


@lru_cache(maxsize=2048)
def _dialect(sql: str) -> str:
    plain = sql.replace("NOW_MS()", _CLOCK).replace("PASSKEYS_REQUIRED()", f"({_REQUIRED})")
    words = plain.replace("EACH_OF(?)", "json_array_elements(?::json)").split("?")
    return "".join(f"{word}${number}" for number, word in enumerate(words[:-1], 1)) + words[-1]


@lru_cache(maxsize=256)
def _at_once(sql: str) -> tuple[tuple[str, ...], str] | None:
    """The statement that does for a JSON list of rows what `sql` does for one, and what its fields are called.

    The rows take their types from the table itself. None for a statement that is none of the plain two.
    """
    if found := _INSERT.fullmatch(sql):
        table, columns, rest = found.groups()
        given = f"json_populate_recordset(NULL::{table}, $1::json)"
        return tuple(columns.split(", ")), f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {given}{rest}"  # noqa: S608 - made of our own statements' words
    if found := _UPDATE.fullmatch(sql):
        table, sets, key = found.groups()
        columns = tuple(one.partition(" ")[0] for one in sets.split(", "))
        given = f"json_populate_recordset(NULL::{table}, $1::json) AS given"
        new = ", ".join(f"{column} = given.{column}" for column in columns)
        return (*columns, key), f"UPDATE {table} SET {new} FROM {given} WHERE {table}.{key} = given.{key}"  # noqa: S608 - as above
    return None


async def _each(connection: AsyncConnection, sql: str, rows: Sequence[Sequence[Value]]) -> None:
    """One statement for many rows costs a tenth of as many statements, here and in the server."""
    together = _at_once(sql) if len(rows) > 1 else None
    if together is not None and bytes not in set(map(type, chain.from_iterable(rows))):
        columns, at_once = together
        given = msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()
        await connection.execute(at_once, (given,))
    elif len(rows) == 1:
        await connection.execute(_dialect(sql), tuple(rows[0]))
    elif rows:
        await connection.cursor().executemany(_dialect(sql), rows)


async def _run(connection: AsyncConnection, statements: Sequence[Statement]) -> list[list[Row]]:
    cursors: list[psycopg.AsyncCursor | None] = []
    async with connection.pipeline():
        for statement in statements:
            match statement:
                case Say(sql, values):
                    cursors.append(await connection.execute(_dialect(sql), tuple(values)))
                case Each(sql, rows):
                    await _each(connection, sql, rows)
                    cursors.append(None)
    return [
        await cursor.fetchall() if cursor is not None and cursor.description is not None else [] for cursor in cursors
    ]


@dataclass(slots=True)
class _Server:
    """When the server last answered anybody, on the loop's clock: while it does, it is only busy."""

    heard_at: float = 0.0


class _Call:
    """How far one unit of work has come."""

    __slots__ = ("_server", "_since", "committing")

    def __init__(self, server: _Server) -> None:
        # From here on an error says nothing about what was stored, also while the connection is given back.
        self.committing = False
        self._server = server
        self._since = asyncio.get_running_loop().time()

    @property
    def silent_since(self) -> float:
        """From when on the server has answered nobody, for as long as this call has been waiting."""
        return max(self._since, self._server.heard_at)

    def heard(self) -> None:
        """The server has answered."""
        self._server.heard_at = asyncio.get_running_loop().time()

    def ended(self, reason: str) -> Unavailable | OutcomeUnknown:
        """What can be said of the work when it ended, or was ended, for this reason."""
        return OutcomeUnknown(reason) if self.committing else Unavailable(reason)


async def _drive(connection: AsyncConnection, work: Work[T], call: _Call, *, first: Sequence[Statement] = ()) -> T:
    """The result of the work; `first` is said before all else, on the same trip."""
    try:
        asked, skip = [*first, *next(work)], len(first)
        while True:
            rows = await _run(connection, asked)
            call.heard()
            asked, skip = [*work.send(rows[skip:])], 0
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # a generator's return value is untyped at run time
    finally:
        work.close()


def _as_ours(error: psycopg.Error | TimeoutError | OSError) -> BaseException:
    contended = (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.SerializationFailure,
        psycopg.errors.QueryCanceled,
    )
    if isinstance(error, contended):
        return Contended(type(error).__name__)
    # What we asked wrongly is ours to see. All else is the server's state: gone, full, ending us for having slept in a
    # transaction (a node that was paused), or read-only now because another one has taken over.
    if isinstance(error, _OUR_FAULTS):
        return error
    return Unavailable(type(error).__name__)


async def _in_time(doing: Coroutine[Any, Any, T], call: _Call) -> T:
    """The work's result, or within the deadline what can be said of it.

    It is stopped at the deadline and not waited for: with a server that says nothing, the driver takes ten seconds
    more to take back what it asked. Nor does it end with the asker: a socket that ends must not leave a transaction
    holding a row.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(doing)
    until = loop.time() + DEADLINE_S
    # Also when who asked is gone by then.
    ending = loop.call_at(until, task.cancel)
    _in_hand.add(task)
    task.add_done_callback(lambda done: _let_go(done, ending))
    while True:
        silent_from = until if call.committing else min(until, call.silent_since + SILENCE_S)
        await asyncio.wait((task,), timeout=max(0.0, silent_from - loop.time()))
        if task.done() and not task.cancelled():
            return task.result()
        given_up = until if call.committing else min(until, call.silent_since + SILENCE_S)
        if task.cancelled() or loop.time() >= given_up:
            # A commit that has not begun by now never will.
            task.cancel()
            raise call.ended("TimeoutError")


# Works that have begun: the loop alone would not keep them.
_in_hand: set[asyncio.Task[Any]] = set()


def _let_go(done: "asyncio.Task[T]", ending: asyncio.TimerHandle) -> None:
    _in_hand.discard(done)
    ending.cancel()
    if not done.cancelled():
        # Seen here, as who asked may be gone.
        done.exception()


class PostgresDatabase:
    """A database that many nodes share."""

    def __init__(self, url: str, *, passkeys_required: bool = False) -> None:
        """`url` is a libpq address: postgresql://user:password@host/name.

        `passkeys_required`: roles of the team have force only for people who have a passkey.
        """
        self._server = _Server()
        self._pool = AsyncConnectionPool(
            url,
            min_size=2,
            max_size=POOL_SIZE,
            max_waiting=5_000,
            timeout=POOL_WAIT_S,
            open=False,
            kwargs={
                "options": f"{OPTIONS} -c hearth.passkeys_required={'on' if passkeys_required else 'off'}",
                "connect_timeout": 3,
                # A server whose machine has gone without a word is given up by the system: within 25 s when nothing is
                # said to it, and 10 s after something was that it does not take.
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,
                "prepare_threshold": 3,
                # It takes statements as they are sent. The other kind reads long ones through each time, for places.
                "cursor_factory": AsyncRawCursor,
            },
            check=None,
            reconnect_timeout=2,
        )

    @property
    def in_hand(self) -> int:
        """Connections that are lent, and works that wait for one."""
        held = self._pool.get_stats()
        return held["pool_size"] - held["pool_available"] + held["requests_waiting"]

    async def open(self) -> None:
        """Begin to hold connections; returns at once, also when there is no server yet."""
        await self._pool.open(wait=False)

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run the work in one transaction on a connection of its own."""
        call = _Call(self._server)
        return await _in_time(self._write(work, call), call)

    async def _write(self, work: Callable[[], Work[T]], call: _Call) -> T:
        try:
            async with self._pool.connection() as connection:
                result = await _drive(connection, work(), call)
                call.committing = True
                await connection.commit()
                return result
        except (psycopg.Error, TimeoutError, OSError) as error:
            if call.committing:
                raise OutcomeUnknown(type(error).__name__) from error
            raise _as_ours(error) from error

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run the work on one snapshot and throw the transaction away."""
        call = _Call(self._server)
        return await _in_time(self._read(work, call), call)

    async def _read(self, work: Callable[[], Work[T]], call: _Call) -> T:
        try:
            async with self._pool.connection() as connection:
                result = await _drive(connection, work(), call, first=_ONE_VIEW)
                await connection.rollback()
                return result
        except (psycopg.Error, TimeoutError, OSError) as error:
            raise _as_ours(error) from error

    async def close(self) -> None:
        """Let go of all connections."""
        await self._pool.close(timeout=2)
