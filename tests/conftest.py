"""What many tests stand on: a real database of each kind, empty and up to date."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from server.database import migrate
from server.database.database_postgres import PostgresDatabase
from server.database.database_sqlite import SqliteDatabase
from server.database.ports import Database
from tests.services import postgres_server

ENGINES = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)]
_TEMPLATE = "hearth_template"

# As a test shows what was logged. Left to itself, structlog has an error drawn with every value that was in hand: a
# second and more in which the loop of the test, and what it has under way, stands still.
structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run; its first database is migrated and copied for each test."""
    with postgres_server() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        migrate.upgrade(_named(url, _TEMPLATE))
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty database file, up to date."""
    path = tmp_path_factory.mktemp("template") / "hearth.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path.read_bytes()


def _named(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


@contextlib.contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """The address of a new database, copied from the migrated one, and dropped afterwards."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        yield _named(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "hearth.db"
        path.write_bytes(request.getfixturevalue("sqlite_template"))
        yield f"sqlite:///{path}"
    else:
        with fresh_postgres(request.getfixturevalue("postgres_url")) as url:
            yield url


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database at an address, of either kind."""
    if url.startswith("sqlite"):
        database: SqliteDatabase | PostgresDatabase = SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    else:
        database = PostgresDatabase(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database."""
    async with opened(database_url) as database:
        yield database
