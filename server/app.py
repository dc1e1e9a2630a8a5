"""Everything a node is made of, put together in one place."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from presence.ports import Leases
from rooms.contract import Code
from server.clock import new_id
from server.connection import Desk
from server.database.opened import make_database
from server.database.ports import Contended, Unavailable
from server.door.community_sql import resolve
from server.door.counts_redis import RedisCounts
from server.door.door import Door, Handler
from server.door.guard import Guard, Origins
from server.door.handlers import handlers, http_routes, not_found, page_posts
from server.door.keys import Keys
from server.door.limits import MemoryLimits, RateLimits
from server.door.limits_shared import SharedLimits
from server.door.links_sql import ensure_claim_link
from server.door.organisation_pages import OrganisationPages
from server.door.pages import Pages
from server.door.provider import Provider
from server.door.sessions import Sessions
from server.duties import duties
from server.erasing import Erasing
from server.health import HealthPages, Readiness
from server.here import Here
from server.leases_redis import RedisLeases
from server.link_redis import connect, keep_ready, shared_prefix
from server.live_handlers import LiveHandlers
from server.mail.opened import make_mails, seal_of
from server.mail.postman import Postman
from server.protocol import LiveProtocol
from server.settings import Settings
from server.socket import Sockets
from server.streams.bus import Bus, Ending
from server.streams.bus_memory import MemoryBus
from server.streams.bus_redis import RedisBus
from server.streams.envelopes import Envelopes
from server.streams.streams import Streams
from server.telemetry import Metrics
from server.turns import Turnstile
from server.upkeep import Upkeep

log = structlog.get_logger("hearth.app")

# What `server.webbuild` makes of the folder `web`.
PAGES_FOLDER = Path(__file__).resolve().parent.parent / "web" / "dist"
# Sessions that another node, or the command line, has ended are found within this.
SESSIONS_LOOK_S = 1.0
# So much is asked of Redis at once: leases are written and read, and limits are counted.
ASKED_AT_ONCE = 3


class Hearth:
    """One node: what it serves, and how it goes."""

    live_protocol = LiveProtocol

    def __init__(self, settings: Settings, *, limits: RateLimits | None = None) -> None:
        """`limits` replaces how often people may do things, for load tests."""
        self.settings = settings
        self.metrics = Metrics()
        self.database = make_database(settings)
        self.readiness = Readiness(self.database)
        self.here = Here()
        self._node = new_id()
        self.mails = make_mails(settings)
        # For what is asked of Redis; what is told through it has its own lines.
        self._redis = connect(settings) if settings.redis_url else None
        keys = Keys(settings.secret_key.get_secret_value())
        self.streams = Streams(
            database=self.database,
            bus=self._bus(keys),
            resolver=resolve,
            key=keys.derive("fingerprint"),
            chain=keys.chain(),
            roster_of=self.here.roster_soon,
            metrics=self.metrics,
            several=settings.sqlite_path is None,
        )
        self.here.attach(self.streams, self._leases(keys))
        self.sessions = Sessions(self.database, secure=settings.secure)
        self.sessions.on_ended(lambda person, session: self.streams.end(Ending(person, session)))
        # What another node ended is not believed here for as long as it would be remembered.
        self.streams.on_ending(lambda ending: self.sessions.drop_cached(ending.person, ending.session))
        self.erasing = Erasing(self.database, node=self._node, told=self.streams.committed)
        self.door = self._door(keys, limits or self._limits(keys))
        self.desk = Desk(self.streams, self.here, self.door.limits, self._observe, self.sessions.touch)
        self.sockets = Sockets(self.desk, self.door.identify, admit_per_s=settings.admit_per_s)
        self._live = LiveHandlers(
            settings, self.database, desk=self.desk, sockets=lambda: len(self.sockets.connections)
        )
        self.metrics.sockets.set_function(lambda: len(self.sockets.connections))
        self.metrics.bus_troubled.set_function(lambda: self.streams.troubled)
        self.metrics.peers.set_function(lambda: len(self.streams.peers.others) if self.streams.peers else 0)
        self.metrics.tasks.set_function(lambda: len(asyncio.all_tasks()))
        self.metrics.database_in_hand.set_function(lambda: self.database.in_hand)
        self.metrics.rooms_unknown.set_function(lambda: self.here.unknown)
        self.metrics.people_here.set_function(lambda: self.here.people)
        self.app: ASGIApp = Turnstile(Guard(self._site(), settings))

    def _bus(self, keys: Keys) -> Bus:
        if not self.settings.redis_url:
            return MemoryBus()
        return RedisBus(
            connect(self.settings),
            Envelopes(keys.derive("bus"), self._node),
            node=self._node,
            prefix=shared_prefix(keys),
            metrics=self.metrics,
        )

    def _leases(self, keys: Keys) -> Leases | None:
        if self._redis is None:
            return None
        return RedisLeases(self._redis, node=self._node, prefix=shared_prefix(keys), key=keys.derive("presence"))

    def _limits(self, keys: Keys) -> RateLimits:
        own = MemoryLimits(lift_addresses=self.settings.lift_address_limits)
        if self._redis is None:
            return own
        counts = RedisCounts(self._redis, prefix=shared_prefix(keys))
        return SharedLimits(own, counts, key=keys.derive("rates"), metrics=self.metrics)

    def _door(self, keys: Keys, limits: RateLimits) -> Door:
        return Door(
            settings=self.settings,
            database=self.database,
            streams=self.streams,
            keys=keys,
            chain=keys.chain(),
            sessions=self.sessions,
            erasing=self.erasing,
            mails=self.mails,
            seal=seal_of(self.settings),
            limits=limits,
            origins=Origins(self.settings),
            here=self.here.counts,
            provider=_provider(self.settings),
            observe=self._observe_request,
        )

    def _site(self) -> Starlette:
        given: dict[str, Handler] = {**handlers(self.door), **self._live.handlers()}
        routes: list[BaseRoute] = [WebSocketRoute("/live", self.sockets.serve)]
        routes += HealthPages(self.settings, self.database, readiness=self.readiness, metrics=self.metrics).routes()
        routes += [*http_routes(self.door, given), *OrganisationPages(self.door).routes()]
        routes += [Route("/api/{path:path}", not_found), Route("/live/{path:path}", not_found)]
        return Starlette(
            routes=[*routes, *Pages(PAGES_FOLDER, page_posts(self.door, given)).routes()], lifespan=self._lifespan
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self.database.open()
        tasks = [asyncio.create_task(work) for work in self._works()]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.streams.close()
            if self._redis is not None:
                await self._redis.aclose()
            await self.database.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that a node can't be without has ended by itself: say so loudly, and stop."""
        if not task.cancelled():
            for error in _causes(task.exception()):
                log.critical("node.part_failed", exc_info=error)
            self.readiness.fallen = True

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        works = [self.streams.run(), self.here.run(), self.sockets.run(), self._end_sockets_of_ended_sessions()]
        if isinstance(self.door.limits, SharedLimits):
            works.append(self.door.limits.run())
        if self._redis is not None:
            works.append(keep_ready(self._redis, ASKED_AT_ONCE))
        if self.settings.sqlite_path is not None:
            # One process has the file to itself, so the worker's duties are its own.
            due = duties(self.settings, self.database, self.erasing)
            works.append(Upkeep(self.database, due, node=new_id(), metrics=self.metrics).run())
            works += self._post()
        return works

    def _post(self) -> list[Coroutine[Any, Any, None]]:
        if self.mails is None:
            return []
        seal, address = seal_of(self.settings), self.settings.address
        return [Postman(self.database, self.mails, seal, address=address, node=new_id(), metrics=self.metrics).run()]

    async def _end_sockets_of_ended_sessions(self) -> None:
        """A session may end without a word to this node: ask which of those with open sockets still live."""
        while True:
            await asyncio.sleep(SESSIONS_LOOK_S)
            held = {one.session: one.person for one in (*self.sockets.connections, *self._live.polls.open)}
            try:
                living = await self.sessions.living(held)
            except (Unavailable, Contended):
                # Nobody is thrown out because the database is away; the next look will tell.
                continue
            for session in held.keys() - living:
                self.sessions.forget(held[session], session)

    def _observe(self, kind: str, outcome: str) -> None:
        self.metrics.commands.labels(kind, outcome).inc()
        if outcome in _CODES:
            self.metrics.refusals.labels(outcome).inc()
        if kind == "Follow" and outcome in {"resumed", "snapshot"}:
            self.metrics.resumes.labels(outcome).inc()

    def _observe_request(self, route: str, status: int, took_s: float) -> None:
        self.metrics.requests.labels(route, str(status)).inc()
        self.metrics.request_seconds.labels(route).observe(took_s)

    async def claim_link(self) -> str | None:
        """The link by which the first keeper claims the server; None when it has one."""
        path = await ensure_claim_link(self.database)
        return None if path is None else self.settings.address + path

    async def drain(self, seconds: float) -> None:
        """Send every follower elsewhere, close their sockets in slices, finish what was begun."""
        await self.sockets.drain(seconds)
        # Polls are let go last: nothing holds them open, so nobody has to leave before the end.
        self._live.polls.drain(seconds)
        await self.here.farewell()


_CODES = frozenset(code.value for code in Code)


def build(settings: Settings, *, limits: RateLimits | None = None) -> Hearth:
    """A node for these settings. Opens nothing yet."""
    return Hearth(settings, limits=limits)


def _provider(settings: Settings) -> Provider | None:
    if settings.organisation is None:
        return None
    from server.door.provider_authlib import AuthlibProvider  # noqa: PLC0415 - only where an organisation signs in

    return AuthlibProvider(settings)


def _causes(error: BaseException | None) -> list[BaseException | None]:
    """What a part broke by: of a group, each that is in it."""
    if isinstance(error, BaseExceptionGroup):
        return [cause for one in error.exceptions for cause in _causes(one)]
    return [error]
