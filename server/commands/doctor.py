"""`hearth doctor`: what is well, what is not, and what to do."""

import asyncio
from typing import TYPE_CHECKING

import typer

from server.commands.common import read_settings
from server.settings import Settings

if TYPE_CHECKING:
    from server.api_running import Check


def doctor() -> None:
    """Look at everything this server depends on, and say what to do. Status 1 when something is wrong."""
    settings = read_settings()
    found = asyncio.run(_examine(settings))
    for check in found:
        typer.echo(f"{'ok    ' if check.ok else 'NOT OK'}  {check.name}: {check.says}")
        if not check.ok:
            typer.echo(f"        → {check.do}")
    if not all(check.ok for check in found):
        raise typer.Exit(1)


async def _examine(settings: Settings) -> "tuple[Check, ...]":
    from server.database.opened import opened
    from server.doctor import examine, ill, look_at_settings

    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        # Opening it would make it, and looking must change nothing.
        missing = ill("database", f"There is none at {settings.sqlite_path}.", "Run `hearth`, or `hearth migrate`.")
        return missing, look_at_settings(settings)
    async with opened(settings) as database:
        return await examine(settings, database, deep=True)
