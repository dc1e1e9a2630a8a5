"""Bring a database to the newest form, from code: no ini file, the same on both engines.

Migrations are plain and synchronous; they run before a node serves, never while it does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from server.database.tables import METADATA

_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"
# Any number will do as long as every version of Hearth takes the same one.
_LOCK = 727_001


def _sync_url(url: str) -> str:
    """The address with the plain driver, whatever driver it names."""
    scheme, _, rest = url.partition("://")
    return f"{'sqlite' if scheme.startswith('sqlite') else 'postgresql+psycopg'}://{rest}"


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(_sync_url(url))
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Two nodes that start together: one migrates, the other waits and finds nothing to do.
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _run(url: str, step: Callable[[Config], object]) -> None:
    with _connected(url) as connection:
        step(_config(connection))


def upgrade(url: str, to: str = "head") -> None:
    """Run every migration that is still missing."""
    _run(url, lambda config: command.upgrade(config, to))


def downgrade(url: str, to: str = "base") -> None:
    """Take migrations back, down to `to`."""
    _run(url, lambda config: command.downgrade(config, to))


def revision(url: str, message: str) -> None:
    """Write a new migration from the difference between the tables declared and those in the database."""
    _run(url, lambda config: command.revision(config, message, autogenerate=True))


def drift(url: str) -> list[object]:
    """What differs between the declared tables and the database; empty when nothing does."""
    with _connected(url) as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))
