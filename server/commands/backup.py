"""`hearth backup`: everything in one file, made while people talk."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from server.commands.common import read_settings, stop
from server.settings import Settings

File = Annotated[Path | None, typer.Argument(help="The file to write. Without it: a dated one in the backup folder.")]


def backup(file: File = None) -> None:
    """Write everything to one file, while people talk. It needs this server's secret key to be restored."""
    from sqlalchemy.exc import SQLAlchemyError

    settings = read_settings()
    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        stop(f"There is no database at {settings.sqlite_path}.")
    try:
        _make(settings, file)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        stop(f"No backup was made: {str(error).splitlines()[0]}")


def _make(settings: Settings, file: Path | None) -> None:
    from server.backup import dated_file, drop_old, make_backup
    from server.clock import wall_ms
    from server.settings import kept_key

    key = kept_key(settings)
    if key is None:
        stop("HEARTH_SECRET_KEY is not set. A backup notes which key it needs, so set the one the server has.")
    if file is None:
        settings.backup_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = file or dated_file(settings, wall_ms())
    if target.exists():
        stop(f"{target} is there already. Take another name: a backup overwrites nothing.")
    made = make_backup(settings, target, key=key)
    asyncio.run(_note(settings, made.made_ms))
    typer.echo(f"{made.rows} rows are in {target}. To restore it you need the same HEARTH_SECRET_KEY as now.")
    if file is None:
        for gone in drop_old(settings, made.made_ms):
            typer.echo(f"Deleted {gone}, older than {settings.backup_keep_days} days.")


async def _note(settings: Settings, made_ms: int) -> None:
    from server.backup import note_backup
    from server.database.opened import opened
    from server.door.keys import chain_of
    from server.settings import with_key

    async with opened(settings) as database:
        await note_backup(database, made_ms, chain_of(with_key(settings)))
