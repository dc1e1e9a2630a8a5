"""`hearth worker`: due work, in a process of its own, for a PostgreSQL database."""

import asyncio
import signal

import typer

from server.commands.common import safe_settings
from server.settings import Settings


def worker() -> None:
    """Do the work that is due: erasing, forgetting. One worker is enough; more do no harm.

    On SQLite the server does this itself. The worker then says so and waits to be stopped, because honcho and its
    like stop everything when one process ends.
    """
    settings = safe_settings()
    if settings.sqlite_path is not None:
        asyncio.run(
            _until_stopped("On SQLite the server does the worker's duties itself. This one waits to be stopped.")
        )
        return
    from server import logs
    from server.commands.migrate import bring_up_to_date

    bring_up_to_date(settings)
    logs.configure(settings)
    asyncio.run(_work(settings))


async def _until_stopped(said: str) -> None:
    """Say so, once a signal is no longer the end, and wait for one."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    typer.echo(said)
    await stopped.wait()


async def _work(settings: Settings) -> None:
    from server.clock import new_id
    from server.database.opened import opened
    from server.duties import duties
    from server.logs import loop_trouble
    from server.mail.opened import make_mails, seal_of
    from server.mail.postman import Postman
    from server.telemetry import Metrics
    from server.upkeep import Upkeep

    asyncio.get_running_loop().set_exception_handler(loop_trouble)
    async with opened(settings) as database:
        metrics, mails = Metrics(), make_mails(settings)
        works = [Upkeep(database, duties(settings, database), node=new_id(), metrics=metrics).run()]
        if mails is not None:
            seal, address = seal_of(settings), settings.address
            works.append(Postman(database, mails, seal, address=address, node=new_id(), metrics=metrics).run())
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(work) for work in works]
            await _until_stopped("The worker is at work.")
            for one in working:
                one.cancel()
