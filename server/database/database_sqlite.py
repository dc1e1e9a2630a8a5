"""SQLite: one thread writes for everyone, a few read. What waits is written together and synced once."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from server.database.ports import Contended, Each, OutcomeUnknown, Row, Say, Statement, Unavailable, Work

T = TypeVar("T")

# One commit carries at most so many works: the first in must not wait for an endless rest.
GATHER = 512
# More writers than this waiting means the disk has stopped: say so instead of piling up.
QUEUE_LIMIT = 20_000
READERS = 2
READ_QUEUE_LIMIT = 5_000
# Only a backup or a command line beside the server ever holds the file; longer than this is a fault.
BUSY_MS = 2_000
# Nobody waits longer for an answer: a disk that has stopped must not stop everyone who asks.
DEADLINE_S = 4.0

_CLOCK = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@lru_cache(maxsize=2048)
def _dialect(sql: str) -> str:
    return sql.removesuffix(" FOR UPDATE").replace("NOW_MS()", _CLOCK).replace("EACH_OF(?)", "json_each(?)")


def connect(path: Path, *, read_only: bool = False, passkeys_required: bool = False) -> sqlite3.Connection:
    """Open the file as Hearth uses it: write-ahead log, every commit synced, erased content overwritten."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.create_function("PASSKEYS_REQUIRED", 0, lambda: int(passkeys_required), deterministic=True)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "journal_size_limit=67108864",
        "cache_size=-32768",
        # 16 MB of log before it is put into the file: pages that every message touches are then written there once in a
        # few hundred messages.
        "wal_autocheckpoint=4000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


def run(connection: sqlite3.Connection, statements: list[Statement]) -> list[list[Row]]:
    """Run the statements in order; the rows of each."""
    rows: list[list[Row]] = []
    for statement in statements:
        match statement:
            case Say(sql, values):
                rows.append(connection.execute(_dialect(sql), tuple(values)).fetchall())
            case Each(sql, many):
                if len(many) == 1:
                    connection.execute(_dialect(sql), many[0])
                elif many:
                    connection.executemany(_dialect(sql), many)
                rows.append([])
    return rows


def drive(connection: sqlite3.Connection, work: Work[T]) -> T:
    """Run a unit of work to its end on an open transaction."""
    try:
        asked = next(work)
        while True:
            try:
                rows = run(connection, list(asked))
            except sqlite3.Error as error:
                asked = work.throw(error)
            else:
                asked = work.send(rows)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # a generator's return value is untyped at run time


class _Job(Generic[T]):
    """One work that waits, and where its answer goes."""

    __slots__ = ("answer", "begun", "error", "future", "given_up", "loop", "make")

    def __init__(self, make: Callable[[], Work[T]], loop: asyncio.AbstractEventLoop) -> None:
        self.make = make
        self.loop = loop
        self.future: asyncio.Future[T] = loop.create_future()
        self.answer: Any = None
        self.error: BaseException | None = None
        self.begun = False
        self.given_up = False

    def begin(self) -> bool:
        """Whether to do the work: not when whoever asked has been told that it was not done."""
        # First said, then looked: of this thread and the one that gives up, at least one sees the other.
        self.begun = True
        return not self.given_up

    def give_up(self) -> bool:
        """Wait no longer. Whether it is sure that the work will not be done."""
        self.given_up = True
        return not self.begun

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.answer)
        else:
            self.future.set_exception(self.error)


def _tell(jobs: list[_Job[Any]]) -> None:
    for job in jobs:
        job.settle()


def _hand_back(jobs: list[_Job[Any]]) -> None:
    """Give every asking loop its answers in one wake-up."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job[Any]]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, mine in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell, mine)
        except RuntimeError:
            # The loop that asked has closed: nobody is left to hear the answer. What was committed stays so.
            continue


def _as_ours(error: sqlite3.Error) -> BaseException:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return Contended(str(error))
    return Unavailable(str(error))


class SqliteDatabase:
    """A database in one file, for one process."""

    def __init__(self, path: Path, *, passkeys_required: bool = False) -> None:
        """`passkeys_required`: roles of the team have force only for people who have a passkey."""
        self.path = path
        self._passkeys_required = passkeys_required
        self._writing: queue.Queue[_Job[Any] | None] = queue.Queue(QUEUE_LIMIT)
        self._reading: queue.Queue[_Job[Any] | None] = queue.Queue(READ_QUEUE_LIMIT)
        self._writer: threading.Thread | None = None
        self._readers: list[threading.Thread] = []
        self._in_hand = 0

    @property
    def in_hand(self) -> int:
        """Works whose askers wait for a thread."""
        return self._in_hand

    async def open(self) -> None:
        """Begin to work: a thread that writes and some that read."""
        # One after the other: a file that is just being put into WAL mode answers everyone else "locked".
        writer, *readers = await asyncio.to_thread(self._connect)
        self._writer = _started("hearth-writer", self._write_loop, writer)
        self._readers = [
            _started(f"hearth-reader-{number}", self._read_loop, reader) for number, reader in enumerate(readers)
        ]

    def _connect(self) -> list[sqlite3.Connection]:
        required = self._passkeys_required
        writer = connect(self.path, passkeys_required=required)
        return [writer, *(connect(self.path, read_only=True, passkeys_required=required) for _ in range(READERS))]

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Hand the work to the writer's thread and wait for its commit."""
        job = _Job(work, asyncio.get_running_loop())
        try:
            return await self._ask(self._writing, job)
        except TimeoutError:
            if job.give_up():
                raise Unavailable("the disk has stopped") from None
            raise OutcomeUnknown("the disk has stopped") from None

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Hand the work to one of the readers' threads."""
        job = _Job(work, asyncio.get_running_loop())
        try:
            return await self._ask(self._reading, job)
        except TimeoutError:
            job.give_up()
            raise Unavailable("the disk has stopped") from None

    async def _ask(self, line: "queue.Queue[_Job[Any] | None]", job: _Job[T]) -> T:
        try:
            line.put_nowait(job)
        except queue.Full:
            raise Unavailable("too much is waiting for the disk") from None
        self._in_hand += 1
        try:
            # Not cancelled with the asker: what the thread has begun it finishes.
            async with asyncio.timeout(DEADLINE_S):
                return await asyncio.shield(job.future)
        finally:
            self._in_hand -= 1

    async def close(self) -> None:
        """Let the threads finish what waits, and join them. Then the file alone is the database.

        Unless another process has it open too.
        """
        # The writer last: only the last connection puts the log back into the file, and of two that close in the same
        # instant neither is it.
        for _ in self._readers:
            self._reading.put(None)
        for reader in self._readers:
            await asyncio.to_thread(reader.join)
        self._writing.put(None)
        if self._writer is not None:
            await asyncio.to_thread(self._writer.join)

    def _write_loop(self, connection: sqlite3.Connection) -> None:
        more = True
        while more:
            more, jobs = _gather(self._writing)
            if jobs:
                _write_together(connection, jobs)
                _hand_back(jobs)
        connection.close()

    def _read_loop(self, connection: sqlite3.Connection) -> None:
        while (job := self._reading.get()) is not None:
            if not job.begin():
                continue
            try:
                connection.execute("BEGIN DEFERRED")
                job.answer = drive(connection, job.make())
            except sqlite3.Error as error:
                job.error = _as_ours(error)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever asked, and goes there
                job.error = error
            finally:
                _undo(connection)
            _hand_back([job])
        connection.close()


def _started(name: str, loop: Callable[[sqlite3.Connection], None], connection: sqlite3.Connection) -> threading.Thread:
    thread = threading.Thread(target=loop, name=name, args=(connection,), daemon=True)
    thread.start()
    return thread


def _gather(line: "queue.Queue[_Job[Any] | None]") -> tuple[bool, list[_Job[Any]]]:
    """Everything that waits, and whether to go on afterwards."""
    first = line.get()
    if first is None:
        return False, []
    jobs = [first]
    while len(jobs) < GATHER:
        try:
            job = line.get_nowait()
        except queue.Empty:
            return True, jobs
        if job is None:
            return False, jobs
        jobs.append(job)
    return True, jobs


def _write_together(connection: sqlite3.Connection, jobs: list[_Job[Any]]) -> None:
    """One transaction for all jobs, each in a savepoint: one that fails takes nobody with it."""
    committing = False
    try:
        connection.execute("BEGIN IMMEDIATE")
        for job in jobs:
            _write_one(connection, job)
        committing = True
        connection.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001 - one thread writes for everybody, so it outlives whatever this was
        ours = _at_commit(error) if committing else error
        for job in jobs:
            job.error = _as_ours(ours) if isinstance(ours, sqlite3.Error) else ours
        _undo(connection)


def _at_commit(error: BaseException) -> BaseException:
    """A disk that failed while syncing may hold the whole transaction all the same, and show it after a crash."""
    code = getattr(error, "sqlite_errorcode", 0)
    return OutcomeUnknown(str(error)) if code & 0xFF == sqlite3.SQLITE_IOERR else error


def _undo(connection: sqlite3.Connection) -> None:
    """Leave no transaction behind; on a disk that fails at that too, the next one says so again."""
    with contextlib.suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _write_one(connection: sqlite3.Connection, job: _Job[Any]) -> None:
    if not job.begin():
        return
    connection.execute("SAVEPOINT one")
    try:
        job.answer = drive(connection, job.make())
    except BaseException as error:
        if not connection.in_transaction:
            raise  # the whole transaction is gone (disk full): everybody is told
        connection.execute("ROLLBACK TO one")
        job.error = _as_ours(error) if isinstance(error, sqlite3.OperationalError) else error
    connection.execute("RELEASE one")
