"""Make a backup while people talk: everything as it stood at one moment, in one file that either database can take."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import MetaData, create_engine

from rooms.audit import Act, What
from server import backup_file
from server.audit_sql import Chain
from server.backup_file import Header, Part, Table
from server.database.database_sqlite import connect
from server.database.ports import Database, Row, Say, Work
from server.settings import Settings
from server.version import VERSION

# Rows fetched at a time: a few megabytes, however large the table.
_PAGE = 2_000
_DAY_MS = 86_400_000
# Alembic's own; a restored database gets its row from the migrations that make it.
_NOT_OURS = frozenset({"alembic_version"})


class Made(NamedTuple):
    """A finished backup."""

    file: Path
    made_ms: int
    rows: int


def key_mark(secret_key: str) -> str:
    """What shows that a key is the same, without telling it."""
    return hmac.new(secret_key.encode(), b"hearth backup", hashlib.sha256).hexdigest()[:32]


def make_backup(settings: Settings, file: Path, *, key: str) -> Made:
    """Write everything to `file`, whole or not at all, noting the secret `key`. People go on talking meanwhile."""
    tables = _tables(settings)
    with _snapshot(settings) as snapshot:
        header = Header(
            format=backup_file.FORMAT,
            made_ms=snapshot.at_ms,
            version=VERSION,
            revision=snapshot.revision,
            key=key_mark(key),
        )
        counts = backup_file.write(file, header, _parts(tables, snapshot))
    return Made(file, snapshot.at_ms, sum(counts.values()))


async def note_backup(database: Database, made_ms: int, chain: Chain) -> None:
    """Remember when the last backup was made, for the doctor, the numbers and the audit."""
    await database.write(lambda: _note(made_ms, chain))


def _note(made_ms: int, chain: Chain) -> Work[None]:
    yield [
        Say(
            "INSERT INTO server (name, value) VALUES ('backup_ms', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (str(made_ms),),
        ),
    ]
    yield from chain.write_everywhere(Act(what=What.BACKUP))


def dated_file(settings: Settings, made_ms: int) -> Path:
    """A name in the backup folder that sorts by time."""
    at = datetime.fromtimestamp(made_ms / 1000, tz=UTC)
    return settings.backup_dir / f"hearth-{at:%Y%m%d-%H%M%S}.backup"


def drop_old(settings: Settings, now_ms: int) -> list[Path]:
    """Delete dated backups that have been kept long enough: what people erased must not live on in them."""
    oldest = dated_file(settings, now_ms - settings.backup_keep_days * _DAY_MS)
    gone = [file for file in settings.backup_dir.glob("hearth-*.backup") if file.name < oldest.name]
    for file in gone:
        file.unlink()
    return gone


class _Snapshot(NamedTuple):
    """One consistent view of a database: when, under which migration, and the rows of a query."""

    at_ms: int
    revision: str
    select: Callable[[Table], Iterator[Row]]


def _parts(tables: tuple[Table, ...], snapshot: _Snapshot) -> Iterator[Part]:
    """Every table with its rows, as the file wants them."""
    return (Part(table, snapshot.select(table)) for table in tables)


def _snapshot(settings: Settings) -> AbstractContextManager[_Snapshot]:
    if settings.sqlite_path is not None:
        return _sqlite_snapshot(settings.sqlite_path)
    return _postgres_snapshot(settings.postgres_url)


def engine_url(settings: Settings) -> str:
    """The database's address for SQLAlchemy, with the drivers used here."""
    if settings.sqlite_path is not None:
        return f"sqlite:///{settings.sqlite_path}"
    return settings.postgres_url.replace("postgresql://", "postgresql+psycopg://", 1)


def _tables(settings: Settings) -> tuple[Table, ...]:
    """The tables as they are in the database, also when it waits for a migration; what is referred to comes first."""
    engine = create_engine(engine_url(settings))
    found = MetaData()
    try:
        found.reflect(engine)
    finally:
        engine.dispose()
    return tuple(
        Table(name=str(table.name), columns=tuple(str(column.name) for column in table.columns))
        for table in found.sorted_tables
        if table.name not in _NOT_OURS
    )


@contextmanager
def _sqlite_snapshot(path: Path) -> Iterator[_Snapshot]:
    """A read transaction on the write-ahead log: it sees one moment, and holds up nobody who writes.

    Not the copying that SQLite offers for backups: it begins anew at every write of another process, and its copy
    would be a file for SQLite alone.
    """
    connection = connect(path, read_only=True)
    try:
        connection.execute("BEGIN")
        # The first query is what fixes the view.
        [revision, at_ms] = connection.execute(
            "SELECT version_num, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) FROM alembic_version"
        ).fetchone()

        def select(table: Table) -> Iterator[Row]:
            columns = ", ".join(f'"{column}"' for column in table.columns)
            return connection.execute(f'SELECT {columns} FROM "{table.name}"')  # noqa: S608 - names from the database

        yield _Snapshot(at_ms, revision, select)
    finally:
        connection.close()


@contextmanager
def _postgres_snapshot(url: str) -> Iterator[_Snapshot]:
    with psycopg.connect(url, connect_timeout=5, application_name="hearth-backup") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        [[revision, at_ms]] = connection.execute(
            "SELECT version_num, (extract(epoch from clock_timestamp()) * 1000)::bigint FROM alembic_version"
        ).fetchall()

        def select(table: Table) -> Iterator[Row]:
            # A cursor with a name lives in the server, so that rows come in pages instead of all at once.
            with connection.cursor(name="backup") as cursor:
                cursor.itersize = _PAGE
                yield from cursor.execute(_all_rows(table))

        yield _Snapshot(at_ms, revision, select)


def _all_rows(table: Table) -> Composed:
    columns = SQL(", ").join(map(Identifier, table.columns))
    return SQL("SELECT {} FROM {}").format(columns, Identifier(table.name))
