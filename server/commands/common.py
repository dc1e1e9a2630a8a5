"""What every command does first, and how it ends when it can't go on."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer

from server.settings import Settings

if TYPE_CHECKING:
    import psycopg

# Where `./hearth` is started from, and what people type.
PROGRAM = "hearth"


def stop(text: str, *, status: int = 1) -> NoReturn:
    """Say why on stderr, and end."""
    typer.echo(text, err=True)
    raise typer.Exit(status)


def read_settings(**given: object) -> Settings:
    """The settings from the environment, with what was given on the command line; stops when one can't be read."""
    from pydantic import ValidationError  # a second of a start, if every command paid for it

    # Nothing that Hearth writes is anybody else's to read.
    os.umask(0o077)
    # A driver's own lines are for a server's log. A command says once and plainly what does not answer.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        # A default that is made from another setting can't be made without it; that one alone is to be mended.
        told = [one for one in error.errors() if one["type"] != "default_factory_not_called"]
        lines = [f"  HEARTH_{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}" for one in told]
        stop("\n".join(["These settings can't be read:", *lines]))


def safe_settings(**given: object) -> Settings:
    """The settings of a server that may start, with a secret key; names each setting that forbids it."""
    from server.settings import with_key
    from server.unsafe import unsafe

    settings = read_settings(**given)
    problems = unsafe(settings)
    if problems:
        stop("\n".join(["Hearth does not start with these settings:", *(f"  {one}" for one in problems)]))
    return with_key(settings)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Be the one process that writes the SQLite file; stops when another is. Nothing to do on PostgreSQL."""
    from server.only_one import InUse, only_one

    try:
        with only_one(settings.sqlite_path):
            yield
    except InUse as error:
        stop(str(error))


def expect_database(settings: Settings) -> None:
    """Stop when PostgreSQL does not answer. A SQLite file is always there, or will be made."""
    if settings.sqlite_path is None:
        with connected(settings):
            pass


@contextmanager
def connected(settings: Settings) -> "Iterator[psycopg.Connection]":
    """A plain connection to PostgreSQL; stops when it can't be had, and says where to look."""
    import psycopg  # only where there is a PostgreSQL

    try:
        connection = connect(settings)
    except psycopg.OperationalError as error:
        stop(unanswered(error))
    with connection:
        yield connection


def connect(settings: Settings) -> "psycopg.Connection":
    """A plain connection to PostgreSQL; raises `psycopg.OperationalError` when it can't be had."""
    import psycopg  # only where there is a PostgreSQL

    return psycopg.connect(settings.postgres_url, connect_timeout=5)


def unanswered(error: "psycopg.OperationalError") -> str:
    """What to say of a connection that can't be had, and where to look."""
    return f"The database does not answer: {str(error).splitlines()[0]}\nLook at HEARTH_DATABASE_URL."
