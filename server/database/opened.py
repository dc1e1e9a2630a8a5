"""Open the database that the settings name, and let go of it again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.database.ports import CountedDatabase, Database
from server.settings import Settings


def make_database(settings: Settings) -> CountedDatabase:
    """The database, not yet open; whoever opens it closes it."""
    # Only one of the two drivers is ever needed, and loading both costs a start 0.2 s.
    if settings.sqlite_path is not None:
        from server.database.database_sqlite import SqliteDatabase  # noqa: PLC0415

        return SqliteDatabase(settings.sqlite_path, passkeys_required=settings.passkeys_required)
    from server.database.database_postgres import PostgresDatabase  # noqa: PLC0415

    return PostgresDatabase(settings.postgres_url, passkeys_required=settings.passkeys_required)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database for the length of a block."""
    database = make_database(settings)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
