"""`hearth demo`: a living community on a database of its own, to see what all this is about."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from server.commands.common import alone, read_settings, stop
from server.commands.serve import Port, listening
from server.settings import Settings

Lan = Annotated[bool, typer.Option("--lan", help="Let phones and others on this network in, and show a QR code.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew, and forget what was said in the demo.")]


def demo(*, lan: Lan = False, fresh: Fresh = False, port: Port = None) -> None:
    """Serve a community to try things out in, with people who answer. Prints links to come in as several people."""
    settings = _settings(port, lan=lan)
    with alone(settings):
        network = _network() if lan else None
        waiting = listening(settings)
        settings = _prepared(settings, fresh=fresh)
        from server.demo.opening import on_port
        from server.demo.serving import serve_demo

        settings = on_port(settings, waiting.getsockname()[1], network=network)
        if not serve_demo(settings, waiting, network=network):
            raise typer.Exit(1)


def _settings(port: int | None, *, lan: bool) -> Settings:
    from server.demo.opening import demo_settings
    from server.settings import with_key

    settings = read_settings(port=port)
    if settings.production:
        stop("HEARTH_ENV is production, and the demo is for trying things out. Run it without that setting.")
    return with_key(demo_settings(settings, lan=lan))


def _network() -> str | None:
    from server.demo.opening import network_address

    found = network_address()
    if found is None:
        typer.echo("This machine is in no network, so only it can open the demo.", err=True)
    return found


def _prepared(settings: Settings, *, fresh: bool) -> Settings:
    """The settings, once there is a whole database behind them."""
    from server.commands.migrate import bring_up_to_date
    from server.demo.opening import forget

    file = settings.sqlite_path
    if file is None:
        stop("The demo has a SQLite file of its own.")
    if fresh:
        forget(file)
    if not file.exists():
        _furnish(settings, file)
    bring_up_to_date(settings)
    return settings


def _furnish(settings: Settings, file: Path) -> None:
    """Make the database aside and move it into place when it is whole: half a week would never be completed."""
    from server.commands.migrate import upgrade
    from server.demo.opening import forget

    aside = file.with_name("unfinished.db")
    forget(aside)
    unfinished = settings.model_copy(update={"database_url": f"sqlite:///{aside}"})
    upgrade(unfinished)
    asyncio.run(_fill(unfinished))
    # The last connection to close has put everything into the one file; what stands beside it would not come along.
    if aside.with_name(f"{aside.name}-wal").exists():
        stop(f"Another program has {aside} open. Close it and start again.")
    aside.replace(file)


async def _fill(settings: Settings) -> None:
    from server.database.opened import opened
    from server.demo.keyring import Keyring
    from server.demo.opening import furnish

    async with opened(settings) as database:
        await furnish(database, Keyring(settings.secret_key.get_secret_value()))
