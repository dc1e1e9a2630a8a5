"""The demo while it runs: the server and, in the same process, the company that talks to it over real sockets."""

import asyncio
import random
import socket

import structlog
import typer

from server import logs
from server.app import build
from server.database.opened import opened
from server.demo.company import Company
from server.demo.keyring import Keyring
from server.demo.opening import Doors, announcement, unlock
from server.demo.pace import Pace
from server.node import Node, configuration
from server.settings import Settings

log = structlog.get_logger("hearth.demo")


def serve_demo(settings: Settings, waiting: socket.socket, *, network: str | None) -> bool:
    """Serve on a socket that already listens until told to stop; false when it did not end well."""
    logs.configure(settings)
    keyring = Keyring(settings.secret_key.get_secret_value())
    hearth = build(settings)
    started = asyncio.Event()

    async def ready() -> None:
        typer.echo(announcement(settings, keyring, network=network))
        started.set()

    config = configuration(hearth, settings)
    node = Node(hearth, config, drain_s=settings.drain_s, ready=ready)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        doors = runner.run(_unlock(settings, keyring))
        company = Company(
            f"http://127.0.0.1:{settings.port}",
            doors.place.room,
            doors.passes,
            pace=Pace(random.Random()),  # noqa: S311 - who says what when is no secret
        )
        runner.run(_together(node, waiting, company, started=started))
    return not node.failed


async def _unlock(settings: Settings, keyring: Keyring) -> Doors:
    async with opened(settings) as database:
        return await unlock(database, keyring)


async def _together(node: Node, waiting: socket.socket, company: Company, *, started: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(_talk(company, started))
        await node.serve(sockets=[waiting])
        talking.cancel()


async def _talk(company: Company, started: asyncio.Event) -> None:
    await started.wait()
    try:
        await company.run()
    except Exception:
        # The owner of this task: a company that has fallen silent must not end the server.
        log.exception("company.fell_silent")
