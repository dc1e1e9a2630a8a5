"""Put a backup in the place of what is there: whole or not at all, with new numberings, on either database."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple, cast

import msgspec
import psycopg
from alembic import command
from alembic.config import Config
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from rooms.audit import OTHER_KEY, Act, End, What, follow_on
from rooms.events import RemovedBy
from rooms.ids import CommunityId, PersonId
from server import backup_file, migrations
from server.audit_sql import Chain
from server.backup import engine_url
from server.backup_file import Header, Part
from server.clock import new_id, wall_ms
from server.database import version
from server.database.database_sqlite import connect
from server.database.ports import Row, Say
from server.door.community_sql import gone_rows
from server.erasing_sql import at_once, without_name
from server.settings import KEY_FILE, Settings
from server.streams.ledger import new_epoch

_SCRIPTS = str(Path(next(iter(migrations.__path__))))
# Rows handed to SQLite at a time.
_PAGE = 2_000
# People and what they said. A database that only has its tables, or a claim link, is empty.
_FILLED = ("person", "community", "stream", "message")


class Refused(Exception):  # noqa: N818 - an answer to whoever asked
    """The restore was not begun; nothing has changed."""


class Erased(NamedTuple):
    """A message whose words must not come back: who took it out and when, where that is known.

    `message` may be a person's id as well: then everything that is kept of them is erased again.
    """

    message: str
    removed: str = "team"
    removed_ms: int | None = None


def checked(settings: Settings, file: Path, *, key: str | None, other_key: bool) -> Header:
    """The header of a backup that may be restored here; `Refused` or `Damaged` otherwise. Reads all of it."""
    header = backup_file.header_of(file)
    if not version.is_known(header.revision):
        raise Refused(f"{file} was made by Hearth {header.version}, which is newer than this one. Upgrade first.")
    if key != header.key and not other_key:
        raise Refused(_other_key(settings, file, header))
    backup_file.verify(file)
    return header


def _other_key(settings: Settings, file: Path, header: Header) -> str:
    return (
        f"{file} needs {header.needs}.\n"
        "Set HEARTH_SECRET_KEY to it and try again; in development you can put the old data folder's"
        f" {KEY_FILE} at {settings.data_dir / KEY_FILE} instead.\n"
        "If that key is lost for good, add --other-key. Then codes given out before open nothing any more, and"
        " whoever was sending when the backup was made may be told that it was sent with other words."
    )


def occupied(settings: Settings) -> bool:
    """Whether people have already been at work in the database."""
    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        return False
    try:
        with _connected(engine_url(settings)) as connection:
            tables = _tables(connection)
            return any(_any_row(connection, table) for table in _FILLED if table in tables)
    except DatabaseError:
        if settings.sqlite_path is None:
            raise
        # A damaged file is one that people were at work in.
        return True


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _any_row(connection: Connection, table: str) -> bool:
    return connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first() is not None  # noqa: S608 - one of ours


def removed_here(settings: Settings) -> list[Erased]:
    """The messages whose words are gone from the database that is about to be replaced.

    Raises SQLAlchemy's `DatabaseError` when that is too damaged to be read.
    """
    with _connected(engine_url(settings)) as connection:
        found = connection.execute(text("SELECT id, removed, removed_ms FROM message WHERE text IS NULL"))
        return [Erased(*row) for row in found] + _people_erased_here(connection)


def _people_erased_here(connection: Connection) -> list[Erased]:
    if "erasure" not in _tables(connection):
        return []
    found = connection.execute(text("SELECT person, asked_ms FROM erasure"))
    return [Erased(person, RemovedBy.ERASED.value, asked_ms) for person, asked_ms in found]


class Decided(NamedTuple):
    """What keepers have decided in the database that is about to be replaced, and goes on in the restored one.

    The backup's holds count in a community that is not among `communities`: the old database knows nothing of it.
    """

    communities: Sequence[str] = ()

    # Community, room, reason, who, since when.
    holds: Sequence[tuple[str, str, str, str, int]] = ()
    # Community, person, when: who was taken out, and has not come back since.
    removed: Sequence[tuple[str, str, int]] = ()


def decided_here(settings: Settings) -> Decided:
    """The legal holds, and who was taken out, in the database that is about to be replaced.

    Raises SQLAlchemy's `DatabaseError` when that is too damaged to be read.
    """
    with _connected(engine_url(settings)) as connection:
        tables = _tables(connection)
        if "hold" not in tables:
            return Decided()
        communities = connection.execute(text("SELECT id FROM community")).scalars().all()
        holds = connection.execute(text("SELECT community, room, reason, person, since_ms FROM hold"))
        found = [(row[0], row[1], row[2], row[3], row[4]) for row in holds]
        if "removed_ms" not in {column["name"] for column in inspect(connection).get_columns("member")}:
            return Decided(communities, found)
        removed = connection.execute(text(_TAKEN_OUT))
        return Decided(communities, found, [(row[0], row[1], row[2]) for row in removed])


class Anew(NamedTuple):
    """How a restored database begins: what must not come back, and the chains where the restore is written down."""

    erased: Sequence[Erased]
    chain: Chain
    # The backup was made under another key, so that nobody here can check what its chains say.
    other_key: bool = False
    decided: Decided = Decided()


def restore(settings: Settings, file: Path, header: Header, *, anew: Anew) -> int:
    """Put a checked backup in the place of the whole database; how many rows it brought.

    Every stream begins a new numbering, so each client fetches what it sees afresh instead of believing in numbers
    that may be given out a second time. Sessions stay. The words of what was erased do not come back, and each
    community's chain of acts goes on with one that says what happened.
    """
    if settings.sqlite_path is not None:
        return _into_sqlite(settings.sqlite_path, file, header, anew=anew)
    return _into_postgres(engine_url(settings), file, header, anew=anew)


def _into_sqlite(path: Path, file: Path, header: Header, *, anew: Anew) -> int:
    fresh = path.with_name(f"{path.name}.restoring")
    _remove(fresh)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _connected(f"sqlite:///{fresh}") as connection:
            rows = _fill(connection, file, header, anew=anew)
        _prove(fresh)
        # The old write-ahead log first: beside the new file, SQLite would write it back into that one.
        _remove(path, files=("-wal", "-shm"))
        fresh.replace(path)
        _sync_folder(path.parent)
    finally:
        _remove(fresh)
    return rows


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path, files: Sequence[str] = ("", "-wal", "-shm")) -> None:
    for ending in files:
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def _prove(fresh: Path) -> None:
    connection = connect(fresh)
    try:
        faults = (
            connection.execute("PRAGMA integrity_check").fetchall()
            + connection.execute("PRAGMA foreign_key_check").fetchall()
        )
    finally:
        # The last connection writes the log back and removes it: the file alone is the database.
        connection.close()
    if [tuple(fault) for fault in faults] != [("ok",)]:
        raise Refused("The backup's rows do not fit together. Nothing has changed.")
    with fresh.open("rb") as written:
        os.fsync(written.fileno())


def _into_postgres(url: str, file: Path, header: Header, *, anew: Anew) -> int:
    # One transaction from the first table dropped to the last row: whatever goes wrong, nothing has changed.
    with _connected(url) as connection:
        others = connection.execute(text(_OTHER_NODES)).scalar_one()
        if others:
            raise Refused(f"{others} connections of Hearth are open on this database. Stop all nodes and workers.")
        if "alembic_version" in _tables(connection):
            command.downgrade(_alembic(connection), "base")
        return _fill(connection, file, header, anew=anew)


_OTHER_NODES = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hearth'"
    " AND pid <> pg_backend_pid()"
)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.attributes["connection"] = connection
    return config


def _fill(connection: Connection, file: Path, header: Header, *, anew: Anew) -> int:
    """Make the tables as they were when the backup was made, fill them, and bring them to today's form."""
    command.upgrade(_alembic(connection), header.revision)
    rows = 0
    with backup_file.parts_of(file) as parts:
        for part in parts:
            rows += _load(connection, Part(part.table, _renewed(part)))
    command.upgrade(_alembic(connection), "head")
    _erase(connection, anew.erased)
    _decide(connection, anew.decided)
    _write_down(connection, header, anew)
    # What waited to be sent when the backup was made has long gone out.
    connection.execute(
        text("UPDATE outbox SET state = 'dropped', done_ms = at_ms WHERE state IN ('waiting', 'sending')")
    )
    connection.execute(text("UPDATE news SET spread_ms = at_ms WHERE spread_ms IS NULL"))
    connection.execute(text("DELETE FROM server WHERE name = 'backup_ms'"))
    connection.execute(
        text("INSERT INTO server (name, value) VALUES ('backup_ms', :made)"), {"made": str(header.made_ms)}
    )
    return rows


def _write_down(connection: Connection, header: Header, anew: Anew) -> None:
    """The restore as the next act of each chain: the backup brings those that were done before it was made."""
    act = Act(what=What.RESTORE, details={"made_ms": header.made_ms, **({OTHER_KEY: True} if anew.other_key else {})})
    for community in connection.execute(text("SELECT id FROM community ORDER BY id")).scalars().all():
        kept = connection.execute(
            text("SELECT count, seal, at_ms FROM audit_end WHERE community = :community"), {"community": community}
        ).first()
        before = End() if kept is None else End(count=kept[0], seal=kept[1], at_ms=kept[2])
        entries, end = follow_on(anew.chain.key_of(community), before, [act], now_ms=wall_ms())
        if kept is None:
            connection.execute(text(_BEGIN_CHAIN), {"community": community})
        connection.execute(
            text(_WRITE_DOWN), [{"community": community, **msgspec.structs.asdict(entry)} for entry in entries]
        )
        connection.execute(text(_MOVE_END), {"community": community, **msgspec.structs.asdict(end)})


_BEGIN_CHAIN = (
    "INSERT INTO audit_end (community, count, seal, at_ms, checked_ms, fault) VALUES (:community, 0, '', 0, 0, 0)"
)
_WRITE_DOWN = (
    "INSERT INTO audit (community, number, at_ms, actor, what, person, room, details, seal)"
    " VALUES (:community, :number, :at_ms, :by, :what, :person, :room, :details, :seal)"
)
_MOVE_END = "UPDATE audit_end SET count = :count, seal = :seal, at_ms = :at_ms WHERE community = :community"


def _renewed(part: Part) -> Iterator[Row]:
    """The rows as they begin their new life: streams with a new epoch, due work that nobody holds."""
    columns = part.table.columns
    match part.table.name:
        case "stream":
            return (_with(row, columns.index("epoch"), new_epoch()) for row in part.rows)
        case "job":
            return (_with(row, columns.index("lease_ms"), 0) for row in part.rows)
        case _:
            return part.rows


def _with(row: Row, place: int, value: object) -> Row:
    return (*row[:place], value, *row[place + 1 :])


def _load(connection: Connection, part: Part) -> int:
    if connection.dialect.name == "postgresql":
        return _copy(connection, part)
    columns = ", ".join(f'"{column}"' for column in part.table.columns)
    marks = ", ".join("?" * len(part.table.columns))
    statement = f'INSERT INTO "{part.table.name}" ({columns}) VALUES ({marks})'  # noqa: S608 - the file's reader allows plain names alone
    count = 0
    while page := list(islice(part.rows, _PAGE)):
        connection.exec_driver_sql(statement, page)
        count += len(page)
    return count


def _copy(connection: Connection, part: Part) -> int:
    raw: psycopg.Connection = cast("psycopg.Connection", connection.connection.driver_connection)
    columns = SQL(", ").join(map(Identifier, part.table.columns))
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(part.table.name), columns)
    count = 0
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in part.rows:
            copy.write_row(row)
            count += 1
    return count


def _erase(connection: Connection, erased: Iterable[Erased]) -> None:
    """Take out again what had been taken out after the backup was made."""
    for message, removed, removed_ms in erased:
        values = {"message": message, "removed": removed, "removed_ms": removed_ms}
        connection.execute(text(_TAKE_OUT), values)
        connection.execute(text("DELETE FROM old_words WHERE message = :message"), values)
        connection.execute(text("DELETE FROM mention WHERE message = :message"), values)
        if connection.execute(text("SELECT 1 FROM person WHERE id = :message"), values).first() is not None:
            _erase_person(connection, PersonId(message), removed_ms)


def _erase_person(connection: Connection, person: PersonId, asked_ms: int | None) -> None:
    """As the first step of an erasure: nobody reads anything of theirs, and the server's own duty does the rest."""
    _run(connection, [*at_once(person), Say("DELETE FROM erasure WHERE person = ?", (person,))])
    _erase_name(connection, person)
    values = {"id": new_id(), "person": person, "asked_ms": asked_ms or wall_ms()}
    connection.execute(text(_BEGIN_AGAIN), values)


def _decide(connection: Connection, decided: Decided) -> None:
    """Let holds stand or be ended as they were, and keep out whoever was taken out after the backup was made.

    A community or a room that the backup does not know has no words to hold.
    """
    for community in decided.communities:
        connection.execute(text("DELETE FROM hold WHERE community = :community"), {"community": community})
    for community, room, reason, person, since_ms in decided.holds:
        # Whoever began it may have come after the backup was made.
        connection.execute(text(_SOMEBODY), {"person": person, "since_ms": since_ms})
        values = {"community": community, "room": room, "reason": reason, "person": person, "since_ms": since_ms}
        connection.execute(text(_HOLD), values)
    for community, person, removed_ms in decided.removed:
        _run(connection, gone_rows(CommunityId(community), PersonId(person), removed_ms))
        values = {"community": community, "person": person, "removed_ms": removed_ms}
        connection.execute(text(_KEEP_OUT), values)


_SOMEBODY = "INSERT INTO person (id, made_ms) VALUES (:person, :since_ms) ON CONFLICT DO NOTHING"
_HOLD = (
    "INSERT INTO hold (community, room, reason, person, since_ms)"
    " SELECT c.id, CAST(:room AS VARCHAR), :reason, p.id, CAST(:since_ms AS BIGINT)"
    " FROM community c JOIN person p ON p.id = :person WHERE c.id = :community"
    " AND (CAST(:room AS VARCHAR) = '' OR EXISTS (SELECT 1 FROM room WHERE id = CAST(:room AS VARCHAR)))"
)
_KEEP_OUT = "UPDATE member SET removed_ms = :removed_ms WHERE community = :community AND person = :person"


def _erase_name(connection: Connection, person: PersonId) -> None:
    found = connection.execute(text(_NAMED), {"said": f'%"{person}"%'}).all()
    for stream, seq, body in found:
        without = without_name(body, person)
        if without is not None:
            connection.execute(text(_UNNAMED), {"body": without, "stream": stream, "seq": seq})


def _run(connection: Connection, statements: Iterable[Say]) -> None:
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    for statement in statements:
        connection.exec_driver_sql(statement.sql.replace("?", mark), tuple(statement.values))


_NAMED = "SELECT e.stream, e.seq, e.body FROM event e WHERE e.message IS NULL AND e.body LIKE :said"
_UNNAMED = "UPDATE event SET body = :body WHERE stream = :stream AND seq = :seq"
_TAKEN_OUT = "SELECT community, person, removed_ms FROM member WHERE removed_ms IS NOT NULL AND left_ms IS NOT NULL"
_BEGIN_AGAIN = (
    "INSERT INTO erasure (id, person, asked_ms, sealed, counts, lease_ms, node)"
    " VALUES (:id, :person, :asked_ms, 0, '{}', 0, '')"
)
_TAKE_OUT = (
    "UPDATE message SET text = NULL, mentions = '[]', removed = coalesce(removed, :removed),"
    " removed_ms = coalesce(removed_ms, :removed_ms, at_ms) WHERE id = :message"
)
