"""What stands before every request: whose page it comes from, how large it is, and what each answer carries."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from rooms.contract import Code
from server.door.problems import Problem, answer
from server.settings import Settings, origin_of

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

# The longest message with room to spare, and what a frame on the live connection may have.
BODY_LIMIT_BYTES = 64 * 1024
# Where a mail program sends its one press that stops mails; what stands behind it is the whole secret.
ONE_CLICK = "/stop/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Where the address of whoever asks is kept for the handlers.
CLIENT = "hearth.client"

_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self'{live}; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# A year, as browsers ask for before they remember it for good.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


def header(scope: Scope, name: bytes) -> str | None:
    """The one value of a header; None when it is missing. Given twice, it is as good as missing."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else None


def has_header(scope: Scope, name: bytes) -> bool:
    """Whether a header is there at all."""
    return any(key == name for key, _ in scope["headers"])


class Origins:
    """Whose pages may talk to this server."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = settings.origins | {origin_of(settings.address)}
        self._own_host = not settings.production

    def allows(self, scope: Scope) -> bool:
        """Whether the request or upgrade comes from an allowed page, to the letter."""
        origin = header(scope, b"origin")
        if origin is None:
            return False
        # In development a page may come by any name the machine has, if it then talks to that very name.
        return origin in self._allowed or (self._own_host and origin == f"http://{header(scope, b'host')}")


def is_bearer(scope: Scope) -> bool:
    """Whether a program asks, by a token that no browser adds by itself."""
    return (header(scope, b"authorization") or "").lower().startswith("bearer ")


def upgrade_refused(scope: Scope, origins: Origins) -> Problem | None:
    """Why a live connection may not be opened from there: a browser's page must be one of ours."""
    if is_bearer(scope) and not has_header(scope, b"origin"):
        return None
    return None if origins.allows(scope) else Problem(HTTPStatus.FORBIDDEN, Code.WRONG_ORIGIN)


def request_refused(scope: Scope, origins: Origins) -> Problem | None:
    """Why an unsafe request may not be done: another site's page could have sent it, or it is no JSON."""
    if scope["method"] in SAFE:
        return None
    if scope["path"].startswith(ONE_CLICK):
        # A mail program stops mails so (RFC 8058): it states no origin and sends a form, which nobody reads.
        return None if _length(scope) is not None else too_large()
    if not is_bearer(scope):
        foreign = has_header(scope, b"origin") or has_header(scope, b"cookie")
        if foreign and not origins.allows(scope):
            return Problem(HTTPStatus.FORBIDDEN, Code.WRONG_ORIGIN)
        # No form and no foreign script without our leave can set it.
        if header(scope, b"x-hearth") != "1":
            return Problem(HTTPStatus.FORBIDDEN, Code.WRONG_ORIGIN, "the header X-Hearth: 1 is missing")
    return _body_refused(scope)


def _body_refused(scope: Scope) -> Problem | None:
    length = _length(scope)
    if length is None:
        return too_large()
    if length == 0 and not has_header(scope, b"transfer-encoding"):
        return None
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Code.MALFORMED, "send application/json")
    return None


def _length(scope: Scope) -> int | None:
    """How many bytes the body is said to have; None when that is too many, or no number."""
    length = header(scope, b"content-length") or "0"
    return int(length) if length.isdecimal() and int(length) <= BODY_LIMIT_BYTES else None


def too_large() -> Problem:
    """The body is over the limit."""
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Code.TOO_LONG, params={"limit": BODY_LIMIT_BYTES})


class Proxies:
    """Whose word about the address of whoever asks is taken."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(one, strict=False) for one in trusted]

    def client(self, scope: Scope) -> str:
        """The address of whoever asks: the last one named that is no proxy of ours."""
        address = str((scope.get("client") or ("",))[0])
        named = [
            part.strip()
            for key, value in scope["headers"]
            if key == b"x-forwarded-for"
            for part in value.decode("latin-1").split(",")
        ]
        while named and self._trusted(address):
            address = _bare(named.pop())
        return address

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _bare(address: str) -> str:
    """Some proxies name the port too: `1.2.3.4:5678`, `[::1]:5678`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


class Guard:
    """The outermost layer: refuses what must not come in, limits bodies, and gives every answer its headers."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._origins = Origins(settings)
        self._proxies = Proxies(settings.trusted_proxies)
        self._secure = settings.secure
        self._live = origin_of(settings.address).partition("://")[2]
        self._own_host = not settings.production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what may come in. Live connections are asked for their origin where they are accepted."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope[CLIENT] = self._proxies.client(scope)
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._request(scope, receive, self._with_headers(scope, send))

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = request_refused(scope, self._origins)
        if refused is not None:
            await answer(refused)(scope, receive, send)
            return
        await self._app(scope, _Limited(receive), send)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        added = [*_ALWAYS, (b"content-security-policy", self._policy(scope))]
        if self._secure:
            added.append(_HTTPS_ONLY)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given: Headers = list(message.get("headers", ()))
                if not any(name.lower() == b"cache-control" for name, _ in given):
                    given.append((b"cache-control", b"no-store"))
                message["headers"] = [*given, *added]
            await send(message)

        return with_headers

    def _policy(self, scope: Scope) -> bytes:
        """Older browsers do not count a socket to the own host as 'self', so it is named."""
        hosts = [self._live]
        host = header(scope, b"host") or ""
        if self._own_host and host != self._live and _HOST.fullmatch(host):
            hosts.append(host)
        scheme = "wss" if self._secure else "ws"
        return _POLICY.format(live="".join(f" {scheme}://{host}" for host in hosts)).encode()


class _Limited:
    """Receives a request's body up to the limit, whatever length was announced."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > BODY_LIMIT_BYTES:
            raise too_large()
        return message
