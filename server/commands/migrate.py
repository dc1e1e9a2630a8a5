"""`hearth migrate`: bring the database to the form that this version wants."""

import sqlite3

import typer

from server.commands.common import PROGRAM, alone, connect, expect_database, read_settings, stop, unanswered
from server.database import version
from server.settings import Settings

LACKING = f"The database lacks migrations. Run `{PROGRAM} migrate` once, then start again."


def migrate() -> None:
    """Bring the database to the form that this version wants. Does nothing when it has it already."""
    settings = read_settings()
    expect_database(settings)
    with alone(settings):
        upgrade(settings)
    typer.echo("The database is up to date.")


def upgrade(settings: Settings) -> None:
    """Run the missing migrations, in a folder that exists."""
    from server.database import migrate as migrations  # Alembic takes half a second to load

    if settings.sqlite_path is not None:
        settings.sqlite_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrations.upgrade(settings.database_url)


def bring_up_to_date(settings: Settings) -> None:
    """Before serving: migrate a SQLite file, which is ours alone; on PostgreSQL stop when it was not done.

    A PostgreSQL that does not answer is no reason to stop: it will, and is looked at then.

    Several nodes share a PostgreSQL database, and which moment is the right one is for people to say.
    """
    if settings.sqlite_path is not None:
        if not version.is_current(_sqlite_revision(settings)):
            upgrade(settings)
    else:
        _expect_migrated(settings)


def _expect_migrated(settings: Settings) -> None:
    import psycopg  # only where there is a PostgreSQL

    try:
        revision = _postgres_revision(settings)
    except psycopg.OperationalError as error:
        # To end, and be started again and again, brings no database back. Whoever asks is told that it lives.
        typer.echo(f"{unanswered(error)}\nHearth waits for it, and is not ready until it does.", err=True)
        return
    if not version.is_current(revision):
        stop(LACKING)


def _sqlite_revision(settings: Settings) -> str | None:
    path = settings.sqlite_path
    if path is None or not path.exists():
        return None
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return None
    return str(rows[0][0]) if rows else None


def _postgres_revision(settings: Settings) -> str | None:
    import psycopg  # only where there is a PostgreSQL

    with connect(settings) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None
