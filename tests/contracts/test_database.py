"""One contract for every database: what a unit of work may count on, on each adapter."""

import asyncio
import contextlib
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest

from rooms.commands import PostMessage
from rooms.contract import Code, Refused
from rooms.ids import PersonId, RoomId, room_stream
from server.database import database_postgres, migrate
from server.database.database_postgres import PostgresDatabase
from server.database.database_sqlite import SqliteDatabase
from server.database.opened import make_database
from server.database.ports import (
    Contended,
    CountedDatabase,
    Database,
    Each,
    OutcomeUnknown,
    Row,
    Say,
    Unavailable,
    Work,
    one_of,
)
from server.settings import Settings, Stage
from server.streams.order import Order
from server.streams.transaction import room_batch
from tests.conftest import fresh_postgres, opened
from tests.services import Postgres
from tests.world import new_nonce, until


def _put(name: str, value: str) -> Work[None]:
    yield [Say("INSERT INTO server (name, value) VALUES (?, ?)", (name, value))]


def _all() -> Work[dict[str, str]]:
    [rows] = yield [Say("SELECT name, value FROM server ORDER BY name")]
    return dict(rows)


async def test_what_was_written_is_read_back_by_the_next_reader(database: Database) -> None:
    await database.write(lambda: _put("a", "é – 😀"))
    assert await database.read(_all) == {"a": "é – 😀"}


async def test_a_work_that_raises_leaves_nothing_and_its_reason_reaches_the_asker(database: Database) -> None:
    def halfway() -> Work[None]:
        yield from _put("gone", "1")
        raise Refused(Code.NOT_ALLOWED)

    with pytest.raises(Refused):
        await database.write(halfway)
    assert await database.read(_all) == {}


async def test_a_work_that_fails_takes_none_of_its_neighbours_along(database: Database) -> None:
    answers = await asyncio.gather(
        database.write(lambda: _put("a", "1")),
        database.write(lambda: _put("a", "2")),
        database.write(lambda: _put("b", "3")),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Exception) for answer in answers) == 1
    found = await database.read(_all)
    assert set(found) == {"a", "b"}


async def test_read_then_write_loses_no_update_however_many_do_it_at_once(database: Database) -> None:
    await database.write(lambda: _put("count", "0"))

    def add() -> Work[None]:
        [[(value,)]] = yield [Say("SELECT value FROM server WHERE name = ? FOR UPDATE", ("count",))]
        yield [Say("UPDATE server SET value = ? WHERE name = ?", (str(int(value) + 1), "count"))]

    await asyncio.gather(*(database.write(add) for _ in range(60)))
    assert await database.read(_all) == {"count": "60"}


async def test_many_rows_go_in_with_one_statement_and_none_with_no_rows(database: Database) -> None:
    def work() -> Work[None]:
        yield [
            Each("INSERT INTO server (name, value) VALUES (?, ?)", [(f"n{n}", str(n)) for n in range(300)]),
            Each("INSERT INTO server (name, value) VALUES (?, ?)", []),
        ]

    await database.write(work)
    assert len(await database.read(_all)) == 300


async def test_rows_done_at_once_come_to_what_they_would_one_by_one(database: Database) -> None:
    odd = ['it\'s "so"', "back\\slash {a,b} [1] %s ? $1", "line\nline\ttab", "é – 😀", "null", ""]
    columns = "id, community, epoch, head, tail, acl, tally_rev, at_ms, state"
    insert = f"INSERT INTO stream ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - its words are above
    rows = [(f"room:{n}", None if n % 2 else word, word, 2**40 + n, 0, n, 0, 0, word) for n, word in enumerate(odd)]

    def work() -> Work[list[Row]]:
        yield [Each(insert, rows), Each("INSERT INTO server (name, value) VALUES (?, ?)", [("a", "1"), ("b", "2")])]
        yield [
            Each(
                "UPDATE stream SET head = ?, state = ? WHERE id = ?", [(n, odd[-1 - n], f"room:{n}") for n in range(6)]
            ),
            Each("INSERT INTO server (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", [("b", "3"), ("c", "4")]),
        ]
        [found] = yield [Say("SELECT id, community, epoch, head, acl, state FROM stream ORDER BY id")]
        return found

    assert await database.write(work) == [
        (f"room:{n}", None if n % 2 else word, word, n, n, odd[-1 - n]) for n, word in enumerate(odd)
    ]
    assert await database.read(_all) == {"a": "1", "b": "2", "c": "4"}


async def test_each_of_a_list_is_a_row(database: Database) -> None:
    def work() -> Work[list[Row]]:
        [rows] = yield [
            Say("SELECT k.value ->> 0, k.value ->> 1 FROM EACH_OF(?) AS k", ('[["a","it\'s"],["b","😀"]]',))
        ]
        return rows

    assert await database.read(work) == [("a", "it's"), ("b", "😀")]


async def test_it_says_whether_passkeys_are_required_as_it_was_opened(database_url: str) -> None:
    def asked() -> Work[Any]:
        [[(answer,)]] = yield [Say("SELECT CASE WHEN PASSKEYS_REQUIRED() THEN 'yes' ELSE 'no' END")]
        return answer

    for env, answer in ((Stage.DEVELOPMENT, "no"), (Stage.PRODUCTION, "yes")):
        database = make_database(Settings(env=env, database_url=database_url))
        await database.open()
        assert await database.read(asked) == await database.write(asked) == answer
        await database.close()


async def test_what_is_in_hand_is_counted_until_it_is_done(database: CountedDatabase) -> None:
    await until(lambda: database.in_hand == 0)
    asked = [asyncio.create_task(database.write(lambda n=n: _put(f"{n}", ""))) for n in range(50)]  # type: ignore[misc]
    most = 0
    while not all(one.done() for one in asked):
        most = max(most, database.in_hand)
        await asyncio.sleep(0)
    await asyncio.gather(*asked)
    assert most > 0
    await until(lambda: database.in_hand == 0)


@pytest.mark.parametrize("wanted", [[], ["a"], ["a", "b", "c"], ["a", "nowhere"]])
async def test_one_of_finds_those_named_and_nobody_when_none_is(database: Database, wanted: list[str]) -> None:
    for name in "abcd":
        await database.write(lambda name=name: _put(name, ""))  # type: ignore[misc]
    meant = one_of("name", wanted)

    def work() -> Work[set[str]]:
        [rows] = yield [Say(f"SELECT name FROM server WHERE {meant.sql}", meant.values)]  # noqa: S608
        return {name for (name,) in rows}

    assert await database.read(work) == set(wanted) & set("abcd")


async def test_the_clock_is_the_databases_and_in_milliseconds(database: Database) -> None:
    def clock() -> Work[int]:
        [[(now,)]] = yield [Say("SELECT NOW_MS()")]
        return int(now)

    first = await database.read(clock)
    later = await database.read(clock)
    assert 1_700_000_000_000 < first <= later < first + 60_000


async def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    await database.write(lambda: _put("a", "1"))
    loop = asyncio.get_running_loop()
    between: list[dict[str, str]] = []

    def twice() -> Work[tuple[dict[str, str], dict[str, str]]]:
        before = yield from _all()
        between.append(before)
        after = yield from _all()
        return before, after

    reading, writing = await asyncio.gather(database.read(twice), database.write(lambda: _put("b", "2")))
    assert reading[0] == reading[1]
    assert writing is None
    assert loop.is_running()


async def test_a_reader_can_not_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only|readonly|Unavailable|attempt to write"):
        await database.read(lambda: _put("a", "1"))
    assert await database.read(_all) == {}


def test_migrations_go_up_and_down_and_up_and_leave_no_drift(database_url: str) -> None:
    assert migrate.drift(database_url) == []
    migrate.downgrade(database_url)
    assert migrate.drift(database_url) != []
    migrate.upgrade(database_url)
    assert migrate.drift(database_url) == []


async def test_a_locked_sqlite_file_is_told_as_contended_and_nothing_is_stored(
    tmp_path: Path, sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    monkeypatch.setattr("server.database.database_sqlite.BUSY_MS", 100)
    database = SqliteDatabase(path)
    await database.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Contended):
        await database.write(lambda: _put("a", "1"))
    other.execute("ROLLBACK")
    await database.write(lambda: _put("b", "2"))
    assert await database.read(_all) == {"b": "2"}
    await database.close()
    other.close()


async def test_with_a_disk_that_stops_every_call_ends_in_time_and_says_what_it_knows(
    tmp_path: Path, sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    monkeypatch.setattr("server.database.database_sqlite.DEADLINE_S", 0.2)
    stopped, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> Work[None]:
        loop.call_soon_threadsafe(begun.set)
        yield from _put("slow", "1")
        stopped.wait()

    async with opened(f"sqlite:///{path}") as database:
        writing = asyncio.ensure_future(database.write(slow))
        await begun.wait()
        with pytest.raises(Unavailable):
            await database.write(lambda: _put("behind", "2"))
        with pytest.raises(OutcomeUnknown):
            await writing
        stopped.set()
        await database.write(lambda: _put("after", "3"))
        # What was begun was finished; what was said not to be stored was not.
        assert await database.read(_all) == {"after": "3", "slow": "1"}


def _alone(path: Path) -> list[Row]:
    """What somebody finds who has only this file."""
    assert list(path.parent.iterdir()) == [path]
    with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as alone:
        return alone.execute("SELECT name FROM server").fetchall()


async def test_a_work_whose_transaction_has_gone_is_never_told_as_stored(
    tmp_path: Path, sqlite_template: bytes
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)

    def lost() -> Work[None]:
        yield from _put("lost", "1")
        # As SQLite does by itself when it runs out of disk or memory, and nobody looks.
        yield [Say("ROLLBACK")]

    async with opened(f"sqlite:///{path}") as database:
        with pytest.raises(Unavailable):
            await database.write(lost)
        await database.write(lambda: _put("kept", "2"))
        assert await database.read(_all) == {"kept": "2"}


async def test_the_writer_closes_last_and_then_the_file_alone_is_the_database(
    tmp_path: Path, sqlite_template: bytes
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    release, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def long() -> Work[None]:
        yield [Say("SELECT 1")]
        loop.call_soon_threadsafe(begun.set)
        release.wait()

    database = SqliteDatabase(path)
    await database.open()
    reading = asyncio.ensure_future(database.read(long))
    await begun.wait()
    closing = asyncio.ensure_future(database.close())
    # One turn of the loop, and closing has begun.
    await asyncio.sleep(0)
    try:
        await database.write(lambda: _put("last", "1"))
    finally:
        release.set()
        await asyncio.gather(reading, closing)
    assert _alone(path) == [("last",)]


class BadDisk(sqlite3.Connection):
    """A connection that fails at the statements named, as a disk makes it fail."""

    fails: ClassVar[dict[str, int]] = {}

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql in self.fails:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = self.fails.pop(sql)
            raise error
        return super().execute(sql, *values)


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        ({"COMMIT": sqlite3.SQLITE_IOERR_FSYNC}, OutcomeUnknown),
        ({"COMMIT": sqlite3.SQLITE_FULL}, Unavailable),
        ({"COMMIT": sqlite3.SQLITE_FULL, "ROLLBACK": sqlite3.SQLITE_IOERR}, Unavailable),
    ],
)
async def test_a_disk_that_fails_is_told_as_it_is_and_who_comes_later_is_served(
    tmp_path: Path,
    sqlite_template: bytes,
    monkeypatch: pytest.MonkeyPatch,
    fails: dict[str, int],
    told: type[Exception],
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    real = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda *given, **named: real(*given, factory=BadDisk, **named))
    async with opened(f"sqlite:///{path}") as database:
        monkeypatch.setattr(BadDisk, "fails", dict(fails))
        with pytest.raises(told):
            await database.write(lambda: _put("a", "1"))
        # A disk that could not even undo it says so once more.
        with contextlib.suppress(Unavailable):
            await database.write(lambda: _put("b", "2"))
        await database.write(lambda: _put("c", "3"))
        assert "c" in await database.read(_all)


async def test_a_disk_that_fails_at_one_of_several_works_is_told_to_all_and_who_comes_later_is_served(
    tmp_path: Path, sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hearth.db"
    path.write_bytes(sqlite_template)
    real = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda *given, **named: real(*given, factory=BadDisk, **named))
    release, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def first() -> Work[None]:
        loop.call_soon_threadsafe(begun.set)
        release.wait()
        yield from _put("first", "1")

    def meets_it(name: str) -> Work[None]:
        monkeypatch.setattr(BadDisk, "fails", {"RELEASE one": sqlite3.SQLITE_IOERR})
        yield from _put(name, "2")

    async with opened(f"sqlite:///{path}") as database:
        going = asyncio.ensure_future(database.write(first))
        await begun.wait()
        behind = [asyncio.ensure_future(database.write(lambda name=name: meets_it(name))) for name in "ab"]  # type: ignore[misc]
        # One turn of the loop, and both wait for the writer.
        await asyncio.sleep(0)
        release.set()
        await going
        told = await asyncio.gather(*behind, return_exceptions=True)
        assert [type(error) for error in told] == [Unavailable, Unavailable]
        await database.write(lambda: _put("c", "3"))
        assert await database.read(_all) == {"c": "3", "first": "1"}


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that a test may stop and kill."""
    server = Postgres()
    server.start()
    yield server
    server.stop()


@pytest.mark.postgres
async def test_with_postgres_gone_every_call_says_so_in_time_and_works_again_afterwards(own_postgres: Postgres) -> None:
    migrate.upgrade(own_postgres.url)
    async with opened(own_postgres.url) as database:
        assert isinstance(database, PostgresDatabase)
        await database.write(lambda: _put("before", "1"))
        own_postgres.kill()
        async with asyncio.timeout(10):
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await database.write(lambda: _put("lost", "1"))
            with pytest.raises(Unavailable):
                await database.read(_all)
        own_postgres.start()
        async with asyncio.timeout(30):
            while True:
                try:
                    await database.write(lambda: _put("after", "1"))
                    break
                except Unavailable:
                    continue
        assert await database.read(_all) == {"after": "1", "before": "1"}


@pytest.mark.postgres
async def test_with_a_postgres_that_says_nothing_every_call_ends_in_time_and_says_what_it_knows(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.database.database_postgres.DEADLINE_S", 1.0)
    migrate.upgrade(own_postgres.url)

    def freezes_before_the_commit() -> Work[None]:
        yield from _put("perhaps", "1")
        own_postgres.pause()

    async with opened(own_postgres.url) as database:
        await asyncio.gather(database.read(_all), database.read(_all))
        try:
            async with asyncio.timeout(5):
                with pytest.raises(OutcomeUnknown):
                    await database.write(freezes_before_the_commit)
                with pytest.raises(Unavailable):
                    await database.write(lambda: _put("never", "1"))
                with pytest.raises(Unavailable):
                    await database.read(_all)
        finally:
            own_postgres.go_on()
        async with asyncio.timeout(30):
            while True:
                try:
                    await database.write(lambda: _put("after", "1"))
                    break
                except Unavailable:
                    continue
        assert "never" not in await database.read(_all)


def _sleeps_long() -> Work[None]:
    yield [Say("SET LOCAL statement_timeout = 60000"), Say("SELECT pg_sleep(60)")]


@pytest.mark.postgres
async def test_what_was_begun_for_somebody_who_has_gone_ends_by_its_deadline(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_postgres, "DEADLINE_S", 0.5)
    with fresh_postgres(postgres_url) as url:
        async with opened(url) as database:
            assert isinstance(database, PostgresDatabase)
            asking = asyncio.create_task(database.write(_sleeps_long))
            await until(lambda: database_postgres._in_hand)
            asking.cancel()
            await until(lambda: not database_postgres._in_hand, within_s=10)
            await until(lambda: not database.in_hand)


@pytest.mark.postgres
@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it")
async def test_a_postgres_that_has_gone_without_a_word_is_given_up_by_the_system(postgres_url: str) -> None:
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
    async with opened(postgres_url) as database:
        assert isinstance(database, PostgresDatabase)
        async with database._pool.connection() as connection:
            with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line:
                assert [line.getsockopt(socket.IPPROTO_TCP, one) for one in options] == [10, 5, 3, 10_000]


@pytest.mark.postgres
async def test_a_postgres_that_only_reads_now_is_told_as_unavailable(postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            name = psycopg.sql.Identifier(connection.info.dbname)
            connection.execute(psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        async with opened(url) as database:
            with pytest.raises(Unavailable):
                await database.write(lambda: _put("a", "1"))
            assert await database.read(_all) == {}


@pytest.mark.postgres
async def test_a_row_held_by_somebody_else_is_told_as_contended(postgres_url: str) -> None:
    with fresh_postgres(postgres_url) as url:
        async with opened(url) as database:
            await database.write(lambda: _put("a", "1"))
            async with await psycopg.AsyncConnection.connect(url) as other:
                await other.execute("SELECT value FROM server WHERE name = 'a' FOR UPDATE")

                def wait() -> Work[None]:
                    yield [Say("SELECT value FROM server WHERE name = ? FOR UPDATE", ("a",))]

                with pytest.raises(Contended):
                    await database.write(wait)
                await other.rollback()
            assert await database.read(_all) == {"a": "1"}


def test_a_batch_of_a_room_costs_two_trips_and_the_commit() -> None:
    """The yields of the work are its trips; see docs/decisions/0001."""
    room, person = RoomId("0" * 26), PersonId("1" * 26)
    command = PostMessage(room=room, nonce=new_nonce(), text="hello")
    work = room_batch([Order(room_stream(room), person, command, command.nonce, "f")])
    asked = next(work)
    rows: list[list[Row]] = [[] for _ in asked]
    rows[0] = [(room_stream(room), "e", 0, 0, 0, 0, '{"community":"c"}', 0)]
    rows[1] = [(5,)]
    rows[next(n for n, say in enumerate(asked) if "member AS x" in say.sql)] = [(room, person, "Ada", None, 0, 1, 0)]
    written = work.send(rows)
    with pytest.raises(StopIteration) as done:
        work.send([[] for _ in written])
    assert done.value.value.outcomes[0].seq == 1
