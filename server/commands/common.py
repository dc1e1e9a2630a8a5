"""What every command does first, and how it ends when it can't go on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from server.settings import Settings

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
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"  HEARTH_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()]
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
