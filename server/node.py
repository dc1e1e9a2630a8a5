"""One server process: what uvicorn is told, how it stops, and what may not hang on its sockets."""

import asyncio
import contextlib
import gc
import os
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from types import FrameType
from typing import Any, Protocol

import structlog
import uvicorn
from starlette.types import ASGIApp

from server.health import Readiness
from server.logs import loop_trouble
from server.patient_http import PatientHttp, Unread
from server.protocol import LiveProtocol
from server.settings import Settings
from server.wire import FRAME_LIMIT_BYTES

log = structlog.get_logger()

# A stop is forced after this long, whatever still hangs.
STOP_LIMIT_S = 25
# What requests in flight get to end after everybody was sent elsewhere.
GRACE_S = 4
# Sent bytes that nobody acknowledges for so long: the other end is gone, whatever TCP hopes.
UNACKNOWLEDGED_MS = 30_000
# Two of these missed, and the socket is given up: 40 s, inside the 45 s after which a cable counts as pulled.
PING_S = 20
BACKLOG = 2_048
# The most that a ping holds. The frames' parser counts what it finds inside a message as a part of it.
PING_LIMIT_BYTES = 125


class Served(Protocol):
    """What a node serves, as the wiring makes it."""

    @property
    def app(self) -> ASGIApp:
        """What answers requests."""
        ...

    @property
    def readiness(self) -> Readiness:
        """Whether people may be sent here."""
        ...

    async def claim_link(self) -> str | None:
        """The link by which the first keeper claims the server; None when it has one."""
        ...

    async def drain(self, seconds: float) -> None:
        """Send every follower elsewhere, close their sockets in slices over `seconds`, finish what was begun."""
        ...


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for connections, whose connections give up on a silent other end."""
    family, kind, number, _, place = socket.getaddrinfo(
        host,
        port,
        type=socket.SOCK_STREAM,
        flags=socket.AI_PASSIVE,
    )[0]
    waiting = socket.socket(family, kind, number)
    try:
        waiting.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Linux hands it down to each accepted connection; without it a reader that vanished is never freed.
            waiting.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        waiting.bind(place)
        waiting.listen(BACKLOG)
    except OSError:
        waiting.close()
        raise
    return waiting


def configuration(served: Served, settings: Settings) -> uvicorn.Config:
    """What uvicorn is told."""
    here = {"header_timeout_s": settings.header_timeout_s, "unread": Unread()}
    patient = type("PatientHttpHere", (PatientHttp,), here)
    return uvicorn.Config(
        served.app,
        host=settings.host,
        port=settings.port,
        http=patient,
        ws=LiveProtocol,
        loop="auto",
        lifespan="on",
        workers=1,
        ws_max_size=FRAME_LIMIT_BYTES + PING_LIMIT_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        # Compression would mix secrets with what others chose, and make every frame its own.
        ws_per_message_deflate=False,
        # Whose X-Forwarded-For is believed is the door's to say, once.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )


class Node(uvicorn.Server):
    """A uvicorn server that sends people elsewhere before it stops, and that always stops."""

    def __init__(
        self, served: Served, config: uvicorn.Config, *, drain_s: float, ready: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        super().__init__(config)
        self._served = served
        self._drain_s = drain_s
        self._ready = ready
        self._saying: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then keep what was loaded out of the garbage collector's way, then say that it is ready."""
        asyncio.get_running_loop().set_exception_handler(loop_trouble)
        await super().startup(sockets)
        gc.collect()
        # Some 100,000 objects that live as long as the process: looking through them again costs 30 ms a time.
        gc.freeze()
        if self.started:
            # What is said to people may have to wait for the database; who asks whether the node lives may not.
            self._saying = asyncio.create_task(self._ready())
            self._saying.add_done_callback(_said)

    @property
    def failed(self) -> bool:
        """Whether it never started, or stopped because of a fault of its own."""
        return not self.started or self._served.readiness.fallen

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop: asked to, or a part has fallen. The process manager starts anew."""
        return await super().on_tick(counter) or self._served.readiness.fallen

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that this node is going, send everyone elsewhere, then let go. 25 s at most."""
        with _deadline(STOP_LIMIT_S):
            if self._saying is not None:
                self._saying.cancel()
            self._served.readiness.draining = True
            log.info("node.draining", drain_s=self._drain_s, sockets=len(self.server_state.connections))
            # The listening socket stays open meanwhile, so that /readyz answers and requests in flight end well.
            await self._drain()
            await super().shutdown(sockets)
        log.info("node.stopped")

    async def _drain(self) -> None:
        draining = asyncio.ensure_future(self._served.drain(self._drain_s))
        while not draining.done() and not self.force_exit:
            await asyncio.wait({draining}, timeout=0.1)
        if not draining.done():
            draining.cancel()
        [failed] = await asyncio.gather(draining, return_exceptions=True)
        if isinstance(failed, Exception):
            # They will be closed without a word, and come back by themselves. The stop goes on.
            log.error("node.drain_failed", exc_info=failed)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; asked a second time, do not wait for anybody."""
        if self.should_exit:
            self.force_exit = True
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals as uvicorn does, without sending them on at the end: a clean stop is status 0."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def _said(saying: "asyncio.Task[None]") -> None:
    if not saying.cancelled() and (failed := saying.exception()) is not None:
        log.error("node.ready_failed", exc_info=failed)


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """End the process if what happens here takes longer: a thread does it, since the loop may be what hangs."""
    timer = threading.Timer(seconds, _give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _give_up() -> None:
    log.error("node.stop_forced")
    sys.stdout.flush()
    os._exit(1)


def addresses(sockets: Sequence[socket.socket]) -> list[tuple[str, int]]:
    """Where the sockets listen: host and port, also when the port was the system's choice."""
    return [(str(one.getsockname()[0]), int(one.getsockname()[1])) for one in sockets]
