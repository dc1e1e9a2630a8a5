"""`hearth serve`: the server itself."""

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.common import alone, safe_settings, stop
from server.commands.migrate import LACKING
from server.settings import Settings

if TYPE_CHECKING:
    from server.app import Hearth

# How often a server that was started without its database looks whether it has come.
LOOK_S = 2.0

Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on; 0 takes any free one.")]


def serve(host: Host = None, port: Port = None) -> None:
    """Serve, until told to stop. This is what `hearth` alone does."""
    settings = safe_settings(host=host, port=port)
    with alone(settings):
        from server.commands.migrate import bring_up_to_date

        waiting = listening(settings)
        bring_up_to_date(settings)
        run(settings.model_copy(update={"port": waiting.getsockname()[1]}), waiting)


def listening(settings: Settings) -> socket.socket:
    """A socket that waits where the settings say; stops when there can be none."""
    from server.node import listen

    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        stop(
            f"Nothing can listen on {settings.host} port {settings.port}: {error.strerror}.\n"
            "Take another with --port or HEARTH_PORT, or stop what uses it."
        )


async def _claim_link(hearth: "Hearth") -> str | None:
    """The link by which the first keeper claims the server, as soon as the database can be asked for it."""
    from server.database.ports import Contended, OutcomeUnknown, Unavailable

    lacking = False
    while True:
        missing = await hearth.readiness.missing()
        if missing == "migrations" and not lacking:
            lacking = True
            typer.echo(LACKING, err=True)
        if missing is None:
            with contextlib.suppress(Contended, OutcomeUnknown, Unavailable):
                return await hearth.claim_link()
        await asyncio.sleep(LOOK_S)


def run(settings: Settings, waiting: socket.socket) -> None:
    """Serve on a socket that already listens; returns after a clean stop."""
    from server import logs
    from server.app import build
    from server.node import Node, configuration

    logs.configure(settings)
    hearth = build(settings)

    async def ready() -> None:
        typer.echo(f"Hearth is at {settings.address}")
        link = await _claim_link(hearth)
        if link is not None:
            typer.echo(f"Nobody keeps it yet. Claim it, once: {link}")

    node = Node(hearth, configuration(hearth, settings), drain_s=settings.drain_s, ready=ready)
    node.run(sockets=[waiting])
    if node.failed:
        raise typer.Exit(1)
