"""An organisation's own OpenID provider, for tests: real HTTP on a free port, strict with clients, and able to lie."""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.services import START_S, free_port

CLIENT, SECRET = "hearth", "a secret of the provider's: for tests"
CLAIM = "groups"

Lie = Callable[[dict[str, Any]], dict[str, Any]]
Sign = Callable[["Provider", dict[str, Any]], str]


@dataclass(slots=True)
class Worker:
    """Somebody the organisation knows."""

    subject: str
    groups: list[str] = field(default_factory=list)
    given_name: str = ""


@dataclass(slots=True)
class _Asked:
    """What was asked at the authorization endpoint, until its code is used."""

    worker: Worker
    nonce: str
    challenge: str
    redirect: str
    anew: bool


def new_key() -> RSAKey:
    """A key to sign with, whose id is its own."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})


class Provider:
    """The provider. Without `who`, its page asks who it is; tests set what else it does wrong."""

    def __init__(self, key: RSAKey) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.workers: dict[str, Worker] = {}
        self.who: str | None = None
        self.asked: list[str] = []
        self._codes: dict[str, _Asked] = {}
        self._key = key
        self.behave()

    def behave(self) -> None:
        """Do nothing wrong from now on."""
        self.key: RSAKey | ECKey = self._key
        self.published: list[RSAKey | ECKey] = [self._key]
        self.signs_with: RSAKey | ECKey | None = None
        self.lie: Lie = lambda claims: claims
        self.sign: Sign = signed
        self.describes: Lie = lambda told: told
        self.answers: dict[str, Callable[[], Response]] = {}
        self.slow: set[str] = set()
        self.groups_in_userinfo = False
        self.userinfo_of: str | None = None

    def knows(self, name: str, *groups: str) -> Worker:
        """Somebody with these groups, who is the next to sign in."""
        self.workers[name] = Worker(f"staff-{name.lower()}", list(groups), name)
        self.who = name
        return self.workers[name]

    def rotate(self, key: RSAKey | ECKey) -> None:
        """Sign with another key from now on, and publish that alone."""
        self.key, self.published = key, [key]

    def settings(self, **more: object) -> dict[str, Any]:
        """What a server is told of this provider."""
        return {
            "oidc_issuer": self.address,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_name": "St Brannock’s",
            "oidc_roles": "ward-hosts=host,ward=member,ward-mods=moderator,ward-keepers=keeper",
            **more,
        }

    # The pages -------------------------------------------------------------------------------------------------

    def app(self) -> Starlette:
        """Everything a provider must have."""
        pages = {
            "/.well-known/openid-configuration": self._describe,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._keys,
            "/userinfo": self._userinfo,
        }
        return Starlette(
            routes=[Route(path, self._page(path, page), methods=["GET", "POST"]) for path, page in pages.items()]
        )

    def _page(self, path: str, page: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            self.asked.append(path)
            if path in self.slow:
                # Longer than anybody waits; whoever asked has long hung up.
                await asyncio.sleep(3_600)
            if path in self.answers:
                return self.answers[path]()
            given: Response = await page(request)
            return given

        return answered

    async def _describe(self, _request: Request) -> Response:
        told = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return JSONResponse(self.describes(told))

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        who = asked.get("who", self.who)
        if who is None:
            return HTMLResponse(_form(dict(asked), list(self.workers)))
        if who == "nobody":
            return _back(asked["redirect_uri"], error="access_denied", state=asked["state"])
        code = secrets.token_urlsafe(16)
        # Asked anew it says when it did so; else it goes by what it remembers, and says nothing.
        anew = asked.get("prompt") == "login" and asked.get("max_age") == "0"
        self._codes[code] = _Asked(
            self.workers[who], asked["nonce"], asked["code_challenge"], asked["redirect_uri"], anew
        )
        return _back(asked["redirect_uri"], code=code, state=asked["state"])

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self._codes.pop(form.get("code", ""), None)
        if _client(request) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        challenge = _unpadded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or challenge != asked.challenge or form.get("redirect_uri") != asked.redirect:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": asked.worker.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.nonce,
            "given_name": asked.worker.given_name,
            CLAIM: asked.worker.groups,
        }
        if asked.anew:
            claims["auth_time"] = now
        if self.groups_in_userinfo:
            del claims[CLAIM]
        token = self.sign(self, self.lie(claims))
        return JSONResponse({"access_token": asked.worker.subject, "token_type": "Bearer", "id_token": token})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})

    async def _userinfo(self, request: Request) -> Response:
        subject = request.headers["authorization"].removeprefix("Bearer ")
        worker = next(one for one in self.workers.values() if one.subject == subject)
        return JSONResponse({"sub": self.userinfo_of or subject, CLAIM: worker.groups})


def _client(request: Request) -> tuple[str, str]:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    assert scheme == "Basic"
    name, _, secret = base64.b64decode(shown).decode().partition(":")
    return unquote(name), unquote(secret)


def _back(address: str, **how: str) -> Response:
    return RedirectResponse(f"{address}?{urlencode(how)}", status_code=302)


def _form(asked: dict[str, str], names: list[str]) -> str:
    kept = "".join(f'<input type="hidden" name="{key}" value="{html.escape(value)}">' for key, value in asked.items())
    buttons = "".join(f'<button name="who" value="{name}">{name}</button>' for name in names)
    return (
        f'<!doctype html><html lang="en"><title>St Brannock’s</title><form action="/authorize">{kept}{buttons}</form>'
    )


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# How a token is signed, rightly and not ---------------------------------------------------------------------------


def signed(provider: Provider, claims: dict[str, Any]) -> str:
    """By the provider's key, as it publishes it; or by one that it does not, under the same id."""
    key = provider.signs_with or provider.key
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
    header = {"alg": algorithm, "kid": provider.key.kid}
    return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[algorithm])


def _by_hand(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_unpadded(json.dumps(part).encode()) for part in (header, claims))


def unsigned(_provider: Provider, claims: dict[str, Any]) -> str:
    """By nobody."""
    return _by_hand({"alg": "none"}, claims) + "."


def signed_with_the_public_key(provider: Provider, claims: dict[str, Any]) -> str:
    """As if the key that everybody can read were a secret that two share."""
    head = _by_hand({"alg": "HS256", "kid": provider.key.kid}, claims)
    assert isinstance(provider.key, RSAKey)
    shared = provider.key.as_pem(private=False)
    return f"{head}.{_unpadded(hmac.digest(shared, head.encode(), 'sha256'))}"


def changed_afterwards(provider: Provider, claims: dict[str, Any]) -> str:
    """By the provider, and then for somebody else."""
    header, _, signature = signed(provider, claims).split(".")
    return f"{header}.{_unpadded(json.dumps({**claims, 'sub': 'staff-ruth'}).encode())}.{signature}"


# Answers that are none --------------------------------------------------------------------------------------------


def failing() -> Response:
    """A fault of the provider's."""
    return PlainTextResponse("oh", status_code=500)


def huge() -> Response:
    """Ten megabytes."""
    return PlainTextResponse("x" * 10_000_000)


def packed() -> Response:
    """A few bytes that may be any number when they are opened."""
    return Response(b"\x1f\x8b", headers={"content-encoding": "gzip"})


def no_json() -> Response:
    """A page for people."""
    return HTMLResponse("<h1>Under maintenance</h1>")


def a_list() -> Response:
    """JSON of another kind."""
    return JSONResponse(["no"])


@contextmanager
def running(key: RSAKey) -> Iterator[Provider]:
    """A provider that answers during the block."""
    provider = Provider(key)
    server = uvicorn.Server(
        uvicorn.Config(
            provider.app(), port=provider.port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + START_S
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(START_S)
