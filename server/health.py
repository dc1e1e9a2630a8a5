"""What the machines around a node ask it: whether it lives, whether to send people there, what it has counted."""

import asyncio
import hmac
from ipaddress import ip_address, ip_network

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.clock import wall_ms
from server.database import version
from server.database.ports import Database, Say, Work
from server.settings import Settings
from server.telemetry import Metrics

# Whoever asks has its own deadline, usually a few seconds; a database slower than this is not ready.
ASK_S = 2.0
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Readiness:
    """Whether this node may be sent people."""

    def __init__(self, database: Database) -> None:
        self.draining = False
        # A part that a node can't be without has ended by itself.
        self.fallen = False
        self._database = database

    async def missing(self) -> str | None:
        """The first thing that is missing; None when the node is ready."""
        if self.draining:
            return "draining"
        if self.fallen:
            return "part"
        try:
            async with asyncio.timeout(ASK_S):
                revision = await self._database.read(version.stored)
        except Exception:  # noqa: BLE001 - whatever the driver says, the answer is the same: not ready
            return "database"
        return None if version.is_current(revision) else "migrations"


def last_backup() -> Work[int | None]:
    """When the last backup was finished, in milliseconds since 1970."""
    [rows] = yield [Say("SELECT value FROM server WHERE name = 'backup_ms'")]
    return int(rows[0][0]) if rows else None


def living_sessions() -> Work[int]:
    """How many signed-in devices there are."""
    [rows] = yield [Say("SELECT COUNT(*) FROM session WHERE ends_ms > NOW_MS()")]
    return int(rows[0][0])


class HealthPages:
    """`/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, settings: Settings, database: Database, *, readiness: Readiness, metrics: Metrics) -> None:
        self._token = settings.metrics_token.get_secret_value()
        self._proxies = tuple(ip_network(one, strict=False) for one in settings.trusted_proxies)
        self._database = database
        self._readiness = readiness
        self._metrics = metrics

    def routes(self) -> list[Route]:
        """The three pages, for the app's table."""
        return [
            Route("/healthz", self.alive, name="healthz"),
            Route("/readyz", self.ready, name="readyz"),
            Route("/metrics", self.metrics, name="metrics"),
        ]

    async def alive(self, _request: Request) -> Response:
        """The process lives and its loop turns; asks nobody else, so that a restart is only for what it cures."""
        return PlainTextResponse("alive\n")

    async def ready(self, _request: Request) -> Response:
        """Whether to send people here: 200, or 503 and what is missing."""
        missing = await self._readiness.missing()
        if missing is None:
            return JSONResponse({"ready": True})
        return JSONResponse({"ready": False, "missing": missing}, status_code=503, headers={"retry-after": "5"})

    async def metrics(self, request: Request) -> Response:
        """The numbers, for whoever has the token, or for this machine when there is none."""
        if not self._may_read(request):
            # The same as for an address that does not exist.
            return PlainTextResponse("Not Found", status_code=404)
        await self._look_at_database()
        self._metrics.draining.set(int(self._readiness.draining))
        return Response(self._metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _may_read(self, request: Request) -> bool:
        if self._token:
            given = request.headers.get("authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())
        if request.client is None or any(name in request.headers for name in _FORWARDED):
            return False
        asker = ip_address(request.client.host)
        # A proxy on this machine looks like this machine, also when it brings a stranger and says nothing of them.
        return asker.is_loopback and not any(asker in network for network in self._proxies)

    async def _look_at_database(self) -> None:
        try:
            async with asyncio.timeout(ASK_S):
                at_ms = await self._database.read(last_backup)
                self._metrics.sessions.set(await self._database.read(living_sessions))
        except Exception:  # noqa: BLE001 - numbers are wanted most when the database is away
            return
        self._metrics.backup_age_seconds.set(-1 if at_ms is None else max(0, wall_ms() - at_ms) / 1000)
