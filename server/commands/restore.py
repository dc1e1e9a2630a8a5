"""`hearth restore`: put a backup in the place of what is there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.common import alone, expect_database, read_settings, stop
from server.settings import Settings

if TYPE_CHECKING:
    from server.restore import Decided, Erased

File = Annotated[Path, typer.Argument(help="The backup.", exists=True, dir_okay=False)]
Replace = Annotated[bool, typer.Option("--replace", help="Also when there are people in the database: they go.")]
OtherKey = Annotated[bool, typer.Option("--other-key", help="Also under another secret key than it was made with.")]
ErasedList = Annotated[
    Path | None,
    typer.Option(
        "--erased", exists=True, dir_okay=False, help="Ids of messages and people, one a line, that must not come back."
    ),
]


def restore(file: File, *, replace: Replace = False, other_key: OtherKey = False, erased: ErasedList = None) -> None:
    """Put a backup in the place of an empty database, or with --replace of any. Stop the server first."""
    from server.backup_file import Damaged
    from server.restore import Refused

    settings = read_settings()
    expect_database(settings)
    with alone(settings):
        try:
            _restore(settings, file, replace=replace, other_key=other_key, listed=erased)
        except Damaged as error:
            stop(f"{file} is not a whole backup: {error}. Nothing has changed.")
        except Refused as error:
            stop(str(error))


def _restore(settings: Settings, file: Path, *, replace: bool, other_key: bool, listed: Path | None) -> None:
    from server.backup import key_mark
    from server.door.keys import chain_of
    from server.restore import Anew, Decided, Erased, checked, occupied, restore
    from server.settings import kept_key, with_key

    key = kept_key(settings)
    if key is None and settings.production:
        stop("HEARTH_SECRET_KEY is not set. The restore is written down under it, so set the one the server will have.")
    header = checked(settings, file, key=key and key_mark(key), other_key=other_key)
    decided = Decided()
    erased = [Erased(line.strip()) for line in listed.read_text().splitlines() if line.strip()] if listed else []
    if occupied(settings):
        if not replace:
            stop("There are people in this database already. Add --replace if the backup shall take their place.")
        erased += _removed_here(settings)
        decided = _decided_here(settings)
    foreign = key is None or key_mark(key) != header.key
    anew = Anew(erased=erased, chain=chain_of(with_key(settings)), other_key=foreign, decided=decided)
    rows = restore(settings, file, header, anew=anew)
    typer.echo(f"{rows} rows are back, as they were at {_said(header.made_ms)}. Every client will fetch them afresh.")


def _removed_here(settings: Settings) -> "list[Erased]":
    from sqlalchemy.exc import DatabaseError

    from server.restore import removed_here

    try:
        return removed_here(settings)
    except DatabaseError:
        typer.echo("What was removed since the backup can't be read here and comes back. Use --erased.", err=True)
        return []


def _decided_here(settings: Settings) -> "Decided":
    from sqlalchemy.exc import DatabaseError

    from server.restore import Decided, decided_here

    try:
        return decided_here(settings)
    except DatabaseError:
        typer.echo("Legal holds, and who was taken out, can't be read here: look at both afterwards.", err=True)
        return Decided()


def _said(at_ms: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(at_ms / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
