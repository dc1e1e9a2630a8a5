"""How a node stops: not ready, everyone sent elsewhere, then gone, with status 0 and always in time."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.database.ports import Database
from server.health import HealthPages
from server.node import UNACKNOWLEDGED_MS, listen
from server.settings import Settings
from server.telemetry import Metrics
from tests.server.nodes import LittleApp, Running, running
from tests.world import until

ROOT = Path(__file__).parents[2]
GET = b"GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


def with_health(database: Database, settings: Settings, *routes: Route) -> LittleApp:
    app = LittleApp(database, *routes)
    pages = HealthPages(settings, database, readiness=app.readiness, metrics=Metrics())
    app.app.router.routes.extend(pages.routes())
    return app


@contextlib.asynccontextmanager
async def node_on(database: Database, *routes: Route) -> AsyncIterator[Running]:
    settings = Settings(drain_s=3)
    async with running(with_health(database, settings, *routes), settings) as node:
        yield node


async def test_while_people_are_sent_elsewhere_the_node_is_alive_but_not_ready(database: Database) -> None:
    async with node_on(database) as node:
        assert b"200 OK" in await node.answer(GET % b"/readyz")
        seen: list[bytes] = []

        async def look() -> None:
            seen.append(await node.answer(GET % b"/readyz"))
            seen.append(await node.answer(GET % b"/healthz"))

        node.served.on_drain = look
    assert node.served.drained_s == [3]
    assert b"503" in seen[0]
    assert b"draining" in seen[0]
    assert b"200 OK" in seen[1]


async def test_a_request_in_flight_is_answered_before_the_node_goes(database: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: Request) -> Response:
        begun.set()
        await go_on.wait()
        return PlainTextResponse("done after all")

    async with node_on(database, Route("/slow", slow)) as node:
        asking = asyncio.create_task(node.answer(GET % b"/slow"))
        await begun.wait()

        async def let_it_go_on() -> None:
            go_on.set()

        node.served.on_drain = let_it_go_on
    assert (await asking).endswith(b"done after all")


async def test_asked_twice_a_node_does_not_wait_for_anybody(database: Database) -> None:
    began = monotonic()
    async with node_on(database) as node:
        node.node.handle_exit(signal.SIGTERM, None)

        async def for_ever() -> None:
            node.node.handle_exit(signal.SIGTERM, None)
            await asyncio.sleep(3_600)

        node.served.on_drain = for_ever
    assert monotonic() - began < 20


async def test_a_drain_that_breaks_does_not_keep_the_node(database: Database) -> None:
    async with node_on(database) as node:

        async def breaks() -> None:
            raise RuntimeError

        node.served.on_drain = breaks
    assert node.served.readiness.draining


async def test_a_node_whose_part_has_fallen_is_not_ready_and_stops_by_itself(database: Database) -> None:
    seen: list[bytes] = []
    async with node_on(database) as node:

        async def look() -> None:
            node.served.readiness.draining = False
            seen.append(await node.answer(GET % b"/readyz"))

        node.served.on_drain = look
        node.served.readiness.fallen = True
        await until(lambda: seen)
    assert node.node.failed
    assert b'"part"' in seen[0]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has it; elsewhere pings alone must do")
def test_connections_give_up_on_an_end_that_went_silent() -> None:
    with listen("127.0.0.1", 0) as waiting, socket.create_connection(waiting.getsockname()):
        accepted, _ = waiting.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNACKNOWLEDGED_MS


def test_a_port_that_is_taken_is_an_error_and_leaves_no_socket() -> None:
    with listen("127.0.0.1", 0) as waiting, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", waiting.getsockname()[1])


STUCK = """
import asyncio, server.node as node
from server.node import _deadline
with _deadline(0.3):
    asyncio.run(asyncio.sleep(60))
"""


def test_a_stop_that_hangs_is_forced() -> None:
    began = monotonic()
    ended = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, check=False, capture_output=True)
    assert ended.returncode == 1
    assert monotonic() - began < 30
