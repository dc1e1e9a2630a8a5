"""What every handler at the door is given, and how a route and its handler are bound to HTTP."""

import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, TypeAlias, TypeVar

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from community.ports import Mails
from rooms.contract import Code, Command, Refused, Signal
from rooms.ids import CommunityId, PersonId, RoomId, StreamId, community_stream
from server import api
from server.audit_sql import Chain
from server.clock import new_id
from server.database.ports import Contended, Database, OutcomeUnknown, Unavailable
from server.door.guard import CLIENT, SAFE, Origins, upgrade_refused
from server.door.keys import Keys
from server.door.limits import Limit, RateLimits, address_key
from server.door.problems import Problem, answer, of_refusal, of_status
from server.door.provider import Provider
from server.door.sessions import SessionInfo, Sessions
from server.erasing import Erasing
from server.mail.sealing import Seal
from server.routes import Route
from server.settings import Settings
from server.streams.order import Answer, Order
from server.streams.transaction import Committed

log = structlog.get_logger("hearth.door")

T = TypeVar("T", bound=msgspec.Struct)

# What an address may hold in the place of an id or a slug; anything else is the address of nothing.
_PART = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUERY_LIMIT = 200


class Sequencer(Protocol):
    """Where commands of a community go."""

    def order(self, stream: StreamId, command: Command, *, actor: PersonId | None) -> Order:
        """The order for a command."""
        ...

    async def ask(self, order: Order) -> Answer:
        """Send an order and wait for its receipt. Raises `Refused`."""
        ...

    def signal(self, stream: StreamId, signal: Signal) -> None:
        """Tell the followers of a stream something passing, on all nodes."""
        ...

    def committed(self, done: Committed) -> None:
        """Bring what was stored beside the sequencer to the followers, on all nodes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Everything that the handlers need. Built once, in the server's wiring."""

    settings: Settings
    database: Database
    streams: Sequencer
    keys: Keys
    chain: Chain
    sessions: Sessions
    erasing: Erasing
    # Where mails are handed on; None when mail is not set up.
    mails: Mails | None
    seal: Seal
    limits: RateLimits
    origins: Origins
    # How many people are in each room just now; None when that is unknown.
    here: Callable[[Collection[RoomId]], Awaitable[Mapping[RoomId, int | None]]]
    # The organisation's own sign-in, where there is one.
    provider: Provider | None = None
    # Counts requests: the route's name, the status, the seconds it took.
    observe: Callable[[str, int, float], None] = lambda *_: None

    async def ask(self, community: CommunityId, command: Command, *, actor: PersonId | None) -> Answer:
        """Send a command to its community and wait until it is done. Raises `Refused`."""
        return await self.streams.ask(self.streams.order(community_stream(community), command, actor=actor))

    async def identify(self, socket: WebSocket) -> tuple[PersonId, str] | Response:
        """Who opens a live connection, and on which session; or the answer to one that may not be opened."""
        refused = upgrade_refused(socket.scope, self.origins)
        if refused is not None:
            return answer(refused)
        try:
            found = await self.sessions.who(socket.scope)
        except (Unavailable, Contended, OutcomeUnknown) as error:
            return answer(_of_database(error))
        if found is None:
            return answer(of_refusal(Refused(Code.SIGNED_OUT)))
        return found.person, found.session


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as a handler sees it."""

    session: SessionInfo | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    address: str
    body: msgspec.Struct | None
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def person(self) -> PersonId:
        """Who asks. Refused when nobody is signed in."""
        if self.session is None:
            raise Refused(Code.SIGNED_OUT)
        return self.session.person

    def take(self, kind: type[T]) -> T:
        """The body, which the route's table says is of this kind."""
        if not isinstance(self.body, kind):
            raise TypeError(f"the route has no body of {kind.__name__}")
        return self.body


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with cookies."""

    view: api.View
    cookies: tuple[str, ...] = ()


# What a handler gives: a view, one with cookies, or JSON that is made already.
Answered: TypeAlias = msgspec.Struct | Given | bytes
Handler: TypeAlias = Callable[[Asked], Awaitable[Answered]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def bind(door: Door, route: Route, handler: Handler) -> Endpoint:
    """The endpoint of a route: who asks, how often, with what body; then the handler; then its answer or problem."""

    async def endpoint(request: Request) -> Response:
        began = time.monotonic()
        try:
            response = await _answered(door, route, handler, request=request)
        except Problem as problem:
            response = answer(problem)
        except Refused as refused:
            response = answer(of_refusal(refused))
        except (Unavailable, Contended, OutcomeUnknown) as error:
            response = answer(_of_database(error))
        except ClientDisconnect:
            # Nobody reads the answer; it is no fault of ours that would be worth a line, or a way to fill the log.
            response = answer(of_status(HTTPStatus.BAD_REQUEST))
        except Exception as error:  # noqa: BLE001 - the edge of a request: a bug of ours must have an answer too
            response = answer(_of_bug(route, error))
        door.observe(route.name, response.status_code, time.monotonic() - began)
        return response

    return endpoint


class ByMethod:
    """One address: the endpoint of the request's method, or a problem that says which methods there are."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints
        self._allowed = ", ".join(sorted(endpoints))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self._endpoints.get(method)
        if endpoint is None:
            response = answer(of_status(HTTPStatus.METHOD_NOT_ALLOWED))
            response.headers["Allow"] = self._allowed
        else:
            response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)


def _of_database(error: Exception) -> Problem:
    match error:
        case Contended():
            code = Code.BUSY
        case OutcomeUnknown():
            code = Code.UNKNOWN
        case _:
            code = Code.UNAVAILABLE
    return of_refusal(Refused(code))


def _of_bug(route: Route, error: Exception) -> Problem:
    reference = new_id()[-8:]
    log.error("request failed", route=route.name, reference=reference, error=type(error).__name__, exc_info=error)
    return of_refusal(Refused(Code.INTERNAL, reference=reference))


async def _answered(door: Door, route: Route, handler: Handler, *, request: Request) -> Response:
    # What a page asks by itself, again and again, is no sign that somebody is there.
    session = await door.sessions.who(request.scope, renews=True, touches=route.name != "poll")
    if session is None and not route.open:
        raise Refused(Code.SIGNED_OUT)
    if session is not None:
        _not_too_fast(door, route, session)
    asked = Asked(
        session=session,
        path=_parts(request),
        query=_query(request),
        address=address_key(request.scope[CLIENT]),
        body=await _body(route, request),
        cookies=request.cookies,
    )
    if route.method not in SAFE:
        await _still_wanted(request)
    return _response(door, await handler(asked), session)


async def _still_wanted(request: Request) -> None:
    """Change nothing for somebody who has gone.

    A node that was frozen finds what came meanwhile when it goes on. Whoever asked has long asked another, and may have
    undone it since: done now, it would let somebody in who was put out.
    """
    await request.body()
    if await request.is_disconnected():
        raise ClientDisconnect


def _not_too_fast(door: Door, route: Route, session: SessionInfo) -> None:
    retry_ms = door.limits.allow(Limit.ASK, session.session)
    # A poll's commands are counted one by one, as on a socket.
    if retry_ms is None and route.method not in SAFE and route.name != "poll":
        retry_ms = door.limits.allow(Limit.CHANGE, session.person)
    if retry_ms is not None:
        raise Refused(Code.TOO_FAST, retry_ms=retry_ms)


def _parts(request: Request) -> dict[str, str]:
    if not all(_PART.fullmatch(part) for part in request.path_params.values()):
        raise Refused(Code.NOT_FOUND)
    return dict(request.path_params)


def _query(request: Request) -> dict[str, str]:
    query = dict(request.query_params)
    # PostgreSQL takes no zero byte in a text, and nobody types one.
    if any(len(value) > _QUERY_LIMIT or "\0" in value for value in query.values()):
        raise Refused(Code.MALFORMED)
    return query


async def _body(route: Route, request: Request) -> msgspec.Struct | None:
    if route.body is None:
        return None
    try:
        body: msgspec.Struct = msgspec.json.decode(await request.body(), type=route.body)
    except RecursionError:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, Code.MALFORMED, "nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The place in the document, never what stands there.
        where = str(error).partition(" - at ")[2][:_QUERY_LIMIT]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, Code.MALFORMED, where) from None
    return body


def _response(door: Door, answered: Answered, session: SessionInfo | None) -> Response:
    cookies: tuple[str, ...] = ()
    if session is not None and session.fresh is not None:
        cookies = (door.sessions.set_cookie(session.fresh, shared=session.shared),)
    if isinstance(answered, Given):
        # A handler that signs in or out has the last word.
        cookies = answered.cookies or cookies
        answered = answered.view
    content = answered if isinstance(answered, bytes) else msgspec.json.encode(answered)
    response = Response(content, media_type="application/json")
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
